#include "base/base.h"
#include "base/finding.h"
#include "template/internal.h"

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
	if (v.type == V_BIG) {
		*out = v.u.big->neg ? INT64_MIN : INT64_MAX;
		return true;
	}
	if (v.type == V_UNDEFINED)
		ev_undefined(ev, v);
	else if (v.type != V_POISON)
		ev_fail(ev, TYPE_ERROR, "%s must be an int, not %s", what, type_name(v));
	return false;
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
	int n = 0;

	while (*params) {
		params += strcspn(params, " ");
		params += strspn(params, " ");
		n++;
	}
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
		return ev_fail(ev, TYPE_ERROR, "a %s cannot be called", type_name(callee));
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

/* --- finding them -------------------------------------------------------------- */

/* `name` may hold NULs. */
static bool is_called(const char *known, const char *name, size_t len)
{
	return known[0] == name[0] && strlen(known) == len && !memcmp(known, name, len);
}

static const struct builtin *find_in(const struct builtin *table, const char *name, size_t len)
{
	for (; table->name; table++)
		if (is_called(table->name, name, len))
			return table;
	return NULL;
}

static const struct builtin *const filter_tables[] = { string_filters, seq_filters, num_filters };

const struct builtin *find_filter(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(filter_tables); i++) {
		const struct builtin *b = find_in(filter_tables[i], name, len);

		if (b)
			return b;
	}
	return NULL;
}

const struct builtin *find_test(const char *name, size_t len)
{
	return find_in(tests, name, len);
}

/* The i-th that is supported, and not a mere operator. */
static const struct builtin *nth(const struct builtin *table, size_t *i)
{
	for (; table->name; table++)
		if (table->fn && isalpha((unsigned char)table->name[0]) && !(*i)--)
			return table;
	return NULL;
}

const struct builtin *filter_table(size_t i)
{
	size_t t;

	for (t = 0; t < ARRAY_SIZE(filter_tables); t++) {
		const struct builtin *b = nth(filter_tables[t], &i);

		if (b)
			return b;
	}
	return NULL;
}

const struct builtin *test_table(size_t i)
{
	return nth(tests, &i);
}

static const struct method_def *const method_tables[] = { string_methods, container_methods };

/* Attributes that are no methods; see own_attr(). */
static uint32_t plain_attr_types(const char *name)
{
	static const struct {
		const char *name;
		uint32_t types;
	} attrs[] = {
		{ "name", TYPE_BIT(V_MACRO) },
		{ "arguments", TYPE_BIT(V_MACRO) },
		{ "catch_kwargs", TYPE_BIT(V_MACRO) },
		{ "catch_varargs", TYPE_BIT(V_MACRO) },
		{ "caller", TYPE_BIT(V_MACRO) },
		{ "current", TYPE_BIT(V_CYCLER) },
		{ "grouper", TYPE_BIT(V_TUPLE) },
		{ "list", TYPE_BIT(V_TUPLE) },
		{ "start", TYPE_BIT(V_RANGE) },
		{ "stop", TYPE_BIT(V_RANGE) },
		{ "step", TYPE_BIT(V_RANGE) },
		{ "real", T_NUMBER },
		{ "imag", T_NUMBER },
		{ "numerator", T_INTEGRAL },
		{ "denominator", T_INTEGRAL },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(attrs); i++)
		if (str_eq(attrs[i].name, name))
			return attrs[i].types;
	return 0;
}

