#!/bin/sh

test_description='what people ask of a deployment is neither lost nor done twice, wherever its worker dies

A deployment waits for approval; its worker is killed, and something is asked of
it. The next worker is killed before, or after, its n-th system call with an
effect: where the request is journalled and removed. GITOPS_TEST_LONG=1 sweeps
over all of them.'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-server.sh
. "$TEST_DIRECTORY"/lib-sandbox.sh
. "$TEST_DIRECTORY"/lib-crash.sh

needs_approval () {
	sed -i "s/\"stabilityCheck\"/\"approval\": {\"before\": \"deploy\"}, &/" work/dev/web/web_depdef.json &&
	git -C work commit -q -a -m "after approval"
}

newest () {
	git -C origin.git gitops log -n 1 --format=json >log.json &&
	jq -r ".deployments[0]$1" log.json
}

newest_is () {
	test "$(newest "$1")" = "$2"
}

# asked <verb>...: before.git becomes one that waits, whose worker is dead, and
# of which these were asked.
asked () {
	start_over &&
	{ git-gitops worker origin.git >waiting.log 2>&1 3>&- 4>&- & } && worker=$! &&
	wait_for newest_is .waiting "waits for approval" &&
	kill -KILL $worker && { wait $worker; :; } &&
	for verb_
	do
		git -C origin.git gitops $verb_ "$(newest .id)" >out || return 1
	done &&
	mv origin.git "$1.git"
}

# begin <order>: as asked() left it; AWS has heard nothing so far
begin () {
	sandbox_ctl reset "{}" &&
	sandbox_ctl seed "{\"clusters\": [\"apps\"]}" &&
	rm -rf origin.git &&
	cp -a "$1.git" origin.git
}

# said <words>: so many events of the deployment
said () {
	newest "| [.events[] | select(.message | test(\"$1\"))] | length"
}

once () {
	test "$(said "$1")" = 1 || {
		newest .events
		return 1
	}
}

# What the journal has of orders, it has once.
journalled () {
	cat "$spool"/*/*.journal >journal &&
	sed -n "s/^{\"control\":{\"id\":\"\([^\"]*\)\".*\"verb\":\"\([a-z]*\)\".*/\1 \2/p" journal >orders &&
	sort -u orders >unique && test_cmp unique orders &&
	cut -d" " -f2 orders >verbs && printf "%s\n" "$@" >verbs.expect && test_cmp verbs.expect verbs
}

# obeyed <order>: it is over, as was asked
obeyed () {
	obeyed_ "$1" || {
		cat report second.log
		return 1
	}
}

obeyed_ () {
	nothing_waits && test -z "$(ls "$spool/control")" &&
	sandbox_calls status=200 >calls &&
	case $1 in
	approve)
		journalled approve && newest_is .status PROCESSED_SUCCESS && once "^approved by" &&
		test "$(grep -c CreateService calls)" = 1
		;;
	cancel)
		journalled cancel && newest_is .failure.category cancelled && ! grep CreateService calls
		;;
	pause)
		journalled pause resume approve && newest_is .status PROCESSED_SUCCESS && once "^approved by" &&
		test "$(grep -c CreateService calls)" = 1
		;;
	esac
}

test_expect_success 'setup: a push that waits for its worker' 'crash_setup needs_approval'

for order in approve cancel pause
do
	case $order in
	pause) verbs="pause resume approve" ;;
	*) verbs=$order ;;
	esac

	test_expect_success "$order: undisturbed, it is obeyed" '
		asked $verbs && begin "${verbs%% *}" &&
		test-tool crash -l git-gitops worker --drain origin.git >report 2>first.log &&
		sed -i "s/ended 1/ended 0/" report &&
		obeyed $order
	'

	# The journal is synced, the request goes.
	awk "\$2 == \"unlink\" && last == \"fdatasync\" {print \$1 - 1; print \$1} {last = \$2}" \
		report >points 2>/dev/null
	test -z "$GITOPS_TEST_LONG" || sed -n "s/ [a-z0-9]*$//p" report >points

	test_expect_success "$order: there is such a place" 'test -s points'

	for at in $(cat points)
	do
		for mode in '' -c
		do
			when=before
			test -z "$mode" || when=after
			test_expect_success "$order: killed $when call $at, it is obeyed, once" '
				begin "${verbs%% *}" &&
				test-tool crash $mode $at git-gitops worker --drain origin.git \
					>report 2>first.log &&
				test_might_fail git-gitops worker --drain origin.git 2>second.log &&
				obeyed $order
			'
		done
	done
done

test_expect_success 'every request was one that AWS understands' '
	sandbox_no_invalid_calls
'

test_done
