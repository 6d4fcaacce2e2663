#include "base/base.h"
#include "artifact/ref-index.h"

#include "artifact/code.h"
#include "artifact/index-file.h"
#include "artifact/input.h"
#include "artifact/name.h"
#include "artifact/source.h"

static const char magic[] = "gitops-ref-index 2\n";

void ref_index_path(struct strbuf *out, const char *git_dir, const char *branch)
{
	index_file_path(out, git_dir, "ref-index", branch);
}

/* --- what changed */

void ref_changes_add(struct ref_changes *changes, const char *path, bool referable)
{
	struct strmap *all = &changes->all;
	const char *file;
	size_t len = strlen(path);

	if (referable)
		strmap_put(&changes->paths, path, changes);
	strmap_put(all, path, NULL);
	file = all->entries[all->nr - 1].key;
	strmap_put(all, path, (void *)(uintptr_t)file);
	while (len) {
		void **at;

		while (len && path[len - 1] != '/')
			len--;
		while (len && path[len - 1] == '/')
			len--;
		at = strmap_at(all, path, len);
		if (*at)
			break; /* and so are those above */
		*at = (void *)(uintptr_t)file;
	}
}

void ref_changes_release(struct ref_changes *changes)
{
	strmap_release(&changes->paths, NULL);
	strmap_release(&changes->all, NULL);
}

/* Whose references count: inputs, and definitions of functions. */
static bool is_user(const char *path, bool *code)
{
	struct artifact_name name;

	if (!artifact_name(path, &name))
		return false;
	*code = name.kind == KIND_LAMBDA && name.role == ROLE_DEFINITION;
	return *code || name.role == ROLE_INPUT;
}

/* --- looking */

struct lookup {
	struct snapshot *snapshot;
	const struct ref_changes *changes; /* NULL: all references, onto `lines` */
	struct index_lines lines;
	bool code_only; /* nothing that changed can be what an input refers to */
	size_t max_size;
	ref_user_fn *fn;
	void *data;
	struct strbuf text;
	const char *input; /* that is being read */
	struct error *err;
	int rc;
};

/* Before the path of code, which as no escape of ours begins. */
#define CODE_MARK "%/"

static void add_reference(struct lookup *l, const char *mark, const char *path)
{
	struct strbuf line = STRBUF_INIT;

	strbuf_addstr(&line, mark);
	index_add_escaped(&line, path);
	strbuf_addch(&line, '\t');
	index_add_escaped(&line, l->input);
	strbuf_addch(&line, '\n');
	index_lines_add(&l->lines, strbuf_detach(&line, NULL));
}

static int on_ref(const char *path, void *data)
{
	struct lookup *l = data;

	if (!l->changes)
		add_reference(l, "", path);
	else if (strmap_has(&l->changes->paths, path))
		return l->fn(l->input, path, l->data);
	return 0;
}

static void on_code(const char *path, size_t len, void *data)
{
	struct lookup *l = data;
	const char *changed;
	char *whole;

	if (!l->changes) {
		whole = xmemdupz(path, len);
		add_reference(l, CODE_MARK, whole);
		free(whole);
	} else if (!l->rc && (changed = strmap_getn(&l->changes->all, path, len))) {
		l->rc = l->fn(l->input, changed, l->data);
	}
}

/* Read one file and report what it refers to. What can't be understood is check's business. */
static int look_into(struct lookup *l, const struct file_entry *entry, bool code)
{
	struct error err = ERROR_INIT;

	if ((entry->mode & 0170000) != 0100000)
		return 0;
	strbuf_reset(&l->text);
	if (snapshot_read(l->snapshot, entry, l->max_size, &l->text, &err) < 0) {
		if (err.kind == ERROR_LIMIT) {
			error_release(&err);
			return 0;
		}
		error_move(l->err, &err);
		l->rc = -1;
		return -1;
	}
	l->input = entry->path;
	if (!code)
		return input_ref_paths(l->text.buf, l->text.len, on_ref, l);
	code_mentions(l->text.buf, l->text.len, on_code, l);
	return l->rc;
}

static int on_file(const struct file_entry *entry, void *data)
{
	struct lookup *l = data;
	bool code;

	if (!is_user(entry->path, &code) || (l->code_only && !code))
		return 0;
	return look_into(l, entry, code);
}

