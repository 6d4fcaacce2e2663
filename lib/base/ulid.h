#ifndef BASE_ULID_H
#define BASE_ULID_H

#include "base/base.h"
#include "base/strbuf.h"

/*
 * Names that sort by time: 10 characters of milliseconds, 16 of chance, in
 * Crockford's base 32 (https://github.com/ulid/spec).
 */
#define ULID_LEN 26

void add_ulid(struct strbuf *sb, int64_t wall_ms);
/* Exactly ULID_LEN such characters, upper case; `s` need not end there. */
bool is_ulid(const char *s, size_t len);
/* The milliseconds since the epoch that `id`, which is one, was made at. */
int64_t ulid_time(const char *id);

#endif
