# For the scripts in this directory:
#
#	test_description='what is measured, and why at these sizes'
#	. ./perf-lib.sh
#
#	perf_setup 'a repository of 100 services' '...'
#	a=$(perf_ms 5 git diff-tree -r HEAD^ HEAD)
#	b=$(perf_ms 5 git gitops plan HEAD^..HEAD)
#	perf_ratio 'plan to diff-tree' "$b" "$a" 3
#	perf_done
#
# It is the test library (so that HOME, dates and so on are those of the
# tests) against a build without sanitizers.
# shellcheck shell=sh

cd .. || exit 1
set -- --no-chain-lint
. ./test-lib.sh

perf_failed=

# perf_setup <what> <script>: must succeed; not measured.
perf_setup () {
	eval "$2" >"$SHARNESS_TRASH_DIRECTORY.log" 2>&1 </dev/null || {
		cat "$SHARNESS_TRASH_DIRECTORY.log"
		error "perf: setup failed: $1"
	}
}

# perf_ms [-p <command>] <runs> <command>...
# Run the command so often, and print the milliseconds of the quickest run.
# -p: run that by sh before each run, not measured. The command's output goes
# nowhere; when it fails, so does this.
perf_ms () {
	perl -MTime::HiRes=time -e '
		my $prepare = $ARGV[0] eq "-p" ? splice(@ARGV, 0, 2) : undef;
		my $runs = shift;
		my $best;
		open(STDIN, "<", "/dev/null");
		open(my $out, ">&", \*STDOUT);
		open(STDOUT, ">", "/dev/null");
		for (1..$runs) {
			die "perf: cannot prepare: $prepare\n" if defined $prepare && system("sh", "-c", $prepare);
			my $start = time;
			die "perf: failed: @ARGV\n" if system { $ARGV[0] } @ARGV;
			my $ms = 1000 * (time - $start);
			$best = $ms if !defined $best || $ms < $best;
		}
		printf $out "%.2f\n", $best;
	' -- "$@"
}

# perf_cpu_ms <runs> <command>...
# The same, but what the command and its children computed: the time that it
# takes on one core with nothing else to do.
perf_cpu_ms () {
	perf_rusage_ "$@" | cut -d " " -f 2
}

# perf_usage <command>...
# Run it once; print the megabytes that it (or its largest child) was resident
# with at most, and the milliseconds that they computed.
perf_usage () {
	perf_rusage_ 1 "$@"
}

# getrusage(2) says it in microseconds, times(2) in hundredths of a second.
perf_rusage_ () {
	python3 -c '
import resource, subprocess, sys

def used():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (usage.ru_utime + usage.ru_stime)

best = None
for _ in range(int(sys.argv[1])):
    before = used()
    subprocess.run(sys.argv[2:], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    best = min(best or 1e9, used() - before)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024, "%.2f" % best)
' "$@"
}

# perf_ratio <name> <measured> <reference> <limit>
perf_ratio () {
	perf_report_ "$1" "$(perl -e 'printf "%.2f", $ARGV[0] / $ARGV[1]' "$2" "$3")" "$4" \
		"$2 to $3"
}

# perf_limit <name> <value> <limit> <unit>: for what has no reference.
perf_limit () {
	perf_report_ "$1" "$2" "$3" "$4"
}

perf_report_ () {
	if perl -e 'exit !($ARGV[0] =~ /^-?[\d.]+$/ && $ARGV[0] <= $ARGV[1])' "$2" "$3"
	then
		perf_verdict=fine
	else
		perf_verdict='TOO MUCH'
		perf_failed=t
	fi
	printf '%-56s %8s  (%s; limit %s) %s\n' "$1" "$2" "$4" "$3" "$perf_verdict"
}

perf_done () {
	EXIT_OK=t
	cd "$TEST_DIRECTORY" && rm -rf "$SHARNESS_TRASH_DIRECTORY" "$SHARNESS_TRASH_DIRECTORY.log"
	test -z "$perf_failed"
	exit
}
