#!/bin/sh

test_description='the sandbox: event source mappings of Lambda'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-sandbox.sh

sandbox_python_tests test_lambda_sources

test_done
