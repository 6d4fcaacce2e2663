#!/bin/sh

test_description='a worker carries out what was pushed'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-server.sh
. "$TEST_DIRECTORY"/lib-sandbox.sh

spool=origin.git/gitops/spool

drain () {
	git gitops worker --drain origin.git 2>worker.log
}

# count <directory>: its jobs.
count () {
	ls "$spool/$1" | grep -c "\.json$"
}

# newest <directory>: the journal of its newest job.
newest () {
	ls "$spool/$1"/*.journal | tail -n 1
}

# outcome <directory>: what became of the service objects of the newest job.
outcome () {
	sed -n "s/^{\"result\":{.*\"prefix\":\"\([^\"]*\)\".*\"outcome\":\"\([^\"]*\)\".*/\1 \2/p" \
		"$(newest "$1")" | sort
}

live () {
	git -C origin.git for-each-ref --format="%(refname) %(objectname)" refs/gitops/live
}

processed () {
	git -C origin.git rev-parse refs/gitops/processed/main
}

test_expect_success 'setup: a server, a clone, an AWS' '
	sandbox_start &&
	sandbox_ctl seed "{\"clusters\": [\"apps\"]}" &&
	server_init origin.git &&
	git clone -q origin.git work
'

test_expect_success 'with nothing to do it ends, quietly' '
	git gitops worker --drain origin.git >out 2>&1 &&
	test_must_be_empty out &&
	git gitops worker --once origin.git >out 2>&1 &&
	test_must_be_empty out
'

test_expect_success 'a pushed service is created, recorded and done' '
	service_push work dev/nginx/nginx 2>err &&
	drain &&
	sandbox_services >services &&
	test_grep "apps/nginx ACTIVE 1/1 nginx:1 COMPLETED" services &&
	test "$(count done)" = 1 &&
	echo "dev/nginx/nginx deployed" >expect &&
	outcome done >actual &&
	test_cmp expect actual &&
	git -C work rev-parse HEAD >expect &&
	processed >actual &&
	test_cmp expect actual &&
	echo "refs/gitops/live/main/ecs/dev/nginx/nginx $(git -C work rev-parse HEAD)" >expect &&
	live >actual &&
	test_cmp expect actual &&
	git -C origin.git log -1 --notes=gitops/status main >log &&
	test_grep "ecs dev/nginx/nginx: deployed" log
'

test_expect_success 'an update is deployed, and only what changed' '
	service_commit work dev/api/api &&
	service_edit work dev/nginx/nginx "s/nginx:1.27/nginx:1.28/" &&
	git -C work push -q origin HEAD:main &&
	drain &&
	printf "%s\n" "dev/api/api deployed" "dev/nginx/nginx deployed" >expect &&
	outcome done >actual &&
	test_cmp expect actual &&
	service_edit work dev/nginx/nginx "s/nginx:1.28/nginx:1.29/" &&
	git -C work push -q origin HEAD:main &&
	drain &&
	echo "dev/nginx/nginx deployed" >expect &&
	outcome done >actual &&
	test_cmp expect actual &&
	sandbox_services >services &&
	test_grep "apps/nginx ACTIVE 1/1 nginx:3 COMPLETED" services
'

test_expect_success 'what renders to the same is unchanged: AWS is asked for nothing' '
	sandbox_ctl calls - &&
	sed -i "s/\"cluster_name\"/\"unused\": { \"value\": 1 }, &/" work/infra/output.json &&
	git -C work commit -q -a -m "a new output" &&
	git -C work push -q origin HEAD:main &&
	drain &&
	printf "%s\n" "dev/api/api unchanged" "dev/nginx/nginx unchanged" >expect &&
	outcome done >actual &&
	test_cmp expect actual &&
	sandbox_calls >calls &&
	test_must_be_empty calls &&
	git -C work rev-parse HEAD >expect &&
	processed >actual &&
	test_cmp expect actual
'

