#include "base/base.h"
#include "deploy/settings-internal.h"

#include "base/finding.h"
#include "base/strbuf.h"

/* Longer than any deployment may take; keeps sums of times far from overflow. */
#define MAX_SECONDS (30 * 24 * 3600)

static int wrong(struct error *err, const char *path, const char *want, const struct json *got)
{
	return error_set(err, ERROR_INVALID, "'%s' in the deployment settings must be %s, not %s",
			 path, want, got->type == JSON_NULL ? "null" : json_type_name(got->type));
}

static int get_str(char **out, const struct json *doc, const char *path, struct error *err)
{
	const struct json *value = json_path(doc, path);
	const char *s = json_str(value);

	if (!value)
		return 0;
	if (!s)
		return wrong(err, path, "a string", value);
	if (*s)
		*out = xstrdup(s);
	return 0;
}

static int get_bool(bool *out, const struct json *doc, const char *path, struct error *err)
{
	const struct json *value = json_path(doc, path);

	if (!value)
		return 0;
	if (value->type != JSON_BOOL)
		return wrong(err, path, "true or false", value);
	*out = value->u.boolean;
	return 0;
}

static int get_int(int64_t *out, const struct json *doc, const char *path, int64_t min, int64_t max,
		   struct error *err)
{
	const struct json *value = json_path(doc, path);
	int64_t v;

	if (!value)
		return 0;
	if (value->type != JSON_NUMBER)
		return wrong(err, path, "a number", value);
	if (!json_int(value, &v) || v < min || v > max)
		return error_set(
			err, ERROR_INVALID,
			"'%s' in the deployment settings must be a whole number from %" PRId64
			" to %" PRId64 ", not %s",
			path, min, max, value->u.str.s);
	*out = v;
	return 0;
}

static int get_seconds(int64_t *out_ms, const struct json *doc, const char *path, double min,
		       struct error *err)
{
	const struct json *value = json_path(doc, path);
	double s;

	if (!value)
		return 0;
	if (value->type != JSON_NUMBER)
		return wrong(err, path, "a number of seconds", value);
	if (!json_double(value, &s) || !(s >= min && s <= MAX_SECONDS))
		return error_set(
			err, ERROR_INVALID,
			"'%s' in the deployment settings must be from %g to %d seconds, not %s",
			path, min, MAX_SECONDS, value->u.str.s);
	*out_ms = (int64_t)(s * 1000 + 0.5);
	return 0;
}

static int get_object(const struct json **out, const struct json *doc, const char *name,
		      struct error *err)
{
	*out = json_get(doc, name);
	if (*out && (*out)->type != JSON_OBJECT)
		return wrong(err, name, "an object", *out);
	return 0;
}

static int get_list(const struct json **out, const struct json *doc, const char *path,
		    struct error *err)
{
	*out = json_path(doc, path);
	if (!*out)
		return 0;
	if ((*out)->type != JSON_ARRAY)
		return wrong(err, path, "a list", *out);
	if ((*out)->u.array.nr > SETTINGS_LIST_MAX)
		return error_set(
			err, ERROR_LIMIT,
			"'%s' in the deployment settings has %zu items, at most %d are allowed",
			path, (*out)->u.array.nr, SETTINGS_LIST_MAX);
	return 0;
}

static int get_strings(char **out, size_t *nr, const struct json *list, const char *path,
		       struct error *err)
{
	size_t i;

	for (i = 0; i < list->u.array.nr; i++) {
		const char *s = json_str(&list->u.array.items[i]);

		if (!s)
			return wrong(err, path, "a list of strings", &list->u.array.items[i]);
		out[(*nr)++] = xstrdup(s);
	}
	return 0;
}

