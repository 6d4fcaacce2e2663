#ifndef LOCAL_H
#define LOCAL_H

#include "artifact/plan.h"
#include "deploy/request.h"
#include "repo/snapshot.h"
#include "ui/progress.h"

/* What commands do in the repository whose spool and worker are meant. */

/* What pre-receive would say of `plan`, on stdout. 1: it would refuse. */
int local_check(struct repo *repo, const struct plan *plan, struct snapshot *after,
		struct error *err) MUST_CHECK;
/* Show a job until its end. 1: it failed. */
int local_follow(struct request *request, const struct job *job, struct repo *repo,
		 const struct progress_options *options, struct error *err) MUST_CHECK;
/* See to it that a worker runs, as the hooks do; says so where none does. */
int local_wake(struct request *request, struct error *err) MUST_CHECK;

#endif
