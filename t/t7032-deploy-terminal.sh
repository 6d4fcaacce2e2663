#!/bin/sh

test_description='git gitops deploy on a terminal: by a server, here, and what a pipe gets'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-server.sh
. "$TEST_DIRECTORY"/lib-sandbox.sh

# terminal [--size=<columns>x<rows>] <command>: helper/terminal.py, its script
# on stdin
terminal () {
	TERM=xterm-256color "$GITOPS_VENV"/bin/python -I "$TEST_DIRECTORY"/helper/terminal.py "$@"
}

# How long it took differs from run to run.
without_times () {
	sed -E "s/ in [0-9].*/ in X/" "$1"
}

test_expect_success 'setup: a server that starts its worker, a clone, an AWS, a service' '
	sandbox_start &&
	sandbox_ctl seed "{\"clusters\": [\"apps\"]}" &&
	sandbox_ctl timing "{\"pull\": 1.5}" &&
	server_init origin.git &&
	git -C origin.git config gitops.worker true &&
	git clone -q origin.git work 2>err &&
	service_write work dev/nginx/nginx &&
	git -C work add . && git -C work commit -q -m "add nginx" &&
	git -C work push -q -o gitops.skip origin HEAD:main &&
	short=$(git -C work rev-parse --short=7 HEAD)
'

test_expect_success 'by a server: a line for the object, then what became of it' '
	terminal git -C work gitops deploy --wait <<-\EOF &&
	wait ^dev/nginx/nginx  0:0\d  stabilize: 0 of 1 task running$
	all during
	exit 0
	all actual
	EOF
	test_grep "^gitops: queued main at $short" during &&
	test_grep "^gitops: deploying main at $short: 1 service object$" during &&
	cat >expect <<-EOF &&
	gitops: queued main at $short
	gitops: deploying main at $short: 1 service object
	gitops: dev/nginx/nginx: deployed in X
	gitops: done
	EOF
	without_times actual >seen &&
	test_cmp expect seen
'

test_expect_success 'in a pipe it is what the server says, with -q only what failed' '
	git -C work gitops deploy --wait --force >out 2>err &&
	test_must_be_empty out &&
	test_grep "^remote: gitops: dev/nginx/nginx: stabilize: " err &&
	test_grep "^remote: gitops: done" err &&
	git -C work gitops deploy --wait --force -q >out 2>err &&
	test_must_be_empty out &&
	echo "gitops: queued main at $short, forced" >expect &&
	test_cmp expect err
'

test_expect_success 'a failure is told, its hint too, and is the exit status' '
	sandbox_ctl faults "{\"match\": {\"op\": \"UpdateService\"}, \"times\": 1,
		\"action\": {\"type\": \"denied\"}}" &&
	terminal git -C work gitops deploy --wait --force <<-\EOF &&
	exit 1
	all actual
	EOF
	test_grep "^gitops: dev/nginx/nginx: apply: failed: cannot update" actual &&
	test_grep "^gitops: dev/nginx/nginx: failed in .*: iam-denied: " actual &&
	test_grep "^gitops: hint: " actual &&
	tail -n 1 actual >last && echo "gitops: failed: 1 of 1 service object failed" >expect &&
	test_cmp expect last
'

test_expect_success 'Ctrl-C ends the showing, not the deployment' '
	terminal git -C work gitops deploy --wait --force <<-\EOF &&
	wait ^dev/nginx/nginx  0:0\d  stabilize: .* running$
	type ^C
	exit 130
	all actual
	EOF
	tail -n 2 actual >last &&
	cat >expect <<-EOF &&
	^C
	what was begun goes on; ${SQ}git gitops watch${SQ} follows it
	EOF
	test_cmp expect last &&
	git -C origin.git gitops watch >watched &&
	test_grep "^gitops: done$" watched
'

test_expect_success 'here, without a server' '
	git clone -q origin.git alone 2>err &&
	service_edit alone dev/nginx/nginx "s/nginx:1.27/nginx:1.28/" &&
	terminal --size=100x24 git -C alone gitops deploy --local <<-\EOF &&
	wait ^dev/nginx/nginx  0:0\d  stabilize: .* running$
	exit 0
	all actual
	EOF
	tail -n 3 actual | without_times - >seen &&
	cat >expect <<-EOF &&
	deploying main at $(git -C alone rev-parse --short=7 HEAD): 1 service object
	dev/nginx/nginx: deployed in X
	done
	EOF
	test_cmp expect seen
'

test_expect_success 'a worker on a terminal shows its deployments below its log' '
	git -C origin.git config gitops.worker false &&
	service_edit work dev/nginx/nginx "s/nginx:1.27/nginx:1.29/" &&
	git -C work push -q origin HEAD:main &&
	terminal --size=100x24 git gitops worker --drain origin.git <<-\EOF &&
	wait ^dev/nginx/nginx  0:0\d  stabilize: .* running$
	all during
	exit 0
	all actual
	EOF
	test_grep "^20.*: begin of main at" during &&
	test_grep "^dev/nginx/nginx: deployed in" actual &&
	test_grep "^20.*: done$" actual &&
	test_grep ! "stabilize" actual
'

test_expect_success 'AWS was asked for nothing that it does not have' '
	sandbox_no_invalid_calls
'

test_done
