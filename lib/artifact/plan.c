#include "base/base.h"
#include "artifact/plan.h"

#include "artifact/ref-index.h"

/* Pushes are bounded by git's own limits and the snapshot's; this bounds what we make of them. */
#define ENTRIES_MAX 4000000

const char *intent_name(enum intent intent)
{
	switch (intent) {
	case INTENT_NONE:
		return "none";
	case INTENT_DEPLOY:
		return "deploy";
	case INTENT_DELETE:
		return "delete";
	}
	BUG("intent %d", (int)intent);
}

struct entry {
	enum artifact_kind kind;
	size_t prefix_len;
	struct plan_file file;
};

struct builder {
	struct plan *plan;
	struct snapshot *before, *after;
	const struct plan_options *options;
	bool from_nothing; /* every file counts as added */
	bool attributes_changed;
	struct entry *v;
	size_t nr, alloc;
	size_t near_alloc;
	struct ref_changes changes;
	struct error *err;
	int rc;
};

static bool prefix_wanted(const struct plan_options *options, const char *path, size_t len)
{
	size_t i;

	if (!options || !options->prefixes)
		return true;
	for (i = 0; i < options->prefixes_nr; i++) {
		const char *want = options->prefixes[i];
		size_t n = strlen(want);

		while (n && want[n - 1] == '/')
			n--;
		if (!n || str_eq(want, ".") ||
		    (len >= n && !memcmp(path, want, n) && (len == n || path[n] == '/')))
			return true;
	}
	return false;
}

static struct entry *add_entry(struct builder *b, const char *path,
			       const struct artifact_name *name, char change)
{
	struct entry *e;

	if (b->nr >= ENTRIES_MAX) {
		b->rc = error_set(b->err, ERROR_LIMIT, "there are more than %d artifacts",
				  ENTRIES_MAX);
		return NULL;
	}
	ALLOC_GROW(b->v, b->nr + 1, b->alloc);
	e = &b->v[b->nr++];
	*e = (struct entry){ .kind = name->kind,
			     .prefix_len = name->prefix_len,
			     .file = { .path = arena_strdup(&b->plan->arena, path),
				       .role = name->role,
				       .change = change } };
	return e;
}

static void add_near_miss(struct builder *b, const char *path)
{
	struct plan *plan = b->plan;
	struct artifact_near_miss miss;
	struct artifact_name name;
	bool found = false;
	char *meant;
	int role;

	if (!artifact_near_miss(path, &miss) || snapshot_path_ignored(b->after, path) ||
	    !prefix_wanted(b->options, path, miss.prefix_len))
		return;
	/* an ordinary name is suspicious only beside the rest of the object */
	meant = xstrfmt("%.*s%s", (int)miss.prefix_len, path, miss.suffix);
	if (!artifact_name(meant, &name))
		BUG("'%s' is no artifact", meant);
	for (role = 0; !miss.sure && !found && role < ROLE_NR; role++) {
		const char *suffix = artifact_suffix(name.kind, (enum artifact_role)role);
		struct file_entry entry;
		char *sibling;
		int rc;

		if (!suffix)
			continue;
		sibling = xstrfmt("%.*s%s", (int)miss.prefix_len, path, suffix);
		rc = snapshot_get(b->after, sibling, &entry, b->err);
		free(sibling);
		if (rc < 0)
			b->rc = -1;
		/* where the very file is there, nothing was misspelt */
		if (rc > 0 && (enum artifact_role)role == name.role) {
			found = false;
			break;
		}
		found = rc > 0;
	}
	free(meant);
	if (!miss.sure && !found)
		return;
	ALLOC_GROW(plan->near_misses, plan->near_misses_nr + 1, b->near_alloc);
	plan->near_misses[plan->near_misses_nr++] =
		(struct plan_near_miss){ .path = arena_strdup(&plan->arena, path),
					 .suffix = miss.suffix,
					 .prefix_len = miss.prefix_len };
}

static void add_file(struct builder *b, const struct file_entry *file, char change)
{
	struct artifact_name name;
	struct entry *e;

	if (!artifact_name(file->path, &name)) {
		if (change != 'D')
			add_near_miss(b, file->path);
		return;
	}
	if (!prefix_wanted(b->options, file->path, name.prefix_len) ||
	    snapshot_path_ignored(change == 'D' ? b->before : b->after, file->path))
		return;
	e = add_entry(b, file->path, &name, change);
	if (e && change != 'D') {
		e->file.mode = file->mode;
		e->file.oid = file->oid;
	}
}

