#include "base/base.h"
#include "deploy/engine.h"

#include "deploy/account.h"
#include "deploy/failed-tasks.h"
#include "deploy/internal.h"
#include "deploy/step.h"
#include "deploy/target.h"

/*
 * A deployment is in one of three states: waiting for a slot (in its lane's
 * list, record->started_at may be 0), running (in engine->running; it waits
 * for exactly one of timer, call, watch, account and alarms; while it sleeps,
 * maybe for an alarm, too), or about to leave
 * (deployment_leave() frees it; nothing touches it after).
 */

/* The deployments of one job, in the order they were started. */
struct lane {
	char *job;
	struct deployment *first, **last; /* waiting */
	size_t waiting, running, parked;
	struct lane *next;
};

static void pump(void *data);
static void run(struct deployment *d);

struct engine *engine_new(struct aws_loop *loop, struct aws *aws,
			  const struct engine_options *options)
{
	struct engine *engine = xcalloc(1, sizeof(*engine));

	engine->loop = loop;
	engine->aws = aws;
	engine->clock = aws_loop_clock(loop);
	engine->epoch = clock_wall_ms(engine->clock) - clock_mono_ms(engine->clock);
	engine->options = *options;
	if (!engine->options.jobs)
		engine->options.jobs = ENGINE_DEFAULT_JOBS;
	engine->poller = poller_new(loop);
	engine->accounts = accounts_new(loop);
	engine->targets = targets_new(engine);
	engine->alarms = alarms_new(loop);
	loop_timer_init(&engine->pump, pump, engine);
	return engine;
}

/* --- lanes --- */

static struct lane *lane_of(struct engine *engine, const char *job)
{
	struct lane *lane, **end = &engine->lanes;

	for (; (lane = *end); end = &lane->next)
		if (str_eq(lane->job, job))
			return lane;
	lane = xcalloc(1, sizeof(*lane));
	lane->job = xstrdup(job);
	lane->last = &lane->first;
	*end = lane;
	return lane;
}

static void lane_drop_if_empty(struct engine *engine, struct lane *lane)
{
	struct lane **p;

	if (lane->waiting || lane->running || lane->parked)
		return;
	for (p = &engine->lanes; *p != lane; p = &(*p)->next)
		;
	*p = lane->next;
	free(lane->job);
	free(lane);
}

static void lane_put(struct engine *engine, struct deployment *d)
{
	struct lane *lane = lane_of(engine, d->record->job ? d->record->job : "");

	d->lane = lane;
	d->prev = lane->last;
	*lane->last = d;
	lane->last = &d->next;
	lane->waiting++;
	engine->waiting_nr++;
}

static void lane_unlink(struct deployment *d)
{
	struct lane *lane = d->lane;

	*d->prev = d->next;
	if (d->next)
		d->next->prev = d->prev;
	else
		lane->last = d->prev;
	lane->waiting--;
	d->engine->waiting_nr--;
}

static void lane_run(struct engine *engine, struct lane *lane, struct deployment *d)
{
	lane->running++;
	d->next = engine->running;
	if (d->next)
		d->next->prev = &d->next;
	d->prev = &engine->running;
	engine->running = d;
	engine->running_nr++;
}

/* The next one that may run: of the lane with the fewest running (else the oldest), its oldest. */
static struct deployment *lane_take(struct engine *engine)
{
	struct lane *lane, *best = NULL;
	struct deployment *d;

	for (lane = engine->lanes; lane; lane = lane->next)
		if (lane->waiting && (!best || lane->running < best->running))
			best = lane;
	if (!best)
		return NULL;
	d = best->first;
	lane_unlink(d);
	lane_run(engine, best, d);
	return d;
}

/* --- a deployment's end --- */

static void forget_what_is_awaited(struct deployment *d)
{
	if (d->call)
		aws_cancel(d->call);
	d->call = NULL;
	loop_timer_stop(&d->timer);
	service_watch_stop(&d->watch);
	alarm_watch_stop(&d->alarms);
	d->hears = ALARMS_UNHEARD;
	deploy_leave_room(d);
	accounts_forget(d->engine->accounts, d);
}

static void step_state_clear(struct deployment *d)
{
	if (d->at.evidence) {
		evidence_release(d->at.evidence);
		free(d->at.evidence);
	}
	failed_tasks_free(d->at.failed);
	traffic_search_free(d->at.search);
	native_state_free(d->at.native);
	memset(&d->at, 0, sizeof(d->at));
	d->at.running = d->at.desired = -1;
}

static void deployment_free(struct deployment *d)
{
	forget_what_is_awaited(d);
	free(d->asked.cancel);
	free(d->asked.pause);
	free(d->asked.approve);
	step_state_clear(d);
	deploy_drop_documents(d);
	settings_release(&d->settings);
	secrets_release(&d->secrets);
	free(d->update);
	deploy_ids_clear(d);
	record_release(d->record);
	free(d->record);
	free(d);
}

