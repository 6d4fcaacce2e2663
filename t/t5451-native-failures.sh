#!/bin/sh

test_description='ECS'"'"'s own strategies: what goes wrong is told with its cause, and what ran before runs on'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-deploy.sh
. "$TEST_DIRECTORY"/lib-native.sh

BREAKER=".deploymentConfiguration.deploymentCircuitBreaker = {enable: true, rollback: true}"
NO_BREAKER=".deploymentConfiguration.deploymentCircuitBreaker = {enable: false, rollback: false}"
ALARMS=".deploymentConfiguration.alarms = {alarmNames: [\"errors\"], enable: true, rollback: true}"

# runs <revision>: what it was before, with all traffic on "blue", as if nothing had been
runs () {
	sandbox_services >actual &&
	echo "us-east-1 demo/web ACTIVE 2/2 $1 COMPLETED" >expect && test_cmp expect actual &&
	weights | tail -n 1 >actual && echo "blue=100 green=0" >expect && test_cmp expect actual &&
	undisturbed_rule
}

# went_to <weights>: the rule had them meanwhile
went_to () {
	weights >.weights && grep -q -x "$1" .weights || { cat .weights && return 1; }
}

# one_side <strategy> [<filter>]: a service with good:1; what is next crashes, or never runs
one_side () {
	native "$@" &&
	deploy >first || { cat first && return 1; }
	behave "{\"match\": {\"image\": \"^crash\"}, \"exit_after\": 0.02, \"exit_code\": 3}" \
		"{\"match\": {\"image\": \"^slow\"}, \"never_running\": true}"
}

# alarm_at <percent>: it goes off when the new side has that much of the traffic
alarm_at () {
	control -d "{\"name\": \"errors\", \"state\": \"ALARM\", \"in\": 0.05, \"reason\": \"5xx\",
		\"when\": {\"rule\": \"lb:80/default\", \"group\": \"green\", \"percent\": $1}}" "$SANDBOX_URL/_sandbox/alarms"
}

test_expect_success 'setup' '
	deploy_start
'

for strategy in BLUE_GREEN LINEAR CANARY
do
	test_expect_success "$strategy: what crashes on start gets no traffic, ECS's breaker rolls back" '
		one_side $strategy "$BREAKER" &&
		balanced_image crash:1 && rm -f journal &&
		test_expect_code 1 deploy --journal=journal >out &&
		test_grep "^! crashed: ECS rolled service ${SQ}web${SQ} back to ${SQ}web:1${SQ}: .*exit code 3" out &&
		test_grep "^rollback: back on ${SQ}web:1${SQ}" out &&
		test "$(field failure.step journal)" = follow &&
		test "$(field revision journal | sed "s,.*/,,")" = web:1 &&
		runs web:1
	'

	test_expect_success "$strategy: an alarm while tasks start" '
		one_side $strategy "$ALARMS" &&
		balanced_image slow:1 && meanwhile "SCALE_UP" &&
		control -d "{\"name\": \"errors\", \"state\": \"ALARM\"}" "$SANDBOX_URL/_sandbox/alarms" &&
		finish 1 &&
		test_grep "^! alarm: ECS rolled service ${SQ}web${SQ} back to ${SQ}web:1${SQ}: alarm ${SQ}errors${SQ} is in ALARM" out &&
		runs web:1
	'

	test_expect_success "$strategy: an alarm while both run" '
		one_side $strategy "$ALARMS | .deploymentConfiguration.bakeTimeInMinutes = 20" &&
		balanced_image good:2 && alarm_at 100 &&
		fails_with alarm "back to ${SQ}web:1${SQ}: alarm ${SQ}errors${SQ}" &&
		went_to "blue=0 green=100" &&
		runs web:1
	'

	test_expect_success "$strategy: a hook that fails" '
		one_side $strategy &&
		control -d "{\"function\": \"check\", \"stage\": \"POST_SCALE_UP\", \"result\": \"FAILED\"}" \
			"$SANDBOX_URL/_sandbox/hooks" &&
		native_svcdef $strategy "$(hook "\"POST_SCALE_UP\"")" && balanced_image good:2 &&
		fails_with hook "back to ${SQ}web:1${SQ}: .*lifecycle hook .* failed" &&
		runs web:1
	'
