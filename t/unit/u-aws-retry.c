#include "base/base.h"
#include "aws/limit.h"
#include "aws/retry.h"
#include "tap.h"

static void test_retry__classes_are_as_published(void)
{
	static const struct {
		struct retry_case c;
		enum retry_class want;
		bool sent, ambiguous;
	} cases[] = {
		{ { .failure = HTTP_UNREACHABLE }, RETRY_TRANSIENT, false, false },
		{ { .failure = HTTP_BROKEN }, RETRY_TRANSIENT, true, true },
		{ { .failure = HTTP_BROKEN }, RETRY_TRANSIENT, false, false },
		{ { .failure = HTTP_TIMEOUT }, RETRY_TIMEOUT, true, true },
		{ { .failure = HTTP_TLS }, RETRY_NEVER, false, false },
		{ { .failure = HTTP_TOO_LARGE }, RETRY_NEVER, true, true },
		{ { .failure = HTTP_BAD_REQUEST }, RETRY_NEVER, false, false },
		{ { .status = 500 }, RETRY_TRANSIENT, true, true },
		{ { .status = 503 }, RETRY_TRANSIENT, true, true },
		{ { .status = 501 }, RETRY_NEVER, true, false },
		{ { .status = 429 }, RETRY_THROTTLED, true, false },
		{ { .status = 404 }, RETRY_NEVER, true, false },
		{ { .status = 200 }, RETRY_TRANSIENT, true, true },
		{ { .status = 400, .code = "ThrottlingException" }, RETRY_THROTTLED, true, false },
		{ { .status = 400, .code = "Throttling" }, RETRY_THROTTLED, true, false },
		{ { .status = 503, .code = "SlowDown" }, RETRY_THROTTLED, true, false },
		{ { .status = 400, .code = "ServerException" }, RETRY_TRANSIENT, true, false },
		{ { .status = 500, .code = "ServerException" }, RETRY_TRANSIENT, true, true },
		{ { .status = 400, .code = "ClientException" }, RETRY_NEVER, true, false },
		{ { .status = 400, .code = "LimitExceededException" }, RETRY_NEVER, true, false },
		{ { .status = 400, .code = "ExpiredTokenException" }, RETRY_EXPIRED, true, false },
		{ { .status = 403, .code = "InvalidClientTokenId" }, RETRY_EXPIRED, true, false },
		{ { .status = 403, .code = "RequestTimeTooSkewed" }, RETRY_SKEW, true, false },
		{ { .status = 403, .code = "SignatureDoesNotMatch" }, RETRY_NEVER, true, false },
		{ { .status = 403, .code = "SignatureDoesNotMatch", .skewed = true },
		  RETRY_SKEW,
		  true,
		  false },
		{ { .status = 403, .code = "AccessDenied", .skewed = true },
		  RETRY_NEVER,
		  true,
		  false },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		test_context("row %zu", i);
		check_int(retry_classify(&cases[i].c), ==, cases[i].want);
		check_int(retry_is_ambiguous(&cases[i].c, cases[i].sent), ==, cases[i].ambiguous);
	}
}

static void test_retry__delays_double_up_to_twenty_seconds(void)
{
	unsigned n;

	for (n = 1; n < 70; n++) {
		int64_t most = retry_delay_ms(n, RETRY_THROTTLED, 0.999999, -1);

		test_context("retry %u", n);
		check_int(most, <=, RETRY_MAX_DELAY_MS);
		if (n <= 4)
			check_int(most, ==, (1000 << (n - 1)) - 1);
		else if (n > 6)
			check_int(most, >=, RETRY_MAX_DELAY_MS - 1);
		check_int(retry_delay_ms(n, RETRY_THROTTLED, 0, -1), ==, 0);
		check_int(retry_delay_ms(n, RETRY_TRANSIENT, 0.999999, -1), <=, most);
	}
	check_int(retry_delay_ms(3, RETRY_SKEW, 0.9, -1), ==, 0);
}

static void test_retry__a_hint_counts_within_five_seconds(void)
{
	check_int(retry_delay_ms(1, RETRY_THROTTLED, 0.5, 100), ==, 500);
	check_int(retry_delay_ms(1, RETRY_THROTTLED, 0.5, 3000), ==, 3000);
	check_int(retry_delay_ms(1, RETRY_THROTTLED, 0.5, 60000), ==, 5500);
}

static void test_retry__the_quota_ends_storms_and_fills_again(void)
{
	struct retry_quota quota = RETRY_QUOTA_INIT;
	unsigned i;

	for (i = 0; i < RETRY_QUOTA / 5; i++)
		check_uint(retry_quota_take(&quota, RETRY_TRANSIENT), ==, 5);
	check_uint(retry_quota_take(&quota, RETRY_TRANSIENT), ==, 0);
	retry_quota_give(&quota, 0);
	check_uint(retry_quota_take(&quota, RETRY_TRANSIENT), ==, 0);
	retry_quota_give(&quota, 10);
	check_uint(retry_quota_take(&quota, RETRY_TIMEOUT), ==, 10);
	for (i = 0; i < 10000; i++)
		retry_quota_give(&quota, 0);
	check_uint(quota.tokens, ==, RETRY_QUOTA);
}

static int64_t with_headers(const char *text, int64_t (*read)(const struct http_response *))
{
	struct strbuf headers = STRBUF_INIT;
	struct http_response response = { .headers = &headers };
	int64_t value;

	strbuf_addstr(&headers, text);
	value = read(&response);
	strbuf_release(&headers);
	return value;
}