static int parse_shift(struct settings *s, const struct json *doc, struct error *err)
{
	static const char *const types[] = { "CANARY", "LINEAR", "ALL_AT_ONCE" };
	const struct json *object;
	int64_t percent = 20;
	char *type = NULL;
	size_t i;
	int ret = -1;

	if (get_object(&object, doc, "trafficShiftingConfig", err) < 0)
		return -1;
	s->shift.on = object != NULL;
	if (get_str(&type, doc, "trafficShiftingConfig.type", err) < 0 ||
	    get_int(&percent, doc, "trafficShiftingConfig.percent", 0, 100, err) < 0 ||
	    get_seconds(&s->shift.wait_ms, doc, "trafficShiftingConfig.waitInterval", 0, err) < 0)
		goto out;
	for (i = 0; type && i < ARRAY_SIZE(types); i++)
		if (str_eq(type, types[i]))
			break;
	if (i == ARRAY_SIZE(types)) {
		error_set(err, ERROR_INVALID,
			  "'trafficShiftingConfig.type' in the deployment settings must be CANARY, "
			  "LINEAR or ALL_AT_ONCE, not '%s'",
			  type);
		goto out;
	}
	s->shift.type = type ? (enum shift_type)i : SHIFT_CANARY;
	s->shift.percent = (int)percent;
	if (s->shift.type == SHIFT_LINEAR && !percent) {
		error_set(
			err, ERROR_INVALID,
			"'trafficShiftingConfig.percent' must not be 0 with LINEAR: it would never end");
		goto out;
	}
	ret = 0;
out:
	free(type);
	return ret;
}

static int parse_pairs(struct settings *s, const struct json *doc, struct error *err)
{
	const struct json *list;
	size_t i, nr = 0;

	if (get_list(&list, doc, "targetGroupArnPairs", err) < 0)
		return -1;
	if (!list || !list->u.array.nr)
		return 0;
	s->pairs = xcalloc(2 * list->u.array.nr, sizeof(*s->pairs));
	for (i = 0; i < list->u.array.nr; i++) {
		const struct json *pair = &list->u.array.items[i];

		if (pair->type != JSON_ARRAY || pair->u.array.nr != 2)
			return error_set(
				err, ERROR_INVALID,
				"each item of 'targetGroupArnPairs' in the deployment settings "
				"must be a list of two target group ARNs");
		s->pairs_nr++;
		if (get_strings(s->pairs, &nr, pair, "targetGroupArnPairs", err) < 0)
			return -1;
	}
	return 0;
}

static int parse_alarms(struct settings *s, const struct json *doc, struct error *err)
{
	const struct json *object, *list;

	if (get_object(&object, doc, "alarms", err) < 0 ||
	    get_list(&list, doc, "alarms.alarmNames", err) < 0)
		return -1;
	if (!list || !list->u.array.nr)
		return 0;
	s->alarms = xcalloc(list->u.array.nr, sizeof(*s->alarms));
	return get_strings(s->alarms, &s->alarms_nr, list, "alarms.alarmNames", err);
}

const char *const settings_members[] = { "environment",
					 "environment.region",
					 "environment.account",
					 "environment.roleArn",
					 "trafficShiftingConfig",
					 "trafficShiftingConfig.type",
					 "trafficShiftingConfig.percent",
					 "trafficShiftingConfig.waitInterval",
					 "targetGroupArnPairs",
					 "alarms",
					 "alarms.alarmNames",
					 "deleteNewUponTrafficShiftFailure",
					 "stabilityCheck",
					 "stabilityCheck.pollInterval",
					 "stabilityCheck.timeout",
					 "stabilityCheck.timeoutPerTask",
					 "gmDeploymentCircuitBreaker",
					 "gmDeploymentCircuitBreaker.failureThreshold",
					 "gmDeploymentCircuitBreaker.failureThresholdPercent",
					 "gmDeploymentCircuitBreaker.rollback",
					 "deleteNewUponFailure",
					 "replaceService",
					 "fallbackCapacityProviderStrategy",
					 "approval",
					 "approval.before",
					 "approval.timeout",
					 "dependsOn",
					 "before",
					 "before.task",
					 "before.task.containerName",
					 "before.task.command",
					 "before.task.timeout",
					 NULL };

static bool is_known(const char *const *known, const char *path)
{
	for (; *known; known++)
		if (str_eq(*known, path))
			return true;
	return false;
}

