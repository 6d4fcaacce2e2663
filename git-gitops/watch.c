#include "command.h"
#include "records.h"

#include "base/clock.h"
#include "base/process.h"
#include "base/strmap.h"
#include "spool/follow.h"
#include "ui/board.h"
#include "ui/progress.h"

#include <poll.h>

static const char *const watch_usage[] = {
	"git gitops watch [--interval=<seconds>] [--[no-]progress] [-q] [--format=(text|json)] "
	"[<id> | <commit>]",
	NULL
};

#define PREFIX		"gitops: "
#define INTERVAL	5
#define IDLE_MS		3000
#define FIRST_RECORD_MS 60000 /* how long a pushed commit may take to be noted */

struct watch {
	struct records records;
	int format;
	uint64_t interval;
	const char *arg;	    /* NULL: all that runs */
	char commit[OID_HEXSZ + 1]; /* "": the argument is no commit */
	char *id;		    /* upper case, or NULL */
	char *job;		    /* of the deployment with that id, or NULL */
	struct progress_options show;
	struct progress progress; /* of all; text only */
	bool told;		  /* that there is no worker */
	bool failed;
	bool gone; /* nobody sees it any more */
};

/* --- on the server: journals --- */

struct jobs {
	struct watch *watch;
	char **ids;
	size_t nr, alloc;
};

static int select_job(const struct job *job, enum job_place place UNUSED, void *data)
{
	struct jobs *jobs = data;
	const struct watch *w = jobs->watch;

	if (w->commit[0] && !str_eq(job->new_commit, w->commit))
		return 0;
	if (w->id && !starts_with(job->id, w->id) && !(w->job && str_eq(job->id, w->job)))
		return 0;
	ALLOC_GROW(jobs->ids, jobs->nr + 1, jobs->alloc);
	jobs->ids[jobs->nr++] = xstrdup(job->id);
	return 0;
}

struct follower {
	struct watch *watch;
	const char *id;
	struct progress progress;
};

static int on_line(const char *line, size_t len, void *data)
{
	struct follower *f = data;

	if (f->watch->format == UI_FORMAT_JSON)
		return printf("{\"job\":\"%s\",%.*s\n", f->id, (int)len - 1, line + 1) < 0 ||
		       fflush(stdout);
	return progress_line(&f->progress, line, len) < 0;
}

static void warn(struct watch *w, const char *text)
{
	struct strbuf line = STRBUF_INIT;

	if (!w->progress.board) {
		ui_warn("%s", text);
		return;
	}
	strbuf_addf(&line, "warning: %s\n", text);
	if (progress_print(&w->progress, line.buf, line.len) < 0)
		w->failed = true;
	strbuf_release(&line);
}

static int on_idle(bool waiting, void *data)
{
	struct follower *f = data;
	struct error err = ERROR_INIT;

	if (waiting && !f->watch->told && !spool_has_worker(f->watch->records.spool, &err)) {
		f->watch->told = true;
		warn(f->watch, "no worker is running here: 'git gitops worker' starts one");
	}
	error_release(&err);
	return 0;
}

static int on_tick(void *data)
{
	return progress_tick(&((struct watch *)data)->progress);
}

static int follow_all(struct watch *w, const struct jobs *jobs, struct error *err)
{
	const struct follow_events events = { .line = on_line,
					      .idle = on_idle,
					      .tick = on_tick,
					      .data = w,
					      .idle_ms = IDLE_MS,
					      .hangup_fd = -1 };
	struct follow_job *follow = xcalloc(jobs->nr, sizeof(*follow));
	struct follower *followers = xcalloc(jobs->nr, sizeof(*followers));
	size_t i;
	int rc;

	for (i = 0; i < jobs->nr; i++) {
		followers[i] = (struct follower){ .watch = w, .id = jobs->ids[i] };
		progress_open_beside(&followers[i].progress, &w->progress, jobs->ids[i]);
		followers[i].progress.several = jobs->nr > 1;
		follow[i] = (struct follow_job){ .id = jobs->ids[i], .data = &followers[i] };
	}
	rc = spool_follow_jobs(w->records.spool, follow, jobs->nr, &events, err);
	for (i = 0; i < jobs->nr; i++) {
		w->failed |= follow[i].result == FOLLOW_FAILED || followers[i].progress.failed;
		progress_close(&followers[i].progress);
	}
	free(followers);
	free(follow);
	return rc;
}

/* Returns how many jobs were followed. */
static int follow_jobs(struct watch *w, struct error *err)
{
	struct jobs jobs = { .watch = w };
	int rc;
	size_t i;

	rc = spool_each_job(w->records.spool, select_job, &jobs, err);
	if (!rc && jobs.nr)
		rc = follow_all(w, &jobs, err);
	for (i = 0; i < jobs.nr; i++)
		free(jobs.ids[i]);
	free(jobs.ids);
	return rc < 0 ? -1 : (int)MIN(jobs.nr, (size_t)INT_MAX);
}

/* --- anywhere: notes --- */

