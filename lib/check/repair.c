#include "check/internal.h"
#include "check/repair.h"

#include "artifact/source.h"
#include "base/strmap.h"

/* How often a repair may bring the next mistake to light. */
#define DEPTH_MAX 6
/* Findings of one object that are looked at: each is compared with all others. */
#define LOOK_MAX 1000
/* Tries for one object; who has more mistakes repairs the first ones first. */
#define TRIES_MAX 1000

/* What a file was before a try: to be put back. */
struct undo {
	char *path, *new_path; /* new_path NULL: the content was changed */
	struct strbuf text;
};

struct repairing {
	struct repairs *repairs;
	struct snapshot *worktree;
	repair_wanted_fn *wanted;
	void *wanted_data;
	struct undo *undo;
	size_t undo_nr, undo_alloc;
	struct error *err;
};

struct target {
	enum artifact_kind kind;
	char *prefix;
};

/* --- trying ------------------------------------------------------------------------ */

static int read_file(struct repairing *r, const char *path, struct strbuf *out)
{
	struct file_entry entry;
	int rc = snapshot_get(r->worktree, path, &entry, r->err);

	if (!rc)
		return error_set(r->err, ERROR_NOT_FOUND, "there is no file '%s'", path);
	return rc < 0 ? -1 : snapshot_read(r->worktree, &entry, REF_MAX_SIZE, out, r->err);
}

static struct undo *add_undo(struct repairing *r, const char *path, const char *new_path)
{
	struct undo *undo;

	ALLOC_GROW(r->undo, r->undo_nr + 1, r->undo_alloc);
	undo = &r->undo[r->undo_nr++];
	*undo = (struct undo){ xstrdup(path), xstrdup_or_null(new_path), STRBUF_INIT };
	return undo;
}

static void undo_release(struct undo *undo)
{
	free(undo->path);
	free(undo->new_path);
	strbuf_release(&undo->text);
}

static int apply(struct repairing *r, const struct finding_fix *fix)
{
	struct strbuf text = STRBUF_INIT;
	struct undo *undo;
	int rc;

	if (fix->rename) {
		rc = snapshot_try_name(r->worktree, fix->path, fix->text, r->err);
		if (!rc)
			add_undo(r, fix->path, fix->text);
		return rc;
	}
	undo = add_undo(r, fix->path, NULL);
	rc = read_file(r, fix->path, &undo->text);
	if (!rc && fix->off + fix->len > undo->text.len)
		BUG("a repair behind the end of '%s'", fix->path);
	if (!rc) {
		const char *rest = undo->text.buf + fix->off + fix->len;

		strbuf_add(&text, undo->text.buf, fix->off);
		strbuf_addstr(&text, fix->text);
		strbuf_add(&text, rest, (size_t)(undo->text.buf + undo->text.len - rest));
		rc = snapshot_try_content(r->worktree, fix->path, text.buf, text.len, r->err);
	}
	if (rc < 0)
		undo_release(&r->undo[--r->undo_nr]);
	strbuf_release(&text);
	return rc;
}

static int put_back(struct repairing *r, size_t undo_nr)
{
	int rc = 0;

	while (!rc && r->undo_nr > undo_nr) {
		struct undo *undo = &r->undo[--r->undo_nr];

		if (undo->new_path)
			rc = snapshot_try_name(r->worktree, undo->new_path, undo->path, r->err);
		else
			rc = snapshot_try_content(r->worktree, undo->path, undo->text.buf,
						  undo->text.len, r->err);
		undo_release(undo);
	}
	return rc;
}

/* --- judging ----------------------------------------------------------------------- */

/* All findings of one object. */
static int look(struct repairing *r, const struct target *target, struct findings *findings)
{
	struct plan_object object = { .kind = target->kind,
				      .prefix = target->prefix,
				      .intent = INTENT_DEPLOY };
	struct plan plan = PLAN_INIT;
	struct check_summary summary = { 0 };
	struct file_entry entry;
	char *path =
		xstrfmt("%s%s", target->prefix, artifact_suffix(target->kind, ROLE_DEFINITION));
	int rc;

	findings_release(findings);
	findings->max = LOOK_MAX;
	rc = snapshot_get(r->worktree, path, &entry, r->err);
	object.defined = rc > 0 && !snapshot_path_ignored(r->worktree, path);
	plan.objects = &object;
	plan.nr = 1;
	if (rc >= 0)
		rc = check_plan(findings, &summary, &plan, r->worktree, NULL, r->err);
	free(path);
	return rc;
}

static bool is_same(const struct finding *a, const struct finding *b)
{
	return str_eq(a->rule, b->rule) && str_eq(a->message, b->message) &&
	       str_eq(a->path ? a->path : "", b->path ? b->path : "");
}

