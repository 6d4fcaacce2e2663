#include "base/base.h"
#include "template/internal.h"

/* "..." % values, and "...".format(). */

struct spec {
	uint32_t fill;
	char align; /* '<' '>' '^' '=' or 0 */
	char sign;  /* '+' '-' ' ' or 0 */
	bool alt, zero;
	int64_t width, precision; /* -1: none */
	char grouping;		  /* ',' '_' or 0 */
	char type;		  /* 0: none */
};

static void add_digits(struct buf *b, uint64_t u, unsigned base, bool upper)
{
	char text[72], *p = text + sizeof(text);

	do
		*--p = (upper ? "0123456789ABCDEF" : "0123456789abcdef")[u % base];
	while (u /= base);
	buf_add(b, p, (size_t)(text + sizeof(text) - p));
}

/* The digits of |v| in a base; false after an error. */
static bool int_digits(struct ev *ev, struct buf *b, struct value v, char type, bool *neg)
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
static void add_padded_number(struct buf *out, const struct spec *sp, bool neg, const char *prefix,
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

static bool check_size(struct ev *ev, int64_t n)
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

static bool format_float(struct ev *ev, struct buf *out, double f, const struct spec *sp)
{
	bool neg = f < 0 || (f == 0 && 1 / f < 0), percent = sp->type == '%';
	int64_t precision = sp->precision;
	char type = sp->type;
	struct buf b, grouped;

	check_size(ev, precision);
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

static void format_str(struct ev *ev, struct buf *out, struct value v, const struct spec *sp)
{
	uint64_t chars = str_chars(v.u.str);
	int64_t pad, left, i;
	size_t len = v.u.str->len;

	if (sp->precision >= 0 && (uint64_t)sp->precision < chars) {
		chars = (uint64_t)sp->precision;
		len = str_offset(v.u.str, chars);
	}
	check_size(ev, sp->width);
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

static bool parse_number(const char **p, const char *end, int64_t *out)
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
	parse_number(&p, end, &sp.width);
	if (p < end && (*p == ',' || *p == '_'))
		sp.grouping = *p++;
	if (p < end && *p == '.') {
		p++;
		if (!parse_number(&p, end, &sp.precision))
			return bad_spec(ev, v);
	}
	if (p < end)
		sp.type = *p++;
	if (p < end)
		return bad_spec(ev, v);
	check_size(ev, sp.width);
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

/* --- % ------------------------------------------------------------------------------- */

struct percent {
	struct ev *ev;
	struct value args;
	struct list *tuple;
	uint32_t used;
	bool single_used, keyed;
	bool markup;
};

static bool next_arg(struct percent *pc, struct value *out)
{
	if (pc->tuple) {
		if (pc->used >= pc->tuple->nr) {
			ev_fail(pc->ev, TYPE_ERROR, "not enough arguments for format string");
			return false;
		}
		*out = pc->tuple->v[pc->used++];
		return true;
	}
	if (pc->single_used) {
		ev_fail(pc->ev, TYPE_ERROR, "not enough arguments for format string");
		return false;
	}
	pc->single_used = true;
	*out = pc->args;
	return true;
}

static bool add_text_arg(struct percent *pc, struct buf *out, struct value v, char type,
			 const struct spec *sp)
{
	struct value s;
	struct buf b;

	if (type == 's') {
		s = pc->markup ? html_escape(pc->ev, v) : to_str(pc->ev, v, false);
	} else {
		buf_init(&b, pc->ev);
		s = add_repr(&b, v, 0) ? buf_value(&b) : v_poison();
		if (pc->markup && s.type == V_STRING)
			s = html_escape(pc->ev, s);
	}
	if (s.type != V_STRING)
		return false;
	format_str(pc->ev, out, s, sp);
	return true;
}

static bool add_int_arg(struct percent *pc, struct buf *out, struct value v, char type,
			struct spec *sp)
{
	struct ev *ev = pc->ev;
	const char *prefix = "";
	struct buf b, padded;
	bool neg = false;
	int64_t i;

	if (is_type(v, T_REAL) && (type == 'd' || type == 'i' || type == 'u')) {
		v = num_from_double(ev, num_double(v));
		if (v.type == V_MISSING) {
			ev_fail(ev, TYPE_ERROR, "cannot convert float infinity or NaN to integer");
			return false;
		}
	}
	if (!is_type(v, T_INTEGRAL)) {
		if (v.type == V_UNDEFINED)
			ev_undefined(ev, v);
		else
			ev_fail(ev, TYPE_ERROR, "%%%c format: a number is required, not %s", type,
				type_name(v));
		return false;
	}
	buf_init(&b, ev);
	if (!int_digits(ev, &b, v, type, &neg))
		return false;
	if (sp->precision > (int64_t)b.len) {
		check_size(ev, sp->precision);
		buf_init(&padded, ev);
		for (i = (int64_t)b.len; i < sp->precision; i++)
			buf_addch(&padded, '0');
		buf_add(&padded, b.p, b.len);
		b = padded;
	}
	if (sp->alt)
		prefix = type == 'o' ? "0o" : type == 'x' ? "0x" : type == 'X' ? "0X" : "";
	if (sp->zero && sp->align != '<') {
		sp->align = '=';
		sp->fill = '0';
	}
	add_padded_number(out, sp, neg, prefix, b.p, b.len);
	return true;
}

static bool add_char_arg(struct percent *pc, struct buf *out, struct value v, const struct spec *sp)
{
	struct buf b;
	int64_t i;

	if (v.type == V_STRING && str_chars(v.u.str) == 1) {
		format_str(pc->ev, out, v, sp);
		return true;
	}
	if (!num_int64(v, &i) || i < 0 || i > 0x10ffff || (i >= 0xd800 && i < 0xe000)) {
		ev_fail(pc->ev, TYPE_ERROR, "%%c requires int or char");
		return false;
	}
	buf_init(&b, pc->ev);
	buf_addcp(&b, (uint32_t)i);
	format_str(pc->ev, out, buf_value(&b), sp);
	return true;
}

static bool add_percent(struct percent *pc, struct buf *out, char type, struct spec *sp,
			struct value *keyed)
{
	struct value v;

	if (keyed)
		v = *keyed;
	else if (!next_arg(pc, &v))
		return false;
	if (!sp->align)
		sp->align = '>';
	check_size(pc->ev, sp->width);
	switch (type) {
	case 's':
	case 'r':
		return add_text_arg(pc, out, v, type, sp);
	case 'd':
	case 'i':
	case 'u':
	case 'o':
	case 'x':
	case 'X':
		return add_int_arg(pc, out, v, type, sp);
	case 'c':
		return add_char_arg(pc, out, v, sp);
	case 'e':
	case 'E':
	case 'f':
	case 'F':
	case 'g':
	case 'G':
		if (!is_type(v, T_NUMBER)) {
			if (v.type == V_UNDEFINED)
				ev_undefined(pc->ev, v);
			else
				ev_fail(pc->ev, TYPE_ERROR, "must be real number, not %s",
					type_name(v));
			return false;
		}
		sp->type = type;
		if (sp->zero && sp->align != '<') {
			sp->align = '=';
			sp->fill = '0';
		}
		return format_float(pc->ev, out, num_double(v), sp);
	case 'a':
		ev_fail(pc->ev, UNSUPPORTED_ERROR, "the format %%a is not supported");
		return false;
	default:
		ev_fail(pc->ev, TYPE_ERROR, "unsupported format character '%c'",
			isprint((unsigned char)type) ? type : '?');
		return false;
	}
}

static bool star(struct percent *pc, const char **p, const char *end, int64_t *out)
{
	struct value v;

	if (*p < end && **p == '*') {
		++*p;
		if (!next_arg(pc, &v))
			return false;
		return arg_int(pc->ev, v, "* in a format", out);
	}
	parse_number(p, end, out);
	return true;
}

static bool percent_key(struct percent *pc, const char **p, const char *end, struct value *out)
{
	const char *from = ++*p;
	struct value *found;
	int depth = 1;
	bool bad;

	while (*p < end && depth) {
		depth += **p == '(' ? 1 : **p == ')' ? -1 : 0;
		++*p;
	}
	if (depth) {
		ev_fail(pc->ev, TYPE_ERROR, "incomplete format key");
		return false;
	}
	if (pc->args.type != V_DICT) {
		ev_fail(pc->ev, TYPE_ERROR, "format requires a mapping");
		return false;
	}
	found = dict_get(pc->ev, dict_of(pc->ev, pc->args),
			 v_str(pc->ev, from, (size_t)(*p - from) - 1), &bad);
	if (!found) {
		ev_fail(pc->ev, TYPE_ERROR, "the format asks for a key that is not there: '%.*s'",
			(int)(*p - from) - 1, from);
		return false;
	}
	*out = *found;
	pc->keyed = true;
	return true;
}

static bool one_percent(struct percent *pc, struct buf *out, const char **p, const char *end)
{
	struct spec sp = { .fill = ' ', .precision = -1 };
	struct value keyed;
	bool has_key = false;
	char type;

	if (*p < end && **p == '(') {
		if (!percent_key(pc, p, end, &keyed))
			return false;
		has_key = true;
	}
	for (; *p < end && strchr("-+ #0", **p); ++*p) {
		if (**p == '-')
			sp.align = '<';
		else if (**p == '+')
			sp.sign = '+';
		else if (**p == ' ')
			sp.sign = sp.sign ? sp.sign : ' ';
		else if (**p == '#')
			sp.alt = true;
		else
			sp.zero = true;
	}
	if (!star(pc, p, end, &sp.width))
		return false;
	if (sp.width < 0) {
		sp.align = '<';
		sp.width = -sp.width;
	}
	if (*p < end && **p == '.') {
		++*p;
		sp.precision = 0;
		if (!star(pc, p, end, &sp.precision))
			return false;
		sp.precision = MAX(sp.precision, 0);
	}
	while (*p < end && strchr("hlL", **p))
		++*p;
	if (*p >= end) {
		ev_fail(pc->ev, TYPE_ERROR, "incomplete format");
		return false;
	}
	type = *(*p)++;
	if (type == '%') {
		buf_addch(out, '%');
		return true;
	}
	return add_percent(pc, out, type, &sp, has_key ? &keyed : NULL);
}

struct value format_percent(struct ev *ev, struct value fmt, struct value args)
{
	struct percent pc = { .ev = ev, .args = args, .markup = fmt.flags & VF_MARKUP };
	const char *p = fmt.u.str->s, *end = p + fmt.u.str->len;
	struct buf b;

	if (args.type == V_TUPLE)
		pc.tuple = list_of(ev, args);
	buf_init(&b, ev);
	while (p < end) {
		const char *next = memchr(p, '%', (size_t)(end - p));

		ev_step(ev, 1);
		if (!next)
			break;
		buf_add(&b, p, (size_t)(next - p));
		p = next + 1;
		if (!one_percent(&pc, &b, &p, end))
			return v_poison();
	}
	buf_add(&b, p, (size_t)(end - p));
	if (pc.tuple ? pc.used < pc.tuple->nr :
		       !pc.single_used &&
			       !is_type(args, TYPE_BIT(V_DICT) | TYPE_BIT(V_UNDEFINED) |
						      TYPE_BIT(V_LIST) | TYPE_BIT(V_RANGE))) {
		return ev_fail(ev, TYPE_ERROR,
			       "not all arguments converted during string formatting");
	}
	return v_same_markup(buf_value(&b), fmt);
}

/* --- str.format() ------------------------------------------------------------------------ */

struct braces {
	struct ev *ev;
	const struct cargs *args;
	struct value *mapping;
	int64_t next;
	bool manual, automatic, markup;
};

static bool all_digits(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (!isdigit((unsigned char)s[i]))
			return false;
	return len > 0 && len < 10;
}

static bool first_value(struct braces *br, const char *s, size_t len, struct value *out)
{
	struct value *found;
	int64_t i = -1;
	uint32_t k;

	if (!len) {
		if (br->manual) {
			ev_fail(br->ev, TYPE_ERROR,
				"cannot switch from manual to automatic field numbering");
			return false;
		}
		br->automatic = true;
		i = br->next++;
	} else if (all_digits(s, len)) {
		if (br->automatic) {
			ev_fail(br->ev, TYPE_ERROR,
				"cannot switch from automatic to manual field numbering");
			return false;
		}
		br->manual = true;
		i = strtoll(s, NULL, 10);
	}
	if (i >= 0) {
		if (br->mapping || i >= br->args->nr) {
			ev_fail(br->ev, TYPE_ERROR, "replacement index %" PRId64 " out of range",
				i);
			return false;
		}
		*out = br->args->pos[i];
		return true;
	}
	if (br->mapping) {
		found = dict_get_str(br->ev, dict_of(br->ev, *br->mapping), s, len);
		if (found) {
			*out = *found;
			return true;
		}
	} else {
		for (k = 0; k < br->args->kw_nr; k++)
			if (br->args->kw_names[k]->len == len &&
			    !memcmp(br->args->kw_names[k]->s, s, len)) {
				*out = br->args->kw_values[k];
				return true;
			}
	}
	ev_fail(br->ev, TYPE_ERROR, "the format asks for '%.*s', which is not there", (int)len, s);
	return false;
}

static bool field_value(struct braces *br, const char *s, size_t len, struct value *out)
{
	size_t n = 0;

	while (n < len && s[n] != '.' && s[n] != '[')
		n++;
	if (!first_value(br, s, n, out))
		return false;
	while (n < len) {
		size_t from = ++n;

		if (s[n - 1] == '[') {
			struct value key;

			while (n < len && s[n] != ']')
				n++;
			if (n >= len || n == from) {
				ev_fail(br->ev, TYPE_ERROR, "malformed field in format string");
				return false;
			}
			key = all_digits(s + from, n - from) ? v_int(strtoll(s + from, NULL, 10)) :
							       v_str(br->ev, s + from, n - from);
			n++;
			*out = get_item(br->ev, br->ev->at, *out, key);
		} else {
			while (n < len && s[n] != '.' && s[n] != '[')
				n++;
			if (out->type == V_DICT) {
				ev_fail(br->ev, TYPE_ERROR,
					"a dict has no attribute '%.*s' in format(); use [%.*s]",
					(int)(n - from), s + from, (int)(n - from), s + from);
				return false;
			}
			*out = get_attr(br->ev, br->ev->at, *out,
					v_str(br->ev, s + from, n - from).u.str);
		}
		if (out->type == V_UNDEFINED)
			ev_undefined(br->ev, *out);
		if (out->type == V_UNDEFINED || out->type == V_POISON)
			return false;
	}
	return true;
}

static bool add_braces(struct braces *br, struct buf *out, const char *s, size_t len, int depth);

static bool add_field(struct braces *br, struct buf *out, const char *s, size_t len, int depth)
{
	struct ev *ev = br->ev;
	size_t name = 0, spec;
	struct value v, conv;
	struct buf b;
	char c = 0;

	while (name < len && s[name] != '!' && s[name] != ':') {
		if (s[name] == '[')
			while (name < len && s[name] != ']')
				name++;
		else
			name++;
	}
	spec = name;
	if (spec < len && s[spec] == '!') {
		c = spec + 1 < len ? s[spec + 1] : 0;
		spec += 2;
		if ((c != 'r' && c != 's') || (spec < len && s[spec] != ':')) {
			ev_fail(ev, c == 'a' ? UNSUPPORTED_ERROR : TYPE_ERROR,
				"unknown conversion in format string");
			return false;
		}
	}
	if (!field_value(br, s, name, &v))
		return false;
	if (c) {
		buf_init(&b, ev);
		if (!(c == 'r' ? add_repr(&b, v, 0) : add_str(&b, v)))
			return false;
		v = buf_value(&b);
	}
	buf_init(&b, ev);
	if (spec < len && !add_braces(br, &b, s + spec + 1, len - spec - 1, depth + 1))
		return false;
	if (!br->markup)
		return format_spec(ev, out, v, b.len ? b.p : "", b.len);
	conv = v_same_markup(v, v);
	if (v.type == V_STRING && (v.flags & VF_MARKUP) && !b.len) {
		buf_addvstr(out, v.u.str);
		return true;
	}
	{
		struct buf plain;

		buf_init(&plain, ev);
		if (!format_spec(ev, &plain, conv, b.len ? b.p : "", b.len))
			return false;
		add_escaped_html(out, plain.p ? plain.p : "", plain.len);
	}
	return true;
}

static bool add_braces(struct braces *br, struct buf *out, const char *s, size_t len, int depth)
{
	size_t i = 0;

	if (depth > 2) {
		ev_fail(br->ev, TYPE_ERROR, "max string recursion exceeded");
		return false;
	}
	while (i < len) {
		size_t from, open = 1;

		ev_step(br->ev, 1);
		if (s[i] != '{' && s[i] != '}') {
			from = i;
			while (i < len && s[i] != '{' && s[i] != '}')
				i++;
			buf_add(out, s + from, i - from);
			continue;
		}
		if (!depth || s[i] == '{') {
			if (!depth && i + 1 < len && s[i + 1] == s[i]) {
				buf_addch(out, s[i]);
				i += 2;
				continue;
			}
		}
		if (s[i] == '}') {
			ev_fail(br->ev, TYPE_ERROR, "single '}' encountered in format string");
			return false;
		}
		from = ++i;
		while (i < len && open) {
			if (s[i] == '{')
				open++;
			else if (s[i] == '}')
				open--;
			i++;
		}
		if (open) {
			ev_fail(br->ev, TYPE_ERROR, "expected '}' before end of string");
			return false;
		}
		if (!add_field(br, out, s + from, i - from - 1, depth))
			return false;
	}
	return true;
}

struct value format_braces(struct ev *ev, struct value fmt, const struct cargs *args,
			   struct value *mapping)
{
	struct braces br = {
		.ev = ev, .args = args, .mapping = mapping, .markup = fmt.flags & VF_MARKUP
	};
	struct buf b;

	buf_init(&b, ev);
	if (!add_braces(&br, &b, fmt.u.str->s, fmt.u.str->len, 0))
		return v_poison();
	return v_same_markup(buf_value(&b), fmt);
}
