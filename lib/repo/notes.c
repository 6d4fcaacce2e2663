#include "repo/notes-internal.h"

#include <sys/utsname.h>

#include "base/clock.h"

/* One state of a notes ref. */
struct state {
	struct oid commit; /* null: there is no such ref */
	struct oid tree;
};

static int commit_tree(struct repo *repo, struct state *state, const char *ref, struct error *err)
{
	git_commit *commit;
	int rc;

	git_error_clear();
	rc = git_commit_lookup(&commit, repo->git, to_git(&state->commit));
	if (rc < 0) {
		repo_error(err, rc, "the ref '%s' holds no notes", ref);
		error_hint(err, "a ref for notes points to a commit");
		return -1;
	}
	from_git(&state->tree, git_commit_tree_id(commit));
	git_commit_free(commit);
	return 0;
}

static int read_state(struct repo *repo, const char *ref, struct state *state, struct error *err)
{
	int rc;

	memset(state, 0, sizeof(*state));
	rc = repo_ref_read(repo, ref, &state->commit, err);
	if (rc <= 0)
		return rc;
	return commit_tree(repo, state, ref, err);
}

/* Notes for one object at several levels of the tree are one text, the deepest first, as in git. */
static int read_note(struct repo *repo, const struct oid *tree, const struct oid *object,
		     struct strbuf *out, struct error *err)
{
	struct oid blobs[NOTES_MAX_DEPTH + 1];
	size_t start = out->len, nr, i;

	if (note_find(repo, tree, object, blobs, &nr, err) < 0)
		return -1;
	for (i = nr; i; i--) {
		git_odb_object *blob;

		if (object_read(&blob, repo, &blobs[i - 1], GIT_OBJECT_BLOB, err) < 0)
			return -1;
		if (out->len > start) {
			if (out->buf[out->len - 1] != '\n')
				strbuf_addch(out, '\n');
			strbuf_addch(out, '\n');
		}
		if (git_odb_object_size(blob) > NOTE_MAX_BYTES ||
		    out->len - start > NOTE_MAX_BYTES) {
			git_odb_object_free(blob);
			return error_set(err, ERROR_LIMIT, "a note has more than %u bytes",
					 NOTE_MAX_BYTES);
		}
		strbuf_add(out, git_odb_object_data(blob), git_odb_object_size(blob));
		git_odb_object_free(blob);
	}
	return nr > 0;
}

int notes_read(struct repo *repo, const char *ref, const struct oid *object, struct strbuf *out,
	       struct error *err)
{
	struct state state;
	int rc;

	if (read_state(repo, ref, &state, err) < 0)
		return -1;
	rc = read_note(repo, &state.tree, object, out, err);
	if (rc < 0)
		error_prefix(err, "cannot read the notes '%s'", ref);
	return rc;
}

int notes_each(struct repo *repo, const char *ref, notes_fn *fn, void *data, struct error *err)
{
	struct state state;

	if (read_state(repo, ref, &state, err) < 0)
		return -1;
	if (notes_tree_each(repo, &state.tree, fn, data, err) < 0)
		return error_prefix(err, "cannot read the notes '%s'", ref);
	return 0;
}

struct recent {
	notes_recent_fn *fn;
	void *data;
	int64_t written_ms;
	bool ended;
};

static int recent_change(const struct change *change, void *data)
{
	const char *path = change->before.path ? change->before.path : change->after.path;
	struct recent *recent = data;
	struct oid object;

	if (note_path_object(path, &object) &&
	    recent->fn(&object, recent->written_ms, recent->data))
		recent->ended = true;
	return recent->ended;
}

int notes_recent(struct repo *repo, const char *ref, notes_recent_fn *fn, void *data,
		 struct error *err)
{
	struct recent recent = { .fn = fn, .data = data };
	git_commit *commit = NULL, *parent = NULL;
	struct oid tree, before;
	struct state state;
	int rc;

