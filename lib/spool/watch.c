#include "base/base.h"
#include "spool/lease-internal.h"

#include <sys/file.h>
#include <sys/inotify.h>

/*
 * Put: a rename into new/ (or control/). Ended: a rename out of run/. Died: the journal,
 * which only its worker opens for writing, is closed by the kernel.
 */
int spool_watch(struct spool *spool)
{
	char *fresh = xstrfmt("%s/new", spool->dir), *run = xstrfmt("%s/run", spool->dir);
	char *control = xstrfmt("%s/control", spool->dir);
	struct error err = ERROR_INIT;
	int fd = spool->watch_fd, saved;

	if (fd >= 0)
		goto out;
	if (spool_make_dir(spool, "control", &err) < 0)
		spool_log(spool, "%s", err.message);
	error_release(&err);
	fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (fd < 0)
		goto out;
	if (inotify_add_watch(fd, fresh, IN_MOVED_TO | IN_CLOSE_WRITE | IN_ONLYDIR) < 0 ||
	    inotify_add_watch(fd, control, IN_MOVED_TO | IN_ONLYDIR) < 0 ||
	    inotify_add_watch(fd, run, IN_MOVED_FROM | IN_CLOSE_WRITE | IN_ONLYDIR) < 0) {
		saved = errno;
		close(fd);
		errno = saved;
		fd = -1;
	}
	spool->watch_fd = fd;
out:
	free(fresh);
	free(run);
	free(control);
	return fd;
}

void spool_watch_drain(struct spool *spool)
{
	char buf[4096] __attribute__((aligned(__alignof__(struct inotify_event))));

	/* What happened doesn't matter, that it did does: the claim looks itself. */
	while (spool->watch_fd >= 0 && read(spool->watch_fd, buf, sizeof(buf)) > 0)
		;
}

int spool_enter(struct spool *spool, struct error *err)
{
	int fd;

	if (spool->worker_fd >= 0)
		return 0;
	fd = spool_open_lock(spool, "worker.lock", err);
	if (fd < 0)
		return -1;
	if (lock_file(fd, LOCK_SH) < 0) {
		error_errno(err, "cannot lock '%s/worker.lock'", spool->dir);
		close(fd);
		return -1;
	}
	spool->worker_fd = fd;
	return 0;
}

void spool_leave(struct spool *spool)
{
	if (spool->worker_fd >= 0)
		close(spool->worker_fd);
	spool->worker_fd = -1;
}

int spool_has_worker(struct spool *spool, struct error *err)
{
	int fd = spool_open_lock(spool, "worker.lock", err), ret = 0;

	if (fd < 0)
		return -1;
	/* Another hook that asks at this moment looks like a worker; it starts one then. */
	if (lock_file(fd, LOCK_EX | LOCK_NB) < 0) {
		/* One that stands still is of no use to who asks. */
		if (errno == EWOULDBLOCK)
			ret = !lease_all_stand_still(spool);
		else
			ret = error_errno(err, "cannot lock '%s/worker.lock'", spool->dir);
	}
	close(fd);
	return ret;
}
