#include "base/base.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/process.h"
#include "deploy/setup-internal.h"
#include "deploy/setup.h"

#include <fcntl.h>
#include <sys/stat.h>

#define CONFIG_MAX (4 << 20)

/*
 * hideRefs: whom a push may not touch. Our own refs are left out of what a
 * push is told, too, so that thousands of live refs cost it nothing; fetch and
 * ls-remote show them.
 */
static const struct {
	const char *key, *value;
	bool many; /* has other values next to ours */
} wanted[] = {
	{ "receive.advertisePushOptions", "true", false },
	{ "receive.procReceiveRefs", "refs/gitops/deploy", true },
	{ "receive.hideRefs", "refs/gitops/hold", true },
	{ "receive.hideRefs", "refs/gitops/live", true },
	{ "receive.hideRefs", "refs/gitops/notes", true },
	{ "receive.hideRefs", "refs/gitops/processed", true },
	{ "receive.hideRefs", "refs/notes/gitops", true },
};

static char *config_path(const char *git_dir)
{
	return xstrfmt("%s/config", git_dir);
}

int setup_config_get(const char *file, const char *git_dir, const char *type, const char *key,
		     struct strbuf *value, struct error *err)
{
	const char *argv[12];
	size_t n = 0;
	int ret;

	argv[n++] = "git";
	argv[n++] = "--git-dir";
	argv[n++] = git_dir;
	argv[n++] = "config";
	if (file) {
		argv[n++] = "--file";
		argv[n++] = file;
	}
	if (type)
		argv[n++] = type;
	argv[n++] = "--get-all";
	argv[n++] = key;
	argv[n] = NULL;
	ret = process_run(argv, PROCESS_CAPTURE | PROCESS_NO_STDIN, value, err);
	if (ret > 1)
		return error_set(err, ERROR_FAILED, "'git config' failed on '%s'", key);
	return ret < 0 ? -1 : !ret;
}

/* `action`: --add, or --unset-all (of just this value; NULL: of all). */
static int git_config(const char *file, const char *action, const char *key, const char *value,
		      struct error *err)
{
	bool unset = str_eq(action, "--unset-all");
	const char *argv[9] = { "git", "config", "--file", file };
	size_t n = 4;
	int ret;

	if (unset && value)
		argv[n++] = "--fixed-value";
	argv[n++] = action;
	argv[n++] = key;
	argv[n] = value;
	ret = process_run(argv, PROCESS_NO_STDIN, NULL, err);
	/* 5: was not there. */
	if (ret > 0 && !(ret == 5 && unset))
		return error_set(err, ERROR_FAILED, "cannot set '%s' in '%s'", key, file);
	return ret < 0 ? -1 : 0;
}

/* Is `value` a line of `text`? */
static bool has_line(const char *text, const char *value)
{
	size_t len = strlen(value);

	while (*text) {
		size_t n = strcspn(text, "\n");

		if (n == len && !memcmp(text, value, len))
			return true;
		text += n + (text[n] == '\n');
	}
	return false;
}

static void note(struct setup_state *state, const char *key, const char *value, const char *old)
{
	struct setup_setting *s;

	ALLOC_GROW(state->settings, state->settings_nr + 1, state->settings_alloc);
	s = &state->settings[state->settings_nr++];
	s->key = xstrdup(key);
	s->value = xstrdup(value);
	s->old = xstrdup_or_null(old);
	state->changed = true;
}

static int want(struct setup_state *state, const char *git_dir, const char *file, const char *key,
		const char *value, bool many, struct strbuf *done, struct error *err)
{
	struct strbuf now = STRBUF_INIT_MAX(CONFIG_MAX);
	int ret = setup_config_get(file, git_dir, many ? NULL : "--bool", key, &now, err),
	    set = ret;

	if (ret < 0 || has_line(now.buf, value)) {
		ret = ret < 0 ? -1 : 0;
		goto out;
	}
	strbuf_chomp(&now);
	ret = 0;
	if (set && !many)
		ret = git_config(file, "--unset-all", key, NULL, err);
	if (!ret)
		ret = git_config(file, "--add", key, value, err);
	if (!ret) {
		note(state, key, value, set && !many ? now.buf : NULL);
		strbuf_addf(done, "set %s = %s\n", key, value);
	}
out:
	strbuf_release(&now);
	return ret;
}

static int file_digest(const char *path, struct strbuf *text, struct strbuf *hex, struct error *err)
{
	if (file_read(path, text, err) < 0)
		return -1;
	sha256_hex(hex, text->buf, text->len);
	return 0;
}

/*
 * A repository that nobody has pushed to yet: its HEAD names whatever
 * init.defaultBranch was on the server, which says little about what will be
 * pushed. Both usual names deploy then; the one that never comes does no harm.
 */
static const char *other_default_branch(const char *git_dir, const char *branch)
{
	char *ref = xstrfmt("refs/heads/%s", branch);
	const char *argv[] = { "git",	   "--git-dir", git_dir, "show-ref",
			       "--verify", "--quiet",	ref,	 NULL };
	struct error err = ERROR_INIT;
	const char *other = str_eq(branch, "master") ? "main" :
			    str_eq(branch, "main")   ? "master" :
						       NULL;

	if (other && !process_run(argv, PROCESS_NO_STDIN, NULL, &err))
		other = NULL;
	error_release(&err);
	free(ref);
	return other;
}

