#include "base/base.h"
#include "artifact/claims.h"

#include "artifact/index-file.h"
#include "base/spread.h"
#include "base/strmap.h"

static const char magic[] = "gitops-claims 1\n";

void claims_path(struct strbuf *out, const char *git_dir, const char *branch)
{
	index_file_path(out, git_dir, "claims", branch);
}

const char *claim_member(enum artifact_kind kind)
{
	return kind == KIND_ECS ? "serviceName" : "FunctionName";
}

/* The name, or the last part of an ARN that ends in it. */
static const char *last_part(const char *text)
{
	const char *slash = starts_with(text, "arn:") ? strrchr(text, '/') : NULL;

	return slash ? slash + 1 : text;
}

/* Names don't hold control characters: no key is that of another. */
static void add_part(struct strbuf *key, const char *part)
{
	strbuf_addch(key, '\1');
	if (part)
		strbuf_addstr(key, part);
}

bool claim_key(struct strbuf *key, const struct service *service, const struct json **name)
{
	const struct document *definition = &service->docs[ROLE_DEFINITION];
	const struct document *settings = &service->docs[ROLE_SETTINGS];
	const struct json *environment, *value;
	const char *region, *account, *role, *cluster = "";

	if (!definition->json || (settings->present && !settings->json))
		return false;
	*name = json_get(definition->json, claim_member(service->kind));
	if (!json_str(*name))
		return false;
	environment = settings->json ? json_get(settings->json, "environment") : NULL;
	region = json_get_str(environment, "region");
	account = json_get_str(environment, "account");
	role = json_get_str(environment, "roleArn");
	if (service->kind == KIND_ECS) {
		value = json_get(definition->json, "cluster");
		cluster = value ? json_str(value) : "default";
		if (!cluster)
			return false;
	}
	strbuf_addch(key, (char)('0' + service->kind));
	add_part(key, region);
	add_part(key, account);
	add_part(key, role);
	add_part(key, last_part(cluster));
	add_part(key, json_str(*name));
	return true;
}

/* --- writing ------------------------------------------------------------------------ */

static void add_object(struct strbuf *out, enum artifact_kind kind, const char *prefix)
{
	strbuf_addf(out, "\t%s\t", artifact_kind_name(kind));
	index_add_escaped(out, prefix);
}

/* Lines for the objects of `plan` that deploy something. */
static int add_lines(struct index_lines *lines, const struct plan *plan, struct snapshot *after,
		     struct error *err)
{
	struct service_reader *reader = service_reader_new(after);
	struct service service = { 0 };
	struct strbuf key = STRBUF_INIT;
	size_t i;
	int rc = 0;

	for (i = 0; !rc && i < plan->nr; i++) {
		const struct plan_object *object = &plan->objects[i];
		struct findings findings = { .max = 1 };
		struct strbuf line = STRBUF_INIT;
		const struct json *name;

		if (!object->defined)
			continue;
		rc = service_read(&service, reader, object->kind, object->prefix, object, &findings,
				  err);
		findings_release(&findings);
		strbuf_reset(&key);
		if (rc || !claim_key(&key, &service, &name))
			continue;
		/* what must not be written down has no line */
		if (service.docs[ROLE_DEFINITION].sensitive ||
		    service.docs[ROLE_SETTINGS].sensitive)
			continue;
		index_add_escaped(&line, key.buf);
		add_object(&line, object->kind, object->prefix);
		strbuf_addch(&line, '\n');
		index_lines_add(lines, strbuf_detach(&line, NULL));
	}
	service_release(&service);
	service_reader_free(reader);
	strbuf_release(&key);
	return rc;
}

/* The lines of the index but those of the plan's objects, which are told anew. */
static void keep_lines(struct index_lines *lines, const struct index_file *index,
		       const struct plan *plan)
{
	const char *line = index->body, *end = index->end;
	struct strmap changed = STRMAP_INIT;
	struct strbuf object = STRBUF_INIT;
	size_t i;

	for (i = 0; i < plan->nr; i++) {
		strbuf_reset(&object);
		add_object(&object, plan->objects[i].kind, plan->objects[i].prefix);
		strmap_putn(&changed, object.buf, object.len, &changed);
	}
	while (line < end) {
		const char *nl = memchr(line, '\n', (size_t)(end - line));
		const char *tab = memchr(line, '\t', (size_t)(nl - line));

		if (tab && !strmap_getn(&changed, tab, (size_t)(nl - tab)))
			index_lines_add(lines, xmemdupz(line, (size_t)(nl + 1 - line)));
		line = nl + 1;
	}
	strmap_release(&changed, NULL);
	strbuf_release(&object);
}

static int add_all(struct index_lines *lines, struct snapshot *after, struct error *err)
{
	struct plan_options options = { .all = true };
	struct snapshot *none = NULL;
	struct plan plan = PLAN_INIT;
	int rc = snapshot_of_commit(&none, snapshot_repo(after), NULL, err);

	if (rc >= 0)
		rc = plan_make(&plan, none, after, &options, err);
	if (rc >= 0)
		rc = add_lines(lines, &plan, after, err);
	plan_release(&plan);
	snapshot_free(none);
	return rc;
}

