#include "base/base.h"
#include "aws/endpoint.h"

#include "base/strbuf.h"

/* clang-format off */
static const struct aws_service_info services[AWS_SERVICE_NR] = {
	[AWS_ECS] = { "ECS", "ECS", "ecs", "ecs", AWS_JSON_1_1, "AmazonEC2ContainerServiceV20141113" },
	[AWS_STS] = { "STS", "STS", "sts", "sts", AWS_QUERY, "2011-06-15" },
	[AWS_DYNAMODB] = { "DynamoDB", "DYNAMODB", "dynamodb", "dynamodb", AWS_JSON_1_0, "DynamoDB_20120810" },
	[AWS_SECRETSMANAGER] = { "Secrets Manager", "SECRETS_MANAGER", "secretsmanager", "secretsmanager", AWS_JSON_1_1, "secretsmanager" },
	[AWS_SSM] = { "SSM", "SSM", "ssm", "ssm", AWS_JSON_1_1, "AmazonSSM" },
	[AWS_LOGS] = { "CloudWatch Logs", "CLOUDWATCH_LOGS", "logs", "logs", AWS_JSON_1_1, "Logs_20140328" },
	[AWS_ECR] = { "ECR", "ECR", "ecr", "api.ecr", AWS_JSON_1_1, "AmazonEC2ContainerRegistry_V20150921" },
	[AWS_CODEDEPLOY] = { "CodeDeploy", "CODEDEPLOY", "codedeploy", "codedeploy", AWS_JSON_1_1, "CodeDeploy_20141006" },
	[AWS_AUTOSCALING] = { "Application Auto Scaling", "APPLICATION_AUTO_SCALING", "application-autoscaling", "application-autoscaling", AWS_JSON_1_1, "AnyScaleFrontendService" },
	[AWS_CLOUDWATCH] = { "CloudWatch", "CLOUDWATCH", "monitoring", "monitoring", AWS_JSON_1_0, "GraniteServiceVersion20100801" },
	[AWS_ELB] = { "Elastic Load Balancing", "ELASTIC_LOAD_BALANCING_V2", "elasticloadbalancing", "elasticloadbalancing", AWS_QUERY, "2015-12-01" },
	[AWS_LAMBDA] = { "Lambda", "LAMBDA", "lambda", "lambda", AWS_REST_JSON, NULL },
	[AWS_APIGATEWAY] = { "API Gateway", "APIGATEWAYV2", "apigateway", "apigateway", AWS_REST_JSON, NULL },
	[AWS_S3] = { "S3", "S3", "s3", "s3", AWS_REST_XML, NULL },
	[AWS_SSO] = { "SSO", "SSO", "awsssoportal", "portal.sso", AWS_REST_JSON, NULL },
};

static const struct aws_partition partitions[] = {
	{ "aws",	"us- eu- ap- sa- ca- me- af- il- mx-", "amazonaws.com", "api.aws" },
	{ "aws-cn",	"cn-",		"amazonaws.com.cn",	"api.amazonwebservices.com.cn" },
	{ "aws-us-gov",	"us-gov-",	"amazonaws.com",	"api.aws" },
	{ "aws-eusc",	"eusc-de-",	"amazonaws.eu",		"api.amazonwebservices.eu" },
	{ "aws-iso",	"us-iso-",	"c2s.ic.gov",		"api.aws.ic.gov" },
	{ "aws-iso-b",	"us-isob-",	"sc2s.sgov.gov",	"api.aws.scloud" },
	{ "aws-iso-e",	"eu-isoe-",	"cloud.adc-e.uk",	"api.cloud-aws.adc-e.uk" },
	{ "aws-iso-f",	"us-isof-",	"csp.hci.ic.gov",	"api.aws.hci.ic.gov" },
};
/* clang-format on */

const struct aws_service_info *aws_service_info(enum aws_service service)
{
	return &services[service];
}

