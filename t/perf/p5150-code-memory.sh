#!/bin/sh

test_description='memory of a worker that sends twenty functions of 40 MB

The code stands in the repository and goes with the call, in base64: 53 MB for
each. Together that is a gigabyte, which a server that does little else does not
have. A body is made when its turn comes, so what counts is the largest zip file
and not how many there are: the file, its zip file and the body twice at most.
The functions are created, then changed. The content is random, so that nothing
of it gets smaller.'

. ./perf-lib.sh
. "$TEST_DIRECTORY"/lib-server.sh
. "$TEST_DIRECTORY"/lib-deploy.sh
. "$TEST_DIRECTORY"/lib-lambda.sh

perf_setup 'a server and a push of twenty functions' '
	sandbox_start &&
	sandbox_fresh_lambda &&
	server_init server.git &&
	git init -q work &&
	git -C work config core.compression 0 &&
	for i in $(seq 20)
	do
		mkdir -p work/fn$i &&
		jq -n --arg role "$LAMBDA_ROLE" --arg i "$i" "{FunctionName: \"fn\(\$i)\", Role: \$role,
			Handler: \"main.handler\", Runtime: \"python3.13\",
			Code: {ZipFile: \"file://fn\(\$i)\"}}" >work/fn$i/fn${i}_lambdadef.json &&
		jq -n "{alias: \"live\", readinessCheck: {waitInterval: 1, maxRetries: 100}}" \
			>work/fn$i/fn${i}_lambdadepdef.json &&
		echo "*.json" >work/fn$i/.lambdaignore || return 1
	done
'

# push <seed>: new code, the same in all of them
push () {
	openssl enc -aes-128-ctr -K "0000000000000000000000000000000$1" -iv 0 </dev/zero 2>/dev/null |
	head -c 41943040 >noise
	for i in $(seq 20)
	do
		cp noise "work/fn$i/data" || return 1
	done &&
	git -C work add . &&
	git -C work commit -q -m "$1" &&
	git -C work push -q ../server.git HEAD:main
}

# measure <what>
measure () {
	control -X DELETE "$SANDBOX_URL/_sandbox/calls" &&
	python3 -c '
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
print(usage.ru_maxrss // 1024, round((usage.ru_utime + usage.ru_stime)))
' git-gitops worker --drain server.git >usage &&
	test "$(sandbox_calls "op=$2&status=$3" | wc -l)" = 20 || return
	read -r most cpu <usage
}

perf_setup 'code' 'push 1' && measure create CreateFunction 201 || most='' cpu=''
perf_limit "20 functions of 40 MB created: resident memory" "$most" 300 "MB, $cpu s CPU"
perf_setup 'other code' 'push 2' && measure change UpdateFunctionCode 200 || most='' cpu=''
perf_limit "20 functions of 40 MB changed: resident memory" "$most" 300 "MB, $cpu s CPU"

perf_done
