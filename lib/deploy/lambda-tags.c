#include "base/base.h"
#include "deploy/lambda.h"

#include "aws/form.h"
#include "base/digest.h"
#include "deploy/rolling.h"

/*
 * A function's tags, and its code signing. Other tools have tags there, too,
 * so that only those are taken away that the definition had: LAMBDA_TAG_OWN
 * tells which, by a few letters of each name's digest, for names may be long
 * and a tag's value has 256 characters. LAMBDA_TAG_SIGNING tells that the code
 * signing is the definition's, so that one that somebody else set stays.
 */

#define MARK_LEN  5  /* letters of base64: 30 bits */
#define MARKS_MAX 51 /* that fit into a value; a function has 50 tags at most */

static bool is_reserved(const char *name)
{
	return starts_with(name, "gitops:");
}

/* The definition's, or NULL. */
static const struct json *own_tags(const struct json *definition)
{
	const struct json *tags = json_get(definition, "Tags");

	return tags && tags->type == JSON_OBJECT && tags->u.object.nr ? tags : NULL;
}

static void add_mark(char *out, const char *name)
{
	unsigned char digest[SHA256_SIZE];
	struct strbuf text = STRBUF_INIT;

	sha256(digest, name, strlen(name));
	base64_encode(&text, digest, sizeof(digest));
	memcpy(out, text.buf, MARK_LEN);
	strbuf_release(&text);
}

static int compare_marks(const void *a, const void *b)
{
	return memcmp(a, b, MARK_LEN);
}

/* What LAMBDA_TAG_OWN is to say, "" for no tags; of the names in any order. */
static void make_marks(struct strbuf *out, const struct json *tags)
{
	char marks[MARKS_MAX][MARK_LEN];
	size_t i, nr = 0;

	for (i = 0; tags && i < tags->u.object.nr && nr < MARKS_MAX; i++)
		if (!is_reserved(tags->u.object.members[i].name))
			add_mark(marks[nr++], tags->u.object.members[i].name);
	qsort(marks, nr, MARK_LEN, compare_marks);
	strbuf_add(out, marks, nr * MARK_LEN);
}

static bool has_mark(const char *marks, const char *name)
{
	char mark[MARK_LEN];

	add_mark(mark, name);
	for (; strlen(marks) >= MARK_LEN; marks += MARK_LEN)
		if (!memcmp(marks, mark, MARK_LEN))
			return true;
	return false;
}

static bool wants_signing(const struct json *definition)
{
	const char *arn = json_get_str(definition, "CodeSigningConfigArn");

	return arn && *arn;
}

/* One that is to be there: is it? */
static void want(struct lambda_tags *out, struct json_writer *jw, const struct json *have,
		 const char *name, const char *value)
{
	const char *now = json_get_str(have, name);

	if (now && str_eq(now, value))
		return;
	jw_str(jw, name, value);
	out->missing++;
}

static void want_all(struct lambda_tags *out, struct json_writer *jw, const struct json *definition,
		     const char *mark, const struct json *have)
{
	const struct json *tags = own_tags(definition);
	struct strbuf marks = STRBUF_INIT;
	size_t i;

	for (i = 0; tags && i < tags->u.object.nr; i++) {
		const char *name = tags->u.object.members[i].name;
		const char *value = json_str(&tags->u.object.members[i].value);

		if (value && !is_reserved(name))
			want(out, jw, have, name, value);
	}
	make_marks(&marks, tags);
	if (marks.len)
		want(out, jw, have, LAMBDA_TAG_OWN, marks.buf);
	if (wants_signing(definition))
		want(out, jw, have, LAMBDA_TAG_SIGNING, "definition");
	if (mark)
		want(out, jw, have, LAMBDA_TAG_CODE, mark);
	strbuf_release(&marks);
}

static void drop(struct lambda_tags *out, const char *name)
{
	form_add(&out->drop, "tagKeys", name);
	out->extra++;
}

static void drop_all(struct lambda_tags *out, const struct json *definition,
		     const struct json *have)
{
	const struct json *tags = own_tags(definition);
	const char *marks = json_get_str(have, LAMBDA_TAG_OWN);
	size_t i;

	for (i = 0; marks && i < have->u.object.nr; i++) {
		const char *name = have->u.object.members[i].name;

		if (!is_reserved(name) && !json_get(tags, name) && has_mark(marks, name))
			drop(out, name);
	}
	if (marks && !tags)
		drop(out, LAMBDA_TAG_OWN);
	if (json_get(have, LAMBDA_TAG_SIGNING) && !wants_signing(definition))
		drop(out, LAMBDA_TAG_SIGNING);
}

void lambda_tags_compare(struct lambda_tags *out, const struct json *definition, const char *mark,
			 const struct json *have)
{
	struct json_writer jw = JSON_WRITER_INIT(&out->body, 0);

	if (have && have->type != JSON_OBJECT)
		have = NULL;
	jw_object(&jw, NULL);
	jw_object(&jw, "Tags");
	want_all(out, &jw, definition, mark, have);
	jw_end(&jw);
	jw_end(&jw);
	drop_all(out, definition, have);
}

