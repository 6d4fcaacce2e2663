#include "base/base.h"
#include "aws/loop.h"
#include "tap.h"

#include <fcntl.h>
#include <pthread.h>

/* A clock in hand: time passes when a test says so. */
static int64_t now;

static int64_t read_now(void *data UNUSED)
{
	return now;
}

static const struct clock in_hand = { read_now, read_now, NULL };

static struct aws_loop *new_loop(const struct clock *clock)
{
	struct error err = ERROR_INIT;
	struct aws_loop *loop = NULL;

	if (aws_loop_new(&loop, clock, &err) < 0)
		BUG("%s", err.message);
	return loop;
}

static void turn(struct aws_loop *loop, int ms)
{
	struct error err = ERROR_INIT;

	check_int(aws_loop_turn(loop, ms, &err), ==, 0);
	error_release(&err);
}

static char trace[64];

static void note(void *data)
{
	size_t len = strlen(trace);

	snprintf(trace + len, sizeof(trace) - len, "%s", (const char *)data);
}

static void test_loop__timers_fire_in_order_of_time_then_of_setting(void)
{
	struct aws_loop *loop = new_loop(&in_hand);
	struct loop_timer a, b, c, d;

	trace[0] = '\0';
	now = 1000;
	loop_timer_init(&a, note, "a");
	loop_timer_init(&b, note, "b");
	loop_timer_init(&c, note, "c");
	loop_timer_init(&d, note, "d");
	loop_timer_set(loop, &a, 30);
	loop_timer_set(loop, &b, 10);
	loop_timer_set(loop, &c, 10);
	loop_timer_set(loop, &d, 20);
	turn(loop, 0);
	check_str(trace, "");
	now += 10;
	turn(loop, 0);
	check_str(trace, "bc");
	now += 100;
	turn(loop, 0);
	check_str(trace, "bcda");
	check(!loop_timer_is_set(&a));
	aws_loop_free(loop);
}

static void test_loop__a_stopped_timer_does_not_fire(void)
{
	struct aws_loop *loop = new_loop(&in_hand);
	struct loop_timer timers[50];
	char names[50][4];
	size_t i;

	trace[0] = '\0';
	for (i = 0; i < ARRAY_SIZE(timers); i++) {
		snprintf(names[i], sizeof(names[i]), "%zu,", i);
		loop_timer_init(&timers[i], note, names[i]);
		loop_timer_set(loop, &timers[i], (int64_t)(i * 37 % 50));
	}
	for (i = 0; i < ARRAY_SIZE(timers); i++)
		if (i * 37 % 50 % 10)
			loop_timer_stop(&timers[i]);
	now += 60;
	turn(loop, 0);
	/* Those due after 0, 10, 20, 30 and 40 ms. */
	check_str(trace, "0,30,10,40,20,");
	aws_loop_free(loop);
}

static struct aws_loop *the_loop;
static struct loop_timer again;
static int times;

static void set_again(void *data UNUSED)
{
	times++;
	loop_timer_set(the_loop, &again, 0);
}

static void test_loop__a_timer_that_sets_itself_starves_nobody(void)
{
	the_loop = new_loop(&in_hand);
	times = 0;
	loop_timer_init(&again, set_again, NULL);
	loop_timer_set(the_loop, &again, 0);
	turn(the_loop, 0);
	check_int(times, ==, 1);
	turn(the_loop, 0);
	check_int(times, ==, 2);
	loop_timer_stop(&again);
	aws_loop_free(the_loop);
}

static struct loop_watch *other;
static int seen;

static void stop_other(int fd, unsigned events UNUSED, void *data UNUSED)
{
	char c;

	seen++;
	check_int(read(fd, &c, 1), ==, 1);
	if (other) {
		loop_watch_stop(other);
		free(other);
	}
	other = NULL;
}

static void test_loop__a_watch_may_go_while_its_event_waits(void)
{
	struct aws_loop *loop = new_loop(NULL);
	struct error err = ERROR_INIT;
	struct loop_watch *a = xmalloc(sizeof(*a)), *b = xmalloc(sizeof(*b)), *left;
	int p[2], q[2];

	check_int(pipe2(p, O_CLOEXEC), ==, 0);
	check_int(pipe2(q, O_CLOEXEC), ==, 0);
	loop_watch_init(a, p[0], stop_other, NULL);
	loop_watch_init(b, q[0], stop_other, NULL);
	check_int(loop_watch_set(loop, a, LOOP_READ, &err), ==, 0);
	check_int(loop_watch_set(loop, b, LOOP_READ, &err), ==, 0);
	check_int(write(p[1], "x", 1), ==, 1);
	check_int(write(q[1], "x", 1), ==, 1);
	/* Whoever is called first frees b; if that is b itself, a has nobody to free. */
	seen = 0;
	other = b;
	left = a;
	turn(loop, 1000);
	check_int(seen, >=, 1);
	check_ptr(other, ==, NULL);
	loop_watch_stop(left);
	free(left);
	close(p[0]);
	close(p[1]);
	close(q[0]);
	close(q[1]);
	aws_loop_free(loop);
}

static void *wake_it(void *data)
{
	aws_loop_wake(data);
	return NULL;
}

static void stop_it(void *data)
{
	aws_loop_stop(data);
}

static void never(void *data UNUSED)
{
	BUG("a timer of an hour fired");
}

static void test_loop__another_thread_ends_the_wait(void)
{
	struct aws_loop *loop = new_loop(NULL);
	struct error err = ERROR_INIT;
	struct loop_timer hour;
	pthread_t thread;

	loop_timer_init(&hour, never, NULL);
	loop_timer_set(loop, &hour, 3600 * 1000);
	aws_loop_on_wake(loop, stop_it, loop);
	check_int(pthread_create(&thread, NULL, wake_it, loop), ==, 0);
	check_int(aws_loop_run(loop, &err), ==, 0);
	pthread_join(thread, NULL);
	loop_timer_stop(&hour);
	aws_loop_free(loop);
}

static void test_loop__running_ends_when_nothing_can_happen(void)
{
	struct aws_loop *loop = new_loop(NULL);
	struct error err = ERROR_INIT;
	struct loop_timer soon;

	trace[0] = '\0';
	loop_timer_init(&soon, note, "soon");
	loop_timer_set(loop, &soon, 1);
	check_int(aws_loop_run(loop, &err), ==, 0);
	check_str(trace, "soon");
	aws_loop_free(loop);
}

int main(void)
{
	TEST(loop__timers_fire_in_order_of_time_then_of_setting);
	TEST(loop__a_stopped_timer_does_not_fire);
	TEST(loop__a_timer_that_sets_itself_starves_nobody);
	TEST(loop__a_watch_may_go_while_its_event_waits);
	TEST(loop__another_thread_ends_the_wait);
	TEST(loop__running_ends_when_nothing_can_happen);
	return test_done();
}
