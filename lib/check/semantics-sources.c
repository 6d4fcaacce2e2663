#include "check/semantics-internal.h"

/* --- push: who may call the function ---------------------------------------------- */

static void needs(struct semantics *s, const struct json *source, const char *member,
		  const char *service)
{
	if (sem_lacks(s, source, member))
		finding_hint(sem_report(s, s->sources, source, SEVERITY_ERROR, "event-source",
					"a source of %s lacks '%s'", service, member),
			     "add \"%s\" here", member);
}

static void ignores(struct semantics *s, const struct json *source, const char *member,
		    const char *what)
{
	if (sem_get(s, source, member))
		sem_report_member(s, s->sources, source, member, SEVERITY_WARNING, "event-source",
				  "'%s' means nothing for %s", member, what);
}

static void check_push(struct semantics *s, const struct json *source)
{
	const char *service = sem_str(s, source, "Service");

	if (!service)
		return;
	if (starts_with(service, "elasticloadbalancing.")) {
		needs(s, source, "TargetGroupArn", "a load balancer");
		ignores(s, source, "ApiId", "a load balancer");
		ignores(s, source, "RouteId", "a load balancer");
		ignores(s, source, "AliasStageVariableName", "a load balancer");
	} else if (starts_with(service, "apigateway.")) {
		needs(s, source, "ApiId", "API Gateway");
		needs(s, source, "RouteId", "API Gateway");
		ignores(s, source, "TargetGroupArn", "API Gateway");
	}
}

/* --- pull: event source mappings -------------------------------------------------- */

enum source_kind {
	SOURCE_OTHER,
	SOURCE_SQS,
	SOURCE_KINESIS,
	SOURCE_DYNAMODB,
	SOURCE_KAFKA, /* Amazon MSK */
	SOURCE_MQ
};

static const char *const source_names[] = { "this source", "SQS",	 "Kinesis",
					    "DynamoDB",	   "Amazon MSK", "Amazon MQ" };

static enum source_kind source_kind(const char *arn)
{
	static const struct {
		const char *service;
		enum source_kind kind;
	} services[] = {
		{ ":sqs:", SOURCE_SQS },
		{ ":kinesis:", SOURCE_KINESIS },
		{ ":dynamodb:", SOURCE_DYNAMODB },
		{ ":kafka:", SOURCE_KAFKA },
		{ ":mq:", SOURCE_MQ },
	};
	const char *service;
	size_t i;

	if (!skip_prefix(arn, "arn:", &service) || !(service = strchr(service, ':')))
		return SOURCE_OTHER;
	for (i = 0; i < ARRAY_SIZE(services); i++)
		if (starts_with(service, services[i].service))
			return services[i].kind;
	return SOURCE_OTHER;
}

static void mapping_needs(struct semantics *s, const struct json *mapping, const char *member,
			  enum source_kind kind, const char *hint)
{
	if (sem_lacks(s, mapping, member))
		finding_hint(sem_report(s, s->sources, mapping, SEVERITY_ERROR, "event-source",
					"a mapping from %s lacks '%s'", source_names[kind], member),
			     "%s", hint);
}

static void check_position(struct semantics *s, const struct json *mapping, enum source_kind kind)
{
	const char *position = sem_str(s, mapping, "StartingPosition");

	if (kind == SOURCE_KINESIS || kind == SOURCE_DYNAMODB || kind == SOURCE_KAFKA)
		mapping_needs(s, mapping, "StartingPosition", kind,
			      "add \"StartingPosition\": \"LATEST\" (or \"TRIM_HORIZON\")");
	if (!position)
		return;
	if (kind == SOURCE_SQS)
		finding_hint(sem_report_member(s, s->sources, mapping, "StartingPosition",
					       SEVERITY_ERROR, "event-source",
					       "a mapping from SQS has no 'StartingPosition'"),
			     "remove it: a queue is read from its start");
	else if (str_eq(position, "AT_TIMESTAMP") && kind == SOURCE_DYNAMODB)
		finding_hint(sem_report_member(s, s->sources, mapping, "StartingPosition",
					       SEVERITY_ERROR, "event-source",
					       "a mapping from DynamoDB can't start AT_TIMESTAMP"),
			     "it may be TRIM_HORIZON, LATEST");
	else if (str_eq(position, "AT_TIMESTAMP"))
		mapping_needs(s, mapping, "StartingPositionTimestamp", kind,
			      "add it: seconds since 1970");
}

