#include "base/base.h"
#include "deploy/lambda.h"

#include "deploy/rolling.h"
#include "deploy/traffic-internal.h"

/*
 * The alias is moved to the new version: at once, or step by step, as
 * traffic_share() plans it for load balancers, too. An alias has a revision,
 * so that each change says which state it was meant for, and one by somebody
 * else in between ends the deployment. What was recorded tells one that
 * resumes where it is:
 *
 *	ID_TRAFFIC_STEP	ID_TRAFFIC_WAIT
 *	-		-		no step was taken yet
 *	set		-		this step was to be taken: the alias tells
 *	set		set		it was taken then: wait for the rest
 *
 * While it waits somebody may stop its clock (traffic-clock.c), and the alias
 * is looked at now and then.
 */
enum {
	START,
	ALARMS,
	READ_AGAIN,
	READ,
	SENT,
	WAITING,
	LOOKED,
	PAUSED,
	LAST_ALARMS,
	LAST_LOOK
};

/* An alias that is new has nobody to be careful with. */
static bool is_first(const struct deployment *d)
{
	return !deploy_id_get(d, ID_OLD_VERSION);
}

static int share_of(const struct deployment *d, unsigned step)
{
	const char *old = deploy_id_get(d, ID_OLD_VERSION);

	if (is_first(d) || deploy_id_get(d, ID_AT_ONCE) ||
	    str_eq(old, deploy_id_get(d, ID_VERSION)))
		return 100;
	return traffic_share(&d->settings, step);
}

/* How long to wait after a step, ms. */
static int64_t wait_of(const struct deployment *d)
{
	return d->settings.shift.on && !is_first(d) ? d->settings.shift.wait_ms : 0;
}

static unsigned step_of(const struct deployment *d)
{
	return (unsigned)deploy_id_get_number(d, ID_TRAFFIC_STEP);
}

static bool has_alarms(const struct deployment *d)
{
	return d->settings.alarms_nr && d->settings.shift.on && !is_first(d);
}

static enum step_result sleep_on(struct deployment *d, int64_t ms, int phase)
{
	return has_alarms(d) ? deploy_sleep_watching(d, ms, phase) : deploy_sleep(d, ms, phase);
}

enum step_result lambda_read_alias(struct deployment *d, enum aws_priority priority, int phase)
{
	d->call = lambda_get_alias(d->client, d->record->name, d->settings.alias, priority,
				   deploy_on_result, d);
	return deploy_await(d, phase);
}

/* --- an alias, as it is and as it is to be --- */

static const struct json *weights_of(const struct json *alias)
{
	const struct json *w = json_path(alias, "RoutingConfig.AdditionalVersionWeights");

	return w && w->type == JSON_OBJECT && w->u.object.nr ? w : NULL;
}

/* How much `version` gets, percent; -1: nothing. */
static int percent_of(const struct json *alias, const char *version)
{
	const struct json *weights = weights_of(alias);
	const char *first = json_get_str(alias, "FunctionVersion");
	double weight = 0, others = 0;
	size_t i;

	for (i = 0; weights && i < weights->u.object.nr; i++) {
		double w = 0;

		(void)json_double(&weights->u.object.members[i].value, &w);
		others += w;
		if (str_eq(weights->u.object.members[i].name, version))
			weight = w;
	}
	if (first && str_eq(first, version))
		weight = 1 - others;
	return weight > 0 ? (int)(weight * 100 + 0.5) : -1;
}

bool lambda_alias_names(const struct json *alias, const char *version)
{
	const char *first = json_get_str(alias, "FunctionVersion");

	return (first && str_eq(first, version)) || json_get(weights_of(alias), version);
}

static bool is_as_after(const struct deployment *d, const struct json *alias, unsigned step)
{
	const char *version = deploy_id_get(d, ID_VERSION), *old = deploy_id_get(d, ID_OLD_VERSION);
	const char *first = json_get_str(alias, "FunctionVersion");
	int share = share_of(d, step);

	if (!first)
		return false;
	if (share == 100)
		return str_eq(first, version) && !weights_of(alias);
	return str_eq(first, old) && MAX(percent_of(alias, version), 0) == share;
}

/* The next change would be refused for another revision; the last one is followed by none. */
static bool is_as_left(const struct deployment *d, const struct json *alias)
{
	const char *known = deploy_id_get(d, ID_ALIAS_REVISION);
	const char *revision = json_get_str(alias, "RevisionId");

	return is_as_after(d, alias, step_of(d)) &&
	       (share_of(d, step_of(d)) == 100 || !known || !revision || str_eq(known, revision));
}

static enum step_result edited(struct deployment *d, const struct json *alias)
{
	const char *first = json_get_str(alias, "FunctionVersion");
	const struct json *weights = weights_of(alias);

	return deploy_fail_hint(d, "superseded", "deploy again while nobody else changes the alias",
				"someone else changed alias '%s': it names version '%s'%s%s%s",
				d->settings.alias, first ? first : "?", weights ? " and '" : "",
				weights ? weights->u.object.members[0].name : "",
				weights ? "'" : "");
}

