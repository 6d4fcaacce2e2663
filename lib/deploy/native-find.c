#include "base/base.h"
#include "deploy/native.h"

#include "aws/service-deployment.h"
#include "deploy/internal.h"
#include "deploy/rolling.h"
#include "deploy/service.h"

/*
 * Which service deployment is ours? UpdateService answers with the id of a
 * deployment, and no document says how the two belong together. So those that
 * are new are listed, and their target revisions tell with which task
 * definition: ours, which was registered for this deployment alone.
 */

/* AWS's times of the two may differ by so much, ms. */
#define SLACK (60 * 1000)
/* Our clock may differ from AWS's by so much, where AWS's time isn't known. */
#define CLOCKS_APART (5 * 60 * 1000)
/* So long, ms, a look at a revision waits at most for others to go along. */
#define REVISION_MS 250
/* Phases of native_apply() beside those of ecs_apply(). */
enum {
	APPLY_FINDING = 100,
	APPLY_TAGGED
};

static enum step_result list(struct deployment *d, int phase)
{
	const char *created = deploy_id_get(d, ID_CREATED);
	int64_t after = created ? strtoll(created, NULL, 10) - SLACK :
				  d->record->started_at - CLOCKS_APART;

	native_state(d)->finding = FIND_LISTING;
	d->call = ecs_list_service_deployments(d->client, d->record->cluster, d->record->name,
					       MAX(after, 1), deploy_on_result, d);
	return deploy_await(d, phase);
}

static void forget_candidates(struct native_state *state)
{
	for (; state->found_nr; state->found_nr--) {
		free(state->found[state->found_nr - 1].arn);
		free(state->found[state->found_nr - 1].revision);
		free(state->found[state->found_nr - 1].definition);
	}
	state->seen_nr = 0;
}

static void read_candidates(struct deployment *d)
{
	const struct json *v = json_get(d->result->json, "serviceDeployments");
	const char *previous = deploy_id_get(d, ID_PREVIOUS_SERVICE_DEPLOYMENT);
	struct native_state *state = native_state(d);
	size_t i;

	forget_candidates(state);
	for (i = 0; v && v->type == JSON_ARRAY && i < v->u.array.nr; i++) {
		const char *arn = json_get_str(&v->u.array.items[i], "serviceDeploymentArn");
		const char *revision =
			json_get_str(&v->u.array.items[i], "targetServiceRevisionArn");

		if (!arn || !revision || (previous && str_eq(arn, previous)) ||
		    state->found_nr == NATIVE_CANDIDATES_MAX)
			continue;
		state->found[state->found_nr++] = (struct native_candidate){
			.arn = xstrdup(arn),
			.revision = xstrdup(revision),
			.created_at = json_epoch_ms(json_get(&v->u.array.items[i], "createdAt")),
		};
	}
}

/*
 * The next candidate's, in one call with those that others look at. The more
 * there are, the longer it is worth to wait for them.
 */
static enum step_result look_at_revision(struct deployment *d, int phase)
{
	struct native_state *state = native_state(d);

	state->finding = FIND_REVISIONS;
	return deploy_look_revision(d, state->found[state->seen_nr].revision,
				    (int64_t)MIN(d->engine->running_nr, (size_t)REVISION_MS),
				    phase);
}

/* Of those with our task definition the one that was begun when ours was, or first. */
static void choose(struct deployment *d)
{
	const char *created = deploy_id_get(d, ID_CREATED);
	const char *wanted = deploy_id_get(d, ID_TASK_DEFINITION);
	const struct native_state *state = native_state(d);
	const struct native_candidate *best = NULL;
	int64_t when = created ? strtoll(created, NULL, 10) : 0;
	size_t i;

	for (i = 0; i < state->found_nr; i++) {
		const struct native_candidate *c = &state->found[i];

		if (!c->definition || !wanted || !ecs_names_revision(wanted, c->definition) ||
		    (best && llabs(c->created_at - when) >= llabs(best->created_at - when)))
			continue;
		best = c;
	}
	if (!best)
		return;
	deploy_id_set(d, ID_SERVICE_DEPLOYMENT, best->arn);
	deploy_id_set(d, ID_TASK_DEFINITION, best->definition);
}

static enum step_result not_yet(struct deployment *d, int phase)
{
	if (deploy_now(d) >= d->at.deadline)
		return STEP_DONE;
	native_state(d)->finding = FIND_ASLEEP;
	return deploy_sleep(d, ecs_next_interval(d, RETRY_FIRST, RETRY_LAST), phase);
}

static enum step_result refused(struct deployment *d, const struct aws_result *result,
				const char *doing, int phase)
{
	if (aws_result_is(result, "ServiceNotFoundException") ||
	    aws_result_is(result, "ClusterNotFoundException"))
		return STEP_DONE;
	if (!result_is_transient(result) || deploy_now(d) >= d->at.deadline)
		return deploy_fail_result(d, result, doing);
	return not_yet(d, phase);
}

static enum step_result see_revision(struct deployment *d, int phase)
{
	struct native_state *state = native_state(d);

	if (d->look->failed)
		return refused(d, d->look->failed, "describe the service's revisions", phase);
	state->found[state->seen_nr++].definition =
		xstrdup_or_null(json_get_str(d->look->service_revision, "taskDefinition"));
	if (state->seen_nr < state->found_nr)
		return look_at_revision(d, phase);
	choose(d);
	return deploy_id_get(d, ID_SERVICE_DEPLOYMENT) ? STEP_DONE : not_yet(d, phase);
}

enum step_result native_find(struct deployment *d, int phase, int64_t patience)
{
	struct native_state *state = native_state(d);

	switch (state->finding) {
	case FIND_IDLE:
		d->at.deadline = deploy_now(d) + patience;
		/* fallthrough */
	case FIND_ASLEEP:
		return list(d, phase);
	case FIND_LISTING:
		if (d->result->outcome != AWS_OK)
			return refused(d, d->result, "list the service's deployments", phase);
		read_candidates(d);
		return state->found_nr ? look_at_revision(d, phase) : not_yet(d, phase);
	default:
		return see_revision(d, phase);
	}
}

/*
 * A worker that died may have begun it, and ECS may have gone back meanwhile:
 * the service doesn't show it any more, and it must not be begun again.
 */
enum step_result native_apply(struct deployment *d)
{
	enum step_result ret = STEP_DONE;

	switch (d->phase) {
	case 0:
		if (!d->resumed || deploy_id_get(d, ID_DEPLOYMENT) ||
		    !ecs_document(d, ROLE_TASK_DEFINITION))
			return ecs_apply(d);
		/* fallthrough */
	case APPLY_FINDING:
		ret = native_find(d, APPLY_FINDING, 0);
		break;
	case APPLY_TAGGED:
		return ecs_tagged(d);
	default:
		return ecs_apply(d);
	}
	if (ret != STEP_DONE)
		return ret;
	if (deploy_id_get(d, ID_SERVICE_DEPLOYMENT)) {
		deploy_event(d, "service '%s' was %s before", d->record->name,
			     ecs_is_create(d) ? "created" : "updated");
		return ecs_tag_service(d, APPLY_TAGGED);
	}
	d->phase = 0;
	d->at.interval = 0;
	return ecs_apply(d);
}
