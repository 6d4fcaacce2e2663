#include "base/base.h"
#include "template/methods.h"

/* Methods of str that look for another, and those that split and join. */

/* s[start:end] as byte offsets; false when the slice is out of range (as opposed to empty). */
static bool bounds(struct ev *ev, struct value self, struct value start, struct value end,
		   size_t *from, size_t *to, bool *ok)
{
	int64_t n = str_chars(self.u.str), i = 0, j = n;

	*ok = true;
	if ((start.type != V_MISSING && start.type != V_NONE &&
	     !arg_index(ev, start, "start", &i)) ||
	    (end.type != V_MISSING && end.type != V_NONE && !arg_index(ev, end, "end", &j))) {
		*ok = false;
		return false;
	}
	if (j > n)
		j = n;
	if (j < 0)
		j = MAX(j + n, 0);
	if (i < 0)
		i = MAX(i + n, 0);
	if (i > j || i > n)
		return false;
	*from = str_offset(self.u.str, (uint64_t)i);
	*to = str_offset(self.u.str, (uint64_t)j);
	return true;
}

static struct value affix(struct ev *ev, struct value self, struct value *a, bool suffix)
{
	struct value one[1] = { a[0] };
	struct list *l = NULL;
	size_t from, to;
	uint32_t i, nr = 1;
	bool ok, inside;

	inside = bounds(ev, self, a[1], a[2], &from, &to, &ok);
	if (!ok)
		return v_poison();
	if (a[0].type == V_TUPLE) {
		l = list_of(ev, a[0]);
		nr = l->nr;
	}
	for (i = 0; i < nr; i++) {
		struct vstr *s;

		if (!arg_str(ev, l ? l->v[i] : one[0],
			     suffix ? "the argument of endswith()" : "the argument of startswith()",
			     &s))
			return v_poison();
		if (inside && to - from >= s->len &&
		    !memcmp(self.u.str->s + (suffix ? to - s->len : from), s->s, s->len))
			return v_bool(true);
	}
	return v_bool(false);
}

METHOD(m_startswith)
{
	return affix(ev, self, a, false);
}

METHOD(m_endswith)
{
	return affix(ev, self, a, true);
}

METHOD(m_removeprefix)
{
	struct vstr *s, *t = self.u.str;

	if (!arg_str(ev, a[0], "the argument of removeprefix()", &s))
		return v_poison();
	if (s->len <= t->len && !memcmp(t->s, s->s, s->len))
		return v_same_markup(v_str(ev, t->s + s->len, t->len - s->len), self);
	return self;
}

METHOD(m_removesuffix)
{
	struct vstr *s, *t = self.u.str;

	if (!arg_str(ev, a[0], "the argument of removesuffix()", &s))
		return v_poison();
	if (s->len && s->len <= t->len && !memcmp(t->s + t->len - s->len, s->s, s->len))
		return v_same_markup(v_str(ev, t->s, t->len - s->len), self);
	return self;
}

static const char *find_last(const char *hay, size_t len, const char *needle, size_t n)
{
	size_t i;

	if (n > len)
		return NULL;
	for (i = len - n + 1; i-- > 0;)
		if (!memcmp(hay + i, needle, n))
			return hay + i;
	return NULL;
}