/* A few more than there are slots may run when people let several go on at once. */
static void unpark(struct deployment *d)
{
	if (!d->asked.parked)
		return;
	d->asked.parked = false;
	d->lane->parked--;
	d->lane->running++;
	d->engine->running_nr++;
	d->engine->parked_nr--;
}

void engine_park(struct deployment *d)
{
	if (d->asked.parked)
		return;
	d->asked.parked = true;
	d->lane->parked++;
	d->lane->running--;
	d->engine->running_nr--;
	d->engine->parked_nr++;
	if (d->engine->waiting_nr)
		loop_timer_set(d->engine->loop, &d->engine->pump, 0);
}

static void leave(struct deployment *d)
{
	struct engine *engine = d->engine;
	struct lane *lane = d->lane;

	unpark(d);
	forget_what_is_awaited(d);
	target_leave(d);
	*d->prev = d->next;
	if (d->next)
		d->next->prev = d->prev;
	lane->running--;
	engine->running_nr--;
	if (engine->options.events.finished)
		engine->options.events.finished(engine->options.events.data, d->record);
	lane_drop_if_empty(engine, lane);
	deployment_free(d);
	if (engine->waiting_nr)
		loop_timer_set(engine->loop, &engine->pump, 0);
}

/* --- the record --- */

static int save(struct deployment *d)
{
	struct error err = ERROR_INIT;
	int ret = 0;

	deploy_ids_write(d);
	if (d->engine->options.events.save)
		ret = d->engine->options.events.save(d->engine->options.events.data, d->record,
						     &err);
	error_release(&err);
	return ret;
}

bool deploy_save(struct deployment *d)
{
	if (save(d) == 0)
		return true;
	d->stopped = true;
	return false;
}

/* --- walking the table --- */

/* Record the step's name, then begin it. False: the deployment is gone. */
static bool begin(struct deployment *d, const struct deploy_step *step)
{
	d->step = step;
	d->phase = 0;
	step_state_clear(d);
	alarm_watch_stop(&d->alarms);
	record_set(&d->record->step, step->name);
	if (save(d) < 0) {
		leave(d);
		return false;
	}
	return true;
}

static void end(struct deployment *d, enum record_status status)
{
	d->record->status = status;
	d->record->finished_at = deploy_wall(d);
	if (save(d) < 0) {
		d->record->status = RECORD_PROCESSING;
		d->record->finished_at = 0;
	}
	leave(d);
}

/* Those that the settings have no use for are left out. */
static const struct deploy_step *step_from(const struct deployment *d,
					   const struct deploy_step *step)
{
	while (step->name && !deploy_step_applies(d, step))
		step++;
	return step;
}

/* Between two steps: paused before the second one. False: it goes on. */
static bool rest_before(struct deployment *d, const struct deploy_step *next)
{
	if (!next->name || !deploy_is_paused(d))
		return false;
	d->next_step = next;
	(void)deploy_pause(d, 0);
	if (d->stopped)
		leave(d);
	return true;
}

/* The step that was done lies behind; somebody lets the next one begin, or nobody wants it any more. */
static enum step_result rested(struct deployment *d)
{
	if (deploy_is_interrupted(d))
		return deploy_interrupt(d);
	return STEP_DONE;
}

static enum step_result run_step(struct deployment *d)
{
	if (d->next_step)
		return rested(d);
	deploy_drop_late_cancel(d);
	return deploy_is_interrupted(d) ? deploy_interrupt(d) : d->step->run(d);
}

static void run(struct deployment *d)
{
	unpark(d);
	d->rests = false;
	if (d->stopped) {
		leave(d);
		return;
	}
	for (;;) {
		enum step_result result = run_step(d);
		const struct deploy_step *next = step_from(d, d->step + 1);

		d->next_step = NULL;
		d->result = NULL;
		d->look = NULL;
		d->alarm = NULL;
		if (d->stopped) {
			leave(d);
			return;
		}
		/* Asked for while its last call was under way: before the next step is begun. */
		if (result == STEP_DONE && deploy_is_interrupted(d))
			result = deploy_interrupt(d);
		switch (result) {
		case STEP_WAIT:
			/* Whatever it waits for now, but for an answer that it needs, is not worth it. */
			if (deploy_is_interrupted(d) && !d->call) {
				forget_what_is_awaited(d);
				continue;
			}
			if (d->asked.parked)
				return;
			if (!d->call && !loop_timer_is_set(&d->timer) && !d->watch.group &&
			    !d->in_account_queue && d->hears != ALARMS_ANY)
				BUG("step '%s' waits for nothing", d->step->name);
			return;
		case STEP_FINISHED:
			end(d, d->record->failure.category ? RECORD_ERROR : RECORD_SUCCESS);
			return;
		case STEP_FAILED:
			if (!d->record->failure.category)
				BUG("step '%s' failed without a reason", d->step->name);
			record_set(&d->record->waiting, NULL);
			if (!d->undoing) {
				if (!d->step->undo || !d->strategy->undo) {
					end(d, RECORD_ERROR);
					return;
				}
				d->undoing = true;
				next = step_from(d, d->strategy->undo);
			}
			/* What fails while undoing was told; what else can be undone is. */
			break;
		case STEP_DONE:
			if (rest_before(d, next))
				return;
			break;
		}
		d->resumed = false;
		if (!next->name) {
			end(d, d->undoing ? RECORD_ERROR : RECORD_SUCCESS);
			return;
		}
		if (!begin(d, next))
			return;
	}
}

