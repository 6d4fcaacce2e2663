#include "base/base.h"
#include "artifact/ref-index.h"
#include "deploy/explain.h"
#include "deploy/job-internal.h"
#include "spool/look.h"

/*
 * Pushes that a later one of the same branch makes needless. Such a job does
 * nothing. What its push changed gets a record each, in the note of its commit,
 * written once, for who looks for what became of that commit: it was superseded,
 * and by which commit. These records say nothing about what runs; see
 * record_query.latest.
 */

static bool same_head(struct run *run, const struct oid *commit)
{
	struct error err = ERROR_INIT;
	struct oid head;
	bool ret = repo_ref_read(run->repo, run->claim->job.ref, &head, &err) > 0 &&
		   oid_eq(&head, commit);

	error_release(&err);
	return ret;
}

/* A push that only wants what the branch holds now, whatever came before. */
static bool is_plain(const struct job *job)
{
	return !job->deploy && !job->force && !job->dry_run && !job->rollback_prefix;
}

struct newer {
	const struct job *job;
	char *id, commit[OID_HEXSZ + 1];
};

static int look_for_newer(const struct job *job, enum job_place place, void *data)
{
	struct newer *newer = data;

	if (place != JOB_NEW || !is_plain(job) || strcmp(job->id, newer->job->id) <= 0 ||
	    (newer->job->override && !job->override) || !str_eq(job->ref, newer->job->ref) ||
	    !str_eq(job->git_dir, newer->job->git_dir))
		return 0;
	free(newer->id);
	newer->id = xstrdup(job->id);
	snprintf(newer->commit, sizeof(newer->commit), "%s", job->new_commit);
	return 0;
}

/* --- records */

/* By a worker that died before it ended the job. */
static bool is_recorded(struct run *run, struct error *err)
{
	struct record_query query = { .job = run->claim->job.id,
				      .commit = run->claim->job.new_commit };
	struct record_list list = RECORD_LIST_INIT;
	bool ret = store_find(run->store, &query, &list, err) < 0 || list.nr;

	record_list_release(&list);
	return ret;
}

/*
 * What this push changed, not what was to be deployed because of those before it:
 * each of many that wait has records of its own alone. Where the branch was before
 * may be gone by now (a force push, and gc); then it counts from what was processed.
 */
static int plan_push(struct run *run, struct error *err)
{
	struct plan_options options = { 0 };
	struct error why = ERROR_INIT;
	struct strbuf index = STRBUF_INIT;
	struct commit_info info = { 0 };
	struct oid old;
	int ret;

	if (oid_parse(&old, run->claim->job.old_commit) &&
	    (oid_is_null(&old) || !repo_commit_info(run->repo, &old, &info, &why)))
		run->from = old;
	commit_info_release(&info);
	error_release(&why);
	if (run_open_snapshots(run, err) < 0)
		return -1;
	/* Read, and not brought up to date: that is for who deploys. */
	ref_index_path(&index, repo_git_dir(run->repo), run->claim->job.branch);
	options.ref_index = index.buf;
	ret = plan_make(&run->plan, run->before, run->after, &options, err);
	strbuf_release(&index);
	if (!ret)
		run_take_objects(run);
	return ret;
}

static void end_record(struct record *r, const char *by, const char *message)
{
	r->finished_at = r->created_at;
	r->status = RECORD_ERROR;
	record_set(&r->superseded_by, by);
	record_set(&r->failure.category, "overtaken");
	record_set(&r->failure.message, message);
	record_set(&r->failure.hint, failure_kind_get("overtaken")->hint);
}

static int put_records(struct run *run, const char *by, const char *message, struct error *err)
{
	size_t i;

	if (is_recorded(run, err))
		return err->message ? -1 : 0;
	if (plan_push(run, err) < 0)
		return -1;
	for (i = 0; i < run->nr; i++) {
		struct object *object = &run->objects[i];

		object->record = run_make_record(run, object);
		object->over = true;
		end_record(object->record, by, message);
	}
	return run_put_records(run, true, err);
}

/* That they can't be written (the commit is gone by now) keeps nothing from being deployed. */
static void record_overtaken(struct run *run, const char *by, const char *message)
{
	struct error err = ERROR_INIT;

	if (!run->claim->job.dry_run && !oid_is_null(&run->to) &&
	    put_records(run, by, message, &err) < 0)
		run_write_message(run, "no record of that was written: %s", err.message);
	error_release(&err);
}

/* --- */

/*
 * Of pushes that wait only the newest is deployed: it is compared with what was
 * processed last, so that it brings what the others changed as well. One that
 * overrides a freeze doesn't wait for those that have to.
 */
static int is_superseded(struct run *run, struct error *err)
{
	struct newer newer = { .job = &run->claim->job };
	char *message;

	if (!is_plain(newer.job))
		return 0;
	if (spool_each_job(run->spool, look_for_newer, &newer, err) < 0) {
		free(newer.id);
		return -1;
	}
	if (!newer.id)
		return 0;
	message =
		xstrfmt("job %s deploys these changes with those of %.7s", newer.id, newer.commit);
	run_write_message(run, "superseded: %s", message);
	record_overtaken(run, newer.commit, message);
	free(message);
	free(newer.id);
	return 1;
}

int run_is_overtaken(struct run *run, struct error *err)
{
	const struct job *job = &run->claim->job;
	int ret = is_superseded(run, err);
	char hex[OID_HEXSZ + 1];
	char *message;

	if (ret)
		return ret;
	if (oid_is_null(&run->from) || job->deploy || job->rollback_prefix ||
	    oid_eq(&run->from, &run->to) || !same_head(run, &run->from))
		return 0;
	oid_hex(hex, &run->from);
	message = xstrfmt("%s was deployed at a later commit already, %.7s", job->branch, hex);
	run_write_message(run, "overtaken: %s", message);
	record_overtaken(run, hex, message);
	free(message);
	return 1;
}
