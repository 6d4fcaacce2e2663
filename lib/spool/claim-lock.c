#include "base/base.h"
#include "base/file.h"
#include "base/ulid.h"
#include "spool/lease-internal.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

/*
 * Workers claim one after the other, each for milliseconds. Who holds the lock
 * writes his lease's id into it; should he stand still in the middle, the lock
 * is replaced by a new file when his lease is taken away, or, where that isn't
 * known, when the same has stood there for as long as a lease lasts. Jobs are
 * safe even then (owner.h): what may suffer is the order on one branch.
 */
#define TRIES	 100
#define TRY_US	 5000
#define AGAIN_MS 250

static char *read_id(int fd)
{
	char id[ULID_LEN];

	return pread(fd, id, sizeof(id), 0) == (ssize_t)sizeof(id) && is_ulid(id, sizeof(id)) ?
		       xmemdupz(id, sizeof(id)) :
		       xstrdup("");
}

/* Is who holds `fd` stuck for good? */
static bool is_stuck(struct spool *spool, int fd)
{
	char *id = read_id(fd);
	enum lease_look look = *id ? lease_look_id(spool, id) : LEASE_DEAD;
	bool ret = look == LEASE_TAKEN;

	/* One who has ended holds no lock: the name is of somebody before. */
	if (look == LEASE_DEAD)
		ret = lease_watch_value(spool, "claim.lock", id);
	free(id);
	return ret;
}

static int replace(struct spool *spool, struct error *err)
{
	char *path = xstrfmt("%s/claim.lock", spool->dir), *tmp = xstrfmt("%s/tmp", spool->dir);
	int ret = file_write_atomic(path, tmp, "", 0, spool->mode, err);

	if (!ret)
		spool_log(spool, "replaced '%s': who held it stands still", path);
	free(path);
	free(tmp);
	return ret;
}

static bool has_its_name(const struct spool *spool, int fd)
{
	char *path = xstrfmt("%s/claim.lock", spool->dir);
	struct stat named, held;
	bool ret = !stat(path, &named) && !fstat(fd, &held) && named.st_ino == held.st_ino &&
		   named.st_dev == held.st_dev;

	free(path);
	return ret;
}

/* 1: locked, 0: not now, negative. */
static int try_lock(struct spool *spool, int *out, struct error *err)
{
	const char *id = lease_id(spool);
	int fd = spool_open_lock(spool, "claim.lock", err), ret = 0;

	if (fd < 0)
		return -1;
	if (lock_file(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK)
			ret = error_errno(err, "cannot lock '%s/claim.lock'", spool->dir);
		else if (is_stuck(spool, fd))
			ret = replace(spool, err);
	} else if (has_its_name(spool, fd)) {
		/* On a full disk there is no room for it: then it takes longer, see is_stuck(). */
		if (pwrite(fd, id, ULID_LEN, 0) < 0)
			errno = 0;
		*out = fd;
		return 1;
	}
	close(fd);
	return ret;
}

int claim_lock(struct spool *spool, int *fd, struct error *err)
{
	int tries, ret = 0;

	for (tries = 0; !ret && tries < TRIES; tries++) {
		if (tries)
			usleep(TRY_US);
		ret = try_lock(spool, fd, err);
	}
	if (!ret)
		lease_again(spool, AGAIN_MS);
	return ret;
}
