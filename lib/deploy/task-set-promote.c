#include "base/base.h"
#include "deploy/task-set.h"

#include "aws/task-set.h"
#include "deploy/internal.h"
#include "deploy/rolling.h"
#include "deploy/service.h"
#include "deploy/traffic.h"

/* The steps that make our task set the service's own and take the old one away, and the way back. */

enum step_result task_set_promote(struct deployment *d)
{
	enum {
		START,
		SENT
	};
	const char *ours = deploy_id_get(d, ID_TASK_SET);

	if (d->phase == SENT && d->result) {
		if (d->result->outcome == AWS_OK) {
			record_set(&d->record->revision, deploy_id_get(d, ID_TASK_DEFINITION));
			deploy_event(d, "task set '%s' is PRIMARY now", ours);
			return STEP_DONE;
		}
		if (aws_result_is(d->result, "TaskSetNotFoundException"))
			return deploy_fail(d, "superseded",
					   "task set '%s' was deleted by someone else meanwhile",
					   ours);
		if (!result_is_transient(d->result) || d->at.retries++ >= 10)
			return deploy_fail_result(d, d->result, "make the task set PRIMARY");
		return deploy_sleep(d, 500 * (int64_t)d->at.retries, SENT);
	}
	d->call = ecs_make_primary(d->client, d->record->cluster, d->record->name, ours,
				   deploy_on_result, d);
	return deploy_await(d, SENT);
}

/*
 * What was wanted runs and has the traffic, so that nothing here can make the
 * deployment fail. What is left costs money, and is said; the next deployment
 * removes it with the leftovers if it is ours.
 */
enum step_result task_set_retire(struct deployment *d)
{
	const char *left;

	if (task_set_may_delete_listed(d, ID_OLD_TASK_SETS, 1) == STEP_WAIT)
		return STEP_WAIT;
	if ((left = deploy_id_get(d, ID_OLD_TASK_SETS)))
		deploy_event(d,
			     "warning: what ran before is not needed any more, but could not be "
			     "deleted and keeps running ('%s'): %s",
			     left, d->result->err.message);
	return STEP_DONE;
}

/* --- the way back --- */

static bool is_kept(struct deployment *d)
{
	bool shifting = str_eq(d->record->failure.step, "shift");
	bool keep = shifting ? !d->settings.delete_new_upon_shift_failure :
			       !d->settings.delete_new_upon_failure;

	if (traffic_is_left(d)) {
		deploy_event(d, "the new task set is kept: the traffic is there");
		return true;
	}
	/* Whoever cancels it wants nothing left of it. */
	keep = keep && !deploy_is_cancelled(d);
	if (!shifting && !deploy_is_cancelled(d) && d->settings.breaker.on &&
	    !d->settings.breaker.rollback) {
		deploy_event(d, "the new task set is kept, without traffic: "
				"'gmDeploymentCircuitBreaker.rollback' is false");
		return true;
	}
	if (keep)
		deploy_event(d, "the new task set is kept: '%s' is false",
			     shifting ? "deleteNewUponTrafficShiftFailure" :
					"deleteNewUponFailure");
	return keep;
}

/* Ours, also one that we don't know of because the answer was lost. */
static void list_ours(struct deployment *d, const struct json *service)
{
	char *id = task_set_external_id(d, false);
	struct ecs_task_set set;
	size_t i;

	for (i = 0; task_set_at(service, i, &set); i++)
		if (task_set_same_deployment(set.external_id, id) && !task_set_is(&set, "DRAINING"))
			task_set_list(d, ID_LEFTOVERS, set.id);
	free(id);
}

/* Only what is not PRIMARY may be deleted. NULL: nothing is to be made PRIMARY first. */
static char *to_make_primary(const struct deployment *d, const struct json *service)
{
	const char *ours = deploy_id_get(d, ID_TASK_SET), *old;
	struct ecs_task_set set;
	size_t len;
	char *id;

	old = deploy_id_get(d, ID_OLD_TASK_SETS);
	if (!ours || !old || !task_set_primary(service, &set) || !str_eq(set.id, ours))
		return NULL;
	len = strcspn(old, " ");
	id = xmemdupz(old, len);
	if (task_set_find(service, id, &set) && !task_set_is(&set, "DRAINING"))
		return id;
	free(id);
	return NULL;
}

static enum step_result looked(struct deployment *d, int primary, int deleting)
{
	char *old;

	list_ours(d, d->look->service);
	old = to_make_primary(d, d->look->service);
	if (!old)
		return task_set_delete_listed(d, ID_LEFTOVERS, deleting);
	d->call = ecs_make_primary(d->client, d->record->cluster, d->record->name, old,
				   deploy_on_result, d);
	free(old);
	return deploy_await(d, primary);
}

static enum step_result conclude(struct deployment *d)
{
	const char *previous = deploy_id_get(d, ID_PREVIOUS);

	record_set(&d->record->revision, previous);
	if (previous)
		deploy_event(d, "what ran before still does: '%s'", ecs_short_name(previous));
	else
		deploy_event(d, "service '%s' is left without tasks: nothing ran before",
			     d->record->name);
	return STEP_DONE;
}

enum step_result task_set_delete_new(struct deployment *d)
{
	enum {
		START,
		LOOKED,
		PRIMARY,
		DELETING
	};
	enum step_result ret;

	switch (d->phase) {
	case START:
		/* The answer to its creation may have been lost; before that there is none. */
		if (!deploy_id_get(d, ID_TASK_SET) &&
		    !str_eq(d->record->failure.step, "create-task-set"))
			return STEP_DONE;
		if (is_kept(d))
			return STEP_DONE;
		return deploy_look(d, 0, LOOKED);
	case LOOKED:
		if (d->look->failed && result_is_transient(d->look->failed) && d->at.retries++ < 10)
			return deploy_look(d, 1000 * (int64_t)d->at.retries, LOOKED);
		if (d->look->failed)
			return deploy_fail_result(d, d->look->failed, "describe the service");
		if (ecs_service_state(d->look->service) != SERVICE_ACTIVE)
			return STEP_DONE;
		d->at.retries = 0;
		ret = looked(d, PRIMARY, DELETING);
		break;
	case PRIMARY:
		if (d->result->outcome != AWS_OK) {
			ecs_hint_add(d, "the service needs a look");
			return deploy_fail_result(d, d->result, "make the old task set PRIMARY");
		}
		deploy_event(d, "the old task set is PRIMARY again");
		d->result = NULL;
		ret = task_set_delete_listed(d, ID_LEFTOVERS, DELETING);
		break;
	default:
		ret = task_set_delete_listed(d, ID_LEFTOVERS, DELETING);
		break;
	}
	return ret == STEP_DONE ? conclude(d) : ret;
}
