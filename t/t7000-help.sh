#!/bin/sh

test_description='a new user finds the way: help, unknown words, what a clone cannot know'

. ./test-lib.sh

test_expect_success 'without a command they are listed, on stderr, as misuse' '
	test_expect_code 129 git gitops >out 2>err &&
	test_must_be_empty out &&
	git gitops help >help &&
	test_cmp help err &&
	git gitops -h >out &&
	test_cmp help out
'

test_expect_success 'each command and each guide has its page' '
	mkdir bin &&
	printf "#!/bin/sh\necho \"page: \$*\"\n" >bin/man &&
	chmod +x bin/man &&
	sed -n "s/^    \([a-z]*\) .*/\1/p" help >names &&
	test_line_count -gt 20 names &&
	sed -n "/and .git gitops help. with\$/,\$p" help | sed -e 1d -e "s/ or /, /" | tr -d " ." | tr , "\n" >guides &&
	test_line_count = 8 guides &&
	cat guides >>names &&
	while read -r name
	do
		PATH="$PWD/bin:$PATH" git gitops help $name >out &&
		page=$(sed "s/^page: //" out) &&
		test_path_is_file "$GITOPS_SOURCE/Documentation/$page.adoc" || return
	done <names
'

test_expect_success '--help after a command is its page, wherever it stands' '
	for args in "status --help" "watch -q --help" "help --help"
	do
		PATH="$PWD/bin:$PATH" git-gitops $args >out &&
		echo "page: git-gitops-${args%% *}" >expect &&
		test_cmp expect out || return
	done &&
	echo "fatal: there is no commit ${SQ}--help${SQ}" >expect &&
	git init -q empty &&
	test_expect_code 128 git-gitops -C empty plan -- --help 2>err &&
	test_cmp expect err
'

test_expect_success 'all guides that there are can be found' '
	ls "$GITOPS_SOURCE"/Documentation/gitops-*.adoc |
	sed -e "s,.*/gitops-,," -e "s/.adoc//" >expect &&
	echo config >>expect &&
	sort expect >expect.sorted &&
	sort guides >actual &&
	test_cmp expect.sorted actual
'

test_expect_success 'a page is found by its own name, too' '
	for name in gitops-artifacts git-gitops-status gitops git-gitops git-gitops-config
	do
		PATH="$PWD/bin:$PATH" git gitops help $name >out &&
		test -f "$GITOPS_SOURCE/Documentation/$(sed "s/^page: //" out).adoc" || return
	done
'

test_expect_success 'what is nearly a command or a guide is pointed out' '
	test_expect_code 129 git gitops statsu 2>err &&
	test_grep "^git gitops: .statsu. is not a command; see" err &&
	test "$(tail -n 1 err)" = "	status" &&
	test_expect_code 129 git gitops help artefacts 2>err &&
	test "$(tail -n 1 err)" = "	artifacts" &&
	test_expect_code 129 git gitops help gitops-xyzzy 2>err &&
	test_line_count = 1 err
'

test_expect_success 'a choice that is none is told which there are' '
	test_expect_code 129 git gitops check --format=xml 2>err &&
	head -n 1 err >actual &&
	echo "error: option ${SQ}--format${SQ} is text, json or sarif, not ${SQ}xml${SQ}" >expect &&
	test_cmp expect actual
'

test_expect_success 'who wants JSON gets JSON, also when it fails' '
	for command in "status" "log" "show X" "plan" "check" "render x" "watch" "hold"
	do
		test_expect_code 128 git gitops $command --format=json >out 2>err &&
		jq -r "\"fatal: \" + .error.message" out >expect &&
		head -n 1 err >actual &&
		test_cmp expect actual || return
	done &&
	test_expect_code 128 git gitops explain no-such-rule --format=json >out 2>err &&
	test "$(jq -r .error.hint out)" = "${SQ}git gitops explain${SQ} lists them"
'

test_expect_success 'a path-prefix that nothing has is nearly one that is there' '
	git init -q near &&
	for prefix in dev/nginx/nginx dev/api/api
	do
		test_write near/${prefix}_svcdef.json "{}" || return
	done &&
	git -C near add . && git -C near commit -q -m one &&
	for given in dev/nginx/ngnix nginx dev/nginx dev/nginx/ dev/nginx/nginx_input.json
	do
		test_expect_code 128 git -C near gitops hold --local $given 2>err &&
		test_grep "^hint: did you mean .dev/nginx/nginx.?" err || return
	done &&
	test_expect_code 128 git -C near gitops render nignx/nginx 2>err &&
	test_grep "^hint: a path-prefix is a file name" err
'

test_expect_success 'a clone is told how to get what only the server knows' '
	git init -q --bare server.git &&
	git gitops init --branch main server.git &&
	git init -q work &&
	git -C work remote add origin ../server.git &&
	git -C work commit -q --allow-empty -m one &&
	git -C work push -q -o gitops.skip origin main &&
	for command in status log hold plan
	do
		git -C work gitops $command >out &&
		sed -n "s/^hint: .*\(git fetch\)/\1/p" out >script &&
		test_line_count = 1 script &&
		(cd work && sh -e ../script) || return
	done
'

test_expect_success 'the server itself is told nothing of the kind' '
	git -C server.git gitops hold >out &&
	echo "nothing is held" >expect &&
	test_cmp expect out &&
	git -C server.git gitops plan >out &&
	test_grep ! hint: out
'

test_expect_success 'status tells a path-prefix that is not there from an empty repository' '
	. "$TEST_DIRECTORY"/lib-records.sh &&
	record 1 $(git -C work rev-parse HEAD) dev/web/web PROCESSED_SUCCESS "$WELL" >records &&
	(cd server.git && test-tool state put) <records &&
	git -C server.git gitops status dev/nope >actual &&
	echo "nothing of that was deployed" >expect &&
	test_cmp expect actual
'

test_done
