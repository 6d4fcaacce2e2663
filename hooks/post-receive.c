/*
 * git's post-receive hook: one job for each updated branch that deploys. Runs
 * while the pusher waits, so it opens no object store and starts nothing but
 * `git config` (and a worker, when none lives).
 */
#include "base/base.h"
#include "base/strbuf.h"
#include "deploy/request.h"
#include "hook.h"

#include <signal.h>

#define INPUT_MAX   (64 << 20)
#define OPTIONS_MAX 1000

struct update {
	const char *old_commit, *new_commit, *ref;
};

struct updates {
	struct update *v;
	size_t nr, alloc;
};

static bool is_oid(const char *s)
{
	size_t n = strlen(s);

	return (n == 40 || n == 64) && strspn(s, "0123456789abcdef") == n;
}

static bool is_zeros(const char *s)
{
	return strspn(s, "0") == strlen(s);
}

/* Split "<old> SP <new> SP <ref> LF" in place. */
static bool parse_update(char *line, struct update *update)
{
	char *first = strchr(line, ' '), *second = first ? strchr(first + 1, ' ') : NULL;

	if (!second)
		return false;
	*first = *second = '\0';
	update->old_commit = line;
	update->new_commit = first + 1;
	update->ref = second + 1;
	return is_oid(update->old_commit) && is_oid(update->new_commit) &&
	       starts_with(update->ref, "refs/");
}

/* The updates of branches; the rest is none of ours. */
static void parse_input(struct strbuf *in, struct updates *updates)
{
	char *line = in->buf, *end = in->buf + in->len;
	size_t number;

	for (number = 1; line < end; number++) {
		char *newline = memchr(line, '\n', (size_t)(end - line));
		struct update update;

		if (!newline)
			newline = end; /* a NUL stands there */
		*newline = '\0';
		if (strlen(line) != (size_t)(newline - line) || !parse_update(line, &update)) {
			hook_say("line %zu of the input is not '<old> <new> <ref>': ignored",
				 number);
		} else if (starts_with(update.ref, "refs/heads/")) {
			ALLOC_GROW(updates->v, updates->nr + 1, updates->alloc);
			updates->v[updates->nr++] = update;
		}
		line = newline + 1;
	}
}

static void read_options(struct push_options *options)
{
	const char *text = getenv("GIT_PUSH_OPTION_COUNT");
	struct error err = ERROR_INIT;
	uint64_t nr, i;

	if (!text || !parse_uint(text, 1, OPTIONS_MAX, &nr))
		return;
	for (i = 0; i < nr; i++) {
		char *name = xstrfmt("GIT_PUSH_OPTION_%" PRIu64, i);
		const char *value = getenv(name);

		if (value && push_options_take(options, value, &err) < 0) {
			hook_say("%s; it is ignored", err.message);
			hook_say("hint: %s", err.hint);
			error_release(&err);
		}
		free(name);
	}
}

/* 1: queued, 0: nothing to queue, negative. */
static int handle(struct request *request, struct job *job, const struct update *update,
		  const struct push_options *options, struct error *err)
{
	const char *branch = update->ref + strlen("refs/heads/");

	job_init(job);
	if (!request_branch_deploys(request, branch))
		return 0;
	if (is_zeros(update->new_commit)) {
		hook_say("branch '%s' was deleted: nothing is deployed, and nothing is deleted",
			 branch);
		return 0;
	}
	if (options->skip) {
		hook_say("skipped %s at %.7s; the next push deploys its changes, too", branch,
			 update->new_commit);
		return 0;
	}
	if (request_queue(request, job, update->ref, update->old_commit, update->new_commit,
			  options, false, err) < 0)
		return -1;
	hook_say_queued(request, job);
	return 1;
}

static int run(const struct updates *updates, const struct push_options *options)
{
	struct request request = REQUEST_INIT;
	struct error err = ERROR_INIT;
	struct job *jobs = xcalloc(updates->nr, sizeof(*jobs));
	size_t i, nr = 0;
	int status = 0;

	if (request_open(&request, &err) < 0) {
		hook_say("nothing is deployed: %s", err.message);
		if (err.hint)
			hook_say("hint: %s", err.hint);
		status = 1;
		goto out;
	}
	if (!request_has_branches(&request)) {
		hook_say(
			"no branch deploys; the server's 'git config --add gitops.branch %s' makes one",
			updates->v[0].ref + strlen("refs/heads/"));
		goto out;
	}
	for (i = 0; i < updates->nr; i++) {
		int ret = handle(&request, &jobs[nr], &updates->v[i], options, &err);

		if (ret > 0) {
			nr++;
		} else if (ret < 0) {
			hook_say("the push stands, but '%s' was not queued: %s",
				 updates->v[i].ref + strlen("refs/heads/"), err.message);
			hook_say("hint: when that is mended, 'git gitops deploy' queues it");
			job_release(&jobs[nr]);
			error_release(&err);
			status = 1;
		}
	}
	if (nr && hook_wake(&request) < 0)
		status = 1;
	for (i = 0; options->wait && i < nr; i++)
		if (hook_follow(&request, &jobs[i], options->json) < 0)
			status = 1;
out:
	for (i = 0; i < nr; i++)
		job_release(&jobs[i]);
	free(jobs);
	request_release(&request);
	error_release(&err);
	return status;
}

int main(void)
{
	struct strbuf in = STRBUF_INIT_MAX(INPUT_MAX);
	struct push_options options = { 0 };
	struct updates updates = { 0 };
	int status = 0;

	/* A pusher who has gone away is no reason to lose a job. */
	signal(SIGPIPE, SIG_IGN);
	if (strbuf_read(&in, 0) < 0) {
		hook_say("cannot read which refs were pushed: %s; nothing is deployed",
			 strerror(errno));
		status = 1;
	} else {
		parse_input(&in, &updates);
		if (updates.nr) {
			read_options(&options);
			status = run(&updates, &options);
		}
	}
	push_options_release(&options);
	free(updates.v);
	strbuf_release(&in);
	return status;
}
