#include "base/base.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/ulid.h"
#include "spool/claim-internal.h"
#include "spool/lease-internal.h"
#include "spool/owner.h"

#include <fcntl.h>
#include <sys/stat.h>

/* The branches that have a job running, of all repositories in this spool. */
struct busy {
	struct strmap branches;
};

static char *branch_key(const struct job *job)
{
	return xstrfmt("%s\n%s", job->git_dir, job->ref);
}

static void set_busy(struct busy *busy, const struct job *job)
{
	char *key = branch_key(job);

	strmap_put(&busy->branches, key, busy);
	free(key);
}

static bool is_busy(const struct busy *busy, const struct job *job)
{
	char *key = branch_key(job);
	bool ret = strmap_has(&busy->branches, key);

	free(key);
	return ret;
}

/* About a file that is in the way and stays there: once, not at each claim. */
static void say_once(struct spool *spool, const char *name, const char *what)
{
	if (strmap_has(&spool->said, name))
		return;
	strmap_put(&spool->said, name, spool);
	spool_log(spool, "'%s': %s", name, what);
}

/*
 * Put what is no job into failed/, with a reason next to it. Its name may be
 * anything, also too long to get an ending, so it gets an id for a name
 * unless it has one.
 */
static void throw_out(struct spool *spool, const char *sub, const char *name, const char *reason)
{
	struct strbuf id = STRBUF_INIT, text = STRBUF_INIT;
	struct error err = ERROR_INIT;
	char own_id[27], *from, *to, *why, *tmp;

	if (job_file_name(name, own_id))
		strbuf_addstr(&id, own_id);
	else
		add_ulid(&id, clock_wall_ms(clock_system()));
	from = spool_path(spool, sub, name, "");
	to = spool_path(spool, "failed", id.buf,
			job_file_name(name, own_id) ? ".json" : ".garbage");
	why = spool_path(spool, "failed", id.buf, ".reason");
	tmp = xstrfmt("%s/tmp", spool->dir);
	strbuf_addstr(&text, "'");
	strbuf_add_printable(&text, name, strlen(name));
	strbuf_addf(&text, "': %s\n", reason);
	if (rename(from, to) < 0) {
		if (errno != ENOENT) {
			error_errno(&err, "%s, and it cannot be moved to 'failed'", reason);
			say_once(spool, name, err.message);
		}
	} else {
		spool_log(spool, "moved to '%s': %.*s", to, (int)text.len - 1, text.buf);
		if (file_write_atomic(why, tmp, text.buf, text.len, spool->mode, &err) < 0)
			spool_log(spool, "%s", err.message);
	}
	error_release(&err);
	strbuf_release(&id);
	strbuf_release(&text);
	free(from);
	free(to);
	free(why);
	free(tmp);
}

enum look {
	LOOK_JOB,
	LOOK_GONE,
	LOOK_GARBAGE,
	LOOK_ERROR
};

/*
 * Read run/<name> or new/<name>. JOB: `job` is set. ERROR: it may be a job,
 * but can't be read now (permissions, too many open files).
 */
static enum look look_at(struct spool *spool, const char *sub, const char *name, struct job *job,
			 struct error *err)
{
	struct strbuf text = STRBUF_INIT_MAX(SPOOL_JOB_MAX);
	char *path = spool_path(spool, sub, name, "");
	enum look ret = LOOK_GARBAGE;
	struct stat st;
	char id[27];
	int fd = -1;

	if (!job_file_name(name, id)) {
		error_set(err, ERROR_INVALID, "is not named like a job");
		goto out;
	}
	/*
	 * For reading only: a look that comes and goes is then told from a
	 * worker's death, which closes the journal that it wrote; see watch.c.
	 */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0) {
		if (errno == ENOENT)
			ret = LOOK_GONE;
		else if (errno != ELOOP && errno != ENXIO)
			ret = LOOK_ERROR;
		error_errno(err, "cannot be opened");
		goto out;
	}
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		error_set(err, ERROR_INVALID, "is not a regular file");
		goto out;
	}
	if (strbuf_read(&text, fd) < 0) {
		ret = errno == EFBIG ? LOOK_GARBAGE : LOOK_ERROR;
		error_errno(err, "cannot be read");
		goto out;
	}
	if (job_parse(job, text.buf, text.len, err) < 0)
		goto out;
	if (!str_eq(job->id, id)) {
		error_set(err, ERROR_INVALID, "has the id '%s' in it", job->id);
		goto out;
	}
	ret = LOOK_JOB;