	if (read_state(repo, ref, &state, err) < 0)
		return -1;
	if (oid_is_null(&state.commit))
		return 0;
	git_error_clear();
	rc = git_commit_lookup(&commit, repo->git, to_git(&state.commit));
	while (!rc && !recent.ended) {
		memset(&before, 0, sizeof(before));
		rc = git_commit_parent(&parent, commit, 0);
		if (!rc)
			from_git(&before, git_commit_tree_id(parent));
		else if (rc != GIT_ENOTFOUND)
			break;
		from_git(&tree, git_commit_tree_id(commit));
		recent.written_ms = git_commit_time(commit) * (int64_t)1000;
		git_commit_free(commit);
		commit = parent;
		parent = NULL;
		if (tree_diff(repo, &before, &tree, NULL, recent_change, &recent, err) < 0) {
			git_commit_free(commit);
			return error_prefix(err, "cannot read the notes '%s'", ref);
		}
		if (rc == GIT_ENOTFOUND)
			break;
	}
	git_commit_free(commit);
	if (rc < 0 && rc != GIT_ENOTFOUND)
		return repo_error(err, rc, "cannot read the history of the notes '%s'", ref);
	git_error_clear();
	return 0;
}

static int write_blob(struct repo *repo, const struct strbuf *text, struct oid *out,
		      struct error *err)
{
	git_oid id;
	int rc;

	memset(out, 0, sizeof(*out));
	if (!text->len)
		return 0;
	git_error_clear();
	rc = git_odb_write(&id, repo->odb, text->buf, text->len, GIT_OBJECT_BLOB);
	if (rc < 0)
		return repo_error(err, rc, "cannot write a note");
	from_git(out, &id);
	return 0;
}

/* Lines of `more` that are not in `text` yet go behind it. */
static void add_lines(struct strbuf *text, const struct strbuf *more)
{
	struct strmap seen = STRMAP_INIT;
	const char *s, *end;
	static char there;

	for (s = text->buf; *s; s = *end ? end + 1 : end) {
		end = s + strcspn(s, "\n");
		strmap_putn(&seen, s, (size_t)(end - s), &there);
	}
	if (text->len && text->buf[text->len - 1] != '\n')
		strbuf_addch(text, '\n');
	for (s = more->buf; *s; s = *end ? end + 1 : end) {
		end = s + strcspn(s, "\n");
		if (!strmap_getn(&seen, s, (size_t)(end - s))) {
			strbuf_add(text, s, (size_t)(end - s));
			strbuf_addch(text, '\n');
		}
	}
	strmap_release(&seen, NULL);
}

struct oid_list {
	struct oid *v;
	size_t nr, alloc;
};

static int by_oid(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct oid));
}

static void oid_list_sort(struct oid_list *list)
{
	size_t i, nr = 0;

	if (list->nr)
		qsort(list->v, list->nr, sizeof(*list->v), by_oid);
	for (i = 0; i < list->nr; i++)
		if (!nr || !oid_eq(&list->v[nr - 1], &list->v[i]))
			list->v[nr++] = list->v[i];
	list->nr = nr;
}

static int add_noted(const struct change *change, void *data)
{
	const char *path = change->before.path ? change->before.path : change->after.path;
	struct oid_list *list = data;
	struct oid object;

	if (note_path_object(path, &object)) {
		ALLOC_GROW(list->v, list->nr + 1, list->alloc);
		list->v[list->nr++] = object;
	}
	return 0;
}

/* What others did since our last commit, as the messages of `git notes` tell. */
struct foreign {
	bool removed, appended;
};

static int look_at_commits(struct repo *repo, const struct state *ours, const struct state *now,
			   struct foreign *foreign, struct error *err)
{
	git_revwalk *walk = NULL;
	git_oid id;
	int rc;

	memset(foreign, 0, sizeof(*foreign));
	git_error_clear();
	rc = git_revwalk_new(&walk, repo->git);
	if (!rc)
		rc = git_revwalk_push(walk, to_git(&now->commit));
	if (!rc)
		rc = git_revwalk_hide(walk, to_git(&ours->commit));
	while (!rc && !(rc = git_revwalk_next(&id, walk))) {
		git_commit *commit;
		const char *message;

		rc = git_commit_lookup(&commit, repo->git, &id);
		if (rc < 0)
			break;
		message = git_commit_message_raw(commit);
		foreign->removed |= starts_with(message, "Notes removed by");
		foreign->appended |= starts_with(message, "Notes added by 'git notes append'");
		git_commit_free(commit);
	}
	git_revwalk_free(walk);
	if (rc != GIT_ITEROVER)
		return repo_error(err, rc, "cannot read the history of the notes");
	return 0;
}

/* How many of our commits are searched for an earlier text of a note. */
#define EARLIER_COMMITS 200

