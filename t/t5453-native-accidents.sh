#!/bin/sh

test_description='ECS'"'"'s own strategies: throttling, broken connections, and what others do meanwhile'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-deploy.sh
. "$TEST_DIRECTORY"/lib-native.sh

# one_side [<filter>]: a service with good:1; what is next is good:2
one_side () {
	native BLUE_GREEN "$@" &&
	control -d "{\"minute\": 0.1}" "$SANDBOX_URL/_sandbox/timing" &&
	deploy >first && balanced_image good:2
}

test_expect_success 'setup' '
	deploy_start
'

for op in ListServiceDeployments DescribeServiceRevisions DescribeServiceDeployments
do
	for how in throttle internal unavailable reset close truncate
	do
		test_expect_success "$how at $op" '
			one_side &&
			fault "{\"match\": {\"op\": \"$op\"}, \"times\": 3, \"action\": {\"type\": \"$how\"}}" &&
			deploy >out &&
			sandbox_services >actual && test_grep "ACTIVE 2/2 web:2 COMPLETED" actual && undisturbed_rule
		'
	done
done

for how in throttle internal reset reset-after
do
	test_expect_success "$how at StopServiceDeployment" '
		one_side && behave "{\"match\": {\"image\": \"^slow\"}, \"never_running\": true}" &&
		balanced_image slow:1 && depdef ".stabilityCheck.timeout = 0.3" &&
		fault "{\"match\": {\"op\": \"StopServiceDeployment\"}, \"times\": 2, \"action\": {\"type\": \"$how\"}}" &&
		fails_with timeout "not stable" &&
		test_grep "^await-rollback: back on ${SQ}web:1${SQ}" out &&
		sandbox_services >actual && test_grep "ACTIVE 2/2 web:1 COMPLETED" actual && undisturbed_rule
	'
done

test_expect_success 'an UpdateService whose answer is lost is done once' '
	one_side && control -X DELETE "$SANDBOX_URL/_sandbox/calls" &&
	fault "{\"match\": {\"op\": \"UpdateService\"}, \"times\": 1, \"action\": {\"type\": \"reset-after\"}}" &&
	deploy >out &&
	ecs ListServiceDeployments "{\"cluster\": \"demo\", \"service\": \"web\"}" &&
	test "$(jq ".serviceDeployments | length" .answer)" = 2
'

test_expect_success 'a storm of throttling at everything' '
	one_side &&
	fault "{\"match\": {\"service\": \"ecs\"}, \"every\": 2, \"action\": {\"type\": \"throttle\"}}" &&
	deploy >out && undisturbed_rule
'

test_expect_success 'what may not be asked is told, and ECS is told to go back' '
	one_side &&
	fault "{\"match\": {\"op\": \"DescribeServiceDeployments\"}, \"times\": 1, \"action\": {\"type\": \"denied\"}}" &&
	fails_with iam-denied "cannot describe the service deployment" &&
	test_grep "^await-rollback: back on ${SQ}web:1${SQ}" out && undisturbed_rule
'

test_expect_success 'a service that someone deletes meanwhile' '
	one_side && behave "{\"match\": {\"image\": \"^slow\"}, \"never_running\": true}" &&
	balanced_image slow:1 && meanwhile SCALE_UP &&
	ecs DeleteService "{\"cluster\": \"demo\", \"service\": \"web\", \"force\": true}" &&
	finish 1 && test_grep "^! service-deleted: service ${SQ}web${SQ} was deleted while it was deployed" out
'

test_expect_success 'or while both run' '
	one_side ".deploymentConfiguration.bakeTimeInMinutes = 1000" && meanwhile BAKE_TIME &&
	ecs DeleteService "{\"cluster\": \"demo\", \"service\": \"web\", \"force\": true}" &&
	finish 1 && test_grep "^! service-deleted: " out
'

test_expect_success 'someone else deploys it meanwhile' '
	one_side ".deploymentConfiguration.bakeTimeInMinutes = 1000" && meanwhile BAKE_TIME &&
	ecs UpdateService "{\"cluster\": \"demo\", \"service\": \"web\", \"taskDefinition\": \"web:1\",
		\"forceNewDeployment\": true, \"deploymentConfiguration\": {\"bakeTimeInMinutes\": 0}}" &&
	finish 1 &&
	test_grep "^! superseded: service ${SQ}web${SQ} was deployed by someone else meanwhile: ${SQ}web:1${SQ}" out &&
	sandbox_calls "op=StopServiceDeployment" >calls && test_must_be_empty calls &&
	sandbox_wait "{\"service\": {\"name\": \"web\", \"deployment\": \"SUCCESSFUL\"}}" >/dev/null && undisturbed_rule
'

test_expect_success 'someone stops it' '
	one_side ".deploymentConfiguration.bakeTimeInMinutes = 1000" && meanwhile BAKE_TIME &&
	ecs StopServiceDeployment "{\"serviceDeploymentArn\": \"$(service_deployment)\", \"stopType\": \"ROLLBACK\"}" &&
	finish 1 &&
	test_grep "^! stopped: ECS rolled service ${SQ}web${SQ} back to ${SQ}web:1${SQ}: .*stopped by a user" out &&
	undisturbed_rule
'

test_expect_success 'someone lets a pause go on, by other means' '
	one_side && native_svcdef BLUE_GREEN "$(pause "\"POST_SCALE_UP\"")" &&
	meanwhile "POST_SCALE_UP: paused" && arn=$(service_deployment) &&
	ecs DescribeServiceDeployments "{\"serviceDeploymentArns\": [\"$arn\"]}" &&
	id=$(jq -r ".serviceDeployments[0].lifecycleHookDetails[0].hookId" .answer) &&
	ecs ContinueServiceDeployment "{\"serviceDeploymentArn\": \"$arn\", \"hookId\": \"$id\"}" &&
	finish 0 && test_grep "^follow: successful: ${SQ}web:2${SQ}" out
'

test_expect_success 'what another deployment left unfinished is put in order first' '
	one_side ".deploymentConfiguration.bakeTimeInMinutes = 50" && rm -f journal &&
	test_expect_code 137 deploy --journal=journal --die-after-saves=9 >out &&
	native_svcdef BLUE_GREEN && balanced_image good:3 && deploy >out &&
	test_grep "^follow: successful: ${SQ}web:3${SQ}" out && undisturbed_rule
'

test_expect_success 'AWS was asked for nothing that it would not understand' '
	sandbox_no_invalid_calls
'

test_done
