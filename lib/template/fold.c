#include "base/base.h"
#include "template/internal.h"

#include <math.h>

/*
 * Jinja2 folds constants and writes the results into the Python code it makes.
 * For infinity and NaN that is `inf` and `nan`, names that Python does not
 * know: 1e999 + x is a NameError, while {{ 1e999 }} alone prints inf. Here such
 * places are found as jinja2/optimizer.py finds them; they become N_FOLDED, and
 * are errors when reached.
 */

enum folding {
	VARIABLE,
	CONSTANT,
	SUSPECT /* constant, and may come to infinity or NaN */
};

static enum folding fold(struct template *t, struct node *n);

/* A constant inside of what is none: Jinja2 writes its value down. */
static void written(struct template *t, struct node *n, enum folding f)
{
	struct node *copy;

	if (f != SUSPECT)
		return;
	copy = arena_alloc(&t->arena, sizeof(*copy));
	*copy = *n;
	n->type = N_FOLDED;
	n->u.op.a = copy;
}

static void fold_written(struct template *t, struct node *n)
{
	if (n)
		written(t, n, fold(t, n));
}

static void fold_all(struct template *t, const struct node_list *list)
{
	uint32_t i;

	for (i = 0; i < list->nr; i++)
		fold_written(t, list->v[i]);
}

#define MAX_PARTS 64

/* The parts of an expression: constant when all of them are. */
struct parts {
	struct template *t;
	struct node *few[MAX_PARTS], **v;
	enum folding few_f[MAX_PARTS], *f;
	uint32_t nr, alloc;
};

static void add_part(struct node *n, void *data)
{
	struct parts *p = data;

	if (p->nr == p->alloc) {
		uint32_t alloc = p->alloc * 4;
		struct node **v = arena_alloc(&p->t->arena, alloc * sizeof(*v));
		enum folding *f = arena_alloc(&p->t->arena, alloc * sizeof(*f));

		memcpy(v, p->v, p->nr * sizeof(*v));
		p->v = v;
		p->f = f;
		p->alloc = alloc;
	}
	p->v[p->nr++] = n;
}

/* Those that see the context are left for later by Jinja2. */
static bool sees_context(const struct node *n)
{
	static const char *const names[] = { "map", "select", "reject", "selectattr",
					     "rejectattr" };
	size_t i;

	if (n->type != N_FILTER)
		return false;
	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (str_eq(names[i], n->u.call.name->str.s))
			return true;
	return !n->u.call.callee || !n->u.call.builtin;
}

/* The truth of a literal; -1: not known here. */
static int literal_truth(const struct node *n)
{
	int yes;

	if (n->type == N_NOT) {
		yes = literal_truth(n->u.op.a);
		return yes < 0 ? yes : !yes;
	}
	if (n->type != N_CONST)
		return -1;
	switch ((enum value_type)n->u.konst.type) {
	case V_NONE:
		return 0;
	case V_BOOL:
		return n->u.konst.u.b;
	case V_INT:
		return n->u.konst.u.i != 0;
	case V_STRING:
		return n->u.konst.u.str->len != 0;
	default:
		return -1;
	}
}

/* Which part `and`, `or` and `if` come to when the first is a literal, or NULL. */
static struct node *chosen_part(const struct node *n)
{
	int yes = n->type == N_COND || n->type == N_AND || n->type == N_OR ?
			  literal_truth(n->u.op.a) :
			  -1;

	if (yes < 0)
		return NULL;
	if (n->type == N_COND)
		return yes ? n->u.op.b : n->u.op.c;
	return (n->type == N_AND) == (yes > 0) ? n->u.op.b : n->u.op.a;
}

static enum folding fold(struct template *t, struct node *n)
{
	struct node *chosen = chosen_part(n);
	struct parts p = { .t = t, .alloc = MAX_PARTS };
	enum folding result = CONSTANT;
	bool whole = true;
	uint32_t i;

	p.v = p.few;
	p.f = p.few_f;
	switch ((enum node_type)n->type) {
	case N_CONST:
		return n->u.konst.type == V_FLOAT && !isfinite(n->u.konst.u.f) ? SUSPECT : CONSTANT;
	case N_BINARY:
		result = SUSPECT;
		break;
	case N_COND:
		whole = n->u.op.c != NULL;
		break;
	case N_FILTER:
		result = SUSPECT;
		/* fall through */
	case N_TEST:
		whole = !sees_context(n);
		break;
	case N_CALL:
		whole = false;
		break;
	case N_TUPLE:
	case N_LIST:
	case N_DICT:
	case N_CONCAT:
	case N_UNARY:
	case N_AND:
	case N_OR:
	case N_NOT:
	case N_SLICE:
	case N_COMPARE:
	case N_GETATTR:
	case N_GETITEM:
		break;
	default:
		return VARIABLE;
	}
	tree_parts(n, add_part, &p);
	for (i = 0; i < p.nr; i++) {
		p.f[i] = fold(t, p.v[i]);
		if (p.f[i] == VARIABLE)
			whole = false;
		else if (p.f[i] == SUSPECT && result == CONSTANT)
			result = SUSPECT;
	}
	if (whole)
		return result;
	for (i = 0; chosen && i < p.nr; i++)
		if (p.v[i] == chosen && p.f[i] != VARIABLE)
			return p.f[i];
	if (n->type == N_BINARY && n->op == OP_POW && p.f[0] != VARIABLE)
		n->op = OP_POW_WRITTEN;
	for (i = 0; i < p.nr; i++)
		if (p.v[i]->type != N_SLICE)
			written(t, p.v[i], p.f[i]);
		else if (p.f[i] == SUSPECT) { /* a slice is no value: its parts are */
			fold_written(t, p.v[i]->u.op.a);
			fold_written(t, p.v[i]->u.op.b);
			fold_written(t, p.v[i]->u.op.c);
		}
	return VARIABLE;
}

