#include "command.h"
#include "range.h"

#include "artifact/plan.h"
#include "base/process.h"
#include "check/check.h"
#include "deploy/request.h"
#include "repo/repo.h"
#include "spool/follow.h"
#include "ui/findings.h"
#include "ui/plan.h"
#include "ui/progress.h"

static const char *const deploy_usage[] = {
	"git gitops deploy [-b <branch>] [--force] [--dry-run] [--wait] [<remote> [<commit>]]",
	"git gitops deploy --local [-b <branch>] [--force] [--dry-run] [<commit>]", NULL
};

#define IDLE_MS 15000

struct deploy {
	const char *branch, *remote, *commit; /* NULL: not given */
	int force, dry_run, wait, local;
};

/* --- on a server, by a push to a ref that never comes to be */

/*
 * The server answers under another name, so that one that knows nothing of
 * such requests isn't taken for one that has queued it.
 */
static int read_answer(const char *out, const char *branch, const char *remote, struct error *err)
{
	char *queued = xstrfmt(":refs/gitops/queued/%s\t", branch);
	bool ok = strstr(out, queued) != NULL;

	free(queued);
	if (ok)
		return 0;
	error_set(err, ERROR_FAILED, "'%s' does not take requests to deploy", remote);
	return error_hint(err, "run 'git gitops init' in the server's repository");
}

static int deploy_remote(const struct deploy *deploy, const char *branch, struct error *err)
{
	char *refspec =
		xstrfmt("%s:refs/gitops/deploy/%s", deploy->commit ? deploy->commit : "", branch);
	struct strbuf out = STRBUF_INIT_MAX(1 << 20);
	const char *argv[16];
	size_t n = 0;
	int ret;

	argv[n++] = "git";
	argv[n++] = "push";
	argv[n++] = "--porcelain";
	argv[n++] = "--no-verify";
	if (deploy->force) {
		argv[n++] = "-o";
		argv[n++] = "gitops.force";
	}
	if (deploy->dry_run) {
		argv[n++] = "-o";
		argv[n++] = "gitops.dry-run";
	}
	if (deploy->wait) {
		argv[n++] = "-o";
		argv[n++] = "gitops.wait";
	}
	argv[n++] = "--";
	argv[n++] = deploy->remote;
	argv[n++] = refspec;
	argv[n] = NULL;
	/* What the server says goes to stderr, as it comes. */
	ret = process_run(argv, PROCESS_CAPTURE, &out, err);
	if (ret > 0) {
		const char *reason = strstr(out.buf, "[remote rejected] (");
		size_t len = reason ? strcspn(reason += strlen("[remote rejected] ("), "\n") : 0;

		if (len)
			error_set(err, ERROR_FAILED, "'%s' refused: %.*s", deploy->remote,
				  (int)len - (reason[len - 1] == ')'), reason);
		else
			error_set(err, ERROR_FAILED, "cannot ask '%s' to deploy '%s'",
				  deploy->remote, branch);
		/* A deployment that failed is no failure of this command. */
		ret = len && starts_with(reason, "the deployment failed") ? 1 : -1;
	} else if (!ret) {
		ret = read_answer(out.buf, branch, deploy->remote, err);
	}
	strbuf_release(&out);
	free(refspec);
	return ret;
}

/* --- here: a spool of this repository's own, and a worker for it */

static int on_line(const char *line, size_t len, void *data)
{
	/* The plan was shown, as a table. */
	if (starts_with(line, "{\"plan\":"))
		return 0;
	return progress_line(data, line, len) < 0;
}

static int on_idle(bool waiting UNUSED, void *data UNUSED)
{
	return 0;
}

static int follow(struct request *request, const struct job *job, struct error *err)
{
	struct progress progress = { .out = stdout, .prefix = "" };
	const struct follow_events events = { .line = on_line,
					      .idle = on_idle,
					      .data = &progress,
					      .idle_ms = IDLE_MS,
					      .hangup_fd = -1 };
	int ret = spool_follow(request->spool, job->id, &events, err);

	return ret < 0 ? -1 : ret == FOLLOW_FAILED;
}

/* What pre-receive would say. 1: it would refuse. */
static int check(struct repo *repo, const struct plan *plan, struct range *range, struct error *err)
{
	struct findings_style style =
		findings_style_for(STDOUT_FILENO, repo_config_str(repo, "color.ui"));
	struct findings findings = { .max = CHECK_MAX_FINDINGS };
	struct check_summary summary = { 0 };
	struct strbuf out = STRBUF_INIT;
	int ret = check_plan(&findings, &summary, plan, range->after, err);

	if (!ret && findings.nr) {
		findings_text(&out, &findings, &style);
		findings_summary(&out, &findings);
		strbuf_addch(&out, '\n');
		fwrite(out.buf, 1, out.len, stdout);
		ret = findings.errors != 0;
	}
	findings_release(&findings);
	strbuf_release(&out);
	return ret;
}

