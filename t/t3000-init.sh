#!/bin/sh

test_description='git gitops init makes a repository a server, and takes it back'

. ./test-lib.sh

snapshot () {
	(cd "$1" && find . -type f -o -type l | sort | xargs sha256sum && find . | sort | xargs stat -c "%n %a")
}

test_expect_success 'setup: a bare and a non-bare repository' '
	git init -q --bare bare.git &&
	git init -q plain &&
	snapshot bare.git >bare.before &&
	snapshot plain >plain.before
'

test_expect_success 'init says what it did and what to do next' '
	git gitops init bare.git >out &&
	sed "/^next/,\$d" out >actual &&
	cat >expect <<-\EOF &&
	made the spool ${SQ}gitops/spool${SQ}
	set receive.advertisePushOptions = true
	set receive.procReceiveRefs = refs/gitops/deploy
	set receive.hideRefs = refs/gitops/hold
	set receive.hideRefs = refs/gitops/live
	set receive.hideRefs = refs/gitops/notes
	set receive.hideRefs = refs/gitops/processed
	set receive.hideRefs = refs/notes/gitops
	set gitops.branch = main
	set gitops.branch = master
	installed the post-receive hook
	installed the proc-receive hook
	installed the pre-receive hook

	EOF
	sed "s/\${SQ}/$SQ/g" expect >expect.quoted &&
	test_cmp expect.quoted actual &&
	test_grep "^next, on this server:" out &&
	test_grep "http.receivepack" out
'

test_expect_success 'init again changes nothing and says so' '
	snapshot bare.git >before &&
	git gitops init bare.git >actual &&
	echo "nothing to do: $SQ$PWD/bare.git$SQ is set up already" >expect &&
	test_cmp expect actual &&
	snapshot bare.git >after &&
	test_cmp before after
'

test_expect_success 'a further branch is added to those that deploy' '
	git gitops init -b dev --branch "release/*" bare.git &&
	git -C bare.git config --get-all gitops.branch >actual &&
	printf "%s\n" main master dev "release/*" >expect &&
	test_cmp expect actual
'

test_expect_success '--uninstall takes everything back, to the byte' '
	git gitops init --uninstall bare.git >out &&
	snapshot bare.git >after &&
	test_cmp bare.before after &&
	test_grep "put back the settings as they were" out
'

test_expect_success '--uninstall again changes nothing and says so' '
	git gitops init --uninstall bare.git >out &&
	test_grep "^nothing to do: .* has nothing of ours" out &&
	snapshot bare.git >after &&
	test_cmp bare.before after
'

test_expect_success 'a non-bare repository is set up from within, and taken back' '
	mkdir -p plain/sub &&
	(cd plain/sub && git gitops init >/dev/null) &&
	test_path_is_file plain/.git/hooks/pre-receive &&
	test_path_is_dir plain/.git/gitops/spool/new &&
	git gitops init --uninstall plain >/dev/null &&
	rmdir plain/sub &&
	snapshot plain >after &&
	test_cmp plain.before after
'

test_expect_success 'settings that others made meanwhile stay, ours go' '
	test_when_finished "rm -rf other.git" &&
	git init -q --bare other.git &&
	git -C other.git config receive.advertisePushOptions false &&
	git -C other.git config receive.hideRefs refs/secret &&
	cp other.git/config config.before &&
	git gitops init other.git >/dev/null &&
	test "$(git -C other.git config receive.advertisePushOptions)" = true &&
	git -C other.git config foo.bar yes &&
	git gitops init --uninstall other.git >/dev/null &&
	test "$(git -C other.git config receive.advertisePushOptions)" = false &&
	test "$(git -C other.git config --get-all receive.hideRefs)" = refs/secret &&
	test "$(git -C other.git config foo.bar)" = yes &&
	test_must_fail git -C other.git config receive.procReceiveRefs &&
	test_must_fail git -C other.git config gitops.branch
'

test_expect_success 'settings that were right before are not ours to take back' '
	test_when_finished "rm -rf other.git" &&
	git init -q --bare other.git &&
	git -C other.git config receive.advertisePushOptions yes &&
	git -C other.git config gitops.branch trunk &&
	cp other.git/config config.before &&
	git gitops init other.git >out &&
	test_grep ! advertisePushOptions out &&
	test_grep ! gitops.branch out &&
	git gitops init --uninstall other.git >/dev/null &&
	test_cmp config.before other.git/config
'

test_expect_success 'hooks that are there are kept, and put back' '
	test_when_finished "rm -rf other.git" &&
	git init -q --bare other.git &&
	printf "#!/bin/sh\ncat >>pre.log\n" >other.git/hooks/pre-receive &&
	chmod 750 other.git/hooks/pre-receive &&
	ln -s /bin/true other.git/hooks/post-receive &&
	snapshot other.git >before &&
	git gitops init other.git >out &&
	test_grep "installed the pre-receive hook; the one that was there runs first, as .pre-receive.gitops-chained" out &&
	test -x other.git/hooks/pre-receive.gitops-chained &&
	test_path_is_file other.git/hooks/post-receive.gitops-chained &&
	git gitops init other.git >out &&
	test_grep "^nothing to do" out &&
	git gitops init --uninstall other.git &&
	snapshot other.git >after &&
	test_cmp before after
