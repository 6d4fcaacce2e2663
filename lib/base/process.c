#include "base/base.h"
#include "base/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>

extern char **environ;

static int wait_for(pid_t pid, const char *name, struct error *err)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return error_errno(err, "cannot wait for '%s'", name);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Starts it; its stdout goes to `out`, its stderr to `err_fd`, where these are not negative. */
static int spawn(pid_t *pid, const char *const *argv, unsigned flags, int out, int err_fd,
		 struct error *err)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t defaults;
	int ret;

	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attr);
	/* What we ignore, a program we start should not. */
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	posix_spawnattr_setsigdefault(&attr, &defaults);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF);
	if (out >= 0)
		posix_spawn_file_actions_adddup2(&actions, out, 1);
	else if (flags & PROCESS_TO_STDERR)
		posix_spawn_file_actions_adddup2(&actions, 2, 1);
	if (flags & PROCESS_NO_STDIN)
		posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	if (err_fd >= 0)
		posix_spawn_file_actions_adddup2(&actions, err_fd, 2);
	else if (flags & PROCESS_NO_STDERR)
		posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	ret = posix_spawnp(pid, argv[0], &actions, &attr, (char *const *)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attr);
	if (ret) {
		errno = ret;
		return error_errno(err, "cannot run '%s'", argv[0]);
	}
	return 0;
}

static void close_pair(int *fds)
{
	if (fds[0] >= 0)
		close(fds[0]);
	if (fds[1] >= 0)
		close(fds[1]);
}

int process_run(const char *const *argv, unsigned flags, struct strbuf *out, struct error *err)
{
	int fds[2] = { -1, -1 }, ret;
	bool too_much = false;
	pid_t pid;

	if ((flags & PROCESS_CAPTURE) && pipe2(fds, O_CLOEXEC) < 0)
		return error_errno(err, "cannot make a pipe for '%s'", argv[0]);
	if (spawn(&pid, argv, flags, fds[1], -1, err) < 0) {
		close_pair(fds);
		return -1;
	}
	if (flags & PROCESS_CAPTURE) {
		close(fds[1]);
		/* Closing our end makes a program that says too much end, too. */
		too_much = strbuf_read(out, fds[0]) < 0;
		if (too_much)
			error_errno(err, "cannot read the output of '%s'", argv[0]);
		close(fds[0]);
	}
	ret = wait_for(pid, argv[0], err);
	return too_much ? -1 : ret;
}

/* --- and its stderr, line by line --- */

#define LINE_MAX_KEPT (4 << 20) /* of a longer one, nothing is passed on */

struct reading {
	int out, err; /* -1: ended */
	struct strbuf *text, line;
	const struct process_lines *lines;
};

static void pass_lines(struct reading *r, const char *chunk, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (chunk[i] != '\n' && chunk[i] != '\r') {
			strbuf_addch(&r->line, chunk[i]);
			continue;
		}
		if (r->line.len && !r->line.overflow)
			r->lines->line(r->line.buf, r->line.len, r->lines->data);
		strbuf_reset(&r->line);
	}
}

/* False: it has ended. */
static bool read_some(struct reading *r, int fd)
{
	char chunk[16384];
	ssize_t n = read(fd, chunk, sizeof(chunk));

	if (n < 0)
		return errno == EINTR || errno == EAGAIN;
	if (fd == r->err)
		pass_lines(r, chunk, (size_t)n);
	else
		strbuf_add(r->text, chunk, (size_t)n);
	return n > 0;
}

static void read_both(struct reading *r)
{
	while (r->out >= 0 || r->err >= 0) {
		struct pollfd fds[2] = { { .fd = r->out, .events = POLLIN },
					 { .fd = r->err, .events = POLLIN } };

		if (poll(fds, 2, r->lines->tick(r->lines->data)) <= 0)
			continue;
		if (fds[0].revents && !read_some(r, r->out))
			r->out = -1;
		if (fds[1].revents && !read_some(r, r->err))
			r->err = -1;
	}
	/* One without an end is one, too. */
	pass_lines(r, "\n", 1);
}

int process_run_lines(const char *const *argv, struct strbuf *out,
		      const struct process_lines *lines, struct error *err)
{
	int outs[2] = { -1, -1 }, errs[2] = { -1, -1 }, ret = -1;
	struct reading r = { .text = out, .line = STRBUF_INIT_MAX(LINE_MAX_KEPT), .lines = lines };
	pid_t pid;

	if (pipe2(outs, O_CLOEXEC) < 0 || pipe2(errs, O_CLOEXEC) < 0) {
		error_errno(err, "cannot make a pipe for '%s'", argv[0]);
		goto out;
	}
	if (spawn(&pid, argv, 0, outs[1], errs[1], err) < 0)
		goto out;
	close(outs[1]);
	close(errs[1]);
	outs[1] = errs[1] = -1;
	r.out = outs[0];
	r.err = errs[0];
	read_both(&r);
	ret = wait_for(pid, argv[0], err);
	if (out->overflow)
		ret = error_set(err, ERROR_LIMIT, "'%s' has too much to say", argv[0]);
out:
	strbuf_release(&r.line);
	close_pair(outs);
	close_pair(errs);
	return ret;
}

