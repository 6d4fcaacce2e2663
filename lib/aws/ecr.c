#include "base/base.h"
#include "aws/ecr.h"

struct aws_call *ecr_describe_image(struct aws_client *client, const char *registry,
				    const char *repository, const char *tag, aws_fn *fn, void *data)
{
	struct strbuf body = STRBUF_INIT;
	struct json_writer jw = JSON_WRITER_INIT(&body, 0);
	struct aws_request request = { .service = AWS_ECR,
				       .operation = "DescribeImages",
				       .priority = AWS_READ };
	struct aws_call *call;

	jw_object(&jw, NULL);
	jw_str(&jw, "registryId", registry);
	jw_str(&jw, "repositoryName", repository);
	jw_array(&jw, "imageIds");
	jw_object(&jw, NULL);
	jw_str(&jw, "imageTag", tag);
	jw_end(&jw);
	jw_end(&jw);
	jw_end(&jw);
	request.body = body.buf;
	request.body_len = body.len;
	call = aws_call(client, &request, fn, data);
	strbuf_release(&body);
	return call;
}
