#include "base/base.h"
#include "base/finding.h"
#include "template/internal.h"

/* A recursive descent along jinja2/parser.py; functions have the same names. */

#define MAX_NESTING 100
#define MAX_DEPTH   400

struct parser {
	struct template *t;
	struct lexer lx;
	struct token cur, peeked;
	bool has_peeked;
	bool failed;
	struct template_errors *errs;
	unsigned depth;
	uint32_t *index; /* of names, open addressing */
	uint32_t index_nr;
	uint32_t names_alloc;
	const char *end_tags;	  /* what the innermost block waits for, for messages */
	const struct token *open; /* the name of the tag under way */
	uint32_t last_end;	  /* end of the token before `cur` */
};

static struct node *parse_expression(struct parser *p);
static struct node *parse_or(struct parser *p);
static struct node *parse_unary(struct parser *p, bool with_filter);
static void subparse(struct parser *p, struct node_list *body, const char *end_tags);

/* --- tokens ---------------------------------------------------------------- */

static void advance(struct parser *p)
{
	p->last_end = p->cur.off + p->cur.len;
	if (p->failed) {
		p->cur.type = T_EOF;
		return;
	}
	if (p->has_peeked) {
		p->cur = p->peeked;
		p->has_peeked = false;
		return;
	}
	if (!lexer_next(&p->lx, &p->cur)) {
		p->failed = true;
		p->cur.type = T_EOF;
	}
}

static const struct token *look(struct parser *p)
{
	if (!p->has_peeked && !p->failed) {
		if (!lexer_next(&p->lx, &p->peeked)) {
			p->failed = true;
			p->peeked.type = T_EOF;
		}
		p->has_peeked = true;
	}
	return &p->peeked;
}

static bool token_is(const struct token *tok, const char *name)
{
	return tok->type == T_NAME && strlen(name) == tok->s_len &&
	       !memcmp(tok->s, name, tok->s_len);
}

static bool cur_is(const struct parser *p, const char *name)
{
	return token_is(&p->cur, name);
}

static bool skip_name(struct parser *p, const char *name)
{
	if (!cur_is(p, name))
		return false;
	advance(p);
	return true;
}

static bool skip_token(struct parser *p, enum token_type type)
{
	if (p->cur.type != type)
		return false;
	advance(p);
	return true;
}

static const char *describe(const struct parser *p, char *buf, size_t size)
{
	const struct token *tok = &p->cur;

	if (tok->type == T_NAME)
		snprintf(buf, size, "'%.*s'", (int)MIN(tok->s_len, 40u), tok->s);
	else if (tok->type == T_EOF || tok->type == T_STRING || tok->type == T_INTEGER ||
		 tok->type == T_FLOAT || tok->type == T_DATA)
		snprintf(buf, size, "%s", token_name(tok->type));
	else
		snprintf(buf, size, "'%s'", token_name(tok->type));
	return buf;
}

static void fail_at(struct parser *p, uint32_t off, uint32_t len, const char *hint, const char *msg)
{
	if (!p->failed)
		add_error(p->errs, SYNTAX_ERROR, off, len, hint, "%s", msg);
	p->failed = true;
	p->cur.type = T_EOF;
}

static void fail_unexpected(struct parser *p, const char *wanted)
{
	char got[64];

	if (!p->failed)
		add_error(p->errs, SYNTAX_ERROR, p->cur.off, p->cur.len, NULL,
			  wanted ? "unexpected %s, expected %s" : "unexpected %s%s",
			  describe(p, got, sizeof(got)), wanted ? wanted : "");
	p->failed = true;
	p->cur.type = T_EOF;
}

static bool expect(struct parser *p, enum token_type type)
{
	char want[32];

	if (p->cur.type == type) {
		advance(p);
		return true;
	}
	snprintf(want, sizeof(want), type == T_NAME ? "a %s" : "'%s'", token_name(type));
	fail_unexpected(p, want);
	return false;
}

/* --- nodes ----------------------------------------------------------------- */

static struct node *new_node(struct parser *p, enum node_type type, uint32_t off)
{
	struct node *n = arena_alloc(&p->t->arena, sizeof(*n));

	n->type = (uint8_t)type;
	n->off = off;
	n->depth = 1;
	return n;
}

