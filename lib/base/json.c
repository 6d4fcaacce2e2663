#include "base/base.h"
#include "base/json.h"
#include "base/json-diagnose.h"
#include "base/strmap.h"
#include "base/utf8.h"

#include <yajl/yajl_parse.h>

/*
 * yajl calls back for every token; values of open containers wait on a stack
 * and move to the arena when their container closes.
 */
struct frame {
	bool is_object;
	size_t first; /* its first value on the stack */
	uint32_t off;
};

struct parser {
	struct arena *arena;
	yajl_handle yajl;
	const char *text;
	size_t len;
	struct json_limits limits;
	struct json_problems *problems;

	struct json_member *stack; /* of open containers; arrays leave the name empty */
	size_t nr, alloc;
	struct json_member name; /* that waits for its value */
	struct frame *frames;
	size_t depth, frames_alloc;
	size_t nodes;
	bool ending; /* all of the text was given: a number at its end comes now only */
	bool fatal;  /* a limit was passed: the problem is there already */
};

void json_problems_release(struct json_problems *problems)
{
	size_t i;

	for (i = 0; i < problems->nr; i++) {
		free(problems->v[i].message);
		free(problems->v[i].hint);
	}
	free(problems->v);
	*problems = (struct json_problems)JSON_PROBLEMS_INIT;
}

static struct json_problem *problem(struct json_problems *problems, const char *rule, size_t off,
				    size_t len, char *message)
{
	struct json_problem *p;

	ALLOC_GROW(problems->v, problems->nr + 1, problems->alloc);
	p = &problems->v[problems->nr++];
	*p = (struct json_problem){ .rule = rule, .off = off, .len = len, .message = message };
	return p;
}

/* Where the token that was just read ends. */
static size_t token_end(struct parser *p)
{
	return p->ending ? p->len : yajl_get_bytes_consumed(p->yajl);
}

/* Where the string token that ends at `end` begins: at an unescaped quote. */
static size_t string_start(struct parser *p, size_t end)
{
	size_t i = end - 1;

	while (i > 0) {
		size_t backslashes = 0;

		i--;
		if (p->text[i] != '"')
			continue;
		while (backslashes < i && p->text[i - backslashes - 1] == '\\')
			backslashes++;
		if (!(backslashes & 1))
			return i;
	}
	return 0;
}