/* AWS Lambda Developer Guide, "Using Lambda with Amazon SQS". */
static void check_queue(struct semantics *s, const struct json *mapping, const char *arn)
{
	static const char *const of_streams[] = { "ParallelizationFactor",
						  "BisectBatchOnFunctionError",
						  "TumblingWindowInSeconds" };
	const struct json *size = sem_get(s, mapping, "BatchSize");
	int64_t batch, window = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(of_streams); i++)
		ignores(s, mapping, of_streams[i], "a mapping from SQS");
	if (!json_int(size, &batch))
		return;
	if (ends_with(arn, ".fifo")) {
		if (batch > 10)
			finding_hint(sem_report(s, s->sources, size, SEVERITY_ERROR, "event-source",
						"a batch from a FIFO queue can't have %" PRId64
						" messages",
						batch),
				     "10 is the most");
	} else if (batch > 10 &&
		   (sem_lacks(s, mapping, "MaximumBatchingWindowInSeconds") ||
		    (sem_int(s, mapping, "MaximumBatchingWindowInSeconds", &window) && !window))) {
		finding_hint(sem_report(s, s->sources, size, SEVERITY_ERROR, "event-source",
					"batches of more than 10 messages need a batching window"),
			     "add \"MaximumBatchingWindowInSeconds\": 1, or more");
	}
}

/* The name in "name", "name:alias", "...:function:name:alias". */
static bool names_function(const char *text, const char *function)
{
	const char *name = strstr(text, ":function:");
	const char *other = strstr(function, ":function:");
	size_t len;

	name = name ? name + strlen(":function:") : text;
	other = other ? other + strlen(":function:") : function;
	len = strcspn(name, ":");
	/* 123456789012:function-name and the like are left alone */
	return (len == strcspn(other, ":") && !strncmp(name, other, len)) ||
	       (name == text && strchr(text, ':')) || (other == function && strchr(function, ':'));
}

static void check_mapping(struct semantics *s, const struct json *mapping)
{
	const struct json *arn = sem_get(s, mapping, "EventSourceArn");
	const struct json *function = sem_get(s, mapping, "FunctionName");
	const struct json *own = s->definition ? sem_get(s, s->definition->json, "FunctionName") :
						 NULL;
	enum source_kind kind;

	if (json_str(function) && json_str(own) &&
	    !names_function(json_str(function), json_str(own)))
		finding_hint(sem_report(s, s->sources, function, SEVERITY_WARNING, "event-source",
					"this mapping names another function, '%s'",
					sem_text(s, s->sources, function)),
			     "it is made for the alias of '%s'; leave 'FunctionName' out",
			     sem_text(s, s->definition, own));
	if (sem_lacks(s, mapping, "EventSourceArn") &&
	    sem_lacks(s, mapping, "SelfManagedEventSource"))
		finding_hint(sem_report(s, s->sources, mapping, SEVERITY_ERROR, "event-source",
					"this mapping has no source"),
			     "add \"EventSourceArn\" (or \"SelfManagedEventSource\")");
	if (!json_str(arn))
		return;
	kind = source_kind(json_str(arn));
	if (kind == SOURCE_OTHER)
		return;
	check_position(s, mapping, kind);
	if (kind == SOURCE_SQS)
		check_queue(s, mapping, json_str(arn));
	else
		ignores(s, mapping, "ScalingConfig", "sources other than SQS");
	if (kind == SOURCE_KAFKA)
		mapping_needs(s, mapping, "Topics", kind, "add \"Topics\": [\"<name>\"]");
	if (kind == SOURCE_MQ) {
		mapping_needs(s, mapping, "Queues", kind, "add \"Queues\": [\"<name>\"]");
		mapping_needs(s, mapping, "SourceAccessConfigurations", kind,
			      "add the secret that holds the broker's user and password");
	}
}

void sem_sources(struct semantics *s)
{
	const struct json *push, *pull;
	size_t i;

	if (!s->sources)
		return;
	push = sem_list(s, s->sources->json, "PushEventSources");
	for (i = 0; i < sem_nr(push); i++)
		if (sem_item(s, push, i))
			check_push(s, sem_item(s, push, i));
	pull = sem_get(s, s->sources->json, "PullEventSources");
	if (pull && pull->type == JSON_OBJECT) {
		const struct json *mapping = sem_object(s, pull, "EventSourceMapping");

		if (mapping)
			check_mapping(s, mapping);
	}
	for (i = 0; i < sem_nr(pull); i++) {
		const struct json *mapping =
			sem_object(s, sem_item(s, pull, i), "EventSourceMapping");

		if (mapping)
			check_mapping(s, mapping);
	}
}
