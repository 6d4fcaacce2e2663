#include "command.h"
#include "range.h"

#include "artifact/plan.h"
#include "ui/plan.h"

static const char *const plan_usage[] = {
	"git gitops plan [-b <branch>] [--force] [--format=(text|json)] [<range>]", NULL
};

int cmd_plan(int argc, const char **argv, struct context *ctx UNUSED)
{
	struct plan_options options = { 0 };
	struct range range = RANGE_INIT;
	struct plan plan = PLAN_INIT;
	struct error err = ERROR_INIT;
	struct strbuf out = STRBUF_INIT;
	const char *branch = NULL, *arg;
	struct repo *repo = NULL;
	int format = UI_FORMAT_TEXT, force = 0, status = 0;
	const struct option opts[] = {
		OPT_STRING('b', "branch", &branch, "branch", "the branch that would be deployed"),
		OPT_BOOL('f', "force", &force, "plan every service object, changed or not"),
		OPT_FORMAT(&format), OPT_END()
	};

	argc = parse_options(argc, argv, opts, plan_usage);
	if (argc > 1)
		usage_with_options(plan_usage, opts, "one range at most");
	arg = argc ? argv[0] : NULL;
	if (repo_open(&repo, NULL, &err) < 0) {
		status = error_report(&err);
		goto out;
	}
	options.all = force;
	if (range_open(&range, repo, arg, branch, &err) < 0) {
		status = error_report(&err);
		goto out;
	}
	options.ref_index = range.ref_index;
	if (plan_make(&plan, range.before, range.after, &options, &err) < 0) {
		status = error_report(&err);
		goto out;
	}
	if (format == UI_FORMAT_JSON)
		ui_plan_json(&out, &plan, &range.old_commit, &range.new_commit);
	else
		ui_plan_text(&out, &plan, &range.old_commit, &range.new_commit);
	fwrite(out.buf, 1, out.len, stdout);
	if (format == UI_FORMAT_TEXT && oid_is_null(&range.old_commit) &&
	    repo_config_str(repo, "remote.origin.url"))
		puts("hint: the server may have processed some already: git fetch origin "
		     "'+refs/gitops/processed/*:refs/gitops/processed/*'");
out:
	strbuf_release(&out);
	plan_release(&plan);
	range_release(&range);
	repo_free(repo);
	return status;
}
