#include "base/base.h"
#include "deploy/lambda-callers.h"

#include "aws/apigateway.h"
#include "aws/elbv2.h"
#include "base/digest.h"
#include "deploy/rolling.h"

/*
 * The list itself, and a look at all that is on it before anything is changed:
 * what is not there, or is of another kind, or belongs to another function, is
 * refused. The keys of routes are kept, for they say what the function's
 * policy has to allow.
 */

/* --- the list --- */

static const struct json *item(const struct deployment *d, size_t i)
{
	const struct json *list = json_get(ecs_document(d, ROLE_EVENT_SOURCES), "PushEventSources");

	return list && list->type == JSON_ARRAY && i < list->u.array.nr ? &list->u.array.items[i] :
									  NULL;
}

/* The key of a route, from "api route key" lines; NULL: not known. */
static char *route_key(const struct deployment *d, const char *api, const char *route)
{
	const char *line = deploy_id_get(d, ID_ROUTES);
	char *begin = xstrfmt("%s %s ", api, route), *key = NULL;
	size_t len = strlen(begin);

	for (; line && *line && !key; line += strcspn(line, "\n"), line += *line == '\n')
		if (!strncmp(line, begin, len))
			key = xmemdupz(line + len, strcspn(line + len, "\n"));
	free(begin);
	return key;
}

/*
 * "GET /items/{id}" is "GET/items/" and anything, ANY is any method; requests of
 * the route $default come from "$default", whatever their path.
 */
static void add_route(struct strbuf *source, const char *key)
{
	const char *p = strchr(key, ' ');

	if (!p) {
		strbuf_addstr(source, key);
		return;
	}
	if (starts_with(key, "ANY "))
		strbuf_addch(source, '*');
	else
		strbuf_add(source, key, (size_t)(p - key));
	for (p++; *p; p++) {
		if (*p == '{') {
			strbuf_addch(source, '*');
			p += strcspn(p, "}");
			if (!*p)
				break;
		} else {
			strbuf_addch(source, *p);
		}
	}
}

static char *api_source(const struct deployment *d, const char *api, const char *route)
{
	struct strbuf source = STRBUF_INIT;
	char *key = route_key(d, api, route);

	strbuf_addf(&source, "arn:%s:execute-api:%s:%s:%s/*/", aws_client_partition(d->client),
		    d->record->region, d->record->account, api);
	add_route(&source, key ? key : "*");
	free(key);
	return strbuf_detach(&source, NULL);
}

/* The misspelling is that of samples that people copied. */
static const char *variable_of(const struct json *source)
{
	const char *name = json_get_str(source, "AliasStageVariableName");

	return name ? name : json_get_str(source, "AlaisStageVariableName");
}

bool lambda_caller(struct caller *c, const struct deployment *d, size_t i)
{
	const struct json *source = item(d, i);
	struct strbuf hex = STRBUF_INIT;
	char *what;

	*c = (struct caller){ 0 };
	if (!source)
		return false;
	/* check sees to that what is needed is there */
	c->service = json_get_str(source, "Service");
	c->group = json_get_str(source, "TargetGroupArn");
	if (!c->group) {
		c->api = json_get_str(source, "ApiId");
		c->route = json_get_str(source, "RouteId");
		c->variable = variable_of(source);
	}
	c->source = c->group ? xstrdup(c->group) :
			       api_source(d, c->api ? c->api : "", c->route ? c->route : "");
	what = xstrfmt("%s %s", c->service ? c->service : "", c->source);
	sha256_hex(&hex, what, strlen(what));
	snprintf(c->sid, sizeof(c->sid), CALLER_SID_PREFIX "%.32s", hex.buf);
	strbuf_release(&hex);
	free(what);
	return true;
}

void lambda_caller_release(struct caller *c)
{
	free(c->source);
}

bool lambda_calls_from_route(const struct deployment *d, const char *api, const char *route)
{
	const struct json *source;
	size_t i;

	for (i = 0; d->intent != INTENT_DELETE && (source = item(d, i)); i++) {
		const char *its_api = json_get_str(source, "ApiId");
		const char *its_route = json_get_str(source, "RouteId");

		if (its_api && its_route && str_eq(its_api, api) && str_eq(its_route, route))
			return true;
	}
	return false;
}

bool lambda_caller_is_listed(const struct deployment *d, const char *sid)
{
	struct caller c;
	size_t i;

	for (i = 0; d->intent != INTENT_DELETE && lambda_caller(&c, d, i); i++) {
		bool same = str_eq(c.sid, sid);

		lambda_caller_release(&c);
		if (same)
			return true;
	}
	return false;
}