/* Did one of our recent commits say `text` about the object? 1, 0, negative. */
static int said_before(struct repo *repo, const struct state *ours, const struct oid *object,
		       const struct strbuf *text, struct error *err)
{
	struct strbuf then = STRBUF_INIT;
	git_commit *commit = NULL, *parent = NULL;
	unsigned i;
	int rc;

	git_error_clear();
	rc = git_commit_lookup(&commit, repo->git, to_git(&ours->commit));
	for (i = 0; !rc && i < EARLIER_COMMITS; i++) {
		struct oid tree;

		rc = git_commit_parent(&parent, commit, 0);
		if (rc < 0)
			break;
		git_commit_free(commit);
		commit = parent;
		from_git(&tree, git_commit_tree_id(commit));
		strbuf_reset(&then);
		rc = read_note(repo, &tree, object, &then, err);
		if (rc > 0)
			rc = str_eq(then.buf, text->buf);
	}
	if (rc == GIT_ENOTFOUND)
		rc = 0;
	else if (rc < 0 && !err->message)
		repo_error(err, rc, "cannot read the history of the notes");
	git_commit_free(commit);
	strbuf_release(&then);
	return rc;
}

/* What becomes of a note that differs between our last commit and now. 1 with an edit. */
static int merge_note(struct repo *repo, const struct oid *object, const struct state *ours,
		      const struct state *now, const struct foreign *foreign,
		      struct note_edit *edit, struct error *err)
{
	struct strbuf o = STRBUF_INIT, n = STRBUF_INIT;
	int had, has, rc = 0;

	edit->object = *object;
	had = read_note(repo, &ours->tree, object, &o, err);
	has = had < 0 ? -1 : read_note(repo, &now->tree, object, &n, err);
	if (has < 0)
		rc = -1;
	else if (!had || str_eq(o.buf, n.buf))
		rc = 0; /* the layout only, or theirs */
	else if (!has)
		rc = !foreign->removed;
	else if (foreign->appended) {
		add_lines(&n, &o);
		strbuf_reset(&o);
		strbuf_addbuf(&o, &n);
		rc = 1;
	} else {
		rc = said_before(repo, ours, object, &n, err);
	}
	if (rc > 0 && write_blob(repo, &o, &edit->blob, err) < 0)
		rc = -1;
	strbuf_release(&o);
	strbuf_release(&n);
	return rc;
}

static int merge(struct repo *repo, const struct state *ours, const struct state *now,
		 struct oid *tree, struct error *err)
{
	struct oid_list touched = { 0 };
	struct note_edit *edits = NULL;
	struct foreign foreign;
	size_t i, nr = 0;
	int rc;

	rc = look_at_commits(repo, ours, now, &foreign, err);
	if (!rc)
		rc = tree_diff(repo, &ours->tree, &now->tree, NULL, add_noted, &touched, err);
	oid_list_sort(&touched);
	edits = xcalloc(touched.nr + 1, sizeof(*edits));
	for (i = 0; rc >= 0 && i < touched.nr; i++) {
		memset(&edits[nr], 0, sizeof(*edits));
		rc = merge_note(repo, &touched.v[i], ours, now, &foreign, &edits[nr], err);
		nr += rc > 0;
	}
	if (rc >= 0)
		rc = notes_tree_edit(repo, &now->tree, 0, edits, nr, tree, err);
	free(edits);
	free(touched.v);
	return rc;
}

/* refs/notes/gitops/records: refs/gitops/notes/gitops/records. */
static char *written_ref(const char *ref)
{
	const char *rest = ref;

	skip_prefix(ref, "refs/", &rest);
	return xstrfmt("refs/gitops/%s", rest);
}

/*
 * `git notes add` reads the notes, takes its time (an editor), makes a commit
 * on top of whatever the ref is by then, and sets the ref without looking
 * again. What was written meanwhile is missing, and our last commit may be an
 * ancestor or not. So when others wrote, compare what we left with what is
 * there: a note that is gone comes back unless they removed some, a note with
 * an earlier text of ours gets the later one. `tree` becomes the result, and
 * `ours` our last commit when it is to be a parent of the next.
 *
 * Going back to an ancestor of our commit was somebody's intention, so was
 * deleting the ref.
 */
static int bring_back(struct repo *repo, const char *ref, const struct state *now,
		      struct oid *written_now, struct oid *tree, struct oid *ours,
		      struct error *err)
{
	char *written = written_ref(ref);
	struct state mine = { 0 };
	int rc, on_top;

