#!/bin/sh

test_description='Lambda functions: created, changed by as few calls as it takes, deleted'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-deploy.sh
. "$TEST_DIRECTORY"/lib-lambda.sh

# params <operation>: of the last such call
params () {
	sandbox_ctl "calls?op=$1" | jq -S ".[-1].params"
}

test_expect_success 'a function that is not there is created, with a version and the alias' '
	lambda_start &&
	deploy_lambda >out &&
	cat >expect <<-EOF &&
	preflight: account 123456789012, region us-east-1
	preflight: function ${SQ}hello${SQ} is new
	create: function ${SQ}hello${SQ} created
	publish: published version ${SQ}1${SQ}
	shift: alias ${SQ}live${SQ} created: version ${SQ}1${SQ}
	= PROCESSED_SUCCESS 1
	EOF
	grep -v " waiting until " out >actual &&
	test_cmp expect actual &&
	functions >actual &&
	echo "us-east-1 hello Active/Successful versions=1 live=1:1" >expect &&
	test_cmp expect actual
'

test_expect_success 'it took no more calls than a creation needs' '
	calls_since count >actual &&
	cat >expect <<-\EOF &&
	sts.GetCallerIdentity 200
	lambda.GetFunction 404 ResourceNotFoundException
	lambda.CreateFunction 201
	lambda.GetFunction 200
	lambda.PublishVersion 201
	lambda.GetFunction 200
	lambda.CreateAlias 201
	EOF
	test_cmp expect actual
'

test_expect_success 'CreateFunction gets the definition, but publishes nothing by itself' '
	params CreateFunction | jq -c "keys" >actual &&
	echo "[\"Code\",\"FunctionName\",\"Handler\",\"Role\",\"Runtime\",\"Tags\",\"Timeout\"]" >expect &&
	test_cmp expect actual
'

test_expect_success 'what has not changed has no new version' '
	deploy_lambda >out &&
	test_grep "^publish: nothing has changed since version ${SQ}1${SQ}" out &&
	test_grep "^= PROCESSED_SUCCESS 1" out &&
	calls_since count >actual &&
	cat >expect <<-\EOF &&
	sts.GetCallerIdentity 200
	lambda.GetFunction 200
	lambda.GetAlias 200
	lambda.PublishVersion 201
	lambda.GetPolicy 404 ResourceNotFoundException
	lambda.ListEventSourceMappings 200
	EOF
	test_cmp expect actual &&
	functions >actual &&
	echo "us-east-1 hello Active/Successful versions=1 live=1:1" >expect &&
	test_cmp expect actual
'

test_expect_success 'other code is uploaded, and nothing else changed' '
	lambda_code two && lambdadef &&
	deploy_lambda >out &&
	calls_since count >actual &&
	cat >expect <<-\EOF &&
	sts.GetCallerIdentity 200
	lambda.GetFunction 200
	lambda.GetAlias 200
	lambda.GetFunction 200
	lambda.UpdateFunctionCode 200
	lambda.GetFunction 200
	lambda.PublishVersion 201
	lambda.GetFunction 200
	lambda.UpdateAlias 200
	lambda.GetPolicy 404 ResourceNotFoundException
	lambda.GetProvisionedConcurrencyConfig 404 ProvisionedConcurrencyConfigNotFoundException
	lambda.ListEventSourceMappings 200
	EOF
	test_cmp expect actual
'

test_expect_success 'the version that was replaced is kept for going back, the one before it goes' '
	functions >actual &&
	echo "us-east-1 hello Active/Successful versions=1,2 live=2:1" >expect &&
	test_cmp expect actual &&
	lambdadef ".Timeout = 20" &&
	deploy_lambda >out &&
	test_grep "^retire: version ${SQ}1${SQ} is deleted" out &&
	functions >actual &&
	echo "us-east-1 hello Active/Successful versions=2,3 live=3:1" >expect &&
	test_cmp expect actual
'

test_expect_success 'another configuration uploads no code, and only what differs is sent' '
	calls_since count >calls &&
	test_grep UpdateFunctionConfiguration calls &&
	test_grep ! UpdateFunctionCode calls &&
	params UpdateFunctionConfiguration | jq -c "keys" >actual &&
	echo "[\"FunctionName\",\"RevisionId\",\"Timeout\"]" >expect &&
	test_cmp expect actual
'

