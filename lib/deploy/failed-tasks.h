#ifndef DEPLOY_FAILED_TASKS_H
#define DEPLOY_FAILED_TASKS_H

#include "deploy/step.h"

/*
 * How many new tasks failed: those of our deployment or task sets, each once,
 * whatever became of the ones after it. ECS's own `failedTasks` goes back to 0
 * at every success, and task sets have none.
 *
 * Stopped tasks are listed, those not seen yet are described; evidence_task() says what counts. ECS shows stopped tasks for an
 * hour at least, so that a worker that takes a deployment up counts what was
 * before it, too.
 */
struct failed_tasks;

/* Is there a breaker to count for? */
bool failed_tasks_wanted(const struct deployment *d);
/*
 * Did the last look show that there may be some? Looking for them costs a call,
 * or two. `failed`: how many ECS counts, if it does.
 */
bool failed_tasks_likely(const struct deployment *d, int64_t failed);
/*
 * Call it once, and again at `phase` as long as it returns STEP_WAIT.
 * STEP_DONE: not too many for d->at.desired tasks; STEP_FAILED: "breaker", or
 * "hopeless" (hopeless.c). What can't be counted (no permission) is told once.
 */
enum step_result failed_tasks_count(struct deployment *d, int phase);
unsigned failed_tasks_nr(const struct deployment *d);
void failed_tasks_free(struct failed_tasks *failed);

/*
 * Has success become impossible? STEP_FAILED: "hopeless"; else STEP_DONE. For
 * what counting and the last look have shown.
 */
enum step_result ecs_judge_hope(struct deployment *d);

/* Does this task (DescribeTasks) belong to what we deploy? */
bool task_is_ours(const struct deployment *d, const struct json *task);

#endif
