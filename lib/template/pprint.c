#include "base/base.h"
#include "template/filters.h"

/*
 * The filter pprint: pprint.pformat() of Python's library, with its width of
 * 80 columns. What fits is a repr(); what does not is broken into lines.
 */

#define WIDTH 80

struct pretty {
	struct ev *ev;
	struct buf *out;
};

static void format(struct pretty *pp, struct value v, int64_t indent, int64_t allowance,
		   unsigned level);

/* Types in the order of their names; those that compare with each other are one. */
static int key_rank(struct value key)
{
	return key.type == V_NONE ? 0 : is_type(key, T_NUMBER) ? 1 : key.type == V_STRING ? 2 : 3;
}

static struct sort_item *sorted_items(struct ev *ev, struct value v, uint32_t *nr)
{
	struct dict *d = dict_of(ev, v);
	struct sort_item *items = ev_alloc(ev, (d->live + 1) * sizeof(*items));
	uint32_t i;

	*nr = 0;
	for (i = 0; i < d->nr; i++) {
		if (d->e[i].key.type == V_MISSING)
			continue;
		items[*nr].key = v_pair(ev, v_int(key_rank(d->e[i].key)), d->e[i].key);
		items[(*nr)++].item = v_pair(ev, d->e[i].key, d->e[i].val);
	}
	if (!sort_items(ev, items, *nr, false))
		*nr = 0;
	return items;
}

/* repr(), the members of dicts sorted. */
static void add_safe_repr(struct buf *b, struct value v, unsigned depth)
{
	struct ev *ev = b->ev;
	struct sort_item *items;
	struct list *l;
	uint32_t i, nr;

	if (depth > ev->limits.depth)
		ev_limit(ev, "a value is nested too deeply");
	ev_step(ev, 1);
	if (v.type == V_DICT) {
		items = sorted_items(ev, v, &nr);
		buf_addch(b, '{');
		for (i = 0; i < nr; i++) {
			l = items[i].item.u.list;
			buf_addstr(b, i ? ", " : "");
			add_safe_repr(b, l->v[0], depth + 1);
			buf_addstr(b, ": ");
			add_safe_repr(b, l->v[1], depth + 1);
		}
		buf_addch(b, '}');
	} else if (is_type(v, T_SEQ) && !v.u.list->group) {
		l = list_of(ev, v);
		buf_addch(b, v.type == V_LIST ? '[' : '(');
		for (i = 0; i < l->nr; i++) {
			buf_addstr(b, i ? ", " : "");
			add_safe_repr(b, l->v[i], depth + 1);
		}
		buf_addstr(b, v.type == V_LIST ? "]" : l->nr == 1 ? ",)" : ")");
	} else {
		add_repr(b, v, depth);
	}
}

static struct value safe_repr(struct ev *ev, struct value v)
{
	struct buf b;

	buf_init(&b, ev);
	add_safe_repr(&b, v, 0);
	return buf_value(&b);
}

static int64_t repr_chars(struct ev *ev, const char *s, size_t len)
{
	return str_chars(safe_repr(ev, v_str(ev, s, len)).u.str);
}

static void new_line(struct pretty *pp, const char *before, int64_t indent)
{
	buf_addstr(pp->out, before);
	buf_addch(pp->out, '\n');
	buf_fill(pp->out, ' ', (uint64_t)indent);
}

static void format_items(struct pretty *pp, struct list *l, int64_t indent, int64_t allowance,
			 unsigned level)
{
	uint32_t i;

	for (i = 0; i < l->nr; i++) {
		if (i)
			new_line(pp, ",", indent + 1);
		format(pp, l->v[i], indent + 1, i + 1 == l->nr ? allowance : 1, level);
	}
}

static void format_dict(struct pretty *pp, struct value v, int64_t indent, int64_t allowance,
			unsigned level)
{
	uint32_t nr, i;
	struct sort_item *items = sorted_items(pp->ev, v, &nr);

	buf_addch(pp->out, '{');
	for (i = 0; i < nr; i++) {
		struct list *pair = items[i].item.u.list;
		struct value key = safe_repr(pp->ev, pair->v[0]);

		if (i)
			new_line(pp, ",", indent + 1);
		buf_addvstr(pp->out, key.u.str);
		buf_addstr(pp->out, ": ");
		format(pp, pair->v[1], indent + 1 + str_chars(key.u.str) + 2,
		       i + 1 == nr ? allowance + 1 : 1, level);
	}
	buf_addch(pp->out, '}');
}

