# Functions for tests that need an AWS: a sandbox of their own.
# share/sandbox/README.md says what it can be made to do.
#
#	. ./test-lib.sh
#	. "$TEST_DIRECTORY"/lib-sandbox.sh
#
#	test_expect_success 'setup: a cluster' '
#		sandbox_start &&
#		sandbox_ctl seed "{\"clusters\": [\"demo\"]}"
#	'
#
# It ends with the script, however that ends: it watches the shell's process.
# GITOPS_SANDBOX_ZYGOTE may name the socket of a running zygote, which makes
# sandbox_start quicker.

SANDBOX_DIRECTORY=${SANDBOX_DIRECTORY:-$GITOPS_SOURCE/share/sandbox}
GITOPS_SANDBOX_PYTHON=${GITOPS_SANDBOX_PYTHON:-${GITOPS_VENV:-$GITOPS_SOURCE/build/venv}/bin/python}
export GITOPS_SANDBOX_PYTHON

# sandbox_start [<option of gitops-sandbox>...]
# Start a sandbox on a free port and point the AWS_* variables at it.
sandbox_start () {
	sandbox_stop &&
	SANDBOX_READY=${SHARNESS_TRASH_DIRECTORY:-$PWD}/.sandbox-ready &&
	rm -f "$SANDBOX_READY" || return
	if test -n "$GITOPS_SANDBOX_ZYGOTE"
	then
		set -- --connect "$GITOPS_SANDBOX_ZYGOTE" "$@"
	fi
	"$SANDBOX_DIRECTORY"/gitops-sandbox "$@" --ready-file "$SANDBOX_READY" \
		--exit-with-pid $$ </dev/null >/dev/null 2>"$SANDBOX_READY.log" 3>&- 4>&- 5>&- 6>&- 7>&- &
	SANDBOX_PID=$!
	sandbox_end_=$(($(date +%s) + 60))
	until test -s "$SANDBOX_READY"
	do
		if ! kill -0 "$SANDBOX_PID" 2>/dev/null || test "$(date +%s)" -ge "$sandbox_end_"
		then
			echo >&2 "the sandbox did not start:"
			cat >&2 "$SANDBOX_READY.log"
			return 1
		fi
		sleep 0.05
	done
	SANDBOX_URL=$(sed 's/.*"url": *"\([^"]*\)".*/\1/' "$SANDBOX_READY") &&
	sandbox_environment
}

# sandbox_environment: the variables of a client of $SANDBOX_URL.
sandbox_environment () {
	AWS_ENDPOINT_URL=$SANDBOX_URL
	AWS_ACCESS_KEY_ID=AKIDSANDBOX
	AWS_SECRET_ACCESS_KEY=sandbox-secret
	AWS_REGION=us-east-1
	AWS_EC2_METADATA_DISABLED=true
	AWS_CONFIG_FILE=/nonexistent/aws-config
	AWS_SHARED_CREDENTIALS_FILE=/nonexistent/aws-credentials
	export SANDBOX_URL AWS_ENDPOINT_URL AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_REGION
	export AWS_EC2_METADATA_DISABLED AWS_CONFIG_FILE AWS_SHARED_CREDENTIALS_FILE
	unset AWS_SESSION_TOKEN AWS_PROFILE AWS_DEFAULT_REGION
}

sandbox_stop () {
	if test -n "$SANDBOX_PID"
	then
		kill "$SANDBOX_PID" 2>/dev/null
		wait "$SANDBOX_PID" 2>/dev/null
		SANDBOX_PID=
	fi
	return 0
}

# sandbox_ctl <what> [<json>|-]
# Ask the control API; with JSON: change, with "-": clear. Prints the answer.
sandbox_ctl () {
	"${GITOPS_SANDBOX_PYTHON:-python3}" -I -S "$SANDBOX_DIRECTORY"/sandbox-client --control "$SANDBOX_URL" "$@"
}

# sandbox_calls [<filter>]
# The requests so far, one a line: "ecs.CreateService 200", or with an error's
# code after the status. Filters: service=ecs, op=UpdateService, status=400,
# since=<number>, invalid=1, faulted=1, joined by "&".
sandbox_calls () {
	sandbox_ctl "calls?format=text${1:+&$1}"
}

# sandbox_services: one line for each, like
# "us-east-1 demo/web ACTIVE 2/2 web:1 COMPLETED" (running/desired).
sandbox_services () {
	sandbox_ctl "services?format=text"
}

# sandbox_functions: one line for each function of Lambda, like
# "us-east-1 hello Active/Successful versions=1,2 live=1:0.9,2:0.1", then one
# for each event source mapping: "us-east-1 hello:live < arn:... Enabled".
sandbox_functions () {
	sandbox_ctl "lambda?format=text"
}

# sandbox_wait <condition as json>
# Wait for calls, a service's state or an event; fails after "timeout" seconds
# (30) and says what there was instead:
#	sandbox_wait "{\"service\": {\"name\": \"web\", \"rollout\": \"COMPLETED\"}}"
sandbox_wait () {
	sandbox_ctl wait "$1"
}

# sandbox_no_invalid_calls: every request so far was well-formed and one that
# AWS has. Each test script ends with this.
sandbox_no_invalid_calls () {
	sandbox_calls "invalid=1" >.sandbox-invalid || return
	if test -s .sandbox-invalid
	then
		echo "requests that AWS would not understand:"
		cat .sandbox-invalid
		return 1
	fi
}

# sandbox_traffic: every change of the load balancers' weights, one a line:
# "0.350 lb:80/default ModifyListener blue=90 green=10" (sandbox seconds); of
# Lambda's aliases, too: "0.350 hello:live UpdateAlias 1=90 2=10".
sandbox_traffic () {
	sandbox_ctl "traffic?format=text"
}

# sandbox_no_holes [<rule>]: no rule of a load balancer (or just not this one,
# like lb:80/default) that once had healthy targets ever sent requests to a
# group without one, and no alias of Lambda (like hello:live) ever named a
# version that is not there or not Active.
sandbox_no_holes () {
	sandbox_ctl "holes?format=text${1:+&rule=$1}" >.sandbox-holes || return
	if test -s .sandbox-holes
	then
		echo "requests were lost:"
		cat .sandbox-holes
		return 1
	fi
}

case "$(type test_atexit 2>/dev/null)" in
*function*) test_atexit sandbox_stop ;;
esac

# sandbox_python_tests <module>: run share/sandbox/tests/<module>.py, each of
# its tests as one of ours.
sandbox_python_tests () {
	sandbox_tap_=$SHARNESS_TRASH_DIRECTORY/$1.tap
	(cd "$SANDBOX_DIRECTORY" && "$GITOPS_SANDBOX_PYTHON" -m tests.tap "tests.$1") >"$sandbox_tap_" 2>&1
	while IFS= read -r sandbox_line_
	do
		case "$sandbox_line_" in
		"ok "*) test_expect_success "${sandbox_line_#* - }" true ;;
		"not ok "*) test_expect_success "${sandbox_line_#* - }" 'sed "/^ok /d" "$sandbox_tap_" && false' ;;
		esac
	done <"$sandbox_tap_"
	test_expect_success "all of tests/$1.py ran" 'grep "^1\.\.[1-9]" "$sandbox_tap_"'
}
