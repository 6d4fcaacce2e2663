#include "check/semantics-internal.h"

/* Container names, families and services: "letters, numbers, underscores, and hyphens". */
static bool is_plain_name(const char *name)
{
	size_t len =
		strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");

	return len && len <= 255 && !name[len];
}

static void check_name(struct semantics *s, const struct document *doc, const struct json *object,
		       const char *member)
{
	const struct json *value = doc ? sem_get(s, object, member) : NULL;

	if (!json_str(value) || is_plain_name(json_str(value)))
		return;
	finding_hint(sem_report(s, doc, value, SEVERITY_ERROR, "name-characters",
				"'%s' can't be '%s'", member, sem_text(s, doc, value)),
		     "it may have letters, digits, '-' and '_', 1 to 255 of them");
}

static void check_container_names(struct semantics *s)
{
	size_t nr = sem_nr(s->containers), i, k;

	for (i = 0; i < nr; i++) {
		const struct json *container = sem_item(s, s->containers, i);
		const struct json *name = sem_get(s, container, "name");
		static const char *const needed[] = { "name", "image" };

		for (k = 0; k < ARRAY_SIZE(needed); k++)
			if (sem_lacks(s, container, needed[k]))
				finding_hint(sem_report(s, s->taskdef, container, SEVERITY_ERROR,
							"container-incomplete", "%s lacks '%s'",
							sem_container_name(s, i), needed[k]),
					     "add \"%s\" here", needed[k]);
		if (!json_str(name))
			continue;
		check_name(s, s->taskdef, container, "name");
		for (k = 0; k < i; k++) {
			const char *other = sem_str(s, sem_item(s, s->containers, k), "name");

			if (!other || !str_eq(other, json_str(name)))
				continue;
			finding_hint(sem_report(s, s->taskdef, name, SEVERITY_ERROR,
						"container-name-twice",
						"two containers are called '%s'",
						sem_text(s, s->taskdef, name)),
				     "the other is containerDefinitions[%zu]", k);
			break;
		}
	}
}

/* Without the member, a container is essential. */
static bool certainly_inessential(const struct semantics *s, const struct json *container)
{
	const struct json *value = sem_get(s, container, "essential");

	return value && value->type == JSON_BOOL && !value->u.boolean;
}

static bool certainly_essential(const struct semantics *s, const struct json *container)
{
	return sem_true(s, container, "essential") || sem_lacks(s, container, "essential");
}

static void check_essential(struct semantics *s)
{
	size_t nr = sem_nr(s->containers), i;

	if (!s->containers)
		return;
	for (i = 0; i < nr; i++)
		if (!certainly_inessential(s, sem_item(s, s->containers, i)))
			return;
	finding_hint(
		sem_report_member(s, s->taskdef, s->taskdef->json, "containerDefinitions",
				  SEVERITY_ERROR, "container-essential",
				  nr ? "no container is essential" : "there is no container"),
		nr ? "of at least one, \"essential\" must be true: the task ends when it does" :
		     "add at least one");
}

static const char *container_names(struct semantics *s, size_t but)
{
	const char *list = "";
	size_t i;

	for (i = 0; i < sem_nr(s->containers) && strlen(list) < 300; i++) {
		const struct json *name = sem_get(s, sem_item(s, s->containers, i), "name");

		if (i != but && json_str(name))
			list = arena_strfmt(&s->arena, "%s%s%s", list, *list ? ", " : "",
					    sem_text(s, s->taskdef, name));
	}
	return list;
}

static void unknown_container(struct semantics *s, size_t i, const struct json *name,
			      const char *member)
{
	const char *names = container_names(s, i);

	finding_hint(sem_report(s, s->taskdef, name, SEVERITY_ERROR, "container-unknown",
				"there is no container '%s' for '%s'",
				sem_text(s, s->taskdef, name), member),
		     *names ? "the others are %s" : "it is the only one", names);
}

