#!/bin/sh

test_description='starting the program

Hooks start with every push. The reference is git itself, which starts in
about a millisecond and which everybody is used to.'

. ./perf-lib.sh

git_ms=$(perf_ms 30 git --version) &&
our_ms=$(perf_ms 30 git-gitops --version) &&
perf_ratio 'start of git-gitops to start of git' "$our_ms" "$git_ms" 8

perf_done
