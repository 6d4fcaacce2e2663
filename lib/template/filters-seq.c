#include "base/base.h"
#include "template/filters.h"

/* Filters on sequences and mappings, after jinja2/filters.py. */

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

	if (self.type == V_UNDEFINED && self.u.undef->unsafe)
		return ev_undefined(ev, self);
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
		int64_t n = 0;
		char *blanks;

		/* of a string, Python does not look at it */
		if (self.type != V_STRING && !arg_int(ev, a[0], "indent", &n))
			return v_poison();
		n = MAX(n, 0);
		if ((uint64_t)n > ev->limits.string)
			ev_limit(ev, "a string is too long (more than %zu bytes)",
				 ev->limits.string);
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
	{ "count", "", 0, f_length, NULL },
	{ "d", "default_value boolean", 0, f_default, NULL },
	{ "default", "default_value boolean", 0, f_default, NULL },
	{ "first", "", 0, f_first, NULL },
	{ "join", "d attribute", 0, f_join, NULL },
	{ "last", "", 0, f_last, NULL },
	{ "length", "", 0, f_length, NULL },
	{ "list", "", 0, f_list, NULL },
	{ "random", "*", 0, NULL, "the text must be the same at each rendering" },
	{ "sum", "attribute start", 0, f_sum, NULL },
	{ "tojson", "indent", 0, f_tojson, NULL },
	{ NULL, NULL, 0, NULL, NULL },
};
