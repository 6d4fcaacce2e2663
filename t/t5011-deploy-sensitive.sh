#!/bin/sh

test_description='sensitive values do not get into records by what AWS says'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-deploy.sh

# nowhere <text>...: not in the repository's notes, journals or logs, nor in
# the output.
nowhere () {
	for nowhere_text_
	do
		test_grep ! "$nowhere_text_" out &&
		git -C repo log --all --format="%N" --notes="gitops/*" >notes &&
		git -C repo notes --ref=gitops/records list | while read -r blob commit
		do
			git -C repo cat-file blob "$blob"
		done >records &&
		test -s records &&
		test_grep ! "$nowhere_text_" notes &&
		test_grep ! "$nowhere_text_" records &&
		if grep -r "$nowhere_text_" repo/.git/gitops
		then
			return 1
		fi || return
	done
}

test_expect_success 'setup: an image and a variable that are sensitive' '
	deploy_start &&
	git init -q repo &&
	git -C repo config gitops.branch main &&
	test_write repo/infra/output.json <<-\EOF &&
	{
	  "image": { "value": "registry.example/hush-hush/web:1", "type": "string", "sensitive": true },
	  "password": { "value": "correct \"horse\" battery", "type": "string", "sensitive": true }
	}
	EOF
	test_write repo/dev/web_input.json <<-\EOF &&
	{ "ref": { "file": [ "infra/output.json" ], "type": "TERRAFORM" } }
	EOF
	mkdir -p repo/dev &&
	mv svc.json repo/dev/web_svcdef.json &&
	depdef ".stabilityCheck = {pollInterval: 1, timeout: 2}" &&
	mv dep.json repo/dev/web_depdef.json &&
	taskdef IMAGE ".executionRoleArn = \"arn:aws:iam::123456789012:role/exec\" |
		.containerDefinitions[0].environment = [{name: \"PASSWORD\", value: \"PW\"}] |
		.containerDefinitions[0].logConfiguration = {logDriver: \"awslogs\", options: {
		\"awslogs-group\": \"web\", \"awslogs-region\": \"us-east-1\", \"awslogs-stream-prefix\": \"p\"}}" &&
	sed -e "s/\"IMAGE\"/\"{{ image }}\"/" -e "s/\"PW\"/{{ password | tojson }}/" td.json \
		>repo/dev/web_taskdef.json &&
	git -C repo add . &&
	git -C repo commit -q -m "a service"
'

test_expect_success 'a reason why tasks stopped' '
	behave "{\"pull_error\": \"failed to resolve ref registry.example/hush-hush/web:1: not found\"}" &&
	test_expect_code 1 git -C repo gitops deploy --local >out 2>&1 &&
	test_grep "image-missing: .*failed to resolve ref (sensitive): not found" out &&
	nowhere hush-hush horse
'

test_expect_success 'what a container wrote, also where a long line is cut' '
	blanks=$(printf "%0190d" 0) &&
	behave "{\"exit_after\": 0.02, \"exit_code\": 1, \"log\": [\"$blanks correct \\\"horse\\\" battery\",
		\"pulled registry.example/hush-hush/web:1, login with correct \\\"horse\\\" battery\"]}" &&
	test_expect_code 1 git -C repo gitops deploy --local --force >out 2>&1 &&
	test_grep "pulled (sensitive), login with (sensitive)" out &&
	nowhere hush-hush horse correct
'

test_expect_success 'an error of the API' '
	fault "{\"match\": {\"op\": \"RegisterTaskDefinition\"}, \"action\": {\"type\": \"error\", \"code\": \"ClientException\",
		\"message\": \"invalid value: correct \\\"horse\\\" battery for image registry.example/hush-hush/web:1\", \"status\": 400}}" &&
	test_expect_code 1 git -C repo gitops deploy --local --force >out 2>&1 &&
	test_grep "definition: .*invalid value: (sensitive) for image (sensitive)" out &&
	nowhere hush-hush horse
'

test_expect_success 'AWS was asked for nothing that it would not understand' '
	sandbox_no_invalid_calls
'

test_done
