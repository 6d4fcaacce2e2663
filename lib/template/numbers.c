#include "base/base.h"
#include "template/internal.h"

#include <float.h>
#include <math.h>

/* Arithmetic as Python's: integers of any size (to a limit), floats, and how they mix. */

#define BIG_BASE  1000000000u
#define BIG_LIMIT 500 /* limbs: 4,500 digits; Python itself prints no more than 4,300 */

double num_double(struct value v)
{
	switch ((enum value_type)v.type) {
	case V_BOOL:
		return v.u.b;
	case V_INT:
		return (double)v.u.i;
	case V_BIG:
		return big_double(v.u.big);
	case V_DECIMAL:
		return v.u.dec->f;
	default:
		return v.u.f;
	}
}

bool num_int64(struct value v, int64_t *out)
{
	if (v.type == V_BOOL)
		*out = v.u.b;
	else if (v.type == V_INT)
		*out = v.u.i;
	else
		return false;
	return true;
}

/* --- big integers ------------------------------------------------------------ */

static struct big *big_new(struct arena *a, uint32_t nr)
{
	return arena_alloc(a, sizeof(struct big) + nr * sizeof(uint32_t));
}

static struct big *new_limbs(struct ev *ev, uint32_t nr)
{
	if (nr > BIG_LIMIT)
		ev_limit(ev, "an integer is too large (more than %d digits)", BIG_LIMIT * 9);
	return ev_alloc(ev, sizeof(struct big) + nr * sizeof(uint32_t));
}

static void trim(struct big *b)
{
	while (b->nr && !b->d[b->nr - 1])
		b->nr--;
	if (!b->nr)
		b->neg = false;
}

struct big *big_from_i64(struct arena *a, int64_t i)
{
	struct big *b = big_new(a, 3);
	uint64_t u = i < 0 ? 0 - (uint64_t)i : (uint64_t)i;

	if (!b)
		return NULL;
	b->neg = i < 0;
	for (b->nr = 0; u; u /= BIG_BASE)
		b->d[b->nr++] = (uint32_t)(u % BIG_BASE);
	return b;
}

struct big *big_from_text(struct arena *a, const char *digits, size_t len, bool neg)
{
	uint32_t nr = (uint32_t)((len + 8) / 9), i;
	struct big *b = big_new(a, nr + 1);

	if (!b)
		return NULL;
	b->neg = neg;
	b->nr = nr;
	for (i = 0; i < nr; i++) {
		size_t end = len - 9 * (size_t)i, from = end > 9 ? end - 9 : 0;
		uint32_t d = 0;

		for (; from < end; from++)
			d = d * 10 + (uint32_t)(digits[from] - '0');
		b->d[i] = d;
	}
	trim(b);
	return b;
}

void big_add_text(struct buf *b, const struct big *big)
{
	uint32_t i;

	if (!big->nr) {
		buf_addch(b, '0');
		return;
	}
	ev_step(b->ev, big->nr);
	if (big->neg)
		buf_addch(b, '-');
	buf_addf(b, "%u", big->d[big->nr - 1]);
	for (i = big->nr - 1; i-- > 0;)
		buf_addf(b, "%09u", big->d[i]);
}

double big_double(const struct big *big)
{
	char *text = xmalloc(big->nr * 9 + 3), *p = text;
	uint32_t i;
	double f;

	*p++ = big->neg ? '-' : '+';
	*p = '0';
	p[1] = '\0';
	for (i = big->nr; i-- > 0; p += 9)
		snprintf(p, 10, "%09u", big->d[i]);
	f = strtod(text, NULL);
	free(text);
	return f;
}

/* An int if it fits. */
struct value big_value(const struct big *big)
{
	uint64_t u = 0;
	uint32_t i;

	if (big->nr <= 3) {
		bool fits = true;

		for (i = big->nr; i-- > 0 && fits;) {
			if (u > (UINT64_MAX - big->d[i]) / BIG_BASE)
				fits = false;
			else
				u = u * BIG_BASE + big->d[i];
		}
		if (fits && u <= (uint64_t)INT64_MAX + big->neg)
			return v_int(big->neg ? (int64_t)(0 - u) : (int64_t)u);
	}
	return (struct value){ .type = V_BIG, .u.big = (struct big *)(uintptr_t)big };
}

