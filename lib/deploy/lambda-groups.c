#include "base/base.h"
#include "deploy/lambda-callers.h"

#include "aws/elbv2.h"

/*
 * The alias as the target of target groups, which hold one function each. One
 * that holds another alias or version of the function gets ours in its place;
 * another function stays, and the deployment fails.
 */

/* A permission is visible to load balancers within this time, ms. */
#define PERMISSION_PATIENCE (2 * 60 * 1000)

enum {
	START,
	HEALTH,
	DEREGISTERED,
	REGISTERED
};

/* --- what is registered --- */

static bool is_draining(const struct json *description)
{
	const char *state = json_get_str(json_get(description, "TargetHealth"), "State");

	return state && str_eq(state, "draining");
}

/* The first one that is (`same`) or is not `arn`; NULL: there is none. */
static const char *find_target(const struct json *answer, const char *arn, bool same)
{
	const struct json *list = json_get(answer, "TargetHealthDescriptions");
	size_t i;

	for (i = 0; list && list->type == JSON_ARRAY && i < list->u.array.nr; i++) {
		const struct json *one = &list->u.array.items[i];
		const char *id = json_get_str(json_get(one, "Target"), "Id");

		if (id && str_eq(id, arn) == same && !is_draining(one))
			return id;
	}
	return NULL;
}

const char *lambda_other_target(const struct json *answer, const char *arn)
{
	return find_target(answer, arn, false);
}

bool lambda_is_ours(const struct deployment *d, const char *arn)
{
	char *alias = lambda_alias_arn(d);
	size_t len = strlen(alias) - strlen(d->settings.alias) - 1;
	bool ret = !strncmp(arn, alias, len) && (!arn[len] || arn[len] == ':');

	free(alias);
	return ret;
}

bool lambda_is_deregistered(const struct aws_result *result)
{
	return result->outcome == AWS_OK || aws_result_is(result, "TargetGroupNotFound") ||
	       aws_result_is(result, "InvalidTarget");
}

/* --- registering --- */

static enum step_result next_group(struct deployment *d)
{
	enum step_result ret = STEP_DONE;
	struct caller c;

	for (; ret == STEP_DONE && lambda_caller(&c, d, d->at.revision); d->at.revision++) {
		if (c.group) {
			d->call = elb_describe_target_health(d->client, c.group, AWS_READ,
							     deploy_on_result, d);
			ret = deploy_await(d, HEALTH);
		}
		lambda_caller_release(&c);
		if (ret == STEP_WAIT)
			break;
	}
	return ret;
}

/* What was there before, "-" for nothing: once, before the first change. False: stop. */
static bool note(struct deployment *d, const char *group, const char *before)
{
	const char *known = deploy_id_get(d, ID_TARGETS_MADE);
	char *all;

	if (known && strstr(known, group))
		return true;
	all = xstrfmt("%s%s %s\n", known ? known : "", group, before ? before : "-");
	deploy_id_set(d, ID_TARGETS_MADE, all);
	free(all);
	return deploy_save(d);
}

static enum step_result change(struct deployment *d, const char *group, const char *target,
			       bool leaves, int phase)
{
	const struct elb_target one = { .id = target };

	d->call = leaves ? elb_deregister_targets(d->client, group, &one, 1, deploy_on_result, d) :
			   elb_register_targets(d->client, group, &one, 1, deploy_on_result, d);
	return deploy_await(d, phase);
}

static enum step_result see_group(struct deployment *d, const struct caller *c, const char *arn)
{
	const char *other = find_target(d->result->json, arn, false);

	if (find_target(d->result->json, arn, true)) {
		d->at.revision++;
		return next_group(d);
	}
	if (other && !lambda_is_ours(d, other))
		return deploy_fail_hint(d, "target-group",
					"a target group holds one function: deregister that one, "
					"or name another group in the event sources",
					"the target of '%s' is another function, '%s'", c->group,
					other);
	if (!note(d, c->group, other))
		return STEP_WAIT;
	if (other)
		deploy_event(d, "'%s' gives way as the target of '%s'", other, c->group);
	return change(d, c->group, other ? other : arn, other != NULL,
		      other ? DEREGISTERED : REGISTERED);
}

