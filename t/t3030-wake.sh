#!/bin/sh

test_description='workers start, wait, stop and follow one another'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-server.sh
. "$TEST_DIRECTORY"/lib-sandbox.sh

spool=origin.git/gitops/spool

job_is_in () {
	set -- "$spool/$1"/*.json
	test -e "$1"
}

is_done () {
	test "$(ls "$spool/done" | grep -c "\.json$")" -ge "$1"
}

step_begun () {
	cat "$spool"/run/*.journal 2>/dev/null | grep -q "\"PROCESSING\",\"step\":\"$1\""
}

no_worker () {
	test-tool spool has-worker "$spool" >lives && grep -qx 0 lives
}

# slow_tasks <seconds>: tasks take that long to start.
slow_tasks () {
	sandbox_ctl timing "{\"pull\": $1}"
}

test_expect_success 'setup: a server whose hooks start workers' '
	sandbox_start &&
	sandbox_ctl seed "{\"clusters\": [\"apps\"]}" &&
	server_init origin.git &&
	git -C origin.git config gitops.worker true &&
	git clone -q origin.git work
'

test_expect_success 'a push starts a worker that deploys and leaves; the push does not wait for it' '
	service_push work dev/web/web 2>err &&
	wait_for is_done 1 &&
	wait_for no_worker &&
	sandbox_services >services &&
	test_grep "apps/web ACTIVE 1/1 web:1 COMPLETED" services &&
	test_grep "begin of main at" origin.git/gitops/worker.log
'

test_expect_success 'of the variables of a push the worker sees none' '
	wait_for no_worker &&
	cat >git-gitops.fake <<-\EOF &&
	#!/bin/sh
	env >"$FAKE_OUT.new" && mv "$FAKE_OUT.new" "$FAKE_OUT"
	EOF
	mkdir -p fake/bin fake/libexec/git-gitops &&
	mv git-gitops.fake fake/bin/git-gitops &&
	chmod +x fake/bin/git-gitops &&
	cp "$GITOPS_BUILD"/libexec/git-gitops/post-receive fake/libexec/git-gitops/ &&
	echo "$(git -C work rev-parse HEAD HEAD | tr "\n" " ")refs/heads/main" >input &&
	(
		cd origin.git &&
		GIT_DIR=. GIT_PUSH_OPTION_COUNT=0 HTTP_PROXY=http://evil SSH_AUTH_SOCK=/x REMOTE_USER=eve \
		FAKE_OUT=$PWD/../fake.env ../fake/libexec/git-gitops/post-receive <../input
	) &&
	wait_for test -e fake.env &&
	test_grep ! -E "^(GIT_DIR|GIT_PUSH|HTTP_|SSH_|REMOTE_)" fake.env &&
	test_grep "^AWS_ENDPOINT_URL=" fake.env &&
	git gitops worker --drain origin.git
'

test_expect_success 'with gitops.wait the pusher sees it all' '
	service_edit work dev/web/web "s/nginx:1.27/nginx:1.28/" &&
	head=$(git -C work rev-parse --short=7 HEAD) &&
	git -C work push -o gitops.wait origin HEAD:main 2>err &&
	remote_lines err >said &&
	sed -e "/checked, no errors$/d" -e "s/in [0-9.]* s$/in N s/" said >actual &&
	cat >expect <<-EOF &&
	gitops: queued main at $head
	gitops: deploying main at $head: 1 service object
	gitops:   deploy ecs dev/web/web (web_input.json modified)
	EOF
	head -n 3 actual >first &&
	test_cmp expect first &&
	test_grep "^gitops: dev/web/web: register: registered .web:2." said &&
	test_grep "^gitops: dev/web/web: deployed in N s" actual &&
	echo "gitops: done" >expect &&
	tail -n 1 actual >last &&
	test_cmp expect last
'

test_expect_success 'a deployment that fails is shown with its reason; the push stands' '
	wait_for no_worker &&
	service_commit work dev/bad/bad &&
	service_edit work dev/bad/bad "s/{{ cluster_name }}/nowhere/" svcdef &&
	git -C work push -o gitops.wait origin HEAD:main 2>err &&
	remote_lines err >said &&
	test_grep "^gitops: dev/bad/bad: failed in .*Cluster not found" said &&
	test_grep "^gitops: hint: " said &&
	tail -n 1 said >last &&
	echo "gitops: failed: 1 of 1 service object failed" >expect &&
	test_cmp expect last
'

test_expect_success 'deploy --wait tells by its status how it went' '
	wait_for no_worker &&
	test_expect_code 1 git gitops -C work deploy --wait 2>err &&
	remote_lines err >said &&
	test_grep "^gitops: dev/bad/bad: failed" said &&
	sandbox_ctl seed "{\"clusters\": [\"nowhere\"]}" &&
	wait_for no_worker &&
	git gitops -C work deploy --wait 2>err &&
	remote_lines err >said &&
	test_grep "^gitops: dev/bad/bad: deployed" said
'

test_expect_success 'a pusher who leaves in the middle leaves the deployment running' '
	wait_for no_worker &&
	before=$(ls "$spool/done" | grep -c "\.json$") &&
	slow_tasks 3 &&
	service_edit work dev/web/web "s/nginx:1.28/nginx:1.29/" &&
	{ git -C work push -o gitops.wait origin HEAD:main 2>err & } &&
	pusher=$! &&
	wait_for grep -q "web: apply" err &&
	kill -INT "$pusher" &&
	kill "$pusher" &&
	wait_for process_is_gone "$pusher" &&
	wait_for is_done $((before + 1)) &&
	slow_tasks 0.2 &&
	sandbox_services >services &&
	test_grep "apps/web ACTIVE 1/1 web:3 COMPLETED" services
'

test_expect_success 'a worker that is told to stop leaves its job to the next, which resumes it' '
	wait_for no_worker &&
	git -C origin.git config gitops.worker false &&
	slow_tasks 2 &&
	sandbox_ctl calls - &&
	service_edit work dev/web/web "s/nginx:1.29/nginx:1.30/" &&
	git -C work push -q origin HEAD:main 2>err &&
	{ git-gitops worker origin.git 2>first.log & } &&
	worker=$! &&
	test_when_finished "stop_process $worker" &&
	wait_for step_begun stabilize &&
	kill "$worker" &&
	wait "$worker" &&
	job_is_in run &&
	test_grep "stopping; what is under way can be taken up again" first.log &&
	git gitops worker --drain origin.git 2>second.log &&
	test_grep "resuming main" second.log &&
	sandbox_calls >calls &&
	test 1 = "$(grep -c RegisterTaskDefinition calls)" &&
	test 1 = "$(grep -c UpdateService calls)" &&
	sandbox_services >services &&
	test_grep "apps/web ACTIVE 1/1 web:4 COMPLETED" services
'

test_expect_success 'a worker that waits takes over from one that is killed' '
	sandbox_ctl calls - &&
	service_edit work dev/web/web "s/nginx:1.30/nginx:1.31/" &&
	git -C work push -q origin HEAD:main 2>err &&
	{ git-gitops worker origin.git 2>first.log & } &&
	first=$! &&
	test_when_finished "stop_process $first" &&
	wait_for step_begun stabilize &&
	{ git-gitops worker origin.git 2>second.log & } &&
	second=$! &&
	test_when_finished "stop_process $second" &&
	before=$(ls "$spool/done" | grep -c "\.json$") &&
	kill -9 "$first" &&
	wait_for is_done $((before + 1)) &&
	kill "$second" &&
	wait "$second" &&
	test_grep "resuming main" second.log &&
	sandbox_calls >calls &&
	test 1 = "$(grep -c RegisterTaskDefinition calls)" &&
	slow_tasks 0.2
'

test_expect_success 'several workers share the branches; each job runs once' '
	git -C origin.git config --add gitops.branch "b*" &&
	before=$(ls "$spool/done" | grep -c "\.json$") &&
	for i in 1 2 3 4 5 6
	do
		git init -q b$i &&
		service_commit b$i dev/s$i/s$i &&
		git -C b$i push -q ../origin.git HEAD:refs/heads/b$i 2>err || return 1
	done &&
	for i in 1 2 3
	do
		git-gitops worker --drain origin.git 2>worker.$i.log &
		eval worker$i=$!
	done &&
	wait "$worker1" && wait "$worker2" && wait "$worker3" &&
	is_done $((before + 6)) &&
	cat worker.?.log >logs &&
	test 6 = "$(grep -c "begin of" logs)" &&
	test 6 = "$(grep -c "done$" logs)"
'

test_expect_success 'a worker that stays takes jobs as they come, and sleeps between' '
	{ git-gitops worker origin.git 2>stays.log & } &&
	worker=$! &&
	test_when_finished "stop_process $worker" &&
	before=$(ls "$spool/done" | grep -c "\.json$") &&
	service_edit work dev/web/web "s/nginx:1.31/nginx:1.32/" &&
	git -C work push -q origin HEAD:main &&
	wait_for is_done $((before + 1)) &&
	service_edit work dev/web/web "s/nginx:1.32/nginx:1.33/" &&
	git -C work push -q origin HEAD:main &&
	wait_for is_done $((before + 2)) &&
	kill -INT "$worker" &&
	wait "$worker"
'

test_expect_success '--local deploys from a clone without a server' '
	git init -q alone &&
	service_commit alone dev/solo/solo &&
	(
		cd alone &&
		git gitops deploy --local >../out
	) &&
	test_grep "dev/solo/solo: deployed in" out &&
	tail -n 1 out >last &&
	echo done >expect &&
	test_cmp expect last &&
	sandbox_services >services &&
	test_grep "apps/solo ACTIVE 1/1" services &&
	git -C alone log -1 --notes=gitops/status >log &&
	test_grep "dev/solo/solo: deployed" log &&
	(
		cd alone &&
		git gitops deploy --local >../out
	) &&
	test_grep "nothing to do" out
'

test_expect_success '--local tells what is not deployed, since it is not committed' '
	echo >>alone/dev/solo/solo_input.json &&
	echo >alone/README &&
	(
		cd alone &&
		git gitops deploy --local --dry-run >../out 2>../err
	) &&
	echo "warning: changes of 1 artifact in the work tree are not committed, and not deployed" >expect &&
	test_cmp expect err &&
	git -C alone checkout -q dev
'

test_expect_success '--local refuses what a push would be refused for' '
	service_edit alone dev/solo/solo "s/{{ image }}/{{ imge }}/" taskdef &&
	(
		cd alone &&
		test_expect_code 1 git gitops deploy --local >../out
	) &&
	test_grep "dev/solo/solo_taskdef.json:.*error: " out &&
	ls alone/.git/gitops/spool/new >actual &&
	test_must_be_empty actual
'

test_expect_success 'a server that knows nothing of deployments is told from one that does' '
	git init -q --bare plain.git &&
	git -C work push -q ../plain.git HEAD:main &&
	test_expect_code 128 git gitops -C work deploy -b main ../plain.git 2>err &&
	test_grep "does not take requests to deploy" err &&
	test_grep "^hint: run .git gitops init. in the server" err
'

test_expect_success 'every request was one that AWS understands' '
	sandbox_no_invalid_calls
'

test_done
