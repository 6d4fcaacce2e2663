#!/bin/sh

test_description='functions are cancelled, paused, held, rolled back, ordered and frozen, as services are'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-server.sh
. "$TEST_DIRECTORY"/lib-deploy.sh
. "$TEST_DIRECTORY"/lib-lambda.sh

start_worker () {
	{ git-gitops worker "$@" origin.git >>worker.log 2>&1 3>&- 4>&- & } && worker=$! &&
	test_when_finished "stop_worker"
}

stop_worker () {
	kill "$worker" 2>/dev/null
	wait "$worker" 2>/dev/null
	:
}

test_atexit 'test -z "$worker" || kill "$worker" 2>/dev/null'

drain () {
	git gitops worker --drain origin.git 2>>worker.log
}

# fn <n> [<push option>...]: push other code
fn () {
	lambda_handler work fn/hello "$1" && shift &&
	git -C work push -q "$@" origin HEAD:main 2>push.err
}

# settings <filter>: change those of the function, and commit
settings () {
	jq "$1" work/fn/hello_lambdadepdef.json >edited.json && mv edited.json work/fn/hello_lambdadepdef.json &&
	git -C work commit -q -a -m settings
}

# newest [<filter>]: of the newest record of the function
newest () {
	git -C origin.git gitops log -n 1 --format=json fn/hello >log.json &&
	jq -r ".deployments[0]$1" log.json
}

newest_is () {
	test "$(newest "$1")" = "$2"
}

ask () {
	git -C origin.git gitops "$@" >asked
}

# at_20: a part of the traffic is with version 2
at_20 () {
	sandbox_wait "{\"traffic\": {\"alias\": \"hello:live\", \"version\": \"$1\", \"percent\": 20}}" >/dev/null
}

# is <versions and alias>: once nothing moves any more
is () {
	functions >actual &&
	echo "us-east-1 hello Active/Successful $1" >expect &&
	test_cmp expect actual &&
	sandbox_no_holes
}

# starts <wait>: the sandbox and the server as new, version 1 runs, the next is moved to in steps
starts () {
	sandbox_fresh_lambda && sandbox_ctl seed "{\"alarms\": {\"errors\": \"OK\"}}" >/dev/null &&
	rm -rf origin.git work && cp -a origin.saved origin.git && cp -a work.saved work &&
	drain && is "versions=1 live=1:1" &&
	settings ".trafficShiftingConfig = {type: \"CANARY\", percent: 20, waitInterval: $1}"
}

test_expect_success 'setup: a function whose code is in the repository' '
	sandbox_start &&
	server_init origin.git &&
	git clone -q origin.git work 2>err &&
	lambda_write work fn/hello &&
	lambda_handler work fn/hello one && git -C work push -q origin HEAD:main 2>err &&
	mv origin.git origin.saved && mv work work.saved
'

test_expect_success 'cancelled while traffic moves: all of it goes back, the new version goes, and who did it is told' '
	starts 600 && start_worker && fn two && at_20 2 &&
	ask cancel --reason="wrong code" "$(newest .id)" &&
	test_grep "^asked to cancel: fn/hello, deploying, step shift$" asked &&
	wait_for newest_is .status PROCESSED_ERROR &&
	test "$(newest .failure.category)" = cancelled &&
	test "$(newest .failure.message)" = "cancelled by $(id -un): wrong code" &&
	test "$(newest .failure.step)" = shift && test "$(newest .revision)" = 1 &&
	is "versions=1 live=1:1"
'

# events <batch size> <queue> <position>: what the function reads, committed
events () {
	lambda_pulls "$@" && mv sources.json work/fn/hello_lambdaeventsourcedef.json &&
	git -C work add fn && git -C work commit -q -m events
}

# mappings: those that are there, once none is about to be another
mappings () {
	lambda_state state && sed -n "/ mapping /p" state | sort
}

test_expect_success 'cancelled after its event sources were changed: they are as they were' '
	starts 1 && events 5 gone LATEST && fn two && drain && mappings >before && test_line_count = 3 before &&
	lambda_rule "{\"match\": {\"on\": \"provision\"}, \"never\": true}" &&
	settings ".provisionedConcurrentExecutions = 1" && events 7 new TRIM_HORIZON &&
	start_worker && fn three && wait_for newest_is .step warm &&
	mappings >during && test_grep ":orders 7$" during && test_grep ":new 10$" during &&
	ask cancel "$(newest .id)" && wait_for newest_is .status PROCESSED_ERROR &&
	test "$(newest .failure.category)" = cancelled &&
	mappings >actual && test_cmp before actual &&
	functions >actual && test_grep "versions=1,2 live=2:1$" actual
'

