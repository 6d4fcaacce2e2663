#!/bin/sh

test_description='ECS'"'"'s own strategies BLUE_GREEN, LINEAR and CANARY, followed to their end'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-deploy.sh
. "$TEST_DIRECTORY"/lib-native.sh

# told <file>: the stages and weights that were told, without the step
told () {
	sed -n "s/^follow: \([A-Z_]*\):.*/\1/p; s/^follow: \([0-9.]* %\).*/\1/p" "$1"
}

# slow_stages: each long enough to be seen at every poll
slow_stages () {
	control -d "{\"stage\": 0.25}" "$SANDBOX_URL/_sandbox/timing" &&
	depdef ".stabilityCheck.pollInterval = 0.05"
}

test_expect_success 'a service that is new goes through the stages, with all traffic at once' '
	deploy_start &&
	native BLUE_GREEN && slow_stages &&
	deploy --journal=journal >out &&
	cat >expect <<-\EOF &&
	PRE_SCALE_UP
	SCALE_UP
	POST_SCALE_UP
	TEST_TRAFFIC_SHIFT
	POST_TEST_TRAFFIC_SHIFT
	PRE_PRODUCTION_TRAFFIC_SHIFT
	PRODUCTION_TRAFFIC_SHIFT
	100 %
	POST_PRODUCTION_TRAFFIC_SHIFT
	CLEAN_UP
	EOF
	told out >actual && test_cmp expect actual &&
	test_grep "^apply: service ${SQ}web${SQ} created with ${SQ}web:1${SQ}, 2 tasks wanted$" out &&
	test_grep "^= PROCESSED_SUCCESS .*task-definition/web:1$" out &&
	test "$(field strategy journal)" = ecs-blue-green &&
	test "$(field ids.serviceDeployment journal)" = "$(service_deployment)"
'

test_expect_success 'BLUE_GREEN: all at once, then both run for the bake time' '
	balanced_image good:2 && rm -f journal &&
	deploy --journal=journal >out &&
	cat >expect <<-\EOF &&
	PRE_SCALE_UP
	SCALE_UP
	POST_SCALE_UP
	TEST_TRAFFIC_SHIFT
	POST_TEST_TRAFFIC_SHIFT
	PRE_PRODUCTION_TRAFFIC_SHIFT
	PRODUCTION_TRAFFIC_SHIFT
	100 %
	POST_PRODUCTION_TRAFFIC_SHIFT
	BAKE_TIME
	CLEAN_UP
	EOF
	told out >actual && test_cmp expect actual &&
	test_grep "^follow: BAKE_TIME: .* for 1 minute$" out &&
	test_grep "^follow: successful: ${SQ}web:2${SQ}$" out &&
	printf "%s\n" "blue=100 green=0" "blue=0 green=100" >expect &&
	weights >actual && test_cmp expect actual &&
	undisturbed_rule &&
	sandbox_services >actual &&
	echo "us-east-1 demo/web ACTIVE 2/2 web:2 COMPLETED" >expect && test_cmp expect actual
'

test_expect_success 'the service takes on LINEAR with its next deployment' '
	native_svcdef LINEAR && balanced_image good:3 && rm -f journal &&
	deploy --journal=journal >out &&
	cat >expect <<-\EOF &&
	PRE_SCALE_UP
	SCALE_UP
	POST_SCALE_UP
	TEST_TRAFFIC_SHIFT
	POST_TEST_TRAFFIC_SHIFT
	PRE_PRODUCTION_TRAFFIC_SHIFT
	PRODUCTION_TRAFFIC_SHIFT
	50 %
	PRE_PRODUCTION_TRAFFIC_SHIFT
	PRODUCTION_TRAFFIC_SHIFT
	100 %
	POST_PRODUCTION_TRAFFIC_SHIFT
	BAKE_TIME
	CLEAN_UP
	EOF
	told out >actual && test_cmp expect actual &&
	test "$(field strategy journal)" = ecs-linear &&
	test "$(configuration "[.strategy, .linearConfiguration.stepPercent]")" = "[\"LINEAR\",50]" &&
	printf "%s\n" "blue=50 green=50" "blue=100 green=0" >expect &&
	weights | tail -n 2 >actual && test_cmp expect actual &&
	undisturbed_rule
'

test_expect_success 'and CANARY after it, with a part of a percent' '
	native_svcdef CANARY ".deploymentConfiguration.canaryConfiguration.canaryPercent = 2.5" &&
	balanced_image good:4 && rm -f journal &&
	deploy --journal=journal >out &&
	told out | grep % >actual && printf "%s\n" "2.5 %" "100 %" >expect && test_cmp expect actual &&
	test "$(field strategy journal)" = ecs-canary &&
	test "$(configuration "[.strategy, .linearConfiguration]")" = "[\"CANARY\",null]" &&
	printf "%s\n" "blue=975 green=25" "blue=0 green=100" >expect &&
	weights | tail -n 2 >actual && test_cmp expect actual &&
	undisturbed_rule
'

