#include "base/base.h"
#include "deploy/lambda-mapping.h"

#include "deploy/rolling.h"

/*
 * The event source mappings that the file lists, one by one: look for it, do
 * one thing, look again until it rests as it is wanted. What takes a change
 * back is recorded before it is made (see lambda-events-back.c).
 */

/* --- calls --- */

enum {
	START,
	LISTED,
	FOUND,
	CREATED,
	UPDATED,
	OLD,
	OLD_TAGS,
	DELETED
};

static enum step_result next_item(struct deployment *d)
{
	const struct json *want = mapping_wanted(d, ++d->at.revision);

	d->at.sent = false;
	d->at.told = false;
	d->at.deadline = deploy_now(d) + MAPPING_PATIENCE;
	d->at.interval = 0;
	d->at.retries = 0;
	return want ? mapping_list(d, want, NULL, LISTED) : STEP_DONE;
}

/*
 * Which one is about to be made: its UUID is in the answer, which a worker that
 * dies does not get.
 */
static bool note_making(struct deployment *d, const struct json *want)
{
	char *line = mapping_identity(want);
	bool known = mapping_has_line(d, ID_MAPPINGS_MAKING, line);

	if (!known)
		mapping_add_line(d, ID_MAPPINGS_MAKING, line);
	free(line);
	return known || deploy_save(d);
}

static void note_made(struct deployment *d, const struct json *want, const char *uuid)
{
	char *line = mapping_identity(want);

	mapping_drop_line(d, ID_MAPPINGS_MAKING, line);
	mapping_add_word(d, ID_MAPPINGS_MADE, uuid);
	free(line);
}

static enum step_result create(struct deployment *d, const struct json *want)
{
	const struct json *tags = json_get(want, "Tags");
	struct strbuf body = STRBUF_INIT;
	struct json_writer jw = JSON_WRITER_INIT(&body, 0);
	char *name;
	size_t i;

	if (!note_making(d, want))
		return STEP_WAIT;
	name = mapping_alias(d);
	jw_object(&jw, NULL);
	jw_str(&jw, "FunctionName", name);
	for (i = 0; i < want->u.object.nr; i++) {
		const struct json_member *m = &want->u.object.members[i];

		if (!str_eq(m->name, "FunctionName") && !str_eq(m->name, "Tags"))
			jw_value(&jw, m->name, &m->value);
	}
	jw_object(&jw, "Tags");
	for (i = 0; tags && tags->type == JSON_OBJECT && i < tags->u.object.nr; i++)
		if (!str_eq(tags->u.object.members[i].name, LAMBDA_TAG_DEPLOYMENT))
			jw_value(&jw, tags->u.object.members[i].name,
				 &tags->u.object.members[i].value);
	jw_str(&jw, LAMBDA_TAG_DEPLOYMENT, d->record->id);
	jw_end(&jw);
	jw_end(&jw);
	d->call = lambda_create_event_source_mapping(d->client, body.buf, body.len,
						     deploy_on_result, d);
	strbuf_release_secret(&body);
	free(name);
	return deploy_await(d, CREATED);
}

/* What takes it back, first: it must be known when it is done. */
static bool note_undo(struct deployment *d, const char *id, const char *uuid, const char *undo)
{
	bool known = mapping_has_line(d, id, uuid);
	char *line = xstrfmt("%s %s", uuid, undo);

	if (!known)
		mapping_add_line(d, id, line);
	free(line);
	return known || deploy_save(d);
}

static enum step_result wait_for_it(struct deployment *d)
{
	return lambda_wait(d, "the event source mapping", START);
}

static enum step_result change(struct deployment *d, const struct json *want,
			       const struct json *have)
{
	struct strbuf body = STRBUF_INIT, undo = STRBUF_INIT;
	const char *uuid = json_get_str(have, "UUID");
	const char *reason = json_get_str(have, "StateTransitionReason");
	enum step_result ret;

	if (!mapping_compare(&body, &undo, want, have)) {
		if (!d->at.sent)
			deploy_event(d, "event source mapping '%s' is as it should be", uuid);
		ret = next_item(d);
	} else if (d->at.sent) {
		ret = deploy_fail_hint(d, "aws-error",
				       "look at the permissions of the function's role, and at "
				       "the source",
				       "the event source mapping of %s does not become what it "
				       "should be, it is %s: %s",
				       mapping_source(want), json_get_str(have, "State"),
				       reason ? reason : "Lambda gives no reason");
	} else if (!note_undo(d, ID_MAPPINGS_CHANGED, uuid, undo.buf)) {
		ret = STEP_WAIT;
	} else {
		d->call = lambda_update_event_source_mapping(d->client, uuid, body.buf, body.len,
							     deploy_on_result, d);
		ret = deploy_await(d, UPDATED);
	}
	strbuf_release_secret(&body);
	strbuf_release_secret(&undo);
	return ret;
}

/* --- making one anew --- */

static enum step_result delete_old(struct deployment *d, const char *uuid)
{
	deploy_event(d, "event source mapping '%s' starts elsewhere: it is deleted and made anew",
		     uuid);
	d->call = lambda_delete_event_source_mapping(d->client, uuid, deploy_on_result, d);
	return deploy_await(d, DELETED);
}

/* A list leaves out filters that are encrypted. */
static enum step_result look_at_old(struct deployment *d, const char *uuid)
{
	deploy_id_set(d, ID_MAPPING, uuid);
	d->call = lambda_get_event_source_mapping(d->client, uuid, deploy_on_result, d);
	return deploy_await(d, OLD);
}

