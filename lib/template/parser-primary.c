#include "base/base.h"
#include "template/parser.h"

/* Expressions from the inside: literals, names, subscripts, calls, filters, tests. */

static bool is_tuple_end(const struct parser *p)
{
	return p->cur.type == T_VARIABLE_END || p->cur.type == T_BLOCK_END ||
	       p->cur.type == T_RPAREN;
}

bool cur_is_constant(const struct parser *p)
{
	return cur_is(p, "true") || cur_is(p, "false") || cur_is(p, "none") || cur_is(p, "True") ||
	       cur_is(p, "False") || cur_is(p, "None");
}

/* One of the names that are assigned to: a name, or an attribute of a namespace. */
static struct node *parse_target(struct parser *p, unsigned flags)
{
	struct node *n;

	if (!(flags & TUPLE_NAMESPACE) || p->cur.type != T_NAME || cur_is_constant(p) ||
	    look_ahead(p)->type != T_DOT)
		return parse_primary(p);
	n = new_node(p, N_NSREF, p->cur.off);
	n->u.name.name = take_name(p);
	next_token(p);
	n->u.name.attr = take_name(p);
	return finish_node(p, n);
}

struct node *parse_tuple(struct parser *p, unsigned flags)
{
	struct node *tuple = new_node(p, N_TUPLE, p->cur.off);
	bool is_tuple = false;

	for (;;) {
		if (tuple->u.list.nr && !expect(p, T_COMMA))
			break;
		if (is_tuple_end(p))
			break;
		add_node(p, &tuple->u.list, tuple,
			 flags & TUPLE_TARGET  ? parse_target(p, flags) :
			 flags & TUPLE_NO_COND ? parse_or(p) :
						 parse_expression(p));
		if (p->failed || p->cur.type != T_COMMA)
			break;
		is_tuple = true;
	}
	if (!is_tuple) {
		if (tuple->u.list.nr)
			return tuple->u.list.v[0];
		if (!(flags & TUPLE_PARENS))
			fail_unexpected(p, "an expression");
	}
	return finish_node(p, tuple);
}

static struct node *parse_list(struct parser *p)
{
	struct node *n = new_node(p, N_LIST, p->cur.off);

	next_token(p);
	while (!p->failed && p->cur.type != T_RBRACKET) {
		if (n->u.list.nr && !expect(p, T_COMMA))
			break;
		if (p->cur.type == T_RBRACKET)
			break;
		add_node(p, &n->u.list, n, parse_expression(p));
	}
	expect(p, T_RBRACKET);
	return finish_node(p, n);
}

static struct node *parse_dict(struct parser *p)
{
	struct node *n = new_node(p, N_DICT, p->cur.off);

	next_token(p);
	while (!p->failed && p->cur.type != T_RBRACE) {
		if (n->u.list.nr && !expect(p, T_COMMA))
			break;
		if (p->cur.type == T_RBRACE)
			break;
		add_node(p, &n->u.list, n, parse_expression(p));
		if (!expect(p, T_COLON))
			break;
		add_node(p, &n->u.list, n, parse_expression(p));
	}
	expect(p, T_RBRACE);
	return finish_node(p, n);
}

static struct node *parse_strings(struct parser *p)
{
	uint32_t off = p->cur.off;
	struct token first = p->cur;
	char *joined;
	size_t len;

	next_token(p);
	if (p->cur.type != T_STRING)
		return finish_node(p, str_node(p, off, first.s, first.s_len));
	joined = arena_memdupz(&p->t->arena, first.s, first.s_len);
	len = first.s_len;
	while (p->cur.type == T_STRING) {
		size_t room = len + p->cur.s_len;
		char *more = arena_alloc(&p->t->arena, room * 2 + 1);

		memcpy(more, joined, len);
		while (p->cur.type == T_STRING && len + p->cur.s_len <= room * 2) {
			memcpy(more + len, p->cur.s, p->cur.s_len);
			len += p->cur.s_len;
			next_token(p);
		}
		joined = more;
	}
	return finish_node(p, str_node(p, off, joined, (uint32_t)len));
}

static struct node *parse_name(struct parser *p)
{
	uint32_t off = p->cur.off;
	struct node *n;

	if (cur_is(p, "true") || cur_is(p, "True"))
		n = const_node(p, off, v_bool(true));
	else if (cur_is(p, "false") || cur_is(p, "False"))
		n = const_node(p, off, v_bool(false));
	else if (cur_is(p, "none") || cur_is(p, "None"))
		n = const_node(p, off, v_none());
	else {
		n = new_node(p, N_NAME, off);
		n->op = CTX_LOAD;
		n->u.name.name = intern(p, p->cur.s, p->cur.s_len);
	}
	next_token(p);
	return finish_node(p, n);
}

