#include "base/base.h"
#include "deploy/lambda.h"

#include "deploy/rolling.h"

/*
 * Event source mappings of the alias, as PullEventSources lists them. Which
 * mapping is which says its source (and topics, queues), so that a step that
 * is begun again finds what it did, and what somebody made by hand is taken
 * over. What the list has no more goes, where a tag says that we made it.
 *
 * One by one: look for it, do one thing, look again until it rests as it is
 * wanted. Source: AWS Lambda API Reference, EventSourceMappingConfiguration.
 */

/* Longer than any of Lambda's transitions takes, ms. */
#define MAPPING_PATIENCE (5 * 60 * 1000)

/* --- what is wanted --- */

static const struct json *wanted(const struct deployment *d, size_t i)
{
	const struct json *list = json_get(ecs_document(d, ROLE_EVENT_SOURCES), "PullEventSources");

	if (list && list->type == JSON_ARRAY)
		list = i < list->u.array.nr ? &list->u.array.items[i] : NULL;
	else if (i)
		list = NULL;
	return json_get(list, "EventSourceMapping");
}

/* The same source to Lambda: two of these can't be there for one alias. */
static bool same_source(const struct json *want, const struct json *have)
{
	static const char *const members[] = { "EventSourceArn", "Topics", "Queues",
					       "SelfManagedEventSource" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(members); i++)
		if (!lambda_covers(json_get(have, members[i]), json_get(want, members[i])))
			return false;
	return true;
}

static bool is_wanted(const struct deployment *d, const struct json *have)
{
	const struct json *want;
	size_t i;

	for (i = 0; (want = wanted(d, i)); i++)
		if (same_source(want, have))
			return true;
	return false;
}

static const char *source_name(const struct json *mapping)
{
	const char *arn = json_get_str(mapping, "EventSourceArn");

	return arn ? arn : "a self-managed source";
}

/* --- what differs --- */

/*
 * Members of UpdateEventSourceMapping, and what makes them what they are when
 * they are not given; NULL: that depends on the source.
 */
static const struct {
	const char *name, *unset;
} members[] = {
	{ "BatchSize", NULL },
	{ "MaximumBatchingWindowInSeconds", NULL },
	{ "FilterCriteria", "{}" },
	{ "KMSKeyArn", "\"\"" },
	{ "DestinationConfig", "{\"OnFailure\":{}}" },
	{ "MaximumRecordAgeInSeconds", "-1" },
	{ "BisectBatchOnFunctionError", "false" },
	{ "MaximumRetryAttempts", "-1" },
	{ "ParallelizationFactor", "1" },
	{ "TumblingWindowInSeconds", "0" },
	{ "SourceAccessConfigurations", "[]" },
	{ "FunctionResponseTypes", "[]" },
	{ "ScalingConfig", "{}" },
	{ "AmazonManagedKafkaEventSourceConfig", NULL },
	{ "SelfManagedKafkaEventSourceConfig", NULL },
	{ "DocumentDBEventSourceConfig", NULL },
	{ "MetricsConfig", "{\"Metrics\":[]}" },
	{ "LoggingConfig", NULL },
	{ "ProvisionedPollerConfig", "{}" },
};

/* What an unset member is for this source, or NULL: not known. */
static const char *unset_value(const struct json *have, size_t i)
{
	const char *arn = json_get_str(have, "EventSourceArn");

	if (members[i].unset || i > 1 || !arn)
		return members[i].unset;
	if (strstr(arn, ":sqs:"))
		return i ? "0" : "10";
	return strstr(arn, ":kinesis:") || strstr(arn, ":dynamodb:") ? (i ? "0" : "100") : NULL;
}

static bool is_value(const struct json *have, const char *text)
{
	struct json_problems problems = JSON_PROBLEMS_INIT;
	struct arena arena = ARENA_INIT;
	const struct json *value = json_parse(&arena, text, strlen(text), NULL, &problems);
	bool ret = !have || (value && lambda_covers(have, value) && lambda_covers(value, have));

	json_problems_release(&problems);
	arena_release(&arena);
	return ret;
}

