#!/bin/sh

test_description='the sandbox: functions of Lambda, their states and versions'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-sandbox.sh

sandbox_python_tests test_lambda

test_done
