#include "base/base.h"
#include "base/finding.h"
#include "template/internal.h"

/* The variables of a rendering, by name. */

struct entry {
	char *name;
	size_t name_len;
	uint32_t hash;
	const struct json *value;
	char *origin;
	bool sensitive;
};

struct template_values {
	struct entry *v;
	size_t nr, alloc;
	uint32_t *index; /* open addressing, once there are many */
	uint32_t index_nr;
};

#define FEW 12

struct template_values *template_values_new(void)
{
	return xcalloc(1, sizeof(struct template_values));
}

void template_values_free(struct template_values *values)
{
	size_t i;

	if (!values)
		return;
	for (i = 0; i < values->nr; i++) {
		free(values->v[i].name);
		free(values->v[i].origin);
	}
	free(values->v);
	free(values->index);
	free(values);
}

static struct entry *find(const struct template_values *values, const char *name, size_t len,
			  uint32_t hash)
{
	size_t i;

	if (values->index) {
		for (i = hash & (values->index_nr - 1); values->index[i];
		     i = (i + 1) & (values->index_nr - 1)) {
			struct entry *e = &values->v[values->index[i] - 1];

			if (e->hash == hash && e->name_len == len && !memcmp(e->name, name, len))
				return e;
		}
		return NULL;
	}
	for (i = 0; i < values->nr; i++)
		if (values->v[i].hash == hash && values->v[i].name_len == len &&
		    !memcmp(values->v[i].name, name, len))
			return &values->v[i];
	return NULL;
}

static void index_all(struct template_values *values)
{
	uint32_t nr = 64, i;

	while (nr < values->nr * 3)
		nr *= 2;
	free(values->index);
	values->index = xcalloc(nr, sizeof(*values->index));
	values->index_nr = nr;
	for (i = 0; i < values->nr; i++) {
		uint32_t slot = values->v[i].hash & (nr - 1);

		while (values->index[slot])
			slot = (slot + 1) & (nr - 1);
		values->index[slot] = i + 1;
	}
}

void template_values_set(struct template_values *values, const char *name, size_t name_len,
			 const struct json *value, const char *origin, bool sensitive)
{
	uint32_t hash = hash_str(name, name_len);
	struct entry *e = find(values, name, name_len, hash);

	if (!e) {
		ALLOC_GROW(values->v, values->nr + 1, values->alloc);
		e = &values->v[values->nr++];
		*e = (struct entry){ .name = xmemdupz(name, name_len),
				     .name_len = name_len,
				     .hash = hash };
		if (values->index && values->nr * 2 < values->index_nr) {
			uint32_t slot = hash & (values->index_nr - 1);

			while (values->index[slot])
				slot = (slot + 1) & (values->index_nr - 1);
			values->index[slot] = (uint32_t)values->nr;
		} else if (values->nr > FEW) {
			index_all(values);
		}
	}
	free(e->origin);
	e->origin = xstrdup_or_null(origin);
	e->value = value;
	e->sensitive = sensitive;
}

size_t template_values_nr(const struct template_values *values)
{
	return values->nr;
}

void template_values_at(const struct template_values *values, size_t i, struct template_value *out)
{
	const struct entry *e = &values->v[i];

	*out = (struct template_value){
		.name = e->name, .value = e->value, .origin = e->origin, .sensitive = e->sensitive
	};
}

bool values_find(const struct template_values *values, const struct vstr *name, uint32_t *index,
		 const struct json **json, bool *sensitive)
{
	const struct entry *e = find(values, name->s, name->len, name->hash);

	if (!e)
		return false;
	*index = (uint32_t)(e - values->v);
	*json = e->value;
	*sensitive = e->sensitive;
	return true;
}

/* "did you mean 'x' (from y)?", or what there is, or NULL. */
const char *nearest_value(const struct template_values *values, const char *name, char *buf,
			  size_t size)
{
	const char **names, *near;
	size_t i, n;

	if (!values->nr)
		return "there are no values";
	names = xcalloc(values->nr, sizeof(*names));
	for (i = 0; i < values->nr; i++)
		names[i] = values->v[i].name;
	near = nearest_word(name, names, values->nr);
	free(names);
	if (near) {
		const struct entry *e =
			find(values, near, strlen(near), hash_str(near, strlen(near)));

		if (e && e->origin)
			snprintf(buf, size, "did you mean '%s', from %s?", near, e->origin);
		else
			snprintf(buf, size, "did you mean '%s'?", near);
		return buf;
	}
	n = (size_t)snprintf(buf, size, "defined are:");
	for (i = 0; i < values->nr; i++) {
		if (n + strlen(values->v[i].name) + 8 >= size || i == 8) {
			snprintf(buf + n, size - n, ", ...");
			break;
		}
		n += (size_t)snprintf(buf + n, size - n, "%s '%s'", i ? "," : "",
				      values->v[i].name);
	}
	return buf;
}
