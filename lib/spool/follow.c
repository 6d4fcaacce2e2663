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
	struct follow_job *job;
	const struct follow_events *events;
	int watch_fd; /* shared by all */
	int fd;	      /* the journal, -1: none yet */
	ino_t ino;    /* of that file */
	off_t pos;
	struct strbuf part; /* a line that is being written */
	int64_t quiet_since;
	bool ended, left;
};

/* Its job was taken over from a worker that stood still: then a copy goes on; see journal_replace(). */
static void leave_replaced(struct follower *f)
{
	char *path = spool_path(f->spool, "run", f->job->id, ".journal");
	struct stat st;

	if (f->fd >= 0 && !stat(path, &st) && st.st_ino != f->ino) {
		close(f->fd);
		f->fd = -1;
	}
	free(path);
}

static int open_journal(struct follower *f)
{
	static const char *const places[] = { "run", "done", "failed" };
	struct stat st;
	size_t i;

	/* A rename between two looks: what was not in run/ may be in done/ now, never back. */
	for (i = 0; f->fd < 0 && i < ARRAY_SIZE(places); i++) {
		char *path = spool_path(f->spool, places[i], f->job->id, ".journal");

		f->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
		if (f->fd >= 0 && !fstat(f->fd, &st))
			f->ino = st.st_ino;
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
		char *path = spool_path(f->spool, places[i], f->job->id, ".json");

		found = !access(path, F_OK);
		free(path);
	}
	return found;
}

static void take_line(struct follower *f, const char *line, size_t len)
{
	if (starts_with(line, "{\"end\":")) {
		f->ended = true;
		f->job->result = starts_with(line, "{\"end\":\"done\"") ? FOLLOW_DONE :
									  FOLLOW_FAILED;
	}
	if (f->events->line(line, len, f->job->data))
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
			return error_errno(err, "cannot read the journal of job '%s'", f->job->id);
		if (!n)
			break;
		f->pos += n;
		strbuf_add(&f->part, chunk, (size_t)n);
		if (f->part.overflow)
			return error_set(err, ERROR_LIMIT,
					 "the journal of job '%s' has a line that is too long",
					 f->job->id);
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

struct following {
	struct spool *spool;
	const struct follow_events *events;
	struct follower *v;
	size_t nr;
	int watch_fd;
	bool left;
};

static void wait_for_change(struct following *all, int64_t timeout)
{
	char buf[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	struct pollfd fds[2] = { { .fd = all->watch_fd, .events = POLLIN },
				 { .fd = all->events->hangup_fd } };

	if (all->watch_fd < 0)
		timeout = MIN(timeout, LOOK_AGAIN_MS);
	if (poll(fds, 2, (int)MIN(timeout, INT_MAX)) <= 0)
		return;
	if (fds[1].revents & (POLLERR | POLLHUP | POLLNVAL))
		all->left = true;
	while (all->watch_fd >= 0 && read(all->watch_fd, buf, sizeof(buf)) > 0)
		;
}

static void watch(struct following *all)
{
	static const char *const places[] = { "new", "run", "done", "failed" };
	size_t i;

	all->watch_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	for (i = 0; all->watch_fd >= 0 && i < ARRAY_SIZE(places); i++) {
		char *path = xstrfmt("%s/%s", all->spool->dir, places[i]);

		if (inotify_add_watch(all->watch_fd, path,
				      IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_ONLYDIR) < 0) {
			close(all->watch_fd);
			all->watch_fd = -1;
		}
		free(path);
	}
}

/* Take what is new. 1: there was something, negative: it can't be read. */
static int look(struct follower *f, struct error *err)
{
	off_t before = f->pos;

	leave_replaced(f);
	/* Between two looks it moved on: one more tells. */
	if (f->fd < 0 && open_journal(f) < 0 && !job_exists(f) && open_journal(f) < 0 &&
	    !job_exists(f))
		return error_set(err, ERROR_NOT_FOUND, "there is no job '%s' any more", f->job->id);
	if (f->fd >= 0 && read_lines(f, err) < 0)
		return -1;
	return f->pos != before;
}

/* Sets in how many ms it is time for a sign of life. Non-zero: leave. */
static int look_idle(struct follower *f, int64_t now, int64_t *left)
{
	int64_t rest = f->quiet_since + f->events->idle_ms - now;

	if (rest <= 0) {
		f->quiet_since = now;
		rest = f->events->idle_ms;
		if (f->events->idle(f->fd < 0, f->job->data))
			return 1;
	}
	*left = MIN(*left, rest);
	return 0;
}

/* 1: go on, after `*left` ms at most; 0: all have ended, or nobody wants more. */
static int look_at_all(struct following *all, int64_t *left, struct error *err)
{
	int64_t now = clock_mono_ms(clock_system());
	size_t i, running = 0;
	int rc;

	*left = INT_MAX;
	for (i = 0; i < all->nr; i++) {
		struct follower *f = &all->v[i];

		if (f->ended)
			continue;
		rc = look(f, err);
		if (rc < 0)
			return -1;
		if (rc)
			f->quiet_since = now;
		all->left |= f->left;
		if (f->ended || all->left)
			continue;
		running++;
		if (look_idle(f, now, left)) {
			all->left = true;
			return 0;
		}
	}
	if (all->events->tick) {
		rc = all->events->tick(all->events->data);
		all->left |= rc < 0;
		*left = MIN(*left, rc);
	}
	return running && !all->left;
}

int spool_follow_jobs(struct spool *spool, struct follow_job *jobs, size_t nr,
		      const struct follow_events *events, struct error *err)
{
	struct following all = { .spool = spool,
				 .events = events,
				 .v = xcalloc(MAX(nr, 1), sizeof(struct follower)),
				 .nr = nr };
	int64_t left;
	size_t i;
	int ret;

	watch(&all);
	for (i = 0; i < nr; i++) {
		jobs[i].result = FOLLOW_LEFT;
		all.v[i] = (struct follower){ .spool = spool,
					      .job = &jobs[i],
					      .events = events,
					      .watch_fd = all.watch_fd,
					      .fd = -1,
					      .part = STRBUF_INIT_MAX(2 * JOURNAL_LINE_MAX),
					      .quiet_since = clock_mono_ms(clock_system()) };
	}
	while ((ret = look_at_all(&all, &left, err)) > 0) {
		wait_for_change(&all, left);
		if (all.left)
			break;
	}
	if (all.watch_fd >= 0)
		close(all.watch_fd);
	for (i = 0; i < nr; i++) {
		if (all.v[i].fd >= 0)
			close(all.v[i].fd);
		strbuf_release(&all.v[i].part);
	}
	free(all.v);
	return ret < 0 ? -1 : 0;
}

int spool_follow(struct spool *spool, const char *id, const struct follow_events *events,
		 struct error *err)
{
	struct follow_job job = { .id = id, .data = events->data };

	return spool_follow_jobs(spool, &job, 1, events, err) < 0 ? -1 : (int)job.result;
}
