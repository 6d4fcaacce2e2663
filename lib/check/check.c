#include "check/internal.h"

#include "schema/schema.h"

/*
 * In the order of gitops-artifacts(5). Modes, encoding, inputs, templates and
 * JSON are judged while an object is read (artifact/service.h); what stands
 * here judges what was read.
 */
static const struct check_pass passes[] = {
	{ "names", check_names },
	{ "native", check_native },
	{ "semantics", check_semantics },
};

static int check_object(struct check *check, const struct plan_object *object,
			struct service *service)
{
	size_t i;

	if (service_read(service, check->reader, object->kind, object->prefix, object,
			 check->findings, check->err) < 0)
		return -1;
	check->bad_nr = 0;
	for (i = 0; i < ARRAY_SIZE(passes); i++)
		if (passes[i].run(check, object, service) < 0)
			return -1;
	return 0;
}

int check_plan(struct findings *findings, struct check_summary *summary, const struct plan *plan,
	       struct snapshot *after, struct error *err)
{
	struct check check = { .plan = plan, .after = after, .findings = findings, .err = err };
	struct finding_choice *choices = check_choices(snapshot_repo(after), findings);
	struct service service = { 0 };
	size_t i;
	int rc = 0;

	check.schema_allow =
		repo_config_all(snapshot_repo(after), "gitops.schemaAllow", &check.schema_allow_nr);
	check.reader = service_reader_new(after);
	check.matcher = schema_matcher_new();
	check_near_misses(&check);
	for (i = 0; !rc && i < plan->nr; i++) {
		rc = check_object(&check, &plan->objects[i], &service);
		summary->objects++;
	}
	service_release(&service);
	service_reader_free(check.reader);
	schema_matcher_free(check.matcher);
	strmap_release(&check.folded, NULL);
	strmap_release(&check.claims, free);
	free(check.bad);
	findings->choices = NULL;
	findings->choices_nr = 0;
	free(choices);
	free(check.schema_allow);
	findings_sort(findings);
	return rc < 0 ? -1 : 0;
}
