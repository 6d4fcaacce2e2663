#include "base/base.h"
#include "aws/internal.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

/* A program that prints keys. Its stdin is empty, its stderr is ours. */
#define MAX_OUTPUT (64 * 1024)
#define MAX_ARGS   256

extern char **environ;

struct process {
	struct aws_loop *loop;
	pid_t pid;
	int fd;
	char *name;
	struct loop_watch watch;
	struct loop_timer timeout;
	struct loop_timer reap; /* set: its output has ended, it itself not yet */
	struct strbuf out;
	process_fn *fn;
	void *data;
};

/* --- the words of a command ------------------------------------------------------- */

void free_argv(char **argv)
{
	if (argv) {
		explicit_bzero(argv[0], strlen(argv[0]));
		free(argv[0]);
	}
	free(argv);
}

int split_command(char ***out, const char *command, struct error *err)
{
	size_t size = strlen(command) + 1, nr = 0;
	char *text = xcalloc(1, size), *w = text, quote = 0;
	char **argv = xcalloc(MAX_ARGS + 1, sizeof(*argv));
	bool in_word = false;
	const char *p;

	argv[0] = text;
	for (p = command; *p; p++) {
		if (!quote && isspace((unsigned char)*p)) {
			if (in_word)
				*w++ = '\0';
			in_word = false;
			continue;
		}
		if (!in_word) {
			if (nr == MAX_ARGS) {
				error_set(err, ERROR_LIMIT, "more than %d words", MAX_ARGS);
				goto fail;
			}
			argv[nr++] = w;
			in_word = true;
		}
		if (quote ? *p == quote : *p == '"' || *p == '\'') {
			quote = quote ? 0 : *p;
		} else if (*p == '\\' && quote != '\'' && p[1] &&
			   (!quote || p[1] == '"' || p[1] == '\\')) {
			*w++ = *++p;
		} else {
			*w++ = *p;
		}
	}
	if (quote) {
		error_set(err, ERROR_INVALID, "a quote is not closed");
		goto fail;
	}
	if (!nr) {
		error_set(err, ERROR_INVALID, "there is no command");
		goto fail;
	}
	*out = argv;
	return 0;
fail:
	argv[0] = text;
	free_argv(argv);
	return -1;
}

/* --- running it --------------------------------------------------------------------- */

static void free_process(struct process *process)
{
	loop_watch_stop(&process->watch);
	loop_timer_stop(&process->timeout);
	loop_timer_stop(&process->reap);
	if (process->fd >= 0)
		close(process->fd);
	strbuf_release_secret(&process->out);
	free(process->name);
	free(process);
}

static int reap(struct process *process)
{
	int status;

	while (waitpid(process->pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return status;
}

void process_stop(struct process *process)
{
	if (!process)
		return;
	kill(process->pid, SIGKILL);
	reap(process);
	free_process(process);
}

/* `err` NULL: it ended well. */
static void finish(struct process *process, struct error *err)
{
	process->fn(&process->out, err, process->data);
	free_process(process);
}

static void finish_killed(struct process *process, enum error_kind kind, const char *why)
{
	struct error err = ERROR_INIT;

	kill(process->pid, SIGKILL);
	reap(process);
	error_set(&err, kind, "'%s' %s", process->name, why);
	finish(process, &err);
	error_release(&err);
}

static void on_timeout(void *data)
{
	finish_killed(data, ERROR_FAILED, "did not end in time");
}

/* Its output has ended, so it has or is about to; the loop isn't kept waiting for that. */
static void on_end(void *data)
{
	struct process *process = data;
	struct error err = ERROR_INIT;
	int status = 0;

	loop_watch_stop(&process->watch);
	/* Without a status (somebody else reaped it) what it printed must do. */
	if (!waitpid(process->pid, &status, WNOHANG)) {
		loop_timer_set(process->loop, &process->reap, 2);
		return;
	}
	if (WIFEXITED(status) && !WEXITSTATUS(status)) {
		finish(process, NULL);
		return;
	}
	if (WIFEXITED(status))
		error_set(&err, ERROR_FAILED, "'%s' ended with status %d", process->name,
			  WEXITSTATUS(status));
	else
		error_set(&err, ERROR_FAILED, "'%s' was killed by signal %d", process->name,
			  WTERMSIG(status));
	finish(process, &err);
	error_release(&err);
}

static void on_output(int fd, unsigned events UNUSED, void *data)
{
	struct process *process = data;
	char buf[4096];
	ssize_t n = read(fd, buf, sizeof(buf));

	if (n > 0) {
		strbuf_add(&process->out, buf, (size_t)n);
		explicit_bzero(buf, sizeof(buf));
		if (process->out.overflow)
			finish_killed(process, ERROR_LIMIT, "printed too much");
	} else if (!n || (errno != EAGAIN && errno != EINTR)) {
		on_end(process);
	}
}

/* Nothing of ours but stderr, and signals as a program expects them. */
static int spawn(struct process *process, char **argv, int out)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none, all;
	int status;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, out, 1);
	posix_spawn_file_actions_addclosefrom_np(&actions, 3);
	posix_spawnattr_init(&attr);
	sigemptyset(&none);
	sigfillset(&all);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	status = posix_spawnp(&process->pid, argv[0], &actions, &attr, argv, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
	return status;
}

int process_start(struct process **out, struct aws_loop *loop, const char *command,
		  unsigned timeout_ms, process_fn *fn, void *data, struct error *err)
{
	struct process *process;
	char **argv;
	int pipes[2], status;

	if (split_command(&argv, command, err) < 0)
		return -1;
	if (pipe2(pipes, O_CLOEXEC | O_NONBLOCK) < 0) {
		error_errno(err, "cannot make a pipe");
		free_argv(argv);
		return -1;
	}
	process = xcalloc(1, sizeof(*process));
	process->loop = loop;
	process->fd = pipes[0];
	process->name = xstrdup(argv[0]);
	process->fn = fn;
	process->data = data;
	strbuf_init(&process->out, MAX_OUTPUT);
	/* Grown at once: what a growing buffer leaves behind is not wiped. */
	strbuf_grow(&process->out, 16 * 1024);
	loop_watch_init(&process->watch, pipes[0], on_output, process);
	loop_timer_init(&process->timeout, on_timeout, process);
	loop_timer_init(&process->reap, on_end, process);
	/* The child writes as programs do: only our end doesn't block. */
	fcntl(pipes[1], F_SETFL, 0);
	status = spawn(process, argv, pipes[1]);
	close(pipes[1]);
	free_argv(argv);
	if (status) {
		error_set(err, status == ENOENT ? ERROR_NOT_FOUND : ERROR_SYSTEM,
			  "cannot run '%s': %s", process->name, strerror(status));
		free_process(process);
		return -1;
	}
	if (loop_watch_set(loop, &process->watch, LOOP_READ, err) < 0) {
		process_stop(process);
		return -1;
	}
	loop_timer_set(loop, &process->timeout, timeout_ms);
	*out = process;
	return 0;
}