static int on_change(const struct change *change, void *data)
{
	struct builder *b = data;
	const struct file_entry *file = change->kind == CHANGE_DELETED ? &change->before :
									 &change->after;
	const char *slash = strrchr(file->path, '/');
	struct artifact_name name;

	b->plan->changed++;
	if (str_eq(slash ? slash + 1 : file->path, ".gitattributes"))
		b->attributes_changed = true;
	/* with `all`, what is there is added by on_file() */
	if (!(b->options && b->options->all) || change->kind == CHANGE_DELETED)
		add_file(b, file, (char)change->kind);
	if (!b->from_nothing)
		ref_changes_add(&b->changes, file->path,
				!artifact_name(file->path, &name) || name.role == ROLE_INPUT);
	return b->rc;
}

static int on_file(const struct file_entry *file, void *data)
{
	struct builder *b = data;

	add_file(b, file, 'A');
	return b->rc;
}

/*
 * An artifact that .gitattributes took out until now and no longer does counts
 * as added. The reverse is left alone: neither deployed nor deleted.
 */
static int on_file_of_new_attributes(const struct file_entry *file, void *data)
{
	struct builder *b = data;
	struct artifact_name name;

	if (artifact_name(file->path, &name) && snapshot_path_ignored(b->before, file->path))
		add_file(b, file, 'A');
	return b->rc;
}

static int on_user(const char *user, const char *referenced, void *data)
{
	struct builder *b = data;
	struct artifact_name name;
	struct entry *e;

	if (!artifact_name(user, &name) || snapshot_path_ignored(b->after, user) ||
	    !prefix_wanted(b->options, user, name.prefix_len))
		return 0;
	e = add_entry(b, user, &name, 'R');
	if (e)
		e->file.referenced = arena_strdup(&b->plan->arena, referenced);
	return b->rc;
}

/* By path-prefix, then kind, then path; a file's own change before what it refers to. */
static int entry_cmp(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	size_t n = MIN(x->prefix_len, y->prefix_len);
	int cmp = memcmp(x->file.path, y->file.path, n);

	if (cmp)
		return cmp;
	if (x->prefix_len != y->prefix_len)
		return x->prefix_len < y->prefix_len ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	cmp = strcmp(x->file.path, y->file.path);
	if (cmp)
		return cmp;
	return (x->file.change == 'R') - (y->file.change == 'R');
}

