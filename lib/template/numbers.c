#include "base/base.h"
#include "template/bigint.h"

#include <float.h>
#include <math.h>

/* Arithmetic as Python's: integers of any size (to a limit), floats, and how they mix. */

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
	if (fabs(a) < 9e15 && fabs(b) < 9e15)
		return v_float(a / b);
	/* 27 digits and more, and a last one that says there is a rest: strtod() rounds once */
	num = as_big(ev, x);
	den = as_big(ev, y);
	if (!den->nr)
		return zero_division(ev);
	shift = den->nr + 4 > num->nr ? den->nr + 4 - num->nr : 0;
	scaled = big_limbs(ev, num->nr + shift);
	memcpy(scaled->d + shift, num->d, num->nr * sizeof(*num->d));
	scaled->nr = num->nr + shift;
	big_trim(scaled);
	q = big_div_mag(ev, scaled, den, &rem);
	buf_init(&text, ev);
	if (num->neg != den->neg)
		buf_addch(&text, '-');
	big_add_text(&text, q);
	buf_addf(&text, ".%de-%u", rem->nr ? 1 : 0, shift * 9);
	buf_addch(&text, '\0');
	a = strtod(text.p, NULL);
	return isfinite(a) ? v_float(a) : too_large(ev);
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
