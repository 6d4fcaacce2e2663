#include "command.h"
#include "nearby.h"
#include "records.h"

#include "artifact/service.h"
#include "aws/client.h"
#include "base/clock.h"
#include "deploy/capacity.h"
#include "deploy/settings.h"
#include "ui/board.h"
#include "ui/progress.h"

static const char *const capacity_usage[] = {
	"git gitops capacity [-b <branch>] [--[no-]progress] --primary=<n> --fallback=<n> <path-prefix>",
	NULL
};

struct capacity_args {
	const char *branch, *prefix;
	uint64_t primary, fallback;
	struct progress_options show;
};

struct work {
	struct records records;
	struct record_list list;
	struct snapshot *snapshot;
	struct service *service;
	struct settings settings;
	struct aws_loop *loop;
	struct aws *aws;
	const char *prefix;
	struct progress progress;
	struct loop_timer timer; /* of its board */
	bool began;
};

static void on_timer(void *data)
{
	struct work *w = data;
	int ms = progress_tick(&w->progress);

	if (ms >= 0)
		loop_timer_set(w->loop, &w->timer, ms);
}

/* Each step stays; the board has the last one, and how long all of it takes. */
static void tell(void *data, const char *text)
{
	struct work *w = data;
	struct strbuf line = STRBUF_INIT;
	struct board_item item = { .state = BOARD_RUNNING, .doing = text };

	strbuf_add_printable(&line, text, strlen(text));
	strbuf_addch(&line, '\n');
	if (progress_print(&w->progress, line.buf, line.len) < 0)
		clearerr(stdout);
	strbuf_release(&line);
	if (!w->progress.board)
		return;
	if (!w->began)
		item.since = clock_wall_ms(clock_system());
	w->began = true;
	board_put(w->progress.board, w->prefix, &item);
	loop_timer_set(w->loop, &w->timer, 0);
}

/* The newest deployment, which made what runs. */
static int find_record(struct work *w, const struct capacity_args *args, struct error *err)
{
	const char *prefixes[] = { args->prefix };
	struct record_query query = { .branch = args->branch,
				      .prefixes = prefixes,
				      .prefixes_nr = 1,
				      .latest = true,
				      .changed = true,
				      .tried = true };
	const struct record *r;
	size_t i, nr = 0;

	if (records_find(&w->records, &query, &w->list, err) < 0)
		return -1;
	for (i = 0; i < w->list.nr; i++) {
		r = &w->list.v[i];
		if (r->kind == KIND_ECS && str_eq(r->prefix, args->prefix) && !nr++ && i) {
			struct record swap = w->list.v[0];

			w->list.v[0] = w->list.v[i];
			w->list.v[i] = swap;
		}
	}
	if (!nr) {
		error_set(err, ERROR_NOT_FOUND, "no service '%s' was deployed", args->prefix);
		return nearby_hint(err, w->records.repo, args->branch ? args->branch : "HEAD",
				   args->prefix);
	}
	if (nr > 1) {
		error_set(err, ERROR_INVALID, "'%s' is deployed from more than one branch",
			  args->prefix);
		return error_hint(err, "name one with -b");
	}
	r = &w->list.v[0];
	if (r->status == RECORD_QUEUED || r->status == RECORD_PROCESSING)
		return error_set(err, ERROR_CONFLICT, "'%s' is being deployed", args->prefix);
	if (r->status != RECORD_SUCCESS || !capacity_has_fallback(r)) {
		error_set(err, ERROR_NOT_FOUND,
			  "the last deployment of '%s' made no fallback task set", args->prefix);
		return error_hint(err,
				  "there is one where 'fallbackCapacityProviderStrategy' had to "
				  "take some tasks");
	}
	return 0;
}

/* Who deployed it, and how long it may take, say its settings. */
static int load_settings(struct work *w, struct error *err)
{
	struct findings findings = FINDINGS_INIT;
	const struct document *doc;
	struct oid commit;
	int ret = -1;

	if (!oid_parse(&commit, w->list.v[0].commit))
		return error_set(err, ERROR_INVALID, "'%s' is no commit", w->list.v[0].commit);
	if (snapshot_of_commit(&w->snapshot, w->records.repo, &commit, err) < 0 ||
	    service_load(&w->service, w->snapshot, KIND_ECS, w->list.v[0].prefix, &findings, err) <
		    0)
		goto out;
	doc = &w->service->docs[ROLE_SETTINGS];
	ret = settings_parse(&w->settings, doc->present ? doc->json : NULL, err);
out:
	findings_release(&findings);
	return ret;
}

static int move(struct work *w, const struct capacity_args *args, struct error *err)
{
	const struct aws_identity identity = { .role_arn = w->settings.role_arn };
	struct capacity c = { .record = &w->list.v[0],
			      .poll_ms = w->settings.stability.poll_ms,
			      .timeout_ms = settings_timeout_ms(&w->settings,
								(int64_t)args->primary +
									(int64_t)args->fallback),
			      .tell = tell,
			      .data = w };
	int ret;

	if (aws_loop_new(&w->loop, NULL, err) < 0 || aws_open(&w->aws, w->loop, NULL, err) < 0 ||
	    aws_client_get(&c.client, w->aws, w->settings.role_arn ? &identity : NULL,
			   c.record->region, err) < 0)
		return -1;
	c.loop = w->loop;
	w->prefix = args->prefix;
	loop_timer_init(&w->timer, on_timer, w);
	progress_open(&w->progress, stdout, &args->show,
		      repo_config_str(w->records.repo, "color.ui"));
	ret = capacity_move(&c, (int64_t)args->primary, (int64_t)args->fallback, err);
	loop_timer_stop(&w->timer);
	progress_close(&w->progress);
	return ret;
}

int cmd_capacity(int argc, const char **argv, struct context *ctx UNUSED)
{
	struct capacity_args args = { .primary = UINT64_MAX,
				      .fallback = UINT64_MAX,
				      .show = PROGRESS_OPTIONS_INIT };
	struct work w = { .records = RECORDS_INIT, .list = RECORD_LIST_INIT };
	struct error err = ERROR_INIT;
	int ret = 0;
	const struct option options[] = {
		OPT_STRING('b', "branch", &args.branch, "branch", "the branch it is deployed from"),
		OPT_UINT(0, "primary", &args.primary, "n", "tasks by its own strategy"),
		OPT_UINT(0, "fallback", &args.fallback, "n", "tasks by the fallback strategy"),
		OPT_PROGRESS(&args.show), OPT_END()
	};

	argc = parse_options(argc, argv, options, capacity_usage);
	if (argc != 1)
		usage_with_options(capacity_usage, options, "one path-prefix is needed");
	if (args.primary > 100000 || args.fallback > 100000)
		usage_with_options(capacity_usage, options,
				   "--primary and --fallback are needed, 100000 at most");
	args.prefix = argv[0];
	if (records_open(&w.records, &err) < 0 || find_record(&w, &args, &err) < 0 ||
	    load_settings(&w, &err) < 0 || move(&w, &args, &err) < 0)
		ret = error_report(&err);
	aws_close(w.aws);
	aws_loop_free(w.loop);
	settings_release(&w.settings);
	service_free(w.service);
	snapshot_free(w.snapshot);
	record_list_release(&w.list);
	records_release(&w.records);
	error_release(&err);
	return ret;
}
