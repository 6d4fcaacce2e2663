#!/bin/sh

test_description='functions of samples: pushed, moved to their variants, put back by an alarm, deleted

GITOPS_SAMPLES names a directory of samples; without it, those in
t/data/samples are used. Waits are made short; what an API calls is not here.'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-server.sh
. "$TEST_DIRECTORY"/lib-deploy.sh
. "$TEST_DIRECTORY"/lib-lambda.sh

SAMPLES=${GITOPS_SAMPLES:-$TEST_DIRECTORY/data/samples}

# tree (base|update): the functions behind a load balancer and a queue, with what Terraform tells
tree () {
	rm -rf all && "$TEST_DIRECTORY"/helper/sample-tree "$1" "$SAMPLES" all >/dev/null &&
	(
		cd all &&
		for sources in $(grep -rl --include="*_lambdaeventsourcedef.json" "apigateway.amazonaws.com" .)
		do
			rm "${sources%_lambdaeventsourcedef.json}"_* || exit
		done &&
		find . -name "*_svcdef.json" -o -name "*_taskdef.json" -o -name "*_depdef.json" |
		while read -r file
		do
			rm -f "${file%_*}"_* || exit
		done &&
		for file in $(grep -rl --include="*.json" "\"sensitive\"" .)
		do
			jq --arg group "$group" "if .target_group_arn then .target_group_arn.value = \$group else . end" \
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

test_expect_success 'setup: a load balancer, the objects of S3 that the samples name' '
	sandbox_start && sandbox_fresh_lambda &&
	control -d "{\"samples\": {\"trust\": [\"lambda.amazonaws.com\"]}}" "$SANDBOX_URL/_sandbox/roles" &&
	control -d "{\"balancers\": [{\"name\": \"lb\", \"listeners\": [{\"port\": 80, \"forward\": {\"fn\": 1}}],
		\"lambda\": [\"fn\"]}], \"alarms\": {\"errors\": \"OK\"}}" "$SANDBOX_URL/_sandbox/seed" &&
	group=$(jq -r .balancers.lb.groups.fn .control) &&
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
	live >base && test_line_count = 2 base && test_grep ! -v " {\"1\":1}$" base &&
	jq -e "[.mappings[] | select(.state == \"Enabled\")] | length == 1" .control &&
	jq -e "[.functions[].policies[][]] | length == 1" .control
'

test_expect_success 'their variants are moved to' '
	tree update && deploy_tree update &&
	live >updated && ! cmp -s base updated && test_grep " {\"2\":1}$" updated &&
	git -C origin.git gitops log --format=json >log.json &&
	jq -e "[.deployments[].status] | all(. == \"PROCESSED_SUCCESS\")" log.json
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
	git -C origin.git gitops log -n 2 --format=json >log.json &&
	jq -e "[.deployments[].failure.category] | all(. == \"alarm\")" log.json
'

test_expect_success 'what is removed is deleted, with its event sources' '
	find all -name "*_lambda*.json" -exec rm {} + && deploy_tree gone &&
	functions >actual && sed "/ Deleting$/d" actual >left && test_must_be_empty left
'

test_expect_success 'AWS was asked for nothing that it would not understand' '
	sandbox_no_invalid_calls
'

test_done
