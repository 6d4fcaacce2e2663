#!/bin/sh

test_description='Lambda functions: whatever befalls a call, what is left is the same

GITOPS_TEST_LONG=1 lets each accident happen at each call; else at a few of
them, spread evenly, others in each run.'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-deploy.sh
. "$TEST_DIRECTORY"/lib-lambda.sh

DEPLOY=deploy_lambda
DEPLOY_STATE=lambda_state
SWEEP_STEP=25
KINDS="throttled empty unavailable reset reset-after truncate expired busy stale"

# shellcheck disable=SC2120 # tests give a filter
quick () {
	lambda_shifting ".trafficShiftingConfig.waitInterval = 0.02 | .readinessCheck.waitInterval = 0.05 | ${1:-.}"
}

# nothing is there; what is wanted has event sources
nothing () {
	lambda_reset 50 && lambda_version 1 && quick && lambda_sources orders 5
}

# one: version 1 runs, and is called
one () {
	nothing && deploy_lambda >/dev/null
}

test_expect_success 'setup' '
	sandbox_start
'

test_expect_success 'a function is created' '
	accidents nothing $KINDS &&
	test_grep "^version 1 Active" expect.state &&
	test_grep "^Enabled mapping hello:live .*:orders 5" expect.state
'

configured () {
	one && lambda_version 2
}

test_expect_success 'its configuration changes' '
	accidents configured $KINDS &&
	test_grep "^alias live {\"2\":1" expect.state
'

coded () {
	one && lambda_code two && lambda_version 1
}

test_expect_success 'its code changes' '
	accidents coded $KINDS &&
	test_grep "^alias live {\"2\":1" expect.state
'

# all of it, in steps: the version before goes, another queue comes
changed () {
	one && lambda_version 2 && deploy_lambda >/dev/null && lambda_code two && lambda_version 3 ".Tags = {team: \"a\"}" &&
	lambda_sources returns 7
}

test_expect_success 'code, configuration, event sources change, an old version goes' '
	accidents changed $KINDS &&
	test_grep "^alias live {\"3\":1" expect.state &&
	test_grep ! "^version 1 " expect.state &&
	test_grep "^Enabled mapping hello:live .*:returns 7" expect.state &&
	test_grep ! ":orders " expect.state
'

# The alarm goes off while the first step is waited for.
alarm () {
	one && lambda_version 2 && lambda_sources returns 7 &&
	control -d "{\"alarms\": {\"errors\": \"OK\"}}" "$SANDBOX_URL/_sandbox/seed" &&
	control -d "{\"name\": \"errors\", \"state\": \"ALARM\",
		\"when\": {\"alias\": \"hello:live\", \"version\": \"2\", \"percent\": 20}}" "$SANDBOX_URL/_sandbox/alarms" &&
	quick ".trafficShiftingConfig.waitInterval = 20 | .alarms.alarmNames = [\"errors\"]"
}

test_expect_success 'an alarm sends it back' '
	accidents alarm $KINDS &&
	test_grep "^! alarm: " expect.state &&
	test_grep "^alias live {\"1\":1" expect.state && test_grep ! "^version 2" expect.state
'

broken () {
	one && lambda_version 2 &&
	lambda_rule "{\"match\": {\"on\": \"publish\"}, \"fail\": \"FunctionError.InitTimeout\"}"
}

test_expect_success 'a version does not start' '
	accidents broken $KINDS &&
	test_grep "^! crashed: " expect.state &&
	test_grep "^alias live {\"1\":1" expect.state && test_grep ! "^version 2" expect.state
'

# What it is called by is refused after the traffic was moved: a mapping is
# changed by then, one is deleted and made anew, one is new, and one was to go.
pulled () {
	nothing && lambda_pulls 5 gone LATEST && deploy_lambda >/dev/null
}

refused () {
	pulled && lambda_version 2 &&
	lambda_pulls 7 new TRIM_HORIZON ". + [{EventSourceArn: (\$stream + \"-2\")}]"
}

test_expect_success 'an event source that is refused leaves all as it was' '
	pulled && lambda_state before && sed "/^ /d" before >expect.before &&
	accidents refused $KINDS &&
	test_grep "^! " expect.state &&
	sed "/^[=!]/d" expect.state | sort >left && sort expect.before >before && test_cmp before left &&
	test_grep ":gone 10$" left && test_grep ":stream/clicks 100$" left
'

test_expect_success 'it is deleted' '
	DEPLOY="deploy_lambda --delete" &&
	accidents one $KINDS &&
	echo "= PROCESSED_SUCCESS" >expect && test_cmp expect expect.state
'

test_expect_success 'AWS was asked for nothing that it would not understand' '
	sandbox_no_invalid_calls
'

test_done
