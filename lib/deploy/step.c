#include "base/base.h"
#include "deploy/internal.h"

/* --- the record --- */

static void add_event(struct deployment *d, int64_t wait_ms, const char *fmt, va_list ap)
{
	struct strbuf message = STRBUF_INIT_MAX(2000);

	strbuf_vaddf(&message, fmt, ap);
	if (message.overflow)
		strbuf_addstr(&message, "(a message too long to show)");
	secrets_mask(&d->secrets, &message);
	record_add_event(d->record, deploy_wall(d), d->step ? d->step->name : NULL, "%s",
			 message.buf);
	strbuf_release(&message);
	if (wait_ms > 0)
		d->record->events[d->record->events_nr - 1].until = deploy_wall(d) + wait_ms;
	if (d->engine->options.events.progress)
		d->engine->options.events.progress(d->engine->options.events.data, d->record);
}

void deploy_event(struct deployment *d, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_event(d, 0, fmt, ap);
	va_end(ap);
}

void deploy_event_wait(struct deployment *d, int64_t ms, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_event(d, ms, fmt, ap);
	va_end(ap);
}

void deploy_drop_documents(struct deployment *d)
{
	if (d->service)
		service_free(d->service);
	d->service = NULL;
}

int64_t deploy_now(const struct deployment *d)
{
	return clock_mono_ms(d->engine->clock);
}

int64_t deploy_wall(const struct deployment *d)
{
	return clock_wall_ms(d->engine->clock);
}

int64_t deploy_moment(const struct deployment *d)
{
	return d->engine->epoch + clock_mono_ms(d->engine->clock);
}

/* --- waiting --- */

enum step_result deploy_await(struct deployment *d, int phase)
{
	d->phase = phase;
	return STEP_WAIT;
}

enum step_result deploy_sleep(struct deployment *d, int64_t ms, int phase)
{
	loop_timer_set(d->engine->loop, &d->timer, ms);
	d->phase = phase;
	return STEP_WAIT;
}

enum step_result deploy_look(struct deployment *d, int64_t ms, int phase)
{
	service_watch_set(d->engine->poller, &d->watch, d->client, d->record->cluster,
			  d->record->name, ms);
	d->phase = phase;
	return STEP_WAIT;
}

enum step_result deploy_look_deployment(struct deployment *d, int64_t ms, int phase)
{
	service_deployment_watch_set(d->engine->poller, &d->watch, d->client,
				     deploy_id_get(d, ID_SERVICE_DEPLOYMENT), ms);
	d->phase = phase;
	return STEP_WAIT;
}

enum step_result deploy_look_revision(struct deployment *d, const char *arn, int64_t ms, int phase)
{
	service_revision_watch_set(d->engine->poller, &d->watch, d->client, arn, ms);
	d->phase = phase;
	return STEP_WAIT;
}

enum step_result deploy_look_rule(struct deployment *d, int64_t ms, int phase)
{
	const char *rule = deploy_id_get(d, ID_RULE);

	if (rule)
		rule_watch_set(d->engine->poller, &d->watch, d->client, rule, ms);
	else
		listener_watch_set(d->engine->poller, &d->watch, d->client,
				   deploy_id_get(d, ID_LISTENER), ms);
	d->phase = phase;
	return STEP_WAIT;
}

enum step_result deploy_ask_account(struct deployment *d, int phase)
{
	d->in_account_queue = true;
	accounts_ask(d->engine->accounts, d);
	d->phase = phase;
	return STEP_WAIT;
}

/* A quarter of the wait between two steps, so that none passes unseen. */
static void watch_alarms(struct deployment *d)
{
	int64_t interval = MIN(MAX(d->settings.shift.wait_ms / 4, ALARM_SOONEST), ALARM_INTERVAL);

	if (!d->alarms.group)
		alarm_watch_set(d->engine->alarms, &d->alarms, d->client,
				d->record->account ? d->record->account : "", d->settings.alarms,
				d->settings.alarms_nr, interval);
}

enum step_result deploy_ask_alarms(struct deployment *d, int phase)
{
	watch_alarms(d);
	alarm_watch_hurry(&d->alarms);
	d->hears = ALARMS_ANY;
	d->phase = phase;
	return STEP_WAIT;
}

void deploy_hear_alarms(struct deployment *d)
{
	if (!d->settings.alarms_nr)
		return;
	watch_alarms(d);
	d->hears = ALARMS_ON;
}

enum step_result deploy_sleep_watching(struct deployment *d, int64_t ms, int phase)
{
	deploy_hear_alarms(d);
	return deploy_sleep(d, ms, phase);
}

int deploy_get_client(struct deployment *d, struct error *err)
{
	const struct aws_identity identity = { .role_arn = d->settings.role_arn };

	return aws_client_get(&d->client, d->engine->aws, d->settings.role_arn ? &identity : NULL,
			      d->settings.region, err);
}

