#include "check/semantics-internal.h"

#include <math.h>

/* What belongs to one strategy only. */
static const struct {
	const char *member, *strategy;
} configurations[] = {
	{ "linearConfiguration", "LINEAR" },
	{ "canaryConfiguration", "CANARY" },
};

/* Amazon ECS API Reference, LinearConfiguration, CanaryConfiguration, DeploymentConfiguration. */
static const struct {
	const char *object, *member; /* object NULL: the configuration itself */
	double min, max;
} ranges[] = {
	{ "linearConfiguration", "stepPercent", 3, 100 },
	{ "linearConfiguration", "stepBakeTimeInMinutes", 0, 1440 },
	{ "canaryConfiguration", "canaryPercent", 0.1, 100 },
	{ "canaryConfiguration", "canaryBakeTimeInMinutes", 0, 1440 },
	{ NULL, "bakeTimeInMinutes", 0, 1440 },
};

static void check_ranges(struct semantics *s, const struct json *deployment)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ranges); i++) {
		const struct json *object =
			ranges[i].object ? sem_object(s, deployment, ranges[i].object) : deployment;
		const struct json *value = sem_get(s, object, ranges[i].member);
		double number;

		if (!json_double(value, &number) ||
		    (number >= ranges[i].min && number <= ranges[i].max))
			continue;
		finding_hint(sem_report(s, s->definition, value, SEVERITY_ERROR, "native-strategy",
					"'%s' is %s, out of range", ranges[i].member,
					sem_text(s, s->definition, value)),
			     "it may be %g to %g", ranges[i].min, ranges[i].max);
	}
}

/* Percentages are taken in steps of 0.1 (the same pages). */
static void check_tenths(struct semantics *s, const struct json *deployment)
{
	static const char *const members[][2] = {
		{ "linearConfiguration", "stepPercent" },
		{ "canaryConfiguration", "canaryPercent" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(members); i++) {
		const struct json *value =
			sem_get(s, sem_object(s, deployment, members[i][0]), members[i][1]);
		double number;

		if (json_double(value, &number) && number >= 0.1 && number <= 100 &&
		    fabs(number * 10 - round(number * 10)) > 1e-6)
			finding_hint(sem_report(s, s->definition, value, SEVERITY_ERROR,
						"native-strategy",
						"'%s' is %s, finer than ECS has it", members[i][1],
						sem_text(s, s->definition, value)),
				     "write a multiple of 0.1");
	}
}

/*
 * Lambda functions or pauses between the stages. A pause has no function, and
 * none while traffic moves (Developer Guide, "Pause hooks").
 */
static void check_hook(struct semantics *s, const struct json *hook)
{
	const char *type = sem_str(s, hook, "targetType"), *stage;
	const struct json *stages = sem_list(s, hook, "lifecycleStages");
	bool pause = type && str_eq(type, "PAUSE");
	size_t i;

	if (sem_lacks(s, hook, "lifecycleStages") || (stages && !sem_nr(stages)))
		finding_hint(sem_report(s, s->definition, hook, SEVERITY_ERROR, "native-strategy",
					"this lifecycle hook has no stage"),
			     "add \"lifecycleStages\", [\"POST_SCALE_UP\"] for example");
	if (!pause && (type || sem_lacks(s, hook, "targetType"))) {
		bool target = sem_lacks(s, hook, "hookTargetArn");

		if (target || sem_lacks(s, hook, "roleArn"))
			finding_hint(
				sem_report(s, s->definition, hook, SEVERITY_ERROR,
					   "native-strategy", "this lifecycle hook lacks '%s'",
					   target ? "hookTargetArn" : "roleArn"),
				"name the function as \"hookTargetArn\" and the role that may "
				"invoke it as \"roleArn\"; a pause has \"targetType\": \"PAUSE\"");
	}
	if (!pause)
		return;
	if (sem_get(s, hook, "hookTargetArn"))
		finding_hint(sem_report_member(s, s->definition, hook, "hookTargetArn",
					       SEVERITY_ERROR, "native-strategy",
					       "a PAUSE hook has no target"),
			     "remove it, or \"targetType\"");
	for (i = 0; i < sem_nr(stages); i++) {
		stage = sem_item_str(s, stages, i);
		if (stage && (str_eq(stage, "TEST_TRAFFIC_SHIFT") ||
			      str_eq(stage, "PRODUCTION_TRAFFIC_SHIFT")))
			finding_hint(sem_report(s, s->definition, &stages->u.array.items[i],
						SEVERITY_ERROR, "native-strategy",
						"a PAUSE hook cannot be at the stage %s", stage),
				     "take PRE_PRODUCTION_TRAFFIC_SHIFT or a POST_... stage");
	}
}

static void check_hooks(struct semantics *s, const struct json *deployment)
{
	const struct json *hooks = sem_list(s, deployment, "lifecycleHooks");
	size_t i;

	for (i = 0; i < sem_nr(hooks); i++)
		if (sem_item(s, hooks, i))
			check_hook(s, sem_item(s, hooks, i));
}

/* All that is missing, in one finding. */
static void check_advanced(struct semantics *s, const char *strategy, const struct json *item,
			   const struct json *advanced)
{
	static const char *const needed[] = { "alternateTargetGroupArn", "productionListenerRule",
					      "roleArn" };
	struct strbuf missing = STRBUF_INIT;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(needed); i++)
		if (sem_lacks(s, advanced, needed[i]))
			strbuf_addf(&missing, "%s'%s'", missing.len ? ", " : "", needed[i]);
	if (missing.len)
		finding_hint(sem_report_member(s, s->definition, item, "advancedConfiguration",
					       SEVERITY_ERROR, "native-strategy",
					       "with the strategy %s this load balancer also "
					       "needs %s",
					       strategy, missing.buf),
			     "ECS moves the traffic of that rule (an NLB's listener) between both "
			     "groups, with that role");
	strbuf_release(&missing);
}

