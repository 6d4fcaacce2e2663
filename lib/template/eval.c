#include "base/base.h"
#include "template/internal.h"

/*
 * Expressions. An error is reported where it happens and becomes poison:
 * anything made of poison is poison too, silently, so that the other
 * expressions of a template still get their say.
 */

static const struct value *slot_of(struct ev *ev, uint16_t hops, uint16_t slot)
{
	struct act *act = ev->act;

	while (hops--)
		act = act->parent;
	return &act->slots[slot];
}

static void note_origin(struct ev *ev, uint32_t origin)
{
	unsigned i;

	if (origin & ORIGIN_GROUP) {
		const struct origins *group = &ev->groups[origin & ~ORIGIN_GROUP];

		for (i = 0; i < group->nr; i++)
			note_origin(ev, group->v[i]);
		ev->origins.more |= group->more;
		return;
	}
	for (i = 0; i < ev->origins.nr; i++)
		if (ev->origins.v[i] == origin)
			return;
	if (ev->origins.nr < MAX_ORIGINS)
		ev->origins.v[ev->origins.nr++] = origin;
	else
		ev->origins.more = true;
}

static bool same_origins(const struct origins *a, const struct origins *b)
{
	return a->nr == b->nr && a->more == b->more && !memcmp(a->v, b->v, a->nr * sizeof(*a->v));
}

uint32_t noted_origin(struct ev *ev)
{
	const struct origins *o = &ev->origins;
	struct origins *grown;

	if (o->nr < 2)
		return o->nr ? o->v[0] : 0;
	if (ev->groups_nr && same_origins(&ev->groups[ev->groups_nr - 1], o))
		return ORIGIN_GROUP | (ev->groups_nr - 1);
	if (ev->groups_nr == ev->groups_alloc) {
		ev->groups_alloc = MAX(ev->groups_alloc * 2, 8u);
		grown = ev_alloc(ev, ev->groups_alloc * sizeof(*grown));
		if (ev->groups_nr)
			memcpy(grown, ev->groups, ev->groups_nr * sizeof(*grown));
		ev->groups = grown;
	}
	ev->groups[ev->groups_nr] = *o;
	return ORIGIN_GROUP | ev->groups_nr++;
}

/* Everything that is read goes through here: what it stems from is remembered. */
static struct value note(struct ev *ev, struct value v)
{
	if (is_tainted(v))
		ev->taint = true;
	if (v.origin && ev->map)
		note_origin(ev, v.origin);
	return v;
}

static struct value eval_name(struct ev *ev, const struct node *n)
{
	struct value v = *slot_of(ev, n->u.name.hops, n->u.name.slot);

	if (v.type == V_MISSING)
		return undefined_value(ev, n, v_missing(), &n->u.name.name->str, NULL);
	return note(ev, v);
}

static struct value eval_sequence(struct ev *ev, const struct node *n)
{
	struct list *l = list_new(ev, n->u.list.nr);
	bool poison = false;
	uint32_t i;

	for (i = 0; i < n->u.list.nr; i++) {
		struct value v = eval(ev, n->u.list.v[i]);

		poison |= v.type == V_POISON;
		list_push(ev, l, v);
	}
	if (poison)
		return v_poison();
	return n->type == N_LIST ? v_list(l) : v_tuple(l);
}

static struct value eval_dict(struct ev *ev, const struct node *n)
{
	struct dict *d = dict_new(ev, n->u.list.nr / 2);
	bool poison = false;
	uint32_t i;

	for (i = 0; i + 1 < n->u.list.nr; i += 2) {
		struct value key = eval(ev, n->u.list.v[i]), val = eval(ev, n->u.list.v[i + 1]);

		ev->at = n->u.list.v[i];
		if (key.type == V_POISON || val.type == V_POISON || !dict_set(ev, d, key, val))
			poison = true;
	}
	return poison ? v_poison() : v_dict(d);
}

static struct value eval_compare(struct ev *ev, const struct node *n)
{
	struct value a = eval(ev, n->u.compare.expr);
	uint32_t i;

	for (i = 0; i < n->u.compare.operands.nr; i++) {
		struct value b = eval(ev, n->u.compare.operands.v[i]);
		int r;

		if (a.type == V_POISON || b.type == V_POISON)
			return v_poison();
		ev->at = n;
		r = value_op(ev, (enum operator)n->u.compare.ops[i], a, b);
		if (r < 0)
			return v_poison();
		if (!r)
			return v_bool(false);
		a = b;
	}
	return v_bool(true);
}

static struct value eval_concat(struct ev *ev, const struct node *n)
{
	bool ok = true;
	struct buf b;
	uint32_t i;

	buf_init(&b, ev);
	for (i = 0; i < n->u.list.nr; i++) {
		struct value v = eval(ev, n->u.list.v[i]);

		ev->at = n->u.list.v[i];
		if (v.type == V_POISON || !add_str(&b, v))
			ok = false;
	}
	return ok ? buf_value(&b) : v_poison();
}

