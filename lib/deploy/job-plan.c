#include "base/base.h"
#include "artifact/ref-index.h"
#include "base/clock.h"
#include "artifact/claims.h"
#include "deploy/job-internal.h"

/* Prefixes by which the notes are asked for what is live; more, and all of a branch is read. */
#define QUERY_PREFIXES_MAX 1000

/* --- what a job is about */

/*
 * From what to what. Returns 1, 0 when the job is overtaken, negative.
 *
 * Two pushes one after the other may be queued the other way round, since
 * their hooks run side by side. Then the older one finds the branch's head
 * deployed and is done; a branch that was moved back on purpose is different
 * in that its head is the job's own commit.
 */
static int find_ends(struct run *run, struct error *err)
{
	const struct job *job = &run->claim->job;
	int has_processed, overtaken;

	if (!oid_parse(&run->to, job->new_commit))
		return error_set(err, ERROR_INVALID, "'%s' is no commit", job->new_commit);
	memset(&run->from, 0, sizeof(run->from));
	has_processed = processed_read(run->repo, job->branch, &run->from, err);
	if (has_processed < 0)
		return -1;
	if (job->thaw_nr) {
		if (has_processed)
			run->to = run->from;
		if (oid_parse(&run->from, job->old_commit))
			return 1;
		return error_set(err, ERROR_INVALID, "'%s' is no commit", job->old_commit);
	}
	overtaken = run_is_overtaken(run, err);
	return overtaken < 0 ? -1 : !overtaken;
}

int run_open_snapshots(struct run *run, struct error *err)
{
	struct commit_info info = { 0 };
	int ret;

	/* A commit that is gone (a force push, and gc) is told by its name. */
	ret = repo_commit_info(run->repo, &run->to, &info, err);
	commit_info_release(&info);
	if (ret < 0)
		return -1;
	return snapshot_of_commit(&run->before, run->repo,
				  oid_is_null(&run->from) ? NULL : &run->from, err) < 0 ||
			       snapshot_of_commit(&run->after, run->repo, &run->to, err) < 0 ?
		       -1 :
		       0;
}

/* --- what was deployed last */

static int find_last(struct run *run, bool tried, struct record_list *list, struct error *err)
{
	struct record_query query = { .branch = run->claim->job.branch,
				      .latest = true,
				      .tried = tried };
	const char **prefixes = NULL;
	size_t i;
	int ret;

	if (run->nr && run->nr <= QUERY_PREFIXES_MAX) {
		prefixes = xcalloc(run->nr, sizeof(*prefixes));
		for (i = 0; i < run->nr; i++)
			prefixes[i] = run->objects[i].prefix;
		query.prefixes = prefixes;
		query.prefixes_nr = run->nr;
	}
	ret = store_find(run->store, &query, list, err);
	free(prefixes);
	return ret;
}

/* By kind and path-prefix: object -> its newest record. */
static void index_records(struct strmap *map, struct record_list *list)
{
	size_t i;

	for (i = 0; i < list->nr; i++) {
		char *key = object_key(list->v[i].kind, list->v[i].prefix);

		if (!strmap_has(map, key)) /* newest first */
			strmap_put(map, key, &list->v[i]);
		free(key);
	}
}

static bool went_well(const struct record *last)
{
	return last && last->status == RECORD_SUCCESS;
}

/* What was deployed or tried last, but by this very job: that is gone back from. */
static int find_rolled_back(struct run *run, const struct object *object, struct error *err)
{
	struct record_query query = { .branch = run->claim->job.branch,
				      .prefixes = &object->prefix,
				      .prefixes_nr = 1,
				      .changed = true,
				      .tried = true };
	struct record_list list = RECORD_LIST_INIT;
	size_t i;

	if (store_find(run->store, &query, &list, err) < 0)
		return -1;
	for (i = 0; i < list.nr; i++) {
		const struct record *r = &list.v[i];

		if (r->kind != object->kind || !str_eq(r->prefix, object->prefix) ||
		    (r->job && str_eq(r->job, run->claim->job.id)))
			continue;
		record_set(&run->rolled_back, r->digest);
		break;
	}
	record_list_release(&list);
	return 0;
}

/*
 * A request for a head that was processed already: what failed there is tried
 * again, the rest is fine. Keeps only such objects.
 */
static void keep_failed(struct run *run, const struct strmap *last)
{
	size_t i, nr = 0;

	for (i = 0; i < run->nr; i++) {
		char *key = object_key(run->objects[i].kind, run->objects[i].prefix);

		if (!went_well(strmap_get(last, key))) {
			run->objects[nr] = run->objects[i];
			run->objects[nr++].why = "not deployed successfully yet";
		}
		free(key);
	}
	run->nr = nr;
}