static size_t count(const struct findings *findings, const struct finding *f)
{
	size_t i, nr = 0;

	for (i = 0; i < findings->nr; i++)
		nr += is_same(&findings->v[i], f);
	return nr;
}

/* An error that `before` does not have, or NULL. */
static const struct finding *find_new(const struct findings *before, const struct findings *after)
{
	size_t i;

	for (i = 0; i < after->nr; i++)
		if (after->v[i].severity == SEVERITY_ERROR &&
		    count(after, &after->v[i]) > count(before, &after->v[i]))
			return &after->v[i];
	return NULL;
}

static void swap(struct findings *a, struct findings *b)
{
	struct findings spare = *a;

	*a = *b;
	*b = spare;
}

static struct repair *add_repair(struct repairing *r, const struct finding *f)
{
	struct repairs *repairs = r->repairs;
	struct repair *repair;

	ALLOC_GROW(repairs->v, repairs->nr + 1, repairs->alloc);
	repair = &repairs->v[repairs->nr++];
	*repair = (struct repair){ .path = xstrdup(f->path),
				   .line = f->line,
				   .column = f->column,
				   .rule = f->rule,
				   .message = xstrdup(f->message) };
	return repair;
}

static void repair_release(struct repair *repair)
{
	free(repair->path);
	free(repair->message);
	free(repair->why);
}

static bool is_wanted(const struct repairing *r, const struct finding *f)
{
	return f->fix && r->wanted(f->fix->path, r->wanted_data);
}

/*
 * Repair what `f`, one of `now`, is about; 1 when it worked, and then `now` is
 * what is found now; else 0 with the reason in `why` (free() it), and nothing
 * has changed.
 */
static int try_fix(struct repairing *r, const struct target *target, struct findings *now, size_t i,
		   int depth, char **why)
{
	struct findings after = FINDINGS_INIT;
	size_t undo_nr = r->undo_nr, repairs_nr = r->repairs->nr;
	const struct finding *f = &now->v[i], *new;
	int rc = 0;

	if (apply(r, f->fix) < 0)
		return -1;
	add_repair(r, f);
	if (look(r, target, &after) < 0) {
		rc = -1;
		goto out;
	}
	if (!f->fix->rename && count(&after, f) >= count(now, f)) {
		*why = xstrdup("it would not help");
		goto out;
	}
	while ((new = find_new(now, &after))) {
		char *ignored = NULL;

		if (depth == DEPTH_MAX || !is_wanted(r, new)) {
			*why = xstrfmt("then there would be: %s", new->message);
			goto out;
		}
		rc = try_fix(r, target, &after, (size_t)(new - after.v), depth + 1, &ignored);
		free(ignored);
		if (rc < 0)
			goto out;
		if (!rc) {
			*why = xstrfmt("then there would be: %s", new->message);
			goto out;
		}
	}
	if (after.errors > now->errors) {
		*why = xstrdup("then there would be more errors");
		goto out;
	}
	rc = 1;
	swap(now, &after);
out:
	if (!rc && put_back(r, undo_nr) < 0)
		rc = -1;
	while (rc <= 0 && r->repairs->nr > repairs_nr)
		repair_release(&r->repairs->v[--r->repairs->nr]);
	findings_release(&after);
	return rc;
}

/* Has this one been tried? Its place may have moved since. */
static bool was_tried(const struct findings *tried, const struct finding *f)
{
	return count(tried, f) > 0;
}

static int repair_object(struct repairing *r, const struct target *target)
{
	struct findings now = FINDINGS_INIT, tried = FINDINGS_INIT;
	size_t i, tries = 0;
	int rc = look(r, target, &now);

	for (i = 0; rc >= 0 && i < now.nr && tries < TRIES_MAX;) {
		struct finding *f = &now.v[i];
		char *why = NULL;

		if (!is_wanted(r, f) || f->fix->rename || was_tried(&tried, f)) {
			i++;
			continue;
		}
		tries++;
		rc = try_fix(r, target, &now, i, 0, &why);
		if (!rc) {
			f = &now.v[i];
			add_repair(r, f)->why = why;
			findings_add(&tried, f->severity, f->rule, f->path, "%s", f->message);
		}
		/* positions have moved */
		i = 0;
	}
	findings_release(&now);
	findings_release(&tried);
	return rc < 0 ? -1 : 0;
}

