#include "test-tool.h"

#include "artifact/code.h"
#include "base/file.h"

/*
 * test-tool code zip <commit>|worktree <file://path>	the zip file, on stdout
 * test-tool code identify <commit>|worktree <file://path>
 * test-tool code mentions <template>			where code may be, a path per line
 * test-tool code ignored <ignore file>			the lines of stdin that it ignores
 */
static int open_snapshot(struct snapshot **snapshot, struct repo **repo, const char *what,
			 struct error *err)
{
	struct oid commit;

	if (repo_open(repo, NULL, err) < 0)
		return -1;
	if (str_eq(what, "worktree"))
		return snapshot_of_worktree(snapshot, *repo, err);
	if (repo_resolve(*repo, what, &commit, err) < 0)
		return -1;
	return snapshot_of_commit(snapshot, *repo, &commit, err);
}

static int show(const char *what, const char *where, const char *value)
{
	struct snapshot *snapshot = NULL;
	struct code_problem problem = { 0 };
	struct strbuf out = STRBUF_INIT;
	struct error err = ERROR_INIT;
	struct repo *repo = NULL;
	struct code *code = NULL;
	int rc = open_snapshot(&snapshot, &repo, where, &err);

	if (!rc)
		rc = code_find(&code, snapshot, value, &problem, &err);
	if (rc > 0)
		rc = str_eq(what, "zip") ? code_zip(code, &out, &err) :
					   code_identify(code, &out, &err);
	if (problem.rule)
		printf("%s: %s\nhint: %s\n", problem.rule, problem.message,
		       problem.hint ? problem.hint : "-");
	else if (!rc)
		fwrite(out.buf, 1, out.len, stdout);
	if (rc < 0)
		rc = error_report(&err);
	else
		rc = problem.rule != NULL;
	code_problem_release(&problem);
	strbuf_release(&out);
	code_free(code);
	snapshot_free(snapshot);
	repo_free(repo);
	return rc;
}

static void print_path(const char *path, size_t len, void *data UNUSED)
{
	printf("[%.*s]\n", (int)len, path);
}

static int ignored(const struct strbuf *text)
{
	struct code_ignore *ignore = code_ignore_parse(text->buf, text->len);
	char line[4096];

	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		if (code_ignored(ignore, line))
			puts(line);
	}
	code_ignore_free(ignore);
	return 0;
}

int tool_code(int argc, const char **argv)
{
	struct strbuf text = STRBUF_INIT;
	struct error err = ERROR_INIT;
	int rc = 0;

	if (argc == 4 && (str_eq(argv[1], "zip") || str_eq(argv[1], "identify")))
		return show(argv[1], argv[2], argv[3]);
	if (argc != 3) {
		fputs("usage: test-tool code (zip|identify) <commit> <value>\n"
		      "       test-tool code (mentions|ignored) <file>\n",
		      stderr);
		return 129;
	}
	if (file_read(argv[2], &text, &err) < 0)
		rc = error_report(&err);
	else if (str_eq(argv[1], "mentions"))
		code_mentions(text.buf, text.len, print_path, NULL);
	else
		rc = ignored(&text);
	strbuf_release(&text);
	return rc;
}