/* The end of \S*\s* from `i` on. */
static size_t word_end(const char *s, size_t len, size_t i)
{
	bool space = false;

	while (i < len) {
		uint32_t cp;
		size_t n = cp_decode(s + i, len - i, &cp);

		if (space && !cp_space(cp))
			break;
		space = cp_space(cp);
		i += n;
	}
	return i;
}

/* A line that is too long, in pieces that end behind white space. */
static void split_line(struct ev *ev, const struct vstr *line, int64_t width, int64_t allowance,
		       struct list *chunks)
{
	size_t from = 0, at = 0, end;

	for (; at < line->len; at = end) {
		end = word_end(line->s, line->len, at);
		if (end == line->len)
			width -= allowance;
		ev_step(ev, 1 + (end - from) / 16);
		if (repr_chars(ev, line->s + from, end - from) > width) {
			if (at > from)
				list_push(ev, chunks, v_str(ev, line->s + from, at - from));
			from = at;
		}
	}
	if (at > from)
		list_push(ev, chunks, v_str(ev, line->s + from, at - from));
}

static void format_str_lines(struct pretty *pp, struct value v, int64_t indent, int64_t allowance,
			     unsigned level)
{
	struct list *lines = str_splitlines(pp->ev, v, true), *chunks = list_new(pp->ev, 4);
	int64_t width;
	uint32_t i;

	if (level == 1) {
		indent++;
		allowance++;
	}
	width = WIDTH - indent;
	for (i = 0; i < lines->nr; i++) {
		const struct vstr *line = lines->v[i].u.str;
		int64_t last = i + 1 == lines->nr ? allowance : 0;

		if (repr_chars(pp->ev, line->s, line->len) <= width - last)
			list_push(pp->ev, chunks, lines->v[i]);
		else
			split_line(pp->ev, line, width, last, chunks);
	}
	if (level == 1 && chunks->nr > 1)
		buf_addch(pp->out, '(');
	for (i = 0; i < chunks->nr; i++) {
		if (i)
			new_line(pp, "", indent);
		add_repr(pp->out, chunks->v[i], 0);
	}
	if (level == 1 && chunks->nr > 1)
		buf_addch(pp->out, ')');
}

static void format(struct pretty *pp, struct value v, int64_t indent, int64_t allowance,
		   unsigned level)
{
	struct value text = safe_repr(pp->ev, v);

	if (level > pp->ev->limits.depth)
		ev_limit(pp->ev, "a value is nested too deeply");
	if (str_chars(text.u.str) <= WIDTH - indent - allowance) {
		buf_addvstr(pp->out, text.u.str);
	} else if (v.type == V_DICT) {
		format_dict(pp, v, indent, allowance, level + 1);
	} else if (v.type == V_LIST) {
		buf_addch(pp->out, '[');
		format_items(pp, list_of(pp->ev, v), indent, allowance + 1, level + 1);
		buf_addch(pp->out, ']');
	} else if (v.type == V_TUPLE && !v.u.list->group) {
		const char *end = v.u.list->nr == 1 ? ",)" : ")";

		buf_addch(pp->out, '(');
		format_items(pp, list_of(pp->ev, v), indent, allowance + (int64_t)strlen(end),
			     level + 1);
		buf_addstr(pp->out, end);
	} else if (v.type == V_STRING && !(v.flags & VF_MARKUP)) {
		format_str_lines(pp, v, indent, allowance, level + 1);
	} else {
		buf_addvstr(pp->out, text.u.str);
	}
}

struct value pretty_text(struct ev *ev, struct value v)
{
	struct buf b, probe;
	struct pretty pp = { .ev = ev, .out = &b };

	/* what has no repr() is told first, once */
	buf_init(&probe, ev);
	if (!add_repr(&probe, v, 0))
		return v_poison();
	buf_init(&b, ev);
	format(&pp, v, 0, 0, 0);
	return buf_value(&b);
}
