#include "base/base.h"
#include "deploy/rolling.h"

#include "aws/ecs.h"
#include "aws/logs.h"
#include "deploy/internal.h"
#include "deploy/service.h"

/*
 * `before.task` of the settings: one task of the new revision, a migration,
 * that must end with exit code 0 before anything of the service is changed.
 * It is run once, whatever happens to the worker: RunTask carries the
 * deployment's id as its clientToken, by which ECS knows a request again.
 *
 * Sources: ECS API Reference, RunTask ("clientToken", "startedBy"), Task;
 * ECS Developer Guide, "Using the awslogs log driver" (names of streams).
 */

#define FIRST_POLL  500
#define LAST_POLL   10000
#define LOG_LINES   10
#define LOG_SHOWN   1000 /* bytes of them in the message */
#define RUN_RETRIES 5

bool ecs_has_before(const struct deployment *d)
{
	return d->settings.before.container != NULL;
}

bool ecs_before_runs(const struct deployment *d)
{
	return deploy_id_get(d, ID_BEFORE_TASK) && !deploy_id_get(d, ID_BEFORE_ENDED);
}

static enum step_result run_task(struct deployment *d, int phase)
{
	const struct ecs_run_args args = {
		.cluster = d->record->cluster,
		.task_definition = deploy_id_get(d, ID_TASK_DEFINITION),
		.service = ecs_document(d, ROLE_DEFINITION),
		.container = d->settings.before.container,
		.command = (const char *const *)d->settings.before.command,
		.command_nr = d->settings.before.command_nr,
		.token = d->record->id,
	};

	d->call = ecs_run_task(d->client, &args, deploy_on_result, d);
	return deploy_await(d, phase);
}

static enum step_result describe(struct deployment *d, int phase)
{
	const char *task = deploy_id_get(d, ID_BEFORE_TASK);

	d->call = ecs_describe_tasks(d->client, d->record->cluster, &task, 1, deploy_on_result, d);
	return deploy_await(d, phase);
}

static const struct json *first(const struct json *root, const char *name)
{
	const struct json *list = json_get(root, name);

	return list && list->type == JSON_ARRAY && list->u.array.nr ? &list->u.array.items[0] :
								      NULL;
}

/* It was started, or why not. */
static enum step_result started(struct deployment *d, int waiting)
{
	const struct json *task = first(d->result->json, "tasks");
	const char *arn = json_get_str(task, "taskArn");
	struct strbuf since = STRBUF_INIT;

	if (!arn) {
		const char *reason = json_get_str(first(d->result->json, "failures"), "reason");
		const struct failure_kind *kind =
			reason ? explain_text(reason, EXPLAIN_EVENT | EXPLAIN_TASK | EXPLAIN_API) :
				 NULL;

		return deploy_fail(d, kind ? kind->category : "before-task",
				   "the task that is to run before cannot be started: %s",
				   reason ? reason : "ECS does not say why");
	}
	deploy_id_set(d, ID_BEFORE_TASK, arn);
	strbuf_addf(&since, "%" PRId64, deploy_moment(d));
	deploy_id_set(d, ID_BEFORE_SINCE, since.buf);
	strbuf_release(&since);
	deploy_event(d, "task '%s' runs '%s' in container '%s'", ecs_short_name(arn),
		     d->settings.before.command[0], d->settings.before.container);
	if (!deploy_save(d))
		return STEP_WAIT;
	return deploy_sleep(d, ecs_next_interval(d, FIRST_POLL, LAST_POLL), waiting);
}

static int64_t time_left(const struct deployment *d)
{
	const char *since = deploy_id_get(d, ID_BEFORE_SINCE);
	int64_t passed = since ? deploy_moment(d) - strtoll(since, NULL, 10) : 0;

	return d->settings.before.timeout_ms - MAX(passed, 0);
}

static const struct json *find_named(const struct json *list, const char *name)
{
	size_t i;

	for (i = 0; list && list->type == JSON_ARRAY && i < list->u.array.nr; i++) {
		const char *s = json_get_str(&list->u.array.items[i], "name");

		if (s && str_eq(s, name))
			return &list->u.array.items[i];
	}
	return NULL;
}

static bool has_exit_code(const struct json *container)
{
	const struct json *code = json_get(container, "exitCode");

	return code && code->type == JSON_NUMBER;
}

/* What went wrong, without its log. The text is kept until the log is there. */
static void tell_end(struct deployment *d, const struct json *task, const struct json *container)
{
	const char *reason = json_get_str(container, "reason");
	const char *stopped = json_get_str(task, "stoppedReason");
	struct strbuf text = STRBUF_INIT_MAX(1500);

	strbuf_addf(&text, "container '%s' of the task that runs before ended",
		    d->settings.before.container);
	if (has_exit_code(container)) {
		strbuf_addstr(&text, " with ");
		explain_exit_code(&text, json_get_int(container, "exitCode", 0));
	} else {
		strbuf_addstr(&text, " without an exit code");
	}
	if (reason)
		strbuf_addf(&text, ": %.500s", reason);
	else if (stopped && !has_exit_code(container))
		strbuf_addf(&text, ": %.500s", stopped);
	deploy_id_set(d, ID_BEFORE_ENDED, text.buf);
	strbuf_release(&text);
}

static enum step_result failed(struct deployment *d, const char *log)
{
	return deploy_fail(d, "before-task", "%s%s%s", deploy_id_get(d, ID_BEFORE_ENDED),
			   log && *log ? "; its last lines: " : "", log ? log : "");
}

