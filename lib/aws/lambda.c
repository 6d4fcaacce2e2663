#include "base/base.h"
#include "aws/lambda.h"

#include "aws/form.h"
#include "aws/sigv4.h"

#define FUNCTIONS      "/2015-03-31/functions"
#define MAPPINGS       "/2015-03-31/event-source-mappings"
#define UPLOAD_TIMEOUT (5 * 60 * 1000) /* a zip file of 50 MB on a slow line */

/* --- what a refusal means --- */

static bool says(const struct aws_result *result, const char *text)
{
	return result->message && strcasestr(result->message, text);
}

enum lambda_refusal lambda_refusal(const struct aws_result *result)
{
	if (result->outcome != AWS_REFUSED)
		return LAMBDA_OTHER;
	if (result->status == 404)
		return LAMBDA_MISSING;
	if (result->status == 412 || aws_result_is(result, "PreconditionFailedException"))
		return LAMBDA_CHANGED;
	if (result->status != 409 && !aws_result_is(result, "ResourceConflictException"))
		return LAMBDA_OTHER;
	/* A function that failed is not busy: waiting would not help. */
	if (says(result, "last update failed") || says(result, "state: Failed"))
		return LAMBDA_OTHER;
	if (says(result, "cannot be performed at this time") || says(result, "in progress") ||
	    says(result, "currently in the following state"))
		return LAMBDA_BUSY;
	if (says(result, "already exist") || says(result, "FunctionUrlConfig exists"))
		return LAMBDA_EXISTS;
	if (says(result, "alias"))
		return LAMBDA_IN_USE;
	return LAMBDA_OTHER;
}

bool lambda_role_is_unknown(const struct aws_result *result)
{
	return result->outcome == AWS_REFUSED && says(result, "cannot be assumed by Lambda");
}

/* --- requests --- */

/* `path` and `query` are the request's, released here. */
static struct aws_call *call(struct aws_client *client, struct aws_request *request,
			     struct strbuf *path, struct strbuf *query, aws_fn *fn, void *data)
{
	struct aws_call *c;

	request->service = AWS_LAMBDA;
	request->path = path->buf;
	request->query = query && query->len ? query->buf : NULL;
	c = aws_call(client, request, fn, data);
	strbuf_release(path);
	if (query)
		strbuf_release(query);
	return c;
}

static void add_segment(struct strbuf *path, const char *segment)
{
	strbuf_addch(path, '/');
	sigv4_encode(path, segment, strlen(segment), "");
}

static void function_path(struct strbuf *path, const char *function, const char *rest)
{
	strbuf_addstr(path, FUNCTIONS);
	add_segment(path, function);
	strbuf_addstr(path, rest);
}

struct aws_call *lambda_get_function(struct aws_client *client, const char *function,
				     const char *qualifier, enum aws_priority priority, aws_fn *fn,
				     void *data)
{
	struct aws_request request = { .operation = "GetFunction",
				       .method = "GET",
				       .priority = priority };
	struct strbuf path = STRBUF_INIT, query = STRBUF_INIT;

	function_path(&path, function, "");
	if (qualifier)
		form_add(&query, "Qualifier", qualifier);
	return call(client, &request, &path, &query, fn, data);
}

struct aws_call *lambda_create_function(struct aws_client *client, const char *body, size_t len,
					aws_fn *fn, void *data)
{
	struct aws_request request = { .operation = "CreateFunction",
				       .method = "POST",
				       .body = body,
				       .body_len = len,
				       .priority = AWS_WRITE,
				       .look_first = true,
				       .timeout_ms = UPLOAD_TIMEOUT };
	struct strbuf path = STRBUF_INIT;

	strbuf_addstr(&path, FUNCTIONS);
	return call(client, &request, &path, NULL, fn, data);
}

static struct aws_call *put(struct aws_client *client, const char *operation, const char *function,
			    const char *rest, const char *body, size_t len, unsigned timeout_ms,
			    aws_fn *fn, void *data)
{
	struct aws_request request = { .operation = operation,
				       .method = "PUT",
				       .body = body,
				       .body_len = len,
				       .priority = AWS_WRITE,
				       .timeout_ms = timeout_ms };
	struct strbuf path = STRBUF_INIT;

	function_path(&path, function, rest);
	return call(client, &request, &path, NULL, fn, data);
}

