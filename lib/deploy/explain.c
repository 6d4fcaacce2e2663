#include "base/base.h"
#include "deploy/explain.h"

/*
 * The closed list. Documentation/gitops-artifacts shows it; a category that is
 * not here can't be used (deploy_fail() looks it up).
 */
/* clang-format off */
static const struct failure_kind kinds[] = {
	/* what AWS gives away */
	{ "iam-role", "a role cannot be assumed",
	  "check that the role exists, that its trust policy names ecs-tasks.amazonaws.com, and that the deployer may iam:PassRole it", 0 },
	{ "iam-service", "a role lost permissions",
	  "check the policies of the service's role and of the task roles", 0 },
	{ "iam-denied", "a permission is missing",
	  "allow the action to the role or user that deploys", 0 },
	{ "secrets-denied", "the task may not read its secrets",
	  "allow the execution role to read the secret, and kms:Decrypt if it has a key of its own", 0 },
	{ "secret-missing", "a secret does not exist",
	  "check the ARN, the region and the JSON key of the secret in 'secrets'", 0 },
	{ "network", "the task cannot reach what it needs",
	  "check NAT gateway or public IP, VPC endpoints and security groups of the task's subnets", 0 },
	{ "log-group", "the log group does not exist or may not be written",
	  "create the log group, or set awslogs-create-group and allow the execution role to", 0 },
	{ "volume", "a volume cannot be mounted",
	  "check the file system, its mount targets, access point and security groups", 0 },
	{ "image-missing", "the image does not exist",
	  "check repository, tag or digest and region of the image; was it pushed?", 0 },
	{ "image-denied", "the image may not be pulled",
	  "check the repository's policy, the execution role's ECR permissions or 'repositoryCredentials'", 0 },
	{ "image-rate", "the registry limits pulls",
	  "pull through a cache (ECR pull-through) or log in to the registry", 0 },
	{ "image-pull", "the image cannot be pulled",
	  "try to pull it by hand with the execution role's permissions", 0 },
	{ "disk", "no space left for the image",
	  "raise 'ephemeralStorage' or the instances' volumes", 0 },
	{ "architecture", "the image is for another platform",
	  "build the image for the platform of 'runtimePlatform', or change that", 0 },
	{ "subnet-full", "a subnet has no free addresses",
	  "free addresses, or add a subnet to 'networkConfiguration'", 0 },
	{ "eni", "no network interface could be attached",
	  "use larger instances, awsvpc trunking, or fewer tasks per instance", 0 },
	{ "capacity", "there is no capacity for the tasks",
	  "wait, add zones, instances or another capacity provider, or ask for less cpu and memory", 0 },
	{ "placement", "no instance fits the placement rules",
	  "check placement constraints, attributes and the agents of the container instances", 0 },
	{ "quota", "a quota of the account is used up",
	  "ask AWS to raise the quota, or stop tasks elsewhere", 0 },
	{ "health-elb", "the load balancer finds the tasks unhealthy",
	  "check port, path and codes of the target group's health check, security groups, and 'healthCheckGracePeriodSeconds'", 0 },
	{ "health-container", "the container's own health check fails",
	  "check 'healthCheck' of the container: its command, and 'startPeriod'", 0 },
	{ "target-group", "a target group or its target is gone",
	  "check 'targetGroupArn' in 'loadBalancers'", 0 },
	{ "oom", "a container ran out of memory",
	  "raise 'memory' of the task or the container", 0 },
	{ "crashed", "a container exits",
	  "look at the container's last log lines", 0 },
	{ "runtime", "a container cannot be started",
	  "check command, entry point, user and mounts of the container", 0 },
	{ "spot", "Spot capacity was taken back",
	  "nothing is wrong with the deployment: try again, or use on-demand capacity beside Spot", 1 },
	{ "host", "the host went away",
	  "nothing is wrong with the deployment: try again", 1 },
	{ "percents", "ECS may neither stop nor start a task",
	  "raise 'maximumPercent' or lower 'minimumHealthyPercent' in 'deploymentConfiguration'", 0 },
	{ "task-protection", "old tasks are protected from being stopped",
	  "wait for them, or end their scale-in protection", 0 },
	{ "api-throttled", "AWS throttles its own calls",
	  "wait; try again when less is going on in the account", 1 },
	{ "throttled-by-scheduler", "tasks fail again and again, ECS starts them ever more slowly",
	  "look for why the first ones stopped: 'aws ecs describe-tasks' shows stopped tasks for an hour", 1 },
	{ "circuit-breaker", "ECS's circuit breaker gave up",
	  "look at the stopped tasks and the service's events", 1 },
	/* what an API call is refused for */
	{ "cluster-missing", "the cluster does not exist",
	  "create the cluster, or correct 'cluster' in the service definition and the region", 0 },
	{ "credentials", "AWS does not accept the credentials",
	  "check the deployer's credentials: 'aws sts get-caller-identity' with the same environment", 0 },
	{ "unreachable", "AWS was not reached",
	  "check network, proxy and AWS_ENDPOINT_URL of the host that deploys", 0 },
	{ "throttled", "AWS throttles the calls",
	  "try again; lower gitops.jobs when it happens often", 0 },
	{ "limit", "a limit of AWS was reached",
	  "ask AWS to raise the limit, or clean up", 0 },
	{ "aws-internal", "AWS had a failure of its own",
	  "try again; see the AWS health dashboard when it happens again", 0 },
	{ "definition", "AWS does not accept the definition",
	  "correct the definition as the message says", 0 },
	{ "aws-error", "AWS refused a call",
	  "the message is AWS's own", 0 },
	/* what this program finds */
	{ "invalid-artifact", "an artifact has errors",
	  "correct what 'git gitops check' finds, and push again", 0 },
	{ "settings", "the deployment settings are wrong", "correct the deployment settings (_depdef.json)", 0 },
	{ "unsupported", "this version cannot do that", "see git-gitops(1) for what is supported", 0 },
	{ "region", "no region is known",
	  "set 'environment.region' in the deployment settings, or AWS_REGION for the worker", 0 },
	{ "wrong-account", "the credentials are for another account",
	  "use credentials of that account, or set 'environment.roleArn' to a role in it", 0 },
	{ "immutable", "the running service cannot be changed like that",
	  "delete the service first (remove its definition), or give it another name", 0 },
	{ "service-deleted", "the service was deleted while it was deployed",
	  "push again to create it anew", 0 },
	{ "superseded", "someone else deployed the service meanwhile",
	  "deploy again if this version is the one that is wanted", 0 },
	{ "stopped", "someone stopped the deployment",
	  "deploy again when there is no reason against it any more", 0 },
	{ "hook", "a lifecycle hook failed, or nobody let it go on",
	  "look at what the hook's function logs; 'git gitops approve' lets a pause go on", 0 },
	{ "alarm", "an alarm is in ALARM",
	  "look at the alarm's metric and at what the new version logs", 0 },
	{ "alarm-missing", "an alarm does not exist",
	  "create the alarm, or correct 'alarms.alarmNames' and the region", 0 },
	{ "alarm-unread", "the states of the alarms are not known",
	  "check that CloudWatch is reached; without its word no traffic is moved", 0 },
	{ "traffic-rule", "it cannot be told which rule carries the traffic",
	  "let exactly one rule of the load balancer forward to the groups of 'targetGroupArnPairs'", 0 },
	{ "group-in-use", "the target group for the new tasks has targets of others",
	  "deregister them, or name a free target group in 'targetGroupArnPairs'", 0 },
	{ "traffic-edited", "someone else changes the load balancer's rule",
	  "look at the rule, then deploy again while nobody else changes its weights", 0 },
	{ "rolled-back", "ECS went back to what ran before",
	  "look at the stopped tasks and the service's events", 2 },
	{ "breaker", "too many new tasks failed",
	  "look at the stopped tasks and the service's events", 2 },
	{ "hopeless", "it cannot become stable any more",
	  "look at the stopped tasks and the service's events", 2 },
	{ "timeout", "it took too long",
	  "look at the service's events; raise 'stabilityCheck.timeout' if it only needs more time", 2 },
	{ "held", "the service object is held",
	  "'git gitops unhold' ends that; then 'git gitops deploy' deploys it", 0 },
	{ "frozen", "nothing of it is deployed now",
	  "it is deployed when the freeze is over; 'gitops.override' does it now", 0 },
	{ "job", "the job as such failed",
	  "when that is mended, 'git gitops deploy' tries it again", 0 },
	{ "before-task", "the task that runs before failed",
	  "look at its last log lines; nothing of the service was changed", 0 },
	{ "blocked", "an object that it depends on was not deployed",
	  "mend that one; 'git gitops deploy' deploys both", 0 },
	{ "overtaken", "a newer push of the branch came before it was begun",
	  "nothing is to be done: the newer one is deployed with these changes", 0 },
	{ "cancelled", "somebody cancelled it",
	  "'git gitops deploy' deploys it after all", 0 },
	{ "not-approved", "nobody approved it in time",
	  "'git gitops deploy' begins it anew; 'approval.timeout' says how long it waits", 0 },
	{ "internal", "a failure of this program", "please report it", 2 },
};

