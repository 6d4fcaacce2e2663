#include "base/base.h"
#include "template/internal.h"

/* The tests behind "is", in the order of jinja2/tests.py. */

#define TEST(name)                                                               \
	static struct value name(struct ev *ev UNUSED, struct value self UNUSED, \
				 struct value *a UNUSED, const struct cargs *args UNUSED)

static struct value result(int r)
{
	return r < 0 ? v_poison() : v_bool(r);
}

static struct value modulo_is(struct ev *ev, struct value self, struct value by, int64_t want)
{
	struct value m = binary(ev, OP_MOD, self, by);

	if (m.type == V_POISON)
		return m;
	return result(value_eq(ev, m, v_int(want), 0));
}

TEST(t_odd)
{
	return modulo_is(ev, self, v_int(2), 1);
}

TEST(t_even)
{
	return modulo_is(ev, self, v_int(2), 0);
}

TEST(t_divisibleby)
{
	return modulo_is(ev, self, a[0], 0);
}

/* Of what is out of reach it is not even told whether it is there. */
static bool out_of_reach(struct ev *ev, struct value v)
{
	if (v.type != V_UNDEFINED || !v.u.undef->unsafe)
		return false;
	ev_undefined(ev, v);
	return true;
}

TEST(t_defined)
{
	if (out_of_reach(ev, self))
		return v_poison();
	return v_bool(self.type != V_UNDEFINED);
}

TEST(t_undefined)
{
	if (out_of_reach(ev, self))
		return v_poison();
	return v_bool(self.type == V_UNDEFINED);
}

static struct value known(struct ev *ev, struct value self, bool filter)
{
	const struct builtin *b = NULL;
	uint32_t hash;

	if (self.type == V_STRING)
		b = filter ? find_filter(self.u.str->s, self.u.str->len) :
			     find_test(self.u.str->s, self.u.str->len);
	else if (!hash_value(ev, self, &hash))
		return v_poison();
	return v_bool(b && b->fn);
}

TEST(t_filter)
{
	return known(ev, self, true);
}

TEST(t_test)
{
	return known(ev, self, false);
}

TEST(t_none)
{
	return v_bool(self.type == V_NONE);
}

TEST(t_boolean)
{
	return v_bool(self.type == V_BOOL);
}

TEST(t_false)
{
	return v_bool(self.type == V_BOOL && !self.u.b);
}

TEST(t_true)
{
	return v_bool(self.type == V_BOOL && self.u.b);
}

TEST(t_integer)
{
	return v_bool(is_type(self, TYPE_BIT(V_INT) | TYPE_BIT(V_BIG)));
}

TEST(t_float)
{
	return v_bool(is_type(self, T_REAL));
}

static struct value cased(struct ev *ev, struct value self, bool upper)
{
	struct value s = to_str(ev, self, false);
	bool any = false;
	size_t i = 0;

	if (s.type != V_STRING)
		return s;
	while (i < s.u.str->len) {
		uint32_t cp;

		i += cp_decode(s.u.str->s + i, s.u.str->len - i, &cp);
		if (cp_title(cp) || (upper ? cp_lower(cp) : cp_upper(cp)))
			return v_bool(false);
		any |= upper ? cp_upper(cp) : cp_lower(cp);
	}
	return v_bool(any);
}

TEST(t_lower)
{
	return cased(ev, self, false);
}

TEST(t_upper)
{
	return cased(ev, self, true);
}

TEST(t_string)
{
	return v_bool(self.type == V_STRING);
}

TEST(t_mapping)
{
	return v_bool(self.type == V_DICT);
}

TEST(t_number)
{
	return v_bool(is_type(self, T_NUMBER));
}

TEST(t_sequence)
{
	/* what has a length and can be subscribed */
	if (self.type == V_UNDEFINED)
		return v_bool(self.u.undef->lenient);
	return v_bool(
		is_type(self, T_SEQ | TYPE_BIT(V_STRING) | TYPE_BIT(V_DICT) | TYPE_BIT(V_RANGE)));
}

TEST(t_iterable)
{
	if (self.type == V_UNDEFINED && !self.u.undef->lenient)
		return ev_undefined(ev, self);
	if (self.type == V_LOOP)
		return v_bool(true);
	return v_bool(value_iter(ev, self, true) != NULL);
}

