#include "base/base.h"
#include "aws/xml.h"

#include "base/strbuf.h"
#include "base/utf8.h"

struct reader {
	struct arena *arena;
	const char *text, *p, *end;
	size_t nodes;
	struct error *err;
};

static int malformed(struct reader *r, const char *what)
{
	return error_set(r->err, ERROR_INVALID, "malformed XML at byte %zu: %s",
			 (size_t)(r->p - r->text), what);
}

static bool at(const struct reader *r, const char *s)
{
	size_t len = strlen(s);

	return (size_t)(r->end - r->p) >= len && !memcmp(r->p, s, len);
}

static int skip_past(struct reader *r, const char *s)
{
	const char *found = memmem(r->p, (size_t)(r->end - r->p), s, strlen(s));

	if (!found)
		return malformed(r, "something is not closed");
	r->p = found + strlen(s);
	return 0;
}

static bool is_name_char(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '.' || c == ':' ||
	       (unsigned char)c >= 0x80;
}

static void skip_blanks(struct reader *r)
{
	while (r->p < r->end && isspace((unsigned char)*r->p))
		r->p++;
}

/* What may stand around the root: declarations of the file, comments. */
static int skip_misc(struct reader *r)
{
	for (;;) {
		skip_blanks(r);
		if (at(r, "<?")) {
			if (skip_past(r, "?>") < 0)
				return -1;
		} else if (at(r, "<!--")) {
			if (skip_past(r, "-->") < 0)
				return -1;
		} else if (at(r, "<!")) {
			return malformed(r, "a document type is not taken");
		} else {
			return 0;
		}
	}
}

/* r->p stands at the '&'. */
static int add_reference(struct reader *r, struct strbuf *out)
{
	static const struct {
		const char *name;
		char c;
	} entities[] = { { "&lt;", '<' },
			 { "&gt;", '>' },
			 { "&amp;", '&' },
			 { "&quot;", '"' },
			 { "&apos;", '\'' } };
	uint32_t cp = 0;
	bool hex;
	size_t i, digits = 0;

	for (i = 0; i < ARRAY_SIZE(entities); i++)
		if (at(r, entities[i].name)) {
			strbuf_addch(out, entities[i].c);
			r->p += strlen(entities[i].name);
			return 0;
		}
	if (!at(r, "&#"))
		return malformed(r, "an unknown entity");
	r->p += 2;
	hex = r->p < r->end && *r->p == 'x';
	r->p += hex;
	for (; r->p < r->end && digits < 8; r->p++, digits++) {
		char c = *r->p;

		if (c >= '0' && c <= '9')
			cp = cp * (hex ? 16 : 10) + (uint32_t)(c - '0');
		else if (hex && isxdigit((unsigned char)c))
			cp = cp * 16 + (uint32_t)((c | 0x20) - 'a' + 10);
		else
			break;
	}
	if (!digits || r->p == r->end || *r->p != ';' || !cp || cp > 0x10ffff ||
	    (cp >= 0xd800 && cp < 0xe000))
		return malformed(r, "a bad character reference");
	r->p++;
	utf8_encode(out, cp);
	return 0;
}

static int parse_name(struct reader *r, const char **name, size_t *len)
{
	*name = r->p;
	while (r->p < r->end && is_name_char(*r->p))
		r->p++;
	*len = (size_t)(r->p - *name);
	return *len ? 0 : malformed(r, "a name was expected");
}

/* To the '>' of a start tag; attributes are read over. Returns 1 for "<a/>". */
static int skip_attributes(struct reader *r)
{
	while (r->p < r->end) {
		char c = *r->p++;

		if (c == '>')
			return 0;
		if (c == '/' && at(r, ">")) {
			r->p++;
			return 1;
		}
		if (c == '<')
			break;
		if (c == '"' || c == '\'') {
			const char *quote = memchr(r->p, c, (size_t)(r->end - r->p));

			if (!quote)
				break;
			r->p = quote + 1;
		}
	}
	return malformed(r, "a tag is not closed");
}

struct children {
	struct json_member *v;
	size_t nr, alloc;
};

static void set_string(struct reader *r, struct json *value, const char *s, size_t len)
{
	value->type = JSON_STRING;
	value->u.str.s = arena_memdupz(r->arena, s, len);
	value->u.str.len = len;
}

static bool same_name(const struct json_member *a, const struct json_member *b)
{
	return a->name_len == b->name_len && !memcmp(a->name, b->name, a->name_len);
}

/* Those called like the first one become one array; returns how many there are. */
static size_t count_same(const struct children *c, size_t first)
{
	size_t i, n = 0;

	for (i = first; i < c->nr; i++)
		n += same_name(&c->v[i], &c->v[first]);
	return n;
}

static void set_array(struct reader *r, struct json *value, const struct children *c, size_t first,
		      size_t n)
{
	size_t i, at_item = 0;

	value->type = JSON_ARRAY;
	value->u.array.nr = n;
	value->u.array.items = arena_alloc(r->arena, n * sizeof(struct json));
	for (i = first; i < c->nr; i++)
		if (same_name(&c->v[i], &c->v[first]))
			value->u.array.items[at_item++] = c->v[i].value;
}

