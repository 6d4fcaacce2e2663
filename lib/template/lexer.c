#include "base/base.h"
#include "template/internal.h"
#include "template/lexer.h"

/*
 * The lexer follows jinja2/lexer.py rule by rule: data up to the next tag,
 * "-" strips white space, the end of a tag counts only outside of brackets.
 * Line ends become LF, so data with CR is handed out in pieces that each map
 * to the text byte for byte.
 */

static const char *const token_names[] = {
	[T_EOF] = "end of template",
	[T_DATA] = "text",
	[T_VARIABLE_BEGIN] = "{{",
	[T_VARIABLE_END] = "}}",
	[T_BLOCK_BEGIN] = "{%",
	[T_BLOCK_END] = "%}",
	[T_NAME] = "name",
	[T_STRING] = "string",
	[T_INTEGER] = "integer",
	[T_FLOAT] = "float",
	[T_ADD] = "+",
	[T_SUB] = "-",
	[T_DIV] = "/",
	[T_FLOORDIV] = "//",
	[T_MUL] = "*",
	[T_MOD] = "%",
	[T_POW] = "**",
	[T_TILDE] = "~",
	[T_LBRACKET] = "[",
	[T_RBRACKET] = "]",
	[T_LPAREN] = "(",
	[T_RPAREN] = ")",
	[T_LBRACE] = "{",
	[T_RBRACE] = "}",
	[T_EQ] = "==",
	[T_NE] = "!=",
	[T_GT] = ">",
	[T_GTEQ] = ">=",
	[T_LT] = "<",
	[T_LTEQ] = "<=",
	[T_ASSIGN] = "=",
	[T_DOT] = ".",
	[T_COLON] = ":",
	[T_PIPE] = "|",
	[T_COMMA] = ",",
	[T_SEMICOLON] = ";",
};

const char *token_name(enum token_type type)
{
	return token_names[type];
}

static size_t skip_space(const struct lexer *lx, size_t pos)
{
	while (pos < lx->len) {
		uint32_t cp;
		size_t n = cp_decode(lx->text + pos, lx->len - pos, &cp);

		if (!cp_space(cp))
			break;
		pos += n;
	}
	return pos;
}

static size_t strip_space(const char *text, size_t from, size_t to)
{
	while (to > from) {
		size_t at = to - 1;
		uint32_t cp;

		while (at > from && ((unsigned char)text[at] & 0xc0) == 0x80)
			at--;
		cp_decode(text + at, to - at, &cp);
		if (!cp_space(cp))
			break;
		to = at;
	}
	return to;
}

static bool at_str(const struct lexer *lx, size_t pos, const char *s)
{
	size_t len = strlen(s);

	return lx->len - pos >= len && !memcmp(lx->text + pos, s, len);
}

/* The end of a tag at `pos`: the position behind it, or 0. */
static size_t tag_end(const struct lexer *lx, size_t pos, const char *end, bool plus)
{
	if (at_str(lx, pos, end))
		return pos + 2;
	if (pos < lx->len && at_str(lx, pos + 1, end)) {
		if (lx->text[pos] == '-')
			return skip_space(lx, pos + 3);
		if (plus && lx->text[pos] == '+')
			return pos + 3;
	}
	return 0;
}

/* {% raw %} at `pos`: the position behind it, or 0. */
static size_t raw_begin(const struct lexer *lx, size_t pos)
{
	pos += 2;
	if (pos < lx->len && (lx->text[pos] == '-' || lx->text[pos] == '+'))
		pos++;
	pos = skip_space(lx, pos);
	if (!at_str(lx, pos, "raw"))
		return 0;
	return tag_end(lx, skip_space(lx, pos + 3), "%}", false);
}

bool lex_error(struct lexer *lx, size_t off, size_t len, const char *hint, const char *msg)
{
	add_error(lx->errs, SYNTAX_ERROR, off, len, hint, "%s", msg);
	return false;
}

static size_t next_tag(const struct lexer *lx, size_t pos)
{
	while (pos < lx->len) {
		const char *p = memchr(lx->text + pos, '{', lx->len - pos);

		if (!p)
			break;
		pos = (size_t)(p - lx->text);
		if (pos + 1 < lx->len && (p[1] == '{' || p[1] == '%' || p[1] == '#'))
			return pos;
		pos++;
	}
	return lx->len;
}

static void set_data(struct lexer *lx, size_t from, size_t to, char sign)
{
	lx->data_pos = from;
	lx->data_end = sign == '-' ? strip_space(lx->text, from, to) : to;
}

