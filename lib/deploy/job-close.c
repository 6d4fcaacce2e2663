#include "base/base.h"
#include "deploy/job-internal.h"

/* The notes, in one commit: before anything is done, or when all is over. */
int run_put_records(struct run *run, bool finished, struct error *err)
{
	const struct record **records = xcalloc(run->nr + 1, sizeof(*records));
	size_t i, nr = 0;
	int ret = 0;

	for (i = 0; i < run->nr; i++)
		if (run->objects[i].record && run->objects[i].over == finished)
			records[nr++] = run->objects[i].record;
	if (nr)
		ret = spool_check_lease(run->spool, err);
	if (nr && !ret)
		ret = store_put(run->store, records, nr, err);
	free(records);
	return ret;
}

static int write_live(struct run *run, struct error *err)
{
	struct live_change *changes = xcalloc(run->nr + 1, sizeof(*changes));
	size_t i, nr = 0;
	int ret;

	for (i = 0; i < run->nr; i++) {
		const struct object *object = &run->objects[i];

		/* What failed was put back, or is unknown: the ref stays at what ran for sure. */
		if (object->record->status == RECORD_SUCCESS)
			changes[nr++] = (struct live_change){ object->kind, object->prefix,
							      object->intent == INTENT_DELETE ?
								      NULL :
								      &run->to };
	}
	ret = spool_check_lease(run->spool, err);
	if (!ret)
		ret = live_update_all(run->repo, run->claim->job.branch, changes, nr, err);
	free(changes);
	return ret;
}

static int write_processed(struct run *run, struct error *err)
{
	const char *branch = run->claim->job.branch;
	struct error why = ERROR_INIT;
	struct oid now;
	int ret;

	if (spool_check_lease(run->spool, err) < 0)
		return -1;
	if (processed_update(run->repo, branch, &run->to, &run->from, &why) == 0)
		return 0;
	if (why.kind != ERROR_CONFLICT) {
		error_move(err, &why);
		return -1;
	}
	/* By an earlier try of this very job; or by hand, and a hand is right. */
	ret = processed_read(run->repo, branch, &now, err);
	if (ret >= 0 && !(ret && oid_eq(&now, &run->to)))
		run_write_message(
			run, "refs/gitops/processed/%s was moved meanwhile; left as it is", branch);
	error_release(&why);
	return ret < 0 ? -1 : 0;
}

int run_write_state(struct run *run, struct error *err)
{
	if (run_put_records(run, true, err) < 0 || write_live(run, err) < 0 ||
	    run_put_thaw(run, err) < 0)
		return -1;
	/* What one object goes back to, or what was frozen, was processed before. */
	return run->claim->job.rollback_prefix || run->claim->job.thaw_nr ?
		       0 :
		       write_processed(run, err);
}
