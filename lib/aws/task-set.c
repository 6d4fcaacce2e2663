#include "base/base.h"
#include "aws/task-set.h"

/* A request body that wipes itself once it was copied: documents may hold secrets. */
static struct aws_call *call(struct aws_client *client, const char *operation, struct strbuf *body,
			     bool look_first, aws_fn *fn, void *data)
{
	struct aws_request request = {
		.service = AWS_ECS,
		.operation = operation,
		.body = body->buf,
		.body_len = body->len,
		.priority = AWS_WRITE,
		.look_first = look_first,
	};
	struct aws_call *c = aws_call(client, &request, fn, data);

	strbuf_release_secret(body);
	return c;
}

void ecs_format_percent(struct strbuf *out, double percent)
{
	/* What is a whole number but for the last bits of a double stays one. */
	int64_t parts = (int64_t)(percent * 10000 + 1e-6);

	strbuf_addf(out, "%" PRId64, parts / 10000);
	if (parts % 10000) {
		strbuf_addf(out, ".%04" PRId64, parts % 10000);
		while (out->buf[out->len - 1] == '0')
			strbuf_setlen(out, out->len - 1);
	}
}

static void add_scale(struct json_writer *jw, double scale)
{
	struct strbuf value = STRBUF_INIT;

	ecs_format_percent(&value, scale);
	jw_object(jw, "scale");
	jw_raw(jw, "value", value.buf);
	jw_str(jw, "unit", "PERCENT");
	jw_end(jw);
	strbuf_release(&value);
}

static void add_tags(struct json_writer *jw, const struct json *document,
		     const struct ecs_tag *tags, size_t nr)
{
	const struct json *own = json_get(document, "tags");
	size_t i;

	jw_array(jw, "tags");
	for (i = 0; own && own->type == JSON_ARRAY && i < own->u.array.nr; i++)
		jw_value(jw, NULL, &own->u.array.items[i]);
	for (i = 0; i < nr; i++) {
		jw_object(jw, NULL);
		jw_str(jw, "key", tags[i].key);
		jw_str(jw, "value", tags[i].value);
		jw_end(jw);
	}
	jw_end(jw);
}

/* The first load balancer with another target group; a task set takes no more than one. */
static void add_load_balancers(struct json_writer *jw, const struct json *list, const char *group)
{
	size_t i, k;

	if (!group || list->type != JSON_ARRAY) {
		jw_value(jw, "loadBalancers", list);
		return;
	}
	jw_array(jw, "loadBalancers");
	for (i = 0; i < list->u.array.nr; i++) {
		const struct json *item = &list->u.array.items[i];

		if (i || item->type != JSON_OBJECT) {
			jw_value(jw, NULL, item);
			continue;
		}
		jw_object(jw, NULL);
		for (k = 0; k < item->u.object.nr; k++)
			if (!str_eq(item->u.object.members[k].name, "targetGroupArn"))
				jw_value(jw, item->u.object.members[k].name,
					 &item->u.object.members[k].value);
		jw_str(jw, "targetGroupArn", group);
		jw_end(jw);
	}
	jw_end(jw);
}

struct aws_call *ecs_create_task_set(struct aws_client *client, const struct json *document,
				     const struct ecs_task_set_args *args, aws_fn *fn, void *data)
{
	static const char *const members[] = { "networkConfiguration", "serviceRegistries",
					       "platformVersion" };
	static const char *const place[] = { "launchType", "capacityProviderStrategy" };
	struct strbuf body = STRBUF_INIT;
	struct json_writer jw = JSON_WRITER_INIT(&body, 0);
	const struct json *value;
	size_t i;

	jw_object(&jw, NULL);
	/* Required, other than in the calls about services. */
	jw_str(&jw, "cluster", args->cluster ? args->cluster : "default");
	jw_str(&jw, "service", args->service);
	jw_str(&jw, "taskDefinition", args->task_definition);
	jw_str(&jw, "externalId", args->external_id);
	jw_str(&jw, "clientToken", args->client_token);
	for (i = 0; i < ARRAY_SIZE(members); i++)
		if ((value = json_get(document, members[i])))
			jw_value(&jw, members[i], value);
	if ((value = json_get(document, "loadBalancers")))
		add_load_balancers(&jw, value, args->target_group);
	if (args->strategy)
		jw_value(&jw, "capacityProviderStrategy", args->strategy);
	for (i = 0; !args->strategy && i < ARRAY_SIZE(place); i++)
		if ((value = json_get(document, place[i])))
			jw_value(&jw, place[i], value);
	add_scale(&jw, args->scale);
	add_tags(&jw, document, args->tags, args->tags_nr);
	jw_end(&jw);
	return call(client, "CreateTaskSet", &body, !args->client_token, fn, data);
}

struct aws_call *ecs_create_external_service(struct aws_client *client, const struct json *document,
					     const char *client_token, aws_fn *fn, void *data)
{
	/* Amazon ECS API Reference, CreateService; the rest is CreateTaskSet's. */
	static const char *const members[] = { "cluster",
					       "serviceName",
					       "desiredCount",
					       "deploymentController",
					       "schedulingStrategy",
					       "placementConstraints",
					       "placementStrategy",
					       "healthCheckGracePeriodSeconds",
					       "enableECSManagedTags",
					       "propagateTags",
					       "enableExecuteCommand",
					       "tags" };
	struct strbuf body = STRBUF_INIT;
	struct json_writer jw = JSON_WRITER_INIT(&body, 0);
	const struct json *value;
	size_t i;

	jw_object(&jw, NULL);
	for (i = 0; i < ARRAY_SIZE(members); i++)
		if ((value = json_get(document, members[i])))
			jw_value(&jw, members[i], value);
	jw_str(&jw, "clientToken", client_token);
	jw_end(&jw);
	return call(client, "CreateService", &body, false, fn, data);
}

static void begin(struct json_writer *jw, const char *cluster, const char *service)
{
	jw_object(jw, NULL);
	jw_str(jw, "cluster", cluster ? cluster : "default");
	jw_str(jw, "service", service);
}

struct aws_call *ecs_scale_task_set(struct aws_client *client, const char *cluster,
				    const char *service, const char *task_set, double scale,
				    aws_fn *fn, void *data)
{
	struct strbuf body = STRBUF_INIT;
	struct json_writer jw = JSON_WRITER_INIT(&body, 0);

	begin(&jw, cluster, service);
	jw_str(&jw, "taskSet", task_set);
	add_scale(&jw, scale);
	jw_end(&jw);
	return call(client, "UpdateTaskSet", &body, false, fn, data);
}

struct aws_call *ecs_make_primary(struct aws_client *client, const char *cluster,
				  const char *service, const char *task_set, aws_fn *fn, void *data)
{
	struct strbuf body = STRBUF_INIT;
	struct json_writer jw = JSON_WRITER_INIT(&body, 0);

	begin(&jw, cluster, service);
	jw_str(&jw, "primaryTaskSet", task_set);
	jw_end(&jw);
	return call(client, "UpdateServicePrimaryTaskSet", &body, false, fn, data);
}

struct aws_call *ecs_delete_task_set(struct aws_client *client, const char *cluster,
				     const char *service, const char *task_set, aws_fn *fn,
				     void *data)
{
	struct strbuf body = STRBUF_INIT;
	struct json_writer jw = JSON_WRITER_INIT(&body, 0);

	begin(&jw, cluster, service);
	jw_str(&jw, "taskSet", task_set);
	jw_bool(&jw, "force", true);
	jw_end(&jw);
	return call(client, "DeleteTaskSet", &body, false, fn, data);
}