static enum step_result registered(struct deployment *d, const struct caller *c)
{
	/* the permission is not visible yet */
	if (d->result->outcome == AWS_REFUSED &&
	    result_says(d->result, "does not have permission") && deploy_now(d) < d->at.deadline)
		return deploy_sleep(d, 1000, START);
	if (d->result->outcome != AWS_OK)
		return lambda_retry(d, "make the alias the target group's target", START);
	deploy_event(d, "alias '%s' is the target of '%s'", d->settings.alias, c->group);
	d->at.revision++;
	return next_group(d);
}

enum step_result lambda_register(struct deployment *d)
{
	enum step_result ret;
	struct caller c;
	char *arn;

	if (!d->at.deadline)
		d->at.deadline = deploy_now(d) + PERMISSION_PATIENCE;
	if (d->phase == START)
		return next_group(d);
	if (!lambda_caller(&c, d, d->at.revision))
		BUG("no event source %u", d->at.revision);
	arn = lambda_alias_arn(d);
	if (d->phase == REGISTERED)
		ret = registered(d, &c);
	else if (d->phase == DEREGISTERED && lambda_is_deregistered(d->result))
		ret = next_group(d);
	else if (d->phase == DEREGISTERED)
		ret = lambda_retry(d, "take the other target out of the target group", START);
	else if (d->result->outcome != AWS_OK)
		ret = lambda_retry(d, "look at the target group", START);
	else
		ret = see_group(d, &c, arn);
	free(arn);
	lambda_caller_release(&c);
	return ret;
}

/* --- back --- */

static enum step_result next_back(struct deployment *d)
{
	const char *known = deploy_id_get(d, ID_TARGETS_MADE);
	char *group, *arn;
	enum step_result ret;

	if (!known || !*known)
		return STEP_DONE;
	group = xmemdupz(known, strcspn(known, " "));
	arn = lambda_alias_arn(d);
	ret = change(d, group, arn, true, DEREGISTERED);
	free(arn);
	free(group);
	return ret;
}

static enum step_result put_back(struct deployment *d)
{
	const char *known = deploy_id_get(d, ID_TARGETS_MADE);
	size_t len = strcspn(known, " ");
	char *group = xmemdupz(known, len);
	char *before = xmemdupz(known + len + 1, strcspn(known + len + 1, "\n"));
	enum step_result ret = STEP_DONE;

	if (!str_eq(before, "-"))
		ret = change(d, group, before, false, REGISTERED);
	free(before);
	free(group);
	return ret;
}

/* The alias leaves the groups that it was put into; who was there before comes back. */
enum step_result lambda_register_back(struct deployment *d)
{
	const char *known;
	char *rest;

	if (!d->at.deadline)
		d->at.deadline = deploy_now(d) + PERMISSION_PATIENCE;
	if (d->phase == START)
		return next_back(d);
	if (d->phase == DEREGISTERED && !lambda_is_deregistered(d->result))
		return lambda_retry(d, "take the alias out of its target group", START);
	if (d->phase == DEREGISTERED && put_back(d) == STEP_WAIT)
		return STEP_WAIT;
	if (d->phase == REGISTERED && d->result->outcome != AWS_OK)
		return lambda_retry(d, "put back the target group's target", START);
	known = deploy_id_get(d, ID_TARGETS_MADE);
	deploy_event(d, "target group '%.*s' is as it was", (int)strcspn(known, " "), known);
	rest = xstrdup(known + strcspn(known, "\n"));
	deploy_id_set(d, ID_TARGETS_MADE, rest[0] && rest[1] ? rest + 1 : NULL);
	free(rest);
	return deploy_save(d) ? next_back(d) : STEP_WAIT;
}
