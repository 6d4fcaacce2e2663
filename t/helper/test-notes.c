#include "test-tool.h"

#include "base/digest.h"
#include "repo/notes.h"

/*
 * test-tool notes read <ref> <object>
 * test-tool notes append <ref> <line> <object>...	one commit
 * test-tool notes remove <ref> <object>...
 * test-tool notes heal <ref>
 * test-tool notes each <ref>				as `git notes list`
 * test-tool notes fill <ref> <n>			on n made-up objects, one commit
 * test-tool notes times <ref> <n> <object>		n commits, one append each
 */
static int append(const struct oid *object UNUSED, const char *old, size_t old_len,
		  struct strbuf *new_text, void *data, struct error *err UNUSED)
{
	strbuf_add(new_text, old, old_len);
	strbuf_addstr(new_text, data);
	strbuf_addch(new_text, '\n');
	return 0;
}

static int clear(const struct oid *object UNUSED, const char *old UNUSED, size_t old_len UNUSED,
		 struct strbuf *new_text UNUSED, void *data UNUSED, struct error *err UNUSED)
{
	return 0;
}

static int print(const struct oid *object, const struct oid *blob, void *data UNUSED)
{
	char hex[2][OID_HEXSZ + 1];

	oid_hex(hex[0], blob);
	oid_hex(hex[1], object);
	printf("%s %s\n", hex[0], hex[1]);
	return 0;
}

static int fill(struct repo *repo, const char *ref, size_t nr, struct error *err)
{
	struct oid *objects = xcalloc(nr, sizeof(*objects));
	static char line[] = "filled";
	size_t i;
	int rc;

	for (i = 0; i < nr; i++) {
		unsigned char digest[SHA256_SIZE];

		sha256(digest, &i, sizeof(i));
		memcpy(&objects[i], digest, sizeof(*objects));
	}
	rc = notes_update(repo, ref, objects, nr, append, line, "fill", err);
	free(objects);
	return rc;
}

static int run(struct repo *repo, int argc, const char **argv, struct error *err)
{
	const char *what = argv[0], *ref = argv[1];
	struct oid *objects = NULL;
	struct strbuf text = STRBUF_INIT;
	size_t nr = 0;
	uint64_t n;
	int rc = 0, i;

	if (str_eq(what, "heal"))
		return notes_heal(repo, ref, err);
	if (str_eq(what, "each"))
		return notes_each(repo, ref, print, NULL, err);
	if (str_eq(what, "fill") && argc > 2 && parse_uint(argv[2], 1, 10000000, &n))
		return fill(repo, ref, n, err);
	objects = xcalloc((size_t)argc, sizeof(*objects));
	i = str_eq(what, "append") || str_eq(what, "times") ? 3 : 2;
	for (; i < argc; i++)
		if (!oid_parse(&objects[nr++], argv[i]))
			rc = error_set(err, ERROR_INVALID, "'%s' is no object id", argv[i]);
	if (!nr)
		rc = error_set(err, ERROR_INVALID, "see the comment in test-notes.c");
	if (rc) {
		;
	} else if (str_eq(what, "read")) {
		rc = notes_read(repo, ref, &objects[0], &text, err);
		fputs(text.buf, stdout);
		if (!rc)
			rc = error_set(err, ERROR_NOT_FOUND, "no note for '%s'", argv[2]);
	} else if (str_eq(what, "append")) {
		char *line = xstrdup(argv[2]);

		rc = notes_update(repo, ref, objects, nr, append, line, "append", err);
		free(line);
	} else if (str_eq(what, "times") && parse_uint(argv[2], 1, 100000, &n)) {
		for (; !rc && n; n--) {
			char *line = xstrfmt("line %" PRIu64, n);

			rc = notes_update(repo, ref, objects, nr, append, line, "append", err);
			free(line);
		}
	} else if (str_eq(what, "remove")) {
		rc = notes_update(repo, ref, objects, nr, clear, NULL, "remove", err);
	} else {
		rc = error_set(err, ERROR_INVALID, "see the comment in test-notes.c");
	}
	strbuf_release(&text);
	free(objects);
	return rc;
}

int tool_notes(int argc, const char **argv)
{
	struct error err = ERROR_INIT;
	struct repo *repo;
	int rc;

	if (argc < 3)
		return 129;
	if (repo_open(&repo, NULL, &err) < 0)
		return error_report(&err);
	rc = run(repo, argc - 1, argv + 1, &err);
	repo_free(repo);
	return rc < 0 ? error_report(&err) : 0;
}
