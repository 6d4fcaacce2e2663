#include "repo/internal.h"

void oid_hex(char hex[OID_HEXSZ + 1], const struct oid *oid)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < sizeof(oid->id); i++) {
		hex[2 * i] = digits[oid->id[i] >> 4];
		hex[2 * i + 1] = digits[oid->id[i] & 15];
	}
	hex[OID_HEXSZ] = '\0';
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool oid_parse(struct oid *oid, const char *hex)
{
	struct oid parsed;
	size_t i;

	for (i = 0; i < sizeof(parsed.id); i++) {
		int high = hex_digit(hex[2 * i]);
		int low = high < 0 ? -1 : hex_digit(hex[2 * i + 1]);

		if (low < 0)
			return false;
		parsed.id[i] = (unsigned char)(high << 4 | low);
	}
	if (hex[OID_HEXSZ])
		return false;
	*oid = parsed;
	return true;
}

static enum error_kind kind_of(int code)
{
	switch (code) {
	case GIT_ENOTFOUND:
		return ERROR_NOT_FOUND;
	case GIT_EEXISTS:
		return ERROR_EXISTS;
	case GIT_ELOCKED:
	case GIT_EMODIFIED:
	case GIT_EUNMERGED:
		return ERROR_CONFLICT;
	case GIT_EINVALIDSPEC:
	case GIT_EINVALID:
	case GIT_EAMBIGUOUS:
	case GIT_EPEEL:
		return ERROR_INVALID;
	case GIT_EOWNER:
		return ERROR_DENIED;
	default:
		return ERROR_FAILED;
	}
}

/* libgit2 keeps no errno, but ends its message with what strerror(3) says. */
static int sys_of(const char *message)
{
	static const int passing[] = { ENOSPC, EDQUOT };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(passing); i++)
		if (ends_with(message, strerror(passing[i])))
			return passing[i];
	return 0;
}

int repo_error(struct error *err, int code, const char *fmt, ...)
{
	const git_error *last = git_error_last();
	struct strbuf sb = STRBUF_INIT;
	enum error_kind kind = kind_of(code);
	int sys = 0;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&sb, fmt, ap);
	va_end(ap);
	if (last && last->message && last->klass != GIT_ERROR_NONE) {
		if (last->klass == GIT_ERROR_OS && kind == ERROR_FAILED)
			kind = ERROR_SYSTEM;
		strbuf_addf(&sb, ": %s", last->message);
		sys = sys_of(last->message);
	} else if (kind == ERROR_NOT_FOUND) {
		strbuf_addstr(&sb, ": not found");
	}
	error_set(err, kind, "%s", sb.buf);
	err->sys = sys;
	strbuf_release(&sb);
	git_error_clear();
	return -1;
}

static char *without_slash(const char *path)
{
	char *copy = xstrdup_or_null(path);
	size_t len = copy ? strlen(copy) : 0;

	while (len > 1 && copy[len - 1] == '/')
		copy[--len] = '\0';
	return copy;
}

/*
 * One element of GIT_ALTERNATE_OBJECT_DIRECTORIES: separated by ':', and in
 * double quotes with C's escapes when it holds a ':' or a quote itself.
 */
static const char *next_alternate(const char *s, struct strbuf *path)
{
	strbuf_reset(path);
	if (*s != '"') {
		size_t len = strcspn(s, ":");

		strbuf_add(path, s, len);
		return s[len] ? s + len + 1 : NULL;
	}
	for (s++; *s && *s != '"'; s++) {
		static const char escapes[] = "a\ab\bf\fn\nr\rt\tv\v\\\\\"\"";
		size_t i;

		if (*s != '\\') {
			strbuf_addch(path, *s);
			continue;
		}
		s++;
		if (*s >= '0' && *s <= '3' && s[1] >= '0' && s[1] <= '7' && s[2] >= '0' &&
		    s[2] <= '7') {
			strbuf_addch(path,
				     (char)((s[0] - '0') << 6 | (s[1] - '0') << 3 | (s[2] - '0')));
			s += 2;
			continue;
		}
		for (i = 0; escapes[i] && escapes[i] != *s; i += 2)
			;
		if (!escapes[i])
			break; /* not what git writes: end here */
		strbuf_addch(path, escapes[i + 1]);
	}
	s = strchr(s, ':');
	return s ? s + 1 : NULL;
}