struct aws_call *lambda_update_function_code(struct aws_client *client, const char *function,
					     const char *body, size_t len, aws_fn *fn, void *data)
{
	return put(client, "UpdateFunctionCode", function, "/code", body, len, UPLOAD_TIMEOUT, fn,
		   data);
}

struct aws_call *lambda_update_function_configuration(struct aws_client *client,
						      const char *function, const char *body,
						      size_t len, aws_fn *fn, void *data)
{
	return put(client, "UpdateFunctionConfiguration", function, "/configuration", body, len, 0,
		   fn, data);
}

struct aws_call *lambda_delete_function(struct aws_client *client, const char *function,
					const char *qualifier, aws_fn *fn, void *data)
{
	struct aws_request request = { .operation = "DeleteFunction",
				       .method = "DELETE",
				       .priority = AWS_WRITE };
	struct strbuf path = STRBUF_INIT, query = STRBUF_INIT;

	function_path(&path, function, "");
	if (qualifier)
		form_add(&query, "Qualifier", qualifier);
	return call(client, &request, &path, &query, fn, data);
}

static void add_str(struct json_writer *jw, const char *name, const char *value)
{
	if (value)
		jw_str(jw, name, value);
}

static struct aws_call *post(struct aws_client *client, const char *operation, const char *method,
			     struct strbuf *path, struct strbuf *body, aws_fn *fn, void *data)
{
	struct aws_request request = { .operation = operation,
				       .method = method,
				       .body = body->buf,
				       .body_len = body->len,
				       .priority = AWS_WRITE };
	struct aws_call *c = call(client, &request, path, NULL, fn, data);

	strbuf_release_secret(body);
	return c;
}

struct aws_call *lambda_publish_version(struct aws_client *client,
					const struct lambda_publish *args, aws_fn *fn, void *data)
{
	struct strbuf path = STRBUF_INIT, body = STRBUF_INIT;
	struct json_writer jw = JSON_WRITER_INIT(&body, 0);

	function_path(&path, args->function, "/versions");
	jw_object(&jw, NULL);
	add_str(&jw, "CodeSha256", args->sha256);
	add_str(&jw, "RevisionId", args->revision);
	add_str(&jw, "PublishTo", args->publish_to);
	jw_end(&jw);
	return post(client, "PublishVersion", "POST", &path, &body, fn, data);
}

struct aws_call *lambda_list_versions(struct aws_client *client, const char *function,
				      const char *marker, aws_fn *fn, void *data)
{
	struct aws_request request = { .operation = "ListVersionsByFunction",
				       .method = "GET",
				       .priority = AWS_READ };
	struct strbuf path = STRBUF_INIT, query = STRBUF_INIT;

	function_path(&path, function, "/versions");
	if (marker)
		form_add(&query, "Marker", marker);
	return call(client, &request, &path, &query, fn, data);
}

/* --- aliases --- */

struct aws_call *lambda_get_alias(struct aws_client *client, const char *function, const char *name,
				  enum aws_priority priority, aws_fn *fn, void *data)
{
	struct aws_request request = { .operation = "GetAlias",
				       .method = "GET",
				       .priority = priority };
	struct strbuf path = STRBUF_INIT;

	function_path(&path, function, "/aliases");
	add_segment(&path, name);
	return call(client, &request, &path, NULL, fn, data);
}

/* By hand: a locale may write a half as 0,5. */
static void add_routing(struct json_writer *jw, const struct lambda_alias *alias)
{
	char weight[16];

	if (!alias->other)
		return;
	jw_object(jw, "RoutingConfig");
	jw_object(jw, "AdditionalVersionWeights");
	if (*alias->other) {
		if (alias->percent < 1 || alias->percent > 99)
			BUG("%d percent for another version", alias->percent);
		snprintf(weight, sizeof(weight), "0.%02d", alias->percent);
		jw_raw(jw, alias->other, weight);
	}
	jw_end(jw);
	jw_end(jw);
}

