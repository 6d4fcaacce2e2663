#!/bin/sh

test_description='the sandbox: CloudWatch alarms'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-sandbox.sh

sandbox_python_tests test_alarms

test_done
