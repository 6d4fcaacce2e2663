#!/bin/sh

test_description='many calls at once: connections, memory, cancelling'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-sandbox.sh

test_expect_success 'setup: a sandbox' '
	sandbox_start
'

test_expect_success 'calls beyond the connections wait' '
	sandbox_ctl faults "{\"match\": {\"service\": \"ecs\"}, \"action\": {\"type\": \"delay\", \"delay\": 0.05}}" &&
	test-tool aws-storm --calls 100 --connections 8 >out &&
	test_grep "^ok: 100\$" out &&
	sandbox_ctl stats >stats &&
	test_grep "\"peak_in_flight\": 8," stats &&
	sandbox_ctl faults -
'

test_expect_success 'cancelled calls call nobody, the others are answered' '
	test-tool aws-storm --calls 300 --cancel 3 >out &&
	sed -n "s/^cancelled: //p" out >cancelled &&
	test "$(cat cancelled)" -ge 50 &&
	test_grep "^ok: $((300 - $(cat cancelled)))\$" out &&
	test_grep "^failed: 0\$" out
'

test_expect_success 'cancelled while they wait for credentials' '
	sandbox_ctl roles "{\"deployer\": {\"trust\": [\"*\"]}}" &&
	sandbox_ctl faults "{\"match\": {\"service\": \"sts\"}, \"action\": {\"type\": \"delay\", \"delay\": 0.2}}" &&
	test-tool aws-storm --calls 100 --cancel 1 --role arn:aws:iam::123456789012:role/deployer >out &&
	test_grep "^cancelled: 100\$" out &&
	sandbox_calls service=ecs >calls &&
	test-tool aws-storm --calls 100 --cancel 2 --role arn:aws:iam::123456789012:role/deployer >out &&
	test_grep "^failed: 0\$" out &&
	test_grep "^cancelled: 50\$" out &&
	sandbox_ctl faults -
'

test_expect_success 'a storm of throttling ends, one way or the other' '
	sandbox_ctl faults "{\"match\": {\"service\": \"ecs\"}, \"every\": 3, \"action\": {\"type\": \"throttle\"}}" &&
	test-tool aws-storm --calls 60 >out &&
	test_grep "^ok: 60\$" out &&
	sandbox_ctl faults -
'

# An address that is not called loopback: the limits are those of AWS then.
without_loopback () {
	AWS_ENDPOINT_URL=$(echo "$SANDBOX_URL" | sed "s/127.0.0.1/0.0.0.0/") "$@"
}

test_expect_success 'AWS'"$SQ"'s rate limits are kept' '
	without_loopback test-tool aws-storm --calls 50 >out &&
	test_grep "^ok: 50\$" out &&
	sed -n "s/^ms: //p" out >ms &&
	test "$(cat ms)" -ge 900
'

test_expect_success 'a write goes before the polls that wait' '
	sandbox_ctl seed "{\"clusters\": [\"demo\"]}" &&
	without_loopback test-tool aws-storm --calls 90 --urgent >out &&
	test_grep "^ok: 90\$" out &&
	sed -n "s/^before urgent: //p" out >before &&
	test "$(cat before)" -ge 60 &&
	test "$(cat before)" -le 80
'

test_expect_success 'who waits for his turn may be cancelled' '
	without_loopback test-tool aws-storm --calls 200 --urgent --cancel 1 >out &&
	sed -n "s/^cancelled: //p" out >cancelled &&
	test "$(cat cancelled)" -ge 130 &&
	test_grep "^ok: $((200 - $(cat cancelled)))\$" out &&
	sed -n "s/^ms: //p" out >ms &&
	# their turns, at twenty a second, would have taken more than six
	test "$(cat ms)" -le 5000
'

test_expect_success 'every request was one that AWS would understand' '
	sandbox_no_invalid_calls
'

test_done
