#include "base/base.h"
#include "template/filters.h"

#include <math.h>

/* Filters on text, after jinja2/filters.py. */

FILTER(f_upper)
{
	struct value s = to_str(ev, self, true);

	return s.type == V_STRING ? str_case(ev, s, CASE_UPPER) : s;
}

FILTER(f_lower)
{
	struct value s = to_str(ev, self, true);

	return s.type == V_STRING ? str_case(ev, s, CASE_LOWER) : s;
}

FILTER(f_capitalize)
{
	struct value s = to_str(ev, self, true);

	return s.type == V_STRING ? str_capitalize(ev, s) : s;
}

static bool parts_words(uint32_t cp)
{
	return cp == '-' || cp == '(' || cp == '{' || cp == '[' || cp == '<' || cp_space(cp);
}

FILTER(f_title)
{
	struct value s = to_str(ev, self, true);
	const struct vstr *str;
	struct buf b;
	size_t i = 0;

	if (s.type != V_STRING)
		return s;
	str = s.u.str;
	buf_init(&b, ev);
	while (i < str->len) {
		size_t from = i, first = 0;
		struct value word;
		uint32_t cp;
		bool sep;

		first = cp_decode(str->s + i, str->len - i, &cp);
		sep = parts_words(cp);
		while (i < str->len) {
			size_t n = cp_decode(str->s + i, str->len - i, &cp);

			if (parts_words(cp) != sep)
				break;
			i += n;
		}
		ev_step(ev, 1);
		word = str_case(ev, v_str(ev, str->s + from, first), CASE_UPPER);
		buf_addvstr(&b, word.u.str);
		word = str_case(ev, v_str(ev, str->s + from + first, i - from - first), CASE_LOWER);
		buf_addvstr(&b, word.u.str);
	}
	return buf_value(&b);
}

FILTER(f_string)
{
	return to_str(ev, self, true);
}

FILTER(f_trim)
{
	struct value s = to_str(ev, self, true);
	struct vstr *chars;

	if (s.type != V_STRING)
		return s;
	if (a[0].type != V_MISSING && a[0].type != V_NONE && !arg_str(ev, a[0], "chars", &chars))
		return v_poison();
	return str_strip(ev, s, a[0], true, true);
}

FILTER(f_replace)
{
	struct value s = to_str(ev, self, false), old = to_str(ev, a[0], false),
		     with = to_str(ev, a[1], false);
	int64_t count = -1;

	if (s.type != V_STRING || old.type != V_STRING || with.type != V_STRING)
		return v_poison();
	if (a[2].type != V_MISSING && a[2].type != V_NONE && !arg_int(ev, a[2], "count", &count))
		return v_poison();
	return str_replace(ev, s, old, with, count);
}

FILTER(f_center)
{
	struct value s = to_str(ev, self, true);
	int64_t width = 80;

	if (s.type != V_STRING || (a[0].type != V_MISSING && !arg_int(ev, a[0], "width", &width)))
		return v_poison();
	return str_pad(ev, s, width, ' ', '^');
}

FILTER(f_indent)
{
	struct value indention = a[0];
	bool first = false, blank = false;
	struct list *lines;
	struct vstr *s;
	struct buf b;
	uint32_t i;

	if (!arg_str(ev, self, "the value to indent", &s) || !arg_bool(ev, a[1], &first) ||
	    !arg_bool(ev, a[2], &blank))
		return v_poison();
	if (indention.type != V_STRING) {
		int64_t n = 4;

		if (indention.type != V_MISSING && !arg_int(ev, indention, "width", &n))
			return v_poison();
		buf_init(&b, ev);
		buf_fill(&b, ' ', n > 0 ? (uint64_t)n : 0);
		indention = buf_value(&b);
	} else if (self.flags & VF_MARKUP) {
		indention.flags |= VF_MARKUP;
	}
	lines = str_splitlines(ev, binary(ev, OP_ADD, self, v_str_static(ev, "\n")), false);
	buf_init(&b, ev);
	for (i = 0; i < lines->nr; i++) {
		const struct vstr *line = lines->v[i].u.str;

		if (i)
			buf_addch(&b, '\n');
		if (i ? blank || line->len : first)
			buf_addvstr(&b, indention.u.str);
		buf_addvstr(&b, line);
	}
	return v_same_markup(buf_value(&b), self);
}