/*
 * The first that matches wins: special words stand before general ones. All
 * of a rule's words must be there, in any case. Sources: Amazon ECS Developer
 * Guide, "Service event messages", "Stopped task error messages", "API failure
 * reasons"; the wording of some is known from the field only.
 */
static const struct {
	unsigned where;
	const char *words[3];
	const char *category;
} rules[] = {
#define EVENT EXPLAIN_EVENT
#define TASK  (EXPLAIN_TASK | EXPLAIN_CONTAINER)
#define ANY   (EXPLAIN_EVENT | EXPLAIN_TASK | EXPLAIN_CONTAINER)
	{ TASK, { "unable to pull secrets or registry auth", "accessdenied" }, "secrets-denied" },
	{ TASK, { "unable to pull secrets or registry auth", "not authorized" }, "secrets-denied" },
	{ TASK, { "unable to pull secrets or registry auth", "resourcenotfoundexception" }, "secret-missing" },
	{ TASK, { "can't find the specified secret" }, "secret-missing" },
	{ TASK, { "unable to pull secrets or registry auth", "unable to assume" }, "iam-role" },
	{ TASK, { "unable to pull secrets or registry auth" }, "network" },
	{ TASK, { "check your task network" }, "network" },
	{ TASK, { "failed to validate logger args" }, "log-group" },
	{ TASK, { "log group does not exist" }, "log-group" },
	{ TASK, { "failed to invoke efs utils" }, "volume" },
	{ TASK, { "failed to mount" }, "volume" },
	{ TASK, { "cannotcreatevolumeerror" }, "volume" },
	{ TASK, { "does not match the specified platform" }, "architecture" },
	{ TASK, { "exec format error" }, "architecture" },
	{ TASK, { "cannotpull", "pull access denied" }, "image-denied" },
	{ TASK, { "cannotpull", "403" }, "image-denied" },
	{ TASK, { "cannotpull", "has the permissions" }, "image-denied" },
	{ TASK, { "cannotpull", "not authorized" }, "image-denied" },
	{ TASK, { "cannotpull", "toomanyrequests" }, "image-rate" },
	{ TASK, { "cannotpull", "pull rate limit" }, "image-rate" },
	{ TASK, { "cannotpull", "no space left" }, "disk" },
	{ TASK, { "cannotpull", "i/o timeout" }, "network" },
	{ TASK, { "cannotpull", "request canceled" }, "network" },
	{ TASK, { "cannotpull", "context canceled" }, "network" },
	{ TASK, { "cannotpull", "deadline exceeded" }, "network" },
	{ TASK, { "cannotpull", "not found" }, "image-missing" },
	{ TASK, { "cannotpull", "does not exist" }, "image-missing" },
	{ TASK, { "cannotpull", "manifest unknown" }, "image-missing" },
	{ TASK, { "cannotpull", "failed to resolve ref" }, "image-missing" },
	{ TASK, { "cannotpull" }, "image-pull" },
	{ ANY, { "does not have enough free addresses" }, "subnet-full" },
	{ ANY, { "insufficientfreeaddresses" }, "subnet-full" },
	{ ANY, { "unexpected ec2 error", "network interface" }, "subnet-full" },
	{ ANY, { "resource:eni" }, "eni" },
	{ ANY, { "network interface", "device index" }, "eni" },
	{ ANY, { "timeout waiting for network interface" }, "eni" },
	{ ANY, { "unable to assume the role" }, "iam-role" },
	{ ANY, { "unable to assume role" }, "iam-role" },
	{ ANY, { "unable to assume the service linked role" }, "iam-role" },
	{ ANY, { "trust relationship" }, "iam-role" },
	{ ANY, { "iam permissions policies have been misconfigured" }, "iam-service" },
	{ TASK, { "is not authorized to perform" }, "iam-denied" },
	{ ANY, { "limit on the number of tasks" }, "quota" },
	{ ANY, { "vcpus you can run" }, "quota" },
	{ ANY, { "vcpus that you can run" }, "quota" },
	{ ANY, { "above your limit" }, "quota" },
	{ ANY, { "tasks provisioning capacity limit" }, "quota" },
	{ ANY, { "capacity is unavailable at this time" }, "capacity" },
	{ EVENT, { "could not launch", "tasks for deployment" }, "capacity" },
	{ ANY, { "memberof placement constraint" }, "placement" },
	{ ANY, { "no active instances" }, "placement" },
	{ ANY, { "empty capacity provider" }, "placement" },
	{ EVENT, { "no container instances were found" }, "capacity" },
	{ EVENT, { "no container instance met all", "attribute" }, "placement" },
	{ EVENT, { "no container instance met all" }, "capacity" },
	{ ANY, { "resource:cpu" }, "capacity" },
	{ ANY, { "resource:memory" }, "capacity" },
	{ ANY, { "resource:ports" }, "capacity" },
	{ ANY, { "resource:gpu" }, "capacity" },
	{ EVENT, { "unable to place a task" }, "capacity" },
	{ ANY, { "failed elb health checks" }, "health-elb" },
	{ EVENT, { "is unhealthy in", "target-group" }, "health-elb" },
	{ ANY, { "failed container health checks" }, "health-container" },
	{ ANY, { "target group is not found" }, "target-group" },
	{ ANY, { "target is not found" }, "target-group" },
	{ TASK, { "outofmemory" }, "oom" },
	{ TASK, { "spot task was interrupted" }, "spot" },
	{ TASK, { "host ec2", "terminated" }, "host" },
	{ TASK, { "essential container in task exited" }, "crashed" },
	{ TASK, { "cannotstartcontainererror" }, "runtime" },
	{ TASK, { "containerruntimeerror" }, "runtime" },
	{ TASK, { "cannotcreatecontainererror" }, "runtime" },
	{ TASK, { "containerruntimetimeouterror" }, "runtime" },
	{ TASK, { "timeouterror" }, "runtime" },
	{ EVENT, { "unable to consistently start tasks" }, "throttled-by-scheduler" },
	{ EVENT, { "operations are being throttled" }, "api-throttled" },
	{ EVENT, { "unable to stop or start tasks during a deployment" }, "percents" },
	{ EVENT, { "protected tasks are more than" }, "task-protection" },
	{ EVENT, { "deployment failed: tasks failed to start" }, "circuit-breaker" },
	{ EVENT, { "deployment circuit breaker" }, "circuit-breaker" },
#undef EVENT
#undef TASK
#undef ANY
};

