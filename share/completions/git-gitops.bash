# bash completion for `git gitops`, loaded by git's own completion.
#
# Commands and options are asked of the program, so that they are those of
# the version that is installed.

_git_gitops_commands ()
{
	git gitops -h 2>/dev/null | sed -n 's/^    \([a-z][a-z-]*\) .*/\1/p'
}

_git_gitops_options ()
{
	git gitops "$1" -h 2>/dev/null |
	sed -n -e 's/^    \(-., \)\{0,1\}\(--[a-z-]*=\{0,1\}\).*/\2/p'
}

_git_gitops ()
{
	# shellcheck disable=SC2154 # cur, words, cword are git's completion's
	local i command='' start=${__git_cmd_idx:-1}

	for ((i = start + 1; i < cword; i++)); do
		case "${words[i]}" in
		-C) ((i++)) ;;
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
		;;
	-*)
		__gitcomp "$(_git_gitops_options "$command")"
		;;
	*)
		case "$command" in
		help) __gitcomp "$(_git_gitops_commands)" ;;
		check)
			case " ${words[*]} " in
			*' --fix '*) ;; # files
			*) __git_complete_revlist ;;
			esac
			;;
		plan | show) __git_complete_revlist ;;
		deploy) __gitcomp_nl "$(__git_remotes)" ;;
		esac
		;;
	esac
}
