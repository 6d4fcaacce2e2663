#include "base/base.h"
#include "template/internal.h"

/* str() and repr() as Python's. */

/* The shortest text that reads back as the same double. */
void add_float(struct buf *b, double f)
{
	char digits[32], *e;
	int precision, exponent, sign = 0;
	size_t n = 0, i;
	char mantissa[24];

	if (f != f) {
		buf_addstr(b, "nan");
		return;
	}
	if (f > 1.7976931348623157e308 || f < -1.7976931348623157e308) {
		buf_addstr(b, f > 0 ? "inf" : "-inf");
		return;
	}
	precision = f != 0 && f < 1e-290 && f > -1e-290 ? 0 : 14;
	for (; precision <= 16; precision++) {
		snprintf(digits, sizeof(digits), "%.*e", precision, f);
		if (strtod(digits, NULL) == f)
			break;
	}
	e = strchr(digits, 'e');
	exponent = atoi(e + 1);
	for (i = 0; digits + i < e; i++) {
		if (digits[i] == '-')
			sign = 1;
		else if (digits[i] != '.')
			mantissa[n++] = digits[i];
	}
	while (n > 1 && mantissa[n - 1] == '0')
		n--;
	if (sign)
		buf_addch(b, '-');
	if (exponent < -4 || exponent >= 16) {
		buf_addch(b, mantissa[0]);
		if (n > 1) {
			buf_addch(b, '.');
			buf_add(b, mantissa + 1, n - 1);
		}
		buf_addf(b, "e%c%02d", exponent < 0 ? '-' : '+', abs(exponent));
	} else if (exponent < 0) {
		buf_addstr(b, "0.");
		buf_fill(b, '0', (uint64_t)(-exponent - 1));
		buf_add(b, mantissa, n);
	} else if (n <= (size_t)exponent + 1) {
		buf_add(b, mantissa, n);
		buf_fill(b, '0', (uint64_t)exponent + 1 - n);
		buf_addstr(b, ".0");
	} else {
		buf_add(b, mantissa, (size_t)exponent + 1);
		buf_addch(b, '.');
		buf_add(b, mantissa + exponent + 1, n - (size_t)exponent - 1);
	}
}

static void add_int(struct buf *b, int64_t i)
{
	char digits[24];
	char *p = digits + sizeof(digits);
	uint64_t u = i < 0 ? 0 - (uint64_t)i : (uint64_t)i;

	do
		*--p = (char)('0' + u % 10);
	while (u /= 10);
	if (i < 0)
		*--p = '-';
	buf_add(b, p, (size_t)(digits + sizeof(digits) - p));
}

void add_number(struct buf *b, struct value v)
{
	if (v.type == V_INT)
		add_int(b, v.u.i);
	else if (v.type == V_BIG)
		big_add_text(b, v.u.big);
	else if (v.type == V_DECIMAL)
		buf_add(b, v.u.dec->text, v.u.dec->len);
	else
		add_float(b, v.u.f);
}

static void add_escaped_cp(struct buf *b, uint32_t cp)
{
	buf_addf(b, cp < 0x100 ? "\\x%02x" : cp < 0x10000 ? "\\u%04x" : "\\U%08x", cp);
}

static void add_repr_str(struct buf *b, const struct vstr *s)
{
	char quote = memchr(s->s, '\'', s->len) && !memchr(s->s, '"', s->len) ? '"' : '\'';
	size_t i = 0;

	buf_addch(b, quote);
	while (i < s->len) {
		uint32_t cp;
		size_t n = cp_decode(s->s + i, s->len - i, &cp);

		if (cp == (unsigned char)quote || cp == '\\') {
			buf_addch(b, '\\');
			buf_addch(b, (char)cp);
		} else if (cp == '\n') {
			buf_addstr(b, "\\n");
		} else if (cp == '\r') {
			buf_addstr(b, "\\r");
		} else if (cp == '\t') {
			buf_addstr(b, "\\t");
		} else if (cp_printable(cp)) {
			buf_add(b, s->s + i, n);
		} else {
			add_escaped_cp(b, cp);
		}
		i += n;
	}
	buf_addch(b, quote);
}

static bool add_repr_items(struct buf *b, struct value v, unsigned depth)
{
	struct iter *it = value_iter(b->ev, v, false);
	struct value item;
	bool first = true;
	int got;

	if (!it)
		return false;
	while ((got = iter_next(b->ev, it, &item)) > 0) {
		ev_step(b->ev, 1);
		if (!first)
			buf_addstr(b, ", ");
		first = false;
		if (!add_repr(b, item, depth + 1))
			return false;
	}
	return got == 0;
}

static bool add_repr_dict(struct buf *b, struct value v, unsigned depth)
{
	struct dict *d = dict_of(b->ev, v);
	bool first = true;
	uint32_t i;

	buf_addch(b, '{');
	for (i = 0; i < d->nr; i++) {
		if (d->e[i].key.type == V_MISSING)
			continue;
		ev_step(b->ev, 1);
		if (!first)
			buf_addstr(b, ", ");
		first = false;
		if (!add_repr(b, d->e[i].key, depth + 1))
			return false;
		buf_addstr(b, ": ");
		if (!add_repr(b, d->e[i].val, depth + 1))
			return false;
	}
	buf_addch(b, '}');
	return true;
}

