#include "base/base.h"
#include "deploy/poll.h"

#include "aws/ecs.h"
#include "aws/elbv2.h"
#include "aws/service-deployment.h"

/* What is due within this time goes along, ms: deployments started together stay together. */
#define LINGER 3

/* What is looked at. */
static const struct poll_kind {
	size_t max;		 /* in one call */
	const char *list, *name; /* members of the answer, and of each in it */
	size_t answer;		 /* where in struct poll_answer it goes */
} kinds[] = {
	{ ECS_DESCRIBE_SERVICES_MAX, "services", "serviceName",
	  offsetof(struct poll_answer, service) },
	{ ECS_DESCRIBE_SERVICE_DEPLOYMENTS_MAX, "serviceDeployments", "serviceDeploymentArn",
	  offsetof(struct poll_answer, service_deployment) },
	{ ECS_DESCRIBE_SERVICE_REVISIONS_MAX, "serviceRevisions", "serviceRevisionArn",
	  offsetof(struct poll_answer, service_revision) },
	{ ELB_DESCRIBE_MAX, "Rules", "RuleArn", offsetof(struct poll_answer, rule) },
	{ ELB_DESCRIBE_MAX, "Listeners", "ListenerArn", offsetof(struct poll_answer, rule) },
};
#define KIND_SERVICE		(&kinds[0])
#define KIND_SERVICE_DEPLOYMENT (&kinds[1])
#define KIND_SERVICE_REVISION	(&kinds[2])
#define KIND_RULE		(&kinds[3])
#define KIND_LISTENER		(&kinds[4])
#define BATCH_MAX		20 /* the largest `max` */

/* One call under way. */
struct poll_batch {
	struct poll_group *group;
	struct aws_call *call;
	struct service_watch *watches[BATCH_MAX]; /* NULL: stopped meanwhile */
	size_t nr;
	struct poll_batch *next, **prev;
};

/* The watches of one cluster, seen with one client. */
struct poll_group {
	struct poller *poller;
	const struct poll_kind *kind;
	struct aws_client *client;
	char *cluster;		       /* "": AWS's default, or all */
	struct service_watch *waiting; /* in no order */
	size_t waiting_nr;
	struct poll_batch *batches;
	struct loop_timer timer; /* at the first one that is due */
	struct poll_group *next;
};

struct poller {
	struct aws_loop *loop;
	struct poll_group *groups;
};

static void on_due(void *data);

struct poller *poller_new(struct aws_loop *loop)
{
	struct poller *poller = xcalloc(1, sizeof(*poller));

	poller->loop = loop;
	return poller;
}

void poller_free(struct poller *poller)
{
	struct poll_group *group;

	while (poller && (group = poller->groups)) {
		poller->groups = group->next;
		loop_timer_stop(&group->timer);
		while (group->batches) {
			struct poll_batch *batch = group->batches;

			group->batches = batch->next;
			aws_cancel(batch->call);
			free(batch);
		}
		free(group->cluster);
		free(group);
	}
	free(poller);
}

void service_watch_init(struct service_watch *watch, service_watch_fn *fn, void *data)
{
	memset(watch, 0, sizeof(*watch));
	watch->fn = fn;
	watch->data = data;
}

static struct poll_group *group_of(struct poller *poller, const struct poll_kind *kind,
				   struct aws_client *client, const char *cluster)
{
	struct poll_group *group;

	for (group = poller->groups; group; group = group->next)
		if (group->kind == kind && group->client == client &&
		    str_eq(group->cluster, cluster))
			return group;
	group = xcalloc(1, sizeof(*group));
	group->poller = poller;
	group->kind = kind;
	group->client = client;
	group->cluster = xstrdup(cluster);
	loop_timer_init(&group->timer, on_due, group);
	group->next = poller->groups;
	poller->groups = group;
	return group;
}

