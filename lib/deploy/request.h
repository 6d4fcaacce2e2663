#ifndef DEPLOY_REQUEST_H
#define DEPLOY_REQUEST_H

#include "base/base.h"
#include "base/error.h"
#include "base/finding.h"
#include "repo/hook-config.h"
#include "spool/spool.h"

/*
 * From what git hands a hook to a job in the spool. post-receive and
 * proc-receive are made of this; it loads neither libgit2 nor curl.
 */
struct push_options {
	bool wait, skip, dry_run, force, commit;
	char *reason;	/* gitops.reason=<text>; NULL: none */
	char *kind;	/* gitops.kind=<kind> */
	char *override; /* gitops.override=<reason>: deploy in spite of a freeze */
	bool json;	/* gitops.format=json: who waits is a program */
	/*
	 * A request that is none to deploy: gitops.<verb>=<what>. The verb is
	 * the command that carries it out in the server's repository; NULL: none.
	 */
	const char *verb;
	char *what;
};

void push_options_release(struct push_options *options);

/*
 * Take one push option. Those of others (no "gitops." in front) are none of
 * ours: 0. 1: taken. Negative: one that we don't know, with a hint.
 */
int push_options_take(struct push_options *options, const char *text, struct error *err) MUST_CHECK;

struct request {
	char *git_dir; /* absolute */
	struct hook_config config;
	struct spool *spool;
	char *actor;
};

#define REQUEST_INIT \
	{            \
		0    \
	}

/* In the environment that git gives its hooks: the repository is where we are. */
int request_open(struct request *request, struct error *err) MUST_CHECK;
/* The same elsewhere: settings are those of the current directory. Copies `git_dir`. */
int request_open_in(struct request *request, const char *git_dir, struct error *err) MUST_CHECK;
void request_release(struct request *request);

/*
 * Does gitops.branch (multi-valued; patterns as "release-*", where a star
 * matches no slash) name this branch?
 */
bool request_branch_deploys(const struct request *request, const char *branch);
bool request_has_branches(const struct request *request);
/*
 * What gitops.freeze says. The text that is added to `out` follows "queued ...":
 * that this job waits, or what of it will be held back. Negative: the setting
 * is wrong.
 */
int request_describe_freeze(const struct request *request, const struct job *job,
			    struct strbuf *out, struct error *err) MUST_CHECK;

/* Queue a job for `ref` (refs/heads/...). `job` gets its id; release it. */
int request_queue(struct request *request, struct job *job, const char *ref, const char *old_commit,
		  const char *new_commit, const struct push_options *options, bool deploy,
		  struct error *err) MUST_CHECK;

/* The same for a rollback of one service object of `branch`. */
int request_queue_rollback(struct request *request, struct job *job, const char *branch,
			   const char *from, const char *to, const char *kind, const char *prefix,
			   const struct push_options *options, struct error *err) MUST_CHECK;

/* Who asks, as the server knows it: the request's. */
const char *request_actor(struct request *request);
/* Our own program, to be freed. */
char *request_program(void);

enum wake {
	WAKE_RUNS = 0, /* a worker lives, it has seen the job already */
	WAKE_STARTED,  /* one was started, see gitops/worker.log */
	WAKE_OFF,      /* none lives, and gitops.worker says not to start one */
};
/* See to it that a worker runs (`always`: whatever gitops.worker says). An enum wake, or negative. */
int request_wake(struct request *request, bool always, struct error *err) MUST_CHECK;

#endif
