#!/bin/sh

test_description='what is sensitive is in no output, whatever is done with it'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-server.sh

# The secret has a part that survives upper, tojson, replace and cutting, and
# each form of it that comes out of reverse: a leak is one of these.
LEAK="zebra\|arbez\|giraffe\|effarig"

# no_leak <file>...
no_leak () {
	for no_leak_file_
	do
		if grep -i -n "$LEAK" "$no_leak_file_"
		then
			echo "leaked by $no_leak_file_, with:" &&
			cat work/a/x_svcdef.json work/a/x_taskdef.json work/a/x_input.json &&
			return 1
		fi || return
	done
}

# hunt: run everything that reads the work tree, and look at all that it says.
# Whether it succeeds is of no interest, but it may not crash.
hunt () {
	rm -f out.* &&
	for hunt_format_ in text json sarif
	do
		test_might_fail git -C work gitops check --all --format=$hunt_format_ >out.check-$hunt_format_ 2>&1 || return
	done &&
	for hunt_format_ in text json
	do
		test_might_fail git -C work gitops render --format=$hunt_format_ a/x >out.render-$hunt_format_ 2>&1 &&
		test_might_fail git -C work gitops render --explain --format=$hunt_format_ a/x >out.explain-$hunt_format_ 2>&1 || return
	done &&
	test -s out.check-sarif &&
	no_leak out.*
}

# hunt_each <what>: for each line of stdin, put in place of the service
# definition's member
hunt_each () {
	cat >lines &&
	test -s lines &&
	while IFS= read -r hunt_line_
	do
		printf "%s\n" "$hunt_line_" >work/a/x_$1.json &&
		hunt || return
	done <lines
}