static bool is_enabled(const struct json *have)
{
	const char *state = json_get_str(have, "State");

	return state && (str_eq(state, "Enabled") || str_eq(state, "Enabling"));
}

static bool wants_enabled(const struct json *want)
{
	const struct json *enabled = json_get(want, "Enabled");

	return !enabled || enabled->type != JSON_BOOL || enabled->u.boolean;
}

static void add_old(struct json_writer *back, size_t i, const struct json *have)
{
	if (have)
		jw_value(back, members[i].name, have);
	else if (members[i].unset)
		jw_raw(back, members[i].name, members[i].unset);
}

/* Bodies of UpdateEventSourceMapping: to make it so, and back. How many members differ. */
static size_t compare(struct strbuf *body, struct strbuf *undo, const struct json *want,
		      const struct json *have)
{
	struct json_writer jw = JSON_WRITER_INIT(body, 0), back = JSON_WRITER_INIT(undo, 0);
	size_t i, nr = 0;

	jw_object(&jw, NULL);
	jw_object(&back, NULL);
	for (i = 0; i < ARRAY_SIZE(members); i++) {
		const struct json *a = json_get(want, members[i].name);
		const struct json *b = json_get(have, members[i].name);
		const char *unset = unset_value(have, i);

		if (a ? lambda_covers(b, a) : !unset || is_value(b, unset))
			continue;
		if (a)
			jw_value(&jw, members[i].name, a);
		else
			jw_raw(&jw, members[i].name, unset);
		add_old(&back, i, b);
		nr++;
	}
	if (is_enabled(have) != wants_enabled(want)) {
		jw_bool(&jw, "Enabled", wants_enabled(want));
		jw_bool(&back, "Enabled", is_enabled(have));
		nr++;
	}
	jw_end(&jw);
	jw_end(&back);
	return nr;
}

