#include "base/base.h"
#include "deploy/step.h"

/* Which table a deployment walks. */

static bool is_external(const struct service *service)
{
	const char *type = NULL;

	if (service && service->docs[ROLE_DEFINITION].present)
		type = json_str(json_path(service->docs[ROLE_DEFINITION].json,
					  "deploymentController.type"));
	return type && str_eq(type, "EXTERNAL");
}

/* Of the controller ECS: its own rolling update, or one of its native strategies. */
static const struct deploy_strategy *by_ecs(const struct service *service)
{
	static const struct {
		const char *name;
		const struct deploy_strategy *strategy;
	} native[] = {
		{ "BLUE_GREEN", &strategy_native_blue_green },
		{ "LINEAR", &strategy_native_linear },
		{ "CANARY", &strategy_native_canary },
	};
	const char *name = NULL;
	size_t i;

	if (service && service->docs[ROLE_DEFINITION].present)
		name = json_str(json_path(service->docs[ROLE_DEFINITION].json,
					  "deploymentConfiguration.strategy"));
	for (i = 0; name && i < ARRAY_SIZE(native); i++)
		if (str_eq(name, native[i].name))
			return native[i].strategy;
	return &strategy_rolling;
}

const struct deploy_strategy *strategy_for(enum artifact_kind kind, enum intent intent,
					   const struct service *service)
{
	if (kind == KIND_LAMBDA)
		return intent == INTENT_DELETE ? &strategy_lambda_delete : &strategy_lambda;
	if (is_external(service))
		return intent == INTENT_DELETE ? &strategy_external_delete : &strategy_external;
	return intent == INTENT_DELETE ? &strategy_delete : by_ecs(service);
}
