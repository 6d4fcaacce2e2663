#include "base/base.h"
#include "deploy/rolling.h"

#include "aws/ecs.h"
#include "deploy/internal.h"
#include "deploy/service.h"

/*
 * A rolling update by ECS itself (controller ECS, strategy ROLLING).
 *
 * The fewest calls that do the job, for n services of one cluster:
 *
 *	1	GetCallerIdentity	once for all, the account is checked
 *	n/10	DescribeServices	create or update? what must not differ?
 *	n	RegisterTaskDefinition	none where the definition names one
 *	n	CreateService or UpdateService
 *	0..n	TagResource		updates of services that have tags
 *	n/10	DescribeServices	a round of polls, as many as it takes
 *
 * The first description can't be saved: CreateService on a service that is
 * there is an error, UpdateService on one that is DRAINING too, and what can't
 * be changed must be known before a revision is registered. Whether the
 * cluster exists says DescribeServices. Only after an accident there are more:
 * to find a revision that may have been registered, and on failure one
 * description, ListTasks and DescribeTasks to find out why.
 */

const struct json *ecs_document(const struct deployment *d, enum artifact_role role)
{
	const struct document *doc = d->service ? &d->service->docs[role] : NULL;

	return doc && doc->present ? doc->json : NULL;
}

/* --- settings, client --- */

enum step_result ecs_setup(struct deployment *d)
{
	const struct json *definition = ecs_document(d, ROLE_DEFINITION);
	const char *name = json_get_str(definition, "serviceName");
	const char *cluster = json_get_str(definition, "cluster");
	struct error err = ERROR_INIT;
	enum step_result ret = STEP_DONE;

	if (!name) {
		ret = deploy_fail(d, "definition", "the service definition has no 'serviceName'");
		goto out;
	}
	/* What was recorded is what is being changed, whatever the files say by now. */
	if (!d->record->name)
		record_set(&d->record->name, ecs_short_name(name));
	if (!d->record->cluster && cluster)
		record_set(&d->record->cluster, ecs_short_name(cluster));
	if (settings_parse(&d->settings, ecs_document(d, ROLE_SETTINGS), &err) < 0) {
		ret = deploy_fail(d, "settings", "%s", err.message);
		goto out;
	}
	if (d->intent != INTENT_DELETE && settings_supported(&d->settings, definition, &err) < 0) {
		ret = deploy_fail_hint(d, "unsupported", err.hint, "%s", err.message);
		goto out;
	}
	if (deploy_get_client(d, &err) < 0) {
		ret = deploy_fail_hint(d, err.kind == ERROR_DENIED ? "credentials" : "region",
				       err.hint, "%s", err.message);
		goto out;
	}
	record_set(&d->record->region, aws_client_region(d->client));
out:
	error_release(&err);
	return ret;
}

enum step_result ecs_check_account(struct deployment *d)
{
	if (d->result)
		return deploy_fail_result(d, d->result, "find out whose credentials these are");
	if (d->settings.account && !str_eq(d->settings.account, d->record->account)) {
		char *want = d->settings.account;

		return deploy_fail(d, "wrong-account",
				   "the credentials are of account '%s', but 'environment.account' "
				   "says '%s'",
				   d->record->account, want);
	}
	return STEP_DONE;
}

static void tell_ignored_settings(struct deployment *d)
{
	if (d->settings.shift.on)
		deploy_event(d, "'trafficShiftingConfig' is not used: a rolling update has no "
				"traffic to shift");
	if (d->settings.unknown)
		deploy_event(d, "ignored in the deployment settings: %s", d->settings.unknown);
	if (d->settings.fallback)
		deploy_event(d,
			     "rolling updates have no use for 'fallbackCapacityProviderStrategy'");
	if (d->settings.alarms_nr)
		deploy_event(d, "rolling updates have no use for 'alarms'; ECS watches those of "
				"'deploymentConfiguration'");
}

/* --- preflight: may we, can we, what is there? --- */

/* What UpdateService has to say, and what it said before. */
static enum step_result compare(struct deployment *d, const struct json *service)
{
	struct service_change change = SERVICE_CHANGE_INIT;
	const struct document *doc = &d->service->docs[ROLE_DEFINITION];
	struct error err = ERROR_INIT;
	enum step_result ret = STEP_DONE;

	if (service_compare(&change, doc->json, service, &err) < 0)
		ret = deploy_fail(d, "immutable", "%s", err.message);
	if (ret != STEP_DONE)
		goto out;
	free(d->update);
	d->update = strbuf_detach(&change.update, NULL);
	if (change.undo.len && !doc->sensitive && !deploy_id_get(d, ID_UNDO))
		deploy_id_set(d, ID_UNDO, change.undo.buf);
	if (change.needs_force || (d->force && !ecs_document(d, ROLE_TASK_DEFINITION)))
		deploy_id_set(d, ID_FORCED, "1");
out:
	service_change_release(&change);
	error_release(&err);
	return ret;
}

