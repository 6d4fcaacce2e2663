#include "base/base.h"
#include "deploy/lambda-mapping.h"

#include "deploy/rolling.h"
#include "deploy/service.h"

/*
 * Source: AWS Lambda API Reference, EventSourceMappingConfiguration,
 * CreateEventSourceMapping and UpdateEventSourceMapping.
 */

/* --- which is which --- */

const struct json *mapping_wanted(const struct deployment *d, size_t i)
{
	const struct json *list = json_get(ecs_document(d, ROLE_EVENT_SOURCES), "PullEventSources");

	if (list && list->type == JSON_ARRAY)
		list = i < list->u.array.nr ? &list->u.array.items[i] : NULL;
	else if (i)
		list = NULL;
	return json_get(list, "EventSourceMapping");
}

static const char *const identity[] = { "EventSourceArn", "Topics", "Queues",
					"SelfManagedEventSource" };

bool mapping_is_same(const struct json *want, const struct json *have)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(identity); i++)
		if (!lambda_covers(json_get(have, identity[i]), json_get(want, identity[i])))
			return false;
	return true;
}

const struct json *mapping_find(const struct json *answer, const struct json *want)
{
	const struct json *all = json_get(answer, "EventSourceMappings");
	size_t i;

	for (i = 0; all && all->type == JSON_ARRAY && i < all->u.array.nr; i++)
		if (mapping_is_same(want, &all->u.array.items[i]))
			return &all->u.array.items[i];
	return NULL;
}

const char *mapping_source(const struct json *mapping)
{
	const char *arn = json_get_str(mapping, "EventSourceArn");

	return arn ? arn : "a self-managed source";
}

static void write_source(struct json_writer *jw, const struct json *mapping)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(identity); i++)
		if (json_get(mapping, identity[i]))
			jw_value(jw, identity[i], json_get(mapping, identity[i]));
}

char *mapping_identity(const struct json *mapping)
{
	struct strbuf out = STRBUF_INIT;
	struct json_writer jw = JSON_WRITER_INIT(&out, 0);

	jw_object(&jw, NULL);
	write_source(&jw, mapping);
	jw_end(&jw);
	return strbuf_detach(&out, NULL);
}

