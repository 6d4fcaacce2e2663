#!/bin/sh

test_description='the sandbox starts, answers and ends'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-sandbox.sh

test_expect_success 'its sources compile without a warning' '
	find "$SANDBOX_DIRECTORY" -name "*.py" >sources &&
	test_line_count -gt 30 sources &&
	"$GITOPS_VENV"/bin/python -W error -c "import sys; [compile(open(file).read(), file, \"exec\") for file in sys.argv[1:]]" \
		$(cat sources)
'

test_expect_success 'it starts on a free port and has a cluster when told' '
	sandbox_start &&
	sandbox_ctl seed "{\"clusters\": [\"demo\"]}" >actual &&
	test_grep "cluster/demo" actual
'

test_expect_success 'an unsigned request is refused in the words of AWS' '
	"$GITOPS_VENV"/bin/python - >actual <<-\EOF &&
	import os, urllib.error, urllib.request
	try:
	    urllib.request.urlopen(os.environ["AWS_ENDPOINT_URL"], b"{}")
	except urllib.error.HTTPError as error:
	    print(error.code, error.read().decode())
	EOF
	test_grep MissingAuthenticationToken actual
'

test_expect_success 'an unknown member of the control API is refused' '
	test_must_fail sandbox_ctl clock "{\"sped\": 2}" >actual &&
	test_grep "unknown member: sped" actual
'

test_expect_success 'a reset forgets the calls' '
	sandbox_ctl reset "{}" &&
	sandbox_calls >actual &&
	test_must_be_empty actual &&
	sandbox_no_invalid_calls
'

test_expect_success 'it ends when told to' '
	pid=$SANDBOX_PID &&
	sandbox_stop &&
	test_must_fail kill -0 "$pid"
'

test_expect_success 'it speaks TLS when given a certificate' '
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
		-addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out cert.pem &&
	sandbox_start --tls "$PWD/cert.pem" "$PWD/key.pem" &&
	case "$SANDBOX_URL" in https://*) ;; *) false ;; esac &&
	curl --silent --show-error --fail --noproxy "*" --cacert cert.pem "$SANDBOX_URL/_sandbox/stats" >actual &&
	test_grep "\"calls\": 0" actual &&
	sandbox_ctl stats >actual &&
	test_grep "\"calls\": 0" actual &&
	sandbox_stop
'

test_expect_success 'a zygote forks sandboxes that share nothing' '
	{
		"$SANDBOX_DIRECTORY"/gitops-sandbox --zygote "$PWD/zygote" --exit-with-pid $$ \
			>zygote.out 2>zygote.err </dev/null &
	} &&
	wait_for grep pid zygote.out &&
	GITOPS_SANDBOX_ZYGOTE=$PWD/zygote &&
	sandbox_start &&
	first=$SANDBOX_PID first_url=$SANDBOX_URL &&
	sandbox_ctl seed "{\"clusters\": [\"demo\"]}" &&
	sandbox_ctl capacity "{\"FARGATE\": 1}" &&
	SANDBOX_PID= &&
	sandbox_start &&
	test "$SANDBOX_URL" != "$first_url" &&
	sandbox_ctl capacity >actual &&
	test_grep "^{}" actual &&
	sandbox_stop &&
	kill "$first" &&
	unset GITOPS_SANDBOX_ZYGOTE
'

test_expect_success 'it ends when the shell it belongs to is killed' '
	cat >victim.sh <<-\EOF &&
	SHARNESS_TRASH_DIRECTORY=$PWD/victim
	mkdir victim
	. "$TEST_DIRECTORY"/lib-sandbox.sh
	SANDBOX_PID=
	sandbox_start || exit 1
	echo "$SANDBOX_PID" >sandbox.pid
	kill -9 $$
	EOF
	test_must_fail_with_signal () {
		"$@"
		test $? -gt 128
	} &&
	test_must_fail_with_signal sh victim.sh &&
	wait_for -t 10 process_is_gone "$(cat sandbox.pid)"
'

test_done
