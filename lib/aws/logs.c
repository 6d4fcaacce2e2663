#include "base/base.h"
#include "aws/logs.h"

struct aws_call *logs_get_log_events(struct aws_client *client, const char *group,
				     const char *stream, unsigned limit, aws_fn *fn, void *data)
{
	struct strbuf body = STRBUF_INIT;
	struct json_writer jw = JSON_WRITER_INIT(&body, 0);
	struct aws_request request = { .service = AWS_LOGS,
				       .operation = "GetLogEvents",
				       .priority = AWS_READ };
	struct aws_call *call;

	jw_object(&jw, NULL);
	jw_str(&jw, "logGroupName", group);
	jw_str(&jw, "logStreamName", stream);
	jw_int(&jw, "limit", limit);
	jw_bool(&jw, "startFromHead", false);
	jw_end(&jw);
	request.body = body.buf;
	request.body_len = body.len;
	call = aws_call(client, &request, fn, data);
	strbuf_release(&body);
	return call;
}