static void link_watch(struct service_watch *watch)
{
	struct poll_group *group = watch->group;

	watch->next = group->waiting;
	if (watch->next)
		watch->next->prev = &watch->next;
	watch->prev = &group->waiting;
	group->waiting = watch;
	group->waiting_nr++;
}

static void unlink_watch(struct service_watch *watch)
{
	*watch->prev = watch->next;
	if (watch->next)
		watch->next->prev = watch->prev;
	watch->group->waiting_nr--;
}

static int64_t now_of(const struct poll_group *group)
{
	return clock_mono_ms(aws_loop_clock(group->poller->loop));
}

/* Fire when the first is due; not moved later for each of a thousand. */
static void wake_for(struct poll_group *group, int64_t due)
{
	int64_t now = now_of(group);

	if (!loop_timer_is_set(&group->timer) || due < group->timer.due)
		loop_timer_set(group->poller->loop, &group->timer, MAX(due - now, 0));
}

static void set(struct poll_group *group, struct service_watch *watch, const char *name, int64_t ms)
{
	watch->group = group;
	watch->name = name;
	watch->due = now_of(watch->group) + ms;
	watch->slack = ms / 2;
	watch->alone = false;
	link_watch(watch);
	wake_for(watch->group, watch->due);
}

void service_watch_set(struct poller *poller, struct service_watch *watch,
		       struct aws_client *client, const char *cluster, const char *name, int64_t ms)
{
	service_watch_stop(watch);
	set(group_of(poller, KIND_SERVICE, client, cluster ? cluster : ""), watch, name, ms);
}

void service_deployment_watch_set(struct poller *poller, struct service_watch *watch,
				  struct aws_client *client, const char *arn, int64_t ms)
{
	service_watch_stop(watch);
	set(group_of(poller, KIND_SERVICE_DEPLOYMENT, client, ""), watch, arn, ms);
}

void service_revision_watch_set(struct poller *poller, struct service_watch *watch,
				struct aws_client *client, const char *arn, int64_t ms)
{
	service_watch_stop(watch);
	set(group_of(poller, KIND_SERVICE_REVISION, client, ""), watch, arn, ms);
}

void rule_watch_set(struct poller *poller, struct service_watch *watch, struct aws_client *client,
		    const char *arn, int64_t ms)
{
	service_watch_stop(watch);
	set(group_of(poller, KIND_RULE, client, ""), watch, arn, ms);
}

void listener_watch_set(struct poller *poller, struct service_watch *watch,
			struct aws_client *client, const char *arn, int64_t ms)
{
	service_watch_stop(watch);
	set(group_of(poller, KIND_LISTENER, client, ""), watch, arn, ms);
}

void service_watch_stop(struct service_watch *watch)
{
	size_t i;

	if (!watch->group)
		return;
	if (watch->batch) {
		for (i = 0; i < watch->batch->nr; i++)
			if (watch->batch->watches[i] == watch)
				watch->batch->watches[i] = NULL;
		watch->batch = NULL;
	} else {
		unlink_watch(watch);
	}
	watch->group = NULL;
}

static int by_due(const void *a, const void *b)
{
	const struct service_watch *x = *(struct service_watch *const *)a;
	const struct service_watch *y = *(struct service_watch *const *)b;

	return (x->due > y->due) - (x->due < y->due);
}

static const struct json *find(const struct poll_kind *kind, const struct json *answer,
			       const char *name)
{
	const struct json *list = json_get(answer, kind->list);
	size_t i;

	for (i = 0; list && list->type == JSON_ARRAY && i < list->u.array.nr; i++) {
		const char *found = json_get_str(&list->u.array.items[i], kind->name);

		if (found && str_eq(found, name))
			return &list->u.array.items[i];
	}
	return NULL;
}

