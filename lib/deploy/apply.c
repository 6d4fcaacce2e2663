#include "base/base.h"
#include "deploy/rolling.h"

#include "aws/ecs.h"
#include "deploy/internal.h"
#include "deploy/service.h"

/* The step that creates or updates the service. */

/* IAM and load balancers become consistent within this time, ms. */
#define RETRY_EVENTUALLY (2 * 60 * 1000)

bool ecs_is_create(const struct deployment *d)
{
	const char *mode = deploy_id_get(d, ID_MODE);

	return mode && str_eq(mode, "create");
}

static enum step_result send_create(struct deployment *d, int phase)
{
	char *token = xstrfmt("gitops-%.29s", d->record->id);
	const struct ecs_service_args args = {
		.task_definition = deploy_id_get(d, ID_TASK_DEFINITION),
		.client_token = token,
	};

	d->call = ecs_create_service(d->client, ecs_document(d, ROLE_DEFINITION), &args,
				     deploy_on_result, d);
	free(token);
	return deploy_await(d, phase);
}

enum step_result ecs_send_update(struct deployment *d, const char *task_definition,
				 const char *members, bool force, int phase)
{
	struct strbuf body = STRBUF_INIT;
	struct aws_request request = {
		.service = AWS_ECS,
		.operation = "UpdateService",
		.priority = AWS_WRITE,
		/* Without force the same words again change nothing. */
		.look_first = force,
	};

	strbuf_addch(&body, '{');
	if (d->record->cluster) {
		strbuf_addstr(&body, "\"cluster\":");
		json_write_string(&body, d->record->cluster, strlen(d->record->cluster));
		strbuf_addch(&body, ',');
	}
	strbuf_addstr(&body, "\"service\":");
	json_write_string(&body, d->record->name, strlen(d->record->name));
	if (task_definition) {
		strbuf_addstr(&body, ",\"taskDefinition\":");
		json_write_string(&body, task_definition, strlen(task_definition));
	}
	strbuf_addstr(&body, members);
	if (force)
		strbuf_addstr(&body, ",\"forceNewDeployment\":true");
	strbuf_addch(&body, '}');
	request.body = body.buf;
	request.body_len = body.len;
	d->call = aws_call(d->client, &request, deploy_on_result, d);
	strbuf_release_secret(&body);
	return deploy_await(d, phase);
}

static enum step_result send_service(struct deployment *d, int phase)
{
	if (ecs_is_create(d))
		return send_create(d, phase);
	return ecs_send_update(d, deploy_id_get(d, ID_TASK_DEFINITION), d->update,
			       deploy_id_get(d, ID_FORCED) != NULL, phase);
}

/* Found in the service: our deployment, maybe overtaken already. */
static void adopt(struct deployment *d, const struct json *service,
		  const struct ecs_deployment *ours)
{
	char since[32];

	deploy_id_set(d, ID_DEPLOYMENT, ours->id);
	snprintf(since, sizeof(since), "%" PRId64, ours->created_at);
	deploy_id_set(d, ID_CREATED, since);
	deploy_id_set(d, ID_SERVICE, json_get_str(service, "serviceArn"));
	if (!deploy_id_get(d, ID_SINCE)) {
		snprintf(since, sizeof(since), "%" PRId64, deploy_moment(d));
		deploy_id_set(d, ID_SINCE, since);
	}
}

/*
 * UpdateService takes no tags. Those of the definition are set by a call of
 * their own; tags that it does not name are left alone, for other tools have
 * theirs on the service, too.
 */
enum step_result ecs_tag_service(struct deployment *d, int phase)
{
	const struct json *tags = json_get(ecs_document(d, ROLE_DEFINITION), "tags");
	struct strbuf body = STRBUF_INIT;
	struct json_writer jw = JSON_WRITER_INIT(&body, 0);
	struct aws_request request = {
		.service = AWS_ECS,
		.operation = "TagResource",
		.priority = AWS_WRITE,
	};

	if (ecs_is_create(d) || !tags || tags->type != JSON_ARRAY || !tags->u.array.nr ||
	    !deploy_id_get(d, ID_SERVICE))
		return STEP_DONE;
	jw_object(&jw, NULL);
	jw_str(&jw, "resourceArn", deploy_id_get(d, ID_SERVICE));
	jw_value(&jw, "tags", tags);
	jw_end(&jw);
	request.body = body.buf;
	request.body_len = body.len;
	d->call = aws_call(d->client, &request, deploy_on_result, d);
	strbuf_release_secret(&body);
	return deploy_await(d, phase);
}

/* What runs is what was wanted; only its tags may not be. */
enum step_result ecs_tagged(struct deployment *d)
{
	if (d->result->outcome != AWS_OK)
		deploy_event(d, "cannot set the tags of the service: %s", d->result->err.message);
	return STEP_DONE;
}

static enum step_result applied(struct deployment *d, const struct json *service, int phase)
{
	const char *wanted = deploy_id_get(d, ID_TASK_DEFINITION);
	struct ecs_deployment primary;
	int64_t desired;

	if (!ecs_primary(service, &primary))
		return deploy_fail(d, "aws-error",
				   "AWS's answer for service '%s' shows no PRIMARY deployment",
				   d->record->name);
	if (!ecs_find_revision(service, wanted, &primary))
		return deploy_fail(
			d, "superseded",
			"service '%s' was deployed by someone else meanwhile: it runs '%s'",
			d->record->name, ecs_short_name(primary.task_definition));
	adopt(d, service, &primary);
	/* With a native strategy the deployment has its tasks later. */
	desired = json_get_int(service, "desiredCount", primary.desired);
	deploy_event(d, "service '%s' %s '%s', %" PRId64 " task%s wanted", d->record->name,
		     ecs_is_create(d) ? "created with" : "updated to",
		     ecs_short_name(*primary.task_definition ? primary.task_definition : wanted),
		     desired, desired == 1 ? "" : "s");
	return ecs_tag_service(d, phase);
}

