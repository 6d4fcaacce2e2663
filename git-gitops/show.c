#include "command.h"
#include "records.h"

#include "base/clock.h"
#include "base/json.h"
#include "ui/pager.h"

static const char *const show_usage[] = { "git gitops show [--format=(text|json)] <id>", NULL };

#define LABEL_WIDTH 11

static void add_label(struct strbuf *out, const char *label)
{
	strbuf_addstr(out, label);
	strbuf_addchars(out, ' ', LABEL_WIDTH - strlen(label));
}

static void add_printable(struct strbuf *out, const char *text)
{
	strbuf_add_printable(out, text, strlen(text));
}

static void add_line(struct strbuf *out, const char *label, const char *text)
{
	if (!text || !*text)
		return;
	add_label(out, label);
	add_printable(out, text);
	strbuf_addch(out, '\n');
}

static void add_time_line(struct strbuf *out, const char *label, int64_t ms, int64_t since)
{
	if (!ms)
		return;
	add_label(out, label);
	add_time(out, ms);
	if (since) {
		strbuf_addstr(out, ", after ");
		format_duration(out, ms - since);
	}
	strbuf_addch(out, '\n');
}

static void add_commit(struct strbuf *out, struct repo *repo, const char *label, const char *hex)
{
	struct error err = ERROR_INIT;
	struct commit_info info;
	struct oid oid;

	if (!hex)
		return;
	add_label(out, label);
	add_printable(out, hex);
	/* A clone may not have it. */
	if (oid_parse(&oid, hex) && !repo_commit_info(repo, &oid, &info, &err)) {
		strbuf_addch(out, ' ');
		add_printable(out, info.subject);
		commit_info_release(&info);
	}
	error_release(&err);
	strbuf_addch(out, '\n');
}

static void add_status(struct strbuf *out, const struct record *r)
{
	enum table_look look;

	add_label(out, "status");
	strbuf_addstr(out, record_word(r, &look));
	if (r->status == RECORD_ERROR && record_failed_step(r)) {
		strbuf_addstr(out, " at ");
		add_printable(out, record_failed_step(r));
	} else if (r->status == RECORD_PROCESSING && r->step) {
		strbuf_addstr(out, ", step ");
		add_printable(out, r->step);
	}
	if (r->waiting) {
		strbuf_addstr(out, ", ");
		add_printable(out, r->waiting);
	}
	strbuf_addch(out, '\n');
}

/* Of a function: what the deployment kept says at which URL it answers. */
static void add_url(struct strbuf *out, const struct record *r)
{
	struct json_problems problems = JSON_PROBLEMS_INIT;
	struct arena arena = ARENA_INIT;
	const struct json *ids =
		r->ids ? json_parse(&arena, r->ids, strlen(r->ids), NULL, &problems) : NULL;

	add_line(out, "url", json_get_str(ids, "url"));
	json_problems_release(&problems);
	arena_release(&arena);
}

static void add_place(struct strbuf *out, const struct record *r)
{
	add_line(out, "account", r->account);
	add_line(out, "region", r->region);
	add_line(out, "cluster", r->cluster);
	add_line(out, r->kind == KIND_LAMBDA ? "function" : "service", r->name);
	add_line(out, "runs", r->revision);
	add_url(out, r);
}

static void add_events(struct strbuf *out, const struct record *r)
{
	struct table table;
	const struct table_style plain = { 0 };
	size_t i;

	if (!r->events_nr)
		return;
	strbuf_addch(out, '\n');
	table_init(&table, 3);
	for (i = 0; i < r->events_nr; i++) {
		struct strbuf time = STRBUF_INIT;

		add_time(&time, r->events[i].time);
		table_cell(&table, TABLE_PLAIN, time.buf);
		table_cell(&table, TABLE_PLAIN, r->events[i].step);
		table_cell(&table, TABLE_PLAIN, r->events[i].message);
		strbuf_release(&time);
	}
	table_print(out, &table, &plain);
	table_release(&table);
}

