#include "base/base.h"
#include "aws/loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>

#define EVENTS_A_TURN 64

/*
 * Timers are a binary heap by (due, order), each knowing its place. Watches
 * hang in epoll with their own address; one that is stopped while its event
 * waits to be delivered is struck from `pending`, so its owner may be freed at
 * any time.
 */
struct aws_loop {
	const struct clock *clock;
	int epoll_fd, wake_fd;
	bool stop;
	loop_fn *on_wake;
	void *on_wake_data;
	loop_guard_fn *guard;
	void *guard_data;
	struct loop_timer **heap;
	size_t heap_nr, heap_alloc;
	uint64_t order;
	struct loop_watch *watches;
	struct epoll_event pending[EVENTS_A_TURN];
	int pending_nr;
};

int aws_loop_new(struct aws_loop **loop, const struct clock *clock, struct error *err)
{
	struct aws_loop *l = xcalloc(1, sizeof(*l));
	struct epoll_event ev = { .events = EPOLLIN };

	l->clock = clock ? clock : clock_system();
	l->wake_fd = -1;
	l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (l->epoll_fd >= 0)
		l->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	ev.data.ptr = NULL;
	if (l->wake_fd < 0 || epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, l->wake_fd, &ev) < 0) {
		error_errno(err, "cannot create an event loop");
		aws_loop_free(l);
		return -1;
	}
	*loop = l;
	return 0;
}

void aws_loop_free(struct aws_loop *loop)
{
	if (!loop)
		return;
	if (loop->heap_nr)
		BUG("a loop is freed with %zu timers set", loop->heap_nr);
	if (loop->watches)
		BUG("a loop is freed while descriptor %d is watched", loop->watches->fd);
	if (loop->epoll_fd >= 0)
		close(loop->epoll_fd);
	if (loop->wake_fd >= 0)
		close(loop->wake_fd);
	free(loop->heap);
	free(loop);
}

const struct clock *aws_loop_clock(const struct aws_loop *loop)
{
	return loop->clock;
}

void aws_loop_stop(struct aws_loop *loop)
{
	loop->stop = true;
}

void aws_loop_wake(struct aws_loop *loop)
{
	static const uint64_t one = 1;
	int saved = errno;

	/* A full counter means a wake-up waits already. */
	if (write(loop->wake_fd, &one, sizeof(one)) < 0)
		errno = saved;
}

void aws_loop_on_wake(struct aws_loop *loop, loop_fn *fn, void *data)
{
	loop->on_wake = fn;
	loop->on_wake_data = data;
}

void aws_loop_guard(struct aws_loop *loop, loop_guard_fn *fn, void *data)
{
	loop->guard = fn;
	loop->guard_data = data;
}

/* A callback may take long, and what was allowed before it not be any more. */
static bool may_call(struct aws_loop *loop)
{
	if (!loop->guard || loop->guard(loop->guard_data))
		return true;
	loop->stop = true;
	return false;
}

/* --- timers --------------------------------------------------------------- */

static bool before(const struct loop_timer *a, const struct loop_timer *b)
{
	return a->due != b->due ? a->due < b->due : a->order < b->order;
}

static void place(struct aws_loop *loop, struct loop_timer *timer, size_t at)
{
	loop->heap[at] = timer;
	timer->at = at;
}

static void sift_up(struct aws_loop *loop, size_t at)
{
	struct loop_timer *timer = loop->heap[at];

	while (at && before(timer, loop->heap[(at - 1) / 2])) {
		place(loop, loop->heap[(at - 1) / 2], at);
		at = (at - 1) / 2;
	}
	place(loop, timer, at);
}

static void sift_down(struct aws_loop *loop, size_t at)
{
	struct loop_timer *timer = loop->heap[at];

	for (;;) {
		size_t child = 2 * at + 1;

		if (child >= loop->heap_nr)
			break;
		if (child + 1 < loop->heap_nr && before(loop->heap[child + 1], loop->heap[child]))
			child++;
		if (!before(loop->heap[child], timer))
			break;
		place(loop, loop->heap[child], at);
		at = child;
	}
	place(loop, timer, at);
}

void loop_timer_init(struct loop_timer *timer, loop_fn *fn, void *data)
{
	memset(timer, 0, sizeof(*timer));
	timer->fn = fn;
	timer->data = data;
}

void loop_timer_set(struct aws_loop *loop, struct loop_timer *timer, int64_t ms)
{
	loop_timer_stop(timer);
	timer->loop = loop;
	timer->due = clock_mono_ms(loop->clock) + MAX(ms, 0);
	timer->order = loop->order++;
	ALLOC_GROW(loop->heap, loop->heap_nr + 1, loop->heap_alloc);
	place(loop, timer, loop->heap_nr++);
	sift_up(loop, timer->at);
}

