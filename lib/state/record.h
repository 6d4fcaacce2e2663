#ifndef STATE_RECORD_H
#define STATE_RECORD_H

#include "artifact/name.h"
#include "base/base.h"
#include "base/error.h"
#include "base/json.h"
#include "base/strbuf.h"

/*
 * One deployment of one service object, as the notes (and DynamoDB) hold it:
 * one JSON object, no sensitive values. Strings are the record's; NULL when
 * unknown.
 */
enum record_status {
	RECORD_QUEUED = 0,
	RECORD_PROCESSING,
	RECORD_SUCCESS, /* "PROCESSED_SUCCESS" */
	RECORD_ERROR	/* "PROCESSED_ERROR" */
};

struct record_event {
	int64_t time; /* ms since the epoch */
	char *step;
	char *message;
	int64_t until; /* ms since the epoch: it waits until then; 0: no. For who looks on, not written */
};

struct record {
	char *id;  /* sorts by time: 26 characters, a ULID */
	char *job; /* id of the job it belongs to */
	char *repo, *branch;
	char *commit, *previous_commit; /* hex */
	char *rollback_from;		/* a rollback: the commit it goes back from; NULL: none */
	char *superseded_by; /* a newer push came before it was begun: that one's commit; NULL: none */
	char *override;	     /* the reason for which a freeze was overridden; NULL: none was */
	enum artifact_kind kind;
	char *prefix;
	char *account, *region, *cluster, *name; /* of the service or function */
	char *strategy;				 /* "rolling", "delete", "unchanged", ... */
	enum record_status status;
	char *step;    /* the last one begun */
	char *waiting; /* what it waits for, not AWS: "approval", "paused by alice"; or NULL */
	int64_t created_at, started_at, finished_at; /* ms; 0: not yet */
	char *actor;				     /* who pushed */
	char *revision; /* task definition ARN or function version that runs */
	char *digest;	/* of the rendered documents */
	struct {
		char *category, *message, *hint;
		char *step; /* that failed; record->step may be one that undid things since */
	} failure;	    /* category NULL: none */
	struct record_event *events;
	size_t events_nr, events_alloc;
	char *ids; /* JSON object: what resume and rollback need */
};

#define RECORD_EVENTS_MAX 200

void record_init(struct record *r);
void record_release(struct record *r);
const char *record_status_name(enum record_status status);
void record_new_id(struct record *r, int64_t now_ms);
/* Copies; the oldest but the first ten are dropped beyond RECORD_EVENTS_MAX. */
void record_add_event(struct record *r, int64_t time_ms, const char *step, const char *fmt, ...)
	PRINTF_LIKE(4, 5);
/*
 * It ended before anything was done, because of something else: a hold or a
 * freeze (held), or one it depends on.
 */
bool record_was_held(const struct record *r);
bool record_was_frozen(const struct record *r); /* of those that were held */
bool record_was_blocked(const struct record *r);
/* A newer push of the branch came before it was begun, and is deployed with what this one changed. */
bool record_was_overtaken(const struct record *r);
/* Where it failed: the failure's step, or the last one. NULL when unknown. */
const char *record_failed_step(const struct record *r);
/* Replace a string member: record_set(&r->step, "register"). */
void record_set(char **member, const char *value);

/* One line of JSON without the newline, and back. */
void record_write(struct strbuf *out, const struct record *r);
int record_parse(struct record *r, const char *json, size_t len, struct error *err) MUST_CHECK;

#endif
