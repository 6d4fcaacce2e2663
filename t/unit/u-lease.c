#include "base/base.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "spool/lease.h"
#include "spool/spool.h"
#include "tap.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/file.h>
#include <sys/stat.h>

#define ZEROS "0000000000000000000000000000000000000000"
#define ONES  "1111111111111111111111111111111111111111"

/*
 * Workers of one process, each with a spool of its own. Time passes when a
 * test says so. (A holder in this process is never killed.)
 */
static char top[] = "/tmp/u-lease-XXXXXX";
static char *dir;
static struct strbuf logged;
static int64_t now;

static int64_t read_now(void)
{
	return now;
}

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
	spool_set_lease(spool, 60);
	spool_set_lease_clock(spool, read_now);
	return spool;
}

static struct spool *fresh_spool(void)
{
	struct error err = ERROR_INIT;

	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	check_int(spool_create(dir, 0700, &err), ==, 1);
	strbuf_reset(&logged);
	now = 1000000;
	return open_spool();
}

static void put(struct spool *spool, const char *branch)
{
	struct error err = ERROR_INIT;
	struct job job = JOB_INIT;

	job.git_dir = xstrdup("/srv/x.git");
	job.ref = xstrfmt("refs/heads/%s", branch);
	job.old_commit = xstrdup(ZEROS);
	job.new_commit = xstrdup(ONES);
	job.actor = xstrdup("alice");
	if (spool_put(spool, &job, &err) < 0)
		BUG("%s", err.message);
	job_release(&job);
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

static void finish(struct spool *spool, struct claim *c)
{
	struct error err = ERROR_INIT;

	check_int(spool_finish(spool, c, NULL, &err), ==, 0);
	check_str(err.message, NULL);
	error_release(&err);
}

static size_t count(const char *sub, const char *suffix)
{
	char *path = xstrfmt("%s/%s", dir, sub);
	DIR *d = opendir(path);
	struct dirent *entry;
	size_t nr = 0;

	while (d && (entry = readdir(d)))
		nr += entry->d_name[0] != '.' && ends_with(entry->d_name, suffix);
	closedir(d);
	free(path);
	return nr;
}

static void test_lease__who_renews_keeps_his_jobs(void)
{
	struct spool *one = fresh_spool(), *two = open_spool();
	struct claim *c;
	int i;

	put(one, "main");
	c = claim(one);
	for (i = 0; i < 20; i++) {
		now += 20000;
		check(spool_keep_lease(one));
		check_ptr(claim(two), ==, NULL);
		check_int(spool_look_again(two), ==, 15000);
	}
	finish(one, c);
	check_ptr(claim(two), ==, NULL);
	check_int(spool_look_again(two), ==, -1);
	check_uint(count("run", ""), ==, 0);
	spool_free(one);
	spool_free(two);
	check_uint(count("leases", ""), ==, 0);
	check_str(logged.buf, "");
}

static void test_lease__who_stands_still_for_its_time_loses_it(void)
{
	struct spool *one = fresh_spool(), *two = open_spool();
	struct error err = ERROR_INIT;
	struct claim *mine, *c;

	put(one, "main");
	mine = claim(one);
	check_int(journal_append(mine->journal, "{\"a\":1}", 7, true, &err), ==, 0);
	check_uint(mine->generation, ==, 1);
	/* However long it was before it was seen first. */
	now += 600000;
	check_ptr(claim(two), ==, NULL);
	check(spool_has_suspect(two));
	now += 59999;
	check_ptr(claim(two), ==, NULL);
	now += 1;
	c = claim(two);
	if (!check_ptr(c, !=, NULL))
		return;
	check_uint(c->generation, ==, 2);
	check(c->resumed);
	check(strstr(logged.buf, "stands still for 1 min 0 s: its jobs are taken over") != NULL);
	/* What the first one still writes nobody reads. */
	check_int(journal_append(mine->journal, "{\"b\":1}", 7, true, &err), ==, 0);
	check(!spool_keep_lease(one));
	check_int(spool_check_lease(one, &err), <, 0);
	check_int(err.kind, ==, ERROR_CONFLICT);
	error_release(&err);
	check(strstr(logged.buf, "another worker took it away, and it was renewed last 11 min") !=
	      NULL);
	check_int(spool_finish(one, mine, NULL, &err), <, 0);
	error_release(&err);
	check_uint(count("run", ".json"), ==, 1);
	spool_free(one);
	finish(two, c);
	check_uint(count("done", ".json"), ==, 1);
	check_uint(count("run", ""), ==, 0);
	spool_free(two);
	check_uint(count("leases", ""), ==, 0);
}

static int find_b(const char *line, size_t len, void *data)
{
	*(bool *)data |= len == 7 && !memcmp(line, "{\"b\":1}", 7);
	return 0;
}

static void test_lease__a_late_line_is_not_in_the_journal_that_counts(void)
{
	struct spool *one = fresh_spool(), *two = open_spool();
	struct error err = ERROR_INIT;
	struct claim *mine, *c;
	bool found = false;

	put(one, "main");
	mine = claim(one);
	check_ptr(claim(two), ==, NULL);
	now += 60000;
	c = claim(two);
	check_int(journal_append(mine->journal, "{\"b\":1}", 7, true, &err), ==, 0);
	check_int(journal_each(c->journal, find_b, &found, &err), ==, 0);
	check(!found);
	check_int(journal_each(mine->journal, find_b, &found, &err), ==, 0);
	check(found);
	spool_release(one, mine);
	spool_release(two, c);
	spool_free(one);
	spool_free(two);
}

static void test_lease__workers_that_all_stand_still_are_as_good_as_none(void)
{
	struct spool *one = fresh_spool(), *two = open_spool(), *hook = open_spool();
	struct error err = ERROR_INIT;

	check_int(spool_enter(one, &err), ==, 0);
	check_int(spool_has_worker(hook, &err), ==, 1);
	check_ptr(claim(one), ==, NULL);
	now += 60000;
	check_int(spool_has_worker(hook, &err), ==, 1);
	now += 1;
	check_int(spool_has_worker(hook, &err), ==, 0);
	check_int(spool_enter(two, &err), ==, 0);
	check_ptr(claim(two), ==, NULL);
	check_int(spool_has_worker(hook, &err), ==, 1);
	spool_free(two);
	check_int(spool_has_worker(hook, &err), ==, 0);
	check(spool_keep_lease(one));
	check_int(spool_has_worker(hook, &err), ==, 1);
	spool_free(one);
	spool_free(hook);
}

static void test_lease__one_that_nobody_took_goes_on(void)
{
	struct spool *one = fresh_spool();
	struct claim *c;

	put(one, "main");
	c = claim(one);
	now += 3600000;
	check(spool_keep_lease(one));
	finish(one, c);
	spool_free(one);
}

static void test_lease__each_watcher_counts_from_what_he_saw_last(void)
{
	struct spool *one = fresh_spool(), *two = open_spool(), *three = open_spool();
	struct claim *mine, *c;

	put(one, "main");
	mine = claim(one);
	check_ptr(claim(two), ==, NULL);
	now += 30000;
	check(spool_keep_lease(one));
	check_ptr(claim(three), ==, NULL);
	now += 30000;
	check_ptr(claim(two), ==, NULL);
	now += 30000;
	/* Of two who watch, the one that saw it stand for all its time. */
	c = claim(three);
	check_ptr(c, !=, NULL);
	check_ptr(claim(two), ==, NULL);
	check(!spool_keep_lease(one));
	spool_release(one, mine);
	finish(three, c);
	spool_free(one);
	spool_free(two);
	spool_free(three);
}

static void test_lease__a_claim_that_is_let_go_of_keeps_counting(void)
{
	struct spool *one = fresh_spool(), *two = open_spool();
	struct claim *c;
	unsigned i;

	put(one, "main");
	for (i = 1; i < 8; i++) {
		struct spool *which = i % 2 ? one : two;

		c = claim(which);
		check_uint(c->generation, ==, i);
		spool_release(which, c);
	}
	/* Only the last two are kept. */
	check_uint(count("run", ".free"), ==, 2);
	c = claim(two);
	finish(two, c);
	check_uint(count("run", ""), ==, 0);
	spool_free(one);
	spool_free(two);
}

static void test_lease__targets_count_for_as_long_as_it_does(void)
{
	struct spool *one = fresh_spool(), *two = open_spool();
	struct error err = ERROR_INIT;

	check_int(spool_lock_target(one, "web", &err), ==, 1);
	check_int(spool_lock_target(two, "web", &err), ==, 0);
	check_int(spool_lock_target(two, "api", &err), ==, 1);
	now += 59999;
	check_int(spool_lock_target(two, "web", &err), ==, 0);
	/* Who watches must renew, too. */
	check(spool_keep_lease(two));
	now += 1;
	check_int(spool_lock_target(two, "web", &err), ==, 1);
	check_str(err.message, NULL);
	check(!spool_keep_lease(one));
	spool_free(one);
	spool_unlock_target(two, "web");
	one = open_spool();
	check_int(spool_lock_target(one, "web", &err), ==, 1);
	check_int(spool_lock_target(one, "api", &err), ==, 0);
	spool_free(two);
	check_int(spool_lock_target(one, "api", &err), ==, 1);
	spool_free(one);
	check_uint(count("leases", ""), ==, 0);
}

/* Stopped in the middle of a claim: the lock on claims is replaced. */
static void test_lease__a_claim_that_stands_still_keeps_nobody_from_claiming(void)
{
	struct spool *one = fresh_spool(), *two = open_spool();
	char *path = xstrfmt("%s/claim.lock", dir);
	struct claim *mine, *c;
	int fd;

	put(one, "main");
	put(one, "dev");
	mine = claim(one);
	/* As if it were in its next claim. */
	fd = open(path, O_RDWR | O_CLOEXEC);
	check_int(flock(fd, LOCK_EX | LOCK_NB), ==, 0);
	check_ptr(claim(two), ==, NULL);
	check_int(spool_look_again(two), ==, 250);
	now += 60000;
	c = claim(two);
	check_ptr(c, !=, NULL);
	check(strstr(logged.buf, "claim.lock': who held it stands still") != NULL);
	finish(two, c);
	c = claim(two);
	check_ptr(c, !=, NULL);
	finish(two, c);
	check(!spool_keep_lease(one));
	spool_release(one, mine);
	close(fd);
	free(path);
	spool_free(one);
	spool_free(two);
}

/* It can't be written: it is good for three quarters of its time, and not longer. */
static void test_lease__one_whose_directory_is_gone_is_lost(void)
{
	struct spool *one = fresh_spool();
	struct claim *c;

	put(one, "main");
	c = claim(one);
	{
		char *path = xstrfmt("%s/leases", dir);

		nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
		free(path);
	}
	now += 14999;
	check(spool_keep_lease(one));
	now += 1;
	check(!spool_keep_lease(one));
	spool_release(one, c);
	spool_free(one);
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
	TEST(lease__who_renews_keeps_his_jobs);
	TEST(lease__who_stands_still_for_its_time_loses_it);
	TEST(lease__a_late_line_is_not_in_the_journal_that_counts);
	TEST(lease__workers_that_all_stand_still_are_as_good_as_none);
	TEST(lease__one_that_nobody_took_goes_on);
	TEST(lease__each_watcher_counts_from_what_he_saw_last);
	TEST(lease__a_claim_that_is_let_go_of_keeps_counting);
	TEST(lease__targets_count_for_as_long_as_it_does);
	TEST(lease__a_claim_that_stands_still_keeps_nobody_from_claiming);
	TEST(lease__one_whose_directory_is_gone_is_lost);
	nftw(top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	strbuf_release(&logged);
	free(dir);
	return test_done();
}