static struct value eval_cond(struct ev *ev, const struct node *n)
{
	struct value test = eval(ev, n->u.op.a);
	int yes;

	ev->at = n->u.op.a;
	yes = truth(ev, test);
	if (yes < 0)
		return v_poison();
	if (yes)
		return eval(ev, n->u.op.b);
	if (n->u.op.c)
		return eval(ev, n->u.op.c);
	test = undefined_value(ev, n, v_missing(), NULL,
			       "the inline if has no else, and its condition is false");
	test.u.undef->lenient = true;
	return test;
}

static struct value eval_getitem(struct ev *ev, const struct node *n)
{
	const struct node *arg = n->u.get.arg;
	struct value obj = eval(ev, n->u.get.obj), key, a, b, c;

	if (arg->type == N_SLICE) {
		a = arg->u.op.a ? eval(ev, arg->u.op.a) : v_missing();
		b = arg->u.op.b ? eval(ev, arg->u.op.b) : v_missing();
		c = arg->u.op.c ? eval(ev, arg->u.op.c) : v_missing();
		ev->at = n;
		if (a.type == V_POISON || b.type == V_POISON || c.type == V_POISON)
			return v_poison();
		return get_slice(ev, obj, a, b, c);
	}
	key = eval(ev, arg);
	ev->at = n;
	return note(ev, get_item(ev, n, obj, key));
}

/* **mapping */
static void add_mapping(struct ev *ev, const struct node *n, struct cargs *out, bool *poison)
{
	struct value map = eval(ev, n);
	struct vstr **names;
	struct value *values;
	struct dict *d;
	uint32_t i, k;

	ev->at = n;
	if (map.type == V_UNDEFINED)
		ev_undefined(ev, map);
	else if (map.type != V_DICT && map.type != V_POISON)
		ev_fail(ev, TYPE_ERROR, "argument after ** must be a mapping, not %s",
			type_name(map));
	if (map.type != V_DICT) {
		*poison = true;
		return;
	}
	d = dict_of(ev, map);
	names = ev_alloc(ev, (out->kw_nr + d->nr + 1) * sizeof(struct vstr *));
	values = ev_alloc(ev, (out->kw_nr + d->nr + 1) * sizeof(*values));
	memcpy(names, out->kw_names, out->kw_nr * sizeof(*names));
	memcpy(values, out->kw_values, out->kw_nr * sizeof(*values));
	out->kw_names = names;
	out->kw_values = values;
	for (i = 0; i < d->nr; i++) {
		const struct dict_entry *e = &d->e[i];

		if (e->key.type == V_MISSING)
			continue;
		if (e->key.type != V_STRING) {
			ev_fail(ev, TYPE_ERROR, "keywords must be strings");
			*poison = true;
			return;
		}
		for (k = 0; k < out->kw_nr; k++)
			if (names[k]->len == e->key.u.str->len &&
			    !memcmp(names[k]->s, e->key.u.str->s, names[k]->len)) {
				ev_fail(ev, TYPE_ERROR, "multiple values for one keyword argument");
				*poison = true;
				return;
			}
		names[out->kw_nr] = e->key.u.str;
		values[out->kw_nr++] = e->val;
	}
}

/* Arguments of a call; `*poison` when one of them is. */
void eval_args(struct ev *ev, const struct node_args *na, struct value *caller, struct cargs *out,
	       bool *poison)
{
	uint32_t kw_room = na->kw.nr + (caller ? 1 : 0), i;

	*out = (struct cargs){ 0 };
	if (!na->pos.nr && !kw_room && !na->dyn_args && !na->dyn_kwargs)
		return;
	out->pos = ev_alloc(ev, (na->pos.nr + 1) * sizeof(*out->pos));
	for (i = 0; i < na->pos.nr; i++) {
		out->pos[out->nr] = eval(ev, na->pos.v[i]);
		*poison |= out->pos[out->nr++].type == V_POISON;
	}
	if (na->dyn_args) {
		struct value seq = eval(ev, na->dyn_args);
		struct list *l;

		ev->at = na->dyn_args;
		l = seq.type == V_POISON ? NULL : to_list(ev, seq);
		if (l) {
			struct value *all = ev_alloc(ev, (out->nr + l->nr + 1) * sizeof(*all));

			memcpy(all, out->pos, out->nr * sizeof(*all));
			if (l->nr)
				memcpy(all + out->nr, l->v, l->nr * sizeof(*all));
			out->pos = all;
			out->nr += l->nr;
		} else {
			*poison = true;
		}
	}
	if (kw_room || na->dyn_kwargs) {
		out->kw_names = ev_alloc(ev, (kw_room + 1) * sizeof(struct vstr *));
		out->kw_values = ev_alloc(ev, (kw_room + 1) * sizeof(*out->kw_values));
	}
	for (i = 0; i < na->kw.nr; i++) {
		out->kw_names[out->kw_nr] = &na->kw_names[i]->str;
		out->kw_values[out->kw_nr] = eval(ev, na->kw.v[i]);
		*poison |= out->kw_values[out->kw_nr++].type == V_POISON;
	}
	if (caller) {
		static _Thread_local struct vstr name = { .s = "caller", .len = 6, .chars = 6 };

		out->kw_names[out->kw_nr] = &name;
		out->kw_values[out->kw_nr++] = *caller;
	}
	if (na->dyn_kwargs)
		add_mapping(ev, na->dyn_kwargs, out, poison);
}