void note_attr(struct name *name)
{
	const char *s = name->str.s;
	size_t i;

	if (name->is_attr)
		return;
	name->is_attr = true;
	name->loop_attr = (uint8_t)(loop_attr_index(s, name->str.len) + 1);
	name->attr_types = TYPE_BIT(V_NAMESPACE) | TYPE_BIT(V_LOOP) | plain_attr_types(s);
	if (s[0] == '_' && s[1] == '_')
		name->attr_types = UINT32_MAX;
	for (i = 0; i < ARRAY_SIZE(method_tables); i++) {
		const struct method_def *m;

		for (m = method_tables[i]; m->b.name; m++) {
			if (m->b.name[0] != s[0] || !str_eq(m->b.name, s))
				continue;
			name->attr_types |= m->types;
			if (m->types & TYPE_BIT(V_DICT))
				name->dict_method = m;
			if (m->types & TYPE_BIT(V_STRING))
				name->str_method = m;
		}
	}
}

const struct method_def *find_method(enum value_type type, const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(method_tables); i++) {
		const struct method_def *m;

		for (m = method_tables[i]; m->b.name; m++)
			if ((m->types & TYPE_BIT(type)) && is_called(m->b.name, name, len))
				return m;
	}
	return NULL;
}

/* --- range, dict, namespace, cycler, joiner -------------------------------------- */

static struct value fn_range(struct ev *ev, struct value self UNUSED, struct value *a UNUSED,
			     const struct cargs *args)
{
	int64_t v[3] = { 0, 0, 1 };
	uint32_t i;

	if (args->kw_nr || args->nr < 1 || args->nr > 3)
		return ev_fail(ev, TYPE_ERROR, "range() takes one to three arguments");
	for (i = 0; i < args->nr; i++)
		if (!arg_int(ev, args->pos[i], "an argument of range()", &v[args->nr == 1 ? 1 : i]))
			return v_poison();
	if (!v[2])
		return ev_fail(ev, TYPE_ERROR, "the step of range() must not be zero");
	return v_range(ev, v[0], v[1], v[2]);
}

static bool update_from(struct ev *ev, struct dict *d, struct value from);

