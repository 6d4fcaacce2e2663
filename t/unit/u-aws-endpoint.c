#include "base/base.h"
#include "aws/endpoint.h"
#include "tap.h"

#define MAX_ENV 6

static char *resolve(const char *const *env, const char *config, enum aws_service service,
		     const char *region, char **host)
{
	struct aws_settings s = { .env = env };
	struct aws_endpoint endpoint;
	struct error err = ERROR_INIT;
	char *got;

	s.profile = xstrdup("default");
	if (aws_settings_parse(&s.config, config, strlen(config), false, "c", &err) < 0)
		BUG("%s", err.message);
	if (aws_endpoint_resolve(&endpoint, &s, service, region, &err) < 0) {
		got = xstrdup(err.message);
	} else {
		got = xstrdup(endpoint.url);
		if (host)
			*host = xstrdup(endpoint.host);
		aws_endpoint_release(&endpoint);
	}
	error_release(&err);
	aws_settings_release(&s);
	return got;
}

static void test_endpoint__overrides_come_in_order(void)
{
	static const char config[] = "[default]\nendpoint_url = http://profile:1\nservices = x\n"
				     "[services x]\nelastic_load_balancing_v2 =\n"
				     "  endpoint_url = http://section:2\n";
	static const struct {
		const char *env[MAX_ENV];
		enum aws_service service;
		const char *want;
	} cases[] = {
		{ { NULL }, AWS_ECS, "http://profile:1" },
		{ { NULL }, AWS_ELB, "http://section:2" },
		{ { "AWS_ENDPOINT_URL=http://all:3" }, AWS_ELB, "http://all:3" },
		{ { "AWS_ENDPOINT_URL=http://all:3",
		    "AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2=http://elb:4" },
		  AWS_ELB,
		  "http://elb:4" },
		{ { "AWS_ENDPOINT_URL=http://all:3", "AWS_ENDPOINT_URL_ECS=http://ecs:5" },
		  AWS_STS,
		  "http://all:3" },
		{ { "AWS_ENDPOINT_URL=http://all:3/prefix//" }, AWS_STS, "http://all:3/prefix" },
		{ { "AWS_ENDPOINT_URL=http://all:3", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true" },
		  AWS_ECS,
		  "https://ecs.eu-west-1.amazonaws.com" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		char *got;

		test_context("row %zu", i);
		got = resolve(cases[i].env, config, cases[i].service, "eu-west-1", NULL);
		check_str(got, cases[i].want);
		free(got);
	}
}

static void test_endpoint__the_host_header_lacks_the_usual_port_only(void)
{
	static const struct {
		const char *url, *host;
	} cases[] = {
		{ "http://h:80", "h" },
		{ "https://h:443", "h" },
		{ "http://h:443", "h:443" },
		{ "https://h:80", "h:80" },
		{ "http://127.0.0.1:4566", "127.0.0.1:4566" },
		{ "http://[::1]:80/x", "[::1]" },
		{ "http://[::1]:81", "[::1]:81" },
		{ "http://h/x", "h" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		char *url = xstrfmt("AWS_ENDPOINT_URL=%s", cases[i].url), *host = NULL;
		const char *const env[] = { url, NULL };

		test_context("%s", cases[i].url);
		free(resolve(env, "", AWS_ECS, "eu-west-1", &host));
		check_str(host, cases[i].host);
		free(host);
		free(url);
	}
}

static void test_endpoint__nonsense_is_refused(void)
{
	static const struct {
		const char *url, *region, *want;
	} cases[] = {
		{ "ftp://h", "eu-west-1",
		  "AWS_ENDPOINT_URL is 'ftp://h', which is no http or https URL" },
		{ "h:4566", "eu-west-1",
		  "AWS_ENDPOINT_URL is 'h:4566', which is no http or https URL" },
		{ "http://", "eu-west-1",
		  "AWS_ENDPOINT_URL is 'http://', which is no URL of an endpoint" },
		{ "http://u:p@h", "eu-west-1",
		  "AWS_ENDPOINT_URL is 'http://u:p@h', which is no URL of an endpoint" },
		{ "http://h?x", "eu-west-1",
		  "AWS_ENDPOINT_URL is 'http://h?x', which is no URL of an endpoint" },
		{ "", "evil.example/", "'evil.example/' is no AWS region" },
		{ "", "eu-west-1.evil", "'eu-west-1.evil' is no AWS region" },
		{ "", "a@b", "'a@b' is no AWS region" },
		{ "", "", "'' is no AWS region" },
		{ "", "-a", "'-a' is no AWS region" },
		{ "", "x\033[2J", "'x\\x1b[2J' is no AWS region" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		char *url = xstrfmt("AWS_ENDPOINT_URL=%s", cases[i].url), *got;
		const char *const env[] = { url, NULL };

		test_context("%s %s", cases[i].url, cases[i].region);
		got = resolve(env, "", AWS_ECS, cases[i].region, NULL);
		check_str(got, cases[i].want);
		free(got);
		free(url);
	}
}

static void test_endpoint__partitions(void)
{
	static const char *const cases[][2] = {
		{ "us-east-1", "aws" },		{ "us-gov-west-1", "aws-us-gov" },
		{ "us-iso-east-1", "aws-iso" }, { "us-isob-east-1", "aws-iso-b" },
		{ "cn-north-1", "aws-cn" },	{ "eusc-de-east-1", "aws-eusc" },
		{ "xx-new-1", "aws" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		check_str(aws_partition_of(cases[i][0])->name, cases[i][1]);
}

static void test_endpoint__the_region_is_looked_for_in_order(void)
{
	static const char *const both[] = { "AWS_DEFAULT_REGION=b", "AWS_REGION=a", NULL };
	static const char *const second[] = { "AWS_DEFAULT_REGION=b", NULL };
	static const char *const none[] = { NULL };
	struct aws_settings s = { .env = both };
	struct error err = ERROR_INIT;

	s.profile = xstrdup("default");
	check_str(aws_configured_region(&s), "a");
	s.env = second;
	check_str(aws_configured_region(&s), "b");
	s.env = none;
	check_str(aws_configured_region(&s), NULL);
	check_int(aws_settings_parse(&s.config, "[default]\nregion=c\n", 19, false, "c", &err), ==,
		  0);
	check_str(aws_configured_region(&s), "c");
	aws_settings_release(&s);
}

int main(void)
{
	TEST(endpoint__overrides_come_in_order);
	TEST(endpoint__the_host_header_lacks_the_usual_port_only);
	TEST(endpoint__nonsense_is_refused);
	TEST(endpoint__partitions);
	TEST(endpoint__the_region_is_looked_for_in_order);
	return test_done();
}
