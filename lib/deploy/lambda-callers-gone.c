#include "base/base.h"
#include "deploy/lambda-callers.h"

#include "aws/apigateway.h"
#include "aws/elbv2.h"

/*
 * What is not listed any more, or the function goes: last of all, so that
 * nothing of it is to be taken back. Only what this program made goes: the
 * statements with its prefix, the alias as the target of their groups, the
 * integrations with its mark that invoke the alias. Each is first left by what
 * points to it. Integrations that others made stay, also those whose URI was
 * changed: what they were is not known any more.
 */

#define VARIABLE "${stageVariables."

enum {
	START,
	POLICY,
	DEREGISTERED,
	INTEGRATIONS,
	STAGES,
	ROUTES,
	DETACHED,
	DELETED,
	REMOVED
};

/* --- integrations of an API --- */

/* Of the API that is looked at. */
static enum step_result list(struct deployment *d, enum apigateway_kind kind, bool further)
{
	d->call = apigateway_list(d->client, deploy_id_get(d, ID_API), kind,
				  further ? json_get_str(d->result->json, "nextToken") : NULL,
				  deploy_on_result, d);
	return deploy_await(d, kind == APIGATEWAY_ROUTE ? ROUTES :
			       kind == APIGATEWAY_STAGE ? STAGES :
							  INTEGRATIONS);
}

static bool has_further(const struct deployment *d)
{
	return json_get_str(d->result->json, "nextToken") != NULL;
}

/* By its name, or by a variable of the stage. */
static bool invokes_alias(const struct deployment *d, const char *uri)
{
	char *arn = lambda_alias_arn(d);
	size_t len = strlen(arn) - strlen(d->settings.alias);
	char *function = xmemdupz(arn, len);
	const char *rest = strstr(uri, function);
	bool ret = str_eq(uri, arn) || (rest && starts_with(rest + len, VARIABLE));

	free(function);
	free(arn);
	return ret;
}

static bool stays(const struct deployment *d, const char *id)
{
	const char *known = deploy_id_get(d, ID_API_LEFT);
	char *word = xstrfmt(" %s ", id);
	bool ret = known && strstr(known, word);

	free(word);
	return ret;
}

static void leave(struct deployment *d)
{
	const char *known = deploy_id_get(d, ID_API_LEFT);
	char *all = xstrfmt("%s %s ", known ? known : "", deploy_id_get(d, ID_API_INTEGRATION));

	deploy_id_set(d, ID_API_LEFT, all);
	free(all);
}

static enum step_result remove_statement(struct deployment *d)
{
	d->call = lambda_remove_permission(d->client, d->record->name, d->settings.alias,
					   deploy_id_get(d, ID_PERMISSION), deploy_on_result, d);
	return deploy_await(d, REMOVED);
}

static enum step_result begin_api(struct deployment *d, const char *api)
{
	deploy_id_set(d, ID_API, api);
	deploy_id_set(d, ID_API_LEFT, NULL);
	return list(d, APIGATEWAY_INTEGRATION, false);
}

/* The APIs of the file that was deployed last, in case the function and its policy are gone. */
static enum step_result next_listed(struct deployment *d)
{
	enum step_result ret = STEP_DONE;
	struct caller c;

	for (; ret == STEP_DONE && lambda_caller(&c, d, d->at.revision); d->at.revision++) {
		if (c.api)
			ret = begin_api(d, c.api);
		lambda_caller_release(&c);
	}
	return ret;
}

static enum step_result api_done(struct deployment *d)
{
	return deploy_id_get(d, ID_PERMISSION) ? remove_statement(d) : next_listed(d);
}

static enum step_result see_integrations(struct deployment *d)
{
	const struct json *one;
	size_t i;

	for (i = 0; (one = lambda_page_item(d, i)); i++) {
		const char *id = json_get_str(one, "integrationId");
		const char *uri = json_get_str(one, "integrationUri");
		const char *description = json_get_str(one, "description");

		if (!id || !uri || !description || !starts_with(description, CALLER_MARK) ||
		    !invokes_alias(d, uri) || stays(d, id))
			continue;
		deploy_id_set(d, ID_API_INTEGRATION, id);
		deploy_id_set(d, ID_API_URI, uri);
		d->at.sent = false;
		return list(d, strstr(uri, VARIABLE) ? APIGATEWAY_STAGE : APIGATEWAY_ROUTE, false);
	}
	return has_further(d) ? list(d, APIGATEWAY_INTEGRATION, true) : api_done(d);
}

/* By its variable stages may call other aliases through the same integration. */
static enum step_result see_stages(struct deployment *d)
{
	const char *name = strstr(deploy_id_get(d, ID_API_URI), VARIABLE) + strlen(VARIABLE);
	char *variable = xmemdupz(name, strcspn(name, "}"));
	const char *other = NULL;
	const struct json *stage;
	size_t i;

	for (i = 0; !other && (stage = lambda_page_item(d, i)); i++) {
		other = json_get_str(json_get(stage, "stageVariables"), variable);
		if (other && str_eq(other, d->settings.alias))
			other = NULL;
	}
	free(variable);
	if (other) {
		deploy_event(d, "integration '%s' of API '%s' stays: a stage calls '%s' by it",
			     deploy_id_get(d, ID_API_INTEGRATION), deploy_id_get(d, ID_API), other);
		leave(d);
		return list(d, APIGATEWAY_INTEGRATION, false);
	}
	return list(d, has_further(d) ? APIGATEWAY_STAGE : APIGATEWAY_ROUTE, has_further(d));
}

static enum step_result detach(struct deployment *d, const char *route)
{
	static const char body[] = "{\"target\":\"\"}";

