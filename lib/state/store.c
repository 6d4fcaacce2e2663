#include "base/base.h"
#include "state/internal.h"

#include "base/strmap.h"

void record_list_release(struct record_list *list)
{
	size_t i;

	for (i = 0; i < list->nr; i++)
		record_release(&list->v[i]);
	free(list->v);
	memset(list, 0, sizeof(*list));
}

struct record *record_list_add(struct record_list *list, struct record *r)
{
	ALLOC_GROW(list->v, list->nr + 1, list->alloc);
	list->v[list->nr] = *r;
	record_init(r);
	return &list->v[list->nr++];
}

/* Ids sort by time; those of one millisecond by chance, but always alike. */
static int newest_first(const void *a, const void *b)
{
	const struct record *x = a, *y = b;

	return strcmp(y->id, x->id);
}

void record_list_sort(struct record_list *list)
{
	if (list->nr)
		qsort(list->v, list->nr, sizeof(*list->v), newest_first);
}

bool prefix_selected(const char *prefix, const char *const *selected, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		size_t len = strlen(selected[i]);

		while (len && selected[i][len - 1] == '/')
			len--;
		if (!strncmp(prefix, selected[i], len) &&
		    (!len || prefix[len] == '\0' || prefix[len] == '/'))
			return true;
	}
	return !nr;
}

static bool str_is(const char *value, const char *wanted)
{
	return !wanted || (value && str_eq(value, wanted));
}

bool record_query_matches(const struct record_query *q, const struct record *r)
{
	return (!q->id || starts_with(r->id, q->id)) &&
	       (!q->job || (r->job && starts_with(r->job, q->job))) &&
	       str_is(r->commit, q->commit) && str_is(r->branch, q->branch) &&
	       prefix_selected(r->prefix, q->prefixes, q->prefixes_nr) &&
	       (!q->finished_well || r->status == RECORD_SUCCESS) &&
	       !(q->changed && r->strategy && str_eq(r->strategy, "unchanged")) &&
	       !(q->tried &&
		 (record_was_held(r) || record_was_blocked(r) || record_was_overtaken(r)));
}

static void cut(struct record_list *list, size_t nr)
{
	while (list->nr > nr)
		record_release(&list->v[--list->nr]);
}

static char *object_key(const struct record *r)
{
	return xstrfmt("%s\n%d\n%s", r->branch ? r->branch : "", r->kind, r->prefix);
}

/* Is `r`, newer than those in `seen`, to be kept? */
static bool take_latest(struct strmap *seen, const struct strmap *done, const struct record *r,
			const struct record_query *q)
{
	char *key = object_key(r);
	bool keep = !record_was_overtaken(r) || (q->commit && !strmap_has(done, key));

	keep = keep && !strmap_put(seen, key, seen);
	free(key);
	return keep;
}

/* Sorted newest first; the newest of each object stay. */
static void keep_latest(struct record_list *list, const struct record_query *q)
{
	struct strmap seen = STRMAP_INIT, done = STRMAP_INIT;
	size_t i, nr = 0;

	for (i = 0; i < list->nr; i++) {
		char *key = record_was_overtaken(&list->v[i]) ? NULL : object_key(&list->v[i]);

		if (key)
			strmap_put(&done, key, list);
		free(key);
	}
	for (i = 0; i < list->nr; i++) {
		struct record keep = list->v[i];

		if (!take_latest(&seen, &done, &keep, q)) {
			record_release(&list->v[i]);
			continue;
		}
		record_init(&list->v[i]);
		list->v[nr++] = keep;
	}
	list->nr = nr;
	strmap_release(&seen, NULL);
	strmap_release(&done, NULL);
}

void record_list_finish(struct record_list *list, const struct record_query *q)
{
	record_list_sort(list);
	if (q->latest)
		keep_latest(list, q);
	if (q->limit)
		cut(list, q->limit);
}

int store_put(struct store *store, const struct record *const *records, size_t nr,
	      struct error *err)
{
	return nr ? store->backend->put(store, records, nr, err) : 0;
}

int store_find(struct store *store, const struct record_query *query, struct record_list *out,
	       struct error *err)
{
	int rc = store->backend->find(store, query, out, err);

	if (rc < 0)
		record_list_release(out);
	else
		record_list_finish(out, query);
	return rc;
}

void store_free(struct store *store)
{
	if (store)
		store->backend->free(store);
}
