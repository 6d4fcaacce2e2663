#include "command.h"
#include "worker-show.h"

#include "aws/client.h"
#include "aws/loop.h"
#include "base/clock.h"
#include "deploy/freeze.h"
#include "deploy/job.h"
#include "repo/repo.h"
#include "base/strmap.h"
#include "spool/control.h"
#include "spool/lease.h"
#include "spool/spool.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <sys/stat.h>

#define JOBS_MAX      64    /* pushes at once, of as many branches */
#define LOOK_AGAIN_MS 250   /* after an event: a death is told before its lock is free */
#define LOOK_MS	      60000 /* where events don't come: a file system on another host */
#define POLL_MS	      2000  /* where the system has no inotify left */
/* After a job that could not be ended, a spool that can't be read; doubled each time. */
#define REST_MS	    1000
#define REST_MAX_MS 30000

static const char *const worker_usage[] = {
	"git gitops worker [--once | --drain] [--jobs <n>] [--[no-]progress] [<dir>...]", NULL
};

struct queue {
	struct worker *worker;
	char *git_dir;
	struct spool *spool;
	struct loop_watch watch;
	struct loop_timer again, rest, thaw;
	int64_t rest_ms; /* how long the last one was, 0: all went well since */
	/* Of the claim that is being made: */
	struct freezes freezes;
	char *broken; /* why gitops.freeze is not understood; then nothing begins */
	bool freezes_read;
	size_t frozen;	    /* jobs that wait for the end of a freeze */
	int64_t thaws_at;   /* ms; the first of these ends */
	struct strmap told; /* ids of jobs that the log has as frozen */
};

struct worker {
	struct aws_loop *loop;
	struct aws *aws;
	struct runner *runner;
	struct queue *queues;
	size_t nr;
	int once, drain;
	bool begun; /* --once: the one job was claimed */
	bool stopping, failed, lost;
	struct loop_watch signals;
	struct loop_timer regular;
	struct worker_show show;
	struct loop_timer lease; /* so that the loop turns often enough to renew it */
};

static void log_line(void *data, const char *message)
{
	struct worker *w = data;
	struct strbuf line = STRBUF_INIT;

	format_time_ms(&line, clock_wall_ms(clock_system()));
	strbuf_addch(&line, ' ');
	strbuf_add_printable(&line, message, strlen(message));
	strbuf_addch(&line, '\n');
	worker_show_log(&w->show, line.buf, line.len);
	strbuf_release(&line);
}

static void rest(struct queue *queue)
{
	queue->rest_ms = queue->rest_ms ? MIN(queue->rest_ms * 2, REST_MAX_MS) : REST_MS;
	loop_timer_set(queue->worker->loop, &queue->rest, queue->rest_ms);
}

/* --- leases: asked before whatever the loop calls, and before each request to AWS */

static bool keep_leases(void *data)
{
	struct worker *w = data;
	size_t i;

	for (i = 0; !w->lost && i < w->nr; i++)
		w->lost = w->queues[i].spool && !spool_keep_lease(w->queues[i].spool);
	return !w->lost;
}

static void on_lease(void *data)
{
	struct worker *w = data;
	int64_t step = INT64_MAX;
	size_t i;

	for (i = 0; i < w->nr; i++)
		step = MIN(step, spool_lease_step(w->queues[i].spool));
	loop_timer_set(w->loop, &w->lease, step);
}

static int read_lease(struct queue *queue, struct repo *repo, struct error *err)
{
	int64_t seconds = repo_config_int(repo, "gitops.lease", LEASE_DEFAULT_S);

	if (seconds < LEASE_MIN_S || seconds > LEASE_MAX_S)
		return error_set(err, ERROR_INVALID,
				 "gitops.lease of '%s' is no number of seconds from %d to %d",
				 queue->git_dir, LEASE_MIN_S, LEASE_MAX_S);
	spool_set_lease(queue->spool, (unsigned)seconds);
	return 0;
}

/* --- freezes: read anew for each claim, since they may be changed any time */

