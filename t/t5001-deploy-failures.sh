#!/bin/sh

test_description='failed deployments are explained, and go back where that is asked for'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-deploy.sh

# fails_with <category> <pattern of the message> [<option>...]
fails_with () {
	failure_category_=$1 failure_pattern_=$2 &&
	shift 2 &&
	test_expect_code 1 deploy "$@" >out &&
	test_grep "^! $failure_category_: .*$failure_pattern_" out &&
	test_grep "^hint: ..*" out
}

test_expect_success 'setup' '
	deploy_start &&
	depdef ".stabilityCheck.timeout = 3"
'

test_expect_success 'an image that is not there' '
	behave "{\"match\": {\"image\": \"^missing\"},
		 \"pull_error\": \"pull image manifest has been retried 1 time(s): failed to resolve ref docker.io/library/missing:1: not found\"}" &&
	taskdef missing:1 &&
	fails_with image-missing "cannot become stable: [3-9] tasks failed to start in the same way, and none ever ran: .*missing:1: not found" &&
	test_grep "left as it is: there is nothing to go back to" out
'

test_expect_success 'a container that exits' '
	deploy_reset &&
	deploy >out &&
	behave "{\"match\": {\"image\": \"^crash\"}, \"exit_after\": 0.02, \"exit_code\": 127}" &&
	taskdef crash:1 &&
	depdef ".stabilityCheck.timeout = 2" &&
	fails_with crashed "container ${SQ}app${SQ}, exit code 127 (the command was not found)" &&
	test_grep "left as it is: ECS keeps trying ${SQ}web:2${SQ}" out &&
	test_grep "^hint: .*gmDeploymentCircuitBreaker" out
'

test_expect_success 'with the breaker it goes back by itself' '
	depdef ".gmDeploymentCircuitBreaker = {}" &&
	taskdef crash:1 &&
	svcdef &&
	taskdef good:1 && deploy >out &&
	taskdef crash:2 &&
	svcdef ".propagateTags = \"SERVICE\"" &&
	fails_with crashed "more than the 5 that ${SQ}gmDeploymentCircuitBreaker${SQ} allows" &&
	test_grep "^rollback: going back to ${SQ}web:3${SQ}" out &&
	test_grep "^await-rollback: back on ${SQ}web:3${SQ}, 2 of 2 tasks running" out &&
	test_grep "^= PROCESSED_ERROR .*web:3$" out &&
	sandbox_services >actual &&
	test_grep "ACTIVE 2/2 web:3 COMPLETED" actual &&
	sandbox_ctl "calls?op=UpdateService" | jq -c ".[-1].params | [.propagateTags, .taskDefinition[-5:]]" >actual &&
	echo "[\"NONE\",\"web:3\"]" >expect &&
	test_cmp expect actual
'

test_expect_success 'unless it is not to' '
	svcdef &&
	depdef ".gmDeploymentCircuitBreaker = {failureThreshold: 1, rollback: false}" &&
	fails_with crashed "more than the 1 that" &&
	test_grep "left as it is: ECS keeps trying" out
'

test_expect_success 'a deployment that ECS rolled back' '
	deploy_reset &&
	svcdef ".deploymentConfiguration.deploymentCircuitBreaker = {enable: true, rollback: true}" &&
	deploy >out &&
	behave "{\"match\": {\"image\": \"^crash\"}, \"exit_after\": 0.02, \"exit_code\": 1}" &&
	taskdef crash:1 &&
	fails_with crashed "ECS rolled service ${SQ}web${SQ} back to ${SQ}web:1${SQ}: .*exit code 1 " &&
	test_grep "^await-rollback: back on ${SQ}web:1${SQ}" out &&
	sandbox_services >actual &&
	test_grep "ACTIVE 2/2 web:1 COMPLETED" actual
'

