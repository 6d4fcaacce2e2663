#!/bin/sh

test_description='values come from the input, over what it refers to'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-server.sh

# value_of <expression>: what a template makes of it
value_of () {
	printf "{ \"x\": %s }\n" "$1" >work/a/x_taskdef.json &&
	git -C work gitops render a/x_taskdef.json
}

# is <expression> <text>
is () {
	echo "{ \"x\": $2 }" >expect &&
	value_of "$1" >actual &&
	test_cmp expect actual
}

# input <type> <files>: an input that refers to them
input () {
	printf "{ \"ref\": { \"type\": \"%s\", \"file\": [ %s ] }, \"own\": \"input\", \"n\": 1.10 }\n" "$1" "$2" \
		>work/a/x_input.json
}

test_expect_success 'setup' '
	git init -q work &&
	test_write work/a/x_svcdef.json <<-\EOF &&
	{ "serviceName": "x" }
	EOF
	test_write work/tf1.json <<-\EOF &&
	{
	  "own": { "value": "tf1" }, "shared": { "value": "tf1" }, "one": { "value": "tf1" },
	  "list": { "value": [ 1, "two", { "three": 3 } ], "type": [ "tuple", [] ] },
	  "map": { "value": { "blue-tg": "arn:blue", "green-tg": "arn:green" }, "sensitive": false },
	  "nothing": { "value": null }, "yes": { "value": true },
	  "big": { "value": 12345678901234567890 }
	}
	EOF
	test_write work/tf2.json <<-\EOF &&
	{ "shared": { "value": "tf2" } }
	EOF
	test_write work/cdk.json <<-\EOF &&
	{
	  "Net": { "Subnets": "[\"subnet-1\",\"subnet-2\"]", "Vpc": "vpc-1", "Name": "net", "Text": "[not JSON" },
	  "App": { "Cluster": "apps", "Name": "app", "Map": "{\"a\": {\"b\": 1}}", "Number": "42", "Net": "hides nothing" }
	}
	EOF
	test_write work/plain.json <<-\EOF
	{ "own": "plain", "list": [ 1, 2 ], "deep": { "er": { "value": "v" } } }
	EOF
'

test_expect_success 'the input wins over what it refers to, a later file over an earlier one' '
	input TERRAFORM "\"tf1.json\", \"tf2.json\"" &&
	is "\"{{ own }} {{ shared }} {{ one }}\"" "\"input tf2 tf1\"" &&
	input TERRAFORM "\"tf2.json\", \"tf1.json\"" &&
	is "\"{{ own }} {{ shared }} {{ one }}\"" "\"input tf1 tf1\""
'

test_expect_success 'Terraform: the value of an output, of any type' '
	is "{{ list | tojson }}" "[1, \"two\", {\"three\": 3}]" &&
	is "\"{{ map[${SQ}blue-tg${SQ}] }}\"" "\"arn:blue\"" &&
	is "\"{% for v in map.values() %}{{ v }}{% if not loop.last %},{% endif %}{% endfor %}\"" \
		"\"arn:blue,arn:green\"" &&
	is "{{ nothing | tojson }}" null &&
	is "{{ yes | tojson }}" true &&
	is "{{ big }}" 12345678901234567890 &&
	is "{{ n }}" 1.10
'

test_expect_success 'ref itself is no value' '
	test_expect_code 1 value_of "\"{{ ref }}\"" 2>err &&
	test_grep "error: .ref. is undefined" err
'

test_expect_success 'CDK: outputs over all stacks, and stacks; lists in strings are lists' '
	input CDK "\"cdk.json\"" &&
	is "\"{{ Vpc }} {{ Net.Vpc }} {{ App.Cluster }}\"" "\"vpc-1 vpc-1 apps\"" &&
	is "{{ Subnets | tojson }}" "[\"subnet-1\", \"subnet-2\"]" &&
	is "{{ Net.Subnets[1] | tojson }}" "\"subnet-2\"" &&
	is "{{ Map.a.b }}" 1 &&
	is "{{ Number | tojson }}" "\"42\"" &&
	is "{{ Text | tojson }}" "\"[not JSON\""
'

test_expect_success 'CDK: one output name in two stacks is an error, unless the stack is named' '
	is "\"{{ Net.Name }} {{ App.Name }}\"" "\"net app\"" &&
	test_expect_code 1 value_of "\"{{ Name }}\"" >out 2>actual &&
	cat >expect <<-EOF &&
	a/x_taskdef.json:1:12: error: several stacks of ${SQ}cdk.json${SQ} have an output ${SQ}Name${SQ} [ref-ambiguous]
	    1 | { "x": "{{ Name }}" }
	      |            ^~~~
	hint: say which: <stack>.Name
	EOF
	test_cmp expect actual
'

test_expect_success 'JSON: the members' '
	input JSON "\"plain.json\"" &&
	is "\"{{ own }} {{ deep.er.value }}\"" "\"input v\"" &&
	is "{{ list | tojson }}" "[1, 2]"
'

test_expect_success 'an input may refer to another input' '
	cp work/plain.json work/shared_input.json &&
	input JSON "\"shared_input.json\"" &&
	is "\"{{ deep.er.value }}\"" "\"v\""
'

test_expect_success 'two inputs read one file by different types' '
	input JSON "\"tf1.json\"" &&
	is "\"{{ one.value }}\"" "\"tf1\"" &&
	test_write work/b/y_svcdef.json <<-\EOF &&
	{ "serviceName": "{{ one }}" }
	EOF
	sed "s/JSON/TERRAFORM/" work/a/x_input.json >work/b/y_input.json &&
	git -C work gitops render b/y_svcdef.json >actual &&
	echo "{ \"serviceName\": \"tf1\" }" >expect &&
	test_cmp expect actual
'

test_expect_success 'without an input, x is defined and default work' '
	rm work/a/x_input.json &&
	is "\"{{ nope | default(1) }} {{ nope is defined }}\"" "\"1 False\""
'

test_done
