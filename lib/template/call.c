#include "base/base.h"
#include "base/finding.h"
#include "template/internal.h"

/* Calling: arguments meet parameters. */

/* Calling: arguments meet parameters. */

bool arg_str(struct ev *ev, struct value v, const char *what, struct vstr **out)
{
	if (v.type == V_STRING) {
		*out = v.u.str;
		return true;
	}
	if (v.type == V_UNDEFINED)
		ev_undefined(ev, v);
	else if (v.type != V_POISON)
		ev_fail(ev, TYPE_ERROR, "%s must be a str, not %s", what, type_name(v));
	return false;
}

bool arg_int(struct ev *ev, struct value v, const char *what, int64_t *out)
{
	if (num_int64(v, out))
		return true;
	if (v.type == V_UNDEFINED)
		ev_undefined(ev, v);
	else if (v.type == V_BIG)
		ev_fail(ev, TYPE_ERROR, "%s is too large", what);
	else if (v.type != V_POISON)
		ev_fail(ev, TYPE_ERROR, "%s must be an int, not %s", what, type_name(v));
	return false;
}

bool arg_index(struct ev *ev, struct value v, const char *what, int64_t *out)
{
	if (v.type != V_BIG)
		return arg_int(ev, v, what, out);
	*out = v.u.big->neg ? INT64_MIN / 2 : INT64_MAX / 2;
	return true;
}

bool arg_bool(struct ev *ev, struct value v, bool *out)
{
	int yes;

	if (v.type == V_MISSING)
		return true;
	yes = truth(ev, v);
	*out = yes > 0;
	return yes >= 0;
}

/* The index of the parameter called `s`, or -1. */
static int param_index(const char *params, const char *s, size_t len)
{
	int i = 0;

	while (*params && *params != '-') {
		size_t n = strcspn(params, " ");

		if (n == len && !memcmp(params, s, n))
			return i;
		params += n;
		params += strspn(params, " ");
		i++;
	}
	return -1;
}

static int param_count(const char *params)
{
	int n = *params != '\0';

	for (; *params; params++)
		n += *params == ' ' && params[1] != ' ';
	return n;
}

static const char *param_name(const char *params, int i, int *len)
{
	while (i--) {
		params += strcspn(params, " ");
		params += strspn(params, " ");
	}
	*len = (int)strcspn(params, " ");
	return params;
}

struct value call_builtin(struct ev *ev, const struct builtin *b, const char *kind,
			  struct value self, const struct cargs *args)
{
	struct value a[MAX_PARAMS] = { 0 };
	const char *params = b->params;
	int nr, i;
	uint32_t k;

	if (!b->fn)
		return ev_fail_at(ev, ev->at, UNSUPPORTED_ERROR, b->why,
				  "the %s '%s' is not supported", kind, b->name);
	if (params[0] == '*' || (!args->nr && !args->kw_nr && !b->required))
		return b->fn(ev, self, a, args);
	nr = param_count(params);
	if (args->nr > (uint32_t)nr)
		return ev_fail(ev, TYPE_ERROR, "the %s '%s' takes at most %d argument%s, not %u",
			       kind, b->name, nr, nr == 1 ? "" : "s", args->nr);
	for (k = 0; k < args->nr; k++)
		a[k] = args->pos[k];
	for (k = 0; k < args->kw_nr; k++) {
		i = param_index(params, args->kw_names[k]->s, args->kw_names[k]->len);
		if (i < 0)
			return ev_fail_at(ev, ev->at, TYPE_ERROR,
					  *params && *params != '-' ?
						  arena_strfmt(&ev->arena, "it takes: %s", params) :
						  NULL,
					  "the %s '%s' has no argument '%s'", kind, b->name,
					  args->kw_names[k]->s);
		if (a[i].type != V_MISSING)
			return ev_fail(ev, TYPE_ERROR,
				       "the %s '%s' got two values for argument '%s'", kind,
				       b->name, args->kw_names[k]->s);
		a[i] = args->kw_values[k];
	}
	for (i = 0; i < (int)b->required; i++)
		if (a[i].type == V_MISSING) {
			int len;
			const char *name = param_name(params, i, &len);

			return ev_fail(ev, TYPE_ERROR, "the %s '%s' needs the argument '%.*s'",
				       kind, b->name, len, name);
		}
	return b->fn(ev, self, a, args);
}

struct value call_value(struct ev *ev, struct value callee, const struct cargs *args)
{
	struct value r;

	switch ((enum value_type)callee.type) {
	case V_METHOD:
		return call_builtin(ev, &callee.u.method->def->b, "method", callee.u.method->self,
				    args);
	case V_GLOBAL:
		return call_builtin(ev, &callee.u.global->b, "function", v_none(), args);
	case V_MACRO:
		return call_macro(ev, callee.u.macro, args);
	case V_LOOP:
		return call_loop(ev, callee.u.loop, args);
	case V_JOINER:
		if (args->nr || args->kw_nr)
			return ev_fail(ev, TYPE_ERROR, "a joiner takes no arguments");
		r = callee.u.joiner->used ? callee.u.joiner->sep : v_str_static(ev, "");
		callee.u.joiner->used = true;
		return r;
	case V_UNDEFINED:
		return ev_undefined(ev, callee);
	case V_POISON:
		return callee;
	default:
		return ev_fail(ev, TYPE_ERROR, "'%s' object is not callable", type_name(callee));
	}
}

static struct value named(struct ev *ev, struct value name, struct value self,
			  const struct cargs *args, bool filter)
{
	const struct builtin *b = NULL;

	if (name.type == V_UNDEFINED)
		return ev_fail_at(ev, ev->at, UNDEFINED_ERROR, "put it in quotes",
				  "the name of the %s is undefined", filter ? "filter" : "test");
	if (name.type == V_STRING)
		b = filter ? find_filter(name.u.str->s, name.u.str->len) :
			     find_test(name.u.str->s, name.u.str->len);
	if (!b)
		return ev_fail(ev, SYNTAX_ERROR, "no %s named '%s'", filter ? "filter" : "test",
			       name.type == V_STRING ? name.u.str->s : type_name(name));
	return call_builtin(ev, b, filter ? "filter" : "test", self, args);
}

struct value call_filter_named(struct ev *ev, struct value name, struct value self,
			       const struct cargs *args)
{
	return named(ev, name, self, args, true);
}

struct value call_test_named(struct ev *ev, struct value name, struct value self,
			     const struct cargs *args)
{
	return named(ev, name, self, args, false);
}
