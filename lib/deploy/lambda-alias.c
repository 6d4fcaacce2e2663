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
 */
enum {
	START,
	ALARMS,
	READ_AGAIN,
	READ,
	SENT,
	WAITED,
	PAUSED,
	LAST_ALARMS,
	LAST_LOOK
};

static void set_number(struct deployment *d, const char *name, int64_t n)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, n);
	deploy_id_set(d, name, text);
}

static int64_t get_number(const struct deployment *d, const char *name)
{
	const char *s = deploy_id_get(d, name);

	return s ? strtoll(s, NULL, 10) : 0;
}

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

static int64_t wait_of(const struct deployment *d)
{
	return d->settings.shift.on && !is_first(d) ? d->settings.shift.wait_ms : 0;
}

static unsigned step_of(const struct deployment *d)
{
	return (unsigned)get_number(d, ID_TRAFFIC_STEP);
}

static bool has_alarms(const struct deployment *d)
{
	return d->settings.alarms_nr && d->settings.shift.on && !is_first(d);
}

static enum step_result sleep_on(struct deployment *d, int64_t ms, int phase)
{
	return has_alarms(d) ? deploy_sleep_watching(d, ms, phase) : deploy_sleep(d, ms, phase);
}

static enum step_result read_alias(struct deployment *d, int phase)
{
	d->call = lambda_get_alias(d->client, d->record->name, d->settings.alias, deploy_on_result,
				   d);
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

static bool names(const struct json *alias, const char *version)
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

/* --- a step --- */

static enum step_result taken(struct deployment *d, const struct json *alias)
{
	int share = share_of(d, step_of(d));
	const char *version = deploy_id_get(d, ID_VERSION);
	struct strbuf time = STRBUF_INIT;

	set_number(d, ID_TRAFFIC_WAIT, deploy_moment(d));
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
	return sleep_on(d, wait_of(d), WAITED);
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

/* The next step is to be taken: recorded, then done. */
static enum step_result take(struct deployment *d)
{
	unsigned step = deploy_id_get(d, ID_TRAFFIC_WAIT) ? step_of(d) + 1 : 0;

	set_number(d, ID_TRAFFIC_STEP, step);
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
	int64_t passed = deploy_moment(d) - get_number(d, ID_TRAFFIC_WAIT);
	int64_t rest = MIN(MAX(wait_of(d) - passed, 0), wait_of(d));

	if (rest) {
		struct strbuf time = STRBUF_INIT;

		format_duration(&time, rest);
		deploy_event_wait(d, rest, "traffic: %d %% are with version '%s', waiting %s more",
				  share_of(d, step_of(d)), deploy_id_get(d, ID_VERSION), time.buf);
		strbuf_release(&time);
	}
	return sleep_on(d, rest, WAITED);
}

/* While it was waited somebody may have gone back. */
static enum step_result look_at_last(struct deployment *d)
{
	return wait_of(d) ? read_alias(d, LAST_LOOK) : STEP_DONE;
}

static enum step_result looked_at_last(struct deployment *d)
{
	if (lambda_refusal(d->result) == LAMBDA_MISSING)
		return missing(d);
	if (d->result->outcome != AWS_OK && traffic_may_retry(d))
		return sleep_on(d, 1000 * (int64_t)d->at.retries, WAITED);
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
	return deploy_id_get(d, ID_TRAFFIC_STEP) ? read_alias(d, READ) : begin_step(d);
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
		return read_alias(d, READ);
	case READ:
		if (d->result->outcome == AWS_OK)
			return look(d);
		if (lambda_refusal(d->result) == LAMBDA_MISSING)
			return is_first(d) ? send(d) : missing(d);
		break;
	case SENT:
		return sent(d);
	case WAITED:
		return waited(d);
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

/* --- back --- */

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
		return read_alias(d, READ);
	case READ_AGAIN:
		return read_alias(d, READ);
	case READ:
		if (lambda_refusal(d->result) == LAMBDA_MISSING)
			return STEP_DONE;
		if (d->result->outcome != AWS_OK)
			break;
		if (names(d->result->json, version))
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
