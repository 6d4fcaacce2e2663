# The ground every test script stands on: Debian's sharness, plus what this
# project needs. Sourced first, in t/:
#
#	test_description='what is shown here'
#	. ./test-lib.sh
#
# t/README says how to write tests.
#
# GITOPS_BUILD	the build directory under test, from the top of the tree or
#		absolute; "build" when unset.

TEST_DIRECTORY=$(cd "$(dirname "$0")" && pwd -P)
while test ! -e "$TEST_DIRECTORY/test-lib.sh"
do
	TEST_DIRECTORY=${TEST_DIRECTORY%/*}
done
GITOPS_SOURCE=${TEST_DIRECTORY%/*}
case "${GITOPS_BUILD:=build}" in
/*) ;;
*) GITOPS_BUILD=$GITOPS_SOURCE/$GITOPS_BUILD ;;
esac
GITOPS_VENV=$GITOPS_SOURCE/build/venv
export TEST_DIRECTORY GITOPS_SOURCE GITOPS_BUILD GITOPS_VENV

test -d "$GITOPS_BUILD" || {
	echo "Bail out! '$GITOPS_BUILD' is not there: run 'make' first"
	exit 1
}

# Nothing of the developer's own settings reaches a test: neither git's nor
# those of AWS, and least of all credentials.
unset_by_prefix () {
	for test_variable in $(env | sed -n "s/^\($1[A-Za-z0-9_]*\)=.*/\1/p")
	do
		unset "$test_variable"
	done
}
unset_by_prefix AWS_
unset_by_prefix GIT_
unset_by_prefix ECS_
unset XDG_CONFIG_HOME XDG_CACHE_HOME XDG_DATA_HOME XDG_STATE_HOME XDG_RUNTIME_DIR
unset SSH_AUTH_SOCK SSH_ASKPASS SSH_CONNECTION SSH_ORIGINAL_COMMAND CDPATH
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY no_proxy NO_PROXY
unset NO_COLOR CLICOLOR COLUMNS MAKEFLAGS MAKELEVEL

SHARNESS_TEST_EXTENSION=sh
# What tests leave behind stays with the build they were run for: two builds
# may be tested at the same time.
SHARNESS_TEST_DIRECTORY=$GITOPS_BUILD/trash
SHARNESS_TEST_SRCDIR=$TEST_DIRECTORY
SHARNESS_BUILD_DIRECTORY=$GITOPS_BUILD/bin
mkdir -p "$SHARNESS_TEST_DIRECTORY" || exit 1
chain_lint=t
. /usr/share/sharness/sharness.sh

# Not the repository that holds the test itself.
GIT_CEILING_DIRECTORIES=$SHARNESS_TEST_DIRECTORY
GIT_CONFIG_NOSYSTEM=1
GIT_TERMINAL_PROMPT=0
GIT_AUTHOR_NAME='A U Thor'
GIT_AUTHOR_EMAIL=author@example.com
GIT_COMMITTER_NAME='C O Mitter'
GIT_COMMITTER_EMAIL=committer@example.com
export GIT_CEILING_DIRECTORIES GIT_CONFIG_NOSYSTEM GIT_TERMINAL_PROMPT GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL
export GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL
# Looked for by the credential chain and answered by nobody: a test that
# forgets its keys must fail at once, not ask the network for them.
AWS_EC2_METADATA_DISABLED=true
AWS_CONFIG_FILE=$HOME/.aws/config
AWS_SHARED_CREDENTIALS_FILE=$HOME/.aws/credentials
export AWS_EC2_METADATA_DISABLED AWS_CONFIG_FILE AWS_SHARED_CREDENTIALS_FILE
# HOME is a directory of this test.
cat >"$HOME/.gitconfig" <<-\GITCONFIG
	[init]
		defaultBranch = main
	[advice]
		detachedHead = false
	[gc]
		auto = 0
	[maintenance]
		auto = false
	[safe]
		directory = *
GITCONFIG

SQ=\'
TAB='	'

# Reports of the sanitizers go to files: a hook's or a background worker's
# counts too, and one on stderr might look like an expected failure.
SANITIZER_LOGS=$SHARNESS_TRASH_DIRECTORY.sanitizer
rm -rf "$SANITIZER_LOGS" && mkdir -p "$SANITIZER_LOGS" || exit 1
ASAN_OPTIONS=abort_on_error=1:detect_leaks=1:allocator_may_return_null=0
ASAN_OPTIONS=$ASAN_OPTIONS:log_path="'$SANITIZER_LOGS/asan'"
UBSAN_OPTIONS=halt_on_error=1:abort_on_error=1:print_stacktrace=1
UBSAN_OPTIONS=$UBSAN_OPTIONS:log_path="'$SANITIZER_LOGS/ubsan'"
export ASAN_OPTIONS UBSAN_OPTIONS

# What a test prints is shown when it fails, for all of it with -v.
TEST_OUTPUT=
if test "$verbose" != t
then
	TEST_OUTPUT=$SHARNESS_TRASH_DIRECTORY.out
	exec 3>>"$TEST_OUTPUT" 4>&3
fi

# As sharness's, but a report that came up meanwhile fails the test, and a
# failed one shows what it has printed.
test_run_ () {
	test_cleanup=:
	test -z "$TEST_OUTPUT" || : >"$TEST_OUTPUT"
	expecting_failure=$2
	test_eval_ "$1"
	eval_ret=$?

	if test "$chain_lint" = t
	then
		test_eval_ "(exit 117) && $1"
		test "$?" = 117 || error "bug in the test script: broken &&-chain: $1"
	fi
	if test -z "$immediate" || test "$eval_ret" = 0 || test -n "$expecting_failure"
	then
		test_eval_ "$test_cleanup"
	fi
	sanitizer_reports || eval_ret=1
	if test "$eval_ret" != 0 && test -n "$TEST_OUTPUT"
	then
		echo "# $this_test.$test_count printed at last:" >&2
		tail -n 40 "$TEST_OUTPUT" | sed "s/^/#     /" >&2
	fi
	return "$eval_ret"
}

sanitizer_reports () {
	test -n "$(ls "$SANITIZER_LOGS" 2>/dev/null)" || return 0
	sed "s/^/# /" "$SANITIZER_LOGS"/* >&5
	rm -f "$SANITIZER_LOGS"/*
	return 1
}

# test_atexit <command>: run when the script ends in whatever way, last
# added first. Servers are stopped by this.
test_atexit_commands=:
test_atexit () {
	test_atexit_commands="$*; $test_atexit_commands"
}

die () {
	code=$?
	trap - EXIT
	cd "$TEST_DIRECTORY" || code=1
	eval "$test_atexit_commands" >&3 2>&4
	if ! sanitizer_reports
	then
		echo "FATAL: a sanitizer report after the last test, see above" >&5
		code=1
	fi
	rm -rf "$SANITIZER_LOGS" "$SHARNESS_TRASH_DIRECTORY.out"
	if test -z "$EXIT_OK"
	then
		echo "FATAL: Unexpected exit with code $code" >&5
		code=1
	fi
	exit "$code"
}
trap 'exit 130' INT
trap 'exit 143' TERM

. "$TEST_DIRECTORY"/test-lib-functions.sh
