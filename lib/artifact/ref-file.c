#include "base/base.h"
#include "artifact/input.h"

#include "artifact/source.h"

/* Files that inputs refer to: read and judged once, whoever names them. */

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

/* --- values --------------------------------------------------------------------- */

static struct input_value *add_value(struct ref_file *file, const struct json_member *m,
				     const struct json *value, bool sensitive)
{
	struct input_value *v;

	ALLOC_GROW(file->values, file->nr + 1, file->alloc);
	v = &file->values[file->nr++];
	*v = (struct input_value){ .name = m->name,
				   .name_len = m->name_len,
				   .value = value,
				   .origin = file->path,
				   .sensitive = sensitive,
				   .off = m->off };
	strmap_putn(&file->by_name, m->name, m->name_len, (void *)(uintptr_t)file->nr);
	return v;
}

struct input_value *ref_file_find(const struct ref_file *file, const char *name, size_t len)
{
	uintptr_t at = (uintptr_t)strmap_getn(&file->by_name, name, len);

	return at ? &file->values[at - 1] : NULL;
}

/* --- what is wrong with a file ----------------------------------------------------- */

/* A line of such a file may show what must not be seen, even where it is broken. */
static bool may_hold_secrets(const struct ref_file *file)
{
	return file->type == REF_TERRAFORM ||
	       (file->source.len && memmem(file->source.buf, file->source.len, "sensitive", 9));
}

static void wrong_shape(struct ref_file *file, struct findings *findings, size_t off, size_t len,
			const char *message, const char *hint)
{
	struct finding *f =
		findings_add(findings, SEVERITY_ERROR, "ref-shape", file->path, "%s", message);

	finding_at(f, file->source.buf, file->source.len, off, len);
	if (may_hold_secrets(file))
		finding_hide_source(f);
	if (hint)
		finding_hint(f, "%s", hint);
	file->failed = true;
}

/* What JSON's parser says quotes the text. */
static const char *unquoted(const struct json_problem *p)
{
	if (str_eq(p->rule, "json-duplicate"))
		return "this member is there twice";
	return starts_with(p->message, "found '") ? "this is not JSON" : p->message;
}

static void json_findings(const struct ref_file *file, struct findings *findings,
			  const struct json_problems *problems)
{
	size_t i;

	if (!may_hold_secrets(file)) {
		source_json_findings(findings, file->path, file->source.buf, file->source.len,
				     problems);
		return;
	}
	for (i = 0; i < problems->nr; i++) {
		const struct json_problem *p = &problems->v[i];
		struct finding *f = findings_add(findings, SEVERITY_ERROR, p->rule, file->path,
						 "%s", unquoted(p));

		finding_at(f, file->source.buf, file->source.len, p->off, p->len);
		finding_hide_source(f);
		if (p->hint)
			finding_hint(f, "%s", p->hint);
	}
}

/* --- Terraform -------------------------------------------------------------------- */

/* An output as Terraform marks it, in whatever kind of file. */
static bool is_marked_sensitive(const struct json *output)
{
	return json_get(output, "value") && json_get_bool(output, "sensitive", false);
}

static bool is_terraform_state(const struct json *root)
{
	return json_get(root, "terraform_version") &&
	       (json_get(root, "outputs") || json_get(root, "values") ||
		json_get(root, "planned_values"));
}

static bool is_any_output(const struct json *root)
{
	size_t i;

	for (i = 0; i < root->u.object.nr; i++)
		if (json_get(&root->u.object.members[i].value, "value"))
			return true;
	return !root->u.object.nr;
}

static void not_an_output(struct ref_file *file, struct findings *findings,
			  const struct json_member *m)
{
	wrong_shape(file, findings, m->off, m->len,
		    m->value.type == JSON_OBJECT ? "this output has no 'value'" :
						   "this is not how Terraform writes an output",
		    "for TERRAFORM, write the file with: terraform output -json; "
		    "for plain values, use \"type\": \"JSON\"");
}

static void read_terraform(struct ref_file *file, const struct json *root,
			   struct findings *findings)
{
	size_t i;

