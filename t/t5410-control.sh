#!/bin/sh

test_description='deployments are cancelled, paused, resumed and approved, in whatever state they are'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-server.sh
. "$TEST_DIRECTORY"/lib-sandbox.sh

# Workers of this script: they see to their queue until they are stopped.
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

# image <tag>: push another image.
image () {
	service_edit work dev/web/web "s/nginx:[^\"]*/nginx:$1/" &&
	git -C work push -q origin HEAD:main 2>push.err
}

# newest [<filter>]: of the newest record, as the server knows it.
newest () {
	git -C origin.git gitops log -n 1 --format=json >log.json &&
	jq -r ".deployments[0]$1" log.json
}

newest_is () {
	test "$(newest "$1")" = "$2"
}

ask () {
	git -C origin.git gitops "$@" >asked
}

services () {
	sandbox_services | sed "s/ [A-Z_]*\$//"
}

waits () {
	git -C origin.git gitops status >status && grep "$1" status
}

test_expect_success 'setup: a service that runs, and images that never will' '
	sandbox_start &&
	sandbox_ctl seed "{\"clusters\": [\"apps\"]}" &&
	sandbox_ctl behaviours "{\"match\": {\"image\": \":slow\"}, \"never_running\": true}" &&
	server_init origin.git &&
	git clone -q origin.git work 2>err &&
	service_commit work dev/web/web &&
	image one && drain &&
	services >actual &&
	echo "us-east-1 apps/web ACTIVE 1/1 web:1" >expect &&
	test_cmp expect actual
'

test_expect_success 'what is over, or was never there, can not be cancelled' '
	test_must_fail git -C origin.git gitops cancel "$(newest .id)" 2>err &&
	test_grep "is over: deployed" err &&
	test_grep "git gitops rollback dev/web/web" err &&
	test_must_fail git -C origin.git gitops cancel 01KAAAAAAA 2>err &&
	test_grep "there is no deployment or job .01KAAAAAAA." err &&
	test_expect_code 129 git gitops cancel 2>err
'

test_expect_success 'cancelled while it waits to be stable, it goes back, and says who did it' '
	start_worker &&
	image slow && wait_for newest_is .step stabilize &&
	sandbox_wait "{\"service\": {\"name\": \"web\", \"pending\": 1}}" &&
	ask cancel --reason="wrong image" "$(newest .id)" &&
	test_grep "^asked to cancel: dev/web/web, deploying, step stabilize$" asked &&
	wait_for newest_is .status PROCESSED_ERROR &&
	newest .failure.category >actual && echo cancelled >expect && test_cmp expect actual &&
	newest .failure.message >actual && echo "cancelled by $(id -un): wrong image" >expect &&
	test_cmp expect actual &&
	newest .failure.step >actual && echo stabilize >expect && test_cmp expect actual &&
	services >actual &&
	echo "us-east-1 apps/web ACTIVE 1/1 web:1" >expect && test_cmp expect actual &&
	ls origin.git/gitops/spool/control >left && test_must_be_empty left
'

test_expect_success 'from a clone, by the branch that it is of' '
	start_worker &&
	image slow2 && wait_for newest_is .step stabilize &&
	id=$(newest .id) &&
	git -C work push -q origin HEAD:other && git -C origin.git config --add gitops.branch other &&
	test_must_fail git -C work gitops cancel -b other $id origin 2>err &&
	remote_lines err >said && test_grep "^fatal: .$id. is of branch .main." said &&
	git -C work fetch -q origin "+refs/notes/gitops/*:refs/notes/gitops/*" &&
	git -C work gitops cancel $id origin 2>err &&
	remote_lines err >said &&
	test_grep "^asked to cancel: dev/web/web, deploying, step stabilize$" said &&
	wait_for newest_is .failure.category cancelled &&
	git -C origin.git config --unset-all gitops.branch other
'

