#include "base/base.h"
#include "template/filters.h"

/* wordwrap, after textwrap.py. */

struct chunk {
	const char *s;
	size_t len;
	int64_t chars;
};

struct wrapper {
	struct ev *ev;
	struct chunk *v;
	size_t nr, alloc;
	int64_t width;
	bool break_words, break_hyphens;
	bool split_hyphens; /* break_on_hyphens is true, not just something like it */
	struct buf *out;
	const struct vstr *sep;
	bool any;
};

static bool wrap_space(uint32_t cp)
{
	return cp == ' ' || (cp >= '\t' && cp <= '\r');
}

static bool is_letter(uint32_t cp)
{
	return cp_word(cp) && !cp_decimal(cp); /* the underscore, too */
}

static bool word_punct(uint32_t cp)
{
	return cp_word(cp) || (cp < 0x80 && strchr("!\"'&.,?", (int)cp) && cp);
}

static void push_chunk(struct wrapper *w, const uint32_t *off, size_t from, size_t to,
		       const char *s)
{
	if (w->nr == w->alloc) {
		struct chunk *bigger = ev_alloc(w->ev, (w->alloc * 2 + 16) * sizeof(*bigger));

		if (w->nr)
			memcpy(bigger, w->v, w->nr * sizeof(*bigger));
		w->v = bigger;
		w->alloc = w->alloc * 2 + 16;
	}
	w->v[w->nr++] = (struct chunk){ .s = s + off[from],
					.len = off[to] - off[from],
					.chars = (int64_t)(to - from) };
}

/* Where the chunk that begins at `i` ends: wordsep_re of textwrap.py. */
static size_t chunk_end(const struct wrapper *w, const uint32_t *cp, size_t nr, size_t i)
{
	size_t k = i;

	if (wrap_space(cp[i])) {
		while (k < nr && wrap_space(cp[k]))
			k++;
		return k;
	}
	if (!w->split_hyphens) {
		while (k < nr && !wrap_space(cp[k]))
			k++;
		return k;
	}
	/* an em-dash between words */
	if (cp[i] == '-' && i && word_punct(cp[i - 1])) {
		while (k < nr && cp[k] == '-')
			k++;
		if (k - i >= 2 && k < nr && cp_word(cp[k]))
			return k;
	}
	for (k = i + 1; k <= nr; k++) {
		size_t d;

		/* behind a hyphen in a word */
		if (k < nr && cp[k] == '-' &&
		    ((k >= 2 && is_letter(cp[k - 1]) && is_letter(cp[k - 2])) ||
		     (k >= 3 && is_letter(cp[k - 3]) && cp[k - 2] == '-' &&
		      word_punct(cp[k - 1])))) {
			size_t t = k + 1;

			if (t < nr && is_letter(cp[t]) &&
			    ((t + 1 < nr && is_letter(cp[t + 1])) ||
			     (t + 2 < nr && cp[t + 1] == '-' && is_letter(cp[t + 2]))))
				return k + 1;
		}
		/* the end of the word */
		if (k == nr || wrap_space(cp[k]))
			return k;
		/* before an em-dash */
		if (word_punct(cp[k - 1]) && cp[k] == '-') {
			for (d = k; d < nr && cp[d] == '-'; d++)
				;
			if (d - k >= 2 && d < nr && cp_word(cp[d]))
				return k;
		}
	}
	return nr;
}

static bool blank_chunk(const struct chunk *c)
{
	size_t i = 0;

	while (i < c->len) {
		uint32_t cp;

		i += cp_decode(c->s + i, c->len - i, &cp);
		if (!cp_space(cp))
			return false;
	}
	return true;
}

static size_t byte_of(const struct chunk *c, int64_t chars)
{
	size_t i = 0;
	uint32_t cp;

	while (chars-- > 0 && i < c->len)
		i += cp_decode(c->s + i, c->len - i, &cp);
	return i;
}

/* A chunk wider than a line: how many characters of it still go here. */
static int64_t break_at(const struct wrapper *w, const struct chunk *c, int64_t room)
{
	int64_t end = room, i;
	size_t at = 0, hyphen = 0;
	bool other = false;
	uint32_t cp;

	if (!w->break_hyphens || c->chars <= room)
		return end;
	for (i = 0; i < room; i++) {
		at += cp_decode(c->s + at, c->len - at, &cp);
		if (cp == '-' && i > 0 && other)
			hyphen = (size_t)i;
		if (cp != '-')
			other = true;
	}
	return hyphen ? (int64_t)hyphen + 1 : end;
}