static const struct {
	const char *code; /* as a whole, or its end after '*' */
	const char *category;
} codes[] = {
	{ "AccessDeniedException", "iam-denied" },
	{ "AccessDenied", "iam-denied" },
	{ "UnauthorizedOperation", "iam-denied" },
	{ "BlockedException", "iam-denied" },
	{ "ClusterNotFoundException", "cluster-missing" },
	{ "ServiceNotFoundException", "service-deleted" },
	{ "ServiceNotActiveException", "service-deleted" },
	{ "TargetGroupNotFound", "target-group" },
	{ "RuleNotFound", "traffic-edited" },
	{ "ListenerNotFound", "traffic-edited" },
	{ "TooManyTargetGroups", "traffic-rule" },
	{ "UnrecognizedClientException", "credentials" },
	{ "InvalidClientTokenId", "credentials" },
	{ "InvalidSignatureException", "credentials" },
	{ "SignatureDoesNotMatch", "credentials" },
	{ "IncompleteSignature", "credentials" },
	{ "MissingAuthenticationToken", "credentials" },
	{ "ExpiredToken", "credentials" },
	{ "ExpiredTokenException", "credentials" },
	{ "RequestTimeTooSkewed", "credentials" },
	{ "LimitExceededException", "limit" },
	{ "InvalidParameterException", "definition" },
	{ "InvalidParameterValueException", "definition" },
	{ "RequestTooLargeException", "definition" },
	{ "RequestEntityTooLargeException", "definition" },
	{ "CodeSigningConfigNotFoundException", "definition" },
	{ "CodeVerificationFailedException", "definition" },
	{ "InvalidCodeSignatureException", "definition" },
	{ "CodeStorageExceededException", "limit" },
	{ "ClientException", "definition" },
	{ "ValidationException", "definition" },
	{ "ValidationError", "definition" },
	{ "SerializationException", "definition" },
	{ "UnsupportedFeatureException", "definition" },
	{ "PlatformUnknownException", "definition" },
	{ "PlatformTaskDefinitionIncompatibilityException", "definition" },
	{ "NamespaceNotFoundException", "definition" },
	{ "*Throttling", "throttled" },
	{ "ThrottlingException", "throttled" },
	{ "TooManyRequestsException", "throttled" },
	{ "RequestLimitExceeded", "throttled" },
	{ "ServerException", "aws-internal" },
	{ "ServiceException", "aws-internal" },
	{ "InternalFailure", "aws-internal" },
	{ "ServiceUnavailable", "aws-internal" },
	{ "ServiceUnavailableException", "aws-internal" },
};
/* clang-format on */

