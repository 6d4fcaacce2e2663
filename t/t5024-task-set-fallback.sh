#!/bin/sh

test_description='tasks that the capacity strategy cannot place go to the fallback'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-deploy.sh

# What is wanted from Spot, and what is there.
spot () {
	deploy_reset &&
	sandbox_ctl capacity "{\"FARGATE_SPOT\": $2}" >/dev/null &&
	svcdef "del(.launchType) | .deploymentController.type = \"EXTERNAL\" | .desiredCount = $1 |
		.capacityProviderStrategy = [{capacityProvider: \"FARGATE_SPOT\", weight: 1}]" &&
	depdef ".stabilityCheck.timeout = 2 |
		.fallbackCapacityProviderStrategy = [{capacityProvider: \"FARGATE\", weight: 1}]"
}

# providers: of the tasks that run
providers () {
	task_sets >.ignored &&
	jq -r ".[].taskSets[] | .capacityProviderStrategy[0].capacityProvider + \" \" +
		(.runningCount | tostring) + \" \" + (.scale.value | tostring)" .control | sort
}

test_expect_success 'the rest is created with the fallback, both on one service' '
	deploy_start &&
	spot 25 10 &&
	deploy >out &&
	test_grep "^stabilize: 10 of 25 tasks could be placed in time; the rest goes to" out &&
	test_grep "^place-rest: task set ${SQ}ecs-svc/[0-9]*${SQ} created with ${SQ}web:1${SQ}, 15 tasks wanted" out &&
	test_grep "^stabilize-rest: stable: ${SQ}web:1${SQ}" out &&
	providers >actual &&
	cat >expect <<-\EOF &&
	FARGATE 15 60
	FARGATE_SPOT 10 40
	EOF
	test_cmp expect actual &&
	sandbox_services >actual &&
	test_grep "ACTIVE 25/25 web:1" actual
'

test_expect_success 'thirds are rounded so that neither is one too many' '
	spot 3 1 &&
	deploy >out &&
	providers >actual &&
	cat >expect <<-\EOF &&
	FARGATE 2 66.6666
	FARGATE_SPOT 1 33.3333
	EOF
	test_cmp expect actual
'

test_expect_success 'where there is no room at all, all go there' '
	spot 2 0 &&
	deploy >out &&
	providers >actual &&
	cat >expect <<-\EOF &&
	FARGATE 2 100
	FARGATE_SPOT 0 0
	EOF
	test_cmp expect actual
'

test_expect_success 'the next deployment replaces both' '
	sandbox_ctl capacity "{\"FARGATE_SPOT\": null}" >/dev/null &&
	deploy >out &&
	providers >actual &&
	echo "FARGATE_SPOT 2 100" >expect &&
	test_cmp expect actual
'

test_expect_success 'with room enough nothing is created twice' '
	spot 2 2 &&
	deploy >out &&
	test_grep ! "^place-rest" out &&
	task_sets >actual &&
	echo "PRIMARY 100% 2/2 web:1" >expect &&
	test_cmp expect actual
'

test_expect_success 'tasks that crash are not tried elsewhere' '
	spot 2 2 &&
	behave "{\"match\": {\"image\": \"^crash\"}, \"exit_after\": 0.02, \"exit_code\": 1}" &&
	taskdef crash:1 &&
	test_expect_code 1 deploy >out &&
	test_grep "^! crashed: " out &&
	test_grep ! "^place-rest" out
'

test_expect_success 'without a fallback it is a failure that names the capacity' '
	spot 3 1 &&
	depdef ".stabilityCheck.timeout = 2" &&
	test_expect_code 1 deploy >out &&
	test_grep "^! capacity: .*1 of 3 tasks running" out &&
	task_sets >actual &&
	test_must_be_empty actual
'

test_expect_success 'if there is no room for the rest either, both go' '
	spot 3 1 &&
	sandbox_ctl capacity "{\"FARGATE\": 1}" >/dev/null &&
	test_expect_code 1 deploy >out &&
	test_grep "^! capacity: .*2 of 3 tasks running" out &&
	task_sets >actual &&
	test_must_be_empty actual
'

test_expect_success 'a worker may die at any point of it' '
	DEPLOY_ONCE="RegisterTaskDefinition|CreateService|CreateTaskSet" &&
	nothing () {
		fresh && cp start/* . && control -d "{\"FARGATE_SPOT\": 1}" "$SANDBOX_URL/_sandbox/capacity"
	} &&
	spot 3 1 &&
	depdef ".stabilityCheck = {pollInterval: 0.25, timeout: 0.75} |
		.fallbackCapacityProviderStrategy = [{capacityProvider: \"FARGATE\", weight: 1}]" &&
	mkdir start && cp svc.json td.json dep.json start/ &&
	sweep nothing >points && cat points &&
	cat >expect <<-\EOF &&
	ACTIVE 66.6666% 2/2 web:1
	PRIMARY 33.3333% 1/1 web:1
	EOF
	head -n 2 actual.state >actual &&
	test_cmp expect actual
'

test_expect_success 'AWS was asked for nothing that it would not understand' '
	sandbox_no_invalid_calls
'

test_done
