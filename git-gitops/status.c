#include "command.h"
#include "records.h"

#include "base/json.h"
#include "base/clock.h"
#include "deploy/freeze.h"
#include "state/hold.h"

static const char *const status_usage[] = {
	"git gitops status [-b <branch>] [--format=(text|json)] [<path-prefix>...]", NULL
};

/* A service object: what runs, and what was done last. */
struct object {
	const struct record *runs; /* NULL: nothing, or it was deleted */
	const struct record *last;
	const struct hold *hold; /* or NULL */
};

struct objects {
	struct object *v;
	size_t nr, alloc;
	size_t gone; /* that were deleted, and are not in `v` */
};

static int by_place(const void *a, const void *b)
{
	const struct record *x = ((const struct object *)a)->last;
	const struct record *y = ((const struct object *)b)->last;
	int cmp = strcmp(x->prefix, y->prefix);

	if (!cmp)
		cmp = (int)x->kind - (int)y->kind;
	return cmp ? cmp : strcmp(x->branch ? x->branch : "", y->branch ? y->branch : "");
}

static bool same_object(const struct record *a, const struct record *b)
{
	return a->kind == b->kind && str_eq(a->prefix, b->prefix) &&
	       str_eq(a->branch ? a->branch : "", b->branch ? b->branch : "");
}

static bool deletes(const struct record *r)
{
	return r->strategy && str_eq(r->strategy, "delete");
}

/* Both lists have one record of an object at most. */
static void join(struct objects *objects, const struct record_list *last,
		 const struct record_list *good)
{
	size_t i, j = 0;

	for (i = 0; i < last->nr; i++) {
		ALLOC_GROW(objects->v, objects->nr + 1, objects->alloc);
		objects->v[objects->nr++] = (struct object){ NULL, &last->v[i], NULL };
	}
	if (objects->nr)
		qsort(objects->v, objects->nr, sizeof(*objects->v), by_place);
	for (i = 0; i < good->nr; i++) {
		struct object key = { NULL, &good->v[i], NULL }, *found;

		found = objects->nr ?
				bsearch(&key, objects->v, objects->nr, sizeof(key), by_place) :
				NULL;
		if (found && same_object(found->last, &good->v[i]) && !deletes(&good->v[i]))
			found->runs = &good->v[i];
	}
	/* What was deleted and is not being deployed again is gone. */
	for (i = 0; i < objects->nr; i++)
		if (objects->v[i].runs || !deletes(objects->v[i].last) ||
		    objects->v[i].last->status != RECORD_SUCCESS)
			objects->v[j++] = objects->v[i];
	objects->gone = objects->nr - j;
	objects->nr = j;
}

/* --- what is held */

struct holds {
	struct hold *v;
	size_t nr, alloc;
};

static int take_hold(const struct hold *hold, void *data)
{
	struct holds *holds = data;
	struct hold *copy;

	ALLOC_GROW(holds->v, holds->nr + 1, holds->alloc);
	copy = &holds->v[holds->nr++];
	*copy = *hold;
	copy->branch = xstrdup(hold->branch);
	copy->prefix = xstrdup(hold->prefix);
	copy->actor = xstrdup_or_null(hold->actor);
	copy->reason = xstrdup_or_null(hold->reason);
	copy->digest = xstrdup_or_null(hold->digest);
	copy->commit = xstrdup_or_null(hold->commit);
	copy->deployment = xstrdup_or_null(hold->deployment);
	return 0;
}

static void find_holds(struct objects *objects, const struct holds *holds)
{
	size_t i, j;

	for (i = 0; i < holds->nr; i++) {
		const struct hold *hold = &holds->v[i];

		for (j = 0; j < objects->nr; j++) {
			const struct record *r = objects->v[j].last;

			if (r->kind == hold->kind && str_eq(r->prefix, hold->prefix) && r->branch &&
			    str_eq(r->branch, hold->branch))
				objects->v[j].hold = hold;
		}
	}
}

static void add_hold(struct table *table, const struct hold *hold)
{
	struct strbuf text = STRBUF_INIT;

	hold_describe(&text, hold);
	table_note(table, TABLE_YELLOW, text.buf);
	strbuf_release(&text);
}

static void write_hold(struct json_writer *jw, const struct hold *hold)
{
	struct strbuf text = STRBUF_INIT;

	if (hold)
		hold_write(&text, hold);
	jw_raw(jw, "hold", hold ? text.buf : "null");
	strbuf_release(&text);
}

/* --- */

/* A version of a function is a number. */
static void add_revision(struct strbuf *out, const struct record *r)
{
	const char *revision = short_revision(r->revision);

	if (revision && r->kind == KIND_LAMBDA && r->name && !strchr(revision, ':'))
		strbuf_addf(out, "%s:%s", r->name, revision);
	else if (revision)
		strbuf_addstr(out, revision);
}