/* No call changes where it begins to read. */
static bool must_be_replaced(const struct json *want, const struct json *have)
{
	static const char *const names[] = { "StartingPosition", "StartingPositionTimestamp" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (json_get(want, names[i]) &&
		    !lambda_covers(json_get(have, names[i]), json_get(want, names[i])))
			return true;
	return false;
}

/* --- calls --- */

enum {
	START,
	LISTED,
	FOUND,
	CREATED,
	UPDATED,
	DELETED,
	LISTED_ALL,
	TAGS,
	REMOVED
};

static char *alias_name(const struct deployment *d)
{
	return xstrfmt("%s:%s", d->record->name, d->settings.alias);
}

static enum step_result list(struct deployment *d, const struct json *want, const char *marker)
{
	char *name = alias_name(d);

	d->call = lambda_find_event_source_mappings(
		d->client, name, want ? json_get_str(want, "EventSourceArn") : NULL, marker,
		deploy_on_result, d);
	free(name);
	return deploy_await(d, want ? LISTED : LISTED_ALL);
}

static enum step_result next_item(struct deployment *d)
{
	d->at.revision++;
	d->at.sent = false;
	d->at.told = false;
	d->at.deadline = deploy_now(d) + MAPPING_PATIENCE;
	d->at.interval = 0;
	d->at.retries = 0;
	return list(d, wanted(d, d->at.revision), NULL);
}

static enum step_result create(struct deployment *d, const struct json *want)
{
	const struct json *tags = json_get(want, "Tags");
	struct strbuf body = STRBUF_INIT;
	struct json_writer jw = JSON_WRITER_INIT(&body, 0);
	char *name = alias_name(d);
	size_t i;

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

static enum step_result delete_one(struct deployment *d, const char *uuid, int phase)
{
	d->call = lambda_delete_event_source_mapping(d->client, uuid, deploy_on_result, d);
	return deploy_await(d, phase);
}

/* What takes it back, first: it must be known when it is done. */
static bool note_undo(struct deployment *d, const char *uuid, const char *undo)
{
	const char *known = deploy_id_get(d, ID_MAPPINGS_CHANGED);
	char *all = xstrfmt("%s%s %s\n", known ? known : "", uuid, undo);

	deploy_id_set(d, ID_MAPPINGS_CHANGED, all);
	free(all);
	return deploy_save(d);
}

static void add_word(struct deployment *d, const char *id, const char *word)
{
	const char *known = deploy_id_get(d, id);
	char *all = known ? xstrfmt("%s %s", known, word) : xstrdup(word);

	deploy_id_set(d, id, all);
	free(all);
}

static bool has_word(const struct deployment *d, const char *id, const char *word)
{
	const char *known = deploy_id_get(d, id);

	return known && strstr(known, word);
}

/* --- one that is wanted --- */

static bool in_transition(const struct json *have)
{
	const char *state = json_get_str(have, "State");

	return !state || !(str_eq(state, "Enabled") || str_eq(state, "Disabled"));
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

	if (!compare(&body, &undo, want, have)) {
		if (!d->at.sent)
			deploy_event(d, "event source mapping '%s' is as it should be", uuid);
		ret = next_item(d);
	} else if (d->at.sent) {
		ret = deploy_fail_hint(d, "aws-error",
				       "look at the permissions of the function's role, and at "
				       "the source",
				       "the event source mapping of %s does not become what it "
				       "should be, it is %s: %s",
				       source_name(want), json_get_str(have, "State"),
				       reason ? reason : "Lambda gives no reason");
	} else if (!note_undo(d, uuid, undo.buf)) {
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

static enum step_result see(struct deployment *d, const struct json *want, const struct json *have)
{
	const char *uuid = json_get_str(have, "UUID");

	if (!uuid || in_transition(have))
		return wait_for_it(d);
	if (!must_be_replaced(want, have))
		return change(d, want, have);
	deploy_event(d, "event source mapping '%s' starts elsewhere: it is deleted and made anew",
		     uuid);
	return delete_one(d, uuid, DELETED);
}

static enum step_result see_list(struct deployment *d, const struct json *want)
{
	const struct json *all = json_get(d->result->json, "EventSourceMappings");
	const char *marker = json_get_str(d->result->json, "NextMarker");
	size_t i;

	for (i = 0; all && all->type == JSON_ARRAY && i < all->u.array.nr; i++)
		if (same_source(want, &all->u.array.items[i]))
			return see(d, want, &all->u.array.items[i]);
	if (marker)
		return list(d, want, marker);
	return d->at.sent ? wait_for_it(d) : create(d, want);
}

static enum step_result created(struct deployment *d)
{
	const char *uuid = json_get_str(d->result->json, "UUID");
	const char *message = d->result->message;

	if (d->result->outcome == AWS_OK && uuid) {
		add_word(d, ID_MAPPINGS_MADE, uuid);
		d->at.sent = true;
		deploy_event(d, "event source mapping '%s' is made, of %s", uuid,
			     source_name(d->result->json));
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

/* --- those that are not --- */

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
		    has_word(d, ID_MAPPINGS_LEFT, uuid))
			continue;
		deploy_id_set(d, ID_MAPPING, uuid);
		d->call = lambda_list_tags(d->client, arn, deploy_on_result, d);
		return deploy_await(d, TAGS);
	}
	return marker ? list(d, NULL, marker) : STEP_DONE;
}

static enum step_result see_tags(struct deployment *d)
{
	const char *uuid = deploy_id_get(d, ID_MAPPING);

	if (json_get(json_get(d->result->json, "Tags"), LAMBDA_TAG_DEPLOYMENT))
		return delete_one(d, uuid, REMOVED);
	deploy_event(d, "event source mapping '%s' is left alone: it is not of git gitops", uuid);
	add_word(d, ID_MAPPINGS_LEFT, uuid);
	return list(d, NULL, NULL);
}

/* --- the step --- */

static enum step_result failed(struct deployment *d)
{
	static const char *const doing[] = {
		[LISTED] = "list the event source mappings",
		[FOUND] = "look at the event source mapping",
		[UPDATED] = "change the event source mapping",
		[DELETED] = "delete the event source mapping",
		[LISTED_ALL] = "list the event source mappings",
		[TAGS] = "look at the tags of the event source mapping",
		[REMOVED] = "delete the event source mapping",
	};

	if (lambda_is_in_transition(d->result) || lambda_refusal(d->result) == LAMBDA_MISSING)
		return wait_for_it(d);
	return lambda_retry(d, doing[d->phase], START);
}

static bool has_nothing_to_do(const struct deployment *d)
{
	/* a new alias has no mappings */
	return !wanted(d, 0) && !deploy_id_get(d, ID_OLD_VERSION);
}

enum step_result lambda_pull(struct deployment *d)
{
	const struct json *want = wanted(d, d->at.revision);
	bool gone = d->phase == REMOVED && lambda_refusal(d->result) == LAMBDA_MISSING;

	if (d->phase == START) {
		if (has_nothing_to_do(d))
			return STEP_DONE;
		if (!d->at.deadline)
			d->at.deadline = deploy_now(d) + MAPPING_PATIENCE;
		return list(d, want, NULL);
	}
	if (d->phase == CREATED)
		return created(d);
	if (d->result->outcome != AWS_OK && !gone)
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
	case DELETED:
		return wait_for_it(d);
	case LISTED_ALL:
		return see_all(d);
	case TAGS:
		return see_tags(d);
	default:
		deploy_event(d, "event source mapping '%s' is deleted",
			     deploy_id_get(d, ID_MAPPING));
		return list(d, NULL, NULL);
	}
}

/* --- back --- */

/* The first word of an id, or line; NULL: nothing is left. */
static char *first_of(const struct deployment *d, const char *id, const char *end)
{
	const char *known = deploy_id_get(d, id);

	return known && *known ? xmemdupz(known, strcspn(known, end)) : NULL;
}

static void drop_first(struct deployment *d, const char *id, const char *end)
{
	char *known = xstrdup(deploy_id_get(d, id));
	size_t n = strcspn(known, end);

	deploy_id_set(d, id, known[n] && known[n + 1] ? known + n + 1 : NULL);
	free(known);
}

/* What was changed becomes what it was; what was made goes. What was deleted stays so. */
enum step_result lambda_pull_back(struct deployment *d)
{
	enum {
		BEGIN,
		CHANGED_BACK,
		GONE
	};
	char *line, *body, *uuid;

	if (!d->at.deadline)
		d->at.deadline = deploy_now(d) + MAPPING_PATIENCE;
	if (d->phase != BEGIN) {
		if (lambda_is_in_transition(d->result))
			return lambda_wait(d, "the event source mapping", BEGIN);
		if (d->result->outcome != AWS_OK && lambda_refusal(d->result) != LAMBDA_MISSING)
			return lambda_retry(d,
					    d->phase == GONE ? "delete the event source mapping" :
							       "change the event source mapping "
							       "back",
					    BEGIN);
		uuid = first_of(d, d->phase == GONE ? ID_MAPPINGS_MADE : ID_MAPPINGS_CHANGED, " ");
		deploy_event(d, "event source mapping '%s' is %s", uuid,
			     d->phase == GONE ? "deleted" : "as it was");
		free(uuid);
		drop_first(d, d->phase == GONE ? ID_MAPPINGS_MADE : ID_MAPPINGS_CHANGED,
			   d->phase == GONE ? " " : "\n");
		if (!deploy_save(d))
			return STEP_WAIT;
	}
	line = first_of(d, ID_MAPPINGS_CHANGED, "\n");
	if (line) {
		body = strchr(line, ' ');
		*body++ = '\0';
		d->call = lambda_update_event_source_mapping(d->client, line, body, strlen(body),
							     deploy_on_result, d);
		free(line);
		return deploy_await(d, CHANGED_BACK);
	}
	uuid = first_of(d, ID_MAPPINGS_MADE, " ");
	if (!uuid)
		return STEP_DONE;
	d->call = lambda_delete_event_source_mapping(d->client, uuid, deploy_on_result, d);
	free(uuid);
	return deploy_await(d, GONE);
}
