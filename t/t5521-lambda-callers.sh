#!/bin/sh

test_description='what may invoke a function follows what the file lists'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-deploy.sh

ARN=arn:aws:lambda:us-east-1:123456789012:function:hello:live

# again: a sandbox as new, with groups fn and other, the first behind a load balancer
again () {
	control -d "{}" "$SANDBOX_URL/_sandbox/reset" &&
	control -d "{\"zips\": {\"bucket/hello.zip\": {\"index.py\": \"1\"}},
		\"balancers\": [{\"name\": \"lb\", \"listeners\": [{\"port\": 80, \"forward\": {\"fn\": 1}}],
			\"lambda\": [\"fn\", \"other\"]}]}" "$SANDBOX_URL/_sandbox/seed" &&
	group=$(jq -r .balancers.lb.groups.fn .control) &&
	other=$(jq -r .balancers.lb.groups.other .control) &&
	control -d "{\"f\": {}}" "$SANDBOX_URL/_sandbox/roles" &&
	control -d "{\"speed\": 10}" "$SANDBOX_URL/_sandbox/clock" &&
	jq -n "{FunctionName: \"hello\", Role: \"arn:aws:iam::123456789012:role/f\", Runtime: \"python3.13\",
		Handler: \"index.handler\", Code: {S3Bucket: \"bucket\", S3Key: \"hello.zip\"}}" >fn.json &&
	jq -n "{alias: \"live\", readinessCheck: {waitInterval: 0.2, maxRetries: 50}}" >dep.json &&
	balancers "$group"
}

