#ifndef DEPLOY_TRAFFIC_H
#define DEPLOY_TRAFFIC_H

#include "deploy/step.h"

/*
 * Moving the traffic of a load balancer from one target group to another:
 * steps for the table of any ECS strategy with two sides. All are re-entrant,
 * and all but traffic_find() do nothing where that found nothing to move (no
 * 'targetGroupArnPairs'), so that a table can always have them:
 *
 *	{ "find-traffic", traffic_find, false },
 *	{ "attach", traffic_attach, true },	before the task set is created
 *	...
 *	{ "shift", traffic_shift, true },	once it runs
 *
 * and, first of the undo table, traffic_back().
 *
 * What is found and done is in the record's ids (internal.h): ID_GROUP_OLD and
 * ID_GROUP_NEW, the target groups; ID_RULE or ID_LISTENER (for its default
 * action), what is changed; ID_WEIGHTS, "old:new" as they were.
 *
 * A load balancer has no revision to compare with, so that a rule is read anew
 * before each change, all of it is sent back but for two weights, and weights
 * that are not ours end the deployment ("traffic-edited").
 *
 * Sources: Elastic Load Balancing API Reference 2015-12-01, DescribeRules,
 * ModifyRule, ModifyListener, DescribeTargetHealth; Application Load Balancers
 * User Guide, "Listener rules", "Target group stickiness".
 */

/* Before traffic_find(): the service as it was described, with its task sets. */
void traffic_note_service(struct deployment *d, const struct json *service);
/*
 * Which groups, which rule? The pair of the settings that holds the group of
 * the PRIMARY task set; without one (the service is new) the group of the
 * service definition is the new one. Exactly one forward action of the load
 * balancer's listeners and rules must name a group of the pair. Nobody else's
 * targets may be registered with the new group ("group-in-use"), nor get what
 * a new service would take away. Alarms must exist, and none may be in ALARM.
 * Changes nothing.
 */
enum step_result traffic_find(struct deployment *d);
/* The new group into the forward action with weight 0: ECS refuses a task set else. */
enum step_result traffic_attach(struct deployment *d);
/*
 * Step by step, as trafficShiftingConfig says, all at once without it; each
 * step only when as many targets are healthy as tasks run on the new group.
 * Alarms are watched until the last wait is over; then the rule is read once
 * more, for whoever gives up the old side must know where the traffic is.
 */
enum step_result traffic_shift(struct deployment *d);
/*
 * Undo: all of it to the old group, if that has healthy targets. If it has
 * none, the traffic stays where it is, and traffic_is_left() is true; what the
 * old group would get goes to the new one, if the old has no targets at all.
 */
enum step_result traffic_back(struct deployment *d);

/* The new group still gets traffic after traffic_back(): its tasks must not be stopped. */
bool traffic_is_left(const struct deployment *d);
/* The target group for the new task set, or NULL: as the definition says. */
const char *traffic_new_group(const struct deployment *d);

/*
 * The share of the new group after step `n` (from 0), percent. The step that
 * gives 100 is the last.
 */
int traffic_share(const struct settings *settings, unsigned n);

#endif
