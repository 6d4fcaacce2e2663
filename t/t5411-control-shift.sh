#!/bin/sh

test_description='task sets behind a load balancer are cancelled, paused, resumed and approved, in whatever state they are'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-server.sh
. "$TEST_DIRECTORY"/lib-traffic.sh

start_worker () {
	{ git-gitops worker origin.git >>worker.log 2>&1 3>&- 4>&- & } && worker=$!
}

stop_worker () {
	kill "$worker" 2>/dev/null
	wait "$worker" 2>/dev/null
	:
}

test_atexit 'test -z "$worker" || kill "$worker" 2>/dev/null'

# another_worker: the one that runs dies at once, another one takes over
another_worker () {
	kill -9 "$worker" && { wait "$worker" 2>/dev/null; :; } && start_worker
}

# newest [<filter>]: of the newest record
newest () {
	git -C origin.git gitops log -n 1 --format=json >log.json &&
	jq -r ".deployments[0]$1" log.json
}

newest_is () {
	test "$(newest "$1")" = "$2"
}

# told <pattern>: an event says so
told () {
	newest "| [.events[].message] | join(\"\n\")" >events && grep -q "$1" events
}

ask () {
	git -C origin.git gitops "$@" >asked
}

# over: no job is left
over () {
	ls origin.git/gitops/spool/new origin.git/gitops/spool/run >left && ! grep -q "\.json" left
}

# put [<filter of the settings>]: another image
image=1
put () {
	image=$((image + 1)) &&
	balanced_image "${who:-good}:$image" &&
	shifting ".stabilityCheck.pollInterval = 1 | .stabilityCheck.timeout = 60 | .alarms.alarmNames = [\"errors\"] |
		.trafficShiftingConfig.waitInterval = 2 | ${1:-.}" &&
	mkdir -p work/dev && cp svc.json work/dev/web_svcdef.json && cp td.json work/dev/web_taskdef.json &&
	cp dep.json work/dev/web_depdef.json && git -C work add . && git -C work commit -q -m "$image" &&
	git -C work push -q origin HEAD:main 2>push.err
}

is_newer () {
	test "$(newest .id)" != "$last"
}

# begun [<filter of the settings>]: another image, and there is a deployment of it
begun () {
	last=$(newest .id) && put "$@" && wait_for is_newer
}

new_has () {
	sandbox_wait "{\"traffic\": {\"rule\": \"lb:80/default\", \"group\": \"$other\", \"weight\": $1}}" >/dev/null
}

slow () {
	fault "{\"match\": {\"op\": \"$1\"}, \"times\": 1, \"action\": {\"type\": \"delay\", \"delay\": 3}}"
}

# reach <state>: what runs is in "before", and which group is to get the traffic in $other; then deploy till there
reach () {
	task_sets >before && modified >moved &&
	case "$(cat before)" in *blue) other=green ;; *) other=blue ;; esac &&
	case "$1" in
	creating) slow CreateTaskSet && begun && wait_for newest_is .step create-task-set ;;
	stabilizing)
		who=slow && begun && who= && sandbox_wait "{\"service\": {\"name\": \"web\", \"pending\": 2}}" >/dev/null ;;
	approving)
		begun ".approval.before = \"shift\"" && wait_for newest_is .waiting "waits for approval" ;;
	waiting-20) begun ".trafficShiftingConfig.waitInterval = ${wait:-1000}" && new_has 20 && wait_for told " 20 % to the new" ;;
	waiting-100)
		begun ".trafficShiftingConfig = {type: \"ALL_AT_ONCE\", waitInterval: ${wait:-1000}}" && new_has 100 &&
		wait_for told " 100 % to the new" ;;
	promoting | promoted) slow UpdateServicePrimaryTaskSet && begun && wait_for newest_is .step promote ;;
	retiring) slow DeleteTaskSet && begun && wait_for newest_is .step retire ;;
	undoing)
		slow DeleteTaskSet && who=slow && begun && who= &&
		sandbox_wait "{\"service\": {\"name\": \"web\", \"pending\": 2}}" >/dev/null &&
		ask cancel -m first "$(newest .id)" && wait_for newest_is .step delete-new ;;
	esac &&
	id=$(newest .id) &&
	if test "$1" = promoted
	then
		ask pause "$id" && wait_for newest_is .waiting "paused by $(id -un)" && newest_is .step promote
	fi
}

# ends <old|new> [<category>]: what runs then, alone and with all the traffic, and nobody lost a request
ends () {
	wait_for over &&
	task_sets >actual &&
	if test "$1" = old
	then
		test_cmp before actual && newest_is .status PROCESSED_ERROR && newest_is .failure.category "${2:-cancelled}"
	else
		test_line_count = 1 actual && test_grep "^PRIMARY 100% 2/2 web:[0-9]* $other$" actual &&
		newest_is .status PROCESSED_SUCCESS
	fi &&
	newest_is .waiting null &&
	sandbox_ctl traffic | jq -r "[.rules[] | select(.label == \"lb:80/default\").groups[] | select(.weight > 0).group] | join(\" \")" >gets &&
	sed "s/.* //" actual >expect && test_cmp expect gets &&
	sandbox_no_holes
}

# moves <n>: how often weights were set since `reach`
moves () {
	modified >actual && tail -n +$(($(wc -l <moved) + 1)) actual >since && test_line_count = "$1" since
}

# still_watched: the rule is looked at while it stands still
still_watched () {
	sandbox_calls "op=DescribeListeners" >looks &&
	sandbox_wait "{\"calls\": {\"op\": \"DescribeListeners\", \"count\": $(($(wc -l <looks) + 2))}}" >/dev/null
}

