#!/bin/sh

test_description='check finds what is wrong with artifacts, all of it, at its place'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-server.sh

# check_says [<argument>...] <<EOF: exactly these findings, exit status 1
check_says () {
	cat >expect &&
	test_expect_code 1 git -C work gitops check --all "$@" >actual &&
	sed -e '$d' actual >findings &&
	test_cmp expect findings
}

# fresh: a work tree with one good service
fresh () {
	rm -rf work &&
	git init -q work &&
	service_write work dev/web/web &&
	git -C work add . &&
	git -C work commit -q -m good
}

test_expect_success 'a good service has no findings' '
	fresh &&
	git -C work gitops check >actual &&
	echo "1 service object, no errors" >expect &&
	test_cmp expect actual
'

test_expect_success 'an undefined variable is shown where it stands, with what is near' '
	fresh &&
	sed -i "s/{{ name }}/{{ nmae }}/" work/dev/web/web_svcdef.json &&
	check_says <<-EOF
	dev/web/web_svcdef.json:2:22: error: ${SQ}nmae${SQ} is undefined [template-undefined]
	    2 |   "serviceName": "{{ nmae }}",
	      |                      ^~~~
	hint: did you mean ${SQ}name${SQ}, from dev/web/web_input.json?
	EOF
'

test_expect_success 'all problems come in one go, in the order of files and lines' '
	fresh &&
	sed -i -e "s/{{ name }}/{{ nmae }}/" -e "s/{{ cluster_name }}/{{ cluster_nam }}/" \
		work/dev/web/web_svcdef.json &&
	sed -i "s/\"512\"/\"512\",,/" work/dev/web/web_taskdef.json &&
	test_write work/dev/web/web_depdef.json <<-\EOF &&
	{ "environment": { "region": "{{ region }}" }, }
	EOF
	test_expect_code 1 git -C work gitops check >actual &&
	grep -o "^dev/web/[a-z_.]*:[0-9]*:[0-9]*: error" actual >places &&
	cat >expect <<-\EOF &&
	dev/web/web_depdef.json:1:48: error
	dev/web/web_svcdef.json:2:22: error
	dev/web/web_svcdef.json:3:18: error
	dev/web/web_taskdef.json:6:19: error
	EOF
	test_cmp expect places &&
	tail -n 1 actual >last &&
	echo "4 errors in 1 service object" >expect &&
	test_cmp expect last
'

test_expect_success 'a JSON error behind an expression is at its place in the template' '
	fresh &&
	sed -i "s/\"count\": 1/\"count\": \"two words\"/" work/dev/web/web_input.json &&
	test_expect_code 1 git -C work gitops check >actual &&
	test_grep "^dev/web/web_svcdef.json:4:22: error: " actual &&
	test_grep "^    4 |   \"desiredCount\": {{ count }},\$" actual &&
	test_grep "^      |                      ^~~~~\$" actual &&
	test_line_count = 5 actual
'

test_expect_success 'duplicate members and depth' '
	fresh &&
	test_write work/dev/web/web_taskdef.json <<-\EOF &&
	{
	  "family": "a",
	  "cpu": "256", "family": "b"
	}
	EOF
	check_says <<-EOF &&
	dev/web/web_taskdef.json:3:17: error: member "family" is here twice [json-duplicate]
	    3 |   "cpu": "256", "family": "b"
	      |                 ^~~~~~~~
	hint: the first one is in line 2
	EOF
	perl -e "print q({\"a\":) x 100, 1, q(}) x 100" >work/dev/web/web_taskdef.json &&
	test_expect_code 1 git -C work gitops check --format=json >actual &&
	test_grep "\"rule\": \"json-depth\"" actual
'

test_expect_success 'a document must be an object' '
	fresh &&
	echo "[1]" >work/dev/web/web_taskdef.json &&
	check_says <<-EOF
	dev/web/web_taskdef.json:1:1: error: this must be a JSON object, not an array [json-shape]
	    1 | [1]
	      | ^~~
	EOF
'

