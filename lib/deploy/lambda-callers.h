#ifndef DEPLOY_LAMBDA_CALLERS_H
#define DEPLOY_LAMBDA_CALLERS_H

#include "deploy/lambda.h"

/*
 * What invokes the alias by itself, as PushEventSources lists it: target groups
 * of load balancers and routes of HTTP APIs. Each takes a statement of the
 * alias's policy, and is pointed to the alias.
 *
 * Source: AWS Lambda Developer Guide, "Using resource-based policies"; Elastic
 * Load Balancing, "Lambda functions as targets"; Amazon API Gateway Developer
 * Guide, "Working with HTTP APIs".
 */

/* The ids of statements of ours begin so. */
#define CALLER_SID_PREFIX "gitops-"
/* So do descriptions of what we make in an API; the deployment's id follows. */
#define CALLER_MARK "git gitops "

struct caller {
	const char *service;  /* who */
	const char *group;    /* of load balancers, an ARN; or NULL and then: */
	const char *api;      /* its id */
	const char *route;    /* of the API, its id */
	const char *variable; /* of the API's stages, holds the alias's name; or NULL */
	char *source;	      /* ARN (a pattern of ARNs) on whose behalf */
	char sid[sizeof(CALLER_SID_PREFIX) + 32];
};

/* The i-th; false: there are no more. The routes' keys are known after lambda_look_at_callers(). */
bool lambda_caller(struct caller *c, const struct deployment *d, size_t i);
void lambda_caller_release(struct caller *c);
/* The file lists that route. */
bool lambda_calls_from_route(const struct deployment *d, const char *api, const char *route);
/* The statement with that id is of something on the list. */
bool lambda_caller_is_listed(const struct deployment *d, const char *sid);
/* To be freed. */
char *lambda_alias_arn(const struct deployment *d);

/* --- the alias's policy (lambda-push.c) --- */

/* GetPolicy; it comes at `phase`. Without a policy, and without an alias, the answer is LAMBDA_MISSING. */
enum step_result lambda_read_policy(struct deployment *d, int phase);
/* The statements of the answer, texts within it, or NULL. */
const struct json *lambda_statements(struct deployment *d, struct arena *arena);
const struct json *lambda_find_statement(const struct json *statements, const char *sid);
/* The ARN on whose behalf, or NULL. */
const char *lambda_statement_source(const struct json *statement);

/* --- target groups (lambda-groups.c) --- */

/* What DescribeTargetHealth answered has another one than ours: its id, or NULL. */
const char *lambda_other_target(const struct json *answer, const char *arn);
/* `arn` is of the function that is deployed, whichever version or alias. */
bool lambda_is_ours(const struct deployment *d, const char *arn);
/* A group that is gone, or that the alias has left before, is left as well. */
bool lambda_is_deregistered(const struct aws_result *result);

/* --- routes of APIs (lambda-routes.c) --- */

/* The URI by which the integration of that source invokes the alias, to be freed. */
char *lambda_caller_uri(const struct deployment *d, const struct caller *c);
/* Add a line to what takes back what was done, and save. False: stop with STEP_WAIT. */
bool lambda_note_undo(struct deployment *d, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Has this deployment changed that of an API ("integration" or "route")? */
bool lambda_has_changed(const struct deployment *d, const char *kind, const char *api);
/* The call of this step failed: at phase 0 again, also after a conflict with somebody else's change, or fail. */
enum step_result lambda_retry_api(struct deployment *d, const char *doing);
/* The i-th item of a page, or NULL. */
const struct json *lambda_page_item(const struct deployment *d, size_t i);

#endif