bool mapping_is_moving(const struct json *have)
{
	const char *state = json_get_str(have, "State");

	return !state || !(str_eq(state, "Enabled") || str_eq(state, "Disabled"));
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

size_t mapping_compare(struct strbuf *body, struct strbuf *undo, const struct json *want,
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

/* --- making it again --- */

bool mapping_starts_elsewhere(const struct json *want, const struct json *have)
{
	static const char *const names[] = { "StartingPosition", "StartingPositionTimestamp" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (json_get(want, names[i]) &&
		    !lambda_covers(json_get(have, names[i]), json_get(want, names[i])))
			return true;
	return false;
}

/* "LATEST", "AT_TIMESTAMP@1700000000000"; to be freed. */
static char *position_text(const struct json *mapping)
{
	const char *position = json_get_str(mapping, "StartingPosition");
	const struct json *since = json_get(mapping, "StartingPositionTimestamp");

	if (!position || !str_eq(position, "AT_TIMESTAMP") || !since)
		return xstrdup(position ? position : "");
	return xstrfmt("%s@%" PRId64, position, json_epoch_ms(since));
}

bool mapping_was_to_start(const struct json *tags, const struct json *want)
{
	const char *tag = json_get_str(tags, LAMBDA_TAG_POSITION);
	char *text = position_text(want);
	bool ret = tag && str_eq(tag, text);

	free(text);
	return ret;
}

/* Reads on from a moment; Kafka from what its consumer group has read. */
static bool takes_moment(const struct json *have)
{
	const char *arn = json_get_str(have, "EventSourceArn");

	return arn && (strstr(arn, ":kinesis:") || strstr(arn, ":rds:"));
}

static void write_tags(struct json_writer *jw, const struct json *have, const struct json *tags)
{
	char *position = position_text(have);
	size_t i;

	jw_object(jw, "Tags");
	for (i = 0; tags && tags->type == JSON_OBJECT && i < tags->u.object.nr; i++)
		if (!starts_with(tags->u.object.members[i].name, "aws:"))
			jw_value(jw, tags->u.object.members[i].name,
				 &tags->u.object.members[i].value);
	if (takes_moment(have) && !json_get(tags, LAMBDA_TAG_POSITION))
		jw_str(jw, LAMBDA_TAG_POSITION, position);
	jw_end(jw);
	free(position);
}

static void write_position(struct json_writer *jw, const struct json *have, int64_t now)
{
	const struct json *position = json_get(have, "StartingPosition");
	const struct json *since = json_get(have, "StartingPositionTimestamp");

	if (takes_moment(have)) {
		jw_str(jw, "StartingPosition", "AT_TIMESTAMP");
		jw_int(jw, "StartingPositionTimestamp", (now - MAPPING_OVERLAP) / 1000);
		return;
	}
	if (position)
		jw_value(jw, "StartingPosition", position);
	if (since && since->type != JSON_NULL)
		jw_value(jw, "StartingPositionTimestamp", since);
}

static bool is_set(const struct json *value)
{
	return value && value->type != JSON_NULL && !(json_str(value) && !*json_str(value));
}

void mapping_write_again(struct strbuf *out, const struct deployment *d, const struct json *have,
			 const struct json *tags)
{
	struct json_writer jw = JSON_WRITER_INIT(out, 0);
	char *name = mapping_alias(d);
	size_t i;

	jw_object(&jw, NULL);
	jw_str(&jw, "FunctionName", name);
	write_source(&jw, have);
	for (i = 0; i < ARRAY_SIZE(members); i++)
		if (is_set(json_get(have, members[i].name)))
			jw_value(&jw, members[i].name, json_get(have, members[i].name));
	jw_bool(&jw, "Enabled", is_enabled(have));
	write_position(&jw, have, deploy_wall(d));
	write_tags(&jw, have, tags);
	jw_end(&jw);
	free(name);
}

/* --- asking for them --- */

char *mapping_alias(const struct deployment *d)
{
	return xstrfmt("%s:%s", d->record->name, d->settings.alias);
}

enum step_result mapping_list(struct deployment *d, const struct json *want, const char *marker,
			      int phase)
{
	char *name = mapping_alias(d);

	d->call = lambda_find_event_source_mappings(
		d->client, name, want ? json_get_str(want, "EventSourceArn") : NULL, marker,
		deploy_on_result, d);
	free(name);
	return deploy_await(d, phase);
}

/* --- what is recorded of them --- */

void mapping_add_word(struct deployment *d, const char *id, const char *word)
{
	const char *known = deploy_id_get(d, id);
	char *all = known ? xstrfmt("%s %s", known, word) : xstrdup(word);

	deploy_id_set(d, id, all);
	free(all);
}

bool mapping_has_word(const struct deployment *d, const char *id, const char *word)
{
	const char *known = deploy_id_get(d, id);

	return known && strstr(known, word);
}

void mapping_add_line(struct deployment *d, const char *id, const char *line)
{
	const char *known = deploy_id_get(d, id);
	char *all = xstrfmt("%s%s\n", known ? known : "", line);

	deploy_id_set(d, id, all);
	free(all);
}

/* The line that begins so, or NULL. */
static const char *find_line(const char *all, const char *begin)
{
	while (all && *all && !starts_with(all, begin)) {
		all = strchr(all, '\n');
		all = all ? all + 1 : NULL;
	}
	return all && *all ? all : NULL;
}

bool mapping_has_line(const struct deployment *d, const char *id, const char *begin)
{
	return find_line(deploy_id_get(d, id), begin) != NULL;
}

void mapping_drop_line(struct deployment *d, const char *id, const char *begin)
{
	const char *known = deploy_id_get(d, id), *line = find_line(known, begin);
	const char *end = line ? strchr(line, '\n') : NULL;
	char *rest;

	if (!line)
		return;
	rest = xstrfmt("%.*s%s", (int)(line - known), known, end ? end + 1 : "");
	deploy_id_set(d, id, *rest ? rest : NULL);
	free(rest);
}
