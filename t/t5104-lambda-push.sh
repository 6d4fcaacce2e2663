#!/bin/sh

test_description='Lambda functions from push to alias: deployed, changed, rolled back, deleted'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-server.sh
. "$TEST_DIRECTORY"/lib-deploy.sh
. "$TEST_DIRECTORY"/lib-lambda.sh

drain () {
	git gitops worker --drain origin.git 2>worker.log
}

# push <message>: all that is changed in the clone
push () {
	git -C work add -A . && test_tick &&
	git -C work commit -q -m "$1" &&
	git -C work push -q origin HEAD:main 2>push.err || { cat push.err; return 1; }
	git -C work rev-parse --short=7 HEAD >"commit.$1"
}

# newest <filter>: of the record that is the newest
newest () {
	git -C origin.git gitops log -n 1 --format=json fn/hello | jq -r ".deployments[0]$1"
}

# answers: what the code of the version behind the alias says
answers () {
	"$GITOPS_VENV/bin/python" -c "
import boto3, os
print(boto3.client(\"lambda\", region_name=\"us-east-1\", endpoint_url=os.environ[\"SANDBOX_URL\"]).get_function(
    FunctionName=\"hello-elb\", Qualifier=\"LIVE\")[\"Configuration\"][\"CodeSha256\"])"
}

test_expect_success 'setup: a server, code in S3, a function of templates' '
	sandbox_start &&
	sandbox_fresh_lambda &&
	control -d "{\"alarms\": {\"errors\": \"OK\"}, \"zips\": {
		\"code/old.zip\": {\"hello.py\": \"def handler(event, context): return 1\"},
		\"code/new.zip\": {\"hello.py\": \"def handler(event, context): return 2\"}}}" "$SANDBOX_URL/_sandbox/seed" &&
	server_init origin.git &&
	git clone -q origin.git work 2>err &&
	mkdir -p work/fn work/lambda/base/terraform &&
	for kind in lambdadef lambdadepdef lambdainput
	do
		cp "$TEST_DIRECTORY/data/samples/lambda/elb/sample/hello_$kind.json.sample" work/fn/hello_$kind.json || return
	done &&
	sed -i "s/\"waitInterval\": 30/\"waitInterval\": 1/; s/\"waitInterval\": 5/\"waitInterval\": 1/" \
		work/fn/hello_lambdadepdef.json &&
	jq -n --arg role "$LAMBDA_ROLE" "{lambda_exec_role_arn: \$role, s3_bucket_name: \"code\",
		s3_object_old_key: \"old.zip\", s3_object_new_key: \"new.zip\"} |
		map_values({value: ., type: \"string\", sensitive: false})" >work/lambda/base/terraform/outputs.json
'

test_expect_success 'a push deploys it' '
	push one && drain &&
	functions >actual &&
	echo "us-east-1 hello-elb Active/Successful versions=1 LIVE=1:1" >expect &&
	test_cmp expect actual &&
	test "$(newest .status)" = PROCESSED_SUCCESS &&
	test "$(newest .revision)" = 1 &&
	git -C origin.git gitops status >out &&
	test_grep "^lambda  *fn/hello  *main  *hello[a-z-]*:1  *$(cat commit.one)" out
'

test_expect_success 'other code is moved to in steps' '
	answers >before &&
	cp "$TEST_DIRECTORY/data/samples/lambda/elb/sample/hello_lambdadef.json.sample.new" work/fn/hello_lambdadef.json &&
	push two && drain &&
	functions >actual &&
	echo "us-east-1 hello-elb Active/Successful versions=1,2 LIVE=2:1" >expect &&
	test_cmp expect actual &&
	answers >after && test_must_fail test_cmp before after >/dev/null &&
	newest "|.events[].message" >events &&
	test_grep "^traffic: 20 % to version ${SQ}2${SQ}" events
'

test_expect_success 'settings that change alone deploy nothing; the same documents are unchanged' '
	calls_since count >/dev/null &&
	sed -i "s/\"percent\": 20/\"percent\": 50/" work/fn/hello_lambdadepdef.json &&
	push settings && drain &&
	jq ".more = 1" work/fn/hello_lambdainput.json >input && mv input work/fn/hello_lambdainput.json &&
	push unused && drain &&
	calls_since count >actual &&
	test_must_be_empty actual
'

test_expect_success 'an alarm puts it back: the record says which, and what runs' '
	jq ".alarms = {alarmNames: [\"errors\"]} | .trafficShiftingConfig.waitInterval = 20" \
		work/fn/hello_lambdadepdef.json >dep && mv dep work/fn/hello_lambdadepdef.json &&
	sed -i "s/\"Timeout\": 10/\"Timeout\": 11/" work/fn/hello_lambdadef.json &&
	control -d "{\"name\": \"errors\", \"state\": \"ALARM\", \"reason\": \"5 of 5 datapoints\",
		\"when\": {\"alias\": \"hello-elb:LIVE\", \"version\": \"3\", \"percent\": 50}}" "$SANDBOX_URL/_sandbox/alarms" &&
	push three && test_might_fail drain &&
	functions >actual &&
	echo "us-east-1 hello-elb Active/Successful versions=1,2 LIVE=2:1" >expect &&
	test_cmp expect actual &&
	test "$(newest .status)" = PROCESSED_ERROR &&
	test "$(newest .failure.category)" = alarm &&
	newest .failure.message >message && test_grep "5 of 5 datapoints" message &&
	test "$(newest .revision)" = 2
'

test_expect_success 'a rollback moves the alias to the version that is kept, and uploads nothing' '
	control -d "{\"name\": \"errors\", \"state\": \"OK\"}" "$SANDBOX_URL/_sandbox/alarms" &&
	calls_since count >/dev/null &&
	git -C work gitops rollback -b main --to=$(cat commit.one) fn/hello origin 2>err &&
	drain &&
	functions >actual &&
	echo "us-east-1 hello-elb Active/Successful versions=1,2 LIVE=1:1" >expect &&
	test_cmp expect actual &&
	answers >after && test_cmp before after &&
	newest "|.events[].message" >events &&
	test_grep "^version ${SQ}1${SQ}, which ran then, is still there" events &&
	calls_since count >calls &&
	test_grep ! -E "UpdateFunction|PublishVersion" calls
'

test_expect_success 'what comes next is compared with what is there' '
	sed -i "s/\"Timeout\": 11/\"Timeout\": 12/" work/fn/hello_lambdadef.json &&
	jq ".trafficShiftingConfig.waitInterval = 1" work/fn/hello_lambdadepdef.json >dep &&
	mv dep work/fn/hello_lambdadepdef.json &&
	push four && drain &&
	test "$(newest .status)" = PROCESSED_SUCCESS &&
	functions >actual &&
	test_grep " LIVE=4:1$" actual
'

test_expect_success 'a definition that is removed takes the function along' '
	git -C work rm -q fn/hello_lambdadef.json fn/hello_lambdadepdef.json fn/hello_lambdainput.json &&
	push gone && drain &&
	functions >actual &&
	test_must_be_empty actual &&
	test "$(newest .status)" = PROCESSED_SUCCESS
'

test_expect_success 'AWS was asked for nothing that it would not understand' '
	sandbox_no_invalid_calls
'

test_done
