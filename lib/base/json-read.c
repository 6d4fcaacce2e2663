#include "base/base.h"
#include "base/json.h"

const char *json_type_name(enum json_type type)
{
	static const char *const names[] = { "null",   "boolean", "number",
					     "string", "array",	  "object" };

	return names[type];
}

static const struct json_member *get_member(const struct json *object, const char *name, size_t len)
{
	size_t i;

	if (!object || object->type != JSON_OBJECT)
		return NULL;
	/* from behind: where duplicates are allowed, the last one counts */
	for (i = object->u.object.nr; i > 0; i--) {
		const struct json_member *m = &object->u.object.members[i - 1];

		if (m->name_len == len && !memcmp(m->name, name, len))
			return m;
	}
	return NULL;
}

const struct json_member *json_get_member(const struct json *object, const char *name)
{
	return get_member(object, name, strlen(name));
}

const struct json *json_get(const struct json *object, const char *name)
{
	const struct json_member *m = json_get_member(object, name);

	return m ? &m->value : NULL;
}

const struct json *json_path(const struct json *value, const char *path)
{
	while (value) {
		size_t n = strcspn(path, ".");
		const struct json_member *m = get_member(value, path, n);

		value = m ? &m->value : NULL;
		if (!path[n])
			break;
		path += n + 1;
	}
	return value;
}

const char *json_str(const struct json *value)
{
	return value && value->type == JSON_STRING ? value->u.str.s : NULL;
}

const char *json_get_str(const struct json *object, const char *name)
{
	return json_str(json_get(object, name));
}

bool json_double(const struct json *value, double *out)
{
	if (!value || value->type != JSON_NUMBER)
		return false;
	*out = strtod(value->u.str.s, NULL);
	return true;
}

bool json_int(const struct json *value, int64_t *out)
{
	long long v;
	char *end;
	double d;

	if (!value || value->type != JSON_NUMBER)
		return false;
	errno = 0;
	v = strtoll(value->u.str.s, &end, 10);
	if (!*end && !errno) {
		*out = v;
		return true;
	}
	if (!*end)
		return false;
	d = strtod(value->u.str.s, NULL);
	if (!(d >= -9007199254740992.0 && d <= 9007199254740992.0) || d != (double)(int64_t)d)
		return false;
	*out = (int64_t)d;
	return true;
}

int64_t json_get_int(const struct json *object, const char *name, int64_t fallback)
{
	int64_t v;

	return json_int(json_get(object, name), &v) ? v : fallback;
}

bool json_get_bool(const struct json *object, const char *name, bool fallback)
{
	const struct json *v = json_get(object, name);

	return v && v->type == JSON_BOOL ? v->u.boolean : fallback;
}

bool json_equal(const struct json *a, const struct json *b)
{
	size_t i;

	if (a->type != b->type)
		return false;
	switch (a->type) {
	case JSON_NULL:
		return true;
	case JSON_BOOL:
		return a->u.boolean == b->u.boolean;
	case JSON_NUMBER:
	case JSON_STRING:
		return a->u.str.len == b->u.str.len &&
		       !memcmp(a->u.str.s, b->u.str.s, a->u.str.len);
	case JSON_ARRAY:
		if (a->u.array.nr != b->u.array.nr)
			return false;
		for (i = 0; i < a->u.array.nr; i++)
			if (!json_equal(&a->u.array.items[i], &b->u.array.items[i]))
				return false;
		return true;
	case JSON_OBJECT:
		if (a->u.object.nr != b->u.object.nr)
			return false;
		for (i = 0; i < a->u.object.nr; i++) {
			const struct json_member *m = &a->u.object.members[i];
			const struct json_member *n = get_member(b, m->name, m->name_len);

			if (!n || !json_equal(&m->value, &n->value))
				return false;
		}
		return true;
	}
	BUG("json type %d", (int)a->type);
}
