#include "base/base.h"
#include "aws/ecs.h"

/* A request body that wipes itself once it was copied: documents may hold secrets. */
static struct aws_call *call(struct aws_client *client, const char *operation,
			     enum aws_priority priority, bool look_first, struct strbuf *body,
			     aws_fn *fn, void *data)
{
	struct aws_request request = { .service = AWS_ECS,
				       .operation = operation,
				       .body = body->buf,
				       .body_len = body->len,
				       .priority = priority,
				       .look_first = look_first };
	struct aws_call *c = aws_call(client, &request, fn, data);

	strbuf_release_secret(body);
	return c;
}

static void add_str(struct json_writer *jw, const char *name, const char *value)
{
	if (value)
		jw_str(jw, name, value);
}

static void add_strs(struct json_writer *jw, const char *name, const char *const *v, size_t nr)
{
	size_t i;

	jw_array(jw, name);
	for (i = 0; i < nr; i++)
		jw_str(jw, NULL, v[i]);
	jw_end(jw);
}

static bool is_one_of(const char *name, const char *const *list)
{
	for (; list && *list; list++)
		if (str_eq(name, *list))
			return true;
	return false;
}

/* The members of `document` but those named in `without` (ends with NULL). */
static void add_members(struct json_writer *jw, const struct json *document,
			const char *const *without)
{
	size_t i;

	for (i = 0; document->type == JSON_OBJECT && i < document->u.object.nr; i++) {
		const struct json_member *m = &document->u.object.members[i];

		if (!is_one_of(m->name, without))
			jw_value(jw, m->name, &m->value);
	}
}

static bool has_tag(const struct ecs_tag *tags, size_t nr, const char *key)
{
	size_t i;

	for (i = 0; key && i < nr; i++)
		if (str_eq(tags[i].key, key))
			return true;
	return false;
}

/* The document's own, then ours, which replace equal keys. */
static void add_tags(struct json_writer *jw, const struct json *document,
		     const struct ecs_tag *tags, size_t nr)
{
	const struct json *own = json_get(document, "tags");
	size_t own_nr = own && own->type == JSON_ARRAY ? own->u.array.nr : 0, i;

	if (!own_nr && !nr)
		return;
	jw_array(jw, "tags");
	for (i = 0; i < own_nr; i++)
		if (!has_tag(tags, nr, json_get_str(&own->u.array.items[i], "key")))
			jw_value(jw, NULL, &own->u.array.items[i]);
	for (i = 0; i < nr; i++) {
		jw_object(jw, NULL);
		jw_str(jw, "key", tags[i].key);
		jw_str(jw, "value", tags[i].value);
		jw_end(jw);
	}
	jw_end(jw);
}

/* --- task definitions ---------------------------------------------------------------- */

struct aws_call *ecs_register_task_definition(struct aws_client *client,
					      const struct json *document,
					      const struct ecs_tag *tags, size_t tags_nr,
					      aws_fn *fn, void *data)
{
	static const char *const without[] = { "tags", NULL };
	struct strbuf body = STRBUF_INIT;
	struct json_writer jw = JSON_WRITER_INIT(&body, 0);

	jw_object(&jw, NULL);
	add_members(&jw, document, without);
	add_tags(&jw, document, tags, tags_nr);
	jw_end(&jw);
	return call(client, "RegisterTaskDefinition", AWS_WRITE, true, &body, fn, data);
}

struct aws_call *ecs_describe_task_definition(struct aws_client *client,
					      const char *task_definition, aws_fn *fn, void *data)
{
	static const char *const include[] = { "TAGS" };
	struct strbuf body = STRBUF_INIT;
	struct json_writer jw = JSON_WRITER_INIT(&body, 0);

	jw_object(&jw, NULL);
	jw_str(&jw, "taskDefinition", task_definition);
	add_strs(&jw, "include", include, 1);
	jw_end(&jw);
	return call(client, "DescribeTaskDefinition", AWS_READ, false, &body, fn, data);
}

struct aws_call *ecs_deregister_task_definition(struct aws_client *client,
						const char *task_definition, aws_fn *fn, void *data)
{
	struct strbuf body = STRBUF_INIT;
	struct json_writer jw = JSON_WRITER_INIT(&body, 0);

	jw_object(&jw, NULL);
	jw_str(&jw, "taskDefinition", task_definition);
	jw_end(&jw);
	return call(client, "DeregisterTaskDefinition", AWS_WRITE, false, &body, fn, data);
}

