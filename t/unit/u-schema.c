#include "base/base.h"
#include "base/json.h"
#include "base/strbuf.h"
#include "schema/schema.h"
#include "tap.h"

static void collect(const struct schema_problem *p, void *data)
{
	struct strbuf *out = data;

	strbuf_addf(out, "%s%s: %s", p->warning ? "warning " : "", p->rule, p->message);
	if (p->hint)
		strbuf_addf(out, " | %.60s", p->hint);
	strbuf_addch(out, '\n');
}

static bool always_sensitive(const struct json *value, void *data)
{
	(void)value;
	(void)data;
	return true;
}

static void expect(enum schema_input input, const char *text, const char *const *allow,
		   size_t allow_nr, bool sensitive, const char *want)
{
	struct json_problems problems = JSON_PROBLEMS_INIT;
	struct strbuf got = STRBUF_INIT;
	struct arena arena = ARENA_INIT;
	struct schema_matcher *matcher = schema_matcher_new();
	const struct schema_visitor visitor = {
		.report = collect,
		.is_sensitive = sensitive ? always_sensitive : NULL,
		.data = &got,
	};
	const struct json *document = json_parse(&arena, text, strlen(text), NULL, &problems);

	if (check_ptr(document, !=, NULL)) {
		schema_check(input, document, matcher, allow, allow_nr, &visitor);
		check_str(got.buf, want);
	}
	json_problems_release(&problems);
	strbuf_release(&got);
	arena_release(&arena);
	schema_matcher_free(matcher);
}

static const struct {
	enum schema_input input;
	const char *text, *want;
} cases[] = {
	{ SCHEMA_CREATE_SERVICE, "{\"serviceName\":\"x\",\"desiredCount\":2}", "" },
	{ SCHEMA_CREATE_SERVICE, "[]", "schema-type: the document is an array, not an object\n" },
	{ SCHEMA_CREATE_SERVICE, "{\"serviceNmae\":\"x\"}",
	  "schema-unknown: unknown member 'serviceNmae' | did you mean 'serviceName'?\n" },
	{ SCHEMA_REGISTER_TASK_DEFINITION, "{\"taskDefinition\":{\"family\":\"x\"}}",
	  "schema-unknown: unknown member 'taskDefinition' | what stands in it belongs at the top, "
	  "without 'taskDefinitio\n" },
	{ SCHEMA_ECS_SETTINGS, "{\"region\":\"us-east-1\"}",
	  "schema-unknown: unknown member 'region' | it stands in 'environment': \"environment\": "
	  "{\"region\": ...}\n" },
	{ SCHEMA_CREATE_SERVICE, "{\"serviceName\":\"x\",\"launchType\":true}",
	  "schema-type: 'launchType' is a boolean, not a string | it may be \"EC2\", \"FARGATE\", "
	  "\"EXTERNAL\", \"MANAGED_INSTANCES\"\n" },
	{ SCHEMA_ECS_SETTINGS,
	  "{\"approval\":{\"before\":\"shift\"},\"dependsOn\":[\"db/*\"],"
	  "\"before\":{\"task\":{\"containerName\":\"a\",\"command\":[\"b\"],\"timeout\":5}}}",
	  "" },
	{ SCHEMA_LAMBDA_EVENT_SOURCES, "{\"FunctionUrlConfig\":{\"AuthType\":\"NONE\"}}", "" },
	{ SCHEMA_LAMBDA_EVENT_SOURCES, "{\"FunctionUrlConfig\":{}}",
	  "schema-required: 'FunctionUrlConfig' lacks 'AuthType' | add \"AuthType\" here, a string\n" },
	{ SCHEMA_CREATE_SERVICE, "{}",
	  "schema-required: 'serviceName' is missing | add \"serviceName\" here, a string\n" },
	{ SCHEMA_CREATE_SERVICE, "{\"serviceName\":\"x\",\"desiredCount\":\"2\"}",
	  "schema-type: 'desiredCount' is a string, not a whole number | remove the quotes around 2\n" },
	{ SCHEMA_CREATE_SERVICE, "{\"serviceName\":\"x\",\"desiredCount\":2.0}",
	  "schema-type: 'desiredCount' is 2.0, which is not a whole number\n" },
	{ SCHEMA_CREATE_SERVICE, "{\"serviceName\":\"x\",\"desiredCount\":1e2}",
	  "schema-type: 'desiredCount' is 1e2, which is not a whole number\n" },
	{ SCHEMA_CREATE_SERVICE, "{\"serviceName\":\"x\",\"desiredCount\":9223372036854775808}",
	  "schema-type: 'desiredCount' is 9223372036854775808, which is not a whole number\n" },
	{ SCHEMA_CREATE_SERVICE, "{\"serviceName\":\"x\",\"desiredCount\":true}",
	  "schema-type: 'desiredCount' is a boolean, not a whole number\n" },
	/* a member that is unknown was meant for the one that is asked for */
	{ SCHEMA_CREATE_SERVICE,
	  "{\"serviceName\":\"x\",\"serviceConnectConfiguration\":{\"enabled\":true,\"containerConfigurations\":"
	  "[{\"logLevle\":\"x\"}]}}",
	  "schema-unknown: unknown member 'logLevle' in 'serviceConnectConfiguration.containerConfigurations[0]'"
	  " | did you mean 'logLevel'?\n" },
	{ SCHEMA_CREATE_SERVICE,
	  "{\"serviceName\":\"x\",\"serviceConnectConfiguration\":{\"enabled\":true,\"containerConfigurations\":[{}]}}",
	  "schema-union: 'serviceConnectConfiguration.containerConfigurations[0]' needs a member"
	  " | known here: logLevel\n" },
	{ SCHEMA_CREATE_SERVICE, "{\"serviceName\":\"x\",\"desiredCount\":null}",
	  "schema-type: 'desiredCount' is null, not a whole number | leave the member out to leave it unset\n" },
	{ SCHEMA_CREATE_SERVICE, "{\"serviceName\":\"x\",\"launchType\":\"fargat\"}",
	  "schema-enum: 'launchType' can't be 'fargat' | did you mean 'FARGATE'? It may be EC2, FARGATE, "
	  "EXTERNAL, MA\n" },
	{ SCHEMA_REGISTER_TASK_DEFINITION,
	  "{\"family\":\"f\",\"cpu\":256,\"containerDefinitions\":[{\"portMappings\":[{\"containerPort\":\"80\"}]}]}",
	  "schema-type: 'cpu' is a number, not a string | put it in quotes: \"256\"\n"
	  "schema-type: 'containerDefinitions[0].portMappings[0].containerPort' is a string, not a whole number"
	  " | remove the quotes around 80\n" },
	{ SCHEMA_CREATE_FUNCTION,
	  "{\"FunctionName\":\"f\",\"Role\":\"arn:aws:iam::123456789012:role/r\",\"Code\":{},\"Timeout\":0}",
	  "schema-range: 'Timeout' is 0, out of range | it may be at least 1 and at most 5400\n" },
	{ SCHEMA_CREATE_FUNCTION, "{\"FunctionName\":\"f\",\"Role\":\"r\",\"Code\":{}}",
	  "schema-pattern: 'Role' does not have the form that is asked for | the pattern is "
	  "arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-\n" },
	{ SCHEMA_ECS_SETTINGS,
	  "{\"gmDeploymentCircuitBreaker\":{\"failureThresholdPercentage\":25}}",
	  "schema-unknown: unknown member 'failureThresholdPercentage' in 'gmDeploymentCircuitBreaker'"
	  " | did you mean 'failureThresholdPercent'?\n" },
	{ SCHEMA_ECS_SETTINGS, "{\"trafficShift\":{}}",
	  "schema-unknown: unknown member 'trafficShift' | did you mean 'trafficShiftingConfig'?\n" },
	{ SCHEMA_ECS_SETTINGS, "{\"targetGroupArnPairs\":[[]]}",
	  "schema-length: 'targetGroupArnPairs[0]' has 0 items | it may have exactly 2\n" },
	{ SCHEMA_LAMBDA_SETTINGS, "{}",
	  "schema-required: 'alias' is missing | add \"alias\" here, a string\n" },
	{ SCHEMA_LAMBDA_SETTINGS, "{\"alias\":\"$LATEST\"}",
	  "schema-pattern: 'alias' does not have the form that is asked for | the pattern is "
	  "(?!^[0-9]+$)([a-zA-Z0-9-_]+)\n" },
	{ SCHEMA_LAMBDA_EVENT_SOURCES,
	  "{\"PushEventSources\":[{\"Service\":\"apigateway.amazonaws.com\",\"AlaisStageVariableName\":\"v\"}]}",
	  "warning schema-unknown: 'AlaisStageVariableName' is a misspelling | it is taken as "
	  "'AliasStageVariableName'; write that\n" },
	{ SCHEMA_LAMBDA_EVENT_SOURCES,
	  "{\"PullEventSources\":{\"EventSourceMapping\":{\"BatchSize\":10}}}", "" },
	{ SCHEMA_LAMBDA_EVENT_SOURCES,
	  "{\"PullEventSources\":[{\"EventSourceMapping\":{\"BatchSize\":0}}]}",
	  "schema-range: 'PullEventSources[0].EventSourceMapping.BatchSize' is 0, out of range"
	  " | it may be at least 1 and at most 10000\n" },
};

