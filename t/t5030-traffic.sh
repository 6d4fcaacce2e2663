#!/bin/sh

test_description='traffic is moved between target groups, step by step, and back'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-deploy.sh

# ecs <operation> <json>, elb <operation> <form>: the answer
ecs () {
	printf "%s" "$2" >.body &&
	test-tool aws-call --service ecs --op "$1" <.body
}

elb () {
	printf "Action=%s&Version=2015-12-01&%s" "$1" "$2" >.body &&
	test-tool aws-call --service elasticloadbalancing --op "$1" <.body
}

# service_start [<filter of the balancer>]: a service "web" without a task set
service_start () {
	sandbox_ctl reset "{}" >/dev/null &&
	jq -n "{clusters: [\"demo\"], balancers: [{name: \"lb\", listeners: [
		{port: 80, forward: {blue: 1}}], free: [\"green\"]} | ${1:-.}],
		alarms: {errors: \"OK\", slow: \"OK\", any: {rule: \"ALARM(slow)\"}}}" >seed.json &&
	sandbox_ctl seed "$(cat seed.json)" >made.json &&
	blue=$(jq -r .balancers.lb.groups.blue made.json) &&
	green=$(jq -r .balancers.lb.groups.green made.json) &&
	listener=$(jq -r ".balancers.lb.listeners[\"80\"]" made.json) &&
	svcdef ".deploymentController = {type: \"EXTERNAL\"} | del(.launchType, .networkConfiguration) |
		.loadBalancers = [{targetGroupArn: \"$blue\", containerName: \"app\", containerPort: 80}]" &&
	taskdef good:1 ".containerDefinitions[0].portMappings = [{containerPort: 80}]" &&
	shifting "{type: \"CANARY\", percent: 20, waitInterval: 0.3}" &&
	ecs RegisterTaskDefinition "$(cat td.json)" >/dev/null &&
	ecs CreateService "$(jq -c "del(.loadBalancers)" svc.json)" >/dev/null &&
	rm -f journal
}

# traffic_start [<filter of the balancer>]: its PRIMARY task set is on blue, green is to be next
traffic_start () {
	service_start "${1:-.}" &&
	task_set "$blue" &&
	ecs UpdateServicePrimaryTaskSet \
		"{\"cluster\": \"demo\", \"service\": \"web\", \"primaryTaskSet\": \"$(cat created)\"}" >/dev/null
}

# shifting <trafficShiftingConfig> [<filter>]
shifting () {
	depdef ".targetGroupArnPairs = [[\"$blue\", \"$green\"]] | .trafficShiftingConfig = $1 | ${2:-.}"
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

# ready [<filter of the balancer>]: both sides run, green is attached
ready () {
	traffic_start "${1:-.}" &&
	steps find,attach &&
	task_set "$green"
}

# weights <line>...: these were set, one after the other
weights () {
	for line
	do
		printf "%s\n" "$line"
	done >expect &&
	sandbox_traffic | sed -n "s/^[^ ]* [^ ]* Modify[A-Za-z]* //p" >actual &&
	test_cmp expect actual
}

# told <line>...: by the steps, the beginning of each line
told () {
	sed "/: taken up again at /d" out >lines &&
	test_line_count -eq $# lines &&
	for line
	do
		read -r actual <&3 &&
		case "$actual" in
		"$line"*) ;;
		*) echo "not '$line' but '$actual'"; return 1 ;;
		esac || return
	done 3<lines
}

# edit <blue> <green>: somebody else does
edit () {
	elb ModifyListener "ListenerArn=$listener&DefaultActions.member.1.Type=forward&$(
		)DefaultActions.member.1.ForwardConfig.TargetGroups.member.1.TargetGroupArn=$blue&$(
		)DefaultActions.member.1.ForwardConfig.TargetGroups.member.1.Weight=$1&$(
		)DefaultActions.member.1.ForwardConfig.TargetGroups.member.2.TargetGroupArn=$green&$(
		)DefaultActions.member.1.ForwardConfig.TargetGroups.member.2.Weight=$2" >/dev/null
}

test_expect_success 'setup' '
	sandbox_start
'

test_expect_success 'a canary gets its share, then the rest' '
	traffic_start &&
	steps find,attach &&
	told "find: traffic: the default action of HTTP:80 of load balancer ${SQ}lb${SQ}, from target group ${SQ}blue${SQ} to ${SQ}green${SQ}" \
		"attach: traffic: target group ${SQ}green${SQ} is attached" "= PROCESSED_SUCCESS" &&
	task_set "$green" &&
	steps shift &&
	told "shift: traffic: 20 % to the new task set, waiting 0.3 s" \
		"shift: traffic: 100 % to the new task set, waiting 0.3 s" "= PROCESSED_SUCCESS" &&
	weights "blue=100 green=0" "blue=80 green=20" "blue=0 green=100" &&
	sandbox_no_holes
'

test_expect_success 'the record keeps which rule, which groups, and the weights as they were' '
	field ids journal >ids &&
	jq -r ".listener, .oldTargetGroup, .newTargetGroup, .weights, .trafficFrom, .trafficTo" ids >actual &&
	printf "%s\n" "$listener" "$blue" "$green" 1:0 80:20 0:100 >expect &&
	test_cmp expect actual
'

test_expect_success 'linear steps are equal, the last one is what is left' '
	ready &&
	shifting "{type: \"LINEAR\", percent: 30, waitInterval: 0.1}" &&
	steps shift &&
	weights "blue=100 green=0" "blue=70 green=30" "blue=40 green=60" "blue=10 green=90" "blue=0 green=100" &&
	test_grep "^shift: traffic: 90 % to the new task set, waiting 0.1 s" out &&
	sandbox_no_holes
'

test_expect_success 'all at once is one step' '
	ready &&
	shifting "{type: \"ALL_AT_ONCE\", waitInterval: 0.1}" &&
	steps shift &&
	weights "blue=100 green=0" "blue=0 green=100" &&
	sandbox_no_holes
'

test_expect_success 'a rule keeps all but two weights' '
	traffic_start ".free = [\"green\"] | .listeners = [{port: 80, forward: {main: 1}, rules: [
		{priority: 5, host: \"x.example\", forward: {main: 1}},
		{priority: 10, path: \"/api/*\", sticky: 600, forward: {blue: 1, other: 3}}]}]" &&
	elb DescribeRules "ListenerArn=$listener" >before &&
	steps find,attach &&
	test_grep "rule 10 of HTTP:80 of load balancer" out &&
	test_grep "the rule keeps clients on a target group for 600 s, whatever the weights" out &&
	task_set "$green" &&
	steps shift &&
	weights "blue=100 other=300 green=0" "blue=80 other=300 green=20" "blue=0 other=300 green=100" &&
	elb DescribeRules "ListenerArn=$listener" >after &&
	filter="(.. | objects | select(has(\"TargetGroups\"))) |= del(.TargetGroups)" &&
	jq "$filter" before >expect &&
	jq "$filter" after >actual &&
	test_grep "\"DurationSeconds\": \"600\"" actual &&
	test_cmp expect actual
'

test_expect_success 'who has to log in still has to, with the secret that is never shown' '
	traffic_start ".free = [\"green\"] | .listeners = [{port: 443, protocol: \"HTTPS\", forward: {main: 1}, rules: [
		{priority: 1, path: \"/in\", forward: {blue: 1}}]}]" &&
	listener=$(jq -r ".balancers.lb.listeners[\"443\"]" made.json) &&
	rule=$(elb DescribeRules "ListenerArn=$listener" | jq -r ".Rules[0].RuleArn") &&
	in=Actions.member.1.AuthenticateOidcConfig &&
	elb ModifyRule "RuleArn=$rule&Actions.member.1.Type=authenticate-oidc&Actions.member.1.Order=1&$(
		)$in.Issuer=https%3A%2F%2Fid&$in.AuthorizationEndpoint=https%3A%2F%2Fid%2Fa&$(
		)$in.TokenEndpoint=https%3A%2F%2Fid%2Ft&$in.UserInfoEndpoint=https%3A%2F%2Fid%2Fu&$(
		)$in.ClientId=me&$in.ClientSecret=hush&$in.Scope=openid%20email&$(
		)$in.AuthenticationRequestExtraParams.entry.1.key=prompt&$(
		)$in.AuthenticationRequestExtraParams.entry.1.value=login&$(
		)Actions.member.2.Type=forward&Actions.member.2.Order=2&Actions.member.2.TargetGroupArn=$blue" >/dev/null &&
	elb DescribeRules "RuleArns.member.1=$rule" | jq ".Rules[0].Actions[0]" >before &&
	test_grep "openid email" before &&
	steps find,attach &&
	task_set "$green" &&
	steps shift &&
	elb DescribeRules "RuleArns.member.1=$rule" | jq ".Rules[0].Actions[0]" >after &&
	test_cmp before after &&
	sandbox_no_invalid_calls
'

test_expect_success 'one rule, or nothing is moved' '
	traffic_start ".listeners[0].rules = [{priority: 7, path: \"/x\", forward: {blue: 1}}]" &&
	test_expect_code 1 steps find &&
	test_grep "^! traffic-rule: 2 rules of load balancer ${SQ}lb${SQ} forward to target group ${SQ}blue${SQ} or ${SQ}green${SQ}: the default action of HTTP:80, rule 7 of HTTP:80; which one carries" out &&
	weights
'

test_expect_success 'a rule that gives the service nothing is none to move' '
	traffic_start &&
	edit 0 0 &&
	test_expect_code 1 steps find,attach &&
	test_grep "^! traffic-rule: the rule sends no traffic to target group ${SQ}blue${SQ}, which the service uses" out
'

test_expect_success 'a network load balancer has listeners only' '
	ready ".type = \"network\"" &&
	test_grep "the default action of TCP:80 of load balancer" out &&
	steps shift &&
	weights "blue=100 green=0" "blue=80 green=20" "blue=0 green=100" &&
	sandbox_calls op=DescribeRules >calls &&
	test_must_be_empty calls
'

test_expect_success 'what no rule forwards to cannot be moved' '
	traffic_start &&
	elb ModifyListener "ListenerArn=$listener&DefaultActions.member.1.Type=fixed-response&DefaultActions.member.1.FixedResponseConfig.StatusCode=503" >/dev/null &&
	test_expect_code 1 steps find &&
	test_grep "^! traffic-rule: neither target group ${SQ}blue${SQ} nor ${SQ}green${SQ} belongs to a load balancer" out
'

test_expect_success 'the pair must have the group in use' '
	traffic_start &&
	depdef ".targetGroupArnPairs = [[\"$green\", \"$green-x\"]] | .trafficShiftingConfig = {}" &&
	test_expect_code 1 steps find &&
	test_grep "^! settings: no pair of ${SQ}targetGroupArnPairs${SQ} has target group ${SQ}blue${SQ}" out &&
	depdef ".trafficShiftingConfig = {}" &&
	rm journal &&
	test_expect_code 1 steps find &&
	test_grep "^! settings: ${SQ}trafficShiftingConfig${SQ} needs ${SQ}targetGroupArnPairs${SQ}" out
'

test_expect_success 'target groups that do not exist are named' '
	traffic_start &&
	depdef ".targetGroupArnPairs = [[\"$blue\", \"${green}0\"]] | .trafficShiftingConfig = {}" &&
	test_expect_code 1 steps find &&
	test_grep "^! target-group: a target group of ${SQ}targetGroupArnPairs${SQ} does not exist" out
'

test_expect_success 'nothing goes to targets that are not healthy' '
	ready &&
	sandbox_ctl targets "{\"group\": \"green\", \"health\": \"unhealthy\", \"code\": \"Target.Timeout\", \"reason\": \"Request timed out\", \"count\": 1, \"replace\": false}" >/dev/null &&
	shifting "{waitInterval: 0.1}" ".stabilityCheck.timeout = 1" &&
	test_expect_code 1 steps shift &&
	test_grep "^shift: traffic: waiting for healthy targets, 1 of 2" out &&
	test_grep "^! health-elb: target group ${SQ}green${SQ} has 1 healthy target of 2 after 1 s, so that it gets no traffic: Target.Timeout (Request timed out)" out &&
	weights "blue=100 green=0"
'

test_expect_success 'a group without a task set gets nothing' '
	traffic_start &&
	steps find,attach &&
	test_expect_code 1 steps shift &&
	test_grep "^! superseded: service ${SQ}web${SQ} has no task set on target group ${SQ}green${SQ} any more" out &&
	weights "blue=100 green=0"
'

test_expect_success 'targets that fall ill between two steps stop the shift, and all goes back' '
	ready &&
	shifting "{type: \"LINEAR\", percent: 50, waitInterval: 0.5}" ".stabilityCheck.timeout = 1" &&
	test_expect_code 137 steps shift --die-after-answers=6 &&
	sandbox_ctl targets "{\"group\": \"green\", \"health\": \"unhealthy\", \"count\": 1, \"replace\": false}" >/dev/null &&
	test_expect_code 1 steps shift &&
	test_grep "^! health-elb: .* so that it gets no further traffic" out &&
	test_grep "^undo: traffic: all back to the old task set" out &&
	weights "blue=100 green=0" "blue=50 green=50" "blue=100 green=0"
'

test_expect_success 'an alarm sends all back, and is named with its metric and reason' '
	ready &&
	shifting "{waitInterval: 5}" ".alarms.alarmNames = [\"errors\", \"slow\"]" &&
	sandbox_ctl alarms "{\"name\": \"slow\", \"state\": \"ALARM\", \"reason\": \"Threshold Crossed: 1 datapoint\", \"when\": {\"rule\": \"lb:80/default\", \"group\": \"green\", \"weight\": 20}}" >/dev/null &&
	test_expect_code 1 steps shift &&
	test_grep "^! alarm: alarm ${SQ}slow${SQ} is in ALARM (.*): Threshold Crossed: 1 datapoint" out &&
	test_grep "^undo: traffic: all back to the old task set" out &&
	weights "blue=100 green=0" "blue=80 green=20" "blue=100 green=0" &&
	sandbox_no_holes
'

test_expect_success 'alarms are watched in the last wait, composite ones, too' '
	ready &&
	shifting "{type: \"ALL_AT_ONCE\", waitInterval: 5}" ".alarms.alarmNames = [\"any\"]" &&
	sandbox_ctl alarms "{\"name\": \"slow\", \"state\": \"ALARM\", \"when\": {\"rule\": \"lb:80/default\", \"group\": \"green\", \"weight\": 100}, \"in\": 0.2}" >/dev/null &&
	test_expect_code 1 steps shift &&
	test_grep "^! alarm: alarm ${SQ}any${SQ} is in ALARM (ALARM(slow))" out &&
	weights "blue=100 green=0" "blue=0 green=100" "blue=100 green=0"
'

test_expect_success 'an alarm that goes off already refuses the deployment' '
	traffic_start &&
	shifting "{}" ".alarms.alarmNames = [\"errors\"]" &&
	sandbox_ctl alarms "{\"name\": \"errors\", \"state\": \"ALARM\"}" >/dev/null &&
	test_expect_code 1 steps find,attach &&
	test_grep "^! alarm: alarm ${SQ}errors${SQ} is in ALARM" out &&
	weights
'

test_expect_success 'an alarm that does not exist refuses it, too' '
	traffic_start &&
	shifting "{}" ".alarms.alarmNames = [\"errors\", \"errros\"]" &&
	test_expect_code 1 steps find,attach &&
	test_grep "^! alarm-missing: there is no alarm ${SQ}errros${SQ} in region us-east-1" out &&
	weights
'

test_expect_success 'no answer about alarms is no OK: the shift pauses until there is one' '
	ready &&
	shifting "{waitInterval: 0.3}" ".alarms.alarmNames = [\"errors\"]" &&
	fault "{\"match\": {\"service\": \"cloudwatch\"}, \"times\": 8, \"action\": {\"type\": \"unavailable\"}}" &&
	AWS_MAX_ATTEMPTS=1 steps shift &&
	test_grep "^shift: traffic: paused, the alarms cannot be read: " out &&
	weights "blue=100 green=0" "blue=80 green=20" "blue=0 green=100"
'

test_expect_success 'without an answer for too long all goes back' '
	ready &&
	shifting "{waitInterval: 0.3}" ".alarms.alarmNames = [\"errors\"] | .stabilityCheck.timeout = 1" &&
	fault "{\"match\": {\"service\": \"cloudwatch\"}, \"skip\": 1, \"action\": {\"type\": \"unavailable\"}}" &&
	AWS_MAX_ATTEMPTS=1 test_expect_code 1 steps shift &&
	test_grep "^! alarm-unread: the alarms cannot be read" out &&
	weights "blue=100 green=0" "blue=80 green=20" "blue=100 green=0"
'

test_expect_success 'where CloudWatch speaks no JSON it is asked in Query' '
	ready &&
	shifting "{waitInterval: 0.1}" ".alarms.alarmNames = [\"any\"]" &&
	fault "{\"match\": {\"service\": \"cloudwatch\"}, \"times\": 1, \"action\": {\"type\": \"error\", \"code\": \"UnknownOperationException\", \"status\": 404, \"message\": \"\"}}" &&
	steps shift &&
	weights "blue=100 green=0" "blue=80 green=20" "blue=0 green=100" &&
	sandbox_no_invalid_calls
'

# each_its_own: `deploy --count` is of as many services, so that none waits for another
each_its_own () {
	jq ".serviceName = \"web-@N@\"" svc.json >svc &&
	mv svc svc.json
}

test_expect_success 'deployments watch their alarms together' '
	traffic_start &&
	shifting "{waitInterval: 60}" ".alarms.alarmNames = [\"errors\", \"slow\"]" &&
	each_its_own &&
	sandbox_calls service=cloudwatch >before &&
	deploy --steps=find --count=40 >out &&
	test_grep "40 ended, 0 failed" out &&
	sandbox_calls service=cloudwatch >after &&
	test $(($(wc -l <after) - $(wc -l <before))) -le 4
'

test_expect_success 'more alarms than fit into a call take two' '
	traffic_start &&
	sandbox_ctl seed "$(jq -n -c "{alarms: ([range(1; 41) as \$n | (\"a\(\$n)\", \"b\(\$n)\", \"c\(\$n)\")] | map({(.): \"OK\"}) | add)}")" >/dev/null &&
	shifting "{waitInterval: 60}" ".alarms.alarmNames = [\"a@N@\", \"b@N@\", \"c@N@\"]" &&
	each_its_own &&
	sandbox_calls service=cloudwatch >before &&
	deploy --steps=find --count=40 >out &&
	test_grep "40 ended, 0 failed" out &&
	sandbox_calls service=cloudwatch >after &&
	test $(($(wc -l <after) - $(wc -l <before))) -ge 2 &&
	test $(($(wc -l <after) - $(wc -l <before))) -le 8 &&
	sandbox_ctl alarms "{\"name\": \"c40\", \"state\": \"ALARM\"}" >/dev/null &&
	test_expect_code 1 deploy --steps=find --count=40 >out &&
	test_grep "40 ended, 1 failed" out
'

test_expect_success 'weights that someone else has set end the shift' '
	ready &&
	shifting "{waitInterval: 0.5}" &&
	test_expect_code 137 steps shift --die-after-answers=6 &&
	edit 60 40 &&
	test_expect_code 1 steps shift &&
	test_grep "^! traffic-edited: someone else edited the rule: ${SQ}blue${SQ} has weight 60 and ${SQ}green${SQ} 40, not 80 and 20" out &&
	test_grep "^undo: traffic: all back" out &&
	weights "blue=100 green=0" "blue=80 green=20" "blue=60 green=40" "blue=100 green=0"
'

test_expect_success 'a rule that is gone ends it, too' '
	with_rule=".listeners = [{port: 80, forward: {main: 1}, rules: [{priority: 10, path: \"/api/*\", forward: {blue: 1}}]}]" &&
	traffic_start "$with_rule" &&
	steps find &&
	elb DeleteRule "RuleArn=$(field ids journal | jq -r .rule)" >/dev/null &&
	test_expect_code 1 steps attach &&
	test_grep "^! traffic-edited: cannot attach the target group: RuleNotFound" out &&
	ready "$with_rule" &&
	shifting "{waitInterval: 0.5}" ".stabilityCheck.timeout = 1" &&
	test_expect_code 137 steps shift --die-after-answers=6 &&
	elb DeleteRule "RuleArn=$(field ids journal | jq -r .rule)" >/dev/null &&
	test_expect_code 1 steps shift &&
	test_grep "^! traffic-edited: someone else deleted the rule: RuleNotFound" out &&
	test_grep "^undo: traffic: the rule is gone" out
'

test_expect_success 'a group that should be free, but serves since then, is not touched' '
	traffic_start &&
	steps find &&
	edit 50 50 &&
	task_set "$green" &&
	test_expect_code 1 steps attach &&
	test_grep "^! traffic-edited: the rule sends traffic to target group ${SQ}green${SQ}, which should be free" out &&
	weights "blue=50 green=50"
'

# refused <pattern>: as in use, after nothing but looking
refused () {
	sandbox_calls >before &&
	test_expect_code 1 steps find,attach &&
	test_grep "^! group-in-use: target group $1" out &&
	test_grep "^hint: deregister them, or name a free target group" out &&
	sandbox_calls | tail -n +$(($(wc -l <before) + 1)) >after &&
	test_grep ! -E "Modify|Create|Register" after
}

test_expect_success 'a group with targets of others is refused, and they are told' '
	traffic_start &&
	elb RegisterTargets "TargetGroupArn=$green&Targets.member.1.Id=10.9.9.1&Targets.member.1.Port=8080&$(
		)Targets.member.2.Id=10.9.9.2&Targets.member.2.Port=8080" >/dev/null &&
	refused "${SQ}green${SQ} is not free, it has targets that are not of this deployment: 10.9.9.1:8080 (unused), 10.9.9.2:8080 (unused)$" &&
	for n in 3 4 5 6 7
	do
		elb RegisterTargets "TargetGroupArn=$green&Targets.member.1.Id=10.9.9.$n" >/dev/null || return 1
	done &&
	rm journal && refused ".*10.9.9.5:80 (unused), and 2 more$" &&
	for n in 3 4 5 6 7
	do
		elb DeregisterTargets "TargetGroupArn=$green&Targets.member.1.Id=10.9.9.$n" >/dev/null || return 1
	done &&
	elb DeregisterTargets "TargetGroupArn=$green&Targets.member.1.Id=10.9.9.1&Targets.member.1.Port=8080&$(
		)Targets.member.2.Id=10.9.9.2&Targets.member.2.Port=8080" >/dev/null &&
	rm journal && steps find,attach
'

test_expect_success 'so is one with a task set of the service that somebody else made' '
	ready && rm journal &&
	refused "${SQ}green${SQ} is not free, .*; the service has task sets of someone else${SQ}s on it: ${SQ}ecs-svc/"
'

test_expect_success 'and a new service takes no traffic from what serves' '
	service_start ".listeners[0].forward = {green: 1} | .free = [\"blue\"]" &&
	elb RegisterTargets "TargetGroupArn=$green&Targets.member.1.Id=10.9.9.1" >/dev/null &&
	refused "${SQ}green${SQ} is not free, .*: 10.9.9.1:80 ("
'

test_expect_success 'weight left on a group without targets is taken back' '
	traffic_start &&
	edit 50 50 &&
	steps find,attach &&
	weights "blue=50 green=50" "blue=100 green=0"
'

test_expect_success 'what was done when the answer got lost is not done twice' '
	ready &&
	fault "{\"match\": {\"op\": \"ModifyListener\"}, \"times\": 1, \"action\": {\"type\": \"reset-after\"}}" &&
	fault "{\"match\": {\"op\": \"DescribeTargetHealth|DescribeListeners\"}, \"every\": 2, \"times\": 3, \"action\": {\"type\": \"throttle\"}}" &&
	steps shift &&
	weights "blue=100 green=0" "blue=80 green=20" "blue=0 green=100"
'

test_expect_success 'a denied call says what to allow, and all goes back' '
	ready &&
	fault "{\"match\": {\"op\": \"ModifyListener\"}, \"skip\": 1, \"times\": 1, \"action\": {\"type\": \"denied\"}}" &&
	test_expect_code 1 steps shift &&
	test_grep "^! iam-denied: cannot move the traffic: AccessDenied" out &&
	test_grep "^hint: allow .elasticloadbalancing:ModifyListener" out &&
	weights "blue=100 green=0" "blue=80 green=20" "blue=100 green=0"
'

test_expect_success 'without a healthy target on the old side the traffic stays' '
	ready &&
	shifting "{waitInterval: 0.5}" &&
	test_expect_code 137 steps shift --die-after-answers=6 &&
	sandbox_ctl targets "{\"group\": \"blue\", \"health\": \"unhealthy\", \"replace\": false}" >/dev/null &&
	test_expect_code 1 steps back &&
	test_grep "^back: failed: traffic: target group ${SQ}blue${SQ} has no healthy target to go back to, the traffic is left" out &&
	test "$(field ids journal | jq -r .trafficLeft)" = 1 &&
	weights "blue=100 green=0" "blue=80 green=20"
'

test_expect_success 'a new service gets its traffic at once, when it is healthy' '
	service_start ".listeners[0].forward = {green: 1} | .free = [\"blue\"]" &&
	steps find,attach &&
	test_grep "^find: traffic: the default action of HTTP:80 of load balancer ${SQ}lb${SQ}, to target group ${SQ}blue${SQ}" out &&
	task_set "$blue" &&
	steps shift &&
	test_grep "^shift: traffic: 100 % to the new task set$" out &&
	weights "green=1 blue=0" "green=0 blue=1"
'

test_expect_success 'a worker may die after any answer: each weight is set once, no wait begins anew' '
	for n in 1 3 4 5 6 7 9
	do
		ready &&
		shifting "{type: \"LINEAR\", percent: 50, waitInterval: 0.2}" ".alarms.alarmNames = [\"errors\"]" &&
		test_expect_code 137 steps shift --die-after-answers=$n &&
		steps shift &&
		weights "blue=100 green=0" "blue=50 green=50" "blue=0 green=100" &&
		sandbox_no_holes || return 1
	done
'

test_expect_success 'the rest of a wait is waited for, not all of it' '
	ready &&
	shifting "{waitInterval: 1000}" &&
	test_expect_code 137 steps shift --die-after-saves=4 &&
	tail -n 1 journal | jq -c ".ids.trafficWait = ((.ids.trafficWait | tonumber) - 500000 | tostring)" >aged &&
	mv aged journal &&
	test_expect_code 124 timeout 5 test-tool deploy --svcdef=svc.json --taskdef=td.json \
		--depdef=dep.json --journal=journal --steps=shift >out &&
	test_grep "^shift: traffic: 20 % are with the new task set, waiting [45][0-9][0-9][.0-9]* s more" out &&
	weights "blue=100 green=0" "blue=80 green=20"
'

test_done
