#include "base/base.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "spool/journal.h"

#include <fcntl.h>
#include <sys/stat.h>

struct journal {
	int fd;
	char *path;
	off_t len; /* whole lines only */
};

/* The end of the last whole line, looked for from the back. */
static int find_end(int fd, off_t size, off_t *end)
{
	char buf[4096];
	off_t pos = size;

	while (pos > 0) {
		size_t want = (size_t)MIN(pos, (off_t)sizeof(buf));
		ssize_t n = pread(fd, buf, want, pos - (off_t)want);
		const char *newline;

		if (n != (ssize_t)want) {
			if (n >= 0)
				errno = EIO;
			return -1;
		}
		newline = memrchr(buf, '\n', want);
		if (newline) {
			*end = pos - (off_t)want + (newline - buf) + 1;
			return 0;
		}
		pos -= (off_t)want;
	}
	*end = 0;
	return 0;
}

/* The name, too, must survive a power cut. */
static int sync_parent(const char *path, struct error *err)
{
	const char *slash = strrchr(path, '/');
	char *dir = slash ? xmemdupz(path, (size_t)(slash - path)) : xstrdup(".");
	int ret = dir_sync(dir, err);

	free(dir);
	return ret;
}

int journal_open(struct journal **journal, const char *path, mode_t mode, struct error *err)
{
	struct stat st;
	off_t end;
	int fd;

	fd = open(path, O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 && errno == ENOENT) {
		fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, mode);
		if (fd >= 0 && (fchmod(fd, mode) < 0 || sync_parent(path, err) < 0)) {
			if (!err->message)
				error_errno(err, "cannot set the permissions of '%s'", path);
			close(fd);
			return -1;
		}
	}
	if (fd < 0)
		return error_errno(err, "cannot open '%s'", path);
	if (fstat(fd, &st) < 0 || find_end(fd, st.st_size, &end) < 0 ||
	    (end < st.st_size && ftruncate(fd, end) < 0)) {
		error_errno(err, "cannot read '%s'", path);
		close(fd);
		return -1;
	}
	*journal = xcalloc(1, sizeof(**journal));
	(*journal)->fd = fd;
	(*journal)->path = xstrdup(path);
	(*journal)->len = end;
	return 0;
}

static int copy_to(int from, int to, off_t len)
{
	char buf[65536];
	off_t pos = 0;

	while (pos < len) {
		ssize_t n = pread(from, buf, (size_t)MIN(len - pos, (off_t)sizeof(buf)), pos);

		if (n <= 0 || write_all(to, buf, (size_t)n) < 0)
			return -1;
		pos += n;
	}
	return fdatasync(to);
}

int journal_replace(const char *path, const char *tmp, mode_t mode, struct error *err)
{
	int from = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), to = -1, ret = 0;
	struct stat st;
	off_t end;

	if (from < 0)
		return errno == ENOENT ? 0 : error_errno(err, "cannot open '%s'", path);
	unlink(tmp);
	to = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
	if (to < 0 || fchmod(to, mode) < 0 || fstat(from, &st) < 0 ||
	    find_end(from, st.st_size, &end) < 0 || copy_to(from, to, end) < 0 ||
	    rename(tmp, path) < 0) {
		ret = error_errno(err, "cannot copy '%s'", path);
		unlink(tmp);
	} else {
		ret = sync_parent(path, err);
	}
	if (to >= 0)
		close(to);
	close(from);
	return ret;
}

bool journal_empty(const struct journal *journal)
{
	return !journal->len;
}

int journal_sync(struct journal *journal, struct error *err)
{
	if (fdatasync(journal->fd) < 0)
		return error_errno(err, "cannot sync '%s'", journal->path);
	return 0;
}

int journal_append(struct journal *journal, const char *line, size_t len, bool sync,
		   struct error *err)
{
	struct strbuf buf = STRBUF_INIT;
	int ret = 0;

	if (memchr(line, '\n', len))
		BUG("a journal line with a newline in it");
	if (len > JOURNAL_LINE_MAX)
		return error_set(err, ERROR_LIMIT, "a line of %zu bytes is too long for '%s'", len,
				 journal->path);
	/* One write, so that a reader who follows sees half a line as rarely as can be. */
	strbuf_add(&buf, line, len);
	strbuf_addch(&buf, '\n');
	if (write_all(journal->fd, buf.buf, buf.len) < 0) {
		ret = error_errno(err, "cannot append to '%s'", journal->path);
		/* The cut can't fail for lack of room; if it fails anyway, the next open cuts. */
		if (ftruncate(journal->fd, journal->len) < 0)
			error_hint(err, "the last line is torn and will be cut off");
		goto out;
	}
	journal->len += (off_t)buf.len;
	if (sync)
		ret = journal_sync(journal, err);
out:
	strbuf_release(&buf);
	return ret;
}

int journal_each(struct journal *journal, journal_fn *fn, void *data, struct error *err)
{
	struct strbuf buf = STRBUF_INIT_MAX(2 * JOURNAL_LINE_MAX);
	off_t pos = 0;
	int ret = 0;

	while (!ret && pos < journal->len) {
		char chunk[16384];
		size_t want = (size_t)MIN(journal->len - pos, (off_t)sizeof(chunk)), start = 0;
		ssize_t n = pread(journal->fd, chunk, want, pos);
		const char *newline;

		if (n <= 0) {
			if (!n)
				errno = EIO;
			ret = error_errno(err, "cannot read '%s'", journal->path);
			break;
		}
		pos += n;
		strbuf_add(&buf, chunk, (size_t)n);
		if (buf.overflow) {
			ret = error_set(err, ERROR_LIMIT, "'%s' has a line that is too long",
					journal->path);
			break;
		}
		while (!ret && (newline = memchr(buf.buf + start, '\n', buf.len - start))) {
			size_t len = (size_t)(newline - (buf.buf + start));

			ret = fn(buf.buf + start, len, data);
			start += len + 1;
		}
		memmove(buf.buf, buf.buf + start, buf.len - start);
		strbuf_setlen(&buf, buf.len - start);
	}
	strbuf_release(&buf);
	return ret;
}

void journal_close(struct journal *journal)
{
	if (!journal)
		return;
	close(journal->fd);
	free(journal->path);
	free(journal);
}
