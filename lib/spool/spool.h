#ifndef SPOOL_SPOOL_H
#define SPOOL_SPOOL_H

#include "base/base.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "spool/journal.h"

/*
 * The queue between hooks and workers: <git-dir>/gitops/spool with tmp, new,
 * run, done and failed in it, one JSON file per job (and control, see
 * control.h). Knows no git.
 *
 * A job is new (in new/), claimed (in run/, with a worker's lease linked to
 * it), orphaned (in run/, no such lease, or one that is over), done or failed.
 * Whose lease it is is the only one who may move it. A lease is over when its
 * process has ended, however it did, or stood still for too long (lease.h).
 *
 * The link is run/<id>.<generation>.lease. Making it can succeed once for each
 * generation, so of two that take a job over one gets it, whatever else they
 * do at the same time; and who had it before can tell. A claim that was let
 * go of leaves its number as run/<id>.<generation>.free.
 *
 * Several accounts may share a spool: every file gets the permissions that
 * its directory has, whatever the umask is.
 */
#define SPOOL_JOB_MAX (64 * 1024) /* bytes of a job file */
#define SPOOL_KEEP    1000	  /* ended jobs kept in done/, and as many in failed/ */

struct job {
	char *id;		       /* sorts by time: ULID; the file is <id>.json */
	char *git_dir;		       /* absolute */
	char *ref, *branch;	       /* refs/heads/main, main */
	char *old_commit, *new_commit; /* hex; zeros: created, deleted */
	char *actor;		       /* who pushed: REMOTE_USER, GL_USER or the account */
	int64_t created_at;	       /* ms */
	bool force, dry_run;
	bool deploy;	/* asked for by `git gitops deploy`, not by a push to the branch */
	char *reason;	/* that was given, or NULL */
	char *override; /* the reason to deploy in spite of a freeze, or NULL */
	/*
	 * What was frozen when another job came by: path-prefixes. It is deployed as
	 * it is then, counted from old_commit.
	 */
	char **thaw;
	size_t thaw_nr;
	/*
	 * A rollback of one service object, to new_commit, from old_commit. The
	 * kind ("ecs") and the path-prefix; NULL: it is none.
	 */
	char *rollback_kind, *rollback_prefix;
};

#define JOB_INIT  \
	{         \
		0 \
	}

void job_init(struct job *job);
void job_release(struct job *job);
void job_write(struct strbuf *out, const struct job *job);
/* Strict: what was put by job_write(), or an error. Members of later versions are skipped. */
int job_parse(struct job *job, const char *json, size_t len, struct error *err) MUST_CHECK;

struct spool;

int spool_open(struct spool **spool, const char *dir, struct error *err) MUST_CHECK;
void spool_free(struct spool *spool);
const char *spool_dir(const struct spool *spool);
/*
 * Make the directories with exactly these permissions (0700, or with the
 * group's and the set-group-id bit as core.sharedRepository asks). Returns 1
 * when something was made, 0 when all was there.
 */
int spool_create(const char *dir, mode_t mode, struct error *err) MUST_CHECK;

/* What is no error of the caller's call: garbage moved away, a file in the way. */
typedef void spool_log_fn(void *data, const char *message);
void spool_set_log(struct spool *spool, spool_log_fn *fn, void *data);

/* Put a job, durable when this returns. Sets job->id and job->created_at. */
int spool_put(struct spool *spool, struct job *job, struct error *err) MUST_CHECK;

/*
 * May this waiting job begin now? Those that may not stay, and keep no others of
 * their branch from it. Asked in spool_claim(), while it holds its lock.
 */
typedef bool spool_gate_fn(void *data, const struct job *job);
void spool_set_gate(struct spool *spool, spool_gate_fn *fn, void *data);

/* A claimed job: ours until one of the two calls below, or until the lease is lost (lease.h). */
struct claim {
	struct job job;
	struct journal *journal; /* run/<id>.journal: the worker's own; survives it */
	unsigned generation;	 /* rises with each claim of this job */
	bool resumed;		 /* was begun by a worker that died or was stopped */
	struct claim *next;	 /* the spool's own */
};

/*
 * Claim the oldest job: orphans before new ones, so that what was begun is
 * finished first. Jobs of one branch run one after the other, oldest first: a
 * job whose branch has one running waits. What is no job is moved to failed/
 * with a reason. Returns 1, 0 when there is none (but see spool_look_again()),
 * negative: also when our lease was lost.
 */
int spool_claim(struct spool *spool, struct claim **claim, struct error *err) MUST_CHECK;
/*
 * Record the end in the journal, move job and journal to done/ (`reason`
 * NULL) or failed/, and let go. A worker that dies in between is survived: the
 * next claim sees the recorded end and only moves. Frees `claim`; on failure
 * too, and then the job is an orphan.
 */
int spool_finish(struct spool *spool, struct claim *claim, const char *reason,
		 struct error *err) MUST_CHECK;
/* Let go without an end (SIGTERM): the next worker resumes it. Frees `claim`. */
void spool_release(struct spool *spool, struct claim *claim);

/*
 * Keep other workers of this spool from what a deployment changes, by whatever
 * name. 1: it is ours until it is unlocked or this process ends; 0: another
 * worker's; negative. Within one process it keeps nobody from anything.
 */
int spool_lock_target(struct spool *spool, const char *target, struct error *err) MUST_CHECK;
void spool_unlock_target(struct spool *spool, const char *target);

/* Jobs that wait in new/ or stand in run/; what is no job by its name doesn't count. */
int spool_count(struct spool *spool, size_t *waiting, size_t *running,
		struct error *err) MUST_CHECK;

/*
 * Waiting for jobs. The descriptor (see inotify(7)) becomes readable when a
 * job was put, ended, or let go of by its worker's death; then call
 * spool_watch_drain() and claim. A death is told a moment before the lock is
 * free, so try again shortly after. -1 with errno where the system has no
 * more watches: look now and then instead.
 */
int spool_watch(struct spool *spool);
void spool_watch_drain(struct spool *spool);

/*
 * Living workers are counted by a lock too, so that a hook knows whether to
 * start one. A worker that is about to leave calls spool_leave() first and
 * looks once more for jobs after it: a hook puts its job before it asks.
 */
int spool_enter(struct spool *spool, struct error *err) MUST_CHECK;
void spool_leave(struct spool *spool);
/* 1; 0: none, or none that does anything any more; negative. */
int spool_has_worker(struct spool *spool, struct error *err) MUST_CHECK;

#endif
