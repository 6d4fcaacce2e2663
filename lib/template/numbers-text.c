#include "base/base.h"
#include "template/internal.h"

#include <math.h>

/* Numbers from text: int(s, base), float(s). */

static void strip(const char **s, size_t *len)
{
	uint32_t cp;

	while (*len) {
		size_t n = cp_decode(*s, *len, &cp);

		if (!cp_space(cp))
			break;
		*s += n;
		*len -= n;
	}
	while (*len) {
		size_t at = *len - 1;

		while (at && ((unsigned char)(*s)[at] & 0xc0) == 0x80)
			at--;
		cp_decode(*s + at, *len - at, &cp);
		if (!cp_space(cp))
			break;
		*len = at;
	}
}

/*
 * Decimal digits of any script count as those of ASCII. Writes a copy of `s`
 * with these to `out`, which holds `len` bytes; false when there is something
 * else beyond ASCII.
 */
static bool ascii_digits(const char *s, size_t *len, char *out)
{
	size_t i = 0, n = 0;
	uint32_t cp, zero;

	while (i < *len) {
		i += cp_decode(s + i, *len - i, &cp);
		if (cp >= 0x80) {
			if (!cp_decimal(cp))
				return false;
			/* blocks of ten, from zero; some stand next to each other */
			for (zero = cp; cp_decimal(zero - 1); zero--)
				;
			cp = '0' + (cp - zero) % 10;
		}
		out[n++] = (char)cp;
	}
	*len = n;
	return true;
}

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (isalpha((unsigned char)c))
		return tolower((unsigned char)c) - 'a' + 10;
	return 99;
}

/* int(s, base); V_MISSING when it is none. */
struct value int_from_text(struct ev *ev, const char *s, size_t len, int base)
{
	bool neg = false, after_digit = false;
	struct value v = v_int(0), vb;
	int prefix = 0;
	char *text;
	size_t i;

	strip(&s, &len);
	text = ev_alloc(ev, len + 1);
	if (!ascii_digits(s, &len, text))
		return v_missing();
	s = text;
	if (len && (*s == '-' || *s == '+')) {
		neg = *s == '-';
		s++;
		len--;
	}
	if (len > 2 && *s == '0') {
		char c = (char)(s[1] | 0x20);

		prefix = c == 'x' ? 16 : c == 'o' ? 8 : c == 'b' ? 2 : 0;
	}
	if (prefix && (base == prefix || base == 0)) {
		base = prefix;
		s += 2;
		len -= 2;
		after_digit = true; /* 0x_1 is fine */
	} else if (base == 0) {
		base = 10;
		if (len > 1 && *s == '0')
			for (i = 1; i < len; i++)
				if (s[i] != '0' && s[i] != '_')
					return v_missing();
	}
	if (!len)
		return v_missing();
	if (len > 4300)
		ev_limit(ev, "an integer is too large (more than %d digits)", 4300);
	vb = v_int(base);
	for (i = 0; i < len; i++) {
		if (s[i] == '_') {
			if (!after_digit || i + 1 == len)
				return v_missing();
			after_digit = false;
			continue;
		}
		if (digit_value(s[i]) >= base)
			return v_missing();
		after_digit = true;
		if (v.type == V_INT && v.u.i < (INT64_MAX - 35) / 36)
			v.u.i = v.u.i * base + digit_value(s[i]);
		else
			v = num_binary(ev, OP_ADD, num_binary(ev, OP_MUL, v, vb),
				       v_int(digit_value(s[i])));
	}
	return neg ? num_neg(ev, v) : v;
}

static size_t scan_digits(const char *s, size_t len, size_t i)
{
	size_t from = i;

	while (i < len && (isdigit((unsigned char)s[i]) ||
			   (s[i] == '_' && i > from && isdigit((unsigned char)s[i - 1]) &&
			    i + 1 < len && isdigit((unsigned char)s[i + 1]))))
		i++;
	return i;
}

static bool float_from_ascii(const char *s, size_t len, double *out)
{
	char *copy;
	size_t i = 0, n = 0, k, digits;

	if (i < len && (s[i] == '-' || s[i] == '+'))
		i++;
	if (len - i == 3 && (!strncasecmp(s + i, "inf", 3) || !strncasecmp(s + i, "nan", 3))) {
		*out = tolower((unsigned char)s[i]) == 'i' ? (double)INFINITY : (double)NAN;
		if (s[0] == '-')
			*out = -*out;
		return true;
	}
	if (len - i == 8 && !strncasecmp(s + i, "infinity", 8)) {
		*out = s[0] == '-' ? -(double)INFINITY : (double)INFINITY;
		return true;
	}
	k = scan_digits(s, len, i);
	digits = k - i;
	i = k;
	if (i < len && s[i] == '.') {
		k = scan_digits(s, len, i + 1);
		digits += k - i - 1;
		i = k;
	}
	if (!digits)
		return false;
	if (i < len && (s[i] == 'e' || s[i] == 'E')) {
		size_t e = i + 1;

		if (e < len && (s[e] == '-' || s[e] == '+'))
			e++;
		k = scan_digits(s, len, e);
		if (k == e)
			return false;
		i = k;
	}
	if (i != len)
		return false;
	copy = xmalloc(len + 1);
	for (i = 0; i < len; i++)
		if (s[i] != '_')
			copy[n++] = s[i];
	copy[n] = '\0';
	*out = strtod(copy, NULL);
	free(copy);
	return true;
}

bool float_from_text(const char *s, size_t len, double *out)
{
	char *text;
	bool ok;

	strip(&s, &len);
	text = xmalloc(len + 1);
	ok = ascii_digits(s, &len, text) && float_from_ascii(text, len, out);
	free(text);
	return ok;
}
