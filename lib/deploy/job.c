#include "base/base.h"
#include "base/clock.h"
#include "deploy/job-internal.h"

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
	run_log(run, "%s", err->message);
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
		run_log(run, "%s", err.message);
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
		run_end_object(run, object);
	else
		run->stopped = true;
	run_feed(run);
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
			message = run_first_error(&findings);
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
			run->failed += run_has_failed(object->record);
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
	loop_timer_init(&run->timer, run_close, run);
	run->next_run = runner->runs;
	if (run->next_run)
		run->next_run->prev = run;
	runner->runs = run;
	runner->running++;
	run_log(run, "%s %s at %.7s, by %s", claim->resumed ? "resuming" : "begin of",
		claim->job.branch, claim->job.new_commit, claim->job.actor);
	ret = start(run, git_dir, &err);
	if (ret < 0)
		run_fail(run, &err);
	else if (!ret)
		run_leave(run);
	else
		run_feed(run);
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
			run_log(run, "%s", err.message);
			error_release(&err);
		}
		if (run->ready)
			run_feed(run);
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
		run_unlink(run);
		run_free(run);
	}
	free(runner);
}

size_t runner_running(const struct runner *runner)
{
	return runner->running;
}
