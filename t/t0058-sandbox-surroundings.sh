#!/bin/sh

test_description='the sandbox: single tasks, logs, images and autoscaling'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-sandbox.sh

sandbox_python_tests test_surroundings

test_done
