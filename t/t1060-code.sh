#!/bin/sh

test_description='code of a function that stands in the repository

A directory becomes a zip file that depends on nothing but its files.'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-server.sh

PYTHON=$GITOPS_VENV/bin/python

commit_all () {
	git -C work add -A &&
	test_tick &&
	git -C work commit -q -m "$1"
}

zip () {
	(cd work && test-tool code zip "${2:-HEAD}" "file://$1")
}

# refused <rule> <path> <what is said>
refused () {
	test_expect_code 1 zip "$2" >actual &&
	test_grep "^$1: " actual &&
	test_grep "$3" actual
}

function_write () {
	mkdir -p "work/$1" &&
	cat >"work/$1/f_lambdadef.json" <<-EOF &&
	{
	  "FunctionName": "f",
	  "Role": "arn:aws:iam::111122223333:role/x",
	  "Runtime": "python3.13",
	  "Handler": "app.handler",
	  "Code": { "ZipFile": "file://$2" }
	}
	EOF
	echo "{ \"alias\": \"live\" }" >"work/$1/f_lambdadepdef.json"
}

test_expect_success 'setup' '
	git init -q work &&
	mkdir -p work/src/handler/lib work/src/handler/bin &&
	echo "def handler(event, context): return 1" >work/src/handler/app.py &&
	test_seq 1 2000 >work/src/handler/lib/numbers.txt &&
	: >work/src/handler/lib/empty &&
	printf "#!/bin/sh\n" >work/src/handler/bin/run &&
	chmod +x work/src/handler/bin/run &&
	ln -s ../lib/numbers.txt work/src/handler/bin/numbers &&
	echo "grüße" >"work/src/handler/größe" &&
	function_write fn src/handler &&
	commit_all first
'

test_expect_success 'Python and unzip read the zip file, and find what git has' '
	zip src/handler >code.zip &&
	cat >read.py <<-\EOF &&
	import hashlib, stat, subprocess, sys, zipfile

	z = zipfile.ZipFile(sys.argv[1])
	assert z.testzip() is None
	names = z.namelist()
	assert names == sorted(names, key=lambda n: n.encode()), names
	listed = subprocess.run(["git", "-C", "work", "ls-tree", "-rz", "HEAD:src/handler"],
				capture_output=True, check=True).stdout.decode().split("\0")[:-1]
	want = {line.split("\t")[1]: line.split("\t")[0].split() for line in listed}
	assert sorted(want) == sorted(names), (want, names)
	for i in z.infolist():
	    mode, _, oid = want[i.filename]
	    blob = z.read(i)
	    assert hashlib.sha1(b"blob %d\0" % len(blob) + blob).hexdigest() == oid, i
	    assert i.date_time == (1980, 1, 1, 0, 0, 0), i
	    assert i.flag_bits & 0x800, i
	    unix = i.external_attr >> 16
	    assert unix == {"100644": 0o100644, "100755": 0o100755, "120000": 0o120777}[mode], i
	    assert i.file_size < 100 or i.compress_type == zipfile.ZIP_DEFLATED, i
	EOF
	"$PYTHON" read.py code.zip &&
	if command -v unzip
	then
		unzip -tq code.zip
	fi
'

