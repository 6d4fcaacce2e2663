#ifndef DEPLOY_TASK_SET_H
#define DEPLOY_TASK_SET_H

#include "deploy/step.h"

/*
 * Task sets of a service, as DescribeServices shows them, and the steps that
 * work on them; external.c puts the steps together.
 */
struct ecs_task_set {
	const char *id;		     /* "ecs-svc/...": startedBy of its tasks, too */
	const char *status;	     /* PRIMARY, ACTIVE, DRAINING */
	const char *task_definition; /* ARN */
	const char *external_id;     /* "" when it has none */
	bool steady;		     /* stabilityStatus is STEADY_STATE */
	int64_t desired, running, pending;
	double scale; /* percent */
	int64_t created_at;
};

/* The i-th one; false: there are not so many. Views into the JSON. */
bool task_set_at(const struct json *service, size_t i, struct ecs_task_set *out);
bool task_set_primary(const struct json *service, struct ecs_task_set *out);
/* By id; false: it is gone. */
bool task_set_find(const struct json *service, const char *id, struct ecs_task_set *out);
bool task_set_find_external(const struct json *service, const char *external_id,
			    struct ecs_task_set *out);
bool task_set_is(const struct ecs_task_set *set, const char *status);

/*
 * "gitops-<id of the deployment>", and for the set with the fallback capacity
 * strategy "gitops-<id>-f": at most 36 characters. By it a deployment that is
 * taken up finds its own, and others find what one that died has left.
 */
char *task_set_external_id(const struct deployment *d, bool fallback);
/* Ours, of this deployment or another. */
bool task_set_is_ours(const char *external_id);
/* Both of one deployment. */
bool task_set_same_deployment(const char *external_id, const char *other);

/* --- steps --- */

/* Create or update the service; task sets come later. */
enum step_result external_apply(struct deployment *d);
/* What service_compare() finds to be done: d->update and what going back takes. */
enum step_result external_plan_update(struct deployment *d, const struct json *service);
/* Undo: what was changed in the service is as before. */
enum step_result external_restore(struct deployment *d);

/* Remove what dead deployments have left, then create ours. */
enum step_result task_set_create(struct deployment *d);
/*
 * Wait until it is steady. What could not be placed in time is recorded
 * (ID_PLACED) where there is a fallback strategy.
 */
enum step_result task_set_stabilize(struct deployment *d);
/* Did someone else make another task set PRIMARY meanwhile? That one, then. */
bool task_set_is_superseded(const struct deployment *d, const struct json *service,
			    struct ecs_task_set *primary);
/*
 * Of a deployment that waits while its task sets run: ours and the old one are
 * there, and ours of the size that was asked for. STEP_DONE or STEP_FAILED.
 */
enum step_result task_set_judge(struct deployment *d, const struct json *service);
/* Then a second one takes the rest, and both are waited for; nothing otherwise. */
#define STEP_PLACE_REST "place-rest"
enum step_result task_set_place_rest(struct deployment *d);
enum step_result task_set_stabilize_rest(struct deployment *d);
enum step_result task_set_promote(struct deployment *d);
/* Delete what ran before. */
enum step_result task_set_retire(struct deployment *d);
/* Undo: the old one PRIMARY again, the new one deleted (or kept, see the settings). */
enum step_result task_set_delete_new(struct deployment *d);

/*
 * Delete the task sets whose ids stand in `list` (an id of the record, blanks
 * in between), one after the other, and empty it. Call with the step's `phase`
 * until it is not STEP_WAIT any more.
 */
enum step_result task_set_delete_listed(struct deployment *d, const char *list, int phase);
/* The same, but STEP_FAILED tells nobody yet: d->result says why, `list` what is left. */
enum step_result task_set_may_delete_listed(struct deployment *d, const char *list, int phase);
/* Add to such a list: one, or all of the service but those that are going already, PRIMARY last. */
void task_set_list(struct deployment *d, const char *list, const char *id);
void task_set_list_all(struct deployment *d, const char *list, const struct json *service);

#endif
