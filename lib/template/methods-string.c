#include "base/base.h"
#include "template/methods.h"

/* Methods of str that templates call, as Python's. */

METHOD(m_upper)
{
	return str_case(ev, self, CASE_UPPER);
}

METHOD(m_lower)
{
	return str_case(ev, self, CASE_LOWER);
}

METHOD(m_title)
{
	return str_case(ev, self, CASE_TITLE);
}

METHOD(m_casefold)
{
	return str_case(ev, self, CASE_FOLD);
}

METHOD(m_capitalize)
{
	return str_capitalize(ev, self);
}

METHOD(m_swapcase)
{
	return str_swapcase(ev, self);
}

static struct value strip(struct ev *ev, struct value self, struct value chars, bool left,
			  bool right)
{
	struct vstr *s;

	if (chars.type != V_MISSING && chars.type != V_NONE && !arg_str(ev, chars, "chars", &s))
		return v_poison();
	return str_strip(ev, self, chars, left, right);
}

METHOD(m_strip)
{
	return strip(ev, self, a[0], true, true);
}

METHOD(m_lstrip)
{
	return strip(ev, self, a[0], true, false);
}

METHOD(m_rstrip)
{
	return strip(ev, self, a[0], false, true);
}

static struct value pad(struct ev *ev, struct value self, struct value *a, char align)
{
	int64_t width;
	struct vstr *fill;
	struct value padded;

	if (!arg_int(ev, a[0], "width", &width))
		return v_poison();
	if (a[1].type == V_MISSING)
		return str_pad(ev, self, width, ' ', align);
	if (!arg_str(ev, a[1], "fillchar", &fill))
		return v_poison();
	if (self.flags & VF_MARKUP)
		fill = html_escape(ev, a[1]).u.str;
	if (str_chars(fill) != 1)
		return ev_fail(ev, TYPE_ERROR,
			       "the fill character must be exactly one character long");
	if (fill->len == 1)
		return str_pad(ev, self, width, fill->s[0], align);
	/* pad with a byte that occurs nowhere else, then put the character there */
	padded = str_pad(ev, v_str_static(ev, ""), MAX(width - (int64_t)str_chars(self.u.str), 0),
			 '\1', '<');
	{
		int64_t n = padded.u.str->len, left = align == '<' ? 0 : n, i;
		struct buf b;

		if (align == '^')
			left = n / 2 + (n & width & 1);
		buf_init(&b, ev);
		for (i = 0; i < left; i++)
			buf_addvstr(&b, fill);
		buf_addvstr(&b, self.u.str);
		for (; i < n; i++)
			buf_addvstr(&b, fill);
		return buf_value(&b);
	}
}

METHOD(m_center)
{
	return pad(ev, self, a, '^');
}

METHOD(m_ljust)
{
	return pad(ev, self, a, '<');
}

METHOD(m_rjust)
{
	return pad(ev, self, a, '>');
}

METHOD(m_zfill)
{
	const struct vstr *s = self.u.str;
	int64_t width, n;
	struct buf b;
	size_t sign;

	if (!arg_int(ev, a[0], "width", &width))
		return v_poison();
	n = width - (int64_t)str_chars(self.u.str);
	if (n <= 0)
		return self;
	sign = s->len && (s->s[0] == '-' || s->s[0] == '+');
	buf_init(&b, ev);
	buf_add(&b, s->s, sign);
	buf_fill(&b, '0', (uint64_t)n);
	buf_add(&b, s->s + sign, s->len - sign);
	return v_same_markup(buf_value(&b), self);
}

METHOD(m_replace)
{
	struct vstr *old, *with;
	int64_t count = -1;

	if (!arg_str(ev, a[0], "the first argument of replace()", &old) ||
	    !arg_str(ev, a[1], "the second argument of replace()", &with) ||
	    (a[2].type != V_MISSING && !arg_int(ev, a[2], "count", &count)))
		return v_poison();
	if (self.flags & VF_MARKUP)
		a[1] = html_escape(ev, a[1]);
	return str_replace(ev, self, a[0], a[1], count);
}

METHOD(m_expandtabs)
{
	const struct vstr *s = self.u.str;
	int64_t size = 8, col = 0;
	struct buf b;
	size_t i;

	if (a[0].type != V_MISSING && !arg_int(ev, a[0], "tabsize", &size))
		return v_poison();
	buf_init(&b, ev);
	for (i = 0; i < s->len; i++) {
		if (s->s[i] == '\t') {
			int64_t n = size > 0 ? size - col % size : 0;

			buf_fill(&b, ' ', (uint64_t)n);
			col += n;
			continue;
		}
		col += ((unsigned char)s->s[i] & 0xc0) != 0x80;
		if (s->s[i] == '\n' || s->s[i] == '\r')
			col = 0;
		buf_addch(&b, s->s[i]);
	}
	return v_same_markup(buf_value(&b), self);
}

METHOD(m_format)
{
	return format_braces(ev, self, args, NULL);
}

METHOD(m_format_map)
{
	return format_braces(ev, self, NULL, &a[0]);
}

#define STR TYPE_BIT(V_STRING)

const struct method_def string_methods[] = {
	{ STR, { "capitalize", "", 0, m_capitalize, NULL } },
	{ STR, { "casefold", "", 0, m_casefold, NULL } },
	{ STR, { "center", "- -", 1, m_center, NULL } },
	{ STR, { "encode", "*", 0, NULL, "there are no bytes here" } },
	{ STR, { "expandtabs", "tabsize", 0, m_expandtabs, NULL } },
	{ STR, { "format", "*", 0, m_format, NULL } },
	{ STR, { "format_map", "-", 1, m_format_map, NULL } },
	{ STR, { "ljust", "- -", 1, m_ljust, NULL } },
	{ STR, { "lower", "", 0, m_lower, NULL } },
	{ STR, { "lstrip", "-", 0, m_lstrip, NULL } },
	{ STR, { "maketrans", "*", 0, NULL, "use replace()" } },
	{ STR, { "replace", "- - -", 2, m_replace, NULL } },
	{ STR, { "rjust", "- -", 1, m_rjust, NULL } },
	{ STR, { "rstrip", "-", 0, m_rstrip, NULL } },
	{ STR, { "strip", "-", 0, m_strip, NULL } },
	{ STR, { "swapcase", "", 0, m_swapcase, NULL } },
	{ STR, { "title", "", 0, m_title, NULL } },
	{ STR, { "translate", "*", 0, NULL, "use replace()" } },
	{ STR, { "upper", "", 0, m_upper, NULL } },
	{ STR, { "zfill", "-", 1, m_zfill, NULL } },
	{ 0, { NULL, NULL, 0, NULL, NULL } },
};
