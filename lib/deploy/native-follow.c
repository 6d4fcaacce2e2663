#include "base/base.h"
#include "deploy/native.h"

#include "aws/task-set.h"
#include "deploy/failed-tasks.h"
#include "deploy/internal.h"
#include "deploy/rolling.h"
#include "deploy/service.h"

/* The step that follows our service deployment to its end. */

enum {
	START,
	FINDING,
	SEEN,
	SERVICE,
	COUNTING,
	CONTINUED,
	WHO
};

/* A look may not see yet what was just created. */
#define LOOKS_UNSEEN 5
/* Without an answer for so long at least, ms, it is given up. */
#define CONTACT_LOST (2 * 60 * 1000)

bool native_is_same(const struct deployment *d)
{
	const char *ours = deploy_id_get(d, ID_DEPLOYMENT);
	const char *previous = deploy_id_get(d, ID_PREVIOUS_DEPLOYMENT);

	return ours && previous && str_eq(ours, previous);
}

static int64_t timeout_of(const struct deployment *d)
{
	return settings_timeout_ms(&d->settings, MAX(d->at.desired, 0));
}

static bool is_at(const struct deployment *d, const char *stage)
{
	const char *now = deploy_id_get(d, ID_STAGE);

	return now && str_eq(now, stage);
}

/* --- telling --- */

static void tell_weight(struct deployment *d, double now)
{
	const char *definition = deploy_id_get(d, ID_TASK_DEFINITION);
	struct native_state *state = native_state(d);
	struct strbuf text = STRBUF_INIT;

	if (now < 0 || now == state->weight)
		return;
	/* That nothing goes there yet is no news, nor what was told before it was undone. */
	if (state->weight >= 0 || (now > 0 && !d->undoing)) {
		ecs_format_percent(&text, now);
		deploy_event(d, "%s %% of the traffic to '%s'", text.buf,
			     ecs_short_name(definition ? definition : "the new revision"));
		strbuf_release(&text);
	}
	state->weight = now;
}

/* False: it could not be saved. */
bool native_tell(struct deployment *d, const struct service_deployment *sd)
{
	struct native_state *state = native_state(d);
	struct strbuf text = STRBUF_INIT;
	bool ret = true;

	if (service_deployment_goes_back(sd) && !state->back_told) {
		state->back_told = true;
		d->at.interval = 0;
		deploy_event(d, "ECS goes back to what ran before%s%.500s", sd->reason ? ": " : "",
			     sd->reason ? sd->reason : "");
	}
	if (sd->stage && !is_at(d, sd->stage)) {
		deploy_id_set(d, ID_STAGE, sd->stage);
		d->at.interval = 0;
		if (!service_deployment_goes_back(sd)) {
			service_deployment_describe_stage(&text, sd);
			deploy_event(d, "%s", text.buf);
		}
		/* From here on time counts, also for a worker that takes over. */
		if (str_eq(sd->stage, "SCALE_UP")) {
			strbuf_reset(&text);
			strbuf_addf(&text, "%" PRId64, deploy_moment(d));
			deploy_id_set(d, ID_SINCE, text.buf);
			ret = deploy_save(d);
		}
	}
	tell_weight(d, sd->weight);
	strbuf_release(&text);
	return ret;
}

enum step_result native_look_again(struct deployment *d, int phase)
{
	int64_t ms = ecs_next_poll(d);

	/* While ECS waits, others have more use for the slot. */
	if (!is_at(d, "SCALE_UP"))
		engine_park(d);
	else if (!d->undoing)
		ms = MIN(ms, MAX(ecs_time_left(d, timeout_of(d)), 1));
	return deploy_look_deployment(d, ms, phase);
}

bool native_contact_lost(struct deployment *d)
{
	return !result_is_transient(d->look->failed) || deploy_now(d) >= d->at.deadline;
}

void native_contact(struct deployment *d)
{
	d->at.deadline = deploy_now(d) + MAX(timeout_of(d), CONTACT_LOST);
}

static enum step_result go_on(struct deployment *d)
{
	if (is_at(d, "SCALE_UP") && !native_state(d)->back_told &&
	    ecs_time_left(d, timeout_of(d)) <= 0)
		return ecs_fail_timeout(d, timeout_of(d));
	return native_look_again(d, SEEN);
}

/* --- its end --- */

static enum step_result fail_ended(struct deployment *d, const char *category, const char *why)
{
	const char *status = deploy_id_get(d, ID_OVER);
	const char *previous = deploy_id_get(d, ID_PREVIOUS);

