#ifndef TEMPLATE_LEXER_H
#define TEMPLATE_LEXER_H

/* From text to tokens. */
#include "template/value.h"

enum token_type {
	T_EOF = 0,
	T_DATA,
	T_VARIABLE_BEGIN,
	T_VARIABLE_END,
	T_BLOCK_BEGIN,
	T_BLOCK_END,
	T_NAME,
	T_STRING,
	T_INTEGER,
	T_FLOAT,
	T_ADD,
	T_SUB,
	T_DIV,
	T_FLOORDIV,
	T_MUL,
	T_MOD,
	T_POW,
	T_TILDE,
	T_LBRACKET,
	T_RBRACKET,
	T_LPAREN,
	T_RPAREN,
	T_LBRACE,
	T_RBRACE,
	T_EQ,
	T_NE,
	T_GT,
	T_GTEQ,
	T_LT,
	T_LTEQ,
	T_ASSIGN,
	T_DOT,
	T_COLON,
	T_PIPE,
	T_COMMA,
	T_SEMICOLON
};

struct token {
	enum token_type type;
	uint32_t off, len;
	const char *s; /* data and strings: the decoded text; else: in the template */
	uint32_t s_len;
	double f;
	struct value number;
};

struct lexer {
	struct arena *arena;
	const char *text;
	size_t len, pos;
	enum {
		LEX_ROOT,
		LEX_VARIABLE,
		LEX_BLOCK
	} state;
	size_t data_pos, data_end; /* plain text still to be handed out */
	enum token_type pending;   /* the tag that follows it, or T_EOF */
	size_t tag;
	char *stack; /* open brackets */
	uint32_t stack_nr, stack_alloc;
	struct template_errors *errs;
};

/* The next token; false with an error added. */
bool lexer_next(struct lexer *lx, struct token *tok);
const char *token_name(enum token_type type);

/* For the parts of the lexer itself. */
bool lex_error(struct lexer *lx, size_t off, size_t len, const char *hint, const char *msg);
bool lex_number(struct lexer *lx, struct token *tok);
bool lex_name(struct lexer *lx, struct token *tok);
bool lex_string(struct lexer *lx, struct token *tok);

#endif
