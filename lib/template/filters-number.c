#include "base/base.h"
#include "template/bigint.h"
#include "template/filters.h"

#include <math.h>

/* Filters on numbers, after jinja2/filters.py. */

#define FILTER(name)                                                             \
	static struct value name(struct ev *ev UNUSED, struct value self UNUSED, \
				 struct value *a UNUSED, const struct cargs *args UNUSED)

FILTER(f_abs)
{
	if (!is_type(self, T_NUMBER))
		return self.type == V_UNDEFINED ?
			       ev_undefined(ev, self) :
			       ev_fail(ev, TYPE_ERROR, "abs needs a number, not %s",
				       type_name(self));
	if (is_type(self, T_REAL))
		return v_float(fabs(num_double(self)));
	if (num_cmp(self, v_int(0)) < 0)
		return num_neg(ev, self);
	return self.type == V_BOOL ? v_int(self.u.b) : self;
}

static struct value whole(struct ev *ev, double f, struct value fallback)
{
	return f - f != 0 ? fallback : num_from_double(ev, f);
}

FILTER(f_int)
{
	struct value fallback = a[0].type == V_MISSING ? v_int(0) : a[0], v;
	int64_t base = 10;
	double f;

	if (self.type == V_UNDEFINED)
		return ev_undefined(ev, self);
	if (is_type(self, T_INTEGRAL))
		return self.type == V_BOOL ? v_int(self.u.b) : self;
	if (is_type(self, T_REAL)) {
		f = num_double(self);
		if (isinf(f)) /* an error that Jinja2 does not expect; not so for NaN, or in text */
			return ev_fail(ev, TYPE_ERROR, "cannot convert float infinity to integer");
		return whole(ev, f, fallback);
	}
	if (self.type != V_STRING)
		return fallback;
	if (a[1].type != V_MISSING && !num_int64(a[1], &base))
		base = -1; /* an error that Jinja2 takes for no integer */
	if (base == 0 || (base >= 2 && base <= 36)) {
		v = int_from_text(ev, self.u.str->s, self.u.str->len, (int)base);
		if (v.type != V_MISSING)
			return v;
	}
	if (float_from_text(self.u.str->s, self.u.str->len, &f))
		return whole(ev, f, fallback);
	return fallback;
}

FILTER(f_float)
{
	double f;

	if (self.type == V_UNDEFINED)
		return ev_undefined(ev, self);
	if (is_type(self, T_NUMBER)) {
		f = num_double(self);
		if (self.type == V_BIG && f - f != 0)
			return ev_fail(ev, TYPE_ERROR, "the integer is too large for a float");
		return self.type == V_DECIMAL ? self : v_float(f);
	}
	if (self.type == V_STRING && float_from_text(self.u.str->s, self.u.str->len, &f))
		return v_float(f);
	return a[0].type == V_MISSING ? v_float(0) : a[0];
}

/* round(f, -n): to tens, hundreds; half to even, on the exact decimal value. */
static double round_tens(double f, int64_t n)
{
	double p, q, r;

	if (n > 308)
		return copysign(0, f);
	p = pow(10, (double)n);
	q = f / p;
	r = nearbyint(q);
	if (fabs(q - r) == 0.5)
		r = 2 * nearbyint(q / 2);
	return r * p;
}

static struct value round_int(struct ev *ev, struct value v, int64_t n)
{
	struct value p, r, half;
	int c;

	/* n < 0: round half to even at 10 ** -n */
	p = num_binary(ev, OP_POW, v_int(10), v_int(-n));
	r = num_binary(ev, OP_MOD, v, p);
	half = num_binary(ev, OP_MUL, r, v_int(2));
	v = num_binary(ev, OP_SUB, v, r);
	c = num_cmp(half, p);
	if (c == 0) {
		struct value q = num_binary(ev, OP_FLOORDIV, v, p);

		q = num_binary(ev, OP_MOD, q, v_int(2));
		c = num_cmp(q, v_int(0)) ? 1 : -1;
	}
	return c > 0 ? num_binary(ev, OP_ADD, v, p) : v;
}

static struct value round_common(struct ev *ev, struct value v, int64_t n)
{
	char text[700];
	double f;

	if (is_type(v, T_INTEGRAL)) {
		if (v.type == V_BOOL)
			v = v_int(v.u.b);
		if (n < -9 * BIG_LIMIT) /* no integer is that long */
			return v_int(0);
		return n >= 0 ? v : round_int(ev, v, n);
	}
	n = MAX(n, -400); /* all digits are gone long before */
	f = num_double(v);
	if (f - f != 0 || f == 0)
		return v_float(f);
	if (n > 300 || (n >= 0 && fabs(f) > 1e22))
		return v_float(f);
	if (n < 0)
		return v_float(round_tens(f, -n));
	snprintf(text, sizeof(text), "%.*f", (int)n, f);
	return v_float(strtod(text, NULL));
}

