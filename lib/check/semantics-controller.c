#include "check/semantics-internal.h"

static void check_type(struct semantics *s)
{
	const struct json *controller = sem_object(s, s->definition->json, "deploymentController");
	const struct json *type = sem_get(s, controller, "type");

	if (!json_str(type) || !str_eq(json_str(type), "CODE_DEPLOY"))
		return;
	finding_hint(sem_report(s, s->definition, type, SEVERITY_ERROR, "controller-code-deploy",
				"the controller CODE_DEPLOY belongs to another deployer, "
				"AWS CodeDeploy"),
		     "write \"EXTERNAL\" for blue/green by git gitops, or \"ECS\" for rolling "
		     "updates and ECS's own strategies");
}

static void refuse(struct semantics *s, const struct json *object, const char *member,
		   const char *what)
{
	sem_report_member(s, s->definition, object, member, SEVERITY_ERROR, "controller-external",
			  "with the controller EXTERNAL a service has no %s", what);
}

/* Amazon ECS API Reference, CreateService and DeploymentController. */
static void check_external(struct semantics *s)
{
	const struct json *svcdef = s->definition->json;
	const struct json *deployment = sem_object(s, svcdef, "deploymentConfiguration");
	const struct json *connect = sem_object(s, svcdef, "serviceConnectConfiguration");
	const char *scheduling = sem_str(s, svcdef, "schedulingStrategy");
	const char *strategy = sem_str(s, deployment, "strategy");
	static const char *const kept_back[] = { "volumeConfigurations",
						 "vpcLatticeConfigurations" };
	size_t i;

	if (sem_true(s, connect, "enabled"))
		refuse(s, svcdef, "serviceConnectConfiguration", "Service Connect");
	if (scheduling && str_eq(scheduling, "DAEMON"))
		refuse(s, svcdef, "schedulingStrategy", "daemons");
	if (sem_true(s, sem_object(s, deployment, "deploymentCircuitBreaker"), "enable"))
		finding_hint(sem_report_member(s, s->definition, deployment,
					       "deploymentCircuitBreaker", SEVERITY_ERROR,
					       "controller-external",
					       "with the controller EXTERNAL a service has no "
					       "circuit breaker of ECS"),
			     "write \"gmDeploymentCircuitBreaker\" in '%s'",
			     s->service->docs[ROLE_SETTINGS].path);
	if (sem_true(s, sem_object(s, deployment, "alarms"), "enable"))
		finding_hint(sem_report_member(s, s->definition, deployment, "alarms",
					       SEVERITY_ERROR, "controller-external",
					       "with the controller EXTERNAL a service has no "
					       "alarms of ECS"),
			     "write \"alarms\" in '%s'", s->service->docs[ROLE_SETTINGS].path);
	if (strategy && !str_eq(strategy, "ROLLING"))
		finding_hint(sem_report_member(s, s->definition, deployment, "strategy",
					       SEVERITY_ERROR, "controller-external",
					       "with the controller EXTERNAL a service has no "
					       "strategy of ECS"),
			     "ECS's own strategies need the controller ECS; with EXTERNAL "
			     "\"trafficShiftingConfig\" in '%s' says how",
			     s->service->docs[ROLE_SETTINGS].path);
	for (i = 0; i < ARRAY_SIZE(kept_back); i++)
		if (sem_nr(sem_list(s, svcdef, kept_back[i])))
			sem_report_member(s, s->definition, svcdef, kept_back[i], SEVERITY_WARNING,
					  "controller-external",
					  "a task set of the controller EXTERNAL takes no '%s'",
					  kept_back[i]);
	if (sem_nr(sem_list(s, svcdef, "loadBalancers")) > 1)
		sem_report_member(s, s->definition, svcdef, "loadBalancers", SEVERITY_WARNING,
				  "controller-external",
				  "a task set of the controller EXTERNAL takes one target group");
}

/* Has a file that is nearly a task definition by its name a finding of its own? */
static bool is_misnamed(const struct semantics *s, const struct document *doc)
{
	const struct plan *plan = s->check->plan;
	size_t len = strlen(s->service->prefix), i;

	for (i = 0; i < plan->near_misses_nr; i++) {
		const struct plan_near_miss *miss = &plan->near_misses[i];

		if (miss->prefix_len == len && starts_with(miss->path, s->service->prefix) &&
		    ends_with(doc->path, miss->suffix))
			return true;
	}
	return false;
}