const struct failure_kind *failure_kinds(size_t *nr)
{
	*nr = ARRAY_SIZE(kinds);
	return kinds;
}

const struct failure_kind *failure_kind_get(const char *category)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (str_eq(kinds[i].category, category))
			return &kinds[i];
	return NULL;
}

/*
 * Network, capacity, hosts, Spot, limits of registries and throttling come and
 * go. Roles and images come, too, when somebody forgot them, but not of
 * themselves.
 */
static const struct {
	const char *category;
	const char *words; /* or NULL: whatever AWS says */
} lasting[] = {
	{ "iam-role", NULL },
	{ "iam-denied", NULL },
	{ "secrets-denied", NULL },
	{ "secret-missing", NULL },
	{ "log-group", NULL },
	{ "image-missing", NULL },
	{ "image-denied", NULL },
	{ "architecture", NULL },
	{ "runtime", "executable file not found" },
	{ "runtime", "no such file or directory" },
};

bool failure_lasts(const struct failure_kind *kind, const char *message)
{
	size_t i;

	for (i = 0; kind && i < ARRAY_SIZE(lasting); i++)
		if (str_eq(kind->category, lasting[i].category) &&
		    (!lasting[i].words || strcasestr(message, lasting[i].words)))
			return true;
	return false;
}

