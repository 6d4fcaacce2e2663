#!/bin/sh

test_description='a definition that moved to another path-prefix does not delete its service'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-deploy.sh

test_expect_success 'setup: a deployed service' '
	deploy_start &&
	depdef ".stabilityCheck.pollInterval = 1" &&
	git init -q repo &&
	git -C repo config gitops.branch main &&
	mkdir -p repo/dev &&
	mv svc.json repo/dev/web_svcdef.json &&
	mv td.json repo/dev/web_taskdef.json &&
	mv dep.json repo/dev/web_depdef.json &&
	git -C repo add . &&
	git -C repo commit -q -m "a service" &&
	git -C repo gitops deploy --local >out &&
	sandbox_services >actual &&
	test_grep "demo/web ACTIVE 2/2 web:1 COMPLETED" actual
'

test_expect_success 'renaming its directory keeps it' '
	git -C repo mv dev prod &&
	git -C repo commit -q -m "prod, not dev" &&
	git -C repo gitops deploy --local --dry-run >out &&
	test_grep "dev/web: would not be deleted, it moved" out &&
	git -C repo gitops deploy --local >out &&
	test_grep "not deleted: ${SQ}prod/web${SQ} defines the same service now" out &&
	sandbox_services >actual &&
	test_grep "demo/web ACTIVE 2/2 web:2 COMPLETED" actual &&
	sandbox_calls "op=DeleteService" >actual &&
	test_must_be_empty actual
'

test_expect_success 'the old path-prefix is known to run nothing' '
	git -C repo for-each-ref --format="%(refname)" refs/gitops/live/ >actual &&
	echo refs/gitops/live/main/ecs/prod/web >expect &&
	test_cmp expect actual
'

test_expect_success 'taking one away and adding another deletes the one' '
	mkdir repo/new &&
	sed "s/\"web\"/\"other\"/" repo/prod/web_svcdef.json >repo/new/web_svcdef.json &&
	cp repo/prod/web_taskdef.json repo/prod/web_depdef.json repo/new/ &&
	git -C repo rm -q -r prod &&
	git -C repo add . &&
	git -C repo commit -q -m "another" &&
	git -C repo gitops deploy --local >out &&
	sandbox_services >actual &&
	test_grep "demo/web INACTIVE" actual &&
	test_grep "demo/other ACTIVE 2/2" actual
'

test_expect_success 'AWS was asked for nothing that it would not understand' '
	sandbox_no_invalid_calls
'

test_done
