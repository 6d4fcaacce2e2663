#include "base/base.h"
#include "deploy/settings-internal.h"

/* `approval`, `dependsOn` and `before`: what a deployment waits for. */

#define SECONDS_MAX (30 * 24 * 3600)

static int wrong(struct error *err, const char *path, const char *want)
{
	return error_set(err, ERROR_INVALID, "'%s' in the deployment settings must be %s", path,
			 want);
}

static int read_seconds(int64_t *ms, const struct json *object, const char *name, const char *path,
			struct error *err)
{
	const struct json *value = json_get(object, name);
	double seconds;

	if (!value)
		return 0;
	if (!json_double(value, &seconds) || !(seconds > 0 && seconds <= SECONDS_MAX))
		return wrong(err, path, "a number of seconds, more than 0 and at most 30 days");
	*ms = MAX((int64_t)(seconds * 1000 + 0.5), 1);
	return 0;
}

/* A list of strings, none of them empty where `full` says so. */
static int read_strings(char ***out, size_t *nr, const struct json *list, const char *path,
			bool full, struct error *err)
{
	size_t i;

	if (list->type != JSON_ARRAY || !list->u.array.nr)
		return wrong(err, path, "a list of strings");
	if (list->u.array.nr > SETTINGS_LIST_MAX)
		return error_set(
			err, ERROR_LIMIT,
			"'%s' in the deployment settings has %zu items, at most %d are allowed",
			path, list->u.array.nr, SETTINGS_LIST_MAX);
	*out = xcalloc(list->u.array.nr, sizeof(**out));
	for (i = 0; i < list->u.array.nr; i++) {
		const char *s = json_str(&list->u.array.items[i]);

		if (!s || (full && !*s))
			return wrong(err, path, "a list of strings");
		(*out)[(*nr)++] = xstrdup(s);
	}
	return 0;
}

static int parse_approval(struct settings *s, const struct json *doc, struct error *err)
{
	const struct json *object = json_get(doc, "approval");
	const char *before;

	if (!object)
		return 0;
	if (object->type != JSON_OBJECT)
		return wrong(err, "approval", "an object");
	before = json_get_str(object, "before");
	if (before && str_eq(before, "deploy"))
		s->approval = APPROVAL_DEPLOY;
	else if (before && str_eq(before, "shift"))
		s->approval = APPROVAL_SHIFT;
	else
		return wrong(err, "approval.before", "deploy or shift");
	return read_seconds(&s->approval_timeout_ms, object, "timeout", "approval.timeout", err);
}

int settings_parse_depends(struct settings *s, const struct json *doc, struct error *err)
{
	const struct json *list = json_get(doc, "dependsOn");

	if (!list)
		return 0;
	return read_strings(&s->depends_on, &s->depends_on_nr, list, "dependsOn", true, err);
}

static int parse_before(struct settings *s, const struct json *doc, struct error *err)
{
	const struct json *object = json_get(doc, "before");
	const struct json *task = json_get(object, "task"), *command;
	const char *container;

	if (!object)
		return 0;
	if (object->type != JSON_OBJECT || !task || task->type != JSON_OBJECT)
		return wrong(err, "before.task", "an object");
	container = json_get_str(task, "containerName");
	if (!container || !*container)
		return wrong(err, "before.task.containerName", "the name of a container");
	command = json_get(task, "command");
	if (!command)
		return wrong(err, "before.task.command", "a list of strings");
	s->before.container = xstrdup(container);
	if (read_strings(&s->before.command, &s->before.command_nr, command, "before.task.command",
			 false, err) < 0)
		return -1;
	return read_seconds(&s->before.timeout_ms, task, "timeout", "before.task.timeout", err);
}

int settings_parse_order(struct settings *s, const struct json *doc, struct error *err)
{
	return parse_approval(s, doc, err) < 0 || settings_parse_depends(s, doc, err) < 0 ||
			       parse_before(s, doc, err) < 0 ?
		       -1 :
		       0;
}

void settings_release_order(struct settings *s)
{
	size_t i;

	for (i = 0; i < s->depends_on_nr; i++)
		free(s->depends_on[i]);
	for (i = 0; i < s->before.command_nr; i++)
		free(s->before.command[i]);
	free(s->depends_on);
	free(s->before.command);
	free(s->before.container);
}
