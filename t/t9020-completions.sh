#!/bin/sh

test_description='completions offer what the program has'

. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-records.sh

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

test_expect_success 'bash: options without a value can be negated' '
	printf "%s\n" --no-progress --no-quiet >expect &&
	complete watch --no- >actual &&
	test_cmp expect actual
'

test_expect_success 'setup: a repository with service objects and deployments' '
	git init -q repo &&
	for path in dev/nginx/nginx_svcdef dev/nginx/nginx_taskdef fn/a/a_lambdadef
	do
		test_write repo/$path.json "{}" || return
	done &&
	git -C repo add . && git -C repo commit -q -m one &&
	commit=$(git -C repo rev-parse HEAD) &&
	record 1 $commit dev/nginx/nginx PROCESSED_SUCCESS "$WELL" >records &&
	(cd repo && test-tool state put <../records) &&
	git gitops -h | sed -n "/help. with\$/,\$p" | sed -e 1d -e "s/ or /, /" |
	tr -d " ." | tr , "\n" | sort >guides &&
	test_line_count -gt 5 guides
'

test_expect_success 'bash: path-prefixes, ids, guides, rules, kinds' '
	printf "%s\n" dev/nginx/nginx fn/a/a >prefixes &&
	for command in render rollback hold unhold capacity status log
	do
		complete -C repo $command "" >actual &&
		test_cmp prefixes actual || return
	done &&
	git -C repo gitops log >log && short=$(cut -d" " -f1 log) &&
	echo $short >expect &&
	for command in show approve pause resume cancel
	do
		complete -C repo $command "" >actual &&
		test_cmp expect actual || return
	done &&
	commands_of_usage | cat - guides | sort >expect &&
	complete help "" >actual &&
	test_cmp expect actual &&
	complete explain template-und >actual &&
	test_grep "^template-undefined" actual &&
	printf "%s\n" ecs lambda >expect &&
	complete rollback --kind= >actual &&
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

test_expect_success 'zsh: path-prefixes, ids, guides' '
	zsh -f complete.zsh -C repo rollback "" >actual &&
	test_cmp prefixes actual &&
	zsh -f complete.zsh -C repo show "" >out &&
	test_grep "^$short:..*dev/nginx/nginx" out &&
	zsh -f complete.zsh help "" >out &&
	sed "s/:.*//" out | sort >actual &&
	commands_of_usage | cat - guides | sort >expect &&
	test_cmp expect actual
'

test_expect_success 'zsh: the options of a command' '
	options_of_usage log >expect &&
	zsh -f complete.zsh log -- >out &&
	sed "s/:.*//" out | sort >actual &&
	test_cmp expect actual
'

test_done
