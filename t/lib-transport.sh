# Servers to push to, by every transport that git speaks here: OpenSSH with
# git-shell, and git-http-backend behind lighttpd. Both listen on a free port
# of 127.0.0.1 and serve the repositories in the trash directory.
#
#	. "$TEST_DIRECTORY"/lib-transport.sh
#
#	transport_start ssh &&
#	git clone "$(transport_url ssh)/origin.git" work
#
# The server side has an environment of its own, as on a real host: a bare
# PATH, a home directory without the pusher's settings. What the worker that
# a hook starts must know (AWS_*) is taken along from the moment of the start.
# shellcheck shell=sh

TRANSPORT_DIRECTORY=$SHARNESS_TRASH_DIRECTORY/.transport

# The pusher's name, as the web server authenticates it.
TRANSPORT_USER=pusher
TRANSPORT_PASSWORD=secret

# transport_start (file|ssh|http)
transport_start () {
	case "$1" in
	file) : ;;
	ssh) start_sshd_ ;;
	http) start_lighttpd_ ;;
	*) false ;;
	esac
}

# transport_url (file|ssh|http): what comes before "/origin.git".
transport_url () {
	case "$1" in
	file) printf 'file://%s\n' "$SHARNESS_TRASH_DIRECTORY" ;;
	ssh) printf 'ssh://127.0.0.1:%s%s\n' "$(cat "$TRANSPORT_DIRECTORY/ssh.port")" \
		"$(printf %s "$SHARNESS_TRASH_DIRECTORY" | sed 's/ /%20/g')" ;;
	http) printf 'http://%s:%s@127.0.0.1:%s/git\n' "$TRANSPORT_USER" "$TRANSPORT_PASSWORD" \
		"$(cat "$TRANSPORT_DIRECTORY/http.port")" ;;
	esac
}

# The environment of the server's side, to be sourced by sh.
transport_environment_ () {
	mkdir -p "$TRANSPORT_DIRECTORY/home" &&
	cp "$HOME/.gitconfig" "$TRANSPORT_DIRECTORY/home" &&
	{
		echo "unset GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL" &&
		echo "PATH=/usr/local/bin:/usr/bin:/bin; export PATH" &&
		echo "HOME='$TRANSPORT_DIRECTORY/home'; export HOME" &&
		perl -e '
			for (sort grep /^(AWS_|ASAN_|UBSAN_|GIT_CONFIG_NOSYSTEM|GIT_CEILING_)/, keys %ENV) {
				(my $value = $ENV{$_}) =~ s/\x27/\x27\\\x27\x27/g;
				print "$_=\x27$value\x27; export $_\n";
			}
		'
	} >"$TRANSPORT_DIRECTORY/environment"
}

# start_on_free_port_ <name> <function>: <function> <port> starts the server
# in the background with its process in $! and its log in <name>.log. The
# port may be lost to somebody else in between; then try the next.
start_on_free_port_ () {
	for transport_try in 1 2 3 4 5
	do
		transport_port=$(free_port) &&
		: >"$TRANSPORT_DIRECTORY/$1.log" &&
		$2 "$transport_port" || return
		transport_pid=$!
		if wait_for -t 20 transport_decided_ "$transport_pid" "$transport_port" &&
			! process_is_gone "$transport_pid"
		then
			test_atexit "stop_process $transport_pid"
			echo "$transport_port" >"$TRANSPORT_DIRECTORY/$1.port"
			return 0
		fi
		kill "$transport_pid" 2>/dev/null
	done
	cat "$TRANSPORT_DIRECTORY/$1.log"
	return 1
}

transport_decided_ () {
	process_is_gone "$1" || perl -MIO::Socket::INET -e '
		exit !IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => shift)
	' "$2"
}

