#!/bin/sh

test_description='one service is deployed by one deployment at a time, and of pushes that wait the newest'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-server.sh
. "$TEST_DIRECTORY"/lib-sandbox.sh

# worker <n>: in the background, its process id in worker<n>
worker () {
	{ git-gitops worker origin.git >>worker$1.log 2>&1 3>&- 4>&- & } && eval "worker$1=$!"
}

stop_workers () {
	for pid_ in $worker1 $worker2
	do
		kill $pid_ 2>/dev/null
		wait $pid_ 2>/dev/null
	done
	worker1='' worker2=''
}

test_atexit stop_workers

drain () {
	git-gitops worker --drain origin.git 2>>drain.log
}

# image <tag> <branch>...: one commit, pushed to all of these
image () {
	service_edit work dev/web/web "s/nginx:[^\"]*/nginx:$1/" && shift &&
	for branch_
	do
		git -C work push -q origin "HEAD:$branch_" 2>push.err || return
	done
}

# of <branch> [<filter>]: of the newest record of that branch
of () {
	git -C origin.git gitops log -n 1 -b "$1" --format=json >log.json &&
	jq -r ".deployments[0]$2" log.json
}

of_is () {
	test "$(of "$1" "$2")" = "$3"
}

# slow: the next UpdateService takes two seconds to be answered
slow () {
	sandbox_ctl faults "{\"match\": {\"op\": \"UpdateService\"}, \"times\": 1,
		\"action\": {\"type\": \"delay\", \"delay\": 2}}" >/dev/null
}

all_done () {
	test -z "$(ls origin.git/gitops/spool/new origin.git/gitops/spool/run | grep json)"
}

# not_at_once: no deployment of the service began before the one before it had ended.
not_at_once () {
	for branch_ in main dev
	do
		of $branch_ "| .startedAt + \" \" + .finishedAt + \" \" + (.events | map(select(.message | test(\"^service .* runs\"))) | .[0].time)" || return
	done | sort -k 3 >spans &&
	first_end_=$(sed -n 1p spans | cut -d" " -f2) && second_look_=$(sed -n 2p spans | cut -d" " -f3) &&
	expr "$first_end_" "<=" "$second_look_" >/dev/null || { cat spans && return 1; }
}

test_expect_success 'setup: two branches that deploy the same service' '
	sandbox_start &&
	sandbox_ctl seed "{\"clusters\": [\"apps\"]}" &&
	server_init origin.git &&
	git -C origin.git config --add gitops.branch dev &&
	git clone -q origin.git work 2>err &&
	service_commit work dev/web/web && image one main dev && drain
'

test_expect_success 'the one that comes second waits for the first, and says so' '
	slow && worker 1 &&
	image two main && wait_for of_is main .step apply &&
	image three dev && wait_for of_is dev .waiting "waits for $(of main .id) of ${SQ}main${SQ}, which deploys the same" &&
	git -C origin.git gitops status >status &&
	test_grep "deploying .*, step preflight, waits for $(of main .id) of .main., which deploys the same" status &&
	wait_for all_done && stop_workers &&
	test "$(of main .status) $(of dev .status)" = "PROCESSED_SUCCESS PROCESSED_SUCCESS" &&
	test "$(of dev .waiting)" = null &&
	not_at_once
'

test_expect_success 'one that waits for another is cancelled' '
	slow && worker 1 &&
	image four main && wait_for of_is main .step apply &&
	image five dev && wait_for of_is dev .step preflight &&
	git -C origin.git gitops cancel "$(of dev .id)" >out &&
	wait_for of_is dev .failure.category cancelled &&
	test "$(of main .status)" = PROCESSING &&
	wait_for all_done && stop_workers &&
	test "$(of main .status)" = PROCESSED_SUCCESS
'

test_expect_success 'two workers keep out of each other'\''s way, too' '
	slow && worker 1 &&
	image six main && wait_for of_is main .step apply &&
	kill -STOP $worker1 &&
	worker 2 && image seven dev &&
	wait_for of_is dev .waiting "waits for another worker, which deploys the same" &&
	test "$(of main .status)" = PROCESSING &&
	kill -CONT $worker1 &&
	wait_for all_done && stop_workers &&
	test "$(of main .status) $(of dev .status)" = "PROCESSED_SUCCESS PROCESSED_SUCCESS" &&
	not_at_once
'

test_expect_success 'what a killed worker held is free, and what it did is brought to its end' '
	slow && worker 1 &&
	image eight main && wait_for of_is main .step apply &&
	kill -STOP $worker1 &&
	worker 2 && image nine dev &&
	wait_for of_is dev .waiting "waits for another worker, which deploys the same" &&
	kill -KILL $worker1 && { wait $worker1 2>/dev/null; :; } && worker1='' &&
	wait_for all_done && stop_workers &&
	test "$(of dev .status)" = PROCESSED_SUCCESS &&
	of main .status | grep "PROCESSED_" &&
	sandbox_services >services && test_grep "apps/web ACTIVE 1/1 .* COMPLETED" services
'

test_expect_success 'of pushes that wait the newest is deployed, with what the others changed' '
	sandbox_ctl calls - >/dev/null &&
	service_commit work dev/other/other &&
	image ten main && image eleven main && image twelve main && drain &&
	sandbox_calls >calls &&
	test "$(grep -c RegisterTaskDefinition calls)" = 2 &&
	git -C origin.git gitops log -b main -n 2 --format=json >log.json &&
	jq -r ".deployments[] | .prefix + \" \" + .commit" log.json | sort >actual &&
	printf "dev/%s $(git -C work rev-parse HEAD)\n" other/other web/web >expect &&
	test_cmp expect actual &&
	grep -h superseded origin.git/gitops/spool/done/*.journal >said &&
	test_line_count = 2 said &&
	test_grep "deploys these changes with those of $(git -C work rev-parse --short=7 HEAD)" said
'

test_expect_success 'AWS was asked for nothing that it does not have' '
	sandbox_no_invalid_calls
'

test_done