test_expect_success 'what was created is gone when it is cancelled' '
	start_worker &&
	service_commit work dev/new/new &&
	service_edit work dev/new/new "s/nginx:1.27/nginx:slow/" && git -C work push -q origin HEAD:main 2>err &&
	wait_for newest_is .step stabilize &&
	ask cancel "$(newest .id)" &&
	wait_for newest_is .failure.category cancelled &&
	sandbox_wait "{\"service\": {\"name\": \"new\", \"status\": \"INACTIVE\"}}" &&
	git -C work rm -q -r dev/new && git -C work commit -q -m gone && git -C work push -q origin HEAD:main 2>err
'

test_expect_success 'a job that waits ends as cancelled when its turn comes, and touches nothing' '
	drain &&
	image slow3 &&
	ls origin.git/gitops/spool/new >jobs && test_line_count = 1 jobs && job=$(sed "s/.json//" jobs) &&
	git -C origin.git gitops status >status &&
	test_grep "^    $job waits: main at $(git -C work rev-parse --short=7 HEAD) by " status &&
	ask cancel --reason="not today" $job &&
	test_grep "^asked to cancel: all of job $job of .main.$" asked &&
	sandbox_ctl calls - >/dev/null &&
	test_must_fail drain &&
	newest .failure.message >actual && echo "cancelled by $(id -un): not today" >expect &&
	test_cmp expect actual &&
	sandbox_calls >calls && test_must_be_empty calls
'

test_expect_success 'one that waits for a slot is cancelled, the others go on' '
	service_commit work dev/a/a && service_commit work dev/b/b && service_commit work dev/c/c &&
	git -C work push -q origin HEAD:main 2>err &&
	sandbox_ctl faults "{\"match\": {\"op\": \"CreateService\"}, \"times\": 1, \"action\": {\"type\": \"delay\", \"delay\": 2}}" &&
	start_worker --jobs 1 &&
	sandbox_wait "{\"calls\": {\"op\": \"RegisterTaskDefinition\", \"count\": 1}}" &&
	git -C origin.git gitops log -n 3 --format=json >log.json &&
	id=$(jq -r ".deployments[] | select(.prefix == \"dev/c/c\").id" log.json) &&
	ask cancel $id && test_grep "dev/c/c, " asked &&
	wait_for sh -c "test -z \"\$(ls origin.git/gitops/spool/run)\"" &&
	git -C origin.git gitops log -n 3 --format=json >log.json &&
	jq -r ".deployments[] | .prefix + \" \" + .status + \" \" + (.failure.category // \"\")" log.json |
	sort >actual &&
	printf "%s\n" "dev/a/a PROCESSED_SUCCESS " "dev/b/b PROCESSED_SUCCESS " \
		"dev/c/c PROCESSED_ERROR cancelled" >expect &&
	test_cmp expect actual
'

test_expect_success 'paused, it stands still between two steps until it is resumed' '
	sandbox_ctl faults "{\"match\": {\"op\": \"RegisterTaskDefinition\"}, \"times\": 1, \"action\": {\"type\": \"delay\", \"delay\": 2}}" &&
	sandbox_ctl calls - >/dev/null &&
	start_worker && image four &&
	wait_for newest_is .step register &&
	ask pause --reason=lunch "$(newest .id)" &&
	wait_for newest_is .waiting "paused by $(id -un): lunch" &&
	newest .step >actual && echo register >expect && test_cmp expect actual &&
	waits "deploying .*, step register, paused by $(id -un): lunch" &&
	git -C origin.git gitops show "$(newest .id)" >shown &&
	test_grep "^status     deploying, step register, paused by .*: lunch$" shown &&
	sandbox_calls >calls && test_grep ! UpdateService calls &&
	ask resume "$(newest .id)" &&
	wait_for newest_is .status PROCESSED_SUCCESS &&
	newest .waiting >actual && echo null >expect && test_cmp expect actual &&
	newest "| [.events[].message] | join(\"\n\")" >events &&
	test_grep "^paused by $(id -un): lunch$" events && test_grep "^resumed by $(id -un)$" events
'

