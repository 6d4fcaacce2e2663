#ifndef HOOK_H
#define HOOK_H

/*
 * What post-receive and proc-receive share: how they talk to the pusher, whose
 * terminal shows each line after "remote: ". Each file in hooks/ is a program,
 * so this is a header.
 */
#include "base/base.h"
#include "base/strbuf.h"
#include "deploy/request.h"
#include "spool/follow.h"
#include "ui/progress.h"

#include <unistd.h>

#define HOOK_PREFIX "gitops: "
/* Shorter than any proxy's idle timeout that we know of (load balancers: 60 s). */
#define HOOK_HEARTBEAT_MS 15000

/* One line to the pusher, whatever is in it. Fails silently: who has left hears nothing. */
PRINTF_LIKE(1, 2) static inline void hook_say(const char *fmt, ...)
{
	struct strbuf text = STRBUF_INIT, line = STRBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&text, fmt, ap);
	va_end(ap);
	strbuf_addstr(&line, HOOK_PREFIX);
	strbuf_add_printable(&line, text.buf, text.len);
	strbuf_addch(&line, '\n');
	/* One write: lines of two processes don't mix. */
	fwrite(line.buf, 1, line.len, stderr);
	fflush(stderr);
	strbuf_release(&text);
	strbuf_release(&line);
}

static inline int hook_wake(struct request *request)
{
	struct error err = ERROR_INIT;
	int ret = request_wake(request, false, &err);

	if (ret < 0) {
		hook_say("cannot start a worker: %s", err.message);
		hook_say("hint: the job is kept; 'git gitops worker' on the server runs it");
	} else if (ret == WAKE_OFF) {
		hook_say("no worker runs now; the job waits for one");
	}
	error_release(&err);
	return ret;
}

/* What was queued, and whether it waits for more than its turn. */
static inline void hook_say_queued(const struct request *request, const struct job *job)
{
	struct strbuf frozen = STRBUF_INIT;
	struct error err = ERROR_INIT;

	if (request_describe_freeze(request, job, &frozen, &err) < 0)
		strbuf_addf(&frozen, "; it waits until this is mended: %s", err.message);
	hook_say("queued %s at %.7s%s%s%s", job->branch, job->new_commit,
		 job->dry_run ? ", dry run" : "", job->force ? ", forced" : "", frozen.buf);
	strbuf_release(&frozen);
	error_release(&err);
}

struct hook_follow {
	struct request *request;
	struct progress progress;
	const char *branch;
	bool json;
	int started; /* workers in a row that left without taking the job */
};

/* So many workers that came to nothing are enough to know that the next one will, too. */
#define HOOK_STARTS_MAX 3

static inline int hook_follow_line(const char *line, size_t len, void *data)
{
	struct hook_follow *f = data;

	if (!f->json)
		return progress_line(&f->progress, line, len) < 0;
	/* The records are for the worker. */
	return !starts_with(line, "{\"record\":") && fprintf(stderr, "%s\n", line) < 0;
}

/* A sign of life for proxies, and a new worker should the last one have died. */
static inline int hook_follow_idle(bool waiting, void *data)
{
	struct hook_follow *f = data;
	int woken;

	if (f->json)
		fputs("{}\n", stderr);
	else
		hook_say("%s: %s ... (it goes on when you leave)", f->branch,
			 waiting ? "waiting" : "still deploying");
	if (ferror(stderr))
		return 1;
	woken = hook_wake(f->request);
	if (woken < 0)
		return 1;
	if (!waiting || woken != WAKE_STARTED)
		f->started = 0;
	else if (++f->started == HOOK_STARTS_MAX) {
		hook_say("no worker takes the job; the server's gitops/worker.log says why");
		hook_say("hint: the job is kept; 'git gitops worker' on the server runs it");
		return 1;
	}
	return 0;
}

/*
 * Show a job until its end. Nothing depends on it: Ctrl-C or a dropped
 * connection ends this, not the job. With `json` as lines of its journal, for a
 * program. Negative: the job failed, or can't be followed.
 */
static inline int hook_follow(struct request *request, const struct job *job, bool json)
{
	struct hook_follow f = { .request = request,
				 .progress = { .out = stderr, .prefix = HOOK_PREFIX },
				 .branch = job->branch,
				 .json = json };
	const struct follow_events events = { .line = hook_follow_line,
					      .idle = hook_follow_idle,
					      .data = &f,
					      .idle_ms = HOOK_HEARTBEAT_MS,
					      .hangup_fd = 2 };
	struct error err = ERROR_INIT;
	int ret = spool_follow(request->spool, job->id, &events, &err);

	if (ret < 0)
		hook_say("%s", err.message);
	progress_close(&f.progress);
	error_release(&err);
	return ret == FOLLOW_DONE ? 0 : -1;
}

#endif
