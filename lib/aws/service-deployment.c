#include "base/base.h"
#include "aws/service-deployment.h"

static struct aws_call *call(struct aws_client *client, const char *operation,
			     enum aws_priority priority, struct strbuf *body, aws_fn *fn,
			     void *data)
{
	struct aws_request request = { .service = AWS_ECS,
				       .operation = operation,
				       .body = body->buf,
				       .body_len = body->len,
				       .priority = priority };
	struct aws_call *c = aws_call(client, &request, fn, data);

	strbuf_release(body);
	return c;
}

/* {"<name>": [<ARN>, ...]} */
static void write_arns(struct strbuf *body, const char *name, const char *const *arns, size_t nr)
{
	struct json_writer jw = JSON_WRITER_INIT(body, 0);
	size_t i;

	jw_object(&jw, NULL);
	jw_array(&jw, name);
	for (i = 0; i < nr; i++)
		jw_str(&jw, NULL, arns[i]);
	jw_end(&jw);
	jw_end(&jw);
}

struct aws_call *ecs_list_service_deployments(struct aws_client *client, const char *cluster,
					      const char *service, int64_t after_ms, aws_fn *fn,
					      void *data)
{
	struct strbuf body = STRBUF_INIT;
	struct json_writer jw = JSON_WRITER_INIT(&body, 0);

	jw_object(&jw, NULL);
	jw_str(&jw, "service", service);
	if (cluster)
		jw_str(&jw, "cluster", cluster);
	if (after_ms > 0) {
		jw_object(&jw, "createdAt");
		jw_int(&jw, "after", after_ms / 1000);
		jw_end(&jw);
	}
	jw_int(&jw, "maxResults", 20);
	jw_end(&jw);
	return call(client, "ListServiceDeployments", AWS_READ, &body, fn, data);
}

struct aws_call *ecs_describe_service_deployments(struct aws_client *client,
						  const char *const *arns, size_t nr, aws_fn *fn,
						  void *data)
{
	struct strbuf body = STRBUF_INIT;

	if (nr > ECS_DESCRIBE_SERVICE_DEPLOYMENTS_MAX)
		BUG("%zu service deployments asked for at once", nr);
	write_arns(&body, "serviceDeploymentArns", arns, nr);
	return call(client, "DescribeServiceDeployments", AWS_POLL, &body, fn, data);
}

struct aws_call *ecs_describe_service_revisions(struct aws_client *client, const char *const *arns,
						size_t nr, aws_fn *fn, void *data)
{
	struct strbuf body = STRBUF_INIT;

	if (nr > ECS_DESCRIBE_SERVICE_REVISIONS_MAX)
		BUG("%zu service revisions asked for at once", nr);
	write_arns(&body, "serviceRevisionArns", arns, nr);
	return call(client, "DescribeServiceRevisions", AWS_READ, &body, fn, data);
}

struct aws_call *ecs_roll_service_deployment_back(struct aws_client *client, const char *arn,
						  aws_fn *fn, void *data)
{
	struct strbuf body = STRBUF_INIT;
	struct json_writer jw = JSON_WRITER_INIT(&body, 0);

	jw_object(&jw, NULL);
	jw_str(&jw, "serviceDeploymentArn", arn);
	jw_str(&jw, "stopType", "ROLLBACK");
	jw_end(&jw);
	return call(client, "StopServiceDeployment", AWS_WRITE, &body, fn, data);
}

struct aws_call *ecs_continue_service_deployment(struct aws_client *client, const char *arn,
						 const char *hook_id, aws_fn *fn, void *data)
{
	struct strbuf body = STRBUF_INIT;
	struct json_writer jw = JSON_WRITER_INIT(&body, 0);

	jw_object(&jw, NULL);
	jw_str(&jw, "serviceDeploymentArn", arn);
	jw_str(&jw, "hookId", hook_id);
	jw_str(&jw, "action", "CONTINUE");
	jw_end(&jw);
	return call(client, "ContinueServiceDeployment", AWS_WRITE, &body, fn, data);
}
