#include "repo/internal.h"

#include <fcntl.h>
#include <sys/stat.h>

/*
 * The index and the work tree as flat lists. A work tree file that git knows
 * to be unchanged (by its stat data in the index) has its id and is read from
 * the object store; the others are read from the disk, through the filters
 * that `git add` would apply.
 */
static struct flat_entry *append(struct snapshot *s, const char *path, uint32_t mode)
{
	struct flat_entry *entry;

	ALLOC_GROW(s->flat, s->flat_nr + 1, s->flat_alloc);
	entry = &s->flat[s->flat_nr++];
	memset(entry, 0, sizeof(*entry));
	entry->path = xstrdup(path);
	entry->mode = mode;
	return entry;
}

static int by_path(const void *a, const void *b)
{
	const struct flat_entry *x = a, *y = b;

	return strcmp(x->path, y->path);
}

static void sort(struct snapshot *s)
{
	if (s->flat_nr)
		qsort(s->flat, s->flat_nr, sizeof(*s->flat), by_path);
}

/* As git: a pre-commit hook is told of an index that is not the usual one. */
static int open_index(git_index **index, struct repo *repo, struct error *err)
{
	const char *path = repo->from_env ? getenv("GIT_INDEX_FILE") : NULL;
	int rc;

	git_error_clear();
	if (path && *path) {
		rc = git_index_open(index, path);
		if (!rc)
			rc = git_repository_set_index(repo->git, *index);
	} else {
		rc = git_repository_index(index, repo->git);
	}
	if (rc < 0)
		return repo_error(err, rc, "cannot read the index of '%s'", repo->git_dir);
	return 0;
}

int snapshot_of_index(struct snapshot **out, struct repo *repo, struct error *err)
{
	git_index *index = NULL;
	struct snapshot *s;
	size_t i;

	*out = NULL;
	if (open_index(&index, repo, err) < 0) {
		git_index_free(index);
		return -1;
	}
	s = snapshot_new(repo, SNAPSHOT_INDEX);
	for (i = 0; i < git_index_entrycount(index); i++) {
		const git_index_entry *entry = git_index_get_byindex(index, i);

		if (git_index_entry_stage(entry)) {
			error_set(err, ERROR_CONFLICT, "'%s' has a merge conflict", entry->path);
			error_hint(err, "resolve it and 'git add' the result");
			git_index_free(index);
			snapshot_free(s);
			return -1;
		}
		if (entry->flags_extended & GIT_INDEX_ENTRY_INTENT_TO_ADD)
			continue;
		from_git(&append(s, entry->path, entry->mode)->oid, &entry->id);
	}
	git_index_free(index);
	sort(s);
	*out = s;
	return 0;
}

static int add_delta(const git_diff_delta *delta, float progress UNUSED, void *data)
{
	struct strmap *changed = data;
	const char *path = delta->new_file.path ? delta->new_file.path : delta->old_file.path;
	size_t len = strlen(path);

	/* An untracked repository inside of this one. */
	if (len && path[len - 1] == '/')
		return 0;
	strmap_put(changed, path, (void *)(uintptr_t)delta);
	return 0;
}

static uint32_t mode_on_disk(struct repo *repo, const char *path)
{
	char *full = xstrfmt("%s/%s", repo->work_dir, path);
	struct stat st;
	uint32_t mode = 0;

	if (!lstat(full, &st)) {
		if (S_ISLNK(st.st_mode))
			mode = 0120000;
		else if (S_ISREG(st.st_mode))
			mode = st.st_mode & 0100 ? 0100755 : 0100644;
	}
	free(full);
	return mode;
}

static void add_changed(struct snapshot *s, const char *path, const git_diff_delta *delta)
{
	uint32_t mode = delta->new_file.mode;

	if (delta->status == GIT_DELTA_DELETED)
		return;
	if (mode != 0100644 && mode != 0100755 && mode != 0120000)
		mode = mode_on_disk(s->repo, path);
	if (mode)
		append(s, path, mode)->on_disk = true;
}

