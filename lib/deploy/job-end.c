#include "base/base.h"
#include "base/clock.h"
#include "deploy/explain.h"
#include "deploy/job-internal.h"

/* How a job leaves its runner: done, failed, or stopped, to be taken up again. */

#define CLOSE_RETRY_MS	500 /* doubled each time */
#define CLOSE_TRIES_MAX 8   /* about a minute */

void run_log(struct run *run, const char *fmt, ...)
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

static void free_record(void *value)
{
	struct record *record = value;

	if (record)
		record_release(record);
	free(record);
}

void run_free(struct run *run)
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

void run_unlink(struct run *run)
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
void run_leave(struct run *run)
{
	struct runner *runner = run->runner;
	struct spool *spool = run->spool;
	struct error err = ERROR_INIT;
	bool ok = !run->stopped, failed = run->reason != NULL;
	char *id = xstrdup(run->claim->job.id);

	if (run->stopped) {
		spool_release(spool, run->claim);
	} else {
		run_log(run, "%s", run->reason ? run->reason : "done");
		if (spool_finish(spool, run->claim, run->reason, &err) < 0) {
			if (runner->options.log)
				runner->options.log(runner->options.data, err.message);
			ok = false;
		}
	}
	run->claim = NULL;
	run_unlink(run);
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
		run_log(run, "%s", err.message);
	error_release(&err);
	free(records);
}

/* What has no room now has it later: the job is taken up again, as after a worker's death. */
static void put_off(struct run *run, struct error *err)
{
	run_log(run, "%s; it will be taken up again", err->message);
	error_release(err);
	run->stopped = true;
	run_leave(run);
}

void run_fail(struct run *run, struct error *err)
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
	run_leave(run);
}

/* --- closing: all deployments are over */

void run_close(void *data)
{
	struct run *run = data;
	struct error err = ERROR_INIT;

	if (run_write_state(run, &err) == 0) {
		if (run->failed && !run->reason)
			run->reason = xstrfmt("%zu of %zu service object%s failed", run->failed,
					      run->nr, run->nr == 1 ? "" : "s");
		run_leave(run);
		return;
	}
	run_log(run, "cannot write what was deployed: %s", err.message);
	if (++run->tries > CLOSE_TRIES_MAX) {
		/* It is all in the journal. */
		run_log(run, "given up for now; it will be taken up again");
		run->stopped = true;
		error_release(&err);
		run_leave(run);
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
	run_leave(data);
}

void run_close_if_over(struct run *run)
{
	if (run->inflight || loop_timer_is_set(&run->timer))
		return;
	if (run->stopped) {
		loop_timer_init(&run->timer, leave_later, run);
		loop_timer_set(run->runner->loop, &run->timer, 0);
	} else if (run->next == run->nr && !run->waiting && !run->ready) {
		/* From the loop, not from within the engine's or the caller's call. */
		loop_timer_init(&run->timer, run_close, run);
		loop_timer_set(run->runner->loop, &run->timer, 0);
	}
}