int setup_look_at_config(const char *git_dir, setup_missing_fn *fn, void *data, struct error *err)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(wanted); i++) {
		struct strbuf now = STRBUF_INIT_MAX(CONFIG_MAX);
		int ret = setup_config_get(NULL, git_dir, wanted[i].many ? NULL : "--bool",
					   wanted[i].key, &now, err);

		if (ret >= 0 && !has_line(now.buf, wanted[i].value))
			fn(wanted[i].key, wanted[i].value, data);
		strbuf_release(&now);
		if (ret < 0)
			return -1;
	}
	return 0;
}

/* The branch that HEAD names, also when it has no commit yet. */
static int add_head_branch(struct setup_state *state, const char *git_dir, const char *file,
			   struct strbuf *done, struct error *err)
{
	const char *argv[] = {
		"git", "--git-dir", git_dir, "symbolic-ref", "--quiet", "HEAD", NULL
	};
	struct strbuf any = STRBUF_INIT_MAX(CONFIG_MAX), head = STRBUF_INIT_MAX(PATH_MAX);
	const char *branch = NULL, *other;
	int ret = setup_config_get(NULL, git_dir, NULL, "gitops.branch", &any, err);

	if (!ret) {
		ret = process_run(argv, PROCESS_CAPTURE | PROCESS_NO_STDIN, &head, err);
		strbuf_rtrim(&head);
		if (!ret && skip_prefix(head.buf, "refs/heads/", &branch))
			ret = want(state, git_dir, file, "gitops.branch", branch, true, done, err);
		other = ret >= 0 && branch ? other_default_branch(git_dir, branch) : NULL;
		if (other)
			ret = want(state, git_dir, file, "gitops.branch", other, true, done, err);
	}
	strbuf_release(&any);
	strbuf_release(&head);
	return ret < 0 ? -1 : 0;
}

int setup_config_install(struct setup_state *state, const char *git_dir,
			 const char *const *branches, size_t branches_nr, struct strbuf *done,
			 struct error *err)
{
	struct strbuf before = STRBUF_INIT_MAX(CONFIG_MAX), hex = STRBUF_INIT;
	char *file = config_path(git_dir);
	bool changed = state->changed;
	size_t i;
	int ret;

	ret = file_digest(file, &before, &hex, err);
	if (ret < 0)
		goto out;
	state->changed = false;
	for (i = 0; ret >= 0 && i < ARRAY_SIZE(wanted); i++)
		ret = want(state, git_dir, file, wanted[i].key, wanted[i].value, wanted[i].many,
			   done, err);
	for (i = 0; ret >= 0 && i < branches_nr; i++)
		ret = want(state, git_dir, file, "gitops.branch", branches[i], true, done, err);
	if (ret >= 0)
		ret = add_head_branch(state, git_dir, file, done, err);
	if (state->changed) {
		/*
		 * The whole file can be put back as long as nobody else has
		 * touched it; see setup_config_uninstall().
		 */
		if (!state->config_digest)
			state->config_before = xstrdup(before.buf);
		else if (!str_eq(state->config_digest, hex.buf))
			FREE_AND_NULL(state->config_before);
		strbuf_reset(&before);
		strbuf_reset(&hex);
		if (file_digest(file, &before, &hex, err) < 0)
			ret = -1;
		free(state->config_digest);
		state->config_digest = xstrdup(hex.buf);
	}
	state->changed |= changed;
out:
	strbuf_release(&before);
	strbuf_release(&hex);
	free(file);
	return ret;
}

/* Under git's own lock for this file. */
static int replace_config(const char *file, const char *text, struct error *err)
{
	char *lock = xstrfmt("%s.lock", file);
	struct stat st;
	int fd, ret = -1;

	fd = open(lock, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0) {
		error_errno(err, "cannot lock '%s'", file);
		goto out;
	}
	if (stat(file, &st) < 0 || fchmod(fd, st.st_mode & 07777) < 0 ||
	    write_all(fd, text, strlen(text)) < 0 || fsync(fd) < 0) {
		error_errno(err, "cannot write '%s'", lock);
		unlink(lock);
	} else if (rename(lock, file) < 0) {
		error_errno(err, "cannot rename '%s' to '%s'", lock, file);
		unlink(lock);
	} else {
		ret = 0;
	}
	close(fd);
out:
	free(lock);
	return ret;
}

int setup_config_uninstall(struct setup_state *state, const char *git_dir, struct strbuf *done,
			   struct error *err)
{
	struct strbuf now = STRBUF_INIT_MAX(CONFIG_MAX), hex = STRBUF_INIT;
	char *file = config_path(git_dir);
	size_t i;
	int ret = file_digest(file, &now, &hex, err);

	if (ret < 0 || !state->settings_nr)
		goto out;
	if (state->config_before && state->config_digest && str_eq(state->config_digest, hex.buf)) {
		ret = replace_config(file, state->config_before, err);
		if (!ret)
			strbuf_addstr(done, "put back the settings as they were\n");
		goto out;
	}
	/* Somebody changed others meanwhile: only ours go. */
	for (i = 0; !ret && i < state->settings_nr; i++) {
		const struct setup_setting *s = &state->settings[i];

		ret = git_config(file, "--unset-all", s->key, s->value, err);
		if (!ret && s->old)
			ret = git_config(file, "--add", s->key, s->old, err);
		if (!ret)
			strbuf_addf(done, "unset %s = %s\n", s->key, s->value);
	}
out:
	strbuf_release(&now);
	strbuf_release(&hex);
	free(file);
	return ret;
}