FILTER(f_round)
{
	const char *method = "common";
	struct value p, v;
	struct vstr *s;
	bool whole_number;
	int64_t n = 0;
	double f;

	if (a[1].type != V_MISSING) {
		if (!arg_str(ev, a[1], "method", &s))
			return v_poison();
		method = s->s;
		if (!str_eq(method, "common") && !str_eq(method, "ceil") &&
		    !str_eq(method, "floor"))
			return ev_fail(ev, TYPE_ERROR, "method must be common, ceil or floor");
	}
	whole_number = a[0].type == V_NONE && str_eq(method, "common"); /* round(x, None) */
	if (a[0].type != V_MISSING && !whole_number && !arg_index(ev, a[0], "precision", &n))
		return v_poison();
	if (!is_type(self, T_NUMBER))
		return self.type == V_UNDEFINED ?
			       ev_undefined(ev, self) :
			       ev_fail(ev, TYPE_ERROR, "round needs a number, not %s",
				       type_name(self));
	if (whole_number && is_type(self, T_REAL)) {
		v = num_from_double(ev, nearbyint(num_double(self)));
		return v.type != V_MISSING ? v :
					     ev_fail(ev, TYPE_ERROR,
						     "cannot convert float infinity "
						     "or NaN to integer");
	}
	if (str_eq(method, "common"))
		return round_common(ev, self, n);
	p = num_binary(ev, OP_POW, v_int(10), v_int(n));
	if (p.type == V_POISON)
		return p;
	v = num_binary(ev, OP_MUL, self, p);
	if (is_type(v, T_REAL)) {
		f = num_double(v);
		if (f - f != 0)
			return ev_fail(ev, TYPE_ERROR,
				       "cannot convert float infinity or NaN to integer");
		v = num_from_double(ev, str_eq(method, "ceil") ? ceil(f) : floor(f));
	}
	return v.type == V_POISON ? v : num_binary(ev, OP_DIV, v, p);
}

FILTER(f_filesizeformat)
{
	static const char *const units[2][8] = {
		{ "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB" },
		{ "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB" },
	};
	static const double sizes[2][8] = {
		{ 1e6, 1e9, 1e12, 1e15, 1e18, 1e21, 1e24, 1e27 },
		{ 0x1p20, 0x1p30, 0x1p40, 0x1p50, 0x1p60, 0x1p70, 0x1p80, 0x1p90 },
	};
	bool binary_units = false;
	double base, bytes, unit;
	struct buf b;
	int i;

	if (!arg_bool(ev, a[0], &binary_units))
		return v_poison();
	if (self.type == V_STRING) {
		if (!float_from_text(self.u.str->s, self.u.str->len, &bytes))
			return ev_fail(ev, TYPE_ERROR, "could not convert string to float");
	} else if (is_type(self, T_NUMBER)) {
		bytes = num_double(self);
	} else {
		return self.type == V_UNDEFINED ?
			       ev_undefined(ev, self) :
			       ev_fail(ev, TYPE_ERROR, "filesizeformat needs a number, not %s",
				       type_name(self));
	}
	base = binary_units ? 1024 : 1000;
	buf_init(&b, ev);
	if (bytes == 1) {
		buf_addstr(&b, "1 Byte");
	} else if (bytes < base) {
		if (bytes - bytes != 0)
			return ev_fail(ev, TYPE_ERROR, "cannot convert float infinity to integer");
		add_str(&b, num_from_double(ev, bytes));
		buf_addstr(&b, " Bytes");
	} else {
		/* 1e24 as a double is less than the integer that Python compares with */
		for (i = 0; i < 7; i++)
			if (bytes < sizes[binary_units][i] ||
			    (!binary_units && i == 6 && bytes <= sizes[0][6]))
				break;
		unit = sizes[binary_units][i];
		buf_addf(&b, "%.1f %s", base * bytes / unit, units[binary_units][i]);
	}
	return buf_value(&b);
}

const struct builtin num_filters[] = {
	{ "abs", "", 0, f_abs, NULL },
	{ "filesizeformat", "binary", 0, f_filesizeformat, NULL },
	{ "float", "default", 0, f_float, NULL },
	{ "int", "default base", 0, f_int, NULL },
	{ "round", "precision method", 0, f_round, NULL },
	{ NULL, NULL, 0, NULL, NULL },
};
