#include "base/base.h"
#include "template/internal.h"

/* Filters on text, after jinja2/filters.py. */

#define FILTER(name)                                                             \
	static struct value name(struct ev *ev UNUSED, struct value self UNUSED, \
				 struct value *a UNUSED, const struct cargs *args UNUSED)

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

FILTER(f_truncate)
{
	int64_t length = 255, leeway = 5, end_chars, chars;
	struct value end = a[2].type == V_MISSING ? v_str_static(ev, "...") : a[2], cut;
	bool killwords = false;
	struct vstr *s, *e;
	size_t blank;

	if (!arg_str(ev, end, "end", &e) ||
	    (a[0].type != V_MISSING && !arg_int(ev, a[0], "length", &length)) ||
	    !arg_bool(ev, a[1], &killwords) ||
	    (a[3].type != V_MISSING && a[3].type != V_NONE &&
	     !arg_int(ev, a[3], "leeway", &leeway)))
		return v_poison();
	end_chars = str_chars(e);
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
	cut = v_same_markup(str_slice(ev, self, 0, (uint64_t)(length - end_chars)), self);
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

/* --- wordwrap: Python's textwrap.wrap() ------------------------------------------ */

struct chunk {
	const char *s;
	size_t len;
	int64_t chars;
};

struct wrapper {
	struct ev *ev;
	struct chunk *v;
	size_t nr, alloc;
	int64_t width;
	bool break_words, break_hyphens;
	struct buf *out;
	const struct vstr *sep;
	bool any;
};

static bool wrap_space(uint32_t cp)
{
	return cp == ' ' || (cp >= '\t' && cp <= '\r');
}

static bool is_letter(uint32_t cp)
{
	return cp_word(cp) && cp != '_' && !cp_decimal(cp);
}

static bool word_punct(uint32_t cp)
{
	return cp_word(cp) || (cp < 0x80 && strchr("!\"'&.,?", (int)cp) && cp);
}

static void push_chunk(struct wrapper *w, const uint32_t *off, size_t from, size_t to,
		       const char *s)
{
	if (w->nr == w->alloc) {
		struct chunk *bigger = ev_alloc(w->ev, (w->alloc * 2 + 16) * sizeof(*bigger));

		if (w->nr)
			memcpy(bigger, w->v, w->nr * sizeof(*bigger));
		w->v = bigger;
		w->alloc = w->alloc * 2 + 16;
	}
	w->v[w->nr++] = (struct chunk){ .s = s + off[from],
					.len = off[to] - off[from],
					.chars = (int64_t)(to - from) };
}

/* Where the chunk that begins at `i` ends: wordsep_re of textwrap.py. */
static size_t chunk_end(const struct wrapper *w, const uint32_t *cp, size_t nr, size_t i)
{
	size_t k = i;

	if (wrap_space(cp[i])) {
		while (k < nr && wrap_space(cp[k]))
			k++;
		return k;
	}
	if (!w->break_hyphens) {
		while (k < nr && !wrap_space(cp[k]))
			k++;
		return k;
	}
	/* an em-dash between words */
	if (cp[i] == '-' && i && word_punct(cp[i - 1])) {
		while (k < nr && cp[k] == '-')
			k++;
		if (k - i >= 2 && k < nr && cp_word(cp[k]))
			return k;
	}
	for (k = i + 1; k <= nr; k++) {
		size_t d;

		/* behind a hyphen in a word */
		if (k < nr && cp[k] == '-' &&
		    ((k >= 2 && is_letter(cp[k - 1]) && is_letter(cp[k - 2])) ||
		     (k >= 3 && is_letter(cp[k - 3]) && cp[k - 2] == '-' &&
		      word_punct(cp[k - 1])))) {
			size_t t = k + 1;

			if (t < nr && is_letter(cp[t]) &&
			    ((t + 1 < nr && is_letter(cp[t + 1])) ||
			     (t + 2 < nr && cp[t + 1] == '-' && is_letter(cp[t + 2]))))
				return k + 1;
		}
		/* the end of the word */
		if (k == nr || wrap_space(cp[k]))
			return k;
		/* before an em-dash */
		if (word_punct(cp[k - 1]) && cp[k] == '-') {
			for (d = k; d < nr && cp[d] == '-'; d++)
				;
			if (d - k >= 2 && d < nr && cp_word(cp[d]))
				return k;
		}
	}
	return nr;
}

static bool blank_chunk(const struct chunk *c)
{
	size_t i = 0;

	while (i < c->len) {
		uint32_t cp;

		i += cp_decode(c->s + i, c->len - i, &cp);
		if (!cp_space(cp))
			return false;
	}
	return true;
}

static size_t byte_of(const struct chunk *c, int64_t chars)
{
	size_t i = 0;
	uint32_t cp;

	while (chars-- > 0 && i < c->len)
		i += cp_decode(c->s + i, c->len - i, &cp);
	return i;
}

/* A chunk wider than a line: how many characters of it still go here. */
static int64_t break_at(const struct wrapper *w, const struct chunk *c, int64_t room)
{
	int64_t end = room, i;
	size_t at = 0, hyphen = 0;
	bool other = false;
	uint32_t cp;

	if (!w->break_hyphens || c->chars <= room)
		return end;
	for (i = 0; i < room; i++) {
		at += cp_decode(c->s + at, c->len - at, &cp);
		if (cp == '-' && i > 0 && other)
			hyphen = (size_t)i;
		if (cp != '-')
			other = true;
	}
	return hyphen ? (int64_t)hyphen + 1 : end;
}

static void wrap_chunks(struct wrapper *w)
{
	size_t i = 0;

	while (i < w->nr) {
		size_t from, k, last;
		int64_t used = 0;
		struct buf line;
		bool blank;

		buf_init(&line, w->ev);
		ev_step(w->ev, 1);
		if (w->any && blank_chunk(&w->v[i])) {
			if (++i >= w->nr)
				break;
		}
		from = i;
		while (i < w->nr && used + w->v[i].chars <= w->width)
			used += w->v[i++].chars;
		for (k = from; k < i; k++)
			buf_add(&line, w->v[k].s, w->v[k].len);
		last = i > from ? w->v[i - 1].len : 0;
		blank = i > from && blank_chunk(&w->v[i - 1]);
		if (i < w->nr && w->v[i].chars > w->width) {
			struct chunk *c = &w->v[i];
			int64_t room = w->width < 1 ? 1 : w->width - used;

			if (w->break_words) {
				int64_t n = break_at(w, c, room);
				size_t bytes = byte_of(c, n);

				struct chunk piece = { .s = c->s, .len = bytes, .chars = n };

				buf_add(&line, c->s, bytes);
				last = bytes;
				blank = blank_chunk(&piece);
				c->s += bytes;
				c->len -= bytes;
				c->chars -= n;
				if (!n && !line.len)
					ev_limit(w->ev, "wordwrap gets nowhere");
			} else if (!line.len) {
				buf_add(&line, c->s, c->len);
				last = c->len;
				blank = blank_chunk(c);
				i++;
			}
		}
		if (blank) /* what a line ends in */
			line.len -= last;
		if (line.len) {
			if (w->any)
				buf_addvstr(w->out, w->sep);
			w->any = true;
			buf_add(w->out, line.p, line.len);
		}
	}
}

static void wrap_line(struct wrapper *w, const struct vstr *s)
{
	uint32_t *cp = ev_alloc(w->ev, (s->len + 1) * sizeof(*cp));
	uint32_t *off = ev_alloc(w->ev, (s->len + 1) * sizeof(*off));
	size_t nr = 0, i;

	for (i = 0; i < s->len;) {
		off[nr] = (uint32_t)i;
		i += cp_decode(s->s + i, s->len - i, &cp[nr++]);
	}
	off[nr] = s->len;
	w->nr = 0;
	w->any = false;
	ev_step(w->ev, nr);
	for (i = 0; i < nr;) {
		size_t to = chunk_end(w, cp, nr, i);

		push_chunk(w, off, i, to, s->s);
		i = to;
	}
	wrap_chunks(w);
}

FILTER(f_wordwrap)
{
	struct wrapper w = { .ev = ev, .width = 79, .break_words = true, .break_hyphens = true };
	struct value sep = a[2];
	struct list *lines;
	struct vstr *s;
	struct buf b;
	uint32_t i;

	if (sep.type == V_MISSING || sep.type == V_NONE)
		sep = v_str_static(ev, "\n");
	if (!arg_str(ev, self, "the value to wrap", &s) || !arg_str(ev, sep, "wrapstring", &s) ||
	    (a[0].type != V_MISSING && !arg_int(ev, a[0], "width", &w.width)) ||
	    !arg_bool(ev, a[1], &w.break_words) || !arg_bool(ev, a[3], &w.break_hyphens))
		return v_poison();
	lines = str_splitlines(ev, self, false);
	if (w.width <= 0 && lines->nr)
		return ev_fail(ev, TYPE_ERROR, "invalid width %" PRId64 " (must be > 0)", w.width);
	buf_init(&b, ev);
	w.out = &b;
	w.sep = s;
	for (i = 0; i < lines->nr; i++) {
		if (i)
			buf_addvstr(&b, s);
		wrap_line(&w, lines->v[i].u.str);
	}
	return buf_value(&b);
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
	{ "pprint", "*", 0, NULL, "use the filter 'tojson' with indent=2" },
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
	{ "wordwrap", "width break_long_words wrapstring break_on_hyphens", 0, f_wordwrap, NULL },
	{ "xmlattr", "*", 0, NULL, HTML },
	{ NULL, NULL, 0, NULL, NULL },
};
