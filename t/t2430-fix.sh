#!/bin/sh

test_description='check --fix repairs what has one safe repair, and nothing else'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-server.sh

# fresh: a work tree with one good service
fresh () {
	rm -rf work &&
	git init -q work &&
	service_write work dev/web/web &&
	git -C work add . &&
	git -C work commit -q -m good
}

# changed: the lines that differ from what was committed, without context
changed () {
	git -C work diff -U0 "$@" | grep "^[-+]" | grep -v "^---\|^+++"
}

test_expect_success 'misspelt members, values and quotes are repaired in the template' '
	fresh &&
	sed -i -e "s/\"serviceName\"/\"serviceNmae\"/" -e "s/{{ count }}/\"{{ count }}\"/" \
		-e "s/\"FARGATE\",/\"fargate\",/" work/dev/web/web_svcdef.json &&
	cp work/dev/web/web_svcdef.json broken &&
	git -C work gitops check --fix >actual &&
	git -C work diff --exit-code &&
	test_grep "^repaired 3 mistakes in 1 file\$" actual &&
	test_grep "^1 service object, no errors\$" actual &&
	cp broken work/dev/web/web_svcdef.json &&
	sed "/^repaired/,\$d" actual >patch &&
	git -C work apply <patch &&
	git -C work diff --exit-code
'

test_expect_success 'the words of other documentation become ours, also one inside the other' '
	fresh &&
	test_write work/dev/web/web_depdef.json <<-\EOF &&
	{
	  "environment": { "region": "{{ region }}" },
	  "trafficShift": { "percentage": 10 },
	  "circuitBreaker": { "failureThresholdPercentage": 50 }
	}
	EOF
	git -C work commit -q -a -m "from elsewhere" &&
	git -C work gitops check --fix --all >actual &&
	changed >diff &&
	cat >expect <<-\EOF &&
	-  "trafficShift": { "percentage": 10 },
	-  "circuitBreaker": { "failureThresholdPercentage": 50 }
	+  "trafficShiftingConfig": { "percent": 10 },
	+  "gmDeploymentCircuitBreaker": { "failureThresholdPercent": 50 }
	EOF
	test_cmp expect diff
'

test_expect_success 'a number that AWS wants as a string gets quotes, an expression too' '
	fresh &&
	sed -i -e "s/\"512\"/512/" -e "s/\"256\"/{{- count * 256 }}/" work/dev/web/web_taskdef.json &&
	git -C work gitops check --fix >actual &&
	changed >diff &&
	grep "^+" diff >plus &&
	cat >expect <<-\EOF &&
	+  "cpu": "{{- count * 256 }}",
	EOF
	test_cmp expect plus
'

test_expect_success 'what comes from the own input is repaired there, from another file nowhere' '
	fresh &&
	sed -i "s/\"FARGATE\",/\"{{ lt }}\",/" work/dev/web/web_svcdef.json &&
	sed -i "s/\"count\": 1/\"count\": 1, \"lt\": \"FARGAT\"/" work/dev/web/web_input.json &&
	git -C work commit -q -a -m values &&
	git -C work gitops check --fix --all >actual &&
	git -C work diff --name-only >names &&
	echo dev/web/web_input.json >expect &&
	test_cmp expect names &&
	test_grep "\"lt\": \"FARGATE\"" work/dev/web/web_input.json &&
	fresh &&
	sed -i "s/\"FARGATE\",/\"{{ lt }}\",/" work/dev/web/web_svcdef.json &&
	sed -i "s|\"cluster_name\":|\"lt\": { \"value\": \"FARGAT\", \"type\": \"string\" },\n\"cluster_name\":|" \
		work/infra/output.json &&
	git -C work commit -q -a -m values &&
	test_expect_code 1 git -C work gitops check --fix --all >actual &&
	git -C work diff --exit-code &&
	test_grep "^not repaired: dev/web/web_svcdef.json:5:17: the value comes from a file that others may use" actual
'

test_expect_success 'a dry run shows the same and writes nothing' '
	fresh &&
	sed -i "s/\"serviceName\"/\"serviceNmae\"/" work/dev/web/web_svcdef.json &&
	cp work/dev/web/web_svcdef.json before &&
	test_expect_code 1 git -C work gitops check --fix --dry-run >dry &&
	test_cmp before work/dev/web/web_svcdef.json &&
	git -C work gitops check --fix >wet &&
	sed "/^would repair/,\$d" dry >expect &&
	sed "/^repaired/,\$d" wet >actual &&
	test_cmp expect actual &&
	test_grep "^+  \"serviceName\"" actual &&
	git -C work gitops check --fix >again &&
	printf "%s\n" "nothing to repair" "1 service object, no errors" >expect &&
	test_cmp expect again
