#include "base/base.h"
#include "base/clock.h"
#include "base/json.h"
#include "deploy/job-internal.h"

#define PLAN_LINE_OBJECTS 500

char *object_key(enum artifact_kind kind, const char *prefix)
{
	return xstrfmt("%s %s", artifact_kind_name(kind), prefix);
}

/* --- reading */

struct reading {
	struct run *run;
	bool begun;
	struct error *err;
};

static int read_begin(struct run *run, const struct json *begin)
{
	const char *from = json_get_str(begin, "from"), *to = json_get_str(begin, "to");

	memset(&run->from, 0, sizeof(run->from));
	if (from && !oid_parse(&run->from, from))
		return -1;
	return to && oid_parse(&run->to, to) ? 0 : -1;
}

static void read_plan(struct run *run, const struct json *plan)
{
	size_t i;

	for (i = 0; plan->type == JSON_ARRAY && i < plan->u.array.nr; i++) {
		const struct json *item = &plan->u.array.items[i];
		const char *kind = json_get_str(item, "kind");
		const char *prefix = json_get_str(item, "prefix");
		const char *last = json_get_str(item, "last");
		char *key;

		if (!kind || !prefix)
			continue;
		key = xstrfmt("%s %s", kind, prefix);
		free(strmap_put(&run->last, key, xstrdup(last ? last : "")));
		free(key);
	}
}

static void free_record(void *value)
{
	struct record *record = value;

	if (record)
		record_release(record);
	free(record);
}

/* The text after {"record": up to the closing brace is the record's own. */
static void read_record(struct run *run, const char *line, size_t len)
{
	const size_t head = strlen("{\"record\":");
	struct record *record = xcalloc(1, sizeof(*record));
	struct error err = ERROR_INIT;
	char *key;

	record_init(record);
	if (len <= head + 1 || record_parse(record, line + head, len - head - 1, &err) < 0 ||
	    !record->id || !record->prefix) {
		/* Ours was written whole, or cut off: this is damage, and the deployment begins anew. */
		error_release(&err);
		free_record(record);
		return;
	}
	key = object_key(record->kind, record->prefix);
	free_record(strmap_put(&run->records, key, record));
	free(key);
}

static void read_control(struct run *run, const char *line, size_t len)
{
	const size_t head = strlen("{\"control\":");
	struct error err = ERROR_INIT;
	struct control control;

	if (len > head + 1 && !control_parse(&control, line + head, len - head - 1, &err))
		run_keep_control(run, &control);
	error_release(&err);
}

static int read_line(const char *line, size_t len, void *data)
{
	struct reading *reading = data;
	struct json_problems problems = JSON_PROBLEMS_INIT;
	struct arena arena = ARENA_INIT;
	const struct json *root, *value;

	if (starts_with(line, "{\"record\":")) {
		read_record(reading->run, line, len);
		return 0;
	}
	if (starts_with(line, "{\"control\":")) {
		read_control(reading->run, line, len);
		return 0;
	}
	if (!starts_with(line, "{\"begin\":") && !starts_with(line, "{\"plan\":"))
		return 0;
	root = json_parse(&arena, line, len, NULL, &problems);
	value = json_get(root, "begin");
	if (value && !read_begin(reading->run, value))
		reading->begun = true;
	value = json_get(root, "plan");
	if (value)
		read_plan(reading->run, value);
	json_problems_release(&problems);
	arena_release(&arena);
	return 0;
}

int run_read_journal(struct run *run, bool *begun, struct error *err)
{
	struct reading reading = { .run = run, .err = err };

	if (journal_each(run->claim->journal, read_line, &reading, err) < 0)
		return -1;
	*begun = reading.begun;
	run->resumed = run->records.nr != 0;
	return 0;
}

/* --- writing */

static int write_line(struct run *run, const struct strbuf *line, bool sync, struct error *err)
{
	const struct runner_options *options = &run->runner->options;

	if (spool_check_lease(run->spool, err) < 0 ||
	    journal_append(run->claim->journal, line->buf, line->len, sync, err) < 0)
		return -1;
	if (options->line)
		options->line(options->data, run->claim->job.id, line->buf, line->len);
	return 0;
}

/* What is only for those who follow: a journal that takes no more says so elsewhere. */
static void tell_line(struct run *run, const struct strbuf *line)
{
	struct error err = ERROR_INIT;

	if (write_line(run, line, false, &err) < 0 && run->runner->options.log)
		run->runner->options.log(run->runner->options.data, err.message);
	error_release(&err);
}

static int write_plan_line(struct run *run, size_t start, size_t end, struct error *err)
{
	struct strbuf line = STRBUF_INIT;
	struct json_writer jw = JSON_WRITER_INIT(&line, 0);
	size_t i;
	int ret;

	jw_object(&jw, NULL);
	jw_array(&jw, "plan");
	for (i = start; i < end; i++) {
		const struct object *object = &run->objects[i];

		jw_object(&jw, NULL);
		jw_str(&jw, "kind", artifact_kind_name(object->kind));
		jw_str(&jw, "prefix", object->prefix);
		jw_str(&jw, "intent", intent_name(object->intent));
		jw_str(&jw, "why", object->why);
		if (object->last)
			jw_str(&jw, "last", object->last);
		jw_end(&jw);
	}
	jw_end(&jw);
	jw_end(&jw);
	ret = write_line(run, &line, false, err);
	strbuf_release(&line);
	return ret;
}

