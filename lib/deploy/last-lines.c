#include "base/base.h"
#include "deploy/rolling.h"

#include "aws/ecs.h"
#include "aws/logs.h"
#include "deploy/internal.h"

/*
 * What a failed container wrote last: mostly the shortest way to the cause.
 * Only what the awslogs driver sends to CloudWatch Logs can be read; group,
 * region and prefix stand in the task definition. Source: ECS Developer Guide,
 * "Send Amazon ECS logs to CloudWatch".
 */
#define LINES_MAX  10
#define LINE_BYTES 200 /* bytes */
#define TRIES	   3   /* lines arrive some seconds late */

/* "<task id> <container> <task definition>": the newest that failed, for the step below. */
void evidence_keep_task(struct deployment *d, const struct evidence *ev)
{
	const char *slash = ev->task ? strrchr(ev->task, '/') : NULL;
	char *value;

	if (!slash || !ev->container || !ev->definition)
		return;
	value = xstrfmt("%s %s %s", slash + 1, ev->container, ev->definition);
	deploy_id_set(d, ID_FAILED_TASK, value);
	free(value);
}

struct failed_task {
	char *id, *container, *definition;
};

static bool parse(struct failed_task *out, const char *text)
{
	const char *first = text ? strchr(text, ' ') : NULL;
	const char *second = first ? strchr(first + 1, ' ') : NULL;

	if (!second)
		return false;
	out->id = xmemdupz(text, (size_t)(first - text));
	out->container = xmemdupz(first + 1, (size_t)(second - first - 1));
	out->definition = xstrdup(second + 1);
	return true;
}

static void release(struct failed_task *task)
{
	free(task->id);
	free(task->container);
	free(task->definition);
}

static const struct json *find_container(const struct json *answer, const char *name)
{
	const struct json *list = json_path(answer, "taskDefinition.containerDefinitions");
	size_t i;

	for (i = 0; list && list->type == JSON_ARRAY && i < list->u.array.nr; i++) {
		const char *s = json_get_str(&list->u.array.items[i], "name");

		if (s && str_eq(s, name))
			return &list->u.array.items[i];
	}
	return NULL;
}

/* Where the container's lines are: "<region> <group> <stream>" for the next call. STEP_DONE: nowhere. */
static enum step_result find_stream(struct deployment *d, const struct failed_task *task)
{
	const struct json *container = find_container(d->result->json, task->container);
	const struct json *log = json_get(container, "logConfiguration");
	const struct json *options = json_get(log, "options");
	const char *driver = json_get_str(log, "logDriver");
	const char *group = json_get_str(options, "awslogs-group");
	const char *region = json_get_str(options, "awslogs-region");
	const char *prefix = json_get_str(options, "awslogs-stream-prefix");
	char *where;

	if (!driver || !str_eq(driver, "awslogs") || !group || !prefix || strchr(group, ' ') ||
	    (region && strchr(region, ' ')))
		return STEP_DONE;
	where = xstrfmt("%s %s %s/%s/%s", region ? region : d->record->region, group, prefix,
			task->container, task->id);
	deploy_id_set(d, ID_LOG_STREAM, where);
	free(where);
	return STEP_WAIT;
}

static enum step_result ask(struct deployment *d, int phase)
{
	const struct aws_identity identity = { .role_arn = d->settings.role_arn };
	char *region = xstrdup(deploy_id_get(d, ID_LOG_STREAM));
	char *group = strchr(region, ' '), *stream = group ? strchr(group + 1, ' ') : NULL;
	struct error err = ERROR_INIT;
	struct aws_client *client;
	enum step_result ret = STEP_DONE;

	if (!stream)
		goto out;
	*group++ = '\0';
	*stream++ = '\0';
	if (aws_client_get(&client, d->engine->aws, d->settings.role_arn ? &identity : NULL, region,
			   &err) < 0)
		goto out;
	d->call = logs_get_log_events(client, group, stream, LINES_MAX, deploy_on_result, d);
	ret = deploy_await(d, phase);
out:
	error_release(&err);
	free(region);
	return ret;
}

