#!/bin/sh

test_description='a function whose deployment fails says why, and what ran goes on'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-deploy.sh
. "$TEST_DIRECTORY"/lib-lambda.sh

# is <versions and aliases>: and nobody was ever sent to a version that could not answer
is () {
	functions >actual &&
	echo "us-east-1 hello Active/Successful $1" >expect &&
	test_cmp expect actual &&
	sandbox_no_holes
}

# fails_with <category> <pattern of the message> <option>...
fails_with () {
	fails_category_=$1 fails_pattern_=$2 && shift 2 &&
	test_expect_code 1 deploy_lambda "$@" >out &&
	test_grep "^! $fails_category_: .*$fails_pattern_" out &&
	test_grep "^hint: ." out &&
	test_grep "^= PROCESSED_ERROR" out
}

# aws_lambda <operation> <method> <path after the function's name> [<json>]: as somebody else
aws_lambda () {
	printf "%s" "$4" | test-tool aws-call --service lambda --op "$1" --method "$2" \
		--path "/2015-03-31/functions/hello$3" >.answer
}

# one: version 1 runs; what is wanted is another configuration
one () {
	lambda_reset 20 && lambda_version 1 && deploy_lambda >out && lambda_version 2 &&
	control -d "{\"alarms\": {\"errors\": \"OK\"}}" "$SANDBOX_URL/_sandbox/seed" &&
	control -X DELETE "$SANDBOX_URL/_sandbox/calls"
}

test_expect_success 'setup' '
	sandbox_start
'

# Reasons that Lambda gives, and what they are here.
while read -r on code category
do
	test_expect_success "$code at $on is $category" '
		one && lambda_code two && lambda_version 2 &&
		lambda_rule "{\"match\": {\"on\": \"$on\"}, \"fail\": \"$code\", \"reason\": \"in words\"}" &&
		fails_with $category "in words ($code)" &&
		functions >actual &&
		test_grep "versions=1 live=1:1" actual && sandbox_no_holes
	'
done <<\EOF
configuration SubnetOutOfIPAddresses subnet-full
configuration EniLimitExceeded quota
configuration InsufficientRolePermissions iam-service
configuration InvalidSubnet definition
configuration KMSKeyNotFound definition
configuration DisabledKMSKey definition
code ImageAccessDenied image-denied
code ImageDeleted image-missing
code InvalidImage image-pull
publish FunctionError.InitTimeout crashed
publish FunctionError crashed
publish InternalError aws-internal
publish KMSKeyAccessDenied iam-service
publish EFSMountFailure volume
publish InsufficientCapacity capacity
EOF

# What Lambda refuses at once.
while read -r op status code category words
do
	test_expect_success "$code of $op is $category" '
		one && lambda_code two && lambda_version 2 &&
		fault "{\"match\": {\"op\": \"$op\"}, \"action\": {\"type\": \"error\", \"status\": $status,
			\"code\": \"$code\", \"message\": \"$words\"}}" &&
		fails_with $category "$words" &&
		functions >actual &&
		test_grep "versions=1 live=1:1" actual && sandbox_no_holes
	'
done <<\EOF
UpdateFunctionCode 400 CodeStorageExceededException limit Code storage limit exceeded.
UpdateFunctionCode 413 RequestEntityTooLargeException definition Request must be smaller than 70167211 bytes for the UpdateFunctionCode operation
UpdateFunctionCode 400 InvalidParameterValueException definition Unzipped size must be smaller than 262144000 bytes
UpdateFunctionCode 400 CodeVerificationFailedException definition The code signature failed the integrity check
UpdateFunctionConfiguration 403 AccessDeniedException iam-denied User: x is not authorized to perform: lambda:UpdateFunctionConfiguration
PublishVersion 403 AccessDeniedException iam-denied User: x is not authorized to perform: lambda:PublishVersion
UpdateAlias 403 AccessDeniedException iam-denied User: x is not authorized to perform: lambda:UpdateAlias
EOF

test_expect_success 'code that is too large is refused by Lambda, and that is told' '
	one && control -d "{\"lambda_unzipped_bytes\": 20}" "$SANDBOX_URL/_sandbox/config" &&
	lambda_code a-longer-word && lambda_version 1 &&
	fails_with definition "Unzipped size must be smaller than 20 bytes" &&
	is "versions=1 live=1:1"
'

test_expect_success 'a function that cannot be created leaves nothing, so that the next push can create it' '
	lambda_reset 20 &&
	lambda_rule "{\"match\": {\"on\": \"create\"}, \"times\": 1, \"fail\": \"SubnetOutOfIPAddresses\"}" &&
	fails_with subnet-full "function ${SQ}hello${SQ} failed: Lambda was not able" &&
	test_grep "^delete-new: function ${SQ}hello${SQ}, which is new, is deleted" out &&
	functions >actual && test_must_be_empty actual &&
	deploy_lambda >out && is "versions=1 live=1:1"
'

