#!/bin/sh

test_description='plan says what a range of commits means for each service object'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-server.sh

# plan_lines [<argument>...]: intent, kind, prefix and files of each object
plan_lines () {
	git -C work gitops plan --format=json "$@" >plan.json &&
	perl -MJSON::PP -0777 -ne '
		my $plan = decode_json($_);
		for my $o (@{$plan->{objects}}) {
			print join(" ", $o->{intent}, $o->{kind}, $o->{prefix},
				map { "$_->{change}:$_->{path}" } @{$o->{files}}), "\n";
		}
	' plan.json
}

commit_all () {
	git -C work add -A &&
	test_tick &&
	git -C work commit -q -m "$1"
}

processed () {
	git -C work update-ref refs/gitops/processed/main "${1-HEAD}"
}

test_expect_success 'setup: two services and a function' '
	git init -q work &&
	service_write work dev/web/web &&
	service_write work dev/api/api &&
	test_write work/fn/hello_lambdadef.json <<-\EOF &&
	{ "FunctionName": "hello" }
	EOF
	test_write work/fn/hello_lambdadepdef.json <<-\EOF &&
	{ "alias": "PROD" }
	EOF
	test_write work/README.md <<-\EOF &&
	hello
	EOF
	commit_all first
'

test_expect_success 'nothing processed yet: every file counts as added' '
	cat >expect <<-\EOF &&
	deploy ecs dev/api/api A:dev/api/api_depdef.json A:dev/api/api_input.json A:dev/api/api_svcdef.json A:dev/api/api_taskdef.json
	deploy ecs dev/web/web A:dev/web/web_depdef.json A:dev/web/web_input.json A:dev/web/web_svcdef.json A:dev/web/web_taskdef.json
	deploy lambda fn/hello A:fn/hello_lambdadef.json A:fn/hello_lambdadepdef.json
	EOF
	plan_lines >actual &&
	test_cmp expect actual
'

test_expect_success 'the table for people' '
	head=$(git -C work rev-parse --short=7 HEAD) &&
	cat >expect <<-EOF &&
	$head: nothing was processed yet, everything counts as added
	deploy  ecs     dev/api/api  api_svcdef.json added
	        A dev/api/api_depdef.json
	        A dev/api/api_input.json
	        A dev/api/api_svcdef.json
	        A dev/api/api_taskdef.json
	deploy  ecs     dev/web/web  web_svcdef.json added
	        A dev/web/web_depdef.json
	        A dev/web/web_input.json
	        A dev/web/web_svcdef.json
	        A dev/web/web_taskdef.json
	deploy  lambda  fn/hello     hello_lambdadef.json added
	        A fn/hello_lambdadef.json
	        A fn/hello_lambdadepdef.json
	3 to deploy, 0 to delete, 0 left alone
	EOF
	git -C work gitops plan >actual &&
	test_cmp expect actual
'

test_expect_success 'the head was processed: nothing to do' '
	processed &&
	git -C work gitops plan >actual &&
	test_grep "the same commit" actual &&
	test_grep "^nothing to do" actual
'

test_expect_success 'unless everything is asked for' '
	plan_lines --force >actual &&
	test_line_count = 3 actual &&
	test_grep ! -v "^deploy" actual
'

test_expect_success 'what is no artifact deploys nothing' '
	echo more >>work/README.md &&
	commit_all readme &&
	plan_lines >actual &&
	test_must_be_empty actual
'

test_expect_success 'each part but the settings is an update' '
	for part in svcdef taskdef input
	do
		processed &&
		echo >>work/dev/web/web_$part.json &&
		commit_all "edit $part" &&
		plan_lines >actual &&
		echo "deploy ecs dev/web/web M:dev/web/web_$part.json" >expect &&
		test_cmp expect actual || return 1
	done
'

test_expect_success 'settings alone deploy nothing and say why' '
	processed &&
	echo >>work/dev/web/web_depdef.json &&
	echo >>work/fn/hello_lambdadepdef.json &&
	commit_all "edit settings" &&
	cat >expect <<-\EOF &&
	none ecs dev/web/web M:dev/web/web_depdef.json
	none lambda fn/hello M:fn/hello_lambdadepdef.json
	EOF
	plan_lines >actual &&
	test_cmp expect actual &&
	git -C work gitops plan >actual &&
	test_grep "settings apply to the next deployment" actual
'

test_expect_success 'a deleted part is an update, a deleted definition a deletion' '
	processed &&
	git -C work rm -q dev/web/web_taskdef.json dev/api/api_svcdef.json &&
	commit_all delete &&
	cat >expect <<-\EOF &&
	delete ecs dev/api/api D:dev/api/api_svcdef.json
	deploy ecs dev/web/web D:dev/web/web_taskdef.json
	EOF
	plan_lines >actual &&
	test_cmp expect actual &&
	git -C work revert --no-edit HEAD >/dev/null
'

test_expect_success 'a renamed service is a deletion and an addition' '
	processed &&
	git -C work mv fn/hello_lambdadef.json fn/hi_lambdadef.json &&
	commit_all rename &&
	cat >expect <<-\EOF &&
	delete lambda fn/hello D:fn/hello_lambdadef.json
	deploy lambda fn/hi A:fn/hi_lambdadef.json
	EOF
	plan_lines >actual &&
	test_cmp expect actual
