#ifndef DEPLOY_ROLLBACK_H
#define DEPLOY_ROLLBACK_H

#include "repo/snapshot.h"
#include "state/store.h"

/*
 * Where a rollback goes. What counts is what was seen to run: the newest
 * deployment of the object on the branch that went well, whose content is
 * neither what was deployed (or tried) last, nor what was rolled back from
 * since.
 */
struct rollback {
	struct record from; /* what was deployed or tried last */
	struct record to;   /* the one to go back to; only `commit` is set where nothing is known */
	bool known;	    /* `to` is a deployment that went well */
};

#define ROLLBACK_INIT \
	{             \
		0     \
	}

void rollback_release(struct rollback *rollback);

/*
 * Find both for the object `prefix` (`kind` NULL: of whichever kind it is).
 * With `commit`: to that one, and `to` is what is known of it. kind NOT_FOUND
 * with a hint when there is nothing to go back to.
 */
int rollback_find(struct rollback *rollback, struct store *store, const char *branch,
		  const enum artifact_kind *kind, const char *prefix, const struct oid *commit,
		  struct error *err) MUST_CHECK;

/*
 * The files of the object as they stand at `to`, over those at `head`: what
 * repo_commit_files() takes. Their paths are the arena's.
 */
int rollback_files(struct file_entry **files, size_t *nr, struct arena *arena,
		   struct snapshot *head, struct snapshot *to, enum artifact_kind kind,
		   const char *prefix, struct error *err) MUST_CHECK;

#endif
