#!/bin/sh

test_description='git gitops capacity moves tasks between the two task sets of a service'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-deploy.sh

# providers: how many tasks run where
providers () {
	task_sets >.ignored &&
	jq -r ".[].taskSets[] | .capacityProviderStrategy[0].capacityProvider + \" \" +
		(.runningCount | tostring) + \" \" + (.scale.value | tostring)" .control | sort
}

test_expect_success 'setup: five tasks, of which Spot takes two' '
	deploy_start &&
	sandbox_ctl capacity "{\"FARGATE_SPOT\": 2}" >/dev/null &&
	svcdef "del(.launchType) | .deploymentController.type = \"EXTERNAL\" | .desiredCount = 5 |
		.capacityProviderStrategy = [{capacityProvider: \"FARGATE_SPOT\", weight: 1}]" &&
	depdef ".stabilityCheck = {pollInterval: 1, timeout: 2} |
		.fallbackCapacityProviderStrategy = [{capacityProvider: \"FARGATE\", weight: 1}]" &&
	git init -q repo &&
	git -C repo config gitops.branch main &&
	mkdir -p repo/dev &&
	mv svc.json repo/dev/web_svcdef.json &&
	mv td.json repo/dev/web_taskdef.json &&
	mv dep.json repo/dev/web_depdef.json &&
	git -C repo add . &&
	git -C repo commit -q -m "a service" &&
	git -C repo gitops deploy --local >out &&
	providers >actual &&
	cat >expect <<-\EOF &&
	FARGATE 3 60
	FARGATE_SPOT 2 40
	EOF
	test_cmp expect actual
'

test_expect_success 'numbers that are not its tasks are refused' '
	test_expect_code 128 git -C repo gitops capacity --primary=5 --fallback=1 dev/web 2>err &&
	test_grep "service ${SQ}web${SQ} is to have 5 tasks, not 5 and 1" err &&
	test_expect_code 129 git -C repo gitops capacity --primary=5 dev/web 2>err &&
	sandbox_calls op=UpdateTaskSet >calls &&
	test_line_count = 1 calls
'

test_expect_success 'what finds no room is set back' '
	test_expect_code 128 git -C repo gitops capacity --primary=5 --fallback=0 dev/web >out 2>err &&
	test_grep "only 2 of 5 tasks run in time; nothing was moved" err &&
	providers >actual &&
	test_cmp expect actual
'

test_expect_success 'with room it moves, and never are there fewer tasks than wanted' '
	sandbox_ctl capacity "{\"FARGATE_SPOT\": null}" >/dev/null &&
	git -C repo gitops capacity --primary=5 --fallback=0 dev/web >out &&
	test_grep "grows to 5 tasks" out &&
	test_grep "shrinks to 0 tasks" out &&
	sandbox_wait "{\"service\": {\"name\": \"web\", \"running\": 5}}" >/dev/null &&
	providers >actual &&
	cat >expect <<-\EOF &&
	FARGATE 0 0
	FARGATE_SPOT 5 100
	EOF
	test_cmp expect actual &&
	sandbox_ctl "calls?op=UpdateTaskSet" | jq -r ".[-2:][].params.scale.value" >actual &&
	printf "%s\n" 100 0 >expect &&
	test_cmp expect actual
'

test_expect_success 'and back' '
	git -C repo gitops capacity --primary=1 --fallback=4 dev/web >out &&
	sandbox_wait "{\"service\": {\"name\": \"web\", \"running\": 5}}" >/dev/null &&
	providers >actual &&
	cat >expect <<-\EOF &&
	FARGATE 4 80
	FARGATE_SPOT 1 20
	EOF
	test_cmp expect actual &&
	git -C repo gitops capacity --primary=1 --fallback=4 dev/web >out &&
	test_grep "nothing to move: 1 and 4 already" out
'

test_expect_success 'the next deployment replaces both, and there is nothing to move' '
	jq ".cpu = \"512\" | .memory = \"1024\"" repo/dev/web_taskdef.json >new &&
	mv new repo/dev/web_taskdef.json &&
	git -C repo commit -q -a -m "larger" &&
	git -C repo gitops deploy --local >out &&
	providers >actual &&
	echo "FARGATE_SPOT 5 100" >expect &&
	test_cmp expect actual &&
	test_expect_code 128 git -C repo gitops capacity --primary=1 --fallback=4 dev/web 2>err &&
	test_grep "made no fallback task set" err
'

test_expect_success 'what was not deployed has no capacity' '
	test_expect_code 128 git -C repo gitops capacity --primary=1 --fallback=4 dev/nope 2>err &&
	test_grep "no service ${SQ}dev/nope${SQ} was deployed" err
'

test_expect_success 'AWS was asked for nothing that it would not understand' '
	sandbox_no_invalid_calls
'

test_done
