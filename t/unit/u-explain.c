#include "base/base.h"
#include "deploy/explain.h"
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

static void test_explain__finds_the_category_of_what_ecs_says(void)
{
	static const struct {
		unsigned where;
		const char *text, *want;
	} rows[] = {
		{ EXPLAIN_TASK,
		  "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to "
		  "resolve ref docker.io/library/nope:1: not found",
		  "image-missing" },
		{ EXPLAIN_TASK,
		  "CannotPullContainerError: Error response from daemon: pull access denied for x, "
		  "repository does not exist or may require 'docker login'",
		  "image-denied" },
		{ EXPLAIN_TASK, "CannotPullContainerError: inspect image: toomanyrequests: rate",
		  "image-rate" },
		{ EXPLAIN_TASK, "CannotPullContainerError: dial tcp 1.2.3.4:443: i/o timeout",
		  "network" },
		{ EXPLAIN_TASK, "CannotPullContainerError: write /x: no space left on device",
		  "disk" },
		{ EXPLAIN_TASK, "CannotPullContainerError: something new", "image-pull" },
		{ EXPLAIN_TASK,
		  "ResourceInitializationError: unable to pull secrets or registry auth: execution resource "
		  "retrieval failed: AccessDeniedException: User is not authorized",
		  "secrets-denied" },
		{ EXPLAIN_TASK,
		  "ResourceInitializationError: unable to pull secrets or registry auth: "
		  "ResourceNotFoundException: Secrets Manager can't find the specified secret.",
		  "secret-missing" },
		{ EXPLAIN_TASK,
		  "ResourceInitializationError: unable to pull secrets or registry auth: connection issue. "
		  "Check your task network configuration.",
		  "network" },
		{ EXPLAIN_TASK,
		  "ResourceInitializationError: failed to validate logger args: ResourceNotFoundException: The "
		  "specified log group does not exist.",
		  "log-group" },
		{ EXPLAIN_TASK,
		  "Unexpected EC2 error while attempting to Create Network Interface in subnet 'subnet-1': "
		  "InsufficientFreeAddressesInSubnet",
		  "subnet-full" },
		{ EXPLAIN_EVENT,
		  "(service x) was unable to place a task. Reason: Capacity is unavailable at this time.",
		  "capacity" },
		{ EXPLAIN_EVENT,
		  "(service x) was unable to place a task because no container instance met all of its "
		  "requirements. Reason: No Container Instances were found in your capacity.",
		  "capacity" },
		{ EXPLAIN_EVENT,
		  "(service x) was unable to place a task because no container instance met all of its "
		  "requirements. The closest matching (container-instance y) is missing an attribute "
		  "required by your task.",
		  "placement" },
		{ EXPLAIN_EVENT,
		  "(service x) was unable to place a task. Reason: You've reached the limit on the number of "
		  "tasks you can run concurrently.",
		  "quota" },
		{ EXPLAIN_EVENT, "(service x) is unable to consistently start tasks successfully.",
		  "throttled-by-scheduler" },
		{ EXPLAIN_EVENT,
		  "(service x) (port 80) is unhealthy in (target-group g) due to (reason Health checks failed "
		  "with these codes: [500])",
		  "health-elb" },
		{ EXPLAIN_TASK, "Task failed ELB health checks in (target-group g)", "health-elb" },
		{ EXPLAIN_TASK, "Task failed container health checks", "health-container" },
		{ EXPLAIN_CONTAINER, "OutOfMemoryError: Container killed due to memory usage",
		  "oom" },
		{ EXPLAIN_TASK, "Essential container in task exited", "crashed" },
		{ EXPLAIN_TASK, "ECS was unable to assume the role 'arn:aws:iam::1:role/x'",
		  "iam-role" },
		{ EXPLAIN_EVENT, "(service x) has reached a steady state.", NULL },
		{ EXPLAIN_EVENT, "(service x) has started 2 tasks: (task 1) (task 2).", NULL },
		/* Words count only where AWS says them. */
		{ EXPLAIN_EVENT, "CannotPullContainerError: not found", NULL },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct failure_kind *kind = explain_text(rows[i].text, rows[i].where);

		test_context("%s", rows[i].text);
		check_str(kind ? kind->category : NULL, rows[i].want);
	}
}