/* --- failing --- */

/* The first failure counts; what fails while undoing it is told as an event. */
static enum step_result fail(struct deployment *d, const char *category, const char *hint,
			     const char *message)
{
	const struct failure_kind *kind = failure_kind_get(category);

	if (!kind)
		BUG("unknown failure category '%s'", category);
	if (d->undoing) {
		deploy_event(d, "failed, too: %s", message);
		return STEP_FAILED;
	}
	record_set(&d->record->failure.category, kind->category);
	record_set(&d->record->failure.step, d->record->step);
	record_set(&d->record->failure.message, message);
	record_set(&d->record->failure.hint, hint ? hint : kind->hint);
	deploy_event(d, "failed: %s", message);
	return STEP_FAILED;
}

static enum step_result vfail(struct deployment *d, const char *category, const char *hint,
			      const char *fmt, va_list ap)
{
	struct strbuf message = STRBUF_INIT_MAX(2000);
	enum step_result result;

	strbuf_vaddf(&message, fmt, ap);
	if (message.overflow)
		strbuf_addstr(&message, "(a message too long to show)");
	secrets_mask(&d->secrets, &message);
	result = fail(d, category, hint, message.buf);
	strbuf_release(&message);
	return result;
}

enum step_result deploy_fail(struct deployment *d, const char *category, const char *fmt, ...)
{
	enum step_result result;
	va_list ap;

	va_start(ap, fmt);
	result = vfail(d, category, NULL, fmt, ap);
	va_end(ap);
	return result;
}

enum step_result deploy_fail_hint(struct deployment *d, const char *category, const char *hint,
				  const char *fmt, ...)
{
	enum step_result result;
	va_list ap;

	va_start(ap, fmt);
	result = vfail(d, category, hint, fmt, ap);
	va_end(ap);
	return result;
}

/* No answer: was it the network, or did we have nothing to sign with? */
static const char *category_without_answer(const struct aws_result *result)
{
	switch (result->err.kind) {
	case ERROR_DENIED:
	case ERROR_NOT_FOUND:
	case ERROR_INVALID:
		return "credentials";
	default:
		return "unreachable";
	}
}

enum step_result deploy_fail_result(struct deployment *d, const struct aws_result *result,
				    const char *doing)
{
	const struct failure_kind *kind;
	struct strbuf hint = STRBUF_INIT_MAX(2000);
	enum step_result ret;

	/* AWS_UNKNOWN may have a code, too: it failed, but maybe not all of it. */
	if (!result->code && result->outcome != AWS_REFUSED) {
		/* A role that may not be assumed is refused before there is anything to ask with. */
		kind = explain_api(NULL, result->err.message);
		if (str_eq(kind->category, "aws-error"))
			kind = failure_kind_get(category_without_answer(result));
	} else {
		kind = explain_api(result->code, result->message);
		if (str_eq(kind->category, "aws-error") && result->status >= 500)
			kind = failure_kind_get("aws-internal");
		else if (str_eq(kind->category, "aws-error") && result->throttled)
			kind = failure_kind_get("throttled");
	}
	if (!result->code || !str_eq(kind->category, "iam-denied") ||
	    !explain_denied(result->message, &hint)) {
		strbuf_reset(&hint);
		if (result->err.hint && !str_eq(kind->category, "cluster-missing"))
			strbuf_addstr(&hint, result->err.hint);
	}
	if (result->code || result->outcome == AWS_REFUSED)
		ret = deploy_fail_hint(d, kind->category, hint.len ? hint.buf : NULL,
				       "cannot %s: %s%s%s%s%s", doing,
				       result->code ? result->code : "",
				       result->code && result->message ? ": " : "",
				       result->message ? result->message : "",
				       result->code || result->message ? "" : result->err.message,
				       result->throttled ? " (throttled)" : "");
	else
		ret = deploy_fail_hint(d, kind->category, hint.len ? hint.buf : NULL,
				       "cannot %s: %s", doing,
				       result->err.message ? result->err.message : "no answer");
	strbuf_release(&hint);
	return ret;
}

bool result_is_transient(const struct aws_result *result)
{
	switch (result->outcome) {
	case AWS_OK:
		return false;
	case AWS_UNKNOWN:
		return true;
	case AWS_NOT_DONE:
		return str_eq(category_without_answer(result), "unreachable");
	case AWS_REFUSED:
		break;
	}
	if (result->status >= 500 || result->status == 429 || result->throttled)
		return true;
	return str_eq(explain_api(result->code, NULL)->category, "throttled") ||
	       str_eq(explain_api(result->code, NULL)->category, "aws-internal");
}

bool result_says(const struct aws_result *result, const char *text)
{
	return result->message && strcasestr(result->message, text);
}
