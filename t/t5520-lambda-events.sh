#!/bin/sh

test_description='event source mappings follow what the file lists

Each test begins with a sandbox as new, where a function "hello" may be.'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-deploy.sh

QUEUE=arn:aws:sqs:us-east-1:123456789012:orders
STREAM=arn:aws:kinesis:us-east-1:123456789012:stream/clicks
TABLE=arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2026-01-01T00:00:00.000

# again: a sandbox as new, and documents without event sources
again () {
	control -d "{}" "$SANDBOX_URL/_sandbox/reset" &&
	control -d "{\"zips\": {\"bucket/hello.zip\": {\"index.py\": \"1\"}}}" "$SANDBOX_URL/_sandbox/seed" &&
	control -d "{\"f\": {}}" "$SANDBOX_URL/_sandbox/roles" &&
	control -d "{\"speed\": 10}" "$SANDBOX_URL/_sandbox/clock" &&
	jq -n "{FunctionName: \"hello\", Role: \"arn:aws:iam::123456789012:role/f\", Runtime: \"python3.13\",
		Handler: \"index.handler\", Code: {S3Bucket: \"bucket\", S3Key: \"hello.zip\"}}" >fn.json &&
	jq -n "{alias: \"live\", readinessCheck: {waitInterval: 0.2, maxRetries: 50}}" >dep.json &&
	sources "[]"
}

# sources <mappings>: the file lists them
sources () {
	jq -n --arg queue $QUEUE --arg stream $STREAM \
		"{PullEventSources: [$1[] | {EventSourceMapping: .}]}" >sources.json
}

# deploy [<option>...]: with the three documents
# shellcheck disable=SC2120 # tests give options
deploy () {
	test-tool deploy --lambdadef=fn.json --depdef=dep.json --sources=sources.json "$@"
}

