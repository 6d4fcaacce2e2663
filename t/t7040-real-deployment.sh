#!/bin/sh

test_description='status, log, show and watch tell what a worker really did'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-server.sh
. "$TEST_DIRECTORY"/lib-sandbox.sh

test_expect_success 'setup: a server, a clone, an AWS, a pushed service' '
	sandbox_start &&
	sandbox_ctl seed "{\"clusters\": [\"apps\"]}" &&
	server_init origin.git &&
	git clone -q origin.git work 2>err &&
	service_push work dev/nginx/nginx 2>err &&
	commit=$(git -C work rev-parse HEAD) && short=$(echo $commit | cut -c1-7)
'

test_expect_success 'a job that waits is counted' '
	git -C origin.git gitops status >actual &&
	test_grep "^1 job in the spool$" actual
'

status_says () {
	git -C origin.git gitops status >now && grep "$1" now
}

test_expect_success 'watch follows from before the worker to the end, status tells meanwhile' '
	sandbox_ctl faults "{\"match\": {\"op\": \"CreateService\"}, \"times\": 1,
		\"action\": {\"type\": \"delay\", \"delay\": 2}}" &&
	{ { git -C origin.git gitops watch $commit >watched 2>watch.err; echo $? >watch.code; } & } &&
	watcher=$! &&
	{ git gitops worker --drain origin.git >worker.log 2>&1 & } &&
	worker=$! &&
	wait_for status_says "deploying $short" &&
	cp now during &&
	wait $watcher && wait $worker &&
	echo 0 >expect && test_cmp expect watch.code &&
	test_grep "^gitops: deploying main at $short: 1 service object$" watched &&
	test_grep "^gitops: dev/nginx/nginx: deployed in " watched &&
	test_grep "^1 job in the spool$" during &&
	git -C origin.git gitops status >after &&
	test_line_count = 2 after &&
	test_grep "^ecs   dev/nginx/nginx  main    nginx:1  $short  20.*apps, us-east-1$" after
'

test_expect_success 'log and show have it, with its events' '
	git -C origin.git gitops log >actual &&
	test_line_count = 1 actual &&
	test_grep "  ecs  dev/nginx/nginx  main  $short  .*  deployed in " actual &&
	id=$(cut -d" " -f1 actual) &&
	git -C origin.git gitops show $id >actual &&
	test_grep "^commit     $commit " actual &&
	test_grep "^status     deployed$" actual &&
	test_grep "^cluster    apps$" actual &&
	test_grep "^runs       arn:aws:ecs:us-east-1:.*:task-definition/nginx:1$" actual &&
	test_grep "^20..-..-.. ..:..:..Z  [a-z-]*  *[a-z]" actual
'

test_expect_success 'a clone knows the same after a fetch' '
	git -C work fetch -q origin "refs/notes/gitops/*:refs/notes/gitops/*" &&
	git -C work gitops status >actual &&
	test_cmp after actual &&
	git -C work gitops watch HEAD >actual &&
	test_grep "^gitops: dev/nginx/nginx: deployed in " actual
'

test_expect_success 'a failure is told with its reason, and what still runs' '
	sandbox_ctl faults "{\"match\": {\"op\": \"UpdateService\"}, \"times\": 1,
		\"action\": {\"type\": \"denied\"}}" &&
	service_edit work dev/nginx/nginx "s/nginx:1.27/nginx:bad/" &&
	git -C work push -q origin HEAD:main &&
	bad=$(git -C work rev-parse --short=7 HEAD) &&
	test_might_fail git gitops worker --drain origin.git >worker.log 2>&1 &&
	git -C origin.git gitops status >actual &&
	test_line_count = 4 actual &&
	test_grep "^ecs   dev/nginx/nginx  main    nginx:1  $short " actual &&
	test_grep "^    failed $bad by .* at apply: iam-denied: " actual &&
	test_grep "^    hint: allow .ecs:UpdateService. on " actual &&
	test_expect_code 1 git -C origin.git gitops watch main >actual &&
	test_grep "^gitops: dev/nginx/nginx: failed in " actual &&
	git -C origin.git gitops log -n 1 >actual &&
	id=$(head -n 1 actual | cut -d" " -f1) &&
	git -C origin.git gitops show $id >actual &&
	test_grep "^error: " actual && test_grep "^hint: " actual
'

test_expect_success 'a deletion leaves nothing that runs' '
	git -C work rm -q -r dev && git -C work commit -q -m "remove nginx" &&
	git -C work push -q origin HEAD:main &&
	git gitops worker --drain origin.git >worker.log 2>&1 &&
	echo "nothing runs: all that was deployed was deleted" >expect &&
	git -C origin.git gitops status >actual &&
	test_cmp expect actual &&
	git -C origin.git gitops log -n 1 >actual &&
	test_grep "deleted in " actual
'

test_expect_success 'AWS was asked for nothing that it does not have' '
	sandbox_no_invalid_calls
'

test_done