/* STEP_WAIT: its log is asked for. */
static enum step_result get_log(struct deployment *d, int phase)
{
	const struct json *definition = ecs_document(d, ROLE_TASK_DEFINITION);
	const struct json *container = find_named(json_get(definition, "containerDefinitions"),
						  d->settings.before.container);
	const struct json *log = json_get(container, "logConfiguration");
	const struct json *options = json_get(log, "options");
	const char *driver = json_get_str(log, "logDriver");
	const char *group = json_get_str(options, "awslogs-group");
	const char *prefix = json_get_str(options, "awslogs-stream-prefix");
	const char *region = json_get_str(options, "awslogs-region");
	char *stream;

	/* Without a prefix the stream is named by what only the host knows. */
	if (!driver || !str_eq(driver, "awslogs") || !group || !prefix ||
	    (region && !str_eq(region, d->record->region)))
		return failed(d, NULL);
	stream = xstrfmt("%s/%s/%s", prefix, d->settings.before.container,
			 ecs_short_name(deploy_id_get(d, ID_BEFORE_TASK)));
	d->call = logs_get_log_events(d->client, group, stream, LOG_LINES, deploy_on_result, d);
	free(stream);
	return deploy_await(d, phase);
}

static enum step_result got_log(struct deployment *d)
{
	const struct json *events = json_get(d->result->json, "events");
	struct strbuf text = STRBUF_INIT_MAX(LOG_SHOWN);
	enum step_result ret;
	size_t i;

	if (d->result->outcome != AWS_OK)
		deploy_event(d, "cannot read its log: %s", d->result->err.message);
	for (i = 0; d->result->outcome == AWS_OK && events && events->type == JSON_ARRAY &&
		    i < events->u.array.nr;
	     i++) {
		const char *message = json_get_str(&events->u.array.items[i], "message");

		if (!message)
			continue;
		deploy_event(d, "log: %.500s", message);
		strbuf_addf(&text, "%s%.200s", text.len ? " | " : "", message);
	}
	ret = failed(d, text.overflow ? NULL : text.buf);
	strbuf_release(&text);
	return ret;
}

/* DescribeTasks has answered. */
static enum step_result looked(struct deployment *d, int waiting, int log)
{
	const struct json *task = first(d->result->json, "tasks"), *container;
	const char *status = json_get_str(task, "lastStatus");
	struct strbuf time = STRBUF_INIT;

	if (d->result->outcome != AWS_OK && !result_is_transient(d->result))
		return deploy_fail_result(d, d->result, "look at the task that runs before");
	if (d->result->outcome == AWS_OK && !task)
		return deploy_fail(
			d, "before-task",
			"task '%s' is not known any more: whether it went well can't be told",
			ecs_short_name(deploy_id_get(d, ID_BEFORE_TASK)));
	if (status && str_eq(status, "STOPPED")) {
		container = find_named(json_get(task, "containers"), d->settings.before.container);
		if (has_exit_code(container) && !json_get_int(container, "exitCode", -1)) {
			deploy_id_set(d, ID_BEFORE_ENDED, "well");
			deploy_event(d, "task '%s' has ended well",
				     ecs_short_name(deploy_id_get(d, ID_BEFORE_TASK)));
			return STEP_DONE;
		}
		tell_end(d, task, container);
		return get_log(d, log);
	}
	if (time_left(d) <= 0) {
		format_duration(&time, d->settings.before.timeout_ms);
		(void)deploy_fail_hint(d, "timeout",
				       "raise 'before.task.timeout' if it only needs more time",
				       "the task that runs before has not ended within %s",
				       time.buf);
		strbuf_release(&time);
		return STEP_FAILED;
	}
	return deploy_sleep(d, MIN(ecs_next_interval(d, FIRST_POLL, LAST_POLL), time_left(d)),
			    waiting);
}

enum step_result ecs_before(struct deployment *d)
{
	enum {
		START,
		AGAIN,
		STARTED,
		WAITING,
		LOOKED,
		LOG
	};
	const char *ended = deploy_id_get(d, ID_BEFORE_ENDED);

	switch (d->phase) {
	case START:
		if (ended && str_eq(ended, "well"))
			return STEP_DONE;
		if (ended)
			return get_log(d, LOG);
		if (deploy_id_get(d, ID_BEFORE_TASK))
			return describe(d, LOOKED);
		return run_task(d, STARTED);
	case AGAIN:
		return run_task(d, STARTED);
	case STARTED:
		if (d->result->outcome == AWS_OK)
			return started(d, WAITING);
		/* With the same token it is the same task. */
		if (result_is_transient(d->result) && d->at.retries++ < RUN_RETRIES)
			return deploy_sleep(d, 1000 * (int64_t)d->at.retries, AGAIN);
		return deploy_fail_result(d, d->result, "start the task that runs before");
	case WAITING:
		return describe(d, LOOKED);
	case LOOKED:
		return looked(d, WAITING, LOG);
	default:
		return got_log(d);
	}
}

/* In the undo tables: what was to run before shall not go on when nobody waits for it. */
enum step_result ecs_stop_before(struct deployment *d)
{
	enum {
		START,
		STOPPED
	};

	if (d->phase == START) {
		if (!ecs_before_runs(d))
			return STEP_DONE;
		d->call = ecs_stop_task(d->client, d->record->cluster,
					deploy_id_get(d, ID_BEFORE_TASK),
					"the deployment that it ran for has ended",
					deploy_on_result, d);
		return deploy_await(d, STOPPED);
	}
	if (d->result->outcome != AWS_OK)
		return deploy_fail_result(d, d->result, "stop the task that ran before");
	deploy_event(d, "task '%s' is stopped", ecs_short_name(deploy_id_get(d, ID_BEFORE_TASK)));
	deploy_id_set(d, ID_BEFORE_ENDED, "stopped");
	return STEP_DONE;
}
