#!/bin/sh

test_description='a disk that is full at any point loses nothing and deploys nothing twice

One write of the worker fails, as on a full disk, or all from one on until
somebody made room. What is written over what is there needs none.
GITOPS_TEST_LONG=1 sweeps over all writes; else a few are taken, spread evenly,
others in each run.'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-server.sh
. "$TEST_DIRECTORY"/lib-sandbox.sh
. "$TEST_DIRECTORY"/lib-crash.sh

# Whatever failed, it was said; and the request to deploy brings what is missing.
all_is_well () {
	# Who follows a job sees its end a moment before it is put away.
	wait_for nothing_waits &&
	sandbox_services >services &&
	test "$(cut -d" " -f2-4 services)" = "apps/web ACTIVE 1/1" &&
	sandbox_calls status=200 >calls &&
	test "$(grep -c CreateService calls)" = 1 &&
	! grep UpdateService calls &&
	git -C origin.git rev-parse refs/gitops/processed/main >actual &&
	test_cmp commit actual &&
	git -C origin.git notes --ref=gitops/records show "$(cat commit)" >records &&
	test_grep PROCESSED_SUCCESS records &&
	git -C origin.git fsck --no-dangling >fsck 2>&1
}

test_expect_success 'setup: a push that waits for its worker' 'crash_setup'

test_expect_success 'undisturbed, all is well' '
	start_over &&
	test-tool crash -e 1000000 git-gitops worker --drain origin.git >report 2>first.log &&
	test_grep "^ended 0 after" report &&
	all_is_well
'

points=$(crash_points 6)
first=${points%% *} calls=${points##* } step=${points#* } step=${step% *}

test_expect_success 'it writes often enough to be tested' 'test "$calls" -gt 10'

at=$first
while test "$at" -le "$calls"
do
	test_expect_success "full at write $at, it is said, and made up for" '
		start_over &&
		test-tool crash -e '$at' git-gitops worker --drain origin.git >report 2>first.log &&
		test_grep "^failed .*, ended [01] after" report &&
		if ! grep -q "ended 0 after" report
		then
			grep -i "no space left" first.log
		fi &&
		git-gitops worker --drain origin.git 2>second.log &&
		all_is_well
	'
	at=$((at + step))
done

stop_worker () {
	for pid_ in $worker
	do
		: >room && ps -o pid= --ppid "$pid_" | xargs kill 2>/dev/null
		wait $pid_
	done
	worker=''
}

test_atexit stop_worker

# said <n>: so often it tried, and had no room
said () {
	test "$(grep -ci "no space left" first.log)" -ge "$1"
}

# begin_full <n>: a worker whose disk is full from its n-th write on
begin_full () {
	rm -f room && : >first.log &&
	{ test-tool crash -E room $1 git-gitops worker origin.git >report 2>first.log 3>&- 4>&- & } &&
	worker=$!
}

points=$(crash_points 3)
at=${points%% *} step=${points#* } step=${step% *}
while test "$at" -le "$calls"
do
	test_expect_success "full from write $at on, it tries again, repeats nothing, and goes on when there is room" '
		start_over && begin_full $at && wait_for said 3 &&
		sandbox_calls >calls && ! grep UpdateService calls &&
		test "$(grep -c "CreateService 200" calls)" -le 1 &&
		: >room &&
		wait_for nothing_waits && stop_worker &&
		test_grep "^failed " report &&
		test -z "$(ls "$spool/failed")" &&
		all_is_well
	'

	test_expect_success "full from write $at on, killed, and still full: the next one goes on when there is room" '
		start_over && begin_full $at && wait_for said 1 &&
		kill -KILL $worker && { wait $worker; worker=; } &&
		begin_full 1 && wait_for said 1 && : >room &&
		wait_for nothing_waits && stop_worker &&
		test -z "$(ls "$spool/failed")" &&
		all_is_well
	'
	at=$((at + step))
done

test_done
