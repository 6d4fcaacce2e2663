#!/bin/sh

test_description='members that contradict or miss each other are found at their places'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-server.sh

# check_says [<argument>...] <<EOF: exactly these findings
check_says () {
	cat >expect &&
	test_expect_code 1 git -C work gitops check "$@" >actual &&
	sed -e '$d' actual >findings &&
	test_cmp expect findings
}

# fresh: a work tree with one good service
fresh () {
	rm -rf work &&
	git init -q work &&
	service_write work dev/web/web &&
	git -C work add . &&
	git -C work commit -q -m good
}

# with_load_balancer: the service answers on port {{ port }} of a container
with_load_balancer () {
	sed -i "s|\"count\": 1|\"count\": 1, \"port\": 80|" work/dev/web/web_input.json &&
	sed -i "s|\"launchType\"|\"loadBalancers\": [\n    {\n      \"targetGroupArn\": \"$1\",\n      \"containerName\": \"main\",\n      \"containerPort\": {{ port }}\n    }\n  ],\n  \"launchType\"|" \
		work/dev/web/web_svcdef.json
}
group=arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/0123456789abcdef

test_expect_success 'a port that the container does not have, where the template wrote it' '
	fresh &&
	with_load_balancer "$group" &&
	check_says <<-EOF
	dev/web/web_svcdef.json:9:27: error: container ${SQ}main${SQ} has no port 80 in the task definition [lb-port]
	    9 |       "containerPort": {{ port }}
	      |                           ^~~~
	hint: it has no ports: add "portMappings" to it in ${SQ}dev/web/web_taskdef.json${SQ}
	EOF
'

test_expect_success 'nothing more is said of a task definition that does not parse' '
	fresh &&
	with_load_balancer "$group" &&
	echo "{" >work/dev/web/web_taskdef.json &&
	test_expect_code 1 git -C work gitops check >actual &&
	grep -c "error: " actual >count &&
	echo 1 >expect &&
	test_cmp expect count
'

test_expect_success 'the region of a target group is compared with where it is used' '
	fresh &&
	with_load_balancer "$(echo "$group" | sed "s/us-east-1/eu-west-1/")" &&
	sed -i "s|\"essential\": true|\"essential\": true, \"portMappings\": [{\"containerPort\": 80}]|" \
		work/dev/web/web_taskdef.json &&
	test_expect_code 1 git -C work gitops check >actual &&
	cat >expect <<-EOF &&
	dev/web/web_svcdef.json:7:25: error: this is in region eu-west-1, the deployment in us-east-1 [arn-region]
	hint: ${SQ}environment.region${SQ} in ${SQ}dev/web/web_depdef.json${SQ} says so
	1 error in 1 service object
	EOF
	grep -v "^ " actual >said &&
	test_cmp expect said
'

test_expect_success 'what looks like a secret is warned about, and not shown' '
	fresh &&
	sed -i "s|\"essential\": true|\"essential\": true,\n      \"environment\": [ { \"name\": \"DB_PASSWORD\", \"value\": \"correct horse\" } ]|" \
		work/dev/web/web_taskdef.json &&
	git -C work gitops check >actual &&
	cat >expect <<-EOF &&
	dev/web/web_taskdef.json:9:58: warning: ${SQ}DB_PASSWORD${SQ} looks like a secret in plain text [plain-secret]
	hint: keep it in Secrets Manager or Parameter Store, and name it under "secrets"
	1 warning in 1 service object
	EOF
	test_cmp expect actual
'

test_expect_success 'a sensitive output in the environment is warned about, and not shown' '
	fresh &&
	sed -i "s|\"cluster_name\":|\"key\": { \"value\": \"tiger\", \"type\": \"string\", \"sensitive\": true },\n\"cluster_name\":|" \
		work/infra/output.json &&
	sed -i "s|\"essential\": true|\"essential\": true,\n      \"environment\": [ { \"name\": \"X\", \"value\": \"{{ key }}\" } ]|" \
		work/dev/web/web_taskdef.json &&
	git -C work gitops check --format=json >actual &&
	test_grep "gets a sensitive value as plain text" actual &&
	test_must_fail grep tiger actual
'

test_expect_success 'two objects with one service are found' '
	fresh &&
	for file in svcdef taskdef depdef input
	do
		cp work/dev/web/web_$file.json work/dev/web/wob_$file.json || return
	done &&
	check_says --all <<-EOF
	dev/web/wob_svcdef.json:2:18: error: ${SQ}dev/web/web_svcdef.json${SQ} deploys the service ${SQ}web${SQ}, too [claimed-twice]
	    2 |   "serviceName": "{{ name }}",
	      |                  ^~~~~~~~~~~~
	hint: each would undo what the other deploys: rename one, or remove it
	EOF
'

test_expect_success 'a missing task definition, but not when its name is misspelt' '
	fresh &&
	git -C work mv dev/web/web_taskdef.json dev/web/web_taskdefs.json &&
	test_expect_code 1 git -C work gitops check >actual &&
	test_grep ! "no task definition" actual &&
	git -C work rm -q -f dev/web/web_taskdefs.json &&
	check_says <<-EOF
	dev/web/web_svcdef.json:1:1: error: there is no task definition for this service [task-definition-missing]
	    1 | {
	      | ^
	hint: add ${SQ}dev/web/web_taskdef.json${SQ}, or "taskDefinition" here
	EOF
'

test_expect_success 'a push is refused for it, within 80 columns' '
	server_init origin.git &&
	fresh &&
	sed -i "s/\"512\"/\"4096\"/" work/dev/web/web_taskdef.json &&
	git -C work commit -q -a -m "too much" &&
	test_must_fail git -C work push -q ../origin.git HEAD:main 2>err &&
	remote_lines err >lines &&
	cat >expect <<-EOF &&
	dev/web/web_taskdef.json:6:13: error:
	    Fargate has no tasks with ${SQ}cpu${SQ} 256 and ${SQ}memory${SQ} 4096 [fargate-size]
	    6 |   "memory": "4096",
	      |             ^~~~~~
	hint: with this ${SQ}cpu${SQ}, ${SQ}memory${SQ} may be 512, 1024 or 2048
	gitops: the push of ${SQ}main${SQ} is rejected: 1 error
	EOF
	test_cmp expect lines
'

test_done
