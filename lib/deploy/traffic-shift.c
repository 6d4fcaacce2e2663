#include "base/base.h"
#include "deploy/traffic-internal.h"

#include "deploy/rolling.h"
#include "deploy/service.h"

/*
 * The shift. For each step: as many targets healthy as tasks run; no alarm;
 * the rule as it was left; the intent recorded; the weights set; the time
 * recorded; the wait. What was recorded tells one that resumes where it is:
 *
 *	ID_TRAFFIC_TO	ID_TRAFFIC_WAIT
 *	-		-		no step was taken yet
 *	set		-		this step was to be taken: the rule tells
 *	set		set		it was taken then: wait for the rest
 *
 * The wait (traffic-wait.c) has phases of its own. After the last one the same
 * is looked at as before a step, for the old side is given up only when it is
 * known that all is well.
 */
enum {
	START,
	LOOK,
	LOOKED,
	HEALTH,
	RULE,
	ALARMS,
	READ_AGAIN,
	READ,
	SENT
};

/* The first look; each pause is twice as long as the one before, up to pollInterval. */
#define FIRST_POLL 500

/* A service that is new has nobody to be careful with. */
static bool is_first(const struct deployment *d)
{
	return deploy_id_get(d, ID_TRAFFIC_NEW) != NULL;
}

static int share_of(const struct deployment *d, unsigned step)
{
	return is_first(d) ? 100 : traffic_share(&d->settings, step);
}

int64_t traffic_wait_ms(const struct deployment *d)
{
	return d->settings.shift.on && !is_first(d) ? d->settings.shift.wait_ms : 0;
}

/* The step to be taken, or being taken. */
static unsigned step_of(const struct deployment *d)
{
	unsigned taken = (unsigned)deploy_id_get_number(d, ID_TRAFFIC_STEP);

	return deploy_id_get(d, ID_TRAFFIC_WAIT) ? taken + 1 : taken;
}

bool traffic_has_alarms(const struct deployment *d)
{
	return d->settings.alarms_nr && d->settings.shift.on && !is_first(d);
}

/* Sleep while alarms are watched, where they are. */
static enum step_result sleep_on(struct deployment *d, int64_t ms, int phase)
{
	return traffic_has_alarms(d) ? deploy_sleep_watching(d, ms, phase) :
				       deploy_sleep(d, ms, phase);
}

/* --- are they healthy? --- */

/* Each step has the whole time anew. */
static int64_t time_left(const struct deployment *d)
{
	int64_t since = deploy_id_get_number(d, ID_TRAFFIC_AT);
	int64_t passed = since ? deploy_moment(d) - since : 0;

	return settings_timeout_ms(&d->settings, MAX(d->at.desired, 0)) - MAX(passed, 0);
}

/* Nobody may edit the rule meanwhile, either. */
static enum step_result look_later(struct deployment *d)
{
	int64_t pause = ecs_next_interval(d, FIRST_POLL, d->settings.stability.poll_ms);

	if (traffic_has_alarms(d))
		deploy_hear_alarms(d);
	return deploy_look_rule(d, MAX(MIN(pause, time_left(d)), 1), LOOK);
}

static enum step_result looked(struct deployment *d)
{
	enum step_result ret;

	if (d->look->failed) {
		if (result_is_transient(d->look->failed) && time_left(d) > 0)
			return look_later(d);
		return deploy_fail_result(d, d->look->failed, "describe the service");
	}
	ret = traffic_judge_service(d, d->look->service);
	if (ret != STEP_DONE)
		return ret;
	d->call = elb_describe_target_health(d->client, traffic_new_group(d),
					     d->at.looks++ ? AWS_POLL : AWS_READ, deploy_on_result,
					     d);
	return deploy_await(d, HEALTH);
}

static enum step_result unhealthy(struct deployment *d, const struct traffic_health *health)
{
	struct strbuf time = STRBUF_INIT;
	char name[TRAFFIC_NAME_MAX];
	enum step_result ret;

	traffic_add_seconds(&time, settings_timeout_ms(&d->settings, MAX(d->at.desired, 0)));
	ret = deploy_fail(d, "health-elb",
			  "target group '%s' has %u healthy target%s of %" PRId64
			  " after %s, so that it gets no %straffic%s%s",
			  traffic_name(name, traffic_new_group(d)), health->healthy,
			  health->healthy == 1 ? "" : "s", MAX(d->at.running, d->at.desired),
			  time.buf, step_of(d) ? "further " : "", health->why.len ? ": " : "",
			  health->why.buf);
	strbuf_release(&time);
	return ret;
}