out:
	if (ret != LOOK_JOB)
		job_release(job);
	if (fd >= 0)
		close(fd);
	free(path);
	strbuf_release(&text);
	return ret;
}

/* begin() found that its worker ended the job since it was looked at. */
#define ENDED_MEANWHILE 2

static bool is_in_run(const struct spool *spool, const struct job *job)
{
	char *path = spool_path(spool, "run", job->id, ".json");
	bool ret = !access(path, F_OK) || errno != ENOENT;

	free(path);
	return ret;
}

/*
 * The job in run/ becomes ours, as `generation`. What somebody who stood still
 * still writes into its journal must not count: `replace` that, and he has the
 * old file. 1; 0: somebody else was quicker; ENDED_MEANWHILE; negative.
 */
static int begin(struct spool *spool, struct claim **out, struct job *job, unsigned generation,
		 bool replace, struct error *err)
{
	char *path = spool_path(spool, "run", job->id, ".journal");
	char *tmp = spool_path(spool, "tmp", job->id, ".journal");
	int ret = owner_take(spool, job->id, generation, err);
	struct claim *claim = NULL;

	/* A worker ends a job without the lock: it takes it out of run/, then its name off it. */
	if (ret > 0 && !is_in_run(spool, job)) {
		owner_forget(spool, job->id, generation);
		ret = ENDED_MEANWHILE;
	} else if (ret > 0) {
		claim = xcalloc(1, sizeof(*claim));
		claim->generation = generation;
		claim->job = *job;
		job_init(job);
		claim->next = spool->claims;
		spool->claims = claim;
		if ((replace && journal_replace(path, tmp, spool->mode, err) < 0) ||
		    journal_open(&claim->journal, path, spool->mode, err) < 0)
			ret = -1;
	}
	if (ret > 0 && claim) {
		claim->resumed = !journal_empty(claim->journal);
		*out = claim;
	} else if (claim) {
		owner_let_go(spool, claim->job.id, generation);
		claim_free(spool, claim);
	}
	free(tmp);
	free(path);
	return ret;
}

/*
 * A journal whose job went on to done/ or failed/ without it: its worker died
 * between the two renames. It follows.
 */
static void move_stray(struct spool *spool, const char *name)
{
	static const char *const ends[] = { "done", "failed" };
	char *from = spool_path(spool, "run", name, "");
	char *id = xmemdupz(name, ULID_LEN);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ends); i++) {
		char *job = spool_path(spool, ends[i], id, ".json");
		char *to = spool_path(spool, ends[i], name, "");
		bool here = !access(job, F_OK);

		if (here && rename(from, to) < 0 && errno != ENOENT)
			spool_log(spool, "cannot move '%s' to '%s': %s", from, to, strerror(errno));
		free(job);
		free(to);
		if (here)
			break;
	}
	free(id);
	free(from);
}

static bool is_journal_name(const char *name)
{
	return is_ulid(name, strnlen(name, ULID_LEN)) && str_eq(name + ULID_LEN, ".journal");
}

/* The job of this name has left run/: nobody needs to know whose it was. */
static void remove_stray(struct spool *spool, const char *name)
{
	char *id = xmemdupz(name, ULID_LEN);
	char *job = spool_path(spool, "run", id, ".json"),
	     *path = spool_path(spool, "run", name, "");

	if (access(job, F_OK) < 0 && errno == ENOENT)
		unlink(path);
	free(id);
	free(job);
	free(path);
}

struct orphan {
	struct job job;
	unsigned generation;
	bool found, stuck; /* its worker has not ended */
};

/* `job` stands in run/: is it the one to be claimed? */
static void consider(struct spool *spool, const struct owners *owners, struct busy *busy,
		     struct job *job, struct orphan *orphan)
{
	unsigned generation;
	enum owned owned = owner_look(spool, owners, job->id, &generation);

	if (owned != OWNED && !orphan->found && !is_busy(busy, job)) {
		orphan->found = true;
		orphan->stuck = owned == OWNED_BY_THE_STUCK;
		orphan->generation = generation;
		orphan->job = *job;
		set_busy(busy, job);
		job_init(job);
	} else {
		set_busy(busy, job);
	}
}

