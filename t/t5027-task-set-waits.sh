#!/bin/sh

test_description='while it waits between two parts of the traffic a deployment sees what others do'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-traffic.sh

# No wait of these ends by itself: what is seen is seen in its middle.
long="type: \"CANARY\", waitInterval: 10000"

# task_set_of <status>: its id
task_set_of () {
	ecs DescribeTaskSets "{\"cluster\": \"demo\", \"service\": \"web\"}" &&
	jq -r ".taskSets[] | select(.status == \"$1\").id" .answer
}

test_expect_success 'setup' '
	deploy_start
'

test_expect_success 'weights that someone else sets' '
	one_side && listener &&
	begin "$long" && edit 60 40 &&
	fails_with traffic-edited "${SQ}blue${SQ} has weight 60 and ${SQ}green${SQ} 40, not 80 and 20" &&
	weights "blue=100 green=0" "blue=80 green=20" "blue=60 green=40" "blue=100 green=0" &&
	is_back
'

test_expect_success 'a rule that someone deletes' '
	one_side rule &&
	rule=10 && begin "$long" && rule= &&
	elb DeleteRule "RuleArn=$arn" &&
	fails_with traffic-edited "someone else deleted the rule: RuleNotFound" &&
	is_back
'

test_expect_success 'a listener that someone deletes' '
	one_side && listener &&
	begin "$long" && elb DeleteListener "ListenerArn=$arn" &&
	fails_with traffic-edited "someone else deleted the listener: ListenerNotFound" &&
	is_back
'

test_expect_success 'a target group that someone takes out of the rule and deletes' '
	one_side && listener &&
	begin "$long" &&
	elb ModifyListener "ListenerArn=$arn&DefaultActions.member.1.Type=forward&DefaultActions.member.1.TargetGroupArn=$blue" &&
	elb DeleteTargetGroup "TargetGroupArn=$green" &&
	fails_with traffic-edited "it does not forward to the new target group any more" &&
	weights "blue=100 green=0" "blue=80 green=20" "blue=1" &&
	is_back
'

test_expect_success 'a service that someone deletes' '
	one_side &&
	begin "$long" &&
	ecs DeleteService "{\"cluster\": \"demo\", \"service\": \"web\", \"force\": true}" &&
	fails_with service-deleted "was deleted while it was deployed"
'

test_expect_success 'the new task set, that someone deletes' '
	one_side &&
	begin "$long" &&
	ecs DeleteTaskSet "{\"cluster\": \"demo\", \"service\": \"web\", \"taskSet\": \"$(task_set_of ACTIVE)\", \"force\": true}" &&
	fails_with superseded "task set .* was deleted by someone else meanwhile" &&
	weights "blue=100 green=0" "blue=80 green=20" "blue=100 green=0" &&
	task_sets >actual && echo "PRIMARY 100% 2/2 web:1 blue" >expect && test_cmp expect actual
'

test_expect_success 'the old one: nobody is left to go back to, so the new one gets all' '
	one_side &&
	begin "$long" &&
	ecs DeleteTaskSet "{\"cluster\": \"demo\", \"service\": \"web\", \"taskSet\": \"$(task_set_of PRIMARY)\", \"force\": true}" &&
	fails_with superseded "task set .*, which ran before, was deleted by someone else meanwhile" &&
	test_grep "^shift-back: traffic: all to the new task set, nothing is left of the old one" out &&
	test_grep "^delete-new: the new task set is kept: the traffic is there" out &&
	weights "blue=100 green=0" "blue=80 green=20" "blue=0 green=100" &&
	task_sets >actual && echo "ACTIVE 100% 2/2 web:2 green" >expect && test_cmp expect actual
'

test_expect_success 'the new task set, that someone scales' '
	one_side &&
	begin "$long" &&
	ecs UpdateTaskSet "{\"cluster\": \"demo\", \"service\": \"web\", \"taskSet\": \"$(task_set_of ACTIVE)\",
		\"scale\": {\"value\": 50, \"unit\": \"PERCENT\"}}" &&
	fails_with superseded "was scaled to 50 % by someone else meanwhile" &&
	weights "blue=100 green=0" "blue=80 green=20" "blue=100 green=0" &&
	is_back
'