static bool no_text(struct buf *b, struct value v)
{
	struct ev *ev = b->ev;

	if (v.type == V_ITER)
		ev_fail_at(ev, ev->at, UNSUPPORTED_ERROR, "make it a list first: ... | list",
			   "a %s cannot be printed", type_name(v));
	else if (v.type == V_METHOD)
		ev_fail_at(ev, ev->at, UNSUPPORTED_ERROR,
			   "call it with (), or use ['...'] for a member of this name",
			   "the method '%s' cannot be printed", v.u.method->def->b.name);
	else if (v.type == V_GLOBAL)
		ev_fail_at(ev, ev->at, UNSUPPORTED_ERROR, "call it with ()",
			   "the function '%s' cannot be printed", v.u.global->b.name);
	else
		ev_fail(ev, UNSUPPORTED_ERROR, "a %s cannot be printed", type_name(v));
	return false;
}

bool add_repr(struct buf *b, struct value v, unsigned depth)
{
	if (depth > b->ev->limits.depth)
		ev_limit(b->ev, "a value is nested too deeply");
	switch ((enum value_type)v.type) {
	case V_NONE:
		buf_addstr(b, "None");
		return true;
	case V_BOOL:
		buf_addstr(b, v.u.b ? "True" : "False");
		return true;
	case V_INT:
	case V_BIG:
	case V_FLOAT:
	case V_DECIMAL:
		add_number(b, v);
		return true;
	case V_STRING:
		if (v.flags & VF_MARKUP)
			buf_addstr(b, "Markup(");
		add_repr_str(b, v.u.str);
		if (v.flags & VF_MARKUP)
			buf_addch(b, ')');
		return true;
	case V_LIST:
		buf_addch(b, '[');
		if (!add_repr_items(b, v, depth))
			return false;
		buf_addch(b, ']');
		return true;
	case V_TUPLE:
		buf_addch(b, '(');
		if (!add_repr_items(b, v, depth))
			return false;
		buf_addstr(b, v.u.list->nr == 1 ? ",)" : ")");
		return true;
	case V_DICT:
		return add_repr_dict(b, v, depth);
	case V_RANGE:
		if (v.u.range->step == 1)
			buf_addf(b, "range(%" PRId64 ", %" PRId64 ")", v.u.range->start,
				 v.u.range->stop);
		else
			buf_addf(b, "range(%" PRId64 ", %" PRId64 ", %" PRId64 ")",
				 v.u.range->start, v.u.range->stop, v.u.range->step);
		return true;
	case V_VIEW:
		buf_addf(b, "%s([", type_name(v));
		if (!add_repr_items(b, v, depth))
			return false;
		buf_addstr(b, "])");
		return true;
	case V_NAMESPACE:
		buf_addstr(b, "<Namespace ");
		if (!add_repr_dict(b, v, depth))
			return false;
		buf_addch(b, '>');
		return true;
	case V_MACRO: {
		const struct node *def = v.u.macro->def;

		if (def->type == N_CALL_BLOCK) {
			buf_addstr(b, "<Macro anonymous>");
		} else {
			buf_addstr(b, "<Macro ");
			add_repr_str(b, &def->u.macro.name->str);
			buf_addch(b, '>');
		}
		return true;
	}
	case V_LOOP: {
		struct value n = loop_attr(b->ev, v.u.loop, "length", 6);

		buf_addf(b, "<LoopContext %" PRId64 "/%" PRId64 ">", v.u.loop->index0 + 1,
			 n.type == V_INT ? n.u.i : 0);
		return true;
	}
	case V_UNDEFINED:
		buf_addstr(b, "Undefined");
		return true;
	case V_MISSING:
	case V_POISON:
		return false;
	case V_ITER:
	case V_METHOD:
	case V_GLOBAL:
	case V_CYCLER:
	case V_JOINER:
		return no_text(b, v);
	}
	return false;
}

bool add_str(struct buf *b, struct value v)
{
	if (v.type == V_STRING) {
		buf_addvstr(b, v.u.str);
		return true;
	}
	if (v.type == V_UNDEFINED) {
		if (v.u.undef->lenient)
			return true;
		ev_undefined(b->ev, v);
		return false;
	}
	return add_repr(b, v, 0);
}

struct value to_str(struct ev *ev, struct value v, bool soft)
{
	struct buf b;

	if (v.type == V_STRING) {
		if (!soft)
			v.flags &= (uint8_t)~VF_MARKUP;
		return v;
	}
	buf_init(&b, ev);
	return add_str(&b, v) ? buf_value(&b) : v_poison();
}

/* What is left to do of ascii() when repr() is done. */
struct value ascii_text(struct ev *ev, struct value v)
{
	const struct vstr *s = v.u.str;
	struct buf b;
	size_t i = 0;

	buf_init(&b, ev);
	while (i < s->len) {
		uint32_t cp;
		size_t n = cp_decode(s->s + i, s->len - i, &cp);

		if (cp < 0x80)
			buf_addch(&b, (char)cp);
		else
			add_escaped_cp(&b, cp);
		i += n;
	}
	return buf_value(&b);
}
