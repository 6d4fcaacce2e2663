#!/bin/sh

test_description='each member of CreateFunction: given, changed, taken away'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-deploy.sh
. "$TEST_DIRECTORY"/lib-lambda.sh

# at <method> <path> [<body>]: a call that the deployer does not make
at () {
	printf "%s" "${3-}" | test-tool aws-call --service lambda --op Any --method "$1" --path "$2"
}

# there: the function as AWS has it, with its code signing
there () {
	at GET /2015-03-31/functions/hello >function.json &&
	at GET /2020-06-30/functions/hello/code-signing-config >signing.json &&
	jq -s ".[0] + {Signing: .[1].CodeSigningConfigArn}" function.json signing.json
}

# changing_calls: the names of the calls that changed something, but a version and the alias
changing_calls () {
	calls_since count | sed -n "s/^lambda\.\([A-Za-z]*\) 20.*/\1/p" |
	grep -v -e "^Get" -e "^List" -e Version -e Alias >.changing
	paste -s -d " " .changing | sed "/^$/d"
}

test_expect_success 'setup: what members refer to' '
	lambda_start &&
	control -d "{\"speed\": 60}" "$SANDBOX_URL/_sandbox/clock" &&
	for name in one two
	do
		zip=$(cat code) &&
		at POST "/2018-10-31/layers/$name/versions" "{\"Content\": {\"ZipFile\": \"$zip\"}}" >out &&
		at POST /2020-04-22/code-signing-configs "{\"AllowedPublishers\": {\"SigningProfileVersionArns\":
			[\"arn:aws:signer:us-east-1:123456789012:/signing-profiles/p/abcdefghij\"]}}" |
		jq -r .CodeSigningConfig.CodeSigningConfigArn >signing-$name || return
	done &&
	AWS=arn:aws:lambda:us-east-1:123456789012 &&
	IMAGES=123456789012.dkr.ecr.us-east-1.amazonaws.com &&
	: >tested
'

# member <names> <kind> <first> <second> <call> <call to take it away> <shown> <after> [<more>]
#
# The member (as jq sees it) is given when the function is made, changed, and
# taken away: by these calls, and no others that change it. <shown> is jq for
# what is compared, <after> what it is in the end. <more> goes with the first two.
member () {
	name=$1 kind=$2 first=$3 second=$4 call=$5 away=$6 shown=$7 after=$8 more=${9-} &&
	echo "$name" >>tested &&
	base="del(.Timeout)" &&
	test "$kind" != image ||
	base="del(.Handler, .Runtime, .Code, .Timeout) | .PackageType = \"Image\" | .Code.ImageUri = \"$IMAGES/app@sha256:$(printf "%064d" 1)\""
	test_expect_success "'$name' is given by CreateFunction" '
		lambda_reset_function &&
		lambdadef "$base | .$name = $first $more" && deploy_lambda >out &&
		changing_calls >actual &&
		echo CreateFunction >expect && test_cmp expect actual &&
		there | jq -S -c "$shown" >actual &&
		jq -n -S -c "$first" >expect && test_cmp expect actual &&
		deploy_lambda >out &&
		changing_calls >actual && test_must_be_empty actual
	'
	test -z "$second" || test_expect_success "'$name' is changed by $call" '
		lambdadef "$base | .$name = $second $more" && deploy_lambda >out &&
		changing_calls >actual &&
		echo "$call" >expect && test_cmp expect actual &&
		there | jq -S -c "$shown" >actual &&
		jq -n -S -c "$second" >expect && test_cmp expect actual
	'
	test -z "$away" || test_expect_success "'$name' is taken away by $away" '
		lambdadef "$base" && deploy_lambda >out &&
		changing_calls >actual &&
		echo "$away" >expect && test_cmp expect actual &&
		there | jq -S -c "$shown" >actual &&
		printf "%s\n" "$after" >expect && test_cmp expect actual &&
		deploy_lambda >out &&
		changing_calls >actual && test_must_be_empty actual
	'
}

lambda_reset_function () {
	at DELETE /2015-03-31/functions/hello >out || :
	lambdadepdef ".keepVersions = 9" && calls_since count >out
}

CONFIGURATION=UpdateFunctionConfiguration
# setting <name> <first> <second> <after> [<shown>] [<more>]: what UpdateFunctionConfiguration changes, and takes away
setting () {
	member "$1" zip "$2" "$3" $CONFIGURATION $CONFIGURATION "${5-.Configuration.$1}" "$4" "${6-}"
}

setting Description "\"a\"" "\"b\"" "\"\""
setting Timeout 9 11 3
setting MemorySize 256 512 128
setting KMSKeyArn "\"arn:aws:kms:us-east-1:123456789012:key/a\"" "\"arn:aws:kms:us-east-1:123456789012:key/b\"" \
	"\"\"" ".Configuration.KMSKeyArn // \"\""
setting VpcConfig "{SubnetIds: [\"subnet-1\"], SecurityGroupIds: [\"sg-1\"]}" \
	"{SubnetIds: [\"subnet-1\", \"subnet-2\"], SecurityGroupIds: [\"sg-1\"]}" \
	"{\"SecurityGroupIds\":[],\"SubnetIds\":[]}" ".Configuration.VpcConfig | {SubnetIds, SecurityGroupIds}"
setting Environment "{Variables: {AA: \"1\", BB: \"2\"}}" "{Variables: {AA: \"2\"}}" "{}" \
	".Configuration.Environment // {} | if .Variables == {} then {} else . end"
setting DeadLetterConfig "{TargetArn: \"arn:aws:sqs:us-east-1:123456789012:a\"}" \
	"{TargetArn: \"arn:aws:sqs:us-east-1:123456789012:b\"}" "null" \
	".Configuration.DeadLetterConfig | if (.TargetArn // \"\") == \"\" then null else . end"
setting TracingConfig "{Mode: \"Active\"}" "" "{\"Mode\":\"PassThrough\"}"
setting Layers "[\"$AWS:layer:one:1\"]" "[\"$AWS:layer:two:1\", \"$AWS:layer:one:1\"]" "[]" \
	"[.Configuration.Layers[]?.Arn]"
setting FileSystemConfigs "[{Arn: \"arn:aws:elasticfilesystem:us-east-1:123456789012:access-point/fsap-12345678901234567\",
	LocalMountPath: \"/mnt/a\"}]" "[{Arn: \"arn:aws:elasticfilesystem:us-east-1:123456789012:access-point/fsap-12345678901234567\",
	LocalMountPath: \"/mnt/b\"}]" "[]" ".Configuration.FileSystemConfigs // []"
setting EphemeralStorage "{Size: 1024}" "{Size: 2048}" "{\"Size\":512}"
setting SnapStart "{ApplyOn: \"PublishedVersions\"}" "" "{\"ApplyOn\":\"None\"}" ".Configuration.SnapStart | {ApplyOn}"
setting LoggingConfig "{LogFormat: \"JSON\", LogGroup: \"a\"}" "{LogFormat: \"Text\", LogGroup: \"b\"}" \
	"{\"LogFormat\":\"Text\",\"LogGroup\":\"/aws/lambda/hello\"}" ".Configuration.LoggingConfig | {LogFormat, LogGroup}"
member ImageConfig image "{Command: [\"a\"]}" "{Command: [\"b\"], WorkingDirectory: \"/w\"}" $CONFIGURATION $CONFIGURATION \
	".Configuration.ImageConfigResponse.ImageConfig // {}" "{}"

# What a function must have, and what stays where the definition says nothing.
member Role zip "\"$LAMBDA_ROLE\"" "\"arn:aws:iam::123456789012:role/other\"" $CONFIGURATION "" .Configuration.Role ""
member Handler zip "\"a.b\"" "\"c.d\"" $CONFIGURATION "" .Configuration.Handler ""
member Runtime zip "\"python3.12\"" "\"python3.13\"" $CONFIGURATION "" .Configuration.Runtime ""
member RuntimeConfig zip "{RuntimeArn: \"arn:aws:lambda:us-east-1:123456789012:runtime/aaaaaaaaaaa\", RuntimeAlias: \"a\"}" \
	"{RuntimeArn: \"arn:aws:lambda:us-east-1:123456789012:runtime/baaaaaaaaaa\", RuntimeAlias: \"b\"}" $CONFIGURATION "" .Configuration.RuntimeConfig ""

# What no call takes away.
provider="{LambdaManagedInstancesCapacityProviderConfig: {CapacityProviderArn: \"$AWS:capacity-provider:a\"}}"
member CapacityProviderConfig zip "$provider" "$provider * {LambdaManagedInstancesCapacityProviderConfig: {PerExecutionEnvironmentMaxConcurrency: 2}}" \
	$CONFIGURATION "" .Configuration.CapacityProviderConfig ""
member AcceleratorConfig zip "{AcceleratorMemorySize: 1}" "{AcceleratorMemorySize: 2}" $CONFIGURATION "" .Configuration.AcceleratorConfig "" \
	"| .CapacityProviderConfig = $provider"
member DurableConfig zip "{RetentionPeriodInDays: 3, ExecutionTimeout: 60}" "{RetentionPeriodInDays: 4, ExecutionTimeout: 60}" \
	$CONFIGURATION "" .Configuration.DurableConfig ""

# What has calls of its own.
member Architectures zip "[\"arm64\"]" "" "" UpdateFunctionCode .Configuration.Architectures "[\"x86_64\"]"
member CodeSigningConfigArn zip "\"$(cat signing-one)\"" "\"$(cat signing-two)\"" "PutFunctionCodeSigningConfig" \
	"DeleteFunctionCodeSigningConfig UntagResource" .Signing null
member Tags zip "{team: \"a\", \"cost center\": \"b\"}" "{team: \"b\", size: \"c\"}" "UntagResource TagResource" UntagResource \
	".Tags | with_entries(select(.key | startswith(\"gitops:\") | not))" "{}"

for name in CapacityProviderConfig AcceleratorConfig DurableConfig
do
	test_expect_success "'$name' is not taken away by any call, and that is said" '
		case $name in
		CapacityProviderConfig) given="$provider" more= ;;
		AcceleratorConfig) given="{AcceleratorMemorySize: 1}" more="| .CapacityProviderConfig = $provider" ;;
		DurableConfig) given="{RetentionPeriodInDays: 3}" more= ;;
		esac &&
		lambda_reset_function &&
		lambdadef ".$name = $given $more" && deploy_lambda >out &&
		calls_since count >out &&
		lambdadef ". $more" && test_expect_code 1 deploy_lambda >out &&
		test_grep "^! immutable: ${SQ}$name${SQ} of function ${SQ}hello${SQ} is not in the definition" out &&
		changing_calls >actual && test_must_be_empty actual
	'