/* What must have ended or be healthy before another starts. */
static void check_condition(struct semantics *s, const struct json *dependency, int target)
{
	const struct json *container = sem_item(s, s->containers, (size_t)target);
	const struct json *condition = sem_get(s, dependency, "condition");
	const char *what = json_str(condition);

	if (!what)
		return;
	if ((str_eq(what, "COMPLETE") || str_eq(what, "SUCCESS")) &&
	    certainly_essential(s, container))
		finding_hint(sem_report(s, s->taskdef, condition, SEVERITY_ERROR,
					"container-condition",
					"%s is essential, so nothing can wait for its end",
					sem_container_name(s, (size_t)target)),
			     "set \"essential\": false there, or wait for START");
	else if (str_eq(what, "HEALTHY") && sem_lacks(s, container, "healthCheck"))
		finding_hint(sem_report(s, s->taskdef, condition, SEVERITY_WARNING,
					"container-condition",
					"%s has no 'healthCheck', so it is never HEALTHY",
					sem_container_name(s, (size_t)target)),
			     "give it one (that of the image is not looked at), or wait for START");
}

/* Each container is entered once; `state`: 1 on the path to here, 2 done. */
static void find_cycle(struct semantics *s, size_t i, unsigned char *state)
{
	const struct json *list = sem_list(s, sem_item(s, s->containers, i), "dependsOn");
	size_t k;
	bool sure;

	state[i] = 1;
	for (k = 0; k < sem_nr(list); k++) {
		const struct json *name = sem_get(s, sem_item(s, list, k), "containerName");
		int target = json_str(name) ? sem_find_container(s, json_str(name), &sure) : -1;

		if (target < 0 || state[target] == 2)
			continue;
		if (!state[target]) {
			find_cycle(s, (size_t)target, state);
			continue;
		}
		finding_hint(sem_report(s, s->taskdef, name, SEVERITY_ERROR, "container-cycle",
					(size_t)target == i ? "%s waits for itself" :
							      "%s waits for what waits for it",
					sem_container_name(s, i)),
			     "none of these can ever start: remove one 'dependsOn'");
	}
	state[i] = 2;
}

/* Deep chains of dependencies would nest as deep; tasks have 10 containers. */
#define CYCLE_MAX_CONTAINERS 200

static void check_dependencies(struct semantics *s)
{
	size_t nr = sem_nr(s->containers), i, k;
	unsigned char state[CYCLE_MAX_CONTAINERS] = { 0 };
	bool sure;

	for (i = 0; i < nr; i++) {
		const struct json *container = sem_item(s, s->containers, i);
		const struct json *depends = sem_list(s, container, "dependsOn");
		const struct json *volumes = sem_list(s, container, "volumesFrom");

		for (k = 0; k < sem_nr(depends); k++) {
			const struct json *item = sem_item(s, depends, k);
			const struct json *name = sem_get(s, item, "containerName");
			int target;

			if (!json_str(name))
				continue;
			target = sem_find_container(s, json_str(name), &sure);
			if (target < 0 && sure)
				unknown_container(s, i, name, "dependsOn");
			else if (target >= 0)
				check_condition(s, item, target);
		}
		for (k = 0; k < sem_nr(volumes); k++) {
			const struct json *name =
				sem_get(s, sem_item(s, volumes, k), "sourceContainer");

			if (json_str(name) && sem_find_container(s, json_str(name), &sure) < 0 &&
			    sure)
				unknown_container(s, i, name, "volumesFrom");
		}
	}
	for (i = 0; nr <= CYCLE_MAX_CONTAINERS && i < nr; i++)
		if (!state[i])
			find_cycle(s, i, state);
}

static bool has_volume(const struct semantics *s, const struct json *volumes, const char *name,
		       bool *sure)
{
	size_t i;

	*sure = true;
	for (i = 0; i < sem_nr(volumes); i++) {
		const char *other = sem_str(s, sem_item(s, volumes, i), "name");

		if (!other)
			*sure = false;
		else if (str_eq(other, name))
			return true;
	}
	return false;
}

static void check_volumes(struct semantics *s)
{
	const struct json *volumes = sem_list(s, s->taskdef->json, "volumes");
	size_t i, k;
	bool sure;

	if (!volumes && !sem_lacks(s, s->taskdef->json, "volumes"))
		return;
	for (i = 0; i < sem_nr(s->containers); i++) {
		const struct json *mounts =
			sem_list(s, sem_item(s, s->containers, i), "mountPoints");

		for (k = 0; k < sem_nr(mounts); k++) {
			const struct json *name =
				sem_get(s, sem_item(s, mounts, k), "sourceVolume");

			if (!json_str(name) || has_volume(s, volumes, json_str(name), &sure) ||
			    !sure)
				continue;
			finding_hint(sem_report(s, s->taskdef, name, SEVERITY_ERROR,
						"volume-unknown", "there is no volume '%s'",
						sem_text(s, s->taskdef, name)),
				     "add it to \"volumes\" of the task definition");
		}
	}
}

