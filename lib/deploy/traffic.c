#include "base/base.h"
#include "deploy/traffic-internal.h"

/*
 * What the steps are made of: the rule, read and sent back; target health;
 * alarms. And the two short steps, before and after the shift.
 */

#define RETRIES 10

bool traffic_is_found(const struct deployment *d)
{
	return deploy_id_get(d, ID_RULE) || deploy_id_get(d, ID_LISTENER);
}

const char *traffic_new_group(const struct deployment *d)
{
	return deploy_id_get(d, ID_GROUP_NEW);
}

bool traffic_is_left(const struct deployment *d)
{
	return deploy_id_get(d, ID_TRAFFIC_LEFT) != NULL;
}

/* "...:targetgroup/web-a/0123" is web-a, "...:loadbalancer/app/lb/0123" lb. */
const char *traffic_name(char buf[TRAFFIC_NAME_MAX], const char *arn)
{
	const char *end = arn ? strrchr(arn, '/') : NULL, *start = end;
	size_t len;

	while (start && start > arn && start[-1] != '/')
		start--;
	if (!start || start == arn) {
		snprintf(buf, TRAFFIC_NAME_MAX, "%s", arn ? arn : "");
		return buf;
	}
	len = MIN((size_t)(end - start), (size_t)TRAFFIC_NAME_MAX - 1);
	memcpy(buf, start, len);
	buf[len] = '\0';
	return buf;
}

bool traffic_may_retry(struct deployment *d)
{
	return result_is_transient(d->result) && d->at.retries++ < RETRIES;
}

/* --- the rule --- */

enum step_result traffic_read(struct deployment *d, int phase)
{
	const char *rule = deploy_id_get(d, ID_RULE);

	if (rule)
		d->call = elb_describe_rule(d->client, rule, deploy_on_result, d);
	else
		d->call = elb_describe_listener(d->client, deploy_id_get(d, ID_LISTENER),
						deploy_on_result, d);
	return deploy_await(d, phase);
}

bool traffic_get_rule(struct traffic_rule *rule, const struct deployment *d)
{
	const char *name = deploy_id_get(d, ID_RULE) ? "Rules" : "Listeners";
	const struct json *list = json_get(d->result->json, name);

	return list && list->type == JSON_ARRAY && list->u.array.nr &&
	       traffic_rule_of(rule, d, &list->u.array.items[0]);
}

bool traffic_rule_of(struct traffic_rule *rule, const struct deployment *d, const struct json *item)
{
	const char *old = deploy_id_get(d, ID_GROUP_OLD), *new = deploy_id_get(d, ID_GROUP_NEW);

	memset(rule, 0, sizeof(*rule));
	rule->actions = json_get(item, deploy_id_get(d, ID_RULE) ? "Actions" : "DefaultActions");
	if (!elb_get_forward(&rule->forward, rule->actions))
		return false;
	rule->old = old ? elb_find_group(&rule->forward, old) : -1;
	rule->new = elb_find_group(&rule->forward, new);
	rule->weights.old = rule->old >= 0 ? rule->forward.v[rule->old].weight : 0;
	rule->weights.new = rule->new >= 0 ? rule->forward.v[rule->new].weight : 0;
	return true;
}

enum step_result traffic_write(struct deployment *d, const struct traffic_rule *rule, int phase)
{
	const char *arn = deploy_id_get(d, ID_RULE);

	if (arn)
		d->call = elb_modify_rule(d->client, arn, rule->actions, &rule->forward,
					  deploy_on_result, d);
	else
		d->call = elb_modify_listener(d->client, deploy_id_get(d, ID_LISTENER),
					      rule->actions, &rule->forward, deploy_on_result, d);
	if (!d->call)
		return deploy_fail(d, "traffic-rule",
				   "the actions of the rule are too large to be sent back");
	return deploy_await(d, phase);
}

static void set_weight(struct elb_forward *forward, int *at, const char *group, int64_t weight)
{
	if (*at < 0 && forward->nr < ARRAY_SIZE(forward->v)) {
		*at = (int)forward->nr++;
		forward->v[*at].group = group;
	}
	if (*at >= 0)
		forward->v[*at].weight = weight;
}

