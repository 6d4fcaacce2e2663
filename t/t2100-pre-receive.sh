#!/bin/sh

test_description='pre-receive rejects a push whose artifacts are wrong, and says all of it'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-server.sh

HOOK=$GITOPS_BUILD/libexec/git-gitops/pre-receive

# The hook alone: what comes after it has tests of its own.
server () {
	rm -rf origin.git work &&
	git init -q --bare origin.git &&
	git -C origin.git config gitops.branch main &&
	git -C origin.git config receive.advertisePushOptions true &&
	ln -s "$HOOK" origin.git/hooks/pre-receive &&
	git clone -q origin.git work 2>/dev/null &&
	service_write work dev/web/web &&
	git -C work add . &&
	git -C work commit -q -m good
}

# push [<argument>...]: what the server said is in `said`
push () {
	git -C work push -q origin "$@" 2>err
	code=$?
	remote_lines err >said
	return $code
}

# everything in the server repository: names, sizes, content
server_state () {
	(cd origin.git && find . -type f -exec sha256sum {} + | sort && find . | sort)
}

bad_commit () {
	sed -i "s/{{ name }}/{{ nmae }}/" work/dev/web/web_svcdef.json &&
	git -C work commit -q -a -m "misspell a variable"
}

test_expect_success 'a good push is let in, and says what was checked' '
	server &&
	push main &&
	echo "gitops: ${SQ}main${SQ}: 1 service object checked, no errors" >expect &&
	test_cmp expect said
'

test_expect_success 'a bad one is rejected with its diagnostics' '
	server &&
	push main &&
	bad_commit &&
	cat >expect <<-EOF &&
	dev/web/web_svcdef.json:2:22: error: ${SQ}nmae${SQ} is undefined
	    [template-undefined]
	    2 |   "serviceName": "{{ nmae }}",
	      |                      ^~~~
	hint: did you mean ${SQ}name${SQ}, from dev/web/web_input.json?
	gitops: the push of ${SQ}main${SQ} is rejected: 1 error
	EOF
	test_must_fail push main &&
	test_cmp expect said
'

test_expect_success 'a rejected push leaves the server repository as it was' '
	server &&
	push main &&
	server_state >before &&
	bad_commit &&
	test_must_fail push main &&
	server_state >after &&
	test_cmp before after
'

test_expect_success 'what the pusher sees stays within 80 columns' '
	server &&
	perl -e "print q({ ), join(q(, ), map { qq(\"member\$_\": \"{{ some_rather_long_name_\$_ }}\") } 1..9), q( })" \
		>work/dev/web/web_svcdef.json &&
	git -C work commit -q -a -m long &&
	test_must_fail push main &&
	test_grep "some_rather_long_name_9" said &&
	sed "s/^/remote: /" said | awk "length(\$0) > 80" >too-long &&
	test_must_be_empty too-long
'

test_expect_success 'warnings are shown, and the push is let in' '
	server &&
	test_write work/data/some_input.json <<-\EOF &&
	{}
	EOF
	git -C work add . && git -C work commit -q -m warn &&
	push main &&
	test_grep "^data/some_input.json: warning:" said &&
	test_grep "2 service objects checked, 1 warning" said
'

test_expect_success 'a push is compared with the last processed commit' '
	server &&
	bad_commit &&
	git -C origin.git fetch -q ../work main &&
	git -C origin.git update-ref refs/gitops/processed/main FETCH_HEAD &&
	test_commit -C work readme &&
	push main &&
	test_must_be_empty said
'

