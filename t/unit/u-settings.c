#include "base/base.h"
#include "deploy/settings-internal.h"
#include "schema/internal.h"
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

static void test_settings__have_defaults(void)
{
	struct settings s = SETTINGS_INIT;
	struct error err = ERROR_INIT;

	if (!check_int(settings_parse(&s, NULL, &err), ==, 0))
		return;
	check_str(s.region, NULL);
	check(!s.shift.on);
	check_int(s.shift.percent, ==, 20);
	check_int(s.shift.wait_ms, ==, 60000);
	check_int(s.stability.poll_ms, ==, 30000);
	check_int(s.stability.timeout_ms, ==, 300000);
	check(!s.breaker.on);
	check_int(settings_failure_threshold(&s, 100), ==, -1);
	check(s.delete_new_upon_failure && s.delete_new_upon_shift_failure);
	check_int(settings_timeout_ms(&s, 1000), ==, 300000);
	settings_release(&s);
}

static void test_settings__say_what_the_file_says(void)
{
	struct settings s = SETTINGS_INIT;
	struct error err = ERROR_INIT;
	const char *text =
		"{\"environment\": {\"region\": \"eu-west-1\", \"account\": \"123456789012\","
		" \"roleArn\": \"arn:aws:iam::123456789012:role/d\"},"
		" \"trafficShiftingConfig\": {\"type\": \"LINEAR\", \"percent\": 10, \"waitInterval\": 1.5},"
		" \"targetGroupArnPairs\": [[\"a\", \"b\"], [\"c\", \"d\"]],"
		" \"alarms\": {\"alarmNames\": [\"cpu\"]},"
		" \"stabilityCheck\": {\"pollInterval\": 0.25, \"timeout\": 220, \"timeoutPerTask\": 25},"
		" \"gmDeploymentCircuitBreaker\": {\"rollback\": false, \"failureThresholdPercent\": 50},"
		" \"deleteNewUponFailure\": false, \"deleteNewUponTrafficShiftFailure\": false,"
		" \"fallbackCapacityProviderStrategy\": [{\"capacityProvider\": \"FARGATE\"}]}";

	if (!check_int(settings_parse(&s, parse(text), &err), ==, 0)) {
		printf("# %s\n", err.message);
		return;
	}
	check_str(s.region, "eu-west-1");
	check_str(s.account, "123456789012");
	check_str(s.role_arn, "arn:aws:iam::123456789012:role/d");
	check(s.shift.on);
	check_int(s.shift.type, ==, SHIFT_LINEAR);
	check_int(s.shift.percent, ==, 10);
	check_int(s.shift.wait_ms, ==, 1500);
	check_int(s.pairs_nr, ==, 2);
	check_str(s.pairs[0], "a");
	check_str(s.pairs[3], "d");
	check_int(s.alarms_nr, ==, 1);
	check_int(s.stability.poll_ms, ==, 250);
	check(s.breaker.on && !s.breaker.rollback);
	check(!s.delete_new_upon_failure && !s.delete_new_upon_shift_failure);
	check(s.fallback);
	check_str(s.unknown, NULL);
	settings_release(&s);
}

static void test_settings__take_the_longer_timeout(void)
{
	struct settings s = SETTINGS_INIT;
	struct error err = ERROR_INIT;

	check_int(settings_parse(
			  &s,
			  parse("{\"stabilityCheck\": {\"timeout\": 220, \"timeoutPerTask\": 25}}"),
			  &err),
		  ==, 0);
	check_int(settings_timeout_ms(&s, 2), ==, 220000);
	check_int(settings_timeout_ms(&s, 10), ==, 250000);
	check_int(settings_timeout_ms(&s, -1), ==, 220000);
	settings_release(&s);
}

