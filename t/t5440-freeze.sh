#!/bin/sh

test_description='what is frozen waits, and begins when the window ends'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-server.sh
. "$TEST_DIRECTORY"/lib-sandbox.sh

# A window that is on whenever this runs, and one that never is.
ON='2000-01-01..2999-12-31'
OFF='2000-01-01..2000-01-02'

start_worker () {
	{ git-gitops worker "$@" origin.git >>worker.log 2>&1 3>&- 4>&- & } && worker=$! &&
	test_when_finished "stop_worker"
}

stop_worker () {
	kill "$worker" 2>/dev/null
	wait "$worker" 2>/dev/null
	:
}

test_atexit 'test -z "$worker" || kill "$worker" 2>/dev/null'

drain () {
	timeout 60 git gitops worker --drain origin.git 2>>worker.log
}

# For when jobs stay behind: it doesn't wait for them.
once () {
	git gitops worker --once origin.git 2>>worker.log
}

freeze () {
	git -C origin.git config --unset-all gitops.freeze
	for window
	do
		git -C origin.git config --add gitops.freeze "$window" || return 1
	done
}

# image <tag> [<push argument>...]: push another image.
image () {
	service_edit work dev/web/web "s/nginx:[^\"]*/nginx:$1/" && shift &&
	git -C work push -q "$@" origin HEAD:main 2>push.err
}

# newest [<filter>] [<path-prefix>]: of the newest record, as the server knows it.
newest () {
	git -C origin.git gitops log -n 1 --format=json ${2+"$2"} >log.json &&
	jq -r ".deployments[0]$1" log.json
}

waiting () {
	ls origin.git/gitops/spool/new
}

# runs <family>:<revision>: is that what runs?
runs () {
	sandbox_services >services && grep " $1 COMPLETED" services
}

calls_nothing () {
	sandbox_calls >calls && test_must_be_empty calls
}

test_expect_success 'setup: a service that runs' '
	sandbox_start &&
	sandbox_ctl seed "{\"clusters\": [\"apps\"]}" &&
	server_init origin.git &&
	git clone -q origin.git work 2>err &&
	service_commit work dev/web/web &&
	image one && drain && runs web:1
'

test_expect_success 'a setting that is not understood refuses the push, and says how it should be' '
	freeze "main Fry 16:00-Mon 08:00" &&
	test_must_fail image never &&
	remote_lines push.err >said &&
	test_grep "gitops.freeze .main Fry 16:00-Mon 08:00.: .Fry. is no weekday, time or date" said &&
	test_grep "hint: it is as .main Fri 16:00-Mon 08:00 Europe/Berlin. or " said &&
	test_must_fail git -C work gitops deploy -b main origin 2>err &&
	remote_lines err >said && test_grep ".Fry. is no weekday" said &&
	test_must_fail git gitops init origin.git 2>err &&
	test_grep "gitops.freeze .main Fry 16:00-Mon 08:00.: .Fry. is no weekday, time or date" err &&
	freeze "main Sat Mars/Olympus" &&
	test_must_fail git -C work push -q origin HEAD:main 2>push.err &&
	remote_lines push.err >said &&
	test_grep "there is no time zone .Mars/Olympus." said &&
	git -C work reset -q --hard HEAD^
'

test_expect_success 'windows that are over, or of other branches, freeze nothing' '
	freeze "main $OFF" "other $ON" "main:prod/** $ON" "release-* always" &&
	image two && drain && runs web:2 &&
	remote_lines push.err >said &&
	test_grep "^gitops: queued main at [0-9a-f]*; .prod/\*\*. is frozen until Wed 3000-01-01 00:00 UTC (gitops.freeze .main:prod/\*\* $ON.)$" said &&
	test_grep ! "main $OFF" said
'

test_expect_success 'a push in a freeze is taken and told until when, nothing is asked of AWS' '
	freeze "mai? $ON Europe/Berlin" &&
	sandbox_ctl calls - >/dev/null &&
	image three &&
	remote_lines push.err >said &&
	test_grep "^gitops: queued main at [0-9a-f]*; frozen until Wed 3000-01-01 00:00 CET (gitops.freeze .mai? $ON Europe/Berlin.)$" said &&
	once && waiting >jobs && test_line_count = 1 jobs &&
	calls_nothing &&
	git -C origin.git gitops status >status &&
	test_grep "^    $(sed "s/.json//" jobs) waits: main at .*, frozen until Wed 3000-01-01 00:00 CET (gitops.freeze" status
'