enum step_result traffic_write_weights(struct deployment *d, struct traffic_rule *rule,
				       const struct traffic_weights *weights, int phase)
{
	const char *old = deploy_id_get(d, ID_GROUP_OLD);

	if (old)
		set_weight(&rule->forward, &rule->old, old, weights->old);
	set_weight(&rule->forward, &rule->new, deploy_id_get(d, ID_GROUP_NEW), weights->new);
	return traffic_write(d, rule, phase);
}

/* --- target health --- */

static void add_reason(struct traffic_health *health, const struct json *state, unsigned times)
{
	const char *reason = json_get_str(state, "Reason"), *s = json_get_str(state, "State");
	const char *description = json_get_str(state, "Description");

	if (health->why.len)
		strbuf_addstr(&health->why, ", ");
	strbuf_addf(&health->why, "%.60s", reason ? reason : s ? s : "unknown");
	if (description)
		strbuf_addf(&health->why, " (%.200s)", description);
	if (times > 1)
		strbuf_addf(&health->why, " (%u times)", times);
}

static bool same_state(const struct json *a, const struct json *b)
{
	static const char *const names[] = { "State", "Reason", "Description" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		const char *x = json_get_str(a, names[i]), *y = json_get_str(b, names[i]);

		if (!x != !y || (x && !str_eq(x, y)))
			return false;
	}
	return true;
}

/* Those whose health checks are switched off get traffic, too. */
static bool is_healthy(const struct json *state)
{
	const char *s = json_get_str(state, "State"), *reason = json_get_str(state, "Reason");

	return s && (str_eq(s, "healthy") || (str_eq(s, "unavailable") && reason &&
					      str_eq(reason, "Target.HealthCheckDisabled")));
}

static bool is_state(const struct json *state, const char *name)
{
	const char *s = json_get_str(state, "State");

	return s && str_eq(s, name);
}

static bool is_not_in_use(const struct json *state)
{
	const char *reason = json_get_str(state, "Reason");

	return is_state(state, "unused") && reason && str_eq(reason, "Target.NotInUse");
}

static bool is_leaving(const struct json *state)
{
	const char *s = json_get_str(state, "State");

	return s && ends_with(s, "draining");
}

void traffic_health_read(struct traffic_health *health, const struct json *answer)
{
	const struct json *list = json_get(answer, "TargetHealthDescriptions");
	size_t i, j;

	memset(health, 0, sizeof(*health));
	strbuf_init(&health->why, 1000);
	for (i = 0; list && list->type == JSON_ARRAY && i < list->u.array.nr; i++) {
		const struct json *state = json_get(&list->u.array.items[i], "TargetHealth");
		unsigned times = 0;

		if (is_leaving(state))
			continue;
		health->total++;
		if (is_healthy(state)) {
			health->healthy++;
			continue;
		}
		health->unhealthy += is_state(state, "unhealthy");
		health->unused += is_not_in_use(state);
		for (j = 0; j < i; j++)
			if (same_state(json_get(&list->u.array.items[j], "TargetHealth"), state))
				break;
		if (j < i)
			continue;
		for (; j < list->u.array.nr; j++)
			times += same_state(json_get(&list->u.array.items[j], "TargetHealth"),
					    state);
		add_reason(health, state, times);
	}
}

void traffic_health_release(struct traffic_health *health)
{
	strbuf_release(&health->why);
}

/* --- alarms --- */

enum step_result traffic_check_alarms(struct deployment *d)
{
	const struct alarm_answer *a = d->alarm;

	if (a->name)
		return deploy_fail(d, "alarm", "alarm '%s' is in ALARM%s%s%s%s%s", a->name,
				   a->metric ? " (" : "", a->metric ? a->metric : "",
				   a->metric ? ")" : "", a->reason ? ": " : "",
				   a->reason ? a->reason : "");
	if (!a->failed && a->missing)
		return deploy_fail(d, "alarm-missing", "there is no alarm '%s' in region %s",
				   a->missing, d->record->region);
	if (a->failed && !result_is_transient(a->failed))
		return deploy_fail_result(d, a->failed, "look at the alarms");
	return a->failed ? STEP_WAIT : STEP_DONE;
}

/* --- the new group, attached --- */

