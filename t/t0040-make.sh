#!/bin/sh

test_description='the Makefile builds what changed, and nothing else'

. ./test-lib.sh

# A tree of the same shape, so small that it builds in no time.
test_expect_success 'setup: a small tree' '
	mkdir tree &&
	cp "$GITOPS_SOURCE/Makefile" tree &&
	(
		cd tree &&
		test_write share/setup.sh <<-\EOF &&
		#!/bin/sh
		echo "$1" >>asked
		EOF
		chmod +x share/setup.sh &&
		test_write lib/base/base.h <<-\EOF &&
		int one(void);
		int two(void);
		EOF
		test_write lib/base/one.c <<-\EOF &&
		#include "base/base.h"
		int one(void) { return 1; }
		EOF
		test_write lib/base/two.c <<-\EOF &&
		#include "base/base.h"
		int two(void) { return 2; }
		EOF
		test_write git-gitops/main.c <<-\EOF &&
		#include "base/base.h"
		int main(void) { return one(); }
		EOF
		test_write hooks/pre-receive.c <git-gitops/main.c &&
		test_write t/helper/test-tool.c <git-gitops/main.c &&
		test_write t/unit/u-one.c <git-gitops/main.c
	)
'

make_tree () {
	make -C tree "$@" >out 2>&1 || {
		cat out
		return 1
	}
}

test_expect_success 'all programs are built, units when asked for' '
	make_tree &&
	test_expect_code 1 tree/build/bin/git-gitops &&
	test_path_is_file tree/build/bin/test-tool &&
	test_path_is_file tree/build/libexec/git-gitops/pre-receive &&
	test_path_is_missing tree/build/unit &&
	make_tree units &&
	test_path_is_file tree/build/unit/u-one
'

test_expect_success 'the set-up step ran once' '
	echo build >expect &&
	test_cmp expect tree/asked
'

test_expect_success 'nothing is done twice' '
	make_tree all units &&
	test_grep ! "CC\|LINK\|AR" out
'

test_expect_success 'a change is built, with what depends on it' '
	echo "int three(void);" >>tree/lib/base/base.h &&
	make_tree &&
	test_grep "CC .*lib/base/one.o" out &&
	test_grep "LINK bin/git-gitops" out
'

test_expect_success 'a new source is found' '
	echo "int three(void) { return 3; }" |
	cat tree/lib/base/base.h - >tree/lib/base/three.c &&
	make_tree &&
	test_grep "CC .*lib/base/three.o" out &&
	ar t tree/build/libgitops.a >members &&
	test_grep "three.o" members
'

test_expect_success 'a source that is gone is gone from the library' '
	rm tree/lib/base/two.c &&
	make_tree &&
	ar t tree/build/libgitops.a >members &&
	test_grep ! "two.o" members &&
	test_grep "one.o" members
'

test_expect_success 'other flags are another build, by the command line or config.mak' '
	make_tree CFLAGS=-O1 V=1 &&
	test_grep "cc .* -O1 .*one.c" out &&
	echo "CFLAGS = -O3" >tree/config.mak &&
	make_tree V=1 &&
	test_grep "cc .* -O3 .*one.c" out
'

test_expect_success 'warnings are errors' '
	echo "int four(void) { int unused; return 4; }" >tree/lib/base/four.c &&
	test_must_fail make -C tree >out 2>&1 &&
	test_grep "unused" out &&
	rm tree/lib/base/four.c
'

test_expect_success 'a sanitizer build stands beside the other one' '
	make_tree SANITIZE=address,undefined &&
	test_path_is_file tree/build-asan/bin/git-gitops &&
	nm tree/build-asan/bin/git-gitops >symbols &&
	test_grep "__asan_init" symbols &&
	nm tree/build/bin/git-gitops >symbols &&
	test_grep ! "__asan_init" symbols
'

test_expect_success 'clean removes all of it' '
	make_tree clean &&
	test_path_is_missing tree/build &&
	test_path_is_missing tree/build-asan
'

test_expect_success 'without what it needs, it stops and says what to do' '
	test_write tree/share/setup.sh <<-\EOF &&
	#!/bin/sh
	echo "error: needed, but not there. As root, run" >&2
	echo "    apt-get install something" >&2
	exit 1
	EOF
	test_must_fail make -C tree >out 2>&1 &&
	test_grep "apt-get install something" out &&
	test_grep ! "CC" out
'

test_done