static void check_depth(struct parser *p, struct node *n, const struct node *child)
{
	if (child && child->depth >= n->depth)
		n->depth = (uint16_t)(child->depth + 1);
	if (n->depth > MAX_DEPTH && !p->failed) {
		add_error(p->errs, LIMIT_ERROR, n->off, 1, "split it with {% set %}",
			  "the expression is nested too deeply");
		p->failed = true;
		p->cur.type = T_EOF;
	}
}

/* The node ends where the token before the current one ended. */
static struct node *finish(struct parser *p, struct node *n)
{
	n->len = p->last_end > n->off ? p->last_end - n->off : 0;
	return n;
}

bool node_list_add(struct arena *arena, struct node_list *list, struct node *node)
{
	if (list->nr == list->alloc) {
		uint32_t alloc = list->alloc ? list->alloc * 2 : 4;
		struct node **v = arena_alloc(arena, alloc * sizeof(struct node *));

		if (list->nr)
			memcpy(v, list->v, list->nr * sizeof(*v));
		list->v = v;
		list->alloc = alloc;
	}
	list->v[list->nr++] = node;
	return true;
}

static void add(struct parser *p, struct node_list *list, struct node *parent, struct node *node)
{
	if (parent)
		check_depth(p, parent, node);
	node_list_add(&p->t->arena, list, node);
}

static void grow_index(struct parser *p)
{
	uint32_t nr = p->index_nr ? p->index_nr * 2 : 32, i;

	p->index = arena_alloc(&p->t->arena, nr * sizeof(*p->index));
	p->index_nr = nr;
	for (i = 0; i < p->t->names_nr; i++) {
		uint32_t slot = p->t->names[i]->str.hash & (nr - 1);

		while (p->index[slot])
			slot = (slot + 1) & (nr - 1);
		p->index[slot] = i + 1;
	}
}

static struct name *intern(struct parser *p, const char *s, uint32_t len)
{
	uint32_t hash = hash_str(s, len), slot;
	struct template *t = p->t;
	struct name *name;

	if (t->names_nr * 2 >= p->index_nr)
		grow_index(p);
	for (slot = hash & (p->index_nr - 1); p->index[slot];
	     slot = (slot + 1) & (p->index_nr - 1)) {
		name = t->names[p->index[slot] - 1];
		if (name->str.hash == hash && name->str.len == len && !memcmp(name->str.s, s, len))
			return name;
	}
	if (t->names_nr == p->names_alloc) {
		struct name **bigger;

		p->names_alloc = p->names_alloc ? p->names_alloc * 2 : 16;
		bigger = arena_alloc(&t->arena, p->names_alloc * sizeof(struct name *));
		if (t->names_nr)
			memcpy(bigger, t->names, t->names_nr * sizeof(struct name *));
		t->names = bigger;
	}
	name = arena_alloc(&t->arena, sizeof(*name));
	name->str = (struct vstr){
		.s = arena_memdupz(&t->arena, s, len), .len = len, .chars = UINT32_MAX, .hash = hash
	};
	name->index = t->names_nr;
	p->index[slot] = t->names_nr + 1;
	t->names[t->names_nr++] = name;
	/* an identifier's length is asked for by several threads of nothing: count now */
	str_chars(&name->str);
	return name;
}

static struct name *take_name(struct parser *p)
{
	struct name *name = NULL;

	if (p->cur.type == T_NAME)
		name = intern(p, p->cur.s, p->cur.s_len);
	if (!expect(p, T_NAME))
		return intern(p, "", 0);
	return name;
}

static struct node *const_node(struct parser *p, uint32_t off, struct value v)
{
	struct node *n = new_node(p, N_CONST, off);

	n->u.konst = v;
	return n;
}

static struct node *str_node(struct parser *p, uint32_t off, const char *s, uint32_t len)
{
	struct vstr *str = arena_alloc(&p->t->arena, sizeof(*str));

	*str = (struct vstr){ .s = s, .len = len, .chars = UINT32_MAX };
	str_chars(str);
	vstr_hash(str);
	return const_node(p, off, (struct value){ .type = V_STRING, .u.str = str });
}

static struct node *binary_node(struct parser *p, enum node_type type, enum operator op,
				struct node *a, struct node *b)
{
	struct node *n = new_node(p, type, a->off);