test_expect_success 'the worker waits without being busy, and begins when it is over' '
	start_worker --drain &&
	wait_for grep "job .*: frozen until Wed 3000" worker.log &&
	image four &&
	wait_for sh -c "test \$(grep -c \"frozen until Wed 3000\" worker.log) -ge 3" &&
	waiting >jobs && test_line_count = 2 jobs &&
	# fields 14 and 15: time used in user and kernel mode, in ticks
	read -r stat <"/proc/$worker/stat" && set -- $stat && shift 13 &&
	test $(($1 + $2)) -lt 200 &&
	calls_nothing &&
	freeze &&
	# It looks at each event; it may have looked already.
	{ git -C origin.git gitops resume "$(sed -n "1s/.json//p" jobs)" >asked 2>&1 || :; } &&
	wait "$worker" &&
	runs web:3 && waiting >jobs && test_must_be_empty jobs &&
	grep -h "\"message\"" origin.git/gitops/spool/done/*.journal >messages &&
	test_grep "superseded: job " messages
'

test_expect_success 'a gitops.freeze that was broken since freezes everything, and status says so' '
	image five &&
	freeze "main Fry" && once &&
	waiting >jobs && test_line_count = 1 jobs &&
	git -C origin.git gitops status >status &&
	test_grep "waits: main at .*, until this is mended: gitops.freeze .main Fry.: .Fry. is no weekday" status &&
	grep "waits until this is mended: gitops.freeze .main Fry." worker.log &&
	freeze && drain && runs web:4
'

test_expect_success 'one that waits is cancelled in a freeze' '
	freeze "main always" &&
	image six &&
	remote_lines push.err >said &&
	test_grep "; frozen (gitops.freeze .main always.)$" said &&
	waiting >jobs && git -C origin.git gitops cancel "$(sed "s/.json//" jobs)" >asked &&
	test_must_fail once &&
	newest .failure.category >actual && echo cancelled >expect && test_cmp expect actual &&
	waiting >jobs && test_must_be_empty jobs && runs web:4
'

test_expect_success 'a rollback goes its way in a freeze' '
	git -C origin.git gitops rollback -b main dev/web/web >out &&
	once &&
	newest .status >actual && echo PROCESSED_SUCCESS >expect && test_cmp expect actual &&
	newest .rollbackFrom >actual && test_grep ! null actual
'

test_expect_success 'a dry run is none that is frozen' '
	image seven -o gitops.dry-run && once &&
	waiting >jobs && test_must_be_empty jobs
'

test_expect_success 'an override deploys now, ahead of what waits, and the record has the reason' '
	image eight && once && waiting >jobs && test_line_count = 1 jobs &&
	image nine -o gitops.override="customers can not log in" &&
	remote_lines push.err >said && test_grep ! frozen said &&
	once &&
	newest .status >actual && echo PROCESSED_SUCCESS >expect && test_cmp expect actual &&
	newest .freezeOverride >actual && echo "customers can not log in" >expect && test_cmp expect actual &&
	newest "|.events[0].message" >actual &&
	echo "gitops.freeze ${SQ}main always${SQ} overridden by $(id -un): customers can not log in" >expect &&
	test_cmp expect actual &&
	git -C origin.git gitops show "$(newest .id)" >out &&
	test_grep "^override   customers can not log in$" out &&
	git -C origin.git gitops log -n 1 >out &&
	test_grep "freeze overridden: customers can not log in" out &&
	newest .commit >actual && git -C work rev-parse HEAD >expect && test_cmp expect actual &&
	freeze && drain &&
	# The one that waited does nothing any more: its record says so, and is no news of what runs.
	newest .supersededBy >actual && test_cmp expect actual &&
	git -C origin.git gitops status --format=json >status.json &&
	jq -r ".objects[0].runs.commit" status.json >actual && test_cmp expect actual
'

test_expect_success 'an override of nothing is not recorded, one by deploy is' '
	image ten -o gitops.override="just in case" && drain &&
	newest .freezeOverride >actual && echo null >expect && test_cmp expect actual &&
	freeze "main always" &&
	git -C work gitops deploy -b main --force --override="certificate" origin 2>err && once &&
	newest .freezeOverride >actual && echo certificate >expect && test_cmp expect actual &&
	test_must_fail git -C work push -o gitops.override origin HEAD:fresh 2>err &&
	test_must_fail git -C work push -o gitops.override= origin HEAD:fresh 2>err &&
	test_grep "push option .gitops.override. needs a value" err
'

test_expect_success 'gitops.freezeOverride says whether one may' '
	git -C origin.git config gitops.freezeOverride false &&
	test_must_fail image eleven -o gitops.override="me first" &&
	remote_lines push.err >said &&
	test_grep "no push may override a freeze here" said &&
	test_must_fail git -C work gitops deploy -b main --override="me first" origin 2>err &&
	remote_lines err >said && test_grep "no push may override a freeze here" said &&
	git -C origin.git config --unset gitops.freezeOverride &&
	git -C work reset -q --hard HEAD^ && freeze && drain
'

test_expect_success 'of a job only the path-prefixes that are frozen are held back' '
	freeze "main:prod/** $ON" &&
	service_commit work prod/api/api && service_commit work dev/new/new &&
	git -C work push -q origin HEAD:main 2>err &&
	once && runs new:1 && ! grep " api:" services &&
	newest .status dev/new/new >actual && echo PROCESSED_SUCCESS >expect && test_cmp expect actual &&
	newest .failure.message prod/api/api >actual &&
	echo "frozen until Wed 3000-01-01 00:00 UTC (gitops.freeze ${SQ}main:prod/** $ON${SQ})" >expect &&
	test_cmp expect actual &&
	git -C origin.git gitops status >status &&
	test_grep "held back .* frozen until Wed 3000-01-01 00:00 UTC" status &&
	test_grep "waits: main at .*, frozen until Wed 3000" status &&
	ls origin.git/gitops/spool/failed >failed && test_grep ! "$(newest .job prod/api/api)" failed
'

test_expect_success 'what is not frozen goes on meanwhile, and no job is made over and over' '
	image twelve && once && runs web:9 &&
	once && waiting >jobs && test_line_count = 1 jobs
'

test_expect_success 'when the window ends it is deployed, as it is by then' '
	service_edit work prod/api/api "s/nginx:[^\"]*/nginx:later/" &&
	git -C work push -q origin HEAD:main 2>err && once &&
	waiting >jobs && test_line_count = 2 jobs &&
	freeze && drain && runs api:1 &&
	sandbox_ctl "calls?op=RegisterTaskDefinition&status=200" |
	jq -r "[.[].params | select(.family == \"api\")][0].containerDefinitions[0].image" >actual &&
	test_grep ":later$" actual &&
	newest .status prod/api/api >actual && echo PROCESSED_SUCCESS >expect && test_cmp expect actual &&
	waiting >jobs && test_must_be_empty jobs
'

test_expect_success 'a deletion that was frozen is done when the window ends' '
	freeze "main:prod/** $ON" &&
	git -C work rm -q -r prod && git -C work commit -q -m gone &&
	git -C work push -q origin HEAD:main 2>err && once &&
	runs api:1 &&
	freeze && drain &&
	sandbox_wait "{\"service\": {\"name\": \"api\", \"status\": \"INACTIVE\"}}"
'

test_expect_success 'who depends on what is frozen is frozen along, and comes after it' '
	freeze "main:prod/db $ON" &&
	service_commit work prod/db && service_write work prod/app &&
	jq ".dependsOn = [\"prod/db\"]" work/prod/app_depdef.json >depdef &&
	cp depdef work/prod/app_depdef.json && git -C work add . && git -C work commit -q -m app &&
	git -C work push -q origin HEAD:main 2>err && once && once &&
	newest .failure.category prod/app >actual && echo frozen >expect && test_cmp expect actual &&
	waiting >jobs && test_line_count = 1 jobs &&
	freeze && drain && runs db:1 && runs app:1
'

# A window's end is a minute; the worker's clock is set to five seconds before one.
test_expect_success 'what waits begins by itself when the window ends, and not before' '
	end=$((($(date +%s) / 60 + 60) * 60)) && hour=$(date -u -d "@$end" "+%Y-%m-%d %H:%M") &&
	freeze "main 2000-01-01 00:00..$hour" &&
	image by-itself && waiting >jobs && test_line_count = 1 jobs &&
	sandbox_ctl calls - >/dev/null &&
	: >worker.log && echo $(((end - 5) * 1000 - $(date +%s%3N))) >clock &&
	{ test-tool worker clock origin.git >>worker.log 2>&1 3>&- 4>&- & } && worker=$! &&
	test_when_finished "stop_worker" &&
	wait_for grep "frozen until" worker.log && calls_nothing &&
	wait_for -t 30 sh -c "ls origin.git/gitops/spool/done/\$(cat jobs)" &&
	newest .status >actual && echo PROCESSED_SUCCESS >expect && test_cmp expect actual &&
	# By the same clock: the setting is read again at each look, and so is the time.
	newest .createdAt >created && date -u -d "@$end" "+%Y-%m-%dT%H:%M:%S.000Z" >ends &&
	sort created ends >actual && cat ends created >expect && test_cmp expect actual &&
	freeze
'

test_done
