#ifndef DEPLOY_STEP_H
#define DEPLOY_STEP_H

#include "aws/client.h"
#include "base/strmap.h"
#include "deploy/alarms.h"
#include "deploy/engine.h"
#include "deploy/explain.h"
#include "deploy/poll.h"
#include "deploy/secrets.h"
#include "deploy/settings.h"

/*
 * What steps are made of. Private to lib/deploy; commands use engine.h.
 *
 * A step is a function that is called again and again until it says that it
 * is done. Between the calls it waits for exactly one thing: an answer of AWS,
 * a look at its service (poll.h), an answer about the account or the alarms,
 * a timer, or whichever comes first of a timer and an alarm. `d->phase` says
 * where it goes on; it is 0 when the step begins.
 *
 *	static enum step_result pause_a_second(struct deployment *d)
 *	{
 *		enum { START, AWAKE };
 *
 *		if (d->phase == START)
 *			return deploy_sleep(d, 1000, AWAKE);
 *		deploy_event(d, "slept");
 *		return STEP_DONE;
 *	}
 *
 * `d->resumed` is true while the step that runs may have been begun before by
 * a worker that died: look before anything that AWS would do twice.
 */
struct deployment;
struct native_state;

enum step_result {
	STEP_DONE,    /* go on with the next one */
	STEP_WAIT,    /* something is under way that wakes the deployment */
	STEP_FAILED,  /* deploy_fail() said why */
	STEP_FINISHED /* the whole deployment is over, and well (already gone) */
};

struct deploy_step {
	const char *name;
	enum step_result (*run)(struct deployment *d);
	bool undo; /* when it fails something may have changed: walk the undo table */
};

struct deploy_strategy {
	const char *name; /* record->strategy */
	/*
	 * Called before the first step, and before the one that is resumed:
	 * reads the settings, finds the client. STEP_DONE or STEP_FAILED. With
	 * one, a resumed deployment also asks again whose credentials it has.
	 */
	enum step_result (*setup)(struct deployment *d);
	const struct deploy_step *steps; /* ends with a NULL name */
	/*
	 * Walked after a failed step that says so; names differ from those
	 * above. What fails here is told beside the first failure. NULL: none.
	 */
	const struct deploy_step *undo;
};

/* What the record's `ids` holds: names to strings, for resuming and for rolling back. */
struct deploy_id {
	const char *name; /* static */
	char *value;
};
#define DEPLOY_IDS_MAX 64

struct deployment {
	struct engine *engine;
	struct record *record;
	struct service *service; /* NULL once deploy_drop_documents() was called */
	struct settings settings;
	struct secrets secrets; /* masked in what is recorded */
	const struct deploy_strategy *strategy;
	const struct deploy_step *step;
	int phase;
	enum intent intent;
	bool force;
	bool resumed;
	bool undoing;
	struct deploy_id ids[DEPLOY_IDS_MAX];

	char *update; /* UpdateService's members, from preflight to apply; NULL: look first */

	/* While something is waited for. */
	struct aws_client *client; /* set by preflight */
	struct aws_call *call;
	struct loop_timer timer;
	struct service_watch watch;
	struct alarm_watch alarms; /* set from the first question to the end of the step */
	enum {
		ALARMS_UNHEARD = 0, /* an answer is not waited for */
		ALARMS_ANY,	    /* the next one is */
		ALARMS_ON	    /* one that ends the timer or the look is */
	} hears;
	size_t room; /* bytes, of the body of `call`; room.c */
	bool wants_room;
	bool rests; /* in a wait that people may stop: called again at its phase when they do */
	bool in_account_queue;
	bool checking_account; /* of a resumed one, before its step */
	bool stopped;	       /* a save failed: leave as soon as the step returns */

	/* What people asked for (asked.c), as the record tells it: "paused by alice: reason". */
	struct {
		char *cancel, *pause, *approve; /* NULL: nobody did */
		int64_t approved_at;		/* ms */
		bool parked;			/* waits for people, without a slot */
	} asked;
	struct target *target; /* that it holds or waits for (target.h), or NULL */
	struct deployment *target_next, **target_prev; /* of those who wait */
	const struct deploy_step *next_step;	       /* paused before it; or NULL */

	/* What came, valid during the call of the step only. */
	const struct aws_result *result;
	const struct poll_answer *look;
	const struct alarm_answer *alarm; /* of a watched sleep: NULL, it was the timer */

	/* Of the step that runs; zeroed when one begins. */
	struct {
		int64_t deadline;	  /* monotonic ms */
		int64_t ill_since;	  /* too few healthy targets, monotonic ms; 0: enough */
		int64_t interval;	  /* between polls, ms */
		int64_t running, desired; /* told last */
		int64_t started;	  /* tasks, by the events since our deployment began */
		bool ran;		  /* a look showed one that runs */
		bool ecs_breaks;	  /* the service has ECS's circuit breaker on */
		unsigned retries, looks;
		bool told;	     /* about what it waits for */
		bool sent;	     /* the change that it makes was taken */
		int64_t events_seen; /* newest service event told, ms */
		unsigned revision;   /* looked at last */
		struct evidence *evidence;
		struct failed_tasks *failed; /* failed-tasks.h */
		struct traffic_search *search;
		struct native_state *native; /* native.h */
	} at;

	struct lane *lane;		 /* whose slot it has or waits for */
	struct deployment *next, **prev; /* of the lane or of the running ones */
};

/* `service` NULL or without a definition: whatever has a record to refuse it with. */
const struct deploy_strategy *strategy_for(enum artifact_kind kind, enum intent intent,
					   const struct service *service);
