#include "check/semantics-internal.h"

/* Each looks at what it needs and is silent without it. KIND_NR: of both kinds. */
static const struct {
	enum artifact_kind kind;
	void (*run)(struct semantics *s);
} subjects[] = {
	{ KIND_ECS, sem_containers }, { KIND_ECS, sem_ports },	    { KIND_ECS, sem_fargate },
	{ KIND_ECS, sem_controller }, { KIND_ECS, sem_strategy },   { KIND_LAMBDA, sem_lambda },
	{ KIND_LAMBDA, sem_sources }, { KIND_LAMBDA, sem_changes }, { KIND_NR, sem_environment },
	{ KIND_NR, sem_settings },    { KIND_NR, sem_arns },	    { KIND_NR, sem_claims },
	{ KIND_NR, sem_identity },    { KIND_NR, sem_depends },
};

/* --- reading ---------------------------------------------------------------------- */

static bool is_bad(const struct semantics *s, const struct json *value)
{
	size_t i;

	for (i = 0; i < s->check->bad_nr; i++)
		if (s->check->bad[i].value == value)
			return true;
	return false;
}

const struct json *sem_get(const struct semantics *s, const struct json *object, const char *name)
{
	const struct json *value = json_get(object, name);

	return value && !is_bad(s, value) ? value : NULL;
}

static const struct json *of_type(const struct json *value, enum json_type type)
{
	return value && value->type == type ? value : NULL;
}

const struct json *sem_object(const struct semantics *s, const struct json *object,
			      const char *name)
{
	return of_type(sem_get(s, object, name), JSON_OBJECT);
}

const struct json *sem_list(const struct semantics *s, const struct json *object, const char *name)
{
	return of_type(sem_get(s, object, name), JSON_ARRAY);
}

const char *sem_str(const struct semantics *s, const struct json *object, const char *name)
{
	return json_str(sem_get(s, object, name));
}

bool sem_int(const struct semantics *s, const struct json *object, const char *name, int64_t *out)
{
	return json_int(sem_get(s, object, name), out);
}

bool sem_true(const struct semantics *s, const struct json *object, const char *name)
{
	const struct json *value = sem_get(s, object, name);

	return value && value->type == JSON_BOOL && value->u.boolean;
}

bool sem_lacks(const struct semantics *s, const struct json *object, const char *name)
{
	size_t i, k;

	if (!object || object->type != JSON_OBJECT || json_get(object, name))
		return false;
	for (i = 0; i < object->u.object.nr; i++)
		for (k = 0; k < s->check->bad_nr; k++)
			if (s->check->bad[k].unknown &&
			    s->check->bad[k].value == &object->u.object.members[i].value)
				return false;
	return true;
}

size_t sem_nr(const struct json *list)
{
	return list && list->type == JSON_ARRAY ? list->u.array.nr : 0;
}

const struct json *sem_item(const struct semantics *s, const struct json *list, size_t i)
{
	const struct json *item = &list->u.array.items[i];

	return item->type == JSON_OBJECT && !is_bad(s, item) ? item : NULL;
}

const char *sem_item_str(const struct semantics *s, const struct json *list, size_t i)
{
	const struct json *item = &list->u.array.items[i];

	return is_bad(s, item) ? NULL : json_str(item);
}

/* --- telling ---------------------------------------------------------------------- */

const char *sem_text(struct semantics *s, const struct document *doc, const struct json *value)
{
	struct strbuf text = STRBUF_INIT;
	const char *copy;

	if (doc->sensitive && template_map_sensitive(&doc->map, value->off, value->len))
		return "(sensitive)";
	if (value->type == JSON_STRING || value->type == JSON_NUMBER)
		strbuf_add_printable(&text, value->u.str.s, MIN(value->u.str.len, (size_t)200));
	copy = arena_strdup(&s->arena, text.buf);
	strbuf_release(&text);
	return copy;
}

struct finding *sem_report(struct semantics *s, const struct document *doc,
			   const struct json *value, enum severity severity, const char *rule,
			   const char *fmt, ...)
{
	struct strbuf message = STRBUF_INIT;
	struct finding *f;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&message, fmt, ap);
	va_end(ap);
	f = document_finding(s->check->findings, doc, value, severity, rule, "%s", message.buf);
	strbuf_release(&message);
	return f;
}

