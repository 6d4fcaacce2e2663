#!/bin/sh

test_description='what renderings cost: a template is parsed once, output is not allocated piece by piece'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-server.sh

# What is counted is counted by valgrind, in the build without sanitizers.
BUILD=$GITOPS_SOURCE/build

# calls <function> <command>...: how often the command calls it
calls () {
	calls_function=$1 &&
	shift &&
	rm -f callgrind.out &&
	valgrind -q --tool=callgrind --callgrind-out-file=callgrind.out --compress-strings=no "$@" >out 2>err &&
	perl -ne "
		\$called = \$1 eq qq(${calls_function}) if /^cfn=(\\S+?)(?:${SQ}\\d+)?\$/;
		if (\$called && /^calls=(\\d+)/) {
			\$n += \$1;
			\$called = 0;
		}
		END { print \$n // 0, qq(\n) }
	" callgrind.out
}

# allocations <command>...: how many there are
allocations () {
	valgrind --log-file=valgrind.log "$@" >out &&
	sed -n "s/.*total heap usage: \([0-9,]*\) allocs.*/\1/p" valgrind.log | tr -d ,
}

test_expect_success 'setup: 40 services, two templates' '
	git init -q work &&
	for i in $(test_seq 1 40)
	do
		test_write work/dev/s$i/s_svcdef.json <<-\EOF &&
		{ "serviceName": "{{ name }}", "cluster": "apps", "taskDefinition": "{{ name }}:1" }
		EOF
		test_write work/dev/s$i/s_depdef.json <<-\EOF &&
		{ "environment": { "region": "{{ region | default("eu-west-1") }}" } }
		EOF
		echo "{ \"name\": \"s$i\" }" >work/dev/s$i/s_input.json || return 1
	done &&
	git -C work add . &&
	git -C work commit -q -m services
'

test_expect_success 'what is equal is parsed once, and rendered for each' '
	(
		cd work &&
		calls template_parse "$BUILD"/bin/git-gitops check --all HEAD >../parsed &&
		calls template_render "$BUILD"/bin/git-gitops check --all HEAD >../rendered
	) &&
	echo 2 >expect &&
	test_cmp expect parsed &&
	echo 80 >expect &&
	test_cmp expect rendered
'

test_expect_success 'one more template is parsed once more' '
	echo "{ \"serviceName\": \"{{ name }}\", \"taskDefinition\": \"x:1\" }" >work/dev/s1/s_svcdef.json &&
	git -C work commit -q -a -m one &&
	(cd work && calls template_parse "$BUILD"/bin/git-gitops check --all HEAD) >parsed &&
	echo 3 >expect &&
	test_cmp expect parsed
'

# rounds <n>: allocations for a rendering of so many rounds; its bytes are in `bytes`
rounds () {
	printf "{\"n\": %d}" "$1" >values &&
	allocations "$BUILD"/bin/test-tool template-bench 1 template values &&
	sed "s/.* //" out >bytes
}

test_expect_success 'allocations do not grow with the output' '
	cat >template <<-\EOF &&
	{% for i in range(n) %}{"name": "{{ name | default("x") }}-{{ loop.index }}", "odd": {{ (i is odd) | tojson }}}{% if not loop.last %},{% endif %}
	{% endfor %}
	EOF
	few=$(rounds 1000) &&
	few_bytes=$(cat bytes) &&
	many=$(rounds 50000) &&
	many_bytes=$(cat bytes) &&
	echo "$few allocations for $few_bytes bytes, $many for $many_bytes" &&
	test "$many_bytes" -gt 1500000 &&
	test $((many - few)) -lt $(((many_bytes - few_bytes) / 1000))
'

test_done
