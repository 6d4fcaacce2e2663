#include "check/semantics-internal.h"

#include "repo/pattern.h"

/*
 * `dependsOn`: each pattern names an object of the commit, and no two objects
 * wait for each other, over however many others. The whole commit counts, so
 * that settings of objects that the push leaves alone are read, too; but only
 * when one that it changes depends on something.
 */

struct depends_object {
	enum artifact_kind kind;
	char *prefix;
	bool read, seen;
	char **patterns;
	size_t nr;
};

struct depends {
	struct depends_object *v;
	size_t nr, alloc;
};

static int take_file(const struct file_entry *entry, void *data)
{
	struct depends *depends = data;
	struct artifact_name name;

	if (!artifact_name(entry->path, &name) || name.role != ROLE_DEFINITION || !name.prefix_len)
		return 0;
	ALLOC_GROW(depends->v, depends->nr + 1, depends->alloc);
	depends->v[depends->nr++] =
		(struct depends_object){ .kind = name.kind,
					 .prefix = xmemdupz(entry->path, name.prefix_len) };
	return 0;
}

void check_depends_free(struct depends *depends)
{
	size_t i, k;

	if (!depends)
		return;
	for (i = 0; i < depends->nr; i++) {
		for (k = 0; k < depends->v[i].nr; k++)
			free(depends->v[i].patterns[k]);
		free(depends->v[i].patterns);
		free(depends->v[i].prefix);
	}
	free(depends->v);
	free(depends);
}

static struct depends *get_depends(struct check *check)
{
	struct error err = ERROR_INIT;

	if (!check->depends) {
		check->depends = xcalloc(1, sizeof(*check->depends));
		/* What can't be read is told by whoever needs it. */
		if (snapshot_each(check->after, "", take_file, check->depends, &err) < 0)
			error_release(&err);
	}
	return check->depends;
}

/* The patterns of an object that may not be part of the push. Wrong ones are none. */
static void read_patterns(struct check *check, struct depends_object *object)
{
	struct findings findings = FINDINGS_INIT;
	struct error err = ERROR_INIT;
	struct service *service = NULL;
	const struct json *list;
	size_t i;

	object->read = true;
	if (service_load(&service, check->after, object->kind, object->prefix, &findings, &err) < 0)
		error_release(&err);
	list = service ? json_get(service->docs[ROLE_SETTINGS].json, "dependsOn") : NULL;
	if (list && list->type == JSON_ARRAY) {
		object->patterns = xcalloc(list->u.array.nr + 1, sizeof(*object->patterns));
		for (i = 0; i < list->u.array.nr; i++) {
			const char *s = json_str(&list->u.array.items[i]);

			if (s)
				object->patterns[object->nr++] = xstrdup(s);
		}
	}
	service_free(service);
	findings_release(&findings);
}

/*
 * Is there a way from `at` back to `start`? Then `path` has the objects in
 * between, the last one first. Each object is visited once: the way is as long
 * as there are objects at most, and kept on the heap.
 */
static bool find_way(struct check *check, struct depends *depends, size_t at, size_t start,
		     struct strbuf *path)
{
	size_t *stack = xcalloc(depends->nr + 1, sizeof(*stack));
	size_t *from = xcalloc(depends->nr + 1, sizeof(*from));
	size_t top = 0, i, k;
	bool found = false;

	for (i = 0; i < depends->nr; i++)
		depends->v[i].seen = false;
	stack[top++] = at;
	from[at] = at;
	depends->v[at].seen = true;
	while (top && !found) {
		size_t here = stack[--top];
		struct depends_object *object = &depends->v[here];

		if (!object->read)
			read_patterns(check, object);
		for (k = 0; k < object->nr && !found; k++) {
			for (i = 0; i < depends->nr; i++) {
				if (!pattern_match(object->patterns[k], depends->v[i].prefix))
					continue;
				if (i == start) {
					found = true;
					break;
				}
				if (depends->v[i].seen)
					continue;
				depends->v[i].seen = true;
				from[i] = here;
				stack[top++] = i;
			}
			if (found) {
				for (i = here;; i = from[i]) {
					strbuf_addf(path, " <- '%.200s'", depends->v[i].prefix);
					if (i == at)
						break;
				}
			}
		}
	}
	free(stack);
	free(from);
	return found;
}

static void check_pattern(struct semantics *s, struct depends *depends, const struct json *value,
			  size_t self)
{
	const char *pattern = json_str(value);
	size_t i, matched = 0;

	for (i = 0; i < depends->nr; i++) {
		struct strbuf path = STRBUF_INIT_MAX(2000);

		if (!pattern_match(pattern, depends->v[i].prefix))
			continue;
		matched++;
		/* A pattern that names many names itself, too, which harms nobody. */
		if (i == self)
			continue;
		if (find_way(s->check, depends, i, self, &path)) {
			finding_hint(
				sem_report(s, s->settings, value, SEVERITY_ERROR, "depends-circle",
					   "'%.200s' and '%.200s' wait for each other: '%.200s'%s",
					   s->object->prefix, depends->v[i].prefix,
					   s->object->prefix, path.overflow ? "" : path.buf),
				"remove one 'dependsOn': none of them could ever be deployed");
			strbuf_release(&path);
			return;
		}
		strbuf_release(&path);
	}
	if (!matched)
		finding_hint(
			sem_report(s, s->settings, value, SEVERITY_ERROR, "depends-unknown",
				   "'dependsOn' names no service object of this branch: '%s'",
				   sem_text(s, s->settings, value)),
			"a path-prefix is what comes before '_svcdef.json', from the top of the "
			"repository");
	else if (matched == 1 && self < depends->nr &&
		 pattern_match(pattern, depends->v[self].prefix))
		sem_report(s, s->settings, value, SEVERITY_ERROR, "depends-circle",
			   "'%.200s' depends on itself", s->object->prefix);
}

void sem_depends(struct semantics *s)
{
	const struct json *list = s->settings ? sem_list(s, s->settings->json, "dependsOn") : NULL;
	struct depends *depends;
	size_t i, self;

	if (!list || s->object->intent == INTENT_DELETE || !s->definition)
		return;
	depends = get_depends(s->check);
	for (self = 0; self < depends->nr; self++)
		if (depends->v[self].kind == s->object->kind &&
		    str_eq(depends->v[self].prefix, s->object->prefix))
			break;
	for (i = 0; i < sem_nr(list); i++)
		if (sem_item_str(s, list, i))
			check_pattern(s, depends, &list->u.array.items[i], self);
}
