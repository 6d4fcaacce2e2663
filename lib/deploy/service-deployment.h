#ifndef DEPLOY_SERVICE_DEPLOYMENT_H
#define DEPLOY_SERVICE_DEPLOYMENT_H

#include "base/json.h"
#include "base/strbuf.h"

/*
 * A service deployment as DescribeServiceDeployments shows it. Views into its
 * JSON: nothing is copied.
 *
 * Source: Amazon ECS API Reference, ServiceDeployment.
 */
struct service_deployment {
	const char *status; /* PENDING, IN_PROGRESS, ...; "": not told */
	const char *reason; /* of that, or of the rollback; NULL: not told */
	const char *stage;  /* lifecycleStage; NULL: none yet */
	int64_t desired, running;
	double weight; /* percent of the traffic for the new revision; -1: not told */
	const struct json *json;
};

void service_deployment_read(struct service_deployment *out, const struct json *json);
/* SUCCESSFUL, STOPPED, ROLLBACK_SUCCESSFUL, ROLLBACK_FAILED */
bool service_deployment_is_over(const struct service_deployment *sd);
/* On its way back: ROLLBACK_REQUESTED, ROLLBACK_IN_PROGRESS, STOP_REQUESTED. */
bool service_deployment_goes_back(const struct service_deployment *sd);
/* "SCALE_UP: the new tasks are started" */
void service_deployment_describe_stage(struct strbuf *out, const struct service_deployment *sd);

/* A lifecycle hook of the stage that it is in. */
struct service_hook {
	const char *id, *status; /* AWAITING_ACTION, IN_PROGRESS, ... */
	const char *target;	 /* ARN of a function; NULL: a pause */
	const char *then;	 /* when its time is over: "ROLLBACK", "CONTINUE" */
	int64_t expires_at;	 /* ms; 0: not told */
};
/* The i-th one; false: there are not so many. */
bool service_deployment_hook(const struct service_deployment *sd, size_t i,
			     struct service_hook *out);

/*
 * Why it did not succeed, as far as it tells itself: a category of explain.h,
 * and words for people in `out`. NULL: it was STOPPED without a reason that
 * tells by whom.
 */
const char *service_deployment_cause(struct strbuf *out, const struct service_deployment *sd);

#endif
