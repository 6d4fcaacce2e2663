#ifndef AWS_STS_H
#define AWS_STS_H

#include "aws/client.h"

/*
 * AWS STS (API 2011-06-15, Query with XML answers, which become objects of
 * strings): who we are, and becoming somebody else.
 */

/* Answer: Account, Arn, UserId. Needs no permission. */
struct aws_call *sts_get_caller_identity(struct aws_client *client, aws_fn *fn, void *data);

struct sts_assume_role {
	const char *role_arn;
	const char *session_name;	/* 2-64 of [\w+=,.@-] */
	const char *external_id;	/* or NULL */
	unsigned duration_s;		/* 0: AWS's default, an hour */
	const char *web_identity_token; /* then AssumeRoleWithWebIdentity, unsigned */
};

/*
 * Answer: Credentials.{AccessKeyId, SecretAccessKey, SessionToken,
 * Expiration}, AssumedRoleUser.Arn. The result holds secrets: it is wiped
 * when freed, don't copy more than needed. For deployments give the role to
 * aws_client_get() instead; it is assumed and renewed there.
 */
struct aws_call *sts_assume_role(struct aws_client *client, const struct sts_assume_role *role,
				 aws_fn *fn, void *data);

#endif
