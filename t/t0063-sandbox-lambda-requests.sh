#!/bin/sh

test_description='the sandbox: requests of REST-JSON services, faults and rates'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-sandbox.sh

sandbox_python_tests test_lambda_requests

test_done