	n->op = (uint8_t)op;
	n->u.op.a = a;
	n->u.op.b = b;
	check_depth(p, n, a);
	check_depth(p, n, b);
	return finish(p, n);
}

/* Recursion of the parser itself: false (failed) when too deep. */
static bool enter(struct parser *p)
{
	if (++p->depth <= MAX_NESTING * 2)
		return true;
	if (!p->failed)
		add_error(p->errs, LIMIT_ERROR, p->cur.off, MAX(p->cur.len, 1u), NULL,
			  "the template is nested too deeply");
	p->failed = true;
	p->cur.type = T_EOF;
	return false;
}

/* --- expressions ----------------------------------------------------------- */

enum tuple_flags {
	TUPLE_SIMPLE = 1 << 0,
	TUPLE_NO_COND = 1 << 1,
	TUPLE_PARENS = 1 << 2
};

static struct node *parse_primary(struct parser *p);

static bool is_tuple_end(const struct parser *p)
{
	return p->cur.type == T_VARIABLE_END || p->cur.type == T_BLOCK_END ||
	       p->cur.type == T_RPAREN;
}

static struct node *parse_tuple(struct parser *p, unsigned flags)
{
	struct node *tuple = new_node(p, N_TUPLE, p->cur.off);
	bool is_tuple = false;

	for (;;) {
		if (tuple->u.list.nr && !expect(p, T_COMMA))
			break;
		if (is_tuple_end(p))
			break;
		add(p, &tuple->u.list, tuple,
		    flags & TUPLE_SIMPLE  ? parse_primary(p) :
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
	return finish(p, tuple);
}

static struct node *parse_list(struct parser *p)
{
	struct node *n = new_node(p, N_LIST, p->cur.off);

	advance(p);
	while (!p->failed && p->cur.type != T_RBRACKET) {
		if (n->u.list.nr && !expect(p, T_COMMA))
			break;
		if (p->cur.type == T_RBRACKET)
			break;
		add(p, &n->u.list, n, parse_expression(p));
	}
	expect(p, T_RBRACKET);
	return finish(p, n);
}

static struct node *parse_dict(struct parser *p)
{
	struct node *n = new_node(p, N_DICT, p->cur.off);

	advance(p);
	while (!p->failed && p->cur.type != T_RBRACE) {
		if (n->u.list.nr && !expect(p, T_COMMA))
			break;
		if (p->cur.type == T_RBRACE)
			break;
		add(p, &n->u.list, n, parse_expression(p));
		if (!expect(p, T_COLON))
			break;
		add(p, &n->u.list, n, parse_expression(p));
	}
	expect(p, T_RBRACE);
	return finish(p, n);
}

static struct node *parse_strings(struct parser *p)
{
	uint32_t off = p->cur.off;
	struct token first = p->cur;
	char *joined;
	size_t len;

	advance(p);
	if (p->cur.type != T_STRING)
		return finish(p, str_node(p, off, first.s, first.s_len));
	joined = arena_memdupz(&p->t->arena, first.s, first.s_len);
	len = first.s_len;
	while (p->cur.type == T_STRING) {
		size_t room = len + p->cur.s_len;
		char *more = arena_alloc(&p->t->arena, room * 2 + 1);

		memcpy(more, joined, len);
		while (p->cur.type == T_STRING && len + p->cur.s_len <= room * 2) {
			memcpy(more + len, p->cur.s, p->cur.s_len);
			len += p->cur.s_len;
			advance(p);
		}
		joined = more;
	}
	return finish(p, str_node(p, off, joined, (uint32_t)len));
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
	advance(p);
	return finish(p, n);
}

static struct node *parse_primary(struct parser *p)
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
		advance(p);
		return finish(p, n);
	case T_LPAREN:
		advance(p);
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
	advance(p);
	n->u.op.b = slice_part(p);
	if (skip_token(p, T_COLON))
		n->u.op.c = slice_part(p);
	check_depth(p, n, n->u.op.a);
	check_depth(p, n, n->u.op.b);
	check_depth(p, n, n->u.op.c);
	return finish(p, n);
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
			advance(p);
		} else {
			fail_unexpected(p, "a name or a number");
			return obj;
		}
		check_depth(p, n, obj);
		return finish(p, n);
	}
	advance(p);
	n = new_node(p, N_GETITEM, obj->off);
	tuple = new_node(p, N_TUPLE, p->cur.off);
	while (!p->failed && p->cur.type != T_RBRACKET) {
		if (tuple->u.list.nr && !expect(p, T_COMMA))
			break;
		add(p, &tuple->u.list, tuple, parse_subscribed(p));
	}
	finish(p, tuple);
	expect(p, T_RBRACKET);
	n->u.get.obj = obj;
	n->u.get.arg = tuple->u.list.nr == 1 ? tuple->u.list.v[0] : tuple;
	check_depth(p, n, obj);
	check_depth(p, n, n->u.get.arg);
	return finish(p, n);
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
		} else if (p->cur.type == T_NAME && look(p)->type == T_ASSIGN) {
			struct token at = p->cur;
			struct name *name = take_name(p);
			uint32_t i;

			ok = !args->dyn_kwargs;
			for (i = 0; i < args->kw.nr; i++)
				if (args->kw_names[i] == name)
					fail_at(p, at.off, at.len, NULL,
						"keyword argument repeated");
			advance(p);
			add_keyword(p, args, name, parse_expression(p));
			if (!p->failed)
				check_depth(p, call, args->kw.v[args->kw.nr - 1]);
		} else {
			ok = !args->dyn_args && !args->dyn_kwargs && !args->kw.nr;
			add(p, &args->pos, call, parse_expression(p));
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
	return finish(p, n);
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
	return finish(p, n);
}