static enum step_result see_old(struct deployment *d)
{
	const struct json *old = d->result->json;
	const char *arn = json_get_str(old, "EventSourceMappingArn");
	const struct json *error = json_get(old, "FilterCriteriaError");
	const char *message = json_get_str(error, "Message");
	struct strbuf text = STRBUF_INIT;
	struct json_writer jw = JSON_WRITER_INIT(&text, 0);

	if (!arn || mapping_is_moving(old))
		return wait_for_it(d);
	if (error && error->type == JSON_OBJECT)
		return deploy_fail_hint(d, "aws-error",
					"allow the deployer kms:Decrypt with the filters' key",
					"event source mapping '%s' starts elsewhere, but is not "
					"deleted: its filters can't be read, so it could not be "
					"made again: %s",
					deploy_id_get(d, ID_MAPPING),
					message ? message : "Lambda gives no reason");
	jw_value(&jw, NULL, old);
	deploy_id_set(d, ID_MAPPING_OLD, text.buf);
	strbuf_release_secret(&text);
	d->call = lambda_list_tags(d->client, arn, deploy_on_result, d);
	return deploy_await(d, OLD_TAGS);
}

/* What makes it again is recorded, then it goes: two of a source can't be there. */
static enum step_result see_old_tags(struct deployment *d, const struct json *want)
{
	const char *text = deploy_id_get(d, ID_MAPPING_OLD), *uuid = deploy_id_get(d, ID_MAPPING);
	const struct json *tags = json_get(d->result->json, "Tags");
	struct json_problems problems = JSON_PROBLEMS_INIT;
	struct strbuf again = STRBUF_INIT;
	struct arena arena = ARENA_INIT;
	bool saved;

	if (mapping_was_to_start(tags, want)) {
		mapping_add_word(d, ID_MAPPINGS_KEPT, uuid);
		return mapping_list(d, want, NULL, LISTED);
	}
	mapping_write_again(&again, d, json_parse(&arena, text, strlen(text), NULL, &problems),
			    tags);
	deploy_id_set(d, ID_MAPPING_OLD, NULL);
	saved = note_undo(d, ID_MAPPINGS_OLD, uuid, again.buf);
	strbuf_release_secret(&again);
	json_problems_release(&problems);
	arena_release(&arena);
	return saved ? delete_old(d, uuid) : STEP_WAIT;
}

/* --- one that is there --- */

static enum step_result see(struct deployment *d, const struct json *want, const struct json *have)
{
	const char *uuid = json_get_str(have, "UUID");

	if (!uuid || mapping_is_moving(have))
		return wait_for_it(d);
	if (!mapping_starts_elsewhere(want, have) || mapping_has_word(d, ID_MAPPINGS_KEPT, uuid))
		return change(d, want, have);
	return mapping_has_line(d, ID_MAPPINGS_OLD, uuid) ? delete_old(d, uuid) :
							    look_at_old(d, uuid);
}

static enum step_result see_list(struct deployment *d, const struct json *want)
{
	const char *marker = json_get_str(d->result->json, "NextMarker");
	const struct json *have = mapping_find(d->result->json, want);

	if (have)
		return see(d, want, have);
	if (marker)
		return mapping_list(d, want, marker, LISTED);
	return d->at.sent ? wait_for_it(d) : create(d, want);
}

static enum step_result created(struct deployment *d, const struct json *want)
{
	const char *uuid = json_get_str(d->result->json, "UUID");
	const char *message = d->result->message;

	if (d->result->outcome == AWS_OK && uuid) {
		note_made(d, want, uuid);
		d->at.sent = true;
		deploy_event(d, "event source mapping '%s' is made, of %s", uuid,
			     mapping_source(want));
		return deploy_save(d) ? wait_for_it(d) : STEP_WAIT;
	}
	if (lambda_refusal(d->result) == LAMBDA_EXISTS && message && strlen(message) > 36) {
		d->call = lambda_get_event_source_mapping(d->client, message + strlen(message) - 36,
							  deploy_on_result, d);
		return deploy_await(d, FOUND);
	}
	if (d->result->outcome == AWS_UNKNOWN)
		return wait_for_it(d);
	return lambda_retry(d, "make the event source mapping", START);
}

/* --- the step --- */

static enum step_result failed(struct deployment *d)
{
	static const char *const doing[] = {
		[LISTED] = "list the event source mappings",
		[FOUND] = "look at the event source mapping",
		[UPDATED] = "change the event source mapping",
		[OLD] = "look at the event source mapping",
		[OLD_TAGS] = "look at the tags of the event source mapping",
		[DELETED] = "delete the event source mapping",
	};

	if (lambda_is_in_transition(d->result) || lambda_refusal(d->result) == LAMBDA_MISSING)
		return wait_for_it(d);
	return lambda_retry(d, doing[d->phase], START);
}

enum step_result lambda_pull(struct deployment *d)
{
	const struct json *want = mapping_wanted(d, d->at.revision);

	if (d->phase == START) {
		if (!want)
			return STEP_DONE;
		if (!d->at.deadline)
			d->at.deadline = deploy_now(d) + MAPPING_PATIENCE;
		return mapping_list(d, want, NULL, LISTED);
	}
	if (d->phase == CREATED)
		return created(d, want);
	if (d->result->outcome != AWS_OK)
		return failed(d);
	switch (d->phase) {
	case LISTED:
		return see_list(d, want);
	case FOUND:
		return see(d, want, d->result->json);
	case UPDATED:
		d->at.sent = true;
		deploy_event(d, "event source mapping '%s' is changed",
			     json_get_str(d->result->json, "UUID"));
		return wait_for_it(d);
	case OLD:
		return see_old(d);
	case OLD_TAGS:
		return see_old_tags(d, want);
	default:
		return wait_for_it(d);
	}
}
