#!/bin/sh
# share/sandbox/tests/test_ecs.py, as TAP

cd "$(dirname "$0")"/../share/sandbox || exit 1
exec "${GITOPS_SANDBOX_PYTHON:-../../build/venv/bin/python}" -m tests.tap tests.test_ecs
