#include "base/base.h"
#include "template/bigint.h"
#include "template/format.h"

#include <math.h>

/* format(value, spec), and what % shares with it. */

static void add_digits(struct buf *b, uint64_t u, unsigned base, bool upper)
{
	char text[72], *p = text + sizeof(text);

	do
		*--p = (upper ? "0123456789ABCDEF" : "0123456789abcdef")[u % base];
	while (u /= base);
	buf_add(b, p, (size_t)(text + sizeof(text) - p));
}

/* |big| in base 1 << bits, `per` digits at a time: short division by their power. */
static void add_big_digits(struct buf *b, const struct big *big, unsigned bits, bool upper)
{
	const char *set = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	unsigned per = 24 / bits, k;
	struct big *rest = big_limbs(b->ev, big->nr);
	struct buf back;
	uint32_t i;

	memcpy(rest->d, big->d, big->nr * sizeof(*big->d));
	rest->nr = big->nr;
	buf_init(&back, b->ev);
	while (rest->nr) {
		uint64_t rem = 0;

		ev_step(b->ev, 1 + rest->nr / 16);
		for (i = rest->nr; i-- > 0;) {
			rem = rem * BIG_BASE + rest->d[i];
			rest->d[i] = (uint32_t)(rem >> 24);
			rem &= 0xffffff;
		}
		big_trim(rest);
		for (k = 0; k < per && (rest->nr || rem); k++, rem >>= bits)
			buf_addch(&back, set[rem & ((1u << bits) - 1)]);
	}
	while (back.len)
		buf_addch(b, back.p[--back.len]);
}

/* The digits of |v| in a base. */
void int_digits(struct buf *b, struct value v, char type, bool *neg)
{
	unsigned bits = type == 'b' ? 1 : type == 'o' ? 3 : type == 'x' || type == 'X' ? 4 : 0;
	int64_t i;

	if (num_int64(v, &i)) {
		*neg = i < 0;
		add_digits(b, i < 0 ? 0 - (uint64_t)i : (uint64_t)i, bits ? 1u << bits : 10,
			   type == 'X');
		return;
	}
	*neg = v.u.big->neg;
	if (bits) {
		add_big_digits(b, v.u.big, bits, type == 'X');
		return;
	}
	big_add_text(b, v.u.big);
	if (*neg) {
		memmove(b->p, b->p + 1, b->len - 1);
		b->len--;
	}
}

/* A digit before the point: of a number in tens, or of one in bits. */
static bool is_digit(char c, unsigned every)
{
	return every == 3 ? isdigit((unsigned char)c) : isxdigit((unsigned char)c);
}

/*
 * Thousands, as Python's _PyUnicode_InsertThousandsGrouping(): `min` columns
 * at least, filled with zeros that are grouped too.
 */
