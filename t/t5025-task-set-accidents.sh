#!/bin/sh

test_description='task sets: throttling, failing and broken connections, and others who interfere'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-deploy.sh

# shellcheck disable=SC2120
external () {
	svcdef ".deploymentController.type = \"EXTERNAL\" | ${1:-.}"
}

# one_set: a service with a task set
one_set () {
	deploy_reset &&
	external &&
	deploy >out
}

# aws_ecs <python>: as somebody else
aws_ecs () {
	"$GITOPS_SANDBOX_PYTHON" -c "
import boto3
ecs = boto3.client('ecs', 'us-east-1')
service = {'cluster': 'demo', 'service': 'web'}
sets = lambda: ecs.describe_task_sets(**service)['taskSets']
$1"
}

test_expect_success 'setup' '
	deploy_start
'

for how in throttle internal unavailable reset close reset-after close-after truncate
do
	test_expect_success "$how at each call of a creation" '
		deploy_reset &&
		external &&
		for op in CreateService CreateTaskSet UpdateServicePrimaryTaskSet
		do
			fault "{\"match\": {\"op\": \"$op\"}, \"times\": 1, \"action\": {\"type\": \"$how\"}}" || return
		done &&
		deploy >out &&
		task_sets >actual &&
		echo "PRIMARY 100% 2/2 web:1" >expect &&
		test_cmp expect actual
	'

	test_expect_success "$how at each call of an update" '
		external ".desiredCount = 3" &&
		for op in UpdateService CreateTaskSet UpdateServicePrimaryTaskSet DeleteTaskSet
		do
			fault "{\"match\": {\"op\": \"$op\"}, \"times\": 1, \"action\": {\"type\": \"$how\"}}" || return
		done &&
		deploy >out &&
		task_sets >actual &&
		echo "PRIMARY 100% 3/3 web:2" >expect &&
		test_cmp expect actual
	'
done

test_expect_success 'five task sets are as many as there may be: what is in the way is waited for' '
	one_set &&
	aws_ecs "