int aws_service_by_name(const char *name)
{
	int i;

	for (i = 0; i < AWS_SERVICE_NR; i++)
		if (str_eq(services[i].signing, name) || !strcasecmp(services[i].name, name))
			return i;
	return -1;
}

/* The longest prefix counts: "us-gov-" before "us-". */
const struct aws_partition *aws_partition_of(const char *region)
{
	const struct aws_partition *best = &partitions[0];
	size_t best_len = 0, i;

	for (i = 0; i < ARRAY_SIZE(partitions); i++) {
		const char *p = partitions[i].regions;

		while (*p) {
			size_t len = strcspn(p, " ");

			if (len > best_len && !strncmp(region, p, len)) {
				best = &partitions[i];
				best_len = len;
			}
			p += len;
			p += *p == ' ';
		}
	}
	return best;
}

bool aws_region_is_sane(const char *region)
{
	size_t len = strspn(region, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return len && len < 64 && !region[len] && region[0] != '-' && region[len - 1] != '-';
}

const char *aws_configured_region(const struct aws_settings *settings)
{
	const char *region = aws_env(settings, "AWS_REGION");

	if (!region)
		region = aws_env(settings, "AWS_DEFAULT_REGION");
	if (!region)
		region = aws_setting(settings, SETTINGS_PROFILE, settings->profile, "region");
	return region;
}

/* --- overrides ------------------------------------------------------------------ */

static const char *find_override(const struct aws_settings *settings, const char *id, char **source)
{
	char *name = xstrfmt("AWS_ENDPOINT_URL_%s", id), *p;
	const char *url, *section;

	url = aws_env(settings, name);
	if (url) {
		*source = name;
		return url;
	}
	free(name);
	url = aws_env(settings, "AWS_ENDPOINT_URL");
	if (url) {
		*source = xstrdup("AWS_ENDPOINT_URL");
		return url;
	}
	section = aws_setting(settings, SETTINGS_PROFILE, settings->profile, "services");
	if (section) {
		name = xstrfmt("%s.endpoint_url", id);
		for (p = name; *p; p++)
			*p = (char)tolower((unsigned char)*p);
		url = aws_setting(settings, SETTINGS_SERVICES, section, name);
		if (url) {
			*source = xstrfmt("%s of [services %s]", name, section);
			free(name);
			return url;
		}
		free(name);
	}
	url = aws_setting(settings, SETTINGS_PROFILE, settings->profile, "endpoint_url");
	if (url)
		*source = xstrfmt("endpoint_url of profile '%s'", settings->profile);
	return url;
}

static bool overrides_ignored(const struct aws_settings *settings)
{
	const char *v = aws_setting(settings, SETTINGS_PROFILE, settings->profile,
				    "ignore_configured_endpoint_urls");

	return aws_env_flag(settings, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") ||
	       (v && !strcasecmp(v, "true"));
}

static bool is_loopback(const char *host, size_t len)
{
	return (len == 9 && !strncasecmp(host, "localhost", 9)) ||
	       (len == 5 && !memcmp(host, "[::1]", 5)) || (len > 4 && !memcmp(host, "127.", 4));
}

/* Splits what a user gave; a query, a fragment or a user part makes no sense there. */
static int take_url(struct aws_endpoint *endpoint, const char *url, struct error *err)
{
	const char *host, *port, *end = url + strlen(url);
	bool tls = starts_with(url, "https://");
	size_t host_len, name_len;

	if (!skip_prefix(url, "https://", &host) && !skip_prefix(url, "http://", &host))
		return error_set(err, ERROR_INVALID, "%s is '%s', which is no http or https URL",
				 endpoint->source, url);
	host_len = strcspn(host, "/");
	name_len = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/");
	if (!host_len || name_len > host_len || strpbrk(url, "?#@ \t\r\n\\\"<>^`{|}"))
		return error_set(err, ERROR_INVALID, "%s is '%s', which is no URL of an endpoint",
				 endpoint->source, url);
	while (end > host + host_len && end[-1] == '/')
		end--;
	endpoint->url = xmemdupz(url, (size_t)(end - url));
	endpoint->path = endpoint->url + (host - url) + host_len;
	/* Clients leave the usual port out of the Host header. */
	port = host + name_len;
	if ((host_len - name_len == 4 && tls && !memcmp(port, ":443", 4)) ||
	    (host_len - name_len == 3 && !tls && !memcmp(port, ":80", 3)))
		endpoint->host = xmemdupz(host, name_len);
	else
		endpoint->host = xmemdupz(host, host_len);
	endpoint->loopback = is_loopback(host, name_len);
	return 0;
}

/* --- AWS's own ------------------------------------------------------------------ */

static bool is_wanted(const struct aws_settings *settings, const char *variable, const char *key)
{
	const char *v = aws_setting(settings, SETTINGS_PROFILE, settings->profile, key);

	if (aws_env(settings, variable))
		return aws_env_flag(settings, variable);
	return v && !strcasecmp(v, "true");
}

static bool is_one_of(enum aws_service service, const enum aws_service *list, size_t nr)
{
	while (nr--)
		if (list[nr] == service)
			return true;
	return false;
}

static char *own_host(enum aws_service service, const char *region, bool fips, bool dual)
{
	static const enum aws_service plain_fips_in_gov[] = {
		AWS_DYNAMODB, AWS_ELB,	       AWS_CLOUDWATCH, AWS_SSM,
		AWS_STS,      AWS_AUTOSCALING, AWS_LOGS,       AWS_SSO,
	};
	const struct aws_partition *partition = aws_partition_of(region);
	const char *prefix = services[service].prefix;

	if (fips && (!dual || service == AWS_CLOUDWATCH) && str_eq(partition->name, "aws-us-gov") &&
	    is_one_of(service, plain_fips_in_gov, ARRAY_SIZE(plain_fips_in_gov)))
		fips = false;
	if (dual && service == AWS_ECR)
		prefix = "ecr";
	/* Its plain host answers on both. */
	if (service == AWS_SECRETSMANAGER &&
	    (str_eq(partition->name, "aws") || str_eq(partition->name, "aws-us-gov") ||
	     (str_eq(partition->name, "aws-cn") && !fips)))
		dual = false;
	/* S3 puts it the other way around: s3.dualstack.eu-west-1.amazonaws.com. */
	if (service == AWS_S3)
		return xstrfmt("s3%s%s.%s.%s", fips ? "-fips" : "", dual ? ".dualstack" : "",
			       region, partition->suffix);
	return xstrfmt("%s%s.%s.%s", prefix, fips ? "-fips" : "", region,
		       dual ? partition->dual_stack_suffix : partition->suffix);
}

int aws_endpoint_resolve(struct aws_endpoint *endpoint, const struct aws_settings *settings,
			 enum aws_service service, const char *region, struct error *err)
{
	const char *url = NULL;
	struct strbuf seen = STRBUF_INIT;

	memset(endpoint, 0, sizeof(*endpoint));
	if (!aws_region_is_sane(region)) {
		strbuf_add_printable(&seen, region, strlen(region));
		error_set(err, ERROR_INVALID, "'%s' is no AWS region", seen.buf);
		strbuf_release(&seen);
		return -1;
	}
	if (!overrides_ignored(settings))
		url = find_override(settings, services[service].id, &endpoint->source);
	if (url) {
		if (take_url(endpoint, url, err) == 0)
			return 0;
		aws_endpoint_release(endpoint);
		return -1;
	}
	endpoint->host = own_host(
		service, region, is_wanted(settings, "AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint"),
		is_wanted(settings, "AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint"));
	endpoint->url = xstrfmt("https://%s", endpoint->host);
	endpoint->path = endpoint->url + strlen(endpoint->url);
	return 0;
}

void aws_endpoint_release(struct aws_endpoint *endpoint)
{
	FREE_AND_NULL(endpoint->url);
	FREE_AND_NULL(endpoint->host);
	FREE_AND_NULL(endpoint->source);
	endpoint->path = NULL;
}
