#!/bin/sh

test_description='deploying a Lambda function, a worker may die at any point'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-deploy.sh
. "$TEST_DIRECTORY"/lib-lambda.sh

# The versions, the aliases and their weights; and how often something was made.
lambda_state () {
	functions >"$1" &&
	control "$SANDBOX_URL/_sandbox/calls?format=text" &&
	sort .control | uniq -c | sed -nE "/(CreateFunction|CreateAlias) 201/p" >>"$1"
}
DEPLOY_STATE=lambda_state
# shellcheck disable=SC2120 # sweep gives them
deploy () {
	test-tool deploy --lambdadef=fn.json --depdef=dep.json "$@"
}

# version <n>: a definition that makes a version of its own
version () {
	lambdadef ".Environment.Variables = {NR: \"$1\"}"
}

nothing () {
	lambda_reset 50 && version 1 &&
	lambda_shifting ".trafficShiftingConfig.waitInterval = 0.05 | .readinessCheck.waitInterval = 0.05"
}

one () {
	nothing && deploy >/dev/null
}

test_expect_success 'creating a function' '
	sandbox_start &&
	{ sweep nothing >points || { cat points && false; }; } &&
	test_grep "versions=1 live=1:1" actual.state
'

test_expect_success 'configuration and code, the traffic in steps; the version before the last one goes' '
	third () {
		one && version 2 && deploy >/dev/null && lambda_code two && version 3
	} &&
	{ sweep third >points || { cat points && false; }; } &&
	test_grep "versions=2,3 live=3:1" actual.state
'

test_expect_success 'nothing has changed' '
	{ sweep one >points || { cat points && false; }; } &&
	test_grep "versions=1 live=1:1" actual.state
'

test_expect_success 'deleting a function' '
	{ sweep one --delete >points || { cat points && false; }; } &&
	test_grep ! "live=" actual.state
'

test_expect_success 'AWS was asked for nothing that it would not understand' '
	sandbox_no_invalid_calls
'

test_done
