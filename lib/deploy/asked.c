#include "base/base.h"
#include "deploy/internal.h"
#include "deploy/lambda.h"
#include "deploy/rolling.h"

/*
 * What people ask of a deployment under way. All of it takes effect between
 * two things that are done, never in the middle of a call: what a call
 * answers is taken in first, so that nothing is created that the record does
 * not know.
 *
 *	cancel	fails the step that runs, which walks the undo table
 *	pause	holds before the next step, or where a step asks for it
 *	approve	lets it through its gate
 *
 * While it waits for people a deployment has no slot, and its record says what
 * it waits for.
 */

bool deploy_is_cancelled(const struct deployment *d)
{
	return d->record->failure.category && str_eq(d->record->failure.category, "cancelled");
}

bool deploy_is_paused(const struct deployment *d)
{
	return d->asked.pause && !d->undoing && !d->asked.cancel;
}

/*
 * Before anything was done any deployment ends; later one that can be undone,
 * until it has come so far (its old task sets go) that there is no way back.
 */
static bool can_be_cancelled(const struct deployment *d)
{
	const struct deploy_step *step;

	if (d->undoing)
		return false;
	if (!d->step || d->step == d->strategy->steps)
		return true;
	for (step = d->strategy->steps; !d->step->undo && step != d->step; step++)
		if (step->undo)
			return false;
	return d->strategy->undo != NULL;
}

bool deploy_is_interrupted(const struct deployment *d)
{
	return d->asked.cancel && !d->result && can_be_cancelled(d);
}

void deploy_drop_late_cancel(struct deployment *d)
{
	if (!d->asked.cancel || d->undoing || can_be_cancelled(d))
		return;
	deploy_event(d, "too late to be %s; this can't be taken back", d->asked.cancel);
	FREE_AND_NULL(d->asked.cancel);
}

enum step_result deploy_interrupt(struct deployment *d)
{
	record_set(&d->record->waiting, NULL);
	return deploy_fail(d, "cancelled", "%s", d->asked.cancel);
}

enum step_result deploy_wait_for_people(struct deployment *d, const char *what, int phase)
{
	if (!d->record->waiting || !str_eq(d->record->waiting, what)) {
		record_set(&d->record->waiting, what);
		if (!deploy_save(d))
			return STEP_WAIT;
	}
	engine_park(d);
	d->phase = phase;
	return STEP_WAIT;
}

enum step_result deploy_pause(struct deployment *d, int phase)
{
	if (!d->record->waiting)
		deploy_event(d, "%s", d->asked.pause);
	return deploy_wait_for_people(d, d->asked.pause, phase);
}

/* --- the gate --- */

static int64_t gate_rest(const struct deployment *d)
{
	const char *since = deploy_id_get(d, ID_GATE);
	int64_t passed = since ? deploy_moment(d) - strtoll(since, NULL, 10) : 0;

	return d->settings.approval_timeout_ms - MAX(passed, 0);
}

static enum step_result pass(struct deployment *d)
{
	deploy_event(d, "%s", d->asked.approve);
	record_set(&d->record->waiting, NULL);
	deploy_id_set(d, ID_GATE, NULL);
	return STEP_DONE;
}

static enum step_result gate(struct deployment *d, enum approval_point point)
{
	enum {
		START,
		WAITING
	};
	const int64_t timeout = d->settings.approval_timeout_ms;
	struct strbuf since = STRBUF_INIT, time = STRBUF_INIT;
	enum step_result ret;

	if (d->settings.approval != point)
		return STEP_DONE;
	if (d->asked.approve)
		return pass(d);
	if (!deploy_id_get(d, ID_GATE)) {
		strbuf_addf(&since, "%" PRId64, deploy_moment(d));
		deploy_id_set(d, ID_GATE, since.buf);
		strbuf_release(&since);
		deploy_event_wait(d, timeout, "waiting for approval: 'git gitops approve %s'",
				  d->record->id);
	}
	if (timeout && gate_rest(d) <= 0) {
		record_set(&d->record->waiting, NULL);
		format_duration(&time, timeout);
		ret = deploy_fail(d, "not-approved", "nobody approved it within %s", time.buf);
		strbuf_release(&time);
		return ret;
	}
	ret = deploy_wait_for_people(d, "waits for approval", WAITING);
	if (timeout && !d->stopped)
		return deploy_sleep(d, MIN(gate_rest(d), timeout), WAITING);
	return ret;
}

