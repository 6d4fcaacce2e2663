#!/bin/sh

test_description='checking a push

10,000 services of four files each (14 MB) are pushed at once: the first push
of a large installation. The reference reads the same objects as git does,
and does nothing with them; measured is what both compute on one core, and
the time that passes on two.

Another reference is the hook that one would write in Python: it renders with
jinja2, parses, and validates with botocore, with everything kept that can be,
but knows neither places nor rules. Its start is part of it, as of ours.
Compared is how long the pusher waits: the time that passes on two cores, of
which Python uses one and git, which it asks, a part of the other. The limit is
a sixtieth.

A push that changes ten of the services must cost what it changes, not what
the repository holds: the same in one of 100.'

. ./perf-lib.sh

HOOK=$GITOPS_BUILD/libexec/git-gitops/pre-receive
PYTHON=${GITOPS_VENV:-$GITOPS_SOURCE/build/venv}/bin/python

# services <nr>: a stream for git fast-import; a second commit changes ten.
services () {
	perl -e '
		my $nr = shift;
		sub file {
			my ($path, $text) = @_;
			printf "M 100644 inline %s\ndata %d\n%s\n", $path, length $text, $text;
		}
		sub input {
			my ($i, $tag) = @_;
			my $dir = sprintf "services/team%02d/svc%05d/svc%05d", $i % 50, $i, $i;
			file("${dir}_input.json", <<EOF);
{
  "ref": { "file": [ "infra/output.json" ], "type": "TERRAFORM" },
  "name": "svc-$i",
  "image": "registry.example.com/team/svc-$i:$tag",
  "count": @{[1 + $i % 7]}
}
EOF
			return $dir;
		}
		print "commit refs/heads/main\ncommitter a <a\@example.com> 1767225600 +0000\ndata 3\nall\n";
		my @outputs = map { qq(  "output_$_": { "value": "value-$_", "type": "string", "sensitive": false }) } 1..40;
		file("infra/output.json", "{\n" . join(",\n", @outputs, <<EOF) . "}\n");
  "cluster_name": { "value": "apps", "type": "string", "sensitive": false },
  "region": { "value": "us-east-1", "type": "string", "sensitive": false },
  "subnets": { "value": [ "subnet-0a1b2c3d", "subnet-4e5f6071" ], "type": [ "list", "string" ], "sensitive": false }
EOF
		for my $i (1..$nr) {
			my $dir = input($i, "1.0");
			file("${dir}_svcdef.json", <<EOF);
{
  "serviceName": "{{ name }}",
  "cluster": "{{ cluster_name }}",
  "desiredCount": {{ count }},
  "launchType": "FARGATE",
  "deploymentController": { "type": "ECS" },
  "deploymentConfiguration": { "maximumPercent": 200, "minimumHealthyPercent": 100 },
  "networkConfiguration": {
    "awsvpcConfiguration": {
      "subnets": {{ subnets | tojson }},
      "securityGroups": [ "sg-0123456789abcdef$i" ],
      "assignPublicIp": "DISABLED"
    }
  },
  "propagateTags": "SERVICE"
}
EOF
			file("${dir}_taskdef.json", <<EOF);
{
  "family": "{{ name }}",
  "networkMode": "awsvpc",
  "requiresCompatibilities": [ "FARGATE" ],
  "cpu": "256",
  "memory": "512",
  "containerDefinitions": [
    {
      "name": "main",
      "image": "{{ image }}",
      "essential": true,
      "portMappings": [ { "containerPort": 8080, "protocol": "tcp" } ],
      "environment": [ { "name": "SERVICE", "value": "number $i" } ]
    }
  ]
}
EOF
			file("${dir}_depdef.json", <<EOF);
{
  "environment": { "region": "{{ region }}" },
  "stabilityCheck": { "pollInterval": 10, "timeout": @{[300 + $i]} }
}
EOF
		}
		print "\ncommit refs/heads/ten\ncommitter a <a\@example.com> 1767225660 +0000\ndata 3\nten\nfrom refs/heads/main\n";
		input($_ * int($nr / 10), "1.1") for 1..10;
	' "$1"
}

# server <dir> <nr>
server () {
	git init -q --bare "$1" &&
	git -C "$1" config gitops.branch main &&
	services "$2" >"$1.stream" &&
	git -C "$1" fast-import --quiet <"$1.stream" &&
	git -C "$1" repack -q -a -d
}

perf_setup 'two repositories' '
	server big.git 10000 &&
	server small.git 100 &&
	for dir in big small
	do
		echo "0000000000000000000000000000000000000000 $(git -C $dir.git rev-parse main) refs/heads/main" \
			>$dir.all &&
		echo $(git -C $dir.git rev-parse main ten) refs/heads/main >$dir.ten || return 1
	done
'

cat >reference <<-\EOF
	cd big.git &&
	git diff-tree -r --root --no-commit-id main >../list &&
	cut -d" " -f4 ../list | git cat-file --batch >/dev/null
EOF
cat >check-all <<-EOF
	GIT_DIR=big.git "$HOOK" <big.all 2>/dev/null
EOF
cpus=$(taskset -cp $$ | perl -ne '
	s/.*: //;
	print join(" ", map { /(\d+)-(\d+)/ ? $1..$2 : $_ + 0 } split /,/);
') &&
set -- $cpus &&
git_ms=$(perf_cpu_ms 3 taskset -c "$1" sh ./reference) &&
our_ms=$(perf_cpu_ms 3 taskset -c "$1" sh ./check-all) &&
perf_ratio 'check of 10,000 services to reading them, one core' "$our_ms" "$git_ms" 3
if test $# -gt 1
then
	git_ms=$(perf_ms 10 taskset -c "$1,$2" sh ./reference) &&
	our_ms=$(perf_ms 10 taskset -c "$1,$2" sh ./check-all) &&
	perf_ratio 'check of 10,000 services to reading them, two cores' "$our_ms" "$git_ms" 1.7 &&
	python_ms=$(perf_ms 1 taskset -c "$1,$2" env GIT_DIR=big.git "$PYTHON" \
		"$TEST_DIRECTORY/perf/python-hook.py" big.all) &&
	perf_ratio 'check of 10,000 services to a Python hook / 60' "$our_ms" \
		"$(perl -e 'printf "%.2f", $ARGV[0] / 60' "$python_ms")" 1
else
	echo 'check of 10,000 services on two cores: not measured, there is one'
fi

perf_setup 'main was processed' '
	for dir in big small
	do
		git -C $dir.git update-ref refs/gitops/processed/main main &&
		test-tool ref-index $dir.git main &&
		test-tool claims $dir.git main || return 1
	done
'
for dir in big small
do
	cat >check-$dir <<-EOF
		GIT_DIR=$dir.git "$HOOK" <$dir.ten 2>/dev/null
	EOF
done
# so short that one in ten is disturbed by nothing, where others compute, too
small_ms=$(perf_ms 50 sh ./check-small) &&
big_ms=$(perf_ms 50 sh ./check-big) &&
perf_ratio 'ten of 10,000 services to ten of 100' "$big_ms" "$small_ms" 1.5

perf_done