/* Where tests let a worker die. */
static void answered(const struct deployment *d)
{
	if (d->engine->options.answered)
		d->engine->options.answered(d->engine->options.events.data);
}

void deploy_on_result(struct aws_result *result, void *data)
{
	struct deployment *d = data;

	answered(d);
	d->hears = ALARMS_UNHEARD;
	d->call = NULL;
	deploy_leave_room(d);
	d->result = result;
	run(d);
}

static void on_timer(void *data)
{
	struct deployment *d = data;

	d->hears = ALARMS_UNHEARD;
	d->wants_room = false;
	run(d);
}

static void on_alarms(const struct alarm_answer *answer, void *data)
{
	struct deployment *d = data;

	if (d->hears == ALARMS_UNHEARD || (d->hears == ALARMS_ON && !answer->name))
		return;
	answered(d);
	d->hears = ALARMS_UNHEARD;
	loop_timer_stop(&d->timer);
	service_watch_stop(&d->watch);
	/* Who hears alarms meanwhile only looks; that may hang. */
	if (d->call)
		aws_cancel(d->call);
	d->call = NULL;
	d->alarm = answer;
	run(d);
}

static void on_look(const struct poll_answer *answer, void *data)
{
	struct deployment *d = data;

	answered(d);
	d->hears = ALARMS_UNHEARD;
	d->look = answer;
	run(d);
}

void deployment_on_account(struct deployment *d, const char *account,
			   const struct aws_result *failed)
{
	const char *known = d->record->account;

	answered(d);
	d->in_account_queue = false;
	/* Nothing is done, nor undone, with credentials of others. */
	if (d->checking_account) {
		d->checking_account = false;
		if (failed)
			(void)deploy_fail_result(d, failed, "find out whose credentials these are");
		else if (known && !str_eq(known, account))
			(void)deploy_fail(d, "wrong-account",
					  "the deployment was begun in account '%s', but the "
					  "credentials are now of account '%s'",
					  known, account);
		if (failed || (known && !str_eq(known, account))) {
			end(d, RECORD_ERROR);
			return;
		}
	}
	if (account)
		record_set(&d->record->account, account);
	/* Before the first look: what is seen shall not be changed by another one. */
	if (account && !target_take(d))
		return;
	d->result = failed;
	run(d);
}

/* --- starting --- */

static const struct deploy_step *find_step(const struct deploy_step *table, const char *name)
{
	for (; table && table->name; table++)
		if (str_eq(table->name, name))
			return table;
	return NULL;
}

/* From the record of a worker that died: go on with the step begun last. */
static const struct deploy_step *resume_at(struct deployment *d)
{
	const struct deploy_step *step = find_step(d->strategy->steps, d->record->step);

	if (step)
		return step;
	step = find_step(d->strategy->undo, d->record->step);
	d->undoing = step != NULL;
	return step ? step : d->strategy->steps;
}

/* Nothing was begun: it just ends. */
static void end_unbegun(struct deployment *d)
{
	(void)deploy_interrupt(d);
	end(d, RECORD_ERROR);
}

static void start(struct deployment *d)
{
	const struct deploy_step *step = d->strategy->steps;

	if (d->asked.cancel && !d->record->step) {
		end_unbegun(d);
		return;
	}

	d->record->status = RECORD_PROCESSING;
	if (!d->record->started_at)
		d->record->started_at = deploy_wall(d);
	/* A record that is new may begin with some, too. */
	deploy_ids_read(d);
	deploy_ids_mend_moments(d);
	if (d->record->step) {
		d->resumed = true;
		step = resume_at(d);
		d->step = step;
		deploy_event(d, "taken up again at '%s'", step->name);
	} else {
		record_set(&d->record->strategy, d->strategy->name);
	}
	if (!begin(d, step))
		return;
	if (d->strategy->setup && d->strategy->setup(d) == STEP_FAILED) {
		end(d, RECORD_ERROR);
		return;
	}
	/* The first step asks by itself. */
	if (d->strategy->setup && step != d->strategy->steps) {
		d->checking_account = true;
		(void)deploy_ask_account(d, 0);
		return;
	}
	run(d);
}

