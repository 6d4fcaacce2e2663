#include "base/base.h"
#include "base/json-diagnose.h"
#include "base/utf8.h"

struct scan {
	const char *text;
	size_t len, pos;
	struct json_diagnosis *d;
	char *stack; /* of '{' and '[' */
	size_t depth, alloc;
};

static bool fault(struct scan *s, size_t off, size_t len, const char *message, const char *hint)
{
	s->d->off = off;
	s->d->len = MIN(len, s->len - off);
	s->d->message = message;
	s->d->hint = hint;
	return true;
}

static void blanks(struct scan *s)
{
	while (s->pos < s->len && strchr(" \t\r\n", s->text[s->pos]) && s->text[s->pos])
		s->pos++;
}

/* Something that is not `wanted` stands here: name it. */
static bool unexpected(struct scan *s, const char *wanted)
{
	struct json_diagnosis *d = s->d;
	char c;
	size_t n = 1;

	if (s->pos >= s->len) {
		snprintf(d->buf, sizeof(d->buf), "the text ends where %s is expected", wanted);
		return fault(s, s->len, 0, d->buf, s->depth ? "a bracket is not closed" : NULL);
	}
	c = s->text[s->pos];
	if (c == '/' || c == '#') {
		return fault(s, s->pos, 1, "JSON has no comments",
			     "in a template, write {# comment #}");
	}
	if (c == '\'')
		return fault(s, s->pos, 1, "JSON strings take double quotes", NULL);
	if (isalnum((unsigned char)c) || c == '_') {
		while (s->pos + n < s->len && (isalnum((unsigned char)s->text[s->pos + n]) ||
					       strchr("_-.", s->text[s->pos + n])))
			n++;
		snprintf(d->buf, sizeof(d->buf), "found '%.*s' where %s is expected",
			 (int)MIN(n, (size_t)24), s->text + s->pos, wanted);
		if (n == 4 && !strncmp(s->text + s->pos, "True", 4))
			return fault(s, s->pos, n, d->buf, "JSON writes true");
		if (n == 5 && !strncmp(s->text + s->pos, "False", 5))
			return fault(s, s->pos, n, d->buf, "JSON writes false");
		if (n == 4 && !strncmp(s->text + s->pos, "None", 4))
			return fault(s, s->pos, n, d->buf, "JSON writes null");
		return fault(s, s->pos, n, d->buf, "a string needs double quotes");
	}
	if (c > 0x20 && c < 0x7f)
		snprintf(d->buf, sizeof(d->buf), "found '%c' where %s is expected", c, wanted);
	else
		snprintf(d->buf, sizeof(d->buf), "found byte 0x%02x where %s is expected",
			 (unsigned char)c, wanted);
	return fault(s, s->pos, 1, d->buf, NULL);
}

static bool scan_string(struct scan *s)
{
	size_t start = s->pos++;

	while (s->pos < s->len) {
		unsigned char c = (unsigned char)s->text[s->pos];
		uint32_t cp;
		size_t n;

		if (c == '"') {
			s->pos++;
			return false;
		}
		if (c == '\n' || c == '\r')
			return fault(s, start, s->pos - start,
				     "the string is not closed in its line",
				     "write a line break inside a string as \\n");
		if (c < 0x20)
			return fault(s, s->pos, 1, "control character in a string",
				     c == '\t' ? "write a tab as \\t" : "write it as \\u00XX");
		if (c == '\\') {
			char e = s->pos + 1 < s->len ? s->text[s->pos + 1] : '\0';

			if (e == 'u') {
				for (n = 2; n < 6; n++)
					if (s->pos + n >= s->len ||
					    !isxdigit((unsigned char)s->text[s->pos + n]))
						return fault(s, s->pos, 2,
							     "\\u needs four hexadecimal digits",
							     NULL);
				s->pos += 6;
				continue;
			}
			if (!e || !strchr("\"\\/bfnrt", e))
				return fault(s, s->pos, 2, "unknown escape in a string",
					     "a backslash itself is written \\\\");
			s->pos += 2;
			continue;
		}
		n = utf8_decode(s->text + s->pos, s->len - s->pos, &cp);
		if (!n)
			return fault(s, s->pos, 1, "not valid UTF-8", NULL);
		s->pos += n;
	}
	return fault(s, start, 1, "the string is never closed", NULL);
}