int snapshot_of_worktree(struct snapshot **out, struct repo *repo, struct error *err)
{
	git_diff_options options;
	struct strmap changed = STRMAP_INIT;
	git_index *index = NULL;
	git_diff *diff = NULL;
	struct snapshot *s = NULL;
	int rc = -1;
	size_t i;

	*out = NULL;
	if (!repo->work_dir)
		return error_set(err, ERROR_INVALID,
				 "'%s' is a bare repository, it has no work tree", repo->git_dir);
	if (open_index(&index, repo, err) < 0)
		goto out;
	git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION);
	options.flags = GIT_DIFF_INCLUDE_UNTRACKED | GIT_DIFF_RECURSE_UNTRACKED_DIRS |
			GIT_DIFF_INCLUDE_TYPECHANGE | GIT_DIFF_SKIP_BINARY_CHECK;
	options.ignore_submodules = GIT_SUBMODULE_IGNORE_ALL;
	git_error_clear();
	rc = git_diff_index_to_workdir(&diff, repo->git, index, &options);
	if (!rc)
		rc = git_diff_foreach(diff, add_delta, NULL, NULL, NULL, &changed);
	if (rc < 0) {
		repo_error(err, rc, "cannot compare the work tree '%s' with the index",
			   repo->work_dir);
		goto out;
	}
	s = snapshot_new(repo, SNAPSHOT_WORKTREE);
	for (i = 0; i < git_index_entrycount(index); i++) {
		const git_index_entry *entry = git_index_get_byindex(index, i);
		const git_diff_delta *delta;

		if (git_index_entry_stage(entry))
			continue;
		/* What a sparse checkout left out is not deleted. */
		delta = strmap_get(&changed, entry->path);
		if (!delta || (delta->status == GIT_DELTA_DELETED &&
			       (entry->flags_extended & GIT_INDEX_ENTRY_SKIP_WORKTREE))) {
			if (delta)
				strmap_put(&changed, entry->path, NULL);
			from_git(&append(s, entry->path, entry->mode)->oid, &entry->id);
		}
	}
	for (i = 0; i < changed.nr; i++)
		if (changed.entries[i].value)
			add_changed(s, changed.entries[i].key, changed.entries[i].value);
	sort(s);
	*out = s;
out:
	strmap_release(&changed, NULL);
	git_diff_free(diff);
	git_index_free(index);
	return rc < 0 ? -1 : 0;
}

static int read_link(const char *full, struct strbuf *out, struct error *err)
{
	char target[PATH_MAX];
	ssize_t len = readlink(full, target, sizeof(target));

	if (len < 0)
		return error_errno(err, "cannot read the link '%s'", full);
	strbuf_add(out, target, (size_t)len);
	return 0;
}

static int read_disk(const char *full, const char *path, size_t max, struct strbuf *out,
		     struct error *err)
{
	/* Neither a link nor a pipe that came in between holds us up. */
	int fd = open(full, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK), rc = -1;
	struct stat st;

	if (fd < 0)
		return error_errno(err, "cannot open '%s'", path);
	if (fstat(fd, &st) < 0)
		error_errno(err, "cannot read '%s'", path);
	else if (!S_ISREG(st.st_mode))
		error_set(err, ERROR_INVALID, "'%s' is not a regular file", path);
	else if ((uintmax_t)st.st_size > max)
		error_set(err, ERROR_LIMIT, "'%s' has %jd bytes; at most %zu are allowed", path,
			  (intmax_t)st.st_size, max);
	else if (strbuf_read(out, fd) < 0)
		error_errno(err, "cannot read '%s'", path);
	else
		rc = 0;
	close(fd);
	return rc;
}

static int filter(struct repo *repo, const char *path, git_filter_mode_t mode, struct strbuf *text,
		  struct error *err)
{
	git_filter_list *filters = NULL;
	git_buf cleaned = { 0 };
	int rc;

	git_error_clear();
	rc = git_filter_list_load(&filters, repo->git, NULL, path, mode, GIT_FILTER_ALLOW_UNSAFE);
	if (!rc && filters) {
		rc = git_filter_list_apply_to_buffer(&cleaned, filters, text->buf, text->len);
		if (!rc) {
			strbuf_reset(text);
			strbuf_add(text, cleaned.ptr, cleaned.size);
		}
		git_buf_dispose(&cleaned);
		git_filter_list_free(filters);
	}
	if (rc < 0)
		return repo_error(err, rc, "cannot filter '%s'", path);
	return 0;
}

