#include "check/internal.h"

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void set_rename(struct finding *f, const struct plan_near_miss *miss)
{
	struct finding_fix fix = { .path = (char *)miss->path, .rename = true };

	fix.text = xstrfmt("%.*s%s", (int)miss->prefix_len, miss->path, miss->suffix);
	finding_set_fix(f, &fix);
	free(fix.text);
}

void check_near_misses(struct check *check)
{
	const struct plan *plan = check->plan;
	size_t i;

	for (i = 0; i < plan->near_misses_nr; i++) {
		const struct plan_near_miss *miss = &plan->near_misses[i];
		const char *base = base_name(miss->path);
		size_t dir_len = (size_t)(base - miss->path);
		struct finding *f;

		f = findings_add(check->findings, SEVERITY_ERROR, "name-near-miss", miss->path,
				 "this name makes it no artifact, but nearly one");
		if (miss->prefix_len > dir_len) {
			finding_hint(f,
				     "did you mean '%.*s%s'? To leave it alone, write "
				     "'%s -gitops' into .gitattributes",
				     (int)(miss->prefix_len - dir_len), base, miss->suffix, base);
			set_rename(f, miss);
			continue;
		}
		finding_hint(f,
			     "did you mean '<name>%s'? To leave it alone, write "
			     "'%s -gitops' into .gitattributes",
			     miss->suffix, base);
	}
}

static bool has_name(const struct plan_object *object)
{
	size_t len = strlen(object->prefix);

	return len && object->prefix[len - 1] != '/';
}

static bool empty_name(struct check *check, const struct plan_object *object,
		       const struct document *doc)
{
	struct finding *f;

	if (has_name(object))
		return false;
	f = findings_add(check->findings, SEVERITY_ERROR, "name-empty", doc->path,
			 "there is no name before '%s'", base_name(doc->path));
	finding_hint(f, "call it '%s<name>%s'", object->prefix, base_name(doc->path));
	return true;
}

/* A definition that `object` may be a part of, off by a letter: its path-prefix, or NULL. */
static const char *near_definition(const struct check *check, const struct plan_object *object)
{
	const struct plan *plan = check->plan;
	size_t len = strlen(object->prefix), i;
	unsigned best = 3;
	const char *found = NULL;

	for (i = 0; i < plan->nr; i++) {
		const struct plan_object *other = &plan->objects[i];
		unsigned d;

		if (!other->defined || other->kind != object->kind)
			continue;
		d = edit_distance(object->prefix, len, other->prefix, strlen(other->prefix), best);
		if (d < best) {
			best = d;
			found = other->prefix;
		}
	}
	return found;
}

/* `x_lambda_input.json` is an ECS input of `x_lambda`, but Lambda's of `x` was meant. */
static const char *meant_lambda(const struct plan_object *object, enum artifact_role role)
{
	size_t len = strlen(object->prefix);

	if (object->kind != KIND_ECS || len < 8 ||
	    (!ends_with(object->prefix, "_lambda") && !ends_with(object->prefix, "-lambda")))
		return NULL;
	return artifact_suffix(KIND_LAMBDA, role);
}

static void no_definition(struct check *check, const struct plan_object *object,
			  const struct service *service)
{
	static const enum artifact_role order[] = { ROLE_TASK_DEFINITION, ROLE_EVENT_SOURCES,
						    ROLE_SETTINGS, ROLE_INPUT };
	const char *suffix = artifact_suffix(object->kind, ROLE_DEFINITION), *near, *lambda;
	const struct document *doc = NULL;
	enum severity severity = SEVERITY_ERROR;
	struct finding *f;
	size_t i;

	for (i = 0; !doc && i < ARRAY_SIZE(order); i++)
		if (service->docs[order[i]].present)
			doc = &service->docs[order[i]];
	if (!doc)
		return;
	/*
	 * A definition that this change deletes says enough: the rest may
	 * follow later. And "_input.json" is an ordinary name elsewhere.
	 */
	if (object->intent == INTENT_DELETE || doc == &service->docs[ROLE_INPUT])
		severity = SEVERITY_WARNING;
	f = findings_add(check->findings, severity, "group-incomplete", doc->path,
			 "there is no '%s%s' that it belongs to", base_name(object->prefix),
			 suffix);
	if (!f)
		return;
	lambda = meant_lambda(object, order[i - 1]);
	if (object->intent == INTENT_DELETE) {
		finding_hint(f, "it was deleted; delete this file, too");
	} else if (lambda) {
		const char *base = base_name(object->prefix);

		finding_hint(f, "did you mean '%.*s%s'?", (int)(strlen(base) - strlen("_lambda")),
			     base, lambda);
	} else if (object <= check->names->search_until &&
		   (near = near_definition(check, object))) {
		finding_hint(f, "did you mean '%s%s'?", near, doc->path + strlen(object->prefix));
	} else {
		finding_hint(f, "add it, or write '%s -gitops' into .gitattributes",
			     base_name(doc->path));
	}
}

