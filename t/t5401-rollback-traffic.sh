#!/bin/sh

test_description='a rollback behind a load balancer loses no request'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-server.sh
. "$TEST_DIRECTORY"/lib-deploy.sh

# image <image>: push a revision with it, and deploy
image () {
	balanced_image "$1" &&
	mkdir -p work/dev &&
	cp svc.json work/dev/web_svcdef.json &&
	cp td.json work/dev/web_taskdef.json &&
	jq ".stabilityCheck.pollInterval = 1 | .trafficShiftingConfig.waitInterval = 1" dep.json >work/dev/web_depdef.json &&
	echo "{}" >work/dev/web_input.json &&
	git -C work add dev &&
	git -C work commit -q -m "$1" &&
	git -C work push -q origin HEAD:main 2>push.err &&
	git gitops worker --drain origin.git 2>worker.log
}

runs () {
	task_sets >actual &&
	echo "$1" >expect &&
	test_cmp expect actual
}

test_expect_success 'setup: two deployments' '
	deploy_start &&
	balanced &&
	server_init origin.git &&
	git clone -q origin.git work 2>err &&
	image good:1 &&
	runs "PRIMARY 100% 2/2 web:1 blue" &&
	image good:2 &&
	runs "PRIMARY 100% 2/2 web:2 green"
'

test_expect_success 'a rollback moves the traffic step by step to new tasks of what ran before' '
	git -C origin.git gitops rollback -b main dev/web 2>err &&
	git gitops worker --drain origin.git 2>worker.log &&
	runs "PRIMARY 100% 2/2 web:3 blue" &&
	sandbox_ctl "calls?op=RegisterTaskDefinition" | jq -r ".[-1].params.containerDefinitions[0].image" >actual &&
	echo good:1 >expect && test_cmp expect actual &&
	sandbox_traffic | sed -n "s/.* Modify[A-Za-z]* //p" | tail -n 3 >actual &&
	cat >expect <<-\EOF &&
	blue=0 green=100
	blue=20 green=80
	blue=100 green=0
	EOF
	test_cmp expect actual &&
	sandbox_no_holes
'

test_expect_success 'one that fails on its way leaves the traffic where it was' '
	image good:3 &&
	runs "PRIMARY 100% 2/2 web:4 green" &&
	fault "{\"match\": {\"op\": \"CreateTaskSet\"}, \"action\": {\"type\": \"denied\"}}" &&
	git -C origin.git gitops rollback -b main dev/web 2>err &&
	test_expect_code 1 git gitops worker --drain origin.git 2>worker.log &&
	git -C origin.git gitops log -n 1 --format=json >log.json &&
	jq -r ".deployments[0].failure | .step, .category" log.json >actual &&
	printf "%s\n" create-task-set iam-denied >expect &&
	test_cmp expect actual &&
	runs "PRIMARY 100% 2/2 web:4 green" &&
	sandbox_no_holes &&
	sandbox_no_invalid_calls
'

test_done
