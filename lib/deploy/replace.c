#include "base/base.h"
#include "deploy/rolling.h"

#include "aws/ecs.h"
#include "deploy/internal.h"
#include "deploy/service.h"
#include "deploy/task-set.h"

/*
 * A service that has another deployment controller than its definition. There
 * is no way over that keeps tasks running, so the service is deleted and created
 * anew only where the settings say so ('replaceService').
 */

enum step_result ecs_plan_replace(struct deployment *d, const struct json *service)
{
	const char *wanted = ecs_controller(ecs_document(d, ROLE_DEFINITION));
	enum step_result ret;

	if (!d->settings.replace_service)
		return deploy_fail_hint(
			d, "immutable",
			"set 'replaceService' to true in the deployment settings to have it deleted "
			"and created anew (that means downtime), or give it another name",
			"the running service has deployment controller '%s', the definition asks "
			"for %s",
			ecs_controller(service), wanted);
	ret = ecs_check_creatable(d);
	if (ret != STEP_DONE)
		return ret;
	deploy_id_set(d, ID_MODE, "replace");
	deploy_event(d,
		     "service '%s' has deployment controller '%s': it will be deleted and created "
		     "anew with %s ('replaceService')",
		     d->record->name, ecs_controller(service), wanted);
	return STEP_DONE;
}

static enum step_result gone(struct deployment *d)
{
	deploy_id_set(d, ID_MODE, "create");
	deploy_event(d, "service '%s' is deleted", d->record->name);
	return STEP_DONE;
}

static enum step_result send_delete(struct deployment *d, int phase)
{
	d->call = ecs_delete_service(d->client, d->record->cluster, d->record->name, true,
				     deploy_on_result, d);
	return deploy_await(d, phase);
}

static enum step_result looked(struct deployment *d, int phase, int deleting, int sent)
{
	const struct json *service = d->look->service;
	enum step_result ret;

	if (d->look->failed && result_is_transient(d->look->failed) && d->at.looks++ < 10)
		return deploy_look(d, 1000, phase);
	if (d->look->failed)
		return deploy_fail_result(d, d->look->failed, "describe the service");
	switch (ecs_service_state(service)) {
	case SERVICE_MISSING:
		return gone(d);
	case SERVICE_DRAINING:
		return ecs_wait_for_draining(d, phase);
	case SERVICE_ACTIVE:
		break;
	}
	/* Someone else did it: what is left is for the next step. */
	if (str_eq(ecs_controller(service), ecs_controller(ecs_document(d, ROLE_DEFINITION)))) {
		deploy_id_set(d, ID_MODE, "create");
		return STEP_DONE;
	}
	deploy_id_set(d, ID_OLD_TASK_SETS, NULL);
	task_set_list_all(d, ID_OLD_TASK_SETS, service);
	ret = task_set_delete_listed(d, ID_OLD_TASK_SETS, deleting);
	return ret == STEP_DONE ? send_delete(d, sent) : ret;
}

enum step_result ecs_replace(struct deployment *d)
{
	enum {
		START,
		LOOKED,
		DELETING,
		SENT
	};
	const char *mode = deploy_id_get(d, ID_MODE);
	enum step_result ret;

	switch (d->phase) {
	case START:
		if (!mode || !str_eq(mode, "replace"))
			return STEP_DONE;
		return deploy_look(d, 0, LOOKED);
	case LOOKED:
		return looked(d, LOOKED, DELETING, SENT);
	case DELETING:
		ret = task_set_delete_listed(d, ID_OLD_TASK_SETS, DELETING);
		return ret == STEP_DONE ? send_delete(d, SENT) : ret;
	default:
		break;
	}
	if (d->result->outcome != AWS_OK && !aws_result_is(d->result, "ServiceNotFoundException") &&
	    !aws_result_is(d->result, "ServiceNotActiveException"))
		return deploy_fail_result(d, d->result, "delete the service");
	return deploy_look(d, ecs_next_interval(d, RETRY_FIRST, d->settings.stability.poll_ms),
			   LOOKED);
}
