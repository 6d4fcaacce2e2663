#include "base/base.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/ulid.h"
#include "spool/lease-internal.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

static const char *const spool_dirs[] = {
	"tmp", "new", "run", "done", "failed", "control", "leases"
};

char *spool_path(const struct spool *spool, const char *sub, const char *name, const char *suffix)
{
	return xstrfmt("%s/%s/%s%s", spool->dir, sub, name, suffix);
}

void spool_log(struct spool *spool, const char *fmt, ...)
{
	struct strbuf buf = STRBUF_INIT;
	va_list ap;

	if (!spool->log)
		return;
	va_start(ap, fmt);
	strbuf_vaddf(&buf, fmt, ap);
	va_end(ap);
	spool->log(spool->log_data, buf.buf);
	strbuf_release(&buf);
}

void spool_set_log(struct spool *spool, spool_log_fn *fn, void *data)
{
	spool->log = fn;
	spool->log_data = data;
}

void spool_set_gate(struct spool *spool, spool_gate_fn *fn, void *data)
{
	spool->gate = fn;
	spool->gate_data = data;
}

/* 1: made or its permissions set, 0: was there. */
static int create_dir(const char *path, mode_t mode, struct error *err)
{
	struct stat st;

	if (mkdir(path, mode & 0777) < 0) {
		if (errno != EEXIST)
			return error_errno(err, "cannot create directory '%s'", path);
		if (stat(path, &st) < 0)
			return error_errno(err, "cannot read '%s'", path);
		if (!S_ISDIR(st.st_mode)) {
			errno = ENOTDIR;
			return error_errno(err, "cannot create directory '%s'", path);
		}
		/* A set-group-id bit that came from the parent does no harm. */
		if ((st.st_mode & 07777) == mode || (st.st_mode & 05777) == mode)
			return 0;
	}
	if (chmod(path, mode) < 0)
		return error_errno(err, "cannot set the permissions of '%s'", path);
	return 1;
}

int spool_create(const char *dir, mode_t mode, struct error *err)
{
	const char *slash = strrchr(dir, '/');
	int made = 0, ret;
	size_t i;

	if (slash && slash > dir) {
		/* The directory above is ours too: gitops/ in the git directory. */
		char *parent = xmemdupz(dir, (size_t)(slash - dir));

		ret = create_dir(parent, mode, err);
		free(parent);
		if (ret < 0)
			return -1;
		made |= ret;
	}
	ret = create_dir(dir, mode, err);
	for (i = 0; ret >= 0 && i < ARRAY_SIZE(spool_dirs); i++) {
		char *path = xstrfmt("%s/%s", dir, spool_dirs[i]);

		made |= ret;
		ret = create_dir(path, mode, err);
		free(path);
	}
	return ret < 0 ? -1 : made | ret;
}

int spool_make_dir(const struct spool *spool, const char *name, struct error *err)
{
	char *path = xstrfmt("%s/%s", spool->dir, name), *fresh = xstrfmt("%s/new", spool->dir);
	struct stat st;
	int ret = 0;

	if (access(path, F_OK) < 0) {
		if (stat(fresh, &st) < 0)
			ret = error_errno(err, "cannot read '%s'", fresh);
		else
			ret = create_dir(path, st.st_mode & 07777, err);
	}
	free(path);
	free(fresh);
	return ret < 0 ? -1 : 0;
}

int spool_open(struct spool **spool, const char *dir, struct error *err)
{
	char *path = xstrfmt("%s/new", dir);
	struct stat st;
	int ret = 0;

	if (stat(path, &st) < 0) {
		ret = error_errno(err, "cannot open the spool '%s'", dir);
		error_hint(err, "'git gitops init' makes it");
	} else {
		*spool = xcalloc(1, sizeof(**spool));
		(*spool)->dir = xstrdup(dir);
		(*spool)->mode = st.st_mode & 0666;
		(*spool)->watch_fd = -1;
		(*spool)->worker_fd = -1;
		(*spool)->targets_fd = -1;
		(*spool)->lease_ms = LEASE_DEFAULT_S * 1000;
		(*spool)->again_ms = -1;
		strmap_init(&(*spool)->said);
		strmap_init(&(*spool)->watched);
	}
	free(path);
	return ret;
}

