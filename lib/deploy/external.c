#include "base/base.h"
#include "deploy/rolling.h"

#include "deploy/internal.h"
#include "deploy/service.h"
#include "deploy/task-set.h"
#include "deploy/traffic.h"

/*
 * Blue/green with task sets (deployment controller EXTERNAL): the new one is
 * created beside the old one, and the old one goes when the new one runs.
 *
 * The fewest calls that do the job, for n services of one cluster:
 *
 *	1	GetCallerIdentity	once for all, the account is checked
 *	n/10	DescribeServices	what is there? which task sets?
 *	4n	DescribeTargetGroups, DescribeListeners, DescribeRules (one for each
 *				HTTP listener), DescribeTargetHealth	with a load balancer
 *				and pairs; see traffic.h for what its shift takes
 *	n	RegisterTaskDefinition	none where the definition names one
 *	0..n	CreateService or UpdateService	where the service itself differs
 *	n	CreateTaskSet
 *	n/10	DescribeServices	a round of polls: it shows task sets, too
 *	n	UpdateServicePrimaryTaskSet
 *	n	DeleteTaskSet		where something ran before
 *
 * With 'gmDeploymentCircuitBreaker' a ListTasks for each look at a service that
 * is not steady yet: nothing else tells of failed tasks.
 */

/* The one of a definition or a task set, or NULL: task sets have no second one. */
static const struct json *load_balancer(const struct json *v)
{
	const struct json *list = json_get(v, "loadBalancers");

	return list && list->type == JSON_ARRAY && list->u.array.nr ? list->u.array.items : NULL;
}

static void tell_ignored_settings(struct deployment *d)
{
	const struct json *definition = ecs_document(d, ROLE_DEFINITION);

	if (d->settings.unknown)
		deploy_event(d, "ignored in the deployment settings: %s", d->settings.unknown);
	if (json_get(definition, "deploymentConfiguration"))
		deploy_event(d, "with the controller EXTERNAL 'deploymentConfiguration' has no "
				"effect and is not sent");
	if (!load_balancer(definition) && d->settings.shift.on)
		deploy_event(d, "there is no load balancer, so no traffic is shifted");
}

/* What there is: the PRIMARY task set with its fallback, and what dead deployments have left. */
static void see_task_sets(struct deployment *d, const struct json *service)
{
	struct ecs_task_set primary, set;
	bool any = task_set_primary(service, &primary);
	size_t i, foreign = 0;

	if (any) {
		deploy_id_set(d, ID_PREVIOUS, primary.task_definition);
		task_set_list(d, ID_OLD_TASK_SETS, primary.id);
		deploy_event(d, "service '%s' runs '%s', %" PRId64 " of %" PRId64 " tasks",
			     d->record->name, ecs_short_name(primary.task_definition),
			     primary.running, primary.desired);
	} else {
		deploy_event(d, "service '%s' has no task set yet", d->record->name);
	}
	for (i = 0; task_set_at(service, i, &set); i++) {
		if (!task_set_is(&set, "ACTIVE"))
			continue;
		if (any && task_set_same_deployment(set.external_id, primary.external_id)) {
			task_set_list(d, ID_OLD_TASK_SETS, set.id);
		} else if (task_set_is_ours(set.external_id)) {
			task_set_list(d, ID_LEFTOVERS, set.id);
			deploy_event(d, "task set '%s' is left of another deployment", set.id);
		} else {
			foreign++;
		}
	}
	if (foreign)
		deploy_event(d, "%zu task set%s of someone else's left alone", foreign,
			     foreign == 1 ? " is" : "s are");
}

/*
 * Without pairs the new task set joins the old one on its target group. On
 * another one, it would get no traffic and the old one would be deleted.
 */
static enum step_result check_group(struct deployment *d, const struct json *service)
{
	const struct json *mine = load_balancer(ecs_document(d, ROLE_DEFINITION)), *v;
	const char *want = json_get_str(mine, "targetGroupArn"), *have;
	struct ecs_task_set set;
	size_t i;

	if (d->settings.pairs_nr || !want)
		return STEP_DONE;
	for (i = 0; task_set_at(service, i, &set); i++) {
		v = load_balancer(&json_get(service, "taskSets")->u.array.items[i]);
		have = json_get_str(v, "targetGroupArn");
		if (task_set_is(&set, "PRIMARY") && have && !str_eq(have, want))
			return deploy_fail_hint(
				d, "settings",
				"write a pair of both into 'targetGroupArnPairs' of the deployment "
				"settings, so that the traffic is moved",
				"service '%s' uses target group '%s', and the definition names "
				"'%s'",
				d->record->name, have, want);
	}
	return STEP_DONE;
}

static enum step_result plan_update(struct deployment *d, const struct json *service)
{
	enum step_result ret = external_plan_update(d, service);
	const char *mode = deploy_id_get(d, ID_MODE);

	if (ret != STEP_DONE || !mode || !str_eq(mode, "update"))
		return ret;
	see_task_sets(d, service);
	traffic_note_service(d, service);
	return check_group(d, service);
}

static enum step_result preflight(struct deployment *d)
{
	return ecs_preflight(d, tell_ignored_settings, plan_update);
}

static enum step_result find_traffic(struct deployment *d)
{
	const struct settings *s = &d->settings;

	if (!load_balancer(ecs_document(d, ROLE_DEFINITION)) || (!s->pairs_nr && !s->shift.on))
		return STEP_DONE;
	return traffic_find(d);
}

/* clang-format off */
static const struct deploy_step undo[] = {
	{ "stop-before", ecs_stop_before, false },
	{ "shift-back", traffic_back, false },
	{ "explain", ecs_explain, false },
	{ "delete-new", task_set_delete_new, false },
	{ "restore", external_restore, false },
	{ "last-lines", ecs_last_lines, false },
	{ NULL, NULL, false },
};
/* clang-format on */

static const struct deploy_step steps[] = {
	{ "preflight", preflight, false },
	{ "find-traffic", find_traffic, false },
	{ "approve", gate_deploy, false },
	{ "register", ecs_register, false },
	{ "before", ecs_before, true },
	{ "replace", ecs_replace, false },
	{ "apply", external_apply, true },
	{ "attach", traffic_attach, true },
	{ "create-task-set", task_set_create, true },
	{ "stabilize", task_set_stabilize, true },
	{ STEP_PLACE_REST, task_set_place_rest, true },
	{ "stabilize-rest", task_set_stabilize_rest, true },
	{ "approve-shift", gate_shift, true },
	{ "shift", traffic_shift, true },
	{ "promote", task_set_promote, true },
	{ "retire", task_set_retire, false },
	{ NULL, NULL, false },
};

const struct deploy_strategy strategy_external = {
	.name = "blue-green",
	.setup = ecs_setup,
	.steps = steps,
	.undo = undo,
};
