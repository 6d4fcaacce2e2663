#include "base/base.h"
#include "deploy/task-set.h"

#include "aws/task-set.h"
#include "deploy/internal.h"
#include "deploy/rolling.h"
#include "deploy/service.h"
#include "deploy/traffic.h"

/*
 * The steps that create our task set, and where need be the one with the
 * fallback capacity strategy: once, whatever happens.
 */

#define TAG_DEPLOYMENT	 "gitops:deployment"
#define RETRY_EVENTUALLY (2 * 60 * 1000) /* as in apply.c */
#define RETRY_CHANGE	 10000

/* What could be placed, of how many: ID_PLACED. False: all of it, or nobody asked. */
static bool get_placed(const struct deployment *d, int64_t *placed, int64_t *desired)
{
	const char *text = deploy_id_get(d, ID_PLACED);
	char *end;

	if (!text)
		return false;
	*placed = strtoll(text, &end, 10);
	*desired = strtoll(end, NULL, 10);
	return *placed >= 0 && *desired > *placed;
}

static bool is_rest(const struct deployment *d)
{
	return str_eq(d->step->name, STEP_PLACE_REST);
}

static const char *id_of(const struct deployment *d)
{
	return is_rest(d) ? ID_FALLBACK : ID_TASK_SET;
}

static void adopt(struct deployment *d, const struct ecs_task_set *set, const char *how)
{
	const char *revision = *set->task_definition ? set->task_definition :
						       deploy_id_get(d, ID_TASK_DEFINITION);
	char since[32];

	deploy_id_set(d, id_of(d), set->id);
	snprintf(since, sizeof(since), "%" PRId64, deploy_moment(d));
	deploy_id_set(d, ID_SINCE, since);
	deploy_event(d, "task set '%s' %s '%s', %" PRId64 " task%s wanted", set->id, how,
		     ecs_short_name(revision), set->desired, set->desired == 1 ? "" : "s");
}

static enum step_result send(struct deployment *d, int phase)
{
	const struct ecs_tag tag = { .key = TAG_DEPLOYMENT, .value = d->record->id };
	char *id = task_set_external_id(d, is_rest(d));
	int64_t placed, desired;
	struct ecs_task_set_args args = {
		.cluster = d->record->cluster,
		.service = d->record->name,
		.task_definition = deploy_id_get(d, ID_TASK_DEFINITION),
		.external_id = id,
		.client_token = id,
		.tags = &tag,
		.tags_nr = 1,
		.target_group = traffic_new_group(d),
		.scale = 100,
	};

	if (is_rest(d) && get_placed(d, &placed, &desired)) {
		args.scale = 100 * (double)(desired - placed) / (double)desired;
		args.strategy = json_get(ecs_document(d, ROLE_SETTINGS),
					 "fallbackCapacityProviderStrategy");
	}
	d->call = ecs_create_task_set(d->client, ecs_document(d, ROLE_DEFINITION), &args,
				      deploy_on_result, d);
	free(id);
	return deploy_await(d, phase);
}

/* Those of deployments that died: one on the target group that we are about to use would get its traffic. */
static enum step_result clean_and_send(struct deployment *d, int cleaning, int sent)
{
	enum step_result ret = task_set_delete_listed(d, ID_LEFTOVERS, cleaning);

	return ret == STEP_DONE ? send(d, sent) : ret;
}

/* Was it created before the accident? */
static enum step_result looked(struct deployment *d, int phase, int cleaning, int sent)
{
	struct ecs_task_set set;
	char *id;
	bool found;

	if (d->look->failed && result_is_transient(d->look->failed) &&
	    deploy_now(d) < d->at.deadline)
		return deploy_look(d, ecs_next_interval(d, RETRY_FIRST, RETRY_CHANGE), phase);
	if (d->look->failed)
		return deploy_fail_result(d, d->look->failed, "describe the service");
	if (ecs_service_state(d->look->service) != SERVICE_ACTIVE)
		return deploy_fail(d, "service-deleted",
				   "service '%s' was deleted while it was deployed",
				   d->record->name);
	id = task_set_external_id(d, is_rest(d));
	found = task_set_find_external(d->look->service, id, &set);
	free(id);
	if (!found && is_rest(d))
		return send(d, sent);
	if (!found)
		return clean_and_send(d, cleaning, sent);
	adopt(d, &set, "was created before with");
	return STEP_DONE;
}

