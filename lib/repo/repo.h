#ifndef REPO_REPO_H
#define REPO_REPO_H

#include "base/base.h"
#include "base/error.h"
#include "base/strbuf.h"

/*
 * A git repository, through libgit2; the only room that includes git2.h.
 * Aware of the environment that git gives hooks (GIT_DIR, and in pre-receive
 * GIT_QUARANTINE_PATH, GIT_OBJECT_DIRECTORY, GIT_ALTERNATE_OBJECT_DIRECTORIES).
 */
struct repo;

#define OID_HEXSZ 40
struct oid {
	unsigned char id[20];
};

static inline bool oid_is_null(const struct oid *oid)
{
	static const struct oid null_oid;

	return !memcmp(oid, &null_oid, sizeof(null_oid));
}

static inline bool oid_eq(const struct oid *a, const struct oid *b)
{
	return !memcmp(a, b, sizeof(*a));
}

void oid_hex(char hex[OID_HEXSZ + 1], const struct oid *oid);
/* Exactly 40 hexadecimal digits and a NUL. */
bool oid_parse(struct oid *oid, const char *hex);

/* `path` NULL: from the environment, else discovered from the working directory. */
int repo_open(struct repo **repo, const char *path, struct error *err) MUST_CHECK;
/*
 * The same once more, for another thread: a handle is one thread's at a time.
 * Copies with different numbers (from 1) read packs without waiting for each other.
 */
int repo_open_again(struct repo **repo, const struct repo *same, unsigned copy,
		    struct error *err) MUST_CHECK;
void repo_free(struct repo *repo);
/* Of libgit2, as it was loaded: "1.5.1". */
void repo_library_version(struct strbuf *out);

/* The common git directory, absolute, no trailing slash; the repo's. */
const char *repo_git_dir(const struct repo *repo);
/* The top of the work tree, or NULL in a bare repository. */
const char *repo_work_dir(const struct repo *repo);

/* Configuration; keys as git spells them. Lookups return NULL, false or the fallback when unset. */
const char *repo_config_str(struct repo *repo, const char *key); /* valid until repo_free() */
bool repo_config_bool(struct repo *repo, const char *key, bool fallback);
int64_t repo_config_int(struct repo *repo, const char *key, int64_t fallback);
/* All values of a multi-valued key, in order. Free with free() (one block). */
const char **repo_config_all(struct repo *repo, const char *key, size_t *nr);
/* Each setting whose key, as git prints it, starts with `prefix`; of one key the last one counts. */
typedef void repo_config_fn(const char *key, const char *value, void *data);
void repo_config_each(struct repo *repo, const char *prefix, repo_config_fn *fn, void *data);

/* Any revision that names a commit (tags are peeled). kind NOT_FOUND when there is none. */
int repo_resolve(struct repo *repo, const char *rev, struct oid *commit,
		 struct error *err) MUST_CHECK;

struct commit_info {
	char *author_name, *author_email, *committer_name, *committer_email;
	char *subject;
	int64_t committer_time; /* seconds since the epoch */
};
int repo_commit_info(struct repo *repo, const struct oid *commit, struct commit_info *info,
		     struct error *err) MUST_CHECK;
void commit_info_release(struct commit_info *info);

/* Is `ancestor` reachable from `commit`? 1, 0, negative. */
int repo_is_ancestor(struct repo *repo, const struct oid *ancestor, const struct oid *commit,
		     struct error *err) MUST_CHECK;
/* Have the two histories anything in common? 1, 0, negative. */
int repo_is_related(struct repo *repo, const struct oid *a, const struct oid *b,
		    struct error *err) MUST_CHECK;

/* Content of a blob onto `out`; more than `max` bytes: kind LIMIT, nothing added. */
int repo_read_blob(struct repo *repo, const struct oid *blob, size_t max, struct strbuf *out,
		   struct error *err) MUST_CHECK;

/* Refs. Reading: 1 with the value (symbolic refs followed), 0 when there is none. */
int repo_ref_read(struct repo *repo, const char *ref, struct oid *oid,
		  struct error *err) MUST_CHECK;
/*
 * Compare and swap: `old` NULL: whatever it was; null oid: must not exist.
 * `new_oid` NULL: delete. kind CONFLICT when it was not `old`.
 */
int repo_ref_update(struct repo *repo, const char *ref, const struct oid *new_oid,
		    const struct oid *old, const char *message, struct error *err) MUST_CHECK;
struct ref_change {
	const char *ref;
	const struct oid *oid; /* NULL: delete */
};
/*
 * Many at once, whatever they were; not atomic, but safe to do again. Synced
 * to disk once, at the end: ten thousand syncs take a minute.
 */
int repo_refs_update(struct repo *repo, const struct ref_change *changes, size_t nr,
		     const char *message, struct error *err) MUST_CHECK;
/* The branch that HEAD points to, born or not, without refs/heads/; NULL: none. Free it. */
char *repo_head_branch(struct repo *repo);
typedef int repo_ref_fn(const char *ref, const struct oid *oid, void *data);
/* Refs that start with `prefix`, sorted; a callback that returns non-zero ends it. */
int repo_ref_each(struct repo *repo, const char *prefix, repo_ref_fn *fn, void *data,
		  struct error *err) MUST_CHECK;

#endif
