#!/bin/sh

test_description='routes of HTTP APIs are pointed to the alias, and back'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-deploy.sh

. "$TEST_DIRECTORY"/lib-routes.sh

# send <method> <path> [<stage>]: the status, and the version that answered
send () {
	control -d "{\"api\": \"$api\", \"method\": \"$1\", \"path\": \"$2\", \"stage\": \"${3:-\$default}\"}" \
		"$SANDBOX_URL/_sandbox/request" &&
	jq -r "\"\(.status) \(.version)\"" .control
}

# refused <pattern of the message>: before anything of the function is made
refused () {
	shop before &&
	control -X DELETE "$SANDBOX_URL/_sandbox/calls" &&
	test_expect_code 1 deploy >out &&
	test_grep "^! .*$1" out &&
	test_grep ! "_-back: " out &&
	sandbox_calls >calls &&
	test_grep ! -E "(Create|Update|Publish|Delete|Add|Remove)[A-Z]" calls &&
	shop after &&
	test_cmp before after
}

test_expect_success 'setup' '
	sandbox_start &&
	sandbox_environment &&
	again
'

test_expect_success 'the integration of a route is pointed to the alias' '
	deploy >out &&
	test_grep "^routes: integration .*function:hello:live.; it was .*function:hello.$" out &&
	test_grep "^= PROCESSED_SUCCESS" out &&
	cat >expect <<-EOF &&
	\$default: \$default -> http://old.example.com null
	\$default: ANY / ->  null
	\$default: GET /items/{id} -> $LIVE true
	integration $LIVE
	integration http://old.example.com
	live arn:aws:execute-api:us-east-1:123456789012:API/*/GET/items/*
	EOF
	shop actual &&
	test_cmp expect actual &&
	echo "200 1" >expect.sent &&
	send GET /items/7 >actual.sent &&
	test_cmp expect.sent actual.sent
'

test_expect_success 'again: nothing is changed' '
	sandbox_calls service=apigatewayv2 >calls &&
	deploy --force >out &&
	test_grep ! "^routes:" out &&
	sandbox_calls service=apigatewayv2 >after &&
	sed "1,$(wc -l <calls)d" after | sort -u >new &&
	cat >expect.new <<-\EOF &&
	apigatewayv2.GetApi 200
	apigatewayv2.GetIntegration 200
	apigatewayv2.GetRoute 200
	EOF
	test_cmp expect.new new &&
	shop actual &&
	test_cmp expect actual
'


test_expect_success 'a route without an integration gets one, of its own' '
	again &&
	routes "ANY /" &&
	deploy >out &&
	test_grep "^routes: integration .* is made" out &&
	cat >expect <<-EOF &&
	\$default: \$default -> http://old.example.com null
	\$default: ANY / -> $LIVE true
	\$default: GET /items/{id} -> $FN false
	integration $FN
	integration $LIVE ours
	integration http://old.example.com
	live arn:aws:execute-api:us-east-1:123456789012:API/*/*/
	EOF
	shop actual &&
	test_cmp expect actual &&
	send POST / >actual &&
	test_cmp expect.sent actual
'

test_expect_success 'and so does one that called something else; what that was stays' '
	again &&
	routes "\$default" &&
	deploy >out &&
	cat >expect <<-EOF &&
	\$default: \$default -> $LIVE true
	\$default: ANY / ->  null
	\$default: GET /items/{id} -> $FN false
	integration $FN
	integration $LIVE ours
	integration http://old.example.com
	live arn:aws:execute-api:us-east-1:123456789012:API/*/\$default
	EOF
	shop actual &&
	test_cmp expect actual &&
	send PUT /any/thing >actual &&
	test_cmp expect.sent actual
'

shared="{\"routes\": {\"GET /a\": \"$FN\", \"GET /b\": \"$FN\", \"GET /c\": \"$FN\"}}"

test_expect_success 'an integration that other routes use stays what it is for them' '
	again "$shared" &&
	routes "GET /a" "GET /b" &&
	deploy >out &&
	cat >expect <<-EOF &&
	\$default: GET /a -> $LIVE true
	\$default: GET /b -> $LIVE true
	\$default: GET /c -> $FN false
	integration $FN
	integration $LIVE ours
	live arn:aws:execute-api:us-east-1:123456789012:API/*/GET/a
	live arn:aws:execute-api:us-east-1:123456789012:API/*/GET/b
	EOF
	shop actual &&
	test_cmp expect actual
'

test_expect_success 'unless all of them are listed' '
	again "$shared" &&
	routes "GET /a" "GET /b" "GET /c" &&
	deploy >out &&
	cat >expect <<-EOF &&
	\$default: GET /a -> $LIVE true
	\$default: GET /b -> $LIVE true
	\$default: GET /c -> $LIVE true
	integration $LIVE
	live arn:aws:execute-api:us-east-1:123456789012:API/*/GET/a
	live arn:aws:execute-api:us-east-1:123456789012:API/*/GET/b
	live arn:aws:execute-api:us-east-1:123456789012:API/*/GET/c
	EOF
	shop actual &&
	test_cmp expect actual
