#!/bin/sh

test_description='task sets behind a load balancer: whatever happens, nobody loses a request'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-traffic.sh

test_expect_success 'setup' '
	deploy_start
'

# What new tasks do, and how it is told: <category> <pattern> <behaviour>
tasks_that () {
	who=$1 category=$2 pattern=$3 behaviour=$4 &&
	test_expect_success "tasks that fail get no traffic: $who, $category" '
		one_side &&
		shifting ".stabilityCheck.timeout = 2 | .gmDeploymentCircuitBreaker = {failureThreshold: 1}" &&
		behave "$behaviour" &&
		balanced_image bad:1 &&
		fails_with "$category" "$pattern" &&
		weights "blue=100 green=0" &&
		is_back
	'
}

bad="\"match\": {\"image\": \"^bad\"}"
tasks_that "the first" crashed "more than the 1 that" "{$bad, \"exit_after\": 0.02, \"exit_code\": 1}"
tasks_that "all but the first" crashed "more than the 1 that" "{$bad, \"skip\": 1, \"exit_after\": 0.02, \"exit_code\": 1}"
tasks_that "all" image-missing "more than the 1 that.*missing:1: not found" "{$bad,
	\"pull_error\": \"failed to resolve ref docker.io/library/missing:1: not found\"}"
tasks_that "all" iam-role "unable to assume the role" "{$bad,
	\"no_launch\": \"failed to launch a task with (error ECS was unable to assume the role 'arn:aws:iam::1:role/x' that was provided for this task.)\"}"

test_expect_success 'no capacity, no addresses' '
	one_side &&
	shifting ".stabilityCheck.timeout = 1" &&
	sandbox_ctl capacity "{\"FARGATE\": 3}" >/dev/null &&
	fails_with capacity "1 of 2 tasks running: was unable to place a task" &&
	is_back &&
	sandbox_ctl capacity "{\"FARGATE\": null}" >/dev/null &&
	sandbox_ctl addresses "{\"subnet-1\": 3}" >/dev/null &&
	fails_with subnet-full "subnet-1" &&
	weights "blue=100 green=0" &&
	is_back
'

