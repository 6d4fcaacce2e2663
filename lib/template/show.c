#include "base/base.h"
#include "base/utf8.h"
#include "template/internal.h"

/* str() and repr() as Python's, and JSON as Jinja2's tojson writes it. */

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

static void add_number(struct buf *b, struct value v)
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
			buf_addf(b,
				 cp < 0x100   ? "\\x%02x" :
				 cp < 0x10000 ? "\\u%04x" :
						"\\U%08x",
				 cp);
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

/* --- JSON ------------------------------------------------------------------ */

static void add_u16(struct buf *b, uint32_t u)
{
	static const char hex[] = "0123456789abcdef";
	char out[6] = { '\\',	    'u', hex[u >> 12 & 15], hex[u >> 8 & 15], hex[u >> 4 & 15],
			hex[u & 15] };

	buf_add(b, out, sizeof(out));
}

/* What goes into a JSON string as it is: ASCII but " \ < > & ' and controls. */
/* clang-format off */
static const bool json_plain[256] = {
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	1, 1, 0, 1, 1, 1, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1,
	1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 0, 1,
	1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
	1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1,
	1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
	1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0,
};
/* clang-format on */

static void add_json_str(struct buf *b, const char *s, size_t len)
{
	size_t i = 0, from = 0;

	if (b->cap - b->len < len + 2)
		buf_grow(b, len + 2);
	b->p[b->len++] = '"';
	while (i < len) {
		uint32_t cp;
		size_t n;

		if (json_plain[(unsigned char)s[i]]) {
			i++;
			continue;
		}
		if (i > from)
			buf_add(b, s + from, i - from);
		n = cp_decode(s + i, len - i, &cp);
		switch (cp) {
		case '"':
			buf_addstr(b, "\\\"");
			break;
		case '\\':
			buf_addstr(b, "\\\\");
			break;
		case '\n':
			buf_addstr(b, "\\n");
			break;
		case '\r':
			buf_addstr(b, "\\r");
			break;
		case '\t':
			buf_addstr(b, "\\t");
			break;
		case '\b':
			buf_addstr(b, "\\b");
			break;
		case '\f':
			buf_addstr(b, "\\f");
			break;
		default:
			if (cp >= 0x10000) {
				add_u16(b, 0xd800 + ((cp - 0x10000) >> 10));
				add_u16(b, 0xdc00 + ((cp - 0x10000) & 0x3ff));
			} else {
				add_u16(b, cp);
			}
		}
		i += n;
		from = i;
	}
	buf_add(b, s + from, len - from);
	buf_addch(b, '"');
}

static void add_json_number(struct buf *b, struct value v)
{
	double f;

	if (v.type == V_FLOAT) {
		f = v.u.f;
		if (f != f) {
			buf_addstr(b, "NaN");
			return;
		}
		if (f - f != 0) {
			buf_addstr(b, f > 0 ? "Infinity" : "-Infinity");
			return;
		}
	}
	add_number(b, v);
}

struct json_style {
	const char *indent;
	size_t indent_len;
	unsigned depth;
};

static void add_newline(struct buf *b, const struct json_style *st)
{
	unsigned i;

	buf_addch(b, '\n');
	for (i = 0; i < st->depth; i++)
		buf_add(b, st->indent, st->indent_len);
}

static bool add_json_value(struct buf *b, struct value v, struct json_style *st);

static bool add_json_list(struct buf *b, struct value v, struct json_style *st)
{
	struct list *l = list_of(b->ev, v);
	uint32_t i;

	if (!l->nr) {
		buf_addstr(b, "[]");
		return true;
	}
	buf_addch(b, '[');
	st->depth++;
	for (i = 0; i < l->nr; i++) {
		if (i)
			buf_addstr(b, st->indent ? "," : ", ");
		if (st->indent)
			add_newline(b, st);
		if (!add_json_value(b, l->v[i], st))
			return false;
	}
	st->depth--;
	if (st->indent)
		add_newline(b, st);
	buf_addch(b, ']');
	return true;
}

static int cmp_entry(const void *a, const void *b)
{
	const struct dict_entry *x = *(const struct dict_entry *const *)a;
	const struct dict_entry *y = *(const struct dict_entry *const *)b;
	const struct vstr *s = x->key.u.str, *t = y->key.u.str;
	int c = memcmp(s->s, t->s, MIN(s->len, t->len));

	return c ? c : s->len < t->len ? -1 : s->len > t->len;
}

static int cmp_number_entry(const void *a, const void *b)
{
	return num_cmp((*(const struct dict_entry *const *)a)->key,
		       (*(const struct dict_entry *const *)b)->key);
}

static bool sort_entries(struct ev *ev, struct dict_entry **e, uint32_t nr)
{
	uint32_t strings = 0, numbers = 0, i;

	for (i = 0; i < nr; i++) {
		strings += e[i]->key.type == V_STRING;
		numbers += is_type(e[i]->key, T_NUMBER);
		if (!is_type(e[i]->key, TYPE_BIT(V_STRING) | T_NUMBER | TYPE_BIT(V_NONE))) {
			ev_fail(ev, TYPE_ERROR,
				"keys must be str, int, float, bool or None, not %s",
				type_name(e[i]->key));
			return false;
		}
	}
	if (nr > 1 && strings != nr && numbers != nr) {
		ev_fail(ev, TYPE_ERROR, "keys of different types cannot be sorted");
		return false;
	}
	if (nr > 1)
		qsort(e, nr, sizeof(struct dict_entry *),
		      strings == nr ? cmp_entry : cmp_number_entry);
	return true;
}

