#ifndef DEPLOY_TRAFFIC_INTERNAL_H
#define DEPLOY_TRAFFIC_INTERNAL_H

#include "aws/elbv2.h"
#include "deploy/internal.h"
#include "deploy/traffic.h"

/* What the files of traffic.h share. */

/* The two weights of ours in one action. */
struct traffic_weights {
	int64_t old, new;
};

/* "80:20" and back; false: it is not there, or no such text. */
void traffic_weights_write(char text[48], const struct traffic_weights *w);
bool traffic_weights_parse(struct traffic_weights *out, const char *text);
bool traffic_weights_same(const struct traffic_weights *a, const struct traffic_weights *b);
/* Their sum split, the share of the new one rounded. A sum of 0 becomes 100. */
struct traffic_weights traffic_split(const struct traffic_weights *now, int share);
/*
 * Make the weights of all groups so large, their proportions kept, that those
 * of two (by place, or -1) sum up to 100 at least and can be split by percent.
 * Where nobody else has a part the two become 100. As far as 999 allows.
 */
void traffic_make_room(struct elb_forward *forward, int a, int b);

/* "60 s", "0.3 s": as the settings have it. */
void traffic_add_seconds(struct strbuf *out, int64_t ms);

/* Is there something to move? */
bool traffic_is_found(const struct deployment *d);
/* The name in the ARN of a target group or load balancer, in `buf`. */
#define TRAFFIC_NAME_MAX 64
const char *traffic_name(char buf[TRAFFIC_NAME_MAX], const char *arn);

/* Ask for the rule or listener that was found. */
enum step_result traffic_read(struct deployment *d, int phase);
/*
 * Its actions and weights, from d->result (AWS_OK), which they point into.
 * False: it is not there any more, or does not forward.
 */
struct traffic_rule {
	const struct json *actions;
	struct elb_forward forward;
	int old, new; /* places in forward.v, or -1 */
	struct traffic_weights weights;
};
bool traffic_get_rule(struct traffic_rule *rule, const struct deployment *d);
/* The same from one rule or listener as AWS shows it. */
bool traffic_rule_of(struct traffic_rule *rule, const struct deployment *d,
		     const struct json *item);
/* Send the rule back with `rule->forward`. */
enum step_result traffic_write(struct deployment *d, const struct traffic_rule *rule, int phase);
/* With these weights for our two; a group that is missing is added. */
enum step_result traffic_write_weights(struct deployment *d, struct traffic_rule *rule,
				       const struct traffic_weights *weights, int phase);

/* From DescribeTargetHealth's answer. */
struct traffic_health {
	unsigned healthy, unhealthy, total; /* the others are not checked yet, or not at all */
	unsigned unused;		    /* no rule forwards to the group */
	struct strbuf why; /* of those that aren't: "Target.Timeout (Request timed out) (2)" */
};
void traffic_health_read(struct traffic_health *health, const struct json *answer);
void traffic_health_release(struct traffic_health *health);

/* Registered with a group and not leaving it; from the same answer. */
struct traffic_targets {
	size_t nr;
	struct strbuf told; /* the first ones: "10.0.0.5:80 (healthy), ..." */
};
void traffic_targets_read(struct traffic_targets *targets, const struct json *answer);
void traffic_targets_release(struct traffic_targets *targets);
/* d->look shows the service: STEP_DONE, if all of them will go before `group` gets traffic. */
enum step_result traffic_judge_free(struct deployment *d, const char *group,
				    const struct traffic_targets *targets);
/* The (first) target group of a definition's or task set's load balancers, or NULL. */
const char *traffic_group_of(const struct json *load_balancers);

/* d->alarm says that nothing may be moved: STEP_FAILED; STEP_WAIT: it says nothing (no answer). */
enum step_result traffic_check_alarms(struct deployment *d);

/* The same where no answer is no OK: asks again, at `phase`, until there is one or time is up. */
enum step_result traffic_alarms_answered(struct deployment *d, int phase);

/* --- traffic-clock.c: how much of a wait of `wait` ms is left, ms --- */

int64_t traffic_clock_rest(const struct deployment *d, int64_t wait);
/* It stands from now on; the next save writes that down. */
void traffic_clock_stop(struct deployment *d, int64_t wait);
/* It goes on, if it stood. False: that was not saved, see deploy_save(). */
bool traffic_clock_start(struct deployment *d, int64_t wait) MUST_CHECK;

/* --- traffic-wait.c --- */

/* Phases from here on are the wait's: traffic_waited() is called with them. */
#define TRAFFIC_WAITING 100

/* How long to wait after a step, ms. */
int64_t traffic_wait_ms(const struct deployment *d);
/* Alarms are to be watched. */
bool traffic_has_alarms(const struct deployment *d);
/* What is left of the wait, ms. */
int64_t traffic_wait_rest(const struct deployment *d);
/* Wait on (or while it is paused); STEP_DONE: it is over, all was well when it was looked at. */
enum step_result traffic_wait(struct deployment *d);
enum step_result traffic_waited(struct deployment *d);

/* d->look shows the rule: it is as we left it (or nothing is known), else STEP_FAILED. */
enum step_result traffic_judge_look(struct deployment *d);
/* Nobody took our task sets away; d->at.running and desired are those of the new group. */
enum step_result traffic_judge_service(struct deployment *d, const struct json *service);
/* Failures. */
bool traffic_is_gone(const struct aws_result *result);
enum step_result traffic_gone(struct deployment *d, const struct aws_result *result);
enum step_result traffic_unhooked(struct deployment *d);
enum step_result traffic_edited(struct deployment *d, const struct traffic_rule *rule,
				const struct traffic_weights *ours);

/* Worth another try after a failed call of the step: counts them. */
bool traffic_may_retry(struct deployment *d);

#endif
