#!/bin/sh

test_description='render --explain says where each value comes from'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-server.sh

# explains <template> <rows>: of a service definition that has this member
explains () {
	printf "{ \"x\": %s }\n" "$1" >work/a/x_svcdef.json &&
	git -C work gitops render --explain a/x_svcdef.json >actual &&
	sed -e 1,2d -e "s/  */ /g" actual >rows &&
	printf "%s\n" "$2" >expect &&
	test_cmp expect rows
}

test_expect_success 'setup: an input over two files of Terraform' '
	git init -q work &&
	test_write work/infra/base.json <<-\EOF &&
	{
	  "cluster": { "value": "old" },
	  "region": { "value": "us-east-1" }
	}
	EOF
	test_write work/infra/tf.json <<-\EOF &&
	{
	  "cluster": { "value": "apps", "sensitive": false },
	  "password": { "value": "hunter2", "sensitive": true },
	  "subnets": { "value": ["subnet-1", "subnet-2"] },
	  "tags": { "value": { "env": "prod", "blue-tg": "arn" } }
	}
	EOF
	test_write work/a/x_input.json <<-\EOF
	{
	  "ref": { "type": "TERRAFORM", "file": ["infra/base.json", "infra/tf.json"] },
	  "name": "web",
	  "region": "eu-1",
	  "empty": "",
	  "count": 3
	}
	EOF
'

test_expect_success 'the whole table' '
	test_write work/a/x_svcdef.json <<-\EOF &&
	{
	  "serviceName": "{{ name }}-{{ tags.env }}",
	  "desiredCount": {{- count -}}
	}
	EOF
	cat >expect <<-\EOF &&
	==> a/x_svcdef.json <==
	PLACE  MEMBER        EXPRESSION  VALUE  FROM
	2:22   serviceName   name        web    a/x_input.json:3:3: name
	2:33   serviceName   tags.env    prod   infra/tf.json:5:24: tags.value.env (TERRAFORM)
	3:23   desiredCount  count       3      a/x_input.json:6:3: count
	EOF
	git -C work gitops render --explain a/x >actual &&
	test_cmp expect actual
'

test_expect_success 'what overrides what' '
	explains "\"{{ cluster }} {{ region }}\"" "\
1:12 x cluster apps infra/tf.json:2:3: cluster.value (TERRAFORM)
 instead of infra/base.json:2:3: cluster.value (TERRAFORM)
1:26 x region eu-1 a/x_input.json:4:3: region
 instead of infra/base.json:3:3: region.value (TERRAFORM)"
'

