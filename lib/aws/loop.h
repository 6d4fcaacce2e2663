#ifndef AWS_LOOP_H
#define AWS_LOOP_H

#include "base/base.h"
#include "base/clock.h"
#include "base/error.h"

/*
 * One event loop for everything a process waits for: timers, descriptors, a
 * wake-up from a signal handler or another thread, and (by http.h) HTTP. One
 * thread; only aws_loop_wake() may be called from elsewhere.
 *
 * Timers and watches live in their owner's struct and allocate nothing, so a
 * thousand idle deployments cost a thousand small structs:
 *
 *	struct deployment {
 *		struct loop_timer timer;
 *		...
 *	};
 *
 *	loop_timer_init(&d->timer, on_timer, d);
 *	loop_timer_set(loop, &d->timer, 2500);
 *	...
 *	loop_timer_stop(&d->timer);	before d is freed
 */
struct aws_loop;

typedef void loop_fn(void *data);

struct loop_timer {
	struct aws_loop *loop; /* NULL: not set */
	loop_fn *fn;
	void *data;
	int64_t due;	/* on the loop's monotonic clock */
	uint64_t order; /* equal times fire in the order they were set */
	size_t at;	/* place in the heap */
};

/* `clock` NULL: the system's. It must outlive the loop. */
int aws_loop_new(struct aws_loop **loop, const struct clock *clock, struct error *err) MUST_CHECK;
/* Everything that was added must be stopped and removed before. */
void aws_loop_free(struct aws_loop *loop);

const struct clock *aws_loop_clock(const struct aws_loop *loop);

/*
 * Run until aws_loop_stop(), or until nothing is left that could ever happen
 * (no timer, no descriptor but the loop's own). Negative: the kernel refused.
 */
int aws_loop_run(struct aws_loop *loop, struct error *err) MUST_CHECK;
/* One turn: wait at most `max_ms` (-1: as long as it takes), then call what is due. */
int aws_loop_turn(struct aws_loop *loop, int max_ms, struct error *err) MUST_CHECK;
/* Make aws_loop_run() return after the present turn. */
void aws_loop_stop(struct aws_loop *loop);

/*
 * Asked before each timer or descriptor is called (NULL: nothing is asked), so
 * it must be quick. False: nothing more is called, and aws_loop_run() returns.
 */
typedef bool loop_guard_fn(void *data);
void aws_loop_guard(struct aws_loop *loop, loop_guard_fn *fn, void *data);

/* End the present wait. Safe in signal handlers and from other threads. */
void aws_loop_wake(struct aws_loop *loop);
/* What to call after a wake-up, in the loop (NULL: nothing). */
void aws_loop_on_wake(struct aws_loop *loop, loop_fn *fn, void *data);

void loop_timer_init(struct loop_timer *timer, loop_fn *fn, void *data);
/* Fire once in `ms` (0: in the next turn); set again to move it. */
void loop_timer_set(struct aws_loop *loop, struct loop_timer *timer, int64_t ms);
/* Fine when it isn't set. */
void loop_timer_stop(struct loop_timer *timer);
static inline bool loop_timer_is_set(const struct loop_timer *timer)
{
	return timer->loop != NULL;
}

enum loop_events {
	LOOP_READ = 1 << 0,
	LOOP_WRITE = 1 << 1
};

/* `events`: what is ready; an error or hang-up counts as both. */
typedef void loop_watch_fn(int fd, unsigned events, void *data);

struct loop_watch {
	struct aws_loop *loop; /* NULL: not watched */
	loop_watch_fn *fn;
	void *data;
	int fd;
	unsigned events;
	struct loop_watch *prev, *next;
};

void loop_watch_init(struct loop_watch *watch, int fd, loop_watch_fn *fn, void *data);
/* Begin to watch, or change for what. The descriptor stays its owner's. */
int loop_watch_set(struct aws_loop *loop, struct loop_watch *watch, unsigned events,
		   struct error *err) MUST_CHECK;
/* Before the descriptor is closed. Fine when it isn't watched. */
void loop_watch_stop(struct loop_watch *watch);

#endif
