#!/bin/sh

test_description='traffic of a Lambda alias: moved in steps, and back'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-deploy.sh
. "$TEST_DIRECTORY"/lib-lambda.sh

# moves: every state the alias was put into, as UpdateAlias was told, one a line
moves () {
	sandbox_ctl "calls?op=UpdateAlias&status=200" |
	jq -r '.[].params | "\(.FunctionVersion) \(.RoutingConfig.AdditionalVersionWeights | tojson)"'
}

# version <n> [<filter>]: a definition that makes a version of its own
version () {
	lambdadef ".Environment.Variables = {NR: \"$1\"} | ${2:-.}"
}

# shifted [<filter of the settings>]: the sandbox as new, with version 1; then the settings, and version 2 wanted
shifted () {
	lambda_reset && version 1 && deploy_lambda >out && version 2 &&
	control -d "{\"alarms\": {\"errors\": \"OK\"}}" "$SANDBOX_URL/_sandbox/seed" &&
	lambda_shifting "${1:-.}" &&
	control -X DELETE "$SANDBOX_URL/_sandbox/calls"
}

test_expect_success 'CANARY: a part, a wait, the rest' '
	sandbox_start && shifted &&
	deploy_lambda >out &&
	moves >actual &&
	cat >expect <<-\EOF &&
	1 {"2":0.2}
	2 {}
	EOF
	test_cmp expect actual &&
	test_grep "^shift: traffic: 20 % to version ${SQ}2${SQ}, waiting 0.3 s" out &&
	test_grep "^shift: traffic: 100 % to version ${SQ}2${SQ}, waiting 0.3 s" out &&
	functions >actual &&
	echo "us-east-1 hello Active/Successful versions=1,2 live=2:1" >expect &&
	test_cmp expect actual
'

test_expect_success 'LINEAR: equal steps' '
	shifted ".trafficShiftingConfig = {type: \"LINEAR\", percent: 30, waitInterval: 0.1}" &&
	deploy_lambda >out &&
	moves >actual &&
	cat >expect <<-\EOF &&
	1 {"2":0.3}
	1 {"2":0.6}
	1 {"2":0.9}
	2 {}
	EOF
	test_cmp expect actual
'

test_expect_success 'ALL_AT_ONCE: one step, and the wait' '
	shifted ".trafficShiftingConfig = {type: \"ALL_AT_ONCE\", waitInterval: 0.2}" &&
	deploy_lambda >out &&
	moves >actual &&
	echo "2 {}" >expect &&
	test_cmp expect actual &&
	test_grep "^shift: traffic: 100 % to version ${SQ}2${SQ}, waiting 0.2 s" out
'

test_expect_success 'a locale that writes 0,2 changes nothing' '
	shifted &&
	LC_ALL=de_DE.UTF-8 deploy_lambda >out &&
	moves >actual &&
	test_grep "\"2\":0.2" actual
'

test_expect_success 'an alarm sends all the traffic back in one call, and the new version goes' '
	shifted ".alarms.alarmNames = [\"errors\"]" &&
	control -d "{\"name\": \"errors\", \"state\": \"ALARM\", \"reason\": \"too many errors\",
		\"when\": {\"alias\": \"hello:live\", \"version\": \"2\", \"percent\": 20}}" "$SANDBOX_URL/_sandbox/alarms" &&
	lambda_shifting ".alarms.alarmNames = [\"errors\"] | .trafficShiftingConfig.waitInterval = 20" &&
	test_expect_code 1 deploy_lambda >out &&
	moves >actual &&
	cat >expect <<-\EOF &&
	1 {"2":0.2}
	1 {}
	EOF
	test_cmp expect actual &&
	test_grep "^! alarm: alarm ${SQ}errors${SQ} is in ALARM (.*): too many errors" out &&
	test_grep "^= PROCESSED_ERROR 1" out &&
	functions >actual &&
	echo "us-east-1 hello Active/Successful versions=1 live=1:1" >expect &&
	test_cmp expect actual
'

test_expect_success 'what is deployed after that is deployed as if nothing had been' '
	control -d "{\"name\": \"errors\", \"state\": \"OK\"}" "$SANDBOX_URL/_sandbox/alarms" &&
	lambda_shifting ".alarms.alarmNames = [\"errors\"]" &&
	deploy_lambda >out &&
	functions >actual &&
	echo "us-east-1 hello Active/Successful versions=1,3 live=3:1" >expect &&
	test_cmp expect actual
