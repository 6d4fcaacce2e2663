#ifndef SPOOL_CONTROL_H
#define SPOOL_CONTROL_H

#include "spool/spool.h"

/*
 * What people ask of deployments that wait or run: one JSON file each in
 * control/ of the spool, read by the worker that runs the job. It goes when it
 * is in the job's journal; a worker that dies in between reads it again, so
 * that doing it twice must be as doing it once.
 */
enum control_verb {
	CONTROL_CANCEL = 0,
	CONTROL_PAUSE,
	CONTROL_RESUME,
	CONTROL_APPROVE,
	CONTROL_NR
};

const char *control_verb_name(enum control_verb verb); /* "cancel", ... */
bool control_verb_parse(enum control_verb *verb, const char *name);

struct control {
	char *id; /* sorts by time */
	enum control_verb verb;
	char *job;
	char *deployment; /* id; NULL: all of the job */
	char *actor;
	char *reason; /* or NULL */
	int64_t created_at;
};

void control_release(struct control *control);
void control_write(struct strbuf *out, const struct control *control);
int control_parse(struct control *control, const char *text, size_t len,
		  struct error *err) MUST_CHECK;

/* Durable when this returns. Sets id and created_at. */
int spool_put_control(struct spool *spool, struct control *control, struct error *err) MUST_CHECK;
typedef int control_fn(const struct control *control, void *data); /* non-zero ends it */
/*
 * Oldest first. What can't be read is thrown away, with a line in the log; so
 * is what is for a job that is over.
 */
int spool_each_control(struct spool *spool, control_fn *fn, void *data,
		       struct error *err) MUST_CHECK;
/* Done with it. Gone already is fine. */
void spool_drop_control(struct spool *spool, const char *id);

#endif