	if (str_eq(status, "ROLLBACK_SUCCESSFUL"))
		return deploy_fail(d, category, "ECS rolled service '%s' back to '%s': %s",
				   d->record->name,
				   previous ? ecs_short_name(previous) : "what ran before", why);
	if (str_eq(status, "ROLLBACK_FAILED"))
		return deploy_fail(
			d, category, "ECS gave up on service '%s', and %s: %s", d->record->name,
			previous ? "going back failed, too" : "there is nothing to go back to",
			why);
	return deploy_fail(d, category, "ECS stopped the deployment of service '%s': %s",
			   d->record->name, why);
}

static enum step_result ended(struct deployment *d, const struct service_deployment *sd)
{
	const char *definition = deploy_id_get(d, ID_TASK_DEFINITION), *category;
	struct strbuf why = STRBUF_INIT_MAX(2000);
	enum step_result ret;

	record_set(&d->record->waiting, NULL);
	deploy_id_set(d, ID_OVER, sd->status);
	if (str_eq(sd->status, "SUCCESSFUL")) {
		record_set(&d->record->revision, definition);
		deploy_event(d, "successful: '%s'", ecs_short_name(definition ? definition : ""));
		return STEP_DONE;
	}
	category = service_deployment_cause(&why, sd);
	if (category) {
		ret = fail_ended(d, category, why.len ? why.buf : "ECS tells no reason");
	} else {
		/* Was it replaced, was the service deleted? */
		free(native_state(d)->reason);
		native_state(d)->reason = why.len ? xstrdup(why.buf) : NULL;
		ret = deploy_look(d, 0, WHO);
	}
	strbuf_release(&why);
	return ret;
}

static enum step_result fail_deleted(struct deployment *d)
{
	return deploy_fail(d, "service-deleted", "service '%s' was deleted while it was deployed",
			   d->record->name);
}

/* It was stopped, or is nowhere to be seen: by whom tells the service, maybe. */
static enum step_result who(struct deployment *d)
{
	const char *wanted = deploy_id_get(d, ID_TASK_DEFINITION), *reason;
	const char *ours = deploy_id_get(d, ID_DEPLOYMENT);
	struct ecs_deployment primary;

	if (d->look->failed && result_is_transient(d->look->failed) && d->at.retries++ < 10)
		return deploy_look(d, 1000 * (int64_t)d->at.retries, WHO);
	if (d->look->failed)
		return deploy_fail_result(d, d->look->failed, "describe the service");
	if (ecs_service_state(d->look->service) != SERVICE_ACTIVE ||
	    !ecs_primary(d->look->service, &primary))
		return fail_deleted(d);
	if ((ours && !str_eq(primary.id, ours)) ||
	    (wanted && !ecs_names_revision(wanted, primary.task_definition)))
		return deploy_fail(d, "superseded",
				   "service '%s' was deployed by someone else meanwhile: '%s'",
				   d->record->name, ecs_short_name(primary.task_definition));
	reason = native_state(d)->reason;
	if (deploy_id_get(d, ID_OVER))
		return fail_ended(d, "stopped", reason ? reason : "ECS tells no reason");
	return deploy_fail(d, "aws-error", "ECS shows no service deployment of '%s' for '%s'",
			   ecs_short_name(wanted ? wanted : ""), d->record->name);
}

/* --- looking --- */

/* Someone else's, that deploys what we want, too; is it of any use? */
static enum step_result leave_it(struct deployment *d)
{
	deploy_id_set(d, ID_SERVICE_DEPLOYMENT, NULL);
	return STEP_DONE;
}

static enum step_result judge(struct deployment *d, const struct service_deployment *sd)
{
	struct native_state *state = native_state(d);
	bool back = service_deployment_goes_back(sd), waits;

	native_contact(d);
	if (native_is_same(d) && (service_deployment_is_over(sd) || back))
		return leave_it(d);
	if (service_deployment_is_over(sd))
		return ended(d, sd);
	if (!native_tell(d, sd))
		return STEP_WAIT;
	if (is_at(d, "SCALE_UP") && !back) {
		ecs_tell_progress(d, sd->running, sd->desired);
	} else {
		d->at.running = sd->running;
		d->at.desired = sd->desired;
	}
	waits = !back && native_see_hooks(d, sd);
	state->looked = deploy_wall(d);
	if (waits) {
		enum step_result ret = native_continue(d, CONTINUED);

		return ret == STEP_DONE ? native_wait_for_approval(d, ecs_next_poll(d), SEEN) : ret;
	}
	record_set(&d->record->waiting, NULL);
	if (!back && (failed_tasks_wanted(d) || is_at(d, "SCALE_UP")))
		return deploy_look(d, 0, SERVICE);
	return go_on(d);
}