'

test_expect_success 'an alarm after the last step sends it back, too' '
	shifted ".alarms.alarmNames = [\"errors\"] |
		.trafficShiftingConfig = {type: \"ALL_AT_ONCE\", waitInterval: 20}" &&
	control -d "{\"name\": \"errors\", \"state\": \"ALARM\",
		\"when\": {\"alias\": \"hello:live\", \"version\": \"2\", \"percent\": 100}}" "$SANDBOX_URL/_sandbox/alarms" &&
	test_expect_code 1 deploy_lambda >out &&
	functions >actual &&
	echo "us-east-1 hello Active/Successful versions=1 live=1:1" >expect &&
	test_cmp expect actual
'

test_expect_success 'the new version is kept where the settings say so' '
	shifted ".alarms.alarmNames = [\"errors\"] | .deleteNewUponTrafficShiftFailure = false |
		.trafficShiftingConfig.waitInterval = 20" &&
	control -d "{\"name\": \"errors\", \"state\": \"ALARM\",
		\"when\": {\"alias\": \"hello:live\", \"version\": \"2\", \"percent\": 20}}" "$SANDBOX_URL/_sandbox/alarms" &&
	test_expect_code 1 deploy_lambda >out &&
	test_grep "^delete-new: the new version is kept: ${SQ}deleteNewUponTrafficShiftFailure${SQ} is false" out &&
	functions >actual &&
	echo "us-east-1 hello Active/Successful versions=1,2 live=1:1" >expect &&
	test_cmp expect actual
'

test_expect_success 'with an alarm in ALARM, or none of that name, nothing is begun' '
	shifted ".alarms.alarmNames = [\"errors\"]" &&
	control -d "{\"name\": \"errors\", \"state\": \"ALARM\"}" "$SANDBOX_URL/_sandbox/alarms" &&
	test_expect_code 1 deploy_lambda >out &&
	test_grep "^! alarm: " out &&
	lambda_shifting ".alarms.alarmNames = [\"nobody\"]" &&
	test_expect_code 1 deploy_lambda >out &&
	test_grep "^! alarm-missing: there is no alarm ${SQ}nobody${SQ}" out &&
	sandbox_calls >calls &&
	test_grep ! -E "Update|Publish" calls
'

test_expect_success 'versions with different roles cannot share traffic: said before anything is done' '
	shifted &&
	version 2 ".Role = \"arn:aws:iam::123456789012:role/other\"" &&
	test_expect_code 1 deploy_lambda >out &&
	test_grep "^! immutable: ${SQ}Role${SQ} is another one than that of version ${SQ}1${SQ}" out &&
	test_grep "^hint: .*ALL_AT_ONCE" out &&
	sandbox_calls >calls &&
	test_grep ! -E "Update|Publish" calls &&
	lambda_shifting ".trafficShiftingConfig.type = \"ALL_AT_ONCE\"" &&
	deploy_lambda >out &&
	functions >actual &&
	echo "us-east-1 hello Active/Successful versions=1,2 live=2:1" >expect &&
	test_cmp expect actual
'

test_expect_success 'so it is with what takes the events that failed' '
	shifted &&
	version 2 ".DeadLetterConfig.TargetArn = \"arn:aws:sqs:us-east-1:123456789012:q\"" &&
	test_expect_code 1 deploy_lambda >out &&
	test_grep "^! immutable: ${SQ}DeadLetterConfig${SQ}" out
'

test_expect_success 'whoever moves the alias meanwhile is not overruled' '
	shifted ".trafficShiftingConfig.waitInterval = 1" &&
	{ { deploy_lambda >out; echo $? >code; } & deploying=$!; } &&
	sandbox_wait "{\"calls\": {\"op\": \"UpdateAlias\", \"count\": 1}}" &&
	echo "{\"FunctionVersion\": \"1\", \"RoutingConfig\": {\"AdditionalVersionWeights\": {}}}" |
	test-tool aws-call --service lambda --op UpdateAlias --method PUT \
		--path /2015-03-31/functions/hello/aliases/live >alias &&
	wait $deploying &&
	echo 1 >expect && test_cmp expect code &&
	test_grep "^! superseded: someone else changed alias ${SQ}live${SQ}: it names version ${SQ}1${SQ}" out &&
	functions >actual &&
	echo "us-east-1 hello Active/Successful versions=1 live=1:1" >expect &&
	test_cmp expect actual
'

test_expect_success 'an alias that was left between two versions is put on one' '
	shifted &&
	echo "{}" >body &&
	for nr in 7 8
	do
		version $nr && deploy_lambda >out || return
	done &&
	echo "{\"RoutingConfig\": {\"AdditionalVersionWeights\": {\"2\": 0.5}}}" |
	test-tool aws-call --service lambda --op UpdateAlias --method PUT \
		--path /2015-03-31/functions/hello/aliases/live >alias &&
	deploy_lambda >out &&
	test_grep "^preflight: it gives part of its traffic to version ${SQ}2${SQ}: that ends" out &&
	functions >actual &&
	test_grep " live=3:1$" actual
'

test_expect_success 'provisioned concurrency follows the alias, and is waited for' '
	shifted &&
	"$GITOPS_VENV/bin/python" -c "
import boto3, os
boto3.client(\"lambda\", region_name=\"us-east-1\",
    endpoint_url=os.environ[\"SANDBOX_URL\"]).put_provisioned_concurrency_config(
    FunctionName=\"hello\", Qualifier=\"live\", ProvisionedConcurrentExecutions=2)" &&
	deploy_lambda >out &&
	test_grep "^warm: provisioned concurrency is ready" out &&
	functions >actual &&
	test_grep " live=2:1$" actual
'

# warm: the alias's provisioned concurrency: how much, its state, and the version it is with
warm () {
	test-tool aws-call --service lambda --op GetProvisionedConcurrencyConfig --method GET --query Qualifier=live \
		--path /2019-09-30/functions/hello/provisioned-concurrency </dev/null 2>none |
	jq -r "\"\(.RequestedProvisionedConcurrentExecutions) \(.Status)\""
	functions | sed "s/.* live=//"
}

test_expect_success 'the settings say how much there is to be, also with traffic in steps' '
	shifted &&
	lambda_shifting ".provisionedConcurrentExecutions = 3" &&
	deploy_lambda >out &&
	test_grep "^warm: provisioned concurrency is to be 3" out &&
	printf "%s\n" "3 READY" 2:1 >expect &&
	warm >actual && test_cmp expect actual &&
	lambda_code three && lambdadef && deploy_lambda >out &&
	test_grep ! "is to be" out &&
	test_grep "^warm: provisioned concurrency is ready" out &&
	printf "%s\n" "3 READY" 3:1 >expect &&
	warm >actual && test_cmp expect actual
'

test_expect_success 'one that Lambda can not have ready fails the deployment, and is as it was' '
	lambda_rule "{\"match\": {\"on\": \"provision\"}, \"fail\": \"FUNCTION_ERROR_INIT_FAILURE\", \"times\": 2}" &&
	lambda_code four && lambdadef && lambda_shifting ".provisionedConcurrentExecutions = 5" &&
	test_expect_code 1 deploy_lambda >out &&
	test_grep "^! crashed: version ${SQ}4${SQ} does not get the provisioned concurrency of alias ${SQ}live${SQ}: FUNCTION_ERROR" out &&
	test_grep "^warm-back: provisioned concurrency is 3 as before" out &&
	functions >actual &&
	test_grep " versions=.*3 live=3:1$" actual &&
	warm >actual &&
	test_grep "^3 " actual
'

test_expect_success 'zero takes it away, and saying nothing leaves it alone' '
	lambda_shifting && lambda_code five && lambdadef && deploy_lambda >out &&
	warm >actual && test_grep "^3 READY" actual &&
	lambda_shifting ".provisionedConcurrentExecutions = 0" && deploy_lambda >out &&
	test_grep "^warm: provisioned concurrency is taken away" out &&
	warm >actual && test_line_count -eq 1 actual
'

test_expect_success 'at no time did the alias name a version that could not be invoked' '
	sandbox_no_holes
'

test_expect_success 'AWS was asked for nothing that it would not understand' '
	sandbox_no_invalid_calls
'

test_done