static bool over(const struct record *r)
{
	return r->status == RECORD_SUCCESS || r->status == RECORD_ERROR;
}

static void add_state(const struct watch *w, struct strbuf *out, const struct record *r)
{
	enum table_look look;
	const char *word = record_word(r, &look);

	strbuf_addstr(out, PREFIX);
	strbuf_add_printable(out, r->prefix, strlen(r->prefix));
	strbuf_addstr(out, ": ");
	progress_add_coloured(&w->progress, out, look, word);
	if (over(r) && r->started_at) {
		strbuf_addstr(out, " in ");
		format_duration(out, MAX(r->finished_at - r->started_at, 0));
	} else if (r->waiting) {
		strbuf_addstr(out, ": ");
		strbuf_add_printable(out, r->waiting, strlen(r->waiting));
	} else if (r->step && !over(r)) {
		strbuf_addstr(out, ": ");
		strbuf_add_printable(out, r->step, strlen(r->step));
	}
	if (r->failure.category) {
		strbuf_addf(out, ": %s: ", r->failure.category);
		strbuf_add_printable(out, r->failure.message, strlen(r->failure.message));
		if (r->failure.hint) {
			strbuf_addstr(out, "\n" PREFIX "hint: ");
			strbuf_add_printable(out, r->failure.hint, strlen(r->failure.hint));
		}
	}
	strbuf_addch(out, '\n');
}

/* False: it is over, and told by a line that stays. */
static bool put_on_board(struct watch *w, const struct record *r)
{
	const struct record_event *last = r->events_nr ? &r->events[r->events_nr - 1] : NULL;
	enum table_look look;
	struct board_item item = { .state = r->failure.category	       ? BOARD_FAILING :
					    r->status == RECORD_QUEUED ? BOARD_WAITING :
									 BOARD_RUNNING,
				   .name = r->prefix,
				   .step = r->step ? r->step : record_word(r, &look),
				   .since = r->started_at };

	if (over(r)) {
		board_end(w->progress.board, r->id, record_word(r, &look));
		return false;
	}
	if (r->waiting)
		item.doing = r->waiting;
	else if (last && last->step && r->step && str_eq(last->step, r->step))
		item.doing = last->message;
	board_put(w->progress.board, r->id, &item);
	return true;
}

static int print_state(struct watch *w, const struct record *r)
{
	struct strbuf out = STRBUF_INIT;
	int ret = 0;

	if (w->format == UI_FORMAT_JSON) {
		strbuf_addstr(&out, "{\"record\":");
		record_write(&out, r);
		strbuf_addstr(&out, "}\n");
	} else if ((!w->progress.board || !put_on_board(w, r)) &&
		   (!w->show.quiet || r->status == RECORD_ERROR)) {
		add_state(w, &out, r);
	}
	ret = progress_print(&w->progress, out.buf, out.len);
	strbuf_release(&out);
	return ret;
}

/* Print what changed since the last look. Sets how many there are and how many go on. */
static int look(struct watch *w, struct strmap *seen, size_t *nr, size_t *running,
		struct error *err)
{
	struct record_query query = { .latest = !w->arg };
	struct record_list list = RECORD_LIST_INIT;
	size_t i;

	query.commit = w->commit[0] ? w->commit : NULL;
	query.id = w->id;
	if (records_find(&w->records, &query, &list, err) < 0)
		return -1;
	if (w->id && !list.nr) {
		query.id = NULL;
		query.job = w->id;
		if (records_find(&w->records, &query, &list, err) < 0)
			return -1;
	}
	*nr = *running = 0;
	for (i = list.nr; i-- > 0;) {
		const struct record *r = &list.v[i];
		char *state = xstrfmt("%d %s", (int)r->status, r->step ? r->step : "");
		char *before = strmap_get(seen, r->id);

		/* Without an argument: what goes on, and what did when we came. */
		if (w->arg || before || !over(r)) {
			++*nr;
			*running += !over(r);
			if (!before || !str_eq(before, state)) {
				if (print_state(w, r) < 0)
					w->gone = true;
				w->failed |= r->status == RECORD_ERROR;
				free(strmap_put(seen, r->id, state));
				state = NULL;
			}
		}
		free(state);
	}
	record_list_release(&list);
	return 0;
}

static char *find_remote(struct repo *repo)
{
	const char *remote = NULL;
	char *branch, *key;

	branch = repo_head_branch(repo);
	if (branch) {
		key = xstrfmt("branch.%s.remote", branch);
		remote = repo_config_str(repo, key);
		free(key);
	}
	if (!remote)
		remote = repo_config_str(repo, "remote.origin.url") ? "origin" : NULL;
	free(branch);
	return xstrdup_or_null(remote && !str_eq(remote, ".") ? remote : NULL);
}

