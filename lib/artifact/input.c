#include "base/base.h"
#include "artifact/input.h"

#include "artifact/name.h"
#include "artifact/source.h"

static const char *const type_names[] = { "TERRAFORM", "CDK", "JSON" };
static const char *const ref_members[] = { "file", "type" };

/* A push names only so many files; a list longer than this is a mistake or an attack. */
#define REF_FILES_MAX 256

/* A place in an input file. */
struct place {
	const char *path, *text;
	size_t len;
};

static struct finding *add_at(struct findings *findings, const struct place *place,
			      const struct json *at, const char *rule, const char *message)
{
	struct finding *f =
		findings_add(findings, SEVERITY_ERROR, rule, place->path, "%s", message);

	finding_at(f, place->text, place->len, at->off, at->len);
	return f;
}

const char *ref_path_refused(const char *path)
{
	struct artifact_name name;
	const char *p;

	if (!*path)
		return "the path is empty";
	if (strstr(path, "://"))
		return "this is a URL; files of this repository can be referred to only";
	if (*path == '/')
		return "the path is absolute; it must start at the top of the repository";
	if (strchr(path, '\\'))
		return "paths are written with '/'";
	for (p = path; p; p = strchr(p, '/')) {
		size_t n;

		if (*p == '/')
			p++;
		n = strcspn(p, "/");
		if (!n)
			return "the path has an empty part";
		if (n == 1 && *p == '.')
			return "the path has a part '.'; it must be as git lists it";
		if (n == 2 && p[0] == '.' && p[1] == '.')
			return "the path has a part '..'; it must start at the top of the repository";
	}
	if (artifact_name(path, &name) && name.role != ROLE_INPUT)
		return "this is a template, no source of values";
	return NULL;
}

/* --- the input file --------------------------------------------------------- */

/* What stands in `ref`; a member that is spelled nearly right is taken for what it was meant to be. */
struct ref_parts {
	const struct json *file, *type;
};

static bool read_members(struct ref_parts *parts, const struct json *ref, const struct place *place,
			 struct findings *findings)
{
	bool ok = true;
	size_t i;

	*parts = (struct ref_parts){ json_get(ref, "file"), json_get(ref, "type") };
	for (i = 0; i < ref->u.object.nr; i++) {
		const struct json_member *m = &ref->u.object.members[i];
		const char *near;
		struct finding *f;

		if (str_eq(m->name, "file") || str_eq(m->name, "type"))
			continue;
		ok = false;
		f = findings_add(findings, SEVERITY_ERROR, "input-ref", place->path,
				 "unknown member '%s' of 'ref'", m->name);
		finding_at(f, place->text, place->len, m->off, m->len);
		near = nearest_word(m->name, ref_members, ARRAY_SIZE(ref_members));
		if (!near || json_get(ref, near)) {
			finding_hint(f, "'ref' has \"file\" and \"type\"");
			continue;
		}
		finding_hint(f, "did you mean \"%s\"?", near);
		if (str_eq(near, "file"))
			parts->file = &m->value;
		else
			parts->type = &m->value;
	}
	if (parts->file && parts->type)
		return ok;
	if (ok) {
		struct finding *f = findings_add(findings, SEVERITY_ERROR, "input-ref", place->path,
						 "'ref' has no %s",
						 parts->file ? "'type'" :
						 parts->type ? "'file'" :
							       "'file' and no 'type'");

		finding_at(f, place->text, place->len, ref->off, 1);
		finding_hint(
			f,
			parts->file ?
				"one of \"TERRAFORM\", \"CDK\", \"JSON\"" :
			parts->type ?
				"\"file\": [\"path/to/outputs.json\"]" :
				"{ \"file\": [\"path/to/outputs.json\"], \"type\": \"TERRAFORM\" }");
	}
	return false;
}