test_expect_success 'same files, same bytes: elsewhere, later, in the work tree' '
	cp -a work/src/handler work/moved &&
	commit_all copy &&
	zip moved >again.zip &&
	cmp code.zip again.zip &&
	zip src/handler worktree >again.zip &&
	cmp code.zip again.zip &&
	zip src/handler/ >again.zip &&
	cmp code.zip again.zip &&
	(cd work &&
	 test-tool code identify HEAD file://moved >../one &&
	 test-tool code identify worktree file://src/handler >../two) &&
	test_line_count = 6 one &&
	test_cmp one two
'

test_expect_success 'a mode, a name or a byte makes another one' '
	chmod -x work/moved/bin/run &&
	commit_all mode &&
	zip moved >again.zip &&
	! cmp -s code.zip again.zip &&
	(cd work && test-tool code identify HEAD file://moved) >two &&
	! cmp -s one two &&
	chmod +x work/moved/bin/run &&
	echo "# new" >work/moved/new.py &&
	(cd work && test-tool code identify worktree file://moved) >two &&
	test_line_count = 7 two
'

test_expect_success '.lambdaignore means what .gitignore would mean' '
	git init -q ignore &&
	cat >ignore/.gitignore <<-\EOF &&
	# a comment
	\#hash
	*.pyc
	/top.txt
	build/
	docs/**/*.md
	!docs/keep.md
	a?c
	[x-z]1
	\!bang
	trailing   
	tests
	!tests/important
	**/cache
	deep/*/file
	EOF
	cat >paths <<-\EOF &&
	#hash
	a.py
	a.pyc
	sub/b.pyc
	top.txt
	sub/top.txt
	build
	sub/build/x
	docs/a.md
	docs/b/c.md
	docs/keep.md
	abc
	a/c
	sub/abc
	x1
	w1
	!bang
	trailing
	tests/unit.py
	tests/important
	sub/tests
	cache/x
	sub/cache/y
	deep/a/file
	deep/a/b/file
	EOF
	test-tool code ignored ignore/.gitignore <paths >actual &&
	(cd ignore && git check-ignore --no-index --stdin) <paths >expect &&
	test_line_count -gt 10 expect &&
	test_cmp expect actual
'

test_expect_success 'what .lambdaignore names is left out, and itself' '
	printf "*.txt\n/bin/\n" >work/src/handler/.lambdaignore &&
	commit_all ignore &&
	zip src/handler >again.zip &&
	"$PYTHON" -m zipfile -l again.zip >listed &&
	test_grep "app.py" listed &&
	test_grep "lib/empty" listed &&
	test_grep ! "numbers" listed &&
	test_grep ! "bin/run" listed &&
	test_grep ! "lambdaignore" listed
'

test_expect_success 'a zip file is passed as it is' '
	cp code.zip work/src/made.zip &&
	echo "no zip file, though long enough to be one" >work/src/no.zip &&
	head -c 300 code.zip >work/src/cut.zip &&
	"$PYTHON" -c "import zipfile; zipfile.ZipFile(\"work/src/none.zip\", \"w\").close()" &&
	commit_all zips &&
	zip src/made.zip >again.zip &&
	cmp code.zip again.zip &&
	refused lambda-code-path src/no.zip "is no zip file" &&
	refused lambda-code-path src/cut.zip "its end is missing" &&
	refused lambda-code-path src/none.zip "without files"
'

test_expect_success 'paths that lead nowhere, or out' '
	ln -s handler work/src/link &&
	mkdir work/src/all-ignored &&
	echo "*" >work/src/all-ignored/.lambdaignore &&
	echo x >work/src/all-ignored/x &&
	commit_all links &&
	refused lambda-code-path src/nothing "there is no .src/nothing." &&
	refused lambda-code-path ../handler "a part .\.\.." &&
	refused lambda-code-path /etc "absolute" &&
	refused lambda-code-path "" "empty" &&
	refused lambda-code-path src//handler "empty part" &&
	refused lambda-code-path src/link "symbolic link" &&
	refused lambda-code-path src/link/lib "symbolic link" &&
	refused lambda-code-path src/handler/app.py/x "a file, not a directory" &&
	refused lambda-code-path src/all-ignored "no files"
'

test_expect_success 'links that leave the directory' '
	for target in ../app.py ../../x /etc/passwd "lib/../../y" ".."
	do
		rm -rf work/out &&
		mkdir -p work/out/lib &&
		echo x >work/out/a &&
		ln -s "$target" work/out/l &&
		commit_all "to $target" &&
		refused lambda-code-path out "leads out of" || return 1
	done &&
	for target in a lib/x ./lib/../a lib/./x
	do
		ln -snf "$target" work/out/l &&
		commit_all "to $target" &&
		zip out >out.zip || return 1
	done
'

test_expect_success 'submodules are refused, above and below' '
	mkdir work/sub &&
	echo x >work/sub/file &&
	git -C work add sub/file &&
	git -C work update-index --add --cacheinfo "160000,$(git -C work rev-parse HEAD),sub/module" &&
	test_tick &&
	git -C work commit -q -m submodule &&
	refused lambda-code-path sub "submodule" &&
	refused lambda-code-path sub/module "submodule" &&
	refused lambda-code-path sub/module/x "submodule" &&
	git -C work rm -rq --cached sub &&
	rm -rf work/sub &&
	commit_all "no submodule"
'

test_expect_success 'what is too large is refused' '
	mkdir -p work/large &&
	dd if=/dev/urandom of=work/large/noise bs=1048576 count=51 2>/dev/null &&
	cp work/large/noise work/large.zip &&
	commit_all large &&
	refused lambda-code-size large "zipped has more than 50 MB" &&
	refused lambda-code-size large.zip "more than 50 MB" &&
	dd if=/dev/zero of=work/large/noise bs=1048576 count=60 2>/dev/null &&
	commit_all compresses &&
	zip large >large.zip &&
	test "$(wc -c <large.zip)" -lt 1000000 &&
	for i in 1 2 3 4
	do
		cp work/large/noise work/large/$i || return 1
	done &&
	commit_all "larger" &&
	refused lambda-code-size large "more than 250 MB" &&
	git -C work rm -qr large large.zip &&
	commit_all small
'

test_expect_success 'a template tells where code may be, not rendered' '
	mentions () {
		printf "%s" "$1" >template &&
		test-tool code mentions template | tr "\n" " " >actual &&
		printf "%s" "$2" >expect &&
		test_cmp expect actual
	} &&
	mentions "{\"Code\": {\"ZipFile\": \"file://src/handler\"}}" "[src/handler] " &&
	mentions "{\"Code\": {\"ZipFile\" : \"file://src/handler/\"}}" "[src/handler] " &&
	mentions "{\"Code\": {\"ZipFile\": \"file://src/{{ name }}/x\"}}" "[src] " &&
	mentions "{\"Code\": {\"ZipFile\": \"file://src/a-{{ name }}\"}}" "[src] " &&
	mentions "{\"Code\": {\"ZipFile\": \"file://{{ name }}\"}}" "[] " &&
	mentions "{\"Code\": {\"ZipFile\": \"{{ code }}\"}}" "[] " &&
	mentions "{\"Code\": {\"ZipFile\": {{ code | tojson }}}}" "[] " &&
	mentions "{\"Code\": {{ code | tojson }}}" "[] " &&
	mentions "{\"Code\": {\"ZipFile\": \"file:\\/\\/src\"}}" "[] " &&
	mentions "{\"Code\": {\"ZipFile\": \"UEsDBA==\"}}" "" &&
	mentions "{\"Code\": {\"S3Bucket\": \"b\", \"S3Key\": \"{{ k }}\"}}" "" &&
	mentions "{\"Code\": {\"S3Bucket\": \"b\", \"S3Key\": \"k\"}}" "" &&
	mentions "{% if a %}\"ZipFile\": \"file://a\"{% else %}\"ZipFile\": \"file://b/c\"{% endif %}" \
		"[a] [b/c] " &&
	mentions "{\"ZipFile\"" "[] " &&
	mentions "{\"ZipFile\": \"file://a" "[a] "
'

# changed <object or nothing>: what the last commit means, with an index and without one
changed () {
	git -C work gitops plan --format=json >with &&
	rm -f work/.git/gitops/ref-index/main &&
	git -C work gitops plan --format=json >without &&
	test_cmp with without &&
	if test -n "$1"
	then
		test_grep "\"prefix\": \"$1\"" with
	else
		test_grep ! "\"prefix\"" with
	fi
}

# processed: everything that is there was deployed, and the worker wrote its index
processed () {
	git -C work update-ref refs/gitops/processed/main HEAD &&
	test-tool ref-index work main
}

test_expect_success 'a file below the directory changes the function' '
	git -C work branch -M main &&
	printf "*.pyc\n" >work/src/handler/.lambdaignore &&
	commit_all "before" &&
	processed &&
	echo "# more" >>work/src/handler/lib/empty &&
	commit_all "code" &&
	changed fn/f &&
	test_grep "src/handler/lib/empty changed, which f_lambdadef.json refers to" with &&
	processed &&
	echo >>work/src/other &&
	mkdir -p work/src/handler-2 &&
	echo >>work/src/handler-2/app.py &&
	commit_all "not code" &&
	changed "" &&
	processed &&
	git -C work rm -q src/handler/bin/run &&
	commit_all "less code" &&
	changed fn/f &&
	processed &&
	function_write fn moved &&
	commit_all "other code" &&
	changed fn/f &&
	echo >>work/moved/app.py &&
	commit_all "since the index" &&
	changed fn/f
'

test_expect_success 'a zip file that changes changes the function' '
	function_write fn src/made.zip &&
	commit_all "zip file" &&
	processed &&
	cp again.zip work/src/made.zip &&
	printf x >>work/src/made.zip &&
	commit_all "another" &&
	changed fn/f
'

test_expect_success 'code whose place is substituted may be anywhere below what is not' '
	function_write fn "src/{{ name }}" &&
	echo "{ \"name\": \"handler\" }" >work/fn/f_lambdainput.json &&
	commit_all "by name" &&
	processed &&
	echo >>work/src/handler/app.py &&
	commit_all "code" &&
	changed fn/f &&
	processed &&
	echo >>work/moved/app.py &&
	commit_all "elsewhere" &&
	changed ""
'

test_expect_success 'check tells of missing code at its place, once' '
	function_write fn src/gone &&
	rm -f work/fn/f_lambdainput.json &&
	commit_all "gone" &&
	test_expect_code 1 git -C work gitops check --all >actual &&
	cat >expect <<-\EOF &&
	fn/f_lambdadef.json:6:24: error: there is no '\''src/gone'\'' in this repository [lambda-code-path]
	EOF
	grep "error:" actual >errors &&
	test_cmp expect errors &&
	git -C work reset -q --hard HEAD~1
'

test_expect_success 'pre-receive refuses it, and a change of the code alone is checked' '
	server_init server &&
	(cd work && git remote add origin ../server && git push -q origin HEAD:main) &&
	rm work/src/handler/app.py work/src/handler/größe &&
	git -C work rm -rq src/handler &&
	test_tick &&
	git -C work commit -qm "no code" &&
	test_must_fail git -C work push origin HEAD:main 2>err &&
	test_grep "there is no .src/handler. in this repository" err
'

test_done
