#include "base/base.h"
#include "deploy/internal.h"
#include "deploy/job-internal.h"

/*
 * A rollback of a function goes to documents that were deployed before. The
 * version that was made of them then may be kept still: nothing is as sure to
 * be what ran as that, and an alias is moved to it in one call. So the record
 * begins with the name of that version; whether it is there is for the
 * deployment to see (lambda.c).
 */

static bool made_of(const struct record *r, const struct object *object, const char *digest)
{
	return r->kind == object->kind && str_eq(r->prefix, object->prefix) &&
	       r->status == RECORD_SUCCESS && r->digest && str_eq(r->digest, digest) &&
	       r->revision && r->account && r->region && r->name;
}

int run_find_kept(struct run *run, struct object *object, const char *digest, struct error *err)
{
	struct record_query query = { .branch = run->claim->job.branch,
				      .prefixes = &object->prefix,
				      .prefixes_nr = 1,
				      .changed = true };
	struct record_list list = RECORD_LIST_INIT;
	struct strbuf ids = STRBUF_INIT, kept = STRBUF_INIT;
	struct json_writer jw = JSON_WRITER_INIT(&ids, 0);
	size_t i;

	if (!run->claim->job.rollback_prefix || object->kind != KIND_LAMBDA ||
	    object->intent == INTENT_DELETE || object->record->step)
		return 0;
	if (store_find(run->store, &query, &list, err) < 0)
		return -1;
	for (i = 0; i < list.nr && !made_of(&list.v[i], object, digest); i++)
		;
	if (i < list.nr) {
		strbuf_addf(&kept, "%s/%s/%s/%s", list.v[i].account, list.v[i].region,
			    list.v[i].name, list.v[i].revision);
		jw_object(&jw, NULL);
		jw_str(&jw, ID_KEPT, kept.buf);
		jw_end(&jw);
		record_set(&object->record->ids, ids.buf);
	}
	strbuf_release(&kept);
	strbuf_release(&ids);
	record_list_release(&list);
	return 0;
}
