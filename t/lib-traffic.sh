# Functions for tests of shifting: a service behind a load balancer, and others
# who interfere.
#
#	. ./test-lib.sh
#	. "$TEST_DIRECTORY"/lib-traffic.sh
#
#	test_expect_success 'weights that someone else sets' '
#		one_side && listener &&
#		begin "type: \"CANARY\"" && edit 60 40 &&
#		fails_with traffic-edited "has weight 60" &&
#		is_back
#	'
#
# shellcheck shell=sh

. "$TEST_DIRECTORY"/lib-deploy.sh

# ecs <operation> <json>, elb <operation> <form>: as somebody else
ecs () {
	printf "%s" "$2" >.body &&
	test-tool aws-call --service ecs --op "$1" <.body >.answer
}

elb () {
	printf "Action=%s&Version=2015-12-01&%s" "$1" "$2" >.body &&
	test-tool aws-call --service elasticloadbalancing --op "$1" <.body >.answer
}

# modified: the weights that were set, in this order
modified () {
	sandbox_traffic | sed -n "s/^[^ ]* [^ ]* Modify[A-Za-z]* //p"
}

# weights <line>...: these were set
weights () {
	for line
	do
		printf "%s\n" "$line"
	done >expect &&
	modified >actual &&
	test_cmp expect actual
}

# one_side [<rule>]: the service runs on blue; arn: of the rule, or of the listener
one_side () {
	balanced . 1 "$1" &&
	deploy >out &&
	label=lb:80/${1:+10} && test -n "$1" || label=lb:80/default &&
	arn=$(sandbox_ctl traffic | jq -r "[.rules[] | select(.label == \"$label\")][0].rule") &&
	task_sets >/dev/null
}

# begin <trafficShiftingConfig> [<weight>]: deploy until green has that
begin () {
	shifting ".trafficShiftingConfig = {waitInterval: 2} + {$1}" &&
	{ deploy >out & deploying=$!; } &&
	sandbox_wait "{\"traffic\": {\"rule\": \"lb:80/${rule:-default}\", \"group\": \"green\", \"weight\": ${2:-20}}}" >/dev/null
}

# is_back [<line of task_sets>]: what ran before runs, alone, and has all traffic; nobody noticed
is_back () {
	task_sets >actual &&
	echo "${1:-PRIMARY 100% 2/2 web:1 blue}" >expect &&
	test_cmp expect actual &&
	sandbox_no_holes
}

# fails_with <category> <pattern of the message>: what was begun, or all
fails_with () {
	if test -n "$deploying"
	then
		test_expect_code 1 wait "$deploying" && deploying=
	else
		test_expect_code 1 deploy >out
	fi &&
	test_grep "^! $1: .*$2" out
}

# edit <blue> <green>: the weights, by somebody else
edit () {
	elb ModifyListener "ListenerArn=$arn&DefaultActions.member.1.Type=forward&$(
		)DefaultActions.member.1.ForwardConfig.TargetGroups.member.1.TargetGroupArn=$blue&$(
		)DefaultActions.member.1.ForwardConfig.TargetGroups.member.1.Weight=$1&$(
		)DefaultActions.member.1.ForwardConfig.TargetGroups.member.2.TargetGroupArn=$green&$(
		)DefaultActions.member.1.ForwardConfig.TargetGroups.member.2.Weight=$2"
}

listener () {
	arn=$(sandbox_ctl traffic | jq -r "[.rules[] | select(.label == \"lb:80/default\")][0].listener")
}
