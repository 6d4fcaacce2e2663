#include "base/base.h"
#include "check/internal.h"
#include "tap.h"

/*
 * Documents of one object, in JSON with ' for ", and what the shapes of AWS
 * and the rules say of them: each mistake is told once.
 */
struct object_case {
	const char *definition, *taskdef, *settings;
	const char *want; /* "rule: message\n" each, "(w)" before a warning */
};

static struct check check;
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
	check.findings = &findings;
	check.bad_nr = 0;
	check_int(check_native(&check, &object, &service), ==, 0);
	check_int(check_semantics(&check, &object, &service), ==, 0);
	service_release(&service);
}

static void forget(void)
{
	findings_release(&findings);
	strmap_release(&check.claims, free);
	strmap_init(&check.claims);
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

int main(void)
{
	TEST(semantics__containers_of_a_task_fit_together);
	TEST(semantics__load_balancers_find_their_ports);
	TEST(semantics__tasks_fit_where_they_run);
	strmap_release(&fired, NULL);
	return test_done();
}
