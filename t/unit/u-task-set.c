#include "base/base.h"
#include "aws/task-set.h"
#include "deploy/task-set.h"
#include "tap.h"

static struct arena arena = ARENA_INIT;

static const struct json *parse(const char *text)
{
	struct json_problems problems = JSON_PROBLEMS_INIT;
	const struct json *v = json_parse(&arena, text, strlen(text), NULL, &problems);

	json_problems_release(&problems);
	return v;
}

static void test_task_set__percents_are_rounded_down(void)
{
	static const struct {
		double percent;
		const char *want;
	} rows[] = {
		{ 0, "0" },
		{ 100, "100" },
		{ 100 * 10.0 / 25, "40" },
		{ 100 * 7.0 / 25, "28" }, /* 28.000000000000004 */
		{ 100 * 1.0 / 3, "33.3333" },
		{ 100 * 2.0 / 3, "66.6666" },
		{ 12.5, "12.5" },
		{ 0.00009, "0" },
	};
	struct strbuf out = STRBUF_INIT;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		strbuf_reset(&out);
		ecs_format_percent(&out, rows[i].percent);
		check_str(out.buf, rows[i].want);
	}
	strbuf_release(&out);
}

/* What AWS makes of both: ceil(desired * scale / 100) each. */
static void test_task_set__both_shares_make_the_whole(void)
{
	struct strbuf out = STRBUF_INIT;
	int64_t desired, placed, sum;
	bool right = true;

	for (desired = 1; desired <= 300; desired++) {
		for (placed = 0; placed <= desired; placed++) {
			const int64_t parts[] = { placed, desired - placed };
			size_t i;

			sum = 0;
			for (i = 0; i < ARRAY_SIZE(parts); i++) {
				int64_t scale;

				strbuf_reset(&out);
				ecs_format_percent(&out, 100 * (double)parts[i] / (double)desired);
				/* in ten thousandths of a percent, without a double */
				scale = (int64_t)(strtod(out.buf, NULL) * 10000 + 0.5);
				sum += (desired * scale + 999999) / 1000000;
			}
			right = right && sum == desired;
		}
	}
	check(right);
	strbuf_release(&out);
}

static void test_task_set__a_deployment_knows_its_own(void)
{
	check(task_set_is_ours("gitops-01ABC"));
	check(!task_set_is_ours("theirs"));
	check(!task_set_is_ours(""));
	check(task_set_same_deployment("gitops-01ABC", "gitops-01ABC-f"));
	check(task_set_same_deployment("gitops-01ABC-f", "gitops-01ABC"));
	check(!task_set_same_deployment("gitops-01ABC", "gitops-01ABD-f"));
	check(!task_set_same_deployment("gitops-01ABC", "gitops-01AB"));
	check(!task_set_same_deployment("theirs", "theirs"));
}

static void test_task_set__is_found_in_a_service(void)
{
	const struct json *service = parse(
		"{\"taskSets\": [{\"id\": \"ecs-svc/1\", \"status\": \"ACTIVE\", \"externalId\": "
		"\"gitops-1\", \"scale\": {\"value\": 40.5, \"unit\": \"PERCENT\"}, "
		"\"stabilityStatus\": \"STABILIZING\"}, {\"id\": \"ecs-svc/2\", \"status\": "
		"\"PRIMARY\", \"taskDefinition\": \"web:2\", \"runningCount\": 3, "
		"\"computedDesiredCount\": 4, \"pendingCount\": 1, \"stabilityStatus\": "
		"\"STEADY_STATE\"}, 7]}");
	struct ecs_task_set set;

	if (check(task_set_primary(service, &set))) {
		check_str(set.id, "ecs-svc/2");
		check_str(set.external_id, "");
		check(set.steady);
		check_int(set.running, ==, 3);
		check_int(set.desired, ==, 4);
		check_int(set.pending, ==, 1);
	}
	if (check(task_set_find_external(service, "gitops-1", &set))) {
		check_str(set.id, "ecs-svc/1");
		check(!set.steady);
		check(set.scale > 40.4 && set.scale < 40.6);
	}
	check(!task_set_find(service, "ecs-svc/3", &set));
	check(!task_set_primary(NULL, &set));
	check(!task_set_primary(parse("{\"taskSets\": {}}"), &set));
}

int main(void)
{
	TEST(task_set__percents_are_rounded_down);
	TEST(task_set__both_shares_make_the_whole);
	TEST(task_set__a_deployment_knows_its_own);
	TEST(task_set__is_found_in_a_service);
	arena_release(&arena);
	return test_done();
}