struct node *parse_primary(struct parser *p)
{
	struct node *n;

	switch (p->cur.type) {
	case T_NAME:
		return parse_name(p);
	case T_STRING:
		return parse_strings(p);
	case T_INTEGER:
	case T_FLOAT:
		n = const_node(p, p->cur.off, p->cur.number);
		next_token(p);
		return finish_node(p, n);
	case T_LPAREN:
		next_token(p);
		n = parse_tuple(p, TUPLE_PARENS);
		expect(p, T_RPAREN);
		return n;
	case T_LBRACKET:
		return parse_list(p);
	case T_LBRACE:
		return parse_dict(p);
	default:
		fail_unexpected(p, NULL);
		return const_node(p, p->cur.off, v_none());
	}
}

static struct node *slice_part(struct parser *p)
{
	if (p->cur.type == T_COLON || p->cur.type == T_RBRACKET || p->cur.type == T_COMMA)
		return NULL;
	return parse_expression(p);
}

static struct node *parse_subscribed(struct parser *p)
{
	struct node *n = new_node(p, N_SLICE, p->cur.off);

	if (p->cur.type != T_COLON) {
		n->u.op.a = parse_expression(p);
		if (p->cur.type != T_COLON)
			return n->u.op.a;
	}
	next_token(p);
	n->u.op.b = slice_part(p);
	if (skip_token(p, T_COLON))
		n->u.op.c = slice_part(p);
	check_depth(p, n, n->u.op.a);
	check_depth(p, n, n->u.op.b);
	check_depth(p, n, n->u.op.c);
	return finish_node(p, n);
}

static struct node *parse_subscript(struct parser *p, struct node *obj)
{
	struct node *n, *tuple;

	if (skip_token(p, T_DOT)) {
		if (p->cur.type == T_NAME) {
			n = new_node(p, N_GETATTR, obj->off);
			n->u.get.obj = obj;
			n->u.get.name = take_name(p);
			note_attr(n->u.get.name);
		} else if (p->cur.type == T_INTEGER) {
			n = new_node(p, N_GETITEM, obj->off);
			n->u.get.obj = obj;
			n->u.get.arg = const_node(p, p->cur.off, p->cur.number);
			next_token(p);
		} else {
			fail_unexpected(p, "a name or a number");
			return obj;
		}
		check_depth(p, n, obj);
		return finish_node(p, n);
	}
	next_token(p);
	n = new_node(p, N_GETITEM, obj->off);
	tuple = new_node(p, N_TUPLE, p->cur.off);
	while (!p->failed && p->cur.type != T_RBRACKET) {
		if (tuple->u.list.nr && !expect(p, T_COMMA))
			break;
		add_node(p, &tuple->u.list, tuple, parse_subscribed(p));
	}
	finish_node(p, tuple);
	expect(p, T_RBRACKET);
	n->u.get.obj = obj;
	n->u.get.arg = tuple->u.list.nr == 1 ? tuple->u.list.v[0] : tuple;
	check_depth(p, n, obj);
	check_depth(p, n, n->u.get.arg);
	return finish_node(p, n);
}

static void add_keyword(struct parser *p, struct node_args *args, struct name *name,
			struct node *value)
{
	if (args->kw.nr == args->kw.alloc) {
		uint32_t alloc = args->kw.alloc ? args->kw.alloc * 2 : 4;
		struct name **names = arena_alloc(&p->t->arena, alloc * sizeof(struct name *));

		if (args->kw.nr)
			memcpy(names, args->kw_names, args->kw.nr * sizeof(*names));
		args->kw_names = names;
	}
	args->kw_names[args->kw.nr] = name;
	node_list_add(&p->t->arena, &args->kw, value);
}

static void parse_call_args(struct parser *p, struct node *call, struct node_args *args)
{
	struct token open = p->cur;
	bool comma = false, ok = true;

	expect(p, T_LPAREN);
	while (!p->failed && p->cur.type != T_RPAREN) {
		if (comma) {
			if (!expect(p, T_COMMA))
				return;
			if (p->cur.type == T_RPAREN)
				break;
		}
		if (skip_token(p, T_MUL)) {
			ok = !args->dyn_args && !args->dyn_kwargs;
			args->dyn_args = parse_expression(p);
			check_depth(p, call, args->dyn_args);
		} else if (skip_token(p, T_POW)) {
			ok = !args->dyn_kwargs;
			args->dyn_kwargs = parse_expression(p);
			check_depth(p, call, args->dyn_kwargs);
		} else if (p->cur.type == T_NAME && look_ahead(p)->type == T_ASSIGN) {
			struct token at = p->cur;
			struct name *name = take_name(p);
			uint32_t i;

			ok = !args->dyn_kwargs;
			for (i = 0; i < args->kw.nr; i++)
				if (args->kw_names[i] == name)
					fail_at(p, at.off, at.len, NULL,
						"keyword argument repeated");
			next_token(p);
			add_keyword(p, args, name, parse_expression(p));
			if (!p->failed)
				check_depth(p, call, args->kw.v[args->kw.nr - 1]);
		} else {
			ok = !args->dyn_args && !args->dyn_kwargs && !args->kw.nr;
			add_node(p, &args->pos, call, parse_expression(p));
		}
		if (!ok) {
			fail_at(p, open.off, open.len,
				"positional arguments come first, then keywords",
				"invalid order of arguments in call");
			return;
		}
		comma = true;
	}
	expect(p, T_RPAREN);
}

