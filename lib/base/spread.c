#include "base/base.h"
#include "base/spread.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>

/* How far workers may be ahead of the slowest: so many results wait for it. */
#define AHEAD (4 * SPREAD_MAX_THREADS)

/* Deep enough for what the main thread does, whatever ulimit says. */
#define STACK_SIZE ((size_t)16 << 20)

struct pool {
	const struct spread *spread;
	pthread_mutex_t lock;
	pthread_cond_t moved; /* `taken` did, or `ended` */
	size_t next, taken;   /* pieces: the next to begin, those whose results were taken */
	void *results[AHEAD]; /* of `taken` and what follows it */
	bool ready[AHEAD];
	int ended; /* what `take` said, if not zero */
};

struct seat {
	struct pool *pool;
	void *worker;
	pthread_t thread;
};

/* Begin the next piece: false when there is none. */
static bool begin(struct pool *pool, size_t *piece)
{
	bool more;

	pthread_mutex_lock(&pool->lock);
	while (!pool->ended && pool->next < pool->spread->pieces &&
	       pool->next - pool->taken >= AHEAD)
		pthread_cond_wait(&pool->moved, &pool->lock);
	more = !pool->ended && pool->next < pool->spread->pieces;
	if (more)
		*piece = pool->next++;
	pthread_mutex_unlock(&pool->lock);
	return more;
}

/* Hand in a result, and take all whose turn has come. */
static void end(struct pool *pool, size_t piece, void *result)
{
	const struct spread *spread = pool->spread;
	size_t taken;

	pthread_mutex_lock(&pool->lock);
	pool->results[piece % AHEAD] = result;
	pool->ready[piece % AHEAD] = true;
	for (taken = pool->taken; pool->ready[taken % AHEAD]; taken++) {
		result = pool->results[taken % AHEAD];
		pool->ready[taken % AHEAD] = false;
		if (pool->ended)
			spread->drop(result);
		else
			pool->ended = spread->take(spread->data, result);
	}
	if (taken != pool->taken || pool->ended)
		pthread_cond_broadcast(&pool->moved);
	pool->taken = taken;
	pthread_mutex_unlock(&pool->lock);
}

static void *work(void *data)
{
	struct seat *seat = data;
	struct pool *pool = seat->pool;
	size_t piece;

	while (begin(pool, &piece))
		end(pool, piece, pool->spread->work(seat->worker, piece));
	return NULL;
}

/* Signals are the caller's. Returns how many were started. */
static unsigned start(struct seat *seats, unsigned nr)
{
	sigset_t all, before;
	pthread_attr_t attr;
	unsigned started = 0;

	if (pthread_attr_init(&attr))
		return 0;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	if (!pthread_attr_setstacksize(&attr, STACK_SIZE))
		while (started < nr &&
		       !pthread_create(&seats[started].thread, &attr, work, &seats[started]))
			started++;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
	return started;
}

int spread_run(const struct spread *spread)
{
	struct pool pool = { .spread = spread };
	struct seat seats[SPREAD_MAX_THREADS];
	unsigned nr = MIN(spread->workers_nr, (unsigned)SPREAD_MAX_THREADS), started, i;

	if (!nr)
		BUG("nobody works");
	for (i = 0; i < nr; i++)
		seats[i] = (struct seat){ .pool = &pool, .worker = spread->workers[i] };
	if (pthread_mutex_init(&pool.lock, NULL) || pthread_cond_init(&pool.moved, NULL))
		BUG("cannot make a lock");
	started = start(seats + 1, nr - 1);
	work(&seats[0]);
	for (i = 1; i <= started; i++)
		pthread_join(seats[i].thread, NULL);
	pthread_cond_destroy(&pool.moved);
	pthread_mutex_destroy(&pool.lock);
	return pool.ended;
}

unsigned spread_cores(void)
{
	cpu_set_t cpus;
	int nr;

	/* it fails where there are more than a cpu_set_t holds: enough for us */
	if (sched_getaffinity(0, sizeof(cpus), &cpus) < 0)
		return SPREAD_MAX_THREADS;
	nr = CPU_COUNT(&cpus);
	return nr > 0 ? (unsigned)nr : 1;
}