test_expect_success 'modes: links, executables, submodules' '
	fresh &&
	rm work/dev/web/web_depdef.json &&
	ln -s /etc/passwd work/dev/web/web_depdef.json &&
	chmod +x work/dev/web/web_taskdef.json &&
	check_says <<-EOF &&
	dev/web/web_depdef.json: error: this is a symbolic link, not a regular file [file-mode]
	hint: commit the file itself; links are not followed
	dev/web/web_taskdef.json: error: this is marked executable [file-mode]
	hint: git update-index --chmod=-x ${SQ}dev/web/web_taskdef.json${SQ}
	EOF
	fresh &&
	git -C work rm -q --cached dev/web/web_depdef.json &&
	git -C work update-index --add --cacheinfo 160000,$(git -C work rev-parse HEAD),dev/web/web_depdef.json &&
	test_expect_code 1 git -C work gitops check --index >actual &&
	test_grep "^dev/web/web_depdef.json: error: this is a submodule" actual
'

test_expect_success 'encodings: BOM, UTF-16, NUL, Latin-1' '
	fresh &&
	printf "\357\273\277{}" >work/dev/web/web_depdef.json &&
	printf "\377\376{\0}\0" >work/dev/web/web_taskdef.json &&
	printf "{ \"a\": \"\0\" }" >work/dev/web/web_input.json &&
	printf "{\n \"a\": \"caf\351\" }" >work/dev/web/web_svcdef.json &&
	check_says <<-EOF
	dev/web/web_depdef.json: error: this begins with a byte order mark [file-encoding]
	hint: save it as UTF-8 without BOM
	dev/web/web_input.json:1:9: error: this has a NUL byte [file-encoding]
	    1 | { "a": "
	      |         ^
	dev/web/web_svcdef.json:2:11: error: this is not UTF-8: byte 0xe9 [file-encoding]
	    2 |  "a": "caf\\xe9" }
	      |           ^~~~
	hint: save it as UTF-8
	dev/web/web_taskdef.json: error: this is UTF-16, it must be UTF-8 [file-encoding]
	hint: save it as UTF-8, without a byte order mark
	EOF
'

test_expect_success 'files are limited in size, and the limit can be set' '
	fresh &&
	perl -e "print q( ) x 1048577" >work/dev/web/web_depdef.json &&
	check_says <<-EOF &&
	dev/web/web_depdef.json: error: this is larger than 1048576 bytes [file-size]
	hint: gitops.maxArtifactSize on the server sets the limit
	EOF
	fresh &&
	git -C work config gitops.maxArtifactSize 100 &&
	test_expect_code 1 git -C work gitops check >actual &&
	test_grep "web_taskdef.json: error: this is larger than 100 bytes" actual &&
	fresh &&
	git -C work config gitops.maxRefFileSize 100 &&
	check_says <<-EOF
	infra/output.json: error: this is larger than 100 bytes [file-size]
	hint: gitops.maxRefFileSize on the server sets the limit
	EOF
'

test_expect_success 'near misses are seen, ordinary names are not' '
	fresh &&
	for name in web_taskdefs web-svcdef web_svcDef web_lambda_def package tsconfig settings
	do
		echo "{}" >work/dev/web/$name.json || return 1
	done &&
	test_expect_code 1 git -C work gitops check >actual &&
	grep "^dev" actual >places &&
	cat >expect <<-\EOF &&
	dev/web/web-svcdef.json: error: this name makes it no artifact, but nearly one [name-near-miss]
	dev/web/web_lambda_def.json: error: this name makes it no artifact, but nearly one [name-near-miss]
	dev/web/web_svcDef.json: error: this name makes it no artifact, but nearly one [name-near-miss]
	dev/web/web_taskdefs.json: error: this name makes it no artifact, but nearly one [name-near-miss]
	EOF
	test_cmp expect places &&
	test_grep "did you mean .web_taskdef.json.?" actual &&
	test_grep "did you mean .web_lambdadef.json.?" actual
'

