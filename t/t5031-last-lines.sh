#!/bin/sh

test_description='a failure tells what the container wrote last'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-deploy.sh

# logged <image>: a task definition whose container writes to a log group
logged () {
	taskdef "$1" ".executionRoleArn = \"arn:aws:iam::123456789012:role/exec\" |
		.containerDefinitions[0].logConfiguration = {logDriver: \"awslogs\", options: {
		\"awslogs-group\": \"/ecs/web\", \"awslogs-region\": \"eu-west-1\", \"awslogs-stream-prefix\": \"p\"}} | ${2:-.}"
}

crash () {
	behave "{\"match\": {\"image\": \"^crash\"}, \"exit_after\": 0.02, \"exit_code\": 1, \"log\": $1}"
}

test_expect_success 'setup: a service that crashes when it is updated' '
	deploy_start &&
	sandbox_ctl seed "{\"region\": \"eu-west-1\", \"log_groups\": [\"/ecs/web\"]}" >/dev/null &&
	logged good:1 &&
	deploy >out &&
	depdef ".gmDeploymentCircuitBreaker = {failureThreshold: 2}"
'

test_expect_success 'the last lines are told, the very last in the message, and what ran before is back' '
	crash "[\"one\", \"two\", \"\", \"cannot connect to db:5432\"]" &&
	logged crash:1 &&
	test_expect_code 1 deploy >out &&
	sed -n "s/^last-lines: //p" out >actual &&
	printf "%s\n" "app: one" "app: two" "app: cannot connect to db:5432" >expect &&
	test_cmp expect actual &&
	test_grep "^! crashed: .*exit code 1.*; it wrote last: cannot connect to db:5432$" out &&
	test_grep "^await-rollback: back on" out
'

test_expect_success 'only the last ten, long ones are cut, none can drive a terminal' '
	long=$(printf "%0300d" 7) &&
	crash "[\"1\", \"2\", \"3\", \"4\", \"5\", \"6\", \"7\", \"8\", \"9\", \"$long\", \"red \\u001b[31m\\u202e\"]" &&
	test_expect_code 1 deploy >out &&
	sed -n "s/^last-lines: app: //p" out >actual &&
	test_line_count -eq 10 actual &&
	test_grep ! "^1$" actual &&
	test_grep "^0\{200\}[.][.][.]$" actual &&
	test_grep "^red .x1b.31m.u202e$" actual
'

test_expect_success 'one that wrote nothing is said to have written nothing' '
	sandbox_ctl behaviours - >/dev/null &&
	crash "[]" &&
	test_expect_code 1 deploy >out &&
	test_grep "^last-lines: container ${SQ}app${SQ} wrote nothing" out
'

test_expect_success 'lines that arrive late are waited for' '
	crash "[\"late\"]" &&
	fault "{\"match\": {\"op\": \"GetLogEvents\"}, \"times\": 1, \"action\": {\"type\": \"error\", \"code\": \"ResourceNotFoundException\", \"status\": 400, \"message\": \"The specified log stream does not exist.\"}}" &&
	test_expect_code 1 deploy >out &&
	test_grep "^last-lines: app: late" out
'

test_expect_success 'logs that may not be read are no other failure' '
	fault "{\"match\": {\"op\": \"GetLogEvents\"}, \"times\": 1, \"action\": {\"type\": \"denied\"}}" &&
	test_expect_code 1 deploy >out &&
	test_grep "^last-lines: cannot read what container ${SQ}app${SQ} wrote: .*GetLogEvents" out &&
	test_grep "^! crashed:" out &&
	test_grep "^await-rollback: back on" out
'

test_expect_success 'logs that are elsewhere are not asked for' '
	sandbox_calls op=GetLogEvents >before &&
	taskdef crash:1 &&
	test_expect_code 1 deploy >out &&
	test_grep "^! crashed:" out &&
	sandbox_calls op=GetLogEvents >after &&
	test_cmp before after
'

test_expect_success 'one that never ran is not asked for, either' '
	behave "{\"match\": {\"image\": \"^nopull\"}, \"pull_error\": \"failed to resolve ref nopull:1: not found\"}" &&
	logged nopull:1 &&
	test_expect_code 1 deploy >out &&
	test_grep "^! image-missing:" out &&
	sandbox_calls op=GetLogEvents >after &&
	test_cmp before after &&
	sandbox_no_invalid_calls
'

test_done