	memset(ours, 0, sizeof(*ours));
	memset(written_now, 0, sizeof(*written_now));
	*tree = now->tree;
	rc = repo_ref_read(repo, written, &mine.commit, err);
	*written_now = mine.commit;
	if (rc <= 0 || oid_is_null(&now->commit) || oid_eq(&now->commit, &mine.commit))
		goto out;
	on_top = rc = repo_is_ancestor(repo, &mine.commit, &now->commit, err);
	if (!rc)
		rc = repo_is_ancestor(repo, &now->commit, &mine.commit, err);
	if (rc < 0 || (rc && !on_top))
		goto out;
	rc = commit_tree(repo, &mine, written, err);
	if (!rc)
		rc = merge(repo, &mine, now, tree, err);
	if (!rc && !on_top)
		*ours = mine.commit;
out:
	free(written);
	return rc < 0 ? -1 : 0;
}

/* Who writes notes: the server's own user.name, or the program. */
static int signature(git_signature **sig, struct repo *repo, struct error *err)
{
	const char *name = repo_config_str(repo, "user.name");
	const char *email = repo_config_str(repo, "user.email");
	struct utsname host;
	char *fallback;
	int rc;

	fallback = xstrfmt("gitops@%s", uname(&host) < 0 ? "localhost" : host.nodename);
	git_error_clear();
	rc = git_signature_new(sig, name && *name ? name : "git gitops",
			       email && *email ? email : fallback,
			       clock_wall_ms(clock_system()) / 1000, 0);
	free(fallback);
	if (rc < 0)
		return repo_error(err, rc, "cannot tell who writes the notes");
	return 0;
}

static int write_commit(struct repo *repo, const struct oid *tree, const struct oid *first,
			const struct oid *second, const char *message, struct oid *out,
			struct error *err)
{
	const git_oid *parents[2];
	git_signature *sig = NULL;
	git_oid id, tree_id;
	size_t nr = 0;
	int rc;

	if (!oid_is_null(first))
		parents[nr++] = to_git(first);
	if (!oid_is_null(second))
		parents[nr++] = to_git(second);
	git_error_clear();
	/* The last note was removed: an empty tree is still a tree. */
	if (oid_is_null(tree) &&
	    (rc = git_odb_write(&tree_id, repo->odb, "", 0, GIT_OBJECT_TREE)) < 0)
		return repo_error(err, rc, "cannot write a tree");
	if (!oid_is_null(tree))
		tree_id = *to_git(tree);
	if (signature(&sig, repo, err) < 0)
		return -1;
	git_error_clear();
	rc = git_commit_create_from_ids(&id, repo->git, NULL, sig, sig, NULL, message, &tree_id, nr,
					parents);
	git_signature_free(sig);
	if (rc < 0)
		return repo_error(err, rc, "cannot write a commit");
	from_git(out, &id);
	return 0;
}

struct update {
	struct repo *repo;
	const char *ref;
	const struct oid_list *objects;
	notes_edit_fn *edit;
	void *data;
	const char *message;
};

/* The tree with the edits made. */
static int edit_notes(const struct update *u, struct oid *tree, struct error *err)
{
	struct note_edit *edits = xcalloc(u->objects->nr + 1, sizeof(*edits));
	struct strbuf old = STRBUF_INIT, text = STRBUF_INIT_MAX(NOTE_MAX_BYTES);
	struct oid before = *tree;
	size_t nr = 0, i;
	int rc = 0;

	for (i = 0; i < u->objects->nr; i++) {
		struct note_edit *edit = &edits[nr];

		edit->object = u->objects->v[i];
		strbuf_reset(&old);
		strbuf_reset(&text);
		rc = read_note(u->repo, &before, &edit->object, &old, err);
		if (rc >= 0)
			rc = u->edit(&edit->object, old.buf, old.len, &text, u->data, err);
		if (rc >= 0 && text.overflow)
			rc = error_set(err, ERROR_LIMIT, "a note has more than %u bytes",
				       NOTE_MAX_BYTES);
		if (rc < 0)
			break;
		rc = 0;
		if (old.len == text.len && !memcmp(old.buf, text.buf, text.len))
			continue;
		rc = write_blob(u->repo, &text, &edit->blob, err);
		if (rc < 0)
			break;
		nr++;
	}
	if (!rc)
		rc = notes_tree_edit(u->repo, &before, 0, edits, nr, tree, err);
	strbuf_release(&old);
	strbuf_release(&text);
	free(edits);
	return rc;
}

/*
 * Under the lock of u->ref: both refs, when they are still as they were seen.
 * The two are not written at once. A writer that got in between, after the
 * notes of another and before the second ref, finds out by the second one.
 */