/* A job for what was frozen: what was deployed since is none of its. */
static void keep_frozen(struct run *run, const struct strmap *last)
{
	size_t i, nr = 0;

	for (i = 0; i < run->nr; i++) {
		char *key = object_key(run->objects[i].kind, run->objects[i].prefix);
		const struct record *record = strmap_get(last, key);

		if (record && record_was_frozen(record))
			run->objects[nr++] = run->objects[i];
		free(key);
	}
	run->nr = nr;
}

/* Is any of them one that was held back or blocked? Then what was tried before counts. */
static bool any_untried(const struct record_list *list)
{
	size_t i;

	for (i = 0; i < list->nr; i++)
		if (record_was_held(&list->v[i]) || record_was_blocked(&list->v[i]))
			return true;
	return false;
}

static int learn_last(struct run *run, bool retry, struct error *err)
{
	struct record_list list = RECORD_LIST_INIT;
	struct strmap map = STRMAP_INIT;
	int ret = find_last(run, false, &list, err);
	size_t i;

	if (ret < 0)
		goto out;
	index_records(&map, &list);
	if (run->claim->job.thaw_nr)
		keep_frozen(run, &map);
	else if (retry)
		keep_failed(run, &map);
	if (any_untried(&list)) {
		strmap_release(&map, NULL);
		record_list_release(&list);
		ret = find_last(run, true, &list, err);
		if (ret < 0)
			goto out;
		index_records(&map, &list);
	}
	for (i = 0; i < run->nr; i++) {
		struct object *object = &run->objects[i];
		char *key = object_key(object->kind, object->prefix);
		const struct record *record = strmap_get(&map, key);

		if (went_well(record) && record->digest &&
		    !(record->strategy && str_eq(record->strategy, "delete")))
			free(strmap_put(&run->last, key, xstrdup(record->digest)));
		free(key);
	}
out:
	strmap_release(&map, NULL);
	record_list_release(&list);
	return ret;
}

/* --- the plan */

void run_take_objects(struct run *run)
{
	size_t i;

	run->objects = xcalloc(run->plan.nr + 1, sizeof(*run->objects));
	for (i = 0; i < run->plan.nr; i++) {
		const struct plan_object *planned = &run->plan.objects[i];
		struct object *object = &run->objects[run->nr];

		if (planned->intent == INTENT_NONE)
			continue;
		object->kind = planned->kind;
		object->prefix = planned->prefix;
		object->intent = planned->intent;
		object->why = planned->why;
		run->nr++;
	}
}

/* A rollback has one object, whatever the commits say of others. */
static int take_rollback(struct run *run, struct error *err)
{
	const struct job *job = &run->claim->job;
	struct object *object;

	run->objects = xcalloc(2, sizeof(*run->objects));
	object = &run->objects[run->nr++];
	object->kind = str_eq(job->rollback_kind, artifact_kind_name(KIND_LAMBDA)) ? KIND_LAMBDA :
										     KIND_ECS;
	object->prefix = job->rollback_prefix;
	object->intent = INTENT_DEPLOY;
	object->why = "rollback";
	return find_rolled_back(run, object, err);
}

/* On resuming, what was planned then counts: only that is kept. */
static void point_to_last(struct run *run)
{
	size_t i, nr = 0;

	for (i = 0; i < run->nr; i++) {
		char *key = object_key(run->objects[i].kind, run->objects[i].prefix);
		const char *last = strmap_get(&run->last, key);

		free(key);
		if (run->resumed && !last)
			continue;
		run->objects[nr] = run->objects[i];
		run->objects[nr++].last = last && *last ? last : NULL;
	}
	run->nr = nr;
}

/*
 * Plan, and leave behind who refers to which file and who deploys what, for
 * the next plan and for the hooks of pushes that come while this is deployed.
 * These are caches: nothing here is wrong without them.
 */
static int make_plan(struct run *run, bool all, struct error *err)
{
	struct plan_options options = { .all = all };
	const struct runner_options *told = &run->runner->options;
	struct strbuf index = STRBUF_INIT, claims = STRBUF_INIT;
	struct error why = ERROR_INIT;
	int ret;

	ref_index_path(&index, repo_git_dir(run->repo), run->claim->job.branch);
	options.ref_index = index.buf;
	ret = plan_make(&run->plan, run->before, run->after, &options, err);
	claims_path(&claims, repo_git_dir(run->repo), run->claim->job.branch);
	if (!ret &&
	    (ref_index_update(index.buf, run->after, &why) < 0 ||
	     claims_update(claims.buf, run->before, run->after, &run->plan, &why) < 0) &&
	    told->log)
		told->log(told->data, why.message);
	error_release(&why);
	strbuf_release(&claims);
	strbuf_release(&index);
	return ret;
}

