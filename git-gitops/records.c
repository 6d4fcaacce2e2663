#include "command.h"
#include "nearby.h"
#include "records.h"

#include "base/clock.h"
#include "base/strmap.h"
#include "ui/findings.h"

int records_open(struct records *records, struct error *err)
{
	struct error why = ERROR_INIT;
	struct findings_style style;
	char *dir;

	if (repo_open(&records->repo, NULL, err) < 0 ||
	    store_open_notes(&records->store, records->repo, err) < 0)
		return -1;
	style = findings_style_for(1, repo_config_str(records->repo, "color.ui"));
	records->style.colour = style.colour;
	records->style.width = style.width;
	/* A clone has none, and on the server it may be another account's. */
	dir = xstrfmt("%s/gitops/spool", repo_git_dir(records->repo));
	if (access(dir, R_OK | X_OK) || spool_open(&records->spool, dir, &why) < 0)
		records->spool = NULL;
	error_release(&why);
	free(dir);
	return 0;
}

void records_release(struct records *records)
{
	if (records->spool)
		spool_free(records->spool);
	store_free(records->store);
	repo_free(records->repo);
	memset(records, 0, sizeof(*records));
}

static void free_record(void *value)
{
	struct record *r = value;

	if (r) {
		record_release(r);
		free(r);
	}
}

/* {"record":<record>}: the last one of each deployment counts. */
static int take_line(const char *line, size_t len, void *data)
{
	static const char head[] = "{\"record\":";
	const size_t at = sizeof(head) - 1;
	struct error err = ERROR_INIT;
	struct strmap *current = data;
	struct record *r;

	if (len <= at + 1 || memcmp(line, head, at) != 0)
		return 0;
	r = xcalloc(1, sizeof(*r));
	if (record_parse(r, line + at, len - at - 1, &err) < 0) {
		error_release(&err);
		free(r);
		return 0;
	}
	free_record(strmap_put(current, r->id, r));
	return 0;
}

struct look {
	struct records *records;
	struct strmap current;
};

static int look_at_job(const struct job *job, enum job_place place, void *data)
{
	struct error err = ERROR_INIT;
	struct look *look = data;

	if (place == JOB_RUN &&
	    spool_read_journal(look->records->spool, job->id, take_line, &look->current, &err) < 0)
		error_release(&err);
	return 0;
}

/* The notes are written when a job begins and when it ends; its journal all the time. */
static void overlay(struct records *records, struct record_list *list)
{
	struct look look = { records, STRMAP_INIT };
	struct error err = ERROR_INIT;
	size_t i;

	if (spool_each_job(records->spool, look_at_job, &look, &err) < 0)
		error_release(&err);
	for (i = 0; look.current.nr && i < list->nr; i++) {
		struct record *current = strmap_get(&look.current, list->v[i].id), old;

		if (!current)
			continue;
		old = list->v[i];
		list->v[i] = *current;
		*current = old;
	}
	strmap_release(&look.current, free_record);
}

int records_find(struct records *records, const struct record_query *query,
		 struct record_list *list, struct error *err)
{
	if (store_find(records->store, query, list, err) < 0)
		return -1;
	if (records->spool && !query->finished_well)
		overlay(records, list);
	return 0;
}

bool records_exist(struct records *records)
{
	struct error err = ERROR_INIT;
	struct oid oid;
	int rc = repo_ref_read(records->repo, STATE_RECORDS_REF, &oid, &err);

	error_release(&err);
	return rc > 0;
}

void records_say_none(struct records *records, const char *what, const char *prefix)
{
	if (records_exist(records)) {
		char *near = prefix ? nearby_prefix(records->repo, "HEAD", prefix) : NULL;

		printf("%s\n", what);
		if (near && !str_eq(near, prefix))
			printf("hint: did you mean '%s'?\n", near);
		free(near);
		return;
	}
	puts("nothing is known here about deployments");
	if (!records->spool)
		puts("hint: git fetch origin 'refs/notes/gitops/*:refs/notes/gitops/*'");
}

void records_warn_skipped(const struct record_list *list)
{
	if (list->skipped)
		ui_warn("%zu line%s in the notes '%s' could not be read", list->skipped,
			list->skipped == 1 ? "" : "s", STATE_RECORDS_REF);
}

const char *record_word(const struct record *r, enum table_look *look)
{
	bool deletes = r->strategy && str_eq(r->strategy, "delete");

	switch (r->status) {
	case RECORD_QUEUED:
		*look = TABLE_YELLOW;
		return "queued";
	case RECORD_PROCESSING:
		*look = TABLE_YELLOW;
		if (r->rollback_from)
			return "rolling back";
		return deletes ? "deleting" : "deploying";
	case RECORD_SUCCESS:
		*look = TABLE_GREEN;
		if (r->strategy && str_eq(r->strategy, "unchanged"))
			return "unchanged";
		if (r->rollback_from)
			return "rolled back";
		return deletes ? "deleted" : "deployed";
	case RECORD_ERROR:
		if (record_was_overtaken(r)) {
			*look = TABLE_DIM;
			return "superseded";
		}
		*look = record_was_held(r) ? TABLE_YELLOW : TABLE_RED;
		return record_was_held(r) ? "held back" : "failed";
	}
	BUG("status %d", (int)r->status);
}

void add_time(struct strbuf *out, int64_t ms)
{
	struct strbuf text = STRBUF_INIT;

	if (!ms)
		return;
	format_time_ms(&text, ms);
	strbuf_setlen(&text, 19);
	text.buf[10] = ' ';
	strbuf_addbuf(out, &text);
	strbuf_addch(out, 'Z');
	strbuf_release(&text);
}

void add_short(struct strbuf *out, const char *commit)
{
	if (commit)
		strbuf_addf(out, "%.7s", commit);
}

void add_where(struct strbuf *out, const struct record *r)
{
	if (r->cluster)
		strbuf_addstr(out, r->cluster);
	if (r->region)
		strbuf_addf(out, "%s%s", r->cluster ? ", " : "", r->region);
}

const char *short_revision(const char *revision)
{
	const char *slash = revision ? strrchr(revision, '/') : NULL, *function;

	if (slash)
		return slash + 1;
	/* arn:aws:lambda:<region>:<account>:function:<name>:<version> */
	if (revision && starts_with(revision, "arn:") &&
	    (function = strstr(revision, ":function:")))
		return function + strlen(":function:");
	return revision;
}

void add_failure(struct strbuf *out, const struct record *r)
{
	const char *step = record_failed_step(r);

	if (record_was_held(r) || record_was_overtaken(r)) {
		strbuf_addstr(out, r->failure.message ? r->failure.message : "");
		return;
	}
	if (step)
		strbuf_addf(out, "at %s", step);
	if (r->failure.category)
		strbuf_addf(out, "%s%s: %s", step ? ": " : "", r->failure.category,
			    r->failure.message ? r->failure.message : "");
}

void print_buffer(const struct strbuf *out)
{
	/* A full disk or a closed pipe is told by ui_finish_stdout(). */
	fwrite(out->buf, 1, out->len, stdout);
}
