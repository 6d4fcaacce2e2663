#include "base/base.h"
#include "template/internal.h"

/* Filters on sequences and mappings, after jinja2/filters.py. */

#define FILTER(name)                                                             \
	static struct value name(struct ev *ev UNUSED, struct value self UNUSED, \
				 struct value *a UNUSED, const struct cargs *args UNUSED)

/* --- attributes: 'a.b.0' and 'a,b' ------------------------------------------------ */

struct attr_part {
	bool is_int;
	int64_t i;
	struct value s;
};

struct attr {
	struct attr_part *parts;
	uint32_t nr;
};

static bool all_digits(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (!isdigit((unsigned char)s[i]))
			return false;
	return len > 0 && len < 18;
}

static struct attr split_attr(struct ev *ev, const char *s, size_t len)
{
	struct attr attr = { 0 };
	size_t from = 0, i;
	uint32_t nr = 1;

	for (i = 0; i < len; i++)
		nr += s[i] == '.';
	attr.parts = ev_alloc(ev, nr * sizeof(*attr.parts));
	for (i = 0; i <= len; i++) {
		struct attr_part *part;

		if (i < len && s[i] != '.')
			continue;
		part = &attr.parts[attr.nr++];
		part->is_int = all_digits(s + from, i - from);
		part->s = v_str(ev, s + from, i - from);
		if (part->is_int)
			part->i = strtoll(part->s.u.str->s, NULL, 10);
		from = i + 1;
	}
	return attr;
}

/* The attributes that `v` names; `multi`: separated by commas. */
static struct attr *make_attrs(struct ev *ev, struct value v, bool multi, uint32_t *nr)
{
	struct attr *attrs;
	size_t from = 0, i;

	*nr = 1;
	if (v.type == V_MISSING || v.type == V_NONE)
		return ev_alloc(ev, sizeof(*attrs));
	if (v.type == V_STRING) {
		const struct vstr *s = v.u.str;

		for (i = 0; multi && i < s->len; i++)
			*nr += s->s[i] == ',';
		attrs = ev_alloc(ev, *nr * sizeof(*attrs));
		*nr = 0;
		for (i = 0; i <= s->len; i++) {
			if (i < s->len && !(multi && s->s[i] == ','))
				continue;
			attrs[(*nr)++] = split_attr(ev, s->s + from, i - from);
			from = i + 1;
		}
		return attrs;
	}
	attrs = ev_alloc(ev, sizeof(*attrs));
	attrs->parts = ev_alloc(ev, sizeof(*attrs->parts));
	attrs->nr = 1;
	attrs->parts->s = v;
	return attrs;
}

static struct value fold_case(struct ev *ev, struct value v)
{
	return v.type == V_STRING ? str_case(ev, v, CASE_LOWER) : v;
}

static struct value get_by_attr(struct ev *ev, const struct attr *attr, struct value v,
				struct value fallback)
{
	uint32_t i;

	for (i = 0; i < attr->nr && v.type != V_POISON; i++) {
		v = get_item(ev, ev->at, v,
			     attr->parts[i].is_int ? v_int(attr->parts[i].i) : attr->parts[i].s);
		if (v.type == V_UNDEFINED && fallback.type != V_MISSING && fallback.type != V_NONE)
			v = fallback;
	}
	return v;
}

/* --- sorting ------------------------------------------------------------------------ */

struct sort_item {
	struct value key, item;
};

struct sorter {
	struct ev *ev;
	bool reverse, failed;
};

static bool comes_before(struct sorter *s, const struct sort_item *b, const struct sort_item *a)
{
	int r;

	/* Python asks b < a; with reverse, a < b keeps equal ones in order too */
	ev_step(s->ev, 1);
	r = s->reverse ? value_cmp(s->ev, OP_LT, a->key, b->key, 0) :
			 value_cmp(s->ev, OP_LT, b->key, a->key, 0);
	if (r < 0)
		s->failed = true;
	return r > 0;
}

static void merge_sort(struct sorter *s, struct sort_item *v, struct sort_item *tmp, size_t nr)
{
	size_t half = nr / 2, i = 0, j = half, k = 0;

	if (nr < 2 || s->failed)
		return;
	merge_sort(s, v, tmp, half);
	merge_sort(s, v + half, tmp, nr - half);
	if (s->failed)
		return;
	memcpy(tmp, v, half * sizeof(*v));
	while (i < half && j < nr && !s->failed)
		v[k++] = comes_before(s, &v[j], &tmp[i]) ? v[j++] : tmp[i++];
	if (!s->failed)
		memcpy(v + k, tmp + i, (half - i) * sizeof(*v));
}

