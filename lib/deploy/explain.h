#ifndef DEPLOY_EXPLAIN_H
#define DEPLOY_EXPLAIN_H

#include "base/base.h"
#include "base/json.h"
#include "base/strbuf.h"

/*
 * Why deployments fail: a closed list of categories, each with what to do, and
 * the words by which AWS gives them away in service events, stopped tasks,
 * container exit codes and API errors. What matches nothing is shown as it is.
 */
struct failure_kind {
	const char *category; /* "image-missing" */
	const char *meaning;  /* for people, "the image does not exist" */
	const char *hint;     /* what to do next */
	/*
	 * A cause explains a symptom: of several the lowest rank wins. 0: the
	 * cause; 1: what follows from it; 2: what we noticed ourselves.
	 */
	unsigned rank;
};

/* All of them, for the documentation and its test. */
const struct failure_kind *failure_kinds(size_t *nr);
/* NULL when there is no such category. */
const struct failure_kind *failure_kind_get(const char *category);

enum explain_where {
	EXPLAIN_EVENT = 1 << 0,	    /* a message of the service's events */
	EXPLAIN_TASK = 1 << 1,	    /* stoppedReason */
	EXPLAIN_CONTAINER = 1 << 2, /* a container's reason */
	EXPLAIN_API = 1 << 3	    /* an error's message */
};

/*
 * Whether tasks of this revision will fail like that for ever, unless somebody
 * mends something: the image is not there, not "there is no capacity". `kind`
 * may be NULL: who knows.
 */
bool failure_lasts(const struct failure_kind *kind, const char *message);

/* The category `text` gives away, or NULL. */
const struct failure_kind *explain_text(const char *text, unsigned where);
/* From an API error's code (may be NULL) and message; never NULL ("aws-error"). */
const struct failure_kind *explain_api(const char *code, const char *message);
/* "is not authorized to perform: A on resource: R": the hint names both. False: other text. */
bool explain_denied(const char *message, struct strbuf *hint);
/* "exit code 137: killed (out of memory, or by SIGKILL)" */
void explain_exit_code(struct strbuf *out, int64_t code);

/*
 * Evidence is collected from what AWS reports, then the best of it is told:
 * the lowest rank, then what was seen most often, then the newest.
 */
#define EVIDENCE_MAX 16
struct evidence {
	struct {
		const struct failure_kind *kind; /* NULL: unknown words, shown raw */
		char *message;
		int64_t newest; /* ms */
		unsigned times;
		unsigned starts; /* of these, how often a task didn't come to run */
	} v[EVIDENCE_MAX];
	size_t nr;
	unsigned tasks;	  /* failed ones */
	unsigned ran;	  /* of those, the ones that had been RUNNING */
	unsigned crashed; /* of those, the ones whose containers exited */
	/* The newest whose container ran: its log may tell more. ARN, name, ARN; or NULL. */
	char *task, *container, *definition;
	int64_t stopped_at;
};

void evidence_release(struct evidence *ev);
/*
 * An event's message; ignored when it is no sign of trouble. Names of tasks
 * and times that differ don't make it another message.
 */
void evidence_event(struct evidence *ev, const char *message, int64_t time_ms);
/*
 * A stopped task as DescribeTasks shows it. Tasks that were stopped because
 * they were not needed any more (scaling, by a user) are no evidence. Returns
 * whether it counts as failed.
 */
bool evidence_task(struct evidence *ev, const struct json *task);
/* What was seen elsewhere; `category` is one of the list. */
void evidence_add(struct evidence *ev, const char *category, const char *message, int64_t time_ms);
/*
 * The kind that keeps tasks from starting and lasts, and how often it was seen
 * to; NULL when there is none. Of several the one that was seen most often.
 */
const struct failure_kind *evidence_lasting(const struct evidence *ev, unsigned *starts);
/* Index of the best one, or -1 without any. */
int evidence_best(const struct evidence *ev);

#endif
