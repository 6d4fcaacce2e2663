#!/bin/sh

test_description='the sandbox: BLUE_GREEN, LINEAR and CANARY'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-sandbox.sh

sandbox_python_tests test_native

test_done