done

echo PackageType >>tested
test_expect_success "'PackageType' is not changed by any call, and that is said" '
	lambda_reset_function &&
	lambdadef && deploy_lambda >out &&
	calls_since count >out &&
	lambdadef "del(.Handler, .Runtime, .Code) | .PackageType = \"Image\" | .Code.ImageUri = \"$IMAGES/app:1\"" &&
	test_expect_code 1 deploy_lambda >out &&
	test_grep "^! immutable: ${SQ}PackageType${SQ} of function ${SQ}hello${SQ} is another one" out &&
	changing_calls >actual && test_must_be_empty actual
'

echo TenancyConfig >>tested
test_expect_success "'TenancyConfig' is not changed by any call either" '
	lambdadef ".TenancyConfig = {TenantIsolationMode: \"PER_TENANT\"}" &&
	test_expect_code 1 deploy_lambda >out &&
	test_grep "^! immutable: ${SQ}TenancyConfig${SQ}" out &&
	lambda_reset_function &&
	lambdadef ".TenancyConfig = {TenantIsolationMode: \"PER_TENANT\"}" && deploy_lambda >out &&
	there | jq -c .Configuration.TenancyConfig >actual &&
	echo "{\"TenantIsolationMode\":\"PER_TENANT\"}" >expect && test_cmp expect actual