test_expect_success 'forced, it is deployed all the same' '
	sed -i "s/\"unused\": { \"value\": 1 }/\"unused\": { \"value\": 2 }/" work/infra/output.json &&
	git -C work commit -q -a -m "another value" &&
	git -C work push -q -o gitops.force origin HEAD:main &&
	drain &&
	printf "%s\n" "dev/api/api deployed" "dev/nginx/nginx deployed" >expect &&
	outcome done >actual &&
	test_cmp expect actual
'

test_expect_success 'a dry run says what would be done and does nothing' '
	sandbox_ctl calls - &&
	processed >before &&
	service_edit work dev/api/api "s/nginx:1.27/nginx:1.20/" &&
	git -C work push -q -o gitops.dry-run origin HEAD:main &&
	drain &&
	test_grep "dev/api/api: would be deployed" "$(newest done)" &&
	sandbox_calls >calls &&
	test_must_be_empty calls &&
	processed >after &&
	test_cmp before after
'

test_expect_success 'what was skipped is deployed by the next push' '
	service_edit work dev/nginx/nginx "s/nginx:1.29/nginx:1.30/" &&
	git -C work push -q -o gitops.skip origin HEAD:main &&
	drain &&
	processed >after &&
	test_cmp before after &&
	test_commit -C work readme &&
	git -C work push -q origin HEAD:main &&
	drain &&
	printf "%s\n" "dev/api/api deployed" "dev/nginx/nginx deployed" >expect &&
	outcome done >actual &&
	test_cmp expect actual
'

test_expect_success 'a push that touches no artifact moves the processed commit only' '
	test_commit -C work more &&
	git -C work push -q origin HEAD:main &&
	drain &&
	outcome done >actual &&
	test_must_be_empty actual &&
	git -C work rev-parse HEAD >expect &&
	processed >actual &&
	test_cmp expect actual
'

test_expect_success 'a deleted definition deletes the service and its live ref' '
	git -C work rm -q "dev/api/*" &&
	git -C work commit -q -m "retire the api" &&
	git -C work push -q origin HEAD:main &&
	drain &&
	echo "dev/api/api deleted" >expect &&
	outcome done >actual &&
	test_cmp expect actual &&
	live >refs &&
	test_grep ! "dev/api" refs
'

test_expect_success 'a request for a head that is deployed has nothing to do' '
	git -C work push -q origin :refs/gitops/deploy/main &&
	sandbox_ctl calls - &&
	drain &&
	outcome done >actual &&
	test_must_be_empty actual &&
	sandbox_calls >calls &&
	test_must_be_empty calls
'

test_expect_success 'forced, it deploys everything again' '
	git -C work push -q -o gitops.force origin :refs/gitops/deploy/main &&
	drain &&
	echo "dev/nginx/nginx deployed" >expect &&
	outcome done >actual &&
	test_cmp expect actual
'

test_expect_success 'a request for an older commit is a way back' '
	service_edit work dev/nginx/nginx "s/nginx:1.30/nginx:1.31/" &&
	git -C work push -q origin HEAD:main &&
	drain &&
	git gitops -C work deploy origin HEAD^ 2>err &&
	drain &&
	git -C work rev-parse HEAD^ >expect &&
	processed >actual &&
	test_cmp expect actual &&
	echo "dev/nginx/nginx deployed" >expect &&
	outcome done >actual &&
	test_cmp expect actual &&
	git gitops -C work deploy origin 2>err &&
	drain &&
	git -C work rev-parse HEAD >expect &&
	processed >actual &&
	test_cmp expect actual
'

test_expect_success 'a deployment that fails fails its job, and says why' '
	service_commit work dev/bad/bad &&
	service_edit work dev/bad/bad "s/\"apps\"/\"nowhere\"/; s/{{ cluster_name }}/nowhere/" svcdef &&
	service_edit work dev/nginx/nginx "s/nginx:1.31/nginx:1.32/" &&
	git -C work push -q origin HEAD:main &&
	test_expect_code 1 git gitops worker --drain origin.git 2>worker.log &&
	test "$(count failed)" = 1 &&
	printf "%s\n" "dev/bad/bad failed" "dev/nginx/nginx deployed" >expect &&
	outcome failed >actual &&
	test_cmp expect actual &&
	tail -n 1 "$(newest failed)" >end &&
	test_grep "\"end\":\"failed\",\"reason\":\"1 of 2 service objects failed\"" end &&
	git -C work rev-parse HEAD >expect &&
	processed >actual &&
	test_cmp expect actual &&
	live >refs &&
	test_grep ! "dev/bad" refs
