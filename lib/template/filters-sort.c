#include "base/base.h"
#include "template/filters.h"

/* Filters that compare: sort, dictsort, groupby, min, max. */

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

bool sort_items(struct ev *ev, struct sort_item *v, size_t nr, bool reverse)
{
	struct sorter s = { .ev = ev, .reverse = reverse };

	merge_sort(&s, v, ev_alloc(ev, (nr + 1) * sizeof(*v)), nr);
	return !s.failed;
}

bool arg_flag(struct ev *ev, struct value v, const char *what, bool *out)
{
	int64_t n = 0;

	if (v.type != V_MISSING && !arg_int(ev, v, what, &n))
		return false;
	*out = n != 0;
	return true;
}

FILTER(f_sort)
{
	bool reverse = false, case_sensitive = false;
	struct sort_item *items;
	struct attr *attrs;
	struct list *l, *out;
	uint32_t nr, i, k;

	if (!arg_flag(ev, a[0], "reverse", &reverse) || !arg_bool(ev, a[1], &case_sensitive))
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
	if (!arg_bool(ev, a[0], &case_sensitive) || !arg_flag(ev, a[2], "reverse", &reverse))
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

const struct builtin sort_filters[] = {
	{ "dictsort", "case_sensitive by reverse", 0, f_dictsort, NULL },
	{ "groupby", "attribute default case_sensitive", 1, f_groupby, NULL },
	{ "max", "case_sensitive attribute", 0, f_max, NULL },
	{ "min", "case_sensitive attribute", 0, f_min, NULL },
	{ "sort", "reverse case_sensitive attribute", 0, f_sort, NULL },
	{ NULL, NULL, 0, NULL, NULL },
};
