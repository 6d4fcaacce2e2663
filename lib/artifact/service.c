#include "base/base.h"
#include "artifact/service.h"

#include "artifact/input.h"
#include "artifact/source.h"
#include "base/digest.h"

/* A rendered document is sent to AWS, whose own limits are far below these. */
static const struct template_limits limits = {
	.steps = 5000000,
	.iterations = 500000,
	.output = (size_t)8 << 20,
	.string = (size_t)4 << 20,
	.memory = (size_t)64 << 20,
	.depth = 100,
};

/*
 * Equal templates are parsed once; when so many different ones are kept, all
 * are dropped. More than the processor's caches hold would make each slower.
 */
#define TEMPLATES_MAX	    512
#define TEMPLATES_MAX_BYTES ((size_t)16 << 20)

struct kept_template {
	struct template *t;
	char *text;
	size_t len;
};

struct service_reader {
	struct snapshot *snapshot;
	struct ref_files refs;
	struct strmap templates; /* blob id to struct kept_template */
	size_t templates_bytes;
	size_t max_size;
	rendered_fn *on_rendered; /* or NULL */
	void *on_rendered_data;
};

struct service_reader *service_reader_new(struct snapshot *snapshot)
{
	struct service_reader *reader = xcalloc(1, sizeof(*reader));

	reader->snapshot = snapshot;
	ref_files_init(&reader->refs, snapshot);
	reader->max_size = source_max_size(snapshot, ARTIFACT_MAX_SIZE_KEY, ARTIFACT_MAX_SIZE);
	return reader;
}

void service_reader_on_rendered(struct service_reader *reader, rendered_fn *fn, void *data)
{
	reader->on_rendered = fn;
	reader->on_rendered_data = data;
}

static void free_kept(void *data)
{
	struct kept_template *kept = data;

	template_free(kept->t);
	free(kept->text);
	free(kept);
}

static void drop_templates(struct service_reader *reader)
{
	strmap_release(&reader->templates, free_kept);
	strmap_init(&reader->templates);
	reader->templates_bytes = 0;
}

void service_reader_free(struct service_reader *reader)
{
	if (!reader)
		return;
	drop_templates(reader);
	ref_files_release(&reader->refs);
	free(reader);
}

/* Takes `t`. */
static void keep_template(struct service_reader *reader, const struct oid *oid, struct template *t,
			  const struct strbuf *source)
{
	struct kept_template *kept;

	if (reader->templates.nr >= TEMPLATES_MAX || reader->templates_bytes > TEMPLATES_MAX_BYTES)
		drop_templates(reader);
	kept = xcalloc(1, sizeof(*kept));
	kept->t = t;
	kept->text = xmemdupz(source->buf, source->len);
	kept->len = source->len;
	kept = strmap_putn(&reader->templates, (const char *)oid->id, sizeof(oid->id), kept);
	if (kept)
		free_kept(kept);
	reader->templates_bytes += source->len;
}

/* --- one object ----------------------------------------------------------------- */

struct reading {
	struct service *service;
	struct service_reader *reader;
	struct findings *findings;
	struct inputs inputs;
	struct template_values *values;
	bool all_values;
	struct error *err;
};

static void clear_document(struct document *doc)
{
	struct template_map map = doc->map;
	struct strbuf source = doc->source, rendered = doc->rendered;

	if (!source.buf) {
		strbuf_init(&source, 0);
		strbuf_init(&rendered, 0);
	}
	strbuf_reset(&source);
	strbuf_reset(&rendered);
	map.nr = 0;
	map.out_len = 0;
	*doc = (struct document){ .source = source, .rendered = rendered, .map = map };
}

void service_release(struct service *service)
{
	size_t i;

	for (i = 0; i < ROLE_NR; i++) {
		struct document *doc = &service->docs[i];

		if (!doc->source.buf)
			continue;
		strbuf_release(&doc->source);
		strbuf_release_secret(&doc->rendered);
		template_map_release(&doc->map);
	}
	code_free(service->code);
	arena_release_secret(&service->arena);
	memset(service, 0, sizeof(*service));
}

void service_free(struct service *service)
{
	if (!service)
		return;
	service_release(service);
	free(service);
}

/* The file of a role: 1, 0 when there is none, negative. */
static int find_file(struct reading *r, enum artifact_role role, const struct plan_object *known,
		     struct file_entry *entry)
{
	const struct plan_file *file = known ? plan_object_file(known, role) : NULL;
	const char *path = r->service->docs[role].path;
	int rc;

