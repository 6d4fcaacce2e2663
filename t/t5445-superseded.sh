#!/bin/sh

test_description='a push that a newer one makes needless is recorded as superseded'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-server.sh
. "$TEST_DIRECTORY"/lib-sandbox.sh

test_atexit 'test -z "$pusher" || kill "$pusher" 2>/dev/null'

drain () {
	timeout 120 git gitops worker --drain origin.git 2>>worker.log
}

push () {
	git -C work push -q "$@" origin HEAD:main 2>push.err &&
	git -C work rev-parse HEAD
}

# record <commit> <path-prefix> <filter>: of the newest record of that commit and object
record () {
	git -C origin.git gitops log --format=json "$2" >log.json &&
	jq -r --arg commit "$1" \
		"[.deployments[] | select(.commit == \$commit)][0]$3" log.json
}

# notes_of <commit>: what people see
notes_of () {
	git -C origin.git notes --ref=gitops/status show "$1"
}

count_notes () {
	git -C origin.git rev-list --count refs/notes/gitops/records
}

# states: the service objects as `status` has them, with the commit that runs
states () {
	git -C origin.git gitops status --format=json >status.json &&
	jq -r ".objects[] | \"\(.prefix) \(.last.status) \(.runs.commit)\"" status.json
}

test_expect_success 'setup: a service that runs' '
	sandbox_start &&
	sandbox_ctl seed "{\"clusters\": [\"apps\"]}" &&
	server_init origin.git &&
	git clone -q origin.git work 2>err &&
	service_commit work dev/a/a && service_commit work dev/b/b &&
	push >zero && drain
'

test_expect_success 'of three pushes that wait the last is deployed, the others are told which' '
	service_edit work dev/a/a "s/nginx:[^\"]*/nginx:one/" &&
	one=$(push) &&
	service_edit work dev/b/b "s/nginx:[^\"]*/nginx:two/" &&
	two=$(git -C work rev-parse HEAD) &&
	{ git -C work push -q -o gitops.wait origin HEAD:main 2>wait.err 3>&- 4>&- & } &&
	pusher=$! &&
	wait_for sh -c "test \$(ls origin.git/gitops/spool/new | wc -l) = 2" &&
	service_edit work dev/a/a "s/nginx:[^\"]*/nginx:three/" &&
	three=$(push) &&
	newer=$(ls origin.git/gitops/spool/new | tail -n 1) && newer=${newer%.json} &&
	written=$(count_notes) &&
	drain &&
	wait "$pusher" && pusher= &&
	sandbox_services >services &&
	test_grep " a:2 COMPLETED" services && test_grep " b:2 COMPLETED" services &&
	remote_lines wait.err >said &&
	test_grep "^gitops: superseded: job $newer deploys these changes with those of $(echo $three | cut -c1-7)$" said &&
	test_grep "^gitops: done$" said
'

test_expect_success 'each has a record of what it changed itself, all of a job in one write' '
	record $one dev/a/a .status >actual && echo PROCESSED_ERROR >expect &&
	test_cmp expect actual &&
	test "$(record $one dev/a/a .failure.category)" = overtaken &&
	test "$(record $one dev/a/a .supersededBy)" = $three &&
	test "$(record $one dev/a/a .previousCommit)" = $(cat zero) &&
	test "$(record $one dev/b/b .id)" = null &&
	test "$(record $two dev/b/b .supersededBy)" = $three &&
	test "$(record $two dev/a/a .id)" = null &&
	test "$(record $three dev/a/a .status)" = PROCESSED_SUCCESS &&
	test "$(record $three dev/b/b .status)" = PROCESSED_SUCCESS &&
	# one for each of the two; the third begins and ends
	test $(($(count_notes) - written)) = 4
'

test_expect_success 'log, show and the note of the older commit say so' '
	short=$(echo $three | cut -c1-7) &&
	git -C origin.git gitops log dev/b/b >out &&
	test_grep "dev/b/b .* $(echo $two | cut -c1-7) .* superseded$" out &&
	test_grep "^ *job $newer deploys these changes with those of $short$" out &&
	git -C origin.git gitops show "$(record $two dev/b/b .id)" >out &&
	test_grep "^status  *superseded$" out &&
	test_grep "^newer  *$three edit a$" out &&
	test_grep "nothing is to be done: the newer one is deployed with these changes" out &&
	notes_of $two >out &&
	test_grep "^main ecs dev/b/b: superseded .*: overtaken: job $newer deploys these changes with those of $short; hint: " out
