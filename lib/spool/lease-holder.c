#include "base/base.h"
#include "base/file.h"
#include "base/json.h"
#include "base/ulid.h"
#include "spool/lease-internal.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define PROC_MAX 4096

/* When a process was started, in ticks since boot: proc_pid_stat(5), field 22. Negative: unknown. */
static int64_t started_at(int64_t pid)
{
	struct strbuf text = STRBUF_INIT_MAX(PROC_MAX);
	char *path = xstrfmt("/proc/%" PRId64 "/stat", pid);
	struct error err = ERROR_INIT;
	const char *p = NULL;
	int64_t ret = -1;
	int field;

	/* The name of the program stands in brackets and may hold anything. */
	if (!file_read(path, &text, &err))
		p = strrchr(text.buf, ')');
	for (field = 2; p && field < 22; field++)
		p = strchr(p + 1, ' ');
	if (p)
		ret = strtoll(p, NULL, 10);
	error_release(&err);
	strbuf_release(&text);
	free(path);
	return ret > 0 ? ret : -1;
}

static void add_link(struct strbuf *out, const char *path)
{
	char target[64];
	ssize_t len = readlink(path, target, sizeof(target));

	strbuf_addch(out, ' ');
	if (len > 0)
		strbuf_add(out, target, (size_t)len);
}

/* Process numbers and the clock mean something within all of these only. */
static void describe_boot(char *out, size_t size)
{
	struct strbuf text = STRBUF_INIT_MAX(PROC_MAX);
	struct error err = ERROR_INIT;

	*out = '\0';
	if (!file_read("/proc/sys/kernel/random/boot_id", &text, &err)) {
		strbuf_setlen(&text, strcspn(text.buf, "\n"));
		add_link(&text, "/proc/self/ns/pid");
		add_link(&text, "/proc/self/ns/time");
		if (text.len < size)
			memcpy(out, text.buf, text.len + 1);
	}
	error_release(&err);
	strbuf_release(&text);
}

void holder_describe(struct holder *holder, const char *id, int64_t ms)
{
	*holder = (struct holder){ .pid = getpid(), .ms = ms };
	snprintf(holder->id, sizeof(holder->id), "%s", id);
	if (gethostname(holder->host, sizeof(holder->host) - 1) < 0)
		snprintf(holder->host, sizeof(holder->host), "?");
	describe_boot(holder->boot, sizeof(holder->boot));
	holder->started = started_at(holder->pid);
}

void holder_write(struct strbuf *out, const struct holder *holder)
{
	struct json_writer jw = JSON_WRITER_INIT(out, 0);

	jw_object(&jw, NULL);
	jw_str(&jw, "lease", holder->id);
	jw_str(&jw, "host", holder->host);
	jw_str(&jw, "boot", holder->boot);
	jw_int(&jw, "pid", holder->pid);
	jw_int(&jw, "started", holder->started);
	jw_int(&jw, "ms", holder->ms);
	jw_end(&jw);
	strbuf_addch(out, '\n');
}

static void copy_member(char *out, size_t size, const struct json *root, const char *name)
{
	const char *s = json_get_str(root, name);
	struct strbuf text = STRBUF_INIT;

	if (s)
		strbuf_add_printable(&text, s, strlen(s));
	snprintf(out, size, "%s", text.len < size ? text.buf : "");
	strbuf_release(&text);
}

int holder_parse(struct holder *holder, const char *text, size_t len)
{
	static const struct json_limits limits = { .max_depth = 2, .max_nodes = 20 };
	struct json_problems problems = JSON_PROBLEMS_INIT;
	const char *newline = memchr(text, '\n', len);
	struct arena arena;
	const struct json *root = NULL;
	const char *blank;

	*holder = (struct holder){ 0 };
	arena_init(&arena, 1 << 16);
	if (newline)
		root = json_parse(&arena, text, (size_t)(newline - text), &limits, &problems);
	if (root && root->type == JSON_OBJECT) {
		copy_member(holder->id, sizeof(holder->id), root, "lease");
		copy_member(holder->host, sizeof(holder->host), root, "host");
		copy_member(holder->boot, sizeof(holder->boot), root, "boot");
		holder->pid = json_get_int(root, "pid", 0);
		holder->started = json_get_int(root, "started", -1);
		holder->ms = json_get_int(root, "ms", 0);
		snprintf(holder->beat, sizeof(holder->beat), "%.*s",
			 (int)MIN(len - (size_t)(newline + 1 - text), sizeof(holder->beat) - 1),
			 newline + 1);
		blank = strchr(holder->beat, ' ');
		holder->beat_at = blank ? strtoll(blank, NULL, 16) : 0;
	}
	json_problems_release(&problems);
	arena_release(&arena);
	/* Somebody else's file may say anything. */
	holder->ms = MIN(MAX(holder->ms, LEASE_MIN_S * 1000), LEASE_MAX_S * 1000);
	return is_ulid(holder->id, strlen(holder->id)) ? 0 : -1;
}

bool holder_is_near(const struct holder *holder)
{
	char boot[sizeof(holder->boot)];

	describe_boot(boot, sizeof(boot));
	return *boot && str_eq(boot, holder->boot);
}

/*
 * A number may have been given to another process since. So first a handle is
 * taken, which stays with one process for good, then the time at which that
 * was started is compared: only one process of a boot has both.
 */
bool holder_kill(const struct holder *holder)
{
	bool killed = false;
	int fd;

	if (holder->started <= 0 || holder->pid <= 1 || holder->pid > INT_MAX ||
	    holder->pid == getpid() || !holder_is_near(holder))
		return false;
	fd = (int)syscall(SYS_pidfd_open, (pid_t)holder->pid, 0);
	if (fd < 0)
		return false;
	/* It need not be gone at once: with this pending it comes to nothing any more. */
	if (started_at(holder->pid) == holder->started)
		killed = !syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0);
	close(fd);
	return killed;
}
