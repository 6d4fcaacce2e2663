#!/bin/sh

test_description='what a large push is told does not depend on the number of threads

900 services, of which each fifth or so is wrong in one of many ways, some of
them together with others far away in the plan. More findings than are shown: in
text, some are counted only. With GITOPS_BUILD=build-thread (after make
SANITIZE=thread) a race fails it.'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-server.sh

services () {
	perl -e '
		sub file {
			my ($path, $text) = @_;
			printf "M 100644 inline %s\ndata %d\n%s\n", $path, length $text, $text;
		}
		print "commit refs/heads/main\ncommitter a <a\@example.com> 1767225600 +0000\ndata 3\nall\n";
		file("infra/good.json", qq({ "cluster": { "value": "apps" } }));
		file("infra/broken.json", qq({ "cluster": { "value": "apps" },,\n "x": }));
		file("infra/state.json", qq({ "terraform_version": "1.9", "outputs": {} }));
		for my $i (1..900) {
			my $path = sprintf "services/team%02d/svc%03d/svc%03d", $i % 30, $i, $i;
			my $name = $i % 83 == 7 ? "svc-" . (($i * 7) % 900) : "svc-$i";
			my $ref = $i % 61 == 11 ? "broken" : $i % 53 == 13 ? "state" : "good";
			my $cluster = $i % 97 == 3 ? "clutser" : "cluster";
			my $count = $i % 41 == 1 ? qq("1") : 1;
			my $more = $i % 37 == 5 ? qq(, "desierdCount": 1) : "";
			my $cpu = $i % 43 == 9 ? "255" : "256";
			file("${path}_input.json",
				qq({ "ref": { "file": [ "infra/$ref.json" ], "type": "TERRAFORM" }, "n": "$name" }));
			file("${path}_svcdef.json", <<EOF) unless $i % 71 == 2;
{
  "serviceName": "{{ n }}",
  "cluster": "{{ $cluster }}",
  "launchType": "FARGATE",
  "desiredCount": $count$more,
  "networkConfiguration": { "awsvpcConfiguration": { "subnets": [ "subnet-0a1b2c3d" ] } }
}
EOF
			my $task = <<EOF;
{
  "family": "{{ n }}",
  "networkMode": "awsvpc",
  "requiresCompatibilities": [ "FARGATE" ],
  "cpu": "$cpu",
  "memory": "512",
  "containerDefinitions": [
    { "name": "main", "image": "nginx:1.27", "portMappings": [ { "containerPort": 80 } ] }
  ]
}
EOF
			file("${path}_taskdef.json", $task);
			file(($path =~ s/svc(\d+)$/SVC$1/r) . "_taskdef.json", $task) if $i % 79 == 6;
		}
	'
}

test_expect_success 'setup' '
	server_init server.git &&
	services | git -C server.git fast-import --quiet &&
	commit=$(git -C server.git rev-parse main) &&
	echo "0000000000000000000000000000000000000000 $commit refs/heads/main" >push
'

# check_with <threads> <out>: in text, for tools, and as the hook
check_with () {
	for format in text json sarif
	do
		test_expect_code 1 git -C server.git -c gitops.checkThreads=$1 \
			gitops check --all --format=$format main >$2.$format || return 1
	done &&
	git -C server.git config gitops.checkThreads $1 &&
	GIT_DIR=server.git test_expect_code 1 \
		"$GITOPS_BUILD"/libexec/git-gitops/pre-receive <push >$2.hook 2>&1
}

test_expect_success 'one thread finds more mistakes than it shows' '
	check_with 1 one &&
	grep "errors.* in 912 service objects" one.text &&
	grep -c "^[a-z].*: error" one.text >shown &&
	test "$(cat shown)" -lt 101 &&
	grep -o "\"rule\": *\"[a-z-]*\"" one.json >all &&
	test "$(wc -l <all)" -gt 130 &&
	sort -u all >rules &&
	test "$(wc -l <rules)" -gt 7
'

test_expect_success 'what is wrong in a file that many refer to is told once' '
	grep -o "\"path\": *\"infra/state.json\"" one.json >told &&
	test_line_count = 1 told
'

for threads in 2 3 8
do
	export threads
	test_expect_success "$threads threads find the same, at any time" '
		for again in 1 2 3
		do
			check_with $threads many &&
			test_cmp one.text many.text &&
			test_cmp one.json many.json &&
			test_cmp one.sarif many.sarif &&
			test_cmp one.hook many.hook || return 1
		done
	'
done

test_expect_success 'in a work tree, too' '
	git clone -q server.git work &&
	echo "{" >work/services/team01/svc001/svc001_taskdef.json &&
	for threads in 1 8
	do
		test_expect_code 1 git -C work -c gitops.checkThreads=$threads \
			gitops check --all --worktree --format=json >$threads.json || return 1
	done &&
	test_cmp 1.json 8.json &&
	! cmp -s one.json 8.json
'

test_expect_success 'of files that are missing, the first in the plan is named' '
	git init -q --bare broken.git &&
	git -C server.git pack-objects -q --all --stdout </dev/null >pack &&
	git -C broken.git unpack-objects -q <pack &&
	git -C broken.git update-ref refs/heads/main $(git -C server.git rev-parse main) &&
	for i in 06/svc846/svc846 05/svc095/svc095 29/svc029/svc029
	do
		oid=$(git -C server.git rev-parse main:services/team${i}_input.json) &&
		rm -f broken.git/objects/$(echo $oid | sed "s|^..|&/|") || return 1
	done &&
	for threads in 1 8
	do
		test_expect_code 128 git -C broken.git -c gitops.checkThreads=$threads \
			gitops check --all main 2>$threads.err >$threads.out || return 1
	done &&
	test_cmp 1.err 8.err &&
	grep team05/svc095/svc095_input.json 8.err
'

test_done
