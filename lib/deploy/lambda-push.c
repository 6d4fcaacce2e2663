#include "base/base.h"
#include "deploy/lambda.h"

#include "aws/elbv2.h"
#include "base/digest.h"
#include "deploy/rolling.h"

/*
 * Who may invoke the alias, as PushEventSources lists them: a statement of
 * the alias's policy for each, and the alias as the target of target groups.
 * The ids of the statements are made of what they allow, so that a step that
 * is begun again finds what it did, and those of other tools are not touched.
 *
 * Source: AWS Lambda Developer Guide, "Using resource-based policies"; Elastic
 * Load Balancing, "Lambda functions as targets".
 */

#define SID_PREFIX "gitops-"
/* A permission is visible to load balancers within this time, ms. */
#define PUSH_PATIENCE (2 * 60 * 1000)

enum {
	START,
	POLICY,
	ADDED,
	DEREGISTERED,
	REMOVED,
	HEALTH,
	REGISTERED
};

/* --- what is wanted --- */

struct permission {
	const char *service; /* who */
	const char *group;   /* of load balancers, or NULL */
	char *source;	     /* ARN on whose behalf */
	char sid[sizeof(SID_PREFIX) + 32];
};

static void permission_release(struct permission *p)
{
	free(p->source);
}

/* The i-th; false: there are no more. */
static bool wanted(struct permission *p, const struct deployment *d, size_t i)
{
	const struct json *list = json_get(ecs_document(d, ROLE_EVENT_SOURCES), "PushEventSources");
	const struct json *source;
	struct strbuf id = STRBUF_INIT;
	const char *api;

	*p = (struct permission){ 0 };
	if (d->intent == INTENT_DELETE || !list || list->type != JSON_ARRAY ||
	    i >= list->u.array.nr)
		return false;
	source = &list->u.array.items[i];
	p->service = json_get_str(source, "Service");
	p->group = json_get_str(source, "TargetGroupArn");
	api = json_get_str(source, "ApiId");
	/* check sees to that one of them is there */
	p->source = p->group ? xstrdup(p->group) :
			       xstrfmt("arn:%s:execute-api:%s:%s:%s/*/*",
				       aws_client_partition(d->client), d->record->region,
				       d->record->account, api ? api : "");
	strbuf_addf(&id, "%s %s", p->service ? p->service : "", p->source);
	{
		struct strbuf hex = STRBUF_INIT;

		sha256_hex(&hex, id.buf, id.len);
		snprintf(p->sid, sizeof(p->sid), SID_PREFIX "%.32s", hex.buf);
		strbuf_release(&hex);
	}
	strbuf_release(&id);
	return true;
}

static bool is_wanted(const struct deployment *d, const char *sid)
{
	struct permission p;
	size_t i;

	for (i = 0; wanted(&p, d, i); i++) {
		bool same = str_eq(p.sid, sid);

		permission_release(&p);
		if (same)
			return true;
	}
	return false;
}

static char *alias_arn(const struct deployment *d)
{
	return xstrfmt("arn:%s:lambda:%s:%s:function:%s:%s", aws_client_partition(d->client),
		       d->record->region, d->record->account, d->record->name, d->settings.alias);
}

/* --- the policy --- */

/* The statements of GetPolicy's answer, a text within it; or NULL. */
static const struct json *statements(struct deployment *d, struct arena *arena)
{
	struct json_problems problems = JSON_PROBLEMS_INIT;
	const char *text = json_get_str(d->result->json, "Policy");
	const struct json *policy = text ? json_parse(arena, text, strlen(text), NULL, &problems) :
					   NULL;
	const struct json *list = json_get(policy, "Statement");

	json_problems_release(&problems);
	return list && list->type == JSON_ARRAY ? list : NULL;
}

static const struct json *find_statement(const struct json *list, const char *sid)
{
	size_t i;

	for (i = 0; list && i < list->u.array.nr; i++) {
		const char *have = json_get_str(&list->u.array.items[i], "Sid");

		if (have && str_eq(have, sid))
			return &list->u.array.items[i];
	}
	return NULL;
}

static const char *source_of(const struct json *statement)
{
	return json_get_str(json_get(json_get(statement, "Condition"), "ArnLike"), "AWS:SourceArn");
}

/* Of a target group, which the alias is to leave; NULL: something else. */
static const char *group_of(const struct json *statement)
{
	const char *arn = source_of(statement);

	return arn && strstr(arn, ":targetgroup/") ? arn : NULL;
}

