#!/bin/sh

test_description='the matrix of failures: rolling updates, tasks that fail'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-deploy.sh
. "$TEST_DIRECTORY"/lib-native.sh
. "$TEST_DIRECTORY"/lib-matrix.sh

test_expect_success 'setup' '
	deploy_start
'

matrix_at_tasks rolling 1 99

test_expect_success 'AWS was asked for nothing that it would not understand' '
	sandbox_no_invalid_calls
'

test_done
