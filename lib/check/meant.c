#include "check/internal.h"

/*
 * Mistakes of one hand that AWS's shapes see as many: what `aws ecs
 * describe-...` answered was taken for a definition, or a list of target
 * groups was written where a list of pairs is wanted. Each becomes one finding
 * that says what was meant.
 */

/* Members that AWS answers with and no call takes. */
static const char *const task_definition_members[] = { "taskDefinitionArn",
						       "revision",
						       "status",
						       "requiresAttributes",
						       "compatibilities",
						       "registeredAt",
						       "deregisteredAt",
						       "registeredBy",
						       "deleteRequestedAt",
						       NULL };
static const char *const service_members[] = { "serviceArn",
					       "clusterArn",
					       "status",
					       "runningCount",
					       "pendingCount",
					       "taskSets",
					       "deployments",
					       "roleArn",
					       "events",
					       "createdAt",
					       "createdBy",
					       "currentServiceDeployment",
					       "currentServiceRevisions",
					       "platformFamily",
					       NULL };
static const char *const function_members[] = { "FunctionArn",
						"CodeSize",
						"LastModified",
						"CodeSha256",
						"Version",
						"MasterArn",
						"RevisionId",
						"State",
						"StateReason",
						"StateReasonCode",
						"LastUpdateStatus",
						"LastUpdateStatusReason",
						"LastUpdateStatusReasonCode",
						"SigningProfileVersionArn",
						"SigningJobArn",
						"RuntimeVersionConfig",
						"ConfigSha256",
						NULL };

static const struct answer {
	enum schema_input input;
	const char *command; /* whose answer it is */
	const char *wrapper; /* member that has the definition, or a list of one */
	const char *const *members;
} answers[] = {
	{ SCHEMA_REGISTER_TASK_DEFINITION, "aws ecs describe-task-definition", "taskDefinition",
	  task_definition_members },
	{ SCHEMA_CREATE_SERVICE, "aws ecs describe-services", "services", service_members },
	{ SCHEMA_CREATE_SERVICE, "aws ecs create-service", "service", service_members },
	{ SCHEMA_CREATE_FUNCTION, "aws lambda get-function", "Configuration", function_members },
};

static const struct answer *answer_of(enum schema_input input)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(answers); i++)
		if (answers[i].input == input)
			return &answers[i];
	return NULL;
}

static bool is_answered(const struct answer *answer, const char *name)
{
	const char *const *p;

	for (p = answer ? answer->members : NULL; p && *p; p++)
		if (str_eq(*p, name))
			return true;
	return false;
}

/* --- a whole answer --- */

static const struct json_member *member_of(const struct json *object, const char *name)
{
	size_t i;

	for (i = 0; object->type == JSON_OBJECT && i < object->u.object.nr; i++)
		if (str_eq(object->u.object.members[i].name, name))
			return &object->u.object.members[i];
	return NULL;
}

/* What the wrapper has, where it is certain that it is one. */
static const struct json *unwrap(const struct answer *answer, const struct json *root,
				 const struct json_member **member)
{
	const struct json *inner;

	*member = member_of(root, answer->wrapper);
	if (!*member)
		return NULL;
	inner = &(*member)->value;
	if (inner->type == JSON_ARRAY)
		inner = inner->u.array.nr ? &inner->u.array.items[0] : NULL;
	return inner && inner->type == JSON_OBJECT ? inner : NULL;
}

/* Only what would be lost is worth a second look: tags, that AWS shows beside the definition. */
static bool is_alone(const struct json *root, const struct json_member *member)
{
	const struct json *tags = json_get(root, "tags");

	if (tags && (tags->type != JSON_ARRAY || tags->u.array.nr))
		return false;
	return member->value.type != JSON_ARRAY || member->value.u.array.nr == 1;
}

bool meant_answer(struct check *check, enum schema_input input, const struct document *doc)
{
	const struct json_member *member;
	const struct json *inner;
	struct finding *f;
	size_t i;

	if (doc->json->type != JSON_OBJECT)
		return false;
	for (i = 0; i < ARRAY_SIZE(answers); i++) {
		if (answers[i].input != input || schema_has_member(input, answers[i].wrapper) ||
		    !(inner = unwrap(&answers[i], doc->json, &member)))
			continue;
		f = document_member_finding(check->findings, doc, member, SEVERITY_ERROR,
					    "schema-unknown",
					    "this is an answer of '%s', not a definition",
					    answers[i].command);
		finding_hint(f,
			     "keep what stands in \"%s\", without the members that only answers "
			     "have, like \"%s\"",
			     answers[i].wrapper, answers[i].members[0]);
		if (!is_alone(doc->json, member)) {
			if (f)
				f->unfixable = "there is more beside it";
		} else {
			check_set_text(f, doc, doc->json, doc->rendered.buf + inner->off,
				       inner->len);
		}
		return true;
	}
	return false;
}

