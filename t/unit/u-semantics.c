#include "base/base.h"
#include "check/internal.h"
#include "schema/schema.h"
#include "tap.h"

/*
 * Documents of one object, in JSON with ' for ", and what the shapes of AWS
 * and the rules say of them: each mistake is told once.
 */
struct object_case {
	const char *definition, *taskdef, *settings;
	const char *want; /* "rule: message\n" each, "(w)" before a warning */
};

static const struct plan plan = PLAN_INIT;
static struct check check;
static struct check_whole whole;
static struct findings findings;
static struct strmap fired = STRMAP_INIT;

static void set_document(struct service *service, enum artifact_role role, const char *text)
{
	struct document *doc = &service->docs[role];
	struct json_problems problems = JSON_PROBLEMS_INIT;
	size_t i;

	doc->path = arena_strfmt(&service->arena, "a%s", artifact_suffix(service->kind, role));
	strbuf_init(&doc->source, 0);
	strbuf_init(&doc->rendered, 0);
	if (!text)
		return;
	doc->present = true;
	doc->plain = true;
	strbuf_addstr(&doc->source, text);
	for (i = 0; i < doc->source.len; i++)
		if (doc->source.buf[i] == '\'')
			doc->source.buf[i] = '"';
	doc->json = json_parse(&service->arena, doc->source.buf, doc->source.len, NULL, &problems);
	check_ptr(doc->json, !=, NULL);
	json_problems_release(&problems);
}

static void judge(enum artifact_kind kind, const char *prefix, const struct object_case *c)
{
	struct service service = { .kind = kind, .prefix = prefix };
	const struct plan_object object = {
		.kind = kind, .prefix = prefix, .intent = INTENT_DEPLOY, .defined = true
	};

	set_document(&service, ROLE_DEFINITION, c->definition);
	set_document(&service, kind == KIND_ECS ? ROLE_TASK_DEFINITION : ROLE_EVENT_SOURCES,
		     c->taskdef);
	set_document(&service, ROLE_SETTINGS, c->settings);
	whole.findings = &findings;
	check.plan = &plan;
	check.part = xcalloc(1, sizeof(*check.part));
	check.findings = &check.part->findings;
	check.bad_nr = 0;
	if (!check.matcher)
		check.matcher = schema_matcher_new();
	check_int(check_native(&check, &object, &service), ==, 0);
	check_int(check_semantics(&check, &object, &service), ==, 0);
	check_int(check_part_take(&whole, check.part), ==, 0);
	service_release(&service);
}

static void forget(void)
{
	findings_release(&findings);
	strmap_release(&whole.claims, free);
	strmap_init(&whole.claims);
	schema_matcher_free(check.matcher);
	free(check.bad);
	memset(&check, 0, sizeof(check));
}

static void expect_findings(const char *want)
{
	struct strbuf got = STRBUF_INIT;
	size_t i;

	findings_sort(&findings);
	for (i = 0; i < findings.nr; i++) {
		const struct finding *f = &findings.v[i];

		strbuf_addf(&got, "%s%s: %s\n", f->severity == SEVERITY_WARNING ? "(w)" : "",
			    f->rule, f->message);
		strmap_put(&fired, f->rule, &fired);
	}
	check_str(got.buf, want);
	strbuf_release(&got);
}

static void expect(enum artifact_kind kind, const struct object_case *cases, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		const struct object_case *c = &cases[i];

		test_context("%s %s %s", c->definition ? c->definition : "-",
			     c->taskdef ? c->taskdef : "-", c->settings ? c->settings : "-");
		judge(kind, "a", c);
		expect_findings(c->want);
		forget();
	}
}

/* Pieces of good documents. */
#define VPC	  "'networkConfiguration': {'awsvpcConfiguration': {'subnets': ['subnet-1']}}"
#define SVC(more) "{'serviceName': 'a', " VPC more "}"
#define WEB(more) "{'name': 'web', 'image': 'nginx:1'" more "}"
#define TASK(containers, more)                                       \
	"{'family': 'a', 'networkMode': 'awsvpc', 'memory': '512', " \
	"'containerDefinitions': [" containers "]" more "}"
#define BRIDGE(containers, more) \
	"{'family': 'a', 'memory': '512', 'containerDefinitions': [" containers "]" more "}"
#define FARGATE(cpu, memory, containers, more)                                 \
	"{'family': 'a', 'networkMode': 'awsvpc', 'requiresCompatibilities': " \
	"['FARGATE'], 'cpu': '" cpu "', 'memory': '" memory "', "              \
	"'containerDefinitions': [" containers "]" more "}"
#define GROUP \
	"arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/blue/0123456789abcdef"
#define LB(container, port)                                    \
	", 'loadBalancers': [{'targetGroupArn': '" GROUP "', " \
	"'containerName': '" container "', 'containerPort': " port "}]"
#define PORT80 ", 'portMappings': [{'containerPort': 80}]"

