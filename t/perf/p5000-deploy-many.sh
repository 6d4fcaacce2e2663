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
poll waits, so an allowance of three rounds is made.

With task sets (controller EXTERNAL) a service is created, or its old task set
deleted, and a task set is created and made PRIMARY:

	1 + n/10 + n + n + n + n + n/10'

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
measure update &&

perf_setup 'a sandbox and services with task sets' '
	deploy_reset &&
	svcdef ".serviceName = \"web-@N@\" | .deploymentController.type = \"EXTERNAL\"" &&
	taskdef good:1 ".family = \"web-@N@\"" &&
	depdef ".stabilityCheck = {pollInterval: 10, timeout: 300}"
' &&

fewest=$((1 + N / 10 + 4 * N + N / 10)) &&
allowed=$((fewest + 3 * N / 10)) &&

measure "create with task sets" &&
measure "update with task sets"

# The same by a push and a real worker: with git, templates, the journal.
perf_setup 'a server with a push of as many services' '
	deploy_reset &&
	depdef ".stabilityCheck = {pollInterval: 10, timeout: 300}" &&
	git init -q --bare server.git &&
	git -C server.git config gitops.branch main &&
	git -C server.git config gitops.worker false &&
	git gitops init server.git &&
	git init -q work &&
	mkdir work/svc &&
	python3 - <<-EOF &&
	import json
	svcdef, taskdef, depdef = (open(f + ".json").read() for f in ("svc", "td", "dep"))
	svcdef, taskdef = (text.replace("\"web\"", "\"{{ name }}\"") for text in (svcdef, taskdef))
	for n in range($N):
	    path = f"work/svc/web{n}_"
	    for suffix, text in (("svcdef", svcdef), ("taskdef", taskdef), ("depdef", depdef),
	                         ("input", json.dumps({"name": f"web{n}"}))):
	        open(path + suffix + ".json", "w").write(text)
	EOF
	git -C work add . &&
	git -C work commit -q -m "many" &&
	git -C work push -q ../server.git main
' &&
worker=$(python3 -c '
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
print(usage.ru_maxrss // 1024, round(1000 * (usage.ru_utime + usage.ru_stime)))
' git-gitops worker --drain --jobs=$N server.git) &&
test "$(sandbox_services | grep -c "ACTIVE 2/2")" = $N &&
perf_limit "worker: resident memory, $N deployments at once" "${worker% *}" 64 MB &&
perf_limit "worker: CPU for each deployment" "$(perl -e "printf '%.2f', ${worker#* } / $N")" 10 ms ||
perf_failed=t

perf_done
