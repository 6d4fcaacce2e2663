#include "base/base.h"
#include "deploy/secrets.h"

#define MASK "(sensitive)"

/* Blanks and quotes around it are the template's. */
static void add(struct secrets *secrets, const char *text, size_t len)
{
	static const char around[] = " \t\r\n\"'[]{},:";
	size_t i;

	while (len && strchr(around, text[0])) {
		text++;
		len--;
	}
	while (len && strchr(around, text[len - 1]))
		len--;
	if (len < SECRET_MIN)
		return;
	for (i = 0; i < secrets->nr; i++)
		if (secrets->v[i].len == len && !memcmp(secrets->v[i].text, text, len))
			return;
	ALLOC_GROW(secrets->v, secrets->nr + 1, secrets->alloc);
	secrets->v[secrets->nr].text = xmemdupz(text, len);
	secrets->v[secrets->nr++].len = len;
}

/* The decoded strings, too: AWS shows those, not the JSON. */
static void add_strings(struct secrets *secrets, const struct json *v,
			const struct template_map *map)
{
	size_t i;

	switch (v->type) {
	case JSON_STRING:
		if (template_map_sensitive(map, v->off, v->len))
			add(secrets, v->u.str.s, v->u.str.len);
		break;
	case JSON_ARRAY:
		for (i = 0; i < v->u.array.nr; i++)
			add_strings(secrets, &v->u.array.items[i], map);
		break;
	case JSON_OBJECT:
		for (i = 0; i < v->u.object.nr; i++)
			add_strings(secrets, &v->u.object.members[i].value, map);
		break;
	default:
		break;
	}
}

/* The longest first, or a part would be masked and the rest left. */
static int by_length(const void *a, const void *b)
{
	const struct secret *x = a, *y = b;

	return (x->len < y->len) - (x->len > y->len);
}

void secrets_collect(struct secrets *secrets, const struct service *service)
{
	size_t i, j;

	for (i = 0; i < ROLE_NR; i++) {
		const struct document *doc = &service->docs[i];

		if (!doc->present || !doc->sensitive)
			continue;
		/* What a variable gave, be it the whole of a string or a part. */
		for (j = 0; j < doc->map.nr; j++) {
			const struct template_run *run = &doc->map.runs[j];
			size_t end = j + 1 < doc->map.nr ? run[1].out_off : doc->map.out_len;

			if (run->sensitive && end <= doc->rendered.len && run->out_off < end)
				add(secrets, doc->rendered.buf + run->out_off, end - run->out_off);
		}
		if (doc->json)
			add_strings(secrets, doc->json, &doc->map);
	}
	if (secrets->nr)
		qsort(secrets->v, secrets->nr, sizeof(*secrets->v), by_length);
}

void secrets_mask(const struct secrets *secrets, struct strbuf *text)
{
	size_t i;

	for (i = 0; i < secrets->nr; i++) {
		const struct secret *s = &secrets->v[i];
		const char *p = text->buf, *at;
		struct strbuf out = STRBUF_INIT;

		if (!memmem(text->buf, text->len, s->text, s->len))
			continue;
		for (; (at = memmem(p, text->len - (size_t)(p - text->buf), s->text, s->len));
		     p = at + s->len) {
			strbuf_add(&out, p, (size_t)(at - p));
			strbuf_addstr(&out, MASK);
		}
		strbuf_add(&out, p, text->len - (size_t)(p - text->buf));
		strbuf_reset(text);
		strbuf_addbuf(text, &out);
		strbuf_release_secret(&out);
	}
}

void secrets_release(struct secrets *secrets)
{
	size_t i;

	for (i = 0; i < secrets->nr; i++) {
		explicit_bzero(secrets->v[i].text, secrets->v[i].len);
		free(secrets->v[i].text);
	}
	free(secrets->v);
	memset(secrets, 0, sizeof(*secrets));
}