/* A strategy that moves traffic needs to know between what. */
static void check_traffic(struct semantics *s, const char *strategy)
{
	const struct json *svcdef = s->definition->json;
	const struct json *list = sem_list(s, svcdef, "loadBalancers");
	size_t i;

	for (i = 0; i < sem_nr(list); i++) {
		const struct json *item = sem_item(s, list, i);
		const struct json *advanced = sem_object(s, item, "advancedConfiguration");
		const struct json *other = sem_get(s, advanced, "alternateTargetGroupArn");
		const char *group = sem_str(s, item, "targetGroupArn");

		if (!item)
			continue;
		if (sem_str(s, item, "loadBalancerName") && !group)
			finding_hint(
				sem_report_member(s, s->definition, item, "loadBalancerName",
						  SEVERITY_ERROR, "native-strategy",
						  "with the strategy %s a Classic Load Balancer "
						  "cannot be used",
						  strategy),
				"use a target group of an application or network load "
				"balancer");
		else if (sem_lacks(s, item, "advancedConfiguration"))
			finding_hint(sem_report(s, s->definition, item, SEVERITY_ERROR,
						"native-strategy",
						"with the strategy %s this load balancer needs an "
						"'advancedConfiguration'",
						strategy),
				     "add it, with \"alternateTargetGroupArn\", "
				     "\"productionListenerRule\" and \"roleArn\"");
		else if (group && json_str(other) && str_eq(group, json_str(other)))
			finding_hint(
				sem_report(s, s->definition, other, SEVERITY_ERROR,
					   "native-strategy",
					   "the alternate target group is the same as the first"),
				"it must be another one: traffic moves between the two");
		else if (advanced)
			check_advanced(s, strategy, item, advanced);
	}
	if (!str_eq(strategy, "BLUE_GREEN") && sem_lacks(s, svcdef, "loadBalancers") &&
	    sem_lacks(s, svcdef, "serviceConnectConfiguration") &&
	    sem_lacks(s, svcdef, "vpcLatticeConfigurations"))
		sem_report_member(s, s->definition,
				  sem_object(s, svcdef, "deploymentConfiguration"), "strategy",
				  SEVERITY_WARNING, "native-strategy",
				  "the strategy %s has no traffic to shift: there is neither load "
				  "balancer nor Service Connect",
				  strategy);
}

/*
 * A rolling update either starts a task before it stops one, or the other way
 * round. ECS rounds the lower limit up and the upper one down.
 */
static void check_room(struct semantics *s, const struct json *deployment)
{
	const struct json *svcdef = s->definition->json;
	const char *scheduling = sem_str(s, svcdef, "schedulingStrategy");
	int64_t min = 100, max = 200, desired;
	bool counted;
	struct finding *f;

	if ((scheduling && !str_eq(scheduling, "REPLICA")) ||
	    (!scheduling && !sem_lacks(s, svcdef, "schedulingStrategy")))
		return;
	if ((!sem_int(s, deployment, "minimumHealthyPercent", &min) &&
	     !sem_lacks(s, deployment, "minimumHealthyPercent")) ||
	    (!sem_int(s, deployment, "maximumPercent", &max) &&
	     !sem_lacks(s, deployment, "maximumPercent")) ||
	    min < 0 || max < 0 || min > 1000000 || max > 1000000)
		return;
	counted = sem_int(s, svcdef, "desiredCount", &desired) && desired >= 0 && desired < 1000000;
	if (min >= 100 && max <= 100)
		f = sem_report_member(s, s->definition, svcdef, "deploymentConfiguration",
				      SEVERITY_ERROR, "deployment-room",
				      "no task can be replaced: 'minimumHealthyPercent' is %" PRId64
				      ", 'maximumPercent' %" PRId64,
				      min, max);
	else if (counted && desired && (min * desired + 99) / 100 >= desired &&
		 max * desired / 100 <= desired)
		f = sem_report_member(s, s->definition, svcdef, "deploymentConfiguration",
				      SEVERITY_ERROR, "deployment-room",
				      "no task can be replaced: of %" PRId64
				      " with 'minimumHealthyPercent' %" PRId64
				      " and 'maximumPercent' %" PRId64,
				      desired, min, max);
	else
		return;
	finding_hint(f, "lower the first (tasks stop before others start) or raise the second");
}

void sem_strategy(struct semantics *s)
{
	const struct json *svcdef = s->definition ? s->definition->json : NULL, *deployment;
	const char *strategy = "ROLLING";
	size_t i;

	deployment = sem_object(s, svcdef, "deploymentConfiguration");
	if (!deployment || s->controller != CONTROLLER_ECS)
		return;
	if (!sem_lacks(s, deployment, "strategy"))
		strategy = sem_str(s, deployment, "strategy");
	if (!strategy)
		return;
	check_ranges(s, deployment);
	check_tenths(s, deployment);
	check_hooks(s, deployment);
	for (i = 0; i < ARRAY_SIZE(configurations); i++)
		if (sem_object(s, deployment, configurations[i].member) &&
		    !str_eq(strategy, configurations[i].strategy))
			finding_hint(sem_report_member(s, s->definition, deployment,
						       configurations[i].member, SEVERITY_ERROR,
						       "native-strategy",
						       "'%s' does not go with the strategy %s",
						       configurations[i].member, strategy),
				     "remove it, or write \"strategy\": \"%s\"",
				     configurations[i].strategy);
	if (str_eq(strategy, "ROLLING"))
		check_room(s, deployment);
	else
		check_traffic(s, strategy);
}
