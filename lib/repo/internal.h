#ifndef REPO_INTERNAL_H
#define REPO_INTERNAL_H

/* What the files of this room share; the room's only include of git2.h. */
#include "base/base.h"

#include <git2.h>
#include <git2/sys/commit.h>
#include <git2/sys/repository.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/strmap.h"
#include "repo/repo.h"
#include "repo/snapshot.h"

struct config_override;

struct repo {
	git_repository *git;
	git_odb *odb;
	git_config *config;		   /* a snapshot, taken at the first question */
	struct config_override *overrides; /* from the environment */
	size_t overrides_nr;
	bool config_tried, overrides_read;
	bool from_env; /* GIT_INDEX_FILE and the like count */
	char *git_dir, *work_dir;
};

/* The same 20 bytes. */
static inline const git_oid *to_git(const struct oid *oid)
{
	return (const git_oid *)(const void *)oid;
}

static inline void from_git(struct oid *oid, const git_oid *git)
{
	memcpy(oid->id, git->id, sizeof(oid->id));
}

/*
 * Set `err` from what libgit2 reported with `code`: "fmt: its message". Its
 * message may be missing or stale; it is used only when it was set since
 * git_error_clear(), so call that before what may fail. Returns -1.
 */
int repo_error(struct error *err, int code, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Take TLS set-up out of libgit2's initialization, see tls.c. */
void repo_without_tls(void);

void config_release(struct repo *repo);
/* repo_config_all() without what the repository itself says: git's "protected configuration". */
const char **config_protected(struct repo *repo, const char *key, size_t *nr);

/* Refuse a repository that belongs to somebody else, as git does: safe.directory. */
int check_owner(struct repo *repo, struct error *err) MUST_CHECK;

/* Take the ref's lock file, waiting for others to let go of it. */
int ref_lock(git_transaction *tx, struct repo *repo, const char *ref, struct error *err) MUST_CHECK;

/*
 * A tree object, checked and taken apart once. Entries are in git's order,
 * which is the bytewise order of paths: a directory sorts as if its name
 * ended in '/'. Names and ids point into `data`.
 */
struct tree_entry {
	const char *name; /* not NUL-terminated here: NUL ends it in `data` */
	uint32_t name_len;
	uint32_t mode;
	const struct oid *oid;
};

struct tree {
	unsigned refs;
	git_odb_object *object;
	struct tree_entry *entries;
	size_t nr;
};

/* Refuses what git never writes: unsorted or double names, "..", ".git", "a/b". */
int tree_read(struct tree **tree, struct repo *repo, const struct oid *oid,
	      struct error *err) MUST_CHECK;
void tree_free(struct tree *tree); /* one reference */
static inline bool mode_is_dir(uint32_t mode)
{
	return (mode & 0170000) == 0040000;
}
/* As git orders them; both names end with their length. */
int tree_entry_cmp(const struct tree_entry *a, const struct tree_entry *b);
/* The entry called `name`, a directory or not as asked; NULL when there is none. */
const struct tree_entry *tree_find(const struct tree *tree, const char *name, size_t len, bool dir);

/* Read an object of the given type; free it with git_odb_object_free(). */
int object_read(git_odb_object **object, struct repo *repo, const struct oid *oid,
		git_object_t type, struct error *err) MUST_CHECK;

/* How deep, long and many the paths of a snapshot may be: a tree of trees can name 10^10 files. */
#define SNAPSHOT_MAX_DEPTH 512
#define SNAPSHOT_MAX_PATH  4096
#define SNAPSHOT_MAX_FILES 4000000
/* Memory for trees that are kept for snapshot_get(). */
#define SNAPSHOT_CACHE_BYTES (64u << 20)

struct attribute_file;

struct flat_entry {
	char *path;
	uint32_t mode;
	bool on_disk; /* not in the object store as it stands */
	struct oid oid;
	char *text; /* what snapshot_try_content() put in its place, or NULL */
	size_t text_len;
};

enum snapshot_kind {
	SNAPSHOT_COMMIT = 0,
	SNAPSHOT_INDEX,
	SNAPSHOT_WORKTREE
};

struct snapshot {
	struct repo *repo;
	enum snapshot_kind kind;
	bool has_commit;
	struct oid commit;
	struct oid tree;     /* of a commit; null: empty */
	struct strmap trees; /* directory to struct tree *, for snapshot_get() */
	size_t trees_bytes;
	/* index and work tree: all files, sorted by path */
	struct flat_entry *flat;
	size_t flat_nr, flat_alloc;
	bool again;		  /* of another snapshot: `repo` is ours, `flat` isn't */
	struct strmap attributes; /* directory to struct attribute_file * */
	struct attribute_file *info_attributes;
};

/* Walk the tree `oid` below `path`; see snapshot_each(). */
int tree_walk(struct repo *repo, const struct oid *oid, const char *dir, snapshot_fn *fn,
	      void *data, struct error *err) MUST_CHECK;
/* The trees of `after` that it reads are kept in the snapshot `keep`, unless that is NULL. */
int tree_diff(struct repo *repo, const struct oid *before, const struct oid *after,
	      struct snapshot *keep, change_fn *fn, void *data, struct error *err) MUST_CHECK;

/* The directory `dir` ("" is the top) of a snapshot of a commit; 1, 0 when there is none, negative. */
int snapshot_tree(struct snapshot *snapshot, const char *dir, size_t len, const struct tree **tree,
		  struct error *err) MUST_CHECK;
/* Keep a tree that was read, for snapshot_tree(). */
void snapshot_keep_tree(struct snapshot *snapshot, const char *dir, size_t len, struct tree *tree);

struct snapshot *snapshot_new(struct repo *repo, enum snapshot_kind kind);

/* The content of a work tree file as it would be committed. */
int worktree_read(struct snapshot *snapshot, const struct file_entry *entry, size_t max,
		  struct strbuf *out, struct error *err) MUST_CHECK;
/* Find out the id of one that was read from nowhere yet. */
int worktree_hash(struct snapshot *snapshot, struct flat_entry *entry,
		  struct error *err) MUST_CHECK;
struct flat_entry *flat_find(struct snapshot *snapshot, const char *path);
void attributes_release(struct snapshot *snapshot);

#endif
