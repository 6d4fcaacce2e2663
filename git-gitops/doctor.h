#ifndef DOCTOR_H
#define DOCTOR_H

#include "base/strbuf.h"
#include "repo/repo.h"
#include "spool/spool.h"

/* What `git gitops doctor` looks at, and what it found. */
enum doctor_level {
	DOCTOR_OK = 0,
	DOCTOR_WARNING, /* it works, but not as somebody may think */
	DOCTOR_ERROR
};

struct doctor_finding {
	enum doctor_level level;
	const char *check;    /* static: "hooks" */
	char *message, *hint; /* `hint` may be NULL */
};

struct doctor {
	struct repo *repo;
	const char *program; /* absolute path of bin/git-gitops */
	bool server;	     /* it was set up to deploy; else it is a clone */
	bool starts_workers; /* gitops.worker */
	struct spool *spool; /* NULL: none, or none that can be read */
	struct doctor_finding *v;
	size_t nr, alloc;
};

/* `hint` may be NULL; it is copied. */
void doctor_say(struct doctor *doctor, enum doctor_level level, const char *check, const char *hint,
		const char *fmt, ...) PRINTF_LIKE(5, 6);
/* An error of a call that `check` made; releases `err`. */
void doctor_say_error(struct doctor *doctor, const char *check, struct error *err);

/* doctor-setup.c: hooks, and git's settings for them */
void doctor_look_at_setup(struct doctor *doctor);
/* doctor-settings.c: gitops.* */
void doctor_look_at_settings(struct doctor *doctor);
/* doctor-spool.c: the spool, jobs, workers */
void doctor_look_at_spool(struct doctor *doctor);
/* doctor-state.c: notes and refs; with what is asked of the network, credentials */
void doctor_look_at_state(struct doctor *doctor);
void doctor_ask_aws(struct doctor *doctor);

#endif