	if (file && file->change != 'R') {
		*entry = (struct file_entry){ path, file->mode, file->oid };
		return file->change != 'D';
	}
	if (known && known->complete)
		return 0;
	rc = snapshot_get(r->reader->snapshot, path, entry, r->err);
	entry->path = path;
	return rc > 0 && snapshot_path_ignored(r->reader->snapshot, path) ? 0 : rc;
}

static const struct json *parse_json(struct reading *r, struct document *doc)
{
	struct json_problems problems = JSON_PROBLEMS_INIT;
	const struct strbuf *text = &doc->rendered;
	const struct json *json =
		json_parse(&r->service->arena, text->buf, text->len, NULL, &problems);
	size_t i;

	for (i = 0; i < problems.nr; i++) {
		const struct json_problem *p = &problems.v[i];
		size_t off, len;
		struct finding *f;
		bool secret = doc->sensitive &&
			      template_map_sensitive(&doc->map, p->off, MAX(p->len, (size_t)1));

		f = findings_add(r->findings, SEVERITY_ERROR, p->rule, doc->path, "%s",
				 secret ? "what a sensitive value becomes here is not JSON" :
					  p->message);
		document_place(doc, p->off, p->len, &off, &len);
		finding_at(f, doc->source.buf, doc->source.len, off, len);
		/* lines in the hint are the rendered text's */
		if (p->hint && !secret && (doc->plain || !str_eq(p->rule, "json-duplicate")))
			finding_hint(f, "%s", p->hint);
	}
	json_problems_release(&problems);
	if (json && json->type != JSON_OBJECT) {
		document_finding(r->findings, doc, json, SEVERITY_ERROR, "json-shape",
				 "this must be a JSON object, not %s%s",
				 json->type == JSON_ARRAY ? "an " :
				 json->type == JSON_NULL  ? "" :
							    "a ",
				 json_type_name(json->type));
		return NULL;
	}
	return json;
}

static void set_value(const struct input_value *v, void *data)
{
	struct reading *r = data;

	if (!v->ambiguous)
		template_values_set(r->values, v->name, v->name_len, v->value, v->origin,
				    v->sensitive);
}

/* Where the one that wins is ambiguous there is none, not that of an earlier file. */
static void set_winning_value(const struct input_value *v, void *data)
{
	struct reading *r = data;
	struct input_value wins;

	if (inputs_find(&r->inputs, v->name, v->name_len, &wins))
		set_value(&wins, r);
}

/* The values that the template reads; all of them would cost more than rendering. */
static void set_needed_values(struct reading *r, const struct template *t)
{
	const char *const *names;
	size_t nr = template_names(t, &names), i;

	if (!r->values)
		r->values = template_values_new();
	for (i = 0; !r->all_values && i < nr; i++) {
		struct input_value v;

		if (inputs_find(&r->inputs, names[i], strlen(names[i]), &v))
			set_value(&v, r);
	}
}

static void add_template_errors(struct reading *r, const struct document *doc,
				const struct template_errors *errs)
{
	const char *text = doc->source.buf;
	struct input_value v;
	size_t i;

	for (i = 0; i < errs->nr; i++) {
		const struct template_error *e = &errs->v[i];
		bool undefined = str_eq(e->rule, "template-undefined");
		struct finding *f;

		if (undefined && e->off + e->len <= doc->source.len &&
		    inputs_find(&r->inputs, text + e->off, e->len, &v) && v.ambiguous) {
			f = findings_add(r->findings, SEVERITY_ERROR, "ref-ambiguous", doc->path,
					 "several stacks of '%s' have an output '%s'", v.origin,
					 v.name);
			finding_hint(f, "say which: <stack>.%s", v.name);
		} else {
			f = findings_add(r->findings, SEVERITY_ERROR, e->rule, doc->path, "%s",
					 e->message);
			if (undefined && !r->inputs.path)
				finding_hint(f, "there is no '%s' to take values from",
					     r->service->docs[ROLE_INPUT].path);
			else if (e->hint)
				finding_hint(f, "%s", e->hint);
		}
		finding_at(f, text, doc->source.len, e->off, e->len);
	}
}

/* Render into doc->rendered; false after findings. */
/* `errs`: what parsing said, to which rendering adds. */
static bool render(struct reading *r, struct document *doc, const struct template *t,
		   struct template_errors *errs)
{
	size_t parse_errs = errs->nr;
	bool ok;

