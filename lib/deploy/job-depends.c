#include "base/base.h"
#include "deploy/job-internal.h"
#include "deploy/settings.h"
#include "repo/pattern.h"

/*
 * `dependsOn`: which objects of a job wait for which. Jobs of one branch run
 * one after the other, so what an earlier push brought is over by now; the
 * order that is left is that within a job. An object that has to wait remembers
 * one object that it waits for, and is looked at again when that one is over.
 */

static bool names(const struct settings *settings, const char *prefix)
{
	size_t i;

	for (i = 0; i < settings->depends_on_nr; i++)
		if (pattern_match(settings->depends_on[i], prefix))
			return true;
	return false;
}

/* What is held back does not run as those who depend on it want it, either. */
static const char *how_it_ended(const struct record *r)
{
	if (record_was_frozen(r))
		return "is frozen";
	if (record_was_held(r))
		return "is held";
	if (record_was_blocked(r))
		return "was blocked itself";
	return r->status == RECORD_SUCCESS ? NULL : "failed";
}

static int judge(struct run *run, struct object *object, const struct settings *settings,
		 struct strbuf *blocked, bool *frozen)
{
	size_t i;
	int ret = 0;

	for (i = 0; i < run->nr; i++) {
		struct object *other = &run->objects[i];
		const char *how;

		if (other == object || other->intent != INTENT_DEPLOY ||
		    !names(settings, other->prefix))
			continue;
		if (!other->over) {
			object->waits_for = other;
			ret = 1;
			continue;
		}
		how = how_it_ended(other->record);
		if (!how)
			continue;
		*frozen = record_was_frozen(other->record);
		strbuf_addf(blocked, "it depends on '%s', which %s (%s)", other->prefix, how,
			    other->id);
		return 0;
	}
	return ret;
}

int run_must_wait(struct run *run, struct object *object, const struct service *service,
		  struct strbuf *blocked, bool *frozen, struct error *err)
{
	const struct document *doc = &service->docs[ROLE_SETTINGS];
	struct settings settings = SETTINGS_INIT;
	int ret = 0;

	object->waits_for = NULL;
	if (object->intent != INTENT_DEPLOY || !doc->present || !json_get(doc->json, "dependsOn"))
		return 0;
	ret = settings_parse_depends(&settings, doc->json, err);
	if (!ret)
		ret = judge(run, object, &settings, blocked, frozen);
	settings_release(&settings);
	if (blocked->len)
		object->waits_for = NULL;
	return ret;
}

void run_wake_dependants(struct run *run, const struct object *object)
{
	size_t i;

	for (i = 0; run->waiting && i < run->nr; i++) {
		struct object *other = &run->objects[i];

		if (other->waits_for != object)
			continue;
		other->waits_for = NULL;
		other->ready = true;
		run->waiting--;
		run->ready++;
	}
}

void run_wake_object(struct run *run, struct object *object)
{
	if (!object->waits_for)
		return;
	object->waits_for = NULL;
	object->ready = true;
	run->waiting--;
	run->ready++;
}

struct object *run_take_ready(struct run *run)
{
	size_t i;

	for (i = 0; run->ready && i < run->nr; i++) {
		if (!run->objects[i].ready)
			continue;
		run->objects[i].ready = false;
		run->ready--;
		return &run->objects[i];
	}
	return NULL;
}
