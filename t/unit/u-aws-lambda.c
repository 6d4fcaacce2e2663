#include "base/base.h"
#include "aws/lambda.h"
#include "aws/limit.h"
#include "tap.h"

/* What Lambda says with 409 and 412, and what it means for whoever is refused. */
static void test_lambda__tells_refusals_apart(void)
{
	static const struct {
		int status;
		const char *code, *message;
		enum lambda_refusal means;
	} rows[] = {
		{ 409, "ResourceConflictException", "Function already exist: web", LAMBDA_EXISTS },
		{ 409, "ResourceConflictException",
		  "Alias already exists: arn:aws:lambda:us-east-1:123456789012:function:web:LIVE",
		  LAMBDA_EXISTS },
		{ 409, "ResourceConflictException",
		  "The operation cannot be performed at this time. An update is in progress for "
		  "resource: arn:aws:lambda:us-east-1:123456789012:function:web",
		  LAMBDA_BUSY },
		{ 409, "ResourceConflictException",
		  "The operation cannot be performed at this time. The function is currently in "
		  "the following state: Pending",
		  LAMBDA_BUSY },
		{ 409, "ResourceConflictException",
		  "The operation cannot be performed at this time. The function is currently in "
		  "the following state: Failed",
		  LAMBDA_OTHER },
		{ 409, "ResourceConflictException",
		  "The operation cannot be performed at this time. The last update failed for "
		  "resource: arn:aws:lambda:us-east-1:123456789012:function:web",
		  LAMBDA_OTHER },
		{ 409, "ResourceConflictException",
		  "Unable to delete version because the following aliases reference it: [LIVE]",
		  LAMBDA_IN_USE },
		{ 409, "ResourceConflictException", "words of another year", LAMBDA_OTHER },
		{ 409, "ResourceConflictException", NULL, LAMBDA_OTHER },
		{ 412, "PreconditionFailedException",
		  "The Revision Id provided does not match the latest Revision Id.",
		  LAMBDA_CHANGED },
		{ 404, "ResourceNotFoundException", "Function not found: web", LAMBDA_MISSING },
		{ 404, "ProvisionedConcurrencyConfigNotFoundException", "No config",
		  LAMBDA_MISSING },
		{ 400, "InvalidParameterValueException", "already exists", LAMBDA_OTHER },
	};
	struct aws_result r = { .outcome = AWS_REFUSED };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		test_context("%d %s", rows[i].status, rows[i].message ? rows[i].message : "-");
		r.status = rows[i].status;
		r.code = rows[i].code;
		r.message = rows[i].message;
		check_int(lambda_refusal(&r), ==, rows[i].means);
	}
	/* Whether it was done is not known: no refusal. */
	r.outcome = AWS_UNKNOWN;
	r.status = 409;
	check_int(lambda_refusal(&r), ==, LAMBDA_OTHER);
}

static void test_lambda__a_role_that_is_new_is_not_known_yet(void)
{
	struct aws_result r = { .outcome = AWS_REFUSED, .status = 400 };

	check(!lambda_role_is_unknown(&r));
	r.message = "The role defined for the function cannot be assumed by Lambda.";
	check(lambda_role_is_unknown(&r));
}

static void test_lambda__all_of_the_control_plane_shares_a_limit(void)
{
	unsigned all = limit_group_of(AWS_LAMBDA, "PublishVersion");

	check_uint(limit_group_of(AWS_LAMBDA, "UpdateAlias"), ==, all);
	check_uint(limit_group_of(AWS_LAMBDA, "ListEventSourceMappings"), ==, all);
	check_uint(limit_group_of(AWS_LAMBDA, "GetFunction"), !=, all);
	check_uint(limit_group_of(AWS_LAMBDA, "GetPolicy"), !=, all);
}

int main(void)
{
	TEST(lambda__tells_refusals_apart);
	TEST(lambda__a_role_that_is_new_is_not_known_yet);
	TEST(lambda__all_of_the_control_plane_shares_a_limit);
	return test_done();
}
