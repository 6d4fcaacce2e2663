#include "base/base.h"
#include "base/strmap.h"

#include <stdatomic.h>
#include <sys/random.h>

/* The key is drawn once; where two threads race, both take what the first drew. */
static uint64_t hash_key(void)
{
	static _Atomic uint64_t key;
	uint64_t known = atomic_load_explicit(&key, memory_order_relaxed), drawn;

	if (known)
		return known;
	if (getrandom(&drawn, sizeof(drawn), GRND_NONBLOCK) != (ssize_t)sizeof(drawn))
		drawn = (uint64_t)getpid() * UINT64_C(0x9e3779b97f4a7c15);
	drawn |= 1;
	return atomic_compare_exchange_strong(&key, &known, drawn) ? drawn : known;
}

static inline uint64_t mix(uint64_t a, uint64_t b)
{
	__extension__ unsigned __int128 m = (unsigned __int128)a * b;

	return (uint64_t)m ^ (uint64_t)(m >> 64);
}

/* A folded-multiply hash, eight bytes a step. */
uint64_t hash_bytes(const void *data, size_t len)
{
	const char *p = data;
	uint64_t key = hash_key(), h = key ^ (len * UINT64_C(0xa0761d6478bd642f)), w;

	while (len >= 8) {
		memcpy(&w, p, 8);
		h = mix(h ^ w, UINT64_C(0xe7037ed1a0b428db) ^ key);
		p += 8;
		len -= 8;
	}
	w = 0;
	if (len)
		memcpy(&w, p, len);
	return mix(h ^ w, UINT64_C(0x8ebc6af09c88c6e3) ^ key);
}

void strmap_init(struct strmap *map)
{
	*map = (struct strmap)STRMAP_INIT;
}

void strmap_release(struct strmap *map, void (*free_value)(void *))
{
	size_t i;

	for (i = 0; i < map->nr; i++) {
		free(map->entries[i].key);
		if (free_value)
			free_value(map->entries[i].value);
	}
	free(map->entries);
	free(map->slots);
	strmap_init(map);
}

/* The slot that holds `key` or would. */
static size_t find_slot(const struct strmap *map, const char *key, size_t len, uint64_t hash)
{
	size_t mask = map->slots_nr - 1, i = (size_t)hash & mask;

	for (;; i = (i + 1) & mask) {
		const struct strmap_entry *e;

		if (!map->slots[i])
			return i;
		e = &map->entries[map->slots[i] - 1];
		if (e->hash == hash && e->key_len == len && !memcmp(e->key, key, len))
			return i;
	}
}

static void rehash(struct strmap *map, size_t slots_nr)
{
	size_t i;

	free(map->slots);
	map->slots = xcalloc(slots_nr, sizeof(*map->slots));
	map->slots_nr = slots_nr;
	for (i = 0; i < map->nr; i++) {
		size_t mask = slots_nr - 1, s = (size_t)map->entries[i].hash & mask;

		while (map->slots[s])
			s = (s + 1) & mask;
		map->slots[s] = (uint32_t)(i + 1);
	}
}

void *strmap_getn(const struct strmap *map, const char *key, size_t len)
{
	size_t s;

	if (!map->nr)
		return NULL;
	s = find_slot(map, key, len, hash_bytes(key, len));
	return map->slots[s] ? map->entries[map->slots[s] - 1].value : NULL;
}

void *strmap_get(const struct strmap *map, const char *key)
{
	return strmap_getn(map, key, strlen(key));
}

bool strmap_has(const struct strmap *map, const char *key)
{
	size_t len = strlen(key);

	return map->nr && map->slots[find_slot(map, key, len, hash_bytes(key, len))];
}

void **strmap_at(struct strmap *map, const char *key, size_t len)
{
	uint64_t hash = hash_bytes(key, len);
	struct strmap_entry *e;
	size_t s;

	if (map->nr >= UINT32_MAX / 2)
		BUG("a map of two thousand million keys");
	if ((map->nr + 1) * 4 > map->slots_nr * 3)
		rehash(map, map->slots_nr ? map->slots_nr * 2 : 16);
	s = find_slot(map, key, len, hash);
	if (map->slots[s])
		return &map->entries[map->slots[s] - 1].value;
	ALLOC_GROW(map->entries, map->nr + 1, map->alloc);
	e = &map->entries[map->nr++];
	*e = (struct strmap_entry){ .key = xmemdupz(key, len), .key_len = len, .hash = hash };
	map->slots[s] = (uint32_t)map->nr;
	return &e->value;
}

void *strmap_putn(struct strmap *map, const char *key, size_t len, void *value)
{
	void **at = strmap_at(map, key, len), *old = *at;

	*at = value;
	return old;
}

void *strmap_put(struct strmap *map, const char *key, void *value)
{
	return strmap_putn(map, key, strlen(key), value);
}

static int entry_cmp(const void *a, const void *b)
{
	const struct strmap_entry *x = a, *y = b;
	int c = memcmp(x->key, y->key, MIN(x->key_len, y->key_len));

	return c ? c : (x->key_len > y->key_len) - (x->key_len < y->key_len);
}

void strmap_sort(struct strmap *map)
{
	if (map->nr < 2)
		return;
	qsort(map->entries, map->nr, sizeof(*map->entries), entry_cmp);
	rehash(map, map->slots_nr);
}
