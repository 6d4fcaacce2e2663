#!/bin/sh

test_description='ECS'"'"'s own strategies: a worker may die at any point'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-deploy.sh
. "$TEST_DIRECTORY"/lib-native.sh

# What is left: services, and what the rule forwards to; what was done once; and
# nobody else touched the rule.
native_state () {
	{
		sandbox_services &&
		weights | tail -n 1 &&
		control "$SANDBOX_URL/_sandbox/calls?format=text" &&
		sed -nE "/($DEPLOY_ONCE) 200/p" .control | sort | uniq -c &&
		undisturbed_rule
	} >"$1"
}
DEPLOY_STATE=native_state

# quick <strategy> [<filter>]: the sandbox as new, quickly
quick () {
	native "$@" &&
	control -d "{\"minute\": 0.5, \"stage\": 0.1}" "$SANDBOX_URL/_sandbox/timing" &&
	control -d "{\"speed\": 8}" "$SANDBOX_URL/_sandbox/clock" &&
	depdef ".stabilityCheck.pollInterval = 0.06"
}

new () {
	quick BLUE_GREEN
}

update () {
	quick LINEAR && deploy >/dev/null && balanced_image good:2
}

other () {
	quick BLUE_GREEN && deploy >/dev/null && native_svcdef CANARY && balanced_image good:2
}

crash () {
	quick CANARY ".deploymentConfiguration.deploymentCircuitBreaker = {enable: true, rollback: true}" &&
	deploy >/dev/null &&
	behave "{\"match\": {\"image\": \"^crash\"}, \"exit_after\": 0.02, \"exit_code\": 1}" &&
	balanced_image crash:1
}

slow () {
	quick BLUE_GREEN && deploy >/dev/null &&
	behave "{\"match\": {\"image\": \"^slow\"}, \"never_running\": true}" &&
	balanced_image slow:1 && depdef ".stabilityCheck = {pollInterval: 0.06, timeout: 0.2}"
}

# swept <setup>
swept () {
	sweep "$1" >points || { cat points && return 1; }
	cat points
}

test_expect_success 'creating a service' '
	deploy_start &&
	swept new
'

test_expect_success 'updating it: LINEAR' '
	swept update && test_grep "web:2 COMPLETED" actual.state
'

test_expect_success 'taking on another strategy: CANARY after BLUE_GREEN' '
	swept other && test_grep "web:2 COMPLETED" actual.state
'

test_expect_success 'ECS goes back from what crashes' '
	swept crash && test_grep "web:1 COMPLETED" actual.state
'

test_expect_success 'ECS is told to go back: time is up' '
	swept slow && test_grep "web:1 COMPLETED" actual.state
'

test_expect_success 'dead while ECS deployed and went back, it is not begun again' '
	crash && rm -f journal &&
	control -X DELETE "$SANDBOX_URL/_sandbox/calls" &&
	# After the answer of UpdateService, before anything of it was saved.
	test_expect_code 137 deploy --journal=journal --die-after-answers=4 >out &&
	test "$(sandbox_calls op=UpdateService | wc -l)" = 1 &&
	sandbox_wait "{\"service\": {\"name\": \"web\", \"deployment\": \"ROLLBACK_SUCCESSFUL\"}}" >/dev/null &&
	test_expect_code 1 deploy --journal=journal >out &&
	test "$(sandbox_calls op=UpdateService | wc -l)" = 1 &&
	test_grep "^apply: service ${SQ}web${SQ} was updated before" out &&
	test_grep "ECS rolled service ${SQ}web${SQ} back to ${SQ}web:1${SQ}" out
'

test_expect_success 'AWS was asked for nothing that it would not understand' '
	sandbox_no_invalid_calls
'

test_done
