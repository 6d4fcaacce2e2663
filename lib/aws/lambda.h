#ifndef AWS_LAMBDA_H
#define AWS_LAMBDA_H

#include "aws/client.h"

/*
 * AWS Lambda (API 2015-03-31, REST-JSON), the calls a deployment makes. Thin,
 * as ecs.h: `result->json` has the answer's members. `function` is a name or
 * an ARN, `qualifier` a version, an alias, or NULL for $LATEST. Bodies are
 * text of JSON objects, copied, and wiped by whoever made them: they may hold
 * secrets.
 *
 * Source: AWS Lambda API Reference.
 */

/*
 * Why a change was refused with 409, or 412: Lambda says both "exists" and
 * "not now" with ResourceConflictException, so that its words decide.
 */
enum lambda_refusal {
	LAMBDA_OTHER = 0, /* none of these */
	LAMBDA_BUSY,	  /* Pending, or an update is in progress: wait, then the same again */
	LAMBDA_EXISTS,	  /* it, or an equal one, is there already */
	LAMBDA_IN_USE,	  /* an alias names the version */
	LAMBDA_CHANGED,	  /* RevisionId is not the newest: read again */
	LAMBDA_MISSING	  /* the function, version or alias is not there */
};
enum lambda_refusal lambda_refusal(const struct aws_result *result);
/* IAM tells Lambda late of a new role: the same again for a minute or two. */
bool lambda_role_is_unknown(const struct aws_result *result);

/*
 * Answer: Configuration, Code, Tags (with lambda:ListTags only), Concurrency.
 * Its Code.Location is a URL that lets anybody read the code: never log it.
 */
struct aws_call *lambda_get_function(struct aws_client *client, const char *function,
				     const char *qualifier, enum aws_priority priority, aws_fn *fn,
				     void *data);
/* After AWS_UNKNOWN look: what is there may be ours. */
struct aws_call *lambda_create_function(struct aws_client *client, const char *body, size_t len,
					aws_fn *fn, void *data);
struct aws_call *lambda_update_function_code(struct aws_client *client, const char *function,
					     const char *body, size_t len, aws_fn *fn, void *data);
struct aws_call *lambda_update_function_configuration(struct aws_client *client,
						      const char *function, const char *body,
						      size_t len, aws_fn *fn, void *data);
/* Without `qualifier` all versions and aliases go, too; event source mappings stay. */
struct aws_call *lambda_delete_function(struct aws_client *client, const char *function,
					const char *qualifier, aws_fn *fn, void *data);

/* $LATEST and all versions, the oldest first; up to 50, then NextMarker. Their states are not told. */
struct aws_call *lambda_list_versions(struct aws_client *client, const char *function,
				      const char *marker, aws_fn *fn, void *data);
/* $LATEST as a version; nothing new when it hasn't changed since the last one. */
struct lambda_publish {
	const char *function;
	const char *sha256, *revision; /* must be those of $LATEST; each may be NULL */
	const char *publish_to;	       /* or NULL */
};
struct aws_call *lambda_publish_version(struct aws_client *client,
					const struct lambda_publish *args, aws_fn *fn, void *data);

/* NULL members are left out, and stay as they are. */
struct lambda_alias {
	const char *function, *name;
	const char *version;
	const char *other; /* gets `percent` of the invocations; "": nothing does, NULL: not told */
	int percent;	   /* 1 to 99 */
	const char *description;
	const char *revision; /* UpdateAlias: it must be this one */
};
struct aws_call *lambda_get_alias(struct aws_client *client, const char *function, const char *name,
				  enum aws_priority priority, aws_fn *fn, void *data);
struct aws_call *lambda_create_alias(struct aws_client *client, const struct lambda_alias *alias,
				     aws_fn *fn, void *data);
struct aws_call *lambda_update_alias(struct aws_client *client, const struct lambda_alias *alias,
				     aws_fn *fn, void *data);

/* `arn` is the function's; the body is {"Tags": {...}}. */
struct aws_call *lambda_tag_resource(struct aws_client *client, const char *arn, const char *body,
				     size_t len, aws_fn *fn, void *data);
/* `keys` is the query: "tagKeys=a&tagKeys=b". Those that are not there are no error. */
struct aws_call *lambda_untag_resource(struct aws_client *client, const char *arn, const char *keys,
				       aws_fn *fn, void *data);
struct aws_call *lambda_get_code_signing(struct aws_client *client, const char *function,
					 aws_fn *fn, void *data);
struct aws_call *lambda_put_code_signing(struct aws_client *client, const char *function,
					 const char *config_arn, aws_fn *fn, void *data);
struct aws_call *lambda_delete_code_signing(struct aws_client *client, const char *function,
					    aws_fn *fn, void *data);
