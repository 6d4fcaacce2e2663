#ifndef AWS_LIMIT_H
#define AWS_LIMIT_H

#include "aws/client.h"
#include "base/base.h"

/*
 * AWS's published rate limits, per account and region, by groups of
 * operations that share one. A client sends at most LIMIT_SHARE of each, so
 * that consoles and other tools have their part, and learns from being
 * throttled how much of that is really free.
 *
 * Sources: ECS API Reference, "Request throttling"; Elastic Load Balancing
 * User Guide, "API request throttling"; Lambda quotas; CloudWatch quotas; API Gateway quotas.
 */
#define LIMIT_SHARE 0.7
#define LIMIT_FLOOR 0.5 /* a second, however often throttled */

struct limit_rule {
	enum aws_service service;
	const char *operations; /* separated by blanks; "*": all others of the service */
	double burst, rate;	/* as published */
};

/* Always a group: the last is for what has no published limit. */
unsigned limit_group_of(enum aws_service service, const char *operation);
unsigned limit_groups(void);
const struct limit_rule *limit_rule(unsigned group);

struct limit_bucket {
	double tokens, burst;
	double rate, max_rate; /* a second, now and at most */
	int64_t at_ms;	       /* when `tokens` was right; monotonic */
};

/* `share`: of the published limit, above 0, at most 1. Starts full. */
void limit_init(struct limit_bucket *bucket, unsigned group, double share, int64_t now_ms);
/* Take one if there is one; else how many ms until there will be. 0: taken. */
int64_t limit_take(struct limit_bucket *bucket, int64_t now_ms);
/* AWS said no: somebody else uses the rest. */
void limit_throttled(struct limit_bucket *bucket, int64_t now_ms);
/* AWS said yes: slowly back to what is published. */
void limit_passed(struct limit_bucket *bucket);

#endif