static int rename_file(struct repairing *r, const struct finding *f)
{
	struct findings now = FINDINGS_INIT;
	struct artifact_name name;
	struct target target;
	struct file_entry entry;
	char *why = NULL;
	int rc;

	rc = snapshot_get(r->worktree, f->fix->text, &entry, r->err);
	if (rc < 0 || !artifact_name(f->fix->text, &name))
		return rc < 0 ? -1 : 0;
	if (rc) {
		add_repair(r, f)->why = xstrfmt("there is a file '%s'", f->fix->text);
		return 0;
	}
	target.kind = name.kind;
	target.prefix = xmemdupz(f->fix->text, name.prefix_len);
	rc = look(r, &target, &now);
	if (!rc) {
		/* the fix goes on a list of its own: it is about no file of the object */
		finding_set_fix(findings_add(&now, f->severity, f->rule, f->path, "%s", f->message),
				f->fix);
		rc = try_fix(r, &target, &now, now.nr - 1, 0, &why);
		if (!rc)
			add_repair(r, f)->why = why;
	}
	findings_release(&now);
	free(target.prefix);
	return rc < 0 ? -1 : 0;
}

/* --- results ----------------------------------------------------------------------- */

static struct repaired_file *find_file(struct repairs *repairs, const char *path)
{
	size_t i;

	for (i = 0; i < repairs->files_nr; i++) {
		struct repaired_file *file = &repairs->files[i];

		if (str_eq(file->new_path ? file->new_path : file->path, path))
			return file;
	}
	ALLOC_GROW(repairs->files, repairs->files_nr + 1, repairs->files_alloc);
	repairs->files[repairs->files_nr] = (struct repaired_file){ .path = xstrdup(path),
								    .before = STRBUF_INIT,
								    .after = STRBUF_INIT };
	return &repairs->files[repairs->files_nr++];
}

static int by_path(const void *a, const void *b)
{
	const struct repaired_file *x = a, *y = b;

	return strcmp(x->path, y->path);
}

/* What is left on the stack of undos is what was changed, first things first. */
static int collect_files(struct repairing *r)
{
	struct repairs *repairs = r->repairs;
	struct strmap seen = STRMAP_INIT;
	size_t i;
	int rc = 0;

	for (i = 0; i < r->undo_nr; i++) {
		struct undo *undo = &r->undo[i];
		struct repaired_file *file = find_file(repairs, undo->path);

		if (undo->new_path)
			file->new_path = xstrdup(undo->new_path);
		else if (!strmap_put(&seen, file->path, file->path))
			strbuf_addbuf(&file->before, &undo->text);
	}
	for (i = 0; !rc && i < repairs->files_nr; i++) {
		struct repaired_file *file = &repairs->files[i];

		rc = read_file(r, file->new_path ? file->new_path : file->path, &file->after);
		if (!strmap_has(&seen, file->path))
			strbuf_addbuf(&file->before, &file->after);
	}
	if (repairs->files_nr)
		qsort(repairs->files, repairs->files_nr, sizeof(*repairs->files), by_path);
	strmap_release(&seen, NULL);
	return rc;
}

void repairs_release(struct repairs *repairs)
{
	size_t i;

	for (i = 0; i < repairs->files_nr; i++) {
		free(repairs->files[i].path);
		free(repairs->files[i].new_path);
		strbuf_release(&repairs->files[i].before);
		strbuf_release(&repairs->files[i].after);
	}
	for (i = 0; i < repairs->nr; i++)
		repair_release(&repairs->v[i]);
	free(repairs->files);
	free(repairs->v);
	*repairs = (struct repairs)REPAIRS_INIT;
}

int check_repair(struct repairs *repairs, const struct findings *findings,
		 struct snapshot *worktree, repair_wanted_fn *wanted, void *data, struct error *err)
{
	struct repairing r = { .repairs = repairs,
			       .worktree = worktree,
			       .wanted = wanted,
			       .wanted_data = data,
			       .err = err };
	struct strmap done = STRMAP_INIT;
	size_t i;
	int rc = 0;

	for (i = 0; !rc && i < findings->nr; i++) {
		const struct finding *f = &findings->v[i];

		if (is_wanted(&r, f) && f->fix->rename)
			rc = rename_file(&r, f);
	}
	for (i = 0; !rc && i < findings->nr; i++) {
		const struct finding *f = &findings->v[i];
		struct artifact_name name;
		struct target target;

		if (f->path && f->unfixable && wanted(f->path, data))
			add_repair(&r, f)->why = xstrdup(f->unfixable);
		if (!is_wanted(&r, f) || f->fix->rename || !artifact_name(f->path, &name))
			continue;
		target.kind = name.kind;
		target.prefix = xstrfmt("%c%.*s", name.kind == KIND_ECS ? 'e' : 'l',
					(int)name.prefix_len, f->path);
		if (!strmap_put(&done, target.prefix, repairs)) {
			/* the map's key began with the kind */
			memmove(target.prefix, target.prefix + 1, strlen(target.prefix));
			rc = repair_object(&r, &target);
		}
		free(target.prefix);
	}
	if (!rc)
		rc = collect_files(&r);
	while (r.undo_nr)
		undo_release(&r.undo[--r.undo_nr]);
	free(r.undo);
	strmap_release(&done, NULL);
	return rc;
}
