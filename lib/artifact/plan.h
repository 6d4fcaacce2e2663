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
	INTENT_NONE = 0, /* only settings changed, or there is no definition: nothing is deployed */
	INTENT_DEPLOY,	 /* create or update */
	INTENT_DELETE
};

const char *intent_name(enum intent intent); /* "none", "deploy", "delete" */

struct plan_file {
	const char *path;
	enum artifact_role role;
	char change; /* 'A', 'M', 'D'; 'R': unchanged itself, but a file it references changed */
	const char *referenced; /* for 'R': that file */
	uint32_t mode;		/* as it is now; 0 for 'D' and 'R' */
	struct oid oid;
};

struct plan_object {
	enum artifact_kind kind;
	const char *prefix;
	enum intent intent;
	const char *why;	 /* "nginx_svcdef.json added", for people */
	struct plan_file *files; /* sorted by path */
	size_t files_nr;
	bool defined;  /* its definition is there now */
	bool complete; /* `files` are all files it has now */
};

/* A changed file that nearly is an artifact by its name, see artifact_near_miss(). */
struct plan_near_miss {
	const char *path;
	const char *suffix;
	size_t prefix_len;
};

struct plan {
	struct arena arena;
	struct plan_object *objects;
	size_t nr;
	struct plan_near_miss *near_misses;
	size_t near_misses_nr;
	size_t changed; /* files that differ at all */
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

/*
 * `before` is the last processed commit (or the empty snapshot). A definition
 * that was deleted is to be read from there.
 */
int plan_make(struct plan *plan, struct snapshot *before, struct snapshot *after,
	      const struct plan_options *options, struct error *err) MUST_CHECK;
void plan_release(struct plan *plan);

/* The object's file of that role among those that changed, or NULL. */
const struct plan_file *plan_object_file(const struct plan_object *object, enum artifact_role role);

#endif