static void test_settings__take_the_lower_failure_threshold(void)
{
	static const struct {
		const char *text;
		int64_t desired, want;
	} rows[] = {
		{ "{\"gmDeploymentCircuitBreaker\": {}}", 100, 5 },
		{ "{\"gmDeploymentCircuitBreaker\": {\"failureThreshold\": 3}}", 100, 3 },
		{ "{\"gmDeploymentCircuitBreaker\": {\"failureThresholdPercent\": 50}}", 4, 2 },
		{ "{\"gmDeploymentCircuitBreaker\": {\"failureThresholdPercent\": 50}}", 3, 2 },
		{ "{\"gmDeploymentCircuitBreaker\": {\"failureThresholdPercent\": 50}}", 100, 5 },
		{ "{\"gmDeploymentCircuitBreaker\": {\"failureThresholdPercent\": 25}}", 1, 1 },
		{ "{\"gmDeploymentCircuitBreaker\": {\"failureThresholdPercent\": 25}}", 0, 1 },
		{ "{\"gmDeploymentCircuitBreaker\": {\"failureThreshold\": 0}}", 10, 1 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct settings s = SETTINGS_INIT;
		struct error err = ERROR_INIT;

		test_context("%s, %d tasks", rows[i].text, (int)rows[i].desired);
		check_int(settings_parse(&s, parse(rows[i].text), &err), ==, 0);
		check_int(settings_failure_threshold(&s, rows[i].desired), ==, rows[i].want);
		settings_release(&s);
	}
}

/* For all small numbers, by the definition and without its arithmetic. */
static void test_settings__failure_threshold_is_the_least_share_that_is_large_enough(void)
{
	struct settings s = SETTINGS_INIT;
	int64_t percent, desired, count, share, got;

	s.breaker.on = true;
	for (percent = -1; percent <= 100; percent++)
		for (desired = 0; desired <= 60; desired++)
			for (count = 0; count <= 8; count++) {
				s.breaker.threshold = count;
				s.breaker.threshold_percent = percent;
				got = settings_failure_threshold(&s, desired);
				for (share = 0; share * 100 < percent * desired; share++)
					;
				if (percent < 0 || count < share)
					share = count;
				if (got != (share ? share : 1)) {
					test_context("%d %% of %d, at most %d", (int)percent,
						     (int)desired, (int)count);
					check_int(got, ==, share ? share : 1);
					return;
				}
			}
	check(true);
}

static void test_settings__refuse_wrong_types_by_name(void)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "[]", "must be an object, not array" },
		{ "{\"environment\": 1}",
		  "'environment' in the deployment settings must be an object" },
		{ "{\"environment\": {\"region\": 1}}", "'environment.region'" },
		{ "{\"environment\": {\"account\": 123456789012}}",
		  "must be a string, not number" },
		{ "{\"stabilityCheck\": {\"timeout\": \"5\"}}", "'stabilityCheck.timeout'" },
		{ "{\"stabilityCheck\": {\"timeout\": -1}}", "from 0 to" },
		{ "{\"stabilityCheck\": {\"timeout\": 1e300}}", "not 1e300" },
		{ "{\"stabilityCheck\": {\"pollInterval\": 0}}", "'stabilityCheck.pollInterval'" },
		{ "{\"trafficShiftingConfig\": {\"percent\": 101}}", "from 0 to 100, not 101" },
		{ "{\"trafficShiftingConfig\": {\"percent\": 1.5}}", "whole number" },
		{ "{\"trafficShiftingConfig\": {\"type\": \"Canary\"}}", "not 'Canary'" },
		{ "{\"trafficShiftingConfig\": {\"type\": \"LINEAR\", \"percent\": 0}}",
		  "never end" },
		{ "{\"targetGroupArnPairs\": [[\"a\"]]}", "two target group ARNs" },
		{ "{\"targetGroupArnPairs\": [[\"a\", 1]]}", "list of strings" },
		{ "{\"alarms\": {\"alarmNames\": \"a\"}}", "'alarms.alarmNames'" },
		{ "{\"alarms\": {\"alarmNames\": [null]}}", "not null" },
		{ "{\"gmDeploymentCircuitBreaker\": {\"rollback\": 1}}", "true or false" },
		{ "{\"deleteNewUponFailure\": null}", "'deleteNewUponFailure'" },
		{ "{\"replaceService\": \"yes\"}", "'replaceService'" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct settings s = SETTINGS_INIT;
		struct error err = ERROR_INIT;

		test_context("%s", rows[i].text);
		if (check_int(settings_parse(&s, parse(rows[i].text), &err), <, 0) &&
		    check(err.message != NULL) && !check(strstr(err.message, rows[i].want) != NULL))
			printf("#   %s\n", err.message);
		settings_release(&s);
		error_release(&err);
	}
}

static void test_settings__name_what_they_ignore(void)
{
	struct settings s = SETTINGS_INIT;
	struct error err = ERROR_INIT;

	check_int(settings_parse(&s, parse("{\"stabilityChek\": {}, \"zzzzzzzz\": 1}"), &err), ==,
		  0);
	check_str(s.unknown, "'stabilityChek' (did you mean 'stabilityCheck'?), 'zzzzzzzz'");
	settings_release(&s);
}

