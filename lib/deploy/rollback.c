#include "base/base.h"
#include "base/strmap.h"
#include "deploy/rollback.h"

void rollback_release(struct rollback *rollback)
{
	record_release(&rollback->from);
	record_release(&rollback->to);
	memset(rollback, 0, sizeof(*rollback));
}

static bool deletes(const struct record *r)
{
	return r->strategy && str_eq(r->strategy, "delete");
}

/* A query for a path-prefix finds the directory of that name, too. */
static bool is_object(const struct record *r, const char *prefix, enum artifact_kind kind)
{
	return r->kind == kind && str_eq(r->prefix, prefix);
}

static void take(struct record *to, struct record *from)
{
	record_release(to);
	*to = *from;
	record_init(from);
}

/* Of both kinds there may be one of that path-prefix. */
static int find_kind(const struct record_list *list, const char *prefix, enum artifact_kind *kind,
		     struct error *err)
{
	bool found[KIND_NR] = { false };
	size_t i;

	for (i = 0; i < list->nr; i++)
		if (str_eq(list->v[i].prefix, prefix))
			found[list->v[i].kind] = true;
	if (found[KIND_ECS] && found[KIND_LAMBDA]) {
		error_set(err, ERROR_INVALID, "'%s' is an ECS service and a Lambda function",
			  prefix);
		return error_hint(err, "say which one with '--kind=ecs' or '--kind=lambda'");
	}
	*kind = found[KIND_LAMBDA] ? KIND_LAMBDA : KIND_ECS;
	return 0;
}

/*
 * Newest first: what a rollback left behind was not good, unless it went well
 * once more after that.
 */
static void choose(struct rollback *rollback, struct record_list *list, const char *prefix,
		   enum artifact_kind kind, const char *commit)
{
	const char *last = rollback->from.digest;
	struct strmap bad = STRMAP_INIT, digests = STRMAP_INIT;
	struct record *best = NULL;
	size_t i;

	/* What was deployed from which commit, for rollbacks that name one. */
	for (i = 0; i < list->nr; i++) {
		const struct record *r = &list->v[i];

		if (is_object(r, prefix, kind) && r->digest && r->commit &&
		    !strmap_has(&digests, r->commit))
			strmap_put(&digests, r->commit, r->digest);
	}
	if (rollback->from.rollback_from) {
		const char *digest = strmap_get(&digests, rollback->from.rollback_from);

		if (digest)
			strmap_put(&bad, digest, rollback);
	}
	for (i = 0; !best && i < list->nr; i++) {
		struct record *r = &list->v[i];

		if (!is_object(r, prefix, kind))
			continue;
		if (r->status == RECORD_SUCCESS && r->digest && r->commit && !deletes(r) &&
		    (commit ? str_eq(r->commit, commit) :
			      !(last && str_eq(r->digest, last)) && !strmap_has(&bad, r->digest)))
			best = r;
		else if (r->status == RECORD_SUCCESS && r->rollback_from) {
			const char *digest = strmap_get(&digests, r->rollback_from);

			if (digest)
				strmap_put(&bad, digest, rollback);
		}
	}
	if (best) {
		take(&rollback->to, best);
		rollback->known = true;
	}
	strmap_release(&bad, NULL);
	strmap_release(&digests, NULL);
}

int rollback_find(struct rollback *rollback, struct store *store, const char *branch,
		  const enum artifact_kind *given, const char *prefix, const struct oid *commit,
		  struct error *err)
{
	struct record_query query = { .branch = branch,
				      .prefixes = &prefix,
				      .prefixes_nr = 1,
				      .changed = true,
				      .tried = true };
	struct record_list list = RECORD_LIST_INIT;
	enum artifact_kind kind = given ? *given : KIND_ECS;
	char hex[OID_HEXSZ + 1] = "";
	bool found = false;
	size_t i;
	int ret = -1;

	if (store_find(store, &query, &list, err) < 0)
		return -1;
	if (!given && find_kind(&list, prefix, &kind, err) < 0)
		goto out;
	for (i = 0; !found && i < list.nr; i++) {
		struct record *r = &list.v[i];
		struct strbuf text = STRBUF_INIT;

		if (!is_object(r, prefix, kind))
			continue;
		/* A copy: it may be the one that is gone back to, with a commit that is given. */
		record_write(&text, r);
		found = true;
		if (record_parse(&rollback->from, text.buf, text.len, err) < 0) {
			strbuf_release(&text);
			goto out;
		}
		strbuf_release(&text);
	}
	if (!found) {
		error_set(err, ERROR_NOT_FOUND, "'%s' was never deployed from '%s'", prefix,
			  branch);
		error_hint(err, "'git gitops status' shows what was");
		goto out;
	}
	if (commit)
		oid_hex(hex, commit);
	choose(rollback, &list, prefix, kind, commit ? hex : NULL);
	if (!rollback->known && !commit) {
		error_set(err, ERROR_NOT_FOUND,
			  "there is no earlier deployment of '%s' that went well", prefix);
		error_hint(err, "'git gitops log %s' shows them; '--to=<commit>' names one",
			   prefix);
		goto out;
	}
	if (!rollback->known) {
		rollback->to.kind = kind;
		record_set(&rollback->to.commit, hex);
	}
	ret = 0;
out:
	record_list_release(&list);
	return ret;
}

int rollback_files(struct file_entry **files, size_t *nr, struct arena *arena,
		   struct snapshot *head, struct snapshot *to, enum artifact_kind kind,
		   const char *prefix, struct error *err)
{
	int role;

	*files = arena_alloc(arena, ROLE_NR * sizeof(**files));
	if (!*files)
		return error_set(err, ERROR_LIMIT, "out of memory");
	*nr = 0;
	for (role = 0; role < ROLE_NR; role++) {
		const char *suffix = artifact_suffix(kind, (enum artifact_role)role);
		struct file_entry now = { 0 }, then = { 0 };
		int is, was;
		char *path;

		if (!suffix)
			continue;
		path = arena_strfmt(arena, "%s%s", prefix, suffix);
		is = snapshot_get(head, path, &now, err);
		was = is < 0 ? -1 : snapshot_get(to, path, &then, err);
		if (was < 0)
			return -1;
		if (is == was && (!is || (oid_eq(&now.oid, &then.oid) && now.mode == then.mode)))
			continue;
		then.path = path;
		if (!was)
			then.mode = 0;
		(*files)[(*nr)++] = then;
	}
	return 0;
}
