#include "base/base.h"
#include "deploy/alarms.h"

#include "aws/cloudwatch.h"
#include "base/strmap.h"

/* More pages than this of a hundred names make no sense. */
#define PAGES_MAX 20

struct alarm_state {
	bool on;
	char *metric, *reason; /* where it is on */
};

/* The calls made with one client, one after the other, and what came of them. */
struct alarm_round {
	struct alarm_group *group;
	struct aws_client *client;
	struct aws_call *call;
	struct strmap states; /* by name: struct alarm_state */
	const char **names;   /* unique; the map's keys would move */
	size_t nr, from, pages;
	unsigned flags; /* how the call was made */
	struct alarm_round *next, **prev;
};

struct alarm_group {
	struct alarms *alarms;
	char *account, *region;
	struct alarm_watch *watches;
	struct alarm_watch *telling; /* to be told next */
	struct alarm_round *rounds;
	struct loop_timer timer;
	int64_t begun, calls; /* the last time: when, and how many calls it takes */
	unsigned flags;	      /* how CloudWatch is to be asked here */
	bool hurry;	      /* someone wants a round as soon as this one is over */
	struct alarm_group *next;
};

struct alarms {
	struct aws_loop *loop;
	struct alarm_group *groups;
};

static void on_due(void *data);
static void ask(struct alarm_round *round, const char *next_token);

struct alarms *alarms_new(struct aws_loop *loop)
{
	struct alarms *alarms = xcalloc(1, sizeof(*alarms));

	alarms->loop = loop;
	return alarms;
}

static void free_state(void *data)
{
	struct alarm_state *state = data;

	free(state->metric);
	free(state->reason);
	free(state);
}

static void round_free(struct alarm_round *round)
{
	size_t i;

	if (round->call)
		aws_cancel(round->call);
	*round->prev = round->next;
	if (round->next)
		round->next->prev = round->prev;
	strmap_release(&round->states, free_state);
	for (i = 0; i < round->nr; i++)
		free((char *)(uintptr_t)round->names[i]);
	free(round->names);
	free(round);
}

void alarms_free(struct alarms *alarms)
{
	struct alarm_group *group;

	while (alarms && (group = alarms->groups)) {
		alarms->groups = group->next;
		loop_timer_stop(&group->timer);
		while (group->rounds)
			round_free(group->rounds);
		free(group->account);
		free(group->region);
		free(group);
	}
	free(alarms);
}

/* --- when --- */

static int64_t now_of(const struct alarm_group *group)
{
	return clock_mono_ms(aws_loop_clock(group->alarms->loop));
}

/* Not before the calls of the last round have had their time. */
static void set_timer(struct alarm_group *group, int64_t interval)
{
	int64_t soonest = MAX(ALARM_SOONEST, group->calls * 1000 / ALARM_RATE), wait;

	wait = group->begun ? group->begun + MAX(interval, soonest) - now_of(group) : 0;
	loop_timer_set(group->alarms->loop, &group->timer, MAX(wait, 0));
}

static void hurry(struct alarm_group *group)
{
	if (group->rounds)
		group->hurry = true;
	else
		set_timer(group, 0);
}

static void set_next_round(struct alarm_group *group)
{
	const struct alarm_watch *watch;
	int64_t interval = INT64_MAX;

	for (watch = group->watches; watch; watch = watch->next)
		interval = MIN(interval, watch->interval);
	if (group->watches)
		set_timer(group, group->hurry ? 0 : interval);
	group->hurry = false;
}

/* --- watches --- */

void alarm_watch_init(struct alarm_watch *watch, alarm_fn *fn, void *data)
{
	memset(watch, 0, sizeof(*watch));
	watch->fn = fn;
	watch->data = data;
}

static struct alarm_group *group_of(struct alarms *alarms, const char *account, const char *region)
{
	struct alarm_group *group;

	for (group = alarms->groups; group; group = group->next)
		if (str_eq(group->account, account) && str_eq(group->region, region))
			return group;
	group = xcalloc(1, sizeof(*group));
	group->alarms = alarms;
	group->account = xstrdup(account);
	group->region = xstrdup(region);
	loop_timer_init(&group->timer, on_due, group);
	group->next = alarms->groups;
	alarms->groups = group;
	return group;
}

