#include "base/base.h"
#include "artifact/service.h"

/* From a byte of the rendered text to the place in the template that it comes from. */
static void place_of(const struct document *doc, size_t off, size_t *source_off, size_t *source_len)
{
	*source_off = doc->source.len;
	*source_len = 0;
	if (doc->plain) {
		*source_off = MIN(off, doc->source.len);
		*source_len = off < doc->source.len;
	} else if (off < doc->rendered.len) {
		template_map_find(&doc->map, off, source_off, source_len);
	} else {
		/* behind the end: where the text ends, blanks aside */
		while (*source_off && isspace((unsigned char)doc->source.buf[*source_off - 1]))
			(*source_off)--;
	}
}

void document_place(const struct document *doc, size_t off, size_t len, size_t *source_off,
		    size_t *source_len)
{
	size_t last_off, last_len;

	place_of(doc, off, source_off, source_len);
	if (len < 2)
		return;
	place_of(doc, off + len - 1, &last_off, &last_len);
	/* what a loop made ends before where it began: its beginning says enough */
	if (last_off >= *source_off)
		*source_len = last_off + last_len - *source_off;
}

static struct finding *add(struct findings *fs, const struct document *doc, size_t off, size_t len,
			   enum severity severity, const char *rule, const char *fmt, va_list ap)
{
	struct strbuf message = STRBUF_INIT;
	size_t source_off, source_len;
	struct finding *f;

	strbuf_vaddf(&message, fmt, ap);
	f = findings_add(fs, severity, rule, doc->path, "%s", message.buf);
	document_place(doc, off, len, &source_off, &source_len);
	finding_at(f, doc->source.buf, doc->source.len, source_off, source_len);
	strbuf_release(&message);
	return f;
}

struct finding *document_finding(struct findings *fs, const struct document *doc,
				 const struct json *value, enum severity severity, const char *rule,
				 const char *fmt, ...)
{
	struct finding *f;
	va_list ap;

	va_start(ap, fmt);
	f = add(fs, doc, value->off, value->len, severity, rule, fmt, ap);
	va_end(ap);
	return f;
}

struct finding *document_member_finding(struct findings *fs, const struct document *doc,
					const struct json_member *member, enum severity severity,
					const char *rule, const char *fmt, ...)
{
	struct finding *f;
	va_list ap;

	va_start(ap, fmt);
	f = add(fs, doc, member->off, member->len, severity, rule, fmt, ap);
	va_end(ap);
	return f;
}

/* Follow JSON's strings over some more text: are we in one behind it? */
static bool ends_in_string(bool in_string, const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (in_string && text[i] == '\\')
			i++;
		else if (text[i] == '"')
			in_string = !in_string;
	}
	return in_string;
}

void document_masked(const struct document *doc, struct strbuf *out)
{
	const struct template_map *map = &doc->map;
	bool in_string = false, masking = false;
	size_t i;

	if (!doc->sensitive) {
		strbuf_addbuf(out, &doc->rendered);
		return;
	}
	for (i = 0; i < map->nr; i++) {
		const struct template_run *run = &map->runs[i];
		size_t end = i + 1 < map->nr ? map->runs[i + 1].out_off : map->out_len;
		const char *text = doc->rendered.buf + run->out_off;
		size_t len = end - run->out_off;

		if (!len)
			continue;
		if (!run->sensitive)
			strbuf_add(out, text, len);
		else if (!masking)
			strbuf_addstr(out, in_string ? "(sensitive)" : "\"(sensitive)\"");
		/* two in a row are one: their border says something, too */
		masking = run->sensitive;
		in_string = ends_in_string(in_string, text, len);
	}
}
