#include "base/base.h"
#include "deploy/traffic-internal.h"

#include "deploy/rolling.h"
#include "deploy/service.h"
#include "deploy/task-set.h"

/*
 * The wait after a part of the traffic was moved. Alarms are watched all the
 * time; every pollInterval the rule, the service and the health of the new
 * targets are looked at, rules and services of all who wait together. A look
 * without an answer is no news.
 *
 * Somebody may stop its clock: what is left then (ID_TRAFFIC_REST) is waited
 * for when it is resumed. Meanwhile all of it is watched as before.
 */
enum {
	WAITING = TRAFFIC_WAITING,
	SEEN_RULE,
	SEEN_SERVICE,
	SEEN_HEALTH
};

/* --- the rule --- */

enum step_result traffic_unhooked(struct deployment *d)
{
	return deploy_fail(d, "traffic-edited",
			   "someone else edited the rule: it does not forward to the new target "
			   "group any more");
}

/* The rule or its listener was deleted meanwhile. */
bool traffic_is_gone(const struct aws_result *result)
{
	return aws_result_is(result, "RuleNotFound") || aws_result_is(result, "ListenerNotFound") ||
	       aws_result_is(result, "LoadBalancerNotFound");
}

enum step_result traffic_gone(struct deployment *d, const struct aws_result *result)
{
	bool rule = deploy_id_get(d, ID_RULE) != NULL;

	return deploy_fail(d, "traffic-edited", "someone else deleted the %s: %s: %s",
			   rule ? "rule" : "listener", result->code,
			   result->message ? result->message : "");
}

enum step_result traffic_edited(struct deployment *d, const struct traffic_rule *rule,
				const struct traffic_weights *ours)
{
	char old[TRAFFIC_NAME_MAX], new[TRAFFIC_NAME_MAX];

	return deploy_fail(d, "traffic-edited",
			   "someone else edited the rule: '%s' has weight %" PRId64
			   " and '%s' %" PRId64 ", not %" PRId64 " and %" PRId64,
			   traffic_name(old, deploy_id_get(d, ID_GROUP_OLD)), rule->weights.old,
			   traffic_name(new, traffic_new_group(d)), rule->weights.new, ours->old,
			   ours->new);
}

/* Weights as the last step left them; one that was begun only has or has not set them. */
static enum step_result judge_weights(struct deployment *d, const struct traffic_rule *rule)
{
	struct traffic_weights left, from;

	if (deploy_id_get(d, ID_TRAFFIC_NEW))
		return STEP_DONE;
	if (!traffic_weights_parse(&left, deploy_id_get(d, ID_TRAFFIC_TO)))
		left = (struct traffic_weights){ rule->weights.old, 0 };
	if (traffic_weights_same(&rule->weights, &left))
		return STEP_DONE;
	if (!deploy_id_get(d, ID_TRAFFIC_WAIT) &&
	    traffic_weights_parse(&from, deploy_id_get(d, ID_TRAFFIC_FROM)) &&
	    traffic_weights_same(&rule->weights, &from))
		return STEP_DONE;
	return traffic_edited(d, rule, &left);
}

enum step_result traffic_judge_look(struct deployment *d)
{
	struct traffic_rule rule;

	if (d->look->failed)
		return traffic_is_gone(d->look->failed) ? traffic_gone(d, d->look->failed) :
							  STEP_DONE;
	if (!d->look->rule)
		return STEP_DONE;
	if (!traffic_rule_of(&rule, d, d->look->rule) || rule.new < 0)
		return traffic_unhooked(d);
	return judge_weights(d, &rule);
}

/* --- the service --- */

/* Tasks of the task sets that use the group: how many run, how many are to. False: there is no such set. */
static bool count_tasks(struct deployment *d, const struct json *service)
{
	const struct json *sets = json_get(service, "taskSets");
	const char *group = traffic_new_group(d);
	bool found = false;
	size_t i, j;

	d->at.running = d->at.desired = 0;
	for (i = 0; sets && sets->type == JSON_ARRAY && i < sets->u.array.nr; i++) {
		const struct json *set = &sets->u.array.items[i];
		const struct json *lbs = json_get(set, "loadBalancers");
		const char *status = json_get_str(set, "status");

		if (status && str_eq(status, "DRAINING"))
			continue;
		for (j = 0; lbs && lbs->type == JSON_ARRAY && j < lbs->u.array.nr; j++) {
			const char *s = json_get_str(&lbs->u.array.items[j], "targetGroupArn");

			if (!s || !str_eq(s, group))
				continue;
			d->at.running += json_get_int(set, "runningCount", 0);
			d->at.desired += json_get_int(set, "computedDesiredCount", 0);
			found = true;
			break;
		}
	}
	/* A set that is new may not know yet that it is to have some. */
	if (json_get_int(service, "desiredCount", 0) > 0)
		d->at.desired = MAX(d->at.desired, 1);
	return found;
}

