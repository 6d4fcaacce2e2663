#include "base/base.h"
#include "base/clock.h"
#include "deploy/job-internal.h"

/*
 * What is held is not deployed by a push, nor by a request; that is no failure
 * of the job. A rollback places a hold on the content that it goes back from,
 * before anything is asked of AWS: should it fail halfway, the next push must
 * not bring that content back, either.
 */

static void hold_free(struct hold *hold)
{
	if (hold)
		hold_release(hold);
	free(hold);
}

int run_is_held(struct run *run, struct object *object, const char *digest, struct strbuf *why,
		struct error *err)
{
	struct hold *hold;
	int rc;

	if (run->claim->job.rollback_prefix)
		return 0;
	hold = xcalloc(1, sizeof(*hold));
	rc = hold_read(run->repo, run->claim->job.branch, object->kind, object->prefix, hold, err);
	if (rc > 0 && !hold_blocks(hold, object->intent == INTENT_DELETE ? NULL : digest)) {
		object->hold = hold;
		return 0;
	}
	if (rc > 0)
		hold_describe(why, hold);
	hold_free(hold);
	return rc;
}

int run_place_hold(struct run *run, struct error *err)
{
	const struct job *job = &run->claim->job;
	char from[OID_HEXSZ + 1];
	struct hold hold;
	int rc;

	if (!job->rollback_prefix || !run->rolled_back || !run->nr)
		return 0;
	rc = hold_read(run->repo, job->branch, run->objects[0].kind, job->rollback_prefix, &hold,
		       err);
	/* One that a person placed holds everything back, and stays. */
	if (rc < 0 || (rc > 0 && !hold.digest)) {
		hold_release(&hold);
		return rc < 0 ? -1 : 0;
	}
	oid_hex(from, &run->from);
	record_set(&hold.branch, job->branch);
	record_set(&hold.prefix, job->rollback_prefix);
	hold.kind = run->objects[0].kind;
	record_set(&hold.actor, job->actor);
	record_set(&hold.reason, job->reason);
	record_set(&hold.digest, run->rolled_back);
	record_set(&hold.commit, from);
	record_set(&hold.deployment, run->objects[0].id);
	if (!hold.since)
		hold.since = clock_wall_ms(aws_loop_clock(run->runner->loop));
	rc = spool_check_lease(run->spool, err);
	if (!rc)
		rc = hold_place(run->repo, &hold, err);
	hold_release(&hold);
	return rc;
}

void run_lift_hold(struct run *run, struct object *object)
{
	struct error err = ERROR_INIT;

	if (!object->hold)
		return;
	if (object->record->status == RECORD_SUCCESS) {
		if (spool_check_lease(run->spool, &err) < 0 ||
		    hold_lift(run->repo, object->hold, &err) < 0)
			run_write_message(run, "%s: its hold stays: %s", object->prefix,
					  err.message);
		else
			run_write_message(run, "%s: its hold is lifted, this is not what was held",
					  object->prefix);
	}
	error_release(&err);
	hold_free(object->hold);
	object->hold = NULL;
}
