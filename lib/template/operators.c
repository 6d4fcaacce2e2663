#include "base/base.h"
#include "template/internal.h"

/* + - * / % and friends on values of any type; attributes, items, slices. */

static const char *const op_names[] = {
	[OP_ADD] = "+", [OP_SUB] = "-",	 [OP_MUL] = "*", [OP_DIV] = "/", [OP_FLOORDIV] = "//",
	[OP_MOD] = "%", [OP_POW] = "**", [OP_POS] = "+", [OP_NEG] = "-",
};

static struct value no_operand(struct ev *ev, enum operator op, struct value a, struct value b)
{
	if (a.type == V_UNDEFINED || b.type == V_UNDEFINED)
		return ev_undefined(ev, a.type == V_UNDEFINED ? a : b);
	if (op == OP_ADD && (a.type == V_STRING || b.type == V_STRING))
		return ev_fail_at(ev, ev->at, TYPE_ERROR, "'~' joins values of any type as text",
				  "cannot add '%s' and '%s'", type_name(a), type_name(b));
	return ev_fail(ev, TYPE_ERROR, "unsupported operand types for '%s': '%s' and '%s'",
		       op_names[op], type_name(a), type_name(b));
}

static struct value add_strings(struct ev *ev, struct value a, struct value b)
{
	bool markup = (a.flags | b.flags) & VF_MARKUP;
	struct value r;
	struct buf out;

	if (markup) { /* Markup escapes what is no Markup */
		a = html_escape(ev, a);
		b = html_escape(ev, b);
	}
	buf_init(&out, ev);
	buf_grow(&out, (size_t)a.u.str->len + b.u.str->len);
	buf_addvstr(&out, a.u.str);
	buf_addvstr(&out, b.u.str);
	r = buf_value(&out);
	if (markup)
		r.flags |= VF_MARKUP;
	return r;
}

static struct value add_lists(struct ev *ev, struct value a, struct value b)
{
	const struct list *x = list_of(ev, a), *y = list_of(ev, b);
	struct list *l = list_new(ev, x->nr + y->nr);

	ev_step(ev, x->nr + y->nr);
	if (x->nr)
		memcpy(l->v, x->v, x->nr * sizeof(*l->v));
	if (y->nr)
		memcpy(l->v + x->nr, y->v, y->nr * sizeof(*l->v));
	l->nr = x->nr + y->nr;
	return a.type == V_LIST ? v_list(l) : v_tuple(l);
}

static struct value repeat(struct ev *ev, struct value seq, struct value times)
{
	int64_t n = 0;
	uint64_t i;

	if (!num_int64(times, &n))
		return ev_fail(ev, TYPE_ERROR, "cannot fit 'int' into an index-sized integer");
	if (n < 0)
		n = 0;
	if (seq.type == V_STRING) {
		const struct vstr *s = seq.u.str;
		struct buf out;

		if (s->len && (uint64_t)n > ev->limits.string / s->len)
			ev_limit(ev, "a string is too long (more than %zu bytes)",
				 ev->limits.string);
		ev_step(ev, s->len ? (uint64_t)n * s->len / 64 : 0);
		buf_init(&out, ev);
		if (s->len)
			buf_grow(&out, s->len * (size_t)n);
		for (i = 0; s->len && i < (uint64_t)n; i++)
			buf_addvstr(&out, s);
		return v_same_markup(buf_value(&out), seq);
	} else {
		const struct list *l = list_of(ev, seq);
		struct list *out;

		if (l->nr && (uint64_t)n > ev->limits.iterations / l->nr)
			ev_limit(ev, "a list is too long (more than %" PRIu64 " items)",
				 ev->limits.iterations);
		out = list_new(ev, l->nr ? l->nr * (uint32_t)n : 0);
		ev_step(ev, l->nr ? l->nr * (uint64_t)n : 0);
		for (i = 0; l->nr && i < (uint64_t)n; i++)
			memcpy(out->v + i * l->nr, l->v, l->nr * sizeof(*l->v));
		out->nr = l->nr ? l->nr * (uint32_t)n : 0;
		return seq.type == V_LIST ? v_list(out) : v_tuple(out);
	}
}

