#include "base/base.h"
#include "base/utf8.h"
#include "template/internal.h"

/* Strings as Python sees them: sequences of code points, with Unicode's cases. */

struct cp_range {
	uint32_t first, last;
};
struct case_run {
	uint32_t first, last, step;
	int32_t delta;
};
struct case_special {
	uint32_t cp, to[3];
};

#include "template/unicode-tables.inc"

size_t cp_decode(const char *s, size_t len, uint32_t *cp)
{
	size_t n;

	if ((unsigned char)*s < 0x80) {
		*cp = (unsigned char)*s;
		return 1;
	}
	n = utf8_decode(s, len, cp);
	if (n)
		return n;
	*cp = 0xfffd;
	return 1;
}

static bool in_ranges(const struct cp_range *r, size_t nr, uint32_t cp)
{
	size_t lo = 0, hi = nr;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (cp > r[mid].last)
			lo = mid + 1;
		else if (cp < r[mid].first)
			hi = mid;
		else
			return true;
	}
	return false;
}

#define IN(table, cp) in_ranges(table, ARRAY_SIZE(table), cp)

bool cp_space(uint32_t cp)
{
	if (cp < 0x80)
		return (cp >= 9 && cp <= 13) || (cp >= 0x1c && cp <= 0x20);
	return cp == 0x85 || cp == 0xa0 || cp == 0x1680 || (cp >= 0x2000 && cp <= 0x200a) ||
	       cp == 0x2028 || cp == 0x2029 || cp == 0x202f || cp == 0x205f || cp == 0x3000;
}

bool cp_alpha(uint32_t cp)
{
	return cp < 0x80 ? isalpha((int)cp) : IN(cp_alpha_ranges, cp);
}

bool cp_decimal(uint32_t cp)
{
	return cp < 0x80 ? cp >= '0' && cp <= '9' : IN(cp_decimal_ranges, cp);
}

bool cp_digit(uint32_t cp)
{
	return cp < 0x80 ? cp >= '0' && cp <= '9' : IN(cp_digit_ranges, cp);
}

bool cp_numeric(uint32_t cp)
{
	return cp < 0x80 ? cp >= '0' && cp <= '9' : IN(cp_numeric_ranges, cp);
}

bool cp_lower(uint32_t cp)
{
	return cp < 0x80 ? cp >= 'a' && cp <= 'z' : IN(cp_lower_ranges, cp);
}

bool cp_upper(uint32_t cp)
{
	return cp < 0x80 ? cp >= 'A' && cp <= 'Z' : IN(cp_upper_ranges, cp);
}

bool cp_title(uint32_t cp)
{
	return cp >= 0x80 && IN(cp_title_ranges, cp);
}

bool cp_printable(uint32_t cp)
{
	return cp < 0x80 ? cp >= 0x20 && cp < 0x7f : IN(cp_printable_ranges, cp);
}

bool cp_cased(uint32_t cp)
{
	return cp_lower(cp) || cp_upper(cp) || cp_title(cp);
}

bool cp_case_ignorable(uint32_t cp)
{
	if (cp < 0x80)
		return cp == '\'' || cp == '.' || cp == ':' || cp == '^' || cp == '`';
	return IN(cp_case_ignorable_ranges, cp);
}

bool cp_id_start(uint32_t cp)
{
	return cp < 0x80 ? isalpha((int)cp) || cp == '_' : IN(cp_id_start_ranges, cp);
}

bool cp_id_continue(uint32_t cp)
{
	return cp < 0x80 ? isalnum((int)cp) || cp == '_' : IN(cp_id_continue_ranges, cp);
}