static void read_freezes(struct queue *queue)
{
	struct error err = ERROR_INIT;
	struct repo *repo = NULL;
	const char **values = NULL;
	size_t nr = 0, i;
	int ret = repo_open(&repo, queue->git_dir, &err);

	if (!ret)
		values = repo_config_all(repo, "gitops.freeze", &nr);
	for (i = 0; !ret && i < nr; i++)
		ret = freezes_add(&queue->freezes, values[i], &err);
	if (ret < 0)
		queue->broken = xstrdup(err.message);
	queue->freezes_read = true;
	free(values);
	repo_free(repo);
	error_release(&err);
}

static void forget_freezes(struct queue *queue)
{
	freezes_release(&queue->freezes);
	FREE_AND_NULL(queue->broken);
	queue->freezes_read = false;
	queue->frozen = 0;
	queue->thaws_at = INT64_MAX;
}

static int is_cancel(const struct control *control, void *data)
{
	const struct job **job = data;

	if (control->verb == CONTROL_CANCEL && *job && str_eq(control->job, (*job)->id))
		*job = NULL;
	return !*job;
}

/* It may begin, to end at once. */
static bool is_cancelled(struct queue *queue, const struct job *job)
{
	struct error err = ERROR_INIT;

	if (spool_each_control(queue->spool, is_cancel, &job, &err) < 0)
		error_release(&err);
	return !job;
}

static void tell_frozen(struct queue *queue, const struct job *job, const char *why)
{
	struct strbuf line = STRBUF_INIT;

	if (strmap_has(&queue->told, job->id))
		return;
	strmap_put(&queue->told, job->id, queue);
	strbuf_addf(&line, "job %s: %s", job->id, why);
	log_line(queue->worker, line.buf);
	strbuf_release(&line);
}

static bool may_begin(void *data, const struct job *job)
{
	int64_t now = clock_wall_ms(clock_system());
	struct strbuf why = STRBUF_INIT;
	struct queue *queue = data;
	struct frozen frozen;
	bool broken;

	if (!queue->freezes_read)
		read_freezes(queue);
	broken = queue->broken && !job->rollback_prefix && !job->dry_run;
	if ((!broken && !job_is_frozen(job, &queue->freezes, now, &frozen)) ||
	    is_cancelled(queue, job))
		return true;
	queue->frozen++;
	if (broken) {
		strbuf_addf(&why, "waits until this is mended: %s", queue->broken);
	} else {
		frozen_describe(&why, &frozen);
		if (frozen.until != WINDOW_NEVER)
			queue->thaws_at = MIN(queue->thaws_at, frozen.until * 1000);
	}
	tell_frozen(queue, job, why.buf);
	strbuf_release(&why);
	return false;
}

/* The regular look comes often enough until then; the clock may be set meanwhile. */
static void wait_for_thaw(struct queue *queue)
{
	int64_t rest = queue->thaws_at - clock_wall_ms(clock_system());

	if (queue->thaws_at != INT64_MAX && rest < LOOK_MS)
		loop_timer_set(queue->worker->loop, &queue->thaw, MAX(rest, LOOK_AGAIN_MS));
}

/* Claim what can be claimed. Returns how many. */
static size_t claim_from(struct queue *queue)
{
	struct worker *w = queue->worker;
	size_t nr = 0;

	while (!w->stopping && !loop_timer_is_set(&queue->rest) &&
	       runner_running(w->runner) < JOBS_MAX && !(w->once && w->begun)) {
		struct error err = ERROR_INIT;
		struct claim *claim;
		int ret;

		forget_freezes(queue);
		ret = spool_claim(queue->spool, &claim, &err);

		if (ret < 0) {
			log_line(w, err.message);
			error_release(&err);
			rest(queue);
		}
		if (ret <= 0)
			break;
		w->begun = true;
		nr++;
		runner_start(w->runner, queue->spool, queue->git_dir, claim);
	}
	wait_for_thaw(queue);
	if (spool_look_again(queue->spool) >= 0 && !loop_timer_is_set(&queue->again))
		loop_timer_set(w->loop, &queue->again, spool_look_again(queue->spool));
	return nr;
}

static size_t claim_all(struct worker *w)
{
	size_t i, nr = 0;

	for (i = 0; i < w->nr; i++)
		nr += claim_from(&w->queues[i]);
	return nr;
}

/* Who else would begin them when it is over? */
static bool frozen(const struct worker *w)
{
	size_t i, nr = 0;

	for (i = 0; i < w->nr; i++)
		nr += w->queues[i].frozen;
	return nr > 0;
}

