#include "base/base.h"
#include "deploy/rolling.h"

#include "deploy/failed-tasks.h"
#include "deploy/internal.h"
#include "deploy/service.h"

/* The first look; each pause is twice as long as the one before, up to pollInterval. */
#define FIRST_POLL 1000

int64_t ecs_next_poll(struct deployment *d)
{
	return ecs_next_interval(d, FIRST_POLL, d->settings.stability.poll_ms);
}

int64_t ecs_time_left(const struct deployment *d, int64_t timeout)
{
	const char *since = deploy_id_get(d, ID_SINCE);
	int64_t passed = since ? deploy_moment(d) - strtoll(since, NULL, 10) : 0;

	return timeout - MAX(passed, 0);
}

/* "(service web) has started 2 tasks: ..." */
static int64_t started_by(const char *message)
{
	const char *words = " has started ", *p = strstr(message, words);
	long nr = p ? strtol(p + strlen(words), NULL, 10) : 0;

	return nr > 0 && nr < 1000 ? nr : 0;
}

void ecs_tell_events(struct deployment *d, const struct json *service, int64_t since)
{
	const struct json *events = json_get(service, "events");
	int64_t newest = d->at.events_seen;
	size_t i;

	d->at.ecs_breaks = json_get_bool(
		json_path(service, "deploymentConfiguration.deploymentCircuitBreaker"), "enable",
		false);
	if (!events || events->type != JSON_ARRAY)
		return;
	ecs_evidence(d);
	for (i = events->u.array.nr; i--;) {
		const struct json *event = &events->u.array.items[i];
		const char *message = json_get_str(event, "message");
		int64_t time = json_epoch_ms(json_get(event, "createdAt"));
		size_t known = d->at.evidence->nr;

		if (!message || time < since || time <= d->at.events_seen)
			continue;
		newest = MAX(newest, time);
		d->at.started += started_by(message);
		evidence_event(d->at.evidence, message, time);
		if (d->at.evidence->nr > known)
			deploy_event(d, "ECS: %.300s", d->at.evidence->v[known].message);
	}
	d->at.events_seen = newest;
}

void ecs_tell_progress(struct deployment *d, int64_t running, int64_t desired)
{
	d->at.ran |= running > 0;
	if (d->at.running == running && d->at.desired == desired)
		return;
	d->at.running = running;
	d->at.desired = desired;
	deploy_event(d, "%" PRId64 " of %" PRId64 " task%s running", running, desired,
		     desired == 1 ? "" : "s");
}

enum step_result ecs_wait_on(struct deployment *d, int phase)
{
	int64_t timeout = settings_timeout_ms(&d->settings, d->at.desired);

	if (ecs_time_left(d, timeout) <= 0)
		return ecs_fail_timeout(d, timeout);
	return deploy_look(d, MIN(ecs_next_poll(d), MAX(ecs_time_left(d, timeout), 1)), phase);
}

enum step_result ecs_look_failed(struct deployment *d, int phase)
{
	/* A failed poll is no news; but it must end some time. */
	if (!result_is_transient(d->look->failed) ||
	    ecs_time_left(d, settings_timeout_ms(&d->settings, MAX(d->at.desired, 0))) <= 0)
		return deploy_fail_result(d, d->look->failed, "describe the service");
	return deploy_look(d, ecs_next_poll(d), phase);
}

enum step_result ecs_fail_timeout(struct deployment *d, int64_t timeout)
{
	struct strbuf text = STRBUF_INIT;
	enum step_result ret;

	format_duration(&text, timeout);
	ret = deploy_fail(d, "timeout",
			  "service '%s' is not stable after %s: %" PRId64 " of %" PRId64
			  " tasks running",
			  d->record->name, text.buf, d->at.running, d->at.desired);
	strbuf_release(&text);
	return ret;
}

/* Ours is not PRIMARY any more: who took over? */
static enum step_result overtaken(struct deployment *d, const struct json *service,
				  const struct ecs_deployment *primary)
{
	const char *previous = deploy_id_get(d, ID_PREVIOUS);
	struct ecs_deployment ours;
	bool there = ecs_find_deployment(service, deploy_id_get(d, ID_DEPLOYMENT), &ours);

	if ((there && ours.rollout && str_eq(ours.rollout, "FAILED")) ||
	    (previous && str_eq(primary->task_definition, previous)))
		return deploy_fail(d, "rolled-back", "ECS rolled service '%s' back to '%s'%s%s",
				   d->record->name, ecs_short_name(primary->task_definition),
				   there && ours.reason ? ": " : "",
				   there && ours.reason ? ours.reason : "");
	return deploy_fail(d, "superseded",
			   "service '%s' was deployed by someone else meanwhile: '%s'",
			   d->record->name, ecs_short_name(primary->task_definition));
}

/*
 * Is it done? COMPLETED comes from ECS; where ECS tells no state (Classic Load
 * Balancers), the waiter's rule counts: one deployment, running = desired.
 */
static bool is_complete(const struct json *service, const struct ecs_deployment *ours)
{
	if (ours->running != ours->desired || ours->pending)
		return false;
	if (ours->rollout)
		return str_eq(ours->rollout, "COMPLETED");
	return ecs_deployments_nr(service) == 1;
}

static enum step_result looked(struct deployment *d, const struct json *service, int phase,
			       int counting)
{
	const char *id = deploy_id_get(d, ID_DEPLOYMENT);
	struct ecs_deployment ours;

	if (ecs_service_state(service) != SERVICE_ACTIVE || !ecs_primary(service, &ours))
		return deploy_fail(d, "service-deleted",
				   "service '%s' was deleted while it was deployed",
				   d->record->name);
	if (!str_eq(ours.id, id))
		return overtaken(d, service, &ours);
	ecs_tell_events(d, service, ours.created_at);
	ecs_tell_progress(d, ours.running, ours.desired);
	if (ours.rollout && str_eq(ours.rollout, "FAILED"))
		return deploy_fail(d, "circuit-breaker", "ECS gave up on service '%s': %s",
				   d->record->name,
				   ours.reason ? ours.reason : "deployment failed");
	if (is_complete(service, &ours)) {
		record_set(&d->record->revision, ours.task_definition);
		deploy_event(d, "stable: '%s'", ecs_short_name(ours.task_definition));
		return STEP_DONE;
	}
	if (failed_tasks_likely(d, ours.failed))
		return failed_tasks_count(d, counting);
	return ecs_wait_on(d, phase);
}

enum step_result ecs_stabilize(struct deployment *d)
{
	enum {
		START,
		LOOKED,
		COUNTING
	};
	enum step_result ret;

	switch (d->phase) {
	case START:
		deploy_drop_documents(d);
		/* What a worker that died had waited for may be over. */
		return deploy_look(d, d->resumed ? 0 : ecs_next_poll(d), LOOKED);
	case COUNTING:
		ret = failed_tasks_count(d, COUNTING);
		return ret == STEP_DONE ? ecs_wait_on(d, LOOKED) : ret;
	default:
		break;
	}
	if (!d->look->failed)
		return looked(d, d->look->service, LOOKED, COUNTING);
	return ecs_look_failed(d, LOOKED);
}
