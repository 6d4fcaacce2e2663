#!/bin/sh

test_description='a worker that is killed at any point is followed by one that goes on

The worker is killed before, or after, its n-th system call with an effect.
GITOPS_TEST_LONG=1 sweeps over all of them; else a few are taken, spread evenly,
others in each run.'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-server.sh
. "$TEST_DIRECTORY"/lib-sandbox.sh
. "$TEST_DIRECTORY"/lib-crash.sh

# All is as if nothing had happened: $1 says what the killed one did.
all_is_well () {
	what=$1
	nothing_waits &&
	test "$(ls "$spool/done" | wc -l)" = 2 &&
	test -z "$(ls "$spool/failed")" &&
	sandbox_services >services &&
	test "$(cut -d" " -f2-4 services)" = "apps/web ACTIVE 1/1" &&
	sandbox_calls status=200 >calls &&
	test "$(grep -c CreateService calls)" -le 2 &&
	git -C origin.git for-each-ref --format="%(refname) %(objectname)" refs/gitops/live \
		refs/gitops/processed >refs &&
	printf "%s $(cat commit)\n" refs/gitops/live/main/ecs/dev/web/web refs/gitops/processed/main \
		>refs.expect &&
	test_cmp refs.expect refs &&
	git -C origin.git notes --ref=gitops/records show "$(cat commit)" >records &&
	test_line_count = 1 records &&
	test_grep PROCESSED_SUCCESS records &&
	git -C origin.git fsck --no-dangling >fsck 2>&1 || {
		echo "after: $what"
		cat second.log
		return 1
	}
}

test_expect_success 'setup: a push that waits for its worker' 'crash_setup'

test_expect_success 'undisturbed, all is well' '
	start_over &&
	test-tool crash 1000000 git-gitops worker --drain origin.git >report 2>second.log &&
	test_grep "^ended 0 after" report &&
	all_is_well "nothing"
'

points=$(crash_points 8)
first=${points%% *} calls=${points##* } step=${points#* } step=${step% *}

for mode in '' -c
do
	at=$first when=before
	test -z "$mode" || when=after
	while test "$at" -le "${calls:-0}"
	do
		test_expect_success "killed $when call $at, it is followed" '
			start_over &&
			test-tool crash $mode $at git-gitops worker --drain origin.git \
				>report 2>first.log &&
			git-gitops worker --drain origin.git 2>second.log &&
			all_is_well "$(cat report)"
		'
		at=$((at + step))
	done
done

# The one that follows dies, too, and again, at its own points.
test_expect_success 'killed again and again, the last one brings it to its end' '
	start_over &&
	for at in 3 9 17 25 40 60 90
	do
		test-tool crash $at git-gitops worker --drain origin.git >report 2>first.log || return 1
	done &&
	git-gitops worker --drain origin.git 2>second.log &&
	all_is_well "many"
'

test_expect_success 'killed while it claims, the job is there for the next' '
	for at in 1 2 3
	do
		start_over &&
		test-tool crash $at git-gitops worker --once origin.git >report 2>first.log &&
		test 1 = "$(ls "$spool/new" "$spool/run" | grep -c "\.json$")" || return 1
	done
'

test_expect_success 'every request was one that AWS understands' '
	sandbox_no_invalid_calls
'

test_done
