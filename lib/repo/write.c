#include "repo/internal.h"

#include "base/clock.h"
#include "repo/write.h"

int repo_write_blob(struct repo *repo, const void *data, size_t len, struct oid *blob,
		    struct error *err)
{
	git_oid id;
	int rc;

	git_error_clear();
	rc = git_odb_write(&id, repo->odb, data, len, GIT_OBJECT_BLOB);
	if (rc < 0)
		return repo_error(err, rc, "cannot write a blob");
	from_git(blob, &id);
	return 0;
}

/* The tree of `parent` with these files instead. */
static int edit_tree(git_oid *tree, struct repo *repo, const git_commit *parent,
		     const struct file_entry *files, size_t nr, struct error *err)
{
	git_tree_update *updates = xcalloc(nr + 1, sizeof(*updates));
	git_tree *base = NULL;
	size_t i;
	int rc;

	for (i = 0; i < nr; i++) {
		updates[i].action = files[i].mode ? GIT_TREE_UPDATE_UPSERT : GIT_TREE_UPDATE_REMOVE;
		updates[i].path = files[i].path;
		updates[i].filemode = (git_filemode_t)files[i].mode;
		updates[i].id = *to_git(&files[i].oid);
	}
	git_error_clear();
	rc = git_commit_tree(&base, parent);
	if (!rc)
		rc = git_tree_create_updated(tree, repo->git, base, nr, updates);
	git_tree_free(base);
	free(updates);
	return rc < 0 ? repo_error(err, rc, "cannot write a tree") : 0;
}

int repo_commit_files(struct repo *repo, const struct oid *parent, const struct file_entry *files,
		      size_t nr, const char *author, const char *message, struct oid *commit,
		      struct error *err)
{
	const char *name = repo_config_str(repo, "user.name");
	const char *email = repo_config_str(repo, "user.email");
	git_signature *by = NULL, *with = NULL;
	git_time_t now = clock_wall_ms(clock_system()) / 1000;
	git_commit *base = NULL;
	const git_oid *parents[1] = { to_git(parent) };
	git_oid tree, id;
	int rc;

	git_error_clear();
	rc = git_commit_lookup(&base, repo->git, to_git(parent));
	if (rc < 0) {
		repo_error(err, rc, "cannot read the commit to go on from");
		goto out;
	}
	rc = edit_tree(&tree, repo, base, files, nr, err);
	if (rc < 0)
		goto out;
	if (git_oid_equal(&tree, git_commit_tree_id(base))) {
		rc = error_set(err, ERROR_EXISTS, "nothing would change");
		goto out;
	}
	if (!name || !*name)
		name = "git gitops";
	if (!email || !*email)
		email = "gitops@localhost";
	git_error_clear();
	rc = git_signature_new(&by, author, email, now, 0);
	if (!rc)
		rc = git_signature_new(&with, name, email, now, 0);
	if (!rc)
		rc = git_commit_create_from_ids(&id, repo->git, NULL, by, with, NULL, message,
						&tree, 1, parents);
	if (rc < 0)
		repo_error(err, rc, "cannot write a commit");
	else
		from_git(commit, &id);
out:
	git_signature_free(by);
	git_signature_free(with);
	git_commit_free(base);
	return rc < 0 ? -1 : 0;
}
