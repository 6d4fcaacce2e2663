#include "base/base.h"
#include "deploy/lambda-callers.h"

#include "aws/apigateway.h"

/*
 * Routes of HTTP APIs are pointed to the alias, one after the other: look at
 * it, do one thing, look again until nothing differs. So a step that is begun
 * again finds what it did.
 *
 * An integration whose URI is another one is changed, if no route that is not
 * listed uses it as well; else, and where a route has none or one of another
 * kind, the route gets an integration of its own: one that is there with that
 * URI, or a new one, marked by its description. Before each change what takes
 * it back is recorded, a line each; the last one is taken back first.
 */

/*
 * API Gateway can't be asked whether it sees a new permission, so it gets the
 * time of `readinessCheck.waitInterval`, but not more than this, ms.
 */
#define PERMISSION_SETTLES 10000

enum {
	START,
	STAGES,
	STAGE_SET,
	ROUTE,
	INTEGRATION,
	SHARED,
	FIND,
	CREATED,
	CHANGED
};

/* --- shared with the other steps on APIs --- */

char *lambda_caller_uri(const struct deployment *d, const struct caller *c)
{
	const char *partition = aws_client_partition(d->client);
	const struct record *r = d->record;

	if (!c->variable)
		return lambda_alias_arn(d);
	return xstrfmt("arn:%s:apigateway:%s:lambda:path/2015-03-31/functions/"
		       "arn:%s:lambda:%s:%s:function:%s:${stageVariables.%s}/invocations",
		       partition, r->region, partition, r->region, r->account, r->name,
		       c->variable);
}

bool lambda_note_undo(struct deployment *d, const char *fmt, ...)
{
	const char *known = deploy_id_get(d, ID_API_UNDO);
	struct strbuf all = STRBUF_INIT, line = STRBUF_INIT;
	bool ret = true;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&line, fmt, ap);
	va_end(ap);
	strbuf_addch(&line, '\n');
	/* the same again, because AWS refused it for the moment */
	if (!known || !ends_with(known, line.buf)) {
		strbuf_addf(&all, "%s%s", known ? known : "", line.buf);
		deploy_id_set(d, ID_API_UNDO, all.buf);
		ret = deploy_save(d);
	}
	strbuf_release(&line);
	strbuf_release(&all);
	return ret;
}

bool lambda_has_changed(const struct deployment *d, const char *kind, const char *api)
{
	const char *line = deploy_id_get(d, ID_API_UNDO);
	char *begin = xstrfmt("%s %s%s", kind, api ? api : "", api ? " " : "");
	bool ret = false;

	for (; line && *line && !ret; line += strcspn(line, "\n"), line += *line == '\n')
		ret = starts_with(line, begin);
	free(begin);
	return ret;
}

enum step_result lambda_retry_api(struct deployment *d, const char *doing)
{
	if (d->result->status == 409 && d->at.retries++ < 10 && deploy_now(d) < d->at.deadline)
		return deploy_sleep(d, 500 * (int64_t)d->at.retries, START);
	return lambda_retry(d, doing, START);
}

const struct json *lambda_page_item(const struct deployment *d, size_t i)
{
	const struct json *items = json_get(d->result->json, "items");

	return items && items->type == JSON_ARRAY && i < items->u.array.nr ?
		       &items->u.array.items[i] :
		       NULL;
}

/* --- calls --- */

static enum step_result list(struct deployment *d, const struct caller *c,
			     enum apigateway_kind kind, bool further, int phase)
{
	const char *token = further ? json_get_str(d->result->json, "nextToken") : NULL;

	d->at.looks = further ? d->at.looks + 1 : 0;
	d->call = apigateway_list(d->client, c->api, kind, token, deploy_on_result, d);
	return deploy_await(d, phase);
}

static bool has_further(const struct deployment *d)
{
	return json_get_str(d->result->json, "nextToken") != NULL;
}