static int set_refs(const struct update *u, git_transaction *tx, const struct state *now,
		    const struct oid *written_before, const struct oid *commit, struct error *err)
{
	char *written = written_ref(u->ref), *message = xstrfmt("notes: %s", u->message);
	struct oid is = { 0 }, is_written = { 0 };
	int rc;

	rc = repo_ref_read(u->repo, u->ref, &is, err);
	if (rc >= 0)
		rc = ref_lock(tx, u->repo, written, err);
	if (rc >= 0)
		rc = repo_ref_read(u->repo, written, &is_written, err);
	if (rc >= 0 && (!oid_eq(&is, &now->commit) || !oid_eq(&is_written, written_before)))
		rc = error_set(err, ERROR_CONFLICT, "the ref '%s' changed meanwhile", u->ref);
	if (rc >= 0) {
		git_error_clear();
		rc = git_transaction_set_target(tx, u->ref, to_git(commit), NULL, message);
		if (!rc)
			rc = git_transaction_set_target(tx, written, to_git(commit), NULL, message);
		if (!rc)
			rc = git_transaction_commit(tx);
		if (rc < 0)
			repo_error(err, rc, "cannot write the ref '%s'", u->ref);
	}
	free(written);
	free(message);
	return rc < 0 ? -1 : 0;
}

/*
 * Everything but the last step without the lock, so that others are held up
 * for a moment only; with it when others were faster several times. kind
 * CONFLICT: try again.
 */
static int update_once(const struct update *u, bool lock_first, struct error *err)
{
	struct oid tree, ours, written, commit;
	git_transaction *tx = NULL;
	struct state now;
	int rc;

	git_error_clear();
	rc = git_transaction_new(&tx, u->repo->git);
	if (rc < 0)
		return repo_error(err, rc, "cannot begin");
	rc = lock_first ? ref_lock(tx, u->repo, u->ref, err) : 0;
	if (!rc)
		rc = read_state(u->repo, u->ref, &now, err);
	if (!rc)
		rc = bring_back(u->repo, u->ref, &now, &written, &tree, &ours, err);
	if (!rc)
		rc = edit_notes(u, &tree, err);
	if (rc < 0 || (oid_eq(&tree, &now.tree) && oid_is_null(&ours)))
		goto out;
	rc = write_commit(u->repo, &tree, &now.commit, &ours, u->message, &commit, err);
	if (!rc && !lock_first)
		rc = ref_lock(tx, u->repo, u->ref, err);
	if (!rc)
		rc = set_refs(u, tx, &now, &written, &commit, err);
out:
	git_transaction_free(tx);
	return rc;
}

#define OPTIMISTIC_TRIES 2
#define UPDATE_TRIES	 20

int notes_update(struct repo *repo, const char *ref, const struct oid *objects, size_t nr,
		 notes_edit_fn *edit, void *data, const char *message, struct error *err)
{
	struct oid_list list = { .nr = nr };
	struct update u = { repo, ref, &list, edit, data, message };
	unsigned attempt;
	int rc = -1;

	if (!git_reference_is_valid_name(ref))
		return error_set(err, ERROR_INVALID, "'%s' is not a valid name of a ref", ref);
	list.v = xmalloc((nr + 1) * sizeof(*list.v));
	if (nr)
		memcpy(list.v, objects, nr * sizeof(*list.v));
	oid_list_sort(&list);
	for (attempt = 0; attempt < UPDATE_TRIES; attempt++) {
		error_release(err);
		rc = update_once(&u, attempt >= OPTIMISTIC_TRIES, err);
		if (!rc || err->kind != ERROR_CONFLICT)
			break;
	}
	free(list.v);
	if (rc < 0) {
		error_prefix(err, "cannot write the notes '%s'", ref);
		if (err->kind == ERROR_SYSTEM)
			error_hint(
				err,
				"this user has to be able to write to 'objects' and 'refs' in '%s'",
				repo->git_dir);
	}
	return rc;
}

static int no_edit(const struct oid *object UNUSED, const char *old, size_t old_len,
		   struct strbuf *new_text, void *data UNUSED, struct error *err UNUSED)
{
	strbuf_add(new_text, old, old_len);
	return 0;
}

int notes_heal(struct repo *repo, const char *ref, struct error *err)
{
	return notes_update(repo, ref, NULL, 0, no_edit, NULL, "bring back what was overwritten",
			    err);
}
