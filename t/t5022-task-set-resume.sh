#!/bin/sh

test_description='task sets: a worker may die at any point, and what is left is what was wanted'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-deploy.sh

# Here UpdateService starts nothing.
DEPLOY_ONCE="RegisterTaskDefinition|CreateService|CreateTaskSet"

nothing () {
	fresh && cp start/* .
}

one_task_set () {
	nothing && deploy >/dev/null && task_sets >/dev/null
}

test_expect_success 'creating a service' '
	deploy_start &&
	svcdef ".deploymentController.type = \"EXTERNAL\"" &&
	depdef ".stabilityCheck = {pollInterval: 0.15, timeout: 10}" &&
	mkdir start && cp svc.json td.json dep.json start/ &&
	sweep nothing >points && cat points &&
	cat >expect <<-\EOF &&
	PRIMARY 100% 2/2 web:1
	us-east-1 demo/web ACTIVE 2/2 web:1 -
	      1 ecs.CreateService 200
	      1 ecs.CreateTaskSet 200
	      1 ecs.RegisterTaskDefinition 200
	EOF
	test_cmp expect actual.state
'

test_expect_success 'updating it, its count too' '
	more () {
		one_task_set && svcdef ".deploymentController.type = \"EXTERNAL\" | .desiredCount = 3"
	} &&
	sweep more >points && cat points &&
	test_grep "^PRIMARY 100% 3/3 web:2" actual.state
'

test_expect_success 'going back from a revision that crashes' '
	crash () {
		one_task_set &&
		behave "{\"match\": {\"image\": \"^crash\"}, \"exit_after\": 0.02, \"exit_code\": 1}" &&
		taskdef crash:1 &&
		svcdef ".deploymentController.type = \"EXTERNAL\" | .desiredCount = 3" &&
		depdef ".gmDeploymentCircuitBreaker = {failureThreshold: 1} |
			.stabilityCheck = {pollInterval: 0.15, timeout: 10}"
	} &&
	sweep crash >points && cat points &&
	test_grep "^PRIMARY 100% 2/2 web:1" actual.state
'

test_expect_success 'deleting it' '
	sweep one_task_set --delete >points && cat points &&
	test_grep "INACTIVE 0/0" actual.state
'

test_expect_success 'replacing a service of another controller' '
	other () {
		nothing && svcdef && deploy >/dev/null && cp start/svc.json . &&
		depdef ".replaceService = true | .stabilityCheck = {pollInterval: 0.15, timeout: 10}"
	} &&
	sweep other >points && cat points &&
	test_grep "^PRIMARY 100% 2/2 web:2" actual.state
'

test_expect_success 'AWS was asked for nothing that it would not understand' '
	sandbox_no_invalid_calls
'

test_done
