#include "command.h"
#include "check-fix.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "artifact/name.h"
#include "base/file.h"
#include "base/json.h"
#include "base/strmap.h"
#include "repo/patch.h"

#define FIX_MAX (16 << 20) /* of a file that is repaired, bytes; artifacts are far smaller */

/* --- which files ------------------------------------------------------------------- */

struct wanted {
	char **paths; /* from the top of the work tree */
	size_t nr;
	struct snapshot *worktree;
	const char *work_dir;
	struct strmap why_not; /* of files: why they can't be written, or NULL */
};

/* "../a/./b" from `base`, without "." and ".."; NULL: it leads out of the work tree. */
static char *normalize(const char *base, const char *arg)
{
	struct strbuf out = STRBUF_INIT;
	char *full = *base ? xstrfmt("%s/%s", base, arg) : xstrdup(arg);
	const char *p = full;
	bool outside = false;

	while (*p && !outside) {
		size_t len = strcspn(p, "/");

		if (len == 2 && p[0] == '.' && p[1] == '.') {
			const char *slash = strrchr(out.buf, '/');

			outside = !out.len;
			strbuf_setlen(&out, slash ? (size_t)(slash - out.buf) : 0);
		} else if (len && !(len == 1 && p[0] == '.')) {
			if (out.len)
				strbuf_addch(&out, '/');
			strbuf_add(&out, p, len);
		}
		p += len;
		p += *p == '/';
	}
	free(full);
	if (outside) {
		strbuf_release(&out);
		return NULL;
	}
	return strbuf_detach(&out, NULL);
}

static int find_wanted(struct wanted *wanted, const char *work_dir, const char *const *paths,
		       size_t nr, struct error *err)
{
	char *top = realpath(work_dir, NULL), *cwd = realpath(".", NULL);
	size_t len = top ? strlen(top) : 0, i;
	int rc = 0;

	if (!top || !cwd) {
		rc = error_errno(err, "cannot find the work tree '%s'", work_dir);
		goto out;
	}
	wanted->paths = xcalloc(nr + 1, sizeof(*wanted->paths));
	for (i = 0; i < nr; i++) {
		const char *arg = paths[i], *base = "";
		char *path;

		if (*arg == '/' && starts_with(arg, top) && (arg[len] == '/' || !arg[len]))
			arg += len + (arg[len] == '/');
		else if (*arg == '/' || !starts_with(cwd, top) || (cwd[len] && cwd[len] != '/'))
			arg = NULL;
		else
			base = cwd[len] ? cwd + len + 1 : "";
		path = arg ? normalize(base, arg) : NULL;
		if (!path) {
			rc = error_set(err, ERROR_INVALID, "'%s' is outside of the work tree '%s'",
				       paths[i], top);
			goto out;
		}
		wanted->paths[wanted->nr++] = path;
	}
out:
	free(top);
	free(cwd);
	return rc;
}

static void wanted_release(struct wanted *wanted)
{
	size_t i;

	for (i = 0; i < wanted->nr; i++)
		free(wanted->paths[i]);
	free(wanted->paths);
	strmap_release(&wanted->why_not, free);
}

static bool is_named(const struct wanted *wanted, const char *path)
{
	struct artifact_name name;
	size_t i;

	for (i = 0; i < wanted->nr; i++) {
		const char *want = wanted->paths[i];
		size_t len = strlen(want);

		if (!len || (starts_with(path, want) && (!path[len] || path[len] == '/')))
			return true;
		if (artifact_name(path, &name) && name.prefix_len == len && starts_with(path, want))
			return true;
	}
	return !wanted->nr;
}

/* --- writing ----------------------------------------------------------------------- */

/*
 * The directory of `path`, entered part by part from the top: a link on the
 * way would lead elsewhere. Returns a descriptor.
 */
