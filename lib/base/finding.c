#include "base/base.h"
#include "base/finding.h"
#include "base/strbuf.h"
#include "base/utf8.h"

/* A pushed line can be as long as its file; what is kept of it can't. */
#define SOURCE_MAX 512

static void finding_release(struct finding *f)
{
	free(f->path);
	free(f->message);
	free(f->hint);
	free(f->source);
	if (f->fix) {
		free(f->fix->path);
		free(f->fix->text);
		free(f->fix);
	}
}

void findings_release(struct findings *fs)
{
	size_t i;

	for (i = 0; i < fs->nr; i++)
		finding_release(&fs->v[i]);
	free(fs->v);
	for (i = 0; i < fs->once_nr; i++)
		free(fs->once[i].key);
	free(fs->once);
	*fs = (struct findings){ .max = fs->max };
}

struct finding *findings_add(struct findings *fs, enum severity severity, const char *rule,
			     const char *path, const char *fmt, ...)
{
	struct strbuf message = STRBUF_INIT;
	struct finding *f;
	va_list ap;
	size_t i;

	for (i = 0; i < fs->choices_nr; i++) {
		if (!str_eq(fs->choices[i].rule, rule))
			continue;
		if (fs->choices[i].ignore)
			return NULL;
		severity = fs->choices[i].severity;
	}
	if (severity == SEVERITY_ERROR)
		fs->errors++;
	else if (severity == SEVERITY_WARNING)
		fs->warnings++;
	if (fs->max && fs->nr >= fs->max) {
		fs->dropped++;
		return NULL;
	}
	va_start(ap, fmt);
	strbuf_vaddf(&message, fmt, ap);
	va_end(ap);
	ALLOC_GROW(fs->v, fs->nr + 1, fs->alloc);
	f = &fs->v[fs->nr++];
	*f = (struct finding){
		.severity = severity,
		.rule = rule,
		.path = xstrdup_or_null(path),
		.message = strbuf_detach(&message, NULL),
	};
	return f;
}

struct findings_once findings_once_begin(const struct findings *fs)
{
	return (struct findings_once){ .first = fs->nr,
				       .errors = fs->errors,
				       .warnings = fs->warnings,
				       .dropped = fs->dropped };
}

void findings_once_end(struct findings *fs, struct findings_once before, const char *key)
{
	struct findings_once *once;

	if (fs->nr == before.first && fs->dropped == before.dropped)
		return;
	ALLOC_GROW(fs->once, fs->once_nr + 1, fs->once_alloc);
	once = &fs->once[fs->once_nr++];
	*once = (struct findings_once){ .key = xstrdup(key),
					.first = before.first,
					.nr = fs->nr - before.first,
					.errors = fs->errors - before.errors,
					.warnings = fs->warnings - before.warnings,
					.dropped = fs->dropped - before.dropped };
}

void findings_move(struct findings *fs, struct findings *other, size_t from, size_t to)
{
	size_t i;

	for (i = from; i < to; i++) {
		if (fs->max && fs->nr >= fs->max) {
			finding_release(&other->v[i]);
			fs->dropped++;
		} else {
			ALLOC_GROW(fs->v, fs->nr + 1, fs->alloc);
			fs->v[fs->nr++] = other->v[i];
		}
		other->v[i] = (struct finding){ 0 };
	}
}

void text_position(const char *text, size_t len, size_t offset, unsigned *line, unsigned *column)
{
	const char *p = text, *end, *nl;

	if (offset > len)
		offset = len;
	end = text + offset;
	*line = 1;
	while ((nl = memchr(p, '\n', (size_t)(end - p)))) {
		(*line)++;
		p = nl + 1;
	}
	*column = (unsigned)utf8_length(p, (size_t)(end - p)) + 1;
}

