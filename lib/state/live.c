#include "base/base.h"
#include "state/store.h"

#include "base/strmap.h"

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

/*
 * The refs there are, and the directories that they are in: of two objects
 * "a" and "a/b" only one can have a ref of the form that people type.
 */
struct names {
	struct strmap refs;
	struct strmap dirs; /* without the slash; values: how many refs are below */
	size_t base;	    /* length of refs/gitops/live/<branch>/<kind> */
};

static char here;

static void count_dirs(struct names *names, const char *ref, intptr_t by)
{
	const char *slash = ref + names->base;

	while ((slash = strchr(slash + 1, '/'))) {
		void **count = strmap_at(&names->dirs, ref, (size_t)(slash - ref));

		*count = (void *)((intptr_t)*count + by);
	}
}

static void add_name(struct names *names, const char *ref)
{
	if (!strmap_put(&names->refs, ref, &here))
		count_dirs(names, ref, 1);
}

static void remove_name(struct names *names, const char *ref)
{
	if (strmap_put(&names->refs, ref, NULL))
		count_dirs(names, ref, -1);
}

static int read_name(const char *ref, const struct oid *oid UNUSED, void *data)
{
	add_name(data, ref);
	return 0;
}

static bool in_the_way(const struct names *names, const char *ref)
{
	const char *slash = ref + names->base;

	if (strmap_get(&names->dirs, ref))
		return true;
	while ((slash = strchr(slash + 1, '/')))
		if (strmap_getn(&names->refs, ref, (size_t)(slash - ref)))
			return true;
	return false;
}

struct writing {
	struct repo *repo;
	const char *branch;
	struct names names[KIND_LAMBDA + 1];
	struct ref_change *changes;
	char **refs; /* beside changes */
	size_t nr, alloc, refs_alloc;
};

static void add_change(struct writing *w, const char *ref, const struct oid *oid)
{
	ALLOC_GROW(w->changes, w->nr + 1, w->alloc);
	ALLOC_GROW(w->refs, w->nr + 1, w->refs_alloc);
	w->refs[w->nr] = xstrdup(ref);
	w->changes[w->nr] = (struct ref_change){ w->refs[w->nr], oid };
	w->nr++;
}

static void choose_name(struct writing *w, const struct live_change *change)
{
	struct names *names = &w->names[change->kind];
	struct strbuf plain = STRBUF_INIT, flat = STRBUF_INIT;
	const char *ref = NULL;

	live_ref_name(&plain, w->branch, change->kind, change->prefix, false);
	live_ref_name(&flat, w->branch, change->kind, change->prefix, true);
	/* An object that has a ref keeps its name. */
	if (strmap_get(&names->refs, flat.buf))
		ref = flat.buf;
	else if (strmap_get(&names->refs, plain.buf))
		ref = plain.buf;
	if (change->commit) {
		if (!ref)
			ref = in_the_way(names, plain.buf) ? flat.buf : plain.buf;
		add_name(names, ref);
		add_change(w, ref, change->commit);
	} else if (ref) {
		remove_name(names, ref);
		add_change(w, ref, NULL);
	}
	strbuf_release(&plain);
	strbuf_release(&flat);
}

int live_update_all(struct repo *repo, const char *branch, const struct live_change *changes,
		    size_t nr, struct error *err)
{
	struct writing w = { .repo = repo, .branch = branch };
	size_t i;
	int rc = 0, kind, deleting;

	for (kind = KIND_ECS; !rc && kind <= KIND_LAMBDA; kind++) {
		struct strbuf start = STRBUF_INIT;

		live_ref_name(&start, branch, (enum artifact_kind)kind, "", false);
		w.names[kind].base = start.len - 1;
		rc = repo_ref_each(repo, start.buf, read_name, &w.names[kind], err);
		strbuf_release(&start);
	}
	/* What goes makes room first. */
	for (deleting = 1; !rc && deleting >= 0; deleting--)
		for (i = 0; i < nr; i++)
			if ((changes[i].commit == NULL) == deleting)
				choose_name(&w, &changes[i]);
	if (!rc && w.nr == 1)
		rc = repo_ref_update(repo, w.changes[0].ref, w.changes[0].oid, NULL,
				     "gitops: deployed", err);
	else if (!rc && w.nr)
		rc = repo_refs_update(repo, w.changes, w.nr, "gitops: deployed", err);
	for (i = 0; i < w.nr; i++)
		free(w.refs[i]);
	free(w.refs);
	free(w.changes);
	for (kind = KIND_ECS; kind <= KIND_LAMBDA; kind++) {
		strmap_release(&w.names[kind].refs, NULL);
		strmap_release(&w.names[kind].dirs, NULL);
	}
	return rc;
}

int live_update(struct repo *repo, const char *branch, enum artifact_kind kind, const char *prefix,
		const struct oid *commit, struct error *err)
{
	const struct live_change change = { kind, prefix, commit };

	return live_update_all(repo, branch, &change, 1, err);
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
