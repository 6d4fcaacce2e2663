#ifndef SPOOL_SPOOL_H
#define SPOOL_SPOOL_H

#include "base/base.h"
#include "base/error.h"
#include "base/strbuf.h"

/*
 * The queue between hooks and workers: <git-dir>/gitops/spool with tmp, new,
 * run, done and failed in it, one JSON file per job. Knows no git.
 *
 * A job is new (in new/), claimed (in run/, its lock held by a living
 * worker), orphaned (in run/, lock free: its worker died), done or failed.
 */
struct job {
	char *id; /* sorts by time: ULID; the file is <id>.json */
	char *git_dir; /* absolute */
	char *ref, *branch; /* refs/heads/main, main */
	char *old_commit, *new_commit; /* hex; zeros: created, deleted */
	char *actor; /* who pushed: REMOTE_USER, GIT_PUSH_... or the account */
	int64_t created_at; /* ms */
	bool force, dry_run;
	bool deploy; /* asked for by `git gitops deploy`, not by a push to the branch */
};

void job_init(struct job *job);
void job_release(struct job *job);
void job_write(struct strbuf *out, const struct job *job);
int job_parse(struct job *job, const char *json, size_t len, struct error *err) MUST_CHECK;

struct spool;

int spool_open(struct spool **spool, const char *dir, struct error *err) MUST_CHECK;
void spool_free(struct spool *spool);
/* Make the directories (mode 0700 or as core.sharedRepository asks). */
int spool_create(const char *dir, mode_t mode, struct error *err) MUST_CHECK;

/* Put a job, durable when this returns. Sets job->id. */
int spool_put(struct spool *spool, struct job *job, struct error *err) MUST_CHECK;

/* A claimed job: its lock is held until one of the three calls below. */
struct claim {
	struct job job;
	char *journal_path; /* run/<id>.journal: JSON lines, the worker's own; survives it */
	int lock_fd;
	bool resumed; /* was begun by a worker that died */
};

/*
 * Claim the oldest job: orphans before new ones. With `one_per_branch` a job
 * whose branch (of the same repository) has a job running elsewhere waits.
 * Returns 1, 0 when there is none, negative.
 */
int spool_claim(struct spool *spool, struct claim **claim, struct error *err) MUST_CHECK;
/* Move to done/ or failed/ with its journal and let go. Idempotent after a crash. */
int spool_finish(struct spool *spool, struct claim *claim, bool ok, struct error *err) MUST_CHECK;
/* Let go without an end (SIGTERM): the next worker resumes it. */
void spool_release(struct spool *spool, struct claim *claim);

/*
 * The journal of a job: what was recorded last. One JSON object a line,
 * appended and synced before the next step begins; a torn last line (crash,
 * full disk) is cut off when it is opened again.
 */
struct journal;
int journal_open(struct journal **journal, const char *path, struct error *err) MUST_CHECK;
int journal_append(struct journal *journal, const char *line, size_t len, bool sync,
		   struct error *err) MUST_CHECK;
/* Each line from the start. */
typedef int journal_fn(const char *line, size_t len, void *data);
int journal_each(struct journal *journal, journal_fn *fn, void *data, struct error *err) MUST_CHECK;
void journal_close(struct journal *journal);

#endif
