#!/bin/sh

test_description='on a terminal, what goes on is a line for each object, written over in place'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-records.sh

JOB=01KAJ4J4000000000000000000
OTHER=01KAJ4J4010000000000000000
spool=server.git/gitops/spool

# terminal [--size=<columns>x<rows>] <command>: helper/terminal.py, its script
# on stdin
terminal () {
	TERM=xterm-256color "$GITOPS_VENV"/bin/python -I "$TEST_DIRECTORY"/helper/terminal.py "$@"
}

# Times differ from run to run.
without_times () {
	sed -E "s/ [0-9]+:[0-9][0-9] / M:SS /" "$1"
}

# In scripts: ./journal event <path-prefix> <step> <message>, and so on; $JOB
# is the job's.
cat >journal <<-\EOF
	#!/bin/sh
	: "${JOB:=01KAJ4J4000000000000000000}"
	say () {
		echo "$1" >>"server.git/gitops/spool/run/$JOB.journal"
	}
	verb=$1 object="\"kind\":\"ecs\",\"prefix\":\"$2\""
	case "$verb" in
	begin)
		say "{\"begin\":{\"branch\":\"main\",\"to\":\"$2\",\"objects\":$3,\"dryRun\":false,\"resumed\":false}}"
		;;
	plan)
		say "{\"plan\":[{$object,\"intent\":\"deploy\",\"why\":\"${2##*/}_svcdef.json added\"}]}"
		;;
	event)
		time=$(date -u +%Y-%m-%dT%H:%M:%S.000Z)
		until=${5:+$(date -u -d "+$5" +%Y-%m-%dT%H:%M:%S.000Z)}
		say "{\"event\":{\"time\":\"$time\",$object,\"step\":\"$3\",\"message\":\"$4\"${until:+,\"until\":\"$until\"}}}"
		;;
	deployed)
		say "{\"result\":{$object,\"outcome\":\"deployed\",\"ms\":65000}}"
		;;
	failed)
		say "{\"result\":{$object,\"outcome\":\"failed\",\"ms\":65000,\"failure\":{\"category\":\"image-missing\",\"message\":\"no tag\",\"hint\":\"push it\"}}}"
		;;
	end)
		say "{\"end\":\"$2\"}"
		cd server.git/gitops/spool/run &&
		mv "$JOB.json" "$JOB.journal" "../$2"
		;;
	esac
EOF
chmod +x journal

# begin [<path-prefix>...]: the job begins, with these to be done
begin () {
	rm -f "$spool"/*/*.journal "$spool"/*/*.json &&
	fake_job server.git $JOB $c1 run &&
	./journal begin $c1 $# || return
	for prefix in "$@"
	do
		./journal plan "$prefix" || return
	done
}

test_expect_success 'setup: a server' '
	git init -q --bare server.git &&
	git gitops init server.git >out &&
	git clone -q server.git work 2>err &&
	git -C work commit -q --allow-empty -m one &&
	c1=$(git -C work rev-parse HEAD) && short=$(echo $c1 | cut -c1-7) &&
	git -C server.git fetch -q ../work "refs/heads/main:refs/heads/main"
'

test_expect_success 'what goes on is written over, what is over stays' '
	begin dev/nginx/nginx dev/api/api dev/web/web &&
	terminal git -C server.git gitops watch <<-\EOF &&
	wait ^dev/nginx/nginx  deploy
	screen planned
	run ./journal event dev/nginx/nginx register "registered nginx:7"
	wait registered nginx:7
	run ./journal event dev/nginx/nginx stabilize "1 of 4 tasks running"
	run ./journal event dev/api/api stabilize "0 of 2 tasks running"
	wait 0 of 2
	screen running
	run ./journal event dev/nginx/nginx stabilize "4 of 4 tasks running"
	run ./journal deployed dev/nginx/nginx
	run ./journal event dev/api/api stabilize "failed: no tag"
	wait 1 failing
	screen failing
	run ./journal failed dev/api/api
	run ./journal deployed dev/web/web
	run ./journal end failed
	exit 1
	all over
	EOF
	cat >expect <<-EOF &&
	gitops: deploying main at $short: 3 service objects
	dev/nginx/nginx  deploy (nginx_svcdef.json added)
	dev/api/api      deploy (api_svcdef.json added)
	dev/web/web      deploy (web_svcdef.json added)
	3 waiting
	EOF
	test_cmp expect planned &&
	cat >expect <<-EOF &&
	gitops: deploying main at $short: 3 service objects
	dev/nginx/nginx  M:SS  stabilize: 1 of 4 tasks running
	dev/api/api      M:SS  stabilize: 0 of 2 tasks running
	dev/web/web            deploy (web_svcdef.json added)
	2 running, 1 waiting
	EOF
	without_times running >actual &&
	test_cmp expect actual &&
	cat >expect <<-EOF &&
	gitops: deploying main at $short: 3 service objects
	gitops: dev/nginx/nginx: deployed in 1 min 5 s
	gitops: dev/api/api: stabilize: failed: no tag
	dev/api/api  M:SS  stabilize: failed: no tag
	dev/web/web        deploy (web_svcdef.json added)
	1 failing, 1 waiting, 1 deployed
	EOF
	without_times failing >actual &&
	test_cmp expect actual &&
	cat >expect <<-EOF &&
	gitops: deploying main at $short: 3 service objects
	gitops: dev/nginx/nginx: deployed in 1 min 5 s
	gitops: dev/api/api: stabilize: failed: no tag
	gitops: dev/api/api: failed in 1 min 5 s: image-missing: no tag
	gitops: hint: push it
	gitops: dev/web/web: deployed in 1 min 5 s
	gitops: failed
	EOF
	test_cmp expect over
