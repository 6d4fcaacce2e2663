#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/base.h"

/*
 * Memory that is freed all at once. A parsed document, a template, a plan:
 * many small things with one end. Allocations are aligned for any type and
 * zeroed. `max` bounds the sum of all allocations (0: no limit); past it
 * arena_alloc() returns NULL, and so do the functions on top of it.
 */
struct arena_block;

struct arena {
	struct arena_block *blocks;
	size_t used;
	size_t max;
};

#define ARENA_INIT \
	{          \
		0  \
	}

void arena_init(struct arena *arena, size_t max);
void arena_release(struct arena *arena);
/* Free all but one block: for a loop that fills and empties. */
void arena_reset(struct arena *arena);
/* Wipe all memory, then release: for what held secrets. */
void arena_release_secret(struct arena *arena);

void *arena_alloc(struct arena *arena, size_t size);
/* NUL-terminated copies. */
char *arena_memdupz(struct arena *arena, const void *data, size_t len);
char *arena_strdup(struct arena *arena, const char *s);
char *arena_concat(struct arena *arena, const char *a, const char *b);
char *arena_strfmt(struct arena *arena, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
