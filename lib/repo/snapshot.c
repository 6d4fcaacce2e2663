#include "repo/internal.h"

struct snapshot *snapshot_new(struct repo *repo, enum snapshot_kind kind)
{
	struct snapshot *s = xcalloc(1, sizeof(*s));

	s->repo = repo;
	s->kind = kind;
	strmap_init(&s->trees);
	strmap_init(&s->attributes);
	return s;
}

int snapshot_of_commit(struct snapshot **out, struct repo *repo, const struct oid *oid,
		       struct error *err)
{
	struct snapshot *s = snapshot_new(repo, SNAPSHOT_COMMIT);
	char hex[OID_HEXSZ + 1];
	git_commit *commit;
	int rc;

	*out = s;
	if (!oid)
		return 0;
	git_error_clear();
	rc = git_commit_lookup(&commit, repo->git, to_git(oid));
	if (rc < 0) {
		oid_hex(hex, oid);
		if (rc == GIT_ENOTFOUND)
			error_set(err, ERROR_NOT_FOUND, "the commit '%s' is missing", hex);
		else
			repo_error(err, rc, "cannot read the commit '%s'", hex);
		git_error_clear();
		snapshot_free(s);
		*out = NULL;
		return -1;
	}
	s->has_commit = true;
	s->commit = *oid;
	from_git(&s->tree, git_commit_tree_id(commit));
	git_commit_free(commit);
	return 0;
}

static void free_tree(void *tree)
{
	tree_free(tree);
}

void snapshot_free(struct snapshot *s)
{
	size_t i;

	if (!s)
		return;
	for (i = 0; !s->again && i < s->flat_nr; i++) {
		free(s->flat[i].path);
		free(s->flat[i].text);
	}
	if (!s->again)
		free(s->flat);
	attributes_release(s);
	strmap_release(&s->trees, free_tree);
	if (s->again)
		repo_free(s->repo);
	free(s);
}

int snapshot_again(struct snapshot **out, const struct snapshot *snapshot, unsigned copy,
		   struct error *err)
{
	struct snapshot *s;
	struct repo *repo;

	*out = NULL;
	if (repo_open_again(&repo, snapshot->repo, copy, err) < 0)
		return -1;
	s = snapshot_new(repo, snapshot->kind);
	s->again = true;
	s->has_commit = snapshot->has_commit;
	s->commit = snapshot->commit;
	s->tree = snapshot->tree;
	s->flat = snapshot->flat;
	s->flat_nr = snapshot->flat_nr;
	*out = s;
	return 0;
}

struct repo *snapshot_repo(const struct snapshot *s)
{
	return s->repo;
}

bool snapshot_commit(const struct snapshot *s, struct oid *commit)
{
	if (s->has_commit)
		*commit = s->commit;
	return s->has_commit;
}

/* "", "a/b": no empty, "." or ".." part, so that nobody is led elsewhere. */
static bool sane_path(const char *path)
{
	while (*path) {
		size_t len = strcspn(path, "/");

		if (!len || (len == 1 && path[0] == '.') ||
		    (len == 2 && path[0] == '.' && path[1] == '.'))
			return false;
		path += len;
		if (*path && !*++path)
			return false;
	}
	return true;
}

void snapshot_keep_tree(struct snapshot *s, const char *dir, size_t len, struct tree *tree)
{
	size_t bytes =
		git_odb_object_size(tree->object) + tree->nr * sizeof(*tree->entries) + len + 200;

	if (s->trees_bytes + bytes > SNAPSHOT_CACHE_BYTES && s->trees.nr) {
		strmap_release(&s->trees, free_tree);
		strmap_init(&s->trees);
		s->trees_bytes = 0;
	}
	s->trees_bytes += bytes;
	tree->refs++;
	tree_free(strmap_putn(&s->trees, dir, len, tree));
}

int snapshot_tree(struct snapshot *s, const char *dir, size_t len, const struct tree **out,
		  struct error *err)
{
	struct oid oid = s->tree;
	struct tree *tree;

