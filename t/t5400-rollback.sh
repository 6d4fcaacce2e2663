#!/bin/sh

test_description='rollback goes back to what ran well, and hold keeps it so'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-server.sh
. "$TEST_DIRECTORY"/lib-sandbox.sh

drain () {
	git gitops worker --drain origin.git 2>worker.log
}

# image <tag>: push another image, and deploy.
image () {
	service_edit work dev/web/web "s/nginx:[^\"]*/nginx:$1/" &&
	git -C work push -q origin HEAD:main 2>push.err &&
	git -C work rev-parse --short=7 HEAD >"commit.$1"
}

# runs: the image that the service's revision has.
runs () {
	revision=$(sandbox_services | sed -n "s/.* web:\([0-9]*\) COMPLETED/\1/p") &&
	sandbox_ctl "calls?op=RegisterTaskDefinition&status=200" |
	jq -r ".[$revision - 1].params.containerDefinitions[0].image" | sed "s/.*://"
}

# newest [<filter>]: of the record that is the newest.
newest () {
	git -C origin.git gitops log -n 1 --format=json dev/web/web | jq -r ".deployments[0]$1"
}

test_expect_success 'setup: three deployments' '
	sandbox_start &&
	sandbox_ctl seed "{\"clusters\": [\"apps\"]}" &&
	server_init origin.git &&
	git clone -q origin.git work 2>err &&
	service_commit work dev/web/web &&
	image one && drain && image two && drain && image three && drain &&
	echo three >expect && runs >actual && test_cmp expect actual
'

test_expect_success 'what was never deployed can not be rolled back' '
	test_expect_code 128 git -C origin.git gitops rollback -b main dev/other 2>err &&
	test_grep "fatal: .dev/other. was never deployed from .main." err &&
	test_grep "^hint: " err &&
	test_expect_code 129 git gitops rollback 2>err
'

test_expect_success 'a dry run says where it would go, and does nothing' '
	git -C origin.git gitops rollback -b main --dry-run dev/web/web >out &&
	test_grep "^dev/web/web: back from $(cat commit.three) to $(cat commit.two), which went well .* as web:2$" out &&
	git -C origin.git gitops status >out &&
	test_grep ! spool out
'

test_expect_success 'a rollback from a clone is a deployment of what ran before, with a record' '
	git -C work gitops rollback -b main --reason="p99 is bad" dev/web/web origin 2>err &&
	remote_lines err >said &&
	test_grep "^dev/web/web: back from $(cat commit.three) to $(cat commit.two)" said &&
	test_grep "^queued as job " said &&
	drain &&
	echo two >expect && runs >actual && test_cmp expect actual &&
	test "$(newest .status)" = PROCESSED_SUCCESS &&
	test "$(newest .rollbackFrom)" = "$(git -C work rev-parse $(cat commit.three))" &&
	test "$(newest .commit)" = "$(git -C work rev-parse $(cat commit.two))" &&
	newest "|.events[0].message" >actual &&
	echo "rollback from $(cat commit.three), asked for by $(id -un): p99 is bad" >expect &&
	test_cmp expect actual &&
	git -C origin.git gitops log -n 1 >out &&
	test_grep " rolled back in " out &&
	git -C origin.git notes --ref=gitops/status show "$(newest .commit)" >out &&
	test_grep "^main ecs dev/web/web: rolled back to this 2" out &&
	git -C origin.git gitops show "$(newest .id)" >out &&
	test_grep "^status     rolled back$" out &&
	test_grep "^back from  $(newest .rollbackFrom) edit web$" out &&
	git -C origin.git rev-parse refs/gitops/live/main/ecs/dev/web/web >actual &&
	newest .commit >expect && test_cmp expect actual &&
	git -C origin.git rev-parse refs/gitops/processed/main >actual &&
	git -C work rev-parse HEAD >expect && test_cmp expect actual
'

test_expect_success 'status tells of the hold, on the server and where its refs were fetched' '
	git -C origin.git gitops status >out &&
	test_grep "^    held by $(id -un) since 2.*Z, as it was at $(cat commit.three): p99 is bad$" out &&
	git -C origin.git gitops status --format=json >out &&
	test "$(jq -r ".objects[0].hold.reason" out)" = "p99 is bad" &&
	git -C work fetch -q origin "refs/notes/gitops/*:refs/notes/gitops/*" \
		"refs/gitops/hold/*:refs/gitops/hold/*" &&
	git -C work gitops status >out &&
	test_grep "held by .*p99 is bad" out &&
	git -C work gitops hold >out &&
	test_grep "^ecs  dev/web/web  main  held by .*p99 is bad$" out &&
	git -C work gitops hold --format=json >out &&
	test "$(jq -r ".holds[0].prefix" out)" = dev/web/web
