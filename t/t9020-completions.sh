#!/bin/sh

test_description='completions offer what the program has'

. ./test-lib.sh

cat >complete.bash <<\EOF
. /usr/share/bash-completion/completions/git
. "$GITOPS_SOURCE"/share/completions/git-gitops.bash
words=("$@")
cword=$((${#words[@]} - 1))
cur=${words[cword]}
prev=${words[cword - 1]}
__git_cmd_idx=1
_git_gitops
printf '%s\n' "${COMPREPLY[@]}" | sed 's/ *$//' | sort
EOF

complete () {
	bash complete.bash git gitops "$@"
}

commands_of_usage () {
	git gitops -h | sed -n 's/^    \([a-z][a-z-]*\) .*/\1/p' | sort
}

options_of_usage () {
	git gitops "$1" -h | grep -oE -- '^    (-., )?--[a-z-]+=?' | sed 's/.*--/--/' | sort -u
}

test_expect_success 'bash: all commands' '
	commands_of_usage >expect &&
	complete "" >actual &&
	test_cmp expect actual
'

test_expect_success 'bash: the commands that begin so' '
	commands_of_usage | grep "^v" >expect &&
	complete v >actual &&
	test_cmp expect actual
'

test_expect_success 'bash: the options of a command' '
	options_of_usage log >expect &&
	test -s expect &&
	complete -C . log -- >actual &&
	test_cmp expect actual
'

test_expect_success 'bash: formats' '
	printf "%s\n" json text >expect &&
	complete log --format= >actual &&
	test_cmp expect actual
'

# zsh's own machinery is replaced by functions that print what they are given.
cat >complete.zsh <<\EOF
_describe () { print -rl -- "${(P@)@[-1]}" }
_files () { print files }
words=(gitops "$@")
CURRENT=$#words
PREFIX=$words[-1]
. "$GITOPS_SOURCE"/share/completions/_git-gitops
EOF

test_expect_success 'zsh: all commands, with what they do' '
	commands_of_usage >expect &&
	zsh -f complete.zsh "" >out &&
	sed "s/:.*//" out | sort >actual &&
	test_cmp expect actual &&
	test_grep "^log:." out
'

test_expect_success 'zsh: the options of a command' '
	options_of_usage log >expect &&
	zsh -f complete.zsh log -- >out &&
	sed "s/:.*//" out | sort >actual &&
	test_cmp expect actual
'

test_done
