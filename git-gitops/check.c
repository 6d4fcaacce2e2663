#include "command.h"
#include "check-fix.h"
#include "range.h"

#include "base/json.h"
#include "check/check.h"
#include "ui/findings.h"

static const char *const check_usage[] = {
	"git gitops check [--worktree] [--format=(text|json|sarif)]",
	"git gitops check --index [--format=(text|json|sarif)]",
	"git gitops check --all [--index | --worktree | <commit>] [--format=(text|json|sarif)]",
	"git gitops check [--format=(text|json|sarif)] <range>",
	"git gitops check --fix [--dry-run] [--all] [--format=(text|json)] [<path>...]",
	NULL
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
	range_set_indexes(range, repo);
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

/* What one run of the command works with. */
struct run {
	struct range range;
	struct repo *repo;
	struct findings findings;
	struct check_summary summary;
	struct repairs repairs;
	struct strbuf diff;
	int format, fix, dry_run, color;
};

static struct findings_style style_of(const struct run *run)
{
	struct findings_style style =
		findings_style_for(STDOUT_FILENO, repo_config_str(run->repo, "color.ui"));

	if (run->color >= 0)
		style.colour = run->color;
	return style;
}

static void print_text(struct strbuf *out, const struct run *run)
{
	const struct findings *findings = &run->findings;
	struct findings_style style = style_of(run);

	if (run->fix) {
		fix_print_diff(out, &run->diff, &style);
		fix_print_text(out, &run->repairs, run->dry_run);
	}
	findings_text(out, findings, &style);
	findings_summary(out, findings);
	if (findings->nr)
		strbuf_addstr(out, " in ");
	strbuf_addf(out, "%zu service object%s%s\n", run->summary.objects,
		    run->summary.objects == 1 ? "" : "s", findings->nr ? "" : ", no errors");
}

static void print(const struct run *run)
{
	struct strbuf out = STRBUF_INIT;
	struct json_writer jw = JSON_WRITER_INIT(&out, 2);

	switch ((enum findings_format)run->format) {
	case FINDINGS_TEXT:
		print_text(&out, run);
		break;
	case FINDINGS_JSON:
		jw_object(&jw, NULL);
		if (run->fix)
			fix_print_json(&jw, &run->repairs, &run->diff);
		findings_json_members(&jw, &run->findings);
		jw_end(&jw);
		strbuf_addch(&out, '\n');
		break;
	case FINDINGS_SARIF:
		findings_sarif(&out, &run->findings, check_rules, check_rules_nr, GITOPS_VERSION);
		break;
	}
	fwrite(out.buf, 1, out.len, stdout);
	strbuf_release(&out);
}

static int look(struct run *run, size_t max, struct error *err)
{
	const struct plan_options options = { .ref_index = run->range.ref_index };
	const struct check_options known = { run->range.claims, run->range.before,
					     run->range.branch };
	struct plan plan = PLAN_INIT;
	int rc;

	findings_release(&run->findings);
	run->summary = (struct check_summary){ 0 };
	run->findings.max = max;
	rc = plan_make(&plan, run->range.before, run->range.after, &options, err);
	if (rc >= 0)
		rc = check_plan(&run->findings, &run->summary, &plan, run->range.after, &known,
				err);
	plan_release(&plan);
	return rc;
}

static int check_all(struct range *range, struct error *err)
{
	snapshot_free(range->before);
	range->before = NULL;
	return snapshot_of_commit(&range->before, snapshot_repo(range->after), NULL, err);
}

static int fix(struct run *run, int argc, const char **argv, size_t max, struct error *err)
{
	int rc = fix_worktree(&run->repairs, &run->diff, &run->findings, run->range.after, argv,
			      (size_t)argc, run->dry_run, err);

	/* a dry run tells what there is now, the other what there is then */
	if (!rc && !run->dry_run)
		rc = look(run, max, err);
	return rc;
}

int cmd_check(int argc, const char **argv, struct context *ctx UNUSED)
{
	struct run run = { .range = RANGE_INIT, .diff = STRBUF_INIT, .color = -1 };
	struct error err = ERROR_INIT;
	int all = 0, index = 0, worktree = 0, status, rc;
	size_t max;
	const struct option opts[] = {
		OPT_BOOL('a', "all", &all, "check everything, not only what changed"),
		OPT_BOOL(0, "index", &index, "check what the next commit would change"),
		OPT_BOOL(0, "cached", &index, "the same as --index"),
		OPT_BOOL(0, "worktree", &worktree, "check the work tree (default)"),
		OPT_BOOL(0, "fix", &run.fix, "repair what has one safe repair, in the work tree"),
		OPT_BOOL('n', "dry-run", &run.dry_run, "with --fix: only show the repairs"),
		OPT_BOOL(0, "color", &run.color, "use colour, whatever the output is"),
		OPT_FINDINGS_FORMAT(&run.format),
		OPT_END()
	};

	argc = parse_options(argc, argv, opts, check_usage);
	if (run.fix && (index || run.format == FINDINGS_SARIF))
		usage_with_options(check_usage, opts, "--fix does not go with %s",
				   index ? "--index" : "--format=sarif");
	if (run.dry_run && !run.fix)
		usage_with_options(check_usage, opts, "--dry-run goes with --fix");
	if (!run.fix && argc > 1)
		usage_with_options(check_usage, opts, "one range at most");
	if (!run.fix && !!argc + !!index + !!worktree > 1)
		usage_with_options(check_usage, opts,
				   "a range, --index and --worktree exclude each other");
	max = run.format == FINDINGS_TEXT ? CHECK_MAX_FINDINGS : REPORT_MAX_FINDINGS;
	rc = repo_open(&run.repo, NULL, &err);
	if (rc < 0)
		goto out;
	/* a server has no work tree: what was pushed last */
	if (!run.fix && (argc || (!index && !repo_work_dir(run.repo))))
		rc = range_open(&run.range, run.repo, argc ? argv[0] : NULL, NULL, &err);
	else if (index)
		rc = open_index(run.repo, &run.range, &err);
	else
		rc = open_worktree(run.repo, &run.range, &err);
	if (!rc && all)
		rc = check_all(&run.range, &err);
	if (!rc)
		rc = look(&run, run.fix ? REPORT_MAX_FINDINGS : max, &err);
	if (!rc && run.fix)
		rc = fix(&run, argc, argv, max, &err);
	if (!rc)
		print(&run);
out:
	status = rc < 0 ? error_report(&err) : run.findings.errors ? 1 : 0;
	findings_release(&run.findings);
	repairs_release(&run.repairs);
	strbuf_release(&run.diff);
	range_release(&run.range);
	repo_free(run.repo);
	return status;
}
