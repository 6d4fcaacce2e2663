# Functions for tests of HTTP APIs whose routes invoke a function, beside those of lib-deploy.sh.
#
#	. ./test-lib.sh
#	. "$TEST_DIRECTORY"/lib-deploy.sh
#	. "$TEST_DIRECTORY"/lib-routes.sh
#
#	test_expect_success 'setup' '
#		sandbox_start &&
#		again
#	'

FN=arn:aws:lambda:us-east-1:123456789012:function:hello
LIVE=$FN:live
VARIABLE="arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/$FN:\${stageVariables.lambdaAlias}/invocations"

# again [<API, as seed has it>]: a sandbox as new with API "shop"
# shellcheck disable=SC2120
again () {
	control -d "{}" "$SANDBOX_URL/_sandbox/reset" &&
	control -d "{\"zips\": {\"bucket/hello.zip\": {\"index.py\": \"1\"}},
		\"apis\": {\"shop\": ${1:-{\"routes\": {\"GET /items/{id\}\": \"$FN\", \"ANY /\": null, \"\$default\": \"http://old.example.com\"\}\}}}}" \
		"$SANDBOX_URL/_sandbox/seed" &&
	cp .control made &&
	api=$(jq -r .apis.shop.id made) &&
	control -d "{\"f\": {}}" "$SANDBOX_URL/_sandbox/roles" &&
	control -d "{\"speed\": 10}" "$SANDBOX_URL/_sandbox/clock" &&
	control -d "{\"deployment\": 0}" "$SANDBOX_URL/_sandbox/timing" &&
	jq -n "{FunctionName: \"hello\", Role: \"arn:aws:iam::123456789012:role/f\", Runtime: \"python3.13\",
		Handler: \"index.handler\", Code: {S3Bucket: \"bucket\", S3Key: \"hello.zip\"}}" >fn.json &&
	jq -n "{alias: \"live\", readinessCheck: {waitInterval: 0.2, maxRetries: 50}}" >dep.json &&
	routes "GET /items/{id}"
}

# routes <key>...: the file lists them; with $more in each
more={}
routes () {
	jq --argjson more "$more" "{PushEventSources: [.apis.shop as \$api | \$ARGS.positional[] | {Service: \"apigateway.amazonaws.com\",
		ApiId: \$api.id, RouteId: \$api.routes[.]} + \$more]}" made --args "$@" >sources.json
}

# deploy [<option>...]: with the three documents
# shellcheck disable=SC2120 # tests give options
deploy () {
	test-tool deploy --lambdadef=fn.json --depdef=dep.json --sources=sources.json "$@"
}

# shop <file>: what each stage calls, what there is, who may invoke
shop () {
	control "$SANDBOX_URL/_sandbox/apis" &&
	jq -r "sort_by(.stage) | .[] | .stage as \$stage |
		(.routes | to_entries | sort_by(.key)[] | \"\(\$stage): \(.key) -> \(.value.uri) \(.value.allowed)\"),
		(if .variables == {} then empty else \"\(\$stage) has \(.variables | tojson)\" end)" .control >"$1" &&
	jq -r ".[0] | (.integrations[] | \"integration \(.uri)\" + if .description then \" ours\" else \"\" end)" .control |
	sort >>"$1" &&
	control "$SANDBOX_URL/_sandbox/lambda" &&
	jq -r "[.. | .sources? // empty | to_entries[] | .key as \$q | .value[] | \"\(\$q) \(.)\"] |
		sort[]" .control | sed "s/:$api/:API/" >>"$1"
}

variable='{"AliasStageVariableName": "lambdaAlias"}'

# failing <function>: it, and then a deployment whose last step is refused
failing () {
	$1 &&
	jq ".PullEventSources = {EventSourceMapping: {EventSourceArn: \"arn:aws:sqs:us-east-1:123456789012:q\"}}" \
		sources.json >edited && mv edited sources.json &&
	control -d "{\"match\": {\"op\": \"CreateEventSourceMapping\"}, \"action\": {\"type\": \"denied\"}}" \
		"$SANDBOX_URL/_sandbox/faults"
}

everything () {
	again "{\"routes\": {\"GET /a\": \"$FN\", \"GET /b\": null, \"GET /c\": \"http://old.example.com\"},
		\"stages\": {\"prod\": {}}}" &&
	more=$variable routes "GET /b" "GET /c" "GET /a"
}

# two_routes: both with an integration of ours
two_routes () {
	again &&
	routes "ANY /" "\$default" &&
	deploy >/dev/null
}
