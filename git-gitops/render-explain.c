#include "command.h"
#include "render.h"

#include "artifact/explain.h"
#include "base/utf8.h"
#include "ui/table.h"

/* `git gitops render --explain`: where the substituted values come from. */

/* More of a value says no more about where it comes from. */
#define VALUE_WIDTH 48

static const char *shortened(struct strbuf *buf, const char *text)
{
	size_t len = strlen(text), at = 0, chars = 0;

	if (utf8_length(text, len) <= VALUE_WIDTH)
		return *text ? text : "(empty)";
	while (at < len && chars < VALUE_WIDTH - 2) {
		at++;
		while (at < len && ((unsigned char)text[at] & 0xc0) == 0x80)
			at++;
		chars++;
	}
	strbuf_reset(buf);
	strbuf_add(buf, text, at);
	strbuf_addstr(buf, "..");
	return buf->buf;
}

static void add_source(struct strbuf *out, const struct explained_source *s)
{
	strbuf_addf(out, "%s:%u:%u: %s", s->path, s->line, s->column, s->member);
	if (s->type)
		strbuf_addf(out, " (%s)", s->type);
}

/* What stands in the column FROM: the first source, or why there is none. */
static void add_origin(struct strbuf *out, const struct explained *e)
{
	if (e->undefined)
		strbuf_addf(out, "default: '%s' is undefined", e->undefined);
	else if (e->sources_nr)
		add_source(out, &e->sources[0]);
	else
		strbuf_addstr(out, "the template");
	if (e->sources_nr && !e->undefined && e->through)
		strbuf_addf(out, ", via '%s'", e->through);
}

static void add_row(struct table *table, const struct explained *e)
{
	struct strbuf text = STRBUF_INIT, cut = STRBUF_INIT;
	size_t i;

	strbuf_addf(&text, "%u:%u", e->line, e->column);
	table_cell(table, TABLE_YELLOW, text.buf);
	table_cell(table, TABLE_PLAIN, e->member);
	table_cell(table, TABLE_PLAIN, shortened(&cut, e->expression));
	table_cell(table, TABLE_BOLD, shortened(&cut, e->value));
	strbuf_reset(&text);
	add_origin(&text, e);
	table_cell(table, TABLE_PLAIN, text.buf);
	for (i = e->undefined ? 0 : 1; i < e->sources_nr; i++) {
		strbuf_reset(&text);
		strbuf_addstr(&text, e->sources[i].overridden ? "  instead of " : "  and ");
		add_source(&text, &e->sources[i]);
		table_note(table, TABLE_DIM, text.buf);
	}
	if (e->more)
		table_note(table, TABLE_DIM, "  and others");
	strbuf_release(&text);
	strbuf_release(&cut);
}

void explanation_text(struct strbuf *out, const struct explanation *ex,
		      const struct table_style *style)
{
	static const char *const heads[] = { "PLACE", "MEMBER", "EXPRESSION", "VALUE", "FROM" };
	size_t i = 0, k;

	while (i < ex->nr) {
		const char *path = ex->v[i].path;
		struct table table;

		strbuf_addf(out, "%s==> ", out->len ? "\n" : "");
		strbuf_add_printable(out, path, strlen(path));
		strbuf_addstr(out, " <==\n");
		table_init(&table, ARRAY_SIZE(heads));
		table_keep(&table, 0);
		table_keep(&table, 4);
		for (k = 0; k < ARRAY_SIZE(heads); k++)
			table_cell(&table, TABLE_BOLD, heads[k]);
		for (; i < ex->nr && str_eq(ex->v[i].path, path); i++)
			add_row(&table, &ex->v[i]);
		table_print(out, &table, style);
		table_release(&table);
	}
}

void explanation_json(struct json_writer *jw, const struct explanation *ex)
{
	size_t i, k;

	for (i = 0; i < ex->nr; i++) {
		const struct explained *e = &ex->v[i];

		jw_object(jw, NULL);
		jw_str(jw, "path", e->path);
		jw_int(jw, "line", e->line);
		jw_int(jw, "column", e->column);
		jw_str(jw, "expression", e->expression);
		jw_str(jw, "member", e->member);
		jw_str(jw, "value", e->value);
		jw_bool(jw, "sensitive", e->sensitive);
		jw_str(jw, "undefined", e->undefined);
		jw_str(jw, "through", e->through);
		jw_array(jw, "sources");
		for (k = 0; k < e->sources_nr; k++) {
			const struct explained_source *s = &e->sources[k];

			jw_object(jw, NULL);
			jw_str(jw, "name", s->name);
			jw_str(jw, "path", s->path);
			jw_int(jw, "line", s->line);
			jw_int(jw, "column", s->column);
			jw_str(jw, "member", s->member);
			jw_str(jw, "type", s->type);
			jw_bool(jw, "overridden", s->overridden);
			jw_end(jw);
		}
		jw_end(jw);
		jw_bool(jw, "complete", !e->more);
		jw_end(jw);
	}
}
