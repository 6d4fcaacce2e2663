#!/bin/sh

test_description='rolling updates: alarms of ECS, counts that others change, the limit of deployments'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-deploy.sh
. "$TEST_DIRECTORY"/lib-native.sh

ALARMS=".deploymentConfiguration.alarms = {alarmNames: [\"errors\", \"other\"], enable: true, rollback: true}"

# one [<filter>]: good:1 runs, with two alarms that are not on
# shellcheck disable=SC2120
one () {
	fresh 4 && control -d "{\"alarms\": {\"errors\": \"OK\", \"other\": \"OK\"}}" "$SANDBOX_URL/_sandbox/seed" &&
	svcdef "${1:-.}" && taskdef good:1 && depdef &&
	behave "{\"match\": {\"image\": \"^slow\"}, \"never_running\": true}" &&
	{ deploy >first || { cat first && return 1; }; }
}

alarm () {
	control -d "{\"name\": \"errors\", \"state\": \"ALARM\"}" "$SANDBOX_URL/_sandbox/alarms"
}

test_expect_success 'setup' '
	deploy_start
'

test_expect_success 'an alarm that is on already: ECS goes back, the alarm is named' '
	one "$ALARMS" && alarm &&
	taskdef good:2 &&
	fails_with alarm "ECS rolled service ${SQ}web${SQ} back to ${SQ}web:1${SQ}: .*alarm ${SQ}errors${SQ} is in ALARM" &&
	test_grep "^hint: look at the alarm" out &&
	test_grep "^await-rollback: back on ${SQ}web:1${SQ}, 2 of 2 tasks running" out
'

test_expect_success 'an alarm meanwhile' '
	one "$ALARMS" && taskdef slow:1 &&
	meanwhile "0 of 2 tasks running" && alarm && finish 1 &&
	test_grep "^! alarm: ECS rolled service ${SQ}web${SQ} back to ${SQ}web:1${SQ}: .*alarm ${SQ}errors${SQ} is in ALARM" out
'

test_expect_success 'an alarm meanwhile, and ECS is not to go back' '
	one "$ALARMS | .deploymentConfiguration.alarms.rollback = false" && taskdef slow:1 &&
	meanwhile "0 of 2 tasks running" && alarm && finish 1 &&
	test_grep "^! alarm: ECS gave up on service ${SQ}web${SQ}: .*alarm ${SQ}errors${SQ} is in ALARM" out &&
	test_grep "^rollback: .* left as it is" out
'

test_expect_success 'without the permission to ask for more it is told what the service tells' '
	one "$ALARMS" && alarm &&
	fault "{\"match\": {\"op\": \"ListServiceDeployments\"}, \"action\": {\"type\": \"denied\"}}" &&
	taskdef good:2 &&
	fails_with rolled-back "ECS rolled service ${SQ}web${SQ} back" &&
	test_grep "^ask-ecs: cannot look at the service deployment: .*ecs:ListServiceDeployments" out &&
	test_grep "^await-rollback: back on ${SQ}web:1${SQ}" out
'

test_expect_success 'somebody stops it: that is told' '
	one && taskdef slow:1 &&
	meanwhile "0 of 2 tasks running" &&
	arn=$(service_deployment) &&
	ecs StopServiceDeployment "{\"serviceDeploymentArn\": \"$arn\", \"stopType\": \"ROLLBACK\"}" &&
	finish 1 &&
	test_grep "^! stopped: ECS rolled service ${SQ}web${SQ} back to ${SQ}web:1${SQ}" out
'

test_expect_success 'what does well asks for no service deployment' '
	one "$ALARMS" && control -X DELETE "$SANDBOX_URL/_sandbox/calls" &&
	taskdef good:2 && deploy >out &&
	sandbox_calls >actual && test_grep ! ServiceDeployments actual
'

test_expect_success 'somebody scales it meanwhile, up and down: the count that is wanted last counts' '
	one "del(.desiredCount) + {desiredCount: 2}" &&
	svcdef "del(.desiredCount)" && taskdef slow:1 &&
	for count in 4 1
	do
		behave "{\"match\": {\"image\": \"^slow\"}, \"pull\": 8}" &&
		taskdef slow:$count &&
		meanwhile "0 of [0-9] tasks running" &&
		ecs UpdateService "{\"cluster\": \"demo\", \"service\": \"web\", \"desiredCount\": $count}" &&
		finish 0 &&
		test_grep "^stabilize: $count of $count tasks\{0,1\} running" out &&
		sandbox_services >actual && test_grep "ACTIVE $count/$count web" actual || return
	done
'

test_expect_success 'no task is wanted: it is stable with none' '
	fresh 4 && svcdef ".desiredCount = 0" && taskdef good:1 && depdef &&
	deploy >out && test_grep "^= PROCESSED_SUCCESS" out &&
	behave "{\"match\": {\"image\": \"^bad\"}, \"exit_after\": 0.02}" &&
	taskdef bad:1 && deploy >out && test_grep "^= PROCESSED_SUCCESS" out
'

test_expect_success 'a service of the strategy DAEMON has no count of its own' '
	fresh 4 && svcdef "del(.desiredCount, .launchType) + {schedulingStrategy: \"DAEMON\", launchType: \"EC2\"}" &&
	taskdef good:1 "del(.requiresCompatibilities)" && depdef &&
	deploy >out && test_grep "^= PROCESSED_SUCCESS" out &&
	taskdef good:2 "del(.requiresCompatibilities)" && deploy >out && test_grep "^stabilize: stable: ${SQ}web:2${SQ}" out
'

# five: deployments that are not over, since their tasks take a minute to go
five () {
	one && control -d "{\"deprovision\": 60}" "$SANDBOX_URL/_sandbox/timing" &&
	taskdef slow:1 && echo "$(jq -c . td.json)" >.body && test-tool aws-call --service ecs --op RegisterTaskDefinition <.body >.answer &&
	for n in 1 2 3 4
	do
		ecs UpdateService "{\"cluster\": \"demo\", \"service\": \"web\", \"taskDefinition\": \"web:2\", \"forceNewDeployment\": true}" &&
		control -d "{\"service\": {\"name\": \"web\", \"deployments\": $((n + 1)), \"pending\": 2}}" "$SANDBOX_URL/_sandbox/wait" || return
	done
}

test_expect_success 'five deployments that are not over: waited for, then it goes on' '
	five && taskdef good:2 &&
	meanwhile "trying again: 5 active deployments exist" &&
	control -d "{\"advance\": 70}" "$SANDBOX_URL/_sandbox/clock" &&
	finish 0
'

test_expect_success 'and one that does not go is a limit, no mistake in the definition' '
	five && taskdef good:2 && depdef ".stabilityCheck.timeout = 1" &&
	fails_with limit "cannot update the service: .*5 active deployments exist" &&
	test_grep "^hint: ..*" out
'

test_expect_success 'AWS was asked for nothing that it would not understand' '
	sandbox_no_invalid_calls
'

test_done
