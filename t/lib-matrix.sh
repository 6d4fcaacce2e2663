# The matrix of failures: each strategy of ECS services meets each fault. After
# lib-deploy.sh and lib-native.sh.
#
#	. ./test-lib.sh
#	. "$TEST_DIRECTORY"/lib-deploy.sh
#	. "$TEST_DIRECTORY"/lib-native.sh
#	. "$TEST_DIRECTORY"/lib-matrix.sh
#
#	matrix rolling task-fails
#
# shellcheck shell=sh

# What AWS says (Amazon ECS Developer Guide, "Stopped task error messages",
# "Service event messages"), one fault a line:
#
#	<fault>	<category>	<pattern of the message>	<what bad:1 does, JSON>
matrix_tasks () {
	cat <<-\EOF
	crash-at-once	crashed	Essential container in task exited: container 'app', exit code 3	{"exit_after": 0.02, "exit_code": 3}
	crash-of-the-last	crashed	exit code 3	{"skip": 1, "exit_after": 0.02, "exit_code": 3}
	crash-after-a-while	crashed	exit code 139 (segmentation fault, SIGSEGV)	{"exit_after": 0.4, "exit_code": 139, "healthy": 0.5}
	crash-without-error	crashed	exit code 0 (ended without an error	{"exit_after": 0.02, "exit_code": 0}
	out-of-memory	oom	OutOfMemoryError: Container killed due to memory usage	{"exit_after": 0.02, "exit_code": 137, "reason": "OutOfMemoryError: Container killed due to memory usage"}
	image-missing	image-missing	CannotPullContainerError: .*failed to resolve ref docker.io/library/bad:1: not found	{"pull_error": "pull image manifest has been retried 1 time(s): failed to resolve ref docker.io/library/bad:1: not found"}
	image-denied	image-denied	CannotPullContainerError: pull access denied for bad	{"pull_error": "pull access denied for bad, repository does not exist or may require authorization"}
	image-rate	image-rate	toomanyrequests	{"pull_error": "inspect image has been retried 5 time(s): toomanyrequests: You have reached your unauthenticated pull rate limit"}
	architecture	architecture	does not match the specified platform	{"pull_error": "image Manifest does not contain descriptor matching platform: does not match the specified platform linux/arm64"}
	disk	disk	no space left on device	{"pull_error": "write /var/lib/containerd/x: no space left on device"}
	task-role	iam-role	ECS was unable to assume the role 'arn:aws:iam::123456789012:role/task'	{"no_launch": "failed to launch a task with (error ECS was unable to assume the role 'arn:aws:iam::123456789012:role/task' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role.)"}
	execution-role	iam-role	ECS was unable to assume the role 'arn:aws:iam::123456789012:role/exec'	{"start_error": "ECS was unable to assume the role 'arn:aws:iam::123456789012:role/exec' that was provided for this task. Please verify that the role being passed has the proper trust relationship"}
	secrets-denied	secrets-denied	AccessDeniedException.*secretsmanager:GetSecretValue	{"start_error": "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret from asm: AccessDeniedException: User: arn:aws:sts::123456789012:assumed-role/exec/x is not authorized to perform: secretsmanager:GetSecretValue on resource: db"}
	secret-missing	secret-missing	can't find the specified secret	{"start_error": "ResourceInitializationError: unable to pull secrets or registry auth: unable to retrieve secret from asm: ResourceNotFoundException: Secrets Manager can't find the specified secret."}
	no-route	network	connection issue	{"start_error": "ResourceInitializationError: unable to pull secrets or registry auth: The task cannot pull secrets from AWS Secrets Manager. There is a connection issue between the task and AWS Secrets Manager. Check your task network configuration."}
	log-group	log-group	The specified log group does not exist	{"start_error": "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: ResourceNotFoundException: The specified log group does not exist. : exit status 1"}
	volume	volume	failed to invoke EFS utils	{"start_error": "ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: stderr: mount.nfs4: Connection timed out"}
	no-interface	eni	Timeout waiting for network interface	{"start_error": "Timeout waiting for network interface provisioning to complete."}
	command	runtime	executable file not found	{"start_error": "CannotStartContainerError: ResourceInitializationError: failed to create new container runtime task: exec: serve: executable file not found in $PATH"}
	container-check	health-container	failed container health checks	{"health": "unhealthy", "health_of": "container"}
	balancer-check	health-elb	failed ELB health checks	{"health": "unhealthy", "health_reason": "Health checks failed with these codes: [500]"}
	unknown-words	\(timeout\|breaker\)	FluxCapacitorError: no plutonium	{"start_error": "FluxCapacitorError: no plutonium"}
	never-running	timeout	is not stable after .*: 0 of 2 tasks running	{"never_running": true}
	EOF
}

# matrix_service <strategy> [<filter of the service definition>]: the sandbox as
# new and four times as quick, the documents; two tasks of good:1.
matrix_service () {
	case "$1" in
	rolling) fresh 4 && svcdef "${2:-.}" ;;
	task-sets) fresh 4 && svcdef ".deploymentController.type = \"EXTERNAL\" | ${2:-.}" ;;
	traffic) balanced "${2:-.}" 4 ;;
	*) native "$1" "${2:-.}" && control -d "{\"speed\": 4}" "$SANDBOX_URL/_sandbox/clock" ;;
	esac &&
	matrix_settings "$1" &&
	balanced_image good:1
}