done

test_expect_success 'an alarm after the first step: nobody got more of it' '
	for at in "CANARY 10" "LINEAR 50"
	do
		one_side ${at% *} "$ALARMS |
			if .deploymentConfiguration.strategy == \"CANARY\" then .deploymentConfiguration.canaryConfiguration.canaryBakeTimeInMinutes = 20
			else .deploymentConfiguration.linearConfiguration.stepBakeTimeInMinutes = 20 end" &&
		balanced_image good:2 && alarm_at ${at#* } &&
		fails_with alarm "alarm ${SQ}errors${SQ}" &&
		went_to "blue=$((100 - ${at#* })) green=${at#* }" && ! went_to "blue=0 green=100" >/dev/null &&
		runs web:1 || return
	done
'

test_expect_success 'a hook that fails when the traffic is there already' '
	one_side BLUE_GREEN &&
	control -d "{\"stage\": \"POST_PRODUCTION_TRAFFIC_SHIFT\", \"result\": \"FAILED\", \"after\": 0.3}" \
		"$SANDBOX_URL/_sandbox/hooks" &&
	native_svcdef BLUE_GREEN "$(hook "\"POST_PRODUCTION_TRAFFIC_SHIFT\"")" && balanced_image good:2 &&
	fails_with hook "lifecycle hook" &&
	went_to "blue=0 green=100" && runs web:1
'

test_expect_success 'a function that never ends times out' '
	one_side BLUE_GREEN &&
	control -d "{\"result\": \"IN_PROGRESS\"}" "$SANDBOX_URL/_sandbox/hooks" &&
	native_svcdef BLUE_GREEN "$(hook "\"PRE_SCALE_UP\"" "{timeoutConfiguration: {timeoutInMinutes: 1}}")" &&
	balanced_image good:2 &&
	fails_with hook "timed out" && runs web:1
'

test_expect_success 'a pause that nobody ends goes back, or on, as it says' '
	one_side BLUE_GREEN &&
	native_svcdef BLUE_GREEN "$(pause "\"POST_SCALE_UP\"" "{timeoutConfiguration: {timeoutInMinutes: 1}}")" &&
	balanced_image good:2 &&
	fails_with hook "back to ${SQ}web:1${SQ}" &&
	test_grep "^follow: POST_SCALE_UP: paused; .git gitops approve [0-9A-Z]*. lets it go on, .*; by itself it goes back at 20" out &&
	runs web:1 &&
	native_svcdef BLUE_GREEN "$(pause "\"POST_SCALE_UP\"" "{timeoutConfiguration: {timeoutInMinutes: 1, action: \"CONTINUE\"}}")" &&
	balanced_image good:3 && rm -f journal &&
	deploy --journal=journal >out &&
	test_grep "^follow: POST_SCALE_UP: paused; .*by itself it goes on at 20" out &&
	test "$(field waiting journal)" = null
'

