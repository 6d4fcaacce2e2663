#include "test-tool.h"

#include "artifact/claims.h"

/*
 * test-tool claims <repository> <branch> [<old commit>]: what the worker does
 * when it has planned a job that began at <old commit>.
 */
int tool_claims(int argc, const char **argv)
{
	struct snapshot *before = NULL, *after = NULL;
	struct plan_options options = { 0 };
	struct strbuf path = STRBUF_INIT;
	struct error err = ERROR_INIT;
	struct plan plan = PLAN_INIT;
	struct repo *repo = NULL;
	struct oid commit, old;
	int status = 0;

	if (argc != 3 && argc != 4) {
		fputs("usage: test-tool claims <repository> <branch> [<old commit>]\n", stderr);
		return 129;
	}
	if (repo_open(&repo, argv[1], &err) < 0 || repo_resolve(repo, argv[2], &commit, &err) < 0 ||
	    (argc > 3 && repo_resolve(repo, argv[3], &old, &err) < 0) ||
	    snapshot_of_commit(&before, repo, argc > 3 ? &old : NULL, &err) < 0 ||
	    snapshot_of_commit(&after, repo, &commit, &err) < 0 ||
	    plan_make(&plan, before, after, &options, &err) < 0) {
		status = error_report(&err);
		goto out;
	}
	claims_path(&path, repo_git_dir(repo), argv[2]);
	if (claims_update(path.buf, before, after, &plan, &err) < 0)
		status = error_report(&err);
out:
	strbuf_release(&path);
	plan_release(&plan);
	snapshot_free(before);
	snapshot_free(after);
	repo_free(repo);
	return status;
}