const struct failure_kind *explain_text(const char *text, unsigned where)
{
	size_t i, w;

	if (!text)
		return NULL;
	for (i = 0; i < ARRAY_SIZE(rules); i++) {
		if (!(rules[i].where & where))
			continue;
		for (w = 0; w < ARRAY_SIZE(rules[i].words) && rules[i].words[w]; w++)
			if (!strcasestr(text, rules[i].words[w]))
				break;
		if (w == ARRAY_SIZE(rules[i].words) || !rules[i].words[w])
			return failure_kind_get(rules[i].category);
	}
	return NULL;
}

const struct failure_kind *explain_api(const char *code, const char *message)
{
	size_t i;

	/* The words tell more than the code: AWS hides both of these in ClientException, too. */
	if (message && (strcasestr(message, "is not authorized to perform") ||
			strcasestr(message, "is not authorized to access")))
		return failure_kind_get("iam-denied");
	if (message && strcasestr(message, "unable to assume the"))
		return failure_kind_get("iam-role");
	/* Of task sets, or of a service; InvalidParameterException, but nothing is wrong with those. */
	if (message && strcasestr(message, "deployments exist"))
		return failure_kind_get("limit");
	for (i = 0; code && i < ARRAY_SIZE(codes); i++)
		if (codes[i].code[0] == '*' ? ends_with(code, codes[i].code + 1) :
					      str_eq(code, codes[i].code))
			return failure_kind_get(codes[i].category);
	return failure_kind_get("aws-error");
}

