#include "repo/internal.h"

int tree_entry_cmp(const struct tree_entry *a, const struct tree_entry *b)
{
	size_t len = MIN(a->name_len, b->name_len);
	int cmp = memcmp(a->name, b->name, len);
	unsigned char x, y;

	if (cmp)
		return cmp;
	x = a->name_len > len ? (unsigned char)a->name[len] : mode_is_dir(a->mode) ? '/' : 0;
	y = b->name_len > len ? (unsigned char)b->name[len] : mode_is_dir(b->mode) ? '/' : 0;
	return x < y ? -1 : x > y;
}

const struct tree_entry *tree_find(const struct tree *tree, const char *name, size_t len, bool dir)
{
	struct tree_entry key = { .name = name,
				  .name_len = (uint32_t)len,
				  .mode = dir ? 0040000 : 0100644 };
	size_t low = 0, high = tree->nr;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int cmp = tree_entry_cmp(&key, &tree->entries[mid]);

		if (!cmp)
			return &tree->entries[mid];
		if (cmp < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

static int bad_tree(const struct oid *oid, struct error *err, const char *name, size_t len,
		    const char *what)
{
	struct strbuf text = STRBUF_INIT;
	char hex[OID_HEXSZ + 1];

	oid_hex(hex, oid);
	if (name) {
		strbuf_addstr(&text, " '");
		strbuf_add_printable(&text, name, MIN(len, 200));
		strbuf_addstr(&text, "'");
	}
	error_set(err, ERROR_INVALID, "the tree '%s' is malformed: %s%s", hex, what, text.buf);
	error_hint(err, "git fsck says more; a commit made with git has no such tree");
	strbuf_release(&text);
	return -1;
}

/* ".git" is refused as git does it, in any case; other look-alikes are no danger in an object store. */
static const char *bad_name(const char *name, size_t len)
{
	if (!len)
		return "an empty name";
	if (memchr(name, '/', len))
		return "a slash in a name";
	if ((len == 1 && name[0] == '.') || (len == 2 && name[0] == '.' && name[1] == '.'))
		return "a name that leads elsewhere";
	if (len == 4 && !strncasecmp(name, ".git", 4))
		return "a name that git keeps for itself";
	return NULL;
}

static int parse_mode(const char **at, const char *end, uint32_t *mode)
{
	const char *s = *at;

	*mode = 0;
	for (; s < end && *s >= '0' && *s <= '7' && s - *at < 7; s++)
		*mode = *mode << 3 | (uint32_t)(*s - '0');
	if (s == *at || s == end || *s != ' ')
		return -1;
	*at = s + 1;
	return 0;
}

/* What git understands of a mode, so that odd ones of old tools compare equal. */
static uint32_t canonical_mode(uint32_t mode)
{
	switch (mode & 0170000) {
	case 0100000:
		return mode & 0100 ? 0100755 : 0100644;
	case 0120000:
		return 0120000;
	case 0040000:
		return 0040000;
	case 0160000:
		return 0160000;
	default:
		return 0;
	}
}

static int parse(struct tree *tree, const struct oid *oid, struct error *err)
{
	const char *at = git_odb_object_data(tree->object);
	const char *end = at + git_odb_object_size(tree->object);
	size_t alloc = 0, i;

	while (at < end) {
		struct tree_entry entry = { 0 };
		const char *nul, *what;
		uint32_t mode;

		if (parse_mode(&at, end, &mode) < 0)
			return bad_tree(oid, err, NULL, 0, "an entry without a mode");
		nul = memchr(at, '\0', (size_t)(end - at));
		if (!nul || end - nul - 1 < (ptrdiff_t)sizeof(struct oid))
			return bad_tree(oid, err, NULL, 0, "it ends within an entry");
		entry.name = at;
		entry.name_len = (uint32_t)(nul - at);
		entry.mode = canonical_mode(mode);
		entry.oid = (const struct oid *)(const void *)(nul + 1);
		if (!entry.mode)
			return bad_tree(oid, err, at, entry.name_len, "an unknown mode for");
		if ((what = bad_name(at, entry.name_len)))
			return bad_tree(oid, err, at, entry.name_len, what);
		if (tree->nr && tree_entry_cmp(&tree->entries[tree->nr - 1], &entry) >= 0)
			return bad_tree(oid, err, at, entry.name_len,
					"out of order or twice there:");
		ALLOC_GROW(tree->entries, tree->nr + 1, alloc);
		tree->entries[tree->nr++] = entry;
		at = nul + 1 + sizeof(struct oid);
	}
	/* "a" may stand far from "a/", with "a.b" between them. */
	for (i = 0; i < tree->nr; i++) {
		const struct tree_entry *entry = &tree->entries[i];

		if (mode_is_dir(entry->mode) &&
		    tree_find(tree, entry->name, entry->name_len, false))
			return bad_tree(oid, err, entry->name, entry->name_len,
					"a file and a directory are called");
	}
	return 0;
}

/* About two million entries. */
#define TREE_MAX_BYTES (128u << 20)

int tree_read(struct tree **out, struct repo *repo, const struct oid *oid, struct error *err)
{
	struct tree *tree = xcalloc(1, sizeof(*tree));
	char hex[OID_HEXSZ + 1];
	git_object_t type;
	size_t size;

	tree->refs = 1;
	/* As for blobs: what is too large is not unpacked. */
	if (!git_odb_read_header(&size, &type, repo->odb, to_git(oid)) && size > TREE_MAX_BYTES) {
		free(tree);
		*out = NULL;
		oid_hex(hex, oid);
		return error_set(err, ERROR_LIMIT, "the tree '%s' has %zu bytes", hex, size);
	}
	if (object_read(&tree->object, repo, oid, GIT_OBJECT_TREE, err) < 0 ||
	    parse(tree, oid, err) < 0) {
		tree_free(tree);
		*out = NULL;
		return -1;
	}
	*out = tree;
	return 0;
}

void tree_free(struct tree *tree)
{
	if (!tree || --tree->refs)
		return;
	git_odb_object_free(tree->object);
	free(tree->entries);
	free(tree);
}

struct walk {
	struct repo *repo;
	struct strbuf path;
	unsigned depth;
	size_t seen; /* entries, directories included */
	snapshot_fn *fn;
	change_fn *change;
	struct snapshot *keep; /* or NULL */
	void *data;
	struct error *err;
};

/* Append a name to the path. */
static int push(struct walk *walk, const struct tree_entry *entry, bool dir)
{
	if (++walk->seen > SNAPSHOT_MAX_FILES)
		return error_set(walk->err, ERROR_LIMIT, "there are more than %d files",
				 SNAPSHOT_MAX_FILES);
	if (walk->path.len + entry->name_len + 1 > SNAPSHOT_MAX_PATH)
		return error_set(walk->err, ERROR_LIMIT,
				 "a path is longer than %d bytes: '%.80s...'", SNAPSHOT_MAX_PATH,
				 walk->path.buf);
	strbuf_add(&walk->path, entry->name, entry->name_len);
	if (dir)
		strbuf_addch(&walk->path, '/');
	return 0;
}

static int enter(struct walk *walk)
{
	if (walk->depth >= SNAPSHOT_MAX_DEPTH)
		return error_set(walk->err, ERROR_LIMIT,
				 "directories are nested more than %d deep: '%.80s...'",
				 SNAPSHOT_MAX_DEPTH, walk->path.buf);
	walk->depth++;
	return 0;
}

/* 1 when the callback ended it. */
static int walk_tree(struct walk *walk, const struct oid *oid)
{
	size_t base = walk->path.len, i;
	struct tree *tree;
	int rc = 0;

	if (enter(walk) < 0)
		return -1;
	if (tree_read(&tree, walk->repo, oid, walk->err) < 0) {
		if (base)
			error_prefix(walk->err, "'%s'", walk->path.buf);
		return -1;
	}
	for (i = 0; !rc && i < tree->nr; i++) {
		const struct tree_entry *entry = &tree->entries[i];
		bool dir = mode_is_dir(entry->mode);

		rc = push(walk, entry, dir);
		if (!rc && dir) {
			rc = walk_tree(walk, entry->oid);
		} else if (!rc) {
			struct file_entry file = { walk->path.buf, entry->mode, *entry->oid };

			rc = walk->fn(&file, walk->data) ? 1 : 0;
		}
		strbuf_setlen(&walk->path, base);
	}
	tree_free(tree);
	walk->depth--;
	return rc;
}

int tree_walk(struct repo *repo, const struct oid *oid, const char *dir, snapshot_fn *fn,
	      void *data, struct error *err)
{
	struct walk walk = { .repo = repo, .path = STRBUF_INIT, .fn = fn, .data = data, .err = err };
	int rc;

	strbuf_addstr(&walk.path, dir);
	if (walk.path.len)
		strbuf_addch(&walk.path, '/');
	rc = walk_tree(&walk, oid);
	strbuf_release(&walk.path);
	return rc < 0 ? -1 : 0;
}

static int diff_trees(struct walk *walk, const struct oid *before, const struct oid *after);

/* One side's entry, or both when they have the same name and kind. */
static int diff_entry(struct walk *walk, const struct tree_entry *before,
		      const struct tree_entry *after)
{
	const struct tree_entry *one = before ? before : after;
	size_t base = walk->path.len;
	bool dir = mode_is_dir(one->mode);
	int rc;

	if (before && after && before->mode == after->mode && oid_eq(before->oid, after->oid))
		return 0;
	rc = push(walk, one, dir);
	if (!rc && dir) {
		rc = diff_trees(walk, before ? before->oid : NULL, after ? after->oid : NULL);
	} else if (!rc) {
		struct change change = { 0 };

		change.kind = !before ? CHANGE_ADDED : !after ? CHANGE_DELETED : CHANGE_MODIFIED;
		if (before)
			change.before =
				(struct file_entry){ walk->path.buf, before->mode, *before->oid };
		if (after)
			change.after =
				(struct file_entry){ walk->path.buf, after->mode, *after->oid };
		rc = walk->change(&change, walk->data) ? 1 : 0;
	}
	strbuf_setlen(&walk->path, base);
	return rc;
}

static int diff_trees(struct walk *walk, const struct oid *before, const struct oid *after)
{
	struct tree *a = NULL, *b = NULL;
	size_t i = 0, j = 0;
	int rc = 0;

	if (enter(walk) < 0)
		return -1;
	if ((before && tree_read(&a, walk->repo, before, walk->err) < 0) ||
	    (after && tree_read(&b, walk->repo, after, walk->err) < 0)) {
		if (walk->path.len)
			error_prefix(walk->err, "'%s'", walk->path.buf);
		rc = -1;
	}
	/* attributes are looked for in what has changed: not to be read again */
	if (!rc && b && walk->keep)
		snapshot_keep_tree(walk->keep, walk->path.buf,
				   walk->path.len ? walk->path.len - 1 : 0, b);
	while (!rc && ((a && i < a->nr) || (b && j < b->nr))) {
		const struct tree_entry *x = a && i < a->nr ? &a->entries[i] : NULL;
		const struct tree_entry *y = b && j < b->nr ? &b->entries[j] : NULL;
		int cmp = !x ? 1 : !y ? -1 : tree_entry_cmp(x, y);

		rc = diff_entry(walk, cmp <= 0 ? x : NULL, cmp >= 0 ? y : NULL);
		i += cmp <= 0;
		j += cmp >= 0;
	}
	tree_free(a);
	tree_free(b);
	walk->depth--;
	return rc;
}

int tree_diff(struct repo *repo, const struct oid *before, const struct oid *after,
	      struct snapshot *keep, change_fn *fn, void *data, struct error *err)
{
	struct walk walk = { .repo = repo,
			     .path = STRBUF_INIT,
			     .change = fn,
			     .keep = keep,
			     .data = data,
			     .err = err };
	int rc = 0;

	if (oid_is_null(before))
		before = NULL;
	if (oid_is_null(after))
		after = NULL;
	if ((before || after) && !(before && after && oid_eq(before, after)))
		rc = diff_trees(&walk, before, after);
	strbuf_release(&walk.path);
	return rc < 0 ? -1 : 0;
}
