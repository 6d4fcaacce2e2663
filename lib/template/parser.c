#include "base/base.h"
#include "base/finding.h"
#include "template/parser.h"

/* A recursive descent along jinja2/parser.py; functions have the same names. */

/* --- tokens ---------------------------------------------------------------- */

void next_token(struct parser *p)
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

const struct token *look_ahead(struct parser *p)
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

bool token_is(const struct token *tok, const char *name)
{
	return tok->type == T_NAME && strlen(name) == tok->s_len &&
	       !memcmp(tok->s, name, tok->s_len);
}

bool cur_is(const struct parser *p, const char *name)
{
	return token_is(&p->cur, name);
}

bool skip_name(struct parser *p, const char *name)
{
	if (!cur_is(p, name))
		return false;
	next_token(p);
	return true;
}

bool skip_token(struct parser *p, enum token_type type)
{
	if (p->cur.type != type)
		return false;
	next_token(p);
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

void fail_at(struct parser *p, uint32_t off, uint32_t len, const char *hint, const char *msg)
{
	if (!p->failed)
		add_error(p->errs, SYNTAX_ERROR, off, len, hint, "%s", msg);
	p->failed = true;
	p->cur.type = T_EOF;
}

void fail_unexpected(struct parser *p, const char *wanted)
{
	char got[64];

	if (!p->failed)
		add_error(p->errs, SYNTAX_ERROR, p->cur.off, p->cur.len, NULL,
			  wanted ? "unexpected %s, expected %s" : "unexpected %s%s",
			  describe(p, got, sizeof(got)), wanted ? wanted : "");
	p->failed = true;
	p->cur.type = T_EOF;
}

bool expect(struct parser *p, enum token_type type)
{
	char want[32];

	if (p->cur.type == type) {
		next_token(p);
		return true;
	}
	snprintf(want, sizeof(want), type == T_NAME ? "a %s" : "'%s'", token_name(type));
	fail_unexpected(p, want);
	return false;
}

/* --- nodes ----------------------------------------------------------------- */

struct node *new_node(struct parser *p, enum node_type type, uint32_t off)
{
	struct node *n = arena_alloc(&p->t->arena, sizeof(*n));

	n->type = (uint8_t)type;
	n->off = off;
	n->depth = 1;
	return n;
}

void check_depth(struct parser *p, struct node *n, const struct node *child)
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
struct node *finish_node(struct parser *p, struct node *n)
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

void add_node(struct parser *p, struct node_list *list, struct node *parent, struct node *node)
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

struct name *intern(struct parser *p, const char *s, uint32_t len)
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

struct name *take_name(struct parser *p)
{
	struct name *name = NULL;

	if (p->cur.type == T_NAME)
		name = intern(p, p->cur.s, p->cur.s_len);
	if (!expect(p, T_NAME))
		return intern(p, "", 0);
	return name;
}

struct node *const_node(struct parser *p, uint32_t off, struct value v)
{
	struct node *n = new_node(p, N_CONST, off);

	n->u.konst = v;
	return n;
}

struct node *str_node(struct parser *p, uint32_t off, const char *s, uint32_t len)
{
	struct vstr *str = arena_alloc(&p->t->arena, sizeof(*str));

	*str = (struct vstr){ .s = s, .len = len, .chars = UINT32_MAX };
	str_chars(str);
	vstr_hash(str);
	return const_node(p, off, (struct value){ .type = V_STRING, .u.str = str });
}

struct node *binary_node(struct parser *p, enum node_type type, enum operator op, struct node *a,
			 struct node *b)
{
	struct node *n = new_node(p, type, a->off);

	n->op = (uint8_t)op;
	n->u.op.a = a;
	n->u.op.b = b;
	check_depth(p, n, a);
	check_depth(p, n, b);
	return finish_node(p, n);
}

/* Recursion of the parser itself: false (failed) when too deep. */
bool parser_enter(struct parser *p)
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

void subparse(struct parser *p, struct node_list *body, const char *end_tags)
{
	const char *outer = p->end_tags;

	if (!parser_enter(p))
		return;
	p->end_tags = end_tags;
	while (!p->failed && p->cur.type != T_EOF) {
		if (p->cur.type == T_DATA) {
			struct node *n = new_node(p, N_DATA, p->cur.off);

			n->u.data.s = p->cur.s;
			n->u.data.len = p->cur.s_len;
			n->len = p->cur.len;
			node_list_add(&p->t->arena, &output_for(p, body)->u.list, n);
			next_token(p);
		} else if (p->cur.type == T_VARIABLE_BEGIN) {
			struct node *out = output_for(p, body);
			uint32_t begin = p->cur.off;

			next_token(p);
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

			next_token(p); /* block begin */
			if (p->cur.type == T_NAME && end_tags &&
			    in_words(end_tags, p->cur.s, p->cur.s_len)) {
				p->end_tags = outer;
				p->depth--;
				return;
			}
			tag = p->cur;
			p->open = &tag;
			p->around = outer_open;
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
	next_token(&p);
	subparse(&p, &t->body, NULL);
	return !p.failed;
}
