#ifndef AWS_ENDPOINT_H
#define AWS_ENDPOINT_H

#include "aws/client.h"
#include "aws/settings.h"
#include "base/base.h"
#include "base/error.h"

/*
 * Where a service is asked, and under which name requests to it are signed.
 * Source: AWS General Reference, "Service endpoints"; AWS SDKs and Tools
 * Reference Guide, "Service-specific endpoints".
 */
enum aws_protocol {
	AWS_JSON_1_0 = 0,
	AWS_JSON_1_1,
	AWS_QUERY, /* form in, XML out */
	AWS_REST_JSON,
	AWS_REST_XML
};

struct aws_service_info {
	const char *name;    /* for people: "ECS" */
	const char *id;	     /* AWS_ENDPOINT_URL_<id>; lower case in a services section */
	const char *signing; /* signing name */
	const char *prefix;  /* of the host */
	enum aws_protocol protocol;
	const char *target; /* JSON: before the operation in X-Amz-Target; Query: the version */
};

const struct aws_service_info *aws_service_info(enum aws_service service);
/* By signing name or by `name` in any case; negative when there is none. */
int aws_service_by_name(const char *name);

struct aws_partition {
	const char *name;    /* "aws-cn": for ARNs */
	const char *regions; /* prefixes, separated by blanks */
	const char *suffix, *dual_stack_suffix;
};

/* By the region's name; an unknown one belongs to "aws". */
const struct aws_partition *aws_partition_of(const char *region);

/* Lower-case letters, digits and '-', so that it can't be anything but part of a host name. */
bool aws_region_is_sane(const char *region);

struct aws_endpoint {
	char *url; /* "https://ecs.eu-west-1.amazonaws.com", no slash at the end; may have a path */
	const char *path; /* within url: "" or "/prefix" */
	char *host; /* what the Host header says: with brackets and a port that is not the usual one */
	char *source;  /* for people: "AWS_ENDPOINT_URL_ECS", or NULL: AWS's own */
	bool loopback; /* a sandbox: no rate limits */
};

/*
 * Overrides first: AWS_ENDPOINT_URL_<ID>, AWS_ENDPOINT_URL, the profile's
 * services section, the profile's endpoint_url; then by partition, with
 * AWS_USE_FIPS_ENDPOINT and AWS_USE_DUALSTACK_ENDPOINT (or the profile's
 * use_fips_endpoint, use_dualstack_endpoint).
 */
int aws_endpoint_resolve(struct aws_endpoint *endpoint, const struct aws_settings *settings,
			 enum aws_service service, const char *region,
			 struct error *err) MUST_CHECK;
void aws_endpoint_release(struct aws_endpoint *endpoint);

/* The region that the environment and the profile name, or NULL. */
const char *aws_configured_region(const struct aws_settings *settings);

#endif
