#include "base/base.h"
#include "deploy/lambda.h"

#include "deploy/lambda-callers.h"
#include "deploy/rolling.h"

/*
 * The alias's URL, as FunctionUrlConfig describes it. A URL has no tags: the
 * function's tag LAMBDA_TAG_URL tells for which alias we made one, so that one
 * that somebody made by hand is changed as the file says, but not deleted. With
 * AuthType NONE two statements of the alias's policy let everybody in.
 *
 * What is recorded for the way back:
 *
 *	ID_URL_UNDO		"made", or UpdateFunctionUrlConfig's body as it was
 *	ID_URL_OPENED		ids of the statements that were added
 *
 * Source: AWS Lambda Developer Guide, "Control access to Lambda function URLs".
 */

static const struct {
	const char *sid, *action;
} statements[] = {
	{ "git-gitops-url", "lambda:InvokeFunctionUrl" },
	{ "git-gitops-url-invoke", "lambda:InvokeFunction" },
};

enum {
	START,
	READ,
	TAGGED,
	SENT,
	DELETED,
	POLICY,
	OPENED,
	CLOSED,
	UNTAGGED
};

static const struct json *wanted(const struct deployment *d)
{
	const struct json *want =
		json_get(ecs_document(d, ROLE_EVENT_SOURCES), "FunctionUrlConfig");

	return want && want->type == JSON_OBJECT ? want : NULL;
}

static bool wants_open(const struct deployment *d)
{
	const char *type = json_get_str(wanted(d), "AuthType");

	return type && str_eq(type, "NONE");
}

static bool is_gone(const struct deployment *d)
{
	return lambda_refusal(d->result) == LAMBDA_MISSING;
}

/* --- what differs --- */

static bool is_unset(const struct json *value)
{
	double number;

	return lambda_covers(value, NULL) || (json_double(value, &number) && !(number > 0));
}

/* Lambda may show what was left out as false, 0 and the like. */
static bool same_cors(const struct json *have, const struct json *want)
{
	size_t i;

	if (!lambda_covers(have, want))
		return false;
	for (i = 0; have && have->type == JSON_OBJECT && i < have->u.object.nr; i++) {
		const struct json_member *m = &have->u.object.members[i];

		if (!is_unset(&m->value) && !lambda_covers(json_get(want, m->name), &m->value))
			return false;
	}
	return true;
}

static const char *mode_of(const struct json *config)
{
	const char *mode = json_get_str(config, "InvokeMode");

	return mode ? mode : "BUFFERED";
}

static bool same(const struct json *have, const struct json *want)
{
	const char *a = json_get_str(have, "AuthType"), *b = json_get_str(want, "AuthType");

	return a && b && str_eq(a, b) && str_eq(mode_of(have), mode_of(want)) &&
	       same_cors(json_get(have, "Cors"), json_get(want, "Cors"));
}

/* All that can be said of a URL; an empty Cors takes that away. */
static void write_config(struct strbuf *body, const struct json *config, bool create)
{
	struct json_writer jw = JSON_WRITER_INIT(body, 0);
	const struct json *cors = json_get(config, "Cors");
	const char *type = json_get_str(config, "AuthType");

	jw_object(&jw, NULL);
	jw_str(&jw, "AuthType", type ? type : "");
	if (cors && cors->type == JSON_OBJECT)
		jw_value(&jw, "Cors", cors);
	else if (!create)
		jw_raw(&jw, "Cors", "{}");
	jw_str(&jw, "InvokeMode", mode_of(config));
	jw_end(&jw);
}

/* --- calls --- */

static char *function_arn(const struct deployment *d)
{
	return xstrfmt("arn:%s:lambda:%s:%s:function:%s", aws_client_partition(d->client),
		       d->record->region, d->record->account, d->record->name);
}

static enum step_result set_tag(struct deployment *d)
{
	struct strbuf body = STRBUF_INIT;
	struct json_writer jw = JSON_WRITER_INIT(&body, 0);
	char *arn = function_arn(d);

	jw_object(&jw, NULL);
	jw_object(&jw, "Tags");
	jw_str(&jw, LAMBDA_TAG_URL, d->settings.alias);
	jw_end(&jw);
	jw_end(&jw);
	d->call = lambda_tag_resource(d->client, arn, body.buf, body.len, deploy_on_result, d);
	strbuf_release(&body);
	free(arn);
	return deploy_await(d, TAGGED);
}

static enum step_result drop_tag(struct deployment *d)
{
	char *arn = function_arn(d);

	d->call = lambda_untag_resource(d->client, arn, "tagKeys=" LAMBDA_TAG_URL_ENCODED,
					deploy_on_result, d);
	free(arn);
	return deploy_await(d, UNTAGGED);
}