static const struct object_case containers[] = {
	{ SVC(), TASK(WEB(), ""), NULL, "" },
	{ NULL, TASK(WEB(", 'essential': true"), ""), NULL, "" },
	{ NULL, TASK(WEB(", 'essential': false"), ""), NULL,
	  "container-essential: no container is essential\n" },
	{ NULL, TASK(WEB(", 'essential': false") ", {'name': 'b', 'image': 'b:1'}", ""), NULL, "" },
	{ NULL, TASK("", ""), NULL, "container-essential: there is no container\n" },
	/* of the wrong type: that is one mistake, not two */
	{ NULL, TASK(WEB(", 'essential': 'false'"), ""), NULL,
	  "schema-type: 'containerDefinitions[0].essential' is a string, not true or false\n" },
	{ NULL, TASK("{'name': 'web'}", ""), NULL,
	  "container-incomplete: container 'web' lacks 'image'\n" },
	{ NULL, TASK("{'image': 'b:1'}", ""), NULL,
	  "container-incomplete: container 1 lacks 'name'\n" },
	{ NULL, TASK("{'name': 'web', 'imgae': 'b:1'}", ""), NULL,
	  "schema-unknown: unknown member 'imgae' in 'containerDefinitions[0]'\n" },
	{ NULL, TASK(WEB() ", " WEB(), ""), NULL,
	  "container-name-twice: two containers are called 'web'\n" },
	{ NULL, TASK("{'name': 'we b', 'image': 'b:1'}", ""), NULL,
	  "name-characters: 'name' can't be 'we b'\n" },
	{ NULL, TASK(WEB(", 'dependsOn': [{'containerName': 'db', 'condition': 'START'}]"), ""),
	  NULL, "container-unknown: there is no container 'db' for 'dependsOn'\n" },
	{ NULL,
	  TASK(WEB(", 'dependsOn': [{'containerName': 'db', 'condition': 'START'}]") ", {'name': 'db', 'image': 'b:1'}",
	       ""),
	  NULL, "" },
	{ NULL, TASK(WEB(", 'dependsOn': [{'containerName': 'web', 'condition': 'START'}]"), ""),
	  NULL, "container-cycle: container 'web' waits for itself\n" },
	{ NULL,
	  TASK(WEB(", 'dependsOn': [{'containerName': 'b', 'condition': 'START'}]") ", {'name': 'b', 'image': 'b:1', 'dependsOn': [{'containerName': 'c', 'condition': 'START'}]}"
										    ", {'name': 'c', 'image': 'b:1', 'dependsOn': [{'containerName': 'web', 'condition': 'START'}]}",
	       ""),
	  NULL, "container-cycle: container 'c' waits for what waits for it\n" },
	/* two ways to one container are no circle */
	{ NULL,
	  TASK(WEB(", 'dependsOn': [{'containerName': 'b', 'condition': 'START'}, {'containerName': 'c', 'condition': 'START'}]") ", {'name': 'b', 'image': 'b:1', 'dependsOn': [{'containerName': 'c', 'condition': 'START'}]}"
																  ", {'name': 'c', 'image': 'b:1'}",
	       ""),
	  NULL, "" },
	{ NULL,
	  TASK(WEB(", 'dependsOn': [{'containerName': 'b', 'condition': 'SUCCESS'}]") ", {'name': 'b', 'image': 'b:1'}",
	       ""),
	  NULL,
	  "container-condition: container 'b' is essential, so nothing can wait for its end\n" },
	{ NULL,
	  TASK(WEB(", 'dependsOn': [{'containerName': 'b', 'condition': 'SUCCESS'}]") ", {'name': 'b', 'image': 'b:1', 'essential': false}",
	       ""),
	  NULL, "" },
	{ NULL,
	  TASK(WEB(", 'dependsOn': [{'containerName': 'b', 'condition': 'HEALTHY'}]") ", {'name': 'b', 'image': 'b:1'}",
	       ""),
	  NULL,
	  "(w)container-condition: container 'b' has no 'healthCheck', so it is never HEALTHY\n" },
	{ NULL, TASK(WEB(", 'mountPoints': [{'sourceVolume': 'data', 'containerPath': '/d'}]"), ""),
	  NULL, "volume-unknown: there is no volume 'data'\n" },
	{ NULL,
	  TASK(WEB(", 'mountPoints': [{'sourceVolume': 'data', 'containerPath': '/d'}]"),
	       ", 'volumes': [{'name': 'data'}]"),
	  NULL, "" },
	{ NULL, TASK(WEB(", 'memory': 1024"), ""), NULL,
	  "container-memory: container 'web' wants 1024 MiB, the whole task has 512\n" },
	{ NULL, TASK(WEB(", 'memory': 256, 'memoryReservation': 300"), ""), NULL,
	  "container-memory: container 'web' reserves 300 MiB and may not use more than 256\n" },
	{ NULL, "{'family': 'a', 'containerDefinitions': [" WEB() "]}", NULL,
	  "container-memory: container 'web' has no limit of memory\n" },
	{ NULL, "{'family': 'a', 'containerDefinitions': [" WEB(", 'memory': 64") "]}", NULL, "" },
	{ NULL, TASK(WEB(", 'secrets': [{'name': 'A', 'valueFrom': 'a'}]"), ""), NULL,
	  "execution-role: container 'web' needs a role for secrets, and the task has none\n" },
	{ NULL,
	  TASK(WEB(", 'secrets': [{'name': 'A', 'valueFrom': 'a'}]"),
	       ", 'executionRoleArn': 'arn:aws:iam::123456789012:role/r'"),
	  NULL, "" },
	{ "{'serviceName': 'a.b', 'taskDefinition': 'a'}", NULL, NULL,
	  "name-characters: 'serviceName' can't be 'a.b'\n" },
};

static void test_semantics__containers_of_a_task_fit_together(void)
{
	expect(KIND_ECS, containers, ARRAY_SIZE(containers));
}

static const struct object_case ports[] = {
	{ SVC(LB("web", "80")), TASK(WEB(PORT80), ""), NULL, "" },
	{ SVC(LB("wbe", "80")), TASK(WEB(PORT80), ""), NULL,
	  "lb-container: the task definition has no container 'wbe'\n" },
	{ SVC(LB("web", "8080")), TASK(WEB(PORT80), ""), NULL,
	  "lb-port: container 'web' has no port 8080 in the task definition\n" },
	{ SVC(LB("web", "80")), TASK(WEB(), ""), NULL,
	  "lb-port: container 'web' has no port 80 in the task definition\n" },
	{ SVC(LB("web", "8001")),
	  TASK(WEB(", 'portMappings': [{'containerPortRange': '8000-8010'}]"), ""), NULL, "" },
	/* the mapping is misspelt: whether it is the port can't be known */
	{ SVC(LB("web", "80")), TASK(WEB(", 'portMappings': [{'containerPrt': 80}]"), ""), NULL,
	  "schema-unknown: unknown member 'containerPrt' in "
	  "'containerDefinitions[0].portMappings[0]'\n" },
	{ SVC(LB("web", "'80'")), TASK(WEB(PORT80), ""), NULL,
	  "schema-type: 'loadBalancers[0].containerPort' is a string, not a whole number\n" },
	/* a task definition that is somewhere else is not judged */
	{ SVC(LB("wbe", "80") ", 'taskDefinition': 'a:1'"), NULL, NULL, "" },
	{ SVC(", 'loadBalancers': [{'containerName': 'web', 'containerPort': 80}]"),
	  TASK(WEB(PORT80), ""), NULL, "lb-incomplete: this load balancer has no target group\n" },
	{ SVC(", 'loadBalancers': [{'targetGroupArn': '" GROUP "', 'containerPort': 80}]"),
	  TASK(WEB(PORT80), ""), NULL,
	  "lb-incomplete: this load balancer lacks 'containerName'\n" },
	{ SVC(", 'serviceRegistries': [{'containerName': 'x', 'containerPort': 80}]"),
	  TASK(WEB(PORT80), ""), NULL, "lb-container: the task definition has no container 'x'\n" },
	{ NULL, TASK(WEB(PORT80) ", {'name': 'b', 'image': 'b:1'" PORT80 "}", ""), NULL,
	  "port-clash: TCP port 80 of the host is mapped twice in this task\n" },
	/* each has a port of the host of its own */
	{ NULL, BRIDGE(WEB(PORT80) ", {'name': 'b', 'image': 'b:1'" PORT80 "}", ""), NULL, "" },
	{ NULL,
	  BRIDGE(WEB(", 'portMappings': [{'containerPort': 80, 'hostPort': 80}, "
		     "{'containerPort': 81, 'hostPort': 80}]"),
		 ""),
	  NULL, "port-clash: TCP port 80 of the host is mapped twice in this task\n" },
	{ NULL,
	  TASK(WEB(", 'portMappings': [{'containerPort': 53}, "
		   "{'containerPort': 53, 'protocol': 'udp'}]"),
	       ""),
	  NULL, "" },
	{ NULL, TASK(WEB(", 'portMappings': [{'containerPort': 80, 'hostPort': 8080}]"), ""), NULL,
	  "port-mapping: with network mode awsvpc 'hostPort' must be the container's port\n" },
	{ NULL, TASK(WEB(", 'portMappings': [{'containerPort': 80, 'hostPort': 80}]"), ""), NULL,
	  "" },
	{ NULL,
	  "{'family': 'a', 'networkMode': 'none', 'memory': '512', 'containerDefinitions': [" WEB(
		  PORT80) "]}",
	  NULL, "port-mapping: with network mode none a container has no ports\n" },
	{ SVC(", 'serviceConnectConfiguration': {'enabled': true, 'services': [{'portName': 'http'}]}"),
	  TASK(WEB(PORT80), ""), NULL,
	  "connect-port: no port of the task definition is called 'http'\n" },
	{ SVC(", 'serviceConnectConfiguration': {'enabled': true, 'services': [{'portName': 'http'}]}"),
	  TASK(WEB(", 'portMappings': [{'containerPort': 80, 'name': 'http'}]"), ""), NULL, "" },
};