	*out = strmap_getn(&s->trees, dir, len);
	if (*out)
		return 1;
	if (len) {
		size_t slash = len, name;
		const struct tree_entry *entry;
		const struct tree *parent;
		int rc;

		while (slash && dir[slash - 1] != '/')
			slash--;
		name = slash;
		rc = snapshot_tree(s, dir, slash ? slash - 1 : 0, &parent, err);
		if (rc <= 0)
			return rc;
		entry = tree_find(parent, dir + name, len - name, true);
		if (!entry)
			return 0;
		oid = *entry->oid;
	}
	if (oid_is_null(&oid))
		return 0;
	if (tree_read(&tree, s->repo, &oid, err) < 0) {
		if (len)
			error_prefix(err, "'%.*s'", (int)MIN(len, 200), dir);
		return -1;
	}
	snapshot_keep_tree(s, dir, len, tree);
	*out = tree;
	tree_free(tree); /* the snapshot has it */
	return 1;
}

struct flat_entry *flat_find(struct snapshot *s, const char *path)
{
	size_t low = 0, high = s->flat_nr;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int cmp = strcmp(path, s->flat[mid].path);

		if (!cmp)
			return &s->flat[mid];
		if (cmp < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

int snapshot_get(struct snapshot *s, const char *path, struct file_entry *out, struct error *err)
{
	const struct tree_entry *entry;
	const struct tree *tree;
	const char *slash;
	size_t len = strlen(path);
	int rc;

	if (!len || len > SNAPSHOT_MAX_PATH || !sane_path(path))
		return 0;
	if (s->kind != SNAPSHOT_COMMIT) {
		struct flat_entry *flat = flat_find(s, path);

		if (!flat)
			return 0;
		*out = (struct file_entry){ path, flat->mode, flat->oid };
		return 1;
	}
	slash = strrchr(path, '/');
	rc = snapshot_tree(s, path, slash ? (size_t)(slash - path) : 0, &tree, err);
	if (rc <= 0)
		return rc;
	slash = slash ? slash + 1 : path;
	entry = tree_find(tree, slash, strlen(slash), false);
	if (!entry)
		return 0;
	*out = (struct file_entry){ path, entry->mode, *entry->oid };
	return 1;
}

static int too_large(const struct file_entry *entry, size_t size, size_t max, struct error *err)
{
	return error_set(err, ERROR_LIMIT, "'%s' has %zu bytes; at most %zu are allowed",
			 entry->path, size, max);
}

int snapshot_read(struct snapshot *s, const struct file_entry *entry, size_t max,
		  struct strbuf *out, struct error *err)
{
	struct flat_entry *flat;
	git_odb_object *object;
	git_object_t type;
	size_t size;
	int rc = 0;

	if ((entry->mode & 0170000) == 0160000)
		return error_set(err, ERROR_INVALID, "'%s' is a submodule, not a file",
				 entry->path);
	if (s->kind == SNAPSHOT_WORKTREE && (flat = flat_find(s, entry->path)) && flat->on_disk)
		return worktree_read(s, entry, max, out, err);
	/* Ask for the size first: a blob of a gigabyte must not be unpacked to be refused. */
	if (!git_odb_read_header(&size, &type, s->repo->odb, to_git(&entry->oid)) && size > max)
		return too_large(entry, size, max, err);
	if (object_read(&object, s->repo, &entry->oid, GIT_OBJECT_BLOB, err) < 0)
		return error_prefix(err, "cannot read '%s'", entry->path);
	size = git_odb_object_size(object);
	if (size > max || !strbuf_grow(out, size))
		rc = too_large(entry, size, max, err);
	else
		strbuf_add(out, git_odb_object_data(object), size);
	git_odb_object_free(object);
	return rc;
}

int snapshot_size(struct snapshot *s, const struct file_entry *entry, size_t max, uint64_t *size,
		  struct error *err)
{
	struct strbuf text = STRBUF_INIT;
	struct flat_entry *flat;
	git_object_t type;
	size_t bytes;
	int rc;

	if (!(s->kind == SNAPSHOT_WORKTREE && (flat = flat_find(s, entry->path)) &&
	      flat->on_disk) &&
	    !git_odb_read_header(&bytes, &type, s->repo->odb, to_git(&entry->oid))) {
		*size = bytes > max ? UINT64_MAX : bytes;
		return 0;
	}
	rc = snapshot_read(s, entry, max, &text, err);
	*size = text.len;
	if (rc < 0 && err->kind == ERROR_LIMIT) {
		error_release(err);
		*size = UINT64_MAX;
		rc = 0;
	}
	strbuf_release(&text);
	return rc;
}

int snapshot_identify(struct snapshot *s, struct file_entry *entry, struct error *err)
{
	struct flat_entry *flat;

	if (!oid_is_null(&entry->oid) || !(flat = flat_find(s, entry->path)))
		return 0;
	if (worktree_hash(s, flat, err) < 0)
		return -1;
	entry->oid = flat->oid;
	return 0;
}

static bool below(const char *path, const char *dir, size_t len)
{
	return !len || (!strncmp(path, dir, len) && path[len] == '/');
}

int snapshot_each(struct snapshot *s, const char *dir, snapshot_fn *fn, void *data,
		  struct error *err)
{
	size_t len = strlen(dir), i;
	const struct tree *tree;
	struct oid oid = s->tree;
	char *plain;
	int rc;

	while (len && dir[len - 1] == '/')
		len--;
	if (s->kind != SNAPSHOT_COMMIT) {
		for (i = 0; i < s->flat_nr; i++) {
			struct file_entry entry = { s->flat[i].path, s->flat[i].mode,
						    s->flat[i].oid };

			if (below(entry.path, dir, len) && fn(&entry, data))
				break;
		}
		return 0;
	}
	if (oid_is_null(&s->tree))
		return 0;
	plain = xmemdupz(dir, len);
	if (!sane_path(plain)) {
		free(plain);
		return 0;
	}
	if (len) {
		/* The parent tells the id: the walk reads it itself. */
		const char *slash = strrchr(plain, '/'), *name = slash ? slash + 1 : plain;
		const struct tree_entry *entry;

		rc = snapshot_tree(s, plain, slash ? (size_t)(slash - plain) : 0, &tree, err);
		entry = rc > 0 ? tree_find(tree, name, strlen(name), true) : NULL;
		if (!entry) {
			free(plain);
			return rc < 0 ? -1 : 0;
		}
		oid = *entry->oid;
	}
	rc = tree_walk(s->repo, &oid, plain, fn, data, err);
	free(plain);
	return rc;
}

static int add_flat(const struct file_entry *entry, void *data)
{
	struct snapshot *s = data;
	struct flat_entry *flat;

	ALLOC_GROW(s->flat, s->flat_nr + 1, s->flat_alloc);
	flat = &s->flat[s->flat_nr++];
	memset(flat, 0, sizeof(*flat));
	flat->path = xstrdup(entry->path);
	flat->mode = entry->mode;
	flat->oid = entry->oid;
	return 0;
}

static int diff_flat(struct snapshot *a, struct snapshot *b, change_fn *fn, void *data,
		     struct error *err)
{
	size_t i = 0, j = 0;

	while (i < a->flat_nr || j < b->flat_nr) {
		struct flat_entry *x = i < a->flat_nr ? &a->flat[i] : NULL;
		struct flat_entry *y = j < b->flat_nr ? &b->flat[j] : NULL;
		int cmp = !x ? 1 : !y ? -1 : strcmp(x->path, y->path);
		struct change change = { 0 };

		change.kind = cmp < 0 ? CHANGE_DELETED : cmp > 0 ? CHANGE_ADDED : CHANGE_MODIFIED;
		if (!cmp && (worktree_hash(a, x, err) < 0 || worktree_hash(b, y, err) < 0))
			return -1;
		if (cmp <= 0)
			change.before = (struct file_entry){ x->path, x->mode, x->oid };
		if (cmp >= 0)
			change.after = (struct file_entry){ y->path, y->mode, y->oid };
		i += cmp <= 0;
		j += cmp >= 0;
		if (!cmp && x->mode == y->mode && oid_eq(&x->oid, &y->oid))
			continue;
		if (fn(&change, data))
			return 0;
	}
	return 0;
}

int snapshot_diff(struct snapshot *before, struct snapshot *after, change_fn *fn, void *data,
		  struct error *err)
{
	struct snapshot *from[2] = { before, after }, *flat[2];
	int rc = 0;
	size_t i;

	if (before->kind == SNAPSHOT_COMMIT && after->kind == SNAPSHOT_COMMIT)
		return tree_diff(before->repo, &before->tree, &after->tree, after, fn, data, err);
	for (i = 0; i < 2; i++) {
		flat[i] = from[i];
		if (from[i]->kind != SNAPSHOT_COMMIT)
			continue;
		flat[i] = snapshot_new(from[i]->repo, SNAPSHOT_COMMIT);
		if (!rc)
			rc = snapshot_each(from[i], "", add_flat, flat[i], err);
	}
	if (!rc)
		rc = diff_flat(flat[0], flat[1], fn, data, err);
	for (i = 0; i < 2; i++)
		if (flat[i] != from[i])
			snapshot_free(flat[i]);
	return rc;
}
