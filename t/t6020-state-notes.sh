#!/bin/sh

test_description='records in notes, refs of what runs'

. ./test-lib.sh

# record <n> <commit> <prefix> <status> [<more members>]: the nth second of a day
record () {
	n=$(printf "%02d" "$1")
	printf "%s" "{\"id\":\"01KAJ4J4${n}00000000000000AB\",\"branch\":\"main\",\"commit\":\"$2\","
	printf "%s" "\"kind\":\"ecs\",\"prefix\":\"$3\",\"strategy\":\"rolling\",\"status\":\"$4\","
	printf "%s\n" "\"step\":\"stabilize\",\"createdAt\":\"2026-11-21T02:00:${n}.000Z\"${5:+,$5}}"
}

test_expect_success 'setup' '
	git init -q . &&
	for i in 1 2 3 4 5
	do
		git commit -q --allow-empty -m "commit $i" || return
	done &&
	c1=$(git rev-parse HEAD~4) && c2=$(git rev-parse HEAD~3) && c3=$(git rev-parse HEAD~2) &&
	done=",\"startedAt\":\"2026-11-21T02:00:02.000Z\",\"finishedAt\":\"2026-11-21T02:01:04.000Z\"" &&
	done="${done#,},\"actor\":\"alice\"" &&
	failure="\"failure\":{\"category\":\"image-missing\",\"message\":\"no such tag\",\"hint\":\"push it\"}"
'

test_expect_success 'nothing is found where nothing is' '
	test-tool state find >actual &&
	test-tool state find -n 3 >>actual &&
	test-tool state find -c $c1 >>actual &&
	test_must_be_empty actual
'

test_expect_success 'records are put in one commit for each ref and found newest first' '
	{
		record 1 $c1 dev/a/a PROCESSED_SUCCESS "$done" &&
		record 2 $c1 dev/b/b PROCESSING &&
		record 3 $c2 dev/a/a PROCESSED_ERROR "$done,$failure"
	} >records &&
	test-tool state put <records &&
	git rev-list refs/notes/gitops/records >list && test_line_count = 1 list &&
	git rev-list refs/notes/gitops/status >list && test_line_count = 1 list &&
	sort -r records >expect &&
	test-tool state find >actual &&
	test_cmp expect actual &&
	git notes --ref=gitops/records show $c1 >actual &&
	head -n 2 records >expect &&
	test_cmp expect actual
'

test_expect_success 'git log shows a line for each object' '
	cat >expect <<-\EOF &&
	main ecs dev/a/a: failed at stabilize 2026-11-21 02:01:04 UTC by alice, in 1 min 2 s: image-missing: no such tag; hint: push it
	main ecs dev/a/a: deployed 2026-11-21 02:01:04 UTC by alice, in 1 min 2 s
	main ecs dev/b/b: deploying, step stabilize, since 2026-11-21 02:00:02 UTC
	EOF
	git log --notes=gitops/status --format=%N | grep . >actual &&
	test_cmp expect actual
'

test_expect_success 'putting again changes nothing, putting a later state replaces the line' '
	git rev-parse refs/notes/gitops/records refs/notes/gitops/status >expect &&
	test-tool state put <records &&
	git rev-parse refs/notes/gitops/records refs/notes/gitops/status >actual &&
	test_cmp expect actual &&
	record 2 $c1 dev/b/b PROCESSED_SUCCESS "$done" >new &&
	test-tool state put <new &&
	git notes --ref=gitops/records show $c1 >actual &&
	{ head -n 1 records && cat new; } >expect &&
	test_cmp expect actual &&
	cat >expect <<-\EOF &&
	main ecs dev/a/a: deployed 2026-11-21 02:01:04 UTC by alice, in 1 min 2 s
	main ecs dev/b/b: deployed 2026-11-21 02:01:04 UTC by alice, in 1 min 2 s
	EOF
	git notes --ref=gitops/status show $c1 >actual &&
	test_cmp expect actual
