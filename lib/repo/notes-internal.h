#ifndef REPO_NOTES_INTERNAL_H
#define REPO_NOTES_INTERNAL_H

#include "repo/internal.h"
#include "repo/notes.h"

/* The last level at which names are split: 19 pairs, and one more is left. */
#define NOTES_MAX_DEPTH 19

struct note_edit {
	struct oid object;
	struct oid blob; /* null: there is to be no note */
};

/* The blobs noted for an object, at most one a level: blobs[NOTES_MAX_DEPTH + 1]. */
int note_find(struct repo *repo, const struct oid *root, const struct oid *object,
	      struct oid *blobs, size_t *nr, struct error *err) MUST_CHECK;

/*
 * Write the tree that `old` (null: empty) becomes with `nr` edits, sorted by
 * object, each object once. `depth` pairs of digits are in the names of the
 * directories above: 0 at the root. `out` is null when nothing is left.
 */
int notes_tree_edit(struct repo *repo, const struct oid *old, unsigned depth,
		    const struct note_edit *edits, size_t nr, struct oid *out,
		    struct error *err) MUST_CHECK;

int notes_tree_each(struct repo *repo, const struct oid *root, notes_fn *fn, void *data,
		    struct error *err) MUST_CHECK;

/* The object that the note at `path` is about; false when it is no note. */
bool note_path_object(const char *path, struct oid *object);

#endif
