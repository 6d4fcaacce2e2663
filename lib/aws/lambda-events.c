#include "base/base.h"
#include "aws/lambda.h"

#include "aws/form.h"
#include "aws/sigv4.h"

#define MAPPINGS "/2015-03-31/event-source-mappings"
#define TAGS	 "/2017-03-31/tags"

/* `segment` (or NULL) ends the path. */
static struct aws_call *call(struct aws_client *client, struct aws_request *request,
			     const char *path, const char *segment, aws_fn *fn, void *data)
{
	struct strbuf whole = STRBUF_INIT;
	struct aws_call *c;

	strbuf_addstr(&whole, path);
	if (segment) {
		strbuf_addch(&whole, '/');
		sigv4_encode(&whole, segment, strlen(segment), "");
	}
	request->service = AWS_LAMBDA;
	request->path = whole.buf;
	c = aws_call(client, request, fn, data);
	strbuf_release(&whole);
	return c;
}

struct aws_call *lambda_find_event_source_mappings(struct aws_client *client, const char *function,
						   const char *source_arn, const char *marker,
						   aws_fn *fn, void *data)
{
	struct aws_request request = { .operation = "ListEventSourceMappings",
				       .method = "GET",
				       .priority = AWS_READ };
	struct strbuf query = STRBUF_INIT;
	struct aws_call *c;

	form_add(&query, "FunctionName", function);
	if (source_arn)
		form_add(&query, "EventSourceArn", source_arn);
	if (marker)
		form_add(&query, "Marker", marker);
	request.query = query.buf;
	c = call(client, &request, MAPPINGS, NULL, fn, data);
	strbuf_release(&query);
	return c;
}

struct aws_call *lambda_create_event_source_mapping(struct aws_client *client, const char *body,
						    size_t len, aws_fn *fn, void *data)
{
	struct aws_request request = { .operation = "CreateEventSourceMapping",
				       .method = "POST",
				       .body = body,
				       .body_len = len,
				       .priority = AWS_WRITE,
				       .look_first = true };

	return call(client, &request, MAPPINGS, NULL, fn, data);
}

struct aws_call *lambda_get_event_source_mapping(struct aws_client *client, const char *uuid,
						 aws_fn *fn, void *data)
{
	struct aws_request request = { .operation = "GetEventSourceMapping",
				       .method = "GET",
				       .priority = AWS_READ };

	return call(client, &request, MAPPINGS, uuid, fn, data);
}

struct aws_call *lambda_update_event_source_mapping(struct aws_client *client, const char *uuid,
						    const char *body, size_t len, aws_fn *fn,
						    void *data)
{
	struct aws_request request = { .operation = "UpdateEventSourceMapping",
				       .method = "PUT",
				       .body = body,
				       .body_len = len,
				       .priority = AWS_WRITE };

	return call(client, &request, MAPPINGS, uuid, fn, data);
}

bool lambda_is_in_transition(const struct aws_result *result)
{
	return result->outcome == AWS_REFUSED && aws_result_is(result, "ResourceInUseException");
}

struct aws_call *lambda_list_tags(struct aws_client *client, const char *arn, aws_fn *fn,
				  void *data)
{
	struct aws_request request = { .operation = "ListTags",
				       .method = "GET",
				       .priority = AWS_READ };

	return call(client, &request, TAGS, arn, fn, data);
}

/* --- who may invoke --- */

static void policy_path(struct strbuf *path, const char *function)
{
	strbuf_addstr(path, "/2015-03-31/functions/");
	sigv4_encode(path, function, strlen(function), "");
	strbuf_addstr(path, "/policy");
}

static struct aws_call *policy_call(struct aws_client *client, struct aws_request *request,
				    const char *function, const char *qualifier, const char *sid,
				    aws_fn *fn, void *data)
{
	struct strbuf path = STRBUF_INIT, query = STRBUF_INIT;
	struct aws_call *c;

	policy_path(&path, function);
	if (qualifier)
		form_add(&query, "Qualifier", qualifier);
	request->query = query.len ? query.buf : NULL;
	c = call(client, request, path.buf, sid, fn, data);
	strbuf_release(&path);
	strbuf_release(&query);
	return c;
}

struct aws_call *lambda_get_policy(struct aws_client *client, const char *function,
				   const char *qualifier, aws_fn *fn, void *data)
{
	struct aws_request request = { .operation = "GetPolicy",
				       .method = "GET",
				       .priority = AWS_READ };

	return policy_call(client, &request, function, qualifier, NULL, fn, data);
}

struct aws_call *lambda_add_permission(struct aws_client *client, const char *function,
				       const char *qualifier, const char *sid, const char *service,
				       const char *source_arn, aws_fn *fn, void *data)
{
	struct strbuf body = STRBUF_INIT;
	struct json_writer jw = JSON_WRITER_INIT(&body, 0);
	struct aws_request request = { .operation = "AddPermission",
				       .method = "POST",
				       .priority = AWS_WRITE,
				       .look_first = true };
	struct aws_call *c;

	jw_object(&jw, NULL);
	jw_str(&jw, "StatementId", sid);
	jw_str(&jw, "Action", "lambda:InvokeFunction");
	jw_str(&jw, "Principal", service);
	jw_str(&jw, "SourceArn", source_arn);
	jw_end(&jw);
	request.body = body.buf;
	request.body_len = body.len;
	c = policy_call(client, &request, function, qualifier, NULL, fn, data);
	strbuf_release(&body);
	return c;
}

struct aws_call *lambda_remove_permission(struct aws_client *client, const char *function,
					  const char *qualifier, const char *sid, aws_fn *fn,
					  void *data)
{
	struct aws_request request = { .operation = "RemovePermission",
				       .method = "DELETE",
				       .priority = AWS_WRITE };

	return policy_call(client, &request, function, qualifier, sid, fn, data);
}
