#include "base/base.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "spool/claim-internal.h"
#include "spool/owner.h"

/*
 * The end of a claim: the job's end is recorded in its journal before anything
 * is moved, so that who finds it in run/ after a worker's death only moves it.
 */
void claim_free(struct spool *spool, struct claim *claim)
{
	struct claim **p;

	if (!claim)
		return;
	for (p = &spool->claims; *p; p = &(*p)->next) {
		if (*p == claim) {
			*p = claim->next;
			break;
		}
	}
	journal_close(claim->journal);
	job_release(&claim->job);
	free(claim);
}

struct end {
	bool found;
	char *reason; /* NULL: went well */
};

static int find_end(const char *line, size_t len, void *data)
{
	struct json_problems problems = JSON_PROBLEMS_INIT;
	struct arena arena = ARENA_INIT;
	struct end *end = data;
	const struct json *root, *value;

	if (!starts_with(line, "{\"end\":"))
		return 0;
	root = json_parse(&arena, line, len, NULL, &problems);
	value = json_get(root, "end");
	if (value) {
		end->found = true;
		free(end->reason);
		end->reason = xstrdup_or_null(json_get_str(root, "reason"));
	}
	json_problems_release(&problems);
	arena_release(&arena);
	return 0;
}

static int move_to(struct spool *spool, const char *id, const char *suffix, const char *end,
		   struct error *err)
{
	char *from = spool_path(spool, "run", id, suffix), *to = spool_path(spool, end, id, suffix);
	int ret = 0;

	if (rename(from, to) < 0 && !(errno == ENOENT && !access(to, F_OK)))
		ret = error_errno(err, "cannot rename '%s' to '%s'", from, to);
	free(from);
	free(to);
	return ret;
}

static int record_end(struct claim *claim, const char *reason, struct error *err)
{
	struct strbuf line = STRBUF_INIT, time = STRBUF_INIT;
	struct json_writer jw = JSON_WRITER_INIT(&line, 0);
	struct end end = { 0 };
	int ret = journal_each(claim->journal, find_end, &end, err);

	if (!ret && !end.found) {
		format_time_ms(&time, clock_wall_ms(clock_system()));
		jw_object(&jw, NULL);
		jw_str(&jw, "end", reason ? "failed" : "done");
		if (reason)
			jw_str(&jw, "reason", reason);
		jw_str(&jw, "time", time.buf);
		jw_end(&jw);
		ret = journal_append(claim->journal, line.buf, line.len, true, err);
	}
	free(end.reason);
	strbuf_release(&line);
	strbuf_release(&time);
	return ret;
}

int spool_finish(struct spool *spool, struct claim *claim, const char *reason, struct error *err)
{
	const char *end = reason ? "failed" : "done";
	char *dir = xstrfmt("%s/%s", spool->dir, end);
	int ret = -1;

	/* The job goes first: a journal left behind is found by its job's id, see move_stray(). */
	if (spool_check_lease(spool, err) < 0 || record_end(claim, reason, err) < 0 ||
	    spool_check_lease(spool, err) < 0 ||
	    move_to(spool, claim->job.id, ".json", end, err) < 0 ||
	    move_to(spool, claim->job.id, ".journal", end, err) < 0 || dir_sync(dir, err) < 0)
		goto out;
	owner_forget(spool, claim->job.id, claim->generation);
	spool_prune(spool);
	ret = 0;
out:
	if (ret < 0 && spool_keep_lease(spool))
		owner_let_go(spool, claim->job.id, claim->generation);
	claim_free(spool, claim);
	free(dir);
	return ret;
}

void spool_release(struct spool *spool, struct claim *claim)
{
	if (spool_keep_lease(spool))
		owner_let_go(spool, claim->job.id, claim->generation);
	claim_free(spool, claim);
}

int claim_finish_ended(struct spool *spool, struct claim **claim, struct error *err)
{
	struct end end = { 0 };
	int ret = 0;

	if ((*claim)->resumed)
		ret = journal_each((*claim)->journal, find_end, &end, err);
	if (ret < 0) {
		claim_free(spool, *claim);
	} else if (end.found) {
		ret = spool_finish(spool, *claim, end.reason, err) < 0 ? -1 : 1;
	}
	free(end.reason);
	if (ret)
		*claim = NULL;
	return ret;
}