static const struct big *as_big(struct ev *ev, struct value v)
{
	struct big *b;
	int64_t i = 0;

	if (v.type == V_BIG)
		return v.u.big;
	num_int64(v, &i);
	b = new_limbs(ev, 3);
	b->neg = i < 0;
	{
		uint64_t u = i < 0 ? 0 - (uint64_t)i : (uint64_t)i;

		for (b->nr = 0; u; u /= BIG_BASE)
			b->d[b->nr++] = (uint32_t)(u % BIG_BASE);
	}
	return b;
}

static int cmp_mag(const struct big *a, const struct big *b)
{
	uint32_t i;

	if (a->nr != b->nr)
		return a->nr < b->nr ? -1 : 1;
	for (i = a->nr; i-- > 0;)
		if (a->d[i] != b->d[i])
			return a->d[i] < b->d[i] ? -1 : 1;
	return 0;
}

static int big_cmp(const struct big *a, const struct big *b)
{
	if (a->neg != b->neg)
		return a->neg ? -1 : 1;
	return a->neg ? -cmp_mag(a, b) : cmp_mag(a, b);
}

static struct big *add_mag(struct ev *ev, const struct big *a, const struct big *b)
{
	uint32_t nr = MAX(a->nr, b->nr), i, carry = 0;
	struct big *r = new_limbs(ev, nr + 1);

	for (i = 0; i < nr || carry; i++) {
		carry += (i < a->nr ? a->d[i] : 0) + (i < b->nr ? b->d[i] : 0);
		r->d[i] = carry % BIG_BASE;
		carry /= BIG_BASE;
	}
	r->nr = i;
	return r;
}

/* |a| >= |b| */
static struct big *sub_mag(struct ev *ev, const struct big *a, const struct big *b)
{
	struct big *r = new_limbs(ev, a->nr + 1);
	uint32_t i;
	int64_t borrow = 0;

	for (i = 0; i < a->nr; i++) {
		int64_t d = (int64_t)a->d[i] - (i < b->nr ? b->d[i] : 0) - borrow;

		borrow = d < 0;
		r->d[i] = (uint32_t)(d < 0 ? d + BIG_BASE : d);
	}
	r->nr = a->nr;
	trim(r);
	return r;
}

static struct big *big_add(struct ev *ev, const struct big *a, const struct big *b, bool negate_b)
{
	bool b_neg = b->neg != negate_b;
	struct big *r;

	if (a->neg == b_neg) {
		r = add_mag(ev, a, b);
		r->neg = a->neg;
	} else if (cmp_mag(a, b) >= 0) {
		r = sub_mag(ev, a, b);
		r->neg = a->neg;
	} else {
		r = sub_mag(ev, b, a);
		r->neg = b_neg;
	}
	trim(r);
	return r;
}

static struct big *big_mul(struct ev *ev, const struct big *a, const struct big *b)
{
	struct big *r = new_limbs(ev, a->nr + b->nr + 1);
	uint32_t i, j;

	ev_step(ev, 1 + (uint64_t)a->nr * b->nr / 16);
	for (i = 0; i < a->nr; i++) {
		uint64_t carry = 0;

		for (j = 0; j < b->nr || carry; j++) {
			carry += r->d[i + j] + (j < b->nr ? (uint64_t)a->d[i] * b->d[j] : 0);
			r->d[i + j] = (uint32_t)(carry % BIG_BASE);
			carry /= BIG_BASE;
		}
	}
	r->nr = a->nr + b->nr;
	r->neg = a->neg != b->neg;
	trim(r);
	return r;
}

/* |a| / |b| by long division: the quotient, and the remainder in `*rem`. */
static struct big *div_mag(struct ev *ev, const struct big *a, const struct big *b,
			   struct big **rem)
{
	struct big *q = new_limbs(ev, a->nr + 1), *r = new_limbs(ev, b->nr + 2);
	uint32_t i;

