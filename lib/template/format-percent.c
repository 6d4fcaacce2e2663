#include "base/base.h"
#include "template/format.h"

/* "..." % values. */

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
		if (type == 'a' && s.type == V_STRING)
			s = ascii_text(pc->ev, s);
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
	int_digits(&b, v, type, &neg);
	if (sp->precision > (int64_t)b.len) {
		check_width(ev, sp->precision);
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

static bool add_char_arg(struct percent *pc, struct buf *out, struct value v, struct spec *sp)
{
	struct buf b;
	int64_t i;

	sp->precision = -1;
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
	double f;

	if (keyed)
		v = *keyed;
	else if (!next_arg(pc, &v))
		return false;
	if (!sp->align)
		sp->align = '>';
	check_width(pc->ev, sp->width);
	switch (type) {
	case 's':
	case 'r':
	case 'a':
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
		f = num_double(v);
		if (v.type == V_BIG && f - f != 0) {
			ev_fail(pc->ev, TYPE_ERROR, "the integer is too large for a float");
			return false;
		}
		format_float(pc->ev, out, f, sp);
		return true;
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
	format_number(p, end, out);
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

	if (*p < end && **p == '%') {
		buf_addch(out, *(*p)++);
		return true;
	}
	if (*p < end && **p == '(') {
		if (!percent_key(pc, p, end, &keyed))
			return false;
		has_key = true;
	}
	for (; *p < end && **p && strchr("-+ #0", **p); ++*p) {
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
	if (*p < end && **p && strchr("hlL", **p))
		++*p;
	if (*p >= end) {
		ev_fail(pc->ev, TYPE_ERROR, "incomplete format");
		return false;
	}
	type = *(*p)++;
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