static enum step_result seen(struct deployment *d)
{
	struct service_deployment sd;

	/* Woken by somebody's approval, or whatever they asked. */
	if (!d->look) {
		enum step_result ret = native_continue(d, CONTINUED);

		return ret == STEP_DONE ? deploy_look_deployment(d, 0, SEEN) : ret;
	}
	if (d->look->failed && (aws_result_is(d->look->failed, "ServiceNotFoundException") ||
				aws_result_is(d->look->failed, "ClusterNotFoundException")))
		return deploy_look(d, 0, WHO);
	if (d->look->failed) {
		if (native_contact_lost(d))
			return deploy_fail_result(d, d->look->failed,
						  "describe the service deployment");
		return native_look_again(d, SEEN);
	}
	if (!d->look->service_deployment)
		return d->at.looks++ < LOOKS_UNSEEN ? native_look_again(d, SEEN) :
						      deploy_look(d, 0, WHO);
	service_deployment_read(&sd, d->look->service_deployment);
	return judge(d, &sd);
}

static enum step_result count(struct deployment *d)
{
	enum step_result ret = failed_tasks_count(d, COUNTING);

	/* What the tasks failed of takes the place of the category later. */
	if (ret == STEP_FAILED && failed_tasks_wanted(d))
		deploy_id_set(d, ID_BREAKER, "1");
	return ret == STEP_DONE ? go_on(d) : ret;
}

/* What a service deployment doesn't tell: events, and failed tasks. */
static enum step_result service_seen(struct deployment *d)
{
	const char *id = deploy_id_get(d, ID_DEPLOYMENT);
	const char *created = deploy_id_get(d, ID_CREATED);
	struct ecs_deployment ours;

	if (d->look->failed)
		return go_on(d);
	if (ecs_service_state(d->look->service) != SERVICE_ACTIVE)
		return fail_deleted(d);
	ecs_tell_events(d, d->look->service,
			created ? strtoll(created, NULL, 10) : d->record->started_at);
	if ((failed_tasks_wanted(d) || is_at(d, "SCALE_UP")) &&
	    failed_tasks_likely(
		    d, id && ecs_find_deployment(d->look->service, id, &ours) ? ours.failed : 0))
		return count(d);
	return go_on(d);
}

static enum step_result start(struct deployment *d)
{
	const char *previous = deploy_id_get(d, ID_PREVIOUS_SERVICE_DEPLOYMENT);

	deploy_drop_documents(d);
	/* No pause waited before there was a deployment. */
	native_state(d)->looked = d->resumed ? 0 : deploy_wall(d);
	native_contact(d);
	if (deploy_id_get(d, ID_SERVICE_DEPLOYMENT))
		return deploy_look_deployment(d, 0, SEEN);
	if (!native_is_same(d))
		return native_find(d, FINDING, timeout_of(d));
	if (!previous)
		return STEP_DONE;
	deploy_event(d, "nothing of service '%s' needs a new deployment", d->record->name);
	deploy_id_set(d, ID_SERVICE_DEPLOYMENT, previous);
	return deploy_look_deployment(d, 0, SEEN);
}

static enum step_result found(struct deployment *d)
{
	const char *arn = deploy_id_get(d, ID_SERVICE_DEPLOYMENT);

	d->at.interval = 0;
	native_contact(d);
	if (!arn)
		return deploy_look(d, 0, WHO);
	deploy_event(d, "followed as service deployment '%s'", ecs_short_name(arn));
	if (!deploy_save(d))
		return STEP_WAIT;
	return deploy_look_deployment(d, 0, SEEN);
}

enum step_result native_follow(struct deployment *d)
{
	enum step_result ret;

	switch (d->phase) {
	case START:
		return start(d);
	case FINDING:
		ret = native_find(d, FINDING, 0);
		return ret == STEP_DONE ? found(d) : ret;
	case SEEN:
		return seen(d);
	case SERVICE:
		return service_seen(d);
	case COUNTING:
		return count(d);
	case CONTINUED:
		ret = native_continue(d, CONTINUED);
		return ret == STEP_DONE ? deploy_look_deployment(d, 0, SEEN) : ret;
	default:
		return who(d);
	}
}

/* Counts may differ without a deployment: of those ECS makes none. */
enum step_result native_settle(struct deployment *d)
{
	struct strbuf since = STRBUF_INIT;

	if (!native_is_same(d))
		return STEP_DONE;
	if (!d->phase && !d->resumed) {
		strbuf_addf(&since, "%" PRId64, deploy_moment(d));
		deploy_id_set(d, ID_SINCE, since.buf);
		strbuf_release(&since);
	}
	return ecs_stabilize(d);
}
