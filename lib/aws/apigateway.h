#ifndef AWS_APIGATEWAY_H
#define AWS_APIGATEWAY_H

#include "aws/client.h"

/*
 * Amazon API Gateway, HTTP and WebSocket APIs (API V2, REST-JSON), what a
 * deployment needs of it. Thin, as ecs.h: `result->json` has the answer's
 * members, which begin with small letters. A member that an update leaves out
 * stays as it is; in a map, too, where an empty string takes one away.
 *
 * Status 404: the API or the thing is not there; 409: somebody else changes
 * it, or (DELETE) something refers to it.
 *
 * Source: Amazon API Gateway V2 API Reference.
 */
enum apigateway_kind {
	APIGATEWAY_API = 0, /* the API itself */
	APIGATEWAY_ROUTE,
	APIGATEWAY_INTEGRATION,
	APIGATEWAY_STAGE,
	APIGATEWAY_DEPLOYMENT,
	APIGATEWAY_KINDS
};

/* One thing of that API. `id`: a stage's is its name; an API has none of its own. */
struct aws_call *apigateway_get(struct aws_client *client, const char *api,
				enum apigateway_kind kind, const char *id, aws_fn *fn, void *data);
/* All of the kind. Answer: items, nextToken; `token` is that of the page before, or NULL. */
struct aws_call *apigateway_list(struct aws_client *client, const char *api,
				 enum apigateway_kind kind, const char *token, aws_fn *fn,
				 void *data);
/* After AWS_UNKNOWN look: it may be there. `body`: a JSON object, copied. */
struct aws_call *apigateway_create(struct aws_client *client, const char *api,
				   enum apigateway_kind kind, const char *body, size_t len,
				   aws_fn *fn, void *data);
struct aws_call *apigateway_update(struct aws_client *client, const char *api,
				   enum apigateway_kind kind, const char *id, const char *body,
				   size_t len, aws_fn *fn, void *data);
struct aws_call *apigateway_delete(struct aws_client *client, const char *api,
				   enum apigateway_kind kind, const char *id, aws_fn *fn,
				   void *data);

#endif
