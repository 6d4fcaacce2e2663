#ifndef TEMPLATE_PARSER_H
#define TEMPLATE_PARSER_H

/*
 * What the parts of the parser share. After an error `failed` is set and the current
 * token is the end: all that follows ends by itself.
 */
#include "template/internal.h"
#include "template/lexer.h"

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
	const char *end_tags;	    /* what the innermost block waits for, for messages */
	const struct token *open;   /* the name of the tag under way */
	const struct token *around; /* the tag around that, when parse_statement() begins */
	uint32_t last_end;	    /* end of the token before `cur` */
};

/* Tokens. */
void next_token(struct parser *p);
const struct token *look_ahead(struct parser *p);
bool token_is(const struct token *tok, const char *name);
bool cur_is(const struct parser *p, const char *name);
bool cur_is_constant(const struct parser *p); /* the current name: true, None... */
bool skip_name(struct parser *p, const char *name);
bool skip_token(struct parser *p, enum token_type type);
void fail_at(struct parser *p, uint32_t off, uint32_t len, const char *hint, const char *msg);
void fail_unexpected(struct parser *p, const char *wanted);
bool expect(struct parser *p, enum token_type type);
bool in_words(const char *words, const char *word, size_t len);

/* Nodes. */
struct node *new_node(struct parser *p, enum node_type type, uint32_t off);
void check_depth(struct parser *p, struct node *n, const struct node *child);
struct node *finish_node(struct parser *p, struct node *n);
void add_node(struct parser *p, struct node_list *list, struct node *parent, struct node *node);
struct name *intern(struct parser *p, const char *s, uint32_t len);
struct name *take_name(struct parser *p);
struct node *const_node(struct parser *p, uint32_t off, struct value v);
struct node *str_node(struct parser *p, uint32_t off, const char *s, uint32_t len);
struct node *binary_node(struct parser *p, enum node_type type, enum operator op, struct node *a,
			 struct node *b);
/* Recursion of the parser itself: false (failed) when too deep. */
bool parser_enter(struct parser *p);

enum tuple_flags {
	TUPLE_TARGET = 1 << 0,
	TUPLE_NO_COND = 1 << 1,
	TUPLE_PARENS = 1 << 2,
	TUPLE_NAMESPACE = 1 << 3 /* with TUPLE_TARGET */
};

/* Expressions and statements. */
struct node *parse_tuple(struct parser *p, unsigned flags);
struct node *parse_primary(struct parser *p);
struct node *parse_filter(struct parser *p, struct node *value, bool inline_start);
struct node *parse_postfix(struct parser *p, struct node *n);
struct node *parse_filter_expr(struct parser *p, struct node *n);
struct node *parse_unary(struct parser *p, bool with_filter);
struct node *parse_or(struct parser *p);
struct node *parse_expression(struct parser *p);
struct node *parse_statement(struct parser *p);
void subparse(struct parser *p, struct node_list *body, const char *end_tags);

#endif
