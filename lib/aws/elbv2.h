#ifndef AWS_ELBV2_H
#define AWS_ELBV2_H

#include "aws/client.h"

/*
 * Elastic Load Balancing v2 (API 2015-12-01, Query with XML answers, which
 * become objects of strings). Lists are paged: `marker` is the NextMarker of
 * the page before, or NULL.
 */

/* Either by name or ARN, whichever the strings are. Answer: TargetGroups, NextMarker. */
struct aws_call *elb_describe_target_groups(struct aws_client *client, const char *const *arns,
					    size_t nr, const char *marker, aws_fn *fn, void *data);
/* All of a load balancer. Answer: Listeners, NextMarker. */
struct aws_call *elb_describe_listeners(struct aws_client *client, const char *load_balancer,
					const char *marker, aws_fn *fn, void *data);
/* One. */
struct aws_call *elb_describe_listener(struct aws_client *client, const char *listener, aws_fn *fn,
				       void *data);
/* All of a listener, its default action among them (IsDefault). Answer: Rules, NextMarker. */
struct aws_call *elb_describe_rules(struct aws_client *client, const char *listener,
				    const char *marker, aws_fn *fn, void *data);
/* One. */
struct aws_call *elb_describe_rule(struct aws_client *client, const char *rule, aws_fn *fn,
				   void *data);
/*
 * Some, of whatever load balancers, to see what became of them: polls. One that
 * is not there is an error for all of them. AWS documents no limit; that of
 * other lists in this API is kept to, so that an answer is one page.
 */
#define ELB_DESCRIBE_MAX 20
struct aws_call *elb_look_at_rules(struct aws_client *client, const char *const *rules, size_t nr,
				   aws_fn *fn, void *data);
struct aws_call *elb_look_at_listeners(struct aws_client *client, const char *const *listeners,
				       size_t nr, aws_fn *fn, void *data);
/* Answer: TargetHealthDescriptions; not paged. */
struct aws_call *elb_describe_target_health(struct aws_client *client, const char *target_group,
					    enum aws_priority priority, aws_fn *fn, void *data);

struct elb_target {
	const char *id;	  /* address, instance, function or load balancer */
	unsigned port;	  /* 0: the group's */
	const char *zone; /* or NULL */
};
struct aws_call *elb_register_targets(struct aws_client *client, const char *target_group,
				      const struct elb_target *targets, size_t nr, aws_fn *fn,
				      void *data);
struct aws_call *elb_deregister_targets(struct aws_client *client, const char *target_group,
					const struct elb_target *targets, size_t nr, aws_fn *fn,
					void *data);

/* --- forwarding ----------------------------------------------------------------- */

/*
 * The actions of a rule or the default actions of a listener are what
 * DescribeRules or DescribeListeners returned: an array of objects, or an
 * empty string for an empty list. Modify* replace the list as a whole, so all
 * that was returned is sent back, in its order, whether this program knows it
 * or not; only weights change. Two exceptions: the single TargetGroupArn that
 * AWS returns beside the list of one group goes when there are two, and
 * authenticate-oidc, whose secret is never returned, asks to keep it
 * (UseExistingClientSecret).
 */
#define ELB_WEIGHT_MAX 999
#define ELB_GROUPS_MAX 5 /* of one action */

struct elb_forward {
	struct {
		const char *group; /* ARN */
		int64_t weight;	   /* 1 where AWS tells none */
	} v[2 * ELB_GROUPS_MAX];
	size_t nr;
	int64_t sticky_s; /* how long the rule keeps a client on a group; 0: it doesn't */
};

/* The list's forward action (there is one at most). False: there is none, or it makes no sense. */
bool elb_get_forward(struct elb_forward *out, const struct json *actions);
/* Its place in `forward->v`, or -1. */
int elb_find_group(const struct elb_forward *forward, const char *group);

/*
 * Send back `actions` with the groups and weights of `forward` in its forward
 * action; groups that are not there yet are added. Resending is safe. NULL:
 * the list is larger than any that AWS takes (ELB_FORM_MAX), nothing is sent.
 */
#define ELB_FORM_MAX (1 << 20)
struct aws_call *elb_modify_rule(struct aws_client *client, const char *rule,
				 const struct json *actions, const struct elb_forward *forward,
				 aws_fn *fn, void *data);
struct aws_call *elb_modify_listener(struct aws_client *client, const char *listener,
				     const struct json *actions, const struct elb_forward *forward,
				     aws_fn *fn, void *data);
/* What they send, for tests: "<name>.member.1.Type=..." */
void elb_add_actions(struct strbuf *form, const char *name, const struct json *actions,
		     const struct elb_forward *forward);

#endif
