#include "base/base.h"
#include "deploy/lambda.h"

#include "deploy/rolling.h"
#include "deploy/traffic-internal.h"

/*
 * A function is changed in $LATEST, a version is published of it, and an alias
 * is moved from the version it names to the new one, step by step where the
 * settings say so.
 *
 * The fewest calls that do the job:
 *
 *	1	GetCallerIdentity	once for all, the account is checked
 *	0..n	ListLayerVersions, DescribeImages	of what is named `:latest`, or by a tag
 *	1	GetFunction		what is there, what differs?
 *	1	GetAlias		where it is there
 *	0..1	GetFunction		of the alias's version, before a shift in steps
 *	1	CreateFunction		or, each only where something differs:
 *	0..1	UpdateFunctionConfiguration, UpdateFunctionCode, TagResource
 *	n	GetFunction		until $LATEST is ready, after each of these
 *	1	PublishVersion
 *	n	GetFunction		until the version is ready
 *	n	CreateAlias or UpdateAlias	one for each step
 *	0..1	GetAlias		after the wait for the last one
 *	0..1	GetProvisionedConcurrencyConfig
 *	0..n	DeleteFunction		of versions that were replaced
 *
 * $LATEST is not put back after a failure: nobody is served by it, and the
 * next deployment compares with what is there.
 */

/* --- settings, client --- */

/* "arn:aws:lambda:us-east-1:123456789012:function:web" is "web". */
static const char *short_name(const char *name)
{
	const char *p = strstr(name, ":function:");

	if (p)
		return p + strlen(":function:");
	p = strchr(name, ':'); /* "123456789012:function:web" had one */
	return p ? p + 1 : name;
}

static int parse_settings(struct deployment *d, struct error *err)
{
	const struct json *doc = ecs_document(d, ROLE_SETTINGS);
	const char *alias = json_get_str(doc, "alias");

	if (d->intent != INTENT_DELETE)
		return settings_parse_lambda(&d->settings, doc, err);
	if (settings_parse(&d->settings, doc, err) < 0)
		return -1;
	if (alias && *alias)
		d->settings.alias = xstrdup(alias);
	return 0;
}

enum step_result lambda_setup(struct deployment *d)
{
	const char *name = json_get_str(ecs_document(d, ROLE_DEFINITION), "FunctionName");
	struct error err = ERROR_INIT;
	enum step_result ret = STEP_DONE;

	if (!name || !*short_name(name)) {
		ret = deploy_fail(d, "definition", "the definition has no 'FunctionName'");
		goto out;
	}
	/* What was recorded is what is being changed, whatever the files say by now. */
	if (!d->record->name)
		record_set(&d->record->name, short_name(name));
	if (parse_settings(d, &err) < 0) {
		ret = deploy_fail_hint(d, "settings", err.hint, "%s", err.message);
		goto out;
	}
	if (deploy_get_client(d, &err) < 0) {
		ret = deploy_fail_hint(d, err.kind == ERROR_DENIED ? "credentials" : "region",
				       err.hint, "%s", err.message);
		goto out;
	}
	record_set(&d->record->region, aws_client_region(d->client));
	lambda_apply_resolved(d);
out:
	error_release(&err);
	return ret;
}

/* --- reading --- */

enum step_result lambda_read(struct deployment *d, const char *qualifier,
			     enum aws_priority priority, int phase)
{
	d->call = lambda_get_function(d->client, d->record->name, qualifier, priority,
				      deploy_on_result, d);
	return deploy_await(d, phase);
}

bool lambda_is_done(const struct deployment *d)
{
	return deploy_id_get(d, ID_READY) || deploy_id_get(d, ID_KEPT) ||
	       deploy_id_get(d, ID_VERSION);
}

bool lambda_is_same(const struct deployment *d, const char *part)
{
	const char *same = deploy_id_get(d, ID_SAME);

	return same && strstr(same, part);
}

bool lambda_moves(const struct deployment *d)
{
	const char *version = deploy_id_get(d, ID_VERSION), *old = deploy_id_get(d, ID_OLD_VERSION);

	return version && (!old || !str_eq(version, old) || deploy_id_get(d, ID_SPLIT));
}

