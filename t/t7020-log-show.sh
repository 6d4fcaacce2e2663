#!/bin/sh

test_description='git gitops log and show: deployments, and one of them'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-records.sh

test_expect_success 'setup' '
	git init -q . &&
	git commit -q --allow-empty -m "add nginx" &&
	git commit -q --allow-empty -m "update nginx" &&
	short_id () {
		record_id "$1" | cut -c1-16
	} &&
	c1=$(git rev-parse HEAD~1) && c2=$(git rev-parse HEAD) &&
	s1=$(echo $c1 | cut -c1-7) && s2=$(echo $c2 | cut -c1-7) &&
	events="\"events\":[{\"time\":\"2026-11-21T02:01:00.000Z\",\"step\":\"register\",\"message\":\"nginx:7\"}" &&
	events="$events,{\"time\":\"2026-11-21T02:01:01.500Z\",\"step\":\"stabilize\",\"message\":\"1 of 2 running\"}]"
'

test_expect_success 'without notes it says where they are' '
	cat >expect <<-EOF &&
	nothing is known here about deployments
	hint: git fetch origin ${SQ}refs/notes/gitops/*:refs/notes/gitops/*${SQ}
	EOF
	git gitops log >actual &&
	test_cmp expect actual &&
	test_must_fail git gitops show 01K 2>err &&
	cat >expect <<-EOF &&
	fatal: there is no deployment ${SQ}01K${SQ}
	hint: git fetch origin ${SQ}refs/notes/gitops/*:refs/notes/gitops/*${SQ}
	EOF
	test_cmp expect err
'

test_expect_success 'log shows the newest first, a failure with its reason' '
	{
		record 1 $c1 dev/nginx/nginx PROCESSED_SUCCESS "$WELL" &&
		record 2 $c1 dev/api/api PROCESSED_SUCCESS "$(echo "$WELL" | sed s/rolling/delete/)" &&
		record 3 $c2 dev/nginx/nginx PROCESSED_ERROR "$BADLY,$events" &&
		record 4 $c2 dev/api/api PROCESSING "\"step\":\"register\""
	} >records &&
	test-tool state put <records &&
	cat >expect <<-EOF &&
	$(short_id 4)  2026-11-21 02:00:04Z  ecs  dev/api/api      main  $s2  -      deploying, step register
	$(short_id 3)  2026-11-21 02:00:03Z  ecs  dev/nginx/nginx  main  $s2  bob    failed in 1 min 2 s
	    at stabilize: image-missing: no tag ${SQ}1.28${SQ}
	$(short_id 2)  2026-11-21 02:00:02Z  ecs  dev/api/api      main  $s1  alice  deleted in 1 min 2 s
	$(short_id 1)  2026-11-21 02:00:01Z  ecs  dev/nginx/nginx  main  $s1  alice  deployed in 1 min 2 s
	EOF
	git gitops log >actual &&
	test_cmp expect actual
'

test_expect_success 'log is limited by -n, path-prefix and branch' '
	git gitops log -n 1 >actual &&
	echo "$(short_id 4)  2026-11-21 02:00:04Z  ecs  dev/api/api  main  $s2  -  deploying, step register" >expect &&
	test_cmp expect actual &&
	git gitops log -n1 dev/nginx >actual &&
	test_line_count = 2 actual &&
	test_grep $(short_id 3) actual &&
	echo "no deployment was recorded" >expect &&
	git gitops log -b other >actual &&
	test_cmp expect actual
'

test_expect_success 'log as JSON has the records as they are in the notes' '
	git gitops log --format=json >actual &&
	jq -cS ".deployments[]" actual >actual.sorted &&
	sort -r records | jq -cS . >expect &&
	test_cmp expect actual.sorted
'

test_expect_success 'show tells all about one deployment' '
	cat >expect <<-EOF &&
	deployment $(record_id 3)
	object     ecs dev/nginx/nginx
	status     failed at stabilize
	strategy   rolling
	branch     main
	commit     $c2 update nginx
	by         bob
	account    123456789012
	region     eu-west-1
	cluster    prod
	service    nginx
	queued     2026-11-21 02:00:03Z
	started    2026-11-21 02:01:00Z
	finished   2026-11-21 02:02:02Z, after 1 min 2 s
	job        01KAJ4J4000000000000000000

	2026-11-21 02:01:00Z  register   nginx:7
	2026-11-21 02:01:01Z  stabilize  1 of 2 running

	error: image-missing: no tag ${SQ}1.28${SQ}
	hint: push the image first
	EOF
	git gitops show $(record_id 3) >actual &&
	test_cmp expect actual &&
	git gitops show 01kaj4j403 >actual &&
	test_cmp expect actual
'

test_expect_success 'show as JSON is the record' '
	git gitops show --format=json $(record_id 3) >actual &&
	sed -n 3p records | jq -S . >expect &&
	jq -S . actual >actual.sorted &&
	test_cmp expect actual.sorted
'

test_expect_success 'show refuses what is no deployment, or more than one' '
	test_must_fail git gitops show 01KAJ4J4 2>err &&
	cat >expect <<-EOF &&
	fatal: ${SQ}01KAJ4J4${SQ} is the start of more than one deployment
	hint: ${SQ}$(record_id 4)${SQ} and ${SQ}$(record_id 3)${SQ}, for example
	EOF
	test_cmp expect err &&
	test_must_fail git gitops show 01X 2>err &&
	cat >expect <<-EOF &&
	fatal: there is no deployment ${SQ}01X${SQ}
	hint: ${SQ}git gitops log${SQ} shows them
	EOF
	test_cmp expect err &&
	test_expect_code 129 git gitops show 2>err &&
	test_grep "^error: the id of one deployment is needed" err
'

test_expect_success 'lines that are no records are counted, the others shown' '
	git notes --ref=gitops/records append -m "not a record" $c1 &&
	git gitops log >actual 2>err &&
	test_line_count = 5 actual &&
	echo "warning: 1 line in the notes ${SQ}refs/notes/gitops/records${SQ} could not be read" >expect &&
	test_cmp expect err
'

test_expect_success 'a full disk is an error' '
	test_expect_code 128 git gitops log >/dev/full 2>err &&
	test_grep "No space left on device" err
'

# script(1) runs it on a terminal.
test_expect_success 'on a terminal log goes through the pager that git would use' '
	git config core.pager "sed s/^/paged:/" &&
	TERM=dumb script -qec "git gitops log -n 1" /dev/null >out </dev/null &&
	test_grep "^paged:$(short_id 4)" out &&
	GIT_PAGER=cat TERM=dumb script -qec "git gitops log -n 1" /dev/null >out </dev/null &&
	test_grep "^$(short_id 4)" out
'

# on_terminal <columns> <command>
on_terminal () {
	GIT_PAGER=cat TERM=dumb script -qec "stty cols $1; $2" /dev/null >out </dev/null &&
	tr -d "\r" <out | sed "/^warning: /d" >actual &&
	test "$(sed "/^    /d" actual | wc -L)" -le "$1"
}

test_expect_success 'with little room who, kind and branch are left out, in this order' '
	on_terminal 120 "git gitops log dev/nginx" &&
	row="$(short_id 1)  2026-11-21 02:00:01Z" &&
	test_grep "^$row  ecs  dev/nginx/nginx  main  [0-9a-f]*  alice  deployed in " actual &&
	wide=$(sed "/^    /d" actual | wc -L) &&
	on_terminal $((wide - 1)) "git gitops log dev/nginx" &&
	test_grep "^$row  ecs  dev/nginx/nginx  main  [0-9a-f]*  deployed in " actual &&
	on_terminal $((wide - 8)) "git gitops log dev/nginx" &&
	test_grep "^$row  dev/nginx/nginx  main  [0-9a-f]*  deployed in " actual &&
	on_terminal $((wide - 13)) "git gitops log dev/nginx" &&
	test_grep "^$row  dev/nginx/nginx  [0-9a-f]*  deployed in " actual
'

test_expect_success 'with even less the widest columns are cut' '
	on_terminal 65 "git gitops log dev/nginx" &&
	test_grep "^$row  dev/.*\.\.  [0-9a-f.]*  dep.*\.\." actual
'

test_done
