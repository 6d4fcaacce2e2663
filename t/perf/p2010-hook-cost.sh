#!/bin/sh

test_description='what the hooks cost a push that touches no artifact

The commonest push of a repository that holds other things, too. The same push
to a server without hooks is the reference; what counts is the difference in
milliseconds that they compute, for both hooks together. Milliseconds depend on
the machine, so a third server has hooks that do nothing: what git itself spends
on having any. 100 services, all processed; no worker is started.'

. ./perf-lib.sh
. "$TEST_DIRECTORY"/lib-server.sh

perf_setup 'a server with hooks, one without' '
	server_init hooks.git &&
	git init -q --bare plain.git &&
	git init -q --bare idle.git &&
	for hook in pre-receive post-receive
	do
		printf "#!/bin/sh\nexec cat >/dev/null\n" >idle.git/hooks/$hook &&
		chmod +x idle.git/hooks/$hook || return 1
	done &&
	git init -q work &&
	for i in $(seq 100)
	do
		service_write work dev/svc$i/svc$i || return 1
	done &&
	git -C work add . &&
	git -C work commit -q -m services &&
	for dir in hooks plain idle
	do
		git -C work push -q ../$dir.git HEAD:main || return 1
	done &&
	git -C hooks.git update-ref refs/gitops/processed/main main &&
	test_commit -C work one README.md &&
	rm -rf hooks.git/gitops/spool/new/*
'

cat >prepare <<-\EOF
	for dir in hooks plain idle
	do
		git -C $dir.git update-ref refs/heads/main "$(git -C work rev-parse HEAD^)"
	done
EOF
# In turns, and what is computed: what else the machine does delays both.
python3 - >cost <<\EOF
import resource, subprocess

def used():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (usage.ru_utime + usage.ru_stime)

ms = {"plain": 0, "idle": 0, "hooks": 0}
for _ in range(40):
    for server in ms:
        subprocess.run(["sh", "./prepare"], check=True)
        start = used()
        subprocess.run(["git", "-C", "work", "push", "-q", f"../{server}.git", "HEAD:main"], check=True,
                       capture_output=True)
        ms[server] += (used() - start) / 40
print(*("%.2f" % x for x in (ms["hooks"] - ms["plain"], ms["idle"] - ms["plain"], ms["plain"], ms["hooks"])))
EOF
read -r cost idle plain hooks <cost
perf_limit 'both hooks, in a push that touches no artifact' "$cost" 12 "ms, $plain to $hooks"
perf_ratio 'both hooks to hooks that do nothing' "$cost" "$idle" 3

perf_done
