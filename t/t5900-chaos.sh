#!/bin/sh

test_description='whatever happens meanwhile: in the end all is as the last commit says'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-server.sh
. "$TEST_DIRECTORY"/lib-sandbox.sh

# The same every time as far as chance goes; how threads of events meet is not.
# To look for more: GITOPS_CHAOS="<actions> <seed>" ./t5900-chaos.sh
: "${GITOPS_CHAOS:=40 1}"

test_expect_success 'setup: a server, a clone, an AWS' '
	sandbox_start &&
	server_init origin.git &&
	git -C origin.git config gitops.lease 3 &&
	git clone -q origin.git work 2>err
'

test_expect_success 'pushes, deaths, accidents, alarms, cancellations, rollbacks: all comes right' '
	# shellcheck disable=SC2086 # two words
	"$GITOPS_SANDBOX_PYTHON" "$TEST_DIRECTORY"/helper/chaos.py "$SANDBOX_URL" \
		"$PWD"/origin.git work $GITOPS_CHAOS >log
'

test_expect_success 'it did happen' '
	test_grep "^push: version" log &&
	test_grep "^worker: SIG" log &&
	test_grep "^accident: " log
'

test_done
