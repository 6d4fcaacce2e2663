#include "base/base.h"
#include "template/filters.h"

/* Filters that are generators: they work when they are walked. */

/* Walks another value one by one; its iterator is made at the first step. */
static int source_next(struct ev *ev, struct iter *it, struct value *out)
{
	if (!it->started) {
		struct iter *source = value_iter(ev, it->over, false);

		it->started = true;
		if (!source) {
			it->done = true;
			return -1;
		}
		it->source = (struct value){ .type = V_ITER, .u.iter = source };
	}
	return iter_next(ev, it->source.u.iter, out);
}

struct mapper {
	struct attr *attr;
	struct value fallback, name;
	struct cargs args;
	bool by_attr, lookup, negate, with_test;
	const char *wrong;
	const struct node *at;
};

static int end(struct iter *it, int r)
{
	it->done = true;
	return r;
}

/* "if value:" at the start of map, select and the like: an empty value is nothing. */
static int check_source(struct ev *ev, struct iter *it)
{
	struct mapper *m = it->state;
	int yes;

	if (it->started)
		return 1;
	ev->at = m->at;
	yes = truth(ev, it->over);
	if (yes > 0 && m->wrong) {
		ev_fail(ev, TYPE_ERROR, "%s", m->wrong);
		return -1;
	}
	return yes;
}

static int next_mapped(struct ev *ev, struct iter *it, struct value *out)
{
	struct mapper *m = it->state;
	struct value item;
	int got = check_source(ev, it);

	if (got <= 0)
		return end(it, got);
	got = source_next(ev, it, &item);
	if (got <= 0)
		return end(it, got);
	ev_step(ev, 1);
	ev->at = m->at;
	if (m->by_attr)
		*out = get_by_attr(ev, m->attr, item, m->fallback);
	else
		*out = call_filter_named(ev, m->name, item, &m->args);
	return out->type == V_POISON ? end(it, -1) : 1;
}

static struct cargs rest_args(const struct cargs *args, uint32_t from)
{
	struct cargs r = *args;

	if (from > r.nr)
		from = r.nr;
	if (from)
		r.pos += from;
	r.nr -= from;
	return r;
}

static bool kw_is(const struct cargs *args, uint32_t i, const char *name)
{
	return strlen(name) == args->kw_names[i]->len &&
	       !memcmp(args->kw_names[i]->s, name, strlen(name));
}

FILTER(f_map)
{
	struct mapper *m = ev_alloc(ev, sizeof(*m));
	struct value attribute = v_missing();
	uint32_t i, nr;

	m->at = ev->at;
	m->fallback = v_missing();
	for (i = 0; !args->nr && i < args->kw_nr; i++)
		if (kw_is(args, i, "attribute")) {
			m->by_attr = true;
			attribute = args->kw_values[i];
		}
	if (m->by_attr) {
		for (i = 0; i < args->kw_nr; i++) {
			if (kw_is(args, i, "default"))
				m->fallback = args->kw_values[i];
			else if (!kw_is(args, i, "attribute"))
				m->wrong = "map takes only 'attribute' and 'default' as keywords";
		}
		m->attr = make_attrs(ev, attribute, false, &nr);
	} else if (!args->nr) {
		m->wrong = "map needs the name of a filter, or attribute=";
	} else {
		m->name = args->pos[0];
		m->args = rest_args(args, 1);
	}
	return v_iter(ev, "generator", next_mapped, self, m);
}

static int next_selected(struct ev *ev, struct iter *it, struct value *out)
{
	struct mapper *m = it->state;
	int got = check_source(ev, it);

	if (got <= 0)
		return end(it, got);
	while ((got = source_next(ev, it, out)) > 0) {
		struct value v = *out;
		int yes;

		ev_step(ev, 1);
		ev->at = m->at;
		if (m->lookup)
			v = get_by_attr(ev, m->attr, v, v_missing());
		if (m->with_test && v.type != V_POISON)
			v = call_test_named(ev, m->name, v, &m->args);
		yes = truth(ev, v);
		if (yes < 0)
			return end(it, -1);
		if ((yes > 0) != m->negate)
			return 1;
	}
	return end(it, got);
}