static int on_changed_input(const struct change *change, void *data)
{
	const char *path = change->after.path ? change->after.path : change->before.path;
	bool code;

	if (is_user(path, &code))
		strmap_put(data, path, (void *)(uintptr_t)change->kind);
	return 0;
}

/*
 * The users that differ between the commit of the index and `snapshot`:
 * what the index says of them is old. 0 when that can't be told.
 */
static int inputs_since(struct strmap *since, const struct index_file *index,
			struct snapshot *snapshot)
{
	struct snapshot *base = NULL;
	struct error err = ERROR_INIT;
	int known = 0;

	if (snapshot_of_commit(&base, snapshot_repo(snapshot), &index->commit, &err) >= 0 &&
	    snapshot_diff(base, snapshot, on_changed_input, since, &err) >= 0)
		known = 1;
	snapshot_free(base);
	error_release(&err); /* a commit that was pruned: then without an index */
	return known;
}

static int look_into_path(struct lookup *l, const char *path)
{
	struct file_entry entry;
	int rc = snapshot_get(l->snapshot, path, &entry, l->err);
	bool code;

	if (rc < 0)
		l->rc = -1;
	return rc > 0 && is_user(path, &code) ? look_into(l, &entry, code) : rc;
}

/* Lines of the index that are of `path`: "<mark><path>\t<user>"; `changed` is reported. */
static int users_in_index(struct lookup *l, const struct index_file *index,
			  const struct strmap *since, const char *mark, const char *path,
			  const char *changed)
{
	const char *end = index->end, *line;
	struct strbuf key = STRBUF_INIT, input = STRBUF_INIT;
	int rc = 0;

	strbuf_addstr(&key, mark);
	index_add_escaped(&key, path);
	strbuf_addch(&key, '\t');
	for (line = index_file_seek(index, key.buf, key.len); !rc && line < end;) {
		const char *nl = memchr(line, '\n', (size_t)(end - line));

		if ((size_t)(nl - line) < key.len || memcmp(line, key.buf, key.len) != 0)
			break;
		strbuf_reset(&input);
		index_add_unescaped(&input, line + key.len, (size_t)(nl - line) - key.len);
		if (!strmap_has(since, input.buf))
			rc = l->fn(input.buf, changed, l->data);
		line = nl + 1;
	}
	strbuf_release(&key);
	strbuf_release(&input);
	return rc;
}

static int code_users_in_index(struct lookup *l, const struct index_file *index,
			       const struct strmap *since)
{
	const char *first = index_file_seek(index, CODE_MARK, strlen(CODE_MARK));
	const struct strmap *all = &l->changes->all;
	size_t i;
	int rc = 0;

	/* no function has its code in this repository */
	if (first == index->end || !starts_with(first, CODE_MARK))
		return 0;
	for (i = 0; !rc && i < all->nr; i++)
		rc = users_in_index(l, index, since, CODE_MARK, all->entries[i].key,
				    all->entries[i].value);
	return rc;
}

/* Does the file look like what a reference may name, a JSON object? 1, 0, negative. */
static int looks_like_json(struct snapshot *snapshot, const char *path, size_t max,
			   struct error *err)
{
	static const char bom[] = "\xef\xbb\xbf";
	struct strbuf text = STRBUF_INIT;
	struct file_entry entry;
	const char *p;
	int rc = snapshot_get(snapshot, path, &entry, err);

	if (rc <= 0)
		return rc;
	/* what became a link or a submodule may have been a file before */
	if ((entry.mode & 0170000) != 0100000)
		return 0;
	rc = snapshot_read(snapshot, &entry, max, &text, err);
	if (rc < 0 && err->kind == ERROR_LIMIT) {
		error_release(err);
		rc = 0;
	}
	p = text.buf;
	if (starts_with(p, bom))
		p += strlen(bom);
	p += strspn(p, " \t\r\n");
	if (rc >= 0)
		rc = *p == '{';
	strbuf_release(&text);
	return rc;
}

/*
 * Without an index, all inputs must be read, unless nothing that changed can
 * be what one refers to. So few files are looked at to find that out.
 */
#define SNIFF_MAX 32

