#include "check/semantics-internal.h"

/* arn:<partition>:<service>:<region>:<account>:<resource> */
struct arn {
	const char *part[6];
	size_t len[6];
};

enum arn_part {
	ARN_SERVICE = 2,
	ARN_REGION = 3,
	ARN_ACCOUNT = 4,
	ARN_RESOURCE = 5
};

static bool arn_parse(struct arn *arn, const char *text)
{
	size_t i;

	for (i = 0; i < 6; i++) {
		const char *end = i < 5 ? strchr(text, ':') : text + strlen(text);

		if (!end)
			return false;
		arn->part[i] = text;
		arn->len[i] = (size_t)(end - text);
		text = end + 1;
	}
	return arn->len[0] == 3 && !strncmp(arn->part[0], "arn", 3) && arn->len[1] >= 3 &&
	       !strncmp(arn->part[1], "aws", 3);
}

static bool part_is(const struct arn *arn, enum arn_part part, const char *text)
{
	return arn->len[part] == strlen(text) && !strncmp(arn->part[part], text, arn->len[part]);
}

/* What the settings say of the environment. */
struct environment {
	const char *region, *account; /* NULL: not known */
};

/* What a member may name; what of it must be where the deployment is. */
struct arn_kind {
	const char *service, *resource; /* NULL: any */
	bool region, account;		/* must be those of the deployment */
	bool always;			/* a name instead of an ARN won't do */
};

static const struct arn_kind TARGET_GROUP = { "elasticloadbalancing", "targetgroup/", true, true,
					      true };
static const struct arn_kind LISTENER = { "elasticloadbalancing", "listener", true, true, true };
static const struct arn_kind CLUSTER = { "ecs", "cluster/", true, true, false };
static const struct arn_kind TASK_DEFINITION = { "ecs", "task-definition/", true, true, false };
static const struct arn_kind ROLE = { "iam", "role/", false, true, false };
static const struct arn_kind FUNCTION = { "lambda", "function:", true, true, false };
static const struct arn_kind NEARBY = { NULL, NULL, true, false, false };

static void misplaced(struct semantics *s, const struct document *doc, const struct json *value,
		      const char *rule, const struct arn *arn, enum arn_part part,
		      const char *wanted)
{
	const char *what = part == ARN_REGION ? "region" : "account";
	const char *found =
		arena_memdupz(&s->arena, arn->part[part], MIN(arn->len[part], (size_t)60));

	/* the text of a secret is no part of a message */
	if (str_eq(sem_text(s, doc, value), "(sensitive)"))
		found = "(sensitive)";
	finding_hint(sem_report(s, doc, value, SEVERITY_ERROR, rule,
				"this is in %s %s, the deployment in %s", what, found, wanted),
		     "'environment.%s' in '%s' says so", what, s->settings->path);
}

static void check_arn(struct semantics *s, const struct environment *env,
		      const struct document *doc, const struct json *object, const char *member,
		      const struct arn_kind *kind)
{
	const struct json *value = member ? sem_get(s, object, member) : object;
	const char *text = json_str(value);
	struct arn arn;

	if (!text || (!kind->always && !starts_with(text, "arn:")))
		return;
	if (!arn_parse(&arn, text) ||
	    (kind->service && !part_is(&arn, ARN_SERVICE, kind->service)) ||
	    (kind->resource && !starts_with(arn.part[ARN_RESOURCE], kind->resource))) {
		/* which services there are beside those that we name is not known */
		if (kind->service)
			finding_hint(sem_report(s, doc, value, SEVERITY_ERROR, "arn-syntax",
						"%s%s%s is not the ARN that is wanted here",
						member ? "'" : "this", member ? member : "",
						member ? "'" : ""),
				     "it is arn:<partition>:%s:...:%s...", kind->service,
				     kind->resource ? kind->resource : "");
		return;
	}
	if (kind->region && env->region && arn.len[ARN_REGION] &&
	    !part_is(&arn, ARN_REGION, env->region))
		misplaced(s, doc, value, "arn-region", &arn, ARN_REGION, env->region);
	else if (kind->account && env->account && arn.len[ARN_ACCOUNT] &&
		 !part_is(&arn, ARN_ACCOUNT, env->account))
		misplaced(s, doc, value, "arn-account", &arn, ARN_ACCOUNT, env->account);
}

