#!/bin/sh

test_description='what is wrong with a ref is said at its place, all in one go'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-server.sh

# finds <ref as JSON>: what check finds then, all of it, is in `actual`
finds () {
	printf "{\n  \"ref\": %s\n}\n" "$1" >work/a/x_input.json &&
	test_expect_code 1 git -C work gitops check --all >actual
}

# one <ref as JSON> <column and message> [<hint>]: one finding, in that line
one () {
	finds "$1" &&
	tail -n 1 actual >last &&
	echo "1 error in 1 service object" >expect &&
	test_cmp expect last &&
	test_grep "^a/x_input.json:2:$2 \[[a-z-]*]\$" actual &&
	if test $# = 3
	then
		test_grep "^hint: $3\$" actual
	fi
}

test_expect_success 'setup' '
	git init -q work &&
	echo one >work/README && git -C work add . && git -C work commit -q -m one &&
	test_write work/a/x_svcdef.json <<-\EOF &&
	{ "serviceName": "x", "taskDefinition": "x" }
	EOF
	test_write work/a/near.json <<-\EOF &&
	{}
	EOF
	test_write work/infra/output.json <<-\EOF &&
	{}
	EOF
	cp work/infra/output.json work/other.json
'

test_expect_success 'a file that is not there: the nearest that is' '
	one "{ \"type\": \"JSON\", \"file\": [\"infra/outputs.json\"] }" \
		"37: error: there is no file .infra/outputs.json." "did you mean \"infra/output.json\"? .*" &&
	one "{ \"type\": \"JSON\", \"file\": [\"Infra/Output.json\"] }" \
		"37: error: there is no file .Infra/Output.json." "did you mean \"infra/output.json\"? .*" &&
	one "{ \"type\": \"JSON\", \"file\": [\"near.json\"] }" \
		"37: error: there is no file .near.json." "did you mean \"a/near.json\"? .*" &&
	one "{ \"type\": \"JSON\", \"file\": [\"terraform/prod/other.json\"] }" \
		"37: error: there is no file .terraform/prod/other.json." "did you mean \"other.json\"? .*" &&
	one "{ \"type\": \"JSON\", \"file\": [\"quite-another-thing.json\"] }" \
		"37: error: there is no file .quite-another-thing.json." "commit it, too; .*"
'

test_expect_success 'a directory, and a file on the way' '
	one "{ \"type\": \"JSON\", \"file\": [\"infra\"] }" \
		"37: error: .infra. is a directory, not a file" "name the file in it: \"infra/output.json\"" &&
	one "{ \"type\": \"JSON\", \"file\": [\"other.json/x.json\"] }" \
		"37: error: there is no file .other.json/x.json." ".other.json. is a file, not a directory"
'

test_expect_success 'links and submodules are not followed' '
	test_when_finished "rm -f work/link.json && git -C work rm -q --cached sub" &&
	ln -s infra/output.json work/link.json &&
	git -C work update-index --add --cacheinfo 160000,$(git -C work rev-parse HEAD),sub &&
	mkdir -p work/sub &&
	one "{ \"type\": \"JSON\", \"file\": [\"link.json\"] }" \
		"37: error: .link.json. is a symbolic link, not a regular file" "commit the file itself; .*" &&
	git -C work add . && git -C work commit -q -m all &&
	printf "{\n  \"ref\": { \"type\": \"JSON\", \"file\": [\"sub\"] }\n}\n" >work/a/x_input.json &&
	git -C work add . && git -C work commit -q -m sub &&
	test_expect_code 1 git -C work gitops check --all HEAD >actual &&
	test_grep "^a/x_input.json:2:37: error: .sub. is a submodule, not a regular file" actual &&
	test_grep "^1 error in 1 service object" actual
'

test_expect_success 'a path that can not be followed: how it is written' '
	one "{ \"type\": \"JSON\", \"file\": [\"../infra/output.json\"] }" \
		"37: error: the path has a part .\.\..*" "write \"infra/output.json\"" &&
	one "{ \"type\": \"JSON\", \"file\": [\"./near.json\"] }" \
		"37: error: the path has a part .\...*" "write \"a/near.json\"" &&
	one "{ \"type\": \"JSON\", \"file\": [\"/infra/output.json\"] }" \
		"37: error: the path is absolute.*" "write \"infra/output.json\"" &&
	one "{ \"type\": \"JSON\", \"file\": [\"infra//output.json\"] }" \
		"37: error: the path has an empty part" "write \"infra/output.json\"" &&
	one "{ \"type\": \"JSON\", \"file\": [\"infra\\\\\\\\output.json\"] }" \
		"37: error: paths are written with .*" "write \"infra/output.json\"" &&
	one "{ \"type\": \"JSON\", \"file\": [\"../../../../etc/passwd\"] }" \
		"37: error: the path has a part .\.\..*" &&
	test_grep ! "^hint" actual &&
	one "{ \"type\": \"JSON\", \"file\": [\"\"] }" "37: error: the path is empty"
