#include "check/internal.h"

#include "base/spread.h"
#include "artifact/claims.h"
#include "schema/schema.h"

#define THREADS_KEY "gitops.checkThreads"

/* A part is large enough to be worth handing over, small enough to leave work for others. */
#define PART_OBJECTS 32
/* A thread more opens the repository once more: only where it has as much to do as that costs. */
#define THREAD_OBJECTS 128

/*
 * In the order of gitops-artifacts(5). Modes, encoding, inputs, templates and
 * JSON are judged while an object is read (artifact/service.h); what stands
 * here judges what was read.
 */
static const struct check_pass passes[] = {
	{ "names", check_names },
	{ "native", check_native },
	{ "semantics", check_semantics },
	{ "code", check_code },
};

/* What one thread has for itself; opened by the thread, when it has something to do. */
struct worker {
	struct check check;
	struct check_whole *whole;
	struct snapshot *after; /* the thread's own; NULL in the first */
	struct service service;
	unsigned nr; /* from 0; the first uses the snapshot of the caller */
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

static int open_worker(struct worker *w, struct error *err)
{
	if (w->check.reader)
		return 0;
	if (w->nr) {
		if (snapshot_again(&w->after, w->check.after, w->nr, err) < 0)
			return -1;
		w->check.after = w->after;
	}
	w->check.reader = service_reader_new(w->check.after);
	w->check.matcher = schema_matcher_new();
	return 0;
}

static void close_worker(struct worker *w)
{
	service_release(&w->service);
	service_reader_free(w->check.reader);
	schema_matcher_free(w->check.matcher);
	strmap_release(&w->check.codes, check_code_free);
	snapshot_free(w->after);
	check_depends_free(w->check.depends);
	check_past_free(w->check.past);
	free(w->check.bad);
}

static void *check_part(void *data, size_t piece)
{
	struct worker *w = data;
	const struct plan *plan = w->check.plan;
	struct check_part *part = xcalloc(1, sizeof(*part));
	size_t i = piece * PART_OBJECTS, end = MIN(i + PART_OBJECTS, plan->nr);
	int rc;

	part->findings = (struct findings){ .max = w->whole->max,
					    .choices = w->whole->choices,
					    .choices_nr = w->whole->choices_nr };
	w->check.part = part;
	w->check.findings = &part->findings;
	w->check.err = &part->err;
	rc = open_worker(w, &part->err);
	for (; !rc && i < end; i++) {
		rc = check_object(&w->check, &plan->objects[i], &w->service);
		part->objects++;
	}
	return part;
}

static unsigned choose_threads(struct repo *repo, const struct plan *plan)
{
	size_t nr = MIN(plan->nr / THREAD_OBJECTS, (size_t)SPREAD_MAX_THREADS);
	int64_t wanted;

	if (nr < 2)
		return 1;
	wanted = repo_config_int(repo, THREADS_KEY, 0);
	if (wanted < 1)
		wanted = spread_cores();
	return (unsigned)MIN(wanted, (int64_t)nr);
}

static int check_objects(struct check_whole *whole, const struct check *common)
{
	unsigned nr = choose_threads(snapshot_repo(common->after), common->plan), i;
	struct worker *workers = xcalloc(nr, sizeof(*workers));
	void *seats[SPREAD_MAX_THREADS];
	struct spread spread = { .workers = seats,
				 .workers_nr = nr,
				 .pieces = (common->plan->nr + PART_OBJECTS - 1) / PART_OBJECTS,
				 .work = check_part,
				 .take = check_part_take,
				 .drop = check_part_free,
				 .data = whole };
	int rc;

	for (i = 0; i < nr; i++) {
		workers[i] = (struct worker){ .check = *common, .whole = whole, .nr = i };
		seats[i] = &workers[i];
	}
	rc = spread_run(&spread);
	for (i = 0; i < nr; i++)
		close_worker(&workers[i]);
	free(workers);
	return rc;
}

int check_plan(struct findings *findings, struct check_summary *summary, const struct plan *plan,
	       struct snapshot *after, const struct check_options *options, struct error *err)
{
	struct plan_names names;
	struct check common = { .plan = plan, .after = after, .findings = findings, .err = err };
	struct finding_choice *choices = check_choices(snapshot_repo(after), findings);
	struct check_whole whole = { .findings = findings, .max = findings->max, .err = err };
	int rc;

	whole.choices = choices;
	whole.choices_nr = findings->choices_nr;
	common.names = &names;
	common.schema_allow = repo_config_all(snapshot_repo(after), "gitops.schemaAllow",
					      &common.schema_allow_nr);
	plan_names_init(&names, plan);
	check_near_misses(&common);
	common.options = options;
	whole.others = claims_open(options ? options->claims : NULL, plan, after);
	rc = check_objects(&whole, &common);
	summary->objects += whole.objects;
	plan_names_release(&names);
	claims_close(whole.others);
	strmap_release(&whole.claims, free);
	strmap_release(&whole.told, NULL);
	findings->choices = NULL;
	findings->choices_nr = 0;
	free(choices);
	free(common.schema_allow);
	findings_sort(findings);
	return rc ? -1 : 0;
}
