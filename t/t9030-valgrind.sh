#!/bin/sh

test_description='valgrind finds nothing on the way of a push to a deployment

The sanitizers see more (leaks, too) in less time, and run with everything
else. What they do not see is a value that was never set.'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-server.sh
. "$TEST_DIRECTORY"/lib-sandbox.sh

# valgrind wants the build without sanitizers.
BUILD=$GITOPS_SOURCE/build
PATH=$BUILD/bin:$PATH

# checked <command of ours>...: as it is, under valgrind; 99 when that has
# something to say.
checked () {
	checked_program=$1 &&
	shift &&
	valgrind -q --error-exitcode=99 --child-silent-after-fork=yes --log-file=valgrind.log \
		"$checked_program" "$@"
	checked_code=$?
	if test -s valgrind.log
	then
		cat valgrind.log >&2
		return 99
	fi
	return "$checked_code"
}

test_expect_success 'valgrind is heard' '
	cat >fault.c <<-\EOF &&
	#include <stdlib.h>
	int main(void)
	{
		char *p = malloc(4);
		return p[1] == 42 ? abort(), 1 : 0;
	}
	EOF
	cc -O0 -o fault fault.c &&
	test_expect_code 99 checked ./fault 2>err &&
	test_grep "uninitialised" err
'

test_expect_success 'init' '
	git init -q --bare origin.git &&
	checked "$BUILD"/bin/git-gitops init --branch main origin.git &&
	git -C origin.git config gitops.worker false
'

test_expect_success 'check, plan, render' '
	git clone -q origin.git work &&
	service_commit work dev/web &&
	(
		cd work &&
		checked "$BUILD"/bin/git-gitops check --all &&
		checked "$BUILD"/bin/git-gitops plan HEAD &&
		checked "$BUILD"/bin/git-gitops render dev/web
	)
'

test_expect_success 'check, with much to say' '
	git -C work tag fine &&
	service_edit work dev/web "s/{{ name }}/{{ nmae | lowr }}/; s/desiredCount/desiredcount/" svcdef &&
	test_write work/dev/other_taskdefs.json <<-\EOF &&
	{ "a": 1, "a": [
	EOF
	git -C work add . &&
	git -C work commit -q -m faults &&
	(
		cd work &&
		test_expect_code 1 checked "$BUILD"/bin/git-gitops check --all &&
		test_expect_code 1 checked "$BUILD"/bin/git-gitops check --all --format=json
	) &&
	git -C work reset -q --hard fine
'

test_expect_success 'pre-receive' '
	zeros=0000000000000000000000000000000000000000 &&
	git -C work push -q ../origin.git HEAD:refs/other/main &&
	echo "$zeros $(git -C work rev-parse HEAD) refs/heads/main" >input &&
	(
		cd origin.git &&
		GIT_DIR=. &&
		export GIT_DIR &&
		checked "$BUILD"/libexec/git-gitops/pre-receive <../input
	)
'

test_expect_success 'post-receive' '
	(
		cd origin.git &&
		git update-ref refs/heads/main refs/other/main &&
		GIT_DIR=. &&
		export GIT_DIR &&
		checked "$BUILD"/libexec/git-gitops/post-receive <../input
	) &&
	ls origin.git/gitops/spool/new >jobs &&
	test_line_count = 1 jobs
'

test_expect_success 'worker' '
	sandbox_start &&
	sandbox_ctl seed "{\"clusters\": [\"apps\"]}" &&
	checked "$BUILD"/bin/git-gitops worker --drain origin.git &&
	sandbox_services >services &&
	test_grep "apps/web ACTIVE 1/1" services
'

test_expect_success 'status, log, show' '
	(
		cd origin.git &&
		checked "$BUILD"/bin/git-gitops status &&
		checked "$BUILD"/bin/git-gitops log --format=json >../log.json &&
		id=$(sed -n "s/.*\"id\": *\"\([^\"]*\)\".*/\1/p" ../log.json | sed -n 1p) &&
		checked "$BUILD"/bin/git-gitops show "$id"
	)
'

for unit in "$BUILD"/unit/u-*
do
	test_expect_success "${unit##*/}" '
		checked "$unit"
	'
done

test_done
