#!/bin/sh

test_description='the sandbox: definitions, services, tasks and what they touch'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-sandbox.sh

sandbox_python_tests test_ecs

test_done
