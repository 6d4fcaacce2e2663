#!/bin/sh

test_description='git gitops watch: follows deployments to their end'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-records.sh

JOB=01KAJ4J4000000000000000000

test_expect_success 'setup: a server with a job in its spool' '
	git init -q --bare server.git &&
	git gitops init server.git >out &&
	git clone -q server.git work 2>err &&
	git -C work commit -q --allow-empty -m none &&
	git -C work commit -q --allow-empty -m one &&
	git -C work commit -q --allow-empty -m two &&
	c1=$(git -C work rev-parse HEAD~1) && c2=$(git -C work rev-parse HEAD) &&
	git -C server.git fetch -q ../work "refs/heads/main:refs/heads/main" &&
	spool=server.git/gitops/spool
'

# begin_job: the job runs, as far as its journal tells
begin_job () {
	rm -f "$spool"/*/*.journal "$spool"/*/*.json &&
	fake_job server.git $JOB $c2 run &&
	cat >"$spool/run/$JOB.journal" <<-EOF
	{"begin":{"branch":"main","to":"$c2","objects":1,"dryRun":false,"resumed":false}}
	{"record":$(record 1 $c2 dev/nginx/nginx PROCESSING)}
	{"event":{"time":"2026-11-21T02:01:00.000Z","prefix":"dev/nginx/nginx","step":"register","message":"nginx:7"}}
	EOF
}

# end_job <done|failed>: as the worker ends it
end_job () {
	echo "{\"end\":\"$1\"}" >>"$spool/run/$JOB.journal" &&
	mv "$spool/run/$JOB.json" "$spool/$1/$JOB.json" &&
	mv "$spool/run/$JOB.journal" "$spool/$1/$JOB.journal"
}

test_expect_success 'nothing runs: it says so and ends' '
	echo "nothing is known here about deployments" >expect &&
	git -C server.git gitops watch >actual &&
	test_cmp expect actual
'

test_expect_success 'on the server a running job is followed to its end' '
	begin_job &&
	{ { git -C server.git gitops watch >actual; echo $? >code; } & } &&
	wait_for grep register actual &&
	end_job done &&
	wait &&
	echo 0 >expect && test_cmp expect code &&
	cat >expect <<-EOF &&
	gitops: deploying main at $(echo $c2 | cut -c1-7): 1 service object
	gitops: dev/nginx/nginx: register: nginx:7
	gitops: done
	EOF
	test_cmp expect actual
'

test_expect_success 'a job that fails makes it exit with 1, by commit and by id' '
	for what in $c2 main $JOB $(echo $JOB | tr A-Z a-z)
	do
		begin_job &&
		end_job failed && mv "$spool/failed/$JOB.json" "$spool/run" || return
		test_expect_code 1 git -C server.git gitops watch $what >actual &&
		test_grep "^gitops: failed" actual || return
	done
'

test_expect_success 'JSON is the journal, each line with its job' '
	begin_job && cp "$spool/run/$JOB.journal" journal && echo "{\"end\":\"done\"}" >>journal &&
	sed "s/^{/{\"job\":\"$JOB\",/" <journal >expect &&
	end_job done && mv "$spool/done/$JOB.json" "$spool/run" &&
	git -C server.git gitops watch --format=json >actual &&
	test_cmp expect actual &&
	rm -f "$spool"/*/*.journal "$spool"/*/*.json
'

test_expect_success 'what is over is told from the notes' '
	record 2 $c2 dev/nginx/nginx PROCESSED_ERROR "$BADLY" >records &&
	record 3 $c1 dev/nginx/nginx PROCESSED_SUCCESS "$WELL" >>records &&
	git -C server.git config alias.put "!test-tool state put" &&
	git -C server.git put <records &&
	cat >expect <<-EOF &&
	gitops: dev/nginx/nginx: failed in 1 min 2 s: image-missing: no tag ${SQ}1.28${SQ}
	gitops: hint: push the image first
	EOF
	test_expect_code 1 git -C server.git gitops watch $c2 >actual &&
	test_cmp expect actual &&
	test_expect_code 1 git -C server.git gitops watch $(record_id 2) >actual &&
	test_cmp expect actual &&
	git -C server.git gitops watch $c1 >actual &&
	echo "gitops: dev/nginx/nginx: deployed in 1 min 2 s" >expect &&
	test_cmp expect actual &&
	test_expect_code 1 git -C server.git gitops watch $JOB >actual &&
	test_line_count = 3 actual &&
	git -C server.git gitops watch $(git -C work rev-parse HEAD~2) >actual &&
	echo "nothing was deployed by that" >expect &&
	test_cmp expect actual &&
	test_expect_code 128 git -C server.git gitops watch $(record_id 9) 2>err &&
	test_grep "^fatal: .$(record_id 9). is no commit, and no deployment or job" err
'

test_expect_success 'a clone fetches the notes until the deployment is over' '
	git -C work commit -q --allow-empty -m three && c3=$(git -C work rev-parse HEAD) &&
	git -C server.git fetch -q ../work main &&
	record 5 $c3 dev/api/api QUEUED >queued &&
	git -C server.git put <queued &&
	{ { git -C work gitops watch --interval=1 HEAD >actual 2>err; echo $? >code; } & } &&
	wait_for grep queued actual &&
	record 5 $c3 dev/api/api PROCESSED_SUCCESS "$WELL" >good &&
	git -C server.git put <good &&
	wait &&
	echo 0 >expect && test_cmp expect code &&
	cat >expect <<-EOF &&
	gitops: dev/api/api: queued
	gitops: dev/api/api: deployed in 1 min 2 s
	EOF
	test_cmp expect actual
'

test_expect_success 'a remote that can not be reached is named' '
	git clone -q server.git lost && git -C lost remote set-url origin ../nowhere.git &&
	test_must_fail git -C lost gitops watch HEAD 2>err &&
	test_grep "^fatal: cannot fetch the notes from ${SQ}origin${SQ}" err
'

# A shell starts what is in the background with SIGINT ignored.
test_expect_success 'Ctrl-C ends it, and says that the deployment does not end' '
	printf "#!/usr/bin/perl\n\$SIG{INT} = q(DEFAULT);\nexec @ARGV;\n" >with-interrupt &&
	chmod +x with-interrupt &&
	begin_job &&
	{ ./with-interrupt git -C server.git gitops watch >actual 2>err & watching=$!; } &&
	wait_for grep register actual &&
	kill -INT $watching &&
	{ wait $watching; code=$?; } &&
	test "$code" = 130 &&
	test_grep "^what was begun goes on; .git gitops watch. follows it" err &&
	test_path_is_file "$spool/run/$JOB.json" &&
	end_job done
'

# git itself would not leave it so.
test_expect_success 'where SIGINT is ignored it stays so' '
	begin_job &&
	{ git-gitops -C server.git watch >actual 2>err & watching=$!; } &&
	wait_for grep register actual &&
	kill -INT $watching &&
	end_job done &&
	wait $watching &&
	test_must_be_empty err
'

test_done