/*
 * All repositories of a process share what libgit2 knows of a pack, and its
 * lock, when they reach the pack by one path. Threads that read one pack would
 * spend a third of their time to wait for each other: each copy of a
 * repository has a spelling of its own, "objects/./.".
 */
static void spell_apart(struct strbuf *path, unsigned copy)
{
	while (copy--)
		strbuf_addstr(path, "/.");
}

/* Onto `path`: where the objects are, as `copy` spells it. */
static int find_objects(struct strbuf *path, struct repo *repo, const char *objects, unsigned copy)
{
	git_buf own = { 0 };
	int rc = 0;

	if (!objects)
		rc = git_repository_item_path(&own, repo->git, GIT_REPOSITORY_ITEM_OBJECTS);
	if (!rc)
		strbuf_addstr(path, objects ? objects : own.ptr);
	spell_apart(path, copy);
	git_buf_dispose(&own);
	return rc;
}

/*
 * The object store as the environment describes it: in pre-receive the new
 * objects are in a quarantine that only GIT_OBJECT_DIRECTORY names, and the
 * repository's own store is an alternate of it. All relative to the working
 * directory, as for git.
 */
static int open_odb(struct repo *repo, bool from_env, unsigned copy, struct error *err)
{
	const char *objects = from_env ? getenv("GIT_OBJECT_DIRECTORY") : NULL;
	const char *alternates = from_env ? getenv("GIT_ALTERNATE_OBJECT_DIRECTORIES") : NULL;
	struct strbuf path = STRBUF_INIT;
	int rc;

	if (objects && !*objects)
		objects = NULL;
	if (objects || copy) {
		rc = find_objects(&path, repo, objects, copy);
		if (!rc)
			rc = git_odb_open(&repo->odb, path.buf);
		if (!rc)
			rc = git_repository_set_odb(repo->git, repo->odb);
	} else {
		rc = git_repository_odb(&repo->odb, repo->git);
	}
	if (rc < 0) {
		repo_error(err, rc, "cannot open the object store of '%s'", repo->git_dir);
		strbuf_release(&path);
		return -1;
	}
	while (alternates && *alternates) {
		alternates = next_alternate(alternates, &path);
		if (!path.len)
			continue;
		spell_apart(&path, copy);
		if ((rc = git_odb_add_disk_alternate(repo->odb, path.buf)) < 0) {
			repo_error(err, rc, "cannot open the object store '%s'", path.buf);
			break;
		}
	}
	strbuf_release(&path);
	return rc < 0 ? -1 : 0;
}

static int init_library(struct error *err)
{
	static const char *extensions[] = { "partialclone", "worktreeconfig", "preciousobjects" };
	int rc;

	repo_without_tls();
	rc = git_libgit2_init();
	if (rc < 0)
		return repo_error(err, rc, "cannot initialize libgit2");
	if (rc > 1)
		return 0;
	/*
	 * An object's hash is not computed again at each read: git hashed it
	 * when it came in and does not do it either when it reads a pack. A
	 * damaged object still fails by zlib's checksum or as a bad tree. What
	 * we write is checked, the default: a notes commit never names
	 * objects that are not there.
	 */
	git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 0);
	/* libgit2 1.5's own check knows no "*" and calls the repository missing: see owner.c. */
	git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
	/*
	 * Extensions that change nothing for us: objects that a partial clone
	 * lacks are reported when they are needed, and settings of one work
	 * tree are none of ours.
	 */
	git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, extensions, ARRAY_SIZE(extensions));
	/* Notes and refs that we wrote survive a power cut. */
	git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 1);
	return 0;
}

