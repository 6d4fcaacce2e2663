#include "base/base.h"
#include "deploy/lambda-mapping.h"

#include "deploy/rolling.h"

/*
 * Event source mappings are as they were: those that were changed are changed
 * back, those that were made go, and what was deleted to be made anew is made
 * again. Each was recorded before it was done, so it is looked for first where
 * it may be that it was never done.
 */

enum {
	START,
	CHANGED_BACK,
	LISTED,
	TAGS,
	GONE,
	MADE_AGAIN
};

/* Which of what is recorded is taken back now, in this order. */
enum part {
	CHANGED,
	MAKING,
	MADE,
	OLD,
	NOTHING
};

static const struct {
	const char *id, *end;
} parts[] = {
	[CHANGED] = { ID_MAPPINGS_CHANGED, "\n" },
	[MAKING] = { ID_MAPPINGS_MAKING, "\n" },
	[MADE] = { ID_MAPPINGS_MADE, " " },
	[OLD] = { ID_MAPPINGS_OLD, "\n" },
};

static enum part part_now(const struct deployment *d)
{
	enum part part = CHANGED;

	while (part < NOTHING && !deploy_id_get(d, parts[part].id))
		part++;
	return part;
}

/* Its first entry, to be freed. */
static char *first_of(const struct deployment *d, enum part part)
{
	const char *all = deploy_id_get(d, parts[part].id);

	return xmemdupz(all, strcspn(all, parts[part].end));
}

static enum step_result begin(struct deployment *d);

/* The first entry is taken back: on with the next one. */
static enum step_result next(struct deployment *d)
{
	enum part part = part_now(d);
	char *all = xstrdup(deploy_id_get(d, parts[part].id));
	size_t n = strcspn(all, parts[part].end);

	deploy_id_set(d, parts[part].id, all[n] && all[n + 1] ? all + n + 1 : NULL);
	free(all);
	d->at.deadline = deploy_now(d) + MAPPING_PATIENCE;
	d->at.interval = 0;
	d->at.retries = 0;
	d->at.sent = false;
	return deploy_save(d) ? begin(d) : STEP_WAIT;
}

static enum step_result wait_for_it(struct deployment *d)
{
	return lambda_wait(d, "the event source mapping", START);
}

/* The body of a line, or what tells which one is meant. */
static const struct json *described(struct arena *arena, const char *line)
{
	struct json_problems problems = JSON_PROBLEMS_INIT;
	const char *body = strchr(line, '{');
	const struct json *ret = body ? json_parse(arena, body, strlen(body), NULL, &problems) :
					NULL;

	json_problems_release(&problems);
	if (!ret)
		BUG("'%s' does not tell what to take back", line);
	return ret;
}

/* --- one that may be there, or not --- */

static enum step_result list(struct deployment *d, const char *line, const char *marker)
{
	struct arena arena = ARENA_INIT;
	enum step_result ret = mapping_list(d, described(&arena, line), marker, LISTED);

	arena_release(&arena);
	return ret;
}

static enum step_result make_again(struct deployment *d, const char *line)
{
	const char *body = strchr(line, '{');

	d->call = lambda_create_event_source_mapping(d->client, body, strlen(body),
						     deploy_on_result, d);
	return deploy_await(d, MADE_AGAIN);
}

static enum step_result see(struct deployment *d, enum part part, const struct json *have)
{
	const char *uuid = json_get_str(have, "UUID"), *state = json_get_str(have, "State");
	const char *arn = json_get_str(have, "EventSourceMappingArn");

	if (part == MAKING && state && str_eq(state, "Deleting"))
		return next(d);
	if (!uuid || !arn || mapping_is_moving(have))
		return wait_for_it(d);
	/* made again, or never deleted */
	if (part == OLD) {
		if (!d->at.sent)
			deploy_event(d, "event source mapping '%s' is as it was", uuid);
		return next(d);
	}
	deploy_id_set(d, ID_MAPPING, uuid);
	d->call = lambda_list_tags(d->client, arn, deploy_on_result, d);
	return deploy_await(d, TAGS);
}

static enum step_result see_list(struct deployment *d, enum part part, const char *line)
{
	const char *marker = json_get_str(d->result->json, "NextMarker");
	struct arena arena = ARENA_INIT;
	const struct json *have = mapping_find(d->result->json, described(&arena, line));