struct other_case {
	struct snapshot *snapshot;
	const char *path; /* ours */
	char *other;
};

static int on_same_but_case(const struct file_entry *entry, void *data)
{
	struct other_case *search = data;

	if (str_eq(entry->path, search->path) ||
	    snapshot_path_ignored(search->snapshot, entry->path))
		return 0;
	search->other = xstrdup(entry->path);
	return 1;
}

static void differs_in_case(struct check *check, const char *path, const char *other)
{
	struct finding *f = findings_add(check->findings, SEVERITY_ERROR, "name-case", path,
					 "'%s' differs in nothing but case", other);

	finding_hint(f, "on some file systems they are one; give all files of an object one name");
}

static bool has_files(const struct plan_object *object)
{
	size_t i;

	for (i = 0; i < object->files_nr; i++)
		if (object->files[i].change != 'D')
			return true;
	return false;
}

/* The last object before it whose name differs in nothing but case, of a plan of everything. */
static const struct plan_object *find_twin(struct strmap *folded, struct strbuf *key,
					   const struct plan_object *object)
{
	size_t i;

	if (!object->complete || !has_files(object) || !has_name(object))
		return NULL;
	strbuf_reset(key);
	strbuf_addstr(key, object->prefix);
	for (i = 0; i < key->len; i++)
		key->buf[i] = (char)tolower((unsigned char)key->buf[i]);
	strbuf_addch(key, object->kind == KIND_ECS ? '\1' : '\2');
	return strmap_putn(folded, key->buf, key->len, (void *)(uintptr_t)object);
}

void plan_names_init(struct plan_names *names, const struct plan *plan)
{
	struct strmap folded = STRMAP_INIT;
	struct strbuf key = STRBUF_INIT;
	size_t orphans = 0, i;

	*names = (struct plan_names){ 0 };
	for (i = 0; i < plan->nr; i++) {
		const struct plan_object *object = &plan->objects[i];
		const struct plan_object *twin = find_twin(&folded, &key, object);

		if (twin && !names->twins)
			names->twins = xcalloc(plan->nr, sizeof(const struct plan_object *));
		if (twin)
			names->twins[i] = twin;
		if (!object->defined && object->intent != INTENT_DELETE &&
		    orphans++ < CHECK_MAX_FINDINGS)
			names->search_until = object;
	}
	strmap_release(&folded, NULL);
	strbuf_release(&key);
}

void plan_names_release(struct plan_names *names)
{
	free(names->twins);
}

static int check_case(struct check *check, const struct plan_object *object,
		      const struct service *service, const struct document *first)
{
	struct other_case search = { check->after, NULL, NULL };
	int role, rc = 0;

	if (object->complete) {
		const struct plan_object **twins = check->names->twins;
		const struct plan_object *twin = twins ? twins[object - check->plan->objects] :
							 NULL;

		if (twin)
			differs_in_case(check, first->path, twin->files[0].path);
		return 0;
	}
	for (role = 0; !rc && !search.other && role < ROLE_NR; role++) {
		const struct plan_file *file = plan_object_file(object, (enum artifact_role)role);

		/* only a name that is new can collide */
		search.path = service->docs[role].path;
		if (!search.path || !file || file->change != 'A')
			continue;
		rc = snapshot_each_nocase(check->after, search.path, on_same_but_case, &search,
					  check->err);
		/* a part may be spelt otherwise than its definition */
		if (!rc && !search.other && role != ROLE_DEFINITION && !object->defined) {
			search.path = service->docs[ROLE_DEFINITION].path;
			rc = snapshot_each_nocase(check->after, search.path, on_same_but_case,
						  &search, check->err);
		}
	}
	if (search.other)
		differs_in_case(check, first->path, search.other);
	free(search.other);
	return rc;
}

int check_names(struct check *check, const struct plan_object *object,
		const struct service *service)
{
	const struct document *first = NULL;
	size_t errors = check->findings->errors;
	int role;

	for (role = 0; !first && role < ROLE_NR; role++)
		if (service->docs[role].present)
			first = &service->docs[role];
	if (!first || empty_name(check, object, first))
		return 0;
	if (check_case(check, object, service, first) < 0)
		return -1;
	if (!object->defined && check->findings->errors == errors)
		no_definition(check, object, service);
	return 0;
}
