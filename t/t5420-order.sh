#!/bin/sh

test_description='what depends on another object waits for it, and a task may run before

Migrations: once, with the new revision, and nothing changes unless they end well.'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-server.sh
. "$TEST_DIRECTORY"/lib-sandbox.sh

drain () {
	git-gitops worker --drain origin.git 2>>worker.log
}

# settings <path-prefix> <filter of jq>: change its _depdef.json, and commit.
settings () {
	jq "$2" "work/$1_depdef.json" >edited.json && mv edited.json "work/$1_depdef.json" &&
	git -C work commit -q -a -m "settings of $1"
}

# image <path-prefix> <tag>
image () {
	service_edit work "$1" "s/nginx:[^\"]*/nginx:$2/"
}

push () {
	git -C work push -q "$@" origin HEAD:main 2>push.err
}

# refusal: of the push, in one line.
refusal () {
	remote_lines push.err | tr -s "\n " "  "
}

# begun: the services in the order in which they were created or updated.
begun () {
	sandbox_ctl calls |
	jq -r ".[] | select(.status == 200) | select(.op == \"CreateService\" or .op == \"UpdateService\") |
		.params | .serviceName // .service" | sed "s,.*/,,"
}

# records <n>: path-prefix, status and category of the newest.
records () {
	git -C origin.git gitops log -n "$1" --format=json >log.json &&
	jq -r ".deployments[] | .prefix + \" \" + .status + \" \" + (.failure.category // \"-\")" log.json | sort
}

forget_calls () {
	sandbox_ctl calls - >/dev/null
}

test_expect_success 'setup: three services, each depends on another' '
	sandbox_start &&
	sandbox_ctl seed "{\"clusters\": [\"apps\"]}" &&
	sandbox_ctl clock "{\"speed\": 5}" &&
	server_init origin.git &&
	git clone -q origin.git work 2>err &&
	service_commit work dev/a/a && service_commit work dev/b/b && service_commit work dev/c/c &&
	for name in a b c
	do
		sed -i "s/{{ region }}/us-east-1/" work/dev/$name/${name}_depdef.json || return
	done &&
	settings dev/a/a ".dependsOn = [\"dev/b/*\"]" &&
	settings dev/b/b ".dependsOn = [\"dev/c/c\"]"
'

test_expect_success 'they are deployed one after the other, what is depended on first' '
	push && drain &&
	printf "%s\n" c b a >expect && begun >actual && test_cmp expect actual &&
	records 3 >actual &&
	printf "dev/%s PROCESSED_SUCCESS -\n" a/a b/b c/c >expect && test_cmp expect actual
'

test_expect_success 'one that fails blocks those that depend on it, over others, and says so' '
	sandbox_ctl faults "{\"match\": {\"op\": \"UpdateService\"}, \"times\": 1, \"action\": {\"type\": \"denied\"}}" &&
	image dev/a/a 2 && image dev/b/b 2 && image dev/c/c 2 && service_commit work dev/d/d && push &&
	forget_calls &&
	test_must_fail drain &&
	echo d >expect && begun >actual && test_cmp expect actual &&
	records 4 >actual &&
	cat >expect <<-\EOF &&
	dev/a/a PROCESSED_ERROR blocked
	dev/b/b PROCESSED_ERROR blocked
	dev/c/c PROCESSED_ERROR iam-denied
	dev/d/d PROCESSED_SUCCESS -
	EOF
	test_cmp expect actual &&
	jq -r ".deployments[] | select(.prefix == \"dev/b/b\").failure.message" log.json >message &&
	id=$(jq -r ".deployments[] | select(.prefix == \"dev/c/c\").id" log.json) &&
	echo "it depends on ${SQ}dev/c/c${SQ}, which failed ($id)" >expect &&
	test_cmp expect message
'

test_expect_success 'asked for again, all of them are deployed, in order' '
	git -C work gitops deploy -b main origin 2>err &&
	forget_calls &&
	drain &&
	printf "%s\n" c b a >expect && begun >actual && test_cmp expect actual
'

test_expect_success 'one that is held blocks those that depend on it, too' '
	git -C origin.git gitops hold -b main dev/c/c >out &&
	image dev/b/b 3 && image dev/c/c 3 && push &&
	forget_calls && test_must_fail drain &&
	begun >actual && test_must_be_empty actual &&
	records 2 >actual &&
	printf "%s\n" "dev/b/b PROCESSED_ERROR blocked" "dev/c/c PROCESSED_ERROR held" >expect &&
	test_cmp expect actual &&
	git -C origin.git gitops unhold -b main dev/c/c >out &&
	git -C work gitops deploy -b main origin 2>err && drain &&
	printf "%s\n" c b >expect && begun >actual && test_cmp expect actual
'

test_expect_success 'one that waits for another is cancelled at once' '
	sandbox_ctl faults "{\"match\": {\"op\": \"UpdateService\"}, \"times\": 1, \"action\": {\"type\": \"delay\", \"delay\": 3}}" &&
	image dev/b/b 4 && image dev/c/c 4 && push && forget_calls &&
	{ git-gitops worker --drain origin.git >>worker.log 2>&1 3>&- 4>&- & } && worker=$! &&
	sandbox_wait "{\"calls\": {\"op\": \"RegisterTaskDefinition\", \"count\": 1}}" &&
	records 2 >actual && id=$(jq -r ".deployments[] | select(.prefix == \"dev/b/b\").id" log.json) &&
	git -C origin.git gitops cancel $id >out &&
	wait_for sh -c "cat origin.git/gitops/spool/run/*.journal | grep -q \"prefix.*dev/b/b.*outcome.*failed\"" &&
	records 2 >actual && test_grep "dev/c/c PROCESSING -" actual &&
	test_must_fail wait $worker &&
	records 2 >actual &&
	printf "%s\n" "dev/b/b PROCESSED_ERROR cancelled" "dev/c/c PROCESSED_SUCCESS -" >expect &&
	test_cmp expect actual
