#include "base/base.h"
#include "deploy/task-set.h"

#include "aws/task-set.h"
#include "deploy/internal.h"
#include "deploy/rolling.h"
#include "deploy/service.h"

#define EXTERNAL_ID_PREFIX "gitops-"

static const char *text_of(const struct json *object, const char *name)
{
	const char *text = json_get_str(object, name);

	return text ? text : "";
}

bool task_set_at(const struct json *service, size_t i, struct ecs_task_set *out)
{
	const struct json *list = json_get(service, "taskSets"), *v;

	if (!list || list->type != JSON_ARRAY || i >= list->u.array.nr)
		return false;
	v = &list->u.array.items[i];
	out->id = text_of(v, "id");
	out->status = text_of(v, "status");
	out->task_definition = text_of(v, "taskDefinition");
	out->external_id = text_of(v, "externalId");
	out->steady = str_eq(text_of(v, "stabilityStatus"), "STEADY_STATE");
	out->desired = json_get_int(v, "computedDesiredCount", 0);
	out->running = json_get_int(v, "runningCount", 0);
	out->pending = json_get_int(v, "pendingCount", 0);
	if (!json_double(json_path(v, "scale.value"), &out->scale))
		out->scale = 0;
	out->created_at = json_epoch_ms(json_get(v, "createdAt"));
	return true;
}

bool task_set_is(const struct ecs_task_set *set, const char *status)
{
	return str_eq(set->status, status);
}

bool task_set_primary(const struct json *service, struct ecs_task_set *out)
{
	size_t i;

	for (i = 0; task_set_at(service, i, out); i++)
		if (task_set_is(out, "PRIMARY"))
			return true;
	return false;
}

bool task_set_find(const struct json *service, const char *id, struct ecs_task_set *out)
{
	size_t i;

	for (i = 0; task_set_at(service, i, out); i++)
		if (str_eq(out->id, id))
			return true;
	return false;
}

bool task_set_find_external(const struct json *service, const char *external_id,
			    struct ecs_task_set *out)
{
	size_t i;

	for (i = 0; task_set_at(service, i, out); i++)
		if (str_eq(out->external_id, external_id))
			return true;
	return false;
}

char *task_set_external_id(const struct deployment *d, bool fallback)
{
	return xstrfmt(EXTERNAL_ID_PREFIX "%.26s%s", d->record->id, fallback ? "-f" : "");
}

bool task_set_is_ours(const char *external_id)
{
	return starts_with(external_id, EXTERNAL_ID_PREFIX);
}

/* Without the "-f". */
static size_t stem(const char *external_id)
{
	size_t len = strlen(external_id);

	return ends_with(external_id, "-f") ? len - 2 : len;
}

bool task_set_same_deployment(const char *external_id, const char *other)
{
	size_t len = stem(external_id);

	return task_set_is_ours(external_id) && len == stem(other) &&
	       !strncmp(external_id, other, len);
}

void task_set_list(struct deployment *d, const char *list, const char *id)
{
	const char *old = deploy_id_get(d, list);
	char *now = old ? xstrfmt("%s %s", old, id) : xstrdup(id);

	deploy_id_set(d, list, now);
	free(now);
}

void task_set_list_all(struct deployment *d, const char *list, const struct json *service)
{
	struct ecs_task_set set;
	size_t i;

	for (i = 0; task_set_at(service, i, &set); i++)
		if (task_set_is(&set, "ACTIVE"))
			task_set_list(d, list, set.id);
	if (task_set_primary(service, &set))
		task_set_list(d, list, set.id);
}

/* The first of the list; NULL: it is empty. */
static char *first_of(const struct deployment *d, const char *list)
{
	const char *ids = deploy_id_get(d, list);
	size_t len = ids ? strcspn(ids, " ") : 0;

	return len ? xmemdupz(ids, len) : NULL;
}

static void drop_first(struct deployment *d, const char *list)
{
	const char *rest = strchr(deploy_id_get(d, list), ' ');
	char *now = rest ? xstrdup(rest + 1) : NULL;

	deploy_id_set(d, list, now);
	free(now);
}

enum step_result task_set_may_delete_listed(struct deployment *d, const char *list, int phase)
{
	char *id = first_of(d, list);

	if (d->result && id) {
		if (d->result->outcome == AWS_OK)
			deploy_event(d, "task set '%s' is being deleted", id);
		else if (aws_result_is(d->result, "TaskSetNotFoundException"))
			deploy_event(d, "task set '%s' is gone already", id);
		else if (aws_result_is(d->result, "ServiceNotFoundException") ||
			 aws_result_is(d->result, "ServiceNotActiveException") ||
			 aws_result_is(d->result, "ClusterNotFoundException"))
			deploy_event(d, "task set '%s' goes with its service", id);
		else
			goto failed;
		drop_first(d, list);
		d->at.retries = 0;
		free(id);
		id = first_of(d, list);
	}
	if (!id)
		return STEP_DONE;
	d->call = ecs_delete_task_set(d->client, d->record->cluster, d->record->name, id,
				      deploy_on_result, d);
	free(id);
	return deploy_await(d, phase);
failed:
	free(id);
	/* Deleting it twice does no harm. */
	if (result_is_transient(d->result) && d->at.retries++ < 10)
		return deploy_sleep(d, 500 * (int64_t)d->at.retries, phase);
	return STEP_FAILED;
}

enum step_result task_set_delete_listed(struct deployment *d, const char *list, int phase)
{
	enum step_result ret = task_set_may_delete_listed(d, list, phase);

	return ret == STEP_FAILED ? deploy_fail_result(d, d->result, "delete a task set") : ret;
}
