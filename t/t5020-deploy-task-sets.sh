#!/bin/sh

test_description='blue/green with task sets, without a load balancer'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-deploy.sh

# external [<filter>]: as svcdef
# shellcheck disable=SC2120
external () {
	svcdef ".deploymentController.type = \"EXTERNAL\" | ${1:-.}"
}

# Ids of task sets are long numbers.
without_ids () {
	sed -E "s,(ecs-svc/)[0-9]+,\1N,g" "$1"
}

test_expect_success 'a service that is not there is created, with a task set' '
	deploy_start &&
	external &&
	deploy >out &&
	cat >expect <<-EOF &&
	preflight: account 123456789012, region us-east-1, cluster ${SQ}demo${SQ}
	preflight: service ${SQ}web${SQ} is new
	register: registered ${SQ}web:1${SQ}
	apply: service ${SQ}web${SQ} created
	create-task-set: task set ${SQ}ecs-svc/N${SQ} created with ${SQ}web:1${SQ}, 2 tasks wanted
	stabilize: 0 of 2 tasks running
	stabilize: 2 of 2 tasks running
	stabilize: stable: ${SQ}web:1${SQ}
	promote: task set ${SQ}ecs-svc/N${SQ} is PRIMARY now
	= PROCESSED_SUCCESS arn:aws:ecs:us-east-1:123456789012:task-definition/web:1
	EOF
	without_ids out >actual &&
	test_cmp expect actual &&
	task_sets >actual &&
	echo "PRIMARY 100% 2/2 web:1" >expect &&
	test_cmp expect actual
'

test_expect_success 'it took no more calls than a creation needs' '
	calls_since count >actual &&
	cat >expect <<-\EOF &&
	sts.GetCallerIdentity 200
	ecs.DescribeServices 200
	ecs.RegisterTaskDefinition 200
	ecs.CreateService 200
	ecs.CreateTaskSet 200
	ecs.DescribeServices 200
	ecs.UpdateServicePrimaryTaskSet 200
	EOF
	test_cmp expect actual
'

test_expect_success 'CreateService gets what it takes with EXTERNAL, CreateTaskSet the rest' '
	sandbox_ctl "calls?op=CreateService" | jq -c ".[-1].params | keys" >actual &&
	echo "[\"clientToken\",\"cluster\",\"deploymentController\",\"desiredCount\",\"serviceName\"]" >expect &&
	test_cmp expect actual &&
	sandbox_ctl "calls?op=CreateTaskSet" | jq -c ".[-1].params | keys" >actual &&
	echo "[\"clientToken\",\"cluster\",\"externalId\",\"launchType\",\"networkConfiguration\",\"scale\",\"service\",\"tags\",\"taskDefinition\"]" >expect &&
	test_cmp expect actual &&
	sandbox_ctl "calls?op=CreateTaskSet" |
	jq -r ".[-1].params | .clientToken, .externalId, (.tags[0] | .key + \" gitops-\" + .value), .scale.value" >actual &&
	token=$(head -n 1 actual) &&
	printf "%s\n" "$token" "$token" "gitops:deployment $token" 100 >expect &&
	test_cmp expect actual
'

test_expect_success 'an update makes a new task set, and the old one goes' '
	deploy >out &&
	test_grep "^preflight: service ${SQ}web${SQ} runs ${SQ}web:1${SQ}, 2 of 2 tasks" out &&
	test_grep "^retire: task set ${SQ}ecs-svc/[0-9]*${SQ} is being deleted" out &&
	task_sets >actual &&
	echo "PRIMARY 100% 2/2 web:2" >expect &&
	test_cmp expect actual &&
	calls_since count >actual &&
	cat >expect <<-\EOF &&
	sts.GetCallerIdentity 200
	ecs.DescribeServices 200
	ecs.RegisterTaskDefinition 200
	ecs.CreateTaskSet 200
	ecs.DescribeServices 200
	ecs.UpdateServicePrimaryTaskSet 200
	ecs.DeleteTaskSet 200
	EOF
	test_cmp expect actual
'

