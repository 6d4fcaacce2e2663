#ifndef AWS_ECS_H
#define AWS_ECS_H

#include "aws/client.h"

/*
 * Amazon ECS (API 2014-11-13, JSON 1.1), the calls a deployment makes. Thin:
 * a call builds its request from what it is given and hands on AWS's answer
 * as it is (`result->json` has the response's members). `cluster` NULL means
 * AWS's "default". Documents are not checked here, they were on push.
 */
struct ecs_tag {
	const char *key, *value;
};

/*
 * `document` is the task definition as rendered; `tags` are added to its own
 * (a key that is there is replaced). A resend would register a second
 * revision: after AWS_UNKNOWN look with ecs_describe_task_definition() for a
 * revision with your tag. Answer: taskDefinition.taskDefinitionArn.
 */
struct aws_call *ecs_register_task_definition(struct aws_client *client,
					      const struct json *document,
					      const struct ecs_tag *tags, size_t tags_nr,
					      aws_fn *fn, void *data);
/* A family (its newest ACTIVE revision), family:revision or ARN; tags come along. */
struct aws_call *ecs_describe_task_definition(struct aws_client *client,
					      const char *task_definition, aws_fn *fn, void *data);
struct aws_call *ecs_deregister_task_definition(struct aws_client *client,
						const char *task_definition, aws_fn *fn,
						void *data);
struct aws_call *ecs_list_task_definitions(struct aws_client *client, const char *family_prefix,
					   const char *next_token, aws_fn *fn, void *data);

/* What is put over the service definition's own members. */
struct ecs_service_args {
	const char *cluster;	     /* NULL: the document's own */
	const char *task_definition; /* ARN; NULL: as the document says */
	const char *
		client_token; /* CreateService: at most 36 ASCII characters; resends are safe then */
	const struct ecs_tag *tags; /* CreateService: added to the document's */
	size_t tags_nr;
	bool force_new_deployment; /* UpdateService: after AWS_UNKNOWN look first */
	bool keep_desired_count;   /* UpdateService: leave desiredCount out (autoscaling owns it) */
};

struct aws_call *ecs_create_service(struct aws_client *client, const struct json *document,
				    const struct ecs_service_args *args, aws_fn *fn, void *data);
/*
 * From the same document: serviceName becomes `service`, and what only
 * CreateService takes is left out (clientToken, launchType, role,
 * schedulingStrategy, tags). Members the API does not know are AWS's to
 * refuse.
 */
struct aws_call *ecs_update_service(struct aws_client *client, const struct json *document,
				    const struct ecs_service_args *args, aws_fn *fn, void *data);
/* UpdateService with nothing but desiredCount. */
struct aws_call *ecs_scale_service(struct aws_client *client, const char *cluster,
				   const char *service, unsigned desired, aws_fn *fn, void *data);
struct aws_call *ecs_delete_service(struct aws_client *client, const char *cluster,
				    const char *service, bool force, aws_fn *fn, void *data);

#define ECS_DESCRIBE_SERVICES_MAX 10
#define ECS_DESCRIBE_TASKS_MAX	  100

/* At most ECS_DESCRIBE_SERVICES_MAX; missing ones come in failures[], reason MISSING. */
struct aws_call *ecs_describe_services(struct aws_client *client, const char *cluster,
				       const char *const *services, size_t nr,
				       enum aws_priority priority, aws_fn *fn, void *data);

struct ecs_task_query {
	const char *cluster;
	const char *service; /* these two exclude each other, as in the API */
	const char *started_by;
	const char *family;
	const char *desired_status; /* "RUNNING" (the API's default) or "STOPPED" */
	const char *next_token;
};
/* A page of at most 100: taskArns, nextToken. */
struct aws_call *ecs_list_tasks(struct aws_client *client, const struct ecs_task_query *query,
				aws_fn *fn, void *data);
/* At most ECS_DESCRIBE_TASKS_MAX. */
struct aws_call *ecs_describe_tasks(struct aws_client *client, const char *cluster,
				    const char *const *tasks, size_t nr, aws_fn *fn, void *data);
struct ecs_run_args {
	const char *cluster, *task_definition;
	const struct json *service; /* definition: where its tasks run, the new one runs, too */
	const char *container;	    /* whose command is replaced */
	const char *const *command;
	size_t command_nr;
	const char *token; /* clientToken and startedBy: at most 64 characters; resends are safe */
};
/* One task. Answer: tasks[0].taskArn, or failures[]. */
struct aws_call *ecs_run_task(struct aws_client *client, const struct ecs_run_args *args,
			      aws_fn *fn, void *data);
struct aws_call *ecs_stop_task(struct aws_client *client, const char *cluster, const char *task,
			       const char *reason, aws_fn *fn, void *data);

/* Does the cluster exist, is it ACTIVE? Missing ones come in failures[]. */
struct aws_call *ecs_describe_clusters(struct aws_client *client, const char *const *clusters,
				       size_t nr, aws_fn *fn, void *data);

#endif