test_expect_success 'the breaker has the threshold that the definition gives it' '
	one_side BLUE_GREEN ".deploymentConfiguration.deploymentCircuitBreaker = {enable: true, rollback: true,
		thresholdConfiguration: {type: \"COUNT\", value: 5}}" &&
	balanced_image crash:1 &&
	fails_with crashed "circuit breaker allows fewer than 5" && runs web:1
'

test_expect_success 'without rollback ECS leaves it, and so do we' '
	one_side BLUE_GREEN ".deploymentConfiguration.deploymentCircuitBreaker = {enable: true, rollback: false}" &&
	balanced_image crash:1 &&
	fails_with crashed "ECS stopped the deployment of service ${SQ}web${SQ}" &&
	test_grep "^rollback: service ${SQ}web${SQ} is left as it is: ECS was not to go back" out &&
	weights | tail -n 1 >actual && echo "blue=100 green=0" >expect && test_cmp expect actual &&
	undisturbed_rule
'

test_expect_success 'our own breaker tells ECS to go back' '
	one_side CANARY "$NO_BREAKER" && depdef ".gmDeploymentCircuitBreaker = {failureThreshold: 2}" &&
	balanced_image crash:1 && rm -f journal &&
	test_expect_code 1 deploy --journal=journal >out &&
	test_grep "^! crashed: .*more than the 2 that .gmDeploymentCircuitBreaker. allows" out &&
	test_grep "^rollback: going back to ${SQ}web:1${SQ}" out &&
	test_grep "^await-rollback: back on ${SQ}web:1${SQ}" out &&
	test "$(field ids.over journal)" = ROLLBACK_SUCCESSFUL &&
	runs web:1
'

test_expect_success 'it counts while they bake, too' '
	one_side BLUE_GREEN ".deploymentConfiguration.bakeTimeInMinutes = 30" &&
	depdef ".gmDeploymentCircuitBreaker = {failureThreshold: 2}" &&
	behave "{\"match\": {\"image\": \"^late\"}, \"exit_after\": 1, \"exit_code\": 4}" &&
	balanced_image late:1 &&
	fails_with crashed "exit code 4" && went_to "blue=0 green=100" &&
	weights | tail -n 1 >actual && echo "blue=100 green=0" >expect && test_cmp expect actual &&
	sandbox_services >actual && test_grep "ACTIVE 2/2 web:1 COMPLETED" actual
'

test_expect_success 'with rollback false ECS goes on' '
	one_side BLUE_GREEN "$NO_BREAKER" && depdef ".gmDeploymentCircuitBreaker = {failureThreshold: 2, rollback: false}" &&
	balanced_image crash:1 &&
	fails_with crashed "gmDeploymentCircuitBreaker" &&
	test_grep "^rollback: .* left as it is, ECS goes on: .gmDeploymentCircuitBreaker.rollback. is false" out &&
	sandbox_calls "op=StopServiceDeployment" >calls && test_must_be_empty calls
'

test_expect_success 'time is up while tasks come up' '
	one_side LINEAR && depdef ".stabilityCheck.timeout = 0.5" && balanced_image slow:1 &&
	fails_with timeout "not stable after .*: 0 of 2 tasks running" &&
	test_grep "^await-rollback: back on ${SQ}web:1${SQ}" out && runs web:1 &&
	balanced_image slow:2 && depdef ".stabilityCheck.timeout = 0.5 | .deleteNewUponFailure = false" &&
	fails_with timeout "not stable" &&
	test_grep "^rollback: .* left as it is, ECS goes on: .deleteNewUponFailure. is false" out
'

test_expect_success 'no room for the new tasks is told, as the service tells it' '
	one_side BLUE_GREEN && control -d "{\"FARGATE\": 2}" "$SANDBOX_URL/_sandbox/capacity" &&
	depdef ".stabilityCheck.timeout = 1" && balanced_image good:2 &&
	fails_with capacity "" && test_grep "^follow: ECS: .*unable to place" out && runs web:1
'

test_expect_success 'what was created and crashes is left, there is nothing to go back to' '
	native BLUE_GREEN "$BREAKER" &&
	behave "{\"match\": {\"image\": \"^crash\"}, \"exit_after\": 0.02, \"exit_code\": 3}" &&
	balanced_image crash:1 &&
	fails_with crashed "ECS gave up on service ${SQ}web${SQ}, and there is nothing to go back to" &&
	test_grep "^rollback: service ${SQ}web${SQ} is left as it is: there is nothing to go back to" out
'

test_expect_success 'the last lines of what crashed are shown' '
	one_side BLUE_GREEN "$BREAKER" &&
	behave "{\"match\": {\"image\": \"^log\"}, \"exit_after\": 0.02, \"exit_code\": 5, \"log\": [\"out of luck\"]}" &&
	taskdef log:1 ".containerDefinitions[0].portMappings = [{containerPort: 80}] |
		.executionRoleArn = \"arn:aws:iam::123456789012:role/exec\" | .containerDefinitions[0].logConfiguration = {logDriver: \"awslogs\", options: {
			\"awslogs-group\": \"/ecs/web\", \"awslogs-region\": \"us-east-1\", \"awslogs-stream-prefix\": \"app\"}}" &&
	fails_with crashed "exit code 5" && test_grep "^last-lines: .*out of luck" out
'

test_expect_success 'AWS was asked for nothing that it would not understand' '
	sandbox_no_invalid_calls
'

test_done