extern const struct deploy_strategy strategy_rolling;
extern const struct deploy_strategy strategy_external;
extern const struct deploy_strategy strategy_native_blue_green;
extern const struct deploy_strategy strategy_native_linear;
extern const struct deploy_strategy strategy_native_canary;
extern const struct deploy_strategy strategy_delete;
extern const struct deploy_strategy strategy_external_delete;
extern const struct deploy_strategy strategy_lambda;
extern const struct deploy_strategy strategy_lambda_delete;

/* As engine_start(), with a strategy of the caller's (tests). */
int engine_start_with(struct engine *engine, struct record *record, struct service *service,
		      const struct deploy_strategy *strategy, enum intent intent, bool force,
		      struct error *err) MUST_CHECK;

/* --- waiting: each returns STEP_WAIT --- */

/* For an answer: d->call was just set with deploy_on_result as its callback, `d` as its data. */
enum step_result deploy_await(struct deployment *d, int phase);
void deploy_on_result(struct aws_result *result, void *data);
enum step_result deploy_sleep(struct deployment *d, int64_t ms, int phase);
/* For a look at the service record->name in record->cluster, in `ms`; it comes as d->look. */
enum step_result deploy_look(struct deployment *d, int64_t ms, int phase);
/* The same at our service deployment (ID_SERVICE_DEPLOYMENT). */
enum step_result deploy_look_deployment(struct deployment *d, int64_t ms, int phase);
/* At a service revision; `arn` must live as long as it is waited for. */
enum step_result deploy_look_revision(struct deployment *d, const char *arn, int64_t ms, int phase);
/* The same at the rule or listener of traffic.h (ID_RULE, ID_LISTENER). */
enum step_result deploy_look_rule(struct deployment *d, int64_t ms, int phase);
/* For the account of d->client: record->account is set, or d->result has the failure. */
enum step_result deploy_ask_account(struct deployment *d, int phase);

/* For the next answer about the settings' alarms (there are some); it comes as d->alarm. */
enum step_result deploy_ask_alarms(struct deployment *d, int phase);
/*
 * As deploy_sleep(), and an alarm of the settings in ALARM ends it, too; then
 * d->alarm is set. Without alarms it is deploy_sleep().
 */
enum step_result deploy_sleep_watching(struct deployment *d, int64_t ms, int phase);

/*
 * Room for the body of d->call, over all deployments (room.c): ask for it
 * before the body is put together. It is given back when the call is over.
 * False: there is none, so wait for it; others may be quicker then.
 */
bool deploy_take_room(struct deployment *d, size_t bytes) MUST_CHECK;
enum step_result deploy_await_room(struct deployment *d, int phase);

/*
 * Until what is waited for comes, an alarm of the settings in ALARM wakes it,
 * too: say so, then wait for a timer, a look, or a call that only reads and is
 * dropped then. d->alarm is set then.
 */
void deploy_hear_alarms(struct deployment *d);

int64_t deploy_now(const struct deployment *d); /* monotonic ms */
/* For people, and for what is compared with times of others; it may jump. */
int64_t deploy_wall(const struct deployment *d);
/*
 * For waits that a worker that takes over shall go on with: a moment that goes
 * into the record, in ms since the epoch. Within one worker it goes on evenly,
 * whatever the wall clock is set to.
 */
int64_t deploy_moment(const struct deployment *d);

/* --- people --- */

/*
 * Steps that wait for somebody's approval where the settings ask for it there:
 * before anything is changed, and before the new side gets traffic. A table
 * may always have them; they are left out where nothing is asked for.
 */
enum step_result gate_deploy(struct deployment *d);
enum step_result gate_shift(struct deployment *d);
/*
 * Somebody wants it to stand still. The engine sees to that between steps; a
 * step that can rest in its middle asks, and returns deploy_pause(): it is
 * called again at `phase` when somebody resumes it. With d->rests set while it
 * waits it is called at once when somebody pauses it.
 */
bool deploy_is_paused(const struct deployment *d);
enum step_result deploy_pause(struct deployment *d, int phase);
/* In the undo table: somebody cancelled it, so everything is to be as before. */
bool deploy_is_cancelled(const struct deployment *d);

/* --- the record --- */

/* Add an event of the running step. */
void deploy_event(struct deployment *d, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* The same of something that takes `ms` from now on: who looks on sees them pass. */
void deploy_event_wait(struct deployment *d, int64_t ms, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* `name` is static; NULL forgets. Recorded with the next save. */
void deploy_id_set(struct deployment *d, const char *name, const char *value);
const char *deploy_id_get(const struct deployment *d, const char *name);
/* The same of whole numbers; what is not there is 0. */
void deploy_id_set_number(struct deployment *d, const char *name, int64_t n);
int64_t deploy_id_get_number(const struct deployment *d, const char *name);
/* Save now, in the middle of a step. False: stop with STEP_WAIT, the engine lets go. */
bool deploy_save(struct deployment *d) MUST_CHECK;
/* The rendered documents are not needed any more. */
void deploy_drop_documents(struct deployment *d);

/* --- failing: each returns STEP_FAILED --- */

/* `category` is one of explain.h's; its hint is used. */
enum step_result deploy_fail(struct deployment *d, const char *category, const char *fmt, ...)
	PRINTF_LIKE(3, 4);
/* With a hint of its own. */
enum step_result deploy_fail_hint(struct deployment *d, const char *category, const char *hint,
				  const char *fmt, ...) PRINTF_LIKE(4, 5);
/* AWS's refusal (or the lack of an answer) explained. `doing`: "register the task definition". */
enum step_result deploy_fail_result(struct deployment *d, const struct aws_result *result,
				    const char *doing);

/* Throttled, 5xx or no answer: worth asking again later. */
bool result_is_transient(const struct aws_result *result);
/* The message has `text` in it, whatever the case. */
bool result_says(const struct aws_result *result, const char *text);

#endif