static void tell_unknown(struct strbuf *out, const char *path, const char *const *known)
{
	const char *near;
	size_t nr = 0;

	while (known[nr])
		nr++;
	near = nearest_word(path, known, nr);
	strbuf_addf(out, "%s'%.120s'", out->len ? ", " : "", path);
	if (near)
		strbuf_addf(out, " (did you mean '%s'?)", near);
}

/* Nesting is bounded: below what is not known nothing is looked at. */
static void find_unknown(struct strbuf *out, const struct json *object, const char *above,
			 const char *const *known)
{
	size_t i;

	for (i = 0; object->type == JSON_OBJECT && i < object->u.object.nr; i++) {
		const struct json_member *m = &object->u.object.members[i];
		char *path = xstrfmt("%s%s%.60s", above, *above ? "." : "", m->name);

		if (is_known(known, path))
			find_unknown(out, &m->value, path, known);
		else
			tell_unknown(out, path, known);
		free(path);
	}
}

/* Told, not refused: a file of a later version, or with notes in it, still works. */
void settings_find_unknown(struct settings *s, const struct json *doc, const char *const *known)
{
	struct strbuf out = STRBUF_INIT_MAX(500);

	find_unknown(&out, doc, "", known);
	FREE_AND_NULL(s->unknown);
	if (out.len)
		s->unknown = strbuf_detach(&out, NULL);
	strbuf_release(&out);
}

int settings_parse(struct settings *s, const struct json *doc, struct error *err)
{
	const struct json *object, *list;

	memset(s, 0, sizeof(*s));
	s->shift.percent = 20;
	s->shift.wait_ms = 60000;
	s->delete_new_upon_shift_failure = true;
	s->stability.poll_ms = 30000;
	s->stability.timeout_ms = 300000;
	s->breaker.threshold = 5;
	s->breaker.threshold_percent = -1;
	s->breaker.rollback = true;
	s->delete_new_upon_failure = true;
	s->before.timeout_ms = 600000;
	if (!doc)
		return 0;
	if (doc->type != JSON_OBJECT)
		return error_set(err, ERROR_INVALID,
				 "the deployment settings must be an object, not %s",
				 json_type_name(doc->type));

	if (get_object(&object, doc, "environment", err) < 0 ||
	    get_str(&s->region, doc, "environment.region", err) < 0 ||
	    get_str(&s->account, doc, "environment.account", err) < 0 ||
	    get_str(&s->role_arn, doc, "environment.roleArn", err) < 0 ||
	    parse_shift(s, doc, err) < 0 || parse_pairs(s, doc, err) < 0 ||
	    parse_alarms(s, doc, err) < 0 ||
	    get_bool(&s->delete_new_upon_shift_failure, doc, "deleteNewUponTrafficShiftFailure",
		     err) < 0)
		return -1;

	if (get_object(&object, doc, "stabilityCheck", err) < 0 ||
	    get_seconds(&s->stability.poll_ms, doc, "stabilityCheck.pollInterval", 0.05, err) < 0 ||
	    get_seconds(&s->stability.timeout_ms, doc, "stabilityCheck.timeout", 0, err) < 0 ||
	    get_seconds(&s->stability.timeout_per_task_ms, doc, "stabilityCheck.timeoutPerTask", 0,
			err) < 0)
		return -1;

	if (get_object(&object, doc, "gmDeploymentCircuitBreaker", err) < 0)
		return -1;
	s->breaker.on = object != NULL;
	if (get_int(&s->breaker.threshold, doc, "gmDeploymentCircuitBreaker.failureThreshold", 0,
		    1000000, err) < 0 ||
	    get_int(&s->breaker.threshold_percent, doc,
		    "gmDeploymentCircuitBreaker.failureThresholdPercent", 0, 100000, err) < 0 ||
	    get_bool(&s->breaker.rollback, doc, "gmDeploymentCircuitBreaker.rollback", err) < 0 ||
	    get_bool(&s->delete_new_upon_failure, doc, "deleteNewUponFailure", err) < 0 ||
	    get_bool(&s->replace_service, doc, "replaceService", err) < 0 ||
	    get_list(&list, doc, "fallbackCapacityProviderStrategy", err) < 0)
		return -1;
	s->fallback = list && list->u.array.nr;
	settings_find_unknown(s, doc, settings_members);
	return settings_parse_order(s, doc, err);
}

