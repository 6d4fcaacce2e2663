# Functions for tests of lib/deploy: rendered documents, and `test-tool deploy`
# on them in a sandbox of the script's own.
#
#	. ./test-lib.sh
#	. "$TEST_DIRECTORY"/lib-deploy.sh
#
#	test_expect_success 'setup' '
#		deploy_start &&
#		deploy >out
#	'

. "$TEST_DIRECTORY"/lib-sandbox.sh

# deploy_start: a sandbox with a cluster "demo", and documents of a service
# "web" with two tasks: svc.json, td.json, dep.json.
deploy_start () {
	sandbox_start && deploy_reset
}

# deploy_reset: the sandbox as new, the documents too.
deploy_reset () {
	sandbox_ctl reset "{}" >/dev/null &&
	sandbox_ctl seed "{\"clusters\": [\"demo\"]}" >/dev/null &&
	svcdef &&
	taskdef good:1 &&
	depdef
}

# document <file> <argument of jq>...: what `jq -n` makes of them. It is kept
# for the next time: where a script makes the same ones hundreds of times, jq
# took a third of all that was computed.
document () {
	document_nr_=0
	while test "$document_nr_" -lt "${documents_:-0}"
	do
		eval "document_known_=\$document_${document_nr_}_"
		if test "$document_known_" = "$*"
		then
			cp "$SHARNESS_TRASH_DIRECTORY/.document-$document_nr_" "$1"
			return
		fi
		document_nr_=$((document_nr_ + 1))
	done
	document_args_=$*
	document_file_=$1
	shift
	jq -n "$@" >"$document_file_" &&
	cp "$document_file_" "$SHARNESS_TRASH_DIRECTORY/.document-$document_nr_" &&
	eval "document_${document_nr_}_=\$document_args_" &&
	documents_=$((document_nr_ + 1))
}

DEPLOY_SVCDEF='{cluster: "demo", serviceName: "web", desiredCount: 2, launchType: "FARGATE",
	networkConfiguration: {awsvpcConfiguration: {subnets: ["subnet-1"], assignPublicIp: "ENABLED"}}}'

# svcdef [<filter of jq>]
# shellcheck disable=SC2120 # scripts give the filter
svcdef () {
	document svc.json "$DEPLOY_SVCDEF | ${1:-.}"
}

# taskdef <image> [<filter>]
taskdef () {
	document td.json --arg image "$1" '{family: "web", networkMode: "awsvpc", requiresCompatibilities: ["FARGATE"],
		cpu: "256", memory: "512",
		containerDefinitions: [{name: "app", image: $image, essential: true}]} | '"${2:-.}"
}

# depdef [<filter>]
# shellcheck disable=SC2120
depdef () {
	document dep.json "{stabilityCheck: {pollInterval: 0.1, timeout: 20}} | ${1:-.}"
}

# deploy [<option>...]: with the three documents.
deploy () {
	test-tool deploy --svcdef=svc.json --taskdef=td.json --depdef=dep.json "$@"
}

# behave <json>...: how tasks fare, the last one counts first.
behave () {
	for deploy_behaviour_
	do
		sandbox_ctl behaviours "$deploy_behaviour_" >/dev/null || return
	done
}

fault () {
	sandbox_ctl faults "$1" >/dev/null
}

# calls_since <file>: the calls since the count in the file, polls of a
# service squeezed into one line; then the file has the new count.
calls_since () {
	sandbox_calls >.calls || return
	tail -n +$(($(cat "$1" 2>/dev/null || echo 0) + 1)) .calls | uniq
	wc -l <.calls >"$1"
}

# field <name> <journal>: of the record saved last.
field () {
	tail -n 1 "$2" | jq -r ".$1"
}

# Hundreds of starts: curl is quicker than the sandbox's own client.
control () {
	curl -fsS "$@" >.control || { cat .control && return 1; }
}

