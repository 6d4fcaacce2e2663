#include "base/base.h"
#include "deploy/capacity.h"

#include "aws/task-set.h"
#include "deploy/internal.h"
#include "deploy/service.h"
#include "deploy/task-set.h"

struct side {
	char *id;
	int64_t want; /* tasks */
	struct ecs_task_set set;
};

struct move {
	const struct capacity *c;
	struct side primary, fallback;
	int64_t desired; /* of the service */
	struct aws_result *result;
};

static char *read_id(const struct record *record, const char *name)
{
	struct json_problems problems = JSON_PROBLEMS_INIT;
	struct arena arena = ARENA_INIT;
	const struct json *ids = NULL;
	char *id;

	if (record->ids)
		ids = json_parse(&arena, record->ids, strlen(record->ids), NULL, &problems);
	id = xstrdup_or_null(json_get_str(ids, name));
	json_problems_release(&problems);
	arena_release(&arena);
	return id;
}

bool capacity_has_fallback(const struct record *record)
{
	char *id = read_id(record, ID_FALLBACK);
	bool found = id != NULL;

	free(id);
	return found;
}

static void PRINTF_LIKE(2, 3) tell(const struct move *m, const char *fmt, ...)
{
	struct strbuf text = STRBUF_INIT_MAX(2000);
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&text, fmt, ap);
	va_end(ap);
	if (m->c->tell)
		m->c->tell(m->c->data, text.buf);
	strbuf_release(&text);
}

/* --- asking, one after the other --- */

static void on_result(struct aws_result *result, void *data)
{
	struct move *m = data;

	m->result = aws_result_take(result);
}

/* Until the answer to `call` is there: m->result. */
static int await(struct move *m, struct aws_call *call, const char *doing, struct error *err)
{
	while (!m->result) {
		if (aws_loop_turn(m->c->loop, -1, err) < 0) {
			aws_cancel(call);
			return -1;
		}
	}
	if (m->result->outcome == AWS_OK)
		return 0;
	error_set(err, m->result->err.kind, "cannot %s: %s", doing, m->result->err.message);
	if (m->result->err.hint)
		error_hint(err, "%s", m->result->err.hint);
	return -1;
}

static void forget_result(struct move *m)
{
	if (m->result)
		aws_result_free(m->result);
	m->result = NULL;
}

static void on_timer(void *data)
{
	*(bool *)data = true;
}

static int pause_ms(const struct move *m, int64_t ms, struct error *err)
{
	struct loop_timer timer;
	bool over = false;
	int ret = 0;

	loop_timer_init(&timer, on_timer, &over);
	loop_timer_set(m->c->loop, &timer, ms);
	while (!over && !ret)
		ret = aws_loop_turn(m->c->loop, -1, err);
	loop_timer_stop(&timer);
	return ret < 0 ? -1 : 0;
}

static int find_side(struct move *m, struct side *side, const struct json *service,
		     struct error *err)
{
	if (task_set_find(service, side->id, &side->set) && !task_set_is(&side->set, "DRAINING"))
		return 0;
	return error_set(err, ERROR_CONFLICT, "service '%s' has no task set '%s' any more",
			 m->c->record->name, side->id);
}

/* How both are now; the views live as long as m->result. */
static int look(struct move *m, struct error *err)
{
	const struct record *r = m->c->record;
	const char *names[] = { r->name };
	const struct json *services, *service;

	forget_result(m);
	if (await(m,
		  ecs_describe_services(m->c->client, r->cluster, names, 1, AWS_READ, on_result, m),
		  "describe the service", err) < 0)
		return -1;
	services = json_get(m->result->json, "services");
	service = services && services->type == JSON_ARRAY && services->u.array.nr ?
			  services->u.array.items :
			  NULL;
	if (ecs_service_state(service) != SERVICE_ACTIVE)
		return error_set(err, ERROR_NOT_FOUND, "there is no service '%s' in cluster '%s'",
				 r->name, r->cluster ? r->cluster : "default");
	m->desired = json_get_int(service, "desiredCount", 0);
	if (find_side(m, &m->primary, service, err) < 0)
		return -1;
	return find_side(m, &m->fallback, service, err);
}

