#!/bin/sh

test_description='doctor checks up on a repository, line by line'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-server.sh
. "$TEST_DIRECTORY"/lib-sandbox.sh

spool=origin.git/gitops/spool

test_atexit 'test -z "$worker" || kill -CONT "$worker" 2>/dev/null && kill "$worker" 2>/dev/null'

# doctor <status> [<option>...]: its lines without the hints in "said", with them in "out"
doctor () {
	status=$1 && shift &&
	test_expect_code "$status" git -C "${at:-origin.git}" gitops doctor "$@" >out &&
	grep -v "^  " out >said
}

# says <level> <check> <pattern>
says () {
	test_grep "^$1  *$2: $3" said
}

hint () {
	test_grep "^         hint: $1" out
}

all_ok () {
	doctor 0 && test_grep ! "^error" said && test_grep ! "^warning" said
}

test_expect_success 'setup: a server, a clone, a service that runs' '
	sandbox_start &&
	sandbox_ctl seed "{\"clusters\": [\"apps\"]}" &&
	server_init origin.git &&
	git -C origin.git config --unset gitops.worker &&
	git clone -q origin.git work 2>err
'

test_expect_success 'a server that was just set up is in order, and nothing is changed' '
	(cd origin.git && find . | sort) >before &&
	all_ok &&
	(cd origin.git && find . ! -name worker.lock | sort) >after &&
	test_cmp before after &&
	says ok versions "git gitops .*, git version .*, libgit2 [0-9.]*; shapes of AWS from 20" &&
	says ok repository "${SQ}$PWD/origin.git${SQ} was set up to deploy$" &&
	says ok hooks "installed and current$" &&
	says ok settings "1 under gitops[.][*], all understood$" &&
	says ok spool "${SQ}$PWD/$spool${SQ} can be written$" &&
	says ok jobs "0 wait, 0 run; of those that ended and are kept 0 are done, 0 failed$" &&
	says ok workers "none runs; the next push starts one$" &&
	says ok notes "nothing was deployed yet$" &&
	says ok refs "0 branches processed so far$"
'

test_expect_success 'nothing is asked of the network, but with --online' '
	test_grep ! credentials said &&
	sandbox_calls >calls && test_must_be_empty calls &&
	doctor 0 --online &&
	says ok credentials "account [0-9]\{12\}, arn:aws:[a-z]*::[0-9]\{12\}:.*, region us-east-1$" &&
	sandbox_calls >calls && echo GetCallerIdentity >expect &&
	grep -o GetCallerIdentity calls >actual && test_cmp expect actual
'

test_expect_success 'credentials that are none, or a region that is not known, are errors' '
	(
		unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN &&
		AWS_EC2_METADATA_DISABLED=true && export AWS_EC2_METADATA_DISABLED &&
		doctor 1 --online
	) &&
	says error credentials . &&
	(
		unset AWS_REGION AWS_DEFAULT_REGION &&
		doctor 1 --online
	) &&
	says error credentials ".*region" && doctor 0
'

test_expect_success 'as JSON' '
	doctor 0 --format=json &&
	jq -r ".checks[] | .check" out | sort -u >actual &&
	printf "%s\n" hooks jobs notes refs repository settings spool versions workers >expect &&
	test_cmp expect actual &&
	test "$(jq -c "[.errors, .warnings]" out)" = "[0,0]" &&
	git -C origin.git config gitops.frezze "main always" &&
	doctor 0 --format=json &&
	jq -c ".checks[] | select(.level != \"ok\") | [.check, .level, .hint]" out >actual &&
	echo "[\"settings\",\"warning\",\"did you mean ${SQ}gitops.freeze${SQ}?\"]" >expect &&
	test_cmp expect actual &&
	git -C origin.git config --unset gitops.frezze
'

# hook <level> <pattern>
hook () {
	doctor "$1" && test_grep "^[a-z]* *hooks: the $2 hook ${SQ}.*${SQ} $3" said &&
	hint "${SQ}git gitops init${SQ}, on the server, does that again$" &&
	test_grep ! "installed and current" said
}

test_expect_success 'hooks that are missing, off, of others or changed; init mends them' '
	rm origin.git/hooks/post-receive && hook 1 post-receive "is missing$" &&
	git gitops init origin.git && all_ok &&
	chmod -x origin.git/hooks/pre-receive && hook 1 pre-receive "is not executable" &&
	chmod +x origin.git/hooks/pre-receive && all_ok &&
	cp origin.git/hooks/pre-receive kept &&
	echo "# changed" >>origin.git/hooks/pre-receive && hook 0 pre-receive "was installed by another version" &&
	git gitops init origin.git && all_ok && test_cmp kept origin.git/hooks/pre-receive &&
	printf "%s\n" "#!/bin/sh" "exit 0" >origin.git/hooks/pre-receive && hook 1 pre-receive "is somebody else${SQ}s" &&
	rm origin.git/hooks/pre-receive && git gitops init origin.git && all_ok