'

test_expect_success 'a stage variable holds the name of the alias' '
	again &&
	more=$variable routes "GET /items/{id}" &&
	deploy >out &&
	test_grep "^routes: stage .*default. of API .* gets .live. in .lambdaAlias." out &&
	cat >expect <<-EOF &&
	\$default: \$default -> http://old.example.com null
	\$default: ANY / ->  null
	\$default: GET /items/{id} -> $(echo "$VARIABLE" | sed "s/\${.*}/live/") true
	\$default has {"lambdaAlias":"live"}
	integration $VARIABLE
	integration http://old.example.com
	live arn:aws:execute-api:us-east-1:123456789012:API/*/GET/items/*
	EOF
	shop actual &&
	test_cmp expect actual &&
	send GET /items/7 >actual &&
	test_cmp expect.sent actual
'

test_expect_success 'also when it is misspelt as in samples' '
	cp expect kept &&
	again &&
	more="{\"AlaisStageVariableName\": \"lambdaAlias\"}" routes "GET /items/{id}" &&
	deploy >out &&
	shop actual &&
	test_cmp kept actual
'

two_stages () {
	again "{\"routes\": {\"GET /a\": \"$FN\"}, \"stages\": {\"dev\": {\"autoDeploy\": true,
		\"stageVariables\": {\"lambdaAlias\": \"dev\", \"x\": \"y\"}}, \"prod\": {\"stageVariables\": {\"z\": \"1\"}}}}" &&
	more=$variable routes "GET /a"
}

test_expect_success 'a stage without autoDeploy gets a deployment; one for another alias keeps it' '
	two_stages &&
	control -d "{\"deployment\": 0.5}" "$SANDBOX_URL/_sandbox/timing" &&
	deploy >out &&
	test_grep "^preflight-callers: stage .dev. of API .* keeps .dev. in .lambdaAlias." out &&
	test_grep "^stages: stage .prod. of API .* gets deployment" out &&
	test_grep ! "^stages: stage .dev." out &&
	cat >expect <<-EOF &&
	dev: GET /a -> $(echo "$VARIABLE" | sed "s/\${.*}/dev/") false
	dev has {"lambdaAlias":"dev","x":"y"}
	prod: GET /a -> $(echo "$VARIABLE" | sed "s/\${.*}/live/") true
	prod has {"z":"1","lambdaAlias":"live"}
	integration $VARIABLE
	live arn:aws:execute-api:us-east-1:123456789012:API/*/GET/a
	EOF
	shop actual &&
	test_cmp expect actual &&
	send GET /a prod >actual &&
	test_cmp expect.sent actual &&
	deploy --force >out &&
	test_grep ! "^stages:" out &&
	sandbox_calls op=CreateDeployment >calls &&
	test_line_count = 1 calls
'

test_expect_success 'no stage that would call the alias: refused' '
	again "{\"routes\": {\"GET /a\": \"$FN\"}, \"stages\": {\"a\": {\"stageVariables\": {\"lambdaAlias\": \"x\"}},
		\"b\": {\"stageVariables\": {\"lambdaAlias\": \"y\"}}}}" &&
	more=$variable routes "GET /a" &&
	refused "no stage of API .* has .live. in its variable .lambdaAlias."