static struct node *parse_filter(struct parser *p, struct node *value, bool inline_start)
{
	while (!p->failed && (inline_start || skip_token(p, T_PIPE))) {
		value = parse_one_filter(p, value);
		inline_start = false;
	}
	return value;
}

static struct node *parse_postfix(struct parser *p, struct node *n)
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

	advance(p);
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
		add(p, &n->u.call.args.pos, n, parse_postfix(p, parse_primary(p)));
	}
	finish(p, n);
	if (!negated)
		return n;
	not = new_node(p, N_NOT, n->off);
	not ->u.op.a = n;
	check_depth(p, not, n);
	return finish(p, not );
}

static struct node *parse_filter_expr(struct parser *p, struct node *n)
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

static struct node *parse_unary(struct parser *p, bool with_filter)
{
	struct node *n;

	if (!enter(p))
		return const_node(p, p->cur.off, v_none());
	if (p->cur.type == T_SUB || p->cur.type == T_ADD) {
		n = new_node(p, N_UNARY, p->cur.off);
		n->op = p->cur.type == T_SUB ? OP_NEG : OP_POS;
		advance(p);
		n->u.op.a = parse_unary(p, false);
		check_depth(p, n, n->u.op.a);
		finish(p, n);
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
		advance(p);
		n = binary_node(p, N_BINARY, op, n, parse_pow(p));
	}
}

static struct node *parse_concat(struct parser *p)
{
	struct node *first = parse_math2(p), *n;

	if (p->cur.type != T_TILDE)
		return first;
	n = new_node(p, N_CONCAT, first->off);
	add(p, &n->u.list, n, first);
	while (skip_token(p, T_TILDE))
		add(p, &n->u.list, n, parse_math2(p));
	return finish(p, n);
}

static struct node *parse_math1(struct parser *p)
{
	struct node *n = parse_concat(p);

	while (p->cur.type == T_ADD || p->cur.type == T_SUB) {
		enum operator op = p->cur.type == T_ADD ? OP_ADD : OP_SUB;

		advance(p);
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
		if (cur_is(p, "not") && token_is(look(p), "in")) {
			advance(p);
			*op = OP_NOT_IN;
			break;
		}
		return false;
	}
	advance(p);
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
		add(p, &n->u.compare.operands, n, parse_math1(p));
	}
	return n ? finish(p, n) : first;
}

static struct node *parse_not(struct parser *p)
{
	struct node *n;

	if (!cur_is(p, "not"))
		return parse_compare(p);
	if (!enter(p))
		return const_node(p, p->cur.off, v_none());
	n = new_node(p, N_NOT, p->cur.off);
	advance(p);
	n->u.op.a = parse_not(p);
	check_depth(p, n, n->u.op.a);
	p->depth--;
	return finish(p, n);
}