struct value binary(struct ev *ev, enum operator op, struct value a, struct value b)
{
	if (a.type == V_POISON || b.type == V_POISON)
		return v_poison();
	if (is_type(a, T_NUMBER) && is_type(b, T_NUMBER))
		return num_binary(ev, op, a, b);
	if (b.type == V_UNDEFINED || a.type == V_UNDEFINED) {
		if (op == OP_MOD && a.type == V_STRING)
			return format_percent(ev, a, b);
		return no_operand(ev, op, a, b);
	}
	if (op == OP_ADD) {
		if (a.type == V_STRING && b.type == V_STRING)
			return add_strings(ev, a, b);
		if (a.type == b.type && is_type(a, T_SEQ))
			return add_lists(ev, a, b);
	} else if (op == OP_MUL) {
		uint32_t seq = T_SEQ | TYPE_BIT(V_STRING);

		if (is_type(a, seq) && is_type(b, T_INTEGRAL))
			return repeat(ev, a, b);
		if (is_type(b, seq) && is_type(a, T_INTEGRAL))
			return repeat(ev, b, a);
	} else if (op == OP_MOD && a.type == V_STRING) {
		return format_percent(ev, a, b);
	} else if ((a.type == V_VIEW || b.type == V_VIEW) && op == OP_SUB) {
		return ev_fail(ev, UNSUPPORTED_ERROR, "sets are not supported");
	}
	return no_operand(ev, op, a, b);
}

struct value unary(struct ev *ev, enum operator op, struct value a)
{
	if (a.type == V_POISON)
		return a;
	if (!is_type(a, T_NUMBER)) {
		if (a.type == V_UNDEFINED)
			return ev_undefined(ev, a);
		return ev_fail(ev, TYPE_ERROR, "bad operand type for unary '%s': '%s'",
			       op_names[op], type_name(a));
	}
	if (op == OP_NEG)
		return num_neg(ev, a);
	if (a.type == V_BOOL)
		return v_int(a.u.b);
	return a.type == V_DECIMAL ? v_float(num_double(a)) : a;
}

struct value undefined_value(struct ev *ev, const struct node *at, struct value obj,
			     const struct vstr *name, const char *message)
{
	struct undef *u = ev_alloc(ev, sizeof(*u));

	*u = (struct undef){ .at = at, .obj = obj, .name = name, .message = message };
	return (struct value){ .type = V_UNDEFINED, .u.undef = u };
}

static struct value unsafe(struct ev *ev, const struct node *at, struct value obj,
			   const struct vstr *name)
{
	struct value v = undefined_value(ev, at, obj, name, NULL);

	v.u.undef->unsafe = true;
	return v;
}

/* Objects of Jinja2 with attributes that are its own affair: loop._length. */
#define T_PRIVATE (TYPE_BIT(V_LOOP) | TYPE_BIT(V_MACRO))

static bool is_dunder(const struct vstr *name)
{
	return name->len > 4 && !memcmp(name->s, "__", 2) &&
	       !memcmp(name->s + name->len - 2, "__", 2);
}

static struct value method_value(struct ev *ev, struct value self, const struct method_def *def)
{
	struct method *m = ev_alloc(ev, sizeof(*m));

	m->def = def;
	m->self = self;
	return (struct value){ .type = V_METHOD, .u.method = m };
}

static struct value cycler_attr(struct ev *ev, struct cycler *c, const char *name)
{
	struct list *l;
	uint32_t i;

	if (str_eq(name, "current"))
		return c->items[c->pos];
	if (str_eq(name, "pos"))
		return v_int(c->pos);
	if (!str_eq(name, "items"))
		return v_missing();
	l = list_new(ev, c->nr);
	for (i = 0; i < c->nr; i++)
		list_push(ev, l, c->items[i]);
	return v_tuple(l);
}

