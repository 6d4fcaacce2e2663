#ifndef DEPLOY_SERVICE_H
#define DEPLOY_SERVICE_H

#include "base/error.h"
#include "base/json.h"
#include "base/strbuf.h"

/*
 * An ECS service as DescribeServices, CreateService and UpdateService show it.
 * Views into their JSON: nothing is copied.
 */
struct ecs_deployment {
	const char *id;		     /* "ecs-svc/..." */
	const char *status;	     /* PRIMARY, ACTIVE, INACTIVE */
	const char *task_definition; /* ARN */
	const char *rollout;	     /* IN_PROGRESS, COMPLETED, FAILED; NULL: not told */
	const char *reason;	     /* of that, or NULL */
	int64_t desired, running, pending, failed;
	int64_t created_at; /* ms, by AWS's clock */
};

enum ecs_service_state {
	SERVICE_MISSING = 0, /* or INACTIVE: CreateService is right */
	SERVICE_ACTIVE,
	SERVICE_DRAINING
};

/* AWS's times are seconds with a fraction. 0: not there. */
int64_t json_epoch_ms(const struct json *value);

enum ecs_service_state ecs_service_state(const struct json *service);
/* Of a service or a definition: "ECS" where it says nothing. */
const char *ecs_controller(const struct json *service);
/* False: there is none. */
bool ecs_primary(const struct json *service, struct ecs_deployment *out);
bool ecs_find_deployment(const struct json *service, const char *id, struct ecs_deployment *out);
/* By task definition (ARN); the PRIMARY one first. */
bool ecs_find_revision(const struct json *service, const char *task_definition,
		       struct ecs_deployment *out);
/* How many tasks run of that revision, whichever deployment they are of. */
int64_t ecs_running_of(const struct json *service, const char *task_definition);
size_t ecs_deployments_nr(const struct json *service);
/* "nginx:4" of an ARN; others as they are. */
const char *ecs_short_name(const char *arn);
/* Whether a name (family, family:revision or ARN) means this ARN. */
bool ecs_names_revision(const char *name, const char *arn);

/*
 * What has to be done to make `service` (as described, ACTIVE) be what the
 * definition says.
 */
struct service_change {
	struct strbuf
		update; /* UpdateService's members but cluster, service, taskDefinition: ",\"a\":..." */
	struct strbuf undo; /* the same members as they are now; empty when they can't be told */
	bool needs_force;   /* from launch type to capacity providers */
};

#define SERVICE_CHANGE_INIT                                                      \
	{                                                                        \
		.update = STRBUF_INIT, .undo = STRBUF_INIT_MAX(SERVICE_UNDO_MAX) \
	}
#define SERVICE_UNDO_MAX 8192
void service_change_release(struct service_change *change);

/*
 * Members of the definition that differ go into the update; list members that
 * the service has and the definition lacks are emptied (load balancers,
 * registries, placement), for the definition is the truth. desiredCount is
 * left out where the definition lacks it: autoscaling owns it. With the
 * controller EXTERNAL only what UpdateService takes then is compared, the rest
 * is the task sets'. Negative: the
 * definition differs in what UpdateService cannot change; the message names it.
 */
int service_compare(struct service_change *change, const struct json *definition,
		    const struct json *service, struct error *err) MUST_CHECK;

#endif
