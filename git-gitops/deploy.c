#include "command.h"
#include "ask.h"
#include "local.h"
#include "range.h"

#include "artifact/name.h"
#include "repo/snapshot.h"
#include "ui/plan.h"

static const char *const deploy_usage[] = {
	"git gitops deploy [-b <branch>] [--force] [--dry-run] [--wait] [--override=<reason>] "
	"[--[no-]progress] [-q] [<remote> [<commit>]]",
	"git gitops deploy --local [-b <branch>] [--force] [--dry-run] [--override=<reason>] "
	"[--[no-]progress] [-q] [<commit>]",
	NULL
};

struct deploy {
	const char *branch, *remote, *commit, *override; /* NULL: not given */
	int force, dry_run, wait, local;
	struct progress_options show;
};

/* --- on a server, by a push to a ref that never comes to be */

static int deploy_remote(struct repo *repo, const struct deploy *deploy, const char *branch,
			 struct error *err)
{
	struct ask ask = { .remote = deploy->remote, .branch = branch, .commit = deploy->commit };
	int ret;

	if (deploy->force)
		ask_add(&ask, "gitops.force", NULL);
	if (deploy->dry_run)
		ask_add(&ask, "gitops.dry-run", NULL);
	if (deploy->wait)
		ask_wait(&ask, &deploy->show, repo_config_str(repo, "color.ui"));
	if (deploy->override)
		ask_add(&ask, "gitops.override", deploy->override);
	ret = ask_server(&ask, err);
	ask_release(&ask);
	return ret;
}

/* --- here: a spool of this repository's own, and a worker for it */

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
	ret = local_check(repo, &plan, range.after, err);
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

static int count_artifact(const struct change *change, void *data)
{
	const char *path = change->after.path ? change->after.path : change->before.path;
	struct artifact_name name;

	*(size_t *)data += artifact_name(path, &name);
	return 0;
}

/* It is commits that are deployed; who forgot one should hear it before, not after. */
static void warn_uncommitted(struct repo *repo, const struct oid *commit)
{
	struct snapshot *committed = NULL, *worktree = NULL;
	struct error err = ERROR_INIT;
	size_t nr = 0;

	if (repo_work_dir(repo) && !snapshot_of_commit(&committed, repo, commit, &err) &&
	    !snapshot_of_worktree(&worktree, repo, &err) &&
	    !snapshot_diff(committed, worktree, count_artifact, &nr, &err) && nr)
		ui_warn("changes of %zu artifact%s in the work tree are not committed, and not "
			"deployed",
			nr, nr == 1 ? "" : "s");
	snapshot_free(worktree);
	snapshot_free(committed);
	error_release(&err);
}

static int deploy_local(struct repo *repo, const struct deploy *deploy, const char *branch,
			struct error *err)
{
	const struct push_options options = { .force = deploy->force != 0,
					      .dry_run = deploy->dry_run != 0,
					      .override = (char *)deploy->override };
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
	if (!deploy->commit && !deploy->branch)
		warn_uncommitted(repo, &commit);
	oid_hex(hex, &commit);
	if ((access(spool, F_OK) < 0 && spool_create(spool, 0700, err) < 0) ||
	    request_open_in(&request, repo_git_dir(repo), err) < 0 ||
	    request_queue(&request, &job, ref, hex, hex, &options, true, err) < 0 ||
	    request_wake(&request, true, err) < 0)
		goto out;
	ret = local_follow(&request, &job, repo, &deploy->show, err);
out:
	job_release(&job);
	request_release(&request);
	free(spool);
	free(ref);
	return ret;
}

/* --- */

int cmd_deploy(int argc, const char **argv, struct context *ctx UNUSED)
{
	struct deploy deploy = { .show = PROGRESS_OPTIONS_INIT };
	struct error err = ERROR_INIT;
	struct repo *repo = NULL;
	char *branch = NULL;
	int ret = -1, status;
	const struct option options[] = {
		OPT_STRING('b', "branch", &deploy.branch, "branch",
			   "the branch to deploy (else the one HEAD names)"),
		OPT_BOOL('f', "force", &deploy.force, "deploy also what is unchanged"),
		OPT_BOOL('n', "dry-run", &deploy.dry_run, "only say what would be done"),
		OPT_BOOL('w', "wait", &deploy.wait, "show the deployment until its end"),
		OPT_STRING(0, "override", &deploy.override, "reason",
			   "deploy in spite of a freeze; the records have the reason"),
		OPT_BOOL(0, "local", &deploy.local, "deploy from here, without a server"),
		PROGRESS_OPTIONS(&deploy.show),
		OPT_END()
	};

	argc = parse_options(argc, argv, options, deploy_usage);
	if (argc > (deploy.local ? 1 : 2))
		usage_with_options(deploy_usage, options, "too many arguments");
	if (repo_open(&repo, NULL, &err) < 0)
		goto out;
	branch = ask_branch(repo, deploy.branch, &err);
	if (!branch)
		goto out;
	if (deploy.local) {
		deploy.commit = argc ? argv[0] : NULL;
		ret = deploy_local(repo, &deploy, branch, &err);
	} else {
		deploy.remote = ask_remote(repo, argc ? argv[0] : NULL, branch);
		deploy.commit = argc > 1 ? argv[1] : NULL;
		ret = deploy_remote(repo, &deploy, branch, &err);
	}
out:
	status = ret < 0 ? error_report(&err) : ret;
	free(branch);
	repo_free(repo);
	error_release(&err);
	return status;
}