	if (is_terraform_state(root)) {
		wrong_shape(file, findings, root->off, 1,
			    "this is a Terraform state, not its outputs",
			    "write it with: terraform output -json");
		return;
	}
	if (!is_any_output(root)) {
		/* another kind of file altogether: said once */
		not_an_output(file, findings, &root->u.object.members[0]);
		return;
	}
	for (i = 0; i < root->u.object.nr; i++) {
		const struct json_member *m = &root->u.object.members[i];
		const struct json *sensitive = json_get(&m->value, "sensitive");
		const struct json *value = json_get(&m->value, "value");

		if (!value)
			not_an_output(file, findings, m);
		else if (sensitive && sensitive->type != JSON_BOOL)
			wrong_shape(file, findings, sensitive->off, sensitive->len,
				    "'sensitive' must be true or false", NULL);
		else
			add_value(file, m, value, sensitive && sensitive->u.boolean);
	}
}

/* --- CDK -------------------------------------------------------------------------- */

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

static void add_outputs(struct ref_file *file, const struct json_member *stack,
			const struct json *decoded)
{
	size_t i;

	for (i = 0; i < decoded->u.object.nr; i++) {
		const struct json_member *m = &decoded->u.object.members[i];
		struct input_value *same = ref_file_find(file, m->name, m->name_len);

		if (same)
			same->ambiguous = true;
		else
			add_value(file, m, &m->value, is_marked_sensitive(&stack->value))->stack =
				stack->name;
	}
}

static void read_cdk(struct ref_file *file, const struct json *root, struct findings *findings)
{
	struct json **stacks = arena_alloc(&file->arena, (root->u.object.nr + 1) * sizeof(*stacks));
	bool any = false;
	size_t i;

	for (i = 0; i < root->u.object.nr; i++)
		any |= root->u.object.members[i].value.type == JSON_OBJECT;
	for (i = 0; i < root->u.object.nr; i++) {
		const struct json_member *m = &root->u.object.members[i];

		if (m->value.type == JSON_OBJECT) {
			stacks[i] = decode_stack(file, &m->value);
			add_outputs(file, m, stacks[i]);
			continue;
		}
		wrong_shape(file, findings, m->value.off, m->value.len,
			    "a stack must be an object of outputs",
			    "for CDK, write the file with: cdk deploy --outputs-file; "
			    "for plain values, use \"type\": \"JSON\"");
		if (!any)
			return; /* another kind of file altogether: said once */
	}
	/* where an output is called like a stack, the name means the stack */
	for (i = 0; !file->failed && i < root->u.object.nr; i++) {
		const struct json_member *m = &root->u.object.members[i];

		add_value(file, m, stacks[i], is_marked_sensitive(&m->value));
	}
}

/* --- plain JSON, and which of them it is -------------------------------------------- */

static void read_json(struct ref_file *file, const struct json *root)
{
	size_t i;

	for (i = 0; i < root->u.object.nr; i++) {
		const struct json_member *m = &root->u.object.members[i];

		add_value(file, m, &m->value, is_marked_sensitive(&m->value));
	}
}

/* The content of file->source. */
static void read_content(struct ref_file *file, struct findings *findings)
{
	struct json_problems problems = JSON_PROBLEMS_INIT;
	const struct json *root =
		json_parse(&file->arena, file->source.buf, file->source.len, NULL, &problems);

	json_findings(file, findings, &problems);
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
	file->mode = entry.mode;
	if ((entry.mode & 0170000) != 0100000)
		return 0;
	entry.path = file->path;
	rc = source_read(files->snapshot, &entry, files->max_size, REF_MAX_SIZE_KEY, &file->source,
			 findings, err);
	if (rc > 0)
		read_content(file, findings);
	return rc < 0 ? -1 : 0;
}

/* --- all of them -------------------------------------------------------------------- */

/* The one that is there already, or a new one. */
static struct ref_file *find_or_add(struct ref_files *files, const char *path, enum ref_type type,
				    bool *added)
{
	struct strbuf key = STRBUF_INIT;
	struct ref_file *file;

	strbuf_addch(&key, (char)('0' + type));
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

int ref_file_get(struct ref_file **out, struct ref_files *files, const char *path,
		 enum ref_type type, struct findings *findings, struct error *err)
{
	struct findings_once once = findings_once_begin(findings);
	bool added;
	char *key;
	int rc;

	*out = find_or_add(files, path, type, &added);
	if (!added)
		return 0;
	rc = read_ref_file(*out, files, findings, err);
	key = xstrfmt("%d%s", (int)type, path);
	findings_once_end(findings, once, key);
	free(key);
	return rc;
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
