#include "base/base.h"
#include "template/filters.h"

/* Attributes as filters name them: "a.b.0", and for some "a,b". */

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
struct attr *make_attrs(struct ev *ev, struct value v, bool multi, uint32_t *nr)
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

struct value fold_case(struct ev *ev, struct value v)
{
	return v.type == V_STRING ? str_case(ev, v, CASE_LOWER) : v;
}

struct value get_by_attr(struct ev *ev, const struct attr *attr, struct value v,
			 struct value fallback)
{
	uint32_t i;

	for (i = 0; i < attr->nr && v.type != V_POISON; i++) {
		v = get_item(ev, ev->at, v,
			     attr->parts[i].is_int ? v_int(attr->parts[i].i) : attr->parts[i].s);
		if (v.type == V_UNDEFINED && v.u.undef->unsafe)
			return ev_undefined(ev, v);
		if (v.type == V_UNDEFINED && fallback.type != V_MISSING && fallback.type != V_NONE)
			v = fallback;
	}
	return v;
}
