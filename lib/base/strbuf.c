#include "base/base.h"
#include "base/strbuf.h"
#include "base/utf8.h"

char strbuf_empty[1];

void strbuf_init(struct strbuf *sb, size_t max)
{
	*sb = (struct strbuf)STRBUF_INIT_MAX(max);
}

void strbuf_release(struct strbuf *sb)
{
	if (sb->alloc)
		free(sb->buf);
	strbuf_init(sb, sb->max);
}

void strbuf_release_secret(struct strbuf *sb)
{
	if (sb->alloc)
		explicit_bzero(sb->buf, sb->alloc);
	strbuf_release(sb);
}

void strbuf_reset(struct strbuf *sb)
{
	strbuf_setlen(sb, 0);
	sb->overflow = false;
}

void strbuf_setlen(struct strbuf *sb, size_t len)
{
	if (len > sb->len)
		BUG("strbuf_setlen() beyond the end");
	sb->len = len;
	if (sb->alloc)
		sb->buf[len] = '\0';
}

bool strbuf_grow(struct strbuf *sb, size_t extra)
{
	size_t need, room;

	if (sb->overflow)
		return false;
	if (__builtin_add_overflow(sb->len, extra, &need) || need >= SIZE_MAX / 2 ||
	    (sb->max && need > sb->max)) {
		sb->overflow = true;
		return false;
	}
	if (need + 1 <= sb->alloc)
		return true;
	room = sb->alloc ? sb->alloc * 2 : 64;
	if (room < need + 1)
		room = need + 1;
	sb->buf = xrealloc(sb->alloc ? sb->buf : NULL, room);
	sb->buf[sb->len] = '\0';
	sb->alloc = room;
	return true;
}

void strbuf_add(struct strbuf *sb, const void *data, size_t len)
{
	if (!len || !strbuf_grow(sb, len))
		return;
	memcpy(sb->buf + sb->len, data, len);
	sb->len += len;
	sb->buf[sb->len] = '\0';
}

void strbuf_addchars(struct strbuf *sb, char c, size_t nr)
{
	if (!nr || !strbuf_grow(sb, nr))
		return;
	memset(sb->buf + sb->len, c, nr);
	sb->len += nr;
	sb->buf[sb->len] = '\0';
}

void strbuf_vaddf(struct strbuf *sb, const char *fmt, va_list ap)
{
	char small[256];
	va_list copy;
	int n;

	va_copy(copy, ap);
	n = vsnprintf(small, sizeof(small), fmt, copy);
	va_end(copy);
	if (n < 0)
		BUG("vsnprintf(\"%s\") failed", fmt);
	if ((size_t)n < sizeof(small)) {
		strbuf_add(sb, small, (size_t)n);
		return;
	}
	if (!strbuf_grow(sb, (size_t)n))
		return;
	if (vsnprintf(sb->buf + sb->len, (size_t)n + 1, fmt, ap) != n)
		BUG("vsnprintf(\"%s\") changed its mind", fmt);
	sb->len += (size_t)n;
}

void strbuf_addf(struct strbuf *sb, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(sb, fmt, ap);
	va_end(ap);
}

void strbuf_rtrim(struct strbuf *sb)
{
	size_t len = sb->len;

	while (len && isspace((unsigned char)sb->buf[len - 1]))
		len--;
	strbuf_setlen(sb, len);
}

void strbuf_trim(struct strbuf *sb)
{
	size_t skip = 0;

	strbuf_rtrim(sb);
	while (skip < sb->len && isspace((unsigned char)sb->buf[skip]))
		skip++;
	if (!skip)
		return;
	memmove(sb->buf, sb->buf + skip, sb->len - skip);
	strbuf_setlen(sb, sb->len - skip);
}

bool strbuf_chomp(struct strbuf *sb)
{
	if (!sb->len || sb->buf[sb->len - 1] != '\n')
		return false;
	strbuf_setlen(sb, sb->len - 1);
	return true;
}

void strbuf_addhex(struct strbuf *sb, const void *data, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *p = data;
	size_t i;

	for (i = 0; i < len; i++) {
		strbuf_addch(sb, digits[p[i] >> 4]);
		strbuf_addch(sb, digits[p[i] & 15]);
	}
}

static bool is_hostile(uint32_t cp)
{
	return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || cp == 0x2028 || cp == 0x2029 ||
	       (cp >= 0x202a && cp <= 0x202e) || (cp >= 0x2066 && cp <= 0x2069) || cp == 0x200e ||
	       cp == 0x200f || cp == 0xfeff;
}

void strbuf_add_printable(struct strbuf *sb, const char *s, size_t len)
{
	size_t i = 0;

	while (i < len) {
		size_t plain = i, n;
		uint32_t cp;

		/* nearly all of it, nearly always */
		while (plain < len && s[plain] >= 0x20 && s[plain] < 0x7f)
			plain++;
		if (plain > i) {
			strbuf_add(sb, s + i, plain - i);
			i = plain;
			continue;
		}
		n = utf8_decode(s + i, len - i, &cp);
		if (!n) {
			strbuf_addf(sb, "\\x%02x", (unsigned char)s[i]);
			i++;
			continue;
		}
		if (!is_hostile(cp))
			strbuf_add(sb, s + i, n);
		else if (cp < 0x100)
			strbuf_addf(sb, "\\x%02x", (unsigned)cp);
		else
			strbuf_addf(sb, "\\u%04x", (unsigned)cp);
		i += n;
	}
}

char *strbuf_detach(struct strbuf *sb, size_t *len)
{
	char *s = sb->alloc ? sb->buf : xstrdup("");

	if (len)
		*len = sb->len;
	strbuf_init(sb, sb->max);
	return s;
}

ssize_t strbuf_read(struct strbuf *sb, int fd)
{
	size_t start = sb->len;

	for (;;) {
		char chunk[65536];
		ssize_t n = read(fd, chunk, sizeof(chunk));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (!n)
			return (ssize_t)(sb->len - start);
		strbuf_add(sb, chunk, (size_t)n);
		if (sb->overflow) {
			errno = EFBIG;
			return -1;
		}
	}
}
