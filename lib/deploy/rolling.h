#ifndef DEPLOY_ROLLING_H
#define DEPLOY_ROLLING_H

#include "deploy/step.h"

/* Steps of ECS deployments, shared by the strategies' tables. */

/* Attempts at what AWS says to try again later, ms. */
#define RETRY_FIRST 500
#define RETRY_LAST  10000

/* A rendered document, or NULL. */
const struct json *ecs_document(const struct deployment *d, enum artifact_role role);
/* `first`, then each time twice as long, up to `last`. */
int64_t ecs_next_interval(struct deployment *d, int64_t first, int64_t last);
/* Look again until the service is gone; the look comes at `phase`. */
enum step_result ecs_wait_for_draining(struct deployment *d, int phase);
/* The service is there: d->update and what going back takes. STEP_DONE or STEP_FAILED. */
enum step_result ecs_plan_update(struct deployment *d, const struct json *service);
enum step_result ecs_register(struct deployment *d);
/* before.c: the task of `before.task`, run and waited for; and stopped, when all is undone. */
enum step_result ecs_before(struct deployment *d);
enum step_result ecs_stop_before(struct deployment *d);
bool ecs_has_before(const struct deployment *d);
bool ecs_before_runs(const struct deployment *d);
enum step_result ecs_apply(struct deployment *d);
/*
 * May we, can we, what is there? `tell` says which settings have no use;
 * `plan_update` is called with a service that is there.
 */
enum step_result ecs_preflight(struct deployment *d, void (*tell)(struct deployment *d),
			       enum step_result (*plan_update)(struct deployment *d,
							       const struct json *service));
/* The steps of a deletion. */
enum step_result ecs_delete_preflight(struct deployment *d);
enum step_result ecs_unscale(struct deployment *d);
enum step_result ecs_delete(struct deployment *d);
enum step_result ecs_await_gone(struct deployment *d);

/* The settings, the client, record->name, cluster and region. */
enum step_result ecs_setup(struct deployment *d);
/* After deploy_ask_account(): is it the account that the settings name? */
enum step_result ecs_check_account(struct deployment *d);
/*
 * UpdateService: `task_definition` (or NULL) and further members (",\"a\":1", as
 * service_compare() writes them). The answer comes at `phase`.
 */
enum step_result ecs_send_update(struct deployment *d, const char *task_definition,
				 const char *members, bool force, int phase);
/* Wait until our deployment is what runs, all of it. */
enum step_result ecs_stabilize(struct deployment *d);

/* --- of steps that wait for tasks --- */

/* The pause before the next look: each is twice as long as the one before, up to pollInterval. */
int64_t ecs_next_poll(struct deployment *d);
/* What is left of the time, counted from ID_SINCE (set by a worker that died, maybe). */
int64_t ecs_time_left(const struct deployment *d, int64_t timeout);
/*
 * The service's events after `since`: each kind of trouble is told once, when it
 * comes up. d->at has how many tasks they say were started.
 */
void ecs_tell_events(struct deployment *d, const struct json *service, int64_t since);
/* When it changed. d->at has it then. */
void ecs_tell_progress(struct deployment *d, int64_t running, int64_t desired);
/* Look again, or fail because time is up: for d->at.desired tasks. */
enum step_result ecs_wait_on(struct deployment *d, int phase);
enum step_result ecs_fail_timeout(struct deployment *d, int64_t timeout);
/* d->look has no answer: look again, or fail. */
enum step_result ecs_look_failed(struct deployment *d, int phase);

/* --- of steps that change a service --- */

/* Refused, but maybe not for good (by the message): for how many ms to try again. 0: final. */
int64_t ecs_worth_retrying(const struct deployment *d);
/*
 * A change of the service was refused, or its outcome is not known: look at the
 * service (the look comes at `looked`), try again (at `again`) with pauses of
 * up to `last` ms, or fail. Until d->at.deadline.
 */
enum step_result ecs_change_refused(struct deployment *d, int64_t last, int looked, int again);
bool ecs_is_create(const struct deployment *d);
/* The definition's tags on a service that was there; the answer comes at `phase`. */
enum step_result ecs_tag_service(struct deployment *d, int phase);
enum step_result ecs_tagged(struct deployment *d);
/* May the definition be sent to CreateService? STEP_DONE or STEP_FAILED. */
enum step_result ecs_check_creatable(struct deployment *d);
/*
 * The running service has another controller, which no call changes for sure:
 * refused, or with 'replaceService' deleted and created anew (replace.c).
 */
enum step_result ecs_plan_replace(struct deployment *d, const struct json *service);
/* The step that deletes it then, and waits until it is gone. */
enum step_result ecs_replace(struct deployment *d);
/* d->at's evidence, made when there is none. */
struct evidence *ecs_evidence(struct deployment *d);
/* Undo: ask ECS for the cause of its own verdict on a rolling update (rolling-cause.c). */
enum step_result rolling_cause(struct deployment *d);
/* Undo: find out why. */
enum step_result ecs_explain(struct deployment *d);
/* Undo: where that is wanted, the service back to what ran before; what was created is deleted. */
enum step_result ecs_go_back(struct deployment *d);
/* Add to the failure's hint. */
void ecs_hint_add(struct deployment *d, const char *what);

/* For the step below: which task's container failed. */
void evidence_keep_task(struct deployment *d, const struct evidence *ev);
/* What it wrote last, as events; nothing, where explaining found no such task. */
enum step_result ecs_last_lines(struct deployment *d);

/* Find out why; go back to what ran before, if that is wanted. */
extern const struct deploy_step rolling_undo[];

#endif
