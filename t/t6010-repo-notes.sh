#!/bin/sh

test_description='notes: as git reads and writes them, and none is lost'

. ./test-lib.sh

REF=refs/notes/test

test_expect_success 'setup' '
	git init -q . &&
	for i in $(seq 30)
	do
		git commit -q --allow-empty -m "$i" || return
	done &&
	git rev-list HEAD >commits &&
	head=$(git rev-parse HEAD)
'

test_expect_success 'one commit writes many notes, git reads them' '
	test-tool notes append $REF hello $(cat commits) &&
	git rev-list $REF >history &&
	test_line_count = 1 history &&
	git notes --ref=test list >list &&
	test_line_count = 30 list &&
	echo hello >expect &&
	git notes --ref=test show HEAD~7 >actual &&
	test_cmp expect actual &&
	git log --notes=test --format=%N -1 | grep . >actual &&
	test_cmp expect actual &&
	test-tool notes read $REF $head >actual &&
	test_cmp expect actual &&
	test-tool notes each $REF | sort >actual &&
	sort list >expect &&
	test_cmp expect actual &&
	git fsck --strict
'

test_expect_success 'what git writes is read, and the other way round' '
	git notes --ref=test append -m "by git" HEAD &&
	test-tool notes append $REF "by us" $head &&
	printf "%s\n" hello "" "by git" "by us" >expect &&
	test-tool notes read $REF $head >actual &&
	test_cmp expect actual &&
	git notes --ref=test show HEAD >actual &&
	test_cmp expect actual
'

test_expect_success 'an edit that changes nothing makes no commit' '
	git rev-parse $REF >expect &&
	test-tool notes remove $REF 1234567890123456789012345678901234567890 &&
	test-tool notes heal $REF &&
	git rev-parse $REF >actual &&
	test_cmp expect actual
'

test_expect_success 'a note is removed, and the last one too' '
	test-tool notes append refs/notes/few x $head $(git rev-parse HEAD~1) &&
	test-tool notes remove refs/notes/few $head &&
	test_must_fail git notes --ref=few show HEAD &&
	test_must_fail test-tool notes read refs/notes/few $head 2>err &&
	echo "fatal: no note for ${SQ}$head${SQ}" >expect &&
	test_cmp expect err &&
	test-tool notes remove refs/notes/few $(git rev-parse HEAD~1) &&
	git notes --ref=few list >list &&
	test_must_be_empty list &&
	git ls-tree refs/notes/few >tree &&
	test_must_be_empty tree &&
	test-tool notes append refs/notes/few again $head &&
	git notes --ref=few show HEAD &&
	git fsck --strict
'

# Git lays all notes out anew when it writes one.
test_expect_success 'the tree fans out where git does it' '
	blob=$(echo filled | git hash-object -w --stdin) &&
	for n in 20 40 60 80 100 300 1500
	do
		test-tool notes fill refs/notes/ours-$n $n &&
		git notes --ref=ours-$n list >list &&
		flat=$(sed "s/\(.*\) \(.*\)/100644 blob \1${TAB}\2/" list | git mktree) &&
		git update-ref refs/notes/git-$n $(git commit-tree -m flat $flat) &&
		git notes --ref=git-$n add -C $blob HEAD &&
		test-tool notes append refs/notes/ours-$n filled $head &&
		git ls-tree -r refs/notes/git-$n >expect &&
		git ls-tree -r refs/notes/ours-$n >actual &&
		test_cmp expect actual || return
	done &&
	git ls-tree -d refs/notes/ours-20 >dirs &&
	test_must_be_empty dirs &&
	git ls-tree -d refs/notes/ours-1500 >dirs &&
	test_line_count -gt 250 dirs
'

test_expect_success 'notes added one by one fan out as well' '
	for oid in $(test-tool notes each refs/notes/ours-100 | cut -d" " -f2)
	do
		test-tool notes append refs/notes/single filled $oid || return
	done &&
	git ls-tree -r refs/notes/ours-100 >expect &&
	git ls-tree -r refs/notes/single >actual &&
	test_cmp expect actual
'

