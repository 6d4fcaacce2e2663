#ifndef DEPLOY_JOB_INTERNAL_H
#define DEPLOY_JOB_INTERNAL_H

#include "artifact/plan.h"
#include "aws/loop.h"
#include "base/strmap.h"
#include "deploy/engine.h"
#include "deploy/freeze.h"
#include "deploy/job.h"
#include "spool/control.h"
#include "spool/lease.h"
#include "state/hold.h"
#include "state/store.h"

struct run;

struct runner {
	struct aws_loop *loop;
	struct engine *engine;
	struct runner_options options;
	struct run *runs;
	size_t running;
};

/* One service object of a job. */
struct object {
	enum artifact_kind kind;
	const char *prefix, *why; /* the plan's */
	enum intent intent;
	struct record *record; /* until the engine takes it, and again when it is over */
	char *id;	       /* of the record */
	const char *last;      /* digest of the last good deployment, or NULL; run->last's */
	const struct object *moved_to; /* deploys the same service: don't delete it; or NULL */
	struct {
		char *by, *reason; /* `by` NULL: nobody asked */
		int64_t at;
	} asked[CONTROL_NR];		/* before it came to the engine */
	struct hold *hold;		/* ends when this has gone well; or NULL */
	const struct object *waits_for; /* by `dependsOn`: one that is not over; or NULL */
	bool ready;			/* it waited, and is to be looked at again */
	bool frozen;			/* a window covers it; not what depends on such */
	bool over, started;
};

/*
 * A job is planning (in runner_start), deploying (its objects go through the
 * engine), or closing (all are over; notes and refs are being written, again
 * and again while that fails).
 */
struct run {
	struct runner *runner;
	struct spool *spool;
	struct claim *claim;
	struct repo *repo;
	struct store *store;
	struct snapshot *before, *after;
	struct plan plan;
	struct oid from, to; /* `from` null: nothing processed yet */
	bool resumed;	     /* records were journalled by an earlier worker */
	struct object *objects;
	size_t nr, next, inflight, failed, unchanged;
	size_t waiting, ready; /* objects that wait for others, that did */
	struct strmap by_id;   /* record id -> object */
	struct strmap last;    /* "kind prefix" -> digest (owned; "": none), for all objects */
	struct strmap records; /* "kind prefix" -> struct record (owned), from the journal */
	struct loop_timer timer;
	unsigned tries;
	bool stopped;		  /* a record could not be saved: not to be ended here */
	char *reason;		  /* why the job as such failed */
	struct control *controls; /* of the journal, until the objects are known */
	size_t controls_nr, controls_alloc;
	struct strmap control_ids; /* of all that the journal has */
	struct freezes freezes;
	char *rolled_back; /* of a rollback: digest of what it goes back from, or NULL */
	struct run *prev, *next_run;
};

/* job-journal.c */
char *object_key(enum artifact_kind kind, const char *prefix);
/* What an earlier worker journalled: from, to, records, digests. */
int run_read_journal(struct run *run, bool *begun, struct error *err) MUST_CHECK;
int run_write_begin(struct run *run, struct error *err) MUST_CHECK;
int run_write_record(struct run *run, const struct record *record, bool sync,
		     struct error *err) MUST_CHECK;