static void test_semantics__load_balancers_find_their_ports(void)
{
	expect(KIND_ECS, ports, ARRAY_SIZE(ports));
}

static const struct object_case fargate[] = {
	{ SVC(", 'launchType': 'FARGATE'"), FARGATE("256", "512", WEB(), ""), NULL, "" },
	{ NULL, FARGATE("1 vCPU", "2 GB", WEB(), ""), NULL, "" },
	{ NULL, FARGATE(".5 vCPU", "1GB", WEB(), ""), NULL, "" },
	{ NULL, FARGATE("16384", "122880", WEB(), ""), NULL, "" },
	{ NULL, FARGATE("256", "4096", WEB(), ""), NULL,
	  "fargate-size: Fargate has no tasks with 'cpu' 256 and 'memory' 4096\n" },
	{ NULL, FARGATE("256", "1536", WEB(), ""), NULL,
	  "fargate-size: Fargate has no tasks with 'cpu' 256 and 'memory' 1536\n" },
	{ NULL, FARGATE("8192", "17408", WEB(), ""), NULL,
	  "fargate-size: Fargate has no tasks with 'cpu' 8192 and 'memory' 17408\n" },
	{ NULL, FARGATE("300", "512", WEB(), ""), NULL,
	  "fargate-size: Fargate has no tasks with 'cpu' 300\n" },
	{ NULL, FARGATE("32768", "65536", WEB(), ""), NULL,
	  "(w)fargate-size: Fargate has no tasks with 'cpu' 32768\n" },
	/* on EC2 there are no such pairs */
	{ SVC(", 'launchType': 'EC2'"), TASK(WEB(), ", 'cpu': '300'"), NULL, "" },
	{ SVC(", 'launchType': 'FARGATE'"), TASK(WEB(), ""), NULL,
	  "fargate-size: a task on Fargate lacks 'cpu'\n" },
	{ SVC(", 'capacityProviderStrategy': [{'capacityProvider': 'FARGATE_SPOT', 'weight': 1}]"),
	  TASK(WEB(), ""), NULL, "fargate-size: a task on Fargate lacks 'cpu'\n" },
	{ NULL, BRIDGE(WEB(), ", 'cpu': '256', 'requiresCompatibilities': ['FARGATE']"), NULL,
	  "fargate-network: a task on Fargate lacks 'networkMode'\n" },
	{ NULL,
	  BRIDGE(WEB(),
		 ", 'cpu': '256', 'networkMode': 'bridge', 'requiresCompatibilities': ['FARGATE']"),
	  NULL, "fargate-network: Fargate has no network mode 'bridge'\n" },
	{ NULL, FARGATE("256", "512", WEB(", 'privileged': true"), ""), NULL,
	  "fargate-unsupported: Fargate has no privileged containers\n" },
	{ NULL, FARGATE("256", "512", WEB(", 'privileged': false"), ""), NULL, "" },
	{ NULL,
	  FARGATE("256", "512", WEB(),
		  ", 'volumes': [{'name': 'v', 'host': {'sourcePath': '/d'}}]"),
	  NULL, "fargate-unsupported: Fargate has no directories of the host\n" },
	{ SVC(", 'launchType': 'FARGATE', 'schedulingStrategy': 'DAEMON'"),
	  FARGATE("256", "512", WEB(), ""), NULL,
	  "fargate-unsupported: Fargate has no daemon services\n" },
	{ NULL,
	  FARGATE("256", "512",
		  WEB(", 'logConfiguration': {'logDriver': 'awslogs', 'options': {'a': 'b'}}"), ""),
	  NULL,
	  "execution-role: container 'web' needs a role for the log driver awslogs on Fargate, and "
	  "the task has none\n" },
	{ "{'serviceName': 'a'}", TASK(WEB(), ""), NULL,
	  "network-configuration: 'networkConfiguration' is missing: the tasks have network mode "
	  "awsvpc\n" },
	{ SVC(), BRIDGE(WEB(), ""), NULL,
	  "network-configuration: 'networkConfiguration' does not go with network mode bridge\n" },
	{ "{'serviceName': 'a', 'launchType': 'EC2', 'networkConfiguration': {'awsvpcConfiguration': "
	  "{'subnets': ['s'], 'assignPublicIp': 'ENABLED'}}}",
	  TASK(WEB(), ""), NULL,
	  "network-configuration: with launch type EC2 tasks get no public address\n" },
};

