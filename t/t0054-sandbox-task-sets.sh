#!/bin/sh

test_description='the sandbox: task sets of EXTERNAL services'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-sandbox.sh

sandbox_python_tests test_task_sets

test_done
