#include "command.h"
#include "range.h"

#include "artifact/ref-index.h"
#include "artifact/claims.h"

int range_processed(struct repo *repo, const char *branch, struct oid *commit, struct error *err)
{
	char *ref = xstrfmt("refs/gitops/processed/%s", branch);
	int rc = repo_ref_read(repo, ref, commit, err);

	free(ref);
	return rc;
}

/* What is on one side of "..": HEAD when it is empty. */
static int resolve_side(struct repo *repo, const char *s, size_t len, struct oid *commit,
			struct error *err)
{
	char *rev = len ? xmemdupz(s, len) : xstrdup("HEAD");
	int rc = repo_resolve(repo, rev, commit, err);

	free(rev);
	return rc;
}

static int resolve(struct range *range, struct repo *repo, const char *arg, const char *branch,
		   struct error *err)
{
	const char *dots = arg ? strstr(arg, "..") : NULL;
	char *head;
	int rc;

	if (dots && dots[2] == '.') {
		error_set(err, ERROR_INVALID, "'%s' is not a range to compare", arg);
		return error_hint(err, "write <old>..<new>");
	}
	if (dots) {
		if (resolve_side(repo, arg, (size_t)(dots - arg), &range->old_commit, err) < 0)
			return -1;
		return resolve_side(repo, dots + 2, strlen(dots + 2), &range->new_commit, err);
	}
	if (!arg && branch) {
		head = xstrfmt("refs/heads/%s", branch);
		rc = repo_ref_read(repo, head, &range->new_commit, err);
		free(head);
		if (!rc)
			error_set(err, ERROR_NOT_FOUND, "there is no branch '%s'", branch);
		if (rc <= 0)
			return -1;
	} else if (repo_resolve(repo, arg ? arg : "HEAD", &range->new_commit, err) < 0) {
		return -1;
	}
	if (!range->branch)
		return 0;
	return range_processed(repo, range->branch, &range->old_commit, err) < 0 ? -1 : 0;
}

void range_set_indexes(struct range *range, const struct repo *repo)
{
	struct strbuf path = STRBUF_INIT;

	if (!range->branch)
		return;
	ref_index_path(&path, repo_git_dir(repo), range->branch);
	range->ref_index = strbuf_detach(&path, NULL);
	claims_path(&path, repo_git_dir(repo), range->branch);
	range->claims = strbuf_detach(&path, NULL);
}

int range_open(struct range *range, struct repo *repo, const char *arg, const char *branch,
	       struct error *err)
{
	range->branch = branch ? xstrdup(branch) : repo_head_branch(repo);
	if (resolve(range, repo, arg, branch, err) < 0)
		return -1;
	range_set_indexes(range, repo);
	if (snapshot_of_commit(&range->before, repo,
			       oid_is_null(&range->old_commit) ? NULL : &range->old_commit,
			       err) < 0)
		return -1;
	return snapshot_of_commit(&range->after, repo, &range->new_commit, err);
}

void range_release(struct range *range)
{
	snapshot_free(range->before);
	snapshot_free(range->after);
	free(range->branch);
	free(range->ref_index);
	free(range->claims);
	*range = (struct range)RANGE_INIT;
}