/* Most come in order already: a service has a directory of its own. */
static void sort_entries(struct builder *b)
{
	size_t i;

	for (i = 1; i < b->nr; i++) {
		if (entry_cmp(&b->v[i - 1], &b->v[i]) > 0) {
			qsort(b->v, b->nr, sizeof(*b->v), entry_cmp);
			return;
		}
	}
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

const struct plan_file *plan_object_file(const struct plan_object *object, enum artifact_role role)
{
	size_t i;

	for (i = 0; i < object->files_nr; i++)
		if (object->files[i].role == role)
			return &object->files[i];
	return NULL;
}

/* Is the definition there, though it did not change? 1, 0, negative. */
static int unchanged_definition(struct builder *b, const struct plan_object *object)
{
	char *path =
		xstrfmt("%s%s", object->prefix, artifact_suffix(object->kind, ROLE_DEFINITION));
	struct file_entry entry;
	int rc = snapshot_get(b->after, path, &entry, b->err);

	if (rc > 0 && snapshot_path_ignored(b->after, path))
		rc = 0;
	free(path);
	return rc;
}

static const char *change_word(char change)
{
	return change == 'A' ? "added" : change == 'D' ? "deleted" : "modified";
}

static int decide(struct builder *b, struct plan_object *object)
{
	/* what speaks first when several files changed */
	static const enum artifact_role order[] = { ROLE_DEFINITION, ROLE_TASK_DEFINITION,
						    ROLE_EVENT_SOURCES, ROLE_INPUT, ROLE_SETTINGS };
	const struct plan_file *definition = plan_object_file(object, ROLE_DEFINITION),
			       *first = NULL;
	struct arena *arena = &b->plan->arena;
	size_t i;
	int rc;

	if (definition) {
		object->defined = definition->change != 'D';
	} else if (!object->complete) {
		rc = unchanged_definition(b, object);
		if (rc < 0)
			return -1;
		object->defined = rc;
	}
	for (i = 0; !first && i < ARRAY_SIZE(order); i++)
		first = plan_object_file(object, order[i]);
	if (definition && !object->defined) {
		object->intent = INTENT_DELETE;
		object->why = arena_strfmt(arena, "%s deleted", base_name(definition->path));
	} else if (!object->defined) {
		object->intent = INTENT_NONE;
		object->why = arena_strfmt(arena, "there is no %s%s", base_name(object->prefix),
					   artifact_suffix(object->kind, ROLE_DEFINITION));
	} else if (first->role == ROLE_SETTINGS) {
		object->intent = INTENT_NONE;
		object->why = "settings apply to the next deployment";
	} else if (first->change == 'R') {
		object->intent = INTENT_DEPLOY;
		object->why = arena_strfmt(arena, "%s changed, which %s refers to",
					   first->referenced, base_name(first->path));
	} else {
		object->intent = INTENT_DEPLOY;
		object->why = arena_strfmt(arena, "%s %s", base_name(first->path),
					   change_word(first->change));
	}
	return 0;
}

static bool same_object(const struct entry *a, const struct entry *b)
{
	return a->kind == b->kind && a->prefix_len == b->prefix_len &&
	       !memcmp(a->file.path, b->file.path, a->prefix_len);
}

static int group(struct builder *b)
{
	struct plan *plan = b->plan;
	struct plan_file *files;
	size_t i, alloc = 0;

	files = arena_alloc(&plan->arena, (b->nr + 1) * sizeof(*files));
	for (i = 0; i < b->nr;) {
		const struct entry *first = &b->v[i];
		struct plan_object *object;

		ALLOC_GROW(plan->objects, plan->nr + 1, alloc);
		object = &plan->objects[plan->nr++];
		*object = (struct plan_object){
			.kind = first->kind,
			.prefix = arena_memdupz(&plan->arena, first->file.path, first->prefix_len),
			.files = files,
			.complete = b->from_nothing || (b->options && b->options->all),
		};
		for (; i < b->nr && same_object(first, &b->v[i]); i++) {
			/* changed itself and refers to what changed, or to several such files */
			if (object->files_nr &&
			    str_eq(b->v[i].file.path, object->files[object->files_nr - 1].path))
				continue;
			object->files[object->files_nr++] = b->v[i].file;
		}
		files += object->files_nr;
		if (decide(b, object) < 0)
			return -1;
	}
	return 0;
}

static int find_unrelated(struct plan *plan, struct snapshot *before, struct snapshot *after,
			  struct error *err)
{
	struct oid from, to;
	int rc;

	if (!snapshot_commit(before, &from) || !snapshot_commit(after, &to) || oid_eq(&from, &to))
		return 0;
	rc = repo_is_related(snapshot_repo(after), &from, &to, err);
	plan->unrelated = !rc;
	return rc < 0 ? -1 : 0;
}

int plan_make(struct plan *plan, struct snapshot *before, struct snapshot *after,
	      const struct plan_options *options, struct error *err)
{
	struct builder b = {
		.plan = plan, .before = before, .after = after, .options = options, .err = err
	};
	struct oid commit;
	int rc = -1;

	b.from_nothing = !snapshot_commit(before, &commit);
	if (find_unrelated(plan, before, after, err) < 0)
		goto out;
	if (snapshot_diff(before, after, on_change, &b, err) < 0 || b.rc < 0)
		goto out;
	if (options && options->all) {
		if (snapshot_each(after, "", on_file, &b, err) < 0 || b.rc < 0)
			goto out;
	} else {
		if (b.attributes_changed && !b.from_nothing &&
		    (snapshot_each(after, "", on_file_of_new_attributes, &b, err) < 0 || b.rc < 0))
			goto out;
		if (ref_users(before, after, options ? options->ref_index : NULL, &b.changes,
			      on_user, &b, err) < 0 ||
		    b.rc < 0)
			goto out;
	}
	sort_entries(&b);
	rc = group(&b);
out:
	free(b.v);
	ref_changes_release(&b.changes);
	return rc;
}

void plan_release(struct plan *plan)
{
	arena_release(&plan->arena);
	free(plan->objects);
	free(plan->near_misses);
	*plan = (struct plan)PLAN_INIT;
}
