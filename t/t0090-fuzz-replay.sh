#!/bin/sh

test_description='the corpora of the fuzzers pass'

. ./test-lib.sh

# Every fuzzer has a corpus, every corpus a fuzzer.
for source in "$GITOPS_SOURCE"/t/fuzz/fuzz-*.c
do
	name=${source##*/fuzz-}
	name=${name%.c}
	export name
	test_expect_success "$name" '
		"$GITOPS_BUILD/replay/fuzz-$name" "$GITOPS_SOURCE/t/fuzz/corpus/$name"/* >out &&
		grep "files replayed" out
	'
done

test_expect_success 'no corpus is without its fuzzer' '
	for corpus in "$GITOPS_SOURCE"/t/fuzz/corpus/*
	do
		test -f "$GITOPS_SOURCE/t/fuzz/fuzz-${corpus##*/}.c" || return 1
	done
'

test_done
