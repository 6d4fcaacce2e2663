#ifndef STATE_HOLD_H
#define STATE_HOLD_H

#include "repo/repo.h"
#include "state/record.h"

/*
 * refs/gitops/hold/<branch>/<kind>/<path-prefix>: the service object is not
 * deployed from this branch. The ref names a blob, a JSON object that says
 * who, since when and why. With a digest (a rollback sets it) only that
 * content is held back: another one is deployed, and ends the hold.
 *
 * The path-prefix is one part of the ref ('/' is %2F, a '%' at the end), the
 * branch too, so that no two holds get into each other's way.
 */
#define HOLD_REFS "refs/gitops/hold/"

struct hold {
	char *branch, *prefix;
	enum artifact_kind kind;
	char *actor;
	char *reason;	  /* or NULL */
	char *digest;	  /* of the rendered documents that are held back; NULL: whatever comes */
	char *commit;	  /* hex, where those came from; NULL: see digest */
	char *deployment; /* id of the rollback that placed it, or NULL */
	int64_t since;	  /* ms */
	struct oid oid;	  /* what the ref says now; null: nothing */
};

void hold_init(struct hold *hold);
void hold_release(struct hold *hold);

/* 1, 0 when it is not held, negative. What can't be read holds everything back. */
int hold_read(struct repo *repo, const char *branch, enum artifact_kind kind, const char *prefix,
	      struct hold *hold, struct error *err) MUST_CHECK;
/*
 * Place it, in place of what hold->oid says. kind CONFLICT when somebody else
 * was faster. Sets hold->oid.
 */
int hold_place(struct repo *repo, struct hold *hold, struct error *err) MUST_CHECK;
/* kind CONFLICT when it is another one by now; gone already is fine. */
int hold_lift(struct repo *repo, const struct hold *hold, struct error *err) MUST_CHECK;
/* Does it hold back what renders to `digest` (NULL: a deletion)? */
bool hold_blocks(const struct hold *hold, const char *digest);
/* "held by alice since 2026-11-21 02:03:04Z: reason" */
void hold_describe(struct strbuf *out, const struct hold *hold);
void hold_write(struct strbuf *out, const struct hold *hold);

typedef int hold_fn(const struct hold *hold, void *data); /* non-zero ends it */
int hold_each(struct repo *repo, hold_fn *fn, void *data, struct error *err) MUST_CHECK;

#endif
