#include "base/base.h"
#include "deploy/lambda.h"

#include "deploy/rolling.h"

/*
 * The steps that make $LATEST what the definition says: each looks what
 * differs, changes it, and waits until Lambda has done so. CreateFunction
 * takes all of it at once.
 */
enum {
	START,
	AGAIN,
	READ,
	SENT,
	ROOM /* there may be some for the function's code now */
};

static enum step_result begin(struct deployment *d)
{
	d->at.deadline = deploy_now(d) + lambda_patience(d);
	return lambda_read(d, NULL, AWS_READ, READ);
}

enum step_result lambda_check_read(struct deployment *d, int again)
{
	if (lambda_refusal(d->result) == LAMBDA_MISSING)
		return deploy_fail_hint(d, "service-deleted", "push again to create it anew",
					"function '%s' was deleted while it was deployed",
					d->record->name);
	if (d->result->outcome != AWS_OK)
		return lambda_retry(d, "look at the function", again);
	if (lambda_state(json_get(d->result->json, "Configuration")) == LAMBDA_CHANGING)
		return lambda_wait(d, "the function", again);
	return STEP_DONE;
}

/* The change was refused, or nobody knows: look, and maybe again. */
static enum step_result check_sent(struct deployment *d, const char *doing)
{
	switch (lambda_refusal(d->result)) {
	case LAMBDA_BUSY:
		return lambda_wait(d, "the function", AGAIN);
	case LAMBDA_CHANGED:
		if (d->at.looks++ < 20)
			return deploy_sleep(d, 200, AGAIN);
		break;
	default:
		break;
	}
	return lambda_retry(d, doing, AGAIN);
}

/*
 * The step's change as text; 1: it is to be sent, 0: nothing differs, NO_ROOM:
 * it is for later (deploy_take_room()), negative: `err` says why it can't be told.
 */
#define NO_ROOM 2
typedef int make_fn(struct strbuf *body, struct deployment *d, const struct json *function,
		    struct error *err);
typedef struct aws_call *send_fn(struct aws_client *client, const char *function, const char *body,
				 size_t len, aws_fn *fn, void *data);

static enum step_result look(struct deployment *d, make_fn *make, send_fn *send)
{
	const struct json *config = json_get(d->result->json, "Configuration");
	enum lambda_state state = lambda_state(config);
	char *what = xstrfmt("function '%s'", d->record->name);
	struct strbuf body = STRBUF_INIT;
	struct error err = ERROR_INIT;
	enum step_result ret;
	int differs;

	/* What it was sent didn't work; sending it again wouldn't, either. */
	if (state == LAMBDA_FAILED || (state == LAMBDA_FAILED_UPDATE && d->at.sent)) {
		ret = lambda_fail_state(d, config, what);
		goto out;
	}
	differs = make(&body, d, d->result->json, &err);
	if (differs < 0) {
		ret = deploy_fail_hint(d, "definition", err.hint, "%s", err.message);
	} else if (differs == NO_ROOM) {
		d->at.deadline = 0;
		ret = deploy_await_room(d, AGAIN);
	} else if (differs && !d->at.sent) {
		d->call = send(d->client, d->record->name, body.buf, body.len, deploy_on_result, d);
		ret = deploy_await(d, SENT);
	} else if (state == LAMBDA_FAILED_UPDATE) {
		ret = lambda_fail_state(d, config, what);
	} else {
		ret = STEP_DONE;
	}
out:
	strbuf_release_secret(&body);
	error_release(&err);
	free(what);
	return ret;
}

/* The whole of a step that changes $LATEST; `sent` is told of what Lambda answered. */
static enum step_result change(struct deployment *d, make_fn *make, send_fn *send,
			       const char *doing, void (*sent)(struct deployment *d))
{
	enum step_result ret;

	switch (d->phase) {
	case START:
		return begin(d);
	case AGAIN:
		/* It waited for room, which was no fault of the function. */
		if (!d->at.deadline)
			return begin(d);
		return lambda_read(d, NULL, AWS_POLL, READ);
	case READ:
		ret = lambda_check_read(d, AGAIN);
		return ret == STEP_DONE ? look(d, make, send) : ret;
	default:
		break;
	}
	if (d->result->outcome != AWS_OK)
		return check_sent(d, doing);
	d->at.sent = true;
	d->at.interval = 0;
	sent(d);
	switch (lambda_state(d->result->json)) {
	case LAMBDA_READY:
		return STEP_DONE;
	case LAMBDA_CHANGING:
		return lambda_wait(d, "the function", AGAIN);
	default:
		return deploy_sleep(d, 1, AGAIN);
	}
}

