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

/* --- referenced files ------------------------------------------------------ */

void ref_files_init(struct ref_files *files, struct snapshot *snapshot)
{
	memset(files, 0, sizeof(*files));
	files->snapshot = snapshot;
	files->max_size = snapshot ? source_max_size(snapshot, REF_MAX_SIZE_KEY, REF_MAX_SIZE) :
				     REF_MAX_SIZE;
}

static void ref_file_free(void *data)
{
	struct ref_file *file = data;

	arena_release_secret(&file->arena);
	strbuf_release_secret(&file->source);
	strmap_release(&file->by_name, NULL);
	free(file->values);
	free(file->path);
	free(file);
}

void ref_files_release(struct ref_files *files)
{
	strmap_release(&files->map, ref_file_free);
}

static struct input_value *add_value(struct ref_file *file, const char *name, size_t len,
				     const struct json *value, bool sensitive)
{
	struct input_value *v;

	ALLOC_GROW(file->values, file->nr + 1, file->alloc);
	v = &file->values[file->nr++];
	*v = (struct input_value){ .name = name,
				   .name_len = len,
				   .value = value,
				   .origin = file->path,
				   .sensitive = sensitive };
	strmap_putn(&file->by_name, name, len, (void *)(uintptr_t)file->nr);
	return v;
}

static struct input_value *find_value(const struct ref_file *file, const char *name, size_t len)
{
	uintptr_t at = (uintptr_t)strmap_getn(&file->by_name, name, len);

	return at ? &file->values[at - 1] : NULL;
}

/* One finding for a file of the wrong shape, at its first sign. */
static void wrong_shape(struct ref_file *file, struct findings *findings, size_t off, size_t len,
			const char *message, const char *hint)
{
	struct finding *f =
		findings_add(findings, SEVERITY_ERROR, "ref-shape", file->path, "%s", message);

	finding_at(f, file->source.buf, file->source.len, off, len);
	if (hint)
		finding_hint(f, "%s", hint);
	file->failed = true;
}

static void read_terraform(struct ref_file *file, const struct json *root,
			   struct findings *findings)
{
	size_t i;

	if (json_get(root, "terraform_version") && json_get(root, "outputs")) {
		wrong_shape(file, findings, root->off, 1,
			    "this is a Terraform state, not its outputs",
			    "write it with: terraform output -json");
		return;
	}
	for (i = 0; i < root->u.object.nr; i++) {
		const struct json_member *m = &root->u.object.members[i];
		const struct json *sensitive = json_get(&m->value, "sensitive");
		const struct json *value = json_get(&m->value, "value");

		if (!value) {
			wrong_shape(file, findings, m->off, m->len,
				    m->value.type == JSON_OBJECT ?
					    "this output has no 'value'" :
					    "this is not how Terraform writes an output",
				    "for TERRAFORM, write the file with: terraform output -json; "
				    "for plain values, use \"type\": \"JSON\"");
			return;
		}
		if (sensitive && sensitive->type != JSON_BOOL) {
			wrong_shape(file, findings, sensitive->off, sensitive->len,
				    "'sensitive' must be true or false", NULL);
			return;
		}
		add_value(file, m->name, m->name_len, value, sensitive && sensitive->u.boolean);
	}
}

/*
 * CDK writes a list as a string that holds JSON; users write
 * {{ subnets | tojson }} and expect the list.
 */
static const struct json *decode_cdk(struct ref_file *file, const struct json *value)
{
	struct json_problems problems = JSON_PROBLEMS_INIT;
	const struct json *decoded = NULL;

	if (value->type == JSON_STRING && value->u.str.len > 1 && strchr("[{", value->u.str.s[0]))
		decoded =
			json_parse(&file->arena, value->u.str.s, value->u.str.len, NULL, &problems);
	json_problems_release(&problems);
	return decoded && (decoded->type == JSON_ARRAY || decoded->type == JSON_OBJECT) ? decoded :
											  value;
}

/* A stack with its lists decoded. */
static struct json *decode_stack(struct ref_file *file, const struct json *stack)
{
	struct json *copy = arena_alloc(&file->arena, sizeof(*copy));
	size_t i;

	*copy = *stack;
	copy->u.object.members = arena_alloc(
		&file->arena, (stack->u.object.nr + 1) * sizeof(*stack->u.object.members));
	for (i = 0; i < stack->u.object.nr; i++) {
		copy->u.object.members[i] = stack->u.object.members[i];
		copy->u.object.members[i].value =
			*decode_cdk(file, &stack->u.object.members[i].value);
	}
	return copy;
}