static void test_semantics__tasks_fit_where_they_run(void)
{
	expect(KIND_ECS, fargate, ARRAY_SIZE(fargate));
}

#define GREEN \
	"arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/green/0123456789abcdef"
#define CONTROLLER(type) ", 'deploymentController': {'type': '" type "'}"
#define DEPLOYMENT(more) ", 'deploymentConfiguration': {" more "}"
#define ONE		 TASK(WEB(PORT80), "")

static const struct object_case controllers[] = {
	{ SVC(CONTROLLER("ECS")), ONE, NULL, "" },
	{ SVC(CONTROLLER("EXTERNAL")), ONE, NULL, "" },
	{ SVC(CONTROLLER("CODE_DEPLOY")), ONE, NULL,
	  "controller-code-deploy: the controller CODE_DEPLOY belongs to another deployer, AWS "
	  "CodeDeploy\n" },
	/* misspelt: no second finding about it */
	{ SVC(CONTROLLER("EXTERNL")), ONE, NULL,
	  "schema-enum: 'deploymentController.type' can't be 'EXTERNL'\n" },
	{ SVC(CONTROLLER("EXTERNAL") ", 'serviceConnectConfiguration': {'enabled': true}"), ONE,
	  NULL,
	  "controller-external: with the controller EXTERNAL a service has no Service Connect\n" },
	{ SVC(CONTROLLER("EXTERNAL") ", 'serviceConnectConfiguration': {'enabled': false}"), ONE,
	  NULL, "" },
	{ SVC(CONTROLLER("EXTERNAL")
		      DEPLOYMENT("'deploymentCircuitBreaker': {'enable': true, 'rollback': true}")),
	  ONE, NULL,
	  "controller-external: with the controller EXTERNAL a service has no circuit breaker of "
	  "ECS\n" },
	{ SVC(CONTROLLER("EXTERNAL") DEPLOYMENT("'strategy': 'BLUE_GREEN'")), ONE, NULL,
	  "controller-external: with the controller EXTERNAL a service has no strategy of ECS\n" },
	{ SVC(CONTROLLER("EXTERNAL") ", 'schedulingStrategy': 'DAEMON'"), ONE, NULL,
	  "controller-external: with the controller EXTERNAL a service has no daemons\n" },
	{ "{'serviceName': 'a'}", NULL, NULL,
	  "task-definition-missing: there is no task definition for this service\n" },
	{ "{'serviceName': 'a', 'taskDefinition': 'a:3'}", NULL, NULL, "" },
	{ "{'serviceName': 'a', 'taskDefinitoin': 'a:3'}", NULL, NULL,
	  "schema-unknown: unknown member 'taskDefinitoin'\n" },
	{ SVC(", 'taskDefinition': 'a:3'"), ONE, NULL,
	  "(w)task-definition-ignored: 'taskDefinition' is not used: there is 'a_taskdef.json'\n" },
	{ SVC(", 'launchType': 'EC2', 'capacityProviderStrategy': [{'capacityProvider': 'a', 'weight': "
	      "1}]"),
	  ONE, NULL,
	  "capacity-launch-type: 'launchType' and 'capacityProviderStrategy' exclude each other\n" },
	{ SVC(", 'capacityProviderStrategy': [{'capacityProvider': 'a'}]"), ONE, NULL, "" },
	{ SVC(", 'capacityProviderStrategy': [{'capacityProvider': 'a'}, {'capacityProvider': 'b'}]"),
	  ONE, NULL, "capacity-strategy: no capacity provider has a weight above 0\n" },
	{ SVC(", 'capacityProviderStrategy': [{'capacityProvider': 'a', 'weight': 1, 'base': 1}, "
	      "{'capacityProvider': 'b', 'base': 2}]"),
	  ONE, NULL, "capacity-strategy: only one capacity provider can have a base\n" },
	{ SVC(CONTROLLER("EXTERNAL")), ONE,
	  "{'fallbackCapacityProviderStrategy': [{'capacityProvider': 'FARGATE', 'weight': 1}, "
	  "{'capacityProvider': 'mine', 'weight': 1}]}",
	  "capacity-strategy: Fargate and other capacity providers can't be mixed\n" },
	{ SVC(", 'schedulingStrategy': 'DAEMON', 'desiredCount': 2"), ONE, NULL,
	  "daemon-count: a daemon has no 'desiredCount'\n" },
	{ SVC(", 'schedulingStrategy': 'DAEMON'"), ONE, NULL, "" },
	{ SVC(", 'desiredCount': -1"), ONE, NULL,
	  "schema-range: 'desiredCount' is -1, out of range\n" },
	{ SVC(", 'desiredCount': 0"), ONE, NULL, "" },
};

static void test_semantics__a_controller_gets_what_it_takes(void)
{
	expect(KIND_ECS, controllers, ARRAY_SIZE(controllers));
}

#define NATIVE_LB(alternate)                                                                    \
	", 'loadBalancers': [{'targetGroupArn': '" GROUP "', 'containerName': 'web', "          \
	"'containerPort': 80, 'advancedConfiguration': {'alternateTargetGroupArn': '" alternate \
	"', 'productionListenerRule': '" RULE "', "                                             \
	"'roleArn': 'arn:aws:iam::123456789012:role/r'}}]"
#define RULE                                                                        \
	"arn:aws:elasticloadbalancing:us-east-1:123456789012:listener-rule/app/lb/" \
	"0123456789abcdef/0123456789abcdef/0123456789abcdef"
#define HOOK(members) DEPLOYMENT("'strategy': 'BLUE_GREEN', 'lifecycleHooks': [{" members "}]")

