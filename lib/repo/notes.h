#ifndef REPO_NOTES_H
#define REPO_NOTES_H

#include "repo/repo.h"

/*
 * git notes that cost the same with 100,000 noted commits as with 100: trees
 * fan out two hex digits a level where git's own would, and a write touches
 * one path of trees only. Readable, writable and mergeable by `git notes`;
 * what is no note in the tree stays as it is.
 *
 * Nothing is lost among concurrent writers. Ours compare and swap. `git notes
 * add` does not: it reads the notes, and later sets the ref to what it made of
 * them, without what was written meanwhile. So our last commit is kept in a
 * ref of its own (refs/notes/gitops/records has
 * refs/gitops/notes/gitops/records), and the next write, or notes_heal(),
 * brings back what is missing. Notes that were reset to an earlier commit,
 * deleted, or removed with `git notes remove` stay so.
 */

/* More in one note is refused, with kind LIMIT. */
#define NOTE_MAX_BYTES (256u << 20)

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

/* Bring back what another program's write dropped; does nothing when nothing was. */
int notes_heal(struct repo *repo, const char *ref, struct error *err) MUST_CHECK;

typedef int notes_fn(const struct oid *object, const struct oid *blob, void *data);
/* All noted objects, in no particular order; non-zero ends it. */
int notes_each(struct repo *repo, const char *ref, notes_fn *fn, void *data,
	       struct error *err) MUST_CHECK;

typedef int notes_recent_fn(const struct oid *object, int64_t written_ms, void *data);
/*
 * The objects whose notes were written last, latest first; an object comes
 * once for each time. `written_ms` is when that was, by the writer's clock.
 * Non-zero ends it.
 */
int notes_recent(struct repo *repo, const char *ref, notes_recent_fn *fn, void *data,
		 struct error *err) MUST_CHECK;

#endif
