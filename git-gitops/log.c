#include "command.h"
#include "records.h"

#include "base/clock.h"
#include "base/json.h"
#include "ui/pager.h"

static const char *const log_usage[] = {
	"git gitops log [-n <n>] [-b <branch>] [--format=(text|json)] [<path-prefix>...]", NULL
};

/* Its millisecond and 30 bits of chance: enough for `git gitops show`, and 80 columns. */
#define ID_SHOWN 16

static void add_row(struct table *table, const struct record *r)
{
	struct strbuf text = STRBUF_INIT;
	enum table_look look;

	strbuf_add(&text, r->id, MIN(strlen(r->id), ID_SHOWN));
	table_cell(table, TABLE_YELLOW, text.buf);
	strbuf_reset(&text);
	add_time(&text, r->created_at);
	table_cell(table, TABLE_PLAIN, text.buf);
	table_cell(table, TABLE_PLAIN, artifact_kind_name(r->kind));
	table_cell(table, TABLE_BOLD, r->prefix);
	table_cell(table, TABLE_PLAIN, r->branch);
	strbuf_reset(&text);
	add_short(&text, r->commit);
	table_cell(table, TABLE_YELLOW, text.buf);
	table_cell(table, TABLE_PLAIN, r->actor);
	strbuf_reset(&text);
	strbuf_addstr(&text, record_word(r, &look));
	if (r->finished_at && r->started_at) {
		strbuf_addstr(&text, " in ");
		format_duration(&text, r->finished_at - r->started_at);
	} else if (r->status == RECORD_PROCESSING && r->step) {
		strbuf_addf(&text, ", step %s", r->step);
	}
	table_cell(table, look, text.buf);
	if (r->override) {
		strbuf_reset(&text);
		strbuf_addf(&text, "freeze overridden: %s", r->override);
		table_note(table, TABLE_YELLOW, text.buf);
	}
	if (r->status == RECORD_ERROR) {
		strbuf_reset(&text);
		add_failure(&text, r);
		table_note(table, look, text.buf);
	}
	strbuf_release(&text);
}

static void print_text(struct records *records, const struct record_query *query,
		       const struct record_list *list)
{
	struct strbuf out = STRBUF_INIT;
	struct table table;
	size_t i;

	if (!list->nr) {
		records_say_none(records, "no deployment was recorded",
				 query->prefixes_nr ? query->prefixes[0] : NULL);
		return;
	}
	table_init(&table, 8);
	table_keep(&table, 0);
	table_keep(&table, 1);
	table_optional(&table, 6); /* who */
	table_optional(&table, 2); /* kind */
	table_optional(&table, 4); /* branch */
	for (i = 0; i < list->nr; i++)
		add_row(&table, &list->v[i]);
	table_print(&out, &table, &records->style);
	table_release(&table);
	pager_start(repo_config_str(records->repo, "core.pager"));
	print_buffer(&out);
	pager_finish();
	strbuf_release(&out);
}

static void print_json(const struct record_list *list)
{
	struct strbuf out = STRBUF_INIT, one = STRBUF_INIT;
	struct json_writer jw = JSON_WRITER_INIT(&out, 0);
	size_t i;

	jw_object(&jw, NULL);
	jw_array(&jw, "deployments");
	for (i = 0; i < list->nr; i++) {
		strbuf_reset(&one);
		record_write(&one, &list->v[i]);
		jw_raw(&jw, NULL, one.buf);
	}
	jw_end(&jw);
	jw_end(&jw);
	strbuf_addch(&out, '\n');
	print_buffer(&out);
	strbuf_release(&one);
	strbuf_release(&out);
}

int cmd_log(int argc, const char **argv, struct context *ctx UNUSED)
{
	struct record_list list = RECORD_LIST_INIT;
	struct record_query query = { 0 };
	struct records records = RECORDS_INIT;
	struct error err = ERROR_INIT;
	int format = UI_FORMAT_TEXT, status = 0;
	uint64_t limit = 0;
	const struct option options[] = {
		OPT_UINT('n', NULL, &limit, "n", "show at most <n> deployments"),
		OPT_STRING('b', "branch", &query.branch, "branch", "only what is deployed from it"),
		OPT_FORMAT(&format), OPT_END()
	};

	argc = parse_options(argc, argv, options, log_usage);
	query.limit = (size_t)limit;
	query.prefixes = argv;
	query.prefixes_nr = (size_t)argc;
	if (records_open(&records, &err) < 0 || records_find(&records, &query, &list, &err) < 0) {
		status = error_report(&err);
		goto out;
	}
	if (format == UI_FORMAT_JSON)
		print_json(&list);
	else
		print_text(&records, &query, &list);
	records_warn_skipped(&list);
out:
	record_list_release(&list);
	records_release(&records);
	return status;
}
