#ifndef SPOOL_INTERNAL_H
#define SPOOL_INTERNAL_H

#include "base/strmap.h"
#include "spool/lease.h"
#include "spool/spool.h"

struct spool {
	char *dir;
	mode_t mode; /* of files, as the directory's */
	spool_log_fn *log;
	void *log_data;
	spool_gate_fn *gate; /* NULL: all may */
	void *gate_data;
	int watch_fd;	      /* inotify, -1: none */
	int worker_fd;	      /* holds the lock that says "a worker lives", -1: not held */
	int targets_fd;	      /* holds the locks on targets, -1: not open */
	struct strmap said;   /* names of files in the way that the log has */
	struct claim *claims; /* ours that are not over */
	struct lease *lease;  /* ours, NULL: none yet */
	int64_t lease_ms;
	lease_clock_fn *lease_clock; /* NULL: the system's */
	struct strmap watched;	     /* leases of others, by id */
	int64_t again_ms;	     /* see spool_look_again() */
	bool suspect;
};

char *spool_path(const struct spool *spool, const char *sub, const char *name, const char *suffix);
void spool_log(struct spool *spool, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* A directory that is younger than some spools: made, as new/ is, where it is missing. */
int spool_make_dir(const struct spool *spool, const char *name, struct error *err) MUST_CHECK;

/* Names in a directory, sorted; those that start with a dot are left out. */
struct names {
	char **v;
	size_t nr, alloc;
};
int names_read(struct names *names, const struct spool *spool, const char *sub,
	       struct error *err) MUST_CHECK;
void names_release(struct names *names);

/* <ULID>.json? Then copy the ULID. */
bool job_file_name(const char *name, char id[27]);

/* Drop what ended long ago from done/ and failed/, and what crashes left in tmp/. */
void spool_prune(struct spool *spool);

/* A lock file of the spool's, opened; made when it is not there. */
int spool_open_lock(const struct spool *spool, const char *name, struct error *err) MUST_CHECK;
/* flock(2) that goes on after signals; -1 with errno. */
int lock_file(int fd, int how);

#endif
