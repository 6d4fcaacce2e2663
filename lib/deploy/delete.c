#include "base/base.h"
#include "deploy/rolling.h"

#include "aws/ecs.h"
#include "deploy/internal.h"
#include "deploy/service.h"

/*
 * The definition was removed, so the service goes. Calls: GetCallerIdentity
 * (shared), DeregisterScalableTarget, DeleteService, and polls until it is gone:
 * ECS leaves the scalable target behind, and it would scale the next service of
 * that name. DeleteService itself says whether there is one: describing it first would tell nothing more.
 */
enum step_result ecs_delete_preflight(struct deployment *d)
{
	enum {
		START,
		ACCOUNT
	};

	if (d->phase == START)
		return deploy_ask_account(d, ACCOUNT);
	return ecs_check_account(d);
}

static enum step_result send_deregister(struct deployment *d, int phase)
{
	struct strbuf body = STRBUF_INIT;
	struct json_writer jw = JSON_WRITER_INIT(&body, 0);
	char *resource = xstrfmt("service/%s/%s",
				 d->record->cluster ? d->record->cluster : "default",
				 d->record->name);
	struct aws_request request = {
		.service = AWS_AUTOSCALING,
		.operation = "DeregisterScalableTarget",
		.priority = AWS_WRITE,
	};

	jw_object(&jw, NULL);
	jw_str(&jw, "ServiceNamespace", "ecs");
	jw_str(&jw, "ResourceId", resource);
	jw_str(&jw, "ScalableDimension", "ecs:service:DesiredCount");
	jw_end(&jw);
	request.body = body.buf;
	request.body_len = body.len;
	d->call = aws_call(d->client, &request, deploy_on_result, d);
	strbuf_release(&body);
	free(resource);
	return deploy_await(d, phase);
}

/* Autoscaling off. That it can't be is told: the service goes all the same. */
enum step_result ecs_unscale(struct deployment *d)
{
	enum {
		START,
		SENT
	};

	if (d->phase == START)
		return send_deregister(d, SENT);
	if (d->result->outcome == AWS_OK)
		deploy_event(d, "service '%s' is not scaled automatically any more",
			     d->record->name);
	else if (!aws_result_is(d->result, "ObjectNotFoundException") &&
		 !result_says(d->result, "No scalable target found"))
		deploy_event(d, "cannot switch automatic scaling off: %s", d->result->err.message);
	return STEP_DONE;
}

static enum step_result already_gone(struct deployment *d)
{
	deploy_event(d, "service '%s' is gone already", d->record->name);
	return STEP_FINISHED;
}

enum step_result ecs_delete(struct deployment *d)
{
	enum {
		START,
		SENT
	};
	struct strbuf since = STRBUF_INIT;

	if (d->phase == START) {
		d->call = ecs_delete_service(d->client, d->record->cluster, d->record->name, true,
					     deploy_on_result, d);
		return deploy_await(d, SENT);
	}
	if (aws_result_is(d->result, "ServiceNotFoundException") ||
	    aws_result_is(d->result, "ClusterNotFoundException"))
		return already_gone(d);
	if (aws_result_is(d->result, "ServiceNotActiveException"))
		return STEP_DONE; /* draining already */
	if (d->result->outcome != AWS_OK)
		return deploy_fail_result(d, d->result, "delete the service");
	strbuf_addf(&since, "%" PRId64, deploy_moment(d));
	deploy_id_set(d, ID_SINCE, since.buf);
	strbuf_release(&since);
	deploy_event(d, "service '%s' is being deleted", d->record->name);
	deploy_drop_documents(d);
	return STEP_DONE;
}

enum step_result ecs_await_gone(struct deployment *d)
{
	enum {
		START,
		LOOKED
	};
	const struct json *service;

	if (d->phase == START) {
		d->at.deadline = deploy_now(d) + settings_timeout_ms(&d->settings, 0);
		d->at.interval = MIN(1000, d->settings.stability.poll_ms);
		return deploy_look(d, d->resumed ? 0 : d->at.interval, LOOKED);
	}
	service = d->look->service;
	if (!d->look->failed) {
		int64_t running = json_get_int(service, "runningCount", 0);

		switch (ecs_service_state(service)) {
		case SERVICE_MISSING:
			deploy_event(d, "service '%s' is deleted", d->record->name);
			return STEP_DONE;
		case SERVICE_ACTIVE:
			/* Never out of DRAINING: it is another one of that name. */
			deploy_event(d, "service '%s' is deleted; there is a new one of that name",
				     d->record->name);
			return STEP_DONE;
		case SERVICE_DRAINING:
			break;
		}
		if (running != d->at.running)
			deploy_event(d, "%" PRId64 " task%s still running", running,
				     running == 1 ? "" : "s");
		d->at.running = running;
	} else if (aws_result_is(d->look->failed, "ClusterNotFoundException")) {
		deploy_event(d, "service '%s' is deleted, its cluster too", d->record->name);
		return STEP_DONE;
	} else if (!result_is_transient(d->look->failed)) {
		return deploy_fail_result(d, d->look->failed, "describe the service");
	}
	if (deploy_now(d) >= d->at.deadline)
		return deploy_fail_hint(
			d, "timeout",
			"it goes on by itself; tasks may be draining connections or "
			"be protected from scale-in",
			"service '%s' is still DRAINING", d->record->name);
	d->at.interval = MIN(2 * d->at.interval, d->settings.stability.poll_ms);
	return deploy_look(d, d->at.interval, LOOKED);
}

static const struct deploy_step steps[] = {
	{ "preflight", ecs_delete_preflight, false },
	{ "unscale", ecs_unscale, false },
	{ "delete", ecs_delete, false },
	{ "drain", ecs_await_gone, false },
	{ NULL, NULL, false },
};

const struct deploy_strategy strategy_delete = {
	.name = "delete",
	.setup = ecs_setup,
	.steps = steps,
};
