#!/bin/sh

test_description='a wall clock that is set, or stands still, changes nothing about a deployment

The clock of a worker is moved in the middle of a shift of traffic; a second
worker, whose clock is right, stands by.'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-server.sh
. "$TEST_DIRECTORY"/lib-deploy.sh

spool=origin.git/gitops/spool

start_workers () {
	: >clock &&
	{ test-tool worker clock origin.git >>worker1.log 2>&1 3>&- 4>&- & } && worker1=$! &&
	wait_for leases 1
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

leases () {
	test "$(ls $spool/leases | wc -l)" -ge "$1"
}

all_done () {
	test -z "$(ls $spool/new $spool/run | grep json)"
}

image () {
	balanced_image "$1" &&
	cp td.json work/dev/web_taskdef.json &&
	git -C work add dev &&
	git -C work commit -q -m "$1" &&
	git -C work push -q origin HEAD:main 2>push.err
}

is_in () {
	git -C origin.git gitops log -n 1 --format=json >log.json &&
	test "$(jq -r ".deployments[0].step" log.json)" = "$1"
}

test_expect_success 'setup: a first deployment, and a worker that stays' '
	deploy_start &&
	balanced &&
	server_init origin.git &&
	git -C origin.git config gitops.lease 3 &&
	git clone -q origin.git work 2>err &&
	mkdir -p work/dev &&
	cp svc.json work/dev/web_svcdef.json &&
	jq ".stabilityCheck = {pollInterval: 1, timeout: 60} | .trafficShiftingConfig.waitInterval = 2" dep.json \
		>work/dev/web_depdef.json &&
	echo "{}" >work/dev/web_input.json &&
	sandbox_ctl timing "{\"pull\": 1.5}" >/dev/null &&
	start_workers &&
	image good:1 && wait_for all_done
'

# set_in <step> <clock>: deploy, and set worker 1's clock while it is in that step
set_in () {
	sandbox_traffic >traffic && had=$(wc -l <traffic) &&
	{ stop_workers; start_workers; } && start_second &&
	image "good:$1:$2" && wait_for is_in "$1" &&
	echo "$2" >clock &&
	wait_for all_done &&
	git -C origin.git gitops log -n 1 --format=json >log.json &&
	jq -r ".deployments[0] | [.status, .failure.category] | tostring" log.json >actual &&
	echo "[\"PROCESSED_SUCCESS\",null]" >expect &&
	test_cmp expect actual &&
	sandbox_traffic >traffic && tail -n "+$((had + 1))" traffic >shifted &&
	awk "/=20/ {begin = \$1} /=100/ {if (\$1 - begin < 1.9) exit 1; seen = 1} END {exit !seen}" shifted
}

# It looks at the first one all the while.
start_second () {
	{ git-gitops worker origin.git >>worker2.log 2>&1 3>&- 4>&- & } && worker2=$!
}

for clock in 86400000 -86400000 stop
do
	for step in stabilize shift
	do
		test_expect_success "in $step: clock $clock" 'set_in $step $clock'
	done
done

test_expect_success 'no lease was lost, and none taken away' '
	stop_workers &&
	test_grep ! "lease" worker1.log &&
	test_grep ! "lease" worker2.log &&
	sandbox_no_holes
'

test_expect_success 'AWS was asked for nothing that it would not understand' '
	sandbox_no_invalid_calls
'

test_done