static void read_cdk(struct ref_file *file, const struct json *root, struct findings *findings)
{
	struct json **stacks = arena_alloc(&file->arena, (root->u.object.nr + 1) * sizeof(*stacks));
	size_t i, j;

	for (i = 0; i < root->u.object.nr; i++) {
		const struct json *stack = &root->u.object.members[i].value;

		if (stack->type != JSON_OBJECT) {
			wrong_shape(file, findings, stack->off, stack->len,
				    "a stack must be an object of outputs",
				    "for CDK, write the file with: cdk deploy --outputs-file; "
				    "for plain values, use \"type\": \"JSON\"");
			return;
		}
		stacks[i] = decode_stack(file, stack);
		for (j = 0; j < stack->u.object.nr; j++) {
			const struct json_member *output = &stacks[i]->u.object.members[j];
			struct input_value *same = find_value(file, output->name, output->name_len);

			if (same)
				same->ambiguous = true;
			else
				add_value(file, output->name, output->name_len, &output->value,
					  false);
		}
	}
	/* where an output is called like a stack, the name means the stack */
	for (i = 0; i < root->u.object.nr; i++) {
		const struct json_member *m = &root->u.object.members[i];

		add_value(file, m->name, m->name_len, stacks[i], false);
	}
}

static void read_json(struct ref_file *file, const struct json *root)
{
	size_t i;

	for (i = 0; i < root->u.object.nr; i++) {
		const struct json_member *m = &root->u.object.members[i];

		add_value(file, m->name, m->name_len, &m->value, false);
	}
}

/* The content of file->source. */
static void read_content(struct ref_file *file, struct findings *findings)
{
	struct json_problems problems = JSON_PROBLEMS_INIT;
	const struct json *root =
		json_parse(&file->arena, file->source.buf, file->source.len, NULL, &problems);

	source_json_findings(findings, file->path, file->source.buf, file->source.len, &problems);
	json_problems_release(&problems);
	file->failed = !root;
	if (!root)
		return;
	if (root->type != JSON_OBJECT) {
		wrong_shape(file, findings, root->off, 1, "this must be a JSON object", NULL);
		return;
	}
	switch (file->type) {
	case REF_TERRAFORM:
		read_terraform(file, root, findings);
		break;
	case REF_CDK:
		read_cdk(file, root, findings);
		break;
	case REF_JSON:
		read_json(file, root);
		break;
	}
}

static int read_ref_file(struct ref_file *file, struct ref_files *files, struct findings *findings,
			 struct error *err)
{
	struct file_entry entry;
	int rc = 0;

	if (files->snapshot)
		rc = snapshot_get(files->snapshot, file->path, &entry, err);
	if (rc < 0)
		return -1;
	file->missing = !rc;
	file->failed = true;
	if (!rc)
		return 0;
	entry.path = file->path;
	rc = source_read(files->snapshot, &entry, files->max_size, REF_MAX_SIZE_KEY, &file->source,
			 findings, err);
	if (rc > 0)
		read_content(file, findings);
	return rc < 0 ? -1 : 0;
}

/* The one that is there already, or a new one. */
static struct ref_file *find_or_add(struct ref_files *files, const char *path, enum ref_type type,
				    bool *added)
{
	struct strbuf key = STRBUF_INIT;
	struct ref_file *file;

	strbuf_addf(&key, "%d", (int)type);
	strbuf_addstr(&key, path);
	file = strmap_getn(&files->map, key.buf, key.len);
	*added = !file;
	if (!file) {
		file = xcalloc(1, sizeof(*file));
		file->path = xstrdup(path);
		file->type = type;
		strbuf_init(&file->source, 0);
		strmap_putn(&files->map, key.buf, key.len, file);
	}
	strbuf_release(&key);
	return file;
}

static int ref_file_get(struct ref_file **out, struct ref_files *files, const char *path,
			enum ref_type type, struct findings *findings, struct error *err)
{
	bool added;

	*out = find_or_add(files, path, type, &added);
	return added ? read_ref_file(*out, files, findings, err) : 0;
}

void ref_files_put(struct ref_files *files, const char *path, enum ref_type type, const char *text,
		   size_t len, struct findings *findings)
{
	bool added;
	struct ref_file *file = find_or_add(files, path, type, &added);

	if (!added)
		BUG("'%s' is there already", path);
	strbuf_add(&file->source, text, len);
	read_content(file, findings);
}

/* --- the input file --------------------------------------------------------- */

static bool read_type(const struct json *ref, enum ref_type *type, const struct place *place,
		      struct findings *findings)
{
	const struct json *value = json_get(ref, "type");
	const char *name = json_str(value), *near;
	struct finding *f;
	size_t i;

