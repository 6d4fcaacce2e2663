#include "base/base.h"
#include "base/strmap.h"
#include "template/internal.h"

/* Making values, and what Python's bool(), len() and iter() say of them. */

uint32_t hash_str(const char *s, size_t len)
{
	uint32_t h = (uint32_t)hash_bytes(s, len);

	return h ? h : 1;
}

static struct value new_str(struct ev *ev, const char *s, size_t len)
{
	struct vstr *str = ev_alloc(ev, sizeof(*str));

	*str = (struct vstr){ .s = s, .len = (uint32_t)len, .chars = UINT32_MAX };
	return (struct value){ .type = V_STRING, .u.str = str };
}

struct value v_str(struct ev *ev, const char *s, size_t len)
{
	char *copy;

	if (len > ev->limits.string)
		ev_limit(ev, "a string is too long (more than %zu bytes)", ev->limits.string);
	copy = ev_alloc(ev, len + 1);
	memcpy(copy, s, len);
	return new_str(ev, copy, len);
}

struct value v_str_static(struct ev *ev, const char *s)
{
	return new_str(ev, s, strlen(s));
}

struct value v_str_ref(struct ev *ev, const char *s, size_t len)
{
	return new_str(ev, s, len);
}

/* A number of the values: an int where Python's json makes one. */
struct value v_json_number(struct arena *arena, const char *text, size_t len)
{
	struct decimal *dec;
	struct value v = { 0 };
	size_t i;

	for (i = text[0] == '-'; i < len; i++)
		if (text[i] < '0' || text[i] > '9')
			break;
	if (i == len) {
		if (len <= 18) {
			int64_t n = 0;

			for (i = text[0] == '-'; i < len; i++)
				n = n * 10 + (text[i] - '0');
			return v_int(text[0] == '-' ? -n : n);
		}
		errno = 0;
		v = v_int(strtoll(text, NULL, 10));
		if (errno != ERANGE)
			return v;
		v.type = V_BIG;
		v.u.big = big_from_text(arena, text + (text[0] == '-'), len - (text[0] == '-'),
					text[0] == '-');
		return v;
	}
	dec = arena_alloc(arena, sizeof(*dec));
	if (!dec)
		return v_float(strtod(text, NULL));
	*dec = (struct decimal){ .f = strtod(text, NULL), .text = text, .len = (uint32_t)len };
	v.type = V_DECIMAL;
	v.u.dec = dec;
	return v;
}

struct value v_json(struct ev *ev, const struct json *json, uint32_t origin, uint8_t flags)
{
	struct value v = { .flags = flags, .origin = origin };

	switch (json->type) {
	case JSON_NULL:
		v.type = V_NONE;
		break;
	case JSON_BOOL:
		v.type = V_BOOL;
		v.u.b = json->u.boolean;
		break;
	case JSON_NUMBER:
		v = v_json_number(&ev->arena, json->u.str.s, json->u.str.len);
		v.flags = flags;
		v.origin = origin;
		break;
	case JSON_STRING:
		v = new_str(ev, json->u.str.s, json->u.str.len);
		v.flags = flags;
		v.origin = origin;
		break;
	case JSON_ARRAY:
		v.type = V_LIST;
		v.u.list = ev_alloc(ev, sizeof(*v.u.list));
		v.u.list->json = json;
		v.u.list->nr = (uint32_t)json->u.array.nr;
		v.u.list->origin = origin;
		v.u.list->tainted = flags & VF_TAINT;
		break;
	case JSON_OBJECT:
		v.type = V_DICT;
		v.u.dict = ev_alloc(ev, sizeof(*v.u.dict));
		v.u.dict->json = json;
		v.u.dict->live = (uint32_t)json->u.object.nr;
		v.u.dict->origin = origin;
		v.u.dict->tainted = flags & VF_TAINT;
		break;
	}
	return v;
}

/* --- lists ----------------------------------------------------------------- */

struct list *list_new(struct ev *ev, uint32_t alloc)
{
	struct list *l = ev_alloc(ev, sizeof(*l));

