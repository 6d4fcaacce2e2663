#ifndef ARTIFACT_REF_INDEX_H
#define ARTIFACT_REF_INDEX_H

#include "base/strmap.h"
#include "repo/snapshot.h"

/*
 * Who refers to which file: inputs by their `ref`, functions by where their
 * code is. Without help, only reading all inputs and definitions of functions
 * can tell; with the index, a push costs what it changes.
 *
 * The index is a file of index-file.h, "ref-index". It names the commit that
 * it was made of, and what changed since is looked at anew, so that an old one
 * is as right as a new one. One line per reference: referenced path, tab, path
 * of the input or definition. Before a path of code stands "%/": everything
 * below it is meant, too, and an empty one means that only rendering can tell
 * where the code is.
 */
void ref_index_path(struct strbuf *out, const char *git_dir, const char *branch);

/*
 * Make the file `path` the index of `snapshot`, which must be of a commit: by
 * what changed since the index that is there, or anew. Creates its directory.
 */
int ref_index_update(const char *path, struct snapshot *snapshot, struct error *err) MUST_CHECK;

/* The paths that differ; `paths` are what an input may refer to, `all` what code may be. */
struct ref_changes {
	struct strmap paths;
	/* With each directory above it up to "", whose value is one of the changed paths. */
	struct strmap all;
};

void ref_changes_add(struct ref_changes *changes, const char *path, bool referable);
void ref_changes_release(struct ref_changes *changes);

/*
 * Call `fn` for each input or definition of `snapshot` that refers to one of
 * the changed paths, which differ from those of `before`; once per pair, for
 * code once. `index` is a path or NULL.
 */
typedef int ref_user_fn(const char *user, const char *referenced, void *data);
int ref_users(struct snapshot *before, struct snapshot *snapshot, const char *index,
	      const struct ref_changes *changes, ref_user_fn *fn, void *data,
	      struct error *err) MUST_CHECK;

#endif
