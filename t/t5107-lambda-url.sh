#!/bin/sh

test_description='the URL of an alias: made, changed, opened, closed, deleted, put back'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-deploy.sh
. "$TEST_DIRECTORY"/lib-lambda.sh

# url [<members>]: the file of event sources has it, or does not
# shellcheck disable=SC2120
url () {
	jq -n "{PushEventSources: []} ${1:++ {FunctionUrlConfig: $1\}}" >sources.json
}

# deploy [<option>...]
# shellcheck disable=SC2120 # tests give options
deploy () {
	test-tool deploy --lambdadef=fn.json --depdef=dep.json --sources=sources.json "$@"
}

# at <method> <path> [<body>]: a call that the deployer does not make
at () {
	printf "%s" "${3-}" | test-tool aws-call --service lambda --op Any --method "$1" --path "$2" --query Qualifier=live
}

# look: the URL, and who may come in by it
look () {
	{
		at GET /2021-10-31/functions/hello/url 2>none | jq -c "{AuthType, InvokeMode, Cors}"
		at GET /2015-03-31/functions/hello/policy 2>none |
		jq -r ".Policy | fromjson | .Statement[] | .Sid + \" \" + .Principal + \" \" + .Action + \" \" + (.Condition | tostring)"
		at GET /2015-03-31/functions/hello | jq -r ".Tags | \"tag \" + (.[\"gitops:url\"] // \"none\")"
	} | sort
}

test_expect_success 'setup: a function without a URL makes no calls for one' '
	lambda_start &&
	url && deploy >out &&
	calls_since count >calls &&
	test_grep ! -i url calls &&
	look >actual &&
	echo "tag none" >expect && test_cmp expect actual
'

test_expect_success 'a URL for everybody is made with the two statements that it takes' '
	url "{AuthType: \"NONE\"}" &&
	deploy >out &&
	test_grep "^url: the URL of alias .live. is made so: https://.*\.lambda-url\.us-east-1\.on\.aws/" out &&
	cat >expect <<-\EOF &&
	git-gitops-url * lambda:InvokeFunctionUrl {"StringEquals":{"lambda:FunctionUrlAuthType":"NONE"}}
	git-gitops-url-invoke * lambda:InvokeFunction {"Bool":{"lambda:InvokedViaFunctionUrl":"true"}}
	tag live
	{"AuthType":"NONE","InvokeMode":"BUFFERED","Cors":null}
	EOF
	look >actual &&
	test_cmp expect actual
'

test_expect_success 'again: nothing is changed, and the URL is told' '
	calls_since count >calls &&
	deploy >out &&
	test_grep "^url: the URL of alias .live. is as it should be: https" out &&
	calls_since count >calls &&
	test_grep ! -E "(Create|Update|Delete|Add|Remove|Tag)[A-Z]?.*(Url|Permission|Resource) 20" calls &&
	look >actual &&
	test_cmp expect actual
'

test_expect_success 'somebody shut it: it is opened again' '
	at DELETE /2015-03-31/functions/hello/policy/git-gitops-url-invoke &&
	deploy >out &&
	look >actual &&
	test_cmp expect actual
'

test_expect_success 'with signatures only: the statements go' '
	url "{AuthType: \"AWS_IAM\", InvokeMode: \"RESPONSE_STREAM\", Cors: {AllowOrigins: [\"https://a.example\"], MaxAge: 60}}" &&
	deploy >out &&
	cat >expect <<-\EOF &&
	tag live
	{"AuthType":"AWS_IAM","InvokeMode":"RESPONSE_STREAM","Cors":{"AllowOrigins":["https://a.example"],"MaxAge":60}}
	EOF
	look >actual &&
	test_cmp expect actual
'

test_expect_success 'what is left out is as it is without' '
	url "{AuthType: \"AWS_IAM\"}" &&
	deploy >out &&
	cat >expect <<-\EOF &&
	tag live
	{"AuthType":"AWS_IAM","InvokeMode":"BUFFERED","Cors":{}}
	EOF
	look >actual &&
	test_cmp expect actual &&
	calls_since count >calls &&
	deploy >out &&
	calls_since count >calls &&
	test_grep ! UpdateFunctionUrlConfig calls
'

# shut: the second statement of a URL is refused
shut () {
	fault "{\"match\": {\"op\": \"AddPermission\"}, \"skip\": 1, \"action\": {\"type\": \"denied\"}}"
}

# open_again: no faults
open_again () {
	control -X DELETE "$SANDBOX_URL/_sandbox/faults"
}

test_expect_success 'a deployment that fails puts it back: what was changed' '
	look >expect &&
	url "{AuthType: \"NONE\", Cors: {MaxAge: 5}}" &&
	shut &&
	test_expect_code 1 deploy >out &&
	open_again &&
	test_grep "^url-back: the URL is as it was" out &&
	look >actual &&
	test_cmp expect actual
'

test_expect_success 'removed from the file it goes, with its statements and the tag' '
	url "{AuthType: \"NONE\"}" && deploy >out &&
	url && deploy >out &&
	test_grep "^url: the URL of alias .live. is deleted" out &&
	echo "tag none" >expect &&
	look >actual && test_cmp expect actual &&
	calls_since count >calls &&
	deploy >out &&
	calls_since count >calls && test_grep ! -i url calls
'

test_expect_success 'and what was made is deleted when the deployment fails' '
	url "{AuthType: \"NONE\"}" &&
	shut &&
	test_expect_code 1 deploy >out &&
	open_again &&
	test_grep "^url-back: the URL that this deployment made is deleted" out &&
	look >actual && test_cmp expect actual
'

test_expect_success 'one that somebody made by hand is changed as the file says, and left alone without' '
	at POST /2021-10-31/functions/hello/url "{\"AuthType\": \"AWS_IAM\"}" >out &&
	url "{AuthType: \"AWS_IAM\", InvokeMode: \"RESPONSE_STREAM\"}" && deploy >out &&
	url && deploy >out &&
	cat >expect <<-\EOF &&
	tag none
	{"AuthType":"AWS_IAM","InvokeMode":"RESPONSE_STREAM","Cors":{}}
	EOF
	look >actual && test_cmp expect actual
'

url_state () {
	look >"$1"
}

without () {
	lambda_reset 50 && lambdadepdef ".readinessCheck.waitInterval = 0.05" && url && deploy >/dev/null &&
	url "{AuthType: \"NONE\"}" && shut
}

test_expect_success 'a worker may die anywhere: the next one leaves nothing of what failed' '
	DEPLOY_STATE=url_state &&
	{ sweep without >points || { cat points && false; }; } &&
	echo "tag none" >expect &&
	test_cmp expect actual.state
'

test_expect_success 'AWS was asked for nothing that it would not understand' '
	sandbox_no_invalid_calls
'

test_done