static size_t digits(struct scan *s)
{
	size_t start = s->pos;

	while (s->pos < s->len && isdigit((unsigned char)s->text[s->pos]))
		s->pos++;
	return s->pos - start;
}

static bool scan_number(struct scan *s)
{
	size_t start = s->pos, n;

	if (s->text[s->pos] == '-')
		s->pos++;
	n = s->pos;
	if (!digits(s))
		return fault(s, start, s->pos - start, "a number needs digits", NULL);
	if (s->text[n] == '0' && s->pos - n > 1)
		return fault(s, start, s->pos - start, "a number can't begin with 0",
			     "drop the zero, or write it as a string");
	if (s->pos < s->len && s->text[s->pos] == '.') {
		s->pos++;
		if (!digits(s))
			return fault(s, start, s->pos - start,
				     "digits are missing behind the point", NULL);
	}
	if (s->pos < s->len && (s->text[s->pos] | 32) == 'e') {
		s->pos++;
		if (s->pos < s->len && (s->text[s->pos] == '+' || s->text[s->pos] == '-'))
			s->pos++;
		if (!digits(s))
			return fault(s, start, s->pos - start, "digits are missing in the exponent",
				     NULL);
	}
	return false;
}

static bool literal(struct scan *s, const char *word)
{
	size_t n = strlen(word);

	if (s->len - s->pos < n || memcmp(s->text + s->pos, word, n) ||
	    (s->pos + n < s->len && isalnum((unsigned char)s->text[s->pos + n])))
		return false;
	s->pos += n;
	return true;
}

static void open_bracket(struct scan *s, char c)
{
	ALLOC_GROW(s->stack, s->depth + 1, s->alloc);
	s->stack[s->depth++] = c;
	s->pos++;
}

static bool scan_text(struct scan *s)
{
	enum {
		VALUE,
		VALUE_OR_END,
		NAME,
		NAME_OR_END,
		COLON,
		AFTER
	} state = VALUE;

	blanks(s);
	if (s->pos == s->len)
		return fault(s, 0, 0, "the text is empty", NULL);
	for (;;) {
		bool in_object = s->depth && s->stack[s->depth - 1] == '{';
		char c;

		blanks(s);
		c = s->pos < s->len ? s->text[s->pos] : '\0';
		switch (state) {
		case NAME:
		case NAME_OR_END:
			if (c == '}' && state == NAME_OR_END)
				goto close;
			if (c == '}')
				return fault(s, s->pos, 1, "a comma stands before '}'",
					     "remove the comma behind the last member");
			if (c != '"')
				return unexpected(s, "a member name in double quotes");
			if (scan_string(s))
				return true;
			state = COLON;
			break;
		case COLON:
			if (c != ':')
				return unexpected(s, "':'");
			s->pos++;
			state = VALUE;
			break;
		case VALUE:
		case VALUE_OR_END:
			if (c == ']' && state == VALUE_OR_END)
				goto close;
			if (c == ']' && s->depth && !in_object)
				return fault(s, s->pos, 1, "a comma stands before ']'",
					     "remove the comma behind the last item");
			state = AFTER;
			if (c == '{') {
				open_bracket(s, c);
				state = NAME_OR_END;
			} else if (c == '[') {
				open_bracket(s, c);
				state = VALUE_OR_END;
			} else if (c == '"') {
				if (scan_string(s))
					return true;
			} else if (c == '-' || isdigit((unsigned char)c)) {
				if (scan_number(s))
					return true;
			} else if (!literal(s, "true") && !literal(s, "false") &&
				   !literal(s, "null")) {
				return unexpected(s, "a value");
			}
			break;
		case AFTER:
			if (!s->depth) {
				if (s->pos == s->len)
					return false;
				return fault(s, s->pos, 1,
					     "something follows the end of the JSON value", NULL);
			}
			if (c == ',') {
				s->pos++;
				state = in_object ? NAME : VALUE;
				break;
			}
			if (c == (in_object ? '}' : ']'))
				goto close;
			return unexpected(s, in_object ? "',' or '}'" : "',' or ']'");
		}
		continue;
	close:
		s->pos++;
		s->depth--;
		state = AFTER;
	}
}

bool json_diagnose(const char *text, size_t len, struct json_diagnosis *d)
{
	struct scan s = { .text = text, .len = len, .d = d };
	bool found = scan_text(&s);

	free(s.stack);
	return found;
}