static struct node *parse_and(struct parser *p)
{
	struct node *n = parse_not(p);

	while (skip_name(p, "and"))
		n = binary_node(p, N_AND, OP_ADD, n, parse_not(p));
	return n;
}

static struct node *parse_or(struct parser *p)
{
	struct node *n = parse_and(p);

	while (skip_name(p, "or"))
		n = binary_node(p, N_OR, OP_ADD, n, parse_and(p));
	return n;
}

static struct node *parse_expression(struct parser *p)
{
	struct node *expr = parse_or(p);

	while (!p->failed && cur_is(p, "if")) {
		struct node *n = new_node(p, N_COND, expr->off);

		advance(p);
		n->u.op.b = expr;
		n->u.op.a = parse_or(p);
		if (skip_name(p, "else")) {
			if (!enter(p))
				return expr;
			n->u.op.c = parse_expression(p);
			p->depth--;
		}
		check_depth(p, n, n->u.op.a);
		check_depth(p, n, n->u.op.b);
		check_depth(p, n, n->u.op.c);
		expr = finish(p, n);
	}
	return expr;
}

/* --- statements ------------------------------------------------------------ */

static bool can_assign(const struct node *n)
{
	uint32_t i;

	if (n->type == N_NAME)
		return true;
	if (n->type != N_TUPLE)
		return false;
	for (i = 0; i < n->u.list.nr; i++)
		if (!can_assign(n->u.list.v[i]))
			return false;
	return true;
}

static void set_ctx(struct node *n, enum name_ctx ctx)
{
	uint32_t i;

	if (n->type == N_NAME)
		n->op = (uint8_t)ctx;
	else if (n->type == N_TUPLE)
		for (i = 0; i < n->u.list.nr; i++)
			set_ctx(n->u.list.v[i], ctx);
}

static struct node *name_target(struct parser *p, enum name_ctx ctx)
{
	struct node *n = new_node(p, N_NAME, p->cur.off);

	if (cur_is(p, "true") || cur_is(p, "false") || cur_is(p, "none") || cur_is(p, "True") ||
	    cur_is(p, "False") || cur_is(p, "None"))
		fail_at(p, p->cur.off, p->cur.len, NULL, "cannot assign to a constant");
	n->op = (uint8_t)ctx;
	n->u.name.name = take_name(p);
	return finish(p, n);
}

static struct node *parse_assign_target(struct parser *p, bool namespaces)
{
	struct node *n;

	if (namespaces && p->cur.type == T_NAME && look(p)->type == T_DOT) {
		n = new_node(p, N_NSREF, p->cur.off);
		n->u.name.name = take_name(p);
		advance(p);
		n->u.name.attr = take_name(p);
		return finish(p, n);
	}
	n = parse_tuple(p, TUPLE_SIMPLE);
	if (!p->failed && !can_assign(n))
		fail_at(p, n->off, n->len, NULL, "cannot assign to this expression");
	set_ctx(n, CTX_STORE);
	return n;
}

/* The body up to one of `end_tags` ("endfor else"), whose name is then current. */
static void parse_statements(struct parser *p, struct node_list *body, const char *end_tags)
{
	skip_token(p, T_COLON);
	if (!expect(p, T_BLOCK_END))
		return;
	subparse(p, body, end_tags);
}

static struct node *parse_set(struct parser *p)
{
	struct node *n = new_node(p, N_SET, p->cur.off);

	advance(p);
	n->u.set.target = parse_assign_target(p, true);
	if (skip_token(p, T_ASSIGN)) {
		n->u.set.value = parse_tuple(p, 0);
		return finish(p, n);
	}
	n->type = N_SET_BLOCK;
	n->u.set.value = parse_filter(p, NULL, false);
	finish(p, n);
	parse_statements(p, &n->u.set.body, "endset");
	advance(p);
	return n;
}

static struct node *parse_for(struct parser *p)
{
	struct node *n = new_node(p, N_FOR, p->cur.off);