# matrix_settings <strategy> [<filter>]: rolling goes back where that is asked for only
matrix_settings () {
	case "$1" in
	rolling) depdef ".gmDeploymentCircuitBreaker = {failureThreshold: 4} | ${2:-.}" ;;
	traffic) shifting "${2:-.}" ;;
	*) depdef "${2:-.}" ;;
	esac &&
	jq ".stabilityCheck = {pollInterval: 0.1, timeout: ${MATRIX_TIMEOUT:-1}}" dep.json >dep.json+ &&
	mv dep.json+ dep.json
}

# matrix_good <strategy> [<filter>]: it runs
matrix_good () {
	matrix_service "$@" &&
	deploy >first || { cat first && return 1; }
}

# matrix_old_serves <strategy>: web:1 has two tasks and all traffic, nothing else is left
matrix_old_serves () {
	sandbox_services >actual &&
	case "$1" in
	task-sets | traffic)
		task_sets >actual &&
		echo "PRIMARY 100% 2/2 web:1" >expect &&
		sed "s/ blue$//" actual >left && test_cmp expect left &&
		sandbox_no_holes
		;;
	rolling)
		control "$SANDBOX_URL/_sandbox/services" &&
		jq -r "[.[0].deployments[] | select(.runningCount + .pendingCount > 0) | .taskDefinition | sub(\".*/\"; \"\")] | unique[]" \
			.control >actual &&
		echo web:1 >expect && test_cmp expect actual &&
		test "$(jq ".[0].runningCount" .control)" -ge 2
		;;
	*)
		echo "us-east-1 demo/web ACTIVE 2/2 web:1 COMPLETED" >expect && test_cmp expect actual &&
		weights | tail -n 1 >actual &&
		echo "blue=100 green=0" >expect && test_cmp expect actual &&
		undisturbed_rule
		;;
	esac
}

# matrix_failed <category> <pattern>: what is printed and what the record says, the same
matrix_failed () {
	test_grep "^= PROCESSED_ERROR" out &&
	test_grep "^! $1: .*$2" out &&
	test_grep "^hint: ..*" out &&
	test "$(field status journal)" = PROCESSED_ERROR &&
	echo "! $(field failure.category journal): $(field failure.message journal)" >expect &&
	grep "^! " out >actual && test_cmp expect actual &&
	echo "hint: $(field failure.hint journal)" >expect &&
	grep "^hint: " out >actual && test_cmp expect actual
}

# matrix_fails <strategy> <category> <pattern>: deploying bad:1 does, and leaves what ran
matrix_fails () {
	balanced_image bad:1 && rm -f journal &&
	{ deploy --journal=journal >out; test $? = 1; } || { cat out && return 1; }
	matrix_failed "$2" "$3" &&
	field revision journal >actual && test_grep "task-definition/web:1$" actual &&
	matrix_old_serves "$1"
}