static struct value fn_dict(struct ev *ev, struct value self UNUSED, struct value *a UNUSED,
			    const struct cargs *args)
{
	struct dict *d = dict_new(ev, args->kw_nr);
	uint32_t i;

	if (args->nr > 1)
		return ev_fail(ev, TYPE_ERROR, "dict() takes at most one positional argument");
	if (args->nr && !update_from(ev, d, args->pos[0]))
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

/* --- methods of containers -------------------------------------------------------- */

static bool update_from(struct ev *ev, struct dict *d, struct value from)
{
	struct value item;
	struct iter *it;
	uint32_t i;
	int got;

	if (from.type == V_DICT) {
		const struct dict *other = dict_of(ev, from);

		ev_step(ev, other->nr);
		for (i = 0; i < other->nr; i++)
			if (other->e[i].key.type != V_MISSING)
				dict_set(ev, d, other->e[i].key, other->e[i].val);
		return true;
	}
	it = value_iter(ev, from, false);
	if (!it)
		return false;
	while ((got = iter_next(ev, it, &item)) > 0) {
		struct list *pair = to_list(ev, item);

		ev_step(ev, 1);
		if (!pair)
			return false;
		if (pair->nr != 2) {
			ev_fail(ev, TYPE_ERROR, "a dict is made of pairs, not of %u values",
				pair->nr);
			return false;
		}
		if (!dict_set(ev, d, pair->v[0], pair->v[1]))
			return false;
	}
	return got == 0;
}

static void note_change(struct ev *ev, struct value self)
{
	if (!ev->taint)
		return;
	if (self.type == V_LIST)
		self.u.list->tainted = true;
	else
		self.u.dict->tainted = true;
}

static struct value view(struct ev *ev, struct value self, enum view_kind kind)
{
	struct view *v = ev_alloc(ev, sizeof(*v));

	v->kind = kind;
	v->dict = self.u.dict;
	return (struct value){ .type = V_VIEW, .origin = self.origin, .u.view = v };
}

static struct value dict_keys(struct ev *ev, struct value self, struct value *a UNUSED,
			      const struct cargs *args UNUSED)
{
	return view(ev, self, VIEW_KEYS);
}

static struct value dict_values(struct ev *ev, struct value self, struct value *a UNUSED,
				const struct cargs *args UNUSED)
{
	return view(ev, self, VIEW_VALUES);
}

static struct value dict_items(struct ev *ev, struct value self, struct value *a UNUSED,
			       const struct cargs *args UNUSED)
{
	return view(ev, self, VIEW_ITEMS);
}

static bool positional_only(struct ev *ev, const struct cargs *args, const char *name)
{
	if (!args->kw_nr)
		return true;
	ev_fail(ev, TYPE_ERROR, "%s() takes no keyword arguments", name);
	return false;
}

static struct value m_dict_get(struct ev *ev, struct value self, struct value *a,
			       const struct cargs *args UNUSED)
{
	struct value *found;
	bool bad;

	found = dict_get(ev, dict_of(ev, self), a[0], &bad);
	if (bad)
		return v_poison();
	return found ? *found : a[1].type == V_MISSING ? v_none() : a[1];
}

static struct value m_dict_copy(struct ev *ev, struct value self, struct value *a UNUSED,
				const struct cargs *args UNUSED)
{
	struct dict *d = dict_new(ev, self.u.dict->live);

	update_from(ev, d, self);
	return v_dict(d);
}

static struct value m_dict_update(struct ev *ev, struct value self, struct value *a UNUSED,
				  const struct cargs *args)
{
	struct dict *d = dict_of(ev, self);
	uint32_t i;

	note_change(ev, self);
	if (args->nr > 1)
		return ev_fail(ev, TYPE_ERROR, "update() takes at most one positional argument");
	if (args->nr && !update_from(ev, d, args->pos[0]))
		return v_poison();
	for (i = 0; i < args->kw_nr; i++)
		dict_set(ev, d, (struct value){ .type = V_STRING, .u.str = args->kw_names[i] },
			 args->kw_values[i]);
	return v_none();
}

static struct value no_key(struct ev *ev, struct value key)
{
	if (key.type == V_STRING && !ev->taint)
		return ev_fail(ev, TYPE_ERROR, "the dict has no key '%s'", key.u.str->s);
	return ev_fail(ev, TYPE_ERROR, "the dict has no such key");
}

static struct value m_dict_pop(struct ev *ev, struct value self, struct value *a,
			       const struct cargs *args UNUSED)
{
	struct dict *d = dict_of(ev, self);
	struct value *found, v;
	bool bad;

	found = dict_get(ev, d, a[0], &bad);
	if (bad)
		return v_poison();
	if (!found)
		return a[1].type == V_MISSING ? no_key(ev, a[0]) : a[1];
	v = *found;
	dict_remove(ev, d, a[0]);
	return v;
}

static struct value m_dict_popitem(struct ev *ev, struct value self, struct value *a UNUSED,
				   const struct cargs *args UNUSED)
{
	struct dict *d = dict_of(ev, self);
	struct value pair;

	while (d->nr && d->e[d->nr - 1].key.type == V_MISSING && !d->index)
		d->nr--;
	if (!d->live)
		return ev_fail(ev, TYPE_ERROR, "popitem(): the dict is empty");
	{
		uint32_t i = d->nr;

		while (d->e[i - 1].key.type == V_MISSING)
			i--;
		pair = v_pair(ev, d->e[i - 1].key, d->e[i - 1].val);
		dict_remove(ev, d, pair.u.list->v[0]);
	}
	return pair;
}

static struct value m_dict_setdefault(struct ev *ev, struct value self, struct value *a,
				      const struct cargs *args UNUSED)
{
	struct dict *d = dict_of(ev, self);
	struct value *found;
	bool bad;

	found = dict_get(ev, d, a[0], &bad);
	if (bad)
		return v_poison();
	if (found)
		return *found;
	if (a[1].type == V_MISSING)
		a[1] = v_none();
	note_change(ev, self);
	dict_set(ev, d, a[0], a[1]);
	return a[1];
}

static struct value m_dict_clear(struct ev *ev, struct value self, struct value *a UNUSED,
				 const struct cargs *args UNUSED)
{
	struct dict *d = dict_of(ev, self);

	*d = (struct dict){ .tainted = d->tainted, .origin = d->origin };
	return v_none();
}

static struct value m_list_append(struct ev *ev, struct value self, struct value *a,
				  const struct cargs *args UNUSED)
{
	note_change(ev, self);
	list_push(ev, list_of(ev, self), a[0]);
	return v_none();
}

static struct value m_list_extend(struct ev *ev, struct value self, struct value *a,
				  const struct cargs *args UNUSED)
{
	struct list *from = to_list(ev, a[0]), *l = list_of(ev, self);
	uint32_t i;

	if (!from)
		return v_poison();
	note_change(ev, self);
	for (i = 0; i < from->nr; i++)
		list_push(ev, l, from->v[i]);
	return v_none();
}

static struct value m_list_insert(struct ev *ev, struct value self, struct value *a,
				  const struct cargs *args UNUSED)
{
	struct list *l = list_of(ev, self);
	int64_t at;

	if (!arg_int(ev, a[0], "the index", &at))
		return v_poison();
	if (at < 0)
		at = at + l->nr < 0 ? 0 : at + l->nr;
	if (at > l->nr)
		at = l->nr;
	note_change(ev, self);
	list_push(ev, l, a[1]);
	ev_step(ev, l->nr / 16);
	memmove(l->v + at + 1, l->v + at, (l->nr - 1 - (size_t)at) * sizeof(*l->v));
	l->v[at] = a[1];
	return v_none();
}

static struct value m_list_pop(struct ev *ev, struct value self, struct value *a,
			       const struct cargs *args UNUSED)
{
	struct list *l = list_of(ev, self);
	struct value v;
	int64_t at = -1;

	if (a[0].type != V_MISSING && !arg_int(ev, a[0], "the index", &at))
		return v_poison();
	if (at < 0)
		at += l->nr;
	if (at < 0 || at >= l->nr)
		return ev_fail(ev, TYPE_ERROR,
			       l->nr ? "pop index out of range" : "pop from empty list");
	v = l->v[at];
	ev_step(ev, l->nr / 16);
	memmove(l->v + at, l->v + at + 1, (l->nr - 1 - (size_t)at) * sizeof(*l->v));
	l->nr--;
	return v;
}

static int list_find(struct ev *ev, struct list *l, struct value what, int64_t from, int64_t to,
		     int64_t *at)
{
	for (*at = from; *at < to && *at < l->nr; ++*at) {
		int eq;

		ev_step(ev, 1);
		eq = value_is(l->v[*at], what) ? 1 : value_eq(ev, l->v[*at], what, 0);
		if (eq)
			return eq;
	}
	return 0;
}

static struct value m_list_remove(struct ev *ev, struct value self, struct value *a,
				  const struct cargs *args UNUSED)
{
	struct list *l = list_of(ev, self);
	int64_t at;
	int found = list_find(ev, l, a[0], 0, INT64_MAX, &at);

	if (found < 0)
		return v_poison();
	if (!found)
		return ev_fail(ev, TYPE_ERROR, "remove(): the value is not in the list");
	memmove(l->v + at, l->v + at + 1, (l->nr - 1 - (size_t)at) * sizeof(*l->v));
	l->nr--;
	return v_none();
}

static struct value m_list_index(struct ev *ev, struct value self, struct value *a,
				 const struct cargs *args UNUSED)
{
	struct list *l = list_of(ev, self);
	int64_t from = 0, to = INT64_MAX, at;
	int found;

	if ((a[1].type != V_MISSING && !arg_int(ev, a[1], "the start", &from)) ||
	    (a[2].type != V_MISSING && !arg_int(ev, a[2], "the stop", &to)))
		return v_poison();
	if (from < 0)
		from = MAX(from + l->nr, 0);
	if (to < 0)
		to = MAX(to + l->nr, 0);
	found = list_find(ev, l, a[0], from, to, &at);
	if (found < 0)
		return v_poison();
	return found ? v_int(at) :
		       ev_fail(ev, TYPE_ERROR, "index(): the value is not in the %s",
			       type_name(self));
}

static struct value m_list_count(struct ev *ev, struct value self, struct value *a,
				 const struct cargs *args UNUSED)
{
	struct list *l = list_of(ev, self);
	int64_t at = -1, n = 0;
	int found;

	while ((found = list_find(ev, l, a[0], at + 1, INT64_MAX, &at)) > 0)
		n++;
	return found < 0 ? v_poison() : v_int(n);
}

static struct value m_list_copy(struct ev *ev, struct value self, struct value *a UNUSED,
				const struct cargs *args UNUSED)
{
	struct list *l = to_list(ev, self);

	return l ? v_list(l) : v_poison();
}

static struct value m_list_clear(struct ev *ev, struct value self, struct value *a UNUSED,
				 const struct cargs *args UNUSED)
{
	list_of(ev, self)->nr = 0;
	return v_none();
}

static struct value m_list_reverse(struct ev *ev, struct value self, struct value *a UNUSED,
				   const struct cargs *args UNUSED)
{
	struct list *l = list_of(ev, self);
	uint32_t i;

	ev_step(ev, l->nr / 4);
	for (i = 0; i < l->nr / 2; i++) {
		struct value v = l->v[i];

		l->v[i] = l->v[l->nr - 1 - i];
		l->v[l->nr - 1 - i] = v;
	}
	return v_none();
}

static struct value m_cycler_next(struct ev *ev UNUSED, struct value self, struct value *a UNUSED,
				  const struct cargs *args UNUSED)
{
	struct cycler *c = self.u.cycler;
	struct value v = c->items[c->pos];

	c->pos = (c->pos + 1) % c->nr;
	return v;
}

static struct value m_cycler_reset(struct ev *ev UNUSED, struct value self, struct value *a UNUSED,
				   const struct cargs *args UNUSED)
{
	self.u.cycler->pos = 0;
	return v_none();
}

static struct value m_loop_cycle(struct ev *ev, struct value self, struct value *a UNUSED,
				 const struct cargs *args)
{
	if (!args->nr || args->kw_nr)
		return ev_fail(ev, TYPE_ERROR, "no items for cycling given");
	return args->pos[(uint64_t)self.u.loop->index0 % args->nr];
}

static struct value m_loop_changed(struct ev *ev, struct value self, struct value *a UNUSED,
				   const struct cargs *args)
{
	struct loop *loop = self.u.loop;
	struct list *l = list_new(ev, args->nr);
	struct value now;
	uint32_t i;
	int eq = 0;

	if (!positional_only(ev, args, "changed"))
		return v_poison();
	for (i = 0; i < args->nr; i++)
		list_push(ev, l, args->pos[i]);
	now = v_tuple(l);
	if (loop->has_changed)
		eq = value_eq(ev, loop->changed, now, 0);
	if (eq < 0)
		return v_poison();
	if (eq)
		return v_bool(false);
	loop->has_changed = true;
	loop->changed = now;
	return v_bool(true);
}

static struct value m_bit_length(struct ev *ev, struct value self, struct value *a UNUSED,
				 const struct cargs *args UNUSED)
{
	int64_t i, n = 0;
	uint64_t u;

	if (!num_int64(self, &i))
		return ev_fail(ev, UNSUPPORTED_ERROR,
			       "bit_length() of an integer beyond 64 bits is not supported");
	for (u = i < 0 ? 0 - (uint64_t)i : (uint64_t)i; u; u >>= 1)
		n++;
	return v_int(n);
}

static struct value m_is_integer(struct ev *ev UNUSED, struct value self, struct value *a UNUSED,
				 const struct cargs *args UNUSED)
{
	double f = num_double(self);

	return v_bool(f - f == 0 && (f >= 9e18 || f <= -9e18 || f == (double)(int64_t)f));
}

#define DICT TYPE_BIT(V_DICT)
#define LIST TYPE_BIT(V_LIST)

const struct method_def container_methods[] = {
	{ DICT, { "get", "- -", 1, m_dict_get, NULL } },
	{ DICT, { "items", "", 0, dict_items, NULL } },
	{ DICT, { "keys", "", 0, dict_keys, NULL } },
	{ DICT, { "values", "", 0, dict_values, NULL } },
	{ DICT, { "copy", "", 0, m_dict_copy, NULL } },
	{ DICT, { "update", "*", 0, m_dict_update, NULL } },
	{ DICT, { "pop", "- -", 1, m_dict_pop, NULL } },
	{ DICT, { "popitem", "", 0, m_dict_popitem, NULL } },
	{ DICT, { "setdefault", "- -", 1, m_dict_setdefault, NULL } },
	{ DICT, { "clear", "", 0, m_dict_clear, NULL } },
	{ DICT, { "fromkeys", "*", 0, NULL, "make it in a loop" } },
	{ LIST, { "append", "-", 1, m_list_append, NULL } },
	{ LIST, { "extend", "-", 1, m_list_extend, NULL } },
	{ LIST, { "insert", "- -", 2, m_list_insert, NULL } },
	{ LIST, { "pop", "-", 0, m_list_pop, NULL } },
	{ LIST, { "remove", "-", 1, m_list_remove, NULL } },
	{ LIST | TYPE_BIT(V_TUPLE), { "index", "- - -", 1, m_list_index, NULL } },
	{ LIST | TYPE_BIT(V_TUPLE), { "count", "-", 1, m_list_count, NULL } },
	{ LIST, { "copy", "", 0, m_list_copy, NULL } },
	{ LIST, { "clear", "", 0, m_list_clear, NULL } },
	{ LIST, { "reverse", "", 0, m_list_reverse, NULL } },
	{ LIST, { "sort", "*", 0, NULL, "use the filter 'sort'" } },
	{ TYPE_BIT(V_RANGE), { "index", "*", 0, NULL, "make it a list first" } },
	{ TYPE_BIT(V_RANGE), { "count", "*", 0, NULL, "make it a list first" } },
	{ TYPE_BIT(V_CYCLER), { "next", "", 0, m_cycler_next, NULL } },
	{ TYPE_BIT(V_CYCLER), { "reset", "", 0, m_cycler_reset, NULL } },
	{ TYPE_BIT(V_LOOP), { "cycle", "*", 0, m_loop_cycle, NULL } },
	{ TYPE_BIT(V_LOOP), { "changed", "*", 0, m_loop_changed, NULL } },
	{ T_INTEGRAL, { "bit_length", "", 0, m_bit_length, NULL } },
	{ T_INTEGRAL, { "to_bytes", "*", 0, NULL, NULL } },
	{ T_INTEGRAL, { "from_bytes", "*", 0, NULL, NULL } },
	{ T_INTEGRAL, { "bit_count", "*", 0, NULL, NULL } },
	{ T_INTEGRAL | T_REAL, { "conjugate", "*", 0, NULL, NULL } },
	{ T_INTEGRAL | T_REAL, { "as_integer_ratio", "*", 0, NULL, NULL } },
	{ T_REAL, { "is_integer", "", 0, m_is_integer, NULL } },
	{ T_REAL, { "hex", "*", 0, NULL, NULL } },
	{ T_REAL, { "fromhex", "*", 0, NULL, NULL } },
	{ 0, { NULL, NULL, 0, NULL, NULL } },
};