void loop_timer_stop(struct loop_timer *timer)
{
	struct aws_loop *loop = timer->loop;
	size_t at = timer->at;

	if (!loop)
		return;
	timer->loop = NULL;
	if (at == --loop->heap_nr)
		return;
	place(loop, loop->heap[loop->heap_nr], at);
	sift_down(loop, at);
	sift_up(loop, at);
}

/* Those set by what is called here wait for the next turn, or one could starve the rest. */
static void fire_timers(struct aws_loop *loop)
{
	int64_t now = clock_mono_ms(loop->clock);
	uint64_t order = loop->order;

	while (loop->heap_nr && loop->heap[0]->due <= now && loop->heap[0]->order < order &&
	       may_call(loop)) {
		struct loop_timer *timer = loop->heap[0];

		loop_timer_stop(timer);
		timer->fn(timer->data);
	}
}

/* --- descriptors ---------------------------------------------------------- */

void loop_watch_init(struct loop_watch *watch, int fd, loop_watch_fn *fn, void *data)
{
	memset(watch, 0, sizeof(*watch));
	watch->fd = fd;
	watch->fn = fn;
	watch->data = data;
}

int loop_watch_set(struct aws_loop *loop, struct loop_watch *watch, unsigned events,
		   struct error *err)
{
	struct epoll_event ev = { 0 };
	int op = watch->loop ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;

	if (events & LOOP_READ)
		ev.events |= EPOLLIN | EPOLLRDHUP;
	if (events & LOOP_WRITE)
		ev.events |= EPOLLOUT;
	ev.data.ptr = watch;
	if (epoll_ctl(loop->epoll_fd, op, watch->fd, &ev) < 0)
		return error_errno(err, "cannot watch descriptor %d", watch->fd);
	watch->events = events;
	if (!watch->loop) {
		watch->loop = loop;
		watch->prev = NULL;
		watch->next = loop->watches;
		if (watch->next)
			watch->next->prev = watch;
		loop->watches = watch;
	}
	return 0;
}

void loop_watch_stop(struct loop_watch *watch)
{
	struct aws_loop *loop = watch->loop;
	int i;

	if (!loop)
		return;
	/* Fails only when it is closed already, and then it is out of the set. */
	epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL);
	for (i = 0; i < loop->pending_nr; i++)
		if (loop->pending[i].data.ptr == watch)
			loop->pending[i].events = 0;
	if (watch->prev)
		watch->prev->next = watch->next;
	else
		loop->watches = watch->next;
	if (watch->next)
		watch->next->prev = watch->prev;
	watch->loop = NULL;
}

static void dispatch(struct aws_loop *loop)
{
	int i;

	for (i = 0; i < loop->pending_nr; i++) {
		struct epoll_event *ev = &loop->pending[i];
		struct loop_watch *watch = ev->data.ptr;
		unsigned events = 0;

		if (!ev->events)
			continue;
		if (!may_call(loop))
			break;
		if (!watch) {
			uint64_t count;

			if (read(loop->wake_fd, &count, sizeof(count)) > 0 && loop->on_wake)
				loop->on_wake(loop->on_wake_data);
			continue;
		}
		if (ev->events & (EPOLLIN | EPOLLRDHUP | EPOLLERR | EPOLLHUP))
			events |= LOOP_READ;
		if (ev->events & (EPOLLOUT | EPOLLERR | EPOLLHUP))
			events |= LOOP_WRITE;
		watch->fn(watch->fd, events, watch->data);
	}
	loop->pending_nr = 0;
}

/* --- turning -------------------------------------------------------------- */

static int wait_ms(const struct aws_loop *loop, int max_ms)
{
	int64_t ms;

	if (!loop->heap_nr)
		return max_ms;
	ms = MAX(loop->heap[0]->due - clock_mono_ms(loop->clock), 0);
	if (max_ms >= 0 && ms > max_ms)
		return max_ms;
	return ms > INT_MAX ? INT_MAX : (int)ms;
}

int aws_loop_turn(struct aws_loop *loop, int max_ms, struct error *err)
{
	int n = epoll_wait(loop->epoll_fd, loop->pending, EVENTS_A_TURN, wait_ms(loop, max_ms));

	if (n < 0 && errno != EINTR)
		return error_errno(err, "cannot wait for events");
	loop->pending_nr = MAX(n, 0);
	dispatch(loop);
	fire_timers(loop);
	return 0;
}

int aws_loop_run(struct aws_loop *loop, struct error *err)
{
	loop->stop = false;
	while (!loop->stop && (loop->heap_nr || loop->watches))
		if (aws_loop_turn(loop, -1, err) < 0)
			return -1;
	return 0;
}
