#ifndef ARTIFACT_INDEX_FILE_H
#define ARTIFACT_INDEX_FILE_H

#include "base/error.h"
#include "base/strbuf.h"
#include "repo/repo.h"

/*
 * An index of a commit, kept as a file in the server repository so that a
 * push costs what it changes: <git-dir>/gitops/<kind>/<branch, '/' as %2F>.
 *
 * A text file: a line that says which index it is (`magic`, with the
 * newline), the commit, a checksum of the rest, then sorted lines. It is a
 * cache: one that is missing or damaged counts as none. Only the worker writes
 * it, never a hook: a rejected push must leave the repository as it was.
 */
void index_file_path(struct strbuf *out, const char *git_dir, const char *kind, const char *branch);

struct index_file {
	const char *text;	/* the whole file, mapped; NULL when there is none */
	const char *body, *end; /* its lines, with a newline each; both NULL when there is none */
	struct oid commit;
};

#define INDEX_FILE_INIT \
	{               \
		0       \
	}

/* True when there is a sound one; `path` may be NULL. */
bool index_file_load(struct index_file *index, const char *path, const char *magic) MUST_CHECK;
void index_file_release(struct index_file *index);
/* The first line at or behind `at` that does not sort before `key`; `end` when all do. */
const char *index_file_seek(const struct index_file *index, const char *key, size_t key_len);

/* Lines to be written; they end with a newline each. */
struct index_lines {
	char **v;
	size_t nr, alloc;
};

/* Takes `line`. */
void index_lines_add(struct index_lines *lines, char *line);
void index_lines_release(struct index_lines *lines);
/* Sorts `lines` and drops doubles; creates the directory. Atomic. */
int index_file_write(const char *path, const char *magic, const struct oid *commit,
		     struct index_lines *lines, struct error *err) MUST_CHECK;

/* What stands between tabs: '%', tab and newline as %XX. */
void index_add_escaped(struct strbuf *out, const char *text);
void index_add_unescaped(struct strbuf *out, const char *s, size_t len);

#endif
