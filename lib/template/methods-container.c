#include "base/base.h"
#include "template/filters.h"
#include "template/methods.h"

/* Methods of dicts, lists, loops and what else is no string. */

bool dict_update(struct ev *ev, struct dict *d, struct value from)
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

	dict_update(ev, d, self);
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
	if (args->nr && !dict_update(ev, d, args->pos[0]))
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

	if ((a[1].type != V_MISSING && !arg_index(ev, a[1], "the start", &from)) ||
	    (a[2].type != V_MISSING && !arg_index(ev, a[2], "the stop", &to)))
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

static struct value m_list_sort(struct ev *ev, struct value self, struct value *a UNUSED,
				const struct cargs *args)
{
	struct list *l = list_of(ev, self);
	struct sort_item *items = ev_alloc(ev, (l->nr + 1) * sizeof(*items));
	bool reverse = false;
	uint32_t i;

	if (args->nr)
		return ev_fail(ev, TYPE_ERROR, "sort() takes no positional arguments");
	for (i = 0; i < args->kw_nr; i++) {
		const char *name = args->kw_names[i]->s;

		if (str_eq(name, "key") && args->kw_values[i].type != V_NONE)
			return ev_fail_at(ev, ev->at, UNSUPPORTED_ERROR,
					  "use the filter 'sort' with attribute=",
					  "the argument 'key' of sort() is not supported");
		if (str_eq(name, "reverse")) {
			if (!arg_flag(ev, args->kw_values[i], "reverse", &reverse))
				return v_poison();
		} else if (!str_eq(name, "key")) {
			return ev_fail(ev, TYPE_ERROR, "sort() has no argument '%s'", name);
		}
	}
	for (i = 0; i < l->nr; i++)
		items[i].key = items[i].item = l->v[i];
	if (!sort_items(ev, items, l->nr, reverse))
		return v_poison();
	for (i = 0; i < l->nr; i++)
		l->v[i] = items[i].item;
	return v_none();
}

/* Where in the range an integer (or a float that is one) stands, or -1. */
static int64_t range_position(const struct range *r, struct value v)
{
	uint64_t distance, step;
	int64_t i = 0;

	if (is_type(v, T_REAL)) {
		double f = num_double(v);

		if (f < -9e15 || f > 9e15 || f != (double)(int64_t)f)
			return -1;
		i = (int64_t)f;
	} else if (!num_int64(v, &i)) {
		return -1;
	}
	if (r->step > 0 ? i < r->start : i > r->start)
		return -1;
	distance = r->step > 0 ? (uint64_t)i - (uint64_t)r->start :
				 (uint64_t)r->start - (uint64_t)i;
	step = r->step > 0 ? (uint64_t)r->step : 0 - (uint64_t)r->step;
	return distance % step || distance / step >= r->nr ? -1 : (int64_t)(distance / step);
}

static struct value m_range_index(struct ev *ev, struct value self, struct value *a,
				  const struct cargs *args UNUSED)
{
	int64_t at = range_position(self.u.range, a[0]);

	return at < 0 ? ev_fail(ev, TYPE_ERROR, "index(): the value is not in the range") :
			v_int(at);
}

static struct value m_range_count(struct ev *ev UNUSED, struct value self, struct value *a,
				  const struct cargs *args UNUSED)
{
	return v_int(range_position(self.u.range, a[0]) >= 0);
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
	{ LIST, { "sort", "*", 0, m_list_sort, NULL } },
	{ TYPE_BIT(V_RANGE), { "index", "-", 1, m_range_index, NULL } },
	{ TYPE_BIT(V_RANGE), { "count", "-", 1, m_range_count, NULL } },
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
