#include "base/base.h"
#include "ui/pager.h"

#include <signal.h>
#include <sys/wait.h>

/* The process has one stdout, and so one pager. */
static pid_t pager_pid;

static const char *choose(const char *core_pager)
{
	const char *pager = getenv("GIT_PAGER");

	if (!pager)
		pager = core_pager;
	if (!pager)
		pager = getenv("PAGER");
	if (!pager)
		pager = "less";
	return *pager && !str_eq(pager, "cat") ? pager : NULL;
}

void pager_start(const char *core_pager)
{
	const char *pager = isatty(1) ? choose(core_pager) : NULL;
	int fds[2];

	if (!pager || pager_pid || pipe(fds) < 0)
		return;
	fflush(stdout);
	pager_pid = fork();
	if (pager_pid < 0) {
		pager_pid = 0;
		close(fds[0]);
		close(fds[1]);
		return;
	}
	if (!pager_pid) {
		dup2(fds[0], 0);
		close(fds[0]);
		close(fds[1]);
		setenv("LESS", "FRX", 0);
		setenv("LV", "-c", 0);
		/* A command line of the user's own, as for git. */
		execl("/bin/sh", "sh", "-c", pager, (char *)NULL);
		_exit(127);
	}
	/* Whoever leaves the pager early has seen enough: no message about the pipe. */
	signal(SIGPIPE, SIG_IGN);
	dup2(fds[1], 1);
	close(fds[0]);
	close(fds[1]);
}

void pager_finish(void)
{
	int status;

	if (!pager_pid)
		return;
	fflush(stdout);
	close(1);
	while (waitpid(pager_pid, &status, 0) < 0 && errno == EINTR)
		;
	pager_pid = 0;
}
