#include "base/base.h"
#include "deploy/rolling.h"

#include "deploy/internal.h"
#include "deploy/native.h"
#include "deploy/service.h"

/*
 * Why did ECS give up on a rolling update, or go back? The service tells that
 * it did; the service deployment also which alarm, or that somebody stopped it.
 * Three calls, and only then.
 */

static bool is_verdict_of_ecs(const struct deployment *d)
{
	const char *category = d->record->failure.category;

	return deploy_id_get(d, ID_DEPLOYMENT) &&
	       (str_eq(category, "rolled-back") || str_eq(category, "circuit-breaker"));
}

static void conclude(struct deployment *d)
{
	struct strbuf message = STRBUF_INIT_MAX(3000), why = STRBUF_INIT_MAX(2000);
	struct service_deployment sd;
	const char *category;

	service_deployment_read(&sd, d->look->service_deployment);
	category = service_deployment_cause(&why, &sd);
	if (category && !str_eq(category, "rolled-back")) {
		record_set(&d->record->failure.category, category);
		record_set(&d->record->failure.hint, failure_kind_get(category)->hint);
		if (why.len && !strstr(d->record->failure.message, why.buf)) {
			strbuf_addf(&message, "%s: %s", d->record->failure.message, why.buf);
			record_set(&d->record->failure.message, message.buf);
		}
	}
	strbuf_release(&message);
	strbuf_release(&why);
}

static enum step_result tell_refused(struct deployment *d, const struct aws_result *refused)
{
	deploy_event(d, "cannot look at the service deployment: %s", refused->err.message);
	return STEP_DONE;
}

enum step_result rolling_cause(struct deployment *d)
{
	enum {
		START,
		FINDING,
		SEEN
	};
	const struct aws_result *refused;
	enum step_result ret;

	switch (d->phase) {
	case START:
		if (!is_verdict_of_ecs(d))
			return STEP_DONE;
		return native_find(d, FINDING, 0);
	case FINDING:
		/* Without the permission there is what the service tells. */
		refused = d->look ? d->look->failed : d->result;
		if (refused && refused->outcome != AWS_OK)
			return tell_refused(d, refused);
		ret = native_find(d, FINDING, 0);
		if (ret != STEP_DONE || !deploy_id_get(d, ID_SERVICE_DEPLOYMENT))
			return ret;
		return deploy_look_deployment(d, 0, SEEN);
	default:
		break;
	}
	if (d->look->failed)
		return tell_refused(d, d->look->failed);
	if (d->look->service_deployment)
		conclude(d);
	return STEP_DONE;
}
