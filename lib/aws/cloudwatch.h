#ifndef AWS_CLOUDWATCH_H
#define AWS_CLOUDWATCH_H

#include "aws/client.h"

/*
 * Amazon CloudWatch (API 2010-08-01): the states of alarms. Asked in JSON,
 * which it speaks since late 2025; in Query where it doesn't.
 */
#define CLOUDWATCH_ALARMS_MAX 100

/*
 * At most CLOUDWATCH_ALARMS_MAX names. Answer: MetricAlarms, CompositeAlarms,
 * LogAlarms, NextToken; names that do not exist are left out. `query`: in the
 * older protocol.
 */
struct aws_call *cloudwatch_describe_alarms(struct aws_client *client, const char *const *names,
					    size_t nr, const char *next_token, bool query,
					    aws_fn *fn, void *data);
/* It was the protocol that was refused: ask again with `query`, now and from now on. */
bool cloudwatch_speaks_no_json(const struct aws_result *result);

#endif
