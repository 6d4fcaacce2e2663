#include "base/base.h"
#include "deploy/lambda.h"

#include "deploy/rolling.h"

/*
 * Functions and versions take time: what their states mean, and what the
 * codes mean with which they fail.
 *
 * Source: AWS Lambda API Reference, FunctionConfiguration, StateReasonCode
 * and LastUpdateStatusReasonCode.
 */

#define LATEST_PATIENCE (5 * 60 * 1000) /* network interfaces of a VPC take minutes */

static bool is_one_of(const char *word, const char *const *list)
{
	for (; *list; list++)
		if (str_eq(word, *list))
			return true;
	return false;
}

enum lambda_state lambda_state(const struct json *config)
{
	static const char *const moving[] = { "Pending", "Deactivating", "Deleting", NULL };
	const char *state = json_get_str(config, "State");
	const char *update = json_get_str(config, "LastUpdateStatus");

	if (state && str_eq(state, "Failed"))
		return LAMBDA_FAILED;
	if ((state && is_one_of(state, moving)) || (update && str_eq(update, "InProgress")))
		return LAMBDA_CHANGING;
	if (update && str_eq(update, "Failed"))
		return LAMBDA_FAILED_UPDATE;
	return LAMBDA_READY;
}

/* What begins with the code; the first that matches. */
static const struct {
	const char *code, *category, *hint;
} codes[] = {
	{ "SubnetOutOfIPAddresses", "subnet-full",
	  "free addresses, or add a subnet to 'VpcConfig'" },
	{ "EniLimitExceeded", "quota", "ask AWS to raise the quota of network interfaces" },
	{ "Ec2RequestLimitExceeded", "api-throttled", NULL },
	{ "VcpuLimitExceeded", "quota", NULL },
	{ "CapacityProvider", "capacity", NULL },
	{ "InsufficientCapacity", "capacity", NULL },
	{ "InsufficientRolePermissions", "iam-service",
	  "allow the function's role ec2:CreateNetworkInterface, ec2:DescribeNetworkInterfaces "
	  "and ec2:DeleteNetworkInterface" },
	{ "InvalidSubnet", "definition", "check 'SubnetIds' in 'VpcConfig'" },
	{ "InvalidSecurityGroup", "definition", "check 'SecurityGroupIds' in 'VpcConfig'" },
	{ "ImageDeleted", "image-missing", NULL },
	{ "ImageAccessDenied", "image-denied",
	  "let lambda.amazonaws.com pull in the repository's policy" },
	{ "InvalidImage", "image-pull",
	  "build one image, not a list of them, with a manifest of Docker or OCI" },
	{ "KMSKeyAccessDenied", "iam-service", "allow the function's role to use the key" },
	{ "KMSKeyNotFound", "definition", "check 'KMSKeyArn' and its region" },
	{ "InvalidStateKMSKey", "definition", "the key of 'KMSKeyArn' is not usable: enable it" },
	{ "DisabledKMSKey", "definition", "enable the key of 'KMSKeyArn'" },
	{ "EFS", "volume",
	  "check 'FileSystemConfigs': access point, mount targets, security groups" },
	{ "InvalidRuntime", "definition", "check 'Runtime'" },
	{ "InvalidZipFile", "definition", "make the zip file anew" },
	{ "InvalidConfiguration", "definition", NULL },
	{ "FunctionError", "crashed", "look at the last lines of the function's log group" },
	{ "InternalError", "aws-internal", NULL },
};

enum step_result lambda_fail_state(struct deployment *d, const struct json *config,
				   const char *what)
{
	bool update = lambda_state(config) == LAMBDA_FAILED_UPDATE;
	const char *code =
		json_get_str(config, update ? "LastUpdateStatusReasonCode" : "StateReasonCode");
	const char *reason =
		json_get_str(config, update ? "LastUpdateStatusReason" : "StateReason");
	const char *category = "aws-error", *hint = NULL;
	size_t i;

	for (i = 0; code && i < ARRAY_SIZE(codes); i++) {
		if (!starts_with(code, codes[i].code))
			continue;
		category = codes[i].category;
		hint = codes[i].hint;
		break;
	}
	if (!hint)
		hint = failure_kind_get(category)->hint;
	return deploy_fail_hint(d, category, hint, "%s %s: %s%s%s%s", what,
				update ? "could not be updated" : "failed",
				reason ? reason : "Lambda gives no reason", code ? " (" : "",
				code ? code : "", code ? ")" : "");
}

int64_t lambda_version_patience(const struct deployment *d)
{
	return d->settings.readiness.wait_ms * d->settings.readiness.retries;
}

int64_t lambda_patience(const struct deployment *d)
{
	return MAX(lambda_version_patience(d), LATEST_PATIENCE);
}

static int64_t next_pause(struct deployment *d)
{
	int64_t longest = d->settings.readiness.wait_ms ? d->settings.readiness.wait_ms : 10000;

	d->at.interval = d->at.interval ? MIN(2 * d->at.interval, longest) : MIN(250, longest);
	return MAX(MIN(d->at.interval, d->at.deadline - deploy_now(d)), 1);
}

enum step_result lambda_wait(struct deployment *d, const char *what, int phase)
{
	if (deploy_now(d) >= d->at.deadline)
		return deploy_fail_hint(d, "timeout",
					"raise 'readinessCheck' in the deployment settings if it "
					"only needs more time",
					"%s is not ready in time", what);
	if (!d->at.told) {
		d->at.told = true;
		deploy_event(d, "waiting until %s is ready", what);
	}
	return deploy_sleep(d, next_pause(d), phase);
}

/* A role that is new is known to Lambda within this time, ms. */
#define ROLE_PATIENCE (2 * 60 * 1000)

enum step_result lambda_retry(struct deployment *d, const char *doing, int phase)
{
	if (lambda_role_is_unknown(d->result) && deploy_now(d) < d->at.deadline) {
		if (!d->at.retries++) {
			d->at.deadline = MIN(d->at.deadline, deploy_now(d) + ROLE_PATIENCE);
			deploy_event(d, "Lambda may not know the role yet, trying again: %s",
				     d->result->message);
		}
		return deploy_sleep(d, next_pause(d), phase);
	}
	if (lambda_refusal(d->result) == LAMBDA_MISSING &&
	    result_says(d->result, "Function not found"))
		return deploy_fail_hint(d, "service-deleted", "push again to create it anew",
					"function '%s' was deleted while it was deployed",
					d->record->name);
	/* Something else is being done to it, of which nobody waited for the end. */
	if (lambda_refusal(d->result) == LAMBDA_BUSY && deploy_now(d) < d->at.deadline)
		return deploy_sleep(d, next_pause(d), phase);
	if (result_is_transient(d->result) && d->at.retries++ < 10 &&
	    deploy_now(d) < d->at.deadline)
		return deploy_sleep(d, 500 * (int64_t)d->at.retries, phase);
	if (lambda_role_is_unknown(d->result))
		return deploy_fail_hint(d, "iam-role",
					"check that the role exists, that its trust policy names "
					"lambda.amazonaws.com, and that the deployer may "
					"iam:PassRole it",
					"cannot %s: %s", doing, d->result->message);
	return deploy_fail_result(d, d->result, doing);
}