'

test_expect_success 'circles are refused when they are pushed, with the way round' '
	settings dev/c/c ".dependsOn = [\"dev/a/a\"]" &&
	test_must_fail push &&
	refusal >said &&
	test_grep "dev/c/c_depdef.json:[0-9]*:[0-9]*: error:" said &&
	test_grep ".dev/c/c. and .dev/a/a. wait for each other: .dev/c/c. <- .dev/b/b. <- .dev/a/a. \[depends-circle\]" said &&
	settings dev/c/c ".dependsOn = [\"dev/c/c\"]" &&
	test_must_fail push && refusal >said &&
	test_grep ".dev/c/c. depends on itself \[depends-circle\]" said &&
	settings dev/c/c ".dependsOn = [\"c/c\"]" &&
	test_must_fail push && refusal >said &&
	test_grep "names no service object of this branch: .c/c. \[depends-unknown\]" said &&
	settings dev/c/c ".dependsOn = [\"dev/**\"]" &&
	test_must_fail push && refusal >said &&
	test_grep "wait for each other" said &&
	settings dev/c/c "del(.dependsOn)" && push && drain
'

test_expect_success 'a task runs before, with the new revision, where the service runs' '
	sandbox_ctl behaviours "{\"match\": {\"family\": \"^d\$\"}, \"exit_after\": 0.2, \"exit_code\": 0, \"times\": 1}" &&
	settings dev/d/d ".before.task = {containerName: \"main\", command: [\"migrate\", \"up\"]}" &&
	image dev/d/d 4 && push &&
	forget_calls && drain &&
	records 1 >actual && echo "dev/d/d PROCESSED_SUCCESS -" >expect && test_cmp expect actual &&
	sandbox_calls >calls &&
	sed -n "/RegisterTask/,/UpdateService/p" calls | grep -v Describe >actual &&
	printf "ecs.%s 200\n" RegisterTaskDefinition RunTask UpdateService >expect &&
	test_cmp expect actual &&
	sandbox_ctl "calls?op=RunTask" | jq -c ".[0].params | [.launchType, .overrides.containerOverrides, .count,
		(.taskDefinition | split(\"/\")[1]), (.networkConfiguration.awsvpcConfiguration.subnets | length),
		(.startedBy == .clientToken)]" >actual &&
	echo "[\"FARGATE\",[{\"name\":\"main\",\"command\":[\"migrate\",\"up\"]}],1,\"d:2\",2,true]" >expect &&
	test_cmp expect actual
'

test_expect_success 'its failure is told with its last lines, and the service stays as it is' '
	sandbox_ctl behaviours "{\"match\": {\"family\": \"^d\$\"}, \"exit_after\": 0.2, \"exit_code\": 3, \"times\": 1,
		\"log\": [\"connecting\", \"relation users exists\"]}" &&
	jq ".containerDefinitions[0].logConfiguration = {logDriver: \"awslogs\", options: {
		\"awslogs-group\": \"apps\", \"awslogs-region\": \"us-east-1\", \"awslogs-stream-prefix\": \"d\"}} |
		.executionRoleArn = \"arn:aws:iam::123456789012:role/exec\"" \
		work/dev/d/d_taskdef.json >edited.json && mv edited.json work/dev/d/d_taskdef.json &&
	git -C work commit -q -a -m logs && push &&
	forget_calls && test_must_fail drain &&
	records 1 >actual && echo "dev/d/d PROCESSED_ERROR before-task" >expect && test_cmp expect actual &&
	jq -r ".deployments[0].failure.message" log.json >message &&
	test_grep "^container .main. of the task that runs before ended with exit code 3" message &&
	test_grep "; its last lines: connecting | relation users exists$" message &&
	sandbox_calls >calls && test_grep ! UpdateService calls
'

test_expect_success 'one that does not end in time is stopped' '
	sandbox_ctl behaviours - >/dev/null &&
	settings dev/d/d ".before.task.timeout = 1" && image dev/d/d 5 && push &&
	forget_calls && test_must_fail drain &&
	records 1 >actual && echo "dev/d/d PROCESSED_ERROR timeout" >expect && test_cmp expect actual &&
	sandbox_calls >calls && test_grep "ecs.StopTask 200" calls && test_grep ! UpdateService calls
'

# LeakSanitizer can not work on what is traced.
test_expect_success 'whenever the worker dies, the task runs once' '
	settings dev/d/d ".before.task.timeout = 600" && image dev/d/d 6 && push &&
	rm -rf before.git && cp -a origin.git before.git &&
	at=$(($$ % 4 + 12)) &&
	while :
	do
		rm -rf origin.git && cp -a before.git origin.git && forget_calls &&
		sandbox_ctl behaviours - >/dev/null &&
		sandbox_ctl behaviours "{\"match\": {\"family\": \"^d\$\"}, \"exit_after\": 0.1,
			\"exit_code\": 0, \"times\": 1}" >/dev/null &&
		ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 test-tool crash $at \
			git-gitops worker --drain origin.git >report 2>first.log &&
		{ grep "^ended" report || timeout 60 git-gitops worker --drain origin.git 2>second.log; : ; } &&
		sandbox_ctl "calls?op=RunTask&status=200" |
		jq -r "[.[].params.clientToken] | unique | length" >tokens &&
		echo 1 >expect && test_cmp expect tokens || { cat report second.log; return 1; }
		grep "^ended" report && break
		at=$((at + 9))
	done
'

test_expect_success 'AWS was asked for nothing that it does not have' '
	sandbox_no_invalid_calls
'

test_done
