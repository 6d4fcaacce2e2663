#!/bin/sh

test_description='snapshots of the index and the work tree; paths that .gitattributes takes out'

. ./test-lib.sh

ZERO=0000000000000000000000000000000000000000

as_commit () {
	git -c core.quotePath=false ls-tree -r "$1"
}

test_expect_success 'setup' '
	git init -q . &&
	mkdir -p a/b ignored &&
	echo one >a/b/one && echo two >a/two && echo three >three && echo x >a.txt &&
	ln -s three link && echo "/ignored/" >.gitignore && echo no >ignored/file &&
	git add . && git commit -qm first &&
	printf "%s\n" "expect*" "actual*" err bare.git other >.git/info/exclude &&
	git config core.quotePath false
'

test_expect_success 'a clean work tree and its index are the commit' '
	as_commit HEAD >expect &&
	test-tool repo files index >actual &&
	test_cmp expect actual &&
	test-tool repo files worktree >actual &&
	test_cmp expect actual &&
	test-tool repo diff HEAD index >actual &&
	test-tool repo diff HEAD worktree >>actual &&
	test-tool repo diff index worktree >>actual &&
	test_must_be_empty actual
'

test_expect_success 'the index is what was added' '
	echo staged >a/two && git add a/two && echo unstaged >a/two &&
	git rm -q --cached three && echo later >later && git add -N later &&
	as_commit "$(git write-tree)" | grep -v later >expect &&
	test-tool repo files index >actual &&
	test_cmp expect actual &&
	echo staged >expect &&
	test-tool repo cat index a/two >actual &&
	test_cmp expect actual &&
	git diff --cached --raw --no-renames --abbrev=40 | grep -v later >expect &&
	test-tool repo diff HEAD index >actual &&
	test_cmp expect actual
'

test_expect_success 'the work tree is what git add would take' '
	echo new >a/b/new && chmod +x a/b/one && rm a.txt && rm link && ln -s a/two link &&
	echo unstaged >expect &&
	test-tool repo cat worktree a/two >actual &&
	test_cmp expect actual &&
	printf a/two >expect &&
	test-tool repo cat worktree link >actual &&
	test_cmp expect actual &&
	test-tool repo diff HEAD worktree >actual &&
	cp .git/index .git/index.saved &&
	git add . && git diff --cached --raw --no-renames --abbrev=40 >all &&
	mv .git/index.saved .git/index &&
	sed "s/ [0-9a-f]\{40\} A${TAB}/ $ZERO A${TAB}/" all | grep -v "${TAB}all$" >expect &&
	rm all &&
	test_cmp expect actual
'

test_expect_success 'a work tree file is read as it would be committed' '
	echo "*.crlf text eol=crlf" >.gitattributes &&
	printf "a\r\nb\r\n" >file.crlf &&
	printf "a\nb\n" >expect &&
	test-tool repo cat worktree file.crlf >actual &&
	test_cmp expect actual
'

test_expect_success 'a conflict in the index is named, with what to do' '
	git init -q conflict && (
		cd conflict &&
		echo a >f && git add . && git commit -qm a && git checkout -qb side &&
		echo b >f && git commit -qam b && git checkout -q main &&
		echo c >f && git commit -qam c &&
		test_must_fail git merge side >/dev/null &&
		test_must_fail test-tool repo files index 2>../err &&
		test-tool repo files worktree >../actual
	) &&
	cat >expect <<-EOF &&
	fatal: ${SQ}f${SQ} has a merge conflict
	hint: resolve it and ${SQ}git add${SQ} the result
	EOF
	test_cmp expect err &&
	echo "100644 blob $ZERO${TAB}f" >expect &&
	test_cmp expect actual
'

test_expect_success 'a repository within the work tree is left alone' '
	git init -q nested && echo x >nested/x &&
	test-tool repo files worktree nested >actual &&
	rm -rf nested &&
	test_must_be_empty actual
'

test_expect_success 'GIT_INDEX_FILE is heeded, as in pre-commit' '
	cp .git/index other && echo y >y &&
	GIT_INDEX_FILE=other git add y &&
	GIT_INDEX_FILE=other test-tool repo cat index y >actual &&
	test_cmp y actual &&
	test_must_fail test-tool repo cat index y
'

test_expect_success 'a bare repository has no work tree' '
	git init -q --bare bare.git &&
	test_must_fail git -C bare.git -c alias.t="!test-tool repo files worktree" t 2>err &&
	echo "fatal: ${SQ}$PWD/bare.git${SQ} is a bare repository, it has no work tree" >expect &&
	test_cmp expect err
'

test_expect_success 'paths with -gitops are those git check-attr names' '
	git init -q attr && cd attr &&
	mkdir -p docs/a/b dev/x "sp ace" &&
	cat >.gitattributes <<-\EOF &&
	# comment -gitops
	docs/** -gitops
	docs/a/keep.json gitops
	*.bak text -gitops
	/root.json	-gitops
	"sp ace/q\"uote*" -gitops
	docs/a/b/ -text
	dev/x -gitops
	!neg -gitops
	back.json -gitops
	back.json !gitops
	val*.json gitops=off
	[xX]y[0-9].json -gitops
	EOF
	printf "again.json gitops\n*_x.json -gitops\n" >docs/a/.gitattributes &&
	printf "**/deep.json -gitops" >dev/.gitattributes &&
	git add . && git commit -qm attributes &&
	mkdir -p .git/info && echo "dev/info.json -gitops" >.git/info/attributes &&
	cat >paths <<-\EOF &&
	docs/a/b/c.json
	docs/a/keep.json
	docs/a/again.json
	docs/a/1_x.json
	docs/c.json
	docs
	x.bak
	dev/x.bak
	root.json
	dev/root.json
	sp ace/q"uote1
	dev/x
	dev/x/y
	dev/deep.json
	dev/x/deep.json
	dev/info.json
	back.json
	val1.json
	xy5.json
	xyy.json
	neg
	deep.json
	EOF
	git check-attr --stdin gitops <paths | sed -n "s/: gitops: unset$//p" |
	sed "s/^\"\(.*\)\"$/\1/; s/\\\\\"/\"/g" >expect &&
	tr "\n" "\0" <paths | xargs -0 test-tool repo ignored HEAD >actual &&
	test_cmp expect actual &&
	test_line_count = 12 actual &&
	tr "\n" "\0" <paths | xargs -0 test-tool repo ignored index >actual &&
	test_cmp expect actual &&
	cd ..
'

test_done