/* A number that is compared with lengths: what a float has behind the point does not matter. */
static bool arg_length(struct ev *ev, struct value v, const char *what, int64_t *out)
{
	double f;

	if (!is_type(v, T_REAL))
		return arg_index(ev, v, what, out);
	f = floor(num_double(v));
	if (f != f)
		return arg_int(ev, v, what, out);
	*out = f > 4e18 ? INT64_MAX / 2 : f < -4e18 ? INT64_MIN / 2 : (int64_t)f;
	return true;
}

FILTER(f_truncate)
{
	int64_t length = 255, leeway = 5, end_chars, chars;
	struct value end = a[2].type == V_MISSING ? v_str_static(ev, "...") : a[2], cut;
	bool killwords = false;
	struct vstr *s;
	size_t blank;

	end_chars = value_len(ev, end, false);
	if (end_chars < 0 || (a[0].type != V_MISSING && !arg_length(ev, a[0], "length", &length)) ||
	    (a[3].type != V_MISSING && a[3].type != V_NONE &&
	     !arg_length(ev, a[3], "leeway", &leeway)))
		return v_poison();
	if (length < end_chars)
		return ev_fail(ev, TYPE_ERROR, "expected length >= %" PRId64 ", got %" PRId64,
			       end_chars, length);
	if (leeway < 0)
		return ev_fail(ev, TYPE_ERROR, "expected leeway >= 0, got %" PRId64, leeway);
	chars = value_len(ev, self, false);
	if (chars < 0)
		return v_poison();
	if (length >= chars || chars <= length + leeway)
		return self;
	if (!arg_str(ev, self, "the value to truncate", &s))
		return v_poison();
	if (is_type(a[0], T_REAL))
		return ev_fail(ev, TYPE_ERROR, "slice indices must be integers, not float");
	cut = v_same_markup(str_slice(ev, self, 0, (uint64_t)(length - end_chars)), self);
	if (!arg_bool(ev, a[1], &killwords))
		return v_poison();
	if (!killwords) {
		for (blank = cut.u.str->len; blank > 0; blank--)
			if (cut.u.str->s[blank - 1] == ' ')
				break;
		if (blank)
			cut = v_same_markup(v_str(ev, cut.u.str->s, blank - 1), self);
	}
	return binary(ev, OP_ADD, cut, end);
}

FILTER(f_wordcount)
{
	struct value s = to_str(ev, self, true);
	bool in = false;
	int64_t n = 0;
	size_t i = 0;

	if (s.type != V_STRING)
		return s;
	while (i < s.u.str->len) {
		uint32_t cp;
		bool word;

		i += cp_decode(s.u.str->s + i, s.u.str->len - i, &cp);
		word = cp_word(cp);
		n += word && !in;
		in = word;
	}
	ev_step(ev, s.u.str->len / 64);
	return v_int(n);
}

FILTER(f_format)
{
	struct value s = to_str(ev, self, true);
	struct list *l;
	struct dict *d;
	uint32_t i;

	if (s.type != V_STRING)
		return s;
	if (args->nr && args->kw_nr)
		return ev_fail(
			ev, TYPE_ERROR,
			"format cannot take positional and keyword arguments at the same time");
	if (args->kw_nr) {
		d = dict_new(ev, args->kw_nr);
		for (i = 0; i < args->kw_nr; i++)
			dict_set(ev, d,
				 (struct value){ .type = V_STRING, .u.str = args->kw_names[i] },
				 args->kw_values[i]);
		return format_percent(ev, s, v_dict(d));
	}
	l = list_new(ev, args->nr);
	for (i = 0; i < args->nr; i++)
		list_push(ev, l, args->pos[i]);
	return format_percent(ev, s, v_tuple(l));
}

