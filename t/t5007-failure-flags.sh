#!/bin/sh

test_description='what is left of a failed deployment is what the settings say'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-deploy.sh
. "$TEST_DIRECTORY"/lib-native.sh
. "$TEST_DIRECTORY"/lib-matrix.sh

MISSING="{\"match\": {\"image\": \"^bad\"}, \"pull_error\": \"failed to resolve ref bad:1: not found\"}"

# left <strategy>: the new revision is still there, without traffic; the old one serves
left () {
	case "$1" in
	task-sets | traffic)
		task_sets >actual && sed "s/ blue$//; s/ green$//" actual >sets &&
		printf "%s\n" "ACTIVE 100% 0/2 web:2" "PRIMARY 100% 2/2 web:1" >expect && test_cmp expect sets &&
		sandbox_no_holes
		;;
	*)
		control "$SANDBOX_URL/_sandbox/services" &&
		jq -r ".[0].deployments[] | \"\(.status) \(.taskDefinition | sub(\".*/\"; \"\"))\"" .control >actual &&
		printf "%s\n" "PRIMARY web:2" "ACTIVE web:1" >expect && test_cmp expect actual &&
		test "$(jq ".[0].runningCount" .control)" -ge 2
		;;
	esac
}

# With more failures allowed than it takes to be without hope.
LENIENT=".gmDeploymentCircuitBreaker = {failureThreshold: 50, rollback: false}"

# flags <filter of the settings> <left|back> <strategy>...
flags () {
	filter=$1 want=$2 && shift 2 &&
	for strategy
	do
		matrix_good $strategy && matrix_settings $strategy "$filter" &&
		behave "$MISSING" && balanced_image bad:1 && rm -f journal &&
		test_expect_code 1 deploy --journal=journal >out &&
		matrix_failed image-missing "not found" &&
		if test $want = left
		then
			left $strategy
		else
			matrix_old_serves $strategy
		fi || { echo "$strategy: $filter" && cat out && return 1; }
	done
}

test_expect_success 'setup' '
	deploy_start
'

ALL="task-sets traffic BLUE_GREEN LINEAR CANARY"
BREAKER=".gmDeploymentCircuitBreaker = {failureThreshold: 1, rollback: false}"

test_expect_success 'deleteNewUponFailure false keeps what did not become stable, true does not' '
	flags ".deleteNewUponFailure = false" left $ALL &&
	flags ".deleteNewUponFailure = true" back $ALL
'

test_expect_success 'rollback of the breaker false keeps it, true does not' '
	flags "$BREAKER" left rolling $ALL &&
	flags "$LENIENT" left rolling traffic CANARY &&
	flags ".gmDeploymentCircuitBreaker = {failureThreshold: 1}" back rolling traffic CANARY
'

test_expect_success 'a rolling update goes back only where the breaker is to: ECS keeps trying' '
	flags "del(.gmDeploymentCircuitBreaker)" left rolling &&
	test_grep "^hint: .*set .gmDeploymentCircuitBreaker. in the deployment settings to go back by itself" out
'

test_expect_success 'what was kept is mended by the next deployment' '
	for strategy in rolling traffic BLUE_GREEN
	do
		flags "$BREAKER" left $strategy &&
		balanced_image good:2 && deploy >out &&
		sandbox_wait "{\"service\": {\"name\": \"web\", \"running\": 2, \"pending\": 0}}" >/dev/null &&
		sandbox_services >actual && test_grep "ACTIVE 2/2 web:3" actual || return
	done
'

test_expect_success 'AWS was asked for nothing that it would not understand' '
	sandbox_no_invalid_calls
'

test_done
