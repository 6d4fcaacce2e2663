#include "repo/internal.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/digest.h"

int repo_ref_read(struct repo *repo, const char *ref, struct oid *oid, struct error *err)
{
	git_oid id;
	int rc;

	git_error_clear();
	rc = git_reference_name_to_id(&id, repo->git, ref);
	if (rc == GIT_ENOTFOUND) {
		git_error_clear();
		return 0;
	}
	if (rc < 0)
		return repo_error(err, rc, "cannot read the ref '%s'", ref);
	from_git(oid, &id);
	return 1;
}

/* What the ref holds now, while its lock is ours, against what it should be. */
static int compare(struct repo *repo, const char *ref, const struct oid *old, bool *exists,
		   struct error *err)
{
	char is[OID_HEXSZ + 1], should[OID_HEXSZ + 1];
	struct oid now;
	int found = repo_ref_read(repo, ref, &now, err);

	if (found < 0)
		return -1;
	*exists = found;
	if (!old || (found ? oid_eq(&now, old) : oid_is_null(old)))
		return 0;
	if (!found)
		return error_set(err, ERROR_CONFLICT, "the ref '%s' is gone", ref);
	oid_hex(is, &now);
	oid_hex(should, old);
	if (oid_is_null(old))
		return error_set(err, ERROR_CONFLICT, "the ref '%s' exists already, at %s", ref,
				 is);
	return error_set(err, ERROR_CONFLICT, "the ref '%s' is at %s, not at %s", ref, is, should);
}

/* About ten seconds in all: long enough for a crowd of writers, each of which holds it for some ms. */
#define LOCK_TRIES 300

/* From 1 ms to 64 ms, at random so that writers who met don't meet again. */
static void back_off(unsigned attempt)
{
	struct timespec pause = { 0 };
	uint32_t random;

	random_bytes(&random, sizeof(random));
	pause.tv_nsec = (long)(500000 + random % (1000000u << MIN(attempt, 6)));
	nanosleep(&pause, NULL);
}

/* Our own writers hold a lock for milliseconds. */
#define LOCK_STALE_MS 5000

/*
 * A writer that was killed leaves its lock file behind, and git, which can't
 * know what others do, leaves that to a person. On refs that only this program
 * writes we do know: one that has been there so long is nobody's any more.
 * True: it is gone, try again.
 */
static bool remove_stale_lock(struct repo *repo, const char *ref)
{
	int64_t now = clock_wall_ms(clock_system());
	struct stat st;
	char *path;
	bool gone = false;

	if (!starts_with(ref, "refs/gitops/") && !starts_with(ref, "refs/notes/gitops/"))
		return false;
	path = xstrfmt("%s/%s.lock", repo->git_dir, ref);
	if (!lstat(path, &st) && S_ISREG(st.st_mode) &&
	    now - (int64_t)st.st_mtime * 1000 > LOCK_STALE_MS + 1000)
		gone = !unlink(path);
	free(path);
	return gone;
}

int ref_lock(git_transaction *tx, struct repo *repo, const char *ref, struct error *err)
{
	unsigned attempt;

	for (attempt = 1;; attempt++) {
		int rc;

		git_error_clear();
		rc = git_transaction_lock_ref(tx, ref);
		if (!rc)
			return 0;
		if (rc == GIT_ELOCKED && remove_stale_lock(repo, ref))
			continue;
		/* NOTFOUND: git removed the empty directory in between. */
		if ((rc != GIT_ELOCKED && rc != GIT_ENOTFOUND) || attempt == LOCK_TRIES) {
			repo_error(err, rc, "cannot lock the ref '%s'", ref);
			/* Not CONFLICT: nobody was faster, somebody doesn't end. */
			if (rc == GIT_ELOCKED)
				err->kind = ERROR_FAILED;
			if (rc == GIT_ELOCKED)
				error_hint(
					err,
					"if no git process is running there, remove '%s/%s.lock'",
					repo->git_dir, ref);
			return -1;
		}
		back_off(attempt);
	}
}

/*
 * Under the ref's lock file, which git respects as well. The simpler
 * git_reference_create_matching() is not enough: it looks whether a ref
 * exists before it takes the lock, so that of two writers who create it one
 * is lost.
 */
