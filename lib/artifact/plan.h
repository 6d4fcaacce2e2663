#ifndef ARTIFACT_PLAN_H
#define ARTIFACT_PLAN_H

#include "artifact/name.h"
#include "base/arena.h"
#include "repo/snapshot.h"

/*
 * What a change means for each service object (a kind and a path-prefix):
 * from two snapshots to a list of intents, sorted by path-prefix, ECS first.
 */
enum intent {
	INTENT_NONE = 0, /* only settings changed: nothing is deployed */
	INTENT_DEPLOY,	 /* create or update */
	INTENT_DELETE
};

struct plan_file {
	const char *path;
	char change; /* 'A', 'M', 'D'; 'R': unchanged itself, but a file it references changed */
};

struct plan_object {
	enum artifact_kind kind;
	const char *prefix;
	enum intent intent;
	const char *why; /* "nginx_svcdef.json added", for people */
	struct plan_file *files;
	size_t files_nr;
};

struct plan {
	struct arena arena;
	struct plan_object *objects;
	size_t nr;
	bool unrelated; /* compared tree to tree: the histories have nothing in common */
};

#define PLAN_INIT                   \
	{                           \
		.arena = ARENA_INIT \
	}

struct plan_options {
	bool all; /* every object, as if all files were added (`--force` on an unchanged head, `check --all`) */
	const char *const
		*prefixes; /* only these path-prefixes (or directories of them); NULL: all */
	size_t prefixes_nr;
	const char *
		ref_index; /* path of a cache of who references which file, or NULL; see ref-index.h */
};

/* `before` is the last processed commit (or the empty snapshot). */
int plan_make(struct plan *plan, struct snapshot *before, struct snapshot *after,
	      const struct plan_options *options, struct error *err) MUST_CHECK;
void plan_release(struct plan *plan);

#endif
