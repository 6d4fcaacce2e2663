#!/bin/sh

test_description='a thousand deployments at once in one worker

Sizes: a thousand services in one cluster, two tasks each, all created and then
all updated. The worst there is: one push to a repository whose common template
changed.

The calls are compared with the fewest that can do the job. For n services,
the account is asked for once, each service is described before it is touched
and at least once after (ten in a call), each has a revision registered and is
created or updated:

	1 + n/10 + n + n + n/10

More polls than that are needed when tasks take longer to start than the first
poll waits, so an allowance of three rounds is made.'

. ./perf-lib.sh
. "$TEST_DIRECTORY"/lib-deploy.sh

N=1000

perf_setup 'a sandbox and documents' '
	deploy_start &&
	svcdef ".serviceName = \"web-@N@\"" &&
	taskdef good:1 ".family = \"web-@N@\"" &&
	depdef ".stabilityCheck = {pollInterval: 10, timeout: 300}"
' &&

fewest=$((1 + N / 10 + N + N + N / 10)) &&
allowed=$((fewest + 3 * N / 10)) &&

# measure <what>
measure () {
	sandbox_ctl calls - >/dev/null &&
	deploy --count=$N --jobs=$N --stats >out &&
	calls=$(sandbox_calls | wc -l) &&
	resident=$(sed -n 's/^resident \([0-9]*\) kB.*/\1/p' out) &&
	most=$(sed -n 's/.*at most \([0-9]*\) kB.*/\1/p' out) &&
	cpu=$(sed -n 's/.*cpu \([0-9]*\) ms/\1/p' out) &&
	perf_limit "$1: resident memory, $N deployments at once" "$((most / 1024))" 64 MB &&
	perf_limit "$1: calls to the fewest possible, $fewest" "$calls" "$allowed" calls &&
	perf_limit "$1: CPU for each deployment" "$(perl -e "printf '%.2f', $cpu / $N")" 5 ms
} &&

measure create &&
measure update

perf_done