struct aws_call *ecs_list_task_definitions(struct aws_client *client, const char *family_prefix,
					   const char *next_token, aws_fn *fn, void *data)
{
	struct strbuf body = STRBUF_INIT;
	struct json_writer jw = JSON_WRITER_INIT(&body, 0);

	jw_object(&jw, NULL);
	add_str(&jw, "familyPrefix", family_prefix);
	jw_str(&jw, "sort", "DESC");
	add_str(&jw, "nextToken", next_token);
	jw_end(&jw);
	return call(client, "ListTaskDefinitions", AWS_READ, false, &body, fn, data);
}

/* --- services ------------------------------------------------------------------------- */

/* What ecs_service_args replaces is left out of the document; `list` ends with NULL. */
static void add_args(struct json_writer *jw, const struct json *document,
		     const struct ecs_service_args *args)
{
	const struct json *own;

	if (args->cluster)
		jw_str(jw, "cluster", args->cluster);
	else if ((own = json_get(document, "cluster")))
		jw_value(jw, "cluster", own);
	if (args->task_definition)
		jw_str(jw, "taskDefinition", args->task_definition);
	else if ((own = json_get(document, "taskDefinition")))
		jw_value(jw, "taskDefinition", own);
}

struct aws_call *ecs_create_service(struct aws_client *client, const struct json *document,
				    const struct ecs_service_args *args, aws_fn *fn, void *data)
{
	static const char *const without[] = { "cluster", "taskDefinition", "tags", "clientToken",
					       NULL };
	struct strbuf body = STRBUF_INIT;
	struct json_writer jw = JSON_WRITER_INIT(&body, 0);

	jw_object(&jw, NULL);
	add_members(&jw, document, without);
	add_args(&jw, document, args);
	add_str(&jw, "clientToken", args->client_token);
	add_tags(&jw, document, args->tags, args->tags_nr);
	jw_end(&jw);
	return call(client, "CreateService", AWS_WRITE, !args->client_token, &body, fn, data);
}

struct aws_call *ecs_update_service(struct aws_client *client, const struct json *document,
				    const struct ecs_service_args *args, aws_fn *fn, void *data)
{
	static const char *const without[] = { "cluster", "taskDefinition",	"serviceName",
					       "tags",	  "clientToken",	"launchType",
					       "role",	  "schedulingStrategy", NULL };
	static const char *const without_count[] = {
		"cluster",    "taskDefinition", "serviceName",	      "tags",	      "clientToken",
		"launchType", "role",		"schedulingStrategy", "desiredCount", NULL
	};
	const struct json *name = json_get(document, "serviceName");
	struct strbuf body = STRBUF_INIT;
	struct json_writer jw = JSON_WRITER_INIT(&body, 0);

	jw_object(&jw, NULL);
	if (name)
		jw_value(&jw, "service", name);
	add_members(&jw, document, args->keep_desired_count ? without_count : without);
	add_args(&jw, document, args);
	if (args->force_new_deployment)
		jw_bool(&jw, "forceNewDeployment", true);
	jw_end(&jw);
	return call(client, "UpdateService", AWS_WRITE, args->force_new_deployment, &body, fn,
		    data);
}

struct aws_call *ecs_scale_service(struct aws_client *client, const char *cluster,
				   const char *service, unsigned desired, aws_fn *fn, void *data)
{
	struct strbuf body = STRBUF_INIT;
	struct json_writer jw = JSON_WRITER_INIT(&body, 0);

	jw_object(&jw, NULL);
	add_str(&jw, "cluster", cluster);
	jw_str(&jw, "service", service);
	jw_int(&jw, "desiredCount", desired);
	jw_end(&jw);
	return call(client, "UpdateService", AWS_WRITE, false, &body, fn, data);
}

struct aws_call *ecs_delete_service(struct aws_client *client, const char *cluster,
				    const char *service, bool force, aws_fn *fn, void *data)
{
	struct strbuf body = STRBUF_INIT;
	struct json_writer jw = JSON_WRITER_INIT(&body, 0);

	jw_object(&jw, NULL);
	add_str(&jw, "cluster", cluster);
	jw_str(&jw, "service", service);
	if (force)
		jw_bool(&jw, "force", true);
	jw_end(&jw);
	return call(client, "DeleteService", AWS_WRITE, false, &body, fn, data);
}

