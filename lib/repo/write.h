#ifndef REPO_WRITE_H
#define REPO_WRITE_H

#include "repo/snapshot.h"

/* What little this program writes besides notes. Refs are moved by repo_ref_update(). */

int repo_write_blob(struct repo *repo, const void *data, size_t len, struct oid *blob,
		    struct error *err) MUST_CHECK;

/*
 * A commit on top of `parent` in which these files are as given (mode 0: not
 * there any more). No ref is moved. `author` is a name; the address, and who
 * commits, are user.email and user.name of the repository. kind EXISTS when
 * nothing would change.
 */
int repo_commit_files(struct repo *repo, const struct oid *parent, const struct file_entry *files,
		      size_t nr, const char *author, const char *message, struct oid *commit,
		      struct error *err) MUST_CHECK;

#endif