void run_write_event(struct run *run, const struct record *record);
void run_write_result(struct run *run, const struct record *record, const char *outcome);
void run_write_message(struct run *run, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* job-plan.c */
/* 1: there is something to do; 0: nothing, and run_write_message() said why; negative. */
int run_plan(struct run *run, struct error *err) MUST_CHECK;
int run_make_records(struct run *run, struct error *err) MUST_CHECK;
/* The parts of these: run->before and run->after; run->objects of run->plan; a new record. */
int run_open_snapshots(struct run *run, struct error *err) MUST_CHECK;
void run_take_objects(struct run *run);
struct record *run_make_record(struct run *run, const struct object *object);

/* job-overtaken.c */
/*
 * Is a later push of the branch waiting, or deployed? Then that is told, and recorded
 * under this job's commit: 1. run->from and run->to are known; they may be others after it.
 */
int run_is_overtaken(struct run *run, struct error *err) MUST_CHECK;

/* job-kept.c */
/* A rollback of a function: the record learns which version was made of `digest`, if one was. */
int run_find_kept(struct run *run, struct object *object, const char *digest,
		  struct error *err) MUST_CHECK;

/* job-moved.c */
int run_find_moved(struct run *run, struct error *err) MUST_CHECK;

/* job-control.c */
void run_keep_control(struct run *run, struct control *control); /* takes its content */
/* Those that were journalled by an earlier worker. */
void run_replay_controls(struct run *run);
/* Those that lie in the spool for this job. Negative: the journal takes no more. */
int run_take_controls(struct run *run, struct error *err) MUST_CHECK;
/* What was asked of an object before it came to the engine. */
void run_ask_engine(struct run *run, struct object *object);
void object_forget_asked(struct object *object);
int run_write_control(struct run *run, const struct control *control, struct error *err) MUST_CHECK;
/* job-object.c: end it without the engine, as cancelled. */
int run_cancel_object(struct run *run, struct object *object, struct error *err) MUST_CHECK;

/* job-depends.c */
/*
 * 1: it has to wait for object->waits_for; 0: not, or, with text in `blocked`,
 * one that it depends on was not deployed; negative. `frozen`: that one is frozen.
 */
int run_must_wait(struct run *run, struct object *object, const struct service *service,
		  struct strbuf *blocked, bool *frozen, struct error *err) MUST_CHECK;
/* `object` is over. */
void run_wake_dependants(struct run *run, const struct object *object);
void run_wake_object(struct run *run, struct object *object);
/* One that waited; NULL: none is ready. */
struct object *run_take_ready(struct run *run);

/* job-hold.c */
/* 1: it is held back, and `why` says so; 0: not (`object->hold` ends when it went well); negative. */
int run_is_held(struct run *run, struct object *object, const char *digest, struct strbuf *why,
		struct error *err) MUST_CHECK;
/* A rollback's object went well: what is gone back from shall not come by itself. */
int run_place_hold(struct run *run, struct error *err) MUST_CHECK;
void run_lift_hold(struct run *run, struct object *object);

/* job-freeze.c */
int run_read_freezes(struct run *run, struct error *err) MUST_CHECK;
/* Then `why` says until when. */
bool run_is_frozen(struct run *run, struct object *object, struct strbuf *why);
/* A freeze that the job overrides goes into its records. */
void run_note_override(struct run *run, struct record *record);
/* A job for what was frozen. */
int run_put_thaw(struct run *run, struct error *err) MUST_CHECK;

/* job-close.c */
int run_put_records(struct run *run, bool finished, struct error *err) MUST_CHECK;
int run_write_state(struct run *run, struct error *err) MUST_CHECK;

/* job-object.c */
/* Begin what there is room for; when nothing is left, the job is closed. */
void run_feed(struct run *run);
/* `object` has its last record: it is counted and told, and who waits for it is woken. */
void run_end_object(struct run *run, struct object *object);
/* What was held back is as somebody wants it: that is no failure. */
bool run_has_failed(const struct record *r);
/* Of findings with an error, "path:line:column: message". Free it. */
char *run_first_error(const struct findings *findings);

/* job-end.c */
void run_log(struct run *run, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Close it once nothing of it is under way any more; from the loop. */
void run_close_if_over(struct run *run);
void run_close(void *data); /* of the run's timer: write what was done, or try again later */
/* End the job: as run->reason says, or (run->stopped) as an orphan. Frees `run`. */
void run_leave(struct run *run);
/* The job as such can't be carried out. Frees `run`, releases `err`. */
void run_fail(struct run *run, struct error *err);
void run_unlink(struct run *run); /* from its runner */
void run_free(struct run *run);

#endif