enum step_result gate_deploy(struct deployment *d)
{
	return gate(d, APPROVAL_DEPLOY);
}

enum step_result gate_shift(struct deployment *d)
{
	return gate(d, APPROVAL_SHIFT);
}

bool deploy_step_applies(const struct deployment *d, const struct deploy_step *step)
{
	if (step->run == gate_deploy)
		return d->settings.approval == APPROVAL_DEPLOY;
	if (step->run == gate_shift)
		return d->settings.approval == APPROVAL_SHIFT;
	if (step->run == ecs_before)
		return ecs_has_before(d);
	if (step->run == ecs_stop_before)
		return ecs_before_runs(d);
	return lambda_step_applies(d, step);
}

/* --- taking it in --- */

static void set(char **text, const char *what, const char *by, const char *reason)
{
	free(*text);
	*text = xstrfmt("%s by %s%s%s", what, by, reason && *reason ? ": " : "",
			reason && *reason ? reason : "");
}

static bool is_last_step(const struct deployment *d)
{
	const struct deploy_step *next = d->step;

	if (!next)
		return false;
	do
		next++;
	while (next->name && !deploy_step_applies(d, next));
	return !next->name;
}

/* ECS's own pauses are approved one by one, and as often as they come. */
static bool has_hooks(const struct deployment *d)
{
	return deploy_id_get(d, ID_SERVICE_DEPLOYMENT) != NULL;
}

/* Why an approval means nothing, or NULL. Nothing is known of one that did not begin. */
static const char *why_not_approved(const struct deployment *d)
{
	const struct deploy_step *step = d->step;

	if (!step || has_hooks(d))
		return NULL;
	if (d->undoing)
		return "it is being undone";
	if (d->settings.approval == APPROVAL_NONE)
		return "it asks for nobody's approval";
	while (step->name && (!(step->run == gate_deploy || step->run == gate_shift) ||
			      !deploy_step_applies(d, step)))
		step++;
	if (!step->name || (step == d->step && d->next_step))
		return "what was to be approved lies behind";
	return d->asked.approve;
}

static void not_again(struct deployment *d, const char *what, const char *by, const char *why)
{
	deploy_event(d, "not %s, as %s asked: %s", what, by, why);
}

enum asked_result deploy_ask(struct deployment *d, enum control_verb verb, const char *by,
			     const char *reason, int64_t at)
{
	const char *why;

	switch (verb) {
	case CONTROL_CANCEL:
		if (!can_be_cancelled(d)) {
			not_again(d, "cancelled", by,
				  d->undoing ? "it is being undone already" :
					       "this can't be taken back");
			return ASKED_TOO_LATE;
		}
		if (d->asked.cancel)
			return ASKED_LATER;
		set(&d->asked.cancel, "cancelled", by, reason);
		break;
	case CONTROL_PAUSE:
		why = d->undoing      ? "it is being undone" :
		      d->asked.cancel ? "it is to be cancelled" :
		      is_last_step(d) ? "nothing comes after what it does" :
					d->asked.pause;
		if (why) {
			not_again(d, "paused", by, why);
			return ASKED_TOO_LATE;
		}
		set(&d->asked.pause, "paused", by, reason);
		/* It is told when it has come to rest. */
		return d->rests ? ASKED_NOW : ASKED_LATER;
	case CONTROL_RESUME:
		if (!d->asked.pause)
			return ASKED_LATER;
		if (d->record->waiting && str_eq(d->record->waiting, d->asked.pause))
			record_set(&d->record->waiting, NULL);
		FREE_AND_NULL(d->asked.pause);
		deploy_event(d, "resumed by %s%s%s", by, reason ? ": " : "", reason ? reason : "");
		break;
	case CONTROL_APPROVE:
		if ((why = why_not_approved(d))) {
			not_again(d, "approved", by, why);
			return ASKED_TOO_LATE;
		}
		set(&d->asked.approve, "approved", by, reason);
		d->asked.approved_at = at;
		break;
	case CONTROL_NR:
		BUG("no verb");
	}
	return ASKED_NOW;
}
