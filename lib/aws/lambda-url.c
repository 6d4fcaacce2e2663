#include "base/base.h"
#include "aws/lambda.h"

#include "aws/form.h"
#include "aws/sigv4.h"

static struct aws_call *call(struct aws_client *client, const char *operation, const char *method,
			     const char *function, const char *alias, const char *body, size_t len,
			     aws_fn *fn, void *data)
{
	struct aws_request request = { .service = AWS_LAMBDA,
				       .operation = operation,
				       .method = method,
				       .body = body,
				       .body_len = len,
				       .priority = str_eq(method, "GET") ? AWS_READ : AWS_WRITE,
				       .look_first = str_eq(method, "POST") };
	struct strbuf path = STRBUF_INIT, query = STRBUF_INIT;
	struct aws_call *c;

	strbuf_addstr(&path, "/2021-10-31/functions/");
	sigv4_encode(&path, function, strlen(function), "");
	strbuf_addstr(&path, "/url");
	form_add(&query, "Qualifier", alias);
	request.path = path.buf;
	request.query = query.buf;
	c = aws_call(client, &request, fn, data);
	strbuf_release(&path);
	strbuf_release(&query);
	return c;
}

struct aws_call *lambda_get_url(struct aws_client *client, const char *function, const char *alias,
				aws_fn *fn, void *data)
{
	return call(client, "GetFunctionUrlConfig", "GET", function, alias, NULL, 0, fn, data);
}

struct aws_call *lambda_create_url(struct aws_client *client, const char *function,
				   const char *alias, const char *body, size_t len, aws_fn *fn,
				   void *data)
{
	return call(client, "CreateFunctionUrlConfig", "POST", function, alias, body, len, fn,
		    data);
}

struct aws_call *lambda_update_url(struct aws_client *client, const char *function,
				   const char *alias, const char *body, size_t len, aws_fn *fn,
				   void *data)
{
	return call(client, "UpdateFunctionUrlConfig", "PUT", function, alias, body, len, fn, data);
}

struct aws_call *lambda_delete_url(struct aws_client *client, const char *function,
				   const char *alias, aws_fn *fn, void *data)
{
	return call(client, "DeleteFunctionUrlConfig", "DELETE", function, alias, NULL, 0, fn,
		    data);
}

struct aws_call *lambda_open_url(struct aws_client *client, const char *function, const char *alias,
				 const char *sid, bool invoke, aws_fn *fn, void *data)
{
	struct strbuf path = STRBUF_INIT, query = STRBUF_INIT, body = STRBUF_INIT;
	struct json_writer jw = JSON_WRITER_INIT(&body, 0);
	struct aws_request request = { .service = AWS_LAMBDA,
				       .operation = "AddPermission",
				       .method = "POST",
				       .priority = AWS_WRITE,
				       .look_first = true };
	struct aws_call *c;

	jw_object(&jw, NULL);
	jw_str(&jw, "StatementId", sid);
	jw_str(&jw, "Principal", "*");
	jw_str(&jw, "Action", invoke ? "lambda:InvokeFunction" : "lambda:InvokeFunctionUrl");
	if (invoke)
		jw_bool(&jw, "InvokedViaFunctionUrl", true);
	else
		jw_str(&jw, "FunctionUrlAuthType", "NONE");
	jw_end(&jw);
	strbuf_addstr(&path, "/2015-03-31/functions/");
	sigv4_encode(&path, function, strlen(function), "");
	strbuf_addstr(&path, "/policy");
	form_add(&query, "Qualifier", alias);
	request.path = path.buf;
	request.query = query.buf;
	request.body = body.buf;
	request.body_len = body.len;
	c = aws_call(client, &request, fn, data);
	strbuf_release(&path);
	strbuf_release(&query);
	strbuf_release(&body);
	return c;
}
