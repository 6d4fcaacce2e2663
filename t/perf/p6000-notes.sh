#!/bin/sh

test_description='one record among 100 and among 100,000 noted commits

A worker writes notes for as long as the repository lives. git writes all of
its fan-out for each note, libgit2 one flat tree, so both get slower with
every deployment. 100,000 commits are some years of a busy repository. The
reference is our own write among 100: the same in all but the number. What
`git notes append` takes is told too.'

. ./perf-lib.sh

# notes <ref> <n>: made by git fast-import, packed, fanned out as it sees fit
notes () {
	perl -e '
		use Digest::SHA "sha1_hex";
		my ($ref, $n) = @ARGV;
		print "commit $ref\ncommitter C <c\@example.com> 1795226584 +0000\ndata 5\nnotes\n";
		for (1..$n) {
			my $note = "{\"id\":\"note $_\"}\n";
			my $object = sha1_hex("object $_");
			my $hex = sha1_hex($_);
			print "M 100644 inline ", substr($hex, 0, 2), "/", substr($hex, 2, 2), "/",
				substr($hex, 4), "\ndata ", length($note), "\n$note";
		}
	' "$1" "$2" >import &&
	git fast-import --quiet <import &&
	rm import
}

perf_setup 'notes on 100 and on 100,000 commits' '
	for n in 100 100000
	do
		git init -q $n && cd $n && git commit -q --allow-empty -m one &&
		notes refs/notes/gitops/records $n && notes refs/notes/gitops/status $n &&
		git rev-parse HEAD >head && cd .. || return
	done
'

# Many in one process: starting one costs more than writing.
write () {
	perf_ms -p 'sync' 5 git -C "$1" -c alias.t='!test-tool notes times' t refs/notes/gitops/records 50 \
		"$(cat "$1/head")"
}

few=$(write 100) && many=$(write 100000) &&
perf_ratio '50 records among 100,000 notes to among 100' "$many" "$few" 2

# For comparison; git does not sync what it writes, we do.
few=$(perf_ms 5 git -C 100 notes --ref=gitops/records append -m x) &&
many=$(perf_ms 3 git -C 100000 notes --ref=gitops/records append -m x) &&
printf '# git notes append: %s ms among 100, %s ms among 100,000\n' "$few" "$many"

perf_done