test_expect_success 'paused while traffic moves, it stands; resumed, it goes on' '
	starts 8 && start_worker && fn two && at_20 2 &&
	ask pause --reason=lunch "$(newest .id)" &&
	wait_for newest_is .waiting "paused by $(id -un): lunch" &&
	git -C origin.git gitops status >status &&
	test_grep "deploying .*, step shift, paused by $(id -un): lunch" status &&
	is "versions=1,2 live=1:0.8,2:0.2" &&
	ask resume "$(newest .id)" &&
	wait_for newest_is .status PROCESSED_SUCCESS &&
	is "versions=1,2 live=2:1" &&
	newest "| [.events[].message] | join(\"\n\")" >events &&
	test_grep "^paused by $(id -un): lunch$" events && test_grep "^resumed by $(id -un)$" events
'

# told <pattern>: an event says so
told () {
	newest "| [.events[].message] | join(\"\n\")" >events && grep -q "$1" events
}

# still_watched: the alias is looked at, again and again
still_watched () {
	sandbox_calls "op=GetAlias" >looks &&
	sandbox_wait "{\"calls\": {\"op\": \"GetAlias\", \"count\": $(($(wc -l <looks) + 2))}}" >/dev/null
}

test_expect_success 'paused in the middle of a wait, it stands at once; the alias stays watched' '
	starts 10000 && start_worker && fn two && at_20 2 && still_watched &&
	ask pause --reason=lunch "$(newest .id)" &&
	wait_for newest_is .waiting "paused by $(id -un): lunch" && still_watched &&
	is "versions=1,2 live=1:0.8,2:0.2" &&
	ask resume "$(newest .id)" && wait_for newest_is .waiting null && still_watched &&
	newest_is .status PROCESSING && ask pause "$(newest .id)" &&
	wait_for newest_is .waiting "paused by $(id -un)" &&
	printf "{\"FunctionVersion\": \"1\", \"RoutingConfig\": {\"AdditionalVersionWeights\": {\"2\": 0.6}}}" |
	test-tool aws-call --service lambda --op UpdateAlias --method PUT \
		--path /2015-03-31/functions/hello/aliases/live >answer &&
	wait_for newest_is .failure.category superseded && wait_for newest_is .status PROCESSED_ERROR &&
	newest_is .waiting null && is "versions=1 live=1:1"
'

test_expect_success 'the clock of a wait stands while it is paused, whoever runs it; the rest is waited for' '
	starts 15 && start_worker && fn two && at_20 2 && ask pause "$(newest .id)" &&
	wait_for newest_is .waiting "paused by $(id -un)" &&
	kill -9 $worker && { wait $worker 2>/dev/null; :; } && start_worker &&
	wait_for told "20 % are with version .2., waiting [0-9.]* s more$" &&
	sed -n "s/.*waiting \([0-9]*\)[.0-9]* s more$/\1/p" events >rest &&
	test "$(cat rest)" -ge 1 && test "$(cat rest)" -le 15 &&
	still_watched && newest_is .waiting "paused by $(id -un)" &&
	is "versions=1,2 live=1:0.8,2:0.2" && ask resume "$(newest .id)" &&
	wait_for newest_is .status PROCESSED_SUCCESS && told "^resumed by $(id -un)$" &&
	is "versions=1,2 live=2:1"
'

test_expect_success 'an alarm ends a pause, and so does whoever cancels it' '
	starts 4 && settings ".alarms = {alarmNames: [\"errors\"]}" && start_worker && fn two && at_20 2 &&
	ask pause "$(newest .id)" && wait_for newest_is .waiting "paused by $(id -un)" &&
	control -d "{\"name\": \"errors\", \"state\": \"ALARM\"}" "$SANDBOX_URL/_sandbox/alarms" &&
	wait_for newest_is .status PROCESSED_ERROR && newest_is .failure.category alarm &&
	is "versions=1 live=1:1" &&
	control -d "{\"name\": \"errors\", \"state\": \"OK\"}" "$SANDBOX_URL/_sandbox/alarms" &&
	fn three && at_20 3 &&
	ask pause "$(newest .id)" && wait_for newest_is .waiting "paused by $(id -un)" &&
	ask cancel "$(newest .id)" &&
	wait_for newest_is .status PROCESSED_ERROR && newest_is .failure.category cancelled &&
	is "versions=1 live=1:1"
'

test_expect_success 'its worker is killed while traffic moves: the next one cancels, or goes on' '
	starts 600 && start_worker && fn two && at_20 2 &&
	kill -9 $worker && { wait $worker 2>/dev/null; :; } &&
	ask cancel "$(newest .id)" && start_worker &&
	wait_for newest_is .status PROCESSED_ERROR && newest_is .failure.category cancelled &&
	is "versions=1 live=1:1"
'

test_expect_success 'traffic that needs approval stays until then; in time or not at all' '
	starts 1 && settings ".approval = {before: \"shift\"}" && start_worker && fn two &&
	wait_for newest_is .waiting "waits for approval" &&
	newest_is .step approve-shift &&
	is "versions=1,2 live=1:1" &&
	ask approve -m "looks good" "$(newest .id)" &&
	wait_for newest_is .status PROCESSED_SUCCESS &&
	is "versions=1,2 live=2:1" &&
	newest "| [.events[].message] | join(\"\n\")" >events && test_grep "^approved by $(id -un): looks good$" events &&
	settings ".approval.timeout = 1" && fn three &&
	wait_for newest_is .failure.category not-approved &&
	is "versions=1,2 live=2:1"
