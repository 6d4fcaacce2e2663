#include "base/base.h"
#include "deploy/native.h"

#include "deploy/internal.h"
#include "deploy/rolling.h"

/*
 * The tables of ECS's native strategies, and their preflight.
 *
 * The fewest calls that do the job, for n services of one cluster:
 *
 *	1	GetCallerIdentity	once for all, the account is checked
 *	n/10	DescribeServices	create or update? what must not differ?
 *	n	RegisterTaskDefinition	none where the definition names one
 *	n	CreateService or UpdateService
 *	n	ListServiceDeployments	which one is ours? the service doesn't say for sure
 *	n	DescribeServiceRevisions
 *	n/20	DescribeServiceDeployments	a round of polls
 *	n/10	DescribeServices	for its events, in a round while tasks come up
 *
 * With 'gmDeploymentCircuitBreaker' the service is looked at in every round:
 * only its deployments tell of failed tasks that the new ones make up for.
 */

void native_state_free(struct native_state *state)
{
	size_t i;

	if (!state)
		return;
	for (i = 0; i < state->pauses_nr; i++)
		free(state->pauses[i]);
	for (i = 0; i < state->found_nr; i++) {
		free(state->found[i].arn);
		free(state->found[i].revision);
		free(state->found[i].definition);
	}
	free(state->hook_told);
	free(state->reason);
	free(state);
}

struct native_state *native_state(struct deployment *d)
{
	if (!d->at.native) {
		d->at.native = xcalloc(1, sizeof(*d->at.native));
		d->at.native->weight = -1;
	}
	return d->at.native;
}

static void tell_ignored_settings(struct deployment *d)
{
	if (d->settings.shift.on)
		deploy_event(d, "'trafficShiftingConfig' is not used: ECS shifts the traffic, as "
				"'deploymentConfiguration' says");
	if (d->settings.pairs_nr)
		deploy_event(d, "'targetGroupArnPairs' is not used: ECS takes the groups of "
				"'loadBalancers'");
	if (d->settings.unknown)
		deploy_event(d, "ignored in the deployment settings: %s", d->settings.unknown);
	if (d->settings.fallback)
		deploy_event(d, "ECS's own strategies have no use for "
				"'fallbackCapacityProviderStrategy'");
	if (d->settings.alarms_nr)
		deploy_event(d, "'alarms' is not used; ECS watches those of "
				"'deploymentConfiguration'");
}

static enum step_result plan_update(struct deployment *d, const struct json *service)
{
	enum step_result ret = ecs_plan_update(d, service);

	if (ret != STEP_DONE)
		return ret;
	deploy_id_set(d, ID_SERVICE, json_get_str(service, "serviceArn"));
	deploy_id_set(d, ID_PREVIOUS_SERVICE_DEPLOYMENT,
		      json_get_str(service, "currentServiceDeployment"));
	return STEP_DONE;
}

static enum step_result preflight(struct deployment *d)
{
	return ecs_preflight(d, tell_ignored_settings, plan_update);
}

static const struct deploy_step steps[] = {
	{ "preflight", preflight, false },
	{ "approve", gate_deploy, false },
	{ "register", ecs_register, false },
	{ "before", ecs_before, true },
	{ "replace", ecs_replace, false },
	{ "apply", native_apply, true },
	{ "follow", native_follow, true },
	{ "stabilize", native_settle, true },
	{ NULL, NULL, false },
};

static const struct deploy_step undo[] = {
	{ "stop-before", ecs_stop_before, false }, { "explain", ecs_explain, false },
	{ "rollback", native_roll_back, false },   { "await-rollback", native_await_back, false },
	{ "last-lines", ecs_last_lines, false },   { NULL, NULL, false },
};

const struct deploy_strategy strategy_native_blue_green = {
	.name = "ecs-blue-green",
	.setup = ecs_setup,
	.steps = steps,
	.undo = undo,
};

const struct deploy_strategy strategy_native_linear = {
	.name = "ecs-linear",
	.setup = ecs_setup,
	.steps = steps,
	.undo = undo,
};

const struct deploy_strategy strategy_native_canary = {
	.name = "ecs-canary",
	.setup = ecs_setup,
	.steps = steps,
	.undo = undo,
};