test_expect_success 'any layout is read, two notes for one object are one text as in git' '
	a=$(echo a | git hash-object -w --stdin) &&
	b=$(echo b | git hash-object -w --stdin) &&
	c=$(echo c | git hash-object -w --stdin) &&
	p1=$(echo $head | cut -c1-2) && p2=$(echo $head | cut -c3-4) &&
	r1=$(echo $head | cut -c3-) && r2=$(echo $head | cut -c5-) &&
	deep=$(printf "100644 blob $c\t$r2\n" | git mktree) &&
	sub=$(printf "100644 blob $b\t$r1\n040000 tree $deep\t$p2\n" | git mktree) &&
	root=$(printf "100644 blob $a\t$head\n040000 tree $sub\t$p1\n" | git mktree) &&
	git update-ref refs/notes/mixed $(git commit-tree -m mixed $root) &&
	git notes --ref=mixed show HEAD >expect &&
	test-tool notes read refs/notes/mixed $head >actual &&
	test_cmp expect actual &&
	echo d >>expect &&
	test-tool notes append refs/notes/mixed d $head &&
	test-tool notes read refs/notes/mixed $head >actual &&
	test_cmp expect actual &&
	git notes --ref=mixed show HEAD >actual &&
	test_cmp expect actual &&
	git ls-tree -r refs/notes/mixed >files &&
	test_line_count = 1 files
'

test_expect_success 'what is no note stays as it is' '
	blob=$(echo README | git hash-object -w --stdin) &&
	sub=$(printf "100755 blob $blob\trun\n" | git mktree) &&
	root=$(printf "100644 blob $blob\tREADME\n100644 blob $blob\tab\n040000 tree $sub\tzz\n040000 tree $sub\t12\n" |
		git mktree) &&
	git update-ref refs/notes/other $(git commit-tree -m other $root) &&
	git ls-tree -r refs/notes/other >expect &&
	test-tool notes append refs/notes/other x $head &&
	git notes --ref=other show HEAD &&
	git ls-tree -r refs/notes/other | grep -v $(git notes --ref=other list HEAD) >actual &&
	test_cmp expect actual &&
	test-tool notes remove refs/notes/other $head &&
	git ls-tree -r refs/notes/other >actual &&
	test_cmp expect actual
'

# write_notes <ref> <first> <last> <line>: on those lines of "commits", one by one
write_notes () {
	for line in $(seq "$2" "$3")
	do
		test-tool notes append "$1" "$4" "$(sed -n "${line}p" commits)" || return
	done
}

test_expect_success '20 writers at once lose nothing' '
	for i in $(seq 20)
	do
		{
			{
				for j in 1 2 3 4 5
				do
					test-tool notes append refs/notes/crowd "$i $j" $head \
						$(sed -n "$((i + 1))p" commits) || break
				done 2>"err-$i"
			} &
		} || return
	done &&
	wait &&
	cat err-* >err && test_must_be_empty err &&
	for i in $(seq 20)
	do
		printf "$i %s\n" 1 2 3 4 5 >own &&
		git notes --ref=crowd show $(sed -n "$((i + 1))p" commits) >actual &&
		test_cmp own actual &&
		cat own >>all || return
	done &&
	sort all >expect &&
	test-tool notes read refs/notes/crowd $head | sort >actual &&
	test_cmp expect actual &&
	git fsck --strict
'

test_expect_success 'a note that git dropped, since it looked before we wrote, comes back' '
	test-tool notes append refs/notes/race one $head &&
	before=$(git rev-parse refs/notes/race) &&
	test-tool notes append refs/notes/race ours $(git rev-parse HEAD~1) &&
	test-tool notes append refs/notes/race two $head &&
	git update-ref refs/notes/stale $before &&
	git notes --ref=stale add -m theirs HEAD~2 &&
	git notes --ref=stale append -m "line of theirs" HEAD &&
	git update-ref refs/notes/race refs/notes/stale &&
	test_must_fail git notes --ref=race show HEAD~1 &&
	test-tool notes append refs/notes/race next $(git rev-parse HEAD~3) &&
	echo ours >expect && git notes --ref=race show HEAD~1 >actual && test_cmp expect actual &&
	echo theirs >expect && git notes --ref=race show HEAD~2 >actual && test_cmp expect actual &&
	echo next >expect && git notes --ref=race show HEAD~3 >actual && test_cmp expect actual &&
	printf "%s\n" one "" "line of theirs" two >expect &&
	git notes --ref=race show HEAD >actual && test_cmp expect actual &&
	git merge-base --is-ancestor refs/notes/stale refs/notes/race &&
	git rev-parse refs/notes/race >expect &&
	test-tool notes heal refs/notes/race &&
	git rev-parse refs/notes/race >actual &&
	test_cmp expect actual
'

test_expect_success 'a user with git notes among our writers costs nobody a note' '
	test-tool notes append refs/notes/both start $head &&
	for i in 1 2 3 4
	do
		{ write_notes refs/notes/both $((5 * i + 1)) $((5 * i + 5)) "writer $i" & } || return
	done &&
	for j in 1 2 3 4 5
	do
		git notes --ref=both add -f -m user $(sed -n "${j}p" commits) || :
	done &&
	wait &&
	test-tool notes heal refs/notes/both &&
	for j in $(seq 6 25)
	do
		git notes --ref=both show $(sed -n "${j}p" commits) || return
	done