/* A worker with jobs seems to stand still: who takes them over if it does? */
static bool suspects(const struct worker *w)
{
	bool ret = false;
	size_t i;

	for (i = 0; i < w->nr; i++)
		ret |= spool_has_suspect(w->queues[i].spool);
	return ret;
}

/*
 * Nothing to do and nothing running: time to go, unless a hook put a job and
 * saw us alive in this moment.
 */
static bool may_leave(struct worker *w)
{
	struct error err = ERROR_INIT;
	size_t i;

	if (runner_running(w->runner))
		return false;
	if (w->once)
		return true;
	if (!w->drain || frozen(w) || suspects(w))
		return false;
	for (i = 0; i < w->nr; i++)
		spool_leave(w->queues[i].spool);
	if (!claim_all(w) && !frozen(w) && !suspects(w))
		return true;
	for (i = 0; i < w->nr; i++)
		if (spool_enter(w->queues[i].spool, &err) < 0) {
			log_line(w, err.message);
			error_release(&err);
		}
	return !runner_running(w->runner) && !frozen(w) && !suspects(w);
}

static void look(struct worker *w)
{
	size_t i;

	for (i = 0; i < w->nr; i++)
		runner_look(w->runner, w->queues[i].spool);
	claim_all(w);
	if (may_leave(w))
		aws_loop_stop(w->loop);
}

static void on_event(int fd UNUSED, unsigned events UNUSED, void *data)
{
	struct queue *queue = data;

	spool_watch_drain(queue->spool);
	loop_timer_set(queue->worker->loop, &queue->again, LOOK_AGAIN_MS);
	look(queue->worker);
}

static void on_again(void *data)
{
	struct queue *queue = data;

	look(queue->worker);
}

static void on_rested(void *data)
{
	struct queue *queue = data;

	look(queue->worker);
}

static void on_regular(void *data)
{
	struct worker *w = data;
	bool blind = false;
	size_t i;

	for (i = 0; i < w->nr; i++)
		blind |= spool_watch(w->queues[i].spool) < 0;
	loop_timer_set(w->loop, &w->regular, blind ? POLL_MS : LOOK_MS);
	look(w);
}

/* A job has left; its branch is free. Not from here: this is called from within the runner. */
static void on_left(void *data, struct spool *spool, const char *job, bool ok, bool failed)
{
	struct worker *w = data;
	size_t i;

	worker_show_left(&w->show, job);
	w->failed |= failed || !ok;
	for (i = 0; i < w->nr; i++) {
		if (w->queues[i].spool != spool)
			continue;
		if (ok)
			w->queues[i].rest_ms = 0;
		else
			rest(&w->queues[i]);
		loop_timer_set(w->loop, &w->queues[i].again, 0);
	}
}

static void on_signal(int fd, unsigned events UNUSED, void *data)
{
	struct signalfd_siginfo info;
	struct worker *w = data;

	if (read(fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return;
	log_line(w, "stopping; what is under way can be taken up again");
	w->stopping = true;
	aws_loop_stop(w->loop);
}

static void on_line(void *data, const char *job, const char *line, size_t len)
{
	worker_show_line(&((struct worker *)data)->show, job, line, len);
}

static int watch_signals(struct worker *w, struct error *err)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	signal(SIGPIPE, SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0 ||
	    (fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)) < 0)
		return error_errno(err, "cannot watch for signals");
	loop_watch_init(&w->signals, fd, on_signal, w);
	return loop_watch_set(w->loop, &w->signals, LOOP_READ, err);
}

/*
 * libgit2 knows nothing of core.sharedRepository: what the group is granted in
 * the spool, the umask must not take from objects and refs.
 */
static void open_umask(const char *spool)
{
	struct stat st;
	mode_t mask = umask(077);

	umask(stat(spool, &st) < 0 ? mask : mask & ~(st.st_mode & 0777));
}

