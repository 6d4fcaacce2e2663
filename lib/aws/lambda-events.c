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