static void add_row(struct table *table, const struct object *object)
{
	const struct record *r = object->runs ? object->runs : object->last;
	struct strbuf text = STRBUF_INIT;

	table_cell(table, TABLE_PLAIN, artifact_kind_name(r->kind));
	table_cell(table, TABLE_BOLD, r->prefix);
	table_cell(table, TABLE_PLAIN, r->branch);
	if (object->runs)
		add_revision(&text, r);
	table_cell(table, TABLE_GREEN, text.buf);
	strbuf_reset(&text);
	if (object->runs)
		add_short(&text, r->commit);
	table_cell(table, TABLE_YELLOW, text.buf);
	strbuf_reset(&text);
	if (object->runs)
		add_time(&text, r->finished_at);
	table_cell(table, TABLE_PLAIN, text.buf);
	table_cell(table, TABLE_PLAIN, object->runs ? r->actor : NULL);
	strbuf_reset(&text);
	add_where(&text, r);
	table_cell(table, TABLE_PLAIN, text.buf);
	strbuf_release(&text);
}

/* What is under way, or went wrong, after what runs was deployed. */
static void add_last(struct table *table, const struct record *r)
{
	struct strbuf text = STRBUF_INIT;
	enum table_look look;

	strbuf_addf(&text, "%s ", record_word(r, &look));
	add_short(&text, r->commit);
	if (r->actor)
		strbuf_addf(&text, " by %s", r->actor);
	if (r->status == RECORD_ERROR) {
		strbuf_addch(&text, ' ');
		add_time(&text, r->finished_at);
		strbuf_addch(&text, ' ');
		add_failure(&text, r);
	} else {
		if (r->status == RECORD_PROCESSING && r->step)
			strbuf_addf(&text, ", step %s", r->step);
		if (r->waiting)
			strbuf_addf(&text, ", %s", r->waiting);
		strbuf_addstr(&text, ", since ");
		add_time(&text, r->started_at ? r->started_at : r->created_at);
	}
	table_note(table, look, text.buf);
	if (r->status == RECORD_ERROR && r->failure.hint) {
		strbuf_reset(&text);
		strbuf_addf(&text, "hint: %s", r->failure.hint);
		table_note(table, TABLE_PLAIN, text.buf);
	}
	strbuf_release(&text);
}

/* What is in the spool; a line for each that waits. */
struct jobs {
	size_t nr;
	struct strbuf text;
	struct freezes freezes;
	char *broken; /* why the setting is not understood */
};

static void print_text(struct records *records, const struct objects *objects,
		       const struct jobs *jobs, const struct record_query *query)
{
	static const char *const heads[] = { "KIND",   "SERVICE OBJECT", "BRANCH", "RUNS",
					     "COMMIT", "SINCE",		 "BY",	   "WHERE" };
	struct strbuf out = STRBUF_INIT;
	struct table table;
	size_t i;

	if (!objects->nr) {
		records_say_none(records,
				 objects->gone ? "nothing runs: all that was deployed was deleted" :
				 query->prefixes_nr || query->branch ?
						 "nothing of that was deployed" :
						 "nothing was deployed",
				 query->prefixes_nr ? query->prefixes[0] : NULL);
	} else {
		table_init(&table, ARRAY_SIZE(heads));
		table_keep(&table, 5); /* a time that is cut says little */
		table_optional(&table, 6);
		table_optional(&table, 0);
		table_optional(&table, 2);
		for (i = 0; i < ARRAY_SIZE(heads); i++)
			table_cell(&table, TABLE_DIM, heads[i]);
		for (i = 0; i < objects->nr; i++) {
			add_row(&table, &objects->v[i]);
			if (objects->v[i].last->status != RECORD_SUCCESS)
				add_last(&table, objects->v[i].last);
			if (objects->v[i].hold)
				add_hold(&table, objects->v[i].hold);
		}
		table_print(&out, &table, &records->style);
		table_release(&table);
	}
	if (jobs->nr)
		strbuf_addf(&out, "%zu job%s in the spool\n%s", jobs->nr, jobs->nr == 1 ? "" : "s",
			    jobs->text.buf);
	print_buffer(&out);
	strbuf_release(&out);
}

static void write_record(struct json_writer *jw, const char *name, const struct record *r)
{
	struct strbuf text = STRBUF_INIT;

	if (r)
		record_write(&text, r);
	jw_raw(jw, name, r ? text.buf : "null");
	strbuf_release(&text);
}