/* --- preflight --- */

static void tell_ignored_settings(struct deployment *d)
{
	if (d->settings.unknown)
		deploy_event(d, "ignored in the deployment settings: %s", d->settings.unknown);
}

/* Whoever changes one of them meanwhile is found when it is published. */
static void note_same(struct deployment *d, bool configuration, bool code, bool tags)
{
	struct strbuf same = STRBUF_INIT;

	strbuf_addf(&same, "%s %s %s", configuration ? LAMBDA_SAME_CONFIGURATION : "",
		    code ? LAMBDA_SAME_CODE : "", tags ? LAMBDA_SAME_TAGS : "");
	deploy_id_set(d, ID_SAME, same.buf);
	strbuf_release(&same);
}

/* Does $LATEST have to be changed at all? */
static enum step_result see_function(struct deployment *d)
{
	const struct json *definition = ecs_document(d, ROLE_DEFINITION);
	const struct json *function = d->result->json;
	const struct json *config = json_get(function, "Configuration");
	bool gone;
	const char *fixed = lambda_immutable(definition, config, &gone);
	const char *sha = json_get_str(config, "CodeSha256");
	const char *revision = json_get_str(config, "RevisionId"), *url;
	struct lambda_code code = LAMBDA_CODE_INIT;
	struct strbuf members = STRBUF_INIT, mark = STRBUF_INIT;
	struct lambda_tags tags = LAMBDA_TAGS_INIT;
	struct error err = ERROR_INIT;
	enum step_result ret = STEP_DONE;
	bool differs, configuration, other_code, other_tags;

	deploy_id_set(d, ID_MODE, "update");
	if (fixed)
		return deploy_fail_hint(
			d, "immutable",
			"delete the function first (remove its definition), or give it another "
			"name",
			gone ? "'%s' of function '%s' is not in the definition, and no call takes "
			       "it away" :
			       "'%s' of function '%s' is another one in the definition, and no call "
			       "changes it",
			fixed, d->record->name);
	if (lambda_code_prepare(&code, d, &err) < 0 || lambda_code_digest(&code, &err) < 0) {
		ret = deploy_fail_hint(d, "definition", err.hint, "%s", err.message);
		goto out;
	}
	configuration = lambda_compare(&members, definition, config) > 0;
	other_code = lambda_code_differs(&code, d, function);
	(void)lambda_code_mark(&mark, &code, sha);
	lambda_tags_compare(&tags, definition, mark.len ? mark.buf : NULL,
			    json_get(function, "Tags"));
	other_tags = tags.missing || tags.extra;
	differs = configuration || other_code || other_tags;
	/* The mark of other code is a tag. */
	if (lambda_state(config) == LAMBDA_READY)
		note_same(d, !configuration, !other_code,
			  !other_tags && !(other_code && code.mark));
	if (json_path(function, "Tags." LAMBDA_TAG_SIGNING))
		deploy_id_set(d, ID_SIGNED, "1");
	url = json_str(json_path(function, "Tags." LAMBDA_TAG_URL));
	if (url && str_eq(url, d->settings.alias))
		deploy_id_set(d, ID_URL_OURS, "1");
	if (!differs && revision && lambda_state(config) == LAMBDA_READY) {
		deploy_id_set(d, ID_READY, revision);
		deploy_id_set(d, ID_CODE_SHA, sha);
	}
out:
	lambda_code_release(&code);
	strbuf_release_secret(&members);
	lambda_tags_release(&tags);
	strbuf_release(&mark);
	error_release(&err);
	return ret;
}