test_expect_success 'members, items, filters' '
	explains "[{{ subnets[-1] | tojson }}, \"{{ tags[${SQ}blue-tg${SQ}] | upper }}\"]" "\
1:12 x[0] subnets[-1] | tojson \"subnet-2\" infra/tf.json:4:38: subnets.value[-1] (TERRAFORM)
1:41 x[1] tags[${SQ}blue-tg${SQ}] | upper ARN infra/tf.json:5:39: tags.value[\"blue-tg\"] (TERRAFORM)"
'

test_expect_success 'an empty value is one, a minus is none of the braces' '
	explains "\"{{ empty }}{{ -count }}\"" "\
1:12 x empty (empty) a/x_input.json:5:3: empty
1:23 x -count -3 a/x_input.json:6:3: count"
'

test_expect_success 'a default counts only where something is undefined' '
	explains "\"{{ nope | default(1) }} {{ name | d(2) }} {{ tags.team | default(region) }}\"" "\
1:12 x nope | default(1) 1 default: ${SQ}nope${SQ} is undefined
1:36 x name | d(2) web a/x_input.json:3:3: name
1:54 x tags.team | default(region) eu-1 default: ${SQ}tags.team${SQ} is undefined
 and infra/tf.json:5:3: tags.value (TERRAFORM)
 and a/x_input.json:4:3: region
 instead of infra/base.json:3:3: region.value (TERRAFORM)"
'

test_expect_success 'variables of the template lead back to where their values come from' '
	explains "\"{% set full = name ~ cluster %}{{ full }}{% for s in subnets %}{{ s ~ loop.index }}{% endfor %}{{ 1 + 1 }}\"" "\
1:43 x full webapps a/x_input.json:3:3: name, via ${SQ}full${SQ}
 and infra/tf.json:2:3: cluster.value (TERRAFORM)
 instead of infra/base.json:2:3: cluster.value (TERRAFORM)
1:75 x s ~ loop.index subnet-11 infra/tf.json:4:3: subnets.value (TERRAFORM), via ${SQ}s${SQ}
1:75 x s ~ loop.index subnet-22 infra/tf.json:4:3: subnets.value (TERRAFORM), via ${SQ}s${SQ}
1:107 x 1 + 1 2 the template"
'

test_expect_success 'values beyond the first few are said to be there' '
	explains "\"{{ name ~ count ~ region ~ cluster }}\"" "\
1:12 x name ~ count ~ region ~ cluster web3eu-1apps a/x_input.json:3:3: name
 and a/x_input.json:6:3: count
 and a/x_input.json:4:3: region
 instead of infra/base.json:3:3: region.value (TERRAFORM)
 and others"
'

test_expect_success 'what is sensitive is not shown, in whatever form' '
	cat >work/a/x_svcdef.json <<-\EOF &&
	{ "{{ password }}": "{{ password | upper }}", "y": "{% set p = password ~ name %}{{ p }}",
	  "z": "{{ password[0] }}", "l": [ {% for c in password %}"{{ c }}"{{ "," if not loop.last }}{% endfor %} ] }
	EOF
	git -C work gitops render --explain a/x >actual &&
	test_grep "  (sensitive)  infra/tf.json:3:3: password.value (TERRAFORM), via .p.$" actual &&
	test_grep ! -i "hunter" actual &&
	test_grep ! "  [hunter2]  infra" actual &&
	git -C work gitops render --explain --format=json a/x >actual &&
	test_grep ! -i "hunter" actual &&
	test_grep ! "\"value\": \"[hunter2]\"" actual
'

test_expect_success 'a long value is cut, a short one is not' '
	printf "{ \"name\": \"%0100d\" }" 0 >work/a/x_input.json &&
	echo "{ \"x\": \"{{ name }}\" }" >work/a/x_svcdef.json &&
	git -C work gitops render --explain a/x >actual &&
	test_grep "  0\{46\}\.\.  a/x_input.json:1:3: name$" actual
'

test_expect_success 'CDK: the stack that an output is of' '
	test_write work/cdk.json <<-\EOF &&
	{
	  "Net": { "Subnets": "[\"subnet-1\"]", "Vpc": "vpc-1" },
	  "App-1": { "Cluster": "apps" }
	}
	EOF
	echo "{ \"ref\": { \"type\": \"CDK\", \"file\": [\"cdk.json\"] } }" >work/a/x_input.json &&
	explains "\"{{ Vpc }} {{ Cluster }} {{ Net.Vpc }} {{ Subnets[0] }}\"" "\
1:12 x Vpc vpc-1 cdk.json:2:41: Net.Vpc (CDK)
1:22 x Cluster apps cdk.json:3:14: [\"App-1\"].Cluster (CDK)
1:36 x Net.Vpc vpc-1 cdk.json:2:3: Net.Vpc (CDK)
1:50 x Subnets[0] subnet-1 cdk.json:2:12: Net.Subnets[0] (CDK)"
'

test_expect_success 'as JSON' '
	echo "{ \"x\": \"{{ Vpc }}{{ nope | d(1) }}\" }" >work/a/x_svcdef.json &&
	git -C work gitops render --explain --format=json a/x >actual &&
	cat >expect <<-\EOF &&
	[
	  {
	    "path": "a/x_svcdef.json",
	    "line": 1,
	    "column": 12,
	    "expression": "Vpc",
	    "member": "x",
	    "value": "vpc-1",
	    "sensitive": false,
	    "undefined": null,
	    "through": null,
	    "sources": [
	      {
	        "name": "Vpc",
	        "path": "cdk.json",
	        "line": 2,
	        "column": 41,
	        "member": "Net.Vpc",
	        "type": "CDK",
	        "overridden": false
	      }
	    ],
	    "complete": true
	  },
	  {
	    "path": "a/x_svcdef.json",
	    "line": 1,
	    "column": 21,
	    "expression": "nope | d(1)",
	    "member": "x",
	    "value": "1",
	    "sensitive": false,
	    "undefined": "nope",
	    "through": null,
	    "sources": [],
	    "complete": true
	  }
	]
	EOF
	test_cmp expect actual
'

test_expect_success 'nothing to explain, and what can not be' '
	echo "{ \"x\": 1 }" >work/a/x_svcdef.json &&
	echo "a/x: nothing is substituted" >expect &&
	git -C work gitops render --explain a/x >actual &&
	test_cmp expect actual &&
	echo "[]" >expect &&
	git -C work gitops render --explain --format=json a/x >actual &&
	test_cmp expect actual &&
	echo "{ \"x\": {{ nope }} }" >work/a/x_svcdef.json &&
	test_expect_code 1 git -C work gitops render --explain a/x >actual 2>err &&
	test_must_be_empty actual &&
	test_grep "error: .nope. is undefined" err &&
	test_expect_code 129 git gitops render --explain --template work/a/x_svcdef.json 2>err &&
	test_grep "explain goes with a path-prefix" err
'

test_done
