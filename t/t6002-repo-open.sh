#!/bin/sh

test_description='whose repository is opened, and what opening costs'

. ./test-lib.sh

# libgit2 1.5 leaks what git_regexp_match() allocates where nothing matches,
# and looks by that for the extensions of a repository of format 1. Its frames
# are seen only by the slow unwinder.
ASAN_OPTIONS=$ASAN_OPTIONS:fast_unwind_on_malloc=0
LSAN_OPTIONS="suppressions='$PWD/lsan-suppressions':print_suppressions=0"
export LSAN_OPTIONS
echo "leak:libgit2.so" >lsan-suppressions

test_expect_success 'setup' '
	git init -q work && git -C work commit -q --allow-empty -m one &&
	git clone -q --bare work bare.git &&
	sed "/safe/,+1d" "$HOME/.gitconfig" >plain && cp plain "$HOME/.gitconfig"
'

# Opened in <dir> as if it belonged to somebody else; compared with git.
foreign () {
	(
		cd "$1" && shift &&
		GIT_TEST_ASSUME_DIFFERENT_OWNER=1 &&
		export GIT_TEST_ASSUME_DIFFERENT_OWNER &&
		"$@"
	)
}

opens () {
	foreign "$1" git status -s -uno --no-renames 2>git.err || foreign "$1" git rev-parse 2>git.err
	git_status=$?
	foreign "$1" test-tool repo open >out 2>err
	our_status=$?
	test "$git_status,$our_status" = "$2,$2"
}

test_expect_success 'the repository of another user is refused, with what to do' '
	opens bare.git 128 &&
	cat >expect <<-EOF &&
	fatal: the repository ${SQ}$PWD/bare.git${SQ} belongs to another user
	hint: if you trust it: git config --global --add safe.directory ${SQ}$PWD/bare.git${SQ}
	EOF
	test_cmp expect err &&
	opens work 128 &&
	test_grep "safe.directory ${SQ}$PWD/work${SQ}" err
'

test_expect_success 'safe.directory allows it by name, by asterisk, by -c, and takes it back' '
	git config --global safe.directory "$PWD/bare.git" &&
	opens bare.git 0 && opens work 128 &&
	git config --global --add safe.directory "*" &&
	opens bare.git 0 && opens work 0 &&
	git config --global --add safe.directory "" &&
	opens bare.git 128 && opens work 128 &&
	git config --global --unset-all safe.directory &&
	foreign work git -c safe.directory="*" -c alias.x="!test-tool repo open" x
'

test_expect_success 'the repository can not allow itself' '
	git -C work config safe.directory "*" &&
	foreign work test_must_fail test-tool repo open
'

test_expect_success 'who names it in GIT_DIR trusts it, as hooks do' '
	GIT_DIR=. && export GIT_DIR &&
	foreign bare.git test-tool repo open &&
	unset GIT_DIR
'

test_expect_success 'clones of all kinds and linked work trees are opened' '
	git -C work config uploadpack.allowFilter true &&
	echo x >work/file && git -C work add file && git -C work commit -qm two &&
	git clone -q --filter=blob:none --no-checkout "file://$PWD/work" partial &&
	test_must_fail git -C partial -c alias.x="!test-tool repo cat HEAD file" x 2>err &&
	blob=$(git -C work rev-parse HEAD:file) &&
	cat >expect <<-EOF &&
	fatal: cannot read ${SQ}file${SQ}: the blob ${SQ}$blob${SQ} is missing
	hint: this is a partial clone: ${SQ}git cat-file -p $blob${SQ} fetches it
	EOF
	test_cmp expect err &&
	git -C work sparse-checkout set nothing &&
	git -C work worktree add -q ../linked &&
	printf "%s\n" "$PWD/work/.git" "$PWD/linked" >expect &&
	(cd linked && test-tool repo open) >actual &&
	test_cmp expect actual
'

test_expect_success 'a repository with SHA-256 names is refused by that name' '
	git init -q --object-format=sha256 sha256 &&
	(cd sha256 && test_must_fail test-tool repo open) 2>err &&
	test_grep "hint: repositories with SHA-256 object names are not supported" err
'

# Where libgit2 is built on mbedTLS, it calls this on every start.
test_expect_success 'no certificates are parsed at the start' '
	nm -D "$(ldd "$GITOPS_BUILD/bin/test-tool" | sed -n "s/.*libgit2.* => \([^ ]*\) .*/\1/p")" >symbols &&
	test -s symbols &&
	if grep " U mbedtls_x509_crt_parse_file" symbols
	then
		for program in "$GITOPS_BUILD"/bin/test-tool "$GITOPS_BUILD"/bin/git-gitops \
			"$GITOPS_BUILD"/libexec/git-gitops/pre-receive
		do
			nm -D "$program" | grep " T mbedtls_x509_crt_parse_file" || return
		done
	fi
'

test_done
