#include "base/base.h"
#include "base/clock.h"
#include "base/ulid.h"
#include "spool/internal.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#define TMP_KEEP_S 3600 /* a put takes milliseconds */

/* All files of what has the id at the start of `name`: job, journal, reason. */
static void remove_ended(struct spool *spool, const char *sub, const char *name)
{
	static const char *const suffixes[] = { ".json", ".journal", ".reason", ".garbage" };
	char id[ULID_LEN + 1];
	size_t i;

	memcpy(id, name, ULID_LEN);
	id[ULID_LEN] = '\0';
	for (i = 0; i < ARRAY_SIZE(suffixes); i++) {
		char *path = spool_path(spool, sub, id, suffixes[i]);

		unlink(path);
		free(path);
	}
}

/* Names sort by time, so the oldest come first. Best effort: another worker may do the same. */
static void prune_ended(struct spool *spool, const char *sub)
{
	struct error err = ERROR_INIT;
	struct names names;
	size_t i, jobs = 0;

	if (names_read(&names, spool, sub, &err) < 0) {
		spool_log(spool, "%s", err.message);
	} else {
		for (i = 0; i < names.nr; i++)
			jobs += ends_with(names.v[i], ".json") || ends_with(names.v[i], ".garbage");
		for (i = 0; i < names.nr && jobs > SPOOL_KEEP; i++) {
			if (!is_ulid(names.v[i], strnlen(names.v[i], ULID_LEN)))
				continue;
			if (!ends_with(names.v[i], ".json") && !ends_with(names.v[i], ".garbage"))
				continue;
			remove_ended(spool, sub, names.v[i]);
			jobs--;
		}
	}
	error_release(&err);
	names_release(&names);
}

/* What a crash in the middle of spool_put() left there. */
static void prune_tmp(struct spool *spool)
{
	char *path = xstrfmt("%s/tmp", spool->dir);
	int64_t now = clock_wall_ms(clock_system()) / 1000;
	DIR *dir = opendir(path);
	struct dirent *entry;
	struct stat st;

	while (dir && (entry = readdir(dir)))
		if (!fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) &&
		    S_ISREG(st.st_mode) && st.st_mtime < now - TMP_KEEP_S)
			unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir)
		closedir(dir);
	free(path);
}

void spool_prune(struct spool *spool)
{
	prune_ended(spool, "done");
	prune_ended(spool, "failed");
	prune_tmp(spool);
}