static enum step_result remove_permission(struct deployment *d, const char *sid)
{
	d->call = lambda_remove_permission(d->client, d->record->name, d->settings.alias, sid,
					   deploy_on_result, d);
	return deploy_await(d, REMOVED);
}

static enum step_result deregister(struct deployment *d, const char *group)
{
	char *arn = alias_arn(d);
	struct elb_target target = { .id = arn };

	d->call = elb_deregister_targets(d->client, group, &target, 1, deploy_on_result, d);
	free(arn);
	return deploy_await(d, DEREGISTERED);
}

/* A group that is gone, or that the alias has left before, is left as well. */
static bool is_deregistered(const struct aws_result *result)
{
	return result->outcome == AWS_OK || aws_result_is(result, "TargetGroupNotFound") ||
	       aws_result_is(result, "InvalidTarget");
}

static enum step_result add_permission(struct deployment *d, const struct permission *p)
{
	const char *made = deploy_id_get(d, ID_PERMISSIONS_MADE);
	char *all = made ? xstrfmt("%s %s", made, p->sid) : xstrdup(p->sid);

	if (!made || !strstr(made, p->sid))
		deploy_id_set(d, ID_PERMISSIONS_MADE, all);
	free(all);
	if (!deploy_save(d))
		return STEP_WAIT;
	d->call = lambda_add_permission(d->client, d->record->name, d->settings.alias, p->sid,
					p->service, p->source, deploy_on_result, d);
	return deploy_await(d, ADDED);
}

/* --- the targets --- */

static enum step_result next_group(struct deployment *d)
{
	struct permission p;
	enum step_result ret = STEP_DONE;

	for (; ret == STEP_DONE && wanted(&p, d, d->at.revision); d->at.revision++) {
		if (p.group) {
			d->call = elb_describe_target_health(d->client, p.group, AWS_READ,
							     deploy_on_result, d);
			ret = deploy_await(d, HEALTH);
		}
		permission_release(&p);
		if (ret == STEP_WAIT)
			break;
	}
	return ret;
}

static bool is_registered(const struct json *answer, const char *arn)
{
	const struct json *list = json_get(answer, "TargetHealthDescriptions");
	size_t i;

	for (i = 0; list && list->type == JSON_ARRAY && i < list->u.array.nr; i++) {
		const struct json *item = &list->u.array.items[i];
		const char *id = json_get_str(json_get(item, "Target"), "Id");
		const char *state = json_get_str(json_get(item, "TargetHealth"), "State");

		if (id && str_eq(id, arn) && !(state && str_eq(state, "draining")))
			return true;
	}
	return false;
}

static enum step_result see_group(struct deployment *d)
{
	struct elb_target target = { 0 };
	struct permission p;
	enum step_result ret;
	char *arn = alias_arn(d);

	if (!wanted(&p, d, d->at.revision))
		BUG("no event source %u", d->at.revision);
	if (is_registered(d->result->json, arn)) {
		d->at.revision++;
		ret = next_group(d);
	} else {
		target.id = arn;
		d->call = elb_register_targets(d->client, p.group, &target, 1, deploy_on_result, d);
		ret = deploy_await(d, REGISTERED);
	}
	permission_release(&p);
	free(arn);
	return ret;
}

static enum step_result registered(struct deployment *d)
{
	struct permission p;

	/* the permission is not visible yet */
	if (d->result->outcome == AWS_REFUSED &&
	    result_says(d->result, "does not have permission") && deploy_now(d) < d->at.deadline)
		return deploy_sleep(d, 1000, START);
	if (d->result->outcome != AWS_OK)
		return lambda_retry(d, "make the alias the target group's target", START);
	if (wanted(&p, d, d->at.revision))
		deploy_event(d, "alias '%s' is the target of '%s'", d->settings.alias, p.group);
	permission_release(&p);
	d->at.revision++;
	return next_group(d);
}

/* --- the step --- */

static enum step_result see_policy(struct deployment *d)
{
	struct arena arena = ARENA_INIT;
	const struct json *list = statements(d, &arena);
	enum step_result ret = STEP_DONE;
	struct permission p;
	bool acts = false;
	size_t i;