static bool read_type(const struct json *value, enum ref_type *type, const struct place *place,
		      struct findings *findings)
{
	const char *name = json_str(value), *near;
	struct finding *f;
	size_t i;

	for (i = 0; name && i < ARRAY_SIZE(type_names); i++) {
		if (str_eq(name, type_names[i])) {
			*type = (enum ref_type)i;
			return true;
		}
	}
	f = add_at(findings, place, value, "input-ref",
		   name ? "unknown 'ref.type'" : "'ref.type' must be a string");
	near = name ? nearest_word(name, type_names, ARRAY_SIZE(type_names)) : NULL;
	if (near)
		finding_hint(f, "did you mean \"%s\"?", near);
	else
		finding_hint(f, "one of \"TERRAFORM\", \"CDK\", \"JSON\"");
	return false;
}

static const char *mode_name(uint32_t mode)
{
	switch (mode & 0170000) {
	case 0120000:
		return "a symbolic link";
	case 0160000:
		return "a submodule";
	default:
		return "a file";
	}
}

/* What stands in the way of `path`: a file where a directory is needed. Its path, to be freed, or NULL. */
static char *blocking_file(struct snapshot *snapshot, const char *path, uint32_t *mode)
{
	char *parent = xstrdup(path), *slash;
	struct error err = ERROR_INIT;
	struct file_entry entry;

	while ((slash = strrchr(parent, '/'))) {
		*slash = '\0';
		if (snapshot_get(snapshot, parent, &entry, &err) > 0) {
			*mode = entry.mode;
			error_release(&err);
			return parent;
		}
	}
	error_release(&err);
	free(parent);
	return NULL;
}

static int first_file(const struct file_entry *entry, void *data)
{
	char **first = data;

	*first = xstrdup(entry->path);
	return 1;
}

static void missing_file(struct findings *findings, const struct place *place,
			 const struct json *at, const char *path, struct ref_files *files)
{
	struct error err = ERROR_INIT;
	char *blocking = NULL, *inside = NULL, *meant = NULL;
	uint32_t mode = 0;
	struct finding *f;

	if (files->snapshot && snapshot_each(files->snapshot, path, first_file, &inside, &err) < 0)
		error_release(&err);
	f = findings_add(findings, SEVERITY_ERROR, "ref-missing", place->path,
			 inside ? "'%s' is a directory, not a file" : "there is no file '%s'",
			 path);
	finding_at(f, place->text, place->len, at->off, at->len);
	/* links are not followed, and that is not obvious from a work tree */
	if (inside)
		finding_hint(f, "name the file in it: \"%s\"", inside);
	else if (files->snapshot && (blocking = blocking_file(files->snapshot, path, &mode)))
		finding_hint(f, "'%s' is %s, not a directory", blocking, mode_name(mode));
	else if ((meant = ref_path_meant(files, place->path, path)))
		finding_hint(f, "did you mean \"%s\"? paths start at the top of the repository",
			     meant);
	else
		finding_hint(f, "commit it, too; paths start at the top of the repository");
	free(blocking);
	free(inside);
	free(meant);
}

/* What can't be followed; where it is known what was meant, the hint says it. */
static void refused_path(struct findings *findings, const struct place *place,
			 const struct json *at, const char *why, struct ref_files *files)
{
	struct finding *f = add_at(findings, place, at, "ref-path", why);
	char *meant = strlen(at->u.str.s) == at->u.str.len ?
			      ref_path_meant(files, place->path, at->u.str.s) :
			      NULL;

	if (meant)
		finding_hint(f, "write \"%s\"", meant);
	free(meant);
}

static void odd_file(struct findings *findings, const struct place *place, const struct json *at,
		     const struct ref_file *file)
{
	struct finding *f = findings_add(findings, SEVERITY_ERROR, "file-mode", place->path,
					 "'%s' is %s, not a regular file", file->path,
					 mode_name(file->mode));

	finding_at(f, place->text, place->len, at->off, at->len);
	finding_hint(f, (file->mode & 0170000) == 0160000 ?
				"what is in a submodule is not part of this repository" :
				"commit the file itself; links are not followed");
}