	ev_step(ev, 1 + (uint64_t)a->nr * b->nr);
	q->nr = a->nr;
	for (i = a->nr; i-- > 0;) {
		uint32_t lo = 0, hi = BIG_BASE - 1, j;
		double top, div;

		/* r = r * base + limb */
		memmove(r->d + 1, r->d, r->nr * sizeof(*r->d));
		r->d[0] = a->d[i];
		r->nr++;
		trim(r);
		if (cmp_mag(r, b) < 0)
			continue;
		/* estimate from the top limbs, then correct */
		div = b->d[b->nr - 1] + (b->nr > 1 ? b->d[b->nr - 2] / 1e9 : 0);
		top = r->d[r->nr - 1] + (r->nr > 1 ? r->d[r->nr - 2] / 1e9 : 0);
		if (r->nr > b->nr)
			top = top * 1e9 + (r->nr > 2 ? r->d[r->nr - 3] / 1e9 : 0);
		top /= div;
		lo = top > 2 ? (uint32_t)(top - 2) : 0;
		hi = top < BIG_BASE - 3 ? (uint32_t)top + 2 : BIG_BASE - 1;
		while (lo < hi) {
			uint32_t mid = lo + (hi - lo + 1) / 2;
			struct big *m = new_limbs(ev, b->nr + 2);
			uint64_t carry = 0;

			for (j = 0; j < b->nr || carry; j++) {
				carry += j < b->nr ? (uint64_t)b->d[j] * mid : 0;
				m->d[j] = (uint32_t)(carry % BIG_BASE);
				carry /= BIG_BASE;
			}
			m->nr = j;
			trim(m);
			if (cmp_mag(m, r) <= 0)
				lo = mid;
			else
				hi = mid - 1;
		}
		q->d[i] = lo;
		{
			int64_t borrow = 0;
			uint64_t carry = 0;

			for (j = 0; j < r->nr; j++) {
				int64_t d;

				carry += j < b->nr ? (uint64_t)b->d[j] * lo : 0;
				d = (int64_t)r->d[j] - (int64_t)(carry % BIG_BASE) - borrow;
				carry /= BIG_BASE;
				borrow = d < 0;
				r->d[j] = (uint32_t)(d < 0 ? d + BIG_BASE : d);
			}
			trim(r);
		}
	}
	trim(q);
	*rem = r;
	return q;
}

/* Python rounds down: the remainder has the sign of the divisor. */
static struct big *big_divmod(struct ev *ev, const struct big *a, const struct big *b, bool mod)
{
	struct big *r, *q = div_mag(ev, a, b, &r), *one;

	q->neg = a->neg != b->neg;
	trim(q);
	r->neg = a->neg;
	trim(r);
	if (r->nr && r->neg != b->neg) {
		r = big_add(ev, r, b, false);
		one = new_limbs(ev, 1);
		one->nr = 1;
		one->d[0] = 1;
		q = big_add(ev, q, one, true);
	}
	return mod ? r : q;
}

static struct value int_pow(struct ev *ev, struct value base, int64_t exp)
{
	struct big *result = new_limbs(ev, 1);
	const struct big *b = as_big(ev, base);

	result->nr = 1;
	result->d[0] = 1;
	if (!b->nr || (b->nr == 1 && b->d[0] == 1)) { /* 0, 1, -1 */
		if (!exp || (b->nr && (!b->neg || exp % 2 == 0)))
			return v_int(1);
		return b->nr ? v_int(-1) : v_int(0);
	}
	if (exp > BIG_LIMIT * 32)
		ev_limit(ev, "an integer is too large (more than %d digits)", BIG_LIMIT * 9);
	while (exp) {
		if (exp & 1)
			result = big_mul(ev, result, b);
		exp >>= 1;
		if (exp)
			b = big_mul(ev, b, b);
	}
	return big_value(result);
}

