#!/bin/sh

test_description='the matrix of failures: the first deployment, with nothing to go back to'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-deploy.sh
. "$TEST_DIRECTORY"/lib-native.sh
. "$TEST_DIRECTORY"/lib-matrix.sh

# left <strategy>: what the manual says: the service, with task sets none of ours
left () {
	case "$1" in
	task-sets | traffic)
		task_sets >actual && test_must_be_empty actual &&
		sandbox_services >actual && test_grep "demo/web ACTIVE 0/2" actual
		;;
	*)
		test_grep "^rollback: service .web. is left as it is: there is nothing to go back to" out &&
		sandbox_services >actual && test_grep "demo/web ACTIVE 0/2 web:1" actual
		;;
	esac
}

test_expect_success 'setup' '
	deploy_start
'

for strategy in rolling task-sets traffic BLUE_GREEN LINEAR CANARY
do
	for fault in image-missing crash-at-once task-role
	do
		test_expect_success "$strategy: $fault; the next deployment mends it" '
			matrix_tasks | grep "^$fault	" >row &&
			IFS="	" read -r name category pattern behaviour <row &&
			matrix_service $strategy &&
			behave "$(echo "$behaviour" | jq ".match = {image: \"^bad\"}")" &&
			balanced_image bad:1 && rm -f journal &&
			test_expect_code 1 deploy --journal=journal >out &&
			matrix_failed "$category" "$pattern" &&
			left $strategy &&
			balanced_image good:2 &&
			{ deploy >next || { cat next && return 1; }; } &&
			sandbox_services >actual && test_grep "demo/web ACTIVE 2/2 web:2" actual
		'
	done
done

test_expect_success 'AWS was asked for nothing that it would not understand' '
	sandbox_no_invalid_calls
'

test_done
