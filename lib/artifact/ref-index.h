#ifndef ARTIFACT_REF_INDEX_H
#define ARTIFACT_REF_INDEX_H

#include "base/strmap.h"
#include "repo/snapshot.h"

/*
 * Who refers to which file. Without help, only reading all inputs of a
 * snapshot can tell; with the index, a push costs what it changes.
 *
 * The index is a file of index-file.h, "ref-index". It names the commit that
 * it was made of, and what changed since is looked at anew, so that an old one
 * is as right as a new one. One line per reference: referenced path, tab,
 * input path.
 */
void ref_index_path(struct strbuf *out, const char *git_dir, const char *branch);

/*
 * Make the file `path` the index of `snapshot`, which must be of a commit: by
 * what changed since the index that is there, or anew. Creates its directory.
 */
int ref_index_update(const char *path, struct snapshot *snapshot, struct error *err) MUST_CHECK;

/*
 * Call `fn` for each input file of `snapshot` that refers to one of the paths
 * in `changed` (its keys), which differ from those of `before`; once per pair.
 * `index` is a path or NULL.
 */
typedef int ref_user_fn(const char *input, const char *referenced, void *data);
int ref_users(struct snapshot *before, struct snapshot *snapshot, const char *index,
	      const struct strmap *changed, ref_user_fn *fn, void *data,
	      struct error *err) MUST_CHECK;

#endif
