/*
 * git's proc-receive hook (githooks(5), "proc-receive"): takes pushes to
 * refs/gitops/deploy/<branch> as requests to deploy what the branch holds
 * already. No ref is ever made. A deletion of the ref, which has no commit of
 * its own, asks for the branch's head; a commit asks for just that one, which
 * the branch must contain.
 */
#include "base/base.h"
#include "base/file.h"
#include "base/process.h"
#include "base/strbuf.h"
#include "deploy/request.h"
#include "hook.h"

#include <signal.h>

#define PKT_MAX	     65520
#define COMMANDS_MAX 1000
#define OPTIONS_MAX  1000
#define PREFIX	     "refs/gitops/deploy/"
#define QUEUED	     "refs/gitops/queued/"

struct command {
	char *new_commit, *ref;
};

struct commands {
	struct command v[COMMANDS_MAX];
	size_t nr;
};

/* --- pkt-lines (gitprotocol-common(5)) on stdin and stdout */

static int read_full(void *buf, size_t len, struct error *err)
{
	char *p = buf;

	while (len) {
		ssize_t n = read(0, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, "cannot read from receive-pack");
		if (!n)
			return error_set(err, ERROR_FAILED,
					 "receive-pack ended in the middle of a line");
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

/* 1: a line, without its newline; 0: a flush; negative. */
static int pkt_read(struct strbuf *line, struct error *err)
{
	unsigned long len;
	char head[5], *end;

	strbuf_reset(line);
	if (read_full(head, 4, err) < 0)
		return -1;
	head[4] = '\0';
	len = strspn(head, "0123456789abcdefABCDEF") == 4 ? strtoul(head, &end, 16) : 1;
	if (!len)
		return 0;
	if (len < 4 || len > PKT_MAX)
		return error_set(err, ERROR_INVALID, "receive-pack sent no pkt-line");
	len -= 4;
	if (!strbuf_grow(line, len))
		return error_set(err, ERROR_LIMIT, "a line of %lu bytes is too long", len);
	if (len && read_full(line->buf, len, err) < 0)
		return -1;
	line->len = len;
	line->buf[len] = '\0';
	strbuf_chomp(line);
	return 1;
}

static void pkt_add(struct strbuf *out, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void pkt_add(struct strbuf *out, const char *fmt, ...)
{
	struct strbuf text = STRBUF_INIT_MAX(PKT_MAX - 4);
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&text, fmt, ap);
	va_end(ap);
	strbuf_addf(out, "%04zx", text.len + 4);
	strbuf_addbuf(out, &text);
	strbuf_release(&text);
}

static int pkt_send(struct strbuf *out, struct error *err)
{
	strbuf_addstr(out, "0000");
	if (write_all(1, out->buf, out->len) < 0)
		return error_errno(err, "cannot answer receive-pack");
	strbuf_reset(out);
	return 0;
}

/* --- what is asked */

static int greet(bool *has_options, struct error *err)
{
	struct strbuf line = STRBUF_INIT, out = STRBUF_INIT;
	bool first = true;
	int ret;

	*has_options = false;
	while ((ret = pkt_read(&line, err)) > 0) {
		const char *features = line.buf + strlen(line.buf);

		if (first && !str_eq(line.buf, "version=1")) {
			ret = error_set(err, ERROR_INVALID,
					"receive-pack does not speak version 1");
			break;
		}
		/* Behind a NUL: features, separated by blanks. */
		if (first && features < line.buf + line.len)
			*has_options = strstr(features + 1, "push-options") != NULL;
		first = false;
	}
	if (!ret) {
		static const char version[] = "version=1\0push-options";

		strbuf_addf(&out, "%04zx", 4 + (*has_options ? sizeof(version) - 1 : 9));
		strbuf_add(&out, version, *has_options ? sizeof(version) - 1 : 9);
		ret = pkt_send(&out, err);
	}
	strbuf_release(&line);
	strbuf_release(&out);
	return ret;
}

static int read_commands(struct commands *commands, struct error *err)
{
	struct strbuf line = STRBUF_INIT;
	int ret;

	while ((ret = pkt_read(&line, err)) > 0) {
		char *first = strchr(line.buf, ' '),
		     *second = first ? strchr(first + 1, ' ') : NULL;

		if (!second || strlen(line.buf) != line.len) {
			ret = error_set(err, ERROR_INVALID, "receive-pack sent no command");
			break;
		}
		if (commands->nr == COMMANDS_MAX) {
			ret = error_set(err, ERROR_LIMIT, "more than %d requests in one push",
					COMMANDS_MAX);
			break;
		}
		*second = '\0';
		commands->v[commands->nr++] =
			(struct command){ xstrdup(first + 1), xstrdup(second + 1) };
	}
	strbuf_release(&line);
	return ret;
}

static int read_options(struct push_options *options, struct error *err)
{
	struct strbuf line = STRBUF_INIT;
	int ret, nr = 0;

	while ((ret = pkt_read(&line, err)) > 0) {
		struct error why = ERROR_INIT;

		if (++nr > OPTIONS_MAX)
			continue;
		if (push_options_take(options, line.buf, &why) < 0) {
			hook_say("%s; it is ignored", why.message);
			hook_say("hint: %s", why.hint);
		}
		error_release(&why);
	}
	strbuf_release(&line);
	return ret;
}

/* --- what is done */

/* Set `commit` to what `rev` names. 1, 0: there is none, negative. */
static int resolve(const char *rev, struct strbuf *commit, struct error *err)
{
	char *peeled = xstrfmt("%s^{commit}", rev);
	const char *argv[] = { "git",  "rev-parse", "--verify", "--quiet", "--end-of-options",
			       peeled, NULL };
	int ret = process_run(argv, PROCESS_CAPTURE | PROCESS_NO_STDIN | PROCESS_NO_STDERR, commit,
			      err);

	strbuf_rtrim(commit);
	free(peeled);
	return ret < 0 ? -1 : !ret;
}

static int contains(const char *branch_ref, const char *commit, struct error *err)
{
	const char *argv[] = { "git", "merge-base", "--is-ancestor", commit, branch_ref, NULL };
	int ret = process_run(argv, PROCESS_NO_STDIN | PROCESS_NO_STDERR, NULL, err);

	return ret < 0 ? -1 : !ret;
}

/*
 * What is no deployment of the branch is done by our command, here, as if it
 * had been given on the server. The pusher reads what it says.
 */
static int carry_out(const char *branch, const char *commit, const struct push_options *options,
		     struct strbuf *why, struct error *err)
{
	char *program = request_program(), *given = xstrfmt("--branch=%s", branch);
	char *reason = xstrfmt("--reason=%s", options->reason ? options->reason : "");
	char *to = xstrfmt("--to=%s", commit ? commit : "");
	char *kind = xstrfmt("--kind=%s", options->kind ? options->kind : "");
	const char *argv[16];
	size_t n = 0;
	int ret;

	argv[n++] = program;
	argv[n++] = options->verb;
	argv[n++] = "--local";
	argv[n++] = given;
	if (options->reason)
		argv[n++] = reason;
	if (commit)
		argv[n++] = to;
	if (options->kind)
		argv[n++] = kind;
	if (options->commit)
		argv[n++] = "--commit";
	if (options->dry_run)
		argv[n++] = "--dry-run";
	if (options->wait)
		argv[n++] = "--wait";
	argv[n++] = "--";
	argv[n++] = options->what;
	argv[n] = NULL;
	ret = process_run(argv, PROCESS_NO_STDIN | PROCESS_TO_STDERR, NULL, err);
	if (ret > 0)
		strbuf_addstr(why, ret == 1 ? "the deployment failed" :
					      "it was not done, the server says why");
	free(program);
	free(given);
	free(reason);
	free(to);
	free(kind);
	return ret < 0 ? -1 : 0;
}

static bool is_zeros(const char *hex)
{
	return strspn(hex, "0") == strlen(hex);
}

/* 1: queued; 0: not, or done already; `why`, when it has text, says why not; negative. */
static int take(struct request *request, const struct command *command,
		const struct push_options *options, struct job *job, struct strbuf *why,
		struct error *err)
{
	struct strbuf head = STRBUF_INIT_MAX(200);
	const char *branch, *commit;
	char *ref = NULL;
	int ret = 0;

	if (!skip_prefix(command->ref, PREFIX, &branch) || !*branch) {
		strbuf_addstr(why, "no request to deploy: push to " PREFIX "<branch>");
		goto out;
	}
	ref = xstrfmt("refs/heads/%s", branch);
	if (!request_branch_deploys(request, branch)) {
		strbuf_addf(why, "branch '%s' does not deploy, see gitops.branch", branch);
		goto out;
	}
	ret = resolve(ref, &head, err);
	if (ret <= 0) {
		if (!ret)
			strbuf_addf(why, "there is no branch '%s'", branch);
		goto out;
	}
	commit = head.buf;
	if (!is_zeros(command->new_commit)) {
		commit = command->new_commit;
		ret = contains(ref, commit, err);
		if (ret <= 0) {
			if (!ret)
				strbuf_addf(why, "branch '%s' does not contain %.7s: push it first",
					    branch, commit);
			goto out;
		}
	}
	if (options->verb) {
		ret = carry_out(branch, is_zeros(command->new_commit) ? NULL : commit, options, why,
				err);
		goto out;
	}
	if (options->skip) {
		hook_say("skipped %s, as asked for", branch);
		ret = 0;
		goto out;
	}
	ret = request_queue(request, job, ref, head.buf, commit, options, true, err);
	if (!ret) {
		hook_say_queued(request, job);
		ret = 1;
	}
out:
	free(ref);
	strbuf_release(&head);
	return ret;
}

/*
 * Queue all, answer for each. Who waits gets the answer when it is known how
 * the deployment went: a failed one fails the push, as a script wants it. Who
 * doesn't wait, or leaves meanwhile, has changed nothing by it.
 */
static int answer(struct commands *commands, const struct push_options *options,
		  struct request *request, struct job *jobs, struct error *err)
{
	struct strbuf out = STRBUF_INIT, why = STRBUF_INIT, line = STRBUF_INIT;
	char **refusals = xcalloc(commands->nr + 1, sizeof(*refusals));
	size_t i, queued = 0;
	int ret;

	for (i = 0; i < commands->nr; i++) {
		strbuf_reset(&why);
		ret = take(request, &commands->v[i], options, &jobs[i], &why, err);
		if (ret < 0) {
			strbuf_addstr(&why, err->message);
			error_release(err);
		}
		queued += ret > 0;
		if (ret <= 0)
			job_release(&jobs[i]);
		if (why.len)
			refusals[i] = xmemdupz(why.buf, MIN(why.len, 1000));
	}
	if (queued)
		(void)hook_wake(request); /* what went wrong was said; the jobs are kept */
	for (i = 0; options->wait && i < commands->nr; i++)
		if (jobs[i].id && hook_follow(request, &jobs[i], options->json) < 0)
			refusals[i] = xstrdup("the deployment failed");
	for (i = 0; i < commands->nr; i++) {
		const struct command *c = &commands->v[i];

		strbuf_reset(&line);
		if (refusals[i]) {
			strbuf_add_printable(&line, refusals[i], strlen(refusals[i]));
			pkt_add(&out, "ng %s %s", c->ref, line.buf);
		} else {
			/* By this name 'git gitops deploy' knows that it was us who took it. */
			pkt_add(&out, "ok %s", c->ref);
			pkt_add(&out, "option refname " QUEUED "%s", c->ref + strlen(PREFIX));
		}
		free(refusals[i]);
	}
	ret = pkt_send(&out, err);
	free(refusals);
	strbuf_release(&out);
	strbuf_release(&why);
	strbuf_release(&line);
	return ret;
}

/* Nothing can be queued at all: say so for each. */
static int refuse(struct commands *commands, const char *reason, struct error *err)
{
	struct strbuf out = STRBUF_INIT, line = STRBUF_INIT;
	size_t i;
	int ret;

	strbuf_add_printable(&line, reason, strnlen(reason, 1000));
	for (i = 0; i < commands->nr; i++)
		pkt_add(&out, "ng %s %s", commands->v[i].ref, line.buf);
	ret = pkt_send(&out, err);
	strbuf_release(&out);
	strbuf_release(&line);
	return ret;
}

int main(void)
{
	struct commands *commands = xcalloc(1, sizeof(*commands));
	struct job *jobs = xcalloc(COMMANDS_MAX + 1, sizeof(*jobs));
	struct request request = REQUEST_INIT;
	struct push_options options = { 0 };
	struct error err = ERROR_INIT;
	size_t i;
	bool has_options;
	int ret;

	signal(SIGPIPE, SIG_IGN);
	ret = greet(&has_options, &err);
	if (!ret)
		ret = read_commands(commands, &err);
	if (!ret && has_options)
		ret = read_options(&options, &err);
	if (!ret) {
		if (request_open(&request, &err) < 0) {
			char *reason = err.message;

			hook_say("%s", reason);
			if (err.hint)
				hook_say("hint: %s", err.hint);
			err.message = NULL;
			error_release(&err);
			ret = refuse(commands, reason, &err);
			free(reason);
		} else {
			ret = answer(commands, &options, &request, jobs, &err);
		}
	}
	if (ret < 0)
		hook_say("proc-receive: %s", err.message);
	push_options_release(&options);
	for (i = 0; i < commands->nr; i++) {
		job_release(&jobs[i]);
		free(commands->v[i].new_commit);
		free(commands->v[i].ref);
	}
	free(commands);
	free(jobs);
	request_release(&request);
	error_release(&err);
	return ret < 0 ? 1 : 0;
}
