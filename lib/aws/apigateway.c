#include "base/base.h"
#include "aws/apigateway.h"

#include "aws/form.h"
#include "aws/sigv4.h"

/* clang-format off */
static const struct {
	const char *path;
	const char *get, *list, *create, *update, *delete;
} kinds[APIGATEWAY_KINDS] = {
	[APIGATEWAY_API] = { "", "GetApi", "GetApis", "CreateApi", "UpdateApi", "DeleteApi" },
	[APIGATEWAY_ROUTE] = { "/routes", "GetRoute", "GetRoutes", "CreateRoute", "UpdateRoute", "DeleteRoute" },
	[APIGATEWAY_INTEGRATION] = { "/integrations", "GetIntegration", "GetIntegrations", "CreateIntegration",
		"UpdateIntegration", "DeleteIntegration" },
	[APIGATEWAY_STAGE] = { "/stages", "GetStage", "GetStages", "CreateStage", "UpdateStage", "DeleteStage" },
	[APIGATEWAY_DEPLOYMENT] = { "/deployments", "GetDeployment", "GetDeployments", "CreateDeployment",
		"UpdateDeployment", "DeleteDeployment" },
};
/* clang-format on */

static struct aws_call *call(struct aws_client *client, struct aws_request *request,
			     const char *api, enum apigateway_kind kind, const char *id, aws_fn *fn,
			     void *data)
{
	struct strbuf path = STRBUF_INIT;
	struct aws_call *c;

	strbuf_addstr(&path, "/v2/apis/");
	sigv4_encode(&path, api, strlen(api), "");
	strbuf_addstr(&path, kinds[kind].path);
	if (id) {
		strbuf_addch(&path, '/');
		sigv4_encode(&path, id, strlen(id), "");
	}
	request->service = AWS_APIGATEWAY;
	request->path = path.buf;
	c = aws_call(client, request, fn, data);
	strbuf_release(&path);
	return c;
}

struct aws_call *apigateway_get(struct aws_client *client, const char *api,
				enum apigateway_kind kind, const char *id, aws_fn *fn, void *data)
{
	struct aws_request request = { .operation = kinds[kind].get,
				       .method = "GET",
				       .priority = AWS_READ };

	return call(client, &request, api, kind, id, fn, data);
}

struct aws_call *apigateway_list(struct aws_client *client, const char *api,
				 enum apigateway_kind kind, const char *token, aws_fn *fn,
				 void *data)
{
	struct aws_request request = { .operation = kinds[kind].list,
				       .method = "GET",
				       .priority = AWS_READ };
	struct strbuf query = STRBUF_INIT;
	struct aws_call *c;

	if (kind == APIGATEWAY_API)
		BUG("APIs are of no API");
	if (token)
		form_add(&query, "nextToken", token);
	request.query = query.len ? query.buf : NULL;
	c = call(client, &request, api, kind, NULL, fn, data);
	strbuf_release(&query);
	return c;
}

struct aws_call *apigateway_create(struct aws_client *client, const char *api,
				   enum apigateway_kind kind, const char *body, size_t len,
				   aws_fn *fn, void *data)
{
	struct aws_request request = { .operation = kinds[kind].create,
				       .method = "POST",
				       .body = body,
				       .body_len = len,
				       .priority = AWS_WRITE,
				       .look_first = true };

	return call(client, &request, api, kind, NULL, fn, data);
}

struct aws_call *apigateway_update(struct aws_client *client, const char *api,
				   enum apigateway_kind kind, const char *id, const char *body,
				   size_t len, aws_fn *fn, void *data)
{
	struct aws_request request = { .operation = kinds[kind].update,
				       .method = "PATCH",
				       .body = body,
				       .body_len = len,
				       .priority = AWS_WRITE };

	return call(client, &request, api, kind, id, fn, data);
}

struct aws_call *apigateway_delete(struct aws_client *client, const char *api,
				   enum apigateway_kind kind, const char *id, aws_fn *fn,
				   void *data)
{
	struct aws_request request = { .operation = kinds[kind].delete,
				       .method = "DELETE",
				       .priority = AWS_WRITE };

	return call(client, &request, api, kind, id, fn, data);
}
