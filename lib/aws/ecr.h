#ifndef AWS_ECR_H
#define AWS_ECR_H

#include "aws/client.h"

/*
 * Amazon ECR (JSON 1.1): which image a tag names. Source: Amazon ECR API
 * Reference, DescribeImages.
 */

/*
 * Answer: imageDetails, one, with imageDigest ("sha256:..."). Refused with
 * ImageNotFoundException or RepositoryNotFoundException. `registry` is the
 * account whose registry it is.
 */
struct aws_call *ecr_describe_image(struct aws_client *client, const char *registry,
				    const char *repository, const char *tag, aws_fn *fn,
				    void *data);

#endif
