#!/bin/sh

test_description='the test servers are real ones'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-transport.sh

test_expect_success 'setup: a repository whose hook shows its environment' '
	git init -q --bare origin.git &&
	cat >origin.git/hooks/post-receive <<-\EOF &&
	#!/bin/sh
	echo "PATH=$PATH"
	echo "AWS_REGION=$AWS_REGION"
	echo "REMOTE_USER=$REMOTE_USER"
	echo "HOME=$HOME"
	EOF
	chmod +x origin.git/hooks/post-receive &&
	git init -q work &&
	AWS_REGION=eu-central-1 &&
	export AWS_REGION
'

for transport in file ssh http
do
	test_expect_success "$transport: a push arrives" '
		transport_start $transport &&
		test_commit -C work $transport &&
		git -C work push "$(transport_url $transport)/origin.git" HEAD:$transport 2>err &&
		git -C work rev-parse HEAD >expect &&
		git -C origin.git rev-parse $transport >actual &&
		test_cmp expect actual
	'
done

test_expect_success 'ssh and http: hooks do not have the build in their PATH' '
	for transport in ssh http
	do
		test_commit -C work again-$transport &&
		git -C work push "$(transport_url $transport)/origin.git" HEAD:$transport 2>err &&
		test_grep "^remote: PATH=[^ ]*:/usr/local/bin:/usr/bin:/bin *$" err &&
		test_grep ! "PATH=.*$GITOPS_BUILD" err &&
		test_grep "remote: AWS_REGION=eu-central-1" err &&
		test_grep "remote: HOME=.*/.transport/home" err || return
	done &&
	test_grep "remote: REMOTE_USER=pusher" err
'

test_expect_success 'ssh: the account runs nothing but git' '
	port=$(cat .transport/ssh.port) &&
	eval "test_must_fail $GIT_SSH_COMMAND -p $port 127.0.0.1 id" >out 2>err &&
	test_must_be_empty out &&
	test_grep "unrecognized command" err
'

test_expect_success 'http: a wrong password is refused' '
	url=$(transport_url http | sed "s/:secret@/:guess@/") &&
	test_must_fail git -C work push "$url/origin.git" HEAD:refused 2>err &&
	test_must_fail git -C origin.git rev-parse --verify -q refused
'

test_done
