#!/bin/sh

test_description='reading 40,000 small files of one pack

What the check of a push of 10,000 services does before it judges anything.
The reference is what git itself needs for the same objects: `git diff-tree`
to find them and `git cat-file --batch` to read them.'

. ./perf-lib.sh

perf_setup '10,000 services of 4 files' '
	git init -q . &&
	perl -e "
		print qq(commit refs/heads/main\ncommitter C <c\@example.com> 1795226584 +0000\ndata 3\nall\n);
		for my \$i (1..10000) {
			for my \$f (qw(svcdef taskdef input depdef)) {
				my \$text = qq({\n  \"name\": \"service-\$i\",\n  \"file\": \"\$f\"\n) .
					qq(  , \"x\": \"\$i\") x 20 . qq(\n}\n);
				printf qq(M 100644 inline team-%d/service-%d/service_%s.json\ndata %d\n%s),
					\$i % 100, \$i, \$f, length(\$text), \$text;
			}
		}
	" >import &&
	git fast-import --quiet <import && rm import && git repack -adq &&
	git rev-list --objects --no-object-names HEAD | git cat-file --batch-check="%(objecttype) %(objectname)" |
	sed -n "s/^blob //p" >blobs && test_line_count -ge 30000 blobs
'

batch=$(perf_ms 5 sh -c 'git diff-tree -r --root --no-commit-id HEAD >list &&
	cut -d" " -f4 <list | git cat-file --batch >/dev/null') &&
ours=$(perf_ms 5 test-tool repo read-all HEAD) &&
perf_ratio 'reading all files to git diff-tree and cat-file' "$ours" "$batch" 1

tree=$(perf_ms 5 git ls-tree -r HEAD) &&
ours=$(perf_ms 5 test-tool repo files HEAD) &&
# Mostly printing, on both sides.
perf_ratio 'listing all files to git ls-tree -r' "$ours" "$tree" 2.5

tree=$(perf_ms 5 git diff-tree -r --root HEAD) &&
ours=$(perf_ms 5 test-tool repo diff empty HEAD) &&
perf_ratio 'comparing with nothing to git diff-tree' "$ours" "$tree" 1.5

perf_setup 'a change of 10 services in a directory of 10,000' '
	blob=$(git rev-parse HEAD:team-1/service-1/service_input.json) &&
	perl -e "printf qq(100644 blob $blob\tservice-%d_input.json\n), \$_ for 1..10000" | git mktree >big &&
	other=$(echo changed | git hash-object -w --stdin) &&
	perl -e "printf qq(100644 blob %s\tservice-%d_input.json\n),
		\$_ % 1000 ? q($blob) : q($other), \$_ for 1..10000" | git mktree >big2 &&
	git tag one $(git commit-tree -m one $(cat big)) &&
	git tag two $(git commit-tree -m two $(cat big2))
'

# Starting the program, which p0001 and p2010 measure, is most of this one.
start=$(perf_ms 20 test-tool repo open) &&
tree=$(perf_ms 20 git diff-tree -r one two) &&
ours=$(perf_ms 20 test-tool repo diff one two) &&
ours=$(perl -e 'printf "%.2f", $ARGV[0] > $ARGV[1] ? $ARGV[0] - $ARGV[1] : 0' "$ours" "$start") &&
perf_ratio 'ten changes among 10,000 files to git diff-tree' "$ours" "$tree" 2

perf_done