static const struct object_case strategies[] = {
	{ SVC(DEPLOYMENT("'strategy': 'BLUE_GREEN', 'bakeTimeInMinutes': 5") NATIVE_LB(GREEN)), ONE,
	  NULL, "" },
	{ SVC(DEPLOYMENT("'strategy': 'BLUE_GREEN'")), ONE, NULL, "" },
	{ SVC(DEPLOYMENT("'strategy': 'BLUE_GREEN'") NATIVE_LB(GROUP)), ONE, NULL,
	  "native-strategy: the alternate target group is the same as the first\n" },
	{ SVC(DEPLOYMENT("'strategy': 'LINEAR'") LB("web", "80")), ONE, NULL,
	  "native-strategy: with the strategy LINEAR this load balancer needs an "
	  "'advancedConfiguration'\n" },
	{ SVC(DEPLOYMENT(
		  "'strategy': 'BLUE_GREEN'") ", 'loadBalancers': [{'targetGroupArn': '" GROUP
					      "', 'containerName': 'web', 'containerPort': 80, "
					      "'advancedConfiguration': {'testListenerRule': '" RULE
					      "'}}]"),
	  ONE, NULL,
	  "native-strategy: with the strategy BLUE_GREEN this load balancer also needs "
	  "'alternateTargetGroupArn', 'productionListenerRule', 'roleArn'\n" },
	{ SVC(HOOK("'targetType': 'PAUSE', 'lifecycleStages': ['POST_SCALE_UP', "
		   "'PRE_PRODUCTION_TRAFFIC_SHIFT']")),
	  ONE, NULL, "" },
	{ SVC(HOOK("'targetType': 'PAUSE', 'lifecycleStages': ['POST_SCALE_UP', "
		   "'TEST_TRAFFIC_SHIFT']")),
	  ONE, NULL, "native-strategy: a PAUSE hook cannot be at the stage TEST_TRAFFIC_SHIFT\n" },
	{ SVC(HOOK("'lifecycleStages': ['TEST_TRAFFIC_SHIFT']")), ONE, NULL,
	  "native-strategy: this lifecycle hook lacks 'hookTargetArn'\n" },
	{ SVC(DEPLOYMENT("'strategy': 'CANARY', 'canaryConfiguration': {'canaryPercent': 5.55}")
		      NATIVE_LB(GREEN)),
	  ONE, NULL, "native-strategy: 'canaryPercent' is 5.55, finer than ECS has it\n" },
	{ SVC(DEPLOYMENT("'strategy': 'CANARY'")), ONE, NULL,
	  "(w)native-strategy: the strategy CANARY has no traffic to shift: there is neither load "
	  "balancer nor Service Connect\n" },
	{ SVC(DEPLOYMENT("'strategy': 'LINEAR', 'linearConfiguration': {'stepPercent': 10}")
		      NATIVE_LB(GREEN)),
	  ONE, NULL, "" },
	{ SVC(DEPLOYMENT("'strategy': 'LINEAR', 'canaryConfiguration': {'canaryPercent': 10}")
		      NATIVE_LB(GREEN)),
	  ONE, NULL,
	  "native-strategy: 'canaryConfiguration' does not go with the strategy LINEAR\n" },
	{ SVC(DEPLOYMENT("'linearConfiguration': {'stepPercent': 10}")), ONE, NULL,
	  "native-strategy: 'linearConfiguration' does not go with the strategy ROLLING\n" },
	{ SVC(DEPLOYMENT("'strategy': 'LINEAR', 'linearConfiguration': {'stepPercent': 2}")
		      NATIVE_LB(GREEN)),
	  ONE, NULL, "native-strategy: 'stepPercent' is 2, out of range\n" },
	{ SVC(", 'desiredCount': 3" DEPLOYMENT(
		  "'minimumHealthyPercent': 100, 'maximumPercent': 200")),
	  ONE, NULL, "" },
	{ SVC(DEPLOYMENT("'minimumHealthyPercent': 100, 'maximumPercent': 100")), ONE, NULL,
	  "deployment-room: no task can be replaced: 'minimumHealthyPercent' is 100, 'maximumPercent' "
	  "100\n" },
	{ SVC(", 'desiredCount': 3" DEPLOYMENT(
		  "'minimumHealthyPercent': 100, 'maximumPercent': 125")),
	  ONE, NULL,
	  "deployment-room: no task can be replaced: of 3 with 'minimumHealthyPercent' 100 and "
	  "'maximumPercent' 125\n" },
	{ SVC(", 'desiredCount': 4" DEPLOYMENT(
		  "'minimumHealthyPercent': 100, 'maximumPercent': 125")),
	  ONE, NULL, "" },
	{ SVC(", 'desiredCount': 1" DEPLOYMENT(
		  "'minimumHealthyPercent': 50, 'maximumPercent': 100")),
	  ONE, NULL,
	  "deployment-room: no task can be replaced: of 1 with 'minimumHealthyPercent' 50 and "
	  "'maximumPercent' 100\n" },
	{ SVC(", 'desiredCount': 1" DEPLOYMENT("'minimumHealthyPercent': 0, 'maximumPercent': 100")),
	  ONE, NULL, "" },
	{ SVC(", 'schedulingStrategy': 'DAEMON'" DEPLOYMENT(
		  "'minimumHealthyPercent': 100, 'maximumPercent': 100")),
	  ONE, NULL, "" },
};

static void test_semantics__deployments_of_ecs_can_end(void)
{
	expect(KIND_ECS, strategies, ARRAY_SIZE(strategies));
}

#define EXTERNAL_LB SVC(CONTROLLER("EXTERNAL") LB("web", "80"))
#define PAIR(a, b)  "'targetGroupArnPairs': [['" a "', '" b "']]"

static const struct object_case settings[] = {
	{ EXTERNAL_LB, ONE, "{'trafficShiftingConfig': {}, " PAIR(GREEN, GROUP) "}", "" },
	{ EXTERNAL_LB, ONE, "{'trafficShiftingConfig': {}}",
	  "shift-pairs: shifting traffic needs 'targetGroupArnPairs'\n" },
	{ EXTERNAL_LB, ONE, "{}", "" },
	{ EXTERNAL_LB, ONE,
	  "{'trafficShiftingConfig': {}, 'targetGroupPairs': [['" GROUP "', '" GREEN "']]}",
	  "schema-unknown: unknown member 'targetGroupPairs'\n" },
	{ EXTERNAL_LB, ONE,
	  "{'trafficShiftingConfig': {}, " PAIR(
		  GREEN,
		  "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/x/0123456789abcdef") "}",
	  "shift-pairs: no pair holds the service's own target group\n" },
	{ EXTERNAL_LB, ONE, "{'trafficShiftingConfig': {}, " PAIR(GROUP, GROUP) "}",
	  "shift-pairs: a pair needs two different target groups\n" },
	{ EXTERNAL_LB, ONE,
	  "{'trafficShiftingConfig': {'type': 'LINEAR', 'percent': 0}, " PAIR(GREEN, GROUP) "}",
	  "shift-percent: steps of 0 percent would never end\n" },
	{ EXTERNAL_LB, ONE, "{'trafficShiftingConfig': {'percent': 0}, " PAIR(GREEN, GROUP) "}",
	  "(w)shift-percent: 0 percent shifts nothing in the first step\n" },
	{ EXTERNAL_LB, ONE,
	  "{'trafficShiftingConfig': {'type': 'LINEAR', 'percent': 100}, " PAIR(GREEN, GROUP) "}",
	  "" },
	{ SVC(LB("web", "80")), ONE, "{'trafficShiftingConfig': {}}",
	  "(w)shift-unused: a rolling update has no traffic to shift\n" },
	{ SVC(CONTROLLER("EXTERNAL")), ONE, "{'trafficShiftingConfig': {}}",
	  "(w)shift-unused: a service without load balancer has no traffic to shift\n" },
	{ SVC(), ONE, "{'stabilityCheck': {'pollInterval': 60, 'timeout': 30}}",
	  "(w)stability-poll: 'pollInterval' is longer than 'timeout'\n" },
	{ SVC(), ONE, "{'stabilityCheck': {'pollInterval': 30, 'timeout': 30}}", "" },
};