test_expect_success 'as many replaced versions are kept as the settings say' '
	lambdadepdef ".keepVersions = 3" &&
	for timeout in 21 22 23 24
	do
		lambdadef ".Timeout = $timeout" && deploy_lambda >out || return
	done &&
	functions >actual &&
	echo "us-east-1 hello Active/Successful versions=4,5,6,7 live=7:1" >expect &&
	test_cmp expect actual &&
	lambdadepdef ".keepVersions = 0" &&
	lambdadef ".Timeout = 25" && deploy_lambda >out &&
	functions >actual &&
	echo "us-east-1 hello Active/Successful versions=8 live=8:1" >expect &&
	test_cmp expect actual &&
	lambdadepdef
'

test_expect_success 'versions of others, and what other aliases name, are left alone' '
	aws_lambda () {
		test-tool aws-call --service lambda --op "$1" --method "$2" --path "/2015-03-31/functions/hello/$3"
	} &&
	echo "{\"MemorySize\": 256}" | aws_lambda UpdateFunctionConfiguration PUT configuration >out &&
	sleep 0.3 &&
	echo "{}" | aws_lambda PublishVersion POST versions >out &&
	echo "{\"Name\": \"old\", \"FunctionVersion\": \"8\"}" | aws_lambda CreateAlias POST aliases >out &&
	lambdadepdef ".keepVersions = 0" &&
	deploy_lambda >out &&
	test_grep "^configure: configuration updated" out &&
	test_grep "^retire: version ${SQ}8${SQ} stays: an alias names it" out &&
	functions >actual &&
	echo "us-east-1 hello Active/Successful versions=8,9,10 live=10:1 old=8:1" >expect &&
	test_cmp expect actual &&
	lambdadepdef
'