void finding_at(struct finding *f, const char *text, size_t text_len, size_t offset, size_t len)
{
	const char *start, *stop;
	size_t line_len, width;

	if (!f)
		return;
	if (offset > text_len)
		offset = text_len;
	text_position(text, text_len, offset, &f->line, &f->column);
	start = text + offset;
	while (start > text && start[-1] != '\n')
		start--;
	stop = memchr(text + offset, '\n', text_len - offset);
	if (!stop)
		stop = text + text_len;
	if (stop > start && stop[-1] == '\r')
		stop--;
	line_len = (size_t)(stop - start);
	/* never beyond the end of the line: the caret underlines one line */
	width = len;
	if (text + offset + width > stop)
		width = text + offset < stop ? (size_t)(stop - (text + offset)) : 0;
	f->width = (unsigned)utf8_length(text + offset, width);
	if (!f->width)
		f->width = 1;
	free(f->source);
	f->source_column = 1;
	/* of a minified file, show what surrounds the place */
	if ((size_t)(text + offset - start) > SOURCE_MAX / 2 && line_len > SOURCE_MAX) {
		const char *from = text + offset - SOURCE_MAX / 2;

		while (from < text + offset && ((unsigned char)*from & 0xc0) == 0x80)
			from++;
		f->source_column += (unsigned)utf8_length(start, (size_t)(from - start));
		line_len -= (size_t)(from - start);
		start = from;
	}
	f->source = xmemdupz(start, MIN(line_len, (size_t)SOURCE_MAX));
}

void finding_hide_source(struct finding *f)
{
	if (!f)
		return;
	free(f->source);
	f->source = NULL;
}

void finding_hint(struct finding *f, const char *fmt, ...)
{
	struct strbuf hint = STRBUF_INIT;
	va_list ap;

	if (!f)
		return;
	va_start(ap, fmt);
	strbuf_vaddf(&hint, fmt, ap);
	va_end(ap);
	free(f->hint);
	f->hint = strbuf_detach(&hint, NULL);
}

void finding_set_fix(struct finding *f, const struct finding_fix *fix)
{
	if (!f || f->fix)
		return;
	f->fix = xmalloc(sizeof(*f->fix));
	*f->fix = *fix;
	f->fix->path = xstrdup(fix->path);
	f->fix->text = xstrdup(fix->text);
}

struct keyed {
	struct finding f;
	size_t index;
};

static int keyed_cmp(const void *a, const void *b)
{
	const struct keyed *x = a, *y = b;
	int c = strcmp(x->f.path ? x->f.path : "", y->f.path ? y->f.path : "");

	if (c)
		return c;
	if (x->f.line != y->f.line)
		return x->f.line < y->f.line ? -1 : 1;
	if (x->f.column != y->f.column)
		return x->f.column < y->f.column ? -1 : 1;
	if (x->f.severity != y->f.severity)
		return x->f.severity < y->f.severity ? -1 : 1;
	return x->index < y->index ? -1 : 1;
}

void findings_sort(struct findings *fs)
{
	struct keyed *k;
	size_t i;

	if (fs->nr < 2)
		return;
	k = xreallocarray(NULL, fs->nr, sizeof(*k));
	for (i = 0; i < fs->nr; i++)
		k[i] = (struct keyed){ .f = fs->v[i], .index = i };
	qsort(k, fs->nr, sizeof(*k), keyed_cmp);
	for (i = 0; i < fs->nr; i++)
		fs->v[i] = k[i].f;
	free(k);
}

#define WORD_MAX 128

unsigned edit_distance(const char *a, size_t a_len, const char *b, size_t b_len, unsigned limit)
{
	unsigned row[3][WORD_MAX + 1], *before = row[0], *last = row[1], *now = row[2];
	size_t i, j;

	if (a_len > WORD_MAX || b_len > WORD_MAX)
		return limit + 1;
	if ((a_len > b_len ? a_len - b_len : b_len - a_len) > limit)
		return limit + 1;
	for (j = 0; j <= b_len; j++)
		last[j] = (unsigned)j;
	for (i = 1; i <= a_len; i++) {
		unsigned *spare;

		now[0] = (unsigned)i;
		for (j = 1; j <= b_len; j++) {
			bool same = tolower((unsigned char)a[i - 1]) ==
				    tolower((unsigned char)b[j - 1]);
			unsigned d = last[j - 1] + !same;

			d = MIN(d, last[j] + 1);
			d = MIN(d, now[j - 1] + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				d = MIN(d, before[j - 2] + 1);
			now[j] = d;
		}
		spare = before;
		before = last;
		last = now;
		now = spare;
	}
	return MIN(last[b_len], limit + 1);
}

const char *nearest_word(const char *word, const char *const *candidates, size_t nr)
{
	size_t len = strlen(word), i;
	unsigned limit = (unsigned)MIN(MAX(len / 3, (size_t)1), (size_t)3), best = limit + 1;
	const char *found = NULL;

	for (i = 0; i < nr; i++) {
		unsigned d = edit_distance(word, len, candidates[i], strlen(candidates[i]), limit);

		if (d < best) {
			best = d;
			found = candidates[i];
		}
	}
	return found;
}
