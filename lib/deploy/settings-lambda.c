#include "base/base.h"
#include "deploy/settings-internal.h"

/* What _lambdadepdef.json has beside the members that it shares with _depdef.json. */

#define SECONDS_MAX (30 * 24 * 3600)
#define COUNT_MAX   1000000

const char *const settings_lambda_members[] = { "environment",
						"environment.region",
						"environment.account",
						"environment.roleArn",
						"alias",
						"trafficShiftingConfig",
						"trafficShiftingConfig.type",
						"trafficShiftingConfig.percent",
						"trafficShiftingConfig.waitInterval",
						"alarms",
						"alarms.alarmNames",
						"readinessCheck",
						"readinessCheck.waitInterval",
						"readinessCheck.maxRetries",
						"keepVersions",
						"provisionedConcurrentExecutions",
						"deleteNewUponTrafficShiftFailure",
						"deleteNewUponFailure",
						"approval",
						"approval.before",
						"approval.timeout",
						"dependsOn",
						NULL };

static int wrong(struct error *err, const char *path, const char *want)
{
	return error_set(err, ERROR_INVALID, "'%s' in the deployment settings must be %s", path,
			 want);
}

static int read_count(int64_t *out, const struct json *doc, const char *path, struct error *err)
{
	const struct json *value = json_path(doc, path);

	if (value && (!json_int(value, out) || *out < 0 || *out > COUNT_MAX))
		return wrong(err, path, "a whole number from 0 to 1000000");
	return 0;
}

static int read_seconds(int64_t *ms, const struct json *doc, const char *path, struct error *err)
{
	const struct json *value = json_path(doc, path);
	double seconds;

	if (!value)
		return 0;
	if (!json_double(value, &seconds) || !(seconds > 0 && seconds <= SECONDS_MAX))
		return wrong(err, path, "a number of seconds, more than 0 and at most 30 days");
	*ms = MAX((int64_t)(seconds * 1000 + 0.5), 1);
	return 0;
}

static int parse_alias(struct settings *s, const struct json *doc, struct error *err)
{
	const char *alias = json_get_str(doc, "alias");

	if (!json_get(doc, "alias")) {
		error_set(err, ERROR_INVALID, "the deployment settings name no 'alias'");
		return error_hint(err, "add \"alias\": \"LIVE\" to the deployment settings "
				       "(_lambdadepdef.json): versions are put behind it");
	}
	if (!alias || !*alias)
		return wrong(err, "alias", "the name of an alias");
	if (str_eq(alias, "$LATEST")) {
		error_set(err, ERROR_INVALID, "'alias' in the deployment settings is '$LATEST'");
		return error_hint(err, "$LATEST is what is being changed; name an alias of your "
				       "own, such as \"LIVE\"");
	}
	s->alias = xstrdup(alias);
	return 0;
}

int settings_parse_lambda(struct settings *s, const struct json *doc, struct error *err)
{
	const struct json *readiness = json_get(doc, "readinessCheck");

	if (settings_parse(s, doc, err) < 0)
		return -1;
	s->readiness.wait_ms = 10000;
	s->readiness.retries = 5;
	s->keep_versions = 1;
	s->provisioned = -1;
	if (parse_alias(s, doc, err) < 0)
		return -1;
	if (readiness && readiness->type != JSON_OBJECT)
		return wrong(err, "readinessCheck", "an object");
	if (read_seconds(&s->readiness.wait_ms, doc, "readinessCheck.waitInterval", err) < 0 ||
	    read_count(&s->readiness.retries, doc, "readinessCheck.maxRetries", err) < 0 ||
	    read_count(&s->keep_versions, doc, "keepVersions", err) < 0 ||
	    read_count(&s->provisioned, doc, "provisionedConcurrentExecutions", err) < 0)
		return -1;
	settings_find_unknown(s, doc, settings_lambda_members);
	return 0;
}
