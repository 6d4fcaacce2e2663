#!/bin/sh

test_description='the permissions that gitops-aws(5) lists are enough, and all needed'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-deploy.sh
. "$TEST_DIRECTORY"/lib-lambda.sh
. "$TEST_DIRECTORY"/lib-native.sh

page=$GITOPS_SOURCE/Documentation/gitops-aws.adoc

# allow <action>...: what the deployer's key may do
allow () {
	list= &&
	for action in "$@"
	do
		list="$list${list:+, }\"$action\""
	done &&
	sandbox_ctl keys "{\"AKIDPAGE\": {\"secret\": \"page\", \"user\": \"page\", \"allow\": [$list]}}"
}

test_expect_success 'setup: a key with the permissions of the page' '
	deploy_start &&
	sed -n "/^== PERMISSIONS/,/^== /s/^ *\"\([a-z-]*:[A-Z][A-Za-z]*\)\",*$/\1/p" "$page" >actions &&
	test_line_count -ge 5 actions &&
	allow $(cat actions) iam:PassRole &&
	AWS_ACCESS_KEY_ID=AKIDPAGE &&
	AWS_SECRET_ACCESS_KEY=page &&
	export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
'

test_expect_success 'they are enough to create, update, tag, explain, go back and delete' '
	deploy >out &&
	svcdef ".tags = [{\"key\": \"team\", \"value\": \"web\"}]" &&
	deploy >out &&
	behave "{\"match\": {\"image\": \"^crash\"}, \"exit_after\": 0.02, \"exit_code\": 1}" &&
	taskdef crash:1 ".executionRoleArn = \"arn:aws:iam::123456789012:role/exec\" |
		.containerDefinitions[0].logConfiguration = {logDriver: \"awslogs\", options: {
		\"awslogs-group\": \"web\", \"awslogs-region\": \"us-east-1\", \"awslogs-stream-prefix\": \"p\"}}" &&
	depdef ".gmDeploymentCircuitBreaker = {}" &&
	test_expect_code 1 deploy >out &&
	test_grep "^await-rollback: back on" out &&
	fault "{\"match\": {\"op\": \"RegisterTaskDefinition\"}, \"times\": 1, \"action\": {\"type\": \"reset-after\"}}" &&
	taskdef good:2 &&
	deploy >out &&
	deploy --delete >out &&
	sandbox_calls >calls &&
	test_grep ! Denied calls
'

test_expect_success 'and with task sets, too' '
	svcdef ".deploymentController.type = \"EXTERNAL\"" &&
	deploy >out &&
	sandbox_ctl capacity "{\"FARGATE_SPOT\": 1}" &&
	svcdef ".deploymentController.type = \"EXTERNAL\" | del(.launchType) |
		.capacityProviderStrategy = [{capacityProvider: \"FARGATE_SPOT\", weight: 1}]" &&
	depdef ".stabilityCheck.timeout = 1 |
		.fallbackCapacityProviderStrategy = [{capacityProvider: \"FARGATE\", weight: 1}]" &&
	deploy >out &&
	deploy --delete >out &&
	sandbox_calls >calls &&
	test_grep ! Denied calls
'

test_expect_success 'and with a strategy of ECS, going back included' '
	cp calls before &&
	native BLUE_GREEN &&
	allow $(cat actions) iam:PassRole &&
	deploy >out &&
	native_svcdef BLUE_GREEN "$(pause "\"POST_SCALE_UP\"")" &&
	behave "{\"match\": {\"image\": \"^slow\"}, \"never_running\": true}" &&
	balanced_image slow:1 &&
	depdef ".stabilityCheck.timeout = 0.5" &&
	test_expect_code 1 deploy >out &&
	test_grep "^await-rollback: back on" out &&
	sandbox_calls >calls &&
	test_grep ! Denied calls &&
	cat before >>calls &&
	# t5454 has somebody approve.
	echo "ecs.ContinueServiceDeployment 200" >>calls
'

for kind in listener rule
do
	test_expect_success "and with a load balancer, to whose $kind the traffic comes" '
		cp calls before &&
		balanced . 1 $kind &&
		allow $(cat actions) iam:PassRole &&
		shifting ".alarms.alarmNames = [\"errors\"]" &&
		deploy >out &&
		deploy >out &&
		sandbox_calls >calls &&
		test_grep ! Denied calls &&
		cat before >>calls
	'
done

# as_admin <operation> <path>: a call that the deployer does not make
as_admin () {
	AWS_ACCESS_KEY_ID=AKIDSANDBOX AWS_SECRET_ACCESS_KEY=sandbox-secret \
		test-tool aws-call --service lambda --op "$1" --method POST --path "$2"
}

test_expect_success 'and for functions' '
	cp calls before &&
	lambda_reset &&
	allow $(cat actions) iam:PassRole &&
	deploy_lambda >out &&
	echo "{\"AllowedPublishers\": {\"SigningProfileVersionArns\":
		[\"arn:aws:signer:us-east-1:123456789012:/signing-profiles/p/abcdefghij\"]}}" |
	as_admin CreateCodeSigningConfig /2020-04-22/code-signing-configs |
	jq -r .CodeSigningConfig.CodeSigningConfigArn >arn &&
	lambda_code two &&
	lambdadef ".Timeout = 30 | .Tags = {team: \"a\"} | .CodeSigningConfigArn = \"$(cat arn)\"" &&
	rm -f journal &&
	for saves in 1 2 3 4 5 6 7 8 9 10 11 12
	do
		deploy_lambda --journal=journal --die-after-saves=$saves >out
		test "$(field step journal)" != publish || break
		rm -f journal
	done &&
	deploy_lambda --journal=journal >out &&
	echo "{\"FunctionName\": \"hello:live\", \"EventSourceArn\": \"arn:aws:sqs:us-east-1:123456789012:q\"}" |
	as_admin CreateEventSourceMapping /2015-03-31/event-source-mappings >out &&
	lambdadepdef ".keepVersions = 0" &&
	lambdadef ".Timeout = 31" &&
	deploy_lambda >out &&
	deploy_lambda --delete >out &&
	sandbox_calls >calls &&
	test_grep ! Denied calls &&
	sed "/CreateCodeSigningConfig/d; /CreateEventSourceMapping/d" calls >ours &&
	cat before ours >calls
'

test_expect_success 'and for what invokes functions' '
	cp calls before &&
	lambda_reset &&
	allow $(cat actions) iam:PassRole &&
	control -d "{\"balancers\": [{\"name\": \"lb\", \"listeners\": [{\"port\": 80, \"forward\": {\"fn\": 1}}], \"lambda\": [\"fn\"]}],
		\"apis\": {\"shop\": {\"routes\": {\"GET /x\": null}, \"stages\": {\"prod\": {}}}}}" "$SANDBOX_URL/_sandbox/seed" &&
	jq "{PushEventSources: [
		{Service: \"elasticloadbalancing.amazonaws.com\", TargetGroupArn: .balancers.lb.groups.fn},
		{Service: \"apigateway.amazonaws.com\", ApiId: .apis.shop.id, RouteId: .apis.shop.routes[],
		AliasStageVariableName: \"alias\"}]}" .control >sources.json &&
	deploy_lambda >out &&
	test_grep "^stages: stage .prod. of API" out &&
	rm sources.json && deploy_lambda >out &&
	test_grep "^old-callers: integration .* is deleted" out &&
	sandbox_calls >calls &&
	test_grep ! Denied calls &&
	cat before >>calls
'

test_expect_success 'all of them were needed' '
	sed -n "s/^apigatewayv2.Get.*/apigateway:GET/p; s/^apigatewayv2.Create.*/apigateway:POST/p
		s/^apigatewayv2.Update.*/apigateway:PATCH/p; s/^apigatewayv2.Delete.*/apigateway:DELETE/p" calls >verbs &&
	sed -n "/^sts/d; /^apigatewayv2/d; s/^elbv2\./elasticloadbalancing./; s/^\([a-z-]*\)\.\([A-Za-z]*\) .*/\1:\2/p" calls | sort -u - verbs >actual &&
	sort actions >expect &&
	test_cmp expect actual
'

test_expect_success 'one that is missing is named with what it is for' '
	deploy_reset &&
	allow $(grep -v RegisterTaskDefinition actions) &&
	test_expect_code 1 deploy >out &&
	test_grep "ecs:RegisterTaskDefinition" out
'

test_done