# mappings [<filter>]: a line for each that is there to stay
mappings () {
	control "$SANDBOX_URL/_sandbox/lambda" &&
	jq -r "[.. | objects | select(.EventSourceMappingArn and .State != \"Deleting\")] | sort_by(.EventSourceArn)[] |
		${1:-\"\(.EventSourceArn) \(.State) \(.BatchSize) \(.FunctionArn)\"}" .control
}

# writes: the changes of mappings so far
writes () {
	control "$SANDBOX_URL/_sandbox/calls?format=text" &&
	sed -n "s/^lambda.\([A-Z][a-z]*\)EventSourceMapping \([0-9]*\).*/\1 \2/p" .control |
	sed "/^Get/d; /^List/d"
}

test_expect_success 'setup' '
	sandbox_start &&
	again
'

test_expect_success 'they are made for the alias, and wait until they are enabled' '
	sources "[{EventSourceArn: \$queue, BatchSize: 5},
		{EventSourceArn: \$stream, StartingPosition: \"LATEST\", Enabled: false}]" &&
	deploy >out &&
	test_grep "^event-sources: event source mapping .* is made, of $QUEUE" out &&
	test_grep "^= PROCESSED_SUCCESS" out &&
	cat >expect <<-EOF &&
	$STREAM Disabled 100 arn:aws:lambda:us-east-1:123456789012:function:hello:live
	$QUEUE Enabled 5 arn:aws:lambda:us-east-1:123456789012:function:hello:live
	EOF
	mappings >actual &&
	test_cmp expect actual
'

test_expect_success 'again: nothing is changed' '
	writes >before &&
	deploy --force >out &&
	test_grep "is as it should be" out &&
	test_grep ! "is changed" out &&
	writes >after &&
	test_cmp before after
'

test_expect_success 'what changed is changed in place, what is not given any more goes back' '
	mappings .UUID >uuids &&
	sources "[{EventSourceArn: \$queue, Enabled: false, FilterCriteria: {Filters: [{Pattern: \"{}\"}]}},
		{EventSourceArn: \$stream, StartingPosition: \"LATEST\", ParallelizationFactor: 2}]" &&
	deploy >out &&
	test_grep "^= PROCESSED_SUCCESS" out &&
	mappings .UUID >actual &&
	test_cmp uuids actual &&
	cat >expect <<-EOF &&
	$STREAM Enabled 100 2 null
	$QUEUE Disabled 10 null {"Filters":[{"Pattern":"{}"}]}
	EOF
	mappings "\"\(.EventSourceArn) \(.State) \(.BatchSize) \(.ParallelizationFactor) \(.FilterCriteria)\"" >actual &&
	test_cmp expect actual
'

test_expect_success 'one that starts elsewhere is made anew' '
	sources "[{EventSourceArn: \$queue, Enabled: false, FilterCriteria: {Filters: [{Pattern: \"{}\"}]}},
		{EventSourceArn: \$stream, StartingPosition: \"TRIM_HORIZON\"}]" &&
	deploy >out &&
	test_grep "is deleted and made anew" out &&
	test_grep "^= PROCESSED_SUCCESS" out &&
	mappings "\"\(.StartingPosition) \(.State) \(.UUID)\"" >actual &&
	test_grep "^TRIM_HORIZON Enabled" actual &&
	test_line_count = 2 actual &&
	test_grep ! -F "$(head -n 1 uuids)" actual &&
	test_grep -F "$(tail -n 1 uuids)" actual
'

test_expect_success 'what is not listed any more goes, but for what somebody made by hand' '
	cat >by-hand.py <<-\EOF &&
	import sys, boto3
	made = boto3.client("lambda").create_event_source_mapping(
	    FunctionName="hello:live", EventSourceArn=sys.argv[1])
	print(made["UUID"])
	EOF
	sandbox_environment &&
	AWS_DEFAULT_REGION=us-east-1 "$GITOPS_VENV/bin/python" by-hand.py ${QUEUE}-2 >by-hand &&
	sandbox_wait "{\"mapping\": {\"function\": \"hello:live\", \"source\": \"${QUEUE}-2\", \"state\": \"Enabled\"}}" >/dev/null &&
	sources "[{EventSourceArn: \$stream, StartingPosition: \"TRIM_HORIZON\"}]" &&
	deploy >out &&
	test_grep "$(cat by-hand).* is left alone" out &&
	test_grep "$(tail -n 1 uuids).* is deleted" out &&
	mappings .EventSourceArn >actual &&
	cat >expect <<-EOF &&
	$STREAM
	${QUEUE}-2
	EOF
	test_cmp expect actual
'

test_expect_success 'without the file all of ours go' '
	test-tool deploy --lambdadef=fn.json --depdef=dep.json >out &&
	test_grep "^= PROCESSED_SUCCESS" out &&
	mappings .UUID >actual &&
	test_cmp by-hand actual
'

test_expect_success 'one that can not be made fails the deployment, and all is as it was' '
	again &&
	sources "[{EventSourceArn: \$queue, BatchSize: 5}]" &&
	deploy >out &&
	mappings >expect &&
	echo "{\"zips\": {\"bucket/hello.zip\": {\"index.py\": \"2\"}}}" >zips &&
	control -d @zips "$SANDBOX_URL/_sandbox/seed" &&
	sources "[{EventSourceArn: \$queue, BatchSize: 7},
		{EventSourceArn: \"\(\$queue)-3\"},
		{EventSourceArn: \$stream}]" &&
	test_expect_code 1 deploy >out &&
	test_grep "^= PROCESSED_ERROR" out &&
	test_grep "startingPosition" out &&
	test_grep "^event-sources-back: .* as it was" out &&
	test_grep "^event-sources-back: .* is deleted" out &&
	sandbox_wait "{\"mapping\": {\"function\": \"hello:live\", \"source\": \"$QUEUE\", \"state\": \"Enabled\"}}" >/dev/null &&
	mappings >actual &&
	test_cmp expect actual
'

# What fails afterwards: the URL of the alias.
no_url () {
	jq ".FunctionUrlConfig = {AuthType: \"AWS_IAM\"}" sources.json >sources.new && mv sources.new sources.json &&
	control -d "{\"match\": {\"service\": \"lambda\", \"op\": \"CreateFunctionUrlConfig\"}, \"action\": {\"type\": \"error\",
		\"status\": 400, \"code\": \"InvalidParameterValueException\", \"message\": \"no\"}}" "$SANDBOX_URL/_sandbox/faults"
}

# begin_old <stream> [<position>]: three mappings, recorded in "before", and a
# file that changes one, makes one anew, leaves one out and has a new one
begin_old () {
	again &&
	sources "[{EventSourceArn: \$queue, BatchSize: 5}, {EventSourceArn: \"\(\$queue)-gone\"},
		{EventSourceArn: \"$1\", StartingPosition: \"${2:-LATEST}\", ParallelizationFactor: 2, Tags: {team: \"a\"}}]" &&
	deploy >/dev/null && cp sources.json old.json &&
	mappings >before && mappings .UUID >uuids &&
	sources "[{EventSourceArn: \$queue, BatchSize: 7}, {EventSourceArn: \"\(\$queue)-new\"},
		{EventSourceArn: \"$1\", StartingPosition: \"TRIM_HORIZON\", ParallelizationFactor: 3}]"
}

# rested: mappings once none is about to be another
rested () {
	while mappings .State >states && grep -vE "^(Enabled|Disabled)$" states >/dev/null
	do
		sleep 0.05
	done
	mappings "$@"
}

# tag <uuid> <name>
tag () {
	cat >tag.py <<-\EOF &&
	import sys, boto3
	arn = "arn:aws:lambda:us-east-1:123456789012:event-source-mapping:" + sys.argv[1]
	print(boto3.client("lambda").list_tags(Resource=arn)["Tags"].get(sys.argv[2]))
	EOF
	AWS_DEFAULT_REGION=us-east-1 "$GITOPS_VENV/bin/python" tag.py "$@"
}

test_expect_success 'when it fails afterwards they are as before; what was deleted is made again' '
	begin_old $STREAM && no_url &&
	test_expect_code 1 deploy >out &&
	test_grep "^event-sources: .* is deleted and made anew" out &&
	test_grep "^event-sources-back: .* is made again, of $STREAM, it reads from about when it was deleted" out &&
	test_grep ! "^old-event-sources" out &&
	rested >actual && test_cmp before actual &&
	mappings .UUID >actual &&
	grep -Fxf uuids actual >kept && test_line_count = 2 kept &&
	mappings "select(.StartingPosition) | \"\(.StartingPosition) \(.ParallelizationFactor) \(.StartingPositionTimestamp | type)\"" >actual &&
	echo "AT_TIMESTAMP 2 number" >expect && test_cmp expect actual &&
	uuid=$(mappings "select(.StartingPosition) | .UUID") &&
	tag "$uuid" team >actual && tag "$uuid" gitops:starting-position >>actual &&
	printf "%s\n" a LATEST >expect && test_cmp expect actual
'

test_expect_success 'what was made again reads on when the old file is deployed, and starts elsewhere when another one is' '
	control -X DELETE "$SANDBOX_URL/_sandbox/faults" &&
	writes >writes.before && cp old.json sources.json &&
	deploy --force >out &&
	writes >writes.after && test_cmp writes.before writes.after &&
	jq "(.PullEventSources[].EventSourceMapping | select(.StartingPosition)).StartingPosition = \"TRIM_HORIZON\"" old.json >sources.json &&
	deploy --force >out &&
	test_grep "is deleted and made anew" out &&
	mappings "select(.StartingPosition) | .StartingPosition" >actual &&
	echo TRIM_HORIZON >expect && test_cmp expect actual
'

test_expect_success 'a stream that takes no time is read from where it was begun' '
	begin_old $TABLE && no_url &&
	test_expect_code 1 deploy >out &&
	test_grep "^event-sources-back: .* is made again, of $TABLE, it reads from LATEST" out &&
	rested >actual && test_cmp before actual &&
	mappings "select(.StartingPosition) | .StartingPosition" >actual &&
	echo LATEST >expect && test_cmp expect actual
'

test_expect_success 'what was to go stays until all else is done' '
	begin_old $STREAM &&
	deploy >out &&
	sed -n "/is deleted$/s/:.*//p" out >actual &&
	echo old-event-sources >expect && test_cmp expect actual &&
	mappings .EventSourceArn >actual &&
	printf "%s\n" $STREAM $QUEUE $QUEUE-new >expect && test_cmp expect actual
'

# The list does not show yet what somebody made just before.
test_expect_success 'one that somebody makes meanwhile is left alone when it fails' '
	begin_old $STREAM &&
	sandbox_environment &&
	AWS_DEFAULT_REGION=us-east-1 "$GITOPS_VENV/bin/python" by-hand.py ${QUEUE}-new >by-hand &&
	sources "[{EventSourceArn: \"\(\$queue)-new\"}]" && no_url &&
	control -d "{\"match\": {\"service\": \"lambda\", \"op\": \"ListEventSourceMappings\"}, \"times\": 1,
		\"action\": {\"type\": \"raw\", \"status\": 200, \"body\": \"{\\\"EventSourceMappings\\\": []}\"}}" "$SANDBOX_URL/_sandbox/faults" &&
	test_expect_code 1 deploy >out &&
	control "$SANDBOX_URL/_sandbox/calls?format=text" && test_grep "CreateEventSourceMapping 409" .control &&
	rested .UUID >actual && test_grep -F "$(cat by-hand)" actual &&
	test_line_count = 4 actual
'

start_from_old () {
	again &&
	sources "[{EventSourceArn: \$queue, BatchSize: 5}, {EventSourceArn: \"\(\$queue)-gone\"}]" &&
	deploy >/dev/null &&
	sources "[{EventSourceArn: \$queue, BatchSize: 7}, {EventSourceArn: \$stream, StartingPosition: \"LATEST\"}]"
}

mapping_state () {
	control "$SANDBOX_URL/_sandbox/lambda?format=text" &&
	sed -n "/</p" .control >"$1.all" &&
	sed "/-gone/d" "$1.all" >"$1" &&
	mappings "\"\(.EventSourceArn) \(.BatchSize)\"" | sed "/-gone/d" >>"$1"
}
DEPLOY_STATE=mapping_state

test_expect_success 'a worker that dies anywhere leaves no second mapping' '
	sweep start_from_old >swept &&
	tail -n 1 swept &&
	test_line_count = 4 expect.state
'

test_expect_success 'the sandbox saw no request that Lambda would not understand' '
	sandbox_no_invalid_calls
'

test_done
