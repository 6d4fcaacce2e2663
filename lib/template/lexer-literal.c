#include "base/base.h"
#include "template/internal.h"
#include "template/lexer.h"

/* Names, numbers and strings inside of tags. */

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

bool lex_number(struct lexer *lx, struct token *tok)
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
		if (n > (base == 10 ? 4300 : 3500))
			return lex_error(lx, from, end - from, NULL, "the number is too large");
		tok->number.type = V_BIG;
		tok->number.u.big = base == 10 ? big_from_text(lx->arena, digits, n, false) :
						 big_from_base(lx->arena, digits + 2, n - 2, base);
	}
	return true;
}

bool lex_name(struct lexer *lx, struct token *tok)
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

bool lex_string(struct lexer *lx, struct token *tok)
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
