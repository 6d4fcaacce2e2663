#ifndef STATE_STORE_H
#define STATE_STORE_H

#include "repo/repo.h"
#include "state/record.h"

#define STATE_RECORDS_REF "refs/notes/gitops/records"
#define STATE_STATUS_REF  "refs/notes/gitops/status"

/*
 * Where records are kept. One struct of functions a backend (notes now,
 * DynamoDB later), one test suite for all of them.
 */
struct store;

struct record_list {
	struct record *v;
	size_t nr, alloc;
	size_t skipped; /* lines that are no records, or of a later version */
};

#define RECORD_LIST_INIT \
	{                \
		0        \
	}
void record_list_release(struct record_list *list);

struct record_query {
	const char *id;	    /* or the start of one */
	const char *job;    /* or the start of its id */
	const char *commit; /* hex */
	const char *branch;
	const char *const *prefixes; /* path-prefixes, or directories of them */
	size_t prefixes_nr;
	size_t limit; /* 0: all */
	/*
	 * Only the newest per branch, kind and path-prefix. One that was overtaken did
	 * nothing, so it doesn't count; but, where `commit` is given, when it is all
	 * there is of that commit.
	 */
	bool latest;
	bool finished_well; /* only RECORD_SUCCESS */
	bool changed;	    /* not those of the strategy "unchanged" */
	bool tried;	    /* not those that were held back, blocked or overtaken */
};

struct store_backend {
	const char *name;
	/*
	 * Put records (by id: new ones are added, known ones replaced), all of
	 * them or none. Idempotent. Each has id, commit and prefix.
	 */
	int (*put)(struct store *store, const struct record *const *records, size_t nr,
		   struct error *err);
	/* Any order; the caller sorts, drops and cuts as `latest` and `limit` say. */
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
/* Newest first. */
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
 *
 * A byte that a ref can't hold (git-check-ref-format(1)), and '%' itself, is
 * written %XX; so is the '/' of a branch, which is one part. The object "a"
 * and the object "a/b" can't both have a ref of that form: the one that comes
 * second gets its path-prefix in one part, '/' as %2F, with a '%' at the end,
 * which no escape ends in. live_ref_parse() reads both.
 */
int live_read(struct repo *repo, const char *branch, enum artifact_kind kind, const char *prefix,
	      struct oid *commit, struct error *err) MUST_CHECK;
int live_update(struct repo *repo, const char *branch, enum artifact_kind kind, const char *prefix,
		const struct oid *commit, struct error *err) MUST_CHECK;

struct live_change {
	enum artifact_kind kind;
	const char *prefix;
	const struct oid *commit; /* NULL: removed */
};
/* Many objects of one branch, with little more work than for one. Safe to do again. */
int live_update_all(struct repo *repo, const char *branch, const struct live_change *changes,
		    size_t nr, struct error *err) MUST_CHECK;

typedef int live_fn(const char *branch, enum artifact_kind kind, const char *prefix,
		    const struct oid *commit, void *data); /* non-zero ends it */
int live_each(struct repo *repo, live_fn *fn, void *data, struct error *err) MUST_CHECK;

void live_ref_name(struct strbuf *out, const char *branch, enum artifact_kind kind,
		   const char *prefix, bool flat);
/* False: no such ref. */
bool live_ref_parse(const char *ref, struct strbuf *branch, enum artifact_kind *kind,
		    struct strbuf *prefix);

#endif