/* Answer: Status IN_PROGRESS, READY or FAILED; LAMBDA_MISSING: there is none. */
struct aws_call *lambda_get_provisioned_concurrency(struct aws_client *client, const char *function,
						    const char *qualifier,
						    enum aws_priority priority, aws_fn *fn,
						    void *data);

/* `nr` at least 1. Refused while the alias has two versions. */
struct aws_call *lambda_put_provisioned_concurrency(struct aws_client *client, const char *function,
						    const char *qualifier, int64_t nr, aws_fn *fn,
						    void *data);
struct aws_call *lambda_delete_provisioned_concurrency(struct aws_client *client,
						       const char *function, const char *qualifier,
						       aws_fn *fn, void *data);

/* Of a function, or of one of its aliases ("name:alias"); up to 100, then NextMarker. */
struct aws_call *lambda_list_event_source_mappings(struct aws_client *client, const char *function,
						   const char *marker, aws_fn *fn, void *data);
struct aws_call *lambda_delete_event_source_mapping(struct aws_client *client, const char *uuid,
						    aws_fn *fn, void *data);

/* --- lambda-events.c --- */

/* Those of a function or alias with that source (NULL: all), as above. */
struct aws_call *lambda_find_event_source_mappings(struct aws_client *client, const char *function,
						   const char *source_arn, const char *marker,
						   aws_fn *fn, void *data);
/* The body is the operation's. After AWS_UNKNOWN look: it may be there. LAMBDA_EXISTS: its UUID ends the message. */
struct aws_call *lambda_create_event_source_mapping(struct aws_client *client, const char *body,
						    size_t len, aws_fn *fn, void *data);
struct aws_call *lambda_get_event_source_mapping(struct aws_client *client, const char *uuid,
						 aws_fn *fn, void *data);
/* Members left out stay as they are. lambda_is_in_transition(): later. */
struct aws_call *lambda_update_event_source_mapping(struct aws_client *client, const char *uuid,
						    const char *body, size_t len, aws_fn *fn,
						    void *data);
/* It is being created, changed or deleted, so that it takes no change now. */
bool lambda_is_in_transition(const struct aws_result *result);
/* Answer: Policy, the text of a JSON document. LAMBDA_MISSING: there is none. */
struct aws_call *lambda_get_policy(struct aws_client *client, const char *function,
				   const char *qualifier, aws_fn *fn, void *data);
/* Let a service invoke it on behalf of `source_arn`. LAMBDA_EXISTS: there is one with that id. */
struct aws_call *lambda_add_permission(struct aws_client *client, const char *function,
				       const char *qualifier, const char *sid, const char *service,
				       const char *source_arn, aws_fn *fn, void *data);
struct aws_call *lambda_remove_permission(struct aws_client *client, const char *function,
					  const char *qualifier, const char *sid, aws_fn *fn,
					  void *data);
/* Answer: Tags. `arn` is a function's or mapping's. */
struct aws_call *lambda_list_tags(struct aws_client *client, const char *arn, aws_fn *fn,
				  void *data);

/*
 * Versions of a layer (an ARN without version), the newest first, one at most:
 * LayerVersions with LayerVersionArn. None of a layer that is not there. Layers of
 * another account can only be listed where IAM there says so.
 */
struct aws_call *lambda_newest_layer_version(struct aws_client *client, const char *layer,
					     aws_fn *fn, void *data);

/* --- lambda-url.c: the URL of an alias --- */

/* Answers of all: FunctionUrl, AuthType, Cors, InvokeMode. LAMBDA_MISSING: there is none. */
struct aws_call *lambda_get_url(struct aws_client *client, const char *function, const char *alias,
				aws_fn *fn, void *data);
/* The body is the operation's. After AWS_UNKNOWN look; LAMBDA_EXISTS: there is one. */
struct aws_call *lambda_create_url(struct aws_client *client, const char *function,
				   const char *alias, const char *body, size_t len, aws_fn *fn,
				   void *data);
/* Members left out stay as they are. */
struct aws_call *lambda_update_url(struct aws_client *client, const char *function,
				   const char *alias, const char *body, size_t len, aws_fn *fn,
				   void *data);
struct aws_call *lambda_delete_url(struct aws_client *client, const char *function,
				   const char *alias, aws_fn *fn, void *data);
/*
 * Let everybody in who comes by a URL with AuthType NONE. That takes two
 * statements: to invoke the URL, and (`invoke`) by it the function.
 */
struct aws_call *lambda_open_url(struct aws_client *client, const char *function, const char *alias,
				 const char *sid, bool invoke, aws_fn *fn, void *data);

#endif
