#include "base/base.h"
#include "template/format.h"

/* format(value, spec), and what % shares with it. */

static void add_digits(struct buf *b, uint64_t u, unsigned base, bool upper)
{
	char text[72], *p = text + sizeof(text);

	do
		*--p = (upper ? "0123456789ABCDEF" : "0123456789abcdef")[u % base];
	while (u /= base);
	buf_add(b, p, (size_t)(text + sizeof(text) - p));
}

/* The digits of |v| in a base; false after an error. */
bool int_digits(struct ev *ev, struct buf *b, struct value v, char type, bool *neg)
{
	int64_t i;

	if (num_int64(v, &i)) {
		*neg = i < 0;
		add_digits(b, i < 0 ? 0 - (uint64_t)i : (uint64_t)i,
			   type == 'o'		      ? 8 :
			   type == 'b'		      ? 2 :
			   type == 'x' || type == 'X' ? 16 :
							10,
			   type == 'X');
		return true;
	}
	if (type == 'o' || type == 'b' || type == 'x' || type == 'X') {
		ev_fail(ev, UNSUPPORTED_ERROR,
			"integers beyond 64 bits can only be formatted in base 10");
		return false;
	}
	*neg = v.u.big->neg;
	big_add_text(b, v.u.big);
	if (*neg) {
		memmove(b->p, b->p + 1, b->len - 1);
		b->len--;
	}
	return true;
}

static void group_digits(struct buf *out, const char *s, size_t len, char sep, unsigned every)
{
	size_t whole = 0, i;

	while (whole < len && isalnum((unsigned char)s[whole]))
		whole++;
	for (i = 0; i < whole; i++) {
		if (i && (whole - i) % every == 0)
			buf_addch(out, sep);
		buf_addch(out, s[i]);
	}
	buf_add(out, s + whole, len - whole);
}

/* Sign, prefix and digits, padded to the width. */
void add_padded_number(struct buf *out, const struct spec *sp, bool neg, const char *prefix,
		       const char *digits, size_t len)
{
	const char *sign = neg ? "-" : sp->sign == '+' ? "+" : sp->sign == ' ' ? " " : "";
	char align = sp->align ? sp->align : '>';
	int64_t pad = sp->width - (int64_t)(strlen(sign) + strlen(prefix) + len), left, i;

	if (pad < 0)
		pad = 0;
	left = align == '<' ? 0 : align == '^' ? pad / 2 : pad;
	if (align != '=')
		for (i = 0; i < left; i++)
			buf_addcp(out, sp->fill);
	buf_addstr(out, sign);
	buf_addstr(out, prefix);
	if (align == '=')
		for (i = 0; i < pad; i++)
			buf_addcp(out, sp->fill);
	buf_add(out, digits, len);
	if (align == '<' || align == '^')
		for (i = left; i < pad; i++)
			buf_addcp(out, sp->fill);
}

bool check_width(struct ev *ev, int64_t n)
{
	if (n > (int64_t)ev->limits.string)
		ev_limit(ev, "a string is too long (more than %zu bytes)", ev->limits.string);
	return true;
}

static void float_text(struct buf *b, double f, char type, int64_t precision, bool alt)
{
	char small[64], fmt[16];
	char *text = small;
	int n;

	if (precision > 1000)
		precision = 1000;
	snprintf(fmt, sizeof(fmt), "%%%s.*%c", alt ? "#" : "", type);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	n = snprintf(small, sizeof(small), fmt, (int)precision, f);
	if (n >= (int)sizeof(small)) {
		text = ev_alloc(b->ev, (size_t)n + 1);
		snprintf(text, (size_t)n + 1, fmt, (int)precision, f);
	}
#pragma GCC diagnostic pop
	buf_addstr(b, text);
}

bool format_float(struct ev *ev, struct buf *out, double f, const struct spec *sp)
{
	bool neg = f < 0 || (f == 0 && 1 / f < 0), percent = sp->type == '%';
	int64_t precision = sp->precision;
	char type = sp->type;
	struct buf b, grouped;

	check_width(ev, precision);
	buf_init(&b, ev);
	if (neg)
		f = -f;
	if (f != f) {
		neg = false;
		buf_addstr(&b, isupper((unsigned char)type) ? "NAN" : "nan");
	} else if (f - f != 0) {
		buf_addstr(&b, isupper((unsigned char)type) ? "INF" : "inf");
	} else if (!type && precision < 0) {
		add_float(&b, f);
	} else if (!type) {
		/* like g, but with a digit behind the point */
		char *e;

		float_text(&b, f, 'g', precision ? precision : 1, false);
		buf_addch(&b, '\0');
		b.len--;
		e = memchr(b.p, 'e', b.len);
		if (!e && !memchr(b.p, '.', b.len)) {
			/* repr's exponent starts one digit earlier */
			if ((int64_t)b.len >= (precision ? precision : 1)) {
				b.len = 0;
				float_text(&b, f, 'e', (precision ? precision : 1) - 1, false);
				buf_addch(&b, '\0');
				b.len--;
				e = memchr(b.p, 'e', b.len);
				if (e) {
					char *z = e;
					struct buf t;

					while (z > b.p && z[-1] == '0' &&
					       memchr(b.p, '.', (size_t)(e - b.p)))
						z--;
					if (z > b.p && z[-1] == '.')
						z--;
					buf_init(&t, ev);
					buf_add(&t, b.p, (size_t)(z - b.p));
					buf_addstr(&t, e);
					b = t;
				}
				if ((precision ? precision : 1) == 1 && f < 10 && f >= 1) {
					b.len = 0;
					float_text(&b, f, 'e', 0, false);
				}
			} else {
				buf_addstr(&b, ".0");
			}
		}
	} else {
		if (percent) {
			f *= 100;
			type = 'f';
		}
		if (type == 'n')
			type = 'g';
		if (precision < 0)
			precision = 6;
		if ((type == 'g' || type == 'G') && !precision)
			precision = 1;
		float_text(&b, f, type, precision, sp->alt);
	}
	if (percent)
		buf_addch(&b, '%');
	if (sp->grouping) {
		buf_init(&grouped, ev);
		group_digits(&grouped, b.p, b.len, sp->grouping, 3);
		b = grouped;
	}
	add_padded_number(out, sp, neg, "", b.p, b.len);
	return true;
}