'

test_expect_success 'a hook that would have to be overwritten stops it' '
	test_when_finished "rm -rf other.git" &&
	git init -q --bare other.git &&
	echo one >other.git/hooks/pre-receive &&
	echo two >other.git/hooks/pre-receive.gitops-chained &&
	test_expect_code 128 git gitops init other.git 2>err &&
	test_grep "cannot keep .*pre-receive. as .*: that exists" err &&
	test_grep "^hint: " err &&
	test "$(cat other.git/hooks/pre-receive)" = one &&
	test "$(cat other.git/hooks/pre-receive.gitops-chained)" = two
'

test_expect_success 'a proc-receive hook of others is left alone' '
	test_when_finished "rm -rf other.git" &&
	git init -q --bare other.git &&
	echo theirs >other.git/hooks/proc-receive &&
	git gitops init other.git >out &&
	test_grep "note: there is a proc-receive hook of someone else" out &&
	test "$(cat other.git/hooks/proc-receive)" = theirs
'

test_expect_success 'core.hooksPath of the repository is respected' '
	test_when_finished "rm -rf other.git" &&
	git init -q --bare other.git &&
	git -C other.git config core.hooksPath my-hooks &&
	git gitops init other.git &&
	test_path_is_file other.git/my-hooks/pre-receive &&
	test_path_is_missing other.git/hooks/pre-receive &&
	git gitops init --uninstall other.git &&
	test_path_is_missing other.git/my-hooks/pre-receive
'

test_expect_success 'core.hooksPath for all repositories is refused, with a way out' '
	test_when_finished "rm -rf other.git" &&
	git init -q --bare other.git &&
	git config --global core.hooksPath "$PWD/all-hooks" &&
	test_when_finished "git config --global --unset core.hooksPath" &&
	snapshot other.git >before &&
	test_expect_code 128 git gitops init other.git 2>err &&
	test_grep "sends the hooks of all repositories to .*all-hooks" err &&
	test_grep "^hint: give this one its own: git --git-dir .* config core.hooksPath" err &&
	snapshot other.git >after &&
	test_cmp before after &&
	test_path_is_missing all-hooks
'

test_expect_success 'the spool has the permissions that core.sharedRepository asks for' '
	test_when_finished "rm -rf other.git" &&
	git init -q --bare --shared=group other.git &&
	(umask 077 && git gitops init other.git >/dev/null) &&
	test "$(stat -c %a other.git/gitops/spool/new)" = 2770 &&
	git -C other.git config core.sharedRepository 0640 &&
	git gitops init other.git >/dev/null &&
	test "$(stat -c %a other.git/gitops/spool/new)" = 2750
'

test_expect_success '--uninstall keeps a spool that has jobs in it' '
	test_when_finished "rm -rf other.git" &&
	git init -q --bare other.git &&
	git gitops init other.git >/dev/null &&
	echo x >other.git/gitops/spool/failed/y &&
	git gitops init --uninstall other.git >out &&
	test_grep "^note: kept .*spool.: there are jobs in it" out &&
	test_path_is_file other.git/gitops/spool/failed/y
'

test_expect_success 'a directory that is no repository is named' '
	mkdir empty &&
	test_expect_code 128 git gitops init empty 2>err &&
	test_grep "^fatal: .*empty" err
'

test_expect_success 'a read-only repository is named, and nothing is half done' '
	test_when_finished "chmod -R u+w ro.git && rm -rf ro.git" &&
	git init -q --bare ro.git &&
	: >ro.git/gitops &&
	snapshot ro.git >before &&
	test_expect_code 128 git gitops init ro.git 2>err &&
	test_grep "^fatal: cannot create directory .*ro.git/gitops.: Not a directory" err &&
	snapshot ro.git >after &&
	test_cmp before after
'

test_expect_success 'misuse is told' '
	test_expect_code 129 git gitops init a b 2>err &&
	test_grep "too many arguments" err &&
	test_expect_code 129 git gitops init --uninstall -b x 2>err &&
	test_grep "takes no branches" err
'

test_expect_success 'once there is a branch, HEAD alone says which one deploys' '
	git init -q --bare -b main born.git &&
	git -C born.git update-ref refs/heads/main "$(git -C born.git commit-tree -m x \
		"$(git -C born.git hash-object -t tree -w /dev/null)")" &&
	git gitops init born.git &&
	git -C born.git config --get-all gitops.branch >actual &&
	echo main >expect &&
	test_cmp expect actual
'

test_done
