#!/bin/sh

test_description='a disk that is full at any point loses nothing and deploys nothing twice

One write of the worker fails, as on a full disk; then there is space again.
GITOPS_TEST_LONG=1 sweeps over all writes; else a few are taken, spread evenly,
others in each run.'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-server.sh
. "$TEST_DIRECTORY"/lib-sandbox.sh

# LeakSanitizer can't work on what is traced.
ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0

spool=origin.git/gitops/spool

start_over () {
	sandbox_ctl reset "{}" &&
	sandbox_ctl seed "{\"clusters\": [\"apps\"]}" &&
	rm -rf origin.git &&
	cp -a before.git origin.git
}

nothing_waits () {
	test -z "$(ls "$spool/new" "$spool/run" | grep -v :)"
}

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

test_expect_success 'setup: a push that waits for its worker' '
	sandbox_start &&
	server_init origin.git &&
	git clone -q origin.git work &&
	service_push work dev/web/web 2>err &&
	git -C work rev-parse HEAD >commit &&
	mv origin.git before.git
'

test_expect_success 'undisturbed, all is well' '
	start_over &&
	test-tool crash -e 1000000 git-gitops worker --drain origin.git >report 2>first.log &&
	test_grep "^ended 0 after" report &&
	sed "s/.* //" report >calls.nr &&
	test "$(cat calls.nr)" -gt 10 &&
	all_is_well
'

calls=$(cat calls.nr 2>/dev/null)
if test -n "$GITOPS_TEST_LONG"
then
	at=1 step=1
else
	step=$((${calls:-1} / 6 + 1))
	at=$(($$ % step + 1))
fi

while test "$at" -le "${calls:-0}"
do
	test_expect_success "full at write $at, it is said, and made up for" '
		start_over &&
		test-tool crash -e '$at' git-gitops worker --drain origin.git >report 2>first.log &&
		test_grep "^failed .*, ended [01] after" report &&
		if ! grep -q "ended 0 after" report
		then
			grep -i "no space left" first.log
		fi &&
		{ git-gitops worker --drain origin.git 2>second.log || test_grep -i "no space left" second.log; } &&
		if test -n "$(ls "$spool/failed")"
		then
			git -C origin.git gitops deploy --local -b main >out 2>&1
		fi &&
		all_is_well
	'
	at=$((at + step))
done

test_done
