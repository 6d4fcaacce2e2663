#include "base/base.h"
#include "deploy/service.h"

enum ecs_service_state ecs_service_state(const struct json *service)
{
	const char *status = json_get_str(service, "status");

	if (status && str_eq(status, "ACTIVE"))
		return SERVICE_ACTIVE;
	if (status && str_eq(status, "DRAINING"))
		return SERVICE_DRAINING;
	return SERVICE_MISSING;
}

const char *ecs_controller(const struct json *service)
{
	const char *type = json_str(json_path(service, "deploymentController.type"));

	return type ? type : "ECS";
}

int64_t json_epoch_ms(const struct json *value)
{
	double s;

	return json_double(value, &s) ? (int64_t)(s * 1000) : 0;
}

static void read_deployment(struct ecs_deployment *out, const struct json *v)
{
	out->id = json_get_str(v, "id");
	out->status = json_get_str(v, "status");
	out->task_definition = json_get_str(v, "taskDefinition");
	out->rollout = json_get_str(v, "rolloutState");
	out->reason = json_get_str(v, "rolloutStateReason");
	out->desired = json_get_int(v, "desiredCount", 0);
	out->running = json_get_int(v, "runningCount", 0);
	out->pending = json_get_int(v, "pendingCount", 0);
	out->failed = json_get_int(v, "failedTasks", 0);
	out->created_at = json_epoch_ms(json_get(v, "createdAt"));
	if (!out->id)
		out->id = "";
	if (!out->task_definition)
		out->task_definition = "";
}

static const struct json *deployment_at(const struct json *service, size_t i)
{
	const struct json *list = json_get(service, "deployments");

	if (!list || list->type != JSON_ARRAY || i >= list->u.array.nr)
		return NULL;
	return &list->u.array.items[i];
}

size_t ecs_deployments_nr(const struct json *service)
{
	const struct json *list = json_get(service, "deployments");

	return list && list->type == JSON_ARRAY ? list->u.array.nr : 0;
}

bool ecs_primary(const struct json *service, struct ecs_deployment *out)
{
	const struct json *v;
	size_t i;

	for (i = 0; (v = deployment_at(service, i)); i++) {
		read_deployment(out, v);
		if (out->status && str_eq(out->status, "PRIMARY"))
			return true;
	}
	return false;
}

bool ecs_find_deployment(const struct json *service, const char *id, struct ecs_deployment *out)
{
	const struct json *v;
	size_t i;

	for (i = 0; (v = deployment_at(service, i)); i++) {
		read_deployment(out, v);
		if (str_eq(out->id, id))
			return true;
	}
	return false;
}

bool ecs_find_revision(const struct json *service, const char *task_definition,
		       struct ecs_deployment *out)
{
	const struct json *v;
	size_t i;

	if (ecs_primary(service, out) && ecs_names_revision(task_definition, out->task_definition))
		return true;
	for (i = 0; (v = deployment_at(service, i)); i++) {
		read_deployment(out, v);
		if (ecs_names_revision(task_definition, out->task_definition))
			return true;
	}
	return false;
}

int64_t ecs_running_of(const struct json *service, const char *task_definition)
{
	struct ecs_deployment d;
	const struct json *v;
	int64_t nr = 0;
	size_t i;

	for (i = 0; (v = deployment_at(service, i)); i++) {
		read_deployment(&d, v);
		if (str_eq(d.task_definition, task_definition))
			nr += d.running;
	}
	return nr;
}

const char *ecs_short_name(const char *arn)
{
	const char *slash = strrchr(arn, '/');

	return starts_with(arn, "arn:") && slash ? slash + 1 : arn;
}

bool ecs_names_revision(const char *name, const char *arn)
{
	const char *full = ecs_short_name(arn), *colon;

	if (starts_with(name, "arn:") && starts_with(arn, "arn:"))
		return str_eq(name, arn);
	name = ecs_short_name(name);
	if (strchr(name, ':'))
		return str_eq(name, full);
	colon = strchr(full, ':');
	return colon && strlen(name) == (size_t)(colon - full) &&
	       !strncmp(name, full, strlen(name));
}

void service_change_release(struct service_change *change)
{
	strbuf_release(&change->update);
	strbuf_release(&change->undo);
}

/*
 * Is all that `want` says also in `have`? AWS fills in defaults and adds
 * members of its own, so `have` may say more. Lists must agree in length and
 * order but for lists of strings, whose order AWS does not keep.
 */
