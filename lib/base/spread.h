#ifndef BASE_SPREAD_H
#define BASE_SPREAD_H

#include "base/base.h"

/*
 * Work in pieces, spread over threads, its results taken in order: what
 * comes out is the same with any number of threads.
 *
 * Each worker is what one thread needs for itself; there is a thread for
 * each but the first, which works in the caller's. One worker is no thread at
 * all. Where no more threads can be started, those that are there do all.
 */
struct spread {
	size_t pieces;
	void *const *workers;
	unsigned workers_nr;
	/* Do one piece, on any thread; pieces begin in order. Returns its result. */
	void *(*work)(void *worker, size_t piece);
	/* The results in order, never two at once, on any thread; owned by then. Non-zero ends it. */
	int (*take)(void *data, void *result);
	void (*drop)(void *result); /* one that is not taken any more */
	void *data;
};

#define SPREAD_MAX_THREADS 8

/* 0, or what `take` ended it with. */
int spread_run(const struct spread *spread) MUST_CHECK;

/* As many as this process may use at once, at least 1. */
unsigned spread_cores(void);

#endif
