#include "base/base.h"
#include "base/utf8.h"
#include "template/internal.h"

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

static bool lex_error(struct lexer *lx, size_t off, size_t len, const char *hint, const char *msg)
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

/* --- inside of tags -------------------------------------------------------- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* (\d+_)*\d+ from `pos`: the position behind, or `pos`. */
static size_t scan_digits(const struct lexer *lx, size_t pos)
{
	size_t p = pos;

	while (p < lx->len && is_digit(lx->text[p])) {
		while (p < lx->len && is_digit(lx->text[p]))
			p++;
		if (p + 1 < lx->len && lx->text[p] == '_' && is_digit(lx->text[p + 1]))
			p++;
		else
			break;
	}
	return p;
}

static size_t scan_exponent(const struct lexer *lx, size_t pos)
{
	size_t p = pos, end;

	if (p >= lx->len || (lx->text[p] != 'e' && lx->text[p] != 'E'))
		return pos;
	p++;
	if (p < lx->len && (lx->text[p] == '+' || lx->text[p] == '-'))
		p++;
	end = scan_digits(lx, p);
	return end > p ? end : pos;
}

static size_t scan_float(const struct lexer *lx, size_t pos)
{
	size_t end, frac, exp;

	if (pos && lx->text[pos - 1] == '.')
		return pos;
	end = frac = scan_digits(lx, pos);
	if (frac < lx->len && lx->text[frac] == '.') {
		size_t behind = scan_digits(lx, frac + 1);

		if (behind > frac + 1)
			frac = behind;
	}
	exp = scan_exponent(lx, frac);
	if (exp > frac)
		return exp;
	return frac > end ? frac : pos;
}

static bool in_base(char c, int base)
{
	if (base == 16)
		return isxdigit((unsigned char)c);
	return c >= '0' && c < '0' + base;
}

static size_t scan_integer(const struct lexer *lx, size_t pos, int *base)
{
	const char *t = lx->text;
	size_t p = pos, len = lx->len;

	*base = 10;
	if (t[p] == '0' && p + 1 < len) {
		char c = (char)(t[p + 1] | 0x20);
		int b = c == 'b' ? 2 : c == 'o' ? 8 : c == 'x' ? 16 : 0;

		if (b) {
			size_t q = p + 2, good = 0;

			while (q < len) {
				size_t d = q + (t[q] == '_');

				if (d >= len || !in_base(t[d], b))
					break;
				good = q = d + 1;
			}
			if (good) {
				*base = b;
				return good;
			}
		}
	}
	if (t[p] == '0') {
		p++;
		while (p < len) {
			size_t d = p + (t[p] == '_');

			if (d >= len || t[d] != '0')
				break;
			p = d + 1;
		}
		return p;
	}
	p++;
	while (p < len) {
		size_t d = p + (t[p] == '_');

		if (d >= len || !is_digit(t[d]))
			break;
		p = d + 1;
	}
	return p;
}

static bool lex_number(struct lexer *lx, struct token *tok)
{
	size_t from = lx->pos, end = scan_float(lx, from), i, n = 0;
	bool real = end > from;
	int base = 10;
	char *digits;

	if (!real)
		end = scan_integer(lx, from, &base);
	digits = arena_alloc(lx->arena, end - from + 1);
	for (i = from; i < end; i++)
		if (lx->text[i] != '_')
			digits[n++] = lx->text[i];
	tok->type = real ? T_FLOAT : T_INTEGER;
	tok->s = digits;
	tok->s_len = (uint32_t)n;
	tok->len = (uint32_t)(end - from);
	lx->pos = end;
	if (real) {
		tok->number = v_float(strtod(digits, NULL));
		return true;
	}
	errno = 0;
	tok->number = v_int(strtoll(base == 10 ? digits : digits + 2, NULL, base));
	if (errno == ERANGE) {
		if (base != 10 || n > 4300)
			return lex_error(lx, from, end - from, NULL, "the number is too large");
		tok->number.type = V_BIG;
		tok->number.u.big = big_from_text(lx->arena, digits, n, false);
	}
	return true;
}

static bool lex_name(struct lexer *lx, struct token *tok)
{
	size_t from = lx->pos, p = from;
	bool ok = true;

	while (p < lx->len) {
		unsigned char c = (unsigned char)lx->text[p];
		uint32_t cp;
		size_t n;

		if (c < 0x80) {
			if (!isalnum(c) && c != '_')
				break;
			p++;
			continue;
		}
		n = cp_decode(lx->text + p, lx->len - p, &cp);
		if (!cp_word(cp) && !cp_id_continue(cp))
			break;
		if (p == from ? !cp_id_start(cp) : !cp_id_continue(cp))
			ok = false;
		p += n;
	}
	if (!ok)
		return lex_error(lx, from, p - from, NULL, "invalid character in identifier");
	tok->type = T_NAME;
	tok->s = lx->text + from;
	tok->s_len = tok->len = (uint32_t)(p - from);
	lx->pos = p;
	return true;
}

