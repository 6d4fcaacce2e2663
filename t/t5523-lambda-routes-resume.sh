#!/bin/sh

test_description='routes of HTTP APIs, when a worker dies or the network fails'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-deploy.sh
. "$TEST_DIRECTORY"/lib-routes.sh

test_expect_success 'setup' '
	sandbox_start &&
	sandbox_environment
'

# What a worker that dies must not double, or leave behind.
DEPLOY_STATE=api_state
api_state () {
	shop "$1" &&
	control "$SANDBOX_URL/_sandbox/apis" &&
	jq -r "\"\(length) stages, deployments: \(.[0].deployments)\"" .control >>"$1"
}

failing_everything () { failing everything; }

gone () {
	two_routes &&
	routes "\$default"
}

for what in everything failing_everything gone
do
	test_expect_success "a worker that dies anywhere leaves the same: $what" '
		sweep $what >swept &&
		tail -n 1 swept
	'
done

# accident <operation> <action>: it happens once to a deployment that has everything to do
accident () {
	everything &&
	control -X DELETE "$SANDBOX_URL/_sandbox/calls" &&
	control -d "{\"match\": {\"service\": \"apigatewayv2\", \"op\": \"^$1\$\"}, \"times\": 1, \"action\": $2}" \
		"$SANDBOX_URL/_sandbox/faults" &&
	deploy >out &&
	sandbox_calls "op=$1&faulted=1" >calls &&
	test_line_count = 1 calls &&
	api_state actual &&
	test_cmp undisturbed.state actual || { echo "$1 $2" && cat out && return 1; }
}

test_expect_success 'accidents of the network double nothing' '
	everything &&
	deploy >out &&
	api_state undisturbed.state &&
	for op in UpdateStage UpdateIntegration UpdateRoute CreateIntegration CreateDeployment
	do
		for action in "{\"type\": \"reset-after\"}" "{\"type\": \"internal\"}" \
			"{\"type\": \"error\", \"code\": \"ConflictException\", \"status\": 409, \"message\": \"busy\"}"
		do
			accident $op "$action" || return
		done
	done
'

test_expect_success 'nor do those that come before a look, or too many of them' '
	for op in GetApi GetRoute GetRoutes GetIntegration GetIntegrations GetStages GetDeployments UpdateRoute
	do
		accident $op "{\"type\": \"throttle\"}" || return
	done
'

test_expect_success 'the sandbox saw no request that AWS would not understand' '
	sandbox_no_invalid_calls
'

test_done