	arena_release(&arena);
	if (have)
		return see(d, part, have);
	if (marker)
		return list(d, line, marker);
	if (part == MAKING)
		return next(d);
	return d->at.sent ? wait_for_it(d) : make_again(d, line);
}

static enum step_result delete_one(struct deployment *d, const char *uuid)
{
	d->call = lambda_delete_event_source_mapping(d->client, uuid, deploy_on_result, d);
	return deploy_await(d, GONE);
}

/* Somebody else may have made one meanwhile. */
static enum step_result see_tags(struct deployment *d)
{
	const char *by = json_get_str(json_get(d->result->json, "Tags"), LAMBDA_TAG_DEPLOYMENT);

	return by && str_eq(by, d->record->id) ? delete_one(d, deploy_id_get(d, ID_MAPPING)) :
						 next(d);
}

/* Where it reads from: what it had read is not known. */
static enum step_result made_again(struct deployment *d, const char *line)
{
	const char *uuid = json_get_str(d->result->json, "UUID");
	struct arena arena = ARENA_INIT;
	const struct json *body = described(&arena, line);
	const char *position = json_get_str(body, "StartingPosition");

	if (json_get(body, "StartingPositionTimestamp"))
		position = "about when it was deleted";
	if (d->result->outcome == AWS_OK && uuid) {
		d->at.sent = true;
		deploy_event(d, "event source mapping '%s' is made again, of %s%s%s", uuid,
			     mapping_source(body), position ? ", it reads from " : "",
			     position ? position : "");
	}
	arena_release(&arena);
	if (d->result->outcome == AWS_OK || d->result->outcome == AWS_UNKNOWN ||
	    lambda_refusal(d->result) == LAMBDA_EXISTS)
		return wait_for_it(d);
	return lambda_retry(d, "make the event source mapping again", START);
}

/* --- the step --- */

static enum step_result begin(struct deployment *d)
{
	enum part part = part_now(d);
	enum step_result ret;
	char *line, *body;

	if (part == NOTHING)
		return STEP_DONE;
	line = first_of(d, part);
	switch (part) {
	case CHANGED:
		body = strchr(line, ' ');
		*body++ = '\0';
		d->call = lambda_update_event_source_mapping(d->client, line, body, strlen(body),
							     deploy_on_result, d);
		ret = deploy_await(d, CHANGED_BACK);
		break;
	case MADE:
		ret = delete_one(d, line);
		break;
	default:
		ret = list(d, line, NULL);
		break;
	}
	free(line);
	return ret;
}

static enum step_result failed(struct deployment *d)
{
	static const char *const doing[] = {
		[CHANGED_BACK] = "change the event source mapping back",
		[LISTED] = "list the event source mappings",
		[TAGS] = "look at the tags of the event source mapping",
		[GONE] = "delete the event source mapping",
	};

	return lambda_is_in_transition(d->result) ? wait_for_it(d) :
						    lambda_retry(d, doing[d->phase], START);
}

/* CHANGED_BACK or GONE: also when there was none to be changed or deleted. */
static enum step_result taken_back(struct deployment *d, enum part part, const char *line)
{
	bool gone = d->phase == GONE;
	const char *uuid = part == MAKING ? deploy_id_get(d, ID_MAPPING) : line;

	deploy_event(d, "event source mapping '%.*s' is %s", (int)strcspn(uuid, " "), uuid,
		     gone ? "deleted" : "as it was");
	return next(d);
}

enum step_result lambda_pull_back(struct deployment *d)
{
	enum part part = part_now(d);
	enum step_result ret;
	char *line;

	if (!d->at.deadline)
		d->at.deadline = deploy_now(d) + MAPPING_PATIENCE;
	if (d->phase == START)
		return begin(d);
	line = first_of(d, part);
	if (d->phase == MADE_AGAIN)
		ret = made_again(d, line);
	else if (lambda_refusal(d->result) == LAMBDA_MISSING && d->phase == TAGS)
		ret = wait_for_it(d);
	else if (d->result->outcome != AWS_OK && lambda_refusal(d->result) != LAMBDA_MISSING)
		ret = failed(d);
	else if (d->phase == LISTED)
		ret = see_list(d, part, line);
	else if (d->phase == TAGS)
		ret = see_tags(d);
	else
		ret = taken_back(d, part, line);
	free(line);
	return ret;
}