/* Fill the free slots. */
static void pump(void *data)
{
	struct engine *engine = data;
	struct deployment *d;

	while (engine->running_nr < engine->options.jobs && (d = lane_take(engine)))
		start(d);
}

int engine_start_with(struct engine *engine, struct record *record, struct service *service,
		      const struct deploy_strategy *strategy, enum intent intent, bool force,
		      struct error *err)
{
	struct deployment *d = xcalloc(1, sizeof(*d));

	d->engine = engine;
	d->record = record;
	d->service = service;
	d->strategy = strategy;
	d->intent = intent;
	d->force = force;
	if (service)
		secrets_collect(&d->secrets, service);
	loop_timer_init(&d->timer, on_timer, d);
	service_watch_init(&d->watch, on_look, d);
	alarm_watch_init(&d->alarms, on_alarms, d);
	step_state_clear(d);
	if (!record->id || !*record->id) {
		error_set(err, ERROR_INVALID, "a deployment's record needs an id");
		deployment_free(d);
		return -1;
	}
	if (intent == INTENT_NONE) {
		error_set(err, ERROR_INVALID, "there is nothing to deploy for '%s'",
			  record->prefix ? record->prefix : "");
		deployment_free(d);
		return -1;
	}
	lane_put(engine, d);
	loop_timer_set(engine->loop, &engine->pump, 0);
	return 0;
}

int engine_start(struct engine *engine, struct record *record, struct service *service,
		 enum intent intent, bool force, struct error *err)
{
	return engine_start_with(engine, record, service,
				 strategy_for(record->kind, intent, service), intent, force, err);
}

/* --- what people ask --- */

static struct deployment *find_deployment(struct engine *engine, const char *id, bool *waiting)
{
	struct deployment *d;
	struct lane *lane;

	*waiting = false;
	for (d = engine->running; d; d = d->next)
		if (str_eq(d->record->id, id))
			return d;
	*waiting = true;
	for (lane = engine->lanes; lane; lane = lane->next)
		for (d = lane->first; d; d = d->next)
			if (str_eq(d->record->id, id))
				return d;
	return NULL;
}

/* Whom nobody waits for any more does not wait for a slot, either. */
static void start_now(struct deployment *d)
{
	struct lane *lane = d->lane;

	lane_unlink(d);
	lane_run(d->engine, lane, d);
	start(d);
}

bool engine_ask(struct engine *engine, const char *id, enum control_verb verb, const char *by,
		const char *reason, int64_t at)
{
	bool waiting;
	struct deployment *d = find_deployment(engine, id, &waiting);
	enum asked_result asked;

	if (!d)
		return false;
	asked = deploy_ask(d, verb, by, reason, at);
	/* Whoever asked looks for the answer now; if it can't be saved, the next step's end tells. */
	if (asked == ASKED_TOO_LATE && !waiting)
		(void)save(d);
	if (asked != ASKED_NOW)
		return true;
	if (waiting) {
		if (verb == CONTROL_CANCEL)
			start_now(d);
		return true;
	}
	/* From the loop: what it waits for may be an answer, which is waited for. */
	if (d->asked.parked || (verb == CONTROL_CANCEL && !d->call && !d->in_account_queue)) {
		forget_what_is_awaited(d);
		loop_timer_set(engine->loop, &d->timer, 0);
	} else if (verb == CONTROL_PAUSE) {
		/* Out of its wait; alarms stay watched. */
		service_watch_stop(&d->watch);
		loop_timer_set(engine->loop, &d->timer, 0);
	}
	return true;
}

size_t engine_running(const struct engine *engine)
{
	return engine->running_nr + engine->waiting_nr + engine->parked_nr;
}

void engine_free(struct engine *engine)
{
	struct deployment *d;

	if (!engine)
		return;
	loop_timer_stop(&engine->pump);
	while ((d = engine->running)) {
		engine->running = d->next;
		if (d->next)
			d->next->prev = &engine->running;
		deployment_free(d);
	}
	while (engine->lanes) {
		struct lane *lane = engine->lanes;

		while ((d = lane->first)) {
			lane->first = d->next;
			deployment_free(d);
		}
		engine->lanes = lane->next;
		free(lane->job);
		free(lane);
	}
	targets_free(engine->targets);
	accounts_free(engine->accounts);
	alarms_free(engine->alarms);
	poller_free(engine->poller);
	free(engine);
}

bool deploy_is_unchanged(const struct record *last, const struct service *service, bool force)
{
	return !force && last && last->status == RECORD_SUCCESS && last->digest &&
	       !(last->strategy && str_eq(last->strategy, strategy_delete.name)) &&
	       str_eq(last->digest, service->digest);
}
