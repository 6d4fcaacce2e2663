#ifndef AWS_CLOUDWATCH_H
#define AWS_CLOUDWATCH_H

#include "aws/client.h"

/*
 * Amazon CloudWatch (API 2010-08-01): the states of alarms. Asked in JSON,
 * which it speaks since late 2025; in Query where it doesn't.
 */
#define CLOUDWATCH_ALARMS_MAX 100

/* How it is asked, where it doesn't take everything. */
#define CLOUDWATCH_QUERY	 (1u << 0) /* in the older protocol */
#define CLOUDWATCH_NO_LOG_ALARMS (1u << 1) /* for the types that were before log alarms */

/*
 * At most CLOUDWATCH_ALARMS_MAX names. Answer: MetricAlarms, CompositeAlarms,
 * LogAlarms, NextToken; names that do not exist are left out.
 */
struct aws_call *cloudwatch_describe_alarms(struct aws_client *client, const char *const *names,
					    size_t nr, const char *next_token, unsigned flags,
					    aws_fn *fn, void *data);
/* It was the protocol that was refused: ask again with CLOUDWATCH_QUERY, now and from now on. */
bool cloudwatch_speaks_no_json(const struct aws_result *result);
/* It was a type of alarms, which not every region has: the same with CLOUDWATCH_NO_LOG_ALARMS. */
bool cloudwatch_knows_no_log_alarms(const struct aws_result *result);

#endif
