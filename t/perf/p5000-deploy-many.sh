#!/bin/sh

test_description='a push of a thousand services to one worker

The worst there is: one push to a repository whose common template changed. All
are created, then all updated, two tasks each, at once and by a real worker:
with git, templates, the journal, notes. In four ways:

	rolling		 ECS replaces the tasks
	external	 controller EXTERNAL, no load balancer
	balanced	 EXTERNAL, a pair of target groups for each; 25 load
			 balancers, forty rules to a listener
	native		 ECS does BLUE_GREEN by itself, with the same balancers

CPU is compared with one `aws ecs describe-services` of the AWS command line
interface, in the same sandbox: what a script around it pays for a single call.

Calls are compared with the fewest that can do the job. For n services the
account is asked for once; each service is described before it is touched, and
at least once after, ten in a call: 1 + 2n/10. Then for each, what AWS has no
call for several:

	rolling		 a revision is registered, the service created or updated: 2
	external	 a revision registered, the service created or the old
			 task set deleted, a task set created, and made PRIMARY: 4
	balanced	 these 4; its groups, its listeners, their rules to find
			 its own: 3; the rule as it is before the new group is
			 attached, and before the weights are set, for a change
			 replaces all of it: 2; the health of its targets: 1. In an
			 update both changes are made, too, and the rule is looked
			 at after the wait, before the old task set goes: 3
	native		 a revision registered, the service created or updated, its
			 service deployments listed: 3. Service revisions and
			 service deployments are described twenty in a call: 2n/20;
			 they take the place of the look after

A tenth is allowed for tasks that take longer than the first look waits.'

. ./perf-lib.sh
. "$TEST_DIRECTORY"/lib-deploy.sh

N=${PERF_SERVICES:-1000}
AWS_CLI=${GITOPS_PERF_VENV:-$GITOPS_SOURCE/build/perf-venv}/bin/aws

# push_many <how> <version>
push_many () {
	python3 "$TEST_DIRECTORY"/perf/many-services.py write work "$N" "$1" "$2" "seeded.$1" &&
	git -C work add . &&
	git -C work commit -q -m "$2" &&
	git -C work push -q ../server.git main
}

# server <how>: a sandbox with what such services need, a server, a push of the first version
server () {
	fresh 1 &&
	python3 "$TEST_DIRECTORY"/perf/many-services.py seed "$N" >balancers.json &&
	control -d @balancers.json "$SANDBOX_URL/_sandbox/seed" &&
	mv .control "seeded.$1" &&
	rm -rf server.git work &&
	git init -q --bare server.git &&
	git -C server.git config gitops.branch main &&
	git -C server.git config gitops.worker false &&
	git gitops init server.git &&
	git init -q work &&
	push_many "$1" 1
}

# run_worker: "<MB resident> <ms CPU>" in usage, the calls in seen
run_worker () {
	control -X DELETE "$SANDBOX_URL/_sandbox/calls" &&
	perf_usage git-gitops worker --drain --jobs="$N" server.git >usage 2>worker.log &&
	sandbox_calls >seen &&
	test "$(sandbox_services | grep -c " demo/web.* ACTIVE 2/2 ")" = "$N"
}

# measure <how> <what> <calls for each of ten services>
measure () {
	most='' cpu=nan calls=''
	if run_worker
	then
		read -r most cpu <usage
		calls=$(wc -l <seen)
	fi
	fewest=$((1 + N * $3 / 10))
	perf_limit "$1, $2: resident memory, $N at once" "$most" 64 MB
	perf_ratio "$1, $2: calls to the fewest" "$calls" "$fewest" 1.1
	perf_ratio "$1, $2: CPU of 20 deployments to one CLI call" \
		"$(perl -e "printf '%.1f', 20 * $cpu / $N")" "$cli" 1
}

perf_setup 'a sandbox' 'sandbox_start && fresh 1'
cli=$(AWS_DEFAULT_REGION=us-east-1 perf_cpu_ms 5 "$AWS_CLI" ecs describe-services --cluster demo --services web0)

# <how> and the calls for ten services, created and updated
while read -r how create update
do
	perf_setup "$how: a server and a push" "server $how"
	measure "$how" create "$create"
	perf_setup "$how: another version" "push_many $how 2"
	measure "$how" update "$update"
done <<\EOF
rolling 22 22
external 42 42
balanced 102 132
native 32 32
EOF

perf_done
