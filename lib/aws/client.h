#ifndef AWS_CLIENT_H
#define AWS_CLIENT_H

#include "aws/loop.h"
#include "base/arena.h"
#include "base/base.h"
#include "base/error.h"
#include "base/json.h"
#include "base/strbuf.h"

/*
 * Asking AWS: signing, retries, credentials that refresh themselves, rate
 * limits. Asynchronous; every callback comes from the loop, never from within
 * the call that asked for it.
 *
 *	struct aws *aws;
 *	struct aws_client *client;
 *
 *	aws_open(&aws, loop, NULL, &err);
 *	aws_client_get(&client, aws, &who, "eu-west-1", &err);
 *	d->call = ecs_describe_services(client, "prod", names, nr, on_services, d);
 *	aws_loop_run(loop, &err);
 *
 * The services' own headers (ecs.h, sts.h) have the typed calls; aws_call()
 * is what they are made of.
 */
struct aws;	   /* one a process: HTTP, settings, clocks' offsets */
struct aws_client; /* one for each (identity, region): credentials, retry quota, buckets */
struct aws_call;   /* one request with its retries */

struct aws_options {
	const char *const *env; /* NULL: the process's environment; "NAME=value", ends with NULL */
	const char *profile;	/* our own configuration's; wins over the environment's keys */
	unsigned max_connections; /* 0: http.h's default */
	unsigned workers;	  /* how many share the account's rate limits; 0: 1 */
	/*
	 * Asked before each attempt of each call. False: it is not sent, and its
	 * callback is not called, either. NULL: all may.
	 */
	bool (*may_send)(void *data);
	void *may_send_data;
	/* For tests: */
	double (*random)(void *data); /* in [0, 1); NULL: the system's */
	void *random_data;
};

int aws_open(struct aws **aws, struct aws_loop *loop, const struct aws_options *options,
	     struct error *err) MUST_CHECK;
/* Cancels all calls (no callback is called), frees all clients, wipes all secrets. */
void aws_close(struct aws *aws);

/* Whose permissions. NULL or all members NULL: what the environment says. */
struct aws_identity {
	const char *profile;
	const char *role_arn; /* assumed with what the rest gives */
	const char *external_id;
	const char *session_name; /* shown in CloudTrail; NULL: "git-gitops" */
};

/*
 * The client for `identity` in `region` (NULL: as the environment and profile
 * say; none there is an error). The same one for the same words; lives until
 * aws_close(). Nothing is asked of the network here.
 */
int aws_client_get(struct aws_client **client, struct aws *aws, const struct aws_identity *identity,
		   const char *region, struct error *err) MUST_CHECK;
const char *aws_client_region(const struct aws_client *client);
/* "aws", "aws-cn", ...: for ARNs. */
const char *aws_client_partition(const struct aws_client *client);

enum aws_service {
	AWS_ECS = 0,
	AWS_STS,
	AWS_DYNAMODB,
	AWS_SECRETSMANAGER,
	AWS_SSM,
	AWS_LOGS,
	AWS_ECR,
	AWS_CODEDEPLOY,
	AWS_AUTOSCALING, /* application-autoscaling */
	AWS_CLOUDWATCH,
	AWS_ELB, /* elastic load balancing v2 */
	AWS_LAMBDA,
	AWS_APIGATEWAY, /* v2 */
	AWS_S3,
	AWS_SSO, /* the portal that hands out credentials; unsigned */
	AWS_SERVICE_NR
};

/* What waits for a turn in the rate limits first. */
enum aws_priority {
	AWS_WRITE = 0, /* changes, rollbacks */
	AWS_READ,      /* reads a step needs to go on */
	AWS_POLL       /* "is it ready yet?" */
};

struct aws_request {
	enum aws_service service;
	const char *operation; /* static: "DescribeClusters"; names the call in messages, too */
	const char *body; /* JSON text or form, by the service's protocol; NULL: empty. Copied */
	size_t body_len;
	/* REST services only. The path as sent, so encoded once already; query encoded, or NULL. */
	const char *method, *path, *query;
	enum aws_priority priority;
	/*
	 * A resend could do it twice: when it is unknown whether AWS did it
	 * (timeout or reset after sending, 5xx), end with AWS_UNKNOWN at once
	 * instead of trying again, so that the caller looks first.
	 */
	bool look_first;
	unsigned max_attempts; /* 0: AWS_MAX_ATTEMPTS, else 4 and while throttled 10 */
	unsigned timeout_ms;   /* of one attempt; 0: 30000 */
	bool unsigned_request;
	bool query_protocol; /* a service that speaks JSON by now, in its older protocol: `body` is a form */
};

enum aws_outcome {
	AWS_OK = 0,
	AWS_REFUSED,  /* AWS answered with an error: status, code and message tell */
	AWS_NOT_DONE, /* it never got there: no credentials, endpoint not reached */
	AWS_UNKNOWN   /* sent, but no answer that tells: it may have been done */
};

struct aws_result {
	enum aws_outcome outcome;
	int status;		 /* HTTP's; 0 without an answer */
	const char *code;	 /* "ClusterNotFoundException"; NULL when there is none */
	const char *message;	 /* AWS's own words, or NULL */
	const char *request_id;	 /* or NULL */
	const struct json *json; /* the answer; XML becomes objects of strings. NULL: none */
	const char *body;	 /* as received */
	size_t body_len;
	unsigned attempts;
	bool throttled;	    /* at least once on the way */
	struct error err;   /* unless AWS_OK: for people, with a hint where there is one */
	struct arena arena; /* all of the above lives here */
	bool taken;	    /* by aws_result_take() */
};

/*
 * The result is freed when the callback returns, unless it calls
 * aws_result_take(): then it is freed with aws_result_free(). The handle of
 * the call is gone before the callback is called.
 */
typedef void aws_fn(struct aws_result *result, void *data);
struct aws_result *aws_result_take(struct aws_result *result);
void aws_result_free(struct aws_result *result);

static inline bool aws_result_is(const struct aws_result *result, const char *code)
{
	return result->code && str_eq(result->code, code);
}

/* Never fails by itself: what goes wrong comes with the callback. */
struct aws_call *aws_call(struct aws_client *client, const struct aws_request *request, aws_fn *fn,
			  void *data);
/* `fn` will not be called; a request under way may still have been done. */
void aws_cancel(struct aws_call *call);

/*
 * For commands: run the loop until the answer is there. 0 when AWS_OK;
 * negative with `err` set else. `*result` is the caller's in both cases.
 */
int aws_call_wait(struct aws_client *client, const struct aws_request *request,
		  struct aws_result **result, struct error *err) MUST_CHECK;

#endif
