#!/bin/sh

test_description='traffic is moved between target groups, step by step, and back'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-deploy.sh

# ecs <operation> <json>, elb <operation> <form>: the answer
ecs () {
	printf "%s" "$2" >.body &&
	test-tool aws-call --service ecs --op "$1" <.body
}

# traffic_start [<filter of the balancer>]: a service "web" whose PRIMARY task set is on blue
traffic_start () {
	sandbox_ctl reset "{}" >/dev/null &&
	jq -n "{clusters: [\"demo\"], balancers: [{name: \"lb\", listeners: [
		{port: 80, forward: {blue: 1}}], free: [\"green\"]} | ${1:-.}],
		alarms: {errors: \"OK\", slow: \"OK\"}}" >seed.json &&
	sandbox_ctl seed "$(cat seed.json)" >made.json &&
	blue=$(jq -r .balancers.lb.groups.blue made.json) &&
	green=$(jq -r .balancers.lb.groups.green made.json) &&
	svcdef ".deploymentController = {type: \"EXTERNAL\"} | del(.launchType, .networkConfiguration) |
		.loadBalancers = [{targetGroupArn: \"$blue\", containerName: \"app\", containerPort: 80}]" &&
	taskdef good:1 ".containerDefinitions[0].portMappings = [{containerPort: 80}]" &&
	depdef ".targetGroupArnPairs = [[\"$blue\", \"$green\"]] |
		.trafficShiftingConfig = {type: \"CANARY\", percent: 20, waitInterval: 0.3}" &&
	ecs RegisterTaskDefinition "$(cat td.json)" >/dev/null &&
	ecs CreateService "$(jq -c "del(.loadBalancers)" svc.json)" >/dev/null &&
	task_set "$blue" &&
	ecs UpdateServicePrimaryTaskSet \
		"{\"cluster\": \"demo\", \"service\": \"web\", \"primaryTaskSet\": \"$(cat created)\"}" >/dev/null &&
	rm -f journal
}

# task_set <target group>: its id in "created", its targets are healthy
task_set () {
	ecs CreateTaskSet "$(jq -n -c --arg group "$1" '{cluster: "demo", service: "web", taskDefinition: "web",
		launchType: "FARGATE", scale: {value: 100, unit: "PERCENT"},
		networkConfiguration: {awsvpcConfiguration: {subnets: ["subnet-1"]}},
		loadBalancers: [{targetGroupArn: $group, containerName: "app", containerPort: 80}]}')" |
	jq -r .taskSet.id >created &&
	test -s created &&
	sandbox_wait "{\"service\": {\"name\": \"web\", \"steady\": true}}" >/dev/null
}

# steps <names> [<option>...]: what is told goes to "out"
steps () {
	steps_=$1 &&
	shift &&
	deploy --journal=journal --steps="$steps_" "$@" >out
}

# weights: all that were set, "blue=80 green=20" a line
weights () {
	sandbox_traffic | sed -n "s/^[^ ]* [^ ]* Modify[A-Za-z]* //p"
}

test_expect_success 'setup' '
	sandbox_start
'

test_expect_success 'a canary gets its share, then the rest' '
	traffic_start &&
	steps find,attach &&
	test_grep "^find: traffic: the default action of HTTP:80 of load balancer ${SQ}lb${SQ}, from target group ${SQ}blue${SQ} to ${SQ}green${SQ}" out &&
	test_grep "^attach: traffic: target group ${SQ}green${SQ} is attached" out &&
	task_set "$green" &&
	steps shift &&
	cat >expect <<-\EOF &&
	shift: traffic: 20 % to the new task set, waiting 0.3 s
	shift: traffic: 100 % to the new task set, waiting 0.3 s
	= PROCESSED_SUCCESS
	EOF
	sed 1d out >actual &&
	test_cmp expect actual &&
	cat >expect <<-\EOF &&
	blue=100 green=0
	blue=80 green=20
	blue=0 green=100
	EOF
	weights >actual &&
	test_cmp expect actual &&
	sandbox_no_holes
'

test_done
