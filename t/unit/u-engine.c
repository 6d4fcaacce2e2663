#include "base/base.h"
#include "deploy/step.h"
#include "tap.h"

/*
 * The engine with steps made for the test and a clock in hand. No AWS: what
 * asks it is tested against the sandbox.
 */
static int64_t now;

static int64_t read_now(void *data UNUSED)
{
	return now;
}

static const struct clock hand = { read_now, read_now, NULL };

static struct {
	struct aws_loop *loop;
	struct engine *engine;
	struct strbuf log;    /* what happened: "save one", "run one", ... */
	int saves, fail_save; /* the n-th save fails */
	size_t finished, most, running;
	struct record *last; /* as finished() saw it */
	struct strbuf saved; /* the record as saved last */
	enum record_status status;
	int progress;
	bool quiet;
} t;

#define note(...) strbuf_addf(&t.log, __VA_ARGS__)

static int on_save(void *data UNUSED, const struct record *record, struct error *err)
{
	if (++t.saves == t.fail_save)
		return error_set(err, ERROR_SYSTEM, "no space left");
	strbuf_reset(&t.saved);
	record_write(&t.saved, record);
	if (!t.quiet)
		note("save %s;",
		     record->finished_at ? record_status_name(record->status) : record->step);
	return 0;
}

static void on_finished(void *data UNUSED, const struct record *record)
{
	struct error err = ERROR_INIT;
	struct strbuf text = STRBUF_INIT;

	t.finished++;
	t.status = record->status;
	record_write(&text, record);
	record_release(t.last);
	if (record_parse(t.last, text.buf, text.len, &err) < 0)
		printf("# %s\n", err.message);
	strbuf_release(&text);
	note("finished %s;", record_status_name(record->status));
}

static void on_progress(void *data UNUSED, const struct record *record UNUSED)
{
	t.progress++;
}

static void begin(size_t jobs)
{
	struct engine_options options = {
		.events = { .save = on_save, .finished = on_finished, .progress = on_progress },
		.jobs = jobs,
	};
	struct error err = ERROR_INIT;

	memset(&t, 0, sizeof(t));
	now = 1000000;
	strbuf_init(&t.log, 0);
	strbuf_init(&t.saved, 0);
	t.last = xcalloc(1, sizeof(*t.last));
	if (aws_loop_new(&t.loop, &hand, &err) < 0)
		BUG("%s", err.message);
	t.engine = engine_new(t.loop, NULL, &options);
}

static void done(void)
{
	engine_free(t.engine);
	aws_loop_free(t.loop);
	strbuf_release(&t.log);
	strbuf_release(&t.saved);
	record_release(t.last);
	free(t.last);
}

/* Some turns; time does not pass. */
static void turn(void)
{
	struct error err = ERROR_INIT;
	int i;

	for (i = 0; i < 10; i++)
		if (aws_loop_turn(t.loop, 0, &err) < 0)
			BUG("%s", err.message);
}

static void pass(int64_t ms)
{
	now += ms;
	turn();
}

static struct record *a_record(const char *id, const char *job)
{
	struct record *r = xcalloc(1, sizeof(*r));

	record_init(r);
	if (id) {
		char *whole =
			xstrfmt("%.*s%s", 26 - (int)strlen(id), "01AAAAAAAAAAAAAAAAAAAAAAAA", id);

		record_set(&r->id, whole);
		free(whole);
	}
	record_set(&r->job, job);
	record_set(&r->prefix, "dev/web");
	return r;
}

static void start(const struct deploy_strategy *strategy, struct record *record)
{
	struct error err = ERROR_INIT;

	if (!check_int(engine_start_with(t.engine, record, NULL, strategy, INTENT_DEPLOY, false,
					 &err),
		       ==, 0))
		printf("# %s\n", err.message);
}

/* --- the steps --- */

static enum step_result step_go(struct deployment *d)
{
	note("run %s%s;", d->step->name, d->resumed ? " again" : "");
	return STEP_DONE;
}

