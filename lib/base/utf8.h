#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/base.h"
#include "base/strbuf.h"

/*
 * Decode one code point of well-formed UTF-8 (RFC 3629: no overlong forms, no
 * surrogates, nothing above U+10FFFF). Returns its length in bytes, or 0 when
 * the bytes at `s` are not well-formed.
 */
size_t utf8_decode(const char *s, size_t len, uint32_t *cp);

/* Encode `cp` (which must be valid) onto `sb`. */
void utf8_encode(struct strbuf *sb, uint32_t cp);

/* Offset of the first byte that is not well-formed, or `len`. */
size_t utf8_validate(const char *s, size_t len);

/* Code points in well-formed text; a malformed byte counts as one. */
size_t utf8_length(const char *s, size_t len);

/* Columns on a terminal (East Asian wide and emoji count 2, combining marks 0). */
size_t utf8_width(const char *s, size_t len);

/* How many bytes of it are whole characters that take `width` columns at most. */
size_t utf8_cut(const char *s, size_t len, size_t width);

#endif
