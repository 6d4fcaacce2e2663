#!/bin/sh

test_description='the set-up step asks the package manager for what is missing, and for nothing else'

. ./test-lib.sh

# stub <name> <<\EOF: a program found before the system's.
stub () {
	mkdir -p stubs &&
	cat >"stubs/$1" &&
	chmod +x "stubs/$1"
}

setup_step () {
	PATH="$PWD/stubs:$PATH" WORK="$PWD" "$GITOPS_SOURCE/share/setup.sh" "$@"
}

test_expect_success 'setup: a system without yajl, and a package manager to watch' '
	stub pkg-config <<-\EOF &&
	#!/bin/sh
	case "$*" in
	*yajl*) test -e "$WORK/yajl-is-there" ;;
	esac
	EOF
	stub apt-get <<-\EOF &&
	#!/bin/sh
	echo "$DEBIAN_FRONTEND apt-get $*" >>"$WORK/asked"
	if read -r line
	then
		echo "answered by the terminal" >>"$WORK/asked"
	fi
	case "$*" in
	*install*) test -e "$WORK/is-broken" || touch "$WORK/yajl-is-there" ;;
	esac
	EOF
	stub id <<-\EOF
	#!/bin/sh
	cat "$WORK/uid"
	EOF
'

test_expect_success 'a user is told the one command' '
	echo 1000 >uid &&
	test_expect_code 1 setup_step build >out 2>err &&
	cat >expect <<-\EOF &&
	error: needed, but not there. As root, run
	    apt-get install libyajl-dev
	EOF
	test_must_be_empty out &&
	test_cmp expect err &&
	test_path_is_missing asked
'

test_expect_success 'root gets what is missing installed, without questions' '
	echo 0 >uid &&
	setup_step build &&
	cat >expect <<-\EOF &&
	noninteractive apt-get update -q
	noninteractive apt-get install -q -y --no-install-recommends libyajl-dev
	EOF
	test_cmp expect asked
'

test_expect_success 'nothing is asked when nothing is missing' '
	rm asked &&
	setup_step build >out &&
	test_must_be_empty out &&
	test_path_is_missing asked
'

test_expect_success 'an installation that brings nothing is an error' '
	rm yajl-is-there &&
	touch is-broken &&
	test_expect_code 1 setup_step build >out 2>err &&
	test_grep "still missing after the installation: libyajl-dev" err
'

test_expect_success 'what is needed for doc and check is another matter' '
	setup_step doc &&
	setup_step check &&
	test_expect_code 129 setup_step no-such-thing
'

test_done