/* As many as run, and all that are to run: what serves a part need not be able to serve all. */
static enum step_result judge_health(struct deployment *d)
{
	struct traffic_health health;
	int64_t wanted = MAX(d->at.running, d->at.desired);
	enum step_result ret;

	if (d->result->outcome != AWS_OK) {
		if (result_is_transient(d->result) && time_left(d) > 0)
			return look_later(d);
		return deploy_fail_result(d, d->result, "look at the targets' health");
	}
	traffic_health_read(&health, d->result->json);
	if (health.unused && health.unused == health.total && time_left(d) > 0) {
		/* No rule has the group: none of them can become healthy, unless it just was attached. */
		ret = traffic_read(d, RULE);
	} else if (health.healthy >= wanted) {
		deploy_id_set(d, ID_TRAFFIC_AT, NULL);
		ret = STEP_DONE;
	} else if (time_left(d) <= 0) {
		ret = unhealthy(d, &health);
	} else {
		if (!d->at.told)
			deploy_event(d, "traffic: waiting for healthy targets, %u of %" PRId64,
				     health.healthy, wanted);
		d->at.told = true;
		ret = look_later(d);
	}
	traffic_health_release(&health);
	return ret;
}

/* The targets are said to be unused: is that so? */
static enum step_result judge_rule(struct deployment *d)
{
	struct traffic_rule rule;

	if (d->result->outcome == AWS_OK && (!traffic_get_rule(&rule, d) || rule.new < 0))
		return traffic_unhooked(d);
	return traffic_is_gone(d->result) ? traffic_gone(d, d->result) : look_later(d);
}

/* --- alarms --- */

enum step_result traffic_alarms_answered(struct deployment *d, int phase)
{
	enum step_result ret = traffic_check_alarms(d);

	if (ret != STEP_WAIT) {
		d->at.deadline = 0;
		return ret;
	}
	if (!d->at.deadline) {
		d->at.deadline = deploy_now(d) + settings_timeout_ms(&d->settings, 0);
		deploy_event(d, "traffic: paused, the alarms cannot be read: %s",
			     d->alarm->failed->err.message);
	}
	if (deploy_now(d) >= d->at.deadline)
		return deploy_fail(d, "alarm-unread", "the alarms cannot be read: %s",
				   d->alarm->failed->err.message);
	return deploy_ask_alarms(d, phase);
}

/* --- a step --- */

/* All was moved, and the wait after it was begun. */
static bool is_last(const struct deployment *d)
{
	return deploy_id_get(d, ID_TRAFFIC_WAIT) &&
	       share_of(d, (unsigned)deploy_id_get_number(d, ID_TRAFFIC_STEP)) == 100;
}

static enum step_result next_step(struct deployment *d)
{
	/* Nobody else can have moved it if there was no wait. */
	if (is_last(d) && !traffic_wait_ms(d))
		return STEP_DONE;
	/* Somebody wants it to stand as it is; an alarm ends that, too. */
	if (deploy_is_paused(d))
		return traffic_wait(d);
	d->at.looks = 0;
	d->at.ill_since = 0;
	if (!deploy_id_get(d, ID_TRAFFIC_AT))
		deploy_id_set_number(d, ID_TRAFFIC_AT, deploy_moment(d));
	return deploy_look(d, 0, LOOKED);
}

static enum step_result wait(struct deployment *d)
{
	enum step_result ret = d->phase >= TRAFFIC_WAITING ? traffic_waited(d) : traffic_wait(d);

	return ret == STEP_DONE ? next_step(d) : ret;
}

static enum step_result taken(struct deployment *d)
{
	int share = share_of(d, (unsigned)deploy_id_get_number(d, ID_TRAFFIC_STEP));
	struct strbuf time = STRBUF_INIT;

	deploy_id_set_number(d, ID_TRAFFIC_WAIT, deploy_moment(d));
	d->at.retries = 0;
	d->at.told = false;
	d->at.interval = 0;
	if (traffic_wait_ms(d)) {
		traffic_add_seconds(&time, traffic_wait_ms(d));
		deploy_event_wait(d, traffic_wait_ms(d),
				  "traffic: %d %% to the new task set, waiting %s", share,
				  time.buf);
	} else {
		deploy_event(d, "traffic: %d %% to the new task set", share);
	}
	strbuf_release(&time);
	return deploy_save(d) ? wait(d) : STEP_WAIT;
}

/* The rule was just read: what has to be sent, if it is as we left it? */
static enum step_result take(struct deployment *d, int sent)
{
	struct traffic_weights from, to, left;
	struct traffic_rule rule;
	char text[48];