void alarm_watch_set(struct alarms *alarms, struct alarm_watch *watch, struct aws_client *client,
		     const char *account, char *const *names, size_t nr, int64_t interval)
{
	struct alarm_group *group = group_of(alarms, account, aws_client_region(client));

	alarm_watch_stop(watch);
	watch->group = group;
	watch->client = client;
	watch->names = names;
	watch->nr = nr;
	watch->interval = MAX(interval, 1);
	watch->next = group->watches;
	if (watch->next)
		watch->next->prev = &watch->next;
	watch->prev = &group->watches;
	group->watches = watch;
	hurry(group);
}

void alarm_watch_hurry(struct alarm_watch *watch)
{
	if (!watch->round)
		hurry(watch->group);
}

void alarm_watch_stop(struct alarm_watch *watch)
{
	if (!watch->group)
		return;
	if (watch->group->telling == watch)
		watch->group->telling = watch->next;
	*watch->prev = watch->next;
	if (watch->next)
		watch->next->prev = watch->prev;
	FREE_AND_NULL(watch->on_name);
	FREE_AND_NULL(watch->on_metric);
	FREE_AND_NULL(watch->on_reason);
	watch->misses = 0;
	watch->round = NULL;
	if (!watch->group->watches)
		loop_timer_stop(&watch->group->timer);
	watch->group = NULL;
}

/* --- telling --- */

static void tell_one(struct alarm_round *round, struct alarm_watch *watch,
		     const struct aws_result *failed)
{
	struct alarm_answer answer = { .failed = failed };
	size_t i;

	watch->misses = failed ? watch->misses + 1 : 0;
	for (i = 0; !failed && i < watch->nr; i++) {
		const struct alarm_state *state = strmap_get(&round->states, watch->names[i]);

		if (!state)
			answer.missing = watch->names[i];
		if (!state || !state->on || watch->on_name)
			continue;
		watch->on_name = xstrdup(watch->names[i]);
		watch->on_metric = xstrdup_or_null(state->metric);
		watch->on_reason = xstrdup_or_null(state->reason);
	}
	answer.misses = watch->misses;
	answer.name = watch->on_name;
	answer.metric = watch->on_metric;
	answer.reason = watch->on_reason;
	watch->fn(&answer, watch->data);
}

/* All that the round was for; each may stop any, itself included. */
static void end_round(struct alarm_round *round, const struct aws_result *failed)
{
	struct alarm_group *group = round->group;
	struct alarm_watch *watch;

	/* Whoever asks for another round meanwhile is not held up by this one. */
	*round->prev = round->next;
	if (round->next)
		round->next->prev = round->prev;
	round->next = NULL;
	round->prev = &round->next;
	group->telling = group->watches;
	while ((watch = group->telling)) {
		group->telling = watch->next;
		if (watch->round != round)
			continue;
		watch->round = NULL;
		tell_one(round, watch, failed);
	}
	round_free(round);
	if (!group->rounds && !loop_timer_is_set(&group->timer))
		set_next_round(group);
}

/* --- asking --- */

static char *describe_metric(const struct json *alarm)
{
	const char *name = json_get_str(alarm, "MetricName");
	const char *space = json_get_str(alarm, "Namespace");
	const char *rule = json_get_str(alarm, "AlarmRule");
	const struct json *metrics = json_get(alarm, "Metrics");
	size_t i;

	if (name)
		return xstrfmt("%.200s%s%.200s", space ? space : "", space ? " " : "", name);
	if (rule)
		return xstrfmt("%.300s", rule);
	for (i = 0; metrics && metrics->type == JSON_ARRAY && i < metrics->u.array.nr; i++) {
		const struct json *metric = &metrics->u.array.items[i];
		const char *s = json_get_str(metric, "Expression");

		if (!s)
			s = json_str(json_path(metric, "MetricStat.Metric.MetricName"));
		if (s)
			return xstrfmt("%.300s", s);
	}
	return NULL;
}

