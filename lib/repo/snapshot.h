#ifndef REPO_SNAPSHOT_H
#define REPO_SNAPSHOT_H

#include "repo/repo.h"

/*
 * All files as they stand in one place: a commit, the index, or the work
 * tree. Check, plan and render see nothing else, so that they say the same
 * in a hook and at a desk. Paths are relative to the top, '/'-separated.
 */
struct snapshot;

struct file_entry {
	const char *path;
	uint32_t mode;	/* as git's: 0100644, 0100755, 0120000 link, 0160000 submodule */
	struct oid oid; /* null in a work tree file that was not hashed */
};

/* `commit` NULL: the empty one. `repo` must outlive the snapshot. */
int snapshot_of_commit(struct snapshot **snapshot, struct repo *repo, const struct oid *commit,
		       struct error *err) MUST_CHECK;
int snapshot_of_index(struct snapshot **snapshot, struct repo *repo, struct error *err) MUST_CHECK;
/* Tracked files and untracked ones that are not ignored. */
int snapshot_of_worktree(struct snapshot **snapshot, struct repo *repo,
			 struct error *err) MUST_CHECK;
/*
 * The same for another thread: with a repository of its own, nothing of which
 * is used by two; `copy` as for repo_open_again(). `snapshot` must outlive it
 * and not change.
 */
int snapshot_again(struct snapshot **out, const struct snapshot *snapshot, unsigned copy,
		   struct error *err) MUST_CHECK;
void snapshot_free(struct snapshot *snapshot);
struct repo *snapshot_repo(const struct snapshot *snapshot);
/* False and untouched `commit` when it is of no commit. */
bool snapshot_commit(const struct snapshot *snapshot, struct oid *commit);

/* 1 and `entry` (its path is `path`), 0 when there is no such file. A directory is no file. */
int snapshot_get(struct snapshot *snapshot, const char *path, struct file_entry *entry,
		 struct error *err) MUST_CHECK;

/*
 * Content onto `out`. Larger than `max` bytes: kind LIMIT, nothing added. A
 * symbolic link is never followed: its content is its target.
 */
int snapshot_read(struct snapshot *snapshot, const struct file_entry *entry, size_t max,
		  struct strbuf *out, struct error *err) MUST_CHECK;

/*
 * How many bytes snapshot_read() would give; unread where the object store
 * knows. More than `max`: UINT64_MAX.
 */
int snapshot_size(struct snapshot *snapshot, const struct file_entry *entry, size_t max,
		  uint64_t *size, struct error *err) MUST_CHECK;
/*
 * What git would write into the work tree for a file of that content: line
 * ends, ident. It runs no filter driver, and knows no working-tree-encoding.
 */
int snapshot_smudge(struct snapshot *snapshot, const char *path, const struct strbuf *content,
		    struct strbuf *out, struct error *err) MUST_CHECK;
/* Find out the id of a work tree file that has none yet: `entry->oid` is set. */
int snapshot_identify(struct snapshot *snapshot, struct file_entry *entry,
		      struct error *err) MUST_CHECK;

typedef int snapshot_fn(const struct file_entry *entry, void *data); /* non-zero ends it */
/* Every file below the directory `dir` ("": all), sorted by path. */
int snapshot_each(struct snapshot *snapshot, const char *dir, snapshot_fn *fn, void *data,
		  struct error *err) MUST_CHECK;

/*
 * Every file whose path is `path` but for the case of ASCII letters, itself
 * included. Costs the directories on its way, not the snapshot.
 */
int snapshot_each_nocase(struct snapshot *snapshot, const char *path, snapshot_fn *fn, void *data,
			 struct error *err) MUST_CHECK;

enum change_kind {
	CHANGE_ADDED = 'A',
	CHANGE_MODIFIED = 'M',
	CHANGE_DELETED = 'D'
};

struct change {
	enum change_kind kind;
	struct file_entry before, after; /* one has no path when added or deleted */
};

typedef int change_fn(const struct change *change, void *data);
/*
 * What differs from `before` to `after`, sorted by path; renames are a
 * deletion and an addition, a changed mode is a modification. Costs what
 * differs: equal trees are skipped unread.
 */
int snapshot_diff(struct snapshot *before, struct snapshot *after, change_fn *fn, void *data,
		  struct error *err) MUST_CHECK;

/*
 * Look at a work tree as if a file of it had another content, or another
 * name: whether a change would be right is known before it is made. Nothing
 * is written. -1 with kind NOT_FOUND, or EXISTS for a name that is taken.
 */
int snapshot_try_content(struct snapshot *worktree, const char *path, const char *text, size_t len,
			 struct error *err) MUST_CHECK;
int snapshot_try_name(struct snapshot *worktree, const char *path, const char *new_path,
		      struct error *err) MUST_CHECK;

/* Is the attribute "gitops" unset for `path` (a line "docs/x.json -gitops" in .gitattributes)? */
bool snapshot_path_ignored(struct snapshot *snapshot, const char *path);

#endif