# task_sets: of all services, "PRIMARY 100% 2/2 web:1 <target group>" each, once
# those that are deleted are gone.
task_sets () {
	task_sets_tries_=0
	while :
	do
		control "$SANDBOX_URL/_sandbox/services" &&
		jq -r ".[].taskSets // [] | .[] |
			\"\(.status) \(.scale.value)% \(.runningCount)/\(.computedDesiredCount) \" +
			(.taskDefinition | sub(\".*/\"; \"\")) +
			(.loadBalancers | map(\" \" + (.targetGroupArn | split(\"/\")[1])) | add // \"\")" \
			.control >.task-sets || return
		grep -q "^DRAINING" .task-sets || break
		task_sets_tries_=$((task_sets_tries_ + 1))
		test $task_sets_tries_ -lt 200 || return
		sleep 0.05
	done
	sort .task-sets
}

# What must be done once; other calls do no harm when they are repeated.
DEPLOY_ONCE="RegisterTaskDefinition|CreateService|CreateTaskSet|UpdateService"

# state <file>: services and task sets, and how often something was registered,
# created, updated.
state () {
	task_sets >"$1" &&
	control "$SANDBOX_URL/_sandbox/services?format=text" --next \
		-fsS -o .calls "$SANDBOX_URL/_sandbox/calls?format=text" && cat .control >>"$1" &&
	sort .calls | uniq -c |
	sed -nE "/($DEPLOY_ONCE) 200/p" >>"$1"
}

# fresh [<speed>]: the sandbox as new, ten times as quick.
# shellcheck disable=SC2120
fresh () {
	control --fail-early -d "{}" "$SANDBOX_URL/_sandbox/reset" --next \
		-fsS -d "{\"clusters\": [\"demo\"]}" "$SANDBOX_URL/_sandbox/seed" --next \
		-fsS -d "{\"speed\": ${1:-10}}" "$SANDBOX_URL/_sandbox/clock"
}

# How it is deployed, and how what is left is told.
DEPLOY=deploy
DEPLOY_STATE=state

# Every how many-th point of a sweep is tried, beginning with another one in
# each run; with GITOPS_TEST_LONG all are.
SWEEP_STEP=1

# sweep_first [<n>]: the first one of the n-th sweep; sweep_step_ is set, too
sweep_first () {
	sweep_step_=${GITOPS_TEST_LONG:+1}
	sweep_step_=${sweep_step_:-$SWEEP_STEP}
	sweep_n_=$((($$ + ${1:-0}) % sweep_step_ + 1))
}

# sweep <setup> <option>...: deploy once undisturbed, then again and
# again from the same start, dying after the first, second, ... save or
# answer and being taken up by the next worker; until one isn't reached.
# Compare what is left. Nothing is said unless it differs.
sweep () {
	sweep_setup_=$1 && shift &&
	$sweep_setup_ && control -X DELETE "$SANDBOX_URL/_sandbox/calls" &&
	{ $DEPLOY "$@" >undisturbed; sweep_code_=$?; } &&
	$DEPLOY_STATE expect.state &&
	sweep_points_=0 &&
	for sweep_where_ in saves answers
	do
		sweep_first $sweep_points_
		while :
		do
			$sweep_setup_ && control -X DELETE "$SANDBOX_URL/_sandbox/calls" && rm -f journal || return
			$DEPLOY "$@" --journal=journal --die-after-$sweep_where_=$sweep_n_ >out
			sweep_died_=$?
			if test $sweep_died_ = 137
			then
				$DEPLOY "$@" --journal=journal >>out
				sweep_died_=137$?
			else
				sweep_died_=$sweep_died_
			fi
			case "$sweep_died_" in
			137*) test "${sweep_died_#137}" = "$sweep_code_" ;;
			*) test "$sweep_died_" = "$sweep_code_" ;;
			esac || {
				echo "dying after $sweep_n_ $sweep_where_: exit $sweep_died_, want $sweep_code_"
				cat out
				return 1
			}
			$DEPLOY_STATE actual.state && test_cmp expect.state actual.state || {
				echo "dying after $sweep_n_ $sweep_where_:"
				cat out
				return 1
			}
			case "$sweep_died_" in 137*) ;; *) break ;; esac
			sweep_n_=$((sweep_n_ + sweep_step_)) sweep_points_=$((sweep_points_ + 1))
			test $sweep_n_ -lt 100 || return
		done
	done &&
	echo "$sweep_points_ points"
}

# accident <kind> [<n>]: it happens at the n-th call at which it can; without
# n, how many of the calls that are in .control these are
accident () {
	accident_ops_='.*'
	case "$1" in
	throttled) accident_='"type": "throttle", "retry_after": 1' ;;
	empty) accident_='"type": "raw", "status": 500' ;;
	busy)
		accident_ops_='(Create|Update|Publish|Delete|Put|Add|Remove).*'
		accident_='"type": "error", "status": 409, "code": "ResourceConflictException", "message": "The operation cannot be performed at this time. An update is in progress for resource: arn:aws:lambda:us-east-1:123456789012:function:hello"'
		;;
	stale)
		accident_ops_='UpdateFunctionCode|UpdateFunctionConfiguration|PublishVersion|UpdateAlias'
		accident_='"type": "error", "status": 412, "code": "PreconditionFailedException", "message": "The Revision Id provided does not match the latest Revision Id. Call the GetFunction or the GetAlias API to retrieve the latest Revision Id"'
		;;
	*) accident_="\"type\": \"$1\"" ;;
	esac
	if test -z "$2"
	then
		sed "/^container/d" .control | grep -cE "^[a-z0-9-]*\.($accident_ops_) "
		return 0
	fi
	control -d "{\"match\": {\"op\": \"$accident_ops_\", \"service\": \"(?!container).*\"},
		\"skip\": $(($2 - 1)), \"times\": 1, \"action\": {$accident_}}" "$SANDBOX_URL/_sandbox/faults"
}

