#include "base/base.h"
#include "base/clock.h"
#include "deploy/explain.h"
#include "deploy/job-internal.h"

#define CLOSE_RETRY_MS	500 /* doubled each time */
#define CLOSE_TRIES_MAX 8   /* about a minute */

static void feed(struct run *run);
static void close_run(void *data);

static void log_line(struct run *run, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void log_line(struct run *run, const char *fmt, ...)
{
	struct strbuf text = STRBUF_INIT;
	va_list ap;

	if (!run->runner->options.log)
		return;
	strbuf_addf(&text, "job %s: ", run->claim->job.id);
	va_start(ap, fmt);
	strbuf_vaddf(&text, fmt, ap);
	va_end(ap);
	run->runner->options.log(run->runner->options.data, text.buf);
	strbuf_release(&text);
}

/* --- a run's life */

static void free_record(void *value)
{
	struct record *record = value;

	if (record)
		record_release(record);
	free(record);
}

static void run_free(struct run *run)
{
	size_t i;

	loop_timer_stop(&run->timer);
	for (i = 0; i < run->nr; i++) {
		free_record(run->objects[i].record);
		free(run->objects[i].id);
		if (run->objects[i].hold)
			hold_release(run->objects[i].hold);
		free(run->objects[i].hold);
		object_forget_asked(&run->objects[i]);
	}
	free(run->objects);
	strmap_release(&run->by_id, NULL);
	strmap_release(&run->last, free);
	strmap_release(&run->records, free_record);
	plan_release(&run->plan);
	snapshot_free(run->before);
	snapshot_free(run->after);
	store_free(run->store);
	repo_free(run->repo);
	free(run->reason);
	freezes_release(&run->freezes);
	for (i = 0; i < run->controls_nr; i++)
		control_release(&run->controls[i]);
	free(run->controls);
	strmap_release(&run->control_ids, NULL);
	free(run->rolled_back);
	free(run);
}

static void unlink_run(struct run *run)
{
	if (run->prev)
		run->prev->next_run = run->next_run;
	else
		run->runner->runs = run->next_run;
	if (run->next_run)
		run->next_run->prev = run->prev;
	run->runner->running--;
}

/* The job leaves: with its end recorded, or (`stopped`) as an orphan to be taken up again. */
static void leave(struct run *run)
{
	struct runner *runner = run->runner;
	struct spool *spool = run->spool;
	struct error err = ERROR_INIT;
	bool ok = !run->stopped, failed = run->reason != NULL;
	char *id = xstrdup(run->claim->job.id);

	if (run->stopped) {
		spool_release(spool, run->claim);
	} else {
		log_line(run, "%s", run->reason ? run->reason : "done");
		if (spool_finish(spool, run->claim, run->reason, &err) < 0) {
			if (runner->options.log)
				runner->options.log(runner->options.data, err.message);
			ok = false;
		}
	}
	run->claim = NULL;
	unlink_run(run);
	run_free(run);
	error_release(&err);
	if (runner->options.left)
		runner->options.left(runner->options.data, spool, id, ok, failed);
	free(id);
}

/*
 * The job can't be carried out, but some of what it is about may be known (and
 * stand in the notes as queued): that has failed, each with a record.
 */
static void fail_records(struct run *run, const struct error *why)
{
	const struct record **records = xcalloc(run->nr + 1, sizeof(*records));
	int64_t now = clock_wall_ms(aws_loop_clock(run->runner->loop));
	struct error err = ERROR_INIT;
	size_t i, nr = 0;

	for (i = 0; i < run->nr; i++) {
		struct record *r = run->objects[i].record;

		if (!r || run->objects[i].over)
			continue;
		r->status = RECORD_ERROR;
		r->finished_at = now;
		record_set(&r->failure.category, "job");
		record_set(&r->failure.message, why->message);
		record_set(&r->failure.hint, why->hint ? why->hint : failure_kind_get("job")->hint);
		records[nr++] = r;
	}
	if (nr && (spool_check_lease(run->spool, &err) < 0 ||
		   store_put(run->store, records, nr, &err) < 0))
		log_line(run, "%s", err.message);
	error_release(&err);
	free(records);
}

/* What has no room now has it later: the job is taken up again, as after a worker's death. */
static void put_off(struct run *run, struct error *err)
{
	log_line(run, "%s; it will be taken up again", err->message);
	error_release(err);
	run->stopped = true;
	leave(run);
}

static void fail(struct run *run, struct error *err)
{
	if (error_is_full(err)) {
		put_off(run, err);
		return;
	}
	fail_records(run, err);
	free(run->reason);
	run->reason = err->hint ? xstrfmt("%s (%s)", err->message, err->hint) :
				  xstrdup(err->message);
	error_release(err);
	leave(run);
}

/* --- closing: all deployments are over */

static void close_run(void *data)
{
	struct run *run = data;
	struct error err = ERROR_INIT;

	if (run_write_state(run, &err) == 0) {
		if (run->failed && !run->reason)
			run->reason = xstrfmt("%zu of %zu service object%s failed", run->failed,
					      run->nr, run->nr == 1 ? "" : "s");
		leave(run);
		return;
	}
	log_line(run, "cannot write what was deployed: %s", err.message);
	if (++run->tries > CLOSE_TRIES_MAX) {
		/* It is all in the journal. */
		log_line(run, "given up for now; it will be taken up again");
		run->stopped = true;
		error_release(&err);
		leave(run);
		return;
	}
	if (run->tries == 1)
		run_write_message(run, "cannot write what was deployed, trying again: %s",
				  err.message);
	error_release(&err);
	loop_timer_set(run->runner->loop, &run->timer, (int64_t)CLOSE_RETRY_MS << (run->tries - 1));
}

static void leave_later(void *data)
{
	leave(data);
}

static void close_if_over(struct run *run)
{
	if (run->inflight || loop_timer_is_set(&run->timer))
		return;
	if (run->stopped) {
		loop_timer_init(&run->timer, leave_later, run);
		loop_timer_set(run->runner->loop, &run->timer, 0);
	} else if (run->next == run->nr && !run->waiting && !run->ready) {
		/* From the loop, not from within the engine's or the caller's call. */
		loop_timer_init(&run->timer, close_run, run);
		loop_timer_set(run->runner->loop, &run->timer, 0);
	}
}

/* --- deploying */

static const char *outcome_of(const struct object *object)
{
	const struct record *r = object->record;

	if (record_was_held(r))
		return "held";
	if (r->status != RECORD_SUCCESS)
		return "failed";
	if (r->strategy && str_eq(r->strategy, "unchanged"))
		return "unchanged";
	if (r->rollback_from)
		return "rolled back";
	return object->intent == INTENT_DELETE ? "deleted" : "deployed";
}

/* What is held back is as somebody wants it. */
static bool has_failed(const struct record *r)
{
	return r->status != RECORD_SUCCESS && !record_was_held(r);
}

static void object_is_over(struct run *run, struct object *object)
{
	object->over = true;
	if (has_failed(object->record))
		run->failed++;
	run_lift_hold(run, object);
	run_wake_dependants(run, object);
	run_write_result(run, object->record, outcome_of(object));
}

/* Over without the engine: unchanged, or it can't be read. */
static int end_here(struct run *run, struct object *object, const char *strategy,
		    const char *category, const char *message, struct error *err)
{
	struct record *r = object->record;

	r->finished_at = clock_wall_ms(aws_loop_clock(run->runner->loop));
	if (!r->started_at)
		r->started_at = r->finished_at;
	if (strategy)
		record_set(&r->strategy, strategy);
	if (category) {
		r->status = RECORD_ERROR;
		record_set(&r->failure.category, category);
		record_set(&r->failure.message, message);
		record_set(&r->failure.hint, failure_kind_get(category)->hint);
	} else {
		r->status = RECORD_SUCCESS;
	}
	/* No sync: found again in the same state, it ends the same way. */
	if (run_write_record(run, r, false, err) < 0)
		return -1;
	object_is_over(run, object);
	return 0;
}

static char *first_finding(const struct findings *findings)
{
	size_t i;

	for (i = 0; i < findings->nr; i++)
		if (findings->v[i].severity == SEVERITY_ERROR)
			return xstrfmt("%s:%u:%u: %s",
				       findings->v[i].path ? findings->v[i].path : "",
				       findings->v[i].line, findings->v[i].column,
				       findings->v[i].message);
	return xstrdup("it has errors");
}

/* Its service lives on, under another path-prefix. */
static int leave_moved(struct run *run, struct object *object, struct error *err)
{
	record_add_event(object->record, clock_wall_ms(aws_loop_clock(run->runner->loop)),
			 "preflight", "not deleted: '%s' defines the same service now",
			 object->moved_to->prefix);
	run_write_event(run, object->record);
	return end_here(run, object, "delete", NULL, NULL, err);
}

int run_cancel_object(struct run *run, struct object *object, struct error *err)
{
	const char *reason = object->asked[CONTROL_CANCEL].reason;
	char *message = xstrfmt("cancelled by %s%s%s", object->asked[CONTROL_CANCEL].by,
				reason ? ": " : "", reason ? reason : "");
	int ret = end_here(run, object, NULL, "cancelled", message, err);

	free(message);
	return ret;
}

/* Read and render it; then to the engine, unless it is as it was. */
static int start_object(struct run *run, struct object *object, struct error *err)
{
	const struct job *job = &run->claim->job;
	struct record last = { .status = RECORD_SUCCESS, .digest = (char *)object->last };
	struct findings findings = FINDINGS_INIT;
	struct strbuf held = STRBUF_INIT, blocked = STRBUF_INIT;
	struct service *service = NULL;
	struct record *record;
	bool frozen = false;
	int ret;

	if (object->asked[CONTROL_CANCEL].by && !object->record->step)
		return run_cancel_object(run, object, err);
	if (object->moved_to && !object->record->step)
		return leave_moved(run, object, err);
	ret = service_load(&service, object->intent == INTENT_DELETE ? run->before : run->after,
			   object->kind, object->prefix, &findings, err);
	if (ret < 0)
		goto out;
	if (findings.errors) {
		char *message = first_finding(&findings);

		ret = end_here(run, object, NULL, "invalid-artifact", message, err);
		free(message);
		goto out;
	}
	record_set(&object->record->digest, service->digest);
	if (run_find_kept(run, object, service->digest, err) < 0) {
		ret = -1;
		goto out;
	}
	/* What was begun is brought to its end; a hold that comes later is for the next one. */
	if (!object->record->step) {
		ret = run_is_held(run, object, service->digest, &held, err);
		if (ret > 0)
			ret = end_here(run, object, NULL, "held", held.buf, err);
		else if (!ret && run_is_frozen(run, object, &held))
			ret = end_here(run, object, NULL, "frozen", held.buf, err);
		if (ret < 0 || object->over)
			goto out;
	}
	if (!object->record->step) {
		ret = run_must_wait(run, object, service, &blocked, &frozen, err);
		if (ret > 0) {
			run->waiting++;
			ret = 0;
			goto out;
		}
		if (!ret && blocked.len)
			ret = end_here(run, object, NULL, frozen ? "frozen" : "blocked",
				       blocked.buf, err);
		if (ret < 0 || object->over)
			goto out;
	}
	/* A deployment that was begun is brought to its end, whatever it began with. */
	if (object->intent == INTENT_DEPLOY && object->last && !object->record->step &&
	    deploy_is_unchanged(&last, service, job->force)) {
		ret = end_here(run, object, "unchanged", NULL, NULL, err);
		run->unchanged++;
		goto out;
	}
	record = object->record;
	object->record = NULL;
	object->started = true;
	run->inflight++;
	ret = engine_start(run->runner->engine, record, service, object->intent, job->force, err);
	service = NULL;
	if (ret < 0)
		run->inflight--;
	else
		run_ask_engine(run, object);
out:
	strbuf_release(&held);
	strbuf_release(&blocked);
	service_free(service);
	findings_release(&findings);
	return ret;
}

/*
 * Nothing runs, and what is left waits for each other. The check refuses that;
 * should it come here nevertheless, it ends.
 */
static struct object *break_circle(struct run *run)
{
	struct error err = ERROR_INIT;
	size_t i;

	for (i = 0; i < run->nr; i++) {
		struct object *object = &run->objects[i];
		char *message;

		if (!object->waits_for)
			continue;
		message = xstrfmt("it depends on '%s', which waits for it",
				  object->waits_for->prefix);
		object->waits_for = NULL;
		run->waiting--;
		if (end_here(run, object, NULL, "blocked", message, &err) < 0) {
			log_line(run, "%s", err.message);
			run->stopped = true;
		}
		error_release(&err);
		free(message);
		return object;
	}
	BUG("%zu objects wait for nothing", run->waiting);
}

/* As many objects in the engine as it has slots: what waits here costs no documents. */
static void feed(struct run *run)
{
	size_t window = run->runner->options.deployments;
	struct error err = ERROR_INIT;

	if (!window)
		window = ENGINE_DEFAULT_JOBS;
	while (!run->stopped && run->inflight < window) {
		struct object *object = run_take_ready(run);

		if (!object && run->next < run->nr)
			object = &run->objects[run->next++];
		if (!object && !run->inflight && run->waiting)
			object = break_circle(run);
		if (!object)
			break;
		if (object->over)
			continue;
		if (start_object(run, object, &err) < 0) {
			log_line(run, "%s: %s", object->prefix, err.message);
			run_write_message(run, "%s: %s", object->prefix, err.message);
			error_release(&err);
			run->stopped = true;
		}
	}
	close_if_over(run);
}

/* --- what the engine tells */

static struct run *run_of(struct runner *runner, const struct record *record)
{
	struct run *run;

	for (run = runner->runs; run; run = run->next_run)
		if (run->claim && record->job && str_eq(run->claim->job.id, record->job))
			return run;
	BUG("a deployment of a job that does not run");
}

static int on_save(void *data, const struct record *record, struct error *err)
{
	struct run *run = run_of(data, record);

	if (run_write_record(run, record, true, err) == 0)
		return 0;
	log_line(run, "%s", err->message);
	return -1;
}

/*
 * One that can't be had for other reasons than another worker stops nobody: that is told.
 * (If it is the lease, that stops all by itself.)
 */
static bool on_lock(void *data, const struct record *record, const char *target)
{
	struct run *run = run_of(data, record);
	struct error err = ERROR_INIT;
	int ret = spool_lock_target(run->spool, target, &err);

	if (ret < 0)
		log_line(run, "%s", err.message);
	error_release(&err);
	return ret != 0;
}

static void on_unlock(void *data, const struct record *record, const char *target)
{
	spool_unlock_target(run_of(data, record)->spool, target);
}

static void on_progress(void *data, const struct record *record)
{
	run_write_event(run_of(data, record), record);
}

static struct record *copy_record(const struct record *record)
{
	struct record *copy = xcalloc(1, sizeof(*copy));
	struct strbuf text = STRBUF_INIT;
	struct error err = ERROR_INIT;

	record_write(&text, record);
	record_init(copy);
	if (record_parse(copy, text.buf, text.len, &err) < 0)
		BUG("a record that can't be read back: %s", err.message);
	strbuf_release(&text);
	return copy;
}

static void on_finished(void *data, const struct record *record)
{
	struct run *run = run_of(data, record);
	struct object *object = strmap_get(&run->by_id, record->id);

	if (!object)
		BUG("a deployment of no service object");
	run->inflight--;
	object->record = copy_record(record);
	if (record->status == RECORD_SUCCESS || record->status == RECORD_ERROR)
		object_is_over(run, object);
	else
		run->stopped = true;
	feed(run);
}

/* --- dry run */

static int dry_run(struct run *run, struct error *err)
{
	size_t i;

	for (i = 0; i < run->nr; i++) {
		struct object *object = &run->objects[i];
		struct record last = { .status = RECORD_SUCCESS, .digest = (char *)object->last };
		struct findings findings = FINDINGS_INIT;
		struct service *service = NULL;
		struct strbuf held = STRBUF_INIT;
		char *message = NULL;
		bool same;
		int is_held;

		if (service_load(&service,
				 object->intent == INTENT_DELETE ? run->before : run->after,
				 object->kind, object->prefix, &findings, err) < 0) {
			findings_release(&findings);
			return -1;
		}
		same = object->intent == INTENT_DEPLOY && object->last &&
		       deploy_is_unchanged(&last, service, run->claim->job.force);
		if (findings.errors) {
			message = first_finding(&findings);
			run->failed++;
		}
		is_held = run_is_held(run, object, service->digest, &held, err);
		if (!is_held)
			is_held = run_is_frozen(run, object, &held);
		if (is_held < 0) {
			free(message);
			service_free(service);
			findings_release(&findings);
			return -1;
		}
		run_write_message(run, "%s: %s%s", object->prefix,
				  message	   ? "would fail: " :
				  is_held	   ? "would not be deployed: " :
				  same		   ? "is unchanged" :
				  object->moved_to ? "would not be deleted, it moved" :
				  object->intent == INTENT_DELETE ? "would be deleted" :
								    "would be deployed",
				  message ? message : held.buf);
		free(message);
		strbuf_release(&held);
		service_free(service);
		findings_release(&findings);
	}
	if (run->failed)
		run->reason = xstrfmt("%zu of %zu service objects can't be deployed", run->failed,
				      run->nr);
	return 0;
}

/* --- the runner */

/*
 * The notes are written when a job begins and when it ends. So that those who
 * have but the notes see what goes on, what begins now stands there as begun.
 */
static int put_begun(struct run *run, struct error *err)
{
	size_t window = run->runner->options.deployments, i;
	int ret;

	if (!window)
		window = ENGINE_DEFAULT_JOBS;
	for (i = 0; i < MIN(run->nr, window); i++)
		if (run->objects[i].record->status == RECORD_QUEUED)
			run->objects[i].record->status = RECORD_PROCESSING;
	ret = run_put_records(run, false, err);
	for (i = 0; i < MIN(run->nr, window); i++)
		if (!run->objects[i].record->step && !run->objects[i].over)
			run->objects[i].record->status = RECORD_QUEUED;
	return ret;
}

static int start(struct run *run, const char *git_dir, struct error *err)
{
	size_t i;
	int ret;

	if (repo_open(&run->repo, git_dir, err) < 0 ||
	    store_open_notes(&run->store, run->repo, err) < 0)
		return -1;
	if (run_read_freezes(run, err) < 0)
		return -1;
	ret = run_plan(run, err);
	if (ret <= 0)
		return ret;
	if (run_find_moved(run, err) < 0)
		return -1;
	if (run->claim->job.dry_run)
		return dry_run(run, err) < 0 ? -1 : 0;
	if (run_make_records(run, err) < 0)
		return -1;
	for (i = 0; i < run->nr; i++) {
		struct object *object = &run->objects[i];

		if (object->record->status == RECORD_SUCCESS ||
		    object->record->status == RECORD_ERROR) {
			object->over = true;
			run->failed += has_failed(object->record);
		}
	}
	if (put_begun(run, err) < 0) {
		error_prefix(err, "nothing is deployed, since its state can't be written");
		return -1;
	}
	run_replay_controls(run);
	if (run_take_controls(run, err) < 0)
		return -1;
	return run_place_hold(run, err) < 0 ? -1 : 1;
}

void runner_start(struct runner *runner, struct spool *spool, const char *git_dir,
		  struct claim *claim)
{
	struct run *run = xcalloc(1, sizeof(*run));
	struct error err = ERROR_INIT;
	int ret;

	run->runner = runner;
	run->spool = spool;
	run->claim = claim;
	run->plan = (struct plan)PLAN_INIT;
	loop_timer_init(&run->timer, close_run, run);
	run->next_run = runner->runs;
	if (run->next_run)
		run->next_run->prev = run;
	runner->runs = run;
	runner->running++;
	log_line(run, "%s %s at %.7s, by %s", claim->resumed ? "resuming" : "begin of",
		 claim->job.branch, claim->job.new_commit, claim->job.actor);
	ret = start(run, git_dir, &err);
	if (ret < 0)
		fail(run, &err);
	else if (!ret)
		leave(run);
	else
		feed(run);
}

void runner_look(struct runner *runner, struct spool *spool)
{
	struct error err = ERROR_INIT;
	struct run *run;

	for (run = runner->runs; run; run = run->next_run) {
		/* What is being closed is over for all of its objects. */
		if (run->spool != spool || run->stopped || !run->by_id.nr)
			continue;
		if (run_take_controls(run, &err) < 0) {
			log_line(run, "%s", err.message);
			error_release(&err);
		}
		if (run->ready)
			feed(run);
	}
}

struct runner *runner_new(struct aws_loop *loop, struct aws *aws,
			  const struct runner_options *options)
{
	struct runner *runner = xcalloc(1, sizeof(*runner));
	struct engine_options engine = { .jobs = options->deployments };

	engine.events.save = on_save;
	engine.events.finished = on_finished;
	engine.events.progress = on_progress;
	engine.events.lock = on_lock;
	engine.events.unlock = on_unlock;
	engine.events.data = runner;
	runner->loop = loop;
	runner->options = *options;
	runner->engine = engine_new(loop, aws, &engine);
	return runner;
}

void runner_free(struct runner *runner)
{
	if (!runner)
		return;
	engine_free(runner->engine);
	while (runner->runs) {
		struct run *run = runner->runs;

		spool_release(run->spool, run->claim);
		unlink_run(run);
		run_free(run);
	}
	free(runner);
}

size_t runner_running(const struct runner *runner)
{
	return runner->running;
}
