#include "base/base.h"
#include "deploy/lambda-callers.h"

#include "aws/apigateway.h"

/*
 * What was done to APIs is taken back, the last first, as recorded:
 *
 *	<kind> <API> <id> <body>	PATCH makes it what it was
 *	made <API> - -			integrations marked as ours go
 *	deployment <API> - -		so do deployments of the API
 */

enum {
	START,
	PATCHED,
	LISTED,
	DELETED
};

struct line {
	char *text; /* to be freed; the others are within */
	char *kind, *api, *id, *body;
};

static bool last_line(struct line *line, const struct deployment *d)
{
	const char *all = deploy_id_get(d, ID_API_UNDO);
	size_t end = all ? strlen(all) : 0, begin;
	char *p;

	while (end && all[end - 1] == '\n')
		end--;
	for (begin = end; begin && all[begin - 1] != '\n'; begin--)
		;
	if (!end)
		return false;
	line->text = p = xmemdupz(all + begin, end - begin);
	line->kind = strsep(&p, " ");
	line->api = strsep(&p, " ");
	line->id = strsep(&p, " ");
	line->body = p;
	if (!p)
		BUG("'%s' does not tell what to take back", line->text);
	return true;
}

static bool drop_last(struct deployment *d, const struct line *line)
{
	const char *all = deploy_id_get(d, ID_API_UNDO);
	const char *last;
	char *rest;

	for (last = all + strlen(all); last > all && last[-1] == '\n'; last--)
		;
	while (last > all && last[-1] != '\n')
		last--;
	rest = last > all ? xmemdupz(all, (size_t)(last - all)) : NULL;
	if (!str_eq(line->id, "-"))
		deploy_event(d, "%s '%s' of API '%s' is as it was", line->kind, line->id,
			     line->api);
	deploy_id_set(d, ID_API_UNDO, rest);
	free(rest);
	return deploy_save(d);
}

static enum apigateway_kind kind_of(const struct line *line)
{
	if (str_eq(line->kind, "route"))
		return APIGATEWAY_ROUTE;
	if (str_eq(line->kind, "stage"))
		return APIGATEWAY_STAGE;
	return str_eq(line->kind, "deployment") ? APIGATEWAY_DEPLOYMENT : APIGATEWAY_INTEGRATION;
}

static enum step_result list(struct deployment *d, const struct line *line, const char *token)
{
	d->call = apigateway_list(d->client, line->api, kind_of(line), token, deploy_on_result, d);
	return deploy_await(d, LISTED);
}

static enum step_result next_line(struct deployment *d)
{
	enum step_result ret;
	struct line line;

	if (!last_line(&line, d))
		return STEP_DONE;
	if (str_eq(line.id, "-")) {
		ret = list(d, &line, NULL);
	} else {
		d->call = apigateway_update(d->client, line.api, kind_of(&line), line.id, line.body,
					    strlen(line.body), deploy_on_result, d);
		ret = deploy_await(d, PATCHED);
	}
	free(line.text);
	return ret;
}

static enum step_result line_done(struct deployment *d, const struct line *line)
{
	d->at.retries = 0;
	return drop_last(d, line) ? next_line(d) : STEP_WAIT;
}

/* The next one that is marked as this deployment's. */
static enum step_result see_list(struct deployment *d, const struct line *line)
{
	const char *token = json_get_str(d->result->json, "nextToken");
	bool deployments = kind_of(line) == APIGATEWAY_DEPLOYMENT;
	char *mark = xstrfmt(CALLER_MARK "%s", d->record->id);
	const struct json *one;
	const char *id = NULL;
	size_t i;

	for (i = 0; !id && (one = lambda_page_item(d, i)); i++) {
		const char *description = json_get_str(one, "description");

		if (description && str_eq(description, mark))
			id = json_get_str(one, deployments ? "deploymentId" : "integrationId");
	}
	free(mark);
	if (!id)
		return token ? list(d, line, token) : line_done(d, line);
	deploy_event(d, "%s '%s' of API '%s' is deleted",
		     deployments ? "deployment" : "integration", id, line->api);
	d->call = apigateway_delete(d->client, line->api, kind_of(line), id, deploy_on_result, d);
	return deploy_await(d, DELETED);
}

/* Somebody uses it: it does no harm. */
static enum step_result stays(struct deployment *d, const struct line *line)
{
	deploy_event(d, "it is in use, and stays: %s", d->result->message);
	return line_done(d, line);
}

static enum step_result answered(struct deployment *d, const struct line *line)
{
	const struct aws_result *r = d->result;
	bool refused = r->outcome == AWS_REFUSED && (r->status == 400 || r->status == 409);

	if (d->phase == DELETED && (r->outcome == AWS_OK || r->status == 404))
		return list(d, line, NULL);
	if (d->phase == DELETED && refused && !result_is_transient(r))
		return stays(d, line);
	if (d->phase != DELETED && r->status == 404)
		return line_done(d, line);
	/* a route may refuse to be without an integration */
	if (d->phase == PATCHED && r->status == 400 && !result_is_transient(r)) {
		deploy_event(d, "%s '%s' of API '%s' does not become what it was: %s", line->kind,
			     line->id, line->api, r->message);
		return line_done(d, line);
	}
	if (r->outcome != AWS_OK)
		return lambda_retry_api(d, "take back what was done to the API");
	return d->phase == LISTED ? see_list(d, line) : line_done(d, line);
}

enum step_result lambda_routes_back(struct deployment *d)
{
	enum step_result ret;
	struct line line;

	if (!d->at.deadline)
		d->at.deadline = deploy_now(d) + lambda_patience(d);
	if (d->phase == START)
		return next_line(d);
	if (!last_line(&line, d))
		BUG("nothing is to be taken back");
	ret = answered(d, &line);
	free(line.text);
	return ret;
}