/* CreateFunction said it all, or it was so before. */
static bool skips(const struct deployment *d)
{
	return lambda_is_done(d) || deploy_id_get(d, ID_CREATED);
}

/* --- configuration --- */

static int make_configuration(struct strbuf *body, struct deployment *d,
			      const struct json *function, struct error *err UNUSED)
{
	const struct json *config = json_get(function, "Configuration");
	const char *revision = json_get_str(config, "RevisionId");
	struct strbuf members = STRBUF_INIT;
	size_t nr = lambda_compare(&members, ecs_document(d, ROLE_DEFINITION), config);

	strbuf_addch(body, '{');
	strbuf_addbuf(body, &members);
	strbuf_release_secret(&members);
	if (revision) {
		strbuf_addstr(body, ",\"RevisionId\":");
		json_write_string(body, revision, strlen(revision));
	}
	strbuf_addch(body, '}');
	return nr > 0;
}

static void configured(struct deployment *d)
{
	deploy_event(d, "configuration updated");
}

enum step_result lambda_configure(struct deployment *d)
{
	if (skips(d) || lambda_is_same(d, LAMBDA_SAME_CONFIGURATION))
		return STEP_DONE;
	return change(d, make_configuration, lambda_update_function_configuration,
		      "update the function's configuration", configured);
}

/* --- code --- */

static int make_code(struct strbuf *body, struct deployment *d, const struct json *function,
		     struct error *err)
{
	struct lambda_code code = LAMBDA_CODE_INIT;
	int ret = lambda_code_prepare(&code, d, err);

	if (!ret && !deploy_id_get(d, ID_CODE_SHA))
		ret = lambda_code_digest(&code, err);
	if (!ret && lambda_code_differs(&code, d, function)) {
		ret = 1;
		if (d->at.sent)
			; /* it is not sent twice */
		else if (!deploy_take_room(d, lambda_code_size(&code)))
			ret = NO_ROOM;
		else if (lambda_code_write(body, &code, ecs_document(d, ROLE_DEFINITION),
					   json_str(json_path(function, "Configuration.RevisionId")),
					   err) < 0)
			ret = -1;
	}
	lambda_code_release(&code);
	return ret;
}

static void coded(struct deployment *d)
{
	const char *sha = json_get_str(d->result->json, "CodeSha256");

	deploy_id_set(d, ID_CODE_SHA, sha);
	deploy_event(d, "code updated%s%s", sha ? ": " : "", sha ? sha : "");
}

enum step_result lambda_update_code(struct deployment *d)
{
	if (skips(d) || lambda_is_same(d, LAMBDA_SAME_CODE))
		return STEP_DONE;
	return change(d, make_code, lambda_update_function_code, "update the function's code",
		      coded);
}

/* --- a function that is not there --- */

/* CreateFunction's own members but those that have another way to it. */
static int write_function(struct strbuf *body, const struct deployment *d,
			  const struct lambda_code *code, struct error *err)
{
	static const char *const apart[] = { "Code", "Tags", "Publish", "PublishTo" };
	const struct json *definition = ecs_document(d, ROLE_DEFINITION);
	struct json_writer jw = JSON_WRITER_INIT(body, 0);
	size_t i, j;

	jw_object(&jw, NULL);
	for (i = 0; i < definition->u.object.nr; i++) {
		const struct json_member *m = &definition->u.object.members[i];

		for (j = 0; j < ARRAY_SIZE(apart); j++)
			if (str_eq(m->name, apart[j]))
				break;
		if (j == ARRAY_SIZE(apart))
			jw_value(&jw, m->name, &m->value);
	}
	jw_object(&jw, "Tags");
	lambda_tags_write(&jw, definition);
	jw_str(&jw, LAMBDA_TAG_DEPLOYMENT, d->record->id);
	jw_end(&jw);
	jw_end(&jw);
	/* Last, and without a copy: it may be large. */
	strbuf_setlen(body, body->len - 1);
	strbuf_addstr(body, ",\"Code\":{");
	if (lambda_code_write_members(body, code, err) < 0)
		return -1;
	strbuf_addstr(body, "}}");
	return 0;
}