'

test_expect_success 'settings of git that are gone' '
	git -C origin.git config --unset-all receive.hideRefs refs/notes/gitops &&
	doctor 1 && says error hooks "the setting receive.hideRefs = refs/notes/gitops is missing$" &&
	git -C origin.git config --add receive.hideRefs refs/notes/gitops && all_ok &&
	git -C origin.git config receive.advertisePushOptions 0 &&
	doctor 1 && says error hooks "the setting receive.advertisePushOptions = true is missing$" &&
	git -C origin.git config receive.advertisePushOptions yes && all_ok
'

# setting <status> <level> <pattern> <key> <value>
setting () {
	git -C origin.git config --add "$4" "$5" &&
	doctor "$1" && says "$2" settings "$3" &&
	test_grep ! "all understood" said &&
	git -C origin.git config --fixed-value --unset-all "$4" "$5"
}

test_expect_success 'settings that are not understood' '
	setting 1 error "gitops.freeze .main Fry 16:00-Mon 08:00.: .Fry. is no weekday" gitops.freeze "main Fry 16:00-Mon 08:00" &&
	hint "it is as .main Fri 16:00-Mon 08:00 Europe/Berlin." &&
	setting 1 error "gitops.lease can.t be .2.: no worker starts$" gitops.lease 2 &&
	hint "it is a number from 3 to 3600$" &&
	setting 0 warning "gitops.lease can.t be .soon.: it is taken for unset$" gitops.lease soon &&
	setting 0 warning "gitops.jobs can.t be .0.: it is taken for unset$" gitops.jobs 0 &&
	setting 0 warning "gitops.jobs can.t be .many.: it is taken for unset$" gitops.jobs many &&
	setting 0 warning "gitops.maxArtifactSize can.t be .5t.:" gitops.maxArtifactSize 5t &&
	setting 0 warning "gitops.worker can.t be .sometimes.: it is taken for unset$" gitops.worker sometimes &&
	setting 0 warning "gitops.branch .refs/heads/main. names no branch$" gitops.branch refs/heads/main &&
	setting 0 warning ".gitops.workers. is no setting of git gitops$" gitops.workers 1 &&
	hint "did you mean .gitops.worker.?$" &&
	setting 0 warning "the setting .gitops.rule.lb-prot. names no rule$" gitops.rule.lb-prot warn &&
	hint "did you mean .lb-port.?$" &&
	setting 0 warning "the setting .gitops.rule.lb-port. can.t be .loud.$" gitops.rule.lb-port loud &&
	git -C origin.git config gitops.lease 3600 && git -C origin.git config gitops.maxArtifactSize 2m &&
	git -C origin.git config gitops.rule.lb-port ignore && git -C origin.git config gitops.FreezeOverride no &&
	all_ok && says ok settings "5 under gitops" &&
	for key in lease maxArtifactSize rule.lb-port freezeOverride
	do
		git -C origin.git config --unset gitops.$key || return
	done
'

test_expect_success 'a server that deploys no branch, a configuration that git cannot read' '
	git -C origin.git config --rename-section gitops gone &&
	doctor 1 && says error settings "gitops.branch is not set: nothing is checked nor deployed$" &&
	git -C origin.git config --rename-section gone gitops && all_ok
'

test_expect_success 'jobs that wait for a worker, and none may be started' '
	git -C origin.git config gitops.worker false && doctor 0 &&
	says warning workers "none runs, and gitops.worker keeps the hooks from starting one$" &&
	service_push work dev/web/web 2>err &&
	doctor 1 && says ok jobs "1 wait, 0 run" && says error workers "none runs, and 1 job waits for one$" &&
	timeout 100 git gitops worker --drain origin.git 2>worker.log &&
	doctor 0 && says ok jobs "0 wait, 0 run; .* 1 are done, 0 failed$" &&
	says ok notes "1 commit with records, of 1 service object$" &&
	says ok refs "1 branch processed so far$"
'

