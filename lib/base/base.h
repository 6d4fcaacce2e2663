#ifndef BASE_BASE_H
#define BASE_BASE_H

/*
 * The first include of every C file: feature macros, the system headers that
 * everybody needs, allocation, and what misuse looks like.
 *
 * Memory: allocation never returns NULL. Out of memory ends the process with
 * a message; that is safe here because all work is crash-only (a hook that
 * dies rejects the push, a worker that dies is resumed). What pushed data can
 * make grow is bounded by limits long before, see strbuf.h and arena.h.
 */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#define _FILE_OFFSET_BITS 64

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#define MUST_CHECK	       __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define NORETURN	       __attribute__((noreturn))
#define UNUSED		       __attribute__((unused))

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define MIN(a, b)     ((a) < (b) ? (a) : (b))
#define MAX(a, b)     ((a) > (b) ? (a) : (b))

/* For what can't happen, never for input: prints the place and aborts. */
#define BUG(...) bug_at(__FILE__, __LINE__, __VA_ARGS__)
NORETURN void bug_at(const char *file, int line, const char *fmt, ...) PRINTF_LIKE(3, 4);

void *xmalloc(size_t size);
void *xcalloc(size_t nr, size_t size);
void *xrealloc(void *p, size_t size);
/* Like xrealloc(p, nr * size), the product checked for overflow. */
void *xreallocarray(void *p, size_t nr, size_t size);
char *xstrdup(const char *s);
char *xmemdupz(const void *data, size_t len);
char *xstrfmt(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* xstrdup() that maps NULL to NULL. */
char *xstrdup_or_null(const char *s);

/*
 * Make room for `nr` elements in the array `p` that has room for `alloc`;
 * doubles, so that appending one by one is linear.
 */
#define ALLOC_GROW(p, nr, alloc)                                          \
	do {                                                              \
		if ((nr) > (alloc)) {                                     \
			size_t grow_to_ = (alloc) ? (alloc)*2 : 8;        \
			if (grow_to_ < (nr))                              \
				grow_to_ = (nr);                          \
			(p) = xreallocarray((p), grow_to_, sizeof(*(p))); \
			(alloc) = grow_to_;                               \
		}                                                         \
	} while (0)

#define FREE_AND_NULL(p)    \
	do {                \
		free(p);    \
		(p) = NULL; \
	} while (0)

static inline bool str_eq(const char *a, const char *b)
{
	return !strcmp(a, b);
}

static inline bool starts_with(const char *s, const char *prefix)
{
	return !strncmp(s, prefix, strlen(prefix));
}

bool ends_with(const char *s, const char *suffix);

/* If `s` starts with `prefix`, point `*out` behind it. */
bool skip_prefix(const char *s, const char *prefix, const char **out);

/*
 * A whole decimal number from `min` to `max` and nothing else: no sign, no
 * blanks, no suffix. Returns false (and leaves *out) on anything else.
 */
bool parse_uint(const char *s, uint64_t min, uint64_t max, uint64_t *out);

#endif