static void add_json_key(struct buf *b, struct value key)
{
	struct buf text;
	struct value s;

	if (key.type == V_STRING) {
		add_json_str(b, key.u.str->s, key.u.str->len);
		return;
	}
	buf_init(&text, b->ev);
	if (key.type == V_BOOL)
		buf_addstr(&text, key.u.b ? "true" : "false");
	else if (key.type == V_NONE)
		buf_addstr(&text, "null");
	else
		add_json_number(&text, key);
	s = buf_value(&text);
	add_json_str(b, s.u.str->s, s.u.str->len);
}

static bool add_json_dict(struct buf *b, struct value v, struct json_style *st)
{
	struct dict *d = dict_of(b->ev, v);
	struct dict_entry **sorted = ev_alloc(b->ev, (d->live + 1) * sizeof(*sorted));
	uint32_t i, nr = 0;

	if (!d->live) {
		buf_addstr(b, "{}");
		return true;
	}
	for (i = 0; i < d->nr; i++)
		if (d->e[i].key.type != V_MISSING)
			sorted[nr++] = &d->e[i];
	if (!sort_entries(b->ev, sorted, nr))
		return false;
	buf_addch(b, '{');
	st->depth++;
	for (i = 0; i < nr; i++) {
		if (i)
			buf_addstr(b, st->indent ? "," : ", ");
		if (st->indent)
			add_newline(b, st);
		add_json_key(b, sorted[i]->key);
		buf_addstr(b, ": ");
		if (!add_json_value(b, sorted[i]->val, st))
			return false;
	}
	st->depth--;
	if (st->indent)
		add_newline(b, st);
	buf_addch(b, '}');
	return true;
}

static int cmp_member(const void *a, const void *b)
{
	const struct json_member *x = *(const struct json_member *const *)a;
	const struct json_member *y = *(const struct json_member *const *)b;
	int c = memcmp(x->name, y->name, MIN(x->name_len, y->name_len));

	return c ? c : x->name_len < y->name_len ? -1 : x->name_len > y->name_len;
}

/* A value that nothing has touched is written from the tree it came from. */
bool add_json_tree(struct buf *b, const struct json *v, unsigned depth)
{
	const struct json_member *few[16], **sorted = few;
	size_t i;

	if (depth > b->ev->limits.depth)
		ev_limit(b->ev, "a value is nested too deeply");
	ev_step(b->ev, 1);
	switch (v->type) {
	case JSON_NULL:
		buf_addstr(b, "null");
		break;
	case JSON_BOOL:
		buf_addstr(b, v->u.boolean ? "true" : "false");
		break;
	case JSON_NUMBER:
		if (v->u.str.s[0] == '-' && v->u.str.len == 2 && v->u.str.s[1] == '0')
			buf_addch(b, '0'); /* the integer -0 */
		else
			buf_add(b, v->u.str.s, v->u.str.len);
		break;
	case JSON_STRING:
		add_json_str(b, v->u.str.s, v->u.str.len);
		break;
	case JSON_ARRAY:
		buf_addch(b, '[');
		for (i = 0; i < v->u.array.nr; i++) {
			if (i)
				buf_add(b, ", ", 2);
			add_json_tree(b, &v->u.array.items[i], depth + 1);
		}
		buf_addch(b, ']');
		break;
	case JSON_OBJECT:
		if (v->u.object.nr > ARRAY_SIZE(few))
			sorted = ev_alloc(b->ev, v->u.object.nr * sizeof(*sorted));
		for (i = 0; i < v->u.object.nr; i++)
			sorted[i] = &v->u.object.members[i];
		if (v->u.object.nr > 1)
			qsort(sorted, v->u.object.nr, sizeof(*sorted), cmp_member);
		buf_addch(b, '{');
		for (i = 0; i < v->u.object.nr; i++) {
			if (i)
				buf_add(b, ", ", 2);
			add_json_str(b, sorted[i]->name, sorted[i]->name_len);
			buf_add(b, ": ", 2);
			add_json_tree(b, &sorted[i]->value, depth + 1);
		}
		buf_addch(b, '}');
		break;
	}
	return true;
}

static bool add_json_value(struct buf *b, struct value v, struct json_style *st)
{
	if (st->depth > b->ev->limits.depth)
		ev_limit(b->ev, "a value is nested too deeply");
	ev_step(b->ev, 1);
	switch ((enum value_type)v.type) {
	case V_NONE:
		buf_addstr(b, "null");
		return true;
	case V_BOOL:
		buf_addstr(b, v.u.b ? "true" : "false");
		return true;
	case V_INT:
	case V_BIG:
	case V_FLOAT:
	case V_DECIMAL:
		add_json_number(b, v);
		return true;
	case V_STRING:
		add_json_str(b, v.u.str->s, v.u.str->len);
		return true;
	case V_LIST:
	case V_TUPLE:
		if (v.u.list->json && !st->indent)
			return add_json_tree(b, v.u.list->json, st->depth);
		return add_json_list(b, v, st);
	case V_DICT:
		if (v.u.dict->json && !st->indent)
			return add_json_tree(b, v.u.dict->json, st->depth);
		return add_json_dict(b, v, st);
	case V_UNDEFINED:
		ev_undefined(b->ev, v);
		return false;
	case V_MISSING:
	case V_POISON:
		return false;
	case V_ITER:
	case V_RANGE:
	case V_VIEW:
		ev_fail_at(b->ev, b->ev->at, TYPE_ERROR,
			   "make it a list first: ... | list | tojson",
			   "a %s cannot be written as JSON", type_name(v));
		return false;
	default:
		ev_fail(b->ev, TYPE_ERROR, "a %s cannot be written as JSON", type_name(v));
		return false;
	}
}

bool add_json(struct buf *b, struct value v, const char *indent, size_t indent_len)
{
	struct json_style st = { .indent = indent, .indent_len = indent_len };

	return add_json_value(b, v, &st);
}