test_expect_success 'near misses can be left alone' '
	echo "*.json -gitops" >work/dev/web/.gitattributes &&
	git -C work gitops check --all >actual &&
	test_grep "no errors" actual
'

test_expect_success 'an ordinary name is suspicious beside the rest of the object only' '
	fresh &&
	git -C work mv dev/web/web_taskdef.json dev/web/web_task-definition.json &&
	test_write work/docs/task-definition.json <<-\EOF &&
	{}
	EOF
	check_says <<-EOF
	dev/web/web_task-definition.json: error: this name makes it no artifact, but nearly one [name-near-miss]
	hint: did you mean ${SQ}web_taskdef.json${SQ}? To leave it alone, write ${SQ}web_task-definition.json -gitops${SQ} into .gitattributes
	EOF
'

test_expect_success 'a part needs its definition' '
	fresh &&
	git -C work mv dev/web/web_svcdef.json dev/web/wbe_svcdef.json &&
	test_expect_code 1 git -C work gitops check --all >actual &&
	test_grep "^dev/web/web_taskdef.json: error: there is no .web_svcdef.json. that it belongs to" actual &&
	test_grep "hint: did you mean .dev/web/wbe_taskdef.json.?" actual
'

test_expect_success 'a lone input may be something else: a warning' '
	fresh &&
	test_write work/data/some_input.json <<-\EOF &&
	{}
	EOF
	git -C work gitops check >actual &&
	test_grep "^data/some_input.json: warning: there is no .some_svcdef.json. that it belongs to" actual
'

test_expect_success 'the rest of a deleted service is warned about' '
	fresh &&
	git -C work update-ref refs/gitops/processed/main HEAD &&
	git -C work rm -q dev/web/web_svcdef.json &&
	git -C work gitops check >actual &&
	test_grep "web_taskdef.json: warning: there is no .web_svcdef.json." actual &&
	test_grep "hint: it was deleted; delete this file, too" actual
'

test_expect_success 'x_lambda_input.json is no input of the function x' '
	fresh &&
	test_write work/fn/x_lambdadef.json <<-\EOF &&
	{}
	EOF
	test_write work/fn/x_lambda_input.json <<-\EOF &&
	{}
	EOF
	test_expect_code 1 git -C work gitops check >actual &&
	test_grep "hint: did you mean .x_lambdainput.json.?" actual
'

test_expect_success 'names that differ in case only' '
	fresh &&
	test_write work/dev/web/Web_svcdef.json <<-\EOF &&
	{}
	EOF
	test_expect_code 1 git -C work gitops check --all >actual &&
	test_grep "differs in nothing but case" actual &&
	git -C work update-ref refs/gitops/processed/main HEAD &&
	mkdir work/Dev && mv work/dev/web work/Dev/web && rm work/Dev/web/Web_svcdef.json &&
	git -C work checkout -q HEAD -- dev &&
	test_expect_code 1 git -C work gitops check >actual &&
	test_grep "^Dev/web/web_svcdef.json: error: .dev/web/web_svcdef.json. differs in nothing but case" actual
'

test_expect_success 'a name stands before the suffix' '
	fresh &&
	git -C work mv dev/web/web_svcdef.json dev/web/_svcdef.json &&
	test_expect_code 1 git -C work gitops check --all >actual &&
	test_grep "^dev/web/_svcdef.json: error: there is no name before ._svcdef.json." actual &&
	test_grep "^hint: call it .dev/web/<name>_svcdef.json." actual
'

# ref_says <ref as JSON> <place and message> [<hint>]: one finding
ref_says () {
	printf "{ \"ref\": %s, \"name\": \"x\", \"image\": \"i\", \"count\": 1 }\n" "$1" \
		>work/dev/web/web_input.json &&
	test_expect_code 1 git -C work gitops check --all >actual &&
	tail -n 1 actual >last &&
	echo "1 error in 1 service object" >expect &&
	test_cmp expect last &&
	test_grep "^dev/web/web_input.json:1:$2 \[[a-z-]*\]\$" actual &&
	if test $# = 3
	then
		test_grep "^hint: $3\$" actual
	fi
}