'

test_expect_success 'lines of others stay, in both notes' '
	git notes --ref=gitops/status append -m "rolled back by hand: see the log" $c1 &&
	git notes --ref=gitops/records append -m "{\"id\":\"of a later version\"}" $c1 &&
	record 4 $c1 dev/c/c QUEUED >new &&
	test-tool state put <new &&
	git notes --ref=gitops/status show $c1 >actual &&
	test_grep "^rolled back by hand: see the log$" actual &&
	test_grep "^main ecs dev/c/c: queued 2026-11-21 02:00:04 UTC$" actual &&
	git notes --ref=gitops/records show $c1 >actual &&
	test_grep "of a later version" actual &&
	test-tool state find -c $c1 >actual &&
	test_grep "^skipped 1$" actual &&
	test_line_count = 4 actual
'

test_expect_success 'records are found by id, commit, branch, path-prefix, directory, result' '
	find () {
		test-tool state find "$@" | sed -n "s/.*01KAJ4J4\(..\)0.*\"prefix\":\"\([^\"]*\).*/\1 \2/p" \
			>actual &&
		cat >expect &&
		test_cmp expect actual
	} &&
	find -c $c2 <<-\EOF &&
	03 dev/a/a
	EOF
	find -i 01KAJ4J402 <<-\EOF &&
	02 dev/b/b
	EOF
	find -i 01KAJ4J402 -c $c2 </dev/null &&
	find -b dev </dev/null &&
	find dev/a/a dev/c/ <<-\EOF &&
	04 dev/c/c
	03 dev/a/a
	01 dev/a/a
	EOF
	find dev/a dev/c <<-\EOF &&
	04 dev/c/c
	03 dev/a/a
	01 dev/a/a
	EOF
	find de </dev/null &&
	find --well <<-\EOF &&
	02 dev/b/b
	01 dev/a/a
	EOF
	find --latest <<-\EOF &&
	04 dev/c/c
	03 dev/a/a
	02 dev/b/b
	EOF
	find --latest --well dev/a <<-\EOF &&
	01 dev/a/a
	EOF
	find -n 2 <<-\EOF
	04 dev/c/c
	03 dev/a/a
	EOF
'

test_expect_success 'the newest few are found without reading all notes' '
	git init -q many && cd many &&
	git commit -q --allow-empty -m one && head=$(git rev-parse HEAD) &&
	now=$(date +%s) && blob=$(echo unreadable | git hash-object -w --stdin) &&
	old=$(echo gone | git hash-object --stdin) &&
	printf "100644 blob $old\t%040d\n" 1 2 3 | git mktree --missing >tree &&
	git update-ref refs/notes/gitops/records \
		$(GIT_COMMITTER_DATE="$((now - 3600)) +0000" git commit-tree -m old $(cat tree)) &&
	test-tool state put <<-EOF &&
	{"id":"$(test-tool state id)","branch":"main","commit":"$head","kind":"ecs","prefix":"a","status":"QUEUED"}
	EOF
	test-tool state find -n 1 >actual &&
	test_line_count = 1 actual &&
	test_must_fail test-tool state find 2>err &&
	echo "fatal: the blob ${SQ}$old${SQ} is missing" >expect &&
	test_cmp expect err &&
	cd ..
'

test_expect_success 'concurrent writers of records lose none, and the lines for people agree' '
	for i in $(seq 10 19)
	do
		{ record $i $c3 dev/s$i PROCESSED_SUCCESS "$done" | test-tool state put & } || return
	done &&
	wait &&
	test-tool state find -c $c3 >actual &&
	test_line_count = 10 actual &&
	record 20 $c3 dev/s20 PROCESSED_SUCCESS "$done" | test-tool state put &&
	git notes --ref=gitops/status show $c3 >actual &&
	test_line_count = 11 actual
'

