#!/bin/sh

test_description='the index of references: who refers to which file

An index may be old, damaged or missing; what the plan says must be the same.'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-server.sh

INDEX=.git/gitops/ref-index/main

commit_all () {
	git -C work add -A &&
	test_tick &&
	git -C work commit -q -m "$1"
}

index () {
	test-tool ref-index work main
}

lines () {
	sed -e 1,3d work/$INDEX
}

# same_plan: with the index as it is, and without any
same_plan () {
	git -C work gitops plan --format=json >with &&
	mv work/$INDEX saved &&
	git -C work gitops plan --format=json >without &&
	mv saved work/$INDEX &&
	test_cmp without with
}

test_expect_success 'setup' '
	git init -q work &&
	service_write work dev/web/web &&
	service_write work dev/api/api &&
	test_write work/fn/f_lambdadef.json <<-\EOF &&
	{}
	EOF
	test_write work/fn/f_lambdainput.json <<-\EOF &&
	{ "ref": { "type": "JSON", "file": [ "infra/b.json", "infra/output.json", "dev/web/web_input.json" ] } }
	EOF
	echo "{}" >work/infra/b.json &&
	commit_all first
'

test_expect_success 'it has a line per reference, sorted, and names its commit' '
	index &&
	{
		echo "gitops-ref-index 2" &&
		git -C work rev-parse HEAD
	} >expect &&
	head -n 2 work/$INDEX >actual &&
	test_cmp expect actual &&
	cat >expect <<-EOF &&
	dev/web/web_input.json${TAB}fn/f_lambdainput.json
	infra/b.json${TAB}fn/f_lambdainput.json
	infra/output.json${TAB}dev/api/api_input.json
	infra/output.json${TAB}dev/web/web_input.json
	infra/output.json${TAB}fn/f_lambdainput.json
	EOF
	lines >actual &&
	test_cmp expect actual
'

test_expect_success 'a plan with it says what a plan without it says' '
	git -C work update-ref refs/gitops/processed/main HEAD &&
	echo "{\"a\": 1}" >work/infra/b.json &&
	commit_all "change b" &&
	same_plan &&
	test_grep "\"prefix\": \"fn/f\"" with &&
	echo >>work/infra/output.json &&
	commit_all "change output" &&
	same_plan &&
	test_grep "\"prefix\": \"dev/api/api\"" with
'

test_expect_success 'what inputs say since the index was made counts' '
	service_write work dev/new/new &&
	echo "{}" >work/dev/api/api_input.json &&
	git -C work rm -q -f fn/f_lambdainput.json &&
	commit_all "more, fewer" &&
	same_plan &&
	git -C work update-ref refs/gitops/processed/main HEAD &&
	echo >>work/infra/output.json &&
	commit_all "change output again" &&
	same_plan &&
	test_grep "R.*" with &&
	test_grep "dev/new/new_input.json" with &&
	test_grep ! "dev/api/api_input.json" with
'

test_expect_success 'an update takes over what did not change' '
	index &&
	cat >expect <<-EOF &&
	infra/output.json${TAB}dev/new/new_input.json
	infra/output.json${TAB}dev/web/web_input.json
	EOF
	lines >actual &&
	test_cmp expect actual &&
	cp work/$INDEX updated &&
	rm work/$INDEX &&
	index &&
	test_cmp work/$INDEX updated
'

test_expect_success 'a damaged index counts as none, and is made anew' '
	echo >>work/infra/output.json &&
	commit_all "once more" &&
	git -C work gitops plan --format=json >expect &&
	cp work/$INDEX good &&
	for damage in "s/web_input/wbe_input/" "1s/2/1/" "2s/^./x/" "\$d" "s/$TAB/ /"
	do
		sed -e "$damage" good >work/$INDEX &&
		! cmp -s good work/$INDEX &&
		git -C work gitops plan --format=json >actual &&
		test_cmp expect actual || return 1
	done &&
	for size in 0 10 30 59 60 70 77 78 100
	do
		head -c $size good >work/$INDEX &&
		git -C work gitops plan --format=json >actual &&
		test_cmp expect actual || return 1
	done &&
	index &&
	lines >actual &&
	test_line_count = 2 actual
'

test_expect_success 'an index of a commit that is gone counts as none' '
	sed -e "2s/.*/1111111111111111111111111111111111111111/" good >work/$INDEX &&
	git -C work gitops plan --format=json >actual &&
	test_cmp expect actual
'

test_expect_success 'paths with odd characters come back as they were' '
	odd="infra/a%09${TAB}b%25.json" &&
	echo "{}" >"work/$odd" &&
	printf "{ \"ref\": { \"type\": \"JSON\", \"file\": [ \"infra/a%%09\\\\tb%%25.json\" ] } }" >work/dev/web/web_input.json &&
	commit_all odd &&
	index &&
	git -C work update-ref refs/gitops/processed/main HEAD &&
	echo "{ }" >"work/$odd" &&
	commit_all "change the odd one" &&
	same_plan &&
	test_grep "dev/web/web_input.json" with
'

test_expect_success 'branches with slashes have an index of their own' '
	git -C work branch -f team/%x HEAD &&
	test-tool ref-index work team/%x &&
	test_path_is_file "work/.git/gitops/ref-index/team%2F%25x"
'

test_expect_success 'a hook reads it and leaves it alone' '
	git clone -q --bare work origin.git &&
	git -C origin.git config gitops.branch main &&
	test-tool ref-index origin.git main &&
	cp origin.git/gitops/ref-index/main before &&
	ln -s "$GITOPS_BUILD/libexec/git-gitops/pre-receive" origin.git/hooks/ &&
	echo >>work/infra/output.json &&
	commit_all "for the hook" &&
	test_must_fail git -C work push -q ../origin.git HEAD:main &&
	test_cmp before origin.git/gitops/ref-index/main
'

test_done
