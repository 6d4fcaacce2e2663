#!/bin/sh

test_description='what the hooks cost a push that touches no artifact

The commonest push of a repository that holds other things, too. The same push
to a server without hooks is the reference; what counts is the difference in
milliseconds, for both hooks together. A server of 100 services that were all
processed; no worker is started.'

. ./perf-lib.sh
. "$TEST_DIRECTORY"/lib-server.sh

perf_setup 'a server with hooks, one without' '
	server_init hooks.git &&
	git init -q --bare plain.git &&
	git init -q work &&
	for i in $(seq 100)
	do
		service_write work dev/svc$i/svc$i || return 1
	done &&
	git -C work add . &&
	git -C work commit -q -m services &&
	for dir in hooks plain
	do
		git -C work push -q ../$dir.git HEAD:main || return 1
	done &&
	git -C hooks.git update-ref refs/gitops/processed/main main &&
	test_commit -C work one README.md &&
	rm -rf hooks.git/gitops/spool/new/*
'

cat >prepare <<-\EOF
	for dir in hooks plain
	do
		git -C $dir.git update-ref refs/heads/main "$(git -C work rev-parse HEAD^)"
	done
EOF
# In turns: what else the machine does hits both.
perl -MTime::HiRes=time -e '
	my %best;
	for (1..40) {
		for my $dir (qw(plain hooks)) {
			system("sh", "./prepare") == 0 or die;
			my $start = time;
			system("git -C work push -q ../$dir.git HEAD:main >push.log 2>&1") == 0 or die `cat push.log`;
			my $ms = 1000 * (time - $start);
			push @{$best{$dir}}, $ms;
		}
	}
	my %median = map { my @v = sort { $a <=> $b } @{$best{$_}}; $_ => $v[@v / 4] } keys %best;
	printf "%.2f %.2f %.2f\n", $median{hooks} - $median{plain}, @median{qw(plain hooks)};
' >cost
read -r cost plain hooks <cost
perf_limit 'both hooks, in a push that touches no artifact' "$cost" 12 "ms, $plain to $hooks"

perf_done
