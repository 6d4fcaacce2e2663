#!/bin/sh

test_description='blue/green with task sets behind a load balancer'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-deploy.sh

# weights: all that were set, "blue=80 green=20" a line
weights () {
	sandbox_traffic | sed -n "s/^[^ ]* [^ ]* Modify[A-Za-z]* //p"
}

# fails_with <category> <pattern of the message>
fails_with () {
	test_expect_code 1 deploy >out &&
	test_grep "^! $1: .*$2" out
}

# alarm_at_20: the alarm goes off as soon as the new side has 20 percent
alarm_at_20 () {
	sandbox_ctl alarms "{\"name\": \"errors\", \"state\": \"ALARM\", \"in\": 0.1,
		\"when\": {\"rule\": \"lb:80/default\", \"group\": \"green\", \"weight\": 20}}" >/dev/null
}

one_side () {
	balanced && deploy >/dev/null && task_sets >/dev/null && : >count && calls_since count >/dev/null
}

test_expect_success 'the first deployment gets all traffic on the group of the definition' '
	deploy_start &&
	balanced &&
	deploy >out &&
	task_sets >actual &&
	echo "PRIMARY 100% 2/2 web:1 blue" >expect &&
	test_cmp expect actual &&
	test_grep "^find-traffic: traffic: the default action of HTTP:80" out
'

test_expect_success 'the next one goes to the other group, and the traffic is moved there' '
	deploy >out &&
	task_sets >actual &&
	echo "PRIMARY 100% 2/2 web:2 green" >expect &&
	test_cmp expect actual &&
	cat >expect <<-\EOF &&
	blue=100 green=0
	blue=80 green=20
	blue=0 green=100
	EOF
	weights >actual &&
	test_cmp expect actual &&
	sed -n "s/^\([a-z-]*\): .*/\1/p" out | uniq >actual &&
	cat >expect <<-\EOF &&
	preflight
	find-traffic
	register
	attach
	create-task-set
	stabilize
	shift
	promote
	retire
	EOF
	test_cmp expect actual
'

test_expect_success 'it took no more calls than that needs' '
	calls_since count >/dev/null &&
	one_side &&
	shifting "del(.trafficShiftingConfig)" &&
	deploy >out &&
	calls_since count >actual &&
	cat >expect <<-\EOF &&
	sts.GetCallerIdentity 200
	ecs.DescribeServices 200
	elbv2.DescribeTargetGroups 200
	elbv2.DescribeListeners 200
	elbv2.DescribeRules 200
	elbv2.DescribeTargetHealth 200
	ecs.RegisterTaskDefinition 200
	elbv2.DescribeListeners 200
	elbv2.ModifyListener 200
	ecs.CreateTaskSet 200
	ecs.DescribeServices 200
	elbv2.DescribeTargetHealth 200
	elbv2.DescribeListeners 200
	elbv2.ModifyListener 200
	ecs.UpdateServicePrimaryTaskSet 200
	ecs.DeleteTaskSet 200
	EOF
	test_cmp expect actual
'

test_expect_success 'and the one after that back' '
	shifting &&
	deploy >out &&
	task_sets >actual &&
	echo "PRIMARY 100% 2/2 web:3 blue" >expect &&
	test_cmp expect actual &&
	weights | tail -n 1 >actual &&
	echo "blue=100 green=0" >expect &&
	test_cmp expect actual
'

test_expect_success 'without trafficShiftingConfig all of it is moved at once' '
	shifting "del(.trafficShiftingConfig)" &&
	weights >before &&
	deploy >out &&
	test_grep "^shift: traffic: 100 % to the new task set" out &&
	weights | tail -n 1 >actual &&
	echo "blue=0 green=100" >expect &&
	test_cmp expect actual
'

test_expect_success 'without pairs a group of its own is refused: it would get no traffic' '
	depdef &&
	calls_since count >/dev/null &&
	fails_with settings "uses target group ${SQ}.*/green/.*, and the definition names ${SQ}.*/blue/" &&
	test_grep "^hint: .*targetGroupArnPairs" out &&
	calls_since count >actual &&
	test_grep ! RegisterTaskDefinition actual
'

test_expect_success 'no request found nobody to answer it' '
	sandbox_no_holes
'

test_expect_success 'without pairs the new task set joins the old one on its group' '
	balanced &&
	depdef &&
	deploy >out &&
	deploy >out &&
	task_sets >actual &&
	echo "PRIMARY 100% 2/2 web:2 blue" >expect &&
	test_cmp expect actual &&
	weights >actual &&
	test_must_be_empty actual &&
	sandbox_no_holes
'

test_expect_success 'LINEAR takes its steps' '
	one_side &&
	shifting ".trafficShiftingConfig = {type: \"LINEAR\", percent: 40, waitInterval: 0.1}" &&
	deploy >out &&
	weights >actual &&
	cat >expect <<-\EOF &&
	blue=100 green=0
	blue=60 green=40
	blue=20 green=80
	blue=0 green=100
	EOF
	test_cmp expect actual &&
	sandbox_no_holes