static bool lex_raw(struct lexer *lx, size_t begin, size_t pos)
{
	size_t at = pos;

	while (at < lx->len) {
		const char *p = memchr(lx->text + at, '{', lx->len - at);
		size_t end;
		char sign = 0;

		if (!p)
			break;
		at = (size_t)(p - lx->text);
		if (!at_str(lx, at, "{%")) {
			at++;
			continue;
		}
		end = at + 2;
		if (end < lx->len && (lx->text[end] == '-' || lx->text[end] == '+'))
			sign = lx->text[end++];
		end = skip_space(lx, end);
		if (at_str(lx, end, "endraw")) {
			end = tag_end(lx, skip_space(lx, end + 6), "%}", true);
			if (end) {
				set_data(lx, pos, at, sign);
				lx->pos = end;
				return true;
			}
		}
		at++;
	}
	if (pos >= lx->len) { /* as Jinja2: nothing follows, nothing is missing */
		lx->pos = lx->len;
		return true;
	}
	return lex_error(lx, begin, 2, "close it with {% endraw %}", "missing end of raw block");
}

static bool lex_comment(struct lexer *lx, size_t tag)
{
	size_t pos = tag + 2;

	if (pos < lx->len && (lx->text[pos] == '-' || lx->text[pos] == '+'))
		pos++;
	if (pos >= lx->len) {
		lx->pos = lx->len;
		return true;
	}
	while (pos < lx->len) {
		size_t end = tag_end(lx, pos, "#}", true);

		if (end) {
			lx->pos = end;
			return true;
		}
		pos++;
	}
	return lex_error(lx, tag, 2, "close it with #}", "missing end of comment");
}

/* The data before the next tag, and what the tag is. */
static bool lex_root(struct lexer *lx)
{
	size_t tag = next_tag(lx, lx->pos), behind;
	char sign = tag + 2 < lx->len ? lx->text[tag + 2] : 0;

	if (tag >= lx->len) {
		set_data(lx, lx->pos, lx->len, 0);
		lx->pos = lx->len;
		return true;
	}
	set_data(lx, lx->pos, tag, sign);
	lx->tag = tag;
	if (lx->text[tag + 1] == '#')
		return lex_comment(lx, tag);
	if (lx->text[tag + 1] == '%' && (behind = raw_begin(lx, tag))) {
		size_t from = lx->data_pos, to = lx->data_end;

		/* two pieces of data: what is before goes out first */
		if (from < to) {
			lx->pos = tag;
			return true;
		}
		return lex_raw(lx, tag, behind);
	}
	lx->pending = lx->text[tag + 1] == '{' ? T_VARIABLE_BEGIN : T_BLOCK_BEGIN;
	lx->pos = tag + (sign == '-' || sign == '+' ? 3 : 2);
	return true;
}

static void hand_out_data(struct lexer *lx, struct token *tok)
{
	size_t from = lx->data_pos, len = lx->data_end - from;
	const char *cr = memchr(lx->text + from, '\r', len);

	tok->type = T_DATA;
	tok->off = (uint32_t)from;
	tok->s = lx->text + from;
	if (cr) {
		char *copy;

		len = (size_t)(cr - tok->s);
		copy = arena_memdupz(lx->arena, tok->s, len + 1);
		copy[len] = '\n';
		tok->s = copy;
		tok->s_len = (uint32_t)len + 1;
		lx->data_pos = from + len + 1;
		if (lx->data_pos < lx->data_end && lx->text[lx->data_pos] == '\n')
			lx->data_pos++;
	} else {
		tok->s_len = (uint32_t)len;
		lx->data_pos = lx->data_end;
	}
	tok->len = (uint32_t)(lx->data_pos - from);
}

static enum token_type operator_at(const char *p, size_t len, size_t *n)
{
	char next = len > 1 ? p[1] : 0;

	*n = 2;
	if (*p == '/' && next == '/')
		return T_FLOORDIV;
	if (*p == '*' && next == '*')
		return T_POW;
	if (*p == '=' && next == '=')
		return T_EQ;
	if (*p == '!' && next == '=')
		return T_NE;
	if (*p == '>' && next == '=')
		return T_GTEQ;
	if (*p == '<' && next == '=')
		return T_LTEQ;
	*n = 1;
	switch (*p) {
	case '+':
		return T_ADD;
	case '-':
		return T_SUB;
	case '/':
		return T_DIV;
	case '*':
		return T_MUL;
	case '%':
		return T_MOD;
	case '~':
		return T_TILDE;
	case '[':
		return T_LBRACKET;
	case ']':
		return T_RBRACKET;
	case '(':
		return T_LPAREN;
	case ')':
		return T_RPAREN;
	case '{':
		return T_LBRACE;
	case '}':
		return T_RBRACE;
	case '>':
		return T_GT;
	case '<':
		return T_LT;
	case '=':
		return T_ASSIGN;
	case '.':
		return T_DOT;
	case ':':
		return T_COLON;
	case '|':
		return T_PIPE;
	case ',':
		return T_COMMA;
	case ';':
		return T_SEMICOLON;
	default:
		return T_EOF;
	}
}