test_expect_success 'a ref that is not as it should be: one finding each' '
	fresh &&
	ref_says "\"a\"" "10: error: .ref. must be an object" &&
	ref_says "{}" "10: error: .ref. has no .file. and no .type." &&
	ref_says "{ \"file\": [] }" "10: error: .ref. has no .type." &&
	ref_says "{ \"type\": \"JSON\" }" "10: error: .ref. has no .file." &&
	ref_says "{ \"type\": \"JSON\", \"file\": \"infra/output.json\" }" \
		"36: error: .ref.file. must be a list of paths" "write \[\"infra/output.json\"\]" &&
	ref_says "{ \"type\": \"JSON\", \"file\": [1] }" "37: error: a path must be a string" &&
	ref_says "{ \"type\": \"terraform\", \"file\": [\"infra/output.json\"] }" \
		"20: error: unknown .ref.type." "did you mean \"TERRAFORM\"?" &&
	ref_says "{ \"type\": \"YAML\", \"file\": [\"infra/output.json\"] }" \
		"20: error: unknown .ref.type." "one of \"TERRAFORM\", \"CDK\", \"JSON\"" &&
	ref_says "{ \"type\": \"JSON\", \"files\": [\"infra/output.json\"] }" \
		"28: error: unknown member .files. of .ref." "did you mean \"file\"?"
'

test_expect_success 'paths that a ref may not name' '
	fresh &&
	ref_says "{ \"type\": \"JSON\", \"file\": [\"/etc/passwd\"] }" "37: error: the path is absolute.*" &&
	ref_says "{ \"type\": \"JSON\", \"file\": [\"../x.json\"] }" "37: error: the path has a part .\.\..*" &&
	ref_says "{ \"type\": \"JSON\", \"file\": [\"a/../x.json\"] }" "37: error: the path has a part .\.\..*" &&
	ref_says "{ \"type\": \"JSON\", \"file\": [\"./x.json\"] }" "37: error: the path has a part .\...*" &&
	ref_says "{ \"type\": \"JSON\", \"file\": [\"a//x.json\"] }" "37: error: the path has an empty part" &&
	ref_says "{ \"type\": \"JSON\", \"file\": [\"\"] }" "37: error: the path is empty" &&
	ref_says "{ \"type\": \"JSON\", \"file\": [\"s3://b/x.json\"] }" "37: error: this is a URL.*" &&
	ref_says "{ \"type\": \"JSON\", \"file\": [\"a\\\\\\\\b.json\"] }" "37: error: paths are written with.*" &&
	ref_says "{ \"type\": \"JSON\", \"file\": [\"a\\u0000b\"] }" "37: error: the path has a NUL" &&
	ref_says "{ \"type\": \"JSON\", \"file\": [\"dev/web/web_svcdef.json\"] }" \
		"37: error: this is a template, no source of values"
'

test_expect_success 'a referenced file that is not there, and through a link' '
	fresh &&
	ref_says "{ \"type\": \"JSON\", \"file\": [\"infra/no.json\"] }" \
		"37: error: there is no file .infra/no.json." &&
	ln -s infra work/link &&
	ref_says "{ \"type\": \"JSON\", \"file\": [\"link/output.json\"] }" \
		"37: error: there is no file .link/output.json." \
		".link. is a symbolic link, not a directory" &&
	ln -s ../../../../etc/passwd work/infra/passwd &&
	printf "{ \"ref\": { \"type\": \"JSON\", \"file\": [\"infra/passwd\"] } }" \
		>work/dev/web/web_input.json &&
	check_says <<-EOF
	dev/web/web_input.json:1:37: error: ${SQ}infra/passwd${SQ} is a symbolic link, not a regular file [file-mode]
	    1 | { "ref": { "type": "JSON", "file": ["infra/passwd"] } }
	      |                                     ^~~~~~~~~~~~~~
	hint: commit the file itself; links are not followed
	EOF
'