static bool sort_items(struct ev *ev, struct sort_item *v, size_t nr, bool reverse)
{
	struct sorter s = { .ev = ev, .reverse = reverse };

	merge_sort(&s, v, ev_alloc(ev, (nr + 1) * sizeof(*v)), nr);
	return !s.failed;
}

FILTER(f_sort)
{
	bool reverse = false, case_sensitive = false;
	struct sort_item *items;
	struct attr *attrs;
	struct list *l, *out;
	uint32_t nr, i, k;

	if (!arg_bool(ev, a[0], &reverse) || !arg_bool(ev, a[1], &case_sensitive))
		return v_poison();
	attrs = make_attrs(ev, a[2], true, &nr);
	l = to_list(ev, self);
	if (!l)
		return v_poison();
	items = ev_alloc(ev, (l->nr + 1) * sizeof(*items));
	for (i = 0; i < l->nr; i++) {
		struct list *keys = list_new(ev, nr);

		for (k = 0; k < nr; k++) {
			struct value v = get_by_attr(ev, &attrs[k], l->v[i], v_missing());

			if (v.type == V_POISON)
				return v;
			list_push(ev, keys, case_sensitive ? v : fold_case(ev, v));
		}
		items[i].key = v_list(keys);
		items[i].item = l->v[i];
	}
	if (!sort_items(ev, items, l->nr, reverse))
		return v_poison();
	out = list_new(ev, l->nr);
	for (i = 0; i < l->nr; i++)
		list_push(ev, out, items[i].item);
	return v_list(out);
}

FILTER(f_dictsort)
{
	bool case_sensitive = false, reverse = false, by_value = false;
	struct sort_item *items;
	struct dict *d;
	struct list *out;
	uint32_t i, n = 0;

	if (a[1].type != V_MISSING) {
		if (a[1].type == V_STRING && str_eq(a[1].u.str->s, "value"))
			by_value = true;
		else if (a[1].type != V_STRING || !str_eq(a[1].u.str->s, "key"))
			return ev_fail(ev, TYPE_ERROR, "dictsort: 'by' must be 'key' or 'value'");
	}
	if (!arg_bool(ev, a[0], &case_sensitive) || !arg_bool(ev, a[2], &reverse))
		return v_poison();
	if (self.type != V_DICT)
		return self.type == V_UNDEFINED ?
			       ev_undefined(ev, self) :
			       ev_fail(ev, TYPE_ERROR, "dictsort needs a dict, not %s",
				       type_name(self));
	d = dict_of(ev, self);
	items = ev_alloc(ev, (d->live + 1) * sizeof(*items));
	for (i = 0; i < d->nr; i++) {
		struct value key = by_value ? d->e[i].val : d->e[i].key;

		if (d->e[i].key.type == V_MISSING)
			continue;
		items[n].key = case_sensitive ? key : fold_case(ev, key);
		items[n++].item = v_pair(ev, d->e[i].key, d->e[i].val);
	}
	if (!sort_items(ev, items, n, reverse))
		return v_poison();
	out = list_new(ev, n);
	for (i = 0; i < n; i++)
		list_push(ev, out, items[i].item);
	return v_list(out);
}

FILTER(f_groupby)
{
	bool case_sensitive = false;
	struct sort_item *items;
	struct attr *attr;
	struct list *l, *out, *group = NULL;
	uint32_t nr, i;

	if (!arg_bool(ev, a[2], &case_sensitive))
		return v_poison();
	attr = make_attrs(ev, a[0], false, &nr);
	l = to_list(ev, self);
	if (!l)
		return v_poison();
	items = ev_alloc(ev, (l->nr + 1) * sizeof(*items));
	for (i = 0; i < l->nr; i++) {
		struct value v = get_by_attr(ev, attr, l->v[i], a[1]);

		if (v.type == V_POISON)
			return v;
		items[i].key = case_sensitive ? v : fold_case(ev, v);
		items[i].item = l->v[i];
	}
	if (!sort_items(ev, items, l->nr, false))
		return v_poison();
	out = list_new(ev, 4);
	for (i = 0; i < l->nr; i++) {
		int same = 0;

		if (i) {
			same = value_is(items[i].key, items[i - 1].key) ?
				       1 :
				       value_eq(ev, items[i - 1].key, items[i].key, 0);
			if (same < 0)
				return v_poison();
		}
		if (!same) {
			struct value pair;

			group = list_new(ev, 4);
			pair = v_pair(ev,
				      case_sensitive ? items[i].key :
						       get_by_attr(ev, attr, items[i].item, a[1]),
				      v_list(group));
			pair.u.list->group = true;
			list_push(ev, out, pair);
		}
		list_push(ev, group, items[i].item);
	}
	return v_list(out);
}