start_sshd_ () {
	transport_environment_ &&
	(
		cd "$TRANSPORT_DIRECTORY" &&
		ssh-keygen -q -t ed25519 -N '' -C host -f ssh_host_key &&
		ssh-keygen -q -t ed25519 -N '' -C pusher -f id_pusher &&
		cp id_pusher.pub authorized_keys &&
		# The account's shell is git-shell: it runs git's server commands,
		# and nothing else.
		cat >git-account <<-EOF &&
		#!/bin/sh
		. '$TRANSPORT_DIRECTORY/environment'
		exec git-shell -c "\$SSH_ORIGINAL_COMMAND"
		EOF
		chmod +x git-account &&
		cat >sshd_config <<-EOF
		ListenAddress 127.0.0.1
		HostKey "$TRANSPORT_DIRECTORY/ssh_host_key"
		PidFile none
		AuthorizedKeysFile "$TRANSPORT_DIRECTORY/authorized_keys"
		PubkeyAuthentication yes
		PasswordAuthentication no
		KbdInteractiveAuthentication no
		UsePAM no
		StrictModes no
		PermitRootLogin prohibit-password
		LogLevel VERBOSE
		ForceCommand "$TRANSPORT_DIRECTORY/git-account"
		EOF
	) &&
	if test "$(id -u)" = 0
	then
		# Debian's sshd wants it, and its service would make it at boot.
		mkdir -p /run/sshd
	fi &&
	start_on_free_port_ ssh run_sshd_ &&
	echo "[127.0.0.1]:$(cat "$TRANSPORT_DIRECTORY/ssh.port") $(cut -d' ' -f1,2 \
		<"$TRANSPORT_DIRECTORY/ssh_host_key.pub")" >"$TRANSPORT_DIRECTORY/known_hosts" &&
	GIT_SSH_COMMAND="ssh -F none -i '$TRANSPORT_DIRECTORY/id_pusher' -o IdentitiesOnly=yes \
		-o BatchMode=yes -o 'UserKnownHostsFile=\"$TRANSPORT_DIRECTORY/known_hosts\"' \
		-o StrictHostKeyChecking=yes" &&
	export GIT_SSH_COMMAND
}

run_sshd_ () {
	"$(PATH=$PATH:/usr/sbin command -v sshd)" -D -e -f "$TRANSPORT_DIRECTORY/sshd_config" \
		-p "$1" >"$TRANSPORT_DIRECTORY/ssh.log" 2>&1 </dev/null &
}

start_lighttpd_ () {
	transport_environment_ &&
	echo "$TRANSPORT_USER:$TRANSPORT_PASSWORD" >"$TRANSPORT_DIRECTORY/passwords" &&
	cat >"$TRANSPORT_DIRECTORY/http-backend" <<-EOF &&
	#!/bin/sh
	. '$TRANSPORT_DIRECTORY/environment'
	GIT_PROJECT_ROOT='$SHARNESS_TRASH_DIRECTORY' GIT_HTTP_EXPORT_ALL=1
	export GIT_PROJECT_ROOT GIT_HTTP_EXPORT_ALL
	exec git http-backend
	EOF
	chmod +x "$TRANSPORT_DIRECTORY/http-backend" &&
	start_on_free_port_ http run_lighttpd_
}

run_lighttpd_ () {
	cat >"$TRANSPORT_DIRECTORY/lighttpd.conf" <<-EOF &&
	server.modules = ( "mod_alias", "mod_cgi", "mod_auth", "mod_authn_file" )
	server.document-root = "$TRANSPORT_DIRECTORY"
	server.bind = "127.0.0.1"
	server.port = $1
	server.errorlog = "$TRANSPORT_DIRECTORY/http.log"
	server.upload-dirs = ( "$TRANSPORT_DIRECTORY" )
	# What the hooks say goes out as it is said.
	server.stream-response-body = 2
	alias.url = ( "/git" => "$TRANSPORT_DIRECTORY/http-backend" )
	cgi.assign = ( "" => "" )
	auth.backend = "plain"
	auth.backend.plain.userfile = "$TRANSPORT_DIRECTORY/passwords"
	auth.require = ( "/git" => (
		"method" => "basic", "realm" => "git", "require" => "valid-user"
	) )
	EOF
	"$(PATH=$PATH:/usr/sbin command -v lighttpd)" -D -f "$TRANSPORT_DIRECTORY/lighttpd.conf" \
		>"$TRANSPORT_DIRECTORY/http.out" 2>&1 </dev/null &
}