test_expect_success 'a role that is new is waited for' '
	unknown="\"action\": {\"type\": \"error\", \"status\": 400, \"code\": \"InvalidParameterValueException\",
		\"message\": \"The role defined for the function cannot be assumed by Lambda.\"}" &&
	lambda_reset 20 &&
	fault "{\"match\": {\"op\": \"CreateFunction\"}, \"times\": 3, $unknown}" &&
	deploy_lambda >out &&
	test_grep "^create: Lambda may not know the role yet, trying again: The role defined" out &&
	is "versions=1 live=1:1" &&
	lambda_version 2 ".Role = \"arn:aws:iam::123456789012:role/other\"" &&
	fault "{\"match\": {\"op\": \"UpdateFunctionConfiguration\"}, \"times\": 2, $unknown}" &&
	deploy_lambda >out &&
	test_grep "^configure: Lambda may not know the role yet, trying again: The role defined" out &&
	is "versions=1,2 live=2:1"
'

test_expect_success 'a version that is not ready in time is a failure, and goes' '
	one && lambdadepdef ".readinessCheck = {waitInterval: 0.1, maxRetries: 3}" &&
	lambda_rule "{\"match\": {\"on\": \"publish\"}, \"never\": true}" &&
	fails_with timeout "version ${SQ}2${SQ} is not ready in time" &&
	test_grep "^hint: raise ${SQ}readinessCheck${SQ}" out &&
	is "versions=1 live=1:1"
'

test_expect_success 'credentials that expired, and cannot be had anew, end it before anything is moved' '
	one &&
	fault "{\"match\": {\"op\": \"PublishVersion\"}, \"times\": 1, \"action\": {\"type\": \"expired\"}}" &&
	fails_with credentials "cannot publish a version" &&
	is "versions=1 live=1:1" &&
	deploy_lambda >out && is "versions=1,2 live=2:1"
'

# The most that the version ever got of the alias, percent.
most_of () {
	sandbox_traffic | sed -n "s/.*hello:live .*[ ]$1=\([0-9]*\).*/\1/p" | sort -n | tail -n 1
}

linear () {
	lambda_shifting ".trafficShiftingConfig = {type: \"LINEAR\", percent: 30, waitInterval: 0.2} | .alarms.alarmNames = [\"errors\"]"
}

for percent in 30 60 90 100
do
	test_expect_success "an alarm at $percent percent sends all of it back" '
		one && linear &&
		control -d "{\"name\": \"errors\", \"state\": \"ALARM\", \"reason\": \"5 of 5 datapoints\",
			\"when\": {\"alias\": \"hello:live\", \"version\": \"2\", \"percent\": $percent}}" "$SANDBOX_URL/_sandbox/alarms" &&
		fails_with alarm "errors.*5 of 5 datapoints" &&
		test "$(most_of 2)" = $percent &&
		is "versions=1 live=1:1"
	'
done

test_expect_success 'with one that is in ALARM before, nothing is touched' '
	one && linear &&
	control -d "{\"name\": \"errors\", \"state\": \"ALARM\"}" "$SANDBOX_URL/_sandbox/alarms" &&
	fails_with alarm "errors" &&
	sandbox_calls "service=lambda" >calls && test_grep ! -E "\.(Update|Publish|Delete)" calls &&
	is "versions=1 live=1:1"
'

# stands_at <step>: deploy with a journal, and die once the traffic was moved by that step (0, 1, ...)
stands_at () {
	one && linear && rm -f journal &&
	deploy_lambda --journal=journal >out &&
	stands_saves_=$(jq -rn --arg step "$1" "[inputs | .ids | if type == \"string\" then fromjson else . end |
		.trafficStep == \$step and .trafficWait != null] | index(true) + 1" journal) &&
	one && linear && rm -f journal &&
	test_expect_code 137 deploy_lambda --journal=journal --die-after-saves=$stands_saves_ >out
}

for step in 0 1 2 3
do
	test_expect_success "somebody who moves the alias after step $step is not overruled, but for our version" '
		stands_at $step &&
		aws_lambda PublishVersion POST /versions "{}" &&
		aws_lambda UpdateAlias PUT /aliases/live "{\"FunctionVersion\": \"1\",
			\"RoutingConfig\": {\"AdditionalVersionWeights\": {}}, \"Description\": \"mine\"}" &&
		fails_with superseded "someone else changed alias ${SQ}live${SQ}: it names version ${SQ}1${SQ}" --journal=journal &&
		aws_lambda GetAlias GET /aliases/live && jq -e ".Description == \"mine\"" .answer &&
		is "versions=1 live=1:1"
	'
done

test_expect_success 'the alias is deleted meanwhile' '
	stands_at 1 && aws_lambda DeleteAlias DELETE /aliases/live &&
	test_expect_code 1 deploy_lambda --journal=journal >out &&
	test_grep "^! superseded: alias ${SQ}live${SQ} was deleted by someone else meanwhile" out &&
	functions >actual &&
	test_grep " versions=1$" actual
'

test_expect_success 'the function is deleted meanwhile' '
	stands_at 1 && aws_lambda DeleteFunction DELETE "" &&
	test_expect_code 1 deploy_lambda --journal=journal >out &&
	test_grep "^! service-deleted: function ${SQ}hello${SQ} was deleted while it was deployed" out &&
	functions >actual && test_must_be_empty actual &&
	deploy_lambda >out && is "versions=1 live=1:1"
