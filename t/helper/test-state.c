#include "test-tool.h"

#include "base/clock.h"
#include "state/store.h"

/*
 * test-tool state id			a new one
 * test-tool state put			records on stdin, one a line, all in one call
 * test-tool state find [<options>] [<prefix>...]	as JSON lines
 * test-tool state live			all live refs, decoded
 * test-tool state live <branch> <kind> <prefix> [<commit>]	"" deletes
 * test-tool state live-many <n> <commit>	of made-up objects
 * test-tool state processed <branch> [<commit>]
 */
static int put(struct store *store, struct error *err)
{
	struct record_list list = RECORD_LIST_INIT;
	const struct record **records;
	struct strbuf in = STRBUF_INIT;
	char *line, *end;
	size_t i;
	int rc = 0;

	if (strbuf_read(&in, 0) < 0)
		return error_errno(err, "cannot read stdin");
	for (line = in.buf; !rc && *line; line = end + 1) {
		end = strchrnul(line, '\n');
		ALLOC_GROW(list.v, list.nr + 1, list.alloc);
		rc = record_parse(&list.v[list.nr], line, (size_t)(end - line), err);
		list.nr += !rc;
		if (!*end)
			break;
	}
	records = xcalloc(list.nr + 1, sizeof(*records));
	for (i = 0; i < list.nr; i++)
		records[i] = &list.v[i];
	if (!rc)
		rc = store_put(store, records, list.nr, err);
	free(records);
	record_list_release(&list);
	strbuf_release(&in);
	return rc;
}

static int find(struct store *store, int argc, const char **argv, struct error *err)
{
	static const char *const usage[] = { "test-tool state find [<options>] [<prefix>...]",
					     NULL };
	struct record_list list = RECORD_LIST_INIT;
	struct record_query query = { 0 };
	int latest = 0, well = 0, rc;
	uint64_t limit = 0;
	size_t i;
	const struct option options[] = {
		OPT_STRING('c', NULL, &query.commit, "commit", "of this commit"),
		OPT_STRING('i', NULL, &query.id, "id", "with this id"),
		OPT_STRING('b', NULL, &query.branch, "branch", "of this branch"),
		OPT_UINT('n', NULL, &limit, "n", "at most so many"),
		OPT_BOOL(0, "latest", &latest, "the newest of each object"),
		OPT_BOOL(0, "well", &well, "those that went well"),
		OPT_END(),
	};

	argc = parse_options(argc, argv, options, usage);
	query.limit = limit;
	query.latest = latest;
	query.finished_well = well;
	query.prefixes = argv;
	query.prefixes_nr = (size_t)argc;
	rc = store_find(store, &query, &list, err);
	for (i = 0; i < list.nr; i++) {
		struct strbuf line = STRBUF_INIT;

		record_write(&line, &list.v[i]);
		puts(line.buf);
		strbuf_release(&line);
	}
	if (list.skipped)
		printf("skipped %zu\n", list.skipped);
	record_list_release(&list);
	return rc;
}

static int print_live(const char *branch, enum artifact_kind kind, const char *prefix,
		      const struct oid *commit, void *data UNUSED)
{
	char hex[OID_HEXSZ + 1];

	oid_hex(hex, commit);
	printf("%s %s %s %s\n", hex, branch, artifact_kind_name(kind), prefix);
	return 0;
}

static int live(struct repo *repo, int argc, const char **argv, struct error *err)
{
	enum artifact_kind kind;
	char hex[OID_HEXSZ + 1];
	struct oid oid;
	int rc;

	if (argc < 4)
		return live_each(repo, print_live, NULL, err);
	kind = str_eq(argv[2], "lambda") ? KIND_LAMBDA : KIND_ECS;
	if (argc > 4 && *argv[4] && !oid_parse(&oid, argv[4]))
		return error_set(err, ERROR_INVALID, "'%s' is no object id", argv[4]);
	if (argc > 4)
		return live_update(repo, argv[1], kind, argv[3], *argv[4] ? &oid : NULL, err);
	rc = live_read(repo, argv[1], kind, argv[3], &oid, err);
	if (rc > 0) {
		oid_hex(hex, &oid);
		puts(hex);
	}
	return rc;
}

static int live_many(struct repo *repo, int argc, const char **argv, struct error *err)
{
	struct live_change *changes;
	struct oid oid;
	uint64_t n, i;
	int rc;

	if (argc < 3 || !parse_uint(argv[1], 1, 1000000, &n) || !oid_parse(&oid, argv[2]))
		return error_set(err, ERROR_INVALID, "usage: live-many <n> <commit>");
	changes = xcalloc(n, sizeof(*changes));
	for (i = 0; i < n; i++) {
		changes[i].prefix = xstrfmt("team-%" PRIu64 "/svc-%" PRIu64 "/svc", i % 100, i);
		changes[i].commit = &oid;
	}
	rc = live_update_all(repo, "main", changes, n, err);
	for (i = 0; i < n; i++)
		free((char *)(uintptr_t)changes[i].prefix);
	free(changes);
	return rc;
}

static int processed(struct repo *repo, int argc, const char **argv, struct error *err)
{
	char hex[OID_HEXSZ + 1];
	struct oid oid;
	int rc;

	if (argc > 2 && !oid_parse(&oid, argv[2]))
		return error_set(err, ERROR_INVALID, "'%s' is no object id", argv[2]);
	if (argc > 2)
		return processed_update(repo, argv[1], &oid, NULL, err);
	rc = processed_read(repo, argv[1], &oid, err);
	if (rc > 0) {
		oid_hex(hex, &oid);
		puts(hex);
	}
	return rc;
}

static void print_id(void)
{
	struct record r;

	record_init(&r);
	record_new_id(&r, clock_wall_ms(clock_system()));
	puts(r.id);
	record_release(&r);
}

int tool_state(int argc, const char **argv)
{
	struct error err = ERROR_INIT;
	struct store *store = NULL;
	struct repo *repo = NULL;
	int rc;

	argc--;
	argv++;
	if (argc < 1)
		return 129;
	rc = repo_open(&repo, NULL, &err);
	if (!rc)
		rc = store_open_notes(&store, repo, &err);
	if (rc < 0)
		;
	else if (str_eq(argv[0], "id"))
		print_id();
	else if (str_eq(argv[0], "put"))
		rc = put(store, &err);
	else if (str_eq(argv[0], "find"))
		rc = find(store, argc, argv, &err);
	else if (str_eq(argv[0], "live-many"))
		rc = live_many(repo, argc, argv, &err);
	else if (str_eq(argv[0], "live"))
		rc = live(repo, argc, argv, &err);
	else if (str_eq(argv[0], "processed") && argc > 1)
		rc = processed(repo, argc, argv, &err);
	else
		rc = error_set(&err, ERROR_INVALID, "see the comment in test-state.c");
	store_free(store);
	repo_free(repo);
	return rc < 0 ? error_report(&err) : 0;
}
