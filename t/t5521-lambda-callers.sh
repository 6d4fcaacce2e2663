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

cat >look.py <<-\EOF
import json, boto3
elb, fn = boto3.client("elbv2"), boto3.client("lambda")
for group in elb.describe_target_groups()["TargetGroups"]:
    for target in elb.describe_target_health(TargetGroupArn=group["TargetGroupArn"])["TargetHealthDescriptions"]:
        if target["TargetHealth"]["State"] != "draining":
            print(group["TargetGroupName"], target["Target"]["Id"])
try:
    policy = json.loads(fn.get_policy(FunctionName="hello", Qualifier="live")["Policy"])
except fn.exceptions.ResourceNotFoundException:
    policy = {"Statement": []}
for item in policy["Statement"]:
    print("ours" if item["Sid"].startswith("gitops-") else "hand", item["Principal"]["Service"],
          item["Condition"]["ArnLike"]["AWS:SourceArn"])
EOF

look () {
	AWS_DEFAULT_REGION=us-east-1 "$GITOPS_VENV/bin/python" look.py
}

test_expect_success 'setup' '
	sandbox_start &&
	sandbox_environment &&
	again
'

test_expect_success 'a function with a URL is refused before anything is made' '
	jq ".FunctionUrlConfig = {AuthType: \"NONE\"}" sources.json >with-url &&
	cp sources.json kept &&
	mv with-url sources.json &&
	test_expect_code 1 deploy >out &&
	test_grep "FunctionUrlConfig. is not supported by this version" out &&
	sandbox_calls service=lambda >calls &&
	test_must_be_empty calls &&
	mv kept sources.json
'

test_expect_success 'a load balancer is allowed to invoke the alias, which becomes the target' '
	deploy >out &&
	test_grep "^callers: alias .live. is the target of" out &&
	test_grep "^= PROCESSED_SUCCESS" out &&
	cat >expect <<-EOF &&
	fn $ARN
	ours elasticloadbalancing.amazonaws.com $group
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
	cat >by-hand.py <<-\EOF &&
	import boto3
	boto3.client("lambda").add_permission(FunctionName="hello", Qualifier="live", StatementId="mine",
	    Action="lambda:InvokeFunction", Principal="s3.amazonaws.com", SourceArn="arn:aws:s3:::bucket")
	EOF
	AWS_DEFAULT_REGION=us-east-1 "$GITOPS_VENV/bin/python" by-hand.py &&
	balancers "$other" &&
	deploy >out &&
	test_grep "^= PROCESSED_SUCCESS" out &&
	cat >expect <<-EOF &&
	hand s3.amazonaws.com arn:aws:s3:::bucket
	other $ARN
	ours elasticloadbalancing.amazonaws.com $other
	EOF
	look | sort >actual &&
	test_cmp expect actual
'

test_expect_success 'without the file all of ours go' '
	test-tool deploy --lambdadef=fn.json --depdef=dep.json >out &&
	test_grep "^= PROCESSED_SUCCESS" out &&
	look >actual &&
	echo "hand s3.amazonaws.com arn:aws:s3:::bucket" >expect &&
	test_cmp expect actual
'

test_expect_success 'a permission that load balancers do not see yet is waited for' '
	again &&
	control -d "{\"permission\": 20}" "$SANDBOX_URL/_sandbox/timing" &&
	deploy >out &&
	test_grep "^callers: alias .live. is the target of" out &&
	sandbox_calls "op=RegisterTargets" >calls &&
	test_grep "403 AccessDenied" calls
'

test_expect_success 'a group of another function is not taken over, and all is as it was' '
	again &&
	balancers &&
	deploy >out &&
	look >expect &&
	test_must_be_empty expect &&
	cat >occupy.py <<-\EOF &&
	import sys, boto3
	fn, elb = boto3.client("lambda"), boto3.client("elbv2")
	fn.create_alias(FunctionName="hello", Name="theirs", FunctionVersion="1")
	fn.add_permission(FunctionName="hello", Qualifier="theirs", StatementId="s", Action="lambda:InvokeFunction",
	    Principal="elasticloadbalancing.amazonaws.com", SourceArn=sys.argv[1])
	elb.register_targets(TargetGroupArn=sys.argv[1], Targets=[{"Id": sys.argv[2]}])
	EOF
	AWS_DEFAULT_REGION=us-east-1 "$GITOPS_VENV/bin/python" occupy.py "$group" "${ARN%live}theirs" &&
	balancers "$other" "$group" &&
	test_expect_code 1 deploy >out &&
	test_grep "TooManyTargets" out &&
	echo "fn ${ARN%live}theirs" >expect &&
	look >actual &&
	test_cmp expect actual
'

occupied () {
	again &&
	balancers &&
	deploy >/dev/null &&
	AWS_DEFAULT_REGION=us-east-1 "$GITOPS_VENV/bin/python" occupy.py "$group" "${ARN%live}theirs" &&
	balancers "$other" "$group"
}

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
	sweep occupied >swept &&
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
