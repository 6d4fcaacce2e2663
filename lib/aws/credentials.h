#ifndef AWS_CREDENTIALS_H
#define AWS_CREDENTIALS_H

#include "aws/client.h"
#include "base/base.h"
#include "base/error.h"

/*
 * Keys that sign requests, from wherever the user keeps them, renewed before
 * they expire. Source: AWS SDKs and Tools Reference Guide, "Standardized
 * credential providers". The first of these that is configured counts; one
 * that is configured and fails is an error, not a reason to go on:
 *
 *  1. AWS_ACCESS_KEY_ID, ... (unless our own configuration names a profile)
 *  2. a profile with role_arn and source_profile or credential_source
 *  3. web identity: AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN, or a profile's
 *  4. SSO, from the cache that `aws sso login` fills
 *  5. keys in the credentials file
 *  6. credential_process
 *  7. keys in the config file
 *  8. a container's: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or ..._FULL_URI
 *  9. EC2's metadata service, version 2
 */
struct aws_credentials {
	char *access_key, *secret_key;
	char *token;	    /* or NULL */
	int64_t expires_ms; /* wall time; 0: never */
};

/* Wipes. */
void aws_credentials_release(struct aws_credentials *keys);

/* One source of keys with what it last gave. */
struct credentials;

/* Resolve the chain; reads no network and no token. `role_arn` of the identity comes on top. */
int credentials_new(struct credentials **out, struct aws *aws, const struct aws_identity *identity,
		    const char *region, struct error *err) MUST_CHECK;
void credentials_free(struct credentials *c);

/* "the environment", "profile 'x'": for people. */
const char *credentials_label(const struct credentials *c);

/*
 * The keys, if there are some that are good for now; else NULL, and then
 * credentials_wait(). Begins to renew those that will expire soon.
 */
const struct aws_credentials *credentials_peek(struct credentials *c);

/* Lives in its owner's struct. `err` NULL: credentials_peek() has them now. */
typedef void credentials_fn(const struct error *err, void *data);
struct credentials_waiter {
	struct credentials *credentials; /* NULL: not waiting */
	credentials_fn *fn;
	void *data;
	struct credentials_waiter *prev, *next;
};
/* `fn` is called once, from the loop. */
void credentials_wait(struct credentials *c, struct credentials_waiter *waiter, credentials_fn *fn,
		      void *data);
void credentials_stop_waiting(struct credentials_waiter *waiter);

/* AWS calls these expired or unknown: get others. False when there are no others to be had. */
bool credentials_reject(struct credentials *c, const char *access_key);

/*
 * How long before their end keys are renewed when convenient, and at all
 * costs: 15 and 10 minutes, less for those that live less than an hour.
 */
int64_t credentials_renew_ms(int64_t lifetime_ms);
int64_t credentials_insist_ms(int64_t lifetime_ms);

#endif
