#ifndef REPO_NOTES_H
#define REPO_NOTES_H

#include "repo/repo.h"

/*
 * git notes that cost the same with 100,000 noted commits as with 100: trees
 * fan out two hex digits a level as git's own do, and a write touches one
 * path of trees only. Readable and mergeable by `git notes`.
 */

/* 1 with the note's text appended to `out`, 0 when there is none. */
int notes_read(struct repo *repo, const char *ref, const struct oid *object, struct strbuf *out,
	       struct error *err) MUST_CHECK;

/* How the note of `object` changes: `old` is its present text, "" when there is none. */
typedef int notes_edit_fn(const struct oid *object, const char *old, size_t old_len,
			  struct strbuf *new_text, void *data, struct error *err);

/*
 * Edit the notes of `nr` objects in one commit on `ref`, atomically: when
 * another writer got in between, everything is read and edited again, so that
 * nobody's note is lost. An empty new text removes the note.
 */
int notes_update(struct repo *repo, const char *ref, const struct oid *objects, size_t nr,
		 notes_edit_fn *edit, void *data, const char *message,
		 struct error *err) MUST_CHECK;

typedef int notes_fn(const struct oid *object, const struct oid *blob, void *data);
/* All noted objects, in no particular order; non-zero ends it. */
int notes_each(struct repo *repo, const char *ref, notes_fn *fn, void *data,
	       struct error *err) MUST_CHECK;

#endif