/* min, max */
static struct value extreme(struct ev *ev, struct value self, struct value *a, enum operator op)
{
	bool case_sensitive = false;
	struct value best = v_missing(), best_key = v_missing(), item;
	struct attr *attr;
	struct iter *it;
	uint32_t nr;
	int got;

	if (!arg_bool(ev, a[0], &case_sensitive))
		return v_poison();
	attr = make_attrs(ev, a[1], false, &nr);
	it = value_iter(ev, self, false);
	if (!it)
		return v_poison();
	while ((got = iter_next(ev, it, &item)) > 0) {
		struct value key = get_by_attr(ev, attr, item, v_missing());
		int better = 1;

		ev_step(ev, 1);
		if (key.type == V_POISON)
			return key;
		if (!case_sensitive)
			key = fold_case(ev, key);
		if (best_key.type != V_MISSING)
			better = value_cmp(ev, op, key, best_key, 0);
		if (better < 0)
			return v_poison();
		if (better) {
			best = item;
			best_key = key;
		}
	}
	if (got < 0)
		return v_poison();
	if (best_key.type == V_MISSING)
		return undefined_value(ev, ev->at, v_missing(), NULL,
				       "no aggregated item, the sequence is empty");
	return best;
}

FILTER(f_min)
{
	return extreme(ev, self, a, OP_LT);
}

FILTER(f_max)
{
	return extreme(ev, self, a, OP_GT);
}

/* --- generators -------------------------------------------------------------------- */

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

		if (!arg_int(ev, b->size, "the size of a batch", &size))
			return -1;
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

/* --- the rest -------------------------------------------------------------------------- */

FILTER(f_first)
{
	struct iter *it = value_iter(ev, self, false);
	struct value v;
	int got = it ? iter_next(ev, it, &v) : -1;

	if (got < 0)
		return v_poison();
	return got ? v :
		     undefined_value(ev, ev->at, v_missing(), NULL,
				     "no first item, the sequence is empty");
}

FILTER(f_last)
{
	struct list *l;

	if (self.type == V_ITER)
		return ev_fail_at(ev, ev->at, TYPE_ERROR, "make it a list first: ... | list | last",
				  "the last item of a %s cannot be told", type_name(self));
	if (self.type == V_RANGE && self.u.range->nr)
		return get_item(ev, ev->at, self, v_int(-1));
	l = to_list(ev, self);
	if (!l)
		return v_poison();
	return l->nr ? l->v[l->nr - 1] :
		       undefined_value(ev, ev->at, v_missing(), NULL,
				       "no last item, the sequence is empty");
}

FILTER(f_list)
{
	struct list *l = to_list(ev, self);

	return l ? v_list(l) : v_poison();
}

FILTER(f_length)
{
	int64_t n = value_len(ev, self, false);

	return n < 0 ? v_poison() : v_int(n);
}

FILTER(f_join)
{
	struct value item,
		sep = a[0].type == V_MISSING ? v_str_static(ev, "") : to_str(ev, a[0], false);
	struct attr *attr = NULL;
	bool first = true;
	struct iter *it;
	uint32_t nr;
	struct buf b;
	int got;

	if (a[1].type != V_MISSING && a[1].type != V_NONE)
		attr = make_attrs(ev, a[1], false, &nr);
	it = value_iter(ev, self, false);
	if (!it || sep.type != V_STRING)
		return v_poison();
	buf_init(&b, ev);
	while ((got = iter_next(ev, it, &item)) > 0) {
		ev_step(ev, 1);
		if (attr)
			item = get_by_attr(ev, attr, item, v_missing());
		if (!first)
			buf_addvstr(&b, sep.u.str);
		first = false;
		if (item.type == V_POISON || !add_str(&b, item))
			return v_poison();
	}
	return got < 0 ? v_poison() : buf_value(&b);
}

