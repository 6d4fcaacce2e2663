# Functions for tests of Lambda deployments, beside those of lib-deploy.sh.
#
#	. ./test-lib.sh
#	. "$TEST_DIRECTORY"/lib-deploy.sh
#	. "$TEST_DIRECTORY"/lib-lambda.sh
#
#	test_expect_success 'setup' '
#		lambda_start &&
#		deploy_lambda >out
#	'

LAMBDA_ROLE=arn:aws:iam::123456789012:role/hello

# lambda_start: a sandbox with a role, and documents of a function "hello":
# fn.json with the code "one", dep.json with the alias "live".
lambda_start () {
	sandbox_start && lambda_reset
}

# lambda_reset [<speed>]: the sandbox as new, the documents too
# shellcheck disable=SC2120
lambda_reset () {
	rm -f sources.json &&
	sandbox_fresh_lambda "$@" &&
	lambda_code one &&
	lambdadef &&
	lambdadepdef
}

# shellcheck disable=SC2120
sandbox_fresh_lambda () {
	control -d "{}" "$SANDBOX_URL/_sandbox/reset" &&
	control -d "{\"hello\": {\"trust\": [\"lambda.amazonaws.com\"]}, \"other\": {\"trust\": [\"lambda.amazonaws.com\"]}}" \
		"$SANDBOX_URL/_sandbox/roles" &&
	control -d "{\"speed\": ${1:-10}}" "$SANDBOX_URL/_sandbox/clock"
}

# lambda_code <word>: a zip file whose handler returns the word, in base64: code
lambda_code () {
	"$GITOPS_SANDBOX_PYTHON" -I -S -c "
import base64, io, sys, zipfile
out = io.BytesIO()
with zipfile.ZipFile(out, \"w\") as z:
    z.writestr(zipfile.ZipInfo(\"main.py\"), \"def handler(event, context): return \" + repr(sys.argv[1]))
sys.stdout.write(base64.b64encode(out.getvalue()).decode())" "$1" >code
}

# lambdadef [<filter of jq>]: with the code of lambda_code
# shellcheck disable=SC2120
lambdadef () {
	jq -n --arg role "$LAMBDA_ROLE" --rawfile code code '{FunctionName: "hello", Role: $role,
		Handler: "main.handler", Runtime: "python3.13", Code: {ZipFile: $code}, Timeout: 15,
		Publish: true} | '"${1:-.}" >fn.json
}

# lambdadepdef [<filter>]
# shellcheck disable=SC2120
lambdadepdef () {
	jq -n '{alias: "live", readinessCheck: {waitInterval: 0.2, maxRetries: 50}} | '"${1:-.}" >dep.json
}

# lambda_shifting [<filter>]: in steps
# shellcheck disable=SC2120
lambda_shifting () {
	lambdadepdef '.trafficShiftingConfig = {type: "CANARY", percent: 20, waitInterval: 0.3} | '"${1:-.}"
}

# lambda_sources <queue> <batch size>: the function's events
lambda_sources () {
	jq -n --arg queue "arn:aws:sqs:us-east-1:123456789012:$1" --argjson size "$2" \
		'{PullEventSources: [{EventSourceMapping: {EventSourceArn: $queue, BatchSize: $size}}]}' >sources.json
}

# lambda_pulls <batch size> <queue> <position> [<filter>]: events of the queue
# "orders" by that size, of another queue, and of a stream from there on
lambda_pulls () {
	jq -n --argjson size "$1" --arg queue "$2" --arg position "$3" \
		'"arn:aws:sqs:us-east-1:123456789012:" as $sqs |
		"arn:aws:kinesis:us-east-1:123456789012:stream/clicks" as $stream |
		[{EventSourceArn: ($sqs + "orders"), BatchSize: $size}, {EventSourceArn: $stream, StartingPosition: $position},
			{EventSourceArn: ($sqs + $queue)}] | '"${4:-.}"' |
		{PullEventSources: map({EventSourceMapping: .})}' >sources.json
}

# lambda_version <n> [<filter>]: a definition that makes a version of its own
lambda_version () {
	lambdadef ".Environment.Variables = {NR: \"$1\"} | ${2:-.}"
}

# deploy_lambda [<option>...]: with sources.json where that is there
deploy_lambda () {
	if test -f sources.json
	then
		set -- --sources=sources.json "$@"
	fi
	test-tool deploy --lambdadef=fn.json --depdef=dep.json "$@"
}

# lambda_state <file>: what is there once nothing is about to go, who may call
# it, and how often something was made
lambda_state () {
	lambda_state_tries_=0
	while :
	do
		control "$SANDBOX_URL/_sandbox/lambda" &&
		jq -r '(.functions[] | "\(.name) \(.state)/\(.update)",
			(.versions | to_entries[] | "version \(.key) \(.value.state) \(.value.sha256)"),
			(.aliases | to_entries[] | "alias \(.key) \(.value | tojson)"),
			(.policies | to_entries[] | "policy of \(.key): \(.value | sort | join(" "))")),
			(.mappings[] | "\(.state) mapping \(.function) \(.source) \(.config.BatchSize)")' \
			.control >"$1" || return
		grep -qE "^(Creating|Deleting|Updating|Enabling|Disabling) " "$1" || break
		lambda_state_tries_=$((lambda_state_tries_ + 1))
		test $lambda_state_tries_ -lt 200 || return
		sleep 0.05
	done
	control "$SANDBOX_URL/_sandbox/calls?format=text" &&
	sort .control | uniq -c |
	sed -nE "/(CreateFunction|CreateAlias|CreateEventSourceMapping|AddPermission) 20/p" >>"$1"
}

# functions: "us-east-1 hello Active/Successful versions=1,2 live=2", one a line
functions () {
	control "$SANDBOX_URL/_sandbox/lambda?format=text" && cat .control
}

# lambda_rule <json>...: how functions fare, the last one counts first
lambda_rule () {
	for lambda_rule_
	do
		control -d "$lambda_rule_" "$SANDBOX_URL/_sandbox/lambda" || return
	done
}

# lambda_write <dir> <path-prefix>: a function named by the last part of it,
# whose code is in <dir>/src/<name>
lambda_write () {
	lambda_name_=${2##*/}
	mkdir -p "$1/${2%/*}" &&
	jq -n --arg name "$lambda_name_" --arg role "$LAMBDA_ROLE" '{FunctionName: $name, Role: $role,
		Runtime: "python3.13", Handler: "app.handler", Timeout: 10,
		Code: {ZipFile: "file://src/\($name)"}}' >"$1/$2_lambdadef.json" &&
	jq -n '{alias: "live", readinessCheck: {waitInterval: 1, maxRetries: 10},
		environment: {region: "us-east-1"}}' >"$1/$2_lambdadepdef.json"
}

# lambda_handler <dir> <path-prefix> <word>: what its code answers, and commit
lambda_handler () {
	mkdir -p "$1/src/${2##*/}" &&
	echo "def handler(event, context): return \"$3\"" >"$1/src/${2##*/}/app.py" &&
	git -C "$1" add -A . && test_tick && git -C "$1" commit -q -m "$2 answers $3"
}
