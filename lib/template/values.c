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

/* So many are searched by their tags, more by an index. All of it fits a small block of malloc(). */
#define FEW 16

struct template_values {
	struct entry *v;
	size_t nr, alloc;
	uint32_t *index; /* open addressing, once there are many; hashes are computed then */
	uint32_t index_nr;
	bool sensitive;
	uint64_t seen;	    /* a bit for each tag: most names are new */
	uint32_t tags[FEW]; /* of the first ones: what differs most often */
	struct entry few[FEW];
	char names[116]; /* of the first ones */
	uint32_t names_len;
};

static uint32_t tag_of(const char *name, size_t len)
{
	return (uint32_t)len << 16 |
	       (len ? (uint32_t)(unsigned char)name[0] << 8 | (unsigned char)name[len - 1] : 0);
}

struct template_values *template_values_new(void)
{
	struct template_values *values = xmalloc(sizeof(*values));

	memset(values, 0, offsetof(struct template_values, few));
	values->v = values->few;
	values->alloc = FEW;
	values->names_len = 0;
	return values;
}

static bool own_name(const struct template_values *values, const char *name)
{
	return name >= values->names && name < values->names + sizeof(values->names);
}

void template_values_free(struct template_values *values)
{
	size_t i;

	if (!values)
		return;
	for (i = 0; i < values->nr; i++) {
		if (!own_name(values, values->v[i].name))
			free(values->v[i].name);
		free(values->v[i].origin);
	}
	if (values->v != values->few)
		free(values->v);
	free(values->index);
	free(values);
}

static bool is_named(const struct entry *e, const char *name, size_t len)
{
	return e->name_len == len && e->name[0] == name[0] && !memcmp(e->name, name, len);
}

static struct entry *find(const struct template_values *values, const char *name, size_t len)
{
	uint32_t tag = tag_of(name, len);
	size_t i;

	if (values->index) {
		uint32_t hash = hash_str(name, len);

		for (i = hash & (values->index_nr - 1); values->index[i];
		     i = (i + 1) & (values->index_nr - 1)) {
			struct entry *e = &values->v[values->index[i] - 1];

			if (e->hash == hash && is_named(e, name, len))
				return e;
		}
		return NULL;
	}
	for (i = 0; i < values->nr; i++)
		if (values->tags[i] == tag && is_named(&values->v[i], name, len))
			return &values->v[i];
	return NULL;
}

static void add_to_index(struct template_values *values, size_t i)
{
	struct entry *e = &values->v[i];
	uint32_t slot;

	e->hash = hash_str(e->name, e->name_len);
	slot = e->hash & (values->index_nr - 1);
	while (values->index[slot])
		slot = (slot + 1) & (values->index_nr - 1);
	values->index[slot] = (uint32_t)i + 1;
}

static void index_all(struct template_values *values)
{
	size_t i;

	values->index_nr = 64;
	while (values->index_nr < values->nr * 3)
		values->index_nr *= 2;
	free(values->index);
	values->index = xcalloc(values->index_nr, sizeof(*values->index));
	for (i = 0; i < values->nr; i++)
		add_to_index(values, i);
}

static char *keep_name(struct template_values *values, const char *name, size_t len)
{
	char *copy = values->names + values->names_len;

	if (len >= sizeof(values->names) - values->names_len)
		return xmemdupz(name, len);
	memcpy(copy, name, len);
	copy[len] = '\0';
	values->names_len += (uint32_t)len + 1;
	return copy;
}

static struct entry *add(struct template_values *values, const char *name, size_t len)
{
	struct entry *e;

	if (values->nr == FEW && values->v == values->few) {
		values->v = xreallocarray(NULL, FEW * 2, sizeof(*values->v));
		memcpy(values->v, values->few, sizeof(values->few));
		values->alloc = FEW * 2;
	}
	ALLOC_GROW(values->v, values->nr + 1, values->alloc);
	if (values->nr < FEW)
		values->tags[values->nr] = tag_of(name, len);
	e = &values->v[values->nr++];
	*e = (struct entry){ .name = keep_name(values, name, len), .name_len = len };
	if (values->index && values->nr * 2 < values->index_nr)
		add_to_index(values, values->nr - 1);
	else if (values->nr > FEW)
		index_all(values);
	return e;
}

void template_values_set(struct template_values *values, const char *name, size_t name_len,
			 const struct json *value, const char *origin, bool sensitive)
{
	uint64_t bit = (uint64_t)1 << (tag_of(name, name_len) * 0x9e3779b1u >> 26);
	struct entry *e = values->seen & bit ? find(values, name, name_len) : NULL;

	values->seen |= bit;
	if (!e)
		e = add(values, name, name_len);
	free(e->origin);
	e->origin = xstrdup_or_null(origin);
	e->value = value;
	e->sensitive = sensitive;
	values->sensitive = values->sensitive || sensitive;
}

bool values_sensitive(const struct template_values *values)
{
	return values->sensitive;
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
	const struct entry *e = find(values, name->s, name->len);

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
		const struct entry *e = find(values, near, strlen(near));

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