static void check_service(struct semantics *s, const struct environment *env)
{
	const struct json *svcdef = s->definition->json, *list;
	size_t i;

	check_arn(s, env, s->definition, svcdef, "cluster", &CLUSTER);
	check_arn(s, env, s->definition, svcdef, "taskDefinition", &TASK_DEFINITION);
	list = sem_list(s, svcdef, "loadBalancers");
	for (i = 0; i < sem_nr(list); i++) {
		const struct json *item = sem_item(s, list, i);
		const struct json *advanced = sem_object(s, item, "advancedConfiguration");

		check_arn(s, env, s->definition, item, "targetGroupArn", &TARGET_GROUP);
		check_arn(s, env, s->definition, advanced, "alternateTargetGroupArn",
			  &TARGET_GROUP);
		check_arn(s, env, s->definition, advanced, "productionListenerRule", &LISTENER);
		check_arn(s, env, s->definition, advanced, "testListenerRule", &LISTENER);
	}
	list = sem_list(s, svcdef, "serviceRegistries");
	for (i = 0; i < sem_nr(list); i++)
		check_arn(s, env, s->definition, sem_item(s, list, i), "registryArn", &NEARBY);
}

static void check_settings(struct semantics *s, const struct environment *env)
{
	const struct json *pairs = sem_list(s, s->settings->json, "targetGroupArnPairs");
	const struct json *environment = sem_object(s, s->settings->json, "environment");
	size_t i, k;

	check_arn(s, env, s->settings, environment, "roleArn", &ROLE);
	for (i = 0; i < sem_nr(pairs); i++)
		for (k = 0; k < sem_nr(&pairs->u.array.items[i]); k++)
			if (sem_item_str(s, &pairs->u.array.items[i], k))
				check_arn(s, env, s->settings,
					  &pairs->u.array.items[i].u.array.items[k], NULL,
					  &TARGET_GROUP);
}

static void check_function(struct semantics *s, const struct environment *env)
{
	const struct json *root = s->definition->json, *layers;
	size_t i;

	check_arn(s, env, s->definition, root, "FunctionName", &FUNCTION);
	check_arn(s, env, s->definition, root, "Role", &ROLE);
	check_arn(s, env, s->definition, root, "KMSKeyArn", &NEARBY);
	layers = sem_list(s, root, "Layers");
	for (i = 0; i < sem_nr(layers); i++)
		if (sem_item_str(s, layers, i))
			check_arn(s, env, s->definition, &layers->u.array.items[i], NULL, &NEARBY);
}

static void check_sources(struct semantics *s, const struct environment *env)
{
	const struct json *push = sem_list(s, s->sources->json, "PushEventSources");
	const struct json *pull = sem_get(s, s->sources->json, "PullEventSources");
	size_t i;

	for (i = 0; i < sem_nr(push); i++)
		check_arn(s, env, s->sources, sem_item(s, push, i), "TargetGroupArn",
			  &TARGET_GROUP);
	if (pull && pull->type == JSON_OBJECT)
		check_arn(s, env, s->sources, sem_object(s, pull, "EventSourceMapping"),
			  "EventSourceArn", &NEARBY);
	for (i = 0; i < sem_nr(pull); i++)
		check_arn(s, env, s->sources,
			  sem_object(s, sem_item(s, pull, i), "EventSourceMapping"),
			  "EventSourceArn", &NEARBY);
}

/* The account may follow from the role that is assumed to get there. */
static struct environment find_environment(struct semantics *s)
{
	const struct json *environment;
	struct environment env = { NULL, NULL };
	const char *role;
	struct arn arn;

	if (!s->settings)
		return env;
	environment = sem_object(s, s->settings->json, "environment");
	env.region = sem_str(s, environment, "region");
	env.account = sem_str(s, environment, "account");
	role = sem_str(s, environment, "roleArn");
	if (!env.account && role && sem_lacks(s, environment, "account") && arn_parse(&arn, role))
		env.account = arena_memdupz(&s->arena, arn.part[ARN_ACCOUNT], arn.len[ARN_ACCOUNT]);
	return env;
}

void sem_arns(struct semantics *s)
{
	const struct environment env = find_environment(s);

	if (s->settings)
		check_settings(s, &env);
	if (s->taskdef) {
		check_arn(s, &env, s->taskdef, s->taskdef->json, "executionRoleArn", &ROLE);
		check_arn(s, &env, s->taskdef, s->taskdef->json, "taskRoleArn", &ROLE);
	}
	if (s->definition && s->object->kind == KIND_ECS)
		check_service(s, &env);
	else if (s->definition)
		check_function(s, &env);
	if (s->sources)
		check_sources(s, &env);
}
