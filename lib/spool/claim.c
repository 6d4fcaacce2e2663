#include "base/base.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/ulid.h"
#include "spool/internal.h"

#include <fcntl.h>
#include <sys/file.h>
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
	LOOK_FREE,
	LOOK_HELD,
	LOOK_GONE,
	LOOK_GARBAGE,
	LOOK_ERROR
};

/*
 * Open run/<name> or new/<name> and try its lock. FREE: `*fd` holds the lock
 * and `job` is set. HELD: somebody else has it, and `job` is set. ERROR: it
 * may be a job, but can't be read now (permissions, too many open files).
 */
static enum look look_at(struct spool *spool, const char *sub, const char *name, struct job *job,
			 int *fd_out, struct error *err)
{
	struct strbuf text = STRBUF_INIT_MAX(SPOOL_JOB_MAX);
	char *path = spool_path(spool, sub, name, "");
	enum look ret = LOOK_GARBAGE;
	struct stat st, now;
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
	if (lock_file(fd, LOCK_EX | LOCK_NB) < 0) {
		ret = errno == EWOULDBLOCK ? LOOK_HELD : LOOK_ERROR;
		error_errno(err, "cannot be locked");
		goto out;
	}
	/* It may have been finished between open and lock: then it has moved. */
	if (stat(path, &now) < 0 || now.st_ino != st.st_ino || now.st_dev != st.st_dev) {
		ret = LOOK_GONE;
		goto out;
	}
	*fd_out = fd;
	fd = -1;
	ret = LOOK_FREE;
out:
	if (ret != LOOK_FREE && ret != LOOK_HELD)
		job_release(job);
	if (fd >= 0)
		close(fd);
	free(path);
	strbuf_release(&text);
	return ret;
}

static void claim_free(struct claim *claim)
{
	if (!claim)
		return;
	journal_close(claim->journal);
	if (claim->lock_fd >= 0)
		close(claim->lock_fd);
	job_release(&claim->job);
	free(claim);
}

static int begin(struct spool *spool, struct claim **out, struct job *job, int fd,
		 struct error *err)
{
	struct claim *claim = xcalloc(1, sizeof(*claim));
	char *path = spool_path(spool, "run", job->id, ".journal");
	int ret;

	claim->lock_fd = fd;
	claim->job = *job;
	job_init(job);
	ret = journal_open(&claim->journal, path, spool->mode, err);
	if (ret < 0) {
		claim_free(claim);
	} else {
		claim->resumed = !journal_empty(claim->journal);
		*out = claim;
	}
	free(path);
	return ret;
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

/* The end was recorded by a worker that died before it moved the files. 1: done with it. */
static int finish_ended(struct spool *spool, struct claim **claim, struct error *err)
{
	struct end end = { 0 };
	int ret = 0;

	if ((*claim)->resumed)
		ret = journal_each((*claim)->journal, find_end, &end, err);
	if (ret < 0) {
		claim_free(*claim);
	} else if (end.found) {
		ret = spool_finish(spool, *claim, end.reason, err) < 0 ? -1 : 1;
	}
	free(end.reason);
	if (ret)
		*claim = NULL;
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

/* Claim the oldest orphan; learn which branches are busy. 1, 0, negative. */
static int claim_orphan(struct spool *spool, struct claim **claim, struct busy *busy,
			struct error *err)
{
	struct job job = JOB_INIT, found = JOB_INIT;
	int found_fd = -1, ret;
	struct names names;
	size_t i;

	ret = names_read(&names, spool, "run", err);
	for (i = 0; ret >= 0 && i < names.nr; i++) {
		struct error why = ERROR_INIT;
		int fd = -1;

		if (is_journal_name(names.v[i])) {
			move_stray(spool, names.v[i]);
			continue;
		}
		switch (look_at(spool, "run", names.v[i], &job, &fd, &why)) {
		case LOOK_FREE:
			if (found_fd < 0 && !is_busy(busy, &job)) {
				set_busy(busy, &job);
				found = job;
				found_fd = fd;
				job_init(&job);
				break;
			}
			close(fd);
			/* fallthrough */
		case LOOK_HELD:
			set_busy(busy, &job);
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
	if (found_fd < 0)
		return ret < 0 ? -1 : 0;
	if (ret < 0) {
		close(found_fd);
		job_release(&found);
		return -1;
	}
	return begin(spool, claim, &found, found_fd, err) < 0 ? -1 : 1;
}

static int take_new(struct spool *spool, struct claim **claim, const char *name, struct job *job,
		    int fd, struct error *err)
{
	char *from = spool_path(spool, "new", name, "");
	char *to = spool_path(spool, "run", name, "");
	int ret = 1;

	/* No sync: after a power cut the job is in new/ again, its journal in run/ tells. */
	if (rename(from, to) < 0) {
		ret = error_errno(err, "cannot rename '%s' to '%s'", from, to);
		close(fd);
	} else if (begin(spool, claim, job, fd, err) < 0) {
		ret = -1;
	}
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
		int fd = -1;

		switch (look_at(spool, "new", names.v[i], &job, &fd, &why)) {
		case LOOK_FREE:
			if (is_busy(busy, &job) ||
			    (spool->gate && !spool->gate(spool->gate_data, &job))) {
				close(fd);
				break;
			}
			ret = take_new(spool, claim, names.v[i], &job, fd, err);
			break;
		case LOOK_HELD:
			/* Nobody of ours locks a waiting job; keep the branch's order. */
			set_busy(busy, &job);
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
	/* One at a time, or two workers would see the same branch idle. Held for a moment only. */
	fd = spool_open_lock(spool, "claim.lock", err);
	if (fd < 0)
		return -1;
	if (lock_file(fd, LOCK_EX) < 0) {
		close(fd);
		return error_errno(err, "cannot lock '%s/claim.lock'", spool->dir);
	}
	do {
		strmap_release(&busy.branches, NULL);
		strmap_init(&busy.branches);
		ret = claim_orphan(spool, claim, &busy, err);
		if (!ret)
			ret = claim_new(spool, claim, &busy, err);
		/* What had ended already is out of the way now; look again. */
		if (ret > 0 && (ret = finish_ended(spool, claim, err)) == 0)
			ret = 2;
	} while (ret == 1);
	strmap_release(&busy.branches, NULL);
	close(fd);
	return ret == 2 ? 1 : ret;
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
	if (record_end(claim, reason, err) < 0 ||
	    move_to(spool, claim->job.id, ".json", end, err) < 0 ||
	    move_to(spool, claim->job.id, ".journal", end, err) < 0 || dir_sync(dir, err) < 0)
		goto out;
	spool_prune(spool);
	ret = 0;
out:
	claim_free(claim);
	free(dir);
	return ret;
}

void spool_release(struct spool *spool UNUSED, struct claim *claim)
{
	claim_free(claim);
}
