#include "base/base.h"
#include "template/internal.h"

/* == < in, as Python's. */

static int list_eq(struct ev *ev, struct list *a, struct list *b, unsigned depth)
{
	uint32_t i;

	if (a == b)
		return 1;
	if (a->nr != b->nr)
		return 0;
	for (i = 0; i < a->nr; i++) {
		int eq;

		ev_step(ev, 1);
		eq = value_is(a->v[i], b->v[i]) ? 1 : value_eq(ev, a->v[i], b->v[i], depth + 1);
		if (eq <= 0)
			return eq;
	}
	return 1;
}

static int dict_eq(struct ev *ev, struct dict *a, struct dict *b, unsigned depth)
{
	uint32_t i;

	if (a == b)
		return 1;
	if (a->live != b->live)
		return 0;
	for (i = 0; i < a->nr; i++) {
		struct value *other;
		bool bad;
		int eq;

		if (a->e[i].key.type == V_MISSING)
			continue;
		ev_step(ev, 1);
		other = dict_get(ev, b, a->e[i].key, &bad);
		if (!other)
			return bad ? -1 : 0;
		eq = value_is(a->e[i].val, *other) ? 1 :
						     value_eq(ev, a->e[i].val, *other, depth + 1);
		if (eq <= 0)
			return eq;
	}
	return 1;
}

int value_eq(struct ev *ev, struct value a, struct value b, unsigned depth)
{
	if (depth > ev->limits.depth)
		ev_limit(ev, "a value is nested too deeply");
	if (a.type == V_POISON || b.type == V_POISON)
		return -1;
	if (a.type == V_UNDEFINED || b.type == V_UNDEFINED) {
		struct value u = a.type == V_UNDEFINED ? a : b,
			     other = a.type == V_UNDEFINED ? b : a;

		if (u.u.undef->lenient && !(other.type == V_UNDEFINED && !other.u.undef->lenient))
			return other.type == V_UNDEFINED;
		ev_undefined(ev, u.u.undef->lenient ? other : u);
		return -1;
	}
	if (is_type(a, T_NUMBER) && is_type(b, T_NUMBER))
		return num_cmp(a, b) == 0;
	if (a.type != b.type)
		return 0;
	switch ((enum value_type)a.type) {
	case V_NONE:
		return 1;
	case V_STRING:
		ev_step(ev, a.u.str->len / 256);
		return a.u.str->len == b.u.str->len &&
		       !memcmp(a.u.str->s, b.u.str->s, a.u.str->len);
	case V_LIST:
	case V_TUPLE:
		return list_eq(ev, list_of(ev, a), list_of(ev, b), depth);
	case V_DICT:
		return dict_eq(ev, dict_of(ev, a), dict_of(ev, b), depth);
	case V_RANGE: {
		const struct range *x = a.u.range, *y = b.u.range;

		if (x->nr != y->nr)
			return 0;
		return !x->nr || (x->start == y->start && (x->nr == 1 || x->step == y->step));
	}
	case V_VIEW:
		if (a.u.view->kind == VIEW_VALUES || a.u.view->kind != b.u.view->kind)
			return a.u.view == b.u.view;
		ev_fail_at(ev, ev->at, UNSUPPORTED_ERROR,
			   "compare the dicts, or lists made of them",
			   "%s objects cannot be compared here", type_name(a));
		return -1;
	case V_METHOD:
		return a.u.method->def == b.u.method->def &&
		       value_is(a.u.method->self, b.u.method->self);
	default:
		return a.u.list == b.u.list;
	}
}

static int no_order(struct ev *ev, enum operator op, struct value a, struct value b)
{
	static const char *const names[] = { "<", "<=", ">", ">=" };

	if (a.type == V_VIEW && b.type == V_VIEW) {
		ev_fail(ev, UNSUPPORTED_ERROR, "sets are not supported");
		return -1;
	}

	ev_fail(ev, TYPE_ERROR, "'%s' not supported between instances of '%s' and '%s'",
		names[op - OP_LT], type_name(a), type_name(b));
	return -1;
}

static int by_sign(enum operator op, int c)
{
	switch (op) {
	case OP_LT:
		return c < 0;
	case OP_LE:
		return c <= 0;
	case OP_GT:
		return c > 0;
	default:
		return c >= 0;
	}
}

