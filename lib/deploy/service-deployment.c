#include "base/base.h"
#include "deploy/service-deployment.h"

#include "deploy/service.h"

void service_deployment_read(struct service_deployment *out, const struct json *json)
{
	const struct json *target = json_get(json, "targetServiceRevision");
	double weight;

	*out = (struct service_deployment){
		.status = json_get_str(json, "status"),
		.reason = json_get_str(json, "statusReason"),
		.stage = json_get_str(json, "lifecycleStage"),
		.desired = json_get_int(target, "requestedTaskCount", 0),
		.running = json_get_int(target, "runningTaskCount", 0),
		.weight = -1,
		.json = json,
	};
	if (json_double(json_get(target, "requestedProductionTrafficWeight"), &weight))
		out->weight = weight;
	if (!out->status)
		out->status = "";
	if (!out->reason)
		out->reason = json_str(json_path(json, "rollback.reason"));
}

bool service_deployment_is_over(const struct service_deployment *sd)
{
	return str_eq(sd->status, "SUCCESSFUL") || str_eq(sd->status, "STOPPED") ||
	       str_eq(sd->status, "ROLLBACK_SUCCESSFUL") || str_eq(sd->status, "ROLLBACK_FAILED");
}

bool service_deployment_goes_back(const struct service_deployment *sd)
{
	return str_eq(sd->status, "ROLLBACK_REQUESTED") ||
	       str_eq(sd->status, "ROLLBACK_IN_PROGRESS") || str_eq(sd->status, "STOP_REQUESTED");
}

void service_deployment_describe_stage(struct strbuf *out, const struct service_deployment *sd)
{
	static const struct {
		const char *stage, *text;
	} stages[] = {
		{ "RECONCILE_SERVICE", "what an unfinished deployment left is put in order" },
		{ "PRE_SCALE_UP", "before the new tasks are started" },
		{ "SCALE_UP", "the new tasks are started" },
		{ "POST_SCALE_UP", "the new tasks run" },
		{ "TEST_TRAFFIC_SHIFT", "test traffic, if there is any, goes to the new tasks" },
		{ "POST_TEST_TRAFFIC_SHIFT", "test traffic, if there is any, has gone there" },
		{ "PRE_PRODUCTION_TRAFFIC_SHIFT", "before traffic is shifted" },
		{ "PRODUCTION_TRAFFIC_SHIFT", "traffic is shifted" },
		{ "POST_PRODUCTION_TRAFFIC_SHIFT", "the traffic is shifted" },
		{ "BAKE_TIME", "old and new tasks run side by side" },
		{ "CLEAN_UP", "what is not needed any more is stopped" },
	};
	int64_t minutes =
		json_get_int(json_get(sd->json, "deploymentConfiguration"), "bakeTimeInMinutes", 0);
	size_t i;

	strbuf_addf(out, "%.60s", sd->stage);
	for (i = 0; i < ARRAY_SIZE(stages); i++)
		if (str_eq(stages[i].stage, sd->stage))
			strbuf_addf(out, ": %s", stages[i].text);
	if (str_eq(sd->stage, "BAKE_TIME") && minutes)
		strbuf_addf(out, " for %" PRId64 " minute%s", minutes, minutes == 1 ? "" : "s");
}

bool service_deployment_hook(const struct service_deployment *sd, size_t i,
			     struct service_hook *out)
{
	const struct json *list = json_get(sd->json, "lifecycleHookDetails"), *v;

	if (!list || list->type != JSON_ARRAY || i >= list->u.array.nr)
		return false;
	v = &list->u.array.items[i];
	*out = (struct service_hook){
		.id = json_get_str(v, "hookId"),
		.status = json_get_str(v, "status"),
		.target = json_get_str(v, "targetArn"),
		.then = json_get_str(v, "timeoutAction"),
		.expires_at = json_epoch_ms(json_get(v, "expiresAt")),
	};
	if (!out->id)
		out->id = "";
	if (!out->status)
		out->status = "";
	return true;
}

/* "'a', 'b'", or false: none is in ALARM. */
static bool add_alarms(struct strbuf *out, const struct json *list)
{
	size_t i;

	if (!list || list->type != JSON_ARRAY || !list->u.array.nr)
		return false;
	strbuf_addstr(out, list->u.array.nr == 1 ? "alarm" : "alarms");
	for (i = 0; i < list->u.array.nr && i < 10; i++)
		strbuf_addf(out, "%s '%.200s'", i ? "," : "",
			    json_str(&list->u.array.items[i]) ? json_str(&list->u.array.items[i]) :
								"?");
	strbuf_addstr(out, list->u.array.nr == 1 ? " is in ALARM" : " are in ALARM");
	return true;
}

static const char *failed_hook(struct strbuf *out, const struct service_deployment *sd)
{
	struct service_hook hook;
	size_t i;

	for (i = 0; service_deployment_hook(sd, i, &hook); i++) {
		bool late = str_eq(hook.status, "TIMED_OUT");

		if (!late && !str_eq(hook.status, "FAILED"))
			continue;
		if (hook.target)
			strbuf_addf(out, "lifecycle hook %.300s %s", hook.target,
				    late ? "timed out" : "failed");
		else
			strbuf_addstr(out, "nobody let it go on in time");
		if (sd->reason)
			strbuf_addf(out, ": %.500s", sd->reason);
		return "hook";
	}
	return NULL;
}

const char *service_deployment_cause(struct strbuf *out, const struct service_deployment *sd)
{
	const struct json *breaker = json_get(sd->json, "deploymentCircuitBreaker");
	const char *state = json_get_str(breaker, "status"), *category;
	const char *reason = sd->reason ? sd->reason : "";

	if (add_alarms(out, json_path(sd->json, "alarms.triggeredAlarmNames")))
		return "alarm";
	if (state && str_eq(state, "TRIGGERED")) {
		strbuf_addf(out,
			    "%" PRId64 " tasks failed, ECS's circuit breaker allows fewer than "
			    "%" PRId64,
			    json_get_int(breaker, "failureCount", 0),
			    json_get_int(breaker, "threshold", 0));
		return "circuit-breaker";
	}
	category = failed_hook(out, sd);
	if (category)
		return category;
	strbuf_addf(out, "%.500s", reason);
	/* AWS's words for what these are not shown for are not documented. */
	if (strcasestr(reason, "by a user") || strcasestr(reason, "by user"))
		return "stopped";
	if (strcasestr(reason, "hook"))
		return "hook";
	if (strcasestr(reason, "circuit breaker"))
		return "circuit-breaker";
	return str_eq(sd->status, "STOPPED") ? NULL : "rolled-back";
}