static void test_settings__refuse_what_this_version_cannot_do(void)
{
	static const struct {
		const char *settings, *svcdef, *want; /* NULL: fine */
	} rows[] = {
		{ "{}", "{}", NULL },
		{ "{}", "{\"deploymentController\": {\"type\": \"ECS\"}}", NULL },
		{ "{}", "{\"deploymentConfiguration\": {\"strategy\": \"ROLLING\"}}", NULL },
		{ "{}", "{\"deploymentController\": {\"type\": \"EXTERNAL\"}}", NULL },
		{ "{}",
		  "{\"deploymentController\": {\"type\": \"EXTERNAL\"}, \"loadBalancers\": []}",
		  NULL },
		{ "{}",
		  "{\"deploymentController\": {\"type\": \"EXTERNAL\"}, \"loadBalancers\": [{}]}",
		  NULL },
		{ "{}", "{\"deploymentController\": {\"type\": \"CODE_DEPLOY\"}}", "CodeDeploy" },
		{ "{}", "{\"deploymentController\": {\"type\": \"ecs\"}}", "none that ECS knows" },
		{ "{}", "{\"deploymentConfiguration\": {\"strategy\": \"BLUE_GREEN\"}}", NULL },
		{ "{}", "{\"deploymentConfiguration\": {\"strategy\": \"LINEAR\"}}", NULL },
		{ "{}", "{\"deploymentConfiguration\": {\"strategy\": \"CANARY\"}}", NULL },
		{ "{}", "{\"deploymentConfiguration\": {\"strategy\": \"canary\"}}",
		  "none that ECS knows" },
		{ "{\"approval\": {\"before\": \"shift\"}}",
		  "{\"deploymentConfiguration\": {\"strategy\": \"CANARY\"}}", "strategy CANARY" },
		{ "{\"trafficShiftingConfig\": {}}",
		  "{\"deploymentController\": {\"type\": \"EXTERNAL\"}}", NULL },
		{ "{\"trafficShiftingConfig\": {}}", "{}", NULL },
		{ "{\"approval\": {\"before\": \"shift\"}}", "{}", "approval" },
		{ "{\"dependsOn\": [\"db/*\"]}", "{}", NULL },
		{ "{\"before\": {\"task\": {\"containerName\": \"a\", \"command\": [\"b\"]}}}",
		  "{}", NULL },
		{ "{\"approval\": {\"before\": \"deploy\"}}", "{}", NULL },
		{ "{\"approval\": {\"before\": \"shift\"}}",
		  "{\"deploymentController\": {\"type\": \"EXTERNAL\"}}", NULL },
		{ "{\"targetGroupArnPairs\": [[\"a\", \"b\"]]}", "{}", NULL },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct settings s = SETTINGS_INIT;
		struct error err = ERROR_INIT;
		int ret;

		test_context("%s %s", rows[i].settings, rows[i].svcdef);
		check_int(settings_parse(&s, parse(rows[i].settings), &err), ==, 0);
		ret = settings_supported(&s, parse(rows[i].svcdef), &err);
		check_int(ret, ==, rows[i].want ? -1 : 0);
		if (rows[i].want && ret < 0) {
			check(strstr(err.message, rows[i].want) != NULL);
			check(strstr(err.message, "knows") || err.hint);
		}
		settings_release(&s);
		error_release(&err);
	}
}

/* --- what a push lets through, and what is read of it --- */

struct paths {
	char *v[100];
	size_t nr;
};

static void paths_of_shape(struct paths *out, unsigned number, const char *above)
{
	const struct shape *shape = &schema_shapes[number];
	size_t i;

	for (i = 0; shape->type == SHAPE_STRUCTURE && i < shape->nr; i++) {
		const struct shape_member *m = &schema_members[shape->first + i];

		if ((m->flags & MEMBER_MISNOMER) || !check_int(out->nr, <, ARRAY_SIZE(out->v)))
			continue;
		out->v[out->nr] =
			xstrfmt("%s%s%s", above, *above ? "." : "", schema_strings + m->name);
		paths_of_shape(out, m->shape, out->v[out->nr++]);
	}
}

static bool has_path(const struct paths *paths, const char *path)
{
	size_t i;

	for (i = 0; i < paths->nr; i++)
		if (str_eq(paths->v[i], path))
			return true;
	return false;
}

static bool lists_path(const char *const *list, const char *path)
{
	while (*list && !str_eq(*list, path))
		list++;
	return *list != NULL;
}

/* `doc` with another value, of a wrong type, at `path`. */
static void write_wrong(struct strbuf *out, const struct json *doc, const char *above,
			const char *path)
{
	size_t i;

	strbuf_addch(out, '{');
	for (i = 0; i < doc->u.object.nr; i++) {
		const struct json_member *m = &doc->u.object.members[i];
		char *here = xstrfmt("%s%s%s", above, *above ? "." : "", m->name);

		strbuf_addf(out, "%s\"%s\":", i ? "," : "", m->name);
		if (str_eq(here, path))
			strbuf_addstr(out, m->value.type == JSON_BOOL ? "\"x\"" : "true");
		else if (m->value.type == JSON_OBJECT)
			write_wrong(out, &m->value, here, path);
		else
			json_write(out, &m->value, 0);
		free(here);
	}
	strbuf_addch(out, '}');
}

