#ifndef AWS_TASK_SET_H
#define AWS_TASK_SET_H

#include "aws/client.h"
#include "aws/ecs.h"

/*
 * Amazon ECS, task sets: services whose deployments somebody else steers
 * (deployment controller EXTERNAL). As in ecs.h: thin, answers are AWS's.
 * DescribeServices shows a service's task sets (`taskSets`), too, so that
 * nothing here describes them.
 */
struct ecs_task_set_args {
	const char *cluster, *service;
	const char *task_definition; /* ARN */
	const char *external_id;
	const char *client_token; /* at most 36 ASCII characters; resends are safe */
	const struct ecs_tag *tags;
	size_t tags_nr;
	/* In place of the first load balancer's target group; NULL: as the document says. */
	const char *target_group;
	/* In place of launchType and capacityProviderStrategy; NULL: as the document says. */
	const struct json *strategy;
	double scale; /* percent of the service's desired count */
};

/*
 * `document` is the service definition: of it are the members that CreateTaskSet
 * takes (networkConfiguration, loadBalancers, serviceRegistries, launchType,
 * capacityProviderStrategy, platformVersion). Answer: taskSet.
 */
struct aws_call *ecs_create_task_set(struct aws_client *client, const struct json *document,
				     const struct ecs_task_set_args *args, aws_fn *fn, void *data);
/*
 * CreateService with what it takes of the same document when the controller
 * is EXTERNAL. `deploymentConfiguration` is left out: with task sets there is nothing
 * that its percents could steer.
 */
struct aws_call *ecs_create_external_service(struct aws_client *client, const struct json *document,
					     const char *client_token, aws_fn *fn, void *data);

struct aws_call *ecs_scale_task_set(struct aws_client *client, const char *cluster,
				    const char *service, const char *task_set, double scale,
				    aws_fn *fn, void *data);
struct aws_call *ecs_make_primary(struct aws_client *client, const char *cluster,
				  const char *service, const char *task_set, aws_fn *fn,
				  void *data);
/* By force: it need not be scaled to 0. TaskSetNotFoundException: it is gone. */
struct aws_call *ecs_delete_task_set(struct aws_client *client, const char *cluster,
				     const char *service, const char *task_set, aws_fn *fn,
				     void *data);

/* A percentage as AWS takes it: at most four decimals, rounded down, whatever the locale. */
void ecs_format_percent(struct strbuf *out, double percent);

#endif
