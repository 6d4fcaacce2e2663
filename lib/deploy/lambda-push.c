#include "base/base.h"
#include "deploy/lambda-callers.h"

/*
 * Who may invoke the alias: a statement of the alias's policy for each event
 * source that pushes. The ids of the statements are made of what they allow,
 * so that a step that is begun again finds what it did, and those of other
 * tools are not touched. What is not listed any more is taken back last
 * (lambda-callers-gone.c), when nothing can fail any more.
 */

/* --- the policy --- */

/* A text within the answer. */
const struct json *lambda_statements(struct deployment *d, struct arena *arena)
{
	struct json_problems problems = JSON_PROBLEMS_INIT;
	const char *text = json_get_str(d->result->json, "Policy");
	const struct json *policy = text ? json_parse(arena, text, strlen(text), NULL, &problems) :
					   NULL;
	const struct json *list = json_get(policy, "Statement");

	json_problems_release(&problems);
	return list && list->type == JSON_ARRAY ? list : NULL;
}

const struct json *lambda_find_statement(const struct json *statements, const char *sid)
{
	size_t i;

	for (i = 0; statements && i < statements->u.array.nr; i++) {
		const char *have = json_get_str(&statements->u.array.items[i], "Sid");

		if (have && str_eq(have, sid))
			return &statements->u.array.items[i];
	}
	return NULL;
}

const char *lambda_statement_source(const struct json *statement)
{
	return json_get_str(json_get(json_get(statement, "Condition"), "ArnLike"), "AWS:SourceArn");
}

enum step_result lambda_read_policy(struct deployment *d, int phase)
{
	d->call = lambda_get_policy(d->client, d->record->name, d->settings.alias, deploy_on_result,
				    d);
	return deploy_await(d, phase);
}

/* --- the step --- */

enum {
	START,
	POLICY,
	ADDED,
	REMOVED
};

static enum step_result add(struct deployment *d, const struct caller *c)
{
	const char *made = deploy_id_get(d, ID_PERMISSIONS_MADE);
	char *all = made ? xstrfmt("%s %s", made, c->sid) : xstrdup(c->sid);

	if (!made || !strstr(made, c->sid))
		deploy_id_set(d, ID_PERMISSIONS_MADE, all);
	free(all);
	if (!deploy_save(d))
		return STEP_WAIT;
	d->call = lambda_add_permission(d->client, d->record->name, d->settings.alias, c->sid,
					c->service, c->source, deploy_on_result, d);
	return deploy_await(d, ADDED);
}

static enum step_result remove_statement(struct deployment *d, const char *sid)
{
	d->call = lambda_remove_permission(d->client, d->record->name, d->settings.alias, sid,
					   deploy_on_result, d);
	return deploy_await(d, REMOVED);
}

/* Ours that are not listed any more are left for later. */
static void note_old(struct deployment *d, const struct json *list)
{
	size_t i;

	for (i = 0; list && i < list->u.array.nr; i++) {
		const char *sid = json_get_str(&list->u.array.items[i], "Sid");

		if (sid && starts_with(sid, CALLER_SID_PREFIX) && !lambda_caller_is_listed(d, sid))
			deploy_id_set(d, ID_PERMISSIONS_OLD, "1");
	}
}

static enum step_result see_policy(struct deployment *d)
{
	struct arena arena = ARENA_INIT;
	const struct json *list = lambda_statements(d, &arena);
	enum step_result ret = STEP_DONE;
	struct caller c;
	size_t i;

	for (i = 0; ret == STEP_DONE && lambda_caller(&c, d, i); i++) {
		const struct json *have = lambda_find_statement(list, c.sid);
		const char *source = have ? lambda_statement_source(have) : NULL;

		if (!have)
			ret = add(d, &c);
		else if (!source || !str_eq(source, c.source))
			ret = remove_statement(d, c.sid);
		lambda_caller_release(&c);
	}
	if (ret == STEP_DONE)
		note_old(d, list);
	arena_release(&arena);
	return ret;
}

static bool has_nothing_to_do(const struct deployment *d)
{
	struct caller c;
	bool some = lambda_caller(&c, d, 0);

	lambda_caller_release(&c);
	/* a new alias has no policy */
	return !some && !deploy_id_get(d, ID_OLD_VERSION);
}

enum step_result lambda_push(struct deployment *d)
{
	enum lambda_refusal refusal = d->result ? lambda_refusal(d->result) : LAMBDA_OTHER;
	bool ok = d->result && d->result->outcome == AWS_OK;

	if (!d->at.deadline)
		d->at.deadline = deploy_now(d) + lambda_patience(d);
	switch (d->phase) {
	case START:
		return has_nothing_to_do(d) ? STEP_DONE : lambda_read_policy(d, POLICY);
	case POLICY:
		if (!ok && refusal != LAMBDA_MISSING)
			return lambda_retry(d, "look at the alias's policy", START);
		return see_policy(d);
	case ADDED:
		if (ok)
			deploy_event(d, "an event source may invoke alias '%s'", d->settings.alias);
		else if (refusal != LAMBDA_EXISTS && d->result->outcome != AWS_UNKNOWN)
			return lambda_retry(d, "let the event source invoke the alias", START);
		return lambda_read_policy(d, POLICY);
	default:
		if (!ok && refusal != LAMBDA_MISSING)
			return lambda_retry(d, "take a permission back", START);
		return lambda_read_policy(d, POLICY);
	}
}

static enum step_result remove_made(struct deployment *d)
{
	const char *made = deploy_id_get(d, ID_PERMISSIONS_MADE);
	char *sid = xmemdupz(made, strcspn(made, " "));
	enum step_result ret = remove_statement(d, sid);

	free(sid);
	return ret;
}

/* What was allowed is not any more. */
enum step_result lambda_push_back(struct deployment *d)
{
	const char *made = deploy_id_get(d, ID_PERMISSIONS_MADE);
	char *rest;

	if (!made)
		return STEP_DONE;
	if (!d->at.deadline)
		d->at.deadline = deploy_now(d) + lambda_patience(d);
	if (d->phase == START)
		return remove_made(d);
	if (d->result->outcome != AWS_OK && lambda_refusal(d->result) != LAMBDA_MISSING)
		return lambda_retry(d, "take a permission back", START);
	deploy_event(d, "what this deployment allowed is taken back");
	made += strcspn(made, " ");
	rest = *made ? xstrdup(made + 1) : NULL;
	deploy_id_set(d, ID_PERMISSIONS_MADE, rest);
	free(rest);
	if (!deploy_id_get(d, ID_PERMISSIONS_MADE))
		return STEP_DONE;
	return deploy_save(d) ? remove_made(d) : STEP_WAIT;
}
