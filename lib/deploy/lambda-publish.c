#include "base/base.h"
#include "deploy/lambda.h"

#include "deploy/rolling.h"

/*
 * The steps that make a version of $LATEST, and wait for it. PublishVersion
 * makes nothing new of what hasn't changed since the last one, so that asking
 * again after an accident gives the same version; but not when that one has
 * failed meanwhile. So one that resumes looks first.
 */

static enum step_result publish(struct deployment *d, const char *revision, int phase)
{
	const struct lambda_publish args = {
		.function = d->record->name,
		.sha256 = deploy_id_get(d, ID_CODE_SHA),
		.revision = revision,
		.publish_to = json_get_str(ecs_document(d, ROLE_DEFINITION), "PublishTo"),
	};

	d->call = lambda_publish_version(d->client, &args, deploy_on_result, d);
	return deploy_await(d, phase);
}

static enum step_result superseded(struct deployment *d)
{
	return deploy_fail(d, "superseded",
			   "function '%s' was changed by someone else while it was deployed",
			   d->record->name);
}

/* $LATEST is ready, and still what the definition says: whoever else changed it may have undone that. */
static enum step_result publish_latest(struct deployment *d, int again, int sent)
{
	const struct json *config = json_get(d->result->json, "Configuration");
	const char *sha = deploy_id_get(d, ID_CODE_SHA), *have = json_get_str(config, "CodeSha256");
	struct strbuf members = STRBUF_INIT;
	char *what = NULL;
	size_t differs;

	switch (lambda_state(config)) {
	case LAMBDA_CHANGING:
		return lambda_wait(d, "the function", again);
	case LAMBDA_FAILED:
	case LAMBDA_FAILED_UPDATE:
		what = xstrfmt("function '%s'", d->record->name);
		(void)lambda_fail_state(d, config, what);
		free(what);
		return STEP_FAILED;
	case LAMBDA_READY:
		break;
	}
	differs = lambda_compare(&members, ecs_document(d, ROLE_DEFINITION), config);
	strbuf_release_secret(&members);
	if (differs || (sha && have && !str_eq(sha, have)))
		return superseded(d);
	return publish(d, json_get_str(config, "RevisionId"), sent);
}

static bool is_replaced(const struct deployment *d, const char *version)
{
	const char *p = deploy_id_get(d, ID_REPLACED);
	size_t len = strlen(version);

	for (; p && *p; p += strcspn(p, " "), p += strspn(p, " "))
		if (strcspn(p, " ") == len && !memcmp(p, version, len))
			return true;
	return false;
}

static enum step_result published(struct deployment *d, const char *version)
{
	const char *old = deploy_id_get(d, ID_OLD_VERSION);

	if (!version)
		return deploy_fail(d, "aws-error", "AWS's answer shows no version");
	deploy_id_set(d, ID_VERSION, version);
	if (old && str_eq(old, version)) {
		deploy_event(d, "nothing has changed since version '%s'", version);
		return STEP_DONE;
	}
	if (is_replaced(d, version)) {
		deploy_event(d, "nothing has changed since version '%s', which was replaced",
			     version);
		return STEP_DONE;
	}
	deploy_id_set(d, ID_PUBLISHED, "1");
	deploy_event(d, "published version '%s'", version);
	return STEP_DONE;
}

/* Is this version what was to be published? */
static bool is_wanted(const struct deployment *d, const struct json *config)
{
	const char *sent = deploy_id_get(d, ID_CODE_SHA),
		   *have = json_get_str(config, "CodeSha256");
	struct lambda_code code = LAMBDA_CODE_INIT;
	struct strbuf members = STRBUF_INIT;
	struct error err = ERROR_INIT;
	bool ret = false;

	if (!lambda_code_prepare(&code, d, &err) && (sent || !lambda_code_digest(&code, &err))) {
		const char *want = sent ? sent : code.sha256;

		ret = want && have && str_eq(want, have) &&
		      !lambda_compare(&members, ecs_document(d, ROLE_DEFINITION), config);
	}
	lambda_code_release(&code);
	strbuf_release_secret(&members);
	error_release(&err);
	return ret;
}

/* The newest of a page's versions: d->at.revision, and in d->at.sent whether it is ours. */
static void see_versions(struct deployment *d)
{
	const struct json *list = json_get(d->result->json, "Versions");
	size_t i;

	for (i = 0; list && list->type == JSON_ARRAY && i < list->u.array.nr; i++) {
		const struct json *config = &list->u.array.items[i];
		const char *version = json_get_str(config, "Version");
		unsigned number = version ? (unsigned)strtoul(version, NULL, 10) : 0;

		if (number <= d->at.revision)
			continue;
		d->at.revision = number;
		d->at.sent = is_wanted(d, config);
	}
}