typedef int parse_fn(struct settings *s, const struct json *doc, struct error *err);

/* `text` has every member: each is let through, known, and read, so that a wrong type is refused. */
static void check_agreement(enum schema_input input, const char *const *known, parse_fn *parse_doc,
			    const char *text)
{
	const struct json *doc = parse(text);
	struct settings s = SETTINGS_INIT;
	struct error err = ERROR_INIT;
	struct paths paths = { .nr = 0 };
	size_t i;

	test_context("%s", schema_roots[input].name);
	paths_of_shape(&paths, schema_roots[input].shape, "");
	check_int(paths.nr, >, 10);
	check_int(parse_doc(&s, doc, &err), ==, 0);
	check_str(s.unknown, NULL);
	settings_release(&s);
	for (i = 0; known[i]; i++) {
		test_context("'%s' is read, and passes a push", known[i]);
		check(has_path(&paths, known[i]));
	}
	for (i = 0; i < paths.nr; i++) {
		struct strbuf wrong = STRBUF_INIT;

		test_context("'%s' passes a push, and is read", paths.v[i]);
		check(lists_path(known, paths.v[i]));
		check(json_path(doc, paths.v[i]) != NULL);
		write_wrong(&wrong, doc, "", paths.v[i]);
		check_int(parse_doc(&s, parse(wrong.buf), &err), ==, -1);
		settings_release(&s);
		error_release(&err);
		strbuf_release(&wrong);
		free(paths.v[i]);
	}
}

static void test_settings__are_those_that_pass_a_push(void)
{
	check_agreement(
		SCHEMA_ECS_SETTINGS, settings_members, settings_parse,
		"{\"environment\": {\"region\": \"r\", \"account\": \"a\", \"roleArn\": \"x\"},"
		" \"trafficShiftingConfig\": {\"type\": \"LINEAR\", \"percent\": 1, \"waitInterval\": 1},"
		" \"targetGroupArnPairs\": [[\"a\", \"b\"]], \"alarms\": {\"alarmNames\": [\"cpu\"]},"
		" \"deleteNewUponTrafficShiftFailure\": true, \"deleteNewUponFailure\": true,"
		" \"stabilityCheck\": {\"pollInterval\": 1, \"timeout\": 1, \"timeoutPerTask\": 1},"
		" \"gmDeploymentCircuitBreaker\": {\"failureThreshold\": 1, \"rollback\": true,"
		"  \"failureThresholdPercent\": 5}, \"replaceService\": true,"
		" \"fallbackCapacityProviderStrategy\": [{\"capacityProvider\": \"FARGATE\"}],"
		" \"approval\": {\"before\": \"shift\", \"timeout\": 1}, \"dependsOn\": [\"db/*\"],"
		" \"before\": {\"task\": {\"containerName\": \"a\", \"command\": [\"b\"], \"timeout\": 1}}}");
	check_agreement(
		SCHEMA_LAMBDA_SETTINGS, settings_lambda_members, settings_parse_lambda,
		"{\"environment\": {\"region\": \"r\", \"account\": \"a\", \"roleArn\": \"x\"},"
		" \"alias\": \"live\", \"alarms\": {\"alarmNames\": [\"cpu\"]}, \"keepVersions\": 1,"
		" \"provisionedConcurrentExecutions\": 1,"
		" \"trafficShiftingConfig\": {\"type\": \"LINEAR\", \"percent\": 1, \"waitInterval\": 1},"
		" \"deleteNewUponTrafficShiftFailure\": true, \"deleteNewUponFailure\": true,"
		" \"readinessCheck\": {\"waitInterval\": 1, \"maxRetries\": 1},"
		" \"approval\": {\"before\": \"shift\", \"timeout\": 1}, \"dependsOn\": [\"db/*\"]}");
}

int main(void)
{
	TEST(settings__have_defaults);
	TEST(settings__say_what_the_file_says);
	TEST(settings__take_the_longer_timeout);
	TEST(settings__take_the_lower_failure_threshold);
	TEST(settings__failure_threshold_is_the_least_share_that_is_large_enough);
	TEST(settings__refuse_wrong_types_by_name);
	TEST(settings__name_what_they_ignore);
	TEST(settings__refuse_what_this_version_cannot_do);
	TEST(settings__are_those_that_pass_a_push);
	arena_release(&arena);
	return test_done();
}
