#!/bin/sh

test_description='functions of samples: pushed, moved to their variants, put back by an alarm, deleted

GITOPS_SAMPLES names a directory of samples; without it, those in
t/data/samples are used. Waits are made short.'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-server.sh
. "$TEST_DIRECTORY"/lib-deploy.sh
. "$TEST_DIRECTORY"/lib-lambda.sh

SAMPLES=${GITOPS_SAMPLES:-$TEST_DIRECTORY/data/samples}

# tree (base|update): the functions behind a load balancer, an API and a queue, with what Terraform tells
tree () {
	rm -rf all && "$TEST_DIRECTORY"/helper/sample-tree "$1" "$SAMPLES" all >/dev/null &&
	(
		cd all &&
		find . -name "*_svcdef.json" -o -name "*_taskdef.json" -o -name "*_depdef.json" |
		while read -r file
		do
			rm -f "${file%_*}"_* || exit
		done &&
		for file in $(grep -rl --include="*.json" "\"sensitive\"" .)
		do
			jq --arg group "$group" --arg api "$api" --arg route "$route" \
				"if .target_group_arn then .target_group_arn.value = \$group else . end |
				if .api_id then .api_id.value = \$api | .route_id.value = \$route else . end" \
				"$file" >../outputs && mv ../outputs "$file" || exit
		done &&
		find . -name "*_lambdadepdef.json" -exec sed -i "s/\"waitInterval\": *[0-9]*/\"waitInterval\": 1/" {} +
	)
}

# deploy_tree <message>
deploy_tree () {
	find work -mindepth 1 -maxdepth 1 ! -name .git -exec rm -rf {} + && cp -R all/. work &&
	git -C work add -A && test_tick && git -C work commit -q -m "$1" &&
	git -C work push -q origin HEAD:main 2>push.err || { cat push.err && return 1; }
	git gitops worker --drain origin.git 2>worker.log
}

# live: "function version weights" of each alias
live () {
	control "$SANDBOX_URL/_sandbox/lambda" &&
	jq -r ".functions[] | .name + \" \" + (.aliases | to_entries[] | .key + \" \" + (.value | tojson))" .control | sort
}

# sent: the status of a request through the API, and the version that answered
sent () {
	control -d "{\"api\": \"$api\", \"path\": \"/hello\"}" "$SANDBOX_URL/_sandbox/request" &&
	jq -r "\"\(.status) \(.version)\"" .control
}

sent_is () {
	echo "$1" >expect && sent >actual && test_cmp expect actual
}

test_expect_success 'setup: a load balancer, an API, the objects of S3 that the samples name' '
	sandbox_start && sandbox_fresh_lambda &&
	control -d "{\"samples\": {\"trust\": [\"lambda.amazonaws.com\"]}}" "$SANDBOX_URL/_sandbox/roles" &&
	control -d "{\"balancers\": [{\"name\": \"lb\", \"listeners\": [{\"port\": 80, \"forward\": {\"fn\": 1}}],
		\"lambda\": [\"fn\"]}], \"alarms\": {\"errors\": \"OK\"},
		\"apis\": {\"samples\": {\"routes\": {\"GET /hello\": null}}}}" "$SANDBOX_URL/_sandbox/seed" &&
	group=$(jq -r .balancers.lb.groups.fn .control) &&
	api=$(jq -r .apis.samples.id .control) && route=$(jq -r ".apis.samples.routes[]" .control) &&
	tree update &&
	grep -rh --include="*.json" -A 3 "\"s3_object" all | sed -n "s/.*\"value\": \"\(.*\)\".*/\1/p" >keys &&
	tree base &&
	grep -rh --include="*.json" -A 3 "\"s3_object" all | sed -n "s/.*\"value\": \"\(.*\)\".*/\1/p" >>keys &&
	bucket=$(grep -rh --include="*.json" -A 3 "\"s3_bucket" all | sed -n "s/.*\"value\": \"\(.*\)\".*/\1/p" | sed q) &&
	jq -R -n --arg bucket "$bucket" "{zips: ([inputs | {key: \"\(\$bucket)/\(.)\", value: {\"a.py\": .}}] | from_entries)}" \
		<keys >zips && control -d @zips "$SANDBOX_URL/_sandbox/seed" &&
	server_init origin.git && git clone -q origin.git work 2>err
'

test_expect_success 'they are deployed, and called by what the samples name' '
	deploy_tree base &&
	live >base && test_line_count = 3 base && test_grep ! -v " {\"1\":1}$" base &&
	jq -e "[.mappings[] | select(.state == \"Enabled\")] | length == 1" .control &&
	jq -e "[.functions[].policies[][]] | length == 2" .control &&
	sent_is "200 1"
'

test_expect_success 'their variants are moved to' '
	tree update && deploy_tree update &&
	live >updated && ! cmp -s base updated && test_grep " {\"2\":1}$" updated &&
	git -C origin.git gitops log --format=json >log.json &&
	jq -e "[.deployments[].status] | all(. == \"PROCESSED_SUCCESS\")" log.json &&
	sent_is "200 2" && sandbox_no_holes
'

test_expect_success 'an alarm puts back what is moved to' '
	for file in $(cd all && find . -name "*_lambdadepdef.json")
	do
		jq ".alarms = {alarmNames: [\"errors\"]} | .trafficShiftingConfig = {type: \"CANARY\", percent: 50, waitInterval: 60}" \
			"all/$file" >dep && mv dep "all/$file" || return
	done &&
	find all -name "*_lambdadef.json" -exec sed -i "s/\"Timeout\": *[0-9]*/\"Timeout\": 29/" {} + &&
	name=$(sed -n "s/ .*2\":1}$//p" updated | sed q) && alias=$(sed -n "s/^$name \([^ ]*\) .*/\1/p" updated) &&
	control -d "{\"name\": \"errors\", \"state\": \"ALARM\",
		\"when\": {\"alias\": \"$name:$alias\", \"version\": \"3\", \"percent\": 50}}" "$SANDBOX_URL/_sandbox/alarms" &&
	test_must_fail deploy_tree alarm &&
	live >actual && test_cmp updated actual && sandbox_no_holes &&
	git -C origin.git gitops log -n 3 --format=json >log.json &&
	jq -e "[.deployments[].failure.category] | all(. == \"alarm\")" log.json &&
	sent_is "200 2"
'

test_expect_success 'what is removed is deleted, with its event sources; the API has a route that leads nowhere' '
	find all -name "*_lambda*.json" -exec rm {} + && deploy_tree gone &&
	functions >actual && sed "/ Deleting$/d" actual >left && test_must_be_empty left &&
	control "$SANDBOX_URL/_sandbox/apis" && jq -e "[.[].routes[].allowed] | all(. != true)" .control
'

test_expect_success 'AWS was asked for nothing that it would not understand' '
	sandbox_no_invalid_calls
'

test_done
