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
	bool wait, skip, dry_run, force;
};

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

/* Queue a job for `ref` (refs/heads/...). `job` gets its id; release it. */
int request_queue(struct request *request, struct job *job, const char *ref, const char *old_commit,
		  const char *new_commit, const struct push_options *options, bool deploy,
		  struct error *err) MUST_CHECK;

enum wake {
	WAKE_RUNS = 0, /* a worker lives, it has seen the job already */
	WAKE_STARTED,  /* one was started, see gitops/worker.log */
	WAKE_OFF,      /* none lives, and gitops.worker says not to start one */
};
/* See to it that a worker runs (`always`: whatever gitops.worker says). An enum wake, or negative. */
int request_wake(struct request *request, bool always, struct error *err) MUST_CHECK;

#endif
