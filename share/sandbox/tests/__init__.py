"""Tests of the sandbox, run by t/t005?-sandbox-*.sh through tap.py."""
