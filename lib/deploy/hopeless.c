#include "base/base.h"
#include "deploy/failed-tasks.h"

#include "deploy/rolling.h"

/*
 * When success has become impossible, waiting for the time to be over helps
 * nobody. Two cases are told from those in which patience does help:
 *
 * - tasks failed to start again and again for a cause that lasts
 *   (failure_lasts()), and none of the revision ever ran. Not at the first
 *   time, though it often is clear then: of a role or an image that was made a
 *   moment ago AWS's parts learn one after the other, and ECS tries again;
 * - every task that ran has exited, so many of them that ECS's own circuit
 *   breaker would give up by its default, and none runs now. A database that
 *   takes a minute to answer is outlived by that. Where the settings say how
 *   many are too many, that counts.
 *
 * Where ECS's breaker is on it is left to that one: it goes back, and knows to
 * what.
 */

#define STARTS_MIN 3
/* ECS's default threshold: half of the desired count, within these bounds. */
#define CRASHES_MIN 3
#define CRASHES_MAX 200

static int64_t crashes_allowed(const struct deployment *d)
{
	int64_t half = (MAX(d->at.desired, 0) + 1) / 2;

	return MIN(MAX(half, CRASHES_MIN), CRASHES_MAX);
}

enum step_result ecs_judge_hope(struct deployment *d)
{
	const struct evidence *ev = ecs_evidence(d);
	unsigned starts;

	if (d->at.ecs_breaks || d->at.running)
		return STEP_DONE;
	if (evidence_lasting(ev, &starts) && starts >= STARTS_MIN && !ev->ran && !d->at.ran)
		return deploy_fail(d, "hopeless",
				   "service '%s' cannot become stable: %u tasks failed to start "
				   "in the same way, and none ever ran",
				   d->record->name, starts);
	if (!failed_tasks_wanted(d) && ev->crashed == ev->tasks &&
	    ev->crashed >= crashes_allowed(d))
		return deploy_fail(d, "hopeless",
				   "service '%s' cannot become stable: all %u tasks that ran "
				   "have exited",
				   d->record->name, ev->crashed);
	return STEP_DONE;
}
