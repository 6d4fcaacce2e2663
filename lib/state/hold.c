#include "base/base.h"
#include "state/hold.h"

#include "base/clock.h"
#include "repo/write.h"
#include "state/store.h"

#define LIVE_REFS "refs/gitops/live/"
/* Reasons are short; what is larger is not ours. */
#define HOLD_MAX (64 * 1024)

void hold_init(struct hold *hold)
{
	*hold = (struct hold){ 0 };
}

void hold_release(struct hold *hold)
{
	free(hold->branch);
	free(hold->prefix);
	free(hold->actor);
	free(hold->reason);
	free(hold->digest);
	free(hold->commit);
	free(hold->deployment);
	hold_init(hold);
}

/* As those of the refs of what is live, in their form with one part. */
static char *hold_ref(const char *branch, enum artifact_kind kind, const char *prefix)
{
	struct strbuf live = STRBUF_INIT;
	char *ref;

	live_ref_name(&live, branch, kind, prefix, true);
	ref = xstrfmt(HOLD_REFS "%s", live.buf + strlen(LIVE_REFS));
	strbuf_release(&live);
	return ref;
}

static bool parse_ref(const char *ref, struct hold *hold)
{
	struct strbuf branch = STRBUF_INIT, prefix = STRBUF_INIT;
	const char *rest;
	char *live;
	bool ok;

	if (!skip_prefix(ref, HOLD_REFS, &rest))
		return false;
	live = xstrfmt(LIVE_REFS "%s", rest);
	ok = live_ref_parse(live, &branch, &hold->kind, &prefix);
	if (ok) {
		record_set(&hold->branch, branch.buf);
		record_set(&hold->prefix, prefix.buf);
	}
	strbuf_release(&branch);
	strbuf_release(&prefix);
	free(live);
	return ok;
}

void hold_write(struct strbuf *out, const struct hold *hold)
{
	struct json_writer jw = JSON_WRITER_INIT(out, 0);
	struct strbuf time = STRBUF_INIT;

	format_time_ms(&time, hold->since);
	jw_object(&jw, NULL);
	jw_str(&jw, "branch", hold->branch);
	jw_str(&jw, "kind", artifact_kind_name(hold->kind));
	jw_str(&jw, "prefix", hold->prefix);
	jw_str(&jw, "since", time.buf);
	if (hold->actor)
		jw_str(&jw, "actor", hold->actor);
	if (hold->reason)
		jw_str(&jw, "reason", hold->reason);
	if (hold->digest)
		jw_str(&jw, "digest", hold->digest);
	if (hold->commit)
		jw_str(&jw, "commit", hold->commit);
	if (hold->deployment)
		jw_str(&jw, "deployment", hold->deployment);
	jw_end(&jw);
	strbuf_release(&time);
}

static void read_text(struct hold *hold, const char *text, size_t len)
{
	struct json_problems problems = JSON_PROBLEMS_INIT;
	struct arena arena = ARENA_INIT;
	const struct json *root = json_parse(&arena, text, len, NULL, &problems);
	const char *since = json_get_str(root, "since");

	record_set(&hold->actor, json_get_str(root, "actor"));
	record_set(&hold->reason, json_get_str(root, "reason"));
	record_set(&hold->digest, json_get_str(root, "digest"));
	record_set(&hold->commit, json_get_str(root, "commit"));
	record_set(&hold->deployment, json_get_str(root, "deployment"));
	if (!since || parse_time_ms(since, &hold->since) < 0)
		hold->since = 0;
	json_problems_release(&problems);
	arena_release(&arena);
}

/* A ref that names something else still means: hands off. */
static void read_blob(struct repo *repo, struct hold *hold)
{
	struct strbuf text = STRBUF_INIT;
	struct error err = ERROR_INIT;

	if (!repo_read_blob(repo, &hold->oid, HOLD_MAX, &text, &err))
		read_text(hold, text.buf, text.len);
	error_release(&err);
	strbuf_release(&text);
}

int hold_read(struct repo *repo, const char *branch, enum artifact_kind kind, const char *prefix,
	      struct hold *hold, struct error *err)
{
	char *ref = hold_ref(branch, kind, prefix);
	int rc;

	hold_init(hold);
	rc = repo_ref_read(repo, ref, &hold->oid, err);
	free(ref);
	if (rc <= 0)
		return rc;
	record_set(&hold->branch, branch);
	record_set(&hold->prefix, prefix);
	hold->kind = kind;
	read_blob(repo, hold);
	return 1;
}

int hold_place(struct repo *repo, struct hold *hold, struct error *err)
{
	char *ref = hold_ref(hold->branch, hold->kind, hold->prefix);
	struct strbuf text = STRBUF_INIT;
	struct oid blob;
	int rc;

	hold_write(&text, hold);
	strbuf_addch(&text, '\n');
	rc = repo_write_blob(repo, text.buf, text.len, &blob, err);
	if (!rc)
		rc = repo_ref_update(repo, ref, &blob, &hold->oid, "gitops: held", err);
	if (!rc)
		hold->oid = blob;
	strbuf_release(&text);
	free(ref);
	return rc;
}

int hold_lift(struct repo *repo, const struct hold *hold, struct error *err)
{
	char *ref = hold_ref(hold->branch, hold->kind, hold->prefix);
	struct oid now;
	int rc = repo_ref_read(repo, ref, &now, err);

	if (rc > 0)
		rc = repo_ref_update(repo, ref, NULL, &hold->oid, "gitops: hold lifted", err);
	free(ref);
	return rc;
}

bool hold_blocks(const struct hold *hold, const char *digest)
{
	return !hold->digest || (digest && str_eq(hold->digest, digest));
}

void hold_describe(struct strbuf *out, const struct hold *hold)
{
	strbuf_addstr(out, "held");
	if (hold->actor)
		strbuf_addf(out, " by %s", hold->actor);
	if (hold->since) {
		struct strbuf time = STRBUF_INIT;

		format_time_ms(&time, hold->since);
		strbuf_setlen(&time, 19);
		time.buf[10] = ' ';
		strbuf_addf(out, " since %sZ", time.buf);
		strbuf_release(&time);
	}
	if (hold->digest && hold->commit)
		strbuf_addf(out, ", as it was at %.7s", hold->commit);
	if (hold->reason)
		strbuf_addf(out, ": %s", hold->reason);
}

struct each {
	struct repo *repo;
	hold_fn *fn;
	void *data;
};

static int each_ref(const char *ref, const struct oid *oid, void *data)
{
	struct each *each = data;
	struct hold hold = { .oid = *oid };
	int ret = 0;

	if (parse_ref(ref, &hold)) {
		read_blob(each->repo, &hold);
		ret = each->fn(&hold, each->data);
	}
	hold_release(&hold);
	return ret;
}

int hold_each(struct repo *repo, hold_fn *fn, void *data, struct error *err)
{
	struct each each = { repo, fn, data };

	return repo_ref_each(repo, HOLD_REFS, each_ref, &each, err) < 0 ? -1 : 0;
}
