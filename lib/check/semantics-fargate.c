#include "check/semantics-internal.h"

/*
 * What Fargate takes: sizes from the Amazon ECS developer guide, "Fargate
 * task definition considerations for task CPU and memory". MiB.
 */
static const struct size {
	int64_t cpu, min, max, step;
	const char *memory;
} sizes[] = {
	{ 256, 512, 2048, 0, "512, 1024 or 2048" },
	{ 512, 1024, 4096, 1024, "1024 to 4096 in steps of 1024" },
	{ 1024, 2048, 8192, 1024, "2048 to 8192 in steps of 1024" },
	{ 2048, 4096, 16384, 1024, "4096 to 16384 in steps of 1024" },
	{ 4096, 8192, 30720, 1024, "8192 to 30720 in steps of 1024" },
	{ 8192, 16384, 61440, 4096, "16384 to 61440 in steps of 4096" },
	{ 16384, 32768, 122880, 8192, "32768 to 122880 in steps of 8192" },
};

/* "256", "0.25 vCPU", "1vcpu": in units of 1/1024 of a core. "1 GB": in MiB. */
static bool parse_size(const char *text, const char *unit, int64_t *out)
{
	char *end;
	double number;

	if (!isdigit((unsigned char)*text) && *text != '.')
		return false;
	number = strtod(text, &end);
	if (end == text || number > 1e9)
		return false;
	while (*end == ' ')
		end++;
	if (!*end && !strchr(text, '.'))
		*out = (int64_t)number;
	else if (!strcasecmp(end, unit))
		*out = (int64_t)(number * 1024);
	else
		return false;
	return true;
}

static void check_size(struct semantics *s)
{
	const struct json *taskdef = s->taskdef->json;
	const struct json *cpu = sem_get(s, taskdef, "cpu"),
			  *memory = sem_get(s, taskdef, "memory");
	static const char *const needed[] = { "cpu", "memory" };
	const struct size *size = NULL;
	int64_t units, mib;
	bool lacks = false;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(needed); i++) {
		if (!sem_lacks(s, taskdef, needed[i]))
			continue;
		lacks = true;
		finding_hint(sem_report(s, s->taskdef, taskdef, SEVERITY_ERROR, "fargate-size",
					"a task on Fargate lacks '%s'", needed[i]),
			     i ? "add \"memory\", such as \"512\" (MiB)" :
				 "add \"cpu\", such as \"256\" (a quarter of a core)");
	}
	if (lacks || !json_str(cpu) || !json_str(memory) ||
	    !parse_size(json_str(cpu), "vCPU", &units) || !parse_size(json_str(memory), "GB", &mib))
		return;
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		if (sizes[i].cpu == units)
			size = &sizes[i];
	if (!size) {
		/* larger ones may come */
		finding_hint(sem_report(s, s->taskdef, cpu,
					units > 16384 ? SEVERITY_WARNING : SEVERITY_ERROR,
					"fargate-size", "Fargate has no tasks with 'cpu' %s",
					sem_text(s, s->taskdef, cpu)),
			     "it has 256, 512, 1024, 2048, 4096, 8192, 16384");
		return;
	}
	if (mib < size->min || mib > size->max ||
	    (size->step ? (mib - size->min) % size->step :
			  mib != 512 && mib != 1024 && mib != 2048))
		finding_hint(sem_report(s, s->taskdef, memory, SEVERITY_ERROR, "fargate-size",
					"Fargate has no tasks with 'cpu' %s and 'memory' %s",
					sem_text(s, s->taskdef, cpu),
					sem_text(s, s->taskdef, memory)),
			     "with this 'cpu', 'memory' may be %s", size->memory);
}

static void check_network(struct semantics *s)
{
	const struct json *taskdef = s->taskdef->json;
	const struct json *mode = sem_get(s, taskdef, "networkMode");

	if (sem_lacks(s, taskdef, "networkMode"))
		finding_hint(sem_report(s, s->taskdef, taskdef, SEVERITY_ERROR, "fargate-network",
					"a task on Fargate lacks 'networkMode'"),
			     "add \"networkMode\": \"awsvpc\"");
	else if (json_str(mode) && !str_eq(json_str(mode), "awsvpc"))
		finding_hint(sem_report(s, s->taskdef, mode, SEVERITY_ERROR, "fargate-network",
					"Fargate has no network mode '%s'",
					sem_text(s, s->taskdef, mode)),
			     "it must be \"awsvpc\"");
}

