#ifndef CHECK_CHECK_H
#define CHECK_CHECK_H

#include "artifact/plan.h"
#include "base/finding.h"
#include "repo/snapshot.h"

/*
 * What a push is judged by: everything that a plan touches, all problems at
 * once, sorted. Nothing here reaches the network or writes anything.
 *
 * One object is read, rendered and judged by a table of passes (see
 * internal.h) and knows nothing of the next; what they share is the reader's
 * cache. A pass more is a file more and a line in the table.
 */
struct check_summary {
	size_t objects; /* that were looked at */
};

/* More than so many are counted, not kept: nobody reads them. */
#define CHECK_MAX_FINDINGS 100

/* What the objects are compared with beside each other. All may be NULL: not known. */
struct check_options {
	const char *claims;	 /* path of an index of claims.h */
	struct snapshot *before; /* the commit that was processed last */
	const char *branch;	 /* whose refs tell what runs now */
};

/*
 * Judge what `plan` says of `after`. Findings are added up to findings->max
 * and sorted. `options` may be NULL: then only the plan's objects are
 * compared with each other. Negative only when git
 * can't be read.
 */
int check_plan(struct findings *findings, struct check_summary *summary, const struct plan *plan,
	       struct snapshot *after, const struct check_options *options,
	       struct error *err) MUST_CHECK;

/* Settings gitops.rule.* that can't be followed, as warnings. */
void check_rule_settings(struct repo *repo, struct findings *findings);

/* All rules that a finding may be of. */
extern const struct finding_rule check_rules[];
extern const size_t check_rules_nr;

#endif