/* One bad name spoils the call for the others: then each asks by itself. */
static bool is_about_one(const struct aws_result *result)
{
	return result->outcome == AWS_REFUSED &&
	       (aws_result_is(result, "InvalidParameterException") ||
		aws_result_is(result, "ServiceNotFoundException") ||
		aws_result_is(result, "RuleNotFound") ||
		aws_result_is(result, "ListenerNotFound") ||
		aws_result_is(result, "ValidationError") ||
		aws_result_is(result, "ClientException"));
}

static void on_answer(struct aws_result *result, void *data)
{
	struct poll_batch *batch = data;
	struct poll_group *group = batch->group;
	bool split = batch->nr > 1 && is_about_one(result);
	size_t i;

	batch->call = NULL;
	*batch->prev = batch->next;
	if (batch->next)
		batch->next->prev = batch->prev;
	for (i = 0; i < batch->nr; i++) {
		struct service_watch *watch = batch->watches[i];
		struct poll_answer answer = { 0 };

		if (!watch)
			continue; /* stopped, maybe by the callback of another */
		watch->batch = NULL;
		if (split) {
			watch->alone = true;
			watch->due = now_of(group);
			link_watch(watch);
			wake_for(group, watch->due);
			continue;
		}
		watch->group = NULL;
		if (result->outcome != AWS_OK)
			answer.failed = result;
		else
			*(const struct json **)(void *)((char *)&answer + group->kind->answer) =
				find(group->kind, result->json, watch->name);
		watch->fn(&answer, watch->data);
	}
	free(batch);
}

static void send_batch(struct poll_group *group, struct service_watch **watches, size_t nr)
{
	const char *names[BATCH_MAX];
	struct poll_batch *batch = xcalloc(1, sizeof(*batch));
	size_t i, j;

	batch->group = group;
	batch->nr = nr;
	batch->next = group->batches;
	if (batch->next)
		batch->next->prev = &batch->next;
	batch->prev = &group->batches;
	group->batches = batch;
	for (i = j = 0; i < nr; i++) {
		size_t k;

		unlink_watch(watches[i]);
		watches[i]->batch = batch;
		batch->watches[i] = watches[i];
		/* Two that deploy one service: it is named once. */
		for (k = 0; k < j; k++)
			if (str_eq(names[k], watches[i]->name))
				break;
		if (k == j)
			names[j++] = watches[i]->name;
	}
	if (group->kind == KIND_SERVICE)
		batch->call = ecs_describe_services(group->client,
						    group->cluster[0] ? group->cluster : NULL,
						    names, j, AWS_POLL, on_answer, batch);
	else if (group->kind == KIND_SERVICE_DEPLOYMENT)
		batch->call =
			ecs_describe_service_deployments(group->client, names, j, on_answer, batch);
	else if (group->kind == KIND_SERVICE_REVISION)
		batch->call =
			ecs_describe_service_revisions(group->client, names, j, on_answer, batch);
	else if (group->kind == KIND_RULE)
		batch->call = elb_look_at_rules(group->client, names, j, on_answer, batch);
	else
		batch->call = elb_look_at_listeners(group->client, names, j, on_answer, batch);
}

static void on_due(void *data)
{
	struct poll_group *group = data;
	struct service_watch **all, *watch;
	int64_t now = now_of(group);
	size_t i, nr = 0, from = 0;

	if (!group->waiting_nr)
		return;
	all = xcalloc(group->waiting_nr, sizeof(*all));
	for (watch = group->waiting; watch; watch = watch->next)
		all[nr++] = watch;
	qsort(all, nr, sizeof(*all), by_due);
	while (from < nr && all[from]->due <= now + LINGER) {
		size_t want = all[from]->alone ? 1 : group->kind->max;

		for (i = 0; i < want && from + i < nr; i++) {
			watch = all[from + i];
			if (watch->due > now + LINGER + watch->slack || (i && watch->alone))
				break;
		}
		send_batch(group, all + from, i);
		from += i;
	}
	if (from < nr)
		wake_for(group, all[from]->due);
	free(all);
}
