#!/bin/sh

test_description='the matrix of failures: capacity, addresses, storms, credentials, deletion'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-deploy.sh
. "$TEST_DIRECTORY"/lib-native.sh
. "$TEST_DIRECTORY"/lib-matrix.sh

test_expect_success 'setup' '
	deploy_start
'

matrix_accidents rolling
matrix_accidents task-sets
matrix_accidents traffic

test_expect_success 'AWS was asked for nothing that it would not understand' '
	sandbox_no_invalid_calls
'

test_done