'

test_expect_success 'a revision that crashes gets no traffic, and goes' '
	one_side &&
	behave "{\"match\": {\"image\": \"^crash\"}, \"exit_after\": 0.02, \"exit_code\": 1}" &&
	balanced_image crash:1 &&
	shifting ".gmDeploymentCircuitBreaker = {failureThreshold: 1}" &&
	fails_with crashed "more than the 1 that" &&
	task_sets >actual &&
	echo "PRIMARY 100% 2/2 web:1 blue" >expect &&
	test_cmp expect actual &&
	weights >actual &&
	echo "blue=100 green=0" >expect &&
	test_cmp expect actual &&
	sandbox_no_holes
'

test_expect_success 'one of many tasks that crashes is none too many' '
	one_side &&
	behave "{\"match\": {\"image\": \"^crash\"}, \"times\": 1, \"exit_after\": 0.02, \"exit_code\": 1}" &&
	balanced_image crash:1 &&
	shifting ".gmDeploymentCircuitBreaker = {failureThreshold: 1}" &&
	deploy >out &&
	task_sets >actual &&
	echo "PRIMARY 100% 2/2 web:2 green" >expect &&
	test_cmp expect actual &&
	sandbox_no_holes
'

test_expect_success 'an alarm in the middle brings all traffic back' '
	one_side &&
	shifting ".alarms.alarmNames = [\"errors\"] | .trafficShiftingConfig.waitInterval = 5" &&
	alarm_at_20 &&
	fails_with alarm "alarm ${SQ}errors${SQ} is in ALARM" &&
	test_grep "^shift-back: traffic: all back" out &&
	task_sets >actual &&
	echo "PRIMARY 100% 2/2 web:1 blue" >expect &&
	test_cmp expect actual &&
	weights | tail -n 1 >actual &&
	echo "blue=100 green=0" >expect &&
	test_cmp expect actual &&
	sandbox_no_holes
'

test_expect_success 'an alarm before it keeps everything as it is' '
	calls_since count >/dev/null &&
	fails_with alarm "${SQ}errors${SQ} is in ALARM" &&
	calls_since count >actual &&
	test_grep ! -E "Register|Create|Modify" actual
'

test_expect_success 'a failed shift keeps the new task set where that is asked for' '
	sandbox_ctl alarms "{\"name\": \"errors\", \"state\": \"OK\"}" >/dev/null &&
	shifting ".alarms.alarmNames = [\"errors\"] | .trafficShiftingConfig.waitInterval = 5 |
		.deleteNewUponTrafficShiftFailure = false" &&
	alarm_at_20 &&
	fails_with alarm "alarm ${SQ}errors${SQ} is in ALARM" &&
	test_grep "^delete-new: the new task set is kept: ${SQ}deleteNewUponTrafficShiftFailure${SQ}" out &&
	task_sets >actual &&
	cat >expect <<-\EOF &&
	ACTIVE 100% 2/2 web:3 green
	PRIMARY 100% 2/2 web:1 blue
	EOF
	test_cmp expect actual &&
	sandbox_no_holes
'

test_expect_success 'and the next deployment does not mind it' '
	sandbox_ctl alarms "{\"name\": \"errors\", \"state\": \"OK\"}" >/dev/null &&
	shifting &&
	deploy >out &&
	task_sets >actual &&
	echo "PRIMARY 100% 2/2 web:4 green" >expect &&
	test_cmp expect actual &&
	sandbox_no_holes
'

test_expect_success 'tasks that the load balancer finds unhealthy get no traffic' '
	one_side &&
	behave "{\"match\": {\"image\": \"^sick\"}, \"target_healthy\": 1000}" &&
	balanced_image sick:1 &&
	shifting ".stabilityCheck.timeout = 2" &&
	fails_with timeout "is not stable after 2.0 s" &&
	weights >actual &&
	echo "blue=100 green=0" >expect &&
	test_cmp expect actual &&
	task_sets >actual &&
	echo "PRIMARY 100% 2/2 web:1 blue" >expect &&
	test_cmp expect actual &&
	sandbox_no_holes
'

test_expect_success 'a rule that nothing names is told before anything is changed' '
	one_side &&
	shifting ".targetGroupArnPairs = [[\"$blue-x\", \"$green\"]]" &&
	fails_with settings "no pair of ${SQ}targetGroupArnPairs${SQ} has target group" &&
	calls_since count >actual &&
	test_grep ! -E "Register|Create|Modify" actual
'

test_expect_success 'deleting the service leaves the load balancer alone' '
	one_side &&
	deploy --delete >out &&
	test_grep "^drain: service ${SQ}web${SQ} is deleted" out
'

test_expect_success 'AWS was asked for nothing that it would not understand' '
	sandbox_no_invalid_calls
'

test_done
