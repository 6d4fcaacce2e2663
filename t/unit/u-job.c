#include "base/base.h"
#include "base/strbuf.h"
#include "spool/spool.h"
#include "tap.h"

#define ID   "01ARZ3NDEKTSV4RRFFQ69G5FAV"
#define HEX  "0123456789abcdef0123456789abcdef01234567"
#define TIME "2026-11-21T02:03:04.567Z"

static void test_job__is_read_back_as_written(void)
{
	struct job job = JOB_INIT, back = JOB_INIT;
	struct strbuf text = STRBUF_INIT;
	struct error err = ERROR_INIT;

	job.id = xstrdup(ID);
	job.git_dir = xstrdup("/srv/git/a \"b\".git");
	job.ref = xstrdup("refs/heads/release/1 \xc3\xa9");
	job.old_commit = xstrdup(HEX);
	job.new_commit = xstrdup(HEX);
	job.actor = xstrdup("alice@example.com");
	job.created_at = 1795226584567;
	job.force = true;
	job.deploy = true;
	job_write(&text, &job);
	check_int(job_parse(&back, text.buf, text.len, &err), ==, 0);
	check_str(err.message, NULL);
	check_str(back.id, job.id);
	check_str(back.git_dir, job.git_dir);
	check_str(back.ref, job.ref);
	check_str(back.branch, "release/1 \xc3\xa9");
	check_str(back.old_commit, HEX);
	check_str(back.new_commit, HEX);
	check_str(back.actor, job.actor);
	check_int(back.created_at, ==, job.created_at);
	check(back.force && back.deploy && !back.dry_run);
	job_release(&job);
	job_release(&back);
	strbuf_release(&text);
}

/* A good job with one member replaced. */
static char *job_with(const char *name, const char *value)
{
	static const char *const members[][2] = {
		{ "version", "1" },
		{ "id", "\"" ID "\"" },
		{ "createdAt", "\"" TIME "\"" },
		{ "gitDir", "\"/srv/x.git\"" },
		{ "ref", "\"refs/heads/main\"" },
		{ "oldCommit", "\"" HEX "\"" },
		{ "newCommit", "\"" HEX "\"" },
		{ "actor", "\"alice\"" },
	};
	struct strbuf out = STRBUF_INIT;
	size_t i;

	strbuf_addch(&out, '{');
	for (i = 0; i < ARRAY_SIZE(members); i++) {
		bool ours = str_eq(members[i][0], name);

		if (ours && !value)
			continue;
		strbuf_addf(&out, "%s\"%s\":%s", out.len > 1 ? "," : "", members[i][0],
			    ours ? value : members[i][1]);
	}
	strbuf_addch(&out, '}');
	return strbuf_detach(&out, NULL);
}

static void test_job__what_is_wrong_is_named(void)
{
	static const struct {
		const char *name, *value, *message;
	} rows[] = {
		{ "version", "2", "version is not 1" },
		{ "version", NULL, "version is not 1" },
		{ "id", NULL, "member 'id' is missing" },
		{ "id", "\"../../x\"", "'../../x' is no job id" },
		{ "id", "7", "member 'id' is no text" },
		{ "createdAt", "\"now\"", "member 'createdAt' is no time" },
		{ "gitDir", "\"x.git\"", "'x.git' is no absolute path" },
		{ "gitDir", "\"\"", "member 'gitDir' is no text" },
		{ "ref", "\"refs/tags/v1\"", "'refs/tags/v1' is no branch" },
		{ "ref", "\"refs/heads/\"", "'refs/heads/' is no branch" },
		{ "ref", "\"refs/heads/a\\u0000b\"", "member 'ref' is not printable" },
		{ "actor", "\"a\\nb\"", "member 'actor' is not printable" },
		{ "actor", "\"\\u001b[31m\"", "member 'actor' is not printable" },
		{ "newCommit", "\"main\"", "member 'newCommit' is no object name" },
		{ "newCommit", "\"0123\"", "member 'newCommit' is no object name" },
		{ "oldCommit", "null", "member 'oldCommit' is no text" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		char *text = job_with(rows[i].name, rows[i].value);
		struct error err = ERROR_INIT;
		struct job job;

		test_context("%s: %s", rows[i].name, rows[i].value ? rows[i].value : "left out");
		check_int(job_parse(&job, text, strlen(text), &err), <, 0);
		check_str(err.message, rows[i].message);
		check_ptr(job.id, ==, NULL);
		error_release(&err);
		free(text);
	}
}

static void test_job__text_that_is_no_job_is_refused(void)
{
	static const char *const texts[] = {
		"", "null", "[]", "{}", "{", "\"x\"", "{\"version\":1}", "[[[[[[[[[[[[[[[[[[[[[[[[",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		struct error err = ERROR_INIT;
		struct job job;

		test_context("%s", texts[i]);
		check_int(job_parse(&job, texts[i], strlen(texts[i]), &err), <, 0);
		check(err.message != NULL);
		error_release(&err);
	}
}

static void test_job__members_of_later_versions_are_skipped(void)
{
	char *text = job_with("actor", "\"bob\",\"later\":{\"x\":[1,2]},\"force\":true");
	struct error err = ERROR_INIT;
	struct job job;

	check_int(job_parse(&job, text, strlen(text), &err), ==, 0);
	check_str(job.actor, "bob");
	check(job.force);
	job_release(&job);
	free(text);
}

int main(void)
{
	TEST(job__is_read_back_as_written);
	TEST(job__what_is_wrong_is_named);
	TEST(job__text_that_is_no_job_is_refused);
	TEST(job__members_of_later_versions_are_skipped);
	return test_done();
}