void settings_release(struct settings *s)
{
	size_t i;

	for (i = 0; i < 2 * s->pairs_nr; i++)
		free(s->pairs[i]);
	for (i = 0; i < s->alarms_nr; i++)
		free(s->alarms[i]);
	free(s->pairs);
	free(s->alarms);
	free(s->region);
	free(s->account);
	free(s->role_arn);
	free(s->unknown);
	free(s->alias);
	settings_release_order(s);
	memset(s, 0, sizeof(*s));
}

/* Amazon ECS API Reference, DeploymentConfiguration. */
static bool is_strategy(const char *name)
{
	return str_eq(name, "ROLLING") || str_eq(name, "BLUE_GREEN") || str_eq(name, "LINEAR") ||
	       str_eq(name, "CANARY");
}

int settings_supported(const struct settings *s, const struct json *svcdef, struct error *err)
{
	const char *controller = json_str(json_path(svcdef, "deploymentController.type"));
	const char *strategy = json_str(json_path(svcdef, "deploymentConfiguration.strategy"));
	bool external;

	if (controller && str_eq(controller, "CODE_DEPLOY")) {
		error_set(
			err, ERROR_INVALID,
			"deployment controller CODE_DEPLOY belongs to another deployer, AWS CodeDeploy");
		return error_hint(
			err,
			"write \"deploymentController\": {\"type\": \"ECS\"} for rolling updates");
	}
	external = controller && str_eq(controller, "EXTERNAL");
	if (controller && !external && !str_eq(controller, "ECS"))
		return error_set(
			err, ERROR_INVALID,
			"deployment controller '%s' is none that ECS knows: ECS, EXTERNAL, CODE_DEPLOY",
			controller);
	if (!external && strategy && !is_strategy(strategy))
		return error_set(
			err, ERROR_INVALID,
			"deployment strategy '%s' is none that ECS knows: ROLLING, BLUE_GREEN, "
			"LINEAR, CANARY",
			strategy);
	if (!external && strategy && !str_eq(strategy, "ROLLING") &&
	    s->approval == APPROVAL_SHIFT) {
		error_set(err, ERROR_INVALID,
			  "approval before \"shift\" can't be had with the strategy %s: ECS shifts "
			  "the traffic by itself",
			  strategy);
		return error_hint(
			err, "add a lifecycle hook to 'deploymentConfiguration', "
			     "{\"targetType\": \"PAUSE\", \"lifecycleStages\": "
			     "[\"PRE_PRODUCTION_TRAFFIC_SHIFT\"]}; 'git gitops approve' lets it "
			     "go on");
	}
	if (!external && s->approval == APPROVAL_SHIFT) {
		error_set(err, ERROR_INVALID,
			  "approval before \"shift\" has no sense with a rolling update: it has no "
			  "traffic to shift");
		return error_hint(err, "write \"approval\": {\"before\": \"deploy\"}");
	}
	return 0;
}

int64_t settings_timeout_ms(const struct settings *s, int64_t desired)
{
	int64_t by_tasks = s->stability.timeout_per_task_ms * MAX(MIN(desired, 100000), 0);

	return MAX(s->stability.timeout_ms, by_tasks);
}

int64_t settings_failure_threshold(const struct settings *s, int64_t desired)
{
	int64_t threshold = s->breaker.threshold;

	if (!s->breaker.on)
		return -1;
	if (s->breaker.threshold_percent >= 0) {
		int64_t part = (s->breaker.threshold_percent * MAX(desired, 0) + 99) / 100;

		threshold = MIN(threshold, part);
	}
	return MAX(threshold, 1);
}
