# Functions for tests of ECS's native strategies; after lib-deploy.sh.

# native <strategy> [<filter of the service definition>]: the sandbox as new,
# with a load balancer whose listener forwards to target group "blue", another
# for test traffic, and documents of a service that ECS deploys by itself. A
# minute has half a second.
native () {
	fresh 1 &&
	control -d "{\"minute\": 0.5}" "$SANDBOX_URL/_sandbox/timing" &&
	control -d "{\"balancers\": [{\"name\": \"lb\", \"listeners\": [
		{\"port\": 80, \"forward\": {\"blue\": 1, \"green\": 0}},
		{\"port\": 81, \"forward\": {\"blue\": 1, \"green\": 0}}]}],
		\"alarms\": {\"errors\": \"OK\"}}" "$SANDBOX_URL/_sandbox/seed" &&
	mv .control seeded.json &&
	native_svcdef "$1" "${2:-.}" &&
	balanced_image good:1 &&
	depdef
}

# native_svcdef <strategy> [<filter>]
native_svcdef () {
	document svc.json --arg strategy "$1" --argjson seeded "$(cat seeded.json)" "$DEPLOY_SVCDEF"' |
		$seeded.balancers.lb as $lb |
		.loadBalancers = [{targetGroupArn: $lb.groups.blue, containerName: "app", containerPort: 80,
			advancedConfiguration: {alternateTargetGroupArn: $lb.groups.green,
				productionListenerRule: $lb.rules["lb:80/default"],
				roleArn: "arn:aws:iam::123456789012:role/ecs"}}] |
		.deploymentConfiguration = {strategy: $strategy, bakeTimeInMinutes: 1} |
		if $strategy == "LINEAR" then
			.deploymentConfiguration.linearConfiguration = {stepPercent: 50, stepBakeTimeInMinutes: 1}
		elif $strategy == "CANARY" then
			.deploymentConfiguration.canaryConfiguration = {canaryPercent: 10, canaryBakeTimeInMinutes: 1}
		else . end | '"${2:-.}"
}

# hook <stages> [<members>]: a filter that adds a function
hook () {
	echo ".deploymentConfiguration.lifecycleHooks += [{
		hookTargetArn: \"arn:aws:lambda:us-east-1:123456789012:function:check\",
		roleArn: \"arn:aws:iam::123456789012:role/ecs\", lifecycleStages: [$1]} ${2:+ + $2}]"
}

# pause <stages> [<members>]: a filter that adds a pause
pause () {
	echo ".deploymentConfiguration.lifecycleHooks += [{targetType: \"PAUSE\", lifecycleStages: [$1]} ${2:+ + $2}]"
}

# weights: those that ECS has set, "blue=80 green=20" a line
weights () {
	sandbox_traffic | sed -n "s/^[^ ]* lb:80[^ ]* ECS Modify[A-Za-z]* //p" | uniq
}

# undisturbed_rule: nobody but ECS touched it, and it had somewhere to go
undisturbed_rule () {
	control "$SANDBOX_URL/_sandbox/violations" && test "$(jq length .control)" = 0 &&
	control "$SANDBOX_URL/_sandbox/holes?rule=lb:80/default" &&
	test "$(jq length .control)" = 0 || { cat .control && return 1; }
}

# ecs <operation> <json>: what somebody else does
ecs () {
	echo "$2" >.body && test-tool aws-call --service ecs --op "$1" <.body >.answer
}

# service_deployment: the newest one's ARN
service_deployment () {
	ecs ListServiceDeployments "{\"cluster\": \"demo\", \"service\": \"web\"}" &&
	jq -r ".serviceDeployments[0].serviceDeploymentArn" .answer
}

# meanwhile <filter of deploy's output>: deploy, in the background; returns when
# a line of it matches. Then: finish <exit code>
meanwhile () {
	deploy >out & deploying=$! &&
	meanwhile_tries_=0 &&
	until grep -q "$1" out
	do
		meanwhile_tries_=$((meanwhile_tries_ + 1))
		test $meanwhile_tries_ -lt 600 && kill -0 $deploying 2>/dev/null || {
			cat out
			return 1
		}
		sleep 0.02
	done
}

finish () {
	finish_code_=0
	wait $deploying || finish_code_=$?
	test $finish_code_ = "$1" || { cat out && return 1; }
}

# configuration <filter>: of the service's deployment configuration
configuration () {
	control "$SANDBOX_URL/_sandbox/services" &&
	jq -c ".[0].deploymentConfiguration | $1" .control
}

# fails_with <category> <pattern of the message>
fails_with () {
	test_expect_code 1 deploy >out || { cat out && return 1; }
	test_grep "^! $1: .*$2" out
}
