#include "base/base.h"
#include "artifact/name.h"
#include "tap.h"

static void test_name__suffix_says_kind_role_and_prefix(void)
{
	static const struct {
		const char *path;
		enum artifact_kind kind;
		enum artifact_role role;
		const char *prefix;
	} rows[] = {
		{ "dev/nginx/nginx_svcdef.json", KIND_ECS, ROLE_DEFINITION, "dev/nginx/nginx" },
		{ "a_taskdef.json", KIND_ECS, ROLE_TASK_DEFINITION, "a" },
		{ "a_depdef.json", KIND_ECS, ROLE_SETTINGS, "a" },
		{ "a_b_input.json", KIND_ECS, ROLE_INPUT, "a_b" },
		{ "x_lambdadef.json", KIND_LAMBDA, ROLE_DEFINITION, "x" },
		{ "x_lambdaeventsourcedef.json", KIND_LAMBDA, ROLE_EVENT_SOURCES, "x" },
		{ "x_lambdadepdef.json", KIND_LAMBDA, ROLE_SETTINGS, "x" },
		{ "x_lambdainput.json", KIND_LAMBDA, ROLE_INPUT, "x" },
		{ "x_lambda_input.json", KIND_ECS, ROLE_INPUT, "x_lambda" },
		{ "dev/_svcdef.json", KIND_ECS, ROLE_DEFINITION, "dev/" },
		{ "_svcdef.json", KIND_ECS, ROLE_DEFINITION, "" },
		{ "a/b__svcdef.json", KIND_ECS, ROLE_DEFINITION, "a/b_" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct artifact_name name;

		test_context("%s", rows[i].path);
		if (!check(artifact_name(rows[i].path, &name)))
			continue;
		check_int(name.kind, ==, rows[i].kind);
		check_int(name.role, ==, rows[i].role);
		check_mem(rows[i].path, name.prefix_len, rows[i].prefix, strlen(rows[i].prefix));
		check_str(name.suffix, rows[i].path + name.prefix_len);
		check_str(artifact_suffix(name.kind, name.role), name.suffix);
	}
}

static void test_name__everything_else_is_no_artifact(void)
{
	static const char *const rows[] = {
		"",
		".json",
		"svcdef.json",
		"a/svcdef.json",
		"a_svcdef",
		"a_svcdef.json.sample",
		"a_Svcdef.json",
		"a_svcdef.JSON",
		"a_def.json",
		"a_svcdef/b.json",
		"_svcdef/json",
		"a_svcdefs.json",
		"a_svcde.json",
		"a_.json",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct artifact_name name;

		test_context("%s", rows[i]);
		check(!artifact_name(rows[i], &name));
	}
}

static void test_name__near_misses_are_seen(void)
{
	static const struct {
		const char *path, *suffix, *prefix;
		bool sure;
	} rows[] = {
		{ "dev/a_taskdefs.json", "_taskdef.json", "dev/a", true },
		{ "dev/a_svcDef.json", "_svcdef.json", "dev/a", true },
		{ "dev/a-taskdef.json", "_taskdef.json", "dev/a", true },
		{ "dev/a.svcdef.json", "_svcdef.json", "dev/a", true },
		{ "dev/a_lambda_def.json", "_lambdadef.json", "dev/a", true },
		{ "dev/a_lambda-event-source-def.json", "_lambdaeventsourcedef.json", "dev/a",
		  true },
		{ "dev/a_lamdadef.json", "_lambdadef.json", "dev/a", true },
		{ "dev/a_lambdadefs.json", "_lambdadef.json", "dev/a", true },
		{ "dev/a_lambdadepdefs.json", "_lambdadepdef.json", "dev/a", true },
		{ "dev/a_task_def.json", "_taskdef.json", "dev/a", true },
		{ "dev/a_tsakdef.json", "_taskdef.json", "dev/a", true },
		{ "dev/a_taksdefs.json", "_taskdef.json", "dev/a", true },
		{ "dev/a_scvdef.json", "_svcdef.json", "dev/a", true },
		{ "dev/a_svcdef.JSON", "_svcdef.json", "dev/a", true },
		{ "dev/a_svc_def.json", "_svcdef.json", "dev/a", true },
		{ "dev/a_service_def.json", "_svcdef.json", "dev/a", true },
		{ "dev/a_Input.json", "_input.json", "dev/a", true },
		{ "dev/a_imput.json", "_input.json", "dev/a", false },
		{ "dev/a_inputs.json", "_input.json", "dev/a", false },
		{ "dev/task-definition.json", "_taskdef.json", "dev/", false },
		{ "dev/a_task-definition.json", "_taskdef.json", "dev/a", false },
		{ "dev/taskdef.json", "_taskdef.json", "dev/", false },
		{ "dev/mytaskdef.json", "_taskdef.json", "dev/my", false },
		{ "dev/nginxTaskDef.json", "_taskdef.json", "dev/nginx", false },
		{ "dev/nginxLambdaDef.json", "_lambdadef.json", "dev/nginx", false },
		{ "a_b_svcdeff.json", "_svcdef.json", "a_b", true },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct artifact_near_miss miss;

		test_context("%s", rows[i].path);
		if (!check(artifact_near_miss(rows[i].path, &miss)))
			continue;
		check_str(miss.suffix, rows[i].suffix);
		check_mem(rows[i].path, miss.prefix_len, rows[i].prefix, strlen(rows[i].prefix));
		check_int(miss.sure, ==, rows[i].sure);
	}
}

static void test_name__ordinary_names_are_left_alone(void)
{
	static const char *const rows[] = {
		"package.json",
		"package-lock.json",
		"tsconfig.json",
		"tsconfig.base.json",
		"input.json",
		"a/terraform_output.json",
		"cdk.json",
		"cdk.context.json",
		"composer.json",
		"renovate.json",
		".eslintrc.json",
		"manifest.json",
		"a_output.json",
		"schema.json",
		"angular.json",
		"a.test.json",
		"en_US.json",
		"launchSettings.json",
		"appspec.json",
		"buildspec.json",
		"iam_policy.json",
		"trust-policy.json",
		"dashboard_def.json",
		"event.json",
		"lambda_event.json",
		"values_dev.json",
		"openapi_def.json",
		"index.json",
		"a_typedef.json",
		"a_default.json",
		"a_undef.json",
		"task.json",
		"a_task.json",
		"service.json",
		"lambda.json",
		"a_lambda.json",
		"a_lambda_test.json",
		"x_svcdef.json", /* is one */
		"x_svcdef.json.sample",
		"nginx_taskdef.yaml",
		"",
		"/",
		".json",
		"_.json",
		"a/.json",
		"--.json",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct artifact_near_miss miss;

		test_context("%s", rows[i]);
		check(!artifact_near_miss(rows[i], &miss));
	}
}

int main(void)
{
	TEST(name__suffix_says_kind_role_and_prefix);
	TEST(name__everything_else_is_no_artifact);
	TEST(name__near_misses_are_seen);
	TEST(name__ordinary_names_are_left_alone);
	return test_done();
}
