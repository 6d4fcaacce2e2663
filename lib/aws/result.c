#include "base/base.h"
#include "aws/internal.h"

#include "aws/xml.h"

/* What AWS sends is its own business, but within bounds. */
static const struct json_limits limits = { .max_depth = 64,
					   .max_nodes = 2000000,
					   .allow_duplicates = true };

static const char *header(struct aws_result *result, const struct http_response *response,
			  const char *name)
{
	struct strbuf value = STRBUF_INIT;
	const char *copy = NULL;

	if (http_get_header(response, name, &value))
		copy = arena_strdup(&result->arena, value.buf);
	strbuf_release(&value);
	return copy;
}

/* "com.amazon.coral.service#ThrottlingException:http://..." is ThrottlingException. */
static const char *bare_code(struct aws_result *result, const char *code)
{
	const char *hash;

	if (!code)
		return NULL;
	hash = strchr(code, '#');
	if (hash)
		code = hash + 1;
	return arena_memdupz(&result->arena, code, strcspn(code, ":;"));
}

static const char *either(const struct json *object, const char *a, const char *b)
{
	const char *s = json_get_str(object, a);

	return s ? s : json_get_str(object, b);
}

static void parse_json(struct aws_result *result, const struct http_response *response)
{
	struct json_problems problems = JSON_PROBLEMS_INIT;
	bool empty = !result->body_len;
	const char *code;

	result->json = json_parse(&result->arena, empty ? "{}" : result->body,
				  empty ? 2 : result->body_len, &limits, &problems);
	json_problems_release(&problems);
	if (result->status < 300)
		return;
	code = header(result, response, "x-amzn-query-error");
	if (!code)
		code = header(result, response, "x-amzn-ErrorType");
	if (!code)
		code = either(result->json, "__type", "code");
	if (!code)
		code = either(result->json, "Code", "errorCode");
	result->code = bare_code(result, code);
	result->message = either(result->json, "message", "Message");
}

static bool has_suffix(const struct json_member *m, const char *suffix)
{
	return ends_with(m->name, suffix);
}

/* OpResponse/OpResult becomes what is in it; the answers without a result an empty object. */
static void parse_xml(struct aws_result *result, enum aws_protocol protocol)
{
	static const struct json nothing = { .type = JSON_OBJECT };
	struct error err = ERROR_INIT;
	const struct json *root, *error, *value;
	const struct json_member *top;
	size_t i;

	root = xml_parse(&result->arena, result->body, result->body_len, &err);
	error_release(&err);
	if (!root) {
		/* What S3 answers with may be nothing, or the object asked for. */
		if (protocol == AWS_REST_XML && result->status < 300)
			result->json = &nothing;
		return;
	}
	top = &root->u.object.members[0];
	value = &top->value;
	result->json = value;
	if (result->status >= 300) {
		error = json_get(value, "Error");
		if (!error)
			error = json_path(value, "Errors.Error");
		if (!error)
			error = value; /* S3 */
		result->code = json_get_str(error, "Code");
		result->message = json_get_str(error, "Message");
		if (!result->request_id)
			result->request_id = either(value, "RequestId", "RequestID");
		return;
	}
	if (!result->request_id)
		result->request_id = json_str(json_path(value, "ResponseMetadata.RequestId"));
	if (value->type != JSON_OBJECT)
		return;
	for (i = 0; i < value->u.object.nr; i++)
		if (has_suffix(&value->u.object.members[i], "Result"))
			result->json = &value->u.object.members[i].value;
}

struct aws_result *result_new(const struct aws_call *call, const struct http_response *response)
{
	enum aws_protocol protocol = call_protocol(call);
	struct aws_result *result = xcalloc(1, sizeof(*result));

	arena_init(&result->arena, 0);
	result->outcome = AWS_NOT_DONE;
	result->attempts = call->attempts;
	result->throttled = call->throttled;
	if (!response || response->failure != HTTP_OK)
		return result;
	result->status = response->status;
	result->body = arena_memdupz(&result->arena, response->body->buf, response->body->len);
	result->body_len = response->body->len;
	result->request_id = header(result, response, "x-amzn-RequestId");
	if (!result->request_id)
		result->request_id = header(result, response, "x-amz-request-id");
	if (protocol == AWS_QUERY || protocol == AWS_REST_XML)
		parse_xml(result, protocol);
	else
		parse_json(result, response);
	return result;
}

struct aws_result *aws_result_take(struct aws_result *result)
{
	result->taken = true;
	return result;
}

void aws_result_free(struct aws_result *result)
{
	if (!result)
		return;
	/* It may be an answer of STS or Secrets Manager. */
	arena_release_secret(&result->arena);
	error_release(&result->err);
	free(result);
}

/* --- for people -------------------------------------------------------------- */

/* The words between `from` and the end of `s` or one of `ends`. */
static char *word_after(const char *s, const char *from, const char *ends)
{
	const char *p = s ? strstr(s, from) : NULL;
	size_t len;

	if (!p)
		return NULL;
	p += strlen(from);
	len = strcspn(p, ends);
	while (len && (p[len - 1] == '.' || p[len - 1] == ','))
		len--;
	return len ? xmemdupz(p, len) : NULL;
}