# shape_says <content of infra/output.json> <message> [<type>]: one finding, at the file
shape_says () {
	printf "%s" "$1" >work/infra/output.json &&
	sed -i "s/\"type\": \"[A-Z]*\"/\"type\": \"${3:-TERRAFORM}\"/" work/dev/web/web_input.json &&
	test_expect_code 1 git -C work gitops check >actual &&
	tail -n 1 actual >last &&
	echo "1 error in 1 service object" >expect &&
	test_cmp expect last &&
	test_grep "^infra/output.json:$2 \[[a-z-]*\]\$" actual
}

test_expect_success 'a referenced file of the wrong shape: one finding, at the file' '
	fresh &&
	shape_says "[]" "1:1: error: this must be a JSON object" &&
	shape_says "{ \"a\": 1, }" "1:11: error: .*" &&
	shape_says "{ \"a\": { \"type\": \"string\" }, \"b\": 1 }" "1:3: error: this output has no .value." &&
	shape_says "{ \"a\": \"plain\" }" "1:3: error: this is not how Terraform writes an output" &&
	shape_says "{ \"a\": { \"value\": 1, \"sensitive\": \"no\" } }" "1:35: error: .*true or false" &&
	shape_says "{ \"version\": 4, \"terraform_version\": \"1.9\", \"outputs\": {} }" \
		"1:1: error: this is a Terraform state, not its outputs" &&
	shape_says "{ \"Stack\": [1] }" "1:12: error: a stack must be an object of outputs" CDK
'

test_expect_success 'values that are missing because of another finding are no news' '
	fresh &&
	echo "{ not JSON" >work/dev/web/web_input.json &&
	test_expect_code 1 git -C work gitops check >actual &&
	test_grep "^1 error in 1 service object" actual
'

test_expect_success 'a service without an input is told where values come from' '
	fresh &&
	git -C work rm -q dev/web/web_input.json &&
	echo "{ \"serviceName\": \"{{ name }}\" }" >work/dev/web/web_svcdef.json &&
	rm work/dev/web/web_taskdef.json work/dev/web/web_depdef.json &&
	check_says <<-EOF
	dev/web/web_svcdef.json:1:22: error: ${SQ}name${SQ} is undefined [template-undefined]
	    1 | { "serviceName": "{{ name }}" }
	      |                      ^~~~
	hint: there is no ${SQ}dev/web/web_input.json${SQ} to take values from
	EOF
'

test_expect_success 'a file that many refer to is reported once' '
	fresh &&
	service_write work dev/api/api &&
	echo "{" >work/infra/output.json &&
	test_expect_code 1 git -C work gitops check >actual &&
	test_grep "^1 error in 2 service objects" actual
'

test_expect_success 'only what changed is looked at, and what depends on it' '
	fresh &&
	service_write work dev/api/api &&
	sed -i "s/{{ name }}/{{ nmae }}/" work/dev/api/api_svcdef.json &&
	git -C work add . &&
	git -C work commit -q -m "one is bad" &&
	git -C work update-ref refs/gitops/processed/main HEAD &&
	git -C work gitops check >actual &&
	test_grep "^0 service objects, no errors" actual &&
	echo >>work/dev/web/web_svcdef.json &&
	git -C work gitops check >actual &&
	test_grep "^1 service object, no errors" actual &&
	echo >>work/infra/output.json &&
	test_expect_code 1 git -C work gitops check >actual &&
	test_grep "^dev/api/api_svcdef.json:2:22: error" actual &&
	test_grep "^1 error in 2 service objects" actual
'

test_expect_success 'the index, the work tree and a range are judged for themselves' '
	fresh &&
	sed -i "s/{{ name }}/{{ nmae }}/" work/dev/web/web_svcdef.json &&
	git -C work gitops check --index >actual &&
	test_grep "no errors" actual &&
	test_expect_code 1 git -C work gitops check --worktree &&
	git -C work add . &&
	test_expect_code 1 git -C work gitops check --cached &&
	git -C work checkout -q HEAD~0 -- . &&
	git -C work gitops check &&
	sed -i "s/{{ name }}/{{ nmae }}/" work/dev/web/web_svcdef.json &&
	git -C work commit -q -a -m bad &&
	sed -i "s/{{ nmae }}/{{ name }}/" work/dev/web/web_svcdef.json &&
	git -C work commit -q -a -m good &&
	test_expect_code 1 git -C work gitops check HEAD~2..HEAD~ &&
	git -C work gitops check HEAD~2..HEAD
