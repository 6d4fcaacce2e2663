#!/bin/sh
#
# usage: share/setup.sh (build|doc|check)
#
# See to it that what the build, the manual pages or the tests need is there.
# Nothing is asked of the package manager when nothing is missing. As root
# the missing Debian packages are installed; for anybody else the one command
# to run is printed, and the exit status is 1.

set -u

missing=

# need <debian package> <command that succeeds when it is there>
need () {
	package=$1
	shift
	"$@" >/dev/null 2>&1 || missing="$missing $package"
}

has () {
	command -v "$1" || test -x "/usr/sbin/$1"
}

links_with_clang () {
	echo 'int main(void) { return 0; }' |
	clang -fsanitize=address -x c -o /dev/null -
}

needs () {
	case "$1" in
	build)
		need build-essential has cc
		need build-essential has make
		need pkg-config has pkg-config
		need git has git
		need libgit2-dev pkg-config --exists libgit2
		need libcurl4-openssl-dev pkg-config --exists libcurl
		need libyajl-dev pkg-config --exists yajl
		need libssh2-1-dev pkg-config --exists libssh2
		need libssl-dev pkg-config --exists libcrypto
		need libpcre2-dev pkg-config --exists libpcre2-8
		need zlib1g-dev pkg-config --exists zlib
		;;
	doc)
		need asciidoctor has asciidoctor
		;;
	check)
		need sharness test -r /usr/share/sharness/sharness.sh
		need perl has prove
		need python3 has python3
		need python3-venv python3 -c 'import venv, ensurepip'
		need valgrind has valgrind
		need openssh-server has sshd
		need openssh-client has ssh
		need openssh-client has ssh-keygen
		need lighttpd has lighttpd
		need curl has curl
		need jq has jq
		need clang has clang
		need libclang-rt-14-dev links_with_clang
		need clang-format has clang-format
		need shellcheck has shellcheck
		need man-db has man
		need procps has pgrep
		need zsh has zsh
		need systemd has systemd-analyze
		;;
	*)
		echo "usage: share/setup.sh (build|doc|check)" >&2
		exit 129
		;;
	esac
}

# Test servers are started by the tests, on ports of their own. Installing
# them must not open the standard ones on the developer's machine.
install_packages () {
	policy=/usr/sbin/policy-rc.d
	case "$missing" in
	*openssh-server* | *lighttpd*)
		if test ! -e "$policy"
		then
			trap 'rm -f "$policy"' EXIT
			trap 'exit 130' INT TERM
			printf '#!/bin/sh\nexit 101\n' >"$policy"
			chmod +x "$policy"
		fi
		;;
	esac
	export DEBIAN_FRONTEND=noninteractive
	# The lists may be absent (fresh images) or old: ask once for new ones.
	apt-get update -q || return
	# shellcheck disable=SC2086
	apt-get install -q -y --no-install-recommends $missing
}

needs "${1-}"
test -n "$missing" || exit 0
# shellcheck disable=SC2086 # split into names, once each
missing=$(printf '%s\n' $missing | sort -u | tr '\n' ' ')
missing=${missing% }

if test "$(id -u)" = 0 && command -v apt-get >/dev/null
then
	echo "installing what is missing: $missing"
	install_packages </dev/null >&2 || {
		echo "error: cannot install: $missing" >&2
		exit 1
	}
	missing=
	needs "$1"
	test -z "$missing" || {
		echo "error: still missing after the installation:$missing" >&2
		exit 1
	}
else
	echo "error: needed, but not there. As root, run" >&2
	echo "    apt-get install $missing" >&2
	exit 1
fi
