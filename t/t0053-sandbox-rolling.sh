#!/bin/sh

test_description='the sandbox: rolling deployments take time, fail and roll back'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-sandbox.sh

sandbox_python_tests test_rolling

test_done