TEST(t_callable)
{
	if (out_of_reach(ev, self))
		return v_poison();
	return v_bool(is_type(self, TYPE_BIT(V_METHOD) | TYPE_BIT(V_GLOBAL) | TYPE_BIT(V_MACRO) |
					    TYPE_BIT(V_LOOP) | TYPE_BIT(V_JOINER) |
					    TYPE_BIT(V_UNDEFINED)));
}

TEST(t_sameas)
{
	if (is_type(self, TYPE_BIT(V_NONE) | TYPE_BIT(V_BOOL)) ||
	    is_type(a[0], TYPE_BIT(V_NONE) | TYPE_BIT(V_BOOL)) || self.type != a[0].type)
		return v_bool(value_is(self, a[0]));
	if (is_type(self, T_NUMBER | TYPE_BIT(V_STRING) | TYPE_BIT(V_TUPLE)) &&
	    !value_is(self, a[0]) && value_eq(ev, self, a[0], 0) > 0)
		return ev_fail_at(
			ev, ev->at, UNSUPPORTED_ERROR, "compare them with ==",
			"whether two equal values of type '%s' are the same object is up to Python",
			type_name(self));
	return v_bool(value_is(self, a[0]));
}

TEST(t_escaped)
{
	return v_bool(self.type == V_STRING && (self.flags & VF_MARKUP));
}

TEST(t_in)
{
	return result(value_contains(ev, a[0], self));
}

TEST(t_eq)
{
	return result(value_eq(ev, self, a[0], 0));
}

TEST(t_ne)
{
	return result(value_op(ev, OP_NE, self, a[0]));
}

TEST(t_gt)
{
	return result(value_cmp(ev, OP_GT, self, a[0], 0));
}

TEST(t_ge)
{
	return result(value_cmp(ev, OP_GE, self, a[0], 0));
}

TEST(t_lt)
{
	return result(value_cmp(ev, OP_LT, self, a[0], 0));
}

TEST(t_le)
{
	return result(value_cmp(ev, OP_LE, self, a[0], 0));
}

const struct builtin tests[] = {
	{ "boolean", "", 0, t_boolean, NULL },
	{ "callable", "", 0, t_callable, NULL },
	{ "defined", "", 0, t_defined, NULL },
	{ "divisibleby", "num", 1, t_divisibleby, NULL },
	{ "eq", "-", 1, t_eq, NULL },
	{ "equalto", "-", 1, t_eq, NULL },
	{ "==", "-", 1, t_eq, NULL },
	{ "escaped", "", 0, t_escaped, NULL },
	{ "even", "", 0, t_even, NULL },
	{ "false", "", 0, t_false, NULL },
	{ "filter", "", 0, t_filter, NULL },
	{ "float", "", 0, t_float, NULL },
	{ "ge", "-", 1, t_ge, NULL },
	{ ">=", "-", 1, t_ge, NULL },
	{ "greaterthan", "-", 1, t_gt, NULL },
	{ "gt", "-", 1, t_gt, NULL },
	{ ">", "-", 1, t_gt, NULL },
	{ "in", "seq", 1, t_in, NULL },
	{ "integer", "", 0, t_integer, NULL },
	{ "iterable", "", 0, t_iterable, NULL },
	{ "le", "-", 1, t_le, NULL },
	{ "<=", "-", 1, t_le, NULL },
	{ "lessthan", "-", 1, t_lt, NULL },
	{ "lower", "", 0, t_lower, NULL },
	{ "lt", "-", 1, t_lt, NULL },
	{ "<", "-", 1, t_lt, NULL },
	{ "mapping", "", 0, t_mapping, NULL },
	{ "ne", "-", 1, t_ne, NULL },
	{ "!=", "-", 1, t_ne, NULL },
	{ "none", "", 0, t_none, NULL },
	{ "number", "", 0, t_number, NULL },
	{ "odd", "", 0, t_odd, NULL },
	{ "sameas", "other", 1, t_sameas, NULL },
	{ "sequence", "", 0, t_sequence, NULL },
	{ "string", "", 0, t_string, NULL },
	{ "test", "", 0, t_test, NULL },
	{ "true", "", 0, t_true, NULL },
	{ "undefined", "", 0, t_undefined, NULL },
	{ "upper", "", 0, t_upper, NULL },
	{ NULL, NULL, 0, NULL, NULL },
};
