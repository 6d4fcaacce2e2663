#!/bin/sh

test_description='the sandbox: load balancers and API Gateway in front of Lambda'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-sandbox.sh

sandbox_python_tests test_lambda_callers

test_done