	set_needed_values(r, t);
	ok = template_render(t, r->values, &limits, &doc->rendered, &doc->map, errs) >= 0;
	/* again with all values, for the hints: what else might have been meant */
	if (!ok && !r->all_values) {
		r->all_values = true;
		inputs_each(&r->inputs, set_winning_value, r);
		template_errors_cut(errs, parse_errs);
		strbuf_reset(&doc->rendered);
		doc->map.nr = 0;
		ok = template_render(t, r->values, &limits, &doc->rendered, &doc->map, errs) >= 0;
	}
	return ok;
}

/* No tag begins in it: not worth parsing as a template. */
static bool is_plain(const struct strbuf *source)
{
	const char *p = source->buf, *end = p + source->len;

	while ((p = memchr(p, '{', (size_t)(end - p)))) {
		if (p[1] == '{' || p[1] == '%' || p[1] == '#')
			return false;
		p++;
	}
	return true;
}

/* Source, template and JSON of one document. 0, or negative when git can't be read. */
static int read_document(struct reading *r, struct document *doc, const struct file_entry *entry)
{
	struct service_reader *reader = r->reader;
	struct template_errors errs = TEMPLATE_ERRORS_INIT;
	struct kept_template *kept = NULL;
	struct template *t = NULL;
	bool broken = false;
	size_t i;
	int rc;

	if ((entry->mode & 0170111) == 0100000 && !oid_is_null(&entry->oid))
		kept = strmap_getn(&reader->templates, (const char *)entry->oid.id,
				   sizeof(entry->oid.id));
	if (kept) {
		strbuf_add(&doc->source, kept->text, kept->len);
	} else {
		rc = source_read(reader->snapshot, entry, reader->max_size, ARTIFACT_MAX_SIZE_KEY,
				 &doc->source, r->findings, r->err);
		if (rc <= 0)
			return rc;
		doc->plain = is_plain(&doc->source);
	}
	if (doc->plain) {
		strbuf_add(&doc->rendered, doc->source.buf, doc->source.len);
		doc->json = parse_json(r, doc);
		return 0;
	}
	if (!kept) {
		t = template_parse(doc->source.buf, doc->source.len, &errs);
		broken = errs.nr > 0;
	}
	/* where values are missing for another reason, what is undefined is no news */
	if ((t || kept) && !r->inputs.failed && render(r, doc, kept ? kept->t : t, &errs)) {
		for (i = 0; i < doc->map.nr; i++)
			doc->sensitive |= doc->map.runs[i].sensitive;
		doc->json = parse_json(r, doc);
		if (reader->on_rendered)
			reader->on_rendered(doc, r->values, &r->inputs, reader->on_rendered_data);
	}
	add_template_errors(r, doc, &errs);
	template_errors_release(&errs);
	if (t && !broken && !oid_is_null(&entry->oid))
		keep_template(reader, &entry->oid, t, &doc->source);
	else
		template_free(t);
	return 0;
}

static int read_input(struct reading *r, struct document *doc, const struct file_entry *entry)
{
	struct json_problems problems = JSON_PROBLEMS_INIT;
	struct arena *arena = &r->service->arena;
	int rc;

	r->inputs = (struct inputs){ .path = doc->path, .failed = true };
	doc->plain = true;
	rc = source_read(r->reader->snapshot, entry, r->reader->max_size, ARTIFACT_MAX_SIZE_KEY,
			 &doc->source, r->findings, r->err);
	if (rc <= 0)
		return rc;
	doc->json = json_parse(arena, doc->source.buf, doc->source.len, NULL, &problems);
	source_json_findings(r->findings, doc->path, doc->source.buf, doc->source.len, &problems);
	json_problems_release(&problems);
	if (!doc->json)
		return 0;
	return inputs_read(&r->inputs, &r->reader->refs, arena, doc->path, doc->source.buf,
			   doc->source.len, doc->json, r->findings, r->err);
}

static int read_all(struct reading *r, const struct plan_object *known)
{
	/* the input first: all others need its values */
	static const enum artifact_role order[] = { ROLE_INPUT, ROLE_DEFINITION,
						    ROLE_TASK_DEFINITION, ROLE_EVENT_SOURCES,
						    ROLE_SETTINGS };
	struct service *service = r->service;
	size_t i;

	for (i = 0; i < ROLE_NR; i++)
		clear_document(&service->docs[i]);
	for (i = 0; i < ARRAY_SIZE(order); i++) {
		struct document *doc = &service->docs[order[i]];
		const char *suffix = artifact_suffix(service->kind, order[i]);
		struct file_entry entry;
		int rc;

		if (!suffix)
			continue;
		doc->path = arena_concat(&service->arena, service->prefix, suffix);
		rc = find_file(r, order[i], known, &entry);
		if (rc < 0)
			return -1;
		if (!rc)
			continue;
		doc->present = true;
		rc = order[i] == ROLE_INPUT ? read_input(r, doc, &entry) :
					      read_document(r, doc, &entry);
		if (rc < 0)
			return error_prefix(r->err, "cannot read '%s'", doc->path);
	}
	return 0;
}

