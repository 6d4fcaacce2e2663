#include "base/base.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "spool/spool.h"
#include "tap.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define ZEROS "0000000000000000000000000000000000000000"
#define ONES  "1111111111111111111111111111111111111111"

static char top[] = "/tmp/u-spool-XXXXXX";
static char *dir;
static struct strbuf logged;

static int remove_one(const char *path, const struct stat *st UNUSED, int flag UNUSED,
		      struct FTW *ftw UNUSED)
{
	return remove(path);
}

static void log_line(void *data UNUSED, const char *message)
{
	strbuf_addf(&logged, "%s\n", message);
}

static struct spool *open_spool(void)
{
	struct error err = ERROR_INIT;
	struct spool *spool = NULL;

	if (spool_open(&spool, dir, &err) < 0)
		BUG("%s", err.message);
	spool_set_log(spool, log_line, NULL);
	return spool;
}

static struct spool *fresh_spool(void)
{
	struct error err = ERROR_INIT;

	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	check_int(spool_create(dir, 0700, &err), ==, 1);
	strbuf_reset(&logged);
	return open_spool();
}

static char *put(struct spool *spool, const char *branch)
{
	struct error err = ERROR_INIT;
	struct job job = JOB_INIT;
	char *id;

	job.git_dir = xstrdup("/srv/x.git");
	job.ref = xstrfmt("refs/heads/%s", branch);
	job.old_commit = xstrdup(ZEROS);
	job.new_commit = xstrdup(ONES);
	job.actor = xstrdup("alice");
	if (spool_put(spool, &job, &err) < 0)
		BUG("%s", err.message);
	id = xstrdup(job.id);
	job_release(&job);
	/* Ids of one millisecond have no order. */
	usleep(1100);
	return id;
}

static struct claim *claim(struct spool *spool)
{
	struct error err = ERROR_INIT;
	struct claim *c = NULL;
	int ret = spool_claim(spool, &c, &err);

	check_str(err.message, NULL);
	check_int(ret, ==, c ? 1 : 0);
	error_release(&err);
	return c;
}

static void finish(struct spool *spool, struct claim *c, const char *reason)
{
	struct error err = ERROR_INIT;

	check_int(spool_finish(spool, c, reason, &err), ==, 0);
	check_str(err.message, NULL);
	error_release(&err);
}

static bool exists(const char *sub, const char *id, const char *suffix)
{
	char *path = xstrfmt("%s/%s/%s%s", dir, sub, id, suffix);
	bool ret = !access(path, F_OK);

	free(path);
	return ret;
}

static size_t count(const char *sub)
{
	char *path = xstrfmt("%s/%s", dir, sub);
	DIR *d = opendir(path);
	struct dirent *entry;
	size_t nr = 0;

	while (d && (entry = readdir(d)))
		nr += entry->d_name[0] != '.';
	closedir(d);
	free(path);
	return nr;
}

static void garbage(const char *sub, const char *name, const char *data)
{
	char *path = xstrfmt("%s/%s/%s", dir, sub, name);
	struct error err = ERROR_INIT;

	if (file_write_atomic(path, NULL, data, strlen(data), 0600, &err) < 0)
		BUG("%s", err.message);
	free(path);
}

static void test_spool__a_job_goes_from_new_to_done(void)
{
	struct spool *spool = fresh_spool();
	char *id = put(spool, "main");
	struct claim *c;

	check(exists("new", id, ".json"));
	c = claim(spool);
	check_str(c->job.id, id);
	check_str(c->job.branch, "main");
	check_str(c->job.git_dir, "/srv/x.git");
	check_str(c->job.actor, "alice");
	check(!c->resumed);
	check(exists("run", id, ".json"));
	check_ptr(claim(spool), ==, NULL);
	finish(spool, c, NULL);
	check(exists("done", id, ".json"));
	check(exists("done", id, ".journal"));
	check_uint(count("run"), ==, 0);
	check_uint(count("tmp"), ==, 0);
	check_ptr(claim(spool), ==, NULL);
	free(id);
	spool_free(spool);
}

static void test_spool__a_failed_job_keeps_its_reason(void)
{
	struct spool *spool = fresh_spool();
	char *id = put(spool, "main"), *path = xstrfmt("%s/failed/%s.journal", dir, id);
	struct strbuf text = STRBUF_INIT;
	struct error err = ERROR_INIT;

	finish(spool, claim(spool), "no \"credentials\"");
	check(exists("failed", id, ".json"));
	check_int(file_read(path, &text, &err), ==, 0);
	check(strstr(text.buf, "{\"end\":\"failed\",\"reason\":\"no \\\"credentials\\\"\"") !=
	      NULL);
	strbuf_release(&text);
	free(path);
	free(id);
	spool_free(spool);
}

