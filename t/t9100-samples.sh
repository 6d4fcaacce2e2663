#!/bin/sh

test_description='repositories of samples are pushed, checked, planned and deployed

GITOPS_SAMPLES names a directory of them; without it, a small one of our own
in t/data/samples is used. t/helper/sample-tree says what they look like and
how a repository is made of them.'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-server.sh
. "$TEST_DIRECTORY"/lib-sandbox.sh

SAMPLES=${GITOPS_SAMPLES:-$TEST_DIRECTORY/data/samples}

# sample_tree (base|update) <directory>
sample_tree () {
	"$TEST_DIRECTORY"/helper/sample-tree "$1" "$SAMPLES" "$2"
}

test_expect_success 'setup: a repository of the samples' '
	server_init origin.git &&
	git clone -q origin.git work &&
	sample_tree base work >trees &&
	test -s trees &&
	git -C work add . &&
	git -C work commit -q -m samples
'

test_expect_success 'all of it is fine' '
	git -C work gitops check --all >out 2>err &&
	test_must_be_empty err
'

test_expect_success 'it can be pushed, with nothing to say against it' '
	git -C work push origin HEAD:main 2>err &&
	test_grep ! "error:" err
'

while read -r tree
do
	test_expect_success "$tree: it is planned as one new object" '
		git -C work gitops plan --format=json >plan.json &&
		"$GITOPS_VENV"/bin/python -c "
import json
objects = [o for o in json.load(open(\"plan.json\"))[\"objects\"]
    if o[\"prefix\"].startswith(\"$tree/\")]
assert len(objects) == 1, objects
assert objects[0][\"intent\"] == \"deploy\", objects
"
	'

	test_expect_success "$tree: each document renders to JSON" '
		prefix=$(cd work && ls "$tree"/*def.json | sed -n "1s/_[a-z]*\.json\$//p") &&
		git -C work gitops render --format=json "$prefix" >rendered.json &&
		"$GITOPS_VENV"/bin/python -c "
import json
assert json.load(open(\"rendered.json\"))
" &&
		test_grep ! "{{" rendered.json
	'
done <trees

test_expect_success 'the variants of samples are an update' '
	cp -R work updated &&
	sample_tree update updated >trees &&
	git -C updated add . &&
	git -C updated commit -q -m update &&
	git -C updated gitops check HEAD^..HEAD &&
	git -C updated gitops plan --format=json HEAD^..HEAD >plan.json &&
	"$GITOPS_VENV"/bin/python -c "
import json
objects = json.load(open(\"plan.json\"))[\"objects\"]
assert objects and all(o[\"intent\"] == \"deploy\" for o in objects), objects
"
'

# Only services that ECS itself rolls.
test_expect_success 'setup: the rolling services, and an AWS to run them' '
	sandbox_start &&
	sandbox_ctl seed "{\"clusters\": [\"samples\"]}" &&
	server_init deploy.git &&
	git -C deploy.git config gitops.worker true &&
	git clone -q deploy.git rolling &&
	sample_tree base all >trees &&
	cp -R all/. rolling &&
	(
		cd rolling &&
		find . -name "*_lambda*.json" ! -path "./.git/*" -exec rm {} + &&
		for definition in $(grep -rl --include="*_svcdef.json" "\"EXTERNAL\"" .)
		do
			rm "${definition%_svcdef.json}"_* || return
		done &&
		git add . &&
		git commit -q -m rolling
	)
'

test_expect_success 'the rolling services are deployed' '
	git -C rolling push -o gitops.wait origin HEAD:main &&
	sandbox_services >services &&
	test -s services &&
	while read -r region name status running rest
	do
		test "$status" = ACTIVE && test "${running%/*}" = "${running#*/}" || return
	done <services
'

test_expect_success 'and updated' '
	sample_tree update all >trees &&
	(
		cd rolling &&
		git ls-files | while read -r file
		do
			cp "../all/$file" "$file" || exit
		done &&
		test_tick &&
		git commit -q -a -m update
	) &&
	sandbox_services >before &&
	git -C rolling push -o gitops.wait origin HEAD:main &&
	sandbox_services >after &&
	! cmp before after
'

test_expect_success 'AWS was asked nothing that it would not understand' '
	sandbox_no_invalid_calls
'

test_done