/* 0, 1 when there are findings, negative. */
static int show_plan(struct repo *repo, const struct deploy *deploy, const char *branch,
		     struct oid *commit, struct error *err)
{
	struct plan_options options = { .all = deploy->force };
	struct range range = RANGE_INIT;
	struct plan plan = PLAN_INIT;
	struct strbuf out = STRBUF_INIT;
	int ret;

	ret = range_open(&range, repo, deploy->commit, branch, err);
	if (ret < 0)
		goto out;
	*commit = range.new_commit;
	options.ref_index = range.ref_index;
	ret = plan_make(&plan, range.before, range.after, &options, err);
	if (ret < 0)
		goto out;
	ret = check(repo, &plan, &range, err);
	if (ret)
		goto out;
	ui_plan_text(&out, &plan, &range.old_commit, &range.new_commit);
	fwrite(out.buf, 1, out.len, stdout);
	fflush(stdout);
out:
	strbuf_release(&out);
	plan_release(&plan);
	range_release(&range);
	return ret;
}

static int deploy_local(struct repo *repo, const struct deploy *deploy, const char *branch,
			struct error *err)
{
	const struct push_options options = { .force = deploy->force != 0,
					      .dry_run = deploy->dry_run != 0 };
	char *spool = xstrfmt("%s/gitops/spool", repo_git_dir(repo));
	char *ref = xstrfmt("refs/heads/%s", branch), hex[OID_HEXSZ + 1];
	struct request request = REQUEST_INIT;
	struct job job = JOB_INIT;
	struct oid commit;
	int ret = -1;

	ret = show_plan(repo, deploy, branch, &commit, err);
	if (ret)
		goto out;
	ret = -1;
	oid_hex(hex, &commit);
	if ((access(spool, F_OK) < 0 && spool_create(spool, 0700, err) < 0) ||
	    request_open_in(&request, repo_git_dir(repo), err) < 0 ||
	    request_queue(&request, &job, ref, hex, hex, &options, true, err) < 0 ||
	    request_wake(&request, true, err) < 0)
		goto out;
	ret = follow(&request, &job, err);
out:
	job_release(&job);
	request_release(&request);
	free(spool);
	free(ref);
	return ret;
}

/* --- */

static char *find_branch(struct repo *repo, const char *given, struct error *err)
{
	char *branch = given ? xstrdup(given) : repo_head_branch(repo);

	if (!branch) {
		error_set(err, ERROR_INVALID, "HEAD names no branch");
		error_hint(err, "say which one with '-b <branch>'");
	}
	return branch;
}

int cmd_deploy(int argc, const char **argv, struct context *ctx UNUSED)
{
	struct deploy deploy = { 0 };
	struct error err = ERROR_INIT;
	struct repo *repo = NULL;
	char *branch = NULL, *key = NULL;
	int ret = -1, status;
	const struct option options[] = {
		OPT_STRING('b', "branch", &deploy.branch, "branch",
			   "the branch to deploy (else the one HEAD names)"),
		OPT_BOOL('f', "force", &deploy.force, "deploy also what is unchanged"),
		OPT_BOOL('n', "dry-run", &deploy.dry_run, "only say what would be done"),
		OPT_BOOL('w', "wait", &deploy.wait, "show the deployment until its end"),
		OPT_BOOL(0, "local", &deploy.local, "deploy from here, without a server"),
		OPT_END()
	};

	argc = parse_options(argc, argv, options, deploy_usage);
	if (argc > (deploy.local ? 1 : 2))
		usage_with_options(deploy_usage, options, "too many arguments");
	if (repo_open(&repo, NULL, &err) < 0)
		goto out;
	branch = find_branch(repo, deploy.branch, &err);
	if (!branch)
		goto out;
	if (deploy.local) {
		deploy.commit = argc ? argv[0] : NULL;
		ret = deploy_local(repo, &deploy, branch, &err);
	} else {
		key = xstrfmt("branch.%s.remote", branch);
		deploy.remote = argc ? argv[0] : repo_config_str(repo, key);
		if (!deploy.remote)
			deploy.remote = "origin";
		deploy.commit = argc > 1 ? argv[1] : NULL;
		ret = deploy_remote(&deploy, branch, &err);
	}
out:
	status = ret < 0 ? error_report(&err) : ret;
	free(branch);
	free(key);
	repo_free(repo);
	error_release(&err);
	return status;
}