static int64_t chars_to(struct value self, const char *p)
{
	int64_t n = 0;
	const char *s;

	for (s = self.u.str->s; s < p; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static struct value find_in(struct ev *ev, struct value self, struct value *a, bool last, bool must)
{
	const char *hit = NULL;
	struct vstr *s;
	size_t from, to;
	bool ok;

	if (!arg_str(ev, a[0], "what to find", &s))
		return v_poison();
	if (bounds(ev, self, a[1], a[2], &from, &to, &ok)) {
		ev_step(ev, (to - from) / 16);
		hit = last ? find_last(self.u.str->s + from, to - from, s->s, s->len) :
			     mem_find(self.u.str->s + from, to - from, s->s, s->len);
	}
	if (!ok)
		return v_poison();
	if (!hit && must)
		return ev_fail(ev, TYPE_ERROR, "substring not found");
	return v_int(hit ? chars_to(self, hit) : -1);
}

METHOD(m_find)
{
	return find_in(ev, self, a, false, false);
}

METHOD(m_rfind)
{
	return find_in(ev, self, a, true, false);
}

METHOD(m_index)
{
	return find_in(ev, self, a, false, true);
}

METHOD(m_rindex)
{
	return find_in(ev, self, a, true, true);
}

METHOD(m_count)
{
	const char *p, *end;
	struct vstr *s;
	size_t from, to;
	int64_t n = 0;
	bool ok;

	if (!arg_str(ev, a[0], "what to count", &s))
		return v_poison();
	if (!bounds(ev, self, a[1], a[2], &from, &to, &ok))
		return ok ? v_int(0) : v_poison();
	if (!s->len) {
		for (; from < to; from++)
			n += ((unsigned char)self.u.str->s[from] & 0xc0) != 0x80;
		return v_int(n + 1);
	}
	ev_step(ev, (to - from) / 16);
	p = self.u.str->s + from;
	end = self.u.str->s + to;
	while ((p = mem_find(p, (size_t)(end - p), s->s, s->len)) != NULL) {
		n++;
		p += s->len;
	}
	return v_int(n);
}

/* --- splitting and joining ------------------------------------------------------------ */

static void push_part(struct ev *ev, struct list *l, const char *s, size_t len, struct value like)
{
	ev_step(ev, 1);
	list_push(ev, l, v_same_markup(v_str(ev, s, len), like));
}

static struct list *split_space(struct ev *ev, struct value self, int64_t max)
{
	const struct vstr *s = self.u.str;
	struct list *l = list_new(ev, 4);
	size_t i = 0;
	uint32_t cp;

	for (;;) {
		size_t from, n;

		while (i < s->len) {
			n = cp_decode(s->s + i, s->len - i, &cp);
			if (!cp_space(cp))
				break;
			i += n;
		}
		if (i >= s->len)
			return l;
		from = i;
		if (max == 0) {
			push_part(ev, l, s->s + from, s->len - from, self);
			return l;
		}
		while (i < s->len) {
			n = cp_decode(s->s + i, s->len - i, &cp);
			if (cp_space(cp))
				break;
			i += n;
		}
		push_part(ev, l, s->s + from, i - from, self);
		max--;
	}
}

static void turn_around(struct list *l)
{
	uint32_t i;

	for (i = 0; i < l->nr / 2; i++) {
		struct value v = l->v[i];

		l->v[i] = l->v[l->nr - 1 - i];
		l->v[l->nr - 1 - i] = v;
	}
}

static struct list *rsplit_space(struct ev *ev, struct value self, int64_t max)
{
	struct list *l = list_new(ev, 4);
	struct value rest = str_strip(ev, self, v_missing(), false, true);

	while (rest.u.str->len) {
		const struct vstr *s = rest.u.str;
		size_t from = s->len;
		uint32_t cp;

		if (max == 0) {
			list_push(ev, l, rest);
			break;
		}
		while (from > 0) {
			size_t at = from - 1;

			while (at > 0 && ((unsigned char)s->s[at] & 0xc0) == 0x80)
				at--;
			cp_decode(s->s + at, s->len - at, &cp);
			if (cp_space(cp))
				break;
			from = at;
		}
		push_part(ev, l, s->s + from, s->len - from, self);
		rest = str_strip(ev, v_same_markup(v_str(ev, s->s, from), self), v_missing(), false,
				 true);
		max--;
	}
	turn_around(l);
	return l;
}

static struct value split(struct ev *ev, struct value self, struct value *a, bool right)
{
	const struct vstr *s = self.u.str;
	const char *p = s->s, *end = p + s->len, *hit;
	struct list *l;
	struct vstr *sep;
	int64_t max = -1;

	if (a[1].type != V_MISSING && !arg_int(ev, a[1], "maxsplit", &max))
		return v_poison();
	ev_step(ev, s->len / 16);
	if (a[0].type == V_MISSING || a[0].type == V_NONE)
		return v_list(right && max >= 0 ? rsplit_space(ev, self, max) :
						  split_space(ev, self, max));
	if (!arg_str(ev, a[0], "the separator", &sep))
		return v_poison();
	if (!sep->len)
		return ev_fail(ev, TYPE_ERROR, "empty separator");
	l = list_new(ev, 4);
	if (right) {
		while (max != 0 &&
		       (hit = find_last(p, (size_t)(end - p), sep->s, sep->len)) != NULL) {
			push_part(ev, l, hit + sep->len, (size_t)(end - hit) - sep->len, self);
			end = hit;
			max--;
		}
		push_part(ev, l, p, (size_t)(end - p), self);
		turn_around(l);
		return v_list(l);
	}
	while (max != 0 && (hit = mem_find(p, (size_t)(end - p), sep->s, sep->len)) != NULL) {
		push_part(ev, l, p, (size_t)(hit - p), self);
		p = hit + sep->len;
		max--;
	}
	push_part(ev, l, p, (size_t)(end - p), self);
	return v_list(l);
}

METHOD(m_split)
{
	return split(ev, self, a, false);
}

METHOD(m_rsplit)
{
	return split(ev, self, a, true);
}

METHOD(m_splitlines)
{
	int64_t keepends = 0;

	if (a[0].type != V_MISSING && !arg_int(ev, a[0], "keepends", &keepends))
		return v_poison();
	return v_list(str_splitlines(ev, self, keepends != 0));
}

static struct value partition(struct ev *ev, struct value self, struct value arg, bool right)
{
	const struct vstr *s = self.u.str;
	struct list *l = list_new(ev, 3);
	struct vstr *sep;
	const char *hit;

	if (!arg_str(ev, arg, "the separator", &sep))
		return v_poison();
	if (!sep->len)
		return ev_fail(ev, TYPE_ERROR, "empty separator");
	hit = right ? find_last(s->s, s->len, sep->s, sep->len) :
		      mem_find(s->s, s->len, sep->s, sep->len);
	if (!hit) {
		struct value none = v_same_markup(v_str_static(ev, ""), self);

		list_push(ev, l, right ? none : self);
		list_push(ev, l, none);
		list_push(ev, l, right ? self : none);
		return v_tuple(l);
	}
	push_part(ev, l, s->s, (size_t)(hit - s->s), self);
	push_part(ev, l, sep->s, sep->len, self);
	push_part(ev, l, hit + sep->len, (size_t)(s->s + s->len - hit) - sep->len, self);
	return v_tuple(l);
}

METHOD(m_partition)
{
	return partition(ev, self, a[0], false);
}

METHOD(m_rpartition)
{
	return partition(ev, self, a[0], true);
}

METHOD(m_join)
{
	struct iter *it = value_iter(ev, a[0], false);
	struct value item;
	bool first = true;
	struct buf b;
	int got;

	if (!it)
		return v_poison();
	buf_init(&b, ev);
	while ((got = iter_next(ev, it, &item)) > 0) {
		struct vstr *s;

		ev_step(ev, 1);
		if (!first)
			buf_addvstr(&b, self.u.str);
		first = false;
		if (self.flags & VF_MARKUP)
			item = html_escape(ev, item);
		if (!arg_str(ev, item, "an item to join", &s))
			return v_poison();
		buf_addvstr(&b, s);
	}
	return got < 0 ? v_poison() : v_same_markup(buf_value(&b), self);
}

#define STR TYPE_BIT(V_STRING)

const struct method_def find_methods[] = {
	{ STR, { "count", "- - -", 1, m_count, NULL } },
	{ STR, { "endswith", "- - -", 1, m_endswith, NULL } },
	{ STR, { "find", "- - -", 1, m_find, NULL } },
	{ STR, { "index", "- - -", 1, m_index, NULL } },
	{ STR, { "join", "-", 1, m_join, NULL } },
	{ STR, { "partition", "-", 1, m_partition, NULL } },
	{ STR, { "removeprefix", "-", 1, m_removeprefix, NULL } },
	{ STR, { "removesuffix", "-", 1, m_removesuffix, NULL } },
	{ STR, { "rfind", "- - -", 1, m_rfind, NULL } },
	{ STR, { "rindex", "- - -", 1, m_rindex, NULL } },
	{ STR, { "rpartition", "-", 1, m_rpartition, NULL } },
	{ STR, { "rsplit", "sep maxsplit", 0, m_rsplit, NULL } },
	{ STR, { "split", "sep maxsplit", 0, m_split, NULL } },
	{ STR, { "splitlines", "keepends", 0, m_splitlines, NULL } },
	{ STR, { "startswith", "- - -", 1, m_startswith, NULL } },
	{ 0, { NULL, NULL, 0, NULL, NULL } },
};
