#include "base/base.h"
#include "deploy/native.h"

#include "aws/service-deployment.h"
#include "deploy/internal.h"
#include "deploy/rolling.h"
#include "deploy/service.h"

/*
 * What a failed deployment by a native strategy is followed by. Mostly ECS has
 * gone back by itself; where we gave up (or somebody did) it is told to, and
 * does it in its own stages.
 */

/* How long it may take until ECS shows what UpdateService has begun, ms. */
#define SHOWN_LATE 10000

static enum step_result is_back(struct deployment *d)
{
	const char *previous = deploy_id_get(d, ID_PREVIOUS);

	record_set(&d->record->revision, previous);
	deploy_event(d, "back on '%s'", ecs_short_name(previous ? previous : "what ran before"));
	return STEP_DONE;
}

/* ECS has done what there was to be done. */
static enum step_result is_over(struct deployment *d, const char *status)
{
	if (str_eq(status, "ROLLBACK_SUCCESSFUL"))
		return is_back(d);
	record_set(&d->record->revision, deploy_id_get(d, ID_TASK_DEFINITION));
	if (!deploy_id_get(d, ID_PREVIOUS)) {
		deploy_event(d, "service '%s' is left as it is: there is nothing to go back to",
			     d->record->name);
	} else if (str_eq(status, "ROLLBACK_FAILED")) {
		deploy_event(d, "service '%s' is left as it is", d->record->name);
		ecs_hint_add(d, "going back failed, the service needs a look");
	} else {
		deploy_event(d, "service '%s' is left as it is: ECS was not to go back",
			     d->record->name);
	}
	return STEP_DONE;
}

/* Why not to go back, or NULL. */
static const char *why_kept(const struct deployment *d)
{
	if (deploy_is_cancelled(d))
		return NULL;
	if (deploy_id_get(d, ID_BREAKER))
		return d->settings.breaker.rollback ? NULL : "gmDeploymentCircuitBreaker.rollback";
	return d->settings.delete_new_upon_failure ? NULL : "deleteNewUponFailure";
}

static enum step_result send_back(struct deployment *d, int phase)
{
	const char *kept = why_kept(d), *previous = deploy_id_get(d, ID_PREVIOUS);

	if (kept) {
		deploy_event(d, "service '%s' is left as it is, ECS goes on: '%s' is false",
			     d->record->name, kept);
		return STEP_DONE;
	}
	if (!d->at.told)
		deploy_event(d, "going back to '%s'", ecs_short_name(previous));
	d->at.told = true;
	d->call = ecs_roll_service_deployment_back(
		d->client, deploy_id_get(d, ID_SERVICE_DEPLOYMENT), deploy_on_result, d);
	return deploy_await(d, phase);
}

/*
 * The answer of what would have begun it did not come, or was not waited for. A
 * task definition that others deploy, too, doesn't tell what is ours then.
 */
static bool may_have_begun(const struct deployment *d)
{
	return deploy_id_get(d, ID_DEPLOYMENT) ||
	       (ecs_document(d, ROLE_TASK_DEFINITION) && str_eq(d->record->failure.step, "apply"));
}

static enum step_result sent(struct deployment *d, int again)
{
	const char *previous = deploy_id_get(d, ID_PREVIOUS_DEPLOYMENT);

	/* A conflict: it goes back already, or it is over. Which of the two is seen next. */
	if (d->result->outcome == AWS_OK || aws_result_is(d->result, "ConflictException")) {
		deploy_id_set(d, ID_BACK, previous ? previous : "");
		return STEP_DONE;
	}
	if (result_is_transient(d->result) && d->at.retries++ < 10)
		return deploy_sleep(d, 1000 * (int64_t)d->at.retries, again);
	ecs_hint_add(d, "going back failed, the service needs a look");
	return deploy_fail_result(d, d->result, "go back to what ran before");
}

enum step_result native_roll_back(struct deployment *d)
{
	enum {
		START = 200, /* beside the phases of ecs_go_back() */
		FINDING,
		AGAIN,
		SENT
	};
	const char *over = deploy_id_get(d, ID_OVER), *category = d->record->failure.category;
	enum step_result ret;

	switch (d->phase) {
	case 0:
		if (str_eq(category, "superseded") || str_eq(category, "service-deleted"))
			return STEP_DONE; /* not ours any more */
		if (native_is_same(d)) {
			deploy_event(d, "service '%s' is left as it is: nothing was deployed",
				     d->record->name);
			return STEP_DONE;
		}
		if (over)
			return is_over(d, over);
		if (!deploy_id_get(d, ID_PREVIOUS))
			return ecs_go_back(d);
		if (deploy_id_get(d, ID_SERVICE_DEPLOYMENT))
			return send_back(d, SENT);
		return may_have_begun(d) ? native_find(d, FINDING, SHOWN_LATE) : STEP_DONE;
	case FINDING:
		ret = native_find(d, FINDING, 0);
		if (ret != STEP_DONE || !deploy_id_get(d, ID_SERVICE_DEPLOYMENT))
			return ret;
		/* fallthrough */
	case AGAIN:
		return send_back(d, SENT);
	case SENT:
		return sent(d, AGAIN);
	default:
		return ecs_go_back(d);
	}
}

static enum step_result ended(struct deployment *d, const char *status)
{
	deploy_id_set(d, ID_OVER, status);
	if (str_eq(status, "ROLLBACK_SUCCESSFUL"))
		return is_back(d);
	record_set(&d->record->revision, deploy_id_get(d, ID_TASK_DEFINITION));
	if (str_eq(status, "SUCCESSFUL")) {
		deploy_event(d, "too late: ECS had completed the deployment");
		ecs_hint_add(d, "'git gitops rollback' goes back");
		return STEP_DONE;
	}
	ecs_hint_add(d, "going back failed, the service needs a look");
	return deploy_fail(d, "rolled-back", "ECS did not go back: %s", status);
}

/* As long as it takes: ECS ends it after 24 hours in one stage. */
enum step_result native_await_back(struct deployment *d)
{
	enum {
		START,
		SEEN
	};
	struct service_deployment sd;

	if (d->phase == START) {
		if (!deploy_id_get(d, ID_BACK) || deploy_id_get(d, ID_OVER))
			return STEP_DONE;
		native_contact(d);
		return deploy_look_deployment(d, 0, SEEN);
	}
	if (!d->look)
		return deploy_look_deployment(d, 0, SEEN);
	if (d->look->failed && native_contact_lost(d))
		return deploy_fail_result(d, d->look->failed, "describe the service deployment");
	if (d->look->failed)
		return native_look_again(d, SEEN);
	if (!d->look->service_deployment) {
		deploy_event(d, "someone else deleted service '%s' meanwhile", d->record->name);
		return STEP_DONE;
	}
	service_deployment_read(&sd, d->look->service_deployment);
	native_contact(d);
	if (service_deployment_is_over(&sd))
		return ended(d, sd.status);
	return native_tell(d, &sd) ? native_look_again(d, SEEN) : STEP_WAIT;
}