static unsigned hex4(const char *s)
{
	unsigned v = 0;
	int i;

	for (i = 0; i < 4; i++) {
		char c = s[i];

		v = v << 4 | (unsigned)(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
	}
	return v;
}

/* yajl turns half a surrogate pair into '?', silently: refuse it instead. */
static void check_surrogates(struct parser *p, size_t off, size_t end)
{
	const char *s = p->text + off + 1, *stop = p->text + end - 1;

	while (s < stop) {
		unsigned u;

		if (*s != '\\') {
			s++;
			continue;
		}
		if (s[1] != 'u' || stop - s < 6) {
			s += 2;
			continue;
		}
		u = hex4(s + 2);
		if (u >= 0xd800 && u < 0xdc00 && stop - s >= 12 && s[6] == '\\' && s[7] == 'u' &&
		    hex4(s + 8) >= 0xdc00 && hex4(s + 8) < 0xe000) {
			s += 12;
			continue;
		}
		if (u >= 0xd800 && u < 0xe000)
			problem(p->problems, "json-surrogate", (size_t)(s - p->text), 6,
				xstrfmt("'%.6s' is half of a surrogate pair", s));
		s += 6;
	}
}

static bool give_up(struct parser *p, const char *rule, size_t off, char *message)
{
	p->fatal = true;
	problem(p->problems, rule, off, 1, message);
	return false;
}

static struct json *push(struct parser *p, enum json_type type, size_t off, size_t end)
{
	struct json_member *m;

	if (++p->nodes > p->limits.max_nodes) {
		give_up(p, "json-size", off, xstrfmt("more than %zu values", p->limits.max_nodes));
		return NULL;
	}
	ALLOC_GROW(p->stack, p->nr + 1, p->alloc);
	m = &p->stack[p->nr++];
	*m = p->name;
	m->value =
		(struct json){ .type = type, .off = (uint32_t)off, .len = (uint32_t)(end - off) };
	p->name = (struct json_member){ 0 };
	return &m->value;
}

static int on_null(void *ctx)
{
	struct parser *p = ctx;
	size_t end = token_end(p);

	return push(p, JSON_NULL, end - 4, end) != NULL;
}

static int on_boolean(void *ctx, int v)
{
	struct parser *p = ctx;
	size_t end = token_end(p);
	struct json *j = push(p, JSON_BOOL, end - (v ? 4 : 5), end);

	if (!j)
		return 0;
	j->u.boolean = v;
	return 1;
}

static bool set_string(struct parser *p, const char **out, const char *s, size_t len)
{
	*out = arena_memdupz(p->arena, s, len);
	if (!*out)
		return give_up(p, "json-size", token_end(p), xstrdup("too large"));
	return true;
}

static int on_number(void *ctx, const char *s, size_t len)
{
	struct parser *p = ctx;
	size_t end = token_end(p);
	struct json *j = push(p, JSON_NUMBER, end - len, end);

	if (!j)
		return 0;
	j->u.str.len = len;
	return set_string(p, &j->u.str.s, s, len);
}

static int on_string(void *ctx, const unsigned char *s, size_t len)
{
	struct parser *p = ctx;
	size_t end = token_end(p), off = string_start(p, end);
	struct json *j = push(p, JSON_STRING, off, end);

	if (!j)
		return 0;
	if (end - off != len + 2)
		check_surrogates(p, off, end);
	j->u.str.len = len;
	return set_string(p, &j->u.str.s, (const char *)s, len);
}

static int on_key(void *ctx, const unsigned char *s, size_t len)
{
	struct parser *p = ctx;
	size_t end = token_end(p), off = string_start(p, end);

	if (end - off != len + 2)
		check_surrogates(p, off, end);
	p->name = (struct json_member){ .name_len = len,
					.off = (uint32_t)off,
					.len = (uint32_t)(end - off) };
	return set_string(p, &p->name.name, (const char *)s, len);
}

static int open_container(struct parser *p, bool is_object)
{
	size_t end = token_end(p);
	struct json *j;

	if (p->depth >= p->limits.max_depth)
		return give_up(p, "json-depth", end - 1,
			       xstrfmt("nested deeper than %u levels", p->limits.max_depth));
	j = push(p, is_object ? JSON_OBJECT : JSON_ARRAY, end - 1, end);
	if (!j)
		return 0;
	ALLOC_GROW(p->frames, p->depth + 1, p->frames_alloc);
	p->frames[p->depth++] = (struct frame){ .is_object = is_object,
						.first = p->nr,
						.off = (uint32_t)(end - 1) };
	return 1;
}

static int on_start_map(void *ctx)
{
	return open_container(ctx, true);
}

static int on_start_array(void *ctx)
{
	return open_container(ctx, false);
}

static void duplicate(struct parser *p, const struct json_member *m,
		      const struct json_member *first)
{
	unsigned line = 1;
	size_t i;

	for (i = 0; i < first->off; i++)
		line += p->text[i] == '\n';
	problem(p->problems, "json-duplicate", m->off, m->len,
		xstrfmt("member %.*s is here twice", (int)MIN(m->len, 200u), p->text + m->off))
		->hint = xstrfmt("the first one is in line %u", line);
}

/*
 * Few members: compare all with all. Many: a map, so that a hostile object
 * costs no more than its size.
 */
static void find_duplicates(struct parser *p, struct json_member *members, size_t nr)
{
	struct strmap seen = STRMAP_INIT;
	size_t i, k;

	if (nr > 16) {
		for (i = 0; i < nr; i++) {
			void **at = strmap_at(&seen, members[i].name, members[i].name_len);

			if (*at)
				duplicate(p, &members[i], *at);
			else
				*at = &members[i];
		}
		strmap_release(&seen, NULL);
		return;
	}
	for (i = 1; i < nr; i++) {
		for (k = 0; k < i; k++) {
			if (members[k].name_len == members[i].name_len &&
			    !memcmp(members[k].name, members[i].name, members[i].name_len)) {
				duplicate(p, &members[i], &members[k]);
				break;
			}
		}
	}
}

static int close_container(struct parser *p)
{
	struct frame *f = &p->frames[--p->depth];
	struct json *j = &p->stack[f->first - 1].value;
	size_t nr = p->nr - f->first, i;

	j->len = (uint32_t)(token_end(p) - f->off);
	p->nr = f->first;
	if (f->is_object) {
		j->u.object.nr = nr;
		j->u.object.members = arena_alloc(p->arena, nr * sizeof(struct json_member));
		if (!j->u.object.members)
			return give_up(p, "json-size", f->off, xstrdup("too large"));
		if (nr)
			memcpy(j->u.object.members, p->stack + f->first,
			       nr * sizeof(struct json_member));
		if (!p->limits.allow_duplicates)
			find_duplicates(p, j->u.object.members, nr);
		return 1;
	}
	j->u.array.nr = nr;
	j->u.array.items = arena_alloc(p->arena, nr * sizeof(struct json));
	if (!j->u.array.items)
		return give_up(p, "json-size", f->off, xstrdup("too large"));
	for (i = 0; i < nr; i++)
		j->u.array.items[i] = p->stack[f->first + i].value;
	return 1;
}

static int on_end(void *ctx)
{
	return close_container(ctx);
}

static const yajl_callbacks callbacks = {
	.yajl_null = on_null,
	.yajl_boolean = on_boolean,
	.yajl_number = on_number,
	.yajl_string = on_string,
	.yajl_start_map = on_start_map,
	.yajl_map_key = on_key,
	.yajl_end_map = on_end,
	.yajl_start_array = on_start_array,
	.yajl_end_array = on_end,
};

static void explain(struct parser *p)
{
	struct json_diagnosis d;
	size_t off;

	if (json_diagnose(p->text, p->len, &d)) {
		problem(p->problems, "json-syntax", d.off, d.len, xstrdup(d.message))->hint =
			xstrdup_or_null(d.hint);
		return;
	}
	off = yajl_get_bytes_consumed(p->yajl);
	problem(p->problems, "json-syntax", off ? off - 1 : 0, 1, xstrdup("not valid JSON"));
}

const struct json *json_parse(struct arena *arena, const char *text, size_t len,
			      const struct json_limits *limits, struct json_problems *problems)
{
	struct parser p = { .arena = arena, .text = text, .len = len, .problems = problems };
	size_t problems_before = problems->nr;
	struct json *root = NULL;
	yajl_status status;

	if (limits)
		p.limits = *limits;
	if (!p.limits.max_depth)
		p.limits.max_depth = JSON_DEFAULT_DEPTH;
	if (!p.limits.max_nodes)
		p.limits.max_nodes = JSON_DEFAULT_NODES;
	if (len >= UINT32_MAX) {
		problem(problems, "json-size", 0, 1, xstrdup("larger than 4 GiB"));
		return NULL;
	}
	p.yajl = yajl_alloc(&callbacks, NULL, &p);
	if (!p.yajl)
		BUG("yajl_alloc() failed");
	/* yajl's own check of UTF-8 lets overlong forms pass; ours is faster, too */
	yajl_config(p.yajl, yajl_dont_validate_strings, 1);
	if (utf8_validate(text, len) != len)
		status = yajl_status_error;
	else
		status = yajl_parse(p.yajl, (const unsigned char *)text, len);
	p.ending = true;
	if (status == yajl_status_ok)
		status = yajl_complete_parse(p.yajl);
	if (status == yajl_status_ok && p.nr == 1 && !p.depth) {
		root = arena_alloc(arena, sizeof(*root));
		if (root)
			*root = p.stack[0].value;
		else
			give_up(&p, "json-size", 0, xstrdup("too large"));
	} else if (!p.fatal) {
		explain(&p);
	}
	yajl_free(p.yajl);
	free(p.stack);
	free(p.frames);
	return problems->nr == problems_before ? root : NULL;
}
