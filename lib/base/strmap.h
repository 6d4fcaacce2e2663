#ifndef BASE_STRMAP_H
#define BASE_STRMAP_H

#include "base/base.h"

/*
 * From strings to pointers, in order of insertion. Keys are copied; values
 * are the caller's. Hashing is keyed per process (SipHash-like), so that
 * pushed names can't be chosen to collide.
 */
struct strmap_entry {
	char *key;
	size_t key_len;
	void *value;
	uint64_t hash;
};

struct strmap {
	struct strmap_entry *entries; /* in order of insertion */
	size_t nr, alloc;
	uint32_t *slots; /* index + 1 into entries, open addressing */
	size_t slots_nr;
};

#define STRMAP_INIT \
	{           \
		0   \
	}

void strmap_init(struct strmap *map);
/* Frees the map; each value with `free_value` unless that is NULL. */
void strmap_release(struct strmap *map, void (*free_value)(void *));

/* The value, or NULL. */
void *strmap_get(const struct strmap *map, const char *key);
void *strmap_getn(const struct strmap *map, const char *key, size_t len);
bool strmap_has(const struct strmap *map, const char *key);

/* Set; returns the value that was replaced, or NULL. */
void *strmap_put(struct strmap *map, const char *key, void *value);
void *strmap_putn(struct strmap *map, const char *key, size_t len, void *value);

/* The address of the value of `key`, inserted with NULL when it was not there. */
void **strmap_at(struct strmap *map, const char *key, size_t len);

/* Sort `entries` by key, bytewise; lookups go on working. */
void strmap_sort(struct strmap *map);

/* The hash that the map uses; equal within one process only. */
uint64_t hash_bytes(const void *data, size_t len);

#endif