static void test_semantics__settings_fit_the_service(void)
{
	expect(KIND_ECS, settings, ARRAY_SIZE(settings));
}

#define ENV(name, value) WEB(", 'environment': [{'name': '" name "', 'value': '" value "'}]")

static const struct object_case environments[] = {
	{ NULL, TASK("{'name': 'a', 'image': 'nginx'}", ""), NULL,
	  "(w)image-tag: the image 'nginx' has neither tag nor digest\n" },
	{ NULL, TASK("{'name': 'a', 'image': 'host:5000/nginx'}", ""), NULL,
	  "(w)image-tag: the image 'host:5000/nginx' has neither tag nor digest\n" },
	{ NULL, TASK("{'name': 'a', 'image': 'host:5000/nginx:1'}", ""), NULL, "" },
	{ NULL, TASK("{'name': 'a', 'image': 'nginx@sha256:0123'}", ""), NULL, "" },
	{ NULL, TASK(ENV("DB_PASSWORD", "correct horse"), ""), NULL,
	  "(w)plain-secret: 'DB_PASSWORD' looks like a secret in plain text\n" },
	{ NULL, TASK(ENV("dbPassword", "correct horse"), ""), NULL,
	  "(w)plain-secret: 'dbPassword' looks like a secret in plain text\n" },
	{ NULL, TASK(ENV("URL", "postgres://app:horse@db/app"), ""), NULL,
	  "(w)plain-secret: 'URL' looks like a secret in plain text\n" },
	{ NULL, TASK(ENV("KEY", "AKIAIOSFODNN7EXAMPLE"), ""), NULL,
	  "(w)plain-secret: 'KEY' looks like a secret in plain text\n" },
	{ NULL, TASK(ENV("DB_PASSWORD_FILE", "correct horse"), ""), NULL, "" },
	{ NULL, TASK(ENV("DB_PASSWORD", "/run/secrets/db"), ""), NULL, "" },
	{ NULL,
	  TASK(ENV("API_TOKEN", "arn:aws:secretsmanager:us-east-1:123456789012:secret:a"), ""),
	  NULL, "" },
	{ NULL, TASK(ENV("USE_TOKEN", "true"), ""), NULL, "" },
	{ NULL, TASK(ENV("URL", "https://example.com/a:b@c"), ""), NULL, "" },
	{ NULL, TASK(ENV("MAX_TOKENS", "4096 or so"), ""), NULL, "" },
};

static void test_semantics__environments_show_no_secrets(void)
{
	expect(KIND_ECS, environments, ARRAY_SIZE(environments));
}

static void test_semantics__a_secret_is_not_shown(void)
{
	const struct object_case c = { NULL, TASK(ENV("DB_PASSWORD", "correct horse"), ""), NULL,
				       "" };

	judge(KIND_ECS, "a", &c);
	if (check_int(findings.nr, ==, 1)) {
		check_ptr(findings.v[0].source, ==, NULL);
		check(findings.v[0].column > 1);
		check_ptr(strstr(findings.v[0].message, "horse"), ==, NULL);
		check_ptr(strstr(findings.v[0].hint, "horse"), ==, NULL);
	}
	forget();
}

#define WHERE(more) "{'environment': {" more "}}"
#define EU	    "'region': 'eu-west-1'"

static const struct object_case arns[] = {
	{ SVC(LB("web", "80")), ONE, WHERE("'region': 'us-east-1', 'account': '123456789012'"),
	  "" },
	{ SVC(LB("web", "80")), ONE, WHERE(EU),
	  "arn-region: this is in region us-east-1, the deployment in eu-west-1\n" },
	{ SVC(LB("web", "80")), ONE, WHERE("'account': '111122223333'"),
	  "arn-account: this is in account 123456789012, the deployment in 111122223333\n" },
	{ SVC(LB("web", "80")), ONE, WHERE("'roleArn': 'arn:aws:iam::111122223333:role/deploy'"),
	  "arn-account: this is in account 123456789012, the deployment in 111122223333\n" },
	{ SVC(), ONE,
	  WHERE("'account': '123456789012', 'roleArn': 'arn:aws:iam::111122223333:role/deploy'"),
	  "arn-account: this is in account 111122223333, the deployment in 123456789012\n" },
	{ SVC(", 'cluster': 'arn:aws:ecs:us-east-1:123456789012:cluster/a'"), ONE, WHERE(EU),
	  "arn-region: this is in region us-east-1, the deployment in eu-west-1\n" },
	{ SVC(", 'cluster': 'apps'"), ONE, WHERE(EU), "" },
	{ SVC(), TASK(WEB(), ", 'taskRoleArn': 'arn:aws:iam::123456789012:role/r'"),
	  WHERE("'account': '111122223333', " EU),
	  "arn-account: this is in account 123456789012, the deployment in 111122223333\n" },
	/* the name of a role is enough */
	{ SVC(), TASK(WEB(), ", 'taskRoleArn': 'app'"), WHERE(EU), "" },
	{ SVC(", 'loadBalancers': [{'targetGroupArn': 'blue', 'containerName': 'web', "
	      "'containerPort': 80}]"),
	  ONE, NULL, "arn-syntax: 'targetGroupArn' is not the ARN that is wanted here\n" },
	{ SVC(), TASK(WEB(), ", 'executionRoleArn': 'arn:aws:s3:::bucket'"), NULL,
	  "arn-syntax: 'executionRoleArn' is not the ARN that is wanted here\n" },
};

static void test_semantics__arns_are_where_the_deployment_is(void)
{
	expect(KIND_ECS, arns, ARRAY_SIZE(arns));
}

