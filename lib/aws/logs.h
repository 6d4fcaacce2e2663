#ifndef AWS_LOGS_H
#define AWS_LOGS_H

#include "aws/client.h"

/*
 * Amazon CloudWatch Logs (API 2014-03-28, JSON 1.1). The newest `limit` events
 * of a stream, oldest first. Answer: events[] of {timestamp, message}; none is
 * a normal answer, and the tokens are never null. A stream that was never
 * written to is a ResourceNotFoundException.
 */
struct aws_call *logs_get_log_events(struct aws_client *client, const char *group,
				     const char *stream, unsigned limit, aws_fn *fn, void *data);

#endif