# balancers <target group>...: the file lists them
balancers () {
	jq -n "{PushEventSources: [\$ARGS.positional[] |
		{Service: \"elasticloadbalancing.amazonaws.com\", TargetGroupArn: .}]}" --args "$@" >sources.json
}

# deploy [<option>...]: with the three documents
# shellcheck disable=SC2120 # tests give options
deploy () {
	test-tool deploy --lambdadef=fn.json --depdef=dep.json --sources=sources.json "$@"
}

# call <service> <operation> [<option>...]: as somebody, the body is read
call () {
	call_service=$1 call_op=$2 && shift 2 &&
	test-tool aws-call --service "$call_service" --op "$call_op" "$@"
}

# look: which group has which target, and for whom the alias's policy has statements
look () {
	for look_group in "fn $group" "other $other"
	do
		printf "Action=DescribeTargetHealth&Version=2015-12-01&TargetGroupArn=%s" "${look_group#* }" |
		call elasticloadbalancing DescribeTargetHealth >.look &&
		jq -r --arg name "${look_group%% *}" ".TargetHealthDescriptions | if type == \"array\" then .[] else empty end |
			select(.TargetHealth.State != \"draining\") | \"\(\$name) \(.Target.Id)\"" .look || return
	done &&
	control "$SANDBOX_URL/_sandbox/lambda" &&
	jq -r ".functions[] | select(.name == \"hello\") | .policies.live as \$ids | .sources.live // [] | to_entries[] |
		(if \$ids[.key] | startswith(\"gitops-\") then \"ours\" else \"hand\" end) + \" \(.value)\"" .control
}

# occupy <group> <function> [<alias>]: it is the target of the group
occupy () {
	if test -n "$3"
	then
		echo "{\"Name\": \"$3\", \"FunctionVersion\": \"1\"}" |
		call lambda CreateAlias --method POST --path "/2015-03-31/functions/$2/aliases" >/dev/null
	fi &&
	echo "{\"StatementId\": \"s\", \"Action\": \"lambda:InvokeFunction\", \"SourceArn\": \"$1\",
		\"Principal\": \"elasticloadbalancing.amazonaws.com\"}" |
	call lambda AddPermission --method POST --path "/2015-03-31/functions/$2${3:+%3A$3}/policy" >/dev/null &&
	printf "Action=RegisterTargets&Version=2015-12-01&TargetGroupArn=%s&Targets.member.1.Id=%s" "$1" \
		"${ARN%hello:live}$2${3:+:$3}" |
	call elasticloadbalancing RegisterTargets >/dev/null
}

test_expect_success 'setup' '
	sandbox_start &&
	sandbox_environment &&
	again
'

test_expect_success 'a load balancer is allowed to invoke the alias, which becomes the target' '
	deploy >out &&
	test_grep "^targets: alias .live. is the target of" out &&
	test_grep "^= PROCESSED_SUCCESS" out &&
	cat >expect <<-EOF &&
	fn $ARN
	ours $group
	EOF
	look >actual &&
	test_cmp expect actual
'

test_expect_success 'again: nothing is changed' '
	deploy --force >out &&
	test_grep ! "^callers:" out &&
	look >actual &&
	test_cmp expect actual
'

test_expect_success 'another group takes its place; what somebody made by hand stays' '
	echo "{\"StatementId\": \"mine\", \"Action\": \"lambda:InvokeFunction\", \"Principal\": \"s3.amazonaws.com\",
		\"SourceArn\": \"arn:aws:s3:::bucket\"}" |
	call lambda AddPermission --method POST --path /2015-03-31/functions/hello%3Alive/policy >out &&
	balancers "$other" &&
	deploy >out &&
	test_grep "^= PROCESSED_SUCCESS" out &&
	cat >expect <<-EOF &&
	hand arn:aws:s3:::bucket
	other $ARN
	ours $other
	EOF
	look | sort >actual &&
	test_cmp expect actual
'

test_expect_success 'without the file all of ours go' '
	test-tool deploy --lambdadef=fn.json --depdef=dep.json >out &&
	test_grep "^= PROCESSED_SUCCESS" out &&
	look >actual &&
	echo "hand arn:aws:s3:::bucket" >expect &&
	test_cmp expect actual
'

test_expect_success 'a permission that load balancers do not see yet is waited for' '
	again &&
	control -d "{\"permission\": 20}" "$SANDBOX_URL/_sandbox/timing" &&
	deploy >out &&
	test_grep "^targets: alias .live. is the target of" out &&
	sandbox_calls "op=RegisterTargets" >calls &&
	test_grep "403 AccessDenied" calls
'

test_expect_success 'a group of another function is not taken over, and all is as it was' '
	again &&
	balancers &&
	deploy >out &&
	look >expect &&
	test_must_be_empty expect &&
	control -d "{\"functions\": {\"foreign\": {}}}" "$SANDBOX_URL/_sandbox/seed" &&
	occupy "$group" foreign &&
	balancers "$other" "$group" &&
	test_expect_code 1 deploy >out &&
	test_grep "the target of .*/fn/.* is another function, .*:function:foreign" out &&
	test_grep ! "-back:" out &&
	echo "fn ${ARN%hello:live}foreign" >expect &&
	look >actual &&
	test_cmp expect actual
'

test_expect_success 'a group of another type, or that is not there, is refused' '
	control -d "{\"balancers\": [{\"name\": \"web\", \"listeners\": [{\"port\": 80, \"forward\": {\"ips\": 1}}]}]}" \
		"$SANDBOX_URL/_sandbox/seed" &&
	balancers "$(jq -r .balancers.web.groups.ips .control)" &&
	test_expect_code 1 deploy >out &&
	test_grep "^! target-group: the targets of .* are of the type .ip., not functions" out &&
	balancers "${group%/*}/0123456789abcdef" &&
	test_expect_code 1 deploy >out &&
	test_grep "^! target-group: there is no target group .* in us-east-1" out
'

# occupied: one group has another alias of the function, the other none
occupied () {
	again &&
	balancers &&
	deploy >/dev/null &&
	occupy "$group" hello theirs &&
	balancers "$other" "$group"
}

# failing: the last step is refused
failing () {
	occupied &&
	jq ".PullEventSources = {EventSourceMapping: {EventSourceArn: \"arn:aws:sqs:us-east-1:123456789012:q\"}}" \
		sources.json >edited && mv edited sources.json &&
	control -d "{\"match\": {\"op\": \"CreateEventSourceMapping\"}, \"action\": {\"type\": \"denied\"}}" \
		"$SANDBOX_URL/_sandbox/faults"
}

test_expect_success 'another alias of the function gives way' '
	occupied &&
	deploy >out &&
	test_grep "^targets: .*:theirs. gives way as the target of" out &&
	cat >expect <<-EOF &&
	fn $ARN
	other $ARN
	EOF
	look | sed "/^ours/d" | sort >actual &&
	test_cmp expect actual
'

test_expect_success 'and comes back when the deployment fails' '
	failing &&
	test_expect_code 1 deploy >out &&
	test_grep "^targets-back: target group .* is as it was" out &&
	echo "fn ${ARN%live}theirs" >expect &&
	look >actual &&
	test_cmp expect actual
'

caller_state () {
	look >state &&
	sed "s,\(targetgroup/[a-z]*\)/.*,\1," state >"$1"
}
DEPLOY_STATE=caller_state

from_other () {
	again &&
	balancers "$other" &&
	deploy >/dev/null &&
	balancers "$group"
}

test_expect_success 'a worker that dies anywhere leaves the same' '
	sweep from_other >swept &&
	tail -n 1 swept &&
	test_line_count = 2 expect.state
'

test_expect_success 'and so it does when it has to go back' '
	sweep failing >swept &&
	tail -n 1 swept &&
	echo "fn ${ARN%live}theirs" >expect &&
	look >actual &&
	test_cmp expect actual
'

test_expect_success 'a function that goes leaves its target group' '
	again &&
	deploy >out &&
	deploy --delete >out &&
	test_grep "^= PROCESSED_SUCCESS" out &&
	look >actual &&
	test_must_be_empty actual
'

test_expect_success 'the sandbox saw no request that AWS would not understand' '
	sandbox_no_invalid_calls
'

test_done
