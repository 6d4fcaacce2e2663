#!/bin/sh

test_description='render prints the documents of a service object'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-server.sh

test_expect_success 'setup: a service with a secret' '
	git init -q work &&
	service_write work dev/web/web &&
	test_write work/infra/output.json <<-\EOF &&
	{
	  "cluster_name": { "value": "apps", "sensitive": false },
	  "region": { "value": "us-east-1" },
	  "password": { "value": "hunter2", "sensitive": true },
	  "list": { "value": ["hunter3", "hunter4"], "sensitive": true }
	}
	EOF
	test_write work/dev/web/web_svcdef.json <<-\EOF &&
	{ "serviceName": "{{ name }}", "cluster": "{{ cluster_name }}", "desiredCount": {{ count }} }
	EOF
	test_write work/dev/web/web_taskdef.json <<-\EOF &&
	{
	  "family": "{{ name }}-{{ password }}",
	  "a": {{ password | tojson }},
	  "b": {{ list | tojson }},
	  "c": "{% for x in list %}{{ x }}{% endfor %}",
	  "d": "{{ password | length }} {{ password ~ name }}"
	}
	EOF
	git -C work add . &&
	git -C work commit -q -m service
'

test_expect_success 'all documents, with a heading each, secrets masked' '
	cat >expect <<-\EOF &&
	==> dev/web/web_svcdef.json <==
	{ "serviceName": "web", "cluster": "apps", "desiredCount": 1 }

	==> dev/web/web_taskdef.json <==
	{
	  "family": "web-(sensitive)",
	  "a": "(sensitive)",
	  "b": "(sensitive)",
	  "c": "(sensitive)",
	  "d": "(sensitive) (sensitive)"
	}

	==> dev/web/web_depdef.json <==
	{
	  "environment": { "region": "us-east-1" },
	  "stabilityCheck": { "pollInterval": 1, "timeout": 60 }
	}
	EOF
	git -C work gitops render dev/web/web >actual &&
	test_cmp expect actual
'

test_expect_success 'one document by its file, nothing else' '
	echo "{ \"serviceName\": \"web\", \"cluster\": \"apps\", \"desiredCount\": 1 }" >expect &&
	git -C work gitops render dev/web/web_svcdef.json >actual &&
	test_cmp expect actual
'

test_expect_success 'as JSON, which is JSON, without the secrets' '
	git -C work gitops render --format=json dev/web/web >actual &&
	test_grep ! hunter actual &&
	perl -MJSON::PP -0777 -ne "
		for (@{decode_json(\$_)}) {
			print \"\$_->{kind} \$_->{path} \$_->{sensitive}\n\";
		}
	" actual >list &&
	cat >expect <<-\EOF &&
	ecs dev/web/web_svcdef.json 0
	ecs dev/web/web_taskdef.json 1
	ecs dev/web/web_depdef.json 0
	EOF
	test_cmp expect list
'

test_expect_success 'the work tree by default, a commit when asked for' '
	sed -i "s/\"count\": 1/\"count\": 2/" work/dev/web/web_input.json &&
	git -C work gitops render dev/web/web_svcdef.json >actual &&
	test_grep "\"desiredCount\": 2" actual &&
	git -C work gitops render dev/web/web_svcdef.json HEAD >actual &&
	test_grep "\"desiredCount\": 1" actual &&
	git clone -q --bare work bare.git &&
	git -C bare.git gitops render dev/web/web_svcdef.json >actual &&
	test_grep "\"desiredCount\": 1" actual
'

test_expect_success 'findings go to stderr, and nothing to stdout' '
	test_when_finished "git -C work checkout -q HEAD -- ." &&
	sed -i "s/{{ name }}/{{ nmae }}/" work/dev/web/web_svcdef.json &&
	test_expect_code 1 git -C work gitops render dev/web/web >actual 2>err &&
	test_must_be_empty actual &&
	test_grep "^dev/web/web_svcdef.json:1:22: error: .nmae. is undefined" err
'

test_expect_success 'a secret is not in a message either' '
	test_when_finished "git -C work checkout -q HEAD -- ." &&
	echo "{ \"family\": {{ password }} }" >work/dev/web/web_taskdef.json &&
	test_expect_code 1 git -C work gitops render dev/web/web 2>err &&
	test_grep "^dev/web/web_taskdef.json:1:16: error: what a sensitive value becomes here is not JSON" err &&
	test_grep ! hunter err &&
	echo "{ \"family\": {{ list + 1 }}, \"x\": {{ password + 1 }}, \"y\": {{ password.foo.bar }}, \"z\": {{ list[password] }} }" \
		>work/dev/web/web_taskdef.json &&
	test_expect_code 1 git -C work gitops render dev/web/web 2>err &&
	test_grep ! hunter err
'

test_expect_success 'what is not there is said' '
	test_expect_code 128 git -C work gitops render dev/nope 2>err &&
	test_grep "fatal: there is no service object .dev/nope." err &&
	test_grep "^hint: a path-prefix is a file name without its suffix" err &&
	test_expect_code 128 git -C work gitops render dev/web/web nonesuch 2>err &&
	test_expect_code 129 git -C work gitops render 2>err &&
	test_expect_code 129 git -C work gitops render a b c 2>err &&
	test_expect_code 129 git -C work gitops render --values x a 2>err
'

test_done
