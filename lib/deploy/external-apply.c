#include "base/base.h"
#include "deploy/task-set.h"

#include "aws/task-set.h"
#include "deploy/internal.h"
#include "deploy/rolling.h"
#include "deploy/service.h"

/*
 * The service around the task sets: with the controller EXTERNAL it has a name
 * and a count, and little more. Where nothing of that differs, UpdateService is
 * not called at all.
 */

/* IAM becomes consistent within this time, ms. */
#define RETRY_EVENTUALLY (2 * 60 * 1000)
#define RETRY_CHANGE	 10000

enum step_result external_plan_update(struct deployment *d, const struct json *service)
{
	struct service_change change = SERVICE_CHANGE_INIT;
	const struct document *doc = &d->service->docs[ROLE_DEFINITION];
	struct error err = ERROR_INIT;
	enum step_result ret = STEP_DONE;

	if (!str_eq(ecs_controller(service), "EXTERNAL"))
		return ecs_plan_replace(d, service);
	if (service_compare(&change, doc->json, service, &err) < 0) {
		ret = deploy_fail(d, "immutable", "%s", err.message);
	} else {
		free(d->update);
		d->update = strbuf_detach(&change.update, NULL);
		if (change.undo.len && !doc->sensitive && !deploy_id_get(d, ID_UNDO))
			deploy_id_set(d, ID_UNDO, change.undo.buf);
		deploy_id_set(d, ID_MODE, "update");
		deploy_id_set(d, ID_SERVICE, json_get_str(service, "serviceArn"));
	}
	service_change_release(&change);
	error_release(&err);
	return ret;
}

static enum step_result send_create(struct deployment *d, int phase)
{
	char *token = task_set_external_id(d, false);

	d->call = ecs_create_external_service(d->client, ecs_document(d, ROLE_DEFINITION), token,
					      deploy_on_result, d);
	free(token);
	return deploy_await(d, phase);
}

static enum step_result send(struct deployment *d, int sent, int tagged)
{
	if (ecs_is_create(d))
		return send_create(d, sent);
	if (*d->update)
		return ecs_send_update(d, NULL, d->update, false, sent);
	return ecs_tag_service(d, tagged);
}

/* After an accident: what differs still is sent (again). */
static enum step_result look_before_apply(struct deployment *d, int looked, int sent, int tagged)
{
	enum step_result ret;

	if (d->look->failed && result_is_transient(d->look->failed) &&
	    deploy_now(d) < d->at.deadline)
		return deploy_look(d, ecs_next_interval(d, RETRY_FIRST, RETRY_CHANGE), looked);
	if (d->look->failed)
		return deploy_fail_result(d, d->look->failed, "describe the service");
	switch (ecs_service_state(d->look->service)) {
	case SERVICE_DRAINING:
		return ecs_wait_for_draining(d, looked);
	case SERVICE_MISSING:
		deploy_id_set(d, ID_MODE, "create");
		return send_create(d, sent);
	case SERVICE_ACTIVE:
		break;
	}
	if (!str_eq(ecs_controller(d->look->service), "EXTERNAL"))
		return deploy_fail(d, "superseded",
				   "service '%s' was created by someone else meanwhile, with the "
				   "deployment controller '%s'",
				   d->record->name, ecs_controller(d->look->service));
	ret = external_plan_update(d, d->look->service);
	return ret == STEP_DONE ? send(d, sent, tagged) : ret;
}

enum step_result external_apply(struct deployment *d)
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
		d->at.deadline =
			deploy_now(d) + MAX(RETRY_EVENTUALLY, settings_timeout_ms(&d->settings, 0));
		if (d->resumed || (!ecs_is_create(d) && !d->update))
			return deploy_look(d, 0, LOOKED);
		return send(d, SENT, TAGGED);
	case LOOKED:
		return look_before_apply(d, LOOKED, SENT, TAGGED);
	case AGAIN:
		return send(d, SENT, TAGGED);
	case TAGGED:
		return ecs_tagged(d);
	default:
		break;
	}
	if (d->result->outcome == AWS_OK) {
		deploy_id_set(d, ID_SERVICE,
			      json_str(json_path(d->result->json, "service.serviceArn")));
		deploy_event(d, "service '%s' %s", d->record->name,
			     ecs_is_create(d) ? "created" : "updated");
		return ecs_tag_service(d, TAGGED);
	}
	return ecs_change_refused(d, RETRY_CHANGE, LOOKED, AGAIN);
}

enum step_result external_restore(struct deployment *d)
{
	enum {
		START,
		SENT
	};
	const char *undo = deploy_id_get(d, ID_UNDO);

	if (d->phase == SENT && d->result) {
		if (d->result->outcome == AWS_OK) {
			deploy_event(d, "service '%s' is set as before", d->record->name);
			return STEP_DONE;
		}
		if (!result_is_transient(d->result) || d->at.retries++ >= 10) {
			ecs_hint_add(d, "the service's settings could not be set back");
			return deploy_fail_result(d, d->result, "set the service back");
		}
		return deploy_sleep(d, 1000 * (int64_t)d->at.retries, SENT);
	}
	if (!undo || ecs_is_create(d) || str_eq(d->record->failure.category, "superseded") ||
	    str_eq(d->record->failure.category, "service-deleted"))
		return STEP_DONE;
	return ecs_send_update(d, NULL, undo, false, SENT);
}
