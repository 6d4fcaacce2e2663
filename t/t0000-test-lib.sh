#!/bin/sh

test_description='the test library keeps its promises'

. ./test-lib.sh

# run_script <name> <<\EOF: run the test script on stdin by itself.
run_script () {
	mkdir -p inner &&
	cp "$TEST_DIRECTORY"/test-lib*.sh inner &&
	cat >"inner/$1.sh" &&
	(
		cd inner &&
		GITOPS_BUILD=$PWD/build &&
		export GITOPS_BUILD &&
		mkdir -p build &&
		sh "./$1.sh" >"../$1.out" 2>&1
	)
}

test_expect_success 'HOME and the working directory are the trash directory' '
	test "$HOME" = "$SHARNESS_TRASH_DIRECTORY" &&
	test "$(pwd)" = "$SHARNESS_TRASH_DIRECTORY"
'

test_expect_success 'the repository around the tests is out of reach' '
	test_must_fail git rev-parse --git-dir
'

test_expect_success 'AWS and git settings of the caller do not reach a test' '
	AWS_ACCESS_KEY_ID=AKIACALLER AWS_PROFILE=caller GIT_DIR=/nowhere run_script env <<-\EOF &&
	test_description="environment"
	. ./test-lib.sh
	test_expect_success "clean" "
		test -z \"\$AWS_ACCESS_KEY_ID\$AWS_PROFILE\$GIT_DIR\"
	"
	test_done
	EOF
	test_grep "^ok 1 - clean" env.out
'

test_expect_success 'commits have the same names on every run' '
	git init -q one &&
	git init -q two &&
	(test_tick=1767225600 && test_commit -C one first) &&
	(test_tick=1767225600 && test_commit -C two first) &&
	git -C one rev-parse HEAD >expect &&
	git -C two rev-parse HEAD >actual &&
	test_cmp expect actual
'

test_expect_success 'a sanitizer report fails the test that expected a failure' '
	test_must_fail run_script leak <<-\EOF &&
	test_description="leak"
	. ./test-lib.sh
	test_expect_success "program" "
		echo \"int main(void) { volatile char *p = __builtin_malloc(4); p = 0; return 1; }\" >leak.c &&
		cc -fsanitize=address -o leak leak.c
	"
	test_expect_success "fails" "
		{ ./leak || :; }
	"
	test_expect_success "goes on" "
		:
	"
	test_done
	EOF
	test_grep "^not ok 2 - fails" leak.out &&
	test_grep "^ok 3 - goes on" leak.out &&
	test_grep "^# .*LeakSanitizer" leak.out
'

test_expect_success 'a report on undefined behaviour, from a build of ours, is one, too' '
	test_grep static-libubsan "$GITOPS_SOURCE/Makefile" &&
	test_must_fail run_script undefined <<-\EOF &&
	test_description="undefined"
	. ./test-lib.sh
	test_expect_success "program" "
		cat >shift.c <<-\\END &&
		int main(int argc, char **argv) { return argc + 31 << argc * 31; }
		END
		cc -fsanitize=address,undefined -fno-sanitize-recover=all \\
			-static-libasan -static-libubsan -o shift shift.c
	"
	test_expect_success "fails" "
		{ ./shift || :; }
	"
	test_done
	EOF
	test_grep "^not ok 2 - fails" undefined.out &&
	test_grep "^# .*runtime error: left shift" undefined.out
'

test_expect_success 'a broken &&-chain is refused' '
	test_must_fail run_script chain <<-\EOF &&
	test_description="chain"
	. ./test-lib.sh
	test_expect_success "broken" "
		false
		true
	"
	test_done
	EOF
	test_grep "broken &&-chain" chain.out
'

test_expect_success 'a failed test shows what it printed' '
	test_must_fail run_script output <<-\EOF &&
	test_description="output"
	. ./test-lib.sh
	test_expect_success "fine" "
		echo nothing to see
	"
	test_expect_success "fails" "
		echo what happened &&
		false
	"
	test_done
	EOF
	test_grep "^#     what happened" output.out &&
	test_grep ! "^#     nothing to see" output.out
'

test_expect_success 'servers are stopped when a script dies' '
	test_must_fail run_script atexit <<-\EOF &&
	test_description="atexit"
	. ./test-lib.sh
	test_atexit "touch \"$GITOPS_BUILD/stopped\""
	exit 1
	EOF
	test_path_is_file inner/build/stopped
'

test_expect_success 'wait_for gives up in time and says on what' '
	test_must_fail wait_for -t 1 test -e missing 2>err &&
	test_grep "not within 1 seconds: test -e missing" err
'

test_expect_success 'a free port can be listened on' '
	port=$(free_port) &&
	perl -MIO::Socket::INET -e "
		IO::Socket::INET->new(Listen => 1, LocalAddr => q(127.0.0.1), LocalPort => $port) or die
	"
'

test_done
