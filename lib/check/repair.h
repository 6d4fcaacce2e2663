#ifndef CHECK_REPAIR_H
#define CHECK_REPAIR_H

#include "base/finding.h"
#include "repo/snapshot.h"

/*
 * Repair what has exactly one safe repair (finding->fix). Each is tried on the
 * work tree's snapshot, and kept there when the finding is gone and no error
 * came instead; one that brings another mistake to light is kept when that can
 * be repaired, too. Nothing is written: `files` says what is to be.
 */
struct repaired_file {
	char *path;
	char *new_path; /* NULL: it keeps its name */
	struct strbuf before, after;
};

struct repair {
	char *path; /* of the finding, with its line and column before anything was repaired */
	unsigned line, column;
	const char *rule;
	char *message;
	char *why; /* it was not made; NULL: it was */
};

struct repairs {
	struct repaired_file *files; /* sorted by path */
	size_t files_nr, files_alloc;
	struct repair *v;
	size_t nr, alloc;
};

#define REPAIRS_INIT \
	{            \
		0    \
	}

/*
 * `findings` are those of a check of `worktree`. Only files for which `wanted`
 * returns true are changed. Negative only when git can't be read.
 */
typedef bool repair_wanted_fn(const char *path, void *data);
int check_repair(struct repairs *repairs, const struct findings *findings,
		 struct snapshot *worktree, repair_wanted_fn *wanted, void *data,
		 struct error *err) MUST_CHECK;
void repairs_release(struct repairs *repairs);

#endif