'

test_expect_success 'a file named twice is a warning' '
	printf "{ \"ref\": { \"type\": \"JSON\", \"file\": [\"other.json\", \"other.json\"] } }" >work/a/x_input.json &&
	git -C work gitops check --all >actual &&
	test_grep "^a/x_input.json:1:51: warning: .other.json. is named twice" actual
'

test_expect_success 'everything in one go' '
	finds "{ \"types\": \"TERAFORM\", \"file\": [1, \"/x\", \"a/../b\"] }" &&
	test_grep "^4 errors\|^5 errors" actual &&
	test_grep ":12: error: unknown member .types. of .ref." actual &&
	test_grep "^hint: did you mean \"type\"?" actual &&
	test_grep ":21: error: unknown .ref.type." actual &&
	test_grep "^hint: did you mean \"TERRAFORM\"?" actual &&
	test_grep ":42: error: a path must be a string" actual &&
	test_grep ":45: error: the path is absolute" actual &&
	test_grep ":51: error: the path has a part" actual &&
	finds "{ \"type\": \"JSON\", \"file\": [\"nope1.json\", \"nope2.json\", \"infra/output.json\"] }" &&
	test_grep "^2 errors" actual
'

test_expect_success 'every output of Terraform that is none' '
	test_write work/tf.json <<-\EOF &&
	{
	  "good": { "value": 1 },
	  "bare": "text",
	  "empty": { "type": "string" },
	  "odd": { "value": 1, "sensitive": "true" },
	  "nothing": null
	}
	EOF
	printf "{ \"ref\": { \"type\": \"TERRAFORM\", \"file\": [\"tf.json\"] } }" >work/a/x_input.json &&
	test_expect_code 1 git -C work gitops check --all >actual &&
	test_grep "^4 errors" actual &&
	test_grep "^tf.json:3:3: error: this is not how Terraform writes an output" actual &&
	test_grep "^tf.json:4:3: error: this output has no .value." actual &&
	test_grep "^tf.json:5:37: error: .sensitive. must be true or false" actual &&
	test_grep "^tf.json:6:3: error: this is not how Terraform writes an output" actual &&
	echo "{ \"a\": 1, \"b\": 2 }" >work/tf.json &&
	test_expect_code 1 git -C work gitops check --all >actual &&
	test_grep "^1 error" actual &&
	echo "{ \"format_version\": \"1.0\", \"terraform_version\": \"1.9.5\", \"values\": { \"outputs\": {} } }" >work/tf.json &&
	test_expect_code 1 git -C work gitops check --all >actual &&
	test_grep "^tf.json:1:1: error: this is a Terraform state, not its outputs" actual
'

test_expect_success 'every stack of CDK that is none' '
	echo "{ \"Good\": { \"A\": \"1\" }, \"Bad\": [], \"Worse\": \"text\" }" >work/cdk.json &&
	printf "{ \"ref\": { \"type\": \"CDK\", \"file\": [\"cdk.json\"] } }" >work/a/x_input.json &&
	test_expect_code 1 git -C work gitops check --all >actual &&
	test_grep "^2 errors" actual &&
	test_grep "^cdk.json:1:32: error: a stack must be an object" actual &&
	test_grep "^cdk.json:1:45: error: a stack must be an object" actual &&
	echo "{ \"a\": \"text\", \"b\": \"text\" }" >work/cdk.json &&
	test_expect_code 1 git -C work gitops check --all >actual &&
	test_grep "^1 error" actual
'

test_expect_success 'an ambiguous output is none, even where an earlier file has one' '
	echo "{ \"S\": { \"Out\": \"first\" } }" >work/cdk.json &&
	echo "{ \"S\": { \"Out\": \"second\" }, \"T\": { \"Out\": \"third\" } }" >work/cdk2.json &&
	printf "{ \"ref\": { \"type\": \"CDK\", \"file\": [\"cdk.json\", \"cdk2.json\"] } }" >work/a/x_input.json &&
	echo "{ \"serviceName\": \"{{ Out }}\" }" >work/a/x_svcdef.json &&
	test_expect_code 1 git -C work gitops render a/x 2>err &&
	test_grep "error: several stacks of .cdk2.json. have an output .Out." err &&
	echo "{ \"serviceName\": \"{{ S.Out }}\" }" >work/a/x_svcdef.json &&
	git -C work gitops render a/x >actual &&
	test_grep second actual
'

test_done
