#include "base/base.h"
#include "deploy/service.h"
#include "tap.h"

static struct arena arena = ARENA_INIT;

static const struct json *parse(const char *text)
{
	struct json_problems problems = JSON_PROBLEMS_INIT;
	const struct json *v = json_parse(&arena, text, strlen(text), NULL, &problems);

	json_problems_release(&problems);
	if (!v)
		printf("# not JSON: %s\n", text);
	return v;
}

static void test_service__changes_only_what_differs(void)
{
	static const struct {
		const char *definition, *service, *update, *undo;
	} rows[] = {
		{ "{}", "{\"desiredCount\": 3}", "", "" },
		{ "{\"desiredCount\": 2}", "{\"desiredCount\": 2}", "", "" },
		{ "{\"desiredCount\": 2}", "{\"desiredCount\": 3}", ",\"desiredCount\":2",
		  ",\"desiredCount\":3" },
		/* What AWS filled in is no difference; the order of names is none either. */
		{ "{\"networkConfiguration\": {\"awsvpcConfiguration\": {\"subnets\": [\"b\", \"a\"]}}}",
		  "{\"networkConfiguration\": {\"awsvpcConfiguration\": {\"subnets\": [\"a\", \"b\"], "
		  "\"assignPublicIp\": \"DISABLED\"}}}",
		  "", "" },
		{ "{\"networkConfiguration\": {\"awsvpcConfiguration\": {\"subnets\": [\"c\"]}}}",
		  "{\"networkConfiguration\": {\"awsvpcConfiguration\": {\"subnets\": [\"a\"]}}}",
		  ",\"networkConfiguration\":{\"awsvpcConfiguration\":{\"subnets\":[\"c\"]}}",
		  ",\"networkConfiguration\":{\"awsvpcConfiguration\":{\"subnets\":[\"a\"]}}" },
		{ "{\"deploymentConfiguration\": {\"maximumPercent\": 150}}",
		  "{\"deploymentConfiguration\": {\"maximumPercent\": 200, \"minimumHealthyPercent\": 100}}",
		  ",\"deploymentConfiguration\":{\"maximumPercent\":150}",
		  ",\"deploymentConfiguration\":{\"maximumPercent\":200,\"minimumHealthyPercent\":100}" },
		/* What the definition dropped goes. */
		{ "{}", "{\"loadBalancers\": [{\"targetGroupArn\": \"g\"}]}",
		  ",\"loadBalancers\":[]", ",\"loadBalancers\":[{\"targetGroupArn\":\"g\"}]" },
		{ "{\"loadBalancers\": []}", "{}", "", "" },
		{ "{\"placementStrategy\": [{\"type\": \"random\"}]}",
		  "{\"placementStrategy\": []}", ",\"placementStrategy\":[{\"type\":\"random\"}]",
		  ",\"placementStrategy\":[]" },
		{ "{\"desiredCount\": 2}",
		  "{\"schedulingStrategy\": \"DAEMON\", \"desiredCount\": 5}", NULL, NULL },
		{ "{\"desiredCount\": 2, \"schedulingStrategy\": \"DAEMON\"}",
		  "{\"schedulingStrategy\": \"DAEMON\", \"desiredCount\": 5}", "", "" },
		/* Never what only CreateService takes. */
		{ "{\"clientToken\": \"x\", \"tags\": [{\"key\": \"a\", \"value\": \"b\"}], \"launchType\": "
		  "\"FARGATE\", \"role\": \"r\"}",
		  "{\"launchType\": \"FARGATE\", \"roleArn\": \"arn:aws:iam::1:role/r\"}", "", "" },
		{ "{\"enableExecuteCommand\": true}", "{\"enableExecuteCommand\": false}",
		  ",\"enableExecuteCommand\":true", ",\"enableExecuteCommand\":false" },
		/* With task sets, only what UpdateService takes then. */
		{ "{\"deploymentController\": {\"type\": \"EXTERNAL\"}, \"desiredCount\": 3, "
		  "\"launchType\": \"FARGATE\", \"deploymentConfiguration\": {\"maximumPercent\": 150}, "
		  "\"platformVersion\": \"1.4.0\", \"loadBalancers\": [{\"targetGroupArn\": \"h\"}]}",
		  "{\"deploymentController\": {\"type\": \"EXTERNAL\"}, \"desiredCount\": 2, "
		  "\"launchType\": \"EC2\", \"platformVersion\": \"LATEST\", \"loadBalancers\": "
		  "[{\"targetGroupArn\": \"g\"}]}",
		  ",\"desiredCount\":3", ",\"desiredCount\":2" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct service_change change = SERVICE_CHANGE_INIT;
		struct error err = ERROR_INIT;
		int ret = service_compare(&change, parse(rows[i].definition),
					  parse(rows[i].service), &err);

		test_context("%s on %s", rows[i].definition, rows[i].service);
		check_int(ret, ==, rows[i].update ? 0 : -1);
		if (rows[i].update) {
			check_str(change.update.buf, rows[i].update);
			check_str(change.undo.buf, rows[i].undo);
		}
		service_change_release(&change);
		error_release(&err);
	}
}

static void test_service__refuses_what_cannot_be_changed(void)
{
	static const struct {
		const char *definition, *service, *want;
	} rows[] = {
		{ "{\"launchType\": \"FARGATE\"}", "{\"launchType\": \"EC2\"}",
		  "'launchType' of the running service cannot be changed from EC2 to FARGATE" },
		{ "{\"launchType\": \"EC2\"}",
		  "{\"capacityProviderStrategy\": [{\"capacityProvider\": \"FARGATE\"}]}",
		  "'launchType' of the running service cannot be changed from a capacity provider strategy to EC2" },
		{ "{\"schedulingStrategy\": \"DAEMON\"}", "{\"schedulingStrategy\": \"REPLICA\"}",
		  "'schedulingStrategy' of the running service cannot be changed from REPLICA to DAEMON" },
		{ "{}", "{\"deploymentController\": {\"type\": \"EXTERNAL\"}}",
		  "'deploymentController' of the running service cannot be changed from EXTERNAL to ECS" },
		{ "{\"role\": \"new\"}", "{\"roleArn\": \"arn:aws:iam::1:role/old\"}",
		  "'role' of the running service cannot be changed from arn:aws:iam::1:role/old to new" },
		{ "{\"loadBalancers\": [{\"loadBalancerName\": \"b\"}]}",
		  "{\"loadBalancers\": [{\"loadBalancerName\": \"a\"}]}", "'loadBalancers'" },
		{ "{}", "{\"loadBalancers\": [{\"loadBalancerName\": \"a\"}]}", "'loadBalancers'" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct service_change change = SERVICE_CHANGE_INIT;
		struct error err = ERROR_INIT;

		test_context("%s on %s", rows[i].definition, rows[i].service);
		if (check_int(service_compare(&change, parse(rows[i].definition),
					      parse(rows[i].service), &err),
			      <, 0))
			check(strstr(err.message, rows[i].want) != NULL);
		service_change_release(&change);
		error_release(&err);
	}
}

static void test_service__forces_a_deployment_to_leave_a_launch_type(void)
{
	struct service_change change = SERVICE_CHANGE_INIT;
	struct error err = ERROR_INIT;

	check_int(
		service_compare(
			&change,
			parse("{\"capacityProviderStrategy\": [{\"capacityProvider\": \"FARGATE\"}]}"),
			parse("{\"launchType\": \"FARGATE\"}"), &err),
		==, 0);
	check(change.needs_force);
	check_str(change.undo.buf, "");
	service_change_release(&change);
}

static void test_service__finds_its_deployments(void)
{
	const struct json *service = parse(
		"{\"status\": \"ACTIVE\", \"deployments\": [{\"id\": \"b\", \"status\": \"PRIMARY\", "
		"\"taskDefinition\": \"arn:aws:ecs:r:1:task-definition/web:4\", \"rolloutState\": "
		"\"IN_PROGRESS\", \"desiredCount\": 3, \"runningCount\": 2, \"failedTasks\": 1, "
		"\"createdAt\": 1700000000.25}, {\"id\": \"a\", \"status\": \"ACTIVE\", "
		"\"taskDefinition\": \"arn:aws:ecs:r:1:task-definition/web:3\"}]}");
	struct ecs_deployment d;

	check_int(ecs_service_state(service), ==, SERVICE_ACTIVE);
	check(ecs_primary(service, &d));
	check_str(d.id, "b");
	check_int(d.desired, ==, 3);
	check_int(d.running, ==, 2);
	check_int(d.failed, ==, 1);
	check_int(d.created_at, ==, 1700000000250);
	check(ecs_find_deployment(service, "a", &d));
	check_str(d.rollout, NULL);
	check(!ecs_find_deployment(service, "c", &d));
	check(ecs_find_revision(service, "web:3", &d));
	check_str(d.id, "a");
	check(ecs_find_revision(service, "web", &d));
	check_str(d.id, "b");
	check(!ecs_find_revision(service, "web:5", &d));
	check_int(ecs_service_state(parse("{\"status\": \"INACTIVE\"}")), ==, SERVICE_MISSING);
	check_int(ecs_service_state(NULL), ==, SERVICE_MISSING);
	check(!ecs_primary(NULL, &d));
}

static void test_service__names_revisions(void)
{
	const char *arn = "arn:aws:ecs:r:1:task-definition/web:4";

	check_str(ecs_short_name(arn), "web:4");
	check_str(ecs_short_name("web"), "web");
	check(ecs_names_revision(arn, arn));
	check(ecs_names_revision("web:4", arn));
	check(ecs_names_revision("web", arn));
	check(!ecs_names_revision("web:5", arn));
	check(!ecs_names_revision("we", arn));
	check(!ecs_names_revision("webx", arn));
}

int main(void)
{
	TEST(service__changes_only_what_differs);
	TEST(service__refuses_what_cannot_be_changed);
	TEST(service__forces_a_deployment_to_leave_a_launch_type);
	TEST(service__finds_its_deployments);
	TEST(service__names_revisions);
	arena_release(&arena);
	return test_done();
}