static enum step_result list_versions(struct deployment *d, const char *marker, int phase)
{
	d->call = lambda_list_versions(d->client, d->record->name, marker, deploy_on_result, d);
	return deploy_await(d, phase);
}

/* After the last page: it was published before, or it is to be. */
static enum step_result versions_listed(struct deployment *d, int read)
{
	char version[16];

	if (!d->at.sent)
		return lambda_read(d, NULL, AWS_READ, read);
	snprintf(version, sizeof(version), "%u", d->at.revision);
	return published(d, version);
}

enum step_result lambda_publish(struct deployment *d)
{
	enum {
		START,
		LIST,
		LISTED,
		AGAIN,
		READ,
		SENT
	};
	const char *marker;

	switch (d->phase) {
	case START:
		if (deploy_id_get(d, ID_VERSION))
			return STEP_DONE;
		d->at.deadline = deploy_now(d) + lambda_patience(d);
		if (d->resumed)
			return list_versions(d, NULL, LISTED);
		if (deploy_id_get(d, ID_READY))
			return publish(d, deploy_id_get(d, ID_READY), SENT);
		return lambda_read(d, NULL, AWS_READ, READ);
	case LIST:
		return list_versions(d, NULL, LISTED);
	case LISTED:
		if (d->result->outcome != AWS_OK)
			return lambda_retry(d, "list the function's versions", LIST);
		see_versions(d);
		marker = json_get_str(d->result->json, "NextMarker");
		return marker ? list_versions(d, marker, LISTED) : versions_listed(d, READ);
	case AGAIN:
		return lambda_read(d, NULL, AWS_POLL, READ);
	case READ:
		if (d->result->outcome == AWS_OK)
			return publish_latest(d, AGAIN, SENT);
		return lambda_retry(d, "look at the function", AGAIN);
	default:
		break;
	}
	if (d->result->outcome == AWS_OK)
		return published(d, json_get_str(d->result->json, "Version"));
	if (d->result->outcome == AWS_UNKNOWN)
		return lambda_retry(d, "publish a version", LIST);
	switch (lambda_refusal(d->result)) {
	case LAMBDA_BUSY:
		return lambda_wait(d, "the function", AGAIN);
	case LAMBDA_CHANGED:
		/* Its state changed, or somebody changed it: reading tells. */
		if (d->at.looks++ < 20)
			return deploy_sleep(d, 200, AGAIN);
		return superseded(d);
	default:
		break;
	}
	if (result_says(d->result, "CodeSHA256"))
		return superseded(d);
	return lambda_retry(d, "publish a version", AGAIN);
}

/* --- until it can be invoked --- */

static enum step_result look_at_version(struct deployment *d, int again)
{
	const struct json *config = json_get(d->result->json, "Configuration");
	const char *version = deploy_id_get(d, ID_VERSION);
	char *what = xstrfmt("version '%s'", version);
	enum step_result ret = STEP_DONE;

	if (lambda_refusal(d->result) == LAMBDA_MISSING) {
		ret = deploy_fail(d, "superseded", "%s was deleted by someone else meanwhile",
				  what);
	} else if (d->result->outcome != AWS_OK && !result_is_transient(d->result)) {
		ret = lambda_retry(d, "look at the version", again);
	} else if (d->result->outcome != AWS_OK) {
		ret = lambda_wait(d, what, again); /* no news */
	} else {
		switch (lambda_state(config)) {
		case LAMBDA_CHANGING:
			ret = lambda_wait(d, what, again);
			break;
		case LAMBDA_FAILED:
			ret = lambda_fail_state(d, config, what);
			break;
		case LAMBDA_FAILED_UPDATE:
		case LAMBDA_READY:
			break;
		}
	}
	free(what);
	return ret;
}

enum step_result lambda_await(struct deployment *d)
{
	enum {
		START,
		AGAIN,
		READ
	};

	switch (d->phase) {
	case START:
		if (!lambda_moves(d) || deploy_id_get(d, ID_KEPT))
			return STEP_DONE;
		d->at.deadline = deploy_now(d) + lambda_version_patience(d);
		return lambda_read(d, deploy_id_get(d, ID_VERSION), AWS_READ, READ);
	case AGAIN:
		return lambda_read(d, deploy_id_get(d, ID_VERSION), AWS_POLL, READ);
	default:
		return look_at_version(d, AGAIN);
	}
}