	deploy_event(d, "route '%s' of API '%s' loses its integration", route,
		     deploy_id_get(d, ID_API));
	d->call = apigateway_update(d->client, deploy_id_get(d, ID_API), APIGATEWAY_ROUTE, route,
				    body, strlen(body), deploy_on_result, d);
	return deploy_await(d, DETACHED);
}

static enum step_result see_routes(struct deployment *d)
{
	const char *integration = deploy_id_get(d, ID_API_INTEGRATION), *its;
	const struct json *one;
	size_t i;

	for (i = 0; (one = lambda_page_item(d, i)); i++) {
		const char *id = json_get_str(one, "routeId");
		const char *target = json_get_str(one, "target");

		if (!id || !target || !skip_prefix(target, "integrations/", &its) ||
		    !str_eq(its, integration))
			continue;
		if (!lambda_calls_from_route(d, deploy_id_get(d, ID_API), id))
			return detach(d, id);
		d->at.sent = true; /* it is needed */
	}
	if (has_further(d))
		return list(d, APIGATEWAY_ROUTE, true);
	if (d->at.sent) {
		leave(d);
		return list(d, APIGATEWAY_INTEGRATION, false);
	}
	d->call = apigateway_delete(d->client, deploy_id_get(d, ID_API), APIGATEWAY_INTEGRATION,
				    integration, deploy_on_result, d);
	return deploy_await(d, DELETED);
}

/* --- the statements --- */

/* The id of the API, if that is where the statement allows requests from; to be freed. */
static char *api_of(const char *source)
{
	const char *p = strstr(source, ":execute-api:");
	int colons = 2; /* region, account */

	for (p = p ? p + strlen(":execute-api:") : NULL; p && *p && colons; p++)
		colons -= *p == ':';
	return p && *p ? xmemdupz(p, strcspn(p, "/")) : NULL;
}

static enum step_result take_back(struct deployment *d, const struct json *statement)
{
	const char *source = lambda_statement_source(statement);
	char *api = source ? api_of(source) : NULL, *arn = lambda_alias_arn(d);
	const struct elb_target target = { .id = arn };
	enum step_result ret;

	deploy_id_set(d, ID_PERMISSION, json_get_str(statement, "Sid"));
	if (source && strstr(source, ":targetgroup/")) {
		d->call =
			elb_deregister_targets(d->client, source, &target, 1, deploy_on_result, d);
		ret = deploy_await(d, DEREGISTERED);
	} else {
		ret = api ? begin_api(d, api) : remove_statement(d);
	}
	free(arn);
	free(api);
	return ret;
}

static enum step_result see_policy(struct deployment *d)
{
	struct arena arena = ARENA_INIT;
	const struct json *list = lambda_statements(d, &arena);
	enum step_result ret = STEP_DONE;
	size_t i;

	deploy_id_set(d, ID_PERMISSION, NULL);
	for (i = 0; ret == STEP_DONE && list && i < list->u.array.nr; i++) {
		const char *sid = json_get_str(&list->u.array.items[i], "Sid");

		if (sid && starts_with(sid, CALLER_SID_PREFIX) && !lambda_caller_is_listed(d, sid))
			ret = take_back(d, &list->u.array.items[i]);
	}
	arena_release(&arena);
	if (ret == STEP_DONE && d->intent == INTENT_DELETE)
		ret = next_listed(d);
	return ret;
}

/* --- the step --- */

static enum step_result failed(struct deployment *d)
{
	static const char *const doing[] = {
		[POLICY] = "look at the alias's policy",
		[DEREGISTERED] = "take the alias out of its target group",
		[INTEGRATIONS] = "look at the API's integrations",
		[STAGES] = "look at the API's stages",
		[ROUTES] = "look at the API's routes",
		[DETACHED] = "take the integration from the API's route",
		[DELETED] = "delete the API's integration",
		[REMOVED] = "take a permission back",
	};

	/* a route may refuse to be without one, and somebody else may use it */
	if ((d->phase == DETACHED && d->result->status == 400 && !result_is_transient(d->result)) ||
	    (d->phase == DELETED && d->result->status == 409)) {
		deploy_event(d, "integration '%s' of API '%s' stays: %s",
			     deploy_id_get(d, ID_API_INTEGRATION), deploy_id_get(d, ID_API),
			     d->result->message);
		leave(d);
		return list(d, APIGATEWAY_INTEGRATION, false);
	}
	return lambda_retry_api(d, doing[d->phase]);
}

enum step_result lambda_push_gone(struct deployment *d)
{
	bool missing = d->result && d->result->outcome == AWS_REFUSED && d->result->status == 404;

	if (!d->at.deadline)
		d->at.deadline = deploy_now(d) + lambda_patience(d);
	if (d->phase == START) {
		d->at.revision = 0;
		return lambda_read_policy(d, POLICY);
	}
	if (d->result->outcome != AWS_OK && !missing &&
	    !(d->phase == DEREGISTERED && lambda_is_deregistered(d->result)))
		return failed(d);
	switch (d->phase) {
	case POLICY:
		return see_policy(d);
	case DEREGISTERED:
		return remove_statement(d);
	case INTEGRATIONS:
		return missing ? api_done(d) : see_integrations(d);
	case STAGES:
		return missing ? api_done(d) : see_stages(d);
	case ROUTES:
		return missing ? api_done(d) : see_routes(d);
	case DETACHED:
		return list(d, APIGATEWAY_INTEGRATION, false);
	case DELETED:
		deploy_event(d, "integration '%s' of API '%s' is deleted",
			     deploy_id_get(d, ID_API_INTEGRATION), deploy_id_get(d, ID_API));
		return list(d, APIGATEWAY_INTEGRATION, false);
	default:
		deploy_event(d, "what is no event source any more may not invoke alias '%s'",
			     d->settings.alias);
		return lambda_read_policy(d, POLICY);
	}
}