int repo_ref_update(struct repo *repo, const char *ref, const struct oid *new_oid,
		    const struct oid *old, const char *message, struct error *err)
{
	git_transaction *tx = NULL;
	bool exists = false;
	int rc;

	if (!git_reference_is_valid_name(ref))
		return error_set(err, ERROR_INVALID, "'%s' is not a valid name of a ref", ref);
	git_error_clear();
	rc = git_transaction_new(&tx, repo->git);
	if (rc < 0)
		return repo_error(err, rc, "cannot update the ref '%s'", ref);
	rc = ref_lock(tx, repo, ref, err);
	if (!rc)
		rc = compare(repo, ref, old, &exists, err);
	if (rc < 0 || (!new_oid && !exists))
		goto out;
	git_error_clear();
	if (new_oid)
		rc = git_transaction_set_target(tx, ref, to_git(new_oid), NULL, message);
	else
		rc = git_transaction_remove(tx, ref);
	if (!rc)
		rc = git_transaction_commit(tx);
	if (rc < 0)
		repo_error(err, rc, "cannot %s the ref '%s'", new_oid ? "write" : "delete", ref);
out:
	git_transaction_free(tx);
	return rc < 0 ? -1 : 0;
}

static int sync_refs(struct repo *repo, struct error *err)
{
	int fd = open(repo->git_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 0;

	if (fd < 0)
		return error_errno(err, "cannot open '%s'", repo->git_dir);
	if (syncfs(fd) < 0)
		rc = error_errno(err, "cannot sync '%s'", repo->git_dir);
	close(fd);
	return rc;
}

int repo_refs_update(struct repo *repo, const struct ref_change *changes, size_t nr,
		     const char *message, struct error *err)
{
	struct repo unsynced = *repo;
	size_t i;
	int rc;

	/* A handle looks only when it is opened whether it is to sync. */
	git_error_clear();
	git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 0);
	rc = git_repository_open_ext(&unsynced.git, repo->git_dir, GIT_REPOSITORY_OPEN_NO_SEARCH,
				     NULL);
	if (rc < 0)
		repo_error(err, rc, "cannot open the repository '%s'", repo->git_dir);
	for (i = 0; !rc && i < nr; i++)
		rc = repo_ref_update(&unsynced, changes[i].ref, changes[i].oid, NULL, message, err);
	if (unsynced.git != repo->git)
		git_repository_free(unsynced.git);
	git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 1);
	return rc < 0 ? -1 : sync_refs(repo, err);
}

struct ref_entry {
	char *name;
	struct oid oid;
};

static int by_name(const void *a, const void *b)
{
	const struct ref_entry *x = a, *y = b;

	return strcmp(x->name, y->name);
}

int repo_ref_each(struct repo *repo, const char *prefix, repo_ref_fn *fn, void *data,
		  struct error *err)
{
	git_reference_iterator *iter = NULL;
	struct ref_entry *refs = NULL;
	struct strbuf glob = STRBUF_INIT;
	size_t nr = 0, alloc = 0, i;
	const char *name, *s;
	int rc, found = 0;

	/* The prefix is text, not a pattern. */
	for (s = prefix; *s; s++) {
		if (strchr("*?[\\", *s))
			strbuf_addch(&glob, '\\');
		strbuf_addch(&glob, *s);
	}
	strbuf_addch(&glob, '*');
	git_error_clear();
	rc = git_reference_iterator_glob_new(&iter, repo->git, glob.buf);
	if (rc < 0)
		goto out;
	while (!(rc = git_reference_next_name(&name, iter))) {
		struct oid oid;

		if (!starts_with(name, prefix))
			continue;
		/* One that went away since, or points nowhere, is no ref. */
		found = repo_ref_read(repo, name, &oid, err);
		if (found < 0)
			break;
		if (!found)
			continue;
		ALLOC_GROW(refs, nr + 1, alloc);
		refs[nr].name = xstrdup(name);
		refs[nr++].oid = oid;
	}
	if (rc == GIT_ITEROVER)
		rc = 0;
	if (nr)
		qsort(refs, nr, sizeof(*refs), by_name);
	for (i = 0; !rc && found >= 0 && i < nr; i++)
		if (fn(refs[i].name, &refs[i].oid, data))
			break;
out:
	if (rc < 0)
		repo_error(err, rc, "cannot list the refs below '%s'", prefix);
	for (i = 0; i < nr; i++)
		free(refs[i].name);
	free(refs);
	strbuf_release(&glob);
	git_reference_iterator_free(iter);
	return rc < 0 || found < 0 ? -1 : 0;
}

char *repo_head_branch(struct repo *repo)
{
	git_reference *head = NULL;
	const char *target = NULL, *branch = NULL;
	char *result = NULL;

	if (!git_reference_lookup(&head, repo->git, "HEAD"))
		target = git_reference_symbolic_target(head);
	if (target && skip_prefix(target, "refs/heads/", &branch))
		result = xstrdup(branch);
	git_reference_free(head);
	git_error_clear();
	return result;
}
