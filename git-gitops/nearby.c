#include "command.h"
#include "nearby.h"

#include "artifact/name.h"
#include "base/finding.h"
#include "repo/snapshot.h"

struct prefixes {
	char **v;
	size_t nr, alloc;
};

static int take_file(const struct file_entry *entry, void *data)
{
	struct prefixes *prefixes = data;
	struct artifact_name name;

	if (!artifact_name(entry->path, &name) || name.role != ROLE_DEFINITION || !name.prefix_len)
		return 0;
	ALLOC_GROW(prefixes->v, prefixes->nr + 1, prefixes->alloc);
	prefixes->v[prefixes->nr++] = xmemdupz(entry->path, name.prefix_len);
	return 0;
}

/* "nginx" of "dev/nginx/nginx" */
static bool is_end_of(const char *word, const char *prefix)
{
	size_t len = strlen(word), all = strlen(prefix);

	return len < all && prefix[all - len - 1] == '/' && str_eq(prefix + all - len, word);
}

/* "dev/nginx" of "dev/nginx/nginx" */
static bool is_directory_of(const char *word, const char *prefix)
{
	size_t len = strlen(word);

	return starts_with(prefix, word) && prefix[len] == '/';
}

static const char *choose(const struct prefixes *prefixes, const char *word)
{
	size_t i;

	for (i = 0; i < prefixes->nr; i++)
		if (str_eq(prefixes->v[i], word) || is_end_of(word, prefixes->v[i]))
			return prefixes->v[i];
	for (i = 0; i < prefixes->nr; i++)
		if (is_directory_of(word, prefixes->v[i]))
			return prefixes->v[i];
	return nearest_word(word, (const char *const *)prefixes->v, prefixes->nr);
}

static char *without_suffix(const char *given)
{
	struct artifact_name name;
	size_t len = strlen(given);

	if (artifact_name(given, &name))
		return xmemdupz(given, name.prefix_len);
	while (len > 1 && given[len - 1] == '/')
		len--;
	return xmemdupz(given, len);
}

char *nearby_prefix(struct repo *repo, const char *rev, const char *given)
{
	char *word = without_suffix(given), *found = NULL;
	struct snapshot *snapshot = NULL;
	struct error err = ERROR_INIT;
	struct prefixes prefixes = { 0 };
	struct oid commit;
	size_t i;

	/* It is a hint: what can't be read has none. */
	if (!repo_resolve(repo, rev, &commit, &err) &&
	    !snapshot_of_commit(&snapshot, repo, &commit, &err) &&
	    !snapshot_each(snapshot, "", take_file, &prefixes, &err))
		found = xstrdup_or_null(choose(&prefixes, word));
	for (i = 0; i < prefixes.nr; i++)
		free(prefixes.v[i]);
	free(prefixes.v);
	snapshot_free(snapshot);
	error_release(&err);
	free(word);
	return found;
}

int nearby_hint(struct error *err, struct repo *repo, const char *rev, const char *given)
{
	char *found = nearby_prefix(repo, rev, given);

	if (found && !str_eq(found, given))
		error_hint(err, "did you mean '%s'?", found);
	free(found);
	return -1;
}