/* getattr() alone: V_MISSING when there is none. */
static struct value own_attr(struct ev *ev, const struct node *at, struct value obj,
			     const struct vstr *name)
{
	const struct method_def *def;
	struct value *found;

	switch ((enum value_type)obj.type) {
	case V_NAMESPACE:
		found = dict_get_str(ev, obj.u.dict, name->s, name->len);
		if (!found && str_eq(name->s, "_Namespace__attrs"))
			return unsafe(ev, at, obj, name);
		return found ? *found : v_missing();
	case V_LOOP: {
		struct value v = loop_attr(ev, obj.u.loop, name->s, name->len);

		if (v.type != V_MISSING)
			return v;
		break;
	}
	case V_MACRO: {
		const struct node *def_node = obj.u.macro->def;

		if (str_eq(name->s, "name")) {
			if (def_node->type == N_CALL_BLOCK)
				return v_none();
			return v_str(ev, def_node->u.macro.name->str.s,
				     def_node->u.macro.name->str.len);
		}
		if (str_eq(name->s, "arguments")) {
			struct list *l = list_new(ev, def_node->u.macro.args.nr);
			uint32_t i;

			for (i = 0; i < def_node->u.macro.args.nr; i++) {
				const struct vstr *s =
					&def_node->u.macro.args.v[i]->u.name.name->str;

				list_push(ev, l, v_str(ev, s->s, s->len));
			}
			return v_tuple(l);
		}
		if (str_eq(name->s, "catch_kwargs"))
			return v_bool(def_node->u.macro.uses_kwargs);
		if (str_eq(name->s, "catch_varargs"))
			return v_bool(def_node->u.macro.uses_varargs);
		if (str_eq(name->s, "caller"))
			return v_bool(def_node->u.macro.uses_caller);
		if (str_eq(name->s, "explicit_caller"))
			return v_bool(def_node->u.macro.explicit_caller);
		break;
	}
	case V_CYCLER: {
		struct value v = cycler_attr(ev, obj.u.cycler, name->s);

		if (v.type != V_MISSING)
			return v;
		break;
	}
	case V_JOINER:
		if (str_eq(name->s, "sep"))
			return obj.u.joiner->sep;
		if (str_eq(name->s, "used"))
			return v_bool(obj.u.joiner->used);
		break;
	case V_GLOBAL:
		if (!is_dunder(name))
			return ev_fail_at(ev, at, UNSUPPORTED_ERROR, NULL,
					  "attributes of '%s' are not supported",
					  obj.u.global->b.name);
		break;
	case V_TUPLE:
		if (obj.u.list->group && str_eq(name->s, "grouper"))
			return obj.u.list->v[0];
		if (obj.u.list->group && str_eq(name->s, "list"))
			return obj.u.list->v[1];
		break;
	case V_RANGE:
		if (str_eq(name->s, "start"))
			return v_int(obj.u.range->start);
		if (str_eq(name->s, "stop"))
			return v_int(obj.u.range->stop);
		if (str_eq(name->s, "step"))
			return v_int(obj.u.range->step);
		break;
	case V_INT:
	case V_BOOL:
	case V_BIG:
		if (str_eq(name->s, "real") || str_eq(name->s, "numerator"))
			return obj.type == V_BOOL ? v_int(obj.u.b) : obj;
		if (str_eq(name->s, "imag"))
			return v_int(0);
		if (str_eq(name->s, "denominator"))
			return v_int(1);
		break;
	case V_FLOAT:
	case V_DECIMAL:
		if (str_eq(name->s, "real"))
			return obj;
		if (str_eq(name->s, "imag"))
			return v_float(0);
		break;
	case V_STRING:
		if ((obj.flags & VF_MARKUP) &&
		    (str_eq(name->s, "unescape") || str_eq(name->s, "striptags") ||
		     str_eq(name->s, "escape")))
			return ev_fail_at(ev, at, UNSUPPORTED_ERROR, "the text is JSON, not HTML",
					  "'%s' of a Markup is not supported", name->s);
		break;
	default:
		break;
	}
	def = find_method((enum value_type)obj.type, name->s, name->len);
	if (!def) {
		/* what Python has on every object, or keeps for itself, and a template should not see */
		if (is_dunder(name) || (name->len && name->s[0] == '_' && is_type(obj, T_PRIVATE)))
			return unsafe(ev, at, obj, name);
		return v_missing();
	}
	if (!def->b.fn) {
		const struct node *was = ev->at;

		ev->at = at;
		ev_fail_at(ev, at, UNSUPPORTED_ERROR, def->b.why, "'%s' of a %s is not supported",
			   name->s, type_name(obj));
		ev->at = was;
		return v_poison();
	}
	return method_value(ev, obj, def);
}

/* A member of a dict that nothing has touched: lists and dicts only have their type set. */
static struct value json_item(struct ev *ev, const struct dict *d, const struct vstr *key)
{
	const struct json *json = d->json;
	size_t i;

