#ifndef STATE_STORE_H
#define STATE_STORE_H

#include "repo/repo.h"
#include "state/record.h"

/*
 * Where records are kept. One struct of functions a backend (notes now,
 * DynamoDB later), one test suite for all of them.
 */
struct store;

struct record_list {
	struct record *v;
	size_t nr, alloc;
};

#define RECORD_LIST_INIT                                                                           \
	{                                                                                          \
		0                                                                                  \
	}
void record_list_release(struct record_list *list);

struct record_query {
	const char *id;	    /* or a unique start of one */
	const char *commit; /* hex */
	const char *branch;
	const char *const *prefixes; /* path-prefixes, or directories of them */
	size_t prefixes_nr;
	size_t limit;	    /* 0: all */
	bool latest;	    /* only the newest per branch, kind and path-prefix */
	bool finished_well; /* only RECORD_SUCCESS */
};

struct store_backend {
	const char *name;
	/*
	 * Put records (by id: new ones are added, known ones replaced), all of
	 * them or none. Idempotent.
	 */
	int (*put)(struct store *store, const struct record *const *records, size_t nr,
		   struct error *err);
	/* Newest first. */
	int (*find)(struct store *store, const struct record_query *query, struct record_list *out,
		    struct error *err);
	void (*free)(struct store *store);
};

struct store {
	const struct store_backend *backend;
};

int store_open_notes(struct store **store, struct repo *repo, struct error *err) MUST_CHECK;
int store_put(struct store *store, const struct record *const *records, size_t nr,
	      struct error *err) MUST_CHECK;
int store_find(struct store *store, const struct record_query *query, struct record_list *out,
	       struct error *err) MUST_CHECK;
void store_free(struct store *store);

/* refs/gitops/processed/<branch>: the last processed commit. 1, 0, negative. */
int processed_read(struct repo *repo, const char *branch, struct oid *commit,
		   struct error *err) MUST_CHECK;
int processed_update(struct repo *repo, const char *branch, const struct oid *commit,
		     const struct oid *old, struct error *err) MUST_CHECK;

/*
 * refs/gitops/live/<branch>/<kind>/<path-prefix>: the commit whose version of
 * the object runs now; `commit` NULL removes it (the object was deleted).
 */
int live_read(struct repo *repo, const char *branch, enum artifact_kind kind, const char *prefix,
	      struct oid *commit, struct error *err) MUST_CHECK;
int live_update(struct repo *repo, const char *branch, enum artifact_kind kind, const char *prefix,
		const struct oid *commit, struct error *err) MUST_CHECK;

#endif
