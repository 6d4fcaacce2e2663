#ifndef SPOOL_FOLLOW_H
#define SPOOL_FOLLOW_H

#include "spool/spool.h"

/*
 * Watch one job from outside: its journal, line by line, from the start to
 * the end, wherever the job is meanwhile. Locks nothing and changes nothing,
 * so whoever follows may leave at any time.
 */
enum follow_result {
	FOLLOW_DONE = 0,
	FOLLOW_FAILED, /* the job's end says why: its last line */
	FOLLOW_LEFT,   /* a callback wanted no more, or the reader hung up */
};

struct follow_events {
	/* Non-zero: leave. */
	int (*line)(const char *line, size_t len, void *data);
	/*
	 * Nothing happened for `idle_ms`; `waiting`: the job has not begun.
	 * For a sign of life, and a look whether a worker lives.
	 */
	int (*idle)(bool waiting, void *data);
	void *data;
	int idle_ms;
	int hangup_fd; /* leave when its other end is closed; -1: none */
};

/* Returns an enum follow_result, or negative. */
int spool_follow(struct spool *spool, const char *id, const struct follow_events *events,
		 struct error *err) MUST_CHECK;

#endif
