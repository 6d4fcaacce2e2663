#include "command.h"
#include "range.h"

#include "artifact/ref-index.h"
#include "check/check.h"
#include "ui/findings.h"

static const char *const check_usage[] = {
	"git gitops check [--worktree] [--format=(text|json|sarif)]",
	"git gitops check --index [--format=(text|json|sarif)]",
	"git gitops check --all [--index | --worktree | <commit>] [--format=(text|json|sarif)]",
	"git gitops check [--format=(text|json|sarif)] <range>", NULL
};

/* A report for tools holds them all; there is an end nevertheless. */
#define REPORT_MAX_FINDINGS 100000

/*
 * The branch's upstream, as it was fetched last: 1, 0 when there is none,
 * negative. Looked up here: libgit2 loses memory at each "@{upstream}". Only
 * the usual refspec is understood; without it more is checked than needed.
 */
static int find_upstream(struct repo *repo, const char *branch, struct oid *commit,
			 struct error *err)
{
	char *remote_key = xstrfmt("branch.%s.remote", branch);
	char *merge_key = xstrfmt("branch.%s.merge", branch), *ref = NULL;
	const char *remote = repo_config_str(repo, remote_key);
	const char *merge = repo_config_str(repo, merge_key), *name;
	int rc = 0;

	if (remote && merge && str_eq(remote, "."))
		ref = xstrdup(merge);
	else if (remote && merge && skip_prefix(merge, "refs/heads/", &name))
		ref = xstrfmt("refs/remotes/%s/%s", remote, name);
	if (ref)
		rc = repo_ref_read(repo, ref, commit, err);
	free(remote_key);
	free(merge_key);
	free(ref);
	return rc;
}

/*
 * What a push from here would be compared with: the last processed commit if
 * it was fetched, else what the upstream branch has. Neither: everything.
 */
static int find_base(struct repo *repo, struct range *range, struct error *err)
{
	int rc;

	range->branch = repo_head_branch(repo);
	if (!range->branch)
		return 0;
	rc = range_processed(repo, range->branch, &range->old_commit, err);
	if (!rc)
		rc = find_upstream(repo, range->branch, &range->old_commit, err);
	return rc < 0 ? -1 : 0;
}

static int open_before(struct repo *repo, struct range *range, struct error *err)
{
	struct strbuf path = STRBUF_INIT;

	if (range->branch) {
		ref_index_path(&path, repo_git_dir(repo), range->branch);
		range->ref_index = strbuf_detach(&path, NULL);
	}
	return snapshot_of_commit(&range->before, repo,
				  oid_is_null(&range->old_commit) ? NULL : &range->old_commit, err);
}

static int open_worktree(struct repo *repo, struct range *range, struct error *err)
{
	if (find_base(repo, range, err) < 0 || open_before(repo, range, err) < 0)
		return -1;
	return snapshot_of_worktree(&range->after, repo, err);
}

/* What the next commit would change. */
static int open_index(struct repo *repo, struct range *range, struct error *err)
{
	range->branch = repo_head_branch(repo);
	if (repo_resolve(repo, "HEAD", &range->old_commit, err) < 0) {
		if (err->kind != ERROR_NOT_FOUND)
			return -1;
		error_release(err); /* no commit yet */
	}
	if (open_before(repo, range, err) < 0)
		return -1;
	return snapshot_of_index(&range->after, repo, err);
}

static void print(const struct findings *findings, const struct check_summary *summary, int format,
		  struct repo *repo)
{
	struct findings_style style =
		findings_style_for(STDOUT_FILENO, repo_config_str(repo, "color.ui"));
	struct strbuf out = STRBUF_INIT;

	switch ((enum findings_format)format) {
	case FINDINGS_TEXT:
		findings_text(&out, findings, &style);
		findings_summary(&out, findings);
		if (findings->nr)
			strbuf_addstr(&out, " in ");
		strbuf_addf(&out, "%zu service object%s%s\n", summary->objects,
			    summary->objects == 1 ? "" : "s", findings->nr ? "" : ", no errors");
		break;
	case FINDINGS_JSON:
		findings_json(&out, findings);
		break;
	case FINDINGS_SARIF:
		findings_sarif(&out, findings, check_rules, check_rules_nr, GITOPS_VERSION);
		break;
	}
	fwrite(out.buf, 1, out.len, stdout);
	strbuf_release(&out);
}

int cmd_check(int argc, const char **argv, struct context *ctx UNUSED)
{
	struct findings findings = { .max = CHECK_MAX_FINDINGS };
	struct check_summary summary = { 0 };
	struct plan_options plan_options = { 0 };
	struct range range = RANGE_INIT;
	struct plan plan = PLAN_INIT;
	struct error err = ERROR_INIT;
	struct repo *repo = NULL;
	int all = 0, index = 0, worktree = 0, format = FINDINGS_TEXT, status, rc;
	const struct option opts[] = {
		OPT_BOOL('a', "all", &all, "check everything, not only what changed"),
		OPT_BOOL(0, "index", &index, "check what the next commit would change"),
		OPT_BOOL(0, "cached", &index, "the same as --index"),
		OPT_BOOL(0, "worktree", &worktree, "check the work tree (default)"),
		OPT_FINDINGS_FORMAT(&format),
		OPT_END()
	};

	argc = parse_options(argc, argv, opts, check_usage);
	if (argc > 1)
		usage_with_options(check_usage, opts, "one range at most");
	if (!!argc + !!index + !!worktree > 1)
		usage_with_options(check_usage, opts,
				   "a range, --index and --worktree exclude each other");
	if (repo_open(&repo, NULL, &err) < 0) {
		status = error_report(&err);
		goto out;
	}
	/* a server has no work tree: what was pushed last */
	if (argc || (!index && !repo_work_dir(repo)))
		rc = range_open(&range, repo, argc ? argv[0] : NULL, NULL, &err);
	else if (index)
		rc = open_index(repo, &range, &err);
	else
		rc = open_worktree(repo, &range, &err);
	if (rc < 0) {
		status = error_report(&err);
		goto out;
	}
	if (all) {
		snapshot_free(range.before);
		range.before = NULL;
		rc = snapshot_of_commit(&range.before, repo, NULL, &err);
		if (rc < 0) {
			status = error_report(&err);
			goto out;
		}
	}
	plan_options.ref_index = range.ref_index;
	if (format != FINDINGS_TEXT)
		findings.max = REPORT_MAX_FINDINGS;
	if (plan_make(&plan, range.before, range.after, &plan_options, &err) < 0 ||
	    check_plan(&findings, &summary, &plan, range.after, &err) < 0) {
		status = error_report(&err);
		goto out;
	}
	print(&findings, &summary, format, repo);
	status = findings.errors ? 1 : 0;
out:
	findings_release(&findings);
	plan_release(&plan);
	range_release(&range);
	repo_free(repo);
	return status;
}
