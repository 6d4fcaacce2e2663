#ifndef TEMPLATE_FILTERS_H
#define TEMPLATE_FILTERS_H

#include "template/internal.h"

/* The signature of a filter. */
#define FILTER(name)                                                             \
	static struct value name(struct ev *ev UNUSED, struct value self UNUSED, \
				 struct value *a UNUSED, const struct cargs *args UNUSED)

extern const struct builtin string_filters[], wrap_filters[], seq_filters[], sort_filters[],
	lazy_filters[], num_filters[];

/* An attribute, "a.b.0": one part after the other. */
struct attr_part {
	bool is_int;
	int64_t i;
	struct value s;
};

struct attr {
	struct attr_part *parts;
	uint32_t nr;
};

struct sort_item {
	struct value key, item;
};

/* Sort by `key`, stable; false after an error. */
bool sort_items(struct ev *ev, struct sort_item *v, size_t nr, bool reverse);
/* sorted()'s reverse: an integer, or an error. */
bool arg_flag(struct ev *ev, struct value v, const char *what, bool *out);
/* The filter pprint. */
struct value pretty_text(struct ev *ev, struct value v);

/* The attributes that `v` names; `multi`: separated by commas. */
struct attr *make_attrs(struct ev *ev, struct value v, bool multi, uint32_t *nr);
/* That of `v`; undefined steps give `fallback` if it is something. */
struct value get_by_attr(struct ev *ev, const struct attr *attr, struct value v,
			 struct value fallback);
/* What a comparison that ignores case looks at. */
struct value fold_case(struct ev *ev, struct value v);

#endif