for n in range(4):
    ecs.create_task_set(**service, taskDefinition=\"web:1\", externalId=f\"theirs-{n}\", launchType=\"FARGATE\",
        scale={\"value\": 0, \"unit\": \"PERCENT\"},
        networkConfiguration={\"awsvpcConfiguration\": {\"subnets\": [\"subnet-1\"]}})" &&
	{ deploy >out & deploying=$!; } &&
	sandbox_wait "{\"calls\": {\"op\": \"CreateTaskSet\", \"count\": 6}}" >/dev/null &&
	aws_ecs "
ecs.delete_task_set(**service, force=True, taskSet=[s for s in sets() if s[\"externalId\"] == \"theirs-0\"][0][\"id\"])" &&
	wait $deploying &&
	test_grep "^create-task-set: AWS is not ready for it, trying again: 5 deployments exist" out &&
	task_sets >actual &&
	test_grep "^PRIMARY 100% 2/2 web:2" actual
'

test_expect_success 'and what does not go is a failure that says so' '
	depdef ".stabilityCheck.timeout = 1" &&
	aws_ecs "
ecs.create_task_set(**service, taskDefinition=\"web:1\", externalId=\"theirs-5\", launchType=\"FARGATE\",
    scale={\"value\": 0, \"unit\": \"PERCENT\"},
    networkConfiguration={\"awsvpcConfiguration\": {\"subnets\": [\"subnet-1\"]}})" &&
	test_expect_code 1 deploy >out &&
	test_grep "^! .*cannot create the task set: .*5 deployments exist" out &&
	task_sets >actual &&
	test_grep "^PRIMARY 100% 2/2 web:2" actual
'

test_expect_success 'a task set that someone deletes meanwhile' '
	one_set &&
	depdef &&
	behave "{\"match\": {\"image\": \"^slow\"}, \"never_running\": true}" &&
	taskdef slow:1 &&
	{ deploy >out & deploying=$!; } &&
	sandbox_wait "{\"service\": {\"name\": \"web\", \"pending\": 2}}" >/dev/null &&
	aws_ecs "
ecs.delete_task_set(**service, force=True, taskSet=[s for s in sets() if s[\"status\"] == \"ACTIVE\"][0][\"id\"])" &&
	test_expect_code 1 wait $deploying &&
	test_grep "^! superseded: task set .* was deleted by someone else meanwhile" out &&
	task_sets >actual &&
	echo "PRIMARY 100% 2/2 web:1" >expect &&
	test_cmp expect actual
'

test_expect_success 'a service that someone deletes meanwhile' '
	{ deploy >out & deploying=$!; } &&
	sandbox_wait "{\"service\": {\"name\": \"web\", \"pending\": 2}}" >/dev/null &&
	aws_ecs "ecs.delete_service(**service, force=True)" &&
	test_expect_code 1 wait $deploying &&
	test_grep "^! service-deleted: " out
'

test_expect_success 'a service that someone else deploys meanwhile' '
	one_set &&
	taskdef slow:1 &&
	behave "{\"match\": {\"image\": \"^slow\"}, \"never_running\": true}" &&
	{ deploy >out & deploying=$!; } &&
	sandbox_wait "{\"service\": {\"name\": \"web\", \"pending\": 2}}" >/dev/null &&
	aws_ecs "
theirs = ecs.create_task_set(**service, taskDefinition=\"web:1\", externalId=\"theirs\", launchType=\"FARGATE\",
    scale={\"value\": 100, \"unit\": \"PERCENT\"},
    networkConfiguration={\"awsvpcConfiguration\": {\"subnets\": [\"subnet-1\"]}})
ecs.update_service_primary_task_set(**service, primaryTaskSet=theirs[\"taskSet\"][\"id\"])" &&
	test_expect_code 1 wait $deploying &&
	test_grep "^! superseded: service ${SQ}web${SQ} was deployed by someone else meanwhile: ${SQ}web:1${SQ}" out &&
	sandbox_wait "{\"service\": {\"name\": \"web\", \"pending\": 0}}" >/dev/null &&
	task_sets >actual &&
	test_grep ! "web:2" actual
'

# fails_with <category> <pattern of the message>
fails_with () {
	test_expect_code 1 deploy >out &&
	test_grep "^! $1: .*$2" out &&
	test_grep "^hint: ..*" out &&
	test_grep "^delete-new: what ran before still does: ${SQ}web:1${SQ}" out &&
	task_sets >actual &&
	echo "PRIMARY 100% 2/2 web:1" >expect &&
	test_cmp expect actual
}

test_expect_success 'an image that is not there' '
	one_set &&
	depdef ".stabilityCheck.timeout = 2" &&
	behave "{\"match\": {\"image\": \"^missing\"},
		 \"pull_error\": \"pull image manifest has been retried 1 time(s): failed to resolve ref docker.io/library/missing:1: not found\"}" &&
	taskdef missing:1 &&
	fails_with image-missing "cannot become stable: [3-9] tasks failed to start in the same way, and none ever ran: .*missing:1: not found"
'

test_expect_success 'a role that cannot be assumed' '
	behave "{\"match\": {\"image\": \"^role\"},
		 \"no_launch\": \"failed to launch a task with (error ECS was unable to assume the role ${SQ}arn:aws:iam::1:role/x${SQ} that was provided for this task.)\"}" &&
	taskdef role:1 &&
	fails_with iam-role "unable to assume the role"
'

test_expect_success 'no capacity' '
	sandbox_ctl capacity "{\"FARGATE\": 3}" >/dev/null &&
	taskdef good:1 &&
	fails_with capacity "1 of 2 tasks running: was unable to place a task" &&
	sandbox_ctl capacity "{\"FARGATE\": null}" >/dev/null
'

test_expect_success 'no addresses' '
	sandbox_ctl addresses "{\"subnet-1\": 3}" >/dev/null &&
	fails_with subnet-full "subnet-1" &&
	sandbox_ctl addresses "{\"subnet-1\": null}" >/dev/null
'

test_expect_success 'the third task crashes, and the breaker ends it early' '
	depdef ".gmDeploymentCircuitBreaker = {failureThresholdPercent: 34}" &&
	external ".desiredCount = 3" &&
	behave "{\"match\": {\"image\": \"^third\"}, \"exit_after\": 0.02, \"exit_code\": 1}" &&
	behave "{\"match\": {\"image\": \"^third\"}, \"times\": 2}" &&
	taskdef third:1 &&
	fails_with crashed "3 tasks failed, more than the 2 that"
'

test_expect_success 'hundreds of failed tasks are counted, too' '
	one_set &&
	depdef ".gmDeploymentCircuitBreaker = {failureThreshold: 210}" &&
	external ".desiredCount = 240" &&
	behave "{\"match\": {\"image\": \"^crash\"}, \"exit_after\": 0.02, \"exit_code\": 1}" &&
	taskdef crash:1 &&
	fails_with crashed "tasks failed, more than the 210 that" &&
	sandbox_ctl "calls?op=ListTasks" | jq "[.[].params.nextToken | values] | length" >actual &&
	test "$(cat actual)" -ge 2
'

test_expect_success 'AWS was asked for nothing that it would not understand' '
	sandbox_no_invalid_calls
'

test_done
