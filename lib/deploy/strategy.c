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

const struct deploy_strategy *strategy_for(enum artifact_kind kind, enum intent intent,
					   const struct service *service)
{
	if (kind == KIND_LAMBDA)
		return intent == INTENT_DELETE ? &strategy_lambda_delete : &strategy_lambda;
	if (is_external(service))
		return intent == INTENT_DELETE ? &strategy_external_delete : &strategy_external;
	return intent == INTENT_DELETE ? &strategy_delete : &strategy_rolling;
}
