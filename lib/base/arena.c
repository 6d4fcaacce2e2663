#include "base/base.h"
#include "base/arena.h"

/* Blocks begin small and double: many arenas hold one parsed template. */
#define ARENA_BLOCK_MIN 1024
#define ARENA_BLOCK_MAX 16384
#define ARENA_ALIGN	16

struct arena_block {
	struct arena_block *next;
	size_t size; /* of data */
	size_t used;
	_Alignas(ARENA_ALIGN) char data[];
};

void arena_init(struct arena *arena, size_t max)
{
	*arena = (struct arena){ .max = max };
}

static void free_blocks(struct arena_block *block)
{
	while (block) {
		struct arena_block *next = block->next;

		free(block);
		block = next;
	}
}

void arena_release(struct arena *arena)
{
	free_blocks(arena->blocks);
	arena_init(arena, arena->max);
}

void arena_reset(struct arena *arena)
{
	if (arena->blocks) {
		free_blocks(arena->blocks->next);
		arena->blocks->next = NULL;
		arena->blocks->used = 0;
	}
	arena->used = 0;
}

void arena_release_secret(struct arena *arena)
{
	struct arena_block *block;

	for (block = arena->blocks; block; block = block->next)
		explicit_bzero(block->data, block->used);
	arena_release(arena);
}

/* Not cleared: what is left of a block is, when it is taken. */
static void *take(struct arena *arena, size_t size)
{
	struct arena_block *block = arena->blocks;
	void *p;

	if (size > SIZE_MAX / 4)
		return NULL;
	size = (size + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
	if (arena->max && size > arena->max - arena->used)
		return NULL;
	if (!block || block->size - block->used < size) {
		size_t next = block ? MIN(2 * MAX(block->size, (size_t)ARENA_BLOCK_MIN / 2),
					  (size_t)ARENA_BLOCK_MAX) :
				      ARENA_BLOCK_MIN;
		bool large = size > ARENA_BLOCK_MAX / 4;
		size_t room = large ? size : MAX(next, 4 * size);
		struct arena_block *fresh = xmalloc(sizeof(*fresh) + room);

		fresh->size = room;
		fresh->used = 0;
		/* a large one goes behind the block that still has room */
		if (block && large) {
			fresh->next = block->next;
			block->next = fresh;
		} else {
			fresh->next = block;
			arena->blocks = fresh;
		}
		block = fresh;
	}
	p = block->data + block->used;
	block->used += size;
	arena->used += size;
	return p;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	void *p = take(arena, size);

	if (p)
		memset(p, 0, size);
	return p;
}

char *arena_memdupz(struct arena *arena, const void *data, size_t len)
{
	char *p = len < SIZE_MAX ? take(arena, len + 1) : NULL;

	if (!p)
		return NULL;
	if (len)
		memcpy(p, data, len);
	p[len] = '\0';
	return p;
}

char *arena_strdup(struct arena *arena, const char *s)
{
	return arena_memdupz(arena, s, strlen(s));
}

char *arena_concat(struct arena *arena, const char *a, const char *b)
{
	size_t len = strlen(a), more = strlen(b);
	char *p = take(arena, len + more + 1);

	if (p) {
		memcpy(p, a, len);
		memcpy(p + len, b, more + 1);
	}
	return p;
}

char *arena_strfmt(struct arena *arena, const char *fmt, ...)
{
	va_list ap;
	char *p;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		BUG("vsnprintf(\"%s\") failed", fmt);
	p = take(arena, (size_t)n + 1);
	if (!p)
		return NULL;
	va_start(ap, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return p;
}
