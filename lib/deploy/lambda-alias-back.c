#include "base/base.h"
#include "deploy/lambda.h"

#include "deploy/rolling.h"

/* The alias goes back to the version that it named: all at once, if it names ours. */
enum {
	START,
	READ_AGAIN,
	READ,
	SENT
};

static enum step_result send_back(struct deployment *d, const struct json *alias, int phase)
{
	char *description = lambda_old_description(d);
	const struct lambda_alias back = {
		.function = d->record->name,
		.name = d->settings.alias,
		.version = deploy_id_get(d, ID_OLD_VERSION),
		.other = "",
		.description = description,
		.revision = json_get_str(alias, "RevisionId"),
	};

	d->call = lambda_update_alias(d->client, &back, deploy_on_result, d);
	free(description);
	return deploy_await(d, phase);
}

/* Requests go to a version that failed: whatever may end is waited for, two minutes long. */
static bool may_go_back_later(const struct deployment *d)
{
	enum lambda_refusal refusal = lambda_refusal(d->result);

	return result_is_transient(d->result) || refusal == LAMBDA_CHANGED ||
	       refusal == LAMBDA_BUSY;
}

enum step_result lambda_shift_back(struct deployment *d)
{
	const char *version = deploy_id_get(d, ID_VERSION), *old = deploy_id_get(d, ID_OLD_VERSION);

	switch (d->phase) {
	case START:
		if (!deploy_id_get(d, ID_TRAFFIC_STEP) || !old || !version ||
		    str_eq(old, version)) {
			record_set(&d->record->revision, old);
			return STEP_DONE;
		}
		return lambda_read_alias(d, AWS_READ, READ);
	case READ_AGAIN:
		return lambda_read_alias(d, AWS_READ, READ);
	case READ:
		if (lambda_refusal(d->result) == LAMBDA_MISSING)
			return STEP_DONE;
		if (d->result->outcome != AWS_OK)
			break;
		if (lambda_alias_names(d->result->json, version))
			return send_back(d, d->result->json, SENT);
		record_set(&d->record->revision, json_get_str(d->result->json, "FunctionVersion"));
		deploy_event(d, "alias '%s' does not name version '%s'", d->settings.alias,
			     version);
		return STEP_DONE;
	default:
		break;
	}
	if (d->phase == SENT && d->result->outcome == AWS_OK) {
		record_set(&d->record->revision, old);
		deploy_event(d, "traffic: all of it back to version '%s'", old);
		return STEP_DONE;
	}
	if (may_go_back_later(d) && d->at.retries++ < 30)
		return deploy_sleep(d, MIN(200 * (int64_t)d->at.retries, 5000), READ_AGAIN);
	ecs_hint_add(d, "going back failed, the alias needs a look");
	return deploy_fail_result(d, d->result, "move the alias back");
}
