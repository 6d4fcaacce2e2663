#!/bin/sh

test_description='two objects that deploy one service, of which a push brings only one'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-server.sh

# copy <from> <to>: another object with the same contents
copy () {
	for file in svcdef taskdef depdef input
	do
		cp "work/$1_$file.json" "work/$2_$file.json" || return
	done &&
	git -C work add . &&
	git -C work commit -q -m "copy ${1##*/}"
}

# refused <path>: the push is, for the one reason that <path> deploys the same
refused () {
	test_must_fail git -C work push -q ../origin.git HEAD:main 2>err &&
	remote_lines err | tr "\n" " " | sed -e "s/  */ /g" >said &&
	test_grep "${SQ}$1${SQ} deploys the service ${SQ}web${SQ}, too \[claimed-twice\]" said &&
	test_grep "rejected: 1 error" said
}

processed () {
	git -C origin.git update-ref refs/gitops/processed/main "$1"
}

test_expect_success 'a server that has deployed two services' '
	server_init origin.git &&
	git init -q work &&
	service_write work dev/web/web &&
	service_write work dev/api/api &&
	git -C work add . &&
	git -C work commit -q -m two &&
	git -C work push -q ../origin.git HEAD:main &&
	processed main &&
	test-tool claims origin.git main
'

test_expect_success 'a copy of one of them is refused' '
	git -C work checkout -q -b copied &&
	copy dev/web/web dev/web/wob &&
	refused dev/web/web_svcdef.json
'

test_expect_success 'without the index only what is pushed is compared' '
	mv origin.git/gitops/claims/main kept &&
	git -C work push -q ../origin.git HEAD:trial &&
	echo "$(git -C work rev-parse main) $(git -C work rev-parse copied)" >ends &&
	read -r old new <ends &&
	GIT_DIR=origin.git git gitops check "$old..$new" &&
	mv kept origin.git/gitops/claims/main &&
	test_expect_code 1 env GIT_DIR=origin.git git gitops check "$old..$new" >actual &&
	test_grep claimed-twice actual
'

test_expect_success 'a damaged index counts as none' '
	cp origin.git/gitops/claims/main kept &&
	sed -i "s/web/wxb/" origin.git/gitops/claims/main &&
	read -r old new <ends &&
	GIT_DIR=origin.git git gitops check "$old..$new" &&
	mv kept origin.git/gitops/claims/main
'

test_expect_success 'moving a service is no second one' '
	git -C work checkout -q -b moved main &&
	for file in svcdef taskdef depdef input
	do
		mkdir -p work/prod &&
		git -C work mv dev/web/web_$file.json prod/web_$file.json || return
	done &&
	git -C work commit -q -m move &&
	git -C work push -q ../origin.git HEAD:main
'

test_expect_success 'the index follows from commit to commit' '
	old=$(git -C origin.git rev-parse refs/gitops/processed/main) &&
	processed main &&
	test-tool claims origin.git main "$old" &&
	cp origin.git/gitops/claims/main followed &&
	rm origin.git/gitops/claims/main &&
	test-tool claims origin.git main &&
	test_cmp origin.git/gitops/claims/main followed &&
	test_grep prod/web followed &&
	test_grep ! dev/web followed &&
	copy prod/web dev/web/wob &&
	refused prod/web_svcdef.json
'

test_expect_success 'whoever is named in an old index is read again' '
	git -C work checkout -q -b renamed moved &&
	sed -i "s/{{ name }}/web2/" work/prod/web_svcdef.json &&
	git -C work commit -q -a -m rename &&
	git -C work push -q ../origin.git HEAD:main &&
	processed main &&
	copy dev/api/api dev/api/other &&
	sed -i "s/{{ name }}/web/" work/dev/api/other_svcdef.json &&
	git -C work commit -q -a --amend -m "takes the name that is free" &&
	git -C work push -q ../origin.git HEAD:main
'

test_expect_success 'another cluster or region is another service' '
	git -C work checkout -q -b elsewhere HEAD^ &&
	git -C work reset -q --hard main &&
	git -C work push -q -f ../origin.git HEAD:main &&
	processed main &&
	test-tool claims origin.git main &&
	copy dev/web/web dev/web/wob &&
	sed -i "s/{{ cluster_name }}/elsewhere/" work/dev/web/wob_svcdef.json &&
	git -C work commit -q -a --amend -m "another cluster" &&
	git -C work push -q ../origin.git HEAD:main &&
	git -C work checkout -q -B elsewhere main &&
	git -C work push -q -f ../origin.git HEAD:main &&
	copy dev/web/web dev/web/wob &&
	sed -i "s/{{ region }}/eu-west-1/" work/dev/web/wob_depdef.json &&
	git -C work commit -q -a --amend -m "another region" &&
	git -C work push -q ../origin.git HEAD:main
'

test_done
