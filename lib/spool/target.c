#include "base/base.h"
#include "spool/internal.h"

#include <fcntl.h>
#include <sys/stat.h>

/*
 * One open file for all targets: each is a byte of it, at an offset that is a
 * hash of its name. Two that meet there wait for each other without need, which
 * harms nobody. The locks are the open file's (F_OFD_SETLK), so they go with
 * the process, however that ends, and hold on a shared file system as well.
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

	if (spool->targets_fd >= 0)
		return 0;
	path = xstrfmt("%s/targets.lock", spool->dir);
	spool->targets_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, spool->mode);
	if (spool->targets_fd < 0)
		error_errno(err, "cannot open '%s'", path);
	/* Its maker's umask may have been narrower; somebody else's file is as it is. */
	else if (fchmod(spool->targets_fd, spool->mode) < 0 && errno != EPERM)
		error_errno(err, "cannot set the permissions of '%s'", path);
	free(path);
	return err->message ? -1 : 0;
}

static int set_lock(const struct spool *spool, const char *target, short type)
{
	struct flock lock = {
		.l_type = type, .l_whence = SEEK_SET, .l_start = target_offset(target), .l_len = 1
	};
	int ret;

	do
		ret = fcntl(spool->targets_fd, F_OFD_SETLK, &lock);
	while (ret < 0 && errno == EINTR);
	return ret;
}

int spool_lock_target(struct spool *spool, const char *target, struct error *err)
{
	if (open_targets(spool, err) < 0)
		return -1;
	if (set_lock(spool, target, F_WRLCK) == 0)
		return 1;
	if (errno == EAGAIN || errno == EACCES)
		return 0;
	return error_errno(err, "cannot lock '%s/targets.lock'", spool->dir);
}

void spool_unlock_target(struct spool *spool, const char *target)
{
	if (spool->targets_fd >= 0 && set_lock(spool, target, F_UNLCK) < 0)
		spool_log(spool, "cannot unlock '%s/targets.lock': %s", spool->dir,
			  strerror(errno));
}