/* The service is there: it will be updated. */
enum step_result ecs_plan_update(struct deployment *d, const struct json *service)
{
	struct ecs_deployment primary;
	enum step_result ret;

	if (!str_eq(ecs_controller(service), "ECS"))
		return ecs_plan_replace(d, service);
	ret = compare(d, service);
	if (ret != STEP_DONE)
		return ret;
	deploy_id_set(d, ID_MODE, "update");
	if (ecs_primary(service, &primary)) {
		deploy_id_set(d, ID_PREVIOUS, primary.task_definition);
		deploy_id_set(d, ID_PREVIOUS_DEPLOYMENT, primary.id);
		deploy_event(d, "service '%s' runs '%s', %" PRId64 " of %" PRId64 " tasks",
			     d->record->name, ecs_short_name(primary.task_definition),
			     primary.running, primary.desired);
	}
	return STEP_DONE;
}

enum step_result ecs_check_creatable(struct deployment *d)
{
	const struct json *definition = ecs_document(d, ROLE_DEFINITION);
	const char *scheduling = json_get_str(definition, "schedulingStrategy");

	if (!json_get(definition, "desiredCount") && !(scheduling && str_eq(scheduling, "DAEMON")))
		return deploy_fail(
			d, "definition",
			"'desiredCount' is missing in the service definition: ECS needs it "
			"to create service '%s'",
			d->record->name);
	return STEP_DONE;
}

static enum step_result plan_create(struct deployment *d)
{
	enum step_result ret = ecs_check_creatable(d);

	if (ret != STEP_DONE)
		return ret;
	deploy_id_set(d, ID_MODE, "create");
	deploy_event(d, "service '%s' is new", d->record->name);
	return STEP_DONE;
}

int64_t ecs_next_interval(struct deployment *d, int64_t first, int64_t last)
{
	d->at.interval = d->at.interval ? MIN(2 * d->at.interval, last) : MIN(first, last);
	return d->at.interval;
}

enum step_result ecs_wait_for_draining(struct deployment *d, int phase)
{
	if (!d->at.retries++) {
		d->at.deadline = deploy_now(d) + settings_timeout_ms(&d->settings, 0);
		deploy_event(d,
			     "service '%s' is being deleted (DRAINING); waiting until it is gone",
			     d->record->name);
	}
	if (deploy_now(d) > d->at.deadline)
		return deploy_fail_hint(d, "timeout", "deploy again when it is gone",
					"service '%s' is still DRAINING", d->record->name);
	return deploy_look(d, ecs_next_interval(d, RETRY_FIRST, d->settings.stability.poll_ms),
			   phase);
}

enum step_result ecs_preflight(struct deployment *d, void (*tell)(struct deployment *d),
			       enum step_result (*plan_update)(struct deployment *d,
							       const struct json *service))
{
	enum {
		START,
		ACCOUNT,
		LOOKED
	};
	enum step_result ret;

	switch (d->phase) {
	case START:
		tell(d);
		if (!ecs_document(d, ROLE_TASK_DEFINITION) &&
		    !json_get_str(ecs_document(d, ROLE_DEFINITION), "taskDefinition"))
			return deploy_fail(d, "definition",
					   "there is neither a task definition (_taskdef.json) nor "
					   "'taskDefinition' in the service definition");
		return deploy_ask_account(d, ACCOUNT);
	case ACCOUNT:
		ret = ecs_check_account(d);
		if (ret != STEP_DONE)
			return ret;
		deploy_event(d, "account %s, region %s, cluster '%s'", d->record->account,
			     d->record->region,
			     d->record->cluster ? d->record->cluster : "default");
		return deploy_look(d, 0, LOOKED);
	default:
		break;
	}
	if (d->look->failed)
		return deploy_fail_result(d, d->look->failed, "describe the service");
	switch (ecs_service_state(d->look->service)) {
	case SERVICE_DRAINING:
		return ecs_wait_for_draining(d, LOOKED);
	case SERVICE_MISSING:
		return plan_create(d);
	case SERVICE_ACTIVE:
		break;
	}
	return plan_update(d, d->look->service);
}

static enum step_result preflight(struct deployment *d)
{
	return ecs_preflight(d, tell_ignored_settings, ecs_plan_update);
}

static const struct deploy_step steps[] = {
	{ "preflight", preflight, false },    { "approve", gate_deploy, false },
	{ "register", ecs_register, false },  { "before", ecs_before, true },
	{ "replace", ecs_replace, false },    { "apply", ecs_apply, true },
	{ "stabilize", ecs_stabilize, true }, { NULL, NULL, false },
};

const struct deploy_strategy strategy_rolling = {
	.name = "rolling",
	.setup = ecs_setup,
	.steps = steps,
	.undo = rolling_undo,
};