static int open_dir_of(const char *work_dir, const char *path, struct error *err)
{
	int fd = open(work_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), next;
	const char *p = path, *slash;

	while (fd >= 0 && (slash = strchr(p, '/'))) {
		char *name = xmemdupz(p, (size_t)(slash - p));

		next = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		free(name);
		close(fd);
		fd = next;
		p = slash + 1;
	}
	return fd < 0 ? error_errno(err, "cannot enter the directory of '%s'", path) : fd;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int read_at(int dir, const char *path, struct strbuf *text, mode_t *mode, struct error *err)
{
	int fd = openat(dir, base_name(path), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	int rc = 0;

	if (fd < 0 || fstat(fd, &st) < 0)
		rc = error_errno(err, "cannot read '%s'", path);
	else if (!S_ISREG(st.st_mode))
		rc = error_set(err, ERROR_INVALID, "'%s' is not a regular file", path);
	else if (strbuf_read(text, fd) < 0)
		rc = error_errno(err, "cannot read '%s'", path);
	else
		*mode = st.st_mode & 07777;
	if (fd >= 0)
		close(fd);
	return rc;
}

static bool same_text(const struct strbuf *a, const struct strbuf *b)
{
	return a->len == b->len && !memcmp(a->buf, b->buf, a->len);
}

/*
 * How a file stands in the work tree: as git commits it, or (`*converted`) as
 * git writes what it commits. 0 when neither, so that we can't write it either.
 */
static int find_form(struct snapshot *worktree, const char *path, const struct strbuf *content,
		     const struct strbuf *disk, bool *converted, struct error *err)
{
	struct strbuf smudged = STRBUF_INIT;
	int rc = 1;

	*converted = false;
	if (!same_text(content, disk)) {
		*converted = true;
		rc = snapshot_smudge(worktree, path, content, &smudged, err);
		if (!rc)
			rc = same_text(&smudged, disk);
	}
	strbuf_release(&smudged);
	return rc;
}

/* Is the file still what was read? Its mode, and what is to be written there. */
static int verify(int dir, struct snapshot *worktree, const struct repaired_file *file,
		  struct strbuf *to_write, mode_t *mode, struct error *err)
{
	struct strbuf disk = STRBUF_INIT;
	bool converted;
	int rc = read_at(dir, file->path, &disk, mode, err);

	if (!rc)
		rc = find_form(worktree, file->path, &file->before, &disk, &converted, err);
	strbuf_release(&disk);
	if (!rc)
		return error_set(err, ERROR_CONFLICT, "'%s' changed meanwhile", file->path);
	if (rc < 0)
		return -1;
	if (converted)
		return snapshot_smudge(worktree, file->path, &file->after, to_write, err);
	strbuf_reset(to_write);
	strbuf_addbuf(to_write, &file->after);
	return 0;
}

/* Why the file can't be written back as it stands there; NULL: it can. */
static const char *why_not_written(struct snapshot *worktree, const char *work_dir,
				   const char *path)
{
	struct strbuf disk = STRBUF_INIT, content = STRBUF_INIT;
	struct error err = ERROR_INIT;
	struct file_entry entry;
	const char *why = NULL;
	bool converted;
	mode_t mode;
	int dir = open_dir_of(work_dir, path, &err);

	if (dir < 0 || read_at(dir, path, &disk, &mode, &err) < 0)
		/* One that gets another name by a repair has it in the snapshot already. */
		why = err.kind == ERROR_NOT_FOUND ? NULL : "the file can't be read";
	else if (snapshot_get(worktree, path, &entry, &err) <= 0 ||
		 snapshot_read(worktree, &entry, FIX_MAX, &content, &err) < 0)
		why = "git can't read the file";
	else if (find_form(worktree, path, &content, &disk, &converted, &err) <= 0)
		why = "git converts the file in a way that can't be undone here (mixed line ends, a "
		      "filter, an encoding): repair it by hand";
	if (dir >= 0)
		close(dir);
	error_release(&err);
	strbuf_release(&disk);
	strbuf_release(&content);
	return why;
}

/* A file, what is below a directory, or the files of a path-prefix; and we can write it. */
static bool is_wanted(const char *path, void *data)
{
	struct wanted *wanted = data;
	char *why;

	if (!is_named(wanted, path))
		return false;
	if (!strmap_has(&wanted->why_not, path)) {
		why = xstrdup_or_null(why_not_written(wanted->worktree, wanted->work_dir, path));
		strmap_put(&wanted->why_not, path, why);
	}
	return !strmap_get(&wanted->why_not, path);
}

/* renameat2(2) with RENAME_NOREPLACE, where the file system has it. */
static int rename_at(int dir, const char *from, const char *to, const char *path, struct error *err)
{
	if (!renameat2(dir, from, dir, to, RENAME_NOREPLACE))
		return 0;
	if (errno == EINVAL || errno == ENOSYS) {
		/* a second name is refused where there is such a file */
		if (!linkat(dir, from, dir, to, 0))
			return unlinkat(dir, from, 0) < 0 ?
				       error_errno(err, "cannot remove '%s'", path) :
				       0;
	}
	return error_errno(err, "cannot rename '%s' to '%s'", path, to);
}

/* A temporary file beside it, synced, in its place. */
static int replace_at(int dir, const char *name, const struct repaired_file *file,
		      const struct strbuf *text, mode_t mode, struct error *err)
{
	char *tmp = xstrfmt(".%s.%ld.tmp", name, (long)getpid());
	int fd = openat(dir, tmp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	int rc = 0;

	if (fd < 0) {
		rc = error_errno(err, "cannot create '%s' beside '%s'", tmp, file->path);
		goto out;
	}
	if (fchmod(fd, mode) < 0 || write_all(fd, text->buf, text->len) < 0 || fsync(fd) < 0)
		rc = error_errno(err, "cannot write '%s'", file->path);
	if (close(fd) < 0 && !rc)
		rc = error_errno(err, "cannot write '%s'", file->path);
	if (!rc && renameat(dir, tmp, dir, name) < 0)
		rc = error_errno(err, "cannot replace '%s'", file->path);
	if (rc)
		unlinkat(dir, tmp, 0);
out:
	free(tmp);
	return rc;
}

static int write_file(struct snapshot *worktree, const char *work_dir,
		      const struct repaired_file *file, bool dry_run, struct error *err)
{
	int dir = open_dir_of(work_dir, file->path, err), rc;
	const char *name = base_name(file->path);
	struct strbuf text = STRBUF_INIT;
	mode_t mode = 0;

	if (dir < 0)
		return -1;
	rc = verify(dir, worktree, file, &text, &mode, err);
	if (!rc && !dry_run && file->new_path) {
		rc = rename_at(dir, name, base_name(file->new_path), file->path, err);
		name = base_name(file->new_path);
	}
	if (!rc && !dry_run && !same_text(&file->before, &file->after))
		rc = replace_at(dir, name, file, &text, mode, err);
	if (!rc && !dry_run && fsync(dir) < 0)
		rc = error_errno(err, "cannot sync the directory of '%s'", file->path);
	strbuf_release(&text);
	close(dir);
	return rc;
}

/* What would have been repaired in files that can't be written. */
static void tell_not_written(struct repairs *repairs, const struct findings *findings,
			     const struct wanted *wanted)
{
	size_t i;

	for (i = 0; i < findings->nr; i++) {
		const struct finding *f = &findings->v[i];
		const char *why = f->fix ? strmap_get(&wanted->why_not, f->fix->path) : NULL;

		if (!why)
			continue;
		ALLOC_GROW(repairs->v, repairs->nr + 1, repairs->alloc);
		repairs->v[repairs->nr++] = (struct repair){ .path = xstrdup(f->fix->path),
							     .line = f->line,
							     .column = f->column,
							     .rule = f->rule,
							     .message = xstrdup(f->message),
							     .why = xstrdup(why) };
	}
}

static int make_diff(struct strbuf *diff, const struct repaired_file *file, struct error *err)
{
	if (file->new_path)
		patch_rename(diff, file->path, file->new_path);
	return patch_text(diff, file->new_path ? file->new_path : file->path, &file->before,
			  &file->after, err);
}

int fix_worktree(struct repairs *repairs, struct strbuf *diff, const struct findings *findings,
		 struct snapshot *worktree, const char *const *paths, size_t paths_nr, bool dry_run,
		 struct error *err)
{
	const char *work_dir = repo_work_dir(snapshot_repo(worktree));
	struct wanted wanted = { .worktree = worktree, .work_dir = work_dir };
	size_t i;
	int rc;

	strmap_init(&wanted.why_not);
	rc = find_wanted(&wanted, work_dir, paths, paths_nr, err);
	if (!rc)
		rc = check_repair(repairs, findings, worktree, is_wanted, &wanted, err);
	if (!rc)
		tell_not_written(repairs, findings, &wanted);
	/* all of them are looked at before the first is written */
	for (i = 0; !rc && i < repairs->files_nr; i++)
		rc = write_file(worktree, work_dir, &repairs->files[i], true, err);
	for (i = 0; !rc && i < repairs->files_nr; i++) {
		rc = make_diff(diff, &repairs->files[i], err);
		if (!rc && !dry_run)
			rc = write_file(worktree, work_dir, &repairs->files[i], false, err);
	}
	wanted_release(&wanted);
	return rc;
}

/* --- telling ----------------------------------------------------------------------- */

static const char *line_colour(const char *line)
{
	if (starts_with(line, "+++") || starts_with(line, "---") || starts_with(line, "diff ") ||
	    starts_with(line, "index ") || starts_with(line, "similarity ") ||
	    starts_with(line, "rename "))
		return "\033[1m";
	return *line == '+' ? "\033[32m" :
	       *line == '-' ? "\033[31m" :
	       *line == '@' ? "\033[36m" :
			      NULL;
}

void fix_print_diff(struct strbuf *out, const struct strbuf *diff,
		    const struct findings_style *style)
{
	const char *p = diff->buf, *end = p + diff->len;

	if (!style->colour) {
		strbuf_addbuf(out, diff);
		return;
	}
	while (p < end) {
		const char *stop = memchr(p, '\n', (size_t)(end - p)), *colour = line_colour(p);

		if (!stop)
			stop = end;
		if (colour)
			strbuf_addstr(out, colour);
		/* what a file holds does not get at the terminal */
		strbuf_add_printable(out, p, (size_t)(stop - p));
		if (colour)
			strbuf_addstr(out, "\033[m");
		strbuf_addch(out, '\n');
		p = stop + 1;
	}
}

static size_t count_made(const struct repairs *repairs)
{
	size_t i, nr = 0;

	for (i = 0; i < repairs->nr; i++)
		nr += !repairs->v[i].why;
	return nr;
}

void fix_print_text(struct strbuf *out, const struct repairs *repairs, bool dry_run)
{
	size_t made = count_made(repairs), i;

	for (i = 0; i < repairs->nr; i++) {
		const struct repair *repair = &repairs->v[i];

		if (!repair->why)
			continue;
		strbuf_addstr(out, "not repaired: ");
		strbuf_add_printable(out, repair->path, strlen(repair->path));
		if (repair->line)
			strbuf_addf(out, ":%u:%u", repair->line, repair->column);
		strbuf_addstr(out, ": ");
		strbuf_add_printable(out, repair->why, strlen(repair->why));
		strbuf_addch(out, '\n');
	}
	if (!made)
		strbuf_addstr(out, "nothing to repair\n");
	else
		strbuf_addf(out, "%s%zu mistake%s in %zu file%s\n",
			    dry_run ? "would repair " : "repaired ", made, made == 1 ? "" : "s",
			    repairs->files_nr, repairs->files_nr == 1 ? "" : "s");
}

void fix_print_json(struct json_writer *jw, const struct repairs *repairs,
		    const struct strbuf *diff)
{
	static const char *const lists[] = { "repaired", "left" };
	size_t list, i;

	for (list = 0; list < ARRAY_SIZE(lists); list++) {
		jw_array(jw, lists[list]);
		for (i = 0; i < repairs->nr; i++) {
			const struct repair *repair = &repairs->v[i];

			if ((repair->why != NULL) != (list == 1))
				continue;
			jw_object(jw, NULL);
			jw_str(jw, "path", repair->path);
			if (repair->line) {
				jw_int(jw, "line", repair->line);
				jw_int(jw, "column", repair->column);
			}
			jw_str(jw, "rule", repair->rule);
			jw_str(jw, "message", repair->message);
			if (repair->why)
				jw_str(jw, "why", repair->why);
			jw_end(jw);
		}
		jw_end(jw);
	}
	jw_strn(jw, "diff", diff->buf, diff->len);
}
