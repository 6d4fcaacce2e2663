#!/bin/sh

test_description='rolling deployments: create, update, delete'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-deploy.sh

test_expect_success 'a service that is not there is created' '
	deploy_start &&
	deploy >out &&
	cat >expect <<-EOF &&
	preflight: account 123456789012, region us-east-1, cluster ${SQ}demo${SQ}
	preflight: service ${SQ}web${SQ} is new
	register: registered ${SQ}web:1${SQ}
	apply: service ${SQ}web${SQ} created with ${SQ}web:1${SQ}, 2 tasks wanted
	EOF
	head -n 4 out >actual &&
	test_cmp expect actual &&
	tail -n 1 out >actual &&
	echo "= PROCESSED_SUCCESS arn:aws:ecs:us-east-1:123456789012:task-definition/web:1" >expect &&
	test_cmp expect actual &&
	sandbox_services >actual &&
	echo "us-east-1 demo/web ACTIVE 2/2 web:1 COMPLETED" >expect &&
	test_cmp expect actual
'

test_expect_success 'it took no more calls than a creation needs' '
	calls_since count >actual &&
	cat >expect <<-\EOF &&
	sts.GetCallerIdentity 200
	ecs.DescribeServices 200
	ecs.RegisterTaskDefinition 200
	ecs.CreateService 200
	ecs.DescribeServices 200
	EOF
	test_cmp expect actual
'

test_expect_success 'the revision carries the id of the deployment' '
	sandbox_ctl "calls?op=RegisterTaskDefinition" >calls &&
	test_grep "gitops:deployment" calls
'

test_expect_success 'a service that is there is updated' '
	deploy >out &&
	test_grep "^preflight: service ${SQ}web${SQ} runs ${SQ}web:1${SQ}, 2 of 2 tasks" out &&
	test_grep "^stabilize: 2 of 2 tasks running" out &&
	test_grep "^stabilize: stable: ${SQ}web:2${SQ}" out &&
	sandbox_services >actual &&
	echo "us-east-1 demo/web ACTIVE 2/2 web:2 COMPLETED" >expect &&
	test_cmp expect actual &&
	calls_since count >actual &&
	cat >expect <<-\EOF &&
	sts.GetCallerIdentity 200
	ecs.DescribeServices 200
	ecs.RegisterTaskDefinition 200
	ecs.UpdateService 200
	ecs.DescribeServices 200
	EOF
	test_cmp expect actual
'

test_expect_success 'only what differs is sent' '
	svcdef ".desiredCount = 3 | .propagateTags = \"SERVICE\"" &&
	deploy >out &&
	sandbox_ctl "calls?op=UpdateService" | jq -c ".[-1].params | keys" >actual &&
	echo "[\"cluster\",\"desiredCount\",\"propagateTags\",\"service\",\"taskDefinition\"]" >expect &&
	test_cmp expect actual &&
	sandbox_services >actual &&
	test_grep "3/3 web:3 COMPLETED" actual
'

test_expect_success 'tags have a call of their own' '
	calls_since count >/dev/null &&
	svcdef ".desiredCount = 3 | .tags = [{key: \"team\", value: \"a\"}]" &&
	deploy >out &&
	calls_since count >actual &&
	test_grep "ecs.TagResource 200" actual &&
	sandbox_ctl "calls?op=TagResource" | jq -c ".[-1].params" >actual &&
	echo "{\"resourceArn\":\"arn:aws:ecs:us-east-1:123456789012:service/demo/web\",\"tags\":[{\"key\":\"team\",\"value\":\"a\"}]}" >expect &&
	test_cmp expect actual
'

test_expect_success 'tags that may not be set are told, and no failure' '
	fault "{\"match\": {\"op\": \"TagResource\"}, \"times\": 1, \"action\": {\"type\": \"denied\"}}" &&
	deploy >out &&
	test_grep "^apply: cannot set the tags of the service: " out &&
	test_grep "^= PROCESSED_SUCCESS" out
'