static enum step_result step_sleep(struct deployment *d)
{
	if (d->phase == 0) {
		t.running++;
		t.most = MAX(t.most, t.running);
		return deploy_sleep(d, 5000, 1);
	}
	t.running--;
	note("slept %s;", d->record->job);
	return STEP_DONE;
}

static enum step_result step_fail(struct deployment *d)
{
	note("fail %s;", d->step->name);
	return deploy_fail(d, d->undoing ? "network" : "timeout", "%s went wrong", d->step->name);
}

static enum step_result step_over(struct deployment *d)
{
	deploy_event(d, "nothing to do");
	return STEP_FINISHED;
}

static enum step_result step_ids(struct deployment *d)
{
	const char *known = deploy_id_get(d, "taskDefinition");

	note("id %s;", known ? known : "none");
	deploy_id_set(d, "taskDefinition", "web:1");
	deploy_id_set(d, "taskDefinition", "web:2");
	return STEP_DONE;
}

static enum step_result step_save(struct deployment *d)
{
	deploy_id_set(d, "mode", "update");
	if (!deploy_save(d))
		return STEP_WAIT;
	note("saved;");
	return STEP_DONE;
}

#define TABLE(name, ...) \
	static const struct deploy_step name##_steps[] = { __VA_ARGS__, { NULL, NULL, false } }
#define STRATEGY(name_, undo_)                                                \
	static const struct deploy_strategy name_ = { .name = #name_,         \
						      .steps = name_##_steps, \
						      .undo = undo_ }

TABLE(three, { "one", step_go, false }, { "two", step_go, false }, { "three", step_go, false });
STRATEGY(three, NULL);
TABLE(sleepy, { "sleep", step_sleep, false });
STRATEGY(sleepy, NULL);
TABLE(back, { "back-one", step_go, false }, { "back-two", step_fail, false },
      { "back-three", step_go, false });
TABLE(failing, { "one", step_go, true }, { "two", step_fail, true }, { "three", step_go, true });
STRATEGY(failing, back_steps);
TABLE(harmless, { "one", step_fail, false }, { "two", step_go, true });
STRATEGY(harmless, back_steps);
TABLE(over, { "one", step_over, false }, { "two", step_go, false });
STRATEGY(over, NULL);
TABLE(remember, { "one", step_ids, false }, { "two", step_ids, false });
STRATEGY(remember, NULL);
TABLE(saving, { "one", step_save, false });
STRATEGY(saving, NULL);

static void test_engine__records_a_step_before_it_begins(void)
{
	begin(0);
	start(&three, a_record("01A", "j"));
	check_str(t.log.buf, "");
	check_int(engine_running(t.engine), ==, 1);
	turn();
	check_str(t.log.buf, "save one;run one;save two;run two;save three;run three;"
			     "save PROCESSED_SUCCESS;finished PROCESSED_SUCCESS;");
	check_int(engine_running(t.engine), ==, 0);
	check_str(t.last->strategy, "three");
	check_int(t.last->started_at, ==, 1000000);
	done();
}

static void test_engine__waits_by_the_clock_it_is_given(void)
{
	begin(0);
	start(&sleepy, a_record("01A", "j"));
	pass(0);
	pass(4999);
	check_int(t.finished, ==, 0);
	pass(1);
	check_int(t.finished, ==, 1);
	done();
}

static void test_engine__walks_the_undo_table_to_its_end(void)
{
	begin(0);
	start(&failing, a_record("01A", "j"));
	turn();
	check_str(t.log.buf,
		  "save one;run one;save two;fail two;save back-one;run back-one;save back-two;"
		  "fail back-two;save back-three;run back-three;"
		  "save PROCESSED_ERROR;finished PROCESSED_ERROR;");
	/* The first failure counts. */
	check_str(t.last->failure.category, "timeout");
	check_str(t.last->failure.message, "two went wrong");
	check(t.last->failure.hint != NULL);
	done();
}