static void fold_body(struct template *t, const struct node_list *body)
{
	uint32_t i, k;

	for (i = 0; i < body->nr; i++) {
		struct node *n = body->v[i];

		switch ((enum node_type)n->type) {
		case N_OUTPUT: /* what is constant as a whole becomes text */
			for (k = 0; k < n->u.list.nr; k++)
				fold(t, n->u.list.v[k]);
			break;
		case N_IF:
			fold_all(t, &n->u.if_.tests);
			for (k = 0; k < n->u.if_.tests.nr; k++)
				fold_body(t, &n->u.if_.bodies[k]);
			fold_body(t, &n->u.if_.else_);
			break;
		case N_FOR:
			fold_written(t, n->u.for_.iter);
			fold_written(t, n->u.for_.test);
			fold_body(t, &n->u.for_.body);
			fold_body(t, &n->u.for_.else_);
			break;
		case N_SET:
			fold_written(t, n->u.set.value);
			break;
		case N_SET_BLOCK:
			if (n->u.set.value)
				fold(t, n->u.set.value);
			fold_body(t, &n->u.set.body);
			break;
		case N_MACRO:
		case N_CALL_BLOCK:
			if (n->u.macro.call)
				fold(t, n->u.macro.call);
			fold_all(t, &n->u.macro.defaults);
			fold_body(t, &n->u.macro.body);
			break;
		case N_FILTER_BLOCK:
		case N_WITH:
		case N_SCOPE:
			if (n->u.block.filter)
				fold(t, n->u.block.filter);
			fold_all(t, &n->u.block.values);
			fold_body(t, &n->u.block.body);
			break;
		default:
			break;
		}
	}
}

void find_folded(struct template *t)
{
	fold_body(t, &t->body);
}

/* --- when reached -------------------------------------------------------------- */

/* Infinity or NaN in a value that Jinja2 would write down; *plain: it would. */
static bool not_finite(struct ev *ev, struct value v, bool *plain, unsigned depth)
{
	struct dict *d;
	struct list *l;
	uint32_t i;

	ev_step(ev, 1);
	switch ((enum value_type)v.type) {
	case V_FLOAT:
		return !isfinite(v.u.f);
	case V_LIST:
	case V_TUPLE:
		l = list_of(ev, v);
		if (l->group || depth > ev->limits.depth)
			*plain = false;
		for (i = 0; *plain && i < l->nr; i++)
			if (not_finite(ev, l->v[i], plain, depth + 1))
				return true;
		return false;
	case V_DICT:
		d = dict_of(ev, v);
		for (i = 0; *plain && i < d->nr; i++)
			if (d->e[i].key.type != V_MISSING &&
			    (not_finite(ev, d->e[i].key, plain, depth + 1) ||
			     not_finite(ev, d->e[i].val, plain, depth + 1)))
				return true;
		return false;
	case V_NONE:
	case V_BOOL:
	case V_INT:
	case V_BIG:
	case V_DECIMAL:
	case V_STRING:
	case V_RANGE:
	case V_POISON:
		return false;
	default:
		*plain = false;
		return false;
	}
}

static bool check_folded(struct ev *ev, const struct node *n, struct value v);

static bool check_part(struct ev *ev, const struct node *n)
{
	return !n || n->type == N_SLICE || check_folded(ev, n, eval(ev, n));
}

static bool check_folded(struct ev *ev, const struct node *n, struct value v)
{
	bool plain = true, bad = not_finite(ev, v, &plain, 0);
	uint32_t i;

	if (plain && bad) {
		ev_fail_at(ev, n, UNSUPPORTED_ERROR,
			   "Jinja2 fails with a NameError where it folds constants; "
			   "set a variable to the text and convert that",
			   "infinity or NaN can't be part of an expression as a constant");
		return false;
	}
	if (plain)
		return true;
	/* a generator and the like is not written down, but what it is made of */
	switch ((enum node_type)n->type) {
	case N_GETATTR:
	case N_GETITEM:
		return check_part(ev, n->u.get.obj) && check_part(ev, n->u.get.arg);
	case N_FILTER:
		for (i = 0; i < n->u.call.args.pos.nr; i++)
			if (!check_part(ev, n->u.call.args.pos.v[i]))
				return false;
		for (i = 0; i < n->u.call.args.kw.nr; i++)
			if (!check_part(ev, n->u.call.args.kw.v[i]))
				return false;
		return check_part(ev, n->u.call.callee);
	default:
		return true;
	}
}

struct value eval_folded(struct ev *ev, const struct node *n)
{
	const struct node *at = ev->at;
	struct value v = eval(ev, n->u.op.a);

	if (!check_folded(ev, n->u.op.a, v))
		return v_poison();
	ev->at = at;
	return v;
}