	if (json->u.object.nr > 16)
		return (struct value){ .type = V_DICT };
	for (i = 0; i < json->u.object.nr; i++) {
		const struct json_member *m = &json->u.object.members[i];

		if (m->name_len != key->len || memcmp(m->name, key->s, key->len))
			continue;
		if (m->value.type >= JSON_ARRAY)
			return (struct value){ .type = V_DICT };
		return v_json(ev, &m->value, d->origin, d->tainted ? VF_TAINT : 0);
	}
	return v_missing();
}

/* obj[key]: V_MISSING when there is none; poison after an error. */
static struct value own_item(struct ev *ev, struct value obj, struct value key)
{
	struct value *found;
	int64_t i = 0, len;
	bool bad;

	switch ((enum value_type)obj.type) {
	case V_DICT:
		if (obj.u.dict->json && key.type == V_STRING) {
			struct value v = json_item(ev, obj.u.dict, key.u.str);

			if (v.type != V_LIST && v.type != V_DICT)
				return v;
		}
		if (is_type(key, TYPE_BIT(V_LIST) | TYPE_BIT(V_DICT)))
			return v_missing(); /* unhashable is a TypeError, and that means no such item */
		found = dict_get(ev, dict_of(ev, obj), key, &bad);
		return bad ? v_poison() : found ? *found : v_missing();
	case V_LIST:
	case V_TUPLE:
	case V_STRING:
	case V_RANGE:
		if (!num_int64(key, &i))
			return v_missing();
		len = value_len(ev, obj, true);
		if (i < 0)
			i += len;
		if (i < 0 || i >= len)
			return v_missing();
		if (obj.type == V_STRING)
			return v_same_markup(str_slice(ev, obj, (uint64_t)i, (uint64_t)i + 1), obj);
		if (obj.type == V_RANGE)
			return v_int((int64_t)((uint64_t)obj.u.range->start +
					       (uint64_t)i * (uint64_t)obj.u.range->step));
		return list_of(ev, obj)->v[i];
	default:
		return v_missing();
	}
}

static bool lenient_undefined(struct value v)
{
	return v.type == V_UNDEFINED && v.u.undef->lenient;
}

struct value get_attr(struct ev *ev, const struct node *at, struct value obj, struct vstr *name)
{
	struct value key = { .type = V_STRING, .u.str = name }, v;

	if (obj.type == V_POISON)
		return obj;
	if (obj.type == V_UNDEFINED && is_dunder(name))
		return ev_undefined(ev, unsafe(ev, at, obj, name));
	if (obj.type == V_UNDEFINED)
		return ev_undefined(ev, obj);
	v = own_attr(ev, at, obj, name);
	if (v.type == V_MISSING)
		v = own_item(ev, obj, key);
	if (v.type == V_MISSING)
		v = undefined_value(ev, at, obj, name, NULL);
	return v;
}

struct value get_attr_name(struct ev *ev, const struct node *at, struct value obj,
			   struct name *name)
{
	if (obj.type == V_LOOP && name->loop_attr)
		return loop_attr_at(ev, obj.u.loop, name->loop_attr - 1);
	if (obj.type == V_DICT) {
		struct value key = { .type = V_STRING, .u.str = &name->str }, v;

		if (name->dict_method && name->dict_method->b.fn)
			return method_value(ev, obj, name->dict_method);
		if (!(name->attr_types & TYPE_BIT(V_DICT))) {
			v = own_item(ev, obj, key);
			return v.type == V_MISSING ?
				       undefined_value(ev, at, obj, &name->str, NULL) :
				       v;
		}
	}
	if (obj.type == V_STRING && name->str_method && name->str_method->b.fn)
		return method_value(ev, obj, name->str_method);
	return get_attr(ev, at, obj, &name->str);
}

struct value get_item(struct ev *ev, const struct node *at, struct value obj, struct value key)
{
	struct value v;

	if (obj.type == V_POISON || key.type == V_POISON)
		return v_poison();
	if (obj.type == V_UNDEFINED)
		return ev_undefined(ev, obj);
	if (key.type == V_UNDEFINED && !lenient_undefined(key)) {
		/* a dict hashes its key, and that is an error; a list just has no such item */
		if (obj.type == V_DICT)
			return ev_undefined(ev, key);
	}
	v = own_item(ev, obj, key);
	if (v.type == V_MISSING && key.type == V_STRING)
		v = own_attr(ev, at, obj, key.u.str);
	if (v.type == V_MISSING) {
		struct value text;
		struct buf b;

		if (key.type == V_STRING)
			return undefined_value(ev, at, obj, key.u.str, NULL);
		buf_init(&b, ev);
		if (key.type == V_UNDEFINED || !add_repr(&b, key, 0))
			buf_addstr(&b, "?");
		text = buf_value(&b);
		v = undefined_value(ev, at, obj, text.u.str, "element");
	}
	return v;
}