void lambda_tags_write(struct json_writer *jw, const struct json *definition)
{
	struct lambda_tags none = LAMBDA_TAGS_INIT;

	want_all(&none, jw, definition, NULL, NULL);
}

void lambda_tags_release(struct lambda_tags *tags)
{
	strbuf_release_secret(&tags->body);
	strbuf_release(&tags->drop);
	tags->missing = tags->extra = 0;
}

/* --- the step --- */

enum {
	START,
	AGAIN,
	READ,
	SENT
};

static enum step_result change_tags(struct deployment *d)
{
	const struct json *config = json_get(d->result->json, "Configuration");
	const char *arn = json_get_str(config, "FunctionArn");
	struct lambda_code code = LAMBDA_CODE_INIT;
	struct lambda_tags tags = LAMBDA_TAGS_INIT;
	struct strbuf mark = STRBUF_INIT;
	struct error err = ERROR_INIT;
	enum step_result ret = STEP_DONE;

	if (lambda_code_prepare(&code, d, &err) == 0)
		(void)lambda_code_mark(&mark, &code, json_get_str(config, "CodeSha256"));
	lambda_tags_compare(&tags, ecs_document(d, ROLE_DEFINITION), mark.len ? mark.buf : NULL,
			    json_get(d->result->json, "Tags"));
	/* First those that go: there is room for fifty. */
	if (arn && tags.extra)
		d->call = lambda_untag_resource(d->client, arn, tags.drop.buf, deploy_on_result, d);
	else if (arn && tags.missing)
		d->call = lambda_tag_resource(d->client, arn, tags.body.buf, tags.body.len,
					      deploy_on_result, d);
	if (arn && (tags.extra || tags.missing)) {
		d->at.sent = tags.extra && tags.missing;
		ret = deploy_await(d, SENT);
	}
	lambda_tags_release(&tags);
	strbuf_release(&mark);
	lambda_code_release(&code);
	error_release(&err);
	return ret;
}

enum step_result lambda_tag(struct deployment *d)
{
	enum step_result ret;

	if (lambda_is_done(d) || lambda_is_same(d, LAMBDA_SAME_TAGS))
		return STEP_DONE;
	switch (d->phase) {
	case START:
		d->at.deadline = deploy_now(d) + lambda_patience(d);
		return lambda_read(d, NULL, AWS_READ, READ);
	case AGAIN:
		return lambda_read(d, NULL, AWS_POLL, READ);
	case READ:
		ret = lambda_check_read(d, AGAIN);
		return ret == STEP_DONE ? change_tags(d) : ret;
	default:
		break;
	}
	if (lambda_refusal(d->result) == LAMBDA_BUSY)
		return lambda_wait(d, "the function", AGAIN);
	/* What runs is what was wanted; only its tags may not be. */
	if (d->result->outcome != AWS_OK)
		deploy_event(d, "cannot set the tags of the function: %s", d->result->err.message);
	else if (d->at.sent)
		return lambda_read(d, NULL, AWS_READ, READ);
	return STEP_DONE;
}

/* --- code signing: before the code, which it may refuse --- */

static enum step_result send_signing(struct deployment *d, const char *wanted)
{
	const char *have = json_get_str(d->result->json, "CodeSigningConfigArn");

	if (d->result->outcome != AWS_OK && lambda_refusal(d->result) != LAMBDA_MISSING)
		return lambda_retry(d, "look at the function's code signing", START);
	if (d->result->outcome == AWS_OK && have && str_eq(have, wanted))
		return STEP_DONE;
	d->call = lambda_put_code_signing(d->client, d->record->name, wanted, deploy_on_result, d);
	return deploy_await(d, SENT);
}

static enum step_result begin_signing(struct deployment *d, bool wants)
{
	if (!d->at.deadline)
		d->at.deadline = deploy_now(d) + lambda_patience(d);
	if (wants) {
		d->call = lambda_get_code_signing(d->client, d->record->name, deploy_on_result, d);
		return deploy_await(d, READ);
	}
	d->call = lambda_delete_code_signing(d->client, d->record->name, deploy_on_result, d);
	return deploy_await(d, SENT);
}

enum step_result lambda_sign(struct deployment *d)
{
	const struct json *definition = ecs_document(d, ROLE_DEFINITION);
	bool wants = wants_signing(definition);
	const char *wanted = json_get_str(definition, "CodeSigningConfigArn");

	if (d->phase == START) {
		if ((!wants && !deploy_id_get(d, ID_SIGNED)) || deploy_id_get(d, ID_VERSION) ||
		    deploy_id_get(d, ID_CREATED))
			return STEP_DONE;
		return begin_signing(d, wants);
	}
	if (d->phase == READ)
		return send_signing(d, wanted);
	if (d->result->outcome == AWS_OK) {
		deploy_event(d, wants ? "code signing is '%s' now" : "code signing is off now",
			     wanted);
		return STEP_DONE;
	}
	if (lambda_refusal(d->result) == LAMBDA_BUSY)
		return lambda_wait(d, "the function", START);
	return lambda_retry(d,
			    wants ? "set the function's code signing" :
				    "take the function's code signing away",
			    START);
}
