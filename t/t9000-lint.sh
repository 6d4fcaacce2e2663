#!/bin/sh

test_description='the sources keep the rules of the house'

. ./test-lib.sh

cd "$GITOPS_SOURCE" || exit 1
out=$SHARNESS_TRASH_DIRECTORY

# rooms_may_include <room> <room>...: nothing in the first room includes a
# header of a room that is not named.
rooms_may_include () {
	room=$1
	allowed=$(echo "$@" | tr ' ' '|')
	grep -Hn '^#include "[a-z]*/' "lib/$room"/*.[ch] >"$out/includes"
	! grep -Ev "#include \"($allowed)/" "$out/includes"
}

only_room_including () {
	! git grep -n "^#include <$1" -- '*.c' '*.h' ":!lib/$2/"
}

test_expect_success 'each room includes only what is below it' '
	rooms_may_include base &&
	rooms_may_include ui artifact state base &&
	rooms_may_include template base &&
	rooms_may_include schema base &&
	rooms_may_include repo base &&
	rooms_may_include aws base &&
	rooms_may_include artifact template schema repo base &&
	rooms_may_include state repo artifact base &&
	rooms_may_include spool base &&
	rooms_may_include check artifact state template schema repo base &&
	rooms_may_include deploy artifact state spool template schema repo aws base &&
	ls -d lib/*/ | sed "s,lib/\(.*\)/,\1," >"$out/rooms" &&
	test_must_fail grep -vxE \
		"base|ui|template|schema|repo|aws|artifact|state|spool|check|deploy" "$out/rooms"
'

test_expect_success 'each foreign library is included by one room only' '
	only_room_including "git2" repo &&
	only_room_including "curl/" aws &&
	only_room_including "libssh2" spool &&
	only_room_including "yajl/" base &&
	only_room_including "openssl/" base
'

test_expect_success 'a private header is included by its room only' '
	! git grep -nE "^#include \"[a-z]+/[a-z-]*internal.h\"" -- git-gitops hooks &&
	for room in lib/*/
	do
		room=${room#lib/} && room=${room%/} &&
		! git grep -nE "^#include \"$room/[a-z-]*internal.h\"" -- lib ":!lib/$room/" || return
	done
'

test_expect_success 'each source includes base/base.h first' '
	for file in lib/*/*.c git-gitops/*.c hooks/*.c t/helper/*.c t/unit/*.c
	do
		test -e "$file" || continue
		grep -m1 "^#include" "$file" >"$out/first" || return
		case "$file,$(cat "$out/first")" in
		*,"#include \"base/base.h\"" | git-gitops/*,"#include \"command.h\"" | \
		t/helper/*,"#include \"test-tool.h\"" | lib/*,"#include \""*"internal.h\"") ;;
		*) echo "$file: $(cat "$out/first")" && return 1 ;;
		esac
	done
'

test_expect_success 'each header compiles alone' '
	flags="-std=c11 -D_GNU_SOURCE -Ilib -Igit-gitops $(pkg-config --cflags libgit2 yajl)" &&
	ls lib/*/*.h git-gitops/*.h t/unit/*.h t/helper/*.h >"$out/headers" &&
	while read -r header
	do
		printf "#include \"base/base.h\"\n#include \"%s\"\n" "$PWD/$header" >"$out/header.c" &&
		${CC:-cc} $flags -Wall -Wno-unused-function -Werror -fsyntax-only "$out/header.c" || return
	done <"$out/headers"
'

test_expect_success 'clang has no warnings either' '
	git ls-files "lib/*.c" "git-gitops/*.c" "hooks/*.c" "t/helper/*.c" "t/unit/*.c" >"$out/c" &&
	xargs -n 8 clang -std=c11 -D_GNU_SOURCE -Ilib $(pkg-config --cflags libgit2 yajl) -Wall -Wextra \
		-Wpedantic -Wshadow -Wconversion -Werror -fsyntax-only <"$out/c"
'

test_expect_success 'functions that invite mistakes are not called' '
	! git grep -nwE "(strcpy|strcat|sprintf|vsprintf|gets|strtok|system|popen|alloca|tmpnam|mktemp) *\(" \
		-- "*.c" "*.h"
'

test_expect_success 'the library neither exits nor prints' '
	! git grep -nwE "(exit|_exit|printf|puts|perror) *\(" -- "lib/*.c" ":!lib/base" ":!lib/ui"
'

test_expect_success 'each id that a deployment keeps is taken up again' '
	sed -n "s/^#define \(ID_[A-Z_]*\)[[:space:]].*/\1/p" lib/deploy/internal.h >"$out/ids" &&
	test -s "$out/ids" &&
	while read -r id
	do
		grep -qw "$id" lib/deploy/ids.c || { echo "$id is not in lib/deploy/ids.c" && return 1; }
	done <"$out/ids"
'

test_expect_success 'each room has a README that names each of its files' '
	for room in lib/*/ git-gitops/ hooks/ t/helper/ share/sandbox/ share/demo/ Documentation/
	do
		test -f "$room/README.md" || { echo "no ${room}README.md" && return 1; }
		git ls-files "$room" | sed "s,^$room,," >"$out/files" &&
		while read -r file
		do
			case "$file" in
			README.md) continue ;;
			*/*) file=${file%%/*}/ ;;
			*.h | *.c) file=${file%.?} ;;
			esac
			grep -qF "$file" "$room/README.md" ||
			{ echo "${room}README.md does not name $file" && return 1; }
		done <"$out/files" || return
	done
'

test_expect_success 'what a record keeps for resuming is read again by the next worker' '
	sed -n "s/^#define \(ID_[A-Z_]*\).*/\1/p" lib/deploy/internal.h | sort -u >"$out/ids" &&
	test_line_count -ge 40 "$out/ids" &&
	while read -r id
	do
		grep -q "^[[:space:]{]*.*\b$id\b[, ]" lib/deploy/ids.c || { echo "lib/deploy/ids.c drops $id" && return 1; }
	done <"$out/ids"
'

test_expect_success 'the hooks load no library that talks to the network' '
	ls "$GITOPS_BUILD"/libexec/git-gitops/* >"$out/hooks" &&
	test -s "$out/hooks" &&
	while read -r hook
	do
		readelf -d "$hook" >"$out/needed" &&
		! grep -E "NEEDED.*(libcurl|libssh2|libssl)" "$out/needed" || return
	done <"$out/hooks"
'

test_expect_success 'shell scripts please shellcheck' '
	git ls-files "*.sh" .ci/run share/demo/run >"$out/scripts" &&
	xargs shellcheck -s sh -S warning <"$out/scripts"
'

test_expect_success 'C files are formatted as .clang-format says' '
	git ls-files "*.c" "*.h" >"$out/c" &&
	xargs clang-format --dry-run --Werror <"$out/c"
'

test_expect_success 'test scripts are executable, have one number each and end properly' '
	git ls-files -s "t/t[0-9]*.sh" >"$out/tests" &&
	! grep -v "^100755 " "$out/tests" &&
	sed "s,.*/\(t[0-9]*\)-.*,\1," "$out/tests" | sort | uniq -d >"$out/twice" &&
	test_must_be_empty "$out/twice" &&
	for script in t/t[0-9]*.sh
	do
		test "$(tail -n 1 "$script")" = test_done || { echo "$script" && return 1; }
	done
'

test_expect_success 'nothing points out of the tree' '
	! git grep -nE "(^|[^[:alnum:]._}])/(work|farm|root)/|\.\./shared" -- . ":!.ci/run" ":!t/t9000-lint.sh"
'

test_done