FILTER(f_sum)
{
	struct value total = a[1].type == V_MISSING ? v_int(0) : a[1], item;
	struct attr *attr = NULL;
	struct iter *it;
	uint32_t nr;
	int got;

	if (a[0].type != V_MISSING && a[0].type != V_NONE)
		attr = make_attrs(ev, a[0], false, &nr);
	it = value_iter(ev, self, false);
	if (!it)
		return v_poison();
	if (total.type == V_STRING)
		return ev_fail_at(ev, ev->at, TYPE_ERROR, "use the filter 'join'",
				  "sum cannot add strings");
	while ((got = iter_next(ev, it, &item)) > 0) {
		ev_step(ev, 1);
		if (attr)
			item = get_by_attr(ev, attr, item, v_missing());
		total = binary(ev, OP_ADD, total, item);
		if (total.type == V_POISON)
			return total;
	}
	return got < 0 ? v_poison() : total;
}

FILTER(f_default)
{
	bool boolean = false;
	int yes;

	if (self.type != V_UNDEFINED) {
		if (!arg_bool(ev, a[1], &boolean))
			return v_poison();
		if (!boolean)
			return self;
		yes = truth(ev, self);
		if (yes)
			return yes < 0 ? v_poison() : self;
	}
	return a[0].type == V_MISSING ? v_str_static(ev, "") : a[0];
}

FILTER(f_attr)
{
	struct value v, key = a[0];
	struct value empty;

	if (key.type != V_STRING)
		return ev_fail(ev, TYPE_ERROR, "attr needs a name, not %s", type_name(key));
	if (self.type == V_UNDEFINED)
		return ev_undefined(ev, self);
	/* attributes only, not items: a dict is asked as if it had none */
	empty = self;
	if (self.type == V_DICT) {
		empty = v_dict(dict_new(ev, 0));
		v = get_attr(ev, ev->at, empty, key.u.str);
		if (v.type == V_UNDEFINED)
			return v.u.undef->unsafe ?
				       v :
				       undefined_value(ev, ev->at, self, key.u.str, NULL);
		return get_attr(ev, ev->at, self, key.u.str);
	}
	return get_attr(ev, ev->at, self, key.u.str);
}

FILTER(f_tojson)
{
	struct value r;
	struct buf b;
	bool ok;

	buf_init(&b, ev);
	if (a[0].type == V_MISSING || a[0].type == V_NONE) {
		ok = add_json(&b, self, NULL, 0);
	} else if (a[0].type == V_STRING) {
		ok = add_json(&b, self, a[0].u.str->s, a[0].u.str->len);
	} else {
		int64_t n;
		char *blanks;

		if (!arg_int(ev, a[0], "indent", &n))
			return v_poison();
		n = n < 0 ? 0 : MIN(n, 1000);
		blanks = ev_alloc(ev, (size_t)n + 1);
		memset(blanks, ' ', (size_t)n);
		ok = add_json(&b, self, blanks, (size_t)n);
	}
	if (!ok)
		return v_poison();
	r = buf_value(&b);
	r.flags |= VF_MARKUP;
	return r;
}

const struct builtin seq_filters[] = {
	{ "attr", "name", 1, f_attr, NULL },
	{ "batch", "linecount fill_with", 1, f_batch, NULL },
	{ "count", "", 0, f_length, NULL },
	{ "d", "default_value boolean", 0, f_default, NULL },
	{ "default", "default_value boolean", 0, f_default, NULL },
	{ "dictsort", "case_sensitive by reverse", 0, f_dictsort, NULL },
	{ "first", "", 0, f_first, NULL },
	{ "groupby", "attribute default case_sensitive", 1, f_groupby, NULL },
	{ "items", "", 0, f_items, NULL },
	{ "join", "d attribute", 0, f_join, NULL },
	{ "last", "", 0, f_last, NULL },
	{ "length", "", 0, f_length, NULL },
	{ "list", "", 0, f_list, NULL },
	{ "map", "*", 0, f_map, NULL },
	{ "max", "case_sensitive attribute", 0, f_max, NULL },
	{ "min", "case_sensitive attribute", 0, f_min, NULL },
	{ "random", "*", 0, NULL, "the text must be the same at each rendering" },
	{ "reject", "*", 0, f_reject, NULL },
	{ "rejectattr", "*", 0, f_rejectattr, NULL },
	{ "reverse", "", 0, f_reverse, NULL },
	{ "select", "*", 0, f_select, NULL },
	{ "selectattr", "*", 0, f_selectattr, NULL },
	{ "slice", "slices fill_with", 1, f_slice, NULL },
	{ "sort", "reverse case_sensitive attribute", 0, f_sort, NULL },
	{ "sum", "attribute start", 0, f_sum, NULL },
	{ "tojson", "indent", 0, f_tojson, NULL },
	{ "unique", "case_sensitive attribute", 0, f_unique, NULL },
	{ NULL, NULL, 0, NULL, NULL },
};
