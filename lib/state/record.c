#include "base/base.h"
#include "state/record.h"

#include "base/clock.h"
#include "base/ulid.h"

void record_init(struct record *r)
{
	memset(r, 0, sizeof(*r));
}

void record_release(struct record *r)
{
	char *strings[] = { r->id,
			    r->job,
			    r->repo,
			    r->branch,
			    r->commit,
			    r->previous_commit,
			    r->rollback_from,
			    r->superseded_by,
			    r->override,
			    r->waiting,
			    r->prefix,
			    r->account,
			    r->region,
			    r->cluster,
			    r->name,
			    r->strategy,
			    r->step,
			    r->actor,
			    r->revision,
			    r->digest,
			    r->ids,
			    r->failure.category,
			    r->failure.message,
			    r->failure.hint,
			    r->failure.step };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(strings); i++)
		free(strings[i]);
	for (i = 0; i < r->events_nr; i++) {
		free(r->events[i].step);
		free(r->events[i].message);
	}
	free(r->events);
	record_init(r);
}

static const char *const status_names[] = {
	[RECORD_QUEUED] = "QUEUED",
	[RECORD_PROCESSING] = "PROCESSING",
	[RECORD_SUCCESS] = "PROCESSED_SUCCESS",
	[RECORD_ERROR] = "PROCESSED_ERROR",
};

const char *record_status_name(enum record_status status)
{
	return status_names[status];
}

void record_new_id(struct record *r, int64_t now_ms)
{
	struct strbuf id = STRBUF_INIT;

	add_ulid(&id, now_ms);
	free(r->id);
	r->id = strbuf_detach(&id, NULL);
}

static bool failed_as(const struct record *r, const char *category)
{
	return r->status == RECORD_ERROR && r->failure.category &&
	       str_eq(r->failure.category, category);
}

bool record_was_held(const struct record *r)
{
	return failed_as(r, "held") || failed_as(r, "frozen");
}

bool record_was_frozen(const struct record *r)
{
	return failed_as(r, "frozen");
}

bool record_was_blocked(const struct record *r)
{
	return failed_as(r, "blocked");
}

bool record_was_overtaken(const struct record *r)
{
	return failed_as(r, "overtaken");
}

const char *record_failed_step(const struct record *r)
{
	return r->failure.step ? r->failure.step : r->step;
}

/* The first ones tell how it began, the last ones how it stands. */
#define EVENTS_KEPT_FIRST 10

void record_add_event(struct record *r, int64_t time_ms, const char *step, const char *fmt, ...)
{
	struct strbuf message = STRBUF_INIT;
	struct record_event *event;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&message, fmt, ap);
	va_end(ap);
	if (r->events_nr == RECORD_EVENTS_MAX) {
		event = &r->events[EVENTS_KEPT_FIRST];
		free(event->step);
		free(event->message);
		memmove(event, event + 1,
			(RECORD_EVENTS_MAX - EVENTS_KEPT_FIRST - 1) * sizeof(*event));
		r->events_nr--;
	}
	ALLOC_GROW(r->events, r->events_nr + 1, r->events_alloc);
	event = &r->events[r->events_nr++];
	memset(event, 0, sizeof(*event));
	event->time = time_ms;
	event->step = xstrdup_or_null(step);
	event->message = strbuf_detach(&message, NULL);
}

void record_set(char **member, const char *value)
{
	char *copy = xstrdup_or_null(value);

	free(*member);
	*member = copy;
}

static void write_str(struct json_writer *jw, const char *name, const char *value)
{
	if (value)
		jw_str(jw, name, value);
}

static void write_time(struct json_writer *jw, const char *name, int64_t ms)
{
	struct strbuf text = STRBUF_INIT;

	if (!ms)
		return;
	format_time_ms(&text, ms);
	jw_str(jw, name, text.buf);
	strbuf_release(&text);
}

/* The id first: store-notes.c finds a line's record by its start. */
void record_write(struct strbuf *out, const struct record *r)
{
	struct json_writer jw = JSON_WRITER_INIT(out, 0);
	size_t i;

	jw_object(&jw, NULL);
	jw_str(&jw, "id", r->id);
	write_str(&jw, "job", r->job);
	write_str(&jw, "repo", r->repo);
	write_str(&jw, "branch", r->branch);
	write_str(&jw, "commit", r->commit);
	write_str(&jw, "previousCommit", r->previous_commit);
	write_str(&jw, "rollbackFrom", r->rollback_from);
	write_str(&jw, "supersededBy", r->superseded_by);
	write_str(&jw, "freezeOverride", r->override);
	jw_str(&jw, "kind", artifact_kind_name(r->kind));
	write_str(&jw, "prefix", r->prefix);
	write_str(&jw, "account", r->account);
	write_str(&jw, "region", r->region);
	write_str(&jw, "cluster", r->cluster);
	write_str(&jw, "name", r->name);
	write_str(&jw, "strategy", r->strategy);
	jw_str(&jw, "status", record_status_name(r->status));
	write_str(&jw, "step", r->step);
	write_str(&jw, "waiting", r->waiting);
	write_time(&jw, "createdAt", r->created_at);
	write_time(&jw, "startedAt", r->started_at);
	write_time(&jw, "finishedAt", r->finished_at);
	write_str(&jw, "actor", r->actor);
	write_str(&jw, "revision", r->revision);
	write_str(&jw, "digest", r->digest);
	if (r->failure.category) {
		jw_object(&jw, "failure");
		jw_str(&jw, "category", r->failure.category);
		write_str(&jw, "step", r->failure.step);
		write_str(&jw, "message", r->failure.message);
		write_str(&jw, "hint", r->failure.hint);
		jw_end(&jw);
	}
	if (r->events_nr) {
		jw_array(&jw, "events");
		for (i = 0; i < r->events_nr; i++) {
			jw_object(&jw, NULL);
			write_time(&jw, "time", r->events[i].time);
			write_str(&jw, "step", r->events[i].step);
			write_str(&jw, "message", r->events[i].message);
			jw_end(&jw);
		}
		jw_end(&jw);
	}
	if (r->ids)
		jw_raw(&jw, "ids", r->ids);
	jw_end(&jw);
}

