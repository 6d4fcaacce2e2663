#!/bin/sh

test_description='the demo works, and cleans up behind it'

. ./test-lib.sh

DEMO_DIRECTORY=$SHARNESS_TRASH_DIRECTORY/demo
export DEMO_DIRECTORY
test_atexit 'test ! -s "$DEMO_DIRECTORY/sandbox.pid" || stop_process "$(cat "$DEMO_DIRECTORY/sandbox.pid")"'

# Half a minute on an idle machine; a sanitized build on a busy one takes longer.
test_expect_success 'all of it happens, within a minute and a half' '
	start=$(date +%s) &&
	KEEP=1 "$GITOPS_SOURCE/share/demo/run" >out 2>&1 </dev/null &&
	test $(($(date +%s) - start)) -lt 90
'

test_expect_success 'what was to be seen was seen' '
	test_grep "error: .task. is undefined" out &&
	test_grep "did you mean .nginx_taskdef.json.?" out &&
	test_grep "deployed in" out &&
	test_grep "shift: traffic: 20 % to the new task set" out &&
	test_grep "shift: failed: alarm .shop-api-5xx. is in ALARM" out &&
	test_grep "shift-back: traffic: all back to the old task set" out &&
	test_grep "rolled back in" out &&
	test_grep "mail/send: shift: traffic: 50 % to version .2.," out &&
	test_grep "^    failed .* at shift: alarm: " out &&
	test_grep "^    held by .*: nginx 1.28 is slow" out &&
	test_grep "deleted in" out &&
	test_grep "Notes (gitops/status):" out &&
	test_grep ! "sanitizer\|Sanitizer" out
'

test_expect_success 'KEEP=1 leaves it running, and says how to go on' '
	test_grep "cd .*/demo/services" out &&
	sed -n "s/^    \(\. .*\|cd .*\|git revert .*\)/\1/p" out >script &&
	test_line_count = 3 script &&
	sh -e ./script >out 2>&1 &&
	test_grep "deployed in" out
'

test_expect_success 'and how to end it' '
	pid=$(cat "$DEMO_DIRECTORY/sandbox.pid") &&
	kill "$pid" &&
	wait_for process_is_gone "$pid"
'

test_expect_success 'what was kept is replaced; without KEEP nothing is left' '
	"$GITOPS_SOURCE/share/demo/run" >out 2>&1 </dev/null &&
	test_path_is_missing "$DEMO_DIRECTORY"
'

test_expect_success 'what is of others is not touched' '
	test_write "$DEMO_DIRECTORY/of-others" </dev/null &&
	test_must_fail "$GITOPS_SOURCE/share/demo/run" >out 2>&1 </dev/null &&
	test_grep "is there, and is not of the demo" out &&
	test_path_is_file "$DEMO_DIRECTORY/of-others"
'

test_done
