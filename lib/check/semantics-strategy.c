#include "check/semantics-internal.h"

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

		if (sem_lacks(s, item, "advancedConfiguration"))
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
