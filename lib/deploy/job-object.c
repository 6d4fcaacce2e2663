#include "base/base.h"
#include "base/clock.h"
#include "deploy/explain.h"
#include "deploy/job-internal.h"

/* The objects of a job, one after the other: into the engine, or over without it. */

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
bool run_has_failed(const struct record *r)
{
	return r->status != RECORD_SUCCESS && !record_was_held(r);
}

void run_end_object(struct run *run, struct object *object)
{
	object->over = true;
	if (run_has_failed(object->record))
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
	run_end_object(run, object);
	return 0;
}

char *run_first_error(const struct findings *findings)
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
		char *message = run_first_error(&findings);

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
			run_log(run, "%s", err.message);
			run->stopped = true;
		}
		error_release(&err);
		free(message);
		return object;
	}
	BUG("%zu objects wait for nothing", run->waiting);
}

/* As many objects in the engine as it has slots: what waits here costs no documents. */
void run_feed(struct run *run)
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
			run_log(run, "%s: %s", object->prefix, err.message);
			run_write_message(run, "%s: %s", object->prefix, err.message);
			error_release(&err);
			run->stopped = true;
		}
	}
	run_close_if_over(run);
}
