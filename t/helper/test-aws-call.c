#include "test-tool.h"

#include "aws/client.h"
#include "aws/endpoint.h"

/*
 * One call to AWS, as the deployment engine makes them:
 *
 *	test-tool aws-call --service ecs --op DescribeClusters <body.json
 *
 * Prints the answer's JSON, or the error; exit status 0 or 1.
 */
static const char *const usage[] = {
	"test-tool aws-call --service <name> --op <operation> [--region <region>]\n"
	"                   [--profile <profile>] [--role <arn>] [--look-first] [--timeout <ms>]\n"
	"                   [--times <n>] [--no-delay] [--verbose] [--method <verb> --path <path> [--query <query>]]\n"
	"                   <body",
	NULL
};

/* Retries at once. */
static double nothing(void *data UNUSED)
{
	return 0;
}

static int call_once(struct aws_client *client, const struct aws_request *request, bool verbose)
{
	static const char *const outcomes[] = { "ok", "refused", "not done", "unknown" };
	struct aws_result *result;
	struct error err = ERROR_INIT;
	struct strbuf out = STRBUF_INIT;
	int status = 0;

	if (aws_call_wait(client, request, &result, &err) < 0)
		status = 1;
	if (verbose)
		printf("outcome: %s\nstatus: %d\ncode: %s\nrequest id: %s\nattempts: %u\n",
		       outcomes[result->outcome], result->status, result->code ? result->code : "-",
		       result->request_id ? result->request_id : "-", result->attempts);
	if (status) {
		error_report(&err);
		status = 1;
	} else {
		json_write(&out, result->json, 0);
		puts(out.buf);
	}
	aws_result_free(result);
	error_release(&err);
	strbuf_release(&out);
	return status;
}

int tool_aws_call(int argc, const char **argv)
{
	struct aws_options aws_options = { 0 };
	struct aws_identity identity = { 0 };
	struct aws_request request = { 0 };
	struct aws_client *client;
	struct aws_loop *loop = NULL;
	struct aws *aws = NULL;
	struct strbuf body = STRBUF_INIT_MAX(1 << 24);
	struct error err = ERROR_INIT;
	const char *service = NULL, *region = NULL;
	uint64_t timeout = 0, times = 1;
	int verbose = 0, look_first = 0, no_delay = 0, status = 0, n;
	const struct option options[] = {
		OPT_STRING(0, "service", &service, "name", "ecs, sts, ..."),
		OPT_STRING(0, "op", &request.operation, "operation", "DescribeClusters, ..."),
		OPT_STRING(0, "region", &region, "region", "where"),
		OPT_STRING(0, "profile", &aws_options.profile, "profile", "whose keys"),
		OPT_STRING(0, "role", &identity.role_arn, "arn", "assume this role first"),
		OPT_STRING(0, "method", &request.method, "verb", "of a REST service"),
		OPT_STRING(0, "path", &request.path, "path", "of a REST service"),
		OPT_STRING(0, "query", &request.query, "query", "of a REST service, encoded"),
		OPT_BOOL(0, "look-first", &look_first, "no resend when the outcome is unknown"),
		OPT_UINT(0, "timeout", &timeout, "ms", "of an attempt"),
		OPT_UINT(0, "times", &times, "n", "call so often, one after the other"),
		OPT_BOOL(0, "no-delay", &no_delay, "retry at once"),
		OPT_BOOL(0, "verbose", &verbose, "print outcome, status, code, attempts"),
		OPT_END()
	};

	if (parse_options(argc, argv, options, usage))
		usage_with_options(usage, options, "the body is read from stdin");
	n = service ? aws_service_by_name(service) : -1;
	if (n < 0 || !request.operation)
		usage_with_options(usage, options, "a service and an operation are needed");
	request.service = (enum aws_service)n;
	request.timeout_ms = (unsigned)timeout;
	request.look_first = look_first;
	if (no_delay)
		aws_options.random = nothing;
	if (strbuf_read(&body, 0) < 0)
		return 128;
	if (body.len) {
		request.body = body.buf;
		request.body_len = body.len;
	}
	if (aws_loop_new(&loop, NULL, &err) < 0 || aws_open(&aws, loop, &aws_options, &err) < 0 ||
	    aws_client_get(&client, aws, &identity, region, &err) < 0)
		status = error_report(&err);
	while (!status && times--)
		status = call_once(client, &request, verbose);
	aws_close(aws);
	aws_loop_free(loop);
	strbuf_release(&body);
	error_release(&err);
	return status;
}