static void alias_body(struct strbuf *body, const struct lambda_alias *alias, bool create)
{
	struct json_writer jw = JSON_WRITER_INIT(body, 0);

	jw_object(&jw, NULL);
	if (create)
		jw_str(&jw, "Name", alias->name);
	add_str(&jw, "FunctionVersion", alias->version);
	add_str(&jw, "Description", alias->description);
	add_routing(&jw, alias);
	if (!create)
		add_str(&jw, "RevisionId", alias->revision);
	jw_end(&jw);
}

struct aws_call *lambda_create_alias(struct aws_client *client, const struct lambda_alias *alias,
				     aws_fn *fn, void *data)
{
	struct strbuf path = STRBUF_INIT, body = STRBUF_INIT;

	function_path(&path, alias->function, "/aliases");
	alias_body(&body, alias, true);
	return post(client, "CreateAlias", "POST", &path, &body, fn, data);
}

struct aws_call *lambda_update_alias(struct aws_client *client, const struct lambda_alias *alias,
				     aws_fn *fn, void *data)
{
	struct strbuf path = STRBUF_INIT, body = STRBUF_INIT;

	function_path(&path, alias->function, "/aliases");
	add_segment(&path, alias->name);
	alias_body(&body, alias, false);
	return post(client, "UpdateAlias", "PUT", &path, &body, fn, data);
}

/* --- what belongs to a function --- */

struct aws_call *lambda_tag_resource(struct aws_client *client, const char *arn, const char *body,
				     size_t len, aws_fn *fn, void *data)
{
	struct aws_request request = { .operation = "TagResource",
				       .method = "POST",
				       .body = body,
				       .body_len = len,
				       .priority = AWS_WRITE };
	struct strbuf path = STRBUF_INIT;

	strbuf_addstr(&path, "/2017-03-31/tags");
	add_segment(&path, arn);
	return call(client, &request, &path, NULL, fn, data);
}

struct aws_call *lambda_untag_resource(struct aws_client *client, const char *arn, const char *keys,
				       aws_fn *fn, void *data)
{
	struct aws_request request = { .operation = "UntagResource",
				       .method = "DELETE",
				       .priority = AWS_WRITE };
	struct strbuf path = STRBUF_INIT, query = STRBUF_INIT;

	strbuf_addstr(&path, "/2017-03-31/tags");
	add_segment(&path, arn);
	strbuf_addstr(&query, keys);
	return call(client, &request, &path, &query, fn, data);
}

static void add_code_signing_path(struct strbuf *path, const char *function)
{
	strbuf_addstr(path, "/2020-06-30/functions");
	add_segment(path, function);
	strbuf_addstr(path, "/code-signing-config");
}

struct aws_call *lambda_get_code_signing(struct aws_client *client, const char *function,
					 aws_fn *fn, void *data)
{
	struct aws_request request = { .operation = "GetFunctionCodeSigningConfig",
				       .method = "GET",
				       .priority = AWS_READ };
	struct strbuf path = STRBUF_INIT;

	add_code_signing_path(&path, function);
	return call(client, &request, &path, NULL, fn, data);
}

struct aws_call *lambda_delete_code_signing(struct aws_client *client, const char *function,
					    aws_fn *fn, void *data)
{
	struct aws_request request = { .operation = "DeleteFunctionCodeSigningConfig",
				       .method = "DELETE",
				       .priority = AWS_WRITE };
	struct strbuf path = STRBUF_INIT;

	add_code_signing_path(&path, function);
	return call(client, &request, &path, NULL, fn, data);
}

struct aws_call *lambda_put_code_signing(struct aws_client *client, const char *function,
					 const char *config_arn, aws_fn *fn, void *data)
{
	struct strbuf path = STRBUF_INIT, body = STRBUF_INIT;
	struct json_writer jw = JSON_WRITER_INIT(&body, 0);

	add_code_signing_path(&path, function);
	jw_object(&jw, NULL);
	jw_str(&jw, "CodeSigningConfigArn", config_arn);
	jw_end(&jw);
	return post(client, "PutFunctionCodeSigningConfig", "PUT", &path, &body, fn, data);
}