static struct value select_items(struct ev *ev, struct value self, const struct cargs *args,
				 bool lookup, bool negate)
{
	struct mapper *m = ev_alloc(ev, sizeof(*m));
	uint32_t off = lookup, nr;

	m->at = ev->at;
	m->lookup = lookup;
	m->negate = negate;
	if (lookup && !args->nr)
		m->wrong = "the name of an attribute is missing";
	else if (lookup)
		m->attr = make_attrs(ev, args->pos[0], false, &nr);
	if (args->nr > off) {
		m->with_test = true;
		m->name = args->pos[off];
		m->args = rest_args(args, off + 1);
	}
	return v_iter(ev, "generator", next_selected, self, m);
}

FILTER(f_select)
{
	return select_items(ev, self, args, false, false);
}

FILTER(f_reject)
{
	return select_items(ev, self, args, false, true);
}

FILTER(f_selectattr)
{
	return select_items(ev, self, args, true, false);
}

FILTER(f_rejectattr)
{
	return select_items(ev, self, args, true, true);
}

struct uniq {
	struct attr *attr;
	bool case_sensitive;
	struct dict *seen;
	const struct node *at;
};

static int next_unique(struct ev *ev, struct iter *it, struct value *out)
{
	struct uniq *u = it->state;
	int got;

	ev->at = u->at;
	while ((got = source_next(ev, it, out)) > 0) {
		struct value key = get_by_attr(ev, u->attr, *out, v_missing());
		bool bad;

		ev_step(ev, 1);
		if (key.type == V_POISON)
			return end(it, -1);
		if (!u->case_sensitive)
			key = fold_case(ev, key);
		if (dict_get(ev, u->seen, key, &bad))
			continue;
		if (bad)
			return end(it, -1);
		dict_set(ev, u->seen, key, v_none());
		return 1;
	}
	return end(it, got);
}

FILTER(f_unique)
{
	struct uniq *u = ev_alloc(ev, sizeof(*u));
	uint32_t nr;

	if (!arg_bool(ev, a[0], &u->case_sensitive))
		return v_poison();
	u->attr = make_attrs(ev, a[1], false, &nr);
	u->seen = dict_new(ev, 8);
	u->at = ev->at;
	return v_iter(ev, "generator", next_unique, self, u);
}

struct batch {
	struct value size, fill;
	struct list *seq;
	const struct node *at;
};

static int next_batch(struct ev *ev, struct iter *it, struct value *out)
{
	struct batch *b = it->state;
	struct list *l;
	struct value item;
	int got = 1, eq;

	ev->at = b->at;
	l = b->seq ? b->seq : list_new(ev, 4); /* the item that did not fit any more */
	b->seq = NULL;
	for (;;) {
		got = source_next(ev, it, &item);
		if (got <= 0)
			break;
		ev_step(ev, 1);
		eq = value_eq(ev, v_int(l->nr), b->size, 0);
		if (eq < 0)
			return end(it, -1);
		if (eq) {
			b->seq = list_new(ev, 4);
			list_push(ev, b->seq, item);
			*out = v_list(l);
			return 1;
		}
		list_push(ev, l, item);
	}
	it->done = true;
	if (got < 0 || !l->nr)
		return got;
	if (b->fill.type != V_MISSING && b->fill.type != V_NONE) {
		int64_t size;
		int less = value_cmp(ev, OP_LT, v_int(l->nr), b->size, 0);

		if (less < 0)
			return -1;
		if (less && !arg_int(ev, b->size, "the size of a batch", &size))
			return -1;
		if (!less)
			size = 0;
		if (size > (int64_t)ev->limits.iterations)
			ev_limit(ev, "a batch is too large");
		while (l->nr < size)
			list_push(ev, l, b->fill);
	}
	*out = v_list(l);
	return 1;
}

FILTER(f_batch)
{
	struct batch *b = ev_alloc(ev, sizeof(*b));

	b->size = a[0];
	b->fill = a[1];
	b->at = ev->at;
	return v_iter(ev, "generator", next_batch, self, b);
}

