#!/bin/sh

test_description='rules are listed, described, and can be chosen'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-server.sh

fresh () {
	rm -rf work &&
	git init -q work &&
	service_write work dev/web/web &&
	git -C work add . &&
	git -C work commit -q -m good
}

test_expect_success 'the manual has the rules of the program' '
	test-tool rules >expect &&
	sed -n "/^\/\/ The list is/,/^\/\/ end of/p" "$GITOPS_SOURCE/Documentation/gitops-rules.adoc" |
	sed -e "1,2d" -e "\$d" >actual &&
	test_cmp expect actual
'

test_expect_success 'the rules are sorted, and each is named once' '
	sed -n "s/^=== //p" expect >listed &&
	sort -u listed >sorted &&
	test -s listed &&
	test_cmp sorted listed
'

# A rule is a word with a hyphen in quotes, where findings are made.
test_expect_success 'each rule of the code is listed' '
	cat "$GITOPS_SOURCE"/lib/check/*.c "$GITOPS_SOURCE"/lib/artifact/*.c \
		"$GITOPS_SOURCE"/lib/template/*.[ch] "$GITOPS_SOURCE"/lib/schema/*.c \
		"$GITOPS_SOURCE"/lib/base/*.c >code &&
	while read -r rule
	do
		test "$(grep -cF "\"$rule\"" code)" -ge 2 || { echo "not in the code: $rule" && return 1; }
	done <listed
'

test_expect_success 'each rule of cross-file checks is in the list' '
	cat "$GITOPS_SOURCE"/lib/check/semantics-*.c >code &&
	tr -s "\n\t " " " <code | grep -oE "SEVERITY_[A-Z]+, \"[a-z-]+\"" |
	sed "s/.* \"\(.*\)\"/\1/" | sort -u >used &&
	test -s used &&
	comm -23 used listed >missing &&
	test_must_be_empty missing
'

test_expect_success 'a rule can be made a warning' '
	fresh &&
	sed -i "s/\"FARGATE\",/\"FARGAT\",/" work/dev/web/web_svcdef.json &&
	test_expect_code 1 git -C work gitops check >actual &&
	test_grep "^dev/web/web_svcdef.json:5:17: error: " actual &&
	git -C work config gitops.rule.schema-enum warn &&
	git -C work gitops check >actual &&
	test_grep "^dev/web/web_svcdef.json:5:17: warning: " actual &&
	tail -n 1 actual >last &&
	echo "1 warning in 1 service object" >expect &&
	test_cmp expect last
'

test_expect_success 'a rule can be ignored, and the last setting counts' '
	git -C work -c gitops.rule.schema-enum=ignore gitops check >actual &&
	echo "1 service object, no errors" >expect &&
	test_cmp expect actual &&
	test_expect_code 1 git -C work -c gitops.rule.schema-enum=error gitops check
'

test_expect_success 'what can not be deployed stays an error' '
	fresh &&
	echo "{" >work/dev/web/web_svcdef.json &&
	test_expect_code 1 git -C work -c gitops.rule.json-syntax=ignore gitops check >actual &&
	cat >expect <<-EOF &&
	warning: the setting ${SQ}gitops.rule.json-syntax${SQ} has no effect [rule-setting]
	hint: what this rule finds can${SQ}t be deployed
	EOF
	head -n 2 actual >head &&
	test_cmp expect head &&
	test_grep "^dev/web/web_svcdef.json:2:1: error: " actual
'

test_expect_success 'a setting that means nothing is told' '
	fresh &&
	git -C work -c gitops.rule.lb-prot=ignore -c gitops.rule.lb-port=off gitops check >actual &&
	cat >expect <<-EOF &&
	warning: the setting ${SQ}gitops.rule.lb-prot${SQ} names no rule [rule-setting]
	hint: did you mean ${SQ}lb-port${SQ}?
	warning: the setting ${SQ}gitops.rule.lb-port${SQ} can${SQ}t be ${SQ}off${SQ} [rule-setting]
	hint: it may be error, warn, ignore
	2 warnings in 1 service object
	EOF
	test_cmp expect actual
'

test_done