static struct aws_call *provisioned(struct aws_client *client, struct aws_request *request,
				    const char *function, const char *qualifier, aws_fn *fn,
				    void *data)
{
	struct strbuf path = STRBUF_INIT, query = STRBUF_INIT;

	strbuf_addstr(&path, "/2019-09-30/functions");
	add_segment(&path, function);
	strbuf_addstr(&path, "/provisioned-concurrency");
	form_add(&query, "Qualifier", qualifier);
	return call(client, request, &path, &query, fn, data);
}

struct aws_call *lambda_get_provisioned_concurrency(struct aws_client *client, const char *function,
						    const char *qualifier,
						    enum aws_priority priority, aws_fn *fn,
						    void *data)
{
	struct aws_request request = { .operation = "GetProvisionedConcurrencyConfig",
				       .method = "GET",
				       .priority = priority };

	return provisioned(client, &request, function, qualifier, fn, data);
}

struct aws_call *lambda_put_provisioned_concurrency(struct aws_client *client, const char *function,
						    const char *qualifier, int64_t nr, aws_fn *fn,
						    void *data)
{
	struct strbuf body = STRBUF_INIT;
	struct json_writer jw = JSON_WRITER_INIT(&body, 0);
	struct aws_request request = { .operation = "PutProvisionedConcurrencyConfig",
				       .method = "PUT",
				       .priority = AWS_WRITE };
	struct aws_call *c;

	jw_object(&jw, NULL);
	jw_int(&jw, "ProvisionedConcurrentExecutions", nr);
	jw_end(&jw);
	request.body = body.buf;
	request.body_len = body.len;
	c = provisioned(client, &request, function, qualifier, fn, data);
	strbuf_release(&body);
	return c;
}

struct aws_call *lambda_delete_provisioned_concurrency(struct aws_client *client,
						       const char *function, const char *qualifier,
						       aws_fn *fn, void *data)
{
	struct aws_request request = { .operation = "DeleteProvisionedConcurrencyConfig",
				       .method = "DELETE",
				       .priority = AWS_WRITE };

	return provisioned(client, &request, function, qualifier, fn, data);
}

struct aws_call *lambda_newest_layer_version(struct aws_client *client, const char *layer,
					     aws_fn *fn, void *data)
{
	struct aws_request request = { .operation = "ListLayerVersions",
				       .method = "GET",
				       .priority = AWS_READ };
	struct strbuf path = STRBUF_INIT, query = STRBUF_INIT;

	strbuf_addstr(&path, "/2018-10-31/layers");
	add_segment(&path, layer);
	strbuf_addstr(&path, "/versions");
	form_add(&query, "MaxItems", "1");
	return call(client, &request, &path, &query, fn, data);
}

struct aws_call *lambda_list_event_source_mappings(struct aws_client *client, const char *function,
						   const char *marker, aws_fn *fn, void *data)
{
	struct aws_request request = { .operation = "ListEventSourceMappings",
				       .method = "GET",
				       .priority = AWS_READ };
	struct strbuf path = STRBUF_INIT, query = STRBUF_INIT;

	strbuf_addstr(&path, MAPPINGS);
	form_add(&query, "FunctionName", function);
	if (marker)
		form_add(&query, "Marker", marker);
	return call(client, &request, &path, &query, fn, data);
}

struct aws_call *lambda_delete_event_source_mapping(struct aws_client *client, const char *uuid,
						    aws_fn *fn, void *data)
{
	struct aws_request request = { .operation = "DeleteEventSourceMapping",
				       .method = "DELETE",
				       .priority = AWS_WRITE };
	struct strbuf path = STRBUF_INIT;

	strbuf_addstr(&path, MAPPINGS);
	add_segment(&path, uuid);
	return call(client, &request, &path, NULL, fn, data);
}
