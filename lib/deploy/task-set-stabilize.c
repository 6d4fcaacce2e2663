#include "base/base.h"
#include "deploy/task-set.h"

#include "deploy/failed-tasks.h"
#include "deploy/internal.h"
#include "deploy/rolling.h"
#include "deploy/service.h"

#include <math.h>

/* The step that waits until our task set runs. */

/* A look may not see yet what was just created. */
#define LOOKS_UNSEEN 5

/* Did someone else make another task set PRIMARY meanwhile? */
static bool is_superseded(const struct deployment *d, const struct json *service,
			  struct ecs_task_set *primary)
{
	const char *old = deploy_id_get(d, ID_OLD_TASK_SETS), *ours = deploy_id_get(d, ID_TASK_SET);
	size_t len = old ? strcspn(old, " ") : 0;

	if (!task_set_primary(service, primary) || str_eq(primary->id, ours))
		return false;
	return !old || strlen(primary->id) != len || strncmp(primary->id, old, len) != 0;
}

/*
 * A task set that was just made may look steady with no tasks at all, so that
 * AWS's word is compared with the counts, and its count with the service's.
 */
static bool is_complete(const struct json *service, const struct ecs_task_set *set)
{
	double desired = (double)json_get_int(service, "desiredCount", 0);
	int64_t want = (int64_t)ceil(desired * set->scale / 100 - 1e-6);

	return set->steady && set->desired >= want && set->running == set->desired && !set->pending;
}

static enum step_result looked(struct deployment *d, const struct json *service, int phase,
			       int counting)
{
	struct ecs_task_set ours, primary;
	bool found;

	if (ecs_service_state(service) != SERVICE_ACTIVE)
		return deploy_fail(d, "service-deleted",
				   "service '%s' was deleted while it was deployed",
				   d->record->name);
	if (is_superseded(d, service, &primary))
		return deploy_fail(d, "superseded",
				   "service '%s' was deployed by someone else meanwhile: '%s'",
				   d->record->name, ecs_short_name(primary.task_definition));
	found = task_set_find(service, deploy_id_get(d, ID_TASK_SET), &ours);
	if (!found && d->at.looks++ < LOOKS_UNSEEN)
		return deploy_look(d, ecs_next_poll(d), phase);
	if (!found || task_set_is(&ours, "DRAINING"))
		return deploy_fail(d, "superseded",
				   "task set '%s' was deleted by someone else meanwhile",
				   deploy_id_get(d, ID_TASK_SET));
	d->at.looks = LOOKS_UNSEEN;
	ecs_tell_events(d, service, ours.created_at);
	ecs_tell_progress(d, ours.running, ours.desired);
	if (is_complete(service, &ours)) {
		deploy_event(d, "stable: '%s'", ecs_short_name(ours.task_definition));
		return STEP_DONE;
	}
	if (failed_tasks_wanted(d))
		return failed_tasks_count(d, counting);
	return ecs_wait_on(d, phase);
}

enum step_result task_set_stabilize(struct deployment *d)
{
	enum {
		START,
		LOOKED,
		COUNTING
	};
	enum step_result ret;

	switch (d->phase) {
	case START:
		deploy_drop_documents(d);
		/* What a worker that died had waited for may be over. */
		return deploy_look(d, d->resumed ? 0 : ecs_next_poll(d), LOOKED);
	case COUNTING:
		ret = failed_tasks_count(d, COUNTING);
		return ret == STEP_DONE ? ecs_wait_on(d, LOOKED) : ret;
	default:
		break;
	}
	if (!d->look->failed)
		return looked(d, d->look->service, LOOKED, COUNTING);
	return ecs_look_failed(d, LOOKED);
}