static bool covered(const struct json *want, const struct json *have)
{
	size_t i, j;

	if (!have)
		return want->type == JSON_NULL || (want->type == JSON_ARRAY && !want->u.array.nr) ||
		       (want->type == JSON_OBJECT && !want->u.object.nr);
	if (want->type == JSON_NULL)
		return true;
	if (want->type != have->type)
		return false;
	switch (want->type) {
	case JSON_OBJECT:
		for (i = 0; i < want->u.object.nr; i++)
			if (!covered(&want->u.object.members[i].value,
				     json_get(have, want->u.object.members[i].name)))
				return false;
		return true;
	case JSON_ARRAY:
		if (want->u.array.nr != have->u.array.nr)
			return false;
		for (i = 0; i < want->u.array.nr; i++) {
			const struct json *item = &want->u.array.items[i];

			if (covered(item, &have->u.array.items[i]))
				continue;
			if (item->type != JSON_STRING)
				return false;
			for (j = 0; j < have->u.array.nr; j++)
				if (json_equal(item, &have->u.array.items[j]))
					break;
			if (j == have->u.array.nr)
				return false;
		}
		return true;
	default:
		return json_equal(want, have);
	}
}

/*
 * What UpdateService takes (Amazon ECS API Reference, UpdateService), and where
 * the present value is to be seen.
 */
static const struct {
	const char *name;
	bool in_deployment; /* of the PRIMARY deployment, not of the service */
	bool list;	    /* emptied when the definition lacks it */
	bool external;	    /* taken with the controller EXTERNAL, too */
} updatable[] = {
	{ "desiredCount", false, false, true },
	{ "capacityProviderStrategy", false, false, false },
	{ "deploymentConfiguration", false, false, false },
	{ "availabilityZoneRebalancing", false, false, false },
	{ "networkConfiguration", false, false, false },
	{ "placementConstraints", false, true, true },
	{ "placementStrategy", false, true, true },
	{ "platformVersion", false, false, false },
	{ "healthCheckGracePeriodSeconds", false, false, true },
	{ "enableExecuteCommand", false, false, true },
	{ "enableECSManagedTags", false, false, true },
	{ "loadBalancers", false, true, false },
	{ "propagateTags", false, false, true },
	{ "serviceRegistries", false, true, false },
	{ "serviceConnectConfiguration", true, false, false },
	{ "volumeConfigurations", true, false, false },
	{ "vpcLatticeConfigurations", true, false, false },
};

static const struct json *value_now(const struct json *service, const char *name,
				    bool in_deployment)
{
	const struct json *value = json_get(service, name);

	if (!value && in_deployment)
		value = json_get(deployment_at(service, 0), name);
	return value;
}

static void add_member(struct strbuf *out, const char *name, const struct json *value)
{
	strbuf_addf(out, ",\"%s\":", name);
	if (value)
		json_write(out, value, 0);
	else
		strbuf_addstr(out, "[]");
}

static bool is_filled_list(const struct json *value)
{
	return value && value->type == JSON_ARRAY && value->u.array.nr;
}

static bool lacks(const struct json *object, const char *name)
{
	const struct json *value = json_get(object, name);

	return !value || value->type == JSON_NULL;
}

/*
 * UpdateService leaves alone what of the deployment configuration is not named.
 * What the definition lacks by having another strategy, or hooks no more, is
 * named: the service is not to go on with what was.
 */
static bool configuration_goes_on(const struct json *want, const struct json *have, bool *hooks)
{
	const char *strategy = json_get_str(have, "strategy");

	*hooks = lacks(want, "lifecycleHooks") && is_filled_list(json_get(have, "lifecycleHooks"));
	return lacks(want, "strategy") && strategy && !str_eq(strategy, "ROLLING");
}

static bool configuration_differs(const struct json *want, const struct json *have)
{
	bool hooks, strategy = configuration_goes_on(want, have, &hooks);

	return (want && !covered(want, have)) || strategy || hooks;
}

static void add_configuration(struct strbuf *out, const struct json *want, const struct json *have)
{
	bool hooks, strategy = configuration_goes_on(want, have, &hooks);
	struct json_writer jw = JSON_WRITER_INIT(out, 0);
	size_t i;

	strbuf_addstr(out, ",\"deploymentConfiguration\":");
	jw_object(&jw, NULL);
	for (i = 0; want && want->type == JSON_OBJECT && i < want->u.object.nr; i++)
		if (!lacks(want, want->u.object.members[i].name))
			jw_value(&jw, want->u.object.members[i].name,
				 &want->u.object.members[i].value);
	if (strategy)
		jw_str(&jw, "strategy", "ROLLING");
	if (hooks) {
		jw_array(&jw, "lifecycleHooks");
		jw_end(&jw);
	}
	jw_end(&jw);
}

