#include "base/base.h"
#include "deploy/lambda.h"

#include "deploy/rolling.h"

/*
 * Provisioned concurrency of the alias. Lambda moves it along when the alias
 * names another version, and lets nobody change it while the alias has two;
 * so it is looked after once the alias is moved, and waited for: a version
 * that can't be initialized is not left to serve. `provisionedConcurrentExecutions`
 * of the settings says how much there is to be; without it what there is stays.
 *
 * ID_WARM_UNDO, set before anything is changed: how much there was, "0" for none.
 *
 * Source: AWS Lambda Developer Guide, "Configuring provisioned concurrency".
 */

/* Lambda prepares some hundred environments a minute, ms. */
#define WARM_PATIENCE (15 * 60 * 1000)

enum {
	START,
	AGAIN,
	READ,
	PUT,
	DELETED
};

static enum step_result read_config(struct deployment *d, enum aws_priority priority)
{
	d->call = lambda_get_provisioned_concurrency(d->client, d->record->name, d->settings.alias,
						     priority, deploy_on_result, d);
	return deploy_await(d, READ);
}

static enum step_result put_config(struct deployment *d, int64_t nr)
{
	d->call = lambda_put_provisioned_concurrency(d->client, d->record->name, d->settings.alias,
						     nr, deploy_on_result, d);
	return deploy_await(d, PUT);
}

static enum step_result delete_config(struct deployment *d)
{
	d->call = lambda_delete_provisioned_concurrency(d->client, d->record->name,
							d->settings.alias, deploy_on_result, d);
	return deploy_await(d, DELETED);
}

/* It is not as it is to be: recorded as it is, then changed. */
static enum step_result change(struct deployment *d, int64_t have)
{
	char text[24];

	if (!deploy_id_get(d, ID_WARM_UNDO)) {
		snprintf(text, sizeof(text), "%" PRId64, have);
		deploy_id_set(d, ID_WARM_UNDO, text);
	}
	if (!deploy_save(d))
		return STEP_WAIT;
	return d->settings.provisioned ? put_config(d, d->settings.provisioned) : delete_config(d);
}

static enum step_result failed(struct deployment *d)
{
	const char *reason = json_get_str(d->result->json, "StatusReason");
	bool init = reason && strstr(reason, "FUNCTION_ERROR");

	return deploy_fail_hint(
		d,
		init				      ? "crashed" :
		reason && strcasestr(reason, "limit") ? "quota" :
							"aws-error",
		init ? "look at the last lines of the function's log group" :
		       "lower 'provisionedConcurrentExecutions' in the deployment settings, or ask "
		       "for more concurrency of the account",
		"version '%s' does not get the provisioned concurrency of alias '%s': %s",
		deploy_id_get(d, ID_VERSION), d->settings.alias,
		reason ? reason : "Lambda gives no reason");
}

static enum step_result see(struct deployment *d)
{
	const char *status = json_get_str(d->result->json, "Status");
	int64_t want = d->settings.provisioned, have = 0;

	if (d->result->outcome == AWS_OK)
		(void)json_int(json_get(d->result->json,
					"RequestedProvisionedConcurrentExecutions"),
			       &have);
	else if (lambda_refusal(d->result) != LAMBDA_MISSING)
		return lambda_retry(d, "look at the provisioned concurrency", AGAIN);
	if (want >= 0 && have != want)
		return change(d, have);
	if (!have)
		return STEP_DONE;
	if (status && str_eq(status, "IN_PROGRESS"))
		return lambda_wait(d, "the provisioned concurrency", AGAIN);
	if (!status || !str_eq(status, "READY"))
		return failed(d);
	deploy_event(d, "provisioned concurrency is ready");
	return STEP_DONE;
}

enum step_result lambda_warm(struct deployment *d)
{
	if (d->phase == START) {
		/* a new alias has none */
		if (d->settings.provisioned < 0 &&
		    (!lambda_moves(d) || !deploy_id_get(d, ID_OLD_VERSION)))
			return STEP_DONE;
		d->at.deadline = deploy_now(d) + MAX(lambda_patience(d), WARM_PATIENCE);
		return read_config(d, AWS_READ);
	}
	if (d->phase == AGAIN)
		return read_config(d, AWS_POLL);
	if (d->phase == READ)
		return see(d);
	if (d->result->outcome != AWS_OK && lambda_refusal(d->result) != LAMBDA_MISSING)
		return lambda_refusal(d->result) == LAMBDA_BUSY ?
			       lambda_wait(d, "the function", AGAIN) :
			       lambda_retry(d, "set the provisioned concurrency", AGAIN);
	if (d->phase == PUT)
		deploy_event(d, "provisioned concurrency is to be %" PRId64,
			     d->settings.provisioned);
	else
		deploy_event(d, "provisioned concurrency is taken away");
	return read_config(d, AWS_READ);
}

/* After the alias went back. What follows it by itself is not waited for. */
enum step_result lambda_warm_back(struct deployment *d)
{
	const char *undo = deploy_id_get(d, ID_WARM_UNDO);
	int64_t nr = undo ? strtoll(undo, NULL, 10) : 0;

	if (!undo)
		return STEP_DONE;
	if (d->phase == START || d->phase == AGAIN) {
		if (!d->at.deadline)
			d->at.deadline = deploy_now(d) + lambda_patience(d);
		return nr ? put_config(d, nr) : delete_config(d);
	}
	if (d->result->outcome != AWS_OK && lambda_refusal(d->result) != LAMBDA_MISSING)
		return lambda_retry(d, "put the provisioned concurrency back", AGAIN);
	deploy_event(d, "provisioned concurrency is %s as before", undo);
	return STEP_DONE;
}
