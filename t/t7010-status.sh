#!/bin/sh

test_description='git gitops status: what runs where'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-records.sh

test_expect_success 'setup' '
	git init -q . &&
	for i in 1 2 3
	do
		git commit -q --allow-empty -m "commit $i" || return
	done &&
	c1=$(git rev-parse HEAD~2) && c2=$(git rev-parse HEAD~1) && c3=$(git rev-parse HEAD) &&
	s1=$(echo $c1 | cut -c1-7) && s2=$(echo $c2 | cut -c1-7) && s3=$(echo $c3 | cut -c1-7)
'

test_expect_success 'without notes it says where they are' '
	cat >expect <<-EOF &&
	nothing is known here about deployments
	hint: git fetch origin ${SQ}refs/notes/gitops/*:refs/notes/gitops/*${SQ}
	EOF
	git gitops status >actual &&
	test_cmp expect actual &&
	echo "{\"objects\":[],\"jobs\":0}" >expect &&
	git gitops status --format=json >actual &&
	test_cmp expect actual
'

test_expect_success 'what runs, what failed after that, and what is under way' '
	{
		record 1 $c1 dev/nginx/nginx PROCESSED_SUCCESS "$WELL" &&
		record 2 $c1 dev/api/api PROCESSED_SUCCESS "$WELL" &&
		record 3 $c2 dev/api/api PROCESSED_ERROR "$BADLY" &&
		record 4 $c2 dev/new/new QUEUED "\"actor\":\"bob\"" &&
		record 5 $c2 dev/nginx/nginx PROCESSED_SUCCESS \
			"$(echo "$WELL" | sed s/rolling/unchanged/)" &&
		record 6 $c1 dev/gone/gone PROCESSED_SUCCESS "$WELL" &&
		record 7 $c2 dev/gone/gone PROCESSED_SUCCESS "$(echo "$WELL" | sed s/rolling/delete/)" &&
		record 8 $c1 dev/stays/stays PROCESSED_SUCCESS "$WELL" &&
		record 9 $c2 dev/stays/stays PROCESSED_ERROR "$(echo "$BADLY" | sed s/rolling/delete/)"
	} >records &&
	test-tool state put <records &&
	cat >expect <<-EOF &&
	KIND  SERVICE OBJECT   BRANCH  RUNS     COMMIT   SINCE                 BY     WHERE
	ecs   dev/api/api      main    nginx:7  $s1  2026-11-21 02:02:02Z  alice  prod, eu-west-1
	    failed $s2 by bob 2026-11-21 02:02:02Z at stabilize: image-missing: no tag ${SQ}1.28${SQ}
	    hint: push the image first
	ecs   dev/new/new      main    -        -        -                     -      -
	    queued $s2 by bob, since 2026-11-21 02:00:04Z
	ecs   dev/nginx/nginx  main    nginx:7  $s1  2026-11-21 02:02:02Z  alice  prod, eu-west-1
	ecs   dev/stays/stays  main    nginx:7  $s1  2026-11-21 02:02:02Z  alice  prod, eu-west-1
	    failed $s2 by bob 2026-11-21 02:02:02Z at stabilize: image-missing: no tag ${SQ}1.28${SQ}
	    hint: push the image first
	EOF
	git gitops status >actual &&
	test_cmp expect actual
'

test_expect_success 'path-prefixes, directories and branches select' '
	git gitops status dev/api dev/new/ >actual &&
	test_line_count = 6 actual &&
	test_grep dev/api/api actual && test_grep dev/new/new actual &&
	git gitops status -b main dev/nginx/nginx >actual &&
	test_line_count = 2 actual &&
	echo "nothing of that was deployed" >expect &&
	git gitops status -b other >actual &&
	test_cmp expect actual &&
	git gitops status dev/ngin >actual &&
	test_cmp expect actual
'

test_expect_success 'JSON has the records of what runs and of the last deployment' '
	git gitops status --format=json dev/api >actual &&
	{
		printf "{\"objects\":[{\"kind\":\"ecs\",\"prefix\":\"dev/api/api\",\"branch\":\"main\",\"runs\":" &&
		sed -n 2p records | tr -d "\n" && printf ",\"last\":" && sed -n 3p records | tr -d "\n" &&
		echo ",\"hold\":null}],\"jobs\":0}"
	} >want &&
	test-tool json <want >expect &&
	test-tool json <actual >actual.json &&
	jq -S . expect >expect.sorted && jq -S . actual.json >actual.sorted &&
	test_cmp expect.sorted actual.sorted
'

test_expect_success 'on the server, a running job is shown as far as it came' '
	test_when_finished "rm -rf .git/gitops" &&
	job=01KAJ4J4000000000000000000 &&
	fake_job .git $job $c2 run &&
	fake_job .git 01KAJ4J4000000000000000001 $c3 new &&
	{
		echo "{\"begin\":{\"branch\":\"main\"}}" &&
		printf "{\"record\":%s}\n" "$(record 4 $c2 dev/new/new PROCESSING "\"step\":\"register\"")" &&
		printf "{\"record\":%s}\n" "$(record 4 $c2 dev/new/new PROCESSING \
			"\"step\":\"stabilize\",\"startedAt\":\"2026-11-21T02:00:09.000Z\"")" &&
		printf "{\"record\":{\"id\":"
	} >.git/gitops/spool/run/$job.journal &&
	cat >expect <<-EOF &&
	KIND  SERVICE OBJECT  BRANCH  RUNS  COMMIT  SINCE  BY  WHERE
	ecs   dev/new/new     main    -     -       -      -   -
	    deploying $s2, step stabilize, since 2026-11-21 02:00:09Z
	2 jobs in the spool
	    01KAJ4J4000000000000000001 waits: main at $(echo $c3 | cut -c1-7) by alice, since 2026-11-21 02:00:00Z
	EOF
	git gitops status dev/new/new >actual &&
	test_cmp expect actual
'

test_expect_success 'a clone sees it after a fetch of the notes' '
	git clone -q . clone &&
	git -C clone gitops status >actual &&
	test_grep "git fetch origin" actual &&
	git -C clone fetch -q origin "refs/notes/gitops/*:refs/notes/gitops/*" &&
	git gitops status >expect &&
	git -C clone gitops status >actual &&
	test_cmp expect actual
'

test_expect_success 'hostile text reaches no terminal' '
	record 20 $c3 "dev/\\u001b[31m\\u202ered" QUEUED "\"actor\":\"a\\u0007b\"" >hostile &&
	test-tool state put <hostile &&
	git gitops status >actual &&
	test_grep "dev/\\\\x1b\[31m\\\\u202ered" actual &&
	! grep "$(printf "\033")" actual
'

test_expect_success 'colour is for terminals, or when asked for' '
	git -c color.ui=always gitops status dev/nginx >actual &&
	grep "$(printf "\033\[1m")dev/nginx/nginx$(printf "\033\[m")" actual
'

test_done