/*
 * What does the service look like after an accident? Ours is there: go on.
 * Nothing happened: send it (again). Someone else was quicker: stop.
 */
static enum step_result look_before_apply(struct deployment *d, int looked, int sent, int phase)
{
	const char *wanted = deploy_id_get(d, ID_TASK_DEFINITION);
	const char *previous = deploy_id_get(d, ID_PREVIOUS_DEPLOYMENT);
	const struct json *service = d->look->service;
	struct ecs_deployment ours, primary;
	bool own = ecs_document(d, ROLE_TASK_DEFINITION) != NULL;
	enum step_result ret;

	if (d->look->failed && result_is_transient(d->look->failed) &&
	    deploy_now(d) < d->at.deadline)
		return deploy_look(d, ecs_next_interval(d, RETRY_FIRST, RETRY_LAST), looked);
	if (d->look->failed)
		return deploy_fail_result(d, d->look->failed, "describe the service");
	switch (ecs_service_state(service)) {
	case SERVICE_DRAINING:
		return ecs_wait_for_draining(d, looked);
	case SERVICE_MISSING:
		deploy_id_set(d, ID_MODE, "create");
		return send_create(d, sent);
	case SERVICE_ACTIVE:
		break;
	}
	if (!ecs_primary(service, &primary))
		primary = (struct ecs_deployment){ .id = "", .task_definition = "" };
	/* A revision that is ours alone proves it; a shared one only with a new deployment. */
	if (ecs_find_revision(service, wanted, &ours) &&
	    (own || !previous || !str_eq(ours.id, previous))) {
		adopt(d, service, &ours);
		deploy_event(d, "service '%s' was %s before: '%s'", d->record->name,
			     ecs_is_create(d) ? "created" : "updated",
			     ecs_short_name(ours.task_definition));
		return ecs_tag_service(d, phase);
	}
	if (previous && !str_eq(primary.id, previous))
		return deploy_fail(
			d, "superseded",
			"service '%s' was deployed by someone else meanwhile: it runs '%s'",
			d->record->name, ecs_short_name(primary.task_definition));
	if (ecs_is_create(d) && !d->at.retries++)
		return send_create(d, sent); /* the token knows whether it is ours */
	/* Someone else created it: make it what the definition says. */
	ret = ecs_plan_update(d, service);
	return ret == STEP_DONE ? send_service(d, sent) : ret;
}

int64_t ecs_worth_retrying(const struct deployment *d)
{
	const struct aws_result *r = d->result;

	if (r->outcome != AWS_REFUSED)
		return 0;
	if (result_says(r, "unable to assume the") ||
	    result_says(r, "verify that the ECS service role") ||
	    result_says(r, "does not have an associated load balancer"))
		return RETRY_EVENTUALLY;
	if (result_says(r, "deployments exist"))
		return settings_timeout_ms(&d->settings, 0);
	return 0;
}

enum step_result ecs_change_refused(struct deployment *d, int64_t last, int looked, int again)
{
	const char *doing = ecs_is_create(d) ? "create the service" : "update the service";
	int64_t patience;

	/* Did it happen? The service tells. */
	if ((d->result->outcome == AWS_UNKNOWN || result_says(d->result, "still Draining") ||
	     result_says(d->result, "not idempotent") ||
	     aws_result_is(d->result, "ConflictException") ||
	     aws_result_is(d->result, "UpdateInProgressException") ||
	     aws_result_is(d->result, "ServiceNotActiveException") ||
	     aws_result_is(d->result, "ServiceNotFoundException")) &&
	    deploy_now(d) < d->at.deadline && d->at.looks++ < 1000)
		return deploy_look(d, ecs_next_interval(d, RETRY_FIRST, last), looked);
	patience = ecs_worth_retrying(d);
	if (patience && deploy_now(d) < d->at.deadline) {
		if (!d->at.told) {
			d->at.told = true;
			d->at.deadline = MIN(d->at.deadline, deploy_now(d) + patience);
			deploy_event(d, "AWS is not ready for it, trying again: %s",
				     d->result->message);
		}
		return deploy_sleep(d, ecs_next_interval(d, RETRY_FIRST, last), again);
	}
	return deploy_fail_result(d, d->result, doing);
}

enum step_result ecs_apply(struct deployment *d)
{
	enum {
		START,
		LOOKED,
		SENT,
		AGAIN,
		TAGGED
	};

	switch (d->phase) {
	case START:
		if (deploy_id_get(d, ID_DEPLOYMENT))
			return STEP_DONE;
		d->at.deadline =
			deploy_now(d) + MAX(RETRY_EVENTUALLY, settings_timeout_ms(&d->settings, 0));
		if (d->resumed || (!ecs_is_create(d) && !d->update))
			return deploy_look(d, 0, LOOKED);
		return send_service(d, SENT);
	case LOOKED:
		return look_before_apply(d, LOOKED, SENT, TAGGED);
	case AGAIN:
		return send_service(d, SENT);
	case TAGGED:
		return ecs_tagged(d);
	default:
		break;
	}
	if (d->result->outcome == AWS_OK)
		return applied(d, json_get(d->result->json, "service"), TAGGED);
	return ecs_change_refused(d, RETRY_LAST, LOOKED, AGAIN);
}
