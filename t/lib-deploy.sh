# Functions for tests of lib/deploy: rendered documents, and `test-tool deploy`
# on them in a sandbox of the script's own.
#
#	. ./test-lib.sh
#	. "$TEST_DIRECTORY"/lib-deploy.sh
#
#	test_expect_success 'setup' '
#		deploy_start &&
#		deploy >out
#	'

. "$TEST_DIRECTORY"/lib-sandbox.sh

# deploy_start: a sandbox with a cluster "demo", and documents of a service
# "web" with two tasks: svc.json, td.json, dep.json.
deploy_start () {
	sandbox_start && deploy_reset
}

# deploy_reset: the sandbox as new, the documents too.
deploy_reset () {
	sandbox_ctl reset "{}" >/dev/null &&
	sandbox_ctl seed "{\"clusters\": [\"demo\"]}" >/dev/null &&
	svcdef &&
	taskdef good:1 &&
	depdef
}

# svcdef [<filter of jq>]
# shellcheck disable=SC2120 # scripts give the filter
svcdef () {
	jq -n '{cluster: "demo", serviceName: "web", desiredCount: 2, launchType: "FARGATE",
		networkConfiguration: {awsvpcConfiguration: {subnets: ["subnet-1"],
			assignPublicIp: "ENABLED"}}} | '"${1:-.}" >svc.json
}

# taskdef <image> [<filter>]
taskdef () {
	jq -n --arg image "$1" '{family: "web", networkMode: "awsvpc", requiresCompatibilities: ["FARGATE"],
		cpu: "256", memory: "512",
		containerDefinitions: [{name: "app", image: $image, essential: true}]} | '"${2:-.}" >td.json
}

# depdef [<filter>]
# shellcheck disable=SC2120
depdef () {
	jq -n '{stabilityCheck: {pollInterval: 0.1, timeout: 20}} | '"${1:-.}" >dep.json
}

# deploy [<option>...]: with the three documents.
deploy () {
	test-tool deploy --svcdef=svc.json --taskdef=td.json --depdef=dep.json "$@"
}

# behave <json>...: how tasks fare, the last one counts first.
behave () {
	for deploy_behaviour_
	do
		sandbox_ctl behaviours "$deploy_behaviour_" >/dev/null || return
	done
}

fault () {
	sandbox_ctl faults "$1" >/dev/null
}

# calls_since <file>: the calls since the count in the file, polls of a
# service squeezed into one line; then the file has the new count.
calls_since () {
	sandbox_calls >.calls || return
	tail -n +$(($(cat "$1" 2>/dev/null || echo 0) + 1)) .calls | uniq
	wc -l <.calls >"$1"
}

# field <name> <journal>: of the record saved last.
field () {
	tail -n 1 "$2" | jq -r ".$1"
}