'

test_expect_success 'time passes, and what is left of a wait gets less' '
	begin dev/nginx/nginx &&
	./journal event dev/nginx/nginx shift "20 % to the new task set, waiting 1 h" "1 hour" &&
	terminal git -C server.git gitops watch <<-\EOF &&
	wait  0:0[1-9]  (1:00:00|59:5\d) left, shift: 20 %
	wait  0:0[2-9]  59:5\d left, shift: 20 % to the new task set, waiting 1 h$
	run ./journal event dev/nginx/nginx shift "100 % to the new task set"
	gone  left,
	run ./journal end done
	exit 0
	EOF
	test_path_is_file "$spool/done/$JOB.json"
'

test_expect_success 'a line that is too long is cut, whatever is in it' '
	begin dev/nginx/nginx &&
	./journal event dev/nginx/nginx run "$(printf "\346\227\245%.0s" $(seq 60))" &&
	./journal plan "dev/\\u001b[2J\\u202e/x" &&
	./journal plan "dev/$(printf "\346\227\245%.0s" $(seq 60))" &&
	terminal --size=60x24 git -C server.git gitops watch <<-\EOF &&
	wait waiting
	screen actual
	run ./journal end done
	exit 0
	all over
	EOF
	printf "gitops: deploying main at %s: 1 service object\n" $short >expect &&
	printf "gitops: done\n" >>expect &&
	test_cmp expect over &&
	cat >expect <<-EOF &&
	gitops: deploying main at $short: 1 service object
	dev/nginx/nginx                M:SS  run: 日日日日日日日..
	dev/\x1b[2J\u202e/x                  deploy (x_svcdef.jso..
	dev/日日日日日日日日日日日..         deploy (日日日日日日..
	1 running, 2 waiting
	EOF
	without_times actual >seen &&
	test_cmp expect seen
'

test_expect_success 'more objects than rows: those that run, and how many more there are' '
	begin $(printf "dev/s%02d/s " $(seq 40)) &&
	for n in 12 31 33
	do
		./journal event dev/s$n/s stabilize "0 of 1 task running" || return
	done &&
	./journal deployed dev/s02/s &&
	terminal --size=60x9 git -C server.git gitops watch <<-\EOF &&
	wait 3 running, 36 waiting, 1 deployed
	screen actual
	run for n in 01 $(seq 3 9) $(seq 10 40); do ./journal deployed dev/s$n/s; done
	run ./journal end done
	exit 0
	all over
	EOF
	cat >expect <<-EOF &&
	gitops: dev/s02/s: deployed in 1 min 5 s
	dev/s01/s        deploy (s_svcdef.json added)
	dev/s03/s        deploy (s_svcdef.json added)
	dev/s04/s        deploy (s_svcdef.json added)
	dev/s12/s  M:SS  stabilize: 0 of 1 task running
	dev/s31/s  M:SS  stabilize: 0 of 1 task running
	dev/s33/s  M:SS  stabilize: 0 of 1 task running
	... 33 more; 3 running, 36 waiting, 1 deployed
	EOF
	without_times actual >seen &&
	test_cmp expect seen &&
	test_line_count = 42 over &&
	tail -n 1 over >last && echo "gitops: done" >expect && test_cmp expect last
'

test_expect_success 'another size in the middle: all is where it belongs' '
	begin dev/nginx/nginx dev/api/api &&
	./journal event dev/nginx/nginx stabilize "a message of some length, so that it is cut" &&
	./journal deployed dev/none/none &&
	terminal --size=80x24 git -C server.git gitops watch <<-\EOF &&
	wait is cut$
	resize 40x24
	wait stabilize: a m\.\.$
	screen narrow
	resize 100x5
	wait is cut$
	screen wide
	run ./journal deployed dev/nginx/nginx
	run ./journal deployed dev/api/api
	run ./journal end done
	exit 0
	all over
	EOF
	cat >expect <<-EOF &&
	gitops: deploying main at $short: 2 ser
	vice objects
	gitops: dev/none/none: deployed in 1 min
	 5 s
	dev/nginx/nginx  M:SS  stabilize: a m..
	dev/api/api            deploy (api_sv..
	1 running, 1 waiting, 1 deployed
	EOF
	without_times narrow >actual &&
	test_cmp expect actual &&
	cat >expect <<-EOF &&
	gitops: dev/none/none: deployed in 1 min 5 s
	dev/nginx/nginx  M:SS  stabilize: a message of some length, so that it is cut
	dev/api/api            deploy (api_svcdef.json added)
	1 running, 1 waiting, 1 deployed
	EOF
	without_times wide >actual &&
	test_cmp expect actual &&
	cat >expect <<-EOF &&
	gitops: deploying main at $short: 2 service objects
	gitops: dev/none/none: deployed in 1 min 5 s
	gitops: dev/nginx/nginx: deployed in 1 min 5 s
	gitops: dev/api/api: deployed in 1 min 5 s
	gitops: done
	EOF
	test_cmp expect over
'

test_expect_success 'Ctrl-C leaves the last state, says that it goes on, and where' '
	begin dev/nginx/nginx &&
	./journal event dev/nginx/nginx register "registered nginx:7" &&
	terminal git -C server.git gitops watch <<-\EOF &&
	wait registered
	type ^C
	exit 130
	all actual
	EOF
	cat >expect <<-EOF &&
	gitops: deploying main at $short: 1 service object
	dev/nginx/nginx  M:SS  register: registered nginx:7
	^C
	what was begun goes on; ${SQ}git gitops watch${SQ} follows it
	EOF
	without_times actual >seen &&
	test_cmp expect seen &&
	test_path_is_file "$spool/run/$JOB.json"
'

test_expect_success 'a SIGTERM leaves a screen to go on with' '
	terminal git-gitops -C server.git watch <<-\EOF &&
	wait registered
	signal TERM
	exit 143
	all actual
	EOF
	sed 3d expect >wanted && sed 3d wanted >expect &&
	without_times actual >seen &&
	test_cmp expect seen
'

test_expect_success 'stopped and going on, it begins below what was written meanwhile' '
	terminal git-gitops -C server.git watch <<-\EOF &&
	wait registered
	signal STOP
	stopped
	type written by others^J
	wait ^written
	signal CONT
	wait ^written by others\ndev/nginx/nginx .*registered nginx:7$
	run ./journal deployed dev/nginx/nginx
	run ./journal end done
	exit 0
	all over
	EOF
	cat >expect <<-EOF &&
	gitops: deploying main at $short: 1 service object
	dev/nginx/nginx  M:SS  register: registered nginx:7
	written by others
	gitops: dev/nginx/nginx: deployed in 1 min 5 s
	gitops: done
	EOF
	without_times over >seen &&
	test_cmp expect seen
'

test_expect_success 'several jobs share a board, and their ends are told apart' '
	begin dev/nginx/nginx &&
	fake_job server.git $OTHER $c1 run &&
	JOB=$OTHER ./journal begin $c1 1 &&
	JOB=$OTHER ./journal plan dev/api/api &&
	terminal git -C server.git gitops watch <<-EOF &&
	wait 2 waiting
	run ./journal deployed dev/nginx/nginx
	run ./journal end done
	wait 1 waiting, 1 deployed
	run JOB=$OTHER ./journal end failed
	exit 1
	all over
	EOF
	tail -n 3 over >actual &&
	cat >expect <<-EOF &&
	gitops: dev/nginx/nginx: deployed in 1 min 5 s
	gitops: main at $short: done
	gitops: main at $short: failed
	EOF
	test_cmp expect actual
'

test_expect_success 'TERM=dumb, --no-progress and a pipe get lines, one below the other' '
	begin dev/nginx/nginx &&
	./journal event dev/nginx/nginx register "registered nginx:7" &&
	./journal deployed dev/nginx/nginx &&
	./journal end done && mv "$spool/done/$JOB.json" "$spool/run" &&
	cat >expect <<-EOF &&
	gitops: deploying main at $short: 1 service object
	gitops:   deploy ecs dev/nginx/nginx (nginx_svcdef.json added)
	gitops: dev/nginx/nginx: register: registered nginx:7
	gitops: dev/nginx/nginx: deployed in 1 min 5 s
	gitops: done
	EOF
	git -C server.git gitops watch >actual &&
	test_cmp expect actual &&
	terminal env TERM=dumb git -C server.git gitops watch <<-\EOF &&
	exit 0
	all actual
	EOF
	test_cmp expect actual &&
	terminal git -C server.git gitops watch --no-progress <<-\EOF &&
	exit 0
	all actual
	EOF
	test_cmp expect actual &&
	git -C server.git gitops watch -q >actual &&
	test_must_be_empty actual
'

test_expect_success '--progress writes over lines in a pipe, too, as wide as COLUMNS says' '
	begin dev/nginx/nginx &&
	./journal event dev/nginx/nginx register "$(printf "%0200d" 7)" &&
	{ COLUMNS=60 TERM=xterm git -C server.git gitops watch --progress >actual & } &&
	wait_for grep "0\.\." actual &&
	./journal end done && wait &&
	grep "0\.\." actual | sed "s/.*\(dev.*\.\.\).*/\1/" >line &&
	head -n 1 line >first && test $(wc -c <first) = 60
'

test_done
