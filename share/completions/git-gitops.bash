# bash completion for `git gitops`, loaded by git's own completion.
#
# Commands, options and guides are asked of the program, so that they are
# those of the version that is installed; ids and path-prefixes of the
# repository.

_git_gitops_commands ()
{
	git gitops -h 2>/dev/null | sed -n 's/^    \([a-z][a-z-]*\) .*/\1/p'
}

_git_gitops_guides ()
{
	git gitops -h 2>/dev/null |
	sed -n -e '/git gitops help. with$/,$p' | sed -e 1d -e 's/ or /, /' -e 's/[.,]/ /g'
}

_git_gitops_options ()
{
	git gitops "$1" -h 2>/dev/null |
	sed -n -e 's/^    \(-., \)\{0,1\}\(--[a-z-]*=\{0,1\}\).*/\2/p'
}

# What --no- can stand before: options without a value.
_git_gitops_negatable ()
{
	_git_gitops_options "$1" | sed -n -e '/=$/d' -e 's/^--/--no-/p'
}

# In these, "$@" is what stands before the command: -C <dir>.
_git_gitops_ids ()
{
	git "$@" gitops log -n 100 2>/dev/null | sed -n 's/^\([0-9A-Z]\{10,26\}\) .*/\1/p'
}

_git_gitops_prefixes ()
{
	git "$@" ls-tree -r --full-tree --name-only HEAD 2>/dev/null |
	sed -n -e 's/_svcdef\.json$//p' -e 's/_lambdadef\.json$//p' | sort -u
}

_git_gitops_rules ()
{
	git gitops explain 2>/dev/null | sed -n 's/^\([a-z][a-z-]*\) .*/\1/p'
}

_git_gitops ()
{
	# shellcheck disable=SC2154 # cur, words, cword are git's completion's
	local i command='' start=${__git_cmd_idx:-1} at=()

	for ((i = start + 1; i < cword; i++)); do
		case "${words[i]}" in
		-C)
			at+=(-C "${words[i + 1]}")
			((i++))
			;;
		-*) ;;
		*)
			command=${words[i]}
			break
			;;
		esac
	done
	if [ -z "$command" ]; then
		__gitcomp "$(_git_gitops_commands)"
		return
	fi
	case "$cur" in
	--format=*)
		__gitcomp "text json$([ "$command" = check ] && echo ' sarif')" '' "${cur#--format=}"
		return
		;;
	--kind=*)
		__gitcomp "ecs lambda" '' "${cur#--kind=}"
		return
		;;
	--branch=*)
		__gitcomp_nl "$(__git_heads)" '' "${cur#--branch=}"
		return
		;;
	--no-*)
		__gitcomp "$(_git_gitops_negatable "$command")"
		return
		;;
	-*)
		__gitcomp "$(_git_gitops_options "$command")"
		return
		;;
	esac
	# shellcheck disable=SC2154
	case "$command $prev" in
	render\ *) ;; # has no -b
	*' -b')
		__gitcomp_nl "$(__git_heads)"
		return
		;;
	esac
	case "$command" in
	help) __gitcomp "$(_git_gitops_commands) $(_git_gitops_guides)" ;;
	explain) __gitcomp "$(_git_gitops_rules)" ;;
	check)
		case " ${words[*]} " in
		*' --fix '*) ;; # files
		*) __git_complete_revlist ;;
		esac
		;;
	plan) __git_complete_revlist ;;
	deploy) __gitcomp_nl "$(__git_remotes)" ;;
	show | approve | pause | resume | cancel) __gitcomp_nl "$(_git_gitops_ids "${at[@]}")" ;;
	watch) __gitcomp_nl "$(_git_gitops_ids "${at[@]}"; __git_refs)" ;;
	render | rollback | hold | unhold | capacity | status | log)
		__gitcomp_nl "$(_git_gitops_prefixes "${at[@]}")"
		;;
	esac
}
