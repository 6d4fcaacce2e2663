#include "base/base.h"
#include "deploy/rolling.h"

#include "aws/ecs.h"
#include "deploy/failed-tasks.h"
#include "deploy/internal.h"
#include "deploy/service.h"
#include "deploy/task-set.h"
#include "deploy/traffic-internal.h"

/*
 * What a failed rolling update is followed by: find out why, then leave a
 * service that runs. A service that was created is left as it is, for someone
 * to look at; the record says so.
 */

/* --- explain --- */

/* Failures that we noticed, or that follow from others: there is a cause to be found. */
static bool wants_cause(const struct deployment *d)
{
	const char *category = d->record->failure.category;
	const struct failure_kind *kind = category ? failure_kind_get(category) : NULL;

	return (deploy_id_get(d, ID_DEPLOYMENT) || deploy_id_get(d, ID_TASK_SET) ||
		deploy_id_get(d, ID_SERVICE_DEPLOYMENT)) &&
	       kind && kind->rank > 0;
}

struct evidence *ecs_evidence(struct deployment *d)
{
	if (!d->at.evidence)
		d->at.evidence = xcalloc(1, sizeof(*d->at.evidence));
	return d->at.evidence;
}

static void read_events(struct deployment *d, const struct json *service)
{
	const struct json *events = json_get(service, "events");
	struct ecs_deployment ours;
	const char *id = deploy_id_get(d, ID_DEPLOYMENT);
	const char *created = deploy_id_get(d, ID_CREATED);
	int64_t since = created ? strtoll(created, NULL, 10) : d->record->started_at;
	struct ecs_task_set set;
	size_t i;

	if (id && ecs_find_deployment(service, id, &ours))
		since = ours.created_at;
	id = deploy_id_get(d, ID_TASK_SET);
	if (id && task_set_find(service, id, &set))
		since = set.created_at;
	for (i = 0; events && events->type == JSON_ARRAY && i < events->u.array.nr; i++) {
		const struct json *event = &events->u.array.items[i];
		const char *message = json_get_str(event, "message");
		int64_t time = json_epoch_ms(json_get(event, "createdAt"));

		if (message && time >= since)
			evidence_event(ecs_evidence(d), message, time);
	}
}

static enum step_result describe_stopped(struct deployment *d, int phase)
{
	const struct json *arns = json_get(d->result->json, "taskArns");
	const char *names[ECS_DESCRIBE_TASKS_MAX];
	size_t i, nr = 0;

	for (i = 0; arns && arns->type == JSON_ARRAY && i < arns->u.array.nr; i++)
		if (nr < ARRAY_SIZE(names) && json_str(&arns->u.array.items[i]))
			names[nr++] = json_str(&arns->u.array.items[i]);
	if (!nr)
		return STEP_DONE;
	d->call = ecs_describe_tasks(d->client, d->record->cluster, names, nr, deploy_on_result, d);
	return deploy_await(d, phase);
}

/* Only tasks of our deployment: those of the one before may have failed, too. */
static void read_tasks(struct deployment *d)
{
	const struct json *tasks = json_get(d->result->json, "tasks");
	size_t i;

	for (i = 0; tasks && tasks->type == JSON_ARRAY && i < tasks->u.array.nr; i++)
		if (task_is_ours(d, &tasks->u.array.items[i]))
			evidence_task(ecs_evidence(d), &tasks->u.array.items[i]);
}

/* The cause in place of what it led to, and what else was seen as events. */
static void conclude(struct deployment *d)
{
	struct evidence *ev = ecs_evidence(d);
	int best = evidence_best(ev);
	const struct failure_kind *kind;
	size_t i;

	evidence_keep_task(d, ev);
	if (best < 0)
		return;
	for (i = 0; i < ev->nr && i < 5; i++)
		deploy_event(d, "%s: %.600s%s", ev->v[i].kind ? ev->v[i].kind->category : "seen",
			     ev->v[i].message, ev->v[i].times > 1 ? " (more than once)" : "");
	kind = ev->v[best].kind;
	if (kind && kind->rank <= failure_kind_get(d->record->failure.category)->rank) {
		struct strbuf hint = STRBUF_INIT_MAX(2000);

		record_set(&d->record->failure.category, kind->category);
		record_set(&d->record->failure.hint,
			   explain_denied(ev->v[best].message, &hint) ? hint.buf : kind->hint);
		strbuf_release(&hint);
	}
	if (!strstr(d->record->failure.message, ev->v[best].message)) {
		struct strbuf message = STRBUF_INIT;

		strbuf_addf(&message, "%s: %.1000s", d->record->failure.message,
			    ev->v[best].message);
		secrets_mask(&d->secrets, &message);
		record_set(&d->record->failure.message, message.buf);
		strbuf_release(&message);
	}
}