static void test_explain__knows_api_errors_by_words_and_codes(void)
{
	static const struct {
		const char *code, *message, *want;
	} rows[] = {
		{ "AccessDeniedException", "no", "iam-denied" },
		{ "ClientException",
		  "User: a is not authorized to perform: iam:PassRole on resource: r",
		  "iam-denied" },
		{ "InvalidParameterException",
		  "ECS was unable to assume the role 'x' that was provided for this task.",
		  "iam-role" },
		{ "ClusterNotFoundException", "Cluster not found.", "cluster-missing" },
		{ "InvalidParameterException", "subnets can not be empty.", "definition" },
		{ "ThrottlingException", "Rate exceeded", "throttled" },
		{ "ServerException", "Service Unavailable", "aws-internal" },
		{ "ExpiredTokenException", "expired", "credentials" },
		{ "BrandNewException", "what?", "aws-error" },
		{ NULL, NULL, "aws-error" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		test_context("%s: %s", rows[i].code ? rows[i].code : "-", rows[i].want);
		check_str(explain_api(rows[i].code, rows[i].message)->category, rows[i].want);
	}
}

static void test_explain__says_which_permission_is_missing(void)
{
	struct strbuf hint = STRBUF_INIT;

	check(explain_denied(
		"User: arn:aws:iam::1:user/ci is not authorized to perform: ecs:UpdateService on "
		"resource: arn:aws:ecs:eu-west-1:1:service/prod/web because no identity-based "
		"policy allows the ecs:UpdateService action",
		&hint));
	check_str(hint.buf,
		  "allow 'ecs:UpdateService' on 'arn:aws:ecs:eu-west-1:1:service/prod/web' to "
		  "'arn:aws:iam::1:user/ci'");
	strbuf_reset(&hint);
	check(explain_denied(
		"X is not authorized to perform: ecs:RunTask with an explicit deny in a policy",
		&hint));
	check_str(hint.buf, "allow 'ecs:RunTask'; a policy denies it explicitly");
	strbuf_reset(&hint);
	check(!explain_denied("Rate exceeded", &hint));
	check(!explain_denied(NULL, &hint));
	check_str(hint.buf, "");
	strbuf_release(&hint);
}

static void test_explain__reads_exit_codes(void)
{
	struct strbuf out = STRBUF_INIT;

	explain_exit_code(&out, 137);
	check_str(out.buf,
		  "exit code 137 (killed, SIGKILL: out of memory, or it did not stop in time)");
	strbuf_reset(&out);
	explain_exit_code(&out, 42);
	check_str(out.buf, "exit code 42");
	strbuf_release(&out);
}

static void test_evidence__of_a_crash_names_container_and_exit_code(void)
{
	struct evidence ev = { 0 };

	check(evidence_task(&ev,
			    parse("{\"stopCode\": \"EssentialContainerExited\", \"stoppedReason\": "
				  "\"Essential container in task exited\", \"stoppedAt\": 100.5, "
				  "\"containers\": [{\"name\": \"side\", \"exitCode\": 143}, "
				  "{\"name\": \"app\", \"exitCode\": 127}]}")));
	check_int(ev.nr, ==, 1);
	check_str(ev.v[0].kind->category, "crashed");
	check_str(ev.v[0].message,
		  "Essential container in task exited: container 'app', exit code 127 (the "
		  "command was not found)");
	check_int(ev.v[0].newest, ==, 100500);
	evidence_release(&ev);
}

static void test_evidence__prefers_the_reason_of_the_container(void)
{
	struct evidence ev = { 0 };

	check(evidence_task(
		&ev, parse("{\"stopCode\": \"EssentialContainerExited\", \"stoppedReason\": "
			   "\"Essential container in task exited\", \"containers\": [{\"name\": "
			   "\"app\", \"exitCode\": 137, \"reason\": \"OutOfMemoryError: Container "
			   "killed due to memory usage\"}]}")));
	check_str(ev.v[0].kind->category, "oom");
	evidence_release(&ev);
}

static void test_evidence__does_not_count_tasks_that_were_told_to_stop(void)
{
	static const char *const tasks[] = {
		"{\"stopCode\": \"ServiceSchedulerInitiated\", \"stoppedReason\": \"Scaling activity initiated "
		"by (deployment ecs-svc/1)\"}",
		"{\"stopCode\": \"UserInitiated\", \"stoppedReason\": \"Task stopped by user\"}",
		"{\"stopCode\": \"SpotInterruption\", \"stoppedReason\": \"Your Spot Task was interrupted.\"}",
		"{\"stopCode\": \"TerminationNotice\", \"stoppedReason\": \"Host EC2 (instance i-1) "
		"terminated.\"}",
	};
	struct evidence ev = { 0 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(tasks); i++) {
		test_context("%s", tasks[i]);
		check(!evidence_task(&ev, parse(tasks[i])));
	}
	check_int(ev.tasks, ==, 0);
	check(evidence_task(
		&ev, parse("{\"stopCode\": \"ServiceSchedulerInitiated\", \"stoppedReason\": "
			   "\"Task failed ELB health checks in (target-group g)\"}")));
	check_int(ev.tasks, ==, 1);
	evidence_release(&ev);
}

static void test_evidence__is_counted_once_a_kind(void)
{
	struct evidence ev = { 0 };

	evidence_event(&ev, "(service x) is unable to consistently start tasks successfully.", 1);
	evidence_event(
		&ev,
		"(service x) was unable to place a task. Reason: Capacity is unavailable at this time.",
		2);
	evidence_event(
		&ev,
		"(service x) was unable to place a task. Reason: Capacity is unavailable at this time.",
		3);
	evidence_event(&ev, "(service x) has reached a steady state.", 4);
	check_int(ev.nr, ==, 2);
	check_int(ev.v[1].times, ==, 2);
	check_int(ev.v[1].newest, ==, 3);
	check_str(ev.v[1].message,
		  "was unable to place a task. Reason: Capacity is unavailable at this time.");
	evidence_release(&ev);
}

static void test_evidence__of_a_cause_beats_what_follows_from_it(void)
{
	struct evidence ev = { 0 };
	int i;

	check_int(evidence_best(&ev), ==, -1);
	for (i = 0; i < 9; i++)
		evidence_event(
			&ev, "(service x) is unable to consistently start tasks successfully.", i);
	check_int(evidence_best(&ev), ==, 0);
	evidence_task(&ev, parse("{\"stopCode\": \"TaskFailedToStart\", \"stoppedReason\": "
				 "\"CannotPullContainerError: x: not found\"}"));
	check_str(ev.v[evidence_best(&ev)].kind->category, "image-missing");
	evidence_release(&ev);
}

static void test_evidence__of_what_lasts_is_counted_by_failed_starts(void)
{
	static const char *const tasks[] = {
		"CannotPullContainerError: failed to resolve ref x:1: not found",
		"CannotPullContainerError: failed to resolve ref x:2: not found",
		"CannotPullContainerError: dial tcp: i/o timeout",
		"CannotPullContainerError: dial tcp: i/o timeout",
		"CannotPullContainerError: dial tcp: i/o timeout",
		"CannotStartContainerError: device is busy",
		"CannotStartContainerError: device is busy",
		"CannotStartContainerError: device is busy",
		"CannotStartContainerError: exec: \\\"x\\\": executable file not found in $PATH",
		"no words that we know",
	};
	struct evidence ev = { 0 };
	char text[200];
	unsigned starts;
	size_t i;

	check(!evidence_lasting(&ev, &starts));
	for (i = 0; i < ARRAY_SIZE(tasks); i++) {
		snprintf(text, sizeof(text),
			 "{\"stopCode\": \"TaskFailedToStart\", \"stoppedReason\": \"%s\"}",
			 tasks[i]);
		check(evidence_task(&ev, parse(text)));
	}
	/* Those of one kind together, whichever image they name. */
	check_str(evidence_lasting(&ev, &starts)->category, "image-missing");
	check_int(starts, ==, 2);
	/* No task was made of these. */
	for (i = 0; i < 3; i++)
		evidence_event(&ev,
			       "(service x) failed to launch a task with (error ECS was unable to "
			       "assume the role 'r' that was provided for this task.)",
			       (int64_t)i);
	check_str(evidence_lasting(&ev, &starts)->category, "iam-role");
	check_int(starts, ==, 3);
	check_int(ev.ran, ==, 0);
	/* One that ran does not count, whatever it ended with. */
	check(evidence_task(&ev,
			    parse("{\"stopCode\": \"EssentialContainerExited\", \"startedAt\": 1, "
				  "\"stoppedReason\": \"Essential container in task exited\"}")));
	check_int(ev.ran, ==, 1);
	check_int(ev.crashed, ==, 1);
	check_int(ev.tasks, ==, ARRAY_SIZE(tasks) + 1);
	evidence_release(&ev);
}

static void test_evidence__shows_unknown_words_raw(void)
{
	struct evidence ev = { 0 };

	check(evidence_task(&ev, parse("{\"stopCode\": \"TaskFailedToStart\", \"stoppedReason\": "
				       "\"FluxCapacitorError: no plutonium\"}")));
	check_ptr(ev.v[0].kind, ==, NULL);
	check_str(ev.v[0].message, "FluxCapacitorError: no plutonium");
	evidence_release(&ev);
}

static void test_evidence__has_an_end(void)
{
	struct evidence ev = { 0 };
	char text[100];
	int i;

	for (i = 0; i < 1000; i++) {
		snprintf(text, sizeof(text), "unable to place a task %c%c", 'g' + i % 20,
			 'g' + i / 20 % 20);
		evidence_event(&ev, text, i);
	}
	check_int(ev.nr, ==, EVIDENCE_MAX);
	evidence_release(&ev);
}

static void test_failures__all_say_what_to_do(void)
{
	size_t i, j, nr;
	const struct failure_kind *kinds = failure_kinds(&nr);

	for (i = 0; i < nr; i++) {
		test_context("%s", kinds[i].category);
		check(kinds[i].meaning && *kinds[i].meaning);
		check(kinds[i].hint && *kinds[i].hint);
		for (j = 0; j < i; j++)
			check(!str_eq(kinds[i].category, kinds[j].category));
		check_ptr(failure_kind_get(kinds[i].category), ==, &kinds[i]);
	}
	check_ptr(failure_kind_get("nope"), ==, NULL);
}

int main(void)
{
	TEST(explain__finds_the_category_of_what_ecs_says);
	TEST(explain__knows_api_errors_by_words_and_codes);
	TEST(explain__says_which_permission_is_missing);
	TEST(explain__reads_exit_codes);
	TEST(evidence__of_a_crash_names_container_and_exit_code);
	TEST(evidence__prefers_the_reason_of_the_container);
	TEST(evidence__does_not_count_tasks_that_were_told_to_stop);
	TEST(evidence__is_counted_once_a_kind);
	TEST(evidence__of_a_cause_beats_what_follows_from_it);
	TEST(evidence__of_what_lasts_is_counted_by_failed_starts);
	TEST(evidence__shows_unknown_words_raw);
	TEST(evidence__has_an_end);
	TEST(failures__all_say_what_to_do);
	arena_release(&arena);
	return test_done();
}
