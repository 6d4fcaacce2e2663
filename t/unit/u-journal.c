#include "base/base.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "spool/journal.h"
#include "tap.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

static char path[] = "journal-XXXXXX";

static int collect(const char *line, size_t len, void *data)
{
	strbuf_add(data, line, len);
	strbuf_addch(data, '|');
	return 0;
}

static void check_lines(struct journal *j, const char *want)
{
	struct strbuf got = STRBUF_INIT;
	struct error err = ERROR_INIT;

	check_int(journal_each(j, collect, &got, &err), ==, 0);
	check_str(got.buf, want);
	strbuf_release(&got);
	error_release(&err);
}

static struct journal *reopen(struct journal *j)
{
	struct error err = ERROR_INIT;
	struct journal *again = NULL;

	journal_close(j);
	check_int(journal_open(&again, path, 0600, &err), ==, 0);
	check_str(err.message, NULL);
	error_release(&err);
	return again;
}

static void append(struct journal *j, const char *line)
{
	struct error err = ERROR_INIT;

	check_int(journal_append(j, line, strlen(line), true, &err), ==, 0);
	error_release(&err);
}

static void write_file(const char *data, size_t len)
{
	struct error err = ERROR_INIT;

	check_int(file_write_atomic(path, NULL, data, len, 0600, &err), ==, 0);
	error_release(&err);
}

static void test_journal__keeps_what_was_appended(void)
{
	struct journal *j;

	unlink(path);
	j = reopen(NULL);
	check(journal_empty(j));
	append(j, "{\"a\":1}");
	append(j, "{\"b\":2}");
	check_lines(j, "{\"a\":1}|{\"b\":2}|");
	j = reopen(j);
	check(!journal_empty(j));
	append(j, "c");
	check_lines(j, "{\"a\":1}|{\"b\":2}|c|");
	journal_close(j);
}

static void test_journal__cuts_a_torn_last_line(void)
{
	static const struct {
		const char *data;
		size_t len;
		const char *want;
	} rows[] = {
		{ "one\ntwo\nthr", 11, "one|two|x|" },
		{ "one", 3, "x|" },
		{ "one\n", 4, "one|x|" },
		{ "one\ntwo\n\0\0\0", 11, "one|two|x|" },
		{ "", 0, "x|" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct journal *j;

		test_context("row %zu", i);
		write_file(rows[i].data, rows[i].len);
		j = reopen(NULL);
		append(j, "x");
		check_lines(j, rows[i].want);
		journal_close(j);
	}
}

static void test_journal__cuts_a_long_torn_line(void)
{
	struct strbuf data = STRBUF_INIT;
	struct journal *j;

	strbuf_addstr(&data, "first\n");
	strbuf_addchars(&data, 'x', 20000);
	write_file(data.buf, data.len);
	j = reopen(NULL);
	check_lines(j, "first|");
	journal_close(j);
	strbuf_release(&data);
}

static void test_journal__a_failed_append_leaves_nothing_behind(void)
{
	struct rlimit old, limit;
	struct error err = ERROR_INIT;
	struct strbuf line = STRBUF_INIT;
	struct journal *j;

	unlink(path);
	j = reopen(NULL);
	append(j, "first");
	strbuf_addchars(&line, 'x', 5000);
	check_int(getrlimit(RLIMIT_FSIZE, &old), ==, 0);
	limit = old;
	limit.rlim_cur = 4096;
	signal(SIGXFSZ, SIG_IGN);
	check_int(setrlimit(RLIMIT_FSIZE, &limit), ==, 0);
	check_int(journal_append(j, line.buf, line.len, true, &err), <, 0);
	check_int(setrlimit(RLIMIT_FSIZE, &old), ==, 0);
	check(err.message && strstr(err.message, "cannot append to '"));
	append(j, "second");
	check_lines(j, "first|second|");
	journal_close(j);
	strbuf_release(&line);
	error_release(&err);
}

static void test_journal__lines_longer_than_a_chunk_come_whole(void)
{
	struct strbuf line = STRBUF_INIT, got = STRBUF_INIT;
	struct error err = ERROR_INIT;
	struct journal *j;

	unlink(path);
	j = reopen(NULL);
	strbuf_addchars(&line, 'y', 100000);
	append(j, line.buf);
	append(j, "end");
	check_int(journal_each(j, collect, &got, &err), ==, 0);
	check_uint(got.len, ==, 100000 + 1 + 4);
	journal_close(j);
	strbuf_release(&line);
	strbuf_release(&got);
}

static void test_journal__refuses_a_line_that_is_too_long(void)
{
	struct error err = ERROR_INIT;
	struct strbuf line = STRBUF_INIT;
	struct journal *j;

	unlink(path);
	j = reopen(NULL);
	strbuf_addchars(&line, 'z', JOURNAL_LINE_MAX + 1);
	check_int(journal_append(j, line.buf, line.len, false, &err), <, 0);
	check_int(err.kind, ==, ERROR_LIMIT);
	check(journal_empty(j));
	journal_close(j);
	strbuf_release(&line);
	error_release(&err);
}

static void test_journal__does_not_follow_a_link(void)
{
	struct error err = ERROR_INIT;
	struct journal *j;

	unlink(path);
	check_int(symlink("/tmp/elsewhere", path), ==, 0);
	check_int(journal_open(&j, path, 0600, &err), <, 0);
	check(err.message != NULL);
	unlink(path);
	error_release(&err);
}

static void test_journal__has_the_permissions_that_were_asked_for(void)
{
	struct error err = ERROR_INIT;
	struct journal *j;
	struct stat st;

	unlink(path);
	umask(077);
	check_int(journal_open(&j, path, 0660, &err), ==, 0);
	check_int(stat(path, &st), ==, 0);
	check_int(st.st_mode & 0777, ==, 0660);
	journal_close(j);
}

int main(void)
{
	int fd = mkstemp(path);

	if (fd < 0)
		return 1;
	close(fd);
	TEST(journal__keeps_what_was_appended);
	TEST(journal__cuts_a_torn_last_line);
	TEST(journal__cuts_a_long_torn_line);
	TEST(journal__a_failed_append_leaves_nothing_behind);
	TEST(journal__lines_longer_than_a_chunk_come_whole);
	TEST(journal__refuses_a_line_that_is_too_long);
	TEST(journal__does_not_follow_a_link);
	TEST(journal__has_the_permissions_that_were_asked_for);
	unlink(path);
	return test_done();
}