struct aws_call *ecs_describe_services(struct aws_client *client, const char *cluster,
				       const char *const *services, size_t nr,
				       enum aws_priority priority, aws_fn *fn, void *data)
{
	struct strbuf body = STRBUF_INIT;
	struct json_writer jw = JSON_WRITER_INIT(&body, 0);

	if (nr > ECS_DESCRIBE_SERVICES_MAX)
		BUG("%zu services asked for at once", nr);
	jw_object(&jw, NULL);
	add_str(&jw, "cluster", cluster);
	add_strs(&jw, "services", services, nr);
	jw_end(&jw);
	return call(client, "DescribeServices", priority, false, &body, fn, data);
}

/* --- tasks, clusters ------------------------------------------------------------------- */

struct aws_call *ecs_list_tasks(struct aws_client *client, const struct ecs_task_query *query,
				aws_fn *fn, void *data)
{
	struct strbuf body = STRBUF_INIT;
	struct json_writer jw = JSON_WRITER_INIT(&body, 0);

	jw_object(&jw, NULL);
	add_str(&jw, "cluster", query->cluster);
	add_str(&jw, "serviceName", query->service);
	add_str(&jw, "startedBy", query->started_by);
	add_str(&jw, "family", query->family);
	add_str(&jw, "desiredStatus", query->desired_status);
	add_str(&jw, "nextToken", query->next_token);
	jw_end(&jw);
	return call(client, "ListTasks", AWS_POLL, false, &body, fn, data);
}

struct aws_call *ecs_describe_tasks(struct aws_client *client, const char *cluster,
				    const char *const *tasks, size_t nr, aws_fn *fn, void *data)
{
	struct strbuf body = STRBUF_INIT;
	struct json_writer jw = JSON_WRITER_INIT(&body, 0);

	if (nr > ECS_DESCRIBE_TASKS_MAX)
		BUG("%zu tasks asked for at once", nr);
	jw_object(&jw, NULL);
	add_str(&jw, "cluster", cluster);
	add_strs(&jw, "tasks", tasks, nr);
	jw_end(&jw);
	return call(client, "DescribeTasks", AWS_POLL, false, &body, fn, data);
}

struct aws_call *ecs_run_task(struct aws_client *client, const struct ecs_run_args *args,
			      aws_fn *fn, void *data)
{
	static const char *const same[] = { "capacityProviderStrategy", "launchType",
					    "networkConfiguration", "platformVersion",
					    "placementConstraints" };
	struct strbuf body = STRBUF_INIT;
	struct json_writer jw = JSON_WRITER_INIT(&body, 0);
	size_t i;

	jw_object(&jw, NULL);
	add_str(&jw, "cluster", args->cluster);
	jw_str(&jw, "taskDefinition", args->task_definition);
	jw_int(&jw, "count", 1);
	jw_str(&jw, "clientToken", args->token);
	jw_str(&jw, "startedBy", args->token);
	for (i = 0; i < ARRAY_SIZE(same); i++)
		if (json_get(args->service, same[i]))
			jw_value(&jw, same[i], json_get(args->service, same[i]));
	jw_object(&jw, "overrides");
	jw_array(&jw, "containerOverrides");
	jw_object(&jw, NULL);
	jw_str(&jw, "name", args->container);
	add_strs(&jw, "command", args->command, args->command_nr);
	jw_end(&jw);
	jw_end(&jw);
	jw_end(&jw);
	jw_end(&jw);
	return call(client, "RunTask", AWS_WRITE, false, &body, fn, data);
}

struct aws_call *ecs_stop_task(struct aws_client *client, const char *cluster, const char *task,
			       const char *reason, aws_fn *fn, void *data)
{
	struct strbuf body = STRBUF_INIT;
	struct json_writer jw = JSON_WRITER_INIT(&body, 0);

	jw_object(&jw, NULL);
	add_str(&jw, "cluster", cluster);
	jw_str(&jw, "task", task);
	add_str(&jw, "reason", reason);
	jw_end(&jw);
	return call(client, "StopTask", AWS_WRITE, false, &body, fn, data);
}

struct aws_call *ecs_describe_clusters(struct aws_client *client, const char *const *clusters,
				       size_t nr, aws_fn *fn, void *data)
{
	struct strbuf body = STRBUF_INIT;
	struct json_writer jw = JSON_WRITER_INIT(&body, 0);

	jw_object(&jw, NULL);
	if (nr)
		add_strs(&jw, "clusters", clusters, nr);
	jw_end(&jw);
	return call(client, "DescribeClusters", AWS_READ, false, &body, fn, data);
}
