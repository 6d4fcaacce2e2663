#!/bin/sh

test_description='a worker may die at any point of a Lambda deployment, also of one that fails

GITOPS_TEST_LONG=1 lets it die at each point; else at a few of them, spread
evenly, others in each run.'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-deploy.sh
. "$TEST_DIRECTORY"/lib-lambda.sh

DEPLOY=deploy_lambda
DEPLOY_STATE=lambda_state
SWEEP_STEP=6

# shellcheck disable=SC2120 # tests give a filter
quick () {
	lambda_shifting ".trafficShiftingConfig.waitInterval = 0.02 | .readinessCheck.waitInterval = 0.05 | ${1:-.}"
}

nothing () {
	lambda_reset 50 && lambda_version 1 && quick && lambda_sources orders 5
}

one () {
	nothing && deploy_lambda >/dev/null
}

test_expect_success 'a function with event sources is created' '
	sandbox_start &&
	sweep nothing &&
	test_grep "^Enabled mapping hello:live .*:orders 5" expect.state
'

test_expect_success 'all of it changes, in steps, and a version goes' '
	changed () {
		one && lambda_version 2 && deploy_lambda >/dev/null && lambda_code two && lambda_version 3 &&
		lambda_sources returns 7
	} &&
	sweep changed &&
	test_grep "^alias live {\"3\":1" expect.state && test_grep ! "^version 1 " expect.state
'

test_expect_success 'code of S3 that may have changed under its name, and tags' '
	bucket () {
		"$GITOPS_SANDBOX_PYTHON" -I -S -c "
import base64, sys
sys.stdout.buffer.write(base64.b64decode(open(\"code\").read()))" >code.zip &&
		test-tool aws-call --service s3 --op PUT --method PUT --path /bucket </dev/null >out &&
		test-tool aws-call --service s3 --op PUT --method PUT --path /bucket/code.zip <code.zip >out
	} &&
	from_s3 () {
		one && lambda_code two && bucket &&
		lambdadef ".Code = {S3Bucket: \"bucket\", S3Key: \"code.zip\"} | .Tags = {team: \"a\"}"
	} &&
	sweep from_s3 &&
	test_grep "^alias live {\"2\":1" expect.state
'

test_expect_success 'a version that does not start' '
	broken () {
		one && lambda_version 2 &&
		lambda_rule "{\"match\": {\"on\": \"publish\"}, \"fail\": \"FunctionError.InitTimeout\"}"
	} &&
	sweep broken &&
	test_grep "^alias live {\"1\":1" expect.state && test_grep ! "^version 2" expect.state
'

test_expect_success 'a function that cannot be created' '
	stillborn () {
		nothing && lambda_rule "{\"match\": {\"on\": \"create\"}, \"fail\": \"SubnetOutOfIPAddresses\"}"
	} &&
	sweep stillborn &&
	echo "      1 lambda.CreateFunction 201" >expect &&
	test_cmp expect expect.state
'

test_expect_success 'an alarm' '
	alarm () {
		one && lambda_version 2 &&
		control -d "{\"alarms\": {\"errors\": \"OK\"}}" "$SANDBOX_URL/_sandbox/seed" &&
		control -d "{\"name\": \"errors\", \"state\": \"ALARM\",
			\"when\": {\"alias\": \"hello:live\", \"version\": \"2\", \"percent\": 20}}" "$SANDBOX_URL/_sandbox/alarms" &&
		quick ".trafficShiftingConfig.waitInterval = 20 | .alarms.alarmNames = [\"errors\"]"
	} &&
	sweep alarm &&
	test_grep "^alias live {\"1\":1" expect.state && test_grep ! "^version 2" expect.state
'

# One is changed, one is deleted and made anew, one is new, one goes.
pulled () {
	nothing && lambda_pulls 5 gone LATEST && deploy_lambda >/dev/null
}

test_expect_success 'an event source that is refused, after others were made what is wanted' '
	refused () {
		pulled && lambda_version 2 &&
		lambda_pulls 7 new TRIM_HORIZON ". + [{EventSourceArn: (\$stream + \"-2\")}]"
	} &&
	sweep refused &&
	pulled && lambda_state before && sed "/^ /d" before | sort >before.expect &&
	sed "/^ /d" expect.state | sort >left && test_cmp before.expect left &&
	test_grep ":gone 10$" left && test_grep ":stream/clicks 100$" left
'

test_expect_success 'a function with event sources is deleted' '
	sweep one --delete &&
	test_must_be_empty expect.state
'

test_expect_success 'at no time did an alias name a version that could not be invoked' '
	sandbox_no_holes
'

test_expect_success 'AWS was asked for nothing that it would not understand' '
	sandbox_no_invalid_calls
'

test_done