	for (i = 0; !acts && wanted(&p, d, i); i++) {
		const struct json *have = find_statement(list, p.sid);
		const char *source = have ? source_of(have) : NULL;

		if (!have)
			ret = add_permission(d, &p);
		else if (!source || !str_eq(source, p.source))
			ret = remove_permission(d, p.sid);
		acts = ret != STEP_DONE;
		permission_release(&p);
	}
	for (i = 0; !acts && list && i < list->u.array.nr; i++) {
		const struct json *have = &list->u.array.items[i];
		const char *sid = json_get_str(have, "Sid"), *group = group_of(have);

		if (!sid || !starts_with(sid, SID_PREFIX) || is_wanted(d, sid))
			continue;
		acts = true;
		deploy_id_set(d, ID_PERMISSION, sid);
		ret = group ? deregister(d, group) : remove_permission(d, sid);
	}
	arena_release(&arena);
	d->at.revision = 0;
	return acts ? ret : next_group(d);
}

static enum step_result read_policy(struct deployment *d)
{
	d->call = lambda_get_policy(d->client, d->record->name, d->settings.alias, deploy_on_result,
				    d);
	return deploy_await(d, POLICY);
}

static bool has_nothing_to_do(const struct deployment *d)
{
	struct permission p;
	bool some = wanted(&p, d, 0);

	permission_release(&p);
	/* a new alias has no policy */
	return !d->settings.alias ||
	       (d->intent == INTENT_DEPLOY && !some && !deploy_id_get(d, ID_OLD_VERSION));
}

enum step_result lambda_push(struct deployment *d)
{
	enum lambda_refusal refusal = d->result ? lambda_refusal(d->result) : LAMBDA_OTHER;
	bool ok = d->result && d->result->outcome == AWS_OK;

	if (!d->at.deadline)
		d->at.deadline = deploy_now(d) + PUSH_PATIENCE;
	switch (d->phase) {
	case START:
		return has_nothing_to_do(d) ? STEP_DONE : read_policy(d);
	case POLICY:
		/* without a policy, and without an alias, the answer is the same */
		if (!ok && refusal != LAMBDA_MISSING)
			return lambda_retry(d, "look at the alias's policy", START);
		return see_policy(d);
	case ADDED:
		if (ok)
			deploy_event(d, "an event source may invoke alias '%s'", d->settings.alias);
		else if (refusal != LAMBDA_EXISTS && d->result->outcome != AWS_UNKNOWN)
			return lambda_retry(d, "let the event source invoke the alias", START);
		return read_policy(d);
	case DEREGISTERED:
		if (!is_deregistered(d->result))
			return lambda_retry(d, "take the alias out of its target group", START);
		return remove_permission(d, deploy_id_get(d, ID_PERMISSION));
	case REMOVED:
		if (!ok && refusal != LAMBDA_MISSING)
			return lambda_retry(d, "take a permission back", START);
		deploy_event(d, "what is no event source any more may not invoke alias '%s'",
			     d->settings.alias);
		return read_policy(d);
	case HEALTH:
		if (!ok)
			return lambda_retry(d, "look at the target group", START);
		return see_group(d);
	default:
		return registered(d);
	}
}

/* What was allowed is not any more; a group that the alias was put into is left first. */
enum step_result lambda_push_back(struct deployment *d)
{
	const char *made = deploy_id_get(d, ID_PERMISSIONS_MADE);
	bool gone = d->result && (lambda_refusal(d->result) == LAMBDA_MISSING ||
				  (d->phase == DEREGISTERED && is_deregistered(d->result)));
	struct arena arena = ARENA_INIT;
	const struct json *have;
	enum step_result ret;
	char *sid, *rest;

	if (!made)
		return STEP_DONE;
	if (!d->at.deadline)
		d->at.deadline = deploy_now(d) + PUSH_PATIENCE;
	sid = xmemdupz(made, strcspn(made, " "));
	if (d->phase == START) {
		ret = read_policy(d);
	} else if (d->result->outcome != AWS_OK && !gone) {
		ret = lambda_retry(d, "take a permission back", START);
	} else if (d->phase == DEREGISTERED) {
		ret = remove_permission(d, sid);
	} else if (d->phase == POLICY && (have = find_statement(statements(d, &arena), sid))) {
		ret = group_of(have) ? deregister(d, group_of(have)) : remove_permission(d, sid);
	} else {
		rest = xstrdup(made + strlen(sid) + (made[strlen(sid)] == ' '));
		deploy_event(d, "what this deployment allowed is taken back");
		deploy_id_set(d, ID_PERMISSIONS_MADE, *rest ? rest : NULL);
		ret = !*rest ? STEP_DONE : deploy_save(d) ? read_policy(d) : STEP_WAIT;
		free(rest);
	}
	arena_release(&arena);
	free(sid);
	return ret;
}