	if (!traffic_get_rule(&rule, d) || rule.new < 0)
		return traffic_unhooked(d);
	if (!traffic_weights_parse(&left, deploy_id_get(d, ID_TRAFFIC_TO))) {
		/* The first step: attached, nothing more. */
		left = (struct traffic_weights){ rule.weights.old, 0 };
	} else if (!deploy_id_get(d, ID_TRAFFIC_WAIT)) {
		/* Begun before: it happened, or it didn't. */
		if (traffic_weights_same(&rule.weights, &left))
			return taken(d);
		if (!traffic_weights_parse(&from, deploy_id_get(d, ID_TRAFFIC_FROM)))
			from = left;
		if (!traffic_weights_same(&rule.weights, &from))
			return traffic_edited(d, &rule, &from);
		return traffic_write_weights(d, &rule, &left, sent);
	}
	if (!is_first(d) && !traffic_weights_same(&rule.weights, &left))
		return traffic_edited(d, &rule, &left);
	to = traffic_split(&rule.weights, share_of(d, step_of(d)));
	deploy_id_set_number(d, ID_TRAFFIC_STEP, step_of(d));
	deploy_id_set(d, ID_TRAFFIC_WAIT, NULL);
	traffic_weights_write(text, &rule.weights);
	deploy_id_set(d, ID_TRAFFIC_FROM, text);
	traffic_weights_write(text, &to);
	deploy_id_set(d, ID_TRAFFIC_TO, text);
	if (!deploy_save(d))
		return STEP_WAIT;
	if (traffic_weights_same(&rule.weights, &to))
		return taken(d);
	return traffic_write_weights(d, &rule, &to, sent);
}

/* The wait was begun, maybe by a worker that died. */
static enum step_result go_on_waiting(struct deployment *d)
{
	struct strbuf time = STRBUF_INIT;

	traffic_add_seconds(&time, traffic_wait_rest(d));
	deploy_event_wait(d, traffic_wait_rest(d),
			  "traffic: %d %% are with the new task set, waiting %s more",
			  share_of(d, (unsigned)deploy_id_get_number(d, ID_TRAFFIC_STEP)),
			  time.buf);
	strbuf_release(&time);
	return deploy_save(d) ? wait(d) : STEP_WAIT;
}

/* Is the traffic still where it was moved to? */
static enum step_result judge_last(struct deployment *d)
{
	struct traffic_weights left;
	struct traffic_rule rule;

	if (!traffic_get_rule(&rule, d) || rule.new < 0)
		return traffic_unhooked(d);
	if (traffic_weights_parse(&left, deploy_id_get(d, ID_TRAFFIC_TO)) &&
	    !traffic_weights_same(&rule.weights, &left))
		return traffic_edited(d, &rule, &left);
	return STEP_DONE;
}

/* The rule was read. */
static enum step_result go_on(struct deployment *d)
{
	if (is_last(d))
		return judge_last(d);
	return deploy_is_paused(d) ? traffic_wait(d) : take(d, SENT);
}

enum step_result traffic_shift(struct deployment *d)
{
	enum step_result ret;

	if (!traffic_is_found(d))
		return STEP_DONE;
	/* An alarm may end any sleep. */
	if (d->alarm && d->phase != ALARMS)
		return traffic_check_alarms(d);
	if (d->phase >= TRAFFIC_WAITING)
		return wait(d);
	switch (d->phase) {
	case START:
		return deploy_id_get(d, ID_TRAFFIC_WAIT) ? go_on_waiting(d) : next_step(d);
	case LOOK:
		ret = traffic_judge_look(d);
		return ret == STEP_DONE ? deploy_look(d, 0, LOOKED) : ret;
	case LOOKED:
		return looked(d);
	case HEALTH:
		ret = judge_health(d);
		if (ret != STEP_DONE)
			return ret;
		return traffic_has_alarms(d) ? deploy_ask_alarms(d, ALARMS) : traffic_read(d, READ);
	case RULE:
		return judge_rule(d);
	case ALARMS:
		ret = traffic_alarms_answered(d, ALARMS);
		return ret == STEP_DONE ? traffic_read(d, READ) : ret;
	case READ_AGAIN:
		return traffic_read(d, READ);
	case READ:
		if (d->result->outcome == AWS_OK)
			return go_on(d);
		break;
	default:
		if (d->result->outcome == AWS_OK)
			return taken(d);
		break;
	}
	if (traffic_is_gone(d->result))
		return traffic_gone(d, d->result);
	if (traffic_may_retry(d))
		return sleep_on(d, 1000 * (int64_t)d->at.retries, READ_AGAIN);
	return deploy_fail_result(d, d->result, "move the traffic");
}