static int list_cmp(struct ev *ev, enum operator op, struct list *a, struct list *b, unsigned depth)
{
	uint32_t i;

	for (i = 0; i < a->nr && i < b->nr; i++) {
		int eq;

		ev_step(ev, 1);
		eq = value_is(a->v[i], b->v[i]) ? 1 : value_eq(ev, a->v[i], b->v[i], depth + 1);
		if (eq < 0)
			return eq;
		if (!eq)
			return value_cmp(ev, op, a->v[i], b->v[i], depth + 1);
	}
	return by_sign(op, a->nr < b->nr ? -1 : a->nr > b->nr);
}

int value_cmp(struct ev *ev, enum operator op, struct value a, struct value b, unsigned depth)
{
	if (depth > ev->limits.depth)
		ev_limit(ev, "a value is nested too deeply");
	if (a.type == V_POISON || b.type == V_POISON)
		return -1;
	if (a.type == V_UNDEFINED || b.type == V_UNDEFINED) {
		ev_undefined(ev, a.type == V_UNDEFINED ? a : b);
		return -1;
	}
	if (is_type(a, T_NUMBER) && is_type(b, T_NUMBER)) {
		int c = num_cmp(a, b);

		return c == 2 ? 0 : by_sign(op, c);
	}
	if (a.type == V_STRING && b.type == V_STRING) {
		const struct vstr *s = a.u.str, *t = b.u.str;
		int c = memcmp(s->s, t->s, MIN(s->len, t->len));

		ev_step(ev, s->len / 256);
		return by_sign(op, c ? c : s->len < t->len ? -1 : s->len > t->len);
	}
	if (is_type(a, T_SEQ) && a.type == b.type)
		return list_cmp(ev, op, list_of(ev, a), list_of(ev, b), depth);
	return no_order(ev, op, a, b);
}

static bool range_has(const struct range *r, int64_t i)
{
	int64_t from;

	if (!r->nr || __builtin_sub_overflow(i, r->start, &from) ||
	    (from && (from < 0) != (r->step < 0)))
		return false;
	if (r->step == -1)
		return (uint64_t)0 - (uint64_t)from < r->nr;
	return from % r->step == 0 && (uint64_t)(from / r->step) < r->nr;
}

int value_contains(struct ev *ev, struct value seq, struct value item)
{
	struct value v;
	struct iter *it;
	bool bad;
	int got;

	if (seq.type == V_POISON || item.type == V_POISON)
		return -1;
	switch ((enum value_type)seq.type) {
	case V_STRING:
		if (item.type != V_STRING) {
			if (item.type == V_UNDEFINED)
				ev_undefined(ev, item);
			else
				ev_fail(ev, TYPE_ERROR,
					"'in <string>' requires string as left operand, not %s",
					type_name(item));
			return -1;
		}
		ev_step(ev, seq.u.str->len / 64);
		return mem_find(seq.u.str->s, seq.u.str->len, item.u.str->s, item.u.str->len) !=
		       NULL;
	case V_DICT:
		return dict_get(ev, dict_of(ev, seq), item, &bad) ? 1 : bad ? -1 : 0;
	case V_VIEW:
		if (seq.u.view->kind == VIEW_KEYS)
			return dict_get(ev, dict_of(ev, v_dict(seq.u.view->dict)), item, &bad) ? 1 :
			       bad ? -1 :
				     0;
		break;
	case V_RANGE:
		if (item.type == V_INT || item.type == V_BOOL)
			return range_has(seq.u.range, item.type == V_INT ? item.u.i : item.u.b);
		break;
	default:
		break;
	}
	it = value_iter(ev, seq, true);
	if (!it) {
		if (seq.type == V_UNDEFINED)
			ev_undefined(ev, seq);
		else
			ev_fail(ev, TYPE_ERROR, "argument of type '%s' is not iterable",
				type_name(seq));
		return -1;
	}
	while ((got = iter_next(ev, it, &v)) > 0) {
		int eq;

		ev_step(ev, 1);
		eq = value_is(v, item) ? 1 : value_eq(ev, v, item, 0);
		if (eq)
			return eq;
	}
	return got;
}

/* A comparison operator: 1, 0, or -1 after an error. */
int value_op(struct ev *ev, enum operator op, struct value a, struct value b)
{
	int r;

	switch (op) {
	case OP_EQ:
		return value_eq(ev, a, b, 0);
	case OP_NE:
		r = value_eq(ev, a, b, 0);
		return r < 0 ? r : !r;
	case OP_IN:
		return value_contains(ev, b, a);
	case OP_NOT_IN:
		r = value_contains(ev, b, a);
		return r < 0 ? r : !r;
	default:
		return value_cmp(ev, op, a, b, 0);
	}
}
