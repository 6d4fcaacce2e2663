#ifndef SPOOL_INSPECT_H
#define SPOOL_INSPECT_H

#include "spool/spool.h"

/*
 * What stands behind the claims: workers, jobs that a worker left, and how the
 * ended ones ended. For a check-up: unlike a claim it takes nothing over and
 * changes nothing. Strings are good during the call.
 */
struct spool_worker {
	const char *lease; /* its id */
	const char *host;  /* as it called itself; "" when its lease can't be read */
	int64_t pid;
	bool stands_still; /* that is only known of those on this host */
	bool expired;	   /* others have taken its jobs over */
};

typedef int spool_worker_fn(const struct spool_worker *worker, void *data);
/* Each whose process lives, in any order. Non-zero ends it. */
int spool_each_worker(struct spool *spool, spool_worker_fn *fn, void *data,
		      struct error *err) MUST_CHECK;

typedef int spool_left_fn(const char *id, void *data);
/* Each job in run/ that no living worker has: the next claim takes it. Non-zero ends it. */
int spool_each_left(struct spool *spool, spool_left_fn *fn, void *data,
		    struct error *err) MUST_CHECK;

struct spool_ended {
	size_t done, failed;
	size_t garbage; /* that was found among the jobs and put into failed/ */
	char last_done[27], last_failed[27]; /* ids of the youngest; "" */
};

int spool_look_at_ended(struct spool *spool, struct spool_ended *ended,
			struct error *err) MUST_CHECK;

/* The first of the spool's directories that this process can't read and write, or NULL. Free it. */
char *spool_find_unwritable(const char *dir);

#endif
