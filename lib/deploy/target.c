#include "base/base.h"
#include "deploy/target.h"

#include "deploy/internal.h"

/* How often another worker's target is tried again. */
#define RETRY_MS 1000

struct target {
	struct targets *targets;
	char *key;
	struct deployment *holder; /* NULL: another worker's, `first` waits for it */
	struct deployment *first, **last;
	struct loop_timer timer;
	bool locked; /* as far as other workers are concerned */
	struct target *next;
};

struct targets {
	struct engine *engine;
	struct target *first;
};

struct targets *targets_new(struct engine *engine)
{
	struct targets *targets = xcalloc(1, sizeof(*targets));

	targets->engine = engine;
	return targets;
}

static void target_free(struct target *target)
{
	struct target **p;

	for (p = &target->targets->first; *p != target; p = &(*p)->next)
		;
	*p = target->next;
	loop_timer_stop(&target->timer);
	free(target->key);
	free(target);
}

void targets_free(struct targets *targets)
{
	while (targets->first)
		target_free(targets->first);
	free(targets);
}

static char *target_key(const struct record *r)
{
	if (!r->account || !r->region || !r->name)
		return NULL;
	return xstrfmt("%s\n%s\n%s\n%s\n%s", artifact_kind_name(r->kind), r->account, r->region,
		       r->cluster ? r->cluster : "default", r->name);
}

/* Is it ours among the workers? A lock that can't be had for other reasons stops nobody. */
static bool lock(struct target *target, const struct deployment *d)
{
	const struct engine_events *events = &d->engine->options.events;

	if (!target->locked)
		target->locked = !events->lock ||
				 events->lock(events->data, d->record, target->key);
	return target->locked;
}

static void unlock(struct target *target, const struct deployment *d)
{
	const struct engine_events *events = &d->engine->options.events;

	if (target->locked && events->unlock)
		events->unlock(events->data, d->record, target->key);
	target->locked = false;
}

/* What a worker that died has begun is brought to its end before others begin. */
static void enqueue(struct deployment *d, struct target *target)
{
	struct deployment **at = d->resumed ? &target->first : target->last;

	d->target_next = *at;
	if (d->target_next)
		d->target_next->target_prev = &d->target_next;
	else
		target->last = &d->target_next;
	d->target_prev = at;
	*at = d;
}

static void unqueue(struct deployment *d, struct target *target)
{
	*d->target_prev = d->target_next;
	if (d->target_next)
		d->target_next->target_prev = d->target_prev;
	else
		target->last = d->target_prev;
	d->target_next = NULL;
	d->target_prev = NULL;
}

/* The oldest of those who wait gets it, when the other workers let it. */
static void pass_on(void *data)
{
	struct target *target = data;
	struct deployment *d = target->first;

	if (!d) {
		target_free(target);
		return;
	}
	if (!lock(target, d)) {
		loop_timer_set(target->targets->engine->loop, &target->timer, RETRY_MS);
		return;
	}
	unqueue(d, target);
	target->holder = d;
	record_set(&d->record->waiting, NULL);
	loop_timer_set(target->targets->engine->loop, &d->timer, 0);
}

static struct target *find_target(struct targets *targets, char *key)
{
	struct target *target;

	for (target = targets->first; target; target = target->next) {
		if (str_eq(target->key, key)) {
			free(key);
			return target;
		}
	}
	target = xcalloc(1, sizeof(*target));
	target->targets = targets;
	target->key = key;
	target->last = &target->first;
	loop_timer_init(&target->timer, pass_on, target);
	target->next = targets->first;
	targets->first = target;
	return target;
}

static void wait_for_it(struct deployment *d, struct target *target)
{
	const struct record *other = target->holder ? target->holder->record : NULL;
	char *what = other ? xstrfmt("waits for %s of '%s', which deploys the same", other->id,
				     other->branch ? other->branch : "") :
			     xstrdup("waits for another worker, which deploys the same");

	enqueue(d, target);
	deploy_event(d, "%s", what);
	record_set(&d->record->waiting, what);
	free(what);
	/* The engine lets go of one that can't be saved when it is woken. */
	if (!deploy_save(d))
		loop_timer_set(target->targets->engine->loop, &d->timer, 0);
	engine_park(d);
	if (!target->holder && !loop_timer_is_set(&target->timer))
		loop_timer_set(target->targets->engine->loop, &target->timer, RETRY_MS);
}

bool target_take(struct deployment *d)
{
	char *key = d->target ? NULL : target_key(d->record);
	struct target *target;

	if (!key)
		return true;
	target = find_target(d->engine->targets, key);
	d->target = target;
	if (!target->holder && !target->first && lock(target, d)) {
		target->holder = d;
		return true;
	}
	wait_for_it(d, target);
	return false;
}

void target_leave(struct deployment *d)
{
	struct target *target = d->target;

	if (!target)
		return;
	d->target = NULL;
	if (d->target_prev)
		unqueue(d, target);
	if (target->holder == d) {
		target->holder = NULL;
		unlock(target, d);
	}
	if (!target->holder)
		loop_timer_set(target->targets->engine->loop, &target->timer, 0);
}
