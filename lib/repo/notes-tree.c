#include "repo/notes-internal.h"

/*
 * Notes live in a tree under the hexadecimal name of what they are about:
 * "<40 digits>", or with slashes after the first, second, ... pair of digits.
 * Any mix of these is read. A directory fans out when git's would: when for
 * each of the 16 next digits it holds at least two notes.
 */
static bool is_hex(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (!((s[i] >= '0' && s[i] <= '9') || (s[i] >= 'a' && s[i] <= 'f')))
			return false;
	return true;
}

/* A note `depth` pairs of digits down the tree. */
static bool is_note(const struct tree_entry *entry, unsigned depth)
{
	return (entry->mode & 0170000) == 0100000 && entry->name_len == OID_HEXSZ - 2 * depth &&
	       is_hex(entry->name, entry->name_len);
}

static bool is_fanout(const struct tree_entry *entry, unsigned depth)
{
	return mode_is_dir(entry->mode) && entry->name_len == 2 && depth < NOTES_MAX_DEPTH &&
	       is_hex(entry->name, 2);
}

int note_find(struct repo *repo, const struct oid *root, const struct oid *object,
	      struct oid *blobs, size_t *nr, struct error *err)
{
	struct oid dir = *root;
	char hex[OID_HEXSZ + 1];
	unsigned depth;

	oid_hex(hex, object);
	*nr = 0;
	for (depth = 0; depth <= NOTES_MAX_DEPTH && !oid_is_null(&dir); depth++) {
		const struct tree_entry *entry;
		struct tree *tree;

		if (tree_read(&tree, repo, &dir, err) < 0)
			return -1;
		entry = tree_find(tree, hex + 2 * depth, OID_HEXSZ - 2 * depth, false);
		if (entry && is_note(entry, depth))
			blobs[(*nr)++] = *entry->oid;
		entry = tree_find(tree, hex + 2 * depth, 2, true);
		memset(&dir, 0, sizeof(dir));
		if (entry && is_fanout(entry, depth))
			dir = *entry->oid;
		tree_free(tree);
	}
	return 0;
}

/* A directory while it is edited; the names of new entries are in `names`. */
struct editing {
	struct repo *repo;
	struct tree_entry *entries;
	struct oid *oids; /* beside entries */
	size_t nr, alloc, oids_alloc;
	struct arena names;
};

static void add_entry(struct editing *dir, const char *name, size_t len, uint32_t mode,
		      const struct oid *oid)
{
	struct tree_entry *entry;

	ALLOC_GROW(dir->entries, dir->nr + 1, dir->alloc);
	ALLOC_GROW(dir->oids, dir->nr + 1, dir->oids_alloc);
	entry = &dir->entries[dir->nr];
	entry->name = arena_memdupz(&dir->names, name, len);
	entry->name_len = (uint32_t)len;
	entry->mode = mode;
	entry->oid = NULL;
	dir->oids[dir->nr++] = *oid;
}

static int by_name(const void *a, const void *b)
{
	return tree_entry_cmp(a, b);
}

static int write_tree(struct editing *dir, struct oid *out, struct error *err)
{
	struct strbuf text = STRBUF_INIT;
	git_oid id;
	size_t i;
	int rc;

	memset(out, 0, sizeof(*out));
	if (!dir->nr)
		return 0;
	for (i = 0; i < dir->nr; i++)
		dir->entries[i].oid = &dir->oids[i];
	qsort(dir->entries, dir->nr, sizeof(*dir->entries), by_name);
	for (i = 0; i < dir->nr; i++) {
		strbuf_addf(&text, "%o ", dir->entries[i].mode);
		strbuf_add(&text, dir->entries[i].name, dir->entries[i].name_len + 1);
		strbuf_add(&text, dir->entries[i].oid, sizeof(struct oid));
	}
	git_error_clear();
	rc = git_odb_write(&id, dir->repo->odb, text.buf, text.len, GIT_OBJECT_TREE);
	if (rc < 0)
		repo_error(err, rc, "cannot write a tree");
	else
		from_git(out, &id);
	strbuf_release(&text);
	return rc < 0 ? -1 : 0;
}

/* The edits that go below the same two digits: [from, returned end). */
static size_t same_pair(const struct note_edit *edits, size_t from, size_t nr, unsigned depth)
{
	size_t to = from + 1;

	while (to < nr && edits[to].object.id[depth] == edits[from].object.id[depth])
		to++;
	return to;
}

static int edit_below(struct editing *dir, const struct oid *old, unsigned depth,
		      const struct note_edit *edits, size_t nr, struct error *err)
{
	char hex[OID_HEXSZ + 1];
	struct oid id;

	if (notes_tree_edit(dir->repo, old, depth + 1, edits, nr, &id, err) < 0)
		return -1;
	oid_hex(hex, &edits[0].object);
	if (!oid_is_null(&id))
		add_entry(dir, hex + 2 * depth, 2, 0040000, &id);
	return 0;
}

static int by_object(const void *a, const void *b)
{
	const struct note_edit *x = a, *y = b;

	return memcmp(&x->object, &y->object, sizeof(x->object));
}

static const struct note_edit *find_edit(const struct note_edit *edits, size_t nr,
					 const struct oid *object)
{
	struct note_edit key = { .object = *object };

	return nr ? bsearch(&key, edits, nr, sizeof(*edits), by_object) : NULL;
}