	advance(p);
	n->u.for_.target = parse_assign_target(p, false);
	if (!skip_name(p, "in")) {
		fail_unexpected(p, "'in'");
		return n;
	}
	n->u.for_.iter = parse_tuple(p, TUPLE_NO_COND);
	if (skip_name(p, "if"))
		n->u.for_.test = parse_expression(p);
	n->u.for_.recursive = skip_name(p, "recursive");
	finish(p, n);
	parse_statements(p, &n->u.for_.body, "endfor else");
	if (!skip_name(p, "else")) {
		advance(p);
		return n;
	}
	n->u.for_.has_else = true;
	parse_statements(p, &n->u.for_.else_, "endfor");
	advance(p);
	return n;
}

static struct node *parse_if(struct parser *p)
{
	struct node *n = new_node(p, N_IF, p->cur.off);
	uint32_t alloc = 0;

	do {
		struct node_list body = { 0 };
		struct node *test;
		uint32_t nr = n->u.if_.tests.nr;

		advance(p); /* if, elif */
		test = parse_tuple(p, TUPLE_NO_COND);
		if (!nr)
			finish(p, n);
		node_list_add(&p->t->arena, &n->u.if_.tests, test);
		parse_statements(p, &body, "elif else endif");
		if (nr == alloc) {
			struct node_list *bodies;

			alloc = alloc ? alloc * 2 : 2;
			bodies = arena_alloc(&p->t->arena, alloc * sizeof(*bodies));
			if (nr)
				memcpy(bodies, n->u.if_.bodies, nr * sizeof(*bodies));
			n->u.if_.bodies = bodies;
		}
		n->u.if_.bodies[nr] = body;
	} while (!p->failed && cur_is(p, "elif"));
	if (skip_name(p, "else")) {
		parse_statements(p, &n->u.if_.else_, "endif");
	}
	advance(p);
	return n;
}

static struct node *parse_with(struct parser *p)
{
	struct node *n = new_node(p, N_WITH, p->cur.off);

	advance(p);
	while (!p->failed && p->cur.type != T_BLOCK_END) {
		struct node *target;

		if (n->u.block.targets.nr && !expect(p, T_COMMA))
			break;
		target = parse_assign_target(p, false);
		set_ctx(target, CTX_PARAM);
		node_list_add(&p->t->arena, &n->u.block.targets, target);
		if (!expect(p, T_ASSIGN))
			break;
		node_list_add(&p->t->arena, &n->u.block.values, parse_expression(p));
	}
	finish(p, n);
	parse_statements(p, &n->u.block.body, "endwith");
	advance(p);
	return n;
}

static struct node *parse_autoescape(struct parser *p)
{
	struct node *n = new_node(p, N_SCOPE, p->cur.off), *on;

	advance(p);
	on = parse_expression(p);
	if (!p->failed && (on->type != N_CONST || on->u.konst.type != V_BOOL || on->u.konst.u.b)) {
		add_error(
			p->errs, UNSUPPORTED_ERROR, n->off, p->last_end - n->off,
			"the text is JSON, not HTML; use the filter 'tojson' or 'escape' where needed",
			"automatic escaping is not supported");
		p->failed = true;
	}
	finish(p, n);
	parse_statements(p, &n->u.block.body, "endautoescape");
	advance(p);
	return n;
}

static void parse_signature(struct parser *p, struct node *n)
{
	expect(p, T_LPAREN);
	while (!p->failed && p->cur.type != T_RPAREN) {
		struct node *arg;
		uint32_t i;

		if (n->u.macro.args.nr && !expect(p, T_COMMA))
			break;
		arg = name_target(p, CTX_PARAM);
		for (i = 0; i < n->u.macro.args.nr; i++)
			if (n->u.macro.args.v[i]->u.name.name == arg->u.name.name)
				fail_at(p, arg->off, arg->len, NULL,
					"duplicate argument in definition");
		if (skip_token(p, T_ASSIGN))
			node_list_add(&p->t->arena, &n->u.macro.defaults, parse_expression(p));
		else if (n->u.macro.defaults.nr)
			fail_at(p, arg->off, arg->len, NULL,
				"an argument without default follows one with a default");
		node_list_add(&p->t->arena, &n->u.macro.args, arg);
	}
	expect(p, T_RPAREN);
}

static struct node *parse_macro(struct parser *p)
{
	struct node *n = new_node(p, N_MACRO, p->cur.off);

	advance(p);
	n->u.macro.target = name_target(p, CTX_STORE);
	n->u.macro.name = n->u.macro.target->u.name.name;
	parse_signature(p, n);
	finish(p, n);
	parse_statements(p, &n->u.macro.body, "endmacro");
	advance(p);
	return n;
}

