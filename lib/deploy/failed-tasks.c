#include "base/base.h"
#include "deploy/failed-tasks.h"

#include "aws/ecs.h"
#include "deploy/internal.h"
#include "deploy/rolling.h"

struct failed_tasks {
	struct strmap seen; /* ARNs of stopped tasks, ours or not */
	unsigned nr;	    /* of ours that failed */
	bool asking;	    /* which call is under way */
	bool describing;
	bool told;   /* that it can't be counted */
	char *token; /* of the next page, or NULL */
	unsigned pages;
};

/* A hundred tasks each. */
#define PAGES_MAX 20

bool failed_tasks_wanted(const struct deployment *d)
{
	return d->settings.breaker.on;
}

bool failed_tasks_likely(const struct deployment *d, int64_t failed)
{
	const struct evidence *ev = d->at.evidence;
	unsigned starts;

	/* ECS's number is of failures in a row, and a task that ran and exited is none. */
	return failed > 0 || d->at.failed || d->at.started > MAX(d->at.desired, 0) ||
	       (ev && evidence_lasting(ev, &starts));
}

unsigned failed_tasks_nr(const struct deployment *d)
{
	return d->at.failed ? d->at.failed->nr : 0;
}

void failed_tasks_free(struct failed_tasks *failed)
{
	if (!failed)
		return;
	strmap_release(&failed->seen, NULL);
	free(failed->token);
	free(failed);
}

bool task_is_ours(const struct deployment *d, const struct json *task)
{
	static const char *const names[] = { ID_DEPLOYMENT, ID_TASK_SET, ID_FALLBACK };
	const char *by = json_get_str(task, "startedBy"), *id;
	size_t i;

	for (i = 0; by && i < ARRAY_SIZE(names); i++)
		if ((id = deploy_id_get(d, names[i])) && str_eq(by, id))
			return true;
	return false;
}

static enum step_result list(struct deployment *d, int phase)
{
	const struct ecs_task_query query = { .cluster = d->record->cluster,
					      .service = d->record->name,
					      .desired_status = "STOPPED",
					      .next_token = d->at.failed->token };

	d->at.failed->asking = true;
	d->at.failed->describing = false;
	d->call = ecs_list_tasks(d->client, &query, deploy_on_result, d);
	return deploy_await(d, phase);
}

static void take_token(struct failed_tasks *failed, const struct json *answer)
{
	free(failed->token);
	failed->token = ++failed->pages < PAGES_MAX ?
				xstrdup_or_null(json_get_str(answer, "nextToken")) :
				NULL;
}

/* STEP_WAIT: those not seen yet; STEP_DONE: there are none. */
static enum step_result describe(struct deployment *d, int phase)
{
	const struct json *arns = json_get(d->result->json, "taskArns");
	const char *names[ECS_DESCRIBE_TASKS_MAX];
	size_t i, nr = 0;

	for (i = 0; arns && arns->type == JSON_ARRAY && i < arns->u.array.nr; i++) {
		const char *arn = json_str(&arns->u.array.items[i]);

		if (arn && nr < ARRAY_SIZE(names) && !strmap_has(&d->at.failed->seen, arn))
			names[nr++] = arn;
	}
	if (!nr)
		return STEP_DONE;
	d->at.failed->describing = true;
	d->call = ecs_describe_tasks(d->client, d->record->cluster, names, nr, deploy_on_result, d);
	return deploy_await(d, phase);
}

static void read_tasks(struct deployment *d)
{
	const struct json *tasks = json_get(d->result->json, "tasks");
	struct failed_tasks *failed = d->at.failed;
	struct evidence *ev = ecs_evidence(d);
	size_t i;

	for (i = 0; tasks && tasks->type == JSON_ARRAY && i < tasks->u.array.nr; i++) {
		const struct json *task = &tasks->u.array.items[i];
		const char *arn = json_get_str(task, "taskArn");
		const char *status = json_get_str(task, "lastStatus");
		size_t known = ev->nr;

		/* One that is being stopped has no reason yet. */
		if (!arn || !status || !str_eq(status, "STOPPED"))
			continue;
		strmap_put(&failed->seen, arn, failed);
		if (!task_is_ours(d, task) || !evidence_task(ev, task))
			continue;
		failed->nr++;
		if (ev->nr > known)
			deploy_event(d, "a task failed: %.300s", ev->v[known].message);
	}
}

static enum step_result judge(const struct deployment *d)
{
	int64_t threshold = settings_failure_threshold(&d->settings, MAX(d->at.desired, 0));

	return threshold >= 0 && d->at.failed->nr > threshold ? STEP_FAILED : STEP_DONE;
}

enum step_result failed_tasks_count(struct deployment *d, int phase)
{
	struct failed_tasks *failed = d->at.failed;
	enum step_result ret;

	if (!failed)
		failed = d->at.failed = xcalloc(1, sizeof(*failed));
	if (!failed->asking) {
		failed->pages = 0;
		FREE_AND_NULL(failed->token);
		return list(d, phase);
	}
	if (d->result->outcome != AWS_OK) {
		/* As a failed poll: no news. */
		if (!failed->told && !result_is_transient(d->result))
			deploy_event(d, "cannot count the tasks that failed: %s",
				     d->result->err.message);
		failed->told |= !result_is_transient(d->result);
		FREE_AND_NULL(failed->token);
	} else if (!failed->describing) {
		take_token(failed, d->result->json);
		ret = describe(d, phase);
		if (ret == STEP_WAIT)
			return ret;
	} else {
		read_tasks(d);
	}
	if (judge(d) == STEP_DONE && failed->token)
		return list(d, phase);
	failed->asking = false;
	if (judge(d) == STEP_DONE)
		return ecs_judge_hope(d);
	return deploy_fail(d, "breaker",
			   "%u tasks failed, more than the %" PRId64
			   " that 'gmDeploymentCircuitBreaker' allows",
			   failed->nr,
			   settings_failure_threshold(&d->settings, MAX(d->at.desired, 0)));
}
