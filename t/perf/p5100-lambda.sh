#!/bin/sh

test_description='one function: unchanged, another configuration, other code of 2 MB

Compared with boto3-lambda.py, the least that a script of boto3 does, in the same
sandbox: calls, bytes that are sent (headers, too), CPU and memory.

The fewest calls that can do it, once the account is asked for (1):

	unchanged	 what is there: the function (1), where the alias is (1);
			 PublishVersion, which makes none when nothing differs,
			 tells whether what is there is what the alias names (1);
			 who may invoke it, and what it reads, for the files could
			 have listed more before (2): 6 in all
	configuration	 UpdateFunctionConfiguration, the function before (its
			 revision) and after, until it is ready (1 + 2),
			 PublishVersion, the version until it is ready (1 + 1), the
			 alias (1); provisioned concurrency (1): with the account,
			 the function, the alias and the two looks 12
	code		 the same, with UpdateFunctionCode: 12

A quarter is allowed for what is not ready at the first look, and as many bytes.'

. ./perf-lib.sh
. "$TEST_DIRECTORY"/lib-deploy.sh
. "$TEST_DIRECTORY"/lib-lambda.sh

# code <seed>: two megabytes in a zip file that nothing makes smaller
code () {
	python3 -c "
import base64, io, random, sys, zipfile
out = io.BytesIO()
with zipfile.ZipFile(out, 'w') as z:
    z.writestr(zipfile.ZipInfo('main.py'), random.Random(sys.argv[1]).randbytes(2 << 20))
sys.stdout.write(base64.b64encode(out.getvalue()).decode())" "$1" >code
}

ours () {
	test-tool deploy --lambdadef=fn.json --depdef=dep.json
}

# before: the function with its first code and configuration, and the alias
before () {
	sandbox_fresh_lambda && code 1 && lambdadef "del(.Publish)" && lambdadepdef && ours &&
	control -X DELETE "$SANDBOX_URL/_sandbox/calls"
}

# sent: "<calls> <bytes>" since then
sent () {
	control "$SANDBOX_URL/_sandbox/calls" &&
	jq -r '"\(length) \(map(.bytes) | add)"' .control
}

# compare <what> <prepare> <fewest calls>
compare () {
	perf_setup "$1: ours" "before && $2"
	perf_usage test-tool deploy --lambdadef=fn.json --depdef=dep.json >usage
	read -r mb ms <usage
	sent >.sent && read -r calls bytes <.sent
	perf_setup "$1: boto3" "before && $2"
	AWS_DEFAULT_REGION=us-east-1 perf_usage "$GITOPS_VENV/bin/python" "$TEST_DIRECTORY/perf/boto3-lambda.py" \
		fn.json live >usage
	read -r their_mb their_ms <usage
	sent >.sent && read -r their_calls their_bytes <.sent
	perf_limit "$1: calls (boto3: $their_calls)" "$calls" "$(perl -e 'printf "%d", 1.25 * $ARGV[0]' "$3")" calls
	perf_ratio "$1: bytes to boto3's" "$bytes" "$their_bytes" 1.25
	perf_ratio "$1: CPU to boto3's" "$ms" "$their_ms" 0.5
	perf_ratio "$1: memory to boto3's" "$mb" "$their_mb" 1
}

perf_setup 'a sandbox' 'sandbox_start'
compare unchanged true 6
compare configuration 'lambdadef "del(.Publish) | .Timeout = 16"' 12
compare code 'code 2 && lambdadef "del(.Publish)"' 12

perf_done