static void group_digits(struct buf *out, const char *s, size_t len, char sep, unsigned every,
			 int64_t min)
{
	size_t whole = 0, nr = 0, group, i;
	int64_t left;
	struct buf back;

	while (whole < len && is_digit(s[whole], every))
		whole++;
	left = whole ? min : 0;
	buf_init(&back, out->ev);
	for (i = whole; i > 0 || left > 0; nr += group) {
		if (nr) {
			buf_addch(&back, sep);
			left--;
		}
		for (group = 0; group < every && (i > 0 || left > 0 || !group); group++, left--)
			buf_addch(&back, i ? s[--i] : '0');
	}
	while (back.len)
		buf_addch(out, back.p[--back.len]);
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

void check_width(struct ev *ev, int64_t n)
{
	if (n > (int64_t)ev->limits.string)
		ev_limit(ev, "a string is too long (more than %zu bytes)", ev->limits.string);
}

/* Text of so many characters, padded to the width; '=' pads as '>' does. */
static void add_padded_text(struct buf *out, const struct spec *sp, char align, const char *s,
			    size_t len, int64_t chars)
{
	int64_t pad = MAX(sp->width - chars, 0), left, i;

	if (sp->align)
		align = sp->align;
	left = align == '<' ? 0 : align == '^' ? pad / 2 : pad;
	for (i = 0; i < left; i++)
		buf_addcp(out, sp->fill);
	buf_add(out, s, len);
	for (i = left; i < pad; i++)
		buf_addcp(out, sp->fill);
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

/* The digits behind which nothing but zeros follow, and the exponent of the first. */
static size_t significant(double f, int64_t precision, char digits[1024], int *exponent)
{
	char text[1040], *e;
	size_t n = 0, i;

	snprintf(text, sizeof(text), "%.*e", (int)MIN(precision - 1, 1000), f);
	e = strchr(text, 'e');
	*exponent = atoi(e + 1);
	for (i = 0; text + i < e; i++)
		if (text[i] != '.')
			digits[n++] = text[i];
	while (n > 1 && digits[n - 1] == '0')
		n--;
	return n;
}

/* A precision without a type: like g, but with a digit behind the point. */
static void add_general(struct buf *b, double f, int64_t precision, bool alt)
{
	char digits[1024];
	int exponent, point;
	size_t n, want, i;

	precision = MAX(precision, 1);
	n = significant(f, precision, digits, &exponent);
	point = exponent + 1;
	want = alt ? (size_t)MIN(precision, 1000) : n;
	while (n < want)
		digits[n++] = '0';
	if (point <= -4 || point > precision - 1) {
		buf_addch(b, digits[0]);
		if (n > 1 || alt)
			buf_addch(b, '.');
		buf_add(b, digits + 1, n - 1);
		buf_addf(b, "e%c%02d", exponent < 0 ? '-' : '+', abs(exponent));
		return;
	}
	if (point <= 0)
		buf_addstr(b, "0.");
	for (i = 0; point < 0 && i < (size_t)-point; i++)
		buf_addch(b, '0');
	for (i = 0; i < n || (int)i <= point; i++) {
		if (point > 0 && (int)i == point)
			buf_addch(b, '.');
		buf_addch(b, i < n ? digits[i] : '0');
	}
}

/* repr() where the alternate form keeps the point. */
static void add_shortest(struct buf *b, double f, bool alt)
{
	struct buf t;
	char *e;

	buf_init(&t, b->ev);
	add_float(&t, f);
	e = memchr(t.p, 'e', t.len);
	if (alt && e && !memchr(t.p, '.', t.len)) {
		buf_add(b, t.p, (size_t)(e - t.p));
		buf_addch(b, '.');
		buf_add(b, e, (size_t)(t.p + t.len - e));
	} else {
		buf_add(b, t.p, t.len);
	}
}

static bool only_zeros(const struct buf *b)
{
	size_t i;

	for (i = 0; i < b->len && b->p[i] != 'e' && b->p[i] != 'E'; i++)
		if (b->p[i] != '0' && b->p[i] != '.')
			return false;
	return true;
}

static void add_magnitude(struct buf *b, double f, const struct spec *sp)
{
	int64_t precision = sp->precision;
	char type = sp->type;

	if (f - f != 0) {
		const char *name = f != f ? "nan" : "inf";

		if (isupper((unsigned char)type))
			name = f != f ? "NAN" : "INF";
		buf_addstr(b, name);
	} else if (!type && precision < 0) {
		add_shortest(b, f, sp->alt);
	} else if (!type) {
		add_general(b, f, precision, sp->alt);
	} else {
		if (type == '%')
			type = 'f';
		if (type == 'n')
			type = 'g';
		if (precision < 0)
			precision = 6;
		if ((type == 'g' || type == 'G') && !precision)
			precision = 1;
		float_text(b, f, type, precision, sp->alt);
	}
}

/* Digits with the separators that the format asks for, then all of it, padded. */
static void add_grouped_number(struct ev *ev, struct buf *out, const struct spec *sp, bool neg,
			       const char *prefix, const struct buf *digits)
{
	struct buf grouped;
	unsigned every = sp->type && strchr("boxX", sp->type) ? 4 : 3;
	int64_t min = 0;
	size_t whole = 0;

	if (!sp->grouping) {
		add_padded_number(out, sp, neg, prefix, digits->p, digits->len);
		return;
	}
	while (whole < digits->len && is_digit(digits->p[whole], every))
		whole++;
	if (sp->fill == '0' && sp->align == '=')
		min = sp->width - (int64_t)(digits->len - whole + strlen(prefix) +
					    (neg || sp->sign == '+' || sp->sign == ' '));
	buf_init(&grouped, ev);
	group_digits(&grouped, digits->p, digits->len, sp->grouping, every, min);
	add_padded_number(out, sp, neg, prefix, grouped.p, grouped.len);
}

void format_float(struct ev *ev, struct buf *out, double f, const struct spec *sp)
{
	bool neg = f == f && signbit(f), percent = sp->type == '%';
	struct buf b;

	check_width(ev, sp->precision);
	buf_init(&b, ev);
	add_magnitude(&b, fabs(f) * (percent ? 100 : 1), sp);
	if (sp->no_neg_zero && neg && f - f == 0 && only_zeros(&b))
		neg = false;
	if (percent)
		buf_addch(&b, '%');
	add_grouped_number(ev, out, sp, neg, "", &b);
}

static bool format_int(struct ev *ev, struct buf *out, struct value v, const struct spec *sp)
{
	char type = sp->type ? sp->type : 'd';
	const char *prefix = "";
	bool neg = false;
	struct buf b;

	if (sp->precision >= 0 || sp->no_neg_zero) {
		ev_fail(ev, TYPE_ERROR, "%s not allowed in integer format specifier",
			sp->precision >= 0 ? "precision" : "'z' is");
		return false;
	}
	buf_init(&b, ev);
	if (type == 'c') {
		int64_t i;

		if (sp->sign || sp->alt) {
			ev_fail(ev, TYPE_ERROR, "%s not allowed with integer format specifier 'c'",
				sp->sign ? "sign" : "alternate form (#)");
			return false;
		}
		if (!num_int64(v, &i) || i < 0 || i > 0x10ffff || (i >= 0xd800 && i < 0xe000)) {
			ev_fail(ev, TYPE_ERROR, "%%c: not a character");
			return false;
		}
		buf_addcp(&b, (uint32_t)i);
		add_padded_text(out, sp, '>', b.p, b.len, 1);
		return true;
	}
	int_digits(&b, v, type, &neg);
	if (sp->alt && type != 'd' && type != 'n')
		prefix = type == 'o' ? "0o" : type == 'b' ? "0b" : type == 'X' ? "0X" : "0x";
	add_grouped_number(ev, out, sp, neg, prefix, &b);
	return true;
}

void format_str(struct ev *ev, struct buf *out, struct value v, const struct spec *sp)
{
	uint64_t chars = str_chars(v.u.str);
	size_t len = v.u.str->len;

	if (sp->precision >= 0 && (uint64_t)sp->precision < chars) {
		chars = (uint64_t)sp->precision;
		len = str_offset(v.u.str, chars);
	}
	check_width(ev, sp->width);
	add_padded_text(out, sp, '<', v.u.str->s, len, (int64_t)chars);
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

/* [[fill]align][sign][z][#][0][width][grouping][.precision][type] */
static bool parse_spec(struct spec *sp, bool text, const char *p, const char *end)
{
	bool filled = false;
	uint32_t cp;
	size_t n = cp_decode(p, (size_t)(end - p), &cp);

	if (p + n < end && p[n] && strchr("<>^=", p[n])) {
		sp->fill = cp;
		sp->align = p[n];
		filled = true;
		p += n + 1;
	} else if (*p && strchr("<>^=", *p)) {
		sp->align = *p++;
	}
	if (p < end && *p && strchr("+- ", *p))
		sp->sign = *p++;
	if (p < end && *p == 'z') {
		sp->no_neg_zero = true;
		p++;
	}
	if (p < end && *p == '#') {
		sp->alt = true;
		p++;
	}
	if (p < end && *p == '0' && !filled) {
		sp->fill = '0';
		if (!sp->align && !text)
			sp->align = '=';
		p++;
	}
	format_number(&p, end, &sp->width);
	if (p < end && (*p == ',' || *p == '_'))
		sp->grouping = *p++;
	if (p < end && *p == '.') {
		p++;
		if (!format_number(&p, end, &sp->precision))
			return false;
	}
	if (p < end)
		sp->type = *p++;
	if (p < end)
		return false;
	if (!sp->grouping || !sp->type)
		return true;
	return strchr(sp->grouping == '_' ? "defgEG%FboxX" : "defgEG%F", sp->type) != NULL;
}

/* format(v, spec) */
bool format_spec(struct ev *ev, struct buf *out, struct value v, const char *s, size_t len)
{
	struct spec sp = { .fill = ' ', .precision = -1 };
	double f;

	if (!len)
		return add_str(out, v);
	if (v.type == V_UNDEFINED) {
		ev_undefined(ev, v);
		return false;
	}
	if (!is_type(v, T_NUMBER | TYPE_BIT(V_STRING)) ||
	    !parse_spec(&sp, v.type == V_STRING, s, s + len))
		return bad_spec(ev, v);
	check_width(ev, sp.width);
	if (v.type == V_STRING) {
		if ((sp.type && sp.type != 's') || sp.sign || sp.alt || sp.align == '=' ||
		    sp.grouping || sp.no_neg_zero)
			return bad_spec(ev, v);
		format_str(ev, out, v, &sp);
		return true;
	}
	if (is_type(v, T_INTEGRAL) && (!sp.type || strchr("bcdoxXn", sp.type)))
		return format_int(ev, out, v, &sp);
	if (sp.type && !strchr("eEfFgGn%", sp.type))
		return bad_spec(ev, v);
	f = num_double(v);
	if (v.type == V_BIG && f - f != 0) {
		ev_fail(ev, TYPE_ERROR, "the integer is too large for a float");
		return false;
	}
	format_float(ev, out, f, &sp);
	return true;
}
