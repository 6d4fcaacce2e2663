#include "base/base.h"
#include "aws/limit.h"

/* clang-format off */
static const struct limit_rule rules[] = {
	{ AWS_ECS, "CreateService UpdateService DeleteService", 50, 5 },
	{ AWS_ECS, "DescribeServices ListServices", 100, 20 },
	{ AWS_ECS, "DescribeTasks ListTasks DescribeContainerInstances ListContainerInstances", 100, 20 },
	{ AWS_ECS, "RegisterTaskDefinition DeregisterTaskDefinition", 20, 1 },
	{ AWS_ECS, "DescribeTaskDefinition ListTaskDefinitions ListTaskDefinitionFamilies", 50, 20 },
	{ AWS_ECS, "DeleteTaskDefinitions", 5, 1 },
	{ AWS_ECS, "ListServiceDeployments DescribeServiceDeployments", 50, 20 },
	{ AWS_ECS, "DescribeServiceRevisions", 50, 20 },
	{ AWS_ECS, "TagResource UntagResource", 20, 10 },
	{ AWS_ECS, "ListTagsForResource", 50, 20 },
	{ AWS_ECS, "DescribeClusters ListClusters DescribeCapacityProviders", 50, 20 },
	{ AWS_ECS, "StopTask RunTask", 100, 40 },
	{ AWS_ECS, "*", 50, 5 }, /* task sets, StopServiceDeployment: not published */
	{ AWS_ELB, "ModifyListener ModifyRule CreateRule DeleteRule", 20, 3 },
	/* 4 and 10 a second, but 10 for all calls together: less for these, so that the sum keeps to it. */
	{ AWS_ELB, "RegisterTargets DeregisterTargets", 20, 2 },
	{ AWS_ELB, "*", 20, 5 },
	{ AWS_LAMBDA, "GetFunction", 100, 100 },
	{ AWS_LAMBDA, "GetPolicy", 15, 15 },
	{ AWS_LAMBDA, "*", 15, 15 },
	{ AWS_APIGATEWAY, "CreateDeployment", 1, 0.2 },
	{ AWS_APIGATEWAY, "*", 40, 10 },
	{ AWS_CLOUDWATCH, "*", 9, 9 },
	{ AWS_LOGS, "*", 10, 10 },
	{ AWS_STS, "*", 600, 600 },
	{ AWS_SERVICE_NR, "*", 100, 50 },
};
/* clang-format on */

static bool has_word(const char *list, const char *word)
{
	size_t len = strlen(word);

	while (*list) {
		size_t n = strcspn(list, " ");

		if (n == len && !memcmp(list, word, len))
			return true;
		list += n;
		list += *list == ' ';
	}
	return false;
}

unsigned limit_group_of(enum aws_service service, const char *operation)
{
	unsigned i;

	for (i = 0; i < ARRAY_SIZE(rules) - 1; i++)
		if (rules[i].service == service &&
		    (str_eq(rules[i].operations, "*") || has_word(rules[i].operations, operation)))
			return i;
	return i;
}

unsigned limit_groups(void)
{
	return ARRAY_SIZE(rules);
}

const struct limit_rule *limit_rule(unsigned group)
{
	return &rules[group];
}

void limit_init(struct limit_bucket *bucket, unsigned group, double share, int64_t now_ms)
{
	bucket->burst = MAX(rules[group].burst * share, 1.0);
	bucket->max_rate = rules[group].rate * share;
	bucket->rate = bucket->max_rate;
	bucket->tokens = bucket->burst;
	bucket->at_ms = now_ms;
}

static void refill(struct limit_bucket *bucket, int64_t now_ms)
{
	if (now_ms > bucket->at_ms) {
		bucket->tokens += bucket->rate * (double)(now_ms - bucket->at_ms) / 1000;
		bucket->tokens = MIN(bucket->tokens, bucket->burst);
		bucket->at_ms = now_ms;
	}
}

int64_t limit_take(struct limit_bucket *bucket, int64_t now_ms)
{
	refill(bucket, now_ms);
	/* What rounding left short of one is one. */
	if (bucket->tokens > 0.9999) {
		bucket->tokens -= 1;
		return 0;
	}
	return MAX((int64_t)((1 - bucket->tokens) / bucket->rate * 1000) + 1, 1);
}

void limit_throttled(struct limit_bucket *bucket, int64_t now_ms)
{
	refill(bucket, now_ms);
	bucket->rate = MAX(bucket->rate * 0.7, MIN(LIMIT_FLOOR, bucket->max_rate));
	bucket->tokens = MIN(bucket->tokens, 0);
}

void limit_passed(struct limit_bucket *bucket)
{
	bucket->rate = MIN(bucket->rate + bucket->max_rate / 50, bucket->max_rate);
}