static void add_reason(struct strbuf *out, const struct record *r)
{
	if (!r->failure.category)
		return;
	strbuf_addch(out, '\n');
	strbuf_addstr(out, "error: ");
	add_printable(out, r->failure.category);
	if (r->failure.message) {
		strbuf_addstr(out, ": ");
		add_printable(out, r->failure.message);
	}
	strbuf_addch(out, '\n');
	if (r->failure.hint) {
		strbuf_addstr(out, "hint: ");
		add_printable(out, r->failure.hint);
		strbuf_addch(out, '\n');
	}
}

static void print_text(struct records *records, const struct record *r)
{
	struct strbuf out = STRBUF_INIT;

	add_line(&out, "deployment", r->id);
	add_label(&out, "object");
	strbuf_addf(&out, "%s ", artifact_kind_name(r->kind));
	add_printable(&out, r->prefix);
	strbuf_addch(&out, '\n');
	add_status(&out, r);
	add_line(&out, "strategy", r->strategy);
	add_line(&out, "branch", r->branch);
	add_commit(&out, records->repo, "commit", r->commit);
	if (r->rollback_from)
		add_commit(&out, records->repo, "back from", r->rollback_from);
	if (r->superseded_by)
		add_commit(&out, records->repo, "newer", r->superseded_by);
	else
		add_commit(&out, records->repo, "previous", r->previous_commit);
	add_line(&out, "by", r->actor);
	add_line(&out, "override", r->override);
	add_place(&out, r);
	add_time_line(&out, "queued", r->created_at, 0);
	add_time_line(&out, "started", r->started_at, 0);
	add_time_line(&out, "finished", r->finished_at, r->started_at);
	add_line(&out, "job", r->job);
	add_events(&out, r);
	add_reason(&out, r);
	pager_start(repo_config_str(records->repo, "core.pager"));
	print_buffer(&out);
	pager_finish();
	strbuf_release(&out);
}

static int not_one(struct records *records, const struct record_list *list, const char *id,
		   struct error *err)
{
	if (list->nr > 1) {
		error_set(err, ERROR_INVALID, "'%s' is the start of more than one deployment", id);
		return error_hint(err, "'%s' and '%s', for example", list->v[0].id, list->v[1].id);
	}
	error_set(err, ERROR_NOT_FOUND, "there is no deployment '%s'", id);
	if (!records_exist(records) && !records->spool)
		return error_hint(err,
				  "git fetch origin 'refs/notes/gitops/*:refs/notes/gitops/*'");
	return error_hint(err, "'git gitops log' shows them");
}

int cmd_show(int argc, const char **argv, struct context *ctx UNUSED)
{
	struct record_list list = RECORD_LIST_INIT;
	struct record_query query = { 0 };
	struct records records = RECORDS_INIT;
	struct strbuf out = STRBUF_INIT, id = STRBUF_INIT;
	struct error err = ERROR_INIT;
	int format = UI_FORMAT_TEXT, status = 0;
	const struct option options[] = { OPT_FORMAT(&format), OPT_END() };
	size_t i;

	argc = parse_options(argc, argv, options, show_usage);
	if (argc != 1)
		usage_with_options(show_usage, options, "the id of one deployment is needed");
	for (i = 0; argv[0][i]; i++)
		strbuf_addch(&id, (char)toupper((unsigned char)argv[0][i]));
	query.id = id.buf;
	if (records_open(&records, &err) < 0 || records_find(&records, &query, &list, &err) < 0 ||
	    (list.nr != 1 && not_one(&records, &list, argv[0], &err))) {
		status = error_report(&err);
		goto out;
	}
	if (format == UI_FORMAT_JSON) {
		record_write(&out, &list.v[0]);
		strbuf_addch(&out, '\n');
		print_buffer(&out);
	} else {
		print_text(&records, &list.v[0]);
	}
out:
	strbuf_release(&out);
	strbuf_release(&id);
	record_list_release(&list);
	records_release(&records);
	return status;
}
