#ifndef BASE_STRBUF_H
#define BASE_STRBUF_H

#include "base/base.h"

/*
 * A string that grows. `buf` is always NUL-terminated (it points to a static
 * empty string before the first addition), `len` does not count that NUL, and
 * the content may hold NULs of its own.
 *
 * A buffer that pushed data can make grow gets a limit from its first line:
 *
 *	struct strbuf out = STRBUF_INIT_MAX(1 << 20);
 *
 * An addition that would pass the limit adds nothing and sets `overflow`,
 * which sticks until reset: add in peace and look at the flag once.
 */
struct strbuf {
	char *buf;
	size_t len;
	size_t alloc;
	size_t max; /* 0: no limit but memory */
	bool overflow;
};

extern char strbuf_empty[1];

#define STRBUF_INIT                 \
	{                           \
		.buf = strbuf_empty \
	}
#define STRBUF_INIT_MAX(limit)                      \
	{                                           \
		.buf = strbuf_empty, .max = (limit) \
	}

void strbuf_init(struct strbuf *sb, size_t max);
void strbuf_release(struct strbuf *sb);
/* Release a buffer that held a secret: its memory is wiped first. */
void strbuf_release_secret(struct strbuf *sb);
/* Empty it, keep the memory, clear `overflow`. */
void strbuf_reset(struct strbuf *sb);
/* Cut to `len`, which is at most the present length. */
void strbuf_setlen(struct strbuf *sb, size_t len);
/* Make room for `extra` more bytes; false when the limit forbids it. */
bool strbuf_grow(struct strbuf *sb, size_t extra);

void strbuf_add(struct strbuf *sb, const void *data, size_t len);
void strbuf_addf(struct strbuf *sb, const char *fmt, ...) PRINTF_LIKE(2, 3);
void strbuf_vaddf(struct strbuf *sb, const char *fmt, va_list ap) PRINTF_LIKE(2, 0);
void strbuf_addchars(struct strbuf *sb, char c, size_t nr);

static inline void strbuf_addstr(struct strbuf *sb, const char *s)
{
	strbuf_add(sb, s, strlen(s));
}

static inline void strbuf_addch(struct strbuf *sb, char c)
{
	if (sb->alloc > sb->len + 1 && !(sb->max && sb->len + 1 > sb->max)) {
		sb->buf[sb->len++] = c;
		sb->buf[sb->len] = '\0';
	} else {
		strbuf_add(sb, &c, 1);
	}
}

static inline void strbuf_addbuf(struct strbuf *sb, const struct strbuf *other)
{
	strbuf_add(sb, other->buf, other->len);
}

void strbuf_trim(struct strbuf *sb);
void strbuf_rtrim(struct strbuf *sb);
bool strbuf_chomp(struct strbuf *sb); /* drop one trailing newline */

/* Lower-case hex of `len` bytes. */
void strbuf_addhex(struct strbuf *sb, const void *data, size_t len);

/*
 * Add `s` for a person to read: control characters, DEL, invalid UTF-8 and
 * bidirectional overrides become \xNN or \uNNNN, so that a pushed name can't
 * drive a terminal or fake a line of output.
 */
void strbuf_add_printable(struct strbuf *sb, const char *s, size_t len);

/* The content becomes the caller's (free()); the buffer is as after release. */
char *strbuf_detach(struct strbuf *sb, size_t *len);

/*
 * Append what can be read from `fd` up to its end. Returns the bytes read, or
 * -1 with errno (EFBIG when the limit was passed).
 */
ssize_t strbuf_read(struct strbuf *sb, int fd);

#endif