test_expect_success 'another one, that someone makes PRIMARY' '
	one_side &&
	begin "$long" &&
	ecs UpdateServicePrimaryTaskSet "{\"cluster\": \"demo\", \"service\": \"web\", \"primaryTaskSet\": \"$(task_set_of ACTIVE)\"}" &&
	sandbox_calls "op=DescribeServices" | wc -l >looks &&
	sandbox_wait "{\"calls\": {\"op\": \"DescribeServices\", \"count\": $(($(cat looks) + 3))}}" >/dev/null &&
	kill -0 $deploying &&
	ecs CreateTaskSet "$(jq -n -c --arg group "$blue" "{cluster: \"demo\", service: \"web\", taskDefinition: \"web:1\",
		launchType: \"FARGATE\", networkConfiguration: {awsvpcConfiguration: {subnets: [\"subnet-1\"]}},
		loadBalancers: [{targetGroupArn: \$group, containerName: \"app\", containerPort: 80}]}")" &&
	ecs UpdateServicePrimaryTaskSet "{\"cluster\": \"demo\", \"service\": \"web\",
		\"primaryTaskSet\": \"$(jq -r .taskSet.id .answer)\"}" &&
	fails_with superseded "service .web. was deployed by someone else meanwhile: .web:1." &&
	weights "blue=100 green=0" "blue=80 green=20" "blue=100 green=0" &&
	sandbox_no_holes
'

ill () {
	sandbox_ctl targets "{\"group\": \"green\", \"health\": \"$1\", \"reason\": \"Request timed out\", \"replace\": false ${2:+, \"count\": $2}}" >/dev/null
}

test_expect_success 'new targets that fall ill, all of them' '
	one_side &&
	begin "$long" && ill unhealthy &&
	fails_with health-elb "target group .green. has 0 healthy targets of 2 while it gets traffic: .*Request timed out" &&
	weights "blue=100 green=0" "blue=80 green=20" "blue=100 green=0" &&
	task_sets >actual && echo "PRIMARY 100% 2/2 web:1 blue" >expect && test_cmp expect actual
'

test_expect_success 'one of them, for longer than stabilityCheck.timeout' '
	one_side &&
	shifting ".stabilityCheck.timeout = 1 | .trafficShiftingConfig = {$long}" &&
	{ deploy >out & deploying=$!; } &&
	sandbox_wait "{\"traffic\": {\"rule\": \"lb:80/default\", \"group\": \"green\", \"weight\": 20}}" >/dev/null &&
	ill unhealthy 1 &&
	fails_with health-elb "has 1 healthy target of 2 while it gets traffic" &&
	test_grep "^shift: traffic: 1 of 2 new targets are healthy: .*Request timed out" out &&
	weights "blue=100 green=0" "blue=80 green=20" "blue=100 green=0" &&
	is_back
'

test_expect_success 'one that ECS replaces in time is none too many' '
	one_side &&
	begin "type: \"ALL_AT_ONCE\", waitInterval: 10" 100 &&
	ill unhealthy 1 &&
	wait_for grep "^shift: traffic: 1 of 2 new targets are healthy" out &&
	ill healthy &&
	wait $deploying && deploying= &&
	is_back "PRIMARY 100% 2/2 web:2 green"
'

test_expect_success 'what falls ill in the last wait is not what the old side is given up for' '
	one_side &&
	shifting ".stabilityCheck = {pollInterval: 60, timeout: 1} |
		.trafficShiftingConfig = {type: \"ALL_AT_ONCE\", waitInterval: 3}" &&
	{ deploy >out & deploying=$!; } &&
	sandbox_wait "{\"traffic\": {\"rule\": \"lb:80/default\", \"group\": \"green\", \"weight\": 100}}" >/dev/null &&
	ill unhealthy 1 &&
	fails_with health-elb "has 1 healthy target of 2 after 1 s" &&
	weights "blue=100 green=0" "blue=0 green=100" "blue=100 green=0" &&
	is_back
'

test_expect_success 'looks without an answer are no news' '
	one_side &&
	fault "{\"match\": {\"op\": \"DescribeListeners|DescribeTargetHealth\"}, \"skip\": 6, \"times\": 4, \"action\": {\"type\": \"denied\"}}" &&
	shifting ".trafficShiftingConfig = {type: \"ALL_AT_ONCE\", waitInterval: 2}" &&
	{ deploy >out || { cat out && false; }; } &&
	sandbox_calls "faulted=1" >calls && test_line_count = 4 calls &&
	is_back "PRIMARY 100% 2/2 web:2 green"
'

test_expect_success 'AWS was asked for nothing that it would not understand' '
	sandbox_no_invalid_calls
'

test_done
