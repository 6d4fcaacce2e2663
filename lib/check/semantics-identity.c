#include "check/semantics-internal.h"

/*
 * Names by which AWS knows what is deployed. They stand in records, in what
 * is told of a deployment, and in every ARN that AWS answers with: they can't
 * be kept secret.
 */
static void refuse_secrets(struct semantics *s, const struct document *doc,
			   const struct json *object, const char *const *names, size_t nr)
{
	size_t i;

	for (i = 0; doc && i < nr; i++) {
		const struct json *value = sem_get(s, object, names[i]);

		if (!value || !template_map_sensitive(&doc->map, value->off, value->len))
			continue;
		finding_hint(sem_report(s, doc, value, SEVERITY_ERROR, "sensitive-name",
					"'%s' is made of a sensitive value", names[i]),
			     "it is recorded and shown; use a value that is not marked sensitive");
	}
}

void sem_identity(struct semantics *s)
{
	static const char *const definition[] = { "serviceName", "cluster", "taskDefinition",
						  "FunctionName" };
	static const char *const taskdef[] = { "family" };
	static const char *const settings[] = { "alias", "targetGroupArnPairs" };
	static const char *const environment[] = { "region", "account", "roleArn" };
	static const char *const alarms[] = { "alarmNames" };

	refuse_secrets(s, s->definition, s->definition ? s->definition->json : NULL, definition,
		       ARRAY_SIZE(definition));
	refuse_secrets(s, s->taskdef, s->taskdef ? s->taskdef->json : NULL, taskdef,
		       ARRAY_SIZE(taskdef));
	if (!s->settings)
		return;
	refuse_secrets(s, s->settings, s->settings->json, settings, ARRAY_SIZE(settings));
	refuse_secrets(s, s->settings, sem_object(s, s->settings->json, "environment"), environment,
		       ARRAY_SIZE(environment));
	refuse_secrets(s, s->settings, sem_object(s, s->settings->json, "alarms"), alarms,
		       ARRAY_SIZE(alarms));
}