static size_t put_cp(char *out, uint32_t cp)
{
	if (cp < 0x80) {
		out[0] = (char)cp;
		return 1;
	}
	if (cp < 0x800) {
		out[0] = (char)(0xc0 | cp >> 6);
		out[1] = (char)(0x80 | (cp & 0x3f));
		return 2;
	}
	if (cp < 0x10000) {
		out[0] = (char)(0xe0 | cp >> 12);
		out[1] = (char)(0x80 | (cp >> 6 & 0x3f));
		out[2] = (char)(0x80 | (cp & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | cp >> 18);
	out[1] = (char)(0x80 | (cp >> 12 & 0x3f));
	out[2] = (char)(0x80 | (cp >> 6 & 0x3f));
	out[3] = (char)(0x80 | (cp & 0x3f));
	return 4;
}

static int hex_value(const char *s, size_t len, uint32_t *out)
{
	size_t i;

	*out = 0;
	for (i = 0; i < len; i++) {
		if (!isxdigit((unsigned char)s[i]))
			return -1;
		*out = *out << 4 |
		       (uint32_t)(isdigit((unsigned char)s[i]) ? s[i] - '0' :
								 (s[i] | 0x20) - 'a' + 10);
	}
	return 0;
}

/*
 * One escape sequence, as Python's unicode-escape codec reads it. `p` is at
 * the backslash; returns the bytes read, or 0 after an error.
 */
static size_t unescape(struct lexer *lx, const char *p, size_t len, char *out, size_t *out_len)
{
	static const char from[] = "\\'\"abfnrtv", to[] = "\\'\"\a\b\f\n\r\t\v";
	size_t off = (size_t)(p - lx->text), n;
	const char *simple;
	uint32_t cp;

	simple = p[1] ? strchr(from, p[1]) : NULL;
	if (simple) {
		out[(*out_len)++] = to[simple - from];
		return 2;
	}
	if (p[1] == '\n')
		return 2;
	if (p[1] == '\r')
		return len > 2 && p[2] == '\n' ? 3 : 2;
	if (p[1] >= '0' && p[1] <= '7') {
		cp = 0;
		for (n = 1; n < 4 && n < len && p[n] >= '0' && p[n] <= '7'; n++)
			cp = cp << 3 | (uint32_t)(p[n] - '0');
		*out_len += put_cp(out + *out_len, cp);
		return n;
	}
	if (p[1] == 'x' || p[1] == 'u' || p[1] == 'U') {
		n = p[1] == 'x' ? 2 : p[1] == 'u' ? 4 : 8;
		if (len < 2 + n || hex_value(p + 2, n, &cp) < 0 || cp > 0x10ffff) {
			lex_error(lx, off, MIN(len, n + 2), NULL,
				  "invalid escape sequence in string");
			return 0;
		}
		if (cp >= 0xd800 && cp < 0xe000) {
			add_error(lx->errs, UNSUPPORTED_ERROR, off, n + 2,
				  "write the character itself, or \\U and eight digits",
				  "surrogates are not supported in strings");
			return 0;
		}
		*out_len += put_cp(out + *out_len, cp);
		return n + 2;
	}
	if (p[1] == 'N') {
		add_error(lx->errs, UNSUPPORTED_ERROR, off, 2, "write the character itself, or \\u",
			  "\\N escapes are not supported in strings");
		return 0;
	}
	out[(*out_len)++] = '\\';
	if ((unsigned char)p[1] >= 0x80) {
		/* Jinja2 turns it into \\xNN before Python sees the backslash */
		char hex[12];

		n = cp_decode(p + 1, len - 1, &cp);
		snprintf(hex, sizeof(hex),
			 cp < 0x100   ? "x%02x" :
			 cp < 0x10000 ? "u%04x" :
					"U%08x",
			 cp);
		memcpy(out + *out_len, hex, strlen(hex));
		*out_len += strlen(hex);
		return 1 + n;
	}
	return 1;
}

static bool lex_string(struct lexer *lx, struct token *tok)
{
	size_t from = lx->pos, p = from + 1;
	char quote = lx->text[from], *out;
	size_t n = 0, len;
	bool escaped = false;

	while (p < lx->len && lx->text[p] != quote) {
		if (lx->text[p] == '\\') {
			escaped = true;
			p++;
		} else if (lx->text[p] == '\r') {
			escaped = true;
		}
		p++;
	}
	if (p >= lx->len)
		return lex_error(lx, from, 1, "close it before the end of the tag",
				 "the string is not closed");
	tok->type = T_STRING;
	tok->len = (uint32_t)(p + 1 - from);
	lx->pos = p + 1;
	len = p - from - 1;
	if (!escaped) {
		tok->s = arena_memdupz(lx->arena, lx->text + from + 1, len);
		tok->s_len = (uint32_t)len;
		return true;
	}
	/* \é becomes \xe9, \🙂 becomes \U0001f642: at most twice the length */
	out = arena_alloc(lx->arena, 2 * len + 16);
	for (p = from + 1; p < from + 1 + len;) {
		const char *s = lx->text + p;
		size_t left = from + 1 + len - p;

		if (*s == '\\') {
			size_t used = unescape(lx, s, left, out, &n);

			if (!used)
				return false;
			p += used;
		} else if (*s == '\r') {
			out[n++] = '\n';
			p += left > 1 && s[1] == '\n' ? 2 : 1;
		} else {
			out[n++] = *s;
			p++;
		}
	}
	out[n] = '\0';
	tok->s = out;
	tok->s_len = (uint32_t)n;
	return true;
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
	if (is_digit(*p))
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
