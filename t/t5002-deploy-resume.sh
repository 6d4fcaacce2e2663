#!/bin/sh

test_description='a worker may die at any point: what is left is what was wanted, once'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-deploy.sh

nothing () {
	fresh && cp start/* .
}

one_service () {
	nothing && deploy >/dev/null
}

test_expect_success 'creating a service' '
	deploy_start &&
	depdef ".stabilityCheck = {pollInterval: 0.15, timeout: 10}" &&
	mkdir start && cp svc.json td.json dep.json start/ &&
	sweep nothing >points && cat points
'

test_expect_success 'updating a service' '
	sweep one_service >points && cat points
'

test_expect_success 'updating it to a revision that is named' '
	named () {
		one_service && deploy >/dev/null && svcdef ".taskDefinition = \"web:1\"" && rm -f td.json
	} &&
	deploy () {
		if test -e td.json
		then
			test-tool deploy --svcdef=svc.json --taskdef=td.json --depdef=dep.json "$@"
		else
			test-tool deploy --svcdef=svc.json --depdef=dep.json "$@"
		fi
	} &&
	sweep named >points && cat points
'

test_expect_success 'forcing a new deployment of what runs' '
	same () {
		one_service && svcdef ".taskDefinition = \"web:1\"" && rm -f td.json
	} &&
	sweep same --force >points && cat points &&
	test_grep "1 ecs.UpdateService 200" actual.state
'

test_expect_success 'deleting a service' '
	sweep one_service --delete >points && cat points
'

test_expect_success 'going back from a revision that crashes' '
	crash () {
		one_service &&
		behave "{\"match\": {\"image\": \"^crash\"}, \"exit_after\": 0.02, \"exit_code\": 1}" &&
		taskdef crash:1 &&
		depdef ".gmDeploymentCircuitBreaker = {failureThreshold: 1} |
			.stabilityCheck = {pollInterval: 0.15, timeout: 10}"
	} &&
	sweep crash >points && cat points &&
	test_grep "ACTIVE 2/2 web:1 COMPLETED" actual.state
'

test_expect_success 'two services share a family: each has a revision of its own' '
	nothing &&
	test_expect_code 137 deploy --journal=journal1 --die-after-answers=3 >out &&
	svcdef ".serviceName = \"other\"" &&
	deploy >out &&
	svcdef &&
	rm -f journal &&
	deploy --journal=journal1 >out &&
	test_grep "^register: found, registered before: ${SQ}web:1${SQ}" out &&
	sandbox_services | sed "s/ COMPLETED//" >actual &&
	cat >expect <<-\EOF &&
	us-east-1 demo/other ACTIVE 2/2 web:2
	us-east-1 demo/web ACTIVE 2/2 web:1
	EOF
	sort actual >sorted &&
	test_cmp expect sorted
'

test_expect_success 'a record that is taken up with other credentials changes nothing' '
	one_service &&
	rm -f journal &&
	test_expect_code 137 deploy --journal=journal --die-after-answers=3 >out &&
	sandbox_ctl keys "{\"AKIDOTHER\": {\"secret\": \"s\", \"account\": \"222222222222\"}}" >/dev/null &&
	control -X DELETE "$SANDBOX_URL/_sandbox/calls" &&
	test_expect_code 1 env AWS_ACCESS_KEY_ID=AKIDOTHER AWS_SECRET_ACCESS_KEY=s \
		test-tool deploy --svcdef=svc.json --taskdef=td.json --depdef=dep.json --journal=journal >out &&
	test_grep "^! wrong-account: the deployment was begun in account ${SQ}123456789012${SQ}" out &&
	sandbox_calls >actual &&
	echo "sts.GetCallerIdentity 200" >expect &&
	test_cmp expect actual
'

test_expect_success 'AWS was asked for nothing that it would not understand' '
	sandbox_no_invalid_calls
'

test_done