static enum step_result look_at_route(struct deployment *d, const struct caller *c)
{
	d->call =
		apigateway_get(d->client, c->api, APIGATEWAY_ROUTE, c->route, deploy_on_result, d);
	return deploy_await(d, ROUTE);
}

static enum step_result begin(struct deployment *d)
{
	enum step_result ret = STEP_DONE;
	struct caller c;

	for (; ret == STEP_DONE && lambda_caller(&c, d, d->at.revision); d->at.revision++) {
		if (c.api && c.variable)
			ret = list(d, &c, APIGATEWAY_STAGE, false, STAGES);
		else if (c.api)
			ret = look_at_route(d, &c);
		lambda_caller_release(&c);
		if (ret == STEP_WAIT)
			break;
	}
	return ret;
}

static enum step_result next_route(struct deployment *d)
{
	d->at.revision++;
	d->at.retries = 0;
	return begin(d);
}

/* A member of an object of one, as text. */
static char *member(const char *name, const char *value)
{
	struct strbuf body = STRBUF_INIT;
	struct json_writer jw = JSON_WRITER_INIT(&body, 0);

	jw_object(&jw, NULL);
	jw_str(&jw, name, value);
	jw_end(&jw);
	return strbuf_detach(&body, NULL);
}

/* "integration": PATCH of what is named, with the way back. */
static enum step_result change(struct deployment *d, const struct caller *c,
			       enum apigateway_kind kind, const char *id, const char *body,
			       const char *back)
{
	static const char *const names[] = { [APIGATEWAY_ROUTE] = "route",
					     [APIGATEWAY_INTEGRATION] = "integration",
					     [APIGATEWAY_STAGE] = "stage" };

	if (!lambda_note_undo(d, "%s %s %s %s", names[kind], c->api, id, back))
		return STEP_WAIT;
	d->call = apigateway_update(d->client, c->api, kind, id, body, strlen(body),
				    deploy_on_result, d);
	return deploy_await(d, kind == APIGATEWAY_STAGE ? STAGE_SET : CHANGED);
}

/* Before the first change that brings requests to the alias. */
static bool is_settled(struct deployment *d)
{
	bool ret = d->at.told || !deploy_id_get(d, ID_PERMISSIONS_MADE);

	d->at.told = true;
	return ret;
}

static enum step_result settle(struct deployment *d)
{
	return deploy_sleep(d, MIN(d->settings.readiness.wait_ms, PERMISSION_SETTLES), START);
}

/* --- the stages' variable --- */

static enum step_result set_variable(struct deployment *d, const struct caller *c,
				     const char *stage, const char *value)
{
	char *inner = member(c->variable, d->settings.alias);
	char *old = member(c->variable, value ? value : "");
	char *body = xstrfmt("{\"stageVariables\":%s}", inner);
	char *back = xstrfmt("{\"stageVariables\":%s}", old);
	enum step_result ret;

	deploy_event(d, "stage '%s' of API '%s' gets '%s' in '%s'", stage, c->api,
		     d->settings.alias, c->variable);
	ret = change(d, c, APIGATEWAY_STAGE, stage, body, back);
	free(back);
	free(body);
	free(old);
	free(inner);
	return ret;
}

/* A value that is another one stays, but on a lonely stage. */
static enum step_result see_stages(struct deployment *d, const struct caller *c)
{
	bool lonely = !d->at.looks && !has_further(d) && !lambda_page_item(d, 1);
	const struct json *stage;
	size_t i;

	for (i = 0; (stage = lambda_page_item(d, i)); i++) {
		const char *name = json_get_str(stage, "stageName");
		const char *value = json_get_str(json_get(stage, "stageVariables"), c->variable);

		if (!name || (value && (str_eq(value, d->settings.alias) || !lonely)))
			continue;
		return is_settled(d) ? set_variable(d, c, name, value) : settle(d);
	}
	if (has_further(d))
		return list(d, c, APIGATEWAY_STAGE, true, STAGES);
	return look_at_route(d, c);
}