'

test_expect_success 'a repair that brings another error is not made' '
	fresh &&
	sed -i "s/\"launchType\"/\"region\": \"x\", \"desiredCuont\": 3, \"launchType\"/" work/dev/web/web_svcdef.json &&
	cp work/dev/web/web_svcdef.json before &&
	test_expect_code 1 git -C work gitops check --fix >actual &&
	test_cmp before work/dev/web/web_svcdef.json &&
	test_grep "^not repaired: dev/web/web_svcdef.json:[0-9:]*: then there would be: member" actual
'

test_expect_success 'a name that is nearly one is corrected, never over another file' '
	fresh &&
	git -C work mv dev/web/web_taskdef.json dev/web/web_taskdefs.json &&
	git -C work gitops check --fix >actual &&
	test_path_is_file work/dev/web/web_taskdef.json &&
	test_path_is_missing work/dev/web/web_taskdefs.json &&
	test_grep "^rename to dev/web/web_taskdef.json\$" actual &&
	fresh &&
	mv work/dev/web/web_taskdef.json work/dev/web/web_taskdefs.json &&
	echo dev/web/web_taskdef.json >work/.git/info/exclude &&
	git -C work rm -q --cached dev/web/web_taskdef.json &&
	echo precious >work/dev/web/web_taskdef.json &&
	test_expect_code 128 git -C work gitops check --fix >actual 2>err &&
	test_grep "^fatal: cannot rename" err &&
	echo precious >expect &&
	test_cmp expect work/dev/web/web_taskdef.json &&
	test_path_is_file work/dev/web/web_taskdefs.json
'

test_expect_success 'only what the paths name is repaired, from where one stands' '
	fresh &&
	service_write work dev/api/api &&
	sed -i "s/\"serviceName\"/\"serviceNmae\"/" work/dev/web/web_svcdef.json work/dev/api/api_svcdef.json &&
	test_expect_code 1 git -C work/dev/api gitops check --fix . >actual &&
	git -C work diff --name-only >names &&
	echo dev/web/web_svcdef.json >expect &&
	test_cmp expect names &&
	git -C work/dev/api gitops check --fix ../web/web >actual &&
	git -C work diff --exit-code &&
	test_expect_code 128 git -C work gitops check --fix ../broken 2>err &&
	test_grep "outside of the work tree" err
'

test_expect_success 'other bytes and the mode stay as they are' '
	fresh &&
	perl -pi -e "s/\n/\r\n/; s/serviceName/serviceNmae/; s/\{ /{\t /" work/dev/web/web_svcdef.json &&
	chmod 640 work/dev/web/web_svcdef.json &&
	perl -pe "s/serviceNmae/serviceName/" work/dev/web/web_svcdef.json >expect &&
	git -C work gitops check --fix >actual &&
	cmp expect work/dev/web/web_svcdef.json &&
	stat -c %a work/dev/web/web_svcdef.json >mode &&
	echo 640 >expect &&
	test_cmp expect mode &&
	find work/dev -name "*.tmp" >left &&
	test_must_be_empty left
'

test_expect_success 'line ends that git converts stay as they are in the work tree' '
	fresh &&
	sed -i "s/serviceName/serviceNmae/" work/dev/web/web_svcdef.json &&
	perl -pi -e "s/\n/\r\n/" work/dev/web/web_svcdef.json &&
	perl -pe "s/serviceNmae/serviceName/" work/dev/web/web_svcdef.json >expect &&
	git -C work config core.autocrlf true &&
	git -C work gitops check --fix >actual &&
	cmp expect work/dev/web/web_svcdef.json &&
	test_grep "^repaired 1 mistake in 1 file" actual &&
	git -C work gitops check --fix >actual &&
	test_grep "^nothing to repair" actual
'