test_expect_success 'what the definition leaves out is what CreateFunction would make of it' '
	full="{MemorySize: 512, Description: \"d\", Environment: {Variables: {AA: \"1\", BB: \"2\"}},
		TracingConfig: {Mode: \"Active\"}, EphemeralStorage: {Size: 1024},
		DeadLetterConfig: {TargetArn: \"arn:aws:sqs:us-east-1:123456789012:q\"},
		VpcConfig: {SubnetIds: [\"subnet-1\", \"subnet-2\"], SecurityGroupIds: [\"sg-1\"]},
		LoggingConfig: {LogFormat: \"JSON\", LogGroup: \"elsewhere\"}}" &&
	lambdadef ". + $full" && deploy_lambda >out &&
	calls_since count >calls && test_grep "^lambda.UpdateFunctionConfiguration 200" calls &&
	lambdadef ". + $full | .VpcConfig.SubnetIds |= reverse" && deploy_lambda >out &&
	test_grep "nothing has changed" out &&
	lambdadef "del(.Timeout)" && deploy_lambda >out &&
	params UpdateFunctionConfiguration | jq -c "del(.FunctionName, .RevisionId)" >actual &&
	jq -S -c . >expect <<-\EOF &&
	{"DeadLetterConfig":{"TargetArn":""},"Description":"","Environment":{"Variables":{}},
	 "EphemeralStorage":{"Size":512},"LoggingConfig":{"LogFormat":"Text","LogGroup":"/aws/lambda/hello"},
	 "MemorySize":128,"Timeout":3,"TracingConfig":{"Mode":"PassThrough"},
	 "VpcConfig":{"SecurityGroupIds":[],"SubnetIds":[]}}
	EOF
	test_cmp expect actual &&
	deploy_lambda >out &&
	test_grep "nothing has changed" out
'

test_expect_success 'a variable that is gone from the environment is gone' '
	lambdadef ".Environment.Variables = {AA: \"1\", BB: \"2\"}" && deploy_lambda >out &&
	lambdadef ".Environment.Variables = {AA: \"1\"}" && deploy_lambda >out &&
	params UpdateFunctionConfiguration | jq -c ".Environment" >actual &&
	echo "{\"Variables\":{\"AA\":\"1\"}}" >expect &&
	test_cmp expect actual
'

test_expect_success 'tags have a call of their own; those of others stay' '
	lambdadef ".Environment.Variables = {AA: \"1\"} | .Tags = {team: \"a\"}" &&
	calls_since count >/dev/null &&
	deploy_lambda >out &&
	calls_since count >actual &&
	test_grep "^lambda.TagResource 204" actual &&
	test_grep ! UpdateFunction actual &&
	deploy_lambda >out &&
	calls_since count >actual &&
	test_grep ! TagResource actual &&
	test-tool aws-call --service lambda --op GetFunction --method GET \
		--path /2015-03-31/functions/hello </dev/null | jq -c .Tags >tags &&
	test_grep "\"team\":\"a\"" tags && test_grep "gitops:deployment" tags
'

test_expect_success 'an object of S3 with a version is not sent again, one without is' '
	lambda_reset &&
	"$GITOPS_SANDBOX_PYTHON" -I -S -c "
import base64, sys
sys.stdout.buffer.write(base64.b64decode(open(\"code\").read()))" >code.zip &&
	s3 () {
		method=$1 && shift &&
		test-tool aws-call --service s3 --op "$method" --method "$method" "$@"
	} &&
	s3 PUT --path /bucket </dev/null >out &&
	s3 PUT --path /bucket/code.zip <code.zip >out &&
	lambdadef ".Code = {S3Bucket: \"bucket\", S3Key: \"code.zip\"}" &&
	deploy_lambda >out &&
	deploy_lambda >out &&
	test_grep "^update-code: code updated" out &&
	test_grep "^publish: nothing has changed" out &&
	functions >actual &&
	echo "us-east-1 hello Active/Successful versions=1 live=1:1" >expect &&
	test_cmp expect actual
'

test_expect_success 'a package of another type, or no alias, is refused with what to do' '
	lambdadef ".PackageType = \"Image\" | .Code = {ImageUri: \"123456789012.dkr.ecr.us-east-1.amazonaws.com/app:1\"} |
		del(.Handler, .Runtime)" &&
	calls_since count >/dev/null &&
	test_expect_code 1 deploy_lambda >out &&
	test_grep "^! immutable: ${SQ}PackageType${SQ} of function ${SQ}hello${SQ}" out &&
	calls_since count >actual &&
	test_grep ! -E "Update|Create|Delete" actual &&
	lambdadef && lambdadepdef "del(.alias)" &&
	test_expect_code 1 deploy_lambda >out &&
	test_grep "^! settings: the deployment settings name no ${SQ}alias${SQ}" out &&
	lambdadepdef ".alias = \"\$LATEST\"" &&
	test_expect_code 1 deploy_lambda >out &&
	test_grep "^! settings:" out &&
	lambdadepdef
'

test_expect_success 'an image is deployed by its digest, and not twice' '
	lambda_reset &&
	image=123456789012.dkr.ecr.us-east-1.amazonaws.com/app &&
	digest=$(printf "%064d" 1) &&
	lambdadef ".PackageType = \"Image\" | .Code = {ImageUri: \"$image@sha256:$digest\"} | del(.Handler, .Runtime)" &&
	deploy_lambda >out &&
	deploy_lambda >out &&
	test_grep "^publish: nothing has changed" out &&
	calls_since count >/dev/null &&
	digest=$(printf "%064d" 2) &&
	lambdadef ".PackageType = \"Image\" | .Code = {ImageUri: \"$image@sha256:$digest\"} | del(.Handler, .Runtime)" &&
	deploy_lambda >out &&
	test_grep "^update-code: code updated" out &&
	test_grep "^publish: published version ${SQ}2${SQ}" out
'

test_expect_success 'a definition that goes takes the function along, and the event source mappings of its alias' '
	lambda_reset &&
	deploy_lambda >out &&
	for function in hello:live hello
	do
		echo "{\"FunctionName\": \"$function\", \"EventSourceArn\": \"arn:aws:sqs:us-east-1:123456789012:q\"}" |
		test-tool aws-call --service lambda --op CreateEventSourceMapping --method POST \
			--path /2015-03-31/event-source-mappings >out || return
	done &&
	deploy_lambda --delete >out &&
	test_grep "^event-sources: event source mapping ${SQ}.*${SQ} is deleted" out &&
	grep "^event-sources" out >actual &&
	test_line_count -eq 1 actual &&
	test_grep "^delete: function ${SQ}hello${SQ} is deleted, with all its versions" out &&
	functions >actual &&
	echo "us-east-1 hello < arn:aws:sqs:us-east-1:123456789012:q Enabled" >expect &&
	test_cmp expect actual &&
	deploy_lambda --delete >out &&
	test_grep "^delete: function ${SQ}hello${SQ} is gone already" out
'

test_expect_success 'AWS was asked for nothing that it would not understand' '
	sandbox_no_invalid_calls
'

test_done
