#include "base/base.h"
#include "aws/http.h"
#include "aws/sigv4.h"

/* Lines: the path, the query, then names and values of headers in turn. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct sigv4_keys keys = { "AKIDEXAMPLE", "secret", NULL };
	static const struct sigv4_scope scope = { "us-east-1", "service", 1440938160000 };
	struct http_header headers[16];
	struct sigv4_request request = {
		.method = "GET", .path = "/", .headers = headers, .payload_hash = SIGV4_EMPTY_HASH
	};
	struct strbuf authorization = STRBUF_INIT;
	char *text = xmemdupz(data, len), *p = text, *line;
	size_t n = 0;

	for (; (line = strsep(&p, "\n")); n++) {
		if (n == 0)
			request.path = line;
		else if (n == 1)
			request.query = line;
		else if (n % 2 == 0 && request.headers_nr < ARRAY_SIZE(headers))
			headers[request.headers_nr].name = line;
		else if (n % 2 == 1 && request.headers_nr < ARRAY_SIZE(headers))
			headers[request.headers_nr++].value = line;
	}
	request.flags = len & 1 ? SIGV4_NORMALIZE | SIGV4_DOUBLE_ENCODE : 0;
	sigv4_sign(&authorization, &keys, &scope, &request);
	strbuf_release(&authorization);
	free(text);
	return 0;
}