test_expect_success 'a file whose conversion can not be undone is left, the others are repaired' '
	fresh &&
	sed -i "s/serviceName/serviceNmae/" work/dev/web/web_svcdef.json &&
	sed -i "s/\"image\"/\"imgae\"/" work/dev/web/web_taskdef.json &&
	perl -pi -e "s/\n/\r\n/ if \$. > 2" work/dev/web/web_svcdef.json &&
	echo "*_svcdef.json text eol=crlf" >work/.gitattributes &&
	cp work/dev/web/web_svcdef.json before &&
	test_expect_code 1 git -C work gitops check --fix >actual &&
	cmp before work/dev/web/web_svcdef.json &&
	test_grep "^not repaired: dev/web/web_svcdef.json:2:.*: git converts the file .*repair it by hand" actual &&
	test_grep "^repaired 1 mistake in 1 file" actual &&
	test_grep "\"image\"" work/dev/web/web_taskdef.json
'

test_expect_success 'links are not followed' '
	fresh &&
	sed -i "s/serviceName/serviceNmae/" work/dev/web/web_svcdef.json &&
	mv work/dev/web/web_svcdef.json outside.json &&
	cp outside.json before &&
	ln -s ../../../outside.json work/dev/web/web_svcdef.json &&
	test_expect_code 1 git -C work gitops check --fix >actual &&
	test_cmp before outside.json &&
	test -L work/dev/web/web_svcdef.json
'

test_expect_success 'JSON has what was repaired, what was left, and the patch' '
	fresh &&
	sed -i "s/\"FARGATE\",/\"{{ name ~ \\\"FARGAT\\\" }}\", \"desiredCuont\": 1,/; s/\"serviceName\"/\"serviceNmae\"/" \
		work/dev/web/web_svcdef.json &&
	test_expect_code 1 git -C work gitops check --fix --format=json >json &&
	perl -MJSON::PP -0777 -ne "
		\$d = decode_json(\$_);
		print qq(repaired \$_->{line} \$_->{rule}\n) for @{\$d->{repaired}};
		print qq(left \$_->{line} \$_->{rule}\n) for @{\$d->{left}};
		print scalar(@{\$d->{findings}}), qq( \$d->{errors}\n), \$d->{diff} =~ /^\+  \"serviceName\"/m ? 1 : 0, qq(\n)" \
		json >actual &&
	printf "%s\n" "repaired 2 schema-unknown" "left 5 schema-unknown" "2 2" 1 >expect &&
	test_cmp expect actual
'

test_expect_success 'misuse' '
	test_expect_code 129 git -C work gitops check --fix --index &&
	test_expect_code 129 git -C work gitops check --dry-run &&
	test_expect_code 129 git -C work gitops check --fix --format=sarif
'

test_expect_success 'colour is as asked for' '
	fresh &&
	sed -i "s/\"serviceName\"/\"serviceNmae\"/" work/dev/web/web_svcdef.json &&
	test_expect_code 1 git -C work -c color.ui=always gitops check >actual &&
	test_grep "\[1;31merror:" actual &&
	test_expect_code 1 git -C work -c color.ui=always gitops check --no-color >actual &&
	test_must_fail grep "$(printf "\033")" actual &&
	test_expect_code 1 git -C work gitops check >piped &&
	test_cmp actual piped &&
	test_expect_code 1 git -C work gitops check --fix --dry-run --color >actual &&
	test_grep "\[31m-  \"serviceNmae\"" actual &&
	test_grep "\[32m+  \"serviceName\"" actual
'

# terminal <command>...: its standard output is a terminal
terminal () {
	python3 -c "import os, pty, sys
pid, fd = pty.fork()
if not pid:
    os.execvp(sys.argv[1], sys.argv[1:])
out = b\"\"
try:
    while True:
        data = os.read(fd, 65536)
        if not data:
            break
        out += data
except OSError:
    pass
os.waitpid(pid, 0)
os.write(1, out)" "$@"
}

test_expect_success 'on a terminal there is colour by itself, unless it is unwanted' '
	TERM=xterm terminal git -C work gitops check >actual &&
	test_grep "\[1;31merror:" actual &&
	TERM=xterm NO_COLOR=1 terminal git -C work gitops check >actual &&
	test_must_fail grep "$(printf "\033")" actual &&
	TERM=xterm terminal git -C work -c color.ui=never gitops check >actual &&
	test_must_fail grep "$(printf "\033")" actual &&
	TERM=xterm terminal git -C work gitops check --no-color >actual &&
	test_must_fail grep "$(printf "\033")" actual
'

test_done
