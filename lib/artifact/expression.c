#include "base/base.h"
#include "artifact/expression.h"

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

static void skip_blanks(struct expression *e)
{
	while (e->p < e->end && isspace((unsigned char)*e->p))
		e->p++;
}

/* A string with its quotes; its content as it is written. */
static bool read_string(struct expression *e, const char **s, size_t *len)
{
	const char *p = e->p;
	char quote;

	if (p >= e->end || (*p != '\'' && *p != '"'))
		return false;
	quote = *p++;
	*s = p;
	while (p < e->end && *p != quote)
		p += *p == '\\' && p + 1 < e->end ? 2 : 1;
	*len = (size_t)(p - *s);
	e->p = p < e->end ? p + 1 : p;
	return true;
}

static bool read_word(struct expression *e, const char **s, size_t *len)
{
	*s = e->p;
	while (e->p < e->end && is_word(*e->p))
		e->p++;
	*len = (size_t)(e->p - *s);
	return *len > 0;
}

static bool is_one_of(const char *const *words, size_t nr, const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < nr; i++)
		if (strlen(words[i]) == len && !memcmp(words[i], s, len))
			return true;
	return false;
}

void expression_whole(const char *source, size_t source_len, const char **text, size_t *len)
{
	struct expression e = { .p = *text + *len, .end = source + source_len };
	const char *start = *text, *s;
	size_t n;

	while (start > source + 1 && memcmp(start - 2, "{{", 2) != 0) {
		if (!memcmp(start - 2, "}}", 2) || !memcmp(start - 2, "%}", 2))
			return;
		start--;
	}
	if (start <= source + 1)
		return;
	while (e.p + 1 < e.end && memcmp(e.p, "}}", 2) != 0)
		if (!read_string(&e, &s, &n))
			e.p++;
	if (e.p + 1 >= e.end)
		return;
	/* the whitespace control belongs to the braces */
	start += *start == '-' || *start == '+';
	if (e.p > start && e.p[-1] == '-')
		e.p--;
	while (start < e.p && isspace((unsigned char)*start))
		start++;
	while (e.p > start && isspace((unsigned char)e.p[-1]))
		e.p--;
	*text = start;
	*len = (size_t)(e.p - start);
}

static bool is_keyword(const char *s, size_t len)
{
	static const char *const keywords[] = { "and",	"or",	 "not",	 "in",	 "if",	  "else",
						"true", "false", "none", "True", "False", "None" };

	return is_one_of(keywords, ARRAY_SIZE(keywords), s, len);
}

/* name=: an argument's name. */
static bool is_argument_name(const struct expression *e)
{
	struct expression at = *e;

	skip_blanks(&at);
	return at.p < at.end && *at.p == '=' && (at.p + 1 == at.end || at.p[1] != '=');
}

bool expression_next(struct expression *e, struct variable *variable)
{
	const char *s;
	size_t len;

	while (e->p < e->end) {
		if (read_string(e, &s, &len)) {
			e->is_member = false;
		} else if (read_word(e, &s, &len)) {
			bool was_member = e->is_member;

			e->is_member = (len == 2 && !memcmp(s, "is", 2)) ||
				       (was_member && len == 3 && !memcmp(s, "not", 3));
			if (was_member || e->is_member || isdigit((unsigned char)*s) ||
			    is_keyword(s, len) || is_argument_name(e))
				continue;
			*variable = (struct variable){ s, len };
			return true;
		} else {
			char c = *e->p++;

			if (!isspace((unsigned char)c))
				e->is_member = c == '.' || c == '|';
		}
	}
	return false;
}

bool expression_has_default(const char *text, size_t len)
{
	struct expression e = { .p = text, .end = text + len };
	const char *s;

	while (e.p < e.end) {
		if (read_string(&e, &s, &len))
			continue;
		if (*e.p++ != '|')
			continue;
		skip_blanks(&e);
		if (read_word(&e, &s, &len) &&
		    ((len == 1 && *s == 'd') || (len == 7 && !memcmp(s, "default", 7))))
			return true;
	}
	return false;
}

void add_member(struct strbuf *path, const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < len && is_word(name[i]); i++)
		;
	if (len && i == len && !isdigit((unsigned char)*name)) {
		if (path->len)
			strbuf_addch(path, '.');
		strbuf_add(path, name, len);
		return;
	}
	strbuf_addch(path, '[');
	json_write_string(path, name, len);
	strbuf_addch(path, ']');
}

/* One step: `.name`, `['name']` or `[1]`. False: something else stands there. */
static bool read_step(struct expression *e, const char **name, size_t *len, int64_t *index)
{
	char number[20];

	skip_blanks(e);
	*name = NULL;
	if (e->p < e->end && *e->p == '.') {
		e->p++;
		skip_blanks(e);
		if (!read_word(e, name, len))
			return false;
		skip_blanks(e);
		return e->p == e->end || *e->p != '('; /* a call of a method */
	}
	if (e->p == e->end || *e->p != '[')
		return false;
	e->p++;
	skip_blanks(e);
	if (!read_string(e, name, len)) {
		bool negative = e->p < e->end && *e->p == '-';
		const char *digits;
		uint64_t n;

		e->p += negative;
		if (!read_word(e, &digits, len) || *len >= sizeof(number))
			return false;
		memcpy(number, digits, *len);
		number[*len] = '\0';
		if (!parse_uint(number, 0, INT32_MAX, &n))
			return false;
		*index = negative ? -(int64_t)n : (int64_t)n;
	}
	skip_blanks(e);
	if (e->p == e->end || *e->p != ']')
		return false;
	e->p++;
	return true;
}

static const struct json_member *find_member(const struct json *object, const char *name,
					     size_t len)
{
	size_t i;

	for (i = 0; object->type == JSON_OBJECT && i < object->u.object.nr; i++) {
		const struct json_member *m = &object->u.object.members[i];

		if (m->name_len == len && !memcmp(m->name, name, len))
			return m;
	}
	return NULL;
}

bool expression_follow(const struct expression *start, const struct json *value,
		       struct strbuf *path, uint32_t *off)
{
	struct expression e = *start;
	int64_t index = 0;
	const char *name;
	size_t len;

	while (read_step(&e, &name, &len, &index)) {
		if (name) {
			const struct json_member *m = find_member(value, name, len);

			/* 'items' of a dictionary is a method, and not to be found is no news */
			if (value->type != JSON_OBJECT)
				return true;
			add_member(path, name, len);
			if (!m)
				return false;
			*off = m->off;
			value = &m->value;
			continue;
		}
		if (value->type != JSON_ARRAY)
			return true;
		strbuf_addf(path, "[%" PRId64 "]", index);
		if (index < 0)
			index += (int64_t)value->u.array.nr;
		if (index < 0 || (uint64_t)index >= value->u.array.nr)
			return false;
		value = &value->u.array.items[index];
		*off = value->off;
	}
	return true;
}
