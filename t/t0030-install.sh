#!/bin/sh

test_description='what is installed works, and all of it can be removed'

. ./test-lib.sh

# The build of the one who runs this, with the settings it was made with.
make_tree () {
	eval "make -s -C \"\$GITOPS_SOURCE\" $GITOPS_MAKEOVERRIDES \"\$@\""
}

test_expect_success 'make install' '
	make_tree install DESTDIR="$PWD/dest" prefix=/opt/gitops &&
	test_path_is_file dest/opt/gitops/bin/git-gitops &&
	test_path_is_file dest/opt/gitops/share/man/man1/git-gitops.1 &&
	test_path_is_file dest/opt/gitops/share/man/man5/gitops-artifacts.5 &&
	test_path_is_file dest/opt/gitops/share/git-gitops/demo/run &&
	test_path_is_file dest/opt/gitops/share/git-gitops/sandbox/gitops-sandbox &&
	test_path_is_file dest/opt/gitops/share/bash-completion/completions/git-gitops &&
	test_path_is_file dest/opt/gitops/share/zsh/site-functions/_git-gitops
'

test_expect_success 'nothing lands outside of the prefix' '
	find dest -type f ! -path "dest/opt/gitops/*" >actual &&
	test_must_be_empty actual
'

test_expect_success 'the installed command runs as a git command' '
	PATH="$PWD/dest/opt/gitops/bin:/usr/bin:/bin" git gitops version >actual &&
	git gitops version >expect &&
	test_cmp expect actual
'

test_expect_success 'its pages are found by man' '
	PATH="$PWD/dest/opt/gitops/bin:/usr/bin:/bin" man -w git-gitops >actual &&
	test_grep "dest/opt/gitops/share/man" actual
'

test_expect_success 'the demo runs from where it was installed' '
	PATH=/usr/bin:/bin DEMO_DIRECTORY="$PWD/demo" \
	GITOPS_SANDBOX_PYTHON="$GITOPS_VENV/bin/python" \
		dest/opt/gitops/share/git-gitops/demo/run >out 2>&1 </dev/null &&
	test_grep "deleted in" out &&
	test_path_is_missing demo
'

test_expect_success 'make uninstall leaves nothing' '
	make_tree uninstall DESTDIR="$PWD/dest" prefix=/opt/gitops &&
	find dest -type f >actual &&
	test_must_be_empty actual
'

test_expect_success 'files of others stay' '
	test_write dest/opt/gitops/bin/other </dev/null &&
	make_tree install DESTDIR="$PWD/dest" prefix=/opt/gitops &&
	make_tree uninstall DESTDIR="$PWD/dest" prefix=/opt/gitops &&
	find dest -type f >actual &&
	echo dest/opt/gitops/bin/other >expect &&
	test_cmp expect actual
'

test_done