static struct value unknown_builtin(struct ev *ev, const struct node *n)
{
	return ev_fail_at(ev, n, SYNTAX_ERROR, NULL, "no %s named '%s'",
			  n->type == N_FILTER ? "filter" : "test", n->u.call.name->str.s);
}

static struct value eval_filter(struct ev *ev, const struct node *n)
{
	struct value self = eval(ev, n->u.call.callee);
	struct cargs args;
	bool poison = self.type == V_POISON;

	eval_args(ev, &n->u.call.args, NULL, &args, &poison);
	if (!n->u.call.builtin)
		return unknown_builtin(ev, n);
	if (poison)
		return v_poison();
	ev->at = n;
	return call_builtin(ev, n->u.call.builtin, n->type == N_FILTER ? "filter" : "test", self,
			    &args);
}

/*
 * Jinja2 writes a constant base into Python source as it is, where -2 ** m
 * means -(2 ** m). People's templates are checked against that.
 */
static struct value eval_power(struct ev *ev, const struct node *n, struct value a, struct value b)
{
	if (n->op == OP_POW_WRITTEN && is_type(a, T_NUMBER) && num_cmp(a, v_int(0)) < 0)
		return unary(ev, OP_NEG, binary(ev, OP_POW, num_neg(ev, a), b));
	return binary(ev, OP_POW, a, b);
}

static struct value eval_call(struct ev *ev, const struct node *n)
{
	struct value callee = eval(ev, n->u.call.callee);
	struct cargs args;
	bool poison = callee.type == V_POISON;

	eval_args(ev, &n->u.call.args, NULL, &args, &poison);
	if (poison)
		return v_poison();
	ev->at = n;
	return call_value(ev, callee, &args);
}

/* Apart from eval(), which has little to save on the stack for what most expressions are. */
__attribute__((noinline)) static struct value eval_node(struct ev *ev, const struct node *n)
{
	struct value a, b;
	int yes;

	switch ((enum node_type)n->type) {
	case N_CONST:
		return n->u.konst;
	case N_NAME:
		return eval_name(ev, n);
	case N_TUPLE:
	case N_LIST:
		return eval_sequence(ev, n);
	case N_DICT:
		return eval_dict(ev, n);
	case N_UNARY:
		a = eval(ev, n->u.op.a);
		ev->at = n;
		return unary(ev, (enum operator)n->op, a);
	case N_BINARY:
		a = eval(ev, n->u.op.a);
		b = eval(ev, n->u.op.b);
		ev->at = n;
		if (n->op == OP_POW || n->op == OP_POW_WRITTEN)
			return eval_power(ev, n, a, b);
		return binary(ev, (enum operator)n->op, a, b);
	case N_AND:
	case N_OR:
		a = eval(ev, n->u.op.a);
		ev->at = n->u.op.a;
		yes = truth(ev, a);
		if (yes < 0)
			return v_poison();
		return (n->type == N_AND) == (yes > 0) ? eval(ev, n->u.op.b) : a;
	case N_NOT:
		a = eval(ev, n->u.op.a);
		ev->at = n->u.op.a;
		yes = truth(ev, a);
		return yes < 0 ? v_poison() : v_bool(!yes);
	case N_COMPARE:
		return eval_compare(ev, n);
	case N_CONCAT:
		return eval_concat(ev, n);
	case N_COND:
		return eval_cond(ev, n);
	case N_GETATTR:
		a = eval(ev, n->u.get.obj);
		ev->at = n;
		return note(ev, get_attr_name(ev, n, a, n->u.get.name));
	case N_GETITEM:
		return eval_getitem(ev, n);
	case N_CALL:
		return eval_call(ev, n);
	case N_FILTER:
	case N_TEST:
		return eval_filter(ev, n);
	case N_FOLDED:
		return eval_folded(ev, n);
	case N_SLICE:
		return ev_fail_at(ev, n, UNSUPPORTED_ERROR, NULL,
				  "slices cannot be combined in one subscript");
	default:
		break;
	}
	BUG("a statement (%d) among expressions", n->type);
}

struct value eval(struct ev *ev, const struct node *n)
{
	struct value v;

	ev_step(ev, 1);
	if (n->type == N_CONST)
		return n->u.konst;
	if (n->type == N_NAME)
		return eval_name(ev, n);
	if (++ev->c_depth > MAX_C_DEPTH)
		ev_limit(ev, "the template is nested too deeply");
	v = eval_node(ev, n);
	ev->c_depth--;
	return v;
}
