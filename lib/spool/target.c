#include "base/base.h"
#include "base/ulid.h"
#include "spool/lease-internal.h"

#include <fcntl.h>
#include <sys/stat.h>

/*
 * Each worker has one file for all its targets, leases/<its lease>.targets: a
 * target is a byte of it, at an offset that is a hash of its name. Two that
 * meet there wait for each other without need, which harms nobody. The locks
 * are the open file's (F_OFD_SETLK), so they go with the process, however that
 * ends, and hold on a shared file system as well. They count for as long as
 * the lease does.
 */
static off_t target_offset(const char *target)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */

	for (; *target; target++)
		hash = (hash ^ (unsigned char)*target) * UINT64_C(0x100000001b3);
	return (off_t)(hash >> 2);
}

static int open_targets(struct spool *spool, struct error *err)
{
	char *path;

	if (lease_take(spool, err) < 0)
		return -1;
	if (spool->targets_fd >= 0)
		return 0;
	path = lease_path(spool, ".targets");
	spool->targets_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, spool->mode);
	if (spool->targets_fd < 0)
		error_errno(err, "cannot open '%s'", path);
	else if (fchmod(spool->targets_fd, spool->mode) < 0)
		error_errno(err, "cannot set the permissions of '%s'", path);
	free(path);
	return err->message ? -1 : 0;
}

static int set_lock(int fd, int how, off_t offset, short *type)
{
	struct flock lock = { .l_type = *type, .l_whence = SEEK_SET, .l_start = offset, .l_len = 1 };
	int ret;

	do
		ret = fcntl(fd, how, &lock);
	while (ret < 0 && errno == EINTR);
	*type = lock.l_type;
	return ret;
}

static bool is_locked(const struct spool *spool, const char *name, off_t offset)
{
	char *path = spool_path(spool, "leases", name, "");
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	short type = F_WRLCK;
	bool ret;

	/* What can't be asked may be. */
	ret = fd < 0 ? errno != ENOENT :
		       set_lock(fd, F_OFD_GETLK, offset, &type) < 0 || type != F_UNLCK;
	if (fd >= 0)
		close(fd);
	free(path);
	return ret;
}

static bool is_others_targets(const struct spool *spool, const char *name)
{
	return is_ulid(name, strnlen(name, ULID_LEN)) && str_eq(name + ULID_LEN, ".targets") &&
	       !starts_with(name, lease_id(spool));
}

/* 1: another worker has it, whose lease's id is copied; 0: nobody has; negative. */
static int find_other(struct spool *spool, off_t offset, char id[27], struct error *err)
{
	struct names names;
	int ret = names_read(&names, spool, "leases", err);
	size_t i;

	for (i = 0; !ret && i < names.nr; i++) {
		if (!is_others_targets(spool, names.v[i]) || !is_locked(spool, names.v[i], offset))
			continue;
		memcpy(id, names.v[i], ULID_LEN);
		id[ULID_LEN] = '\0';
		ret = lease_look_id(spool, id) != LEASE_TAKEN;
	}
	names_release(&names);
	return ret;
}

/*
 * First ours, then a look at those of others: who comes second sees the first
 * one. Two in the same moment see each other; the older lease stays a little
 * and looks again, the younger one leaves at once.
 */
int spool_lock_target(struct spool *spool, const char *target, struct error *err)
{
	off_t offset = target_offset(target);
	short type = F_WRLCK;
	char id[27];
	int tries, ret;

	if (open_targets(spool, err) < 0)
		return -1;
	if (set_lock(spool->targets_fd, F_OFD_SETLK, offset, &type) < 0)
		return error_errno(err, "cannot lock a target in '%s/leases'", spool->dir);
	for (tries = 0; (ret = find_other(spool, offset, id, err)) > 0; tries++) {
		if (tries == 3 || strcmp(id, lease_id(spool)) < 0)
			break;
		usleep(2000);
	}
	if (ret)
		spool_unlock_target(spool, target);
	return ret < 0 ? -1 : !ret;
}

void spool_unlock_target(struct spool *spool, const char *target)
{
	short type = F_UNLCK;

	if (spool->targets_fd >= 0 &&
	    set_lock(spool->targets_fd, F_OFD_SETLK, target_offset(target), &type) < 0)
		spool_log(spool, "cannot unlock a target in '%s/leases': %s", spool->dir,
			  strerror(errno));
}