static void read_str(char **member, const struct json *object, const char *name)
{
	*member = xstrdup_or_null(json_get_str(object, name));
}

static bool read_time(int64_t *ms, const struct json *object, const char *name)
{
	const char *text = json_get_str(object, name);

	*ms = 0;
	return !json_get(object, name) || (text && !parse_time_ms(text, ms));
}

static bool read_status(enum record_status *status, const char *name)
{
	size_t i;

	for (i = 0; name && i < ARRAY_SIZE(status_names); i++) {
		if (str_eq(status_names[i], name)) {
			*status = (enum record_status)i;
			return true;
		}
	}
	return false;
}

static bool read_kind(enum artifact_kind *kind, const char *name)
{
	int i;

	for (i = KIND_ECS; name && i <= KIND_LAMBDA; i++) {
		if (str_eq(artifact_kind_name((enum artifact_kind)i), name)) {
			*kind = (enum artifact_kind)i;
			return true;
		}
	}
	return false;
}

static bool read_events(struct record *r, const struct json *events)
{
	size_t i;

	if (!events)
		return true;
	if (events->type != JSON_ARRAY)
		return false;
	for (i = 0; i < events->u.array.nr && i < RECORD_EVENTS_MAX; i++) {
		const struct json *event = &events->u.array.items[i];
		const char *message = json_get_str(event, "message");
		int64_t time;

		if (!read_time(&time, event, "time"))
			return false;
		record_add_event(r, time, json_get_str(event, "step"), "%s",
				 message ? message : "");
	}
	return true;
}

/* The member that is not as it should be, or NULL. */
static const char *read_members(struct record *r, const struct json *v)
{
	const struct json *failure = json_get(v, "failure"), *ids = json_get(v, "ids");

	read_str(&r->id, v, "id");
	read_str(&r->job, v, "job");
	read_str(&r->repo, v, "repo");
	read_str(&r->branch, v, "branch");
	read_str(&r->commit, v, "commit");
	read_str(&r->previous_commit, v, "previousCommit");
	read_str(&r->rollback_from, v, "rollbackFrom");
	read_str(&r->superseded_by, v, "supersededBy");
	read_str(&r->override, v, "freezeOverride");
	read_str(&r->prefix, v, "prefix");
	read_str(&r->account, v, "account");
	read_str(&r->region, v, "region");
	read_str(&r->cluster, v, "cluster");
	read_str(&r->name, v, "name");
	read_str(&r->strategy, v, "strategy");
	read_str(&r->step, v, "step");
	read_str(&r->waiting, v, "waiting");
	read_str(&r->actor, v, "actor");
	read_str(&r->revision, v, "revision");
	read_str(&r->digest, v, "digest");
	read_str(&r->failure.category, failure, "category");
	read_str(&r->failure.step, failure, "step");
	read_str(&r->failure.message, failure, "message");
	read_str(&r->failure.hint, failure, "hint");
	if (ids) {
		struct strbuf text = STRBUF_INIT;

		json_write(&text, ids, 0);
		r->ids = strbuf_detach(&text, NULL);
	}
	if (!r->id || !is_ulid(r->id, strlen(r->id)))
		return "id";
	if (!read_kind(&r->kind, json_get_str(v, "kind")))
		return "kind";
	if (!read_status(&r->status, json_get_str(v, "status")))
		return "status";
	if (!r->prefix)
		return "prefix";
	if (!read_time(&r->created_at, v, "createdAt"))
		return "createdAt";
	if (!read_time(&r->started_at, v, "startedAt"))
		return "startedAt";
	if (!read_time(&r->finished_at, v, "finishedAt"))
		return "finishedAt";
	if (!read_events(r, json_get(v, "events")))
		return "events";
	return NULL;
}

int record_parse(struct record *r, const char *text, size_t len, struct error *err)
{
	const struct json_limits limits = { .allow_duplicates = true };
	struct json_problems problems = JSON_PROBLEMS_INIT;
	struct arena arena = ARENA_INIT;
	const struct json *value;
	const char *wrong;
	int rc = -1;

	record_init(r);
	value = json_parse(&arena, text, len, &limits, &problems);
	if (!value) {
		error_set(err, ERROR_INVALID, "a record is no JSON: %s",
			  problems.nr ? problems.v[0].message : "it is empty");
	} else if (value->type != JSON_OBJECT) {
		error_set(err, ERROR_INVALID, "a record is a JSON object, not %s",
			  json_type_name(value->type));
	} else if ((wrong = read_members(r, value))) {
		error_set(err, ERROR_INVALID, "a record has no valid '%s'", wrong);
	} else {
		rc = 0;
	}
	if (rc < 0)
		record_release(r);
	json_problems_release(&problems);
	arena_release(&arena);
	return rc;
}