int run_write_begin(struct run *run, struct error *err)
{
	const struct job *job = &run->claim->job;
	struct strbuf line = STRBUF_INIT;
	struct json_writer jw = JSON_WRITER_INIT(&line, 0);
	char from[OID_HEXSZ + 1], to[OID_HEXSZ + 1];
	size_t i;
	int ret;

	oid_hex(from, &run->from);
	oid_hex(to, &run->to);
	jw_object(&jw, NULL);
	jw_object(&jw, "begin");
	jw_str(&jw, "branch", job->branch);
	if (!oid_is_null(&run->from))
		jw_str(&jw, "from", from);
	jw_str(&jw, "to", to);
	jw_int(&jw, "objects", (int64_t)run->nr);
	jw_bool(&jw, "dryRun", job->dry_run);
	jw_bool(&jw, "resumed", run->resumed);
	jw_end(&jw);
	jw_end(&jw);
	ret = write_line(run, &line, run->resumed, err);
	strbuf_release(&line);
	if (run->resumed) /* the plan stands there already */
		return ret;
	for (i = 0; !ret && i < run->nr; i += PLAN_LINE_OBJECTS)
		ret = write_plan_line(run, i, MIN(run->nr, i + PLAN_LINE_OBJECTS), err);
	if (!ret)
		ret = journal_sync(run->claim->journal, err);
	return ret;
}

int run_write_record(struct run *run, const struct record *record, bool sync, struct error *err)
{
	struct strbuf line = STRBUF_INIT;
	int ret;

	strbuf_addstr(&line, "{\"record\":");
	record_write(&line, record);
	strbuf_addch(&line, '}');
	ret = write_line(run, &line, sync, err);
	strbuf_release(&line);
	return ret;
}

int run_write_control(struct run *run, const struct control *control, struct error *err)
{
	struct strbuf line = STRBUF_INIT;
	int ret;

	strbuf_addstr(&line, "{\"control\":");
	control_write(&line, control);
	strbuf_addch(&line, '}');
	ret = write_line(run, &line, true, err);
	strbuf_release(&line);
	return ret;
}

void run_write_event(struct run *run, const struct record *record)
{
	const struct record_event *event;
	struct strbuf line = STRBUF_INIT, time = STRBUF_INIT;
	struct json_writer jw = JSON_WRITER_INIT(&line, 0);

	if (!record->events_nr)
		return;
	event = &record->events[record->events_nr - 1];
	format_time_ms(&time, event->time);
	jw_object(&jw, NULL);
	jw_object(&jw, "event");
	jw_str(&jw, "time", time.buf);
	jw_str(&jw, "prefix", record->prefix);
	jw_str(&jw, "kind", artifact_kind_name(record->kind));
	if (event->step)
		jw_str(&jw, "step", event->step);
	jw_str(&jw, "message", event->message);
	if (event->until) {
		strbuf_reset(&time);
		format_time_ms(&time, event->until);
		jw_str(&jw, "until", time.buf);
	}
	jw_end(&jw);
	jw_end(&jw);
	tell_line(run, &line);
	strbuf_release(&line);
	strbuf_release(&time);
}

void run_write_result(struct run *run, const struct record *record, const char *outcome)
{
	struct strbuf line = STRBUF_INIT;
	struct json_writer jw = JSON_WRITER_INIT(&line, 0);

	jw_object(&jw, NULL);
	jw_object(&jw, "result");
	jw_str(&jw, "prefix", record->prefix);
	jw_str(&jw, "kind", artifact_kind_name(record->kind));
	jw_str(&jw, "id", record->id);
	jw_str(&jw, "outcome", outcome);
	if (record->started_at && record->finished_at >= record->started_at)
		jw_int(&jw, "ms", record->finished_at - record->started_at);
	if (record_was_held(record)) {
		jw_str(&jw, "why", record->failure.message);
	} else if (record->failure.category) {
		jw_object(&jw, "failure");
		jw_str(&jw, "category", record->failure.category);
		jw_str(&jw, "message", record->failure.message);
		if (record->failure.hint)
			jw_str(&jw, "hint", record->failure.hint);
		jw_end(&jw);
	}
	jw_end(&jw);
	jw_end(&jw);
	tell_line(run, &line);
	strbuf_release(&line);
}

void run_write_message(struct run *run, const char *fmt, ...)
{
	struct strbuf text = STRBUF_INIT, line = STRBUF_INIT;
	struct json_writer jw = JSON_WRITER_INIT(&line, 0);
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&text, fmt, ap);
	va_end(ap);
	jw_object(&jw, NULL);
	jw_str(&jw, "message", text.buf);
	jw_end(&jw);
	tell_line(run, &line);
	strbuf_release(&text);
	strbuf_release(&line);
}