FILTER(f_escape)
{
	return html_escape(ev, self);
}

FILTER(f_forceescape)
{
	struct value s = to_str(ev, self, false);

	return s.type == V_STRING ? html_escape(ev, s) : s;
}

FILTER(f_safe)
{
	struct value s = to_str(ev, self, true);

	if (s.type == V_STRING)
		s.flags |= VF_MARKUP;
	return s;
}

static bool add_quoted(struct buf *b, struct value v, bool query)
{
	static const char hex[] = "0123456789ABCDEF";
	struct value s = to_str(b->ev, v, false);
	uint32_t i;

	if (s.type != V_STRING)
		return false;
	for (i = 0; i < s.u.str->len; i++) {
		unsigned char c = (unsigned char)s.u.str->s[i];

		if ((c < 0x80 && isalnum(c)) || c == '_' || c == '.' || c == '-' || c == '~' ||
		    (c == '/' && !query)) {
			buf_addch(b, (char)c);
		} else if (c == ' ' && query) {
			buf_addch(b, '+');
		} else {
			buf_addch(b, '%');
			buf_addch(b, hex[c >> 4]);
			buf_addch(b, hex[c & 15]);
		}
	}
	return true;
}

FILTER(f_urlencode)
{
	struct value item;
	bool first = true;
	struct iter *it;
	struct buf b;
	int got;

	buf_init(&b, ev);
	if (self.type == V_UNDEFINED)
		return ev_undefined(ev, self);
	if (self.type == V_DICT) {
		static const struct cargs none = { 0 };

		self = call_value(ev, get_attr(ev, ev->at, self, v_str_static(ev, "items").u.str),
				  &none);
	}
	it = self.type == V_STRING ? NULL : value_iter(ev, self, true);
	if (!it)
		return add_quoted(&b, self, false) ? buf_value(&b) : v_poison();
	while ((got = iter_next(ev, it, &item)) > 0) {
		struct list *pair = to_list(ev, item);

		ev_step(ev, 1);
		if (!pair)
			return v_poison();
		if (pair->nr != 2)
			return ev_fail(ev, TYPE_ERROR, "urlencode needs pairs, not %u values",
				       pair->nr);
		if (!first)
			buf_addch(&b, '&');
		first = false;
		if (!add_quoted(&b, pair->v[0], true))
			return v_poison();
		buf_addch(&b, '=');
		if (!add_quoted(&b, pair->v[1], true))
			return v_poison();
	}
	return got < 0 ? v_poison() : buf_value(&b);
}

FILTER(f_pprint)
{
	return pretty_text(ev, self);
}

#define HTML "the text is JSON, not HTML"

const struct builtin string_filters[] = {
	{ "capitalize", "", 0, f_capitalize, NULL },
	{ "center", "width", 0, f_center, NULL },
	{ "e", "", 0, f_escape, NULL },
	{ "escape", "", 0, f_escape, NULL },
	{ "forceescape", "", 0, f_forceescape, NULL },
	{ "format", "*", 0, f_format, NULL },
	{ "indent", "width first blank", 0, f_indent, NULL },
	{ "lower", "", 0, f_lower, NULL },
	{ "pprint", "", 0, f_pprint, NULL },
	{ "replace", "old new count", 2, f_replace, NULL },
	{ "safe", "", 0, f_safe, NULL },
	{ "string", "", 0, f_string, NULL },
	{ "striptags", "*", 0, NULL, HTML },
	{ "title", "", 0, f_title, NULL },
	{ "trim", "chars", 0, f_trim, NULL },
	{ "truncate", "length killwords end leeway", 0, f_truncate, NULL },
	{ "upper", "", 0, f_upper, NULL },
	{ "urlencode", "", 0, f_urlencode, NULL },
	{ "urlize", "*", 0, NULL, HTML },
	{ "wordcount", "", 0, f_wordcount, NULL },
	{ "xmlattr", "*", 0, NULL, HTML },
	{ NULL, NULL, 0, NULL, NULL },
};
