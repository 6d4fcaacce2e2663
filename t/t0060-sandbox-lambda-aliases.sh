#!/bin/sh

test_description='the sandbox: versions behind aliases of Lambda, and their weights'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-sandbox.sh

sandbox_python_tests test_lambda_aliases

test_done