'

test_expect_success 'what is not there, or of another kind, is refused' '
	again &&
	jq ".PushEventSources[0].RouteId = \"none\"" sources.json >edited && mv edited sources.json &&
	refused "API .* has no route .none." &&
	jq ".PushEventSources[0].ApiId = \"elsewhere\"" sources.json >edited && mv edited sources.json &&
	refused "there is no HTTP API .elsewhere. in us-east-1 of account 123456789012" &&
	test_grep "^hint: .*REST APIs are not supported" out &&
	again "{\"protocol\": \"WEBSOCKET\", \"routes\": {\"go\": null}, \"stages\": {}}" &&
	routes go &&
	refused "of the kind WEBSOCKET, and only HTTP APIs are"
'

test_expect_success 'a permission that is seen late is no hole' '
	again &&
	AWS_DEFAULT_REGION=us-east-1 "$GITOPS_VENV/bin/python" - "$api" <<-\EOF &&
	import sys, boto3
	fn = boto3.client("lambda")
	fn.create_function(FunctionName="hello", Role="arn:aws:iam::123456789012:role/f", Runtime="python3.13",
	    Handler="index.handler", Code={"S3Bucket": "bucket", "S3Key": "hello.zip"})
	fn.get_waiter("function_active_v2").wait(FunctionName="hello")
	fn.add_permission(FunctionName="hello", StatementId="s", Action="lambda:InvokeFunction",
	    Principal="apigateway.amazonaws.com", SourceArn=f"arn:aws:execute-api:us-east-1:123456789012:{sys.argv[1]}/*/*")
	EOF
	control -d "{\"permission\": 1}" "$SANDBOX_URL/_sandbox/timing" &&
	send GET /items/7 >actual &&
	echo "200 \$LATEST" >expect &&
	test_cmp expect actual &&
	deploy >out &&
	test_grep "^= PROCESSED_SUCCESS" out &&
	send GET /items/7 >actual &&
	test_cmp expect.sent actual &&
	sandbox_no_holes
'

test_expect_success 'requests come to the new version, and none is lost while the alias is moved' '
	jq ".Timeout = 9" fn.json >edited && mv edited fn.json &&
	jq ".trafficShiftingConfig = {type: \"CANARY\", percent: 50, waitInterval: 5}" dep.json >edited && mv edited dep.json &&
	{ deploy >out & deploying=$!; } &&
	sandbox_wait "{\"traffic\": {\"alias\": \"hello:live\", \"version\": \"2\", \"percent\": 50}}" >/dev/null &&
	{ send GET /items/1 && send GET /items/2; } | sort >actual &&
	printf "200 1\n200 2\n" >expect &&
	test_cmp expect actual &&
	wait $deploying &&
	send GET /items/3 >actual &&
	echo "200 2" >expect &&
	test_cmp expect actual &&
	sandbox_no_holes
'

test_expect_success 'a deployment that fails leaves the API as it was' '
	failing everything &&
	shop before &&
	control "$SANDBOX_URL/_sandbox/apis" && jq -c "map({deployment, deployments})" .control >deployed &&
	test_expect_code 1 deploy >out &&
	test_grep "^stages: stage .prod." out &&
	test_grep "^routes-back: stage .prod. of API .* as it was" out &&
	shop after &&
	sed "/^live /d" after >actual &&
	test_cmp before actual &&
	control "$SANDBOX_URL/_sandbox/apis" && jq -c "map({deployment, deployments})" .control >actual &&
	test_cmp deployed actual
'

test_expect_success 'what is not listed any more loses what was made for it, and nothing else' '
	two_routes &&
	routes "ANY /" &&
	deploy >out &&
	test_grep "^old-callers: route .* of API .* loses its integration" out &&
	cat >expect <<-EOF &&
	\$default: \$default ->  null
	\$default: ANY / -> $LIVE true
	\$default: GET /items/{id} -> $FN false
	integration $FN
	integration $LIVE ours
	integration http://old.example.com
	live arn:aws:execute-api:us-east-1:123456789012:API/*/*/
	EOF
	shop actual &&
	test_cmp expect actual &&
	test-tool deploy --lambdadef=fn.json --depdef=dep.json >out &&
	test_grep "^old-callers: integration .* of API .* is deleted" out &&
	cat >expect <<-EOF &&
	\$default: \$default ->  null
	\$default: ANY / ->  null
	\$default: GET /items/{id} -> $FN false
	integration $FN
	integration http://old.example.com
	EOF
	shop actual &&
	test_cmp expect actual
