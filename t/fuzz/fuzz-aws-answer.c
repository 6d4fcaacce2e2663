#include "base/base.h"
#include "aws/internal.h"

/*
 * An answer of a service, or of whoever sits in front of it. The first byte
 * chooses protocol and status; headers end at an empty line.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const enum aws_service services[] = { AWS_ECS, AWS_STS, AWS_LAMBDA, AWS_S3 };
	static const int statuses[] = { 200, 400, 403, 404, 429, 500, 503, 307 };
	struct strbuf headers = STRBUF_INIT, body = STRBUF_INIT;
	struct http_response response = { .headers = &headers, .body = &body, .sent = true };
	struct aws_endpoint endpoint = { .url = (char *)(uintptr_t) "https://aws.example" };
	struct aws_client client = { .region = (char *)(uintptr_t) "eu-west-1" };
	struct aws_call call = { .client = &client, .attempts = 1 };
	struct retry_case c = { .failure = HTTP_OK };
	struct aws_result *result;
	const uint8_t *end;

	if (!len)
		return 0;
	call.request.service = services[data[0] & 3];
	call.request.operation = "Fuzz";
	response.status = statuses[data[0] >> 2 & 7];
	data++;
	len--;
	end = memmem(data, len, "\n\n", 2);
	if (end) {
		strbuf_add(&headers, data, (size_t)(end - data) + 1);
		len -= (size_t)(end + 2 - data);
		data = end + 2;
	}
	strbuf_add(&body, data, len);
	retry_hint_ms(&response);
	retry_server_time_ms(&response);
	result = result_new(&call, &response);
	c.service = call.request.service;
	c.status = result->status;
	c.code = result->code;
	result_explain(result, &call, &endpoint, &response, retry_is_ambiguous(&c, true));
	if ((result->outcome == AWS_OK) != !result->err.message)
		BUG("outcome %d, and the message is '%s'", (int)result->outcome,
		    result->err.message ? result->err.message : "");
	aws_result_free(result);
	strbuf_release(&headers);
	strbuf_release(&body);
	return 0;
}