'

test_expect_success 'the same content is not deployed by the next push, nor by force' '
	echo "# later" >work/README && git -C work add README && git -C work commit -q -m readme &&
	git -C work push -q -o gitops.force origin HEAD:main 2>err &&
	drain &&
	echo two >expect && runs >actual && test_cmp expect actual &&
	git -C work gitops deploy -f -b main origin 2>err &&
	drain &&
	echo two >expect && runs >actual && test_cmp expect actual &&
	test "$(newest .failure.category)" = held &&
	git -C origin.git gitops log -n 1 >out &&
	test_grep "held back" out &&
	test_grep "held by .*p99 is bad" out &&
	git -C origin.git gitops status >out &&
	test_grep "main    web:4  *$(cat commit.two) " out
'

test_expect_success 'who waits is told, and that is no failure' '
	git -C origin.git config gitops.worker true &&
	test_when_finished "git -C origin.git config gitops.worker false" &&
	git -C work gitops deploy -f -w -b main origin 2>err &&
	remote_lines err >said &&
	test_grep "^gitops: dev/web/web: held in .*: held by .*p99 is bad$" said &&
	test_grep "^gitops: done$" said
'

test_expect_success 'one more rollback goes further back, not to what was left behind' '
	git -C origin.git gitops rollback -b main dev/web/web >out &&
	test_grep "back from $(cat commit.two) to $(cat commit.one), which went well" out &&
	drain &&
	echo one >expect && runs >actual && test_cmp expect actual &&
	test_expect_code 128 git -C origin.git gitops rollback -b main dev/web/web 2>err &&
	test_grep "there is no earlier deployment of .dev/web/web. that went well" err
'