test_expect_success 'while workers are behind, with what the push before brought' '
	server &&
	ln -s "$GITOPS_BUILD/libexec/git-gitops/post-receive" origin.git/hooks/ &&
	git -C origin.git config gitops.worker false &&
	mkdir -p origin.git/gitops/spool/tmp origin.git/gitops/spool/new origin.git/gitops/spool/run \
		origin.git/gitops/spool/done origin.git/gitops/spool/failed &&
	push main &&
	test_grep "1 service object checked" said &&
	service_commit work dev/api/api &&
	push main &&
	test_grep "1 service object checked" said &&
	rm origin.git/gitops/spool/new/* &&
	service_commit work dev/other/other &&
	push main &&
	test_grep "3 service objects checked" said
'

test_expect_success 'what a branch holds without having been pushed through us is checked, too' '
	server &&
	git -C work push -q origin main:topic &&
	git -C origin.git update-ref refs/heads/main refs/heads/topic &&
	git -C work fetch -q &&
	service_commit work dev/api/api &&
	push main &&
	test_grep "2 service objects checked" said
'

test_expect_success 'of several branches, those that deploy are checked' '
	server &&
	git -C origin.git config --add gitops.branch "release-*" &&
	bad_commit &&
	push main:refs/heads/topic main:refs/tags/v1 &&
	test_must_be_empty said &&
	test_must_fail push main main:release-1 main:other &&
	test_grep "the push of .main. is rejected" said &&
	test_grep "the push of .release-1. is rejected" said &&
	test_grep ! other said &&
	test_must_fail git -C origin.git rev-parse -q --verify refs/heads/other
'

test_expect_success 'without gitops.branch nothing is checked, as nothing is deployed' '
	server &&
	bad_commit &&
	test_must_fail push main &&
	git -C origin.git config --unset gitops.branch &&
	push main
'

test_expect_success 'deleting a branch checks nothing' '
	server &&
	push main main:topic &&
	git -C origin.git config receive.denyDeleteCurrent ignore &&
	push :main &&
	test_must_be_empty said
'

test_expect_success 'unknown push options of ours are refused, those of others are not' '
	server &&
	test_must_fail push -o gitops.wiat main &&
	cat >expect <<-EOF &&
	gitops: the push is rejected: push option ${SQ}gitops.wiat${SQ} is unknown
	gitops: hint: did you mean ${SQ}gitops.wait${SQ}?
	EOF
	test_cmp expect said &&
	test_must_fail push -o "gitops.$(printf "\033")[2J" main &&
	test_grep ! "$(printf "\033")\[2J" said &&
	push -o ci.skip -o gitops.skip -o gitops.dry-run -o gitops.force -o gitops.wait main
'

test_expect_success 'our own refs can not be pushed' '
	server &&
	for ref in refs/gitops/processed/main refs/gitops/live/main/ecs/a refs/gitops/x \
		refs/notes/gitops/status
	do
		test_must_fail push main:$ref &&
		test_grep "${SQ}$ref${SQ} can${SQ}t be pushed" said || return 1
	done &&
	push main:refs/notes/commits
'

# hook_says <input> <message>: the hook alone, on that input
hook_says () {
	printf "$1" >input &&
	test_expect_code 1 env GIT_DIR=origin.git "$HOOK" <input 2>said &&
	test_grep "gitops: the push is rejected: $2" said
}

test_expect_success 'garbage on standard input is refused' '
	server &&
	zero=0000000000000000000000000000000000000000 &&
	hook_says "garbage\n" "line 1 on the hook.s standard input is not" &&
	hook_says "$zero $zero refs/heads/main" "the hook.s standard input ends within line 1" &&
	hook_says "$zero $zero refs/heads/a\n\n" "line 2 on" &&
	hook_says "$zero $zero refs/heads/a\0b\n" "line 1 on" &&
	hook_says "$zero $zero nothing\n" "line 1 on" &&
	hook_says "$zero $zero refs/heads/a b\n" "line 1 on" &&
	hook_says "${zero}0 $zero refs/heads/a\n" "line 1 on" &&
	hook_says "$zero zzz refs/heads/a\n" "line 1 on" &&
	zero64=${zero}000000000000000000000000 &&
	hook_says "$zero64 $zero64 refs/heads/a\n" "line 1 on" &&
	test_grep "SHA-256 object names are not supported" said &&
	GIT_DIR=origin.git "$HOOK" </dev/null 2>said &&
	test_must_be_empty said &&
	test_expect_code 1 env GIT_DIR=origin.git "$HOOK" <&- 2>said &&
	test_grep "cannot read the hook.s standard input" said
'

test_expect_success 'push options that do not come as git hands them over are refused' '
	printf "" >input &&
	test_expect_code 1 env GIT_DIR=origin.git GIT_PUSH_OPTION_COUNT=x "$HOOK" <input 2>said &&
	test_expect_code 1 env GIT_DIR=origin.git GIT_PUSH_OPTION_COUNT=1001 "$HOOK" <input 2>said &&
	test_grep "more than 1000 push options" said &&
	test_expect_code 1 env GIT_DIR=origin.git GIT_PUSH_OPTION_COUNT=1 "$HOOK" <input 2>said &&
	test_grep "GIT_PUSH_OPTION_0 is not in the environment" said
'

test_expect_success 'a commit that is not there, or none at all: refused, never let in' '
	server &&
	zero=0000000000000000000000000000000000000000 &&
	one=1111111111111111111111111111111111111111 &&
	hook_says "$zero $one refs/heads/main\n" "cannot check .main.: " &&
	blob=$(echo x | git -C origin.git hash-object -w --stdin) &&
	hook_says "$zero $blob refs/heads/main\n" "cannot check .main.: " &&
	printf "$zero $one refs/heads/main\n" >input &&
	test_expect_code 1 env GIT_DIR=nonesuch.git "$HOOK" <input 2>said &&
	test_grep "gitops: the push is rejected: " said
'

test_expect_success 'a damaged record of what was processed is refused, too' '
	server &&
	mkdir -p origin.git/refs/gitops/processed &&
	echo garbage >origin.git/refs/gitops/processed/main &&
	test_must_fail push main &&
	test_grep "gitops: the push is rejected: cannot check .main.: " said
'

test_expect_success 'curl is not loaded' '
	ldd "$HOOK" >libraries &&
	test_grep libgit2 libraries &&
	test_grep ! curl libraries
'

test_done