'

test_expect_success 'a request tries again what failed, and that only' '
	sandbox_ctl seed "{\"clusters\": [\"nowhere\"]}" &&
	git gitops -C work deploy origin 2>err &&
	drain &&
	echo "dev/bad/bad deployed" >expect &&
	outcome done >actual &&
	test_cmp expect actual
'

test_expect_success 'without credentials the deployment fails and says what is missing' '
	service_edit work dev/nginx/nginx "s/nginx:1.32/nginx:1.33/" &&
	git -C work push -q origin HEAD:main &&
	(
		unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY &&
		test_expect_code 1 git gitops worker --drain origin.git 2>worker.log
	) &&
	test_grep "\"failure\":{.*credentials" "$(newest failed)"
'

test_expect_success 'what can not be recorded is not deployed, and not lost' '
	git gitops -C work deploy origin 2>err && drain &&
	processed >before &&
	service_edit work dev/nginx/nginx "s/nginx:1.33/nginx:1.34/" &&
	git -C work push -q origin HEAD:main &&
	sandbox_ctl calls - &&
	mkdir origin.git/refs/notes/gitops/records.lock &&
	test_expect_code 1 git gitops worker --drain origin.git 2>worker.log &&
	rmdir origin.git/refs/notes/gitops/records.lock &&
	tail -n 1 "$(newest failed)" >end &&
	test_grep "nothing is deployed, since its state can.t be written: .*records" end &&
	sandbox_calls >calls &&
	test_must_be_empty calls &&
	processed >after &&
	test_cmp before after &&
	git gitops -C work deploy origin 2>err &&
	drain &&
	echo "dev/nginx/nginx deployed" >expect &&
	outcome done >actual &&
	test_cmp expect actual
'

test_expect_success 'a commit that is gone fails its job by name' '
	service_edit work dev/nginx/nginx "s/nginx:1.34/nginx:1.35/" &&
	git -C work push -q origin HEAD:main &&
	gone=1234567890123456789012345678901234567890 &&
	sed -i "s/\"newCommit\": \"[0-9a-f]*\"/\"newCommit\": \"$gone\"/" "$spool"/new/*.json &&
	test_expect_code 1 git gitops worker --drain origin.git 2>worker.log &&
	tail -n 1 "$(newest failed)" >end &&
	test_grep "$gone" end
'

test_expect_success 'a job that was overtaken does nothing' '
	git gitops -C work deploy origin 2>err &&
	drain &&
	service_edit work dev/nginx/nginx "s/nginx:1.35/nginx:1.36/" &&
	git -C work push -q origin HEAD:main &&
	first=$(echo "$spool"/new/*.json) &&
	mv "$first" late.json &&
	service_edit work dev/nginx/nginx "s/nginx:1.36/nginx:1.37/" &&
	git -C work push -q origin HEAD:main &&
	drain &&
	mv late.json "$first" &&
	drain &&
	id=${first##*/} &&
	test_grep "overtaken" "$spool/done/${id%.json}.journal" &&
	git -C work rev-parse HEAD >expect &&
	processed >actual &&
	test_cmp expect actual
'

test_expect_success 'garbage in the spool is moved away and told' '
	echo "{" >"$spool/new/hello" &&
	mkdir "$spool/new/dir" &&
	drain &&
	test_grep "hello.: is not named like a job" worker.log &&
	ls -A "$spool/new" >left &&
	test_must_be_empty left
'

test_expect_success 'a directory that is no server is told' '
	git init -q --bare other.git &&
	test_expect_code 128 git gitops worker --drain other.git 2>err &&
	test_grep "cannot open the spool" err &&
	test_grep "^hint: .git gitops init. makes it" err
'

test_expect_success 'every request was one that AWS understands' '
	sandbox_no_invalid_calls
'

test_done