'

echo FunctionName >>tested
test_expect_success "another 'FunctionName' is another function; the first one stays" '
	lambda_reset_function &&
	lambdadef && deploy_lambda >out &&
	lambdadef ".FunctionName = \"hello2\"" && deploy_lambda >out &&
	functions | cut -d " " -f 2 >actual &&
	printf "%s\n" hello hello2 >expect && test_cmp expect actual
'

echo Code >>tested
test_expect_success "'Code' is changed by UpdateFunctionCode, with all that it has" '
	lambda_reset_function &&
	lambdadef && deploy_lambda >out &&
	lambda_code two && lambdadef && deploy_lambda >out &&
	changing_calls >actual &&
	echo "CreateFunction UpdateFunctionCode" >expect && test_cmp expect actual
'

echo Publish >>tested
test_expect_success "'Publish' makes no version by itself, and its absence prevents none" '
	for publish in true false
	do
		lambda_reset_function &&
		lambdadef ".Publish = $publish" && deploy_lambda >out &&
		functions | grep " hello " >actual &&
		echo "us-east-1 hello Active/Successful versions=1 live=1:1" >expect &&
		test_cmp expect actual || return
	done
'

echo PublishTo >>tested
test_expect_success "'PublishTo' goes to PublishVersion" '
	lambda_reset_function &&
	lambdadef ".PublishTo = \"LATEST_PUBLISHED\" | .CapacityProviderConfig = $provider" && deploy_lambda >out &&
	sandbox_ctl "calls?op=PublishVersion" | jq -r ".[-1].params.PublishTo" >actual &&
	echo LATEST_PUBLISHED >expect && test_cmp expect actual
'

test_expect_success 'these are all members that CreateFunction has' '
	"$GITOPS_SANDBOX_PYTHON" -I -c "
import botocore.session
model = botocore.session.get_session().get_service_model(\"lambda\").operation_model(\"CreateFunction\")
print(*sorted(model.input_shape.members), sep=\"\n\")" >expect &&
	LC_ALL=C sort tested >actual &&
	test_cmp expect actual
'

test_done