char *lambda_alias_arn(const struct deployment *d)
{
	return xstrfmt("arn:%s:lambda:%s:%s:function:%s:%s", aws_client_partition(d->client),
		       d->record->region, d->record->account, d->record->name, d->settings.alias);
}

static bool has_some(const struct deployment *d, bool apis)
{
	const struct json *source;
	size_t i;

	for (i = 0; (source = item(d, i)); i++)
		if (apis == !json_get_str(source, "TargetGroupArn"))
			return true;
	return false;
}

bool lambda_step_applies(const struct deployment *d, const struct deploy_step *step)
{
	if (step->run == lambda_look_at_callers)
		return item(d, 0) != NULL;
	if (step->run == lambda_register)
		return has_some(d, false);
	if (step->run == lambda_point_routes)
		return has_some(d, true);
	if (step->run == lambda_deploy_stages)
		return lambda_has_changed(d, "route", NULL) ||
		       lambda_has_changed(d, "integration", NULL);
	if (step->run == lambda_register_back)
		return deploy_id_get(d, ID_TARGETS_MADE) != NULL;
	if (step->run == lambda_routes_back)
		return deploy_id_get(d, ID_API_UNDO) != NULL;
	if (step->run == lambda_push_gone)
		return d->intent == INTENT_DELETE ? d->settings.alias != NULL :
						    deploy_id_get(d, ID_PERMISSIONS_OLD) != NULL;
	/* a new alias has no mappings */
	if (step->run == lambda_pull_gone)
		return deploy_id_get(d, ID_OLD_VERSION) != NULL;
	return true;
}

/* --- looking at it --- */

enum {
	START,
	GROUP,
	HEALTH,
	API,
	ROUTE,
	STAGES
};

/* An API that was before it on the list was looked at. */
static bool is_known_api(const struct deployment *d, size_t i)
{
	const char *api = json_get_str(item(d, i), "ApiId");
	const struct json *source;
	size_t k;

	for (k = 0; k < i && (source = item(d, k)); k++) {
		const char *other = json_get_str(source, "ApiId");

		if (api && other && str_eq(api, other) && !json_get_str(source, "TargetGroupArn"))
			return true;
	}
	return false;
}

static enum step_result look(struct deployment *d)
{
	struct caller c;
	int phase;

	if (!lambda_caller(&c, d, d->at.revision))
		return STEP_DONE;
	if (c.group) {
		d->call = elb_describe_target_groups(d->client, &c.group, 1, NULL, deploy_on_result,
						     d);
		phase = GROUP;
	} else if (is_known_api(d, d->at.revision)) {
		d->call = apigateway_get(d->client, c.api, APIGATEWAY_ROUTE, c.route,
					 deploy_on_result, d);
		phase = ROUTE;
	} else {
		d->call = apigateway_get(d->client, c.api ? c.api : "", APIGATEWAY_API, NULL,
					 deploy_on_result, d);
		phase = API;
	}
	lambda_caller_release(&c);
	return deploy_await(d, phase);
}

static enum step_result look_at_next(struct deployment *d)
{
	d->at.revision++;
	d->at.looks = 0;
	d->at.sent = false;
	return look(d);
}

static enum step_result see_group(struct deployment *d, const struct caller *c)
{
	const struct json *groups = json_get(d->result->json, "TargetGroups");
	const char *type;

	if (aws_result_is(d->result, "TargetGroupNotFound"))
		return deploy_fail_hint(d, "target-group",
					"check 'TargetGroupArn' in the event sources, its region "
					"and its account",
					"there is no target group '%s' in %s", c->group,
					d->record->region);
	if (d->result->outcome != AWS_OK)
		return lambda_retry(d, "look at the target group", START);
	type = groups && groups->type == JSON_ARRAY && groups->u.array.nr ?
		       json_get_str(&groups->u.array.items[0], "TargetType") :
		       NULL;
	if (!type || !str_eq(type, "lambda"))
		return deploy_fail_hint(d, "target-group",
					"name a target group of the type 'lambda' in the event "
					"sources; the type of one that is there can't be changed",
					"the targets of '%s' are of the type '%s', not functions",
					c->group, type ? type : "?");
	d->call = elb_describe_target_health(d->client, c->group, AWS_READ, deploy_on_result, d);
	return deploy_await(d, HEALTH);
}

static enum step_result see_health(struct deployment *d, const struct caller *c)
{
	char *arn = lambda_alias_arn(d);
	const char *other;

	if (d->result->outcome != AWS_OK) {
		free(arn);
		return lambda_retry(d, "look at the target group", START);
	}
	other = lambda_other_target(d->result->json, arn);
	free(arn);
	if (other && !lambda_is_ours(d, other))
		return deploy_fail_hint(d, "target-group",
					"a target group holds one function: deregister that one, "
					"or name another group in the event sources",
					"the target of '%s' is another function, '%s'", c->group,
					other);
	return look_at_next(d);
}