'

test_expect_success 'by default, what a push to the upstream branch would bring' '
	fresh &&
	git clone -q --bare work upstream.git &&
	rm -rf clone &&
	git clone -q upstream.git clone &&
	git -C clone gitops check >actual &&
	test_grep "^0 service objects, no errors" actual &&
	sed -i "s/{{ name }}/{{ nmae }}/" clone/dev/web/web_svcdef.json &&
	git -C clone commit -q -a -m "committed, not pushed" &&
	test_expect_code 1 git -C clone gitops check >actual &&
	test_grep "^1 error in 1 service object" actual &&
	git -C clone checkout -q -b topic --track main &&
	git -C clone gitops check >actual &&
	test_grep "^0 service objects, no errors" actual
'

test_expect_success 'in a repository without a commit' '
	git init -q empty &&
	git -C empty gitops check >actual &&
	echo "0 service objects, no errors" >expect &&
	test_cmp expect actual &&
	git -C empty gitops check --index >actual &&
	test_cmp expect actual
'

test_expect_success 'there is an end to findings, and the rest is counted' '
	fresh &&
	perl -e "print q({), join(q(,), map { qq(\"a\$_\": \"{{ nope\$_ }}\") } 1..45), q(})" \
		>work/dev/web/web_svcdef.json &&
	for i in 1 2 3
	do
		cp work/dev/web/web_svcdef.json work/dev/web/w${i}_svcdef.json || return 1
	done &&
	test_expect_code 1 git -C work gitops check >actual &&
	test_grep "^\.\.\. and 80 more" actual &&
	test_grep "^180 errors in 4 service objects" actual &&
	test_expect_code 1 git -C work gitops check --format=json >actual &&
	grep -c "\"rule\": \"template-undefined\"" actual >count &&
	echo 180 >expect &&
	test_cmp expect count
'

test_expect_success 'SARIF has what code-review tools want' '
	fresh &&
	sed -i "s/{{ name }}/{{ nmae }}/" work/dev/web/web_svcdef.json &&
	mkdir "work/a b" && echo "{}" >"work/a b/x_svcdefs.json" &&
	test_expect_code 1 git -C work gitops check --format=sarif >actual &&
	perl -MJSON::PP -0777 -ne "
		my \$sarif = decode_json(\$_);
		my \$run = \$sarif->{runs}[0];
		my @rules = @{\$run->{tool}{driver}{rules}};
		print \"\$sarif->{version} \$run->{tool}{driver}{name} \$run->{columnKind}\n\";
		for my \$r (@{\$run->{results}}) {
			die unless \$rules[\$r->{ruleIndex}]{id} eq \$r->{ruleId};
			my \$p = \$r->{locations}[0]{physicalLocation};
			print join(q( ), \$r->{level}, \$r->{ruleId}, \$p->{artifactLocation}{uri},
				map { \$_ // q(-) } @{\$p->{region}}{qw(startLine startColumn endColumn)}), \"\n\";
		}
	" actual >report &&
	cat >expect <<-\EOF &&
	2.1.0 git-gitops unicodeCodePoints
	error name-near-miss a%20b/x_svcdefs.json - - -
	error template-undefined dev/web/web_svcdef.json 2 22 26
	EOF
	test_cmp expect report
'

test_expect_success 'bad arguments are explained' '
	test_expect_code 129 git -C work gitops check --index HEAD^..HEAD 2>err &&
	test_grep "exclude each other" err &&
	test_expect_code 129 git -C work gitops check a b 2>err &&
	test_expect_code 128 git -C work gitops check nonesuch.. 2>err &&
	test_grep "fatal: there is no commit .nonesuch." err
'

test_done
