#ifndef DEPLOY_ENGINE_H
#define DEPLOY_ENGINE_H

#include "artifact/plan.h"
#include "artifact/service.h"
#include "spool/control.h"
#include "state/record.h"

/*
 * Any number of deployments at once on one event loop. A deployment is a
 * record walking a table of named steps (step.h). Its step's name is recorded
 * before the step begins, and a step is re-entrant: after a crash it is begun
 * again and finds what it already did (by a token, or by looking first).
 *
 *	engine = engine_new(loop, aws, &options);
 *	engine_start(engine, record, service, INTENT_DEPLOY, false, &err);
 *	aws_loop_run(loop, &err);
 *	engine_free(engine);
 */
struct aws;
struct aws_loop;

/* What the engine tells the worker; all on the loop's thread. */
struct engine_events {
	/*
	 * The record changed and must be durable before the engine goes on:
	 * the worker journals it. Negative: the deployment is stopped there,
	 * and finished() gets its record with status RECORD_PROCESSING.
	 */
	int (*save)(void *data, const struct record *record, struct error *err);
	/*
	 * The deployment has left the engine. The record (valid during the
	 * call) was saved in its final state; or its status is still
	 * RECORD_PROCESSING: saving failed, it is to be resumed. More may be
	 * started from here.
	 */
	void (*finished)(void *data, const struct record *record);
	/*
	 * Optional: an event was added to the record (the last one), for
	 * those who watch. Need not be durable.
	 */
	void (*progress)(void *data, const struct record *record);
	/*
	 * Optional: keep other workers from what is deployed. `lock` returns
	 * false when another one has it; it is asked again after a while.
	 */
	bool (*lock)(void *data, const struct record *record, const char *target);
	void (*unlock)(void *data, const struct record *record, const char *target);
	void *data;
};

#define ENGINE_DEFAULT_JOBS 100

struct engine_options {
	struct engine_events events;
	/*
	 * How many run at once (gitops.jobs); the others wait. 0: the default.
	 * A slot goes to the job (record->job) with the fewest running, so
	 * that a push of one service does not wait behind one of a thousand.
	 */
	size_t jobs;
	/* For tests: AWS answered, and nothing was made of it yet. */
	void (*answered)(void *data);
};

struct engine;
/* `loop` and `aws` outlive the engine; the options are copied. */
struct engine *engine_new(struct aws_loop *loop, struct aws *aws,
			  const struct engine_options *options);
/*
 * Stops without ending: calls under way are cancelled (they may have been
 * done), every deployment can be resumed from what was saved last.
 */
void engine_free(struct engine *engine);

/*
 * Begin (or, when the record has a step already, resume) one deployment. Takes
 * `record` (allocated, freed by the engine) and `service` (the rendered
 * documents; of the commit before for a deletion), also when it fails. Nothing
 * happens within this call but checks; a service that can't be deployed ends
 * as a failed record, not as an error here.
 */
int engine_start(struct engine *engine, struct record *record, struct service *service,
		 enum intent intent, bool force, struct error *err) MUST_CHECK;
/*
 * Somebody asked something of the deployment with that id, `at` that time (ms
 * since the epoch; it may be read from a journal again later). False: it is not in
 * the engine. Safe to do again. What becomes of it the record's events tell;
 * a cancelled one ends as failed, with the category "cancelled", after what it
 * did was undone.
 */
bool engine_ask(struct engine *engine, const char *id, enum control_verb verb, const char *by,
		const char *reason, int64_t at);
/* Started and not yet finished, those that wait for a slot included. */
size_t engine_running(const struct engine *engine);

/*
 * May a deployment be skipped as `unchanged`? `last` is the object's newest
 * record (or NULL). Only what went well counts, and only the same documents:
 * a deletion or a failure in between makes the answer no.
 */
bool deploy_is_unchanged(const struct record *last, const struct service *service, bool force);

#endif
