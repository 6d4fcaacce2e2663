#include "base/base.h"
#include "template/format.h"

/* str.format(). */

struct braces {
	struct ev *ev;
	const struct cargs *args;
	struct value *mapping;
	int64_t next;
	bool manual, automatic, markup;
};

static bool all_digits(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (!isdigit((unsigned char)s[i]))
			return false;
	return len > 0 && len < 10;
}

static bool first_value(struct braces *br, const char *s, size_t len, struct value *out)
{
	struct value *found;
	int64_t i = -1;
	uint32_t k;

	if (!len) {
		if (br->manual) {
			ev_fail(br->ev, TYPE_ERROR,
				"cannot switch from manual to automatic field numbering");
			return false;
		}
		br->automatic = true;
		i = br->next++;
	} else if (all_digits(s, len)) {
		if (br->automatic) {
			ev_fail(br->ev, TYPE_ERROR,
				"cannot switch from automatic to manual field numbering");
			return false;
		}
		br->manual = true;
		i = strtoll(s, NULL, 10);
	}
	if (i >= 0) {
		if (br->mapping || i >= br->args->nr) {
			ev_fail(br->ev, TYPE_ERROR, "replacement index %" PRId64 " out of range",
				i);
			return false;
		}
		*out = br->args->pos[i];
		return true;
	}
	if (br->mapping && br->mapping->type != V_DICT) {
		ev_fail(br->ev, TYPE_ERROR, "format_map() needs a dict, not %s",
			type_name(*br->mapping));
		return false;
	}
	if (br->mapping) {
		found = dict_get_str(br->ev, dict_of(br->ev, *br->mapping), s, len);
		if (found) {
			*out = *found;
			return true;
		}
	} else {
		for (k = 0; k < br->args->kw_nr; k++)
			if (br->args->kw_names[k]->len == len &&
			    !memcmp(br->args->kw_names[k]->s, s, len)) {
				*out = br->args->kw_values[k];
				return true;
			}
	}
	ev_fail(br->ev, TYPE_ERROR, "the format asks for '%.*s', which is not there", (int)len, s);
	return false;
}

static bool field_value(struct braces *br, const char *s, size_t len, struct value *out)
{
	size_t n = 0;

	while (n < len && s[n] != '.' && s[n] != '[')
		n++;
	if (!first_value(br, s, n, out))
		return false;
	while (n < len) {
		size_t from = ++n;

		if (s[n - 1] == '[') {
			struct value key;

			while (n < len && s[n] != ']')
				n++;
			if (n >= len || n == from) {
				ev_fail(br->ev, TYPE_ERROR, "malformed field in format string");
				return false;
			}
			key = all_digits(s + from, n - from) ? v_int(strtoll(s + from, NULL, 10)) :
							       v_str(br->ev, s + from, n - from);
			n++;
			*out = get_item(br->ev, br->ev->at, *out, key);
		} else {
			while (n < len && s[n] != '.' && s[n] != '[')
				n++;
			if (out->type == V_DICT) {
				ev_fail(br->ev, TYPE_ERROR,
					"a dict has no attribute '%.*s' in format(); use [%.*s]",
					(int)(n - from), s + from, (int)(n - from), s + from);
				return false;
			}
			*out = get_attr(br->ev, br->ev->at, *out,
					v_str(br->ev, s + from, n - from).u.str);
		}
		if (out->type == V_UNDEFINED)
			ev_undefined(br->ev, *out);
		if (out->type == V_UNDEFINED || out->type == V_POISON)
			return false;
	}
	return true;
}

static bool add_braces(struct braces *br, struct buf *out, const char *s, size_t len, int depth);

static bool add_field(struct braces *br, struct buf *out, const char *s, size_t len, int depth)
{
	struct ev *ev = br->ev;
	size_t name = 0, spec;
	struct value v, conv;
	struct buf b;
	char c = 0;

	while (name < len && s[name] != '!' && s[name] != ':') {
		if (s[name] == '[')
			while (name < len && s[name] != ']')
				name++;
		else
			name++;
	}
	spec = name;
	if (spec < len && s[spec] == '!') {
		c = spec + 1 < len ? s[spec + 1] : 0;
		spec += 2;
		if ((c != 'r' && c != 's' && c != 'a') || (spec < len && s[spec] != ':')) {
			ev_fail(ev, TYPE_ERROR, "unknown conversion in format string");
			return false;
		}
	}
	if (!field_value(br, s, name, &v))
		return false;
	if (c) {
		buf_init(&b, ev);
		if (!(c == 's' ? add_str(&b, v) : add_repr(&b, v, 0)))
			return false;
		v = buf_value(&b);
		if (c == 'a')
			v = ascii_text(ev, v);
	}
	buf_init(&b, ev);
	if (spec < len && !add_braces(br, &b, s + spec + 1, len - spec - 1, depth + 1))
		return false;
	if (!br->markup)
		return format_spec(ev, out, v, b.len ? b.p : "", b.len);
	conv = v_same_markup(v, v);
	if (v.type == V_STRING && (v.flags & VF_MARKUP) && b.len) {
		ev_fail(ev, TYPE_ERROR, "unsupported format specification for Markup");
		return false;
	}
	if (v.type == V_STRING && (v.flags & VF_MARKUP)) {
		buf_addvstr(out, v.u.str);
		return true;
	}
	{
		struct buf plain;

		buf_init(&plain, ev);
		if (!format_spec(ev, &plain, conv, b.len ? b.p : "", b.len))
			return false;
		add_escaped_html(out, plain.p ? plain.p : "", plain.len);
	}
	return true;
}

static bool add_braces(struct braces *br, struct buf *out, const char *s, size_t len, int depth)
{
	size_t i = 0;

	if (depth > 2) {
		ev_fail(br->ev, TYPE_ERROR, "max string recursion exceeded");
		return false;
	}
	while (i < len) {
		size_t from, open = 1;

		ev_step(br->ev, 1);
		if (s[i] != '{' && s[i] != '}') {
			from = i;
			while (i < len && s[i] != '{' && s[i] != '}')
				i++;
			buf_add(out, s + from, i - from);
			continue;
		}
		if (!depth || s[i] == '{') {
			if (!depth && i + 1 < len && s[i + 1] == s[i]) {
				buf_addch(out, s[i]);
				i += 2;
				continue;
			}
		}
		if (s[i] == '}') {
			ev_fail(br->ev, TYPE_ERROR, "single '}' encountered in format string");
			return false;
		}
		from = ++i;
		while (i < len && open) {
			if (s[i] == '{')
				open++;
			else if (s[i] == '}')
				open--;
			i++;
		}
		if (open) {
			ev_fail(br->ev, TYPE_ERROR, "expected '}' before end of string");
			return false;
		}
		if (!add_field(br, out, s + from, i - from - 1, depth))
			return false;
	}
	return true;
}

struct value format_braces(struct ev *ev, struct value fmt, const struct cargs *args,
			   struct value *mapping)
{
	struct braces br = {
		.ev = ev, .args = args, .mapping = mapping, .markup = fmt.flags & VF_MARKUP
	};
	struct buf b;

	buf_init(&b, ev);
	if (!add_braces(&br, &b, fmt.u.str->s, fmt.u.str->len, 0))
		return v_poison();
	return v_same_markup(buf_value(&b), fmt);
}
