#!/bin/sh

test_description='gmDeploymentCircuitBreaker counts what the new revision is to blame for, nothing else'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-deploy.sh
. "$TEST_DIRECTORY"/lib-native.sh

# one [<filter>]: the old revision runs, with task sets, on Spot; the first failure more than 1 ends it
# shellcheck disable=SC2120
one () {
	fresh 4 &&
	svcdef "del(.launchType) | .deploymentController.type = \"EXTERNAL\" |
		.capacityProviderStrategy = [{capacityProvider: \"FARGATE_SPOT\"}] | ${1:-.}" &&
	depdef ".gmDeploymentCircuitBreaker = {failureThreshold: 1} | .stabilityCheck.timeout = 120" &&
	taskdef old:1 && { deploy >first || { cat first && return 1; }; }
}

# running_new <count>: so many tasks of the new revision run; their ARNs in .tasks
running_new () {
	ecs ListTasks "{\"cluster\": \"demo\", \"family\": \"web\"}" &&
	ecs DescribeTasks "{\"cluster\": \"demo\", \"tasks\": $(jq -c .taskArns .answer)}" &&
	jq -r ".tasks[] | select(.lastStatus == \"RUNNING\" and (.taskDefinitionArn | endswith(\":2\"))) | .taskArn" .answer >.tasks &&
	test_line_count = "$1" .tasks
}

# another_runs: one of the new revision, and not the one that was stopped
another_runs () {
	running_new 1 >count.err && ! test_cmp stopped .tasks >count.err
}

# ends_well: the other one, too, has its image now, and whichever comes after it
ends_well () {
	behave "{\"match\": {\"image\": \"^new\"}}" &&
	control -d "{\"advance\": 500}" "$SANDBOX_URL/_sandbox/clock" &&
	finish 0
}

# begun: one task of the new revision runs, the other one takes its time
begun () {
	behave "{\"match\": {\"image\": \"^new\"}, \"pull\": 400}" "{\"match\": {\"image\": \"^new\"}, \"times\": 1}" &&
	taskdef new:1 &&
	meanwhile "1 of 2 tasks running" && running_new 1
}

test_expect_success 'setup' '
	deploy_start
'

test_expect_success 'tasks of the old revision that crash meanwhile do not count' '
	one &&
	begun &&
	behave "{\"match\": {\"image\": \"^old\"}, \"exit_after\": 0.1, \"exit_code\": 1}" &&
	ecs ListTasks "{\"cluster\": \"demo\", \"family\": \"web\"}" &&
	ecs DescribeTasks "{\"cluster\": \"demo\", \"tasks\": $(jq -c .taskArns .answer)}" &&
	for arn in $(jq -r ".tasks[] | select(.taskDefinitionArn | endswith(\":1\")) | .taskArn" .answer)
	do
		ecs StopTask "{\"cluster\": \"demo\", \"task\": \"$arn\"}" || return
	done &&
	sandbox_wait "{\"task\": {\"family\": \"web\", \"status\": \"STOPPED\", \"count\": 5}}" >/dev/null &&
	ends_well &&
	test_grep ! "a task failed" out
'

test_expect_success 'nor those that Spot takes back' '
	one && begun &&
	control -d "{\"provider\": \"FARGATE_SPOT\", \"count\": 9}" "$SANDBOX_URL/_sandbox/interrupt" &&
	ends_well &&
	test_grep ! "tasks failed" out
'

test_expect_success 'nor those that somebody stops' '
	one && begun &&
	behave "{\"match\": {\"image\": \"^new\"}, \"times\": 1}" &&
	ecs StopTask "{\"cluster\": \"demo\", \"task\": \"$(cat .tasks)\"}" &&
	cp .tasks stopped &&
	wait_for another_runs &&
	ecs StopTask "{\"cluster\": \"demo\", \"task\": \"$(cat .tasks)\"}" &&
	ends_well &&
	test_grep ! "a task failed" out
'

test_expect_success 'nor those that are too many, when somebody scales in' '
	one "del(.desiredCount) + {desiredCount: 4}" &&
	svcdef "del(.launchType, .desiredCount) | .deploymentController.type = \"EXTERNAL\" |
		.capacityProviderStrategy = [{capacityProvider: \"FARGATE_SPOT\"}]" &&
	behave "{\"match\": {\"image\": \"^new\"}, \"pull\": 400}" "{\"match\": {\"image\": \"^new\"}, \"times\": 3}" &&
	taskdef new:1 &&
	meanwhile "3 of 4 tasks running" &&
	ecs UpdateService "{\"cluster\": \"demo\", \"service\": \"web\", \"desiredCount\": 1}" &&
	finish 0 &&
	test_grep ! "a task failed" out
'

test_expect_success 'one that ran well for a while and then crashes does' '
	one &&
	behave "{\"match\": {\"image\": \"^new\"}, \"pull\": 60}" \
		"{\"match\": {\"image\": \"^new\"}, \"times\": 3, \"exit_after\": 1, \"exit_code\": 5}" \
		"{\"match\": {\"image\": \"^new\"}, \"skip\": 1, \"times\": 1, \"pull\": 60}" &&
	taskdef new:1 &&
	test_expect_code 1 deploy >out &&
	test_grep "^! crashed: [2-3] tasks failed, more than the 1 that .gmDeploymentCircuitBreaker. allows: .*exit code 5" out
'

# What is exceeded fails, what is reached does not: of 8 tasks 25 percent are 2.
test_expect_success 'as many as are allowed are allowed, one more is too many' '
	one ".desiredCount = 8" &&
	depdef ".gmDeploymentCircuitBreaker = {failureThreshold: 100, failureThresholdPercent: 25}" &&
	behave "{\"match\": {\"image\": \"^new\"}, \"times\": 2, \"exit_after\": 0.02}" &&
	taskdef new:1 && deploy >out &&
	behave "{\"match\": {\"image\": \"^bad\"}, \"times\": 3, \"exit_after\": 0.02}" &&
	taskdef bad:1 && test_expect_code 1 deploy >out &&
	test_grep "^! crashed: 3 tasks failed, more than the 2 that" out
'

test_expect_success 'AWS was asked for nothing that it would not understand' '
	sandbox_no_invalid_calls
'

test_done
