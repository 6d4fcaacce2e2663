#include "check/internal.h"

#include "state/store.h"

/*
 * Objects as they were deployed last: by the ref of what runs now, else by
 * the commit that was processed last, which says less, for its deployment may
 * have failed. The commit at hand is kept: most objects have the same one.
 */
struct past {
	struct oid commit;
	struct snapshot *snapshot;
	struct service_reader *reader;
	struct service service;
};

static void close_commit(struct past *past)
{
	service_release(&past->service);
	service_reader_free(past->reader);
	snapshot_free(past->snapshot);
	memset(past, 0, sizeof(*past));
}

void check_past_free(struct past *past)
{
	if (!past)
		return;
	close_commit(past);
	free(past);
}

/* 1: found, 0: nothing was deployed, as far as that is known here. */
static int find_commit(struct check *check, const struct plan_object *object, struct oid *commit,
		       bool *runs)
{
	const struct check_options *options = check->options;
	struct error err = ERROR_INIT;
	int rc = 0;

	*runs = false;
	if (options && options->branch)
		rc = live_read(snapshot_repo(check->after), options->branch, object->kind,
			       object->prefix, commit, &err);
	error_release(&err);
	if (rc > 0)
		*runs = true;
	else if (options && options->before)
		rc = snapshot_commit(options->before, commit);
	return rc > 0 && !oid_is_null(commit);
}

static bool open_commit(struct check *check, const struct oid *commit)
{
	struct error err = ERROR_INIT;

	if (!check->past)
		check->past = xcalloc(1, sizeof(*check->past));
	if (check->past->reader && oid_eq(&check->past->commit, commit))
		return true;
	close_commit(check->past);
	if (snapshot_of_commit(&check->past->snapshot, snapshot_repo(check->after), commit, &err) <
	    0) {
		error_release(&err); /* a shallow clone, say */
		return false;
	}
	check->past->commit = *commit;
	check->past->reader = service_reader_new(check->past->snapshot);
	return true;
}

const struct service *check_past(struct check *check, const struct plan_object *object, bool *runs)
{
	struct findings findings = FINDINGS_INIT;
	struct error err = ERROR_INIT;
	struct past *past;
	struct oid commit;
	int rc;

	if (!find_commit(check, object, &commit, runs) || !open_commit(check, &commit))
		return NULL;
	past = check->past;
	/* What was wrong then is not told now. */
	rc = service_read(&past->service, past->reader, object->kind, object->prefix, NULL,
			  &findings, &err);
	findings_release(&findings);
	error_release(&err);
	return rc >= 0 && past->service.docs[ROLE_DEFINITION].json ? &past->service : NULL;
}