static void test_retry__reads_what_servers_ask_for(void)
{
	check_int(with_headers("HTTP/1.1 429\r\nRetry-After: 7\r\n\r\n", retry_hint_ms), ==, 7000);
	check_int(with_headers("a: b\r\nX-Amz-Retry-After:1500\r\nRetry-After: 7\r\n",
			       retry_hint_ms),
		  ==, 1500);
	check_int(with_headers("Retry-After: Fri, 31 Dec 1999 23:59:59 GMT\r\n", retry_hint_ms), ==,
		  -1);
	check_int(with_headers("Retry-After: -1\r\n", retry_hint_ms), ==, -1);
	check_int(with_headers("Retry-After: 99999999999999999999\r\n", retry_hint_ms), ==, -1);
	check_int(with_headers("", retry_hint_ms), ==, -1);
}

static void test_retry__reads_the_servers_clock(void)
{
	check_int(with_headers("Date: Sun, 30 Aug 2015 12:36:00 GMT\r\n", retry_server_time_ms), ==,
		  INT64_C(1440938160000));
	check_int(with_headers("date: Thu, 01 Jan 1970 00:00:01 GMT\r\n", retry_server_time_ms), ==,
		  1000);
	check_int(with_headers("Date: Sun, 30 Foo 2015 12:36:00 GMT\r\n", retry_server_time_ms), ==,
		  -1);
	check_int(with_headers("Date: yesterday\r\n", retry_server_time_ms), ==, -1);
	check_int(with_headers("Date: Sun, 30 Aug 2015 1x:36:00 GMT\r\n", retry_server_time_ms), ==,
		  -1);
}

static void test_limit__groups_are_as_published(void)
{
	unsigned update = limit_group_of(AWS_ECS, "UpdateService");

	check_uint(limit_group_of(AWS_ECS, "CreateService"), ==, update);
	check_uint(limit_group_of(AWS_ECS, "DescribeServices"), !=, update);
	check_int((int)limit_rule(limit_group_of(AWS_ECS, "RegisterTaskDefinition"))->rate, ==, 1);
	check_int((int)limit_rule(limit_group_of(AWS_LAMBDA, "UpdateAlias"))->rate, ==, 15);
	check_int((int)limit_rule(limit_group_of(AWS_LAMBDA, "GetFunction"))->rate, ==, 100);
	check_uint(limit_group_of(AWS_DYNAMODB, "PutItem"), ==, limit_groups() - 1);
	check_uint(limit_group_of(AWS_ECS, "Service"), !=, update);
}

/* AWS counts each kind of call, and all of them together, 10 a second. */
static void test_limit__all_calls_to_load_balancers_share_one(void)
{
	double sum = 0;
	unsigned i;

	for (i = 0; i < limit_groups(); i++)
		if (limit_rule(i)->service == AWS_ELB)
			sum += limit_rule(i)->rate;
	check_int((int)sum, ==, 10);
	check_uint(limit_group_of(AWS_ELB, "ModifyRule"), ==,
		   limit_group_of(AWS_ELB, "ModifyListener"));
	check_uint(limit_group_of(AWS_ELB, "ModifyRule"), !=,
		   limit_group_of(AWS_ELB, "DescribeRules"));
	check_int((int)limit_rule(limit_group_of(AWS_CLOUDWATCH, "DescribeAlarms"))->rate, ==, 9);
}

static void test_limit__a_bucket_gives_burst_then_rate(void)
{
	unsigned group = limit_group_of(AWS_ECS, "CreateService");
	struct limit_bucket b;
	int64_t now = 5000, wait;
	int i;

	limit_init(&b, group, 1.0, now);
	for (i = 0; i < 50; i++)
		check_int(limit_take(&b, now), ==, 0);
	wait = limit_take(&b, now);
	check_int(wait, >, 150);
	check_int(wait, <=, 201);
	check_int(limit_take(&b, now + wait), ==, 0);
	/* Ten seconds later: 5 a second, no more. */
	now += 10000 + wait;
	for (i = 0; !limit_take(&b, now); i++)
		;
	check_int(i, >=, 49);
	check_int(i, <=, 50);
}

static void test_limit__throttling_slows_down_and_passing_speeds_up(void)
{
	unsigned group = limit_group_of(AWS_ECS, "CreateService"), i;
	struct limit_bucket b;

	limit_init(&b, group, 1.0, 0);
	limit_throttled(&b, 0);
	check_int(limit_take(&b, 0), >, 200);
	for (i = 0; i < 100; i++)
		limit_throttled(&b, 0);
	check_int((int)(b.rate * 10), ==, 5);
	for (i = 0; i < 1000; i++)
		limit_passed(&b);
	check_int((int)b.rate, ==, 5);
}

int main(void)
{
	TEST(retry__classes_are_as_published);
	TEST(retry__delays_double_up_to_twenty_seconds);
	TEST(retry__a_hint_counts_within_five_seconds);
	TEST(retry__the_quota_ends_storms_and_fills_again);
	TEST(retry__reads_what_servers_ask_for);
	TEST(retry__reads_the_servers_clock);
	TEST(limit__groups_are_as_published);
	TEST(limit__all_calls_to_load_balancers_share_one);
	TEST(limit__a_bucket_gives_burst_then_rate);
	TEST(limit__throttling_slows_down_and_passing_speeds_up);
	return test_done();
}