static struct node *parse_call_block(struct parser *p)
{
	struct node *n = new_node(p, N_CALL_BLOCK, p->cur.off), *call;

	advance(p);
	if (p->cur.type == T_LPAREN)
		parse_signature(p, n);
	call = parse_expression(p);
	if (!p->failed && call->type != N_CALL)
		fail_at(p, call->off, call->len, "write {% call macro() %}", "expected a call");
	n->u.macro.call = call;
	finish(p, n);
	parse_statements(p, &n->u.macro.body, "endcall");
	advance(p);
	return n;
}

static struct node *parse_filter_block(struct parser *p)
{
	struct node *n = new_node(p, N_FILTER_BLOCK, p->cur.off);

	advance(p);
	n->u.block.filter = parse_filter(p, NULL, true);
	finish(p, n);
	parse_statements(p, &n->u.block.body, "endfilter");
	advance(p);
	return n;
}

static struct node *parse_print(struct parser *p)
{
	struct node *n = new_node(p, N_OUTPUT, p->cur.off);

	advance(p);
	while (!p->failed && p->cur.type != T_BLOCK_END) {
		if (n->u.list.nr && !expect(p, T_COMMA))
			break;
		node_list_add(&p->t->arena, &n->u.list, parse_expression(p));
	}
	return finish(p, n);
}

static const struct {
	const char *name;
	struct node *(*parse)(struct parser *);
	const char *end;
} statements[] = {
	{ "if", parse_if, "endif" },
	{ "for", parse_for, "endfor" },
	{ "set", parse_set, "endset" },
	{ "macro", parse_macro, "endmacro" },
	{ "call", parse_call_block, "endcall" },
	{ "filter", parse_filter_block, "endfilter" },
	{ "with", parse_with, "endwith" },
	{ "print", parse_print, NULL },
	{ "autoescape", parse_autoescape, "endautoescape" },
};

static const char *const unsupported_tags[] = { "include", "import", "from",  "extends",  "block",
						"do",	   "trans",  "break", "continue", "debug" };

static const char *unsupported_hint(const char *tag)
{
	if (str_eq(tag, "do"))
		return "write {% set _ = ... %}";
	if (str_eq(tag, "break") || str_eq(tag, "continue"))
		return "filter the loop: {% for x in y if ... %}";
	if (str_eq(tag, "trans") || str_eq(tag, "debug"))
		return NULL;
	return "a template is one file here; use a macro, or values from 'ref'";
}

static bool in_words(const char *words, const char *word, size_t len)
{
	while (words && *words) {
		size_t n = strcspn(words, " ");

		if (n == len && !memcmp(words, word, n))
			return true;
		words += n;
		words += strspn(words, " ");
	}
	return false;
}

static void unknown_tag(struct parser *p)
{
	const char *names[ARRAY_SIZE(statements) * 2 + 2], *near;
	char *word = arena_memdupz(&p->t->arena, p->cur.s, p->cur.s_len), *hint;
	size_t i, nr = 0;

	for (i = 0; i < ARRAY_SIZE(unsupported_tags); i++)
		if (str_eq(unsupported_tags[i], word)) {
			add_error(p->errs, UNSUPPORTED_ERROR, p->cur.off, p->cur.len,
				  unsupported_hint(word), "the tag '%s' is not supported", word);
			p->failed = true;
			return;
		}
	for (i = 0; i < ARRAY_SIZE(statements); i++) {
		if (statements[i].end && str_eq(statements[i].end, word)) {
			hint = p->end_tags ?
				       arena_strfmt(&p->t->arena, "the open block waits for '%s'",
						    p->end_tags) :
				       NULL;
			add_error(p->errs, SYNTAX_ERROR, p->cur.off, p->cur.len, hint,
				  "'%s' without '%s'", word, statements[i].name);
			p->failed = true;
			return;
		}
		names[nr++] = statements[i].name;
		if (statements[i].end)
			names[nr++] = statements[i].end;
	}
	names[nr++] = "else";
	names[nr++] = "elif";
	near = nearest_word(word, names, nr);
	hint = near && !str_eq(near, word) ?
		       arena_strfmt(&p->t->arena, "did you mean '%s'?", near) :
		       NULL;
	if (!hint && p->end_tags)
		hint = arena_strfmt(&p->t->arena, "the open block waits for '%s'", p->end_tags);
	add_error(p->errs, SYNTAX_ERROR, p->cur.off, p->cur.len, hint, "unknown tag '%s'", word);
	p->failed = true;
}

