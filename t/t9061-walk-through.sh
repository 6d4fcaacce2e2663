#!/bin/sh

test_description='who follows gitops-deployments(5) has a service that is deployed blue/green

The files are taken from the page; only its ARNs and waiting times are
replaced.'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-sandbox.sh

PAGE=$GITOPS_SOURCE/Documentation/gitops-deployments.adoc

# weights: all that were set, "blue=80 green=20" a line
weights () {
	sandbox_traffic | sed -n "s/^[^ ]* [^ ]* Modify[A-Za-z]* //p"
}

# push <message>
push () {
	git -C work add shop &&
	git -C work commit -q -m "$1" &&
	git -C work push -o gitops.wait origin main >out 2>&1
}

test_expect_success 'the page has four files, one with more settings, and one of a function' '
	perl -ne "
		if (/^----\$/) { \$in = !\$in; \$json = 0; next }
		if (\$in && /^\{\$/ && !\$json) { \$n++; \$json = 1 }
		if (\$json) { open(F, q(>>), qq(file-\$n)); print F \$_; close F }
	" "$PAGE" &&
	ls file-* >files &&
	test_line_count = 6 files
'

test_expect_success 'as they stand there, the check has nothing to say' '
	git init -q --bare server.git &&
	git gitops init --branch main server.git &&
	git clone -q server.git work &&
	mkdir work/shop &&
	n=1 &&
	for name in svcdef taskdef depdef input
	do
		cp file-$n work/shop/api_$name.json && n=$((n + 1)) || return
	done &&
	git -C work gitops check --worktree >actual &&
	echo "1 service object, no errors" >expect &&
	test_cmp expect actual
'

test_expect_success 'nor about the settings of the end' '
	cp work/shop/api_depdef.json kept &&
	sed "/^}\$/d" kept >work/shop/api_depdef.json &&
	sed "1s/{/,/" file-5 >>work/shop/api_depdef.json &&
	for name in svcdef taskdef input
	do
		sed "s/shop-api/shop-database/" work/shop/api_$name.json >work/shop/database_$name.json || return
	done &&
	git -C work gitops check --worktree >actual &&
	echo "2 service objects, no errors" >expect &&
	test_cmp expect actual &&
	mv kept work/shop/api_depdef.json &&
	rm work/shop/database_*
'

test_expect_success 'the first deployment' '
	sandbox_start &&
	sandbox_ctl seed "{\"clusters\": [\"default\"], \"alarms\": {\"shop-api-5xx\": \"OK\"},
		\"balancers\": [{\"name\": \"lb\", \"listeners\": [
			{\"port\": 80, \"forward\": {\"blue\": 1}}], \"free\": [\"green\"]}]}" >seeded &&
	for colour in blue green
	do
		arn=$(jq -r .balancers.lb.groups.$colour seeded) &&
		sed "s,\"[^\"]*:targetgroup/$colour/[^\"]*\",\"$arn\"," work/shop/api_input.json >new &&
		mv new work/shop/api_input.json || return
	done &&
	sed -e "s/\"pollInterval\": 10/\"pollInterval\": 1/" -e "s/\"waitInterval\": 60/\"waitInterval\": 1/" \
		work/shop/api_depdef.json >new &&
	mv new work/shop/api_depdef.json &&
	push "run the API" &&
	test_grep "shop/api: deployed in" out
'

test_expect_success 'a new version takes the steps that the page names' '
	sed "s,/shop/api:1.0,/shop/api:1.1," work/shop/api_input.json >new &&
	mv new work/shop/api_input.json &&
	push "API 1.1" &&
	sed -n "s/.*shop.api: \([a-z-]*\): .*/\1/p" out | uniq >actual &&
	sed -n -e "/^== A NEW VERSION/,/^== /s/^\`\([a-z-]*\)\`::/\1/p" "$PAGE" >expect &&
	test_line_count = 9 expect &&
	test_cmp expect actual &&
	printf "%s\n" "blue=100 green=0" "blue=80 green=20" "blue=0 green=100" >expect &&
	weights >actual &&
	test_cmp expect actual
'

test_expect_success 'the alarm brings all traffic back' '
	sandbox_ctl alarms "{\"name\": \"shop-api-5xx\", \"state\": \"ALARM\",
		\"when\": {\"rule\": \"lb:80/default\", \"group\": \"blue\", \"weight\": 20}}" &&
	sed "s,/shop/api:1.1,/shop/api:1.2," work/shop/api_input.json >new &&
	mv new work/shop/api_input.json &&
	push "API 1.2" &&
	test_grep "shop/api: shift-back: " out &&
	test_grep "shop/api: delete-new: " out &&
	test_grep "shop/api: failed in .*: alarm: " out &&
	weights | tail -n 2 >actual &&
	printf "%s\n" "blue=20 green=80" "blue=0 green=100" >expect &&
	test_cmp expect actual &&
	sandbox_no_holes
'

test_expect_success 'AWS was asked for nothing that it would not understand' '
	sandbox_no_invalid_calls
'

test_done