enum step_result traffic_judge_service(struct deployment *d, const struct json *service)
{
	struct ecs_task_set primary;
	char name[TRAFFIC_NAME_MAX];
	enum step_result ret;

	if (ecs_service_state(service) != SERVICE_ACTIVE)
		return deploy_fail(d, "service-deleted",
				   "service '%s' was deleted while it was deployed",
				   d->record->name);
	if (deploy_id_get(d, ID_TASK_SET)) {
		if (task_set_is_superseded(d, service, &primary))
			return deploy_fail(
				d, "superseded",
				"service '%s' was deployed by someone else meanwhile: '%s'",
				d->record->name, ecs_short_name(primary.task_definition));
		ret = task_set_judge(d, service);
		if (ret != STEP_DONE)
			return ret;
	}
	if (!count_tasks(d, service))
		return deploy_fail(d, "superseded",
				   "service '%s' has no task set on target group '%s' any more",
				   d->record->name, traffic_name(name, traffic_new_group(d)));
	return STEP_DONE;
}

/* --- the targets --- */

/* ECS replaces tasks that fail; for so long fewer may serve. Nobody at all loses requests. */
static enum step_result judge_health(struct deployment *d)
{
	int64_t wanted = MAX(d->at.running, d->at.desired);
	int64_t patience = settings_timeout_ms(&d->settings, MAX(d->at.desired, 0));
	struct traffic_health health;
	char name[TRAFFIC_NAME_MAX];
	enum step_result ret = STEP_DONE;
	bool not_in_use;

	if (aws_result_is(d->result, "TargetGroupNotFound"))
		return deploy_fail(d, "target-group", "someone else deleted target group '%s'",
				   traffic_name(name, traffic_new_group(d)));
	if (d->result->outcome != AWS_OK)
		return STEP_DONE;
	traffic_health_read(&health, d->result->json);
	/* Out of the rule: the next look at that says so better. */
	not_in_use = health.unused && health.unused == health.total;
	if (health.healthy >= wanted) {
		d->at.ill_since = 0;
	} else if ((!health.healthy && !not_in_use) ||
		   (d->at.ill_since && deploy_now(d) - d->at.ill_since >= patience)) {
		ret = deploy_fail(d, "health-elb",
				  "target group '%s' has %u healthy target%s of %" PRId64
				  " while it gets traffic%s%s",
				  traffic_name(name, traffic_new_group(d)), health.healthy,
				  health.healthy == 1 ? "" : "s", wanted,
				  health.why.len ? ": " : "", health.why.buf);
	} else if (!d->at.ill_since) {
		d->at.ill_since = deploy_now(d);
		deploy_event(d, "traffic: %u of %" PRId64 " new targets are healthy: %s",
			     health.healthy, wanted, health.why.buf);
	}
	traffic_health_release(&health);
	return ret;
}

/* --- waiting --- */

int64_t traffic_wait_rest(const struct deployment *d)
{
	return traffic_clock_rest(d, traffic_wait_ms(d));
}

static enum step_result hear(struct deployment *d)
{
	if (traffic_has_alarms(d))
		deploy_hear_alarms(d);
	d->rests = true;
	return STEP_WAIT;
}

enum step_result traffic_wait(struct deployment *d)
{
	const int64_t poll = d->settings.stability.poll_ms;
	int64_t rest;

	if (deploy_is_paused(d)) {
		traffic_clock_stop(d, traffic_wait_ms(d));
		(void)deploy_pause(d, WAITING);
		if (d->stopped)
			return STEP_WAIT;
		(void)deploy_look_rule(d, poll, SEEN_RULE);
		return hear(d);
	}
	if (!traffic_clock_start(d, traffic_wait_ms(d)))
		return STEP_WAIT;
	rest = traffic_wait_rest(d);
	if (!rest)
		return STEP_DONE;
	/* Whatever comes after looks at all of it anyway. */
	if (rest <= poll)
		(void)deploy_sleep(d, rest, WAITING);
	else
		(void)deploy_look_rule(d, poll, SEEN_RULE);
	return hear(d);
}

static enum step_result judge(struct deployment *d)
{
	switch (d->phase) {
	case SEEN_RULE:
		return traffic_judge_look(d);
	case SEEN_SERVICE:
		return d->look->failed ? STEP_DONE : traffic_judge_service(d, d->look->service);
	default:
		return judge_health(d);
	}
}

enum step_result traffic_waited(struct deployment *d)
{
	enum step_result ret;

	/* Woken, for somebody asked something; or time is up. */
	if (d->phase == WAITING || (!d->look && !d->result))
		return traffic_wait(d);
	ret = judge(d);
	if (ret != STEP_DONE)
		return ret;
	if (d->phase == SEEN_RULE)
		return deploy_look(d, 0, SEEN_SERVICE);
	if (d->phase == SEEN_SERVICE && !d->look->failed) {
		d->call = elb_describe_target_health(d->client, traffic_new_group(d), AWS_POLL,
						     deploy_on_result, d);
		return deploy_await(d, SEEN_HEALTH);
	}
	return traffic_wait(d);
}
