#include "base/base.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/ulid.h"
#include "spool/lease-internal.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

/*
 * Our own lease. It is none, held (`fd` is open and locked), or lost (held no
 * more, for good: what this process still does must not count).
 */
struct lease {
	struct holder holder;
	int fd;
	struct stat st;
	off_t beat_pos;
	uint64_t beats;
	int64_t renewed; /* by our clock, from before the renewal */
	bool lost, failing;
};

static int64_t system_clock(void)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_BOOTTIME, &ts) < 0)
		BUG("clock_gettime: %s", strerror(errno));
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void spool_set_lease_clock(struct spool *spool, lease_clock_fn *clock)
{
	spool->lease_clock = clock;
}

int64_t lease_now(const struct spool *spool)
{
	return spool->lease_clock ? spool->lease_clock() : system_clock();
}

void spool_set_lease(struct spool *spool, unsigned seconds)
{
	spool->lease_ms = (int64_t)seconds * 1000;
}

int64_t spool_lease_step(const struct spool *spool)
{
	return spool->lease_ms / 4;
}

const char *lease_id(const struct spool *spool)
{
	return spool->lease ? spool->lease->holder.id : NULL;
}

char *lease_path(const struct spool *spool, const char *suffix)
{
	return spool_path(spool, "leases", spool->lease->holder.id, suffix);
}

bool lease_is_own(const struct spool *spool, const struct stat *st)
{
	const struct lease *lease = spool->lease;

	return lease && st->st_ino == lease->st.st_ino && st->st_dev == lease->st.st_dev;
}

/* --- making and dropping */

/* Left by those who were killed. */
static void sweep(struct spool *spool)
{
	struct error err = ERROR_INIT;
	struct names names;
	size_t i;

	if (names_read(&names, spool, "leases", &err) < 0)
		error_release(&err);
	for (i = 0; i < names.nr; i++) {
		char *path = spool_path(spool, "leases", names.v[i], "");
		char *id = xmemdupz(names.v[i], strnlen(names.v[i], ULID_LEN));

		if (is_ulid(id, strlen(id)) && lease_look_id(spool, id) == LEASE_DEAD)
			unlink(path);
		free(id);
		free(path);
	}
	names_release(&names);
}

static void write_beat(struct strbuf *out, const struct lease *lease, int64_t now)
{
	strbuf_addf(out, "%016" PRIx64 " %016" PRIx64 "\n", lease->beats, (uint64_t)now);
}

/* Under its name only once it is locked and whole. */
static int make_file(struct spool *spool, struct lease *lease, struct error *err)
{
	char *tmp = spool_path(spool, "tmp", lease->holder.id, ".lease");
	char *path = spool_path(spool, "leases", lease->holder.id, "");
	struct strbuf text = STRBUF_INIT;
	int ret = -1;

	holder_write(&text, &lease->holder);
	lease->beat_pos = (off_t)text.len;
	write_beat(&text, lease, lease->renewed);
	lease->fd = open(tmp, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, spool->mode);
	if (lease->fd < 0 || fchmod(lease->fd, spool->mode) < 0 ||
	    lock_file(lease->fd, LOCK_EX | LOCK_NB) < 0 || fstat(lease->fd, &lease->st) < 0 ||
	    write_all(lease->fd, text.buf, text.len) < 0 || rename(tmp, path) < 0) {
		error_errno(err, "cannot take a lease, '%s'", path);
		unlink(tmp);
	} else {
		ret = 0;
	}
	strbuf_release(&text);
	free(path);
	free(tmp);
	return ret;
}

static void lease_free(struct lease *lease)
{
	if (lease->fd >= 0)
		close(lease->fd);
	free(lease);
}

int lease_take(struct spool *spool, struct error *err)
{
	struct strbuf id = STRBUF_INIT;
	struct lease *lease;

	if (spool->lease)
		return spool_check_lease(spool, err);
	if (spool_make_dir(spool, "leases", err) < 0)
		return -1;
	sweep(spool);
	lease = xcalloc(1, sizeof(*lease));
	lease->fd = -1;
	lease->renewed = lease_now(spool);
	add_ulid(&id, clock_wall_ms(clock_system()));
	holder_describe(&lease->holder, id.buf, spool->lease_ms);
	strbuf_release(&id);
	if (make_file(spool, lease, err) < 0) {
		lease_free(lease);
		return -1;
	}
	spool->lease = lease;
	return 0;
}

void lease_drop(struct spool *spool)
{
	static const char *const suffixes[] = { "", ".expired", ".targets" };
	size_t i;

	if (!spool->lease)
		return;
	for (i = 0; i < ARRAY_SIZE(suffixes); i++) {
		char *path = lease_path(spool, suffixes[i]);

		unlink(path);
		free(path);
	}
	lease_free(spool->lease);
	spool->lease = NULL;
}

/* --- renewing */

static void lose(struct spool *spool, const char *why)
{
	struct strbuf stood = STRBUF_INIT;

	format_duration(&stood, lease_now(spool) - spool->lease->renewed);
	spool->lease->lost = true;
	spool_log(spool,
		  "the lease %s is lost: %s, and it was renewed last %s ago; "
		  "nothing more is done with it",
		  spool->lease->holder.id, why, stood.buf);
	strbuf_release(&stood);
}

/* 1: it is ours from `now` on; 0: it is not; negative: it could not be found out. */
static int renew(struct spool *spool, int64_t now)
{
	struct lease *lease = spool->lease;
	struct strbuf text = STRBUF_INIT;
	char *path = lease_path(spool, "");
	struct stat st;
	int ret = -1, fd = -1;

	lease->beats++;
	write_beat(&text, lease, now);
	if (pwrite(lease->fd, text.buf, text.len, lease->beat_pos) != (ssize_t)text.len ||
	    fdatasync(lease->fd) < 0)
		goto out;
	/* Opened, not just asked for: a file system of another host then asks that. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		ret = errno == ENOENT ? 0 : -1;
	else if (!fstat(fd, &st))
		ret = lease_is_own(spool, &st);
out:
	if (ret < 0 && !lease->failing)
		spool_log(spool, "cannot renew the lease '%s': %s", path, strerror(errno));
	lease->failing = ret < 0;
	if (fd >= 0)
		close(fd);
	strbuf_release(&text);
	free(path);
	return ret;
}

bool spool_keep_lease(struct spool *spool)
{
	struct lease *lease = spool->lease;
	int64_t now, passed;
	int ret;

	if (!lease)
		return true;
	if (lease->lost)
		return false;
	now = lease_now(spool);
	passed = now - lease->renewed;
	if (passed < lease->holder.ms / 4)
		return true;
	ret = renew(spool, now);
	if (ret > 0)
		lease->renewed = now;
	else if (!ret)
		lose(spool, "another worker took it away");
	else if (passed >= lease->holder.ms / 4 * 3)
		lose(spool, "it can't be renewed");
	return !lease->lost;
}

int spool_check_lease(struct spool *spool, struct error *err)
{
	if (spool_keep_lease(spool))
		return 0;
	return error_set(err, ERROR_CONFLICT, "the lease %s is lost", spool->lease->holder.id);
}