/* A task's memory as text ("1024", "1 GB") in MiB. */
static bool task_memory(const struct semantics *s, int64_t *out)
{
	const char *text = sem_str(s, s->taskdef->json, "memory");
	uint64_t mib;

	if (!text || !parse_uint(text, 0, INT32_MAX, &mib))
		return false;
	*out = (int64_t)mib;
	return true;
}

static void check_memory(struct semantics *s)
{
	int64_t of_task = 0, hard, soft;
	bool task_known = task_memory(s, &of_task);
	size_t i;

	for (i = 0; i < sem_nr(s->containers); i++) {
		const struct json *container = sem_item(s, s->containers, i);
		bool has_hard = sem_int(s, container, "memory", &hard);
		bool has_soft = sem_int(s, container, "memoryReservation", &soft);

		if (has_hard && task_known && hard > of_task)
			sem_report(s, s->taskdef, sem_get(s, container, "memory"), SEVERITY_ERROR,
				   "container-memory",
				   "%s wants %" PRId64 " MiB, the whole task has %" PRId64,
				   sem_container_name(s, i), hard, of_task);
		else if (has_hard && has_soft && soft > hard)
			sem_report(s, s->taskdef, sem_get(s, container, "memoryReservation"),
				   SEVERITY_ERROR, "container-memory",
				   "%s reserves %" PRId64 " MiB and may not use more than %" PRId64,
				   sem_container_name(s, i), soft, hard);
		/* for Fargate, the memory that the task lacks is told there */
		else if (!s->fargate && sem_lacks(s, s->taskdef->json, "memory") &&
			 sem_lacks(s, container, "memory") &&
			 sem_lacks(s, container, "memoryReservation"))
			finding_hint(
				sem_report(s, s->taskdef, container, SEVERITY_ERROR,
					   "container-memory", "%s has no limit of memory",
					   sem_container_name(s, i)),
				"add \"memory\" or \"memoryReservation\" here, or \"memory\" to "
				"the task");
	}
}

static void check_execution_role(struct semantics *s)
{
	size_t i;

	if (!sem_lacks(s, s->taskdef->json, "executionRoleArn"))
		return;
	for (i = 0; i < sem_nr(s->containers); i++) {
		const struct json *container = sem_item(s, s->containers, i);
		const struct json *log = sem_object(s, container, "logConfiguration");
		const char *driver = sem_str(s, log, "logDriver");
		const char *image = sem_str(s, container, "image");
		const char *why = NULL, *member = NULL;
		const struct json *at = container;

		if (sem_nr(sem_list(s, container, "secrets"))) {
			why = "secrets";
			member = "secrets";
		} else if (sem_nr(sem_list(s, log, "secretOptions"))) {
			why = "secrets of its log";
			member = "secretOptions";
			at = log;
		} else if (s->fargate && driver && str_eq(driver, "awslogs")) {
			why = "the log driver awslogs on Fargate";
			member = "logDriver";
			at = log;
		} else if (s->fargate && image && strstr(image, ".dkr.ecr.")) {
			why = "an image in ECR on Fargate";
			member = "image";
		}
		if (!why)
			continue;
		finding_hint(sem_report_member(s, s->taskdef, at, member, SEVERITY_ERROR,
					       "execution-role",
					       "%s needs a role for %s, and the task has none",
					       sem_container_name(s, i), why),
			     "add \"executionRoleArn\" to the task definition");
		return;
	}
}

void sem_containers(struct semantics *s)
{
	if (s->definition)
		check_name(s, s->definition, s->definition->json, "serviceName");
	if (!s->taskdef)
		return;
	check_name(s, s->taskdef, s->taskdef->json, "family");
	check_essential(s);
	check_container_names(s);
	check_dependencies(s);
	check_volumes(s);
	check_memory(s);
	check_execution_role(s);
}