test_expect_success 'a deployment that ECS gave up on' '
	deploy_reset &&
	svcdef ".deploymentConfiguration.deploymentCircuitBreaker = {enable: true, rollback: false}" &&
	deploy >out &&
	behave "{\"match\": {\"image\": \"^crash\"}, \"exit_after\": 0.02, \"exit_code\": 137,
		 \"reason\": \"OutOfMemoryError: Container killed due to memory usage\"}" &&
	taskdef crash:1 &&
	fails_with oom "ECS gave up on service ${SQ}web${SQ}"
'

test_expect_success 'no capacity, told as soon as ECS says so' '
	deploy_reset &&
	sandbox_ctl capacity "{\"FARGATE\": 1}" &&
	depdef ".stabilityCheck.timeout = 2" &&
	fails_with capacity "1 of 2 tasks running: was unable to place a task.*Capacity is unavailable" &&
	test_grep "^stabilize: ECS: was unable to place a task" out
'

test_expect_success 'no addresses' '
	deploy_reset &&
	sandbox_ctl addresses "{\"subnet-1\": 0}" &&
	depdef ".stabilityCheck.timeout = 2" &&
	fails_with subnet-full "subnet-1"
'

test_expect_success 'unhealthy tasks' '
	deploy_reset &&
	depdef ".stabilityCheck.timeout = 2" &&
	behave "{\"health\": \"unhealthy\"}" &&
	fails_with health-container "failed container health checks"
'

test_expect_success 'words nobody knows are shown as they are' '
	deploy_reset &&
	depdef ".stabilityCheck.timeout = 2" &&
	behave "{\"start_error\": \"FluxCapacitorError: no plutonium\"}" &&
	fails_with timeout "FluxCapacitorError: no plutonium"
'

test_expect_success 'only a timeout, when nothing else is known' '
	deploy_reset &&
	depdef ".stabilityCheck.timeout = 1" &&
	behave "{\"never_running\": true}" &&
	fails_with timeout "service ${SQ}web${SQ} is not stable after 1.0 s: 0 of 2 tasks running"
'

test_expect_success 'the timeout grows with the tasks' '
	deploy_reset &&
	depdef ".stabilityCheck += {timeout: 0.5, timeoutPerTask: 0.75}" &&
	behave "{\"never_running\": true}" &&
	fails_with timeout "is not stable after 1.5 s"
'

test_expect_success 'a service that is deleted meanwhile' '
	deploy_reset &&
	behave "{\"never_running\": true}" &&
	{ deploy >out & deploying=$!; } &&
	sandbox_wait "{\"service\": {\"name\": \"web\", \"status\": \"ACTIVE\", \"pending\": 2}}" &&
	deploy --delete >deleted &&
	test_expect_code 1 wait $deploying &&
	test_grep "^! service-deleted: service ${SQ}web${SQ} was deleted while it was deployed" out
'

test_expect_success 'a service that someone else deploys meanwhile' '
	deploy_reset &&
	behave "{\"never_running\": true, \"match\": {\"image\": \"slow\"}}" &&
	taskdef slow:1 &&
	{ deploy >out & deploying=$!; } &&
	sandbox_wait "{\"service\": {\"name\": \"web\", \"pending\": 2}}" &&
	taskdef good:1 &&
	deploy >other &&
	test_expect_code 1 wait $deploying &&
	test_grep "^! superseded: service ${SQ}web${SQ} was deployed by someone else meanwhile: ${SQ}web:2${SQ}" out
'

test_expect_success 'a cluster that is not there' '
	deploy_reset &&
	svcdef ".cluster = \"nope\"" &&
	fails_with cluster-missing "cannot describe the service: ClusterNotFoundException" &&
	test_grep "^hint: create the cluster" out
'

test_expect_success 'credentials of another account change nothing' '
	deploy_reset &&
	calls_since count >/dev/null &&
	depdef ".environment.account = \"222222222222\"" &&
	fails_with wrong-account "of account ${SQ}123456789012${SQ}, but ${SQ}environment.account${SQ} says ${SQ}222222222222${SQ}" &&
	calls_since count >actual &&
	echo "sts.GetCallerIdentity 200" >expect &&
	test_cmp expect actual
'

