#include "test-tool.h"

#include "repo/snapshot.h"

/*
 * test-tool repo files <snapshot> [<dir>]	every file, as `git ls-tree -r`
 * test-tool repo cat <snapshot> <path>		the content
 * test-tool repo diff <snapshot> <snapshot>	as `git diff --raw --no-renames --abbrev=40`
 * test-tool repo ignored <snapshot> <path>...	those with -gitops
 * test-tool repo read-all <snapshot>		read all blobs, print number and bytes
 * test-tool repo ref <name>			what it holds
 * test-tool repo update-ref <name> <new> [<old>]
 * test-tool repo refs <prefix>
 * test-tool repo config <key>			all values
 * test-tool repo open				git directory and work tree
 *
 * <snapshot>: a revision, "index", "worktree" or "empty".
 */
static int open_snapshot(struct snapshot **s, struct repo *repo, const char *what,
			 struct error *err)
{
	struct oid oid;

	if (str_eq(what, "index"))
		return snapshot_of_index(s, repo, err);
	if (str_eq(what, "worktree"))
		return snapshot_of_worktree(s, repo, err);
	if (str_eq(what, "empty"))
		return snapshot_of_commit(s, repo, NULL, err);
	if (oid_parse(&oid, what))
		return snapshot_of_commit(s, repo, &oid, err);
	if (repo_resolve(repo, what, &oid, err) < 0)
		return -1;
	return snapshot_of_commit(s, repo, &oid, err);
}

static int print_file(const struct file_entry *entry, void *data UNUSED)
{
	char hex[OID_HEXSZ + 1];

	oid_hex(hex, &entry->oid);
	printf("%06o %s %s\t%s\n", entry->mode, entry->mode == 0160000 ? "commit" : "blob", hex,
	       entry->path);
	return 0;
}

static int print_change(const struct change *change, void *data UNUSED)
{
	char before[OID_HEXSZ + 1], after[OID_HEXSZ + 1];

	oid_hex(before, &change->before.oid);
	oid_hex(after, &change->after.oid);
	printf(":%06o %06o %s %s %c\t%s\n", change->before.mode, change->after.mode, before, after,
	       change->kind, change->before.path ? change->before.path : change->after.path);
	return 0;
}

struct reader {
	struct snapshot *snapshot;
	struct strbuf buf;
	struct error *err;
	size_t files, bytes;
	bool failed;
};

static int read_file(const struct file_entry *entry, void *data)
{
	struct reader *reader = data;

	strbuf_reset(&reader->buf);
	if (entry->mode == 0160000)
		return 0;
	if (snapshot_read(reader->snapshot, entry, 1 << 20, &reader->buf, reader->err) < 0) {
		reader->failed = true;
		return 1;
	}
	reader->files++;
	reader->bytes += reader->buf.len;
	return 0;
}

static int print_ref(const char *ref, const struct oid *oid, void *data UNUSED)
{
	char hex[OID_HEXSZ + 1];

	oid_hex(hex, oid);
	printf("%s %s\n", hex, ref);
	return 0;
}

static int with_ref(struct repo *repo, int argc, const char **argv, struct error *err)
{
	struct oid new_oid, old;
	bool delete = argc > 2 && !*argv[2];
	int rc;

	if (str_eq(argv[0], "refs"))
		return repo_ref_each(repo, argv[1], print_ref, NULL, err);
	if (str_eq(argv[0], "ref")) {
		rc = repo_ref_read(repo, argv[1], &new_oid, err);
		if (rc > 0)
			print_ref(argv[1], &new_oid, NULL);
		return rc;
	}
	if (argc < 3 || (!delete &&!oid_parse(&new_oid, argv[2])) ||
	    (argc > 3 && !oid_parse(&old, argv[3])))
		return error_set(err, ERROR_INVALID, "usage: update-ref <name> <new> [<old>]");
	return repo_ref_update(repo, argv[1], delete ? NULL : &new_oid, argc > 3 ? &old : NULL,
			       "test", err);
}

static int with_snapshot(struct repo *repo, int argc, const char **argv, struct error *err)
{
	struct reader reader = { .buf = STRBUF_INIT, .err = err };
	struct snapshot *s = NULL, *other = NULL;
	struct file_entry entry;
	int rc, i;

	rc = open_snapshot(&s, repo, argv[1], err);
	if (rc < 0)
		goto out;
	reader.snapshot = s;
	if (str_eq(argv[0], "files")) {
		rc = snapshot_each(s, argc > 2 ? argv[2] : "", print_file, NULL, err);
	} else if (str_eq(argv[0], "read-all")) {
		rc = snapshot_each(s, "", read_file, &reader, err);
		if (reader.failed)
			rc = -1;
		printf("%zu files, %zu bytes\n", reader.files, reader.bytes);
	} else if (str_eq(argv[0], "cat") && argc > 2) {
		rc = snapshot_get(s, argv[2], &entry, err);
		if (!rc)
			rc = error_set(err, ERROR_NOT_FOUND, "no file '%s'", argv[2]);
		if (rc > 0)
			rc = snapshot_read(s, &entry, 1 << 20, &reader.buf, err);
		fwrite(reader.buf.buf, 1, reader.buf.len, stdout);
	} else if (str_eq(argv[0], "diff") && argc > 2) {
		rc = open_snapshot(&other, repo, argv[2], err);
		if (!rc)
			rc = snapshot_diff(s, other, print_change, NULL, err);
	} else if (str_eq(argv[0], "ignored")) {
		for (i = 2; i < argc; i++)
			if (snapshot_path_ignored(s, argv[i]))
				puts(argv[i]);
	} else {
		rc = error_set(err, ERROR_INVALID, "see the comment in test-repo.c");
	}
out:
	snapshot_free(other);
	snapshot_free(s);
	strbuf_release(&reader.buf);
	return rc;
}

int tool_repo(int argc, const char **argv)
{
	struct error err = ERROR_INIT;
	struct repo *repo;
	int rc = 0;

	argc--;
	argv++;
	if (argc < 1)
		return 129;
	if (repo_open(&repo, NULL, &err) < 0)
		return error_report(&err);
	if (str_eq(argv[0], "open")) {
		printf("%s\n%s\n", repo_git_dir(repo),
		       repo_work_dir(repo) ? repo_work_dir(repo) : "-");
	} else if (argc < 2) {
		rc = error_set(&err, ERROR_INVALID, "see the comment in test-repo.c");
	} else if (str_eq(argv[0], "config")) {
		size_t nr, i;
		const char **v = repo_config_all(repo, argv[1], &nr);

		for (i = 0; i < nr; i++)
			puts(v[i]);
		free(v);
	} else if (strstr(argv[0], "ref")) {
		rc = with_ref(repo, argc, argv, &err);
	} else {
		rc = with_snapshot(repo, argc, argv, &err);
	}
	repo_free(repo);
	return rc < 0 ? error_report(&err) : 0;
}
