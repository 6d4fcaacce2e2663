#ifndef DEPLOY_JOB_H
#define DEPLOY_JOB_H

#include "base/base.h"
#include "base/error.h"
#include "spool/spool.h"

/*
 * Running claimed jobs: from a commit to deployments in the engine, and from
 * what becomes of them to notes and refs. Any number of jobs at once on one
 * loop.
 *
 * Everything a job does is in its journal first, one line each, so that a
 * worker that is killed at any point is succeeded by one that goes on there:
 *
 *	{"begin": {"branch", "from", "to", "objects", "dryRun", "resumed"}}
 *	{"plan": [{"kind", "prefix", "intent", "why", "last"}, ...]}
 *	{"record": <as in the notes>}		a deployment's state; the last one counts
 *	{"event": {"time", "prefix", "kind", "step", "message", "until"}}	for those who follow
 *	{"result": {"prefix", "kind", "outcome", "ms", "failure" or, of what is held, "why"}}
 *	{"control": <as in the spool>}	what somebody asked of it
 *	{"message": "..."}			for those who follow
 *	{"end": "done" or "failed", "reason"}	by the spool
 *
 * "last" is the digest of what the object's last good deployment rendered to.
 *
 * Order: the records are in the notes (as QUEUED) before anything is asked of
 * AWS, so a job that can't write its state deploys nothing. When all
 * deployments are over, their final records go to the notes, then live refs,
 * then refs/gitops/processed/<branch>, by compare-and-swap; then the job ends.
 * Each of these may be done again.
 */
struct aws;
struct aws_loop;
struct runner;

struct runner_options {
	size_t deployments; /* at once, over all jobs; 0: the engine's default */
	/* What happens to workers, not to deployments: for a log. */
	void (*log)(void *data, const char *message);
	/*
	 * A job has left: `ok` unless it must be taken up again later (its
	 * state could not be written; it is an orphan now). Called from the loop.
	 */
	void (*left)(void *data, struct spool *spool, const char *job, bool ok, bool failed);
	/* Each line that goes to the journal of the job with that id, but for its end; or NULL. */
	void (*line)(void *data, const char *job, const char *line, size_t len);
	void *data;
};

struct runner *runner_new(struct aws_loop *loop, struct aws *aws,
			  const struct runner_options *options);
/* Stops without ending: every job is let go of and can be resumed. */
void runner_free(struct runner *runner);
/*
 * Run a job of the repository `git_dir`. Takes `claim`. Never fails by itself:
 * what can't be run ends as a failed job with the reason.
 */
void runner_start(struct runner *runner, struct spool *spool, const char *git_dir,
		  struct claim *claim);
/* See what people ask of the jobs of this spool that run here. Call it when the spool changed. */
void runner_look(struct runner *runner, struct spool *spool);
size_t runner_running(const struct runner *runner);

#endif
