#!/bin/sh

test_description='where the errors of templates are: line, column and rule'

. ./test-lib.sh

TAB=$(printf '\t')

test_expect_success 'setup' '
	echo "{\"x\": 1, \"s\": \"str\", \"d\": {\"a\": {\"k\": 1}}, \"l\": [1, 2]}" >values.json &&
	grep -v "^#" "$GITOPS_SOURCE"/t/data/template/places.table >table &&
	test "$(wc -l <table)" -ge 90
'

test_expect_success 'each error of the table is at its place' '
	while IFS= read -r case
	do
		printf "%s" "${case%% => *}" | sed "s/⇥/$TAB/g; s/↵/\\
/g" >t &&
		status=0 &&
		{ git gitops render --template t --values values.json >out 2>err || status=$?; } &&
		test "$status" = 1 &&
		test_must_be_empty out &&
		sed -n "s/^t:\([0-9]*:[0-9]*\): error: /\1: /p" err | paste -sd "|" - | sed "s/|\([0-9]\)/ | \1/g" >told &&
		printf "%s => %s\n" "${case%% => *}" "$(cat told)" || return 1
	done <table >actual &&
	test_cmp table actual
'

test_expect_success 'an end in the wrong place says which block is open, and since where' '
	printf "\n{%% for i in l %%}\n{%% if x %%}\n{%% endfor %%}" >t &&
	test_expect_code 1 git gitops render --template t --values values.json 2>err &&
	grep "^t:4:4: error: ${SQ}endfor${SQ} inside of ${SQ}if${SQ}, which is not closed" err &&
	grep "^hint: first close the ${SQ}if${SQ} of line 3 with {% endif %}" err
'

test_done
