#!/bin/sh

test_description='git gitops render --template: exactly the text, or a diagnostic'

. ./test-lib.sh

test_expect_success 'setup: a template like those of real repositories' '
	cat >svcdef.json <<-\EOF &&
	{
	  "cluster": "{{ cluster_name }}",
	  "loadBalancers": [{"targetGroupArn": "{{ target_group_arns["blue-tg"] }}"}],
	  "subnets": {{ public_subnets | tojson }},
	  "groups": [{% for tg in target_group_arns.values() %}
	    "{{ tg }}"{% if not loop.last %},{% endif %}{% endfor %}
	  ]
	}
	EOF
	cat >values.json <<-\EOF
	{"cluster_name": "demo", "target_group_arns": {"blue-tg": "arn:b", "green-tg": "arn:g"},
	 "public_subnets": ["subnet-1", "subnet-2"]}
	EOF
'

test_expect_success 'the rendered text, without the newline at the end, and nothing else' '
	printf "%s\n%s\n%s\n%s\n%s\n%s\n%s\n%s\n%s" >expect \
		"{" \
		"  \"cluster\": \"demo\"," \
		"  \"loadBalancers\": [{\"targetGroupArn\": \"arn:b\"}]," \
		"  \"subnets\": [\"subnet-1\", \"subnet-2\"]," \
		"  \"groups\": [" \
		"    \"arn:b\"," \
		"    \"arn:g\"" \
		"  ]" \
		"}" &&
	git gitops render --template svcdef.json --values values.json >actual 2>err &&
	test_cmp expect actual &&
	test_must_be_empty err
'

test_expect_success 'no values are needed for plain text' '
	printf "%s" "{\"a\": 1}" >expect &&
	echo "{\"a\": 1}" >plain.json &&
	git gitops render --template plain.json >actual &&
	test_cmp expect actual
'

test_expect_success 'an undefined variable is shown where it stands, with a hint' '
	sed "s/cluster_name/clutser_name/" svcdef.json >typo.json &&
	cat >expect <<-EOF &&
	typo.json:2:18: error: ${SQ}clutser_name${SQ} is undefined [template-undefined]
	    2 |   "cluster": "{{ clutser_name }}",
	      |                  ^~~~~~~~~~~~
	hint: did you mean ${SQ}cluster_name${SQ}, from values.json?
	EOF
	test_expect_code 1 git gitops render --template typo.json --values values.json >out 2>actual &&
	test_cmp expect actual &&
	test_must_be_empty out
'

test_expect_success 'all problems are told in one go' '
	echo "{{ a }}{{ b.c }}{{ [] | first }}" >many.json &&
	test_expect_code 1 git gitops render --template many.json 2>err &&
	grep "^many.json:1:4: error: ${SQ}a${SQ} is undefined" err &&
	grep "^many.json:1:11: error: ${SQ}b${SQ} is undefined" err &&
	grep "^many.json:1:25: error: no first item" err
'

test_expect_success 'a fault in the syntax is shown where it stands' '
	printf "one\n{%% if x %%}\ntwo\n" >open.json &&
	test_expect_code 1 git gitops render --template open.json 2>err &&
	grep "^open.json:2:4: error: the block ${SQ}if${SQ} is not closed" err &&
	grep "^hint: close it with {% endif %}" err
'

test_expect_success 'what Jinja2 has and we do not is named' '
	for tag in include import from extends block
	do
		echo "{% $tag \"x\" %}" >tag.json &&
		test_expect_code 1 git gitops render --template tag.json 2>err &&
		grep "^tag.json:1:4: error: the tag ${SQ}$tag${SQ} is not supported" err || return 1
	done &&
	echo "{{ x | urlize }}" >filter.json &&
	test_expect_code 1 git gitops render --template filter.json 2>err &&
	grep "^filter.json:1:8: error: the filter ${SQ}urlize${SQ} is not supported" err
'

test_expect_success 'values that are no JSON are shown where they go wrong' '
	printf "{\n\"a\": }" >broken.json &&
	test_expect_code 1 git gitops render --template plain.json --values broken.json 2>err &&
	grep "^broken.json:2:6: error: " err &&
	echo "[1]" >list.json &&
	test_expect_code 1 git gitops render --template plain.json --values list.json 2>err &&
	grep "^list.json:1:1: error: the values must be an object, not array" err
'

test_expect_success 'a template that is not UTF-8 is refused' '
	printf "a\n\377{{ x }}" >latin.json &&
	test_expect_code 1 git gitops render --template latin.json 2>err &&
	grep "^latin.json:2:1: error: the template is not UTF-8" err
'

test_expect_success 'a missing file is fatal' '
	test_expect_code 128 git gitops render --template nowhere.json 2>err &&
	grep "^fatal: .*nowhere.json" err
'

test_expect_success 'a filter that there is not hides no undefined variable' '
	printf "%s" "{{ a|foo }} {{ nope }} {{ a is bar(1) }}" >many.j2 &&
	echo "{\"a\": 1}" >many.json &&
	test_expect_code 1 git gitops render --template many.j2 --values many.json >out 2>err &&
	test_must_be_empty out &&
	grep "error:" err >actual &&
	cat >expect <<-EOF &&
	many.j2:1:6: error: no filter named ${SQ}foo${SQ} [template-syntax]
	many.j2:1:16: error: ${SQ}nope${SQ} is undefined [template-undefined]
	many.j2:1:32: error: no test named ${SQ}bar${SQ} [template-syntax]
	EOF
	test_cmp expect actual
'

test_expect_success 'an error in a macro stands where it is, and says where the call was' '
	cat >macro.json <<-\EOF &&
	{% macro arn(x) %}
	  {{ x.region }}
	{%- endmacro %}
	{% macro both(x) %}{{ arn(x) }}{% endmacro %}
	"{{ both({}) }}"
	EOF
	cat >expect <<-EOF &&
	macro.json:2:6: error: the dict has no member ${SQ}region${SQ}
	    2 |   {{ x.region }}
	      |      ^~~~~~~~
	hint: in the macro ${SQ}arn${SQ}, called at 4:23, its caller at 5:5
	EOF
	test_expect_code 1 git gitops render --template macro.json --values values.json 2>err &&
	sed "s/ \[template-undefined\]\$//" err >actual &&
	test_cmp expect actual
'

test_done