static enum step_result created(struct deployment *d)
{
	/* The same shape as in a service. */
	const struct json *v = json_get(d->result->json, "taskSet");
	struct ecs_task_set set = {
		.id = json_get_str(v, "id"),
		.task_definition = json_get_str(v, "taskDefinition"),
		.desired = json_get_int(v, "computedDesiredCount", 0),
	};

	if (!set.id)
		return deploy_fail(d, "aws-error", "AWS's answer shows no task set");
	if (!set.task_definition)
		set.task_definition = "";
	adopt(d, &set, "created with");
	return STEP_DONE;
}

/* The answer to CreateTaskSet. */
static enum step_result sent_create(struct deployment *d, int looked_phase, int again)
{
	int64_t patience;

	if (d->result->outcome == AWS_OK)
		return created(d);
	if (d->result->outcome == AWS_UNKNOWN && deploy_now(d) < d->at.deadline &&
	    d->at.looks++ < 1000)
		return deploy_look(d, ecs_next_interval(d, RETRY_FIRST, RETRY_CHANGE),
				   looked_phase);
	patience = ecs_worth_retrying(d);
	if (patience && deploy_now(d) < d->at.deadline) {
		if (!d->at.told) {
			d->at.told = true;
			d->at.deadline = MIN(d->at.deadline, deploy_now(d) + patience);
			deploy_event(d, "AWS is not ready for it, trying again: %s",
				     d->result->message);
		}
		return deploy_sleep(d, ecs_next_interval(d, RETRY_FIRST, RETRY_CHANGE), again);
	}
	return deploy_fail_result(d, d->result, "create the task set");
}

static int64_t deadline(const struct deployment *d)
{
	return deploy_now(d) + MAX(RETRY_EVENTUALLY, settings_timeout_ms(&d->settings, 0));
}

enum step_result task_set_create(struct deployment *d)
{
	enum {
		START,
		LOOKED,
		CLEANING,
		SENT,
		AGAIN
	};

	switch (d->phase) {
	case START:
		if (deploy_id_get(d, ID_TASK_SET))
			return STEP_DONE;
		d->at.deadline = deadline(d);
		if (d->resumed)
			return deploy_look(d, 0, LOOKED);
		return clean_and_send(d, CLEANING, SENT);
	case LOOKED:
		return looked(d, LOOKED, CLEANING, SENT);
	case CLEANING:
		return clean_and_send(d, CLEANING, SENT);
	case AGAIN:
		return send(d, SENT);
	default:
		return sent_create(d, LOOKED, AGAIN);
	}
}

/* The first one is scaled to what it could place, so that both make the whole. */
static enum step_result send_scale(struct deployment *d, int phase)
{
	int64_t placed = 0, desired = 1;

	(void)get_placed(d, &placed, &desired);
	d->call = ecs_scale_task_set(d->client, d->record->cluster, d->record->name,
				     deploy_id_get(d, ID_TASK_SET),
				     100 * (double)placed / (double)desired, deploy_on_result, d);
	return deploy_await(d, phase);
}

enum step_result task_set_place_rest(struct deployment *d)
{
	enum {
		START,
		SCALE,
		SCALED,
		LOOKED,
		SENT,
		AGAIN
	};
	int64_t placed, desired;

	switch (d->phase) {
	case START:
		if (!get_placed(d, &placed, &desired) || deploy_id_get(d, ID_FALLBACK))
			return STEP_DONE;
		d->at.deadline = deadline(d);
		return send_scale(d, SCALED);
	case SCALE:
		return send_scale(d, SCALED);
	case SCALED:
		if (d->result->outcome != AWS_OK) {
			if (result_is_transient(d->result) && d->at.retries++ < 10)
				return deploy_sleep(d, 500 * (int64_t)d->at.retries, SCALE);
			return deploy_fail_result(d, d->result, "scale the task set");
		}
		if (d->resumed)
			return deploy_look(d, 0, LOOKED);
		return send(d, SENT);
	case LOOKED:
		return looked(d, LOOKED, SENT, SENT);
	case AGAIN:
		return send(d, SENT);
	default:
		return sent_create(d, LOOKED, AGAIN);
	}
}