test_expect_success 'paused, and its worker killed: the next one leaves it paused; cancelled, it ends' '
	sandbox_ctl faults "{\"match\": {\"op\": \"RegisterTaskDefinition\"}, \"times\": 1, \"action\": {\"type\": \"delay\", \"delay\": 2}}" &&
	start_worker && image five &&
	wait_for newest_is .step register && ask pause "$(newest .id)" &&
	wait_for newest_is .waiting "paused by $(id -un)" &&
	kill -9 $worker && { wait $worker 2>/dev/null; :; } &&
	sandbox_ctl calls - >/dev/null &&
	start_worker &&
	wait_for grep "taken up again" origin.git/gitops/spool/run/*.journal &&
	wait_for sh -c "tail -n 1 origin.git/gitops/spool/run/*.journal | grep -q \"\\\"waiting\\\":\\\"paused\"" &&
	sandbox_calls >calls && test_grep ! UpdateService calls &&
	ask cancel "$(newest .id)" &&
	wait_for newest_is .failure.category cancelled &&
	services >actual &&
	test_grep "apps/web ACTIVE 1/1 web:[0-9]*$" actual
'

test_expect_success 'a deployment that needs approval waits for it, before anything is changed' '
	sed -i "s/\"stabilityCheck\"/\"approval\": {\"before\": \"deploy\"}, &/" work/dev/web/web_depdef.json &&
	git -C work commit -q -a -m approval &&
	sandbox_ctl calls - >/dev/null &&
	start_worker && image six &&
	wait_for newest_is .waiting "waits for approval" &&
	waits "deploying .*, step approve, waits for approval" &&
	sandbox_calls >calls && test_grep ! RegisterTaskDefinition calls &&
	git -C work fetch -q origin "+refs/notes/gitops/*:refs/notes/gitops/*" &&
	git -C work gitops approve -m "looks good" "$(newest .id)" origin 2>err &&
	wait_for newest_is .status PROCESSED_SUCCESS &&
	newest "| [.events[] | select(.step == \"approve\").message] | join(\"\n\")" >actual &&
	printf "%s\n" "waiting for approval: ${SQ}git gitops approve $(newest .id)${SQ}" \
		"approved by $(id -un): looks good" >expect &&
	test_cmp expect actual
'

test_expect_success 'who waits for the push sees what it waits for; approval ends with its time' '
	sed -i "s/\"before\": \"deploy\"/&, \"timeout\": 1/" work/dev/web/web_depdef.json &&
	git -C work commit -q -a -m timeout &&
	service_edit work dev/web/web "s/nginx:[^\"]*/nginx:seven/" &&
	start_worker &&
	git -C work push -o gitops.wait origin HEAD:main 2>err &&
	remote_lines err >said &&
	test_grep "^gitops: dev/web/web: approve: waiting for approval: .git gitops approve $(newest .id).$" said &&
	test_grep "^gitops: dev/web/web: failed in .*: not-approved: nobody approved it within 1" said
'

test_expect_success 'an approval in advance counts; a rolling update has no traffic to approve' '
	image eight &&
	job=$(ls origin.git/gitops/spool/new | sed "s/.json//") &&
	ask approve $job && drain &&
	newest_is .status PROCESSED_SUCCESS &&
	sed -i "s/\"before\": \"deploy\"/\"before\": \"shift\"/" work/dev/web/web_depdef.json &&
	git -C work commit -q -a -m shift &&
	image nine && test_must_fail drain &&
	newest .failure.category >actual && echo unsupported >expect && test_cmp expect actual
'

test_expect_success 'garbage in the control directory is thrown away, and told once' '
	echo "{" >origin.git/gitops/spool/control/01KAJ4J4000000000000000000.json &&
	echo "x" >origin.git/gitops/spool/control/nonsense &&
	image ten && >worker.log && test_must_fail drain &&
	test_grep "01KAJ4J4000000000000000000.json.: is no request about a deployment" worker.log &&
	test_grep "nonsense.: is not named like one" worker.log &&
	ls origin.git/gitops/spool/control >left && test_must_be_empty left
'

test_expect_success 'AWS was asked for nothing that it does not have' '
	sandbox_no_invalid_calls
'

test_done