int num_cmp(struct value a, struct value b)
{
	int64_t x = 0, y = 0;
	double f, g;

	if (num_int64(a, &x) && num_int64(b, &y))
		return x < y ? -1 : x > y;
	if (a.type == V_BIG && b.type == V_BIG)
		return big_cmp(a.u.big, b.u.big);
	if (a.type == V_BIG && is_type(b, T_INTEGRAL))
		return a.u.big->neg ? -1 : 1;
	if (b.type == V_BIG && is_type(a, T_INTEGRAL))
		return b.u.big->neg ? 1 : -1;
	f = num_double(a);
	g = num_double(b);
	if (f != f || g != g)
		return 2;
	if (f != g)
		return f < g ? -1 : 1;
	/* equal as doubles: an int beside may still differ in its low bits */
	if (is_type(a, T_INTEGRAL) != is_type(b, T_INTEGRAL) && (f > 9e15 || f < -9e15) &&
	    f - f == 0) {
		struct value i = is_type(a, T_INTEGRAL) ? a : b;
		struct arena arena = ARENA_INIT;
		char text[400];
		struct big *exact;
		int c;

		snprintf(text, sizeof(text), "%.0f", f);
		exact = big_from_text(&arena, text + (f < 0), strlen(text) - (f < 0), f < 0);
		c = big_cmp(i.type == V_BIG ? i.u.big : big_from_i64(&arena, i.u.i), exact);
		arena_release(&arena);
		return is_type(a, T_INTEGRAL) ? c : -c;
	}
	return 0;
}

uint32_t num_hash(struct value v)
{
	double f;
	int64_t i;

	if (!num_int64(v, &i)) {
		f = num_double(v);
		if (f >= -9.2e18 && f <= 9.2e18 && f == floor(f))
			i = (int64_t)f;
		else
			memcpy(&i, &f, sizeof(i));
	}
	if (i > 9200000000000000000 || i < -9200000000000000000) {
		f = (double)i;
		memcpy(&i, &f, sizeof(i));
	}
	return (uint32_t)((uint64_t)i * 0x9e3779b97f4a7c15u >> 32);
}

static struct value zero_division(struct ev *ev)
{
	return ev_fail(ev, TYPE_ERROR, "division by zero");
}

static struct value too_large(struct ev *ev)
{
	return ev_fail(ev, TYPE_ERROR, "the integer is too large for a float");
}

static struct value float_binary(struct ev *ev, enum operator op, double a, double b)
{
	double mod, div, fl;

	switch (op) {
	case OP_ADD:
		return v_float(a + b);
	case OP_SUB:
		return v_float(a - b);
	case OP_MUL:
		return v_float(a * b);
	case OP_DIV:
		return b == 0 ? zero_division(ev) : v_float(a / b);
	case OP_FLOORDIV:
	case OP_MOD:
		if (b == 0)
			return zero_division(ev);
		mod = fmod(a, b);
		div = (a - mod) / b;
		if (mod != 0) {
			if ((b < 0) != (mod < 0)) {
				mod += b;
				div -= 1;
			}
		} else {
			mod = copysign(0, b);
		}
		if (op == OP_MOD)
			return v_float(mod);
		if (div == 0)
			return v_float(copysign(0, a / b));
		fl = floor(div);
		if (div - fl > 0.5)
			fl += 1;
		return v_float(fl);
	default: /* OP_POW */
		if (a == 0 && b < 0)
			return ev_fail(ev, TYPE_ERROR, "0.0 cannot be raised to a negative power");
		if (a < 0 && a - a == 0 && b - b == 0 && b != floor(b))
			return ev_fail(ev, UNSUPPORTED_ERROR, "complex numbers are not supported");
		fl = pow(a, b);
		if (fl - fl != 0 && a - a == 0 && b - b == 0)
			return ev_fail(ev, TYPE_ERROR, "the result is too large");
		return v_float(fl);
	}
}

static struct value big_binary(struct ev *ev, enum operator op, struct value x, struct value y)
{
	const struct big *a = as_big(ev, x), *b = as_big(ev, y);

	switch (op) {
	case OP_ADD:
		return big_value(big_add(ev, a, b, false));
	case OP_SUB:
		return big_value(big_add(ev, a, b, true));
	case OP_MUL:
		return big_value(big_mul(ev, a, b));
	case OP_FLOORDIV:
	case OP_MOD:
		if (!b->nr)
			return zero_division(ev);
		return big_value(big_divmod(ev, a, b, op == OP_MOD));
	default:
		break;
	}
	return v_poison();
}

static struct value int_div(struct ev *ev, struct value x, struct value y)
{
	double a = num_double(x), b = num_double(y);
	const struct big *num, *den;
	struct big *scaled, *q, *rem;
	struct buf text;
	uint32_t shift;