test_expect_success 'setup: a service that runs' '
	deploy_start && balanced &&
	sandbox_ctl behaviours "{\"match\": {\"image\": \"^slow\"}, \"pull\": 12}" >/dev/null &&
	server_init origin.git && git clone -q origin.git work 2>err &&
	put && start_worker && wait_for over && newest_is .status PROCESSED_SUCCESS
'

# Each takes back all that was done; traffic, if some was moved, in one call.
cancelled () {
	state=$1 moves=$2 &&
	test_expect_success "cancelled, $state" '
		reach $state && ask cancel -m "not this one" "$id" &&
		ends old &&
		newest .failure.message >actual && echo "cancelled by $(id -un): not this one" >expect && test_cmp expect actual &&
		moves $moves
	'
}
cancelled creating 1
cancelled stabilizing 0
cancelled approving 0
cancelled waiting-20 2
cancelled waiting-100 2
cancelled promoting 3
cancelled promoted 3

test_expect_success 'cancelled, retiring: the old tasks go already, so it stays' '
	reach retiring && ask cancel "$id" && ends new &&
	told "^not cancelled, as $(id -un) asked: this can.t be taken back$"
'

test_expect_success 'cancelled, undoing: it goes back already, for the first who asked' '
	reach undoing && ask cancel -m second "$id" && ask pause "$id" && ask approve "$id" && ends old &&
	newest .failure.message >actual && echo "cancelled by $(id -un): first" >expect && test_cmp expect actual &&
	told "^not cancelled, as $(id -un) asked: it is being undone already$" &&
	told "^not paused, as $(id -un) asked: it is being undone$" &&
	told "^not approved, as $(id -un) asked: it is being undone$"
'

# It stands still at that step, with so many changes of weights made, and goes on from there.
paused () {
	state=$1 step=$2 moves=$3 &&
	test_expect_success "paused and resumed, $state" '
		reach $state && ask pause -m lunch "$id" &&
		wait_for newest_is .waiting "paused by $(id -un): lunch" &&
		newest_is .step $step && moves $moves &&
		ask pause -m "lunch, too" "$id" && wait_for told "^not paused, as $(id -un) asked: paused by $(id -un): lunch$" &&
		case $state in waiting-*) still_watched ;; esac &&
		moves $moves && ask resume "$id" && wait_for newest_is .waiting null &&
		case $state in
		waiting-*) ask cancel "$id" && ends old ;;
		*) ends new ;;
		esac
	'
}
paused creating create-task-set 0
paused stabilizing stabilize 0
paused waiting-20 shift 1
paused waiting-100 shift 1
paused promoting promote 2

test_expect_success 'paused, retiring: nothing comes after it' '
	reach retiring && ask pause "$id" && ends new &&
	told "^not paused, as $(id -un) asked: nothing comes after what it does$"
'

test_expect_success 'the clock of a wait stands while it is paused; the rest of it is waited for' '
	wait=15 && reach waiting-20 && wait= &&
	ask pause "$id" && wait_for newest_is .waiting "paused by $(id -un)" &&
	another_worker && wait_for told "20 % are with the new task set, waiting [0-9.]* s more" &&
	sed -n "s/.*waiting \([0-9]*\)[.0-9]* s more$/\1/p" events >rest &&
	test "$(cat rest)" -ge 1 && test "$(cat rest)" -le 15 &&
	newest_is .waiting "paused by $(id -un)" && ask resume "$id" &&
	ends new && moves 2 && told "^resumed by $(id -un)$"
'

test_expect_success 'an alarm while it is paused brings all traffic back' '
	reach waiting-20 && ask pause "$id" && wait_for newest_is .waiting "paused by $(id -un)" &&
	sandbox_ctl alarms "{\"name\": \"errors\", \"state\": \"ALARM\"}" >/dev/null &&
	ends old alarm && moves 2 &&
	sandbox_ctl alarms "{\"name\": \"errors\", \"state\": \"OK\"}" >/dev/null
'

test_expect_success 'approved, it gets its traffic; approved again, it says what lies behind' '
	reach approving && ask approve -m "looks good" "$id" && wait_for told "^approved by $(id -un): looks good$" &&
	ask approve "$id" && ends new && moves 2 &&
	told "^not approved, as $(id -un) asked: what was to be approved lies behind$"
'

test_expect_success 'approved, where nobody is asked: says so, and changes nothing' '
	reach waiting-20 && ask approve "$id" &&
	wait_for told "^not approved, as $(id -un) asked: it asks for nobody.s approval$" &&
	ask cancel "$id" && ends old && moves 2
'

test_expect_success 'the worker dies while it waits for approval: the next one waits on' '
	reach approving && another_worker && wait_for told "taken up again" &&
	wait_for newest_is .waiting "waits for approval" && moves 0 &&
	ask approve "$id" && ends new && moves 2
'

# What the dead worker had asked for is done when the delay is over: not during the next test.
late_calls () {
	sandbox_calls "op=ModifyListener&faulted=1&status=200" | wc -l
}

came_late () {
	test "$(late_calls)" -gt "$1"
}

test_expect_success 'the worker dies while it is cancelled: the next one goes back' '
	late=$(late_calls) &&
	reach waiting-20 && slow ModifyListener && ask cancel "$id" &&
	wait_for newest_is .step shift-back && another_worker && ends old && moves 2 &&
	newest_is .failure.message "cancelled by $(id -un)" &&
	wait_for came_late "$late"
'

test_expect_success 'the worker dies while it is paused after promotion: cancelled, it goes back' '
	reach promoted && another_worker && wait_for told "taken up again" &&
	wait_for newest_is .waiting "paused by $(id -un)" && ask cancel "$id" && ends old
'

test_expect_success 'AWS was asked for nothing that it would not understand' '
	stop_worker && sandbox_no_invalid_calls
'

test_done
