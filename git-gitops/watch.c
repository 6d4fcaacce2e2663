#include "command.h"
#include "records.h"

#include "base/clock.h"
#include "base/process.h"
#include "base/strmap.h"
#include "spool/follow.h"
#include "ui/progress.h"

static const char *const watch_usage[] = {
	"git gitops watch [--interval=<seconds>] [--format=(text|json)] [<id> | <commit>]", NULL
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
	bool failed;
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
	struct progress progress;
	bool told;
};

static int on_line(const char *line, size_t len, void *data)
{
	struct follower *f = data;

	if (f->watch->format == UI_FORMAT_JSON)
		return printf("%.*s\n", (int)len, line) < 0 || fflush(stdout) ? -1 : 0;
	return progress_line(&f->progress, line, len);
}

static int on_idle(bool waiting, void *data)
{
	struct follower *f = data;
	struct error err = ERROR_INIT;

	if (waiting && !f->told && !spool_has_worker(f->watch->records.spool, &err)) {
		f->told = true;
		ui_warn("no worker is running here: 'git gitops worker' starts one");
	}
	error_release(&err);
	return 0;
}

static int follow_job(struct watch *w, const char *id, struct error *err)
{
	struct follower f = { w, { stdout, PREFIX, 0 }, false };
	const struct follow_events events = {
		.line = on_line, .idle = on_idle, .data = &f, .idle_ms = IDLE_MS, .hangup_fd = -1
	};
	int result = spool_follow(w->records.spool, id, &events, err);

	if (result == FOLLOW_FAILED || f.progress.failed)
		w->failed = true;
	return result < 0 ? -1 : 0;
}

/* Returns how many jobs were followed. */
static int follow_jobs(struct watch *w, struct error *err)
{
	struct jobs jobs = { .watch = w };
	int rc;
	size_t i;

	rc = spool_each_job(w->records.spool, select_job, &jobs, err);
	for (i = 0; !rc && i < jobs.nr; i++)
		rc = follow_job(w, jobs.ids[i], err);
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

static void print_state(const struct watch *w, const struct record *r)
{
	struct strbuf out = STRBUF_INIT;
	enum table_look look;

	if (w->format == UI_FORMAT_JSON) {
		strbuf_addstr(&out, "{\"record\":");
		record_write(&out, r);
		strbuf_addch(&out, '}');
	} else {
		strbuf_addstr(&out, PREFIX);
		strbuf_add_printable(&out, r->prefix, strlen(r->prefix));
		strbuf_addf(&out, ": %s", record_word(r, &look));
		if (over(r) && r->started_at) {
			strbuf_addstr(&out, " in ");
			format_duration(&out, r->finished_at - r->started_at);
		} else if (r->status == RECORD_PROCESSING && r->step) {
			strbuf_addf(&out, ", step %s", r->step);
		}
		if (r->failure.category) {
			strbuf_addstr(&out, ": ");
			strbuf_add_printable(&out, r->failure.category,
					     strlen(r->failure.category));
			if (r->failure.message) {
				strbuf_addstr(&out, ": ");
				strbuf_add_printable(&out, r->failure.message,
						     strlen(r->failure.message));
			}
		}
		if (r->failure.hint) {
			strbuf_addstr(&out, "\n" PREFIX "hint: ");
			strbuf_add_printable(&out, r->failure.hint, strlen(r->failure.hint));
		}
	}
	strbuf_addch(&out, '\n');
	print_buffer(&out);
	fflush(stdout);
	strbuf_release(&out);
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
				print_state(w, r);
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

static void pause_for(uint64_t seconds)
{
	struct timespec ts = { .tv_sec = (time_t)seconds };

	nanosleep(&ts, NULL);
}

static int follow_notes(struct watch *w, struct error *err)
{
	char *remote = w->records.spool ? NULL : find_remote(w->records.repo);
	const int64_t start = clock_mono_ms(clock_system());
	struct strmap seen = STRMAP_INIT;
	size_t nr = 0, running = 0;
	int rc;

	for (;;) {
		rc = remote ? fetch(remote, err) : 0;
		if (!rc)
			rc = look(w, &seen, &nr, &running, err);
		if (rc || (nr && !running) || (!nr && !w->commit[0]))
			break;
		/* Here nothing changes by itself. */
		if (!remote && !w->records.spool)
			break;
		if (!nr && (!remote || clock_mono_ms(clock_system()) - start > FIRST_RECORD_MS))
			break;
		pause_for(w->interval);
	}
	if (!rc && !nr && w->format == UI_FORMAT_TEXT)
		records_say_none(&w->records, w->arg ? "nothing was deployed by that" :
						       "nothing is being deployed");
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
	struct watch w = { .records = RECORDS_INIT, .interval = INTERVAL };
	struct error err = ERROR_INIT;
	int status = 0, followed = 0;
	const struct option options[] = {
		OPT_UINT(0, "interval", &w.interval, "seconds",
			 "how often notes are fetched, where there is no spool (5)"),
		OPT_FORMAT(&w.format), OPT_END()
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
	progress_say_when_interrupted();
	if (w.records.spool)
		followed = follow_jobs(&w, &err);
	if (followed < 0 || (!followed && follow_notes(&w, &err) < 0))
		status = error_report(&err);
	else if (w.failed)
		status = 1;
out:
	free(w.id);
	free(w.job);
	records_release(&w.records);
	return status;
}
