#include "base/base.h"
#include "template/internal.h"

/* Dictionaries in order of insertion, as Python's. */

struct value v_dict(struct dict *d)
{
	return (struct value){ .type = V_DICT, .u.dict = d };
}

struct dict *dict_new(struct ev *ev, uint32_t alloc)
{
	struct dict *d = ev_alloc(ev, sizeof(*d));

	if (alloc) {
		d->e = ev_alloc(ev, alloc * sizeof(*d->e));
		d->alloc = alloc;
	}
	return d;
}

bool hash_value(struct ev *ev, struct value v, uint32_t *hash)
{
	uint32_t i, h;

	switch ((enum value_type)v.type) {
	case V_STRING:
		*hash = vstr_hash(v.u.str);
		return true;
	case V_NONE:
		*hash = 0x9e3779b9u;
		return true;
	case V_BOOL:
	case V_INT:
	case V_BIG:
	case V_FLOAT:
	case V_DECIMAL:
		*hash = num_hash(v);
		return true;
	case V_TUPLE:
		*hash = 0x345678u;
		if (++ev->depth > ev->limits.depth)
			ev_limit(ev, "a value is nested too deeply");
		for (i = 0; i < v.u.list->nr; i++) {
			if (!hash_value(ev, v.u.list->v[i], &h))
				break;
			*hash = (*hash ^ h) * 1000003u + i;
		}
		ev->depth--;
		return i == v.u.list->nr;
	case V_LIST:
	case V_DICT:
	unhashable:
		ev_fail(ev, TYPE_ERROR, "unhashable type: '%s'", type_name(v));
		return false;
	case V_VIEW:
		if (v.u.view->kind != VIEW_VALUES)
			goto unhashable;
		*hash = (uint32_t)((uintptr_t)v.u.view >> 4) * 2654435761u;
		return true;
	case V_UNDEFINED:
		ev_undefined(ev, v);
		return false;
	case V_POISON:
	case V_MISSING:
		return false;
	default:
		*hash = (uint32_t)((uintptr_t)v.u.list >> 4) * 2654435761u;
		return true;
	}
}

static void grow_index(struct ev *ev, struct dict *d)
{
	uint32_t i;

	d->index_nr = d->index_nr ? d->index_nr * 2 : 32;
	while (d->index_nr < d->nr * 2)
		d->index_nr *= 2;
	d->index = ev_alloc(ev, d->index_nr * sizeof(*d->index));
	for (i = 0; i < d->nr; i++) {
		uint32_t slot = d->e[i].hash & (d->index_nr - 1);

		while (d->index[slot])
			slot = (slot + 1) & (d->index_nr - 1);
		d->index[slot] = i + 1;
	}
}

static void append(struct ev *ev, struct dict *d, struct value key, struct value val, uint32_t hash)
{
	if (d->nr == d->alloc) {
		uint32_t alloc = d->alloc ? d->alloc * 2 : 4;
		struct dict_entry *bigger = ev_alloc(ev, alloc * sizeof(*bigger));

		if (d->nr)
			memcpy(bigger, d->e, d->nr * sizeof(*bigger));
		d->e = bigger;
		d->alloc = alloc;
	}
	d->e[d->nr++] = (struct dict_entry){ .key = key, .val = val, .hash = hash };
	d->live++;
	if (d->index && d->nr * 2 <= d->index_nr) {
		uint32_t slot = hash & (d->index_nr - 1);

		while (d->index[slot])
			slot = (slot + 1) & (d->index_nr - 1);
		d->index[slot] = d->nr;
	} else if (d->nr > 8) {
		grow_index(ev, d);
	}
}

struct dict *dict_of(struct ev *ev, struct value v)
{
	struct dict *d = v.u.dict;

	if (d->json) {
		const struct json *json = d->json;
		uint32_t nr = (uint32_t)json->u.object.nr, i;

		d->json = NULL;
		d->live = 0;
		d->alloc = nr + 1;
		d->e = ev_alloc(ev, d->alloc * sizeof(*d->e));
		ev_step(ev, nr);
		for (i = 0; i < nr; i++) {
			const struct json_member *m = &json->u.object.members[i];
			struct value key = v_str_ref(ev, m->name, m->name_len);

			key.origin = d->origin;
			key.flags = d->tainted ? VF_TAINT : 0;
			append(ev, d, key,
			       v_json(ev, &m->value, d->origin, d->tainted ? VF_TAINT : 0),
			       vstr_hash(key.u.str));
		}
	}
	return d;
}

static bool same_key(struct ev *ev, const struct dict_entry *e, struct value key, uint32_t hash,
		     bool *bad)
{
	int eq;

	if (e->hash != hash || e->key.type == V_MISSING)
		return false;
	if (e->key.type == V_STRING && key.type == V_STRING)
		return e->key.u.str->len == key.u.str->len &&
		       !memcmp(e->key.u.str->s, key.u.str->s, key.u.str->len);
	if (value_is(e->key, key))
		return true;
	eq = value_eq(ev, e->key, key, 0);
	if (eq < 0)
		*bad = true;
	return eq > 0;
}

static struct dict_entry *find(struct ev *ev, struct dict *d, struct value key, uint32_t hash,
			       bool *bad)
{
	uint32_t i;

	if (d->index) {
		for (i = hash & (d->index_nr - 1); d->index[i]; i = (i + 1) & (d->index_nr - 1)) {
			struct dict_entry *e = &d->e[d->index[i] - 1];

			if (same_key(ev, e, key, hash, bad))
				return e;
			if (*bad)
				return NULL;
		}
		return NULL;
	}
	for (i = 0; i < d->nr; i++) {
		if (same_key(ev, &d->e[i], key, hash, bad))
			return &d->e[i];
		if (*bad)
			return NULL;
	}
	return NULL;
}

struct value *dict_get(struct ev *ev, struct dict *d, struct value key, bool *bad)
{
	struct dict_entry *e;
	uint32_t hash;

	*bad = !hash_value(ev, key, &hash);
	if (*bad)
		return NULL;
	e = find(ev, d, key, hash, bad);
	return e ? &e->val : NULL;
}

struct value *dict_get_str(struct ev *ev, struct dict *d, const char *s, size_t len)
{
	struct vstr str = { .s = s, .len = (uint32_t)len, .chars = UINT32_MAX };
	struct value key = { .type = V_STRING, .u.str = &str };
	bool bad;

	return dict_get(ev, d, key, &bad);
}

bool dict_set(struct ev *ev, struct dict *d, struct value key, struct value val)
{
	struct dict_entry *e;
	bool bad = false;
	uint32_t hash;

	if (!hash_value(ev, key, &hash))
		return false;
	e = find(ev, d, key, hash, &bad);
	if (bad)
		return false;
	if (e)
		e->val = val;
	else
		append(ev, d, key, val, hash);
	return true;
}

bool dict_remove(struct ev *ev, struct dict *d, struct value key)
{
	struct dict_entry *e;
	bool bad = false;
	uint32_t hash;

	if (!hash_value(ev, key, &hash))
		return false;
	e = find(ev, d, key, hash, &bad);
	if (!e)
		return false;
	e->key = v_missing();
	e->val = v_missing();
	d->live--;
	return true;
}
