#!/bin/sh

test_description='a function that fails: push, show, note, status and record tell the same cause; what else they tell'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-server.sh
. "$TEST_DIRECTORY"/lib-deploy.sh
. "$TEST_DIRECTORY"/lib-lambda.sh
. "$TEST_DIRECTORY"/lib-records.sh

IMAGE=123456789012.dkr.ecr.us-east-1.amazonaws.com/team/app

# change <kind> <name> <filter>: one of its files
change () {
	jq "$3" "work/fn/$2_$1.json" >edited.json && mv edited.json "work/fn/$2_$1.json"
}

drain () {
	git gitops worker --drain origin.git 2>>worker.log
}

# newest <name> <filter>: of its newest record
newest () {
	git -C origin.git gitops log -n 1 --format=json "fn/$1" | jq -r ".deployments[0]$2"
}

shifts='.trafficShiftingConfig = {percent: 20, waitInterval: '

test_expect_success 'setup: five functions run' '
	sandbox_start && sandbox_fresh_lambda 4 &&
	control -d "{\"alarms\": {\"errors\": \"OK\"}}" "$SANDBOX_URL/_sandbox/seed" &&
	server_init origin.git && git clone -q origin.git work 2>err &&
	for name in crowded pulled alarmed edited fine
	do
		lambda_write work fn/$name && lambda_handler work fn/$name one || return
	done &&
	change lambdadef pulled "del(.Handler, .Runtime) | .PackageType = \"Image\" | .Code = {ImageUri: \"$IMAGE:blue\"}" &&
	change lambdadepdef alarmed "$shifts 600} | .alarms.alarmNames = [\"errors\"]" &&
	change lambdadepdef edited "$shifts 600}" &&
	jq -n "{FunctionUrlConfig: {AuthType: \"NONE\"}}" >work/fn/fine_lambdaeventsourcedef.json &&
	git -C work add . && git -C work commit -q -m good && git -C work push -q origin HEAD:main 2>err &&
	drain &&
	functions >actual && test "$(grep -c " live=1:1$" actual)" = 5
'

test_expect_success 'the URL of a function is shown' '
	newest fine .id >id && git -C origin.git gitops show "$(cat id)" >shown &&
	sed -n "s/^url  *//p" shown >url &&
	test_grep "^https://[a-z0-9]*\.lambda-url\.us-east-1\.on\.aws/$" url &&
	newest pulled .id >id && git -C origin.git gitops show "$(cat id)" >shown && test_grep ! "^url" shown
'

test_expect_success 'an image tag that moved is taken by a forced deployment, and by no other' '
	printf "{\"%s:blue\": \"sha256:%064d\"}" $IMAGE 8 >moved && control -d @moved "$SANDBOX_URL/_sandbox/images" &&
	git -C work gitops deploy -b main origin 2>err && drain &&
	functions >actual && test_grep " pulled .* versions=1 live=1:1$" actual &&
	git -C work gitops deploy --force -b main origin 2>err && drain &&
	functions >actual && test_grep " pulled .* versions=1,2 live=2:1$" actual &&
	test "$(grep -c " versions=1 live=1:1$" actual)" = 4 &&
	sandbox_ctl "calls?op=UpdateFunctionCode" | jq -r "[.[].params.ImageUri // empty][]" >actual &&
	printf "%s@sha256:%064d\n" $IMAGE 8 >expect && test_cmp expect actual
'

# someone_edits: the alias, once a part of the traffic is with the new version
someone_edits () {
	sandbox_wait "{\"traffic\": {\"alias\": \"edited:live\", \"version\": \"2\", \"percent\": 20}}" >/dev/null &&
	printf "{\"FunctionVersion\": \"1\", \"RoutingConfig\": {\"AdditionalVersionWeights\": {\"2\": 0.7}}}" |
	test-tool aws-call --service lambda --op UpdateAlias --method PUT \
		--path /2015-03-31/functions/edited/aliases/live >answer
}

test_expect_success 'four are changed in one push, and each fails in its own way' '
	git -C origin.git config gitops.worker true &&
	lambda_rule "{\"match\": {\"function\": \"^crowded$\", \"on\": \"configuration\"}, \"fail\": \"SubnetOutOfIPAddresses\",
		\"reason\": \"subnet-0a1b2c3d has no addresses left\"}" &&
	lambda_rule "{\"match\": {\"function\": \"^pulled$\", \"on\": \"code\"}, \"fail\": \"ImageAccessDenied\",
		\"reason\": \"Lambda does not have permission to access the ECR image\"}" &&
	control -d "{\"name\": \"errors\", \"state\": \"ALARM\", \"reason\": \"3 datapoints were greater than 1\",
		\"when\": {\"alias\": \"alarmed:live\", \"version\": \"2\", \"percent\": 20}}" "$SANDBOX_URL/_sandbox/alarms" &&
	change lambdadef crowded ".VpcConfig = {SubnetIds: [\"subnet-0a1b2c3d\"], SecurityGroupIds: [\"sg-0a1b2c3d\"]}" &&
	change lambdadef pulled ".Code.ImageUri = \"$IMAGE:green\"" &&
	lambda_handler work fn/alarmed two && lambda_handler work fn/edited two &&
	bad=$(git -C work rev-parse HEAD) &&
	{ git -C work push -o gitops.wait origin HEAD:main 2>err & pushing=$!; } &&
	someone_edits && wait $pushing &&
	remote_lines err >said &&
	echo "gitops: failed: 4 of 4 service objects failed" >expect &&
	tail -n 1 said >actual && test_cmp expect actual
'

test_expect_success 'no addresses: subnet-full' 'told_alike lambda fn/crowded subnet-full "has no addresses left"'
test_expect_success 'an image that Lambda may not pull: image-denied' 'told_alike lambda fn/pulled image-denied "permission to access the ECR image"'
test_expect_success 'an alarm: alarm' 'told_alike lambda fn/alarmed alarm "errors.*3 datapoints"'
test_expect_success 'an alias that somebody edits: superseded' 'told_alike lambda fn/edited superseded "someone else changed alias .live."'

test_expect_success 'what ran before runs, of all' '
	functions >actual && test_grep " pulled .* live=2:1$" actual &&
	test "$(grep -c " versions=1 live=1:1$" actual)" = 4 && sandbox_no_holes
'

test_expect_success 'AWS was asked for nothing that it would not understand' '
	sandbox_no_invalid_calls
'

test_done
