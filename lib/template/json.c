#include "base/base.h"
#include "template/internal.h"

/* json.dumps() with what Jinja2 escapes. */

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