int service_read(struct service *service, struct service_reader *reader, enum artifact_kind kind,
		 const char *prefix, const struct plan_object *known, struct findings *findings,
		 struct error *err)
{
	struct reading r = {
		.service = service, .reader = reader, .findings = findings, .err = err
	};
	size_t errors = findings->errors;
	int rc;

	arena_reset(&service->arena);
	service->kind = kind;
	service->prefix = arena_strdup(&service->arena, prefix);
	service->digest[0] = '\0';
	rc = read_all(&r, known);
	service->ok = !rc && findings->errors == errors && !r.inputs.failed;
	template_values_free(r.values);
	return rc;
}

const struct json *service_code_value(const struct service *service)
{
	const struct document *doc = &service->docs[ROLE_DEFINITION];
	const struct json *value;

	if (service->kind != KIND_LAMBDA || !doc->json)
		return NULL;
	value = json_get(json_get(doc->json, "Code"), "ZipFile");
	return json_str(value) && code_is_path(json_str(value)) ? value : NULL;
}

void service_code_finding(struct findings *findings, const struct service *service,
			  const struct code_problem *problem)
{
	const struct document *doc = &service->docs[ROLE_DEFINITION];
	const struct json *value = service_code_value(service);
	bool secret = doc->sensitive && template_map_sensitive(&doc->map, value->off, value->len);
	struct finding *f = document_finding(
		findings, doc, value, SEVERITY_ERROR, problem->rule, "%s",
		secret ? "the code that a sensitive value names can't be used" : problem->message);

	if (problem->hint && !secret)
		finding_hint(f, "%s", problem->hint);
}

static int find_code(struct service *service, struct snapshot *snapshot, struct findings *findings,
		     struct error *err)
{
	const struct json *value = service_code_value(service);
	struct code_problem problem;
	int rc;

	if (!value)
		return 0;
	rc = code_find(&service->code, snapshot, json_str(value), &problem, err);
	if (rc < 0)
		return error_prefix(err, "cannot read the code of '%s'", service->prefix);
	if (!rc) {
		service_code_finding(findings, service, &problem);
		code_problem_release(&problem);
		service->ok = false;
	}
	return 0;
}

/* Role and length stand before each, so that no text can pass for two. */
static int make_digest(struct service *service, struct error *err)
{
	struct strbuf all = STRBUF_INIT, hex = STRBUF_INIT, code = STRBUF_INIT;
	int role, rc = 0;

	for (role = 0; role < ROLE_NR; role++) {
		const struct document *doc = &service->docs[role];

		if (!doc->present || role == ROLE_SETTINGS || role == ROLE_INPUT)
			continue;
		strbuf_addf(&all, "%s %zu\n",
			    artifact_suffix(service->kind, (enum artifact_role)role),
			    doc->rendered.len);
		strbuf_addbuf(&all, &doc->rendered);
	}
	if (service->code) {
		rc = code_identify(service->code, &code, err);
		strbuf_addf(&all, "code %zu\n", code.len);
		strbuf_addbuf(&all, &code);
	}
	if (!rc) {
		sha256_hex(&hex, all.buf, all.len);
		memcpy(service->digest, hex.buf, sizeof(service->digest));
	}
	strbuf_release_secret(&all);
	strbuf_release(&hex);
	strbuf_release(&code);
	return rc;
}

int service_load(struct service **out, struct snapshot *snapshot, enum artifact_kind kind,
		 const char *prefix, struct findings *findings, struct error *err)
{
	struct service_reader *reader = service_reader_new(snapshot);
	struct service *service = xcalloc(1, sizeof(*service));
	int rc = service_read(service, reader, kind, prefix, NULL, findings, err);

	service_reader_free(reader);
	if (!rc)
		rc = find_code(service, snapshot, findings, err);
	if (!rc && service->ok)
		rc = make_digest(service, err);
	if (rc < 0) {
		service_free(service);
		service = NULL;
	}
	*out = service;
	return rc;
}
