# A server with a push that waits for its worker, for tests that let workers
# die, or their disk be full, at each of their system calls.
#
#	. ./test-lib.sh
#	. "$TEST_DIRECTORY"/lib-server.sh
#	. "$TEST_DIRECTORY"/lib-sandbox.sh
#	. "$TEST_DIRECTORY"/lib-crash.sh
#
#	test_expect_success 'setup: a push that waits for its worker' 'crash_setup'
#
# shellcheck shell=sh

# LeakSanitizer can't work on what is traced.
ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0

spool=origin.git/gitops/spool

# crash_setup [<command>...]: before.git, with one push that waits; the commands
# are run on the clone "work" before that is pushed.
crash_setup () {
	sandbox_start &&
	server_init origin.git &&
	git clone -q origin.git work &&
	service_commit work dev/web/web &&
	"${@:-true}" &&
	git -C work push -q origin HEAD:main 2>err &&
	git -C work rev-parse HEAD >commit &&
	mv origin.git before.git
}

# start_over: all as after crash_setup.
start_over () {
	sandbox_ctl reset "{}" &&
	sandbox_ctl seed "{\"clusters\": [\"apps\"]}" &&
	rm -rf origin.git &&
	cp -a before.git origin.git
}

nothing_waits () {
	test -z "$(ls "$spool/new" "$spool/run" | grep -v :)"
}

# crash_points <most>: of the calls that the report "ended 0 after <calls>" in
# file "report" tells, "<first> <step> <calls>": a few, spread evenly, others in
# each run; with GITOPS_TEST_LONG all.
crash_points () {
	crash_calls_=$(sed -n "s/^.*ended 0 after //p" report 2>/dev/null)
	crash_step_=$((${crash_calls_:-1} / $1 + 1))
	test -z "$GITOPS_TEST_LONG" || crash_step_=1
	echo $(($$ % crash_step_ + 1)) $crash_step_ "${crash_calls_:-0}"
}