static void test_spool__jobs_of_a_branch_run_in_order_one_at_a_time(void)
{
	struct spool *spool = fresh_spool();
	char *a = put(spool, "main"), *b = put(spool, "main"), *c = put(spool, "dev");
	struct claim *first = claim(spool), *second = claim(spool), *third;

	check_str(first->job.id, a);
	check_str(second->job.id, c);
	check_ptr(claim(spool), ==, NULL);
	finish(spool, first, NULL);
	third = claim(spool);
	check_str(third->job.id, b);
	finish(spool, third, NULL);
	finish(spool, second, NULL);
	free(a);
	free(b);
	free(c);
	spool_free(spool);
}

static void test_spool__a_released_job_is_resumed_before_new_ones(void)
{
	struct spool *spool = fresh_spool();
	char *a = put(spool, "main"), *b = put(spool, "dev");
	struct error err = ERROR_INIT;
	struct claim *first = claim(spool), *second = claim(spool), *c;

	check_int(journal_append(second->journal, "{}", 2, true, &err), ==, 0);
	check_str(second->job.id, b);
	finish(spool, first, NULL);
	spool_release(spool, second);
	free(a);
	a = put(spool, "aaa");
	c = claim(spool);
	check_str(c->job.id, b);
	check(c->resumed);
	finish(spool, c, NULL);
	finish(spool, claim(spool), NULL);
	free(a);
	free(b);
	spool_free(spool);
}