static void print_json(const struct objects *objects, size_t waiting)
{
	struct strbuf out = STRBUF_INIT;
	struct json_writer jw = JSON_WRITER_INIT(&out, 0);
	size_t i;

	jw_object(&jw, NULL);
	jw_array(&jw, "objects");
	for (i = 0; i < objects->nr; i++) {
		const struct object *object = &objects->v[i];

		jw_object(&jw, NULL);
		jw_str(&jw, "kind", artifact_kind_name(object->last->kind));
		jw_str(&jw, "prefix", object->last->prefix);
		jw_str(&jw, "branch", object->last->branch);
		write_record(&jw, "runs", object->runs);
		write_record(&jw, "last", object->last);
		write_hold(&jw, object->hold);
		jw_end(&jw);
	}
	jw_end(&jw);
	jw_int(&jw, "jobs", (int64_t)waiting);
	jw_end(&jw);
	strbuf_addch(&out, '\n');
	print_buffer(&out);
	strbuf_release(&out);
}

static int take_job(const struct job *job, enum job_place place, void *data)
{
	struct jobs *jobs = data;
	struct frozen frozen;

	jobs->nr++;
	if (place != JOB_NEW)
		return 0;
	/* What runs has records, which are shown. */
	strbuf_addf(&jobs->text, "    %s waits: ", job->id);
	if (job->rollback_prefix) {
		strbuf_addstr(&jobs->text, "rollback of ");
		strbuf_add_printable(&jobs->text, job->rollback_prefix,
				     strlen(job->rollback_prefix));
		strbuf_addstr(&jobs->text, " on ");
	}
	strbuf_add_printable(&jobs->text, job->branch, strlen(job->branch));
	strbuf_addf(&jobs->text, " at %.7s by ", job->new_commit);
	strbuf_add_printable(&jobs->text, job->actor, strlen(job->actor));
	strbuf_addstr(&jobs->text, ", since ");
	add_time(&jobs->text, job->created_at);
	if (jobs->broken && !job->rollback_prefix && !job->dry_run) {
		strbuf_addf(&jobs->text, ", until this is mended: %s", jobs->broken);
	} else if (job_is_frozen(job, &jobs->freezes, clock_wall_ms(clock_system()), &frozen)) {
		strbuf_addstr(&jobs->text, ", ");
		frozen_describe(&jobs->text, &frozen);
	}
	strbuf_addch(&jobs->text, '\n');
	return 0;
}

static void read_freezes(struct jobs *jobs, struct repo *repo)
{
	struct error err = ERROR_INIT;
	size_t nr, i;
	const char **values = repo_config_all(repo, "gitops.freeze", &nr);

	for (i = 0; i < nr && !jobs->broken; i++)
		if (freezes_add(&jobs->freezes, values[i], &err) < 0)
			jobs->broken = xstrdup(err.message);
	free(values);
	error_release(&err);
}

int cmd_status(int argc, const char **argv, struct context *ctx UNUSED)
{
	struct record_list last = RECORD_LIST_INIT, good = RECORD_LIST_INIT;
	struct record_query query = { .latest = true };
	struct records records = RECORDS_INIT;
	struct objects objects = { 0 };
	struct holds holds = { 0 };
	struct error err = ERROR_INIT;
	int format = UI_FORMAT_TEXT, status = 0;
	const struct option options[] = { OPT_STRING('b', "branch", &query.branch, "branch",
						     "only what is deployed from it"),
					  OPT_FORMAT(&format), OPT_END() };
	struct jobs jobs = { 0, STRBUF_INIT, FREEZES_INIT, NULL };
	size_t i;

	argc = parse_options(argc, argv, options, status_usage);
	query.prefixes = argv;
	query.prefixes_nr = (size_t)argc;
	if (records_open(&records, &err) < 0) {
		status = error_report(&err);
		goto out;
	}
	read_freezes(&jobs, records.repo);
	if (records_find(&records, &query, &last, &err) < 0 ||
	    (records.spool && spool_each_job(records.spool, take_job, &jobs, &err) < 0)) {
		status = error_report(&err);
		goto out;
	}
	query.finished_well = query.changed = true;
	if (records_find(&records, &query, &good, &err) < 0 ||
	    hold_each(records.repo, take_hold, &holds, &err) < 0) {
		status = error_report(&err);
		goto out;
	}
	join(&objects, &last, &good);
	find_holds(&objects, &holds);
	if (format == UI_FORMAT_JSON)
		print_json(&objects, jobs.nr);
	else
		print_text(&records, &objects, &jobs, &query);
	records_warn_skipped(&last);
out:
	for (i = 0; i < holds.nr; i++)
		hold_release(&holds.v[i]);
	free(holds.v);
	strbuf_release(&jobs.text);
	freezes_release(&jobs.freezes);
	free(jobs.broken);
	free(objects.v);
	record_list_release(&last);
	record_list_release(&good);
	records_release(&records);
	return status;
}