test_expect_success 'a worker that lives, and dies in the middle of a job' '
	sed -i "s/nginx:1.27/nginx:1.28/; " work/dev/web/web_input.json &&
	sed -i "s/\"environment\"/\"approval\": { \"before\": \"deploy\" }, &/" work/dev/web/web_depdef.json &&
	git -C work commit -q -a -m "wait" && git -C work push -q origin HEAD:main 2>err &&
	{ git-gitops worker origin.git >>worker.log 2>&1 3>&- 4>&- & } && worker=$! &&
	wait_for sh -c "cat $spool/run/*.journal | grep \"waiting for approval\"" &&
	doctor 0 && says ok workers "process $worker on ${SQ}$(uname -n)${SQ} holds lease 0[0-9A-Z]*$" &&
	says ok jobs "0 wait, 1 run" &&
	kill -KILL "$worker" && { wait "$worker" 2>/dev/null || :; } && worker= &&
	doctor 1 &&
	says warning workers "job 0[0-9A-Z]* was left by a worker that ended$" &&
	says error workers "none runs, and 1 job waits for one$" &&
	test_grep ! "holds lease" said &&
	git -C origin.git gitops cancel "$(ls $spool/run | sed -n "s/.json//p")" >out 2>&1 &&
	test_expect_code 1 timeout 100 git gitops worker --drain origin.git 2>worker.log
'

test_expect_success 'the last job failed; garbage among the jobs' '
	doctor 0 && says warning jobs "the last one, 0[0-9A-Z]*, failed$" && hint ".git gitops watch 0" &&
	echo "{" >$spool/new/hello && timeout 100 git gitops worker --drain origin.git 2>worker.log &&
	doctor 0 && says warning jobs "1 file among the jobs was none$"
'

test_expect_success 'a worker that stands still' '
	git -C origin.git config gitops.lease 3 &&
	git -C work commit -q --allow-empty -m again &&
	service_edit work dev/web/web "s/nginx:[^\"]*/nginx:1.29/" && git -C work push -q origin HEAD:main 2>err &&
	{ git-gitops worker origin.git >>worker.log 2>&1 3>&- 4>&- & } && worker=$! &&
	wait_for sh -c "cat $spool/run/*.journal | grep \"waiting for approval\"" &&
	kill -STOP "$worker" &&
	wait_for sh -c "git -C origin.git gitops doctor | grep \"stands still\"" &&
	doctor 1 && says warning workers "process $worker on .* stands still (lease 0[0-9A-Z]*)$" &&
	test_grep ! "holds lease" said && says error workers "none runs" &&
	kill -CONT "$worker" && kill "$worker" && { wait "$worker" 2>/dev/null || :; } && worker=
'

test_expect_success 'notes that can not be read, refs that name nothing' '
	git -C origin.git update-ref refs/keep refs/notes/gitops/records &&
	git -C origin.git update-ref refs/notes/gitops/records "$(echo x | git -C origin.git hash-object -w --stdin)" &&
	doctor 1 && says error notes "refs/notes/gitops/records: " &&
	git -C origin.git update-ref refs/notes/gitops/records refs/keep &&
	echo 1234567890123456789012345678901234567890 >origin.git/refs/gitops/processed/gone &&
	doctor 1 && says error refs "refs/gitops/processed/gone: .*1234567" &&
	rm origin.git/refs/gitops/processed/gone
'

test_expect_success 'a line of the notes that is no record' '
	git -C origin.git notes --ref=gitops/records append -m "hello" "$(git -C origin.git rev-parse main)" &&
	doctor 1 && says warning notes "1 line of .refs/notes/gitops/records. can.t be read$"
'

test_expect_success 'the spool is gone in part, and as a whole' '
	mv $spool/done moved && doctor 1 && says error spool ".*/done. can.t be read and written by this account$" &&
	hint ".git gitops init., on the server, makes it$" &&
	mv moved $spool/done && mv $spool moved && doctor 1 && says error spool "cannot open the spool" &&
	mv moved $spool
'

test_expect_success 'a clone: settings and notes; there is nothing to set up' '
	at=work && doctor 0 && says ok repository "${SQ}$PWD/work/.git${SQ} does not deploy by itself$" &&
	says ok notes "none were fetched$" && hint "git fetch origin" &&
	test_grep ! "hooks: " said && test_grep ! "spool: " said &&
	git -C work config gitops.frezze x && doctor 0 && says warning settings ".gitops.frezze. is no setting" &&
	git -C work config --unset gitops.frezze &&
	git -C work fetch -q origin "refs/notes/gitops/*:refs/notes/gitops/*" && doctor 0 &&
	says warning notes "1 line of" && at=
'

test_expect_success 'no repository; --schema asks nobody' '
	test_expect_code 128 git --git-dir=nowhere gitops doctor 2>err &&
	test_grep "^fatal: " err &&
	test_expect_code 129 git gitops doctor --schema --online 2>err &&
	test_grep "^error: --schema asks nobody" err
'

test_done