/* One line, masked before it is cut: half a secret is one, too. */
static void add_line(const struct deployment *d, struct strbuf *out, const char *text)
{
	struct strbuf line = STRBUF_INIT_MAX(64 * 1024);
	size_t len = strcspn(text, "\n");

	strbuf_add(&line, text, MIN(len, (size_t)32 * 1024));
	strbuf_rtrim(&line);
	secrets_mask(&d->secrets, &line);
	if (line.len > LINE_BYTES) {
		strbuf_setlen(&line, LINE_BYTES);
		strbuf_add_printable(out, line.buf, line.len);
		strbuf_addstr(out, "...");
	} else {
		strbuf_add_printable(out, line.buf, line.len);
	}
	strbuf_release_secret(&line);
}

static void add_to_message(struct deployment *d, const char *line)
{
	struct strbuf message = STRBUF_INIT;

	strbuf_addf(&message, "%s; it wrote last: %s", d->record->failure.message, line);
	secrets_mask(&d->secrets, &message);
	record_set(&d->record->failure.message, message.buf);
	strbuf_release(&message);
}

static bool tell_lines(struct deployment *d, const struct failed_task *task)
{
	const struct json *events = json_get(d->result->json, "events");
	struct strbuf line = STRBUF_INIT;
	size_t i, nr = events && events->type == JSON_ARRAY ? events->u.array.nr : 0, from;

	from = nr > LINES_MAX ? nr - LINES_MAX : 0;
	for (i = from; i < nr; i++) {
		const char *text = json_get_str(&events->u.array.items[i], "message");

		if (!text || !text[strspn(text, " \t\r\n")])
			continue;
		strbuf_reset(&line);
		add_line(d, &line, text);
		deploy_event(d, "%s: %s", task->container, line.buf);
	}
	if (line.len && d->record->failure.message)
		add_to_message(d, line.buf);
	strbuf_release(&line);
	return nr > 0;
}

/* STEP_DONE: there are none, or they can't be read, which is told. */
static enum step_result read_lines(struct deployment *d, const struct failed_task *task, int again)
{
	bool missing = aws_result_is(d->result, "ResourceNotFoundException");

	if (d->result->outcome == AWS_OK && tell_lines(d, task))
		return STEP_DONE;
	if ((d->result->outcome == AWS_OK || missing) && d->at.retries++ < TRIES)
		return deploy_sleep(d, 500 << d->at.retries, again);
	if (d->result->outcome == AWS_OK || missing)
		deploy_event(d, "container '%s' wrote nothing", task->container);
	else
		deploy_event(d, "cannot read what container '%s' wrote: %s", task->container,
			     d->result->err.message);
	return STEP_DONE;
}

enum step_result ecs_last_lines(struct deployment *d)
{
	enum {
		START,
		DEFINED,
		AGAIN,
		READ
	};
	struct failed_task task = { NULL, NULL, NULL };
	enum step_result ret = STEP_DONE;

	if (!parse(&task, deploy_id_get(d, ID_FAILED_TASK)))
		return STEP_DONE;
	switch (d->phase) {
	case START:
		d->call = ecs_describe_task_definition(d->client, task.definition, deploy_on_result,
						       d);
		ret = deploy_await(d, DEFINED);
		break;
	case DEFINED:
		if (d->result->outcome != AWS_OK)
			deploy_event(d, "cannot find out where container '%s' writes to: %s",
				     task.container, d->result->err.message);
		else if (find_stream(d, &task) == STEP_WAIT)
			ret = ask(d, READ);
		break;
	case AGAIN:
		ret = ask(d, READ);
		break;
	default:
		ret = read_lines(d, &task, AGAIN);
		break;
	}
	release(&task);
	return ret;
}