'

# waits: deploy until a part of the traffic is with version 2; no wait ends by itself
waits () {
	one && lambda_shifting ".trafficShiftingConfig.waitInterval = 10000 | .alarms.alarmNames = [\"errors\"]" &&
	{ deploy_lambda >out & deploying=$!; } &&
	sandbox_wait "{\"traffic\": {\"alias\": \"hello:live\", \"version\": \"2\", \"percent\": 20}}" >/dev/null
}

# ends_with <pattern>: what `waits` began
ends_with () {
	test_expect_code 1 wait $deploying && test_grep "^! $1" out
}

# Seen in the middle of a wait, or never.
while read -r routing what
do
	test_expect_success "in the middle of a wait somebody $what" '
		waits && aws_lambda UpdateAlias PUT /aliases/live "{\"FunctionVersion\": \"1\",
			\"RoutingConfig\": {\"AdditionalVersionWeights\": $routing}}" &&
		ends_with "superseded: someone else changed alias ${SQ}live${SQ}: it names version ${SQ}1${SQ}" &&
		is "versions=1 live=1:1"
	'
done <<\EOF
{"2":0.5} gives the new version more
{} takes it away from the new version
{"2":0.2} changes something else of the alias
EOF

test_expect_success 'in the middle of a wait somebody deletes the alias' '
	waits && aws_lambda DeleteAlias DELETE /aliases/live &&
	ends_with "superseded: alias ${SQ}live${SQ} was deleted by someone else meanwhile" &&
	functions >actual && test_grep " versions=1$" actual
'

test_expect_success 'in the middle of a wait somebody deletes the function' '
	waits && aws_lambda DeleteFunction DELETE "" &&
	ends_with "service-deleted: function ${SQ}hello${SQ} was deleted while it was deployed" &&
	functions >actual && test_must_be_empty actual
'

test_expect_success 'a look that fails, or hangs when an alarm fires, keeps nobody from anything' '
	waits &&
	fault "{\"match\": {\"op\": \"GetAlias\"}, \"times\": 1, \"action\": {\"type\": \"error\", \"status\": 403,
		\"code\": \"AccessDeniedException\", \"message\": \"no\"}}" &&
	sandbox_calls "op=GetAlias" >looks &&
	sandbox_wait "{\"calls\": {\"op\": \"GetAlias\", \"count\": $(($(wc -l <looks) + 3))}}" >/dev/null &&
	sandbox_calls "op=GetAlias" >looks && test_grep " 403 " looks &&
	fault "{\"match\": {\"op\": \"GetAlias\"}, \"times\": 1, \"action\": {\"type\": \"delay\", \"delay\": 10000}}" &&
	control -d "{\"name\": \"errors\", \"state\": \"ALARM\"}" "$SANDBOX_URL/_sandbox/alarms" &&
	ends_with "alarm: " && is "versions=1 live=1:1"
'

# published: as stands_at, once the version is there
published () {
	one && linear && rm -f journal && deploy_lambda --journal=journal >out &&
	published_saves_=$(jq -rn "[inputs | .ids | if type == \"string\" then fromjson else . end |
		.version != null] | index(true) + 1" journal) &&
	one && linear && rm -f journal &&
	test_expect_code 137 deploy_lambda --journal=journal --die-after-saves=$published_saves_ >out
}

test_expect_success 'the new version is deleted meanwhile' '
	published && aws_lambda DeleteFunction DELETE ":2" &&
	test_expect_code 1 deploy_lambda --journal=journal >out &&
	test_grep "^! superseded: version ${SQ}2${SQ} was deleted by someone else meanwhile" out &&
	is "versions=1 live=1:1"
'

test_expect_success 'two deployments at once: one is wholly there, the other says so or is the same' '
	for time in 1 2 3
	do
		one && linear && cp fn.json fn2.json && lambda_version 3 && mv fn.json fn3.json || return
		{ test-tool deploy --lambdadef=fn2.json --depdef=dep.json >out2; echo $? >code2; } & second=$!
		{ test-tool deploy --lambdadef=fn3.json --depdef=dep.json >out3; echo $? >code3; } & third=$!
		wait $second; wait $third
		test "$(cat code2)$(cat code3)" != 11 || { cat out2 out3; return 1; }
		for failed in 2 3
		do
			test "$(cat code$failed)" = 0 || test_grep "^! superseded: " out$failed || return
		done
		functions >actual && test_grep " live=[1-9][0-9]*:1$" actual && sandbox_no_holes || return
	done
'

test_expect_success 'a URL that lets anybody read the code is in no output' '
	one && lambda_code two && lambda_version 2 && rm -f journal &&
	deploy_lambda --journal=journal >out 2>&1 &&
	test_grep ! -i "X-Amz-" out &&
	test_grep ! -i "X-Amz-" journal
'

test_expect_success 'AWS was asked for nothing that it would not understand' '
	sandbox_no_invalid_calls
'

test_done