	if (alloc) {
		l->v = ev_alloc(ev, alloc * sizeof(*l->v));
		l->alloc = alloc;
	}
	return l;
}

void list_push(struct ev *ev, struct list *l, struct value v)
{
	if (l->nr == l->alloc) {
		uint32_t alloc = l->alloc ? l->alloc * 2 : 4;
		struct value *bigger = ev_alloc(ev, alloc * sizeof(*bigger));

		if (l->nr)
			memcpy(bigger, l->v, l->nr * sizeof(*bigger));
		l->v = bigger;
		l->alloc = alloc;
	}
	l->v[l->nr++] = v;
}

struct list *list_of(struct ev *ev, struct value v)
{
	struct list *l = v.u.list;

	if (l->json) {
		const struct json *json = l->json;
		uint32_t i;

		l->json = NULL;
		l->v = ev_alloc(ev, (l->nr + 1) * sizeof(*l->v));
		l->alloc = l->nr + 1;
		ev_step(ev, l->nr);
		for (i = 0; i < l->nr; i++)
			l->v[i] = v_json(ev, &json->u.array.items[i], l->origin,
					 l->tainted ? VF_TAINT : 0);
	}
	return l;
}

struct value v_list(struct list *l)
{
	return (struct value){ .type = V_LIST, .u.list = l };
}

struct value v_tuple(struct list *l)
{
	return (struct value){ .type = V_TUPLE, .u.list = l };
}

struct value v_pair(struct ev *ev, struct value a, struct value b)
{
	struct list *l = list_new(ev, 2);

	list_push(ev, l, a);
	list_push(ev, l, b);
	return v_tuple(l);
}

struct value v_range(struct ev *ev, int64_t start, int64_t stop, int64_t step)
{
	struct range *r = ev_alloc(ev, sizeof(*r));

	*r = (struct range){ .start = start, .stop = stop, .step = step };
	if (step > 0 && stop > start)
		r->nr = ((uint64_t)stop - (uint64_t)start - 1) / (uint64_t)step + 1;
	else if (step < 0 && stop < start)
		r->nr = ((uint64_t)start - (uint64_t)stop - 1) / (0 - (uint64_t)step) + 1;
	return (struct value){ .type = V_RANGE, .u.range = r };
}

struct value v_iter(struct ev *ev, const char *type_name,
		    int (*next)(struct ev *, struct iter *, struct value *), struct value over,
		    void *state)
{
	struct iter *it = ev_alloc(ev, sizeof(*it));

	*it = (struct iter){
		.next = next, .type_name = type_name, .over = over, .state = state, .length = -1
	};
	if (over.type == V_ITER) {
		it->depth = over.u.iter->depth + 1;
		if (it->depth > MAX_ITER_DEPTH) /* each calls the next one */
			ev_limit(ev, "generators are nested too deeply (more than %d)",
				 MAX_ITER_DEPTH);
	}
	return (struct value){ .type = V_ITER, .u.iter = it };
}

/* --- what values are --------------------------------------------------------- */

const char *type_name(struct value v)
{
	switch ((enum value_type)v.type) {
	case V_NONE:
		return "NoneType";
	case V_BOOL:
		return "bool";
	case V_INT:
	case V_BIG:
		return "int";
	case V_FLOAT:
	case V_DECIMAL:
		return "float";
	case V_STRING:
		return v.flags & VF_MARKUP ? "Markup" : "str";
	case V_LIST:
		return "list";
	case V_TUPLE:
		return "tuple";
	case V_DICT:
		return "dict";
	case V_RANGE:
		return "range";
	case V_VIEW:
		return v.u.view->kind == VIEW_KEYS   ? "dict_keys" :
		       v.u.view->kind == VIEW_VALUES ? "dict_values" :
						       "dict_items";
	case V_ITER:
		return v.u.iter->type_name;
	case V_METHOD:
		return "method";
	case V_GLOBAL:
		return "function";
	case V_MACRO:
		return "Macro";
	case V_LOOP:
		return "LoopContext";
	case V_NAMESPACE:
		return "Namespace";
	case V_CYCLER:
		return "Cycler";
	case V_JOINER:
		return "Joiner";
	case V_MISSING:
	case V_POISON:
	case V_UNDEFINED:
		break;
	}
	return "Undefined";
}

