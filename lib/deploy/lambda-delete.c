#include "base/base.h"
#include "deploy/lambda.h"

#include "deploy/rolling.h"

/*
 * The definition was removed, so the function goes: its versions, aliases and
 * permissions with it, but event source mappings are things of their own.
 */

/* Those on the page that are not going already, added to what is to be deleted. */
static void note_mappings(struct deployment *d)
{
	const struct json *list = json_get(d->result->json, "EventSourceMappings");
	const char *known = d->at.sent ? deploy_id_get(d, ID_MAPPINGS) : NULL;
	struct strbuf uuids = STRBUF_INIT;
	size_t i;

	if (known)
		strbuf_addstr(&uuids, known);
	for (i = 0; list && list->type == JSON_ARRAY && i < list->u.array.nr; i++) {
		const char *uuid = json_get_str(&list->u.array.items[i], "UUID");
		const char *state = json_get_str(&list->u.array.items[i], "State");

		if (uuid && !(state && str_eq(state, "Deleting")))
			strbuf_addf(&uuids, "%s%s", uuids.len ? " " : "", uuid);
	}
	deploy_id_set(d, ID_MAPPINGS, uuids.buf);
	d->at.sent = true;
	strbuf_release(&uuids);
}

static enum step_result list_mappings(struct deployment *d, const char *marker, int phase)
{
	char *name = xstrfmt("%s:%s", d->record->name, d->settings.alias);

	d->call = lambda_list_event_source_mappings(d->client, name, marker, deploy_on_result, d);
	free(name);
	return deploy_await(d, phase);
}

static enum step_result delete_next(struct deployment *d, int phase)
{
	const char *left = deploy_id_get(d, ID_MAPPINGS);
	char *uuid;

	if (!left || !*left)
		return STEP_DONE;
	uuid = xmemdupz(left, strcspn(left, " "));
	d->call = lambda_delete_event_source_mapping(d->client, uuid, deploy_on_result, d);
	free(uuid);
	return deploy_await(d, phase);
}

static void deleted(struct deployment *d)
{
	char *left = xstrdup(deploy_id_get(d, ID_MAPPINGS));
	size_t len = strcspn(left, " ");

	deploy_event(d, "event source mapping '%.*s' is deleted", (int)len, left);
	deploy_id_set(d, ID_MAPPINGS, left + len + strspn(left + len, " "));
	free(left);
}

/* Mappings outlive their function, and would wait for the next one of that name. */
static enum step_result delete_mappings(struct deployment *d)
{
	enum {
		START,
		LISTED,
		DELETED
	};
	const char *marker;

	if (!d->at.deadline)
		d->at.deadline = deploy_now(d) + lambda_patience(d);
	if (d->phase == START) {
		d->at.sent = false; /* none are noted */
		return d->settings.alias ? list_mappings(d, NULL, LISTED) : STEP_DONE;
	}
	if (lambda_is_in_transition(d->result))
		return lambda_wait(d, "the event source mapping", START);
	if (d->result->outcome != AWS_OK && lambda_refusal(d->result) != LAMBDA_MISSING)
		return lambda_retry(d,
				    d->phase == LISTED ? "list the event source mappings" :
							 "delete the event source mapping",
				    START);
	if (d->phase == DELETED) {
		deleted(d);
	} else if (d->result->outcome == AWS_OK) {
		note_mappings(d);
		marker = json_get_str(d->result->json, "NextMarker");
		if (marker)
			return list_mappings(d, marker, LISTED);
	}
	return delete_next(d, DELETED);
}

static enum step_result delete_function(struct deployment *d)
{
	enum {
		START,
		SENT
	};
	enum lambda_refusal refusal;

	if (d->phase == START) {
		d->at.deadline = d->at.deadline ? d->at.deadline :
						  deploy_now(d) + lambda_patience(d);
		d->call = lambda_delete_function(d->client, d->record->name, NULL, deploy_on_result,
						 d);
		return deploy_await(d, SENT);
	}
	refusal = lambda_refusal(d->result);
	if (refusal == LAMBDA_MISSING) {
		deploy_event(d, "function '%s' is gone already", d->record->name);
		return STEP_DONE;
	}
	if (refusal == LAMBDA_BUSY)
		return lambda_wait(d, "the function", START);
	if (d->result->outcome != AWS_OK)
		return lambda_retry(d, "delete the function", START);
	deploy_event(d, "function '%s' is deleted, with all its versions and aliases",
		     d->record->name);
	deploy_drop_documents(d);
	return STEP_DONE;
}

static const struct deploy_step steps[] = {
	{ "preflight", ecs_delete_preflight, false },
	{ "old-callers", lambda_push_gone, false },
	{ "event-sources", delete_mappings, false },
	{ "delete", delete_function, false },
	{ NULL, NULL, false },
};

const struct deploy_strategy strategy_lambda_delete = {
	.name = "delete",
	.setup = lambda_setup,
	.steps = steps,
};
