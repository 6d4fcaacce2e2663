#include "check/internal.h"

/*
 * Which shape each document is compared with. A service with the EXTERNAL
 * controller is created with some members and passes others on to its task
 * sets; CreateService knows them all.
 */
static const struct {
	enum artifact_kind kind;
	enum artifact_role role;
	enum schema_input input;
} shapes[] = {
	{ KIND_ECS, ROLE_DEFINITION, SCHEMA_CREATE_SERVICE },
	{ KIND_ECS, ROLE_TASK_DEFINITION, SCHEMA_REGISTER_TASK_DEFINITION },
	{ KIND_ECS, ROLE_SETTINGS, SCHEMA_ECS_SETTINGS },
	{ KIND_LAMBDA, ROLE_DEFINITION, SCHEMA_CREATE_FUNCTION },
	{ KIND_LAMBDA, ROLE_EVENT_SOURCES, SCHEMA_LAMBDA_EVENT_SOURCES },
	{ KIND_LAMBDA, ROLE_SETTINGS, SCHEMA_LAMBDA_SETTINGS },
};

struct place {
	struct check *check;
	const struct service *service;
	const struct document *doc;
	enum schema_input input;
	struct meant meant;
};

static void mark_bad(struct check *check, const struct json *value, bool unknown, bool whole)
{
	ALLOC_GROW(check->bad, check->bad_nr + 1, check->bad_alloc);
	check->bad[check->bad_nr++] = (struct bad_value){ value, unknown, whole };
}

/* "arn:aws:lambda:us-east-1:123456789012:layer:tools:latest", which the deployment resolves. */
static bool is_latest_layer(const struct place *at, const struct schema_problem *p)
{
	const char *s = json_str(p->value), *name;

	if (at->service->kind != KIND_LAMBDA || !s || !str_eq(p->rule, "schema-pattern") ||
	    !starts_with(s, "arn:") || !strstr(s, ":lambda:") || !(name = strstr(s, ":layer:")))
		return false;
	name += strlen(":layer:");
	return strcspn(name, ":") && str_eq(name + strcspn(name, ":"), ":latest");
}

static void report(const struct schema_problem *p, void *data)
{
	struct place *at = data;
	enum severity severity = p->warning ? SEVERITY_WARNING : SEVERITY_ERROR;
	struct check *check = at->check;
	struct finding *f;

	if (is_latest_layer(at, p))
		return;
	if (!p->warning)
		mark_bad(check, p->value, p->member != NULL, false);
	if (meant_takes(&at->meant, at->input, at->doc, p))
		return;
	if (p->member)
		f = document_member_finding(at->check->findings, at->doc, p->member, severity,
					    p->rule, "%s", p->message);
	else
		f = document_finding(at->check->findings, at->doc, p->value, severity, p->rule,
				     "%s", p->message);
	if (p->hint)
		finding_hint(f, "%s", p->hint);
	if (p->fix)
		check_set_fix(f, at->service, at->doc, p);
}

static bool is_sensitive(const struct json *value, void *data)
{
	const struct document *doc = ((struct place *)data)->doc;

	return doc->sensitive && template_map_sensitive(&doc->map, value->off, value->len);
}

int check_native(struct check *check, const struct plan_object *object,
		 const struct service *service)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(shapes); i++) {
		const struct document *doc = &service->docs[shapes[i].role];
		struct place at = {
			.check = check, .service = service, .doc = doc, .input = shapes[i].input
		};
		const struct schema_visitor visitor = { report, is_sensitive, &at };

		if (shapes[i].kind != object->kind || !doc->json)
			continue;
		if (meant_answer(check, shapes[i].input, doc)) {
			mark_bad(check, doc->json, false, true);
			continue;
		}
		schema_check(shapes[i].input, doc->json, check->matcher, check->schema_allow,
			     check->schema_allow_nr, &visitor);
		meant_report(check, &at.meant, shapes[i].input, doc);
	}
	return 0;
}
