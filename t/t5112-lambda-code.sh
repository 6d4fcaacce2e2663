#!/bin/sh

test_description='code in the repository, from push to Lambda: sent when it is another, and only then'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-server.sh
. "$TEST_DIRECTORY"/lib-deploy.sh
. "$TEST_DIRECTORY"/lib-lambda.sh

PYTHON=$GITOPS_VENV/bin/python

drain () {
	git gitops worker --drain origin.git 2>worker.log
}

commit () {
	git -C work add -A . && test_tick && git -C work commit -q -m "$1"
}

# push <message>: all that is changed, and deploy it; calls: those of Lambda that change something
push () {
	commit "$1" &&
	sandbox_ctl calls - >/dev/null &&
	{ git -C work push -q origin HEAD:main 2>push.err || { cat push.err && return 1; }; } &&
	drain &&
	sandbox_calls "service=lambda" >all-calls &&
	sed -n "s/^lambda\.\([CUPD][a-zA-Z]*\) 20.*/\1/p" all-calls >calls
}

# calls <operation>...: these, in this order
calls () {
	for operation
	do
		echo "$operation"
	done >expect &&
	test_cmp expect calls
}

# refused <what is said>: a push of all that is changed; then it is as before
refused () {
	commit refused &&
	test_must_fail git -C work push -q origin HEAD:main 2>push.err &&
	remote_lines push.err | tr -s "\n " "  " >said &&
	test_grep "$1" said &&
	git -C work reset -q --hard HEAD^ && git -C work clean -qfdx
}

is () {
	functions >actual &&
	echo "us-east-1 hello Active/Successful $1" >expect &&
	test_cmp expect actual
}