static pid_t child_claims_and_waits(void)
{
	int ready[2];
	pid_t pid;
	char c;

	if (pipe(ready) < 0)
		BUG("pipe");
	fflush(stdout);
	pid = fork();
	if (!pid) {
		struct claim *mine = claim(open_spool());

		if (!mine)
			_exit(1);
		/* A grandchild that outlives the worker must not hold the lock. */
		if (!fork()) {
			execl("/bin/sleep", "sleep", "3", (char *)NULL);
			_exit(1);
		}
		if (write(ready[1], "x", 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	close(ready[1]);
	check_int(read(ready[0], &c, 1), ==, 1);
	close(ready[0]);
	return pid;
}

static void test_spool__a_killed_worker_lets_go_and_the_waiting_one_is_told(void)
{
	struct spool *spool = fresh_spool();
	char *a = put(spool, "main"), *b = put(spool, "main");
	struct pollfd pfd = { .events = POLLIN };
	struct claim *c = NULL;
	pid_t pid = child_claims_and_waits();
	int tries;

	pfd.fd = spool_watch(spool);
	check_int(pfd.fd, >=, 0);
	check_ptr(claim(spool), ==, NULL);
	spool_watch_drain(spool);
	check_int(poll(&pfd, 1, 0), ==, 0);
	kill(pid, SIGKILL);
	check_int(poll(&pfd, 1, 5000), ==, 1);
	waitpid(pid, NULL, 0);
	for (tries = 0; !c && tries < 100; tries++)
		if (!(c = claim(spool)))
			usleep(10000);
	if (check_ptr(c, !=, NULL)) {
		check_str(c->job.id, a);
		finish(spool, c, NULL);
	}
	free(a);
	free(b);
	spool_free(spool);
}

static void test_spool__looking_does_not_wake_others(void)
{
	struct spool *spool = fresh_spool(), *other = open_spool();
	char *a = put(spool, "main");
	struct pollfd pfd = { .events = POLLIN };
	struct claim *c = claim(spool);

	pfd.fd = spool_watch(other);
	check_int(poll(&pfd, 1, 0), ==, 0);
	check_ptr(claim(spool), ==, NULL);
	check_int(poll(&pfd, 1, 0), ==, 0);
	free(a);
	a = put(spool, "main");
	check_int(poll(&pfd, 1, 0), ==, 1);
	spool_watch_drain(other);
	check_int(poll(&pfd, 1, 0), ==, 0);
	finish(spool, c, NULL);
	check_int(poll(&pfd, 1, 0), ==, 1);
	free(a);
	spool_free(spool);
	spool_free(other);
}

/* Many workers at once, each killed after some jobs: every job is run to its end once. */
static void test_spool__many_workers_lose_and_double_nothing(void)
{
	enum {
		JOBS = 60,
		WORKERS = 6
	};
	struct spool *spool = fresh_spool();
	pid_t pids[WORKERS];
	size_t i;

	for (i = 0; i < JOBS; i++) {
		char *branch = xstrfmt("b%zu", i % 7);

		free(put(spool, branch));
		free(branch);
	}
	fflush(stdout);
	for (i = 0; i < WORKERS; i++) {
		pids[i] = fork();
		if (!pids[i]) {
			struct spool *mine = open_spool();
			struct error err = ERROR_INIT;
			size_t waiting, running, done = 0;

			for (;;) {
				struct claim *c = claim(mine);
				char *path;
				int fd;

				if (!c) {
					if (spool_count(mine, &waiting, &running, &err) < 0)
						_exit(1);
					if (!waiting && !running)
						_exit(0);
					usleep(500);
					continue;
				}
				/* Every other worker dies in the middle of its fifth job. */
				if (++done == 5 && i % 2)
					_exit(0);
				path = xstrfmt("%s/ran-%s", top, c->job.id);
				fd = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);
				free(path);
				if (fd < 0)
					_exit(2);
				close(fd);
				if (spool_finish(mine, c, NULL, &err) < 0)
					_exit(3);
			}
		}
	}
	for (i = 0; i < WORKERS; i++) {
		int status = -1;

		waitpid(pids[i], &status, 0);
		check_int(status, ==, 0);
	}
	check_uint(count("done"), ==, (size_t)JOBS * 2);
	check_uint(count("new"), ==, 0);
	check_uint(count("run"), ==, 0);
	check_uint(count("failed"), ==, 0);
	spool_free(spool);
}

static void test_spool__garbage_is_moved_away_with_a_reason(void)
{
	static const struct {
		const char *name, *data;
	} rows[] = {
		{ "hello", "" },
		{ "01ARZ3NDEKTSV4RRFFQ69G5FAV.json", "" },
		{ "01ARZ3NDEKTSV4RRFFQ69G5FAW.json", "{\"version\":1}" },
		{ "01ARZ3NDEKTSV4RRFFQ69G5FAX.json", "[[[[[[[[[[[[[[[[[[[[[[" },
		{ "01ARZ3NDEKTSV4RRFFQ69G5FAY.json.bak", "{}" },
		{ "\033[31mred\n", "{}" },
	};
	struct spool *spool = fresh_spool();
	char *good = put(spool, "main"), *path;
	struct strbuf big = STRBUF_INIT;
	struct claim *c;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		garbage("new", rows[i].name, rows[i].data);
	strbuf_addchars(&big, ' ', SPOOL_JOB_MAX + 1);
	garbage("new", "01ARZ3NDEKTSV4RRFFQ69G5FAZ.json", big.buf);
	strbuf_reset(&big);
	strbuf_addchars(&big, 'n', 255);
	garbage("new", big.buf, "a long name");
	path = xstrfmt("%s/new/a-directory", dir);
	check_int(mkdir(path, 0700), ==, 0);
	free(path);
	path = xstrfmt("%s/new/01ARZ3NDEKTSV4RRFFQ69G5FB0.json", dir);
	check_int(symlink("/etc/passwd", path), ==, 0);
	free(path);
	path = xstrfmt("%s/new/01ARZ3NDEKTSV4RRFFQ69G5FB1.json", dir);
	check_int(mkfifo(path, 0600), ==, 0);
	free(path);

	c = claim(spool);
	check_str(c->job.id, good);
	check_ptr(claim(spool), ==, NULL);
	check_uint(count("new"), ==, 0);
	/* Eleven of them, each with a reason. */
	check_uint(count("failed"), ==, 2 * (ARRAY_SIZE(rows) + 5));
	check(exists("failed", "01ARZ3NDEKTSV4RRFFQ69G5FAW", ".reason"));
	check(strstr(logged.buf, "member 'id' is missing") != NULL);
	check(strstr(logged.buf, "'a-directory': is not named like a job") != NULL);
	check(strchr(logged.buf, '\033') == NULL);
	finish(spool, c, NULL);
	strbuf_release(&big);
	free(good);
	spool_free(spool);
}

static void test_spool__an_end_that_was_recorded_is_not_run_again(void)
{
	struct spool *spool = fresh_spool();
	char *a = put(spool, "main"), *b = put(spool, "main"), *from, *to;
	struct claim *c;

	finish(spool, claim(spool), NULL);
	/* The worker died before both renames ... */
	from = xstrfmt("%s/done/%s.json", dir, a);
	to = xstrfmt("%s/run/%s.json", dir, a);
	check_int(rename(from, to), ==, 0);
	free(from);
	free(to);
	from = xstrfmt("%s/done/%s.journal", dir, a);
	to = xstrfmt("%s/run/%s.journal", dir, a);
	check_int(rename(from, to), ==, 0);
	c = claim(spool);
	check_str(c->job.id, b);
	check(exists("done", a, ".json") && exists("done", a, ".journal"));
	/* ... or between them. */
	check_int(rename(from, to), ==, 0);
	check_ptr(claim(spool), ==, NULL);
	check(exists("done", a, ".journal"));
	finish(spool, c, NULL);
	free(from);
	free(to);
	free(a);
	free(b);
	spool_free(spool);
}

static void test_spool__knows_whether_a_worker_lives(void)
{
	struct spool *spool = fresh_spool(), *one = open_spool(), *two = open_spool();
	struct error err = ERROR_INIT;

	check_int(spool_has_worker(spool, &err), ==, 0);
	check_int(spool_enter(one, &err), ==, 0);
	check_int(spool_enter(two, &err), ==, 0);
	check_int(spool_has_worker(spool, &err), ==, 1);
	spool_leave(one);
	check_int(spool_has_worker(spool, &err), ==, 1);
	spool_free(two);
	check_int(spool_has_worker(spool, &err), ==, 0);
	spool_free(one);
	spool_free(spool);
}

static void test_spool__files_have_the_permissions_of_the_directory(void)
{
	struct error err = ERROR_INIT;
	struct spool *spool;
	struct claim *c;
	struct stat st;
	char *id, *path;

	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	umask(077);
	check_int(spool_create(dir, 02770, &err), ==, 1);
	check_int(spool_create(dir, 02770, &err), ==, 0);
	spool = open_spool();
	id = put(spool, "main");
	c = claim(spool);
	path = xstrfmt("%s/run/%s.json", dir, id);
	check_int(stat(path, &st), ==, 0);
	check_int(st.st_mode & 0777, ==, 0660);
	free(path);
	path = xstrfmt("%s/run/%s.journal", dir, id);
	check_int(stat(path, &st), ==, 0);
	check_int(st.st_mode & 0777, ==, 0660);
	free(path);
	path = xstrfmt("%s/claim.lock", dir);
	check_int(stat(path, &st), ==, 0);
	check_int(st.st_mode & 0777, ==, 0660);
	free(path);
	path = xstrfmt("%s/new", dir);
	check_int(stat(path, &st), ==, 0);
	check_int(st.st_mode & 07777, ==, 02770);
	free(path);
	finish(spool, c, NULL);
	free(id);
	spool_free(spool);
}

static void test_spool__keeps_a_bounded_number_of_ended_jobs(void)
{
	struct spool *spool = fresh_spool();
	char *id;
	size_t i;

	for (i = 0; i < SPOOL_KEEP + 10; i++) {
		char *name = xstrfmt("01ARZ3NDEKTSV4RRFFQ69G%04zu.json", i);
		char *path = xstrfmt("%s/done/%s", dir, name);

		close(open(path, O_CREAT | O_WRONLY, 0600));
		free(name);
		free(path);
	}
	id = put(spool, "main");
	finish(spool, claim(spool), NULL);
	check_uint(count("done"), ==, SPOOL_KEEP + 1); /* and one journal */
	check(exists("done", id, ".json"));
	check(!exists("done", "01ARZ3NDEKTSV4RRFFQ69G0010", ".json"));
	check(exists("done", "01ARZ3NDEKTSV4RRFFQ69G0011", ".json"));
	free(id);
	spool_free(spool);
}

static void test_spool__says_how_to_make_one_that_is_missing(void)
{
	struct error err = ERROR_INIT;
	struct spool *spool;

	check_int(spool_open(&spool, "/nowhere/spool", &err), <, 0);
	check_int(err.kind, ==, ERROR_NOT_FOUND);
	check(strstr(err.message, "'/nowhere/spool'") != NULL);
	check_str(err.hint, "'git gitops init' makes it");
	error_release(&err);
}

int main(void)
{
	if (!mkdtemp(top))
		return 1;
	dir = xstrfmt("%s/gitops/spool", top);
	{
		char *parent = xstrfmt("%s/gitops", top);

		mkdir(parent, 0700);
		free(parent);
	}
	strbuf_init(&logged, 0);
	TEST(spool__a_job_goes_from_new_to_done);
	TEST(spool__a_failed_job_keeps_its_reason);
	TEST(spool__jobs_of_a_branch_run_in_order_one_at_a_time);
	TEST(spool__a_released_job_is_resumed_before_new_ones);
	TEST(spool__a_killed_worker_lets_go_and_the_waiting_one_is_told);
	TEST(spool__looking_does_not_wake_others);
	TEST(spool__many_workers_lose_and_double_nothing);
	TEST(spool__garbage_is_moved_away_with_a_reason);
	TEST(spool__an_end_that_was_recorded_is_not_run_again);
	TEST(spool__knows_whether_a_worker_lives);
	TEST(spool__files_have_the_permissions_of_the_directory);
	TEST(spool__keeps_a_bounded_number_of_ended_jobs);
	TEST(spool__says_how_to_make_one_that_is_missing);
	nftw(top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	strbuf_release(&logged);
	free(dir);
	return test_done();
}
