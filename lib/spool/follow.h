#ifndef SPOOL_FOLLOW_H
#define SPOOL_FOLLOW_H

#include "spool/spool.h"

/*
 * Watch jobs from outside: their journals, line by line, from the start to
 * the end, wherever the jobs are meanwhile. Locks nothing and changes nothing,
 * so whoever follows may leave at any time.
 */
enum follow_result {
	FOLLOW_DONE = 0,
	FOLLOW_FAILED, /* the job's end says why: its last line */
	FOLLOW_LEFT,   /* a callback wanted no more, or the reader hung up */
};

struct follow_events {
	/* Non-zero: leave. `data` is the job's. */
	int (*line)(const char *line, size_t len, void *data);
	/*
	 * Nothing happened for `idle_ms`; `waiting`: the job has not begun.
	 * For a sign of life, and a look whether a worker lives.
	 */
	int (*idle)(bool waiting, void *data);
	/*
	 * NULL, or called after each look, and when the ms have passed that it
	 * returned, for what changes with time; negative: leave.
	 */
	int (*tick)(void *data);
	void *data; /* of `tick`; and, in spool_follow(), of the job */
	int idle_ms;
	int hangup_fd; /* leave when its other end is closed; -1: none */
};

struct follow_job {
	const char *id;
	void *data;
	enum follow_result result;
};

/*
 * Until all of them have ended, or a callback leaves. One that is not there
 * (any more) is an error when nothing came of it before.
 */
int spool_follow_jobs(struct spool *spool, struct follow_job *jobs, size_t nr,
		      const struct follow_events *events, struct error *err) MUST_CHECK;

/* One. Returns an enum follow_result, or negative. */
int spool_follow(struct spool *spool, const char *id, const struct follow_events *events,
		 struct error *err) MUST_CHECK;

#endif
