#!/bin/sh

test_description='the sandbox: the front end checks each request'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-sandbox.sh

sandbox_python_tests test_front

test_done
