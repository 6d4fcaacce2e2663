#include "base/base.h"
#include "deploy/rolling.h"

#include "deploy/internal.h"
#include "deploy/service.h"
#include "deploy/task-set.h"

/*
 * The definition of a service with task sets was removed. In the order that the
 * Amazon ECS Developer Guide gives: nothing may scale it up again, then the task
 * sets, then the service.
 */

static enum step_result delete_task_sets(struct deployment *d)
{
	enum {
		START,
		LOOKED,
		DELETING
	};

	if (d->phase == START)
		return deploy_look(d, 0, LOOKED);
	if (d->phase == LOOKED) {
		if (d->look->failed && result_is_transient(d->look->failed) && d->at.looks++ < 10)
			return deploy_look(d, 1000, LOOKED);
		if (d->look->failed && !aws_result_is(d->look->failed, "ClusterNotFoundException"))
			return deploy_fail_result(d, d->look->failed, "describe the service");
		deploy_id_set(d, ID_OLD_TASK_SETS, NULL);
		if (d->look->service)
			task_set_list_all(d, ID_OLD_TASK_SETS, d->look->service);
	}
	return task_set_delete_listed(d, ID_OLD_TASK_SETS, DELETING);
}

static const struct deploy_step steps[] = {
	{ "preflight", ecs_delete_preflight, false },
	{ "unscale", ecs_unscale, false },
	{ "delete-task-sets", delete_task_sets, false },
	{ "delete", ecs_delete, false },
	{ "drain", ecs_await_gone, false },
	{ NULL, NULL, false },
};

const struct deploy_strategy strategy_external_delete = {
	.name = "delete",
	.setup = ecs_setup,
	.steps = steps,
};
