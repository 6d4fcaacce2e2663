#include "test-tool.h"

#include "artifact/ref-index.h"

/* test-tool ref-index <repository> <branch>: what the worker does after a deployment. */
int tool_ref_index(int argc, const char **argv)
{
	struct strbuf path = STRBUF_INIT;
	struct snapshot *snapshot = NULL;
	struct error err = ERROR_INIT;
	struct repo *repo = NULL;
	struct oid commit;
	int status = 0;

	if (argc != 3) {
		fputs("usage: test-tool ref-index <repository> <branch>\n", stderr);
		return 129;
	}
	if (repo_open(&repo, argv[1], &err) < 0 || repo_resolve(repo, argv[2], &commit, &err) < 0 ||
	    snapshot_of_commit(&snapshot, repo, &commit, &err) < 0) {
		status = error_report(&err);
		goto out;
	}
	ref_index_path(&path, repo_git_dir(repo), argv[2]);
	if (ref_index_update(path.buf, snapshot, &err) < 0)
		status = error_report(&err);
out:
	strbuf_release(&path);
	snapshot_free(snapshot);
	repo_free(repo);
	return status;
}