	if (y.type != V_BIG && b == 0)
		return zero_division(ev);
	if (a - a != 0 || b - b != 0)
		return too_large(ev);
	if (fabs(a) < 9e15 && fabs(b) < 9e15)
		return v_float(a / b);
	/* 27 digits and more, and a last one that says there is a rest: strtod() rounds once */
	num = as_big(ev, x);
	den = as_big(ev, y);
	if (!den->nr)
		return zero_division(ev);
	shift = den->nr + 4 > num->nr ? den->nr + 4 - num->nr : 0;
	scaled = new_limbs(ev, num->nr + shift);
	memcpy(scaled->d + shift, num->d, num->nr * sizeof(*num->d));
	scaled->nr = num->nr + shift;
	trim(scaled);
	q = div_mag(ev, scaled, den, &rem);
	buf_init(&text, ev);
	if (num->neg != den->neg)
		buf_addch(&text, '-');
	big_add_text(&text, q);
	buf_addf(&text, ".%de-%u", rem->nr ? 1 : 0, shift * 9);
	buf_addch(&text, '\0');
	return v_float(strtod(text.p, NULL));
}

static struct value pow_binary(struct ev *ev, struct value x, struct value y)
{
	int64_t exp = 0;
	double a, b;

	if (num_int64(y, &exp) && exp >= 0)
		return int_pow(ev, x, exp);
	if (y.type == V_BIG && !y.u.big->neg)
		return int_pow(ev, x, INT64_MAX - (y.u.big->d[0] % 2 == 0));
	a = num_double(x);
	b = num_double(y);
	if (a - a != 0 || b - b != 0)
		return too_large(ev);
	return float_binary(ev, OP_POW, a, b);
}

struct value num_binary(struct ev *ev, enum operator op, struct value x, struct value y)
{
	int64_t a = 0, b = 0, r;

	if (is_type(x, T_REAL) || is_type(y, T_REAL)) {
		double f = num_double(x), g = num_double(y);

		if ((f - f != 0 && x.type == V_BIG) || (g - g != 0 && y.type == V_BIG))
			return too_large(ev);
		return float_binary(ev, op, f, g);
	}
	if (op == OP_DIV)
		return int_div(ev, x, y);
	if (op == OP_POW)
		return pow_binary(ev, x, y);
	if (!num_int64(x, &a) || !num_int64(y, &b))
		return big_binary(ev, op, x, y);
	switch (op) {
	case OP_ADD:
		if (!__builtin_add_overflow(a, b, &r))
			return v_int(r);
		break;
	case OP_SUB:
		if (!__builtin_sub_overflow(a, b, &r))
			return v_int(r);
		break;
	case OP_MUL:
		if (!__builtin_mul_overflow(a, b, &r))
			return v_int(r);
		break;
	default:
		if (!b)
			return zero_division(ev);
		if (b == -1)
			break; /* INT64_MIN / -1 */
		r = a % b;
		if (r && (r < 0) != (b < 0))
			r += b;
		return v_int(op == OP_MOD ? r : (a - r) / b);
	}
	return big_binary(ev, op, x, y);
}

struct value num_neg(struct ev *ev, struct value v)
{
	int64_t i;

	if (is_type(v, T_REAL))
		return v_float(-num_double(v));
	if (num_int64(v, &i) && i != INT64_MIN)
		return v_int(-i);
	return big_binary(ev, OP_SUB, v_int(0), v);
}

/* int(f) */
struct value num_from_double(struct ev *ev, double f)
{
	char text[400];

	if (f != f || f - f != 0)
		return v_missing();
	f = trunc(f);
	if (f > -9.2e18 && f < 9.2e18)
		return v_int((int64_t)f);
	snprintf(text, sizeof(text), "%.0f", f);
	return (struct value){ .type = V_BIG,
			       .u.big = big_from_text(&ev->arena, text + (f < 0),
						      strlen(text) - (f < 0), f < 0) };
}

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
	size_t i;

	strip(&s, &len);
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

bool float_from_text(const char *s, size_t len, double *out)
{
	char *copy;
	size_t i = 0, n = 0, k, digits;

	strip(&s, &len);
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
