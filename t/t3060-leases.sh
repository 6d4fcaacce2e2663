#!/bin/sh

test_description='a worker that stands still loses its lease, and another one goes on

The first worker is stopped in the middle of a deployment. It is killed by the
one that takes over where that can tell that it is the right process; else it
comes to life again, and must do nothing more.'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-server.sh
. "$TEST_DIRECTORY"/lib-deploy.sh

spool=origin.git/gitops/spool

# worker <n>: in the background with an access key of its own, its process id in worker<n>
worker () {
	{ AWS_ACCESS_KEY_ID=AKIDWORKER$1 AWS_SECRET_ACCESS_KEY=s git-gitops worker origin.git \
		>>worker$1.log 2>&1 3>&- 4>&- & } && eval "worker$1=$!"
}

stop_workers () {
	for pid_ in $worker1 $worker2
	do
		kill -CONT $pid_ 2>/dev/null
		kill $pid_ 2>/dev/null
		wait $pid_ 2>/dev/null
	done
	worker1='' worker2=''
}

test_atexit stop_workers

# image <image>: push a revision with it
image () {
	balanced_image "$1" &&
	mkdir -p work/dev &&
	cp svc.json work/dev/web_svcdef.json &&
	cp td.json work/dev/web_taskdef.json &&
	jq ".stabilityCheck.pollInterval = 1 |
		if .trafficShiftingConfig then .trafficShiftingConfig.waitInterval = 1 else . end" dep.json >work/dev/web_depdef.json &&
	echo "{}" >work/dev/web_input.json &&
	git -C work add dev &&
	git -C work commit -q -m "$1" &&
	git -C work push -q origin HEAD:main 2>push.err
}

# lease_of <process id>: the file of its lease
lease_of () {
	grep -l "\"pid\":$1," $spool/leases/* | head -n 1
}

# far <process id>: its lease says that it is of another host, as if it were.
far () {
	perl -e "open my \$f, q(+<), \$ARGV[0] or die; local \$/; my \$t = <\$f>;
		\$t =~ s/\"boot\":\"./\"boot\":\"X/ or die; seek \$f, 0, 0; print \$f \$t" "$(lease_of $1)"
}

all_done () {
	test -z "$(ls $spool/new $spool/run | grep json)"
}

# calls_of <n> [<filter>]: how many requests the worker with that key made
calls_of () {
	sandbox_calls "key=AKIDWORKER$1${2:+&$2}" >calls_of && wc -l <calls_of
}

# outcome: what is left of it all, without what differs from run to run
outcome () {
	task_sets &&
	sandbox_services &&
	git -C origin.git for-each-ref --format="%(refname) %(objectname)" refs/gitops/live refs/gitops/processed |
		sed "s/ $(git -C work rev-parse HEAD)/ HEAD/" &&
	git -C origin.git notes --ref=gitops/records show "$(git -C work rev-parse HEAD)" >note &&
	jq -r "[.status, .strategy, .step, .failure.category] | tostring" note &&
	sandbox_calls >calls &&
	sed -nE "s/^(.*($DEPLOY_ONCE|DeleteTaskSet) 200)$/\1/p" calls | sort | uniq -c &&
	sandbox_traffic | sed "s/^[^ ]* //" && sandbox_no_holes &&
	ls $spool/done $spool/failed | grep -c "json$" &&
	ls $spool/run $spool/control
}

# start_over <setup> [<filter of the service definition>]: all as after a first deployment
start_over () {
	stop_workers &&
	rm -rf origin.git work && rm -f worker?.log &&
	if test "$1" = rolling; then deploy_reset; else balanced; fi &&
	sandbox_ctl keys "{\"AKIDWORKER1\": {\"secret\": \"s\"}, \"AKIDWORKER2\": {\"secret\": \"s\"}}" >/dev/null &&
	server_init origin.git &&
	git -C origin.git config gitops.lease 3 &&
	git clone -q origin.git work 2>err &&
	image good:1 && git-gitops worker --drain origin.git 2>drain.log &&
	sandbox_ctl calls - >/dev/null
}

# stop_at <operation>: worker 1 begins, and stands still once it has asked for
# that; the answer comes two seconds later
stop_at () {
	sandbox_ctl faults "{\"match\": {\"op\": \"$1\"}, \"times\": 1,
		\"action\": {\"type\": \"delay\", \"delay\": 2}}" >/dev/null &&
	worker 1 && image good:2 && wait_for asked "$1" && kill -STOP $worker1
}

asked () {
	sandbox_calls "op=$1" >asked && test -s asked
}

undisturbed () {
	start_over "$1" && image good:2 && git-gitops worker --drain origin.git 2>drain.log &&
	outcome >expect
}

# Worker 2 has done it, and it is as if nothing had happened.
taken_over () {
	worker 2 && wait_for all_done &&
	grep "stands still for .*: .*its jobs are taken over" worker2.log &&
	test "$(calls_of 2)" -gt 0 &&
	outcome >actual && test_cmp expect actual
}

# Worker 1 comes to life again, sees it, and ends without having done anything.
does_nothing_more () {
	had=$(calls_of 1) && test "$had" -gt 0 &&
	find origin.git -type f ! -path "*/leases/*" -exec cksum {} + | sort -k 3 >before &&
	kill -CONT $worker1 && wait_for process_is_gone $worker1 &&
	{ wait $worker1; status=$?; } && worker1='' &&
	test $status = 128 &&
	test_grep "the lease .* is lost: another worker took it away" worker1.log &&
	test_grep "fatal: this worker stood still for too long; it ends" worker1.log &&
	test "$(calls_of 1)" = "$had" &&
	find origin.git -type f ! -path "*/leases/*" -exec cksum {} + | sort -k 3 >after &&
	test_cmp before after &&
	outcome >actual && test_cmp expect actual
}

for what in "rolling UpdateService" "task-set CreateTaskSet" "task-set ModifyListener"
do
	kind=${what% *} operation=${what#* }

	test_expect_success "$kind: one that is stopped in $operation is killed and followed" '
		{ test -n "$SANDBOX_PID" || sandbox_start; } &&
		{ test "$kind" = "$undisturbed" || { undisturbed $kind && undisturbed=$kind; }; } &&
		start_over $kind && stop_at $operation &&
		taken_over &&
		test_grep "killed, its jobs are taken over" worker2.log &&
		wait_for process_is_gone $worker1
	'

	test_expect_success "$kind: one of another host that is stopped in $operation does nothing more" '
		start_over $kind && stop_at $operation && far $worker1 &&
		taken_over &&
		test_grep ! "killed, its jobs" worker2.log &&
		does_nothing_more
	'
done

test_expect_success 'a value of gitops.lease that makes no sense is refused' '
	for value in 2 3601 -1
	do
		git -C origin.git config gitops.lease $value &&
		test_expect_code 128 git-gitops worker --drain origin.git 2>err &&
		test_grep "gitops.lease of .*origin.git. is no number of seconds from 3 to 3600" err || return 1
	done
'

test_expect_success 'AWS was asked for nothing that it would not understand' '
	stop_workers &&
	sandbox_no_invalid_calls
'

test_done