static enum step_result see_api(struct deployment *d, const struct caller *c)
{
	const char *protocol = json_get_str(d->result->json, "protocolType");

	if (d->result->status == 404)
		return deploy_fail_hint(d, "definition",
					"check 'ApiId' in the event sources, and the region; REST "
					"APIs are not supported, HTTP APIs are",
					"there is no HTTP API '%s' in %s of account %s",
					c->api ? c->api : "", d->record->region,
					d->record->account);
	if (d->result->outcome != AWS_OK)
		return lambda_retry(d, "look at the API", START);
	if (!protocol || !str_eq(protocol, "HTTP"))
		return deploy_fail_hint(d, "unsupported",
					"name an HTTP API in the event sources, or set up the "
					"other kinds elsewhere",
					"API '%s' is of the kind %s, and only HTTP APIs are "
					"supported",
					c->api, protocol ? protocol : "?");
	d->call =
		apigateway_get(d->client, c->api, APIGATEWAY_ROUTE, c->route, deploy_on_result, d);
	return deploy_await(d, ROUTE);
}

static void note_route(struct deployment *d, const struct caller *c, const char *key)
{
	const char *known = deploy_id_get(d, ID_ROUTES);
	char *all = xstrfmt("%s%s %s %s\n", known ? known : "", c->api, c->route, key);

	deploy_id_set(d, ID_ROUTES, all);
	free(all);
}

static enum step_result see_route(struct deployment *d, const struct caller *c)
{
	const char *key = json_get_str(d->result->json, "routeKey");

	if (d->result->status == 404)
		return deploy_fail_hint(d, "definition",
					"check 'RouteId' in the event sources: 'aws apigatewayv2 "
					"get-routes' lists the routes of an API",
					"API '%s' has no route '%s'", c->api, c->route);
	if (d->result->outcome != AWS_OK || !key)
		return lambda_retry(d, "look at the API's route", START);
	note_route(d, c, key);
	if (!c->variable)
		return look_at_next(d);
	d->call = apigateway_list(d->client, c->api, APIGATEWAY_STAGE, NULL, deploy_on_result, d);
	return deploy_await(d, STAGES);
}

/*
 * Stages that have another value keep it: they are there to call other
 * aliases. One at least must call ours, and a lonely one does.
 */
static enum step_result see_stages(struct deployment *d, const struct caller *c)
{
	const char *token = json_get_str(d->result->json, "nextToken");
	const struct json *stage;
	size_t i;

	if (d->result->outcome != AWS_OK)
		return lambda_retry(d, "look at the API's stages", START);
	for (i = 0; (stage = lambda_page_item(d, i)); i++) {
		const char *name = json_get_str(stage, "stageName");
		const char *value = json_get_str(json_get(stage, "stageVariables"), c->variable);

		if (!value || str_eq(value, d->settings.alias))
			d->at.sent = true;
		else if (d->at.looks || i || token || lambda_page_item(d, 1))
			deploy_event(d, "stage '%s' of API '%s' keeps '%s' in '%s'", name, c->api,
				     value, c->variable);
		else
			d->at.sent = true;
	}
	d->at.looks++;
	if (token) {
		d->call = apigateway_list(d->client, c->api, APIGATEWAY_STAGE, token,
					  deploy_on_result, d);
		return deploy_await(d, STAGES);
	}
	if (!d->at.sent && (i || d->at.looks > 1))
		return deploy_fail_hint(d, "definition",
					"set the variable of the stage that is meant to the "
					"alias's name, or take it away there",
					"no stage of API '%s' has '%s' in its variable '%s'",
					c->api, d->settings.alias, c->variable);
	return look_at_next(d);
}

enum step_result lambda_look_at_callers(struct deployment *d)
{
	enum step_result ret;
	struct caller c;

	if (!d->at.deadline)
		d->at.deadline = deploy_now(d) + lambda_patience(d);
	if (d->phase == START) {
		d->at.revision = 0;
		d->at.looks = 0;
		d->at.sent = false;
		deploy_id_set(d, ID_ROUTES, NULL);
		return look(d);
	}
	if (!lambda_caller(&c, d, d->at.revision))
		BUG("no event source %u", d->at.revision);
	if (d->phase == GROUP)
		ret = see_group(d, &c);
	else if (d->phase == HEALTH)
		ret = see_health(d, &c);
	else if (d->phase == API)
		ret = see_api(d, &c);
	else if (d->phase == ROUTE)
		ret = see_route(d, &c);
	else
		ret = see_stages(d, &c);
	lambda_caller_release(&c);
	return ret;
}
