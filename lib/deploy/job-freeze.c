#include "base/base.h"
#include "base/clock.h"
#include "deploy/job-internal.h"

/*
 * Freeze windows of path-prefixes. What they cover ends as held back, and the
 * others of the job go on; then a job is put that deploys what is left once a
 * window has ended. It goes from where this job began to what is processed by
 * then, and touches only what was held back last: another push may have
 * deployed it meanwhile. Put twice, by a worker that died in between, the
 * second one finds nothing to do.
 *
 * A window of a whole branch keeps its jobs from being claimed; what was begun
 * before is brought to its end.
 */

/* A job's file has a limit; a path-prefix of its may be escaped to six times its length. */
#define THAW_NR_MAX    400
#define THAW_BYTES_MAX 8000

static int64_t now_ms(const struct run *run)
{
	return clock_wall_ms(aws_loop_clock(run->runner->loop));
}

int run_read_freezes(struct run *run, struct error *err)
{
	const char **values;
	size_t nr, i;
	int ret = 0;

	/* What goes back is never frozen, whatever the setting is like. */
	if (run->claim->job.rollback_prefix)
		return 0;
	values = repo_config_all(run->repo, "gitops.freeze", &nr);
	for (i = 0; !ret && i < nr; i++)
		ret = freezes_add(&run->freezes, values[i], err);
	free(values);
	return ret;
}

bool run_is_frozen(struct run *run, struct object *object, struct strbuf *why)
{
	const struct job *job = &run->claim->job;
	struct frozen frozen;

	if (job->rollback_prefix || job->override)
		return false;
	object->frozen =
		freezes_cover(&run->freezes, job->branch, object->prefix, now_ms(run), &frozen);
	if (object->frozen)
		frozen_describe(why, &frozen);
	return object->frozen;
}

void run_note_override(struct run *run, struct record *record)
{
	const struct job *job = &run->claim->job;
	struct frozen frozen;

	if (!job->override ||
	    (!freezes_cover(&run->freezes, job->branch, NULL, now_ms(run), &frozen) &&
	     !freezes_cover(&run->freezes, job->branch, record->prefix, now_ms(run), &frozen)))
		return;
	record_set(&record->override, job->override);
	record_add_event(record, now_ms(run), NULL, "gitops.freeze '%s' overridden by %s: %s",
			 frozen.by->text, job->actor, job->override);
}

static int put_thaw(struct run *run, const char *const *prefixes, size_t nr, struct error *err)
{
	const struct job *job = &run->claim->job;
	char from[OID_HEXSZ + 1], to[OID_HEXSZ + 1];
	struct job thaw = JOB_INIT;
	size_t i;
	int ret;

	oid_hex(from, &run->from);
	oid_hex(to, &run->to);
	thaw.git_dir = xstrdup(job->git_dir);
	thaw.ref = xstrdup(job->ref);
	thaw.branch = xstrdup(job->branch);
	thaw.old_commit = xstrdup(from);
	thaw.new_commit = xstrdup(to);
	thaw.actor = xstrdup(job->actor);
	thaw.reason = xstrdup_or_null(job->reason);
	thaw.force = job->force;
	thaw.deploy = true;
	thaw.thaw = xcalloc(nr, sizeof(*thaw.thaw));
	for (i = 0; i < nr; i++)
		thaw.thaw[thaw.thaw_nr++] = xstrdup(prefixes[i]);
	ret = spool_check_lease(run->spool, err);
	if (!ret)
		ret = spool_put(run->spool, &thaw, err);
	if (!ret)
		run_write_message(run, "job %s deploys what is frozen", thaw.id);
	job_release(&thaw);
	return ret;
}

int run_put_thaw(struct run *run, struct error *err)
{
	const char *prefixes[THAW_NR_MAX];
	size_t i, nr = 0, bytes = 0;
	int ret = 0;

	for (i = 0; !ret && i < run->nr; i++) {
		const struct object *object = &run->objects[i];

		if (!record_was_frozen(object->record) || !object->frozen)
			continue;
		if (nr && (nr == THAW_NR_MAX || bytes + strlen(object->prefix) > THAW_BYTES_MAX)) {
			ret = put_thaw(run, prefixes, nr, err);
			nr = bytes = 0;
		}
		prefixes[nr++] = object->prefix;
		bytes += strlen(object->prefix);
	}
	return nr && !ret ? put_thaw(run, prefixes, nr, err) : ret;
}
