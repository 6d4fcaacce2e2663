#include "repo/internal.h"

#include <sys/stat.h>

/*
 * A repository of another user may hold settings and hooks of that user's, so
 * git uses it only when safe.directory, in the system's or the user's own
 * configuration or given by `git -c`, names it (git-config(1)).
 */
static bool owned_by_us(const char *path)
{
	const char *sudo = getenv("SUDO_UID");
	uid_t us = geteuid();
	struct stat st;
	uint64_t uid;

	if (!path)
		return true;
	/* For tests, as in git: it takes away, and gives nothing. */
	if (getenv("GIT_TEST_ASSUME_DIFFERENT_OWNER"))
		return false;
	if (lstat(path, &st) < 0)
		return false;
	if (st.st_uid == us)
		return true;
	/* Root by sudo is the user who called it, too. */
	return !us && sudo && parse_uint(sudo, 0, UINT32_MAX, &uid) && st.st_uid == uid;
}

static bool names(const char *value, const char *path)
{
	const char *home = getenv("HOME");
	char *expanded = value[0] == '~' && value[1] == '/' && home ?
				 xstrfmt("%s%s", home, value + 1) :
				 xstrdup(value);
	size_t len = strlen(expanded);
	bool match;

	if (len > 2 && str_eq(expanded + len - 2, "/*")) {
		match = !strncmp(expanded, path, len - 1);
	} else {
		while (len > 1 && expanded[len - 1] == '/')
			expanded[--len] = '\0';
		match = str_eq(expanded, path);
	}
	free(expanded);
	return match;
}

int check_owner(struct repo *repo, struct error *err)
{
	const char *path = repo->work_dir ? repo->work_dir : repo->git_dir, **values;
	bool safe = false;
	size_t nr, i;

	if (owned_by_us(repo->work_dir) && owned_by_us(repo->git_dir))
		return 0;
	values = config_protected(repo, "safe.directory", &nr);
	for (i = 0; i < nr; i++) {
		if (!*values[i])
			safe = false;
		else
			safe |= str_eq(values[i], "*") || names(values[i], path);
	}
	free(values);
	if (safe)
		return 0;
	error_set(err, ERROR_DENIED, "the repository '%s' belongs to another user", path);
	return error_hint(err, "if you trust it: git config --global --add safe.directory '%s'",
			  path);
}