struct finding *sem_report_member(struct semantics *s, const struct document *doc,
				  const struct json *object, const char *member,
				  enum severity severity, const char *rule, const char *fmt, ...)
{
	const struct json_member *jm = json_get_member(object, member);
	struct strbuf message = STRBUF_INIT;
	struct finding *f;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&message, fmt, ap);
	va_end(ap);
	if (jm)
		f = document_member_finding(s->check->findings, doc, jm, severity, rule, "%s",
					    message.buf);
	else
		f = document_finding(s->check->findings, doc, object, severity, rule, "%s",
				     message.buf);
	strbuf_release(&message);
	return f;
}

/* --- what several rules want to know ---------------------------------------------- */

int sem_find_container(const struct semantics *s, const char *name, bool *sure)
{
	size_t i;

	*sure = s->containers != NULL;
	for (i = 0; i < sem_nr(s->containers); i++) {
		const char *other = sem_str(s, sem_item(s, s->containers, i), "name");

		if (!other)
			*sure = false;
		else if (str_eq(other, name))
			return (int)i;
	}
	return -1;
}

const char *sem_container_name(struct semantics *s, size_t i)
{
	const struct json *name = sem_get(s, sem_item(s, s->containers, i), "name");

	if (!json_str(name))
		return arena_strfmt(&s->arena, "container %zu", i + 1);
	return arena_strfmt(&s->arena, "container '%s'", sem_text(s, s->taskdef, name));
}

static enum controller find_controller(const struct semantics *s)
{
	const struct json *svcdef = s->definition ? s->definition->json : NULL, *object;
	const char *type;

	if (!svcdef)
		return CONTROLLER_OTHER;
	if (sem_lacks(s, svcdef, "deploymentController"))
		return CONTROLLER_ECS;
	object = sem_object(s, svcdef, "deploymentController");
	type = sem_str(s, object, "type");
	if (!type)
		return CONTROLLER_OTHER;
	return str_eq(type, "ECS")	? CONTROLLER_ECS :
	       str_eq(type, "EXTERNAL") ? CONTROLLER_EXTERNAL :
					  CONTROLLER_OTHER;
}

static bool has_string(const struct semantics *s, const struct json *list, const char *text)
{
	size_t i;

	for (i = 0; i < sem_nr(list); i++) {
		const char *item = sem_item_str(s, list, i);

		if (item && str_eq(item, text))
			return true;
	}
	return false;
}

static bool runs_on_fargate(const struct semantics *s)
{
	const struct json *svcdef = s->definition ? s->definition->json : NULL, *strategy;
	const char *launch = sem_str(s, svcdef, "launchType"), *name;
	size_t i;

	if (launch && str_eq(launch, "FARGATE"))
		return true;
	strategy = sem_list(s, svcdef, "capacityProviderStrategy");
	for (i = 0; i < sem_nr(strategy); i++) {
		name = sem_str(s, sem_item(s, strategy, i), "capacityProvider");
		if (name && (str_eq(name, "FARGATE") || str_eq(name, "FARGATE_SPOT")))
			return true;
	}
	return false;
}

static const struct document *readable(const struct check *check, const struct service *service,
				       enum artifact_role role)
{
	const struct document *doc = &service->docs[role];
	size_t i;

	for (i = 0; i < check->bad_nr; i++)
		if (check->bad[i].whole && check->bad[i].value == doc->json)
			return NULL;
	return doc->json ? doc : NULL;
}

int check_semantics(struct check *check, const struct plan_object *object,
		    const struct service *service)
{
	struct semantics s = {
		.check = check,
		.object = object,
		.service = service,
		.arena = ARENA_INIT,
		.definition = readable(check, service, ROLE_DEFINITION),
		.taskdef = readable(check, service, ROLE_TASK_DEFINITION),
		.sources = readable(check, service, ROLE_EVENT_SOURCES),
		.settings = readable(check, service, ROLE_SETTINGS),
	};
	size_t i;

	if (object->kind == KIND_ECS) {
		s.controller = find_controller(&s);
		s.on_fargate = runs_on_fargate(&s);
	}
	if (s.taskdef) {
		s.fargate = s.on_fargate ||
			    has_string(&s, sem_list(&s, s.taskdef->json, "requiresCompatibilities"),
				       "FARGATE");
		s.containers = sem_list(&s, s.taskdef->json, "containerDefinitions");
		s.network_mode = sem_lacks(&s, s.taskdef->json, "networkMode") ?
					 "bridge" :
					 sem_str(&s, s.taskdef->json, "networkMode");
	}
	for (i = 0; i < ARRAY_SIZE(subjects); i++)
		if (subjects[i].kind == object->kind || subjects[i].kind == KIND_NR)
			subjects[i].run(&s);
	arena_release(&s.arena);
	return 0;
}