static enum step_result missing(struct deployment *d)
{
	if (result_says(d->result, "Function not found"))
		return lambda_retry(d, "move the alias", READ_AGAIN);
	return deploy_fail_hint(d, "superseded", "deploy again, which makes the alias anew",
				"alias '%s' was deleted by someone else meanwhile",
				d->settings.alias);
}

static enum step_result send(struct deployment *d)
{
	int share = share_of(d, step_of(d));
	struct lambda_alias alias = {
		.function = d->record->name,
		.name = d->settings.alias,
		.version = deploy_id_get(d, share == 100 ? ID_VERSION : ID_OLD_VERSION),
		.other = share == 100 || share == 0 ? "" : deploy_id_get(d, ID_VERSION),
		.percent = share,
		.revision = deploy_id_get(d, ID_ALIAS_REVISION),
	};
	char *description = share == 100 ? lambda_description(d) : NULL;

	alias.description = description;
	if (is_first(d))
		d->call = lambda_create_alias(d->client, &alias, deploy_on_result, d);
	else
		d->call = lambda_update_alias(d->client, &alias, deploy_on_result, d);
	free(description);
	return deploy_await(d, SENT);
}

/* --- the wait after a step --- */

static enum step_result waited(struct deployment *d);

/* Of the 15 calls a second that Lambda takes from an account, whatever they do. */
#define LOOKS_A_SECOND 5

/* Each looks at its own alias, so many look less often. */
static int64_t look_interval(const struct deployment *d)
{
	const struct engine *e = d->engine;
	int64_t nr = (int64_t)(e->running_nr + e->parked_nr);

	return MAX(d->settings.readiness.wait_ms, nr * 1000 / LOOKS_A_SECOND);
}

/* The clock goes, or stands while it is paused. False: leave. */
static bool keep_clock(struct deployment *d)
{
	if (!deploy_is_paused(d))
		return traffic_clock_start(d, wait_of(d));
	traffic_clock_stop(d, wait_of(d));
	(void)deploy_pause(d, WAITING);
	return !d->stopped;
}

/* Until time is up, or for the next look; who pauses or resumes it ends that. */
static enum step_result wait_on(struct deployment *d)
{
	int64_t ms = look_interval(d);

	if (!keep_clock(d))
		return STEP_WAIT;
	if (!deploy_is_paused(d))
		ms = MIN(ms, traffic_clock_rest(d, wait_of(d)));
	d->rests = true;
	return sleep_on(d, ms, WAITING);
}

static enum step_result woken(struct deployment *d)
{
	if (!keep_clock(d))
		return STEP_WAIT;
	if (!deploy_is_paused(d) && !traffic_clock_rest(d, wait_of(d)))
		return waited(d);
	if (has_alarms(d))
		deploy_hear_alarms(d);
	return lambda_read_alias(d, AWS_POLL, LOOKED);
}

/* No answer is no news. */
static enum step_result looked(struct deployment *d)
{
	if (!d->result)
		return wait_on(d);
	if (lambda_refusal(d->result) == LAMBDA_MISSING)
		return missing(d);
	if (d->result->outcome == AWS_OK && !is_as_left(d, d->result->json))
		return edited(d, d->result->json);
	return wait_on(d);
}

/* --- a step --- */

static enum step_result taken(struct deployment *d, const struct json *alias)
{
	int share = share_of(d, step_of(d));
	const char *version = deploy_id_get(d, ID_VERSION);
	struct strbuf time = STRBUF_INIT;

	deploy_id_set_number(d, ID_TRAFFIC_WAIT, deploy_moment(d));
	deploy_id_set(d, ID_ALIAS_REVISION, json_get_str(alias, "RevisionId"));
	if (share == 100)
		record_set(&d->record->revision, version);
	if (!deploy_save(d))
		return STEP_WAIT;
	d->at.retries = 0;
	if (is_first(d)) {
		deploy_event(d, "alias '%s' created: version '%s'", d->settings.alias, version);
	} else if (wait_of(d)) {
		format_duration(&time, wait_of(d));
		deploy_event_wait(d, wait_of(d), "traffic: %d %% to version '%s', waiting %s",
				  share, version, time.buf);
	} else {
		deploy_event(d, "traffic: %d %% to version '%s'", share, version);
	}
	strbuf_release(&time);
	return wait_on(d);
}

/* The next step is to be taken: recorded, then done. */
static enum step_result take(struct deployment *d)
{
	unsigned step = deploy_id_get(d, ID_TRAFFIC_WAIT) ? step_of(d) + 1 : 0;

	deploy_id_set_number(d, ID_TRAFFIC_STEP, step);
	deploy_id_set(d, ID_TRAFFIC_WAIT, NULL);
	if (!deploy_save(d))
		return STEP_WAIT;
	return send(d);
}

/* A step was begun, and maybe taken: the alias tells. */
static enum step_result look(struct deployment *d)
{
	const struct json *alias = d->result->json;
	const char *known = deploy_id_get(d, ID_ALIAS_REVISION);
	const char *revision = json_get_str(alias, "RevisionId");