static int fetch(const char *remote, struct error *err)
{
	const char *const argv[] = { "git",
				     "fetch",
				     "--quiet",
				     "--no-tags",
				     "--no-write-fetch-head",
				     remote,
				     "refs/notes/gitops/*:refs/notes/gitops/*",
				     NULL };
	int status = process_run(argv, PROCESS_NO_STDIN, NULL, err);

	if (status > 0) {
		error_set(err, ERROR_FAILED, "cannot fetch the notes from '%s'", remote);
		error_hint(err, "git fetch %s '+refs/notes/gitops/*:refs/notes/gitops/*'", remote);
	}
	return status ? -1 : 0;
}

static int64_t now_ms(void)
{
	return clock_mono_ms(clock_system());
}

static void pause_for(struct watch *w, uint64_t seconds)
{
	int64_t end = now_ms() + (int64_t)seconds * 1000, rest;

	while (!w->gone && (rest = end - now_ms()) > 0) {
		int tick = progress_tick(&w->progress);

		w->gone |= tick < 0;
		/* A signal ends it, too: another size. */
		if (tick > 0)
			(void)poll(NULL, 0, (int)MIN(rest, tick));
	}
}

static int follow_notes(struct watch *w, struct error *err)
{
	char *remote = w->records.spool ? NULL : find_remote(w->records.repo);
	const int64_t start = now_ms();
	struct strmap seen = STRMAP_INIT;
	size_t nr = 0, running = 0;
	int rc;

	for (;;) {
		rc = remote ? fetch(remote, err) : 0;
		if (!rc)
			rc = look(w, &seen, &nr, &running, err);
		if (rc || w->gone || (nr && !running) || (!nr && !w->commit[0]))
			break;
		/* Here nothing changes by itself. */
		if (!remote && !w->records.spool)
			break;
		if (!nr && (!remote || now_ms() - start > FIRST_RECORD_MS))
			break;
		pause_for(w, w->interval);
	}
	progress_close(&w->progress);
	if (!rc && !nr && w->id) {
		rc = error_set(err, ERROR_NOT_FOUND,
			       "'%s' is no commit, and no deployment or job that is known here",
			       w->arg);
		error_hint(err, "'git gitops log' shows deployments, with their ids");
	} else if (!rc && !nr && w->format == UI_FORMAT_TEXT)
		records_say_none(&w->records,
				 w->arg ? "nothing was deployed by that" :
					  "nothing is being deployed",
				 NULL);
	else if (!rc && running && !remote)
		ui_warn("%zu deployment%s not over, as far as the notes here tell", running,
			running == 1 ? " is" : "s are");
	strmap_release(&seen, free);
	free(remote);
	return rc;
}

/* A revision, or the (start of the) id of a deployment or of a job. */
static int understand(struct watch *w, struct error *err)
{
	struct error why = ERROR_INIT;
	struct record_list list = RECORD_LIST_INIT;
	struct record_query query = { 0 };
	struct oid oid;
	size_t i;
	int rc = 0;

	if (!w->arg)
		return 0;
	if (!repo_resolve(w->records.repo, w->arg, &oid, &why)) {
		oid_hex(w->commit, &oid);
		return 0;
	}
	error_release(&why);
	w->id = xstrdup(w->arg);
	for (i = 0; w->id[i]; i++)
		w->id[i] = (char)toupper((unsigned char)w->id[i]);
	query.id = w->id;
	rc = records_find(&w->records, &query, &list, err);
	if (!rc && list.nr == 1)
		w->job = xstrdup_or_null(list.v[0].job);
	record_list_release(&list);
	return rc;
}

int cmd_watch(int argc, const char **argv, struct context *ctx UNUSED)
{
	struct watch w = { .records = RECORDS_INIT,
			   .interval = INTERVAL,
			   .show = PROGRESS_OPTIONS_INIT,
			   .progress = { .out = stdout, .prefix = PREFIX } };
	struct error err = ERROR_INIT;
	int status = 0, followed = 0;
	const struct option options[] = {
		OPT_UINT(0, "interval", &w.interval, "seconds",
			 "how often notes are fetched, where there is no spool (5)"),
		PROGRESS_OPTIONS(&w.show), OPT_FORMAT(&w.format), OPT_END()
	};

	argc = parse_options(argc, argv, options, watch_usage);
	if (argc > 1)
		usage_with_options(watch_usage, options, "one id or commit at most");
	if (!w.interval || w.interval > 86400)
		usage_with_options(watch_usage, options, "an interval is 1 to 86400 seconds");
	w.arg = argc ? argv[0] : NULL;
	if (records_open(&w.records, &err) < 0 || understand(&w, &err) < 0) {
		status = error_report(&err);
		goto out;
	}
	if (w.format == UI_FORMAT_TEXT)
		progress_open(&w.progress, stdout, &w.show,
			      repo_config_str(w.records.repo, "color.ui"));
	progress_say_when_interrupted();
	if (w.records.spool)
		followed = follow_jobs(&w, &err);
	if (followed < 0 || (!followed && follow_notes(&w, &err) < 0))
		status = error_report(&err);
	else if (w.failed)
		status = 1;
out:
	progress_close(&w.progress);
	free(w.id);
	free(w.job);
	records_release(&w.records);
	return status;
}