static int scale(struct move *m, const struct side *side, double percent, struct error *err)
{
	const struct record *r = m->c->record;

	forget_result(m);
	return await(m,
		     ecs_scale_task_set(m->c->client, r->cluster, r->name, side->id, percent,
					on_result, m),
		     "scale the task set", err);
}

/* --- moving --- */

static double share(const struct move *m, const struct side *side)
{
	return m->desired ? 100 * (double)side->want / (double)m->desired : 0;
}

/* 1: its tasks run; 0: time is up. */
static int await_tasks(struct move *m, struct side *side, struct error *err)
{
	const struct clock *clock = aws_loop_clock(m->c->loop);
	int64_t end = clock_mono_ms(clock) + m->c->timeout_ms, told = -1;
	int64_t interval = MIN(500, m->c->poll_ms);

	for (;;) {
		if (look(m, err) < 0)
			return -1;
		if (side->set.running != told)
			tell(m, "task set '%s': %" PRId64 " of %" PRId64 " tasks running", side->id,
			     side->set.running, side->want);
		told = side->set.running;
		if (side->set.running >= side->want && !side->set.pending && side->set.steady)
			return 1;
		if (clock_mono_ms(clock) >= end)
			return 0;
		if (pause_ms(m, interval, err) < 0)
			return -1;
		interval = MIN(2 * interval, m->c->poll_ms);
	}
}

static int set_back(struct move *m, struct side *side, double before, struct error *err)
{
	int64_t running = side->set.running;
	struct error why = ERROR_INIT;

	error_set(err, ERROR_LIMIT,
		  "only %" PRId64 " of %" PRId64 " tasks run in time; nothing was moved", running,
		  side->want);
	if (scale(m, side, before, &why) < 0)
		error_hint(err, "task set '%s' is larger than it was: %s", side->id, why.message);
	else
		error_hint(err, "see the events of service '%s' for why", m->c->record->name);
	error_release(&why);
	return -1;
}

static int grow_then_shrink(struct move *m, struct side *more, struct side *less, struct error *err)
{
	double before = more->set.scale;
	int ret;

	tell(m, "task set '%s' grows to %" PRId64 " task%s", more->id, more->want,
	     more->want == 1 ? "" : "s");
	if (scale(m, more, share(m, more), err) < 0)
		return -1;
	ret = await_tasks(m, more, err);
	if (ret < 0)
		return -1;
	if (!ret)
		return set_back(m, more, before, err);
	if (scale(m, less, share(m, less), err) < 0)
		return -1;
	tell(m, "task set '%s' shrinks to %" PRId64 " task%s", less->id, less->want,
	     less->want == 1 ? "" : "s");
	return 0;
}

int capacity_move(const struct capacity *c, int64_t primary, int64_t fallback, struct error *err)
{
	struct move m = { .c = c,
			  .primary = { .id = read_id(c->record, ID_TASK_SET), .want = primary },
			  .fallback = { .id = read_id(c->record, ID_FALLBACK), .want = fallback } };
	int ret = -1;

	if (!m.primary.id || !m.fallback.id) {
		error_set(err, ERROR_NOT_FOUND, "service '%s' has no fallback task set",
			  c->record->name);
		goto out;
	}
	if (look(&m, err) < 0)
		goto out;
	if (primary + fallback != m.desired) {
		error_set(err, ERROR_INVALID,
			  "service '%s' is to have %" PRId64 " task%s, not %" PRId64
			  " and %" PRId64,
			  c->record->name, m.desired, m.desired == 1 ? "" : "s", primary, fallback);
		error_hint(err, "two numbers are needed whose sum is %" PRId64, m.desired);
		goto out;
	}
	if (m.primary.set.desired == primary && m.fallback.set.desired == fallback) {
		tell(&m, "nothing to move: %" PRId64 " and %" PRId64 " already", primary, fallback);
		ret = 0;
	} else if (m.primary.set.desired < primary) {
		ret = grow_then_shrink(&m, &m.primary, &m.fallback, err);
	} else {
		ret = grow_then_shrink(&m, &m.fallback, &m.primary, err);
	}
out:
	forget_result(&m);
	free(m.primary.id);
	free(m.fallback.id);
	return ret;
}