static bool slice_index(struct ev *ev, struct value v, bool *given, int64_t *out)
{
	*given = false;
	if (v.type == V_NONE || v.type == V_MISSING)
		return true;
	if (v.type == V_BIG) {
		*out = v.u.big->neg ? -INT64_MAX : INT64_MAX;
	} else if (!num_int64(v, out)) {
		if (v.type == V_UNDEFINED)
			ev_undefined(ev, v);
		else if (v.type != V_POISON)
			ev_fail(ev, TYPE_ERROR, "slice indices must be integers or None, not %s",
				type_name(v));
		return false;
	}
	*given = true;
	return true;
}

static int64_t clamp(int64_t i, int64_t len, int64_t low, int64_t high)
{
	if (i < 0) {
		i = i < -len ? low : i + len;
		if (i < low)
			i = low;
	}
	return i > high ? high : i;
}

struct value get_slice(struct ev *ev, struct value obj, struct value start, struct value stop,
		       struct value step)
{
	bool has_start, has_stop, has_step;
	int64_t from = 0, to = 0, by = 1, len, i;
	struct list *out;
	uint64_t nr;

	if (obj.type == V_POISON)
		return obj;
	if (obj.type == V_UNDEFINED)
		return ev_undefined(ev, obj);
	if (!is_type(obj, T_SEQ | TYPE_BIT(V_STRING) | TYPE_BIT(V_RANGE)))
		/* a type error, or undefined where Jinja2 folds constants: refuse both */
		return ev_fail(ev, UNSUPPORTED_ERROR, "a %s cannot be sliced", type_name(obj));
	if (!slice_index(ev, start, &has_start, &from) || !slice_index(ev, stop, &has_stop, &to) ||
	    !slice_index(ev, step, &has_step, &by))
		return v_poison();
	if (!has_step)
		by = 1;
	if (!by)
		return ev_fail(ev, TYPE_ERROR, "slice step cannot be zero");
	len = value_len(ev, obj, true);
	if (by > 0) {
		from = has_start ? clamp(from, len, 0, len) : 0;
		to = has_stop ? clamp(to, len, 0, len) : len;
		nr = to > from ? ((uint64_t)(to - from) - 1) / (uint64_t)by + 1 : 0;
	} else {
		from = has_start ? clamp(from, len, -1, len - 1) : len - 1;
		to = has_stop ? clamp(to, len, -1, len - 1) : -1;
		nr = from > to ? ((uint64_t)(from - to) - 1) / (0 - (uint64_t)by) + 1 : 0;
	}
	if (obj.type == V_STRING && by == 1)
		return v_same_markup(str_slice(ev, obj, (uint64_t)from,
					       nr ? (uint64_t)to : (uint64_t)from),
				     obj);
	if (obj.type == V_RANGE) {
		const struct range *r = obj.u.range;
		int64_t product;

		if (__builtin_mul_overflow(r->step, by, &product) || by == INT64_MAX ||
		    by == -INT64_MAX)
			return ev_fail(ev, UNSUPPORTED_ERROR,
				       "the step of a range must fit into 64 bits");
		return v_range(ev,
			       (int64_t)((uint64_t)r->start + (uint64_t)from * (uint64_t)r->step),
			       (int64_t)((uint64_t)r->start + (uint64_t)to * (uint64_t)r->step),
			       product);
	}
	ev_step(ev, nr);
	if (obj.type == V_STRING) {
		struct buf b;
		struct vstr *s = obj.u.str;

		buf_init(&b, ev);
		ev_step(ev, str_ascii(s) ? 0 : nr * (s->len / 64 + 1));
		for (i = from; nr--; i += by) {
			size_t a = str_offset(s, (uint64_t)i), e = str_offset(s, (uint64_t)i + 1);

			buf_add(&b, s->s + a, e - a);
		}
		return v_same_markup(buf_value(&b), obj);
	}
	out = list_new(ev, (uint32_t)nr);
	for (i = from; nr--; i += by)
		list_push(ev, out, list_of(ev, obj)->v[i]);
	return obj.type == V_LIST ? v_list(out) : v_tuple(out);
}