static enum step_result create(struct deployment *d)
{
	struct strbuf body = STRBUF_INIT;

	deploy_id_set(d, ID_URL_UNDO, "made");
	if (!deploy_save(d))
		return STEP_WAIT;
	write_config(&body, wanted(d), true);
	d->call = lambda_create_url(d->client, d->record->name, d->settings.alias, body.buf,
				    body.len, deploy_on_result, d);
	strbuf_release(&body);
	return deploy_await(d, SENT);
}

static enum step_result update(struct deployment *d, const struct json *have)
{
	struct strbuf body = STRBUF_INIT;
	enum step_result ret = STEP_WAIT;

	if (!deploy_id_get(d, ID_URL_UNDO)) {
		write_config(&body, have, false);
		deploy_id_set(d, ID_URL_UNDO, body.buf);
		strbuf_reset(&body);
	}
	if (deploy_save(d)) {
		write_config(&body, wanted(d), false);
		d->call = lambda_update_url(d->client, d->record->name, d->settings.alias, body.buf,
					    body.len, deploy_on_result, d);
		ret = deploy_await(d, SENT);
	}
	strbuf_release(&body);
	return ret;
}

/* --- who may come in --- */

static bool opens(const struct json *statement, size_t i)
{
	const char *who = json_get_str(statement, "Principal");
	const char *action = json_get_str(statement, "Action");

	return who && str_eq(who, "*") && action && str_eq(action, statements[i].action);
}

static enum step_result open_url(struct deployment *d, size_t i)
{
	const char *opened = deploy_id_get(d, ID_URL_OPENED);
	char *all = opened ? xstrfmt("%s %s", opened, statements[i].sid) :
			     xstrdup(statements[i].sid);

	deploy_id_set(d, ID_URL_OPENED, all);
	free(all);
	if (!deploy_save(d))
		return STEP_WAIT;
	d->call = lambda_open_url(d->client, d->record->name, d->settings.alias, statements[i].sid,
				  i == 1, deploy_on_result, d);
	return deploy_await(d, OPENED);
}

static enum step_result close_url(struct deployment *d, const char *sid)
{
	d->call = lambda_remove_permission(d->client, d->record->name, d->settings.alias, sid,
					   deploy_on_result, d);
	return deploy_await(d, CLOSED);
}

/* All statements are as they are to be. */
static enum step_result settled(struct deployment *d)
{
	if (wanted(d) || !deploy_id_get(d, ID_URL_OURS))
		return STEP_DONE;
	return drop_tag(d);
}

static enum step_result see_policy(struct deployment *d)
{
	struct arena arena = ARENA_INIT;
	const struct json *list = lambda_statements(d, &arena);
	enum step_result ret = STEP_DONE;
	size_t i;

	for (i = 0; ret == STEP_DONE && i < ARRAY_SIZE(statements); i++) {
		const struct json *have = lambda_find_statement(list, statements[i].sid);

		if (wants_open(d) && !have)
			ret = open_url(d, i);
		else if (have && (!wants_open(d) || !opens(have, i)))
			ret = close_url(d, statements[i].sid);
	}
	arena_release(&arena);
	return ret == STEP_DONE ? settled(d) : ret;
}

/* --- the step --- */

static void tell(struct deployment *d, const struct json *config, const char *how)
{
	const char *url = json_get_str(config, "FunctionUrl");

	deploy_id_set(d, ID_URL, url);
	deploy_event(d, "the URL of alias '%s' %s: %s", d->settings.alias, how, url ? url : "?");
}

static enum step_result read_url(struct deployment *d)
{
	d->call =
		lambda_get_url(d->client, d->record->name, d->settings.alias, deploy_on_result, d);
	return deploy_await(d, READ);
}

static enum step_result see_url(struct deployment *d)
{
	const struct json *want = wanted(d), *have = d->result->json;

	if (is_gone(d)) {
		if (!want)
			return lambda_read_policy(d, POLICY);
		return deploy_id_get(d, ID_URL_OURS) ? create(d) : set_tag(d);
	}
	if (d->result->outcome != AWS_OK)
		return lambda_retry(d, "look at the URL", START);
	if (!want) {
		d->call = lambda_delete_url(d->client, d->record->name, d->settings.alias,
					    deploy_on_result, d);
		return deploy_await(d, DELETED);
	}
	if (!same(have, want))
		return update(d, have);
	tell(d, have, d->at.sent ? "is made so" : "is as it should be");
	return lambda_read_policy(d, POLICY);
}