test_expect_success 'at no time did fewer tasks run than were wanted' '
	sandbox_ctl timing "{\"pull\": 0.5}" &&
	{ deploy >out & deploying=$!; } &&
	sandbox_wait "{\"service\": {\"name\": \"web\", \"pending\": 2}}" &&
	sandbox_ctl services | jq -r ".[0].taskSets[] | .status + \" \" + (.runningCount | tostring)" >actual &&
	wait $deploying &&
	printf "%s\n" "PRIMARY 2" "ACTIVE 0" >expect &&
	test_cmp expect actual &&
	sandbox_ctl timing "{\"pull\": 0.15}"
'

test_expect_success 'of the service only what differs is sent, and what UpdateService takes' '
	external ".desiredCount = 3 | .propagateTags = \"SERVICE\" | .platformVersion = \"1.4.0\" |
		.deploymentConfiguration.maximumPercent = 150" &&
	deploy >out &&
	test_grep "${SQ}deploymentConfiguration${SQ} has no effect and is not sent" out &&
	sandbox_ctl "calls?op=UpdateService" | jq -c ".[-1].params | keys" >actual &&
	echo "[\"cluster\",\"desiredCount\",\"propagateTags\",\"service\"]" >expect &&
	test_cmp expect actual &&
	sandbox_ctl "calls?op=CreateTaskSet" | jq -r ".[-1].params.platformVersion" >actual &&
	echo 1.4.0 >expect &&
	test_cmp expect actual &&
	task_sets >actual &&
	echo "PRIMARY 100% 3/3 web:4" >expect &&
	test_cmp expect actual
'

test_expect_success 'a count that the definition does not give stays what it is' '
	external "del(.desiredCount)" &&
	calls_since count >/dev/null &&
	deploy >out &&
	calls_since count >actual &&
	test_grep ! "UpdateService 200" actual &&
	task_sets >actual &&
	echo "PRIMARY 100% 3/3 web:5" >expect &&
	test_cmp expect actual
'

test_expect_success 'without a task definition of its own the one that is named is used' '
	external ".taskDefinition = \"web:1\"" &&
	test-tool deploy --svcdef=svc.json --depdef=dep.json >out &&
	task_sets >actual &&
	echo "PRIMARY 100% 2/2 web:1" >expect &&
	test_cmp expect actual
'

test_expect_success 'a service with no tasks wanted is stable with none' '
	external ".desiredCount = 0" &&
	deploy >out &&
	test_grep "^stabilize: 0 of 0 tasks running" out &&
	task_sets >actual &&
	echo "PRIMARY 100% 0/0 web:6" >expect &&
	test_cmp expect actual
'

test_expect_success 'tags of a service that is there have a call of their own' '
	external ".tags = [{key: \"team\", value: \"a\"}]" &&
	calls_since count >/dev/null &&
	deploy >out &&
	calls_since count >actual &&
	test_grep "ecs.TagResource 200" actual &&
	sandbox_ctl "calls?op=CreateTaskSet" | jq -r ".[-1].params.tags[].key" >actual &&
	printf "%s\n" team gitops:deployment >expect &&
	test_cmp expect actual
'

test_expect_success 'what a deployment that died has left is removed, what others made is not' '
	deploy_reset &&
	external &&
	deploy >out &&
	depdef ".stabilityCheck.timeout = 1 | .deleteNewUponFailure = false" &&
	behave "{\"match\": {\"image\": \"^slow\"}, \"never_running\": true}" &&
	taskdef slow:1 &&
	test_expect_code 1 deploy >out &&
	test_grep "^delete-new: the new task set is kept: ${SQ}deleteNewUponFailure${SQ} is false" out &&
	"$GITOPS_SANDBOX_PYTHON" - <<-EOF &&
	import boto3
	ecs = boto3.client("ecs", "us-east-1")
	ecs.create_task_set(cluster="demo", service="web", taskDefinition="web:1", externalId="theirs",
	    launchType="FARGATE", scale={"value": 0, "unit": "PERCENT"},
	    networkConfiguration={"awsvpcConfiguration": {"subnets": ["subnet-1"]}})
	EOF
	taskdef good:1 &&
	depdef &&
	deploy >out &&
	test_grep "^preflight: task set ${SQ}ecs-svc/[0-9]*${SQ} is left of another deployment" out &&
	test_grep "^preflight: 1 task set is of someone else${SQ}s" out &&
	test_grep "^create-task-set: task set ${SQ}ecs-svc/[0-9]*${SQ} is being deleted" out &&
	task_sets >actual &&
	cat >expect <<-\EOF &&
	ACTIVE 0% 0/0 web:1
	PRIMARY 100% 2/2 web:3
	EOF
	test_cmp expect actual
