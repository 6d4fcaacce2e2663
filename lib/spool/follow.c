#include "base/base.h"
#include "base/clock.h"
#include "spool/follow.h"
#include "spool/internal.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#define LOOK_AGAIN_MS 500 /* where there is no inotify */

struct follower {
	struct spool *spool;
	const char *id;
	const struct follow_events *events;
	int watch_fd;
	int fd; /* the journal, -1: none yet */
	off_t pos;
	struct strbuf part; /* a line that is being written */
	enum follow_result result;
	bool ended, left;
};

static int open_journal(struct follower *f)
{
	static const char *const places[] = { "run", "done", "failed" };
	size_t i;

	/* A rename between two looks: what was not in run/ may be in done/ now, never back. */
	for (i = 0; f->fd < 0 && i < ARRAY_SIZE(places); i++) {
		char *path = spool_path(f->spool, places[i], f->id, ".journal");

		f->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
		if (f->fd >= 0 && f->watch_fd >= 0)
			inotify_add_watch(f->watch_fd, path, IN_MODIFY);
		free(path);
	}
	return f->fd;
}

static bool job_exists(struct follower *f)
{
	static const char *const places[] = { "new", "run", "done", "failed" };
	bool found = false;
	size_t i;

	for (i = 0; !found && i < ARRAY_SIZE(places); i++) {
		char *path = spool_path(f->spool, places[i], f->id, ".json");

		found = !access(path, F_OK);
		free(path);
	}
	return found;
}

static void take_line(struct follower *f, const char *line, size_t len)
{
	if (starts_with(line, "{\"end\":")) {
		f->ended = true;
		f->result = starts_with(line, "{\"end\":\"done\"") ? FOLLOW_DONE : FOLLOW_FAILED;
	}
	if (f->events->line(line, len, f->events->data))
		f->left = true;
}

static int read_lines(struct follower *f, struct error *err)
{
	struct stat st;

	/* A torn line was cut off: what we have of it never was. */
	if (!fstat(f->fd, &st) && st.st_size < f->pos) {
		f->pos = st.st_size;
		strbuf_reset(&f->part);
	}
	while (!f->ended && !f->left) {
		size_t start = 0;
		const char *newline;
		char chunk[16384];
		ssize_t n = pread(f->fd, chunk, sizeof(chunk), f->pos);

		if (n < 0)
			return error_errno(err, "cannot read the journal of job '%s'", f->id);
		if (!n)
			break;
		f->pos += n;
		strbuf_add(&f->part, chunk, (size_t)n);
		if (f->part.overflow)
			return error_set(err, ERROR_LIMIT,
					 "the journal of job '%s' has a line that is too long",
					 f->id);
		while (!f->ended && !f->left &&
		       (newline = memchr(f->part.buf + start, '\n', f->part.len - start))) {
			size_t len = (size_t)(newline - (f->part.buf + start));

			f->part.buf[start + len] = '\0';
			take_line(f, f->part.buf + start, len);
			start += len + 1;
		}
		memmove(f->part.buf, f->part.buf + start, f->part.len - start);
		strbuf_setlen(&f->part, f->part.len - start);
	}
	return 0;
}

/* Wait for a change. False: time has passed and nothing came. */
static bool wait_for_change(struct follower *f, int timeout)
{
	char buf[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	struct pollfd fds[2] = { { .fd = f->watch_fd, .events = POLLIN },
				 { .fd = f->events->hangup_fd } };

	if (poll(fds, 2, timeout) <= 0)
		return false;
	if (fds[1].revents & (POLLERR | POLLHUP | POLLNVAL))
		f->left = true;
	while (f->watch_fd >= 0 && read(f->watch_fd, buf, sizeof(buf)) > 0)
		;
	return true;
}

static void watch(struct follower *f)
{
	static const char *const places[] = { "new", "run", "done", "failed" };
	size_t i;

	f->watch_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	for (i = 0; f->watch_fd >= 0 && i < ARRAY_SIZE(places); i++) {
		char *path = xstrfmt("%s/%s", f->spool->dir, places[i]);

		if (inotify_add_watch(f->watch_fd, path,
				      IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_ONLYDIR) < 0) {
			close(f->watch_fd);
			f->watch_fd = -1;
		}
		free(path);
	}
}

int spool_follow(struct spool *spool, const char *id, const struct follow_events *events,
		 struct error *err)
{
	struct follower f = { .spool = spool,
			      .id = id,
			      .events = events,
			      .fd = -1,
			      .part = STRBUF_INIT_MAX(2 * JOURNAL_LINE_MAX) };
	const struct clock *clock = clock_system();
	int64_t quiet_since = clock_mono_ms(clock);
	int ret = 0;

	watch(&f);
	for (;;) {
		off_t before = f.pos;
		int64_t now, left;

		if (f.fd < 0 && open_journal(&f) < 0 && !job_exists(&f)) {
			/* Between two looks it moved on: one more tells. */
			if (open_journal(&f) < 0 && !job_exists(&f)) {
				ret = error_set(err, ERROR_NOT_FOUND,
						"there is no job '%s' any more", id);
				break;
			}
		}
		if (f.fd >= 0 && read_lines(&f, err) < 0) {
			ret = -1;
			break;
		}
		if (f.ended || f.left)
			break;
		now = clock_mono_ms(clock);
		if (f.pos != before)
			quiet_since = now;
		left = quiet_since + events->idle_ms - now;
		if (left <= 0) {
			quiet_since = now;
			if (events->idle(f.fd < 0, events->data))
				break;
			continue;
		}
		if (f.watch_fd < 0)
			left = MIN(left, LOOK_AGAIN_MS);
		wait_for_change(&f, (int)left);
	}
	if (f.watch_fd >= 0)
		close(f.watch_fd);
	if (f.fd >= 0)
		close(f.fd);
	strbuf_release(&f.part);
	if (ret < 0)
		return -1;
	return f.ended ? (int)f.result : FOLLOW_LEFT;
}
