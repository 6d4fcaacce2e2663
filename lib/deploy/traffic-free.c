#include "base/base.h"
#include "deploy/traffic-internal.h"

#include "deploy/task-set.h"

/* Whose targets are registered with the group that is to get the new task set? */

#define TARGETS_TOLD 5

void traffic_targets_release(struct traffic_targets *targets)
{
	strbuf_release(&targets->told);
}

void traffic_targets_read(struct traffic_targets *targets, const struct json *answer)
{
	const struct json *list = json_get(answer, "TargetHealthDescriptions");
	size_t i;

	strbuf_release(&targets->told);
	strbuf_init(&targets->told, 1000);
	targets->nr = 0;
	for (i = 0; list && list->type == JSON_ARRAY && i < list->u.array.nr; i++) {
		const struct json *item = &list->u.array.items[i];
		const char *id = json_str(json_path(item, "Target.Id"));
		const char *port = json_str(json_path(item, "Target.Port"));
		const char *state = json_str(json_path(item, "TargetHealth.State"));

		if (!id || (state && ends_with(state, "draining")) || targets->nr++ >= TARGETS_TOLD)
			continue;
		strbuf_addf(&targets->told, "%s%.128s%s%.10s%s%.30s%s", targets->nr > 1 ? ", " : "",
			    id, port ? ":" : "", port ? port : "", state ? " (" : "",
			    state ? state : "", state ? ")" : "");
	}
	if (targets->nr > TARGETS_TOLD)
		strbuf_addf(&targets->told, ", and %zu more", targets->nr - TARGETS_TOLD);
}

/*
 * Task sets of the service on that group: those that other deployments of ours
 * have left go before the new one comes (counted), others stay (told).
 */
static int64_t count_leftovers(const struct json *service, const char *group, struct strbuf *others)
{
	struct ecs_task_set set;
	int64_t tasks = 0;
	size_t i;

	for (i = 0; task_set_at(service, i, &set); i++) {
		const struct json *v = &json_get(service, "taskSets")->u.array.items[i];
		const char *theirs = traffic_group_of(json_get(v, "loadBalancers"));

		if (!theirs || !str_eq(theirs, group) || task_set_is(&set, "DRAINING"))
			continue;
		if (task_set_is_ours(set.external_id))
			tasks += set.running + set.pending;
		else if (set.id && others->len < 300)
			strbuf_addf(others, "%s'%.100s'", others->len ? ", " : "", set.id);
	}
	return tasks;
}

/* d->look shows the service: whose are the targets? STEP_DONE: they go. */
enum step_result traffic_judge_free(struct deployment *d, const char *group,
				    const struct traffic_targets *targets)
{
	struct strbuf others = STRBUF_INIT;
	int64_t tasks = count_leftovers(d->look->service, group, &others);
	char name[TRAFFIC_NAME_MAX];
	enum step_result ret = STEP_DONE;

	if ((int64_t)targets->nr > tasks || others.len)
		ret = deploy_fail(
			d, "group-in-use",
			"target group '%s' is not free, it has targets that are not of this "
			"deployment: %s%s%s%s",
			traffic_name(name, group), targets->told.buf,
			others.len ? "; the service has task sets of someone else's on it: " : "",
			others.buf, tasks ? "; some may be of an earlier deployment" : "");
	strbuf_release(&others);
	return ret;
}