static void refuse(struct semantics *s, const struct document *doc, const struct json *object,
		   const char *member, const char *what)
{
	sem_report_member(s, doc, object, member, SEVERITY_ERROR, "fargate-unsupported",
			  "Fargate has no %s", what);
}

static void check_unsupported(struct semantics *s)
{
	const struct json *taskdef = s->taskdef->json, *list;
	size_t i;

	for (i = 0; i < sem_nr(s->containers); i++) {
		const struct json *container = sem_item(s, s->containers, i);
		const struct json *linux = sem_object(s, container, "linuxParameters");

		if (sem_true(s, container, "privileged"))
			refuse(s, s->taskdef, container, "privileged", "privileged containers");
		if (sem_nr(sem_list(s, container, "links")))
			refuse(s, s->taskdef, container, "links", "links between containers");
		if (sem_nr(sem_list(s, linux, "devices")))
			refuse(s, s->taskdef, linux, "devices", "devices for containers");
	}
	if (sem_nr(sem_list(s, taskdef, "placementConstraints")))
		refuse(s, s->taskdef, taskdef, "placementConstraints", "placement constraints");
	list = sem_list(s, taskdef, "volumes");
	for (i = 0; i < sem_nr(list); i++) {
		const struct json *volume = sem_item(s, list, i);
		const struct json *host = sem_object(s, volume, "host");

		if (sem_str(s, host, "sourcePath") && *sem_str(s, host, "sourcePath"))
			refuse(s, s->taskdef, host, "sourcePath", "directories of the host");
		if (sem_object(s, volume, "dockerVolumeConfiguration"))
			refuse(s, s->taskdef, volume, "dockerVolumeConfiguration",
			       "Docker volumes");
	}
}

/* The service's own side: which network, and where tasks are put. */
static void check_service(struct semantics *s)
{
	const struct json *svcdef = s->definition->json;
	const char *scheduling = sem_str(s, svcdef, "schedulingStrategy");
	const char *launch = sem_str(s, svcdef, "launchType");
	const struct json *network = sem_object(s, svcdef, "networkConfiguration");
	const struct json *vpc = sem_object(s, network, "awsvpcConfiguration");
	const char *public_ip = sem_str(s, vpc, "assignPublicIp");

	if (s->on_fargate && sem_nr(sem_list(s, svcdef, "placementConstraints")))
		refuse(s, s->definition, svcdef, "placementConstraints", "placement constraints");
	if (s->on_fargate && sem_nr(sem_list(s, svcdef, "placementStrategy")))
		refuse(s, s->definition, svcdef, "placementStrategy", "placement strategies");
	if (s->on_fargate && scheduling && str_eq(scheduling, "DAEMON"))
		refuse(s, s->definition, svcdef, "schedulingStrategy", "daemon services");
	if (launch && str_eq(launch, "EC2") && public_ip && str_eq(public_ip, "ENABLED"))
		finding_hint(sem_report_member(s, s->definition, vpc, "assignPublicIp",
					       SEVERITY_ERROR, "network-configuration",
					       "with launch type EC2 tasks get no public address"),
			     "leave 'assignPublicIp' out");
	if (!s->network_mode)
		return;
	if (str_eq(s->network_mode, "awsvpc")) {
		if (sem_lacks(s, svcdef, "networkConfiguration"))
			finding_hint(sem_report(s, s->definition, svcdef, SEVERITY_ERROR,
						"network-configuration",
						"'networkConfiguration' is missing: the tasks have "
						"network mode awsvpc"),
				     "add it, with \"awsvpcConfiguration\": {\"subnets\": [...]}");
		else if (sem_lacks(s, network, "awsvpcConfiguration"))
			finding_hint(sem_report_member(s, s->definition, svcdef,
						       "networkConfiguration", SEVERITY_ERROR,
						       "network-configuration",
						       "'networkConfiguration' is empty, and the "
						       "tasks have network mode awsvpc"),
				     "add \"awsvpcConfiguration\": {\"subnets\": [...]}");
	} else if (network && !s->fargate && sem_object(s, network, "awsvpcConfiguration")) {
		finding_hint(sem_report_member(s, s->definition, svcdef, "networkConfiguration",
					       SEVERITY_ERROR, "network-configuration",
					       "'networkConfiguration' does not go with network "
					       "mode %s",
					       s->network_mode),
			     "remove it, or write \"networkMode\": \"awsvpc\" in '%s'",
			     s->taskdef->path);
	}
}

void sem_fargate(struct semantics *s)
{
	if (s->taskdef && s->fargate) {
		check_size(s);
		check_network(s);
		check_unsupported(s);
	}
	if (s->definition)
		check_service(s);
}
