#include "base/base.h"
#include "template/parser.h"

/* Operators by their precedence. */

struct node *parse_unary(struct parser *p, bool with_filter)
{
	struct node *n;

	if (!parser_enter(p))
		return const_node(p, p->cur.off, v_none());
	if (p->cur.type == T_SUB || p->cur.type == T_ADD) {
		n = new_node(p, N_UNARY, p->cur.off);
		n->op = p->cur.type == T_SUB ? OP_NEG : OP_POS;
		next_token(p);
		n->u.op.a = parse_unary(p, false);
		check_depth(p, n, n->u.op.a);
		finish_node(p, n);
	} else {
		n = parse_primary(p);
	}
	n = parse_postfix(p, n);
	if (with_filter)
		n = parse_filter_expr(p, n);
	p->depth--;
	return n;
}

static struct node *parse_pow(struct parser *p)
{
	struct node *n = parse_unary(p, true);

	while (skip_token(p, T_POW))
		n = binary_node(p, N_BINARY, OP_POW, n, parse_unary(p, true));
	return n;
}

static struct node *parse_math2(struct parser *p)
{
	struct node *n = parse_pow(p);

	for (;;) {
		enum operator op;

		switch (p->cur.type) {
		case T_MUL:
			op = OP_MUL;
			break;
		case T_DIV:
			op = OP_DIV;
			break;
		case T_FLOORDIV:
			op = OP_FLOORDIV;
			break;
		case T_MOD:
			op = OP_MOD;
			break;
		default:
			return n;
		}
		next_token(p);
		n = binary_node(p, N_BINARY, op, n, parse_pow(p));
	}
}

static struct node *parse_concat(struct parser *p)
{
	struct node *first = parse_math2(p), *n;

	if (p->cur.type != T_TILDE)
		return first;
	n = new_node(p, N_CONCAT, first->off);
	add_node(p, &n->u.list, n, first);
	while (skip_token(p, T_TILDE))
		add_node(p, &n->u.list, n, parse_math2(p));
	return finish_node(p, n);
}

static struct node *parse_math1(struct parser *p)
{
	struct node *n = parse_concat(p);

	while (p->cur.type == T_ADD || p->cur.type == T_SUB) {
		enum operator op = p->cur.type == T_ADD ? OP_ADD : OP_SUB;

		next_token(p);
		n = binary_node(p, N_BINARY, op, n, parse_concat(p));
	}
	return n;
}

static bool compare_op(struct parser *p, enum operator* op)
{
	switch (p->cur.type) {
	case T_EQ:
		*op = OP_EQ;
		break;
	case T_NE:
		*op = OP_NE;
		break;
	case T_LT:
		*op = OP_LT;
		break;
	case T_LTEQ:
		*op = OP_LE;
		break;
	case T_GT:
		*op = OP_GT;
		break;
	case T_GTEQ:
		*op = OP_GE;
		break;
	default:
		if (cur_is(p, "in")) {
			*op = OP_IN;
			break;
		}
		if (cur_is(p, "not") && token_is(look_ahead(p), "in")) {
			next_token(p);
			*op = OP_NOT_IN;
			break;
		}
		return false;
	}
	next_token(p);
	return true;
}

static struct node *parse_compare(struct parser *p)
{
	struct node *first = parse_math1(p), *n = NULL;
	enum operator op;

	while (!p->failed && compare_op(p, &op)) {
		uint8_t *ops;
		uint32_t nr;

		if (!n) {
			n = new_node(p, N_COMPARE, first->off);
			n->u.compare.expr = first;
			check_depth(p, n, first);
		}
		nr = n->u.compare.operands.nr;
		if (!(nr & (nr - 1)) || !nr) {
			ops = arena_alloc(&p->t->arena, nr * 2 + 2);
			if (nr)
				memcpy(ops, n->u.compare.ops, nr);
			n->u.compare.ops = ops;
		}
		n->u.compare.ops[nr] = (uint8_t)op;
		add_node(p, &n->u.compare.operands, n, parse_math1(p));
	}
	return n ? finish_node(p, n) : first;
}

static struct node *parse_not(struct parser *p)
{
	struct node *n;

	if (!cur_is(p, "not"))
		return parse_compare(p);
	if (!parser_enter(p))
		return const_node(p, p->cur.off, v_none());
	n = new_node(p, N_NOT, p->cur.off);
	next_token(p);
	n->u.op.a = parse_not(p);
	check_depth(p, n, n->u.op.a);
	p->depth--;
	return finish_node(p, n);
}

static struct node *parse_and(struct parser *p)
{
	struct node *n = parse_not(p);

	while (skip_name(p, "and"))
		n = binary_node(p, N_AND, OP_ADD, n, parse_not(p));
	return n;
}

struct node *parse_or(struct parser *p)
{
	struct node *n = parse_and(p);

	while (skip_name(p, "or"))
		n = binary_node(p, N_OR, OP_ADD, n, parse_and(p));
	return n;
}

struct node *parse_expression(struct parser *p)
{
	struct node *expr = parse_or(p);

	while (!p->failed && cur_is(p, "if")) {
		struct node *n = new_node(p, N_COND, expr->off);

		next_token(p);
		n->u.op.b = expr;
		n->u.op.a = parse_or(p);
		if (skip_name(p, "else")) {
			if (!parser_enter(p))
				return expr;
			n->u.op.c = parse_expression(p);
			p->depth--;
		}
		check_depth(p, n, n->u.op.a);
		check_depth(p, n, n->u.op.b);
		check_depth(p, n, n->u.op.c);
		expr = finish_node(p, n);
	}
	return expr;
}
