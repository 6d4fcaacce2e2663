#include "command.h"
#include "ask.h"

#include "base/process.h"
#include "deploy/request.h"
#include "ui/progress.h"

void ask_add(struct ask *ask, const char *option, const char *value)
{
	if (ask->nr == ASK_OPTIONS_MAX)
		BUG("too many push options");
	ask->options[ask->nr++] = value ? xstrfmt("%s=%s", option, value) : xstrdup(option);
}

void ask_release(struct ask *ask)
{
	size_t i;

	for (i = 0; i < ask->nr; i++)
		free(ask->options[i]);
	ask->nr = 0;
	progress_close(&ask->progress);
}

/*
 * The server answers under another name, so that one that knows nothing of
 * such requests isn't taken for one that has queued it.
 */
static int read_answer(const char *out, const struct ask *ask, struct error *err)
{
	char *queued = xstrfmt(":refs/gitops/queued/%s\t", ask->branch);
	bool ok = strstr(out, queued) != NULL;

	free(queued);
	if (ok)
		return 0;
	error_set(err, ERROR_FAILED, "'%s' does not take requests to deploy", ask->remote);
	return error_hint(err, "run 'git gitops init' in the server's repository");
}

static int no_server(const struct ask *ask, struct error *err)
{
	error_set(err, ERROR_NOT_FOUND,
		  "there is no server to ask: '%s' follows no remote, and none is called 'origin'",
		  ask->branch);
	return error_hint(err, "name a remote; with --local all is done here, without a server");
}

/* Push, and read what the server says. */
/* --- what the server says, as it comes --- */

/* What goes on is told by lines of JSON; the rest is for people. */
static void on_line(const char *line, size_t len, void *data)
{
	struct progress *progress = data;
	struct strbuf text = STRBUF_INIT;
	const char *said;

	/* git pads what comes from a server. */
	while (len && line[len - 1] == ' ')
		len--;
	if (skip_prefix(line, "remote: ", &said) && *said == '{') {
		if (progress_line(progress, said, len - (size_t)(said - line)) < 0)
			progress->quiet = true;
		return;
	}
	/* A deployment that failed is none, and of what is one we tell the reason. */
	if (starts_with(line, "error: failed to push some refs to "))
		return;
	/* As it is said of what goes on. */
	if (skip_prefix(line, "remote: gitops: ", &said))
		said -= strlen("gitops: ");
	else
		said = line;
	strbuf_add_printable(&text, said, len - (size_t)(said - line));
	strbuf_addch(&text, '\n');
	if (progress_print(progress, text.buf, text.len) < 0)
		progress->quiet = true;
	strbuf_release(&text);
}

static int on_tick(void *data)
{
	int ms = progress_tick(data);

	/* The terminal is gone: what was begun goes on, and how it ended is still to be told. */
	return ms < 0 ? INT_MAX : ms;
}

void ask_wait(struct ask *ask, const struct progress_options *options, const char *color_ui)
{
	ask_add(ask, "gitops.wait", NULL);
	ask->progress.prefix = "gitops: ";
	progress_open(&ask->progress, stderr, options, color_ui);
	ask->shows = ask->progress.board || options->quiet;
	if (ask->shows)
		ask_add(ask, "gitops.format", "json");
}

static int run(struct ask *ask, const char *const *argv, struct strbuf *out, struct error *err)
{
	const struct process_lines lines = { .line = on_line,
					     .tick = on_tick,
					     .data = &ask->progress };
	int ret;

	if (!ask->shows)
		return process_run(argv, PROCESS_CAPTURE, out, err);
	ret = process_run_lines(argv, out, &lines, err);
	progress_close(&ask->progress);
	return ret;
}

static int push(struct ask *ask, struct error *err)
{
	char *refspec =
		xstrfmt("%s:refs/gitops/deploy/%s", ask->commit ? ask->commit : "", ask->branch);
	struct strbuf out = STRBUF_INIT_MAX(1 << 20);
	const char *argv[10 + 2 * ASK_OPTIONS_MAX];
	size_t n = 0, i;
	int ret;

	argv[n++] = "git";
	argv[n++] = "push";
	argv[n++] = "--porcelain";
	argv[n++] = "--no-verify";
	for (i = 0; i < ask->nr; i++) {
		argv[n++] = "-o";
		argv[n++] = ask->options[i];
		if (str_eq(ask->options[i], "gitops.wait"))
			progress_say_when_interrupted();
	}
	argv[n++] = "--";
	argv[n++] = ask->remote;
	argv[n++] = refspec;
	argv[n] = NULL;
	/* What the server says goes to stderr, as it comes. */
	ret = run(ask, argv, &out, err);
	if (ret > 0) {
		const char *reason = strstr(out.buf, "[remote rejected] (");
		size_t len = reason ? strcspn(reason += strlen("[remote rejected] ("), "\n") : 0;

		if (len)
			error_set(err, ERROR_FAILED, "'%s' refused: %.*s", ask->remote,
				  (int)len - (reason[len - 1] == ')'), reason);
		else
			error_set(err, ERROR_FAILED, "cannot ask '%s' about '%s'", ask->remote,
				  ask->branch);
		/* A deployment that failed is no failure of this command. */
		ret = len && starts_with(reason, "the deployment failed") ? 1 : -1;
	} else if (!ret) {
		ret = read_answer(out.buf, ask, err);
	}
	strbuf_release(&out);
	free(refspec);
	return ret;
}

/* What the server would refuse is refused here: git's own words for some of it are no help. */
static int check_options(const struct ask *ask, struct error *err)
{
	struct push_options options = { 0 };
	size_t i;
	int ret = 0;

	for (i = 0; i < ask->nr && ret >= 0; i++)
		ret = push_options_take(&options, ask->options[i], err);
	push_options_release(&options);
	return ret;
}

int ask_server(struct ask *ask, struct error *err)
{
	if (!ask->remote)
		return no_server(ask, err);
	return check_options(ask, err) < 0 ? -1 : push(ask, err);
}

char *ask_branch(struct repo *repo, const char *given, struct error *err)
{
	char *branch = given ? xstrdup(given) : repo_head_branch(repo);

	if (!branch) {
		error_set(err, ERROR_INVALID, "HEAD names no branch");
		error_hint(err, "say which one with '-b <branch>'");
	}
	return branch;
}

static const char *branch_remote(struct repo *repo, const char *branch)
{
	char *key = xstrfmt("branch.%s.remote", branch);
	const char *remote = repo_config_str(repo, key);

	free(key);
	return remote;
}

const char *ask_remote(struct repo *repo, const char *given, const char *branch)
{
	const char *remote = given ? given : branch_remote(repo, branch);

	if (!remote && repo_config_str(repo, "remote.origin.url"))
		return "origin";
	return remote;
}

bool ask_is_here(struct repo *repo, const char *given, const char *branch, bool local)
{
	char *spool;
	bool here;

	if (local || given || branch_remote(repo, branch) ||
	    repo_config_str(repo, "remote.origin.url"))
		return local;
	spool = xstrfmt("%s/gitops/spool", repo_git_dir(repo));
	here = !access(spool, F_OK);
	free(spool);
	return here;
}
