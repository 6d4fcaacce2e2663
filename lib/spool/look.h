#ifndef SPOOL_LOOK_H
#define SPOOL_LOOK_H

#include "spool/spool.h"

/*
 * What is in the spool now, without a lock: for status and watch. A job may
 * move while one looks; it is shown where it was.
 */
enum job_place {
	JOB_NEW = 0, /* waits */
	JOB_RUN
};

typedef int spool_job_fn(const struct job *job, enum job_place place, void *data);
/* Jobs that wait or run, oldest first; what is no job is left out. Non-zero ends it. */
int spool_each_job(struct spool *spool, spool_job_fn *fn, void *data, struct error *err) MUST_CHECK;

/*
 * The journal of a job as far as it is written, line by line, wherever the
 * job is meanwhile. 1, or 0 when it has none (yet, or any more).
 */
int spool_read_journal(struct spool *spool, const char *id, journal_fn *fn, void *data,
		       struct error *err) MUST_CHECK;

#endif