static unsigned case_lookup(uint32_t cp, const struct case_run *runs, size_t runs_nr,
			    const struct case_special *special, size_t special_nr, uint32_t out[3])
{
	size_t lo = 0, hi = special_nr;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (special[mid].cp == cp) {
			memcpy(out, special[mid].to, 3 * sizeof(*out));
			return out[2] ? 3 : 2;
		}
		if (special[mid].cp < cp)
			lo = mid + 1;
		else
			hi = mid;
	}
	/* runs of step 2 may interleave: look at the few around */
	lo = 0;
	hi = runs_nr;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (runs[mid].first <= cp)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (hi = lo; hi > 0 && lo - hi < 4; hi--) {
		const struct case_run *r = &runs[hi - 1];

		if (cp >= r->first && cp <= r->last && (cp - r->first) % r->step == 0) {
			out[0] = (uint32_t)((int32_t)cp + r->delta);
			return 1;
		}
	}
	out[0] = cp;
	return 1;
}

#define LOOKUP(name)                                                           \
	case_lookup(cp, name##_runs, ARRAY_SIZE(name##_runs), name##_specials, \
		    ARRAY_SIZE(name##_specials), out)

unsigned cp_case(uint32_t cp, enum case_mode mode, uint32_t out[3])
{
	if (cp < 0x80) {
		out[0] = (uint32_t)(mode == CASE_LOWER || mode == CASE_FOLD ? tolower((int)cp) :
									      toupper((int)cp));
		return 1;
	}
	switch (mode) {
	case CASE_LOWER:
		return LOOKUP(lower);
	case CASE_UPPER:
		return LOOKUP(upper);
	case CASE_TITLE:
		return LOOKUP(title);
	case CASE_FOLD:
		return LOOKUP(fold);
	}
	return 0;
}

uint32_t str_chars(struct vstr *s)
{
	size_t i, n = 0;

	if (s->chars != UINT32_MAX)
		return s->chars;
	for (i = 0; i < s->len; i++)
		n += ((unsigned char)s->s[i] & 0xc0) != 0x80;
	s->chars = (uint32_t)n;
	return s->chars;
}

size_t str_offset(struct vstr *s, uint64_t i)
{
	size_t off = 0;

	if (i >= str_chars(s))
		return s->len;
	if (str_ascii(s))
		return i;
	while (i--) {
		off++;
		while (off < s->len && ((unsigned char)s->s[off] & 0xc0) == 0x80)
			off++;
	}
	return off;
}

struct value str_slice(struct ev *ev, struct value s, uint64_t from, uint64_t to)
{
	struct vstr *str = s.u.str;
	size_t a, b;

	ev_step(ev, str_ascii(str) ? 0 : str->len / 64);
	a = str_offset(str, from);
	b = str_offset(str, to);
	return v_str(ev, str->s + a, b > a ? b - a : 0);
}

const char *mem_find(const char *hay, size_t hay_len, const char *needle, size_t needle_len)
{
	if (!needle_len)
		return hay;
	return memmem(hay, hay_len, needle, needle_len);
}

struct value v_same_markup(struct value v, struct value like)
{
	if (v.type == V_STRING && (like.flags & VF_MARKUP))
		v.flags |= VF_MARKUP;
	return v;
}

/* A capital sigma is a final one behind a letter and before none. */
static bool final_sigma(const char *s, size_t len, size_t at, size_t n)
{
	bool before = false, after = false;
	size_t i;
	uint32_t cp;

	for (i = at; i > 0;) {
		do
			i--;
		while (i > 0 && ((unsigned char)s[i] & 0xc0) == 0x80);
		cp_decode(s + i, len - i, &cp);
		if (cp_case_ignorable(cp))
			continue;
		before = cp_cased(cp);
		break;
	}
	for (i = at + n; i < len;) {
		i += cp_decode(s + i, len - i, &cp);
		if (cp_case_ignorable(cp))
			continue;
		after = cp_cased(cp);
		break;
	}
	return before && !after;
}

static void add_case(struct buf *b, const char *s, size_t len, size_t from, size_t to,
		     enum case_mode mode)
{
	size_t i = from;

	while (i < to) {
		uint32_t cp, out[3];
		size_t n = cp_decode(s + i, len - i, &cp);
		unsigned k, nr;

		if (cp < 0x80) {
			buf_addch(b, (char)(mode == CASE_LOWER || mode == CASE_FOLD ?
						    tolower((int)cp) :
						    toupper((int)cp)));
			i++;
			continue;
		}
		if (cp == 0x3a3 && mode == CASE_LOWER) {
			buf_addcp(b, final_sigma(s, len, i, n) ? 0x3c2 : 0x3c3);
		} else {
			nr = cp_case(cp, mode, out);
			for (k = 0; k < nr; k++)
				buf_addcp(b, out[k]);
		}
		i += n;
	}
}

struct value str_case(struct ev *ev, struct value s, enum case_mode mode)
{
	const struct vstr *str = s.u.str;
	struct buf b;

	ev_step(ev, str->len / 16);
	buf_init(&b, ev);
	if (mode == CASE_TITLE) {
		/* str.title(): what follows a cased letter is lower case */
		size_t i = 0;
		bool cased = false;

		while (i < str->len) {
			uint32_t cp;
			size_t n = cp_decode(str->s + i, str->len - i, &cp);

			add_case(&b, str->s, str->len, i, i + n, cased ? CASE_LOWER : CASE_TITLE);
			cased = cp_cased(cp);
			i += n;
		}
	} else {
		add_case(&b, str->s, str->len, 0, str->len, mode);
	}
	return v_same_markup(buf_value(&b), s);
}

struct value str_swapcase(struct ev *ev, struct value s)
{
	const struct vstr *str = s.u.str;
	struct buf b;
	size_t i = 0;

	ev_step(ev, str->len / 16);
	buf_init(&b, ev);
	while (i < str->len) {
		uint32_t cp;
		size_t n = cp_decode(str->s + i, str->len - i, &cp);

		if (cp_upper(cp) || cp_lower(cp))
			add_case(&b, str->s, str->len, i, i + n,
				 cp_upper(cp) ? CASE_LOWER : CASE_UPPER);
		else
			buf_add(&b, str->s + i, n);
		i += n;
	}
	return v_same_markup(buf_value(&b), s);
}

struct value str_capitalize(struct ev *ev, struct value s)
{
	const struct vstr *str = s.u.str;
	struct buf b;
	size_t n = 0;
	uint32_t cp;

	ev_step(ev, str->len / 16);
	buf_init(&b, ev);
	if (str->len) {
		n = cp_decode(str->s, str->len, &cp);
		add_case(&b, str->s, str->len, 0, n, CASE_TITLE);
	}
	add_case(&b, str->s, str->len, n, str->len, CASE_LOWER);
	return v_same_markup(buf_value(&b), s);
}

static bool in_chars(uint32_t cp, const struct vstr *chars)
{
	size_t i = 0;

	if (!chars)
		return cp_space(cp);
	while (i < chars->len) {
		uint32_t c;

		i += cp_decode(chars->s + i, chars->len - i, &c);
		if (c == cp)
			return true;
	}
	return false;
}

struct value str_strip(struct ev *ev, struct value s, struct value chars, bool left, bool right)
{
	const struct vstr *str = s.u.str, *set = chars.type == V_STRING ? chars.u.str : NULL;
	size_t from = 0, to = str->len;
	uint32_t cp;

	while (left && from < to) {
		size_t n = cp_decode(str->s + from, to - from, &cp);

		if (!in_chars(cp, set))
			break;
		ev_step(ev, set ? 1 + set->len / 16 : 0);
		from += n;
	}
	while (right && to > from) {
		size_t at = to - 1;

		while (at > from && ((unsigned char)str->s[at] & 0xc0) == 0x80)
			at--;
		cp_decode(str->s + at, to - at, &cp);
		if (!in_chars(cp, set))
			break;
		ev_step(ev, set ? 1 + set->len / 16 : 0);
		to = at;
	}
	if (!from && to == str->len)
		return s;
	return v_same_markup(v_str(ev, str->s + from, to - from), s);
}

struct value str_replace(struct ev *ev, struct value s, struct value old, struct value with,
			 int64_t count)
{
	const struct vstr *str = s.u.str, *a = old.u.str, *to = with.u.str;
	const char *p = str->s, *end = p + str->len;
	struct buf b;

	ev_step(ev, str->len / 16);
	buf_init(&b, ev);
	if (!a->len) { /* between all characters */
		while (count != 0) {
			uint32_t cp;
			size_t n;

			buf_addvstr(&b, to);
			count--;
			ev_step(ev, 1);
			if (p == end)
				break;
			n = cp_decode(p, (size_t)(end - p), &cp);
			buf_add(&b, p, n);
			p += n;
		}
	}
	while (a->len && count != 0) {
		const char *hit = mem_find(p, (size_t)(end - p), a->s, a->len);

		if (!hit)
			break;
		buf_add(&b, p, (size_t)(hit - p));
		buf_addvstr(&b, to);
		ev_step(ev, 1);
		p = hit + a->len;
		count--;
	}
	buf_add(&b, p, (size_t)(end - p));
	return v_same_markup(buf_value(&b), s);
}

/* str.center() and friends; `align` is '<', '>' or '^'. */
struct value str_pad(struct ev *ev, struct value s, int64_t width, char fill, char align)
{
	struct vstr *str = s.u.str;
	int64_t chars = str_chars(str), pad = width - chars, left;
	struct buf b;

	if (pad <= 0)
		return s;
	left = align == '<' ? 0 : align == '>' ? pad : pad / 2 + (pad & width & 1);
	buf_init(&b, ev);
	buf_fill(&b, fill, (uint64_t)left);
	buf_addvstr(&b, str);
	buf_fill(&b, fill, (uint64_t)(pad - left));
	return v_same_markup(buf_value(&b), s);
}

static bool is_line_end(uint32_t cp)
{
	return (cp >= 0x0a && cp <= 0x0d) || (cp >= 0x1c && cp <= 0x1e) || cp == 0x85 ||
	       cp == 0x2028 || cp == 0x2029;
}

struct list *str_splitlines(struct ev *ev, struct value s, bool keepends)
{
	const struct vstr *str = s.u.str;
	struct list *out = list_new(ev, 4);
	size_t i = 0, start = 0;

	while (i < str->len) {
		uint32_t cp;
		size_t n = cp_decode(str->s + i, str->len - i, &cp), end = i;

		i += n;
		if (!is_line_end(cp))
			continue;
		if (cp == '\r' && i < str->len && str->s[i] == '\n')
			i++;
		list_push(ev, out,
			  v_same_markup(v_str(ev, str->s + start, (keepends ? i : end) - start),
					s));
		ev_step(ev, 1);
		start = i;
	}
	if (start < str->len)
		list_push(ev, out, v_same_markup(v_str(ev, str->s + start, str->len - start), s));
	return out;
}

void add_escaped_html(struct buf *b, const char *s, size_t len)
{
	size_t i, from = 0;

	for (i = 0; i < len; i++) {
		const char *to;

		switch (s[i]) {
		case '&':
			to = "&amp;";
			break;
		case '<':
			to = "&lt;";
			break;
		case '>':
			to = "&gt;";
			break;
		case '"':
			to = "&#34;";
			break;
		case '\'':
			to = "&#39;";
			break;
		default:
			continue;
		}
		buf_add(b, s + from, i - from);
		buf_addstr(b, to);
		from = i + 1;
	}
	buf_add(b, s + from, len - from);
}

/* markupsafe.escape(v) */
struct value html_escape(struct ev *ev, struct value v)
{
	struct value s;
	struct buf b;

	if (v.type == V_STRING && (v.flags & VF_MARKUP))
		return v;
	s = to_str(ev, v, false);
	if (s.type != V_STRING)
		return s;
	buf_init(&b, ev);
	add_escaped_html(&b, s.u.str->s, s.u.str->len);
	s = buf_value(&b);
	s.flags |= VF_MARKUP;
	return s;
}
