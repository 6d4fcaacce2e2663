#!/bin/sh

test_description='code in the repository, sent by many functions at once'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-server.sh
. "$TEST_DIRECTORY"/lib-deploy.sh
. "$TEST_DIRECTORY"/lib-lambda.sh

# Large as files, so that two together could be too much; as zip files they aren't.
large="a b c"

# code <mark>: of all of them
code () {
	for name in $large small tiny
	do
		echo "$1" >"work/code/$name/mark" || return
	done &&
	git -C work add . && test_tick &&
	git -C work commit -q -m "$1" &&
	git -C work push -q origin HEAD:main
}

# overlaps <operation>: how many of its calls began before another one of a large function had ended
overlaps () {
	control "$SANDBOX_URL/_sandbox/calls?op=$1" &&
	jq "[.[] | select(.path + (.params.FunctionName // \"\") | test(\"small|tiny\") | not) | {wall, end: (.wall + .ms / 1000)}] |
		sort_by(.wall) | [range(1; length) as \$i | select(.[\$i].wall < .[\$i - 1].end - 0.001)] | length" .control
}

test_expect_success 'setup: functions of thirty megabytes, and of none' '
	sandbox_start &&
	sandbox_fresh_lambda 10 &&
	server_init origin.git &&
	git clone -q origin.git work 2>err &&
	lambda_code one &&
	for name in $large small tiny
	do
		mkdir -p work/fn/$name work/code/$name &&
		case $name in ?) full=large-$name size=30000000 ;; *) full=$name size=10 ;; esac &&
		dd if=/dev/zero of=work/code/$name/data bs=$size count=1 2>/dev/null &&
		lambdadef ".FunctionName = \"$full\" | .Code = {ZipFile: \"file://code/$name\"}" &&
		lambdadepdef ".readinessCheck.waitInterval = 1" && mv fn.json work/fn/$name/${name}_lambdadef.json &&
		mv dep.json work/fn/$name/${name}_lambdadepdef.json || return
	done
'

test_expect_success 'large ones are created one after the other, small ones beside them' '
	fault "{\"match\": {\"op\": \"CreateFunction\"}, \"action\": {\"type\": \"delay\", \"delay\": 0.5}}" &&
	code one && git gitops worker --drain origin.git &&
	functions >actual && test_line_count = 5 actual &&
	sandbox_calls "op=CreateFunction" >calls && test_line_count = 5 calls &&
	test "$(overlaps CreateFunction)" = 0
'

test_expect_success 'so is their code changed' '
	fault "{\"match\": {\"op\": \"UpdateFunctionCode\"}, \"action\": {\"type\": \"delay\", \"delay\": 0.5}}" &&
	code two && git gitops worker --drain origin.git &&
	sandbox_calls "op=UpdateFunctionCode" >calls && test_line_count = 5 calls &&
	test "$(overlaps UpdateFunctionCode)" = 0 &&
	functions >actual && test "$(grep -c "live=2:1$" actual)" = 5
'

test_expect_success 'every request was one that AWS would understand' '
	sandbox_no_invalid_calls
'

test_done