static enum step_result sent(struct deployment *d)
{
	if (d->result->outcome == AWS_OK) {
		tell(d, d->result->json, "is made so");
		return lambda_read_policy(d, POLICY);
	}
	/* another one was quicker, or nobody knows */
	if (d->result->outcome == AWS_UNKNOWN || lambda_refusal(d->result) == LAMBDA_EXISTS)
		return d->at.looks++ < 10 ? read_url(d) :
					    deploy_fail_result(d, d->result, "make the URL");
	return lambda_retry(d, "make the URL", START);
}

enum step_result lambda_url(struct deployment *d)
{
	bool ok = d->result && d->result->outcome == AWS_OK;

	if (d->phase == START) {
		if (!wanted(d) && !deploy_id_get(d, ID_URL_OURS))
			return STEP_DONE;
		if (!d->at.deadline)
			d->at.deadline = deploy_now(d) + lambda_patience(d);
		return read_url(d);
	}
	switch (d->phase) {
	case READ:
		return see_url(d);
	case TAGGED:
		if (lambda_refusal(d->result) == LAMBDA_BUSY)
			return lambda_wait(d, "the function", START);
		if (!ok)
			return lambda_retry(d, "note that the URL is ours", START);
		deploy_id_set(d, ID_URL_OURS, "1");
		return create(d);
	case SENT:
		return sent(d);
	case DELETED:
		if (!ok && !is_gone(d))
			return lambda_retry(d, "delete the URL", START);
		deploy_event(d, "the URL of alias '%s' is deleted", d->settings.alias);
		return lambda_read_policy(d, POLICY);
	case POLICY:
		if (!ok && !is_gone(d))
			return lambda_retry(d, "look at the alias's policy", START);
		return see_policy(d);
	case OPENED:
		if (!ok && lambda_refusal(d->result) != LAMBDA_EXISTS &&
		    d->result->outcome != AWS_UNKNOWN)
			return lambda_retry(d, "let everybody invoke the URL", START);
		return lambda_read_policy(d, POLICY);
	case CLOSED:
		if (!ok && !is_gone(d))
			return lambda_retry(d, "take a permission back", START);
		return lambda_read_policy(d, POLICY);
	default:
		/* A tag too many: the next deployment looks for the URL, and takes it away. */
		if (!ok)
			deploy_event(d, "cannot take a tag of the function away: %s",
				     d->result->err.message);
		return STEP_DONE;
	}
}

/* --- back --- */

static enum step_result undo_config(struct deployment *d, const char *undo)
{
	if (str_eq(undo, "made")) {
		d->call = lambda_delete_url(d->client, d->record->name, d->settings.alias,
					    deploy_on_result, d);
		return deploy_await(d, DELETED);
	}
	d->call = lambda_update_url(d->client, d->record->name, d->settings.alias, undo,
				    strlen(undo), deploy_on_result, d);
	return deploy_await(d, SENT);
}

static enum step_result undo_next(struct deployment *d)
{
	const char *undo = deploy_id_get(d, ID_URL_UNDO), *opened = deploy_id_get(d, ID_URL_OPENED);
	enum step_result ret;
	char *sid;

	if (undo && !str_eq(undo, "tag"))
		return undo_config(d, undo);
	if (opened) {
		sid = xmemdupz(opened, strcspn(opened, " "));
		ret = close_url(d, sid);
		free(sid);
		return ret;
	}
	return undo ? drop_tag(d) : STEP_DONE;
}

/* What this deployment did to the URL; one that it deleted has another name when it is made anew. */
enum step_result lambda_url_back(struct deployment *d)
{
	const char *opened = deploy_id_get(d, ID_URL_OPENED);
	char *rest;

	if (d->phase == START)
		return undo_next(d);
	if (d->result->outcome != AWS_OK && !is_gone(d)) {
		if (!d->at.deadline)
			d->at.deadline = deploy_now(d) + lambda_patience(d);
		return lambda_retry(d, "put the URL back", START);
	}
	switch (d->phase) {
	case DELETED:
		deploy_event(d, "the URL that this deployment made is deleted");
		deploy_id_set(d, ID_URL_UNDO, "tag");
		deploy_id_set(d, ID_URL, NULL);
		break;
	case SENT:
		deploy_event(d, "the URL is as it was");
		deploy_id_set(d, ID_URL_UNDO, NULL);
		break;
	case CLOSED:
		rest = xstrdup(opened + strcspn(opened, " "));
		deploy_id_set(d, ID_URL_OPENED, *rest ? rest + 1 : NULL);
		free(rest);
		break;
	default:
		deploy_id_set(d, ID_URL_UNDO, NULL);
		break;
	}
	return deploy_save(d) ? undo_next(d) : STEP_WAIT;
}