# accidents <setup> <kind>...: deploy once undisturbed, then again and again
# from the same start, with an accident of each kind at each call. What is said
# at the end, and what is left (how often something was made isn't: answers get
# lost), is the same, and nobody noticed. Credentials
# can be had anew. SWEEP_STEP is of all kinds in a row.
accidents () {
	accidents_setup_=$1 && shift &&
	accidents_once "$accidents_setup_" expect.state &&
	accidents_code_=$accidents_ended_ &&
	control "$SANDBOX_URL/_sandbox/calls?format=text" && cp .control .undisturbed &&
	accidents_points_=0 && sweep_first &&
	for accidents_kind_
	do
		cp .undisturbed .control
		accidents_nr_=$(accident "$accidents_kind_")
		while test $sweep_n_ -le "$accidents_nr_"
		do
			accidents_once "$accidents_setup_" actual.state "$accidents_kind_" $sweep_n_ &&
			test "$accidents_ended_" = "$accidents_code_" && test_cmp expect.state actual.state &&
			sandbox_no_holes || {
				echo "$accidents_kind_ at $sweep_n_: exit $accidents_ended_, want $accidents_code_"
				cat out
				return 1
			}
			sweep_n_=$((sweep_n_ + sweep_step_)) accidents_points_=$((accidents_points_ + 1))
		done
		sweep_n_=$((sweep_n_ - accidents_nr_))
	done &&
	echo "$accidents_points_ points" && test $accidents_points_ != 0
}

# accidents_once <setup> <file of the state> [<kind> <n>]
accidents_once () {
	$1 && control -X DELETE "$SANDBOX_URL/_sandbox/calls" || return
	test -z "$3" || accident "$3" "$4" || return
	accidents_ended_=0
	renewable $DEPLOY >out || accidents_ended_=$?
	$DEPLOY_STATE "$2" && sed -i "/^ /d" "$2" && sed -n "/^[=!]/p" out >>"$2"
}

# renewable <command>...: with credentials that can be had anew when they expire
renewable () {
	(
		unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY &&
		AWS_CONTAINER_CREDENTIALS_FULL_URI=$SANDBOX_URL/credentials/container &&
		export AWS_CONTAINER_CREDENTIALS_FULL_URI &&
		"$@"
	)
}

# balanced [<filter of the service definition> [<speed> [rule]]]: the sandbox as
# new, with a load balancer whose listener (or a rule of it) forwards to target
# group "blue"; "green" is free.
# shellcheck disable=SC2120
balanced () {
	balanced_forward="\"forward\": {\"blue\": 1}" &&
	if test "$3" = rule
	then
		balanced_forward="\"forward\": {\"other\": 1}, \"rules\": [
			{\"priority\": 10, \"path\": \"/web\", $balanced_forward}]"
	fi &&
	fresh "${2:-1}" &&
	control -d "{\"balancers\": [{\"name\": \"lb\", \"listeners\": [
		{\"port\": 80, $balanced_forward}], \"free\": [\"green\"]}],
		\"alarms\": {\"errors\": \"OK\"}}" "$SANDBOX_URL/_sandbox/seed" &&
	document_groups_=$(jq -r ".balancers.lb.groups | .blue, .green" .control) &&
	blue=${document_groups_%%[!-a-zA-Z0-9:/]*} && green=${document_groups_##*[!-a-zA-Z0-9:/]} &&
	svcdef ".deploymentController.type = \"EXTERNAL\" |
		.loadBalancers = [{targetGroupArn: \"$blue\", containerName: \"app\", containerPort: 80}] | ${1:-.}" &&
	balanced_image good:1 &&
	shifting
}

# shifting [<filter>]: the settings
# shellcheck disable=SC2120
shifting () {
	depdef ".targetGroupArnPairs = [[\"$blue\", \"$green\"]] |
		.trafficShiftingConfig = {type: \"CANARY\", percent: 20, waitInterval: 0.3} | ${1:-.}"
}

# balanced_image <image>: a task definition with it
balanced_image () {
	taskdef "$1" ".containerDefinitions[0].portMappings = [{containerPort: 80}]"
}
