#include "base/base.h"
#include "template/bigint.h"

/* Integers beyond 64 bits: schoolbook arithmetic on limbs of nine digits. */

static struct big *big_new(struct arena *a, uint32_t nr)
{
	return arena_alloc(a, sizeof(struct big) + nr * sizeof(uint32_t));
}

struct big *big_limbs(struct ev *ev, uint32_t nr)
{
	if (nr > BIG_LIMIT)
		ev_limit(ev, "an integer is too large (more than %d digits)", BIG_LIMIT * 9);
	return ev_alloc(ev, sizeof(struct big) + nr * sizeof(uint32_t));
}

void big_trim(struct big *b)
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
	big_trim(b);
	return b;
}

struct big *big_from_base(struct arena *a, const char *digits, size_t len, int base)
{
	/* a digit of base 16 is 1.21 decimal ones */
	struct big *b = big_new(a, (uint32_t)(len / 7 + 2));
	size_t i;

	for (b->nr = 0, i = 0; i < len; i++) {
		char c = digits[i];
		uint64_t carry = isdigit((unsigned char)c) ? (uint64_t)(c - '0') :
							     (uint64_t)((c | 0x20) - 'a' + 10);
		uint32_t k;

		for (k = 0; k < b->nr || carry; k++) {
			if (k == b->nr)
				b->d[b->nr++] = 0;
			carry += (uint64_t)b->d[k] * (uint32_t)base;
			b->d[k] = (uint32_t)(carry % BIG_BASE);
			carry /= BIG_BASE;
		}
	}
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

const struct big *as_big(struct ev *ev, struct value v)
{
	struct big *b;
	int64_t i = 0;

	if (v.type == V_BIG)
		return v.u.big;
	num_int64(v, &i);
	b = big_limbs(ev, 3);
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

int big_cmp(const struct big *a, const struct big *b)
{
	if (a->neg != b->neg)
		return a->neg ? -1 : 1;
	return a->neg ? -cmp_mag(a, b) : cmp_mag(a, b);
}

static struct big *add_mag(struct ev *ev, const struct big *a, const struct big *b)
{
	uint32_t nr = MAX(a->nr, b->nr), i, carry = 0;
	struct big *r = big_limbs(ev, nr + 1);

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
	struct big *r = big_limbs(ev, a->nr + 1);
	uint32_t i;
	int64_t borrow = 0;

	for (i = 0; i < a->nr; i++) {
		int64_t d = (int64_t)a->d[i] - (i < b->nr ? b->d[i] : 0) - borrow;

		borrow = d < 0;
		r->d[i] = (uint32_t)(d < 0 ? d + BIG_BASE : d);
	}
	r->nr = a->nr;
	big_trim(r);
	return r;
}

struct big *big_add(struct ev *ev, const struct big *a, const struct big *b, bool negate_b)
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
	big_trim(r);
	return r;
}

struct big *big_mul(struct ev *ev, const struct big *a, const struct big *b)
{
	struct big *r = big_limbs(ev, a->nr + b->nr + 1);
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
	big_trim(r);
	return r;
}

/* |a| / |b| by long division: the quotient, and the remainder in `*rem`. */
struct big *big_div_mag(struct ev *ev, const struct big *a, const struct big *b, struct big **rem)
{
	struct big *q = big_limbs(ev, a->nr + 1), *r = big_limbs(ev, b->nr + 2);
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
		big_trim(r);
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
			struct big *m = big_limbs(ev, b->nr + 2);
			uint64_t carry = 0;

			for (j = 0; j < b->nr || carry; j++) {
				carry += j < b->nr ? (uint64_t)b->d[j] * mid : 0;
				m->d[j] = (uint32_t)(carry % BIG_BASE);
				carry /= BIG_BASE;
			}
			m->nr = j;
			big_trim(m);
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
			big_trim(r);
		}
	}
	big_trim(q);
	*rem = r;
	return q;
}

/* Python rounds down: the remainder has the sign of the divisor. */
struct big *big_divmod(struct ev *ev, const struct big *a, const struct big *b, bool mod)
{
	struct big *r, *q = big_div_mag(ev, a, b, &r), *one;

	q->neg = a->neg != b->neg;
	big_trim(q);
	r->neg = a->neg;
	big_trim(r);
	if (r->nr && r->neg != b->neg) {
		r = big_add(ev, r, b, false);
		one = big_limbs(ev, 1);
		one->nr = 1;
		one->d[0] = 1;
		q = big_add(ev, q, one, true);
	}
	return mod ? r : q;
}

struct value int_pow(struct ev *ev, struct value base, int64_t exp)
{
	struct big *result = big_limbs(ev, 1);
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