/* --- the integration --- */

static bool is_of_function(const struct json *integration)
{
	const char *type = json_get_str(integration, "integrationType");
	const char *uri = json_get_str(integration, "integrationUri");

	return type && str_eq(type, "AWS_PROXY") && uri && strstr(uri, ":function:") &&
	       !json_get(integration, "integrationSubtype");
}

static enum step_result see_route(struct deployment *d, const struct caller *c)
{
	const char *target = json_get_str(d->result->json, "target"), *id;

	deploy_id_set(d, ID_API_TARGET, target);
	if (!target || !skip_prefix(target, "integrations/", &id))
		return list(d, c, APIGATEWAY_INTEGRATION, false, FIND);
	d->call =
		apigateway_get(d->client, c->api, APIGATEWAY_INTEGRATION, id, deploy_on_result, d);
	return deploy_await(d, INTEGRATION);
}

static enum step_result see_integration(struct deployment *d, const struct caller *c,
					const char *want)
{
	const struct json *integration = d->result->json;
	const char *uri = json_get_str(integration, "integrationUri");

	if (d->result->outcome == AWS_OK && is_of_function(integration)) {
		if (str_eq(uri, want))
			return next_route(d);
		deploy_id_set(d, ID_API_URI, uri);
		return list(d, c, APIGATEWAY_ROUTE, false, SHARED);
	}
	return list(d, c, APIGATEWAY_INTEGRATION, false, FIND);
}

/* Will that route of the API be pointed to the same URI? */
static bool is_wanted_too(const struct deployment *d, const struct caller *c, const char *route)
{
	struct caller other;
	bool ret = false;
	size_t i;

	for (i = 0; !ret && lambda_caller(&other, d, i); i++) {
		ret = other.api && str_eq(other.api, c->api) && other.route &&
		      str_eq(other.route, route) && !c->variable == !other.variable &&
		      (!c->variable || str_eq(c->variable, other.variable));
		lambda_caller_release(&other);
	}
	return ret;
}

static enum step_result change_integration(struct deployment *d, const struct caller *c,
					   const char *want)
{
	const char *id = deploy_id_get(d, ID_API_TARGET) + strlen("integrations/");
	char *body = member("integrationUri", want);
	char *back = member("integrationUri", deploy_id_get(d, ID_API_URI));
	enum step_result ret;

	deploy_event(d, "integration '%s' of API '%s' is pointed to '%s'; it was '%s'", id, c->api,
		     want, deploy_id_get(d, ID_API_URI));
	ret = change(d, c, APIGATEWAY_INTEGRATION, id, body, back);
	free(back);
	free(body);
	return ret;
}

static enum step_result see_routes(struct deployment *d, const struct caller *c, const char *want)
{
	const char *target = deploy_id_get(d, ID_API_TARGET);
	const struct json *route;
	size_t i;

	for (i = 0; (route = lambda_page_item(d, i)); i++) {
		const char *its = json_get_str(route, "target"),
			   *id = json_get_str(route, "routeId");

		if (its && id && str_eq(its, target) && !is_wanted_too(d, c, id))
			return list(d, c, APIGATEWAY_INTEGRATION, false, FIND);
	}
	if (has_further(d))
		return list(d, c, APIGATEWAY_ROUTE, true, SHARED);
	return is_settled(d) ? change_integration(d, c, want) : settle(d);
}

/* --- an integration for the route alone --- */

static enum step_result point_route(struct deployment *d, const struct caller *c, const char *id)
{
	const char *old = deploy_id_get(d, ID_API_TARGET);
	char *target = xstrfmt("integrations/%s", id);
	char *body = member("target", target), *back = member("target", old ? old : "");
	enum step_result ret;

	deploy_event(d, "route '%s' of API '%s' gets integration '%s'%s%s", c->route, c->api, id,
		     old ? " instead of " : "", old ? old + strcspn(old, "/") + 1 : "");
	ret = change(d, c, APIGATEWAY_ROUTE, c->route, body, back);
	free(back);
	free(body);
	free(target);
	return ret;
}