static bool balance(struct lexer *lx, const struct token *tok)
{
	char c = lx->text[tok->off], want;

	if (tok->type == T_LBRACE || tok->type == T_LPAREN || tok->type == T_LBRACKET) {
		if (lx->stack_nr == lx->stack_alloc) {
			char *bigger = arena_alloc(lx->arena, lx->stack_alloc * 2 + 32);

			if (lx->stack_nr)
				memcpy(bigger, lx->stack, lx->stack_nr);
			lx->stack = bigger;
			lx->stack_alloc = lx->stack_alloc * 2 + 32;
		}
		lx->stack[lx->stack_nr++] = c == '{' ? '}' : c == '(' ? ')' : ']';
		return true;
	}
	if (tok->type != T_RBRACE && tok->type != T_RPAREN && tok->type != T_RBRACKET)
		return true;
	if (!lx->stack_nr) {
		add_error(lx->errs, SYNTAX_ERROR, tok->off, 1, NULL, "unexpected '%c'", c);
		return false;
	}
	want = lx->stack[--lx->stack_nr];
	if (want == c)
		return true;
	add_error(lx->errs, SYNTAX_ERROR, tok->off, 1, NULL, "unexpected '%c', expected '%c'", c,
		  want);
	return false;
}

static bool lex_tag(struct lexer *lx, struct token *tok)
{
	bool variable = lx->state == LEX_VARIABLE;
	const char *p;
	size_t n, end;

	lx->pos = skip_space(lx, lx->pos);
	tok->off = (uint32_t)lx->pos;
	tok->len = 0;
	if (lx->pos >= lx->len) {
		tok->type = T_EOF;
		return true;
	}
	end = lx->stack_nr ? 0 : tag_end(lx, lx->pos, variable ? "}}" : "%}", !variable);
	if (end) {
		tok->type = variable ? T_VARIABLE_END : T_BLOCK_END;
		tok->len = (uint32_t)(lx->text[lx->pos] == '-' || lx->text[lx->pos] == '+' ? 3 : 2);
		lx->pos = end;
		lx->state = LEX_ROOT;
		return true;
	}
	p = lx->text + lx->pos;
	if (isdigit((unsigned char)*p))
		return lex_number(lx, tok);
	if (isalpha((unsigned char)*p) || *p == '_' || (unsigned char)*p >= 0x80) {
		size_t before = lx->pos;

		if (!lex_name(lx, tok))
			return false;
		if (lx->pos > before)
			return true;
	}
	if (*p == '\'' || *p == '"')
		return lex_string(lx, tok);
	tok->type = operator_at(p, lx->len - lx->pos, &n);
	if (tok->type == T_EOF) {
		uint32_t cp;

		n = cp_decode(p, lx->len - lx->pos, &cp);
		add_error(lx->errs, SYNTAX_ERROR, lx->pos, n, NULL, "unexpected character '%.*s'",
			  (int)n, p);
		return false;
	}
	tok->len = (uint32_t)n;
	lx->pos += n;
	return balance(lx, tok);
}

bool lexer_next(struct lexer *lx, struct token *tok)
{
	*tok = (struct token){ .off = (uint32_t)lx->pos };
	if (lx->state != LEX_ROOT)
		return lex_tag(lx, tok);
	while (lx->data_pos >= lx->data_end) {
		if (lx->pending) {
			tok->type = lx->pending;
			tok->off = (uint32_t)lx->tag;
			tok->len = 2;
			lx->state = lx->pending == T_VARIABLE_BEGIN ? LEX_VARIABLE : LEX_BLOCK;
			lx->pending = T_EOF;
			return true;
		}
		if (lx->pos >= lx->len) {
			tok->type = T_EOF;
			tok->off = (uint32_t)lx->len;
			return true;
		}
		if (!lex_root(lx))
			return false;
	}
	hand_out_data(lx, tok);
	return true;
}
