#include "base/base.h"
#include "base/file.h"

#include <fcntl.h>
#include <sys/stat.h>

int file_read(const char *path, struct strbuf *out, struct error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int ret = 0;

	if (fd < 0)
		return error_errno(err, "cannot open '%s'", path);
	if (strbuf_read(out, fd) < 0)
		ret = error_errno(err, "cannot read '%s'", path);
	close(fd);
	return ret;
}

int write_all(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int dir_sync(const char *path, struct error *err)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int ret = 0;

	if (fd < 0)
		return error_errno(err, "cannot open directory '%s'", path);
	if (fsync(fd) < 0)
		ret = error_errno(err, "cannot sync directory '%s'", path);
	close(fd);
	return ret;
}

static char *dir_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return xstrdup(".");
	return slash == path ? xstrdup("/") : xmemdupz(path, (size_t)(slash - path));
}

static int replace_file(const char *path, const char *tmp_dir, const void *data, size_t len,
			mode_t mode, bool sync, struct error *err)
{
	char *dir = dir_name(path);
	char *tmp = xstrfmt("%s/.tmp-XXXXXX", tmp_dir ? tmp_dir : dir);
	bool made = false;
	int ret = 0, fd;

	fd = mkostemp(tmp, O_CLOEXEC);
	if (fd < 0) {
		ret = error_errno(err, "cannot create '%s'", tmp);
		goto out;
	}
	made = true;
	if (fchmod(fd, mode) < 0 || write_all(fd, data, len) < 0 || (sync && fsync(fd) < 0)) {
		ret = error_errno(err, "cannot write '%s'", tmp);
		goto out;
	}
	if (close(fd) < 0) {
		fd = -1;
		ret = error_errno(err, "cannot close '%s'", tmp);
		goto out;
	}
	fd = -1;
	if (rename(tmp, path) < 0) {
		ret = error_errno(err, "cannot rename '%s' to '%s'", tmp, path);
		goto out;
	}
	made = false;
	ret = sync ? dir_sync(dir, err) : 0;
out:
	if (fd >= 0)
		close(fd);
	if (made)
		unlink(tmp);
	free(tmp);
	free(dir);
	return ret;
}

int file_write_atomic(const char *path, const char *tmp_dir, const void *data, size_t len,
		      mode_t mode, struct error *err)
{
	return replace_file(path, tmp_dir, data, len, mode, true, err);
}

int file_write_cache(const char *path, const void *data, size_t len, mode_t mode, struct error *err)
{
	return replace_file(path, NULL, data, len, mode, false, err);
}

int make_dirs(const char *path, mode_t mode, struct error *err)
{
	char *copy = xstrdup(path), *p = copy;
	struct stat st;
	int ret = 0;

	do {
		p = strchr(p + 1, '/');
		if (p)
			*p = '\0';
		if (mkdir(copy, mode) < 0 && errno != EEXIST) {
			ret = error_errno(err, "cannot create directory '%s'", copy);
			break;
		}
		if (p)
			*p = '/';
	} while (p);
	if (!ret && (stat(path, &st) < 0 || !S_ISDIR(st.st_mode))) {
		errno = ENOTDIR;
		ret = error_errno(err, "cannot create directory '%s'", path);
	}
	free(copy);
	return ret;
}
