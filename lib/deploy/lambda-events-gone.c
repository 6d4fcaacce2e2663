#include "base/base.h"
#include "deploy/lambda-mapping.h"

#include "deploy/rolling.h"

/*
 * Event source mappings that the file does not list any more go, where a tag
 * says that we made them: last of all, so that none is to be brought back.
 */

enum {
	START,
	LISTED,
	TAGS,
	REMOVED
};

static bool is_wanted(const struct deployment *d, const struct json *have)
{
	const struct json *want;
	size_t i;

	for (i = 0; (want = mapping_wanted(d, i)); i++)
		if (mapping_is_same(want, have))
			return true;
	return false;
}

static enum step_result see_all(struct deployment *d)
{
	const struct json *all = json_get(d->result->json, "EventSourceMappings");
	const char *marker = json_get_str(d->result->json, "NextMarker");
	size_t i;

	for (i = 0; all && all->type == JSON_ARRAY && i < all->u.array.nr; i++) {
		const struct json *have = &all->u.array.items[i];
		const char *uuid = json_get_str(have, "UUID"), *state = json_get_str(have, "State");
		const char *arn = json_get_str(have, "EventSourceMappingArn");

		if (!uuid || !arn || (state && str_eq(state, "Deleting")) || is_wanted(d, have) ||
		    mapping_has_word(d, ID_MAPPINGS_LEFT, uuid))
			continue;
		deploy_id_set(d, ID_MAPPING, uuid);
		d->call = lambda_list_tags(d->client, arn, deploy_on_result, d);
		return deploy_await(d, TAGS);
	}
	return marker ? mapping_list(d, NULL, marker, LISTED) : STEP_DONE;
}

static enum step_result see_tags(struct deployment *d)
{
	const char *uuid = deploy_id_get(d, ID_MAPPING);

	if (json_get(json_get(d->result->json, "Tags"), LAMBDA_TAG_DEPLOYMENT)) {
		d->call = lambda_delete_event_source_mapping(d->client, uuid, deploy_on_result, d);
		return deploy_await(d, REMOVED);
	}
	deploy_event(d, "event source mapping '%s' is left alone: it is not of git gitops", uuid);
	mapping_add_word(d, ID_MAPPINGS_LEFT, uuid);
	return mapping_list(d, NULL, NULL, LISTED);
}

static enum step_result failed(struct deployment *d)
{
	static const char *const doing[] = {
		[LISTED] = "list the event source mappings",
		[TAGS] = "look at the tags of the event source mapping",
		[REMOVED] = "delete the event source mapping",
	};

	if (lambda_is_in_transition(d->result) || lambda_refusal(d->result) == LAMBDA_MISSING)
		return lambda_wait(d, "the event source mapping", START);
	return lambda_retry(d, doing[d->phase], START);
}

enum step_result lambda_pull_gone(struct deployment *d)
{
	bool gone = d->phase == REMOVED && lambda_refusal(d->result) == LAMBDA_MISSING;

	if (d->phase == START) {
		if (!d->at.deadline)
			d->at.deadline = deploy_now(d) + MAPPING_PATIENCE;
		return mapping_list(d, NULL, NULL, LISTED);
	}
	if (d->result->outcome != AWS_OK && !gone)
		return failed(d);
	if (d->phase == LISTED)
		return see_all(d);
	if (d->phase == TAGS)
		return see_tags(d);
	deploy_event(d, "event source mapping '%s' is deleted", deploy_id_get(d, ID_MAPPING));
	return mapping_list(d, NULL, NULL, LISTED);
}