static struct node *parse_statement(struct parser *p)
{
	size_t i;

	if (p->cur.type != T_NAME) {
		fail_unexpected(p, "the name of a tag");
		return NULL;
	}
	for (i = 0; i < ARRAY_SIZE(statements); i++)
		if (cur_is(p, statements[i].name))
			return statements[i].parse(p);
	unknown_tag(p);
	return NULL;
}

static struct node *output_for(struct parser *p, struct node_list *body)
{
	struct node *last = body->nr ? body->v[body->nr - 1] : NULL;

	if (last && last->type == N_OUTPUT && last->op)
		return last;
	last = new_node(p, N_OUTPUT, p->cur.off);
	last->op = 1; /* text and expressions go on here */
	node_list_add(&p->t->arena, body, last);
	return last;
}

static void unclosed(struct parser *p, const char *end_tags)
{
	const char *last = strrchr(end_tags, ' ');
	const struct token *open = p->open;

	/* "endfor else", "elif else endif": what closes comes first or last */
	last = starts_with(end_tags, "end") ? end_tags : last + 1;
	if (!p->failed)
		add_error(p->errs, SYNTAX_ERROR, open->off, open->len,
			  arena_strfmt(&p->t->arena, "close it with {%% %.*s %%}",
				       (int)strcspn(last, " "), last),
			  "the block '%.*s' is not closed", (int)open->s_len, open->s);
	p->failed = true;
}

static void subparse(struct parser *p, struct node_list *body, const char *end_tags)
{
	const char *outer = p->end_tags;

	if (!enter(p))
		return;
	p->end_tags = end_tags;
	while (!p->failed && p->cur.type != T_EOF) {
		if (p->cur.type == T_DATA) {
			struct node *n = new_node(p, N_DATA, p->cur.off);

			n->u.data.s = p->cur.s;
			n->u.data.len = p->cur.s_len;
			n->len = p->cur.len;
			node_list_add(&p->t->arena, &output_for(p, body)->u.list, n);
			advance(p);
		} else if (p->cur.type == T_VARIABLE_BEGIN) {
			struct node *out = output_for(p, body);
			uint32_t begin = p->cur.off;

			advance(p);
			node_list_add(&p->t->arena, &out->u.list, parse_tuple(p, 0));
			if (!p->failed && p->cur.type == T_EOF)
				fail_at(p, begin, 2, "close it with }}",
					"the expression is not closed");
			expect(p, T_VARIABLE_END);
		} else {
			const struct token *outer_open = p->open;
			uint32_t begin = p->cur.off;
			struct token tag;
			struct node *n;

			advance(p); /* block begin */
			if (p->cur.type == T_NAME && end_tags &&
			    in_words(end_tags, p->cur.s, p->cur.s_len)) {
				p->end_tags = outer;
				p->depth--;
				return;
			}
			tag = p->cur;
			p->open = &tag;
			n = parse_statement(p);
			p->open = outer_open;
			if (p->failed)
				break;
			node_list_add(&p->t->arena, body, n);
			if (p->cur.type == T_EOF)
				fail_at(p, begin, 2, "close it with %}", "the tag is not closed");
			expect(p, T_BLOCK_END);
		}
	}
	if (end_tags)
		unclosed(p, end_tags);
	p->end_tags = outer;
	p->depth--;
}

bool parse_body(struct template *t, struct template_errors *errs)
{
	struct parser p = { .t = t, .errs = errs };

	p.lx.arena = &t->arena;
	p.lx.text = t->text;
	p.lx.len = t->text_len;
	p.lx.errs = errs;
	if (p.lx.len && p.lx.text[p.lx.len - 1] == '\n')
		p.lx.len--;
	if (p.lx.len && p.lx.text[p.lx.len - 1] == '\r' &&
	    (p.lx.len == t->text_len || t->text[p.lx.len] == '\n'))
		p.lx.len--;
	advance(&p);
	subparse(&p, &t->body, NULL);
	return !p.failed;
}