int claims_update(const char *path, struct snapshot *before, struct snapshot *after,
		  const struct plan *plan, struct error *err)
{
	struct index_file index = INDEX_FILE_INIT;
	struct index_lines lines = { 0 };
	struct oid commit, base;
	int rc = 0;

	if (!snapshot_commit(after, &commit))
		return error_set(err, ERROR_INVALID, "an index of claims is made of a commit");
	if (index_file_load(&index, path, magic) && oid_eq(&index.commit, &commit))
		goto out;
	if (index.text && snapshot_commit(before, &base) && oid_eq(&index.commit, &base)) {
		keep_lines(&lines, &index, plan);
		rc = add_lines(&lines, plan, after, err);
	} else {
		rc = add_all(&lines, after, err);
	}
	if (rc >= 0)
		rc = index_file_write(path, magic, &commit, &lines, err);
out:
	index_lines_release(&lines);
	index_file_release(&index);
	return rc;
}

/* --- asking ------------------------------------------------------------------------- */

/* Behind those of threads: no thread waits for what is asked here. */
#define COPY (SPREAD_MAX_THREADS + 1)

struct claims {
	struct index_file index;
	const struct plan *plan;
	struct snapshot *given, *after; /* `after` is our own: asked on any thread */
	struct service_reader *reader;
	struct service service;
};

struct claims *claims_open(const char *path, const struct plan *plan, struct snapshot *after)
{
	struct claims *claims;

	if (!plan->nr)
		return NULL;
	claims = xcalloc(1, sizeof(*claims));
	claims->plan = plan;
	claims->given = after;
	if (index_file_load(&claims->index, path, magic))
		return claims;
	claims_close(claims);
	return NULL;
}

void claims_close(struct claims *claims)
{
	if (!claims)
		return;
	service_release(&claims->service);
	service_reader_free(claims->reader);
	snapshot_free(claims->after);
	index_file_release(&claims->index);
	free(claims);
}

static bool in_plan(const struct plan *plan, enum artifact_kind kind, const char *prefix)
{
	size_t low = 0, high = plan->nr;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct plan_object *object = &plan->objects[mid];
		int cmp = strcmp(prefix, object->prefix);

		if (!cmp)
			cmp = (int)kind - (int)object->kind;
		if (!cmp)
			return true;
		if (cmp < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return false;
}

/* Does the object, as it is now, deploy `key`? 1, 0, negative. */
static int still_claims(struct claims *claims, enum artifact_kind kind, const char *prefix,
			const char *key, size_t key_len, struct error *err)
{
	struct findings findings = { .max = 1 };
	struct strbuf now = STRBUF_INIT;
	const struct json *name;
	int rc = 0;

	if (!claims->reader) {
		rc = snapshot_again(&claims->after, claims->given, COPY, err);
		if (rc < 0)
			return rc;
		claims->reader = service_reader_new(claims->after);
	}
	rc = service_read(&claims->service, claims->reader, kind, prefix, NULL, &findings, err);
	if (!rc && claim_key(&now, &claims->service, &name))
		rc = now.len == key_len && !memcmp(now.buf, key, key_len);
	findings_release(&findings);
	strbuf_release(&now);
	return rc;
}

int claims_find(struct claims *claims, const char *key, size_t key_len, struct strbuf *definition,
		struct error *err)
{
	const char *end = claims->index.end, *line;
	struct strbuf start = STRBUF_INIT, prefix = STRBUF_INIT;
	int rc = 0;

	index_add_escaped(&start, key);
	strbuf_addch(&start, '\t');
	for (line = index_file_seek(&claims->index, start.buf, start.len); !rc && line < end;) {
		const char *nl = memchr(line, '\n', (size_t)(end - line));
		const char *kind = line + start.len, *tab;
		enum artifact_kind k;

		if ((size_t)(nl - line) < start.len || memcmp(line, start.buf, start.len) != 0)
			break;
		line = nl + 1;
		tab = memchr(kind, '\t', (size_t)(nl - kind));
		if (!tab)
			continue;
		k = starts_with(kind, artifact_kind_name(KIND_LAMBDA)) ? KIND_LAMBDA : KIND_ECS;
		strbuf_reset(&prefix);
		index_add_unescaped(&prefix, tab + 1, (size_t)(nl - tab - 1));
		if (in_plan(claims->plan, k, prefix.buf))
			continue;
		rc = still_claims(claims, k, prefix.buf, key, key_len, err);
		if (rc > 0) {
			strbuf_reset(definition);
			strbuf_addf(definition, "%s%s", prefix.buf,
				    artifact_suffix(k, ROLE_DEFINITION));
		}
	}
	strbuf_release(&start);
	strbuf_release(&prefix);
	return rc;
}
