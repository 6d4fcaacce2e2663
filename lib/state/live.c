#include "base/base.h"
#include "state/store.h"

#define PROCESSED "refs/gitops/processed/"
#define LIVE	  "refs/gitops/live/"

/* Bytes that git refuses in a ref, and our own escape. */
static bool forbidden(unsigned char c)
{
	return c <= ' ' || c == 0177 || strchr("%~^:?*[\\", c);
}

static void escape(struct strbuf *out, unsigned char c)
{
	strbuf_addf(out, "%%%02X", c);
}

/*
 * One part of a path as a part of a ref: what git-check-ref-format(1) refuses
 * becomes %XX. That is: control characters, blank, ~ ^ : ? * [ \, a dot at
 * the beginning, one behind another, one at the end, "@{", and ".lock" at the
 * end.
 */
static void add_part(struct strbuf *out, const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];
		bool dot = c == '.' && (!i || s[i - 1] == '.' || i + 1 == len ||
					(len - i == 5 && !memcmp(s + i, ".lock", 5)));

		if (forbidden(c) || dot || c == '/' || (c == '{' && i && s[i - 1] == '@') ||
		    (c == '@' && len == 1))
			escape(out, c);
		else
			strbuf_addch(out, (char)c);
	}
}

void live_ref_name(struct strbuf *out, const char *branch, enum artifact_kind kind,
		   const char *prefix, bool flat)
{
	strbuf_addstr(out, LIVE);
	/* A branch is one part, or branch "a/ecs" and prefix "ecs/x" of "a" would meet. */
	add_part(out, branch, strlen(branch));
	strbuf_addf(out, "/%s/", artifact_kind_name(kind));
	if (flat) {
		add_part(out, prefix, strlen(prefix));
		strbuf_addch(out, '%');
		return;
	}
	for (;;) {
		size_t len = strcspn(prefix, "/");

		add_part(out, prefix, len);
		if (!prefix[len])
			break;
		strbuf_addch(out, '/');
		prefix += len + 1;
	}
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool unescape(struct strbuf *out, const char *s, size_t len)
{
	const char *end = s + len;

	for (; s < end; s++) {
		int high, low;

		if (*s != '%') {
			strbuf_addch(out, *s);
			continue;
		}
		if (end - s < 3 || (high = hex_value(s[1])) < 0 || (low = hex_value(s[2])) < 0 ||
		    !(high | low))
			return false;
		strbuf_addch(out, (char)(high << 4 | low));
		s += 2;
	}
	return true;
}

bool live_ref_parse(const char *ref, struct strbuf *branch, enum artifact_kind *kind,
		    struct strbuf *prefix)
{
	const char *s, *end;
	size_t len;
	int k;

	if (!skip_prefix(ref, LIVE, &s) || !(end = strchr(s, '/')) ||
	    !unescape(branch, s, (size_t)(end - s)))
		return false;
	s = end + 1;
	for (k = KIND_ECS; k <= KIND_LAMBDA; k++) {
		const char *name = artifact_kind_name((enum artifact_kind)k);

		if (skip_prefix(s, name, &end) && *end == '/')
			break;
	}
	if (k > KIND_LAMBDA)
		return false;
	*kind = (enum artifact_kind)k;
	s = end + 1;
	len = strlen(s);
	if (len && s[len - 1] == '%')
		len--;
	return len && unescape(prefix, s, len);
}

struct any {
	bool found;
};

static int found_one(const char *ref UNUSED, const struct oid *oid UNUSED, void *data)
{
	struct any *any = data;

	any->found = true;
	return 1;
}

/* Is there a ref that `ref` can't stand beside: "a" for "a/b", or "a/b" for "a"? 1, 0, negative. */
static int in_the_way(struct repo *repo, const char *ref, size_t base_len, struct error *err)
{
	char *copy = xstrfmt("%s/", ref), *slash;
	struct any any = { false };
	struct oid oid;
	int rc;

	rc = repo_ref_each(repo, copy, found_one, &any, err);
	if (!rc)
		rc = any.found;
	copy[strlen(copy) - 1] = '\0';
	while (!rc && (slash = strrchr(copy + base_len, '/'))) {
		*slash = '\0';
		rc = repo_ref_read(repo, copy, &oid, err);
	}
	free(copy);
	return rc;
}

int live_read(struct repo *repo, const char *branch, enum artifact_kind kind, const char *prefix,
	      struct oid *commit, struct error *err)
{
	struct strbuf ref = STRBUF_INIT;
	int flat, rc = 0;

	for (flat = 0; !rc && flat < 2; flat++) {
		strbuf_reset(&ref);
		live_ref_name(&ref, branch, kind, prefix, flat);
		rc = repo_ref_read(repo, ref.buf, commit, err);
	}
	strbuf_release(&ref);
	return rc;
}

static int live_write(struct repo *repo, const char *branch, enum artifact_kind kind,
		      const char *prefix, const struct oid *commit, struct strbuf *ref,
		      struct error *err)
{
	struct strbuf start = STRBUF_INIT;
	struct oid now;
	int rc, blocked;

	/* An object that has a ref keeps its name. */
	live_ref_name(ref, branch, kind, prefix, true);
	rc = repo_ref_read(repo, ref->buf, &now, err);
	if (!rc) {
		strbuf_reset(ref);
		live_ref_name(ref, branch, kind, prefix, false);
		rc = repo_ref_read(repo, ref->buf, &now, err);
		if (!rc) {
			live_ref_name(&start, branch, kind, "", false);
			blocked = in_the_way(repo, ref->buf, start.len, err);
			strbuf_release(&start);
			if (blocked < 0)
				return -1;
			if (blocked) {
				strbuf_reset(ref);
				live_ref_name(ref, branch, kind, prefix, true);
			}
		}
	}
	if (rc < 0)
		return -1;
	return repo_ref_update(repo, ref->buf, commit, NULL, "gitops: deployed", err);
}

int live_update(struct repo *repo, const char *branch, enum artifact_kind kind, const char *prefix,
		const struct oid *commit, struct error *err)
{
	struct strbuf ref = STRBUF_INIT;
	int flat, rc = 0;

	if (commit) {
		rc = live_write(repo, branch, kind, prefix, commit, &ref, err);
	} else {
		for (flat = 0; !rc && flat < 2; flat++) {
			strbuf_reset(&ref);
			live_ref_name(&ref, branch, kind, prefix, flat);
			rc = repo_ref_update(repo, ref.buf, NULL, NULL, "gitops: deleted", err);
		}
	}
	strbuf_release(&ref);
	return rc;
}

struct each {
	live_fn *fn;
	void *data;
};

static int each_ref(const char *ref, const struct oid *oid, void *data)
{
	struct strbuf branch = STRBUF_INIT, prefix = STRBUF_INIT;
	struct each *each = data;
	enum artifact_kind kind;
	int rc = 0;

	if (live_ref_parse(ref, &branch, &kind, &prefix))
		rc = each->fn(branch.buf, kind, prefix.buf, oid, each->data);
	strbuf_release(&branch);
	strbuf_release(&prefix);
	return rc;
}

int live_each(struct repo *repo, live_fn *fn, void *data, struct error *err)
{
	struct each each = { fn, data };

	return repo_ref_each(repo, LIVE, each_ref, &each, err);
}

int processed_read(struct repo *repo, const char *branch, struct oid *commit, struct error *err)
{
	char *ref = xstrfmt(PROCESSED "%s", branch);
	int rc = repo_ref_read(repo, ref, commit, err);

	free(ref);
	return rc;
}

static int remove_ref(const char *ref, const struct oid *oid UNUSED, void *data)
{
	struct error err = ERROR_INIT;

	/* What can't be removed is still in the way and makes the update fail. */
	if (repo_ref_update(data, ref, NULL, NULL, "gitops: the branch is gone", &err) < 0)
		error_release(&err);
	return 0;
}

/*
 * Branches "a" and "a/b" can't be at the same time, so when a ref of one
 * stands in the way of the other's, its branch was deleted since.
 */
static int make_way(struct repo *repo, const char *ref, struct error *err)
{
	char *copy = xstrfmt("%s/", ref), *slash;
	int rc;

	rc = repo_ref_each(repo, copy, remove_ref, repo, err);
	copy[strlen(copy) - 1] = '\0';
	while ((slash = strrchr(copy + strlen(PROCESSED), '/'))) {
		*slash = '\0';
		remove_ref(copy, NULL, repo);
	}
	free(copy);
	return rc;
}

int processed_update(struct repo *repo, const char *branch, const struct oid *commit,
		     const struct oid *old, struct error *err)
{
	char *ref = xstrfmt(PROCESSED "%s", branch);
	struct oid now;
	int rc;

	rc = repo_ref_read(repo, ref, &now, err);
	if (!rc && commit)
		rc = make_way(repo, ref, err);
	if (rc >= 0)
		rc = repo_ref_update(repo, ref, commit, old, "gitops: processed", err);
	free(ref);
	return rc < 0 ? -1 : 0;
}