static void test_engine__undoes_nothing_where_nothing_was_changed(void)
{
	begin(0);
	start(&harmless, a_record("01A", "j"));
	turn();
	check_str(t.log.buf, "save one;fail one;save PROCESSED_ERROR;finished PROCESSED_ERROR;");
	done();
}

static void test_engine__ends_early_when_there_is_nothing_to_do(void)
{
	begin(0);
	start(&over, a_record("01A", "j"));
	turn();
	check_str(t.log.buf, "save one;save PROCESSED_SUCCESS;finished PROCESSED_SUCCESS;");
	check_int(t.progress, ==, 1);
	check_int(t.last->events_nr, ==, 1);
	check_str(t.last->events[0].step, "one");
	check_str(t.last->events[0].message, "nothing to do");
	done();
}

static void test_engine__resumes_at_the_step_begun_last(void)
{
	struct record *r = a_record("01A", "j");

	begin(0);
	record_set(&r->step, "two");
	start(&three, r);
	turn();
	check_str(t.log.buf, "save two;run two again;save three;run three;save PROCESSED_SUCCESS;"
			     "finished PROCESSED_SUCCESS;");
	done();
}

static void test_engine__resumes_an_undoing(void)
{
	struct record *r = a_record("01A", "j");

	begin(0);
	record_set(&r->step, "back-two");
	record_set(&r->failure.category, "timeout");
	record_set(&r->failure.message, "two went wrong");
	start(&failing, r);
	turn();
	check_str(t.log.buf, "save back-two;fail back-two;save back-three;run back-three;"
			     "save PROCESSED_ERROR;finished PROCESSED_ERROR;");
	check_str(t.last->failure.category, "timeout");
	done();
}

static void test_engine__begins_anew_at_a_step_it_does_not_know(void)
{
	struct record *r = a_record("01A", "j");

	begin(0);
	record_set(&r->step, "gone");
	start(&over, r);
	turn();
	check_int(t.finished, ==, 1);
	check_str(t.last->step, "one");
	done();
}

static void test_engine__remembers_ids_over_a_crash(void)
{
	struct record *r = xcalloc(1, sizeof(*r));
	struct error err = ERROR_INIT;

	begin(0);
	t.fail_save = 3; /* the final one */
	start(&remember, a_record("01A", "j"));
	turn();
	check_str(t.log.buf, "save one;id none;save two;id web:2;finished PROCESSING;");
	check_int(record_parse(r, t.saved.buf, t.saved.len, &err), ==, 0);
	check_str(r->step, "two");
	strbuf_reset(&t.log);
	start(&remember, r);
	turn();
	check_str(t.log.buf,
		  "save two;id web:2;save PROCESSED_SUCCESS;finished PROCESSED_SUCCESS;");
	done();
}

static void test_engine__stops_where_it_cannot_save(void)
{
	int n;

	for (n = 1; n <= 4; n++) {
		begin(0);
		t.fail_save = n;
		start(&three, a_record("01A", "j"));
		turn();
		test_context("save %d fails", n);
		check_int(t.finished, ==, 1);
		check_int(t.status, ==, RECORD_PROCESSING);
		check_int(t.saves, ==, n);
		check_int(engine_running(t.engine), ==, 0);
		done();
	}
}

static void test_engine__saves_in_the_middle_of_a_step(void)
{
	begin(0);
	start(&saving, a_record("01A", "j"));
	turn();
	check_str(t.log.buf,
		  "save one;save one;saved;save PROCESSED_SUCCESS;finished PROCESSED_SUCCESS;");
	check(strstr(t.saved.buf, "update") != NULL);
	done();
	begin(0);
	t.fail_save = 2;
	start(&saving, a_record("01A", "j"));
	turn();
	check_str(t.log.buf, "save one;finished PROCESSING;");
	done();
}