static struct node *parse_call(struct parser *p, struct node *callee)
{
	struct node *n = new_node(p, N_CALL, callee->off);

	n->u.call.callee = callee;
	check_depth(p, n, callee);
	parse_call_args(p, n, &n->u.call.args);
	return finish_node(p, n);
}

static struct name *dotted_name(struct parser *p)
{
	struct name *name = take_name(p);

	while (!p->failed && skip_token(p, T_DOT)) {
		struct name *more = take_name(p);
		char *joined = arena_strfmt(&p->t->arena, "%s.%s", name->str.s, more->str.s);

		name = intern(p, joined, (uint32_t)strlen(joined));
	}
	return name;
}

/* One filter; the current token is its name. `value` is NULL for that of a block. */
static struct node *parse_one_filter(struct parser *p, struct node *value)
{
	struct node *n = new_node(p, N_FILTER, p->cur.off);

	n->u.call.callee = value;
	n->u.call.name = dotted_name(p);
	n->u.call.builtin = find_filter(n->u.call.name->str.s, n->u.call.name->str.len);
	if (value)
		check_depth(p, n, value);
	if (p->cur.type == T_LPAREN)
		parse_call_args(p, n, &n->u.call.args);
	/* this one alone goes straight to the output */
	n->op = str_eq(n->u.call.name->str.s, "tojson") && !n->u.call.args.pos.nr &&
		!n->u.call.args.kw.nr && !n->u.call.args.dyn_args && !n->u.call.args.dyn_kwargs;
	return finish_node(p, n);
}

struct node *parse_filter(struct parser *p, struct node *value, bool inline_start)
{
	while (!p->failed && (inline_start || skip_token(p, T_PIPE))) {
		value = parse_one_filter(p, value);
		inline_start = false;
	}
	return value;
}

struct node *parse_postfix(struct parser *p, struct node *n)
{
	while (!p->failed) {
		if (p->cur.type == T_DOT || p->cur.type == T_LBRACKET)
			n = parse_subscript(p, n);
		else if (p->cur.type == T_LPAREN)
			n = parse_call(p, n);
		else
			break;
	}
	return n;
}

static bool starts_test_arg(const struct parser *p)
{
	switch (p->cur.type) {
	case T_NAME:
		return !cur_is(p, "else") && !cur_is(p, "or") && !cur_is(p, "and");
	case T_STRING:
	case T_INTEGER:
	case T_FLOAT:
	case T_LBRACKET:
	case T_LBRACE:
		return true;
	default:
		return false;
	}
}

static struct node *parse_test(struct parser *p, struct node *value)
{
	struct node *n, *not ;
	bool negated;

	next_token(p);
	negated = skip_name(p, "not");
	n = new_node(p, N_TEST, p->cur.off);
	n->u.call.callee = value;
	n->u.call.name = dotted_name(p);
	n->u.call.builtin = find_test(n->u.call.name->str.s, n->u.call.name->str.len);
	check_depth(p, n, value);
	if (p->cur.type == T_LPAREN) {
		parse_call_args(p, n, &n->u.call.args);
	} else if (starts_test_arg(p)) {
		if (cur_is(p, "is")) {
			fail_at(p, p->cur.off, p->cur.len, "combine them with 'and'",
				"tests cannot be chained");
			return n;
		}
		add_node(p, &n->u.call.args.pos, n, parse_postfix(p, parse_primary(p)));
	}
	finish_node(p, n);
	if (!negated)
		return n;
	not = new_node(p, N_NOT, n->off);
	not ->u.op.a = n;
	check_depth(p, not, n);
	return finish_node(p, not );
}

struct node *parse_filter_expr(struct parser *p, struct node *n)
{
	while (!p->failed) {
		if (p->cur.type == T_PIPE)
			n = parse_filter(p, n, false);
		else if (cur_is(p, "is"))
			n = parse_test(p, n);
		else if (p->cur.type == T_LPAREN)
			n = parse_call(p, n);
		else
			break;
	}
	return n;
}
