#!/bin/sh

test_description='people let pauses of ECS'"'"'s own strategies go on, or cancel the deployment'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-server.sh
. "$TEST_DIRECTORY"/lib-deploy.sh
. "$TEST_DIRECTORY"/lib-native.sh

start_worker () {
	{ git-gitops worker origin.git >>worker.log 2>&1 3>&- 4>&- & } && worker=$! &&
	test_when_finished "stop_worker"
}

stop_worker () {
	kill "$worker" 2>/dev/null
	wait "$worker" 2>/dev/null
	:
}

test_atexit 'test -z "$worker" || kill "$worker" 2>/dev/null'

# put: what svc.json, td.json and dep.json say is pushed
put () {
	mkdir -p work/web &&
	cp svc.json work/web/web_svcdef.json && cp td.json work/web/web_taskdef.json &&
	jq ".stabilityCheck.pollInterval = 1" dep.json >work/web/web_depdef.json &&
	git -C work add . && git -C work commit -q -m "web" &&
	git -C work push -q origin HEAD:main 2>push.err
}

newest () {
	git -C origin.git gitops log -n 1 --format=json >log.json &&
	jq -r ".deployments[0]$1" log.json
}

newest_is () {
	test "$(newest "$1")" = "$2"
}

ask () {
	git -C origin.git gitops "$@" >asked
}

services () {
	sandbox_services | sed "s/ [A-Z_]*\$//"
}

# cancelled: it ended so, web:1 runs, and nobody but ECS touched the rule
cancelled () {
	wait_for newest_is .failure.category cancelled &&
	wait_for newest_is .status PROCESSED_ERROR &&
	services >actual && echo "us-east-1 demo/web ACTIVE 2/2 web:1" >expect && test_cmp expect actual &&
	weights | tail -n 1 >actual && echo "blue=100 green=0" >expect && test_cmp expect actual &&
	undisturbed_rule
}

test_expect_success 'setup: a service that runs' '
	sandbox_start && server_init origin.git && git clone -q origin.git work 2>err &&
	native CANARY && put && git gitops worker --drain origin.git 2>>worker.log &&
	services >actual && echo "us-east-1 demo/web ACTIVE 2/2 web:1" >expect && test_cmp expect actual
'

test_expect_success 'cancelled at a pause, ECS goes back' '
	native_svcdef CANARY "$(pause "\"POST_SCALE_UP\", \"POST_PRODUCTION_TRAFFIC_SHIFT\"")" && balanced_image good:2 &&
	start_worker && put &&
	wait_for newest_is .waiting "waits for approval at POST_SCALE_UP" &&
	git -C origin.git gitops status >status &&
	test_grep "step follow, waits for approval at POST_SCALE_UP" status &&
	ask cancel --reason="not this one" "$(newest .id)" &&
	cancelled
'

test_expect_success 'each pause needs an approval of its own' '
	start_worker && balanced_image good:3 && put &&
	wait_for newest_is .waiting "waits for approval at POST_SCALE_UP" &&
	ask approve -m "looks good" "$(newest .id)" &&
	wait_for newest_is .waiting "waits for approval at POST_PRODUCTION_TRAFFIC_SHIFT" &&
	newest "| [.events[].message] | join(\"\n\")" >events &&
	test_grep "^approved by $(id -un): looks good$" events
'

test_expect_success 'a worker that takes over reads the approval again, and lets nothing pass by it' '
	start_worker &&
	wait_for grep "taken up again" origin.git/gitops/spool/run/*.journal &&
	sandbox_wait "{\"calls\": {\"op\": \"DescribeServiceDeployments\", \"count\": 3,
		\"since\": $(sandbox_calls | wc -l)}}" >/dev/null &&
	newest_is .waiting "waits for approval at POST_PRODUCTION_TRAFFIC_SHIFT" &&
	sandbox_calls "op=ContinueServiceDeployment" >calls && test_line_count = 1 calls &&
	ask approve "$(newest .id)" &&
	wait_for newest_is .status PROCESSED_SUCCESS &&
	newest_is .waiting null && undisturbed_rule
'

test_expect_success 'cancelled while it bakes, ECS goes back' '
	native CANARY ".deploymentConfiguration.bakeTimeInMinutes = 1000" && put && git gitops worker --drain origin.git 2>>worker.log &&
	start_worker && balanced_image good:2 && put &&
	sandbox_wait "{\"service\": {\"name\": \"web\", \"stage\": \"BAKE_TIME\"}}" >/dev/null &&
	ask cancel "$(newest .id)" && cancelled
'

test_expect_success 'while ECS waits, others have the slot' '
	balanced_image good:3 && put &&
	mkdir work/other && jq ".serviceName = \"other\" | del(.loadBalancers, .deploymentConfiguration)" svc.json >work/other/other_svcdef.json &&
	jq ".family = \"other\"" td.json >work/other/other_taskdef.json && cp work/web/web_depdef.json work/other/other_depdef.json &&
	{ git-gitops worker --jobs 1 origin.git >>worker.log 2>&1 3>&- 4>&- & } && worker=$! && test_when_finished stop_worker &&
	sandbox_wait "{\"service\": {\"name\": \"web\", \"stage\": \"BAKE_TIME\"}}" >/dev/null &&
	git -C work add . && git -C work checkout -q -b second && git -C work commit -q -m other &&
	git -C origin.git config --add gitops.branch second && git -C work push -q origin second 2>err &&
	sandbox_wait "{\"service\": {\"name\": \"other\", \"rollout\": \"COMPLETED\"}}" >/dev/null
'

test_expect_success 'AWS was asked for nothing that it does not have' '
	sandbox_no_invalid_calls
'

test_done