static int open_queue(struct worker *w, const char *dir, uint64_t *jobs, struct error *err)
{
	struct queue *queue = &w->queues[w->nr];
	struct repo *repo = NULL;
	int64_t configured;
	char *path;
	int fd, ret = -1;

	w->nr++;
	queue->worker = w;
	loop_timer_init(&queue->again, on_again, queue);
	loop_timer_init(&queue->rest, on_rested, queue);
	loop_timer_init(&queue->thaw, on_rested, queue);
	strmap_init(&queue->told);
	if (repo_open(&repo, dir, err) < 0)
		return -1;
	queue->git_dir = xstrdup(repo_git_dir(repo));
	configured = repo_config_int(repo, "gitops.jobs", 0);
	if (!*jobs && configured > 0)
		*jobs = (uint64_t)configured;
	path = xstrfmt("%s/gitops/spool", queue->git_dir);
	if (spool_open(&queue->spool, path, err) < 0 || read_lease(queue, repo, err) < 0)
		goto out;
	open_umask(path);
	spool_set_log(queue->spool, log_line, w);
	spool_set_gate(queue->spool, may_begin, queue);
	if (spool_enter(queue->spool, err) < 0)
		goto out;
	fd = spool_watch(queue->spool);
	loop_watch_init(&queue->watch, fd, on_event, queue);
	if (fd >= 0 && loop_watch_set(w->loop, &queue->watch, LOOP_READ, err) < 0)
		goto out;
	ret = 0;
out:
	repo_free(repo);
	free(path);
	return ret;
}

static void close_queue(struct queue *queue)
{
	loop_timer_stop(&queue->again);
	loop_timer_stop(&queue->rest);
	loop_timer_stop(&queue->thaw);
	forget_freezes(queue);
	strmap_release(&queue->told, NULL);
	loop_watch_stop(&queue->watch);
	spool_free(queue->spool);
	free(queue->git_dir);
}

static int run(struct worker *w, int argc, const char **argv, uint64_t jobs, struct error *err)
{
	struct runner_options options = {
		.log = log_line, .left = on_left, .line = on_line, .data = w
	};
	struct aws_options aws = { .may_send = keep_leases, .may_send_data = w };
	int i;

	if (aws_loop_new(&w->loop, NULL, err) < 0)
		return -1;
	w->show.loop = w->loop;
	if (watch_signals(w, err) < 0)
		return -1;
	w->queues = xcalloc((size_t)argc + 1, sizeof(*w->queues));
	for (i = 0; i < MAX(argc, 1); i++)
		if (open_queue(w, argc ? argv[i] : NULL, &jobs, err) < 0)
			return -1;
	if (aws_open(&w->aws, w->loop, &aws, err) < 0)
		return -1;
	options.deployments = (size_t)jobs;
	w->runner = runner_new(w->loop, w->aws, &options);
	loop_timer_init(&w->regular, on_regular, w);
	loop_timer_set(w->loop, &w->regular, 0);
	loop_timer_init(&w->lease, on_lease, w);
	on_lease(w);
	aws_loop_guard(w->loop, keep_leases, w);
	if (aws_loop_run(w->loop, err) < 0)
		return -1;
	return w->lost ? error_set(err, ERROR_CONFLICT,
				   "this worker stood still for too long; it ends") :
			 0;
}

int cmd_worker(int argc, const char **argv, struct context *ctx UNUSED)
{
	struct progress_options show = PROGRESS_OPTIONS_INIT;
	struct worker w = { 0 };
	struct error err = ERROR_INIT;
	uint64_t jobs = 0;
	int status = 0;
	size_t i;
	const struct option options[] = {
		OPT_BOOL(0, "once", &w.once, "run one job, then end"),
		OPT_BOOL(0, "drain", &w.drain, "run what there is, then end"),
		OPT_UINT('j', "jobs", &jobs, "n", "deployments at once (else gitops.jobs, 100)"),
		OPT_PROGRESS(&show), OPT_END()
	};

	argc = parse_options(argc, argv, options, worker_usage);
	worker_show_open(&w.show, &show, NULL);
	if (run(&w, argc, argv, jobs, &err) < 0)
		status = error_report(&err);
	else if ((w.once || w.drain) && w.failed)
		status = 1;
	runner_free(w.runner);
	worker_show_close(&w.show);
	if (w.loop) {
		loop_timer_stop(&w.regular);
		loop_timer_stop(&w.lease);
	}
	for (i = 0; i < w.nr; i++)
		close_queue(&w.queues[i]);
	free(w.queues);
	aws_close(w.aws);
	if (w.loop) {
		int fd = w.signals.fd;

		loop_watch_stop(&w.signals);
		if (fd > 0)
			close(fd);
		aws_loop_free(w.loop);
	}
	error_release(&err);
	return status;
}