/* "User: arn:... is not authorized to perform: ecs:X on resource: arn:... because no ..." */
static void explain_denied(struct aws_result *result, const struct aws_call *call)
{
	char *who = word_after(result->message, "User: ", " ");
	char *action = word_after(result->message, "is not authorized to perform: ", " ");
	char *resource = word_after(result->message, "on resource: ", " ");

	if (action)
		error_hint(&result->err, "allow '%s'%s%s%s in a policy of %s%s%s", action,
			   resource ? " on '" : "", resource ? resource : "", resource ? "'" : "",
			   who ? "'" : "these credentials", who ? who : "", who ? "'" : "");
	else if (call->client->credentials)
		error_hint(&result->err, "the credentials come from %s",
			   credentials_label(call->client->credentials));
	free(who);
	free(action);
	free(resource);
}

static void explain_refusal(struct aws_result *result, const struct aws_call *call)
{
	static const struct {
		const char *code;
		enum error_kind kind;
	} kinds[] = {
		{ "AccessDeniedException", ERROR_DENIED },
		{ "AccessDenied", ERROR_DENIED },
		{ "UnauthorizedOperation", ERROR_DENIED },
		{ "UnrecognizedClientException", ERROR_DENIED },
		{ "InvalidClientTokenId", ERROR_DENIED },
		{ "ExpiredToken", ERROR_DENIED },
		{ "ExpiredTokenException", ERROR_DENIED },
		{ "InvalidSignatureException", ERROR_DENIED },
		{ "SignatureDoesNotMatch", ERROR_DENIED },
		{ "ClusterNotFoundException", ERROR_NOT_FOUND },
		{ "ServiceNotFoundException", ERROR_NOT_FOUND },
		{ "ResourceNotFoundException", ERROR_NOT_FOUND },
		{ "ConflictException", ERROR_CONFLICT },
		{ "LimitExceededException", ERROR_LIMIT },
	};
	struct strbuf text = STRBUF_INIT;
	enum error_kind kind = ERROR_FAILED;
	size_t i;

	if (result->code)
		strbuf_add_printable(&text, result->code, strlen(result->code));
	else
		strbuf_addf(&text, "HTTP status %d", result->status);
	if (result->message && *result->message) {
		strbuf_addstr(&text, ": ");
		strbuf_add_printable(&text, result->message, strlen(result->message));
	}
	for (i = 0; result->code && i < ARRAY_SIZE(kinds); i++)
		if (str_eq(kinds[i].code, result->code))
			kind = kinds[i].kind;
	if (result->status == 429 || result->throttled)
		kind = kind == ERROR_FAILED ? ERROR_LIMIT : kind;
	error_set(&result->err, kind, "%s", text.buf);
	if (call->skew_ms) {
		struct strbuf off = STRBUF_INIT;

		format_duration(&off, llabs(call->skew_ms));
		error_hint(&result->err, "this machine's clock is %s %s AWS's", off.buf,
			   call->skew_ms > 0 ? "behind" : "ahead of");
		strbuf_release(&off);
	} else if (kind == ERROR_DENIED) {
		explain_denied(result, call);
	} else if (!result->code &&
		   (result->status == 404 || result->status == 501 || result->status == 405)) {
		error_hint(&result->err, "this endpoint does not know the operation");
	}
	strbuf_release(&text);
}

static void explain_silence(struct aws_result *result, const struct aws_endpoint *endpoint,
			    const struct http_response *response)
{
	const char *url = endpoint->url;

	switch (response->failure) {
	case HTTP_TLS:
		error_set(&result->err, ERROR_NETWORK, "cannot trust '%s': %s", url,
			  response->reason);
		error_hint(&result->err, "AWS_CA_BUNDLE names a file of certificates to trust");
		break;
	case HTTP_TIMEOUT:
		error_set(&result->err, ERROR_NETWORK, "no answer from '%s': %s", url,
			  response->reason);
		break;
	case HTTP_BROKEN:
		error_set(&result->err, ERROR_NETWORK, "the connection to '%s' broke: %s", url,
			  response->reason);
		break;
	case HTTP_TOO_LARGE:
	case HTTP_BAD_REQUEST:
		error_set(&result->err, ERROR_INVALID, "cannot ask '%s': %s", url,
			  response->reason);
		break;
	default:
		error_set(&result->err, ERROR_NETWORK, "cannot reach '%s': %s", url,
			  response->reason);
	}
	if (endpoint->source)
		error_hint(&result->err, "the address comes from %s", endpoint->source);
	else if (response->failure == HTTP_UNREACHABLE)
		error_hint(&result->err,
			   "check the network, HTTPS_PROXY and the name of the region");
}

void result_explain(struct aws_result *result, const struct aws_call *call,
		    const struct aws_endpoint *endpoint, const struct http_response *response,
		    bool ambiguous)
{
	if (response->failure != HTTP_OK) {
		result->outcome = ambiguous ? AWS_UNKNOWN : AWS_NOT_DONE;
		explain_silence(result, endpoint, response);
	} else if (result->status < 300 && result->json) {
		result->outcome = AWS_OK;
		return;
	} else if (result->status < 300) {
		result->outcome = AWS_UNKNOWN;
		error_set(&result->err, ERROR_NETWORK, "'%s' sent an answer that makes no sense",
			  endpoint->url);
	} else {
		result->outcome = ambiguous ? AWS_UNKNOWN : AWS_REFUSED;
		explain_refusal(result, call);
	}
	error_prefix(&result->err, "%s %s in %s", aws_service_info(call->request.service)->name,
		     call->request.operation, call->client->region);
	if (call->attempts > 1)
		error_hint(&result->err, "tried %u times", call->attempts);
}