static void wrap_chunks(struct wrapper *w)
{
	size_t i = 0;

	while (i < w->nr) {
		size_t from, k, last;
		int64_t used = 0;
		struct buf line;
		bool blank;

		buf_init(&line, w->ev);
		ev_step(w->ev, 1);
		if (w->any && blank_chunk(&w->v[i])) {
			if (++i >= w->nr)
				break;
		}
		from = i;
		while (i < w->nr && used + w->v[i].chars <= w->width)
			used += w->v[i++].chars;
		for (k = from; k < i; k++)
			buf_add(&line, w->v[k].s, w->v[k].len);
		last = i > from ? w->v[i - 1].len : 0;
		blank = i > from && blank_chunk(&w->v[i - 1]);
		if (i < w->nr && w->v[i].chars > w->width) {
			struct chunk *c = &w->v[i];
			int64_t room = w->width < 1 ? 1 : w->width - used;

			if (w->break_words) {
				int64_t n = break_at(w, c, room);
				size_t bytes = byte_of(c, n);

				struct chunk piece = { .s = c->s, .len = bytes, .chars = n };

				buf_add(&line, c->s, bytes);
				last = bytes;
				blank = blank_chunk(&piece);
				c->s += bytes;
				c->len -= bytes;
				c->chars -= n;
				if (!n && !line.len)
					ev_limit(w->ev, "wordwrap gets nowhere");
			} else if (!line.len) {
				buf_add(&line, c->s, c->len);
				last = c->len;
				blank = blank_chunk(c);
				i++;
			}
		}
		if (blank) /* what a line ends in */
			line.len -= last;
		if (line.len) {
			if (w->any)
				buf_addvstr(w->out, w->sep);
			w->any = true;
			buf_add(w->out, line.p, line.len);
		}
	}
}

static void wrap_line(struct wrapper *w, const struct vstr *s)
{
	uint32_t *cp = ev_alloc(w->ev, (s->len + 1) * sizeof(*cp));
	uint32_t *off = ev_alloc(w->ev, (s->len + 1) * sizeof(*off));
	size_t nr = 0, i;

	for (i = 0; i < s->len;) {
		off[nr] = (uint32_t)i;
		i += cp_decode(s->s + i, s->len - i, &cp[nr++]);
	}
	off[nr] = s->len;
	w->nr = 0;
	w->any = false;
	ev_step(w->ev, nr);
	for (i = 0; i < nr;) {
		size_t to = chunk_end(w, cp, nr, i);

		push_chunk(w, off, i, to, s->s);
		i = to;
	}
	wrap_chunks(w);
}

/* Python looks at these only where a word is too long: refuse what it may never come to. */
static bool wrap_flag(struct ev *ev, struct value v, bool *out)
{
	if (v.type != V_UNDEFINED)
		return arg_bool(ev, v, out);
	ev_fail(ev, UNSUPPORTED_ERROR, "an undefined argument of wordwrap is not supported");
	return false;
}

FILTER(f_wordwrap)
{
	struct wrapper w = { .ev = ev, .width = 79, .break_words = true, .break_hyphens = true };
	struct value sep = a[2];
	struct list *lines;
	struct vstr *s;
	struct buf b;
	uint32_t i;

	w.split_hyphens = a[3].type == V_MISSING || (a[3].type == V_BOOL && a[3].u.b);
	if (sep.type == V_MISSING || sep.type == V_NONE)
		sep = v_str_static(ev, "\n");
	if (!arg_str(ev, self, "the value to wrap", &s) || !arg_str(ev, sep, "wrapstring", &s))
		return v_poison();
	lines = str_splitlines(ev, self, false);
	/* without a line, Python looks at no other argument */
	if (lines->nr && is_type(a[0], TYPE_BIT(V_FLOAT) | TYPE_BIT(V_DECIMAL)))
		return ev_fail(ev, UNSUPPORTED_ERROR, "width must be a whole number");
	if (lines->nr &&
	    ((a[0].type != V_MISSING && !arg_index(ev, a[0], "width", &w.width)) ||
	     !wrap_flag(ev, a[1], &w.break_words) || !wrap_flag(ev, a[3], &w.break_hyphens)))
		return v_poison();
	if (w.width <= 0 && lines->nr)
		return ev_fail(ev, TYPE_ERROR, "invalid width %" PRId64 " (must be > 0)", w.width);
	buf_init(&b, ev);
	w.out = &b;
	w.sep = s;
	for (i = 0; i < lines->nr; i++) {
		if (i)
			buf_addvstr(&b, s);
		wrap_line(&w, lines->v[i].u.str);
	}
	return buf_value(&b);
}

const struct builtin wrap_filters[] = {
	{ "wordwrap", "width break_long_words wrapstring break_on_hyphens", 0, f_wordwrap, NULL },
	{ NULL, NULL, 0, NULL, NULL },
};