'

test_expect_success 'what needs approval before anything is changed is not even uploaded' '
	starts 1 && settings ".approval = {before: \"deploy\"}" && start_worker && fn two &&
	wait_for newest_is .waiting "waits for approval" &&
	sandbox_calls "service=lambda" >calls && test_grep ! "UpdateFunctionCode" calls &&
	ask approve "$(newest .id)" &&
	wait_for newest_is .status PROCESSED_SUCCESS && is "versions=1,2 live=2:1"
'

test_expect_success 'what is over can be neither cancelled, paused, resumed nor approved' '
	for command in cancel pause resume approve
	do
		test_must_fail git -C origin.git gitops $command "$(newest .id)" 2>err &&
		test_grep "is over: deployed" err || return
	done
'

test_expect_success 'a rollback goes to the version before, holds it, and uploads nothing' '
	starts 1 && fn two && drain && is "versions=1,2 live=2:1" &&
	sandbox_ctl calls - >/dev/null &&
	git -C work gitops rollback -b main --reason="p99 is bad" fn/hello origin 2>err &&
	remote_lines err >said && test_grep "^fn/hello: back from " said &&
	drain && is "versions=1,2 live=1:1" &&
	sandbox_calls "service=lambda" >calls && test_grep ! -E "UpdateFunction|PublishVersion" calls &&
	git -C origin.git gitops status >status &&
	test_grep "^    held by $(id -un) since 2.*Z, as it was at .*: p99 is bad$" status &&
	git -C work gitops deploy -f -b main origin 2>err && drain && is "versions=1,2 live=1:1" &&
	newest_is .failure.category held &&
	fn three && drain && is "versions=1,3 live=3:1" &&
	git -C origin.git gitops status >status && test_grep ! "held by" status
'

test_expect_success 'what a person holds stays until it is let go of' '
	ask hold -b main -m "migration runs" fn/hello &&
	fn four && drain && is "versions=1,3 live=3:1" &&
	ask unhold -b main fn/hello &&
	git -C work gitops deploy -b main origin 2>err && drain &&
	is "versions=3,4 live=4:1"
'

test_expect_success 'in a freeze it waits, nothing is asked of AWS; afterwards it is deployed' '
	git -C origin.git config --add gitops.freeze "main 2000-01-01..2999-12-31" &&
	sandbox_ctl calls - >/dev/null &&
	fn five && remote_lines push.err >said && test_grep "frozen until Wed 3000-01-01" said &&
	git gitops worker --once origin.git 2>>worker.log &&
	sandbox_calls >calls && test_must_be_empty calls &&
	git -C origin.git config --unset-all gitops.freeze &&
	drain && is "versions=4,5 live=5:1"
'

# begun: what was deployed, in this order
begun () {
	sandbox_calls >.begun &&
	sed -n "s/^ecs.\(CreateService\|UpdateService\) 200.*/service/p; s/^lambda.PublishVersion 201.*/function/p" .begun
}

records () {
	git -C origin.git gitops log -n "$1" --format=json >log.json &&
	jq -r ".deployments[] | .prefix + \" \" + .status + \" \" + (.failure.category // \"-\")" log.json | sort
}

test_expect_success 'a function waits for the service that it depends on, and the other way round' '
	sandbox_ctl seed "{\"clusters\": [\"apps\"]}" >/dev/null &&
	service_commit work dev/web/web && sed -i "s/{{ region }}/us-east-1/" work/dev/web/web_depdef.json &&
	settings ".dependsOn = [\"dev/web/web\"]" &&
	sandbox_ctl calls - >/dev/null &&
	fn six && drain &&
	printf "%s\n" service function >expect && begun >actual && test_cmp expect actual &&
	settings "del(.dependsOn)" &&
	jq ".dependsOn = [\"fn/hello\"]" work/dev/web/web_depdef.json >edited.json &&
	mv edited.json work/dev/web/web_depdef.json &&
	sandbox_ctl calls - >/dev/null &&
	service_edit work dev/web/web "s/nginx:1.27/nginx:1.28/" && fn seven && drain &&
	printf "%s\n" function service >expect && begun >actual && test_cmp expect actual
'

test_expect_success 'a function that fails blocks the service that depends on it' '
	lambda_rule "{\"match\": {\"on\": \"publish\"}, \"times\": 1, \"fail\": \"FunctionError.InitTimeout\"}" &&
	sandbox_ctl calls - >/dev/null &&
	service_edit work dev/web/web "s/nginx:1.28/nginx:1.29/" && fn eight && test_must_fail drain &&
	echo function >expect && begun >actual && test_cmp expect actual &&
	records 2 >actual &&
	printf "%s\n" "dev/web/web PROCESSED_ERROR blocked" "fn/hello PROCESSED_ERROR crashed" >expect &&
	test_cmp expect actual
'

test_expect_success 'AWS was asked for nothing that it would not understand' '
	sandbox_no_invalid_calls
'

test_done