/* ECS tells of it when it stops the task; before that only the load balancer does. */
static void read_health(struct deployment *d)
{
	struct traffic_health health;
	char name[TRAFFIC_NAME_MAX];
	char *text;

	traffic_health_read(&health, d->result->json);
	if (health.unhealthy) {
		text = xstrfmt("target group '%s' has %u of %u targets healthy: %s",
			       traffic_name(name, traffic_new_group(d)), health.healthy,
			       health.total, health.why.buf);
		evidence_add(ecs_evidence(d), "health-elb", text, deploy_wall(d));
		free(text);
	}
	traffic_health_release(&health);
}

enum step_result ecs_explain(struct deployment *d)
{
	enum {
		START,
		LOOKED,
		HEALTH,
		LISTED,
		DESCRIBED
	};
	struct ecs_task_query query = { .cluster = d->record->cluster,
					.service = d->record->name,
					.desired_status = "STOPPED" };
	enum step_result ret;

	switch (d->phase) {
	case START:
		if (!wants_cause(d))
			return STEP_DONE;
		return deploy_look(d, 0, LOOKED);
	case LOOKED:
		if (d->look->service)
			read_events(d, d->look->service);
		if (traffic_new_group(d)) {
			d->call = elb_describe_target_health(d->client, traffic_new_group(d),
							     AWS_READ, deploy_on_result, d);
			return deploy_await(d, HEALTH);
		}
		d->call = ecs_list_tasks(d->client, &query, deploy_on_result, d);
		return deploy_await(d, LISTED);
	case HEALTH:
		if (d->result->outcome == AWS_OK)
			read_health(d);
		d->call = ecs_list_tasks(d->client, &query, deploy_on_result, d);
		return deploy_await(d, LISTED);
	case LISTED:
		ret = d->result->outcome == AWS_OK ? describe_stopped(d, DESCRIBED) : STEP_DONE;
		if (ret == STEP_WAIT)
			return ret;
		break;
	default:
		if (d->result->outcome == AWS_OK)
			read_tasks(d);
		break;
	}
	if (d->result->outcome != AWS_OK)
		deploy_event(d, "cannot look at the stopped tasks: %s", d->result->err.message);
	conclude(d);
	return STEP_DONE;
}

/* --- rollback --- */

void ecs_hint_add(struct deployment *d, const char *what)
{
	char *hint = d->record->failure.hint ? xstrfmt("%s; %s", d->record->failure.hint, what) :
					       xstrdup(what);

	record_set(&d->record->failure.hint, hint);
	free(hint);
}

static enum step_result left_as_is(struct deployment *d, const struct ecs_deployment *primary)
{
	bool created = !deploy_id_get(d, ID_PREVIOUS);

	record_set(&d->record->revision, primary->task_definition);
	if (created)
		deploy_event(d,
			     "service '%s' is left as it is: there is nothing to go back to, ECS "
			     "keeps trying '%s'",
			     d->record->name, ecs_short_name(primary->task_definition));
	else
		deploy_event(d, "service '%s' is left as it is: ECS keeps trying '%s'",
			     d->record->name, ecs_short_name(primary->task_definition));
	if (!created && !d->settings.breaker.on)
		ecs_hint_add(
			d, "set 'gmDeploymentCircuitBreaker' in the deployment settings to go back "
			   "by itself");
	return STEP_DONE;
}

/* What is left of a failed creation is for someone to look at; of a cancelled one nothing. */
static enum step_result delete_new(struct deployment *d, int phase)
{
	deploy_event(d, "deleting service '%s', which is new", d->record->name);
	d->call = ecs_delete_service(d->client, d->record->cluster, d->record->name, true,
				     deploy_on_result, d);
	return deploy_await(d, phase);
}

static enum step_result deleted_new(struct deployment *d)
{
	if (d->result->outcome != AWS_OK && !aws_result_is(d->result, "ServiceNotFoundException") &&
	    !aws_result_is(d->result, "ServiceNotActiveException"))
		return deploy_fail_result(d, d->result, "delete the service");
	return STEP_DONE;
}

enum step_result ecs_go_back(struct deployment *d)
{
	enum {
		START,
		LOOKED,
		SENT,
		AGAIN,
		DELETED
	};
	const char *previous = deploy_id_get(d, ID_PREVIOUS), *undo = deploy_id_get(d, ID_UNDO);
	const char *ours = deploy_id_get(d, ID_TASK_DEFINITION);
	struct ecs_deployment primary;