uint32_t dict_len(const struct dict *d)
{
	return d->live;
}

int truth(struct ev *ev, struct value v)
{
	switch ((enum value_type)v.type) {
	case V_MISSING:
	case V_POISON:
		return -1;
	case V_UNDEFINED:
		if (v.u.undef->lenient)
			return 0;
		ev_undefined(ev, v);
		return -1;
	case V_NONE:
		return 0;
	case V_BOOL:
		return v.u.b;
	case V_INT:
		return v.u.i != 0;
	case V_FLOAT:
	case V_DECIMAL:
		return num_double(v) != 0;
	case V_STRING:
		return v.u.str->len != 0;
	case V_LIST:
	case V_TUPLE:
		return v.u.list->nr != 0;
	case V_DICT:
		return v.u.dict->live != 0;
	case V_RANGE:
		return v.u.range->nr != 0;
	case V_VIEW:
		return v.u.view->dict->live != 0;
	case V_LOOP:
		return value_len(ev, v, false) != 0;
	case V_BIG:
	case V_ITER:
	case V_METHOD:
	case V_GLOBAL:
	case V_MACRO:
	case V_NAMESPACE:
	case V_CYCLER:
	case V_JOINER:
		return 1;
	}
	return 1;
}

int64_t value_len(struct ev *ev, struct value v, bool quiet)
{
	switch ((enum value_type)v.type) {
	case V_STRING:
		return str_chars(v.u.str);
	case V_LIST:
	case V_TUPLE:
		return v.u.list->nr;
	case V_DICT:
		return v.u.dict->live;
	case V_VIEW:
		return v.u.view->dict->live;
	case V_RANGE:
		if (v.u.range->nr <= INT64_MAX)
			return (int64_t)v.u.range->nr;
		break;
	case V_UNDEFINED:
		if (v.u.undef->lenient)
			return 0;
		if (!quiet)
			ev_undefined(ev, v);
		return -1;
	case V_LOOP: {
		static const char name[] = "length";
		struct value n = loop_attr(ev, v.u.loop, name, strlen(name));

		return n.type == V_INT ? n.u.i : -1;
	}
	case V_POISON:
		return -1;
	default:
		break;
	}
	if (!quiet)
		ev_fail(ev, TYPE_ERROR, "object of type '%s' has no len()", type_name(v));
	return -1;
}

/* --- walking ----------------------------------------------------------------- */

static int next_list(struct ev *ev, struct iter *it, struct value *out)
{
	struct list *l = list_of(ev, it->over);

	if (it->pos >= l->nr) {
		it->done = true;
		return 0;
	}
	*out = l->v[it->pos++];
	return 1;
}

static int next_json_list(struct ev *ev, struct iter *it, struct value *out)
{
	/* a list of the values that nothing has touched: no need to unfold it */
	const struct list *l = it->over.u.list;

	if (!l->json) {
		it->next = next_list;
		return next_list(ev, it, out);
	}
	if (it->pos >= l->nr) {
		it->done = true;
		return 0;
	}
	if (l->json->u.array.items[it->pos].type >= JSON_ARRAY)
		return next_list(ev, it, out); /* unfolds: inner lists have an identity */
	*out = v_json(ev, &l->json->u.array.items[it->pos++], l->origin, l->tainted ? VF_TAINT : 0);
	return 1;
}

static int next_range(struct ev *ev UNUSED, struct iter *it, struct value *out)
{
	const struct range *r = it->over.u.range;

	if (it->pos >= r->nr) {
		it->done = true;
		return 0;
	}
	*out = v_int((int64_t)((uint64_t)r->start + it->pos * (uint64_t)r->step));
	it->pos++;
	return 1;
}

static int next_char(struct ev *ev, struct iter *it, struct value *out)
{
	const struct vstr *s = it->over.u.str;
	uint32_t cp;
	size_t n;

	if (it->pos >= s->len) {
		it->done = true;
		return 0;
	}
	n = cp_decode(s->s + it->pos, s->len - it->pos, &cp);
	*out = v_str(ev, s->s + it->pos, n);
	it->pos += n;
	return 1;
}