static void read_alarms(struct alarm_round *round, const struct json *list)
{
	size_t i;

	for (i = 0; list && list->type == JSON_ARRAY && i < list->u.array.nr; i++) {
		const struct json *alarm = &list->u.array.items[i];
		const char *name = json_get_str(alarm, "AlarmName");
		const char *value = json_get_str(alarm, "StateValue");
		const char *reason = json_get_str(alarm, "StateReason");
		struct alarm_state *state;

		if (!name || !value || strmap_get(&round->states, name))
			continue;
		state = xcalloc(1, sizeof(*state));
		state->on = str_eq(value, "ALARM");
		if (state->on) {
			state->metric = describe_metric(alarm);
			state->reason = reason ? xstrfmt("%.1000s", reason) : NULL;
		}
		strmap_put(&round->states, name, state);
	}
}

/* Was it refused for the way of asking, which can be another? Two rounds may learn it at once. */
static bool learn(struct alarm_round *round, const struct aws_result *result)
{
	if (cloudwatch_speaks_no_json(result))
		round->group->flags |= CLOUDWATCH_QUERY;
	else if (cloudwatch_knows_no_log_alarms(result))
		round->group->flags |= CLOUDWATCH_NO_LOG_ALARMS;
	return round->group->flags != round->flags;
}

static void on_states(struct aws_result *result, void *data)
{
	struct alarm_round *round = data;
	const char *token;

	round->call = NULL;
	if (result->outcome == AWS_REFUSED && learn(round, result)) {
		ask(round, NULL);
		return;
	}
	if (result->outcome != AWS_OK) {
		end_round(round, result);
		return;
	}
	read_alarms(round, json_get(result->json, "MetricAlarms"));
	read_alarms(round, json_get(result->json, "CompositeAlarms"));
	read_alarms(round, json_get(result->json, "LogAlarms"));
	token = json_get_str(result->json, "NextToken");
	if (token && *token && ++round->pages < PAGES_MAX) {
		ask(round, token);
		return;
	}
	round->pages = 0;
	round->from += MIN(round->nr - round->from, (size_t)CLOUDWATCH_ALARMS_MAX);
	if (round->from < round->nr)
		ask(round, NULL);
	else
		end_round(round, NULL);
}

static void ask(struct alarm_round *round, const char *next_token)
{
	size_t nr = MIN(round->nr - round->from, (size_t)CLOUDWATCH_ALARMS_MAX);

	round->flags = round->group->flags;
	round->call = cloudwatch_describe_alarms(round->client, round->names + round->from, nr,
						 next_token, round->flags, on_states, round);
}

/* Every name once. */
static void collect(struct alarm_round *round, const struct alarm_watch *watch, struct strmap *seen,
		    size_t *alloc)
{
	size_t i;

	for (i = 0; i < watch->nr; i++) {
		if (strmap_get(seen, watch->names[i]))
			continue;
		ALLOC_GROW(round->names, round->nr + 1, *alloc);
		round->names[round->nr] = xstrdup(watch->names[i]);
		strmap_put(seen, watch->names[i], round);
		round->nr++;
	}
}

/* A round for all who have the same credentials as `first`. */
static void start_round(struct alarm_group *group, const struct alarm_watch *first)
{
	struct alarm_round *round = xcalloc(1, sizeof(*round));
	struct alarm_watch *watch;
	struct strmap seen;
	size_t alloc = 0;

	strmap_init(&round->states);
	strmap_init(&seen);
	round->group = group;
	round->client = first->client;
	round->next = group->rounds;
	if (round->next)
		round->next->prev = &round->next;
	round->prev = &group->rounds;
	group->rounds = round;
	for (watch = group->watches; watch; watch = watch->next) {
		if (watch->client != round->client)
			continue;
		watch->round = round;
		collect(round, watch, &seen, &alloc);
	}
	strmap_release(&seen, NULL);
	group->calls += (int64_t)((round->nr + CLOUDWATCH_ALARMS_MAX - 1) / CLOUDWATCH_ALARMS_MAX);
	ask(round, NULL);
}

static void on_due(void *data)
{
	struct alarm_group *group = data;
	struct alarm_watch *watch;

	group->begun = now_of(group);
	group->calls = 0;
	for (watch = group->watches; watch; watch = watch->next)
		if (!watch->round)
			start_round(group, watch);
}