test_expect_success 'a count that the definition does not give stays what it is' '
	svcdef "del(.desiredCount)" &&
	deploy >out &&
	sandbox_services >actual &&
	test_grep "3/3 web:6 COMPLETED" actual
'

test_expect_success 'ECS needs a count to create a service, which is said before anything is done' '
	calls_since count >/dev/null &&
	svcdef "del(.desiredCount) | .serviceName = \"other\"" &&
	test_must_fail deploy >out &&
	test_grep "^! definition: ${SQ}desiredCount${SQ} is missing in the service definition" out &&
	calls_since count >actual &&
	test_grep ! RegisterTaskDefinition actual
'

test_expect_success 'without a task definition of its own the one that is named is used' '
	svcdef ".taskDefinition = \"web:1\"" &&
	test-tool deploy --svcdef=svc.json --depdef=dep.json >out &&
	calls_since count >actual &&
	test_grep ! RegisterTaskDefinition actual &&
	sandbox_services >actual &&
	test_grep "2/2 web:1 COMPLETED" actual
'

test_expect_success 'with the same one nothing new is begun' '
	test-tool deploy --svcdef=svc.json --depdef=dep.json >out &&
	test_grep "^stabilize: stable: ${SQ}web:1${SQ}" out &&
	sandbox_ctl "calls?op=UpdateService" | jq ".[-1].params.forceNewDeployment" >actual &&
	echo null >expect &&
	test_cmp expect actual
'

test_expect_success 'unless it is forced' '
	test-tool deploy --svcdef=svc.json --depdef=dep.json --force >out &&
	sandbox_ctl "calls?op=UpdateService" | jq ".[-1].params.forceNewDeployment" >actual &&
	echo true >expect &&
	test_cmp expect actual &&
	test_grep "^= PROCESSED_SUCCESS" out
'

test_expect_success 'a definition that is gone deletes the service' '
	calls_since count >/dev/null &&
	deploy --delete >out &&
	test_grep "^drain: service ${SQ}web${SQ} is deleted" out &&
	test_grep "^= PROCESSED_SUCCESS" out &&
	sandbox_services >actual &&
	test_grep "demo/web INACTIVE 0/0" actual &&
	calls_since count >actual &&
	cat >expect <<-\EOF &&
	sts.GetCallerIdentity 200
	application-autoscaling.DeregisterScalableTarget 400 ObjectNotFoundException
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

test_expect_success 'a service of the same name is created anew' '
	svcdef &&
	deploy >out &&
	test_grep "^preflight: service ${SQ}web${SQ} is new" out &&
	test_grep "^= PROCESSED_SUCCESS" out
'

test_expect_success 'a service that is still being deleted is waited for' '
	sandbox_ctl timing "{\"stop\": 1}" &&
	{ deploy --delete >deleted & deleting=$!; } &&
	sandbox_wait "{\"service\": {\"name\": \"web\", \"status\": \"DRAINING\"}}" &&
	deploy >out &&
	wait $deleting &&
	test_grep "^preflight: service ${SQ}web${SQ} is being deleted (DRAINING); waiting" out &&
	test_grep "^= PROCESSED_SUCCESS" out
'

test_expect_success 'a service with no tasks wanted is stable with none' '
	svcdef ".desiredCount = 0" &&
	deploy >out &&
	test_grep "^stabilize: 0 of 0 tasks running" out &&
	test_grep "^= PROCESSED_SUCCESS" out
'

test_expect_success 'three services of one cluster are looked at in one call' '
	deploy_reset &&
	svcdef ".serviceName = \"web-@N@\"" &&
	taskdef good:1 ".family = \"web-@N@\"" &&
	calls_since count >/dev/null &&
	deploy --count=3 >out &&
	echo "3 ended, 0 failed" >expect &&
	test_cmp expect out &&
	sandbox_calls >actual &&
	test "$(grep -c GetCallerIdentity actual)" = 1 &&
	test "$(sed -n "/GetCaller/,/Register/p" actual | grep -c DescribeServices)" = 1
'

test_expect_success 'AWS was asked for nothing that it would not understand' '
	sandbox_no_invalid_calls
'

test_done
