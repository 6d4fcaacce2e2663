#!/bin/sh

test_description='the sandbox: load balancers and their traffic'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-sandbox.sh

sandbox_python_tests test_balancers

test_done
