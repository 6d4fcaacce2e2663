#ifndef AWS_SERVICE_DEPLOYMENT_H
#define AWS_SERVICE_DEPLOYMENT_H

#include "aws/client.h"

/*
 * Amazon ECS, service deployments: what becomes of a change of a service with
 * the controller ECS, stage by stage. As in ecs.h: thin, answers are AWS's.
 */
#define ECS_DESCRIBE_SERVICE_DEPLOYMENTS_MAX 20
#define ECS_DESCRIBE_SERVICE_REVISIONS_MAX   20

/*
 * Those of one service that were created after `after_ms` (by AWS's clock; 0:
 * all). A page of at most 20: serviceDeployments, each with its ARN, createdAt,
 * status and targetServiceRevisionArn.
 */
struct aws_call *ecs_list_service_deployments(struct aws_client *client, const char *cluster,
					      const char *service, int64_t after_ms, aws_fn *fn,
					      void *data);
/* At most ECS_DESCRIBE_SERVICE_DEPLOYMENTS_MAX; missing ones come in failures[], reason MISSING. */
struct aws_call *ecs_describe_service_deployments(struct aws_client *client,
						  const char *const *arns, size_t nr, aws_fn *fn,
						  void *data);
/* At most ECS_DESCRIBE_SERVICE_REVISIONS_MAX. Answer: serviceRevisions, each with its taskDefinition. */
struct aws_call *ecs_describe_service_revisions(struct aws_client *client, const char *const *arns,
						size_t nr, aws_fn *fn, void *data);
/*
 * Back to what ran before (stopType ROLLBACK). ConflictException: it is over,
 * or going back already.
 */
struct aws_call *ecs_roll_service_deployment_back(struct aws_client *client, const char *arn,
						  aws_fn *fn, void *data);
/*
 * A PAUSE hook is done. InvalidParameterException: it does not wait (any more),
 * so that doing it again is safe.
 */
struct aws_call *ecs_continue_service_deployment(struct aws_client *client, const char *arn,
						 const char *hook_id, aws_fn *fn, void *data);

#endif