#define ROLE	 "'Role': 'arn:aws:iam::123456789012:role/r'"
#define FN(more) "{'FunctionName': 'f', " ROLE more "}"
#define RUN	 ", 'Handler': 'a.b', 'Runtime': 'python3.13'"
#define S3	 ", 'Code': {'S3Bucket': 'code-bucket', 'S3Key': 'k'}"
#define IMAGE	 ", 'Code': {'ImageUri': '123456789012.dkr.ecr.us-east-1.amazonaws.com/a:1'}"
#define ZIP	 FN(RUN S3)

static const struct object_case functions[] = {
	{ ZIP, NULL, NULL, "" },
	{ FN(S3 ", 'Handler': 'a.b'"), NULL, NULL,
	  "lambda-package: a function of PackageType Zip lacks 'Runtime'\n" },
	{ FN(S3 ", 'Runtime': 'python3.13', 'Handlr': 'a.b'"), NULL, NULL,
	  "schema-unknown: unknown member 'Handlr'\n" },
	{ FN(IMAGE ", 'PackageType': 'Image'"), NULL, NULL, "" },
	{ FN(IMAGE), NULL, NULL, "lambda-package: a function with an image lacks 'PackageType'\n" },
	{ FN(IMAGE RUN ", 'PackageType': 'Zip'"), NULL, NULL,
	  "lambda-package: a function of PackageType Zip has no image\n" },
	{ FN(IMAGE ", 'PackageType': 'Image', 'Handler': 'a.b'"), NULL, NULL,
	  "lambda-package: a function of PackageType Image has no 'Handler'\n" },
	{ FN(", 'PackageType': 'Image', 'Code': {'ImageUri': 'docker.io/team/app:1'}"), NULL, NULL,
	  "lambda-image: this is no image of Amazon ECR: Lambda takes no other\n" },
	{ FN(RUN S3 ", 'Layers': ['arn:aws:lambda:us-east-1:123456789012:layer:tools:latest']"),
	  NULL, NULL, "" },
	{ FN(RUN S3 ", 'Layers': ['arn:aws:lambda:us-east-1:123456789012:layer:tools:newest']"),
	  NULL, NULL, "schema-pattern: 'Layers[0]' does not have the form that is asked for\n" },
	{ FN(S3 ", 'PackageType': 'Image'"), NULL, NULL,
	  "lambda-package: a function of PackageType Image lacks the image\n" },
	{ FN(RUN ", 'Code': {}"), NULL, NULL, "lambda-code: there is no code to run\n" },
	{ FN(RUN ", 'Code': {'S3Bucket': 'code-bucket'}"), NULL, NULL,
	  "lambda-code: 'S3Bucket' lacks its 'S3Key'\n" },
	{ FN(RUN ", 'Code': {'S3Bucket': 'code-bucket', 'S3Key': 'k', 'ZipFile': 'UEs='}"), NULL,
	  NULL, "lambda-code: the code comes from several places\n" },
	{ FN(RUN ", 'Code': {'S3Bucket': 'code', 'S3Key': 'k', 'ImageUri': 'x:1'}"), NULL, NULL,
	  "lambda-code: the code comes from several places\n" },
	{ FN(RUN S3 ", 'VpcConfig': {'SubnetIds': ['subnet-1']}"), NULL, NULL,
	  "lambda-vpc: 'SubnetIds' in 'VpcConfig' lacks 'SecurityGroupIds'\n" },
	{ FN(RUN S3 ", 'VpcConfig': {'SubnetIds': [], 'SecurityGroupIds': []}"), NULL, NULL, "" },
	{ FN(", 'PackageType': 'Image', 'Code': {'ImageUri': '123456789012.dkr.ecr.us-east-1.amazonaws.com/a'}"),
	  NULL, NULL,
	  "(w)image-tag: the image '123456789012.dkr.ecr.us-east-1.amazonaws.com/a' has neither tag nor digest\n" },
	{ FN(RUN S3 ", 'Environment': {'Variables': {'API_TOKEN': 'correct horse'}}"), NULL, NULL,
	  "(w)plain-secret: 'API_TOKEN' looks like a secret in plain text\n" },
	{ ZIP, NULL, "{'alias': 'p', 'trafficShiftingConfig': {'type': 'LINEAR', 'percent': 0}}",
	  "shift-percent: steps of 0 percent would never end\n" },
	{ ZIP, NULL, "{'alias': 'p', 'environment': {'account': '111122223333'}}",
	  "arn-account: this is in account 123456789012, the deployment in 111122223333\n" },
};

static void test_semantics__functions_have_what_their_package_asks_for(void)
{
	expect(KIND_LAMBDA, functions, ARRAY_SIZE(functions));
}

#define PUSH(more)    "{'PushEventSources': [{" more "}]}"
#define PULL(more)    "{'PullEventSources': [{'EventSourceMapping': {" more "}}]}"
#define FROM(service) "'EventSourceArn': 'arn:aws:" service ":us-east-1:123456789012:a"