# matrix_at_tasks <strategy> <first line> <last line>: these faults of tasks, one
# after the other: each finds the service as the one before has left it
matrix_at_tasks () {
	matrix_tasks | sed -n "$2,$3p" >.faults &&
	MATRIX_STRATEGY=$1 &&
	while IFS="	" read -r fault category pattern behaviour
	do
		test "$fault" != balancer-check || case "$MATRIX_STRATEGY" in rolling | task-sets) continue ;; esac
		MATRIX_CATEGORY=$category MATRIX_PATTERN=$pattern MATRIX_BEHAVIOUR=$behaviour
		test_expect_success "$MATRIX_STRATEGY: $fault is $category, and what ran before serves" '
			matrix_good $MATRIX_STRATEGY &&
			behave "$(echo "$MATRIX_BEHAVIOUR" | jq ".match = {image: \"^bad\"}")" &&
			matrix_fails $MATRIX_STRATEGY "$MATRIX_CATEGORY" "$MATRIX_PATTERN"
		'
	done <.faults
}

# matrix_meanwhile <strategy>: deploy bad:1, which
# never runs, in the background, until it has begun. Then: finish <exit code>
matrix_meanwhile () {
	behave "{\"match\": {\"image\": \"^bad\"}, \"never_running\": true}" &&
	balanced_image bad:1 && rm -f journal &&
	MATRIX_TIMEOUT=20 && matrix_settings "$1" && MATRIX_TIMEOUT= &&
	{ deploy --journal=journal >out & deploying=$!; } &&
	control -d "{\"service\": {\"name\": \"web\", \"pending\": 2}}" "$SANDBOX_URL/_sandbox/wait"
}

# matrix_accidents <strategy>: what happens around it
matrix_accidents () {
	MATRIX_STRATEGY=$1

	test_expect_success "$1: no capacity for all of it" '
		matrix_good $MATRIX_STRATEGY &&
		control -d "{\"FARGATE\": 2}" "$SANDBOX_URL/_sandbox/capacity" &&
		matrix_fails $MATRIX_STRATEGY capacity "was unable to place a task"
	'

	test_expect_success "$1: no addresses left in the subnet" '
		matrix_good $MATRIX_STRATEGY &&
		control -d "{\"subnet-1\": 2}" "$SANDBOX_URL/_sandbox/addresses" &&
		matrix_fails $MATRIX_STRATEGY subnet-full "subnet-1"
	'

	for fault in throttle internal unavailable reset reset-after
	do
		MATRIX_FAULT=$fault
		test_expect_success "$1: $fault at every third call is no failure" '
			matrix_good $MATRIX_STRATEGY &&
			MATRIX_TIMEOUT=30 && matrix_settings $MATRIX_STRATEGY && MATRIX_TIMEOUT= &&
			fault "{\"match\": {\"service\": \"ecs|elasticloadbalancing\"}, \"every\": 3, \"action\": {\"type\": \"$MATRIX_FAULT\"}}" &&
			balanced_image good:2 &&
			{ deploy >out || { cat out && return 1; }; } &&
			sandbox_services >actual && test_grep "ACTIVE 2/2 web:2 " actual &&
			sandbox_ctl "calls?op=RegisterTaskDefinition&status=200" | jq length >actual &&
			test "$(cat actual)" -le 3
		'
	done

	test_expect_success "$1: credentials that expire while it waits; the next deployment finds its way" '
		matrix_good $MATRIX_STRATEGY &&
		matrix_meanwhile $MATRIX_STRATEGY &&
		fault "{\"match\": {}, \"action\": {\"type\": \"expired\"}}" &&
		finish 1 && matrix_failed credentials "ExpiredToken" &&
		control -X DELETE "$SANDBOX_URL/_sandbox/faults" &&
		matrix_settings $MATRIX_STRATEGY && balanced_image good:2 &&
		{ deploy >next || { cat next && return 1; }; } &&
		sandbox_services >actual && test_grep "ACTIVE 2/2 web:[0-9]* " actual && test_grep ! "web:[12] " actual
	'

	test_expect_success "$1: a service that somebody deletes meanwhile" '
		matrix_good $MATRIX_STRATEGY &&
		matrix_meanwhile $MATRIX_STRATEGY &&
		ecs DeleteService "{\"cluster\": \"demo\", \"service\": \"web\", \"force\": true}" &&
		finish 1 && matrix_failed service-deleted "service .web. was deleted while it was deployed" &&
		sandbox_wait "{\"service\": {\"name\": \"web\", \"status\": \"INACTIVE\"}}" >/dev/null
	'
}
