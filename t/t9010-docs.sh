#!/bin/sh

test_description='the manual describes the program, all of it and nothing else'

. ./test-lib.sh

DOCS=$GITOPS_SOURCE/Documentation

# section <name>: that section of the page on stdin.
section () {
	sed -n "/^== $1\$/,/^== /{
		/^== /d
		p
	}"
}

# The terms of a page's description lists, without their markup: "-n <n>",
# "gitops.branch".
terms () {
	sed -n -e 's/^\(.*[^:;]\)::.*/\1/p' | sed -e 's/[`*]//g' | sort
}

# One line each: "-n <n>" for "    -n, --limit=<n>   text" and so on.
options_of_usage () {
	sed -n -e 's/^    \(-.*\)/\1/p' | perl -ne '
		s/\s\s+.*//;
		chomp;
		if (/^(-.), (--[^=]+)(=(.*))?$/) {
			print "$1", $4 ? " $4" : "", "\n", "$2", $3 // "", "\n";
		} else {
			print "$_\n";
		}
	' | sort
}

# The usage lines of -h, one line each whatever its breaks are.
synopsis_of_usage () {
	sed -n -e '/^usage: /,/^$/p' | sed -e '/^$/d' -e 's/^usage: //' -e 's/^   or: //' |
	join_synopsis
}

join_synopsis () {
	perl -0777 -ne '
		s/\n(?!git gitops)\s*/ /g;
		s/[ \t]+/ /g;
		s/ $//mg;
		print;
	'
}

test_expect_success 'setup: the commands' '
	git gitops -h >usage &&
	sed -n "s/^    \([a-z][a-z-]*\) .*/\1/p" usage | sort >commands &&
	test -s commands
'

test_expect_success 'each command has a page, each page a command' '
	ls "$DOCS"/git-gitops-*.adoc | sed "s,.*/git-gitops-\(.*\).adoc,\1," | grep -vx config |
	sort >pages &&
	test_cmp commands pages
'

test_expect_success 'git-gitops(1) lists all commands' '
	section COMMANDS <"$DOCS/git-gitops.adoc" | terms | sed "s/^git-gitops-\(.*\)(1)/\1/" >listed &&
	test_cmp commands listed
'

test_expect_success 'git-gitops(1) has the synopsis of -h' '
	section SYNOPSIS <"$DOCS/git-gitops.adoc" | sed -e "/^\[verse\]/d" -e "/^\$/d" >expect &&
	sed -n "s/^usage: //p" usage >actual &&
	test_cmp expect actual
'

for command in $(cat commands)
do
	page=$DOCS/git-gitops-$command.adoc

	test_expect_success "$command: the SYNOPSIS is the usage of -h" '
		git gitops $command -h >usage &&
		section SYNOPSIS <"$page" | sed -e "/^\[verse\]/d" -e "/^\$/d" | join_synopsis >expect &&
		synopsis_of_usage <usage >actual &&
		test_cmp expect actual
	'

	test_expect_success "$command: the OPTIONS are those of -h" '
		git gitops $command -h | options_of_usage >expect &&
		section OPTIONS <"$page" | terms >actual &&
		test_cmp expect actual
	'

	test_expect_success "$command: the page has its sections, in their order" '
		sed -n "s/^== //p" "$page" | grep -v "^\(OPTIONS\|CONFIGURATION\)\$" >sections &&
		printf "%s\n" NAME SYNOPSIS DESCRIPTION EXAMPLES "EXIT STATUS" "SEE ALSO" >wanted &&
		grep -xF -f wanted sections >actual &&
		test_cmp wanted actual
	'

	test_expect_success "$command: misuse is answered by the usage on stderr, and 129" '
		test_expect_code 129 git gitops $command --no-such-option >out 2>err &&
		test_must_be_empty out &&
		test_grep "^usage: git gitops $command" err
	'
done

# What looks like a setting in the code: a key of git config, or a push option.
test_expect_success 'setup: the settings that the code knows' '
	cat "$GITOPS_SOURCE"/lib/*/*.c "$GITOPS_SOURCE"/git-gitops/*.c "$GITOPS_SOURCE"/hooks/*.c \
		"$GITOPS_SOURCE"/lib/*/*.h |
	grep -oE "\"gitops\.[a-z][A-Za-z.-]*([A-Za-z]|<id>)\"" | tr -d "\"" | sort -u >known &&
	section "PUSH OPTIONS" <"$DOCS/gitops-hooks.adoc" | terms | sort -u >push-options &&
	test -s push-options &&
	section "SETTINGS" <"$DOCS/git-gitops-config.adoc" | terms | sort -u >settings &&
	test -s settings
'

test_expect_success 'each setting and push option is described, and nothing else is' '
	sort -u push-options settings >described &&
	test_cmp known described
'

test_expect_success 'a CONFIGURATION section names only settings that there are' '
	for page in "$DOCS"/git-gitops-*.adoc
	do
		section CONFIGURATION <"$page" | terms | sed -n "/^gitops/p" >named &&
		while read -r setting
		do
			grep -qxF "$setting" settings || { echo "$page: $setting" && return 1; }
		done <named || return
	done
'

test_expect_success 'a page refers only to pages that there are' '
	grep -ohE "(git-)?gitops[a-z-]*\*?\([15]\)" "$DOCS"/*.adoc "$GITOPS_SOURCE"/README.md |
	tr -d "*" | sed "s/(.*//" | sort -u >named &&
	while read -r name
	do
		test_path_is_file "$DOCS/$name.adoc" || return
	done <named
'

test_expect_success 'asciidoctor has nothing to say about any page' '
	for page in "$DOCS"/*.adoc
	do
		asciidoctor -b manpage --failure-level=WARN -o page.out "$page" || return
	done
'

test_expect_success 'examples of the manual are commands that are understood' '
	git init -q -b main examples &&
	test_commit -C examples one &&
	git clone -q --bare examples srv.git &&
	git -C examples remote add origin ../srv.git &&
	cat "$DOCS"/*.adoc "$GITOPS_SOURCE/README.md" |
	sed -n "s/^ *\\$ \(git gitops .*\)/\1/p" | sed "s,/srv/git/services.git,../srv.git," >lines &&
	test -s lines &&
	while read -r line
	do
		echo "$line" >script &&
		(cd examples && sh ../script </dev/null >../out 2>../err)
		code=$?
		test "$code" != 129 && test "$code" -lt 130 ||
		{ echo "exit status $code: $line" && cat err && return 1; }
	done <lines
'

test_done
