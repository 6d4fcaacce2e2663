#!/bin/sh

test_description='whichever call of a shift goes wrong, and however: the same is left as without'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-deploy.sh

DEPLOY_ONCE="CreateService|CreateTaskSet"
KINDS="throttle internal unavailable reset close reset-after close-after truncate expired"

# Credentials of a program: those that have ended are asked for anew.
asked_credentials () {
	printf "#!/bin/sh\necho \"%s\"\n" "{\\\"Version\\\": 1, \\\"AccessKeyId\\\": \\\"$AWS_ACCESS_KEY_ID\\\",
		\\\"SecretAccessKey\\\": \\\"$AWS_SECRET_ACCESS_KEY\\\"}" >keys && chmod +x keys &&
	printf "[profile asked]\nregion = us-east-1\ncredential_process = \"%s\"\n" "$PWD/keys" >config &&
	AWS_CONFIG_FILE=$PWD/config AWS_PROFILE=asked && export AWS_CONFIG_FILE AWS_PROFILE &&
	unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
}

# What is left also has the weights that were set, and requests that were lost.
balanced_state () {
	state "$1" &&
	control "$SANDBOX_URL/_sandbox/traffic?format=text" &&
	sed -n "s/^[^ ]* [^ ]* Modify[A-Za-z]* //p" .control | uniq >>"$1" &&
	control "$SANDBOX_URL/_sandbox/holes?format=text" && cat .control >>"$1"
}

# side [<filter of the settings>]: the service runs on blue
side () {
	balanced . 10 &&
	shifting ".stabilityCheck = {pollInterval: 0.15, timeout: 20} | .trafficShiftingConfig.waitInterval = 0.05 |
		.alarms.alarmNames = [\"errors\"] | ${1:-.}" &&
	deploy >/dev/null && task_sets >/dev/null && control -X DELETE "$SANDBOX_URL/_sandbox/calls"
}

# faulty <n> <kind> <command>: the n-th call fails so; fewer calls than that are fine, polls are not counted out
faulty () {
	side "$settings" && $3 && control -d "{\"match\": {\"service\": \"ecs|elasticloadbalancing|cloudwatch\"}, \"skip\": $1,
		\"times\": 1, \"action\": {\"type\": \"$2\"}}" "$SANDBOX_URL/_sandbox/faults" &&
	{ deploy >out; code=$?; } &&
	balanced_state actual.state && test $code = $want && test_cmp expect.state actual.state || {
		echo "$2 at call $1:"
		cat out
		return 1
	}
}

# each_call <filter of the settings> [<command before> [<n>]]: one kind at each (n-th) call by turns; all of
# them with GITOPS_TEST_LONG
each_call () {
	settings=$1 && before=${2:-:} every=${3:-1} && test -z "$GITOPS_TEST_LONG" || every=1 &&
	side "$settings" && $before && { deploy >out; want=$?; } && balanced_state expect.state &&
	control "$SANDBOX_URL/_sandbox/calls?format=text" && calls=$(wc -l <.control) && test "$calls" -ge 12 &&
	n=0 &&
	while test $n -lt $calls
	do
		# shellcheck disable=SC2086
		set -- $KINDS &&
		if test -z "$GITOPS_TEST_LONG"
		then
			shift $((n / every % $#)) && set -- "$1"
		fi &&
		for kind
		do
			faulty $n $kind $before || return
		done
		n=$((n + every))
	done
}

test_expect_success 'to the other side' '
	deploy_start && asked_credentials &&
	each_call . &&
	test $want = 0 &&
	test_grep "^PRIMARY 100% 2/2 web:2 green$" expect.state &&
	test_grep "^blue=0 green=100$" expect.state
'

test_expect_success 'and back, when an alarm goes off' '
	alarm () {
		control -d "{\"name\": \"errors\", \"state\": \"ALARM\",
			\"when\": {\"rule\": \"lb:80/default\", \"group\": \"green\", \"weight\": 20}}" "$SANDBOX_URL/_sandbox/alarms"
	} &&
	each_call ".trafficShiftingConfig.waitInterval = 5" alarm 3 &&
	test $want = 1 &&
	test_grep "^PRIMARY 100% 2/2 web:1 blue$" expect.state
'

test_expect_success 'AWS was asked for nothing that it would not understand' '
	sandbox_no_invalid_calls
'

test_done
