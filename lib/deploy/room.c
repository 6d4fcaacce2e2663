#include "base/base.h"
#include "deploy/internal.h"

/*
 * A function's code goes with the call, up to 50 MB, and a push may bring a
 * hundred functions: together they would be more than the memory that a small
 * server has. So only so many bytes are sent at a time; one that is larger
 * goes alone. The bandwidth is shared anyway.
 */
#define ROOM_BYTES ((size_t)64 << 20)
/* Should nobody wake it. */
#define LOOK_MS 5000

static bool has_room(const struct engine *engine, size_t bytes)
{
	return !engine->room_taken || engine->room_taken + bytes <= ROOM_BYTES;
}

/* Whoever waits longest is last in the list. */
static void wake_one(struct engine *engine)
{
	struct deployment *d, *longest = NULL;

	for (d = engine->running; d; d = d->next)
		if (d->wants_room)
			longest = d;
	if (!longest)
		return;
	longest->wants_room = false;
	loop_timer_set(engine->loop, &longest->timer, 0);
}

bool deploy_take_room(struct deployment *d, size_t bytes)
{
	struct engine *engine = d->engine;

	deploy_leave_room(d);
	if (!has_room(engine, bytes))
		return false;
	d->room = bytes;
	engine->room_taken += bytes;
	/* What is left may do for another. */
	if (engine->room_taken < ROOM_BYTES)
		wake_one(engine);
	return true;
}

enum step_result deploy_await_room(struct deployment *d, int phase)
{
	d->wants_room = true;
	return deploy_sleep(d, LOOK_MS, phase);
}

void deploy_leave_room(struct deployment *d)
{
	d->wants_room = false;
	if (!d->room)
		return;
	d->engine->room_taken -= d->room;
	d->room = 0;
	wake_one(d->engine);
}
