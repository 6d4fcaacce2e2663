#ifndef RANGE_H
#define RANGE_H

#include "repo/snapshot.h"

/*
 * What plan and check compare. `arg` is "<old>..<new>" (either may be left
 * out: HEAD), "<new>" alone, or NULL for the branch's own head. Without <old>
 * it is the last processed commit of the branch, refs/gitops/processed/<branch>,
 * or nothing at all when there is none. `branch` NULL: the one HEAD points to.
 */
struct range {
	struct snapshot *before, *after;
	struct oid old_commit, new_commit; /* old null: everything is new */
	char *branch;			   /* or NULL */
	char *ref_index, *claims; /* paths of the branch's indexes; NULL without a branch */
};

#define RANGE_INIT \
	{          \
		0  \
	}

/* The paths of the indexes of range->branch. */
void range_set_indexes(struct range *range, const struct repo *repo);
int range_open(struct range *range, struct repo *repo, const char *arg, const char *branch,
	       struct error *err) MUST_CHECK;
void range_release(struct range *range);

/* The last processed commit of a branch: 1, 0 when there is none, negative. */
int range_processed(struct repo *repo, const char *branch, struct oid *commit,
		    struct error *err) MUST_CHECK;

#endif