/* --- members of an answer --- */

static bool take_answered(struct meant *meant, enum schema_input input, const struct document *doc,
			  const struct schema_problem *p)
{
	if (!p->member || !str_eq(p->rule, "schema-unknown") || meant->nr == MEANT_MAX ||
	    !is_answered(answer_of(input), p->member->name) ||
	    member_of(doc->json, p->member->name) != p->member)
		return false;
	meant->members[meant->nr++] = p->member;
	return true;
}

static bool is_taken(const struct meant *meant, const struct json_member *member)
{
	size_t i;

	for (i = 0; i < meant->nr; i++)
		if (meant->members[i] == member)
			return true;
	return false;
}

/* The object's text without these members; the others stand as they stood. */
static void without(struct strbuf *out, const struct meant *meant, const struct document *doc)
{
	const struct json *root = doc->json;
	const char *text = doc->rendered.buf;
	size_t i, begin, end = root->off + 1;
	bool first = true;

	strbuf_addch(out, '{');
	for (i = 0; i < root->u.object.nr; i++) {
		const struct json_member *m = &root->u.object.members[i];

		end = m->value.off + m->value.len;
		if (is_taken(meant, m))
			continue;
		for (begin = m->off; isspace((unsigned char)text[begin - 1]); begin--)
			;
		if (!first)
			strbuf_addch(out, ',');
		first = false;
		strbuf_add(out, text + begin, end - begin);
	}
	strbuf_add(out, text + end, root->off + root->len - end);
}

static void report_answered(struct check *check, const struct meant *meant, enum schema_input input,
			    const struct document *doc)
{
	const char *it = meant->nr == 1 ? "it" : "them";
	struct strbuf names = STRBUF_INIT, text = STRBUF_INIT;
	struct finding *f;
	size_t i;

	for (i = 0; i < meant->nr; i++)
		strbuf_addf(&names, "%s'%s'", i ? ", " : "", meant->members[i]->name);
	f = document_member_finding(check->findings, doc, meant->members[0], SEVERITY_ERROR,
				    "schema-unknown", "%s %s in AWS's answers only", names.buf,
				    meant->nr == 1 ? "is" : "are");
	finding_hint(f, "remove %s: '%s' shows %s, no definition has %s", it,
		     answer_of(input)->command, it, it);
	without(&text, meant, doc);
	check_set_text(f, doc, doc->json, text.buf, text.len);
	strbuf_release(&names);
	strbuf_release(&text);
}

/* --- target groups --- */

/* Of strings only, so that there is no doubt. */
static const struct json *flat_pairs(enum schema_input input, const struct document *doc)
{
	const struct json *list =
		input == SCHEMA_ECS_SETTINGS ? json_get(doc->json, "targetGroupArnPairs") : NULL;
	size_t i;

	if (!list || list->type != JSON_ARRAY || !list->u.array.nr)
		return NULL;
	for (i = 0; i < list->u.array.nr; i++)
		if (list->u.array.items[i].type != JSON_STRING)
			return NULL;
	return list;
}

static bool take_pair(struct meant *meant, enum schema_input input, const struct document *doc,
		      const struct schema_problem *p)
{
	const struct json *list = flat_pairs(input, doc);

	if (!list || p->value < list->u.array.items ||
	    p->value >= list->u.array.items + list->u.array.nr)
		return false;
	meant->pairs = list;
	return true;
}

static void report_pairs(struct check *check, const struct meant *meant, const struct document *doc)
{
	struct strbuf text = STRBUF_INIT;
	struct finding *f;

	f = document_finding(check->findings, doc, meant->pairs, SEVERITY_ERROR, "schema-type",
			     "'targetGroupArnPairs' is a list of target groups, not of pairs");
	finding_hint(f, "put each pair into brackets of its own: [[\"...\", \"...\"]]");
	if (meant->pairs->u.array.nr == 2) {
		strbuf_addf(&text, "[%.*s]", (int)meant->pairs->len,
			    doc->rendered.buf + meant->pairs->off);
		check_set_text(f, doc, meant->pairs, text.buf, text.len);
	}
	strbuf_release(&text);
}

bool meant_takes(struct meant *meant, enum schema_input input, const struct document *doc,
		 const struct schema_problem *p)
{
	return take_answered(meant, input, doc, p) || take_pair(meant, input, doc, p);
}

void meant_report(struct check *check, const struct meant *meant, enum schema_input input,
		  const struct document *doc)
{
	if (meant->nr)
		report_answered(check, meant, input, doc);
	if (meant->pairs)
		report_pairs(check, meant, doc);
}