/*
 * Without what belongs to the push that is going on, not to the machine: git's
 * own variables, the session's agent, and those of CGI, in which a client
 * chooses what HTTP_PROXY is (its request's header "Proxy").
 */
static char **environment_of_machine(void)
{
	static const char *const drop[] = { "GIT_",	 "HTTP_",	    "SSH_",
					    "REMOTE_",	 "CONTENT_",	    "QUERY_",
					    "SCRIPT_",	 "SERVER_",	    "REQUEST_",
					    "PATH_INFO", "PATH_TRANSLATED", "GATEWAY_" };
	static const char *const keep[] = { "GIT_CONFIG_NOSYSTEM=", "GIT_CONFIG_GLOBAL=",
					    "GIT_CONFIG_SYSTEM=", "GIT_EXEC_PATH=" };
	char **env;
	size_t nr = 0, i, k;

	while (environ[nr])
		nr++;
	env = xcalloc(nr + 1, sizeof(*env));
	for (nr = 0, i = 0; environ[i]; i++) {
		bool keeps = true;

		for (k = 0; keeps && k < ARRAY_SIZE(drop); k++)
			keeps = !starts_with(environ[i], drop[k]);
		for (k = 0; !keeps && k < ARRAY_SIZE(keep); k++)
			keeps = starts_with(environ[i], keep[k]);
		if (keeps)
			env[nr++] = environ[i];
	}
	return env;
}

/* In the grandchild: nothing of the caller's stays. Writes errno to `tell` on failure. */
static void become(const char *const *argv, char **env, int log_fd, int tell)
{
	int null = open("/dev/null", O_RDWR), failed;
	struct sigaction action = { 0 };
	sigset_t none;

	if (null < 0)
		goto out;
	action.sa_handler = SIG_DFL;
	sigaction(SIGPIPE, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* `tell` has the close-on-exec flag and moves out of the way of 0 to 3. */
	tell = fcntl(tell, F_DUPFD_CLOEXEC, 10);
	log_fd = fcntl(log_fd < 0 ? null : log_fd, F_DUPFD_CLOEXEC, 10);
	if (tell < 0 || log_fd < 0 || dup2(null, 0) < 0 || dup2(log_fd, 1) < 0 ||
	    dup2(log_fd, 2) < 0 || dup2(tell, 3) < 0 || fcntl(3, F_SETFD, FD_CLOEXEC) < 0 ||
	    chdir("/") < 0)
		goto out;
	tell = 3;
	if (close_range(4, ~0U, 0) < 0) {
		int fd;

		for (fd = 4; fd < 65536; fd++)
			close(fd);
	}
	execvpe(argv[0], (char *const *)argv, env);
out:
	failed = errno;
	if (write(tell, &failed, sizeof(failed)) < 0)
		_exit(126);
	_exit(127);
}

int process_start_detached(const char *const *argv, const char *log, mode_t log_mode,
			   struct error *err)
{
	int tell[2], log_fd = -1, failed = 0, ret = 0;
	char **env = environment_of_machine();
	ssize_t n;
	pid_t pid;

	if (pipe2(tell, O_CLOEXEC) < 0) {
		free(env);
		return error_errno(err, "cannot make a pipe for '%s'", argv[0]);
	}
	if (log) {
		log_fd =
			open(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, log_mode);
		/* Another account's log may have permissions of its own. */
		if (log_fd >= 0 && fchmod(log_fd, log_mode) < 0)
			errno = 0;
	}
	pid = fork();
	if (!pid) {
		pid_t second;

		close(tell[0]);
		setsid();
		/* Not the session's leader, so that no terminal ever becomes ours. */
		second = fork();
		if (!second)
			become(argv, env, log_fd, tell[1]);
		_exit(second < 0 ? 1 : 0);
	}
	close(tell[1]);
	if (pid < 0) {
		ret = error_errno(err, "cannot start '%s'", argv[0]);
		goto out;
	}
	ret = wait_for(pid, argv[0], err);
	if (ret > 0)
		ret = error_set(err, ERROR_SYSTEM, "cannot start '%s': no more processes", argv[0]);
	if (ret < 0)
		goto out;
	/* The end of the pipe is the exec; before it comes why there was none. */
	do
		n = read(tell[0], &failed, sizeof(failed));
	while (n < 0 && errno == EINTR);
	if (n == (ssize_t)sizeof(failed)) {
		errno = failed;
		ret = error_errno(err, "cannot start '%s'", argv[0]);
	}
out:
	close(tell[0]);
	if (log_fd >= 0)
		close(log_fd);
	free(env);
	return ret;
}
