#include "base/base.h"
#include "artifact/explain.h"

#include "artifact/expression.h"
#include "artifact/input.h"

/* Definitions of one variable that are told: the one that counts, and what it overrides. */
#define SOURCES_MAX 16
#define MASK	    "(sensitive)"

void explanation_release(struct explanation *ex)
{
	free(ex->v);
	arena_release_secret(&ex->arena);
	*ex = (struct explanation)EXPLANATION_INIT;
}

void explanation_keep(struct explanation *ex, const char *path)
{
	size_t i, nr = 0;

	for (i = 0; i < ex->nr; i++)
		if (!path || str_eq(ex->v[i].path, path))
			ex->v[nr++] = ex->v[i];
	ex->nr = nr;
}

/* One document that is being explained. */
struct telling {
	struct explanation *ex;
	const struct document *doc;
	const struct template_values *values;
	const struct inputs *inputs;
};

/* --- where it is in the rendered document -------------------------------------------- */

/* The last of `nr` things at or before `off`, whose places `at` gives. */
static size_t last_before(const struct json *v, size_t nr, uint32_t off)
{
	size_t lo = 0, hi = nr;

	while (lo + 1 < hi) {
		size_t mid = lo + (hi - lo) / 2;
		uint32_t at = v->type == JSON_OBJECT ? v->u.object.members[mid].off :
						       v->u.array.items[mid].off;

		if (at <= off)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

/* A name that is made of a secret is one, too. */
static void add_rendered_name(struct strbuf *path, const struct document *doc,
			      const struct json_member *m)
{
	if (doc->sensitive && template_map_sensitive(&doc->map, m->off, m->len))
		strbuf_addf(path, "%s" MASK, path->len ? "." : "");
	else
		add_member(path, m->name, m->name_len);
}

/* The path of the innermost value that holds the byte `off`. */
static void add_rendered_path(struct strbuf *path, const struct document *doc, uint32_t off)
{
	const struct json *v = doc->json;

	for (;;) {
		if (v->type == JSON_OBJECT && v->u.object.nr) {
			const struct json_member *m =
				&v->u.object.members[last_before(v, v->u.object.nr, off)];

			if (off < m->off || off >= m->value.off + m->value.len)
				return;
			add_rendered_name(path, doc, m);
			if (off < m->value.off)
				return;
			v = &m->value;
		} else if (v->type == JSON_ARRAY && v->u.array.nr) {
			size_t i = last_before(v, v->u.array.nr, off);
			const struct json *item = &v->u.array.items[i];

			if (off < item->off || off >= item->off + item->len)
				return;
			strbuf_addf(path, "[%zu]", i);
			v = item;
		} else {
			return;
		}
	}
}

/* --- where it comes from --------------------------------------------------------------- */

/* Where the variable is first named in the expression, or false. */
static bool find_variable(const char *text, size_t len, const char *name, struct expression *at)
{
	struct expression e = { .p = text, .end = text + len };
	struct variable v;

	while (expression_next(&e, &v)) {
		if (v.len == strlen(name) && !memcmp(v.name, name, v.len)) {
			*at = e;
			return true;
		}
	}
	return false;
}

/* All definitions of a variable; `at`: where the expression goes on behind its name, or NULL. */
static void add_sources(struct telling *t, struct explained *e, const char *name,
			const struct expression *at)
{
	struct input_source found[SOURCES_MAX];
	size_t nr = MIN(inputs_sources(t->inputs, name, strlen(name), found, ARRAY_SIZE(found)),
			ARRAY_SIZE(found)),
	       i;
	struct arena *arena = &t->ex->arena;
	struct explained_source *all = arena_alloc(arena, (e->sources_nr + nr + 1) * sizeof(*all));
	struct strbuf member = STRBUF_INIT, deeper = STRBUF_INIT;

	if (e->sources_nr)
		memcpy(all, e->sources, e->sources_nr * sizeof(*all));
	e->sources = all;
	for (i = 0; i < nr; i++) {
		const struct input_value *v = &found[i].value;
		struct explained_source *s = &all[e->sources_nr++];
		uint32_t off = v->off, deep = off;

		*s = (struct explained_source){ .name = arena_strdup(arena, name),
						.path = arena_strdup(arena, v->origin),
						.type = found[i].type,
						.overridden = i > 0 };
		strbuf_reset(&member);
		strbuf_reset(&deeper);
		if (v->stack)
			add_member(&member, v->stack, strlen(v->stack));
		add_member(&member, v->name, v->name_len);
		if (s->type && str_eq(s->type, "TERRAFORM"))
			add_member(&member, "value", 5);
		strbuf_addbuf(&deeper, &member);
		if (at && !expression_follow(at, v->value, &deeper, &deep)) {
			/* only what is there comes from here */
			if (!i)
				e->undefined =
					arena_strfmt(arena, "%s%s", name, deeper.buf + member.len);
			s->member = arena_strdup(arena, member.buf);
		} else if (at) {
			/* what CDK's strings hold has no place of its own */
			off = s->type && str_eq(s->type, "CDK") ? off : deep;
			s->member = arena_strdup(arena, deeper.buf);
		} else {
			s->member = arena_strdup(arena, member.buf);
		}
		text_position(found[i].text, found[i].text_len, off, &s->line, &s->column);
	}
	strbuf_release(&member);
	strbuf_release(&deeper);
}

static void explain_sources(struct telling *t, struct explained *e, const struct template_run *run,
			    const char *text, size_t len)
{
	struct expression scan = { .p = text, .end = text + len };
	bool has_default = expression_has_default(text, len);
	struct arena *arena = &t->ex->arena;
	struct input_value found;
	struct variable v;
	unsigned i;

	for (i = 0; i < run->values_nr; i++) {
		struct template_value value;
		struct expression at;

		template_values_at(t->values, run->values[i], &value);
		add_sources(t, e, value.name,
			    find_variable(text, len, value.name, &at) ? &at : NULL);
	}
	if (!has_default)
		e->undefined = NULL;
	while (expression_next(&scan, &v)) {
		bool known = inputs_find(t->inputs, v.name, v.len, &found);

		if (!known && !e->through && run->values_nr)
			e->through = arena_memdupz(arena, v.name, v.len);
		if (!known && !e->undefined && has_default && !run->values_nr)
			e->undefined = arena_memdupz(arena, v.name, v.len);
	}
}

static const char *keep(struct telling *t, const char *s, size_t len)
{
	return arena_memdupz(&t->ex->arena, s, len);
}

static void explain_run(struct telling *t, size_t i)
{
	const struct document *doc = t->doc;
	const struct template_run *run = &doc->map.runs[i];
	size_t end = i + 1 < doc->map.nr ? doc->map.runs[i + 1].out_off : doc->map.out_len;
	struct explanation *ex = t->ex;
	struct strbuf path = STRBUF_INIT;
	const char *text = doc->source.buf + run->tmpl_off;
	size_t len = run->tmpl_len;
	struct explained *e;

	expression_whole(doc->source.buf, doc->source.len, &text, &len);
	ALLOC_GROW(ex->v, ex->nr + 1, ex->alloc);
	e = &ex->v[ex->nr++];
	*e = (struct explained){ .sensitive = run->sensitive, .more = run->more };
	e->path = keep(t, doc->path, strlen(doc->path));
	text_position(doc->source.buf, doc->source.len, (size_t)(text - doc->source.buf), &e->line,
		      &e->column);
	e->expression = keep(t, text, len);
	e->value = run->sensitive ? MASK :
				    keep(t, doc->rendered.buf + run->out_off, end - run->out_off);
	if (doc->json)
		add_rendered_path(&path, doc, (uint32_t)run->out_off);
	e->member = keep(t, path.buf, path.len);
	strbuf_release(&path);
	explain_sources(t, e, run, text, len);
}

static void explain_document(const struct document *doc, const struct template_values *values,
			     const struct inputs *inputs, void *data)
{
	struct telling t = { data, doc, values, inputs };
	size_t i;

	for (i = 0; i < doc->map.nr; i++)
		if (!doc->map.runs[i].literal)
			explain_run(&t, i);
}

int service_explain(struct service **out, struct explanation *ex, struct snapshot *snapshot,
		    enum artifact_kind kind, const char *prefix, struct findings *findings,
		    struct error *err)
{
	struct service_reader *reader = service_reader_new(snapshot);
	struct service *service = xcalloc(1, sizeof(*service));
	int rc;

	service_reader_on_rendered(reader, explain_document, ex);
	rc = service_read(service, reader, kind, prefix, NULL, findings, err);
	service_reader_free(reader);
	if (rc < 0) {
		service_free(service);
		service = NULL;
	}
	*out = service;
	return rc;
}
