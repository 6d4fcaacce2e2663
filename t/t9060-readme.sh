#!/bin/sh

test_description='who follows the README has a service that runs

The three files and the commands are taken from it; only places of its own
(a path on the server, a subnet) are replaced.'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-sandbox.sh

# The indented blocks of the section on the first deployment.
sed -n '/^## Your first deployment/,/^## Manual/s/^       //p' "$GITOPS_SOURCE/README.md" >blocks

# commands <pattern>: the commands that match, with what stands for the
# reader's own replaced.
commands () {
	sed -e 's/ *#.*//' -e "s,/srv/git/,$(printf %s "$PWD" | sed 's/ /\\\\ /g')/," blocks | grep "^git $1"
}

test_expect_success 'the README has three files and the commands' '
	perl -ne "
		\$n++ if /^\{\$/;
		if (/^\{\$/../^\}\$/) { open(F, q(>>), qq(file-\$n)); print F \$_; close F }
	" blocks &&
	ls file-* >files &&
	test_line_count = 3 files &&
	commands "" >all &&
	test_line_count -ge 8 all
'

test_expect_success 'the server' '
	sandbox_start &&
	sandbox_ctl seed "{\"clusters\": [\"default\"]}" &&
	commands "init" >script &&
	commands "gitops init" >>script &&
	test_line_count = 2 script &&
	sh -e ./script &&
	test_path_is_file services.git/hooks/pre-receive
'

test_expect_success 'the service, checked and pushed' '
	git clone -q services.git clone &&
	mkdir clone/web &&
	cp file-1 clone/web/web_svcdef.json &&
	cp file-2 clone/web/web_taskdef.json &&
	sed "s/subnet-\.\.\./subnet-0a1b2c3d/" file-3 >clone/web/web_input.json &&
	commands "gitops check" >script &&
	commands "add" >>script &&
	commands "push" >>script &&
	test_line_count = 3 script &&
	(cd clone && sh -e ../script) &&
	sandbox_services >services &&
	test_grep "default/web ACTIVE 1/1" services
'

test_expect_success 'what can be seen afterwards' '
	commands "fetch" >script &&
	commands "gitops status" >>script &&
	commands "log" >>script &&
	test_line_count = 3 script &&
	(cd clone && sh -e ../script >../out) &&
	test_grep "web:1" out &&
	test_grep "Notes (gitops/status):" out
'

test_expect_success 'an update, and a deletion' '
	(
		cd clone &&
		sed -i "s/nginx:1.27/nginx:1.28/" web/web_input.json &&
		git commit -q -a -m update &&
		git push -o gitops.wait origin main &&
		sandbox_services >../services &&
		git rm -q "web/*" &&
		git commit -q -m delete &&
		git push -o gitops.wait origin main
	) &&
	test_grep "default/web ACTIVE 1/1 web:2" services &&
	sandbox_services >services &&
	test_grep ! "default/web ACTIVE" services
'

test_done