	if (!value) {
		f = findings_add(findings, SEVERITY_ERROR, "input-ref", place->path,
				 "'ref' has no 'type'");
		finding_at(f, place->text, place->len, ref->off, 1);
		finding_hint(f, "one of \"TERRAFORM\", \"CDK\", \"JSON\"");
		return false;
	}
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

static void missing_file(struct findings *findings, const struct place *place,
			 const struct json *at, const char *path, struct snapshot *snapshot)
{
	struct finding *f = findings_add(findings, SEVERITY_ERROR, "ref-missing", place->path,
					 "there is no file '%s'", path);
	char *parent = xstrdup(path), *slash;
	struct error err = ERROR_INIT;
	struct file_entry entry;

	finding_at(f, place->text, place->len, at->off, at->len);
	finding_hint(f, "commit it, too; paths start at the top of the repository");
	/* links are not followed, and that is not obvious from a work tree */
	while (snapshot && (slash = strrchr(parent, '/'))) {
		*slash = '\0';
		if (snapshot_get(snapshot, parent, &entry, &err) > 0) {
			finding_hint(f, "'%s' is %s, not a directory", parent,
				     (entry.mode & 0170000) == 0120000 ? "a symbolic link" :
				     (entry.mode & 0170000) == 0160000 ? "a submodule" :
									 "a file");
			break;
		}
	}
	error_release(&err);
	free(parent);
}

static int read_refs(struct inputs *inputs, struct ref_files *files, struct arena *arena,
		     const struct json *ref, const struct place *place, struct findings *findings,
		     struct error *err)
{
	const struct json *list = json_get(ref, "file");
	enum ref_type type = REF_JSON;
	bool type_known, failed = false;
	struct finding *f;
	size_t i;

	if (ref->type != JSON_OBJECT) {
		f = add_at(findings, place, ref, "input-ref", "'ref' must be an object");
		finding_hint(f,
			     "{ \"file\": [\"path/to/outputs.json\"], \"type\": \"TERRAFORM\" }");
		inputs->failed = true;
		return 0;
	}
	for (i = 0; i < ref->u.object.nr; i++) {
		const struct json_member *m = &ref->u.object.members[i];
		const char *near;

		if (str_eq(m->name, "file") || str_eq(m->name, "type"))
			continue;
		f = findings_add(findings, SEVERITY_ERROR, "input-ref", place->path,
				 "unknown member '%s' of 'ref'", m->name);
		finding_at(f, place->text, place->len, m->off, m->len);
		near = nearest_word(m->name, ref_members, ARRAY_SIZE(ref_members));
		if (near && !json_get(ref, near)) {
			finding_hint(f, "did you mean \"%s\"?", near);
			/* one mistake, one finding */
			inputs->failed = true;
			return 0;
		}
		finding_hint(f, "'ref' has \"file\" and \"type\"");
		failed = true;
	}
	type_known = read_type(ref, &type, place, findings);
	failed |= !type_known;
	if (!list) {
		inputs->failed = true;
		if (!json_get(ref, "type"))
			return 0; /* said already: nothing is there */
		f = findings_add(findings, SEVERITY_ERROR, "input-ref", place->path,
				 "'ref' has no 'file'");
		finding_at(f, place->text, place->len, ref->off, 1);
		finding_hint(f, "\"file\": [\"path/to/outputs.json\"]");
		return 0;
	}
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
	for (i = 0; i < list->u.array.nr; i++) {
		const struct json *item = &list->u.array.items[i];
		const char *path = json_str(item), *why;
		struct ref_file *file;

		if (!path) {
			add_at(findings, place, item, "input-ref", "a path must be a string");
			failed = true;
			continue;
		}
		why = strlen(path) != item->u.str.len ? "the path has a NUL" :
							ref_path_refused(path);
		if (why) {
			add_at(findings, place, item, "ref-path", why);
			failed = true;
			continue;
		}
		if (!type_known)
			continue;
		if (ref_file_get(&file, files, path, type, findings, err) < 0)
			return -1;
		if (file->missing)
			missing_file(findings, place, item, path, files->snapshot);
		failed |= file->failed;
		inputs->refs[inputs->refs_nr++] = file;
	}
	inputs->failed |= failed;
	return 0;
}

int inputs_read(struct inputs *inputs, struct ref_files *files, struct arena *arena,
		const char *path, const char *text, size_t text_len, const struct json *root,
		struct findings *findings, struct error *err)
{
	struct place place = { path, text, text_len };
	const struct json *ref;

	*inputs = (struct inputs){ .path = path, .root = root };
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

bool inputs_find(const struct inputs *inputs, const char *name, size_t len,
		 struct input_value *value)
{
	size_t i;

	if (inputs->root && !(len == 3 && !memcmp(name, "ref", 3))) {
		const struct json *root = inputs->root;

		for (i = 0; i < root->u.object.nr; i++) {
			const struct json_member *m = &root->u.object.members[i];

			if (m->name_len != len || memcmp(m->name, name, len) != 0)
				continue;
			*value = (struct input_value){ .name = m->name,
						       .name_len = len,
						       .value = &m->value,
						       .origin = inputs->path };
			return true;
		}
	}
	for (i = inputs->refs_nr; i > 0; i--) {
		const struct input_value *v = find_value(inputs->refs[i - 1], name, len);

		if (v) {
			*value = *v;
			return true;
		}
	}
	return false;
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