/* Nobody is served by it yet; it only has to be there. */
static bool is_first(const struct deployment *d)
{
	return deploy_id_get(d, ID_TRAFFIC_NEW) != NULL;
}

static enum step_result attach(struct deployment *d, struct traffic_rule *rule, int sent)
{
	struct traffic_weights to = { rule->weights.old + rule->weights.new, 0 };
	struct elb_forward before = rule->forward;
	const char *old = deploy_id_get(d, ID_GROUP_OLD);

	if (is_first(d)) {
		to = rule->weights;
	} else {
		set_weight(&rule->forward, &rule->old, old, to.old);
		traffic_make_room(&rule->forward, rule->old, rule->new);
		to.old = rule->forward.v[rule->old].weight;
	}
	if (rule->new < 0 && rule->forward.nr >= ELB_GROUPS_MAX)
		return deploy_fail(d, "traffic-rule",
				   "the rule forwards to %zu target groups, as many as there may "
				   "be: there is no room for another",
				   rule->forward.nr);
	set_weight(&rule->forward, &rule->new, traffic_new_group(d), to.new);
	if (before.nr == rule->forward.nr && !memcmp(&before, &rule->forward, sizeof(before)))
		return STEP_DONE;
	return traffic_write(d, rule, sent);
}

enum step_result traffic_attach(struct deployment *d)
{
	enum {
		START,
		AGAIN,
		READ,
		HEALTH,
		READ_UNUSED,
		SENT
	};
	struct traffic_health health;
	struct traffic_rule rule;
	char name[TRAFFIC_NAME_MAX];
	enum step_result ret;

	if (!traffic_is_found(d))
		return STEP_DONE;
	switch (d->phase) {
	case START:
	case AGAIN:
		return traffic_read(d, READ);
	case HEALTH:
		if (d->result->outcome != AWS_OK)
			break;
		traffic_health_read(&health, d->result->json);
		if (health.healthy)
			ret = deploy_fail(d, "traffic-edited",
					  "the rule sends traffic to target group '%s', which "
					  "should be free, but has healthy targets",
					  traffic_name(name, traffic_new_group(d)));
		else
			ret = traffic_read(d, READ_UNUSED);
		traffic_health_release(&health);
		return ret;
	case SENT:
		if (d->result->outcome != AWS_OK)
			break;
		deploy_event(d, "traffic: target group '%s' is attached",
			     traffic_name(name, traffic_new_group(d)));
		return STEP_DONE;
	default:
		if (d->result->outcome != AWS_OK)
			break;
		if (!traffic_get_rule(&rule, d) || (!is_first(d) && rule.old < 0))
			return deploy_fail(d, "traffic-edited",
					   "the rule does not forward to what runs any more");
		if (!is_first(d) && !rule.weights.old && !rule.weights.new)
			return deploy_fail(d, "traffic-rule",
					   "the rule sends no traffic to target group '%s', which "
					   "the service uses",
					   traffic_name(name, deploy_id_get(d, ID_GROUP_OLD)));
		if (d->phase == READ && rule.weights.new && !is_first(d)) {
			d->call = elb_describe_target_health(d->client, traffic_new_group(d),
							     AWS_READ, deploy_on_result, d);
			return deploy_await(d, HEALTH);
		}
		return attach(d, &rule, SENT);
	}
	if (traffic_may_retry(d))
		return deploy_sleep(d, 1000 * (int64_t)d->at.retries, AGAIN);
	return deploy_fail_result(d, d->result, "attach the target group");
}

/* --- back --- */

static enum step_result left(struct deployment *d)
{
	deploy_id_set(d, ID_TRAFFIC_LEFT, "1");
	return STEP_FAILED;
}

static enum step_result send_back(struct deployment *d, struct traffic_rule *rule, int phase)
{
	struct traffic_weights to = traffic_split(&rule->weights, 0);
	enum step_result ret = traffic_write_weights(d, rule, &to, phase);

	return ret == STEP_FAILED ? left(d) : ret;
}

/* Whoever deleted the old tasks left a part of the traffic to nobody. */
static enum step_result send_forward(struct deployment *d, int phase)
{
	struct traffic_rule rule;
	struct traffic_weights to;
	enum step_result ret;

