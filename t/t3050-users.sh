#!/bin/sh

test_description='a spool that several accounts share

Pushes come as one account, the worker runs as another; what they have in
common is the group of the repository.'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-server.sh
. "$TEST_DIRECTORY"/lib-sandbox.sh

# Numbers that no account has: who they are must not matter.
GROUP=64199
as () {
	user=$1
	shift
	HOME=$SHARNESS_TRASH_DIRECTORY/home.$user setpriv --reuid="$user" --regid="$user" \
		--groups="$GROUP" --inh-caps=-all "$@"
}

# Only root can be several accounts, and those must reach the programs.
if ! as 64101 test -x "$GITOPS_BUILD/bin/git-gitops" 2>/dev/null
then
	skip_all='needs root, and a checkout that other accounts can reach'
	test_done
fi

test_expect_success 'setup: a shared repository below a directory that all can reach' '
	base=$(mktemp -d /tmp/gitops-users.XXXXXX) &&
	test_atexit "rm -rf $base" &&
	chmod 755 "$base" &&
	sandbox_start &&
	sandbox_ctl seed "{\"clusters\": [\"apps\"]}" &&
	for user in 64101 64102 64103
	do
		mkdir -m 755 home.$user &&
		cp .gitconfig home.$user/ &&
		chown -R $user:$user home.$user || return 1
	done &&
	server=$base/origin.git &&
	git init -q --bare --shared=group "$server" &&
	git -C "$server" config gitops.branch main &&
	git -C "$server" config gitops.worker false &&
	chown -R 64101:$GROUP "$server" &&
	as 64101 "$GITOPS_BUILD"/bin/git-gitops init "$server" >out &&
	test "$(stat -c "%a %g" "$server"/gitops/spool/new)" = "2770 $GROUP" &&
	git init -q work &&
	service_commit work dev/web/web &&
	chown -R 64102:64102 work
'

test_expect_success 'one account pushes, another runs what was pushed' '
	(umask 077 && as 64102 git -C work push "$server" HEAD:main 2>err) &&
	test_grep "gitops: queued main" err &&
	(umask 077 && as 64103 "$GITOPS_BUILD"/bin/git-gitops worker --drain "$server" 2>log) &&
	sandbox_services >services &&
	test_grep "apps/web ACTIVE 1/1" services &&
	ls "$server"/gitops/spool/done >actual &&
	test_line_count = 2 actual
'

test_expect_success 'and the other way round, with the locks that the others made' '
	(
		cd work &&
		git config user.name x && git config user.email x@example.com &&
		chown -R 64103:64103 . &&
		as 64103 git commit -q --allow-empty -m next &&
		umask 077 &&
		as 64103 git push "$server" HEAD:main 2>../err
	) &&
	test_grep "gitops: queued main" err &&
	(umask 077 && as 64101 "$GITOPS_BUILD"/bin/git-gitops worker --drain "$server" 2>log) &&
	ls "$server"/gitops/spool/done >actual &&
	test_line_count = 4 actual &&
	as 64102 git ls-remote "$server" "refs/gitops/*" >refs &&
	test_grep "refs/gitops/live/main/ecs/dev/web/web" refs
'

test_expect_success 'who pushed is on record' '
	git -C "$server" notes --ref=gitops/records list >notes &&
	test_line_count = 1 notes &&
	cat "$server"/gitops/spool/done/*.json >jobs &&
	test_grep "\"actor\": \"uid 64102\"" jobs &&
	test_grep "\"actor\": \"uid 64103\"" jobs
'

test_expect_success 'an account outside of the group can neither read nor put jobs' '
	! setpriv --reuid=64104 --regid=64104 --clear-groups ls "$server"/gitops/spool/new &&
	test_expect_code 128 setpriv --reuid=64104 --regid=64104 --clear-groups \
		"$GITOPS_BUILD"/bin/git-gitops worker --drain "$server" 2>err &&
	test_grep "^fatal: cannot open the spool" err
'

test_expect_success 'root does not set up a repository of someone else' '
	test_expect_code 128 git gitops init "$server" 2>err &&
	test_grep "belongs to user 64101, not to root" err &&
	test_grep "^hint: run this as that user" err
'

test_expect_success 'an object that one wrote, all can read' '
	as 64102 git -C "$server" fsck
'

test_done
