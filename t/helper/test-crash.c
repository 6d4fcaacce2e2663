#include "test-tool.h"

#include <elf.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>

/*
 * test-tool crash <n> <command>...: run the command and kill it (SIGKILL) just
 * before its <n>th system call that changes something outside of it. Nothing
 * has to be built into the program for that. Prints "killed before <name>", or
 * "ended <status> after <calls>" when there were fewer. With "-c" before <n>, kill just
 * after the call. With "-e" don't kill: that one write to a file fails with
 * ENOSPC, as on a full disk; then "failed <name>, ended <status>" is printed.
 * With "-E <file>" it and all that come after it fail, until the file is there.
 * With "-l" instead of all that: kill nothing, list the calls, "<n> <name>" each.
 *
 * x86-64 and its numbers only; elsewhere it says so and fails.
 */
#ifdef __x86_64__
static const struct {
	long nr;
	const char *name;
} calls[] = {
	{ SYS_write, "write" },		{ SYS_pwrite64, "pwrite64" },
	{ SYS_writev, "writev" },	{ SYS_rename, "rename" },
	{ SYS_renameat, "renameat" },	{ SYS_renameat2, "renameat2" },
	{ SYS_unlink, "unlink" },	{ SYS_link, "link" },
	{ SYS_fsync, "fsync" },		{ SYS_fdatasync, "fdatasync" },
	{ SYS_ftruncate, "ftruncate" }, { SYS_mkdir, "mkdir" },
	{ SYS_sendto, "sendto" },	{ SYS_sendmsg, "sendmsg" },
};

/* What a full disk refuses: writes to files, not to sockets and the like. */
static bool may_be_full(pid_t pid, const struct user_regs_struct *regs, long nr)
{
	char path[64], target[PATH_MAX];
	struct stat st;
	ssize_t len;

	if (nr == SYS_mkdir)
		return true;
	if (nr != SYS_write && nr != SYS_pwrite64 && nr != SYS_writev)
		return false;
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, (int)regs->rdi);
	len = readlink(path, target, sizeof(target) - 1);
	/* What is written over what is there needs no room. */
	if (nr == SYS_pwrite64 && !stat(path, &st) && (off_t)(regs->r10 + regs->rdx) <= st.st_size)
		return false;
	return len > 0 && target[0] == '/' && !starts_with(target, "/dev/");
}

/* At its entry: a call that is none. At its exit: what it is to have returned. */
static int set_regs(pid_t pid, bool entry)
{
	struct user_regs_struct regs;
	struct iovec iov = { &regs, sizeof(regs) };

	if (ptrace(PTRACE_GETREGSET, pid, (void *)NT_PRSTATUS, &iov) < 0)
		return -1;
	if (entry)
		regs.orig_rax = (unsigned long long)-1;
	else
		regs.rax = (unsigned long long)-ENOSPC;
	return ptrace(PTRACE_SETREGSET, pid, (void *)NT_PRSTATUS, &iov) < 0 ? -1 : 0;
}

static const char *call_name(pid_t pid, bool full)
{
	struct user_regs_struct regs;
	struct iovec iov = { &regs, sizeof(regs) };
	size_t i;

	if (ptrace(PTRACE_GETREGSET, pid, (void *)NT_PRSTATUS, &iov) < 0)
		return NULL;
	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		if ((long)regs.orig_rax != calls[i].nr)
			continue;
		/* What goes to a log or a wake-up changes nothing that counts. */
		if (calls[i].nr == SYS_write && regs.rdi <= 2)
			return NULL;
		return !full || may_be_full(pid, &regs, calls[i].nr) ? calls[i].name : NULL;
	}
	return NULL;
}

static int report_end(int status, uint64_t seen)
{
	printf("ended %d after %" PRIu64 "\n",
	       WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), seen);
	return 0;
}

/* `until` NULL: only one write has no room. `at` 0: they are listed. */
static int follow(pid_t pid, uint64_t at, bool after, bool full, const char *until)
{
	const char *name = NULL, *failed = NULL;
	bool inside = false, refused = false;
	uint64_t seen = 0;
	int status;

	for (;;) {
		int pass = 0;

		if (waitpid(pid, &status, 0) < 0)
			return 128;
		if (!WIFSTOPPED(status)) {
			if (failed)
				printf("failed %s, ", failed);
			return report_end(status, seen);
		}
		if (WSTOPSIG(status) == (SIGTRAP | 0x80)) {
			inside = !inside;
			if (inside)
				name = call_name(pid, full);
			if (full) {
				seen += name && inside;
				if (inside)
					refused = name &&
						  (until ? seen >= at && access(until, F_OK) :
							   seen == at);
				if (refused) {
					failed = name;
					if (set_regs(pid, inside) < 0)
						return 128;
				}
			} else if (name && inside == !after) {
				seen++;
				if (!at)
					printf("%" PRIu64 " %s\n", seen, name);
				if (seen != at)
					goto on;
				kill(pid, SIGKILL);
				waitpid(pid, &status, 0);
				printf("killed %s %s\n", after ? "after" : "before", name);
				return 0;
			}
		} else if (WSTOPSIG(status) != SIGTRAP) {
			pass = WSTOPSIG(status);
		}
	on:
		if (ptrace(PTRACE_SYSCALL, pid, NULL, (void *)(intptr_t)pass) < 0)
			return 128;
	}
}

int tool_crash(int argc, const char **argv)
{
	bool after = argc > 1 && str_eq(argv[1], "-c");
	bool list = argc > 1 && str_eq(argv[1], "-l");
	bool stays = argc > 2 && str_eq(argv[1], "-E");
	bool full = stays || (argc > 1 && str_eq(argv[1], "-e"));
	const char *until = stays ? argv[2] : NULL;
	uint64_t at = 0;
	pid_t pid;
	int status;

	argv += (after || full) + stays;
	argc -= (after || full) + stays;
	if (argc < 3 || (!list && !parse_uint(argv[1], 1, UINT32_MAX, &at))) {
		fputs("usage: test-tool crash ([-c | -e | -E <file>] <n> | -l) <command>...\n",
		      stderr);
		return 129;
	}
	pid = fork();
	if (!pid) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
			_exit(126);
		raise(SIGSTOP);
		execvp(argv[2], (char *const *)(argv + 2));
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || !WIFSTOPPED(status) ||
	    ptrace(PTRACE_SETOPTIONS, pid, NULL,
		   (void *)(intptr_t)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL)) < 0 ||
	    ptrace(PTRACE_SYSCALL, pid, NULL, NULL) < 0) {
		fprintf(stderr, "cannot trace '%s': %s\n", argv[2], strerror(errno));
		return 128;
	}
	return follow(pid, at, after, full, until);
}
#else
int tool_crash(int argc UNUSED, const char **argv UNUSED)
{
	fputs("test-tool crash knows x86-64 only\n", stderr);
	return 128;
}
#endif