# alarm_at <when> <alarm> [<weights>]: in a shift by two steps; what was moved until then, "+" in between
alarm_at () {
	when=$1 alarm=$2 moved=$3 &&
	test_expect_success "an alarm $when brings all traffic back, in one call" '
		one_side &&
		shifting ".alarms.alarmNames = [\"errors\"] |
			.trafficShiftingConfig = {type: \"LINEAR\", percent: 50, waitInterval: 1}" &&
		sandbox_ctl alarms "$alarm" >/dev/null &&
		fails_with alarm "${SQ}errors${SQ} is in ALARM" &&
		printf "%s\n" "blue=100 green=0" "$moved" | tr "+" "\n" | sed "/^$/d" >expect &&
		modified >actual &&
		test_cmp expect actual &&
		is_back
	'
}

on_weight () {
	echo "{\"name\": \"errors\", \"state\": \"ALARM\", \"in\": $2,
		\"when\": {\"rule\": \"lb:80/default\", \"group\": \"green\", \"weight\": $1}}"
}

alarm_at "before the first step" "$(on_weight 0 0)"
alarm_at "with the first step" "$(on_weight 50 0)" "blue=50 green=50+blue=100 green=0"
alarm_at "after the first step" "$(on_weight 50 0.3)" "blue=50 green=50+blue=100 green=0"
alarm_at "with the last step" "$(on_weight 100 0)" "blue=50 green=50+blue=0 green=100+blue=100 green=0"
alarm_at "after the last step" "$(on_weight 100 0.3)" "blue=50 green=50+blue=0 green=100+blue=100 green=0"

test_expect_success 'a region without log alarms is asked for the others' '
	one_side &&
	shifting ".alarms.alarmNames = [\"errors\"]" &&
	fault "{\"match\": {\"service\": \"cloudwatch\", \"body\": \"LogAlarm\"}, \"action\": {\"type\": \"error\",
		\"code\": \"ValidationError\", \"status\": 400, \"message\": \"1 validation error detected: Value ${SQ}[LogAlarm]${SQ} at ${SQ}alarmTypes${SQ} failed to satisfy constraint\"}}" &&
	deploy >out &&
	sandbox_calls service=cloudwatch >calls &&
	grep -c " 400" calls >actual && echo 1 >expect && test_cmp expect actual &&
	grep -c " 200" calls >actual && test "$(cat actual)" -ge 3 &&
	weights "blue=100 green=0" "blue=80 green=20" "blue=0 green=100" &&
	sandbox_no_holes
'

for storm in throttle internal reset reset-after
do
	test_expect_success "a storm of $storm from the first call to the last" '
		one_side &&
		fault "{\"match\": {\"service\": \"ecs|elasticloadbalancing\"}, \"every\": 3, \"times\": 30, \"action\": {\"type\": \"$storm\"}}" &&
		{ deploy >out || { cat out && false; }; } &&
		weights "blue=100 green=0" "blue=80 green=20" "blue=0 green=100" &&
		is_back "PRIMARY 100% 2/2 web:2 green"
	'
done

# credentials_end: keys by a program; deploy_ending: with them; next_keys: they end, there are others
credentials_end () {
	sandbox_ctl keys "{\"AKIDONE\": {\"secret\": \"s1\", \"token\": \"t1\"}, \"AKIDTWO\": {\"secret\": \"s2\", \"token\": \"t2\"}}" >/dev/null &&
	echo "{\"Version\": 1, \"AccessKeyId\": \"AKIDONE\", \"SecretAccessKey\": \"s1\", \"SessionToken\": \"t1\",
		\"Expiration\": \"2099-01-01T00:00:00Z\"}" >keys.json &&
	printf "#!/bin/sh\necho >>\"%s\"\ncat \"%s\"\n" "$PWD/asked" "$PWD/keys.json" >keys &&
	chmod +x keys &&
	: >asked &&
	printf "[profile ending]\nregion = us-east-1\ncredential_process = \"%s\"\n" "$PWD/keys" >config
}

deploy_ending () {
	(
		unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY &&
		AWS_CONFIG_FILE=$PWD/config AWS_PROFILE=ending && export AWS_CONFIG_FILE AWS_PROFILE &&
		deploy
	)
}

next_keys () {
	sed "s/AKIDONE/AKIDTWO/; s/\"s1\"/\"s2\"/; s/\"t1\"/\"t2\"/" keys.json >keys.new && mv keys.new keys.json &&
	sandbox_ctl keys "{\"AKIDONE\": {\"secret\": \"s1\", \"token\": \"t1\", \"expires\": 1}}" >/dev/null
}

test_expect_success 'credentials that end in the middle of a shift are asked for anew' '
	one_side &&
	credentials_end &&
	{ deploy_ending >out & deploying=$!; } &&
	sandbox_wait "{\"traffic\": {\"rule\": \"lb:80/default\", \"group\": \"green\", \"weight\": 20}}" >/dev/null &&
	next_keys &&
	{ wait $deploying || { cat out && false; }; } && deploying= &&
	test_line_count = 2 asked &&
	sandbox_calls >calls &&
	test_grep " 40[03] ExpiredToken" calls &&
	weights "blue=100 green=0" "blue=80 green=20" "blue=0 green=100" &&
	is_back "PRIMARY 100% 2/2 web:2 green"
'

test_expect_success 'and in the middle of a rolling update' '
	deploy_reset &&
	deploy >out &&
	credentials_end &&
	behave "{\"match\": {\"image\": \"^slow\"}, \"pull\": 0.5}" &&
	taskdef slow:1 &&
	{ deploy_ending >out & deploying=$!; } &&
	sandbox_wait "{\"service\": {\"name\": \"web\", \"pending\": 2}}" >/dev/null &&
	next_keys &&
	{ wait $deploying || { cat out && false; }; } && deploying= &&
	test_line_count = 2 asked &&
	sandbox_calls >calls &&
	test_grep " 400 ExpiredToken" calls
'

test_expect_success 'weights that someone else sets in the middle' '
	one_side && listener &&
	begin "type: \"CANARY\"" && edit 60 40 &&
	fails_with traffic-edited "has weight 60 and ${SQ}green${SQ} 40, not 80 and 20" &&
	weights "blue=100 green=0" "blue=80 green=20" "blue=60 green=40" "blue=100 green=0" &&
	is_back
'

test_expect_success 'and in the last wait, too: the old tasks still serve' '
	one_side && listener &&
	begin "type: \"ALL_AT_ONCE\"" 100 && edit 100 0 &&
	fails_with traffic-edited "has weight 100 and ${SQ}green${SQ} 0, not 0 and 100" &&
	weights "blue=100 green=0" "blue=0 green=100" "blue=100 green=0" &&
	is_back
'

test_expect_success 'a rule that someone deletes in the middle is noticed at the next step' '
	one_side rule &&
	rule=10 && begin "type: \"CANARY\"" && rule= &&
	elb DeleteRule "RuleArn=$arn" &&
	fails_with traffic-edited "someone else deleted the rule: RuleNotFound" &&
	test_grep "^shift-back: traffic: the rule is gone" out &&
	is_back
'

test_expect_success 'a listener that someone deletes in the last wait is noticed' '
	one_side && listener &&
	begin "type: \"ALL_AT_ONCE\"" 100 &&
	elb DeleteListener "ListenerArn=$arn" &&
	fails_with traffic-edited "someone else deleted the listener: ListenerNotFound" &&
	test_grep "^shift-back: traffic: the rule is gone" out &&
	is_back
'

test_expect_success 'a service that someone deletes in the middle' '
	one_side &&
	begin "type: \"CANARY\"" &&
	ecs DeleteService "{\"cluster\": \"demo\", \"service\": \"web\", \"force\": true}" &&
	fails_with service-deleted "was deleted while it was deployed"
'

test_expect_success 'a group of another load balancer, or of another rule, is refused before anything is done' '
	one_side &&
	control -d "{\"balancers\": [{\"name\": \"two\", \"listeners\": [{\"port\": 80, \"forward\": {\"theirs\": 1}}]}]}" \
		"$SANDBOX_URL/_sandbox/seed" &&
	theirs=$(jq -r .balancers.two.groups.theirs .control) &&
	shifting ".targetGroupArnPairs = [[\"$blue\", \"$theirs\"]]" &&
	calls_since count >/dev/null &&
	fails_with traffic-rule "belong to two load balancers, ${SQ}lb${SQ} and ${SQ}two${SQ}" &&
	one_side rule &&
	other=$(sandbox_ctl traffic | jq -r "[.rules[].groups[] | select(.group == \"other\")][0].arn") &&
	shifting ".targetGroupArnPairs = [[\"$blue\", \"$other\"]]" &&
	fails_with traffic-rule "2 rules of load balancer ${SQ}lb${SQ} forward to target group" &&
	weights &&
	sandbox_calls >actual &&
	test_grep ! -E "CreateTaskSet.*CreateTaskSet" actual
'

test_expect_success 'an old task set that may not be deleted is a warning; the next deployment deletes it' '
	one_side &&
	fault "{\"match\": {\"op\": \"DeleteTaskSet\"}, \"times\": 1, \"action\": {\"type\": \"denied\"}}" &&
	deploy >out &&
	test_grep "^retire: warning: what ran before .* could not be deleted and keeps running (.*): .*AccessDenied" out &&
	test_grep "^= PROCESSED_SUCCESS" out &&
	task_sets >actual &&
	cat >expect <<-\EOF2 &&
	ACTIVE 100% 2/2 web:1 blue
	PRIMARY 100% 2/2 web:2 green
	EOF2
	test_cmp expect actual &&
	weights "blue=100 green=0" "blue=80 green=20" "blue=0 green=100" &&
	deploy >out &&
	is_back "PRIMARY 100% 2/2 web:3 blue"
'

test_expect_success 'rollback: false keeps what did not become stable, without traffic' '
	one_side &&
	behave "{$bad, \"exit_after\": 0.02, \"exit_code\": 1}" &&
	shifting ".gmDeploymentCircuitBreaker = {failureThreshold: 1, rollback: false}" &&
	balanced_image bad:1 &&
	fails_with crashed "more than the 1 that" &&
	test_grep "^delete-new: the new task set is kept, without traffic: ${SQ}gmDeploymentCircuitBreaker.rollback${SQ} is false" out &&
	weights "blue=100 green=0" &&
	task_sets >actual &&
	test_grep "^ACTIVE 100% ./2 web:2 green" actual &&
	test_grep "^PRIMARY 100% 2/2 web:1 blue" actual &&
	sandbox_no_holes &&
	balanced_image good:2 &&
	deploy >out &&
	is_back "PRIMARY 100% 2/2 web:3 green"
'

test_expect_success 'two services share a listener: one goes back, the other on' '
	one_side rule &&
	control -d "{\"balancers\": [{\"name\": \"lb2\", \"listeners\": [{\"port\": 80, \"forward\": {\"rest\": 1}, \"rules\": [
		{\"priority\": 10, \"path\": \"/a\", \"forward\": {\"a1\": 1}},
		{\"priority\": 20, \"path\": \"/b\", \"forward\": {\"b1\": 1}}]}], \"free\": [\"a2\", \"b2\"]}]}" \
		"$SANDBOX_URL/_sandbox/seed" &&
	cp .control groups &&
	for s in a b
	do
		blue=$(jq -r .balancers.lb2.groups.${s}1 groups) && green=$(jq -r .balancers.lb2.groups.${s}2 groups) &&
		svcdef ".serviceName = \"$s\" | .deploymentController.type = \"EXTERNAL\" |
			.loadBalancers = [{targetGroupArn: \"$blue\", containerName: \"app\", containerPort: 80}]" &&
		mkdir -p $s && shifting ".alarms.alarmNames = [\"errors\"]" &&
		cp svc.json td.json $s && jq "if \"$s\" == \"b\" then del(.alarms) else . end" dep.json >$s/dep.json &&
		test-tool deploy --svcdef=$s/svc.json --taskdef=$s/td.json --depdef=$s/dep.json >$s/out || return 1
	done &&
	sandbox_ctl alarms "{\"name\": \"errors\", \"state\": \"ALARM\", \"when\": {\"rule\": \"lb2:80/10\", \"group\": \"a2\", \"weight\": 20}}" >/dev/null &&
	{ test-tool deploy --svcdef=a/svc.json --taskdef=a/td.json --depdef=a/dep.json >a/out & deploying=$!; } &&
	test-tool deploy --svcdef=b/svc.json --taskdef=b/td.json --depdef=b/dep.json >b/out &&
	test_expect_code 1 wait $deploying && deploying= &&
	test_grep "^! alarm: " a/out &&
	sandbox_traffic | sed -n "/ lb2:.* Modify/s/^[^ ]* //p" | sort >actual &&
	cat >expect <<-\EOF2 &&
	lb2:80/10 ModifyRule a1=100 a2=0
	lb2:80/10 ModifyRule a1=100 a2=0
	lb2:80/10 ModifyRule a1=80 a2=20
	lb2:80/20 ModifyRule b1=0 b2=100
	lb2:80/20 ModifyRule b1=100 b2=0
	lb2:80/20 ModifyRule b1=80 b2=20
	EOF2
	test_cmp expect actual &&
	sandbox_no_holes
'

test_expect_success 'AWS was asked for nothing that it would not understand' '
	sandbox_no_invalid_calls
'

test_done