static int open_copy(struct repo **out, const char *path, unsigned copy, struct error *err)
{
	const char *git_dir = path ? NULL : getenv("GIT_DIR");
	const char *work_tree = path ? NULL : getenv("GIT_WORK_TREE");
	struct repo *repo;
	int rc;

	if (init_library(err) < 0)
		return -1;
	repo = xcalloc(1, sizeof(*repo));
	repo->from_env = !path;
	git_error_clear();
	if (git_dir && *git_dir) {
		path = git_dir;
		rc = git_repository_open_ext(&repo->git, path, GIT_REPOSITORY_OPEN_NO_SEARCH, NULL);
	} else {
		rc = git_repository_open_ext(&repo->git, path ? path : ".",
					     path ? GIT_REPOSITORY_OPEN_NO_SEARCH : 0,
					     path ? NULL : getenv("GIT_CEILING_DIRECTORIES"));
	}
	if (rc == GIT_ENOTFOUND) {
		error_set(err, ERROR_NOT_FOUND,
			  path ? "'%s' is not a git repository" :
				 "not in a git repository (or any of the directories above '%s')",
			  path ? path : ".");
		goto fail;
	}
	if (rc < 0) {
		repo_error(err, rc, "cannot open the repository '%s'", path ? path : ".");
		if (strstr(err->message, "objectformat"))
			error_hint(err, "repositories with SHA-256 object names are not supported");
		goto fail;
	}
	if (work_tree && *work_tree &&
	    (rc = git_repository_set_workdir(repo->git, work_tree, 0)) < 0) {
		repo_error(err, rc, "cannot use the work tree '%s'", work_tree);
		goto fail;
	}
	repo->git_dir = without_slash(git_repository_commondir(repo->git));
	repo->work_dir = without_slash(git_repository_workdir(repo->git));
	/*
	 * As git: who names the repository in the environment trusts it. A
	 * hook of another user's repository runs because git looked before.
	 */
	if (!(git_dir && *git_dir) && check_owner(repo, err) < 0)
		goto fail;
	if (open_odb(repo, git_dir && *git_dir, copy, err) < 0)
		goto fail;
	*out = repo;
	return 0;
fail:
	repo_free(repo);
	*out = NULL;
	return -1;
}

int repo_open(struct repo **out, const char *path, struct error *err)
{
	return open_copy(out, path, 0, err);
}

int repo_open_again(struct repo **out, const struct repo *same, unsigned copy, struct error *err)
{
	return open_copy(out, same->from_env ? NULL : git_repository_path(same->git), copy, err);
}

void repo_free(struct repo *repo)
{
	if (!repo)
		return;
	config_release(repo);
	git_odb_free(repo->odb);
	git_repository_free(repo->git);
	free(repo->git_dir);
	free(repo->work_dir);
	free(repo);
	git_libgit2_shutdown();
}

void repo_library_version(struct strbuf *out)
{
	int major, minor, revision;

	git_libgit2_version(&major, &minor, &revision);
	strbuf_addf(out, "%d.%d.%d", major, minor, revision);
}

const char *repo_git_dir(const struct repo *repo)
{
	return repo->git_dir;
}

const char *repo_work_dir(const struct repo *repo)
{
	return repo->work_dir;
}

int repo_resolve(struct repo *repo, const char *rev, struct oid *commit, struct error *err)
{
	git_object *object = NULL, *peeled = NULL;
	int rc;

	git_error_clear();
	rc = git_revparse_single(&object, repo->git, rev);
	if (rc == GIT_ENOTFOUND) {
		error_set(err, ERROR_NOT_FOUND, "there is no commit '%s'", rev);
		goto out;
	}
	if (rc < 0) {
		repo_error(err, rc, "cannot resolve '%s'", rev);
		goto out;
	}
	rc = git_object_peel(&peeled, object, GIT_OBJECT_COMMIT);
	if (rc < 0) {
		git_error_clear();
		error_set(err, ERROR_INVALID, "'%s' is not a commit", rev);
		goto out;
	}
	from_git(commit, git_object_id(peeled));
out:
	git_object_free(peeled);
	git_object_free(object);
	return rc < 0 ? -1 : 0;
}

int repo_commit_info(struct repo *repo, const struct oid *oid, struct commit_info *info,
		     struct error *err)
{
	const git_signature *author, *committer;
	char hex[OID_HEXSZ + 1];
	git_commit *commit;
	int rc;

	memset(info, 0, sizeof(*info));
	git_error_clear();
	rc = git_commit_lookup(&commit, repo->git, to_git(oid));
	if (rc < 0) {
		oid_hex(hex, oid);
		return repo_error(err, rc, "cannot read the commit '%s'", hex);
	}
	author = git_commit_author(commit);
	committer = git_commit_committer(commit);
	info->author_name = xstrdup(author && author->name ? author->name : "");
	info->author_email = xstrdup(author && author->email ? author->email : "");
	info->committer_name = xstrdup(committer && committer->name ? committer->name : "");
	info->committer_email = xstrdup(committer && committer->email ? committer->email : "");
	info->subject = xstrdup(git_commit_summary(commit) ? git_commit_summary(commit) : "");
	info->committer_time = git_commit_time(commit);
	git_commit_free(commit);
	return 0;
}