static int next_entry(struct ev *ev, struct iter *it, struct value *out)
{
	struct dict *d = it->over.type == V_VIEW ? it->over.u.view->dict : it->over.u.dict;
	enum view_kind kind = it->over.type == V_VIEW ? it->over.u.view->kind : VIEW_KEYS;

	if (!it->started) {
		it->started = true;
		it->nr = d->live;
	}
	if (it->nr != d->live) {
		it->done = true;
		ev_fail(ev, TYPE_ERROR, "dictionary changed size during iteration");
		return -1;
	}
	while (it->pos < d->nr) {
		struct dict_entry *e = &d->e[it->pos++];

		if (e->key.type == V_MISSING)
			continue;
		*out = kind == VIEW_KEYS   ? e->key :
		       kind == VIEW_VALUES ? e->val :
					     v_pair(ev, e->key, e->val);
		return 1;
	}
	it->done = true;
	return 0;
}

static int next_nothing(struct ev *ev UNUSED, struct iter *it, struct value *out UNUSED)
{
	it->done = true;
	return 0;
}

struct iter *value_iter(struct ev *ev, struct value v, bool quiet)
{
	int (*next)(struct ev *, struct iter *, struct value *) = NULL;
	const char *name = "iterator";
	struct iter *it;
	int64_t length = -1;

	switch ((enum value_type)v.type) {
	case V_LIST:
	case V_TUPLE:
		next = v.u.list->json ? next_json_list : next_list;
		length = v.u.list->nr;
		break;
	case V_RANGE:
		next = next_range;
		length = v.u.range->nr <= INT64_MAX ? (int64_t)v.u.range->nr : -1;
		break;
	case V_STRING:
		next = next_char;
		length = str_chars(v.u.str);
		break;
	case V_DICT:
		dict_of(ev, v);
		next = next_entry;
		length = v.u.dict->live;
		break;
	case V_VIEW:
		dict_of(ev, v_dict(v.u.view->dict));
		next = next_entry;
		length = v.u.view->dict->live;
		break;
	case V_ITER:
		return v.u.iter;
	case V_UNDEFINED:
		if (v.u.undef->lenient) {
			next = next_nothing;
			length = 0;
			break;
		}
		if (!quiet)
			ev_undefined(ev, v);
		return NULL;
	case V_POISON:
		return NULL;
	case V_LOOP:
		if (!quiet)
			ev_fail(ev, UNSUPPORTED_ERROR,
				"walking the rest of a loop by its variable 'loop' is not supported");
		return NULL;
	default:
		if (!quiet)
			ev_fail(ev, TYPE_ERROR, "'%s' object is not iterable", type_name(v));
		return NULL;
	}
	it = v_iter(ev, name, next, v, NULL).u.iter;
	it->length = length;
	return it;
}

struct list *to_list(struct ev *ev, struct value v)
{
	struct iter *it = value_iter(ev, v, false);
	struct list *out;
	struct value item;
	int got;

	if (!it)
		return NULL;
	out = list_new(ev, it->length > 0 && it->length < 100000 ? (uint32_t)it->length : 4);
	while ((got = iter_next(ev, it, &item)) > 0) {
		ev_step(ev, 1);
		list_push(ev, out, item);
	}
	return got < 0 ? NULL : out;
}

bool value_is(struct value a, struct value b)
{
	if (a.type != b.type)
		return false;
	switch ((enum value_type)a.type) {
	case V_NONE:
		return true;
	case V_BOOL:
		return a.u.b == b.u.b;
	case V_INT: /* CPython keeps one object of each small integer */
		return a.u.i == b.u.i && a.u.i >= -5 && a.u.i <= 256;
	case V_FLOAT:
		return false;
	case V_STRING:
		return a.u.str == b.u.str || (a.u.str->len == 0 && b.u.str->len == 0);
	case V_TUPLE:
		return a.u.list == b.u.list || (!a.u.list->nr && !b.u.list->nr);
	default:
		return a.u.list == b.u.list;
	}
}
