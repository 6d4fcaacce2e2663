#include "base/base.h"
#include "aws/internal.h"

#include "aws/sigv4.h"
#include "base/digest.h"

#define MAX_HEADERS 12

struct headers {
	struct http_header v[MAX_HEADERS];
	size_t nr;
};

static void add(struct headers *h, const char *name, const char *value)
{
	if (h->nr == MAX_HEADERS)
		BUG("more than %d headers", MAX_HEADERS);
	h->v[h->nr].name = name;
	h->v[h->nr++].value = value;
}

static const char *content_type(const struct aws_call *call, enum aws_protocol protocol)
{
	switch (protocol) {
	case AWS_JSON_1_0:
		return "application/x-amz-json-1.0";
	case AWS_JSON_1_1:
		return "application/x-amz-json-1.1";
	case AWS_QUERY:
		return "application/x-www-form-urlencoded; charset=utf-8";
	case AWS_REST_JSON:
		return call->request.body ? "application/json" : NULL;
	default:
		return NULL;
	}
}

/* The body doesn't change between attempts, so its hash is made once. */
static const char *payload_hash(struct aws_call *call)
{
	if (!call->payload_hash.len)
		sha256_hex(&call->payload_hash, call->request.body, call->request.body_len);
	return call->payload_hash.buf;
}

void request_start(struct aws_call *call, const struct aws_endpoint *endpoint,
		   const struct aws_credentials *keys, http_fn *fn)
{
	const struct aws_request *r = &call->request;
	const struct aws_service_info *info = aws_service_info(r->service);
	struct aws_client *client = call->client;
	enum aws_protocol protocol = call_protocol(call);
	bool rest = protocol == AWS_REST_JSON || protocol == AWS_REST_XML;
	const char *type = content_type(call, protocol);
	struct strbuf url = STRBUF_INIT, target = STRBUF_INIT, date = STRBUF_INIT;
	struct strbuf path = STRBUF_INIT, attempt = STRBUF_INIT, authorization = STRBUF_INIT;
	struct headers headers = { .nr = 0 };
	struct http_request http = { 0 };

	strbuf_addstr(&path, endpoint->path);
	strbuf_addstr(&path, rest && r->path ? r->path : "/");
	strbuf_add(&url, endpoint->url, (size_t)(endpoint->path - endpoint->url));
	strbuf_addbuf(&url, &path);
	if (r->query && *r->query)
		strbuf_addf(&url, "?%s", r->query);
	http.method = rest ? r->method : "POST";

	add(&headers, "Host", endpoint->host);
	if (type)
		add(&headers, "Content-Type", type);
	if (protocol == AWS_JSON_1_0 || protocol == AWS_JSON_1_1) {
		strbuf_addf(&target, "%s.%s", info->target, r->operation);
		add(&headers, "X-Amz-Target", target.buf);
	}
	if (r->service == AWS_CLOUDWATCH && !r->query_protocol)
		add(&headers, "x-amzn-query-mode", "true");
	if (r->service == AWS_S3)
		add(&headers, "X-Amz-Content-SHA256", payload_hash(call));
	strbuf_addf(&attempt, "attempt=%u", call->attempts);
	add(&headers, "amz-sdk-invocation-id", call->invocation);
	add(&headers, "amz-sdk-request", attempt.buf);
	if (keys) {
		const struct sigv4_keys k = { keys->access_key, keys->secret_key, keys->token };
		struct sigv4_scope scope = { .region = client->region, .service = info->signing };
		struct sigv4_request to_sign = { .method = http.method,
						 .path = path.buf,
						 .query = r->query,
						 .payload_hash = payload_hash(call) };

		scope.time_ms = aws_time_at(client->aws, endpoint->host);
		format_time_basic(&date, scope.time_ms);
		add(&headers, "X-Amz-Date", date.buf);
		if (keys->token)
			add(&headers, "X-Amz-Security-Token", keys->token);
		to_sign.headers = headers.v;
		to_sign.headers_nr = headers.nr;
		to_sign.flags = sigv4_flags_for(info->signing);
		sigv4_sign(&authorization, &k, &scope, &to_sign);
		add(&headers, "Authorization", authorization.buf);
	}

	http.url = url.buf;
	http.headers = headers.v;
	http.headers_nr = headers.nr;
	if (!rest || r->body) {
		http.body = r->body ? r->body : "";
		http.body_len = r->body_len;
		http.body_stays = true; /* call_free() ends the request first */
	}
	http.total_ms = r->timeout_ms ? r->timeout_ms : 30000;
	http.fresh = r->look_first;
	call->http = http_start(client->aws->http, &http, fn, call);

	strbuf_release(&url);
	strbuf_release(&target);
	strbuf_release(&date);
	strbuf_release(&path);
	strbuf_release(&attempt);
	strbuf_release(&authorization);
}
