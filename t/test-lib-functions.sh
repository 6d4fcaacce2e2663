# Functions for all tests, in git's manner and with git's names where git
# has one. Sourced by test-lib.sh.

# test_tick: commits get fixed and rising dates, from 2026-01-01 on.
test_tick () {
	test_tick=$((${test_tick:-1767225540} + 60))
	GIT_AUTHOR_DATE="$test_tick +0000"
	GIT_COMMITTER_DATE="$test_tick +0000"
	export GIT_AUTHOR_DATE GIT_COMMITTER_DATE
}
test_tick

# test_commit [-C <dir>] <message> [<file> [<content>]]
# One file, one commit, no tag.
test_commit () {
	test_dir=.
	if test "$1" = -C
	then
		test_dir=$2
		shift 2
	fi
	test_file=${2:-$1.t}
	case "$test_file" in
	*/*) mkdir -p "$test_dir/${test_file%/*}" || return ;;
	esac
	printf '%s\n' "${3:-$1}" >"$test_dir/$test_file" &&
	git -C "$test_dir" add -- "$test_file" &&
	test_tick &&
	git -C "$test_dir" commit -q -m "$1"
}

# test_write <file> <<\EOF: write a file and the directories on its way.
test_write () {
	case "$1" in
	*/*) mkdir -p "${1%/*}" || return ;;
	esac
	cat >"$1"
}

test_path_is_file () {
	test -f "$1" || {
		echo "no file '$1'"
		false
	}
}

test_path_is_dir () {
	test -d "$1" || {
		echo "no directory '$1'"
		false
	}
}

test_path_is_missing () {
	if test -e "$1" || test -L "$1"
	then
		echo "'$1' exists"
		false
	fi
}

test_line_count () {
	test_lines=$(wc -l <"$3") &&
	test "$test_lines" "$1" "$2" || {
		echo "wanted '$3' to have $1 $2 lines, it has $test_lines:"
		cat "$3"
		false
	}
}

# test_grep [!] <grep argument>... <file>: as grep, and the file is shown
# when it disappoints.
test_grep () {
	if test "$1" = !
	then
		shift
		! grep "$@" || test_grep_failed_ "unwanted" "$@"
	else
		grep "$@" || test_grep_failed_ "missing" "$@"
	fi
}

test_grep_failed_ () {
	echo "$1: grep $*, in:"
	for test_file
	do
		:
	done
	cat "$test_file"
	false
}

# wait_for [-t <seconds>] <command>...
# Wait until the command succeeds, asking often, at most 60 seconds. For
# events that can only be asked for; where the program can wait by itself
# (git gitops watch, -o gitops.wait), let it.
wait_for () {
	test_limit=60
	if test "$1" = -t
	then
		test_limit=$2
		shift 2
	fi
	test_end=$(($(date +%s) + test_limit))
	until "$@"
	do
		if test "$(date +%s)" -ge "$test_end"
		then
			echo >&2 "wait_for: not within $test_limit seconds: $*"
			return 1
		fi
		sleep 0.05
	done
}

# stop_process <pid>: SIGTERM, SIGKILL after five seconds, wait till gone.
stop_process () {
	kill "$1" 2>/dev/null || return 0
	wait_for -t 5 process_is_gone "$1" || kill -9 "$1"
}

# A zombie has ended, whether its parent has noticed or not.
process_is_gone () {
	case "$(ps -o stat= -p "$1" 2>/dev/null)" in
	'' | Z*) return 0 ;;
	*) return 1 ;;
	esac
}

# free_port: a TCP port of 127.0.0.1 that nobody listens on at the moment.
# A server that can choose its port by itself should do so; the others must
# cope with losing the race (see start_on_free_port).
free_port () {
	perl -MIO::Socket::INET -e '
		my $s = IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1",
			LocalPort => 0) or die "cannot listen: $!\n";
		print $s->sockport, "\n";
	'
}
