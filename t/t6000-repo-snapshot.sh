#!/bin/sh

test_description='snapshots of commits say what git says'

. ./test-lib.sh

# hash_tree <git mktree line without checks>...: a tree that git mktree would refuse
raw_tree () {
	printf "$@" | git hash-object -t tree -w --literally --stdin
}

commit_tree () {
	git commit-tree -m hostile "$1"
}

test_expect_success 'setup: files, links, modes, odd names' '
	git init -q . &&
	mkdir -p a/b/c a.b d &&
	echo one >a/b/c/one &&
	echo two >a.b/two &&
	echo three >a/three &&
	echo "odd name" >"d/odd \"name\" ü" &&
	printf "latin-1" >"$(printf "d/caf\351")" &&
	echo script >run && chmod +x run &&
	ln -s a/three link &&
	git add . &&
	git commit -qm first &&
	git tag -m "annotated" v1 &&
	echo changed >a/b/c/one &&
	git rm -qr a.b &&
	chmod -x run &&
	mkdir a.c && echo new >a.c/new &&
	git add . &&
	git commit -qm second &&
	git config core.quotePath false
'

test_expect_success 'files are listed as by git ls-tree -r' '
	git ls-tree -r -z HEAD | tr "\0" "\n" >expect &&
	test-tool repo files HEAD >actual &&
	test_cmp expect actual &&
	git ls-tree -r HEAD a/b/ >expect &&
	test-tool repo files HEAD a/b >actual &&
	test_cmp expect actual &&
	test-tool repo files HEAD a/b/ >actual &&
	test_cmp expect actual
'

test_expect_success 'a directory that is not there has no files' '
	test-tool repo files HEAD nowhere/at/all >actual &&
	test-tool repo files HEAD run >>actual &&
	test-tool repo files HEAD ../a >>actual &&
	test-tool repo files empty >>actual &&
	test_must_be_empty actual
'

test_expect_success 'content is read, a link is its target' '
	echo changed >expect &&
	test-tool repo cat HEAD a/b/c/one >actual &&
	test_cmp expect actual &&
	printf a/three >expect &&
	test-tool repo cat HEAD link >actual &&
	test_cmp expect actual &&
	for path in a nope a/three/x ../run ./run a//three a/b/../three
	do
		test_must_fail test-tool repo cat HEAD "$path" 2>err &&
		test_grep "no file" err || return
	done
'

test_expect_success 'differences are those of git diff --raw' '
	git diff --raw --no-renames --abbrev=40 -z v1 HEAD | tr "\0" "\n" | paste - - >expect &&
	test-tool repo diff v1 HEAD | sed "s/ \(.\)${TAB}/ \1${TAB}/" >actual &&
	test_cmp expect actual &&
	test-tool repo diff HEAD HEAD >actual &&
	test_must_be_empty actual &&
	test-tool repo diff empty HEAD >actual &&
	git ls-tree -r HEAD >files &&
	test_line_count = "$(wc -l <files)" actual &&
	! grep -v " A${TAB}" actual
'

test_expect_success 'a file that becomes a directory is deleted and added' '
	test_when_finished "git reset -q --hard v1" &&
	git reset -q --hard v1 &&
	git rm -q a/three && mkdir a/three && echo x >a/three/x &&
	git add . && git commit -qm "file to directory" &&
	git diff --raw --no-renames --abbrev=40 v1 HEAD >expect &&
	test-tool repo diff v1 HEAD >actual &&
	test_cmp expect actual
'

test_expect_success 'a large directory costs what changed in it' '
	for i in $(seq 2000)
	do
		printf "100644 blob %s\tfile-%s\n" "$(git rev-parse v1:a/three)" "$i" || return
	done >entries &&
	big=$(git mktree <entries) &&
	sed "7s/$(git rev-parse v1:a/three)/$(git rev-parse v1:run)/" entries >entries2 &&
	big2=$(git mktree <entries2) &&
	one=$(printf "040000 tree $big\tbig\n" | git mktree) &&
	two=$(printf "040000 tree $big2\tbig\n" | git mktree) &&
	git diff-tree -r --abbrev=40 $one $two >expect &&
	test-tool repo diff $(commit_tree $one) $(commit_tree $two) >actual &&
	test_cmp expect actual &&
	test_line_count = 1 actual