static bool is_named_before(const struct json *list, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++)
		if (json_equal(&list->u.array.items[i], &list->u.array.items[nr]))
			return true;
	return false;
}

/* One item of ref.file. Negative when git can't be read; `inputs->failed` when it is not right. */
static int read_file(struct inputs *inputs, struct ref_files *files, const struct json *list,
		     size_t i, const enum ref_type *type, const struct place *place,
		     struct findings *findings, struct error *err)
{
	const struct json *item = &list->u.array.items[i];
	const char *path = json_str(item), *why;
	struct ref_file *file;

	if (!path) {
		add_at(findings, place, item, "input-ref", "a path must be a string");
		inputs->failed = true;
		return 0;
	}
	if (is_named_before(list, i)) {
		struct finding *f = findings_add(findings, SEVERITY_WARNING, "input-ref",
						 place->path, "'%s' is named twice", path);

		finding_at(f, place->text, place->len, item->off, item->len);
		finding_hint(f, "a later file wins over an earlier one: name it once, "
				"where it belongs");
	}
	why = strlen(path) != item->u.str.len ? "the path has a NUL" : ref_path_refused(path);
	if (why) {
		refused_path(findings, place, item, why, files);
		inputs->failed = true;
		return 0;
	}
	if (!type)
		return 0;
	if (ref_file_get(&file, files, path, *type, findings, err) < 0)
		return -1;
	if (file->missing)
		missing_file(findings, place, item, path, files);
	else if (file->mode && (file->mode & 0170000) != 0100000)
		odd_file(findings, place, item, file);
	inputs->failed |= file->failed;
	inputs->refs[inputs->refs_nr++] = file;
	return 0;
}

static int read_refs(struct inputs *inputs, struct ref_files *files, struct arena *arena,
		     const struct json *ref, const struct place *place, struct findings *findings,
		     struct error *err)
{
	enum ref_type type = REF_JSON;
	struct ref_parts parts;
	const struct json *list;
	struct finding *f;
	bool type_known;
	size_t i;

	if (ref->type != JSON_OBJECT) {
		f = add_at(findings, place, ref, "input-ref", "'ref' must be an object");
		finding_hint(f,
			     "{ \"file\": [\"path/to/outputs.json\"], \"type\": \"TERRAFORM\" }");
		inputs->failed = true;
		return 0;
	}
	inputs->failed = !read_members(&parts, ref, place, findings);
	type_known = parts.type && read_type(parts.type, &type, place, findings);
	inputs->failed |= !type_known;
	list = parts.file;
	if (!list)
		return 0;
	if (list->type != JSON_ARRAY) {
		f = add_at(findings, place, list, "input-ref",
			   "'ref.file' must be a list of paths");
		if (list->type == JSON_STRING)
			finding_hint(f, "write [\"%s\"]", list->u.str.s);
		inputs->failed = true;
		return 0;
	}
	if (list->u.array.nr > REF_FILES_MAX) {
		add_at(findings, place, list, "input-ref", "'ref.file' names more than 256 files");
		inputs->failed = true;
		return 0;
	}
	inputs->refs = arena_alloc(arena, (list->u.array.nr + 1) * sizeof(struct ref_file *));
	for (i = 0; i < list->u.array.nr; i++)
		if (read_file(inputs, files, list, i, type_known ? &type : NULL, place, findings,
			      err) < 0)
			return -1;
	return 0;
}

int inputs_read(struct inputs *inputs, struct ref_files *files, struct arena *arena,
		const char *path, const char *text, size_t text_len, const struct json *root,
		struct findings *findings, struct error *err)
{
	struct place place = { path, text, text_len };
	const struct json *ref;