static bool is_seen(const struct children *c, size_t i)
{
	size_t j;

	for (j = 0; j < i; j++)
		if (same_name(&c->v[j], &c->v[i]))
			return true;
	return false;
}

static void set_children(struct reader *r, struct json *value, const struct children *c)
{
	size_t i, n = count_same(c, 0);
	struct json_member *members;

	if (n == c->nr && str_eq(c->v[0].name, "member")) {
		set_array(r, value, c, 0, n);
		return;
	}
	members = arena_alloc(r->arena, c->nr * sizeof(*members));
	value->type = JSON_OBJECT;
	value->u.object.members = members;
	/* Answers have few distinct names where they are not lists: quadratic is fine there. */
	for (i = 0; i < c->nr; i++) {
		struct json_member *m;

		if (is_seen(c, i))
			continue;
		m = &members[value->u.object.nr++];
		*m = c->v[i];
		n = count_same(c, i);
		if (n > 1)
			set_array(r, &m->value, c, i, n);
	}
}

#define MAX_DISTINCT 512

static int parse_element(struct reader *r, struct json_member *out, unsigned depth);

static int add_child(struct reader *r, struct children *children, unsigned depth)
{
	if (children->nr >= MAX_DISTINCT && !str_eq(children->v[0].name, "member"))
		return malformed(r, "too many elements in one");
	ALLOC_GROW(children->v, children->nr + 1, children->alloc);
	memset(&children->v[children->nr], 0, sizeof(*children->v));
	if (parse_element(r, &children->v[children->nr], depth + 1) < 0)
		return -1;
	/* A list is one from its first element to its last. */
	if (children->nr >= MAX_DISTINCT && !same_name(&children->v[0], &children->v[children->nr]))
		return malformed(r, "too many elements in one");
	children->nr++;
	return 0;
}

/* Up to and with the end tag. */
static int parse_content(struct reader *r, struct json_member *out, unsigned depth)
{
	struct children children = { 0 };
	struct strbuf text = STRBUF_INIT;
	int ret = -1;

	for (;;) {
		const char *name;
		size_t len;

		if (r->p == r->end) {
			malformed(r, "an element is not closed");
			goto out;
		}
		if (*r->p == '&') {
			if (add_reference(r, &text) < 0)
				goto out;
		} else if (*r->p != '<') {
			strbuf_addch(&text, *r->p++);
		} else if (at(r, "<![CDATA[")) {
			const char *start = r->p + 9;

			if (skip_past(r, "]]>") < 0)
				goto out;
			if (r->p - 3 > start)
				strbuf_add(&text, start, (size_t)(r->p - 3 - start));
		} else if (at(r, "<!--")) {
			if (skip_past(r, "-->") < 0)
				goto out;
		} else if (at(r, "</")) {
			r->p += 2;
			if (parse_name(r, &name, &len) < 0)
				goto out;
			skip_blanks(r);
			if (!at(r, ">") || len != out->name_len || memcmp(name, out->name, len)) {
				malformed(r, "an end tag does not match");
				goto out;
			}
			r->p++;
			break;
		} else if (at(r, "<!") || at(r, "<?")) {
			malformed(r, "this is not taken here");
			goto out;
		} else if (add_child(r, &children, depth) < 0) {
			goto out;
		}
	}
	if (children.nr)
		set_children(r, &out->value, &children);
	else
		set_string(r, &out->value, text.buf, text.len);
	ret = 0;
out:
	free(children.v);
	strbuf_release_secret(&text);
	return ret;
}

static int parse_element(struct reader *r, struct json_member *out, unsigned depth)
{
	const char *name;
	size_t len;
	int empty;

	if (depth > XML_MAX_DEPTH)
		return malformed(r, "nested too deep");
	if (++r->nodes > XML_MAX_NODES)
		return malformed(r, "too many elements");
	if (!at(r, "<"))
		return malformed(r, "an element was expected");
	r->p++;
	if (parse_name(r, &name, &len) < 0)
		return -1;
	out->name = arena_memdupz(r->arena, name, len);
	out->name_len = len;
	empty = skip_attributes(r);
	if (empty < 0)
		return -1;
	if (empty) {
		set_string(r, &out->value, "", 0);
		return 0;
	}
	return parse_content(r, out, depth);
}

const struct json *xml_parse(struct arena *arena, const char *text, size_t len, struct error *err)
{
	struct reader r = { .arena = arena, .text = text, .p = text, .end = text + len, .err = err };
	struct json_member *root = arena_alloc(arena, sizeof(*root));
	struct json *value = arena_alloc(arena, sizeof(*value));

	if (len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3))
		r.p += 3;
	if (utf8_validate(text, len) != len) {
		malformed(&r, "not UTF-8");
		return NULL;
	}
	if (skip_misc(&r) < 0 || parse_element(&r, root, 0) < 0 || skip_misc(&r) < 0)
		return NULL;
	if (r.p != r.end) {
		malformed(&r, "something follows the root");
		return NULL;
	}
	value->type = JSON_OBJECT;
	value->u.object.members = root;
	value->u.object.nr = 1;
	return value;
}
