#include "base/base.h"
#include "template/internal.h"

/* Text that grows, within the limits of the rendering. */

void *ev_alloc_more(struct ev *ev, size_t size)
{
	void *p = arena_alloc(&ev->arena, size);

	if (!p)
		ev_limit(ev, "the template needs too much memory (more than %zu MB)",
			 ev->limits.memory >> 20);
	return p;
}

void buf_init(struct buf *b, struct ev *ev)
{
	*b = (struct buf){ .ev = ev };
}

void buf_grow(struct buf *b, size_t extra)
{
	struct ev *ev = b->ev;
	size_t want = b->len + extra, cap;
	char *p;

	if (b->sb) {
		if (want - ev->out_start > ev->limits.output)
			ev_limit(ev, "the output is too long (more than %zu bytes)",
				 ev->limits.output);
		b->sb->len = b->len;
		if (b->sb->max && want > b->sb->max)
			ev_limit(ev, "the output is too long (more than %zu bytes)", b->sb->max);
		cap = MAX(extra, b->len);
		if (b->sb->max)
			cap = MIN(cap, b->sb->max - b->len);
		strbuf_grow(b->sb, cap);
		b->p = b->sb->buf;
		b->cap = b->sb->alloc - 1;
		if (b->sb->max && b->cap > b->sb->max)
			b->cap = b->sb->max;
		if (b->cap > ev->out_start + ev->limits.output)
			b->cap = ev->out_start + ev->limits.output;
		return;
	}
	if (want > ev->limits.string)
		ev_limit(ev, "a string is too long (more than %zu bytes)", ev->limits.string);
	cap = MAX(b->cap * 2, (size_t)48);
	while (cap < want)
		cap *= 2;
	p = ev_alloc(ev, cap + 1);
	if (b->len)
		memcpy(p, b->p, b->len);
	b->p = p;
	b->cap = cap;
}

void buf_addvstr(struct buf *b, const struct vstr *s)
{
	buf_add(b, s->s, s->len);
}

void buf_addf(struct buf *b, const char *fmt, ...)
{
	char small[128];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(small, sizeof(small), fmt, ap);
	va_end(ap);
	if (n < 0)
		BUG("vsnprintf(\"%s\") failed", fmt);
	if ((size_t)n < sizeof(small)) {
		buf_add(b, small, (size_t)n);
		return;
	}
	if (b->cap - b->len < (size_t)n + 1)
		buf_grow(b, (size_t)n + 1);
	va_start(ap, fmt);
	vsnprintf(b->p + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
}

void buf_addcp(struct buf *b, uint32_t cp)
{
	if (cp < 0x80) {
		buf_addch(b, (char)cp);
	} else if (cp < 0x800) {
		buf_addch(b, (char)(0xc0 | cp >> 6));
		buf_addch(b, (char)(0x80 | (cp & 0x3f)));
	} else if (cp < 0x10000) {
		buf_addch(b, (char)(0xe0 | cp >> 12));
		buf_addch(b, (char)(0x80 | (cp >> 6 & 0x3f)));
		buf_addch(b, (char)(0x80 | (cp & 0x3f)));
	} else {
		buf_addch(b, (char)(0xf0 | cp >> 18));
		buf_addch(b, (char)(0x80 | (cp >> 12 & 0x3f)));
		buf_addch(b, (char)(0x80 | (cp >> 6 & 0x3f)));
		buf_addch(b, (char)(0x80 | (cp & 0x3f)));
	}
}

void buf_fill(struct buf *b, char c, uint64_t n)
{
	if (!n)
		return; /* there may be no memory yet */
	if (b->cap - b->len < n) {
		if (n > SIZE_MAX / 4)
			n = SIZE_MAX / 4;
		buf_grow(b, (size_t)n);
	}
	memset(b->p + b->len, c, (size_t)n);
	b->len += (size_t)n;
}

struct value buf_value(struct buf *b)
{
	if (!b->p)
		return v_str_static(b->ev, "");
	b->p[b->len] = '\0';
	return v_str_ref(b->ev, b->p, b->len);
}