/* What `git add` would make of it: line ends, ident. */
static int clean(struct repo *repo, const char *path, struct strbuf *text, struct error *err)
{
	return filter(repo, path, GIT_FILTER_TO_ODB, text, err);
}

int snapshot_smudge(struct snapshot *s, const char *path, const struct strbuf *content,
		    struct strbuf *out, struct error *err)
{
	strbuf_reset(out);
	strbuf_addbuf(out, content);
	return filter(s->repo, path, GIT_FILTER_TO_WORKTREE, out, err);
}

int worktree_read(struct snapshot *s, const struct file_entry *entry, size_t max,
		  struct strbuf *out, struct error *err)
{
	const struct flat_entry *flat = flat_find(s, entry->path);
	char *full = xstrfmt("%s/%s", s->repo->work_dir, entry->path);
	struct strbuf text = STRBUF_INIT;
	int rc;

	if (flat && flat->text) {
		strbuf_add(&text, flat->text, flat->text_len);
		rc = 0;
	} else if ((entry->mode & 0170000) == 0120000) {
		rc = read_link(full, &text, err);
	} else {
		rc = read_disk(full, entry->path, max, &text, err);
		if (!rc)
			rc = clean(s->repo, entry->path, &text, err);
	}
	if (!rc && (text.len > max || !strbuf_grow(out, text.len)))
		rc = error_set(err, ERROR_LIMIT, "'%s' has %zu bytes; at most %zu are allowed",
			       entry->path, text.len, max);
	if (!rc)
		strbuf_addbuf(out, &text);
	strbuf_release(&text);
	free(full);
	return rc;
}

int worktree_hash(struct snapshot *s, struct flat_entry *flat, struct error *err)
{
	struct file_entry entry = { flat->path, flat->mode, flat->oid };
	struct strbuf text = STRBUF_INIT;
	git_oid oid;
	int rc;

	if (!flat->on_disk || !oid_is_null(&flat->oid))
		return 0;
	rc = worktree_read(s, &entry, SIZE_MAX, &text, err);
	if (!rc && !(rc = git_odb_hash(&oid, text.buf, text.len, GIT_OBJECT_BLOB)))
		from_git(&flat->oid, &oid);
	strbuf_release(&text);
	return rc < 0 ? -1 : 0;
}

static struct flat_entry *find_to_try(struct snapshot *s, const char *path, struct error *err)
{
	struct flat_entry *flat = s->kind == SNAPSHOT_WORKTREE ? flat_find(s, path) : NULL;

	if (!flat)
		error_set(err, ERROR_NOT_FOUND, "there is no file '%s' in the work tree", path);
	return flat;
}

int snapshot_try_content(struct snapshot *s, const char *path, const char *text, size_t len,
			 struct error *err)
{
	struct flat_entry *flat = find_to_try(s, path, err);
	git_oid oid;
	int rc;

	if (!flat)
		return -1;
	git_error_clear();
	rc = git_odb_hash(&oid, text, len, GIT_OBJECT_BLOB);
	if (rc < 0)
		return repo_error(err, rc, "cannot hash '%s'", path);
	free(flat->text);
	flat->text = xmemdupz(text, len);
	flat->text_len = len;
	flat->on_disk = true;
	from_git(&flat->oid, &oid);
	return 0;
}

int snapshot_try_name(struct snapshot *s, const char *path, const char *new_path, struct error *err)
{
	struct flat_entry *flat = find_to_try(s, path, err);
	struct file_entry entry;
	struct strbuf text = STRBUF_INIT;
	int rc;

	if (!flat)
		return -1;
	if (flat_find(s, new_path))
		return error_set(err, ERROR_EXISTS, "there is a file '%s' already", new_path);
	/* on the disk it stands under the old name */
	entry = (struct file_entry){ flat->path, flat->mode, flat->oid };
	rc = flat->text ? 0 : snapshot_read(s, &entry, SIZE_MAX, &text, err);
	if (!rc && !flat->text)
		rc = snapshot_try_content(s, path, text.buf, text.len, err);
	strbuf_release(&text);
	if (rc < 0)
		return -1;
	free(flat->path);
	flat->path = xstrdup(new_path);
	sort(s);
	return 0;
}