test_expect_success 'other content is deployed, and ends the hold' '
	image four &&
	drain &&
	echo four >expect && runs >actual && test_cmp expect actual &&
	grep -h "hold is lifted" origin.git/gitops/spool/done/*.journal >lifted &&
	test_line_count = 1 lifted &&
	git -C origin.git for-each-ref refs/gitops/hold >refs &&
	test_must_be_empty refs
'

test_expect_success 'a failed deployment is gone back from to what ran before it, not further' '
	sandbox_ctl faults "{\"match\": {\"op\": \"UpdateService\"}, \"times\": 1,
		\"action\": {\"type\": \"denied\"}}" &&
	image five &&
	test_must_fail drain &&
	git -C origin.git gitops rollback -b main dev/web/web >out &&
	test_grep "back from $(cat commit.five) to $(cat commit.four)" out &&
	drain &&
	echo four >expect && runs >actual && test_cmp expect actual &&
	test "$(newest .rollbackFrom)" = "$(git -C work rev-parse $(cat commit.five))"
'

test_expect_success '--to goes to any commit of the branch that defines it' '
	git -C work gitops rollback -b main --to=$(cat commit.two) dev/web/web origin 2>err &&
	drain &&
	echo two >expect && runs >actual && test_cmp expect actual &&
	test_must_fail git -C origin.git gitops rollback -b main --to=main~99 dev/web/web 2>err &&
	git -C work checkout -q -b topic && test_commit -C work topic &&
	git -C work push -q origin topic &&
	test_must_fail git -C origin.git gitops rollback -b main --to=topic dev/web/web 2>err &&
	test_grep "branch .main. does not contain .topic." err &&
	git -C work checkout -q -
'

test_expect_success '--commit writes it to the branch, by who asked, and that is deployed' '
	git -C work gitops rollback -b main --commit --to=$(cat commit.one) -m "too slow" \
		dev/web/web origin 2>err &&
	git -C work pull -q --ff-only origin main &&
	git -C work log -1 --format="%an: %B" >actual &&
	cat >expect <<-EOF &&
	$(id -un): Roll back dev/web/web to $(cat commit.one)

	too slow

	Its files are those of commit $(git -C work rev-parse $(cat commit.one)) again.

	EOF
	test_cmp expect actual &&
	git -C work diff --stat --exit-code $(cat commit.one) HEAD -- dev/web &&
	git -C origin.git fsck --strict 2>fsck &&
	drain &&
	echo one >expect && runs >actual && test_cmp expect actual &&
	git -C origin.git rev-parse refs/gitops/processed/main >actual &&
	git -C work rev-parse HEAD >expect && test_cmp expect actual &&
	test_must_fail git -C work gitops rollback -b main --commit --to=$(cat commit.one) \
		dev/web/web origin 2>err &&
	test_grep "the files of .dev/web/web. are the same" err
'

test_expect_success '--commit leaves a branch that is checked out alone' '
	git clone -q origin.git nonbare 2>err &&
	git -C nonbare gitops init . >out && git -C nonbare config gitops.worker false &&
	git -C nonbare fetch -q origin "refs/notes/gitops/*:refs/notes/gitops/*" &&
	before=$(git -C nonbare rev-parse HEAD) &&
	test_must_fail git -C nonbare gitops rollback --local -b main --commit \
		--to=$(cat commit.two) dev/web/web 2>err &&
	test_grep "branch .main. is checked out here" err &&
	test "$(git -C nonbare rev-parse HEAD)" = "$before"
'

test_expect_success 'what a person holds is deployed by nothing, until it is let go of' '
	git -C work gitops hold -b main -m "migration runs" dev/web/web origin 2>err &&
	remote_lines err >said &&
	test_grep "^.dev/web/web. is held: nothing of .main. deploys it" said &&
	image six && drain &&
	echo one >expect && runs >actual && test_cmp expect actual &&
	image seven && drain &&
	echo one >expect && runs >actual && test_cmp expect actual &&
	git -C origin.git gitops status >out &&
	test_grep "^    held back $(cat commit.seven) by " out &&
	test_grep "^    held by .* since .*: migration runs" out &&
	git -C work gitops unhold -b main dev/web/web origin 2>err &&
	git -C origin.git gitops status >out &&
	test_grep ! "^    held by" out &&
	git -C work gitops deploy -b main origin 2>err && drain &&
	echo seven >expect && runs >actual && test_cmp expect actual &&
	test_must_fail git -C work gitops unhold -b main dev/web/web origin 2>err &&
	remote_lines err >said &&
	test_grep "fatal: .dev/web/web. is not held on .main." said &&
	test_grep "refused: it was not done, the server says why" err
'

test_expect_success 'what does not exist can not be held; requests go alone, and not to other refs' '
	test_must_fail git -C origin.git gitops hold -b main dev/nothing 2>err &&
	test_grep "there is no service object .dev/nothing. on .main." err &&
	test_must_fail git -C work push -o gitops.hold=dev/web/web origin HEAD:refs/heads/new 2>err &&
	test_grep "push option .gitops.hold. is for a push to refs/gitops/deploy/<branch>" err &&
	test_must_fail git -C work push -o gitops.hold=dev/web/web -o gitops.unhold=dev/web/web \
		origin :refs/gitops/deploy/main 2>err &&
	test_grep "one push asks for one thing only" err &&
	test_must_fail git -C work push -o gitops.hold= origin :refs/gitops/deploy/main 2>err &&
	test_grep "push option .gitops.hold. needs a value" err &&
	test_must_fail git -C work push -o "gitops.hold=--help" origin :refs/gitops/deploy/main 2>err &&
	test_grep "there is no service object .--help." err &&
	test_must_fail git -C work push origin HEAD:refs/gitops/hold/main/ecs/x% 2>err &&
	git -C origin.git for-each-ref refs/gitops/hold >refs &&
	test_must_be_empty refs
'

test_expect_success 'a rollback that can not hold deploys nothing, and its record says why' '
	git -C origin.git update-ref refs/gitops/hold/main HEAD &&
	before=$(runs) &&
	git -C origin.git gitops rollback -b main dev/web/web >out &&
	test_must_fail drain &&
	git -C origin.git update-ref -d refs/gitops/hold/main &&
	test "$(newest .status) $(newest .failure.category)" = "PROCESSED_ERROR job" &&
	newest .failure.message >message && test_grep refs/gitops/hold message &&
	test "$(runs)" = "$before" &&
	git -C work gitops deploy -b main origin 2>err && drain
'

# LeakSanitizer can not work on what is traced.
test_expect_success 'a worker that is killed anywhere in a rollback is followed by one that ends it' '
	git -C origin.git gitops rollback -b main dev/web/web >out &&
	rm -rf before.git && cp -a origin.git before.git &&
	at=1 && step=$(($$ % 5 + 7)) &&
	while :
	do
		rm -rf origin.git && cp -a before.git origin.git &&
		ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 test-tool crash $at \
			git-gitops worker --drain origin.git >report 2>first.log &&
		drain &&
		test "$(ls origin.git/gitops/spool/run)" = "" &&
		test "$(newest .status)" = PROCESSED_SUCCESS &&
		test -n "$(newest .rollbackFrom)" &&
		git -C origin.git cat-file -p refs/gitops/hold/main/ecs/dev%2Fweb%2Fweb% >hold &&
		test "$(jq -r .deployment hold)" = "$(newest .id)" || return 1
		grep "^ended" report && break
		at=$((at + step))
	done &&
	test $at -gt 20
'

test_expect_success 'AWS was asked for nothing that it does not have' '
	sandbox_no_invalid_calls
'

test_done
