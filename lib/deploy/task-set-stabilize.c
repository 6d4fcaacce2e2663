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

bool task_set_is_superseded(const struct deployment *d, const struct json *service,
			    struct ecs_task_set *primary)
{
	const char *old = deploy_id_get(d, ID_OLD_TASK_SETS), *ours = deploy_id_get(d, ID_TASK_SET);
	size_t len = old ? strcspn(old, " ") : 0;

	if (!task_set_primary(service, primary) || str_eq(primary->id, ours))
		return false;
	return !old || strlen(primary->id) != len || strncmp(primary->id, old, len) != 0;
}

static bool is_there(const struct json *service, const char *id, struct ecs_task_set *set)
{
	return task_set_find(service, id, set) && !task_set_is(set, "DRAINING");
}

enum step_result task_set_judge(struct deployment *d, const struct json *service)
{
	static const char *const names[] = { ID_TASK_SET, ID_FALLBACK };
	const char *old = deploy_id_get(d, ID_OLD_TASK_SETS), *id;
	char *first = old ? xmemdupz(old, strcspn(old, " ")) : NULL;
	enum step_result ret = STEP_DONE;
	struct ecs_task_set set;
	double scale = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names) && ret == STEP_DONE; i++) {
		if (!(id = deploy_id_get(d, names[i])))
			continue;
		if (is_there(service, id, &set))
			scale += set.scale;
		else
			ret = deploy_fail(d, "superseded",
					  "task set '%s' was deleted by someone else meanwhile",
					  id);
	}
	if (ret == STEP_DONE && first && !is_there(service, first, &set)) {
		deploy_id_set(d, ID_OLD_GONE, "1");
		ret = deploy_fail(d, "superseded",
				  "task set '%s', which ran before, was deleted by someone else "
				  "meanwhile",
				  first);
	}
	/* Shares of two are rounded, and are the whole together. */
	if (ret == STEP_DONE && scale < 99.9)
		ret = deploy_fail(d, "superseded",
				  "the new task set was scaled to %g %% by someone else meanwhile",
				  scale);
	free(first);
	return ret;
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

/* Of ours, one or two: all of them as they should be? STEP_WAIT: they aren't. */
static enum step_result judge_sets(struct deployment *d, const struct json *service, int phase)
{
	static const char *const names[] = { ID_TASK_SET, ID_FALLBACK };
	int64_t running = 0, desired = 0, since = 0;
	struct ecs_task_set set;
	bool complete = true;
	const char *id;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if (!(id = deploy_id_get(d, names[i])))
			continue;
		if (!task_set_find(service, id, &set)) {
			if (d->at.looks++ < LOOKS_UNSEEN)
				return deploy_look(d, ecs_next_poll(d), phase);
			return deploy_fail(d, "superseded",
					   "task set '%s' was deleted by someone else meanwhile",
					   id);
		}
		if (task_set_is(&set, "DRAINING"))
			return deploy_fail(d, "superseded",
					   "task set '%s' was deleted by someone else meanwhile",
					   id);
		running += set.running;
		desired += set.desired;
		since = since ? MIN(since, set.created_at) : set.created_at;
		complete = complete && is_complete(service, &set);
	}
	d->at.looks = LOOKS_UNSEEN;
	ecs_tell_events(d, service, since);
	ecs_tell_progress(d, running, desired);
	return complete ? STEP_DONE : STEP_WAIT;
}

static bool is_time_up(const struct deployment *d)
{
	return ecs_time_left(d, settings_timeout_ms(&d->settings, MAX(d->at.desired, 0))) <= 0;
}

/* Is there another way to place what could not be placed? */
static bool may_fall_back(const struct deployment *d)
{
	return d->settings.fallback && !deploy_id_get(d, ID_FALLBACK) &&
	       d->at.running < d->at.desired;
}

static bool lacks_capacity(const struct deployment *d)
{
	const struct evidence *ev = d->at.evidence;
	size_t i;

	for (i = 0; ev && i < ev->nr; i++)
		if (ev->v[i].kind && str_eq(ev->v[i].kind->category, "capacity"))
			return true;
	return false;
}

/*
 * Tasks that fail would fail elsewhere, too: only where none did, or where AWS
 * says that there is no capacity, the rest goes to the fallback strategy.
 */
static enum step_result wait_on(struct deployment *d, int phase)
{
	char placed[48];

	if (!is_time_up(d) || !may_fall_back(d) || (failed_tasks_nr(d) && !lacks_capacity(d)))
		return ecs_wait_on(d, phase);
	snprintf(placed, sizeof(placed), "%" PRId64 " %" PRId64, d->at.running, d->at.desired);
	deploy_id_set(d, ID_PLACED, placed);
	deploy_event(d,
		     "%" PRId64 " of %" PRId64 " tasks could be placed in time; the rest goes to "
		     "'fallbackCapacityProviderStrategy'",
		     d->at.running, d->at.desired);
	return STEP_DONE;
}

static enum step_result looked(struct deployment *d, const struct json *service, int phase,
			       int counting)
{
	struct ecs_task_set primary;
	enum step_result ret;

	if (ecs_service_state(service) != SERVICE_ACTIVE)
		return deploy_fail(d, "service-deleted",
				   "service '%s' was deleted while it was deployed",
				   d->record->name);
	if (task_set_is_superseded(d, service, &primary))
		return deploy_fail(d, "superseded",
				   "service '%s' was deployed by someone else meanwhile: '%s'",
				   d->record->name, ecs_short_name(primary.task_definition));
	ret = judge_sets(d, service, phase);
	if (ret == STEP_DONE)
		deploy_event(d, "stable: '%s'",
			     ecs_short_name(deploy_id_get(d, ID_TASK_DEFINITION)));
	/* STEP_WAIT, but for nothing yet. */
	if (ret != STEP_WAIT || d->watch.group)
		return ret;
	if (failed_tasks_wanted(d) || failed_tasks_likely(d, 0) ||
	    (is_time_up(d) && may_fall_back(d)))
		return failed_tasks_count(d, counting);
	return wait_on(d, phase);
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
		if (!d->settings.fallback || deploy_id_get(d, ID_FALLBACK))
			deploy_drop_documents(d);
		/* What a worker that died had waited for may be over. */
		return deploy_look(d, d->resumed ? 0 : ecs_next_poll(d), LOOKED);
	case COUNTING:
		ret = failed_tasks_count(d, COUNTING);
		return ret == STEP_DONE ? wait_on(d, LOOKED) : ret;
	default:
		break;
	}
	if (!d->look->failed)
		return looked(d, d->look->service, LOOKED, COUNTING);
	return ecs_look_failed(d, LOOKED);
}

enum step_result task_set_stabilize_rest(struct deployment *d)
{
	return deploy_id_get(d, ID_FALLBACK) ? task_set_stabilize(d) : STEP_DONE;
}
