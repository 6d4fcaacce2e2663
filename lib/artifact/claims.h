#ifndef ARTIFACT_CLAIMS_H
#define ARTIFACT_CLAIMS_H

#include "artifact/plan.h"
#include "artifact/service.h"

/*
 * What each object deploys: two that deploy one service would undo each
 * other's work for ever. The objects of a plan are compared as they are
 * judged; an index of a branch tells of those that a push leaves alone.
 *
 * The index is a file of artifact/index-file.h, "claims": one line per
 * object, the key, its kind and its path-prefix, with tabs between them. It
 * may be older than what is compared with it: who is named there is read
 * again before it is believed.
 */
void claims_path(struct strbuf *out, const char *git_dir, const char *branch);

/* "serviceName" or "FunctionName". */
const char *claim_member(enum artifact_kind kind);
/*
 * What `service` deploys, as a key that is equal where that is the same, and
 * the value in its definition that says so. False: it can't be told. Where
 * region or account are not said, objects that don't say them either are
 * compared.
 */
bool claim_key(struct strbuf *key, const struct service *service, const struct json **name);

/*
 * Make the file `path` the index of `after`, which must be of a commit: from
 * the index of `before` by what `plan` says has changed, or else anew, by
 * reading all objects.
 */
int claims_update(const char *path, struct snapshot *before, struct snapshot *after,
		  const struct plan *plan, struct error *err) MUST_CHECK;

/* The other objects of a snapshot, to be asked for a key. */
struct claims;
/*
 * `plan`'s objects are never found. NULL: there is no index at `path` (or
 * `path` is NULL), or no object in `plan` that could ask.
 */
struct claims *claims_open(const char *path, const struct plan *plan, struct snapshot *after);
/* 1: `definition` is the path of one that deploys `key` (strbuf is overwritten); 0; negative. */
int claims_find(struct claims *claims, const char *key, size_t key_len, struct strbuf *definition,
		struct error *err) MUST_CHECK;
void claims_close(struct claims *claims);

#endif