	if (is_as_after(d, alias, step_of(d)))
		return taken(d, alias);
	if (is_first(d) || (known && revision && !str_eq(known, revision)))
		return edited(d, alias);
	return send(d);
}

static enum step_result begin_step(struct deployment *d)
{
	/* Somebody wants it to stand as it is; an alarm ends that, too. */
	if (deploy_is_paused(d)) {
		(void)deploy_pause(d, PAUSED);
		return d->stopped ? STEP_WAIT : sleep_on(d, d->settings.stability.poll_ms, PAUSED);
	}
	return has_alarms(d) ? deploy_ask_alarms(d, ALARMS) : take(d);
}

/* The wait was begun, maybe by a worker that died. */
static enum step_result go_on_waiting(struct deployment *d)
{
	int64_t rest = traffic_clock_rest(d, wait_of(d));

	if (rest) {
		struct strbuf time = STRBUF_INIT;

		format_duration(&time, rest);
		deploy_event_wait(d, rest, "traffic: %d %% are with version '%s', waiting %s more",
				  share_of(d, step_of(d)), deploy_id_get(d, ID_VERSION), time.buf);
		strbuf_release(&time);
		/* While it is paused nothing else writes that down. */
		if (!deploy_save(d))
			return STEP_WAIT;
	}
	return wait_on(d);
}

/* While it was waited somebody may have gone back. */
static enum step_result look_at_last(struct deployment *d)
{
	return wait_of(d) ? lambda_read_alias(d, AWS_READ, LAST_LOOK) : STEP_DONE;
}

static enum step_result looked_at_last(struct deployment *d)
{
	if (lambda_refusal(d->result) == LAMBDA_MISSING)
		return missing(d);
	if (d->result->outcome != AWS_OK && traffic_may_retry(d))
		return sleep_on(d, 1000 * (int64_t)d->at.retries, WAITING);
	if (d->result->outcome != AWS_OK)
		return deploy_fail_result(d, d->result, "look at the alias");
	if (!is_as_after(d, d->result->json, step_of(d)))
		return edited(d, d->result->json);
	return STEP_DONE;
}

static enum step_result waited(struct deployment *d)
{
	if (share_of(d, step_of(d)) < 100)
		return begin_step(d);
	/* The old version is given up only when it is known that all is well. */
	return has_alarms(d) ? deploy_ask_alarms(d, LAST_ALARMS) : look_at_last(d);
}

static enum step_result start(struct deployment *d)
{
	if (!lambda_moves(d)) {
		record_set(&d->record->revision, deploy_id_get(d, ID_VERSION));
		deploy_event(d, "alias '%s' names version '%s' already", d->settings.alias,
			     deploy_id_get(d, ID_VERSION));
		return STEP_DONE;
	}
	if (deploy_id_get(d, ID_TRAFFIC_WAIT))
		return go_on_waiting(d);
	return deploy_id_get(d, ID_TRAFFIC_STEP) ? lambda_read_alias(d, AWS_READ, READ) :
						   begin_step(d);
}

static enum step_result again_or_fail(struct deployment *d)
{
	if (traffic_may_retry(d))
		return sleep_on(d, 1000 * (int64_t)d->at.retries, READ_AGAIN);
	return deploy_fail_result(d, d->result, "move the alias");
}

static enum step_result sent(struct deployment *d)
{
	if (d->result->outcome == AWS_OK)
		return taken(d, d->result->json);
	switch (lambda_refusal(d->result)) {
	case LAMBDA_BUSY:
	case LAMBDA_EXISTS:
	case LAMBDA_CHANGED:
		if (d->at.retries++ < 10)
			return sleep_on(d, 200 * (int64_t)d->at.retries, READ_AGAIN);
		break;
	case LAMBDA_MISSING:
		if (!is_first(d))
			return missing(d);
		break;
	default:
		break;
	}
	return again_or_fail(d);
}

enum step_result lambda_shift(struct deployment *d)
{
	enum step_result ret;

	/* An alarm may end any sleep. */
	if (d->alarm && d->phase != ALARMS && d->phase != LAST_ALARMS && d->phase != LAST_LOOK)
		return traffic_check_alarms(d);
	switch (d->phase) {
	case START:
		return start(d);
	case ALARMS:
		ret = traffic_alarms_answered(d, ALARMS);
		return ret == STEP_DONE ? take(d) : ret;
	case READ_AGAIN:
		return lambda_read_alias(d, AWS_READ, READ);
	case READ:
		if (d->result->outcome == AWS_OK)
			return look(d);
		if (lambda_refusal(d->result) == LAMBDA_MISSING)
			return is_first(d) ? send(d) : missing(d);
		break;
	case SENT:
		return sent(d);
	case WAITING:
		return woken(d);
	case LOOKED:
		return looked(d);
	case PAUSED:
		return begin_step(d);
	case LAST_LOOK:
		return looked_at_last(d);
	default:
		ret = traffic_alarms_answered(d, LAST_ALARMS);
		return ret == STEP_DONE ? look_at_last(d) : ret;
	}
	return again_or_fail(d);
}