static const char *text_of(const struct json *value, const char *fallback)
{
	return json_str(value) ? json_str(value) : fallback;
}

static int cannot_change(struct error *err, const char *name, const char *from, const char *to)
{
	return error_set(err, ERROR_CONFLICT,
			 "'%s' of the running service cannot be changed from %s to %s", name, from,
			 to);
}

static bool same_role(const char *want, const char *have)
{
	const char *slash = strrchr(have, '/');

	return str_eq(want, have) || (slash && str_eq(want, slash + 1));
}

static bool classic(const struct json *balancers)
{
	size_t i;

	for (i = 0; is_filled_list(balancers) && i < balancers->u.array.nr; i++)
		if (json_get_str(&balancers->u.array.items[i], "loadBalancerName"))
			return true;
	return false;
}

/* What only CreateService takes, and may not differ. */
static int check_fixed(const struct json *definition, const struct json *service, struct error *err)
{
	const struct json *want = json_get(definition, "launchType");
	const char *have = json_get_str(service, "launchType");
	const char *role = json_get_str(definition, "role"), *now;
	bool external = str_eq(ecs_controller(service), "EXTERNAL");

	if (json_str(want) && !external) {
		if (!have && is_filled_list(json_get(service, "capacityProviderStrategy")))
			return cannot_change(err, "launchType", "a capacity provider strategy",
					     json_str(want));
		if (have && !str_eq(have, json_str(want)))
			return cannot_change(err, "launchType", have, json_str(want));
	}
	want = json_get(definition, "schedulingStrategy");
	now = text_of(json_get(service, "schedulingStrategy"), "REPLICA");
	if (!str_eq(text_of(want, "REPLICA"), now))
		return cannot_change(err, "schedulingStrategy", now, text_of(want, "REPLICA"));
	now = ecs_controller(service);
	if (!str_eq(ecs_controller(definition), now))
		return cannot_change(err, "deploymentController", now, ecs_controller(definition));
	if (external)
		return 0;
	now = json_get_str(service, "roleArn");
	if (role && now && !strstr(now, "AWSServiceRoleForECS") && !same_role(role, now))
		return cannot_change(err, "role", now, role);
	want = json_get(definition, "loadBalancers");
	if ((classic(json_get(service, "loadBalancers")) || classic(want)) &&
	    !(want && covered(want, json_get(service, "loadBalancers"))))
		return cannot_change(err, "loadBalancers", "or to a Classic Load Balancer",
				     "something else");
	return 0;
}

int service_compare(struct service_change *change, const struct json *definition,
		    const struct json *service, struct error *err)
{
	bool daemon = str_eq(text_of(json_get(service, "schedulingStrategy"), "REPLICA"), "DAEMON");
	bool external = str_eq(ecs_controller(service), "EXTERNAL");
	bool complete = true;
	size_t i;

	if (check_fixed(definition, service, err) < 0)
		return -1;
	for (i = 0; i < ARRAY_SIZE(updatable); i++) {
		const char *name = updatable[i].name;
		const struct json *want = json_get(definition, name);
		const struct json *have = value_now(service, name, updatable[i].in_deployment);

		if (external && !updatable[i].external)
			continue;
		if (want && want->type == JSON_NULL)
			want = NULL;
		if (daemon && (str_eq(name, "desiredCount") || str_eq(name, "placementStrategy")))
			continue;
		if (str_eq(name, "deploymentConfiguration")) {
			if (!configuration_differs(want, have))
				continue;
			add_configuration(&change->update, want, have);
			if (have)
				add_member(&change->undo, name, have);
			else
				complete = false;
			continue;
		}
		if (!want && !(updatable[i].list && is_filled_list(have)))
			continue;
		if (want && covered(want, have))
			continue;
		if (str_eq(name, "capacityProviderStrategy") && !is_filled_list(have) &&
		    json_get_str(service, "launchType"))
			change->needs_force = true;
		add_member(&change->update, name, want);
		if (have)
			add_member(&change->undo, name, have);
		else if (want->type == JSON_ARRAY && !change->needs_force)
			add_member(&change->undo, name, NULL);
		else
			complete = false;
	}
	if (!complete || change->undo.overflow)
		strbuf_reset(&change->undo);
	return 0;
}
