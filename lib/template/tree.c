#include "base/base.h"
#include "template/internal.h"

/* The one place that knows which parts a node has. */

static void each_of(const struct node_list *list, tree_visit *visit, void *data)
{
	uint32_t i;

	for (i = 0; i < list->nr; i++)
		visit(list->v[i], data);
}

static void one(struct node *n, tree_visit *visit, void *data)
{
	if (n)
		visit(n, data);
}

static void parts_of_if(const struct node *n, tree_visit *visit, void *data)
{
	uint32_t i;

	for (i = 0; i < n->u.if_.tests.nr; i++) {
		visit(n->u.if_.tests.v[i], data);
		each_of(&n->u.if_.bodies[i], visit, data);
	}
	each_of(&n->u.if_.else_, visit, data);
}

void tree_parts(const struct node *n, tree_visit *visit, void *data)
{
	switch ((enum node_type)n->type) {
	case N_TUPLE:
	case N_LIST:
	case N_DICT:
	case N_CONCAT:
	case N_OUTPUT:
		each_of(&n->u.list, visit, data);
		break;
	case N_UNARY:
	case N_BINARY:
	case N_AND:
	case N_OR:
	case N_NOT:
	case N_COND:
	case N_SLICE:
		one(n->u.op.a, visit, data);
		one(n->u.op.b, visit, data);
		one(n->u.op.c, visit, data);
		break;
	case N_COMPARE:
		one(n->u.compare.expr, visit, data);
		each_of(&n->u.compare.operands, visit, data);
		break;
	case N_GETATTR:
	case N_GETITEM:
		one(n->u.get.obj, visit, data);
		one(n->u.get.arg, visit, data);
		break;
	case N_CALL:
	case N_FILTER:
	case N_TEST:
		one(n->u.call.callee, visit, data);
		each_of(&n->u.call.args.pos, visit, data);
		each_of(&n->u.call.args.kw, visit, data);
		one(n->u.call.args.dyn_args, visit, data);
		one(n->u.call.args.dyn_kwargs, visit, data);
		break;
	case N_IF:
		parts_of_if(n, visit, data);
		break;
	case N_FOR:
		one(n->u.for_.target, visit, data);
		one(n->u.for_.iter, visit, data);
		each_of(&n->u.for_.body, visit, data);
		each_of(&n->u.for_.else_, visit, data);
		one(n->u.for_.test, visit, data);
		break;
	case N_SET:
	case N_SET_BLOCK:
		one(n->u.set.target, visit, data);
		one(n->u.set.value, visit, data);
		each_of(&n->u.set.body, visit, data);
		break;
	case N_MACRO:
	case N_CALL_BLOCK:
		one(n->u.macro.call, visit, data);
		each_of(&n->u.macro.args, visit, data);
		each_of(&n->u.macro.defaults, visit, data);
		each_of(&n->u.macro.body, visit, data);
		break;
	case N_FILTER_BLOCK:
	case N_WITH:
	case N_SCOPE:
		each_of(&n->u.block.targets, visit, data);
		each_of(&n->u.block.values, visit, data);
		each_of(&n->u.block.body, visit, data);
		one(n->u.block.filter, visit, data);
		break;
	case N_NAME:
	case N_NSREF:
	case N_CONST:
	case N_FOLDED:
	case N_DATA:
		break;
	}
}