	switch (d->phase) {
	case START:
	case AGAIN:
		if (str_eq(d->record->failure.category, "superseded") ||
		    str_eq(d->record->failure.category, "service-deleted"))
			return STEP_DONE; /* not ours any more */
		return deploy_look(d, 0, LOOKED);
	case LOOKED:
		if (d->look->failed && result_is_transient(d->look->failed) && d->at.retries++ < 10)
			return deploy_sleep(d, 1000 * (int64_t)d->at.retries, AGAIN);
		if (d->look->failed)
			return deploy_fail_result(d, d->look->failed, "describe the service");
		if (ecs_service_state(d->look->service) != SERVICE_ACTIVE ||
		    !ecs_primary(d->look->service, &primary) || !ours)
			return STEP_DONE;
		if (!ecs_names_revision(ours, primary.task_definition)) {
			/* ECS did it, or our change never arrived. */
			if (deploy_id_get(d, ID_DEPLOYMENT))
				deploy_id_set(d, ID_BACK, primary.id);
			return STEP_DONE;
		}
		if (!previous && deploy_is_cancelled(d))
			return delete_new(d, DELETED);
		if (!previous || str_eq(previous, primary.task_definition) ||
		    (!deploy_is_cancelled(d) &&
		     (!d->settings.breaker.on || !d->settings.breaker.rollback)))
			return left_as_is(d, &primary);
		deploy_event(d, "going back to '%s'", ecs_short_name(previous));
		return ecs_send_update(d, previous, undo ? undo : "", false, SENT);
	case DELETED:
		return deleted_new(d);
	default:
		break;
	}
	if (d->result->outcome != AWS_OK) {
		if (result_is_transient(d->result) && d->at.retries++ < 10)
			return deploy_sleep(d, 1000 * (int64_t)d->at.retries, AGAIN);
		ecs_hint_add(d, "going back failed, the service needs a look");
		return deploy_fail_result(d, d->result, "go back to what ran before");
	}
	if (ecs_primary(json_get(d->result->json, "service"), &primary))
		deploy_id_set(d, ID_BACK, primary.id);
	return STEP_DONE;
}

/* Whoever goes back, ECS or we: the record ends when the service is whole again, or time is up. */
static enum step_result await_back(struct deployment *d)
{
	enum {
		START,
		LOOKED
	};
	const char *back = deploy_id_get(d, ID_BACK);
	struct ecs_deployment primary;

	if (d->phase == START) {
		if (!back)
			return STEP_DONE;
		d->at.deadline = deploy_now(d) + settings_timeout_ms(&d->settings, 0);
		d->at.interval = MIN(1000, d->settings.stability.poll_ms);
		return deploy_look(d, d->resumed ? 0 : d->at.interval, LOOKED);
	}
	if (!d->look->failed) {
		if (ecs_service_state(d->look->service) != SERVICE_ACTIVE ||
		    !ecs_primary(d->look->service, &primary) || !str_eq(primary.id, back)) {
			deploy_event(d, "someone else changed service '%s' meanwhile",
				     d->record->name);
			return STEP_DONE;
		}
		if (primary.running == primary.desired && !primary.pending &&
		    (!primary.rollout || str_eq(primary.rollout, "COMPLETED"))) {
			record_set(&d->record->revision, primary.task_definition);
			deploy_event(d, "back on '%s', %" PRId64 " of %" PRId64 " tasks running",
				     ecs_short_name(primary.task_definition), primary.running,
				     primary.desired);
			return STEP_DONE;
		}
		/*
		 * Going back, ECS replaces tasks of the same revision, too. Where the
		 * failure has a cause that lasts (no addresses) it can't; they serve.
		 */
		if (deploy_now(d) >= d->at.deadline &&
		    ecs_running_of(d->look->service, primary.task_definition) >= primary.desired) {
			record_set(&d->record->revision, primary.task_definition);
			deploy_event(
				d,
				"back on '%s', whose tasks have never stopped; ECS cannot start "
				"others in their place yet",
				ecs_short_name(primary.task_definition));
			return STEP_DONE;
		}
	} else if (!result_is_transient(d->look->failed)) {
		return deploy_fail_result(d, d->look->failed, "describe the service");
	}
	if (deploy_now(d) >= d->at.deadline)
		return deploy_fail(d, "timeout",
				   "service '%s' is not stable on what ran before, either",
				   d->record->name);
	d->at.interval = MIN(2 * d->at.interval, d->settings.stability.poll_ms);
	return deploy_look(d, d->at.interval, LOOKED);
}

const struct deploy_step rolling_undo[] = {
	{ "stop-before", ecs_stop_before, false },
	{ "ask-ecs", rolling_cause, false },
	{ "explain", ecs_explain, false },
	{ "rollback", ecs_go_back, false },
	{ "last-lines", ecs_last_lines, false },
	{ "await-rollback", await_back, false },
	{ NULL, NULL, false },
};
