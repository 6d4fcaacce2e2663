#include "base/base.h"
#include "deploy/lambda-callers.h"

#include "aws/apigateway.h"
#include "deploy/rolling.h"

/*
 * A stage without autoDeploy serves what was deployed to it, so that a route
 * that was changed takes a deployment of the API: one for all such stages, made
 * once, found by its description. It takes along whatever else was changed in
 * the API and not deployed yet; there is no smaller deployment.
 *
 * Source: Amazon API Gateway Developer Guide, "Stages for HTTP APIs".
 */

#define LOOK_FIRST 200 /* ms */
#define LOOK_LAST  5000

enum {
	START,
	STAGES,
	DEPLOYMENTS,
	CREATED,
	DEPLOYED
};

static enum step_result list(struct deployment *d, const struct caller *c,
			     enum apigateway_kind kind, const char *token, int phase)
{
	d->call = apigateway_list(d->client, c->api, kind, token, deploy_on_result, d);
	return deploy_await(d, phase);
}

/* An API that was changed, for the first time on the list. */
static bool is_next(const struct deployment *d, const struct caller *c, size_t i)
{
	struct caller before;
	size_t k;

	if (!c->api || (!lambda_has_changed(d, "route", c->api) &&
			!lambda_has_changed(d, "integration", c->api)))
		return false;
	for (k = 0; k < i && lambda_caller(&before, d, k); k++) {
		bool same = before.api && str_eq(before.api, c->api);

		lambda_caller_release(&before);
		if (same)
			return false;
	}
	return true;
}

static enum step_result begin(struct deployment *d)
{
	enum step_result ret = STEP_DONE;
	struct caller c;

	for (; ret == STEP_DONE && lambda_caller(&c, d, d->at.revision); d->at.revision++) {
		if (is_next(d, &c, d->at.revision))
			ret = list(d, &c, APIGATEWAY_STAGE, NULL, STAGES);
		lambda_caller_release(&c);
		if (ret == STEP_WAIT)
			break;
	}
	return ret;
}

static enum step_result next_api(struct deployment *d)
{
	deploy_id_set(d, ID_API_DEPLOYMENT, NULL);
	d->at.revision++;
	d->at.retries = 0;
	d->at.interval = 0;
	return begin(d);
}

/* --- a stage --- */

static enum step_result deploy_to(struct deployment *d, const struct caller *c, const char *stage,
				  const char *old)
{
	const char *ours = deploy_id_get(d, ID_API_DEPLOYMENT);
	char *body = xstrfmt("{\"deploymentId\":\"%s\"}", ours);
	enum step_result ret = STEP_WAIT;

	/* a stage that had none can't be without one again */
	if (!old ||
	    lambda_note_undo(d, "stage %s %s {\"deploymentId\":\"%s\"}", c->api, stage, old)) {
		deploy_event(d, "stage '%s' of API '%s' gets deployment '%s'", stage, c->api, ours);
		d->call = apigateway_update(d->client, c->api, APIGATEWAY_STAGE, stage, body,
					    strlen(body), deploy_on_result, d);
		ret = deploy_await(d, DEPLOYED);
	}
	free(body);
	return ret;
}

static enum step_result see_stages(struct deployment *d, const struct caller *c)
{
	const char *ours = deploy_id_get(d, ID_API_DEPLOYMENT);
	const char *token = json_get_str(d->result->json, "nextToken");
	const struct json *stage;
	size_t i;

	for (i = 0; (stage = lambda_page_item(d, i)); i++) {
		const char *name = json_get_str(stage, "stageName");
		const char *has = json_get_str(stage, "deploymentId");

		if (!name || json_get_bool(stage, "autoDeploy", false) ||
		    (ours && has && str_eq(has, ours)))
			continue;
		return ours ? deploy_to(d, c, name, has) :
			      list(d, c, APIGATEWAY_DEPLOYMENT, NULL, DEPLOYMENTS);
	}
	return token ? list(d, c, APIGATEWAY_STAGE, token, STAGES) : next_api(d);
}

/* --- the deployment --- */

static enum step_result see_deployment(struct deployment *d, const struct caller *c,
				       const struct json *deployment)
{
	const char *id = json_get_str(deployment, "deploymentId");
	const char *status = json_get_str(deployment, "deploymentStatus");
	const char *why = json_get_str(deployment, "deploymentStatusMessage");

	if (!id)
		return list(d, c, APIGATEWAY_DEPLOYMENT, NULL, DEPLOYMENTS);
	if (status && str_eq(status, "FAILED"))
		return deploy_fail_hint(d, "aws-error", "look at the API as a whole",
					"the deployment of API '%s' failed: %s", c->api,
					why ? why : "API Gateway gives no reason");
	if (!status || !str_eq(status, "DEPLOYED")) {
		if (deploy_now(d) >= d->at.deadline)
			return deploy_fail(d, "timeout",
					   "the deployment of API '%s' takes too long", c->api);
		return deploy_sleep(d, ecs_next_interval(d, LOOK_FIRST, LOOK_LAST), START);
	}
	deploy_id_set(d, ID_API_DEPLOYMENT, id);
	return list(d, c, APIGATEWAY_STAGE, NULL, STAGES);
}

static enum step_result create(struct deployment *d, const struct caller *c)
{
	char *body = xstrfmt("{\"description\":\"" CALLER_MARK "%s\"}", d->record->id);
	enum step_result ret = STEP_WAIT;

	if (lambda_has_changed(d, "deployment", c->api) ||
	    lambda_note_undo(d, "deployment %s - -", c->api)) {
		deploy_event(d,
			     "API '%s' has stages without autoDeploy: it is deployed, with all "
			     "that was changed in it",
			     c->api);
		d->call = apigateway_create(d->client, c->api, APIGATEWAY_DEPLOYMENT, body,
					    strlen(body), deploy_on_result, d);
		ret = deploy_await(d, CREATED);
	}
	free(body);
	return ret;
}

static enum step_result see_deployments(struct deployment *d, const struct caller *c)
{
	const char *token = json_get_str(d->result->json, "nextToken");
	char *mark = xstrfmt(CALLER_MARK "%s", d->record->id);
	const struct json *one = NULL;
	size_t i;

	for (i = 0; (one = lambda_page_item(d, i)); i++) {
		const char *description = json_get_str(one, "description");

		if (description && str_eq(description, mark))
			break;
	}
	free(mark);
	if (one)
		return see_deployment(d, c, one);
	return token ? list(d, c, APIGATEWAY_DEPLOYMENT, token, DEPLOYMENTS) : create(d, c);
}

/* --- the step --- */

enum step_result lambda_deploy_stages(struct deployment *d)
{
	enum step_result ret;
	struct caller c;

	if (!d->at.deadline)
		d->at.deadline = deploy_now(d) + lambda_patience(d);
	if (d->phase == START)
		return begin(d);
	if (d->result->outcome != AWS_OK)
		return lambda_retry_api(d, d->phase == DEPLOYED ?
						   "give the deployment to the stage" :
					   d->phase == CREATED ? "deploy the API" :
								 "look at the API's stages");
	if (!lambda_caller(&c, d, d->at.revision))
		BUG("no event source %u", d->at.revision);
	if (d->phase == STAGES)
		ret = see_stages(d, &c);
	else if (d->phase == DEPLOYMENTS)
		ret = see_deployments(d, &c);
	else if (d->phase == CREATED)
		ret = see_deployment(d, &c, d->result->json);
	else
		ret = list(d, &c, APIGATEWAY_STAGE, NULL, STAGES);
	lambda_caller_release(&c);
	return ret;
}
