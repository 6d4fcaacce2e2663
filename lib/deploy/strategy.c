#include "base/base.h"
#include "deploy/step.h"

/* Which table a deployment walks. What can't be done is refused by a table, too: it has a record. */
static enum step_result refuse(struct deployment *d)
{
	const struct service *service = d->service;
	const char *region = NULL;

	if (service) {
		region = json_str(
			json_path(service->docs[ROLE_SETTINGS].json, "environment.region"));
		record_set(&d->record->name,
			   json_get_str(service->docs[ROLE_DEFINITION].json, "FunctionName"));
		record_set(&d->record->region, region);
	}
	return deploy_fail_hint(
		d, "unsupported",
		"ECS services are deployed; deploy the function by other means for now",
		"Lambda functions are not deployed by this version");
}

static const struct deploy_step refusal[] = {
	{ "preflight", refuse, false },
	{ NULL, NULL, false },
};

const struct deploy_strategy strategy_none = {
	.name = "none",
	.steps = refusal,
};

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
	if (kind != KIND_ECS)
		return &strategy_none;
	if (is_external(service))
		return intent == INTENT_DELETE ? &strategy_external_delete : &strategy_external;
	return intent == INTENT_DELETE ? &strategy_delete : &strategy_rolling;
}
