#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/base.h"
#include "base/error.h"
#include "base/strbuf.h"

/* Read all of `path`, at most `max` bytes (0: as the buffer says). */
int file_read(const char *path, struct strbuf *out, struct error *err) MUST_CHECK;

/* Write all of it to `fd`, going on after signals and short writes; -1 with errno. */
int write_all(int fd, const void *data, size_t len) MUST_CHECK;

/*
 * Put `data` at `path` so that a reader sees the old content or the new one,
 * also after a crash: a temporary file in `tmp_dir` (on the same file system;
 * NULL: the directory of `path`), synced, renamed, the directory synced. On
 * failure nothing is left behind. `mode` as for open(2).
 */
int file_write_atomic(const char *path, const char *tmp_dir, const void *data, size_t len,
		      mode_t mode, struct error *err) MUST_CHECK;

/*
 * The same for what can be made again, and can tell by itself that it is
 * damaged: nothing waits for the disk, so after a power cut there may be
 * anything at `path`.
 */
int file_write_cache(const char *path, const void *data, size_t len, mode_t mode,
		     struct error *err) MUST_CHECK;

/* fsync(2) on the directory `path`, so that a name in it survives a power cut. */
int dir_sync(const char *path, struct error *err) MUST_CHECK;

/* mkdir -p; an existing directory is fine. */
int make_dirs(const char *path, mode_t mode, struct error *err) MUST_CHECK;

#endif