'

test_expect_success 'malformed trees are refused with a reason' '
	blob=$(git rev-parse v1:run) &&
	oid=$(for h in $(echo $blob | sed "s/../& /g")
	do
		printf "\\\\%03o" "0x$h" || return
	done) &&
	cat >cases <<-EOF &&
	100644 a\\0${oid}100644 a\\0$oid|twice there: ${SQ}a${SQ}
	100644 b\\0${oid}100644 a\\0$oid|out of order
	100644 ..\\0$oid|leads elsewhere
	100644 .\\0$oid|leads elsewhere
	100644 .git\\0$oid|git keeps for itself
	100644 .GIT\\0$oid|git keeps for itself
	100644 \\0$oid|an empty name
	100644 a/b\\0$oid|a slash
	170000 a\\0$oid|an unknown mode
	x a\\0$oid|without a mode
	100644 a\\0abc|ends within
	100644 a|ends within
	100644 a\\0${oid}100644 a.b\\0${oid}40000 a\\0$oid|a file and a directory are called ${SQ}a${SQ}
	EOF
	while IFS="|" read -r tree message
	do
		commit=$(commit_tree "$(raw_tree "$tree")") &&
		test_must_fail test-tool repo files $commit 2>err &&
		grep -F "$message" err &&
		test_must_fail test-tool repo diff empty $commit 2>err &&
		grep -F "$message" err || { echo "$tree"; cat err; return 1; }
	done <cases
'

test_expect_success 'what is missing is named' '
	gone=1234567890123456789012345678901234567890 &&
	test_must_fail test-tool repo files $gone 2>err &&
	echo "fatal: the commit ${SQ}$gone${SQ} is missing" >expect &&
	test_cmp expect err &&
	commit=$(commit_tree "$(printf "040000 tree $gone\tsub\n" | git mktree --missing)") &&
	test_must_fail test-tool repo files $commit 2>err &&
	echo "fatal: ${SQ}sub/${SQ}: the tree ${SQ}$gone${SQ} is missing" >expect &&
	test_cmp expect err &&
	commit=$(commit_tree "$(printf "100644 blob $gone\tfile\n" | git mktree --missing)") &&
	test_must_fail test-tool repo cat $commit file 2>err &&
	echo "fatal: cannot read ${SQ}file${SQ}: the blob ${SQ}$gone${SQ} is missing" >expect &&
	test_cmp expect err &&
	commit=$(commit_tree "$(printf "160000 commit $gone\tmodule\n" | git mktree --missing)") &&
	test-tool repo files $commit >actual &&
	echo "160000 commit $gone${TAB}module" >expect &&
	test_cmp expect actual &&
	test_must_fail test-tool repo cat $commit module 2>err &&
	echo "fatal: ${SQ}module${SQ} is a submodule, not a file" >expect &&
	test_cmp expect err
'

test_expect_success 'a file that is too large is refused, with its size' '
	blob=$(head -c 3000000 /dev/zero | git hash-object -w --stdin) &&
	commit=$(commit_tree "$(printf "100644 blob $blob\tbig\n" | git mktree)") &&
	test_must_fail test-tool repo cat $commit big 2>err &&
	echo "fatal: ${SQ}big${SQ} has 3000000 bytes; at most 1048576 are allowed" >expect &&
	test_cmp expect err
'

test_expect_success 'a tree of trees that names 10^10 files ends with a message' '
	tree=$(git rev-parse v1:a/b/c) &&
	for i in 1 2 3 4 5 6 7 8 9 10
	do
		tree=$(for j in 0 1 2 3 4 5 6 7 8 9
		do
			printf "040000 tree $tree\t$j\n" || return
		done | git mktree) || return
	done &&
	test_must_fail test-tool repo files $(commit_tree $tree) >out 2>err &&
	echo "fatal: there are more than 4000000 files" >expect &&
	test_cmp expect err
