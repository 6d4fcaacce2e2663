#!/bin/sh

test_description='post-receive and proc-receive queue jobs'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-server.sh

spool=origin.git/gitops/spool

# jobs <directory>: its jobs, oldest first, one line each.
jobs () {
	for job in "$spool/$1"/*.json
	do
		test -e "$job" || continue
		perl -0777 -ne '
			my %j;
			$j{$1} = $2 while /"(\w+)": "?([^",\n]*)/g;
			print join(" ", $j{ref}, substr($j{newCommit}, 0, 7), $j{actor},
				map { $j{$_} eq "true" ? $_ : () } qw(force dryRun deploy)), "\n";
		' "$job"
	done
}

empty_spool () {
	rm -f "$spool"/new/* "$spool"/failed/*
}

head_of () {
	git -C "${2:-work}" rev-parse --short=7 "$1"
}

test_expect_success 'setup: a server without a worker, and a clone' '
	server_init origin.git &&
	git clone -q origin.git work &&
	user=$(id -un)
'

test_expect_success 'a push to a branch that deploys is queued' '
	test_commit -C work one &&
	git -C work push origin HEAD:main 2>err &&
	jobs new >actual &&
	echo "refs/heads/main $(head_of HEAD) $user" >expect &&
	test_cmp expect actual &&
	remote_lines err >said &&
	cat >expect <<-EOF &&
	gitops: queued main at $(head_of HEAD)
	gitops: no worker runs now; the job waits for one
	EOF
	test_cmp expect said
'

test_expect_success 'who pushes is who the server says it is' '
	empty_spool &&
	test_commit -C work two &&
	REMOTE_USER=alice git -C work push -q origin HEAD:main &&
	jobs new >actual &&
	echo "refs/heads/main $(head_of HEAD) alice" >expect &&
	test_cmp expect actual
'

test_expect_success 'other branches and tags are none of ours' '
	empty_spool &&
	test_commit -C work three &&
	git -C work tag v1 &&
	git -C work push origin HEAD:topic v1 2>err &&
	jobs new >actual &&
	test_must_be_empty actual &&
	remote_lines err >said &&
	test_must_be_empty said
'

test_expect_success 'several branches in one push are several jobs' '
	git -C origin.git config --add gitops.branch "release/*" &&
	git -C work push -q origin HEAD:main HEAD:release/1 HEAD:release/a/b &&
	jobs new >actual &&
	cat >expect <<-EOF &&
	refs/heads/main $(head_of HEAD) $user
	refs/heads/release/1 $(head_of HEAD) $user
	EOF
	sort actual >sorted &&
	test_cmp expect sorted
'

test_expect_success 'the deletion of a branch deploys nothing and says so' '
	empty_spool &&
	git -C work push origin :release/1 2>err &&
	jobs new >actual &&
	test_must_be_empty actual &&
	remote_lines err >said &&
	echo "gitops: branch ${SQ}release/1${SQ} was deleted: nothing is deployed, and nothing is deleted" >expect &&
	test_cmp expect said
'

test_expect_success 'push options say what is to be done' '
	test_commit -C work four &&
	git -C work push -q -o gitops.dry-run -o gitops.force -o others origin HEAD:main &&
	jobs new >actual &&
	echo "refs/heads/main $(head_of HEAD) $user force dryRun" >expect &&
	test_cmp expect actual &&
	empty_spool &&
	test_commit -C work five &&
	git -C work push -o gitops.skip origin HEAD:main 2>err &&
	jobs new >actual &&
	test_must_be_empty actual &&
	remote_lines err >said &&
	echo "gitops: skipped main at $(head_of HEAD); the next push deploys its changes, too" >expect &&
	test_cmp expect said
'

test_expect_success 'an unknown push option refuses the push: what it was to prevent must not happen' '
	test_commit -C work six &&
	test_must_fail git -C work push -o gitops.dryrun origin HEAD:main 2>err &&
	remote_lines err >said &&
	test_grep "gitops.dryrun" said &&
	test_grep "did you mean .gitops.dry-run.?" said &&
	jobs new >actual &&
	test_must_be_empty actual
'

test_expect_success 'post-receive, by then too late to refuse, tells of it' '
	git -C work push -q -o gitops.skip origin HEAD:main &&
	echo "$(git -C work rev-parse HEAD^ HEAD | tr "\n" " ")refs/heads/main" >input &&
	(
		cd origin.git &&
		GIT_DIR=. GIT_PUSH_OPTION_COUNT=2 GIT_PUSH_OPTION_0=gitops.dryrun \
		GIT_PUSH_OPTION_1="gitops.$(printf "\033[31mred")" hooks/post-receive <../input 2>../said
	) &&
	test_grep "push option .gitops.dryrun. is unknown; it is ignored" said &&
	test_grep "did you mean .gitops.dry-run.?" said &&
	test_grep "gitops\.\\\\x1b\[31mred" said &&
	jobs new >actual &&
	echo "refs/heads/main $(head_of HEAD) $user" >expect &&
	test_cmp expect actual
'

test_expect_success 'garbage on stdin queues nothing, and what is right is queued' '
	empty_spool &&
	zeros=0000000000000000000000000000000000000000 &&
	new=$(git -C origin.git rev-parse main) &&
	{
		echo "hello" &&
		echo "$zeros $new" &&
		echo "$zeros $new nothing" &&
		printf "%s %s refs/heads/ma\000in\n" $zeros $new &&
		printf "\n\377\376\n" &&
		echo "$zeros ${new}0 refs/heads/main" &&
		echo "$zeros $new refs/heads/main" &&
		printf "$zeros $new refs/heads/"
	} >input &&
	(cd origin.git && GIT_DIR=. hooks/post-receive <../input 2>../err) &&
	jobs new >actual &&
	echo "refs/heads/main $(head_of main origin.git) $user" >expect &&
	test_cmp expect actual &&
	grep -c "of the input is not" err >count &&
	echo 7 >expect &&
	test_cmp expect count
'

test_expect_success 'empty input is fine' '
	empty_spool &&
	(cd origin.git && GIT_DIR=. hooks/post-receive </dev/null 2>../err) &&
	test_must_be_empty err
'

test_expect_success 'a request to deploy queues the head of the branch, and makes no ref' '
	empty_spool &&
	git -C work push origin :refs/gitops/deploy/main 2>err &&
	jobs new >actual &&
	echo "refs/heads/main $(head_of main origin.git) $user deploy" >expect &&
	test_cmp expect actual &&
	remote_lines err >said &&
	test_grep "^gitops: queued main at $(head_of main origin.git)" said &&
	git -C origin.git for-each-ref refs/gitops >refs &&
	test_must_be_empty refs
'

test_expect_success 'a request for a commit queues just that one' '
	empty_spool &&
	git -C work push -q -o gitops.force origin HEAD~2:refs/gitops/deploy/main &&
	jobs new >actual &&
	echo "refs/heads/main $(head_of HEAD~2) $user force deploy" >expect &&
	test_cmp expect actual &&
	git -C origin.git for-each-ref refs/gitops >refs &&
	test_must_be_empty refs
'

test_expect_success 'a request for what can not be deployed is refused with the reason' '
	empty_spool &&
	test_commit -C work seven &&
	test_must_fail git -C work push origin HEAD:refs/gitops/deploy/main 2>err &&
	test_grep "branch .main. does not contain $(head_of HEAD): push it first" err &&
	test_must_fail git -C work push origin :refs/gitops/deploy/topic 2>err &&
	test_grep "branch .topic. does not deploy" err &&
	test_must_fail git -C work push origin :refs/gitops/deploy/release/9 2>err &&
	test_grep "there is no branch .release/9." err &&
	test_must_fail git -C work push origin HEAD:refs/gitops/deploy 2>err &&
	jobs new >actual &&
	test_must_be_empty actual &&
	git -C origin.git for-each-ref refs/gitops >refs &&
	test_must_be_empty refs
'

test_expect_success 'where there is no server to ask, that is said, and what to do' '
	git clone -q origin.git alone &&
	git -C alone remote remove origin &&
	for command in "deploy" "rollback dev/nginx/nginx" "cancel 01AAAAAAAA"
	do
		test_expect_code 128 git -C alone gitops $command 2>err &&
		test_grep "there is no server to ask" err &&
		test_grep "^hint: .*--local" err || return 1
	done
'

test_expect_success 'what the server would not take is not sent' '
	long=$(printf "%5000s" x) &&
	for reason in "two
lines" "$long" "$(printf "a\\033[31mb")"
	do
		test_expect_code 128 git -C work gitops hold --reason="$reason" dev/nginx/nginx 2>err &&
		test_grep "^fatal: the value of push option .gitops.reason. " err &&
		test_expect_code 128 git -C work gitops deploy --override="$reason" 2>err &&
		test_grep "^fatal: the value of push option .gitops.override. " err || return 1
	done &&
	test_expect_code 128 git -C work gitops cancel ../../etc 2>err &&
	test_grep "^fatal: .../../etc. is no id" err
'

test_expect_success 'the refs that deployments write can be fetched, not pushed' '
	git -C origin.git update-ref refs/gitops/live/main/ecs/web HEAD &&
	git -C origin.git update-ref refs/notes/gitops/status HEAD &&
	test_when_finished "git -C origin.git update-ref -d refs/gitops/live/main/ecs/web" &&
	test_when_finished "git -C origin.git update-ref -d refs/notes/gitops/status" &&
	git -C work ls-remote origin "refs/gitops/live/*" >refs &&
	test_line_count = 1 refs &&
	test_must_fail git -C work push origin HEAD:refs/gitops/live/main/ecs/web 2>err &&
	test_grep "deny updating a hidden ref" err &&
	test_must_fail git -C work push origin +HEAD:refs/notes/gitops/status 2>err &&
	git -C work push -q --mirror origin &&
	git -C origin.git rev-parse --verify -q refs/gitops/live/main/ecs/web &&
	git -C origin.git rev-parse --verify -q refs/notes/gitops/status
'

test_expect_success 'without gitops.branch the push says how to set it' '
	empty_spool &&
	git -C origin.git config --unset-all gitops.branch &&
	test_when_finished "git -C origin.git config gitops.branch main" &&
	test_commit -C work eight &&
	git -C work push origin HEAD:main 2>err &&
	remote_lines err >said &&
	test_grep "no branch deploys; .*git config --add gitops.branch main" said
'

test_expect_success 'a spool that can not be written is told; the push stands' '
	mv "$spool/tmp" "$spool/elsewhere" &&
	test_when_finished "mv $spool/elsewhere $spool/tmp" &&
	test_commit -C work nine &&
	git -C work push origin HEAD:main 2>err &&
	remote_lines err >said &&
	test_grep "the push stands, but .main. was not queued: cannot create" said &&
	test_grep "hint: when that is mended, .git gitops deploy. queues it" said &&
	test_must_fail git -C work push origin :refs/gitops/deploy/main 2>err &&
	test_grep "cannot create" err &&
	test "$(git -C origin.git rev-parse main)" = "$(git -C work rev-parse HEAD)"
'

# The limit stands in for a disk that is full; what is said goes through a
# pipe, which has no limit.
post_receive_on_full_disk () {
	(
		cd origin.git &&
		trap "" XFSZ &&
		ulimit -f 0 &&
		GIT_DIR=. hooks/post-receive <../input 2>&1
		echo "status $?"
	) | cat
}

test_expect_success 'a full disk is told; nothing is half written' '
	empty_spool &&
	echo "$zeros $(git -C origin.git rev-parse main) refs/heads/main" >input &&
	post_receive_on_full_disk >said &&
	test_grep "the push stands, but .main. was not queued: cannot write .*: File too large" said &&
	test_grep "^status 1" said &&
	ls -A "$spool/new" "$spool/tmp" >left &&
	test_grep ! -e json -e tmp- left
'

test_expect_success 'hooks that were there run first, on the same input' '
	test_when_finished "rm -rf chained.git" &&
	git init -q --bare chained.git &&
	cat >chained.git/hooks/pre-receive <<-\EOF &&
	#!/bin/sh
	cat >pre.log
	echo chained pre-receive >&2
	EOF
	cat >chained.git/hooks/post-receive <<-\EOF &&
	#!/bin/sh
	cat >post.log
	exit 3
	EOF
	chmod +x chained.git/hooks/* &&
	git -C chained.git config gitops.worker false &&
	git gitops init chained.git >/dev/null &&
	git -C work push ../chained.git HEAD:main 2>err &&
	remote_lines err >said &&
	test_grep "^chained pre-receive" said &&
	test_grep "^gitops: queued main" said &&
	echo "$zeros $(git -C work rev-parse HEAD) refs/heads/main" >expect &&
	test_cmp expect chained.git/pre.log &&
	test_cmp expect chained.git/post.log
'

test_expect_success 'a chained hook that refuses, or reads nothing, has its way' '
	test_when_finished "rm -rf chained.git" &&
	git init -q --bare chained.git &&
	printf "#!/bin/sh\nexit 1\n" >chained.git/hooks/pre-receive &&
	printf "#!/bin/sh\nexec <&-\n" >chained.git/hooks/post-receive &&
	chmod +x chained.git/hooks/* &&
	git -C chained.git config gitops.worker false &&
	git gitops init chained.git >/dev/null &&
	test_must_fail git -C work push ../chained.git HEAD:main 2>err &&
	test_grep "pre-receive hook declined" err &&
	git -C chained.git for-each-ref >refs &&
	test_must_be_empty refs &&
	printf "#!/bin/sh\nexit 0\n" >chained.git/hooks/pre-receive.gitops-chained &&
	git -C work push ../chained.git HEAD:main 2>err &&
	test_grep "gitops: queued main" err
'

test_expect_success 'without the program no push is let in, and the pusher sees why' '
	test_when_finished "rm -rf moved.git" &&
	git init -q --bare moved.git &&
	git gitops init moved.git >/dev/null &&
	sed -i "s,^program=.*,program=/nowhere/pre-receive," moved.git/hooks/pre-receive &&
	test_must_fail env PATH="/usr/bin:/bin" git -C work push ../moved.git HEAD:main 2>err &&
	remote_lines err >said &&
	test_grep "^gitops: cannot find ./nowhere/pre-receive." said &&
	test_grep "^gitops: hint: on the server, install git gitops again" said &&
	git -C moved.git for-each-ref >refs &&
	test_must_be_empty refs
'

test_expect_success 'the hooks find the program with no PATH to speak of, and by PATH when it moved' '
	test_when_finished "rm -rf moved.git" &&
	git init -q --bare moved.git &&
	git -C moved.git config gitops.worker false &&
	git gitops init moved.git >/dev/null &&
	env PATH=/usr/bin:/bin git -C work push ../moved.git HEAD:main 2>err &&
	test_grep "gitops: queued main" err &&
	sed -i "s,^program=.*/\([a-z-]*\).*,program=/nowhere/\1," moved.git/hooks/p* &&
	git -C work push ../moved.git +HEAD^:main 2>err &&
	test_grep "gitops: queued main" err
'

test_done