service () {
	rm -f work/a/* &&
	cp base/* work/a/ &&
	cp tf.json work/infra/tf.json
}

test_expect_success 'setup' '
	git init -q work &&
	mkdir -p base work/a work/infra &&
	cat >tf.json <<-\EOF &&
	{
	  "password": { "value": "Zebra \"7\" \\ <stripes>\nZebra", "sensitive": true },
	  "word": { "value": "zebra", "sensitive": true },
	  "number": { "value": 1, "sensitive": true },
	  "list": { "value": ["zebra", "giraffe"], "sensitive": true },
	  "map": { "value": { "zebra": "giraffe", "deep": { "key": ["zebra"] } }, "sensitive": true },
	  "text": { "value": "{\"zebra\": \"giraffe\"}", "sensitive": true }
	}
	EOF
	cat >base/x_input.json <<-\EOF &&
	{ "ref": { "type": "TERRAFORM", "file": ["infra/tf.json"] }, "name": "web" }
	EOF
	cat >base/x_svcdef.json <<-\EOF &&
	{ "serviceName": "web", "cluster": "apps", "desiredCount": 1 }
	EOF
	cat >base/x_taskdef.json <<-\EOF &&
	{ "family": "web", "containerDefinitions": [ { "name": "web", "image": "nginx:1", "memory": 64, "environment": [
	  { "name": "A", "value": {{ password | tojson }} }, { "name": "B", "value": "x{{ word }}y" } ] } ] }
	EOF
	service &&
	git -C work add . &&
	git -C work commit -q -m one
'

test_expect_success 'the hunt finds what is not sensitive' '
	sed "s/true/false/" tf.json >work/infra/tf.json &&
	! hunt &&
	service
'

test_expect_success 'a value that is as it should be, whatever is made of it' '
	hunt &&
	test_grep "(sensitive)" out.render-text &&
	test_grep "(sensitive)" out.explain-text &&
	hunt_each taskdef <<-\EOF
	{ "family": "web-{{ word }}", "containerDefinitions": [ { "name": "{{ word }}", "image": "{{ word }}/{{ word | upper }}" } ] }
	{ "family": "web", "a": "{{ word | reverse }}", "b": {{ map | tojson }}, "c": "{{ list | join }}", "d": {{ list | map("upper") | list | tojson }} }
	{ "family": "web", "a": "{% for c in list %}{{ c }}{% endfor %}", "b": "{% set x = word %}{{ x ~ name }}", "c": {{ text }} }
	{ "family": "web", "a": "{% macro m(v) %}[{{ v }}]{% endmacro %}{{ m(word) }}", "b": "{% filter upper %}{{ word }}{% endfilter %}" }
	{ "family": "web", "a": "{% set ns = namespace(v=word) %}{{ ns.v }}", "b": "{% set s %}{{ word }}{% endset %}{{ s }}", "c": "{% with v = word %}{{ v }}{% endwith %}" }
	{ "family": "web", "a": {{ {"k": word, word: 1} | tojson }}, "b": "{{ "%s-%s" % (name, word) }}", "c": "{{ "{}".format(word) }}" }
	{ "family": "web", "a": "{{ map.keys() | list | first }}", "b": "{{ map.deep.key[0] }}", "c": "{{ (map.items() | list)[0][1] }}" }
	{ "family": "web", "a": "{{ [name, word] | sort | join("-") }}", "b": "{{ name if word == "x" else word }}", "c": "{{ word[1:] }}" }
	{ "family": "web", "a": "{{ list | groupby(0) | string }}", "b": "{{ dict(a=word).a }}", "c": "{{ word | replace("z", name) }}", "d": "{{ [word] | tojson | upper }}" }
	{ "family": "web", "a": "{{ cycler(word).next() }}", "b": "{{ joiner(word)() }}", "c": "{% set j = joiner(word) %}{{ j() }}{{ j() }}", "d": "{{ [word, 1] | string }}" }
	{ "family": "web", "a": "{% for k, v in map | dictsort %}{{ k }}{{ loop.previtem }}{{ loop.nextitem }}{% endfor %}", "b": "{% call(x) mm(1) %}{% endcall %}" }
	{ "family": "web", "a": "{% macro mm(v) %}{{ caller(word) }}{% endmacro %}{% call(x) mm(1) %}{{ x }}{% endcall %}", "b": "{{ list | batch(1) | list }}", "c": "{{ word | center(20) | trim }}" }
	{ "family": "web", "a": "{{ word.upper() }}{{ word.split("e") }}{{ word.encode }}", "b": "{{ word | urlencode }}{{ word | e }}{{ word | wordwrap(2) }}" }
	EOF
'

test_expect_success 'a value that is none of what AWS takes' '
	service &&
	hunt_each svcdef <<-\EOF &&
	{ "serviceName": "web", "desiredCount": "{{ word }}" }
	{ "serviceName": "web", "desiredCount": {{ password | tojson }}, "launchType": "{{ word }}" }
	{ "serviceName": "web", "launchType": {{ list | tojson }}, "schedulingStrategy": {{ map | tojson }} }
	{ "serviceName": "web", "{{ word }}": 1, "deploymentController": { "type": "{{ word }}" } }
	{ "serviceName": "web", "{{ word }}": 1, "{{ word }}": 2 }
	{ "serviceName": "{{ word * 100 }}", "cluster": "{{ word * 100 }}", "role": "{{ word }}" }
	{ "serviceName": "{{ word }}", "cluster": {{ password | tojson }}, "taskDefinition": "{{ word }}" }
	{ "serviceName": "web", "loadBalancers": [ { "targetGroupArn": "{{ word }}", "containerName": "{{ word }}", "containerPort": "{{ word }}" } ] }
	{ "serviceName": "web", "loadBalancers": [ { "targetGroupArn": "arn:aws:{{ word }}", "containerName": "{{ word }}", "containerPort": 80 } ] }
	{ "serviceName": "web", "loadBalancers": {{ list | tojson }}, "networkConfiguration": { "awsvpcConfiguration": { "subnets": {{ list | tojson }}, "assignPublicIp": "{{ word }}" } } }
	{ "serviceName": "web", "tags": [ { "key": "aws:{{ word }}", "value": "{{ word * 90 }}" } ], "propagateTags": "{{ word }}" }
	{ "serviceName": "web", "capacityProviderStrategy": [ { "capacityProvider": "{{ word }}", "weight": "{{ word }}" } ], "launchType": "FARGATE", "platformVersion": "{{ word }}" }
	EOF
	service &&
	hunt_each taskdef <<-\EOF &&
	{ "family": {{ password | tojson }}, "cpu": "{{ word }}", "memory": "{{ word }}", "networkMode": "{{ word }}", "requiresCompatibilities": ["FARGATE", "{{ word }}"] }
	{ "family": "web", "containerDefinitions": [ { "name": "{{ word }}", "image": "i" }, { "name": "{{ word }}", "image": "i", "dependsOn": [ { "containerName": "x{{ word }}", "condition": "{{ word }}" } ] } ] }
	{ "family": "web", "containerDefinitions": [ { "name": "web", "image": "{{ word }}", "portMappings": [ { "containerPort": "{{ word }}" } ], "logConfiguration": { "logDriver": "{{ word }}" } } ] }
	{ "family": "web", "containerDefinitions": [ { "name": "web", "image": "i", "secrets": [ { "name": "A", "valueFrom": "{{ word }}" } ], "mountPoints": [ { "sourceVolume": "{{ word }}" } ] } ], "volumes": [ { "name": "a" } ] }
	{ "family": "web", "executionRoleArn": "arn:{{ word }}", "taskRoleArn": "{{ word }}", "containerDefinitions": "{{ word }}" }
	EOF
	service &&
	hunt_each depdef <<-\EOF
	{ "environment": { "region": "{{ word }}", "account": "{{ word }}", "roleArn": "{{ word }}" } }
	{ "environment": { "region": {{ password | tojson }}, "account": {{ list | tojson }} }, "{{ word }}": 1 }
	{ "trafficShiftingConfig": { "type": "{{ word }}", "percent": "{{ word }}" }, "alarms": { "alarmNames": "{{ word }}" } }
	{ "targetGroupArnPairs": [ [ "{{ word }}", "{{ word }}" ], "{{ word }}" ], "stabilityCheck": "{{ word }}" }
	{ "trafficShiftingConfig": { "type": "CANARY" }, "targetGroupArnPairs": [ [ "arn:aws:{{ word }}", "arn:aws:{{ word }}" ] ] }
	EOF
'

test_expect_success 'two objects of one name' '
	test_when_finished "rm -rf work/b" &&
	service &&
	echo "{ \"serviceName\": \"{{ word }}\", \"cluster\": \"{{ word }}\" }" >work/a/x_svcdef.json &&
	mkdir -p work/b && cp work/a/* work/b/ &&
	hunt &&
	test_grep "error" out.check-text
'

test_expect_success 'what is no JSON' '
	service &&
	hunt_each taskdef <<-\EOF
	{ "family": {{ word }} }
	{ "family": "{{ password }}" }
	{ "family": x{{ word }} }
	{ "family": "a" {{ word }} }
	{ "family": "{{ word }} }
	{ "family": "\{{ word }}" }
	{ "family": "\u{{ word }}" }
	{ "family": 0{{ number }}, "x": {{ number }}.{{ word }} }
	{{ word }}
	[ "{{ word }}" ]
	"{{ word }}"
	{ "family": {{ text }} {{ text }} }
	{ {{ word }}: 1 }
	{ "family": "web" } {{ password }}
	{ "a{{ word }}": 1, "a{{ word }}": 2, "b": {{ map }} }
	EOF
'

test_expect_success 'what the template can not do with it' '
	service &&
	hunt_each taskdef <<-\EOF
	{{ word + 1 }}{{ word - 1 }}{{ -word }}{{ word < 1 }}{{ 1 in word }}{{ word ** 2 }}{{ 1 // word }}{{ "%d" % word }}{{ "%q" % word }}
	{{ word.foo }}{{ word.foo.bar }}{{ word["foo"] }}{{ [1][word] }}{{ {"a": 1}[word] }}{{ {"a": 1}[word].x }}{{ name[word] }}{{ nope[word] }}
	{{ word() }}{{ word.upper(1, 2, word) }}{{ range(word) }}{{ dict(word) }}{{ namespace(word) }}{{ cycler(word).nope }}{{ joiner(word).nope }}
	{{ map.nope }}{{ map["nope"] }}{{ map.zebr }}{{ map.deep.nope }}{{ list[9] }}{{ list["nope"] }}{{ list.nope }}{{ map.deep.key.x }}{{ map[1:2] }}
	{{ name | replace(word) }}{{ name | center(word) }}{{ name | attr(word) }}{{ word | attr("nope") }}{{ word | round }}{{ word | sum }}{{ list | sum }}{{ word | abs }}
	{{ [1] | map(word) | list }}{{ [1] | select(word) | list }}{{ [1] | map(attribute=word) | list }}{{ [{}] | groupby(word) }}{{ [{}] | sort(attribute=word) }}
	{{ word | int(base=word) }}{{ word | tojson(indent=word) }}{{ word | batch(word) | list }}{{ word | truncate(word) }}{{ word | indent(word) }}{{ word | wordwrap(word) }}
	{% for a, b in list %}{{ a }}{% endfor %}{% for a, b, c in word %}{% endfor %}{% set a, b, c = word %}{% set n = namespace(word=word) %}{{ n.nope }}{% set n[word] = 1 %}
	{% set x = word %}{{ x.nope }}{{ x | nope }}{{ x is nope }}{% set x.y = 1 %}{% include word %}
	{% set x = word %}{% set x.y = 1 %}{{ x.y.z }}{{ map.x.y }}{% for v in map.deep %}{{ v.nope }}{{ v + 1 }}{% endfor %}
	{% macro m(a) %}{{ a.nope }}{{ a + 1 }}{% endmacro %}{{ m(word) }}{{ m(word, word) }}{{ m(c=1, b=word) }}{{ m(**map) }}{{ m(*list) }}
	{{ "{:d}".format(word) }}{{ "{:>{w}}".format(1, w=word) }}{{ "{x}".format(**map) }}{{ "{0.nope}".format(word) }}{{ word.format(word) }}{{ (word ~ "{nope}").format() }}{{ word % 1 }}
	{{ list | join(1, attribute="nope") }}{{ map | dictsort(by=word) }}{{ list | first | int + [] }}{{ list | min(attribute="nope") }}{{ list | unique(attribute="x") | list }}{{ map | items | sum }}
	{{ list[0] + list }}{{ map + map }}{{ list < map }}{{ map | sort | first < 1 }}{{ word | filesizeformat }}{{ word | dictsort }}{{ word | items }}{{ word | xmlattr }}{{ map | xmlattr | int + {} }}
	{{ word.__class__ }}{{ word["__class__"] }}{{ word | attr("__class__") }}{{ map.__init__ }}{{ word * 99999999 }}{{ "x" * (word | length * 99999999) }}{% for i in range(99999999) %}{{ word }}{% endfor %}
	{{ word.split(1) }}{{ word.join(1) }}{{ word.replace(1, 2) }}{{ word.find(1) }}{{ word.zfill("x") }}{{ word.encode("x") }}{{ word.startswith(1) }}{{ word.index("nope") }}{{ list.index("nope") }}
	{{ list.index(word ~ "x") }}{{ map.pop(word ~ "x") }}{{ map.get([]) }}{{ {}[map] }}{{ [] in map }}{{ {list: 1} }}{{ {}.update(word) }}{{ {word: 1}[word ~ 1] }}{{ {word: 1}.nope }}
	EOF
'

test_expect_success 'a file of outputs that is broken, at each place near it' '
	service &&
	while IFS= read -r line
	do
		printf "%s\n" "$line" >work/infra/tf.json &&
		hunt &&
		test_grep "error" out.check-text || return 1
	done <<-\EOF
	{ "word": { "value": zebra, "sensitive": true } }
	{ "word": { "value": "zebra, "sensitive": true } }
	{ "word": { "value": "zebra" "sensitive": true } }
	{ "word": { "value": "zebra", "sensitive": True } }
	{ "word": { "value": "zebra", "sensitive": "true" } }
	{ "word": { "value": "zebra", "sensitive": 1 } }
	{ "word": { "Value": "zebra", "sensitive": true } }
	{ "word": { "value": { "zebra": 1, "zebra": 2 }, "sensitive": true } }
	{ "word": { "value": "\zebra", "sensitive": true } }
	{ "word": { "value": "zebra", "sensitive": true }, "bare": "giraffe" }
	{ "word": { "value": "zebra", "sensitive": true }, "other": { "type": "string" } }
	{ "word": { "value": "zebra", "sensitive": true }, }
	{ "word": { "value": "zebra", "sensitive": true } } }
	{ "word": { "value": 'zebra', "sensitive": true } }
	{ "terraform_version": "1", "outputs": { "word": { "value": "zebra", "sensitive": true } } }
	word = zebra
	[ "zebra" ]
	"zebra"
	EOF
'

test_expect_success 'a file of outputs that is read as another kind' '
	for type in JSON CDK
	do
		service &&
		sed "s/TERRAFORM/$type/" base/x_input.json >work/a/x_input.json &&
		echo "{ \"family\": \"{{ word.value }}\", \"b\": {{ map | tojson }}, \"c\": {{ password.value | tojson }} }" >work/a/x_taskdef.json &&
		hunt &&
		test_grep "(sensitive)" out.render-text || return 1
	done
'

test_expect_success 'a name that is recorded can not be sensitive' '
	service &&
	echo "{ \"serviceName\": \"s-{{ word }}\", \"cluster\": \"{{ word }}\" }" >work/a/x_svcdef.json &&
	sed "s/\"family\": \"web\"/\"family\": \"{{ word }}\"/" base/x_taskdef.json >work/a/x_taskdef.json &&
	echo "{ \"environment\": { \"region\": \"{{ word }}\" } }" >work/a/x_depdef.json &&
	hunt &&
	test_grep "^a/x_svcdef.json:1:18: error: .serviceName. is made of a sensitive value \[sensitive-name]" out.check-text &&
	test_grep "^a/x_svcdef.json:1:45: error: .cluster. is made of a sensitive value" out.check-text &&
	test_grep "^a/x_taskdef.json:1:13: error: .family. is made of a sensitive value" out.check-text
'

test_expect_success 'a push that is refused, and one that is taken, and their notes' '
	service &&
	server_init origin.git &&
	echo "{ \"serviceName\": \"web\", \"launchType\": \"{{ word }}\", \"x\": {{ password | tojson }} }" >work/a/x_svcdef.json &&
	git -C work add . && git -C work commit -q -m bad &&
	test_must_fail git -C work push ../origin.git HEAD:refs/heads/main >out.push 2>&1 &&
	test_grep "launchType" out.push &&
	no_leak out.push &&
	service &&
	git -C work add . && git -C work commit -q -m good &&
	git -C work gitops plan --format=json HEAD^..HEAD >out.plan 2>&1 &&
	no_leak out.plan &&
	git -C work push ../origin.git HEAD:refs/heads/main >out.push2 2>&1 &&
	no_leak out.push2 &&
	git -C origin.git log --all -p --notes="gitops/*" -- . ":!infra" ":!a" >out.log &&
	no_leak out.log &&
	if grep -r -i "$LEAK" origin.git --exclude-dir=objects
	then
		return 1
	fi
'

test_done
