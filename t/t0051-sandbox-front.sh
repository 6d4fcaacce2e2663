#!/bin/sh
# share/sandbox/tests/test_front.py, as TAP

cd "$(dirname "$0")"/../share/sandbox || exit 1
exec "${GITOPS_SANDBOX_PYTHON:-../../build/venv/bin/python}" -m tests.tap tests.test_front