test_expect_success 'a record without a commit is refused' '
	record 1 "" a QUEUED | test_must_fail test-tool state put 2>err &&
	echo "fatal: a record without id, commit or path-prefix" >expect &&
	test_cmp expect err
'

test_expect_success 'live refs have the names people type, and none is in the way of another' '
	test-tool state live main ecs dev/a $c1 &&
	test-tool state live main ecs dev/a/b $c2 &&
	test-tool state live main ecs dev $c3 &&
	test-tool state live main lambda dev/a $c3 &&
	test-tool state live a/ecs ecs x $c1 &&
	test-tool state live a ecs ecs/x $c2 &&
	test-tool state live main ecs "odd name/.x.lock" $c1 &&
	git for-each-ref --format="%(objectname) %(refname)" refs/gitops/live >actual &&
	sort -k2 >expect <<-EOF &&
	$c2 refs/gitops/live/a/ecs/ecs/x
	$c1 refs/gitops/live/a%2Fecs/ecs/x
	$c1 refs/gitops/live/main/ecs/dev/a
	$c2 refs/gitops/live/main/ecs/dev%2Fa%2Fb%
	$c3 refs/gitops/live/main/ecs/dev%
	$c1 refs/gitops/live/main/ecs/odd%20name/%2Ex%2Elock
	$c3 refs/gitops/live/main/lambda/dev/a
	EOF
	sort -k2 actual >actual.sorted &&
	test_cmp expect actual.sorted &&
	sort -k2 >expect <<-EOF &&
	$c1 a/ecs ecs x
	$c2 a ecs ecs/x
	$c1 main ecs dev/a
	$c2 main ecs dev/a/b
	$c3 main ecs dev
	$c1 main ecs odd name/.x.lock
	$c3 main lambda dev/a
	EOF
	test-tool state live | sort -k2 >actual &&
	test_cmp expect actual
'

test_expect_success 'a live ref is read, moved and deleted under whichever name it has' '
	echo $c2 >expect && test-tool state live main ecs dev/a/b >actual && test_cmp expect actual &&
	test-tool state live main ecs dev/a "" &&
	test-tool state live main ecs dev/a/b $c3 &&
	echo $c3 >expect && test-tool state live main ecs dev/a/b >actual && test_cmp expect actual &&
	test-tool state live main ecs dev/a/b "" &&
	test-tool state live main ecs dev/a/b >actual && test_must_be_empty actual &&
	test-tool state live main ecs dev/a/b "" &&
	git for-each-ref refs/gitops/live/main/ecs >list &&
	test_line_count = 2 list
'

test_expect_success 'the processed ref of a branch that is gone makes way' '
	test-tool state processed topic $c1 &&
	test-tool state processed topic/a/b $c2 &&
	echo $c2 >expect && test-tool state processed topic/a/b >actual && test_cmp expect actual &&
	test-tool state processed topic $c3 &&
	echo $c3 >expect && test-tool state processed topic >actual && test_cmp expect actual &&
	test-tool state processed nowhere >actual && test_must_be_empty actual
'

test_expect_success 'notes that can not be written are named, with what to do' '
	git init -q broken && cd broken && git commit -q --allow-empty -m one &&
	mkdir -p .git/refs/notes && echo garbage >.git/refs/notes/gitops &&
	record 1 $(git rev-parse HEAD) a QUEUED >../one &&
	test_must_fail test-tool state put <../one 2>../err && cd .. &&
	test_grep "^fatal: cannot write the notes ${SQ}refs/notes/gitops/records${SQ}: " err &&
	rm broken/.git/refs/notes/gitops && mkdir -p broken/.git/refs/notes/gitops &&
	>broken/.git/refs/notes/gitops/records.lock &&
	git -C broken config alias.put "!test-tool state put" &&
	{ sleep 1 && rm broken/.git/refs/notes/gitops/records.lock & } &&
	git -C broken put <one && wait
'

test_done
