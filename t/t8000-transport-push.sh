#!/bin/sh

test_description='pushes are checked and deployed over every transport'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-server.sh
. "$TEST_DIRECTORY"/lib-transport.sh
. "$TEST_DIRECTORY"/lib-sandbox.sh

# everything_in <dir>: each file and what is in it, each directory.
everything_in () {
	(
		cd "$1" &&
		find . -type d | sort &&
		find . -type f -print0 | sort -z | xargs -0 sha256sum
	)
}

processed_is () {
	ref_is "$1" refs/gitops/processed/main "$2"
}

ref_is () {
	test "$(git -C "$1" rev-parse --verify -q "$2")" = "$3"
}

job_is_running () {
	test -n "$(ls "$1/gitops/spool/run" 2>/dev/null)"
}

test_expect_success 'setup: an AWS' '
	sandbox_start &&
	sandbox_ctl seed "{\"clusters\": [\"apps\"]}"
'

for transport in file ssh http
do
	test_expect_success "$transport: setup, a server with a service that runs" '
		server_init $transport.git &&
		git -C $transport.git config gitops.worker true &&
		transport_start $transport &&
		git clone -q "$(transport_url $transport)/$transport.git" $transport &&
		service_commit $transport $transport/web-$transport &&
		git -C $transport push -o gitops.wait origin HEAD:main 2>err &&
		remote_lines err >lines &&
		sandbox_services >services &&
		test_grep "apps/web-$transport ACTIVE 1/1" services
	'

	test_expect_success "$transport: the pusher has seen how it went" '
		test_grep "$transport/web-$transport" lines &&
		test_grep "deployed" lines
	'

	test_expect_success "$transport: a rejected push leaves the server as it was" '
		everything_in $transport.git >before &&
		git -C $transport config user.name "Somebody Else" &&
		service_edit $transport $transport/web-$transport "s/{{ name }}/{{ nmae }}/" svcdef &&
		test_must_fail git -C $transport push origin HEAD:main 2>err &&
		remote_lines err >lines &&
		test_grep "web-${transport}_svcdef.json:2:[0-9]*: error: .*nmae" lines &&
		everything_in $transport.git >after &&
		test_cmp before after &&
		git -C $transport reset -q --hard HEAD^
	'

	test_expect_success "$transport: a push without waiting returns before the deployment is over" '
		sandbox_ctl timing "{\"provision\": 3600}" &&
		service_edit $transport $transport/web-$transport "s/nginx:1.27/nginx:1.28/" &&
		git -C $transport push origin HEAD:main 2>err &&
		git -C $transport.git rev-parse HEAD >pushed &&
		sandbox_ctl timing "{\"provision\": 0.1}"
	'

	test_expect_success "$transport: and the deployment goes on by itself" '
		wait_for -t 120 processed_is $transport.git "$(cat pushed)" &&
		sandbox_services >services &&
		test_grep "apps/web-$transport ACTIVE 1/1 web-$transport:2" services
	'

	test_expect_success "$transport: a connection that drops leaves the deployment running" '
		sandbox_ctl timing "{\"provision\": 2}" &&
		service_edit $transport $transport/web-$transport "s/nginx:1.28/nginx:1.29/" &&
		{
			git -C $transport push -o gitops.wait origin HEAD:main >out 2>&1 &
		} &&
		pid=$! &&
		wait_for ref_is $transport.git main "$(git -C $transport rev-parse HEAD)" &&
		wait_for job_is_running $transport.git &&
		kill "$pid" &&
		wait_for process_is_gone "$pid" &&
		sandbox_ctl timing "{\"provision\": 0.1}" &&
		wait_for -t 120 processed_is $transport.git "$(git -C $transport rev-parse HEAD)" &&
		sandbox_services >services &&
		test_grep "apps/web-$transport ACTIVE 1/1 web-$transport:3" services
	'

	test_expect_success "$transport: git gitops deploy asks for a deployment without a push" '
		sandbox_calls "op=UpdateService" >before &&
		git -C $transport gitops deploy origin -b main --force --wait >out 2>err &&
		sandbox_calls "op=UpdateService" >after &&
		! cmp before after &&
		test_must_fail git -C $transport.git rev-parse --verify -q refs/gitops/deploy/main
	'

	test_expect_success "$transport: notes can be fetched, the records hold the commit" '
		git -C $transport fetch -q origin "+refs/notes/gitops/*:refs/notes/gitops/*" &&
		git -C $transport log -1 --notes=gitops/status >out &&
		test_grep "$transport/web-$transport" out &&
		git -C $transport gitops status >out &&
		test_grep "$transport/web-$transport" out
	'

	test_expect_success "$transport: a deletion deletes" '
		git -C $transport rm -q -r $transport &&
		git -C $transport commit -q -m delete &&
		git -C $transport push -o gitops.wait origin HEAD:main &&
		sandbox_services >services &&
		test_grep ! "apps/web-$transport ACTIVE" services
	'
done

test_expect_success 'AWS was asked nothing that it would not understand' '
	sandbox_no_invalid_calls
'

test_done