	*inputs = (struct inputs){ .path = path, .text = text, .text_len = text_len, .root = root };
	if (root->type != JSON_OBJECT) {
		add_at(findings, &place, root, "input-shape",
		       "an input file must be a JSON object");
		inputs->root = NULL;
		inputs->failed = true;
		return 0;
	}
	ref = json_get(root, "ref");
	return ref ? read_refs(inputs, files, arena, ref, &place, findings, err) : 0;
}

/* The input's own. */
static bool find_own(const struct inputs *inputs, const char *name, size_t len,
		     struct input_value *value)
{
	const struct json *root = inputs->root;
	size_t i;

	if (!root || (len == 3 && !memcmp(name, "ref", 3)))
		return false;
	for (i = 0; i < root->u.object.nr; i++) {
		const struct json_member *m = &root->u.object.members[i];

		if (m->name_len != len || memcmp(m->name, name, len) != 0)
			continue;
		*value = (struct input_value){ .name = m->name,
					       .name_len = len,
					       .value = &m->value,
					       .origin = inputs->path,
					       .off = m->off };
		return true;
	}
	return false;
}

bool inputs_find(const struct inputs *inputs, const char *name, size_t len,
		 struct input_value *value)
{
	size_t i;

	if (find_own(inputs, name, len, value))
		return true;
	for (i = inputs->refs_nr; i > 0; i--) {
		const struct input_value *v = ref_file_find(inputs->refs[i - 1], name, len);

		if (v) {
			*value = *v;
			return true;
		}
	}
	return false;
}

size_t inputs_sources(const struct inputs *inputs, const char *name, size_t len,
		      struct input_source *out, size_t max)
{
	struct input_value value;
	size_t nr = 0, i;

	if (find_own(inputs, name, len, &value)) {
		if (nr < max)
			out[nr] = (struct input_source){ value, inputs->text, inputs->text_len,
							 NULL };
		nr++;
	}
	for (i = inputs->refs_nr; i > 0; i--) {
		const struct ref_file *file = inputs->refs[i - 1];
		const struct input_value *v = ref_file_find(file, name, len);

		if (!v || (i < inputs->refs_nr && inputs->refs[i] == file))
			continue;
		if (nr < max)
			out[nr] = (struct input_source){ *v, file->source.buf, file->source.len,
							 type_names[file->type] };
		nr++;
	}
	return nr;
}

void inputs_each(const struct inputs *inputs, input_value_fn *fn, void *data)
{
	size_t i, j;

	for (i = 0; i < inputs->refs_nr; i++)
		for (j = 0; j < inputs->refs[i]->nr; j++)
			fn(&inputs->refs[i]->values[j], data);
	for (i = 0; inputs->root && i < inputs->root->u.object.nr; i++) {
		const struct json_member *m = &inputs->root->u.object.members[i];
		struct input_value v = { .name = m->name,
					 .name_len = m->name_len,
					 .value = &m->value,
					 .origin = inputs->path };

		if (!str_eq(m->name, "ref"))
			fn(&v, data);
	}
}

int input_ref_paths(const char *text, size_t len, ref_path_fn *fn, void *data)
{
	struct json_problems problems = JSON_PROBLEMS_INIT;
	struct arena arena = ARENA_INIT;
	const struct json *list;
	size_t i;
	int rc = 0;

	/* most inputs refer to nothing; a name may be escaped, if nobody does it */
	if (!memmem(text, len, "\"ref\"", 5) && !memmem(text, len, "\\u", 2))
		return 0;
	list = json_path(json_parse(&arena, text, len, NULL, &problems), "ref.file");
	for (i = 0; !rc && list && list->type == JSON_ARRAY && i < list->u.array.nr; i++) {
		const char *path = json_str(&list->u.array.items[i]);

		if (path && i < REF_FILES_MAX && !ref_path_refused(path))
			rc = fn(path, data);
	}
	json_problems_release(&problems);
	arena_release(&arena);
	return rc;
}
