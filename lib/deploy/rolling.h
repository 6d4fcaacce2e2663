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
enum step_result ecs_apply(struct deployment *d);

/* The settings, the client, record->name, cluster and region. */
enum step_result ecs_setup(struct deployment *d);
/* After deploy_ask_account(): is it the account that the settings name? */
enum step_result ecs_check_account(struct deployment *d);
/*
 * UpdateService: `task_definition` and further members (",\"a\":1", as
 * service_compare() writes them). The answer comes at `phase`.
 */
enum step_result ecs_send_update(struct deployment *d, const char *task_definition,
				 const char *members, bool force, int phase);
/* Wait until our deployment is what runs, all of it. */
enum step_result ecs_stabilize(struct deployment *d);

/* Find out why; go back to what ran before, if that is wanted. */
extern const struct deploy_step rolling_undo[];

#endif
