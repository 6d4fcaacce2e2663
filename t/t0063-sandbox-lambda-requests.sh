#!/bin/sh

test_description='the sandbox: requests of REST-JSON services, faults, rates, and functions in shell tests'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-sandbox.sh

sandbox_python_tests test_lambda_requests

test_expect_success 'shell tests see functions, weights and holes' '
	sandbox_start &&
	sandbox_ctl seed "{\"functions\": {\"hello\": {\"versions\": 2, \"aliases\": {\"live\": \"2\"}}}}" &&
	sandbox_functions >actual &&
	echo "us-east-1 hello Active/Successful versions=1,2 live=2:1" >expect &&
	test_cmp expect actual &&
	sandbox_wait "{\"function\": {\"name\": \"hello\", \"aliases\": {\"live\": {\"2\": 1.0}}}}" &&
	sandbox_traffic >actual &&
	test_grep "hello:live CreateAlias 2=100" actual &&
	sandbox_no_holes hello:live
'

test_expect_success 'an alias of a version that fails is a hole' '
	sandbox_ctl lambda "{\"set\": {\"function\": \"hello\", \"version\": \"2\", \"state\": \"Failed\"}}" &&
	test_must_fail sandbox_no_holes >actual &&
	test_grep "hello:live 2 100% version 2 is Failed" actual &&
	sandbox_no_holes lb:80/default
'

test_done