static void see_alias(struct deployment *d)
{
	const struct json *alias = d->result->json;
	const struct json *weights = json_path(alias, "RoutingConfig.AdditionalVersionWeights");
	const char *version = json_get_str(alias, "FunctionVersion");
	struct strbuf replaced = STRBUF_INIT;

	deploy_id_set(d, ID_OLD_VERSION, version);
	deploy_id_set(d, ID_ALIAS_REVISION, json_get_str(alias, "RevisionId"));
	deploy_event(d, "alias '%s' names version '%s'", d->settings.alias,
		     version ? version : "?");
	if (weights && weights->type == JSON_OBJECT && weights->u.object.nr) {
		deploy_id_set(d, ID_SPLIT, "1");
		deploy_event(d, "it gives part of its traffic to version '%s': that ends",
			     weights->u.object.members[0].name);
	}
	if (lambda_replaced_read(&replaced, json_get_str(alias, "Description")))
		deploy_id_set(d, ID_REPLACED, replaced.buf);
	strbuf_release(&replaced);
}

static bool shifts_in_steps(const struct deployment *d)
{
	return deploy_id_get(d, ID_OLD_VERSION) && d->settings.shift.on &&
	       traffic_share(&d->settings, 0) < 100;
}

/* The version that ran what a rollback goes back to; NULL: none that is known, or another function's. */
static const char *kept_version(struct deployment *d)
{
	const char *kept = deploy_id_get(d, ID_KEPT);
	char *ours = xstrfmt("%s/%s/%s/", d->record->account, d->record->region, d->record->name);
	size_t len = strlen(ours);
	bool is_ours = kept && starts_with(kept, ours) && kept[len];

	free(ours);
	if (!is_ours)
		deploy_id_set(d, ID_KEPT, NULL);
	return is_ours ? kept + len : NULL;
}

/* The version that a rollback goes to may be there still. */
static void see_kept(struct deployment *d)
{
	const char *kept = kept_version(d);
	const struct json *config = json_get(d->result->json, "Configuration");

	if (d->result->outcome == AWS_OK && lambda_state(config) == LAMBDA_READY) {
		deploy_id_set(d, ID_VERSION, kept);
		deploy_event(d, "version '%s', which ran then, is still there", kept);
		return;
	}
	deploy_event(d, "version '%s', which ran then, is not there any more: making it anew",
		     kept);
	deploy_id_set(d, ID_KEPT, NULL);
}

/* Two versions of an alias have one role and one queue for what fails. */
static enum step_result see_old(struct deployment *d)
{
	const struct json *config = json_get(d->result->json, "Configuration");
	const char *why, *old = deploy_id_get(d, ID_OLD_VERSION);

	if (lambda_can_share(config, ecs_document(d, ROLE_DEFINITION), &why))
		return STEP_DONE;
	/* Whoever goes back is in a hurry, and knows what is there. */
	if (deploy_id_get(d, ID_KEPT)) {
		deploy_id_set(d, ID_AT_ONCE, "1");
		deploy_event(d, "'%s' is another one: all the traffic is moved at once", why);
		return STEP_DONE;
	}
	return deploy_fail_hint(
		d, "immutable",
		"deploy it with \"type\": \"ALL_AT_ONCE\" in 'trafficShiftingConfig' this once",
		"'%s' is another one than that of version '%s', and Lambda shares an alias's "
		"traffic only between versions with the same",
		why, old);
}

static bool asks_alarms(const struct deployment *d)
{
	return deploy_id_get(d, ID_OLD_VERSION) && d->settings.shift.on && d->settings.alarms_nr;
}

static enum step_result preflight(struct deployment *d)
{
	enum {
		START,
		ACCOUNT,
		RESOLVED,
		FUNCTION,
		ALIAS,
		KEPT,
		OLD,
		ALARMS
	};
	enum step_result ret;