# the digest of what Lambda has is that of the zip file
same_code () {
	(cd work && test-tool code zip HEAD "file://$1") >code.zip &&
	control "$SANDBOX_URL/_sandbox/lambda" &&
	"$PYTHON" -c "
import base64, hashlib, json, sys
versions = json.load(open(\".control\"))[\"functions\"][0][\"versions\"]
want = base64.b64encode(hashlib.sha256(open(\"code.zip\", \"rb\").read()).digest()).decode()
assert versions[sys.argv[1]][\"sha256\"] == want, (versions, want)
" "$2"
}

test_expect_success 'a push uploads the directory as a zip file' '
	sandbox_start && sandbox_fresh_lambda &&
	server_init origin.git &&
	git clone -q origin.git work 2>err &&
	lambda_write work fn/hello &&
	mkdir -p work/src/hello/bin work/src/hello/lib &&
	echo "def handler(event, context): return 1" >work/src/hello/app.py &&
	printf "#!/bin/sh\necho run\n" >work/src/hello/bin/run && chmod +x work/src/hello/bin/run &&
	ln -s ../bin/run work/src/hello/lib/run &&
	echo "grüße" >"work/src/hello/größe" &&
	echo "not ours" >"work/src/hello/a\\b" &&
	printf "*.md\n/tests/\n" >work/src/hello/.lambdaignore &&
	push first &&
	calls CreateFunction PublishVersion CreateAlias &&
	is "versions=1 live=1:1" && same_code src/hello 1
'

test_expect_success 'Lambda has the modes, the link and the names that git has' '
	"$PYTHON" -c "
import stat, zipfile
files = {i.filename: i.external_attr >> 16 for i in zipfile.ZipFile(\"code.zip\").infolist()}
assert sorted(files) == sorted([\"a\\\\b\", \"app.py\", \"bin/run\", \"größe\", \"lib/run\"]), files
assert files[\"bin/run\"] == 0o100755 and files[\"app.py\"] == 0o100644 and stat.S_ISLNK(files[\"lib/run\"]), files
"
'

test_expect_success 'what is elsewhere, or ignored, is no news' '
	echo hello >work/README && mkdir -p work/src/hello-2 && echo x >work/src/hello-2/app.py &&
	push elsewhere && test_must_be_empty all-calls &&
	echo "# notes" >work/src/hello/notes.md && mkdir -p work/src/hello/tests && echo x >work/src/hello/tests/a.py &&
	push ignored && calls &&
	is "versions=1 live=1:1"
'

# PublishVersion tells that there is nothing new.
test_expect_success 'the same files elsewhere are the same code' '
	cp -a work/src/hello work/src/moved && rm -rf work/src/hello &&
	sed -i "s,src/hello,src/moved," work/fn/hello_lambdadef.json &&
	push moved && calls PublishVersion &&
	is "versions=1 live=1:1" && same_code src/moved 1
'

# change <what>: something else that makes another zip file
change () {
	case "$1" in
	byte) echo >>work/src/moved/app.py ;;
	mode) chmod -x work/src/moved/bin/run ;;
	name) mv work/src/moved/größe work/src/moved/size ;;
	link) ln -snf ../app.py work/src/moved/lib/run ;;
	file) rm "work/src/moved/a\\b" ;;
	esac
}

for what in byte mode name link file
do
	test_expect_success "another $what is other code, and nothing but the code is sent" '
		change $what &&
		push "$what" &&
		test_grep "^UpdateFunctionCode$" calls && test_grep "^PublishVersion$" calls &&
		test_grep ! "Configuration" calls && test_grep ! "^CreateFunction" calls &&
		functions >actual && version=$(sed "s/.* live=\([0-9]*\):1$/\1/" actual) &&
		same_code src/moved $version
	'
done

test_expect_success 'another configuration sends no code' '
	jq ".Timeout = 11" work/fn/hello_lambdadef.json >def && mv def work/fn/hello_lambdadef.json &&
	push configuration &&
	test_grep "^UpdateFunctionConfiguration$" calls && test_grep ! "Code" calls
'

test_expect_success 'a zip file is sent as it is' '
	cp code.zip work/src/made.zip &&
	sed -i "s,src/moved,src/made.zip," work/fn/hello_lambdadef.json &&
	push "the same, as a zip file" && calls PublishVersion &&
	"$PYTHON" -c "
import zipfile
zipfile.ZipFile(\"work/src/made.zip\", \"a\").writestr(\"more.py\", \"1\")" &&
	push "another" && test_grep "^UpdateFunctionCode$" calls && test_grep ! "Configuration" calls &&
	sed -i "s,src/made.zip,src/moved," work/fn/hello_lambdadef.json &&
	push "back"
'

test_expect_success 'a path that leads nowhere, or out' '
	sed -i "s,src/moved,src/gone," work/fn/hello_lambdadef.json && refused "there is no .src/gone. in this repository" &&
	sed -i "s,src/moved,../moved," work/fn/hello_lambdadef.json && refused "lambda-code-path" &&
	sed -i "s,src/moved,/etc," work/fn/hello_lambdadef.json && refused "lambda-code-path"
'

test_expect_success 'links that lead out are refused, those in circles are links as others' '
	ln -s ../../../etc/passwd work/src/moved/out && refused "the link .src/moved/out. leads out of" &&
	ln -s b work/src/moved/l1 && ln -s l1 work/src/moved/b && push circle &&
	test_grep "^UpdateFunctionCode$" calls &&
	git -C work rm -q src/moved/l1 src/moved/b && push "no circle"
'

test_expect_success 'a submodule' '
	git -C work update-index --add --cacheinfo "160000,$(git -C work rev-parse HEAD),src/moved/module" &&
	git -C work commit -q -m module &&
	test_must_fail git -C work push -q origin HEAD:main 2>push.err &&
	remote_lines push.err | tr -s "\n " "  " >said &&
	test_grep ".src/moved/module. is a submodule" said &&
	git -C work reset -q --hard HEAD^
'

# pointer <file>: as git-lfs commits it
pointer () {
	printf "version https://git-lfs.github.com/spec/v1\noid sha256:%064d\nsize 12345\n" 7 >"$1"
}

test_expect_success 'a pointer of Git LFS is not the file' '
	pointer work/src/moved/model.bin &&
	refused ".src/moved/model.bin. is a pointer of Git LFS: the file itself is not in this repository" &&
	test_grep "hint: keep it in git itself" said &&
	pointer work/src/pointer.zip && sed -i "s,src/moved,src/pointer.zip," work/fn/hello_lambdadef.json &&
	refused ".src/pointer.zip. is a pointer of Git LFS" &&
	pointer work/src/moved/model.bin && echo "*.bin" >>work/src/moved/.lambdaignore &&
	push "ignored pointer" && calls
'

# slip <name>: a zip file with a file of that name
slip () {
	"$PYTHON" -c "
import sys, zipfile
with zipfile.ZipFile(\"work/src/slip.zip\", \"w\") as z:
    z.writestr(\"app.py\", \"1\")
    z.writestr(zipfile.ZipInfo(sys.argv[1]), \"x\")" "$1" &&
	sed -i "s,src/moved,src/slip.zip," work/fn/hello_lambdadef.json
}

test_expect_success 'a zip file whose names lead out of it' '
	for name in ../x a/../../x /etc/passwd ".." "..\\x" "a\\..\\x" "\\x"
	do
		slip "$name" && refused ".src/slip.zip. has a file whose name leads out of it" || return
	done &&
	slip "a..b/..c/d.." && push "no way out" && test_grep "^UpdateFunctionCode$" calls &&
	sed -i "s,src/slip.zip,src/moved," work/fn/hello_lambdadef.json && push "back again"
'

test_expect_success 'more than Lambda takes' '
	dd if=/dev/urandom of=work/src/moved/noise.dat bs=1048576 count=51 2>/dev/null &&
	refused ".src/moved. zipped has more than 50 MB" &&
	for i in 1 2 3 4 5
	do
		dd if=/dev/zero of=work/src/moved/zeros.$i bs=1048576 count=60 2>/dev/null || return
	done &&
	refused ".src/moved. has more than 250 MB"
'

test_expect_success 'AWS was asked for nothing that it would not understand' '
	sandbox_no_invalid_calls
'

test_done
