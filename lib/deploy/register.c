#include "base/base.h"
#include "deploy/rolling.h"

#include "aws/ecs.h"
#include "deploy/internal.h"
#include "deploy/service.h"

/* The step that registers a task definition: a revision of our own, once, whatever happens. */

#define TAG_DEPLOYMENT "gitops:deployment"
/* How many revisions of the family others may have registered meanwhile. */
#define LOOK_BACK_REVISIONS 50
#define LOOK_BACK_MS	    (5 * 60 * 1000)

static void set_revision(struct deployment *d, const char *arn, const char *how)
{
	deploy_id_set(d, ID_TASK_DEFINITION, arn);
	deploy_event(d, "%s '%s'", how, ecs_short_name(arn));
}

static bool has_our_tag(const struct deployment *d, const struct json *answer)
{
	const struct json *tags = json_get(answer, "tags");
	size_t i;

	for (i = 0; tags && tags->type == JSON_ARRAY && i < tags->u.array.nr; i++) {
		const char *key = json_get_str(&tags->u.array.items[i], "key");
		const char *value = json_get_str(&tags->u.array.items[i], "value");

		if (key && value && str_eq(key, TAG_DEPLOYMENT) && str_eq(value, d->record->id))
			return true;
	}
	return false;
}

static enum step_result describe_revision(struct deployment *d, int phase)
{
	const char *family = json_get_str(ecs_document(d, ROLE_TASK_DEFINITION), "family");
	char *name = d->at.revision ? xstrfmt("%s:%u", family, d->at.revision) : xstrdup(family);

	d->call = ecs_describe_task_definition(d->client, name, deploy_on_result, d);
	free(name);
	return deploy_await(d, phase);
}

static enum step_result register_revision(struct deployment *d, int phase)
{
	const struct ecs_tag tag = { .key = TAG_DEPLOYMENT, .value = d->record->id };

	d->call = ecs_register_task_definition(d->client, ecs_document(d, ROLE_TASK_DEFINITION),
					       &tag, 1, deploy_on_result, d);
	return deploy_await(d, phase);
}

/*
 * It may have been registered already: the newest revision of the family has
 * our tag, or, when another service shares the family, one of those before it.
 * True: `found` or surely not there; false: `next` to be described.
 */
static bool looked_enough(struct deployment *d, bool *found)
{
	const struct json *revision = json_get(d->result->json, "taskDefinition");
	int64_t registered = json_epoch_ms(json_get(revision, "registeredAt"));
	int64_t number = json_get_int(revision, "revision", 0);

	*found = d->result->outcome == AWS_OK && has_our_tag(d, d->result->json);
	if (*found)
		return true;
	if (d->result->outcome != AWS_OK) {
		/* One revision that was deleted says nothing about those before it. */
		if (!d->at.revision)
			return true;
		number = d->at.revision;
	} else if (registered && registered < d->record->started_at - LOOK_BACK_MS) {
		return true;
	}
	d->at.revision = number > 1 ? (unsigned)number - 1 : 0;
	return !d->at.revision || ++d->at.retries > LOOK_BACK_REVISIONS;
}

enum step_result ecs_register(struct deployment *d)
{
	enum {
		START,
		LOOKED,
		REGISTERED
	};
	const char *arn;
	bool found;

	switch (d->phase) {
	case START:
		if (deploy_id_get(d, ID_TASK_DEFINITION))
			return STEP_DONE;
		if (!ecs_document(d, ROLE_TASK_DEFINITION)) {
			deploy_id_set(d, ID_TASK_DEFINITION,
				      json_get_str(ecs_document(d, ROLE_DEFINITION),
						   "taskDefinition"));
			return STEP_DONE;
		}
		if (!json_get_str(ecs_document(d, ROLE_TASK_DEFINITION), "family"))
			return deploy_fail(d, "definition", "the task definition has no 'family'");
		if (d->resumed)
			return describe_revision(d, LOOKED);
		return register_revision(d, REGISTERED);
	case LOOKED:
		if (d->result->outcome != AWS_OK && result_is_transient(d->result))
			return deploy_fail_result(d, d->result, "describe the task definition");
		if (!looked_enough(d, &found))
			return describe_revision(d, LOOKED);
		if (!found)
			return register_revision(d, REGISTERED);
		set_revision(
			d, json_str(json_path(d->result->json, "taskDefinition.taskDefinitionArn")),
			"found, registered before:");
		return STEP_DONE;
	default:
		break;
	}
	if (d->result->outcome == AWS_UNKNOWN && d->at.retries < 3) {
		/* Was it registered? Three accidents in a row are enough. */
		d->at.retries++;
		d->at.revision = 0;
		return describe_revision(d, LOOKED);
	}
	arn = json_str(json_path(d->result->json, "taskDefinition.taskDefinitionArn"));
	if (d->result->outcome != AWS_OK || !arn)
		return deploy_fail_result(d, d->result, "register the task definition");
	set_revision(d, arn, "registered");
	return STEP_DONE;
}