static int look_for_orphan(struct spool *spool, struct busy *busy, struct orphan *orphan,
			   struct error *err)
{
	struct job job = JOB_INIT;
	struct owners owners;
	struct names names;
	int ret;
	size_t i;

	owners_init(&owners);
	ret = names_read(&names, spool, "run", err);
	for (i = 0; i < names.nr; i++) {
		if (!owners_add(&owners, names.v[i]))
			continue;
		remove_stray(spool, names.v[i]);
		*names.v[i] = '\0';
	}
	for (i = 0; ret >= 0 && i < names.nr; i++) {
		struct error why = ERROR_INIT;

		if (!*names.v[i])
			continue;
		if (is_journal_name(names.v[i])) {
			move_stray(spool, names.v[i]);
			continue;
		}
		switch (look_at(spool, "run", names.v[i], &job, &why)) {
		case LOOK_JOB:
			consider(spool, &owners, busy, &job, orphan);
			break;
		case LOOK_GARBAGE:
			throw_out(spool, "run", names.v[i], why.message);
			break;
		case LOOK_ERROR:
			say_once(spool, names.v[i], why.message);
			break;
		case LOOK_GONE:
			break;
		}
		job_release(&job);
		error_release(&why);
	}
	names_release(&names);
	owners_release(&owners);
	return ret;
}

/* Claim the oldest orphan; learn which branches are busy. 1, 0, negative. */
static int claim_orphan(struct spool *spool, struct claim **claim, struct busy *busy,
			struct error *err)
{
	struct orphan orphan = { .job = JOB_INIT };
	int ret = look_for_orphan(spool, busy, &orphan, err);

	if (ret >= 0 && orphan.found)
		ret = begin(spool, claim, &orphan.job, orphan.generation + 1, orphan.stuck, err);
	job_release(&orphan.job);
	return ret;
}

static int take_new(struct spool *spool, struct claim **claim, const char *name, struct job *job,
		    struct error *err)
{
	char *from = spool_path(spool, "new", name, "");
	char *to = spool_path(spool, "run", name, "");
	int ret;

	/* No sync: after a power cut the job is in new/ again, its journal in run/ tells. */
	if (rename(from, to) < 0)
		ret = error_errno(err, "cannot rename '%s' to '%s'", from, to);
	else
		ret = begin(spool, claim, job, 1, false, err);
	free(from);
	free(to);
	return ret;
}

static int claim_new(struct spool *spool, struct claim **claim, struct busy *busy,
		     struct error *err)
{
	struct job job = JOB_INIT;
	struct names names;
	int ret;
	size_t i;

	ret = names_read(&names, spool, "new", err);
	for (i = 0; !ret && i < names.nr; i++) {
		struct error why = ERROR_INIT;

		switch (look_at(spool, "new", names.v[i], &job, &why)) {
		case LOOK_JOB:
			if (!is_busy(busy, &job) &&
			    (!spool->gate || spool->gate(spool->gate_data, &job)))
				ret = take_new(spool, claim, names.v[i], &job, err);
			break;
		case LOOK_GARBAGE:
			throw_out(spool, "new", names.v[i], why.message);
			break;
		case LOOK_ERROR:
			say_once(spool, names.v[i], why.message);
			break;
		case LOOK_GONE:
			break;
		}
		job_release(&job);
		error_release(&why);
	}
	names_release(&names);
	return ret;
}

int spool_claim(struct spool *spool, struct claim **claim, struct error *err)
{
	struct busy busy = { STRMAP_INIT };
	int ret, fd;

	*claim = NULL;
	spool->again_ms = -1;
	spool->suspect = false;
	if (lease_take(spool, err) < 0)
		return -1;
	/* One at a time, or two workers would see the same branch idle. */
	ret = claim_lock(spool, &fd, err);
	if (ret <= 0)
		return ret;
	do {
		strmap_release(&busy.branches, NULL);
		strmap_init(&busy.branches);
		ret = claim_orphan(spool, claim, &busy, err);
		if (ret == ENDED_MEANWHILE)
			ret = 1; /* its branch is not busy any more: look again */
		else if (!ret)
			ret = claim_new(spool, claim, &busy, err);
		/* What had ended already is out of the way now; look again. */
		if (*claim && ret > 0 && (ret = claim_finish_ended(spool, claim, err)) == 0)
			ret = 2;
	} while (ret == 1);
	strmap_release(&busy.branches, NULL);
	close(fd);
	return ret == 2 ? 1 : ret;
}
