#include "base/base.h"
#include "base/finding.h"
#include "template/parser.h"

/* Tags. */

static bool can_assign(const struct node *n)
{
	uint32_t i;

	if (n->type == N_NAME || n->type == N_NSREF)
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

	if (cur_is_constant(p))
		fail_at(p, p->cur.off, p->cur.len, NULL, "cannot assign to a constant");
	n->op = (uint8_t)ctx;
	n->u.name.name = take_name(p);
	return finish_node(p, n);
}

static struct node *parse_assign_target(struct parser *p, bool namespaces)
{
	struct node *n = parse_tuple(p, TUPLE_TARGET | (namespaces ? TUPLE_NAMESPACE : 0));

	if (!p->failed && !can_assign(n))
		fail_at(p, n->off, n->len, NULL, "cannot assign to this expression");
	set_ctx(n, CTX_STORE);
	return n;
}

/* The body up to one of `end_tags` ("endfor else"), whose name is then current. */
static void parse_statements(struct parser *p, struct node_list *body, const char *end_tags)
{
	skip_token(p, T_COLON);
	if (!p->failed && p->cur.type == T_EOF)
		fail_at(p, p->open->off, p->open->len, "close it with %}", "the tag is not closed");
	if (!expect(p, T_BLOCK_END))
		return;
	subparse(p, body, end_tags);
}

static struct node *parse_set(struct parser *p)
{
	struct node *n = new_node(p, N_SET, p->cur.off);

	next_token(p);
	n->u.set.target = parse_assign_target(p, true);
	if (skip_token(p, T_ASSIGN)) {
		n->u.set.value = parse_tuple(p, 0);
		return finish_node(p, n);
	}
	n->type = N_SET_BLOCK;
	n->u.set.value = parse_filter(p, NULL, false);
	finish_node(p, n);
	parse_statements(p, &n->u.set.body, "endset");
	next_token(p);
	return n;
}

static struct node *parse_for(struct parser *p)
{
	struct node *n = new_node(p, N_FOR, p->cur.off);

	next_token(p);
	n->u.for_.target = parse_assign_target(p, false);
	if (!skip_name(p, "in")) {
		fail_unexpected(p, "'in'");
		return n;
	}
	n->u.for_.iter = parse_tuple(p, TUPLE_NO_COND);
	if (skip_name(p, "if"))
		n->u.for_.test = parse_expression(p);
	n->u.for_.recursive = skip_name(p, "recursive");
	finish_node(p, n);
	parse_statements(p, &n->u.for_.body, "endfor else");
	if (!skip_name(p, "else")) {
		next_token(p);
		return n;
	}
	n->u.for_.has_else = true;
	parse_statements(p, &n->u.for_.else_, "endfor");
	next_token(p);
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

		next_token(p); /* if, elif */
		test = parse_tuple(p, TUPLE_NO_COND);
		if (!nr)
			finish_node(p, n);
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
	next_token(p);
	return n;
}

static struct node *parse_with(struct parser *p)
{
	struct node *n = new_node(p, N_WITH, p->cur.off);

	next_token(p);
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
	finish_node(p, n);
	parse_statements(p, &n->u.block.body, "endwith");
	next_token(p);
	return n;
}

static struct node *parse_autoescape(struct parser *p)
{
	struct node *n = new_node(p, N_SCOPE, p->cur.off), *on;

	next_token(p);
	on = parse_expression(p);
	if (!p->failed && (on->type != N_CONST || on->u.konst.type != V_BOOL || on->u.konst.u.b)) {
		add_error(
			p->errs, UNSUPPORTED_ERROR, n->off, p->last_end - n->off,
			"the text is JSON, not HTML; use the filter 'tojson' or 'escape' where needed",
			"automatic escaping is not supported");
		p->failed = true;
	}
	finish_node(p, n);
	parse_statements(p, &n->u.block.body, "endautoescape");
	next_token(p);
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

	next_token(p);
	n->u.macro.target = name_target(p, CTX_STORE);
	n->u.macro.name = n->u.macro.target->u.name.name;
	parse_signature(p, n);
	finish_node(p, n);
	parse_statements(p, &n->u.macro.body, "endmacro");
	next_token(p);
	return n;
}

static bool has_keyword(const struct node *call, const char *name)
{
	uint32_t i;

	for (i = 0; i < call->u.call.args.kw.nr; i++)
		if (str_eq(call->u.call.args.kw_names[i]->str.s, name))
			return true;
	return false;
}

static struct node *parse_call_block(struct parser *p)
{
	struct node *n = new_node(p, N_CALL_BLOCK, p->cur.off), *call;

	next_token(p);
	if (p->cur.type == T_LPAREN)
		parse_signature(p, n);
	call = parse_expression(p);
	if (!p->failed && call->type != N_CALL)
		fail_at(p, call->off, call->len, "write {% call macro() %}", "expected a call");
	else if (!p->failed && has_keyword(call, "caller"))
		fail_at(p, call->off, call->len, "the block is the caller",
			"keyword argument repeated: caller");
	n->u.macro.call = call;
	finish_node(p, n);
	parse_statements(p, &n->u.macro.body, "endcall");
	next_token(p);
	return n;
}

static struct node *parse_filter_block(struct parser *p)
{
	struct node *n = new_node(p, N_FILTER_BLOCK, p->cur.off);

	next_token(p);
	n->u.block.filter = parse_filter(p, NULL, true);
	finish_node(p, n);
	parse_statements(p, &n->u.block.body, "endfilter");
	next_token(p);
	return n;
}

static struct node *parse_print(struct parser *p)
{
	struct node *n = new_node(p, N_OUTPUT, p->cur.off);

	next_token(p);
	while (!p->failed && p->cur.type != T_BLOCK_END) {
		if (n->u.list.nr && !expect(p, T_COMMA))
			break;
		node_list_add(&p->t->arena, &n->u.list, parse_expression(p));
	}
	return finish_node(p, n);
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

bool in_words(const char *words, const char *word, size_t len)
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

/* {% endfor %} where a block inside of the loop is still open. */
static void wrong_end(struct parser *p, const char *word)
{
	const struct token *open = p->around;
	char *name = arena_memdupz(&p->t->arena, open->s, open->s_len);
	unsigned line = 1;
	uint32_t i;

	for (i = 0; i < open->off; i++)
		line += p->t->text[i] == '\n';
	add_error(p->errs, SYNTAX_ERROR, p->cur.off, p->cur.len,
		  arena_strfmt(&p->t->arena, "first close the '%s' of line %u with {%% end%s %%}",
			       name, line, name),
		  "'%s' inside of '%s', which is not closed", word, name);
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
			if (p->end_tags)
				wrong_end(p, word);
			else
				add_error(p->errs, SYNTAX_ERROR, p->cur.off, p->cur.len, NULL,
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

struct node *parse_statement(struct parser *p)
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