void commit_info_release(struct commit_info *info)
{
	free(info->author_name);
	free(info->author_email);
	free(info->committer_name);
	free(info->committer_email);
	free(info->subject);
	memset(info, 0, sizeof(*info));
}

int repo_is_ancestor(struct repo *repo, const struct oid *ancestor, const struct oid *commit,
		     struct error *err)
{
	char hex[2][OID_HEXSZ + 1];
	int rc;

	if (oid_eq(ancestor, commit))
		return 1;
	git_error_clear();
	rc = git_graph_descendant_of(repo->git, to_git(commit), to_git(ancestor));
	if (rc < 0) {
		oid_hex(hex[0], ancestor);
		oid_hex(hex[1], commit);
		repo_error(err, rc, "cannot compare the histories of '%s' and '%s'", hex[0],
			   hex[1]);
		if (git_repository_is_shallow(repo->git) == 1)
			error_hint(err, "this is a shallow clone: git fetch --unshallow");
		return -1;
	}
	return rc;
}

int repo_is_related(struct repo *repo, const struct oid *a, const struct oid *b, struct error *err)
{
	char hex[2][OID_HEXSZ + 1];
	git_oid base;
	int rc;

	git_error_clear();
	rc = git_merge_base(&base, repo->git, to_git(a), to_git(b));
	if (rc == GIT_ENOTFOUND) {
		git_error_clear();
		return 0;
	}
	if (rc < 0) {
		oid_hex(hex[0], a);
		oid_hex(hex[1], b);
		repo_error(err, rc, "cannot compare the histories of '%s' and '%s'", hex[0],
			   hex[1]);
		if (git_repository_is_shallow(repo->git) == 1)
			error_hint(err, "this is a shallow clone: git fetch --unshallow");
		return -1;
	}
	return 1;
}

int object_read(git_odb_object **object, struct repo *repo, const struct oid *oid,
		git_object_t type, struct error *err)
{
	char hex[OID_HEXSZ + 1];
	int rc;

	git_error_clear();
	rc = git_odb_read(object, repo->odb, to_git(oid));
	if (rc < 0) {
		oid_hex(hex, oid);
		if (rc == GIT_ENOTFOUND) {
			git_error_clear();
			error_set(err, ERROR_NOT_FOUND, "the %s '%s' is missing",
				  git_object_type2string(type), hex);
			if ((repo_config_str(repo, "extensions.partialclone") ||
			     repo_config_bool(repo, "remote.origin.promisor", false)))
				error_hint(
					err,
					"this is a partial clone: 'git cat-file -p %s' fetches it",
					hex);
			return -1;
		}
		return repo_error(err, rc, "cannot read the %s '%s'", git_object_type2string(type),
				  hex);
	}
	if (git_odb_object_type(*object) != type) {
		oid_hex(hex, oid);
		error_set(err, ERROR_INVALID, "'%s' is a %s, not a %s", hex,
			  git_object_type2string(git_odb_object_type(*object)),
			  git_object_type2string(type));
		git_odb_object_free(*object);
		*object = NULL;
		return -1;
	}
	return 0;
}

int repo_read_blob(struct repo *repo, const struct oid *blob, size_t max, struct strbuf *out,
		   struct error *err)
{
	git_odb_object *object;
	char hex[OID_HEXSZ + 1];
	size_t size;
	int rc = 0;

	if (object_read(&object, repo, blob, GIT_OBJECT_BLOB, err) < 0)
		return -1;
	size = git_odb_object_size(object);
	if (size > max || !strbuf_grow(out, size)) {
		oid_hex(hex, blob);
		rc = error_set(err, ERROR_LIMIT,
			       "the blob '%s' has %zu bytes; at most %zu are allowed", hex, size,
			       max);
	} else {
		strbuf_add(out, git_odb_object_data(object), size);
	}
	git_odb_object_free(object);
	return rc;
}