'

test_expect_success 'a file that inputs refer to updates all who do' '
	processed &&
	sed -i s/us-east-1/eu-west-1/ work/infra/output.json &&
	commit_all "another region" &&
	cat >expect <<-\EOF &&
	deploy ecs dev/api/api R:dev/api/api_input.json
	deploy ecs dev/web/web R:dev/web/web_input.json
	EOF
	plan_lines >actual &&
	test_cmp expect actual &&
	git -C work gitops plan >actual &&
	test_grep "infra/output.json changed, which api_input.json refers to" actual &&
	test_grep "R dev/api/api_input.json -> infra/output.json" actual
'

test_expect_success 'also when it was deleted' '
	processed &&
	git -C work rm -q infra/output.json &&
	commit_all "no values" &&
	plan_lines >actual &&
	test_line_count = 2 actual &&
	git -C work revert --no-edit HEAD >/dev/null
'

test_expect_success 'ECS and Lambda of one path-prefix are two objects' '
	processed &&
	test_write work/both/x_svcdef.json <<-\EOF &&
	{}
	EOF
	test_write work/both/x_lambdadef.json <<-\EOF &&
	{}
	EOF
	commit_all both &&
	cat >expect <<-\EOF &&
	deploy ecs both/x A:both/x_svcdef.json
	deploy lambda both/x A:both/x_lambdadef.json
	EOF
	plan_lines >actual &&
	test_cmp expect actual
'

test_expect_success 'a part without its definition is left alone' '
	processed &&
	test_write work/lone/x_taskdef.json <<-\EOF &&
	{}
	EOF
	commit_all lone &&
	echo "none ecs lone/x A:lone/x_taskdef.json" >expect &&
	plan_lines >actual &&
	test_cmp expect actual &&
	git -C work gitops plan >actual &&
	test_grep "there is no x_svcdef.json" actual
'

test_expect_success 'paths with -gitops are left alone, until the line goes' '
	processed &&
	test_write work/docs/x_svcdef.json <<-\EOF &&
	{}
	EOF
	echo "docs/** -gitops" >work/.gitattributes &&
	commit_all docs &&
	plan_lines >actual &&
	test_must_be_empty actual &&
	processed &&
	git -C work rm -q .gitattributes &&
	commit_all "no attributes" &&
	echo "deploy ecs docs/x A:docs/x_svcdef.json" >expect &&
	plan_lines >actual &&
	test_cmp expect actual
'

test_expect_success 'a merge is compared with what was processed, not with its parents' '
	processed &&
	git -C work checkout -q -b side &&
	echo >>work/dev/web/web_svcdef.json &&
	commit_all side &&
	git -C work checkout -q main &&
	echo >>work/dev/api/api_svcdef.json &&
	commit_all main &&
	git -C work merge -q --no-edit side &&
	cat >expect <<-\EOF &&
	deploy ecs dev/api/api M:dev/api/api_svcdef.json
	deploy ecs dev/web/web M:dev/web/web_svcdef.json
	EOF
	plan_lines >actual &&
	test_cmp expect actual
'

test_expect_success 'unrelated histories are compared tree to tree, and the plan says so' '
	processed &&
	git -C work checkout -q --orphan fresh &&
	git -C work rm -q -r --cached fn &&
	rm -r work/fn &&
	commit_all fresh &&
	git -C work branch -q -f main &&
	git -C work checkout -q main &&
	cat >expect <<-\EOF &&
	delete lambda fn/hi D:fn/hi_lambdadef.json
	none lambda fn/hello D:fn/hello_lambdadepdef.json
	EOF
	plan_lines >actual &&
	sort expect >expect.sorted &&
	sort actual >actual.sorted &&
	test_cmp expect.sorted actual.sorted &&
	git -C work gitops plan >actual &&
	test_grep "unrelated histories" actual
'

test_expect_success 'a range, and a branch of its own' '
	git -C work reset -q --hard side &&
	echo "deploy ecs dev/web/web M:dev/web/web_svcdef.json" >expect &&
	plan_lines side^..side >actual &&
	test_cmp expect actual &&
	plan_lines side~.. >actual &&
	test_cmp expect actual &&
	git -C work update-ref refs/gitops/processed/side side^ &&
	plan_lines -b side >actual &&
	test_cmp expect actual
'

test_expect_success 'bad arguments are explained' '
	test_expect_code 128 git -C work gitops plan nonesuch 2>err &&
	test_grep "fatal: .*nonesuch" err &&
	test_expect_code 128 git -C work gitops plan -b nonesuch 2>err &&
	test_grep "there is no branch .nonesuch." err &&
	test_expect_code 128 git -C work gitops plan a...b 2>err &&
	test_grep "hint: write <old>..<new>" err &&
	test_expect_code 129 git -C work gitops plan a b 2>err &&
	test_expect_code 128 git -C / gitops plan 2>err &&
	test_grep "not in a git repository" err
'

test_expect_success 'names with odd characters do not reach the terminal' '
	processed &&
	mkdir -p "work/odd" &&
	printf "{}\n" >"work/odd/$(printf "a\033[2J\nb")_svcdef.json" &&
	commit_all odd &&
	git -C work gitops plan >actual &&
	test_grep ! "$(printf "\033")" actual &&
	test_line_count = 4 actual
'

test_done