test_expect_success 'a definition without strategy and hooks takes them away' '
	native_svcdef BLUE_GREEN "$(hook "\"POST_SCALE_UP\"")" && balanced_image good:5 &&
	control -d "{\"after\": 2, \"times\": 1}" "$SANDBOX_URL/_sandbox/hooks" &&
	deploy >out &&
	test_grep "^follow: POST_SCALE_UP: waiting for the function ${SQ}check${SQ}$" out &&
	test "$(configuration ".lifecycleHooks | length")" = 1 &&
	native_svcdef ROLLING "del(.deploymentConfiguration)" && balanced_image good:6 && rm -f journal &&
	deploy --journal=journal >out &&
	test "$(field strategy journal)" = rolling &&
	test "$(configuration "[.strategy, .lifecycleHooks]")" = "[\"ROLLING\",[]]" &&
	test_grep "^stabilize: stable: ${SQ}web:6${SQ}" out &&
	undisturbed_rule
'

test_expect_success 'a service of rolling updates without a second group becomes a BLUE_GREEN one' '
	native ROLLING "del(.deploymentConfiguration) | del(.loadBalancers[].advancedConfiguration)" &&
	deploy >out &&
	native_svcdef BLUE_GREEN && balanced_image good:2 && deploy >out &&
	test_grep "^follow: BAKE_TIME" out &&
	test "$(configuration .strategy)" = "\"BLUE_GREEN\"" &&
	printf "%s\n" "blue=0 green=100" >expect &&
	weights | tail -n 1 >actual && test_cmp expect actual &&
	undisturbed_rule
'

test_expect_success 'where nothing changed there is no deployment to follow' '
	svcdef_ () {
		native_svcdef BLUE_GREEN ".taskDefinition = \"web:2\" | ${1:-.}"
	} &&
	svcdef_ && before=$(service_deployment) &&
	test-tool deploy --svcdef=svc.json --depdef=dep.json >out &&
	test_grep "^follow: nothing of service ${SQ}web${SQ} needs a new deployment$" out &&
	test_grep "^stabilize: stable: ${SQ}web:2${SQ}" out &&
	test "$(service_deployment)" = "$before"
'

test_expect_success 'a count that changed is waited for' '
	svcdef_ ".desiredCount = 3" &&
	test-tool deploy --svcdef=svc.json --depdef=dep.json >out &&
	test_grep "^= PROCESSED_SUCCESS .*web:2" out &&
	sandbox_services >actual &&
	echo "us-east-1 demo/web ACTIVE 3/3 web:2 COMPLETED" >expect && test_cmp expect actual &&
	test "$(service_deployment)" = "$before"
'

test_expect_success 'a forced one is followed, of what ran before' '
	test-tool deploy --svcdef=svc.json --depdef=dep.json --force >out &&
	test_grep "^follow: BAKE_TIME" out &&
	test "$(service_deployment)" != "$before" &&
	undisturbed_rule
'

test_expect_success 'after someone went back, what runs is not taken for a failure' '
	behave "{\"match\": {\"image\": \"^slow\"}, \"never_running\": true}" &&
	native_svcdef BLUE_GREEN ".desiredCount = 3" && balanced_image slow:1 && depdef ".stabilityCheck.timeout = 0.5" &&
	test_expect_code 1 deploy >out &&
	svcdef_ ".desiredCount = 3" && depdef &&
	test-tool deploy --svcdef=svc.json --depdef=dep.json >out &&
	test_grep "^= PROCESSED_SUCCESS .*web:2" out
'

test_expect_success 'bake times are no part of the time that stabilityCheck gives' '
	native BLUE_GREEN ".deploymentConfiguration.bakeTimeInMinutes = 4" &&
	depdef ".stabilityCheck.timeout = 1" &&
	deploy >out && balanced_image good:2 && deploy >out &&
	test_grep "^follow: successful: ${SQ}web:2${SQ}" out
'

test_expect_success 'settings that have no use here are told' '
	depdef ".trafficShiftingConfig = {} | .targetGroupArnPairs = [[\"a\", \"b\"]] | .alarms.alarmNames = [\"errors\"] |
		.fallbackCapacityProviderStrategy = [{capacityProvider: \"FARGATE\"}]" &&
	deploy >out &&
	for what in trafficShiftingConfig targetGroupArnPairs alarms fallbackCapacityProviderStrategy
	do
		test_grep "^preflight: .*${SQ}$what${SQ}" out || return
	done &&
	depdef ".approval = {before: \"shift\"}" &&
	fails_with unsupported "strategy BLUE_GREEN" && test_grep "^hint: .*PAUSE" out
'

test_expect_success 'many are looked at together, twenty in a call' '
	native BLUE_GREEN "del(.loadBalancers) | .serviceName = \"web-@N@\"" &&
	taskdef good:1 ".family = \"web-@N@\"" && depdef ".stabilityCheck.pollInterval = 1" &&
	deploy --count=40 >out && echo "40 ended, 0 failed" >expect && test_cmp expect out &&
	control "$SANDBOX_URL/_sandbox/calls?op=DescribeServiceDeployments" &&
	test "$(jq length .control)" -le 24 &&
	sandbox_calls "op=ListServiceDeployments" >calls && test_line_count = 40 calls
'

test_expect_success 'it is deleted like any other' '
	native BLUE_GREEN && deploy >out && deploy --delete >out &&
	sandbox_services >actual && test_grep "demo/web INACTIVE" actual
'

test_expect_success 'AWS was asked for nothing that it would not understand' '
	sandbox_no_invalid_calls
'

test_done
