#!/bin/sh

test_description='the matrix of failures: push, show, note, status and record tell the same cause'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-server.sh
. "$TEST_DIRECTORY"/lib-sandbox.sh
. "$TEST_DIRECTORY"/lib-records.sh

no_worker () {
	test-tool spool has-worker origin.git/gitops/spool >lives && grep -qx 0 lives
}

# object <name> <filter of the service definition> [<filter of the settings>]: behind lb-<name>
object () {
	mkdir -p work/dev &&
	jq --arg lb "lb-$1" ".balancers[\$lb]" seeded >lb.json &&
	jq -n --arg name "$1" --slurpfile lb lb.json --arg rule "lb-$1:80/default" '{cluster: "apps", serviceName: $name, desiredCount: 2, launchType: "FARGATE",
		networkConfiguration: {awsvpcConfiguration: {subnets: ["subnet-0a1b2c3d"]}},
		loadBalancers: [{targetGroupArn: $lb[0].groups["blue-" + $name], containerName: "app", containerPort: 80}]} |
		($lb[0] + {name: $name, rule: $lb[0].rules[$rule]}) as $lb | '"$2" >work/dev/$1_svcdef.json &&
	jq -n --arg name "$1" '{family: $name, networkMode: "awsvpc", requiresCompatibilities: ["FARGATE"], cpu: "256", memory: "512",
		containerDefinitions: [{name: "app", image: "registry.example/\($name):1", essential: true,
			portMappings: [{containerPort: 80}]}]}' >work/dev/$1_taskdef.json &&
	jq -n --arg name "$1" --slurpfile lb lb.json '{environment: {region: "us-east-1"}, stabilityCheck: {pollInterval: 1, timeout: 5}} | '"${3:-.}" \
		>work/dev/$1_depdef.json
}

NATIVE='.loadBalancers[0].advancedConfiguration = {alternateTargetGroupArn: $lb.groups["green-" + $lb.name],
	productionListenerRule: $lb.rule, roleArn: "arn:aws:iam::123456789012:role/ecs"} |
	.deploymentConfiguration = {bakeTimeInMinutes: 0, strategy: '

# told <name> <category> <pattern of the message>: everywhere, the same
told () {
	told_alike ecs "dev/$1" "$2" "$3"
}

test_expect_success 'setup: a service of each strategy runs' '
	sandbox_start &&
	sandbox_ctl seed "$(jq -n "{clusters: [\"apps\"], balancers: [\"roll\", \"sets\", \"shift\", \"bg\", \"lin\", \"can\" |
		{name: \"lb-\(.)\", listeners: [{port: 80, forward: {\"blue-\(.)\": 1, \"green-\(.)\": 0}}]}]}")" >seeded &&
	sandbox_ctl clock "{\"speed\": 4}" && sandbox_ctl timing "{\"minute\": 0.2}" &&
	server_init origin.git &&
	git -C origin.git config gitops.worker true &&
	git clone -q origin.git work 2>err &&
	object roll . ".gmDeploymentCircuitBreaker = {}" &&
	object sets "del(.loadBalancers) | .deploymentController.type = \"EXTERNAL\"" &&
	object shift ".deploymentController.type = \"EXTERNAL\"" \
		".targetGroupArnPairs = [[\$lb[0].groups[\"blue-shift\"], \$lb[0].groups[\"green-shift\"]]]" &&
	object bg "$NATIVE\"BLUE_GREEN\"}" &&
	object lin "$NATIVE\"LINEAR\", linearConfiguration: {stepPercent: 50, stepBakeTimeInMinutes: 0}}" &&
	object can "$NATIVE\"CANARY\", canaryConfiguration: {canaryPercent: 10, canaryBakeTimeInMinutes: 0}}" &&
	git -C work add . && git -C work commit -q -m good &&
	git -C work push -o gitops.wait origin HEAD:main 2>err &&
	remote_lines err >said && test_grep "^gitops: done$" said &&
	wait_for no_worker
'

test_expect_success 'all are changed in one push, and each fails in its own way' '
	sandbox_ctl behaviours "{\"match\": {\"image\": \"roll:2\"}, \"pull_error\": \"failed to resolve ref registry.example/roll:2: not found\"}" &&
	sandbox_ctl behaviours "{\"match\": {\"image\": \"sets:2\"}, \"exit_after\": 0.02, \"exit_code\": 137,
		\"reason\": \"OutOfMemoryError: Container killed due to memory usage\"}" &&
	sandbox_ctl behaviours "{\"match\": {\"image\": \"shift:2\"}, \"health\": \"unhealthy\", \"health_reason\": \"Health checks failed with these codes: [503]\"}" &&
	sandbox_ctl behaviours "{\"match\": {\"image\": \"bg:2\"}, \"start_error\": \"ResourceInitializationError: unable to pull secrets or registry auth: AccessDeniedException: User: arn:aws:sts::123456789012:assumed-role/exec/x is not authorized to perform: secretsmanager:GetSecretValue on resource: db\"}" &&
	sandbox_ctl behaviours "{\"match\": {\"image\": \"lin:2\"}, \"exit_after\": 0.02, \"exit_code\": 139}" &&
	sandbox_ctl behaviours "{\"match\": {\"image\": \"can:2\"}, \"no_launch\": \"failed to launch a task with (error ECS was unable to assume the role .x. that was provided for this task.)\"}" &&
	sed -i "s/:1\"/:2\"/" work/dev/*_taskdef.json &&
	git -C work commit -q -a -m bad && bad=$(git -C work rev-parse HEAD) &&
	git -C work push -o gitops.wait origin HEAD:main 2>err &&
	remote_lines err >said &&
	echo "gitops: failed: 6 of 6 service objects failed" >expect &&
	tail -n 1 said >actual && test_cmp expect actual
'

test_expect_success 'rolling: image-missing' 'told roll image-missing "registry.example/roll:2: not found"'
test_expect_success 'task sets: oom' 'told sets oom "OutOfMemoryError"'
test_expect_success 'task sets with a load balancer: health-elb' 'told shift health-elb "503\|ELB health checks"'
test_expect_success 'BLUE_GREEN: secrets-denied' 'told bg secrets-denied "secretsmanager:GetSecretValue"'
test_expect_success 'LINEAR: crashed' 'told lin crashed "exit code 139"'
test_expect_success 'CANARY: iam-role' 'told can iam-role "unable to assume the role"'

test_expect_success 'what ran before runs, of all six' '
	sandbox_services >services && cat services &&
	test "$(grep -c "ACTIVE 2/2 [a-z]*:1" services)" = 6
'

test_expect_success 'AWS was asked for nothing that it would not understand' '
	sandbox_no_invalid_calls
'

test_done