'

test_expect_success 'a tree nested 600 deep ends with a message' '
	tree=$(git rev-parse v1:a/b/c) &&
	for i in $(seq 600)
	do
		tree=$(printf "040000 tree $tree\td\n" | git mktree) || return
	done &&
	test_must_fail test-tool repo files $(commit_tree $tree) 2>err &&
	test_grep "^fatal: directories are nested more than 512 deep" err
'

test_expect_success 'objects in quarantine are seen, by absolute and relative paths' '
	git init -q --bare server.git &&
	git clone -q --bare . "odd:name.git" &&
	git rev-parse HEAD >head &&
	mkdir server.git/objects/incoming &&
	git rev-list --objects --no-object-names HEAD |
	git pack-objects -q server.git/objects/incoming/pack &&
	mkdir server.git/objects/incoming/pack &&
	mv server.git/objects/incoming/pack-* server.git/objects/incoming/pack &&
	git ls-tree -r -z HEAD | tr "\0" "\n" >expect &&
	(
		cd server.git &&
		test_must_fail test-tool repo files "$(cat ../head)" 2>err &&
		GIT_DIR=. GIT_QUARANTINE_PATH="$PWD/objects/incoming" \
		GIT_OBJECT_DIRECTORY="$PWD/objects/incoming" \
		GIT_ALTERNATE_OBJECT_DIRECTORIES="$PWD/objects" \
			test-tool repo files "$(cat ../head)" >../actual &&
		GIT_DIR=. GIT_OBJECT_DIRECTORY=objects/incoming GIT_ALTERNATE_OBJECT_DIRECTORIES=objects \
			test-tool repo files "$(cat ../head)" >../actual2 &&
		GIT_DIR=. GIT_OBJECT_DIRECTORY=objects \
		GIT_ALTERNATE_OBJECT_DIRECTORIES="nowhere:\"../odd:name.git/\\157bjects\"" \
			test-tool repo files "$(cat ../head)" >../actual3
	) &&
	test_cmp expect actual &&
	test_cmp expect actual2 &&
	test_cmp expect actual3
'

test_expect_success 'settings are those of git config, -c and the environment included' '
	cat >>.git/config <<-\EOF &&
	[gitops]
		branch = main
		branch = dev
	[gitops "Sub.Section"]
		Key
	EOF
	cat >global <<-\EOF &&
	[gitops]
		branch = global
	EOF
	git config --get-all gitops.branch >expect &&
	test-tool repo config gitops.branch >actual &&
	test_cmp expect actual &&
	echo true >expect &&
	test-tool repo config GitOps.Sub.Section.KEY >actual &&
	test_cmp expect actual &&
	printf "%s\n" global main dev "it${SQ}s" x >expect &&
	git config alias.x "!test-tool repo config gitops.branch" &&
	GIT_CONFIG_GLOBAL=$PWD/global GIT_CONFIG_COUNT=1 \
	GIT_CONFIG_KEY_0=Gitops.Branch GIT_CONFIG_VALUE_0=x \
		git -c "gitops.branch=it${SQ}s" x >actual &&
	test_cmp expect actual
'

test_expect_success 'a repository is found from below, or named by GIT_DIR' '
	printf "%s\n" "$PWD/.git" "$PWD" >expect &&
	test-tool repo open >actual &&
	test_cmp expect actual &&
	(cd a/b && test-tool repo open) >actual &&
	test_cmp expect actual &&
	printf "%s\n" "$PWD/server.git" - >expect &&
	(cd server.git && test-tool repo open) >actual &&
	test_cmp expect actual &&
	GIT_DIR=server.git test-tool repo open >actual &&
	test_cmp expect actual &&
	mkdir none &&
	test_must_fail env GIT_DIR=none test-tool repo open 2>err &&
	echo "fatal: ${SQ}none${SQ} is not a git repository" >expect &&
	test_cmp expect err
'

test_done
