#include "base/base.h"
#include "deploy/internal.h"

void deploy_ids_write(struct deployment *d)
{
	struct strbuf out = STRBUF_INIT;
	struct json_writer jw = JSON_WRITER_INIT(&out, 0);
	size_t i;

	jw_object(&jw, NULL);
	for (i = 0; i < ARRAY_SIZE(d->ids); i++)
		if (d->ids[i].value)
			jw_str(&jw, d->ids[i].name, d->ids[i].value);
	jw_end(&jw);
	record_set(&d->record->ids, out.buf);
	strbuf_release(&out);
}

/* Unknown names are a later version's and dropped. */
static const char *id_name(const char *name)
{
	static const char *const names[] = { ID_MODE,
					     ID_TASK_DEFINITION,
					     ID_DEPLOYMENT,
					     ID_PREVIOUS,
					     ID_PREVIOUS_DEPLOYMENT,
					     ID_UNDO,
					     ID_SINCE,
					     ID_BACK,
					     ID_FORCED,
					     ID_CREATED,
					     ID_SERVICE_DEPLOYMENT,
					     ID_PREVIOUS_SERVICE_DEPLOYMENT,
					     ID_OVER,
					     ID_BREAKER,
					     ID_STAGE,
					     ID_HOOK,
					     ID_HOOK_SINCE,
					     ID_GATE,
					     ID_FAILED_TASK,
					     ID_LOG_STREAM,
					     ID_BEFORE_TASK,
					     ID_BEFORE_SINCE,
					     ID_BEFORE_ENDED,
					     ID_SERVICE,
					     ID_GROUP_OLD,
					     ID_GROUP_NEW,
					     ID_GROUP_IN_USE,
					     ID_RULE,
					     ID_LISTENER,
					     ID_WEIGHTS,
					     ID_TRAFFIC_STEP,
					     ID_TRAFFIC_FROM,
					     ID_TRAFFIC_TO,
					     ID_TRAFFIC_WAIT,
					     ID_TRAFFIC_REST,
					     ID_TRAFFIC_AT,
					     ID_TRAFFIC_LEFT,
					     ID_OLD_GONE,
					     ID_TRAFFIC_NEW,
					     ID_TASK_SET,
					     ID_FALLBACK,
					     ID_PLACED,
					     ID_OLD_TASK_SETS,
					     ID_LEFTOVERS,
					     ID_RESOLVED,
					     ID_WARM_UNDO,
					     ID_URL,
					     ID_URL_OURS,
					     ID_URL_UNDO,
					     ID_URL_OPENED,
					     ID_VERSION,
					     ID_PUBLISHED,
					     ID_CREATED,
					     ID_OLD_VERSION,
					     ID_ALIAS_REVISION,
					     ID_SPLIT,
					     ID_AT_ONCE,
					     ID_REPLACED,
					     ID_READY,
					     ID_CODE_SHA,
					     ID_SAME,
					     ID_KEPT,
					     ID_SIGNED,
					     ID_MAPPINGS,
					     ID_MAPPING,
					     ID_MAPPINGS_MADE,
					     ID_MAPPINGS_LEFT,
					     ID_MAPPINGS_MAKING,
					     ID_MAPPINGS_OLD,
					     ID_MAPPINGS_KEPT,
					     ID_MAPPING_OLD,
					     ID_MAPPINGS_CHANGED,
					     ID_PERMISSION,
					     ID_PERMISSIONS_MADE,
					     ID_PERMISSIONS_OLD,
					     ID_TARGETS_MADE,
					     ID_ROUTES,
					     ID_API_UNDO,
					     ID_API,
					     ID_API_TARGET,
					     ID_API_URI,
					     ID_API_INTEGRATION,
					     ID_API_LEFT,
					     ID_API_DEPLOYMENT,
					     ID_SIGNED };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (str_eq(names[i], name))
			return names[i];
	return NULL;
}

void deploy_ids_read(struct deployment *d)
{
	struct json_problems problems = JSON_PROBLEMS_INIT;
	struct arena arena = ARENA_INIT;
	const struct json *ids;
	size_t i;

	if (!d->record->ids)
		return;
	ids = json_parse(&arena, d->record->ids, strlen(d->record->ids), NULL, &problems);
	for (i = 0; ids && ids->type == JSON_OBJECT && i < ids->u.object.nr; i++) {
		const char *name = id_name(ids->u.object.members[i].name);
		const char *value = json_str(&ids->u.object.members[i].value);

		if (name && value)
			deploy_id_set(d, name, value);
	}
	json_problems_release(&problems);
	arena_release(&arena);
}

void deploy_id_set(struct deployment *d, const char *name, const char *value)
{
	size_t i;

	/* what deploy_ids_read() would drop is lost when the worker dies */
	if (!id_name(name))
		BUG("the id '%s' is not in the list", name);
	for (i = 0; i < ARRAY_SIZE(d->ids); i++) {
		if (d->ids[i].name && !str_eq(d->ids[i].name, name))
			continue;
		d->ids[i].name = name;
		free(d->ids[i].value);
		d->ids[i].value = xstrdup_or_null(value);
		return;
	}
	BUG("no room for the id '%s'", name);
}

const char *deploy_id_get(const struct deployment *d, const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(d->ids); i++)
		if (d->ids[i].name && str_eq(d->ids[i].name, name))
			return d->ids[i].value;
	return NULL;
}

void deploy_id_set_number(struct deployment *d, const char *name, int64_t n)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, n);
	deploy_id_set(d, name, text);
}

int64_t deploy_id_get_number(const struct deployment *d, const char *name)
{
	const char *s = deploy_id_get(d, name);

	return s ? strtoll(s, NULL, 10) : 0;
}

void deploy_ids_clear(struct deployment *d)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(d->ids); i++)
		FREE_AND_NULL(d->ids[i].value);
	memset(d->ids, 0, sizeof(d->ids));
}

void deploy_ids_mend_moments(struct deployment *d)
{
	static const char *const names[] = { ID_SINCE, ID_GATE, ID_BEFORE_SINCE, ID_TRAFFIC_AT,
					     ID_TRAFFIC_WAIT };
	int64_t now = deploy_moment(d);
	char text[32];
	size_t i;

	snprintf(text, sizeof(text), "%" PRId64, now);
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		const char *value = deploy_id_get(d, names[i]);

		if (value && strtoll(value, NULL, 10) > now)
			deploy_id_set(d, names[i], text);
	}
}
