#include "base/base.h"
#include "base/json.h"
#include "base/utf8.h"

void json_write_string(struct strbuf *out, const char *s, size_t len)
{
	size_t i = 0, run = 0;

	strbuf_addch(out, '"');
	while (i < len) {
		unsigned char c = (unsigned char)s[i];
		uint32_t cp;
		size_t n;

		if (c >= 0x20 && c < 0x80 && c != '"' && c != '\\' && c != 0x7f) {
			i++;
			continue;
		}
		n = c < 0x80 ? 1 : utf8_decode(s + i, len - i, &cp);
		if (c >= 0x80 && n) {
			i += n;
			continue;
		}
		strbuf_add(out, s + run, i - run);
		if (!n)
			strbuf_addstr(out, "\xef\xbf\xbd");
		else if (c == '"' || c == '\\')
			strbuf_addf(out, "\\%c", c);
		else if (c == '\n')
			strbuf_addstr(out, "\\n");
		else if (c == '\t')
			strbuf_addstr(out, "\\t");
		else if (c == '\r')
			strbuf_addstr(out, "\\r");
		else
			strbuf_addf(out, "\\u%04x", c);
		run = ++i;
	}
	strbuf_add(out, s + run, len - run);
	strbuf_addch(out, '"');
}

static void newline(struct strbuf *out, unsigned indent, unsigned depth)
{
	if (!indent)
		return;
	strbuf_addch(out, '\n');
	strbuf_addchars(out, ' ', (size_t)indent * depth);
}

/* Recursion is bounded by the depth that the parser allowed. */
static void write_value(struct strbuf *out, const struct json *value, unsigned indent,
			unsigned depth)
{
	size_t i;

	switch (value->type) {
	case JSON_NULL:
		strbuf_addstr(out, "null");
		return;
	case JSON_BOOL:
		strbuf_addstr(out, value->u.boolean ? "true" : "false");
		return;
	case JSON_NUMBER:
		strbuf_add(out, value->u.str.s, value->u.str.len);
		return;
	case JSON_STRING:
		json_write_string(out, value->u.str.s, value->u.str.len);
		return;
	case JSON_ARRAY:
		strbuf_addch(out, '[');
		for (i = 0; i < value->u.array.nr; i++) {
			if (i)
				strbuf_addch(out, ',');
			newline(out, indent, depth + 1);
			write_value(out, &value->u.array.items[i], indent, depth + 1);
		}
		if (i)
			newline(out, indent, depth);
		strbuf_addch(out, ']');
		return;
	case JSON_OBJECT:
		strbuf_addch(out, '{');
		for (i = 0; i < value->u.object.nr; i++) {
			const struct json_member *m = &value->u.object.members[i];

			if (i)
				strbuf_addch(out, ',');
			newline(out, indent, depth + 1);
			json_write_string(out, m->name, m->name_len);
			strbuf_addstr(out, indent ? ": " : ":");
			write_value(out, &m->value, indent, depth + 1);
		}
		if (i)
			newline(out, indent, depth);
		strbuf_addch(out, '}');
		return;
	}
}

void json_write(struct strbuf *out, const struct json *value, unsigned indent)
{
	write_value(out, value, indent, 0);
}

static void begin_item(struct json_writer *jw, const char *name)
{
	if (jw->depth) {
		unsigned top = jw->depth - 1;

		if (jw->is_object[top] != (name != NULL))
			BUG("json writer: %s",
			    name ? "a name in an array" : "no name in an object");
		if (jw->has_items[top])
			strbuf_addch(jw->out, ',');
		jw->has_items[top] = true;
		newline(jw->out, jw->indent, jw->depth);
	}
	if (name) {
		json_write_string(jw->out, name, strlen(name));
		strbuf_addstr(jw->out, jw->indent ? ": " : ":");
	}
}

static void open_container(struct json_writer *jw, const char *name, bool is_object)
{
	begin_item(jw, name);
	if (jw->depth == JSON_WRITER_DEPTH)
		BUG("json writer: too deep");
	jw->is_object[jw->depth] = is_object;
	jw->has_items[jw->depth++] = false;
	strbuf_addch(jw->out, is_object ? '{' : '[');
}

void jw_object(struct json_writer *jw, const char *name)
{
	open_container(jw, name, true);
}

void jw_array(struct json_writer *jw, const char *name)
{
	open_container(jw, name, false);
}

void jw_end(struct json_writer *jw)
{
	if (!jw->depth)
		BUG("json writer: nothing to end");
	jw->depth--;
	if (jw->has_items[jw->depth])
		newline(jw->out, jw->indent, jw->depth);
	strbuf_addch(jw->out, jw->is_object[jw->depth] ? '}' : ']');
}

void jw_strn(struct json_writer *jw, const char *name, const char *s, size_t len)
{
	begin_item(jw, name);
	json_write_string(jw->out, s, len);
}

void jw_str(struct json_writer *jw, const char *name, const char *s)
{
	if (s)
		jw_strn(jw, name, s, strlen(s));
	else
		jw_null(jw, name);
}

void jw_int(struct json_writer *jw, const char *name, int64_t v)
{
	begin_item(jw, name);
	strbuf_addf(jw->out, "%" PRId64, v);
}

void jw_bool(struct json_writer *jw, const char *name, bool v)
{
	begin_item(jw, name);
	strbuf_addstr(jw->out, v ? "true" : "false");
}

void jw_null(struct json_writer *jw, const char *name)
{
	begin_item(jw, name);
	strbuf_addstr(jw->out, "null");
}

void jw_value(struct json_writer *jw, const char *name, const struct json *value)
{
	begin_item(jw, name);
	write_value(jw->out, value, jw->indent, jw->depth);
}

void jw_raw(struct json_writer *jw, const char *name, const char *json)
{
	begin_item(jw, name);
	strbuf_addstr(jw->out, json);
}