static int next_slice(struct ev *ev, struct iter *it, struct value *out)
{
	struct batch *b = it->state;
	int64_t slices, per, extra, n = (int64_t)it->pos, from, to;
	struct list *l;

	ev->at = b->at;
	if (!b->seq) {
		b->seq = to_list(ev, it->over);
		if (!b->seq)
			return end(it, -1);
	}
	if (!arg_int(ev, b->size, "the number of slices", &slices))
		return end(it, -1);
	if (!slices) {
		ev_fail(ev, TYPE_ERROR, "division by zero");
		return end(it, -1);
	}
	if (n >= slices)
		return end(it, 0);
	it->pos++;
	ev_step(ev, 1);
	per = b->seq->nr / slices;
	extra = b->seq->nr % slices;
	from = MIN(n, extra) + n * per;
	to = MIN(n + 1, extra) + (n + 1) * per;
	l = list_new(ev, (uint32_t)(to - from) + 1);
	for (; from < to; from++)
		list_push(ev, l, b->seq->v[from]);
	if (b->fill.type != V_MISSING && b->fill.type != V_NONE && n >= extra)
		list_push(ev, l, b->fill);
	*out = v_list(l);
	return 1;
}

FILTER(f_slice)
{
	struct batch *b = ev_alloc(ev, sizeof(*b));

	b->size = a[0];
	b->fill = a[1];
	b->at = ev->at;
	return v_iter(ev, "generator", next_slice, self, b);
}

static int next_items(struct ev *ev, struct iter *it, struct value *out)
{
	if (!it->started) {
		it->started = true;
		ev->at = it->state;
		if (it->over.type == V_UNDEFINED)
			return end(it, 0);
		if (it->over.type != V_DICT) {
			ev_fail(ev, TYPE_ERROR, "items needs a mapping, not %s",
				type_name(it->over));
			return end(it, -1);
		}
		it->source = call_value(
			ev, get_attr(ev, ev->at, it->over, v_str_static(ev, "items").u.str),
			&(struct cargs){ 0 });
		it->source = (struct value){ .type = V_ITER,
					     .u.iter = value_iter(ev, it->source, false) };
	}
	return iter_next(ev, it->source.u.iter, out);
}

FILTER(f_items)
{
	return v_iter(ev, "generator", next_items, self, (void *)(uintptr_t)ev->at);
}

static int next_reversed(struct ev *ev, struct iter *it, struct value *out)
{
	struct list *l = it->state ? it->state : list_of(ev, it->over);

	if (it->pos == 0 || it->pos > l->nr)
		return end(it, 0);
	*out = l->v[--it->pos];
	return 1;
}

FILTER(f_reverse)
{
	struct value v;

	switch ((enum value_type)self.type) {
	case V_STRING:
		return get_slice(ev, self, v_none(), v_none(), v_int(-1));
	case V_LIST:
	case V_TUPLE:
		list_of(ev, self);
		v = v_iter(ev, self.type == V_LIST ? "list_reverseiterator" : "reversed",
			   next_reversed, self, NULL);
		v.u.iter->pos = self.u.list->nr;
		return v;
	case V_RANGE:
		v = get_slice(ev, self, v_none(), v_none(), v_int(-1));
		v = v_iter(ev, "range_iterator", value_iter(ev, v, false)->next, v, NULL);
		return v;
	case V_DICT:
	case V_VIEW: {
		struct list *l = to_list(ev, self);

		if (!l)
			return v_poison();
		v = v_iter(ev, "dict_reverseiterator", next_reversed, v_list(l), NULL);
		v.u.iter->pos = l->nr;
		return v;
	}
	default: {
		struct list *l = to_list(ev, self), *out;
		uint32_t i;

		if (!l)
			return v_poison();
		out = list_new(ev, l->nr);
		for (i = l->nr; i-- > 0;)
			list_push(ev, out, l->v[i]);
		return v_list(out);
	}
	}
}

const struct builtin lazy_filters[] = {
	{ "batch", "linecount fill_with", 1, f_batch, NULL },
	{ "items", "", 0, f_items, NULL },
	{ "map", "*", 0, f_map, NULL },
	{ "reject", "*", 0, f_reject, NULL },
	{ "rejectattr", "*", 0, f_rejectattr, NULL },
	{ "reverse", "", 0, f_reverse, NULL },
	{ "select", "*", 0, f_select, NULL },
	{ "selectattr", "*", 0, f_selectattr, NULL },
	{ "slice", "slices fill_with", 1, f_slice, NULL },
	{ "unique", "case_sensitive attribute", 0, f_unique, NULL },
	{ NULL, NULL, 0, NULL, NULL },
};
