#include "base/base.h"
#include "base/ulid.h"
#include "spool/inspect.h"
#include "spool/lease-internal.h"
#include "spool/owner.h"

/* --- workers */

static int tell_worker(struct spool *spool, const char *name, spool_worker_fn *fn, void *data)
{
	char *path = spool_path(spool, "leases", name, ""), *id = xmemdupz(name, ULID_LEN);
	struct holder holder = { 0 };
	enum lease_stand stand = lease_stand_of(spool, path, &holder);
	int ret = 0;

	if (stand != STAND_NONE) {
		struct spool_worker worker = { .lease = id,
					       .host = holder.host,
					       .pid = holder.pid,
					       .stands_still = stand == STAND_STILL,
					       .expired = name[ULID_LEN] != '\0' };

		ret = fn(&worker, data);
	}
	free(path);
	free(id);
	return ret;
}

int spool_each_worker(struct spool *spool, spool_worker_fn *fn, void *data, struct error *err)
{
	struct names names;
	size_t i;
	int ret = 0;

	/* It is made by the first worker. */
	if (names_read(&names, spool, "leases", err) < 0) {
		if (err->kind != ERROR_NOT_FOUND)
			return -1;
		error_release(err);
		return 0;
	}
	for (i = 0; !ret && i < names.nr; i++) {
		const char *name = names.v[i];

		if (is_ulid(name, strnlen(name, ULID_LEN)) &&
		    (!name[ULID_LEN] || str_eq(name + ULID_LEN, ".expired")))
			ret = tell_worker(spool, name, fn, data);
	}
	names_release(&names);
	return ret < 0 ? -1 : 0;
}

/* --- jobs that were left */

static bool is_left(struct spool *spool, const struct owners *owners, const char *id)
{
	const struct owner *owner = strmap_get(&owners->by_job, id);
	enum lease_stand stand;
	char *path;

	if (!owner || owner->is_free)
		return true;
	path = owner_path(spool, id, owner->generation, ".lease");
	stand = lease_stand_of(spool, path, NULL);
	free(path);
	return stand == STAND_NONE;
}

int spool_each_left(struct spool *spool, spool_left_fn *fn, void *data, struct error *err)
{
	struct owners owners;
	struct names names;
	char id[27];
	size_t i;
	int ret;

	owners_init(&owners);
	ret = names_read(&names, spool, "run", err);
	for (i = 0; i < names.nr; i++)
		owners_add(&owners, names.v[i]);
	for (i = 0; !ret && i < names.nr; i++)
		if (job_file_name(names.v[i], id) && is_left(spool, &owners, id))
			ret = fn(id, data);
	names_release(&names);
	owners_release(&owners);
	return ret < 0 ? -1 : 0;
}

/* --- ended ones */

static int count_ended(struct spool *spool, const char *sub, size_t *nr, size_t *garbage,
		       char last[27], struct error *err)
{
	struct names names;
	int ret = names_read(&names, spool, sub, err);
	size_t i;

	for (i = 0; i < names.nr; i++) {
		if (job_file_name(names.v[i], last)) /* sorted, so the last one stays */
			++*nr;
		*garbage += ends_with(names.v[i], ".garbage");
	}
	names_release(&names);
	return ret;
}

int spool_look_at_ended(struct spool *spool, struct spool_ended *ended, struct error *err)
{
	*ended = (struct spool_ended){ 0 };
	return count_ended(spool, "done", &ended->done, &ended->garbage, ended->last_done, err) <
				       0 ||
			       count_ended(spool, "failed", &ended->failed, &ended->garbage,
					   ended->last_failed, err) < 0 ?
		       -1 :
		       0;
}

char *spool_find_unwritable(const char *dir)
{
	static const char *const needed[] = { "tmp", "new", "run", "done", "failed" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(needed); i++) {
		char *path = xstrfmt("%s/%s", dir, needed[i]);

		if (access(path, R_OK | W_OK | X_OK) < 0)
			return path;
		free(path);
	}
	return NULL;
}