'

test_expect_success 'what superseded pushes changed and the last one took back: status shows what runs' '
	states >before &&
	service_edit work dev/a/a "s/nginx:[^\"]*/nginx:never/" &&
	service_commit work dev/never/never &&
	four=$(push) &&
	git -C work rm -q -r dev/never && git -C work commit -q -m "remove never" &&
	service_edit work dev/a/a "s/nginx:[^\"]*/nginx:three/" &&
	five=$(push) && drain &&
	test "$(record $four dev/a/a .supersededBy)" = $five &&
	test "$(record $four dev/never/never .supersededBy)" = $five &&
	states >after && test_cmp before after &&
	test_grep "^dev/a/a PROCESSED_SUCCESS $three$" after &&
	git -C origin.git gitops status dev/a >out && test_grep ! superseded out
'

test_expect_success 'a rollback takes no notice of it' '
	git -C origin.git gitops rollback -b main --dry-run dev/a/a >out 2>&1 &&
	test_grep "$(echo $one | cut -c1-7)\|$(cut -c1-7 zero)" out &&
	test_grep ! "$(echo $four | cut -c1-7)" out
'

test_expect_success 'pushes that were queued the other way round: the older one is told, too' '
	service_edit work dev/a/a "s/nginx:[^\"]*/nginx:six/" &&
	six=$(push) &&
	late=$(echo origin.git/gitops/spool/new/*.json) && mv "$late" late.json &&
	service_edit work dev/a/a "s/nginx:[^\"]*/nginx:seven/" &&
	seven=$(push) && drain &&
	mv late.json "$late" && drain &&
	test "$(record $six dev/a/a .supersededBy)" = $seven &&
	# Its record is the newest by time, and still not what runs.
	states >after && test_grep "^dev/a/a PROCESSED_SUCCESS $seven$" after
'

test_expect_success 'a worker that dies between the record and the end of the job leaves one record' '
	written=$(count_notes) &&
	mv "origin.git/gitops/spool/done/${late##*/}" "$late" &&
	rm "origin.git/gitops/spool/done/$(basename "$late" .json).journal" &&
	drain && test_path_is_missing "$late" &&
	test "$(count_notes)" = "$written"
'

test_expect_success 'the branch moves back to a superseded commit: its note tells of the deployment' '
	git -C work reset -q --hard $six && git -C work push -q -f origin HEAD:main && drain &&
	test "$(record $six dev/a/a .status)" = PROCESSED_SUCCESS &&
	notes_of $six >out && test_grep "^main ecs dev/a/a: deployed" out &&
	test_line_count = 1 out
'

test_expect_success 'where the branch was before is gone by now: counted from what was processed' '
	service_edit work dev/a/a "s/nginx:[^\"]*/nginx:eight/" &&
	eight=$(push) &&
	sed -i "s/\"oldCommit\": \"[0-9a-f]*\"/\"oldCommit\": \"1234567890123456789012345678901234567890\"/" \
		origin.git/gitops/spool/new/*.json &&
	service_edit work dev/b/b "s/nginx:[^\"]*/nginx:nine/" &&
	nine=$(push) && drain &&
	test "$(record $eight dev/a/a .supersededBy)" = $nine &&
	test "$(record $eight dev/a/a .previousCommit)" = $six &&
	test "$(record $nine dev/a/a .status)" = PROCESSED_SUCCESS
'

test_expect_success 'a commit that is gone by now keeps nothing from being deployed' '
	service_edit work dev/a/a "s/nginx:[^\"]*/nginx:gone/" &&
	push >gone &&
	sed -i "s/\"newCommit\": \"[0-9a-f]*\"/\"newCommit\": \"1234567890123456789012345678901234567890\"/" \
		origin.git/gitops/spool/new/*.json &&
	service_edit work dev/a/a "s/nginx:[^\"]*/nginx:ten/" &&
	ten=$(push) && drain &&
	test "$(record $ten dev/a/a .status)" = PROCESSED_SUCCESS &&
	grep -h "no record of that was written" origin.git/gitops/spool/done/*.journal >out &&
	test_grep 12345678 out
'

test_done
