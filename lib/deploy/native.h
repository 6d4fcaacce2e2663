#ifndef DEPLOY_NATIVE_H
#define DEPLOY_NATIVE_H

#include "deploy/service-deployment.h"
#include "deploy/step.h"

/*
 * ECS's native strategies (controller ECS, deploymentConfiguration.strategy
 * BLUE_GREEN, LINEAR or CANARY): ECS itself starts the new tasks, moves the
 * traffic, waits and goes back. It is told what to do by CreateService and
 * UpdateService and then followed by its service deployment, which is found,
 * recorded, and looked at together with those of others. The listener rule that
 * it moves is never touched: nobody else may.
 *
 * `stabilityCheck.timeout` is for the time in which new tasks are to come up:
 * the stage SCALE_UP. Bake times, hooks and pauses take as long as they are
 * meant to; ECS itself ends a stage after 24 hours.
 */

/* More pauses than this at one stage are seen one after the other. */
#define NATIVE_PAUSES_MAX 8

/* Which of the service's deployments may be ours. */
struct native_candidate {
	char *arn, *revision;
	char *definition; /* the revision's task definition, once it was looked at; or NULL */
	int64_t created_at;
};
#define NATIVE_CANDIDATES_MAX 20

/* What a step knows: d->at.native. */
struct native_state {
	double weight;	 /* percent of the traffic, told last; -1: not yet */
	bool back_told;	 /* that ECS goes back */
	char *hook_told; /* id of the function's that was waited for last */
	char *pauses[NATIVE_PAUSES_MAX];
	size_t pauses_nr, pauses_done;
	int64_t looked; /* wall clock of the last look, ms; 0: none */
	char *reason;	/* AWS's, while the service is looked at */
	enum {
		FIND_IDLE = 0,
		FIND_ASLEEP,
		FIND_LISTING,
		FIND_REVISIONS
	} finding;
	struct native_candidate found[NATIVE_CANDIDATES_MAX];
	size_t found_nr, seen_nr; /* seen: their revisions were looked at */
};

struct native_state *native_state(struct deployment *d);

/*
 * Our service deployment, as ID_SERVICE_DEPLOYMENT: created since we began,
 * with our task definition. Call it once, and again at `phase` as long as it
 * returns STEP_WAIT. STEP_DONE: found, or (no id) there is none and `patience`
 * (ms; ECS may show it late) is over. STEP_FAILED: it can't be asked for.
 */
enum step_result native_find(struct deployment *d, int phase, int64_t patience);

/* Create or update; after an accident, maybe it was done and is over already. */
enum step_result native_apply(struct deployment *d);
/* Wait until it is over. */
enum step_result native_follow(struct deployment *d);
/* Where UpdateService began no deployment: wait until the service is as wanted. */
enum step_result native_settle(struct deployment *d);

/* Lifecycle hooks: tells what is waited for. True: somebody has to approve. */
bool native_see_hooks(struct deployment *d, const struct service_deployment *sd);
/*
 * Approved: send it, once for each pause. STEP_DONE: there is nothing (more) to
 * be sent. Call it again with the answer, which comes at `phase`.
 */
enum step_result native_continue(struct deployment *d, int phase);
/* Wait (without a slot) until it is approved, or the next look. */
enum step_result native_wait_for_approval(struct deployment *d, int64_t ms, int phase);

/* --- of steps that look at it --- */

/* UpdateService had nothing to deploy: what is followed, if anything, is not ours. */
bool native_is_same(const struct deployment *d);
/* Stage and weights, when they changed. False: it could not be saved. */
bool native_tell(struct deployment *d, const struct service_deployment *sd);
/* Look again, sooner when something changed; without a slot but while tasks come up. */
enum step_result native_look_again(struct deployment *d, int phase);
/* There was an answer; and: there was none (d->look->failed), for too long or for good. */
void native_contact(struct deployment *d);
bool native_contact_lost(struct deployment *d);

/* Undo: ECS is told to go back, where that is wanted; then its end is waited for. */
enum step_result native_roll_back(struct deployment *d);
enum step_result native_await_back(struct deployment *d);

#endif
