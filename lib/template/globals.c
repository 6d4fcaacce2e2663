#include "base/base.h"
#include "template/internal.h"

/* range, dict, namespace, cycler, joiner. */

static struct value fn_range(struct ev *ev, struct value self UNUSED, struct value *a UNUSED,
			     const struct cargs *args)
{
	int64_t v[3] = { 0, 0, 1 };
	uint32_t i;

	if (args->kw_nr || args->nr < 1 || args->nr > 3)
		return ev_fail(ev, TYPE_ERROR, "range() takes one to three arguments");
	for (i = 0; i < args->nr; i++)
		if (args->pos[i].type == V_BIG)
			return ev_fail(ev, UNSUPPORTED_ERROR,
				       "ranges beyond 64 bits are not supported");
		else if (!arg_int(ev, args->pos[i], "an argument of range()",
				  &v[args->nr == 1 ? 1 : i]))
			return v_poison();
	if (!v[2])
		return ev_fail(ev, TYPE_ERROR, "the step of range() must not be zero");
	return v_range(ev, v[0], v[1], v[2]);
}

static struct value fn_dict(struct ev *ev, struct value self UNUSED, struct value *a UNUSED,
			    const struct cargs *args)
{
	struct dict *d = dict_new(ev, args->kw_nr);
	uint32_t i;

	if (args->nr > 1)
		return ev_fail(ev, TYPE_ERROR, "dict() takes at most one positional argument");
	if (args->nr && !dict_update(ev, d, args->pos[0]))
		return v_poison();
	for (i = 0; i < args->kw_nr; i++)
		dict_set(ev, d, (struct value){ .type = V_STRING, .u.str = args->kw_names[i] },
			 args->kw_values[i]);
	return v_dict(d);
}

static struct value fn_namespace(struct ev *ev, struct value self, struct value *a,
				 const struct cargs *args)
{
	struct value v = fn_dict(ev, self, a, args);

	if (v.type == V_DICT)
		v.type = V_NAMESPACE;
	return v;
}

static struct value fn_cycler(struct ev *ev, struct value self UNUSED, struct value *a UNUSED,
			      const struct cargs *args)
{
	struct cycler *c = ev_alloc(ev, sizeof(*c));

	if (!args->nr || args->kw_nr)
		return ev_fail(ev, TYPE_ERROR, "cycler() needs at least one item");
	c->items = args->pos;
	c->nr = args->nr;
	return (struct value){ .type = V_CYCLER, .u.cycler = c };
}

static struct value fn_joiner(struct ev *ev, struct value self UNUSED, struct value *a,
			      const struct cargs *args UNUSED)
{
	struct joiner *j = ev_alloc(ev, sizeof(*j));

	j->sep = a[0].type == V_MISSING ? v_str_static(ev, ", ") : a[0];
	return (struct value){ .type = V_JOINER, .u.joiner = j };
}

static const struct global_def globals[] = {
	{ { "range", "*", 0, fn_range, NULL } },
	{ { "dict", "*", 0, fn_dict, NULL } },
	{ { "namespace", "*", 0, fn_namespace, NULL } },
	{ { "cycler", "*", 0, fn_cycler, NULL } },
	{ { "joiner", "sep", 0, fn_joiner, NULL } },
	{ { "lipsum", "*", 0, NULL, "the text must be the same at each rendering" } },
};

const struct global_def *find_global(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(globals); i++)
		if (is_called(globals[i].b.name, name, len))
			return &globals[i];
	return NULL;
}