static void test_engine__runs_as_many_at_once_as_it_may(void)
{
	char id[16];
	int i;

	begin(3);
	t.quiet = true;
	for (i = 0; i < 10; i++) {
		snprintf(id, sizeof(id), "%02d", i);
		start(&sleepy, a_record(id, "j"));
	}
	check_int(engine_running(t.engine), ==, 10);
	for (i = 0; i < 4; i++)
		pass(5000);
	check_int(t.most, ==, 3);
	check_int(t.finished, ==, 9);
	pass(5000);
	check_int(t.finished, ==, 10);
	done();
}

static void test_engine__lets_a_small_job_pass_a_large_one(void)
{
	char id[16];
	int i;

	begin(2);
	t.quiet = true;
	for (i = 0; i < 10; i++) {
		snprintf(id, sizeof(id), "0B%d", i);
		start(&sleepy, a_record(id, "big"));
	}
	start(&sleepy, a_record("0S", "small"));
	pass(0);
	pass(5000);
	/* Not both slots at the start, but one of them next. */
	pass(5000);
	check(strstr(t.log.buf, "slept small;") != NULL);
	check(t.finished <= 5);
	done();
}

static void test_engine__can_be_left_in_the_middle(void)
{
	begin(1);
	start(&sleepy, a_record("01A", "j"));
	start(&sleepy, a_record("01B", "j"));
	start(&three, a_record("01C", "k"));
	turn();
	check_int(t.finished, ==, 0);
	check_str(t.log.buf, "save sleep;");
	done();
}

static void test_engine__refuses_what_is_no_deployment(void)
{
	struct error err = ERROR_INIT;

	begin(0);
	check_int(engine_start(t.engine, a_record(NULL, "j"), NULL, INTENT_DEPLOY, false, &err), <,
		  0);
	check_str(err.message, "a deployment's record needs an id");
	error_release(&err);
	check_int(engine_start(t.engine, a_record("01A", "j"), NULL, INTENT_NONE, false, &err), <,
		  0);
	check_str(err.message, "there is nothing to deploy for 'dev/web'");
	error_release(&err);
	done();
}

static void test_unchanged__is_what_went_well_with_the_same_documents(void)
{
	struct record *r = a_record("01A", "j");
	struct service service = { .digest = "abc" };

	check(!deploy_is_unchanged(NULL, &service, false));
	record_set(&r->digest, "abc");
	record_set(&r->strategy, "rolling");
	r->status = RECORD_SUCCESS;
	check(deploy_is_unchanged(r, &service, false));
	check(!deploy_is_unchanged(r, &service, true));
	r->status = RECORD_ERROR;
	check(!deploy_is_unchanged(r, &service, false));
	r->status = RECORD_SUCCESS;
	record_set(&r->strategy, "delete");
	check(!deploy_is_unchanged(r, &service, false));
	record_set(&r->strategy, "rolling");
	record_set(&r->digest, "abd");
	check(!deploy_is_unchanged(r, &service, false));
	record_release(r);
	free(r);
}

int main(void)
{
	TEST(engine__records_a_step_before_it_begins);
	TEST(engine__waits_by_the_clock_it_is_given);
	TEST(engine__walks_the_undo_table_to_its_end);
	TEST(engine__undoes_nothing_where_nothing_was_changed);
	TEST(engine__ends_early_when_there_is_nothing_to_do);
	TEST(engine__resumes_at_the_step_begun_last);
	TEST(engine__resumes_an_undoing);
	TEST(engine__begins_anew_at_a_step_it_does_not_know);
	TEST(engine__remembers_ids_over_a_crash);
	TEST(engine__stops_where_it_cannot_save);
	TEST(engine__saves_in_the_middle_of_a_step);
	TEST(engine__runs_as_many_at_once_as_it_may);
	TEST(engine__lets_a_small_job_pass_a_large_one);
	TEST(engine__can_be_left_in_the_middle);
	TEST(engine__refuses_what_is_no_deployment);
	TEST(unchanged__is_what_went_well_with_the_same_documents);
	return test_done();
}
