#!/bin/sh

test_description='what no call makes of a function that runs is found before it is pushed'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-server.sh

# function [<filter of jq>] [<settings>]: the definition, and what is beside it
function_is () {
	mkdir -p work/dev &&
	jq -n "{FunctionName: \"jobs\", Role: \"arn:aws:iam::123456789012:role/a\", Handler: \"a.b\",
		Runtime: \"python3.13\", Code: {S3Bucket: \"bucket\", S3Key: \"k\"}} | ${1:-.}" >work/dev/jobs_lambdadef.json &&
	jq -n "{alias: \"live\"} + ${2:-{\}}" >work/dev/jobs_lambdadepdef.json &&
	git -C work add . &&
	test_tick &&
	git -C work commit -q -m "as jobs" --allow-empty
}

# finds [<expected>...]: "severity rule", one each
finds () {
	{ git -C work gitops check --format=json >json || test $? = 1; } &&
	jq -r ".findings[] | .severity + \" \" + .rule + \" \" + (.message | split(\"${SQ}\")[1])" json >actual &&
	if test $# = 0
	then
		: >expect
	else
		printf "%s\n" "$@" >expect
	fi &&
	test_cmp expect actual
}

IMAGE="del(.Handler, .Runtime) | .PackageType = \"Image\" |
	.Code = {ImageUri: \"123456789012.dkr.ecr.us-east-1.amazonaws.com/a@sha256:$(printf "%064d" 1)\"}"
CANARY="{trafficShiftingConfig: {type: \"CANARY\"}}"

test_expect_success 'setup: a function, processed and running' '
	git init -q work &&
	git -C work symbolic-ref HEAD refs/heads/main &&
	function_is &&
	git -C work update-ref refs/gitops/processed/main HEAD &&
	git -C work update-ref refs/gitops/live/main/lambda/dev/jobs HEAD &&
	finds
'

test_expect_success 'another PackageType is an error where it runs, at its place' '
	function_is "$IMAGE" &&
	finds "error lambda-immutable PackageType" &&
	test_expect_code 1 git -C work gitops check >out &&
	test_grep "^dev/jobs_lambdadef.json:[0-9]*:3: error: ${SQ}PackageType${SQ} is another one than that of the function that runs" out
'

test_expect_success 'and a warning where it may not: another attempt may be right' '
	git -C work update-ref -d refs/gitops/live/main/lambda/dev/jobs &&
	finds "warning lambda-immutable PackageType" &&
	git -C work update-ref refs/gitops/live/main/lambda/dev/jobs refs/gitops/processed/main
'

test_expect_success 'no PackageType is Zip' '
	function_is ".PackageType = \"Zip\"" &&
	finds
'

test_expect_success 'another name is another function, of which nothing is compared' '
	function_is "$IMAGE | .FunctionName = \"others\"" &&
	finds "warning lambda-renamed FunctionName" &&
	function_is ".FunctionName = \"arn:aws:lambda:us-east-1:123456789012:function:jobs\"" &&
	finds
'

test_expect_success 'so is one in another region' '
	function_is "$IMAGE" "{environment: {region: \"eu-west-1\"}}" &&
	{ git -C work gitops check --format=json >json || test $? = 1; } &&
	jq -r ".findings[].rule" json >rules &&
	test_grep ! lambda-immutable rules
'

test_expect_success 'tenancy can not come, durable executions can not go' '
	function_is ".TenancyConfig = {TenantIsolationMode: \"PER_TENANT\"}" &&
	finds "error lambda-immutable TenancyConfig" &&
	function_is ".DurableConfig = {RetentionPeriodInDays: 3}" &&
	finds &&
	git -C work update-ref refs/gitops/live/main/lambda/dev/jobs HEAD &&
	git -C work update-ref refs/gitops/processed/main HEAD &&
	function_is ".DurableConfig = {RetentionPeriodInDays: 4}" &&
	finds &&
	function_is &&
	finds "error lambda-immutable DurableConfig" &&
	git -C work update-ref refs/gitops/processed/main HEAD &&
	git -C work update-ref refs/gitops/live/main/lambda/dev/jobs HEAD
'

test_expect_success 'another role, or queue for failures, can not share traffic' '
	function_is ".Role = \"arn:aws:iam::123456789012:role/b\"" "$CANARY" &&
	finds "error lambda-shift Role" &&
	function_is ".DeadLetterConfig = {TargetArn: \"arn:aws:sqs:us-east-1:123456789012:q\"}" \
		"{trafficShiftingConfig: {type: \"LINEAR\", percent: 10}}" &&
	finds "error lambda-shift DeadLetterConfig" &&
	function_is ".Role = \"arn:aws:iam::123456789012:role/b\"" "{trafficShiftingConfig: {}}" &&
	finds "error lambda-shift Role"
'

test_expect_success 'but can be had at once' '
	function_is ".Role = \"arn:aws:iam::123456789012:role/b\"" &&
	finds &&
	function_is ".Role = \"arn:aws:iam::123456789012:role/b\"" "{trafficShiftingConfig: {type: \"ALL_AT_ONCE\"}}" &&
	finds &&
	function_is ".Role = \"arn:aws:iam::123456789012:role/b\"" "{trafficShiftingConfig: {type: \"CANARY\", percent: 100}}" &&
	finds
'

test_expect_success 'what runs can not be read: the push is not refused for that' '
	git -C work update-ref refs/gitops/live/main/lambda/dev/jobs "$(git -C work hash-object -t tree -w --stdin </dev/null)" &&
	function_is "$IMAGE" &&
	finds
'

test_expect_success 'a push is refused on the server' '
	function_is &&
	server_init origin.git &&
	git -C work push -q ../origin.git HEAD:refs/heads/main &&
	git -C origin.git update-ref refs/gitops/live/main/lambda/dev/jobs refs/heads/main &&
	function_is "$IMAGE" &&
	test_must_fail git -C work push ../origin.git HEAD:refs/heads/main 2>err &&
	remote_lines err >said &&
	test_grep "and no call changes it \[lambda-immutable\]" said
'

test_done