static void test_schema__each_mistake_is_told_once(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		test_context("%s", cases[i].text);
		expect(cases[i].input, cases[i].text, NULL, 0, false, cases[i].want);
	}
}

static void test_schema__what_is_allowed_by_configuration_passes(void)
{
	static const char *const allow[] = { "containerDefinitions.brandNew", "other" };

	expect(SCHEMA_REGISTER_TASK_DEFINITION,
	       "{\"family\":\"f\",\"containerDefinitions\":[{\"brandNew\":1}],\"other\":{\"any\":[]}}",
	       allow, ARRAY_SIZE(allow), false, "");
}

static void test_schema__sensitive_values_are_never_quoted(void)
{
	expect(SCHEMA_CREATE_SERVICE,
	       "{\"serviceName\":\"x\",\"desiredCount\":\"77\",\"launchType\":\"hunter2\"}", NULL,
	       0, true,
	       "schema-type: 'desiredCount' is a string, not a whole number | remove the quotes around "
	       "(sensitive)\n"
	       "schema-enum: 'launchType' can't be '(sensitive)' | it may be EC2, FARGATE, EXTERNAL, "
	       "MANAGED_INSTANCES\n");
}

static void test_schema__knows_which_call_takes_a_member(void)
{
	check(schema_has_member(SCHEMA_CREATE_SERVICE, "schedulingStrategy"));
	check(!schema_has_member(SCHEMA_UPDATE_SERVICE, "schedulingStrategy"));
	check(!schema_has_member(SCHEMA_ECS_SETTINGS, "trafficShift"));
	check_str(schema_input_name(SCHEMA_CREATE_TASK_SET), "ecs:CreateTaskSet");
}

int main(void)
{
	TEST(schema__each_mistake_is_told_once);
	TEST(schema__what_is_allowed_by_configuration_passes);
	TEST(schema__sensitive_values_are_never_quoted);
	TEST(schema__knows_which_call_takes_a_member);
	return test_done();
}