void spool_free(struct spool *spool)
{
	if (!spool)
		return;
	spool_leave(spool);
	if (spool->watch_fd >= 0)
		close(spool->watch_fd);
	if (spool->targets_fd >= 0)
		close(spool->targets_fd);
	lease_drop(spool);
	lease_forget_watched(spool);
	strmap_release(&spool->watched, NULL);
	strmap_release(&spool->said, NULL);
	free(spool->dir);
	free(spool);
}

const char *spool_dir(const struct spool *spool)
{
	return spool->dir;
}

int spool_put(struct spool *spool, struct job *job, struct error *err)
{
	struct strbuf id = STRBUF_INIT, text = STRBUF_INIT;
	char *path, *tmp;
	int ret;

	job->created_at = clock_wall_ms(clock_system());
	add_ulid(&id, job->created_at);
	free(job->id);
	job->id = strbuf_detach(&id, NULL);
	job_write(&text, job);
	path = spool_path(spool, "new", job->id, ".json");
	tmp = xstrfmt("%s/tmp", spool->dir);
	ret = file_write_atomic(path, tmp, text.buf, text.len, spool->mode, err);
	free(path);
	free(tmp);
	strbuf_release(&text);
	return ret;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int names_read(struct names *names, const struct spool *spool, const char *sub, struct error *err)
{
	char *path = xstrfmt("%s/%s", spool->dir, sub);
	DIR *dir = opendir(path);
	struct dirent *entry;
	int ret = 0;

	*names = (struct names){ 0 };
	if (!dir) {
		ret = error_errno(err, "cannot read directory '%s'", path);
		goto out;
	}
	while ((errno = 0, entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		ALLOC_GROW(names->v, names->nr + 1, names->alloc);
		names->v[names->nr++] = xstrdup(entry->d_name);
	}
	if (errno)
		ret = error_errno(err, "cannot read directory '%s'", path);
	if (names->nr)
		qsort(names->v, names->nr, sizeof(*names->v), compare_names);
out:
	if (dir)
		closedir(dir);
	free(path);
	return ret;
}

void names_release(struct names *names)
{
	size_t i;

	for (i = 0; i < names->nr; i++)
		free(names->v[i]);
	free(names->v);
	*names = (struct names){ 0 };
}

bool job_file_name(const char *name, char id[27])
{
	if (!is_ulid(name, strnlen(name, ULID_LEN)) || !str_eq(name + ULID_LEN, ".json"))
		return false;
	memcpy(id, name, ULID_LEN);
	id[ULID_LEN] = '\0';
	return true;
}

static int count_jobs(const struct spool *spool, const char *sub, size_t *nr, struct error *err)
{
	struct names names;
	int ret = names_read(&names, spool, sub, err);
	char id[27];
	size_t i;

	*nr = 0;
	for (i = 0; i < names.nr; i++)
		*nr += job_file_name(names.v[i], id);
	names_release(&names);
	return ret;
}

int spool_count(struct spool *spool, size_t *waiting, size_t *running, struct error *err)
{
	if (count_jobs(spool, "new", waiting, err) < 0 ||
	    count_jobs(spool, "run", running, err) < 0)
		return -1;
	return 0;
}

int lock_file(int fd, int how)
{
	int ret;

	do
		ret = flock(fd, how);
	while (ret < 0 && errno == EINTR);
	return ret;
}

int spool_open_lock(const struct spool *spool, const char *name, struct error *err)
{
	char *path = xstrfmt("%s/%s", spool->dir, name);
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0 && errno == ENOENT) {
		fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, spool->mode);
		if (fd >= 0 && fchmod(fd, spool->mode) < 0 && errno != EPERM) {
			close(fd);
			fd = -1;
		}
	}
	if (fd < 0)
		error_errno(err, "cannot open '%s'", path);
	free(path);
	return fd;
}