	if (!traffic_get_rule(&rule, d) || rule.new < 0)
		return left(d);
	to = traffic_split(&rule.weights, 100);
	ret = traffic_write_weights(d, &rule, &to, phase);
	return ret == STEP_FAILED ? left(d) : ret;
}

/*
 * How the old group fares: to go back to it is the way that nobody notices. What
 * somebody else deleted may still have healthy targets, but not for long.
 */
static enum step_result judge_old(struct deployment *d, int read, int new_health)
{
	struct traffic_health health;
	char name[TRAFFIC_NAME_MAX];
	bool serves, exists, gone = deploy_id_get(d, ID_OLD_GONE) != NULL;

	traffic_health_read(&health, d->result->json);
	serves = health.healthy > 0 && !gone;
	exists = health.total > 0 && !gone;
	traffic_health_release(&health);
	if (serves)
		return traffic_read(d, read);
	(void)deploy_fail(d, "health-elb",
			  "traffic: target group '%s' has no healthy target to go back to, the "
			  "traffic is left where it is",
			  traffic_name(name, deploy_id_get(d, ID_GROUP_OLD)));
	if (exists)
		return left(d);
	d->call = elb_describe_target_health(d->client, traffic_new_group(d), AWS_READ,
					     deploy_on_result, d);
	return deploy_await(d, new_health);
}

enum step_result traffic_back(struct deployment *d)
{
	enum {
		START,
		AGAIN,
		READ,
		HEALTH,
		READ_AGAIN,
		SENT,
		NEW_HEALTH,
		READ_FORWARD,
		SENT_FORWARD
	};
	struct traffic_health health;
	struct traffic_rule rule;
	bool serves;

	if (!traffic_is_found(d) || is_first(d))
		return STEP_DONE;
	switch (d->phase) {
	case START:
		/* Nothing of ours is there that could be served: what weights say is someone else's. */
		if (!deploy_id_get(d, ID_TRAFFIC_TO) && !deploy_id_get(d, ID_TASK_SET))
			return STEP_DONE;
		deploy_id_set(d, ID_TRAFFIC_LEFT, NULL);
		return traffic_read(d, READ);
	case AGAIN:
		return traffic_read(d, READ);
	case HEALTH:
		if (d->result->outcome != AWS_OK)
			break;
		return judge_old(d, READ_AGAIN, NEW_HEALTH);
	case NEW_HEALTH:
		if (d->result->outcome != AWS_OK)
			break;
		traffic_health_read(&health, d->result->json);
		serves = health.healthy > 0;
		traffic_health_release(&health);
		return serves ? traffic_read(d, READ_FORWARD) : left(d);
	case READ_FORWARD:
		if (d->result->outcome != AWS_OK)
			break;
		return send_forward(d, SENT_FORWARD);
	case SENT_FORWARD:
		if (d->result->outcome != AWS_OK)
			break;
		deploy_event(d, "traffic: all to the new task set, nothing is left of the old one");
		return left(d);
	case SENT:
		if (d->result->outcome != AWS_OK)
			break;
		deploy_event(d, "traffic: all back to the old task set");
		return STEP_DONE;
	default:
		if (d->result->outcome != AWS_OK)
			break;
		if (!traffic_get_rule(&rule, d) || !rule.weights.new) {
			if (deploy_id_get(d, ID_TRAFFIC_TO))
				deploy_event(d, "traffic: none is left on the new task set");
			return STEP_DONE;
		}
		if (d->phase == READ_AGAIN)
			return send_back(d, &rule, SENT);
		d->call = elb_describe_target_health(d->client, deploy_id_get(d, ID_GROUP_OLD),
						     AWS_READ, deploy_on_result, d);
		return deploy_await(d, HEALTH);
	}
	if (traffic_may_retry(d))
		return deploy_sleep(d, 1000 * (int64_t)d->at.retries, AGAIN);
	/* The rule is gone: nothing can be on it. */
	if (aws_result_is(d->result, "RuleNotFound") ||
	    aws_result_is(d->result, "ListenerNotFound")) {
		deploy_event(d, "traffic: the rule is gone");
		return STEP_DONE;
	}
	(void)deploy_fail_result(d, d->result, "move the traffic back");
	return left(d);
}