static int plan_rollback(struct run *run, struct error *err)
{
	if (!oid_parse(&run->from, run->claim->job.old_commit))
		return error_set(err, ERROR_INVALID, "'%s' is no commit",
				 run->claim->job.old_commit);
	if (run_open_snapshots(run, err) < 0 || take_rollback(run, err) < 0 ||
	    (!run->resumed && learn_last(run, false, err) < 0))
		return -1;
	point_to_last(run);
	return run_write_begin(run, err) < 0 ? -1 : 1;
}

int run_plan(struct run *run, struct error *err)
{
	const struct job *job = &run->claim->job;
	bool begun = false, same;
	int ret;

	ret = run_read_journal(run, &begun, err);
	if (ret < 0)
		return -1;
	if (!run->resumed) {
		ret = find_ends(run, err);
		if (ret <= 0)
			return ret;
	}
	if (job->rollback_prefix)
		return plan_rollback(run, err);
	same = oid_eq(&run->from, &run->to);
	if (same && !job->deploy && !job->force && !run->resumed) {
		run_write_message(run, "nothing to do: %s at %.7s was processed already",
				  job->branch, job->new_commit);
		return 0;
	}
	if (run_open_snapshots(run, err) < 0)
		return -1;
	if (make_plan(run, same, err) < 0)
		return -1;
	run_take_objects(run);
	if (!run->resumed && learn_last(run, same && !job->force, err) < 0)
		return -1;
	point_to_last(run);
	if (run->plan.unrelated)
		run_write_message(run,
				  "the new history has nothing in common with what was deployed; "
				  "compared file by file");
	if (run_write_begin(run, err) < 0)
		return -1;
	return 1;
}

/* --- records */

/* "services" for /srv/git/services.git and for /home/a/services/.git */
static char *repo_name(const char *git_dir)
{
	const char *end = git_dir + strlen(git_dir), *start;

	if (ends_with(git_dir, "/.git"))
		end -= strlen("/.git");
	else if (ends_with(git_dir, ".git"))
		end -= strlen(".git");
	for (start = end; start > git_dir && start[-1] != '/';)
		start--;
	return xmemdupz(start, (size_t)(end - start));
}

struct record *run_make_record(struct run *run, const struct object *object)
{
	const struct job *job = &run->claim->job;
	struct record *r = xcalloc(1, sizeof(*r));
	int64_t now = clock_wall_ms(aws_loop_clock(run->runner->loop));
	char hex[OID_HEXSZ + 1];

	record_init(r);
	record_new_id(r, now);
	r->created_at = now;
	r->kind = object->kind;
	record_set(&r->job, job->id);
	r->repo = repo_name(repo_git_dir(run->repo));
	record_set(&r->branch, job->branch);
	oid_hex(hex, &run->to);
	record_set(&r->commit, hex);
	if (!oid_is_null(&run->from)) {
		oid_hex(hex, &run->from);
		record_set(&r->previous_commit, hex);
	}
	if (job->rollback_prefix)
		record_set(&r->rollback_from, job->old_commit);
	record_set(&r->prefix, object->prefix);
	record_set(&r->actor, job->actor);
	if (job->rollback_prefix)
		record_add_event(r, now, NULL, "rollback from %.7s, asked for by %s%s%s",
				 job->old_commit, job->actor, job->reason ? ": " : "",
				 job->reason ? job->reason : "");
	run_note_override(run, r);
	return r;
}

int run_make_records(struct run *run, struct error *err)
{
	int ret = 0;
	size_t i;

	for (i = 0; !ret && i < run->nr; i++) {
		struct object *object = &run->objects[i];
		char *key = object_key(object->kind, object->prefix);

		object->record = strmap_get(&run->records, key);
		if (object->record) {
			strmap_put(&run->records, key, NULL);
		} else {
			object->record = run_make_record(run, object);
			ret = run_write_record(run, object->record, false, err);
		}
		object->id = xstrdup(object->record->id);
		strmap_put(&run->by_id, object->id, object);
		free(key);
	}
	if (!ret)
		ret = journal_sync(run->claim->journal, err);
	return ret;
}
