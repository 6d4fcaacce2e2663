#ifndef DEPLOY_POLL_H
#define DEPLOY_POLL_H

#include "aws/client.h"

/*
 * Looks at ECS services, shared: whatever is due in one cluster at the same
 * time goes into one DescribeServices of up to ten, and a call that has room
 * takes along what would be due soon. So n services polled alike cost n/10
 * calls a round, and the first look of a push of n services n/10 calls.
 *
 * Service deployments (of ECS's own strategies) and service revisions the same
 * way: twenty in one DescribeServiceDeployments or DescribeServiceRevisions,
 * whatever their clusters. Rules and listeners of load balancers, too.
 */
struct poller;
struct poll_group;

/* Valid during the callback. */
struct poll_answer {
	/* As AWS shows them, what was looked at; all NULL: missing, or no answer. */
	const struct json *service;
	const struct json *service_deployment;
	const struct json *service_revision;
	const struct json *rule;	 /* or listener */
	const struct aws_result *failed; /* no answer, and why */
};

/* Called from the loop, never from within service_watch_set(). The watch is off then. */
typedef void service_watch_fn(const struct poll_answer *answer, void *data);

/* In its owner's struct; `name` (or ARN) must live as long as it is set. */
struct service_watch {
	struct poll_group *group; /* NULL: not set */
	service_watch_fn *fn;
	void *data;
	const char *name;
	int64_t due;		  /* monotonic ms */
	int64_t slack;		  /* how much earlier is fine */
	bool alone;		  /* its batch was refused: ask for it by itself */
	struct poll_batch *batch; /* under way */
	struct service_watch *next, **prev;
};

struct poller *poller_new(struct aws_loop *loop);
/* Every watch must be off. */
void poller_free(struct poller *poller);

void service_watch_init(struct service_watch *watch, service_watch_fn *fn, void *data);
/* Look once, in `ms` or somewhat earlier (half of it at most). */
void service_watch_set(struct poller *poller, struct service_watch *watch,
		       struct aws_client *client, const char *cluster, const char *name,
		       int64_t ms);
/* The same at a service deployment; `arn` must live as long as it is set. */
void service_deployment_watch_set(struct poller *poller, struct service_watch *watch,
				  struct aws_client *client, const char *arn, int64_t ms);
/* And at a service revision. */
void service_revision_watch_set(struct poller *poller, struct service_watch *watch,
				struct aws_client *client, const char *arn, int64_t ms);
/* At a rule, or at a listener. */
void rule_watch_set(struct poller *poller, struct service_watch *watch, struct aws_client *client,
		    const char *arn, int64_t ms);
void listener_watch_set(struct poller *poller, struct service_watch *watch,
			struct aws_client *client, const char *arn, int64_t ms);
/* Fine when it isn't set. An answer under way is dropped. */
void service_watch_stop(struct service_watch *watch);

#endif