static const struct object_case sources[] = {
	{ ZIP,
	  PUSH("'Service': 'elasticloadbalancing.amazonaws.com', 'TargetGroupArn': '" GROUP "'"),
	  NULL, "" },
	{ ZIP, PUSH("'Service': 'elasticloadbalancing.amazonaws.com'"), NULL,
	  "event-source: a source of a load balancer lacks 'TargetGroupArn'\n" },
	{ ZIP, PUSH("'Service': 'apigateway.amazonaws.com', 'ApiId': 'a'"), NULL,
	  "event-source: a source of API Gateway lacks 'RouteId'\n" },
	{ ZIP,
	  PUSH("'Service': 'apigateway.amazonaws.com', 'ApiId': 'a', 'RouteId': 'r', "
	       "'TargetGroupArn': '" GROUP "'"),
	  NULL, "(w)event-source: 'TargetGroupArn' means nothing for API Gateway\n" },
	{ ZIP, PULL(FROM("sqs") "', 'BatchSize': 10"), NULL, "" },
	{ ZIP, PULL(FROM("sqs") "', 'BatchSize': 100"), NULL,
	  "event-source: batches of more than 10 messages need a batching window\n" },
	{ ZIP, PULL(FROM("sqs") "', 'BatchSize': 100, 'MaximumBatchingWindowInSeconds': 1"), NULL,
	  "" },
	{ ZIP, PULL(FROM("sqs") ".fifo', 'BatchSize': 100, 'MaximumBatchingWindowInSeconds': 1"),
	  NULL, "event-source: a batch from a FIFO queue can't have 100 messages\n" },
	{ ZIP, PULL(FROM("sqs") "', 'StartingPosition': 'LATEST'"), NULL,
	  "event-source: a mapping from SQS has no 'StartingPosition'\n" },
	{ ZIP, PULL(FROM("sqs") "', 'ParallelizationFactor': 2"), NULL,
	  "(w)event-source: 'ParallelizationFactor' means nothing for a mapping from SQS\n" },
	{ ZIP, PULL(FROM("kinesis") "', 'StartingPosition': 'LATEST'"), NULL, "" },
	{ ZIP, PULL(FROM("kinesis") "'"), NULL,
	  "event-source: a mapping from Kinesis lacks 'StartingPosition'\n" },
	{ ZIP, PULL(FROM("kinesis") "', 'StartingPosition': 'LATST'"), NULL,
	  "schema-enum: 'PullEventSources[0].EventSourceMapping.StartingPosition' can't be 'LATST'\n" },
	{ ZIP, PULL(FROM("kinesis") "', 'StartingPosition': 'AT_TIMESTAMP'"), NULL,
	  "event-source: a mapping from Kinesis lacks 'StartingPositionTimestamp'\n" },
	{ ZIP, PULL(FROM("dynamodb") "', 'StartingPosition': 'AT_TIMESTAMP'"), NULL,
	  "event-source: a mapping from DynamoDB can't start AT_TIMESTAMP\n" },
	{ ZIP, PULL(FROM("kafka") "', 'StartingPosition': 'LATEST'"), NULL,
	  "event-source: a mapping from Amazon MSK lacks 'Topics'\n" },
	{ ZIP, PULL(FROM("mq") "', 'Queues': ['q']"), NULL,
	  "event-source: a mapping from Amazon MQ lacks 'SourceAccessConfigurations'\n" },
	{ ZIP, PULL("'BatchSize': 10"), NULL, "event-source: this mapping has no source\n" },
	{ ZIP, PULL(FROM("sqs") "', 'FunctionName': 'f:live'"), NULL, "" },
	{ ZIP, PULL(FROM("sqs") "', 'FunctionName': 'g'"), NULL,
	  "(w)event-source: this mapping names another function, 'g'\n" },
	{ ZIP, PULL(FROM("sqs") "'"), "{'alias': 'p', 'environment': {" EU "}}",
	  "arn-region: this is in region us-east-1, the deployment in eu-west-1\n" },
};

static void test_semantics__sources_have_what_their_kind_asks_for(void)
{
	expect(KIND_LAMBDA, sources, ARRAY_SIZE(sources));
}

static const struct {
	struct object_case first, second;
	const char *want;
} claims[] = {
	{ { SVC(), ONE, NULL, NULL },
	  { SVC(), ONE, NULL, NULL },
	  "claimed-twice: 'a_svcdef.json' deploys the service 'a', too\n" },
	{ { SVC(", 'cluster': 'default'"), ONE, NULL, NULL },
	  { SVC(), ONE, NULL, NULL },
	  "claimed-twice: 'a_svcdef.json' deploys the service 'a', too\n" },
	{ { SVC(", 'cluster': 'arn:aws:ecs:us-east-1:123456789012:cluster/x'"), ONE, NULL, NULL },
	  { SVC(", 'cluster': 'x'"), ONE, NULL, NULL },
	  "claimed-twice: 'a_svcdef.json' deploys the service 'a', too\n" },
	{ { SVC(", 'cluster': 'x'"), ONE, NULL, NULL }, { SVC(), ONE, NULL, NULL }, "" },
	{ { SVC(), ONE, WHERE("'region': 'us-east-1'"), NULL },
	  { SVC(), ONE, WHERE(EU), NULL },
	  "" },
	/* where it is may be anywhere */
	{ { SVC(), ONE, WHERE(EU), NULL }, { SVC(), ONE, NULL, NULL }, "" },
	{ { SVC(), ONE, NULL, NULL }, { "{'serviceName': 'b', " VPC "}", ONE, NULL, NULL }, "" },
};

static void test_semantics__a_service_is_deployed_by_one_object(void)
{
	const struct object_case f = { ZIP, NULL, NULL, NULL };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(claims); i++) {
		test_context("%s %s", claims[i].first.definition, claims[i].second.definition);
		judge(KIND_ECS, "a", &claims[i].first);
		judge(KIND_ECS, "b", &claims[i].second);
		expect_findings(claims[i].want);
		forget();
	}
	judge(KIND_LAMBDA, "a", &f);
	judge(KIND_LAMBDA, "b", &f);
	expect_findings("claimed-twice: 'a_lambdadef.json' deploys the function 'f', too\n");
	forget();
}

/* Those of the other passes, and what needs a template, have their tests in t1*.sh and t2*.sh. */
static void test_semantics__each_rule_has_found_something(void)
{
	static const char *const elsewhere[] = {
		"file-",	  "group-",	 "input-",   "json-",	     "name-case",
		"name-empty",	  "name-near",	 "ref-",     "rule-",	     "schema-",
		"sensitive-",	  "template-",	 "depends-", "lambda-code-", "lambda-immutable",
		"lambda-renamed", "lambda-shift"
	};
	size_t i, k;

	for (i = 0; i < check_rules_nr; i++) {
		for (k = 0; k < ARRAY_SIZE(elsewhere); k++)
			if (starts_with(check_rules[i].id, elsewhere[k]))
				break;
		test_context("%s", check_rules[i].id);
		check(k < ARRAY_SIZE(elsewhere) || strmap_has(&fired, check_rules[i].id));
	}
}

int main(void)
{
	TEST(semantics__containers_of_a_task_fit_together);
	TEST(semantics__load_balancers_find_their_ports);
	TEST(semantics__tasks_fit_where_they_run);
	TEST(semantics__a_controller_gets_what_it_takes);
	TEST(semantics__deployments_of_ecs_can_end);
	TEST(semantics__settings_fit_the_service);
	TEST(semantics__environments_show_no_secrets);
	TEST(semantics__a_secret_is_not_shown);
	TEST(semantics__arns_are_where_the_deployment_is);
	TEST(semantics__functions_have_what_their_package_asks_for);
	TEST(semantics__sources_have_what_their_kind_asks_for);
	TEST(semantics__a_service_is_deployed_by_one_object);
	TEST(semantics__each_rule_has_found_something);
	strmap_release(&fired, NULL);
	return test_done();
}
