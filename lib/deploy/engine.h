#ifndef DEPLOY_ENGINE_H
#define DEPLOY_ENGINE_H

#include "artifact/plan.h"
#include "artifact/service.h"
#include "state/record.h"

/*
 * Any number of deployments at once on one event loop. A deployment is a
 * record walking a table of named steps. A step is re-entrant: after a crash
 * it is begun again and finds what it already did (by a token, or by looking
 * first). Its name is recorded before it begins.
 */
struct aws_loop;
struct deployment;

enum step_result {
	STEP_DONE,    /* go on with the next one */
	STEP_WAIT,    /* a call or timer is under way: deployment_wake() calls it again */
	STEP_FAILED,  /* the record's failure says why */
	STEP_FINISHED /* the whole deployment is over (unchanged, already gone) */
};

struct deploy_step {
	const char *name;
	enum step_result (*run)(struct deployment *d);
};

struct deploy_strategy {
	const char *name;
	const struct deploy_step *steps; /* ends with a NULL name */
};

/* What the engine tells the worker; all on the loop's thread. */
struct engine_events {
	/*
	 * The record changed and must be durable before the engine goes on:
	 * the worker journals it. Negative: the deployment is stopped there.
	 */
	int (*save)(void *data, const struct record *record, struct error *err);
	void (*finished)(void *data, const struct record *record);
	void *data;
};

struct engine;
struct engine *engine_new(struct aws_loop *loop, const struct engine_events *events);
void engine_free(struct engine *engine); /* stops without ending: resumable */

/*
 * Begin (or, when the record has a step already, resume) one deployment. Takes
 * `record` and `service` (the rendered documents; of the commit before for a
 * deletion).
 */
int engine_start(struct engine *engine, struct record *record, struct service *service,
		 enum intent intent, bool force, struct error *err) MUST_CHECK;
size_t engine_running(const struct engine *engine);

#endif
