#!/bin/sh

test_description='a worker may die while traffic is moved: it is moved, or back, and nobody is left unanswered'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-deploy.sh

DEPLOY_ONCE="RegisterTaskDefinition|CreateService|CreateTaskSet"

# What is left also has the weights, and requests that were lost.
balanced_state () {
	state "$1" &&
	control "$SANDBOX_URL/_sandbox/traffic?format=text" &&
	sed -n "s/^[^ ]* [^ ]* Modify[A-Za-z]* //p" .control | tail -n 1 >>"$1" &&
	control "$SANDBOX_URL/_sandbox/holes?format=text" && cat .control >>"$1"
}
DEPLOY_STATE=balanced_state

# shellcheck disable=SC2120
settings () {
	shifting ".stabilityCheck = {pollInterval: 0.15, timeout: 10} | .trafficShiftingConfig.waitInterval = 0.05 | ${1:-.}"
}

nothing () {
	balanced . 10 && settings
}

one_side () {
	nothing && deploy >/dev/null && task_sets >/dev/null
}

test_expect_success 'the first side' '
	deploy_start &&
	sweep nothing >points && cat points &&
	test_grep "^PRIMARY 100% 2/2 web:1 blue" actual.state
'

test_expect_success 'to the other side' '
	sweep one_side >points && cat points &&
	test_grep "^PRIMARY 100% 2/2 web:2 green" actual.state &&
	test_grep "^blue=0 green=100" actual.state
'

test_expect_success 'back, when an alarm goes off' '
	alarm () {
		one_side && settings ".alarms.alarmNames = [\"errors\"] | .trafficShiftingConfig.waitInterval = 3" &&
		control -d "{\"name\": \"errors\", \"state\": \"ALARM\",
			\"when\": {\"rule\": \"lb:80/default\", \"group\": \"green\", \"weight\": 20}}" \
			"$SANDBOX_URL/_sandbox/alarms"
	} &&
	sweep alarm >points && cat points &&
	test_grep "^PRIMARY 100% 2/2 web:1 blue" actual.state &&
	test_grep "^blue=100 green=0" actual.state
'

test_expect_success 'AWS was asked for nothing that it would not understand' '
	sandbox_no_invalid_calls
'

test_done