static enum step_result send_function(struct deployment *d)
{
	struct lambda_code code = LAMBDA_CODE_INIT;
	struct strbuf body = STRBUF_INIT;
	struct error err = ERROR_INIT;
	enum step_result ret;

	if (lambda_code_prepare(&code, d, &err) < 0) {
		ret = deploy_fail_hint(d, "definition", err.hint, "%s", err.message);
	} else if (!deploy_take_room(d, lambda_code_size(&code))) {
		ret = deploy_await_room(d, ROOM);
	} else if (write_function(&body, d, &code, &err) < 0) {
		ret = deploy_fail_hint(d, "definition", err.hint, "%s", err.message);
	} else {
		d->call =
			lambda_create_function(d->client, body.buf, body.len, deploy_on_result, d);
		ret = deploy_await(d, SENT);
	}
	lambda_code_release(&code);
	strbuf_release_secret(&body);
	error_release(&err);
	return ret;
}

static void created(struct deployment *d, const struct json *config, const char *how)
{
	deploy_id_set(d, ID_CREATED, "1");
	deploy_id_set(d, ID_CODE_SHA, json_get_str(config, "CodeSha256"));
	deploy_event(d, "function '%s' %s", d->record->name, how);
}

/* Ours, and on its way: until it is ready. */
static enum step_result await_created(struct deployment *d, const struct json *config)
{
	bool marked = json_path(ecs_document(d, ROLE_DEFINITION), "Code.S3ObjectVersion");
	enum step_result ret;
	char *what;

	switch (lambda_state(config)) {
	case LAMBDA_CHANGING:
		return lambda_wait(d, "the function", AGAIN);
	case LAMBDA_READY:
		if (!marked)
			deploy_id_set(d, ID_READY, json_get_str(config, "RevisionId"));
		return STEP_DONE;
	default:
		break;
	}
	what = xstrfmt("function '%s'", d->record->name);
	ret = lambda_fail_state(d, config, what);
	free(what);
	return ret;
}

/* It may be there already: ours, or somebody else was quicker. */
static enum step_result look_for_function(struct deployment *d)
{
	const char *id = json_str(json_path(d->result->json, "Tags." LAMBDA_TAG_DEPLOYMENT));
	const struct json *config = json_get(d->result->json, "Configuration");

	if (lambda_refusal(d->result) == LAMBDA_MISSING)
		return send_function(d);
	if (d->result->outcome != AWS_OK)
		return lambda_retry(d, "look at the function", AGAIN);
	if (!deploy_id_get(d, ID_CREATED) && id && str_eq(id, d->record->id))
		created(d, config, "was created before");
	if (deploy_id_get(d, ID_CREATED))
		return await_created(d, config);
	deploy_id_set(d, ID_MODE, "update");
	deploy_event(d, "function '%s' is there already: making it what the definition says",
		     d->record->name);
	return STEP_DONE;
}

enum step_result lambda_create(struct deployment *d)
{
	const char *mode = deploy_id_get(d, ID_MODE);

	if (!mode || !str_eq(mode, "create"))
		return STEP_DONE;
	switch (d->phase) {
	case START:
		d->at.deadline = deploy_now(d) + lambda_patience(d);
		return d->resumed ? lambda_read(d, NULL, AWS_READ, READ) : send_function(d);
	case ROOM:
		d->at.deadline = deploy_now(d) + lambda_patience(d);
		return send_function(d);
	case AGAIN:
		return lambda_read(d, NULL, AWS_POLL, READ);
	case READ:
		return look_for_function(d);
	default:
		break;
	}
	if (d->result->outcome == AWS_OK) {
		created(d, d->result->json, "created");
		return deploy_save(d) ? await_created(d, d->result->json) : STEP_WAIT;
	}
	if (lambda_refusal(d->result) == LAMBDA_EXISTS || lambda_refusal(d->result) == LAMBDA_BUSY)
		return deploy_sleep(d, 100, AGAIN);
	return lambda_retry(d, "create the function", AGAIN);
}