test_expect_success 'a role in that account helps' '
	sandbox_ctl roles "{\"arn:aws:iam::222222222222:role/deployer\": {\"trust\": [\"arn:aws:iam::123456789012:*\"]}}" >/dev/null &&
	sandbox_ctl seed "{\"clusters\": [\"demo\"], \"account\": \"222222222222\"}" >/dev/null &&
	depdef ".environment = {account: \"222222222222\", roleArn: \"arn:aws:iam::222222222222:role/deployer\"}" &&
	deploy >out &&
	test_grep "^= PROCESSED_SUCCESS arn:aws:ecs:us-east-1:222222222222:" out
'

test_expect_success 'a role that may not be assumed' '
	deploy_reset &&
	depdef ".environment.roleArn = \"arn:aws:iam::123456789012:role/nope\"" &&
	fails_with iam-denied "not authorized to perform: sts:AssumeRole" &&
	test_grep "^hint: allow ${SQ}sts:AssumeRole${SQ} on ${SQ}arn:aws:iam::123456789012:role/nope${SQ}" out
'

test_expect_success 'a permission that is missing is named' '
	deploy_reset &&
	sandbox_ctl keys "{\"AKIDLIMITED\": {\"secret\": \"s\", \"user\": \"ci\", \"allow\": [\"*\"], \"deny\": [\"ecs:RegisterTaskDefinition\"]}}" >/dev/null &&
	test_expect_code 1 env AWS_ACCESS_KEY_ID=AKIDLIMITED AWS_SECRET_ACCESS_KEY=s \
		test-tool deploy --svcdef=svc.json --taskdef=td.json --depdef=dep.json >out &&
	test_grep "^! iam-denied: cannot register the task definition: AccessDeniedException" out &&
	test_grep "^hint: allow ${SQ}ecs:RegisterTaskDefinition${SQ}" out
'

test_expect_success 'credentials that AWS does not know' '
	test_expect_code 1 env AWS_ACCESS_KEY_ID=AKIDNOBODY \
		test-tool deploy --svcdef=svc.json --taskdef=td.json --depdef=dep.json >out &&
	test_grep "^! credentials: " out
'

test_expect_success 'no credentials at all' '
	(
		unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY &&
		fails_with credentials "no AWS credentials found"
	)
'

test_expect_success 'an AWS that is not there' '
	test_expect_code 1 env AWS_ENDPOINT_URL=http://127.0.0.1:1 \
		test-tool deploy --svcdef=svc.json --taskdef=td.json --depdef=dep.json >out &&
	test_grep "^! unreachable: cannot find out whose credentials these are: " out
'

test_expect_success 'no region' '
	(
		unset AWS_REGION &&
		fails_with region "no AWS region is set"
	)
'

test_expect_success 'a definition that AWS does not take' '
	taskdef good:1 ".memory = \"3\"" &&
	fails_with definition "No Fargate configuration exists" &&
	taskdef good:1
'

test_expect_success 'what cannot be changed is said before a revision is registered' '
	deploy_reset &&
	deploy >out &&
	calls_since count >/dev/null &&
	svcdef ".launchType = \"EC2\"" &&
	fails_with immutable "${SQ}launchType${SQ} of the running service cannot be changed from FARGATE to EC2" &&
	calls_since count >actual &&
	test_grep ! RegisterTaskDefinition actual
'

test_expect_success 'what this version cannot do is refused before AWS is asked for anything' '
	svcdef ".deploymentController.type = \"CODE_DEPLOY\"" &&
	fails_with unsupported CODE_DEPLOY &&
	svcdef ".deploymentConfiguration.strategy = \"blue-green\"" &&
	fails_with unsupported blue-green &&
	svcdef &&
	depdef ".approval = {\"before\": \"shift\"}" &&
	fails_with unsupported approval &&
	depdef ".stabilityCheck.timeout = \"long\"" &&
	fails_with settings "${SQ}stabilityCheck.timeout${SQ}" &&
	depdef &&
	calls_since count >actual &&
	test_must_be_empty actual
'

test_expect_success 'AWS was asked for nothing that it would not understand' '
	sandbox_no_invalid_calls
'

test_done
