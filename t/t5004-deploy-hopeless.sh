#!/bin/sh

test_description='a deployment that can not become well any more ends, one that may goes on'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-deploy.sh
. "$TEST_DIRECTORY"/lib-native.sh

# The time would be over after 6000 looks.
patient () {
	depdef "${1:-.} | .stabilityCheck = {pollInterval: 0.1, timeout: 600}"
}

# service <strategy>: runs good:1
service () {
	case "$1" in
	rolling) fresh 4 && svcdef ;;
	task-sets) fresh 4 && svcdef ".deploymentController.type = \"EXTERNAL\"" ;;
	traffic) balanced . 4 ;;
	*) native "$1" && control -d "{\"speed\": 4}" "$SANDBOX_URL/_sandbox/clock" ;;
	esac &&
	balanced_image good:1 &&
	deploy >first || { cat first && return 1; }
}

# looks: how often the service and its deployment were looked at, since it was called
looks () {
	control "$SANDBOX_URL/_sandbox/calls?format=text" &&
	grep -c -E "ecs\.Describe(Services|ServiceDeployments) " .control
}

# gives_up <behaviour> <category> <pattern>: bad:1 does, in a hundredth of the time
gives_up () {
	behave "$1" && balanced_image bad:1 &&
	control -X DELETE "$SANDBOX_URL/_sandbox/calls" &&
	test_expect_code 1 deploy >out &&
	test_grep "^! $2: service .web. cannot become stable: $3" out &&
	test_grep "^hint: ..*" out &&
	looks >actual && test "$(cat actual)" -lt 60
}

missing="{\"match\": {\"image\": \"^bad\"}, \"pull_error\": \"failed to resolve ref docker.io/library/bad:1: not found\"}"
crash="{\"match\": {\"image\": \"^bad\"}, \"exit_after\": 0.02, \"exit_code\": 3}"
role="{\"match\": {\"image\": \"^bad\"},
	\"no_launch\": \"failed to launch a task with (error ECS was unable to assume the role 'arn:aws:iam::1:role/x' that was provided for this task.)\"}"

test_expect_success 'setup' '
	deploy_start
'

for strategy in rolling task-sets traffic BLUE_GREEN LINEAR CANARY
do
	test_expect_success "$strategy: an image that is not there, a role that can not be assumed, tasks that all exit" '
		service $strategy && patient &&
		gives_up "$missing" image-missing "[3-9] tasks failed to start in the same way, and none ever ran: .*not found" &&
		service $strategy && patient &&
		gives_up "$role" iam-role "[3-9] tasks failed to start in the same way, and none ever ran: .*unable to assume" &&
		service $strategy && patient &&
		gives_up "$crash" crashed "all [3-9] tasks that ran have exited: .*exit code 3"
	'
done

test_expect_success 'what lasts, in the words of AWS' '
	service task-sets && patient &&
	while IFS="	" read -r category words
	do
		behave "$(jq -n --arg words "$words" "{match: {image: \"^bad\"}, start_error: \$words}")" &&
		balanced_image bad:1 &&
		test_expect_code 1 deploy >out </dev/null &&
		test_grep "^! $category: .*cannot become stable: [3-9] tasks failed to start" out || return
	done <<-\EOF
	secrets-denied	ResourceInitializationError: unable to pull secrets or registry auth: AccessDeniedException: User is not authorized
	secret-missing	ResourceInitializationError: unable to pull secrets or registry auth: ResourceNotFoundException: Secrets Manager can'\''t find the specified secret.
	log-group	ResourceInitializationError: failed to validate logger args: ResourceNotFoundException: The specified log group does not exist.
	image-denied	CannotPullContainerError: pull access denied for bad, repository does not exist or may require authorization
	architecture	CannotPullContainerError: image Manifest does not match the specified platform linux/amd64
	runtime	CannotStartContainerError: runc create failed: exec: "serve": executable file not found in $PATH
	EOF
'

test_expect_success 'what passes is waited for: two at first have no image, then it is pushed' '
	service rolling && patient &&
	behave "{\"match\": {\"image\": \"^bad\"}, \"times\": 2, \"pull_error\": \"failed to resolve ref bad:1: not found\"}" &&
	balanced_image bad:1 &&
	deploy >out
'

test_expect_success 'and so are networks, capacity, limits of registries' '
	service task-sets && patient ".gmDeploymentCircuitBreaker = {failureThreshold: 12}" &&
	for words in "CannotPullContainerError: dial tcp 1.2.3.4:443: i/o timeout" \
		"CannotPullContainerError: toomanyrequests: You have reached your pull rate limit" \
		"ResourceInitializationError: unable to pull secrets or registry auth: connection issue. Check your task network configuration." \
		"Timeout waiting for network interface provisioning to complete." \
		"FluxCapacitorError: no plutonium"
	do
		behave "{\"match\": {\"image\": \"^bad\"}, \"times\": 9, \"start_error\": \"$words\"}" &&
		balanced_image bad:1 &&
		deploy >out || { cat out && return 1; }
	done
'

test_expect_success 'one task that runs is hope enough' '
	service task-sets && depdef ".stabilityCheck.timeout = 3" &&
	behave "$missing" "{\"match\": {\"image\": \"^bad\"}, \"times\": 1}" &&
	balanced_image bad:1 &&
	test_expect_code 1 deploy >out &&
	test_grep "^! image-missing: .*not stable after 3.0 s: 1 of 2 tasks running" out
'

test_expect_success 'one that crashes now and then is no loop' '
	service task-sets && svcdef ".deploymentController.type = \"EXTERNAL\" | .desiredCount = 6" && patient &&
	behave "{\"match\": {\"image\": \"^bad\"}, \"times\": 5, \"exit_after\": 0.02, \"exit_code\": 3}" \
		"{\"match\": {\"image\": \"^bad\"}, \"times\": 2}" &&
	balanced_image bad:1 &&
	deploy >out
'

test_expect_success 'crashes are counted as the settings say, where they do' '
	service task-sets && patient ".gmDeploymentCircuitBreaker = {failureThreshold: 9}" &&
	behave "$crash" && balanced_image bad:1 &&
	test_expect_code 1 deploy >out &&
	test_grep "^! crashed: 1[0-9] tasks failed, more than the 9 that" out
'

test_expect_success 'where the circuit breaker of ECS is on, that one decides, and goes back' '
	fresh 4 && svcdef ".desiredCount = 10 |
		.deploymentConfiguration.deploymentCircuitBreaker = {enable: true, rollback: true}" && patient &&
	taskdef good:1 && deploy >out && behave "$missing" && taskdef bad:1 &&
	test_expect_code 1 deploy >out &&
	test_grep "^! image-missing: ECS rolled service ${SQ}web${SQ} back to ${SQ}web:1${SQ}: .*not found" out &&
	test_grep "^await-rollback: back on ${SQ}web:1${SQ}" out
'

test_expect_success 'a deployment that does well costs no call more' '
	service task-sets && patient && balanced_image good:2 &&
	control -X DELETE "$SANDBOX_URL/_sandbox/calls" &&
	deploy >out &&
	sandbox_calls >actual && test_grep ! "ListTasks" actual
'

test_expect_success 'AWS was asked for nothing that it would not understand' '
	sandbox_no_invalid_calls
'

test_done