static void check_task_definition(struct semantics *s)
{
	const struct document *taskdef = &s->service->docs[ROLE_TASK_DEFINITION];
	const struct json *svcdef = s->definition->json;

	if (!taskdef->present && sem_lacks(s, svcdef, "taskDefinition") && !is_misnamed(s, taskdef))
		finding_hint(sem_report(s, s->definition, svcdef, SEVERITY_ERROR,
					"task-definition-missing",
					"there is no task definition for this service"),
			     "add '%s', or \"taskDefinition\" here", taskdef->path);
	else if (taskdef->present && sem_str(s, svcdef, "taskDefinition"))
		finding_hint(sem_report_member(s, s->definition, svcdef, "taskDefinition",
					       SEVERITY_WARNING, "task-definition-ignored",
					       "'taskDefinition' is not used: there is '%s'",
					       taskdef->path),
			     "remove one of the two");
}

static bool is_fargate_provider(const char *name)
{
	return str_eq(name, "FARGATE") || str_eq(name, "FARGATE_SPOT");
}

/* Amazon ECS API Reference, CapacityProviderStrategyItem. */
static void check_strategy(struct semantics *s, const struct document *doc, const char *member)
{
	const struct json *list = doc ? sem_list(s, doc->json, member) : NULL;
	size_t nr = sem_nr(list), i, fargate = 0, others = 0, bases = 0, unweighted = 0;
	int64_t number;

	for (i = 0; i < nr; i++) {
		const struct json *item = sem_item(s, list, i);
		const char *name = sem_str(s, item, "capacityProvider");

		if (name && is_fargate_provider(name))
			fargate++;
		else if (name)
			others++;
		if (sem_int(s, item, "base", &number) && number > 0 && ++bases == 2)
			sem_report(s, doc, sem_get(s, item, "base"), SEVERITY_ERROR,
				   "capacity-strategy",
				   "only one capacity provider can have a base");
		if (sem_lacks(s, item, "weight") ||
		    (sem_int(s, item, "weight", &number) && !number))
			unweighted++;
	}
	if (fargate && others)
		finding_hint(sem_report_member(
				     s, doc, doc->json, member, SEVERITY_ERROR, "capacity-strategy",
				     "Fargate and other capacity providers can't be mixed"),
			     "keep FARGATE and FARGATE_SPOT, or the others");
	if (nr > 1 && unweighted == nr)
		finding_hint(sem_report_member(s, doc, doc->json, member, SEVERITY_ERROR,
					       "capacity-strategy",
					       "no capacity provider has a weight above 0"),
			     "add \"weight\": 1 to those that tasks are to run on");
}

static void check_capacity(struct semantics *s)
{
	const struct json *svcdef = s->definition->json;

	if (sem_nr(sem_list(s, svcdef, "capacityProviderStrategy")) &&
	    sem_str(s, svcdef, "launchType"))
		finding_hint(
			sem_report_member(s, s->definition, svcdef, "launchType", SEVERITY_ERROR,
					  "capacity-launch-type",
					  "'launchType' and 'capacityProviderStrategy' exclude "
					  "each other"),
			"remove one of the two");
	check_strategy(s, s->definition, "capacityProviderStrategy");
}

static void check_count(struct semantics *s)
{
	const struct json *svcdef = s->definition->json;
	const char *scheduling = sem_str(s, svcdef, "schedulingStrategy");
	int64_t count;

	/* AWS's shape has no bound for it */
	if (sem_int(s, svcdef, "desiredCount", &count) && count < 0)
		finding_hint(sem_report(s, s->definition, sem_get(s, svcdef, "desiredCount"),
					SEVERITY_ERROR, "schema-range",
					"'desiredCount' is %" PRId64 ", out of range", count),
			     "it may be at least 0");
	else if (scheduling && str_eq(scheduling, "DAEMON") && sem_get(s, svcdef, "desiredCount"))
		finding_hint(sem_report_member(s, s->definition, svcdef, "desiredCount",
					       SEVERITY_ERROR, "daemon-count",
					       "a daemon has no 'desiredCount'"),
			     "remove it: there is one task on each instance");
}

void sem_controller(struct semantics *s)
{
	check_strategy(s, s->settings, "fallbackCapacityProviderStrategy");
	if (!s->definition)
		return;
	check_type(s);
	if (s->controller == CONTROLLER_EXTERNAL)
		check_external(s);
	check_task_definition(s);
	check_capacity(s);
	check_count(s);
}