/* The word after `intro`, or the rest up to a blank. */
static bool word_after(struct strbuf *out, const char *text, const char *intro)
{
	const char *p = strcasestr(text, intro);
	size_t len;

	if (!p)
		return false;
	p += strlen(intro);
	p += strspn(p, " :");
	len = strcspn(p, " \t\n,");
	while (len && p[len - 1] == '.')
		len--;
	strbuf_add(out, p, len);
	return len > 0;
}

bool explain_denied(const char *message, struct strbuf *hint)
{
	struct strbuf action = STRBUF_INIT, resource = STRBUF_INIT, who = STRBUF_INIT;
	bool found;

	found = message && word_after(&action, message, "is not authorized to perform");
	if (found) {
		strbuf_addf(hint, "allow '%s'", action.buf);
		if (word_after(&resource, message, "on resource"))
			strbuf_addf(hint, " on '%s'", resource.buf);
		if (word_after(&who, message, "User:"))
			strbuf_addf(hint, " to '%s'", who.buf);
		if (strcasestr(message, "explicit deny"))
			strbuf_addstr(hint, "; a policy denies it explicitly");
		else if (strcasestr(message, "service control policy"))
			strbuf_addstr(
				hint,
				"; a service control policy of the organization has to allow it, too");
		else if (strcasestr(message, "permissions boundary"))
			strbuf_addstr(hint, "; its permissions boundary has to allow it, too");
	}
	strbuf_release(&action);
	strbuf_release(&resource);
	strbuf_release(&who);
	return found;
}

void explain_exit_code(struct strbuf *out, int64_t code)
{
	static const struct {
		int code;
		const char *meaning;
	} known[] = {
		{ 0, "ended without an error, but a service's container must not end" },
		{ 1, "the application's own error" },
		{ 126, "the command cannot be executed" },
		{ 127, "the command was not found" },
		{ 134, "aborted, SIGABRT" },
		{ 137, "killed, SIGKILL: out of memory, or it did not stop in time" },
		{ 139, "segmentation fault, SIGSEGV" },
		{ 143, "told to stop, SIGTERM" },
		{ 255, "the application's own error, or an entry point that is not there" },
	};
	size_t i;

	strbuf_addf(out, "exit code %" PRId64, code);
	for (i = 0; i < ARRAY_SIZE(known); i++)
		if (known[i].code == code)
			strbuf_addf(out, " (%s)", known[i].meaning);
}
