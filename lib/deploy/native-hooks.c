#include "base/base.h"
#include "deploy/native.h"

#include "aws/service-deployment.h"
#include "base/clock.h"
#include "deploy/internal.h"
#include "deploy/rolling.h"

/*
 * Lifecycle hooks of a service deployment: functions that ECS calls, and pauses
 * that end when somebody says so. An approval is for the pauses that were
 * waiting when it was given: a worker that takes over reads it again, and must
 * not let a later pause pass by it.
 */

static void forget_pauses(struct native_state *state)
{
	for (; state->pauses_nr; state->pauses_nr--)
		free(state->pauses[state->pauses_nr - 1]);
	state->pauses_done = 0;
}

static void tell_function(struct deployment *d, const struct service_deployment *sd,
			  const struct service_hook *hook)
{
	struct native_state *state = native_state(d);
	const char *name = hook->target ? strrchr(hook->target, ':') : NULL;

	if (state->hook_told && str_eq(state->hook_told, hook->id))
		return;
	free(state->hook_told);
	state->hook_told = xstrdup(hook->id);
	deploy_event(d, "%s: waiting for the function '%.200s'", sd->stage ? sd->stage : "hook",
		     name ? name + 1 : "?");
}

static void tell_pause(struct deployment *d, const struct service_deployment *sd,
		       const struct service_hook *hook)
{
	struct native_state *state = native_state(d);
	const char *known = deploy_id_get(d, ID_HOOK);
	struct strbuf text = STRBUF_INIT;

	if (known && str_eq(known, hook->id))
		return;
	deploy_id_set(d, ID_HOOK, hook->id);
	strbuf_addf(&text, "%" PRId64, state->looked ? state->looked : deploy_wall(d));
	deploy_id_set(d, ID_HOOK_SINCE, text.buf);
	strbuf_reset(&text);
	strbuf_addf(&text,
		    "%s: paused; 'git gitops approve %s' lets it go on, 'git gitops cancel %s' "
		    "goes back",
		    sd->stage ? sd->stage : "hook", d->record->id, d->record->id);
	if (hook->expires_at) {
		strbuf_addf(&text, "; by itself it goes %s at ",
			    hook->then && str_eq(hook->then, "CONTINUE") ? "on" : "back");
		format_time_ms(&text, hook->expires_at);
	}
	deploy_event(d, "%s", text.buf);
	strbuf_release(&text);
}

bool native_see_hooks(struct deployment *d, const struct service_deployment *sd)
{
	struct native_state *state = native_state(d);
	struct service_hook hook;
	size_t i;

	forget_pauses(state);
	for (i = 0; service_deployment_hook(sd, i, &hook); i++) {
		if (str_eq(hook.status, "IN_PROGRESS")) {
			tell_function(d, sd, &hook);
		} else if (str_eq(hook.status, "AWAITING_ACTION") &&
			   state->pauses_nr < NATIVE_PAUSES_MAX) {
			if (!state->pauses_nr)
				tell_pause(d, sd, &hook);
			state->pauses[state->pauses_nr++] = xstrdup(hook.id);
		}
	}
	if (state->pauses_nr)
		return true;
	deploy_id_set(d, ID_HOOK, NULL);
	return false;
}

static bool is_approved(const struct deployment *d)
{
	const char *since = deploy_id_get(d, ID_HOOK_SINCE);

	return d->asked.approve && since && d->asked.approved_at >= strtoll(since, NULL, 10);
}

static void go_on(struct deployment *d)
{
	record_set(&d->record->waiting, NULL);
	deploy_id_set(d, ID_HOOK, NULL);
	FREE_AND_NULL(d->asked.approve);
	native_state(d)->looked = deploy_wall(d);
	forget_pauses(native_state(d));
	d->at.interval = 0;
	d->at.told = false;
}

enum step_result native_continue(struct deployment *d, int phase)
{
	struct native_state *state = native_state(d);

	if (!state->pauses_nr || !is_approved(d))
		return STEP_DONE;
	if (!d->at.told)
		deploy_event(d, "%s", d->asked.approve);
	d->at.told = true;
	if (d->result) {
		/* It is looked at again, and then sent again. */
		if (d->result->outcome != AWS_OK && result_is_transient(d->result))
			return STEP_DONE;
		/* Someone may have been quicker: the next look tells. */
		if (d->result->outcome != AWS_OK &&
		    !aws_result_is(d->result, "InvalidParameterException"))
			deploy_event(d, "cannot let it go on: %s", d->result->err.message);
		state->pauses_done++;
	}
	if (state->pauses_done < state->pauses_nr) {
		d->call = ecs_continue_service_deployment(d->client,
							  deploy_id_get(d, ID_SERVICE_DEPLOYMENT),
							  state->pauses[state->pauses_done],
							  deploy_on_result, d);
		return deploy_await(d, phase);
	}
	go_on(d);
	return STEP_DONE;
}

enum step_result native_wait_for_approval(struct deployment *d, int64_t ms, int phase)
{
	const char *stage = deploy_id_get(d, ID_STAGE);
	char *what = xstrfmt("waits for approval at %s", stage ? stage : "a hook");

	(void)deploy_wait_for_people(d, what, phase);
	free(what);
	return d->stopped ? STEP_WAIT : deploy_look_deployment(d, ms, phase);
}