'

test_expect_success 'a route that will not be without its integration keeps it' '
	two_routes &&
	control -d "{\"match\": {\"op\": \"UpdateRoute\"}, \"action\": {\"type\": \"error\", \"status\": 400,
		\"code\": \"BadRequestException\", \"message\": \"no\"}}" "$SANDBOX_URL/_sandbox/faults" &&
	test-tool deploy --lambdadef=fn.json --depdef=dep.json >out &&
	test_grep "^= PROCESSED_SUCCESS" out &&
	test_grep "^old-callers: integration .* stays: no" out &&
	shop actual &&
	sed -n "/integration.*ours/p; /^live/p" actual >left &&
	echo "integration $LIVE ours" >expect &&
	test_cmp expect left
'

test_expect_success 'and so does one by which a stage calls another alias' '
	again "{\"routes\": {\"GET /a\": null}, \"stages\": {\"dev\": {\"autoDeploy\": true,
		\"stageVariables\": {\"lambdaAlias\": \"dev\"}}, \"prod\": {\"autoDeploy\": true}}}" &&
	more=$variable routes "GET /a" &&
	deploy >out &&
	test-tool deploy --lambdadef=fn.json --depdef=dep.json >out &&
	test_grep "^old-callers: integration .* stays: a stage calls .dev. by it" out &&
	test_grep "^= PROCESSED_SUCCESS" out &&
	shop actual &&
	sed -n "/^dev:/p; /ours/p; /^live/p" actual >left &&
	cat >expect <<-EOF &&
	dev: GET /a -> $(echo "$VARIABLE" | sed "s/\${.*}/dev/") false
	integration $VARIABLE ours
	EOF
	test_cmp expect left
'

test_expect_success 'a function that goes takes along what was made for it, also if it is gone already' '
	for by in us somebody
	do
		two_routes &&
		if test $by = somebody
		then
			test-tool aws-call --service lambda --op DeleteFunction --method DELETE \
				--path /2015-03-31/functions/hello >out
		fi &&
		deploy --delete >out &&
		test_grep "^= PROCESSED_SUCCESS" out &&
		shop actual &&
		cat >expect <<-EOF &&
		\$default: \$default ->  null
		\$default: ANY / ->  null
		\$default: GET /items/{id} -> $FN false
		integration $FN
		integration http://old.example.com
		EOF
		test_cmp expect actual || return
	done
'

test_expect_success 'a permission for the whole API, of an earlier version, becomes one for the route' '
	two_routes &&
	wide=$(printf "apigateway.amazonaws.com arn:aws:execute-api:us-east-1:123456789012:$api/*/*" | sha256sum | cut -c1-32) &&
	jq -n --arg sid "gitops-$wide" --arg source "arn:aws:execute-api:us-east-1:123456789012:$api/*/*" "{StatementId: \$sid,
		Action: \"lambda:InvokeFunction\", Principal: \"apigateway.amazonaws.com\", SourceArn: \$source}" |
	test-tool aws-call --service lambda --op AddPermission --method POST \
		--path /2015-03-31/functions/hello%3Alive/policy >out &&
	deploy --force >out &&
	test_grep "^= PROCESSED_SUCCESS" out &&
	shop actual &&
	sed -n "/^live/p" actual >left &&
	cat >expect <<-EOF &&
	live arn:aws:execute-api:us-east-1:123456789012:API/*/\$default
	live arn:aws:execute-api:us-east-1:123456789012:API/*/*/
	EOF
	test_cmp expect left &&
	sandbox_no_holes
'

test_expect_success 'the sandbox saw no request that AWS would not understand' '
	sandbox_no_invalid_calls
'

test_done