static enum step_result create(struct deployment *d, const struct caller *c, const char *want)
{
	struct strbuf body = STRBUF_INIT;
	struct json_writer jw = JSON_WRITER_INIT(&body, 0);
	char *mark = xstrfmt(CALLER_MARK "%s", d->record->id);
	enum step_result ret = STEP_WAIT;

	jw_object(&jw, NULL);
	jw_str(&jw, "integrationType", "AWS_PROXY");
	jw_str(&jw, "integrationMethod", "POST");
	jw_str(&jw, "integrationUri", want);
	jw_str(&jw, "payloadFormatVersion", "2.0");
	jw_str(&jw, "description", mark);
	jw_end(&jw);
	if (lambda_has_changed(d, "made", c->api) || lambda_note_undo(d, "made %s - -", c->api)) {
		d->call = apigateway_create(d->client, c->api, APIGATEWAY_INTEGRATION, body.buf,
					    body.len, deploy_on_result, d);
		ret = deploy_await(d, CREATED);
	}
	free(mark);
	strbuf_release(&body);
	return ret;
}

static enum step_result see_integrations(struct deployment *d, const struct caller *c,
					 const char *want)
{
	const struct json *one;
	size_t i;

	for (i = 0; (one = lambda_page_item(d, i)); i++) {
		const char *id = json_get_str(one, "integrationId");

		if (id && is_of_function(one) && str_eq(json_get_str(one, "integrationUri"), want))
			return is_settled(d) ? point_route(d, c, id) : settle(d);
	}
	return has_further(d) ? list(d, c, APIGATEWAY_INTEGRATION, true, FIND) : create(d, c, want);
}

static enum step_result created(struct deployment *d, const struct caller *c)
{
	const char *id = json_get_str(d->result->json, "integrationId");

	if (!id)
		return list(d, c, APIGATEWAY_INTEGRATION, false, FIND);
	deploy_event(d, "integration '%s' of API '%s' is made", id, c->api);
	return is_settled(d) ? point_route(d, c, id) : settle(d);
}

/* --- the step --- */

static const char *const doing[] = {
	[STAGES] = "look at the API's stages",
	[STAGE_SET] = "set the stage's variable",
	[ROUTE] = "look at the API's route",
	[INTEGRATION] = "look at the API's integration",
	[SHARED] = "look at the API's routes",
	[FIND] = "look at the API's integrations",
	[CREATED] = "make an integration of the API",
	[CHANGED] = "point the API's route to the alias",
};

static enum step_result answered(struct deployment *d, const struct caller *c, const char *want)
{
	switch (d->phase) {
	case STAGES:
		return see_stages(d, c);
	case STAGE_SET:
		return list(d, c, APIGATEWAY_STAGE, false, STAGES);
	case ROUTE:
		return see_route(d, c);
	case INTEGRATION:
		return see_integration(d, c, want);
	case SHARED:
		return see_routes(d, c, want);
	case FIND:
		return see_integrations(d, c, want);
	case CREATED:
		return created(d, c);
	default:
		return look_at_route(d, c);
	}
}

enum step_result lambda_point_routes(struct deployment *d)
{
	bool gone = d->phase == INTEGRATION && d->result->status == 404;
	enum step_result ret;
	struct caller c;
	char *want;

	if (!d->at.deadline)
		d->at.deadline = deploy_now(d) + lambda_patience(d);
	if (d->phase == START)
		return begin(d);
	if (d->result->outcome != AWS_OK && !gone)
		return lambda_retry_api(d, doing[d->phase]);
	if (!lambda_caller(&c, d, d->at.revision))
		BUG("no event source %u", d->at.revision);
	want = lambda_caller_uri(d, &c);
	ret = answered(d, &c, want);
	free(want);
	lambda_caller_release(&c);
	return ret;
}