	switch (d->phase) {
	case START:
		tell_ignored_settings(d);
		return deploy_ask_account(d, ACCOUNT);
	case ACCOUNT:
		ret = ecs_check_account(d);
		if (ret != STEP_DONE)
			return ret;
		deploy_event(d, "account %s, region %s", d->record->account, d->record->region);
		ret = lambda_resolve(d, RESOLVED);
		return ret == STEP_DONE ? lambda_read(d, NULL, AWS_READ, FUNCTION) : ret;
	case RESOLVED:
		ret = lambda_resolved(d);
		if (ret == STEP_DONE)
			ret = lambda_resolve(d, RESOLVED);
		return ret == STEP_DONE ? lambda_read(d, NULL, AWS_READ, FUNCTION) : ret;
	case FUNCTION:
		if (lambda_refusal(d->result) == LAMBDA_MISSING) {
			deploy_id_set(d, ID_MODE, "create");
			deploy_id_set(d, ID_KEPT, NULL);
			deploy_event(d, "function '%s' is new", d->record->name);
			return STEP_DONE;
		}
		if (d->result->outcome != AWS_OK)
			return deploy_fail_result(d, d->result, "look at the function");
		ret = see_function(d);
		if (ret != STEP_DONE)
			return ret;
		d->call = lambda_get_alias(d->client, d->record->name, d->settings.alias, AWS_READ,
					   deploy_on_result, d);
		return deploy_await(d, ALIAS);
	case ALIAS:
		if (d->result->outcome == AWS_OK)
			see_alias(d);
		else if (lambda_refusal(d->result) != LAMBDA_MISSING)
			return deploy_fail_result(d, d->result, "look at the alias");
		else
			deploy_event(d, "alias '%s' is new", d->settings.alias);
		if (kept_version(d))
			return lambda_read(d, kept_version(d), AWS_READ, KEPT);
		break;
	case KEPT:
		see_kept(d);
		break;
	case OLD:
		if (d->result->outcome != AWS_OK)
			return deploy_fail_result(d, d->result, "look at the version that runs");
		ret = see_old(d);
		if (ret != STEP_DONE)
			return ret;
		return asks_alarms(d) ? deploy_ask_alarms(d, ALARMS) : STEP_DONE;
	default:
		return traffic_alarms_answered(d, ALARMS);
	}
	if (shifts_in_steps(d) && str_eq(deploy_id_get(d, ID_OLD_VERSION), "$LATEST"))
		deploy_id_set(d, ID_AT_ONCE, "1");
	else if (shifts_in_steps(d))
		return lambda_read(d, deploy_id_get(d, ID_OLD_VERSION), AWS_READ, OLD);
	return asks_alarms(d) ? deploy_ask_alarms(d, ALARMS) : STEP_DONE;
}

/* The requests first: they are what a failure hurts. Then what was changed around them, last first. */
static const struct deploy_step undo[] = {
	{ "shift-back", lambda_shift_back, false },
	{ "event-sources-back", lambda_pull_back, false },
	{ "routes-back", lambda_routes_back, false },
	{ "targets-back", lambda_register_back, false },
	{ "url-back", lambda_url_back, false },
	{ "callers-back", lambda_push_back, false },
	{ "warm-back", lambda_warm_back, false },
	{ "delete-new", lambda_delete_new, false },
	{ NULL, NULL, false },
};

static const struct deploy_step steps[] = {
	{ "preflight", preflight, false },
	{ "preflight-callers", lambda_look_at_callers, false },
	{ "approve", gate_deploy, false },
	{ "create", lambda_create, true },
	{ "sign", lambda_sign, true },
	{ "configure", lambda_configure, true },
	{ "update-code", lambda_update_code, true },
	{ "tag", lambda_tag, true },
	{ "publish", lambda_publish, true },
	{ "stabilize", lambda_await, true },
	{ "approve-shift", gate_shift, true },
	{ "shift", lambda_shift, true },
	{ "callers", lambda_push, true },
	{ "targets", lambda_register, true },
	{ "routes", lambda_point_routes, true },
	{ "stages", lambda_deploy_stages, true },
	{ "event-sources", lambda_pull, true },
	{ "warm", lambda_warm, true },
	{ "url", lambda_url, true },
	{ "old-callers", lambda_push_gone, false },
	{ "old-event-sources", lambda_pull_gone, false },
	{ "retire", lambda_retire, false },
	{ NULL, NULL, false },
};

const struct deploy_strategy strategy_lambda = {
	.name = "lambda",
	.setup = lambda_setup,
	.steps = steps,
	.undo = undo,
};