'

test_expect_success 'a definition that is gone deletes task sets and service' '
	calls_since count >/dev/null &&
	deploy --delete >out &&
	test_grep "^drain: service ${SQ}web${SQ} is deleted" out &&
	sandbox_services >actual &&
	test_grep "demo/web INACTIVE 0/0" actual &&
	calls_since count >actual &&
	cat >expect <<-\EOF &&
	sts.GetCallerIdentity 200
	application-autoscaling.DeregisterScalableTarget 400 ObjectNotFoundException
	ecs.DescribeServices 200
	ecs.DeleteTaskSet 200
	ecs.DeleteService 200
	ecs.DescribeServices 200
	EOF
	test_cmp expect actual
'

test_expect_success 'a service that is gone already is deleted, too' '
	deploy --delete >out &&
	test_grep "^delete: service ${SQ}web${SQ} is gone already" out &&
	test_grep "^= PROCESSED_SUCCESS" out
'

test_expect_success 'nothing scales up what is being deleted' '
	external &&
	deploy >out &&
	"$GITOPS_SANDBOX_PYTHON" -c "
import boto3
boto3.client(\"application-autoscaling\", \"us-east-1\").register_scalable_target(ServiceNamespace=\"ecs\",
    ResourceId=\"service/demo/web\", ScalableDimension=\"ecs:service:DesiredCount\", MinCapacity=1, MaxCapacity=4)" &&
	calls_since count >/dev/null &&
	deploy --delete >out &&
	test_grep "^unscale: service ${SQ}web${SQ} is not scaled automatically any more" out &&
	test_grep "^= PROCESSED_SUCCESS" out &&
	calls_since count >actual &&
	test "$(sed -n "/Deregister/,/DeleteService/p" actual | grep -c 200)" -ge 3
'

test_expect_success 'that it may not be switched off is told, and no failure' '
	deploy >out &&
	fault "{\"match\": {\"op\": \"DeregisterScalableTarget\"}, \"times\": 1, \"action\": {\"type\": \"denied\"}}" &&
	deploy --delete >out &&
	test_grep "^unscale: cannot switch automatic scaling off: " out &&
	test_grep "^= PROCESSED_SUCCESS" out
'

test_expect_success 'another controller than the running one is refused, before anything is done' '
	deploy_reset &&
	deploy >out &&
	calls_since count >/dev/null &&
	external &&
	test_expect_code 1 deploy >out &&
	test_grep "^! immutable: the running service has deployment controller ${SQ}ECS${SQ}, the definition asks for EXTERNAL" out &&
	test_grep "^hint: .*${SQ}replaceService${SQ}" out &&
	calls_since count >actual &&
	test_grep ! RegisterTaskDefinition actual
'

test_expect_success 'unless the settings have the service replaced' '
	depdef ".replaceService = true" &&
	deploy >out &&
	test_grep "^preflight: service ${SQ}web${SQ} has deployment controller ${SQ}ECS${SQ}: it will be deleted" out &&
	test_grep "^replace: service ${SQ}web${SQ} is deleted" out &&
	task_sets >actual &&
	echo "PRIMARY 100% 2/2 web:2" >expect &&
	test_cmp expect actual
'

test_expect_success 'and back' '
	svcdef &&
	deploy >out &&
	test_grep "^replace: task set " out &&
	sandbox_services >actual &&
	echo "us-east-1 demo/web ACTIVE 2/2 web:3 COMPLETED" >expect &&
	test_cmp expect actual
'

test_expect_success 'three services of one cluster are looked at in one call' '
	deploy_reset &&
	external ".serviceName = \"web-@N@\"" &&
	taskdef good:1 ".family = \"web-@N@\"" &&
	deploy --count=3 >out &&
	echo "3 ended, 0 failed" >expect &&
	test_cmp expect out &&
	sandbox_calls >actual &&
	test "$(sed -n "/GetCaller/,/Register/p" actual | grep -c DescribeServices)" = 1 &&
	test "$(sed -n "/CreateTaskSet/,/UpdateServicePrimary/p" actual | grep -c DescribeServices)" -le 6
'

test_expect_success 'AWS was asked for nothing that it would not understand' '
	sandbox_no_invalid_calls
'

test_done
