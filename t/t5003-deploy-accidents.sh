#!/bin/sh

test_description='throttling, failing and broken connections: done once, or said'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-deploy.sh

revisions () {
	sandbox_calls "op=RegisterTaskDefinition" | grep -vc " [45][0-9][0-9]"
}

test_expect_success 'setup' '
	deploy_start
'

for op in GetCallerIdentity DescribeServices RegisterTaskDefinition CreateService
do
	for how in throttle internal unavailable reset close reset-after close-after truncate
	do
		test_expect_success "$how at $op" '
			deploy_reset &&
			fault "{\"match\": {\"op\": \"$op\"}, \"times\": 2, \"action\": {\"type\": \"$how\"}}" &&
			deploy >out &&
			sandbox_services >actual &&
			echo "us-east-1 demo/web ACTIVE 2/2 web:1 COMPLETED" >expect &&
			test_cmp expect actual
		'
	done
done

for how in throttle internal reset reset-after
do
	test_expect_success "$how at UpdateService" '
		deploy_reset &&
		deploy >out &&
		fault "{\"match\": {\"op\": \"UpdateService\"}, \"times\": 2, \"action\": {\"type\": \"$how\"}}" &&
		deploy >out &&
		sandbox_services >actual &&
		echo "us-east-1 demo/web ACTIVE 2/2 web:2 COMPLETED" >expect &&
		test_cmp expect actual
	'

	test_expect_success "$how at DeleteService" '
		fault "{\"match\": {\"op\": \"DeleteService\"}, \"times\": 2, \"action\": {\"type\": \"$how\"}}" &&
		deploy --delete >out &&
		sandbox_services >actual &&
		test_grep "demo/web INACTIVE 0/0" actual
	'
done

test_expect_success 'a forced deployment whose answer is lost is begun once' '
	deploy_reset &&
	deploy >out &&
	svcdef ".taskDefinition = \"web:1\"" &&
	fault "{\"match\": {\"op\": \"UpdateService\"}, \"times\": 1, \"action\": {\"type\": \"reset-after\"}}" &&
	test-tool deploy --svcdef=svc.json --depdef=dep.json --force >out &&
	sandbox_calls "op=UpdateService" >actual &&
	test_line_count = 1 actual
'

test_expect_success 'throttling that does not end is a failure that says so' '
	deploy_reset &&
	fault "{\"match\": {\"op\": \"RegisterTaskDefinition\"}, \"action\": {\"type\": \"error\",
		\"code\": \"ServerException\", \"status\": 500, \"message\": \"Service Unavailable\"}}" &&
	test_expect_code 1 deploy >out &&
	test_grep "^! aws-internal: cannot register the task definition" out
'

test_expect_success 'polls that fail are no news' '
	deploy_reset &&
	fault "{\"match\": {\"op\": \"DescribeServices\"}, \"skip\": 1, \"times\": 12, \"action\": {\"type\": \"internal\"}}" &&
	deploy >out &&
	test_grep "^= PROCESSED_SUCCESS" out
'

test_expect_success 'polls that are denied are a failure, with the cause' '
	deploy_reset &&
	fault "{\"match\": {\"op\": \"DescribeServices\"}, \"skip\": 1, \"action\": {\"type\": \"denied\"}}" &&
	test_expect_code 1 deploy >out &&
	test_grep "^! iam-denied: cannot describe the service" out
'

test_expect_success 'what AWS says to try again later is tried again' '
	deploy_reset &&
	fault "{\"match\": {\"op\": \"CreateService\"}, \"times\": 2, \"action\": {\"type\": \"error\",
		\"code\": \"InvalidParameterException\", \"status\": 400,
		\"message\": \"Unable to assume the service linked role. Please verify that the ECS service linked role exists.\"}}" &&
	deploy >out &&
	test_grep "^apply: AWS is not ready for it, trying again: Unable to assume" out &&
	test_grep "^= PROCESSED_SUCCESS" out
'

test_expect_success 'a batch is not spoilt by one bad name' '
	deploy_reset &&
	svcdef ".serviceName = \"web-@N@\"" &&
	taskdef good:1 ".family = \"web-@N@\"" &&
	fault "{\"match\": {\"op\": \"DescribeServices\", \"body\": \"web-2\"}, \"action\": {\"type\": \"error\",
		\"code\": \"InvalidParameterException\", \"status\": 400, \"message\": \"bad name\"}}" &&
	test_expect_code 1 deploy --count=3 >out &&
	echo "3 ended, 1 failed" >expect &&
	test_cmp expect out
'

test_expect_success 'AWS was asked for nothing that it would not understand' '
	sandbox_no_invalid_calls
'

test_done