static int may_be_referenced(struct snapshot *before, struct snapshot *snapshot,
			     const struct strmap *changed, struct error *err)
{
	size_t max = source_max_size(snapshot, REF_MAX_SIZE_KEY, REF_MAX_SIZE), i;
	int rc = 0;

	if (changed->nr > SNIFF_MAX)
		return 1;
	for (i = 0; !rc && i < changed->nr; i++) {
		rc = looks_like_json(snapshot, changed->entries[i].key, max, err);
		if (!rc)
			rc = looks_like_json(before, changed->entries[i].key, max, err);
	}
	return rc;
}

int ref_users(struct snapshot *before, struct snapshot *snapshot, const char *index_path,
	      const struct ref_changes *changes, ref_user_fn *fn, void *data, struct error *err)
{
	const struct strmap *changed = &changes->paths;
	struct strmap since = STRMAP_INIT;
	struct index_file index = INDEX_FILE_INIT;
	struct lookup l = { .snapshot = snapshot,
			    .changes = changes,
			    .fn = fn,
			    .data = data,
			    .text = STRBUF_INIT,
			    .err = err };
	size_t i;
	int rc = 0;

	if (!changes->all.nr)
		return 0;
	l.max_size = source_max_size(snapshot, ARTIFACT_MAX_SIZE_KEY, ARTIFACT_MAX_SIZE);
	if (index_file_load(&index, index_path, magic) && inputs_since(&since, &index, snapshot)) {
		for (i = 0; !rc && i < changed->nr; i++)
			rc = users_in_index(&l, &index, &since, "", changed->entries[i].key,
					    changed->entries[i].key);
		if (!rc)
			rc = code_users_in_index(&l, &index, &since);
		for (i = 0; !rc && i < since.nr; i++)
			if ((uintptr_t)since.entries[i].value != CHANGE_DELETED)
				rc = look_into_path(&l, since.entries[i].key);
	} else {
		rc = may_be_referenced(before, snapshot, changed, err);
		l.code_only = !rc;
		if (rc < 0 || snapshot_each(snapshot, "", on_file, &l, err) < 0)
			l.rc = -1;
	}
	strmap_release(&since, NULL);
	index_file_release(&index);
	strbuf_release(&l.text);
	return l.rc < 0 ? -1 : 0;
}

/* --- writing ----------------------------------------------------------------- */

static void keep_lines(struct index_lines *lines, const struct index_file *index,
		       const struct strmap *since)
{
	const char *line = index->body, *end = index->end;
	struct strbuf input = STRBUF_INIT;

	while (line < end) {
		const char *nl = memchr(line, '\n', (size_t)(end - line));
		const char *tab = memchr(line, '\t', (size_t)(nl - line));

		strbuf_reset(&input);
		if (tab)
			index_add_unescaped(&input, tab + 1, (size_t)(nl - tab - 1));
		if (tab && !strmap_has(since, input.buf))
			index_lines_add(lines, xmemdupz(line, (size_t)(nl + 1 - line)));
		line = nl + 1;
	}
	strbuf_release(&input);
}

int ref_index_update(const char *path, struct snapshot *snapshot, struct error *err)
{
	struct strmap since = STRMAP_INIT;
	struct index_file index = INDEX_FILE_INIT;
	struct lookup l = { .snapshot = snapshot, .text = STRBUF_INIT, .err = err };
	struct oid commit;
	size_t i;
	int rc = 0;

	if (!snapshot_commit(snapshot, &commit))
		return error_set(err, ERROR_INVALID, "an index of references is made of a commit");
	l.max_size = source_max_size(snapshot, ARTIFACT_MAX_SIZE_KEY, ARTIFACT_MAX_SIZE);
	if (index_file_load(&index, path, magic) && oid_eq(&index.commit, &commit))
		goto out;
	if (index.text && inputs_since(&since, &index, snapshot)) {
		keep_lines(&l.lines, &index, &since);
		for (i = 0; l.rc >= 0 && i < since.nr; i++)
			if ((uintptr_t)since.entries[i].value != CHANGE_DELETED)
				look_into_path(&l, since.entries[i].key);
	} else if (snapshot_each(snapshot, "", on_file, &l, err) < 0) {
		l.rc = -1;
	}
	rc = l.rc < 0 ? -1 : index_file_write(path, magic, &commit, &l.lines, err);
out:
	index_lines_release(&l.lines);
	strmap_release(&since, NULL);
	index_file_release(&index);
	strbuf_release(&l.text);
	return rc;
}