'

test_expect_success 'a note that git dropped while its user wrote comes back' '
	test-tool notes append refs/notes/editor one $head &&
	cat >editor <<-EOF &&
	#!/bin/sh
	test-tool notes append refs/notes/editor ours $(git rev-parse HEAD~1) &&
	test-tool notes append refs/notes/editor two $head &&
	echo theirs >"\$1"
	EOF
	chmod +x editor &&
	GIT_EDITOR=./editor git notes --ref=editor add HEAD~2 &&
	test_must_fail git notes --ref=editor show HEAD~1 &&
	test-tool notes heal refs/notes/editor &&
	echo ours >expect && git notes --ref=editor show HEAD~1 >actual && test_cmp expect actual &&
	echo theirs >expect && git notes --ref=editor show HEAD~2 >actual && test_cmp expect actual &&
	printf "%s\n" one two >expect &&
	git notes --ref=editor show HEAD >actual && test_cmp expect actual
'

test_expect_success 'what a user changes or removes is left to the user' '
	test-tool notes append refs/notes/mine one $head $(git rev-parse HEAD~1 HEAD~2) &&
	git notes --ref=mine add -f -m mine HEAD &&
	test-tool notes heal refs/notes/mine &&
	echo mine >expect && git notes --ref=mine show HEAD >actual && test_cmp expect actual &&
	git notes --ref=mine remove HEAD~1 &&
	test-tool notes append refs/notes/mine two $(git rev-parse HEAD~2) &&
	test_must_fail git notes --ref=mine show HEAD~1 &&
	git notes --ref=mine show HEAD >actual && test_cmp expect actual
'

test_expect_success 'notes that were reset or deleted on purpose stay so' '
	test-tool notes append refs/notes/reset one $head &&
	test-tool notes append refs/notes/reset two $(git rev-parse HEAD~1) &&
	git update-ref refs/notes/reset refs/notes/reset~1 &&
	test-tool notes append refs/notes/reset three $(git rev-parse HEAD~2) &&
	test_must_fail git notes --ref=reset show HEAD~1 &&
	git update-ref -d refs/notes/reset &&
	test-tool notes append refs/notes/reset four $(git rev-parse HEAD~3) &&
	git notes --ref=reset list >list &&
	test_line_count = 1 list
'

test_expect_success 'a ref that holds no notes is named' '
	git update-ref refs/notes/blob $(git hash-object -w --stdin </dev/null) &&
	test_must_fail test-tool notes append refs/notes/blob x $head 2>err &&
	test_grep "cannot write the notes ${SQ}refs/notes/blob${SQ}: the ref ${SQ}refs/notes/blob${SQ} holds no notes" err &&
	test_must_fail test-tool notes append "refs/notes/a..b" x $head 2>err &&
	echo "fatal: ${SQ}refs/notes/a..b${SQ} is not a valid name of a ref" >expect &&
	test_cmp expect err
'

test_expect_success 'refs are compared and swapped' '
	zero=0000000000000000000000000000000000000000 &&
	one=$(git rev-parse HEAD) && two=$(git rev-parse HEAD~1) &&
	test-tool repo update-ref refs/x/a $one $zero &&
	test_must_fail test-tool repo update-ref refs/x/a $two $zero 2>err &&
	echo "fatal: the ref ${SQ}refs/x/a${SQ} exists already, at $one" >expect &&
	test_cmp expect err &&
	test_must_fail test-tool repo update-ref refs/x/a $one $two 2>err &&
	echo "fatal: the ref ${SQ}refs/x/a${SQ} is at $one, not at $two" >expect &&
	test_cmp expect err &&
	git pack-refs --all &&
	test-tool repo update-ref refs/x/a $two $one &&
	test-tool repo update-ref refs/x/b/c $one &&
	printf "%s\n" "$two refs/x/a" "$one refs/x/b/c" >expect &&
	test-tool repo refs refs/x/ >actual &&
	test_cmp expect actual &&
	git pack-refs --all &&
	test-tool repo update-ref refs/x/a "" $two &&
	test_must_fail test-tool repo update-ref refs/x/a $one $two 2>err &&
	echo "fatal: the ref ${SQ}refs/x/a${SQ} is gone" >expect &&
	test_cmp expect err &&
	test-tool repo update-ref refs/x/a "" &&
	test-tool repo refs refs/x/ >actual &&
	echo "$one refs/x/b/c" >expect &&
	test_cmp expect actual
'

test_done