/* What the note's full name is, from the part that is left. */
static void note_object(struct oid *object, const struct tree_entry *entry, unsigned depth,
			const struct oid *somewhere)
{
	char hex[OID_HEXSZ + 1];

	oid_hex(hex, somewhere);
	memcpy(hex + 2 * depth, entry->name, entry->name_len);
	if (!oid_parse(object, hex))
		BUG("'%s' is no name of a note", hex);
}

int notes_tree_edit(struct repo *repo, const struct oid *old, unsigned depth,
		    const struct note_edit *edits, size_t nr, struct oid *out, struct error *err)
{
	struct editing dir = { .repo = repo };
	struct note_edit *notes = NULL;
	size_t notes_nr = 0, notes_alloc = 0, i, to, per_digit[16] = { 0 };
	struct tree *tree = NULL;
	bool fans_out = false;
	int rc = -1;

	if (!nr) {
		*out = *old;
		return 0;
	}
	if (!oid_is_null(old) && tree_read(&tree, repo, old, err) < 0)
		goto out;
	for (i = 0; tree && i < tree->nr; i++)
		fans_out |= is_fanout(&tree->entries[i], depth);

	/* What stays, what we know under another name, and where the rest goes. */
	for (i = 0; tree && i < tree->nr; i++) {
		const struct tree_entry *entry = &tree->entries[i];
		struct note_edit note = { .blob = *entry->oid };

		if (is_note(entry, depth)) {
			note_object(&note.object, entry, depth, &edits[0].object);
			if (find_edit(edits, nr, &note.object))
				continue;
			if (!fans_out) {
				ALLOC_GROW(notes, notes_nr + 1, notes_alloc);
				notes[notes_nr++] = note;
				continue;
			}
		} else if (is_fanout(entry, depth)) {
			continue;
		}
		add_entry(&dir, entry->name, entry->name_len, entry->mode, entry->oid);
	}
	if (!fans_out) {
		for (i = 0; i < nr; i++) {
			if (oid_is_null(&edits[i].blob))
				continue;
			ALLOC_GROW(notes, notes_nr + 1, notes_alloc);
			notes[notes_nr++] = edits[i];
		}
		if (notes_nr)
			qsort(notes, notes_nr, sizeof(*notes), by_object);
		for (i = 0; i < notes_nr; i++)
			per_digit[notes[i].object.id[depth] >> 4]++;
		fans_out = depth < NOTES_MAX_DEPTH;
		for (i = 0; i < 16; i++)
			fans_out &= per_digit[i] > 1;
		if (!fans_out) {
			for (i = 0; i < notes_nr; i++) {
				char hex[OID_HEXSZ + 1];

				oid_hex(hex, &notes[i].object);
				add_entry(&dir, hex + 2 * depth, OID_HEXSZ - 2 * depth, 0100644,
					  &notes[i].blob);
			}
			rc = write_tree(&dir, out, err);
			goto out;
		}
		edits = notes;
		nr = notes_nr;
	}

	/* One directory per pair of digits: those that are edited, those that are not. */
	for (i = 0; i < nr; i = to) {
		const struct tree_entry *entry = NULL;
		static const struct oid none;
		char hex[OID_HEXSZ + 1];

		to = same_pair(edits, i, nr, depth);
		oid_hex(hex, &edits[i].object);
		if (tree)
			entry = tree_find(tree, hex + 2 * depth, 2, true);
		if (tree && tree_find(tree, hex + 2 * depth, 2, false)) {
			error_set(err, ERROR_INVALID,
				  "a file '%.2s' is in the way of the note for '%s'",
				  hex + 2 * depth, hex);
			goto out;
		}
		if (edit_below(&dir, entry ? entry->oid : &none, depth, edits + i, to - i, err) < 0)
			goto out;
	}
	for (i = 0; tree && i < tree->nr; i++) {
		const struct tree_entry *entry = &tree->entries[i];
		bool edited = false;
		size_t low = 0, high = nr;
		unsigned pair;

		if (!is_fanout(entry, depth))
			continue;
		pair = (unsigned)strtoul(entry->name, NULL, 16);
		while (low < high && !edited) {
			size_t mid = low + (high - low) / 2;
			unsigned at = edits[mid].object.id[depth];

			edited = at == pair;
			if (at < pair)
				low = mid + 1;
			else
				high = mid;
		}
		if (!edited)
			add_entry(&dir, entry->name, entry->name_len, entry->mode, entry->oid);
	}
	rc = write_tree(&dir, out, err);
out:
	tree_free(tree);
	free(notes);
	free(dir.entries);
	free(dir.oids);
	arena_release(&dir.names);
	return rc;
}

struct each {
	notes_fn *fn;
	void *data;
};

bool note_path_object(const char *path, struct oid *object)
{
	char hex[OID_HEXSZ + 1];
	size_t len = 0;

	for (; *path; path++) {
		if (*path == '/' && !(len & 1))
			continue;
		if (len == OID_HEXSZ || !is_hex(path, 1))
			return false;
		hex[len++] = *path;
	}
	hex[len] = '\0';
	return oid_parse(object, hex);
}

static int each_file(const struct file_entry *entry, void *data)
{
	struct each *each = data;
	struct oid object;

	if ((entry->mode & 0170000) != 0100000 || !note_path_object(entry->path, &object))
		return 0;
	return each->fn(&object, &entry->oid, each->data);
}

int notes_tree_each(struct repo *repo, const struct oid *root, notes_fn *fn, void *data,
		    struct error *err)
{
	struct each each = { fn, data };

	if (oid_is_null(root))
		return 0;
	return tree_walk(repo, root, "", each_file, &each, err);
}
