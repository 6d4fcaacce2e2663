#!/bin/sh

test_description='from the end of a push to the first call of AWS

How soon something happens after a push: post-receive is done, its job lies in
the spool, and a worker finds it, reads what was pushed and asks AWS. Once with
a worker that runs, once with one that the hook starts. The reference is
`git rev-parse HEAD`: starting a program that looks at a repository. Each push
changes one of ten services; of nine pushes the median counts, for a single one
may meet a busy disk.'

. ./perf-lib.sh
. "$TEST_DIRECTORY"/lib-deploy.sh
. "$TEST_DIRECTORY"/lib-server.sh

perf_setup 'a server, ten services, a sandbox' '
	deploy_start &&
	sandbox_ctl clock "{\"speed\": 50}" &&
	sandbox_ctl seed "{\"clusters\": [\"apps\"]}" &&
	server_init server.git &&
	mv server.git/hooks/post-receive server.git/hooks/post-receive-ours &&
	printf "%s\n" "#!/bin/sh" "\"\$0\"-ours; date +%s.%N >../ended" >server.git/hooks/post-receive &&
	chmod +x server.git/hooks/post-receive &&
	git clone -q server.git work &&
	for i in $(seq 10)
	do
		service_write work dev/web$i/web$i || return 1
	done &&
	git -C work add . &&
	git -C work commit -q -m services &&
	git -C work push -q origin HEAD:main &&
	git-gitops worker --drain server.git
'

# over: no job waits or runs. gone: no worker lives, either.
over () {
	test -z "$(find server.git/gitops/spool/new server.git/gitops/spool/run -type f)"
}
gone () {
	over && flock -n server.git/gitops/spool/worker.lock true
}

# wait_ms <over|gone> <tag>: push nine times, each when that has come
wait_ms () {
	for n in 1 2 3 4 5 6 7 8 9
	do
		wait_for "$1" &&
		sandbox_ctl calls - >/dev/null &&
		service_edit work dev/web$n/web$n "s/nginx:[^\"]*/nginx:$2$n/" &&
		git -C work push -q origin HEAD:main 2>push.log &&
		sandbox_wait "{\"calls\": {\"count\": 1}}" >/dev/null &&
		sandbox_ctl calls >seen &&
		jq --argjson ended "$(cat ended)" ".[0].wall - \$ended | . * 100000 | round / 100" seen || return
	done | sort -n >"times-$2" &&
	wait_for "$1" &&
	sed -n 5p "times-$2"
}

test_atexit 'test -z "$worker" || kill "$worker"'
git-gitops worker server.git >worker.log 2>&1 &
worker=$!
running=$(wait_ms over running)
stop_process "$worker"
worker=

git -C server.git config gitops.worker true
started=$(wait_ms gone started)
reference=$(perf_ms 20 git -C server.git rev-parse HEAD)

perf_limit 'push to first call, a worker runs' "$running" 100 ms
perf_ratio 'the same, to git rev-parse' "$running" "$reference" 80
perf_limit 'push to first call, the hook starts a worker' "$started" 100 ms
perf_ratio 'the same, to git rev-parse' "$started" "$reference" 80

perf_done