static bool format_int(struct ev *ev, struct buf *out, struct value v, const struct spec *sp)
{
	char type = sp->type ? sp->type : 'd';
	const char *prefix = "";
	struct buf b, grouped;
	bool neg = false;

	if (sp->precision >= 0) {
		ev_fail(ev, TYPE_ERROR, "precision not allowed in integer format specifier");
		return false;
	}
	buf_init(&b, ev);
	if (type == 'c') {
		int64_t i;

		if (!num_int64(v, &i) || i < 0 || i > 0x10ffff || (i >= 0xd800 && i < 0xe000)) {
			ev_fail(ev, TYPE_ERROR, "%%c: not a character");
			return false;
		}
		buf_addcp(&b, (uint32_t)i);
		add_padded_number(out, sp, false, "", b.p, b.len);
		return true;
	}
	if (!int_digits(ev, &b, v, type, &neg))
		return false;
	if (sp->alt && type != 'd' && type != 'n')
		prefix = type == 'o' ? "0o" : type == 'b' ? "0b" : type == 'X' ? "0X" : "0x";
	if (sp->grouping) {
		buf_init(&grouped, ev);
		group_digits(&grouped, b.p, b.len, sp->grouping, type == 'd' ? 3 : 4);
		b = grouped;
	}
	add_padded_number(out, sp, neg, prefix, b.p, b.len);
	return true;
}

void format_str(struct ev *ev, struct buf *out, struct value v, const struct spec *sp)
{
	uint64_t chars = str_chars(v.u.str);
	int64_t pad, left, i;
	size_t len = v.u.str->len;

	if (sp->precision >= 0 && (uint64_t)sp->precision < chars) {
		chars = (uint64_t)sp->precision;
		len = str_offset(v.u.str, chars);
	}
	check_width(ev, sp->width);
	pad = MAX(sp->width - (int64_t)chars, 0);
	left = sp->align == '>' ? pad : sp->align == '^' ? pad / 2 : 0;
	for (i = 0; i < left; i++)
		buf_addcp(out, sp->fill);
	buf_add(out, v.u.str->s, len);
	for (i = left; i < pad; i++)
		buf_addcp(out, sp->fill);
}

static bool bad_spec(struct ev *ev, struct value v)
{
	ev_fail(ev, TYPE_ERROR, "invalid format specifier for a value of type '%s'", type_name(v));
	return false;
}

bool format_number(const char **p, const char *end, int64_t *out)
{
	*out = 0;
	if (*p >= end || !isdigit((unsigned char)**p))
		return false;
	while (*p < end && isdigit((unsigned char)**p) && *out < 1000000000)
		*out = *out * 10 + (*(*p)++ - '0');
	return true;
}

/* format(v, spec) */
bool format_spec(struct ev *ev, struct buf *out, struct value v, const char *s, size_t len)
{
	struct spec sp = { .fill = ' ', .precision = -1 };
	const char *p = s, *end = s + len;
	uint32_t cp;
	size_t n;

	if (!len)
		return add_str(out, v);
	if (v.type == V_UNDEFINED) {
		ev_undefined(ev, v);
		return false;
	}
	if (!is_type(v, T_NUMBER | TYPE_BIT(V_STRING)))
		return bad_spec(ev, v);
	n = cp_decode(p, len, &cp);
	if (p + n < end && strchr("<>^=", p[n])) {
		sp.fill = cp;
		sp.align = p[n];
		p += n + 1;
	} else if (strchr("<>^=", *p)) {
		sp.align = *p++;
	}
	if (p < end && strchr("+- ", *p))
		sp.sign = *p++;
	if (p < end && *p == '#') {
		sp.alt = true;
		p++;
	}
	if (p < end && *p == '0') {
		if (!sp.align) {
			sp.align = v.type == V_STRING ? '<' : '=';
			sp.fill = '0';
		} else if (sp.fill == ' ') {
			sp.fill = '0';
		}
		p++;
	}
	format_number(&p, end, &sp.width);
	if (p < end && (*p == ',' || *p == '_'))
		sp.grouping = *p++;
	if (p < end && *p == '.') {
		p++;
		if (!format_number(&p, end, &sp.precision))
			return bad_spec(ev, v);
	}
	if (p < end)
		sp.type = *p++;
	if (p < end)
		return bad_spec(ev, v);
	check_width(ev, sp.width);
	if (v.type == V_STRING) {
		if ((sp.type && sp.type != 's') || sp.sign || sp.alt || sp.align == '=' ||
		    sp.grouping)
			return bad_spec(ev, v);
		format_str(ev, out, v, &sp);
		return true;
	}
	if (sp.grouping && sp.align == '=' && sp.fill == '0' && sp.width) {
		ev_fail(ev, UNSUPPORTED_ERROR, "zero padding with grouping is not supported");
		return false;
	}
	if (is_type(v, T_INTEGRAL) && (!sp.type || strchr("bcdoxXn", sp.type)))
		return format_int(ev, out, v, &sp);
	if (sp.type && !strchr("eEfFgGn%", sp.type))
		return bad_spec(ev, v);
	return format_float(ev, out, num_double(v), &sp);
}
